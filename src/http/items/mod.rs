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
/// A question that is a document.
mod search;

pub use body::{Delivery, Sent, WHOLE_MAX};
pub use form::Form;
pub use question::question;
pub use search::{BODY_MAX, search};

use super::{
    Problem, SeenSite,
    as_of::DataAsOf,
    parameters::{Parameters, Path},
    problem::shown as shown_text,
    representation::Representation,
    systems::{self, content_crs},
};
use crate::{
    crs::NamedSystem,
    feature::FeatureId,
    format::{GeoJson, Rendition},
    layer::LayerView,
    query::{FeatureQuery, SortKey},
    store::{BoxedRows, FeatureStore, StoreError, edit::Version},
};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value as Json, json};
use std::ops::ControlFlow;
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

/// The parameters beside the conditions.
const OWN_PARAMETERS: [&str; 9] =
    ["as_of", "sortby", "limit", "cursor", "f", "crs", "properties", "lang", "geometry"];

/// A page of features.
pub async fn items<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    let parameters = Parameters::strict(&uri, &question::allowed(&view, &OWN_PARAMETERS))?;
    let formats = [Form::names().as_slice(), &["html"]].concat();
    let wanted = Representation::among(&formats, &parameters, &headers)?;
    let named = parameters.value("f").filter(|name| *name != "html");
    let form = if wanted.page { Form::GeoJson } else { Form::of(named, &headers)? };
    let mut query = question(&view, &parameters)?;
    if wanted.page {
        query.limit = query.limit.min(PAGE_LIMIT_MAX);
    }
    let base = format!("{}/collections/{layer}", site.base_url(&headers)?);
    let cursor = parameters.value("cursor").map(|c| format!("&cursor={}", question::encoded(c)));
    let next = NextPage::Parameters(question::asked(&parameters), cursor.unwrap_or_default());
    let answered = answered(&site, view, &parameters, form, query, Page::new(base, next)).await?;
    if !wanted.page {
        return Ok((vary(), answered.response()).into_response());
    }
    let Answered { as_of, system, shown, body, .. } = answered;
    let answer = read::page(&site, &shown, &read::json(body).await?, &wanted, &uri).await?;
    Ok((as_of, content_crs(system), answer).into_response())
}

/// A page of features, and what the answer says of it.
struct Answered {
    as_of: DataAsOf,
    system: NamedSystem,
    form: Form,
    /// The attributes in it.
    shown: LayerView,
    body: Body,
    /// What the page says of itself where its form has no place for it.
    told: HeaderMap,
}

impl Answered {
    fn response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, self.form.content_type())];
        (self.as_of, content_crs(self.system), kind, self.told, self.body).into_response()
    }
}

/// A page of what a question asks for, shown as the parameters say.
async fn answered<S: FeatureStore>(
    site: &SeenSite<S>,
    view: LayerView,
    parameters: &Parameters,
    form: Form,
    query: FeatureQuery,
    page: Page,
) -> Result<Answered, Problem> {
    let system = form.system(parameters)?;
    let positions = form.positions(&view, parameters.value("geometry"))?;
    let shown = question::shown_attributes(&view, parameters)?;
    // One more than is shown, to know whether a page follows.
    let ahead = FeatureQuery { limit: query.limit.saturating_add(1), ..query.clone() };
    let rows = site.store.rows(&view, &ahead).await?;
    let matched = match rows.matched() {
        Some(matched) => matched,
        None => site.store.count(&view, &query).await?,
    };
    let as_of = DataAsOf::of(site, [&view]);
    let page = Page { limit: query.limit, matched, ..page };
    site.shown().features(matched.min(query.limit.into()));
    let place = |key: &SortKey| view.attributes().position(|a| a.name == key.attribute);
    let keys = query.sort.iter().filter_map(place).collect();
    let rendition = Rendition::new(&view, &shown, system);
    let writer = form.writer(&shown, positions)?;
    let limit = query.limit;
    let (body, told) = if form == Form::GeoJson {
        let members = Box::new(move |sent: &Sent| Some(page.members(sent)));
        let delivery = Delivery::new(rows, rendition, writer, limit, members).keeping(keys);
        let delivery = delivery.told_to(site.sending());
        (delivery.body().await?, HeaderMap::new())
    } else {
        let delivery = Delivery::new(rows, rendition, writer, limit, Box::new(|_| None)).keeping(keys);
        let delivery = delivery.told_to(site.sending());
        let (body, sent) = if form.is_file() { delivery.file().await? } else { delivery.whole().await? };
        (body, page.headers(&sent, form))
    };
    Ok(Answered { as_of, system, form, shown, body, told })
}

