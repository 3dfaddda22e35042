//! Rows on their way to the database, encoded for the table that they go into first.
//!
//! Must not know connections.

use super::{
    sifted_rows::SiftedRows,
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
    /// For the staging table, but for those that the layer holds already, the same.
    Sifted(Box<SiftedRows>),
    /// For the layer's own.
    Straight(Box<StraightRows>),
}

/// What is to be told of rows beside those that were sent.
#[derive(Debug, Default)]
pub struct BesideRows {
    /// What was delivered of rows that went straight into the layer.
    pub(super) delivered: Option<DeliveredValues>,
    /// Rows that the layer holds already, the same.
    pub(super) unchanged: u64,
}

impl RowEncoder {
    /// For a staging table.
    pub fn staged() -> Self {
        Self::Staged(StagedRows::default())
    }

    /// Adds a row.
    pub fn push(&mut self, row: TakenRow<'_>) {
        match self {
            Self::Staged(rows) => rows.push_row(&row),
            Self::Sifted(rows) => rows.push(&row),
            Self::Straight(rows) => {
                rows.push(row.ewkb, row.at, row.values);
                if let Some((json, key)) = &row.delivered {
                    rows.push_delivered(row.file, row.row, key.as_deref(), json);
                }
            }
        }
    }

    /// Adds a row that is refused, for its key: another row that has it is not to be taken for the only one.
    pub fn push_refused(&mut self, file: i32, row: i64, values: &[StagedValue]) {
        match self {
            Self::Staged(rows) => rows.push(file, row, &[], None, values),
            Self::Sifted(rows) => rows.push_refused(values),
            Self::Straight(rows) => rows.push_refused(values),
        }
    }

    /// Whether the rows have to be read again, for the staging table.
    pub fn is_unfit(&mut self) -> bool {
        match self {
            Self::Staged(_) => false,
            Self::Sifted(rows) => rows.is_unfit(),
            Self::Straight(rows) => rows.is_unfit(),
        }
    }

    /// What is worth sending.
    pub fn take(&mut self) -> Option<Bytes> {
        let staged = match self {
            Self::Staged(rows) => rows,
            Self::Sifted(rows) => rows.staged(),
            Self::Straight(rows) => return rows.take(),
        };
        (staged.len() > CHUNK_BYTES).then(|| staged.take())
    }

    /// The end of the rows, and what is to be told beside; `None` where they have to be read again.
    pub fn finish(self) -> Option<(Bytes, BesideRows)> {
        match self {
            Self::Staged(rows) => Some((rows.finish(), BesideRows::default())),
            Self::Sifted(rows) => {
                let (last, unchanged) = rows.finish()?;
                Some((last, BesideRows { unchanged, ..BesideRows::default() }))
            }
            Self::Straight(rows) => {
                let (last, delivered) = rows.finish();
                Some((last, BesideRows { delivered: Some(delivered), ..BesideRows::default() }))
            }
        }
    }
}

impl StagedRows {
    /// One row by itself, without a header.
    pub(super) fn one(row: &TakenRow<'_>) -> Bytes {
        let mut rows = Self::begun();
        rows.push_row(row);
        rows.take()
    }

    /// Adds a row.
    pub(super) fn push_row(&mut self, row: &TakenRow<'_>) {
        let delivered = row.delivered.as_ref().map(|(json, _)| json.as_str());
        self.push(row.file, row.row, row.ewkb, delivered, row.values);
    }
}
