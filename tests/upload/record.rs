//! Each step is on record, and what changes a layer is not done where it cannot be.

use super::*;
use crate::audit::records;
use diaban::audit::{self, AuditFolder, Entry};
use std::os::unix::fs::symlink;

fn answers(folder: &AuditFolder) -> Vec<audit::Answer> {
    let entries = records(folder).into_iter().map(|record| record.entry);
    entries.filter_map(|entry| if let Entry::Answer(answer) = entry { Some(answer) } else { None }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_is_on_record_and_a_load_with_what_came_of_it() {
    let data = tempfile::tempdir().unwrap();
    let folder = AuditFolder::of(data.path());
    let office = Office::with(Some(Ledger::open(folder.clone()).unwrap())).await;
    let (address, _) = office.send("clerk", "a.csv", sheet()).await;
    let sent = &answers(&folder)[0];
    assert_eq!(
        (sent.status, sent.question.as_str()),
        (201, "POST /collections/well/imports?name=%61%2e%63%73%76")
    );
    let body = sent.body.as_ref().unwrap();
    assert_eq!(
        (body.bytes, body.text.as_deref()),
        (sheet().len() as u64, None),
        "what is in a file is nobody's"
    );
    let wishes = with(wishes(), "max_refused", json!("1"));
    office.step("clerk", &address, "load", &wishes).await;
    office.step("clerk", &address, "undo", &json!({})).await;
    let started = Instant::now();
    let changes = loop {
        let all = answers(&folder)
            .into_iter()
            .filter(|told| told.question.starts_with(&format!("POST {address}/")));
        let all: Vec<_> = all.collect();
        if all.len() >= 4 {
            break all;
        }
        assert!(started.elapsed().as_secs() < 5, "{all:?}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let told: Vec<_> = changes
        .iter()
        .map(|t| (t.question.rsplit('/').next().unwrap(), t.status, t.features, t.agency.as_deref()))
        .collect();
    let clerk = Some("clerk");
    assert_eq!(
        told,
        [
            ("load", 202, None, clerk),
            ("load", 200, Some(4), clerk),
            ("undo", 202, None, clerk),
            ("undo", 200, Some(4), clerk)
        ]
    );
    let runs: Vec<_> = changes.iter().map(|told| told.run).collect();
    let numbers = "SELECT string_agg(id::text, ' ' ORDER BY id) FROM diaban.import_run";
    let numbers = office.database.text(numbers).await.unwrap();
    let [load, undo] = numbers.split(' ').map(|run| run.parse().ok()).collect::<Vec<_>>()[..] else {
        panic!("{numbers}");
    };
    assert_eq!(runs, [None, load, None, undo], "once it is known");
    assert_eq!(changes[0].body.as_ref().unwrap().text.as_deref(), Some(wishes.to_string().as_str()));
    assert!(folder.verify(None).is_ok());

    // A full disk.
    let all = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let file = all.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).max().unwrap();
    fs::rename(&file, folder.path().join("aside")).unwrap();
    symlink("/dev/full", &file).unwrap();
    let answer = office.ask("clerk", "POST", &format!("{address}/load"), wishes.to_string()).await;
    assert!(answer.problem(503).contains("record"), "{}", answer.text());
    assert_eq!(office.wells().await, "", "nothing was done");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_load_that_nobody_knows_of_no_number_is_on_record() {
    let data = tempfile::tempdir().unwrap();
    let folder = AuditFolder::of(data.path());
    let office = Office::with(Some(Ledger::open(folder.clone()).unwrap())).await;
    // The database lets its session go within COMMIT.
    let goes = "CREATE FUNCTION goes() RETURNS trigger LANGUAGE plpgsql AS \
                'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END'; \
                CREATE CONSTRAINT TRIGGER goes AFTER INSERT ON diaban.import_run DEFERRABLE INITIALLY DEFERRED \
                FOR EACH ROW EXECUTE FUNCTION goes()";
    office.database.execute(goes).await;
    let (address, _) = office.send("clerk", "a.csv", sheet()).await;
    let told = office.step("clerk", &address, "load", &with(wishes(), "max_refused", json!("1"))).await;
    assert_eq!(told["trouble"]["kind"], "unsettled", "{told:#}");
    let started = Instant::now();
    loop {
        let loads = answers(&folder).into_iter().filter(|told| told.question.ends_with("/load"));
        let loads: Vec<_> = loads.map(|told| (told.status, told.features)).collect();
        if loads.len() > 1 {
            break assert_eq!(loads, [(202, None), (503, None)]);
        }
        assert!(started.elapsed().as_secs() < 5, "{loads:?}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_server_stops_each_load_ends_on_record() {
    let data = tempfile::tempdir().unwrap();
    let folder = AuditFolder::of(data.path());
    let office = Office::with(Some(Ledger::open(folder.clone()).unwrap())).await;
    let (first, _) = office.send("clerk", "a.csv", sheet()).await;
    let (second, _) = office.send("clerk", "b.csv", sheet()).await;
    let wishes = with(wishes(), "max_refused", json!("1")).to_string();
    let load = async |address: &str| {
        let answer = office.ask("clerk", "POST", &format!("{address}/load"), wishes.clone()).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    };
    // One that is under way, and one that waits: there are two turns.
    let mut other = office.database.client().await;
    let held = other.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE gis.well IN EXCLUSIVE MODE").await.unwrap();
    let turn = office.uploads.turns().turn().await.unwrap();
    load(&first).await;
    let started = Instant::now();
    while office.ask("clerk", "GET", &first, Body::empty()).await.json()["working"]["phase"] == "waiting" {
        assert!(started.elapsed().as_secs() < 10);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    load(&second).await;
    let closing = tokio::spawn({
        let uploads = office.uploads.clone();
        async move { uploads.close().await }
    });
    let told = office.waited_for("clerk", &second).await;
    assert_eq!(told["load"]["trouble"]["kind"], "unavailable", "{told:#}");
    assert!(!closing.is_finished(), "the other is waited for");
    held.rollback().await.unwrap();
    closing.await.unwrap();
    drop(turn);
    let ends = |address: &str| {
        let question = format!("POST {address}/load");
        let told = answers(&folder).into_iter().filter(|told| told.question == question);
        told.map(|told| (told.status, told.features)).collect::<Vec<_>>()
    };
    assert_eq!(ends(&first), [(202, None), (200, Some(4))]);
    assert_eq!(ends(&second), [(202, None), (503, Some(0))]);
    assert_eq!(office.wells().await.lines().count(), 4);
}
