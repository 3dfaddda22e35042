//! Checked rows on their way to the database: encoded in a thread of their own, while the next ones are checked.
//!
//! Must not know files, nor what becomes of rows.

use super::{ImportError, geometry::Shape};
use crate::store::postgis::{BesideRows, RowEncoder, StagedValue, TakenRow};
use bytes::Bytes;
use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};
use tokio::sync::mpsc::Sender;

/// Bytes that are handed to the database at once.
pub const CHUNK_BYTES: usize = 1 << 18;
/// Batches that wait to be encoded at most.
const BATCHES_WAITING: usize = 2;

/// A row that was checked.
#[derive(Debug)]
pub struct OutgoingRow {
    /// Position of its file.
    pub file: i32,
    /// Its number there.
    pub row: i64,
    /// Its geometry; `None` for a row that is refused and is there for its key alone.
    pub shape: Option<Shape>,
    /// In the order of the attributes that are written.
    pub values: Vec<StagedValue>,
    /// What was delivered in place of what was repaired, as JSON, and the row's key.
    pub delivered: Option<(String, Option<String>)>,
}

/// Where checked rows go.
#[derive(Debug)]
pub struct OutgoingRows<'a> {
    batches: SyncSender<Vec<OutgoingRow>>,
    unfit: &'a AtomicBool,
    database: &'a Sender<Bytes>,
}

impl OutgoingRows<'_> {
    /// Hands a batch on.
    ///
    /// # Errors
    /// Where nobody wants it any more.
    pub fn push(&self, batch: Vec<OutgoingRow>) -> Result<(), ImportError> {
        // Interrupted, or the database is gone.
        if self.database.is_closed() {
            return Err(ImportError::Reader("it was interrupted".to_owned()));
        }
        if self.unfit.load(Ordering::Relaxed) {
            return Err(ImportError::Reader("it is read again".to_owned()));
        }
        self.batches.send(batch).map_err(|_| gone())
    }
}

/// Runs `read`, and sends the rows that it hands on to `database`, encoded. Returns what it returns, and what is to
/// be told of rows beside those that were sent. The end of the rows is sent only if it comes to its end. `None`
/// where the rows have to be read again, for the staging table.
pub fn encode<T>(
    encoder: RowEncoder,
    database: &Sender<Bytes>,
    read: impl FnOnce(&OutgoingRows<'_>) -> Result<T, ImportError>,
) -> Result<Option<(T, BesideRows)>, ImportError> {
    let unfit = AtomicBool::new(false);
    let (batches, coming) = sync_channel(BATCHES_WAITING);
    thread::scope(|scope| {
        let unfit = &unfit;
        let encoding = scope.spawn(move || encode_all(encoder, coming, database, unfit));
        let rows = OutgoingRows { batches, unfit, database };
        let outcome = read(&rows);
        // The rows end where the sender goes.
        drop(rows);
        let encoder = encoding.join().map_err(|_| ImportError::Reader("it ended early".to_owned()))?;
        if unfit.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let (outcome, encoder) = (outcome?, encoder?);
        let Some((rest, beside)) = encoder.finish() else { return Ok(None) };
        send(database, rest)?;
        Ok(Some((outcome, beside)))
    })
}

fn encode_all(
    mut encoder: RowEncoder,
    batches: Receiver<Vec<OutgoingRow>>,
    database: &Sender<Bytes>,
    unfit: &AtomicBool,
) -> Result<RowEncoder, ImportError> {
    for batch in batches {
        for row in batch {
            push(&mut encoder, row);
        }
        if encoder.is_unfit() {
            unfit.store(true, Ordering::Relaxed);
            break;
        }
        if let Some(bytes) = encoder.take() {
            send(database, bytes)?;
        }
    }
    Ok(encoder)
}

fn push(encoder: &mut RowEncoder, row: OutgoingRow) {
    let OutgoingRow { file, row, shape, values, delivered } = row;
    let Some(shape) = shape else { return encoder.push_refused(file, row, &values) };
    let at = shape.all_positions().next().unwrap_or_default();
    encoder.push(TakenRow { file, row, ewkb: shape.ewkb(), at, values: &values, delivered });
}

fn send(database: &Sender<Bytes>, mut bytes: Bytes) -> Result<(), ImportError> {
    while !bytes.is_empty() {
        let chunk = bytes.split_to(CHUNK_BYTES.min(bytes.len()));
        database.blocking_send(chunk).map_err(|_| gone())?;
    }
    Ok(())
}

fn gone() -> ImportError {
    ImportError::Reader("the database went away".to_owned())
}
