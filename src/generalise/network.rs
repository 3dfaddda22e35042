//! Lines, simplified between the places where they meet, which stay.

use super::Vertex;
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// Room for one chain after the other.
#[derive(Debug, Default)]
pub struct Simplifier {
    stretches: Vec<(usize, usize)>,
}

impl Simplifier {
    /// Marks the corners of an open chain that are needed to stay within `tolerance`
    /// centimetres (Douglas and Peucker 1973); its ends are always needed.
    pub fn mark(&mut self, chain: &[Vertex], tolerance: f64, mut needed: impl FnMut(usize)) {
        let Some(last) = chain.len().checked_sub(1) else { return };
        needed(0);
        needed(last);
        self.stretches.clear();
        self.stretches.push((0, last));
        while let Some((first, last)) = self.stretches.pop() {
            if let Some(farthest) = farthest(chain, first, last, tolerance) {
                needed(farthest);
                self.stretches.extend([(first, farthest), (farthest, last)]);
            }
        }
    }
}

/// The corner between two others that lies farthest from their connection, if it is farther away
/// than `tolerance`.
pub fn farthest(chain: &[Vertex], first: usize, last: usize, tolerance: f64) -> Option<usize> {
    let mut found = None;
    let mut limit = tolerance * tolerance;
    for at in first + 1..last {
        let square = square_to_segment(chain[at], chain[first], chain[last]);
        if square > limit {
            (found, limit) = (Some(at), square);
        }
    }
    found
}

fn square_to_segment(p: Vertex, a: Vertex, b: Vertex) -> f64 {
    let difference =
        |u: Vertex, v: Vertex| [f64::from(u[0]) - f64::from(v[0]), f64::from(u[1]) - f64::from(v[1])];
    let ([dx, dy], [px, py]) = (difference(b, a), difference(p, a));
    let length = dx * dx + dy * dy;
    let along = if length == 0.0 { 0.0 } else { ((px * dx + py * dy) / length).clamp(0.0, 1.0) };
    let (x, y) = (px - along * dx, py - along * dy);
    x * x + y * y
}

/// Simplifies lines that belong together. A corner at which one ends, at which several meet, or
/// which one passes twice, stays where it is in all of them.
pub fn simplify(lines: &[Vec<Vertex>], tolerance: f64) -> Vec<Vec<Vertex>> {
    let mut visits: HashMap<Vertex, u32, FixedState> = HashMap::default();
    for line in lines {
        for corner in line {
            *visits.entry(*corner).or_default() += 1;
        }
        for end in [line.first(), line.last()].into_iter().flatten() {
            *visits.entry(*end).or_default() += 1;
        }
    }
    let mut simplifier = Simplifier::default();
    let mut kept = Vec::new();
    lines
        .iter()
        .map(|line| {
            kept.clear();
            kept.resize(line.len(), false);
            let mut start = 0;
            for at in 1..line.len() {
                if visits.get(&line[at]).is_some_and(|n| *n > 1) {
                    simplifier.mark(&line[start..=at], tolerance, |i| kept[start + i] = true);
                    start = at;
                }
            }
            line.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(corner, _)| *corner).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crossing_stays_in_both_lines() {
        let road = vec![[0, 0], [50, 1], [100, 0]];
        let side = vec![[50, 1], [50, 60], [50, 100]];
        let simple = simplify(&[road.clone(), side], 10.0);
        assert_eq!(simple[0], road);
        assert_eq!(simple[1], [[50, 1], [50, 100]]);
        assert_eq!(simplify(&[road], 10.0)[0], [[0, 0], [100, 0]]);
    }
}
