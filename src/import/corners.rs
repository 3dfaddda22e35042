//! Sheets that list the corners of areas or lines, a row each: rows that follow each other and have one key
//! are one feature.
//!
//! Must not know what the columns are called.

use super::{
    position_columns::PositionReader,
    read::RawRow,
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
    held: Option<RawRow>,
    seen: HashSet<u64>,
}

impl Gathering {
    /// Of rows whose key stands in the cells `key`, and their position behind the first `attributes` cells.
    pub fn new(key: Vec<usize>, attributes: usize) -> Self {
        Self { key, attributes, held: None, seen: HashSet::new() }
    }

    /// Takes the next row; returns the feature that it ends.
    ///
    /// # Errors
    /// In words, where the corners of one feature stand apart, or are too many.
    pub fn push(&mut self, mut row: RawRow) -> Result<Option<RawRow>, Words> {
        let cells = row.cells.split_off(self.attributes.min(row.cells.len()));
        let corner = Corner { row: row.number, cells };
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
            for (known, cell) in held.cells.iter_mut().zip(row.cells) {
                if *known == Cell::Empty {
                    *known = cell;
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
        row.corners.push(corner);
        Ok(self.held.replace(row))
    }

    /// The last feature.
    pub fn finish(&mut self) -> Option<RawRow> {
        self.held.take()
    }
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
