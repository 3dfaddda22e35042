//! The map page: files that are built into the program.

use super::{Problem, address::weights, entity_tag, parameters::Path};
use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

/// The page, built by Vite.
#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Page;

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
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache), (header::ETAG, &etag)];
    if entity_tag::is_held(request, etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, file.data.clone().into_owned()).into_response()
}
