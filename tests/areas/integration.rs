//! How much of a feature lies in an area: against `geo`'s overlay, and parts against the whole.

use diaban::{
    area::{Area, Footprint, Spec, Sweep, draw, plane_bounds},
    crs::Plane,
    feature::{Bbox, FlatKind, FlatPart},
    tile::coord::lonlat_to_mercator,
};
use geo::{Area as _, BooleanOps, Geometry, LineString, MultiPolygon, Polygon};
use proptest::prelude::*;
use std::sync::atomic::AtomicBool;

/// A position in the middle of the province, metres of the plane.
const MIDDLE: [f64; 2] = [560_000.0, 1_200_000.0];

/// A position so many metres from the middle, in EPSG:3857.
fn mercator([x, y]: &[f64; 2]) -> (f64, f64) {
    let [lon, lat] = Plane::measuring().to_lonlat(MIDDLE[0] + x, MIDDLE[1] + y);
    lonlat_to_mercator(lon, lat)
}

/// The same in the plane. Not where it came from: the official operation drops heights on its
/// way, so there and back are a tenth of a millimetre apart.
fn placed(position: &[f64; 2]) -> [f64; 2] {
    let (x, y) = mercator(position);
    Plane::measuring().from_mercator(x, y)
}

fn bytes(ring: &[[f64; 2]]) -> Vec<u8> {
    ring.iter().map(mercator).flat_map(|(x, y)| [x.to_le_bytes(), y.to_le_bytes()]).flatten().collect()
}

/// A feature of one path, whose corners are metres from the middle.
fn footprint(kind: FlatKind, path: &[[f64; 2]]) -> Footprint {
    let mut footprint = Footprint::default();
    footprint.read(&[FlatPart { kind, ends: &[], xy: &bytes(path) }]);
    footprint
}

fn closed(ring: &[[f64; 2]]) -> Vec<[f64; 2]> {
    ring.iter().chain(ring.first()).copied().collect()
}

fn polygon(ring: &[[f64; 2]]) -> Polygon {
    Polygon::new(LineString(ring.iter().map(|p| placed(p).into()).collect()), Vec::new())
}

fn area(rings: &[Vec<[f64; 2]>]) -> Area {
    Area::new(MultiPolygon::new(rings.iter().map(|ring| polygon(ring)).collect()))
}

fn inside(feature: &Footprint, areas: &[&Area]) -> f64 {
    feature.amount_in(areas, &mut Sweep::default(), &AtomicBool::new(false)).unwrap()
}

fn whole(feature: &mut Footprint) -> f64 {
    feature.amount(&mut Sweep::default(), &AtomicBool::new(false)).unwrap().of
}

/// A ring without crossings around a position: as many corners as there are distances.
fn star(x: f64, y: f64, distances: &[f64]) -> Vec<[f64; 2]> {
    let step = std::f64::consts::TAU / distances.len() as f64;
    distances
        .iter()
        .enumerate()
        .map(|(i, d)| {
            let (sin, cos) = (step * i as f64).sin_cos();
            [x + d * cos, y + d * sin]
        })
        .collect()
}

