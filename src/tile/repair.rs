//! Finds rings that snapping, simplifying or clipping broke, and mends only those.
//!
//! A feature's rings are sound if no two of their segments touch except neighbours at their
//! common point, no neighbour turns straight back, each hole lies inside, and no part in another.
//! Whatever is not sound goes through an integer overlay (`i_overlay`), whose result is valid in
//! the sense of OGC Simple Features 1.2.1, clause 6.1.11.

use super::snap::{GridPoint, cross, double_area, leave_out_straight};
use i_overlay::core::{
    fill_rule::FillRule,
    overlay::{IntOverlayOptions, Overlay, ShapeType},
    overlay_rule::OverlayRule,
};
use i_overlay::i_float::int::point::IntPoint;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// So many segments are compared each with each; more are sorted first.
const FEW: usize = 24;

/// The rings of one feature: points one behind the other, exteriors clockwise on the screen,
/// each followed by its holes the other way.
#[derive(Debug, Default)]
pub struct Rings {
    points: Vec<GridPoint>,
    /// Where a ring ends, and whether it is an exterior.
    ends: Vec<(usize, bool)>,
}

impl Rings {
    /// Empties it and keeps its room.
    pub fn clear(&mut self) {
        self.points.clear();
        self.ends.clear();
    }

    /// Adds a ring (without the repeated last point), turned the way it should go.
    pub fn push(&mut self, ring: &[GridPoint], exterior: bool) {
        let start = self.points.len();
        self.points.extend_from_slice(ring);
        if (double_area(ring) > 0) != exterior {
            self.points[start..].reverse();
        }
        self.ends.push((self.points.len(), exterior));
    }

