//! The nouns that everyone shares: a feature, its values, a bounding box.
//!
//! Must not know where features come from (files, PostGIS, snapshots) or where they go.

/// Geometries for computing in the plane.
mod planar;
/// Geometries with their structure.
mod shape;

pub use shape::{Shape, ShapeKind};

use time::{Date, OffsetDateTime};

/// The server's own number of a feature within its layer. It stays with the feature for as long
/// as the feature's key stays, across imports.
pub type FeatureId = i64;

/// One attribute value, owned.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction; never NaN or infinite.
    Number(f64),
    /// Text in Unicode NFC, or the code of an enumerated domain.
    Text(String),
    /// A calendar day.
    Date(Date),
    /// A moment.
    Timestamp(OffsetDateTime),
    /// Several texts.
    TextList(Vec<String>),
}

/// One attribute value, borrowed from whatever holds the row; what a vector tile can carry
/// (Mapbox Vector Tile 2.1, clause 4.4). Dates come as ISO 8601 text, lists joined by `", "`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Number(f64),
    /// Text.
    Text(&'a str),
    /// Text whose bytes nobody has looked at yet; what is no UTF-8 counts as no value.
    TextBytes(&'a [u8]),
    /// One of the values that a file numbers: equal ones have equal numbers. A tile's layer takes
    /// either such values alone, all of one file, or none.
    Numbered(u32, &'a NumberedValues<'a>),
}

/// All values of a file, each once, one behind the other, encoded as a vector tile's layer lists
/// them: a field `values` of the layer, tag and length included. A value's number is the byte at
/// which it starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NumberedValues<'a>(pub &'a [u8]);

impl<'a> NumberedValues<'a> {
    /// A value as it is encoded; `None` if there is none of that number.
    #[inline]
    pub fn encoded(&self, number: u32) -> Option<&'a [u8]> {
        let rest = self.0.get(number as usize..)?;
        let (mut length, mut shift) = (0usize, 0);
        for (at, byte) in rest.get(1..)?.iter().enumerate() {
            length |= usize::from(byte & 0x7f).checked_shl(shift)?;
            if *byte < 0x80 {
                return rest.get(..length.checked_add(at + 2)?);
            }
            shift += 7;
        }
        None
    }
}

/// One path or several of one kind, as FlatGeobuf lays them out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlatPart<'a> {
    /// What the paths are.
    pub kind: FlatKind,
    /// Where each path ends, in positions: little-endian `u32`. Empty if there is one path.
    pub ends: &'a [u8],
    /// The positions: little-endian `f64`, x then y.
    pub xy: &'a [u8],
}

/// What the paths of a [`FlatPart`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlatKind {
    /// Positions that stand by themselves.
    Points,
    /// Open lines.
    Lines,
    /// The rings of one polygon, the exterior first, each closed.
    Rings,
}

/// A geometry, borrowed from whatever holds the row.
#[derive(Debug, Clone, Copy)]
pub enum GeometryRef<'a> {
    /// (E)WKB.
    Wkb(&'a [u8]),
    /// Parts in the order in which they stand.
    Flat(&'a [FlatPart<'a>]),
    /// Areas as the drawing commands of the tile that they are asked for (Mapbox Vector Tile 2.1, clause 4.3).
    Drawn(&'a [u8]),
}

/// One row as a store reads it for a tile, borrowed so that nothing is allocated per feature.
#[derive(Debug, Clone, Copy)]
pub struct FeatureRef<'a> {
    /// The server's number of the feature; negative for one that stands for several.
    pub id: FeatureId,
    /// Geometry, in the projection that the reader was told of.
    pub geometry: GeometryRef<'a>,
    /// The box around it in the same projection, where it is known beforehand.
    pub bbox: Option<Bbox>,
    /// Values in the order of the view's attributes.
    pub values: &'a [ValueRef<'a>],
}

/// One feature as a store answers a question with it, borrowed from whatever holds the row.
#[derive(Debug, Clone, Copy)]
pub struct FeatureRow<'a> {
    /// The server's number of the feature.
    pub id: FeatureId,
    /// Geometry, degrees of EPSG:4326; `None` where the row has none.
    pub shape: Option<&'a Shape>,
    /// Values in the order of the view's attributes, with nothing of them lost: days and moments
    /// are ISO 8601 text (moments in UTC), lists the text of a JSON array.
    pub values: &'a [ValueRef<'a>],
}

/// One feature, owned, as the import passes it on and as answers that hold few take it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Feature {
    /// The server's number of the feature.
    pub id: FeatureId,
    /// Geometry as ISO WKB in EPSG:4326, longitude first; `None` where the row has none.
    pub wkb: Option<Vec<u8>>,
    /// Values in the order of the view's attributes.
    pub values: Vec<Value>,
}

/// A box in some plane: x eastward, y northward. Which plane is said where it is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bbox {
    /// Western edge.
    pub min_x: f64,
    /// Southern edge.
    pub min_y: f64,
    /// Eastern edge. West of `min_x` where a longitude box crosses the antimeridian.
    pub max_x: f64,
    /// Northern edge.
    pub max_y: f64,
}

impl Bbox {
    /// A box from its four edges, in the order of OGC API Features: west, south, east, north.
    pub const fn new(min_x: f64, min_y: f64, max_x: f64, max_y: f64) -> Self {
        Self { min_x, min_y, max_x, max_y }
    }

    /// The box of what has no place: it meets nothing.
    pub const NOWHERE: Self = Self::new(f64::NAN, f64::NAN, f64::NAN, f64::NAN);

    /// Whether it is the box of something, not of nothing.
    pub fn is_place(self) -> bool {
        self.to_array().iter().all(|edge| edge.is_finite())
    }

    /// The box as west, south, east, north.
    pub const fn to_array(self) -> [f64; 4] {
        [self.min_x, self.min_y, self.max_x, self.max_y]
    }

    /// The smallest box that holds both.
    pub fn union(self, other: Self) -> Self {
        Self {
            min_x: self.min_x.min(other.min_x),
            min_y: self.min_y.min(other.min_y),
            max_x: self.max_x.max(other.max_x),
            max_y: self.max_y.max(other.max_y),
        }
    }

    /// Whether all of the other box lies in this one.
    pub fn contains(self, other: Self) -> bool {
        self.min_x <= other.min_x
            && self.min_y <= other.min_y
            && other.max_x <= self.max_x
            && other.max_y <= self.max_y
    }

    /// The box with each edge moved outward by `by`.
    pub fn widened(self, by: f64) -> Self {
        Self {
            min_x: self.min_x - by,
            min_y: self.min_y - by,
            max_x: self.max_x + by,
            max_y: self.max_y + by,
        }
    }

    /// Whether the two share at least a point.
    pub fn intersects(self, other: Self) -> bool {
        self.min_x <= other.max_x
            && other.min_x <= self.max_x
            && self.min_y <= other.max_y
            && other.min_y <= self.max_y
    }
}
