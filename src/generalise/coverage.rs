//! Areas that share borders, merged into groups and simplified.
//!
//! ```text
//! rings ─▶ directed edges ─▶ those with the same group on both sides cancel ─▶ what is left are
//! borders ─▶ cut into chains where three or more meet ─▶ each chain simplified once ─▶ rings
//! ```
//!
//! A border that two groups share is one chain, simplified once: no slivers and no gaps. Where
//! the areas overlap or miss each other, edges find no partner and stay as they are; areas that
//! meet no other at all and are specks are gathered (`islands`).

use super::{
    Vertex, double_area, islands,
    network::{Simplifier, farthest},
};
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// Rings of a group: the exterior first, its holes behind it, none closed.
pub type Polygon = Vec<Vec<Vertex>>;

/// The areas that are worked on together.
#[derive(Debug, Default)]
pub struct Block {
    vertices: Vec<Vertex>,
    numbers: HashMap<Vertex, u32, FixedState>,
    /// Corners of all rings, one behind the other.
    corners: Vec<u32>,
    /// Where each ring ends, and whose it is.
    rings: Vec<(usize, u32)>,
}

impl Block {
    /// Adds a ring of area `feature`, closed or not. The order of the calls is that of the
    /// numbers. Returns twice its area; a ring without one is left out.
    pub fn ring(&mut self, feature: u32, ring: &[Vertex], exterior: bool) -> f64 {
        let start = self.corners.len();
        for corner in ring {
            let next = self.vertices.len() as u32;
            let number = *self.numbers.entry(*corner).or_insert(next);
            if number == next {
                self.vertices.push(*corner);
            }
            if self.corners.len() == start || self.corners.last() != Some(&number) {
                self.corners.push(number);
            }
        }
        if self.corners.len() > start + 1 && self.corners.last() == Some(&self.corners[start]) {
            self.corners.pop();
        }
        let area = double_area(ring);
        if self.corners.len() < start + 3 || area == 0.0 {
            self.corners.truncate(start);
            return 0.0;
        }
        // Exteriors against the clock, holes with it: the area is always to the left.
        if (area > 0.0) != exterior {
            self.corners[start..].reverse();
        }
        self.rings.push((self.corners.len(), feature));
        area.abs()
    }

    /// How many corners there are.
    pub fn len(&self) -> usize {
        self.corners.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.corners.is_empty()
    }

    /// Merges the areas of each group and simplifies all borders. `group_of` gives each feature's
    /// group, of `groups`.
    pub fn generalise(&self, group_of: &[u32], groups: usize, finest: Finest) -> Vec<Vec<Polygon>> {
        let borders = self.borders(group_of, finest.keep_outline);
        let kept = self.simplified(&borders, finest.tolerance);
        let mut merged = vec![Vec::new(); groups];
        let mut edges = borders.edges;
        edges.sort_unstable_by_key(|e| (e.group, e.from, e.to));
        for own in edges.chunk_by(|a, b| a.group == b.group) {
            merged[own[0].group as usize] = self.polygons(own, &kept, finest.island);
        }
        merged
    }

    fn borders(&self, group_of: &[u32], keep_outline: bool) -> Borders {
        // Both directions of an edge under one key, so that they come to stand side by side.
        let mut all: Vec<(u64, bool, u32)> = Vec::with_capacity(self.corners.len());
        let mut start = 0;
        for &(end, feature) in &self.rings {
            let ring = &self.corners[start..end];
            let group = group_of[feature as usize];
            let closing = ring.last().copied().into_iter().chain(ring.iter().copied());
            for (from, &to) in closing.zip(ring) {
                let key = u64::from(from.min(to)) << 32 | u64::from(from.max(to));
                all.push((key, from < to, group));
            }
            start = end;
        }
        all.sort_unstable();
        let mut borders = Borders {
            edges: Vec::new(),
            lines: Vec::new(),
            degree: vec![0; self.vertices.len()],
            fixed: vec![false; self.vertices.len()],
        };
        for same in all.chunk_by(|a, b| a.0 == b.0) {
            let (low, high) = ((same[0].0 >> 32) as u32, same[0].0 as u32);
            let before = borders.edges.len();
            // Sorted: the backward ones first, each by group.
            let turn = same.partition_point(|e| !e.1);
            let (backward, forward) = same.split_at(turn);
            let partner = |list: &[(u64, bool, u32)], group| list.iter().filter(|e| e.2 == group).count();
            for (list, other, from, to) in [(backward, forward, high, low), (forward, backward, low, high)] {
                for own in list.chunk_by(|a, b| a.2 == b.2) {
                    let left = own.len().saturating_sub(partner(other, own[0].2));
                    let alone = same.len() == 1;
                    borders.edges.extend((0..left).map(|_| Edge { from, to, group: own[0].2, alone }));
                }
            }
            if borders.edges.len() > before {
                borders.lines.push([low, high]);
                for end in [low, high] {
                    borders.degree[end as usize] += 1;
                    borders.fixed[end as usize] |= keep_outline && same.len() == 1;
                }
            }
        }
        for (fixed, degree) in borders.fixed.iter_mut().zip(&borders.degree) {
            *fixed |= *degree != 2;
        }
        borders
    }

