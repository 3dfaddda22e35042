//! Sheets that list the corners of areas or lines, a row each: rows that follow each other and have one key
//! are one feature.
//!
//! Must not know what the columns are called.

pub mod numbers;

use super::{
    columns::positions::PositionReader,
    doubt::Doubt,
    read::{RawRow, gdal_geometry},
    values::Cell,
    words::{Words, words},
};
use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

/// Corners that one feature may have.
const CORNERS_MAX: usize = 1_000_000;

/// A corner: the row that it stands in, and its position cells.
#[derive(Debug, Clone)]
pub struct Corner {
    /// Number of the row.
    pub row: u64,
    /// What the sheet numbers it.
    pub number: Cell,
    /// Cells of the columns with positions.
    pub cells: Vec<Cell>,
}

/// What the corners are those of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CornersOf {
    /// Areas; the last corner is followed by the first.
    Areas,
    /// Lines.
    Lines,
}

/// Gathers rows into features.
#[derive(Debug)]
pub struct Gathering {
    /// Places of the key's cells in a row.
    key: Vec<usize>,
    /// Cells before those of the position.
    attributes: usize,
    /// Whether the number of the corner stands behind its position.
    numbered: bool,
    /// The row that each of the cells held was taken from.
    taken: Vec<u64>,
    held: Option<RawRow>,
    seen: HashSet<u64>,
}

impl Gathering {
    /// Of rows whose key stands in the cells `key`, and their position behind the first `attributes` cells, and
    /// the number of the corner behind that where they are `numbered`.
    pub fn new(key: Vec<usize>, attributes: usize, numbered: bool) -> Self {
        Self { key, attributes, numbered, taken: Vec::new(), held: None, seen: HashSet::new() }
    }

    /// Takes the next row; returns the feature that it ends.
    ///
    /// # Errors
    /// In words, where the corners of one feature stand apart, or are too many.
    pub fn push(&mut self, mut row: RawRow) -> Result<Option<RawRow>, Words> {
        let mut cells = row.cells.split_off(self.attributes.min(row.cells.len()));
        let number = if self.numbered { cells.pop().unwrap_or_default() } else { Cell::Empty };
        let corner = Corner { row: row.number, number, cells };
        if let Some(held) = &mut self.held
            && self.key.iter().all(|at| row.cells[*at] == Cell::Empty || row.cells[*at] == held.cells[*at])
        {
            if held.corners.len() >= CORNERS_MAX {
                return Err(of_row(
                    row.number,
                    &words(
                        format!("một đối tượng có hơn {CORNERS_MAX} góc ranh"),
                        format!("a feature has more than {CORNERS_MAX} corners"),
                    ),
                ));
            }
            // What is written once, in whichever row, holds for the whole.
            for (at, (known, cell)) in held.cells.iter_mut().zip(row.cells).enumerate() {
                if *known == Cell::Empty {
                    (*known, self.taken[at]) = (cell, row.number);
                } else if disagree(known, &cell) && !held.doubts.iter().any(|d| d.is_of(at)) {
                    let taken = (self.taken[at], known.clone());
                    held.doubts.push(Doubt::Cells { at, taken, other: (row.number, cell) });
                }
            }
            held.corners.push(corner);
            return Ok(None);
        }
        let mut hasher = DefaultHasher::new();
        self.key.iter().for_each(|at| format!("{:?}", row.cells[*at]).hash(&mut hasher));
        if !self.seen.insert(hasher.finish()) {
            return Err(of_row(
                row.number,
                &words(
                    "các góc ranh khác của đối tượng này đã có ở trên, xen giữa là góc ranh của đối tượng khác; hãy xếp \
                     mọi dòng của một đối tượng liền nhau",
                    "corners of this feature stand further up too, with those of others between; put all rows of a \
                     feature one after the other",
                ),
            ));
        }
        self.taken = vec![row.number; row.cells.len()];
        row.corners.push(corner);
        Ok(self.held.replace(row))
    }

    /// The last feature.
    pub fn finish(&mut self) -> Option<RawRow> {
        self.held.take()
    }
}

// Blanks say nothing.
fn disagree(known: &Cell, cell: &Cell) -> bool {
    match (known, cell) {
        (Cell::Text(known), Cell::Text(text)) => {
            let (known, text) = (known.trim(), text.trim());
            !known.is_empty() && !text.is_empty() && known != text
        }
        (known, cell) => *cell != Cell::Empty && known != cell,
    }
}

/// Sets the geometry of a row of a sheet, whose position stands behind its first `attributes` cells, or in its
/// corners.
///
/// # Errors
/// In words, where it holds none.
pub fn place(
    raw: &mut RawRow,
    attributes: usize,
    corners: Option<CornersOf>,
    reader: &PositionReader,
) -> Result<(), Words> {
    let Some(of) = corners else {
        let cells = raw.cells[attributes..].to_vec();
        return reader.place(raw, &cells);
    };
    let wkb = shape(&raw.corners, of, reader)?;
    raw.invalid = gdal_geometry::judge(&wkb);
    raw.wkb = Some(wkb);
    Ok(())
}

/// The geometry of a feature's corners as little-endian ISO WKB. Its first row may be without a position, as a
/// heading of those that follow.
///
/// # Errors
/// In words, where a cell is no coordinate, another row has none, or the corners are too few.
pub fn shape(corners: &[Corner], of: CornersOf, reader: &PositionReader) -> Result<Vec<u8>, Words> {
    let mut positions = Vec::with_capacity(corners.len() + 1);
    for (n, corner) in corners.iter().enumerate() {
        let read = reader.position(&corner.cells).map_err(|why| of_row(corner.row, &why))?;
        // A corner that is left out would make another shape of what was surveyed.
        if read.is_none() && n > 0 {
            let why = words("góc ranh không có tọa độ", "the corner has no coordinates");
            return Err(of_row(corner.row, &why));
        }
        positions.extend(read);
    }
    let (code, least) = match of {
        CornersOf::Areas => (3u32, 3),
        CornersOf::Lines => (2u32, 2),
    };
    let closed = positions.len() > 1 && positions.first() == positions.last();
    let different = positions.len() - usize::from(closed && of == CornersOf::Areas);
    if different < least {
        return Err(words(
            format!("chỉ có {different} góc ranh; cần ít nhất {least}"),
            format!("has {different} corners; it takes at least {least}"),
        ));
    }
    if of == CornersOf::Areas && !closed {
        positions.extend(positions.first().copied());
    }
    let mut wkb = vec![1];
    wkb.extend(code.to_le_bytes());
    if of == CornersOf::Areas {
        wkb.extend(1u32.to_le_bytes());
    }
    wkb.extend((positions.len() as u32).to_le_bytes());
    for (x, y) in positions {
        wkb.extend(x.to_le_bytes());
        wkb.extend(y.to_le_bytes());
    }
    Ok(wkb)
}

/// What is said of one of a feature's rows.
fn of_row(number: u64, why: &Words) -> Words {
    words(format!("dòng {number}: {}", why.vi), format!("row {number}: {}", why.en))
}
