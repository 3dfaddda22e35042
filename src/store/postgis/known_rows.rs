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
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
};
use tokio_postgres::Transaction;

/// Rows that are known at most, 16 bytes or more each.
const ROWS_MAX: u64 = 3_000_000;
/// Rows of a layer for one of the file from which it is not worth it.
const LAYER_SHARE_MAX: u64 = 4;
/// Hashes that are handed on at once.
const HASHES_AT_ONCE: usize = 1024;

/// The rows that the layer holds and that nobody has asked for yet, as far as they have come.
#[derive(Debug)]
pub(super) struct KnownRows {
    rows: HashSet<u128, FixedState>,
    key: RowKey,
    /// Never waited for by two: it is in a lock so that an import may go on in any thread.
    coming: Mutex<Receiver<Heard>>,
    all: bool,
}

/// Reads the rows of a layer for [`KnownRows`], while those of a file are read.
#[derive(Debug)]
pub(super) struct KnownRowsReader {
    key: RowKey,
    hashes: Vec<u128>,
    count: u64,
    sender: Sender<Heard>,
}

/// What is told of the rows that the layer holds.
#[derive(Debug)]
enum Heard {
    /// It holds these.
    Rows(Vec<u128>),
    /// There are no more.
    All,
}

/// Not written anywhere, and made anew for each run.
#[derive(Debug, Clone, Copy)]
struct RowKey(SipHasher13);

/// Whether the rows of `table` are worth knowing for a file of so many `rows`.
pub(super) async fn worth_knowing(
    transaction: &Transaction<'_>,
    table: &str,
    rows: u64,
) -> Result<bool, StagingError> {
    let most = ROWS_MAX.min(rows.saturating_mul(LAYER_SHARE_MAX));
    const KNOWN: &str = "SELECT reltuples, relpages, pg_relation_size(oid), current_setting('block_size')::int8 \
        FROM pg_class WHERE oid = $1::text::regclass";
    let known = transaction.query_one(KNOWN, &[&table]).await?;
    let count = match estimated_rows(known.get(0), known.get(1), known.get(2), known.get(3)) {
        Some(count) => count,
        None => {
            let count = format!("SELECT count(*) FROM (SELECT FROM {table} LIMIT {}) few", most + 1);
            transaction.query_one(&count, &[]).await?.get::<_, i64>(0).unsigned_abs()
        }
    };
    Ok((1..=most).contains(&count))
}

/// How many rows a table holds by what PostgreSQL counted last (`reltuples` in `relpages` blocks of `block` bytes),
/// grown as the table has to so many `bytes` (its own `estimate_rel_size` does the same); `None` where it never
/// counted. Any number may stand in its catalogue, and one that is none of rows becomes the most there is.
fn estimated_rows(reltuples: f32, relpages: i32, bytes: i64, block: i64) -> Option<u64> {
    // An estimate that is no number is none.
    if !(reltuples > 0.0 && relpages > 0 && block > 0) {
        return None;
    }
    let rows = f64::from(reltuples) / f64::from(relpages) * (bytes as f64 / block as f64);
    // A cast beyond the range of whole numbers gives the end of it.
    Some(rows as u64)
}

/// The rows of a layer, and who brings them.
pub(super) fn known_rows() -> (KnownRows, KnownRowsReader) {
    let (sender, coming) = channel();
    let key = RowKey::random();
    let reader = KnownRowsReader { key, hashes: Vec::with_capacity(HASHES_AT_ONCE), count: 0, sender };
    (KnownRows { rows: HashSet::default(), key, coming: Mutex::new(coming), all: false }, reader)
}

