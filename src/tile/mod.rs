//! The tile engine: features in, Mapbox Vector Tile 2.1 bytes out.
//!
//! ```text
//! (E)WKB ─ wkb ──┐
//! FlatGeobuf ─ flat ─▶ shape ─ simplify ─ clip ─ snap ─ repair ─▶ mvt ─▶ bytes
//! ```
//!
//! Pure: no async, no database, no clock, no logging. Bad geometry yields nothing and is counted;
//! there are no errors in here.

/// Areas drawn beforehand.
mod areas;
mod clip;
/// Tile coordinates, their bounds, and Web Mercator.
pub mod coord;
mod dictionary;
mod flat;
mod mvt;
mod repair;
mod shape;
mod simplify;
mod snap;
mod varint;
mod wkb;

pub use areas::AreaDrawer;
pub use coord::TileCoord;
pub use dictionary::encode as encode_value;

use crate::feature::{Bbox, FeatureRef, FlatPart, GeometryRef};
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
    /// Detail smaller than this, in tile units, is left out of lines.
    pub tolerance: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { tolerance: 2.0 }
    }
}

/// Which features a tile may hold where it would be too large with all of them: the more visible
/// first.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Selection {
    /// Features less visible than this are dropped; tile units, of area or of length.
    pub least: f64,
    /// Of those that are just so visible, so many are kept.
    pub of_equal: u64,
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
    /// Features that had to go because the tile would be too large.
    pub dropped: u64,
}

/// Bytes beyond which an encoder only counts: the layer has to be made again with less.
const ROOM: usize = 24 << 20;
/// Bytes that a feature which is only counted is taken for.
const COUNTED_BYTES: u32 = 80;

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
    selection: Option<Selection>,
    watching: bool,
    seen: Seen,
}

/// How visible the features of a layer are.
#[derive(Debug, Default)]
pub struct Seen {
    /// Of each feature, and its bytes.
    features: Vec<(f32, u32)>,
    /// Bytes of those that were only counted.
    counted: u64,
}

impl Seen {
    /// Whether features were only counted: the layer is not whole.
    pub const fn is_cut(&self) -> bool {
        self.counted > 0
    }

    /// The share of all bytes that was written.
    pub fn written_share(&self) -> f64 {
        let all: u64 = self.features.iter().map(|f| u64::from(f.1)).sum();
        1.0 - self.counted as f64 / all.max(1) as f64
    }

