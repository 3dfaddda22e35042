//! `GET /tiles/{layers}/{z}/{x}/{y}`: one tile that holds one layer or several.

mod encoding;
mod form;
mod gzip;
mod render;
mod tileset;
mod warm;

pub use form::{Form, MLT, MVT};
pub use tileset::{LAYERS_MAX, Tileset, Tilesets};
pub use warm::WarmTiles;

use super::{
    Problem, SeenSite, Site,
    as_of::DataAsOf,
    entity_tag,
    parameters::{Parameters, Path},
    problem::shown,
};
use crate::{
    cache::{Tile, TileKey},
    store::{Effort, FeatureStore, Held},
    tile::TileCoord,
};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use encoding::Encoding;
use std::sync::Arc;

/// Says which layers lost features for the size of the tile: `parcels=12/3229`, lost and all.
pub const DROPPED: HeaderName = HeaderName::from_static("diaban-dropped");

/// The tile, 204 if it is empty, 304 if the client has it.
pub async fn tile<S: FeatureStore>(
    site: SeenSite<S>,
    Path((layers, z, x, y)): Path<(String, String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let last = [".mvt", ".pbf", ".mlt"].iter().find_map(|ending| y.strip_suffix(ending)).unwrap_or(&y);
    let coord = coordinate([("z", &*z), ("x", &*x), ("y", last)])?;
    let parameters = Parameters::lenient(&uri)?;
    parameters.once(&["f", "properties", "filter", "filter-lang", "filter-crs"])?;
    let tileset = match parameters.value("properties") {
        Some(properties) => Arc::new(Tileset::with(site.views(&layers)?, properties)?),
        None => site.tileset(&layers)?,
    };
    let tileset = tileset.filtered(&parameters)?;
    let form = match parameters.value("f") {
        None if y.ends_with(".mlt") => Form::Mlt,
        _ => Form::asked(&parameters, &headers)?,
    };
    answer_tile(&site, &tileset, coord, form, &headers).await
}

/// A tile out of the cache, or made.
pub async fn answer_tile<S: FeatureStore>(
    site: &SeenSite<S>,
    tileset: &Tileset,
    coord: TileCoord,
    form: Form,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    site.count_tile(site.caller(), tileset)?;
    let sent = Sent { form, encoding: Encoding::of(headers) };
    let tile = found_or_made(site, tileset, coord, sent).await?;
    let response = answer(&tile, tileset, sent, headers);
    count_bytes(site, &response, &tile);
    Ok((DataAsOf::of(site, &tileset.views), response).into_response())
}

/// The tile. One that is there takes no place; one that is not waits for its own place and not for that of whoever
/// has asked for it before.
async fn found_or_made<S: FeatureStore>(
    site: &SeenSite<S>,
    tileset: &Tileset,
    coord: TileCoord,
    sent: Sent,
) -> Result<Arc<Tile>, Problem> {
    let (key, version) = (key(tileset, coord, sent), site.version(tileset, coord));
    if let Some(found) = version.and_then(|version| site.cache.get(&key, version)) {
        return Ok(found);
    }
    let place = site.place_for_tile().await?.map(|place| Arc::new(place) as Held);
    // What is begun beside this keeps the place until it has ended.
    let made = Effort::current().holding(place, render::render(site, tileset, coord, sent));
    match version {
        Some(version) => site.cache.get_or_make(&key, version, made).await,
        None => made.await,
    }
}

/// How a tile is sent.
#[derive(Debug, Clone, Copy)]
struct Sent {
    form: Form,
    encoding: Encoding,
}

fn key(tileset: &Tileset, coord: TileCoord, sent: Sent) -> TileKey {
    let place = (coord.z(), coord.x(), coord.y());
    TileKey { view: tileset.fingerprint, place, form: (sent.form as u8) << 4 | sent.encoding as u8 }
}

/// Zoom, column and row out of their texts, each with its name.
pub fn coordinate(texts: [(&str, &str); 3]) -> Result<TileCoord, Problem> {
    let number = |(name, text): (&str, &str)| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let wrong = || Problem::bad_request(format!("{name}: {} is no whole number", shown(text)));
        // Too many digits are a number all the same, only of no tile.
        if digits { Ok(text.parse::<u32>().ok()) } else { Err(wrong()) }
    };
    let numbers = (number(texts[0])?, number(texts[1])?, number(texts[2])?);
    let coord = match numbers {
        (Some(z), Some(x), Some(y)) => u8::try_from(z).ok().and_then(|z| TileCoord::new(z, x, y)),
        _ => None,
    };
    let asked = || shown(&texts.map(|(_, text)| text).join("/"));
    coord.ok_or_else(|| Problem::not_found(format!("there is no tile {}", asked())))
}

fn answer(tile: &Tile, tileset: &Tileset, sent: Sent, request: &HeaderMap) -> Response {
    let mut response = if tile.body.is_empty() {
        StatusCode::NO_CONTENT.into_response()
    } else {
        let mut response = match entity_tag::is_held(request, &tile.etag) {
            true => StatusCode::NOT_MODIFIED.into_response(),
            false => Body::from(tile.body.clone()).into_response(),
        };
        let headers = response.headers_mut();
        if let Ok(etag) = HeaderValue::from_maybe_shared(tile.etag.clone()) {
            headers.insert(header::ETAG, etag);
        }
        headers.insert(header::CONTENT_TYPE, sent.form.header());
        if let Some(encoding) = sent.encoding.header() {
            headers.insert(header::CONTENT_ENCODING, encoding);
        }
        response
    };
    let headers = response.headers_mut();
    headers
        .insert(header::VARY, HeaderValue::from_static("accept, accept-encoding, authorization, x-api-key"));
    let kept = if tileset.guarded { &tileset.private_cache_control } else { &tileset.cache_control };
    headers.insert(header::CACHE_CONTROL, kept.clone());
    if let Ok(dropped) = HeaderValue::from_str(&tile.dropped)
        && !tile.dropped.is_empty()
    {
        headers.insert(DROPPED, dropped);
    }
    response
}

/// Counts what goes out: who has the tile already is sent none of it.
fn count_bytes<S>(site: &Site<S>, response: &Response, tile: &Tile) {
    if response.status() == StatusCode::OK {
        site.metrics.tile_bytes.inc_by(tile.body.len() as u64);
    }
}
