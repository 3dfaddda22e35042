//! What a request's body says: members of a JSON object, an area as a file, or a form with both.

use super::{
    super::{Problem, Site, json_body},
    BODY_MAX, Body,
    form::{self, Form},
    note,
};
use crate::{
    area::Spec,
    crs,
    drawing::{self, AreaFormat, FileAreas},
};
use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};
use geo::Geometry;
use serde_json::{Map, Value as Json};
use std::time::Duration;
use tokio::{task::spawn_blocking, time::timeout};

/// The parameter that says in which system a file is.
pub const AREA_CRS: &str = "area-crs";
/// Files that are read at once.
pub const FILES_AT_ONCE: usize = 2;
/// Arrays and objects of a body: somewhat more than an area may have positions.
const NESTED_MAX: usize = 250_000;
/// How long one waits for its turn.
const WAIT: Duration = Duration::from_secs(5);
/// The media types of JSON that asks; any other is a file. Programs that say nothing, or what forms say,
/// send JSON.
const ASKING: [&str; 3] = ["", "application/json", "application/x-www-form-urlencoded"];

/// A body, read.
#[derive(Default)]
pub struct Sent {
    /// Members of the JSON object.
    pub members: Map<String, Json>,
    /// The area of a file.
    pub area: Option<Spec>,
    /// What must be said about it.
    pub notes: Vec<Json>,
    /// Whether there was no body.
    pub is_empty: bool,
    /// Whether it was a form: one that nobody filled in asks for nothing.
    pub is_form: bool,
}

/// Reads a body whose JSON may have the members `allowed`. `system` is what the sender says of a file.
pub async fn sent<S>(
    site: &Site<S>,
    headers: &HeaderMap,
    body: Body,
    allowed: &[&str],
    system: Option<&str>,
) -> Result<Sent, Problem> {
    let body = body.map_err(|_| {
        Problem::too_large(format!("the body is cut short, or longer than {} MB", BODY_MAX >> 20))
    })?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind.starts_with("multipart/") {
        return of_form(site, headers, body, allowed, system).await;
    }
    if body.is_empty() && !ASKING.contains(&kind.as_str()) {
        return Err(Problem::bad_request("the body is empty, and its content-type says that a file comes"));
    }
    if ASKING.contains(&kind.as_str()) {
        if system.is_some() {
            return Err(Problem::bad_request(format!("{AREA_CRS}: it goes with a file in the body")));
        }
        let is_empty = body.is_empty();
        return Ok(Sent { members: object(&body, allowed)?, is_empty, ..Sent::default() });
    }
    of_bytes(site, body, system).await
}

/// Reads a form: one file, and the members as texts.
async fn of_form<S>(
    site: &Site<S>,
    headers: &HeaderMap,
    body: Bytes,
    allowed: &[&str],
    system: Option<&str>,
) -> Result<Sent, Problem> {
    let Form { file, mut members } = form::read(headers, body, allowed).await?;
    let in_form = members.remove(AREA_CRS);
    let in_form = in_form.as_ref().and_then(Json::as_str);
    let (system, twice) = (system.or(in_form), system.is_some() && in_form.is_some());
    if twice || (system.is_some() && file.is_none()) {
        let why = if twice { "it stands in the address and in the form" } else { "it goes with a file" };
        return Err(Problem::bad_request(format!("{AREA_CRS}: {why}")));
    }
    let sent = match file {
        Some(file) => of_bytes(site, file, system).await?,
        None => Sent::default(),
    };
    Ok(Sent { members, is_form: true, ..sent })
}

async fn of_bytes<S>(site: &Site<S>, body: Bytes, system: Option<&str>) -> Result<Sent, Problem> {
    let stated = system.map(crs::parse).transpose();
    let stated = stated.map_err(|error| Problem::bad_request(format!("{AREA_CRS}: {error}")))?;
    let turn = timeout(WAIT, site.drawings.clone().acquire_owned()).await;
    let turn = turn.map_err(|_| Problem::busy())?.map_err(Problem::internal)?;
    let read = spawn_blocking(move || {
        let read = drawing::read(&body, stated);
        drop(turn);
        read
    });
    let (format, areas) = read.await.map_err(Problem::internal)??;
    Ok(of_file(format, areas))
}

fn of_file(format: AreaFormat, areas: FileAreas) -> Sent {
    let FileAreas { shape, system, drawn_in, others } = areas;
    let (name, code, count) = (format.name(), drawn_in.code, shape.0.len());
    let mut notes = vec![note(
        format!("Vùng lấy từ tệp {name}, hệ tọa độ EPSG:{code}, {count} hình."),
        format!("The area is from a {name} file in EPSG:{code} with {count} polygons."),
    )];
    if others > 0 {
        notes.push(note(
            format!("{others} dòng của tệp không phải hình vùng nên bỏ qua."),
            format!("{others} rows of the file have no area and are passed over."),
        ));
    }
    let shape = Geometry::MultiPolygon(shape);
    let area = if system.is_geographic() { Spec::Drawn(shape) } else { Spec::Plane(shape) };
    Sent { area: Some(area), notes, ..Sent::default() }
}

/// A body as a JSON object; an empty one is an object without members.
fn object(body: &Bytes, allowed: &[&str]) -> Result<Map<String, Json>, Problem> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    let Json::Object(object) = json_body::read(body, NESTED_MAX)? else {
        return Err(Problem::bad_request("the body is no JSON object"));
    };
    match object.keys().find(|key| !allowed.contains(&key.as_str())) {
        Some(key) => Err(Problem::bad_request(format!(
            "there is no member {} in the body; allowed: {}. A file goes with its own content-type, such as application/geo+json",
            super::super::problem::shown(key),
            allowed.join(", ")
        ))),
        None => Ok(object),
    }
}

impl Sent {
    /// The area: of the file, of the body's member, or of the parameter. Two of them are one too many.
    pub fn area(&self, parameter: Option<&str>) -> Result<Option<Spec>, Problem> {
        match (&self.area, self.members.get("area"), parameter) {
            (Some(area), None, None) => Ok(Some(area.clone())),
            (Some(_), _, _) => Err(Problem::bad_request("area: the file in the body is one already")),
            (None, Some(_), Some(_)) => {
                Err(Problem::bad_request("area: it stands in the address and in the body"))
            }
            (None, Some(json), None) => Ok(Some(Spec::from_json(json)?)),
            (None, None, Some(text)) => Ok(Some(Spec::parse(text)?)),
            (None, None, None) if self.is_form => {
                Err(Problem::bad_request("area: the form has neither an area nor a file with one"))
            }
            (None, None, None) => Ok(None),
        }
    }
}
