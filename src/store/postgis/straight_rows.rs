//! Rows encoded for the layer's own table, run by run in the order of a space-filling curve: neighbours on the
//! ground are neighbours on the disk, which is what tiles read.
//!
//! A run is what is sorted in memory; a file that has an order of its own, as most have, keeps it from run to
//! run. A row that the layer might refuse makes the rows unfit: they go by the staging table then, which can
//! say which row it was. PostgreSQL 15, chapter "COPY", section "Binary Format". Must not know connections.

use super::{
    row_keys::RowKeys,
    staged_rows::{HEADER, StagedColumn, StagedValue, put_value, sized},
};
use crate::layer::{AttributeType, LayerDefinition};
use bytes::{BufMut, Bytes, BytesMut};
use foldhash::fast::FixedState;
use std::{
    hash::{BuildHasher, Hasher},
    io::{self, Seek, Write},
};
use tempfile::SpooledTempFile;

/// Bytes of a run.
const RUN_BYTES: usize = 16 << 20;
const KEY_SEED: u64 = 0x6b65_7973;
/// Bytes of delivered values that are held in memory.
const DELIVERED_BYTES: usize = 4 << 20;
/// The square that the curve fills, degrees: Vietnam and its seas.
const CURVE: (f64, f64, f64) = (101.0, 4.0, 22.0);

/// How a column of the layer's table takes its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// As the staging table does.
    Alike,
    /// A decimal number, as a binary one.
    Float,
    /// A decimal number, digit by digit, with so many behind the point.
    Numeric(usize),
}

/// How the columns of the layer's table take what is staged.
#[derive(Debug, Clone)]
pub(super) struct StraightColumns {
    taken: Vec<Taken>,
    key: Vec<bool>,
}

impl StraightColumns {
    /// `None` where a column is of another type than the program makes it, or the key holds what has several
    /// spellings.
    pub fn of(columns: &[StagedColumn], layer: &LayerDefinition) -> Option<Self> {
        let taken = columns.iter().map(taken).collect::<Option<Vec<_>>>()?;
        let key: Vec<bool> = columns.iter().map(|c| layer.key.contains(&c.attribute)).collect();
        let spelled = |c: &StagedColumn| {
            matches!(c.kind, AttributeType::Number | AttributeType::Timestamp | AttributeType::TextList)
        };
        let plain = columns.iter().zip(&key).all(|(column, is_key)| !is_key || !spelled(column));
        // Times of one thing are held against each other by the staging table.
        let timed = layer.key.iter().any(|key| key == "valid_from");
        (plain && !timed && key.contains(&true)).then_some(Self { taken, key })
    }

    /// Writes a row: its geometry as EWKB, its values. Returns whether the table will take its numbers, and a hash
    /// of its key.
    pub fn put_row(&self, to: &mut BytesMut, ewkb: &[u8], values: &[StagedValue]) -> (bool, u64) {
        to.put_i16(i16::try_from(values.len() + 1).unwrap_or(i16::MAX));
        sized(to, |to| to.put_slice(ewkb));
        let (mut fits, mut key) = (true, FixedState::with_seed(KEY_SEED).build_hasher());
        for ((value, taken), is_key) in values.iter().zip(&self.taken).zip(&self.key) {
            let from = to.len();
            match (value, taken) {
                (StagedValue::Decimal(digits), Taken::Float) => fits &= put_float(to, digits),
                (StagedValue::Decimal(digits), Taken::Numeric(scale)) => {
                    fits &= put_numeric(to, digits, *scale)
                }
                _ => put_value(to, value),
            }
            if *is_key {
                // With its length before it.
                key.write(&to[from..]);
            }
        }
        (fits, key.finish())
    }
}

fn taken(column: &StagedColumn) -> Option<Taken> {
    let target = column.target.as_str();
    match column.kind {
        AttributeType::Number if target == "double precision" => Some(Taken::Float),
        AttributeType::Number if target.starts_with("numeric") => {
            let scale = target.split_once(',').map(|(_, scale)| scale.trim_end_matches(')'));
            Some(Taken::Numeric(scale.and_then(|scale| scale.parse().ok()).unwrap_or(0)))
        }
        AttributeType::Number => None,
        AttributeType::Text | AttributeType::Enum => {
            (target == "text" || target.starts_with("character varying")).then_some(Taken::Alike)
        }
        AttributeType::Timestamp => (target == "timestamp with time zone").then_some(Taken::Alike),
        _ => (target == column.staged_type()).then_some(Taken::Alike),
    }
}

