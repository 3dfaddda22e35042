//! Rows on their way to the database, encoded for the table that they go into first.
//!
//! Must not know connections.

use super::{
    staged_rows::{StagedRows, StagedValue},
    straight_rows::{DeliveredValues, StraightRows},
};
use bytes::Bytes;

/// Bytes that are sent to the staging table at once.
const CHUNK_BYTES: usize = 1 << 18;

/// A row that is taken.
#[derive(Debug)]
pub struct TakenRow<'a> {
    /// Position of its file.
    pub file: i32,
    /// Its number there.
    pub row: i64,
    /// Its geometry as EWKB.
    pub ewkb: &'a [u8],
    /// A position of it, degrees of EPSG:4326.
    pub at: (f64, f64),
    /// In the order of the attributes that are written.
    pub values: &'a [StagedValue],
    /// What was delivered in place of what was repaired, as JSON, and the row's key.
    pub delivered: Option<(String, Option<String>)>,
}

/// Encodes rows.
#[derive(Debug)]
pub enum RowEncoder {
    /// For the staging table.
    Staged(StagedRows),
    /// For the layer's own.
    Straight(Box<StraightRows>),
}

impl RowEncoder {
    /// Adds a row.
    pub fn push(&mut self, row: TakenRow<'_>) {
        match self {
            Self::Staged(rows) => {
                let delivered = row.delivered.as_ref().map(|(json, _)| json.as_str());
                rows.push(row.file, row.row, row.ewkb, delivered, row.values);
            }
            Self::Straight(rows) => {
                rows.push(row.ewkb, row.at, row.values);
                if let Some((json, key)) = &row.delivered {
                    rows.push_delivered(row.file, row.row, key.as_deref(), json);
                }
            }
        }
    }

    /// Whether the rows have to be read again, for the staging table.
    pub fn is_unfit(&self) -> bool {
        matches!(self, Self::Straight(rows) if rows.is_unfit())
    }

    /// What is worth sending.
    pub fn take(&mut self) -> Option<Bytes> {
        match self {
            Self::Staged(rows) => (rows.len() > CHUNK_BYTES).then(|| rows.take()),
            Self::Straight(rows) => rows.take(),
        }
    }

    /// The end of the rows, and what was delivered where the staging table does not hold that.
    pub fn finish(self) -> (Bytes, Option<DeliveredValues>) {
        match self {
            Self::Staged(rows) => (rows.finish(), None),
            Self::Straight(rows) => {
                let (last, delivered) = rows.finish();
                (last, Some(delivered))
            }
        }
    }
}