fn stars() -> impl Strategy<Value = Vec<[f64; 2]>> {
    let distances = prop::collection::vec(5.0..500.0f64, 3..60);
    (-300.0..300.0f64, -300.0..300.0f64, distances).prop_map(|(x, y, d)| star(x, y, &d))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_shared_area_is_that_of_an_overlay(one in stars(), other in stars(), third in stars()) {
        let feature = footprint(FlatKind::Rings, &closed(&one));
        let (a, b) = (area(std::slice::from_ref(&other)), area(std::slice::from_ref(&third)));
        let shared = polygon(&one).intersection(&polygon(&other));
        let of_three = shared.intersection(&polygon(&third));
        // The overlay snaps to a grid; integration does not.
        prop_assert!((inside(&feature, &[&a]) - shared.unsigned_area()).abs() < 0.01, "{} {}", inside(&feature, &[&a]), shared.unsigned_area());
        prop_assert!((inside(&feature, &[&a, &b]) - of_three.unsigned_area()).abs() < 0.01);
    }

    #[test]
    fn parts_of_a_split_sum_to_the_whole(
        ring in stars(), line in prop::collection::vec([-400.0..400.0f64, -400.0..400.0], 2..9),
        cuts in prop::collection::vec(-40.0..40.0f64, 5),
    ) {
        let mut feature = footprint(FlatKind::Rings, &closed(&ring));
        let mut road = footprint(FlatKind::Lines, &line);
        // Four cells around crooked borders that they share, and that cover all.
        let far = 2_000.0;
        let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|i| cuts[i]);
        let (centre, north, east, south, west) =
            ([a, b], [c, far], [far, d], [e, -far], [-far, c]);
        let cells = [
            vec![centre, east, [far, far], north], vec![centre, north, [-far, far], west],
            vec![centre, west, [-far, -far], south], vec![centre, south, [far, -far], east],
        ];
        let cells: Vec<Area> = cells.iter().map(|cell| area(std::slice::from_ref(cell))).collect();
        let sum = |feature: &Footprint| cells.iter().map(|cell| inside(feature, &[cell])).sum::<f64>();
        let (all, length) = (whole(&mut feature), whole(&mut road));
        prop_assert!((sum(&feature) - all).abs() <= 1e-9 * all.max(1.0), "{} {all}", sum(&feature));
        prop_assert!((sum(&road) - length).abs() <= 1e-9 * length.max(1.0), "{} {length}", sum(&road));
        let points = footprint(FlatKind::Points, &[line[0], centre, north, [0.0, 0.0]]);
        prop_assert_eq!(sum(&points), 4.0);
    }

    #[test]
    fn an_area_and_itself_share_all_of_it(ring in stars()) {
        let mut feature = footprint(FlatKind::Rings, &closed(&ring));
        let all = whole(&mut feature);
        let own = area(std::slice::from_ref(&ring));
        prop_assert!((own.area_m2() - all).abs() < 1e-4, "{} {all}", own.area_m2());
        prop_assert!((inside(&feature, &[&own]) - all).abs() < 1e-4, "{} {all}", inside(&feature, &[&own]));
    }
}

proptest! {
    #[test]
    fn a_box_around_half_the_world_holds_what_of_it_lies_in_the_province(
        (west, east) in (-180.0..105.0_f64, 107.0..180.0_f64),
        (south, north) in (-60.0..10.0_f64, 12.0..60.0_f64),
        here in (-50_000.0..50_000.0_f64, -50_000.0..50_000.0_f64),
    ) {
        let ((min_x, min_y), (max_x, max_y)) = (lonlat_to_mercator(west, south), lonlat_to_mercator(east, north));
        let (bounds, is_all) = plane_bounds(Bbox::new(min_x, min_y, max_x, max_y)).unwrap();
        let [x, y] = placed(&[here.0, here.1]);
        prop_assert!(bounds.contains(Bbox::new(x, y, x, y)), "{:?}", bounds);
        let reaches_far = west < 90.0 || east > 122.0 || south < -3.0 || north > 33.0;
        prop_assert!(!(reaches_far && is_all));
    }
}

#[test]
fn both_halves_of_a_bow_tie_count() {
    let bow = [[0.0, 0.0], [100.0, 100.0], [100.0, 0.0], [0.0, 100.0], [0.0, 0.0]];
    let mut feature = footprint(FlatKind::Rings, &bow);
    let amount = feature.amount(&mut Sweep::default(), &AtomicBool::new(false)).unwrap();
    assert!(amount.crosses);
    assert!((amount.of - 5_000.0).abs() < 1e-3, "{amount:?}");
    let drawn = Geometry::Polygon(polygon(&bow[..4]));
    let (area, repaired) = draw::area(&drawn).unwrap();
    assert!(repaired);
    assert!((area.area_m2() - 5_000.0).abs() < 0.1);
}