/// Rows of a layer that holds nothing yet.
#[derive(Debug)]
pub struct StraightRows {
    columns: StraightColumns,
    run: BytesMut,
    /// Of each row of the run its place on the curve and its bytes.
    places: Vec<(u32, u32, u32)>,
    begun: bool,
    /// Beyond those that are held the table's unique index tells.
    keys: RowKeys,
    delivered: DeliveredValues,
    unfit: bool,
}

/// What was delivered in place of what was repaired: position of the file, number and key of the row, JSON;
/// encoded for COPY. Beyond some megabytes it lies in a file of its own.
#[derive(Debug)]
pub struct DeliveredValues {
    rows: SpooledTempFile,
    any: bool,
}

impl StraightRows {
    /// Makes room for so many rows, as far as their keys are held.
    pub(super) fn new(columns: StraightColumns, rows: usize) -> Self {
        Self {
            columns,
            run: BytesMut::new(),
            places: Vec::new(),
            begun: false,
            keys: RowKeys::new(rows),
            delivered: DeliveredValues { rows: SpooledTempFile::new(DELIVERED_BYTES), any: false },
            unfit: false,
        }
    }

    /// Adds a row: its geometry as EWKB, a position of it in degrees, its values in the order of the staged
    /// attributes.
    pub fn push(&mut self, ewkb: &[u8], at: (f64, f64), values: &[StagedValue]) {
        let start = self.run.len();
        let (fits, key) = self.columns.put_row(&mut self.run, ewkb, values);
        self.unfit |= !fits;
        self.keys.push(key);
        let place = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        self.places.push((place_on_curve(at), place(start), place(self.run.len())));
    }

    /// Holds the key of a row that is refused against those of the others.
    pub fn push_refused(&mut self, values: &[StagedValue]) {
        let (_, key) = self.columns.put_row(&mut BytesMut::new(), &[], values);
        // The table's index does not see it.
        self.unfit |= self.keys.is_full();
        self.keys.push(key);
    }

    /// Adds what was delivered of a row in place of what was repaired.
    pub fn push_delivered(&mut self, file: i32, row: i64, key: Option<&str>, json: &str) {
        let mut encoded = BytesMut::new();
        if !self.delivered.any {
            encoded.put_slice(HEADER);
        }
        encoded.put_i16(4);
        sized(&mut encoded, |to| to.put_i32(file));
        sized(&mut encoded, |to| to.put_i64(row));
        sized(&mut encoded, |to| to.put_slice(key.unwrap_or_default().as_bytes()));
        sized(&mut encoded, |to| to.put_slice(json.as_bytes()));
        self.delivered.any = true;
        // Without room for it the staging table takes it.
        self.unfit |= self.delivered.rows.write_all(&encoded).is_err();
    }

    /// Whether a row cannot go straight into the layer: a key that an earlier one has, or a number that the
    /// table might not take.
    pub fn is_unfit(&mut self) -> bool {
        self.unfit |= self.keys.has_twice();
        self.unfit
    }

    /// The run, in order, once it is long enough.
    pub fn take(&mut self) -> Option<Bytes> {
        (self.run.len() >= RUN_BYTES).then(|| self.sorted())
    }

    /// The end of the rows, and what was delivered of them.
    pub fn finish(mut self) -> (Bytes, DeliveredValues) {
        let mut last = BytesMut::from(&self.sorted()[..]);
        last.put_i16(-1);
        (last.freeze(), self.delivered)
    }

    fn sorted(&mut self) -> Bytes {
        self.places.sort_unstable();
        let mut sorted = BytesMut::with_capacity(self.run.len() + HEADER.len() + 2);
        if !self.begun {
            sorted.put_slice(HEADER);
            self.begun = true;
        }
        for (_, from, to) in self.places.drain(..) {
            sorted.put_slice(&self.run[from as usize..to as usize]);
        }
        self.run.clear();
        sorted.freeze()
    }
}

