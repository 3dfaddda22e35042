//! FlatGeobuf 3 in degrees of EPSG:4326, streamed: without an index and without a count, which
//! would have to be known before the first feature.

use super::{FeatureWriter, FormatError};
use crate::{
    feature::{FeatureRow, Shape, ShapeKind, ValueRef},
    layer::{AttributeType, LayerView},
};
use flatbuffers::{FlatBufferBuilder, WIPOffset};
use flatgeobuf::{
    Column, ColumnArgs, ColumnType, Crs, CrsArgs, Feature, FeatureArgs, Geometry, GeometryArgs, GeometryType,
    Header, HeaderArgs,
};
use std::fs::File;

/// What a file begins with, version 3.
const MAGIC: [u8; 8] = *b"fgb\x03fgb\x00";

/// Writes a file.
pub struct FlatGeobuf {
    header: Vec<u8>,
    builder: FlatBufferBuilder<'static>,
    properties: Vec<u8>,
    numbers: Vec<f64>,
    ends: Vec<u32>,
}

impl FlatGeobuf {
    /// Of a view.
    pub fn new(view: &LayerView) -> Self {
        Self {
            header: header(view),
            builder: FlatBufferBuilder::with_capacity(1024),
            properties: Vec::new(),
            numbers: Vec::new(),
            ends: Vec::new(),
        }
    }

    fn geometry(&mut self, shape: &Shape) -> WIPOffset<Geometry<'static>> {
        let parts: Vec<WIPOffset<Geometry<'static>>> = match shape.kind {
            ShapeKind::GeometryCollection => shape.members.iter().map(|m| self.geometry(m)).collect(),
            ShapeKind::MultiPolygon => {
                let polygon = |rings: std::ops::Range<usize>| {
                    let start = rings.start.checked_sub(1).map_or(0, |before| shape.paths[before]);
                    let end = shape.paths.get(rings.end.wrapping_sub(1)).copied().unwrap_or(start);
                    let paths = shape.paths.get(rings).unwrap_or_default();
                    let xy = shape.xy.get(start..end).unwrap_or_default();
                    self.simple(ShapeKind::Polygon, xy, paths, start)
                };
                shape.rings().map(polygon).collect()
            }
            _ => return self.simple(shape.kind, &shape.xy, &shape.paths, 0),
        };
        let parts = self.builder.create_vector(&parts);
        let type_ = GeometryType(shape.kind.code());
        Geometry::create(
            &mut self.builder,
            &GeometryArgs { type_, parts: Some(parts), ..GeometryArgs::default() },
        )
    }

    /// A geometry of one list of positions; the ends of its paths count from `start`.
    fn simple(
        &mut self,
        kind: ShapeKind,
        xy: &[[f64; 2]],
        paths: &[usize],
        start: usize,
    ) -> WIPOffset<Geometry<'static>> {
        self.numbers.clear();
        self.numbers.extend(xy.iter().flatten());
        self.ends.clear();
        // GDAL reads no MultiLineString without its ends, one line alone included.
        if paths.len() > 1 || kind == ShapeKind::MultiLineString {
            self.ends.extend(paths.iter().map(|end| (end - start) as u32));
        }
        let ends = (!self.ends.is_empty()).then(|| self.builder.create_vector(&self.ends));
        let xy = Some(self.builder.create_vector(&self.numbers));
        let args = GeometryArgs { ends, xy, type_: GeometryType(kind.code()), ..GeometryArgs::default() };
        Geometry::create(&mut self.builder, &args)
    }
}

impl FeatureWriter for FlatGeobuf {
    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), FormatError> {
        out.extend_from_slice(&self.header);
        Ok(())
    }

    fn feature(&mut self, row: &FeatureRow<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        self.properties.clear();
        property(&mut self.properties, 0, &row.id.to_le_bytes());
        for (i, value) in row.values.iter().enumerate() {
            match *value {
                ValueRef::Null | ValueRef::Numbered(..) => {}
                ValueRef::Bool(v) => property(&mut self.properties, i + 1, &[u8::from(v)]),
                ValueRef::Int(v) => property(&mut self.properties, i + 1, &v.to_le_bytes()),
                ValueRef::Number(v) => property(&mut self.properties, i + 1, &v.to_le_bytes()),
                ValueRef::Text(v) => text(&mut self.properties, i + 1, v.as_bytes()),
                ValueRef::TextBytes(v) => text(&mut self.properties, i + 1, v),
            }
        }
        self.builder.reset();
        let shape = row.shape.filter(|shape| !shape.is_empty());
        let geometry = shape.map(|shape| self.geometry(shape));
        let properties = Some(self.builder.create_vector(&self.properties));
        let args = FeatureArgs { geometry, properties, columns: None };
        let feature = Feature::create(&mut self.builder, &args);
        self.builder.finish_size_prefixed(feature, None);
        out.extend_from_slice(self.builder.finished_data());
        Ok(())
    }

    fn end(&mut self, _: Option<&str>, _: &mut Vec<u8>) -> Result<Option<File>, FormatError> {
        Ok(None)
    }
}

fn property(out: &mut Vec<u8>, column: usize, bytes: &[u8]) {
    out.extend_from_slice(&(column as u16).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn text(out: &mut Vec<u8>, column: usize, text: &[u8]) {
    property(out, column, &(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text);
}

/// The magic bytes and the header.
fn header(view: &LayerView) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let attributes = view.attributes().map(|a| {
        let kind = match a.kind {
            AttributeType::Text | AttributeType::Enum => ColumnType::String,
            AttributeType::Integer => ColumnType::Long,
            AttributeType::Number => ColumnType::Double,
            AttributeType::Boolean => ColumnType::Bool,
            AttributeType::Date | AttributeType::Timestamp => ColumnType::DateTime,
            AttributeType::TextList => ColumnType::Json,
        };
        (a.name.as_str(), a.title.vi.as_str(), kind)
    });
    let columns: Vec<_> = std::iter::once(("id", "id", ColumnType::Long))
        .chain(attributes)
        .map(|(name, title, type_)| {
            let (name, title) = (builder.create_string(name), builder.create_string(title));
            let args = ColumnArgs { name: Some(name), title: Some(title), type_, ..Default::default() };
            Column::create(&mut builder, &args)
        })
        .collect();
    let (org, name) = (builder.create_string("EPSG"), builder.create_string("WGS 84"));
    let crs = CrsArgs { org: Some(org), code: 4326, name: Some(name), ..Default::default() };
    let kinds = &view.layer().geometry;
    let geometry_type = match kinds[..] {
        [kind] => super::shape_kind(kind).code(),
        _ => 0,
    };
    let args = HeaderArgs {
        crs: Some(Crs::create(&mut builder, &crs)),
        name: Some(builder.create_string(view.id())),
        title: Some(builder.create_string(&view.layer().title.vi)),
        geometry_type: GeometryType(geometry_type),
        columns: Some(builder.create_vector(&columns)),
        features_count: 0,
        index_node_size: 0,
        ..Default::default()
    };
    let header = Header::create(&mut builder, &args);
    builder.finish_size_prefixed(header, None);
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(builder.finished_data());
    out
}
