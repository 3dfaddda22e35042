//! From corners, circles and drawings to areas in the measuring plane.

use super::{Area, edges::Edge, footprint::crossings};
use crate::{crs::Plane, feature::Bbox};
use geo::{
    Area as _, BooleanOps, BoundingRect, Buffer, Coord, CoordsIter, Geometry, LineString, MapCoords,
    MultiLineString, MultiPolygon, Polygon, Rect, coord,
};
use i_overlay::{core::fill_rule::FillRule, float::simplify::SimplifyShape};
use std::{
    f64::consts::PI,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Positions that an area may have.
pub const POSITIONS_MAX: usize = 200_000;
/// Largest buffer and radius, metres.
pub const REACH_MAX_M: f64 = 200_000.0;
/// Corners of what stands for a circle. It has the circle's area.
const CIRCLE_CORNERS: u32 = 360;
/// Crossings of a drawing's lines that are repaired: a star of n corners has n² of them.
const CROSSINGS_MAX: usize = 2_000;
/// Longest piece of a box's edge, degrees: along a parallel a straight line in the plane bends away.
const BOX_STEP_DEG: f64 = 0.01;

/// Why a drawing gives no area.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DrawError {
    /// Lines or positions.
    #[error(
        "it has no area; to ask for what lies around a line or a position, put `buffer:METRES:` before it"
    )]
    NoArea,
    /// Too large a drawing.
    #[error("it has {0} positions, and {POSITIONS_MAX} are allowed; simplify it, or ask for its parts")]
    TooManyPositions(usize),
    /// No reach.
    #[error("{0} m is no distance from -{REACH_MAX_M} to {REACH_MAX_M} m")]
    Reach(f64),
    /// Crossings without end.
    #[error(
        "its lines cross each other more than {CROSSINGS_MAX} times; draw it without crossings, or ask for its parts"
    )]
    Crossings,
    /// Lines that no overlay follows.
    #[error(
        "its lines cross and touch themselves so that its inside cannot be found; draw each ring without \
         crossings, or ask for its parts one by one"
    )]
    Tangled,
}

/// Where degrees go through the measuring plane: west, south, east, north, with a wide margin around Vietnam.
pub const WINDOW: [f64; 4] = [98.0, 4.0, 114.0, 26.0];

fn window() -> Rect {
    let [west, south, east, north] = WINDOW;
    Rect::new(coord! { x: west, y: south }, coord! { x: east, y: north })
}

/// Whether a part of a box of degrees lies out of the [`WINDOW`], where it is cut off.
pub fn leaves_window(b: Bbox) -> bool {
    let inside = |x, y| holds(&window(), coord! { x: x, y: y });
    !(inside(b.min_x, b.min_y) && inside(b.max_x, b.max_y))
}

/// The box around a drawing; `None` if it has no position.
pub fn around(drawn: &Geometry) -> Option<Bbox> {
    let bounds = drawn.bounding_rect()?;
    Some(Bbox::new(bounds.min().x, bounds.min().y, bounds.max().x, bounds.max().y))
}

/// A drawing in degrees of WGS 84 as one in the plane. What lies out of the [`WINDOW`] is cut off.
pub fn to_plane(drawn: &Geometry) -> Result<Geometry, DrawError> {
    let plane = |p: Coord| Coord::from(Plane::measuring().from_lonlat(p.x, p.y));
    let Some(bounds) = around(drawn) else { return Ok(nothing()) };
    if !leaves_window(bounds) {
        return Ok(drawn.map_coords(plane));
    }
    let window = window();
    let Some(polygons) = polygons(drawn) else { return Ok(cut_lines(drawn, &window)?.map_coords(plane)) };
    let cut = |polygons: &MultiPolygon| followed(|| polygons.intersection(&window.to_polygon()));
    let cut = cut(&polygons).or_else(|_| cut(&mended(polygons)?.0))?;
    Ok(Geometry::from(cut).map_coords(plane))
}

