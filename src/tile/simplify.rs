//! Leaves out detail that cannot be seen at the zoom (Douglas and Peucker 1973).
//!
//! It runs before the clip, on the whole path, and asks only for differences of positions: two
//! tiles that hold the same path leave out the same positions. Only lines are simplified here:
//! areas share borders, and are simplified together, in overviews.

use super::shape::Position;

/// Positions that are looked at together. Of a line that bends everywhere each position costs as
/// many looks as there are others; so a very long one is taken piece by piece, from its start, and
/// the ends of the pieces stay.
const PIECE: usize = 512;

/// Works on one path after the other with the same room.
#[derive(Debug, Default)]
pub struct Simplifier {
    kept: Vec<bool>,
    stretches: Vec<(usize, usize)>,
}

impl Simplifier {
    /// Writes to `out` the positions of a line that are needed to stay within `tolerance` units.
    pub fn line(&mut self, line: &[Position], tolerance: f64, out: &mut Vec<Position>) {
        out.clear();
        if line.len() < 3 {
            out.extend_from_slice(line);
            return;
        }
        let last = line.len() - 1;
        self.kept.clear();
        self.kept.resize(line.len(), false);
        for first in (0..last).step_by(PIECE) {
            let end = last.min(first + PIECE);
            (self.kept[first], self.kept[end]) = (true, true);
            self.divide(line, first, end, tolerance);
        }
        self.collect(line, out);
    }

    fn divide(&mut self, path: &[Position], first: usize, last: usize, tolerance: f64) {
        let limit = tolerance * tolerance;
        self.stretches.clear();
        self.stretches.push((first, last));
        while let Some((first, last)) = self.stretches.pop() {
            let (mut farthest, mut distance) = (first, limit);
            for (i, position) in path.iter().enumerate().take(last).skip(first + 1) {
                let d = square_to_segment(*position, path[first], path[last]);
                if d > distance {
                    (farthest, distance) = (i, d);
                }
            }
            if farthest > first {
                self.kept[farthest] = true;
                self.stretches.push((first, farthest));
                self.stretches.push((farthest, last));
            }
        }
    }

    fn collect(&self, path: &[Position], out: &mut Vec<Position>) {
        out.extend(path.iter().zip(&self.kept).filter(|(_, kept)| **kept).map(|(p, _)| *p));
    }
}

fn square(a: Position, b: Position) -> f64 {
    let (dx, dy) = (a[0] - b[0], a[1] - b[1]);
    dx * dx + dy * dy
}

fn square_to_segment(p: Position, a: Position, b: Position) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let length = dx * dx + dy * dy;
    if length == 0.0 {
        return square(p, a);
    }
    let along = (((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length).clamp(0.0, 1.0);
    square(p, [a[0] + along * dx, a[1] + along * dy])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_ends_and_its_corner() {
        let mut out = Vec::new();
        Simplifier::default().line(&[[0., 0.], [5., 0.5], [10., 0.], [10., 10.]], 1.0, &mut out);
        assert_eq!(out, [[0., 0.], [10., 0.], [10., 10.]]);
    }

    #[test]
    fn a_very_long_line_loses_what_a_short_one_would() {
        let long: Vec<Position> = (0..1_000_000).map(|i| [f64::from(i), f64::from(i % 2) * 0.5]).collect();
        let mut out = Vec::new();
        Simplifier::default().line(&long, 1.0, &mut out);
        assert_eq!((out.first(), out.last()), (long.first(), long.last()));
        assert!(out.len() <= long.len() / PIECE + 2, "{}", out.len());
    }
}