    /// Takes rings that cross nowhere instead of its own: each hole goes behind the smallest
    /// exterior around it, wherever the overlay had put it (it errs where holes touch).
    fn gather(&mut self, exteriors: &[Vec<GridPoint>], holes: &[Vec<GridPoint>]) {
        self.clear();
        let facts: Vec<_> = exteriors.iter().map(|ring| (bounds(ring), double_area(ring).abs())).collect();
        let owner = |hole: &[GridPoint]| {
            let [low, high] = bounds(hole);
            let around = |[from, to]: [GridPoint; 2]| (0..2).all(|a| from[a] <= low[a] && high[a] <= to[a]);
            let fits = |n: &usize| around(facts[*n].0) && lies_in(hole, &exteriors[*n]);
            (0..exteriors.len()).filter(fits).min_by_key(|n| facts[*n].1)
        };
        let owners: Vec<_> = holes.iter().map(|hole| owner(hole)).collect();
        for (number, exterior) in exteriors.iter().enumerate() {
            self.push(exterior, true);
            let own = holes.iter().zip(&owners).filter(|(_, owner)| **owner == Some(number));
            own.for_each(|(hole, _)| self.push(hole, false));
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The rings; `true` is an exterior.
    pub fn iter(&self) -> impl Iterator<Item = (&[GridPoint], bool)> {
        let mut start = 0;
        self.ends.iter().map(move |&(end, exterior)| {
            let ring = &self.points[start..end];
            start = end;
            (ring, exterior)
        })
    }
}

/// Checks and mends with the same room for one feature after the other.
#[derive(Default)]
pub struct Mender {
    segments: Vec<Segment>,
    /// Of each ring.
    boxes: Vec<[GridPoint; 2]>,
}

#[derive(Clone, Copy)]
struct Segment {
    a: GridPoint,
    b: GridPoint,
    ring: u32,
    /// Place in its ring, and the ring's length.
    place: u32,
    length: u32,
}

impl Segment {
    fn follows(&self, other: &Self) -> bool {
        self.ring == other.ring && (other.place + 1) % other.length == self.place
    }
}

impl Mender {
    /// Mends `rings` if they are not sound. Scribbles that the overlay cannot follow vanish.
    pub fn mend(&mut self, rings: &mut Rings) {
        // Its searches for a hole's exterior have fallen over time and again on rings that nobody
        // draws; one feature must not cost a tile.
        if !self.is_sound(rings) && catch_unwind(AssertUnwindSafe(|| overlay(rings))).is_err() {
            rings.clear();
        }
    }

    fn is_sound(&mut self, rings: &Rings) -> bool {
        if let [(_, true)] = rings.ends[..]
            && is_star(&rings.points)
        {
            return true;
        }
        self.segments.clear();
        for (number, (ring, _)) in rings.iter().enumerate() {
            let length = ring.len() as u32;
            let closing = ring.last().copied().into_iter().chain(ring.iter().copied());
            for (place, (a, b)) in closing.zip(ring.iter().copied()).enumerate() {
                self.segments.push(Segment { a, b, ring: number as u32, place: place as u32, length });
            }
        }
        let sorted = self.segments.len() > FEW;
        if sorted {
            self.segments.sort_unstable_by_key(|s| s.a[0].min(s.b[0]));
        }
        for (i, first) in self.segments.iter().enumerate() {
            let east = first.a[0].max(first.b[0]);
            for second in &self.segments[i + 1..] {
                if sorted && second.a[0].min(second.b[0]) > east {
                    break;
                }
                if !go_together(first, second) {
                    return false;
                }
            }
        }
        nest_soundly(rings, &mut self.boxes)
    }
}

/// Whether a ring, clockwise on the screen, is seen whole from the mean of its points: each segment
/// turns on around it, once around in all. Such a ring is sound, and most parcels are such rings.
fn is_star(ring: &[GridPoint]) -> bool {
    let count = ring.len() as i64;
    if count > FEW as i64 {
        return false;
    }
    let sum = ring.iter().fold([0i64; 2], |[x, y], p| [x + i64::from(p[0]), y + i64::from(p[1])]);
    // From the mean, times the number of points, so that it stays whole.
    let seen = |p: GridPoint| [i64::from(p[0]) * count - sum[0], i64::from(p[1]) * count - sum[1]];
    let Some(mut before) = ring.last().map(|p| seen(*p)) else { return false };
    let mut rounds = 0;
    for point in ring {
        let own = seen(*point);
        if before[0] * own[1] - own[0] * before[1] <= 0 {
            return false;
        }
        rounds += i32::from(before[1] < 0 && own[1] >= 0);
        before = own;
    }
    rounds == 1
}

/// Whether two segments of sound rings may lie so.
fn go_together(first: &Segment, second: &Segment) -> bool {
    if !boxes_meet(first, second) {
        return true;
    }
    let (earlier, later) = match (second.follows(first), first.follows(second)) {
        // A ring of two or three points: each follows the other, or all are neighbours.
        (true, true) => return first.length > 2,
        (true, false) => (first, second),
        (false, true) => (second, first),
        (false, false) => return !touch(first, second),
    };
    let turn = cross(earlier.a, earlier.b, later.b);
    let onward = i64::from(earlier.b[0] - earlier.a[0]) * i64::from(later.b[0] - later.a[0])
        + i64::from(earlier.b[1] - earlier.a[1]) * i64::from(later.b[1] - later.a[1]);
    turn != 0 || onward > 0
}

fn boxes_meet(first: &Segment, second: &Segment) -> bool {
    (0..2).all(|axis| {
        first.a[axis].min(first.b[axis]) <= second.a[axis].max(second.b[axis])
            && second.a[axis].min(second.b[axis]) <= first.a[axis].max(first.b[axis])
    })
}

/// Whether two segments whose boxes meet share a point.
fn touch(first: &Segment, second: &Segment) -> bool {
    let sides = |s: &Segment, t: &Segment| (cross(s.a, s.b, t.a).signum(), cross(s.a, s.b, t.b).signum());
    let (a, b) = sides(first, second);
    let (c, d) = sides(second, first);
    // Both on one side of the other: apart. All zero: on one line, and their boxes meet.
    !(a * b > 0 || c * d > 0)
}

/// Whether rings that do not touch lie in each other as they should: a hole in the exterior before
/// it and in no other hole of that exterior, an exterior in no area of another.
fn nest_soundly(rings: &Rings, boxes: &mut Vec<[GridPoint; 2]>) -> bool {
    if rings.ends.len() < 2 {
        return true;
    }
    boxes.clear();
    boxes.extend(rings.iter().map(|(ring, _)| bounds(ring)));
    let holds = |other: usize, path: &[GridPoint], point: GridPoint| {
        let [low, high] = boxes[other];
        (0..2).all(|axis| (low[axis]..=high[axis]).contains(&point[axis]))
            && place(point, path) == Place::Inside
    };
    let mut own = 0;
    rings.iter().enumerate().all(|(number, (ring, is_exterior))| {
        if is_exterior {
            own = number;
        }
        let (mut exteriors, mut holes, mut in_own, mut in_sibling) = (0, 0, false, false);
        let mut part = 0;
        for (other, (path, exterior)) in rings.iter().enumerate() {
            if exterior {
                part = other;
            }
            if other == number || !holds(other, path, ring[0]) {
                continue;
            }
            *(if exterior { &mut exteriors } else { &mut holes }) += 1;
            in_own |= other == own;
            in_sibling |= part == own && !exterior;
        }
        if is_exterior { exteriors == holes } else { in_own && !in_sibling }
    })
}

/// The lowest and the highest of a path's coordinates.
fn bounds(path: &[GridPoint]) -> [GridPoint; 2] {
    path.iter().fold([[i32::MAX; 2], [i32::MIN; 2]], |[low, high], p| {
        [[low[0].min(p[0]), low[1].min(p[1])], [high[0].max(p[0]), high[1].max(p[1])]]
    })
}

/// Where a point lies, seen from a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Inside,
    On,
    Outside,
}

fn place([x, y]: GridPoint, ring: &[GridPoint]) -> Place {
    let mut inside = false;
    let Some(&(mut before)) = ring.last() else { return Place::Outside };
    for &point in ring {
        let side = cross(before, point, [x, y]);
        let [low, high] = bounds(&[before, point]);
        if side == 0 && (low[0]..=high[0]).contains(&x) && (low[1]..=high[1]).contains(&y) {
            return Place::On;
        }
        if (point[1] > y) != (before[1] > y) {
            inside ^= (side > 0) == (point[1] > before[1]);
        }
        before = point;
    }
    if inside { Place::Inside } else { Place::Outside }
}

/// What the exteriors cover and no hole takes away, as valid polygons.
///
/// First each ring by itself: what it goes around in either direction, so that both halves of a
/// bow tie stay. Then all together: a point belongs to the area if more exteriors than holes lie
/// around it, so that an island in a hole stays.
fn overlay(rings: &mut Rings) {
    // Points on a straight edge are kept, as another ring may touch there.
    let options =
        IntOverlayOptions { min_output_area: 0, preserve_output_collinear: true, ..IntOverlayOptions::ogc() };
    let mut all = Overlay::new_custom(rings.points.len(), options, Default::default());
    for (ring, exterior) in rings.iter() {
        let mut alone = Overlay::new_custom(ring.len(), Default::default(), Default::default());
        alone.add_path_iter(ring.iter().map(|p| IntPoint::new(p[0], p[1])), ShapeType::Subject);
        for shape in alone.overlay(OverlayRule::Subject, FillRule::NonZero) {
            for (number, mut contour) in shape.into_iter().enumerate() {
                if (double_area_of(&contour) > 0) != (exterior == (number == 0)) {
                    contour.reverse();
                }
                all.add_path_iter(contour.into_iter(), ShapeType::Subject);
            }
        }
    }
    let shapes = all.overlay(OverlayRule::Subject, FillRule::Positive);
    let (mut exteriors, mut holes) = (Vec::new(), Vec::new());
    for (number, contour) in shapes.iter().flat_map(|shape| shape.iter().enumerate()) {
        // The way round is the overlay's own; what counts is which of them comes first.
        let turned = double_area_of(contour) > 0;
        for ring in simple_rings(contour.iter().map(|p| [p.x, p.y])) {
            let same = (double_area(&ring) > 0) == turned;
            let list = if same == (number == 0) { &mut exteriors } else { &mut holes };
            list.push(ring);
        }
    }
    rings.gather(&exteriors, &holes);
}

fn double_area_of(contour: &[IntPoint]) -> i64 {
    let ring: Vec<GridPoint> = contour.iter().map(|p| [p.x, p.y]).collect();
    double_area(&ring)
}

/// A contour that passes a point twice, as the rings that it is made of; those without area are
/// nothing. The overlay leaves such contours where holes touch themselves.
fn simple_rings(contour: impl Iterator<Item = GridPoint>) -> Vec<Vec<GridPoint>> {
    let mut path: Vec<GridPoint> = contour.collect();
    let mut sorted = path.clone();
    sorted.sort_unstable();
    let mut rings = Vec::new();
    let passed_twice = sorted.windows(2).any(|pair| pair[0] == pair[1]);
    for point in if passed_twice { std::mem::take(&mut path) } else { Vec::new() } {
        if let Some(start) = path.iter().position(|p| *p == point) {
            rings.push(path.drain(start..).collect());
        }
        path.push(point);
    }
    rings.push(path);
    rings.iter_mut().for_each(leave_out_straight);
    rings.retain(|ring| ring.len() > 2 && double_area(ring) != 0);
    rings
}

/// Whether a hole lies in an exterior that it may touch.
fn lies_in(hole: &[GridPoint], exterior: &[GridPoint]) -> bool {
    let places = hole.iter().map(|point| place(*point, exterior));
    places.into_iter().find(|place| *place != Place::On) == Some(Place::Inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(rings: &[(&[GridPoint], bool)]) -> Vec<(Vec<GridPoint>, bool)> {
        let mut all = Rings::default();
        rings.iter().for_each(|(ring, exterior)| all.push(ring, *exterior));
        Mender::default().mend(&mut all);
        all.iter().map(|(ring, exterior)| (ring.to_vec(), exterior)).collect()
    }

    #[test]
    fn a_sound_ring_is_left_alone() {
        let ring: &[GridPoint] = &[[0, 0], [10, 0], [10, 10], [5, 3], [0, 10]];
        assert_eq!(mended(&[(ring, true)]), [(ring.to_vec(), true)]);
    }

    #[test]
    fn a_spike_is_cut_off() {
        let area: i64 = mended(&[(&[[0, 0], [10, 0], [20, 0], [10, 0], [10, 10], [0, 10]], true)])
            .iter()
            .map(|r| double_area(&r.0))
            .sum();
        assert_eq!(area, 200);
    }

    #[test]
    fn both_halves_of_a_bow_tie_stay() {
        let rings = mended(&[(&[[0, 0], [10, 10], [10, 0], [0, 10]], true)]);
        assert_eq!(rings.iter().map(|r| double_area(&r.0)).collect::<Vec<_>>(), [50, 50]);
    }

    #[test]
    fn a_hole_that_touches_itself_becomes_two() {
        let square: &[GridPoint] = &[[0, 0], [90, 0], [90, 90], [0, 90]];
        let hole: &[GridPoint] = &[[10, 10], [30, 30], [50, 10], [50, 50], [30, 30], [10, 50]];
        let rings = mended(&[(square, true), (hole, false)]);
        assert_eq!(rings.len(), 3, "{rings:?}");
    }

    #[test]
    fn a_part_inside_another_becomes_one_with_it_and_an_island_in_a_hole_stays() {
        let square = |low: i32, high: i32| vec![[low, low], [high, low], [high, high], [low, high]];
        let (outer, hole, inner) = (square(0, 90), square(20, 70), square(30, 60));
        assert_eq!(mended(&[(&outer, true), (&inner, true)]).len(), 1);
        assert_eq!(mended(&[(&outer, true), (&hole, false), (&inner, true)]).len(), 3);
        assert_eq!(mended(&[(&outer, true), (&hole, false), (&inner, false)]).len(), 2);
    }

    #[test]
    fn a_ring_that_touches_itself_becomes_two() {
        let rings = mended(&[(&[[0, 0], [10, 0], [5, 5], [10, 10], [0, 10], [5, 5]], true)]);
        assert_eq!(rings.len(), 2, "{rings:?}");
        assert!(rings.iter().all(|(ring, exterior)| *exterior && double_area(ring) > 0));
    }

    #[test]
    fn a_hole_that_reaches_out_is_cut_to_the_exterior() {
        let square: &[GridPoint] = &[[0, 0], [10, 0], [10, 10], [0, 10]];
        let rings = mended(&[(square, true), (&[[5, 5], [15, 5], [15, 8], [5, 8]], false)]);
        let area: i64 = rings.iter().map(|(ring, _)| double_area(ring)).sum();
        assert_eq!(area, 200 - 30);
    }

    #[test]
    fn parts_that_share_an_edge_become_one() {
        let rings = mended(&[
            (&[[0, 0], [10, 0], [10, 10], [0, 10]], true),
            (&[[10, 0], [20, 0], [20, 10], [10, 10]], true),
        ]);
        assert_eq!(rings.len(), 1, "{rings:?}");
    }
}
