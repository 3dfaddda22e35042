//! What people write where they are asked for an area.
//!
//! ```text
//! commune:27943@2025-03-01   district:794@2025-03-01   province:80   feature:school/12
//! bbox:106.1,10.5,106.3,10.7   circle:106.2,10.6,500   POLYGON((106.1 10.5, …))   {"type":"Polygon",…}
//! corners:9210:1165000 554000;1165500 554000;1165500 554600      X (northing) first, metres
//! buffer:200:…   what lies within 200 m of any of these
//! ```

use super::draw::POSITIONS_MAX;
use crate::{
    crs::{self, MEASURING_SYSTEM, System, Transform},
    feature::{Bbox, FeatureId},
    units::Level,
};
use geo::{Coord, Geometry, LineString, Polygon};
use geozero::ToGeo;
use serde_json::Value as Json;
use std::ops::RangeInclusive;
use time::{Date, macros::format_description};

/// How deep a text may nest brackets or buffers.
const DEPTH_MAX: usize = 16;
/// Where corners of a land document can lie in any plane of VN-2000, metres: Vietnam and some way around it.
const NORTHINGS_M: RangeInclusive<f64> = 400_000.0..=2_900_000.0;
const EASTINGS_M: RangeInclusive<f64> = -500_000.0..=1_500_000.0;

/// An area as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Spec {
    /// An administrative unit.
    Unit {
        /// Level.
        level: Level,
        /// Its code.
        code: String,
        /// A day on which it was.
        date: Option<Date>,
    },
    /// A box of degrees of WGS 84.
    Box(Bbox),
    /// A drawing in degrees of WGS 84, longitude first.
    Drawn(Geometry),
    /// A drawing in the measuring plane.
    Plane(Geometry),
    /// What lies around a position of degrees.
    Circle {
        /// Longitude.
        lon: f64,
        /// Latitude.
        lat: f64,
        /// Radius.
        metres: f64,
    },
    /// A feature of a layer.
    Feature {
        /// The layer's id.
        layer: String,
        /// The feature's number.
        id: FeatureId,
    },
    /// What lies around another.
    Buffer {
        /// How far; negative inward.
        metres: f64,
        /// Around what.
        of: Box<Self>,
    },
}

/// Why a text is no area.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpecError {
    /// No form that there is.
    #[error(
        "`{0}` is none of commune:CODE, commune:CODE@DATE, district:CODE@DATE, province:80, \
         bbox:WEST,SOUTH,EAST,NORTH, circle:LON,LAT,METRES, feature:LAYER/ID, buffer:METRES:AREA, \
         corners:EPSG:X Y;X Y;X Y, WKT, GeoJSON"
    )]
    Form(String),
    /// A form with something wrong in it.
    #[error("{form}: {why}")]
    Wrong {
        /// Which form.
        form: &'static str,
        /// What is wrong, and what would do.
        why: String,
    },
    /// More positions than an area may have.
    #[error(
        "{form}: it has {count} positions, and {POSITIONS_MAX} are allowed; simplify it, or ask for its parts"
    )]
    TooManyPositions {
        /// Which form.
        form: &'static str,
        /// How many it has.
        count: usize,
    },
}

fn wrong(form: &'static str, why: impl Into<String>) -> SpecError {
    SpecError::Wrong { form, why: why.into() }
}

impl Spec {
    /// Reads a text.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        Self::parse_within(text.trim(), DEPTH_MAX)
    }

    fn parse_within(text: &str, depth: usize) -> Result<Self, SpecError> {
        let depth =
            depth.checked_sub(1).ok_or_else(|| wrong("buffer", "there are too many in each other"))?;
        if text.starts_with('{') {
            let json = serde_json::from_str(text).map_err(|e| wrong("GeoJSON", e.to_string()))?;
            return Self::json_within(&json, depth);
        }
        let (form, rest) = text.split_once(':').unwrap_or((text, ""));
        match form.trim().to_ascii_lowercase().as_str() {
            "bbox" => bbox(rest),
            "circle" => circle(rest),
            "feature" => feature(rest),
            "corners" => corners_text(rest),
            "buffer" => {
                let (metres, of) = rest.split_once(':').ok_or_else(|| {
                    wrong("buffer", "it is buffer:METRES:AREA, such as buffer:200:commune:27943@2025-07-01")
                })?;
                let metres = number(metres)
                    .ok_or_else(|| wrong("buffer", format!("{metres:?} is no number of metres")))?;
                Ok(Self::Buffer { metres, of: Box::new(Self::parse_within(of.trim(), depth)?) })
            }
            level if level.parse::<Level>().is_ok() => unit(level, rest),
            _ if text.bytes().filter(|b| *b == b',').count() == 3 && bbox(text).is_ok() => bbox(text),
            _ if text.contains('(') => wkt(text),
            _ => Err(SpecError::Form(text.chars().take(60).collect())),
        }
    }

    /// Reads JSON: a text as above, GeoJSON in degrees, `{"corners": [[X, Y], …], "crs": "EPSG:9210"}`,
    /// or `{"buffer_m": 200, "of": …}`.
    pub fn from_json(json: &Json) -> Result<Self, SpecError> {
        Self::json_within(json, DEPTH_MAX)
    }

    fn json_within(json: &Json, depth: usize) -> Result<Self, SpecError> {
        let depth =
            depth.checked_sub(1).ok_or_else(|| wrong("buffer", "there are too many in each other"))?;
        if let Json::String(text) = json {
            return Self::parse_within(text.trim(), depth);
        }
        if let Some(corners) = json.get("corners") {
            return corners_json(corners, json.get("crs"));
        }
        if let Some(metres) = json.get("buffer_m") {
            let metres = metres.as_f64().ok_or_else(|| wrong("buffer_m", "it is a number of metres"))?;
            let of = json.get("of").ok_or_else(|| wrong("buffer_m", "`of` says around what"))?;
            return Ok(Self::Buffer { metres, of: Box::new(Self::json_within(of, depth)?) });
        }
        geojson(json)
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|v: &f64| v.is_finite())
}

fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    text.split(',').map(number).collect::<Option<Vec<_>>>()?.try_into().ok()
}

fn unit(level: &str, rest: &str) -> Result<Spec, SpecError> {
    let level: Level = level.parse().map_err(|()| SpecError::Form(level.to_owned()))?;
    let (code, date) = match rest.split_once('@') {
        None => (rest, None),
        Some((code, date)) => {
            let read = Date::parse(date.trim(), format_description!("[year]-[month]-[day]"));
            let no_day = || wrong(level.as_str(), format!("{date:?} is no day such as 2025-03-01"));
            (code, Some(read.map_err(|_| no_day())?))
        }
    };
    let code = code.trim();
    if code.is_empty() || code.len() > 10 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong(level.as_str(), "it is followed by a code of digits; /units?q=NAME finds codes"));
    }
    Ok(Spec::Unit { level, code: code.to_owned(), date })
}

fn bbox(rest: &str) -> Result<Spec, SpecError> {
    let [west, south, east, north] =
        numbers(rest).ok_or_else(|| wrong("bbox", "it is four numbers: west,south,east,north in degrees"))?;
    if west >= east || south >= north {
        return Err(wrong("bbox", "west is below east, and south below north"));
    }
    on_earth("bbox", west, south)?;
    on_earth("bbox", east, north)?;
    Ok(Spec::Box(Bbox::new(west, south, east, north)))
}

fn on_earth(form: &'static str, lon: f64, lat: f64) -> Result<(), SpecError> {
    let held = (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat);
    let why = || {
        format!(
            "{lon} {lat} is no longitude and latitude in degrees; for metres of VN-2000 use corners:EPSG:X Y;…"
        )
    };
    if held { Ok(()) } else { Err(wrong(form, why())) }
}

fn circle(rest: &str) -> Result<Spec, SpecError> {
    let form = "it is longitude,latitude,metres";
    let [lon, lat, metres] = numbers(rest).ok_or_else(|| wrong("circle", form))?;
    on_earth("circle", lon, lat)?;
    Ok(Spec::Circle { lon, lat, metres })
}

fn feature(rest: &str) -> Result<Spec, SpecError> {
    let parts = rest.split_once('/').and_then(|(l, id)| Some((l.trim(), id.trim().parse().ok()?)));
    let (layer, id) =
        parts.ok_or_else(|| wrong("feature", "it is LAYER/NUMBER, such as feature:school/12"))?;
    Ok(Spec::Feature { layer: layer.to_owned(), id })
}

fn wkt(text: &str) -> Result<Spec, SpecError> {
    check_depth(text, b'(', b')', "WKT")?;
    let text = text.strip_prefix("SRID=4326;").unwrap_or(text);
    let drawn = geozero::wkt::Wkt(text).to_geo().map_err(|e| wrong("WKT", e.to_string()))?;
    checked("WKT", drawn)
}

fn geojson(json: &Json) -> Result<Spec, SpecError> {
    let kinds = [
        "Polygon",
        "MultiPolygon",
        "Feature",
        "FeatureCollection",
        "GeometryCollection",
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
    ];
    let kind = json.get("type").and_then(Json::as_str).unwrap_or_default();
    if !kinds.contains(&kind) {
        return Err(wrong("GeoJSON", format!("`type` is {kind:?}; it is one of {}", kinds.join(", "))));
    }
    let text = json.to_string();
    check_depth(&text, b'[', b']', "GeoJSON")?;
    let drawn = geozero::geojson::GeoJson(&text).to_geo().map_err(|e| wrong("GeoJSON", e.to_string()))?;
    checked("GeoJSON", drawn)
}

