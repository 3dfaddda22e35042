//! The rows of a file in batches, from the thread that asks GDAL for them to the one that checks them.
//!
//! Must not know what becomes of them.

use super::{
    ImportError,
    read::{OpenFile, RawRow, Source},
    values::Cell,
};
use std::{
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

/// Rows that are checked and transformed together; enough for PROJ's setup to vanish, few enough for memory.
pub const BATCH_ROWS: usize = 1024;
/// Positions after which a batch is done anyway.
pub const BATCH_POSITIONS: usize = 1 << 20;
/// Batches that wait to be checked at most.
const BATCHES_WAITING: usize = 4;

/// Reads all rows of `file`, with the cells of `columns`, in a thread of their own, and hands them to `each`,
/// batch by batch. Returns how many there were.
///
/// # Errors
/// What `each` says, which ends the reading; else where the file cannot be read to its end.
pub fn read(
    file: &OpenFile,
    source: &mut Source,
    columns: &[usize],
    each: impl FnMut(Vec<RawRow>) -> Result<(), ImportError>,
) -> Result<u64, ImportError> {
    let (sender, batches) = sync_channel(BATCHES_WAITING);
    thread::scope(|scope| {
        let reader = scope.spawn(move || send_all(file, source, columns, sender));
        let taken = batches.into_iter().try_for_each(each);
        // The channel is gone now, so that the reader ends too.
        let read = reader.join();
        taken?;
        read.map_err(|_| ImportError::Reader("it ended early".to_owned()))?
    })
}

fn text_bytes(cell: &Cell) -> usize {
    match cell {
        Cell::Text(text) => text.len(),
        Cell::List(items) => items.iter().map(String::len).sum(),
        _ => 0,
    }
}

fn send_all(
    file: &OpenFile,
    source: &Source,
    columns: &[usize],
    sender: SyncSender<Vec<RawRow>>,
) -> Result<u64, ImportError> {
    let (mut batch, mut bytes) = (Vec::with_capacity(BATCH_ROWS), 0);
    let send = |batch| {
        // Whoever takes them has ended, and says why.
        sender.send(batch).map_err(|_| ImportError::Reader("nobody wants the rows any more".to_owned()))
    };
    let read = file.read(source, columns, &mut |row| {
        bytes += row.wkb.as_ref().map_or(0, Vec::len) + row.cells.iter().map(text_bytes).sum::<usize>();
        batch.push(row);
        if batch.len() < BATCH_ROWS && bytes < BATCH_POSITIONS * 16 {
            return Ok(());
        }
        bytes = 0;
        send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH_ROWS)))
    })?;
    send(batch)?;
    Ok(read)
}
