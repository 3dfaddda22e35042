//! Map styles: those of `styles/` or of the operator's folder, their themes and looks, and one for each layer; of all
//! of them what the caller may see, and no more.
//!
//! A file holds each drawing once; themes and the dark look are what [`looks`] makes of it, so that there are not
//! sixteen files which say nearly the same. Must not know what is in the features.

mod classes;
mod generated;
mod looks;
mod seen;

use super::{Problem, SeenSite, parameters::Path, problem::shown};
use crate::{layer::LayerView, store::FeatureStore};
use axum::{
    Json,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use looks::Look;
use rust_embed::RustEmbed;
use serde_json::{Value as Json_, json};
use std::{collections::BTreeSet, fs};

/// The styles of `styles/`, and what their maps are written and marked with: fonts and icons.
#[derive(RustEmbed)]
#[folder = "styles"]
pub struct Styles;

/// The style that the map page takes: its themes are styles, too, and it draws each layer.
const MAIN: &str = "map";
/// What the id of a style in its dark look ends with.
const DARK: &str = "-dark";

/// `GET /styles`: the styles that there are for the caller.
pub async fn styles<S: FeatureStore>(site: SeenSite<S>, headers: HeaderMap) -> Result<Json<Json_>, Problem> {
    let base = site.base_url(&headers)?;
    let views = site.all_views();
    let entry = |id: &str, kind: &str, title: &Json_| {
        let url = format!("{base}/styles/{id}");
        json!({ "id": id, "kind": kind, "title": title, "url": url, "dark": format!("{url}{DARK}") })
    };
    let mut list = Vec::new();
    let mut taken = BTreeSet::new();
    for id in names(&site)? {
        let Some(style) = readable(&site, &id) else { continue };
        list.push(entry(&id, "map", &style["metadata"]["diaban:title"]));
        taken.insert(id);
    }
    if let Some(mut style) = readable(&site, MAIN) {
        seen::retain(&mut style, &views, &site.catalog);
        let themes = looks::themes(&style);
        let themes = themes.iter().filter_map(|theme| Some((theme["id"].as_str()?, &theme["title"])));
        for (id, title) in themes.filter(|(id, _)| !taken.contains(*id)) {
            list.push(entry(id, "theme", title));
        }
    }
    for view in &views {
        list.push(entry(view.id(), "layer", &json!(view.layer().title)));
    }
    Ok(Json(json!({ "styles": list })))
}

/// `GET /styles/{id}`: a MapLibre style; addresses that begin with `/` become whole.
pub async fn style<S: FeatureStore>(
    site: SeenSite<S>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let none = || Problem::not_found(format!("there is no style {}; /styles lists them", shown(&id)));
    if !is_style_id(&id) {
        return Err(none());
    }
    let mut style = composed(&site, &id)?.ok_or_else(none)?;
    if let Some(map) = &site.base_map {
        map.put_under(&mut style);
    }
    complete(&mut style, &site.base_url(&headers)?);
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(style)).into_response())
}

/// A file, a theme of the main one, or a layer's style; each also in the dark.
fn composed<S: FeatureStore>(site: &SeenSite<S>, id: &str) -> Result<Option<Json_>, Problem> {
    let views = site.all_views();
    if let Some(style) = whole(site, id, &views)? {
        return Ok(Some(style));
    }
    let (name, dark) = id.strip_suffix(DARK).map_or((id, false), |name| (name, true));
    if let Some(mut style) = whole(site, name, &views)? {
        looks::take(&mut style, &Look { theme: None, dark });
        return Ok(Some(style));
    }
    let main = readable(site, MAIN).map(|style| seen_of(site, MAIN, &views, style));
    let view = views.iter().find(|view| view.id() == name);
    let Some(mut style) = main else {
        return Ok(view.map(|view| generated::style(view, &json!({ "version": 8 }), dark)));
    };
    if looks::themes(&style).iter().any(|theme| theme["id"] == name) {
        looks::take(&mut style, &Look { theme: Some(name), dark });
        looks::leave_out_hidden(&mut style);
        return Ok(Some(style));
    }
    Ok(view.map(|view| generated::style(view, &style, dark)))
}

/// What the caller may see of the style in a file; the main one draws layers, too, of which the file says nothing.
fn whole<S: FeatureStore>(
    site: &SeenSite<S>,
    name: &str,
    views: &[LayerView],
) -> Result<Option<Json_>, Problem> {
    Ok(file(site, name)?.map(|style| seen_of(site, name, views, style)))
}

fn seen_of<S: FeatureStore>(site: &SeenSite<S>, name: &str, views: &[LayerView], mut style: Json_) -> Json_ {
    seen::retain(&mut style, views, &site.catalog);
    if name == MAIN {
        generated::add_missing(&mut style, views);
    }
    style
}

