//! Areas that are plainly valid: one ring of few positions whose edges keep clear of each other.
//!
//! Most parcels are such, and to see it takes a hundredth of what a geometry library takes. What is
//! not plain is no fault yet: the library judges it. Must not know files.

/// Positions of a ring that each edge is held against each other for.
const POSITIONS_MAX: usize = 40;
/// Cross products smaller than this part of what they are made of may have the wrong sign.
const CLEAR: f64 = 1e-12;

type Position = [f64; 2];

/// Whether little-endian ISO WKB is a polygon, or a collection of one, that is certainly valid
/// (OGC Simple Features 1.2.1, 6.1.11.1). Two dimensions only.
pub fn is_plainly_valid(wkb: &[u8]) -> bool {
    let rest = match wkb.split_first_chunk::<5>() {
        Some(([1, 3, 0, 0, 0], rest)) => rest,
        // A collection of one.
        Some(([1, 6, 0, 0, 0], rest)) => match rest.split_first_chunk::<9>() {
            Some(([1, 0, 0, 0, 1, 3, 0, 0, 0], rest)) => rest,
            _ => return false,
        },
        _ => return false,
    };
    let Some(([1, 0, 0, 0, a, b, c, d], rest)) = rest.split_first_chunk::<8>() else { return false };
    let count = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
    if !(4..=POSITIONS_MAX).contains(&count) || rest.len() != count * 16 {
        return false;
    }
    let mut ring = [[0.0; 2]; POSITIONS_MAX];
    for (position, bytes) in ring.iter_mut().zip(rest.chunks_exact(16)) {
        let (Some(x), Some(y)) = (bytes.first_chunk(), bytes.last_chunk()) else { return false };
        *position = [f64::from_le_bytes(*x), f64::from_le_bytes(*y)];
    }
    ring.get(..count).is_some_and(is_simple)
}

fn is_simple(ring: &[Position]) -> bool {
    if ring.first() != ring.last() || !ring.iter().flatten().all(|v| v.is_finite()) {
        return false;
    }
    let edges = ring.len() - 1;
    let edge = |i: usize| (ring[i], ring[i + 1]);
    for i in 0..edges {
        let (a, b) = edge(i);
        let (_, c) = edge((i + 1) % edges);
        if !goes_on(a, b, c) {
            return false;
        }
        for j in i + 2..edges {
            // The last edge ends where the first begins.
            if (i, j) != (0, edges - 1) && !keep_clear((a, b), edge(j)) {
                return false;
            }
        }
    }
    true
}

/// Whether two edges that follow each other meet in their common position alone.
fn goes_on(a: Position, b: Position, c: Position) -> bool {
    let ahead = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]);
    a != b && b != c && (ahead > 0.0 || side(a, b, c).is_some())
}

/// Whether two edges certainly have nothing in common.
fn keep_clear((a, b): (Position, Position), (c, d): (Position, Position)) -> bool {
    let apart = |i: usize| a[i].max(b[i]) < c[i].min(d[i]) || c[i].max(d[i]) < a[i].min(b[i]);
    let same = |p: Option<bool>, q: Option<bool>| p.is_some() && p == q;
    apart(0) || apart(1) || same(side(a, b, c), side(a, b, d)) || same(side(c, d, a), side(c, d, b))
}

/// On which side of the line from `a` to `b` a position lies; `None` where it is too near to tell.
fn side(a: Position, b: Position, p: Position) -> Option<bool> {
    let left = (b[0] - a[0]) * (p[1] - a[1]);
    let right = (b[1] - a[1]) * (p[0] - a[0]);
    let cross = left - right;
    // Differences of large eastings are exact to their last bit, and so is what is told here.
    (cross.abs() > CLEAR * (left.abs() + right.abs())).then_some(cross > 0.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use geo::{LineString, Polygon, Validation};
    use proptest::prelude::*;

    fn wkb(ring: &[(f64, f64)]) -> Vec<u8> {
        let mut bytes = vec![1, 3, 0, 0, 0, 1, 0, 0, 0];
        bytes.extend((ring.len() as u32).to_le_bytes());
        ring.iter().for_each(|(x, y)| bytes.extend([x.to_le_bytes(), y.to_le_bytes()].concat()));
        bytes
    }

    #[test]
    fn a_parcel_is_plain_and_what_touches_itself_is_not() {
        let square = [(0.0, 0.0), (2.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)];
        assert!(is_plainly_valid(&wkb(&square)));
        let tie = [(0.0, 0.0), (4.0, 4.0), (4.0, 0.0), (0.0, 4.0), (0.0, 0.0)];
        let spike = [(0.0, 0.0), (4.0, 0.0), (8.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 0.0)];
        let flat = [(0.0, 0.0), (4.0, 0.0), (2.0, 0.0), (0.0, 0.0)];
        let open = &square[..5];
        for ring in [&tie[..], &spike, &flat, open] {
            assert!(!is_plainly_valid(&wkb(ring)), "{ring:?}");
        }
        for cut in 0..wkb(&square).len() {
            assert!(!is_plainly_valid(&wkb(&square)[..cut]));
        }
    }

    proptest! {
        #[test]
        fn what_is_plainly_valid_is_valid(
            corners in prop::collection::vec((0i32..12, 0i32..12), 3..8),
            by in prop::sample::select(vec![(0.0, 0.0, 1.0), (550_000.0, 1_170_000.0, 0.1), (106.4, 10.5, 1e-5)]),
        ) {
            let mut ring: Vec<(f64, f64)> =
                corners.iter().map(|(x, y)| (by.0 + f64::from(*x) * by.2, by.1 + f64::from(*y) * by.2)).collect();
            ring.push(ring[0]);
            if is_plainly_valid(&wkb(&ring)) {
                prop_assert!(Polygon::new(LineString::from(ring), Vec::new()).is_valid());
            }
        }
    }
}
