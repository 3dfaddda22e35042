//! The database dies, falls silent, or is cut off under a running server: an answer within 2 s
//! that says so, and everything as before once it is back.

use crate::support::{
    connect, layer,
    served::{Answer, ROAD, WELL, site},
    url_for_socket,
};
use diaban::{
    http::{Site, serve},
    layer::{AccessClass, Caller, Catalog, LayerDefinition},
    store::{
        postgis::{
            Database, DatabaseTarget, PostgisStore,
            private_server::{PrivateServer, installation::SearchPlaces},
        },
        publish,
        snapshot::SnapshotFolder,
    },
};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UnixStream},
    sync::watch,
    task::JoinSet,
};

/// The longest that an answer may take when the database is gone.
const LIMIT: Duration = Duration::from_secs(2);
/// The longest wait for what has to come back.
const PATIENCE: Duration = Duration::from_secs(30);
/// What needs the database, and what does not.
const NEEDS: [&str; 8] = [
    "/collections",
    "/collections/well",
    "/collections/well/items",
    "/collections/well/items/1",
    "/tiles/well",
    "/tiles/well/0/0/0",
    "/catalog",
    "/health/ready",
];
const NEEDS_NOT: [&str; 5] = ["/", "/conformance", "/api", "/health/live", "/metrics"];

/// A PostgreSQL that belongs to one test and can be killed.
pub(crate) struct OwnServer {
    pub(crate) folder: tempfile::TempDir,
    server: Option<PrivateServer>,
}

impl OwnServer {
    pub(crate) async fn start() -> Self {
        let mut own = Self { folder: tempfile::tempdir().unwrap(), server: None };
        own.open().await;
        let client = connect(&own.url("postgres")).await;
        client.batch_execute("CREATE DATABASE gone").await.unwrap();
        own
    }

    /// Starts it, or starts it again.
    pub(crate) async fn open(&mut self) {
        let folder = self.folder.path().to_owned();
        let opened =
            tokio::task::spawn_blocking(move || PrivateServer::open(&folder, &SearchPlaces::default()));
        self.server = Some(opened.await.unwrap().unwrap());
    }

    /// A copy of it that follows it.
    pub(crate) async fn standby(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (self.folder.path().join("postgres"), folder.path().join("postgres"));
        let socket = self.socket_folder();
        let program = |name: &str| {
            let mut folders: Vec<_> = std::fs::read_dir("/usr/lib/postgresql").unwrap().flatten().collect();
            folders.sort_by_key(std::fs::DirEntry::file_name);
            folders.last().unwrap().path().join("bin").join(name)
        };
        let copied = std::process::Command::new(program("pg_basebackup"))
            .args(["-U", "diaban", "-R", "-c", "fast", "-h"])
            .arg(&socket)
            .arg("-D")
            .arg(&to)
            .status();
        assert!(copied.unwrap().success());
        let owned = std::process::Command::new("chown")
            .args(["-R", &format!("--reference={}", from.display())])
            .arg(&to)
            .status();
        assert!(owned.unwrap().success());
        let mut standby = Self { folder, server: None };
        standby.open().await;
        standby
    }

    fn socket_folder(&self) -> PathBuf {
        self.server.as_ref().unwrap().socket_folder().to_owned()
    }

    pub(crate) fn url(&self, database: &str) -> String {
        url_for_socket(&self.socket_folder(), database)
    }

    /// Sends a signal to the server's first process.
    pub(crate) fn signal(&self, signal: &str) {
        let file = self.folder.path().join("postgres/postmaster.pid");
        let pid = std::fs::read_to_string(file).unwrap().lines().next().unwrap().to_owned();
        assert!(std::process::Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    }
}

fn layers() -> Vec<LayerDefinition> {
    vec![layer(WELL), layer(ROAD)]
}

/// A server over a database at an address; listens on a port of its own.
async fn listening(url: &str) -> SocketAddr {
    let catalog = Catalog::new(layers(), Default::default());
    let database = Database::open(&DatabaseTarget::Url(url.to_owned())).await.unwrap();
    database.prepare(&catalog).await.unwrap();
    let client = connect(url).await;
    client
        .batch_execute(
            "INSERT INTO gis.well (code, geom) VALUES ('A', 'SRID=4326;POINT(106 11)'); \
             INSERT INTO gis.road (code, geom) SELECT i || repeat('x', 500), 'SRID=4326;MULTILINESTRING((0 0,1 1))' \
             FROM generate_series(1, 10000) AS i",
        )
        .await
        .unwrap();
    let site =
        Site::new(PostgisStore::new(database), Arc::new(catalog), Caller::anonymous(AccessClass::Open));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, Arc::new(site), std::future::pending()));
    address
}

