//! Somebody cuts a snapshot's file short while it is served: the server lives, what it answers is right or a
//! clear refusal, and it says which file it was.

use crate::{
    snapshot_trouble::Server,
    support::{FIELD, TestDatabase, vector_tile},
};
use diaban::{
    layer::{AccessClass, Caller, Catalog},
    store::{
        publish,
        snapshot::{Manifest, SnapshotFolder},
    },
};
use std::{
    collections::BTreeMap,
    fs::File,
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

/// Tiles of zoom 15 and 16 with fields, and one of low zoom.
const NEAR: &str = "15/26041/15376";
const NEARER: &str = "16/52083/30752";
const FAR: &str = "6/50/30";
const PATIENCE: Duration = Duration::from_secs(60);

/// A database with layers of 8 000 fields each, and a data folder.
struct Ground {
    database: TestDatabase,
    catalog: Catalog,
    folder: tempfile::TempDir,
}

impl Ground {
    async fn new(layers: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("layers")).unwrap();
        let named = |id: &&str| FIELD.replace("id = \"field\"", &format!("id = \"{id}\""));
        for id in layers {
            std::fs::write(folder.path().join(format!("layers/{id}.toml")), named(id)).unwrap();
        }
        let catalog = Catalog::read(&folder.path().join("layers")).unwrap();
        let database = TestDatabase::with_catalog(&catalog).await;
        let ground = Self { database, catalog, folder };
        for id in layers {
            ground.add(id, "lua", 8000).await;
            ground.publish(id).await;
        }
        ground
    }

    async fn add(&self, layer: &str, crop: &str, count: usize) {
        let statement = format!(
            "INSERT INTO gis.{layer} (code, crop, geom) SELECT '{crop} ' || n, '{crop}', ST_MakeEnvelope(106.1 + n % 200 * 0.0001, \
             11.0 + n / 200 * 0.0001, 106.1001 + n % 200 * 0.0001, 11.0001 + n / 200 * 0.0001, 4326) FROM generate_series(1, {count}) AS n"
        );
        self.database.execute(&statement).await;
    }

    async fn publish(&self, layer: &str) -> Manifest {
        let view = self.catalog.view(layer, &Caller::anonymous(AccessClass::Restricted)).unwrap();
        let folder = SnapshotFolder::of(self.folder.path());
        publish(&self.database.database(), &folder, &view, false, Arc::default()).await.unwrap()
    }

    fn serve(&self, arguments: &[&str]) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_diaban"));
        command.arg("serve").args(arguments).arg("--data").arg(self.folder.path());
        command.arg("--layers").arg(self.folder.path().join("layers"));
        command.env_remove("DATABASE_URL").env("RUST_LOG", "info").stdin(Stdio::null());
        Server::start(command)
    }

    fn file(&self, layer: &str, version: u64, name: &str) -> PathBuf {
        self.folder.path().join(format!("snapshot/{layer}/v{version:08}/{name}"))
    }

    fn cut(&self, layer: &str, version: u64, name: &str, bytes: u64) {
        let file = File::options().write(true).open(self.file(layer, version, name)).unwrap();
        assert!(file.metadata().unwrap().len() > bytes, "{name} is too short to be cut");
        file.set_len(bytes).unwrap();
    }
}

/// Status and body.
fn get(server: &Server, path: &str) -> (u16, Vec<u8>) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.get(format!("{}{path}", server.base)).call().expect("the server is gone");
    let body = answer.body_mut().with_config().limit(100_000_000).read_to_vec().unwrap();
    (answer.status().as_u16(), body)
}

