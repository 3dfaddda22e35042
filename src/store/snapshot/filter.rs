//! A filter, asked of features in place.

use super::{
    conditions::mercator_around,
    file::{FeatureFile, Hit},
    row::{self, ColumnKind, Geometry, kind},
};
use crate::{
    feature::{Bbox, ValueRef},
    layer::LayerView,
    query::filter::{Evaluator, Filter, Row},
    tile::coord::mercator_to_lonlat,
};

/// So many attributes need no room of their own.
const ROOM: usize = 12;

/// How deep collections may stand in collections.
const DEPTH_MAX: u8 = 8;

/// A filter over one file.
pub struct RowFilter<'f> {
    evaluator: Evaluator<'f>,
    kinds: Vec<ColumnKind>,
    /// For each column the place of its attribute in the filter.
    slots: Vec<Option<usize>>,
    width: usize,
    layer_kind: u8,
    /// EPSG:3857: it holds for no feature outside.
    bbox: Option<Bbox>,
}

impl<'f> RowFilter<'f> {
    /// `filter`, as `view` may ask it, over `file`. A column that the file lacks, or the caller may
    /// not ask for, is a value that no feature has.
    pub fn new(view: &LayerView, file: &FeatureFile, filter: &'f Filter) -> Self {
        let slot = |name: &str| {
            let asked = filter.attributes().iter().position(|a| a.name == name)?;
            view.askable(name).map(|_| asked)
        };
        Self {
            evaluator: Evaluator::new(filter),
            kinds: file.column_kinds(),
            slots: file.columns().iter().map(|(name, _)| slot(name)).collect(),
            width: filter.attributes().len(),
            layer_kind: file.kind(),
            bbox: filter.bbox().map(mercator_around),
        }
    }

    /// Whether the filter holds for a feature; for a garbled one it does not.
    pub fn holds(&self, hit: &Hit<'_>) -> bool {
        if self.bbox.is_some_and(|bbox| !bbox.intersects(hit.bbox)) {
            return false;
        }
        let mut room = [ValueRef::Null; ROOM];
        let mut more = Vec::new();
        let values = match room.get_mut(..self.width) {
            Some(values) => values,
            None => {
                more.resize(self.width, ValueRef::Null);
                &mut more[..]
            }
        };
        let read = row::properties(hit.row.properties, &self.kinds, |column, value| {
            if let Some(slot) = self.slots[column] {
                values[slot] = value;
            }
        });
        read.is_some() && self.evaluator.holds(&Asked { values, hit, layer_kind: self.layer_kind })
    }
}

/// A feature, as the evaluation asks it.
struct Asked<'r, 'a> {
    values: &'r [ValueRef<'a>],
    hit: &'r Hit<'a>,
    layer_kind: u8,
}

impl Row for Asked<'_, '_> {
    fn value(&self, attribute: usize) -> ValueRef<'_> {
        self.values.get(attribute).copied().unwrap_or(ValueRef::Null)
    }

    fn geometry(&self) -> Option<geo::Geometry> {
        shape(&self.hit.row.geometry()?, self.layer_kind, DEPTH_MAX)
    }
}

/// The geometry in degrees.
fn shape(geometry: &Geometry<'_>, layer_kind: u8, depth: u8) -> Option<geo::Geometry> {
    let own = geometry.kind(layer_kind)?;
    let depth = depth.checked_sub(1)?;
    let parts = |inner: u8| -> Option<Vec<geo::Geometry>> {
        geometry.parts()?.map(|part| shape(&part?, inner, depth)).collect()
    };
    let (ends, xy) = geometry.paths()?;
    let paths = paths(ends, xy);
    Some(match own {
        kind::POINT => geo::Geometry::Point((*paths.first()?.0.first()?).into()),
        kind::MULTI_POINT => {
            let points = paths.iter().flat_map(|p| p.0.iter().map(|c| geo::Point(*c)));
            geo::Geometry::MultiPoint(geo::MultiPoint(points.collect()))
        }
        kind::LINE_STRING => geo::Geometry::LineString(paths.into_iter().next()?),
        kind::MULTI_LINE_STRING => geo::Geometry::MultiLineString(geo::MultiLineString(paths)),
        kind::POLYGON => {
            let mut rings = paths.into_iter();
            geo::Geometry::Polygon(geo::Polygon::new(rings.next()?, rings.collect()))
        }
        kind::MULTI_POLYGON => {
            let polygons = parts(kind::POLYGON)?.into_iter().filter_map(|part| part.try_into().ok());
            geo::Geometry::MultiPolygon(geo::MultiPolygon(polygons.collect()))
        }
        kind::GEOMETRY_COLLECTION => {
            geo::Geometry::GeometryCollection(geo::GeometryCollection(parts(kind::UNKNOWN)?))
        }
        _ => return None,
    })
}

fn paths(ends: &[u8], xy: &[u8]) -> Vec<geo::LineString> {
    let (numbers, _) = xy.as_chunks::<8>();
    let positions: Vec<geo::Coord> = numbers
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[x, y]| mercator_to_lonlat(f64::from_le_bytes(*x), f64::from_le_bytes(*y)).into())
        .collect();
    let (ends, _) = ends.as_chunks::<4>();
    let mut ends: Vec<usize> = ends.iter().map(|e| u32::from_le_bytes(*e) as usize).collect();
    if ends.is_empty() {
        ends.push(positions.len());
    }
    let mut start = 0;
    ends.into_iter()
        .map(|end| {
            let path = positions.get(start..end).unwrap_or_default();
            start = end;
            geo::LineString(path.to_vec())
        })
        .collect()
}
