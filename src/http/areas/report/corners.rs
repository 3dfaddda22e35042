//! The corner table of an area, as documents about land have it: X the northing and Y the easting in
//! the province's local system of VN-2000, and how far it is to the next corner.

use super::super::note;
use crate::{area::Area, crs::MEASURING_SYSTEM};
use geo::LineString;
use serde_json::{Value as Json, json};

/// Corners that are told.
const CORNERS_MAX: usize = 1_000;

/// The corners, ring by ring.
pub fn corners(area: &Area) -> Json {
    let mut told = Vec::new();
    let mut count = 0;
    for (part, polygon) in area.shape().0.iter().enumerate() {
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        for (number, ring) in rings.enumerate() {
            count += ring.0.len().saturating_sub(1);
            of_ring(part + 1, number, ring, &mut told);
        }
    }
    let notes: Vec<Json> = (count > told.len())
        .then(|| {
            let shown = told.len();
            note(
                format!("Bảng có {shown} góc đầu trong {count} góc."),
                format!("The table has the first {shown} of {count} corners."),
            )
        })
        .into_iter()
        .collect();
    json!({
        "system": format!("EPSG:{MEASURING_SYSTEM}"),
        "axes": { "x": note("X (hướng bắc), m", "X (northing), m"), "y": note("Y (hướng đông), m", "Y (easting), m") },
        "numberMatched": count,
        "numberReturned": told.len(),
        "corners": told,
        "notes": notes,
    })
}

/// `number` 0 is the ring around a part, others are holes.
fn of_ring(part: usize, number: usize, ring: &LineString, told: &mut Vec<Json>) {
    let millimetres = |v: f64| (v * 1e3).round() / 1e3;
    for (corner, edge) in ring.lines().enumerate().take(CORNERS_MAX.saturating_sub(told.len())) {
        let length = edge.dx().hypot(edge.dy());
        told.push(json!({
            "part": part,
            "hole": number,
            "corner": corner + 1,
            "x": millimetres(edge.start.y),
            "y": millimetres(edge.start.x),
            "to_next_m": millimetres(length),
        }));
    }
}
