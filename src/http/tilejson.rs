//! `GET /tiles/{layers}`: TileJSON 3.0.

use super::{
    Problem, SeenSite,
    address::without_form,
    as_of::DataAsOf,
    collections::advertised,
    findings::findings,
    page::{Document, PageMap},
    parameters::{Parameters, Path},
    representation::{Languages, Representation},
    tiles::{DROPPED, Form},
};
use crate::{
    feature::Bbox,
    layer::{Attribute, GeneraliseRule, LayerView},
    store::FeatureStore,
    tile::coord::MAX_LATITUDE,
};
use axum::{
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value as Json_, json};

/// The forms of the description and, by name, of the tiles that it describes.
const FORMATS: [&str; 5] = ["json", "html", "mvt", "pbf", "mlt"];

/// The description of one layer's tiles, or of tiles that hold several.
pub async fn tilejson<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layers): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let tileset = site.tileset(&layers)?;
    let parameters = Parameters::lenient(&uri)?;
    let wanted = Representation::among(&FORMATS, &parameters, &headers)?;
    let form = parameters.value("f").filter(|f| !["json", "html"].contains(f));
    let form = form.map_or(Ok(Form::Mvt), Form::named)?;
    let views = &tileset.views;
    let base = site.base_url(&headers)?;
    let mut extent: Option<Bbox> = None;
    for view in views {
        if let Some(next) = site.extent(view).await? {
            extent = Some(extent.map_or(next, |e| e.union(next)));
        }
    }
    let bounds = extent.map(advertised);
    let ids: Vec<_> = views.iter().map(LayerView::id).collect();
    let titles: Vec<_> = views.iter().map(|v| v.layer().title.vi.as_str()).collect();
    let attribution =
        if site.synthetic { "Dữ liệu mẫu tổng hợp / synthetic sample data" } else { "" };
    let as_of = DataAsOf::of(&site, views);
    let found: Vec<Json_> = views
        .iter()
        .filter_map(|view| {
            let mut found = findings(&site, view, Languages::Both)?;
            found["layer"] = json!(view.id());
            Some(found)
        })
        .collect();
    let tiles = format!("{base}/tiles/{}/{{z}}/{{x}}/{{y}}", ids.join(","));
    let description = json!({
        "tilejson": "3.0.0",
        "name": titles.join(", "),
        "attribution": attribution,
        "scheme": "xyz",
        "tiles": [if form == Form::Mlt { format!("{tiles}?f=mlt") } else { tiles.clone() }],
        "encoding": form.name(),
        "diaban:forms": { "mvt": tiles, "mlt": format!("{tiles}?f=mlt") },
        "minzoom": views.iter().map(|v| v.layer().zoom.min).min(),
        "maxzoom": views.iter().map(|v| v.layer().zoom.max).max(),
        "bounds": bounds.unwrap_or([-180.0, -MAX_LATITUDE, 180.0, MAX_LATITUDE]),
        "vector_layers": views.iter().map(vector_layer).collect::<Vec<_>>(),
        "diaban:budget": views.iter().map(budget).collect::<Vec<_>>(),
        "diaban:findings": found,
        "diaban:data_as_of": as_of.0,
    });
    let title = views.iter().map(|view| wanted.languages.text(&view.layer().title));
    let title = format!("TileJSON: {}", title.collect::<Vec<_>>().join(", "));
    let map = PageMap { layers: ids.into_iter().map(str::to_owned).collect(), bounds, features: None };
    let document = Document::new(&title, "/tiles", description).with_map(map);
    Ok((as_of, document.asked_by(Some(without_form(&uri))).answer(&wanted, &site)).into_response())
}

/// How large a tile of the layer can grow, and what becomes of more.
fn budget(view: &LayerView) -> Json_ {
    let kb = view.layer().tile_kb;
    json!({
        "layer": view.id(),
        "tile_kb": kb,
        "note": format!(
            "a tile that would be larger than {kb} kB (gzip) loses its least visible features; \
             the header {DROPPED} then says how many of how many"
        ),
    })
}

fn vector_layer(view: &LayerView) -> Json_ {
    let layer = view.layer();
    let mut fields: serde_json::Map<_, _> =
        view.attributes().map(|a| (a.name.clone(), json!(field(a)))).collect();
    if matches!(layer.generalise.rule, GeneraliseRule::Merge | GeneraliseRule::Cluster) {
        let title = "Số đối tượng / number of features that one stands for, at low zooms";
        fields.insert("feature_count".to_owned(), json!(title));
    }
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
