//! Tile coordinates, their bounds, and Web Mercator (EPSG:3857).

use crate::feature::Bbox;
use std::f64::consts::PI;

/// The largest zoom that is served.
pub const MAX_ZOOM: u8 = 24;
/// Half the width of the Web Mercator square, metres.
pub const HALF_WORLD_M: f64 = 20_037_508.342_789_244;
/// The latitude at which the Web Mercator square ends, degrees.
pub const MAX_LATITUDE: f64 = 85.051_128_779_806_6;

/// A tile of the WebMercatorQuad matrix set (OGC Two Dimensional Tile Matrix Set 2.0, annex D):
/// x counts eastward, y southward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TileCoord {
    z: u8,
    x: u32,
    y: u32,
}

impl TileCoord {
    /// The tile, if there is one: z up to 24, x and y within the zoom.
    pub fn new(z: u8, x: u32, y: u32) -> Option<Self> {
        let within = z <= MAX_ZOOM && u64::from(x) < 1 << z && u64::from(y) < 1 << z;
        within.then_some(Self { z, x, y })
    }

    /// Zoom.
    pub const fn z(self) -> u8 {
        self.z
    }

    /// Column, eastward.
    pub const fn x(self) -> u32 {
        self.x
    }

    /// Row, southward.
    pub const fn y(self) -> u32 {
        self.y
    }

    /// Edge length, metres of EPSG:3857.
    pub fn size_m(self) -> f64 {
        2.0 * HALF_WORLD_M / f64::from(1u32 << self.z)
    }

    /// Bounds in EPSG:3857, widened on each side by `buffer` tile units (of `EXTENT` a tile).
    pub fn mercator_bounds(self, buffer: u32) -> Bbox {
        let size = self.size_m();
        let margin = size * f64::from(buffer) / f64::from(super::EXTENT);
        let west = f64::from(self.x).mul_add(size, -HALF_WORLD_M);
        let north = HALF_WORLD_M - f64::from(self.y) * size;
        Bbox::new(west - margin, north - size - margin, west + size + margin, north + margin)
    }
}

/// How near to a pole a latitude may come, degrees: the pole itself lies endlessly far away.
const POLE_DEG: f64 = 90.0 - 1e-9;
/// Farther from the equator than any latitude lies, metres of EPSG:3857.
pub const POLE_M: f64 = 9.0 * HALF_WORLD_M;

/// Degrees to EPSG:3857 metres, beyond the square, too, so that the way back leads to the same degrees; what is
/// nearer to a pole than a millimetre is held there.
pub fn lonlat_to_mercator(lon: f64, lat: f64) -> (f64, f64) {
    let radians = lat.clamp(-POLE_DEG, POLE_DEG).to_radians();
    // Near the poles the sine is 1 before the latitude is 90.
    let up = if lat.abs() <= MAX_LATITUDE { radians.sin().atanh() } else { radians.tan().asinh() };
    (lon / 180.0 * HALF_WORLD_M, up / PI * HALF_WORLD_M)
}

/// EPSG:3857 metres to degrees.
pub fn mercator_to_lonlat(x: f64, y: f64) -> (f64, f64) {
    (x / HALF_WORLD_M * 180.0, (y / HALF_WORLD_M * PI).sinh().atan().to_degrees())
}
