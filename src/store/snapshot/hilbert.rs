//! The order of the features in a file: along a Hilbert curve over the Web Mercator square.
//!
//! The square is fixed, so that a feature's place depends on nothing but itself: two servers that
//! read the same rows write the same files and the same tiles. The features of a tile of any zoom
//! are one stretch of the file.

use crate::{feature::Bbox, tile::coord::HALF_WORLD_M};

/// Bits of each axis.
const BITS: u32 = 31;

/// Place of a box's middle on the curve, 62 bits; `bbox` in EPSG:3857.
pub fn key(bbox: Bbox) -> u64 {
    let cell = |low: f64, high: f64| {
        let across = (0.5 * (low + high) + HALF_WORLD_M) / (2.0 * HALF_WORLD_M);
        let cells = f64::from(1u32 << BITS);
        (across * cells).clamp(0.0, cells - 1.0) as u32
    };
    on_curve(cell(bbox.min_x, bbox.max_x), cell(bbox.min_y, bbox.max_y))
}

/// Distance along the curve (Warren, Hacker's Delight, 16-4).
fn on_curve(mut x: u32, mut y: u32) -> u64 {
    let mut distance = 0;
    let mut side = 1u32 << (BITS - 1);
    while side > 0 {
        let (right, up) = (x & side != 0, y & side != 0);
        distance = (distance << 2) | ((u64::from(right) * 3) ^ u64::from(up));
        if !up {
            if right {
                (x, y) = (!x, !y);
            }
            std::mem::swap(&mut x, &mut y);
        }
        side >>= 1;
    }
    distance
}

/// The number of the tile of zoom `zoom` that a key lies in; keys of one tile follow each other.
pub const fn tile_of(key: u64, zoom: u8) -> u64 {
    key >> (2 * (BITS - zoom as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_on_the_curve_are_neighbours_in_the_plane() {
        let bits = 4;
        let shift = BITS - bits;
        let mut cells: Vec<(u64, i64, i64)> = (0..16u32)
            .flat_map(|x| (0..16u32).map(move |y| (x, y)))
            .map(|(x, y)| (on_curve(x << shift, y << shift), i64::from(x), i64::from(y)))
            .collect();
        cells.sort_unstable();
        for pair in cells.windows(2) {
            let steps = (pair[0].1 - pair[1].1).abs() + (pair[0].2 - pair[1].2).abs();
            assert_eq!(steps, 1, "{pair:?}");
        }
    }
}
