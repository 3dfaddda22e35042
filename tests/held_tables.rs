//! Somebody holds a layer's table, or writes it anew just now: the other layers are followed, and the layer is as it was
//! until he lets go.

use crate::{
    live::{NEAR, Server, two_layers, version},
    support::TestDatabase,
};
use diaban::{
    layer::{AccessClass, Caller, Catalog, LayerView},
    store::{
        postgis::{Followed, Moment, TableForm},
        publish,
        snapshot::{Manifest, SnapshotFolder},
    },
};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

fn view(catalog: &Catalog) -> LayerView {
    catalog.view("field", &Caller::anonymous(AccessClass::Restricted)).unwrap()
}

async fn published(database: &TestDatabase, catalog: &Catalog, data: &Path) -> Manifest {
    let folder = SnapshotFolder::of(data);
    publish(&database.database(), &folder, &view(catalog), false, Arc::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_others_hold_stops_no_other_layer_and_no_start() {
    let (database, catalog) = two_layers().await;
    let data = tempfile::tempdir().unwrap();
    let server = Server::start_in(&database, &catalog, data.path()).await;
    server.until("the other one", || server.snapshots.served("other").is_some()).await;
    let holder = database.client().await;
    // It must not have been read before the table is held; who looks is rarely that quick.
    let mut crop = String::new();
    for n in 0..10 {
        crop = format!("mia{n}");
        let edit = format!("UPDATE gis.field SET crop = '{crop}' WHERE code = '0'");
        holder.batch_execute(&edit).await.unwrap();
        holder.batch_execute("BEGIN; LOCK TABLE gis.field IN ACCESS EXCLUSIVE MODE").await.unwrap();
        tokio::time::sleep(Duration::from_millis(1000)).await;
        if !server.shows(NEAR, &crop).await {
            break;
        }
        holder.batch_execute("COMMIT").await.unwrap();
    }
    database.execute("UPDATE gis.other SET crop = 'mia' WHERE code = '0'").await;
    let elsewhere = NEAR.replace("field", "other");
    assert!(server.wait_for(&elsewhere, "mia").await < Duration::from_secs(5));
    // One that starts now serves both, and says of when the held one is.
    let started = Instant::now();
    let second = Server::start_in(&database, &catalog, data.path()).await;
    assert!(second.shows(&elsewhere, "mia").await && !second.shows(NEAR, &crop).await);
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    for server in [&server, &second] {
        while server.data_as_of(NEAR).await.is_none() {
            assert!(started.elapsed() < Duration::from_secs(20), "nothing is said");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(server.data_as_of(&elsewhere).await, None);
    }
    holder.batch_execute("COMMIT").await.unwrap();
    for server in [&server, &second] {
        server.wait_for(NEAR, &crop).await;
        assert_eq!(server.data_as_of(NEAR).await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_table_that_is_written_anew_while_they_are_read_are_not_taken_for_gone() {
    let (database, catalog) = crate::live::database().await;
    let data = tempfile::tempdir().unwrap();
    let manifest = published(&database, &catalog, data.path()).await;
    database.execute("UPDATE gis.field SET crop = 'mia' WHERE code = '0'").await;
    let since =
        Moment { database: manifest.database, pg_snapshot: manifest.pg_snapshot, witness: manifest.witness };
    let table = manifest.table.as_deref().and_then(TableForm::from_text);
    let followed = [Followed { view: view(&catalog), since, table, most: 1000 }];
    let mut reader = database.database().listen().await.unwrap();
    let writer = database.client().await;
    writer
        .batch_execute("BEGIN; ALTER TABLE gis.field ALTER COLUMN crop TYPE text USING upper(crop)")
        .await
        .unwrap();
    let looking = database.client().await;
    let commit = async {
        let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'gis.field'::regclass";
        let started = Instant::now();
        while looking.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            assert!(started.elapsed() < Duration::from_secs(10), "nobody waits");
        }
        writer.batch_execute("COMMIT").await.unwrap();
    };
    let (reading, ()) = tokio::join!(reader.read(&followed, |_, _| ()), commit);
    let reading = reading.unwrap();
    assert_eq!((reading.not_now, reading.as_a_whole), (vec![0], vec![]));
    // Once it has been written, it is another one.
    let reading = reader.read(&followed, |_, _| ()).await.unwrap();
    assert_eq!((reading.not_now, reading.as_a_whole), (vec![], vec![0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_does_not_wait_for_ever_for_a_table_that_others_hold() {
    let (database, catalog) = crate::live::database().await;
    let mut holder = database.client().await;
    let held = holder.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE gis.field IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let data = tempfile::tempdir().unwrap();
    let (source, folder, view) = (database.database(), SnapshotFolder::of(data.path()), view(&catalog));
    let publishing = publish(&source, &folder, &view, false, Arc::default());
    let ended = tokio::time::timeout(Duration::from_secs(40), publishing).await.expect("it waits for ever");
    let said = ended.unwrap_err().to_string();
    assert!(said.contains("field") && said.contains("in use by another session"), "{said}");
    held.rollback().await.unwrap();
    assert_eq!(published(&database, &catalog, data.path()).await.version, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_snapshot_that_is_far_behind_does_not_take_the_place_of_what_is_served() {
    let (database, catalog) = crate::live::database().await;
    let (data, late) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    published(&database, &catalog, late.path()).await;
    published(&database, &catalog, late.path()).await;
    let server = Server::start_in(&database, &catalog, data.path()).await;
    let first = version(&server);
    // Each time few enough to be laid over, all together too many.
    for n in 0..12 {
        database.execute(&format!("UPDATE gis.field SET crop = 'mia{n}'")).await;
        server.wait_for(NEAR, &format!("mia{n}")).await;
    }
    assert_eq!(version(&server), first, "nothing is due yet");
    let name = format!("v{:08}", first + 1);
    let (from, to) = (late.path().join("snapshot/field/v00000002"), data.path().join("snapshot/field"));
    assert_eq!(name, "v00000002");
    std::fs::rename(from, to.join(name)).unwrap();
    let started = Instant::now();
    let mut asked = 0;
    while started.elapsed() < Duration::from_secs(3) {
        // A tile that nobody has kept: what is kept may know more than what is served.
        asked += 1;
        let made_anew = format!("{NEAR}?filter=code%20%3C%3E%20'x{asked}'");
        assert!(server.shows(&made_anew, "mia11").await, "edits are gone from the map");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    database.execute("UPDATE gis.field SET crop = 'ngo' WHERE code = '0'").await;
    server.wait_for(NEAR, "ngo").await;
}
