//! Features that are added, replaced, changed and deleted over HTTP (OGC API Features, part 4: draft 20-002r1), for
//! grants that say so.
//!
//! Whoever changes a feature says by `If-Match` which version he read, so that of two editors one is told. There is no
//! defence against requests that another site makes a browser send, and none is needed: keys and tokens come in
//! headers, which no browser adds by itself. Must not know what judges a feature, nor how it is written.

/// What a request sends.
mod body;
/// What may be done at an address.
mod options;

pub use body::{BODY_MAX, MERGE_PATCH};
pub use options::told as options;

use super::{
    Problem, SeenSite, Site, entity_tag,
    on_record::EditRecord,
    parameters::{Parameters, Path},
    problem::shown,
    systems::content_crs,
};
use crate::{
    crs::NamedSystem,
    feature::FeatureId,
    layer::EditView,
    store::{
        Effort, FeatureStore,
        edit::{Change, EditFinding, EditWitness, Edited, Expected},
        held,
    },
};
use axum::{
    Json,
    body::Bytes,
    extract::rejection::BytesRejection,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use futures_util::future::{BoxFuture, FutureExt};
use serde_json::{Value as JsonValue, json};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Features that are changed at once: each has a session of the database.
pub const AT_ONCE: usize = 6;
/// How long one waits for its turn.
const TURN_WAIT: Duration = Duration::from_secs(2);
/// How long one waits for its end, its turn counted: less than an answer may take, so that it can say that nobody knows.
const ANSWER_WAIT: Duration = Duration::from_secs(11);

/// How long a server that stops waits for edits under way.
const EDITS_LEFT: Duration = Duration::from_secs(15);

type Body = Result<Bytes, BytesRejection>;

/// `POST /collections/{layer}/items`: a feature is added.
pub async fn create<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let view = allowed(&site, &layer, &uri)?;
    let sent = body::whole(&headers, body, None)?;
    let base = site.base_url(&headers)?;
    let system = sent.system;
    let edited = edit(&site, &headers, view, Change::Create(sent), StatusCode::CREATED).await?;
    let location = format!("{base}/collections/{layer}/items/{}", edited.id);
    let location = HeaderValue::try_from(location).map_err(Problem::internal)?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], answer(&edited, Some(system))).into_response())
}

