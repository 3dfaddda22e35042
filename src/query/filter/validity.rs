//! Whether areas on the grid are valid (OGC 06-103r4, 6.1.11.1 and 6.1.14): decided on whole numbers,
//! and in the end as GEOS decides.
//!
//! ```text
//! rings ─▶ edges in an R-tree ─▶ which of them meet ─▶ crossing, or touching in a position
//!                            └─▶ a ray from each ring ─▶ which ring lies in which
//! ```
//!
//! Edges whose boxes meet are compared with each other. In what people draw each edge meets a few; a
//! comb of long slanting teeth would have each compared with all, so work may be bounded.

use geo::{Coord, Geometry, LineString, Polygon};
use rstar::{AABB, Envelope, RTree, RTreeObject};
use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
    ops::ControlFlow,
};

/// A position in grid lines.
type Position = [i64; 2];

/// What is known of an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Validity {
    /// It is valid.
    Valid,
    /// To know it would take more comparisons than allowed.
    Unknown,
    /// It is not.
    Broken,
}

/// Whether the areas in a geometry on the grid are valid, each for itself where it is a collection. At
/// most `comparisons_max` pairs of edges are compared for each.
pub fn validity(geometry: &Geometry, comparisons_max: usize) -> Validity {
    match geometry {
        Geometry::Polygon(area) => of_polygons([area], comparisons_max),
        Geometry::MultiPolygon(areas) => of_polygons(areas, comparisons_max),
        Geometry::GeometryCollection(all) => {
            let parts = all.iter().map(|part| validity(part, comparisons_max));
            parts.max().unwrap_or(Validity::Valid)
        }
        _ => Validity::Valid,
    }
}

/// Of polygons together, as a multipolygon. Their coordinates are whole numbers below 2^38, their rings
/// closed and without repeated positions.
fn of_polygons<'p>(polygons: impl IntoIterator<Item = &'p Polygon>, comparisons_max: usize) -> Validity {
    let rings = Rings::new(polygons);
    if rings.rings.iter().any(|ring| ring.edges() < 3) {
        return Validity::Broken;
    }
    let Some(touches) = rings.touches(comparisons_max) else { return Validity::Unknown };
    let sound = touches.is_ok_and(|touches| {
        !touches.iter().any(|touch| rings.cross_at(touch))
            && rings.interiors_hold_together(&touches)
            && rings.nest()
    });
    if sound { Validity::Valid } else { Validity::Broken }
}

/// One ring: a range of the positions, the first not repeated.
#[derive(Debug)]
struct Ring {
    polygon: usize,
    is_exterior: bool,
    start: usize,
    end: usize,
    counterclockwise: bool,
}

impl Ring {
    const fn edges(&self) -> usize {
        self.end - self.start
    }
}

/// An edge, by the number of the position at which it begins.
#[derive(Debug, Clone, Copy)]
struct Edge {
    number: u32,
    ring: u32,
    from: Position,
    to: Position,
}

impl RTreeObject for Edge {
    type Envelope = AABB<Position>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.from, self.to)
    }
}

/// A position in which two rings touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Touch {
    position: Position,
    /// Each ring, and the number of one of its edges that holds the position.
    rings: [(u32, u32); 2],
}

struct Rings {
    positions: Vec<Position>,
    rings: Vec<Ring>,
    edges: Edges,
}

/// So many edges are looked through one by one.
const FEW: usize = 32;

/// All edges, to be found by a box.
enum Edges {
    Few(Vec<Edge>),
    Many(RTree<Edge>),
}

impl Edges {
    fn new(edges: Vec<Edge>) -> Self {
        if edges.len() <= FEW { Self::Few(edges) } else { Self::Many(RTree::bulk_load(edges)) }
    }