fn check_depth(text: &str, open: u8, close: u8, form: &'static str) -> Result<(), SpecError> {
    let mut depth = 0usize;
    for byte in text.bytes() {
        depth = if byte == open {
            depth + 1
        } else if byte == close {
            depth.saturating_sub(1)
        } else {
            depth
        };
        if depth > DEPTH_MAX {
            return Err(wrong(form, "its brackets stand too deep in each other"));
        }
    }
    Ok(())
}

fn checked(form: &'static str, drawn: Geometry) -> Result<Spec, SpecError> {
    use geo::CoordsIter;
    let count = drawn.coords_count();
    if count > POSITIONS_MAX {
        return Err(SpecError::TooManyPositions { form, count });
    }
    drawn.coords_iter().try_for_each(|c| on_earth(form, c.x, c.y))?;
    Ok(Spec::Drawn(drawn))
}

fn corners_text(rest: &str) -> Result<Spec, SpecError> {
    let form = "it is corners:9210:X Y;X Y;X Y with X the northing and Y the easting in metres";
    let rest = rest.trim();
    let rest = rest.strip_prefix("EPSG:").or_else(|| rest.strip_prefix("epsg:")).unwrap_or(rest);
    let (code, list) = rest.split_once(':').ok_or_else(|| wrong("corners", form))?;
    let pair = |corner: &str| {
        let mut parts = corner.split([' ', ',', '\t']).filter(|part| !part.is_empty()).map(number);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(Some(x)), Some(Some(y)), None) => Some([x, y]),
            _ => None,
        }
    };
    let corners = list.split([';', '\n']).filter(|corner| !corner.trim().is_empty());
    let corners: Option<Vec<[f64; 2]>> = corners.map(pair).collect();
    corners_in(code, &corners.ok_or_else(|| wrong("corners", form))?)
}

fn corners_json(corners: &Json, system: Option<&Json>) -> Result<Spec, SpecError> {
    let form = "it is a list of [X, Y], X the northing and Y the easting in metres";
    let corners: Vec<[f64; 2]> =
        serde_json::from_value(corners.clone()).map_err(|_| wrong("corners", form))?;
    let system = system.and_then(Json::as_str).ok_or_else(|| {
        wrong(
            "corners",
            "`crs` says of which system they are, such as EPSG:9210 (105°45') or EPSG:9209 (105°30')",
        )
    })?;
    corners_in(system, &corners)
}

fn corners_in(system: &str, corners: &[[f64; 2]]) -> Result<Spec, SpecError> {
    let system: &System = crs::parse(system).map_err(|e| wrong("corners", e.to_string()))?;
    if !system.is_vn2000() || system.is_geographic() {
        return Err(wrong("corners", format!("{system} is no plane of VN-2000")));
    }
    if corners.len() < 3 {
        return Err(wrong(
            "corners",
            format!("there are {}; an area has from 3 to {POSITIONS_MAX}", corners.len()),
        ));
    }
    if corners.len() > POSITIONS_MAX {
        return Err(SpecError::TooManyPositions { form: "corners", count: corners.len() });
    }
    let swapped = |[x, y]: &[f64; 2]| *x < 900_000.0 && *y > 900_000.0 && *y < 2_700_000.0;
    if corners.iter().all(swapped) {
        return Err(wrong(
            "corners",
            "X and Y are swapped: X is the northing, above 900000 in Vietnam, and comes first",
        ));
    }
    for (number, [x, y]) in corners.iter().enumerate() {
        let number = number + 1;
        if swapped(&[*x, *y]) {
            return Err(wrong(
                "corners",
                format!("X and Y of corner {number} are swapped: the northing comes first"),
            ));
        }
        if !NORTHINGS_M.contains(x) || !EASTINGS_M.contains(y) {
            let why = format!(
                "corner {number} lies far from Vietnam: X {x} is to be a northing, Y {y} an easting, metres of {system}"
            );
            return Err(wrong("corners", why));
        }
    }
    let mut easting: Vec<f64> = corners.iter().map(|c| c[1]).collect();
    let mut northing: Vec<f64> = corners.iter().map(|c| c[0]).collect();
    let drawn = |x: &[f64], y: &[f64]| {
        let ring = x.iter().zip(y).map(|(x, y)| Coord { x: *x, y: *y }).collect();
        Geometry::Polygon(Polygon::new(LineString(ring), Vec::new()))
    };
    if system.code == MEASURING_SYSTEM {
        return Ok(Spec::Plane(drawn(&easting, &northing)));
    }
    let there = Transform::to_wgs84(system).and_then(|t| t.apply(&mut easting, &mut northing));
    there.map_err(|e| wrong("corners", e.to_string()))?;
    checked("corners", drawn(&easting, &northing))
}
