//! Edits a table without a pause, as several people would, and keeps a journal of it. Goes on
//! when the database comes back.

use super::journal::{ATTRIBUTE, Journal};
use crate::{Outcome, tiles::Random};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio_postgres::{Client, NoTls};

/// Between two edits.
const PAUSE: Duration = Duration::from_millis(8);
/// One edit of so many changes a third of all rows: more than lie over a snapshot.
const LARGE_EVERY: f64 = 300.0;
const TABLE: &str = "gis.parcels";

/// An editor at work.
pub struct Editor {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// The journal, whoever holds it.
pub fn noted(journal: &Mutex<Journal>) -> MutexGuard<'_, Journal> {
    journal.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the table holds now.
#[tokio::main(flavor = "current_thread")]
pub async fn read_table(url: &str) -> Outcome<Journal> {
    let client = connect(url).await?;
    let mut journal = Journal::default();
    for row in client.query(&format!("SELECT id, {ATTRIBUTE}::int8 FROM {TABLE}"), &[]).await? {
        journal.found(row.try_get(0)?, Some(row.try_get(1)?));
    }
    Ok(journal)
}

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

impl Editor {
    /// Starts one. `large`: with statements that change very many rows among them.
    pub fn start(url: &str, journal: &Arc<Mutex<Journal>>, seed: u64, large: bool) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (url, own, journal) = (url.to_owned(), stop.clone(), journal.clone());
        let thread = thread::spawn(move || work(&url, &journal, &own, seed, large));
        Self { stop, thread }
    }

    /// Ends it; no edit is under way any more.
    pub fn stop(self) -> Outcome<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the editor fell over".into())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn work(url: &str, journal: &Mutex<Journal>, stop: &AtomicBool, seed: u64, large: bool) {
    let mut random = Random(seed);
    let mut client: Option<Client> = None;
    while !stop.load(Ordering::Relaxed) {
        if client.as_ref().is_none_or(Client::is_closed) {
            client = reconnect(url, journal).await;
        }
        if let Some(client) = &client
            && let Err(error) = edit(client, journal, &mut random, large).await
        {
            // Only what comes of a database that goes away is expected.
            if error.as_db_error().is_some_and(|e| !e.code().code().starts_with("57P")) {
                eprintln!("an edit failed: {error:?}");
            }
            // Whether that one was committed, the table tells.
            tokio::time::sleep(Duration::from_millis(100)).await;
            resolve(client, journal).await.ok();
        }
        tokio::time::sleep(PAUSE).await;
    }
    // Nothing may stay unknown.
    while client.as_ref().is_none_or(Client::is_closed) {
        client = reconnect(url, journal).await;
    }
}

async fn reconnect(url: &str, journal: &Mutex<Journal>) -> Option<Client> {
    let client = match connect(url).await {
        Ok(client) => client,
        Err(_) => {
            tokio::time::sleep(Duration::from_millis(100)).await;
            return None;
        }
    };
    resolve(&client, journal).await.ok()?;
    Some(client)
}

/// Brings the journal in line with the table.
async fn resolve(client: &Client, journal: &Mutex<Journal>) -> Result<(), tokio_postgres::Error> {
    let rows = client.query(&format!("SELECT id, {ATTRIBUTE}::int8 FROM {TABLE}"), &[]).await?;
    let mut journal = noted(journal);
    for id in journal.ids() {
        journal.found(id, None);
    }
    for row in rows {
        journal.found(row.try_get(0)?, Some(row.try_get(1)?));
    }
    Ok(())
}

async fn edit(
    client: &Client,
    journal: &Mutex<Journal>,
    random: &mut Random,
    large: bool,
) -> Result<(), tokio_postgres::Error> {
    let (id, number, third) = {
        let mut journal = noted(journal);
        journal.last += 1;
        let third = (large && random.unit() * LARGE_EVERY < 1.0).then(|| (random.unit() * 3.0) as i64);
        let Some(id) = journal.any(random) else { return Ok(()) };
        let ids = third.map_or_else(|| vec![id], |third| journal.every_third(third));
        let gone = third.is_none() && random.unit() < 0.1;
        let number = journal.last;
        journal.intend(&ids, (!gone).then_some(number));
        (ids, number, if gone { Some(-1) } else { third })
    };
    let changed = match third {
        Some(-1) => format!("DELETE FROM {TABLE} WHERE id = ANY($1) AND $2::int8 > 0"),
        Some(_) => format!("UPDATE {TABLE} SET {ATTRIBUTE} = $2::int8 WHERE id = ANY($1)"),
        None => format!(
            "UPDATE {TABLE} SET {ATTRIBUTE} = $2::int8, geom = ST_Translate(geom, 0.00001 * (1 - 2 * ($2::int8 % 2)), 0) WHERE id = ANY($1)"
        ),
    };
    client.execute(&changed, &[&id, &number]).await?;
    noted(journal).commit(&id);
    if third == Some(-1) {
        add(client, journal).await?;
    }
    Ok(())
}

/// A new row for one that is gone.
async fn add(client: &Client, journal: &Mutex<Journal>) -> Result<(), tokio_postgres::Error> {
    let number = {
        let mut journal = noted(journal);
        journal.last += 1;
        journal.last
    };
    let statement = format!(
        "INSERT INTO {TABLE} (parcel_no, land_use, {ATTRIBUTE}, price_year, commune, street, geom) \
         SELECT 'N' || $1::int8, 'ONT', $1::int8, 2026, '', '', ST_MakeEnvelope(x, y, x + 0.0009, y + 0.0009, 4326) \
         FROM (SELECT 106.1 + $1::int8 % 199 * 0.0009 AS x, 11.0 + $1::int8 / 199 % 199 * 0.0009 AS y) AS place RETURNING id"
    );
    let id: i64 = client.query_one(&statement, &[&number]).await?.try_get(0)?;
    let mut journal = noted(journal);
    journal.found(id, Some(number));
    journal.edits += 1;
    Ok(())
}
