//! Areas drawn before anybody asks for the tile: the drawing commands (Mapbox Vector Tile 2.1, clause 4.3) of a
//! feature in the one tile of a zoom that it lies in, kept by whoever keeps the feature.
//!
//! They are what [`super::LayerEncoder`] would make of the feature in that tile, byte for byte.

use super::{
    BUFFER, Drawing, EXTENT, TileCoord,
    mvt::Geometry,
    snap::{GridPoint, double_area},
    wkb::Frame,
};
use crate::{
    feature::{Bbox, FlatPart},
    tile::Projection,
};

/// Stands for an area that vanishes on the tile's grid; no drawing begins so.
pub(super) const VANISHED: &[u8] = &[0];

/// Draws one area after the other with the same room.
#[derive(Default)]
pub struct AreaDrawer {
    drawing: Drawing,
    geometry: Geometry,
}

impl AreaDrawer {
    /// The drawing commands of a feature of polygons (EPSG:3857, as FlatGeobuf lays them out) in `tile`; `None` where
    /// it does not lie within the tile, or is none.
    pub fn draw(&mut self, parts: &[FlatPart<'_>], bbox: Bbox, tile: TileCoord) -> Option<&[u8]> {
        let frame = Frame::new(tile, Projection::Mercator);
        if parts.is_empty() || !self.drawing.draw_inside(parts, bbox, &frame) {
            return None;
        }
        if self.drawing.is_empty() {
            return Some(VANISHED);
        }
        self.geometry.clear();
        self.drawing.rings.iter().for_each(|(ring, _)| self.geometry.ring(ring));
        Some(self.geometry.bytes())
    }
}

impl TileCoord {
    /// The tile of a zoom that the middle of a box of EPSG:3857 lies in: the one in which its area is kept drawn.
    pub fn of_middle(bbox: Bbox, zoom: u8) -> Option<Self> {
        let tiles_per_m = 1.0 / Self::new(zoom, 0, 0)?.size_m();
        let half = super::coord::HALF_WORLD_M;
        let (x, y) = ((bbox.min_x + bbox.max_x) / 2.0, (bbox.min_y + bbox.max_y) / 2.0);
        // What is no number, or negative, becomes 0.
        Self::new(zoom, ((x + half) * tiles_per_m) as u32, ((half - y) * tiles_per_m) as u32)
    }

    /// The tile of a zoom whose bounds with its buffer are `area`, if there is one.
    pub fn of_bounds(area: Bbox, zoom: u8) -> Option<Self> {
        Self::of_middle(area, zoom).filter(|tile| tile.mercator_bounds(BUFFER) == area)
    }
}

/// The area that drawing commands of polygons enclose, square units.
pub(super) fn visible(commands: &[u8]) -> f32 {
    let mut numbers = Numbers(commands);
    let (mut cursor, mut ring, mut sum) = ([0i32; 2], Vec::<GridPoint>::new(), 0.0f32);
    while let Some(command) = numbers.next() {
        if command & 7 == 7 {
            sum += 0.5 * double_area(&ring) as f32;
            ring.clear();
            continue;
        }
        for _ in 0..command >> 3 {
            for axis in &mut cursor {
                let Some(step) = numbers.next() else { return sum };
                *axis = axis.wrapping_add((step >> 1) as i32 ^ -((step & 1) as i32));
            }
            // What is garbled encloses nothing.
            if cursor.iter().any(|v| v.unsigned_abs() > 4 * EXTENT) {
                return sum;
            }
            ring.push(cursor);
        }
    }
    sum
}

/// Varints of 32 bits, one behind the other.
struct Numbers<'a>(&'a [u8]);

impl Iterator for Numbers<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (mut number, mut shift) = (0u32, 0);
        loop {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u32::from(byte & 0x7f).checked_shl(shift)?;
            if *byte < 0x80 {
                return Some(number);
            }
            shift += 7;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::feature::FlatKind;

    fn ring(corners: &[(f64, f64)]) -> Vec<u8> {
        corners.iter().flat_map(|(x, y)| [x.to_le_bytes(), y.to_le_bytes()].concat()).collect()
    }

    #[test]
    fn a_square_is_drawn_in_its_tile_and_in_no_other() {
        let tile = TileCoord::new(14, 13_022, 7_702).unwrap();
        let bounds = tile.mercator_bounds(0);
        let unit = tile.size_m() / f64::from(EXTENT);
        let at = |x: f64, y: f64| (bounds.min_x + x * unit, bounds.max_y - y * unit);
        let xy = ring(&[at(10.0, 10.0), at(30.0, 10.0), at(30.0, 50.0), at(10.0, 50.0), at(10.0, 10.0)]);
        let parts = [FlatPart { kind: FlatKind::Rings, ends: &[], xy: &xy }];
        let ((west, north), (east, south)) = (at(10.0, 10.0), at(30.0, 50.0));
        let bbox = Bbox::new(west, south, east, north);
        assert_eq!(TileCoord::of_middle(bbox, 14), Some(tile));
        let mut drawer = AreaDrawer::default();
        let commands = drawer.draw(&parts, bbox, tile).unwrap().to_vec();
        assert_eq!(visible(&commands), 20.0 * 40.0);
        // A tile whose buffer does not reach so far.
        let other = TileCoord::new(14, 13_023, 7_702).unwrap();
        assert_eq!(drawer.draw(&parts, bbox, other), None);
        assert_eq!(TileCoord::of_bounds(tile.mercator_bounds(BUFFER), 14), Some(tile));
        assert_eq!(TileCoord::of_bounds(bbox, 14), None);
        // Smaller than a unit.
        let xy = ring(&[at(10.0, 10.0), at(10.2, 10.0), at(10.2, 10.2), at(10.0, 10.0)]);
        let parts = [FlatPart { kind: FlatKind::Rings, ends: &[], xy: &xy }];
        assert_eq!(drawer.draw(&parts, bbox, tile), Some(VANISHED));
    }

    #[test]
    fn garbled_commands_end() {
        for bytes in [&[0xff; 40][..], &[0x09, 0xff, 0xff], &[0xf9, 0xff, 0xff, 0xff, 0x0f, 2, 2]] {
            visible(bytes);
        }
    }
}
