//! Geometries as well-known text (OGC Simple Features 06-103r4, 7).

use super::number;
use crate::feature::{Shape, ShapeKind};

/// Appends a geometry in degrees.
pub fn write(out: &mut Vec<u8>, shape: &Shape) {
    out.extend(shape.kind.as_str().bytes().map(|byte| byte.to_ascii_uppercase()));
    if shape.is_empty() {
        return out.extend_from_slice(b" EMPTY");
    }
    let paths = shape.paths.len();
    match shape.kind {
        ShapeKind::Point | ShapeKind::LineString | ShapeKind::MultiPoint => line(out, &shape.xy),
        ShapeKind::Polygon | ShapeKind::MultiLineString => lines(out, shape, 0, paths),
        ShapeKind::MultiPolygon => {
            list(out, shape.rings(), |out, rings| lines(out, shape, rings.start, rings.end));
        }
        ShapeKind::GeometryCollection => list(out, &shape.members, write),
    }
}

fn lines(out: &mut Vec<u8>, shape: &Shape, from: usize, to: usize) {
    list(out, shape.lines(from, to), line);
}

fn line(out: &mut Vec<u8>, positions: &[[f64; 2]]) {
    list(out, positions, |out, [x, y]| {
        number::degrees(out, *x);
        out.push(b' ');
        number::degrees(out, *y);
    });
}

fn list<T>(out: &mut Vec<u8>, members: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Vec<u8>, T)) {
    out.push(b'(');
    for (i, member) in members.into_iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write(out, member);
    }
    out.push(b')');
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use geozero::{CoordDimensions, ToWkb, wkt::Wkt};

    #[test]
    fn every_type_is_written_as_it_is() {
        for wkt in [
            "POINT(1.5 2)",
            "LINESTRING(1 2,3 4)",
            "POLYGON((0 0,9 0,9 9,0 0),(1 1,2 2,2 1,1 1))",
            "MULTIPOINT(1 2,3 4)",
            "MULTILINESTRING((1 2,3 4),(5 6,7 8))",
            "MULTIPOLYGON(((0 0,9 0,9 9,0 0)),((20 0,29 0,29 9,20 0),(21 1,22 2,22 1,21 1)))",
            "GEOMETRYCOLLECTION(POINT(1 2),MULTIPOINT(1 2))",
        ] {
            let mut shape = Shape::default();
            shape.read_wkb(&Wkt(wkt).to_wkb(CoordDimensions::xy()).unwrap()).unwrap();
            let mut out = Vec::new();
            write(&mut out, &shape);
            assert_eq!(String::from_utf8_lossy(&out), wkt);
        }
    }
}