/// How many features of each crop a tile holds.
fn crops(server: &Server, layer: &str, tile: &str) -> BTreeMap<String, usize> {
    let (status, body) = get(server, &format!("/tiles/{layer}/{tile}"));
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    let layers = vector_tile::decode(&body);
    let mut count = BTreeMap::new();
    for feature in layers.iter().flat_map(|l| &l.features) {
        *count.entry(feature.attributes["crop"].to_string()).or_default() += 1;
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_the_version_before_stands_in_and_then_a_clear_refusal() {
    let ground = Ground::new(&["field", "garden"]).await;
    ground.add("field", "mia", 100).await;
    ground.publish("field").await;
    let mut server = ground.serve(&["--snapshots-only"]);
    server.says("a snapshot was opened");
    server.says("snapshots were opened");
    let (newer, garden) = (crops(&server, "field", NEAR), crops(&server, "garden", NEAR));
    assert_eq!((newer.len(), garden.len()), (2, 1));
    ground.cut("field", 2, "base.fgb", 4096);
    // Not in the cache; nothing of what is cut off is in it, nor is it an empty tile.
    let older = crops(&server, "field", NEARER);
    assert_eq!(older.keys().collect::<Vec<_>>(), ["\"lua\""]);
    assert_eq!(older, crops(&server, "garden", NEARER));
    server.says("v00000002/base.fgb: it was cut short while it was served");
    // What was in the cache is no longer what is served.
    assert_eq!(crops(&server, "field", NEAR), garden);
    ground.cut("field", 1, "base.values", 4096);
    let (status, body) = get(&server, &format!("/tiles/field/{NEARER}?properties=code"));
    assert_eq!(status, 503, "{}", String::from_utf8_lossy(&body));
    server.says("v00000001/base.values: it was cut short while it was served");
    assert_eq!(get(&server, &format!("/tiles/field/{NEAR}")).0, 503);
    assert_eq!(crops(&server, "garden", NEAR), garden);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_file_may_be_cut_and_the_other_layers_go_on() {
    let files = [
        ("a", "base.fgb", 4096, format!("/tiles/a/{NEAR}")),
        ("b", "base.fgb", 4096, "/collections/b/items?limit=5000".to_owned()),
        ("c", "base.fgb", 4096, "/collections/c/items?limit=10&crop=mia".to_owned()),
        ("d", "base.ids", 4096, "/collections/d/items/7000".to_owned()),
        ("e", "base.values", 4096, format!("/tiles/e/{NEAR}")),
        ("f", "base.measures", 4096, "/collections/f/statistics?area=bbox:106,10.9,106.2,11.1".to_owned()),
        ("g", "base.names", 0, "/search?q=lua%207000&layers=g".to_owned()),
        ("h", "z", 0, format!("/tiles/h/{FAR}")),
        ("i", "base.ids", 0, "/collections/i/items?limit=10".to_owned()),
        ("j", "base.fgb", 4096, "/collections/j/download?f=csv".to_owned()),
    ];
    let layers: Vec<&str> = files.iter().map(|f| f.0).chain(["whole"]).collect();
    let ground = Ground::new(&layers).await;
    let overview = ground.publish("h").await.files.last().unwrap().name.clone();
    let mut server = ground.serve(&["--snapshots-only"]);
    for (layer, name, bytes, _) in &files {
        // The one before is gone, so that nothing stands in.
        let before = if *layer == "h" { 2 } else { 1 };
        let name = if *name == "z" { &overview } else { *name };
        let _ = std::fs::remove_dir_all(ground.file(layer, before - 1, ""));
        ground.cut(layer, before, name, *bytes);
    }
    for (layer, name, _, path) in &files {
        let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| get(&server, path)));
        // A download that is under way ends in the middle, which is told by its end.
        let (status, body) = asked.unwrap_or_default();
        let body = String::from_utf8_lossy(&body).into_owned();
        let refused = [0, 503].contains(&status) || *layer == "g" && body.contains("left");
        assert!(refused, "{name}: {status} {path} {body}");
        server.says(&format!("snapshot/{layer}/v"));
        assert_eq!(crops(&server, "whole", NEAR).len(), 1);
    }
    for (layer, _, _, path) in &files {
        let (status, body) = get(&server, path);
        assert!(status == 503 || *layer == "g", "{path}: {status} {}", String::from_utf8_lossy(&body));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_database_it_answers_and_a_new_version_is_taken() {
    let ground = Ground::new(&["field"]).await;
    let mut server = ground.serve(&["--database-url", ground.database.url()]);
    let (near, nearer) = (crops(&server, "field", NEAR), crops(&server, "field", NEARER));
    ground.cut("field", 1, "base.fgb", 4096);
    let (status, body) = get(&server, "/collections/field/items?limit=1");
    assert!(status == 200 || status == 503, "{}", String::from_utf8_lossy(&body));
    let answer = get(&server, "/collections/field/statistics?area=bbox:106,10.9,106.2,11.1").1;
    assert!(String::from_utf8_lossy(&answer).contains("8000"), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(crops(&server, "field", NEAR), near);
    server.says("v00000001/base.fgb: it was cut short while it was served");
    server.says("a snapshot was taken");
    let started = Instant::now();
    while !ground.file("field", 2, "base.fgb").exists() {
        assert!(started.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(crops(&server, "field", NEARER), nearer);
}
