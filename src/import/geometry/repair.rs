//! Repairs of geometries that are certain: what was meant can be nothing else.
//!
//! Rings are closed, repeated positions left out, holes turned against their exterior, and bow
//! ties taken apart where both ways of reading them (even-odd and non-zero) give the same area.
//! Must not know files, systems or layers.

use crate::import::words::{Words, words};
use geo::{Area, Coord, Geometry, LineString, MultiLineString, MultiPolygon, Polygon};
use geozero::{CoordDimensions, ToGeo, ToWkb, wkb::Wkb};
use i_overlay::{core::fill_rule::FillRule, float::simplify::SimplifyShape};
use std::collections::BTreeSet;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    /// A ring ends where it began.
    RingClosed,
    /// Positions that stood twice behind each other are left out.
    RepeatedLeftOut,
    /// A hole goes round the other way than its exterior.
    HoleTurned,
    /// Rings that cross themselves are taken apart into areas.
    BowTie,
}

impl Repair {
    /// In words.
    pub fn words(self) -> Words {
        match self {
            Self::RingClosed => words("đã khép kín vòng ranh giới", "the ring was closed"),
            Self::RepeatedLeftOut => words(
                "đã bỏ các điểm lặp lại liền nhau",
                "positions that stood twice behind each other were left out",
            ),
            Self::HoleTurned => words(
                "đã đảo chiều vòng trong cho ngược với vòng ngoài",
                "the hole was turned against its exterior",
            ),
            Self::BowTie => words(
                "đã tách vòng tự cắt thành các vùng chạm nhau, giữ nguyên diện tích",
                "the crossed ring was made areas that touch, of the same size",
            ),
        }
    }
}

/// Areas may differ by so much of themselves.
const AREA_TOLERANCE: f64 = 1e-6;
/// Positions of a ring that is taken apart; each pair of its edges is looked at.
const BOW_TIE_POSITIONS_MAX: usize = 500;
/// Crossings of such a ring.
const CROSSINGS_MAX: usize = 1_000;
/// What the overlay moves positions by at most, of the ring's extent.
const SNAP: f64 = 1e-8;

/// What is wrong with a geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Positions stand twice, or a hole goes round as its exterior does.
    Untidy,
    /// A ring does not end where it began.
    Open,
    /// Rings cross or touch themselves.
    Crossed,
}

/// A geometry and what was done to it, as WKB; `None` where nothing was certain. Whether it is
/// valid now is another question.
pub fn repair(wkb: &[u8], fault: Fault) -> Option<(Vec<u8>, Vec<Repair>)> {
    let mut done = BTreeSet::new();
    // The reader closes rings by itself.
    if fault == Fault::Open {
        done.insert(Repair::RingClosed);
    }
    let crossed = fault == Fault::Crossed;
    let repaired = match Wkb(wkb).to_geo().ok()? {
        Geometry::LineString(line) => Geometry::LineString(without_repeats(line, &mut done)),
        Geometry::MultiLineString(lines) => Geometry::MultiLineString(MultiLineString(
            lines.0.into_iter().map(|line| without_repeats(line, &mut done)).collect(),
        )),
        Geometry::Polygon(polygon) => {
            let mut parts = area(polygon, crossed, &mut done)?;
            match parts.len() {
                1 => Geometry::Polygon(parts.swap_remove(0)),
                _ => Geometry::MultiPolygon(MultiPolygon(parts)),
            }
        }
        Geometry::MultiPolygon(polygons) => {
            let mut parts = Vec::with_capacity(polygons.0.len());
            for polygon in polygons.0 {
                parts.extend(area(polygon, crossed, &mut done)?);
            }
            Geometry::MultiPolygon(MultiPolygon(parts))
        }
        _ => return None,
    };
    if done.is_empty() {
        return None;
    }
    let wkb = repaired.to_wkb(CoordDimensions::xy()).ok()?;
    Some((wkb, done.into_iter().collect()))
}

fn without_repeats(mut line: LineString, done: &mut BTreeSet<Repair>) -> LineString {
    let before = line.0.len();
    let mut left = line.0.clone();
    left.dedup();
    // A line that is a single position is none, and stays as it was delivered.
    if left.len() < before && left.len() > 1 {
        done.insert(Repair::RepeatedLeftOut);
        line.0 = left;
    }
    line
}

fn ring(ring: LineString, done: &mut BTreeSet<Repair>) -> Vec<Coord> {
    let mut ring = ring.0;
    let before = ring.len();
    ring.dedup();
    if ring.len() < before {
        done.insert(Repair::RepeatedLeftOut);
    }
    ring
}

