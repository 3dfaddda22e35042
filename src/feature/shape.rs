//! A geometry as plain lists, whatever form it came in.

use super::Bbox;
use geozero::{
    GeomProcessor,
    error::GeozeroError,
    wkb::{process_ewkb_geom, process_wkb_geom},
};

/// How deep collections may stand in collections.
const DEPTH_MAX: usize = 8;

/// Types of geometries (OGC Simple Features 06-103r4, 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShapeKind {
    /// A position.
    #[default]
    Point,
    /// A line.
    LineString,
    /// An area: its exterior ring, then its holes.
    Polygon,
    /// Several positions.
    MultiPoint,
    /// Several lines.
    MultiLineString,
    /// Several areas.
    MultiPolygon,
    /// Several geometries of any type.
    GeometryCollection,
}

impl ShapeKind {
    /// The type's name in GeoJSON (RFC 7946, 1.4) and, in capitals, in WKT.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Point => "Point",
            Self::LineString => "LineString",
            Self::Polygon => "Polygon",
            Self::MultiPoint => "MultiPoint",
            Self::MultiLineString => "MultiLineString",
            Self::MultiPolygon => "MultiPolygon",
            Self::GeometryCollection => "GeometryCollection",
        }
    }

    /// The type's number in WKB and in FlatGeobuf, which are the same.
    pub const fn code(self) -> u8 {
        match self {
            Self::Point => 1,
            Self::LineString => 2,
            Self::Polygon => 3,
            Self::MultiPoint => 4,
            Self::MultiLineString => 5,
            Self::MultiPolygon => 6,
            Self::GeometryCollection => 7,
        }
    }
}

/// A geometry with its structure: all positions in one list, and where its paths and polygons
/// end. One value holds feature after feature, so that nothing is allocated for each.
///
/// ```text
/// xy        p p p p p p p p p p p p p
/// paths     ring ──▶4    ring ─▶8       ring ──▶13     ends, in positions
/// polygons               polygon ▶2     polygon ▶3     ends, in paths
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shape {
    /// Type.
    pub kind: ShapeKind,
    /// Positions, x then y.
    pub xy: Vec<[f64; 2]>,
    /// Where each line or ring ends, in positions; nothing for points.
    pub paths: Vec<usize>,
    /// Where each polygon of a multipolygon ends, in paths.
    pub polygons: Vec<usize>,
    /// The members of a collection.
    pub members: Vec<Shape>,
}

impl Shape {
    /// Makes room for another geometry.
    pub fn clear(&mut self, kind: ShapeKind) {
        self.kind = kind;
        self.xy.clear();
        self.paths.clear();
        self.polygons.clear();
        self.members.clear();
    }

    /// Reads ISO WKB or EWKB; heights and measures are left out. The error says what is wrong.
    pub fn read_wkb(&mut self, wkb: &[u8]) -> Result<(), String> {
        let mut reader = Reader { open: Vec::new(), done: std::mem::take(self) };
        reader.done.clear(ShapeKind::Point);
        // Curves and surfaces have no counterpart here: a feature without a geometry, as in a snapshot.
        if !is_simple_feature(wkb) {
            *self = reader.done;
            return Ok(());
        }
        let mut bytes = wkb;
        let read = match has_flags(wkb) {
            true => process_ewkb_geom(&mut bytes, &mut reader),
            false => process_wkb_geom(&mut bytes, &mut reader),
        };
        let read = read.map_err(|error| error.to_string());
        *self = reader.done;
        read
    }

    /// Whether there is no position in it.
    pub fn is_empty(&self) -> bool {
        self.xy.is_empty() && self.members.iter().all(Self::is_empty)
    }

    /// The box around it; `None` if it is empty.
    pub fn bbox(&self) -> Option<Bbox> {
        let own = self.xy.iter().map(|[x, y]| Bbox::new(*x, *y, *x, *y));
        own.chain(self.members.iter().filter_map(Self::bbox)).reduce(Bbox::union)
    }

    /// The positions of each line or ring from path `from` to before path `to`.
    pub fn lines(&self, from: usize, to: usize) -> impl ExactSizeIterator<Item = &[[f64; 2]]> {
        let ends = self.paths.get(from..to).unwrap_or_default();
        let mut start = from.checked_sub(1).and_then(|before| self.paths.get(before)).copied().unwrap_or(0);
        ends.iter().map(move |end| {
            let line = self.xy.get(start..*end).unwrap_or_default();
            start = *end;
            line
        })
    }

    /// The range of paths of each polygon.
    pub fn rings(&self) -> impl ExactSizeIterator<Item = std::ops::Range<usize>> {
        let mut start = 0;
        self.polygons.iter().map(move |end| {
            let rings = start..*end;
            start = *end;
            rings
        })
    }