/// What of lines or positions lies in the window. It stays without an area.
fn cut_lines(drawn: &Geometry, window: &Rect) -> Result<Geometry, DrawError> {
    let lines = match drawn {
        Geometry::LineString(line) => MultiLineString::new(vec![line.clone()]),
        Geometry::MultiLineString(lines) => lines.clone(),
        _ => {
            let inside = drawn.coords_iter().filter(|p| holds(window, *p));
            return Ok(Geometry::MultiPoint(inside.collect()));
        }
    };
    Ok(Geometry::MultiLineString(followed(|| window.to_polygon().clip(&lines, false))?))
}

/// What an overlay gives. On drawings that nobody makes on purpose the search for a hole's exterior
/// has fallen over, which is told and ends no request.
fn followed<T>(overlay: impl FnOnce() -> T) -> Result<T, DrawError> {
    catch_unwind(AssertUnwindSafe(overlay)).map_err(|_| DrawError::Tangled)
}

fn nothing() -> Geometry {
    Geometry::MultiPolygon(MultiPolygon::new(Vec::new()))
}

fn holds(window: &Rect, p: Coord) -> bool {
    (window.min().x..=window.max().x).contains(&p.x) && (window.min().y..=window.max().y).contains(&p.y)
}

/// A box of degrees as a drawing in the plane.
pub fn from_box(b: Bbox) -> Geometry {
    let (w, window) = (window(), |v: f64, low: f64, high: f64| v.clamp(low, high));
    let west = window(b.min_x, w.min().x, w.max().x);
    let east = window(b.max_x, w.min().x, w.max().x);
    let south = window(b.min_y, w.min().y, w.max().y);
    let north = window(b.max_y, w.min().y, w.max().y);
    let corners = [(west, south), (east, south), (east, north), (west, north)];
    let mut ring = Vec::new();
    for (i, a) in corners.iter().enumerate() {
        let b = corners[(i + 1) % 4];
        let pieces = ((b.0 - a.0).abs().max((b.1 - a.1).abs()) / BOX_STEP_DEG).ceil().max(1.0);
        for piece in 0..pieces as u32 {
            let t = f64::from(piece) / pieces;
            let (lon, lat) = (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
            ring.push(Coord::from(Plane::measuring().from_lonlat(lon, lat)));
        }
    }
    Geometry::Polygon(Polygon::new(LineString(ring), Vec::new()))
}

/// What lies within `metres` of a position of degrees.
pub fn circle(lon: f64, lat: f64, metres: f64) -> Result<Geometry, DrawError> {
    if !(metres > 0.0 && metres <= REACH_MAX_M) {
        return Err(DrawError::Reach(metres));
    }
    if !holds(&window(), coord! { x: lon, y: lat }) {
        return Ok(nothing());
    }
    let [x, y] = Plane::measuring().from_lonlat(lon, lat);
    let step = 2.0 * PI / f64::from(CIRCLE_CORNERS);
    let radius = metres * (step / step.sin()).sqrt();
    let corner = |i: u32| {
        let (sin, cos) = (step * f64::from(i)).sin_cos();
        coord! { x: x + radius * cos, y: y + radius * sin }
    };
    let ring = (0..CIRCLE_CORNERS).map(corner).collect();
    Ok(Geometry::Polygon(Polygon::new(LineString(ring), Vec::new())))
}

/// What lies within `metres` of a drawing in the plane; less of an area where they are negative.
/// Round corners are drawn with straight pieces.
pub fn buffer(drawn: &Geometry, metres: f64) -> Result<Geometry, DrawError> {
    if metres.is_nan() || metres.abs() > REACH_MAX_M || metres == 0.0 {
        return Err(DrawError::Reach(metres));
    }
    check_size(drawn)?;
    let around = |drawn: &Geometry| followed(|| Geometry::MultiPolygon(drawn.buffer(metres)));
    if let Some(polygons) = polygons(drawn).filter(|_| metres < 0.0) {
        let (whole, _) = mended(polygons)?;
        return if vanishes(&whole, -metres) {
            Ok(nothing())
        } else {
            around(&Geometry::MultiPolygon(whole))
        };
    }
    around(drawn).or_else(|tangled| match polygons(drawn) {
        Some(polygons) => around(&Geometry::MultiPolygon(mended(polygons)?.0)),
        None => Err(tangled),
    })
}

/// Whether nothing of polygons is left `by` metres behind their border: no circle of that radius fits in. What
/// is turned inside out would be followed line by line, which takes long.
fn vanishes(polygons: &MultiPolygon, by: f64) -> bool {
    polygons.iter().all(|polygon| {
        let fits = |bounds: Rect| bounds.width().min(bounds.height()) / 2.0 > by;
        !polygon.bounding_rect().is_some_and(fits) || polygon.unsigned_area() <= PI * by * by
    })
}

/// The area of a drawing in the plane, and whether its rings crossed and were repaired: inside is
/// then what they go round an odd number of times.
pub fn area(drawn: &Geometry) -> Result<(Area, bool), DrawError> {
    check_size(drawn)?;
    let (whole, repaired) = mended(polygons(drawn).ok_or(DrawError::NoArea)?)?;
    Ok((Area::new(whole), repaired))
}

/// Polygons whose rings do not cross, and whether any of them did.
fn mended(polygons: MultiPolygon) -> Result<(MultiPolygon, bool), DrawError> {
    let (mut whole, mut repaired) = (Vec::new(), false);
    for polygon in polygons.0 {
        match sound(polygon)? {
            Sound::AsItIs(polygon) => whole.push(polygon),
            Sound::Repaired(parts) => {
                whole.extend(parts.0);
                repaired = true;
            }
        }
    }
    Ok((MultiPolygon::new(whole), repaired))
}

fn check_size(drawn: &Geometry) -> Result<(), DrawError> {
    match drawn.coords_count() {
        count if count > POSITIONS_MAX => Err(DrawError::TooManyPositions(count)),
        _ => Ok(()),
    }
}

/// A polygon, looked at.
pub enum Sound {
    /// Its rings do not cross.
    AsItIs(Polygon),
    /// They did.
    Repaired(MultiPolygon),
}

/// Repairs a polygon if its rings cross.
pub fn sound(polygon: Polygon) -> Result<Sound, DrawError> {
    let rings = || std::iter::once(polygon.exterior()).chain(polygon.interiors());
    let lines = rings().flat_map(LineString::lines);
    let mut edges: Vec<Edge> = lines.filter_map(|l| Edge::between(l.start.into(), l.end.into())).collect();
    match crossings(&mut edges, CROSSINGS_MAX) {
        0 => return Ok(Sound::AsItIs(polygon)),
        count if count >= CROSSINGS_MAX => return Err(DrawError::Crossings),
        _ => {}
    }
    let open = |ring: &LineString| ring.0.iter().skip(1).map(|c| [c.x, c.y]).collect::<Vec<_>>();
    let contours: Vec<Vec<[f64; 2]>> = rings().map(open).collect();
    let ring = |contour: Vec<[f64; 2]>| LineString(contour.into_iter().map(Coord::from).collect());
    let shapes = followed(|| contours.simplify_shape(FillRule::EvenOdd))?;
    let shapes = shapes.into_iter().filter_map(|shape| {
        let mut rings = shape.into_iter().map(ring);
        Some(Polygon::new(rings.next()?, rings.collect()))
    });
    Ok(Sound::Repaired(shapes.collect()))
}

/// All polygons of a drawing; `None` if it has none, but something else.
fn polygons(drawn: &Geometry) -> Option<MultiPolygon> {
    match drawn {
        Geometry::Polygon(polygon) => Some(MultiPolygon::new(vec![polygon.clone()])),
        Geometry::MultiPolygon(polygons) => Some(polygons.clone()),
        Geometry::Rect(rect) => Some(MultiPolygon::new(vec![rect.to_polygon()])),
        Geometry::GeometryCollection(parts) => {
            let found: Vec<Polygon> = parts.iter().filter_map(polygons).flat_map(|m| m.0).collect();
            (!found.is_empty() || parts.is_empty()).then(|| MultiPolygon::new(found))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_that_falls_over_is_told() {
        let empty: [u8; 0] = std::hint::black_box([]);
        assert_eq!(followed(|| empty[std::hint::black_box(0)]), Err(DrawError::Tangled));
        assert_eq!(followed(|| 7), Ok(7));
    }
}
