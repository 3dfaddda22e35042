//! Areas in the plane in which areas are official, and how much of a feature lies in one.
//!
//! ```text
//! text, JSON ─ spec ─▶ Spec ─ (the store looks up what it names) ─ draw ─▶ Area
//!                        Area, edges: prepared once ─ footprint, sweep, inside ─▶ m², m, positions inside
//! ```
//!
//! All in metres of EPSG:9210; positions on lines between corners are on straight lines there.
//! Must not know layers, stores, files, or how units are bounded.

/// From corners, circles and drawings to areas.
pub mod draw;
mod edges;
mod footprint;
mod inside;
/// What people write where they are asked for an area.
pub mod spec;
mod sweep;

pub use draw::DrawError;
pub use footprint::{Amount, DIFFERS, DIFFERS_M2, Dimension, Footprint};
pub use spec::{Spec, SpecError};
pub use sweep::Sweep;

use crate::{crs::Plane, feature::Bbox};
use edges::{Edge, Edges};
use geo::{Coord, MapCoords, MultiPolygon, Orient, orient::Direction};
use std::{
    collections::HashMap,
    sync::{LazyLock, atomic::AtomicBool},
};

/// An area, ready to be asked.
#[derive(Debug, Clone)]
pub struct Area {
    shape: MultiPolygon,
    edges: Edges,
    bounds: Bbox,
    area_m2: f64,
}

/// How a box lies to an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// No position of it lies inside.
    Apart,
    /// Some may and some may not.
    Meets,
    /// All of it lies inside.
    Within,
}

impl Area {
    /// The area of polygons in the plane. What several of them cover counts once; each must be
    /// without crossings ([`draw::sound`]).
    pub fn new(shape: MultiPolygon) -> Self {
        let shape = shape.orient(Direction::Default);
        let edges = Edges::new(outline(&shape));
        let corners = shape.0.iter().flat_map(|p| p.exterior().0.iter());
        let bounds = corners.map(|c| Bbox::new(c.x, c.y, c.x, c.y)).reduce(Bbox::union);
        let bounds = bounds.unwrap_or(Bbox::new(0.0, 0.0, 0.0, 0.0));
        let area_m2 = match bounds.max_x - bounds.min_x > bounds.max_y - bounds.min_y {
            // Lying, what lies along a road has nearly all its edges in each slab.
            true => {
                let stood_up = shape.map_coords(|c| Coord { x: c.y, y: c.x });
                let Bbox { min_x, min_y, max_x, max_y } = bounds;
                swept(&Edges::new(outline(&stood_up)), Bbox::new(min_y, min_x, max_y, max_x))
            }
            false => swept(&edges, bounds),
        };
        Self { area_m2, shape, edges, bounds }
    }

    /// All ground of several, that which they share once.
    pub fn together<'a>(areas: impl IntoIterator<Item = &'a Self>) -> Self {
        Self::new(areas.into_iter().flat_map(|area| area.shape.0.iter().cloned()).collect())
    }

    /// Its polygons in the plane.
    pub const fn shape(&self) -> &MultiPolygon {
        &self.shape
    }

    /// Square metres.
    pub const fn area_m2(&self) -> f64 {
        self.area_m2
    }

    /// The box around it in the plane.
    pub const fn bounds(&self) -> Bbox {
        self.bounds
    }

    /// Whether a position lies in it. Of areas that share an edge one holds a position on it.
    pub fn holds(&self, x: f64, y: f64) -> bool {
        self.edges.winding(x, y) != 0
    }

    /// How a box of the plane lies to it.
    pub fn relation(&self, area: Bbox) -> Relation {
        if !area.intersects(self.bounds) {
            return Relation::Apart;
        }
        if self.edges.meet(area) {
            return Relation::Meets;
        }
        let middle = (f64::midpoint(area.min_x, area.max_x), f64::midpoint(area.min_y, area.max_y));
        if self.holds(middle.0, middle.1) { Relation::Within } else { Relation::Apart }
    }

    /// A box of EPSG:3857 that holds it.
    pub fn mercator_bounds(&self) -> Bbox {
        let Bbox { min_x, min_y, max_x, max_y } = bent(self.bounds);
        let corners = [(min_x, min_y), (min_x, max_y), (max_x, min_y), (max_x, max_y)];
        let around = corners.map(|(x, y)| {
            let [lon, lat] = Plane::measuring().to_lonlat(x, y);
            let (x, y) = crate::tile::coord::lonlat_to_mercator(lon, lat);
            Bbox::new(x, y, x, y)
        });
        around.into_iter().reduce(Bbox::union).unwrap_or(self.bounds)
    }

    const fn edges(&self) -> &Edges {
        &self.edges
    }
}