    fn all(&self) -> Box<dyn Iterator<Item = &Edge> + '_> {
        match self {
            Self::Few(edges) => Box::new(edges.iter()),
            Self::Many(tree) => Box::new(tree.iter()),
        }
    }

    /// Hands on the edges whose boxes meet another, until `take` has enough.
    fn meeting<'e>(&'e self, around: AABB<Position>, take: &mut dyn FnMut(&'e Edge) -> ControlFlow<()>) {
        let _ = match self {
            Self::Few(edges) => {
                edges.iter().filter(|edge| edge.envelope().intersects(&around)).try_for_each(take)
            }
            Self::Many(tree) => tree.locate_in_envelope_intersecting(&around).try_for_each(take),
        };
    }
}

impl Rings {
    fn new<'p>(polygons: impl IntoIterator<Item = &'p Polygon>) -> Self {
        let (mut positions, mut rings, mut edges) = (Vec::new(), Vec::new(), Vec::new());
        for (polygon, area) in polygons.into_iter().enumerate() {
            for (place, path) in std::iter::once(area.exterior()).chain(area.interiors()).enumerate() {
                let start = positions.len();
                positions.extend(open(path));
                let own = &positions[start..];
                for (i, from) in own.iter().enumerate() {
                    let to = own[(i + 1) % own.len()];
                    edges.push(Edge {
                        number: (start + i) as u32,
                        ring: rings.len() as u32,
                        from: *from,
                        to,
                    });
                }
                let counterclockwise = double_area(own) > 0;
                rings.push(Ring {
                    polygon,
                    is_exterior: place == 0,
                    start,
                    end: positions.len(),
                    counterclockwise,
                });
            }
        }
        Self { positions, rings, edges: Edges::new(edges) }
    }

    /// The positions before and after an edge's start, and its end.
    fn after(&self, ring: &Ring, number: usize) -> Position {
        self.positions[if number + 1 == ring.end { ring.start } else { number + 1 }]
    }

    fn before(&self, ring: &Ring, number: usize) -> Position {
        self.positions[if number == ring.start { ring.end - 1 } else { number - 1 }]
    }

    /// Where rings touch each other; an error where a ring meets itself, or two rings cross or run along
    /// each other. `None` where that would take too many comparisons.
    fn touches(&self, comparisons_max: usize) -> Option<Result<HashSet<Touch>, ()>> {
        let (mut touches, mut left, mut broken) = (HashSet::new(), Some(comparisons_max), false);
        for edge in self.edges.all() {
            self.edges.meeting(edge.envelope(), &mut |other| {
                if other.number <= edge.number {
                    return ControlFlow::Continue(());
                }
                left = left.and_then(|left| left.checked_sub(1));
                broken = left.is_some() && !self.go_together(edge, other, &mut touches);
                if left.is_none() || broken { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            left?;
            if broken {
                return Some(Err(()));
            }
        }
        Some(Ok(touches))
    }

    /// Whether two edges may lie as they do. Where two rings touch is noted.
    fn go_together(&self, edge: &Edge, other: &Edge, touches: &mut HashSet<Touch>) -> bool {
        let meeting = Meeting::of(edge, other);
        if edge.ring == other.ring {
            let ring = &self.rings[edge.ring as usize];
            let follow = edge.number + 1 == other.number
                || (edge.number as usize == ring.start && other.number as usize + 1 == ring.end);
            return match meeting {
                Meeting::Apart => true,
                Meeting::At(_) => follow,
                Meeting::Along => false,
            };
        }
        if let Meeting::At(position) = meeting {
            let mut rings = [edge, other].map(|e| (e.ring, self.holder(e, position)));
            rings.sort_unstable();
            touches.insert(Touch { position, rings });
        }
        meeting != Meeting::Along
    }

    /// The edge that stands for a position of a ring: where two edges meet, the one that begins there.
    fn holder(&self, edge: &Edge, position: Position) -> u32 {
        let ring = &self.rings[edge.ring as usize];
        match (edge.to == position, edge.number as usize + 1 == ring.end) {
            (false, _) => edge.number,
            (true, true) => ring.start as u32,
            (true, false) => edge.number + 1,
        }
    }

    /// Where a ring comes from and goes to, seen from a position on one of its edges.
    fn arms(&self, ring: u32, number: u32, position: Position) -> [Position; 2] {
        let (ring, number) = (&self.rings[ring as usize], number as usize);
        let start = self.positions[number];
        let from = if start == position { self.before(ring, number) } else { start };
        [from, self.after(ring, number)].map(|p| minus(p, position))
    }

    /// Whether two rings that touch go through each other.
    fn cross_at(&self, touch: &Touch) -> bool {
        let [a, b] = touch.rings.map(|(ring, edge)| self.arms(ring, edge, touch.position));
        lies_between(a[1], a[0], b[0]) != lies_between(a[1], a[0], b[1])
    }

    /// Whether the interior of each polygon is one: no way along its rings, from one to the next where they
    /// touch, comes back to where it began.
    fn interiors_hold_together(&self, touches: &HashSet<Touch>) -> bool {
        let mut knots = Knots::default();
        let mut tied = HashSet::new();
        for touch in touches {
            let polygons = touch.rings.map(|(ring, _)| self.rings[ring as usize].polygon);
            if polygons[0] != polygons[1] {
                continue;
            }
            for (ring, _) in touch.rings {
                let ends = [Knot::Ring(ring), Knot::Position(polygons[0], touch.position)];
                if tied.insert(ends) && !knots.tie(ends) {
                    return false;
                }
            }
        }
        true
    }

    /// Whether each hole lies in its exterior and in no other hole of it, and no polygon in another.
    fn nest(&self) -> bool {
        if self.rings.len() < 2 {
            return true;
        }
        let mut exteriors = Vec::new();
        for (number, ring) in self.rings.iter().enumerate() {
            if ring.is_exterior {
                exteriors.push(number);
            }
        }
        self.rings.iter().enumerate().all(|(number, ring)| {
            let around = self.around(number);
            if !ring.is_exterior {
                let own = exteriors[ring.polygon];
                let of_own = |other: &&usize| self.rings[**other].polygon == ring.polygon;
                return around.contains(&own) && around.iter().filter(of_own).count() == 1;
            }
            // Of each other polygon either nothing lies around, or its exterior and one of its holes.
            let mut balance: HashMap<usize, i32> = HashMap::new();
            for other in around.iter().map(|other| &self.rings[*other]) {
                *balance.entry(other.polygon).or_default() += if other.is_exterior { 1 } else { -1 };
            }
            balance.values().all(|sum| *sum == 0)
        })
    }

    /// The rings around another, where none cross: those that have its first edge, near its start, inside.
    fn around(&self, number: usize) -> Vec<usize> {
        let own = &self.rings[number];
        let start = self.positions[own.start];
        let onward = minus(self.after(own, own.start), start);
        let eastward = AABB::from_corners(start, [i64::MAX, start[1]]);
        let (mut crossed, mut through) = (HashMap::<usize, bool>::new(), HashMap::new());
        self.edges.meeting(eastward, &mut |edge| {
            let ring = edge.ring as usize;
            if ring == number {
                return ControlFlow::Continue(());
            }
            let turn = cross(minus(edge.to, edge.from), minus(start, edge.from));
            if turn == 0 && within_box(edge, start) {
                through.insert(ring, self.arms(edge.ring, self.holder(edge, start), start));
            } else if (edge.from[1] > start[1]) != (edge.to[1] > start[1])
                && (turn > 0) == (edge.to[1] > edge.from[1])
            {
                *crossed.entry(ring).or_default() ^= true;
            }
            ControlFlow::Continue(())
        });
        let on_no_edge = crossed.into_iter().filter(|(ring, odd)| *odd && !through.contains_key(ring));
        let mut around: Vec<usize> = on_no_edge.map(|(ring, _)| ring).collect();
        around.extend(through.iter().filter_map(|(ring, [from, to])| {
            // The inside is to the left of where a counterclockwise ring goes.
            let inside = match self.rings[*ring].counterclockwise {
                true => lies_between(*to, *from, onward),
                false => lies_between(*from, *to, onward),
            };
            inside.then_some(*ring)
        }));
        around
    }
}

/// How two edges lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meeting {
    Apart,
    /// They have one position in common, an end of one of them.
    At(Position),
    /// They cross, or have more than a position in common.
    Along,
}

impl Meeting {
    fn of(a: &Edge, b: &Edge) -> Self {
        let sides = |s: &Edge, t: &Edge| {
            let along = minus(s.to, s.from);
            [t.from, t.to].map(|p| cross(along, minus(p, s.from)).signum())
        };
        let (of_b, of_a) = (sides(a, b), sides(b, a));
        if of_b[0] * of_b[1] > 0 || of_a[0] * of_a[1] > 0 {
            return Self::Apart;
        }
        if of_b == [0, 0] {
            // On one line.
            let mut ends: Vec<Position> = [a.from, a.to]
                .into_iter()
                .filter(|p| within_box(b, *p))
                .chain([b.from, b.to].into_iter().filter(|p| within_box(a, *p)))
                .collect();
            ends.sort_unstable();
            ends.dedup();
            return match ends[..] {
                [] => Self::Apart,
                [position] => Self::At(position),
                _ => Self::Along,
            };
        }
        match (of_b, of_a) {
            ([0, _], _) => Self::At(b.from),
            ([_, 0], _) => Self::At(b.to),
            (_, [0, _]) => Self::At(a.from),
            (_, [_, 0]) => Self::At(a.to),
            _ => Self::Along,
        }
    }
}

/// What rings are tied to: positions where polygons' rings touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Knot {
    Ring(u32),
    Position(usize, Position),
}

