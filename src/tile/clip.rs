//! Cuts paths to the square from `low` to `high` on both axes: the tile with its buffer.
//!
//! ```text
//!   ring      ┌──────┐ low        line     ┌──────┐
//!        ╱────┼──╲   │                ─────┼──╲ ╱─┼──      two pieces
//!        ╲────┼──╱   │  one ring           │   ╳  │
//!             └──────┘ high                └──────┘
//! ```

use super::shape::Position;

/// Cuts one ring after the other with the same room (Sutherland and Hodgman 1974). Where a
/// ring leaves and comes back, the result runs along the edge of the square; what touches
/// itself there is mended by `repair`.
#[derive(Debug, Default)]
pub struct RingClipper {
    other: Vec<Position>,
}

impl RingClipper {
    /// Cuts `ring` (closed at both ends) in place; empty if nothing of it lies in the square.
    pub fn clip(&mut self, ring: &mut Vec<Position>, low: f64, high: f64) {
        for (axis, limit, below) in [(0, low, false), (0, high, true), (1, low, false), (1, high, true)] {
            let inside = |p: &Position| if below { p[axis] <= limit } else { p[axis] >= limit };
            if ring.iter().all(inside) {
                continue;
            }
            self.other.clear();
            for pair in ring.windows(2) {
                let (a, b) = (pair[0], pair[1]);
                if inside(&a) {
                    self.other.push(a);
                }
                if inside(&a) != inside(&b) {
                    self.other.push(crossing(a, b, axis, limit));
                }
            }
            // Closed again, whether or not the first position was kept.
            if let Some(&first) = self.other.first() {
                self.other.push(first);
            }
            std::mem::swap(ring, &mut self.other);
        }
    }
}

/// Hands each piece of `line` inside the square to `piece`.
pub fn clip_line(
    line: &[Position],
    low: f64,
    high: f64,
    room: &mut Vec<Position>,
    mut piece: impl FnMut(&[Position]),
) {
    room.clear();
    for pair in line.windows(2) {
        let Some((start, end)) = clip_segment(pair[0], pair[1], low, high) else { continue };
        if room.last() != Some(&start) {
            if room.len() > 1 {
                piece(room);
            }
            room.clear();
            room.push(start);
        }
        room.push(end);
    }
    if room.len() > 1 {
        piece(room);
    }
}

/// The part of a segment inside the square (Liang and Barsky 1984).
fn clip_segment(a: Position, b: Position, low: f64, high: f64) -> Option<(Position, Position)> {
    let (mut from, mut to) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        let step = b[axis] - a[axis];
        if step == 0.0 {
            if a[axis] < low || a[axis] > high {
                return None;
            }
            continue;
        }
        let (first, second) = ((low - a[axis]) / step, (high - a[axis]) / step);
        from = from.max(first.min(second));
        to = to.min(first.max(second));
    }
    let at = |t: f64| [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
    let start = if from == 0.0 { a } else { at(from) };
    let end = if to == 1.0 { b } else { at(to) };
    (from <= to).then_some((start, end))
}

fn crossing(a: Position, b: Position, axis: usize, limit: f64) -> Position {
    let t = (limit - a[axis]) / (b[axis] - a[axis]);
    let mut p = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
    p[axis] = limit;
    p
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_leaves_and_comes_back_is_two() {
        let mut pieces = Vec::new();
        let line = [[1., 1.], [5., 1.], [15., 1.], [15., 5.], [5., 5.]];
        clip_line(&line, 0.0, 10.0, &mut Vec::new(), |p| pieces.push(p.to_vec()));
        assert_eq!(pieces, [vec![[1., 1.], [5., 1.], [10., 1.]], vec![[10., 5.], [5., 5.]]]);
    }

    #[test]
    fn a_ring_around_the_square_becomes_the_square() {
        let mut ring = vec![[-5., -5.], [15., -5.], [15., 15.], [-5., 15.], [-5., -5.]];
        RingClipper::default().clip(&mut ring, 0.0, 10.0);
        assert_eq!(ring.first(), ring.last());
        assert_eq!(ring.len(), 5);
        assert!(ring.iter().flatten().all(|v| *v == 0.0 || *v == 10.0));
    }

    #[test]
    fn a_ring_outside_leaves_nothing() {
        let mut ring = vec![[20., 20.], [30., 20.], [30., 30.], [20., 20.]];
        RingClipper::default().clip(&mut ring, 0.0, 10.0);
        assert!(ring.is_empty());
    }
}