impl DeliveredValues {
    /// The rows from the first on; `None` where there is none.
    pub(super) fn read(mut self) -> io::Result<Option<SpooledTempFile>> {
        if !self.any {
            return Ok(None);
        }
        self.rows.write_all(&(-1i16).to_be_bytes())?;
        self.rows.rewind()?;
        Ok(Some(self.rows))
    }
}

fn put_float(to: &mut BytesMut, digits: &str) -> bool {
    let number = digits.parse::<f64>().unwrap_or(f64::NAN);
    sized(to, |to| to.put_f64(number));
    // What PostgreSQL finds out of range.
    number.is_finite() && (number != 0.0 || !digits.bytes().any(|b| (b'1'..=b'9').contains(&b)))
}

/// PostgreSQL's `numeric`: groups of four digits to both sides of the point.
fn put_numeric(to: &mut BytesMut, text: &str, scale: usize) -> bool {
    let digits = text.trim_start_matches(['-', '+']);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + fraction.len() > 1000
        || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
    {
        sized(to, |_| ());
        return false;
    }
    let before = whole.len().div_ceil(4);
    let (head, behind) = (before * 4 - whole.len(), fraction.len().div_ceil(4) * 4 - fraction.len());
    let zeros = |count: usize| std::iter::repeat_n(b'0', count);
    let all: Vec<u8> =
        zeros(head).chain(whole.bytes()).chain(fraction.bytes()).chain(zeros(behind)).collect();
    let groups: Vec<i16> = all
        .chunks_exact(4)
        .map(|four| four.iter().fold(0, |n, digit| n * 10 + i16::from(digit - b'0')))
        .collect();
    let first = groups.iter().position(|group| *group != 0);
    let last = groups.iter().rposition(|group| *group != 0);
    let (weight, groups) = match (first, last) {
        (Some(first), Some(last)) => (before as i16 - 1 - first as i16, &groups[first..=last]),
        _ => (0, &groups[..0]),
    };
    let negative = text.starts_with('-') && !groups.is_empty();
    sized(to, |to| {
        to.put_i16(groups.len() as i16);
        to.put_i16(weight);
        to.put_u16(if negative { 0x4000 } else { 0 });
        to.put_i16(fraction.len().max(scale) as i16);
        groups.iter().for_each(|group| to.put_i16(*group));
    });
    true
}

/// The place of a position, degrees, on Hilbert's curve of 65 536 by 65 536 squares.
fn place_on_curve((lon, lat): (f64, f64)) -> u32 {
    let (west, south, side) = CURVE;
    // Beyond the square its edge, without a position the first square.
    let square = |degrees: f64, from: f64| ((degrees - from) / side * 65_536.0) as u16;
    let (mut x, mut y) = (u32::from(square(lon, west)), u32::from(square(lat, south)));
    let mut place = 0;
    for level in (0..16).rev() {
        let (right, up) = (x >> level & 1, y >> level & 1);
        place = place << 2 | (3 * right) ^ up;
        if up == 0 {
            if right == 1 {
                (x, y) = (!x, !y);
            }
            (x, y) = (y, x);
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_goes_from_each_square_to_one_beside_it() {
        let (west, south, side) = CURVE;
        let square = side / 65_536.0;
        let at = |x: u32, y: u32| {
            place_on_curve((west + (f64::from(x) + 0.5) * square, south + (f64::from(y) + 0.5) * square))
        };
        // A block of the curve's own: its squares follow each other.
        let (x0, y0) = (20_480, 20_480);
        let mut all: Vec<(u32, u32, u32)> =
            (0..32).flat_map(|x| (0..32).map(move |y| (at(x0 + x, y0 + y), x, y))).collect();
        all.sort_unstable();
        for pair in all.windows(2) {
            let ((a, ax, ay), (b, bx, by)) = (pair[0], pair[1]);
            assert_eq!((b - a, ax.abs_diff(bx) + ay.abs_diff(by)), (1, 1));
        }
    }

    #[test]
    fn numbers_that_a_double_cannot_hold_are_unfit() {
        let fits = |digits: &str| put_float(&mut BytesMut::new(), digits);
        assert!(fits("0.00") && fits("-12.5"));
        assert!(!fits(&format!("1{}", "0".repeat(400))) && !fits(&format!("0.{}1", "0".repeat(400))));
    }
}
