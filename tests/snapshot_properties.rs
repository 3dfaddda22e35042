//! Shapes drawn at random go from a table's row into a snapshot and out of it: other readers read
//! the same in the file, and a tile is what it would be without the snapshot between.

use crate::support::{
    layer,
    shapes::{cases, shape, some_tile, sound, wkb},
    vector_tile::{Feature, Kind, Layer, decode},
};
use diaban::{
    feature::{Bbox, FeatureRef, FlatKind, FlatPart, GeometryRef, ValueRef},
    layer::{AccessClass, Caller, Catalog, LayerView},
    store::snapshot::{LayerSnapshot, ServedLayer, SnapshotBuilder, SnapshotFolder, SourceMoment},
    tile::{BUFFER, EXTENT, LayerEncoder, Projection, Rules, Selection, TileCoord},
};
use flatgeobuf::{FallibleStreamingIterator, FgbReader, GeometryType};
use gdal::vector::LayerAccess;
use geo::{Area, CoordsIter, Geometry, GeometryCollection};
use geozero::{ColumnValue, PropertyProcessor};
use proptest::{collection::vec, option, prelude::*};
use std::{collections::BTreeMap, fs::File, io::BufReader, sync::Arc};

const LAYER: &str = r#"
id = "shapes"
title = { vi = "Hình", en = "Shapes" }
group = "urban"
agency = "sonnmt"
item = "1"
geometry = ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
key = ["name"]
access = "open"
zoom = { min = 0, max = 18 }
generalise = { rule = "coverage" }
attributes = [
  { name = "name", type = "text", title = { vi = "Tên", en = "Name" } },
  { name = "height", type = "number", title = { vi = "Cao", en = "Height" } },
  { name = "floors", type = "integer", title = { vi = "Tầng", en = "Floors" } },
  { name = "built", type = "boolean", title = { vi = "Đã xây", en = "Built" } },
]
"#;
const FIELDS: [&str; 4] = ["name", "height", "floors", "built"];

/// A row of the layer.
#[derive(Debug, Clone)]
struct Row {
    shape: Geometry,
    name: Option<String>,
    height: Option<f64>,
    floors: Option<i64>,
    built: Option<bool>,
}

impl Row {
    fn values(&self) -> [ValueRef<'_>; 4] {
        [
            self.name.as_deref().map_or(ValueRef::Null, ValueRef::Text),
            self.height.map_or(ValueRef::Null, ValueRef::Number),
            self.floors.map_or(ValueRef::Null, ValueRef::Int),
            self.built.map_or(ValueRef::Null, ValueRef::Bool),
        ]
    }

    /// The same in words, as any reader may find them.
    fn told(&self) -> String {
        let Self { name, height, floors, built, .. } = self;
        format!("{name:?} {height:?} {floors:?} {built:?}")
    }
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let collection = vec(shape(), 1..4).prop_map(|all| Geometry::GeometryCollection(GeometryCollection(all)));
    let shape = prop_oneof![6 => shape(), 1 => collection];
    let values = (
        option::of("\\PC{0,9}"),
        option::of(prop::num::f64::NORMAL),
        any::<Option<i64>>(),
        any::<Option<bool>>(),
    );
    let row = (shape, values).prop_map(|(shape, (name, height, floors, built))| Row {
        shape,
        name,
        height,
        floors,
        built,
    });
    vec(row, 1..40)
}

/// A snapshot of rows whose shapes are in units of a tile; ids count from 1.
struct Snapshot {
    _data: tempfile::TempDir,
    open: Arc<LayerSnapshot>,
    view: LayerView,
    path: std::path::PathBuf,
}

impl Snapshot {
    fn of(rows: &[Row]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = SnapshotFolder::of(data.path());
        let mut builder = SnapshotBuilder::new(&folder, Arc::new(layer(LAYER))).unwrap();
        for (id, row) in (1..).zip(rows) {
            let bytes = wkb(&row.shape, some_tile());
            let values = row.values();
            let row = FeatureRef { id, geometry: GeometryRef::Wkb(&bytes), bbox: None, values: &values };
            builder.add(Projection::Mercator, &row).unwrap();
        }
        let manifest = builder.finish(SourceMoment::default()).unwrap();
        assert_eq!((manifest.count, manifest.unplaced.count()), (rows.len() as u64, 0));
        let (open, refused) = folder.open("shapes", true);
        assert!(refused.is_empty(), "{refused:?}");
        let catalog = Catalog::new(vec![layer(LAYER)], Default::default());
        let view = catalog.view("shapes", &Caller::anonymous(AccessClass::Open)).unwrap();
        let path = folder.path().join("shapes/v00000001/base.fgb");
        Self { _data: data, open: Arc::new(open.unwrap()), view, path }
    }

