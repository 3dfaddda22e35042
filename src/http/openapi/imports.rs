//! The files that a caller can send, as the OpenAPI document tells of it: nothing of layers that he cannot load.

use super::operation::{Operation, path, query};
use crate::layer::ImportView;
use serde_json::{Value as Json, json};

const JSON: &str = "application/json";
const FILE: &str = "application/octet-stream";

/// The operations by which files are loaded.
pub fn operations(views: &[ImportView]) -> Vec<Operation> {
    views.iter().flat_map(layer).collect()
}

fn layer(view: &ImportView) -> Vec<Operation> {
    let (id, title) = (view.id(), &view.seen().layer().title.en);
    let files = format!("/collections/{id}/imports");
    let file = format!("{files}/{{id}}");
    let part = format!("{file}/{{part}}");
    let text =
        |words: &str, example: &str| query("name", words, json!({ "type": "string", "example": example }));
    let own = || path("id", "What Location said when the file was sent", json!({ "type": "string" }));
    let busy = "Something is being done with the file, or has to be done first";
    let parts = |all: &[&str]| path("part", "What of it", json!({ "type": "string", "enum": all }));
    let change = |method, address: &str, name: &str, what: &str| {
        Operation::change(method, address, format!("{name}.{id}"), format!("{what}: {title}"))
    };
    vec![
        Operation::get(
            &files,
            format!("imports.{id}"),
            format!("Files that were sent, and what may be chosen: {title}"),
        )
        .gives(&[JSON]),
        change("post", &files, "sendFile", "Send a file; it is told what it is taken for")
            .takes(&[FILE])
            .with([text("What the file is called; its ending tells its format", "thua_dat.zip")])
            .or("201", "It is here; Location says where to ask for it")
            .or_problem("400", "A parameter says something that cannot be, or the file is none that is read")
            .or_problem("413", "The file is too large, or what is packed in it"),
        Operation::get(
            &file,
            format!("import.{id}"),
            format!("How far a file is, and what came of it: {title}"),
        )
        .with([own()])
        .gives(&[JSON]),
        change("delete", &file, "removeFile", "Take a file away; what was loaded stays")
            .with([own()])
            .or("204", "It is gone")
            .or_problem("409", busy),
        change("post", &part, "importStep", "Look at a file, rehearse or load it, or take the load back")
            .with([own(), parts(&["look", "rehearsal", "load", "undo"])])
            .with_question(wishes())
            .or("202", "It is begun; ask for the file until it is done")
            .or_problem("409", busy)
            .or_problem("413", "The body is too long"),
        Operation::get(
            &part,
            format!("importPart.{id}"),
            format!("The rows of a file that were refused: {title}"),
        )
        .with([own(), parts(&["refused"])])
        .gives(&[FILE])
        .or_problem("409", busy),
    ]
}

/// What a step may be told: the settings of `diaban import`, by their names.
fn wishes() -> Json {
    let text = || json!({ "type": "string" });
    let texts = || json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let flag = || json!({ "type": "boolean" });
    json!({ "type": "object", "additionalProperties": false, "properties": {
        "crs": text(), "swap_xy": flag(), "sublayer": text(),
        "header_row": { "type": "integer", "minimum": 1 },
        "map": texts(), "set": texts(), "encoding": texts(),
        "mode": { "type": "string", "enum": ["append", "merge", "replace"] },
        "only": text(), "delete_most": flag(), "max_refused": text(),
        "lang": { "type": "string", "enum": ["vi", "en"] } } })
}
