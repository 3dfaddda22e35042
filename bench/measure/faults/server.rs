//! A server of its own process, and clients that ask it for tiles the whole time.

use crate::{
    Outcome,
    tiles::{Random, Tiles, tile_at, tiles_of},
    vector_tile::{self, Layer, Value},
};
use diaban::tile::TileCoord;
use std::{
    collections::HashMap,
    fs::File,
    net::TcpListener,
    panic::catch_unwind,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::journal::ATTRIBUTE;

pub const LAYER: &str = "parcels";
/// West, south, east, north of the parcels, with what edits add; degrees.
pub const EXTENT: [f64; 4] = [106.0995, 10.9995, 106.2805, 11.1805];
/// The zoom at which every parcel stands by itself, with few tiles.
const WHOLE_ZOOM: u8 = 14;
/// A server that does not answer by then is one that failed.
const UP_WITHIN: Duration = Duration::from_secs(30);
/// The longest that a tile may take.
const TILE_WITHIN: Duration = Duration::from_secs(10);

/// How servers are started.
pub struct Setup {
    pub program: PathBuf,
    pub layers: PathBuf,
    /// Folder for logs.
    pub work: PathBuf,
    pub database: String,
}

impl Setup {
    /// A command of the program over a data folder; what it says is added to `NAME.log`.
    pub fn command(&self, name: &str, command: &str, data: &Path) -> Outcome<Command> {
        let log = File::options().create(true).append(true).open(self.work.join(format!("{name}.log")))?;
        let mut started = Command::new(&self.program);
        started.args([command, "--database-url", &self.database, "--data"]).arg(data);
        started.arg("--layers").arg(&self.layers).env_remove("DATABASE_URL");
        started.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(started)
    }
}

/// A running `diaban serve`; killed when it goes.
pub struct Server {
    child: Child,
    pub url: String,
}

impl Server {
    pub fn start(setup: &Setup, data: &Path) -> Outcome<Self> {
        // A port that is free now.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = setup.command("serve", "serve", data)?;
        let child = command.args(["--listen", &address.to_string()]).spawn()?;
        Ok(Self { child, url: format!("http://{address}") })
    }

    /// Waits until it answers.
    pub fn up(&mut self) -> Outcome<()> {
        let started = Instant::now();
        let address = self.url.trim_start_matches("http://").to_owned();
        while std::net::TcpStream::connect(&address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the server ended by itself: {status}").into());
            }
            if started.elapsed() > UP_WITHIN {
                return Err("the server does not come up".into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// kill -9.
    pub fn kill(mut self) -> Outcome<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    pub fn tiles(&self) -> Tiles {
        Tiles::with_limit(&self.url, LAYER, TILE_WITHIN)
    }

    /// Memory beside mapped files, megabytes.
    pub fn memory_mb(&self) -> Outcome<usize> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|l| l.strip_prefix("RssAnon:")).ok_or("no RssAnon")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<usize>()? / 1024)
    }

    /// Tiles that it keeps in memory, megabytes, as it says itself.
    pub fn cache_mb(&self) -> Outcome<f64> {
        let text = ureq::get(&format!("{}/metrics", self.url)).call()?.body_mut().read_to_string()?;
        let bytes = text.lines().find_map(|line| line.strip_prefix("diaban_cache_bytes "));
        Ok(bytes.ok_or("no diaban_cache_bytes")?.trim().parse::<f64>()? / (1024.0 * 1024.0))
    }

    /// Numbers of each feature in all tiles of the zoom where each stands by itself, and how many
    /// tiles were asked.
    pub fn map(&self) -> Outcome<(HashMap<i64, Vec<i64>>, usize)> {
        let (tiles, all) = (self.tiles(), tiles_of(EXTENT, WHOLE_ZOOM));
        let mut map: HashMap<i64, Vec<i64>> = HashMap::new();
        for &tile in &all {
            for (id, number) in features(&tiles, tile)? {
                map.entry(id).or_default().push(number);
            }
        }
        Ok((map, all.len()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ids and numbers in a tile; an error if it is not whole.
fn features(tiles: &Tiles, tile: TileCoord) -> Outcome<Vec<(i64, i64)>> {
    let layers = whole(&tiles.get(tile)?.bytes)?;
    let features = layers.iter().flat_map(|layer| &layer.features);
    features
        .filter(|feature| feature.id.is_some())
        .map(|feature| match (feature.id, feature.attributes.get(ATTRIBUTE)) {
            (Some(id), Some(Value::Int(number))) => Ok((i64::try_from(id)?, i64::try_from(*number)?)),
            (id, value) => Err(format!("feature {id:?} has the number {value:?}").into()),
        })
        .collect()
}

/// The numbers in a tile's bytes.
pub fn numbers(bytes: &[u8]) -> Outcome<Vec<i64>> {
    let layers = whole(bytes)?;
    let numbers = layers.iter().flat_map(|l| &l.features).filter_map(|f| f.attributes.get(ATTRIBUTE));
    Ok(numbers.filter_map(|v| if let Value::Int(n) = v { i64::try_from(*n).ok() } else { None }).collect())
}

/// A tile's layers. The reader complains of whatever is not as it should be.
fn whole(bytes: &[u8]) -> Outcome<Vec<Layer>> {
    catch_unwind(|| vector_tile::decode(bytes)).map_err(|_| "a tile is not whole".into())
}

/// Clients that ask for tiles of all zooms until they are stopped.
pub struct Load {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    asked: AtomicUsize,
    failed: AtomicUsize,
    /// The database has been away for long enough that each tile has to say so.
    away: AtomicBool,
    /// Tiles that did not.
    silent: AtomicUsize,
    slowest_ms: AtomicUsize,
}

/// What a load has seen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub asked: usize,
    pub failed: usize,
    pub silent: usize,
    pub slowest_ms: usize,
}

impl Load {
    pub fn start(server: &Server, clients: usize, seed: u64) -> Self {
        let shared = Arc::new(Shared::default());
        let clients = (0..clients as u64)
            .map(|n| {
                let (tiles, shared) = (server.tiles(), shared.clone());
                thread::spawn(move || ask(&tiles, &shared, Random(seed.wrapping_mul(31).wrapping_add(n))))
            })
            .collect();
        Self { shared, clients }
    }

    pub fn counts(&self) -> Counts {
        let count = |n: &AtomicUsize| n.load(Ordering::Relaxed);
        let Shared { asked, failed, silent, slowest_ms, .. } = &*self.shared;
        Counts {
            asked: count(asked),
            failed: count(failed),
            silent: count(silent),
            slowest_ms: count(slowest_ms),
        }
    }

    /// From here on each tile has to say that the database is away, or need no more.
    pub fn database_is_away(&self, away: bool) {
        self.shared.away.store(away, Ordering::SeqCst);
    }

    /// From here on answers may fail: the server is about to be killed.
    pub fn end_is_near(&self) {
        self.shared.stop.store(true, Ordering::SeqCst);
    }

    pub fn stop(self) -> Outcome<Counts> {
        self.end_is_near();
        let counts = Self { shared: self.shared.clone(), clients: Vec::new() };
        for client in self.clients {
            client.join().map_err(|_| "a client fell over")?;
        }
        Ok(counts.counts())
    }
}

fn ask(tiles: &Tiles, shared: &Shared, mut random: Random) {
    let [west, south, east, north] = EXTENT;
    while !shared.stop.load(Ordering::SeqCst) {
        let zoom = random.between(8.0, 17.0) as u8;
        let tile = tile_at(random.between(west, east), random.between(south, north), zoom);
        let (started, away) = (Instant::now(), shared.away.load(Ordering::SeqCst));
        let outcome = tiles.get(tile).and_then(|answer| {
            let silent = answer.as_of.is_empty() && away && shared.away.load(Ordering::SeqCst);
            shared.silent.fetch_add(usize::from(silent), Ordering::Relaxed);
            whole(&answer.bytes).map(drop)
        });
        let took = started.elapsed().as_millis() as usize;
        match outcome {
            Err(_) if shared.stop.load(Ordering::SeqCst) => {}
            outcome => {
                shared.asked.fetch_add(1, Ordering::Relaxed);
                shared.slowest_ms.fetch_max(took, Ordering::Relaxed);
                if let Err(error) = outcome {
                    eprintln!("failed: {tile:?}: {error}");
                    shared.failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        thread::sleep(Duration::from_millis(2));
    }
}
