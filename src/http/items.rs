//! `GET /collections/{layer}/items[/{id}]`: features as GeoJSON, streamed page by page.

use super::{
    Problem, Site,
    as_of::DataAsOf,
    geojson,
    parameters::{Parameters, Path, attribute_value},
    problem::shown,
};
use crate::{
    feature::{Feature, FeatureId},
    layer::LayerView,
    query::FeatureQuery,
    store::{FeatureStore, FeatureStream},
};
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value as Json, json};
use std::{fmt::Write, sync::Arc};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The media type of features (RFC 7946, section 12).
pub const GEOJSON: &str = "application/geo+json";
/// Bytes that are gathered before they are sent.
const CHUNK: usize = 64 * 1024;
/// The parameters beside the attributes.
pub const PARAMETERS: [&str; 5] = ["bbox", "datetime", "limit", "cursor", "f"];

/// A page of features.
pub async fn items<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    let attributes = view.attributes().map(|a| a.name.as_str());
    let allowed: Vec<&str> = PARAMETERS.into_iter().chain(attributes).collect();
    let parameters = Parameters::strict(&uri, &allowed)?;
    parameters.format(&["json", "geojson"])?;
    let query = question(&view, &parameters)?;
    let base = format!("{}/collections/{layer}", site.base_url(&headers)?);

    let matched = site.store.count(&view, &query).await?;
    // One more than is shown, to know whether a page follows.
    let ahead = FeatureQuery { limit: query.limit.saturating_add(1), ..query.clone() };
    let features = site.store.features(&view, &ahead).await?;
    let as_of = DataAsOf::of(&site, [&view]);
    let page = Page { view, base, limit: query.limit, matched, asked: asked(&parameters) };
    let body = Body::from_stream(page.stream(features));
    Ok((as_of, [(header::CONTENT_TYPE, GEOJSON)], body).into_response())
}

/// One feature.
pub async fn item<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    Path((layer, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    Parameters::strict(&uri, &["f"])?.format(&["json", "geojson"])?;
    let none = || Problem::not_found(format!("the layer `{layer}` has no feature {}", shown(&id)));
    let number: FeatureId = id.parse().map_err(|_| none())?;
    let feature = site.store.feature(&view, number).await?.ok_or_else(none)?;
    let base = format!("{}/collections/{layer}", site.base_url(&headers)?);
    let links = json!([
        link(&format!("{base}/items/{number}"), "self", GEOJSON),
        link(&format!("{base}/items/{number}?f=json"), "alternate", GEOJSON),
        link(&base, "collection", "application/json"),
    ]);
    let mut body = Vec::new();
    geojson::write_feature(&mut body, &view, &feature, Some(&links.to_string()))?;
    let as_of = DataAsOf::of(&site, [&view]);
    Ok((as_of, [(header::CONTENT_TYPE, GEOJSON)], body).into_response())
}

/// A link object (RFC 8288 in JSON, as OGC API Common has it).
pub fn link(href: &str, rel: &str, kind: &str) -> Json {
    json!({ "href": href, "rel": rel, "type": kind })
}

fn question(view: &LayerView, parameters: &Parameters) -> Result<FeatureQuery, Problem> {
    let cursor = parameters.value("cursor");
    let wrong = || Problem::bad_request("cursor: take it from a `next` link; it cannot be made up");
    let after = cursor.map(|c| c.parse::<FeatureId>().map_err(|_| wrong())).transpose()?;
    let mut equals = Vec::new();
    for (name, text) in parameters.iter() {
        if let Some(attribute) = view.attribute(name).filter(|_| !PARAMETERS.contains(&name)) {
            equals.push((name.to_owned(), attribute_value(attribute, text)?));
        }
    }
    Ok(FeatureQuery {
        bbox: parameters.bbox()?,
        datetime: parameters.datetime()?,
        equals,
        after,
        limit: parameters.limit()?,
    })
}

/// The request's parameters as they go into the next page's address.
fn asked(parameters: &Parameters) -> String {
    let mut query = String::new();
    for (name, value) in parameters.iter().filter(|(n, _)| !["cursor", "limit", "f"].contains(n)) {
        let _ = write!(query, "{}={}&", encoded(name), encoded(value));
    }
    query
}

fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~,:/".contains(&b);
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// What a page needs to be written.
struct Page {
    view: LayerView,
    base: String,
    limit: u32,
    matched: u64,
    asked: String,
}

/// How far a page is written.
struct Progress {
    page: Page,
    features: FeatureStream,
    returned: u32,
    last: FeatureId,
    more: bool,
    done: bool,
}

impl Page {
    /// The bytes of a FeatureCollection. If the store fails in the middle the stream ends with
    /// an error and the connection is cut: a page is never whole to look at and short in truth.
    fn stream(
        self,
        features: FeatureStream,
    ) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
        let start = Progress { page: self, features, returned: 0, last: 0, more: false, done: false };
        let opening =
            stream::once(async { Ok(Bytes::from_static(b"{\"type\":\"FeatureCollection\",\"features\":[")) });
        let rest = stream::try_unfold(start, |mut progress| async move {
            if progress.done {
                return Ok(None);
            }
            let chunk =
                progress.chunk().await.map_err(|_| std::io::Error::other("the page could not be ended"))?;
            Ok(Some((Bytes::from(chunk), progress)))
        });
        opening.chain(rest).into_stream()
    }
}

impl Progress {
    async fn chunk(&mut self) -> Result<Vec<u8>, Problem> {
        let mut out = Vec::with_capacity(CHUNK + 4096);
        while out.len() < CHUNK {
            let Some(feature) = self.features.try_next().await? else {
                self.close(&mut out);
                break;
            };
            if self.returned == self.page.limit {
                self.more = true;
                continue;
            }
            self.append(&mut out, &feature)?;
        }
        Ok(out)
    }

    fn append(&mut self, out: &mut Vec<u8>, feature: &Feature) -> Result<(), Problem> {
        if self.returned > 0 {
            out.push(b',');
        }
        geojson::write_feature(out, &self.page.view, feature, None)?;
        self.returned += 1;
        self.last = feature.id;
        Ok(())
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        let Page { base, limit, matched, asked, .. } = &self.page;
        let mut links = vec![
            link(&format!("{base}/items?{asked}limit={limit}"), "self", GEOJSON),
            link(&format!("{base}/items?{asked}limit={limit}&f=json"), "alternate", GEOJSON),
            link(base, "collection", "application/json"),
        ];
        if self.more {
            let next = format!("{base}/items?{asked}limit={limit}&cursor={}", self.last);
            links.push(link(&next, "next", GEOJSON));
        }
        let now = OffsetDateTime::now_utc().replace_nanosecond(0).ok().and_then(|t| t.format(&Rfc3339).ok());
        let end = json!({
            "numberMatched": matched,
            "numberReturned": self.returned,
            "timeStamp": now,
            "links": links,
        });
        out.push(b']');
        // The object's own brace is left out: its members belong to the collection.
        out.push(b',');
        out.extend_from_slice(&end.to_string().as_bytes()[1..]);
        self.done = true;
    }
}
