//! How a file and a layer come together: what is added, changed, left alone, deleted and refused.

use super::*;
use diaban::store::postgis::{Mode, Scope};
use std::time::Duration;

/// Poles of communes and agencies.
pub const POLE: &str = r#"
id = "pole"
title = { vi = "Cột", en = "Poles" }
group = "telecom"
agency = "nnmt"
item = "0"
geometry = ["Point"]
key = ["code"]
access = "open"
zoom = { min = 8, max = 14 }
generalise = { rule = "thin" }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "height_m", type = "number", precision = 6, scale = 2, title = { vi = "Cao", en = "Height" } },
  { name = "commune_code", type = "text", title = { vi = "Mã xã", en = "Commune" } },
  { name = "owner_agency", type = "text", title = { vi = "Cơ quan", en = "Agency" } },
]
"#;

async fn poles() -> Ground {
    Ground::of(Catalog::new(vec![crate::support::layer(POLE)], AgencyRegister::default())).await
}

/// Poles `code height commune`, each at a place of its own.
pub fn text(poles: &[&str]) -> String {
    let pole = |line: &&str| {
        let parts: Vec<&str> = line.split(' ').collect();
        let number: f64 = parts[0].trim_start_matches('C').parse().unwrap();
        let place = point(106.0 + number / 1000.0, 11.0);
        let (code, height, commune) = (parts[0], parts[1], parts[2]);
        feature(&place, &format!(r#"{{"code":"{code}","height_m":{height},"commune_code":"{commune}"}}"#))
    };
    collection(&poles.iter().map(pole).collect::<Vec<_>>())
}

impl Ground {
    async fn poles(&self, poles: &[&str], mode: Mode) -> Result<ImportReport, ImportError> {
        self.run(&self.of_poles(poles, mode)).await
    }

    fn of_poles(&self, poles: &[&str], mode: Mode) -> ImportRequest {
        let file = self.file("poles.geojson", text(poles));
        ImportRequest { mode, ..request("pole", &file) }
    }

    /// Each pole as it stands, with its id and the transaction that wrote it.
    async fn rows(&self) -> Vec<String> {
        let client = self.database.client().await;
        let sql = "SELECT concat_ws(' ', id, code, height_m, commune_code, xmin) FROM gis.pole ORDER BY code";
        client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }
}

/// New, changed, unchanged, gone.
fn counts(report: &ImportReport) -> [u64; 4] {
    let done = report.loaded;
    [done.new, done.changed, done.unchanged, done.gone]
}

pub fn only(commune: &str) -> Option<Scope> {
    Some(Scope { attribute: "commune_code".to_owned(), value: commune.to_owned() })
}

#[tokio::test]
async fn a_merge_writes_what_differs_and_leaves_the_rest() {
    let ground = poles().await;
    ground.poles(&["C1 5.00 27943", "C2 6.00 27943", "C3 7.00 27943"], Mode::Merge).await.unwrap();
    let before = ground.rows().await;
    let request = ground.of_poles(&["C1 5 27943", "C2 6.50 27943", "C4 8.00 27943"], Mode::Merge);
    let rehearsal = ground.run(&ImportRequest { dry_run: true, ..request.clone() }).await.unwrap();
    assert_eq!(counts(&rehearsal), [1, 1, 1, 1]);
    assert_eq!(ground.rows().await, before, "a rehearsal leaves everything");
    let report = ground.run(&request).await.unwrap();
    assert_eq!(counts(&report), counts(&rehearsal), "a rehearsal says exactly what the run does");
    let after = ground.rows().await;
    assert_eq!(after.len(), 4, "what the file does not hold stays");
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]), "what does not change is not written");
    let id = |row: &str| row.split(' ').next().unwrap().to_owned();
    assert_eq!(id(&after[1]), id(&before[1]), "a feature keeps its id");
    assert!(after[1].contains(" C2 6.50 ") && after[3].contains(" C4 8.00 "), "{after:?}");
    let noted = "SELECT string_agg(concat_ws(' ', rows_inserted, rows_updated, rows_deleted), ', ' ORDER BY id) \
                 FROM diaban.change";
    assert_eq!(ground.database.text(noted).await.unwrap(), "3 0 0, 0 1 0, 1 0 0");
    let again = ground.run(&request).await.unwrap();
    assert_eq!(counts(&again), [0, 0, 3, 1]);
    assert_eq!(ground.rows().await, after);
}

#[tokio::test]
async fn an_append_refuses_keys_that_exist() {
    let ground = poles().await;
    ground.poles(&["C1 5.00 27943", "C2 6.00 27943"], Mode::Append).await.unwrap();
    let request = ground.of_poles(&["C3 1.00 27943", "C2 6.00 27943", "C1 9.00 27943"], Mode::Append);
    let why = ground.refused(&request).await;
    let lines: Vec<&str> = why.lines().collect();
    assert_eq!(lines.len(), 2, "{why}");
    assert!(lines[0].starts_with("row 2 Some(\"C2\") the layer has this key already (feature "), "{why}");
    assert!(lines[1].starts_with("row 3 Some(\"C1\")"), "{why}");
    let report = ground.poles(&["C3 1.00 27943"], Mode::Append).await.unwrap();
    assert_eq!(counts(&report), [1, 0, 0, 2]);
}

