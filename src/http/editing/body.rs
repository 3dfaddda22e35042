//! A feature as a request sends it: GeoJSON, its positions in the system that `Content-Crs` names.
//!
//! Must not know layers.

use super::super::{Problem, items::GEOJSON, json_body, problem::shown};
use super::Body;
use crate::{
    crs::NamedSystem,
    feature::{FeatureId, Shape, ShapeKind},
    store::edit::{SentFeature, SentGeometry},
};
use axum::http::{HeaderMap, header};
use serde_json::{Map, Value as Json};

/// Bytes of a feature. What has more is for `diaban import`.
pub const BODY_MAX: usize = 8 << 20;
/// Arrays and objects of it: somewhat more than a geometry may have positions.
const NESTED_MAX: usize = 600_000;
/// Media type of what changes part of a feature (RFC 7396).
pub const MERGE_PATCH: &str = "application/merge-patch+json";
/// Says in which system positions are (OGC 18-058r1).
const CONTENT_CRS: &str = "content-crs";

/// A whole feature; `id` is what its own address says.
pub fn whole(headers: &HeaderMap, body: Body, id: Option<FeatureId>) -> Result<SentFeature, Problem> {
    let members = members(headers, body, &[GEOJSON, "application/json"])?;
    if members.get("type").and_then(Json::as_str) != Some("Feature") {
        return Err(Problem::bad_request(
            "the body is no GeoJSON Feature; one feature is sent at a time, and whole files go by `diaban import`",
        ));
    }
    let sent = sent(headers, members, id)?;
    // What is not said of a whole feature, it has not.
    Ok(match sent.geometry {
        SentGeometry::Unsaid => SentFeature { geometry: SentGeometry::Nothing, ..sent },
        _ => sent,
    })
}

/// What of a feature is to change.
pub fn part(headers: &HeaderMap, body: Body, id: FeatureId) -> Result<SentFeature, Problem> {
    let members = members(headers, body, &[MERGE_PATCH])?;
    let kind = members.get("type");
    if kind.is_some_and(|kind| kind != "Feature") {
        return Err(Problem::bad_request("type: a feature stays one"));
    }
    sent(headers, members, Some(id))
}

/// The members of the JSON object that the body is.
fn members(headers: &HeaderMap, body: Body, kinds: &[&str]) -> Result<Map<String, Json>, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !kinds.contains(&kind.as_str()) {
        let kinds = kinds.join(" or ");
        return Err(Problem::unsupported_media_type(format!(
            "the Content-Type of the body has to be {kinds}"
        )));
    }
    let body = body.map_err(|_| {
        Problem::too_large(format!(
            "the body is cut short, or longer than {} MB; `diaban import` takes more",
            BODY_MAX >> 20
        ))
    })?;
    match json_body::read(&body, NESTED_MAX)? {
        Json::Object(members) => Ok(members),
        _ => Err(Problem::bad_request("the body is no JSON object")),
    }
}

fn sent(
    headers: &HeaderMap,
    mut members: Map<String, Json>,
    id: Option<FeatureId>,
) -> Result<SentFeature, Problem> {
    let named = members.get("id").filter(|named| !named.is_null());
    if let Some((id, named)) = id.zip(named) {
        let is_it = named.as_i64() == Some(id) || named.as_str() == Some(&id.to_string());
        if !is_it {
            return Err(Problem::bad_request(format!(
                "id: the address is that of feature {id}; a feature keeps it"
            )));
        }
    }
    let properties = match members.remove("properties") {
        None | Some(Json::Null) => Map::new(),
        Some(Json::Object(properties)) => properties,
        Some(_) => return Err(Problem::bad_request("properties: it is an object of values by their names")),
    };
    let system = system(headers)?;
    let geometry = match members.remove("geometry") {
        None => SentGeometry::Unsaid,
        Some(Json::Null) => SentGeometry::Nothing,
        Some(json) => SentGeometry::Wkb(wkb(&json, system)?),
    };
    Ok(SentFeature { properties, geometry, system })
}

/// The system of the positions.
fn system(headers: &HeaderMap) -> Result<NamedSystem, Problem> {
    let Some(value) = headers.get(CONTENT_CRS) else { return Ok(NamedSystem::crs84()) };
    let text = value.to_str().unwrap_or_default().trim();
    let uri = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    NamedSystem::parse(uri).map_err(|error| {
        Problem::bad_request(format!(
            "Content-Crs: {} cannot be used: {error}; each collection lists its crs",
            shown(uri)
        ))
    })
}

/// A geometry of GeoJSON as WKB, its positions east first.
fn wkb(json: &Json, system: NamedSystem) -> Result<Vec<u8>, Problem> {
    let wrong = || {
        Problem::bad_request(
            "geometry: it is no geometry of GeoJSON (RFC 7946, 3.1) with a type, other than GeometryCollection, and \
             coordinates; a patch of it gives it whole",
        )
    };
    let shape = shape(json, system).ok_or_else(wrong)?;
    let mut wkb = Vec::new();
    shape.write_wkb(&mut wkb);
    Ok(wkb)
}

fn shape(json: &Json, system: NamedSystem) -> Option<Shape> {
    let coordinates = json.get("coordinates")?;
    let mut shape = Shape::default();
    let kind = match json.get("type")?.as_str()? {
        "Point" => ShapeKind::Point,
        "LineString" => ShapeKind::LineString,
        "Polygon" => ShapeKind::Polygon,
        "MultiPoint" => ShapeKind::MultiPoint,
        "MultiLineString" => ShapeKind::MultiLineString,
        "MultiPolygon" => ShapeKind::MultiPolygon,
        _ => return None,
    };
    shape.clear(kind);
    match kind {
        ShapeKind::Point if coordinates.as_array()?.is_empty() => {}
        ShapeKind::Point => position(coordinates, system, &mut shape)?,
        ShapeKind::MultiPoint => positions(coordinates, system, &mut shape)?,
        ShapeKind::LineString => path(coordinates, system, &mut shape)?,
        ShapeKind::Polygon | ShapeKind::MultiLineString => paths(coordinates, system, &mut shape)?,
        _ => {
            for polygon in coordinates.as_array()? {
                paths(polygon, system, &mut shape)?;
                shape.polygons.push(shape.paths.len());
            }
        }
    }
    Some(shape)
}

fn paths(json: &Json, system: NamedSystem, shape: &mut Shape) -> Option<()> {
    json.as_array()?.iter().try_for_each(|line| path(line, system, shape))
}

fn path(json: &Json, system: NamedSystem, shape: &mut Shape) -> Option<()> {
    positions(json, system, shape)?;
    shape.paths.push(shape.xy.len());
    Some(())
}

fn positions(json: &Json, system: NamedSystem, shape: &mut Shape) -> Option<()> {
    json.as_array()?.iter().try_for_each(|one| position(one, system, shape))
}

/// Heights are left out, as imports do.
fn position(json: &Json, system: NamedSystem, shape: &mut Shape) -> Option<()> {
    let [first, second, ..] = json.as_array()?.as_slice() else { return None };
    let (x, y) = system.swapped(first.as_f64()?, second.as_f64()?);
    shape.xy.push([x, y]);
    Some(())
}
