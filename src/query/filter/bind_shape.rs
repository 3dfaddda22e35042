//! A geometry that a filter gives becomes a shape: in degrees, on the grid, valid.

use super::{
    FilterError, Node,
    bind::{Bound, wrong},
    relate::on_grid,
    validity::{Validity, validity},
};
use crate::{
    crs::{NamedSystem, Transform},
    feature::Bbox,
};
use geo::{BoundingRect, Coord, CoordsIter, Geometry, LineString, MapCoords, Rect};
use std::cell::Cell;

/// Grid lines of a degree, along both axes: 0.1 mm apart.
pub const GRID_PER_DEGREE: f64 = 1e9;
/// A straight edge in a plane is a curve in degrees. So long an edge is off by 4 mm at most,
/// metres; longer ones are divided.
const EDGE_MAX_M: f64 = 1_000.0;
/// Edges of a geometry in a plane at most, once they are divided.
const DIVISIONS_MAX: f64 = 20_000.0;
/// Pairs of edges that are compared to know whether an area is valid: 70 ms.
const COMPARISONS_MAX: usize = 4_000_000;

/// A shape that features are compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    grid: Geometry,
    bbox: Bbox,
    mixed: bool,
}

impl Shape {
    /// Its coordinates in grid lines, whole numbers: longitude, latitude.
    pub const fn grid(&self) -> &Geometry {
        &self.grid
    }

    /// The box around it, degrees, a grid line wider.
    pub const fn bbox(&self) -> Bbox {
        self.bbox
    }

    /// Whether it holds points, lines and areas together, or two of these.
    pub const fn is_mixed(&self) -> bool {
        self.mixed
    }
}

/// Brings geometries of one system onto the grid.
pub(super) struct ShapeReader {
    system: NamedSystem,
    /// Made when it is first needed.
    transform: Option<Transform>,
}

impl ShapeReader {
    pub(super) const fn new(system: NamedSystem) -> Self {
        Self { system, transform: None }
    }

    /// A geometry whose axes are in the order of the system.
    pub(super) fn shape(&mut self, node: &Node, geometry: &Geometry) -> Bound<Shape> {
        let system = self.system;
        let east_first = geometry.map_coords(|c| system.swapped(c.x, c.y).into());
        self.placed(node, &east_first)
    }

    /// Two corners, in the order of the system's axes; heights are left out. West above east
    /// crosses the antimeridian where the system is of degrees.
    pub(super) fn bbox(&mut self, node: &Node, numbers: &[f64]) -> Bound<Shape> {
        let (low, high) = match *numbers {
            [a, b, c, d] | [a, b, _, c, d, _] => (self.system.swapped(a, b), self.system.swapped(c, d)),
            _ => return wrong(node, "a BBOX is of 4 numbers, or 6 with heights"),
        };
        let ((west, south), (east, north)) = (low, high);
        if south > north || (west > east && !self.system.system.is_geographic()) {
            return wrong(node, "the first corner of this BBOX is not below and before the second");
        }
        let boxes = if west > east {
            vec![((west, south), (180.0, north)), ((-180.0, south), (east, north))]
        } else {
            vec![(low, high)]
        };
        let mut parts: Vec<Geometry> = boxes.into_iter().map(|(low, high)| flat_box(low, high)).collect();
        let geometry = match parts.len() {
            1 => parts.remove(0),
            _ => Geometry::GeometryCollection(geo::GeometryCollection(parts)),
        };
        self.placed(node, &geometry)
    }

    fn placed(&mut self, node: &Node, geometry: &Geometry) -> Bound<Shape> {
        let lonlat = self.lonlat(node, geometry)?;
        let held = |c: Coord| (-180.0..=180.0).contains(&c.x) && (-90.0..=90.0).contains(&c.y);
        if let Some(c) = lonlat.coords_iter().find(|c| !held(*c)) {
            let order = match (self.system.system.is_geographic(), self.system.north_first) {
                (true, true) => "; this system writes the latitude first",
                (true, false) => "; this system writes the longitude first",
                (false, _) => "",
            };
            let text = format!("{} {} (longitude, latitude) is not on the Earth{order}", c.x, c.y);
            return wrong(node, text);
        }
        let nothing_collapsed = |g: &Geometry| parts(g) == parts(&lonlat);
        let Some(grid) = on_grid(&lonlat).filter(nothing_collapsed).map(same_kinds_together) else {
            return wrong(node, "a line needs two positions that differ, a ring three");
        };
        match validity(&grid, COMPARISONS_MAX) {
            Validity::Valid => {}
            Validity::Broken => {
                return wrong(node, "this area crosses or touches itself, or its parts lie over each other");
            }
            Validity::Unknown => {
                return wrong(
                    node,
                    "too many long edges of this area lie side by side; simplify it, or ask for its parts",
                );
            }
        }
        let Some(rect) = lonlat.bounding_rect() else { return wrong(node, "this geometry is empty") };
        let by = 1.0 / GRID_PER_DEGREE;
        let bbox = Bbox::new(rect.min().x - by, rect.min().y - by, rect.max().x + by, rect.max().y + by);
        let mixed = matches!(grid, Geometry::GeometryCollection(_));
        Ok(Shape { grid, bbox, mixed })
    }