    /// Hands out what is served of an area at a zoom.
    fn scan(&self, area: Bbox, zoom: u8, mut take: impl FnMut(&FeatureRef<'_>) + Send) {
        ServedLayer::of(self.open.clone())
            .scan(&self.view, area, zoom, None, &mut |_, feature| take(feature));
    }
}

/// A feature as a reader of the file finds it: id, values in words, paths with their kinds.
type Found = (i64, String, Vec<(FlatKind, Vec<Vec<[u64; 2]>>)>);

/// What our reader finds, in the order of the file.
fn by_us(snapshot: &Snapshot, area: Bbox) -> Vec<Found> {
    let mut found = Vec::new();
    snapshot.scan(area, 18, |feature| {
        let GeometryRef::Flat(parts) = feature.geometry else { panic!("not from the file") };
        let [name, height, floors, built, ..] = feature.values else { panic!("{:?}", feature.values) };
        let row = Row {
            shape: Geometry::Point(geo::Point::new(0.0, 0.0)),
            name: content(name).map(|(tag, bytes)| {
                assert_eq!(tag, 0x0a);
                String::from_utf8(bytes.to_vec()).unwrap()
            }),
            height: content(height).map(|(tag, bytes)| {
                assert_eq!(tag, 0x19);
                f64::from_le_bytes(bytes.try_into().unwrap())
            }),
            floors: content(floors).map(|(tag, bytes)| match tag {
                0x28 => i64::try_from(number(bytes)).unwrap(),
                0x30 => (number(bytes) >> 1) as i64 ^ -((number(bytes) & 1) as i64),
                other => panic!("{other}"),
            }),
            built: content(built).map(|(tag, bytes)| {
                assert_eq!(tag, 0x38);
                number(bytes) == 1
            }),
        };
        found.push((feature.id, row.told(), parts.iter().map(paths_of).collect()));
    });
    found
}

/// What follows the tag of a value (and the length of a text) as a tile's layer lists it; `None` for
/// a null.
fn content<'a>(value: &ValueRef<'a>) -> Option<(u8, &'a [u8])> {
    let ValueRef::Numbered(number, among) = value else {
        assert_eq!(*value, ValueRef::Null);
        return None;
    };
    let encoded = among.encoded(*number).unwrap();
    let behind = |bytes: &'a [u8]| &bytes[1 + bytes.iter().position(|b| *b < 0x80).unwrap()..];
    let value = behind(&encoded[1..]);
    Some((value[0], if value[0] == 0x0a { behind(&value[1..]) } else { &value[1..] }))
}

/// A varint.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |all, byte| all << 7 | u64::from(byte & 0x7f))
}

/// Numbers as bits: they have to be the same to the last.
fn paths_of(part: &FlatPart<'_>) -> (FlatKind, Vec<Vec<[u64; 2]>>) {
    let numbers: Vec<u64> =
        part.xy.as_chunks::<8>().0.iter().map(|eight| f64::from_le_bytes(*eight).to_bits()).collect();
    let ends: Vec<usize> =
        part.ends.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four) as usize).collect();
    (part.kind, split(&numbers, &ends))
}

fn split(numbers: &[u64], ends: &[usize]) -> Vec<Vec<[u64; 2]>> {
    let positions = numbers.as_chunks::<2>().0;
    let ends = if ends.is_empty() { vec![positions.len()] } else { ends.to_vec() };
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(&ends).map(|(start, end)| positions[start..*end].to_vec()).collect()
}

/// What the crate `flatgeobuf` finds.
fn by_the_crate(snapshot: &Snapshot, area: Option<Bbox>) -> Vec<Found> {
    let reader = FgbReader::open(BufReader::new(File::open(&snapshot.path).unwrap())).unwrap();
    // What the file says of all features; unknown where each says its own.
    let of_all = reader.header().geometry_type();
    let mut features = match area {
        Some(b) => reader.select_bbox(b.min_x, b.min_y, b.max_x, b.max_y).unwrap(),
        None => reader.select_all().unwrap(),
    };
    let mut found = Vec::new();
    while let Some(feature) = features.next().unwrap() {
        use geozero::FeatureProperties;
        let mut values = Values::default();
        feature.process_properties(&mut values).unwrap();
        let mut parts = Vec::new();
        collect(&feature.geometry().unwrap(), of_all, &mut parts);
        found.push((values.id, values.row.told(), parts));
    }
    found
}

