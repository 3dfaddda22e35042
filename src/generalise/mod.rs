//! Generalisation: fewer and simpler features for zooms at which they would be specks.
//!
//! Pure: plain geometry in, plain geometry out. Must not know layers, files, databases or tiles.

/// Areas that share borders: merged, and simplified so that shared borders stay shared.
pub mod coverage;
/// Specks that meet no other area.
mod islands;
/// Which specks go together, and what they are called.
pub mod merge;
/// Lines, and the simplification that all share.
pub mod network;

/// A corner: whole centimetres of EPSG:3857, x eastward, y northward. The square fits an `i32`.
pub type Vertex = [i32; 2];

/// From metres of EPSG:3857.
pub fn vertex(x: f64, y: f64) -> Vertex {
    // `as` holds at the ends of the range.
    [(x * 100.0).round() as i32, (y * 100.0).round() as i32]
}

/// To metres of EPSG:3857.
pub fn metres(vertex: Vertex) -> [f64; 2] {
    vertex.map(|v| f64::from(v) / 100.0)
}

/// Twice the area of a ring (closed or not), positive against the clock.
pub fn double_area(ring: &[Vertex]) -> f64 {
    let Some(&last) = ring.last() else { return 0.0 };
    // From the first corner, so that the products stay small and exact enough.
    let own = |v: Vertex| {
        [i64::from(v[0]) - i64::from(ring[0][0]), i64::from(v[1]) - i64::from(ring[0][1])].map(|d| d as f64)
    };
    let mut before = own(last);
    let mut sum = 0.0;
    for &corner in ring {
        let corner = own(corner);
        sum += before[0] * corner[1] - corner[0] * before[1];
        before = corner;
    }
    sum
}
