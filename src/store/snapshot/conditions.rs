//! The conditions of a question, on one row of a file. They mean what the SQL of `postgis` means;
//! one contract test holds both to it.

use crate::{
    crs::{self, System, transform},
    feature::{Bbox, FeatureId, Shape, Value, ValueRef},
    layer::{AttributeType, LayerView},
    query::{FeatureQuery, PlaneBox, TimeInterval},
    store::rows::owned_value,
    tile::coord::lonlat_to_mercator,
};
use geo::Intersects;
use time::{Date, OffsetDateTime, UtcOffset};

/// Vietnam's offset from UTC, hours: days in the layers are days there.
const VIETNAM_OFFSET_H: i8 = 7;
/// More than what coordinates lose on their way through EPSG:3857, degrees: ten micrometres.
const ROUNDING_DEG: f64 = 1e-10;
/// The same in metres of a plane.
const ROUNDING_PLANE_M: f64 = 1e-5;
/// The same in metres, with room to spare.
const ROUNDING_M: f64 = 1e-3;

/// What a row has to be.
#[derive(Debug)]
pub struct Conditions {
    areas: Option<Vec<Area>>,
    /// A box of another system, and what is around it.
    plane: Option<(&'static System, Bbox, Area)>,
    /// Place of `valid_from` and `valid_to`, and the days asked for.
    valid: Option<(usize, usize, Option<Date>, Option<Date>)>,
    equals: Vec<(Option<usize>, Value)>,
    id: Option<FeatureId>,
    /// Whether there is a filter, and the box of it (EPSG:3857) if it has one.
    filter: Option<Option<Bbox>>,
    types: Vec<AttributeType>,
}

/// A box asked for that does not cross the antimeridian.
#[derive(Debug)]
struct Area {
    /// Degrees; what touches it after the rounding of coordinates is in.
    degrees: Bbox,
    /// EPSG:3857; a feature whose box does not meet `outer` is out, one whose box lies in `inner`
    /// is in.
    outer: Bbox,
    inner: Bbox,
}

impl Conditions {
    /// Those of a question over a view.
    pub fn new(view: &LayerView, query: &FeatureQuery) -> Self {
        let place = |name: &str| view.attributes().position(|a| a.name == name);
        let day = |moment: Option<OffsetDateTime>| moment.map(vietnamese_day);
        let valid = query.datetime.and_then(|TimeInterval { start, end }| {
            Some((place("valid_from")?, place("valid_to")?, day(start), day(end)))
        });
        Self {
            areas: query.bbox.map(|bbox| halves(bbox).into_iter().map(Area::new).collect()),
            plane: query.plane_box.and_then(|PlaneBox { system, edges, around }| {
                Some((crs::system(system).ok()?, edges, Area::new(around)))
            }),
            valid,
            equals: query.equals.iter().map(|(name, value)| (place(name), value.clone())).collect(),
            id: query.id,
            filter: query.filter.as_ref().map(|filter| filter.bbox().map(mercator_around)),
            types: view.attributes().map(|a| a.kind).collect(),
        }
    }

    /// Whether every row meets them.
    pub fn are_none(&self) -> bool {
        self.filter.is_none() && self.are_none_beside_filter()
    }

    /// Whether every row for which the filter holds meets them.
    pub fn are_none_beside_filter(&self) -> bool {
        self.areas.is_none()
            && self.plane.is_none()
            && self.valid.is_none()
            && self.equals.is_empty()
            && self.id.is_none()
    }

    /// The boxes (EPSG:3857) outside of which no feature meets them; `None` where it may be
    /// anywhere.
    pub fn boxes(&self) -> Option<Vec<Bbox>> {
        let around = self.plane.as_ref().map(|(_, _, around)| vec![around.outer]);
        let areas = self.areas.as_ref().map(|areas| areas.iter().map(|area| area.outer).collect());
        areas.or(around).or(self.filter.flatten().map(|bbox| vec![bbox]))
    }