/// An area as areas; `None` where it crosses itself and what was meant is not certain.
fn area(polygon: Polygon, crossed: bool, done: &mut BTreeSet<Repair>) -> Option<Vec<Polygon>> {
    let (exterior, interiors) = polygon.into_inner();
    let exterior = ring(exterior, done);
    let mut holes: Vec<Vec<Coord>> = interiors.into_iter().map(|hole| ring(hole, done)).collect();
    let turn = double_area(&exterior) > 0.0;
    for hole in &mut holes {
        if (double_area(hole) > 0.0) == turn && !crossed {
            hole.reverse();
            done.insert(Repair::HoleTurned);
        }
    }
    let whole = |exterior: Vec<Coord>, holes: Vec<Vec<Coord>>| {
        Polygon::new(LineString(exterior), holes.into_iter().map(LineString).collect())
    };
    if !crossed {
        return Some(vec![whole(exterior, holes)]);
    }
    // A hole in a crossed ring can lie in either part of it, or in none.
    if !holes.is_empty() || exterior.len() > BOW_TIE_POSITIONS_MAX {
        return None;
    }
    // Of several areas only those that cross themselves are taken apart.
    if crossings(&exterior).is_empty() && !meets_itself(&exterior) {
        return Some(vec![whole(exterior, holes)]);
    }
    done.insert(Repair::BowTie);
    untied(&exterior)
}

/// Whether a position stands twice in a ring, beside its first and last.
fn meets_itself(ring: &[Coord]) -> bool {
    let open = ring.get(1..).unwrap_or_default();
    (0..open.len()).any(|i| open[i + 1..].contains(&open[i]))
}

fn untied(ring: &[Coord]) -> Option<Vec<Polygon>> {
    if crossings(ring).len() > CROSSINGS_MAX {
        return None;
    }
    let contour: Vec<[f64; 2]> = ring.iter().map(|c| [c.x, c.y]).collect();
    let shapes = contour.simplify_shape(FillRule::EvenOdd);
    let non_zero = contour.simplify_shape(FillRule::NonZero);
    let size = |shapes: &[Vec<Vec<[f64; 2]>>]| -> f64 {
        shapes
            .iter()
            .map(|shape| {
                let mut rings = shape.iter().map(|r| contour_area(r).abs());
                rings.next().unwrap_or(0.0) - rings.sum::<f64>()
            })
            .sum()
    };
    let (even_odd, expected) = (size(&shapes), even_odd_area(ring));
    let same = |a: f64, b: f64| (a - b).abs() <= AREA_TOLERANCE * expected;
    if expected <= 0.0 || !same(even_odd, expected) || !same(size(&non_zero), expected) {
        return None;
    }
    let known = extent(ring) * SNAP;
    let snapped = |[x, y]: [f64; 2]| {
        let near = ring.iter().find(|c| (c.x - x).abs() <= known && (c.y - y).abs() <= known);
        near.copied().unwrap_or(Coord { x, y })
    };
    let polygon = |shape: Vec<Vec<[f64; 2]>>| {
        let mut rings = shape.into_iter().map(|r| {
            let mut ring: Vec<Coord> = r.into_iter().map(snapped).collect();
            ring.dedup();
            LineString(ring)
        });
        let exterior = rings.next().unwrap_or(LineString(Vec::new()));
        Polygon::new(exterior, rings.collect())
    };
    let polygons: Vec<Polygon> = shapes.into_iter().map(polygon).collect();
    same(polygons.iter().map(Area::unsigned_area).sum(), expected).then_some(polygons)
}

fn extent(ring: &[Coord]) -> f64 {
    let range = |of: fn(&Coord) -> f64| {
        let (low, high) = ring.iter().map(of).fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
        high - low
    };
    range(|c| c.x).max(range(|c| c.y))
}

fn double_area(ring: &[Coord]) -> f64 {
    let Some(first) = ring.first() else { return 0.0 };
    let cross = |a: &Coord, b: &Coord| (a.x - first.x) * (b.y - first.y) - (b.x - first.x) * (a.y - first.y);
    ring.windows(2).map(|w| cross(&w[0], &w[1])).sum()
}

fn contour_area(ring: &[[f64; 2]]) -> f64 {
    let closed: Vec<Coord> = ring.iter().chain(ring.first()).map(|[x, y]| Coord { x: *x, y: *y }).collect();
    double_area(&closed) / 2.0
}

/// Heights at which edges of the ring that do not follow each other cross.
fn crossings(ring: &[Coord]) -> Vec<f64> {
    let edges: Vec<&[Coord]> = ring.windows(2).collect();
    let mut heights = Vec::new();
    for (i, a) in edges.iter().enumerate() {
        for b in &edges[i + 1..] {
            heights.extend(crossing(a, b));
        }
    }
    heights
}

