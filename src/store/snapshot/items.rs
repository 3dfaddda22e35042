//! Questions about single features, answered from a snapshot: for when there is no database.
//! The answers are those of PostGIS; one contract test holds both to it.

use super::{
    file::{FeatureFile, Hit},
    overlay::Added,
    row::{self, ColumnKind, Geometry, kind},
    served::ServedLayer,
};
use crate::{
    feature::{Bbox, Feature, FeatureId, Value, ValueRef},
    layer::{AccessClass, AttributeType, LayerView},
    query::{FeatureQuery, TimeInterval},
    tile::coord::{lonlat_to_mercator, mercator_to_lonlat},
};
use geo::{Intersects, Orient, orient::Direction};
use geozero::{CoordDimensions, ToWkb};
use std::sync::Arc;
use time::{
    Date, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::format_description,
};

/// Vietnam's offset from UTC, hours: days in the layers are days there.
const VIETNAM_OFFSET_H: i8 = 7;

/// More than what coordinates lose on their way through EPSG:3857, degrees: ten micrometres.
const ROUNDING_DEG: f64 = 1e-10;

/// A page of features, in the order of their ids.
pub fn features(served: &ServedLayer, view: &LayerView, query: &FeatureQuery) -> Vec<Feature> {
    let reader = Reader::new(served, view);
    let mut page = Vec::new();
    reader.each(query, &mut |feature| {
        page.push(feature);
        page.len() < query.limit as usize
    });
    page
}

/// How many features a question asks for, were it not for `limit` and `after`.
pub fn count(served: &ServedLayer, view: &LayerView, query: &FeatureQuery) -> u64 {
    let reader = Reader::new(served, view);
    if reader.access.is_none()
        && *query == (FeatureQuery { limit: query.limit, after: query.after, ..FeatureQuery::default() })
    {
        let hidden = served.snapshot.ids.after(None).filter(|(id, _)| served.overlay.hides(*id)).count();
        return served.snapshot.base.len() - hidden as u64 + served.overlay.added().count() as u64;
    }
    let mut found = 0;
    reader.each(&FeatureQuery { after: None, ..query.clone() }, &mut |_| {
        found += 1;
        true
    });
    found
}

/// One feature, if the view holds it.
pub fn feature(served: &ServedLayer, view: &LayerView, id: FeatureId) -> Option<Feature> {
    Reader::new(served, view).find(id)
}

/// The box around all features of the view, degrees of EPSG:4326.
pub fn extent(served: &ServedLayer, view: &LayerView) -> Option<Bbox> {
    let reader = Reader::new(served, view);
    let mut all: Option<Bbox> = None;
    let mut widen = |hit: &Hit<'_>| {
        if reader.may_see(hit.row.properties) {
            all = Some(all.map_or(hit.bbox, |a| a.union(hit.bbox)));
        }
    };
    if served.overlay.is_empty() && reader.access.is_none() {
        return served.snapshot.manifest.extent.map(|[w, s, e, n]| Bbox::new(w, s, e, n));
    }
    let everywhere = Bbox::new(f64::NEG_INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::INFINITY);
    served.snapshot.base.search(everywhere, |hit| {
        if !row::first_long(hit.row.properties).is_some_and(|id| served.overlay.hides(id)) {
            widen(&hit);
        }
    });
    served.overlay.added().filter_map(|added| added.hit()).for_each(|hit| widen(&hit));
    all.map(degrees)
}

fn degrees(b: Bbox) -> Bbox {
    let ((west, south), (east, north)) =
        (mercator_to_lonlat(b.min_x, b.min_y), mercator_to_lonlat(b.max_x, b.max_y));
    Bbox::new(west, south, east, north)
}

/// Reads features for one view.
struct Reader<'s> {
    served: &'s ServedLayer,
    view: &'s LayerView,
    kinds: Vec<ColumnKind>,
    /// For each column the place of its attribute in the view.
    slots: Vec<Option<usize>>,
    types: Vec<AttributeType>,
    access: Option<usize>,
}

impl<'s> Reader<'s> {
    fn new(served: &'s ServedLayer, view: &'s LayerView) -> Self {
        let file: &FeatureFile = &served.snapshot.base;
        let place = |name: &str| view.attributes().position(|a| a.name == name);
        let access = file.columns().iter().position(|(name, _)| name == "access_class");
        Self {
            served,
            view,
            kinds: file.column_kinds(),
            slots: file.columns().iter().map(|(name, _)| place(name)).collect(),
            types: view.attributes().map(|a| a.kind).collect(),
            access: access.filter(|_| view.row_class() < AccessClass::Restricted),
        }
    }

