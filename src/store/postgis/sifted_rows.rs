//! Rows of a file for a layer that holds most of them, the same: those alone are staged that it does not hold.
//!
//! The layer's rows are read while the file's are (`known_rows`). A row that the layer is not yet known to hold waits,
//! in memory of a bound, as does one of the layer that no row of the file has been yet: a layer is read in the order in
//! which it was written, which is mostly that of its file, so few rows wait on either side. Must not know connections.

use super::{
    known_rows::KnownRows,
    row_encoder::TakenRow,
    row_keys::RowKeys,
    staged_rows::{StagedRows, StagedValue},
    straight_rows::StraightColumns,
};
use bytes::{Bytes, BytesMut};
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// Bytes of rows that wait; beyond, the layer's rows are waited for.
const WAITING_BYTES: usize = 48 << 20;

/// Rows of the layer that the file has not come to, beyond which the next ones can wait: a table that is small enough is
/// found in the processor's own memory, and rows that wait in a queue, 16 bytes each, cost less.
const ROWS_AHEAD: usize = 30_000;
/// Rows of the file for one that the layer is not known to hold, from which the layer is behind.
const ROWS_FOR_ONE_MISSED: u32 = 8;

/// Rows of which those are left out that the layer holds.
#[derive(Debug)]
pub struct SiftedRows {
    staged: StagedRows,
    known: KnownRows,
    columns: StraightColumns,
    row: BytesMut,
    keys: RowKeys,
    waiting: WaitingRows,
    /// Rows since the layer was heard, and those of them that it was not known to hold.
    lately: (u32, u32),
    unchanged: u64,
    unfit: bool,
}

/// Rows of which it is not known yet whether the layer holds them, by their hash, as they would be staged.
#[derive(Debug, Default)]
struct WaitingRows {
    rows: HashMap<u128, (u64, Bytes), FixedState>,
    bytes: usize,
    count: u64,
}

impl WaitingRows {
    fn push(&mut self, hash: u128, row: Bytes) {
        self.bytes += row.len();
        self.count += 1;
        self.rows.insert(hash, (self.count, row));
    }

    fn remove(&mut self, hash: u128) -> bool {
        let Some((_, row)) = self.rows.remove(&hash) else { return false };
        self.bytes -= row.len();
        true
    }

    /// All of them, in the order in which they came.
    fn take(&mut self) -> impl Iterator<Item = Bytes> {
        let mut rows: Vec<_> = std::mem::take(self).rows.into_values().collect();
        rows.sort_unstable_by_key(|(count, _)| *count);
        rows.into_iter().map(|(_, row)| row)
    }
}

impl SiftedRows {
    pub(super) fn new(columns: StraightColumns, known: KnownRows, rows: usize) -> Self {
        Self {
            staged: StagedRows::default(),
            known,
            columns,
            row: BytesMut::new(),
            keys: RowKeys::new(rows),
            waiting: WaitingRows::default(),
            lately: (0, 0),
            unchanged: 0,
            unfit: false,
        }
    }

    /// Adds a row.
    pub fn push(&mut self, row: &TakenRow<'_>) {
        self.row.clear();
        let (_, key) = self.columns.put_row(&mut self.row, row.ewkb, row.values);
        self.note_key(key);
        let hash = self.known.hash(&self.row);
        // What was delivered of a repaired row is to be kept.
        if row.delivered.is_some() {
            return self.staged.push_row(row);
        }
        self.lately.0 += 1;
        if self.known.take(hash) {
            self.unchanged += 1;
            return;
        }
        self.lately.1 += 1;
        if self.known.are_all() {
            self.staged.push_row(row);
        } else {
            self.waiting.push(hash, StagedRows::one(row));
            if self.waiting.bytes > WAITING_BYTES {
                self.hear(|waiting| waiting.bytes > WAITING_BYTES / 2);
                // The layer holds more than can be known.
                self.unfit |= self.waiting.bytes > WAITING_BYTES;
            }
        }
    }

    /// Holds the key of a row that is refused against those of the others.
    pub fn push_refused(&mut self, values: &[StagedValue]) {
        self.row.clear();
        let (_, key) = self.columns.put_row(&mut self.row, &[], values);
        self.note_key(key);
    }

    // Of a key that comes twice both rows have to be there, to be told apart.
    fn note_key(&mut self, key: u64) {
        self.unfit |= self.keys.is_full();
        self.keys.push(key);
    }

    /// Hears which rows the layer holds: as long as that is to be waited for, the layer is behind the file, or it is
    /// little ahead.
    fn hear(&mut self, wait: impl Fn(&WaitingRows) -> bool) {
        let (rows, missed) = std::mem::take(&mut self.lately);
        let is_behind = missed.saturating_mul(ROWS_FOR_ONE_MISSED) > rows;
        let Self { known, waiting, unchanged, .. } = self;
        loop {
            let must = wait(waiting);
            // For each row that waits because it differs there is one of the layer.
            let is_ahead = known.len() > ROWS_AHEAD + waiting.rows.len();
            if is_ahead && !must && !is_behind {
                break;
            }
            let any = known.hear(must, |hash| {
                let waited = waiting.remove(hash);
                *unchanged += u64::from(waited);
                waited
            });
            if !any {
                break;
            }
        }
        if known.are_all() {
            waiting.take().for_each(|row| self.staged.push_encoded(&row));
        }
    }

    /// Whether the rows have to be read again, for the staging table.
    pub fn is_unfit(&mut self) -> bool {
        self.unfit |= self.keys.has_twice();
        self.unfit
    }

    /// What is to be staged so far.
    pub fn staged(&mut self) -> &mut StagedRows {
        self.hear(|_| false);
        &mut self.staged
    }

    /// The end of the rows, and how many the layer holds; `None` where that cannot be known any more.
    pub fn finish(mut self) -> Option<(Bytes, u64)> {
        self.hear(|_| true);
        self.known.are_all().then(|| (self.staged.finish(), self.unchanged))
    }
}
