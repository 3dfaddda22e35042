//! A feature in the measuring plane: how much there is of it, and how much of that lies in areas.

use super::{
    Area,
    edges::Edge,
    inside::Role,
    sweep::{Ground, SHAPES_MAX, Sweep},
};
use crate::{
    crs::{Plane, PlaneCells},
    feature::{Bbox, FlatKind, FlatPart},
};
use std::sync::atomic::AtomicBool;

/// Edges that come nearer than this to each other do not cross, metres: rounding moves them.
const TOUCH_M: f64 = 1e-6;
/// Ground that differs by no more than such a share, or so many square metres, does by rounding.
pub const DIFFERS: f64 = 1e-9;
/// See [`DIFFERS`].
pub const DIFFERS_M2: f64 = 1e-6;

/// What the amount of a feature is. A feature of several kinds counts by the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// A number of positions.
    Count,
    /// Metres.
    Length,
    /// Square metres.
    Area,
}

/// How much there is of a feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Amount {
    /// Square metres, metres or positions.
    pub of: f64,
    /// Whether it is not the sum of its rings, because they cross or lie over each other: what several parts cover
    /// counts once, what a hole takes away where nothing is, not at all.
    pub crosses: bool,
}

/// A feature in the plane. Its room is used again for the next one.
#[derive(Debug, Default)]
pub struct Footprint {
    positions: Vec<[f64; 2]>,
    /// Kind of each path and where it ends in `positions`; the first ring of a polygon says so.
    paths: Vec<(FlatKind, usize, bool)>,
    edges: Vec<Edge>,
    /// The ring of each edge, and what each ring is.
    rings: Vec<u32>,
    roles: Vec<Role>,
    /// The edges again, in another order, for the question whether they cross; with their places.
    in_order: Vec<(Edge, usize)>,
    dimension: Option<Dimension>,
    /// The way to the plane for what is small, where there are many.
    cells: Option<PlaneCells>,
}

impl Footprint {
    /// For millions of features one after the other. Those that one cell of [`PlaneCells`] holds are taken into the
    /// plane by it, which alters no area by more than 1e-10 of it.
    pub fn of_many() -> Self {
        Self { cells: Some(PlaneCells::from_mercator()), ..Self::default() }
    }

    /// Takes a feature of EPSG:3857, as files hold it. Positions that are no numbers are left out.
    pub fn read(&mut self, parts: &[FlatPart<'_>]) {
        self.positions.clear();
        self.paths.clear();
        self.edges.clear();
        let dimension = |kind| match kind {
            FlatKind::Points => Dimension::Count,
            FlatKind::Lines => Dimension::Length,
            FlatKind::Rings => Dimension::Area,
        };
        let highest = parts.iter().map(|part| dimension(part.kind)).max();
        self.dimension = highest;
        for part in parts.iter().filter(|part| Some(dimension(part.kind)) == highest) {
            self.read_part(part);
        }
        self.rings.clear();
        self.roles.clear();
        if self.dimension == Some(Dimension::Area) {
            let (mut start, mut parts) = (0, 0usize);
            for (number, (_, end, exterior)) in self.paths.iter().enumerate() {
                let ring = &self.positions[start..*end];
                let next = ring.iter().skip(1).chain(ring.first());
                self.edges.extend(ring.iter().zip(next).filter_map(|(a, b)| Edge::between(*a, *b)));
                self.rings.resize(self.edges.len(), number as u32);
                parts += usize::from(*exterior);
                let part = parts.saturating_sub(1);
                self.roles.push(if *exterior { Role::Exterior(part) } else { Role::Hole(part) });
                start = *end;
            }
        }
    }

    /// Takes the closed rings of an area in the plane; inside is what they go round an odd number of times.
    pub fn take_rings<'r>(&mut self, rings: impl Iterator<Item = &'r [[f64; 2]]>) {
        self.positions.clear();
        self.paths.clear();
        self.edges.clear();
        self.dimension = Some(Dimension::Area);
        for ring in rings {
            self.positions.extend_from_slice(ring);
            // Whether it is a hole is not known here, so that its area is never asked of it alone.
            self.paths.push((FlatKind::Rings, self.positions.len(), true));
            self.edges
                .extend(ring.iter().zip(ring.iter().skip(1)).filter_map(|(a, b)| Edge::between(*a, *b)));
        }
    }

