//! The rows of a tile's scan, brought into the order of their ids: a database hands them out as it
//! finds them, and that may differ from one time to the next.
//!
//! They are copied into one piece of memory, which costs less than to keep each as it came. Must
//! not know how rows are asked for.

use super::read::{Raw, TileValue};
use crate::{
    feature::{FeatureId, FeatureRef, GeometryRef, ValueRef},
    store::{FeatureSink, StoreError},
    tile::Projection,
};
use std::{
    cmp::Ordering,
    sync::{Arc, Mutex, PoisonError},
};
use tokio_postgres::{
    Row,
    types::{FromSql, Type},
};

/// Rows are held up to so many bytes. A tile of more is far beyond any budget.
const BYTES_MAX: usize = 16 << 20;
/// Room of up to so many bytes is kept for the next scan.
const KEPT_BYTES_MAX: usize = 2 << 20;
/// As much room is kept as scans are under way at once, mostly.
const KEPT_MAX: usize = 16;

/// Rows of one statement: id, geometry, values.
#[derive(Default)]
pub struct HeldRows {
    /// Columns of all rows behind the id, one after the other.
    bytes: Vec<u8>,
    /// Of each column its length; `NULL` for none.
    lengths: Vec<u32>,
    rows: Vec<Place>,
    kinds: Vec<Type>,
}

/// Where a row is.
#[derive(Clone, Copy)]
struct Place {
    id: FeatureId,
    /// Of its bytes and of its first length.
    starts: (u32, u32),
}

const NULL: u32 = u32::MAX;

/// Room that scans have used, for the next ones.
#[derive(Clone, Default)]
pub struct Room(Arc<Mutex<Vec<HeldRows>>>);

impl Room {
    /// Room without rows.
    pub fn take(&self) -> HeldRows {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Keeps the room of rows that are needed no more.
    pub fn give_back(&self, mut held: HeldRows) {
        held.clear();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT_MAX && held.bytes.capacity() <= KEPT_BYTES_MAX {
            kept.push(held);
        }
    }
}

impl HeldRows {
    /// Forgets all rows; the room stays.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.lengths.clear();
        self.rows.clear();
        self.kinds.clear();
    }

    /// Takes a row; `false` if there are too many to be held.
    pub fn take(&mut self, row: &Row) -> Result<bool, tokio_postgres::Error> {
        if self.rows.is_empty() {
            let values = row.columns().iter().skip(2);
            self.kinds.extend(values.map(|column| column.type_().clone()));
        }
        let starts = (self.bytes.len() as u32, self.lengths.len() as u32);
        self.rows.push(Place { id: row.try_get(0)?, starts });
        for column in 1..2 + self.kinds.len() {
            match row.try_get::<_, Option<Raw<'_>>>(column)? {
                Some(Raw(bytes)) => {
                    self.lengths.push(bytes.len() as u32);
                    self.bytes.extend_from_slice(bytes);
                }
                None => self.lengths.push(NULL),
            }
        }
        Ok(self.bytes.len() + size_of::<u32>() * self.lengths.len() <= BYTES_MAX)
    }

    /// Hands the rows to a tile's sink in the order of their ids.
    pub fn hand_on(&mut self, projection: Projection, sink: &mut FeatureSink<'_>) -> Result<(), StoreError> {
        let mut rows = std::mem::take(&mut self.rows);
        // Of rows that share an id, a view's mistake, the content decides.
        rows.sort_unstable_by(|a, b| a.id.cmp(&b.id).then_with(|| self.by_content(a, b)));
        let mut values = Vec::with_capacity(self.kinds.len());
        for row in &rows {
            values.clear();
            let mut columns = self.columns(row);
            let geometry = GeometryRef::Wkb(columns.next().flatten().unwrap_or_default());
            for (kind, bytes) in self.kinds.iter().zip(columns) {
                values.push(match bytes {
                    Some(bytes) => TileValue::from_sql(kind, bytes).map_err(unreadable)?.0,
                    None => ValueRef::Null,
                });
            }
            sink(projection, &FeatureRef { id: row.id, geometry, bbox: None, values: &values });
        }
        drop(values);
        self.rows = rows;
        Ok(())
    }

    /// The columns of a row behind the id.
    fn columns(&self, row: &Place) -> impl Iterator<Item = Option<&[u8]>> {
        let (mut start, first) = (row.starts.0 as usize, row.starts.1 as usize);
        self.lengths[first..=first + self.kinds.len()].iter().map(move |length| {
            let length = (*length != NULL).then_some(*length as usize)?;
            start += length;
            self.bytes.get(start - length..start)
        })
    }

    fn by_content(&self, a: &Place, b: &Place) -> Ordering {
        self.columns(a).cmp(self.columns(b))
    }
}

fn unreadable(error: Box<dyn std::error::Error + Sync + Send>) -> StoreError {
    StoreError::Internal(error.to_string())
}
