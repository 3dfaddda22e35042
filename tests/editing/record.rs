//! Who changed what is told by the layer's history and by the audit, and can be taken back.

use super::{Office, farm, item};
use crate::audit::records;
use diaban::{
    audit::{self, AuditFolder, Entry, Ledger},
    store::Activity,
};
use serde_json::json;
use std::{fs, os::unix::fs::symlink};
use time::{Duration, OffsetDateTime};

#[tokio::test(flavor = "multi_thread")]
async fn history_names_who_edited_and_undo_takes_it_back_to_the_byte() {
    let office = Office::open().await;
    let id = office.id("F1").await;
    let bytes = "SELECT string_agg(f::text, ' ' ORDER BY id) FROM gis.farm f";
    let before = office.database.text(bytes).await;
    let added = office.create("editor", &farm("N1", "25459")).await;
    let changed = office.update("commune", id, "*", &json!({ "properties": { "heads": 99 } })).await;
    let gone = office.delete("editor", office.id("F5").await, "*").await;
    assert_eq!((added.status, changed.status, gone.status), (201, 200, 204), "{}", changed.text());
    let database = office.database.database();
    let history = database.history("farm", 10).await.unwrap();
    let told: Vec<_> = history
        .runs
        .iter()
        .map(|run| {
            (run.mode.as_str(), run.new, run.changed, run.deleted, run.person.starts_with("editor, key "))
        })
        .collect();
    assert_eq!(told, [("edit", 0, 0, 1, true), ("edit", 0, 1, 0, false), ("edit", 1, 0, 0, true)]);
    assert!(history.runs[1].person.starts_with("commune, key ") && history.runs[1].person.contains("bàn 3"));
    assert_eq!(history.runs[1].settings["edit"], "update");
    assert_eq!(changed.json()["run"], history.runs[1].run);
    assert!(history.others.iter().all(|other| other.new > 0), "what was there at first");
    for run in history.runs {
        database.undo(&office.catalog, run.run, Some("an"), true).await.unwrap();
    }
    assert_eq!(office.database.text(bytes).await, before);
    // What was changed after is not trodden on.
    let first = office.update("editor", id, "*", &json!({ "properties": { "heads": 1 } })).await.json();
    office.update("editor", id, "*", &json!({ "properties": { "heads": 2 } })).await;
    let run = first["run"].as_i64().unwrap();
    assert!(database.undo(&office.catalog, run, None, true).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_counted_by_its_rows_and_as_no_load() {
    let office = Office::open().await;
    let database = office.database.database();
    let counted = async || {
        let span = [OffsetDateTime::UNIX_EPOCH, OffsetDateTime::now_utc() + Duration::DAY];
        database.activity(span[0], span[1]).await.unwrap()["farm"]
    };
    let before = counted().await;
    let [inserted, updated, deleted] = [before.inserted, before.updated, before.deleted].map(|n| n + 1);
    office.create("editor", &farm("N1", "25459")).await;
    office.update("editor", office.id("F1").await, "*", &json!({ "properties": { "heads": 99 } })).await;
    office.delete("editor", office.id("F5").await, "*").await;
    assert_eq!(counted().await, Activity { inserted, updated, deleted, ..before });
    assert_eq!((before.loads, before.taken_back), (0, 0));
    assert_eq!(database.recorded_systems("farm").await.unwrap(), (0, 0));
    for run in database.history("farm", 10).await.unwrap().runs {
        database.undo(&office.catalog, run.run, None, true).await.unwrap();
    }
    assert_eq!(counted().await, before, "what was taken back left nothing");
}

fn answers(folder: &AuditFolder) -> Vec<audit::Answer> {
    let entries = records(folder).into_iter().map(|record| record.entry);
    entries.filter_map(|entry| if let Entry::Answer(answer) = entry { Some(answer) } else { None }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_on_record_before_it_counts_and_not_done_where_it_cannot_be() {
    let data = tempfile::tempdir().unwrap();
    let folder = AuditFolder::of(data.path());
    let ledger = Ledger::open(folder.clone()).unwrap();
    let office = Office::with(Some(ledger)).await;
    let id = office.id("F1").await;
    let part = json!({ "properties": { "heads": 8 } });
    assert_eq!(office.update("editor", id, "*", &part).await.status, 200);
    let told = answers(&folder);
    assert_eq!(told.len(), 1, "once: {told:?}");
    let told = &told[0];
    assert_eq!((told.question.as_str(), told.status), (format!("PATCH {}", item(id)).as_str(), 200));
    assert_eq!((told.agency.as_deref(), told.features), (Some("editor"), Some(1)));
    assert_eq!(told.layers, ["farm"]);
    assert_eq!(told.body.as_ref().unwrap().text.as_deref(), Some(part.to_string().as_str()));
    assert_eq!((told.feature, told.run), (Some(id), office.last_run().await));
    office.update("editor", id, "\"0\"", &part).await.problem(412);
    office.update("reader", id, "*", &part).await.problem(403);
    let statuses: Vec<u16> = answers(&folder).iter().map(|told| told.status).collect();
    assert_eq!(statuses, [200, 412, 403], "refusals too");
    assert!(answers(&folder)[1..].iter().all(|told| (told.feature, told.run) == (None, None)));
    // What was added is nowhere in the question, and the run of nothing is none.
    let added = office.create("editor", &farm("N0", "25459")).await.json();
    let told = answers(&folder).pop().unwrap();
    assert_eq!((told.status, told.feature, told.run), (201, added["id"].as_i64(), added["run"].as_i64()));
    assert!(told.feature.is_some() && told.run.is_some());
    assert_eq!(office.update("editor", id, "*", &part).await.status, 200);
    let told = answers(&folder).pop().unwrap();
    assert_eq!((told.status, told.feature, told.run), (200, Some(id), None));
    assert!(folder.verify(None).is_ok());

    // A full disk.
    let all = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let file = all.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).max().unwrap();
    fs::rename(&file, folder.path().join("aside")).unwrap();
    symlink("/dev/full", &file).unwrap();
    let before = (office.row(id).await, office.runs().await);
    for _ in 0..2 {
        let answer = office.update("editor", id, "*", &json!({ "properties": { "heads": 9 } })).await;
        assert!(answer.problem(503).contains("record"), "{}", answer.text());
        office.create("editor", &farm("N1", "25459")).await.problem(503);
        office.delete("editor", id, "*").await.problem(503);
    }
    assert_eq!((office.row(id).await, office.runs().await), before, "nothing was done");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_connection_goes_while_an_edit_is_kept_nobody_says_that_nothing_was_changed() {
    let data = tempfile::tempdir().unwrap();
    let folder = AuditFolder::of(data.path());
    let office = Office::with(Some(Ledger::open(folder.clone()).unwrap())).await;
    let id = office.id("F1").await;
    // The database lets its session go within COMMIT.
    let goes = "CREATE FUNCTION goes() RETURNS trigger LANGUAGE plpgsql AS \
                'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END'; \
                CREATE CONSTRAINT TRIGGER goes AFTER INSERT ON diaban.import_run DEFERRABLE INITIALLY DEFERRED \
                FOR EACH ROW EXECUTE FUNCTION goes()";
    office.database.execute(goes).await;
    let answer = office.update("editor", id, "*", &json!({ "properties": { "heads": 9 } })).await;
    let told = answer.problem(503);
    assert!(told.contains("not known whether it was kept") && told.contains("look at the feature"), "{told}");
    assert!(answer.json()["detail_vi"].as_str().unwrap().contains("chưa rõ"), "{}", answer.text());
    assert!(answer.header("retry-after").is_none(), "no program is to send it again by itself");
    let told: Vec<_> = answers(&folder);
    let told: Vec<_> = told.iter().map(|told| (told.status, told.features, told.feature)).collect();
    assert_eq!(told, [(200, Some(1), Some(id)), (503, None, Some(id))], "nor is it said to be none");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_another_holds_the_feature_an_editor_is_told_to_wait_and_nothing_hangs() {
    let office = Office::open().await;
    let id = office.id("F1").await;
    let mut other = office.database.client().await;
    let held = other.transaction().await.unwrap();
    held.execute("UPDATE gis.farm SET heads = 5 WHERE id = $1", &[&id]).await.unwrap();
    let started = std::time::Instant::now();
    let answer = office.update("editor", id, "*", &json!({ "properties": { "heads": 9 } })).await;
    answer.problem(503);
    assert!(answer.header("retry-after").is_some() && started.elapsed().as_secs() < 6);
    held.rollback().await.unwrap();
    let (_, tag) = office.read("editor", id).await;
    assert_eq!(office.update("editor", id, &tag, &json!({ "properties": { "heads": 9 } })).await.status, 200);
}
