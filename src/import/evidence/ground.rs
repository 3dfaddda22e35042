//! What a file's features are held against: the province, its communes, their borders.
//!
//! All in metres of EPSG:9210. Without the layer of communes the province is the box around it.

use crate::{
    crs::Plane,
    feature::{Bbox, Feature, Value},
    import::{ImportError, Words, words},
    layer::{AccessClass, Caller, Catalog, LayerView},
    query::{FeatureQuery, TimeInterval},
    store::{
        FeatureStore, StoreError,
        areas::{COMMUNES, plane_shape},
        postgis::{Database, PostgisStore},
    },
};
use futures_util::TryStreamExt;
use geo::{BoundingRect, Contains, CoordsIter, Geometry, LinesIter, MultiPolygon, Point};
use rstar::{RTree, primitives::Line};
use time::OffsetDateTime;

/// Beside a border, metres: what surveys of the same border differ by, and far below any mistake
/// that is looked for.
const ON_BORDER_M: f64 = 5.0;
/// How far outside of the province something may lie that belongs to it, metres.
const MARGIN_M: f64 = 500.0;
/// Communes that are read.
const MAX_COMMUNES: u32 = 2_000;
/// Features of another layer that are read.
const MAX_FEATURES: u32 = 20_000;
/// Pieces of borders that are kept.
const MAX_PIECES: usize = 1_000_000;

/// The box around the 96 communes of Resolution 1682/NQ-UBTVQH15, degrees of EPSG:4326.
const AROUND: Bbox = Bbox::new(105.499, 10.393, 106.750, 11.784);

/// What a file's features are held against.
#[derive(Debug, Default)]
pub struct Ground {
    communes: Vec<Commune>,
    borders: RTree<Line<[f64; 2]>>,
    /// The layer that the borders are of; `None` for those of communes.
    layer: Option<String>,
}

#[derive(Debug)]
struct Commune {
    code: String,
    shape: MultiPolygon,
    bounds: Bbox,
}

impl Ground {
    /// Of communes (code, boundary in the plane of EPSG:9210); their borders are the reference.
    pub fn of_communes(communes: Vec<(String, Geometry)>) -> Self {
        let mut ground = Self::default();
        let mut pieces = Vec::new();
        for (code, shape) in communes {
            lines(&shape, &mut pieces);
            let shape = match shape {
                Geometry::Polygon(polygon) => MultiPolygon::new(vec![polygon]),
                Geometry::MultiPolygon(polygons) => polygons,
                _ => continue,
            };
            let Some(rect) = shape.bounding_rect() else { continue };
            let bounds = Bbox::new(rect.min().x, rect.min().y, rect.max().x, rect.max().y);
            ground.communes.push(Commune { code, shape, bounds });
        }
        ground.borders = RTree::bulk_load(pieces);
        ground
    }

    /// The communes of the database, as far as it holds them, and the layer `reference` for borders,
    /// where one is named.
    pub async fn load(
        database: &Database,
        catalog: &Catalog,
        reference: Option<&str>,
    ) -> Result<Self, ImportError> {
        // Whoever imports may see what is in the database.
        let caller = Caller::anonymous(AccessClass::Restricted);
        let store = PostgisStore::new(database.clone());
        let mut ground = match catalog.view(COMMUNES, &caller) {
            Some(view) => Self::of_communes(communes(&store, &view).await.map_err(unavailable)?),
            None => Self::default(),
        };
        let Some(layer) = reference else { return Ok(ground) };
        let view = catalog.view(layer, &caller).ok_or_else(|| ImportError::Setting {
            flag: format!("--reference {layer}"),
            reason: words("không có lớp này", "there is no such layer"),
        })?;
        let query = FeatureQuery { limit: MAX_FEATURES, ..FeatureQuery::default() };
        let found = store.features(&view.only(&[]), &query).await.map_err(unavailable)?;
        let features: Vec<Feature> = found.try_collect().await.map_err(unavailable)?;
        let mut pieces = Vec::new();
        features.iter().filter_map(plane_shape).for_each(|shape| lines(&shape, &mut pieces));
        if pieces.is_empty() {
            return Err(ImportError::Setting {
                flag: format!("--reference {layer}"),
                reason: words("lớp này chưa có dữ liệu", "the layer is empty"),
            });
        }
        ground.borders = RTree::bulk_load(pieces);
        ground.layer = Some(layer.to_owned());
        Ok(ground)
    }

