//! Tiles, counted until they are put on record. A count is a look-up and an addition.

use super::Tiles;
use foldhash::fast::RandomState;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// Counts that are held at most. Each takes a few hundred bytes.
const COUNTS_MAX: usize = 10_000;
/// Counts from which on they should be put on record early.
const COUNTS_MANY: usize = COUNTS_MAX / 2;

/// Tiles that were asked for since they were last put on record, by what they show and who asked.
#[derive(Debug, Default)]
pub struct TileCounts(RwLock<Counts>);

#[derive(Debug, Default)]
struct Counts {
    by_sight: HashMap<u64, ByAsker, RandomState>,
    count: usize,
}

/// By agency, and who in it: two agencies may each have somebody of one name.
type ByAsker = HashMap<String, HashMap<String, Count>>;

#[derive(Debug)]
struct Count {
    of: Tiles,
    tiles: AtomicU64,
}

/// What came of counting a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// It is counted.
    Yes,
    /// It is counted, and there are so many counts that they should be put on record now.
    Many,
    /// There are too many counts.
    No,
}

impl TileCounts {
    /// One more for an agency and who in it, of tiles that `sight` stands for; `of` says what they are.
    pub fn count(
        &self,
        sight: u64,
        (agency, who): (Option<&str>, &str),
        of: impl FnOnce() -> Tiles,
    ) -> Counted {
        let agency = agency.unwrap_or_default();
        let add = |counts: &Counts| {
            let count = counts.by_sight.get(&sight)?.get(agency)?.get(who)?;
            // Nothing else hangs on it: whoever takes the counts holds the lock alone.
            count.tiles.fetch_add(1, Ordering::Relaxed);
            Some(Counted::Yes)
        };
        if let Some(counted) = add(&self.0.read().unwrap_or_else(PoisonError::into_inner)) {
            return counted;
        }
        let mut counts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have been quicker.
        if let Some(counted) = add(&counts) {
            return counted;
        }
        if counts.count >= COUNTS_MAX {
            return Counted::No;
        }
        counts.count += 1;
        let is_many = counts.count >= COUNTS_MANY;
        let count = Count { of: of(), tiles: AtomicU64::new(1) };
        let of_agency = counts.by_sight.entry(sight).or_default().entry(agency.to_owned()).or_default();
        of_agency.insert(who.to_owned(), count);
        if is_many { Counted::Many } else { Counted::Yes }
    }

    /// Takes all counts: one for each caller and set of layers.
    pub fn take(&self, minute: &str) -> Vec<Tiles> {
        let counts = std::mem::take(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner));
        let mut all = BTreeMap::new();
        let of_agencies = counts.by_sight.into_values().flat_map(HashMap::into_values);
        for Count { mut of, tiles } in of_agencies.flat_map(HashMap::into_values) {
            of.layers.sort();
            let key = (of.agency.clone(), of.who.clone(), of.layers.clone(), of.class.clone());
            minute.clone_into(&mut of.minute);
            all.entry(key).or_insert(Tiles { tiles: 0, ..of }).tiles += tiles.into_inner();
        }
        all.into_values().collect()
    }
}