    /// Which corners are left.
    fn simplified(&self, borders: &Borders, tolerance: f64) -> Vec<bool> {
        let mut near = vec![[u32::MAX; 2]; self.vertices.len()];
        for &[a, b] in &borders.lines {
            for (own, other) in [(a, b), (b, a)] {
                let slots = &mut near[own as usize];
                let free = usize::from(slots[0] != u32::MAX);
                slots[free] = other;
            }
        }
        let mut kept = borders.fixed.clone();
        let mut seen = vec![false; self.vertices.len()];
        let mut work = Chains {
            block: self,
            near: &near,
            fixed: &borders.fixed,
            numbers: Vec::new(),
            places: Vec::new(),
        };
        let mut simplifier = Simplifier::default();
        for &[a, b] in &borders.lines {
            for (start, next) in [(a, b), (b, a)] {
                if borders.fixed[start as usize] && !borders.fixed[next as usize] && !seen[next as usize] {
                    work.walk(start, next);
                    work.numbers.iter().for_each(|n| seen[*n as usize] |= !borders.fixed[*n as usize]);
                    work.turn();
                    let numbers = &work.numbers;
                    simplifier.mark(&work.places, tolerance, |i| kept[numbers[i] as usize] = true);
                }
            }
        }
        // What is left are rings that meet no other.
        for &[start, _] in &borders.lines {
            if !borders.fixed[start as usize] && !seen[start as usize] {
                work.walk(start, near[start as usize][0]);
                work.numbers.iter().for_each(|n| seen[*n as usize] = true);
                work.mark_ring(&mut simplifier, tolerance, &mut kept);
            }
        }
        kept
    }

    /// The rings of one group out of its edges, sorted by where they start.
    fn polygons(&self, edges: &[Edge], kept: &[bool], island: f64) -> Vec<Polygon> {
        let mut used = vec![false; edges.len()];
        let (mut exteriors, mut holes): (Vec<Polygon>, Vec<Vec<Vertex>>) = (Vec::new(), Vec::new());
        let mut small = Vec::new();
        for first in 0..edges.len() {
            if used[first] {
                continue;
            }
            let (corners, alone) = self.ring_from(first, edges, &mut used);
            let place = |n: &u32| self.vertices[*n as usize];
            let whole: Vec<Vertex> = corners.iter().map(place).collect();
            let ring: Vec<Vertex> = corners.iter().filter(|n| kept[**n as usize]).map(place).collect();
            let (before, now) = (double_area(&whole), double_area(&ring));
            if ring.len() < 3 || before * now <= 0.0 {
                continue;
            }
            match now > 0.0 {
                true if alone && now < 2.0 * island * island => small.push(ring),
                true => exteriors.push(vec![ring]),
                false => holes.push(ring),
            }
        }
        exteriors.extend(islands::gathered(small, island).into_iter().map(|ring| vec![ring]));
        for hole in holes {
            let around = |polygon: &&mut Polygon| hole.iter().all(|corner| surrounds(&polygon[0], *corner));
            let smallest = |p: &&mut Polygon| double_area(&p[0]) as i64;
            if let Some(owner) = exteriors.iter_mut().filter(around).min_by_key(smallest) {
                owner.push(hole);
            }
        }
        exteriors
    }

    /// Follows edges from one on, at forks always the leftmost way, back to where it started. The
    /// second says whether nothing lies on its other side anywhere.
    fn ring_from(&self, first: usize, edges: &[Edge], used: &mut [bool]) -> (Vec<u32>, bool) {
        let mut ring = vec![edges[first].from];
        let (mut at, mut all_alone) = (first, true);
        loop {
            used[at] = true;
            let Edge { from, to, alone, .. } = edges[at];
            all_alone &= alone;
            let open = |i: usize| !used[i] || i == first;
            match self.next(edges, open, from, to) {
                Some(next) if next != first => at = next,
                _ => return (ring, all_alone),
            }
            ring.push(to);
        }
    }

