//! `GET /collections/{layer}/queryables` and `/sortables`: what can stand in a filter, and by what
//! features can be sorted (OGC API Features Part 3, 19-079r2, clause 6), as JSON Schema.

use super::{
    Problem, SeenSite,
    collections::{SCHEMA, attribute_schemas},
    filter::sortables as sortable_attributes,
    page::Document,
    parameters::{Parameters, Path},
    representation::{DOCUMENT, Representation},
};
use crate::store::FeatureStore;
use axum::{
    http::{HeaderMap, Uri},
    response::Response,
};
use serde_json::json;

/// What can stand in a filter.
pub async fn queryables<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer(&site, &layer, "queryables", &uri, &headers)
}

/// By what features can be sorted.
pub async fn sortables<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer(&site, &layer, "sortables", &uri, &headers)
}

fn answer<S: FeatureStore>(
    site: &SeenSite<S>,
    layer: &str,
    what: &str,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(layer)?;
    let wanted = Representation::of(&Parameters::strict(uri, &DOCUMENT)?, headers)?;
    let address = format!("/collections/{layer}/{what}");
    let mut properties = attribute_schemas(&view, wanted.languages);
    if what == "sortables" {
        properties.retain(|name, _| sortable_attributes(&view).any(|a| a.name == *name));
    }
    let title = wanted.languages.text(&view.layer().title);
    let body = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("{}{address}", site.base_url(headers)?),
        "type": "object",
        "title": title,
        "properties": properties,
        "additionalProperties": false,
    });
    Ok(Document::new(&title, &address, body).of_kind(SCHEMA).answer(&wanted, site))
}
