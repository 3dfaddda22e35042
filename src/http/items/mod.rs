//! `GET /collections/{layer}/items[/{id}]`: features, page by page.

/// Features as the body of an answer.
mod body;
/// What a request asks for.
mod question;

pub use body::{Delivery, Sent};
pub use question::question;

use super::{
    Problem, Site,
    as_of::DataAsOf,
    parameters::{Parameters, Path},
    problem::shown,
};
use crate::{feature::FeatureId, format::GeoJson, query::FeatureQuery, store::FeatureStore};
use axum::{
    extract::State,
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value as Json, json};
use std::{ops::ControlFlow, sync::Arc};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The media type of features (RFC 7946, section 12).
pub const GEOJSON: &str = "application/geo+json";

/// A page of features.
pub async fn items<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    let parameters = Parameters::strict(&uri, &question::allowed(&view, &["limit", "cursor", "f"]))?;
    parameters.format(&["json", "geojson"])?;
    let query = question(&view, &parameters)?;
    let base = format!("{}/collections/{layer}", site.base_url(&headers)?);

    // One more than is shown, to know whether a page follows.
    let ahead = FeatureQuery { limit: query.limit.saturating_add(1), ..query.clone() };
    let rows = site.store.rows(&view, &ahead).await?;
    let matched = match rows.matched() {
        Some(matched) => matched,
        None => site.store.count(&view, &query).await?,
    };
    let as_of = DataAsOf::of(&site, [&view]);
    let page = Page { base, limit: query.limit, matched, asked: question::asked(&parameters) };
    let members = Box::new(move |sent: &Sent| page.members(sent));
    let delivery = Delivery::new(rows, Box::new(GeoJson::new(&view)), query.limit, members);
    Ok((as_of, [(header::CONTENT_TYPE, GEOJSON)], delivery.body().await?).into_response())
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
    let one = FeatureQuery { id: Some(number), limit: 1, ..FeatureQuery::default() };
    let mut rows = site.store.rows(&view, &one).await?;
    let base = format!("{}/collections/{layer}", site.base_url(&headers)?);
    let links = json!([
        link(&format!("{base}/items/{number}"), "self", GEOJSON),
        link(&format!("{base}/items/{number}?f=json"), "alternate", GEOJSON),
        link(&base, "collection", "application/json"),
    ]);
    let (members, writer) = (format!("\"links\":{links}"), GeoJson::new(&view));
    let (mut body, mut written) = (Vec::new(), Ok(()));
    while rows
        .next(&mut |row| {
            written = writer.one(row, Some(&members), &mut body);
            ControlFlow::Continue(())
        })
        .await?
    {}
    written.map_err(Problem::internal)?;
    if body.is_empty() {
        return Err(none());
    }
    let as_of = DataAsOf::of(&site, [&view]);
    Ok((as_of, [(header::CONTENT_TYPE, GEOJSON)], body).into_response())
}

/// A link object (RFC 8288 in JSON, as OGC API Common has it).
pub fn link(href: &str, rel: &str, kind: &str) -> Json {
    json!({ "href": href, "rel": rel, "type": kind })
}

/// What a page says of itself.
struct Page {
    base: String,
    limit: u32,
    matched: u64,
    asked: String,
}

impl Page {
    /// The members of the collection beside its features (OGC 17-069r4, 7.15.5 to 7.16.2).
    fn members(&self, sent: &Sent) -> String {
        let Self { base, limit, matched, asked } = self;
        let mut links = vec![
            link(&format!("{base}/items?{asked}limit={limit}"), "self", GEOJSON),
            link(&format!("{base}/items?{asked}limit={limit}&f=json"), "alternate", GEOJSON),
            link(base, "collection", "application/json"),
        ];
        if let Some(last) = sent.last.filter(|_| sent.more) {
            let next = format!("{base}/items?{asked}limit={limit}&cursor={last}");
            links.push(link(&next, "next", GEOJSON));
        }
        let now = OffsetDateTime::now_utc().replace_nanosecond(0).ok().and_then(|t| t.format(&Rfc3339).ok());
        let members = json!({
            "numberMatched": matched,
            "numberReturned": sent.count,
            "timeStamp": now,
            "links": links,
        });
        let text = members.to_string();
        text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or_default().to_owned()
    }
}
