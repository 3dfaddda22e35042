//! Mapbox Vector Tile 2.1 as protobuf bytes. Field numbers are those of the standard's
//! `vector_tile.proto`.

use super::{
    EXTENT,
    dictionary::Dictionary,
    snap::GridPoint,
    varint::{varint, varint_length},
};
use crate::feature::ValueRef;

const LAYER: u8 = 0x1a;
const LAYER_NAME: u8 = 0x0a;
const LAYER_FEATURE: u8 = 0x12;
const LAYER_KEY: u8 = 0x1a;
const LAYER_EXTENT: u8 = 0x28;
const LAYER_VERSION: u8 = 0x78;
const FEATURE_ID: u8 = 0x08;
const FEATURE_TAGS: u8 = 0x12;
const FEATURE_TYPE: u8 = 0x18;
const FEATURE_GEOMETRY: u8 = 0x22;

const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u32 = 7;

/// Geometry types (clause 4.3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeomType {
    /// `POINT`
    Point = 1,
    /// `LINESTRING`
    Line = 2,
    /// `POLYGON`
    Polygon = 3,
}

/// The drawing commands of one feature (clause 4.3).
#[derive(Debug, Default)]
pub struct Geometry {
    bytes: Vec<u8>,
    cursor: GridPoint,
}

impl Geometry {
    /// Starts a feature.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.cursor = [0, 0];
    }

    /// Whether nothing is drawn.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// One or several points; called once a feature.
    pub fn points(&mut self, points: &[GridPoint]) {
        self.command(MOVE_TO, points.len());
        points.iter().for_each(|p| self.step(*p));
    }

    /// A line of at least two points.
    pub fn line(&mut self, line: &[GridPoint]) {
        self.command(MOVE_TO, 1);
        self.step(line[0]);
        self.command(LINE_TO, line.len() - 1);
        line[1..].iter().for_each(|p| self.step(*p));
    }

    /// A ring of at least three points, the last not repeated.
    pub fn ring(&mut self, ring: &[GridPoint]) {
        self.line(ring);
        self.command(CLOSE_PATH, 1);
    }

    fn command(&mut self, command: u32, count: usize) {
        varint(&mut self.bytes, u64::from(command) | (count as u64) << 3);
    }

    fn step(&mut self, to: GridPoint) {
        for (next, last) in to.into_iter().zip(self.cursor) {
            zigzag(&mut self.bytes, i64::from(next) - i64::from(last));
        }
        self.cursor = to;
    }
}

/// One layer under way.
#[derive(Debug)]
pub struct Layer {
    name: String,
    fields: Vec<String>,
    /// The key of each field, once a feature has used it.
    keys: Vec<Option<u32>>,
    key_bytes: Vec<u8>,
    key_count: u32,
    dictionary: Dictionary,
    features: Vec<u8>,
    tags: Vec<u8>,
}

impl Layer {
    /// An empty layer.
    pub fn new(name: &str, fields: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            fields: fields.iter().map(|f| (*f).to_owned()).collect(),
            keys: vec![None; fields.len()],
            key_bytes: Vec::new(),
            key_count: 0,
            dictionary: Dictionary::new(fields.len()),
            features: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// Bytes so far, names and framing left aside.
    pub fn len(&self) -> usize {
        self.features.len() + self.dictionary.bytes().len()
    }

    /// Takes the attributes of the feature whose geometries are written next; nulls are left out.
    pub fn attributes(&mut self, values: &[ValueRef<'_>]) {
        self.tags.clear();
        for (field, value) in values.iter().enumerate().take(self.fields.len()) {
            if let Some(value) = self.dictionary.number(field, value) {
                let key = self.key(field);
                varint(&mut self.tags, u64::from(key));
                varint(&mut self.tags, u64::from(value));
            }
        }
    }

    /// Writes a feature with the attributes taken last; a negative id is left out, as ids are
    /// unsigned (clause 4.2).
    pub fn feature(&mut self, id: i64, kind: GeomType, geometry: &Geometry) {
        let id = u64::try_from(id).ok();
        let (tags, drawn) = (self.tags.len() as u64, geometry.bytes.len() as u64);
        let block = |length: u64| 1 + varint_length(length) + length;
        let length = id.map_or(0, |id| 1 + varint_length(id))
            + if tags > 0 { block(tags) } else { 0 }
            + 2
            + block(drawn);
        let out = &mut self.features;
        out.push(LAYER_FEATURE);
        varint(out, length);
        if let Some(id) = id {
            out.push(FEATURE_ID);
            varint(out, id);
        }
        if tags > 0 {
            out.push(FEATURE_TAGS);
            varint(out, tags);
            out.extend_from_slice(&self.tags);
        }
        out.extend_from_slice(&[FEATURE_TYPE, kind as u8, FEATURE_GEOMETRY]);
        varint(out, drawn);
        out.extend_from_slice(&geometry.bytes);
    }

    /// The layer as a field of the tile; empty if it holds no feature.
    pub fn finish(self) -> Vec<u8> {
        if self.features.is_empty() {
            return Vec::new();
        }
        let mut head = vec![LAYER_NAME];
        varint(&mut head, self.name.len() as u64);
        head.extend_from_slice(self.name.as_bytes());
        let mut tail = vec![LAYER_EXTENT];
        varint(&mut tail, u64::from(EXTENT));
        tail.extend_from_slice(&[LAYER_VERSION, 2]);
        let parts: [&[u8]; 5] = [&head, &self.features, &self.key_bytes, self.dictionary.bytes(), &tail];
        let length: usize = parts.iter().map(|p| p.len()).sum();
        let mut out = Vec::with_capacity(length + 11);
        out.push(LAYER);
        varint(&mut out, length as u64);
        parts.iter().for_each(|part| out.extend_from_slice(part));
        out
    }

    fn key(&mut self, field: usize) -> u32 {
        if let Some(key) = self.keys[field] {
            return key;
        }
        let key = self.key_count;
        self.key_count += 1;
        self.keys[field] = Some(key);
        self.key_bytes.push(LAYER_KEY);
        varint(&mut self.key_bytes, self.fields[field].len() as u64);
        self.key_bytes.extend_from_slice(self.fields[field].as_bytes());
        key
    }
}

fn zigzag(out: &mut Vec<u8>, value: i64) {
    varint(out, u64::from(((value << 1) ^ (value >> 63)) as u32));
}
