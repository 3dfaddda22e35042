//! Any bytes as the record of answers: a line, and a folder with a file of them.

use diaban::audit::{AuditFolder, Record};
use std::{env, fs, path::PathBuf, sync::LazyLock};

pub const SEEDS: &[&[u8]] = &[
    br#"{"n":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000","at":"2026-11-30T05:00:00+07:00","kind":"answer","agency":"sonnmt","who":"key 1","layers":["well"],"class":"shared","question":"GET /","status":200,"request":"a","hash":"0000000000000000000000000000000000000000000000000000000000000000"}
"#,
];

static DATA: LazyLock<PathBuf> =
    LazyLock::new(|| env::temp_dir().join(format!("diaban-fuzz-audit-{}", std::process::id())));

pub fn read(bytes: &[u8]) {
    for line in bytes.split(|byte| *byte == b'\n') {
        let _ = Record::read(line);
    }
    let folder = AuditFolder::of(&DATA);
    fs::create_dir_all(folder.path()).expect("a folder");
    fs::write(folder.path().join("2026-11.jsonl"), bytes).expect("a file");
    let _ = folder.verify(None);
}