/// A GET over a connection of its own; an error if the answer does not come whole.
async fn get(address: SocketAddr, path: &'static str) -> Result<Answer, ureq::Error> {
    let asked = tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut response = agent.get(format!("http://{address}{path}")).call()?;
        let body = response.body_mut().with_config().limit(u64::MAX).read_to_vec()?;
        let (parts, _) = response.into_parts();
        Ok(Answer { asked: path.to_owned(), status: parts.status.as_u16(), headers: parts.headers, body })
    });
    asked.await.unwrap()
}

async fn all_is_well(address: SocketAddr) {
    for path in NEEDS.into_iter().chain(NEEDS_NOT) {
        let answer = get(address, path).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
}

/// Waits until all is well again.
async fn comes_back(address: SocketAddr) {
    let well = async {
        while get(address, "/health/ready").await.unwrap().status != 200 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, well).await.expect("the server did not find its database again");
    all_is_well(address).await;
}

/// Holds that each route says so in time, also when many ask at once: more than there are sessions.
async fn it_is_said(address: SocketAddr) {
    let mut asked = JoinSet::new();
    for path in NEEDS.into_iter().cycle().take(40) {
        asked.spawn(async move { (path, tokio::time::timeout(LIMIT, get(address, path)).await) });
    }
    while let Some(answered) = asked.join_next().await {
        let (path, answer) = answered.unwrap();
        let answer = answer.unwrap_or_else(|_| panic!("{path} took longer than {LIMIT:?}")).unwrap();
        let detail = answer.problem(503);
        assert!(detail.contains("database"), "{path}: {detail}");
        assert!(answer.header("retry-after").is_some(), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    for path in NEEDS_NOT {
        assert_eq!(get(address, path).await.unwrap().status, 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_killed_is_missed_at_once_and_found_again() {
    let mut own = OwnServer::start().await;
    let address = listening(&own.url("gone")).await;
    all_is_well(address).await;
    for signal in ["KILL", "QUIT"] {
        own.signal(signal);
        // The sessions of a killed server end by themselves, an instant later.
        while get(address, "/health/ready").await.unwrap().status == 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        it_is_said(address).await;
        own.open().await;
        comes_back(address).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_stopped_is_missed_in_time_and_found_again() {
    let own = OwnServer::start().await;
    let proxy = Proxy::before(&own.socket_folder()).await;
    let address = listening(&proxy.url()).await;
    all_is_well(address).await;
    // It takes what it is given and says nothing.
    proxy.state.send(State::Silent).unwrap();
    it_is_said(address).await;
    it_is_said(address).await;
    proxy.state.send(State::Open).unwrap();
    comes_back(address).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_the_database_leaves_unfinished_does_not_look_whole() {
    let own = OwnServer::start().await;
    let proxy = Proxy::before(&own.socket_folder()).await;
    let address = listening(&proxy.url()).await;
    let path = "/collections/road/items?limit=10000";
    let whole = get(address, path).await.unwrap();
    assert_eq!(whole.json()["numberReturned"], 10_000);
    for state in [State::CutAfter(1_000_000), State::CutAfter(3_000_000)] {
        proxy.state.send(state).unwrap();
        let answer = get(address, path).await;
        assert!(answer.is_err(), "{} bytes of {}", answer.unwrap().body.len(), whole.body.len());
        proxy.state.send(State::Open).unwrap();
        comes_back(address).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_its_time_is_waited_for() {
    let database = crate::support::TestDatabase::with_layers(layers()).await;
    // Asked through a view that sleeps for longer than the silence that makes one wonder.
    let mut slow = layer(WELL);
    let table = "schema = 'public'\nname = 'slow'\ngeometry = 'geom'\nid = 'id'\nsrid = 4326";
    slow.table = Some(toml::from_str(table).unwrap());
    database
        .execute(
            "INSERT INTO gis.well (code, geom) VALUES ('A', 'SRID=4326;POINT(106 11)'); \
             CREATE VIEW public.slow AS SELECT w.* FROM gis.well AS w, LATERAL (SELECT pg_sleep(2.5), w.id OFFSET 0) AS s",
        )
        .await;
    let router = site(&database, Catalog::new(vec![slow], Default::default()), AccessClass::Open);
    let served = crate::support::served::Served { database, router };
    assert_eq!(served.json("/collections/well/items/1").await["properties"]["code"], "A");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_takes_over_is_found_and_written_to() {
    let primary = OwnServer::start().await;
    let standby = primary.standby().await;
    let hosts = [&primary, &standby].map(|own| {
        own.socket_folder().to_str().unwrap().bytes().map(|b| format!("%{b:02X}")).collect::<String>()
    });
    let url = format!("postgresql://diaban@{}/gone?target_session_attrs=read-write", hosts.join(","));
    let address = listening(&url).await;
    all_is_well(address).await;
    let copy = connect(&standby.url("gone")).await;
    let has = async |well: &str| {
        let count = "SELECT count(*) FROM gis.well WHERE code = $1";
        copy.query_one(count, &[&well]).await.is_ok_and(|row| row.get::<_, i64>(0) == 1)
    };
    while !has("A").await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    primary.signal("QUIT");
    while get(address, "/health/ready").await.unwrap().status == 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // One that only reads is not taken for the record.
    it_is_said(address).await;
    copy.batch_execute("SELECT pg_promote()").await.unwrap();
    comes_back(address).await;
    let written = connect(&url).await;
    written
        .batch_execute("INSERT INTO gis.well (code, geom) VALUES ('B', 'SRID=4326;POINT(106 11)')")
        .await
        .unwrap();
    assert!(has("B").await);
    assert_eq!(get(address, "/collections/well/items").await.unwrap().json()["numberReturned"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_whose_database_falls_silent_gives_up_and_lets_go() {
    let own = OwnServer::start().await;
    let proxy = Proxy::before(&own.socket_folder()).await;
    listening(&proxy.url()).await;
    let catalog = Catalog::new(layers(), Default::default());
    let view = catalog.view("well", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    let data = tempfile::tempdir().unwrap();
    let folder = SnapshotFolder::of(data.path());
    let database = Database::open(&DatabaseTarget::Url(proxy.url())).await.unwrap();
    // It waits for its table, and hears nothing any more.
    let mut holder = connect(&own.url("gone")).await;
    let held = holder.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE gis.well IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let publishing = publish(&database, &folder, &view, false, Arc::default());
    let silence = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        proxy.state.send(State::Silent).unwrap();
    };
    let gives_up = tokio::time::timeout(Duration::from_secs(40), async { tokio::join!(publishing, silence) });
    let said = gives_up.await.expect("it waits for ever").0.unwrap_err().to_string();
    assert!(said.contains("it has said nothing for"), "{said}");
    held.rollback().await.unwrap();
    proxy.state.send(State::Open).unwrap();
    let again = publish(&database, &folder, &view, false, Arc::default());
    assert_eq!(tokio::time::timeout(PATIENCE, again).await.expect("it lets go").unwrap().version, 1);
    database.close().await;
}

/// What a proxy does with the bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Open,
    /// Takes all, and passes nothing on.
    Silent,
    /// Ends a session after so many bytes of the database's.
    CutAfter(usize),
}

/// Stands before a PostgreSQL, as a network that may fail.
struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
}

impl Proxy {
    async fn before(socket_folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, socket) = (listener.local_addr().unwrap(), socket_folder.join(".s.PGSQL.5432"));
        let (state, states) = watch::channel(State::Open);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = UnixStream::connect(&socket).await.unwrap();
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                tokio::spawn(pass(from_client, to_server, states.clone(), false));
                tokio::spawn(pass(from_server, to_client, states.clone(), true));
            }
        });
        Self { address, state }
    }

    fn url(&self) -> String {
        format!("postgresql://diaban@{}/gone", self.address)
    }
}

async fn pass(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut state: watch::Receiver<State>,
    answers: bool,
) {
    let (mut buffer, mut passed, mut before) = (vec![0; 16_384], 0, State::Open);
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let Ok(now) = state.wait_for(|state| *state != State::Silent).await.map(|state| *state) else {
            return;
        };
        passed = if now == before { passed + read } else { read };
        before = now;
        if answers && matches!(now, State::CutAfter(limit) if passed > limit) {
            return;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
