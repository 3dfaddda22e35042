//! A demo that was cut off while it loaded, as by a power failure: the next one goes on with it.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

fn demo(data: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_diaban"));
    command.args(["demo", "--parcels", "3000", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    command.env_remove("DATABASE_URL").env_remove("DIABAN_LAYERS").stderr(Stdio::piped()).spawn().unwrap()
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

/// The address that it serves at; what it says after that is read and dropped.
fn address(child: &mut Child) -> String {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    let base = loop {
        let Some(Ok(line)) = lines.next() else { panic!("the program ended: {said:?}") };
        if let Some(at) = line.find("http://127.0.0.1:") {
            break line[at..].split('/').take(3).collect::<Vec<_>>().join("/");
        }
        said.push(line);
    };
    std::thread::spawn(move || lines.for_each(drop));
    base
}

#[test]
fn a_demo_that_was_killed_is_completed_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut killed = demo(&data);
    // Among the first and in the middle of the layers.
    for files_by_then in [12, 40] {
        while files(&data.join("sample")) < files_by_then {
            assert!(killed.try_wait().unwrap().is_none(), "it ended before it could be killed");
            sleep(Duration::from_millis(20));
        }
        killed.kill().unwrap();
        killed.wait().unwrap();
        killed = demo(&data);
    }
    let base = address(&mut killed);
    let json = |path: &str| -> serde_json::Value {
        serde_json::from_str(
            &ureq::get(format!("{base}{path}")).call().unwrap().body_mut().read_to_string().unwrap(),
        )
        .unwrap()
    };
    let layers = json("/catalog")["layers"].as_array().unwrap().clone();
    assert_eq!(layers.len(), 33);
    for layer in &layers {
        let id = layer["id"].as_str().unwrap();
        let matched = json(&format!("/collections/{id}/items?limit=1"))["numberMatched"].as_u64().unwrap();
        assert!(matched >= 20, "{id}: {matched}");
    }
    let parcels = json("/collections/land_use_plan/items?limit=1")["numberMatched"].as_u64().unwrap();
    assert!((2_700..3_300).contains(&parcels), "{parcels}");
    let _ = Command::new("kill").args(["-INT", &killed.id().to_string()]).status();
    killed.wait().unwrap();
}
