//! Shapes in tile units for the tests of the tile engine, drawn at random, and the way into a
//! tile and back.

use super::vector_tile::{Feature, Kind, Layer, decode};
use diaban::{
    feature::{FeatureRef, GeometryRef, ValueRef},
    tile::{EXTENT, LayerEncoder, Projection, Rules, Tally, TileCoord},
};
use gdal::vector::{Geometry as GdalGeometry, ToGdal};
use geo::{
    Coord, Geometry, LineString, MapCoords, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
    Validation,
};
use geozero::{CoordDimensions, ToWkb};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngSeed},
};
use std::f64::consts::TAU;

/// Units beyond the tile that it may hold.
pub const BUFFER: i32 = 64;

/// A tile far from where numbers are simple.
pub fn some_tile() -> TileCoord {
    TileCoord::new(14, 13_034, 7_687).unwrap()
}

/// So many cases, the same ones each time unless `PROPTEST_RNG_SEED` says otherwise.
pub fn cases(cases: u32) -> Config {
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(20_250_701);
    }
    config
}

/// WKB in EPSG:3857 of a shape in units of `tile`.
pub fn wkb(shape: &Geometry, tile: TileCoord) -> Vec<u8> {
    let bounds = tile.mercator_bounds(0);
    let unit = tile.size_m() / f64::from(EXTENT);
    let there = |c: Coord| Coord { x: bounds.min_x + c.x * unit, y: bounds.max_y - c.y * unit };
    shape.map_coords(there).to_wkb(CoordDimensions::xy()).unwrap()
}

/// A tile of features that are given as WKB in EPSG:3857.
pub fn tile_of(tile: TileCoord, features: &[Vec<u8>], tolerance: f64) -> (Vec<Layer>, Tally) {
    let mut encoder =
        LayerEncoder::new(tile, "shapes", &["number"], Rules { tolerance }, Projection::Mercator);
    for (number, wkb) in features.iter().enumerate() {
        let values = [ValueRef::Int(number as i64)];
        encoder.add(&FeatureRef {
            id: number as i64,
            geometry: GeometryRef::Wkb(wkb),
            bbox: None,
            values: &values,
        });
    }
    let (bytes, tally) = encoder.finish();
    (decode(&bytes), tally)
}

/// The features that one shape becomes.
pub fn drawn(shape: &Geometry, tile: TileCoord, tolerance: f64) -> Vec<Feature> {
    let (layers, tally) = tile_of(tile, &[wkb(shape, tile)], tolerance);
    assert_eq!(tally.unreadable, 0);
    layers.into_iter().flat_map(|l| l.features).collect()
}

/// Holds that a feature is one that any client can draw: inside the buffer, rings closed (which
/// the reader holds), wound right, with area, and valid by two judges.
pub fn sound(feature: &Feature) {
    let within = -BUFFER..=EXTENT as i32 + BUFFER;
    for point in feature.paths.iter().flatten() {
        assert!(point.iter().all(|v| within.contains(v)), "{point:?} is outside: {feature:?}");
    }
    if feature.kind == Kind::Polygon {
        let areas = feature.areas();
        if let Err(error) = areas.check_validation() {
            panic!("{error}: {areas:?}");
        }
        assert!(areas.to_gdal().unwrap().is_valid(), "GEOS: {areas:?}");
    }
}

/// The same by GEOS alone, for shapes that come from elsewhere.
pub fn is_valid(shape: &Geometry) -> bool {
    GdalGeometry::from_wkb(&shape.to_wkb(CoordDimensions::xy()).unwrap()).unwrap().is_valid()
}

/// The square of a tile with `margin` units around it.
pub fn square(margin: f64) -> Polygon {
    let far = f64::from(EXTENT) + margin;
    geo::Rect::new((-margin, -margin), (far, far)).to_polygon()
}

fn position(reach: f64) -> impl Strategy<Value = Coord> {
    let axis = move || -reach..f64::from(EXTENT) + reach;
    (axis(), axis()).prop_map(|(x, y)| Coord { x, y })
}

/// A simple polygon: corners around a centre at any distance, perhaps with a hole.
pub fn star() -> impl Strategy<Value = Polygon> {
    let radius = prop_oneof![1.0..30.0, 30.0..600.0, 600.0..5000.0];
    (position(300.0), radius, vec(0.3..1.0_f64, 3..40), any::<bool>()).prop_map(
        |(centre, radius, far, hole)| {
            let ring = |scale: f64| {
                let corner = |(i, f): (usize, &f64)| {
                    let angle = i as f64 / far.len() as f64 * TAU;
                    Coord {
                        x: centre.x + angle.cos() * radius * f * scale,
                        y: centre.y + angle.sin() * radius * f * scale,
                    }
                };
                LineString(far.iter().enumerate().map(corner).collect())
            };
            Polygon::new(ring(1.0), hole.then(|| ring(0.6)).into_iter().collect())
        },
    )
}

/// Stars that may lie over each other.
pub fn stars() -> impl Strategy<Value = MultiPolygon> {
    vec(star(), 1..4).prop_map(MultiPolygon)
}

/// A closed scribble: nothing about it is valid.
pub fn scribble() -> impl Strategy<Value = Polygon> {
    let near = |reach| vec(position(reach), 3..25).prop_map(LineString);
    let few = vec((0..6, 0..6), 3..25).prop_map(|points| {
        LineString::from_iter(points.into_iter().map(|(x, y)| (f64::from(x) * 2.0, f64::from(y) * 2.0)))
    });
    let ring = prop_oneof![near(0.0), near(3000.0), few];
    (ring.clone(), vec(ring, 0..3)).prop_map(|(exterior, holes)| Polygon::new(exterior, holes))
}

/// A line that leaves and comes back as it likes.
pub fn line() -> impl Strategy<Value = LineString> {
    prop_oneof![vec(position(100.0), 2..30), vec(position(6000.0), 2..30)].prop_map(LineString)
}

/// Any shape.
pub fn shape() -> impl Strategy<Value = Geometry> {
    prop_oneof![
        star().prop_map(Geometry::Polygon),
        stars().prop_map(Geometry::MultiPolygon),
        scribble().prop_map(Geometry::Polygon),
        vec(scribble(), 1..4).prop_map(|p| Geometry::MultiPolygon(MultiPolygon(p))),
        line().prop_map(Geometry::LineString),
        vec(line(), 1..4).prop_map(|l| Geometry::MultiLineString(MultiLineString(l))),
        position(200.0).prop_map(|c| Geometry::Point(Point(c))),
        vec(position(200.0), 1..20)
            .prop_map(|p| Geometry::MultiPoint(MultiPoint(p.into_iter().map(Point).collect()))),
    ]
}
