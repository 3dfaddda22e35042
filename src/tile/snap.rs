//! To the integer grid of the tile, and what is left of a path there.

use super::shape::Position;

/// A point of the tile's grid: x to the right, y down.
pub type GridPoint = [i32; 2];

/// Rounds a position to the grid.
pub fn snap(position: Position) -> GridPoint {
    position.map(nearest)
}

/// The nearest whole number, of two the even one. Held well inside i32: what is drawn is a few
/// thousand units wide.
pub fn nearest(value: f64) -> i32 {
    const HELD: f64 = (1 << 30) as f64;
    nearest_within(value.clamp(-HELD, HELD))
}

/// The same for what is known to be held so; of anything else it is some number. A sum so large has
/// no room behind the point, and its last bits are the whole number: one addition, where a rounding
/// or a cast that minds what is no number would be many.
#[inline]
pub fn nearest_within(value: f64) -> i32 {
    const LARGE: f64 = ((1u64 << 52) + (1u64 << 51)) as f64;
    (value + LARGE).to_bits() as i32
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
    close_ring(out);
}

/// The same for a path that is snapped already.
pub fn close_ring(out: &mut Vec<GridPoint>) {
    if out.len() > 1 && out.first() == out.last() {
        out.pop();
    }
    leave_out_straight(out);
    if out.len() < 3 {
        out.clear();
    }
}

/// Leaves out the points of a ring at which it goes straight on or turns back: the area stays
/// what it is. Of a ring that lies on one line, less than three points are left.
pub fn leave_out_straight(ring: &mut Vec<GridPoint>) {
    let mut kept = 0;
    for at in 0..ring.len() {
        let point = ring[at];
        while kept > 1 && cross(ring[kept - 2], ring[kept - 1], point) == 0 {
            kept -= 1;
        }
        // What turned back may now stand on the same point.
        if kept == 0 || ring[kept - 1] != point {
            ring[kept] = point;
            kept += 1;
        }
    }
    ring.truncate(kept);
    let mut start = 0;
    loop {
        let length = ring.len() - start;
        if length > 2 && cross(ring[ring.len() - 2], ring[ring.len() - 1], ring[start]) == 0 {
            ring.pop();
        } else if length > 2 && cross(ring[ring.len() - 1], ring[start], ring[start + 1]) == 0 {
            start += 1;
        } else {
            break;
        }
    }
    ring.drain(..start);
}

/// Twice the area of the triangle, positive if it turns clockwise on the screen.
pub fn cross(a: GridPoint, b: GridPoint, c: GridPoint) -> i64 {
    i64::from(b[0] - a[0]) * i64::from(c[1] - a[1]) - i64::from(b[1] - a[1]) * i64::from(c[0] - a[0])
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
