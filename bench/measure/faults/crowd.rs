//! 200 clients whose questions wait 30 s in the database, and then 1 000 that read too slowly, while others' tiles are
//! timed beside the quiet value.

use super::{
    clients::{Asked, Crowd, any_tile, failed, of_the_database, verdict, within_ms},
    server::{Server, Setup},
};
use crate::{Outcome, tiles::Random};
use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};
use tokio_postgres::NoTls;

const OF_TILES: u64 = 8;
const WAITING: u64 = 200;
const SLOW_READERS: usize = 1_000;
/// How long a question waits in the database.
const QUERY: Duration = Duration::from_secs(30);
/// Bytes that a slow reader's side takes before the server has to wait.
const SLOW_BUFFER: u32 = 4_096;
/// Tiles of others are as quick as this many times the quiet value.
const TIMES_MAX: f64 = 2.0;
/// Megabytes that may come on top.
const MORE_MB_MAX: usize = 256;

/// What was seen in one part.
struct Part {
    tiles: Vec<Asked>,
    most_mb: usize,
}

/// Times others' tiles for a while, and watches the memory.
fn watched(server: &Server, most: Duration) -> Outcome<Part> {
    let crowd = Crowd::start(&server.url, OF_TILES, Duration::from_millis(20), any_tile);
    let (started, mut most_mb) = (Instant::now(), 0);
    while started.elapsed() < most {
        most_mb = most_mb.max(server.memory_mb()?);
        thread::sleep(Duration::from_millis(100));
    }
    Ok(Part { tiles: crowd.stop()?, most_mb })
}

pub fn run(setup: &Setup, data: &Path, seconds: u64) -> Outcome<()> {
    let mut server = Server::start(setup, data)?;
    server.up()?;
    let each = Duration::from_secs(seconds);
    // Once, so that no part is timed with a cold cache.
    watched(&server, each.min(Duration::from_secs(10)))?;
    let quiet = watched(&server, each)?;

    let held = hold_the_table(&setup.database, each.max(QUERY) + Duration::from_secs(5))?;
    let waiting = Crowd::start(&server.url, WAITING, Duration::from_millis(200), of_the_database);
    thread::sleep(Duration::from_secs(1));
    let beside_queries = watched(&server, each.max(QUERY))?;
    held.join().map_err(|_| "the lock fell over")??;
    let waited = waiting.stop()?;
    let other = waited.iter().filter(|asked| ![200, 422, 429, 503].contains(&asked.status)).count();

    let slow = SlowReaders::start(&server.url, each + Duration::from_secs(10))?;
    thread::sleep(Duration::from_secs(5));
    let beside_readers = watched(&server, each)?;
    let (held_open, refused) = slow.stop()?;
    thread::sleep(Duration::from_secs(2));
    let after_mb = server.memory_mb()?;

    println!("| beside | tiles | failed | p50 ms | p99 ms | p99 beside quiet | memory at most, MB |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let p99 = |part: &Part| within_ms(&part.tiles, 0.99);
    let parts = [
        ("nobody", &quiet),
        ("200 clients on a query of 30 s", &beside_queries),
        ("1 000 slow readers", &beside_readers),
    ];
    for (name, part) in parts {
        let (lost, times) = (failed(&part.tiles), p99(part) / p99(&quiet));
        println!(
            "| {name} | {} | {lost} | {:.1} | {:.1} | {times:.2} | {} |",
            part.tiles.len(),
            within_ms(&part.tiles, 0.5),
            p99(part),
            part.most_mb
        );
    }
    println!(
        "\n- {} questions waited in the database, the longest {:.1} s; {other} of them ended otherwise than with 200, 422, 429 or 503",
        waited.len(),
        within_ms(&waited, 1.0) / 1000.0
    );
    println!(
        "- slow readers: {held_open} still held their answer in the end, {refused} were refused or cut off; memory after them {after_mb} MB"
    );
    let worst = p99(&beside_queries).max(p99(&beside_readers)) / p99(&quiet);
    let lost = parts.iter().map(|(_, part)| failed(&part.tiles)).sum::<usize>();
    let more = beside_queries.most_mb.max(beside_readers.most_mb).saturating_sub(quiet.most_mb);
    verdict(&[
        (worst >= TIMES_MAX, format!("p99 {worst:.2} times the quiet value")),
        (lost > 0, format!("{lost} tiles failed")),
        (other > 0, format!("{other} questions hung or broke")),
        (more > MORE_MB_MAX, format!("{more} MB more memory")),
    ])
}

/// Nobody reads the table until then: a query of it waits as one that takes so long.
fn hold_the_table(url: &str, most: Duration) -> Outcome<thread::JoinHandle<Result<(), String>>> {
    let url = url.to_owned();
    let (told, locked) = std::sync::mpsc::channel();
    let held = thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&url, NoTls).await.map_err(|e| e.to_string())?;
            tokio::spawn(connection);
            client
                .batch_execute("BEGIN; LOCK TABLE gis.parcels IN ACCESS EXCLUSIVE MODE")
                .await
                .map_err(|e| e.to_string())?;
            let _ = told.send(());
            tokio::time::sleep(most).await;
            client.batch_execute("COMMIT").await.map_err(|e| e.to_string())
        })
    });
    locked.recv_timeout(Duration::from_secs(60)).map_err(|_| "the table could not be locked")?;
    Ok(held)
}

/// Clients that ask for much and read a byte a second.
struct SlowReaders {
    stop: Arc<AtomicBool>,
    held: Arc<AtomicUsize>,
    thread: thread::JoinHandle<std::io::Result<()>>,
}

impl SlowReaders {
    fn start(url: &str, most: Duration) -> Outcome<Self> {
        let server: SocketAddr = url.trim_start_matches("http://").parse()?;
        let (stop, held) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, holding) = (stop.clone(), held.clone());
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut random = Random(3);
                for n in 0..SLOW_READERS {
                    // Most want tiles, as others do; some a page of many features, or all of them.
                    let path = match n % 10 {
                        0 => "/collections/parcels/items?limit=10000".to_owned(),
                        1 => "/collections/parcels/download?f=geojson".to_owned(),
                        _ => any_tile(&mut random),
                    };
                    tokio::spawn(read_slowly(server, path, stopped.clone(), holding.clone()));
                    if n % 50 == 0 {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
                let started = Instant::now();
                while !stopped.load(Ordering::Relaxed) && started.elapsed() < most * 4 {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            });
            Ok(())
        });
        Ok(Self { stop, held, thread })
    }

    /// How many held an answer that was not at its end, and how many did not any more.
    fn stop(self) -> Outcome<(usize, usize)> {
        let held = self.held.load(Ordering::Relaxed);
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the slow readers fell over")??;
        Ok((held, SLOW_READERS - held))
    }
}

async fn read_slowly(
    server: SocketAddr,
    path: String,
    stop: Arc<AtomicBool>,
    held: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(SLOW_BUFFER)?;
    let mut stream = socket.connect(server).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {server}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    held.fetch_add(1, Ordering::Relaxed);
    let mut byte = [0];
    while !stop.load(Ordering::Relaxed) {
        match stream.read(&mut byte).await {
            Ok(1..) => tokio::time::sleep(Duration::from_secs(1)).await,
            _ => break,
        }
    }
    held.fetch_sub(1, Ordering::Relaxed);
    Ok(())
}
