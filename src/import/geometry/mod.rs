//! Geometries as bytes: taken apart, checked, moved to another plane, measured.
//!
//! WKB in (ISO 13249-3, as files give it), EWKB of PostGIS out, two dimensions. Must not know
//! files, systems or layers.

pub mod plain_ring;
pub mod repair;
pub mod shape_error;

use crate::layer::GeometryType;
use shape_error::ShapeError;

/// What positions in a row of a geometry are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A position by itself.
    Point,
    /// Along a line.
    Line,
    /// Around an area.
    Shell,
    /// Around a hole of the area before.
    Hole,
}

/// Positions that belong together: `count` pairs of numbers from byte `start` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// What they are.
    pub role: Role,
    /// First byte of the first position in the EWKB.
    pub start: usize,
    /// How many.
    pub count: usize,
}

/// A geometry as EWKB with SRID 4326, and where its positions stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape {
    ewkb: Vec<u8>,
    spans: Vec<Span>,
    untidy: bool,
}

const SRID_FLAG: u32 = 0x2000_0000;
const SRID: u32 = 4326;
/// Positions that a single feature may have: many times what borders have, and few enough that what is made of them
/// on the way stays within the memory of an import.
pub const POSITIONS_MAX: usize = 1_000_000;

struct Reader<'a> {
    wkb: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], ShapeError> {
        let (head, rest) = self.wkb.split_first_chunk::<N>().ok_or(ShapeError::Unreadable)?;
        self.wkb = rest;
        Ok(*head)
    }

    fn u32(&mut self) -> Result<u32, ShapeError> {
        self.take().map(u32::from_le_bytes)
    }

    // Type and number of coordinates of a position.
    fn header(&mut self) -> Result<(u32, usize), ShapeError> {
        if self.take::<1>()? != [1] {
            return Err(ShapeError::Unreadable);
        }
        let code = self.u32()?;
        let width = match code / 1000 {
            0 => 2,
            1 | 2 => 3,
            3 => 4,
            _ => return Err(ShapeError::Unreadable),
        };
        Ok((code % 1000, width))
    }
}

impl Shape {
    /// Takes little-endian ISO WKB apart and makes it one of the types that `allowed` names: a
    /// single geometry becomes one of several where only that is allowed, and the other way round
    /// where nothing is lost. Checks everything that needs no geometry library.
    pub fn new(wkb: &[u8], allowed: &[GeometryType]) -> Result<Self, ShapeError> {
        let mut reader = Reader { wkb };
        let (code, width) = reader.header()?;
        let mut shape = Self { ewkb: Vec::with_capacity(wkb.len() + 16), spans: Vec::new(), untidy: false };
        let found = type_of(code).ok_or_else(|| wrong_type(type_name(code), allowed))?;
        let parts = if is_multi(found) { reader.u32()? as usize } else { 1 };
        if parts == 0 {
            return Err(ShapeError::Empty);
        }
        let multi = target(found, parts, allowed).ok_or_else(|| wrong_type(type_name(code), allowed))?;
        let single = single_code(code);
        if multi {
            shape.begin(single + 3, true);
            shape.push_u32(parts);
        }
        for _ in 0..parts {
            let (part, part_width) = if is_multi(found) { reader.header()? } else { (code, width) };
            if part != single {
                return Err(ShapeError::Unreadable);
            }
            shape.begin(single, !multi);
            shape.part(&mut reader, single, part_width)?;
        }
        shape.untidy = shape.check()?;
        Ok(shape)
    }

    fn begin(&mut self, code: u32, outermost: bool) {
        self.ewkb.push(1);
        if outermost {
            self.ewkb.extend_from_slice(&(code | SRID_FLAG).to_le_bytes());
            self.ewkb.extend_from_slice(&SRID.to_le_bytes());
        } else {
            self.ewkb.extend_from_slice(&code.to_le_bytes());
        }
    }

    fn push_u32(&mut self, n: usize) {
        self.ewkb.extend_from_slice(&u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes());
    }

    fn part(&mut self, reader: &mut Reader<'_>, code: u32, width: usize) -> Result<(), ShapeError> {
        match code {
            1 => self.positions(reader, Role::Point, 1, width),
            2 => {
                let count = reader.u32()? as usize;
                self.push_u32(count);
                self.positions(reader, Role::Line, count, width)
            }
            _ => {
                let rings = reader.u32()? as usize;
                if rings == 0 {
                    return Err(ShapeError::Empty);
                }
                self.push_u32(rings);
                for ring in 0..rings {
                    let count = reader.u32()? as usize;
                    self.push_u32(count);
                    let role = if ring == 0 { Role::Shell } else { Role::Hole };
                    self.positions(reader, role, count, width)?;
                }
                Ok(())
            }
        }
    }