/// `PUT /collections/{layer}/items/{id}`: a feature becomes another.
pub async fn replace<S: FeatureStore>(
    site: SeenSite<S>,
    Path((layer, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let view = allowed(&site, &layer, &uri)?;
    let (id, expected) = (number(&layer, &id)?, expected(&headers)?);
    let sent = body::whole(&headers, body, Some(id))?;
    let system = sent.system;
    let edited = edit(&site, &headers, view, Change::Replace(id, expected, sent), StatusCode::OK).await?;
    Ok(answer(&edited, Some(system)))
}

/// `PATCH /collections/{layer}/items/{id}`: part of a feature is changed (RFC 7396).
pub async fn update<S: FeatureStore>(
    site: SeenSite<S>,
    Path((layer, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let view = allowed(&site, &layer, &uri)?;
    let (id, expected) = (number(&layer, &id)?, expected(&headers)?);
    let sent = body::part(&headers, body, id)?;
    let system = sent.system;
    let edited = edit(&site, &headers, view, Change::Update(id, expected, sent), StatusCode::OK).await?;
    Ok(answer(&edited, Some(system)))
}

/// `DELETE /collections/{layer}/items/{id}`: a feature goes.
pub async fn delete<S: FeatureStore>(
    site: SeenSite<S>,
    Path((layer, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = allowed(&site, &layer, &uri)?;
    let (id, expected) = (number(&layer, &id)?, expected(&headers)?);
    edit(&site, &headers, view, Change::Delete(id, expected), StatusCode::NO_CONTENT).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What the caller may change of a layer, where the address asks for nothing else.
fn allowed<S: FeatureStore>(site: &SeenSite<S>, layer: &str, uri: &Uri) -> Result<EditView, Problem> {
    let view = site.edit_view(layer)?;
    Parameters::strict(uri, &[])?;
    Ok(view)
}

fn number(layer: &str, id: &str) -> Result<FeatureId, Problem> {
    id.parse().map_err(|_| no_feature(layer, id))
}

fn no_feature(layer: &str, id: &str) -> Problem {
    Problem::not_found(format!("the layer `{layer}` has no feature {}", shown(id)))
}

/// Which version the change is for. Tags are compared strongly, so that a weak one is that of none (RFC 9110, 13.1.1).
fn expected(headers: &HeaderMap) -> Result<Expected, Problem> {
    let tags = entity_tag::listed(headers, header::IF_MATCH)
        .map_err(|_| Problem::bad_request("If-Match: it is no list of entity tags"))?;
    match tags.as_slice() {
        [] => Err(Problem::precondition_required(
            "say with If-Match which version you read: it is the ETag of the feature's own address, asked with your key",
        )),
        ["*"] => Ok(Expected::Any),
        tags => Ok(Expected::Tags(tags.iter().map(|tag| (*tag).to_owned()).collect())),
    }
}

/// Has it done. Once begun, it comes to its end, whether or not its client waits: what is on record is so.
async fn edit<S: FeatureStore>(
    site: &SeenSite<S>,
    headers: &HeaderMap,
    view: EditView,
    change: Change,
    status: StatusCode,
) -> Result<Edited, Problem> {
    let begun = Instant::now();
    let none = || Problem::not_ready("this server has no database, so that nothing can be changed here");
    let editor = site.editor.clone().ok_or_else(none)?;
    let turn = timeout(TURN_WAIT, site.edits.clone().acquire_owned()).await;
    let turn = turn.map_err(|_| Problem::busy())?.map_err(Problem::internal)?;
    let caller = site.caller();
    let by = format!("{}, {}", caller.agency_code().unwrap_or_default(), caller.who());
    let (layer, id) = (view.id().to_owned(), change.held().map(|(id, _)| id));
    let still_allows = Box::new(site.still_edits(headers, &view));
    let witness = Box::new(Witness { record: site.edit_record(status.as_u16()), still_allows });
    // It keeps its place, and is no cheaper, when its client has gone.
    let (effort, held) = (Effort::current(), held());
    let done = tokio::spawn(effort.holding(held, async move {
        let done = editor.edit(view, change, by, witness).await;
        drop(turn);
        done
    }));
    let done = timeout(ANSWER_WAIT.saturating_sub(begun.elapsed()), done).await;
    let done = done.map_err(|_| Problem::change_goes_on())?.map_err(Problem::internal)?;
    done.map_err(|error| Problem::of_edit(error, &layer, id))
}

impl<S> Site<S> {
    /// Waits until the edits that are under way have ended, though their clients have gone; no other begins.
    pub async fn edits_end(&self) {
        let all = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
        match timeout(EDITS_LEFT, self.edits.acquire_many(all)).await {
            Ok(Ok(ended)) => ended.forget(),
            _ => tracing::error!("edits go on while the server stops; their end is not on record"),
        }
    }
}

/// Puts an edit on record as the answer to its request.
struct Witness {
    record: EditRecord,
    still_allows: Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>,
}

impl EditWitness for Witness {
    fn still_allows(&self) -> BoxFuture<'_, bool> {
        (self.still_allows)()
    }

    fn puts_on_record<'a>(&'a self, edited: &'a Edited) -> BoxFuture<'a, bool> {
        self.record.append(edited.id, edited.run).boxed()
    }

    fn takes_back(&self) -> BoxFuture<'_, ()> {
        self.record.take_back().boxed()
    }

    fn leaves_open(&self) -> BoxFuture<'_, ()> {
        self.record.leave_open().boxed()
    }
}

/// What is told of an edit: the version, the run under which it stands in the layer's history, and what was found.
fn answer(edited: &Edited, system: Option<NamedSystem>) -> Response {
    let Edited { id, version, run, findings } = edited;
    let body = json!({ "id": id, "run": run, "findings": findings.iter().map(finding).collect::<Vec<_>>() });
    let mut response = Json(body).into_response();
    let headers = response.headers_mut();
    if let Some(tag) = version.and_then(|version| HeaderValue::try_from(version.tag()).ok()) {
        headers.insert(header::ETAG, tag);
    }
    headers.extend(system.into_iter().flat_map(content_crs));
    response
}

/// A finding, in both languages.
pub fn finding(found: &EditFinding) -> JsonValue {
    let EditFinding { severity, rule, attribute, reason: [vi, en] } = found;
    json!({ "severity": severity, "rule": rule, "attribute": attribute, "reason": en, "reason_vi": vi })
}