    fn may_see(&self, properties: &[u8]) -> bool {
        let Some(access) = self.access else { return true };
        let mut visible = true;
        let read = row::properties(properties, &self.kinds, |column, value| {
            if column == access
                && let ValueRef::TextBytes(class) = value
            {
                visible = AccessClass::ALL
                    .iter()
                    .any(|c| *c <= self.view.row_class() && c.as_str().as_bytes() == class);
            }
        });
        read.is_some() && visible
    }

    fn find(&self, id: FeatureId) -> Option<Feature> {
        if self.served.overlay.hides(id) {
            return self.served.overlay.find(id).and_then(|added| self.feature(&added.hit()?));
        }
        let number = self.served.snapshot.ids.find(id)?;
        self.feature(&self.served.snapshot.base.feature(number)?)
    }

    /// Hands what a question asks for to `take`, in the order of ids, for as long as it wants.
    fn each(&self, query: &FeatureQuery, take: &mut dyn FnMut(Feature) -> bool) {
        let filter = Filter::new(self.view, query);
        let mut offer = |feature: Option<Feature>| match feature {
            Some(feature) if filter.meets(&feature) => take(feature),
            _ => true,
        };
        let wanted = |id: FeatureId| query.after.is_none_or(|after| id > after);
        let overlay = &self.served.overlay;
        let mut over: Vec<&Arc<Added>> = overlay.added().filter(|a| wanted(a.id)).collect();
        over.sort_unstable_by_key(|added| added.id);
        let mut over = over.into_iter().peekable();
        let base: Box<dyn Iterator<Item = (FeatureId, u64)>> = match query.bbox {
            None => Box::new(self.served.snapshot.ids.after(query.after)),
            Some(bbox) => Box::new(self.candidates(bbox).into_iter().filter(|(id, _)| wanted(*id))),
        };
        for (id, number) in base {
            while let Some(added) = over.next_if(|added| added.id < id) {
                if !offer(added.hit().and_then(|hit| self.feature(&hit))) {
                    return;
                }
            }
            if overlay.hides(id) {
                continue;
            }
            let hit = self.served.snapshot.base.feature(number);
            if !offer(hit.and_then(|hit| self.feature(&hit))) {
                return;
            }
        }
        for added in over {
            if !offer(added.hit().and_then(|hit| self.feature(&hit))) {
                return;
            }
        }
    }

