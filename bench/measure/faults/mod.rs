//! Breaks things under a running server, and counts what went wrong.

mod away;
mod clients;
mod crowd;
mod editor;
mod journal;
mod mixed;
mod server;

use crate::{
    Outcome,
    tiles::{Random, tile_at},
};
use diaban::store::snapshot::SnapshotFolder;
use editor::{Editor, noted, read_table};
use journal::Journal;
use server::{Counts, LAYER, Load, Server, Setup};
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant, SystemTime},
};

const CLIENTS: usize = 2;
/// An edit that is not on the map by then is missing.
const SHOWN_WITHIN: Duration = Duration::from_secs(60);
const DATABASE_STOPS: usize = 6;
/// How long the database stays away.
const AWAY: Duration = Duration::from_secs(4);
/// By then each tile says that it is away.
const SAID_WITHIN: Duration = Duration::from_secs(3);
const EDITS_OF_TWO: i64 = 100;

/// 100 000 parcels more, small ones where the others are.
const LARGE_INSERT: &str = "INSERT INTO gis.parcels (parcel_no, land_use, price_vnd_m2, price_year, commune, street, geom) \
    SELECT 'L' || n, 'TMD', 1500000000, 2026, '', '', ST_MakeEnvelope(x, y, x + 0.0004, y + 0.0004, 4326) \
    FROM (SELECT n, 106.1 + n % 316 * 0.00055 AS x, 11.0 + n / 316 * 0.00055 AS y FROM generate_series(0, 99999) AS n) AS p";
const LARGE_UPDATE: &str = "UPDATE gis.parcels SET price_vnd_m2 = 1600000000 WHERE parcel_no LIKE 'L%'";
/// One after the other, with the number that each gives.
const LARGE: [(&str, i64); 2] = [(LARGE_INSERT, 1_500_000_000), (LARGE_UPDATE, 1_600_000_000)];
/// Where one of them lies, degrees.
const LARGE_AT: [f64; 2] = [106.1 + 72.0 * 0.00055 + 0.0002, 11.0 + 158.0 * 0.00055 + 0.0002];

/// What happened in one part.
#[derive(Debug, Default)]
struct Tally {
    faults: usize,
    asked: usize,
    failed: usize,
    half: usize,
    edits: usize,
    missing: usize,
}

impl Tally {
    fn count(&mut self, load: Counts) {
        self.asked += load.asked;
        self.failed += load.failed;
    }

    fn went_wrong(&self) -> bool {
        self.failed + self.half + self.missing > 0
    }
}

/// What all parts stand on.
struct Ground {
    setup: Setup,
    data: PathBuf,
    /// A script that stops and starts the database.
    switch: PathBuf,
    journal: Arc<Mutex<Journal>>,
    random: Random,
}

/// `program layers work switch away|crowd|mixed minutes`: many clients, over the data folder of that work.
pub fn under_load(words: &[&str]) -> Outcome<()> {
    let [program, layers, work, switch, what, minutes] = words else {
        return Err("measure under-load PROGRAM LAYERS WORK SWITCH away|crowd|mixed MINUTES".into());
    };
    let (work, minutes) = (PathBuf::from(work), minutes.parse::<f64>()?);
    let setup = Setup {
        program: program.into(),
        layers: layers.into(),
        work: work.clone(),
        database: env::var("DATABASE_URL")?,
    };
    let data = work.join("data");
    match *what {
        "away" => away::run(&setup, &data, Path::new(switch), minutes),
        "crowd" => crowd::run(&setup, &data, ((minutes * 20.0) as u64).max(5)),
        "mixed" => mixed::run(&setup, &data, minutes),
        other => Err(format!("{other}: away, crowd or mixed").into()),
    }
}

