//! An hour of all kinds of work at once, with edits and rebuilds: memory, file descriptors and connections in the end
//! beside those in the beginning.

use super::{
    clients::{Crowd, any_tile, verdict, within_ms},
    editor::{Editor, read_table},
    server::{Server, Setup},
};
use crate::{Outcome, tiles::Random};
use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use tokio_postgres::NoTls;

/// Between two rebuilds.
const REBUILD_EVERY: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Megabytes by which the last tenth may lie above the second, beside the tiles that are kept: those fill the cache
/// for as long as new places are asked for.
const GROWTH_MB_MAX: f64 = 20.0;

/// What the server holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    memory_mb: f64,
    cache_mb: f64,
    files: usize,
    connections: usize,
}

/// Of a part of the time, megabytes.
#[derive(Debug, Clone, Copy)]
struct Mean {
    memory_mb: f64,
    cache_mb: f64,
}

impl Mean {
    fn of(part: &[Held]) -> Self {
        let mean = |of: fn(&Held) -> f64| part.iter().map(of).sum::<f64>() / part.len().max(1) as f64;
        Self { memory_mb: mean(|held| held.memory_mb), cache_mb: mean(|held| held.cache_mb) }
    }

    fn beside_tiles(self) -> f64 {
        self.memory_mb - self.cache_mb
    }
}

fn held(server: &Server, database: &str) -> Outcome<Held> {
    let files = fs::read_dir(format!("/proc/{}/fd", server.id()))?.count();
    let (memory_mb, cache_mb) = (server.memory_mb()? as f64, server.cache_mb()?);
    Ok(Held { memory_mb, cache_mb, files, connections: connections(database)? })
}

#[tokio::main(flavor = "current_thread")]
async fn connections(url: &str) -> Outcome<usize> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    let count = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    Ok(usize::try_from(client.query_one(count, &[]).await?.get::<_, i64>(0))?)
}

/// What people ask beside tiles.
fn any_question(random: &mut Random) -> String {
    let (lon, lat) = (random.between(106.1, 106.25), random.between(11.0, 11.15));
    let b = format!("{lon:.4},{lat:.4},{:.4},{:.4}", lon + 0.02, lat + 0.02);
    match random.between(0.0, 8.0) as u8 {
        0 => format!("/collections/parcels/items?bbox={b}&limit=200"),
        1 => format!("/collections/parcels/items?bbox={b}&f=html"),
        2 => format!("/collections/parcels/statistics?area=bbox:{b}&group=land_use"),
        3 => format!("/report?area=bbox:{b}"),
        4 => format!("/search?q=T{}", random.between(1.0, 200.0) as u32),
        5 => format!("/at?point={lon:.4},{lat:.4}"),
        6 => "/collections/parcels/items?filter=price_vnd_m2%3E1000&sortby=-price_vnd_m2&limit=20".to_owned(),
        _ => "/collections".to_owned(),
    }
}

/// No answer, or a fault of the server's own making.
fn is_broken(status: u16) -> bool {
    status == 0 || status >= 500 && status != 503
}

pub fn run(setup: &Setup, data: &Path, minutes: f64) -> Outcome<()> {
    let journal = Arc::new(Mutex::new(read_table(&setup.database)?));
    let mut server = Server::start(setup, data)?;
    server.up()?;
    thread::sleep(Duration::from_secs(5));
    let (idle, whole) = (held(&server, &setup.database)?, Duration::from_secs_f64(minutes * 60.0));
    let tiles = Crowd::start(&server.url, 12, Duration::from_millis(100), any_tile);
    let questions = Crowd::start(&server.url, 6, Duration::from_millis(300), any_question);
    let editor = Editor::start(&setup.database, &journal, 5, true);
    let (started, mut rebuilt, mut rebuilds, mut seen) = (Instant::now(), Instant::now(), 0, Vec::new());
    while started.elapsed() < whole {
        thread::sleep(LOOK_EVERY);
        seen.push(held(&server, &setup.database)?);
        if rebuilt.elapsed() > REBUILD_EVERY.min(whole / 4) {
            let status = setup.command("publish", "publish", data)?.status()?;
            rebuilds += usize::from(status.success());
            rebuilt = Instant::now();
        }
    }
    editor.stop()?;
    let (tiles, questions) = (tiles.stop()?, questions.stop()?);
    // What was asked last has been answered; idle connections of clients are gone.
    thread::sleep(Duration::from_secs(15));
    let after = held(&server, &setup.database)?;
    let tenth = (seen.len() / 10).max(1);
    let tenths: Vec<_> = seen.chunks(tenth).take(10).map(Mean::of).collect();
    let (second, last) = (tenths[1.min(tenths.len() - 1)], tenths[tenths.len() - 1]);
    let broken = questions.iter().chain(&tiles).filter(|asked| is_broken(asked.status)).count();
    println!(
        "| minutes | tiles | questions | edits | rebuilds | broken | question p99 ms | memory MB: second tenth, last tenth, most | of it tiles kept, MB: second tenth, last tenth | files: before, after | connections: before, after |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let most = seen.iter().map(|held| held.memory_mb).fold(0.0, f64::max);
    println!(
        "| {minutes} | {} | {} | {} | {rebuilds} | {broken} | {:.0} | {:.0}, {:.0}, {most:.0} | {:.0}, {:.0} | {}, {} | {}, {} |",
        tiles.len(),
        questions.len(),
        super::editor::noted(&journal).edits,
        within_ms(&questions, 0.99),
        second.memory_mb,
        last.memory_mb,
        second.cache_mb,
        last.cache_mb,
        idle.files,
        after.files,
        idle.connections,
        after.connections
    );
    let files_busy = seen.iter().map(|held| held.files).max().unwrap_or_default();
    println!("\n- file descriptors at most while it was busy: {files_busy}");
    let told = |tenth: &Mean| format!("{:.0} ({:.0})", tenth.memory_mb, tenth.cache_mb);
    println!(
        "- memory in each tenth, MB, and of it tiles kept: {}",
        tenths.iter().map(told).collect::<Vec<_>>().join(", ")
    );
    let pool = seen.iter().map(|held| held.connections).max().unwrap_or_default();
    let grown = last.beside_tiles() - second.beside_tiles();
    verdict(&[
        (broken > 0, format!("{broken} answers broke")),
        (rebuilds == 0, "nothing was rebuilt".to_owned()),
        (grown > GROWTH_MB_MAX, format!("memory beside the tiles kept grew by {grown:.0} MB")),
        // Connections of the pool stay open, and each is a file.
        (after.files > idle.files + pool + 8, format!("{} files stay open", after.files - idle.files)),
        (after.connections > pool, format!("{} connections, at most {pool} before", after.connections)),
    ])
}
