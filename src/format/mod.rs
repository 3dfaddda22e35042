//! The forms in which features leave: features in, bytes out, one after the other, so that a
//! layer of any size takes no more memory than a piece of it.
//!
//! Must not know HTTP, stores, or who asks. Of files it knows only those that it makes itself.

mod csv;
mod flatgeobuf;
mod geojson;
mod geojsonseq;
mod geopackage;
mod json;
mod number;
mod parquet;
mod rendition;
mod spool;
mod wkt;
mod xlsx;
mod xlsx_sheets;

pub use csv::{Csv, Positions};
pub use flatgeobuf::FlatGeobuf;
pub use geojson::GeoJson;
pub use geojsonseq::GeoJsonSeq;
pub use geopackage::GeoPackage;
pub use parquet::GeoParquet;
pub use rendition::Rendition;
pub use xlsx::{FEATURES_MAX as XLSX_FEATURES_MAX, Xlsx};
pub use xlsx_sheets::{Cell, Sheet, workbook};

use crate::{
    feature::{FeatureRow, ShapeKind},
    layer::GeometryType,
};
use std::fs::File;

/// Writes features in one form. `out` takes what is to be sent; nothing of it is read again.
pub trait FeatureWriter: Send {
    /// What stands before the first feature.
    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), FormatError>;

    /// The next feature.
    fn feature(&mut self, row: &FeatureRow<'_>, out: &mut Vec<u8>) -> Result<(), FormatError>;

    /// What stands behind the last. `members` are those of the whole, JSON text without the
    /// braces, for forms that have a place for them. Forms that have to be written whole before
    /// they are sent hand on a file, and nothing in `out`.
    fn end(&mut self, members: Option<&str>, out: &mut Vec<u8>) -> Result<Option<File>, FormatError>;
}

/// Why features could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// More than the form holds.
    #[error("the form holds no more than {rows} features")]
    TooManyRows {
        /// So many.
        rows: u64,
    },
    /// The file would become larger than is allowed.
    #[error("the file would be larger than {bytes} bytes")]
    TooLarge {
        /// So large.
        bytes: u64,
    },
    /// No room for the file.
    #[error("there is no room left on the disk for the file")]
    DiskFull,
    /// A value that is not what its column says, or a library that refuses it: a defect.
    #[error("a value cannot be written: {0}")]
    Value(String),
}

/// The type of a layer's geometries as that of a shape.
const fn shape_kind(kind: GeometryType) -> ShapeKind {
    match kind {
        GeometryType::Point => ShapeKind::Point,
        GeometryType::MultiPoint => ShapeKind::MultiPoint,
        GeometryType::LineString => ShapeKind::LineString,
        GeometryType::MultiLineString => ShapeKind::MultiLineString,
        GeometryType::Polygon => ShapeKind::Polygon,
        GeometryType::MultiPolygon => ShapeKind::MultiPolygon,
    }
}
