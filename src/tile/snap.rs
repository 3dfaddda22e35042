//! To the integer grid of the tile, and what is left of a path there.

use super::shape::Position;

/// A point of the tile's grid: x to the right, y down.
pub type GridPoint = [i32; 2];

/// Rounds a position to the grid.
pub fn snap(position: Position) -> GridPoint {
    // Held well inside i32: what is drawn is a few thousand units wide.
    position.map(|v| v.round().clamp(-1e9, 1e9) as i32)
}

/// Snaps a line; repeated points are left out. Less than two points are nothing.
pub fn snap_line(line: &[Position], out: &mut Vec<GridPoint>) {
    out.clear();
    for point in line.iter().map(|p| snap(*p)) {
        if out.last() != Some(&point) {
            out.push(point);
        }
    }
}

/// Snaps a ring, without the repeated last point; empty if all of it lies on one line there.
pub fn snap_ring(ring: &[Position], out: &mut Vec<GridPoint>) {
    snap_line(ring, out);
    if out.len() > 1 && out.first() == out.last() {
        out.pop();
    }
    if out.len() < 3 || (double_area(out) == 0 && on_one_line(out)) {
        out.clear();
    }
}

/// Whether no three points make a triangle. A bow tie has no area either, but is not flat.
fn on_one_line(ring: &[GridPoint]) -> bool {
    ring.windows(2).all(|pair| double_area(&[ring[0], pair[0], pair[1]]) == 0)
}

/// Twice the area by the surveyor's formula; positive is clockwise on the screen, the way of
/// exterior rings (Mapbox Vector Tile 2.1, clause 4.3.3.3).
pub fn double_area(ring: &[GridPoint]) -> i64 {
    let cross =
        |a: GridPoint, b: GridPoint| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]);
    let closing = ring.last().zip(ring.first()).map_or(0, |(a, b)| cross(*a, *b));
    ring.windows(2).map(|pair| cross(pair[0], pair[1])).sum::<i64>() + closing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clockwise_on_the_screen_is_positive() {
        assert_eq!(double_area(&[[0, 0], [10, 0], [10, 10], [0, 10]]), 200);
        assert_eq!(double_area(&[[0, 0], [0, 10], [10, 10], [10, 0]]), -200);
    }

    #[test]
    fn a_sliver_vanishes() {
        let mut out = Vec::new();
        snap_ring(&[[0.0, 0.0], [10.0, 0.1], [5.0, 0.2], [0.0, 0.0]], &mut out);
        assert!(out.is_empty());
    }
}