    /// Whether a position lies in the province, or near it.
    pub fn holds(&self, [x, y]: [f64; 2]) -> bool {
        let near = |c: &Commune| c.bounds.widened(MARGIN_M).contains(Bbox::new(x, y, x, y));
        if self.communes.is_empty() {
            let [lon, lat] = Plane::measuring().to_lonlat(x, y);
            return AROUND.contains(Bbox::new(lon, lat, lon, lat));
        }
        let mut around = self.communes.iter().filter(|c| near(c));
        around.any(|c| c.shape.contains(&Point::new(x, y)))
            || self.borders.locate_within_distance([x, y], MARGIN_M * MARGIN_M).next().is_some()
    }

    /// Whether a position lies in the commune of that code; `None` where there is no boundary of it.
    pub fn in_commune(&self, code: &str, [x, y]: [f64; 2]) -> Option<bool> {
        let commune = self.communes.iter().find(|c| c.code == code)?;
        let within = commune.bounds.contains(Bbox::new(x, y, x, y));
        Some(within && commune.shape.contains(&Point::new(x, y)))
    }

    /// Whether there are borders to hold corners against.
    pub fn has_borders(&self) -> bool {
        self.borders.size() > 0
    }

    /// Whether communes are known.
    pub fn has_communes(&self) -> bool {
        !self.communes.is_empty()
    }

    /// Whether a position lies on a border, as far as two surveys of it agree.
    pub fn is_on_border(&self, position: [f64; 2]) -> bool {
        self.borders.locate_within_distance(position, ON_BORDER_M * ON_BORDER_M).next().is_some()
    }

    /// What the borders are of.
    pub fn borders_of(&self) -> Words {
        match &self.layer {
            None => words("ranh giới xã", "borders of communes"),
            Some(layer) => words(format!("đối tượng của lớp {layer}"), format!("features of layer {layer}")),
        }
    }
}

fn unavailable(error: StoreError) -> ImportError {
    ImportError::Reference(error.to_string())
}

async fn communes(store: &PostgisStore, view: &LayerView) -> Result<Vec<(String, Geometry)>, StoreError> {
    let view = view.clone().only(&["code"]);
    let now = Some(OffsetDateTime::now_utc());
    let datetime = Some(TimeInterval { start: now, end: now });
    let query = FeatureQuery { datetime, limit: MAX_COMMUNES, ..FeatureQuery::default() };
    let features: Vec<Feature> = store.features(&view, &query).await?.try_collect().await?;
    let named = |feature: &Feature| match feature.values.first() {
        Some(Value::Text(code)) => Some((code.clone(), plane_shape(feature)?)),
        _ => None,
    };
    Ok(features.iter().filter_map(named).collect())
}

fn lines(shape: &Geometry, pieces: &mut Vec<Line<[f64; 2]>>) {
    let mut push = |from: [f64; 2], to: [f64; 2]| {
        if pieces.len() < MAX_PIECES {
            pieces.push(Line::new(from, to));
        }
    };
    match shape {
        Geometry::Polygon(p) => p.lines_iter().for_each(|l| push(l.start.into(), l.end.into())),
        Geometry::MultiPolygon(p) => p.lines_iter().for_each(|l| push(l.start.into(), l.end.into())),
        Geometry::LineString(p) => p.lines_iter().for_each(|l| push(l.start.into(), l.end.into())),
        Geometry::MultiLineString(p) => p.lines_iter().for_each(|l| push(l.start.into(), l.end.into())),
        other => other.coords_iter().for_each(|c| push(c.into(), c.into())),
    }
}
