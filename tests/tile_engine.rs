//! The tile engine on shapes drawn at random: whatever comes in, what goes out is a tile.

use crate::support::{
    shapes::{
        BUFFER, cases, drawn, is_valid, line, scribble, shape, some_tile, sound, square, star, stars,
        tile_of, wkb,
    },
    vector_tile::{Feature, Kind, Value, decode, farthest},
};
use diaban::{
    feature::{Bbox, FeatureRef, FlatKind, FlatPart, GeometryRef, ValueRef},
    tile::{EXTENT, LayerEncoder, Projection, Rules, TileCoord},
};
use geo::{Area, BooleanOps, Coord, Euclidean, Geometry, Length, MapCoords, MultiLineString, MultiPolygon};
use proptest::{collection::vec, option, prelude::*};

/// The layers' own tolerance, units.
const TOLERANCE: f64 = 2.0;

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn what_goes_out_is_sound(shape in shape(), tolerance in prop_oneof![Just(0.0), Just(TOLERANCE), 0.0..50.0]) {
        drawn(&shape, some_tile(), tolerance).iter().for_each(sound);
    }

    #[test]
    fn scribbles_are_mended(parts in vec(scribble(), 1..4)) {
        let shape = Geometry::MultiPolygon(MultiPolygon(parts));
        for feature in drawn(&shape, some_tile(), 0.0) {
            sound(&feature);
        }
    }

    #[test]
    fn the_area_inside_the_buffer_stays(star in star()) {
        let inside = star.intersection(&square(f64::from(BUFFER)));
        let out = areas_of(&drawn(&Geometry::Polygon(star), some_tile(), TOLERANCE));
        let apart = inside.xor(&out).unsigned_area();
        // What the tolerance and the grid may move of each piece of outline.
        let outline = outline_of(&inside);
        prop_assert!(apart <= (TOLERANCE + 1.5) * (outline + 10.0), "{apart} of {outline}: {inside:?} {out:?}");
    }

    #[test]
    fn lines_inside_the_buffer_stay(line in line()) {
        let lines = MultiLineString(vec![line]);
        let inside = square(f64::from(BUFFER)).clip(&lines, false);
        let features = drawn(&Geometry::MultiLineString(lines), some_tile(), 0.0);
        let out = MultiLineString(features.iter().flat_map(|f| f.lines().0).collect());
        // A piece shorter than a unit is a point of the grid, and goes.
        let (long, drawn) = (MultiLineString(inside.into_iter().filter(|l| Euclidean.length(l) > 2.0).collect()), out);
        if !long.0.is_empty() {
            prop_assert!(!drawn.0.is_empty());
        }
        let (before, after) = (Euclidean.length(&long), Euclidean.length(&drawn));
        let corners: usize = drawn.0.iter().map(|l| l.0.len()).sum();
        prop_assert!((before - after).abs() <= 2.0 * corners as f64 + 4.0, "{before} {after}");
    }

    #[test]
    fn neighbours_meet(shapes in vec(prop_oneof![star().prop_map(Geometry::Polygon), stars().prop_map(Geometry::MultiPolygon)], 1..3), down in any::<bool>()) {
        for shape in shapes {
            let (here, there, [dx, dy]) = neighbours(down);
            let first = areas_of(&drawn(&shape, here, TOLERANCE));
            let moved = shape.map_coords(|c| Coord { x: c.x - dx, y: c.y - dy });
            let second = areas_of(&drawn(&moved, there, TOLERANCE)).map_coords(|c| Coord { x: c.x + dx, y: c.y + dy });
            let strip = strip(dx, dy, 50.0);
            let (a, b) = (strip.intersection(&first), strip.intersection(&second));
            let (apart, outline) = (a.xor(&b).unsigned_area(), outline_of(&a).max(outline_of(&b)));
            prop_assert!(apart <= outline + 1.0, "{apart} of {outline}: {a:?} {b:?}");
        }
    }

    #[test]
    fn lines_of_neighbours_meet(line in line(), down in any::<bool>()) {
        let (here, there, [dx, dy]) = neighbours(down);
        let of = |features: Vec<Feature>| MultiLineString(features.iter().flat_map(|f| f.lines().0).collect());
        let first = of(drawn(&Geometry::LineString(line.clone()), here, TOLERANCE));
        let moved = line.map_coords(|c| Coord { x: c.x - dx, y: c.y - dy });
        let second = of(drawn(&Geometry::LineString(moved), there, TOLERANCE));
        let second = second.map_coords(|c| Coord { x: c.x + dx, y: c.y + dy });
        // What lies within 20 units of the border here has its like within 40 units there.
        for (a, b) in [(&first, &second), (&second, &first)] {
            let (near, wide) = (strip(dx, dy, 20.0).clip(a, false), strip(dx, dy, 40.0).clip(b, false));
            if !near.0.is_empty() {
                let apart = farthest(&near, &wide);
                prop_assert!(apart <= 1.5, "{apart}: {near:?} {wide:?}");
            }
        }
    }

    #[test]
    fn attributes_come_back(rows in vec(vec(value(), 4), 1..30)) {
        let fields = ["một", "two", "ba", "four"];
        let mut encoder = LayerEncoder::new(some_tile(), "lớp", &fields, Rules::default(), Projection::Mercator);
        let wkb = wkb(&Geometry::Point(geo::Point::new(5.0, 5.0)), some_tile());
        for (id, row) in rows.iter().enumerate() {
            let values: Vec<ValueRef<'_>> = row.iter().map(borrowed).collect();
            encoder.add(&FeatureRef { id: id as i64, geometry: GeometryRef::Wkb(&wkb), bbox: None, values: &values });
        }
        let layers = decode(&encoder.finish().0);
        prop_assert_eq!(&layers[0].name, "lớp");
        prop_assert_eq!(layers[0].features.len(), rows.len());
        for (id, (row, feature)) in rows.iter().zip(&layers[0].features).enumerate() {
            prop_assert_eq!(feature.id, Some(id as u64));
            let expected = fields.iter().zip(row).filter_map(|(f, v)| Some(((*f).to_owned(), v.clone()?))).collect();
            prop_assert_eq!(&feature.attributes, &expected);
        }
    }

    #[test]
    fn another_encoder_writes_the_same(shape in on_the_grid(), values in vec(value(), 3)) {
        let theirs = by_another_encoder(&shape, &values);
        let mut encoder = LayerEncoder::new(some_tile(), "layer", &["a", "b", "c"], Rules { tolerance: 0.0 }, Projection::Mercator);
        let values: Vec<_> = values.iter().map(borrowed).collect();
        encoder.add(&FeatureRef { id: 7, geometry: GeometryRef::Wkb(&wkb(&shape, some_tile())), bbox: None, values: &values });
        let ours = encoder.finish().0;
        prop_assert_eq!(from_the_first(&decode(&ours)[0].features), from_the_first(&decode(&theirs)[0].features));
    }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn bytes_that_are_no_geometry_do_no_harm(bytes in vec(any::<u8>(), 0..200)) {
        let (layers, tally) = tile_of(some_tile(), &[bytes], TOLERANCE);
        layers.iter().flat_map(|l| &l.features).for_each(sound);
        prop_assert_eq!(tally.written + tally.vanished + tally.unreadable, 1);
    }

    #[test]
    fn damaged_geometries_do_no_harm(
        shape in shape(), damage in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6), end in option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = wkb(&shape, some_tile());
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(end.map_or(bytes.len(), |end| end.index(bytes.len())));
        let (layers, tally) = tile_of(some_tile(), &[bytes], TOLERANCE);
        layers.iter().flat_map(|l| &l.features).for_each(sound);
        prop_assert_eq!(tally.written + tally.vanished + tally.unreadable, 1);
    }
}

