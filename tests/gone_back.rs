//! A database that is brought back to an earlier moment, or whose standby takes over without its last changes: the map
//! shows what it holds now.

use crate::{
    database_gone::OwnServer,
    live::{NEAR, ROWS, Server, version},
    support::{FIELD, connect, layer},
};
use diaban::{
    layer::{AccessClass, Caller, Catalog},
    store::{
        Follower,
        postgis::{Database, DatabaseTarget},
        publish,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
};
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(30);

fn catalog() -> Catalog {
    Catalog::new(vec![layer(FIELD)], Default::default())
}

async fn opened(url: &str) -> Database {
    let database = Database::open(&DatabaseTarget::Url(url.to_owned())).await.unwrap();
    database.prepare(&catalog()).await.unwrap();
    database
}

/// A server of its own with the fields.
async fn fields() -> OwnServer {
    let own = OwnServer::start().await;
    opened(&own.url("gone")).await.close().await;
    connect(&own.url("gone")).await.batch_execute(ROWS).await.unwrap();
    own
}

/// The field of a number gets a crop.
async fn edited(url: &str, code: u32, crop: &str) {
    let edit = format!("UPDATE gis.field SET crop = '{crop}' WHERE code = '{code}'");
    connect(url).await.batch_execute(&edit).await.unwrap();
}

async fn published(url: &str, data: &Path) {
    let view = catalog().view("field", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    let database = opened(url).await;
    publish(&database, &SnapshotFolder::of(data), &view, false, Arc::default()).await.unwrap();
    database.close().await;
}

/// Ends a server in good order.
async fn ended(own: &OwnServer) {
    own.signal("INT");
    let started = Instant::now();
    while own.folder.path().join("postgres/postmaster.pid").exists() {
        assert!(started.elapsed() < PATIENCE, "it does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn copied(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(done.unwrap().success());
}

/// The disk of a server, as it was when it was copied.
struct Disk {
    folder: PathBuf,
    copy: PathBuf,
}

impl Disk {
    async fn of(own: &mut OwnServer) -> Self {
        let (folder, copy) = (own.folder.path().join("postgres"), own.folder.path().join("copy"));
        ended(own).await;
        copied(&folder, &copy);
        own.open().await;
        Self { folder, copy }
    }

    async fn brought_back(&self, own: &mut OwnServer) {
        ended(own).await;
        std::fs::remove_dir_all(&self.folder).unwrap();
        copied(&self.copy, &self.folder);
        own.open().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_rolled_back_takes_the_map_with_it() {
    let mut own = fields().await;
    let disk = Disk::of(&mut own).await;
    let (data, url) = (tempfile::tempdir().unwrap(), own.url("gone"));
    let server = Server::over_in(opened(&url).await, &catalog(), data.path()).await;
    for _ in 0..5 {
        edited(&url, 1, "ngo").await;
    }
    server.wait_for(NEAR, "ngo").await;
    // The numbers of the transactions are given out again.
    disk.brought_back(&mut own).await;
    edited(&url, 2, "dua").await;
    server.wait_for(NEAR, "dua").await;
    assert!(!server.shows(NEAR, "ngo").await, "an edit that is no more");
    edited(&url, 3, "mia").await;
    server.wait_for(NEAR, "mia").await;

    // The same while no server looks, until there are more transactions than there were.
    edited(&url, 1, "cam").await;
    published(&url, data.path()).await;
    drop(server);
    disk.brought_back(&mut own).await;
    for _ in 0..100 {
        edited(&url, 2, "xoai").await;
    }
    let server = Server::over_in(opened(&url).await, &catalog(), data.path()).await;
    server.wait_for(NEAR, "xoai").await;
    assert!(!server.shows(NEAR, "cam").await, "an edit that is no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_takes_over_without_the_last_changes_takes_the_map_with_it() {
    let primary = fields().await;
    let mut standby = primary.standby().await;
    let data = tempfile::tempdir().unwrap();
    ended(&standby).await;
    edited(&primary.url("gone"), 1, "ngo").await;
    published(&primary.url("gone"), data.path()).await;
    ended(&primary).await;
    standby.open().await;
    let url = standby.url("gone");
    connect(&url).await.batch_execute("SELECT pg_promote()").await.unwrap();
    // One transaction, whose number was given out before.
    edited(&url, 2, "dua").await;
    let server = Server::over_in(opened(&url).await, &catalog(), data.path()).await;
    server.wait_for(NEAR, "dua").await;
    assert!(!server.shows(NEAR, "ngo").await, "an edit that is no more");
    server.until("a snapshot of its own", || version(&server) > 1).await;
    let snapshot = server.snapshots.served("field").unwrap().snapshot;
    assert!(snapshot.manifest.database.ends_with("/00000002"), "{}", snapshot.manifest.database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_an_earlier_program_is_served_until_it_is_taken_anew() {
    let (database, catalog) = crate::live::database().await;
    let data = tempfile::tempdir().unwrap();
    let view = catalog.view("field", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    let folder = SnapshotFolder::of(data.path());
    publish(&database.database(), &folder, &view, false, Arc::default()).await.unwrap();
    let file = data.path().join("snapshot/field/v00000001/manifest.json");
    let mut manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let told = manifest["database"].as_str().unwrap().to_owned();
    let (untold, timeline) = told.rsplit_once('/').unwrap();
    assert_eq!((untold.split('/').count(), timeline.len()), (2, 8), "{told}");
    manifest["database"] = untold.into();
    manifest.as_object_mut().unwrap().remove("witness").unwrap();
    std::fs::write(&file, manifest.to_string()).unwrap();

    let snapshots = Arc::new(SnapshotStore::new(folder));
    let mut follower = Follower::new(database.database(), snapshots.clone(), &catalog, false);
    follower.catch_up().await.unwrap();
    assert!(snapshots.served("field").is_some(), "served meanwhile");
    let server = Server::start_in(&database, &catalog, data.path()).await;
    assert!(server.shows(NEAR, "lua").await);
    server.until("a snapshot of its own", || version(&server) == 2).await;
    let snapshot = server.snapshots.served("field").unwrap().snapshot;
    assert_eq!(snapshot.manifest.database, told);
    // Once is enough.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(version(&server), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_another_database_is_not_opened_again_at_each_look() {
    let (database, catalog) = crate::live::database().await;
    let data = tempfile::tempdir().unwrap();
    published(database.url(), data.path()).await;
    let file = data.path().join("snapshot/field/v00000001/manifest.json");
    let mut manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    manifest["database"] = "7/16384/00000001".into();
    std::fs::write(&file, manifest.to_string()).unwrap();
    let snapshots = Arc::new(SnapshotStore::new(SnapshotFolder::of(data.path())));
    let mut follower = Follower::new(database.database(), snapshots.clone(), &catalog, false);
    follower.catch_up().await.unwrap();
    assert!(snapshots.served("field").is_none());
    assert!(snapshots.open_newest(&layer(FIELD)).0.is_none(), "it is opened again");
    // The next one is another.
    published(database.url(), data.path()).await;
    follower.catch_up().await.unwrap();
    assert_eq!(snapshots.served("field").unwrap().snapshot.manifest.version, 2);
}