impl KnownRowsReader {
    /// Brings the rows of `table`, with the columns as [`super::straight_rows`] writes them. Returns how many there
    /// are.
    pub async fn read(
        mut self,
        transaction: &Transaction<'_>,
        table: &str,
        columns: &str,
    ) -> Result<u64, StagingError> {
        let copy = format!("COPY (SELECT {columns} FROM {table}) TO STDOUT (FORMAT BINARY)");
        let mut stream = pin!(transaction.copy_out(&copy).await?);
        let (mut waiting, mut begun) = (Vec::new(), false);
        while let Some(bytes) = stream.try_next().await? {
            // PostgreSQL sends each row by itself.
            let whole = waiting.is_empty();
            if !whole {
                waiting.extend_from_slice(&bytes);
            }
            let used = self.take(if whole { &bytes } else { &waiting }, &mut begun);
            let used = used.ok_or_else(|| StagingError::Database("rows that cannot be read".to_owned()))?;
            if whole {
                waiting.extend_from_slice(&bytes[used..]);
            } else {
                waiting.drain(..used);
            }
        }
        // Nobody may be waiting for them any more. Of more than are known it cannot be said that these are all.
        if self.count <= ROWS_MAX {
            let _ = self.sender.send(Heard::Rows(self.hashes));
            let _ = self.sender.send(Heard::All);
        }
        Ok(self.count)
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
                self.count += 1;
                if self.count <= ROWS_MAX {
                    self.hashes.push(self.key.hash(&bytes[used..used + length]));
                }
            }
            used += length;
        }
        if self.hashes.len() >= HASHES_AT_ONCE {
            let next = Vec::with_capacity(HASHES_AT_ONCE);
            let _ = self.sender.send(Heard::Rows(std::mem::replace(&mut self.hashes, next)));
        }
        Some(used)
    }
}

impl KnownRows {
    /// The hash of a row as COPY has it.
    pub fn hash(&self, row: &[u8]) -> u128 {
        self.key.hash(row)
    }

    /// Whether the layer holds the row of that hash, as far as is known; a row of the layer is one of the file's only.
    pub fn take(&mut self, hash: u128) -> bool {
        self.rows.remove(&hash)
    }

    /// How many rows have come that nobody has asked for.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether all rows of the layer are known.
    pub const fn are_all(&self) -> bool {
        self.all
    }

    /// Takes the next hashes, but for those that `each` has use for; waits for them where it is to `wait`. Returns
    /// whether there were any. Where whoever brings them is gone there are none.
    pub fn hear(&mut self, wait: bool, mut each: impl FnMut(u128) -> bool) -> bool {
        if self.all {
            return false;
        }
        let coming = self.coming.get_mut().unwrap_or_else(PoisonError::into_inner);
        let heard = if wait { coming.recv().ok() } else { coming.try_recv().ok() };
        match heard {
            Some(Heard::Rows(hashes)) => self.rows.extend(hashes.into_iter().filter(|hash| !each(*hash))),
            Some(Heard::All) => self.all = true,
            None => return false,
        }
        true
    }
}

impl RowKey {
    fn random() -> Self {
        // What the standard library hashes by is keyed with random bytes of the system.
        let random = RandomState::new();
        Self(SipHasher13::new_with_keys(random.hash_one(0), random.hash_one(1)))
    }

    fn hash(self, row: &[u8]) -> u128 {
        let mut hasher = self.0;
        hasher.write(row);
        hasher.finish128().as_u128()
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
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_known_once_under_the_key_of_its_run_when_it_has_come() {
        let row = [0, 1, 0, 0, 0, 1, 7];
        let ((mut one, mut reader), (other, _)) = (known_rows(), known_rows());
        let sent = [&[0; 19][..], &row, &[255, 255]].concat();
        assert_eq!(reader.take(&sent, &mut false), Some(sent.len()));
        let hash = one.hash(&row);
        assert!(!one.hear(false, |_| false) && !one.take(hash));
        reader.sender.send(Heard::Rows(reader.hashes)).unwrap();
        assert!(one.hear(true, |_| false) && !one.are_all() && one.len() == 1);
        assert!(!one.take(one.hash(&[0, 1, 0, 0, 0, 1, 8])) && one.take(hash) && !one.take(hash));
        assert_ne!(hash, other.hash(&row));
        reader.sender.send(Heard::All).unwrap();
        assert!(one.hear(false, |_| false) && one.are_all() && !one.hear(true, |_| false));
    }

    #[test]
    fn any_number_in_the_catalogue_is_an_estimate_or_none() {
        assert_eq!(estimated_rows(1000.0, 10, 163_840, 8192), Some(2000));
        for none in [-1.0, 0.0, f32::NAN] {
            assert_eq!(estimated_rows(none, 10, 163_840, 8192), None, "{none}");
        }
        assert_eq!(estimated_rows(1000.0, 0, 163_840, 8192), None);
        for much in [1e30, f32::MAX, f32::INFINITY] {
            assert_eq!(estimated_rows(much, 1, i64::MAX, 8192), Some(u64::MAX), "{much}");
        }
        assert_eq!(estimated_rows(f32::INFINITY, 1, 0, 8192), Some(0));
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
