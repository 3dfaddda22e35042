//! A backup, and the database that stands again from it.

use crate::support::{TestDatabase, connect, desk::Desk, served::ROWS, url_for_socket};
use diaban::store::postgis::{
    Database, DatabaseTarget,
    private_server::{PrivateServer, installation::SearchPlaces},
};
use std::{
    fs,
    io::{Read, Write},
    path::Path,
    time::{Duration, Instant},
};

/// A database as it is after a while: rows of every type, two runs, and an edit by another tool.
async fn lived_in(desk: &Desk) -> TestDatabase {
    let database = TestDatabase::with_catalog(&desk.catalog()).await;
    // Transactions far beyond those of a new cluster.
    database
        .execute("DO $$ BEGIN FOR i IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$")
        .await;
    database.execute(ROWS).await;
    for (run, rows) in
        ["R3;106.1 11;106.2 11", "R3;106.1 11;106.3 11\nR4;106.4 11;106.5 11.2"].iter().enumerate()
    {
        let lines = rows.lines().map(|line| {
            let parts: Vec<&str> = line.split(';').collect();
            format!("{},\"LINESTRING({}, {})\"\n", parts[0], parts[1], parts[2])
        });
        fs::write(desk.path().join("roads.csv"), format!("code,wkt\n{}", lines.collect::<String>())).unwrap();
        let loaded = ["import", "roads.csv", "--layer", "road", "--crs", "EPSG:4326"];
        let loaded = desk.typed(Some(database.url()), &loaded).await;
        assert_eq!(loaded.code, Some(0), "run {run}: {}{}", loaded.out, loaded.err);
    }
    database
        .execute(
            "SET application_name = 'QGIS'; UPDATE gis.well SET depth = 77 WHERE code = 'W03'; \
             DELETE FROM gis.parcel WHERE code = 'P4'",
        )
        .await;
    database
}

/// All that can be seen of a database: each layer byte for byte, and its history.
async fn seen(desk: &Desk, url: Option<&str>) -> Vec<(String, Vec<u8>)> {
    let mut seen = Vec::new();
    for layer in desk.ids() {
        seen.push((format!("{layer} now"), desk.exported(url, layer, None).await));
        let history = desk.typed(url, &["history", layer, "--json"]).await;
        assert_eq!(history.code, Some(0), "{}", history.err);
        seen.push((format!("history of {layer}"), history.out.into_bytes()));
    }
    seen.push(("road after run 1".to_owned(), desk.exported(url, "road", Some("1")).await));
    seen
}

fn assert_same(now: &[(String, Vec<u8>)], then: &[(String, Vec<u8>)]) {
    for ((what, now), (_, then)) in now.iter().zip(then) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(now == then, "{what}: {} for {}", text(now), text(then));
    }
    assert_eq!(now.len(), then.len());
}

async fn backed_up(desk: &Desk, url: &str) {
    let typed = desk.typed(Some(url), &["backup", "b.zip"]).await;
    assert_eq!(typed.code, Some(0), "{}", typed.err);
    assert!(typed.out.contains("4 bảng lớp / tables of layers"), "{}", typed.out);
}

#[tokio::test]
async fn a_province_stands_again_on_another_server_and_goes_on() {
    let desk = Desk::new();
    let source = lived_in(&desk).await;
    let then = seen(&desk, Some(source.url())).await;
    let transactions = source.text("SELECT count(DISTINCT xact) FROM diaban.change").await;
    backed_up(&desk, source.url()).await;
    // Only what was there when it began is in it.
    source.execute("DELETE FROM gis.well").await;

    let restored = desk.typed(None, &["restore", "b.zip"]).await;
    assert_eq!(restored.code, Some(0), "{}", restored.err);
    let data = desk.path().join("data");
    let database = Database::open(&DatabaseTarget::Private(data.clone())).await.unwrap();
    assert_same(&seen(&desk, None).await, &then);

    // No change lies in the future, and none was put together with another.
    let socket = PrivateServer::running(&data, &SearchPlaces::default()).unwrap().unwrap();
    let client = connect(&url_for_socket(&socket, "diaban")).await;
    let log = "SELECT count(*) FILTER (WHERE NOT pg_visible_in_snapshot(xact, pg_current_snapshot())), \
               count(DISTINCT xact) FROM diaban.change";
    let row = client.query_one(log, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), Some(row.get::<_, i64>(1).to_string())), (0, transactions));

    // A run is taken back, and what comes new gets a number that nobody had.
    let undone = desk.typed(None, &["undo", "2"]).await;
    assert_eq!(undone.code, Some(0), "{}", undone.err);
    assert!(desk.exported(None, "road", None).await == then.last().unwrap().1, "as run 1 left it");
    let most: i64 = client.query_one("SELECT max(id) FROM gis.well", &[]).await.unwrap().get(0);
    let new = "INSERT INTO gis.well (code) VALUES ('NEW') RETURNING id";
    assert!(client.query_one(new, &[]).await.unwrap().get::<_, i64>(0) > most);
    let told = desk.typed(None, &["history", "well"]).await.out;
    // The newest comes first: by itself, where the rows before it came by another user, else with those.
    let newest = told.lines().find(|line| line.contains("mới / new")).unwrap_or_default().trim();
    let noted = newest.starts_with("1 mới / new") || newest.starts_with("25 mới / new");
    assert!(noted, "the one more is noted: {told}");
    drop(client);
    database.close().await;
}

