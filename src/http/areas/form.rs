//! A body that is a form (RFC 7578), as a browser sends one and `curl -F`: a file, and members as texts.

use super::{
    super::{Problem, problem::shown},
    sent::AREA_CRS,
};
use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};
use futures_util::stream;
use multer::Multipart;
use serde_json::{Map, Value as Json};
use std::convert::Infallible;

/// Parts that a form may have.
const PARTS_MAX: usize = 32;

/// A form, read.
#[derive(Default)]
pub struct Form {
    /// Bytes of the one part that is a file; none if there is no such part, or nothing in it.
    pub file: Option<Bytes>,
    /// The texts under their names.
    pub members: Map<String, Json>,
}

/// Reads a form whose texts may have the names `allowed`, or that of the parameter of a file's system. A part is
/// a file if it has the name of one, or a media type that is no text; a text that is empty stands for none, as
/// browsers send what nobody filled in.
pub async fn read(headers: &HeaderMap, body: Bytes, allowed: &[&str]) -> Result<Form, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let wrong = |error: multer::Error| {
        Problem::bad_request(format!("the body is no whole form (multipart/form-data, RFC 7578): {error}"))
    };
    let boundary = multer::parse_boundary(kind).map_err(wrong)?;
    let mut parts = Multipart::new(stream::iter([Ok::<_, Infallible>(body)]), boundary);
    let (mut form, mut files) = (Form::default(), 0);
    for count in 0.. {
        let Some(part) = parts.next_field().await.map_err(wrong)? else { break };
        if count == PARTS_MAX {
            return Err(Problem::bad_request(format!("the form has more than {PARTS_MAX} parts")));
        }
        let name = part.name().unwrap_or_default().to_owned();
        let is_text = part.content_type().is_none_or(|kind| kind.type_() == "text");
        if part.file_name().is_some() || !is_text {
            // A form sends a file without a name where nobody chose one.
            let chosen = part.file_name().filter(|name| !name.is_empty()).map(shown);
            let bytes = part.bytes().await.map_err(wrong)?;
            if let (Some(name), true) = (chosen, bytes.is_empty()) {
                return Err(Problem::bad_request(format!("the file {name} is empty (0 bytes)")));
            }
            if !bytes.is_empty() {
                (form.file, files) = (Some(bytes), files + 1);
            }
            continue;
        }
        let text = part.text().await.map_err(wrong)?;
        if name != AREA_CRS && !allowed.contains(&name.as_str()) {
            return Err(Problem::bad_request(format!(
                "the form has a part {} that is neither a file nor one of {}, {AREA_CRS}",
                shown(&name),
                allowed.join(", ")
            )));
        }
        let given = !text.trim().is_empty();
        if given && form.members.insert(name.clone(), Json::String(text)).is_some() {
            return Err(Problem::bad_request(format!("the form has two parts {}", shown(&name))));
        }
    }
    match files {
        0 | 1 => Ok(form),
        _ => Err(Problem::bad_request("the form has several files; an area is one")),
    }
}
