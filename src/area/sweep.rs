//! How much ground several shapes share, by integration: no overlay is built, so nothing is
//! snapped to a grid, and borders that coincide cost nothing but a sliver of no width.
//!
//! ```text
//!      ______            The heights of all ends and crossings cut the plane into slabs.
//!   y2 _/____\___        Within a slab edges are straight and do not cross, so the shared
//!   y1 /______\__\_      width is linear, and width at half height by height is exact.
//! ```

use super::{
    edges::{Edge, Edges},
    inside::{Inside, Role},
};
use crate::feature::Bbox;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shapes that one sweep may take.
pub const SHAPES_MAX: usize = 3;

/// One of the shapes.
#[derive(Debug, Clone, Copy)]
pub enum Ground<'a> {
    /// Features as they are: the edges, the ring of each, and what each ring is.
    Parts(&'a [Edge], &'a [u32], &'a [Role]),
    /// Inside is what the rings go round an odd number of times.
    EvenOdd(&'a [Edge]),
    /// Inside is what the rings go round at all: areas, whose parts may overlap.
    Union(&'a Edges),
}

/// An edge of one of the shapes.
#[derive(Debug, Clone, Copy)]
struct Side {
    edge: Edge,
    ring: usize,
}

/// Room that each integration uses again.
#[derive(Debug, Default)]
pub struct Sweep {
    sides: Vec<Side>,
    heights: Vec<f64>,
    /// West of the box, at the height that is integrated.
    inside: Inside,
    /// Where, west of the box, the winding of a ring changes: height, ring, by how much.
    steps: Vec<(f64, usize, i32)>,
    /// Numbers of the sides that reach into a slab, with where they are at its half height.
    active: Vec<(f64, usize)>,
}

impl Sweep {
    /// Square metres that lie in all `shapes` and in `bounds`, a box that holds whatever they
    /// share. `None` once `stop` is set.
    pub fn shared_area(&mut self, shapes: &[Ground<'_>], bounds: Bbox, stop: &AtomicBool) -> Option<f64> {
        let (width, height) = (bounds.max_x - bounds.min_x, bounds.max_y - bounds.min_y);
        if !(width > 0.0 && height > 0.0) || shapes.len() > SHAPES_MAX {
            return Some(0.0);
        }
        self.sides.clear();
        self.steps.clear();
        self.heights.clear();
        self.heights.extend([0.0, height]);
        self.inside.clear();
        for shape in shapes {
            match shape {
                Ground::Parts(edges, rings, roles) => {
                    let first = self.inside.add_rings(roles);
                    let of = |ring: &u32| first + *ring as usize;
                    edges.iter().zip(*rings).for_each(|(edge, ring)| self.take(edge, of(ring), bounds));
                }
                Ground::EvenOdd(edges) => {
                    let ring = self.inside.add_whole(true);
                    edges.iter().for_each(|edge| self.take(edge, ring, bounds));
                }
                Ground::Union(edges) => {
                    let ring = self.inside.add_whole(false);
                    let reaching = edges.between(bounds.min_y, bounds.max_y);
                    reaching.for_each(|edge| self.take(edge, ring, bounds));
                }
            }
        }
        self.settle_steps(height);
        self.find_crossings(stop)?;
        self.heights.retain(|y| (0.0..=height).contains(y));
        self.heights.sort_unstable_by(f64::total_cmp);
        self.heights.dedup();
        self.integrate(width, stop)
    }

    /// Takes an edge, in coordinates of the box: near 0 numbers are finer.
    fn take(&mut self, edge: &Edge, ring: usize, bounds: Bbox) {
        let Bbox { min_x, min_y, max_x, max_y } = bounds;
        let (x0, x1) = (edge.x0 - min_x, edge.x1 - min_x);
        let (y0, y1) = (edge.y0 - min_y, edge.y1 - min_y);
        let (width, height) = (max_x - min_x, max_y - min_y);
        if y1 < 0.0 || y0 > height || x0.min(x1) >= width {
            return;
        }
        let local = Edge { x0, y0, x1, y1, turn: edge.turn };
        if x0.max(x1) <= 0.0 {
            if y0 <= 0.0 && y1 > 0.0 {
                self.inside.cross(ring, edge.turn);
            } else if edge.turn != 0 {
                self.steps.push((y0, ring, edge.turn));
            }
            if y1 > 0.0 && edge.turn != 0 {
                self.steps.push((y1, ring, -edge.turn));
            }
            return;
        }
        let inner = |y: &f64| *y > 0.0 && *y < height;
        self.heights.extend([y0, y1].iter().filter(|y| inner(y)));
        if edge.turn == 0 {
            return;
        }
        // Where it leaves the box sideways the width stops to be linear.
        for wall in [0.0, width] {
            if (x0 < wall) != (x1 < wall) {
                let y = y0 + (y1 - y0) * ((wall - x0) / (x1 - x0));
                self.heights.extend(Some(y).filter(inner));
            }
        }
        self.sides.push(Side { edge: local, ring });
    }

    /// Keeps the steps that are left where one edge ends and the next goes on.
    fn settle_steps(&mut self, height: f64) {
        self.steps.retain(|step| step.0 > 0.0 && step.0 < height);
        self.steps.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        self.steps.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 += next.2;
            }
            same
        });
        self.steps.retain(|step| step.2 != 0);
        self.heights.extend(self.steps.iter().map(|step| step.0));
    }

    fn find_crossings(&mut self, stop: &AtomicBool) -> Option<()> {
        self.sides.sort_unstable_by(|a, b| a.edge.y0.total_cmp(&b.edge.y0));
        for (i, one) in self.sides.iter().enumerate() {
            if i % 256 == 255 && stop.load(Ordering::Relaxed) {
                return None;
            }
            let above = self.sides[i + 1..].iter().take_while(|other| other.edge.y0 < one.edge.y1);
            self.heights.extend(above.filter_map(|other| one.edge.crossing(&other.edge, 0.0)));
        }
        Some(())
    }

    fn integrate(&mut self, width: f64, stop: &AtomicBool) -> Option<f64> {
        let Self { sides, heights, steps, active, inside } = self;
        active.clear();
        let (mut next_side, mut next_step, mut area) = (0, 0, 0.0);
        for (i, slab) in heights.windows(2).enumerate() {
            if i % 256 == 255 && stop.load(Ordering::Relaxed) {
                return None;
            }
            let (low, high) = (slab[0], slab[1]);
            let middle = f64::midpoint(low, high);
            while let Some((_, ring, turn)) = steps.get(next_step).filter(|step| step.0 <= low) {
                inside.cross(*ring, *turn);
                next_step += 1;
            }
            while let Some(side) = sides.get(next_side).filter(|side| side.edge.y0 <= low) {
                if side.edge.y1 > low {
                    active.push((0.0, next_side));
                }
                next_side += 1;
            }
            active.retain(|(_, number)| sides[*number].edge.y1 > low);
            active.iter_mut().for_each(|(x, number)| *x = sides[*number].edge.x_at(middle));
            // Nearly in order from the slab below, which this sort is quick with.
            active.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (mut from, mut shared) = (0.0, 0.0);
            for (x, number) in active.iter() {
                let Side { edge, ring } = &sides[*number];
                let x = x.clamp(0.0, width);
                if inside.is_in_all() {
                    shared += x - from;
                }
                inside.cross(*ring, edge.turn);
                from = x;
            }
            if inside.is_in_all() {
                shared += width - from;
            }
            // Back to the west.
            active
                .iter()
                .for_each(|(_, number)| inside.cross(sides[*number].ring, -sides[*number].edge.turn));
            area += shared * (high - low);
        }
        Some(area)
    }
}
