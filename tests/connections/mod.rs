//! The listener, asked over real sockets: TLS, HTTP/1.1 and HTTP/2, and clients that are slow, rude, many or gone.

mod goes;
mod live;
mod rude;
mod slow;
mod tls;

use crate::support::{
    TestDatabase, layer,
    served::{PARCEL, ROAD, ROWS, WELL},
};
use bytes::Bytes;
use diaban::{
    cache::TileCache,
    http::{Certificate, ConnectionLimits, Site, serve},
    layer::{AccessClass, Caller, Catalog},
    store::{
        Follower, LiveStore,
        postgis::PostgisStore,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
};
use std::{
    io,
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

/// The longest wait for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);
/// Rows enough for a download of some megabytes.
const MANY_WELLS: &str = "INSERT INTO gis.well (code, names, geom)
    SELECT md5(i::text), ARRAY[repeat(md5((-i)::text), 8)],
           ST_SetSRID(ST_MakePoint(105 + (i % 200) * 0.01, 10 + (i / 200) * 0.01), 4326)
    FROM generate_series(1, 20000) AS i";

/// A tile of some hundred kilobytes, 14/13034/7687.
const CLOSE_WELLS: &str = "INSERT INTO gis.well (code, names, geom)
    SELECT md5(i::text), ARRAY[repeat(md5((-i)::text), 8)],
           ST_SetSRID(ST_MakePoint(106.393 + (i % 30) * 0.0006, 11.007 + (i / 30) * 0.0004), 4326)
    FROM generate_series(0, 1199) AS i";

/// Limits for those who cannot wait.
fn hasty() -> ConnectionLimits {
    ConnectionLimits {
        handshake: Duration::from_secs(1),
        head: Duration::from_secs(1),
        body_grace: Duration::from_secs(1),
        stall: Duration::from_secs(2),
        rate_window: Duration::from_secs(4),
        idle: Duration::from_secs(2),
        look: Duration::from_millis(50),
        ..ConnectionLimits::default()
    }
}

/// A server that listens.
struct Open {
    database: TestDatabase,
    site: Arc<Site<LiveStore>>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<io::Result<()>>,
}

impl Open {
    async fn with(connections: ConnectionLimits) -> Self {
        Self::over_tls(connections, None).await
    }

    async fn over_tls(connections: ConnectionLimits, certificate: Option<Certificate>) -> Self {
        let catalog = Catalog::new([WELL, PARCEL, ROAD].map(layer).to_vec(), Default::default());
        let database = TestDatabase::with_catalog(&catalog).await;
        let open_rows = ROWS.split_once("    INSERT INTO gis.bimat_cable").unwrap().0;
        database.execute(open_rows).await;
        let store = LiveStore::new(Some(PostgisStore::new(database.database())), None);
        Self::of(database, store, catalog, connections, certificate).await
    }

    /// Over a snapshot of wells, so that tiles are kept.
    async fn over_snapshots(connections: ConnectionLimits, folder: &Path) -> Self {
        let catalog = Catalog::new(vec![layer(WELL)], Default::default());
        let database = TestDatabase::with_catalog(&catalog).await;
        database.execute(CLOSE_WELLS).await;
        let snapshots = Arc::new(SnapshotStore::new(SnapshotFolder::of(folder)));
        let mut follower = Follower::new(database.database(), snapshots.clone(), &catalog, false);
        follower.catch_up().await.unwrap();
        let following = tokio::spawn(follower.run());
        let started = Instant::now();
        while snapshots.served("well").is_none() {
            assert!(started.elapsed() < 3 * PATIENCE, "no snapshot comes");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        following.abort();
        let store = LiveStore::new(Some(PostgisStore::new(database.database())), Some(snapshots));
        Self::of(database, store, catalog, connections, None).await
    }

    async fn of(
        database: TestDatabase,
        store: LiveStore,
        catalog: Catalog,
        connections: ConnectionLimits,
        certificate: Option<Certificate>,
    ) -> Self {
        let mut site = Site::new(store, Arc::new(catalog), Caller::anonymous(AccessClass::Open));
        site.cache = TileCache::new(64 << 20);
        site.connections = connections;
        site.certificate = certificate;
        let site = Arc::new(site);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(serve(listener, site.clone(), async move { drop(stopped.await) }));
        Self { database, site, address, stop: Some(stop), served }
    }

    /// What a metric says; 0 where it is not there.
    fn metric(&self, name: &str) -> u64 {
        let text = self.site.metrics.text();
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.map_or(0, |value| value.parse().unwrap())
    }

    fn ended(&self, reason: &str) -> u64 {
        self.metric(&format!("diaban_connections_ended_total{{reason=\"{reason}\"}}"))
    }

    /// Waits until so many connections are open.
    async fn until_open(&self, count: u64) {
        let started = Instant::now();
        while self.metric("diaban_connections") != count {
            let open = self.metric("diaban_connections");
            assert!(started.elapsed() < PATIENCE, "{open} connections are open, not {count}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A connection on which these bytes have been sent.
    async fn said(&self, bytes: impl AsRef<[u8]>) -> TcpStream {
        let mut socket = self.connect().await;
        socket.write_all(bytes.as_ref()).await.unwrap();
        socket
    }

    /// Everything that is answered to these bytes until the server closes.
    async fn answer(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut socket = self.said(bytes).await;
        rest(&mut socket).await
    }

    /// The status of another caller's request, and how long it took.
    async fn ask(&self, path: &str) -> (u16, Duration) {
        let begun = Instant::now();
        let answer =
            self.answer(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")).await;
        (status(&answer), begun.elapsed())
    }

    /// A client of HTTP/2, and its connection under way.
    async fn side_by_side(&self) -> (h2::client::SendRequest<Bytes>, JoinHandle<()>) {
        let (client, going) = self.spoken(&h2::client::Builder::new()).await;
        (client, tokio::spawn(async move { drop(going.await.unwrap()) }))
    }

    /// The same with windows of its own; how the connection ended.
    async fn spoken(
        &self,
        builder: &h2::client::Builder,
    ) -> (h2::client::SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
        let (client, connection) = builder.handshake(self.connect().await).await.unwrap();
        let going = tokio::spawn(connection);
        (client.ready().await.unwrap(), going)
    }

    fn get(&self, path: &str) -> axum::http::Request<()> {
        axum::http::Request::get(format!("http://{}{path}", self.address)).body(()).unwrap()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.served.abort();
    }
}

/// What comes until the end, or until nothing comes for long.
async fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut bytes)).await;
    assert!(read.is_ok(), "it is not closed: {}", String::from_utf8_lossy(&bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
}
