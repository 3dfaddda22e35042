//! One feature of a FlatGeobuf file, read in place (FlatGeobuf 3: `feature.fbs`).
//!
//! Whatever is garbled gives `None`; nothing in here can panic or loop.

use super::flatbuffer::{Table, u32_at};
use crate::feature::{FlatKind, FlatPart, ValueRef};

/// How deep collections may stand in collections.
const DEPTH_MAX: u8 = 8;

/// FlatGeobuf's geometry types, as far as they are written (`header.fbs`: `GeometryType`).
pub mod kind {
    /// Not said here.
    pub const UNKNOWN: u8 = 0;
    /// Point.
    pub const POINT: u8 = 1;
    /// LineString.
    pub const LINE_STRING: u8 = 2;
    /// Polygon.
    pub const POLYGON: u8 = 3;
    /// MultiPoint.
    pub const MULTI_POINT: u8 = 4;
    /// MultiLineString.
    pub const MULTI_LINE_STRING: u8 = 5;
    /// MultiPolygon.
    pub const MULTI_POLYGON: u8 = 6;
    /// GeometryCollection.
    pub const GEOMETRY_COLLECTION: u8 = 7;
}

/// What a column holds, of FlatGeobuf's types those that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// `Bool`, one byte.
    Bool,
    /// `Long`, eight bytes.
    Long,
    /// `Double`, eight bytes.
    Double,
    /// `String`, `Json` or `DateTime`: a length and as many bytes.
    Text,
}

/// A feature in a file.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    geometry: Option<Table<'a>>,
    /// The properties: for each a column number (`u16`) and its value.
    pub properties: &'a [u8],
}

impl<'a> Row<'a> {
    /// The feature whose size stands at the start of `bytes`.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let feature = Table::root(sized(bytes)?)?;
        Some(Self { geometry: feature.table(0), properties: feature.vector(1, 1)? })
    }

    /// Appends the parts of the geometry; `layer_kind` is the file's, for features that do not
    /// say their own.
    pub fn parts(&self, layer_kind: u8, parts: &mut Vec<FlatPart<'a>>) -> Option<()> {
        self.geometry.map_or(Some(()), |geometry| collect(&geometry, layer_kind, DEPTH_MAX, parts))
    }

    /// The geometry's type.
    pub fn kind(&self, layer_kind: u8) -> Option<u8> {
        Some(match self.geometry?.byte(6)? {
            kind::UNKNOWN => layer_kind,
            own => own,
        })
    }

    /// The geometry's table, for who needs its structure.
    pub fn geometry(&self) -> Option<Geometry<'a>> {
        self.geometry.map(Geometry)
    }
}

/// A geometry with its structure.
#[derive(Debug, Clone, Copy)]
pub struct Geometry<'a>(Table<'a>);

impl<'a> Geometry<'a> {
    /// Its type, as [`Row::kind`] has it.
    pub fn kind(&self, layer_kind: u8) -> Option<u8> {
        Some(match self.0.byte(6)? {
            kind::UNKNOWN => layer_kind,
            own => own,
        })
    }

    /// Ends of its paths and its positions, as in [`FlatPart`].
    pub fn paths(&self) -> Option<(&'a [u8], &'a [u8])> {
        Some((self.0.vector(0, 4)?, self.0.vector(1, 8)?))
    }

    /// Its parts.
    pub fn parts(&self) -> Option<impl Iterator<Item = Option<Self>> + 'a> {
        Some(self.0.tables(7)?.map(|part| part.map(Self)))
    }
}

/// The bytes behind a size, as many as it says.
pub fn sized(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(4..)?.get(..u32_at(bytes, 0)? as usize)
}

fn collect<'a>(geometry: &Table<'a>, layer_kind: u8, depth: u8, parts: &mut Vec<FlatPart<'a>>) -> Option<()> {
    let kind = match geometry.byte(6)? {
        kind::UNKNOWN => layer_kind,
        own => own,
    };
    let flat = match kind {
        kind::POINT | kind::MULTI_POINT => FlatKind::Points,
        kind::LINE_STRING | kind::MULTI_LINE_STRING => FlatKind::Lines,
        kind::POLYGON => FlatKind::Rings,
        kind::MULTI_POLYGON | kind::GEOMETRY_COLLECTION => {
            let inner = if kind == kind::MULTI_POLYGON { kind::POLYGON } else { kind::UNKNOWN };
            let depth = depth.checked_sub(1)?;
            return geometry.tables(7)?.try_for_each(|part| collect(&part?, inner, depth, parts));
        }
        _ => return None,
    };
    let xy = geometry.vector(1, 8)?;
    if !xy.is_empty() {
        parts.push(FlatPart { kind: flat, ends: geometry.vector(0, 4)?, xy });
    }
    Some(())
}

/// Hands each value of `properties` with its column to `take`.
pub fn properties<'a>(
    mut rest: &'a [u8],
    columns: &[ColumnKind],
    mut take: impl FnMut(usize, ValueRef<'a>),
) -> Option<()> {
    while let Some((column, behind)) = rest.split_first_chunk() {
        let column = usize::from(u16::from_le_bytes(*column));
        let (value, behind) = match columns.get(column)? {
            ColumnKind::Bool => {
                let (byte, behind) = behind.split_first()?;
                (ValueRef::Bool(*byte != 0), behind)
            }
            ColumnKind::Long => {
                let (eight, behind) = behind.split_first_chunk()?;
                (ValueRef::Int(i64::from_le_bytes(*eight)), behind)
            }
            ColumnKind::Double => {
                let (eight, behind) = behind.split_first_chunk()?;
                (ValueRef::Number(f64::from_le_bytes(*eight)), behind)
            }
            ColumnKind::Text => {
                let (length, behind) = behind.split_first_chunk()?;
                let (text, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
                (ValueRef::TextBytes(text), behind)
            }
        };
        take(column, value);
        rest = behind;
    }
    rest.is_empty().then_some(())
}

/// Hands each property as it stands, its column's number included, to `take`.
pub fn raw_properties<'a>(
    properties: &'a [u8],
    columns: &[ColumnKind],
    mut take: impl FnMut(usize, &'a [u8]),
) {
    let mut rest = properties;
    while let Some((column, behind)) = rest.split_first_chunk() {
        let column = usize::from(u16::from_le_bytes(*column));
        let length = match columns.get(column) {
            Some(ColumnKind::Bool) => 1,
            Some(ColumnKind::Long | ColumnKind::Double) => 8,
            Some(ColumnKind::Text) => 4usize.saturating_add(u32_at(behind, 0).unwrap_or(0) as usize),
            None => return,
        };
        let Some((raw, behind)) = rest.split_at_checked(2usize.saturating_add(length)) else { return };
        take(column, raw);
        rest = behind;
    }
}

/// The value of the first column, if it stands first and is a whole number: the id.
pub fn first_long(properties: &[u8]) -> Option<i64> {
    let (column, rest) = properties.split_first_chunk()?;
    (u16::from_le_bytes(*column) == 0).then_some(())?;
    rest.first_chunk().map(|eight| i64::from_le_bytes(*eight))
}