    /// Whether a row's number and values meet them.
    pub fn values_meet(&self, id: FeatureId, values: &[ValueRef<'_>]) -> bool {
        self.id.is_none_or(|wanted| wanted == id) && self.are_valid(values) && self.are_equal(values)
    }

    /// Whether a feature of that box (EPSG:3857) lies where it is asked for; `None` where its
    /// geometry has to be looked at.
    pub fn box_meets(&self, bbox: Bbox) -> Option<bool> {
        if let Some((_, _, around)) = &self.plane
            && !around.outer.intersects(bbox)
        {
            return Some(false);
        }
        let open = if self.plane.is_some() { None } else { Some(true) };
        let Some(areas) = &self.areas else { return open };
        if areas.iter().any(|area| area.inner.contains(bbox)) {
            return open;
        }
        (!areas.iter().any(|area| area.outer.intersects(bbox))).then_some(false)
    }

    /// Whether a geometry lies where it is asked for.
    pub fn shape_meets(&self, shape: &Shape) -> bool {
        self.plane_meets(shape) && self.areas_meet(shape)
    }

    /// Whether a geometry, brought into the box's system, meets the box.
    fn plane_meets(&self, shape: &Shape) -> bool {
        let Some((system, edges, _)) = &self.plane else { return true };
        let mut brought = shape.clone();
        if !bring(&mut brought, system) {
            return false;
        }
        let rounding = if system.is_geographic() { ROUNDING_DEG } else { ROUNDING_PLANE_M };
        let Bbox { min_x, min_y, max_x, max_y } = edges.widened(rounding);
        geo::Geometry::from(&brought).intersects(&geo::Rect::new((min_x, min_y), (max_x, max_y)))
    }

    fn areas_meet(&self, shape: &Shape) -> bool {
        let Some(areas) = &self.areas else { return true };
        // One position inside is enough, and most have one.
        let inside = |a: &Area| shape.xy.iter().any(|[x, y]| a.degrees.contains(Bbox::new(*x, *y, *x, *y)));
        if areas.iter().any(inside) {
            return true;
        }
        let geometry = geo::Geometry::from(shape);
        areas.iter().any(|area| {
            let Bbox { min_x, min_y, max_x, max_y } = area.degrees;
            geometry.intersects(&geo::Rect::new((min_x, min_y), (max_x, max_y)))
        })
    }

    fn are_valid(&self, values: &[ValueRef<'_>]) -> bool {
        let Some((from, to, start, end)) = self.valid else { return true };
        let day = |place: usize| match values.get(place).and_then(|v| owned_value(*v, AttributeType::Date)) {
            Some(Value::Date(day)) => Some(day),
            _ => None,
        };
        let begun = end.is_none_or(|end| day(from).is_none_or(|from| from <= end));
        begun && start.is_none_or(|start| day(to).is_none_or(|to| to > start))
    }

    fn are_equal(&self, values: &[ValueRef<'_>]) -> bool {
        self.equals.iter().all(|(place, wanted)| {
            let Some(found) = place.and_then(|p| Some((*values.get(p)?, *self.types.get(p)?))) else {
                return false;
            };
            match (found.0, wanted) {
                (ValueRef::TextBytes(found), Value::Text(wanted)) => found == wanted.as_bytes(),
                (ValueRef::Int(found), Value::Number(wanted)) => found as f64 == *wanted,
                (ValueRef::Number(found), Value::Int(wanted)) => found == *wanted as f64,
                (value, wanted) => match (owned_value(value, found.1), wanted) {
                    (Some(Value::TextList(found)), Value::TextList(wanted)) => {
                        wanted.iter().all(|w| found.contains(w))
                    }
                    (found, wanted) => found.unwrap_or_default() == *wanted,
                },
            }
        })
    }
}

impl Area {
    fn new(bbox: Bbox) -> Self {
        let (min_x, min_y) = lonlat_to_mercator(bbox.min_x, bbox.min_y);
        let (max_x, max_y) = lonlat_to_mercator(bbox.max_x, bbox.max_y);
        let mercator = Bbox::new(min_x, min_y, max_x, max_y);
        Self {
            degrees: bbox.widened(ROUNDING_DEG),
            outer: mercator.widened(ROUNDING_M),
            inner: mercator.widened(-ROUNDING_M),
        }
    }
}

/// A box of degrees in EPSG:3857, a little wider than what rounding could cost.
pub fn mercator_around(bbox: Bbox) -> Bbox {
    Area::new(bbox).outer
}

/// Brings a geometry into a system; `false` if it does not lie in the system's area.
fn bring(shape: &mut Shape, system: &System) -> bool {
    transform::to_system(system, &mut shape.xy).is_ok()
        && shape.members.iter_mut().all(|member| bring(member, system))
}

fn halves(bbox: Bbox) -> Vec<Bbox> {
    if bbox.min_x <= bbox.max_x {
        vec![bbox]
    } else {
        vec![Bbox { max_x: 180.0, ..bbox }, Bbox { min_x: -180.0, ..bbox }]
    }
}

fn vietnamese_day(moment: OffsetDateTime) -> Date {
    let offset = UtcOffset::from_hms(VIETNAM_OFFSET_H, 0, 0).unwrap_or(UtcOffset::UTC);
    moment.checked_to_offset(offset).unwrap_or(moment).date()
}
