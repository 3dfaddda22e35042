//! `GET /api`: the OpenAPI 3.0 document of what this caller may ask.

mod edits;
mod imports;
mod operation;
/// The document as a page.
mod page;
mod routes;

use super::{
    Problem, SeenSite,
    page::Document,
    parameters::Parameters,
    representation::{DOCUMENT, Representation},
};
use crate::{
    layer::{AggregateView, EditView, ImportView, LayerView},
    store::FeatureStore,
};
use axum::{
    http::{HeaderMap, Uri},
    response::Response,
};
use serde_json::{Map, Value as Json, json};

/// The media type of the document, to the letter as OGC 17-069r4, 9 has it.
pub const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";

/// The document.
pub async fn api<S: FeatureStore>(
    site: SeenSite<S>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wanted = Representation::of(&Parameters::strict(&uri, &DOCUMENT)?, &headers)?;
    let base = site.base_url(&headers)?;
    let views: Vec<LayerView> = site.all_views();
    let may_edit = |view: &LayerView| site.catalog.edit_view(view.id(), site.caller());
    let edits: Vec<EditView> = views.iter().filter_map(may_edit).filter(|_| site.editor.is_some()).collect();
    let aggregates: Vec<AggregateView> = site.catalog.aggregate_views().collect();
    let whole = |view: EditView| site.catalog.import_view(view, site.caller()).ok();
    let loads = views.iter().filter_map(may_edit).filter_map(whole).filter(|_| site.importer.is_some());
    let loads: Vec<ImportView> = loads.collect();
    let body = document(&views, &aggregates, (&edits, &loads), &base);
    let language = wanted.languages.of_page();
    let title = wanted.languages.pick("Mô tả API", "API description", "Mô tả API / API description");
    let document = Document::new(title, "/api", body).of_kind(OPENAPI);
    Ok(document.told_by(|body| page::content(body, language)).answer(&wanted, &site))
}

fn document(
    views: &[LayerView],
    aggregates: &[AggregateView],
    (edits, loads): (&[EditView], &[ImportView]),
    base: &str,
) -> Json {
    let mut paths = Map::new();
    let all = routes::operations(views, aggregates).into_iter().chain(edits::operations(edits));
    let all = all.chain(imports::operations(loads));
    all.for_each(|operation| operation.enter(&mut paths));
    json!({
        "openapi": "3.0.3",
        "info": { "title": "diaban", "version": env!("CARGO_PKG_VERSION"),
                  "description": "GIS databases of a province as features and vector tiles" },
        "servers": [{ "url": base }],
        "paths": paths,
        // Without a key, or with one in either place.
        "security": [{}, { "bearer": [] }, { "key": [] }],
        "components": { "schemas": { "problem": problem_schema() }, "securitySchemes": {
            "bearer": { "type": "http", "scheme": "bearer",
                        "description": "An API key of an agency, or a token (JWT) of a person" },
            "key": { "type": "apiKey", "in": "header", "name": "X-API-Key" } } },
    })
}

fn problem_schema() -> Json {
    json!({ "type": "object", "properties": {
        "type": { "type": "string" }, "title": { "type": "string" },
        "status": { "type": "integer" }, "detail": { "type": "string" },
        "detail_vi": { "type": "string", "description": "The same in Vietnamese, where a file is refused" },
        "findings": { "type": "array", "items": { "type": "object" } } } })
}
