//! A planner's day: the page in headless Chromium before the built program with the sample, in both languages. What he
//! does and what has to come of it stands in `web/test/planner_day.mjs`.

use crate::support::program::{Program, program, succeeded};
use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

/// The longest wait for the sample's snapshots, without which a search leaves layers out.
const PATIENCE: Duration = Duration::from_secs(120);
/// Who may correct schools and load files of them.
const GRANTS: &str =
    "[[grants]]\nagency = \"sogddt\"\nlayers = [\"school\"]\nclass = \"restricted\"\nedit = true\n";

/// Waits until all layers can be searched.
fn published(running: &Program) {
    let patience = Instant::now() + PATIENCE;
    while running.json("/search?q=duc+hoa")["layers_left_out"].is_array() {
        assert!(Instant::now() < patience, "the snapshots do not come");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_planner_does_his_days_work_in_both_languages_and_reads_the_servers_own_figures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let web = root.join("web");
    assert!(
        web.join("node_modules/playwright-core").exists(),
        "`make page` brings what the page is used with"
    );
    let folder = tempfile::tempdir().unwrap();
    let (data, grants) = (folder.path().join("data"), folder.path().join("grants.toml"));
    let (data, grants_path) = (data.to_str().unwrap(), grants.to_str().unwrap());
    fs::write(&grants, GRANTS).unwrap();
    let demo =
        ["demo", "--data", data, "--parcels", "3000", "--listen", "127.0.0.1:0", "--grants", grants_path];
    let running = Program::start(&demo, &[]);
    let key = succeeded(&mut program(&["key", "add", "sogddt", "--data", data], &[]));
    published(&running);
    let mut day = Command::new("node");
    day.current_dir(&web).env("DIABAN_KEY", key.trim()).args(["test/planner_day.mjs", &running.base]);
    println!("{}", succeeded(day.arg(root.join("target/planner_day"))));
    running.stop();
}