    /// Square metres that lie in this area and in another. `None` once `stop` is set.
    pub fn shared_area(&self, other: &Self, sweep: &mut Sweep, stop: &AtomicBool) -> Option<f64> {
        let shapes = [Ground::EvenOdd(&self.edges), Ground::EvenOdd(&other.edges)];
        sweep.shared_area(&shapes, shared(self.bounds(), other.bounds()), stop)
    }

    /// Square metres of the rings that were taken. `None` once `stop` is set.
    pub fn ground(&mut self, sweep: &mut Sweep, stop: &AtomicBool) -> Option<f64> {
        match self.paths.len() {
            1 if !self.crosses() => Some(self.ring_areas()),
            _ => sweep.shared_area(&[Ground::EvenOdd(&self.edges)], self.bounds(), stop),
        }
    }

    fn read_part(&mut self, part: &FlatPart<'_>) {
        let plane = Plane::measuring();
        let (numbers, _) = part.xy.as_chunks::<8>();
        let (pairs, _) = numbers.as_chunks::<2>();
        let (ends, _) = part.ends.as_chunks::<4>();
        let whole = [(pairs.len() as u32).to_le_bytes()];
        let ends = if ends.is_empty() { &whole[..] } else { ends };
        let position = |[x, y]: &[[u8; 8]; 2]| [f64::from_le_bytes(*x), f64::from_le_bytes(*y)];
        // All of a part or nothing: between two cells there is a step of some nanometres.
        let first = pairs.first().map(position).unwrap_or_default();
        let cells = self.cells.as_mut();
        let mut cells = cells.filter(|cells| pairs.iter().all(|pair| cells.is_one(first, position(pair))));
        let mut start = 0;
        for (number, end) in ends.iter().enumerate() {
            let end = u32::from_le_bytes(*end) as usize;
            let path = pairs.get(start..end).unwrap_or_default();
            start = end;
            let positions = path.iter().map(position).map(|[x, y]| {
                let by_cell = cells.as_mut().and_then(|cells| cells.position(x, y));
                by_cell.unwrap_or_else(|| plane.from_mercator(x, y))
            });
            self.positions.extend(positions.filter(|p| p[0].is_finite() && p[1].is_finite()));
            self.paths.push((part.kind, self.positions.len(), number == 0));
        }
    }

    /// What its amount is; `None` if there is nothing of it.
    pub fn dimension(&self) -> Option<Dimension> {
        self.dimension.filter(|_| !self.positions.is_empty())
    }

    /// The box around it in the plane.
    pub fn bounds(&self) -> Bbox {
        let [x, y] = self.positions.first().copied().unwrap_or_default();
        self.positions.iter().fold(Bbox::new(x, y, x, y), |all, [x, y]| all.union(Bbox::new(*x, *y, *x, *y)))
    }

    /// How much there is of it. `None` once `stop` is set.
    pub fn amount(&mut self, sweep: &mut Sweep, stop: &AtomicBool) -> Option<Amount> {
        let of = match self.dimension() {
            None => 0.0,
            Some(Dimension::Count) => self.positions.len() as f64,
            Some(Dimension::Length) => self.segments().map(|(a, b)| (b[0] - a[0]).hypot(b[1] - a[1])).sum(),
            Some(Dimension::Area) => {
                let sum = self.ring_areas();
                if !self.is_sound() {
                    let of = sweep.shared_area(&[self.parts()], self.bounds(), stop)?;
                    if (of - sum).abs() > DIFFERS * of.max(sum) + DIFFERS_M2 {
                        return Some(Amount { of, crosses: true });
                    }
                }
                sum
            }
        };
        Some(Amount { of, crosses: false })
    }

