//! Leaves out detail that cannot be seen at the zoom (Douglas and Peucker 1973).
//!
//! It runs before the clip, on the whole path, and asks only for differences of positions: two
//! tiles that hold the same path leave out the same positions. Only lines are simplified here:
//! areas share borders, and are simplified together, in overviews.

use super::shape::Position;

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
        self.start(line.len());
        self.divide(line, 0, line.len() - 1, tolerance);
        self.collect(line, out);
    }

    fn start(&mut self, length: usize) {
        self.kept.clear();
        self.kept.resize(length, false);
        self.kept[0] = true;
        self.kept[length - 1] = true;
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
}