/// `program layers work switch kills [seed]`
pub fn run(words: &[&str]) -> Outcome<()> {
    let [program, layers, work, switch, kills, seed @ ..] = words else {
        return Err("measure faults PROGRAM LAYERS WORK SWITCH KILLS [SEED]".into());
    };
    let kills: usize = kills.parse()?;
    let seed = match seed.first() {
        Some(seed) => seed.parse()?,
        None => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.subsec_nanos().into(),
    };
    println!(
        "- SEED={seed}; edits without a pause (values, moves, additions, deletions, and now and then a third of all rows at once), {CLIENTS} clients that ask for tiles of z8-z16 without a pause\n"
    );
    let database = env::var("DATABASE_URL")?;
    let journal = Arc::new(Mutex::new(read_table(&database)?));
    let work = PathBuf::from(work);
    let setup = Setup { program: program.into(), layers: layers.into(), work: work.clone(), database };
    let data = work.join("data");
    let mut ground = Ground { setup, data, switch: switch.into(), journal, random: Random(seed) };
    println!("| what | times | tiles asked | tiles failed | half snapshots | edits made | edits missing |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let mut wrong = false;
    wrong |= told("`kill -9` of the server", &ground.kill_servers(kills)?);
    wrong |= told("`kill -9` of the publisher", &ground.kill_publishers(kills)?);
    let mut notes = Vec::new();
    wrong |= told("PostgreSQL stopped and started", &ground.stop_databases(&mut notes)?);
    wrong |= told("a transaction of 100 000 rows", &ground.large_transactions(&mut notes)?);
    wrong |= told("an edit on two servers, and its tag", &ground.two_servers()?);
    println!();
    notes.iter().for_each(|note| println!("{note}"));
    if wrong { Err("something was lost".into()) } else { Ok(()) }
}

fn told(name: &str, tally: &Tally) -> bool {
    let Tally { faults, asked, failed, half, edits, missing } = tally;
    println!("| {name} | {faults} | {asked} | {failed} | {half} | {edits} | {missing} |");
    tally.went_wrong()
}

impl Ground {
    fn seed(&mut self) -> u64 {
        (self.random.unit() * 1e15) as u64
    }

    fn edit(&mut self) -> Editor {
        let seed = self.seed();
        Editor::start(&self.setup.database, &self.journal, seed, true)
    }

    fn wait(&mut self, most_ms: f64) {
        thread::sleep(Duration::from_secs_f64(self.random.between(0.0, most_ms) / 1000.0));
    }

    fn edits(&self) -> usize {
        noted(&self.journal).edits
    }

    /// Holds the whole map of a server against the journal while edits go on: it has to show all
    /// that was committed before, in time.
    fn look(&self, server: &Server, tally: &mut Tally) -> Outcome<()> {
        let (started, before) = (Instant::now(), noted(&self.journal).clone());
        loop {
            let (map, asked) = server.map()?;
            tally.asked += asked;
            let wrong = before.differs(&noted(&self.journal), &map);
            if wrong.is_empty() {
                return Ok(());
            }
            if started.elapsed() > SHOWN_WITHIN {
                wrong.iter().take(5).for_each(|line| eprintln!("after a restart: {line}"));
                tally.missing += wrong.len();
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until the map tells what the table holds; no edit may be under way. Returns how long
    /// that took.
    fn settled(&self, server: &Server, tally: &mut Tally) -> Outcome<Duration> {
        let (started, now) = (Instant::now(), read_table(&self.setup.database)?);
        loop {
            let (map, asked) = server.map()?;
            tally.asked += asked;
            let wrong = now.differs(&now, &map);
            if wrong.is_empty() {
                return Ok(started.elapsed());
            }
            if started.elapsed() > SHOWN_WITHIN {
                wrong.iter().take(5).for_each(|line| eprintln!("in the end: {line}"));
                tally.missing += wrong.len();
                return Ok(started.elapsed());
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Counts snapshots that are not whole: the newest must be, to its last byte.
    fn look_at_files(&self, tally: &mut Tally) {
        let (whole, refused) = SnapshotFolder::of(&self.data).open(LAYER, true);
        refused.iter().for_each(|error| eprintln!("half: {error}"));
        tally.half += refused.len() + usize::from(whole.is_none());
    }

    fn drafts_left(&self) -> usize {
        usize::from(self.data.join("snapshot").join(LAYER).join("draft").exists())
    }

    fn kill_servers(&mut self, kills: usize) -> Outcome<Tally> {
        let (mut tally, before) = (Tally::default(), self.edits());
        let editor = self.edit();
        let mut in_start = false;
        while tally.faults < kills {
            let mut server = Server::start(&self.setup, &self.data)?;
            // Of those that are killed while they start, none comes after another.
            in_start = !in_start && self.random.unit() < 0.3;
            if in_start {
                self.wait(400.0);
            } else {
                server.up()?;
                let load = Load::start(&server, CLIENTS, self.seed());
                self.look(&server, &mut tally)?;
                self.wait(2000.0);
                load.end_is_near();
                server.kill()?;
                tally.count(load.stop()?);
                tally.faults += 1;
                self.look_at_files(&mut tally);
                continue;
            }
            server.kill()?;
            tally.faults += 1;
            self.look_at_files(&mut tally);
        }
        editor.stop()?;
        let mut server = Server::start(&self.setup, &self.data)?;
        server.up()?;
        self.settled(&server, &mut tally)?;
        tally.half += self.drafts_left();
        tally.edits = self.edits() - before;
        Ok(tally)
    }

    fn kill_publishers(&mut self, kills: usize) -> Outcome<Tally> {
        let (mut tally, before) = (Tally::default(), self.edits());
        let mut server = Server::start(&self.setup, &self.data)?;
        server.up()?;
        let load = Load::start(&server, CLIENTS, self.seed());
        let editor = self.edit();
        let started = Instant::now();
        self.publish()?;
        let whole_ms = started.elapsed().as_secs_f64() * 1000.0;
        while tally.faults < kills {
            let mut publisher = self.setup.command("publish", "publish", &self.data)?.spawn()?;
            self.wait(whole_ms);
            // One that was done before does not count.
            tally.faults += usize::from(publisher.try_wait()?.is_none());
            publisher.kill()?;
            publisher.wait()?;
            self.look_at_files(&mut tally);
            self.look(&server, &mut tally)?;
        }
        editor.stop()?;
        self.publish()?;
        tally.half += self.drafts_left();
        self.settled(&server, &mut tally)?;
        tally.count(load.stop()?);
        tally.edits = self.edits() - before;
        Ok(tally)
    }

    fn publish(&self) -> Outcome<()> {
        self.publish_into(&self.data)
    }

    fn publish_into(&self, data: &Path) -> Outcome<()> {
        let status = self.setup.command("publish", "publish", data)?.status()?;
        if status.success() { Ok(()) } else { Err("the layer could not be published".into()) }
    }

    fn switch(&self, what: &str) -> Outcome<()> {
        let status = Command::new("bash").arg(&self.switch).arg(what).status()?;
        if status.success() { Ok(()) } else { Err(format!("the database: {what} failed").into()) }
    }

    fn stop_databases(&mut self, notes: &mut Vec<String>) -> Outcome<Tally> {
        let (mut tally, before) = (Tally::default(), self.edits());
        let mut server = Server::start(&self.setup, &self.data)?;
        server.up()?;
        let load = Load::start(&server, CLIENTS, self.seed());
        let editor = self.edit();
        for stop in 0..DATABASE_STOPS {
            self.wait(4000.0);
            self.switch(["fast", "immediate"][stop % 2])?;
            thread::sleep(SAID_WITHIN);
            load.database_is_away(true);
            thread::sleep(AWAY - SAID_WITHIN);
            load.database_is_away(false);
            self.switch("start")?;
            tally.faults += 1;
        }
        self.wait(2000.0);
        editor.stop()?;
        self.settled(&server, &mut tally)?;
        let counts = load.stop()?;
        tally.count(counts);
        tally.failed += counts.silent;
        tally.edits = self.edits() - before;
        notes.push(format!(
            "While PostgreSQL was away {} tiles came without `diaban-data-as-of` (from {} s after it went); the slowest tile took {} ms.",
            counts.silent,
            SAID_WITHIN.as_secs(),
            counts.slowest_ms
        ));
        Ok(tally)
    }

    /// Transactions of very many rows, new ones and then changed ones.
    fn large_transactions(&mut self, notes: &mut Vec<String>) -> Outcome<Tally> {
        let mut tally = Tally::default();
        let mut server = Server::start(&self.setup, &self.data)?;
        server.up()?;
        let load = Load::start(&server, CLIENTS, self.seed());
        thread::sleep(AWAY);
        let (before, slowest_before) = (server.memory_mb()?, load.counts().slowest_ms);
        let mut most = before;
        for (statement, number) in LARGE {
            let database = self.setup.database.clone();
            let committing = thread::spawn(move || commit(&database, statement).map_err(|e| e.to_string()));
            let started = Instant::now();
            while !committing.is_finished() {
                most = most.max(server.memory_mb()?);
                thread::sleep(Duration::from_millis(20));
            }
            committing.join().map_err(|_| "a transaction fell over")??;
            let committed = started.elapsed();
            let shown = same_after(&server, tile_at(LARGE_AT[0], LARGE_AT[1], 15), number)?;
            let after = started.elapsed() - committed;
            tally.missing += usize::from(shown.is_none());
            let whole = self.settled(&server, &mut tally)?;
            notes.push(format!(
                "A transaction of 100 000 rows took {:.1} s to commit, and was on the map {:.1} s later; the whole map was read and found right {:.1} s after that.",
                committed.as_secs_f64(),
                after.as_secs_f64(),
                whole.as_secs_f64()
            ));
            most = most.max(server.memory_mb()?);
            tally.faults += 1;
            tally.edits += 1;
        }
        let counts = load.stop()?;
        tally.count(counts);
        notes.push(format!(
            "Under transactions of 100 000 rows the slowest tile took {} ms ({slowest_before} ms before them), and the server's memory beside mapped files grew from {before} MB to {most} MB at most.",
            counts.slowest_ms
        ));
        Ok(tally)
    }

    fn two_servers(&mut self) -> Outcome<Tally> {
        let mut tally = Tally::default();
        let other_data = self.setup.work.join("other");
        // Until it has a snapshot, a server reads the table itself, in the table's order.
        self.publish_into(&other_data)?;
        let (mut one, mut other) =
            (Server::start(&self.setup, &self.data)?, Server::start(&self.setup, &other_data)?);
        one.up()?;
        other.up()?;
        self.settled(&other, &mut tally)?;
        for edit in 0..EDITS_OF_TWO {
            let (lon, lat) = edit_of_two(&self.setup.database, edit)?;
            tally.edits += 1;
            tally.faults += 1;
            let tile = tile_at(lon, lat, 15);
            let shown = |server: &Server| same_after(server, tile, 2_000_000_000 + edit);
            match (shown(&one)?, shown(&other)?) {
                (Some(a), Some(b)) => tally.failed += usize::from(a != b),
                _ => tally.missing += 1,
            }
            tally.asked += 2;
        }
        self.settled(&one, &mut tally)?;
        self.settled(&other, &mut tally)?;
        Ok(tally)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn commit(database: &str, statement: &str) -> Outcome<()> {
    let (client, connection) = tokio_postgres::connect(database, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute(statement).await?;
    Ok(())
}

/// Gives a parcel a number; returns where it lies.
#[tokio::main(flavor = "current_thread")]
async fn edit_of_two(database: &str, edit: i64) -> Outcome<(f64, f64)> {
    let (client, connection) = tokio_postgres::connect(database, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let statement = format!(
        "UPDATE gis.parcels SET {} = $1 WHERE id = (SELECT id FROM gis.parcels ORDER BY id OFFSET $2 LIMIT 1) \
         RETURNING ST_X(ST_Centroid(geom)), ST_Y(ST_Centroid(geom))",
        journal::ATTRIBUTE
    );
    let row = client.query_one(&statement, &[&(2_000_000_000 + edit), &(edit * 331)]).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// The tag of a tile as soon as it shows a number; `None` if it does not.
fn same_after(server: &Server, tile: diaban::tile::TileCoord, number: i64) -> Outcome<Option<String>> {
    let (tiles, started) = (server.tiles(), Instant::now());
    while started.elapsed() < SHOWN_WITHIN {
        let answer = tiles.get(tile)?;
        if server::numbers(&answer.bytes)?.contains(&number) {
            return Ok(Some(answer.tag));
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(None)
}