/// Ids of the styles that are files, in their order.
fn names<S: FeatureStore>(site: &SeenSite<S>) -> Result<BTreeSet<String>, Problem> {
    let all: Vec<String> = match &site.styles {
        None => Styles::iter().map(|name| name.into_owned()).collect(),
        Some(folder) => {
            let unread = |e| Problem::internal(format!("{}: {e}", folder.display()));
            let entries = fs::read_dir(folder).map_err(unread)?;
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
        }
    };
    let ids = all.iter().filter_map(|name| name.strip_suffix(".json")).filter(|id| is_style_id(id));
    Ok(ids.map(str::to_owned).collect())
}

fn file<S: FeatureStore>(site: &SeenSite<S>, name: &str) -> Result<Option<Json_>, Problem> {
    read(site, name).map_err(Problem::internal)
}

/// A style beside others, which one that cannot be read does not hold up.
fn readable<S: FeatureStore>(site: &SeenSite<S>, name: &str) -> Option<Json_> {
    read(site, name).unwrap_or_else(|error| {
        tracing::warn!("{error}; it is left out");
        None
    })
}

fn read<S: FeatureStore>(site: &SeenSite<S>, name: &str) -> Result<Option<Json_>, String> {
    let file = format!("{name}.json");
    let bytes = match &site.styles {
        Some(folder) => fs::read(folder.join(file)).ok(),
        None => Styles::get(&file).map(|file| file.data.into_owned()),
    };
    let Some(bytes) = bytes else { return Ok(None) };
    let style: Json_ = serde_json::from_slice(&bytes).map_err(|e| format!("style {name}: {e}"))?;
    match style.is_object() {
        true => Ok(Some(style)),
        false => Err(format!("style {name}: it is no JSON object")),
    }
}

fn is_style_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 80
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Puts the server's address before the paths of sources, glyphs and sprites.
fn complete(style: &mut Json_, base: &str) {
    for key in ["glyphs", "sprite"] {
        style.get_mut(key).into_iter().for_each(|value| make_whole(value, base));
    }
    // A style may have several sprites, each with an id.
    let sprites = style.get_mut("sprite").and_then(Json_::as_array_mut);
    let urls = sprites.into_iter().flatten().filter_map(|sprite| sprite.get_mut("url"));
    urls.for_each(|url| make_whole(url, base));
    let sources = style.get_mut("sources").and_then(Json_::as_object_mut);
    for source in sources.into_iter().flat_map(|s| s.values_mut()) {
        for key in ["url", "data"] {
            source.get_mut(key).into_iter().for_each(|value| make_whole(value, base));
        }
        for key in ["tiles", "urls"] {
            let list = source.get_mut(key).and_then(Json_::as_array_mut);
            list.into_iter().flatten().for_each(|value| make_whole(value, base));
        }
    }
}

fn make_whole(address: &mut Json_, base: &str) {
    if let Some(path) = address.as_str().filter(|path| path.starts_with('/')) {
        *address = json!(format!("{base}{path}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_this_server_becomes_whole_and_no_other() {
        let mut style = json!({
            "glyphs": "/glyphs/{fontstack}/{range}.pbf",
            "sprite": [{ "id": "default", "url": "/sprites/diaban" }, { "id": "x", "url": "https://x.vn/s" }],
            "sources": {
                "a": { "url": "/tiles/well" },
                "b": { "tiles": ["/tiles/well/{z}/{x}/{y}", "https://x.vn/{z}/{x}/{y}"] },
                "c": { "type": "geojson", "data": "/collections/well/items" },
                "d": { "type": "geojson", "data": { "type": "Point", "coordinates": [106, 11] } },
                "e": { "type": "video", "urls": ["/assets/x.mp4"] },
            },
        });
        complete(&mut style, "https://gis.vn");
        let whole = json!({
            "glyphs": "https://gis.vn/glyphs/{fontstack}/{range}.pbf",
            "sprite": [
                { "id": "default", "url": "https://gis.vn/sprites/diaban" },
                { "id": "x", "url": "https://x.vn/s" },
            ],
            "sources": {
                "a": { "url": "https://gis.vn/tiles/well" },
                "b": { "tiles": ["https://gis.vn/tiles/well/{z}/{x}/{y}", "https://x.vn/{z}/{x}/{y}"] },
                "c": { "type": "geojson", "data": "https://gis.vn/collections/well/items" },
                "d": { "type": "geojson", "data": { "type": "Point", "coordinates": [106, 11] } },
                "e": { "type": "video", "urls": ["https://gis.vn/assets/x.mp4"] },
            },
        });
        assert_eq!(style, whole);
        let mut style = json!({ "sprite": "/sprites/diaban" });
        complete(&mut style, "https://gis.vn");
        assert_eq!(style, json!({ "sprite": "https://gis.vn/sprites/diaban" }));
    }
}
