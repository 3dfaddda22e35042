//! The files that a server is run by: whether those who read them understand them, and whether the settings that they
//! name are settings.

use std::{fs, path::PathBuf, process::Command};

const UNITS: [&str; 3] = ["diaban.service", "diaban-backup.service", "diaban-backup.timer"];
/// Tenths of systemd's mark for how exposed a service is; 96 is one without any directive.
const EXPOSURE_MAX: &str = "20";

fn docker(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docker").join(name)
}

/// Whether a program is on this machine.
fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|done| done.status.success())
}

fn told(command: &mut Command) -> String {
    let done = command.output().unwrap();
    let text = [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(done.status.success(), "{command:?}: {text}");
    text
}

#[test]
fn systemd_understands_the_units() {
    if !has("systemd-analyze") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let units = UNITS.map(|name| {
        let text = fs::read_to_string(docker(name)).unwrap();
        let path = folder.path().join(name);
        // The program stands somewhere else here.
        fs::write(&path, text.replace("/usr/local/bin/diaban", env!("CARGO_BIN_EXE_diaban"))).unwrap();
        path
    });
    let said = told(Command::new("systemd-analyze").args(["verify", "--man=no"]).args(&units));
    assert!(!said.contains("diaban"), "{said}");
    let security = ["security", "--offline=yes", "--no-pager", &format!("--threshold={EXPOSURE_MAX}")];
    told(Command::new("systemd-analyze").args(security).arg(&units[0]));
}

#[test]
fn compose_is_yaml_and_has_what_keeps_it_up() {
    let text = fs::read_to_string(docker("compose.yaml")).unwrap();
    assert_eq!(text.matches("restart: unless-stopped").count(), 2);
    assert!(!text.contains('\t'));
    let yaml = "import sys, yaml, json; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let read = Command::new("python3").args(["-c", yaml]).arg(docker("compose.yaml")).output();
    // Not each machine has a reader of YAML.
    let Some(read) = read.ok().filter(|done| done.status.success()) else { return };
    let compose: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
    let services = compose["services"].as_object().unwrap();
    assert_eq!(services.keys().collect::<Vec<_>>(), ["database", "diaban"]);
    for (name, service) in services {
        assert_eq!(service["restart"], "unless-stopped", "{name}");
        assert!(service["healthcheck"]["test"].is_array(), "{name}");
    }
    assert_eq!(services["diaban"]["depends_on"]["database"]["condition"], "service_healthy");
    assert!(services["database"]["ports"].is_null(), "nobody reaches the database from outside");
}

#[test]
fn the_settings_that_they_name_are_settings() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let known = ["src/config.rs", "src/cli/log.rs", "docker/compose.yaml"].map(read);
    for name in
        UNITS.map(|unit| format!("docker/{unit}")).iter().map(String::as_str).chain(["docker/compose.yaml"])
    {
        let text = read(name);
        let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
        for word in words.filter(|word| word.starts_with("DIABAN_") && *word != "DIABAN_DB_PASSWORD") {
            let quoted = format!("\"{word}\"");
            assert!(known[..2].iter().any(|text| text.contains(&quoted)), "{name}: {word} is no setting");
        }
    }
}

#[test]
fn the_parsers_are_fuzzed_with_the_packages_that_the_program_has() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| -> toml::Table { fs::read_to_string(root.join(path)).unwrap().parse().unwrap() };
    let (wanted, locked) = (read("Cargo.toml"), read("fuzz/Cargo.lock"));
    let packages = locked["package"].as_array().unwrap();
    let program = packages.iter().find(|package| package["name"].as_str() == Some("diaban")).unwrap();
    let has = |name: &str| {
        let mut names = program["dependencies"].as_array().unwrap().iter().filter_map(|d| d.as_str());
        names.any(|dependency| dependency.split(' ').next() == Some(name))
    };
    for name in wanted["dependencies"].as_table().unwrap().keys() {
        assert!(has(name), "fuzz/Cargo.lock is older than {name}: `cargo metadata` in fuzz/ takes it in");
    }
}
