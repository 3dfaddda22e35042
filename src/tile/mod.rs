//! The tile engine: features in, Mapbox Vector Tile 2.1 bytes out.
//!
//! ```text
//! (E)WKB ─ wkb ─▶ shape ─ simplify ─ clip ─ snap ─ repair ─▶ mvt ─▶ bytes
//! ```
//!
//! Pure: no async, no database, no clock, no logging. Bad geometry yields nothing and is counted;
//! there are no errors in here.

mod clip;
/// Tile coordinates, their bounds, and Web Mercator.
pub mod coord;
mod mvt;
mod repair;
mod shape;
mod simplify;
mod snap;
mod wkb;

pub use coord::TileCoord;

use crate::feature::FeatureRef;
use mvt::GeomType;
use shape::{PathKind, Position};
use snap::GridPoint;

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

/// Half-open bounds of what a tile draws, tile units.
const LOW: f64 = -(BUFFER as f64);
const HIGH: f64 = (EXTENT + BUFFER) as f64;

/// Writes one layer of one tile, feature by feature.
pub struct LayerEncoder {
    frame: wkb::Frame,
    rules: Rules,
    layer: mvt::Layer,
    tally: Tally,
    shape: shape::Shape,
    drawing: Drawing,
}

/// Room that each feature uses again, and what has been drawn of it.
#[derive(Default)]
struct Drawing {
    simplifier: simplify::Simplifier,
    ring_clipper: clip::RingClipper,
    mender: repair::Mender,
    path: Vec<Position>,
    piece: Vec<Position>,
    grid: Vec<GridPoint>,
    rings: repair::Rings,
    points: Vec<GridPoint>,
    lines: mvt::Geometry,
    geometry: mvt::Geometry,
}

impl LayerEncoder {
    /// A layer named `name` with the given attribute names, for one tile.
    pub fn new(tile: TileCoord, name: &str, fields: &[&str], rules: Rules, source: Projection) -> Self {
        Self {
            frame: wkb::Frame::new(tile, source),
            rules,
            layer: mvt::Layer::new(name, fields),
            tally: Tally::default(),
            shape: shape::Shape::default(),
            drawing: Drawing::default(),
        }
    }

    /// Adds one feature; `feature.values` stand in the order of the layer's fields.
    ///
    /// A collection becomes a feature for each family (points, lines, areas) that it holds, with
    /// one id: a vector tile has no collections.
    pub fn add(&mut self, feature: &FeatureRef<'_>) {
        if wkb::read(feature.wkb, &self.frame, &mut self.shape).is_err() {
            self.tally.unreadable += 1;
            return;
        }
        if self.shape.is_empty() || self.shape.lies_outside(LOW, HIGH) {
            self.tally.vanished += 1;
            return;
        }
        let inside = self.shape.lies_inside(LOW, HIGH);
        let drawing = &mut self.drawing;
        drawing.draw(&self.shape, inside, self.rules.tolerance);
        if drawing.is_empty() {
            self.tally.vanished += 1;
            return;
        }
        self.tally.written += 1;
        self.layer.attributes(feature.values);
        if !drawing.rings.is_empty() {
            drawing.geometry.clear();
            drawing.rings.iter().for_each(|(ring, _)| drawing.geometry.ring(ring));
            self.layer.feature(feature.id, GeomType::Polygon, &drawing.geometry);
        }
        if !drawing.lines.is_empty() {
            self.layer.feature(feature.id, GeomType::Line, &drawing.lines);
        }
        if !drawing.points.is_empty() {
            drawing.geometry.clear();
            drawing.geometry.points(&drawing.points);
            self.layer.feature(feature.id, GeomType::Point, &drawing.geometry);
        }
    }

    /// The layer as a protobuf field of the tile (empty if it holds no feature), and the tally.
    /// Layers written one behind the other make a tile.
    pub fn finish(self) -> (Vec<u8>, Tally) {
        (self.layer.finish(), self.tally)
    }
}

impl Drawing {
    fn is_empty(&self) -> bool {
        self.rings.is_empty() && self.lines.is_empty() && self.points.is_empty()
    }

    fn draw(&mut self, shape: &shape::Shape, inside: bool, tolerance: f64) {
        self.rings.clear();
        self.points.clear();
        self.lines.clear();
        // The holes of an exterior that vanished vanish with it.
        let mut has_exterior = false;
        for (kind, path) in shape.paths() {
            match kind {
                PathKind::Points => self.draw_points(path),
                PathKind::Line => self.draw_line(path, inside, tolerance),
                PathKind::Exterior => has_exterior = self.draw_ring(path, inside, tolerance, true),
                PathKind::Interior if has_exterior => {
                    self.draw_ring(path, inside, tolerance, false);
                }
                PathKind::Interior => {}
            }
        }
        self.points.sort_unstable();
        self.points.dedup();
        if !self.rings.is_empty() {
            self.mender.mend(&mut self.rings);
        }
    }

    fn draw_points(&mut self, path: &[Position]) {
        let within = path.iter().filter(|p| p.iter().all(|v| (LOW..=HIGH).contains(v)));
        self.points.extend(within.map(|p| snap::snap(*p)));
    }

    fn draw_line(&mut self, path: &[Position], inside: bool, tolerance: f64) {
        self.simplifier.line(path, tolerance, &mut self.path);
        let (grid, lines) = (&mut self.grid, &mut self.lines);
        let mut draw = |piece: &[Position]| {
            snap::snap_line(piece, grid);
            if grid.len() > 1 {
                lines.line(grid);
            }
        };
        if inside {
            draw(&self.path);
        } else {
            clip::clip_line(&self.path, LOW, HIGH, &mut self.piece, draw);
        }
    }

    /// Whether anything of the ring is left.
    fn draw_ring(&mut self, path: &[Position], inside: bool, tolerance: f64, exterior: bool) -> bool {
        self.simplifier.ring(path, tolerance, &mut self.path);
        if !inside {
            self.ring_clipper.clip(&mut self.path, LOW, HIGH);
        }
        snap::snap_ring(&self.path, &mut self.grid);
        if self.grid.is_empty() {
            return false;
        }
        self.rings.push(&self.grid, exterior);
        true
    }
}
