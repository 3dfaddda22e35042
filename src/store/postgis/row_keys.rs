//! Keys of rows, held against each other while the rows are read. Must not know what rows are.

use foldhash::fast::FixedState;
use std::collections::HashSet;

/// Keys that are held, 9 bytes or more each; what comes beyond is not.
pub(super) const KEYS_MAX: usize = 3_000_000;
/// Keys that are looked for together: the table is too large for the processor's own memory, and it can wait for
/// several places of the other at once.
const KEYS_AT_ONCE: usize = 512;

/// Hashes of the keys that there have been.
#[derive(Debug)]
pub(super) struct RowKeys {
    held: HashSet<u64, FixedState>,
    coming: Vec<u64>,
    twice: bool,
}

impl RowKeys {
    /// Room for so many: a table that grows holds both for a while, and room that nobody uses takes little.
    pub fn new(rows: usize) -> Self {
        let held = HashSet::with_capacity_and_hasher(rows.min(KEYS_MAX), FixedState::default());
        Self { held, coming: Vec::with_capacity(KEYS_AT_ONCE), twice: false }
    }

    /// Adds the hash of a key.
    pub fn push(&mut self, key: u64) {
        self.coming.push(key);
        if self.coming.len() >= KEYS_AT_ONCE {
            self.settle();
        }
    }

    /// Whether one came twice.
    pub fn has_twice(&mut self) -> bool {
        self.settle();
        self.twice
    }

    /// Whether no more are held.
    pub fn is_full(&self) -> bool {
        self.held.len() + self.coming.len() >= KEYS_MAX
    }

    fn settle(&mut self) {
        for key in self.coming.drain(..) {
            self.twice |= self.held.len() < KEYS_MAX && !self.held.insert(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_comes_twice_is_seen_wherever_it_comes() {
        let count = 3 * KEYS_AT_ONCE as u64 + 7;
        for second in [0, 1, 511, 512, count - 1] {
            let mut keys = RowKeys::new(1);
            (0..count).for_each(|key| keys.push(key));
            assert!(!keys.has_twice() && !keys.is_full());
            keys.push(second);
            assert!(keys.has_twice());
        }
    }
}
