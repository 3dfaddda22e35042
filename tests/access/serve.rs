//! `diaban serve` with a file of grants that changes while it serves.

use super::keys::Desk;
use crate::audit::records;
use diaban::audit::{AuditFolder, Entry};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const SHARED: &str = "[[grants]]\nagency = \"wells\"\nlayers = [\"well\"]\n";
const RESTRICTED: &str = "[[grants]]\nagency = \"wells\"\nlayers = [\"well\"]\nclass = \"restricted\"\n";

/// The program, killed when it goes.
pub(super) struct Serving {
    child: Child,
    pub(super) address: String,
}

impl Serving {
    pub(super) fn start(desk: &Desk) -> Self {
        Self::start_with(desk, &[])
    }

    fn start_with(desk: &Desk, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_diaban"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--grants"])
            .arg(desk.folder.path().join("grants.toml"))
            .args(arguments);
        command.env("DATABASE_URL", desk.database.url()).env("DIABAN_LAYERS", &desk.layers);
        command.env("DIABAN_DATA", desk.folder.path().join("data"));
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let line = said.find(|line| line.contains("http://")).unwrap();
        // What it says later must not fill its pipe.
        std::thread::spawn(move || said.for_each(drop));
        let address = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        Self { child, address }
    }

    /// Whether who has the key is told of the restricted attribute.
    fn tells(&self, key: &str) -> bool {
        let url = format!("{}collections/well/queryables", self.address);
        let mut answer = ureq::get(&url).header("x-api-key", key).call().unwrap();
        answer.body_mut().read_to_string().unwrap().contains("bimat_owner")
    }

    /// Asks for what is not open.
    fn wells(&self, headers: &[(&str, &str)]) -> u16 {
        let request = ureq::get(format!("{}collections/well/items", self.address));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.call().unwrap().status().as_u16()
    }

    fn until(&self, key: &str, told: bool) {
        let started = Instant::now();
        while self.tells(key) != told {
            assert!(started.elapsed() < Duration::from_secs(10), "it does not become {told}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_change_while_it_serves_and_a_mistake_changes_nothing() {
    let desk = Desk::new().await;
    let grants = desk.folder.path().join("grants.toml");
    fs::write(&grants, SHARED).unwrap();
    let key = desk.typed(&["key", "add", "wells"]).await.out.trim().to_owned();
    tokio::task::spawn_blocking(move || {
        let serving = Serving::start(&desk);
        assert!(!serving.tells(&key));
        fs::write(&grants, RESTRICTED).unwrap();
        serving.until(&key, true);
        fs::write(&grants, SHARED.replace("\"well\"", "\"wel\"")).unwrap();
        std::thread::sleep(Duration::from_secs(4));
        assert!(serving.tells(&key), "the grants before stay");
        fs::write(&grants, "").unwrap();
        serving.until(&key, false);
        desk
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn it_does_not_start_with_a_mistake_in_the_grants() {
    let desk = Desk::new().await;
    let grants = desk.folder.path().join("grants.toml");
    fs::write(&grants, SHARED.replace("\"well\"", "\"wel\"")).unwrap();
    let (grants, data) =
        (grants.display().to_string(), desk.folder.path().join("data").display().to_string());
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--data", &data, "--grants", &grants];
    let typed = desk.typed(&arguments).await;
    assert_eq!(typed.code, Some(1), "{}", typed.err);
    assert!(typed.err.contains("grants.toml:3: there is no layer `wel`"), "{}", typed.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_has_each_answer_on_record_and_one_without_a_database_keeps_it_on() {
    let desk = Desk::new().await;
    fs::write(desk.folder.path().join("grants.toml"), RESTRICTED).unwrap();
    let key = desk.typed(&["key", "add", "wells", "--name", "QGIS"]).await.out.trim().to_owned();
    tokio::task::spawn_blocking(move || {
        let data = desk.folder.path().join("data");
        let folder = AuditFolder::of(&data);
        let about = || {
            let entries = records(&folder).into_iter().map(|record| record.entry);
            let told = |entry| match entry {
                Entry::Answer(answer) => answer.who,
                Entry::Healed { bytes } => format!("healed {bytes}"),
                _ => String::new(),
            };
            entries.map(told).filter(|told| !told.is_empty()).collect::<Vec<_>>()
        };
        let serving = Serving::start(&desk);
        assert_eq!(serving.wells(&[("x-api-key", key.as_str())]), 200);
        let started = Instant::now();
        let is_version = |entry: fs::DirEntry| entry.file_name().to_string_lossy().starts_with('v');
        let is_there = || {
            fs::read_dir(data.join("snapshot/well")).is_ok_and(|mut all| all.any(|e| e.is_ok_and(is_version)))
        };
        while !is_there() {
            assert!(started.elapsed() < Duration::from_secs(20), "no snapshot comes");
            std::thread::sleep(Duration::from_millis(100));
        }
        // Killed.
        drop(serving);
        assert_eq!(about(), ["key 1: QGIS"]);
        let mut files = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let file = files.find(|path| path.extension().is_some_and(|end| end == "jsonl")).unwrap();
        fs::OpenOptions::new().append(true).open(file).unwrap().write_all(b"{\"n\":9,").unwrap();
        let alone = ["--snapshots-only", "--anonymous-class", "restricted"];
        let serving = Serving::start_with(&desk, &alone);
        assert_eq!(serving.wells(&[]), 200);
        drop(serving);
        assert_eq!(about(), ["key 1: QGIS", "healed 7", "anonymous"]);
        assert!(folder.verify(None).is_ok());
        desk
    })
    .await
    .unwrap();
}