    /// Turns exteriors against the clock and holes with it (RFC 7946, 3.1.6), as
    /// `ST_ForcePolygonCCW` does.
    pub fn wind(&mut self) {
        let Self { kind, xy, paths, polygons, members } = self;
        members.iter_mut().for_each(Self::wind);
        let whole = [paths.len()];
        let polygons: &[usize] = match kind {
            ShapeKind::Polygon => &whole,
            ShapeKind::MultiPolygon => polygons,
            _ => return,
        };
        let (mut first, mut start) = (0, 0);
        for last in polygons {
            for (i, end) in paths.get(first..*last).unwrap_or_default().iter().enumerate() {
                if let Some(ring) = xy.get_mut(start..*end) {
                    let area = twice_area(ring);
                    if if i == 0 { area < 0.0 } else { area > 0.0 } {
                        ring.reverse();
                    }
                }
                start = *end;
            }
            first = *last;
        }
    }

    /// Appends it as ISO WKB, little-endian (OGC 06-103r4, 8.2).
    pub fn write_wkb(&self, out: &mut Vec<u8>) {
        let head = |out: &mut Vec<u8>, kind: ShapeKind| {
            out.push(1);
            out.extend_from_slice(&u32::from(kind.code()).to_le_bytes());
        };
        let count = |out: &mut Vec<u8>, n: usize| out.extend_from_slice(&(n as u32).to_le_bytes());
        let position = |out: &mut Vec<u8>, [x, y]: &[f64; 2]| {
            out.extend_from_slice(&x.to_le_bytes());
            out.extend_from_slice(&y.to_le_bytes());
        };
        let path = |out: &mut Vec<u8>, line: &[[f64; 2]]| {
            count(out, line.len());
            line.iter().for_each(|p| position(out, p));
        };
        let area = |out: &mut Vec<u8>, from: usize, to: usize| {
            count(out, to - from);
            self.lines(from, to).for_each(|line| path(out, line));
        };
        head(out, self.kind);
        match self.kind {
            ShapeKind::Point => position(out, self.xy.first().unwrap_or(&[f64::NAN; 2])),
            ShapeKind::LineString => path(out, &self.xy),
            ShapeKind::Polygon => area(out, 0, self.paths.len()),
            ShapeKind::MultiPoint => {
                count(out, self.xy.len());
                for p in &self.xy {
                    head(out, ShapeKind::Point);
                    position(out, p);
                }
            }
            ShapeKind::MultiLineString => {
                count(out, self.paths.len());
                for line in self.lines(0, self.paths.len()) {
                    head(out, ShapeKind::LineString);
                    path(out, line);
                }
            }
            ShapeKind::MultiPolygon => {
                count(out, self.polygons.len());
                for rings in self.rings() {
                    head(out, ShapeKind::Polygon);
                    area(out, rings.start, rings.end);
                }
            }
            ShapeKind::GeometryCollection => {
                count(out, self.members.len());
                self.members.iter().for_each(|member| member.write_wkb(out));
            }
        }
    }
}

/// Twice the area of a closed ring, positive against the clock. Taken from its first position,
/// so that small rings far from the origin keep their digits.
fn twice_area(ring: &[[f64; 2]]) -> f64 {
    let Some([x0, y0]) = ring.first().copied() else { return 0.0 };
    ring.array_windows().map(|[[ax, ay], [bx, by]]| (ax - x0) * (by - y0) - (bx - x0) * (ay - y0)).sum()
}

/// Whether it is one of the seven types of OGC Simple Features 1.2.1, table 7 (with or without Z and M).
fn is_simple_feature(wkb: &[u8]) -> bool {
    const FLAGS: u32 = 0xe000_0000;
    let [order, a, b, c, d, ..] = *wkb else { return true };
    let code = if order == 0 { u32::from_be_bytes([a, b, c, d]) } else { u32::from_le_bytes([a, b, c, d]) };
    (0..=7).contains(&((code & !FLAGS) % 1000))
}

/// Whether the type has the flags of EWKB: of a height, a measure, a system.
fn has_flags(wkb: &[u8]) -> bool {
    // The byte that is the highest of the type in the byte order that the first one names.
    wkb.get(if wkb.first() == Some(&0) { 1 } else { 4 }).is_some_and(|byte| byte & 0xe0 != 0)
}

/// Gathers the events of geozero's WKB reader.
struct Reader {
    /// Collections that are not closed yet.
    open: Vec<Shape>,
    done: Shape,
}

type Outcome = Result<(), GeozeroError>;

impl Reader {
    /// A geometry begins: in itself, or as a part of the one that is under way.
    fn begin(&mut self, kind: ShapeKind) {
        self.done.clear(kind);
    }

    /// A geometry ends: in a collection it is a member.
    fn end(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.members.push(std::mem::take(&mut self.done));
        }
    }

    fn end_path(&mut self) {
        self.done.paths.push(self.done.xy.len());
    }
}

impl GeomProcessor for Reader {
    fn xy(&mut self, x: f64, y: f64, _: usize) -> Outcome {
        self.done.xy.push([x, y]);
        Ok(())
    }

    fn empty_point(&mut self, _: usize) -> Outcome {
        self.begin(ShapeKind::Point);
        self.end();
        Ok(())
    }

