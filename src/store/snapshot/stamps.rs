//! When each tile of a layer last changed.
//!
//! A change stamps the tiles that it lies in, at every zoom, with a number that counts up. Where
//! those are too many, the stamp holds for all tiles below. What is not stamped has not changed
//! since the floor.

use crate::{
    feature::Bbox,
    tile::{
        BUFFER, EXTENT, TileCoord,
        coord::{HALF_WORLD_M, MAX_ZOOM},
    },
};
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// Tiles of one zoom that one change stamps singly.
const SINGLY_MAX: u64 = 64;
/// Stamps kept; beyond, all tiles count as changed.
const STAMPS_MAX: usize = 2_000_000;

/// The stamps of one layer.
#[derive(Debug, Default)]
pub struct Stamps {
    floor: u64,
    /// Of the zooms up to the index, floors of their own.
    zoom_floors: [u64; MAX_ZOOM as usize + 1],
    tiles: HashMap<(u8, u32, u32), u64, FixedState>,
    /// Stamps that hold for the tile and all below.
    below: HashMap<(u8, u32, u32), u64, FixedState>,
}

impl Stamps {
    /// Nothing has changed since `floor`.
    pub fn new(floor: u64) -> Self {
        Self { floor, ..Self::default() }
    }

    /// When the tile last changed.
    pub fn of(&self, tile: TileCoord) -> u64 {
        let (z, x, y) = (tile.z(), tile.x(), tile.y());
        let mut newest = self.floor.max(self.zoom_floors[usize::from(z.min(MAX_ZOOM))]);
        if self.tiles.is_empty() && self.below.is_empty() {
            return newest;
        }
        newest = newest.max(self.tiles.get(&(z, x, y)).copied().unwrap_or(0));
        if !self.below.is_empty() {
            for up in 0..=z {
                newest = newest.max(self.below.get(&(z - up, x >> up, y >> up)).copied().unwrap_or(0));
            }
        }
        newest
    }

    /// Stamps all tiles.
    pub fn stamp_all(&mut self, stamp: u64) {
        *self = Self::new(stamp);
    }

    /// Stamps all tiles of a zoom.
    pub fn stamp_zoom(&mut self, zoom: u8, stamp: u64) {
        self.zoom_floors[usize::from(zoom.min(MAX_ZOOM))] = stamp;
    }

    /// Stamps the tiles of the zooms from `from_zoom` on that `bbox` (EPSG:3857) lies in, the
    /// buffer around each tile counted.
    pub fn stamp(&mut self, bbox: Bbox, from_zoom: u8, stamp: u64) {
        if self.tiles.len() + self.below.len() > STAMPS_MAX {
            return self.stamp_all(stamp);
        }
        for zoom in from_zoom..=MAX_ZOOM {
            let (columns, rows) = tiles_of(bbox, zoom);
            let count = u64::from(columns.1 - columns.0 + 1) * u64::from(rows.1 - rows.0 + 1);
            let all = |map: &mut HashMap<_, _, _>| {
                for x in columns.0..=columns.1 {
                    for y in rows.0..=rows.1 {
                        map.insert((zoom, x, y), stamp);
                    }
                }
            };
            // A layer's last zooms are stretched by clients and seldom asked for.
            if count > SINGLY_MAX || zoom >= MAX_ZOOM - 4 {
                return if count > 64 * SINGLY_MAX { self.stamp_all(stamp) } else { all(&mut self.below) };
            }
            all(&mut self.tiles);
        }
    }
}

/// First and last column and row of the tiles whose buffered bounds meet a box.
pub(super) fn tiles_of(bbox: Bbox, zoom: u8) -> ((u32, u32), (u32, u32)) {
    let tiles = f64::from(1u32 << zoom);
    // A unit more: what is drawn is rounded to the grid.
    let margin = f64::from(BUFFER + 1) / f64::from(EXTENT);
    let cell = |metres: f64, by: f64| {
        let across = (metres + HALF_WORLD_M) / (2.0 * HALF_WORLD_M) * tiles;
        (across + by).floor().clamp(0.0, tiles - 1.0) as u32
    };
    let column = (cell(bbox.min_x, -margin), cell(bbox.max_x, margin));
    (column, (cell(-bbox.max_y, -margin), cell(-bbox.min_y, margin)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn tile(z: u8, x: u32, y: u32) -> TileCoord {
        TileCoord::new(z, x, y).unwrap()
    }

    #[test]
    fn a_change_stamps_the_tiles_it_lies_in_and_no_other() {
        let mut stamps = Stamps::new(1);
        let changed = tile(15, 26044, 15404);
        let bounds = changed.mercator_bounds(0);
        let (x, y) = (0.5 * (bounds.min_x + bounds.max_x), 0.5 * (bounds.min_y + bounds.max_y));
        stamps.stamp(Bbox::new(x, y, x + 50.0, y + 50.0), 0, 7);
        assert_eq!(stamps.of(changed), 7);
        assert_eq!(stamps.of(tile(15, 26045, 15404)), 1);
        assert_eq!(stamps.of(tile(9, 26044 >> 6, 15404 >> 6)), 7);
        assert_eq!(stamps.of(tile(0, 0, 0)), 7);
        let inside = tile(22, (26044 << 7) + 64, (15404 << 7) + 63);
        assert_eq!(stamps.of(inside), 7);
    }

    #[test]
    fn a_change_on_the_edge_stamps_both_sides() {
        let mut stamps = Stamps::new(1);
        let bounds = tile(15, 26044, 15404).mercator_bounds(0);
        let y = 0.5 * (bounds.min_y + bounds.max_y);
        stamps.stamp(Bbox::new(bounds.max_x - 1.0, y, bounds.max_x - 0.5, y + 1.0), 0, 9);
        assert_eq!(stamps.of(tile(15, 26044, 15404)), 9);
        assert_eq!(stamps.of(tile(15, 26045, 15404)), 9);
    }

    #[test]
    fn a_change_of_the_whole_world_stamps_everything() {
        let mut stamps = Stamps::new(1);
        stamps.stamp(Bbox::new(-2e7, -2e7, 2e7, 2e7), 0, 5);
        assert_eq!(stamps.of(tile(3, 1, 1)), 5);
        assert_eq!(stamps.of(tile(18, 200_000, 100_000)), 5);
    }
}