    fn positions(
        &mut self,
        reader: &mut Reader<'_>,
        role: Role,
        count: usize,
        width: usize,
    ) -> Result<(), ShapeError> {
        if count > reader.wkb.len() / (width * 8) {
            return Err(ShapeError::Unreadable);
        }
        let all = self.len() + count;
        if all > POSITIONS_MAX {
            return Err(ShapeError::TooMany { count: all, most: POSITIONS_MAX });
        }
        self.spans.push(Span { role, start: self.ewkb.len(), count });
        let (bytes, rest) = reader.wkb.split_at(count * width * 8);
        if width == 2 {
            self.ewkb.extend_from_slice(bytes);
        } else {
            bytes.chunks_exact(width * 8).for_each(|p| self.ewkb.extend_from_slice(&p[..16]));
        }
        reader.wkb = rest;
        Ok(())
    }

    // Whether something could be tidier: a position that stands twice, a hole that goes round as
    // its exterior does.
    fn check(&self) -> Result<bool, ShapeError> {
        let (mut untidy, mut shell_turn) = (false, false);
        for (number, span) in self.spans.iter().enumerate() {
            let all: Positions<'_> = self.positions_of(span);
            // An empty point is written with NaN.
            if span.role == Role::Point && all.clone().all(|(x, y)| x.is_nan() && y.is_nan()) {
                return Err(ShapeError::Empty);
            }
            if !all.clone().all(|(x, y)| x.is_finite() && y.is_finite()) {
                return Err(ShapeError::NotFinite);
            }
            let (what, least) = match span.role {
                Role::Point => continue,
                Role::Line => ("line", 2),
                Role::Shell | Role::Hole => ("ring", 4),
            };
            if span.count == 0 {
                return Err(ShapeError::Empty);
            }
            let (first, last) = (all.clone().next(), all.last());
            if least == 4 && first != last {
                return Err(ShapeError::OpenRing(last.unwrap_or_default()));
            }
            if span.count < least {
                return Err(ShapeError::TooFew { what, count: span.count, least });
            }
            let positions = &self.ewkb[span.start..span.start + span.count * 16];
            untidy |= positions[16..].chunks_exact(16).zip(positions.chunks_exact(16)).any(|(a, b)| a == b);
            let has_holes = self.spans.get(number + 1).is_some_and(|next| next.role == Role::Hole);
            match span.role {
                Role::Shell if has_holes => shell_turn = turns_left(self.positions_of(span)),
                Role::Hole => untidy |= turns_left(self.positions_of(span)) == shell_turn,
                _ => {}
            }
        }
        Ok(untidy)
    }

    /// Whether a position stands twice behind itself, or a hole goes round as its exterior does.
    pub const fn is_untidy(&self) -> bool {
        self.untidy
    }

    /// The geometry as EWKB, SRID 4326.
    pub fn ewkb(&self) -> &[u8] {
        &self.ewkb
    }

    /// How many positions its first path has.
    pub fn first_ring(&self) -> usize {
        self.spans.first().map_or(0, |span| span.count)
    }

    /// All positions.
    pub fn all_positions(&self) -> impl Iterator<Item = (f64, f64)> {
        self.spans.iter().flat_map(|s| self.positions_of(s))
    }

    /// How many positions it has.
    pub fn len(&self) -> usize {
        self.spans.iter().map(|s| s.count).sum()
    }

    /// Whether it is lines.
    pub fn is_linear(&self) -> bool {
        self.spans.iter().all(|s| s.role == Role::Line)
    }