#[test]
fn what_several_parts_cover_counts_once() {
    let square = |x: f64| vec![[x, 0.0], [x + 100.0, 0.0], [x + 100.0, 100.0], [x, 100.0]];
    assert!((area(&[square(0.0), square(50.0)]).area_m2() - 15_000.0).abs() < 0.1);
    let beside = area(&[square(0.0), square(100.0)]);
    assert!((beside.area_m2() - 20_000.0).abs() < 0.1);
    // The border between the two is no border of the area.
    let across = footprint(FlatKind::Lines, &[[50.0, 50.0], [150.0, 50.0]]);
    assert!((inside(&across, &[&beside]) - 100.0).abs() < 1e-3);
}

#[test]
fn every_form_of_an_area_is_read() {
    let ring = r#"[[[106.1,10.5],[106.2,10.5],[106.2,10.6],[106.1,10.5]]]"#;
    let json = format!(r#"{{"type":"Polygon","coordinates":{ring}}}"#);
    let feature = format!(r#"{{"type":"Feature","properties":{{}},"geometry":{json}}}"#);
    let collection = format!(r#"{{"type":"FeatureCollection","features":[{feature}]}}"#);
    for text in [
        "commune:27943",
        "commune:27943@2025-03-01",
        "district:794@2025-03-01",
        "province:80",
        "bbox:106.1,10.5,106.2,10.6",
        "106.1,10.5,106.2,10.6",
        "circle:106.2,10.6,500",
        "feature:school/12",
        "POLYGON((106.1 10.5,106.2 10.5,106.2 10.6,106.1 10.5))",
        "buffer:200:feature:road_segment/3",
        "corners:9210:1165000 554000;1165000 555000;1166000 555000",
        "corners:EPSG:9209:1165000,554000;1165000,555000;1166000,555000",
        r#"{"corners":[[1165000,554000],[1165000,555000],[1166000,555000]],"crs":"EPSG:9210"}"#,
        r#"{"buffer_m":200,"of":"commune:27943"}"#,
        &json,
        &feature,
        &collection,
    ] {
        Spec::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn what_is_no_area_is_told_why() {
    let deep = format!("{}commune:27943", "buffer:1:".repeat(10_000));
    let brackets = format!("GEOMETRYCOLLECTION{}", "(".repeat(100_000));
    for (text, part) in [
        ("", "commune:CODE"),
        ("xã An Ninh", "commune:CODE"),
        ("commune:", "digits"),
        ("commune:27943@yesterday", "no day"),
        ("bbox:106.2,10.5,106.1,10.6", "west is below east"),
        ("bbox:1,2,3", "four numbers"),
        ("bbox:554000,1165000,555000,1166000", "corners"),
        ("circle:106.2,10.6", "longitude,latitude,metres"),
        ("feature:school", "LAYER/NUMBER"),
        ("POLYGON((106.1 10.5,106.2", "WKT"),
        (r#"{"type":"Circle"}"#, "Polygon"),
        (r#"{"type":"Polygon","coordinates":[[["#, "GeoJSON"),
        ("corners:9210:1 2;3 4", "from 3"),
        ("corners:9210:554000 1165000;555000 1165000;555000 1166000", "swapped"),
        ("corners:9210:1165000 554000;1165500 554000;554600 1165500", "corner 3 are swapped"),
        ("corners:9210:1e300 554000;1165500 554000;1165500 554600", "corner 1 lies far"),
        ("corners:4326:10 106;10 107;11 107", "no plane"),
        ("corners:6959:1165000 554000;1165000 555000;1166000 555000", "EPSG:5899"),
        ("buffer:x:commune:27943", "no number"),
        (&deep, "too many"),
        (&brackets, "too deep"),
    ] {
        let error = Spec::parse(text).expect_err(text).to_string();
        assert!(error.contains(part), "{}: {error}", &text[..text.len().min(40)]);
    }
}
