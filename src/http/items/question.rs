//! What a request asks for of a layer's features: one reader of parameters for items, downloads
//! and whatever else asks a question about features.

use super::super::{
    Problem,
    parameters::{Parameters, attribute_value},
    problem::shown,
    systems,
};
use crate::{
    feature::FeatureId,
    layer::LayerView,
    query::{FeatureQuery, Order},
};
use std::fmt::Write;

/// The parameters that say which features, beside the attributes.
pub const CONDITIONS: [&str; 3] = ["bbox", "bbox-crs", "datetime"];
/// Those and the parameters that say how they are sent: no attribute is asked for by such a name.
pub const PARAMETERS: [&str; 9] =
    ["bbox", "datetime", "limit", "cursor", "f", "crs", "lang", "properties", "geometry"];

/// The parameters that a question about a view may have; `own` are those of the address.
pub fn allowed<'v>(view: &'v LayerView, own: &[&'static str]) -> Vec<&'v str> {
    let attributes = view.attributes().map(|a| a.name.as_str()).filter(|name| !PARAMETERS.contains(name));
    CONDITIONS.into_iter().chain(own.iter().copied()).chain(attributes).collect()
}

/// The question that the parameters ask of a view.
pub fn question(view: &LayerView, parameters: &Parameters) -> Result<FeatureQuery, Problem> {
    let cursor = parameters.value("cursor");
    let wrong = || Problem::bad_request("cursor: take it from a `next` link; it cannot be made up");
    let after = cursor.map(|c| c.parse::<FeatureId>().map_err(|_| wrong())).transpose()?;
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
        equals,
        id: None,
        after,
        limit: parameters.limit()?,
        order: Order::Id,
    };
    systems::put_bbox(parameters, &mut query)?;
    Ok(query)
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

/// The request's parameters as they go into the next page's address.
pub fn asked(parameters: &Parameters) -> String {
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
