//! Edits of a table, until they are in their tiles.

use crate::{
    Outcome,
    tiles::{Answer, Tiles, percentile, tile_at, tiles_of},
    truth::area_of,
    vector_tile::{self, Value},
};
use diaban::tile::TileCoord;
use std::{
    env,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

const EDITS_A_SECOND: u32 = 100;
const SECONDS: u32 = 60;
const WATCHERS: usize = 32;
/// Edits lie west of this longitude, what no edit touches well east of it.
const BORDER: f64 = 106.1;
const UNTOUCHED: [f64; 4] = [106.3, 10.5, 106.5, 10.7];
/// The attribute that edits set to a number of their own.
const ATTRIBUTE: &str = "price_vnd_m2";
/// An edit that has not come by then counts as lost.
const GIVE_UP: Duration = Duration::from_secs(30);

/// An edit that has been committed.
struct Edit {
    id: u64,
    /// What the tile has to show; `None`: the feature is gone.
    number: Option<i128>,
    tile: TileCoord,
    committed: Instant,
}

pub fn run(url: &str, layer: &str, table: &str) -> Outcome<()> {
    let tiles = Tiles::new(url, layer);
    let untouched = tiles_of(UNTOUCHED, 15);
    let before: Vec<Answer> = untouched.iter().map(|t| tiles.get(*t)).collect::<Outcome<_>>()?;

    let (sender, receiver) = mpsc::channel::<Edit>();
    let receiver = Arc::new(Mutex::new(receiver));
    let latencies = Arc::new(Mutex::new(Vec::new()));
    let (lost, lagging) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let watchers: Vec<_> = (0..WATCHERS)
        .map(|_| {
            let (receiver, latencies, lost) = (receiver.clone(), latencies.clone(), lost.clone());
            let (url, layer) = (url.to_owned(), layer.to_owned());
            thread::spawn(move || watch(&Tiles::new(&url, &layer), &receiver, &latencies, &lost))
        })
        .collect();
    let edited = edit(table, &sender, &lagging)?;
    drop(sender);
    for watcher in watchers {
        watcher.join().map_err(|_| "a watcher fell over")?;
    }
    let mut times = std::mem::take(&mut *latencies.lock().map_err(|_| "poisoned")?);
    times.sort_by(f64::total_cmp);
    println!("| edits | p50 ms | p99 ms | slowest ms | not within {} s |", GIVE_UP.as_secs());
    println!("| --- | --- | --- | --- | --- |");
    println!(
        "| {} | {:.0} | {:.0} | {:.0} | {} |",
        times.len(),
        percentile(&times, 0.5),
        percentile(&times, 0.99),
        percentile(&times, 1.0),
        lost.load(Ordering::Relaxed)
    );
    if lagging.load(Ordering::Relaxed) {
        println!(
            "\nThe edits took longer than {SECONDS} s: the database did not take {EDITS_A_SECOND} a second."
        );
    }
    stale(&tiles, table, &edited)?;
    let made = tiles.metric("diaban_tile_render_seconds_count")?;
    let mut changed = 0;
    for (tile, before) in untouched.iter().zip(&before) {
        changed += usize::from(tiles.get(*tile)?.tag != before.tag);
    }
    let again = tiles.metric("diaban_tile_render_seconds_count")? - made;
    println!(
        "\nOf {} cached tiles that no edit touched {again} were made again, {changed} have another tag.",
        before.len()
    );
    overviews(&tiles, table)
}

/// Commits edits, evenly in time; returns the ids.
#[tokio::main(flavor = "current_thread")]
async fn edit(table: &str, sender: &mpsc::Sender<Edit>, lagging: &AtomicBool) -> Outcome<Vec<i64>> {
    let (client, connection) =
        tokio_postgres::connect(&env::var("DATABASE_URL")?, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let ids: Vec<i64> = client
        .query(&format!("SELECT id FROM {table} WHERE ST_X(ST_StartPoint(ST_ExteriorRing(ST_GeometryN(geom, 1)))) < {BORDER} ORDER BY hashint8(id) LIMIT 6000"), &[])
        .await?
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    let started = Instant::now();
    let mut edited = Vec::new();
    for (n, &id) in (0..EDITS_A_SECOND * SECONDS).zip(&ids) {
        let due = started + Duration::from_secs(1) * n / EDITS_A_SECOND;
        tokio::time::sleep_until(due.into()).await;
        let number = 100_000_000 + i64::from(n);
        let place = "ST_X(ST_PointOnSurface(geom)), ST_Y(ST_PointOnSurface(geom))";
        // Seven of ten get another value, two move a little, one goes.
        let statement = match n % 10 {
            0..7 => format!("UPDATE {table} SET {ATTRIBUTE} = $2 WHERE id = $1 RETURNING {place}"),
            7..9 => format!(
                "UPDATE {table} SET {ATTRIBUTE} = $2, geom = ST_Translate(geom, 0.0002, 0.0001) WHERE id = $1 RETURNING {place}"
            ),
            _ => format!("DELETE FROM {table} WHERE id = $1 AND $2::int8 > 0 RETURNING {place}"),
        };
        let row = client.query_one(&statement, &[&id, &number]).await?;
        let committed = Instant::now();
        let tile = tile_at(row.try_get(0)?, row.try_get(1)?, 15);
        let shown = (n % 10 < 9).then_some(i128::from(number));
        sender.send(Edit { id: u64::try_from(id)?, number: shown, tile, committed })?;
        edited.push(id);
    }
    lagging.store(started.elapsed() > Duration::from_secs(u64::from(SECONDS) + 1), Ordering::Relaxed);
    Ok(edited)
}

fn watch(
    tiles: &Tiles,
    edits: &Mutex<mpsc::Receiver<Edit>>,
    latencies: &Mutex<Vec<f64>>,
    lost: &AtomicUsize,
) {
    loop {
        let Ok(Ok(edit)) = edits.lock().map(|edits| edits.recv()) else { return };
        loop {
            if tiles.get(edit.tile).is_ok_and(|answer| shows(&answer, edit.id, edit.number)) {
                let millis = edit.committed.elapsed().as_secs_f64() * 1000.0;
                if let Ok(mut all) = latencies.lock() {
                    all.push(millis);
                }
                break;
            }
            if edit.committed.elapsed() > GIVE_UP {
                lost.fetch_add(1, Ordering::Relaxed);
                eprintln!("lost: feature {} of tile {:?}", edit.id, edit.tile);
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn shows(answer: &Answer, id: u64, number: Option<i128>) -> bool {
    let layer = vector_tile::decode(&answer.bytes).pop();
    let feature = layer.as_ref().and_then(|l| l.features.iter().find(|f| f.id == Some(id)));
    match (feature, number) {
        (None, None) => true,
        (Some(feature), Some(number)) => feature.attributes.get(ATTRIBUTE) == Some(&Value::Int(number)),
        _ => false,
    }
}

/// Compares every edited feature's tile with the table.
#[tokio::main(flavor = "current_thread")]
async fn stale(tiles: &Tiles, table: &str, edited: &[i64]) -> Outcome<()> {
    let (client, connection) =
        tokio_postgres::connect(&env::var("DATABASE_URL")?, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let select = format!(
        "SELECT id, {ATTRIBUTE}::int8, ST_X(ST_PointOnSurface(geom)), ST_Y(ST_PointOnSurface(geom)) FROM {table} WHERE id = ANY($1)"
    );
    let rows = client.query(&select, &[&edited]).await?;
    let mut wrong = 0;
    for row in &rows {
        let (id, number): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let answer = tiles.get(tile_at(row.try_get(2)?, row.try_get(3)?, 15))?;
        wrong += usize::from(!shows(&answer, u64::try_from(id)?, Some(i128::from(number))));
    }
    println!("\nAfter it {wrong} of {} edited features differ between tile and table.", rows.len());
    Ok(())
}

/// How long an overview takes to follow, and what stands by itself in it.
#[tokio::main(flavor = "current_thread")]
async fn overviews(tiles: &Tiles, table: &str) -> Outcome<()> {
    let (client, connection) =
        tokio_postgres::connect(&env::var("DATABASE_URL")?, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let place = (106.4, 10.6);
    let tile = tile_at(place.0, place.1, 10);
    let area = || -> Outcome<f64> { Ok(tiles.layer(tile)?.map_or(0.0, |l| area_of(&l, "land_use", "SKK"))) };
    let at_first = area()?;
    let changed = client
        .execute(
            &format!("UPDATE {table} SET land_use = 'SKK' WHERE geom && ST_MakeEnvelope(106.37, 10.57, 106.43, 10.63, 4326)"),
            &[],
        )
        .await?;
    let seconds = until(Duration::from_secs(120), || Ok(area()? > at_first * 1.02)).await?;
    println!("\n{changed} parcels of another class: in the overview at z10 after {seconds}.");
    let statement = format!(
        "INSERT INTO {table} (parcel_no, land_use, price_vnd_m2, price_year, commune, street, geom) \
         VALUES ('large', 'ALONE', 1, 2026, '', '', ST_MakeEnvelope(106.0, 10.5, 106.05, 10.55, 4326))"
    );
    client.execute(&statement, &[]).await?;
    let tile = tile_at(106.02, 10.52, 9);
    let shown = || Ok(tiles.layer(tile)?.is_some_and(|l| area_of(&l, "land_use", "ALONE") > 0.0));
    let seconds = until(Duration::from_secs(60), shown).await?;
    println!("A feature 5 km wide: in the overview at z9 after {seconds}.");
    Ok(())
}

async fn until(most: Duration, done: impl Fn() -> Outcome<bool>) -> Outcome<String> {
    let started = Instant::now();
    while !done()? {
        if started.elapsed() > most {
            return Ok(format!("more than {} s", most.as_secs()));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(format!("{:.2} s", started.elapsed().as_secs_f64()))
}
