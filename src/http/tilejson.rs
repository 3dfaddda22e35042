//! `GET /tiles/{layers}`: TileJSON 3.0.

use super::{Problem, Site, collections::advertised, parameters::Path, tiles::views};
use crate::{
    feature::Bbox,
    layer::{Attribute, LayerView},
    store::FeatureStore,
    tile::coord::MAX_LATITUDE,
};
use axum::{Json, extract::State, http::HeaderMap};
use serde_json::{Value as Json_, json};
use std::sync::Arc;

/// The description of one layer's tiles, or of tiles that hold several.
pub async fn tilejson<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    Path(layers): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Json_>, Problem> {
    let views = views(&site, &layers)?;
    let base = site.base_url(&headers)?;
    let mut extent: Option<Bbox> = None;
    for view in &views {
        if let Some(next) = site.store.extent(view).await? {
            extent = Some(extent.map_or(next, |e| e.union(next)));
        }
    }
    let ids: Vec<_> = views.iter().map(LayerView::id).collect();
    let titles: Vec<_> = views.iter().map(|v| v.layer().title.vi.as_str()).collect();
    let attribution =
        if site.synthetic { "Dữ liệu mẫu tổng hợp / synthetic sample data" } else { "" };
    Ok(Json(json!({
        "tilejson": "3.0.0",
        "name": titles.join(", "),
        "attribution": attribution,
        "scheme": "xyz",
        "tiles": [format!("{base}/tiles/{}/{{z}}/{{x}}/{{y}}", ids.join(","))],
        "minzoom": views.iter().map(|v| v.layer().zoom.min).min(),
        "maxzoom": views.iter().map(|v| v.layer().zoom.max).max(),
        "bounds": extent.map_or([-180.0, -MAX_LATITUDE, 180.0, MAX_LATITUDE], advertised),
        "vector_layers": views.iter().map(vector_layer).collect::<Vec<_>>(),
    })))
}

fn vector_layer(view: &LayerView) -> Json_ {
    let layer = view.layer();
    let fields: serde_json::Map<_, _> =
        view.attributes().map(|a| (a.name.clone(), json!(field(a)))).collect();
    json!({
        "id": view.id(),
        "description": format!("{} / {}", layer.title.vi, layer.title.en),
        "minzoom": layer.zoom.min,
        "maxzoom": layer.zoom.max,
        "fields": fields,
    })
}

/// Titles and unit of a field, in a line.
fn field(attribute: &Attribute) -> String {
    let unit = attribute.unit.map(|u| format!(" ({})", u.symbol())).unwrap_or_default();
    format!("{} / {}{unit}", attribute.title.vi, attribute.title.en)
}
