//! How two geometries on the grid lie to each other (DE-9IM, OGC 06-103r4, 6.1.15).
//!
//! All coordinates are whole numbers below 2^38, so that each decision is exact, here as in GEOS.
//! Points and edges are looked up in an R-tree of the filter's shape; relations that need more
//! than that are decided by `geo`.

use super::{
    GRID_PER_DEGREE, Shape, SpatialRelation,
    validity::{Validity, validity},
};
use geo::{
    BoundingRect, Coord, Geometry, Intersects, Kernel, Line, LineString, MultiLineString, MultiPoint,
    MultiPolygon, Orientation, Point, Polygon, PreparedGeometry, Rect, Relate,
    algorithm::kernels::RobustKernel,
};
use rstar::{AABB, RTree, RTreeObject};

/// A geometry in degrees (longitude, latitude) on the grid. Positions that fall together become
/// one, paths that collapse are left out; `None` if nothing stays.
pub fn on_grid(geometry: &Geometry) -> Option<Geometry> {
    let line = |l: &LineString| path(l, 2);
    Some(match geometry {
        Geometry::Point(point) => Geometry::Point(Point(grid(point.0))),
        Geometry::MultiPoint(points) => {
            let points: Vec<Point> = points.iter().map(|p| Point(grid(p.0))).collect();
            Geometry::MultiPoint(MultiPoint(some(points)?))
        }
        Geometry::LineString(l) => Geometry::LineString(line(l)?),
        Geometry::MultiLineString(lines) => {
            Geometry::MultiLineString(MultiLineString(some(lines.iter().filter_map(line).collect())?))
        }
        Geometry::Polygon(area) => Geometry::Polygon(polygon(area)?),
        Geometry::MultiPolygon(areas) => {
            Geometry::MultiPolygon(MultiPolygon(some(areas.iter().filter_map(polygon).collect())?))
        }
        Geometry::GeometryCollection(all) => Geometry::GeometryCollection(geo::GeometryCollection(some(
            all.iter().filter_map(on_grid).collect(),
        )?)),
        _ => return None,
    })
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    if list.is_empty() { None } else { Some(list) }
}

fn grid(c: Coord) -> Coord {
    let whole = |v: f64| (v * GRID_PER_DEGREE).round_ties_even();
    Coord { x: whole(c.x), y: whole(c.y) }
}

fn path(line: &LineString, least: usize) -> Option<LineString> {
    let mut positions: Vec<Coord> = line.0.iter().map(|c| grid(*c)).collect();
    positions.dedup();
    (positions.len() >= least).then_some(LineString(positions))
}

fn polygon(area: &Polygon) -> Option<Polygon> {
    let exterior = path(area.exterior(), 4)?;
    Some(Polygon::new(exterior, area.interiors().iter().filter_map(|ring| path(ring, 4)).collect()))
}

/// Two shapes of a filter.
pub fn shapes(relation: SpatialRelation, a: &Shape, b: &Shape) -> Option<bool> {
    Prepared::new(b.grid()).relates(relation, a.grid(), false)
}

/// A geometry to itself.
pub fn with_itself(relation: SpatialRelation, geometry: &Geometry) -> Option<bool> {
    Prepared::new(geometry).relates(relation, geometry, false)
}

/// A shape that many features are compared with.
pub struct Prepared<'s> {
    shape: &'s Geometry,
    rect: Option<Rect>,
    edges: RTree<Edge>,
    areas: Vec<RTree<Edge>>,
    points: Vec<Coord>,
    /// One position of each path and each point.
    starts: Vec<Coord>,
    /// For the relations that `geo` decides.
    graph: std::sync::OnceLock<PreparedGeometry<'s, &'s Geometry>>,
}

#[derive(Debug, Clone, Copy)]
struct Edge(Line);

impl RTreeObject for Edge {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        let Line { start, end } = self.0;
        AABB::from_corners([start.x, start.y], [end.x, end.y])
    }
}

impl<'s> Prepared<'s> {
    /// Over a geometry on the grid.
    pub fn new(shape: &'s Geometry) -> Self {
        let mut pieces = Pieces::default();
        pieces.gather(shape);
        let edges = |lines: Vec<Line>| RTree::bulk_load(lines.into_iter().map(Edge).collect());
        let rings = |area: &&Polygon| {
            edges(
                area.exterior().lines().chain(area.interiors().iter().flat_map(LineString::lines)).collect(),
            )
        };
        Self {
            shape,
            rect: shape.bounding_rect(),
            areas: pieces.areas.iter().map(rings).collect(),
            edges: edges(pieces.edges),
            points: pieces.points,
            starts: pieces.starts,
            graph: std::sync::OnceLock::new(),
        }
    }