fn collect(
    geometry: &flatgeobuf::Geometry<'_>,
    of_all: GeometryType,
    parts: &mut Vec<(FlatKind, Vec<Vec<[u64; 2]>>)>,
) {
    let kind = if geometry.type_() == GeometryType::Unknown { of_all } else { geometry.type_() };
    let flat = match kind {
        GeometryType::Point | GeometryType::MultiPoint => FlatKind::Points,
        GeometryType::LineString | GeometryType::MultiLineString => FlatKind::Lines,
        GeometryType::Polygon => FlatKind::Rings,
        _ => {
            let members = geometry.parts().unwrap();
            members.iter().for_each(|member| collect(&member, GeometryType::Polygon, parts));
            return;
        }
    };
    let numbers: Vec<u64> = geometry.xy().unwrap().iter().map(f64::to_bits).collect();
    let ends: Vec<usize> = geometry.ends().iter().flatten().map(|end| end as usize).collect();
    parts.push((flat, split(&numbers, &ends)));
}

/// Properties as the crate hands them out.
struct Values {
    id: i64,
    row: Row,
}

impl Default for Values {
    fn default() -> Self {
        let shape = Geometry::Point(geo::Point::new(0.0, 0.0));
        Self { id: -1, row: Row { shape, name: None, height: None, floors: None, built: None } }
    }
}

impl PropertyProcessor for Values {
    fn property(&mut self, _: usize, name: &str, value: &ColumnValue<'_>) -> geozero::error::Result<bool> {
        match (name, value) {
            ("diaban_id", ColumnValue::Long(v)) => self.id = *v,
            ("name", ColumnValue::String(v)) => self.row.name = Some((*v).to_owned()),
            ("height", ColumnValue::Double(v)) => self.row.height = Some(*v),
            ("floors", ColumnValue::Long(v)) => self.row.floors = Some(*v),
            ("built", ColumnValue::Bool(v)) => self.row.built = Some(*v),
            other => panic!("{other:?}"),
        }
        Ok(false)
    }
}

/// A box of EPSG:3857 from corners in units of the tile.
fn area_of([x, y, width, height]: [f64; 4]) -> Bbox {
    let bounds = some_tile().mercator_bounds(0);
    let unit = some_tile().size_m() / f64::from(EXTENT);
    let (west, north) = (bounds.min_x + x * unit, bounds.max_y - y * unit);
    Bbox::new(west, north - height * unit, west + width * unit, north)
}

const EVERYWHERE: Bbox = Bbox::new(-1e9, -1e9, 1e9, 1e9);

/// The features that a tile holds, by id and kind, each ring from its first point.
fn drawn(tile: TileCoord, draw: impl FnOnce(&mut LayerEncoder)) -> (Vec<u8>, BTreeMap<(u64, u8), Feature>) {
    let mut encoder = LayerEncoder::new(tile, "shapes", &FIELDS, Rules::default(), Projection::Mercator);
    draw(&mut encoder);
    let (bytes, tally) = encoder.finish();
    assert_eq!(tally.unreadable, 0);
    let layers: Vec<Layer> = decode(&bytes);
    let mut features = BTreeMap::new();
    for mut feature in layers.into_iter().flat_map(|l| l.features) {
        for ring in feature.paths.iter_mut().filter(|_| feature.kind == Kind::Polygon) {
            let first = ring.iter().enumerate().min_by_key(|(_, point)| **point).unwrap().0;
            ring.rotate_left(first);
        }
        assert!(features.insert((feature.id.unwrap(), feature.kind as u8), feature).is_none());
    }
    (bytes, features)
}

