//! What the table holds, as far as its editor knows, and whether a map tells the same.

use crate::tiles::Random;
use std::collections::HashMap;

/// A feature's attribute that each edit sets to a number of its own.
pub const ATTRIBUTE: &str = "price_vnd_m2";

/// What is known of each row.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    rows: HashMap<i64, Row>,
    /// The greatest id that there ever was.
    greatest: i64,
    /// The last number given to an edit.
    pub last: i64,
    /// Edits committed; of a statement that changes many rows, one.
    pub edits: usize,
}

/// The number of a row's last edit; `None`: it is gone.
#[derive(Debug, Clone, Copy)]
struct Row {
    committed: Option<i64>,
    /// What it will be if the statement under way is committed.
    intended: Option<i64>,
}

impl Journal {
    /// Sets what a row is, from the table.
    pub fn found(&mut self, id: i64, number: Option<i64>) {
        self.rows.insert(id, Row { committed: number, intended: number });
        self.greatest = self.greatest.max(id);
    }

    /// All rows that there ever were.
    pub fn ids(&self) -> Vec<i64> {
        self.rows.keys().copied().collect()
    }

    /// Some row that is there.
    pub fn any(&self, random: &mut Random) -> Option<i64> {
        (0..1000).find_map(|_| {
            let id = random.between(1.0, self.greatest as f64 + 1.0) as i64;
            self.rows.get(&id).filter(|row| row.committed.is_some()).map(|_| id)
        })
    }

    /// A third of the rows that are there.
    pub fn every_third(&self, third: i64) -> Vec<i64> {
        let there = self.rows.iter().filter(|(id, row)| *id % 3 == third && row.committed.is_some());
        there.map(|(id, _)| *id).collect()
    }

    /// A statement is about to be sent.
    pub fn intend(&mut self, ids: &[i64], number: Option<i64>) {
        for id in ids {
            if let Some(row) = self.rows.get_mut(id) {
                row.intended = number;
            }
        }
    }

    /// It has been committed.
    pub fn commit(&mut self, ids: &[i64]) {
        for id in ids {
            if let Some(row) = self.rows.get_mut(id) {
                row.committed = row.intended;
            }
        }
        self.edits += 1;
    }

    /// What differs between a map that was read after `self` was noted and before `later` was:
    /// a feature that is older than it was or newer than it is, that should be gone, or is missing.
    pub fn differs(&self, later: &Self, map: &HashMap<i64, Vec<i64>>) -> Vec<String> {
        let mut wrong = Vec::new();
        for (id, numbers) in map {
            for number in numbers {
                let right = match (self.rows.get(id), later.rows.get(id)) {
                    (Some(Row { committed: Some(least), .. }), Some(now)) => {
                        // Gone by now: it may have been seen as it was last.
                        let most =
                            now.intended.unwrap_or(later.last).max(now.committed.unwrap_or(later.last));
                        (*least..=most).contains(number)
                    }
                    (Some(Row { committed: None, .. }), _) => false,
                    // Added meanwhile.
                    _ => (self.last..=later.last).contains(number),
                };
                if !right {
                    let before = self.rows.get(id).map(|row| row.committed);
                    wrong.push(format!("feature {id} shows {number}, was {before:?}"));
                }
            }
        }
        for (id, row) in &self.rows {
            let may_be_gone =
                later.rows.get(id).is_none_or(|r| r.committed.is_none() || r.intended.is_none());
            if row.committed.is_some() && !may_be_gone && !map.contains_key(id) {
                wrong.push(format!("feature {id} is not there"));
            }
        }
        wrong
    }
}
