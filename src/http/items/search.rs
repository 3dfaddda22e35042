//! `POST /collections/{layer}/search`: the question of `items` as a JSON document, for filters that
//! are too long for an address.

use super::{
    super::{
        Problem, SeenSite,
        filter::{FILTER_PARAMETERS, members},
        parameters::{Parameters, Path},
    },
    Form, NextPage, Page, answered,
    question::{self, question},
};
use crate::store::FeatureStore;
use axum::{
    body::Bytes,
    extract::rejection::BytesRejection,
    http::{HeaderMap, Uri, header},
    response::Response,
};
use serde_json::{Map, Value as Json};

/// Bytes of a question at most.
pub const BODY_MAX: usize = 1 << 20;

/// A page of features. Each member means what the parameter of its name means; `filter` may be
/// CQL2 JSON as it is, lists may be arrays.
pub async fn search<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    if uri.query().is_some_and(|query| !query.is_empty()) {
        return Err(Problem::bad_request("the question stands in the body: nothing is asked behind `?`"));
    }
    let body = body.map_err(|error| match error.status().as_u16() {
        413 => Problem::too_large(format!("the question is longer than {BODY_MAX} bytes")),
        _ => Problem::bad_request("the body of the request could not be read"),
    })?;
    let kind =
        headers.get(header::CONTENT_TYPE).map_or("application/json", |v| v.to_str().unwrap_or_default());
    if !kind.split(';').next().is_some_and(|kind| kind.trim().ends_with("json")) {
        return Err(Problem::unsupported_media_type("the body is a JSON document, application/json"));
    }
    let document: Map<String, Json> = serde_json::from_slice(&body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Problem::bad_request(format!(
            "the body is no JSON object that can be read: line {line}, column {column}"
        ))
    })?;
    let allowed =
        question::allowed(&view, &["sortby", "limit", "cursor", "f", "crs", "properties", "geometry"]);
    let parameters = Parameters::of(parameters(&document)?, &allowed)?;
    let query = question(&view, &parameters)?;
    let base = format!("{}/collections/{layer}", site.base_url(&headers)?);
    let next = NextPage::Document(document);
    let form = Form::of(parameters.value("f"), &headers)?;
    Ok(answered(&site, view, &parameters, form, query, Page::new(base, next)).await?.response())
}

/// The members as parameters.
fn parameters(document: &Map<String, Json>) -> Result<Vec<(String, String)>, Problem> {
    let mut list = members(document)?;
    for (name, value) in document.iter().filter(|(name, _)| !FILTER_PARAMETERS.contains(&name.as_str())) {
        let wrong = || Problem::bad_request(format!("{name}: this is no text, number or list of them"));
        let plain = |value: &Json| match value {
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            Json::Bool(value) => Some(value.to_string()),
            _ => None,
        };
        let text = match value {
            Json::Null => continue,
            Json::Array(items) => {
                let items: Option<Vec<String>> = items.iter().map(plain).collect();
                items.ok_or_else(wrong)?.join(",")
            }
            value => plain(value).ok_or_else(wrong)?,
        };
        list.push((name.clone(), text));
    }
    Ok(list)
}
