//! The tile engine: features in, Mapbox Vector Tile 2.1 bytes out.
//!
//! Pure: no async, no database, no clock, no logging. Bad geometry yields nothing and is counted;
//! there are no errors in here.

/// Tile coordinates, their bounds, and Web Mercator.
pub mod coord;

pub use coord::TileCoord;

use crate::feature::FeatureRef;

/// Units across a tile (Mapbox Vector Tile 2.1, clause 4.1: `extent`).
pub const EXTENT: u32 = 4096;
/// Units beyond each edge that a tile still holds, so that outlines are not drawn along the cut.
pub const BUFFER: u32 = 64;

/// The plane that the features' coordinates are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Projection {
    /// EPSG:4326, longitude first, degrees.
    LonLat,
    /// EPSG:3857, metres.
    Mercator,
}

/// How a layer is drawn at one zoom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Detail smaller than this, in tile units, is left out of lines and outlines.
    pub tolerance: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { tolerance: 2.0 }
    }
}

/// What became of the features of one layer in one tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Features in the tile.
    pub written: u64,
    /// Features that lie outside the tile or vanish on its grid.
    pub vanished: u64,
    /// Features whose geometry could not be read.
    pub unreadable: u64,
}

/// Writes one layer of one tile, feature by feature.
pub struct LayerEncoder {}

impl LayerEncoder {
    /// A layer named `name` with the given attribute names, for one tile.
    pub fn new(_tile: TileCoord, _name: &str, _fields: &[&str], _rules: Rules, _source: Projection) -> Self {
        Self {}
    }

    /// Adds one feature; `feature.values` stand in the order of the layer's fields.
    pub fn add(&mut self, _feature: &FeatureRef<'_>) {}

    /// The layer as a protobuf field of the tile (empty if it holds no feature), and the tally.
    /// Layers written one behind the other make a tile.
    pub fn finish(self) -> (Vec<u8>, Tally) {
        (Vec::new(), Tally::default())
    }
}