/// Features whose rings begin at their lowest point: a ring may begin anywhere.
fn from_the_first(features: &[Feature]) -> Vec<Feature> {
    let mut features = features.to_vec();
    for ring in features.iter_mut().filter(|f| f.kind == Kind::Polygon).flat_map(|f| &mut f.paths) {
        let first = ring.iter().enumerate().min_by_key(|(_, point)| **point).unwrap().0;
        ring.rotate_left(first);
    }
    features
}

fn areas_of(features: &[Feature]) -> MultiPolygon {
    let areas = features.iter().filter(|f| f.kind == Kind::Polygon);
    MultiPolygon(areas.flat_map(|f| f.areas().0).collect())
}

fn outline_of(areas: &MultiPolygon) -> f64 {
    let rings = areas.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
    rings.map(|ring| Euclidean.length(ring)).sum()
}

/// A tile, the one east or south of it, and how far that one is, units.
fn neighbours(down: bool) -> (TileCoord, TileCoord, [f64; 2]) {
    let here = some_tile();
    let far = f64::from(EXTENT);
    let (x, y, step) = if down { (0, 1, [0.0, far]) } else { (1, 0, [far, 0.0]) };
    (here, TileCoord::new(here.z(), here.x() + x, here.y() + y).unwrap(), step)
}