/// Square metres that edges enclose.
fn swept(edges: &Edges, bounds: Bbox) -> f64 {
    let ground = [sweep::Ground::Union(edges)];
    Sweep::default().shared_area(&ground, bounds, &AtomicBool::new(false)).unwrap_or_default()
}

/// Degrees around [`draw::WINDOW`] in which what is cut off at it may reach, by a buffer for one. The plane is still
/// one there; far away from its meridian it gives numbers that say nothing.
const BEYOND_WINDOW_DEG: f64 = 5.0;

/// The window, and what is around it, in EPSG:3857.
fn mercator_window() -> Bbox {
    static WINDOW: LazyLock<Bbox> = LazyLock::new(|| {
        let [west, south, east, north] = draw::WINDOW;
        let at = |lon, lat| crate::tile::coord::lonlat_to_mercator(lon, lat);
        let (min_x, min_y) = at(west - BEYOND_WINDOW_DEG, south - BEYOND_WINDOW_DEG);
        let (max_x, max_y) = at(east + BEYOND_WINDOW_DEG, north + BEYOND_WINDOW_DEG);
        Bbox::new(min_x, min_y, max_x, max_y)
    });
    *WINDOW
}

/// A box of the plane that holds what of a box of EPSG:3857 lies where an area can be, and whether that is all of it.
/// `None` where nothing does.
pub fn plane_bounds(mercator: Bbox) -> Option<(Bbox, bool)> {
    let window = mercator_window();
    if !mercator.intersects(window) {
        return None;
    }
    let is_all = window.contains(mercator);
    let (min_x, max_x) = (mercator.min_x.max(window.min_x), mercator.max_x.min(window.max_x));
    let (min_y, max_y) = (mercator.min_y.max(window.min_y), mercator.max_y.min(window.max_y));
    let corners = [(min_x, min_y), (min_x, max_y), (max_x, min_y), (max_x, max_y)];
    let around = corners.map(|(x, y)| {
        let [x, y] = Plane::measuring().from_mercator(x, y);
        Bbox::new(x, y, x, y)
    });
    around.into_iter().reduce(Bbox::union).map(|around| (bent(around), is_all))
}

/// The box widened by more than its edges bend between one plane and the other. Within Vietnam
/// parallels bend most, with a radius above 14 000 km.
fn bent(b: Bbox) -> Bbox {
    const BEND_M: f64 = 2.5e7;
    let longest = (b.max_x - b.min_x).max(b.max_y - b.min_y);
    let by = longest * longest / BEND_M + 1e-6;
    Bbox::new(b.min_x - by, b.min_y - by, b.max_x + by, b.max_y + by)
}

/// The edges of polygons without those that two of them share: what is left is the outline.
fn outline(shape: &MultiPolygon) -> Vec<Edge> {
    let rings = shape.0.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
    let all = rings.flat_map(|ring| ring.lines()).filter_map(|l| Edge::between(l.start.into(), l.end.into()));
    if shape.0.len() < 2 {
        return all.collect();
    }
    let mut open: HashMap<[u64; 4], (Edge, i32)> = HashMap::new();
    let mut level = Vec::new();
    for edge in all {
        if edge.turn == 0 {
            level.push(edge);
            continue;
        }
        let key = [edge.x0, edge.y0, edge.x1, edge.y1].map(f64::to_bits);
        open.entry(key).or_insert((edge, 0)).1 += edge.turn;
    }
    let mut left: Vec<Edge> =
        open.into_values().filter(|(_, turn)| *turn != 0).map(|(edge, turn)| Edge { turn, ..edge }).collect();
    left.sort_unstable_by(|a, b| a.y0.total_cmp(&b.y0).then(a.x0.total_cmp(&b.x0)));
    left.extend(level);
    left
}
