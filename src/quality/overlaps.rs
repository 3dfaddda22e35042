//! Ground that two features of a layer cover at the same time.
//!
//! Boxes that meet are found by an R-tree, and what two features share is integrated (`area`): nothing is
//! snapped, and borders that neighbours share to the last digit cost nothing and share nothing.

use super::{columns::Period, shapes::Shapes};
use crate::{
    area::{Footprint, Sweep},
    feature::Bbox,
};
use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// Features that a thread takes at once.
const AT_ONCE: usize = 512;
/// What two neighbours share because their common border was drawn twice is no finding, square metres.
pub const SLIVER_M2: f64 = 1.0;
/// Pairs that are kept by name, the largest.
const KEPT_MAX: usize = super::finding::KEPT_MAX;

/// Two features, by their places in the list, and what they share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The one.
    pub first: usize,
    /// The other.
    pub second: usize,
    /// Square metres that both cover.
    pub shared_m2: f64,
}

/// What is covered twice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overlaps {
    /// Square metres of all features.
    pub total_m2: f64,
    /// Square metres that pairs of them share.
    pub shared_m2: f64,
    /// Pairs that share more than a sliver.
    pub pairs: u64,
    /// The largest of them.
    pub largest: Vec<Pair>,
}

type Boxed = GeomWithData<Rectangle<[f64; 2]>, usize>;

/// What features cover together that are valid at the same time. Works on all processors.
pub fn overlaps(shapes: &Shapes, periods: &[Period]) -> Overlaps {
    let boxed = |feature: usize| {
        let b = shapes.bounds(feature)?;
        let corners = Rectangle::from_corners([b.min_x, b.min_y], [b.max_x, b.max_y]);
        Some(Boxed::new(corners, feature))
    };
    let tree = RTree::bulk_load((0..shapes.len()).filter_map(boxed).collect());
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Overlaps::default()));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut own = Search { shapes, periods, tree: &tree, found: Overlaps::default() };
                loop {
                    let start = next.fetch_add(AT_ONCE, Ordering::Relaxed);
                    if start >= shapes.len() {
                        break;
                    }
                    own.features(start..(start + AT_ONCE).min(shapes.len()));
                }
                found.lock().unwrap_or_else(PoisonError::into_inner).take(own.found);
            });
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

impl Overlaps {
    fn take(&mut self, other: Self) {
        self.total_m2 += other.total_m2;
        self.shared_m2 += other.shared_m2;
        self.pairs += other.pairs;
        self.largest.extend(other.largest);
        self.keep_largest();
    }

    fn keep_largest(&mut self) {
        self.largest.sort_by(|a, b| {
            b.shared_m2.total_cmp(&a.shared_m2).then((a.first, a.second).cmp(&(b.first, b.second)))
        });
        self.largest.truncate(KEPT_MAX);
    }
}

/// One thread's part.
struct Search<'s> {
    shapes: &'s Shapes,
    periods: &'s [Period],
    tree: &'s RTree<Boxed>,
    found: Overlaps,
}

impl Search<'_> {
    fn features(&mut self, range: std::ops::Range<usize>) {
        let stop = AtomicBool::new(false);
        let (mut own, mut other, mut sweep) = (Footprint::default(), Footprint::default(), Sweep::default());
        for first in range {
            let Some(around) = self.shapes.bounds(first) else { continue };
            own.take_rings(self.shapes.paths(first));
            self.found.total_m2 += own.ground(&mut sweep, &stop).unwrap_or(0.0);
            let envelope = AABB::from_corners([around.min_x, around.min_y], [around.max_x, around.max_y]);
            for near in self.tree.locate_in_envelope_intersecting(&envelope) {
                let second = near.data;
                if second <= first || !self.meet(first, second, around, near) {
                    continue;
                }
                other.take_rings(self.shapes.paths(second));
                let shared_m2 = own.shared_area(&other, &mut sweep, &stop).unwrap_or(0.0);
                self.found.shared_m2 += shared_m2;
                if shared_m2 > SLIVER_M2 {
                    self.found.pairs += 1;
                    self.found.largest.push(Pair { first, second, shared_m2 });
                }
            }
            if self.found.largest.len() > 2 * KEPT_MAX {
                self.found.keep_largest();
            }
        }
    }

    /// Whether two may share ground: their boxes have more than an edge in common, and their days a day.
    fn meet(&self, first: usize, second: usize, around: Bbox, near: &Boxed) -> bool {
        const EDGE_M: f64 = 1e-6;
        let (low, high) = (near.geom().lower(), near.geom().upper());
        high[0] - around.min_x > EDGE_M
            && around.max_x - low[0] > EDGE_M
            && high[1] - around.min_y > EDGE_M
            && around.max_y - low[1] > EDGE_M
            && self.periods[first].meets(self.periods[second])
    }
}
