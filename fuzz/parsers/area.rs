//! Any text as an area and as the name of a system, and what is drawn of it.

use diaban::{
    area::{Spec, draw},
    crs::{self, NamedSystem},
};
use geo::Geometry;

pub const SEEDS: &[&[u8]] = &[
    b"bbox:106,10.9,107,11.9",
    b"circle:106.4,11.0,500",
    b"buffer:200:corners:EPSG:9210;600000,1200000;600100,1200000;600100,1200100",
    b"POLYGON((106 11, 106.1 11, 106.1 11.1, 106 11), (106.01 11.01, 106.02 11.01, 106.02 11.02, 106.01 11.01))",
    br#"{"corners": [[600000, 1200000], [600100, 1200000], [600100, 1200100]], "crs": "EPSG:9210"}"#,
    br#"{"buffer_m": 200, "of": {"type":"LineString","coordinates":[[106,11],[106.1,11.1]]}}"#,
    br#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[106,11],[106.1,11],[106.1,11.1],[106,11]]]}}]}"#,
    b"http://www.opengis.net/def/crs/EPSG/0/9210",
];

pub fn read(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let _ = NamedSystem::parse(text);
    let _ = crs::parse(text);
    let spec = Spec::parse(text).ok();
    let json = serde_json::from_str(text).ok().and_then(|json| Spec::from_json(&json).ok());
    for spec in [spec, json].into_iter().flatten() {
        let _ = make(&spec);
    }
}

/// What can be made of it without a layer, in the plane.
fn make(spec: &Spec) -> Option<Geometry> {
    let shape = match spec {
        Spec::Buffer { metres, of } => draw::buffer(&make(of)?, *metres).ok()?,
        Spec::Drawn(drawn) => {
            let _ = draw::around(drawn);
            draw::to_plane(drawn).ok()?
        }
        Spec::Plane(drawn) => drawn.clone(),
        Spec::Box(b) => draw::from_box(*b),
        Spec::Circle { lon, lat, metres } => draw::circle(*lon, *lat, *metres).ok()?,
        _ => return None,
    };
    let _ = draw::area(&shape);
    Some(shape)
}