/// What lies along the border of a pair of tiles, `half` units to either side.
fn strip(dx: f64, dy: f64, half: f64) -> geo::Polygon {
    let end = f64::from(EXTENT) + half;
    let (west, east) = if dx > 0.0 { (dx - half, dx + half) } else { (-half, end) };
    let (north, south) = if dy > 0.0 { (dy - half, dy + half) } else { (-half, end) };
    geo::Rect::new((west, north), (east, south)).to_polygon()
}

fn value() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(None),
        any::<bool>().prop_map(|v| Some(Value::Bool(v))),
        prop_oneof![any::<i64>(), -200..200_i64].prop_map(|v| Some(Value::Int(v.into()))),
        prop::num::f64::NORMAL.prop_map(|v| Some(Value::Number(v))),
        "\\PC{0,12}".prop_map(|v| Some(Value::Text(v))),
        "[abc]{0,2}".prop_map(|v| Some(Value::Text(v))),
    ]
}

fn borrowed(value: &Option<Value>) -> ValueRef<'_> {
    match value {
        None => ValueRef::Null,
        Some(Value::Bool(v)) => ValueRef::Bool(*v),
        Some(Value::Int(v)) => ValueRef::Int(i64::try_from(*v).unwrap()),
        Some(Value::Number(v)) => ValueRef::Number(*v),
        Some(Value::Text(v)) => ValueRef::Text(v),
    }
}

/// Shapes that need nothing done: on the grid, inside, valid, wound as tiles have them, without
/// a point that could be left out.
fn on_the_grid() -> impl Strategy<Value = Geometry> {
    let point = || (0..4096, 0..4096).prop_map(|(x, y)| Coord { x: f64::from(x), y: f64::from(y) });
    let bends = |path: &geo::LineString| {
        path.0.windows(3).all(|w| {
            let (a, b) = (w[1] - w[0], w[2] - w[1]);
            a.x * b.y - a.y * b.x != 0.0
        }) && path.0.windows(2).all(|w| w[0] != w[1])
    };
    let line = vec(point(), 2..20).prop_map(geo::LineString).prop_filter("straight", bends);
    let area = star().prop_map(|star| star.map_coords(|c| Coord { x: c.x.round(), y: c.y.round() }));
    let fits = move |star: &geo::Polygon| {
        let inside = |c: &Coord| (0.0..4096.0).contains(&c.x) && (0.0..4096.0).contains(&c.y);
        let rings = || std::iter::once(star.exterior()).chain(star.interiors());
        let wound = star.exterior().0.len() > 5 && is_valid(&Geometry::Polygon(star.clone()));
        // `bends` at the seam of the ring too.
        let seam = |r: &geo::LineString| bends(&geo::LineString(vec![r.0[r.0.len() - 2], r.0[0], r.0[1]]));
        wound && rings().all(|r| r.0.iter().all(inside) && bends(r) && seam(r))
    };
    let turned = |star: geo::Polygon| {
        let (exterior, holes) = star.into_inner();
        let holes = holes.into_iter().map(|h| geo::LineString(h.0.into_iter().rev().collect())).collect();
        Geometry::Polygon(geo::Polygon::new(exterior, holes))
    };
    prop_oneof![
        point().prop_map(|c| Geometry::Point(geo::Point(c))),
        line.prop_map(Geometry::LineString),
        area.prop_filter("not sound as it is", fits).prop_map(turned),
    ]
}

