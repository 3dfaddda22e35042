//! The map page and the styles: files that are built into the program, or of a folder.

use super::{Problem, Site, address::weights, parameters::Path, problem::shown};
use crate::store::FeatureStore;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde_json::{Value as Json_, json};
use std::{collections::BTreeSet, fs, sync::Arc};

/// The page, built by Vite.
#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Page;

/// The styles of `styles/`.
#[derive(RustEmbed)]
#[folder = "styles"]
struct Styles;

/// The page itself; asked for anew each time, as the names of its files change with it.
pub fn page(request: &HeaderMap) -> Response {
    let Some(file) = Page::get("index.html") else {
        return Problem::internal("no index.html").into_response();
    };
    let mut response = answer(&file, "text/html; charset=utf-8", "no-cache", request);
    response.headers_mut().insert(header::VARY, header::HeaderValue::from_static("accept"));
    response
}

/// A page made of a shell of the built pages: `content` at its place, under a title that is
/// markup already.
pub fn shell(name: &str, place: &str, title: &str, language: &str, content: &str) -> Response {
    let Some(file) = Page::get(name) else { return Problem::internal(format!("no {name}")).into_response() };
    let shell = String::from_utf8_lossy(&file.data);
    let Some((before, after)) = shell.split_once(place) else {
        return Problem::internal(format!("{name} has no place for its content")).into_response();
    };
    let before = before.replacen("lang=\"vi\"", &format!("lang=\"{language}\""), 1);
    let before = before.replacen("<title>diaban</title>", &format!("<title>{title} – diaban</title>"), 1);
    let page = [&before, content, after].concat();
    let kind = "text/html; charset=utf-8";
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_LANGUAGE, language),
    ];
    (headers, page).into_response()
}

/// `GET /assets/{path}`: a file of the page; its name holds its hash, so it never changes. It goes as it was
/// compressed when the page was built: better than could be done while somebody waits.
pub async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let file = Page::get(&format!("assets/{path}"));
    let file = file.ok_or_else(|| Problem::not_found("the page has no such file; load it anew"))?;
    let kind = mime_guess::from_path(&path).first_or_octet_stream();
    let (kind, cache) = (kind.as_ref(), "public, max-age=31536000, immutable");
    let takes_gzip = weights(&headers, header::ACCEPT_ENCODING).iter().any(|(n, w)| n == "gzip" && *w > 0.0);
    let packed = takes_gzip.then(|| Page::get(&format!("assets/{path}.gz"))).flatten();
    let Some(packed) = packed else { return Ok(answer(&file, kind, cache, &headers)) };
    let mut response = answer(&packed, kind, cache, &headers);
    let own = response.headers_mut();
    own.insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("gzip"));
    own.insert(header::VARY, header::HeaderValue::from_static("accept-encoding"));
    Ok(response)
}

/// `GET /favicon.ico`: the page's own icon, if it has one.
pub async fn favicon(headers: HeaderMap) -> Response {
    match Page::get("favicon.ico") {
        Some(file) => answer(&file, "image/x-icon", "public, max-age=86400", &headers),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

fn answer(file: &EmbeddedFile, kind: &str, cache: &str, request: &HeaderMap) -> Response {
    let hash: String = file.metadata.sha256_hash().iter().take(16).map(|b| format!("{b:02x}")).collect();
    let etag = format!("\"{hash}\"");
    let known = request.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache), (header::ETAG, &etag)];
    if known.is_some_and(|k| k.trim_start_matches("W/") == etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, file.data.clone().into_owned()).into_response()
}

/// `GET /styles`: the styles that there are.
pub async fn styles<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    headers: HeaderMap,
) -> Result<Json<Json_>, Problem> {
    let base = site.base_url(&headers)?;
    let mut names: BTreeSet<String> = Styles::iter().map(|n| n.into_owned()).collect();
    if let Some(folder) = &site.styles {
        names.clear();
        let entries =
            fs::read_dir(folder).map_err(|e| Problem::internal(format!("{}: {e}", folder.display())))?;
        names.extend(entries.flatten().filter_map(|e| e.file_name().into_string().ok()));
    }
    let ids = names.iter().filter_map(|n| n.strip_suffix(".json")).filter(|id| is_style_id(id));
    let list: Vec<_> = ids.map(|id| json!({ "id": id, "url": format!("{base}/styles/{id}") })).collect();
    Ok(Json(json!({ "styles": list })))
}

/// `GET /styles/{id}`: a MapLibre style; addresses that begin with `/` become whole.
pub async fn style<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let none = || Problem::not_found(format!("there is no style {}; /styles lists them", shown(&id)));
    if !is_style_id(&id) {
        return Err(none());
    }
    let bytes = match &site.styles {
        Some(folder) => fs::read(folder.join(format!("{id}.json"))).map_err(|_| none())?,
        None => Styles::get(&format!("{id}.json")).ok_or_else(none)?.data.into_owned(),
    };
    let mut style: Json_ =
        serde_json::from_slice(&bytes).map_err(|e| Problem::internal(format!("style {id}: {e}")))?;
    if let Some(map) = &site.base_map {
        map.put_under(&mut style);
    }
    complete(&mut style, &site.base_url(&headers)?);
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(style)).into_response())
}

fn is_style_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 64
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Puts the server's address before the paths of sources, glyphs and sprites.
fn complete(style: &mut Json_, base: &str) {
    let whole = |value: &mut Json_| {
        if let Some(path) = value.as_str().filter(|p| p.starts_with('/')) {
            *value = json!(format!("{base}{path}"));
        }
    };
    for key in ["glyphs", "sprite"] {
        style.get_mut(key).into_iter().for_each(whole);
    }
    let sources = style.get_mut("sources").and_then(Json_::as_object_mut);
    for source in sources.into_iter().flat_map(|s| s.values_mut()) {
        source.get_mut("url").into_iter().for_each(whole);
        let tiles = source.get_mut("tiles").and_then(Json_::as_array_mut);
        tiles.into_iter().flatten().for_each(whole);
    }
}
