//! The map picture of a report: the area with the numbers of its corners, the outline of the communes
//! around it, north, and a scale. Drawn in the plane, north up, as inline SVG.

use crate::area::Area;
use geo::{BoundingRect, Coord, Geometry, InteriorPoint, LineString, MultiPolygon, Polygon, Simplify};
use maud::{Markup, html};
use std::fmt::Write;

/// Size of the picture, units of its own.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 480.0;
/// Room around the area.
const MARGIN: f64 = 70.0;
/// Lines lose what is smaller than this, units.
const DETAIL: f64 = 0.4;
/// More corners than this are not numbered.
const NUMBERED_MAX: usize = 40;

/// From the plane to the picture.
struct Frame {
    west: f64,
    north: f64,
    /// Units for a metre.
    scale: f64,
}

impl Frame {
    fn around(area: &Area) -> Self {
        let b = area.bounds();
        let (wide, high) = ((b.max_x - b.min_x).max(1.0), (b.max_y - b.min_y).max(1.0));
        let scale = ((WIDTH - 2.0 * MARGIN) / wide).min((HEIGHT - 2.0 * MARGIN) / high);
        let (x, y) = (f64::midpoint(b.min_x, b.max_x), f64::midpoint(b.min_y, b.max_y));
        Self { west: x - WIDTH / 2.0 / scale, north: y + HEIGHT / 2.0 / scale, scale }
    }

    fn place(&self, at: Coord) -> (f64, f64) {
        ((at.x - self.west) * self.scale, (self.north - at.y) * self.scale)
    }

    /// Whether a position is on the picture, away from its rim.
    fn shows(&self, at: Coord) -> bool {
        let (x, y) = self.place(at);
        (20.0..WIDTH - 20.0).contains(&x) && (12.0..HEIGHT - 12.0).contains(&y)
    }

    /// Polygons as a path.
    fn path(&self, polygons: &MultiPolygon) -> String {
        let mut path = String::new();
        for polygon in polygons.simplify(DETAIL / self.scale).iter() {
            let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
            rings.for_each(|ring| self.ring(ring, &mut path));
        }
        path
    }

    fn ring(&self, ring: &LineString, path: &mut String) {
        for (i, corner) in ring.0.iter().enumerate() {
            let (x, y) = self.place(*corner);
            let _ = write!(path, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
        }
        path.push('Z');
    }
}

/// The picture of an area among the communes around it.
pub fn picture(area: &Area, around: &[(String, Geometry)], title: &str) -> Markup {
    let frame = Frame::around(area);
    let communes: Vec<(&str, MultiPolygon)> =
        around.iter().filter_map(|(name, shape)| Some((name.as_str(), polygons(shape)?))).collect();
    let own = frame.path(area.shape());
    let corners: Vec<Coord> = area.shape().iter().flat_map(corners_of).collect();
    let numbered = if corners.len() <= NUMBERED_MAX { &corners[..] } else { &[] };
    let (metres, label) = scale_bar(&frame);
    let bar = metres * frame.scale;
    html! {
        svg.picture viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(title)
            xmlns="http://www.w3.org/2000/svg" {
            rect width=(WIDTH) height=(HEIGHT) fill="#fff" stroke="#52606d" {}
            @for (_, shape) in &communes {
                path d=(frame.path(shape)) fill="#f2f5f8" stroke="#7b8794" stroke-width="0.8" {}
            }
            path d=(own) fill="#0b5cad" fill-opacity="0.15" fill-rule="evenodd" stroke="#c02942" stroke-width="1.6" {}
            @for (name, shape) in &communes {
                @if let Some(at) = shape.interior_point().map(Coord::from).filter(|at| frame.shows(*at)) {
                    @let (x, y) = frame.place(at);
                    text x=(format!("{x:.1}")) y=(format!("{y:.1}")) text-anchor="middle" font-size="11" fill="#3e4c59" { (name) }
                }
            }
            @for (i, corner) in numbered.iter().enumerate() {
                @let (x, y) = frame.place(*corner);
                circle cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="2.5" fill="#c02942" {}
                text x=(format!("{:.1}", x + 5.0)) y=(format!("{:.1}", y - 4.0)) font-size="11" fill="#c02942" { (i + 1) }
            }
            path d=(format!("M{0} 44L{1} 20L{2} 44L{1} 38Z", WIDTH - 34.0, WIDTH - 26.0, WIDTH - 18.0)) fill="#1f2933" {}
            text x=(WIDTH - 26.0) y="16" text-anchor="middle" font-size="12" { "B / N" }
            path d=(format!("M20 {0}V{1}H{2:.1}V{0}", HEIGHT - 26.0, HEIGHT - 20.0, 20.0 + bar)) fill="none" stroke="#1f2933" {}
            text x=(format!("{:.1}", 26.0 + bar)) y=(HEIGHT - 18.0) font-size="11" { (label) }
        }
    }
}

/// The corners of a polygon in the order of the corner table, the last of a ring left out.
fn corners_of(polygon: &Polygon) -> impl Iterator<Item = Coord> + '_ {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    rings.flat_map(|ring| ring.0.iter().take(ring.0.len().saturating_sub(1)).copied())
}

fn polygons(shape: &Geometry) -> Option<MultiPolygon> {
    let shape = match shape {
        Geometry::Polygon(polygon) => MultiPolygon::new(vec![polygon.clone()]),
        Geometry::MultiPolygon(polygons) => polygons.clone(),
        _ => return None,
    };
    shape.bounding_rect().map(|_| shape)
}

/// A round length of about a fifth of the picture, metres, and how it is written.
fn scale_bar(frame: &Frame) -> (f64, String) {
    let about = WIDTH / 5.0 / frame.scale;
    let ten = 10f64.powf(about.log10().floor());
    let metres = [5.0, 2.0].into_iter().map(|n| n * ten).find(|m| *m <= about).unwrap_or(ten);
    let label = if metres >= 1000.0 { format!("{} km", metres / 1000.0) } else { format!("{metres} m") };
    (metres, label)
}
