//! What a request asks for of a layer's features: one reader of parameters for items, downloads
//! and whatever else asks a question about features.

use super::super::{
    Problem,
    filter::{filter, sort_keys},
    parameters::{Parameters, attribute_value},
    problem::shown,
    systems,
};
use crate::{
    feature::{FeatureId, Value},
    layer::{AttributeType, LayerView},
    query::{AsOf, FeatureQuery, Order, SortKey},
};
use std::fmt::Write;

/// The parameters that say which features, beside the attributes.
pub const CONDITIONS: [&str; 6] = ["bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs"];
/// Those and the parameters that say how they are sent: no attribute is asked for by such a name.
pub const PARAMETERS: [&str; 14] = [
    "bbox",
    "datetime",
    "as_of",
    "filter",
    "filter-lang",
    "filter-crs",
    "sortby",
    "limit",
    "cursor",
    "f",
    "crs",
    "lang",
    "properties",
    "geometry",
];

/// The parameters that a question about a view may have; `own` are those of the address.
pub fn allowed<'v>(view: &'v LayerView, own: &[&'static str]) -> Vec<&'v str> {
    let attributes = view.attributes().map(|a| a.name.as_str()).filter(|name| !PARAMETERS.contains(name));
    CONDITIONS.into_iter().chain(own.iter().copied()).chain(attributes).collect()
}

/// The question that the parameters ask of a view.
pub fn question(view: &LayerView, parameters: &Parameters) -> Result<FeatureQuery, Problem> {
    let sort = sort_keys(view, parameters)?;
    let cursor = parameters.value("cursor").map(|cursor| {
        let wrong = || Problem::bad_request("cursor: take it from a `next` link; it cannot be made up");
        position(view, &sort, cursor).ok_or_else(wrong)
    });
    let (after, after_values) = cursor.transpose()?.unzip();
    let mut equals = Vec::new();
    for (name, text) in parameters.iter() {
        if let Some(attribute) = view.attribute(name).filter(|_| !PARAMETERS.contains(&name)) {
            equals.push((name.to_owned(), attribute_value(attribute, text)?));
        }
    }
    let mut query = FeatureQuery {
        bbox: None,
        plane_box: None,
        datetime: parameters.datetime()?,
        as_of: as_of(view, parameters)?,
        equals,
        filter: filter(view, parameters)?,
        id: None,
        after,
        after_values: after_values.unwrap_or_default(),
        sort,
        limit: parameters.limit()?,
        order: Order::Id,
    };
    systems::put_bbox(parameters, &mut query)?;
    Ok(query)
}

/// The moment of `as_of`, as of which the layer is wanted.
pub fn as_of(view: &LayerView, parameters: &Parameters) -> Result<Option<AsOf>, Problem> {
    let Some(text) = parameters.value("as_of") else { return Ok(None) };
    if view.layer().table.is_some() {
        return Err(Problem::bad_request(format!(
            "as_of: `{}` is a table that another program keeps, and its past is not on record",
            view.id()
        )));
    }
    let wrong = || {
        Problem::bad_request(format!(
            "as_of: {} is no moment; write 2026-11-24T08:00:00+07:00, or 2026-11-24 for the end of that day",
            shown(text)
        ))
    };
    AsOf::parse(text).map(Some).ok_or_else(wrong)
}

/// The view with no other attributes than those that `properties` lists.
pub fn shown_attributes(view: &LayerView, parameters: &Parameters) -> Result<LayerView, Problem> {
    let Some(list) = parameters.value("properties") else { return Ok(view.clone()) };
    let names: Vec<&str> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    match names.iter().find(|name| view.attribute(name).is_none()) {
        None => Ok(view.clone().only(&names)),
        Some(unknown) => {
            let there: Vec<&str> = view.attributes().map(|a| a.name.as_str()).collect();
            Err(Problem::bad_request(format!(
                "properties: {} is no attribute of the layer; there are {}",
                shown(unknown),
                there.join(", ")
            )))
        }
    }
}

/// Where a page ended: the feature's number and its sort keys.
fn position(view: &LayerView, sort: &[SortKey], cursor: &str) -> Option<(FeatureId, Vec<Value>)> {
    if sort.is_empty() {
        return Some((cursor.parse().ok()?, Vec::new()));
    }
    let texts: Vec<Option<String>> = serde_json::from_str(cursor).ok()?;
    let (id, keys) = texts.split_first()?;
    let value = |(key, text): (&SortKey, &Option<String>)| {
        let Some(text) = text else { return Some(Value::Null) };
        let attribute = view.attribute(&key.attribute)?;
        match attribute.kind {
            AttributeType::Text | AttributeType::Enum => Some(Value::Text(text.clone())),
            _ => attribute_value(attribute, text).ok(),
        }
    };
    if keys.len() != sort.len() {
        return None;
    }
    let values: Option<Vec<Value>> = sort.iter().zip(keys).map(value).collect();
    Some((id.as_ref()?.parse().ok()?, values?))
}

/// The position behind a feature, as [`position`] reads it.
pub fn cursor(last: FeatureId, keys: &[Option<String>]) -> String {
    if keys.is_empty() {
        return last.to_string();
    }
    let texts: Vec<Option<String>> =
        [Some(last.to_string())].into_iter().chain(keys.iter().cloned()).collect();
    serde_json::json!(texts).to_string()
}

/// The request's parameters as they go into the next page's address.
pub fn asked(parameters: &Parameters) -> String {
    let mut query = String::new();
    for (name, value) in parameters.iter().filter(|(n, _)| !["cursor", "limit", "f"].contains(n)) {
        let _ = write!(query, "{}={}&", encoded(name), encoded(value));
    }
    query
}

/// A text, percent-encoded.
pub fn encoded(text: &str) -> String {
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
