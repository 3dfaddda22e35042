//! Geometries out of GDAL's hands: as bytes, and what GEOS finds wrong with them.
//!
//! One that has more positions than are taken is not touched: what is made of it on the way would fill the memory many
//! times over. Must not know files.

use super::{RawRow, messages};
use crate::import::{
    geometry::{POSITIONS_MAX, plain_ring::is_plainly_valid, shape_error},
    words::Words,
};
use gdal::vector::Geometry;

/// Puts the geometry of a row into it.
///
/// # Errors
/// Where GDAL cannot write it as ISO WKB.
pub fn put(geometry: &Geometry, row: &mut RawRow) -> gdal::errors::Result<()> {
    let count = positions(geometry);
    if count > POSITIONS_MAX {
        row.too_many = Some(count);
        return Ok(());
    }
    let wkb = geometry.iso_wkb()?;
    row.invalid = if is_plainly_valid(&wkb) { None } else { fault(geometry) };
    row.wkb = Some(wkb);
    Ok(())
}

fn positions(geometry: &Geometry) -> usize {
    match geometry.geometry_count() {
        0 => geometry.point_count(),
        parts => (0..parts).map(|part| positions(&geometry.get_geometry(part))).sum(),
    }
}

/// A geometry written as text (OGC WKT), as little-endian ISO WKB, and what is wrong with it.
pub fn from_wkt(text: &str) -> Option<RawRow> {
    messages::take();
    let geometry = Geometry::from_wkt(text.trim()).ok();
    messages::take();
    let mut row = RawRow::default();
    put(&geometry?, &mut row).ok()?;
    Some(row)
}

/// What is wrong with a geometry that was made here, given as little-endian ISO WKB.
pub fn judge(wkb: &[u8]) -> Option<(Words, Option<(f64, f64)>)> {
    // What PROJ says of a coordinate on the way is no fault of the geometry.
    messages::take();
    let geometry = Geometry::from_wkb(wkb).ok()?;
    let found = fault(&geometry);
    messages::take();
    found
}

// GEOS judges areas; what can be wrong with points and lines needs no library.
fn fault(geometry: &Geometry) -> Option<(Words, Option<(f64, f64)>)> {
    use gdal::vector::OGRwkbGeometryType as kind;
    let flat = gdal::vector::geometry_type_flatten(geometry.geometry_type());
    if !matches!(flat, kind::wkbPolygon | kind::wkbMultiPolygon) || geometry.is_valid() {
        return None;
    }
    let text = messages::take().pop().unwrap_or_default();
    Some(shape_error::explain(&text))
}
