//! Geometries as the `geo` crate takes them.

use super::{Shape, ShapeKind};
use geo::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point,
    Polygon,
};

impl From<&Shape> for Geometry {
    fn from(shape: &Shape) -> Self {
        let coord = |p: &[f64; 2]| Coord { x: p[0], y: p[1] };
        let line = |positions: &[[f64; 2]]| LineString(positions.iter().map(coord).collect());
        let polygon = |from, to| {
            let mut rings = shape.lines(from, to).map(line);
            Polygon::new(rings.next().unwrap_or_else(|| LineString(Vec::new())), rings.collect())
        };
        let paths = shape.paths.len();
        match shape.kind {
            ShapeKind::Point => match shape.xy.first() {
                Some(position) => Self::Point(Point(coord(position))),
                None => Self::MultiPoint(MultiPoint(Vec::new())),
            },
            ShapeKind::LineString => Self::LineString(line(&shape.xy)),
            ShapeKind::Polygon => Self::Polygon(polygon(0, paths)),
            ShapeKind::MultiPoint => {
                Self::MultiPoint(MultiPoint(shape.xy.iter().map(|p| Point(coord(p))).collect()))
            }
            ShapeKind::MultiLineString => {
                Self::MultiLineString(MultiLineString(shape.lines(0, paths).map(line).collect()))
            }
            ShapeKind::MultiPolygon => {
                let polygons = shape.rings().map(|rings| polygon(rings.start, rings.end));
                Self::MultiPolygon(MultiPolygon(polygons.collect()))
            }
            ShapeKind::GeometryCollection => {
                Self::GeometryCollection(GeometryCollection(shape.members.iter().map(Self::from).collect()))
            }
        }
    }
}
