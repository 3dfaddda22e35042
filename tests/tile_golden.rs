//! What the tile engine makes of shapes that have gone wrong elsewhere, told in words and held
//! against what was agreed. `cargo insta review` shows what has changed.

use crate::support::{
    shapes::{drawn, some_tile, sound, wkb},
    vector_tile::{decode, text_of},
};
use diaban::{
    feature::{FeatureRef, GeometryRef, ValueRef},
    tile::{LayerEncoder, Projection, Rules, TileCoord},
};
use geo::Geometry;
use geozero::{ToGeo, wkt::Wkt};

/// A shape in tile units, as text.
fn shape(wkt: &str) -> Geometry {
    Wkt(wkt.to_owned()).to_geo().unwrap()
}

/// What becomes of a shape, in words.
fn tile(wkt: &str) -> String {
    let features = drawn(&shape(wkt), some_tile(), 2.0);
    features.iter().for_each(sound);
    if features.is_empty() {
        return "nothing\n".into();
    }
    let text = text_of(&[crate::support::vector_tile::Layer { name: "shapes".into(), features }]);
    text.split_once('\n').unwrap().1.to_owned()
}

#[test]
fn points_on_the_edges() {
    insta::assert_snapshot!(tile(
        "MULTIPOINT(0 0, 4096 4096, 0 4096, -64 -64, 4160 4160, 4160.4 0, 4161 0, -65 0, 7 7, 7 7)"
    ));
}

#[test]
fn a_point_in_the_middle_of_the_world_at_zoom_0() {
    let world = TileCoord::new(0, 0, 0).unwrap();
    let mut encoder = LayerEncoder::new(
        world,
        "places",
        &["name", "height", "open", "missing"],
        Rules::default(),
        Projection::LonLat,
    );
    for (id, lon, lat, values) in [
        (1, 0.0, 0.0, [ValueRef::Text("giữa"), ValueRef::Number(-0.5), ValueRef::Bool(true), ValueRef::Null]),
        (
            2,
            -180.0,
            85.051_128_779_806_6,
            [ValueRef::Text("giữa"), ValueRef::Int(-3), ValueRef::Bool(false), ValueRef::Null],
        ),
        (
            3,
            180.0,
            -85.051_128_779_806_6,
            [ValueRef::Text(""), ValueRef::Int(3), ValueRef::Null, ValueRef::Null],
        ),
        // Beyond where Web Mercator ends, and so in no tile.
        (-4, 106.4, 90.0, [ValueRef::Null; 4]),
    ] {
        let bytes = geozero::ToWkb::to_wkb(
            &Geometry::Point(geo::Point::new(lon, lat)),
            geozero::CoordDimensions::xy(),
        );
        encoder.add(&FeatureRef {
            id,
            geometry: GeometryRef::Wkb(&bytes.unwrap()),
            bbox: None,
            values: &values,
        });
    }
    insta::assert_snapshot!(text_of(&decode(&encoder.finish().0)));
}

#[test]
fn a_line_leaves_and_comes_back() {
    insta::assert_snapshot!(tile(
        "LINESTRING(100 100, 5000 200, 5000 3000, 100 3000, 100 5000, 200 5000, 200 3900)"
    ));
}

#[test]
fn a_line_only_touches_the_buffer() {
    insta::assert_snapshot!(tile("LINESTRING(-164 36, -64 -64, 36 -164)"));
}

#[test]
fn a_line_of_several_parts_loses_detail_and_specks() {
    insta::assert_snapshot!(tile(
        "MULTILINESTRING((0 0, 50 1, 100 0, 100 100),(200 200, 200.2 200.2),(300 300, 300 320))"
    ));
}

#[test]
fn an_area_with_a_hole() {
    insta::assert_snapshot!(tile(
        "POLYGON((100 100, 900 100, 900 900, 100 900, 100 100),(300 300, 300 600, 600 600, 600 300, 300 300))"
    ));
}

#[test]
fn rings_wound_the_wrong_way_are_turned() {
    insta::assert_snapshot!(tile(
        "POLYGON((100 100, 100 900, 900 900, 900 100, 100 100),(300 300, 600 300, 600 600, 300 600, 300 300))"
    ));
}

#[test]
fn an_area_around_the_tile_fills_it() {
    insta::assert_snapshot!(tile("POLYGON((-9000 -9000, 9000 -9000, 9000 9000, -9000 9000, -9000 -9000))"));
}

#[test]
fn a_tile_in_a_hole_is_empty() {
    insta::assert_snapshot!(tile(
        "POLYGON((-9000 -9000, 9000 -9000, 9000 9000, -9000 9000, -9000 -9000),(-8000 -8000, -8000 8000, 8000 8000, 8000 -8000, -8000 -8000))"
    ));
}

#[test]
fn a_comb_cut_by_the_edge_falls_apart() {
    insta::assert_snapshot!(tile(
        "POLYGON((4000 100, 4400 100, 4400 900, 4000 900, 4000 700, 4300 700, 4300 300, 4000 300, 4000 100))"
    ));
}

#[test]
fn a_hole_cut_by_the_edge_opens() {
    insta::assert_snapshot!(tile(
        "POLYGON((3000 100, 5000 100, 5000 900, 3000 900, 3000 100),(3500 300, 3500 600, 4800 600, 4800 300, 3500 300))"
    ));
}

#[test]
fn a_bow_tie_becomes_two() {
    insta::assert_snapshot!(tile("POLYGON((100 100, 500 500, 500 100, 100 500, 100 100))"));
}

#[test]
fn a_speck_vanishes_with_its_hole() {
    insta::assert_snapshot!(tile(
        "MULTIPOLYGON(((10 10, 10.3 10, 10.3 10.3, 10 10)),((100 100, 140 100, 140 140, 100 100),(120 110, 120.2 110, 120.2 110.2, 120 110)))"
    ));
}

#[test]
fn parts_that_meet_or_lie_in_each_other_become_one() {
    insta::assert_snapshot!(tile(
        "MULTIPOLYGON(((0 0, 100 0, 100 100, 0 100, 0 0)),((100 0, 200 0, 200 100, 100 100, 100 0)),((20 20, 40 20, 40 40, 20 20)))"
    ));
}

#[test]
fn an_island_in_a_lake_stays() {
    insta::assert_snapshot!(tile(
        "MULTIPOLYGON(((0 0, 900 0, 900 900, 0 900, 0 0),(100 100, 100 800, 800 800, 800 100, 100 100)),((300 300, 500 300, 500 500, 300 300)))"
    ));
}

#[test]
fn a_neck_that_the_grid_closes_parts_the_area() {
    insta::assert_snapshot!(tile(
        "POLYGON((0 0, 500 0, 500 240, 250 249.9, 500 260, 500 500, 0 500, 0 260, 249.8 250.2, 0 240, 0 0))"
    ));
}

#[test]
fn a_collection_is_a_feature_for_each_family() {
    insta::assert_snapshot!(tile(
        "GEOMETRYCOLLECTION(POINT(5 5), LINESTRING(0 0, 0 90, 90 90), POLYGON((100 100, 190 100, 190 190, 100 100)))"
    ));
}

#[test]
fn what_is_empty_is_nothing() {
    for empty in
        ["POINT EMPTY", "LINESTRING EMPTY", "POLYGON EMPTY", "MULTIPOLYGON EMPTY", "GEOMETRYCOLLECTION EMPTY"]
    {
        let Ok(shape) = Wkt(empty.to_owned()).to_geo() else { continue };
        let _ = wkb(&shape, some_tile());
        assert_eq!(drawn(&shape, some_tile(), 2.0), [], "{empty}");
    }
}
