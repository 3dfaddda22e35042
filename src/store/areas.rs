//! From what was asked for as an area to its ground: units and features are looked up in the
//! layers that the caller may see.
//!
//! Must not know boundaries of its own: those of communes stand in the layer `admin_commune`,
//! valid on a day. Where a former unit has none there, the present communes that it went to stand
//! for it, and the answer says of each whether it is a part of it or more.

use super::{FeatureStore, StoreError};
use crate::{
    area::{Area, DrawError, Spec, draw},
    feature::{Bbox, Feature, Value},
    layer::{Caller, Catalog, LayerView},
    query::{FeatureQuery, TimeInterval},
    units::{Era, Level, REFORM, Share, Unit, UnitError, Units},
};
use futures_util::TryStreamExt;
use geo::{Geometry, MultiPolygon};
use geozero::{ToGeo, wkb::Wkb};
use std::{sync::Arc, time::Duration};
use time::{Date, OffsetDateTime, Time, UtcOffset};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// The layer of the communes' boundaries.
pub const COMMUNES: &str = "admin_commune";
/// More communes than any day has.
const COMMUNES_MAX: u32 = 5_000;
/// Communes that are drawn around an area.
const AROUND_MAX: u32 = 150;

/// An area that was found.
#[derive(Debug, Clone)]
pub struct FoundArea {
    /// Its ground.
    pub area: Arc<Area>,
    /// The unit, where one was asked for.
    pub unit: Option<Unit>,
    /// What must be said about it.
    pub notes: Vec<AreaNote>,
}

/// What must be said about an area.
#[derive(Debug, Clone, PartialEq)]
pub enum AreaNote {
    /// Rings of the drawing crossed; inside is what they go round an odd number of times.
    Repaired,
    /// The former unit has no boundary: these present communes stand for it. One that is
    /// [`Share::Whole`] lies whole in the unit; of one that is [`Share::Part`] an unknown share does.
    Covering(Vec<(Unit, Share)>),
    /// Of these communes the layer has no boundary; they are left out.
    Missing(Vec<Unit>),
    /// No ground of the province is in it.
    Outside,
    /// What of it lies out of the plane's window ([`draw::WINDOW`]) is cut off.
    Cut,
    /// The drawing has no area: it has no width.
    NoArea,
    /// Nothing of it is left so far behind its border.
    Vanished,
}

/// Why there is no area.
#[derive(Debug, thiserror::Error)]
pub enum AreaError {
    /// No such unit, or several.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// The drawing is none.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// No such layer for this caller.
    #[error("there is no layer `{0}`; /collections lists them")]
    NoLayer(String),
    /// No such feature for this caller.
    #[error("the layer `{0}` has no feature {1}")]
    NoFeature(String, i64),
    /// A unit without a boundary.
    #[error("the boundary of {0} ({1}) is not in the layer `admin_commune`; load it, or draw the area")]
    NoBoundary(&'static str, Unit),
    /// Others' drawings are followed, and it was not this one's turn in time.
    #[error("too many drawings are worked on just now; try again in a moment")]
    Busy,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Drawings that are followed at once, and how long the next waits for its turn.
const FOLLOWED_AT_ONCE: usize = 2;
const TURN_WAIT: Duration = Duration::from_secs(5);

static FOLLOWED: Semaphore = Semaphore::const_new(FOLLOWED_AT_ONCE);

/// Follows the lines of a drawing beside the threads that answer. Who gives up leaves his turn when the work
/// has ended: there is no stopping it.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DrawError> + Send + 'static,
) -> Result<T, AreaError> {
    let lost = |error: &dyn std::error::Error| AreaError::Store(StoreError::Internal(error.to_string()));
    let turn = tokio::time::timeout(TURN_WAIT, FOLLOWED.acquire()).await.map_err(|_| AreaError::Busy)?;
    let turn = turn.map_err(|error| lost(&error))?;
    let done = spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    Ok(done.await.map_err(|error| lost(&error))??)
}

/// Looks up areas for one caller.
pub struct AreaFinder<'s, S> {
    /// Where the features are.
    pub store: &'s S,
    /// The layers.
    pub catalog: &'s Catalog,
    /// The units.
    pub units: &'s Units,
    /// Who asks.
    pub caller: &'s Caller,
    /// Told of each view out of which a ground is taken, and of how many single features: what is shown of it leaves by
    /// another door than rows, and must be on record all the same.
    pub shown: &'s (dyn Fn(&LayerView, u64) + Sync),
}