/// Sets of knots that are tied together.
#[derive(Debug, Default)]
struct Knots {
    number: HashMap<Knot, usize>,
    parent: Vec<usize>,
}

impl Knots {
    /// Ties two; `false` if they were tied already.
    fn tie(&mut self, ends: [Knot; 2]) -> bool {
        let [a, b] = ends.map(|knot| self.root(knot));
        self.parent[a] = b;
        a != b
    }

    fn root(&mut self, knot: Knot) -> usize {
        let next = self.parent.len();
        let mut at = *self.number.entry(knot).or_insert(next);
        if at == next {
            self.parent.push(next);
        }
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }
}

/// The positions of a ring without the repeated last.
fn open(path: &LineString) -> impl Iterator<Item = Position> {
    let last = path.0.len().saturating_sub(1);
    path.0[..last].iter().map(|c: &Coord| [c.x as i64, c.y as i64])
}

const fn minus(a: Position, b: Position) -> Position {
    [a[0] - b[0], a[1] - b[1]]
}

/// Above 0 where `b` is to the left of `a`.
fn cross(a: Position, b: Position) -> i128 {
    i128::from(a[0]) * i128::from(b[1]) - i128::from(a[1]) * i128::from(b[0])
}

fn double_area(ring: &[Position]) -> i128 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| cross(*a, *b)).sum()
}

fn within_box(edge: &Edge, p: Position) -> bool {
    (0..2).all(|axis| {
        let (low, high) = (edge.from[axis].min(edge.to[axis]), edge.from[axis].max(edge.to[axis]));
        (low..=high).contains(&p[axis])
    })
}

/// Whether a direction lies between two others, counterclockwise from the first to the second.
fn lies_between(from: Position, to: Position, direction: Position) -> bool {
    let (after, before) = (cross(from, direction) > 0, cross(direction, to) > 0);
    match cross(from, to).cmp(&0) {
        Ordering::Greater => after && before,
        Ordering::Less => !(cross(to, direction) > 0 && cross(direction, from) > 0),
        Ordering::Equal => after,
    }
}