    /// How much of it lies in all of `areas`, of which there are at most two. `None` once `stop` is set.
    pub fn amount_in(&self, areas: &[&Area], sweep: &mut Sweep, stop: &AtomicBool) -> Option<f64> {
        match self.dimension() {
            None => Some(0.0),
            Some(Dimension::Count) => {
                let inside = |[x, y]: &&[f64; 2]| areas.iter().all(|area| area.holds(*x, *y));
                Some(self.positions.iter().filter(inside).count() as f64)
            }
            Some(Dimension::Length) => {
                let mut cuts = Vec::new();
                Some(self.segments().map(|(a, b)| length_in(a, b, areas, &mut cuts)).sum())
            }
            Some(Dimension::Area) => {
                let mut shapes = [self.parts(); SHAPES_MAX];
                let mut bounds = self.bounds();
                for (shape, area) in shapes[1..].iter_mut().zip(areas) {
                    *shape = Ground::Union(area.edges());
                    bounds = shared(bounds, area.bounds());
                }
                sweep.shared_area(&shapes[..=areas.len().min(SHAPES_MAX - 1)], bounds, stop)
            }
        }
    }

    fn segments(&self) -> impl Iterator<Item = ([f64; 2], [f64; 2])> + '_ {
        let starts = std::iter::once(0).chain(self.paths.iter().map(|path| path.1));
        starts.zip(&self.paths).flat_map(|(start, path)| {
            let line = &self.positions[start..path.1];
            line.iter().zip(line.iter().skip(1)).map(|(a, b)| (*a, *b))
        })
    }

    /// Exteriors less holes, whichever way round they go.
    fn ring_areas(&self) -> f64 {
        let (mut start, mut sum) = (0, 0.0);
        for (_, end, exterior) in &self.paths {
            let ring = &self.positions[start..*end];
            start = *end;
            // From the first corner: near 0 numbers are finer.
            let [ox, oy] = ring.first().copied().unwrap_or_default();
            let corners = || ring.iter().map(|[x, y]| (x - ox, y - oy));
            let doubled: f64 = corners().zip(corners().skip(1)).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum();
            sum += if *exterior { doubled.abs() / 2.0 } else { -doubled.abs() / 2.0 };
        }
        sum.max(0.0)
    }

    const fn parts(&self) -> Ground<'_> {
        Ground::Parts(self.edges.as_slice(), self.rings.as_slice(), self.roles.as_slice())
    }

    fn crosses(&mut self) -> bool {
        crossings(&mut self.edges.clone(), 1) > 0
    }

    /// Whether no edges touch but neighbours, and the rings lie in each other as they should: then their areas
    /// are those of the feature.
    fn is_sound(&mut self) -> bool {
        self.in_order.clear();
        self.in_order.extend(self.edges.iter().copied().zip(0..));
        let touching = match is_wide(&self.edges) {
            true => touch_along(&mut self.in_order, &self.rings, Edge::min_x, Edge::max_x),
            false => touch_along(&mut self.in_order, &self.rings, |e| e.y0, |e| e.y1),
        };
        !touching && self.nests()
    }

    /// Whether rings that do not touch lie in each other as they should: a hole in its exterior and in no other hole
    /// of it, an exterior in no other part.
    fn nests(&self) -> bool {
        if self.roles.len() < 2 {
            return true;
        }
        let rings = Ring::all(&self.edges, &self.rings, &self.roles);
        rings.iter().enumerate().all(|(number, ring)| {
            let [x, y] = ring.position();
            let around =
                rings.iter().enumerate().filter(|(other, ring)| *other != number && ring.goes_round(x, y));
            let around: Vec<Role> = around.map(|(_, ring)| ring.role).collect();
            let own = ring.role.part();
            let in_hole = |part| around.contains(&Role::Hole(part));
            match ring.role {
                Role::Hole(_) => around.contains(&Role::Exterior(own)) && !in_hole(own),
                Role::Exterior(_) => around.iter().all(|role| match role {
                    Role::Exterior(part) => in_hole(*part),
                    Role::Hole(_) => true,
                }),
            }
        })
    }
}

/// A ring of a feature.
struct Ring<'e> {
    edges: &'e [Edge],
    bounds: Bbox,
    role: Role,
}

