//! An edit committed by any tool is on the map within a moment, wherever it is served, and
//! nothing else is made anew.

use crate::support::{FIELD, TestDatabase, layer, vector_tile};
use axum::{body::Body, http::Request};
use diaban::{
    cache::TileCache,
    http::{Site, router},
    layer::{AccessClass, Caller, Catalog},
    store::{
        Follower, LiveStore,
        postgis::{Database, DatabaseTarget, PostgisStore},
        publish,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
};
use http_body_util::BodyExt;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tower::ServiceExt;

pub(crate) const ROWS: &str = "INSERT INTO gis.field (code, crop, geom)
    SELECT n, 'lua', ST_MakeEnvelope(106.1 + n % 50 * 0.001, 11.0 + n / 50 * 0.001,
      106.101 + n % 50 * 0.001, 11.001 + n / 50 * 0.001, 4326) FROM generate_series(0, 2499) AS n";
/// The tile of zoom 15 that the first field lies in, and one that lies elsewhere in the layer.
pub(crate) const NEAR: &str = "/tiles/field/15/26041/15376";
const FAR: &str = "/tiles/field/15/26045/15372";

/// A server over a database that others share.
pub(crate) struct Server {
    pub(crate) site: Arc<Site<LiveStore>>,
    pub(crate) snapshots: Arc<SnapshotStore>,
    following: tokio::task::JoinHandle<()>,
    _folder: Option<tempfile::TempDir>,
}

impl Server {
    /// With a folder of its own.
    pub(crate) async fn start(database: &TestDatabase, catalog: &Catalog) -> Self {
        Self::over(database.database(), catalog).await
    }

    pub(crate) async fn start_in(database: &TestDatabase, catalog: &Catalog, data: &std::path::Path) -> Self {
        Self::over_in(database.database(), catalog, data).await
    }

    /// With the rights of a user of the database.
    async fn over(database: Database, catalog: &Catalog) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Self::over_in(database, catalog, folder.path()).await;
        server._folder = Some(folder);
        server
    }

    pub(crate) async fn over_in(database: Database, catalog: &Catalog, data: &std::path::Path) -> Self {
        let snapshots = Arc::new(SnapshotStore::new(SnapshotFolder::of(data)));
        let mut follower = Follower::new(database.clone(), snapshots.clone(), catalog, false);
        follower.catch_up().await.unwrap();
        let following = tokio::spawn(follower.run());
        let postgis = PostgisStore::new(database);
        let store = LiveStore::new(Some(postgis), Some(snapshots.clone()));
        let mut site = Site::new(store, Arc::new(catalog.clone()), Caller::anonymous(AccessClass::Open));
        site.cache = TileCache::new(16 << 20);
        let server = Self { site: Arc::new(site), snapshots, following, _folder: None };
        server.until("a snapshot", || server.snapshots.served("field").is_some()).await;
        server
    }

    pub(crate) async fn until(&self, what: &str, done: impl Fn() -> bool) {
        let started = Instant::now();
        while !done() {
            assert!(started.elapsed() < Duration::from_secs(20), "{what} does not come");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Status, tag and values of the attribute `crop` in a tile.
    async fn tile(&self, path: &str) -> (u16, String, Vec<String>) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router(self.site.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let tag = response.headers().get("etag").map(|t| t.to_str().unwrap().to_owned()).unwrap_or_default();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let layers = vector_tile::decode(&body);
        let text = vector_tile::text_of(&layers);
        (status, tag, text.lines().map(str::to_owned).collect())
    }

    /// What the answer says of when it is, if it does.
    pub(crate) async fn data_as_of(&self, path: &str) -> Option<String> {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router(self.site.clone()).oneshot(request).await.unwrap();
        response.headers().get("diaban-data-as-of").map(|v| v.to_str().unwrap().to_owned())
    }

    pub(crate) async fn shows(&self, path: &str, word: &str) -> bool {
        self.tile(path).await.2.iter().any(|line| line.contains(word))
    }

    /// Waits until the tile shows the word, and says how long that took.
    pub(crate) async fn wait_for(&self, path: &str, word: &str) -> Duration {
        let started = Instant::now();
        while !self.shows(path, word).await {
            assert!(started.elapsed() < Duration::from_secs(10), "{word} does not come");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        started.elapsed()
    }

    /// Tiles made so far.
    fn made(&self) -> f64 {
        let text = self.site.metrics.text();
        let line = text.lines().find(|l| l.starts_with("diaban_tile_render_seconds_count")).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.following.abort();
    }
}

pub(crate) async fn database() -> (TestDatabase, Catalog) {
    let catalog = Catalog::new(vec![layer(FIELD)], Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    database.execute(ROWS).await;
    (database, catalog)
}

/// Two layers of the same rows, `field` and `other`.
pub(crate) async fn two_layers() -> (TestDatabase, Catalog) {
    let mut other = layer(FIELD);
    other.id = "other".to_owned();
    let catalog = Catalog::new(vec![layer(FIELD), other], Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    database.execute(ROWS).await;
    database.execute(&ROWS.replace("gis.field", "gis.other")).await;
    (database, catalog)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_shows_in_its_tiles_and_the_others_stay_as_they_are() {
    let (database, catalog) = database().await;
    let server = Server::start(&database, &catalog).await;
    let (near, far) = (server.tile(NEAR).await, server.tile(FAR).await);
    assert_eq!((near.0, far.0), (200, 200));
    assert_ne!(near.1, far.1);

    database.execute("UPDATE gis.field SET crop = 'mia' WHERE code = '0'").await;
    assert!(server.wait_for(NEAR, "mia").await < Duration::from_secs(2));
    assert_ne!(server.tile(NEAR).await.1, near.1, "another tag");
    let made = server.made();
    assert_eq!(server.tile(FAR).await.1, far.1, "the same tag");
    assert_eq!(server.made(), made, "from the cache");

    database.execute("DELETE FROM gis.field WHERE code = '0'").await;
    let started = Instant::now();
    while server.shows(NEAR, "mia").await {
        assert!(started.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    database
        .execute(
            "INSERT INTO gis.field (code, crop, geom) VALUES ('x', 'dua', \
        ST_MakeEnvelope(106.1, 11.0, 106.1005, 11.0005, 4326))",
        )
        .await;
    server.wait_for(NEAR, "dua").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_that_moves_leaves_one_tile_and_comes_to_another() {
    let (database, catalog) = database().await;
    let server = Server::start(&database, &catalog).await;
    database
        .execute("UPDATE gis.field SET crop = 'mia', geom = ST_Translate(geom, 0.04, 0.04) WHERE code = '0'")
        .await;
    server.wait_for(FAR, "mia").await;
    assert!(!server.shows(NEAR, "mia").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_show_one_edit_under_one_tag() {
    let (database, catalog) = database().await;
    let shared = tempfile::tempdir().unwrap();
    let servers = [
        Server::start(&database, &catalog).await,
        Server::start_in(&database, &catalog, shared.path()).await,
        Server::start_in(&database, &catalog, shared.path()).await,
    ];
    database.execute("UPDATE gis.field SET crop = 'mia' WHERE code = '1'").await;
    let mut tags = Vec::new();
    for server in &servers {
        server.wait_for(NEAR, "mia").await;
        tags.push(server.tile(NEAR).await.1);
    }
    tags.dedup();
    assert_eq!(tags.len(), 1, "{tags:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_count_by_commit_and_not_by_number() {
    let (database, catalog) = database().await;
    let server = Server::start(&database, &catalog).await;
    let mut slow = database.client().await;
    let slow = slow.transaction().await.unwrap();
    slow.execute("UPDATE gis.field SET crop = 'cham' WHERE code = '0'", &[]).await.unwrap();
    // The later one commits first, and is read.
    database.execute("UPDATE gis.field SET crop = 'nhanh' WHERE code = '1'").await;
    server.wait_for(NEAR, "nhanh").await;
    assert!(!server.shows(NEAR, "cham").await);
    slow.commit().await.unwrap();
    server.wait_for(NEAR, "cham").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_very_many_rows_is_taken_in_by_a_new_snapshot() {
    let (database, catalog) = database().await;
    let server = Server::start(&database, &catalog).await;
    let before = version(&server);
    database.execute("INSERT INTO gis.field (code, crop, geom) SELECT 'n' || n, 'mia', \
        ST_Translate(ST_MakeEnvelope(106.1, 11.0, 106.1001, 11.0001, 4326), n % 200 * 0.0001, n / 200 * 0.0001) \
        FROM generate_series(1, 30000) AS n").await;
    server.wait_for(NEAR, "mia").await;
    assert!(version(&server) > before);
    assert_eq!(server.snapshots.served("field").unwrap().changed().0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_while_no_server_ran_shows_at_once() {
    let (database, catalog) = database().await;
    let folder = tempfile::tempdir().unwrap();
    drop(Server::start_in(&database, &catalog, folder.path()).await);
    database.execute("UPDATE gis.field SET crop = 'mia' WHERE code = '0'").await;
    let server = Server::start_in(&database, &catalog, folder.path()).await;
    assert!(server.shows(NEAR, "mia").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_the_map_goes_on_and_says_of_when() {
    let (database, catalog) = database().await;
    let folder = tempfile::tempdir().unwrap();
    let view = catalog.view("field", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    publish(&database.database(), &SnapshotFolder::of(folder.path()), &view, false, Arc::default())
        .await
        .unwrap();
    drop(database);
    let snapshots = SnapshotStore::new(SnapshotFolder::of(folder.path()));
    assert!(snapshots.serve_newest(&catalog).is_empty());
    let store = LiveStore::new(None, Some(Arc::new(snapshots)));
    let site = Arc::new(Site::new(store, Arc::new(catalog), Caller::anonymous(AccessClass::Open)));
    for path in
        [NEAR, "/tiles/field", "/collections/field/items", "/collections/field/items/1", "/collections"]
    {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router(site.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert!(response.headers().contains_key("diaban-data-as-of"), "{path}");
    }
}

/// The version of the layer's snapshot that is served.
pub(crate) fn version(server: &Server) -> u64 {
    server.snapshots.served("field").unwrap().snapshot.manifest.version
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_written_anew_with_other_values_shows_them() {
    let (database, catalog) = database().await;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_in(&database, &catalog, folder.path()).await;
    assert!(server.shows(NEAR, "lua").await);
    database.execute("ALTER TABLE gis.field ALTER COLUMN crop TYPE text USING 'mia'").await;
    server.wait_for(NEAR, "mia").await;
    let moved = "ST_Translate(geom, 0.04, 0.04)";
    database
        .execute(&format!(
            "ALTER TABLE gis.field ALTER COLUMN geom TYPE geometry(Polygon, 4326) USING {moved}"
        ))
        .await;
    server.until("the move", || version(&server) > 2).await;
    assert!(!server.shows(NEAR, "mia").await);
    // A column that is put back is another one.
    database.execute("ALTER TABLE gis.field DROP COLUMN crop, ADD COLUMN crop text DEFAULT 'ngo'").await;
    server.wait_for(FAR, "ngo").await;
    // The same, and nobody follows meanwhile.
    drop(server);
    database.execute("ALTER TABLE gis.field ALTER COLUMN crop TYPE varchar USING upper(crop)").await;
    let server = Server::start_in(&database, &catalog, folder.path()).await;
    server.wait_for(FAR, "NGO").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_written_anew_with_the_same_values_costs_no_snapshot() {
    let (database, catalog) = database().await;
    let server = Server::start(&database, &catalog).await;
    let before = version(&server);
    for (n, statement) in [
        "VACUUM FULL gis.field",
        "CLUSTER gis.field USING field_pkey",
        "ALTER TABLE gis.field ADD COLUMN note text DEFAULT random()::text",
        "ALTER TABLE gis.field ALTER COLUMN code SET DEFAULT 'x'",
        "COMMENT ON COLUMN gis.field.crop IS 'crop'",
        "ANALYZE gis.field",
    ]
    .into_iter()
    .enumerate()
    {
        database.execute(statement).await;
        database.execute(&format!("UPDATE gis.field SET crop = 'mia{n}' WHERE code = '0'")).await;
        server.wait_for(NEAR, &format!("mia{n}")).await;
        assert_eq!(version(&server), before, "{statement}");
    }
    // What a statement takes away, the log tells of.
    database.execute("TRUNCATE gis.field").await;
    let started = Instant::now();
    while !server.tile(FAR).await.2.is_empty() {
        assert!(started.elapsed() < Duration::from_secs(5));
    }
    assert_eq!(version(&server), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_goes_away_leaves_the_other_layers_alone_and_is_told() {
    let (database, catalog) = two_layers().await;
    let server = Server::start(&database, &catalog).await;
    server.until("the other one", || server.snapshots.served("other").is_some()).await;
    assert_eq!(server.data_as_of(NEAR).await, None);

    database.execute("ALTER TABLE gis.field RENAME COLUMN crop TO plant").await;
    database.execute("UPDATE gis.field SET plant = 'mia' WHERE code = '0'").await;
    database.execute("UPDATE gis.other SET crop = 'mia' WHERE code = '0'").await;
    server.wait_for(&NEAR.replace("field", "other"), "mia").await;
    // It is served as it was, and says of when.
    let started = Instant::now();
    while server.data_as_of(NEAR).await.is_none() {
        assert!(started.elapsed() < Duration::from_secs(10), "nothing is said");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(server.shows(NEAR, "lua").await);
    assert_eq!(server.data_as_of(&NEAR.replace("field", "other")).await, None);
    let view = catalog.view("field", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    let data = tempfile::tempdir().unwrap();
    let (source, folder) = (database.database(), SnapshotFolder::of(data.path()));
    let refused = publish(&source, &folder, &view, false, Arc::default()).await;
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("has no column crop any more") && said.contains("Put it back"), "{said}");
}

/// A table of the layer made anew beside it, which takes its place, as some tools load.
const SWAP: &str = "BEGIN; CREATE TABLE gis.anew (LIKE gis.field INCLUDING ALL);
    INSERT INTO gis.anew SELECT * FROM gis.field; UPDATE gis.anew SET crop = 'ngo' WHERE code = '0';
    DROP TABLE gis.field; ALTER TABLE gis.anew RENAME TO field; COMMIT";

/// Waits until no more snapshots are taken, and returns the version of the last.
async fn settled(server: &Server) -> u64 {
    let mut last = version(server);
    loop {
        tokio::time::sleep(Duration::from_millis(2500)).await;
        let now = version(server);
        if now == last {
            return now;
        }
        last = now;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_takes_the_place_of_another_is_followed() {
    let (database, catalog) = database().await;
    let server = Server::start(&database, &catalog).await;
    let before = settled(&server).await;
    database.execute(SWAP).await;
    server.wait_for(NEAR, "ngo").await;
    database.execute("UPDATE gis.field SET crop = 'mia' WHERE code = '0'").await;
    server.wait_for(NEAR, "mia").await;
    assert_eq!(settled(&server).await, before + 1, "one snapshot for the swap");
    assert_eq!(server.data_as_of(NEAR).await, None);
    database.execute("DELETE FROM gis.field WHERE code = '0'; UPDATE gis.field SET crop = 'dua'").await;
    server.wait_for(NEAR, "dua").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_of_a_session_that_replays_changes_show() {
    let (database, catalog) = database().await;
    let server = Server::start(&database, &catalog).await;
    let before = version(&server);
    database
        .execute("SET session_replication_role = replica; UPDATE gis.field SET crop = 'mia' WHERE code = '0'")
        .await;
    server.wait_for(NEAR, "mia").await;
    assert_eq!(version(&server), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_made_while_triggers_are_off_show_and_so_do_those_after_them() {
    let (database, catalog) = database().await;
    let server = Server::start(&database, &catalog).await;
    let before = settled(&server).await;
    let client = database.client().await;
    let (off, on) = ("ALTER TABLE gis.field DISABLE TRIGGER ALL", "ALTER TABLE gis.field ENABLE TRIGGER ALL");
    // In one transaction, and each by itself.
    let edit = |crop: &str| format!("UPDATE gis.field SET crop = '{crop}' WHERE code = '0'");
    client.batch_execute(&format!("BEGIN; {off}; {}; {on}; COMMIT", edit("mia"))).await.unwrap();
    server.wait_for(NEAR, "mia").await;
    assert_eq!(settled(&server).await, before + 1, "one snapshot");
    for statement in [off, &edit("ngo"), on] {
        client.batch_execute(statement).await.unwrap();
    }
    server.wait_for(NEAR, "ngo").await;
    // Off for good: they are put back.
    client.batch_execute(off).await.unwrap();
    client.batch_execute(&edit("dua")).await.unwrap();
    server.wait_for(NEAR, "dua").await;
    let last = settled(&server).await;
    client.batch_execute(&format!("SET session_replication_role = replica; {}", edit("cam"))).await.unwrap();
    server.wait_for(NEAR, "cam").await;
    assert_eq!(version(&server), last, "noted, row by row");
    assert_eq!(server.data_as_of(NEAR).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_may_not_put_triggers_back_says_what_to_run() {
    let (database, catalog) = database().await;
    let role = format!("{}_reader", database.name());
    database
        .execute(&format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA gis, diaban TO {role}; \
             GRANT SELECT ON ALL TABLES IN SCHEMA gis, diaban TO {role}"
        ))
        .await;
    let reader = Database::open(&DatabaseTarget::Url(database.url_as(&role))).await.unwrap();
    let server = Server::over(reader.clone(), &catalog).await;
    database.execute("DROP TRIGGER diaban_update ON gis.field").await;
    server.until("the word", || server.snapshots.misses_changes("field")).await;
    assert!(server.data_as_of(NEAR).await.is_some());
    let last = settled(&server).await;
    let view = catalog.view("field", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    let said = reader.put_triggers_back(&view).await.unwrap_err().to_string();
    let statement = said.split_once("Its owner has to run: ").unwrap().1;
    database.execute("UPDATE gis.field SET crop = 'mia' WHERE code = '0'").await;
    database.execute(statement).await;
    server.wait_for(NEAR, "mia").await;
    assert_eq!(settled(&server).await, last + 1);
    assert_eq!(server.data_as_of(NEAR).await, None);
    drop(server);
    reader.close().await;
    database.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}
