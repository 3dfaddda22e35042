//! The rows that a layer holds already, known by what they say: those that a file brings again the same need not
//! be staged.
//!
//! A row is known by 128 bits of hash over its binary form (PostgreSQL 15, chapter "COPY", section "Binary
//! Format"). One that is written another way there, `5.0` beside `5.00`, is staged and compared by its values.
//! Must not know what becomes of rows.

use super::StagingError;
use foldhash::fast::FixedState;
use futures_util::TryStreamExt;
use std::{
    collections::HashSet,
    hash::{BuildHasher, Hasher},
    pin::pin,
};
use tokio_postgres::Transaction;

/// Rows that are known at most, 17 bytes or more each.
const ROWS_MAX: u64 = 3_000_000;
/// Rows of a layer for one of the file from which it is not worth it.
const LAYER_SHARE_MAX: u64 = 4;

/// Hashes of rows.
#[derive(Debug)]
pub(super) struct KnownRows {
    rows: HashSet<u128, FixedState>,
    halves: [FixedState; 2],
}

impl KnownRows {
    /// Those of `table`, with the columns as [`super::straight_rows`] writes them, where a file of so many
    /// `rows` is worth it.
    pub async fn read(
        transaction: &Transaction<'_>,
        table: &str,
        columns: &str,
        rows: u64,
    ) -> Result<Option<Self>, StagingError> {
        let most = ROWS_MAX.min(rows.saturating_mul(LAYER_SHARE_MAX));
        let count = format!("SELECT count(*) FROM (SELECT FROM {table} LIMIT {}) few", most + 1);
        let count = transaction.query_one(&count, &[]).await?.get::<_, i64>(0).unsigned_abs();
        if count == 0 || count > most {
            return Ok(None);
        }
        let halves = [FixedState::with_seed(0x726f_7773), FixedState::with_seed(0x6b6e_6f77)];
        let capacity = usize::try_from(count).unwrap_or_default();
        let mut known =
            Self { rows: HashSet::with_capacity_and_hasher(capacity, FixedState::default()), halves };
        let copy = format!("COPY (SELECT {columns} FROM {table}) TO STDOUT (FORMAT BINARY)");
        let mut stream = pin!(transaction.copy_out(&copy).await?);
        let (mut waiting, mut begun) = (Vec::new(), false);
        while let Some(bytes) = stream.try_next().await? {
            waiting.extend_from_slice(&bytes);
            let used = known.take(&waiting, &mut begun);
            let used = used.ok_or_else(|| StagingError::Database("rows that cannot be read".to_owned()))?;
            waiting.drain(..used);
        }
        Ok(Some(known))
    }

    /// Whether the layer holds the row, given as COPY has it.
    pub fn has(&self, row: &[u8]) -> bool {
        self.rows.contains(&self.hash(row))
    }

    fn hash(&self, row: &[u8]) -> u128 {
        let [high, low] = [0, 1].map(|half| {
            let mut hasher = self.halves[half].build_hasher();
            hasher.write(row);
            u128::from(hasher.finish())
        });
        high << 64 | low
    }

    /// Takes whole rows; returns how many bytes they took, `None` where they are no rows.
    fn take(&mut self, bytes: &[u8], begun: &mut bool) -> Option<usize> {
        let mut used = 0;
        if !*begun {
            let Some(more) = bytes.get(15..19).and_then(|b| b.first_chunk()) else { return Some(0) };
            used = 19 + u32::from_be_bytes(*more) as usize;
            if used > bytes.len() {
                return Some(0);
            }
            *begun = true;
        }
        while let Some(length) = row_length(&bytes[used..])? {
            if length > 2 {
                self.rows.insert(self.hash(&bytes[used..used + length]));
            }
            used += length;
        }
        Some(used)
    }
}

/// Bytes of the first row, or of the end; `Some(None)` if it is not whole yet, `None` where it is none.
fn row_length(bytes: &[u8]) -> Option<Option<usize>> {
    let Some(count) = bytes.first_chunk() else { return Some(None) };
    let mut used = 2;
    for _ in 0..i16::from_be_bytes(*count).max(0) {
        let Some(length) = bytes.get(used..).and_then(|b| b.first_chunk()) else { return Some(None) };
        let length = i32::from_be_bytes(*length);
        used += 4 + if length == -1 { 0 } else { usize::try_from(length).ok()? };
    }
    Some((used <= bytes.len()).then_some(used))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_whole_once_its_last_byte_is_there() {
        let row = [0, 2, 0, 0, 0, 1, 7, 255, 255, 255, 255];
        for cut in 0..row.len() {
            assert_eq!(row_length(&row[..cut]), Some(None));
        }
        assert_eq!(row_length(&[&row[..], &[0]].concat()), Some(Some(row.len())));
        assert_eq!(row_length(&[255, 255]), Some(Some(2)));
        assert_eq!(row_length(&[0, 1, 255, 255, 255, 254]), None);
    }
}
