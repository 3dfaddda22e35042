//! `GET /api`: the OpenAPI 3.0 document of what this caller may ask.

use super::{
    Problem, Site,
    collections::attribute_schema,
    items::GEOJSON,
    parameters::{LIMIT_DEFAULT, LIMIT_MAX, Parameters},
};
use crate::{
    layer::{AttributeType, LayerView},
    store::FeatureStore,
};
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
    let json = "application/json";
    paths.insert(
        "/".into(),
        operation("landing", "Landing page, or the map for browsers", &[format(&["json", "html"])], json),
    );
    paths.insert(
        "/conformance".into(),
        operation("conformance", "Conformance classes", &[format(&["json"])], json),
    );
    paths.insert("/api".into(), operation("api", "This document", &[format(&["json"])], OPENAPI));
    paths.insert("/catalog".into(), operation("catalog", "Layers for the map page", &[], json));
    paths.insert("/collections".into(), operation("collections", "All layers", &[format(&["json"])], json));
    for view in views {
        layer_paths(view, &mut paths);
    }
    let layers =
        path_parameter("layers", "Layer id, or several joined by commas", json!({ "type": "string" }));
    let number = json!({ "type": "integer", "minimum": 0 });
    let tile = ["z", "x", "y"].map(|n| path_parameter(n, "Zoom, column, row of the tile", number.clone()));
    paths.insert(
        "/tiles/{layers}".into(),
        operation("tilejson", "TileJSON 3.0", std::slice::from_ref(&layers), json),
    );
    let [z, x, y] = tile;
    let mut get = operation(
        "tile",
        "Mapbox vector tile of the layers",
        &[layers, z, x, y],
        "application/vnd.mapbox-vector-tile",
    );
    get["get"]["responses"]["204"] = json!({ "description": "The tile is empty" });
    get["get"]["responses"]["304"] = json!({ "description": "The client has the tile" });
    paths.insert("/tiles/{layers}/{z}/{x}/{y}".into(), get);
    let style = path_parameter("id", "Style", json!({ "type": "string" }));
    paths.insert("/styles".into(), operation("styles", "Map styles", &[], json));
    paths.insert("/styles/{id}".into(), operation("style", "One MapLibre style", &[style], json));
    paths.insert("/health/live".into(), operation("live", "Whether the server lives", &[], json));
    paths.insert("/health/ready".into(), operation("ready", "Whether the server can serve", &[], json));
    paths.insert("/metrics".into(), operation("metrics", "Metrics", &[], "application/openmetrics-text"));
    json!({
        "openapi": "3.0.3",
        "info": { "title": "diaban", "version": env!("CARGO_PKG_VERSION"),
                  "description": "GIS databases of a province as features and vector tiles" },
        "servers": [{ "url": base }],
        "paths": paths,
        "components": { "schemas": { "problem": problem_schema() } },
    })
}

fn layer_paths(view: &LayerView, paths: &mut Map<String, Json>) {
    let id = view.id();
    let title = &view.layer().title.en;
    let json = "application/json";
    let one =
        operation(&format!("collection.{id}"), &format!("The layer: {title}"), &[format(&["json"])], json);
    paths.insert(format!("/collections/{id}"), one);
    let schema = "application/schema+json";
    let queryables =
        operation(&format!("queryables.{id}"), &format!("Attributes: {title}"), &[format(&["json"])], schema);
    paths.insert(format!("/collections/{id}/queryables"), queryables);
    let mut parameters = vec![bbox(), datetime(), limit(), cursor(), format(&["json", "geojson"])];
    parameters.extend(view.attributes().map(|a| {
        let mut schema = attribute_schema(a);
        if a.kind == AttributeType::TextList {
            schema = json!({ "type": "string", "title": a.title.vi });
        }
        query_parameter(&a.name, &a.title.en, schema)
    }));
    let items = operation(&format!("items.{id}"), &format!("Features: {title}"), &parameters, GEOJSON);
    paths.insert(format!("/collections/{id}/items"), items);
    let feature = path_parameter("id", "The feature's number", json!({ "type": "integer" }));
    let item = operation(
        &format!("item.{id}"),
        &format!("One feature: {title}"),
        &[feature, format(&["json", "geojson"])],
        GEOJSON,
    );
    paths.insert(format!("/collections/{id}/items/{{id}}"), item);
}

fn operation(id: &str, summary: &str, parameters: &[Json], kind: &str) -> Json {
    let problem = |text: &str| {
        json!({ "description": text,
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/problem" } } } })
    };
    let body = if kind.ends_with("json") || kind == OPENAPI {
        json!({ "type": "object" })
    } else {
        json!({ "type": "string" })
    };
    json!({ "get": {
        "operationId": id,
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": { "description": "OK", "content": { kind: { "schema": body } } },
            "400": problem("A parameter says something that cannot be"),
            "404": problem("There is no such thing"),
            "500": problem("The server made a mistake"),
            "503": problem("Busy, or the database is away"),
        },
    }})
}

fn query_parameter(name: &str, text: &str, schema: Json) -> Json {
    json!({ "name": name, "in": "query", "required": false, "style": "form", "explode": false,
            "description": text, "schema": schema })
}

fn path_parameter(name: &str, text: &str, schema: Json) -> Json {
    json!({ "name": name, "in": "path", "required": true, "description": text, "schema": schema })
}

fn format(formats: &[&str]) -> Json {
    query_parameter("f", "Format", json!({ "type": "string", "enum": formats }))
}

fn bbox() -> Json {
    let schema = json!({ "type": "array", "minItems": 4, "maxItems": 6, "items": { "type": "number" } });
    query_parameter("bbox", "West, south, east, north in degrees", schema)
}

fn datetime() -> Json {
    query_parameter("datetime", "A moment, a day, or an interval", json!({ "type": "string" }))
}

fn limit() -> Json {
    let schema = json!({ "type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT });
    query_parameter("limit", "Features on a page", schema)
}

fn cursor() -> Json {
    query_parameter("cursor", "Where the page before ended; from its next link", json!({ "type": "string" }))
}

fn problem_schema() -> Json {
    json!({ "type": "object", "properties": {
        "type": { "type": "string" }, "title": { "type": "string" },
        "status": { "type": "integer" }, "detail": { "type": "string" } } })
}