    /// Whether a feature (on the grid) is in the relation to the shape, or the shape to the
    /// feature where `turned`. Unknown where the feature is no valid area, or a collection, and
    /// the relation depends on it.
    pub fn relates(&self, relation: SpatialRelation, feature: &Geometry, turned: bool) -> Option<bool> {
        let around = feature.bounding_rect();
        let meets = self.rect.zip(around).is_some_and(|(a, b)| a.intersects(&b));
        let side = around.filter(|_| meets).and_then(|around| self.side(around));
        let intersects = || meets && side.unwrap_or_else(|| self.intersects(feature));
        match relation {
            SpatialRelation::Intersects => return Some(intersects()),
            SpatialRelation::Disjoint => return Some(!intersects()),
            _ if matches!(feature, Geometry::GeometryCollection(_)) => return None,
            _ if !meets => return Some(false),
            _ => {}
        }
        if validity(feature, usize::MAX) != Validity::Valid {
            return None;
        }
        if let Some(inside) = side {
            // It lies within an area of the shape, away from the border, or is apart.
            let holds = if turned { SpatialRelation::Contains } else { SpatialRelation::Within };
            return Some(inside && relation == holds);
        }
        let graph = self.graph.get_or_init(|| PreparedGeometry::from(self.shape));
        let matrix = if turned { graph.relate(feature) } else { feature.relate(graph) };
        Some(match relation {
            SpatialRelation::Intersects => matrix.is_intersects(),
            SpatialRelation::Disjoint => matrix.is_disjoint(),
            SpatialRelation::Equals => matrix.is_equal_topo(),
            SpatialRelation::Touches => matrix.is_touches(),
            SpatialRelation::Within => matrix.is_within(),
            SpatialRelation::Overlaps => matrix.is_overlaps(),
            SpatialRelation::Crosses => matrix.is_crosses(),
            SpatialRelation::Contains => matrix.is_contains(),
        })
    }

    /// Whether all that lies in a box lies inside of an area of the shape, or all of it outside of
    /// the shape; `None` where the box meets an edge or a point of the shape.
    fn side(&self, around: Rect) -> Option<bool> {
        let (low, high) = (around.min(), around.max());
        let envelope = AABB::from_corners([low.x, low.y], [high.x, high.y]);
        let mut edges = self.edges.locate_in_envelope_intersecting(&envelope);
        let met =
            edges.any(|edge| around.intersects(&edge.0)) || self.points.iter().any(|c| around.intersects(c));
        (!met).then(|| self.is_inside(low))
    }

    /// Whether both have a point in common.
    fn intersects(&self, feature: &Geometry) -> bool {
        let mut pieces = Pieces::default();
        pieces.gather(feature);
        let in_area = |c: &Coord| {
            pieces.areas.iter().any(|area| {
                let rings = std::iter::once(area.exterior()).chain(area.interiors());
                rings.flat_map(LineString::lines).filter(|edge| is_crossed(*edge, *c)).count() % 2 == 1
            })
        };
        let in_feature = |c: &Coord| {
            in_area(c) || pieces.points.contains(c) || pieces.edges.iter().any(|edge| edge.intersects(c))
        };
        let hits = |edge: &Line| {
            let around = Edge(*edge).envelope();
            self.edges.locate_in_envelope_intersecting(&around).any(|own| own.0.intersects(edge))
        };
        pieces.edges.iter().any(hits)
            || pieces.points.iter().any(|c| self.holds(*c))
            || pieces.starts.iter().any(|c| self.is_inside(*c))
            || self.points.iter().any(in_feature)
            || self.starts.iter().any(in_area)
    }

    /// Whether a position is a point of the shape.
    fn holds(&self, c: Coord) -> bool {
        let at = AABB::from_point([c.x, c.y]);
        self.points.contains(&c)
            || self.edges.locate_in_envelope_intersecting(&at).any(|edge| edge.0.intersects(&c))
            || self.is_inside(c)
    }

    /// Whether a position that is on no edge is in one of the areas.
    fn is_inside(&self, c: Coord) -> bool {
        let eastward = AABB::from_corners([c.x, c.y], [f64::MAX, c.y]);
        self.areas.iter().any(|rings| {
            let crossed = |edge: &&Edge| is_crossed(edge.0, c);
            rings.locate_in_envelope_intersecting(&eastward).filter(crossed).count() % 2 == 1
        })
    }
}

/// Whether a ray from the position eastward crosses an edge. An odd number of an area's edges is
/// crossed from inside, also where the area is not valid.
fn is_crossed(edge: Line, c: Coord) -> bool {
    let Line { start, end } = edge;
    let (low, high) = if start.y < end.y { (start, end) } else { (end, start) };
    low.y <= c.y && c.y < high.y && RobustKernel::orient2d(low, high, c) == Orientation::CounterClockwise
}

/// What a geometry consists of.
#[derive(Default)]
struct Pieces<'g> {
    points: Vec<Coord>,
    edges: Vec<Line>,
    areas: Vec<&'g Polygon>,
    starts: Vec<Coord>,
}

impl<'g> Pieces<'g> {
    fn gather(&mut self, geometry: &'g Geometry) {
        match geometry {
            Geometry::Point(point) => self.point(point.0),
            Geometry::MultiPoint(points) => points.iter().for_each(|p| self.point(p.0)),
            Geometry::LineString(line) => self.path(line),
            Geometry::MultiLineString(lines) => lines.iter().for_each(|line| self.path(line)),
            Geometry::Polygon(area) => self.area(area),
            Geometry::MultiPolygon(areas) => areas.iter().for_each(|area| self.area(area)),
            Geometry::GeometryCollection(all) => all.iter().for_each(|g| self.gather(g)),
            _ => {}
        }
    }

    fn point(&mut self, c: Coord) {
        self.points.push(c);
        self.starts.push(c);
    }

    fn path(&mut self, line: &LineString) {
        self.edges.extend(line.lines());
        self.starts.extend(line.0.first());
    }

    fn area(&mut self, area: &'g Polygon) {
        self.path(area.exterior());
        area.interiors().iter().for_each(|ring| self.path(ring));
        self.areas.push(area);
    }
}