impl<'e> Ring<'e> {
    /// Those that have edges.
    fn all(edges: &'e [Edge], rings: &[u32], roles: &[Role]) -> Vec<Self> {
        let mut start = 0;
        let runs = rings.chunk_by(|a, b| a == b).map(|run| {
            let own = &edges[start..start + run.len()];
            start += run.len();
            let ends = own.iter().map(|e| Bbox::new(e.min_x(), e.y0, e.max_x(), e.y1));
            let bounds = ends.reduce(Bbox::union).unwrap_or(Bbox::new(0.0, 0.0, 0.0, 0.0));
            Self { edges: own, bounds, role: roles[run[0] as usize] }
        });
        runs.collect()
    }

    /// One of its positions.
    fn position(&self) -> [f64; 2] {
        self.edges.first().map_or([0.0; 2], |edge| [edge.x0, edge.y0])
    }

    fn goes_round(&self, x: f64, y: f64) -> bool {
        let Bbox { min_x, min_y, max_x, max_y } = self.bounds;
        let near = min_x <= x && x <= max_x && min_y <= y && y <= max_y;
        let around = |e: &&Edge| e.y0 <= y && y < e.y1 && e.side(x, y) > 0.0;
        near && self.edges.iter().filter(around).count() % 2 == 1
    }
}

/// How many pairs of edges cross, counted up to `most`. Sorts them.
pub fn crossings(edges: &mut [Edge], most: usize) -> usize {
    match is_wide(edges) {
        true => crossings_along(edges, most, Edge::min_x, Edge::max_x),
        false => crossings_along(edges, most, |e| e.y0, |e| e.y1),
    }
}

/// Whether they reach farther from west to east than from south to north: along the longer side fewer of them stand
/// beside each other.
fn is_wide(edges: &[Edge]) -> bool {
    let (low, high) = ends(edges, |e| (e.y0, e.y1));
    let (west, east) = ends(edges, |e| (e.min_x(), e.max_x()));
    east - west > high - low
}

/// Whether edges touch that do not follow each other in their ring; each with its place, those of a ring one after
/// the other. Sorts them.
fn touch_along(
    edges: &mut [(Edge, usize)],
    rings: &[u32],
    from: impl Fn(&Edge) -> f64 + Copy,
    to: impl Fn(&Edge) -> f64,
) -> bool {
    edges.sort_unstable_by(|(a, _), (b, _)| from(a).total_cmp(&from(b)));
    let ends = |ring: u32| (rings.partition_point(|r| *r < ring), rings.partition_point(|r| *r <= ring));
    let neighbours = |i: usize, j: usize| {
        let (low, high) = (i.min(j), i.max(j));
        rings[low] == rings[high] && (high - low == 1 || ends(rings[low]) == (low, high + 1))
    };
    edges.iter().enumerate().any(|(i, (one, place))| {
        let end = to(one) + TOUCH_M;
        let beside = edges[i + 1..].iter().take_while(|(other, _)| from(other) <= end);
        let mut met = beside.filter(|(other, _)| one.touches(other, TOUCH_M));
        met.any(|(_, other)| !neighbours(*place, *other))
    })
}

fn ends(edges: &[Edge], of: impl Fn(&Edge) -> (f64, f64)) -> (f64, f64) {
    let none = (f64::INFINITY, f64::NEG_INFINITY);
    edges.iter().map(of).fold(none, |(low, high), (from, to)| (low.min(from), high.max(to)))
}

fn crossings_along(
    edges: &mut [Edge],
    most: usize,
    from: impl Fn(&Edge) -> f64 + Copy,
    to: impl Fn(&Edge) -> f64,
) -> usize {
    edges.sort_unstable_by(|a, b| from(a).total_cmp(&from(b)));
    let crossed = edges.iter().enumerate().flat_map(|(i, one)| {
        let end = to(one);
        let beside = edges[i + 1..].iter().take_while(move |other| from(other) <= end);
        beside.filter(|other| one.crossing(other, TOUCH_M).is_some())
    });
    crossed.take(most).count()
}

/// The box that two share; without width or height where they do not.
pub fn shared(a: Bbox, b: Bbox) -> Bbox {
    let max = (a.max_x.min(b.max_x), a.max_y.min(b.max_y));
    Bbox::new(a.min_x.max(b.min_x), a.min_y.max(b.min_y), max.0, max.1)
}

