//! GeoJSON (RFC 7946): a FeatureCollection, or features that stand by themselves.

use super::{FeatureWriter, FormatError, json, number};
use crate::{
    feature::{FeatureRow, Shape, ShapeKind},
    layer::{AttributeType, LayerView},
};
use std::fs::File;

/// Writes a FeatureCollection.
pub struct GeoJson {
    /// Before each value: `"name":`, with the comma before it.
    names: Vec<(Vec<u8>, AttributeType)>,
    is_first: bool,
}

impl GeoJson {
    /// Of a view.
    pub fn new(view: &LayerView) -> Self {
        let name = |(i, attribute): (usize, &crate::layer::Attribute)| {
            let mut name = if i == 0 { Vec::new() } else { b",".to_vec() };
            json::text(&mut name, &attribute.name);
            name.push(b':');
            (name, attribute.kind)
        };
        Self { names: view.attributes().enumerate().map(name).collect(), is_first: true }
    }

    /// Appends one feature. `members` are further ones of it, JSON text without the braces.
    pub fn one(
        &self,
        row: &FeatureRow<'_>,
        members: Option<&str>,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        out.extend_from_slice(b"{\"type\":\"Feature\",\"id\":");
        number::integer(out, row.id);
        out.extend_from_slice(b",\"geometry\":");
        match row.shape {
            Some(shape) => geometry(out, shape),
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(b",\"properties\":{");
        for ((name, kind), value) in self.names.iter().zip(row.values) {
            out.extend_from_slice(name);
            json::value(out, *value, *kind)?;
        }
        out.push(b'}');
        if let Some(members) = members {
            out.push(b',');
            out.extend_from_slice(members.as_bytes());
        }
        out.push(b'}');
        Ok(())
    }
}

impl FeatureWriter for GeoJson {
    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), FormatError> {
        out.extend_from_slice(b"{\"type\":\"FeatureCollection\",\"features\":[");
        Ok(())
    }

    fn feature(&mut self, row: &FeatureRow<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        if !std::mem::take(&mut self.is_first) {
            out.push(b',');
        }
        self.one(row, None, out)
    }

    fn end(&mut self, members: Option<&str>, out: &mut Vec<u8>) -> Result<Option<File>, FormatError> {
        out.push(b']');
        if let Some(members) = members {
            out.push(b',');
            out.extend_from_slice(members.as_bytes());
        }
        out.push(b'}');
        Ok(None)
    }
}

/// Appends a geometry object.
fn geometry(out: &mut Vec<u8>, shape: &Shape) {
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(shape.kind.as_str().as_bytes());
    let paths = shape.paths.len();
    if shape.kind == ShapeKind::GeometryCollection {
        out.extend_from_slice(b"\",\"geometries\":");
        list(out, &shape.members, geometry);
    } else {
        out.extend_from_slice(b"\",\"coordinates\":");
        match shape.kind {
            ShapeKind::Point => match shape.xy.first() {
                Some(xy) => position(out, xy),
                None => out.extend_from_slice(b"[]"),
            },
            ShapeKind::LineString | ShapeKind::MultiPoint => list(out, &shape.xy, position),
            ShapeKind::Polygon | ShapeKind::MultiLineString => lines(out, shape, 0, paths),
            _ => list(out, shape.rings(), |out, rings| lines(out, shape, rings.start, rings.end)),
        }
    }
    out.push(b'}');
}

fn lines(out: &mut Vec<u8>, shape: &Shape, from: usize, to: usize) {
    list(out, shape.lines(from, to), |out, line| list(out, line, position));
}

fn position(out: &mut Vec<u8>, [x, y]: &[f64; 2]) {
    out.push(b'[');
    number::degrees(out, *x);
    out.push(b',');
    number::degrees(out, *y);
    out.push(b']');
}

/// Appends an array.
fn list<T>(out: &mut Vec<u8>, members: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (i, member) in members.into_iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write(out, member);
    }
    out.push(b']');
}
