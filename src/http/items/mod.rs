//! `GET /collections/{layer}/items[/{id}]`: features, page by page.

/// Features as the body of an answer.
mod body;
/// A layer whole.
pub mod download;
/// The forms in which features are sent.
mod form;
/// What a request asks for.
mod question;
/// Features as pages to read.
mod read;

pub use body::{Delivery, Sent};
pub use form::Form;
pub use question::question;

use super::{
    Problem, Site,
    as_of::DataAsOf,
    parameters::{Parameters, Path},
    problem::shown as shown_text,
    representation::Representation,
    systems::{self, content_crs},
};
use crate::{
    feature::FeatureId,
    format::{GeoJson, Rendition},
    query::FeatureQuery,
    store::FeatureStore,
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value as Json, json};
use std::{ops::ControlFlow, sync::Arc};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// How many features are in the page, where its form has no place for it.
const NUMBER_RETURNED: HeaderName = HeaderName::from_static("ogc-numberreturned");
/// The media type of features (RFC 7946, section 12).
pub const GEOJSON: &str = "application/geo+json";
const HTML: &str = "text/html";

/// The formats of items.
const FORMATS: [&str; 3] = ["json", "geojson", "html"];
/// Features on a page to read at most; its text is held in memory.
const PAGE_LIMIT_MAX: u32 = 1000;

/// A page of features.
pub async fn items<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    let own = ["limit", "cursor", "f", "crs", "properties", "lang", "geometry"];
    let parameters = Parameters::strict(&uri, &question::allowed(&view, &own))?;
    let formats = [Form::names().as_slice(), &["html"]].concat();
    let wanted = Representation::among(&formats, &parameters, &headers)?;
    let named = parameters.value("f").filter(|name| *name != "html");
    let form = if wanted.page { Form::GeoJson } else { Form::of(named, &headers)? };
    let mut query = question(&view, &parameters)?;
    if wanted.page {
        query.limit = query.limit.min(PAGE_LIMIT_MAX);
    }
    let system = form.system(&parameters)?;
    let positions = form.positions(&view, parameters.value("geometry"))?;
    let shown = question::shown_attributes(&view, &parameters)?;
    let base = format!("{}/collections/{layer}", site.base_url(&headers)?);

    // One more than is shown, to know whether a page follows.
    let ahead = FeatureQuery { limit: query.limit.saturating_add(1), ..query.clone() };
    let rows = site.store.rows(&view, &ahead).await?;
    let matched = match rows.matched() {
        Some(matched) => matched,
        None => site.store.count(&view, &query).await?,
    };
    let as_of = DataAsOf::of(&site, [&view]);
    let page = Page {
        base,
        limit: query.limit,
        matched,
        asked: question::asked(&parameters),
        cursor: parameters.value("cursor").map(|c| format!("&cursor={c}")).unwrap_or_default(),
    };
    let rendition = Rendition::new(&view, &shown, system);
    let kind = (vary(), content_crs(system), [(header::CONTENT_TYPE, form.content_type())]);
    let writer = form.writer(&shown, positions)?;
    if form != Form::GeoJson {
        let delivery = Delivery::new(rows, rendition, writer, query.limit, Box::new(|_| None));
        let (body, sent) = if form.is_file() { delivery.file().await? } else { delivery.whole().await? };
        return Ok((as_of, kind, page.headers(&sent, form), body).into_response());
    }
    let members = Box::new(move |sent: &Sent| Some(page.members(sent)));
    let body = Delivery::new(rows, rendition, writer, query.limit, members).body().await?;
    if !wanted.page {
        return Ok((as_of, kind, body).into_response());
    }
    let answer = read::page(&site, &shown, &read::json(body).await?, &wanted, &uri).await?;
    Ok((as_of, content_crs(system), answer).into_response())
}

/// One feature.
pub async fn item<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    Path((layer, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    let parameters = Parameters::strict(&uri, &["f", "crs", "properties", "lang"])?;
    let wanted = Representation::among(&FORMATS, &parameters, &headers)?;
    let system = systems::named(&parameters, "crs")?;
    let shown = question::shown_attributes(&view, &parameters)?;
    let none = || Problem::not_found(format!("the layer `{layer}` has no feature {}", shown_text(&id)));
    let number: FeatureId = id.parse().map_err(|_| none())?;
    let one = FeatureQuery { id: Some(number), limit: 1, ..FeatureQuery::default() };
    let mut rows = site.store.rows(&view, &one).await?;
    let base = format!("{}/collections/{layer}", site.base_url(&headers)?);
    let links = json!([
        link(&format!("{base}/items/{number}"), "self", GEOJSON),
        link(&format!("{base}/items/{number}?f=json"), "alternate", GEOJSON),
        link(&format!("{base}/items/{number}?f=html"), "alternate", HTML),
        link(&base, "collection", "application/json"),
    ]);
    let (members, writer) = (format!("\"links\":{links}"), GeoJson::new(&shown));
    let mut rendition = Rendition::new(&view, &shown, system);
    let (mut body, mut written) = (Vec::new(), Ok(()));
    while rows
        .next(&mut |row| {
            written = rendition.pass(row, |shown| writer.one(shown, Some(&members), &mut body));
            ControlFlow::Continue(())
        })
        .await?
    {}
    written.map_err(Problem::internal)?;
    if body.is_empty() {
        return Err(none());
    }
    let as_of = DataAsOf::of(&site, [&view]);
    if !wanted.page {
        return Ok(
            (as_of, vary(), content_crs(system), [(header::CONTENT_TYPE, GEOJSON)], body).into_response()
        );
    }
    let feature = serde_json::from_slice(&body).map_err(Problem::internal)?;
    let answer = read::page(&site, &shown, &feature, &wanted, &uri).await?;
    Ok((as_of, content_crs(system), answer).into_response())
}

/// The answer depends on what the client accepts.
fn vary() -> [(HeaderName, HeaderValue); 1] {
    [(header::VARY, HeaderValue::from_static("accept, accept-language"))]
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
    cursor: String,
}

impl Page {
    /// What a page says of itself where its form has no place for it: the same in headers.
    fn headers(&self, sent: &Sent, form: Form) -> HeaderMap {
        let Self { base, limit, matched, asked, cursor } = self;
        let mut links = vec![
            format!("<{base}>; rel=\"collection\""),
            format!("<{base}/items?{asked}limit={limit}{cursor}&f={}>; rel=\"self\"", form.name()),
        ];
        if let Some(last) = sent.last.filter(|_| sent.more) {
            links.push(format!(
                "<{base}/items?{asked}limit={limit}&f={}&cursor={last}>; rel=\"next\"",
                form.name()
            ));
        }
        let named = [
            (header::LINK, links.join(", ")),
            (download::NUMBER_MATCHED, matched.to_string()),
            (NUMBER_RETURNED, sent.count.to_string()),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name, value.try_into().ok()?))).collect()
    }

    /// The members of the collection beside its features (OGC 17-069r4, 7.15.5 to 7.16.2).
    fn members(&self, sent: &Sent) -> String {
        let Self { base, limit, matched, asked, cursor } = self;
        let own = format!("{base}/items?{asked}limit={limit}");
        let mut links = vec![
            link(&format!("{own}{cursor}"), "self", GEOJSON),
            link(&format!("{own}{cursor}&f=json"), "alternate", GEOJSON),
            link(&format!("{own}{cursor}&f=html"), "alternate", HTML),
            link(base, "collection", "application/json"),
        ];
        if let Some(last) = sent.last.filter(|_| sent.more) {
            links.push(link(&format!("{own}&cursor={last}"), "next", GEOJSON));
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