/// Tiles around the place of the shapes: that of their units, parts of it, and one that holds it.
fn tiles() -> [TileCoord; 5] {
    let tile = some_tile();
    let below = |dx, dy| TileCoord::new(tile.z() + 1, tile.x() * 2 + dx, tile.y() * 2 + dy).unwrap();
    let east = TileCoord::new(tile.z(), tile.x() + 1, tile.y()).unwrap();
    [tile, below(0, 0), below(1, 1), east, TileCoord::new(12, tile.x() / 4, tile.y() / 4).unwrap()]
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn another_reader_finds_the_same_in_the_file(
        rows in rows(), boxes in vec([-3000.0..7000.0, -3000.0..7000.0, 0.0..3000.0, 0.0..3000.0_f64], 1..6),
    ) {
        let snapshot = Snapshot::of(&rows);
        let all = by_us(&snapshot, EVERYWHERE);
        prop_assert_eq!(&all, &by_the_crate(&snapshot, None));
        for (id, told, _) in &all {
            prop_assert_eq!(told, &rows[*id as usize - 1].told());
        }
        prop_assert_eq!(all.len(), rows.len());
        for area in boxes.into_iter().map(area_of) {
            prop_assert_eq!(by_us(&snapshot, area), by_the_crate(&snapshot, Some(area)));
        }
    }

    #[test]
    fn positions_are_those_of_the_row(rows in rows()) {
        let snapshot = Snapshot::of(&rows);
        for (id, _, parts) in by_us(&snapshot, EVERYWHERE) {
            let bytes = wkb(&rows[id as usize - 1].shape, some_tile());
            let there = geozero::ToGeo::to_geo(&geozero::wkb::Wkb(bytes.as_slice())).unwrap();
            let expected: Vec<[u64; 2]> = there.coords_iter().map(|c| [c.x.to_bits(), c.y.to_bits()]).collect();
            let found: Vec<[u64; 2]> = parts.into_iter().flat_map(|part| part.1).flatten().collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_tile_is_that_of_the_rows_themselves(rows in rows()) {
        let snapshot = Snapshot::of(&rows);
        for tile in tiles() {
            let (_, straight) = drawn(tile, |encoder| {
                for (id, row) in (1..).zip(&rows) {
                    let bytes = wkb(&row.shape, some_tile());
                    let values = row.values();
                    encoder.add(&FeatureRef { id, geometry: GeometryRef::Wkb(&bytes), bbox: None, values: &values });
                }
            });
            let (_, through) = drawn(tile, |encoder| {
                snapshot.scan(tile.mercator_bounds(BUFFER), 18, |feature| encoder.add(feature));
            });
            prop_assert_eq!(straight, through, "{:?}", tile);
        }
    }

    #[test]
    fn what_was_drawn_before_is_what_is_drawn_when_asked_for(rows in rows(), share in 0.1..1.0) {
        let snapshot = Snapshot::of(&rows);
        for zoom in 8..=18 {
            let tile = around(some_tile(), zoom);
            let exact = tile.mercator_bounds(BUFFER);
            // Of what is no tile's own ground nothing is drawn beforehand.
            let wider = Bbox::new(exact.min_x - 0.1, exact.min_y, exact.max_x, exact.max_y);
            let made = |area: Bbox, selection: Option<Selection>, watched: bool| {
                let encoder = LayerEncoder::new(tile, "shapes", &FIELDS, Rules::default(), Projection::Mercator);
                let mut encoder = if watched { encoder.watching(selection) } else { encoder };
                snapshot.scan(area, zoom, |feature| encoder.add(feature));
                encoder.finish_and_tell()
            };
            prop_assert_eq!(made(exact, None, false).0, made(wider, None, false).0, "{:?}", tile);
            let (before, now) = (made(exact, None, true), made(wider, None, true));
            let (before, now) = (before.2.selection(share), now.2.selection(share));
            prop_assert_eq!(before, now, "{:?}", tile);
            prop_assert_eq!(made(exact, Some(before), true).0, made(wider, Some(now), true).0, "{:?}", tile);
        }
    }

    #[test]
    fn overviews_of_anything_are_sound(rows in rows(), zoom in 0..13_u8) {
        let snapshot = Snapshot::of(&rows);
        let shift = some_tile().z() - zoom;
        let tile = TileCoord::new(zoom, some_tile().x() >> shift, some_tile().y() >> shift).unwrap();
        let mut encoder = LayerEncoder::new(tile, "shapes", &FIELDS, Rules::default(), Projection::Mercator);
        snapshot.scan(tile.mercator_bounds(BUFFER), zoom, |feature| encoder.add(feature));
        let (bytes, tally) = encoder.finish();
        prop_assert_eq!(tally.unreadable, 0);
        decode(&bytes).iter().flat_map(|l| &l.features).for_each(sound);
    }

    #[test]
    fn gdal_reads_the_same_in_the_tile(rows in rows()) {
        let snapshot = Snapshot::of(&rows);
        let tile = some_tile();
        let (bytes, ours) = drawn(tile, |encoder| {
            snapshot.scan(tile.mercator_bounds(BUFFER), 18, |feature| encoder.add(feature));
        });
        prop_assert_eq!(by_gdal(tile, &bytes), by_extent(ours.into_values()));
    }
}

/// The tile of a zoom that the middle of another lies in.
fn around(tile: TileCoord, zoom: u8) -> TileCoord {
    let bounds = tile.mercator_bounds(0);
    TileCoord::of_middle(bounds, zoom).unwrap()
}

#[test]
fn areas_within_a_tile_are_drawn_while_publishing() {
    let square = |x: f64, y: f64| {
        let ring = vec![(x, y), (x + 40.0, y), (x + 40.0, y + 40.0), (x, y + 40.0), (x, y)];
        Geometry::Polygon(geo::Polygon::new(ring.into(), Vec::new()))
    };
    let row = |at: f64| Row { shape: square(at, at), name: None, height: None, floors: None, built: None };
    // The last lies across the tile's edge, farther than its buffer.
    let mut rows: Vec<Row> = (0..90).map(|i| row(f64::from(i) * 45.0)).collect();
    rows.push(row(f64::from(EXTENT) + 30.0));
    let snapshot = Snapshot::of(&rows);
    let drawn: Vec<(u8, usize)> = (0..=18)
        .map(|zoom| {
            let mut drawn = 0;
            snapshot.scan(around(some_tile(), zoom).mercator_bounds(BUFFER), zoom, |feature| {
                drawn += usize::from(matches!(feature.geometry, GeometryRef::Drawn(_)));
            });
            (zoom, drawn)
        })
        .collect();
    assert_eq!(drawn.iter().filter(|(_, drawn)| *drawn > 0).count(), 4, "{drawn:?}");
    let most = drawn.iter().map(|(_, drawn)| *drawn).max();
    assert!(most >= Some(90), "{drawn:?}");
}

/// Of each feature, in the order of their ids: kind, twice the area, and the box, all in whole units.
fn by_extent(features: impl Iterator<Item = Feature>) -> Vec<(u64, u8, i64, [i64; 4])> {
    let mut told: Vec<_> = features
        .map(|feature| {
            let points = || feature.paths.iter().flatten();
            let edge = |axis: usize| {
                let values = || points().map(|p| i64::from(p[axis]));
                (values().min().unwrap(), values().max().unwrap())
            };
            let ((west, east), (north, south)) = (edge(0), edge(1));
            let area = if feature.kind == Kind::Polygon { feature.areas().unsigned_area() } else { 0.0 };
            (feature.id.unwrap(), feature.kind as u8, (2.0 * area).round() as i64, [west, north, east, south])
        })
        .collect();
    told.sort_unstable();
    told
}

/// The same as GDAL's driver for vector tiles reads it.
fn by_gdal(tile: TileCoord, bytes: &[u8]) -> Vec<(u64, u8, i64, [i64; 4])> {
    if bytes.is_empty() {
        return Vec::new();
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("{}/{}/{}.mvt", tile.z(), tile.x(), tile.y()));
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, bytes).unwrap();
    let options = gdal::DatasetOptions { open_options: Some(&["CLIP=NO"]), ..Default::default() };
    let dataset = gdal::Dataset::open_ex(&file, options).unwrap();
    let bounds = tile.mercator_bounds(0);
    let unit = tile.size_m() / f64::from(EXTENT);
    let mut told = Vec::new();
    for mut layer in dataset.layers() {
        for feature in layer.features() {
            let geometry = feature.geometry().unwrap();
            let kind = match geometry.geometry_name().as_str() {
                "POINT" | "MULTIPOINT" => Kind::Point,
                "LINESTRING" | "MULTILINESTRING" => Kind::Line,
                _ => Kind::Polygon,
            };
            let area =
                if kind == Kind::Polygon { (2.0 * geometry.area() / unit / unit).round() as i64 } else { 0 };
            let e = geometry.envelope();
            let (x, y) = (
                |v: f64| ((v - bounds.min_x) / unit).round() as i64,
                |v: f64| ((bounds.max_y - v) / unit).round() as i64,
            );
            let id = feature.field_as_integer64(feature.field_index("mvt_id").unwrap()).unwrap().unwrap();
            told.push((id as u64, kind as u8, area, [x(e.MinX), y(e.MaxY), x(e.MaxX), y(e.MinY)]));
        }
    }
    told.sort_unstable();
    told
}
