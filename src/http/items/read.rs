//! Features as pages to read: a table of them, or one with all its values, and a map that marks
//! them. Made from the GeoJSON, so that both say the same.

use super::super::{
    Problem, Site,
    collections::advertised,
    page::{Document, PageMap, body::value},
    representation::Representation,
};
use crate::{
    layer::{Attribute, Language, LayerView},
    store::FeatureStore,
};
use axum::{
    body::{Body, to_bytes},
    http::Uri,
    response::Response,
};
use maud::{Markup, html};
use serde_json::Value as Json;

/// Bytes of GeoJSON that a page is made from at most.
const BYTES_MAX: usize = 64 << 20;

/// The features out of a body.
pub async fn json(body: Body) -> Result<Json, Problem> {
    let too_large = |_| {
        Problem::bad_request(
            "the features are too large for one page to read; use a smaller limit, or f=json",
        )
    };
    let bytes = to_bytes(body, BYTES_MAX).await.map_err(too_large)?;
    serde_json::from_slice(&bytes).map_err(Problem::internal)
}

/// The page of a feature or of several.
pub async fn page<S: FeatureStore>(
    site: &Site<S>,
    view: &LayerView,
    features: &Json,
    wanted: &Representation,
    uri: &Uri,
) -> Result<Response, Problem> {
    let language = wanted.languages.of_page();
    let layer = wanted.languages.text(&view.layer().title);
    let path = uri.path();
    let (title, content) = match features["features"].as_array() {
        Some(list) => (layer, table(view, list, path, language)),
        None => (name(view, features, &layer), one(view, features, language)),
    };
    let extent = site.extent(view).await?.map(advertised);
    let map = PageMap {
        layers: vec![view.id().to_owned()],
        bounds: bounds(features).or(extent),
        features: Some(marked(uri)),
    };
    let mut rest = features.clone();
    for member in ["features", "geometry", "properties", "type"] {
        rest.as_object_mut().map(|members| members.remove(member));
    }
    Ok(Document::new(&title, path, rest).with_map(map).with_content(content).answer(wanted, site))
}

/// The address of the same features as GeoJSON of degrees, for the map.
fn marked(uri: &Uri) -> String {
    let kept =
        |part: &&str| !["f=", "crs=", "lang=", "properties="].iter().any(|name| part.starts_with(name));
    let query = uri.query().unwrap_or_default().split('&').filter(kept).filter(|part| !part.is_empty());
    let query: Vec<&str> = query.chain(["f=json"]).collect();
    format!("{}?{}", uri.path(), query.join("&"))
}

/// What a feature is called.
fn name(view: &LayerView, feature: &Json, layer: &str) -> String {
    let label = view.layer().label.as_deref().filter(|l| view.attribute(l).is_some());
    let label = label.and_then(|l| feature["properties"][l].as_str());
    format!("{layer}: {}", label.map_or_else(|| feature["id"].to_string(), str::to_owned))
}

fn table(view: &LayerView, features: &[Json], path: &str, language: Language) -> Markup {
    html! {
        div.wide tabindex="0" { table {
            thead { tr {
                th scope="col" { "id" }
                @for attribute in view.attributes() { th scope="col" title=(attribute.name) { (heading(attribute, language)) } }
            } }
            tbody { @for feature in features { tr {
                @let id = feature["id"].to_string();
                td { a href={ (path) "/" (id) } { (id) } }
                @for attribute in view.attributes() {
                    td { (shown(attribute, &feature["properties"][&attribute.name], language)) }
                }
            } } }
        } }
    }
}

fn one(view: &LayerView, feature: &Json, language: Language) -> Markup {
    html! {
        dl {
            dt { "id" } dd { (feature["id"]) }
            @for attribute in view.attributes() {
                dt title=(attribute.name) { (heading(attribute, language)) }
                dd { (shown(attribute, &feature["properties"][&attribute.name], language)) }
            }
        }
        @if let Some(kind) = feature["geometry"]["type"].as_str() {
            details { summary { (kind) } code { (feature["geometry"]["coordinates"]) } }
        }
    }
}

fn heading(attribute: &Attribute, language: Language) -> String {
    let unit = attribute.unit.map(|unit| format!(" ({})", unit.symbol())).unwrap_or_default();
    format!("{}{unit}", attribute.title.of(language))
}

/// A value; a code with what it means.
fn shown(attribute: &Attribute, found: &Json, language: Language) -> Markup {
    let meaning = attribute.values.iter().find(|v| found.as_str() == Some(&v.code));
    match (meaning, found) {
        (Some(meaning), _) => {
            let text = if language == Language::Vi { &meaning.vi } else { &meaning.en };
            html! { span title=(meaning.code) { (text) } }
        }
        // What the data say is text, even where it looks like an address.
        (None, Json::String(text)) => html! { (text) },
        (None, other) => value(other, language, 1),
    }
}

/// The box around features whose coordinates are degrees, longitude first.
fn bounds(features: &Json) -> Option<[f64; 4]> {
    fn widen(coordinates: &Json, all: &mut Option<[f64; 4]>) {
        let Some(list) = coordinates.as_array() else { return };
        if let [Json::Number(x), Json::Number(y)] = &list[..] {
            let (x, y) = (x.as_f64().unwrap_or_default(), y.as_f64().unwrap_or_default());
            let [w, s, e, n] = all.unwrap_or([x, y, x, y]);
            *all = Some([w.min(x), s.min(y), e.max(x), n.max(y)]);
        } else {
            list.iter().for_each(|inner| widen(inner, all));
        }
    }
    let mut all = None;
    let list = features["features"].as_array().map_or(std::slice::from_ref(features), Vec::as_slice);
    list.iter().for_each(|feature| widen(&feature["geometry"]["coordinates"], &mut all));
    const MARGIN: f64 = 2e-3;
    let [w, s, e, n] = all.filter(|[w, s, e, n]| *w >= -180.0 && *s >= -90.0 && *e <= 180.0 && *n <= 90.0)?;
    Some([w - MARGIN, s - MARGIN, e + MARGIN, n + MARGIN])
}