    fn next(&self, edges: &[Edge], open: impl Fn(usize) -> bool, from: u32, to: u32) -> Option<usize> {
        let start = edges.partition_point(|e| e.from < to);
        let ways = (start..edges.len()).take_while(|i| edges[*i].from == to).filter(|i| open(*i));
        let turn = |i: &usize| self.turn(from, to, edges[*i].to);
        ways.max_by(|a, b| turn(a).total_cmp(&turn(b)))
    }

    /// How far to the left the way turns, -π to π.
    fn turn(&self, from: u32, to: u32, next: u32) -> f64 {
        let place = |n: u32| self.vertices[n as usize].map(f64::from);
        let ([ax, ay], [bx, by], [cx, cy]) = (place(from), place(to), place(next));
        let ([ux, uy], [vx, vy]) = ([bx - ax, by - ay], [cx - bx, cy - by]);
        (ux * vy - uy * vx).atan2(ux * vx + uy * vy)
    }
}

/// An edge with its group to the left.
#[derive(Debug, Clone, Copy)]
struct Edge {
    from: u32,
    to: u32,
    group: u32,
    /// No other area, of this group or another, has it.
    alone: bool,
}

/// How fine borders are to be.
#[derive(Debug, Clone, Copy)]
pub struct Finest {
    /// How far a border may move, centimetres.
    pub tolerance: f64,
    /// Corners of edges that have an area on one side only stay: neighbours in another block have
    /// them, too.
    pub keep_outline: bool,
    /// Areas that meet no other and are smaller than a square of this width are gathered,
    /// centimetres; 0: none.
    pub island: f64,
}

struct Borders {
    edges: Vec<Edge>,
    /// Each border edge once.
    lines: Vec<[u32; 2]>,
    /// How many border edges end at a corner.
    degree: Vec<u32>,
    fixed: Vec<bool>,
}

/// Walks along borders between fixed corners.
struct Chains<'b> {
    block: &'b Block,
    near: &'b [[u32; 2]],
    fixed: &'b [bool],
    numbers: Vec<u32>,
    places: Vec<Vertex>,
}

impl Chains<'_> {
    /// From `start` by `next` to the next fixed corner, or around to `start`.
    fn walk(&mut self, start: u32, next: u32) {
        self.numbers.clear();
        self.numbers.extend([start, next]);
        let (mut before, mut at) = (start, next);
        while !self.fixed[at as usize] && at != start {
            let [a, b] = self.near[at as usize];
            let onward = if a == before { b } else { a };
            (before, at) = (at, onward);
            self.numbers.push(at);
        }
        self.place();
    }

    fn place(&mut self) {
        self.places.clear();
        self.places.extend(self.numbers.iter().map(|n| self.block.vertices[*n as usize]));
    }

    /// The same way round wherever it was started from.
    fn turn(&mut self) {
        if self.places.iter().rev().lt(self.places.iter()) {
            self.numbers.reverse();
            self.places.reverse();
        }
    }

    /// A closed ring keeps the corner lowest in order, the one farthest from it, and one to each
    /// side, so that it never vanishes.
    fn mark_ring(&mut self, simplifier: &mut Simplifier, tolerance: f64, kept: &mut [bool]) {
        self.numbers.pop();
        self.place();
        let lowest = (0..self.places.len()).min_by_key(|i| self.places[*i]).unwrap_or(0);
        self.numbers.rotate_left(lowest);
        self.numbers.push(self.numbers[0]);
        self.place();
        self.turn();
        let (places, numbers) = (&self.places, &self.numbers);
        let last = places.len() - 1;
        let Some(far) = farthest(places, 0, last, 0.0) else { return };
        for (first, last) in [(0, far), (far, last)] {
            if let Some(side) = farthest(places, first, last, 0.0) {
                kept[numbers[side] as usize] = true;
            }
            let stretch = &places[first..=last];
            simplifier.mark(stretch, tolerance, |i| kept[numbers[first + i] as usize] = true);
        }
    }
}