#[tokio::test]
async fn a_replacement_deletes_what_the_file_does_not_hold() {
    let ground = poles().await;
    ground.poles(&["C1 1.00 1", "C2 2.00 1", "C3 3.00 1", "C4 4.00 1"], Mode::Merge).await.unwrap();
    let before = ground.rows().await;
    let report = ground.poles(&["C1 1.00 1", "C2 2.00 1", "C5 5.00 1"], Mode::Replace).await.unwrap();
    assert_eq!(counts(&report), [1, 0, 2, 2], "half of it may go");
    let after = ground.rows().await;
    assert_eq!((&after[..2], after.len()), (&before[..2], 3));
}

#[tokio::test]
async fn a_replacement_that_deletes_most_of_a_layer_has_to_be_meant() {
    let ground = poles().await;
    ground.poles(&["C1 1.00 1", "C2 2.00 1", "C3 3.00 1"], Mode::Merge).await.unwrap();
    let request = ground.of_poles(&["C1 1.00 1"], Mode::Replace);
    let rehearsal = ground.run(&ImportRequest { dry_run: true, ..request.clone() }).await.unwrap();
    assert_eq!(counts(&rehearsal), [0, 0, 1, 2]);
    let why = ground.refused(&request).await;
    assert!(why.contains("would delete 2 of the 3 features of layer pole"), "{why}");
    assert!(why.contains("--yes"), "{why}");
    let meant = ground.run(&ImportRequest { delete_most: true, ..request }).await.unwrap();
    assert_eq!(counts(&meant), [0, 0, 1, 2]);
    assert_eq!(ground.count("pole").await, 1);
}

#[tokio::test]
async fn one_commune_is_replaced_and_no_other() {
    let ground = poles().await;
    let there = ["C1 1.00 27943", "C2 2.00 27943", "C3 3.00 27943", "C7 7.00 27944", "C8 8.00 27944"];
    ground.poles(&there, Mode::Merge).await.unwrap();
    let before = ground.rows().await;
    let request = ground.of_poles(&["C1 1.50 27943", "C2 2.00 27943", "C4 4.00 27943"], Mode::Replace);
    let report = ground.run(&ImportRequest { only: only("27943"), ..request }).await.unwrap();
    assert_eq!(counts(&report), [1, 1, 1, 1]);
    let after = ground.rows().await;
    assert_eq!(after[3..5], before[3..5], "the other commune is as it was");
    let all: Vec<&str> = after.iter().map(|row| row.split(' ').nth(1).unwrap()).collect();
    assert_eq!(all, ["C1", "C2", "C4", "C7", "C8"]);
}

#[tokio::test]
async fn rows_of_another_commune_are_refused() {
    let ground = poles().await;
    ground.poles(&["C1 1.00 27943", "C7 7.00 27944"], Mode::Merge).await.unwrap();
    let mut request = ground.of_poles(&["C1 1.00 27943", "C2 2.00 27944"], Mode::Replace);
    request.only = only("27943");
    let why = ground.refused(&request).await;
    assert_eq!(why, "row 2 Some(\"C2\") is `27944`; --only commune_code=27943 takes no other");
    // A key that is a feature's of another commune would take it away from there.
    let mut request = ground.of_poles(&["C1 1.00 27943", "C7 2.00 27943"], Mode::Replace);
    request.only = only("27943");
    let why = ground.refused(&request).await;
    assert!(
        why.starts_with("row 2 Some(\"C7\") the key is that of feature ")
            && why.contains(", whose commune_code is"),
        "{why}"
    );
    // So is one that does not say where it lies.
    ground.database.execute("UPDATE gis.pole SET commune_code = NULL WHERE code = 'C7'").await;
    let why = ground.refused(&request).await;
    assert!(
        why.contains(", whose commune_code is empty; --only commune_code=27943 leaves it alone"),
        "{why}"
    );
}

