//! What a caller can change, as the OpenAPI document tells of it: nothing of layers that he cannot.

use super::{
    super::{editing::MERGE_PATCH, items::GEOJSON},
    operation::{Operation, path},
};
use crate::layer::EditView;
use serde_json::{Value as Json, json};

const JSON: &str = "application/json";

/// The operations that change features.
pub fn operations(views: &[EditView]) -> Vec<Operation> {
    views.iter().flat_map(layer).collect()
}

fn layer(view: &EditView) -> Vec<Operation> {
    let (id, title) = (view.id(), &view.seen().layer().title.en);
    let items = format!("/collections/{id}/items");
    let item = format!("{items}/{{id}}");
    let feature = || path("id", "The feature's number", json!({ "type": "integer" }));
    let change = |method, address: &str, name: &str, what: &str| {
        Operation::change(method, address, format!("{name}.{id}"), format!("{what}: {title}"))
            .or_problem("403", "It goes beyond what the caller's grant lets him change")
    };
    let held = |operation: Operation| {
        operation
            .with([feature(), if_match()])
            .or_problem("412", "Somebody has changed the feature since it was read")
            .or_problem("428", "If-Match does not say which version was read")
    };
    let taken = |operation: Operation, kinds: &[&str]| {
        operation
            .takes(kinds)
            .with([content_crs()])
            .or_problem("413", "The feature is too large")
            .or_problem("415", "The body is of another media type")
            .or_problem("422", "The feature breaks rules of the layer, which `findings` lists")
    };
    let whole = [GEOJSON, JSON];
    vec![
        taken(change("post", &items, "create", "Add a feature"), &whole)
            .or("201", "It is there; Location says where"),
        held(taken(change("put", &item, "replace", "Replace a feature"), &whole)).gives(&[JSON]),
        held(taken(change("patch", &item, "update", "Change part of a feature"), &[MERGE_PATCH]))
            .gives(&[JSON]),
        held(change("delete", &item, "delete", "Delete a feature")).or("204", "It is gone"),
    ]
}

fn header(name: &str, required: bool, text: &str) -> Json {
    json!({ "name": name, "in": "header", "required": required, "description": text,
            "schema": { "type": "string" } })
}

fn if_match() -> Json {
    header("If-Match", true, "The ETag of the version that was read, or *")
}

fn content_crs() -> Json {
    header("Content-Crs", false, "System of the positions, its URI between < and >; else CRS84")
}