    /// Ids and numbers of the features whose box meets the box, sorted by id.
    fn candidates(&self, bbox: Bbox) -> Vec<(FeatureId, u64)> {
        let mut found = Vec::new();
        for half in halves(bbox) {
            let (min_x, min_y) = lonlat_to_mercator(half.min_x, half.min_y);
            let (max_x, max_y) = lonlat_to_mercator(half.max_x, half.max_y);
            // A millimetre more: what is exact is decided on the geometry.
            let area = Bbox::new(min_x - 1e-3, min_y - 1e-3, max_x + 1e-3, max_y + 1e-3);
            self.served.snapshot.base.search(area, |hit| {
                found.extend(row::first_long(hit.row.properties).map(|id| (id, hit.number)));
            });
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The feature, if the view may see it and it is not garbled.
    fn feature(&self, hit: &Hit<'_>) -> Option<Feature> {
        if !self.may_see(hit.row.properties) {
            return None;
        }
        let mut values = vec![Value::Null; self.types.len()];
        row::properties(hit.row.properties, &self.kinds, |column, value| {
            if let Some(slot) = self.slots[column] {
                values[slot] = owned(value, self.types[slot]).unwrap_or_default();
            }
        })?;
        let shape = shape(&hit.row.geometry()?, self.served.snapshot.base.kind(), 8)?;
        let shape = match shape {
            geo::Geometry::Polygon(p) => geo::Geometry::Polygon(p.orient(Direction::Default)),
            geo::Geometry::MultiPolygon(p) => geo::Geometry::MultiPolygon(p.orient(Direction::Default)),
            other => other,
        };
        let wkb = shape.to_wkb(CoordDimensions::xy()).ok()?;
        Some(Feature { id: row::first_long(hit.row.properties)?, wkb: Some(wkb), values })
    }
}

/// A value as `/items` passes it on.
fn owned(value: ValueRef<'_>, kind: AttributeType) -> Option<Value> {
    Some(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Bool(v) => Value::Bool(v),
        ValueRef::Int(v) => Value::Int(v),
        ValueRef::Number(v) => Value::Number(v),
        ValueRef::Text(_) | ValueRef::TextBytes(_) => {
            let text = match value {
                ValueRef::TextBytes(bytes) => std::str::from_utf8(bytes).ok()?,
                ValueRef::Text(text) => text,
                _ => return None,
            };
            match kind {
                AttributeType::Date => {
                    Value::Date(Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?)
                }
                AttributeType::Timestamp => Value::Timestamp(OffsetDateTime::parse(text, &Rfc3339).ok()?),
                AttributeType::TextList => Value::TextList(serde_json::from_str(text).ok()?),
                _ => Value::Text(text.to_owned()),
            }
        }
    })
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

fn halves(bbox: Bbox) -> Vec<Bbox> {
    if bbox.min_x <= bbox.max_x {
        vec![bbox]
    } else {
        vec![Bbox { max_x: 180.0, ..bbox }, Bbox { min_x: -180.0, ..bbox }]
    }
}

/// The conditions of a question, on one feature.
struct Filter {
    boxes: Vec<geo::Rect>,
    /// Place of `valid_from` and `valid_to`, and the days asked for.
    valid: Option<(usize, usize, Option<Date>, Option<Date>)>,
    equals: Vec<(Option<usize>, Value)>,
    has_box: bool,
}

impl Filter {
    fn new(view: &LayerView, query: &FeatureQuery) -> Self {
        let place = |name: &str| view.attributes().position(|a| a.name == name);
        // Coordinates went to metres and back, and are off by less than that: what touches the
        // box still does.
        let by = ROUNDING_DEG;
        let rect = |b: Bbox| geo::Rect::new((b.min_x - by, b.min_y - by), (b.max_x + by, b.max_y + by));
        let day = |moment: Option<OffsetDateTime>| moment.map(vietnamese_day);
        let valid = query.datetime.and_then(|TimeInterval { start, end }| {
            Some((place("valid_from")?, place("valid_to")?, day(start), day(end)))
        });
        Self {
            boxes: query.bbox.map(halves).unwrap_or_default().into_iter().map(rect).collect(),
            has_box: query.bbox.is_some(),
            valid,
            equals: query.equals.iter().map(|(name, value)| (place(name), value.clone())).collect(),
        }
    }

    fn meets(&self, feature: &Feature) -> bool {
        self.is_valid(feature) && self.equals(feature) && (!self.has_box || self.lies_in(feature))
    }

    fn is_valid(&self, feature: &Feature) -> bool {
        let Some((from, to, start, end)) = self.valid else { return true };
        let before_end = match (&feature.values[from], end) {
            (Value::Date(from), Some(end)) => *from <= end,
            _ => true,
        };
        let after_start = match (&feature.values[to], start) {
            (Value::Date(to), Some(start)) => *to > start,
            _ => true,
        };
        before_end && after_start
    }

    fn equals(&self, feature: &Feature) -> bool {
        self.equals.iter().all(|(place, wanted)| {
            let Some(found) = place.and_then(|p| feature.values.get(p)) else { return false };
            match (found, wanted) {
                (Value::TextList(found), Value::TextList(wanted)) => wanted.iter().all(|w| found.contains(w)),
                (Value::Int(found), Value::Number(wanted)) => *found as f64 == *wanted,
                (Value::Number(found), Value::Int(wanted)) => *found == *wanted as f64,
                (found, wanted) => found == wanted,
            }
        })
    }

    fn lies_in(&self, feature: &Feature) -> bool {
        let Some(wkb) = &feature.wkb else { return false };
        let shape = geozero::wkb::Wkb(wkb.as_slice());
        let Ok(shape) = geozero::ToGeo::to_geo(&shape) else { return false };
        self.boxes.iter().any(|area| shape.intersects(area))
    }
}

fn vietnamese_day(moment: OffsetDateTime) -> Date {
    let offset = UtcOffset::from_hms(VIETNAM_OFFSET_H, 0, 0).unwrap_or(UtcOffset::UTC);
    moment.checked_to_offset(offset).unwrap_or(moment).date()
}
