//! The record of who was answered what: its chain, the one that writes it, and the command that reads it.
//! What is put on it when somebody asks over HTTP stands in `tests/access/on_record.rs`.

mod chain;
mod ledger;
mod properties;
mod retention;
mod typed;

use diaban::audit::{Answer, Appender, AuditFolder, Entry, Record};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use time::OffsetDateTime;

/// A data folder.
pub struct Data {
    folder: TempDir,
}

impl Data {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With a record of so many answers.
    pub fn with(answers: usize) -> Self {
        let data = Self::new();
        let mut appender = Appender::new(data.audit());
        for number in 1..=answers {
            put(
                &mut appender,
                &answer("sonnmt", "well", &format!("GET /collections/well/items?limit={number}")),
            );
        }
        data
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn audit(&self) -> AuditFolder {
        AuditFolder::of(self.path())
    }

    /// The files of the record, the oldest first.
    pub fn files(&self) -> Vec<PathBuf> {
        let all = fs::read_dir(self.audit().path()).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> =
            all.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
        files.sort();
        files
    }

    /// The newest of them.
    pub fn file(&self) -> PathBuf {
        self.files().pop().unwrap()
    }

    /// Lets the newest file be that of another month.
    pub fn dated(&self, month: &str) {
        fs::rename(self.file(), self.audit().path().join(format!("{month}.jsonl"))).unwrap();
    }

    /// The lines of the newest file.
    pub fn lines(&self) -> Vec<String> {
        fs::read_to_string(self.file()).unwrap().lines().map(str::to_owned).collect()
    }

    /// Puts other lines into the newest file.
    pub fn put_lines(&self, lines: &[String]) {
        fs::write(self.file(), lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    }

    /// All records.
    pub fn records(&self) -> Vec<Record> {
        records(&self.audit())
    }
}

/// All records of a folder.
pub fn records(folder: &AuditFolder) -> Vec<Record> {
    folder.lines(None).unwrap().map(|line| Record::read(&line.unwrap().bytes).unwrap()).collect()
}

/// Somebody's question, answered.
pub fn answer(agency: &str, layer: &str, question: &str) -> Entry {
    Entry::Answer(Answer {
        agency: Some(agency.to_owned()),
        who: "key 3: QGIS".to_owned(),
        layers: vec![layer.to_owned()],
        class: "restricted".to_owned(),
        question: question.to_owned(),
        address: None,
        body: None,
        features: Some(7),
        feature: None,
        run: None,
        status: 200,
        request: "r-1".to_owned(),
    })
}

pub fn put(appender: &mut Appender, entry: &Entry) {
    appender.append(&[(OffsetDateTime::now_utc(), entry)]).unwrap();
}
