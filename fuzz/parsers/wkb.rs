//! Any bytes as the geometry of a row.

use diaban::{
    feature::{FeatureRef, GeometryRef, ValueRef},
    tile::{LayerEncoder, Projection, Rules, TileCoord},
};

const PLACES: [(u8, u32, u32); 3] = [(0, 0, 0), (8, 203, 120), (15, 26041, 15376)];

pub fn read(bytes: &[u8]) {
    let Some((first, wkb)) = bytes.split_first() else { return };
    let (z, x, y) = PLACES[usize::from(first >> 1) % PLACES.len()];
    let Some(tile) = TileCoord::new(z, x, y) else { return };
    let plane = if first & 1 == 0 { Projection::LonLat } else { Projection::Mercator };
    let mut encoder = LayerEncoder::new(tile, "any", &["value"], Rules::default(), plane);
    let values = [ValueRef::TextBytes(wkb)];
    encoder.add(&FeatureRef { id: 1, geometry: GeometryRef::Wkb(wkb), bbox: None, values: &values });
    encoder.finish();
}
