//! `GET /api`: the OpenAPI 3.0 document of what this caller may ask.

mod operation;
mod routes;

use super::{Problem, Site, parameters::Parameters};
use crate::{layer::LayerView, store::FeatureStore};
use axum::{
    extract::State,
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// The media type of the document, to the letter as OGC 17-069r4, 9 has it.
pub const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";

/// The document.
pub async fn api<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::strict(&uri, &["f"])?.format(&["json"])?;
    let base = site.base_url(&headers)?;
    let views: Vec<LayerView> = site.catalog.views(&site.anonymous).collect();
    let body = document(&views, &base);
    Ok(([(header::CONTENT_TYPE, OPENAPI)], body.to_string()).into_response())
}

fn document(views: &[LayerView], base: &str) -> Json {
    let mut paths = Map::new();
    routes::operations(views).into_iter().for_each(|operation| operation.enter(&mut paths));
    json!({
        "openapi": "3.0.3",
        "info": { "title": "diaban", "version": env!("CARGO_PKG_VERSION"),
                  "description": "GIS databases of a province as features and vector tiles" },
        "servers": [{ "url": base }],
        "paths": paths,
        "components": { "schemas": { "problem": problem_schema() } },
    })
}

fn problem_schema() -> Json {
    json!({ "type": "object", "properties": {
        "type": { "type": "string" }, "title": { "type": "string" },
        "status": { "type": "integer" }, "detail": { "type": "string" } } })
}