#[tokio::test]
async fn what_a_database_holds_is_replaced_only_when_told_and_as_a_whole() {
    let desk = Desk::new();
    let source = lived_in(&desk).await;
    let url = source.url();
    let then = seen(&desk, Some(url)).await;
    backed_up(&desk, url).await;
    let refused = desk.typed(Some(url), &["restore", "b.zip"]).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("holds data") && refused.err.contains("--replace"), "{}", refused.err);
    assert_same(&seen(&desk, Some(url)).await, &then);

    // What somebody built on a layer would go with it, and a server would lose its footing.
    source.execute("CREATE VIEW public.deep AS SELECT * FROM gis.well WHERE depth > 5").await;
    let refused = desk.typed(Some(url), &["restore", "b.zip", "--replace"]).await;
    assert!(refused.code == Some(1) && refused.err.contains("deep"), "{}", refused.err);
    source.execute("DROP VIEW public.deep").await;
    let server = source.client().await;
    server.batch_execute("SET application_name = 'diaban'").await.unwrap();
    let refused = desk.typed(Some(url), &["restore", "b.zip", "--replace"]).await;
    assert!(refused.code == Some(1) && refused.err.contains("at work"), "{}", refused.err);
    server.batch_execute("SET application_name = 'QGIS'").await.unwrap();

    source
        .execute("UPDATE gis.well SET depth = 1; DELETE FROM gis.road; CREATE TABLE gis.left_over ()")
        .await;
    let other = seen(&desk, Some(url)).await;
    // One that is whole but does not hold what it says: nothing of it is kept.
    rewritten(&desk.path().join("b.zip"), &desk.path().join("lies.zip"), |manifest| {
        let tables = manifest["tables"].as_array_mut().unwrap();
        let wells = tables.iter_mut().find(|t| t["table"] == "well").unwrap();
        wells["rows"] = (wells["rows"].as_i64().unwrap() + 1).into();
    });
    let refused = desk.typed(Some(url), &["restore", "lies.zip", "--replace"]).await;
    assert!(
        refused.code == Some(1) && refused.err.contains("\"well\" has not the 25 rows"),
        "{}",
        refused.err
    );
    assert_same(&seen(&desk, Some(url)).await, &other);

    // A session that is ending stands in the server's list for a moment longer.
    server.batch_execute("SET application_name = 'diaban'").await.unwrap();
    let ends = async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        server.batch_execute("SET application_name = 'QGIS'").await.unwrap();
    };
    let (restored, ()) = tokio::join!(desk.typed(Some(url), &["restore", "b.zip", "--replace"]), ends);
    assert_eq!(restored.code, Some(0), "{}", restored.err);
    assert_same(&seen(&desk, Some(url)).await, &then);
    assert_eq!(source.text("SELECT to_regclass('gis.left_over') IS NULL").await.as_deref(), Some("t"));
}