/// Whether a point lies in a ring or on it.
fn surrounds(ring: &[Vertex], point: Vertex) -> bool {
    let Some(&(mut before)) = ring.last() else { return false };
    let mut inside = false;
    let [x, y] = point.map(i64::from);
    for &corner in ring {
        let ([ax, ay], [bx, by]) = (before.map(i64::from), corner.map(i64::from));
        let side = i128::from(bx - ax) * i128::from(y - ay) - i128::from(by - ay) * i128::from(x - ax);
        let within = x >= ax.min(bx) && x <= ax.max(bx) && y >= ay.min(by) && y <= ay.max(by);
        if side == 0 && within {
            return true;
        }
        if (ay > y) != (by > y) {
            inside ^= (side > 0) == (by > ay);
        }
        before = corner;
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: i32, y: i32, size: i32) -> Vec<Vertex> {
        vec![[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]
    }

    fn by(tolerance: f64) -> Finest {
        Finest { tolerance, keep_outline: false, island: 0.0 }
    }

    fn area(polygons: &[Polygon]) -> f64 {
        polygons.iter().flatten().map(|ring| double_area(ring) / 2.0).sum()
    }

    #[test]
    fn neighbours_of_one_group_become_one_ring() {
        let mut block = Block::default();
        block.ring(0, &square(0, 0, 10), true);
        block.ring(1, &square(10, 0, 10), true);
        let merged = block.generalise(&[0, 0], 1, by(1.0));
        assert_eq!(merged[0].len(), 1);
        assert_eq!(area(&merged[0]), 200.0);
        assert_eq!(merged[0][0][0].len(), 4, "{merged:?}");
    }

    #[test]
    fn a_ring_of_areas_keeps_its_hole() {
        let mut block = Block::default();
        let mut n = 0;
        for x in 0..3 {
            for y in 0..3 {
                if (x, y) != (1, 1) {
                    block.ring(n, &square(x * 10, y * 10, 10), true);
                    n += 1;
                }
            }
        }
        let merged = block.generalise(&[0; 8], 1, by(1.0));
        assert_eq!(merged[0].len(), 1);
        assert_eq!(merged[0][0].len(), 2);
        assert_eq!(area(&merged[0]), 800.0);
    }

    #[test]
    fn a_shared_border_stays_shared() {
        let jagged: Vec<Vertex> = (0..=20).map(|i| [100 + (i % 2) * 3, i * 10]).collect();
        let mut left = vec![[0, 200], [0, 0]];
        left.extend(&jagged);
        let mut right = vec![[300, 0], [300, 200]];
        right.extend(jagged.iter().rev());
        let mut block = Block::default();
        block.ring(0, &left, true);
        block.ring(1, &right, true);
        let merged = block.generalise(&[0, 1], 2, by(10.0));
        assert_eq!(area(&merged[0]) + area(&merged[1]), 60_000.0, "{merged:?}");
        assert!(merged.iter().all(|m| m[0][0].len() < 6), "{merged:?}");
    }

    #[test]
    fn areas_that_touch_at_a_corner_stay_two_rings() {
        let mut block = Block::default();
        block.ring(0, &square(0, 0, 10), true);
        block.ring(1, &square(10, 10, 10), true);
        let merged = block.generalise(&[0, 0], 1, by(1.0));
        assert_eq!(merged[0].len(), 2, "{merged:?}");
    }

    #[test]
    fn a_small_island_never_vanishes() {
        let mut block = Block::default();
        block.ring(0, &square(0, 0, 10), true);
        let merged = block.generalise(&[0], 1, by(1e6));
        assert!(area(&merged[0]) > 0.0);
    }

    #[test]
    fn specks_with_nothing_around_become_fewer_of_the_same_area() {
        let mut block = Block::default();
        for i in 0..100 {
            block.ring(i, &square(i as i32 % 10 * 30, i as i32 / 10 * 30, 10), true);
        }
        let finest = Finest { tolerance: 1.0, keep_outline: false, island: 40.0 };
        let merged = block.generalise(&[0; 100], 1, finest);
        assert!(merged[0].len() <= 8, "{}", merged[0].len());
        assert!((area(&merged[0]) - 10_000.0).abs() < 200.0, "{}", area(&merged[0]));
    }

    #[test]
    fn specks_that_have_a_neighbour_stay_where_they_are() {
        let mut block = Block::default();
        for i in 0..4 {
            block.ring(i, &square(i as i32 * 10, 0, 10), true);
        }
        let finest = Finest { tolerance: 1.0, keep_outline: false, island: 40.0 };
        let merged = block.generalise(&[0, 1, 0, 1], 2, finest);
        assert_eq!(merged.iter().map(|m| area(m)).collect::<Vec<_>>(), [200.0, 200.0]);
        assert_eq!(merged.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    }
}
