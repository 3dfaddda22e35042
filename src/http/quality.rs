//! `GET /quality`, `GET /collections/{layer}/quality` and what was found wrong where: what checks gave of what
//! the caller may see. Nothing is measured here.

use super::{
    Problem, SeenSite, Site,
    collections::advertised,
    items::{GEOJSON, link},
    page::{Document, PageMap},
    parameters::{LIMIT_MAX, Parameters, Path, chosen_views},
    problem::shown,
    representation::{DOCUMENT, Representation},
};
use crate::{
    layer::{LayerView, QualityMeasure},
    quality::{self, FINDINGS_KEPT_MAX},
    store::FeatureStore,
};
use axum::{
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value as Json, json};

/// Checks of a layer that are told, the newest first.
const RUNS_MAX: u32 = 50;
/// Checks that all layers together go back.
const RUNS_OF_EACH_MAX: u32 = 10;
/// Layers that are asked for at once.
const LAYERS_AT_ONCE: usize = 4;

async fn told<S: FeatureStore>(site: &Site<S>, view: &LayerView, runs: u32) -> Result<Json, Problem> {
    let mut told = quality::told(view, &site.store.quality_runs(view, runs).await?);
    // Layers keep the code of whom they were ordered from; a caller has that of who is in charge today.
    let agencies = site.catalog.agencies();
    let in_charge = agencies.in_charge(&view.layer().agency, quality::today());
    told["in_charge"] =
        json!(in_charge.map(|(agency, name)| json!({ "code": agency.code, "vi": name.vi, "en": name.en })));
    Ok(told)
}

/// All layers.
pub async fn all<S: FeatureStore>(
    site: SeenSite<S>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::strict(&uri, &["layers", "f", "lang"])?;
    let wanted = Representation::of(&parameters, &headers)?;
    let layers: Vec<Json> = stream::iter(chosen_views(&site, parameters.value("layers"))?)
        .map(|view| {
            let site = &site;
            async move { told(site, &view, RUNS_OF_EACH_MAX).await }
        })
        .buffered(LAYERS_AT_ONCE)
        .try_collect()
        .await?;
    let title = wanted.languages.pick(
        "Chất lượng dữ liệu",
        "Quality of data",
        "Chất lượng dữ liệu / Quality of data",
    );
    let language = wanted.languages.of_page();
    let body = json!({ "layers": layers, "synthetic": site.synthetic });
    let document = Document::new(title, "/quality", body);
    let document = document
        .told_by(|body| quality::content(body["layers"].as_array().map_or(&[], Vec::as_slice), language));
    Ok(document.answer(&wanted, &site))
}

/// One layer.
pub async fn of_layer<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    let wanted = Representation::of(&Parameters::strict(&uri, &DOCUMENT)?, &headers)?;
    let base = site.base_url(&headers)?;
    let path = format!("/collections/{layer}/quality");
    let mut body = told(&site, &view, RUNS_MAX).await?;
    body["links"] = json!([
        link(&format!("{base}{path}"), "self", "application/json"),
        link(&format!("{base}{path}/findings"), "items", GEOJSON),
        link(&format!("{base}/collections/{layer}"), "collection", "application/json"),
    ]);
    let language = wanted.languages.of_page();
    let title = format!(
        "{}: {}",
        wanted.languages.pick("Chất lượng", "Quality", "Chất lượng / Quality"),
        wanted.languages.text(&view.layer().title)
    );
    let map = PageMap {
        layers: vec![layer],
        bounds: site.extent(&view).await?.map(advertised),
        features: Some(format!("{path}/findings?limit={LIMIT_MAX}")),
    };
    let document = Document::new(&title, &path, body).with_map(map);
    let document = document.told_by(|body| quality::content(std::slice::from_ref(body), language));
    Ok(document.answer(&wanted, &site))
}

/// What the newest check of a layer found wrong where.
pub async fn findings<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    let parameters = Parameters::strict(&uri, &["measure", "limit", "offset", "f"])?;
    parameters.format(&["json", "geojson"])?;
    let (limit, offset) = (parameters.limit()? as usize, offset(parameters.value("offset"))?);
    let measure = parameters.value("measure").map(measure).transpose()?;
    let mut features = site.store.quality_findings(&view).await?;
    features.retain(|finding| measure.is_none_or(|m| finding["properties"]["measure"] == m.as_str()));
    let matched = features.len();
    let shown: Vec<Json> = features.into_iter().skip(offset).take(limit).collect();
    site.shown().features(shown.len() as u64);
    let base = format!("{}/collections/{layer}/quality/findings", site.base_url(&headers)?);
    let measure = measure.map(|m| format!("&measure={}", m.as_str())).unwrap_or_default();
    let at = |offset: usize| format!("{base}?limit={limit}&offset={offset}{measure}");
    let mut links = vec![link(&at(offset), "self", GEOJSON)];
    let next = offset.saturating_add(shown.len());
    if !shown.is_empty() && next < matched {
        links.push(link(&at(next), "next", GEOJSON));
    }
    let body = json!({
        "type": "FeatureCollection",
        "numberMatched": matched,
        "numberReturned": shown.len(),
        "limit_of_each_measure": FINDINGS_KEPT_MAX,
        "links": links,
        "features": shown,
    });
    Ok(([(axum::http::header::CONTENT_TYPE, GEOJSON)], body.to_string()).into_response())
}

/// How many findings are passed over: where the page before ended.
fn offset(text: Option<&str>) -> Result<usize, Problem> {
    let Some(text) = text else { return Ok(0) };
    let wrong = || Problem::bad_request(format!("offset: {} is no whole number from 0", shown(text)));
    text.parse().map_err(|_| wrong())
}

fn measure(name: &str) -> Result<QualityMeasure, Problem> {
    let found = QualityMeasure::ALL.into_iter().find(|measure| measure.as_str() == name);
    found.ok_or_else(|| {
        let all = QualityMeasure::ALL.map(QualityMeasure::as_str).join(", ");
        Problem::bad_request(format!("measure: {} is none of {all}", shown(name)))
    })
}