    fn point_begin(&mut self, _: usize) -> Outcome {
        self.begin(ShapeKind::Point);
        Ok(())
    }

    fn point_end(&mut self, _: usize) -> Outcome {
        self.end();
        Ok(())
    }

    fn multipoint_begin(&mut self, _: usize, _: usize) -> Outcome {
        self.begin(ShapeKind::MultiPoint);
        Ok(())
    }

    fn multipoint_end(&mut self, _: usize) -> Outcome {
        self.end();
        Ok(())
    }

    fn linestring_begin(&mut self, tagged: bool, _: usize, _: usize) -> Outcome {
        if tagged {
            self.begin(ShapeKind::LineString);
        }
        Ok(())
    }

    fn linestring_end(&mut self, tagged: bool, _: usize) -> Outcome {
        self.end_path();
        if tagged {
            self.end();
        }
        Ok(())
    }

    fn multilinestring_begin(&mut self, _: usize, _: usize) -> Outcome {
        self.begin(ShapeKind::MultiLineString);
        Ok(())
    }

    fn multilinestring_end(&mut self, _: usize) -> Outcome {
        self.end();
        Ok(())
    }

    fn polygon_begin(&mut self, tagged: bool, _: usize, _: usize) -> Outcome {
        if tagged {
            self.begin(ShapeKind::Polygon);
        }
        Ok(())
    }

    fn polygon_end(&mut self, tagged: bool, _: usize) -> Outcome {
        if tagged {
            self.end();
        } else {
            self.done.polygons.push(self.done.paths.len());
        }
        Ok(())
    }

    fn multipolygon_begin(&mut self, _: usize, _: usize) -> Outcome {
        self.begin(ShapeKind::MultiPolygon);
        Ok(())
    }

    fn multipolygon_end(&mut self, _: usize) -> Outcome {
        self.end();
        Ok(())
    }

    fn geometrycollection_begin(&mut self, _: usize, _: usize) -> Outcome {
        if self.open.len() >= DEPTH_MAX {
            return Err(GeozeroError::Geometry("collections stand too deep in each other".to_owned()));
        }
        self.begin(ShapeKind::GeometryCollection);
        self.open.push(std::mem::take(&mut self.done));
        Ok(())
    }

    fn geometrycollection_end(&mut self, _: usize) -> Outcome {
        self.done = self.open.pop().unwrap_or_default();
        self.end();
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use geozero::{CoordDimensions, ToWkb, wkt::Wkt};

    #[test]
    fn every_type_is_read_and_written_as_it_is() {
        for wkt in [
            "POINT(1 2)",
            "LINESTRING(1 2,3 4)",
            "POLYGON((0 0,9 0,9 9,0 0),(1 1,2 2,2 1,1 1))",
            "MULTIPOINT(1 2,3 4)",
            "MULTILINESTRING((1 2,3 4),(5 6,7 8))",
            "MULTIPOLYGON(((0 0,9 0,9 9,0 0)),((20 0,29 0,29 9,20 0),(21 1,22 2,22 1,21 1)))",
            "GEOMETRYCOLLECTION(POINT(1 2),GEOMETRYCOLLECTION(POLYGON((0 0,9 0,9 9,0 0))),MULTIPOINT(1 2))",
        ] {
            let wkb = Wkt(wkt).to_wkb(CoordDimensions::xy()).unwrap();
            let mut shape = Shape::default();
            shape.read_wkb(&wkb).unwrap();
            let mut out = Vec::new();
            shape.wind();
            shape.write_wkb(&mut out);
            assert_eq!(out, wkb, "{wkt}");
        }
    }

    #[test]
    fn rings_are_wound_as_geojson_has_them() {
        let wkt = "POLYGON((0 0,0 9,9 9,0 0),(1 2,2 2,2 3,1 2))";
        let mut shape = Shape::default();
        shape.read_wkb(&Wkt(wkt).to_wkb(CoordDimensions::xy()).unwrap()).unwrap();
        shape.wind();
        assert_eq!(shape.xy[1], [9.0, 9.0]);
        assert_eq!(shape.xy[5], [2.0, 3.0]);
    }

    #[test]
    fn the_system_of_ewkb_is_passed_over() {
        for wkt in ["POINT(1 2)", "MULTIPOLYGON(((0 0,9 0,9 9,0 0)),((20 0,29 0,29 9,20 0)))"] {
            let (mut shape, mut with_system) = (Shape::default(), Shape::default());
            shape.read_wkb(&Wkt(wkt).to_wkb(CoordDimensions::xy()).unwrap()).unwrap();
            let ewkb = Wkt(wkt).to_ewkb(CoordDimensions::xy(), Some(4326)).unwrap();
            with_system.read_wkb(&ewkb).unwrap();
            assert_eq!(shape, with_system, "{wkt}");
        }
    }

    #[test]
    fn garbled_bytes_are_said_to_be() {
        assert!(Shape::default().read_wkb(b"\x01\x03").is_err());
    }
}
