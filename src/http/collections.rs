//! `GET /collections[/{layer}[/queryables]]`: the layers that the caller may see.

use super::{
    Problem, Site,
    as_of::DataAsOf,
    items::{GEOJSON, link},
    parameters::{Parameters, Path},
};
use crate::{
    feature::Bbox,
    layer::{Attribute, AttributeType, LayerView},
    store::FeatureStore,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value as Json_, json};
use std::sync::Arc;

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// All layers (OGC 17-069r4, 7.13).
pub async fn collections<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::strict(&uri, &["f"])?.format(&["json"])?;
    let base = site.base_url(&headers)?;
    let mut list = Vec::new();
    for view in site.catalog.views(&site.anonymous) {
        list.push(describe(&site, &view, &base).await?);
    }
    let links = json!([
        link(&format!("{base}/collections"), "self", "application/json"),
        link(&format!("{base}/collections?f=json"), "alternate", "application/json"),
    ]);
    let views: Vec<LayerView> = site.catalog.views(&site.anonymous).collect();
    Ok((DataAsOf::of(&site, &views), Json(json!({ "links": links, "collections": list }))).into_response())
}

/// One layer (OGC 17-069r4, 7.14).
pub async fn collection<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    Parameters::strict(&uri, &["f"])?.format(&["json"])?;
    let base = site.base_url(&headers)?;
    let as_of = DataAsOf::of(&site, [&view]);
    Ok((as_of, Json(describe(&site, &view, &base).await?)).into_response())
}

/// The attributes that can be asked for, as a JSON Schema with titles, units and domains.
pub async fn queryables<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    Parameters::strict(&uri, &["f"])?.format(&["json"])?;
    let base = site.base_url(&headers)?;
    let properties: serde_json::Map<_, _> =
        view.attributes().map(|a| (a.name.clone(), attribute_schema(a))).collect();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("{base}/collections/{layer}/queryables"),
        "type": "object",
        "title": view.layer().title.vi,
        "properties": properties,
        "additionalProperties": false,
    });
    Ok(([(header::CONTENT_TYPE, "application/schema+json")], Json(schema).into_response().into_body())
        .into_response())
}

/// The extent as it is advertised: a little wider than the data, so that a feature on its edge
/// stays inside when a client rounds.
pub fn advertised(extent: Bbox) -> [f64; 4] {
    const MARGIN: f64 = 1e-4;
    let out = |v: f64, by: f64| ((v + by) * 1e6).round() / 1e6;
    [
        out(extent.min_x, -MARGIN).max(-180.0),
        out(extent.min_y, -MARGIN).max(-90.0),
        out(extent.max_x, MARGIN).min(180.0),
        out(extent.max_y, MARGIN).min(90.0),
    ]
}

async fn describe<S: FeatureStore>(site: &Site<S>, view: &LayerView, base: &str) -> Result<Json_, Problem> {
    let layer = view.layer();
    let address = format!("{base}/collections/{}", view.id());
    let mut body = json!({
        "id": view.id(),
        "title": format!("{} / {}", layer.title.vi, layer.title.en),
        "description": description(site, view),
        "itemType": "feature",
        "crs": [CRS84],
        "storageCrs": CRS84,
        "links": [
            link(&address, "self", "application/json"),
            link(&format!("{address}?f=json"), "alternate", "application/json"),
            link(&format!("{address}/items"), "items", GEOJSON),
            link(&format!("{address}/queryables"), "http://www.opengis.net/def/rel/ogc/1.0/queryables",
                "application/schema+json"),
            link(&format!("{base}/tiles/{}", view.id()), "describedby", "application/json"),
        ],
    });
    if let Some(extent) = site.store.extent(view).await? {
        body["extent"] = json!({ "spatial": { "bbox": [advertised(extent)], "crs": CRS84 } });
    }
    Ok(body)
}

/// What a layer holds, whose it is, and whether it is made up.
fn description<S: FeatureStore>(site: &Site<S>, view: &LayerView) -> String {
    let layer = view.layer();
    let mut text = layer.description.as_ref().map_or_else(String::new, |d| format!("{} / {}. ", d.vi, d.en));
    let today = time::OffsetDateTime::now_utc().date();
    if let Some((_, name)) = site.catalog.agencies().in_charge(&layer.agency, today) {
        text.push_str(&format!("{} / {}. ", name.vi, name.en));
    }
    if site.synthetic {
        text.push_str("Dữ liệu mẫu tổng hợp / synthetic sample data.");
    }
    text.trim_end().to_owned()
}

/// One attribute as JSON Schema; units and English titles under names of our own.
pub fn attribute_schema(attribute: &Attribute) -> Json_ {
    let mut schema = match attribute.kind {
        AttributeType::Text | AttributeType::Enum => json!({ "type": "string" }),
        AttributeType::Integer => json!({ "type": "integer" }),
        AttributeType::Number => json!({ "type": "number" }),
        AttributeType::Boolean => json!({ "type": "boolean" }),
        AttributeType::Date => json!({ "type": "string", "format": "date" }),
        AttributeType::Timestamp => json!({ "type": "string", "format": "date-time" }),
        AttributeType::TextList => json!({ "type": "array", "items": { "type": "string" } }),
    };
    schema["title"] = json!(attribute.title.vi);
    schema["x-title-en"] = json!(attribute.title.en);
    if let Some(unit) = attribute.unit {
        schema["x-unit"] = json!(unit.symbol());
    }
    if !attribute.values.is_empty() {
        let codes: Vec<_> = attribute.values.iter().map(|v| v.code.as_str()).collect();
        schema["enum"] = json!(codes);
    }
    schema
}
