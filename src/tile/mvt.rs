//! Mapbox Vector Tile 2.1 as protobuf bytes. Field numbers are those of the standard's
//! `vector_tile.proto`.

use super::{
    EXTENT,
    dictionary::Dictionary,
    snap::GridPoint,
    varint::{Writer, varint_length},
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
    bytes: Writer,
    cursor: GridPoint,
}

impl Geometry {
    /// Starts a feature.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.cursor = [0, 0];
    }

    /// What is drawn so far.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.bytes()
    }

    /// Whether nothing is drawn.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// One or several points; called once a feature.
    pub fn points(&mut self, points: &[GridPoint]) {
        self.command(MOVE_TO, points.len());
        self.steps(points);
    }

    /// A line of at least two points.
    pub fn line(&mut self, line: &[GridPoint]) {
        self.command(MOVE_TO, 1);
        self.steps(&line[..1]);
        self.command(LINE_TO, line.len() - 1);
        self.steps(&line[1..]);
    }

    /// A ring of at least three points, the last not repeated.
    pub fn ring(&mut self, ring: &[GridPoint]) {
        self.line(ring);
        self.command(CLOSE_PATH, 1);
    }

    fn command(&mut self, command: u32, count: usize) {
        self.bytes.varint(u64::from(command) | (count as u64) << 3);
    }

    /// Goes on from where the command before ended (clause 4.3.2: parameters are zigzag differences).
    fn steps(&mut self, points: &[GridPoint]) {
        let (steps, _) = points.as_flattened().as_chunks::<2>();
        let mut cursor = self.cursor;
        // Two numbers a point.
        self.bytes.varints((0..2 * steps.len()).map(|i| {
            let (next, axis) = (steps[i / 2][i % 2], i % 2);
            let step = next.wrapping_sub(cursor[axis]);
            cursor[axis] = next;
            u64::from(((step << 1) ^ (step >> 31)) as u32)
        }));
        self.cursor = cursor;
    }
}

/// One layer under way.
#[derive(Debug)]
pub struct Layer {
    name: String,
    fields: Vec<String>,
    /// The key of each field, once a feature has used it.
    keys: Vec<Option<u32>>,
    key_bytes: Writer,
    key_count: u32,
    dictionary: Dictionary,
    features: Writer,
    /// Keys and values of the feature under way, and the same as they are written.
    pairs: Vec<u32>,
    tags: Writer,
}

impl Layer {
    /// An empty layer.
    pub fn new(name: &str, fields: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            fields: fields.iter().map(|f| (*f).to_owned()).collect(),
            keys: vec![None; fields.len()],
            key_bytes: Writer::default(),
            key_count: 0,
            dictionary: Dictionary::new(fields.len()),
            features: Writer::default(),
            pairs: Vec::new(),
            tags: Writer::default(),
        }
    }

    /// Bytes so far, names and framing left aside.
    pub fn len(&self) -> usize {
        self.features.len() + self.dictionary.bytes().len()
    }

    /// Takes the attributes of the feature whose geometries are written next; nulls are left out.
    pub fn attributes(&mut self, values: &[ValueRef<'_>]) {
        self.pairs.clear();
        for (field, value) in values.iter().enumerate().take(self.fields.len()) {
            if let Some(value) = self.dictionary.number(field, value) {
                let key = self.key(field);
                self.pairs.extend([key, value]);
            }
        }
        self.tags.clear();
        self.tags.varints(self.pairs.iter().map(|number| u64::from(*number)));
    }

    /// Writes a feature with the attributes taken last; a negative id is left out, as ids are
    /// unsigned (clause 4.2).
    pub fn feature(&mut self, id: i64, kind: GeomType, geometry: &Geometry) {
        self.begin(id, kind, geometry.bytes.len() as u64);
        self.features.append(&geometry.bytes);
    }

    /// The same for one that was drawn before.
    pub fn drawn(&mut self, id: i64, kind: GeomType, commands: &[u8]) {
        self.begin(id, kind, commands.len() as u64);
        self.features.extend(commands);
    }

    #[inline]
    fn begin(&mut self, id: i64, kind: GeomType, drawn: u64) {
        let id = u64::try_from(id).ok();
        let tags = self.tags.len() as u64;
        let block = |length: u64| 1 + varint_length(length) + length;
        let length = id.map_or(0, |id| 1 + varint_length(id))
            + if tags > 0 { block(tags) } else { 0 }
            + 2
            + block(drawn);
        let out = &mut self.features;
        out.byte(LAYER_FEATURE);
        out.varint(length);
        if let Some(id) = id {
            out.byte(FEATURE_ID);
            out.varint(id);
        }
        if tags > 0 {
            out.byte(FEATURE_TAGS);
            out.varint(tags);
            out.append(&self.tags);
        }
        out.extend(&[FEATURE_TYPE, kind as u8, FEATURE_GEOMETRY]);
        out.varint(drawn);
    }

    /// The layer as a field of the tile; empty if it holds no feature.
    pub fn finish(self) -> Vec<u8> {
        if self.features.is_empty() {
            return Vec::new();
        }
        let (mut name, mut tail, mut frame) = (Writer::default(), Writer::default(), Writer::default());
        name.byte(LAYER_NAME);
        name.varint(self.name.len() as u64);
        name.extend(self.name.as_bytes());
        tail.byte(LAYER_EXTENT);
        tail.varint(u64::from(EXTENT));
        tail.extend(&[LAYER_VERSION, 2]);
        let (features, keys) = (self.features.bytes(), self.key_bytes.bytes());
        let parts: [&[u8]; 5] = [name.bytes(), features, keys, self.dictionary.bytes(), tail.bytes()];
        let length: usize = parts.iter().map(|p| p.len()).sum();
        frame.byte(LAYER);
        frame.varint(length as u64);
        let mut out = Vec::with_capacity(length + frame.len());
        out.extend_from_slice(frame.bytes());
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
        self.key_bytes.byte(LAYER_KEY);
        self.key_bytes.varint(self.fields[field].len() as u64);
        self.key_bytes.extend(self.fields[field].as_bytes());
        key
    }
}
