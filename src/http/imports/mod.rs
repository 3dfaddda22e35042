//! Files that somebody sends for a layer of which he may change all: what each is taken for, what would come of it, the
//! load, and its undoing. The same code as the commands, behind a trait ([`crate::store::delivery`]).
//!
//! ```text
//! POST .../imports?name=a.zip ─▶ look ─▶ POST .../rehearsal ─▶ POST .../load ─▶ POST .../undo
//! ```
//!
//! Each step is answered at once with 202 and goes on by itself; GET of the file's own address tells how far it is and
//! what came of it. Must not know what reads files.

/// A file that was sent.
mod kept;
/// A file as it comes.
mod receive;
/// Rows that were refused.
mod refused;
/// The files that are here.
mod shelf;
/// How much is being done at once.
mod turns;
/// What is being done.
mod work;

pub use shelf::{FILE_MAX, IN_ALL, KEPT, OF_CALLER, Shelf, WORKS_OF_CALLER};
pub use turns::WORKS_AT_ONCE;

use super::{
    Problem, SeenSite, json_body,
    parameters::{Parameters, Path},
    problem::shown,
};
use crate::{
    crs::SYSTEMS,
    layer::{ImportView, NotWhole},
    legacy_text::Encoding,
    store::{FeatureStore, delivery::Wishes},
};
use axum::{
    Json,
    body::{Body, Bytes},
    extract::rejection::BytesRejection,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use kept::{Kept, Owner};
use serde_json::{Value as JsonValue, json};
use shelf::Arriving;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use work::{Order, Step};

/// Bytes of what is wished for.
pub const BODY_MAX: usize = 256 << 10;
/// Arrays and objects of it.
const NESTED_MAX: usize = 20;

/// `GET /collections/{layer}/imports`: whether the caller may send files for the layer, what he may choose, and those
/// of his that are here.
pub async fn list<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
) -> Result<Json<JsonValue>, Problem> {
    site.view(&layer)?;
    Parameters::strict(&uri, &[])?;
    let mut body = json!({ "layer": layer, "allowed": false });
    match key(&site, &layer) {
        Err(why) => body["reason"] = json!(why.detail()),
        Ok(_) => {
            let mine = site.uploads.of(&owner(&site), &layer);
            let systems =
                SYSTEMS.iter().map(|s| json!({ "crs": format!("EPSG:{}", s.code), "name": s.name }));
            let encodings = Encoding::ALL.iter().map(|e| json!({ "name": e.name(), "title": e.title() }));
            body["allowed"] = true.into();
            body["bytes_max"] = FILE_MAX.into();
            body["systems"] = systems.collect();
            body["encodings"] = encodings.collect();
            body["imports"] = mine.iter().map(|kept| kept.told()).collect();
        }
    }
    Ok(Json(body))
}

/// `POST /collections/{layer}/imports`: a file is sent, and looked at.
pub async fn send<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let view = key(&site, &layer)?;
    let called = receive::name(&Parameters::strict(&uri, &["name"])?)?;
    let base = site.base_url(&headers)?;
    let room = receive::room(&headers)?;
    let arriving = site.uploads.begin(owner(&site), &layer, called, room).map_err(receive::refusal)?;
    let bytes = receive::write(body, &arriving.path()).await?;
    glanced(&site, &arriving).await?;
    let kept = arriving.arrived(bytes);
    let record = site.edit_record(StatusCode::CREATED.as_u16());
    let order = Order { view, kept: kept.clone(), step: Step::Look, wishes: Wishes::default(), record };
    let begun = work::begin(&site, order).await;
    // One that nobody looks at is of no use.
    begun.inspect_err(|_| site.uploads.remove(&kept.id))?;
    Ok(told(StatusCode::CREATED, &base, &kept))
}

/// Turns a file away that is plainly none that is read: nothing of it is kept.
async fn glanced<S: FeatureStore>(site: &SeenSite<S>, arriving: &Arriving) -> Result<(), Problem> {
    let Some(importer) = site.importer.clone() else { return Ok(()) };
    let file = arriving.file();
    let glanced = spawn_blocking(move || importer.glance(&file)).await.map_err(Problem::internal)?;
    Ok(glanced?)
}

/// `GET /collections/{layer}/imports/{id}`: how far it is, and what came of each step.
pub async fn one<S: FeatureStore>(
    site: SeenSite<S>,
    Path((layer, id)): Path<(String, String)>,
    uri: Uri,
) -> Result<Json<JsonValue>, Problem> {
    let (_, kept) = found(&site, &layer, &id)?;
    Parameters::strict(&uri, &[])?;
    Ok(Json(kept.told()))
}

