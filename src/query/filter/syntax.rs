//! What a filter says, before anyone knows of which layer: one tree for both encodings of CQL2.
//!
//! Must not know layers or types.

use super::{FilterError, Place};

/// Calls that may stand in each other. Each costs some stack while it is read and asked.
pub const DEPTH_MAX: usize = 64;
/// Parts of a filter at most: each is asked of each feature.
pub const NODES_MAX: usize = 5_000;
/// Positions of all geometries of a filter at most. Whether an area of so many is valid is known in
/// 60 to 90 ms.
pub const POSITIONS_MAX: usize = 30_000;
/// Bytes of a filter at most.
pub const BYTES_MAX: usize = 1 << 20;

/// A part of a filter.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub kind: NodeKind,
}

/// What a part of a filter is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// Name of a property.
    Property(String),
    /// Text.
    Text(String),
    /// A whole number that fits.
    Int(i64),
    /// Any other number.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// A day as written (RFC 3339 `full-date`).
    Date(String),
    /// A moment as written (RFC 3339 `date-time`).
    Timestamp(String),
    /// From one instant to another.
    Interval(Box<[Node; 2]>),
    /// A geometry, its axes in the order of its system.
    Geometry(geo::Geometry),
    /// Two corners: 4 numbers, or 6 with heights.
    Bbox(Vec<f64>),
    /// Several.
    List(Vec<Node>),
    /// An operator or a function, by its name in CQL2 JSON but in small letters.
    Call(String, Vec<Node>),
}

/// Counts what is read, so that no filter is larger than may be.
#[derive(Debug, Default)]
pub struct Size {
    depth: usize,
    nodes: usize,
    positions: usize,
}

impl Size {
    /// One level deeper.
    pub fn enter(&mut self, place: &Place) -> Result<(), FilterError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let text = format!("more than {DEPTH_MAX} expressions stand in each other");
            return Err(FilterError::at(place.clone(), text));
        }
        Ok(())
    }

    /// Out of it again.
    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    /// One part more.
    pub fn node(&mut self, place: &Place) -> Result<(), FilterError> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let text = format!("a filter has at most {NODES_MAX} parts");
            return Err(FilterError::TooMuch { place: place.clone(), text });
        }
        Ok(())
    }

    /// One position more.
    pub fn position(&mut self, place: &Place) -> Result<(), FilterError> {
        self.positions += 1;
        if self.positions > POSITIONS_MAX {
            let text = format!("the geometries of a filter have at most {POSITIONS_MAX} positions together");
            return Err(FilterError::TooMuch { place: place.clone(), text });
        }
        Ok(())
    }
}
