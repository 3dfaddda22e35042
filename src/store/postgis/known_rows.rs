//! The rows that a layer holds already, known by what they say: those that a file brings again the same need not
//! be staged.
//!
//! A row is known by 128 bits of SipHash-1-3 over its binary form (PostgreSQL 15, chapter "COPY", section "Binary
//! Format"), under a key that is drawn anew for each run and that nobody sees, nor any of the hashes: whoever makes a
//! file cannot make a row in it that is taken for another of the layer. Of what does that it costs least: 148 ns a
//! row of a parcel, beside 433 by SHA-256 (hardware included) and 57 by two hashes that a file can be made against.
//! A row that is written another way in its binary form, `5.0` beside `5.00`, is staged and compared by its values.
//! Must not know what becomes of rows.

use super::StagingError;
use foldhash::fast::FixedState;
use futures_util::TryStreamExt;
use siphasher::sip128::{Hasher128, SipHasher13};
use std::{
    collections::HashSet,
    hash::{BuildHasher, Hasher, RandomState},
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
    /// Not written anywhere, and made anew for each run.
    keyed: SipHasher13,
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
        let mut known = Self::with_capacity(usize::try_from(count).unwrap_or_default());
        let copy = format!("COPY (SELECT {columns} FROM {table}) TO STDOUT (FORMAT BINARY)");
        let mut stream = pin!(transaction.copy_out(&copy).await?);
        let (mut waiting, mut begun) = (Vec::new(), false);
        while let Some(bytes) = stream.try_next().await? {
            // PostgreSQL sends each row by itself.
            let whole = waiting.is_empty();
            if !whole {
                waiting.extend_from_slice(&bytes);
            }
            let used = known.take(if whole { &bytes } else { &waiting }, &mut begun);
            let used = used.ok_or_else(|| StagingError::Database("rows that cannot be read".to_owned()))?;
            if whole {
                waiting.extend_from_slice(&bytes[used..]);
            } else {
                waiting.drain(..used);
            }
        }
        Ok(Some(known))
    }

    fn with_capacity(rows: usize) -> Self {
        // What the standard library hashes by is keyed with random bytes of the system.
        let random = RandomState::new();
        let keyed = SipHasher13::new_with_keys(random.hash_one(0), random.hash_one(1));
        Self { rows: HashSet::with_capacity_and_hasher(rows, FixedState::default()), keyed }
    }

    /// Whether the layer holds the row, given as COPY has it.
    pub fn has(&self, row: &[u8]) -> bool {
        self.rows.contains(&self.hash(row))
    }

    fn hash(&self, row: &[u8]) -> u128 {
        let mut hasher = self.keyed;
        hasher.write(row);
        hasher.finish128().as_u128()
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
    fn a_row_is_known_under_the_key_of_its_run() {
        let row = [0, 1, 0, 0, 0, 1, 7];
        let (mut one, other) = (KnownRows::with_capacity(1), KnownRows::with_capacity(1));
        let sent = [&[0; 19][..], &row, &[255, 255]].concat();
        assert_eq!(one.take(&sent, &mut false), Some(sent.len()));
        assert!(one.has(&row) && !one.has(&[0, 1, 0, 0, 0, 1, 8]));
        assert_eq!(one.rows.len(), 1);
        assert_ne!(one.hash(&row), other.hash(&row));
    }

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
