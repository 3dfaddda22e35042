//! The geometry of a row: taken as delivered or as it was certainly meant, then put where it lies.
//!
//! The same for rows of files and for features that somebody sends. Must not know files or the database.

use super::{
    geometry::{
        POSITIONS_MAX, Shape,
        repair::{self, Fault},
        shape_error::ShapeError,
    },
    place,
    read::{RawRow, gdal_geometry},
    report::Rule,
    row::{self, Row, RowFinding},
    rule::Placed,
    words,
};
use crate::{crs::System, layer::GeometryType};

/// From a place in the system of what was delivered to degrees of EPSG:4326.
pub type Degrees<'a> = dyn Fn(Option<(f64, f64)>) -> Option<(f64, f64)> + 'a;

/// Gives a row the geometry that was delivered with it, or what that was certainly meant to be.
pub fn take_shape(row: &mut Row, raw: &mut RawRow, allowed: &[GeometryType], degrees: &Degrees<'_>) {
    let delivered = match (raw.wkb.as_deref(), raw.too_many) {
        (Some(wkb), _) => Shape::new(wkb, allowed),
        (None, Some(count)) => Err(ShapeError::TooMany { count, most: POSITIONS_MAX }),
        (None, None) => Err(ShapeError::Empty),
    };
    let fault = match &delivered {
        Ok(_) if raw.invalid.is_some() => Some(Fault::Crossed),
        Ok(shape) if shape.is_untidy() => Some(Fault::Untidy),
        Err(ShapeError::OpenRing(_)) => Some(Fault::Open),
        _ => None,
    };
    if let Some((fault, wkb)) = fault.zip(raw.wkb.as_deref())
        && let Some((better, done)) = repair::repair(wkb, fault)
        && let Ok(shape) = Shape::new(&better, allowed)
        && gdal_geometry::judge(&better).is_none()
    {
        let place = shape.all_positions().next();
        let untidy = || words("có hình học chưa gọn", "is not tidy");
        let what = raw.invalid.take().map_or_else(untidy, |(reason, _)| reason);
        for repair in done {
            let found = RowFinding::repaired(Rule::GeometryValidity, what.clone(), repair.words());
            row.note(found.at(degrees(place)));
        }
        row.delivered.push(("geometry".to_owned(), row::hexadecimal(wkb).into()));
        row.shape = Some(shape);
        return;
    }
    match delivered {
        Ok(shape) => {
            row.shape = Some(shape);
            row.invalid = raw.invalid.take();
        }
        Err(error) => {
            let rule = match error {
                ShapeError::Empty | ShapeError::Type { .. } => Rule::GeometryType,
                _ => Rule::GeometryValidity,
            };
            let place = if let ShapeError::OpenRing(place) = error { Some(place) } else { None };
            row.note(RowFinding::error(rule, error.words()).at(degrees(place)));
        }
    }
}

/// Puts a row's geometry where it lies, and notes where that cannot be. Returns its area and length in the measuring
/// plane, square metres and metres.
pub fn put(
    row: &mut Row,
    mut shape: Shape,
    placed: Placed<'_>,
    system: &'static System,
    degrees: &Degrees<'_>,
) -> (f64, f64) {
    let (lon, lat) = placed.degrees;
    shape.replace(lon, lat);
    if let Some((reason, at)) = row.invalid.take() {
        row.note(RowFinding::error(Rule::GeometryValidity, reason).at(degrees(at)));
    }
    if let Some(i) = (0..lon.len()).find(|i| !place::in_province(lon[*i], lat[*i])) {
        let at = (lon[i], lat[i]);
        row.note(RowFinding::error(Rule::Position, place::elsewhere(at, system)).at(Some(at)));
    }
    let size = shape.measure(placed.plane.0, placed.plane.1);
    row.shape = Some(shape);
    size
}