    /// Its lines and rings, with the part of `x` and of `y`, which stand in the order of
    /// [`Shape::collect`], that is theirs.
    pub fn paths<'a>(
        &'a self,
        x: &'a [f64],
        y: &'a [f64],
    ) -> impl Iterator<Item = (Role, &'a [f64], &'a [f64])> {
        let mut start = 0;
        self.spans.iter().filter_map(move |span| {
            let own = start..start + span.count;
            start = own.end;
            Some((span.role, x.get(own.clone())?, y.get(own)?))
        })
    }

    /// Whether it is positions by themselves.
    pub fn is_point(&self) -> bool {
        self.spans.iter().all(|s| s.role == Role::Point)
    }

    /// Whether it encloses areas.
    pub fn is_areal(&self) -> bool {
        self.spans.iter().any(|s| s.role == Role::Shell)
    }

    /// Appends all positions to `x` and `y`.
    pub fn collect(&self, x: &mut Vec<f64>, y: &mut Vec<f64>) {
        for (px, py) in self.all_positions() {
            x.push(px);
            y.push(py);
        }
    }

    /// Sets all positions, in the order of [`Shape::collect`].
    pub fn replace(&mut self, x: &[f64], y: &[f64]) {
        let mut from = x.iter().zip(y);
        for span in &self.spans {
            let bytes = &mut self.ewkb[span.start..span.start + span.count * 16];
            for (position, (px, py)) in bytes.chunks_exact_mut(16).zip(&mut from) {
                position[..8].copy_from_slice(&px.to_le_bytes());
                position[8..].copy_from_slice(&py.to_le_bytes());
            }
        }
    }

    /// Area and length in the plane that `x` and `y` are in, in the order of
    /// [`Shape::collect`]. Holes do not count; only lines have a length here.
    pub fn measure(&self, x: &[f64], y: &[f64]) -> (f64, f64) {
        let (mut area, mut length, mut start) = (0.0, 0.0, 0);
        for span in &self.spans {
            let (x, y) = (&x[start..start + span.count], &y[start..start + span.count]);
            start += span.count;
            match span.role {
                Role::Point => {}
                Role::Line => {
                    length += (1..x.len()).map(|i| (x[i] - x[i - 1]).hypot(y[i] - y[i - 1])).sum::<f64>();
                }
                Role::Shell => area += ring_area(x, y),
                Role::Hole => area -= ring_area(x, y),
            }
        }
        (area, length)
    }

    fn positions_of(&self, span: &Span) -> Positions<'_> {
        Positions { bytes: &self.ewkb[span.start..span.start + span.count * 16] }
    }
}

// Whether the area lies to the left.
fn turns_left(positions: Positions<'_>) -> bool {
    let mut all = positions;
    let Some((x0, y0)) = all.next() else { return false };
    let (mut before, mut twice) = ((0.0, 0.0), 0.0);
    for (x, y) in all {
        let at = (x - x0, y - y0);
        twice += before.0 * at.1 - at.0 * before.1;
        before = at;
    }
    twice > 0.0
}

#[derive(Clone)]
struct Positions<'a> {
    bytes: &'a [u8],
}

impl Iterator for Positions<'_> {
    type Item = (f64, f64);

    fn next(&mut self) -> Option<(f64, f64)> {
        let (x, rest) = self.bytes.split_first_chunk::<8>()?;
        let (y, rest) = rest.split_first_chunk::<8>()?;
        self.bytes = rest;
        Some((f64::from_le_bytes(*x), f64::from_le_bytes(*y)))
    }
}

// Gauss's area formula, from the first position so that large northings lose no digits.
fn ring_area(x: &[f64], y: &[f64]) -> f64 {
    let (Some(x0), Some(y0)) = (x.first(), y.first()) else { return 0.0 };
    let twice: f64 =
        (1..x.len()).map(|i| (x[i - 1] - x0) * (y[i] - y0) - (x[i] - x0) * (y[i - 1] - y0)).sum();
    twice.abs() / 2.0
}

fn type_of(code: u32) -> Option<GeometryType> {
    Some(match code {
        1 => GeometryType::Point,
        2 => GeometryType::LineString,
        3 => GeometryType::Polygon,
        4 => GeometryType::MultiPoint,
        5 => GeometryType::MultiLineString,
        6 => GeometryType::MultiPolygon,
        _ => return None,
    })
}

const fn is_multi(found: GeometryType) -> bool {
    matches!(found, GeometryType::MultiPoint | GeometryType::MultiLineString | GeometryType::MultiPolygon)
}

const fn single_code(code: u32) -> u32 {
    if code > 3 { code - 3 } else { code }
}

// Whether it is stored as one of several; `None` if the layer holds neither.
fn target(found: GeometryType, parts: usize, allowed: &[GeometryType]) -> Option<bool> {
    let (single, multi) = match found {
        GeometryType::Point | GeometryType::MultiPoint => (GeometryType::Point, GeometryType::MultiPoint),
        GeometryType::LineString | GeometryType::MultiLineString => {
            (GeometryType::LineString, GeometryType::MultiLineString)
        }
        GeometryType::Polygon | GeometryType::MultiPolygon => {
            (GeometryType::Polygon, GeometryType::MultiPolygon)
        }
    };
    if allowed.contains(&multi) {
        return Some(true);
    }
    (allowed.contains(&single) && parts == 1).then_some(false)
}

