//! The OpenAPI document as a page: what can be asked at which address, and what each parameter says.

use crate::layer::Language;
use maud::{Markup, html};
use serde_json::Value as Json;

const fn pick<'t>(language: Language, vi: &'t str, en: &'t str) -> &'t str {
    match language {
        Language::Vi => vi,
        Language::En => en,
    }
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

/// The content of the page.
pub fn content(document: &Json, language: Language) -> Markup {
    let info = &document["info"];
    html! {
        p {
            (text(&info["description"])) " (" (text(&info["title"])) " " (text(&info["version"])) "). "
            a href="/api?f=json" { "OpenAPI " (text(&document["openapi"])) " (JSON)" }
        }
        @for (path, methods) in document["paths"].as_object().into_iter().flatten() {
            @for (method, operation) in methods.as_object().into_iter().flatten() {
                section {
                    h2 { (method.to_uppercase()) " " code { @if path.contains('{') { (path) } @else { a href=(path) { (path) } } } }
                    (of_operation(operation, language))
                }
            }
        }
    }
}

fn of_operation(operation: &Json, language: Language) -> Markup {
    let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    html! {
        p { (text(&operation["summary"])) }
        @if !parameters.is_empty() {
            details {
                summary { (pick(language, "Tham số", "Parameters")) " (" (parameters.len()) ")" }
                dl { @for parameter in parameters {
                    dt { code { (text(&parameter["name"])) } @if parameter["in"] == "path" { " (" (pick(language, "trong đường dẫn", "in the path")) ")" } }
                    dd { (text(&parameter["description"])) (allowed(&parameter["schema"], language)) }
                } }
            }
        }
        @if let Some(body) = operation["requestBody"]["content"].as_object() {
            p { (pick(language, "Nội dung gửi", "Body")) ": " (body.keys().cloned().collect::<Vec<_>>().join(", ")) }
        }
        dl { @for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            dt { (status) }
            dd {
                (text(&response["description"]))
                @if let Some(kinds) = response["content"].as_object() {
                    " " small { (kinds.keys().cloned().collect::<Vec<_>>().join(", ")) }
                }
            }
        } }
    }
}

/// The values that a parameter may have, and the one that it has where it is not given.
fn allowed(schema: &Json, language: Language) -> Markup {
    let plain = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let values = schema["enum"].as_array().map(|list| list.iter().map(plain).collect::<Vec<_>>().join(", "));
    html! {
        @if let Some(values) = values { ": " code { (values) } }
        @if let Some(default) = schema.get("default") {
            " (" (pick(language, "mặc định", "default")) " " (plain(default)) ")"
        }
    }
}
