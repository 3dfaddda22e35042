//! The folder of snapshots is full or may not be written to, or the database is a newer
//! program's: it is said what is wrong and what to do, and the map goes on with what it has.

use crate::support::{FIELD, TestDatabase, vector_tile};
use diaban::{
    layer::{AccessClass, Caller, Catalog},
    store::{
        DatabaseError, Follower, publish,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// The tile of zoom 15 that the first field lies in.
const NEAR: &str = "/tiles/field/15/26041/15376";
/// The longest wait for what has to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A database with a layer of a hundred fields, and a data folder.
struct Ground {
    database: TestDatabase,
    catalog: Catalog,
    folder: tempfile::TempDir,
}

impl Ground {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("data")).unwrap();
        std::fs::create_dir_all(folder.path().join("layers")).unwrap();
        std::fs::write(folder.path().join("layers/field.toml"), FIELD).unwrap();
        let catalog = Catalog::read(&folder.path().join("layers")).unwrap();
        let database = TestDatabase::with_catalog(&catalog).await;
        let ground = Self { database, catalog, folder };
        ground.add("lua", 100).await;
        ground
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Adds fields of a crop near each other, all at once.
    async fn add(&self, crop: &str, count: usize) {
        let statement = format!(
            "INSERT INTO gis.field (code, crop, geom) SELECT '{crop}' || n, '{crop}', ST_MakeEnvelope(106.1 + n % 200 * 0.0001, \
             11.0 + n / 200 * 0.0001, 106.1001 + n % 200 * 0.0001, 11.0001 + n / 200 * 0.0001, 4326) FROM generate_series(1, {count}) AS n"
        );
        self.database.execute(&statement).await;
    }

    async fn publish(&self) {
        let view = self.catalog.view("field", &Caller::anonymous(AccessClass::Restricted)).unwrap();
        let folder = SnapshotFolder::of(&self.data());
        publish(&self.database.database(), &folder, &view, false, Arc::default()).await.unwrap();
    }

    /// The program, in a world where `mount` has been run: nobody else sees that.
    fn program(&self, mount: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        if Command::new("unshare").args(["--mount", "true"]).output().is_ok_and(|o| !o.status.success()) {
            command.arg("--map-root-user");
        }
        let script = format!("{mount} && exec \"$@\"");
        command.args(["--mount", "sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_diaban")]).args(arguments);
        command.arg("--data").arg(self.data()).arg("--layers").arg(self.folder.path().join("layers"));
        command.env_remove("DATABASE_URL").env("RUST_LOG", "info").stdin(Stdio::null());
        command
    }

    /// What the program says, which must fail.
    fn fails(&self, mount: &str, arguments: &[&str]) -> String {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--database-url", self.database.url()]);
        let output = self.program(mount, &arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{said}");
        said
    }

    /// Versions and drafts of the layer in the data folder.
    fn versions(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.data().join("snapshot/field")).unwrap();
        let names = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|n| n != "lock").collect();
        names.sort();
        names
    }
}

/// No more room than `size` below `path`.
fn small(path: &Path, size: &str) -> String {
    format!("mount -t tmpfs -o size={size} tmpfs '{}'", path.display())
}

/// Nothing may be written below `path`.
fn read_only(path: &Path) -> String {
    let path = path.display();
    format!("mount --bind '{path}' '{path}' && mount -o remount,bind,ro '{path}'")
}

/// A running server, and what it has said.
pub struct Server {
    child: Child,
    said: Arc<Mutex<String>>,
    pub base: String,
}