#[tokio::test]
async fn a_scope_has_to_fit_the_mode_the_layer_and_the_file() {
    let ground = poles().await;
    let mut request = ground.of_poles(&["C1 1.00 27943"], Mode::Merge);
    request.only = only("27943");
    assert!(ground.refused(&request).await.contains("--only commune_code=27943: goes with --mode replace"));
    request.mode = Mode::Replace;
    request.only = Some(Scope { attribute: "code".to_owned(), value: "C1".to_owned() });
    assert!(ground.refused(&request).await.contains("is about one of commune_code, owner_agency"));
    request.only = only("27943");
    request.files =
        vec![ground.file("bare.geojson", collection(&[feature(&point(106.0, 11.0), r#"{"code":"C1"}"#)]))];
    let why = ground.refused(&request).await;
    assert!(why.contains("no column of the file holds `commune_code`") && why.contains("--set"), "{why}");
}

#[tokio::test]
async fn who_comes_second_is_told_by_whom_and_since_when() {
    let ground = poles().await;
    let first = ground.database.client().await;
    first
        .batch_execute(
            "SET application_name = 'diaban: an'; BEGIN; \
             SELECT pg_advisory_xact_lock(hashtextextended('diaban.import.pole', 0))",
        )
        .await
        .unwrap();
    let why = ground.refused(&ground.of_poles(&["C1 1.00 1"], Mode::Merge)).await;
    assert!(why.starts_with("another import or undo has layer `pole`, run by an, since 20"), "{why}");
    assert!(why.contains(" +07;"), "{why}");
    // A layer that is let go within 2 s is waited for.
    let request = ground.of_poles(&["C1 1.00 1"], Mode::Merge);
    let (loaded, ()) = tokio::join!(ground.run(&request), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        first.batch_execute("COMMIT").await.unwrap();
    });
    assert_eq!(counts(&loaded.unwrap()), [1, 0, 0, 0]);
}

#[tokio::test]
async fn an_edit_that_is_under_way_is_waited_for_and_taken_into_account() {
    let ground = poles().await;
    ground.poles(&["C1 1.00 1"], Mode::Merge).await.unwrap();
    let other = ground.database.client().await;
    other.batch_execute("BEGIN; INSERT INTO gis.pole (code, height_m) VALUES ('C2', 9)").await.unwrap();
    let request = ground.of_poles(&["C1 1.00 1", "C2 2.00 1"], Mode::Merge);
    let (loaded, ()) = tokio::join!(ground.run(&request), async {
        let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'gis.pole'::regclass";
        while ground.database.text(waits).await.as_deref() != Some("1") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        other.batch_execute("COMMIT").await.unwrap();
    });
    assert_eq!(counts(&loaded.unwrap()), [0, 1, 1, 0], "the other's row was changed, not doubled");
}

#[tokio::test]
async fn what_others_add_while_rows_are_appended_is_not_written_over() {
    let ground = poles().await;
    ground.poles(&["C1 1.00 1"], Mode::Merge).await.unwrap();
    let other = ground.database.client().await;
    other.batch_execute("BEGIN; INSERT INTO gis.pole (code, height_m) VALUES ('C2', 9)").await.unwrap();
    let request = ground.of_poles(&["C2 2.00 1", "C3 3.00 1"], Mode::Append);
    let (loaded, ()) = tokio::join!(ground.run(&request), async {
        let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'gis.pole'::regclass";
        while ground.database.text(waits).await.as_deref() != Some("1") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        other.batch_execute("COMMIT").await.unwrap();
    });
    assert_eq!(loaded.unwrap().refused, 1);
    let held = "SELECT string_agg(code || ' ' || height_m, ', ' ORDER BY code) FROM gis.pole";
    assert_eq!(ground.database.text(held).await.unwrap(), "C1 1.00, C2 9.00", "as the other left it");
}

#[tokio::test]
async fn what_was_delivered_is_on_record() {
    let ground = poles().await;
    let json = ground.file("poles.geojson", text(&["C1 1.00 1", "C2 2.00 1"]));
    let shape = ground.converted(&json, "cột.shp", "ESRI Shapefile", &["-lco", "ENCODING=UTF-8"]);
    let request = ImportRequest {
        by: Some("an".to_owned()),
        mode: Mode::Append,
        columns: vec!["commune_co=commune_code".parse().unwrap()],
        ..request("pole", &shape)
    };
    ground.run(&request).await.unwrap();
    let client = ground.database.client().await;
    let run = client
        .query_one("SELECT file_names, checksums, crs, person, mode, settings FROM diaban.import_run", &[])
        .await
        .unwrap();
    let (names, sums): (Vec<String>, Vec<String>) = (run.get(0), run.get(1));
    assert_eq!(names, ["cột.shp", "cột.dbf", "cột.shx", "cột.prj", "cột.cpg"]);
    for (name, sum) in names.iter().zip(&sums) {
        let told = Command::new("sha256sum").arg(ground.folder.path().join(name)).output().unwrap();
        assert!(String::from_utf8(told.stdout).unwrap().contains(sum.as_str()), "{name}: {sum}");
    }
    let (crs, by, mode): (String, String, String) = (run.get(2), run.get(3), run.get(4));
    assert_eq!((crs.as_str(), by.as_str(), mode.as_str()), ("EPSG:4326", "an", "append"));
    let settings: serde_json::Value = run.get(5);
    assert_eq!(settings["map"]["commune_co"], "commune_code");
}