impl<S: FeatureStore> AreaFinder<'_, S> {
    /// The area that `spec` asks for.
    pub async fn find(&self, spec: &Spec) -> Result<FoundArea, AreaError> {
        let (shape, unit, mut notes) = self.shape(spec).await?;
        let (area, repaired) = beside(move || draw::area(&shape)).await?;
        if repaired {
            notes.push(AreaNote::Repaired);
        }
        if area.area_m2() <= 0.0 {
            let cut = notes.contains(&AreaNote::Cut);
            notes.retain(|note| *note != AreaNote::Cut);
            notes.push(match spec {
                _ if cut => AreaNote::Outside,
                Spec::Buffer { .. } => AreaNote::Vanished,
                _ => AreaNote::NoArea,
            });
        } else if self.lies_outside(&area).await? {
            notes.push(AreaNote::Outside);
        }
        Ok(FoundArea { area: Arc::new(area), unit, notes })
    }

    /// The communes of a day with their boundaries.
    pub async fn communes(&self, day: Date) -> Result<Vec<(Unit, Arc<Area>)>, AreaError> {
        let boundaries = self.boundaries(day, None).await?;
        let known = self.units.all().iter().filter(|u| u.level == Level::Commune && u.era == Era::of(day));
        let found = known.filter_map(|unit| {
            let shape = boundaries.iter().find(|(code, _)| code == unit.code)?;
            Some((*unit, shape.1.clone()))
        });
        let found: Vec<(Unit, Geometry)> = found.collect();
        beside(move || {
            found.into_iter().map(|(unit, shape)| Ok((unit, Arc::new(draw::area(&shape)?.0)))).collect()
        })
        .await
    }

    /// Names and boundaries, in the plane, of the communes in and around an area, valid in `datetime`;
    /// none where the caller sees no boundaries.
    pub async fn around(
        &self,
        area: &Area,
        datetime: Option<TimeInterval>,
    ) -> Result<Vec<(String, Geometry)>, StoreError> {
        let Some(view) = self.catalog.view(COMMUNES, self.caller) else { return Ok(Vec::new()) };
        let Some(at_name) = view.attributes().position(|a| a.name == "name_vi") else {
            return Ok(Vec::new());
        };
        let b = area.mercator_bounds();
        let by = (b.max_x - b.min_x).max(b.max_y - b.min_y) / 4.0;
        let corner = crate::tile::coord::mercator_to_lonlat;
        let ((west, south), (east, north)) =
            (corner(b.min_x - by, b.min_y - by), corner(b.max_x + by, b.max_y + by));
        let bbox = Some(Bbox::new(west, south, east, north));
        let query = FeatureQuery { bbox, datetime, limit: AROUND_MAX, ..FeatureQuery::default() };
        (self.shown)(&view, 0);
        let features: Vec<Feature> = self.store.features(&view, &query).await?.try_collect().await?;
        let named = |feature: &Feature| match &feature.values[at_name] {
            Value::Text(name) => Some((name.clone(), plane_shape(feature)?)),
            _ => Some((String::new(), plane_shape(feature)?)),
        };
        Ok(features.iter().filter_map(named).collect())
    }

    /// A drawing in the plane, the unit that it is of, what is to be said.
    async fn shape(&self, spec: &Spec) -> Result<(Geometry, Option<Unit>, Vec<AreaNote>), AreaError> {
        let within = |bbox: Option<Bbox>, shape| {
            let cut = bbox.filter(|bbox| draw::leaves_window(*bbox)).map(|_| AreaNote::Cut);
            Ok((shape, None, cut.into_iter().collect()))
        };
        match spec {
            Spec::Box(bbox) => within(Some(*bbox), draw::from_box(*bbox)),
            Spec::Drawn(drawn) => {
                let (bbox, drawn) = (draw::around(drawn), drawn.clone());
                within(bbox, beside(move || draw::to_plane(&drawn)).await?)
            }
            Spec::Plane(drawn) => within(None, drawn.clone()),
            Spec::Circle { lon, lat, metres } => {
                let middle = Bbox::new(*lon, *lat, *lon, *lat);
                within(Some(middle), draw::circle(*lon, *lat, *metres)?)
            }
            Spec::Feature { layer, id } => {
                let (shape, bbox) = self.feature(layer, *id).await?;
                within(bbox, shape)
            }
            Spec::Unit { level, code, date } => {
                let unit = self.units.resolve(*level, code, *date)?;
                let (shape, notes) = self.unit(unit, *date).await?;
                Ok((shape, Some(*unit), notes))
            }
            Spec::Buffer { metres, of } => {
                let (shape, unit, notes) = Box::pin(self.shape(of)).await?;
                let metres = *metres;
                Ok((beside(move || draw::buffer(&shape, metres)).await?, unit, notes))
            }
        }
    }

    /// A feature's shape in the plane, and the box around it in degrees.
    async fn feature(&self, layer: &str, id: i64) -> Result<(Geometry, Option<Bbox>), AreaError> {
        let view = self.catalog.view(layer, self.caller);
        let view = view.ok_or_else(|| AreaError::NoLayer(layer.to_owned()))?;
        (self.shown)(&view, 0);
        let found = self.store.feature(&view, id).await?;
        (self.shown)(&view, u64::from(found.is_some()));
        let drawn = found.as_ref().and_then(|feature| Wkb(feature.wkb.as_deref()?).to_geo().ok());
        let shape = found.as_ref().and_then(plane_shape);
        let shape = shape.ok_or_else(|| AreaError::NoFeature(layer.to_owned(), id))?;
        Ok((shape, drawn.as_ref().and_then(draw::around)))
    }

    /// The ground of a unit on a day of its era; where none is said today, or the last of that era.
    async fn unit(&self, unit: &Unit, day: Option<Date>) -> Result<(Geometry, Vec<AreaNote>), AreaError> {
        let of_era = |day: &Date| Era::of(*day) == unit.era;
        let day = day.filter(of_era).or(Some(today()).filter(of_era)).unwrap_or_else(|| unit.era.day());
        let communes = self.units.communes(unit);
        let only = Some(unit.code).filter(|_| unit.level == Level::Commune);
        let own = self.boundaries(day, only).await?;
        let found: Vec<&Geometry> = communes
            .iter()
            .filter_map(|commune| own.iter().find(|(code, _)| code == commune.code).map(|found| &found.1))
            .collect();
        if found.len() == communes.len() {
            return Ok((together(found), Vec::new()));
        }
        if unit.era == Era::Since {
            if found.is_empty() {
                return Err(AreaError::NoBoundary(unit.name, *unit));
            }
            let has = |commune: &Unit| own.iter().any(|(code, _)| code == commune.code);
            let missing = communes.into_iter().filter(|c| !has(c)).copied().collect();
            return Ok((together(found), vec![AreaNote::Missing(missing)]));
        }
        let present = self.boundaries(today().max(REFORM), None).await?;
        let covering = self.units.covering(unit);
        let mut shapes = Vec::new();
        for (commune, _) in &covering {
            let shape = present.iter().find(|(code, _)| code == commune.code);
            shapes.push(shape.map(|s| &s.1).ok_or(AreaError::NoBoundary(unit.name, *unit))?);
        }
        let exact = covering.iter().all(|(_, share)| *share == Share::Whole);
        let named = covering.iter().map(|(commune, share)| (**commune, *share)).collect();
        // Present communes that hold nothing else together are the unit, to the metre.
        let notes = if exact { Vec::new() } else { vec![AreaNote::Covering(named)] };
        Ok((together(shapes), notes))
    }

    /// Codes and boundaries of the communes of a day, in the plane.
    async fn boundaries(&self, day: Date, code: Option<&str>) -> Result<Vec<(String, Geometry)>, AreaError> {
        let era = Era::of(day);
        let no_layer = || AreaError::NoLayer(COMMUNES.to_owned());
        let view: LayerView = self.catalog.view(COMMUNES, self.caller).ok_or_else(no_layer)?;
        (self.shown)(&view, 0);
        let place = |name: &str| view.attributes().position(|a| a.name == name).ok_or_else(no_layer);
        let (at_code, at_from, at_to) = (place("code")?, place("valid_from")?, place("valid_to")?);
        let moment = day.with_time(Time::MIDNIGHT).assume_offset(in_vietnam());
        let moment: Option<OffsetDateTime> = Some(moment);
        let query = FeatureQuery {
            datetime: Some(TimeInterval { start: moment, end: moment }),
            equals: code.map(|code| ("code".to_owned(), Value::Text(code.to_owned()))).into_iter().collect(),
            limit: COMMUNES_MAX,
            ..FeatureQuery::default()
        };
        let features: Vec<Feature> = self.store.features(&view, &query).await?.try_collect().await?;
        // A row without dates is one of today.
        let before = |value: &Value| matches!(value, Value::Date(day) if *day <= REFORM);
        let of_era = |f: &&Feature| {
            era == Era::Since
                || before(&f.values[at_to])
                || matches!(f.values[at_from], Value::Date(day) if day < REFORM)
        };
        let named = |feature: &Feature| match &feature.values[at_code] {
            Value::Text(code) => Some((code.clone(), plane_shape(feature)?)),
            _ => None,
        };
        Ok(features.iter().filter(of_era).filter_map(named).collect())
    }

    async fn lies_outside(&self, area: &Area) -> Result<bool, StoreError> {
        let Some(view) = self.catalog.view(COMMUNES, self.caller) else { return Ok(false) };
        let Some(extent) = self.store.extent(&view).await? else { return Ok(false) };
        let corner = |lon: f64, lat: f64| crate::tile::coord::lonlat_to_mercator(lon, lat);
        let ((west, south), (east, north)) =
            (corner(extent.min_x, extent.min_y), corner(extent.max_x, extent.max_y));
        Ok(!area.mercator_bounds().intersects(Bbox::new(west, south, east, north)))
    }
}

fn in_vietnam() -> UtcOffset {
    UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC)
}

/// The day that it is in Vietnam.
fn today() -> Date {
    OffsetDateTime::now_utc().to_offset(in_vietnam()).date()
}

/// A feature's geometry in the plane.
pub fn plane_shape(feature: &Feature) -> Option<Geometry> {
    let wkb = feature.wkb.as_deref()?;
    draw::to_plane(&Wkb(wkb).to_geo().ok()?).ok()
}

fn together(shapes: Vec<&Geometry>) -> Geometry {
    let mut all = Vec::new();
    for shape in shapes {
        match shape {
            Geometry::Polygon(polygon) => all.push(polygon.clone()),
            Geometry::MultiPolygon(polygons) => all.extend(polygons.0.iter().cloned()),
            _ => {}
        }
    }
    Geometry::MultiPolygon(MultiPolygon::new(all))
}