impl Server {
    pub fn start(mut command: Command) -> Self {
        let child = command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (own, errors) = (said.clone(), BufReader::new(child.stderr.take().unwrap()));
        std::thread::spawn(move || {
            errors.lines().map_while(Result::ok).for_each(|l| *own.lock().unwrap() += &(l + "\n"));
        });
        let (own, output) = (said.clone(), BufReader::new(child.stdout.take().unwrap()));
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).for_each(|l| *own.lock().unwrap() += &(l + "\n"));
        });
        let mut server = Self { child, said, base: String::new() };
        server.says("http://127.0.0.1:");
        let said = server.said.lock().unwrap().clone();
        let at = said.find("http://127.0.0.1:").unwrap();
        server.base = said[at..].split('/').take(3).collect::<Vec<_>>().join("/");
        server
    }

    /// Waits until it has said this.
    pub fn says(&mut self, words: &str) {
        let started = Instant::now();
        while !self.said.lock().unwrap().contains(words) {
            let ended = self.child.try_wait().unwrap();
            let said = self.said.lock().unwrap().clone();
            assert!(ended.is_none() && started.elapsed() < PATIENCE, "`{words}` is not in\n{said}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The crops in the tile, each once.
    fn crops(&self) -> Vec<String> {
        let mut answer = ureq::get(format!("{}{NEAR}", self.base)).call().unwrap();
        let bytes = answer.body_mut().with_config().limit(100_000_000).read_to_vec().unwrap();
        let layers = vector_tile::decode(&bytes);
        let features = layers.iter().flat_map(|l| &l.features);
        let mut crops: Vec<String> = features.map(|f| f.attributes["crop"].to_string()).collect();
        crops.sort();
        crops.dedup();
        crops
    }

    /// Waits until the tile shows these crops and no others.
    fn shows(&self, crops: &[&str]) {
        let started = Instant::now();
        while self.crops() != crops {
            assert!(started.elapsed() < PATIENCE, "{:?}", self.crops());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_the_snapshot_before_serves_on() {
    let ground = Ground::new().await;
    let disk = small(&ground.data(), "3m");
    let mut server =
        Server::start(ground.program(&disk, &["serve", "--database-url", ground.database.url()]));
    server.says("a snapshot was taken");
    server.shows(&["\"lua\""]);
    // More than lies over a snapshot, and more than has room.
    ground.add("mia", 30_000).await;
    server.says("there is no room left for the snapshot in");
    server.says("Free some and publish again; the snapshot before this one stays in use");
    assert_eq!(server.crops(), ["\"lua\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_without_room_says_so() {
    let ground = Ground::new().await;
    ground.add("mia", 30_000).await;
    let said = ground.fails(&small(&ground.data(), "3m"), &["publish"]);
    assert!(said.contains("there is no room left for the snapshot in"), "{said}");
    assert!(said.contains("the snapshot before this one stays in use"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_may_not_be_written_to_is_said_and_its_snapshot_serves_on() {
    let ground = Ground::new().await;
    ground.publish().await;
    let mount = read_only(&ground.data());
    let said = ground.fails(&mount, &["publish"]);
    assert!(said.contains("cannot be written to") && said.contains("--data"), "{said}");
    let mut server =
        Server::start(ground.program(&mount, &["serve", "--database-url", ground.database.url()]));
    server.shows(&["\"lua\""]);
    ground.add("cam", 1).await;
    server.shows(&["\"cam\"", "\"lua\""]);
    ground.add("mia", 30_000).await;
    server.says("cannot be written to");
    server.says("Give the user of this program the right to, or choose another folder with --data");
    assert_eq!(server.crops(), ["\"cam\"", "\"lua\""]);
    assert_eq!(ground.versions(), ["v00000001"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_log_of_a_newer_program_is_not_read_and_the_map_stays() {
    let ground = Ground::new().await;
    ground.publish().await;
    let snapshots = Arc::new(SnapshotStore::new(SnapshotFolder::of(&ground.data())));
    let mut follower = Follower::new(ground.database.database(), snapshots.clone(), &ground.catalog, false);
    follower.catch_up().await.unwrap();
    assert!(snapshots.served("field").is_some());
    let mut server =
        Server::start(ground.program("true", &["serve", "--database-url", ground.database.url()]));
    server.shows(&["\"lua\""]);

    ground.database.execute("INSERT INTO diaban.schema_history SELECT 999, 'later', applied_on, checksum FROM diaban.schema_history LIMIT 1").await;
    ground.add("mia", 1).await;
    let error = follower.catch_up().await.unwrap_err();
    assert!(matches!(error, DatabaseError::Newer { found: 999, .. }), "{error}");
    assert_eq!(snapshots.served("field").unwrap().changed().0, 0);
    server.says("the database was prepared by a newer diaban (its schema is at 999");
    server.says("Use the newer program");
    assert_eq!(server.crops(), ["\"lua\""]);
    // One that starts now serves nothing of the database, but the snapshots.
    let said = ground.fails("true", &["serve", "--listen", "127.0.0.1:0"]);
    assert!(said.contains("newer diaban") && said.contains("--snapshots-only"), "{said}");
    let alone = Server::start(ground.program("true", &["serve", "--snapshots-only"]));
    assert_eq!(alone.crops(), ["\"lua\""]);

    ground.database.execute("DELETE FROM diaban.schema_history WHERE version = 999").await;
    server.says("changes are followed again");
    server.shows(&["\"lua\"", "\"mia\""]);
}

#[tokio::test]
async fn what_a_killed_publisher_left_is_removed_and_one_at_work_let_alone() {
    let ground = Ground::new().await;
    ground.publish().await;
    let folder = SnapshotFolder::of(&ground.data());
    let draft = folder.draft("field").unwrap();
    folder.remove_abandoned_drafts();
    assert_eq!(ground.versions(), ["draft", "v00000001"]);
    drop(draft);
    std::fs::create_dir(ground.data().join("snapshot/field/draft")).unwrap();
    std::fs::write(ground.data().join("snapshot/field/draft/base.fgb"), b"half").unwrap();
    folder.remove_abandoned_drafts();
    assert_eq!(ground.versions(), ["v00000001"]);
}
