//! `GET /at?point=`: what each layer that the caller may see says at a position.

use super::{
    super::{
        Problem, SeenSite, Site,
        as_of::DataAsOf,
        page::{Document, PageMap},
        parameters::Parameters,
        representation::Representation,
    },
    figures::group_value,
    left_out::{LeftOut, sort_out},
    note, page, without_form,
    words::pick,
};
use crate::{
    area::draw,
    feature::{Bbox, Feature},
    layer::{LayerView, definition::GeometryFamily},
    query::{FeatureQuery, TimeInterval},
    store::{
        FeatureStore, StoreError,
        areas::{AreaError, plane_shape},
    },
};
use axum::{
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use geo::{Distance, Euclidean, Geometry};
use maud::html;
use serde_json::{Value as Json_, json};
use std::pin::pin;

/// How near a line or a position must be, metres, if `within` does not say.
const WITHIN_M: f64 = 20.0;
/// How far `within` may reach, metres.
const WITHIN_MAX_M: f64 = 5_000.0;
/// How far the map of the page reaches around the point, degrees.
const AROUND_DEG: f64 = 0.005;
/// Features of one layer in an answer.
const FEATURES_MAX: usize = 20;
/// Candidates of one layer that are looked at; where there are more, the answer says so.
const CANDIDATES_MAX: u32 = 20_000;
/// How far from the point the box of an area that holds it may lie, degrees: more than rounding moves it.
const ROUNDING_DEG: f64 = 1e-7;
/// Layers that are asked at once.
const LAYERS_AT_ONCE: usize = 4;

/// The features of each layer that hold the position, or that are near it.
pub async fn at<S: FeatureStore>(
    site: SeenSite<S>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::strict(&uri, &["point", "within", "datetime", "layers", "f", "lang"])?;
    let wanted = Representation::of(&parameters, &headers)?;
    let language = wanted.languages.of_page();
    let typed = parameters.value("point");
    let title = pick(language, "Tại một điểm", "At a point");
    let form = page::point_form(typed.unwrap_or_default(), language);
    // Who opens the page has typed nothing yet.
    if wanted.page && typed.is_none() {
        return Ok(Document::new(title, "/at", json!({})).with_content(form).answer(&wanted, &site));
    }
    let (lon, lat) = point(typed)?;
    let within = match parameters.value("within") {
        None => WITHIN_M,
        Some(text) => text.parse().ok().filter(|m| (0.0..=WITHIN_MAX_M).contains(m)).ok_or_else(|| {
            Problem::bad_request(format!("within: it is a number of metres from 0 to {WITHIN_MAX_M}"))
        })?,
    };
    let datetime = parameters.datetime()?;
    let views = super::super::parameters::chosen_views(&site, parameters.value("layers"))?;
    let there = draw::to_plane(&Geometry::Point(geo::Point::new(lon, lat))).map_err(AreaError::from)?;
    let as_of = DataAsOf::of(&site, &views);
    let place = Place { lon, lat, there, within };
    let answers = stream::iter(views.clone())
        .map(|view| {
            let (site, place) = (&site, &place);
            async move { layer_answer(site, &view, place, datetime).await }
        })
        .buffered(LAYERS_AT_ONCE);
    let (layers, left_out) = sort_out(answers.try_collect().await?)?;
    let answer = json!({
        "point": [lon, lat],
        "within_m": within,
        "layers": layers.into_iter().flatten().collect::<Vec<_>>(),
        "left_out": left_out,
        "notes": [note(
            format!("Vùng chứa điểm; đường và điểm cách không quá {within} m."),
            format!("Areas that hold the point; lines and points within {within} m."),
        )],
    });
    let layers = answer["layers"].as_array().into_iter().flatten();
    let features = layers.clone().filter_map(|layer| Some(layer["features"].as_array()?.len() as u64));
    site.shown().features(features.sum());
    let map = PageMap {
        layers: layers.filter_map(|layer| layer["layer"].as_str().map(str::to_owned)).collect(),
        bounds: Some([lon - AROUND_DEG, lat - AROUND_DEG, lon + AROUND_DEG, lat + AROUND_DEG]),
        features: None,
    };
    let document = Document::new(&format!("{title}: {lon}, {lat}"), "/at", answer).with_map(map);
    let document = document
        .told_by(|answer| html! { (form) (page::at(answer, &views, language)) })
        .asked_by(Some(without_form(&uri)));
    Ok((as_of, document.answer(&wanted, &site)).into_response())
}

fn point(text: Option<&str>) -> Result<(f64, f64), Problem> {
    let read = |text: &str| {
        let (lon, lat) = text.split_once(',')?;
        let (lon, lat) = (lon.trim().parse::<f64>().ok()?, lat.trim().parse::<f64>().ok()?);
        ((-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat)).then_some((lon, lat))
    };
    text.and_then(read).ok_or_else(|| {
        Problem::bad_request("point: it is longitude,latitude in degrees, such as point=106.41,10.54")
    })
}

/// Where one asks.
struct Place {
    lon: f64,
    lat: f64,
    /// The same in the plane of EPSG:9210, metres.
    there: Geometry,
    /// How near a line or a position must be, metres.
    within: f64,
}

/// What a layer says there, nothing if it has nothing there; or that it is left out.
async fn layer_answer<S: FeatureStore>(
    site: &Site<S>,
    view: &LayerView,
    place: &Place,
    datetime: Option<TimeInterval>,
) -> Result<Result<Option<Json_>, LeftOut>, Problem> {
    // An area that does not hold the point says nothing about it.
    let only_areas = view.layer().geometry.iter().all(|kind| kind.family() == GeometryFamily::Area);
    let by = if only_areas { ROUNDING_DEG } else { (place.within / 100_000.0).max(ROUNDING_DEG) };
    let Place { lon, lat, .. } = *place;
    let bbox = Some(Bbox::new(lon - by, lat - by, lon + by, lat + by));
    let query = FeatureQuery { bbox, datetime, limit: CANDIDATES_MAX, ..FeatureQuery::default() };
    let within = if only_areas { 0.0 } else { place.within };
    let nearest = async {
        let mut candidates = pin!(site.store.features(view, &query).await?);
        let mut nearest = Nearest::default();
        while let Some(feature) = candidates.try_next().await? {
            nearest.take(feature, &place.there, within);
        }
        Ok(nearest)
    };
    match nearest.await {
        Ok(nearest) => Ok(Ok(nearest.told(view))),
        Err(error @ StoreError::Timeout) => Ok(Err(LeftOut::too_slow(view, error.into()))),
        Err(error) => LeftOut::of(view, error).map(Err),
    }
}

/// The features nearest to a place, the nearest first, and how many there are near it.
#[derive(Default)]
struct Nearest {
    features: Vec<(f64, Feature)>,
    matched: usize,
    looked_at: u32,
}

impl Nearest {
    fn take(&mut self, feature: Feature, there: &Geometry, within: f64) {
        self.looked_at += 1;
        let away = plane_shape(&feature).map(|shape| Euclidean.distance(&shape, there));
        let Some(metres) = away.filter(|metres| *metres <= within) else { return };
        self.matched += 1;
        let order = |a: &(f64, Feature)| a.0.total_cmp(&metres).then(a.1.id.cmp(&feature.id));
        let place = self.features.partition_point(|known| order(known).is_lt());
        if place < FEATURES_MAX {
            self.features.truncate(FEATURES_MAX - 1);
            self.features.insert(place, (metres, feature));
        }
    }

    fn told(&self, view: &LayerView) -> Option<Json_> {
        if self.features.is_empty() {
            return None;
        }
        let mut features = Vec::new();
        for (metres, feature) in &self.features {
            let named = view.attributes().zip(&feature.values);
            let properties: serde_json::Map<String, Json_> =
                named.map(|(a, value)| (a.name.clone(), group_value(Some(a), value))).collect();
            features.push(json!({ "id": feature.id, "distance_m": metres, "properties": properties }));
        }
        let layer = view.layer();
        Some(json!({
            "layer": view.id(),
            "title": { "vi": layer.title.vi, "en": layer.title.en },
            "numberMatched": self.matched,
            "numberMatchedIsLeast": self.looked_at == CANDIDATES_MAX,
            "features": features,
        }))
    }
}