    fn lonlat(&mut self, node: &Node, geometry: &Geometry) -> Bound<Geometry> {
        let system = self.system.system;
        if system.code == 4326 {
            return Ok(geometry.clone());
        }
        let divided = match system.is_geographic() {
            true => geometry.clone(),
            false => divided(node, geometry)?,
        };
        let transform = match self.transform.take() {
            Some(transform) => transform,
            None => Transform::to_wgs84(system)
                .map_err(|error| FilterError::at(node.place.clone(), error.to_string()))?,
        };
        let (mut x, mut y): (Vec<f64>, Vec<f64>) = divided.coords_iter().map(|c| (c.x, c.y)).unzip();
        let outcome = transform.apply(&mut x, &mut y);
        self.transform = Some(transform);
        if outcome.is_err() {
            return wrong(node, format!("this lies outside of where {system} can be used"));
        }
        let next = Cell::new(0);
        let (x, y) = (x.as_slice(), y.as_slice());
        Ok(divided.map_coords(|c| {
            let at = next.replace(next.get() + 1);
            x.get(at).zip(y.get(at)).map_or(c, |(x, y)| Coord { x: *x, y: *y })
        }))
    }
}

/// A box; one without width or height is a line or a point.
fn flat_box(low: (f64, f64), high: (f64, f64)) -> Geometry {
    match (low.0 == high.0, low.1 == high.1) {
        (false, false) => Geometry::Polygon(Rect::new(low, high).to_polygon()),
        (true, true) => Geometry::Point(low.into()),
        _ => Geometry::LineString(vec![low, high].into()),
    }
}

/// The geometry with long edges divided.
fn divided(node: &Node, geometry: &Geometry) -> Bound<Geometry> {
    let length = |l: geo::Line| (l.end.x - l.start.x).hypot(l.end.y - l.start.y);
    let pieces = |l: geo::Line| (length(l) / EDGE_MAX_M).ceil().max(1.0);
    let all = Cell::new(0.0);
    each_path(geometry, &|line| {
        all.set(all.get() + line.lines().map(pieces).sum::<f64>());
        LineString(Vec::new())
    });
    let all = all.get();
    // What is no number fails, too.
    if all.is_nan() || all > DIVISIONS_MAX {
        return wrong(node, "this geometry is too large for its system; write it in degrees");
    }
    let divide = |line: &LineString| {
        let mut out: Vec<Coord> = line.0.first().copied().into_iter().collect();
        for edge in line.lines() {
            let n = pieces(edge);
            let delta = edge.delta();
            for i in 1..n as u32 {
                out.push(edge.start + delta * (f64::from(i) / n));
            }
            out.push(edge.end);
        }
        LineString(out)
    };
    Ok(each_path(geometry, &divide))
}

/// The geometry with another path in the place of each.
fn each_path(geometry: &Geometry, path: &dyn Fn(&LineString) -> LineString) -> Geometry {
    let polygon =
        |p: &geo::Polygon| geo::Polygon::new(path(p.exterior()), p.interiors().iter().map(path).collect());
    match geometry {
        Geometry::LineString(line) => Geometry::LineString(path(line)),
        Geometry::MultiLineString(lines) => {
            Geometry::MultiLineString(geo::MultiLineString(lines.iter().map(path).collect()))
        }
        Geometry::Polygon(area) => Geometry::Polygon(polygon(area)),
        Geometry::MultiPolygon(areas) => {
            Geometry::MultiPolygon(geo::MultiPolygon(areas.iter().map(polygon).collect()))
        }
        Geometry::GeometryCollection(all) => Geometry::GeometryCollection(geo::GeometryCollection(
            all.iter().map(|g| each_path(g, path)).collect(),
        )),
        other => other.clone(),
    }
}

/// Single points, paths and collections in a geometry.
fn parts(geometry: &Geometry) -> usize {
    match geometry {
        Geometry::MultiPoint(points) => points.0.len(),
        Geometry::MultiLineString(lines) => lines.0.len(),
        Geometry::Polygon(area) => 1 + area.interiors().len(),
        Geometry::MultiPolygon(areas) => areas.iter().map(|a| 1 + a.interiors().len()).sum(),
        Geometry::GeometryCollection(all) => all.iter().map(parts).sum(),
        _ => 1,
    }
}

/// A collection of one kind only as what it is: points, lines or areas.
fn same_kinds_together(geometry: Geometry) -> Geometry {
    if !matches!(geometry, Geometry::GeometryCollection(_)) {
        return geometry;
    }
    let (mut points, mut lines, mut areas) = (Vec::new(), Vec::new(), Vec::new());
    gather(&geometry, &mut points, &mut lines, &mut areas);
    match (points.is_empty(), lines.is_empty(), areas.is_empty()) {
        (false, true, true) => Geometry::MultiPoint(geo::MultiPoint(points)),
        (true, false, true) => Geometry::MultiLineString(geo::MultiLineString(lines)),
        (true, true, false) => Geometry::MultiPolygon(geo::MultiPolygon(areas)),
        _ => geometry,
    }
}

fn gather(
    geometry: &Geometry,
    points: &mut Vec<geo::Point>,
    lines: &mut Vec<LineString>,
    areas: &mut Vec<geo::Polygon>,
) {
    match geometry {
        Geometry::Point(point) => points.push(*point),
        Geometry::MultiPoint(all) => points.extend(all.iter()),
        Geometry::LineString(line) => lines.push(line.clone()),
        Geometry::MultiLineString(all) => lines.extend(all.iter().cloned()),
        Geometry::Polygon(area) => areas.push(area.clone()),
        Geometry::MultiPolygon(all) => areas.extend(all.iter().cloned()),
        Geometry::GeometryCollection(all) => all.iter().for_each(|g| gather(g, points, lines, areas)),
        _ => {}
    }
}