/// Metres of the line from `a` to `b` that lie in all of `areas`: the middle of each piece
/// between two crossings says where it lies.
fn length_in(a: [f64; 2], b: [f64; 2], areas: &[&Area], cuts: &mut Vec<f64>) -> f64 {
    let [low, high] = [a[1].min(b[1]), a[1].max(b[1])];
    let (west, east) = (a[0].min(b[0]), a[0].max(b[0]));
    cuts.clear();
    cuts.extend([0.0, 1.0]);
    for area in areas {
        for edge in area.edges().between(low, high).filter(|e| e.min_x() <= east && e.max_x() >= west) {
            let (at_a, at_b) = (edge.side(a[0], a[1]), edge.side(b[0], b[1]));
            if (at_a > 0.0) != (at_b > 0.0) {
                cuts.push((at_a / (at_a - at_b)).clamp(0.0, 1.0));
            }
        }
    }
    cuts.sort_unstable_by(f64::total_cmp);
    let inside = |piece: &&[f64]| {
        let t = f64::midpoint(piece[0], piece[1]);
        let (x, y) = (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t);
        areas.iter().all(|area| area.holds(x, y))
    };
    let share: f64 = cuts.windows(2).filter(|p| p[1] > p[0]).filter(inside).map(|p| p[1] - p[0]).sum();
    share * (b[0] - a[0]).hypot(b[1] - a[1])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_of_many_is_as_large_as_it_is_by_itself() {
        let (mut many, mut one, mut sweep) = (Footprint::of_many(), Footprint::default(), Sweep::default());
        let go_on = AtomicBool::new(false);
        let mut worst = 0.0f64;
        for i in 0..20_000 {
            let (side, step) = (1.0 + f64::from(i % 40), f64::from(i));
            // Some of them lie across the border of a cell, and some beyond all cells.
            let (x, y) = (11_780_000.0 + (step * 37.7) % 90_000.0, 1_160_000.0 + (step * 53.3) % 100_000.0);
            let x = if i % 500 == 0 { -x } else { x };
            let ring = [(x, y), (x + side, y + 0.3), (x + side, y + side), (x, y + side), (x, y)];
            let xy: Vec<u8> =
                ring.iter().flat_map(|(x, y)| [x.to_le_bytes(), y.to_le_bytes()].concat()).collect();
            let parts = [FlatPart { kind: FlatKind::Rings, ends: &[], xy: &xy }];
            let mut area = |footprint: &mut Footprint| {
                footprint.read(&parts);
                footprint.amount(&mut sweep, &go_on).unwrap().of
            };
            let (many, one) = (area(&mut many), area(&mut one));
            // What rounding leaves of a position by itself, metres: a few of a northing's last bits.
            let rounding = 1e-9 * 4.0 * side;
            worst = worst.max(((many - one).abs() - rounding) / one);
        }
        assert!(worst < 1e-10, "{worst}");
    }

    #[test]
    fn the_same_edges_cross_whichever_way_one_looks() {
        let mut seed = 7u64;
        let mut random = |below: f64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1u64 << 53) as f64 * below
        };
        for (width, height) in [(1000.0, 10.0), (10.0, 1000.0), (100.0, 100.0)] {
            let end = |random: &mut dyn FnMut(f64) -> f64| [random(width), random(height)];
            let edges = (0..300).filter_map(|_| Edge::between(end(&mut random), end(&mut random)));
            let edges: Vec<Edge> = edges.collect();
            let (mut one, mut other, mut chosen) = (edges.clone(), edges.clone(), edges);
            let by_height = crossings_along(&mut one, usize::MAX, |e| e.y0, |e| e.y1);
            let by_width = crossings_along(&mut other, usize::MAX, Edge::min_x, Edge::max_x);
            assert!(by_height > 100, "{by_height}");
            assert_eq!((by_width, crossings(&mut chosen, usize::MAX)), (by_height, by_height));
            assert_eq!(crossings(&mut chosen, 50), 50);
        }
    }
}
