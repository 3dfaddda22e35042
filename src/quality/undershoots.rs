//! Ends of lines that stop a little short of another line: where a road should have met one.

use super::shapes::Shapes;
use rstar::{
    AABB, PointDistance, RTree,
    primitives::{GeomWithData, Line},
};

/// So near another line an end was meant to meet it, metres.
const REACH_M: f64 = 5.0;
/// So near it does, metres: a line of 5 km that is straight in degrees bends by this.
const MEETS_M: f64 = 0.1;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Undershoots {
    /// Metres of all lines.
    pub length_m: f64,
    /// Ends that stop short: the feature's place in the list, and the position in the plane.
    pub ends: Vec<(usize, [f64; 2])>,
}

/// Looks at both ends of each line. A line that ends where it begins has none.
pub fn undershoots(shapes: &Shapes) -> Undershoots {
    let mut found = Undershoots::default();
    let mut edges = Vec::new();
    let mut number = 0usize;
    for feature in 0..shapes.len() {
        for path in shapes.paths(feature) {
            for (a, b) in path.iter().zip(path.iter().skip(1)) {
                found.length_m += (b[0] - a[0]).hypot(b[1] - a[1]);
                edges.push(GeomWithData::new(Line::new(*a, *b), number));
            }
            number += 1;
        }
    }
    let tree = RTree::bulk_load(edges);
    number = 0;
    for feature in 0..shapes.len() {
        for path in shapes.paths(feature) {
            let ends = [path.first(), path.last()].map(|end| end.copied());
            let [Some(first), Some(last)] = ends else { continue };
            let open = if first == last { &[][..] } else { &[first, last] };
            for end in open {
                let [x, y] = *end;
                let around = AABB::from_corners([x - REACH_M, y - REACH_M], [x + REACH_M, y + REACH_M]);
                let others = tree.locate_in_envelope_intersecting(&around).filter(|edge| edge.data != number);
                let nearest = others.map(|edge| edge.geom().distance_2(end)).reduce(f64::min);
                if nearest.is_some_and(|d| d > MEETS_M * MEETS_M && d <= REACH_M * REACH_M) {
                    found.ends.push((feature, *end));
                }
            }
            number += 1;
        }
    }
    found
}
