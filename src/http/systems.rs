//! Coordinate reference systems of questions and answers (OGC API Features, part 2: 18-058r1).

use super::{
    Problem,
    parameters::{BBOX_FORM, Parameters},
    problem::shown,
};
use crate::{
    crs::{NamedSystem, SystemKind, transform::degrees_around},
    feature::Bbox,
    query::{FeatureQuery, PlaneBox},
    tile::coord::mercator_to_lonlat,
};
use axum::http::{HeaderName, HeaderValue};

/// Says in which system an answer's coordinates are (18-058r1, requirement 16).
pub const CONTENT_CRS: HeaderName = HeaderName::from_static("content-crs");

/// The URIs of all systems, CRS84 first.
pub fn uris() -> Vec<String> {
    NamedSystem::all().map(|system| system.uri()).collect()
}

/// The system that a parameter names by its URI; CRS84 where it does not stand.
pub fn named(parameters: &Parameters, parameter: &str) -> Result<NamedSystem, Problem> {
    let Some(text) = parameters.value(parameter) else { return Ok(NamedSystem::crs84()) };
    NamedSystem::parse(text).map_err(|error| {
        Problem::bad_request(format!(
            "{parameter}: {} cannot be used: {error}; each collection lists its crs",
            shown(text)
        ))
    })
}

/// The header's value: the URI between angle brackets.
pub fn content_crs(system: NamedSystem) -> [(HeaderName, HeaderValue); 1] {
    let value = HeaderValue::try_from(format!("<{}>", system.uri()));
    [(CONTENT_CRS, value.unwrap_or(HeaderValue::from_static("")))]
}

/// Puts `bbox`, in the system of `bbox-crs`, into a question.
pub fn put_bbox(parameters: &Parameters, query: &mut FeatureQuery) -> Result<(), Problem> {
    let system = named(parameters, "bbox-crs")?;
    let Some(numbers) = parameters.bbox_numbers()? else { return Ok(()) };
    let [first, second, third, fourth] = numbers;
    let ((min_x, min_y), (max_x, max_y)) = (system.swapped(first, second), system.swapped(third, fourth));
    let edges = Bbox::new(min_x, min_y, max_x, max_y);
    match system.system.kind {
        SystemKind::Wgs84Geographic => query.bbox = Some(in_degrees(edges)?),
        SystemKind::WebMercator => {
            let edges = in_order(edges)?;
            let (west, south) = mercator_to_lonlat(edges.min_x, edges.min_y);
            let (east, north) = mercator_to_lonlat(edges.max_x, edges.max_y);
            query.bbox = Some(in_degrees(Bbox::new(west, south, east, north))?);
        }
        SystemKind::Vn2000Geographic | SystemKind::Vn2000Plane | SystemKind::Wgs84Plane => {
            let edges = in_order(edges)?;
            let [west, south, east, north] =
                degrees_around(system.system, edges.to_array()).map_err(Problem::internal)?;
            let around = Bbox::new(west, south, east, north);
            query.plane_box = Some(PlaneBox { system: system.system.code, edges, around });
        }
    }
    Ok(())
}

/// A box of a plane, or of degrees that do not go around the earth.
fn in_order(edges: Bbox) -> Result<Bbox, Problem> {
    match edges.min_x <= edges.max_x && edges.min_y <= edges.max_y {
        true => Ok(edges),
        false => {
            Err(Problem::bad_request("bbox: in the system of bbox-crs a lower bound is above the upper one"))
        }
    }
}

/// A box of WGS 84; west above east crosses the antimeridian.
fn in_degrees(bbox: Bbox) -> Result<Bbox, Problem> {
    let wrong = |why: &str| Problem::bad_request(format!("bbox: {why}; {BBOX_FORM}"));
    if bbox.min_y > bbox.max_y {
        return Err(wrong("south is above north"));
    }
    let held = |v: f64| (-180.0..=180.0).contains(&v);
    if !held(bbox.min_x) || !held(bbox.max_x) || bbox.min_y < -90.0 || bbox.max_y > 90.0 {
        return Err(wrong("longitudes go from -180 to 180, latitudes from -90 to 90"));
    }
    Ok(bbox)
}
