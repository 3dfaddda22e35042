//! CSV (RFC 4180) for people: UTF-8 with a byte order mark, without which Excel takes Vietnamese
//! for another encoding.

use super::{FeatureWriter, FormatError, number, wkt};
use crate::{
    crs::{self, MEASURING_SYSTEM, Transform},
    feature::{FeatureRow, Shape, ValueRef},
    layer::LayerView,
};
use std::{cell::RefCell, fs::File};

/// What tells Excel that the text is UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// A text that begins with one of these would be computed as a formula when it is opened in a
/// table program; an apostrophe before it keeps it a text (OWASP, CSV Injection).
const FORMULA: &[u8] = b"=+-@\t\r";

thread_local! {
    /// A transform belongs to its thread and takes a while to set up.
    static TO_PLANE: RefCell<Option<Transform>> = const { RefCell::new(None) };
}

/// How a table holds geometries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Positions {
    /// `lon` and `lat`, degrees; for layers of points.
    LonLat,
    /// `X` (northing) and `Y` (easting), metres in the official plane of VN-2000, EPSG:9210, in
    /// the order in which Vietnamese documents give them; for layers of points.
    Vn2000,
    /// `geometry`, well-known text in degrees.
    Wkt,
}

/// Writes a table.
pub struct Csv {
    header: Vec<u8>,
    positions: Positions,
}

impl Csv {
    /// Of a view.
    pub fn new(view: &LayerView, positions: Positions) -> Self {
        let mut header = BYTE_ORDER_MARK.to_vec();
        header.extend_from_slice(b"id");
        for attribute in view.attributes() {
            header.push(b',');
            field(&mut header, &attribute.name);
        }
        header.extend_from_slice(match positions {
            Positions::LonLat => b",lon,lat\r\n",
            Positions::Vn2000 => b",X,Y\r\n",
            Positions::Wkt => b",geometry\r\n",
        });
        Self { header, positions }
    }
}

impl FeatureWriter for Csv {
    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), FormatError> {
        out.extend_from_slice(&self.header);
        Ok(())
    }

    fn feature(&mut self, row: &FeatureRow<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        number::integer(out, row.id);
        for value in row.values {
            out.push(b',');
            match *value {
                ValueRef::Null | ValueRef::Numbered(..) => {}
                ValueRef::Bool(v) => out.extend_from_slice(if v { b"true" } else { b"false" }),
                ValueRef::Int(v) => number::integer(out, v),
                ValueRef::Number(v) => number::number(out, v),
                ValueRef::Text(text) => field(out, text),
                ValueRef::TextBytes(bytes) => field(out, std::str::from_utf8(bytes).unwrap_or_default()),
            }
        }
        out.push(b',');
        let shape = row.shape.filter(|shape| !shape.is_empty());
        match (self.positions, shape) {
            (Positions::Wkt, None) => {}
            (Positions::Wkt, Some(shape)) => {
                out.push(b'"');
                wkt::write(out, shape);
                out.push(b'"');
            }
            (_, None) => out.push(b','),
            (Positions::LonLat, Some(Shape { xy, .. })) => {
                number::degrees(out, xy[0][0]);
                out.push(b',');
                number::degrees(out, xy[0][1]);
            }
            (Positions::Vn2000, Some(Shape { xy, .. })) => {
                let (easting, northing) = in_plane(xy[0])?;
                number::millimetres(out, northing);
                out.push(b',');
                number::millimetres(out, easting);
            }
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    fn end(&mut self, _: Option<&str>, _: &mut Vec<u8>) -> Result<Option<File>, FormatError> {
        Ok(None)
    }
}

/// Easting and northing of a position in degrees.
fn in_plane([lon, lat]: [f64; 2]) -> Result<(f64, f64), FormatError> {
    let wrong = |error: &dyn std::error::Error| FormatError::Value(error.to_string());
    TO_PLANE.with_borrow_mut(|transform| {
        if transform.is_none() {
            let system = crs::system(MEASURING_SYSTEM).map_err(|e| wrong(&e))?;
            *transform = Some(Transform::from_wgs84(system).map_err(|e| wrong(&e))?);
        }
        match transform {
            Some(transform) => transform.position(lon, lat).map_err(|e| wrong(&e)),
            None => Err(FormatError::Value("there is no transform".to_owned())),
        }
    })
}

/// Appends a text, between quotes where it needs them.
fn field(out: &mut Vec<u8>, text: &str) {
    // One more where there are some: an import takes one away.
    let first = text.trim_start_matches('\'').bytes().next();
    let apostrophe = first.is_some_and(|first| FORMULA.contains(&first));
    if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
        if apostrophe {
            out.push(b'\'');
        }
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    if apostrophe {
        out.push(b'\'');
    }
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(byte);
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_texts() {
        for (text, expected) in [
            ("Xã An Ninh", "Xã An Ninh"),
            ("a,b", "\"a,b\""),
            ("nói \"được\"", "\"nói \"\"được\"\"\""),
            ("=1+1", "'=1+1"),
            ("@a,b", "\"'@a,b\""),
            ("'=1", "''=1"),
            ("'a", "'a"),
        ] {
            let mut out = Vec::new();
            field(&mut out, text);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }
}