#[tokio::test]
async fn a_cut_or_garbled_file_is_refused_before_anything_is_done() {
    let desk = Desk::new();
    let source = lived_in(&desk).await;
    backed_up(&desk, source.url()).await;
    let whole = fs::read(desk.path().join("b.zip")).unwrap();
    let target = TestDatabase::bare();
    let refused = async |bytes: &[u8], what: &str| {
        fs::write(desk.path().join("bad.zip"), bytes).unwrap();
        let typed = desk.typed(Some(target.url()), &["restore", "bad.zip"]).await;
        assert_eq!(typed.code, Some(1), "{what}: {}", typed.out);
        assert!(typed.err.contains("bad.zip"), "{what}: {}", typed.err);
        typed.err
    };
    for length in [0, 1, 100, whole.len() / 2, whole.len() - 1] {
        let told = refused(&whole[..length], &format!("cut at {length}")).await;
        assert!(told.contains("is no whole backup"), "{told}");
    }
    for place in [200, whole.len() / 3, whole.len() / 2] {
        let mut garbled = whole.clone();
        garbled[place] ^= 1;
        refused(&garbled, &format!("byte {place}")).await;
    }
    rewritten(&desk.path().join("b.zip"), &desk.path().join("later.zip"), |manifest| {
        manifest["format"] = 9.into();
        manifest["program"] = "9.1.0".into();
    });
    let later = fs::read(desk.path().join("later.zip")).unwrap();
    assert!(refused(&later, "later").await.contains("diaban 9.1.0"));
    assert_eq!(target.text("SELECT to_regnamespace('gis') IS NULL").await.as_deref(), Some("t"));

    // The same file, whole, is told of without a database.
    let told =
        desk.typed(Some("postgres://nobody@127.0.0.1:1/none"), &["restore", "b.zip", "--dry-run"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.out.contains("nguyên vẹn / the backup is whole"), "{}", told.out);
    // Nobody but its owner may read it, and nothing is left beside it.
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(desk.path().join("b.zip")).unwrap().permissions().mode() & 0o077, 0);
    let names = fs::read_dir(desk.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with(".tmp")).count(), 0);
}

#[tokio::test]
async fn a_table_that_is_written_anew_while_a_backup_begins_is_in_it_whole() {
    let desk = Desk::new();
    let source = lived_in(&desk).await;
    let url = source.url();
    let writer = source.client().await;
    writer
        .batch_execute("BEGIN; ALTER TABLE gis.well ALTER COLUMN depth TYPE float8 USING depth + 1")
        .await
        .unwrap();
    let commit = async {
        let waits =
            "SELECT count(*)::text FROM pg_locks WHERE NOT granted AND relation = 'gis.well'::regclass";
        let started = Instant::now();
        while source.text(waits).await.as_deref() == Some("0") {
            assert!(started.elapsed() < Duration::from_secs(20), "the backup does not wait");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        writer.batch_execute("COMMIT").await.unwrap();
    };
    tokio::join!(backed_up(&desk, url), commit);
    let then = desk.exported(Some(url), "well", None).await;
    let restored = desk.typed(None, &["restore", "b.zip"]).await;
    assert_eq!(restored.code, Some(0), "{}", restored.err);
    assert!(
        restored.out.contains("25") && desk.exported(None, "well", None).await == then,
        "{}",
        restored.out
    );
}

#[tokio::test]
async fn there_is_nothing_to_back_up_where_nothing_was_made() {
    let desk = Desk::new();
    let none = desk.typed(None, &["backup", "b.zip"]).await;
    assert!(none.code == Some(1) && none.err.contains("there is no database in"), "{}", none.err);
    assert!(!desk.path().join("data").exists(), "and none was made");
    let empty = TestDatabase::bare();
    let none = desk.typed(Some(empty.url()), &["backup", "b.zip"]).await;
    assert!(none.code == Some(1) && none.err.contains("holds nothing of diaban"), "{}", none.err);
    assert!(!desk.path().join("b.zip").exists());
}

/// The same backup with another manifest.
fn rewritten(from: &Path, to: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let mut zip = zip::ZipArchive::new(fs::File::open(from).unwrap()).unwrap();
    let mut read = |name: &str| {
        let mut bytes = Vec::new();
        zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    let (dump, manifest) = (read("database.dump"), read("manifest.json"));
    let mut manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    change(&mut manifest);
    let mut out = zip::ZipWriter::new(fs::File::create(to).unwrap());
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in [("database.dump", dump), ("manifest.json", serde_json::to_vec(&manifest).unwrap())]
    {
        out.start_file(name, stored).unwrap();
        out.write_all(&bytes).unwrap();
    }
    out.finish().unwrap();
}