/// `DELETE /collections/{layer}/imports/{id}`: the file goes. What was loaded of it stays.
pub async fn remove<S: FeatureStore>(
    site: SeenSite<S>,
    Path((layer, id)): Path<(String, String)>,
    uri: Uri,
) -> Result<StatusCode, Problem> {
    let (_, kept) = found(&site, &layer, &id)?;
    Parameters::strict(&uri, &[])?;
    if kept.state().work.is_some() {
        return Err(Problem::conflict(
            "something is being done with this file; take it away when that is done",
        ));
    }
    site.uploads.remove(&kept.id);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /collections/{layer}/imports/{id}/{part}`: a step is begun.
pub async fn step<S: FeatureStore>(
    site: SeenSite<S>,
    Path((layer, id, part)): Path<(String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let (view, kept) = found(&site, &layer, &id)?;
    let step = Step::of(&part).ok_or_else(|| no_part(&part))?;
    Parameters::strict(&uri, &[])?;
    let base = site.base_url(&headers)?;
    let wishes = wishes(body)?;
    let record = site.edit_record(StatusCode::ACCEPTED.as_u16());
    work::begin(&site, Order { view, kept: kept.clone(), step, wishes, record }).await?;
    Ok(told(StatusCode::ACCEPTED, &base, &kept))
}

/// `GET /collections/{layer}/imports/{id}/refused`: the rows that were refused when the file was read last.
pub async fn part<S: FeatureStore>(
    site: SeenSite<S>,
    Path((layer, id, part)): Path<(String, String, String)>,
    uri: Uri,
) -> Result<Response, Problem> {
    let (_, kept) = found(&site, &layer, &id)?;
    Parameters::strict(&uri, &[])?;
    if part != "refused" {
        return Err(no_part(&part));
    }
    refused::answer(kept).await
}

fn no_part(part: &str) -> Problem {
    Problem::not_found(format!(
        "there is no {} of an import; GET has refused, POST has look, rehearsal, load, undo",
        shown(part)
    ))
}

/// That the caller may load files into the layer.
fn key<S: FeatureStore>(site: &SeenSite<S>, layer: &str) -> Result<ImportView, Problem> {
    let view = site.edit_view(layer)?;
    if site.importer.is_none() {
        return Err(Problem::not_ready("this server has no database, so that nothing can be loaded here"));
    }
    let whole = "a file is loaded only by who may change the whole layer";
    site.catalog.import_view(view, site.caller()).map_err(|why| {
        Problem::forbidden(match why {
            NotWhole::Communes => {
                format!("{whole}, and your agency's grant is for some communes; change single features instead")
            }
            NotWhole::Class(class) => format!(
                "{whole}, and your agency's grant lets it change what is up to the class `{}`; the layer has, or may \
                 have, what is above; a grant with class = \"restricted\" does",
                class.as_str()
            ),
            NotWhole::Referred => {
                format!("{whole} and see whole what its rows refer to, and your agency does not")
            }
        })
    })
}

/// Whether the caller may load files into a layer.
pub fn may_import<S: FeatureStore>(site: &SeenSite<S>, layer: &str) -> bool {
    let view = site.catalog.edit_view(layer, site.caller()).filter(|_| site.importer.is_some());
    view.is_some_and(|view| site.catalog.import_view(view, site.caller()).is_ok())
}

fn owner<S: FeatureStore>(site: &SeenSite<S>) -> Owner {
    let caller = site.caller();
    (caller.agency_code().unwrap_or_default().to_owned(), caller.who().to_owned())
}

/// A file of the caller, and the key to its layer. Of another's he is told that it is not there.
fn found<S: FeatureStore>(
    site: &SeenSite<S>,
    layer: &str,
    id: &str,
) -> Result<(ImportView, Arc<Kept>), Problem> {
    site.view(layer)?;
    let none = || {
        Problem::not_found(format!(
            "there is no import {}; a file that nobody asks for is gone after an hour, and when the server begins anew",
            shown(id)
        ))
    };
    let kept = site.uploads.find(id, &owner(site), layer).ok_or_else(none)?;
    // What a grant gives may have changed since.
    Ok((key(site, layer)?, kept))
}

fn wishes(body: Result<Bytes, BytesRejection>) -> Result<Wishes, Problem> {
    let body = body.map_err(|_| {
        Problem::too_large(format!("the body is cut short, or longer than {} KB", BODY_MAX >> 10))
    })?;
    if body.is_empty() {
        return Ok(Wishes::default());
    }
    let json = json_body::read(&body, NESTED_MAX)?;
    serde_json::from_value(json).map_err(|error| Problem::bad_request(format!("the body: {error}")))
}

fn told(status: StatusCode, base: &str, kept: &Kept) -> Response {
    let mut response = (status, Json(kept.told())).into_response();
    let location = format!("{base}/collections/{}/imports/{}", kept.layer, kept.id);
    let location = HeaderValue::try_from(location).ok();
    response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
    response
}