    /// What to select so that no more than `share` of all bytes is left; the most visible
    /// features stay.
    pub fn selection(mut self, share: f64) -> Selection {
        self.features.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let room = self.features.iter().map(|s| f64::from(s.1)).sum::<f64>() * share;
        let mut used = 0.0;
        let fits = self.features.iter().take_while(|(_, bytes)| {
            used += f64::from(*bytes);
            used <= room
        });
        let count = fits.count();
        let Some(least) = count.checked_sub(1).map(|last| self.features[last].0) else {
            return Selection { least: f64::INFINITY, of_equal: 0 };
        };
        let of_equal = self.features[..count].iter().filter(|s| s.0 == least).count() as u64;
        Selection { least: f64::from(least), of_equal }
    }
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
    /// Of all lines, units.
    length: f64,
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
            selection: None,
            watching: false,
            seen: Seen::default(),
        }
    }

    /// Leaves out all but the features of a selection, and notes how visible each feature is.
    #[must_use]
    pub fn watching(mut self, selection: Option<Selection>) -> Self {
        self.selection = selection;
        self.watching = true;
        self
    }

    /// Adds one feature; `feature.values` stand in the order of the layer's fields.
    ///
    /// A collection becomes a feature for each family (points, lines, areas) that it holds, with
    /// one id: a vector tile has no collections.
    pub fn add(&mut self, feature: &FeatureRef<'_>) {
        let read = match feature.geometry {
            GeometryRef::Drawn(commands) => return self.keep(feature, Some(commands)),
            GeometryRef::Flat(parts) if self.draws_inside(parts, feature.bbox) => {
                return self.keep(feature, None);
            }
            GeometryRef::Wkb(wkb) => wkb::read(wkb, &self.frame, &mut self.shape),
            GeometryRef::Flat(parts) => flat::read(parts, &self.frame, &mut self.shape),
        };
        if read.is_err() {
            self.tally.unreadable += 1;
            return;
        }
        if self.shape.is_empty() || self.shape.lies_outside(LOW, HIGH) {
            self.tally.vanished += 1;
            return;
        }
        let inside = self.shape.lies_inside(LOW, HIGH);
        self.drawing.draw(&self.shape, inside, self.rules.tolerance);
        self.keep(feature, None);
    }

    /// Draws areas that are known to lie within the tile, as most do; `false` if it is not one.
    fn draws_inside(&mut self, parts: &[FlatPart<'_>], bbox: Option<Bbox>) -> bool {
        bbox.is_some_and(|bbox| self.drawing.draw_inside(parts, bbox, &self.frame))
    }

    /// Takes what has been drawn into the layer: just now, or long ago, as its commands.
    fn keep(&mut self, feature: &FeatureRef<'_>, commands: Option<&[u8]>) {
        let is_empty = commands.map_or_else(|| self.drawing.is_empty(), |own| own == areas::VANISHED);
        if is_empty {
            self.tally.vanished += 1;
            return;
        }
        let visible = match commands {
            _ if !self.watching => 0.0,
            Some(commands) => areas::visible(commands),
            None => self.drawing.visible(),
        };
        if let Some(selection) = &mut self.selection {
            let equal = f64::from(visible) == selection.least;
            if f64::from(visible) < selection.least || (equal && selection.of_equal == 0) {
                self.tally.dropped += 1;
                return;
            }
            selection.of_equal -= u64::from(equal);
        }
        self.tally.written += 1;
        let before = self.layer.len();
        if before < ROOM {
            self.write(feature, commands);
        } else {
            // Of what is not written any more, a guess is enough.
            self.seen.counted += u64::from(COUNTED_BYTES);
        }
        if self.watching {
            let bytes = if before < ROOM { (self.layer.len() - before) as u32 } else { COUNTED_BYTES };
            self.seen.features.push((visible, bytes));
        }
    }

    fn write(&mut self, feature: &FeatureRef<'_>, commands: Option<&[u8]>) {
        let drawing = &mut self.drawing;
        self.layer.attributes(feature.values);
        if let Some(commands) = commands {
            return self.layer.drawn(feature.id, GeomType::Polygon, commands);
        }
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

    /// Bytes so far.
    pub fn size(&self) -> usize {
        self.layer.len()
    }

    /// The layer as a protobuf field of the tile (empty if it holds no feature), and the tally.
    /// Layers written one behind the other make a tile.
    pub fn finish(self) -> (Vec<u8>, Tally) {
        (self.layer.finish(), self.tally)
    }

    /// The same, and how visible its features are, if that was noted.
    pub fn finish_and_tell(self) -> (Vec<u8>, Tally, Seen) {
        (self.layer.finish(), self.tally, self.seen)
    }
}

impl Drawing {
    fn is_empty(&self) -> bool {
        self.rings.is_empty() && self.lines.is_empty() && self.points.is_empty()
    }

    /// How much of it is to be seen: area and length, square units and units.
    fn visible(&self) -> f32 {
        let areas = self.rings.iter().map(|(ring, _)| 0.5 * snap::double_area(ring) as f32);
        areas.sum::<f32>() + self.length as f32
    }

    /// Draws areas whose box (EPSG:3857) lies within the tile; `false` if it does not, or what is read is no area.
    fn draw_inside(&mut self, parts: &[FlatPart<'_>], bbox: Bbox, frame: &wkb::Frame) -> bool {
        if !frame.holds(bbox, LOW, HIGH) {
            return false;
        }
        let Self { grid, rings, points, lines, length, mender, .. } = self;
        rings.clear();
        points.clear();
        lines.clear();
        *length = 0.0;
        let mut has_exterior = false;
        let drawn = flat::snap_rings(parts, frame, grid, |place, grid| {
            snap::close_ring(grid);
            if place == 0 {
                has_exterior = !grid.is_empty();
            }
            if has_exterior && !grid.is_empty() {
                rings.push(grid, place == 0);
            }
        });
        if drawn.is_some() && !rings.is_empty() {
            mender.mend(rings);
        }
        drawn.is_some()
    }

    fn draw(&mut self, shape: &shape::Shape, inside: bool, tolerance: f64) {
        self.rings.clear();
        self.points.clear();
        self.lines.clear();
        self.length = 0.0;
        // The holes of an exterior that vanished vanish with it.
        let mut has_exterior = false;
        for (kind, path) in shape.paths() {
            match kind {
                PathKind::Points => self.draw_points(path),
                PathKind::Line => self.draw_line(path, inside, tolerance),
                PathKind::Exterior => has_exterior = self.draw_ring(path, inside, true),
                PathKind::Interior if has_exterior => {
                    self.draw_ring(path, inside, false);
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
        let (grid, lines, length) = (&mut self.grid, &mut self.lines, &mut self.length);
        let mut draw = |piece: &[Position]| {
            snap::snap_line(piece, grid);
            if grid.len() > 1 {
                lines.line(grid);
                let step = |pair: &[GridPoint]| {
                    f64::from(pair[1][0] - pair[0][0]).hypot(f64::from(pair[1][1] - pair[0][1]))
                };
                *length += grid.windows(2).map(step).sum::<f64>();
            }
        };
        if inside {
            draw(&self.path);
        } else {
            clip::clip_line(&self.path, LOW, HIGH, &mut self.piece, draw);
        }
    }

    /// Whether anything of the ring is left. Rings keep all corners that the grid tells apart: a
    /// neighbour that shares the border knows nothing of what this one would leave out.
    fn draw_ring(&mut self, path: &[Position], inside: bool, exterior: bool) -> bool {
        if inside {
            snap::snap_ring(path, &mut self.grid);
        } else {
            self.path.clear();
            self.path.extend_from_slice(path);
            self.ring_clipper.clip(&mut self.path, LOW, HIGH);
            snap::snap_ring(&self.path, &mut self.grid);
        }
        if self.grid.is_empty() {
            return false;
        }
        self.rings.push(&self.grid, exterior);
        true
    }
}