/// The same feature by the crate `mvt`.
fn by_another_encoder(shape: &Geometry, values: &[Option<Value>]) -> Vec<u8> {
    let encode = |kind, paths: Vec<Vec<Coord>>| {
        let mut encoder = mvt::GeomEncoder::new(kind);
        for path in paths {
            path.iter().for_each(|c| encoder.add_point(c.x, c.y).unwrap());
            encoder.complete_geom().unwrap();
        }
        encoder.encode().unwrap()
    };
    let geometry = match shape {
        Geometry::Point(p) => encode(mvt::GeomType::Point, vec![vec![p.0]]),
        Geometry::LineString(l) => encode(mvt::GeomType::Linestring, vec![l.0.clone()]),
        Geometry::Polygon(p) => {
            let rings = std::iter::once(p.exterior()).chain(p.interiors());
            encode(mvt::GeomType::Polygon, rings.map(|r| r.0[..r.0.len() - 1].to_vec()).collect())
        }
        other => panic!("{other:?}"),
    };
    let mut tile = mvt::Tile::new(EXTENT);
    let mut feature = tile.create_layer("layer").into_feature(geometry);
    feature.set_id(7);
    for (key, value) in ["a", "b", "c"].into_iter().zip(values) {
        match value {
            None => {}
            Some(Value::Bool(v)) => feature.add_tag_bool(key, *v),
            Some(Value::Int(v)) => feature.add_tag_sint(key, i64::try_from(*v).unwrap()),
            Some(Value::Number(v)) => feature.add_tag_double(key, *v),
            Some(Value::Text(v)) => feature.add_tag_string(key, v),
        }
    }
    tile.add_layer(feature.into_layer()).unwrap();
    tile.to_bytes().unwrap()
}

#[test]
fn a_box_that_is_not_true_does_no_harm() {
    // As a garbled snapshot has it: the positions lie worlds away from their box.
    let corners = [[0.0, 0.0], [1e300, 5.0], [-4e9, 9e9], [0.0, f64::NAN], [0.0, 0.0]];
    let xy: Vec<u8> = corners.iter().flatten().flat_map(|v: &f64| v.to_le_bytes()).collect();
    let parts = [FlatPart { kind: FlatKind::Rings, ends: &[], xy: &xy }];
    let bbox = Bbox::new(0.0, 0.0, 1.0, 1.0);
    let feature = FeatureRef { id: 1, geometry: GeometryRef::Flat(&parts), bbox: Some(bbox), values: &[] };
    for zoom in [0, 14] {
        let tile = TileCoord::new(zoom, (1 << zoom) / 2, (1 << zoom) / 2 - u32::from(zoom > 0)).unwrap();
        let mut encoder = LayerEncoder::new(tile, "any", &[], Rules::default(), Projection::Mercator);
        encoder.add(&feature);
        let (bytes, tally) = encoder.finish();
        assert_eq!(tally.written + tally.vanished + tally.unreadable, 1);
        decode(&bytes);
    }
}

/// Bytes that fuzzing found: their rings leave a hole with no exterior to its left, over which the
/// overlay's search once fell.
#[test]
fn a_hole_that_finds_no_exterior_costs_no_tile() {
    let (first, wkb) = include_bytes!("wkb/hole_without_exterior.bin").split_first().unwrap();
    let (z, x, y) = [(0, 0, 0), (8, 203, 120), (15, 26041, 15376)][usize::from(first >> 1) % 3];
    let projection = [Projection::LonLat, Projection::Mercator][usize::from(first & 1)];
    let tile = TileCoord::new(z, x, y).unwrap();
    let mut encoder = LayerEncoder::new(tile, "any", &[], Rules::default(), projection);
    encoder.add(&FeatureRef { id: 1, geometry: GeometryRef::Wkb(wkb), bbox: None, values: &[] });
    decode(&encoder.finish().0).iter().flat_map(|layer| &layer.features).for_each(sound);
}
