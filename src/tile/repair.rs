//! Finds rings that snapping, simplifying or clipping broke, and mends only those.
//!
//! A feature's rings are sound if no two of their segments touch except neighbours at their
//! common point, no neighbour turns straight back, and each hole lies inside. Whatever is not
//! sound goes through an integer overlay (`i_overlay`), whose result is valid in the sense of
//! OGC Simple Features 1.2.1, clause 6.1.11.

use super::snap::{GridPoint, double_area};
use i_overlay::core::{
    fill_rule::FillRule,
    overlay::{IntOverlayOptions, Overlay, ShapeType},
    overlay_rule::OverlayRule,
};
use i_overlay::i_float::int::point::IntPoint;

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
    /// Mends `rings` if they are not sound.
    pub fn mend(&mut self, rings: &mut Rings) {
        if !self.is_sound(rings) {
            overlay(rings);
        }
    }

    fn is_sound(&mut self, rings: &Rings) -> bool {
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
        holes_lie_inside(rings)
    }
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

fn cross(a: GridPoint, b: GridPoint, c: GridPoint) -> i64 {
    i64::from(b[0] - a[0]) * i64::from(c[1] - a[1]) - i64::from(b[1] - a[1]) * i64::from(c[0] - a[0])
}

/// Whether the first point of each hole lies in the exterior before it; no segments touch.
fn holes_lie_inside(rings: &Rings) -> bool {
    let mut exterior: &[GridPoint] = &[];
    rings.iter().all(|(ring, is_exterior)| {
        if is_exterior {
            exterior = ring;
            return true;
        }
        let [x, y] = ring[0];
        let mut inside = false;
        let mut before = exterior[exterior.len() - 1];
        for &point in exterior {
            if (point[1] > y) != (before[1] > y) {
                let side = cross(before, point, [x, y]);
                inside ^= (side > 0) == (point[1] > before[1]);
            }
            before = point;
        }
        inside
    })
}

/// What is covered more often clockwise than the other way, as valid polygons.
fn overlay(rings: &mut Rings) {
    let options = IntOverlayOptions { min_output_area: 0, ..IntOverlayOptions::ogc() };
    let mut overlay = Overlay::new_custom(rings.points.len(), options, Default::default());
    for (ring, _) in rings.iter() {
        overlay.add_path_iter(ring.iter().map(|p| IntPoint::new(p[0], p[1])), ShapeType::Subject);
    }
    let shapes = overlay.overlay(OverlayRule::Subject, FillRule::Positive);
    rings.clear();
    let mut ring = Vec::new();
    for shape in shapes {
        for (number, contour) in shape.iter().enumerate() {
            ring.clear();
            ring.extend(contour.iter().map(|p| [p.x, p.y]));
            if ring.len() > 2 && double_area(&ring) != 0 {
                rings.push(&ring, number == 0);
            } else if number == 0 {
                break;
            }
        }
    }
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
