//! Reads WKB, as OGC Simple Features 1.2.1 (clause 8) and PostGIS (EWKB) write it, into a
//! [`Shape`] in tile units. Z and M are passed over. Hostile bytes give [`Unreadable`].

use super::{
    Projection, TileCoord,
    coord::{HALF_WORLD_M, lonlat_to_mercator},
    shape::{PathKind, Position, Shape},
};
use crate::feature::Bbox;

/// How deep collections may stand in collections.
const DEPTH_MAX: u8 = 8;

/// The bytes are no geometry that can be drawn: cut short, of an unknown type, or with a
/// coordinate that is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// From the features' plane to tile units.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    projection: Projection,
    west_m: f64,
    north_m: f64,
    units_per_m: f64,
}

impl Frame {
    /// The frame of one tile.
    pub fn new(tile: TileCoord, projection: Projection) -> Self {
        let bounds = tile.mercator_bounds(0);
        let units_per_m = f64::from(super::EXTENT) / tile.size_m();
        Self { projection, west_m: bounds.min_x, north_m: bounds.max_y, units_per_m }
    }

    /// Whether a box of EPSG:3857 lies between `low` and `high` of the tile on both axes.
    pub fn holds(&self, bbox: Bbox, low: f64, high: f64) -> bool {
        let ([west, north], [east, south]) =
            (self.in_mercator(bbox.min_x, bbox.max_y), self.in_mercator(bbox.max_x, bbox.min_y));
        west >= low && north >= low && east <= high && south <= high
    }

    /// A position of EPSG:3857, near enough to be drawn, in tile units.
    pub fn in_mercator(&self, x: f64, y: f64) -> Position {
        [(x - self.west_m) * self.units_per_m, (self.north_m - y) * self.units_per_m]
    }

    /// A position of the features' plane in tile units.
    pub fn project(&self, x: f64, y: f64) -> Position {
        let (x, y) = match self.projection {
            Projection::Mercator => (x, y),
            Projection::LonLat => lonlat_to_mercator(x, y),
        };
        // Beyond ten worlds nothing is drawn, and the arithmetic behind stays exact.
        let held = |v: f64| v.clamp(-20.0 * HALF_WORLD_M, 20.0 * HALF_WORLD_M);
        [(held(x) - self.west_m) * self.units_per_m, (self.north_m - held(y)) * self.units_per_m]
    }
}

/// Reads one geometry into `shape`, which is emptied first.
pub fn read(wkb: &[u8], frame: &Frame, shape: &mut Shape) -> Result<(), Unreadable> {
    shape.clear();
    let mut reader = Reader { rest: wkb, frame, shape };
    reader.geometry(0)
}

struct Reader<'w, 's> {
    rest: &'w [u8],
    frame: &'s Frame,
    shape: &'s mut Shape,
}

/// What stands before a geometry's coordinates.
#[derive(Clone, Copy)]
struct Header {
    little_endian: bool,
    kind: u32,
    /// Numbers for each position: 2, 3 or 4.
    dimensions: usize,
}

impl<'w> Reader<'w, '_> {
    fn geometry(&mut self, depth: u8) -> Result<(), Unreadable> {
        let header = self.header()?;
        match header.kind {
            1 => {
                self.positions(header, 1)?;
                self.shape.end_path(PathKind::Points);
            }
            2 => {
                self.path(header)?;
                self.shape.end_path(PathKind::Line);
            }
            3 => self.polygon(header)?,
            4..=7 if depth < DEPTH_MAX => {
                // A member takes five bytes at the least.
                for _ in 0..self.count(header, 5)? {
                    self.geometry(depth + 1)?;
                }
            }
            _ => return Err(Unreadable),
        }
        Ok(())
    }

    fn header(&mut self) -> Result<Header, Unreadable> {
        let little_endian = match self.take(1)? {
            [0] => false,
            [1] => true,
            _ => return Err(Unreadable),
        };
        let code = self.uint(little_endian)?;
        // EWKB marks Z, M and SRID by high bits, ISO WKB by thousands.
        let (z, m, srid) = (code & 0x8000_0000 != 0, code & 0x4000_0000 != 0, code & 0x2000_0000 != 0);
        let iso = code & 0x1fff_ffff;
        if srid {
            self.take(4)?;
        }
        let (iso_z, iso_m) = match iso / 1000 {
            0 => (false, false),
            1 => (true, false),
            2 => (false, true),
            3 => (true, true),
            _ => return Err(Unreadable),
        };
        let dimensions = 2 + usize::from(z || iso_z) + usize::from(m || iso_m);
        Ok(Header { little_endian, kind: iso % 1000, dimensions })
    }

    fn polygon(&mut self, header: Header) -> Result<(), Unreadable> {
        for ring in 0..self.count(header, 4)? {
            self.path(header)?;
            self.shape.end_path(if ring == 0 { PathKind::Exterior } else { PathKind::Interior });
        }
        Ok(())
    }

    fn path(&mut self, header: Header) -> Result<(), Unreadable> {
        let count = self.count(header, header.dimensions * 8)?;
        self.positions(header, count)
    }

    fn positions(&mut self, header: Header, count: usize) -> Result<(), Unreadable> {
        let bytes = self.take(count * header.dimensions * 8)?;
        for position in bytes.chunks_exact(header.dimensions * 8) {
            let number = |at: usize| {
                let mut eight = [0; 8];
                eight.copy_from_slice(&position[at..at + 8]);
                if header.little_endian { f64::from_le_bytes(eight) } else { f64::from_be_bytes(eight) }
            };
            let (x, y) = (number(0), number(8));
            match (x.is_finite(), y.is_finite()) {
                (true, true) => self.shape.push(self.frame.project(x, y)),
                // An empty point is written as two NaN.
                _ if header.kind == 1 && x.is_nan() && y.is_nan() => {}
                _ => return Err(Unreadable),
            }
        }
        Ok(())
    }

    /// A number of members, each of at least `size` bytes, which must be there.
    fn count(&mut self, header: Header, size: usize) -> Result<usize, Unreadable> {
        let count = self.uint(header.little_endian)? as usize;
        if count > self.rest.len() / size { Err(Unreadable) } else { Ok(count) }
    }

    fn uint(&mut self, little_endian: bool) -> Result<u32, Unreadable> {
        let mut four = [0; 4];
        four.copy_from_slice(self.take(4)?);
        Ok(if little_endian { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    }

    fn take(&mut self, bytes: usize) -> Result<&'w [u8], Unreadable> {
        let (taken, rest) = self.rest.split_at_checked(bytes).ok_or(Unreadable)?;
        self.rest = rest;
        Ok(taken)
    }
}
