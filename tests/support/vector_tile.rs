//! Reads Mapbox Vector Tile 2.1, independently of the engine, and complains of whatever the
//! standard does not allow.

use geo::{CoordsIter, Distance, Euclidean};
use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};

/// A tile's layers.
pub fn decode(tile: &[u8]) -> Vec<Layer> {
    let layers: Vec<Layer> = fields(tile)
        .map(|field| match field {
            (3, Field::Bytes(bytes)) => Layer::read(bytes),
            (number, _) => panic!("a tile has no field {number}"),
        })
        .collect();
    for (i, layer) in layers.iter().enumerate() {
        assert!(layers[..i].iter().all(|l| l.name != layer.name), "two layers {} (4.1)", layer.name);
    }
    layers
}

/// One layer (clause 4.1).
#[derive(Debug, Clone)]
pub struct Layer {
    pub name: String,
    pub features: Vec<Feature>,
}

/// One feature (clause 4.2).
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    pub id: Option<u64>,
    pub kind: Kind,
    /// Points of a point feature one by one, lines, or rings without the repeated last point.
    pub paths: Vec<Vec<[i32; 2]>>,
    pub attributes: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Point,
    Line,
    Polygon,
}

/// One value (clause 4.4); whole numbers of either kind of integer are one.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Number(f64),
    Int(i128),
    Bool(bool),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(v) => write!(f, "{v:?}"),
            Self::Number(v) => write!(f, "{v:?}"),
            Self::Int(v) => write!(f, "{v}"),
            Self::Bool(v) => write!(f, "{v}"),
        }
    }
}

/// A tile as text that a person can read and compare.
pub fn text_of(layers: &[Layer]) -> String {
    let mut text = String::new();
    for layer in layers {
        text += &format!("layer {}\n", layer.name);
        for feature in &layer.features {
            let id = feature.id.map_or("none".into(), |id| id.to_string());
            let values: Vec<_> = feature.attributes.iter().map(|(k, v)| format!("{k}={v}")).collect();
            text += &format!("  {:?} {id} {}\n", feature.kind, values.join(" "));
            for path in &feature.paths {
                let points: Vec<_> = path.iter().map(|[x, y]| format!("{x},{y}")).collect();
                let turn = match (feature.kind, double_area(path) > 0) {
                    (Kind::Polygon, true) => "exterior ",
                    (Kind::Polygon, false) => "interior ",
                    _ => "",
                };
                text += &format!("    {turn}{}\n", points.join(" "));
            }
        }
    }
    text
}

/// Twice the area; positive for an exterior ring, y counting downward (clause 4.3.3.3).
pub fn double_area(ring: &[[i32; 2]]) -> i64 {
    let cross =
        |a: [i32; 2], b: [i32; 2]| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]);
    (0..ring.len()).map(|i| cross(ring[i], ring[(i + 1) % ring.len()])).sum()
}

/// The largest distance of a point of `a` from `b`.
pub fn farthest(a: &geo::MultiLineString, b: &geo::MultiLineString) -> f64 {
    let distances = a.coords_iter().map(|c| Euclidean.distance(&geo::Point(c), b));
    distances.fold(0.0, f64::max)
}

impl Layer {
    fn read(bytes: &[u8]) -> Self {
        let (mut name, mut version, mut extent) = (None, None, None);
        let (mut keys, mut values, mut features): (Vec<String>, Vec<Value>, Vec<&[u8]>) = Default::default();
        for field in fields(bytes) {
            match field {
                (1, Field::Bytes(v)) => name = Some(utf8(v)),
                (2, Field::Bytes(v)) => features.push(v),
                (3, Field::Bytes(v)) => keys.push(utf8(v)),
                (4, Field::Bytes(v)) => values.push(Value::read(v)),
                (5, Field::Number(v)) => extent = Some(v),
                (15, Field::Number(v)) => version = Some(v),
                (number, _) => panic!("a layer has no field {number}"),
            }
        }
        assert_eq!((version, extent), (Some(2), Some(4096)));
        assert!(!features.is_empty(), "a layer should hold a feature (4.1)");
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[..i].contains(key), "the key {key} stands twice (4.1)");
        }
        let mut seen = HashSet::new();
        for value in &values {
            assert!(seen.insert(value.to_string()), "the value {value} stands twice (4.1)");
        }
        let features: Vec<_> = features.into_iter().map(|f| Feature::read(f, &keys, &values)).collect();
        Self { name: name.expect("a layer has a name (4.1)"), features }
    }
}

impl Feature {
    /// The rings as areas: each exterior with the holes behind it (clause 4.3.4.4).
    pub fn areas(&self) -> geo::MultiPolygon {
        let ring = |path: &[[i32; 2]]| {
            geo::LineString::from_iter(path.iter().map(|[x, y]| (f64::from(*x), f64::from(*y))))
        };
        let mut areas: Vec<geo::Polygon> = Vec::new();
        for path in &self.paths {
            match double_area(path) {
                0 => panic!("a ring without area (4.3.4.4)"),
                1.. => areas.push(geo::Polygon::new(ring(path), Vec::new())),
                _ => {
                    areas.last_mut().expect("a hole before its exterior (4.3.4.4)").interiors_push(ring(path))
                }
            }
        }
        geo::MultiPolygon(areas)
    }

    /// The paths as lines.
    pub fn lines(&self) -> geo::MultiLineString {
        let lines = self
            .paths
            .iter()
            .map(|path| geo::LineString::from_iter(path.iter().map(|[x, y]| (f64::from(*x), f64::from(*y)))));
        geo::MultiLineString(lines.collect())
    }
}