fn wrong_type(found: String, allowed: &[GeometryType]) -> ShapeError {
    ShapeError::Type { found, allowed: allowed.iter().map(|t| format!("{t:?}")).collect() }
}

fn type_name(code: u32) -> String {
    match type_of(code) {
        Some(found) => format!("{found:?}"),
        None => match code {
            7 => "GeometryCollection".to_owned(),
            8..=12 => "curve".to_owned(),
            _ => format!("geometry of type {code}"),
        },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn wkb(code: u32, counts: &[&[(f64, f64)]]) -> Vec<u8> {
        let mut bytes = vec![1];
        bytes.extend(code.to_le_bytes());
        if code == 3 {
            bytes.extend((counts.len() as u32).to_le_bytes());
        }
        for ring in counts {
            if code != 1 {
                bytes.extend((ring.len() as u32).to_le_bytes());
            }
            for (x, y) in *ring {
                bytes.extend(x.to_le_bytes());
                bytes.extend(y.to_le_bytes());
            }
        }
        bytes
    }

    const SQUARE: [(f64, f64); 5] = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)];
    const HOLE: [(f64, f64); 4] = [(1.0, 1.0), (3.0, 1.0), (1.0, 3.0), (1.0, 1.0)];

    #[test]
    fn one_area_becomes_several_where_the_layer_holds_several() {
        let shape = Shape::new(&wkb(3, &[&SQUARE, &HOLE]), &[GeometryType::MultiPolygon]).unwrap();
        let (mut x, mut y) = (Vec::new(), Vec::new());
        shape.collect(&mut x, &mut y);
        assert_eq!(x.len(), 9);
        assert_eq!(shape.measure(&x, &y), (98.0, 0.0));
        let ewkb = shape.ewkb();
        assert_eq!(ewkb[1..5], (6 | SRID_FLAG).to_le_bytes());
        assert_eq!(ewkb[5..9], 4326u32.to_le_bytes());
        assert_eq!(ewkb[9..13], 1u32.to_le_bytes());
        assert_eq!(ewkb[14..18], 3u32.to_le_bytes());
    }

    #[test]
    fn what_a_layer_does_not_hold_is_refused() {
        let error = Shape::new(&wkb(1, &[&[(1.0, 2.0)]]), &[GeometryType::MultiPolygon]).unwrap_err();
        assert_eq!(error.to_string(), "is a Point, and the layer holds MultiPolygon");
    }

    #[test]
    fn broken_geometries_are_refused() {
        let polygons = [GeometryType::Polygon];
        let open = &SQUARE[..4];
        assert!(matches!(Shape::new(&wkb(3, &[open]), &polygons), Err(ShapeError::OpenRing(_))));
        let two = &[(0.0, 0.0), (1.0, 0.0), (0.0, 0.0)];
        assert!(matches!(Shape::new(&wkb(3, &[two]), &polygons), Err(ShapeError::TooFew { .. })));
        let nan = &[(0.0, 0.0), (1.0, f64::NAN), (1.0, 1.0), (0.0, 0.0)];
        assert_eq!(Shape::new(&wkb(3, &[nan]), &polygons), Err(ShapeError::NotFinite));
        assert_eq!(Shape::new(&wkb(3, &[]), &polygons), Err(ShapeError::Empty));
        let points = [GeometryType::Point];
        assert_eq!(Shape::new(&wkb(1, &[&[(f64::NAN, f64::NAN)]]), &points), Err(ShapeError::Empty));
        for cut in 0..30 {
            assert!(Shape::new(&wkb(3, &[&SQUARE])[..cut], &polygons).is_err());
        }
    }

    #[test]
    fn positions_are_replaced_in_order() {
        let mut shape = Shape::new(&wkb(2, &[&SQUARE]), &[GeometryType::MultiLineString]).unwrap();
        let (mut x, mut y) = (Vec::new(), Vec::new());
        shape.collect(&mut x, &mut y);
        assert_eq!(shape.measure(&x, &y), (0.0, 40.0));
        x.iter_mut().for_each(|x| *x += 1.0);
        shape.replace(&x, &y);
        let (mut x2, mut y2) = (Vec::new(), Vec::new());
        shape.collect(&mut x2, &mut y2);
        assert_eq!((x, y), (x2, y2));
    }
}