/// One feature.
pub async fn item<S: FeatureStore>(
    site: SeenSite<S>,
    Path((layer, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    let parameters = Parameters::strict(&uri, &["f", "crs", "properties", "lang", "as_of"])?;
    let wanted = Representation::among(&FORMATS, &parameters, &headers)?;
    let system = systems::named(&parameters, "crs")?;
    let shown = question::shown_attributes(&view, &parameters)?;
    let none = || Problem::not_found(format!("the layer `{layer}` has no feature {}", shown_text(&id)));
    let number: FeatureId = id.parse().map_err(|_| none())?;
    let as_of = question::as_of(&view, &parameters)?;
    let one = FeatureQuery { id: Some(number), as_of, limit: 1, ..FeatureQuery::default() };
    let (mut rows, is_on_record) = rows_of_one(&site, &view, &one).await?;
    let mut version = None;
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
            version = is_on_record.then(|| Version::of_row(row, &view));
            written = rendition.pass(row, |shown| writer.one(shown, Some(&members), &mut body));
            ControlFlow::Continue(())
        })
        .await?
    {}
    written.map_err(Problem::internal)?;
    if body.is_empty() {
        return Err(none());
    }
    site.shown().features(1);
    // What comes from the record is of now, whatever the snapshots are of.
    let as_of = if is_on_record { DataAsOf::default() } else { DataAsOf::of(&site, [&view]) };
    let tag =
        version.and_then(|version| HeaderValue::try_from(version.tag()).ok()).map(|tag| (header::ETAG, tag));
    if !wanted.page {
        let kind = [(header::CONTENT_TYPE, GEOJSON)];
        let mut response = (as_of, vary(), content_crs(system), kind, body).into_response();
        response.headers_mut().extend(tag);
        return Ok(response);
    }
    let feature = serde_json::from_slice(&body).map_err(Problem::internal)?;
    let answer = read::page(&site, &shown, &feature, &wanted, &uri).await?;
    Ok((as_of, content_crs(system), answer).into_response())
}

/// The rows of one feature, and whether they come from the record: whoever may change it sees it as it is there, and
/// so the version that his change has to name. Where the database is away he sees what everybody sees.
async fn rows_of_one<S: FeatureStore>(
    site: &SeenSite<S>,
    view: &LayerView,
    one: &FeatureQuery,
) -> Result<(BoxedRows, bool), Problem> {
    let may_edit = one.as_of.is_none()
        && site.editor.is_some()
        && site.catalog.edit_view(view.id(), site.caller()).is_some();
    if may_edit {
        match site.store.rows_on_record(view, one).await {
            Err(StoreError::Unavailable(_)) => {}
            rows => return Ok((rows?, true)),
        }
    }
    Ok((site.store.rows(view, one).await?, false))
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
    next: NextPage,
}

/// How the page and the one behind it are asked for.
enum NextPage {
    /// By parameters, joined by `&`, and the position where the page begins.
    Parameters(String, String),
    /// By a document.
    Document(Map<String, Json>),
}

impl Page {
    /// One that is not yet known.
    const fn new(base: String, next: NextPage) -> Self {
        Self { base, limit: 0, matched: 0, next }
    }

    /// What a page says of itself where its form has no place for it: the same in headers.
    fn headers(&self, sent: &Sent, form: Form) -> HeaderMap {
        let Self { base, limit, matched, next } = self;
        let mut links = vec![format!("<{base}>; rel=\"collection\"")];
        if let NextPage::Parameters(asked, cursor) = next {
            let own = format!("{base}/items?{asked}limit={limit}");
            let f = form.name();
            links.push(format!("<{own}{cursor}&f={f}>; rel=\"self\""));
            if let Some(last) = sent.last.filter(|_| sent.more) {
                let behind = question::encoded(&question::cursor(last, &sent.keys));
                links.push(format!("<{own}&f={f}&cursor={behind}>; rel=\"next\""));
            }
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
        let Self { base, limit, matched, next } = self;
        let behind = sent.last.filter(|_| sent.more).map(|last| question::cursor(last, &sent.keys));
        let mut links = vec![link(base, "collection", "application/json")];
        match next {
            NextPage::Parameters(asked, cursor) => {
                let own = format!("{base}/items?{asked}limit={limit}");
                links.push(link(&format!("{own}{cursor}"), "self", GEOJSON));
                links.push(link(&format!("{own}{cursor}&f=json"), "alternate", GEOJSON));
                links.push(link(&format!("{own}{cursor}&f=html"), "alternate", HTML));
                if let Some(behind) = behind {
                    let behind = question::encoded(&behind);
                    links.push(link(&format!("{own}&cursor={behind}"), "next", GEOJSON));
                }
            }
            NextPage::Document(document) => {
                let mut link = link(&format!("{base}/search"), "self", GEOJSON);
                link["method"] = json!("POST");
                links.push(link.clone());
                if let Some(behind) = behind {
                    let mut document = document.clone();
                    document.insert("cursor".to_owned(), json!(behind));
                    link["rel"] = json!("next");
                    link["body"] = Json::Object(document);
                    links.push(link);
                }
            }
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
