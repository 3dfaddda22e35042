//! The edges of an area, found by height: what lies in the way of a box, and how often a ring
//! goes round a position.
//!
//! An edge always runs from its lower to its upper end, so that two neighbours that share it
//! compute the same numbers, and a position lies on the same side for both.

use crate::feature::Bbox;

/// Most bins of an index.
const BINS_MAX: usize = 1 << 16;

/// One edge, the lower end first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// Lower end.
    pub x0: f64,
    /// Lower end.
    pub y0: f64,
    /// Upper end.
    pub x1: f64,
    /// Upper end.
    pub y1: f64,
    /// 1 if its ring goes up along it, -1 if down, 0 if it is level.
    pub turn: i32,
}

impl Edge {
    /// The edge of a ring from `a` to `b`; `None` if they are one position.
    pub fn between(a: [f64; 2], b: [f64; 2]) -> Option<Self> {
        let turn = match a[1].partial_cmp(&b[1])? {
            std::cmp::Ordering::Less => 1,
            std::cmp::Ordering::Greater => -1,
            std::cmp::Ordering::Equal => 0,
        };
        let lower_first = turn > 0 || (turn == 0 && a[0] <= b[0]);
        let ([x0, y0], [x1, y1]) = if lower_first { (a, b) } else { (b, a) };
        (a != b).then_some(Self { x0, y0, x1, y1, turn })
    }

    /// Where it is at height `y` of its own; exact at its ends.
    pub fn x_at(&self, y: f64) -> f64 {
        if y >= self.y1 {
            self.x1
        } else {
            self.x0 + (self.x1 - self.x0) * ((y - self.y0) / (self.y1 - self.y0))
        }
    }

    /// Above 0 for a position to its left, below 0 to its right.
    pub fn side(&self, x: f64, y: f64) -> f64 {
        (self.x1 - self.x0) * (y - self.y0) - (self.y1 - self.y0) * (x - self.x0)
    }

    /// Its western end.
    pub fn min_x(&self) -> f64 {
        self.x0.min(self.x1)
    }

    /// Its eastern end.
    pub fn max_x(&self) -> f64 {
        self.x0.max(self.x1)
    }

    /// Whether it shares a position with a box.
    pub fn meets(&self, b: Bbox) -> bool {
        if self.y0 > b.max_y || self.y1 < b.min_y || self.min_x() > b.max_x || self.max_x() < b.min_x {
            return false;
        }
        let corners = [(b.min_x, b.min_y), (b.max_x, b.min_y), (b.max_x, b.max_y), (b.min_x, b.max_y)];
        let sides = corners.map(|(x, y)| self.side(x, y));
        !(sides.iter().all(|s| *s > 0.0) || sides.iter().all(|s| *s < 0.0))
    }

    /// Whether it comes nearer to another than `by`; of some that come nearly as near it is said, too.
    pub fn touches(&self, other: &Self, by: f64) -> bool {
        let (low, high) = (self.y0.max(other.y0), self.y1.min(other.y1));
        let (west, east) = (self.min_x().max(other.min_x()), self.max_x().min(other.max_x()));
        if low > high + by || west > east + by {
            return false;
        }
        let apart = |one: &Self, other: &Self| {
            let far = by * (one.x1 - one.x0).hypot(one.y1 - one.y0);
            let (lower, upper) = (one.side(other.x0, other.y0), one.side(other.x1, other.y1));
            (lower > far && upper > far) || (lower < -far && upper < -far)
        };
        !(apart(self, other) || apart(other, self))
    }

    /// The height at which it crosses another, if they cross by more than `by` on both sides.
    pub fn crossing(&self, other: &Self, by: f64) -> Option<f64> {
        let (low, high) = (self.y0.max(other.y0), self.y1.min(other.y1));
        if low >= high || self.min_x() > other.max_x() || other.min_x() > self.max_x() {
            return None;
        }
        let (at_low, at_high) = (self.x_at(low) - other.x_at(low), self.x_at(high) - other.x_at(high));
        let apart = (at_low > by && at_high < -by) || (at_low < -by && at_high > by);
        apart.then(|| low + (high - low) * (at_low / (at_low - at_high)))
    }
}

/// Edges in bins of equal height.
#[derive(Debug, Clone, Default)]
pub struct Edges {
    edges: Vec<Edge>,
    /// Where the edges of each bin begin in `items`, and the end of the last.
    starts: Vec<u32>,
    items: Vec<u32>,
    bottom: f64,
    bins_per_metre: f64,
}

impl Edges {
    /// An index over edges.
    pub fn new(edges: Vec<Edge>) -> Self {
        let (mut bottom, mut top) = (f64::INFINITY, f64::NEG_INFINITY);
        for edge in &edges {
            (bottom, top) = (bottom.min(edge.y0), top.max(edge.y1));
        }
        let bins = (edges.len() / 2).clamp(1, BINS_MAX);
        let bins_per_metre = if top > bottom { bins as f64 / (top - bottom) } else { 0.0 };
        let mut index = Self { edges, starts: vec![0; bins + 1], items: Vec::new(), bottom, bins_per_metre };
        for edge in &index.edges {
            for bin in index.bin(edge.y0)..=index.bin(edge.y1) {
                index.starts[bin + 1] += 1;
            }
        }
        for bin in 0..bins {
            index.starts[bin + 1] += index.starts[bin];
        }
        let mut next = index.starts.clone();
        index.items = vec![0; index.starts[bins] as usize];
        for (number, edge) in index.edges.iter().enumerate() {
            let (first, last) = (index.bin(edge.y0), index.bin(edge.y1));
            for free in &mut next[first..=last] {
                index.items[*free as usize] = number as u32;
                *free += 1;
            }
        }
        index
    }

    fn bin(&self, y: f64) -> usize {
        // A negative number becomes 0.
        let last = self.starts.len().saturating_sub(2);
        (((y - self.bottom) * self.bins_per_metre) as usize).min(last)
    }

    fn in_bin(&self, bin: usize) -> impl Iterator<Item = &Edge> {
        let range = self.starts[bin] as usize..self.starts[bin + 1] as usize;
        self.items[range].iter().map(|number| &self.edges[*number as usize])
    }

    /// The edges that reach into the heights from `low` to `high`, each once.
    pub fn between(&self, low: f64, high: f64) -> impl Iterator<Item = &Edge> {
        let first = self.bin(low);
        (first..=self.bin(high)).filter(|_| !self.edges.is_empty()).flat_map(move |bin| {
            let own = move |e: &&Edge| self.bin(e.y0).max(first) == bin && e.y0 <= high && e.y1 >= low;
            self.in_bin(bin).filter(own)
        })
    }

    /// How often the rings go round a position, counterclockwise. A position on an edge lies on
    /// one side of it, the same for whoever shares the edge.
    pub fn winding(&self, x: f64, y: f64) -> i32 {
        if self.edges.is_empty() {
            return 0;
        }
        let around = |e: &&Edge| e.y0 <= y && y < e.y1 && e.side(x, y) > 0.0;
        self.in_bin(self.bin(y)).filter(around).map(|e| e.turn).sum()
    }

    /// Whether any edge shares a position with a box.
    pub fn meet(&self, area: Bbox) -> bool {
        self.between(area.min_y, area.max_y).any(|edge| edge.meets(area))
    }
}