/// The height at which two edges cross, each inside of both.
fn crossing(a: &[Coord], b: &[Coord]) -> Option<f64> {
    let side = |p: Coord, q: Coord, r: Coord| (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
    let (p, q) = (side(a[0], a[1], b[0]), side(a[0], a[1], b[1]));
    let (r, s) = (side(b[0], b[1], a[0]), side(b[0], b[1], a[1]));
    if p * q < 0.0 && r * s < 0.0 {
        let t = p / (p - q);
        return Some(b[0].y + (b[1].y - b[0].y) * t);
    }
    None
}

/// What the ring goes round an odd number of times, slab by slab between the heights at which
/// something changes: independent of the overlay.
fn even_odd_area(ring: &[Coord]) -> f64 {
    let mut heights: Vec<f64> = ring.iter().map(|c| c.y).chain(crossings(ring)).collect();
    heights.sort_unstable_by(f64::total_cmp);
    heights.dedup();
    let mut area = 0.0;
    let mut across = Vec::new();
    for slab in heights.windows(2) {
        let middle = f64::midpoint(slab[0], slab[1]);
        across.clear();
        for edge in ring.windows(2).filter(|e| (e[0].y > middle) != (e[1].y > middle)) {
            across.push(edge[0].x + (edge[1].x - edge[0].x) * (middle - edge[0].y) / (edge[1].y - edge[0].y));
        }
        across.sort_unstable_by(f64::total_cmp);
        area += across.chunks_exact(2).map(|pair| pair[1] - pair[0]).sum::<f64>() * (slab[1] - slab[0]);
    }
    area
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use geo::Validation;
    use proptest::prelude::*;

    fn wkb(rings: &[&[(f64, f64)]]) -> Vec<u8> {
        let mut bytes = vec![1, 3, 0, 0, 0];
        bytes.extend((rings.len() as u32).to_le_bytes());
        for ring in rings {
            bytes.extend((ring.len() as u32).to_le_bytes());
            ring.iter().for_each(|(x, y)| bytes.extend([x.to_le_bytes(), y.to_le_bytes()].concat()));
        }
        bytes
    }

    fn read(wkb: &[u8]) -> Geometry {
        Wkb(wkb).to_geo().unwrap()
    }

    #[test]
    fn an_open_ring_is_closed_and_repeated_positions_go() {
        let open = wkb(&[&[(0.0, 0.0), (4.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]]);
        let (repaired, done) = repair(&open, Fault::Open).unwrap();
        assert_eq!(done, [Repair::RingClosed, Repair::RepeatedLeftOut]);
        assert_eq!(
            read(&repaired),
            read(&wkb(&[&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]]))
        );
    }

    #[test]
    fn a_hole_is_turned_and_nothing_is_done_where_nothing_is_wrong() {
        let shell = [(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0), (0.0, 0.0)];
        let hole = [(1.0, 1.0), (3.0, 1.0), (1.0, 3.0), (1.0, 1.0)];
        let (repaired, done) = repair(&wkb(&[&shell, &hole]), Fault::Untidy).unwrap();
        assert_eq!(done, [Repair::HoleTurned]);
        assert_eq!(repair(&repaired, Fault::Untidy), None);
    }

    #[test]
    fn a_bow_tie_becomes_two_areas_with_its_positions() {
        let tie = wkb(&[&[(0.0, 0.0), (4.0, 4.0), (4.0, 0.0), (0.0, 4.0), (0.0, 0.0)]]);
        let (repaired, done) = repair(&tie, Fault::Crossed).unwrap();
        assert_eq!(done, [Repair::BowTie]);
        let parts = MultiPolygon::try_from(read(&repaired)).unwrap();
        assert_eq!((parts.0.len(), parts.unsigned_area()), (2, 8.0));
        assert!(parts.is_valid());
    }

    #[test]
    fn what_goes_round_twice_is_not_certain() {
        // The square in the middle is wound twice: it may be meant once, or not at all.
        let twice = [
            (0.0, 0.0),
            (6.0, 0.0),
            (6.0, 4.0),
            (2.0, 4.0),
            (2.0, -2.0),
            (4.0, -2.0),
            (4.0, 6.0),
            (0.0, 6.0),
            (0.0, 0.0),
        ];
        assert_eq!(repair(&wkb(&[&twice]), Fault::Crossed), None);
    }

    proptest! {
        #[test]
        fn a_bow_tie_keeps_the_area_that_its_ring_went_round(
            corners in prop::collection::vec((0i32..50, 0i32..50), 4..12),
        ) {
            let mut ring: Vec<(f64, f64)> =
                corners.iter().map(|(x, y)| (550_000.0 + f64::from(*x), 1_170_000.0 + f64::from(*y))).collect();
            ring.push(ring[0]);
            if let Some((repaired, done)) = repair(&wkb(&[&ring]), Fault::Crossed)
                && done.contains(&Repair::BowTie)
            {
                let coords: Vec<Coord> = ring.iter().map(|(x, y)| Coord { x: *x, y: *y }).collect();
                let expected = even_odd_area(&coords);
                let area = read(&repaired).unsigned_area();
                prop_assert!((area - expected).abs() <= AREA_TOLERANCE * expected, "{area} for {expected}");
            }
        }
    }
}