impl Value {
    fn read(bytes: &[u8]) -> Self {
        let all: Vec<_> = fields(bytes).collect();
        assert_eq!(all.len(), 1, "one value in a value (4.1)");
        match all[0] {
            (1, Field::Bytes(v)) => Self::Text(utf8(v)),
            (2, Field::Four(v)) => Self::Number(f64::from(f32::from_le_bytes(v))),
            (3, Field::Eight(v)) => Self::Number(f64::from_le_bytes(v)),
            (4, Field::Number(v)) => Self::Int(i128::from(v as i64)),
            (5, Field::Number(v)) => Self::Int(i128::from(v)),
            (6, Field::Number(v)) => Self::Int(i128::from(unzigzag(v))),
            (7, Field::Number(v)) => Self::Bool(v != 0),
            (number, _) => panic!("a value has no field {number}"),
        }
    }
}

impl Feature {
    fn read(bytes: &[u8], keys: &[String], values: &[Value]) -> Self {
        let (mut id, mut kind, mut tags, mut geometry) = (None, None, Vec::new(), Vec::new());
        for field in fields(bytes) {
            match field {
                (1, Field::Number(v)) => id = Some(v),
                (2, Field::Bytes(v)) => tags = varints(v),
                (3, Field::Number(v)) => {
                    kind = [Kind::Point, Kind::Line, Kind::Polygon].get(v as usize - 1).copied()
                }
                (4, Field::Bytes(v)) => geometry = varints(v),
                (number, _) => panic!("a feature has no field {number}"),
            }
        }
        let kind = kind.expect("a feature has a type (4.2)");
        assert_eq!(tags.len() % 2, 0, "tags come in pairs (4.4)");
        let mut attributes = BTreeMap::new();
        for pair in tags.chunks(2) {
            let before = attributes.insert(keys[pair[0] as usize].clone(), values[pair[1] as usize].clone());
            assert_eq!(before, None, "an attribute stands twice");
        }
        Self { id, kind, paths: paths(kind, &geometry), attributes }
    }
}

/// The commands of a geometry (clause 4.3).
fn paths(kind: Kind, geometry: &[u64]) -> Vec<Vec<[i32; 2]>> {
    let mut paths: Vec<Vec<[i32; 2]>> = Vec::new();
    let (mut at, mut cursor) = (0, [0_i32; 2]);
    let mut closed = true;
    while at < geometry.len() {
        let (command, count) = (geometry[at] & 7, (geometry[at] >> 3) as usize);
        at += 1;
        let mut step = || {
            for value in &mut cursor {
                *value += i32::try_from(unzigzag(geometry[at])).unwrap();
                at += 1;
            }
            cursor
        };
        match (command, kind) {
            (1, Kind::Point) => (0..count).for_each(|_| paths.push(vec![step()])),
            (1, _) => {
                assert!(count == 1 && (kind == Kind::Line || closed), "MoveTo {count} (4.3.4)");
                paths.push(vec![step()]);
                closed = false;
            }
            (2, Kind::Line | Kind::Polygon) => {
                assert!(count > usize::from(kind == Kind::Polygon), "LineTo {count} (4.3.4)");
                let path = paths.last_mut().expect("LineTo before MoveTo");
                assert_eq!(path.len(), 1, "two LineTo in a row (4.3.4)");
                for _ in 0..count {
                    path.push(step());
                    assert_ne!(path[path.len() - 1], path[path.len() - 2], "a LineTo of no length (4.3.3.2)");
                }
            }
            (7, Kind::Polygon) => {
                assert!(count == 1 && !closed, "ClosePath {count} (4.3.3.3)");
                let ring = paths.last().unwrap();
                assert_ne!(ring.first(), ring.last(), "the first point is repeated (4.3.3.3)");
                closed = true;
            }
            _ => panic!("the command {command} in {kind:?}"),
        }
    }
    assert!(!paths.is_empty(), "a feature has a geometry (4.2)");
    assert!(kind != Kind::Polygon || closed, "a ring is not closed");
    assert!(kind == Kind::Point || paths.iter().all(|p| p.len() > 1), "a path of one point");
    paths
}

#[derive(Clone, Copy)]
enum Field<'a> {
    Number(u64),
    Eight([u8; 8]),
    Bytes(&'a [u8]),
    Four([u8; 4]),
}

fn fields(mut rest: &[u8]) -> impl Iterator<Item = (u64, Field<'_>)> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let tag = varint(&mut rest);
        let field = match tag & 7 {
            0 => Field::Number(varint(&mut rest)),
            1 => Field::Eight(take(&mut rest, 8).try_into().unwrap()),
            2 => {
                let length = varint(&mut rest) as usize;
                Field::Bytes(take(&mut rest, length))
            }
            5 => Field::Four(take(&mut rest, 4).try_into().unwrap()),
            other => panic!("wire type {other}"),
        };
        Some((tag >> 3, field))
    })
}

fn take<'a>(rest: &mut &'a [u8], bytes: usize) -> &'a [u8] {
    let (taken, after) = rest.split_at_checked(bytes).expect("the bytes end too soon");
    *rest = after;
    taken
}

fn varint(rest: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let byte = take(rest, 1)[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return value;
        }
    }
    panic!("a varint of more than ten bytes");
}

fn varints(mut bytes: &[u8]) -> Vec<u64> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        all.push(varint(&mut bytes));
    }
    all
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text is UTF-8")
}
