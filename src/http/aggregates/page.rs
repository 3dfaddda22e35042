//! Figures as a page: it says what the JSON says.

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

/// A figure; what is withheld is said to be.
fn figure(value: &Json, language: Language) -> Markup {
    let number = value.to_string();
    let number = if language == Language::Vi { number.replace('.', ",") } else { number };
    html! {
        @if value.is_null() { i { (pick(language, "không công bố", "withheld")) } } @else { (number) }
    }
}

/// The content of the page.
pub fn content(body: &Json, language: Language) -> Markup {
    let sums = body["sums"].as_array().map_or(&[][..], Vec::as_slice);
    let line = |code: &str, name: Markup, figures: &Json| {
        html! { tr {
            td { (code) }
            td { (name) }
            td { (figure(&figures["count"], language)) }
            @for sum in sums { td { (figure(&figures["sums"][text(&sum["name"])], language)) } }
        } }
    };
    let own = format!("/aggregates/{}", text(&body["id"]));
    html! {
        p { (text(&body["description"])) }
        p { (pick(language, "Số liệu lúc ", "As of ")) (text(&body["as_of"])) ". "
            a href={ (own) "?f=csv" } { "CSV" } " " a href={ (own) "?f=json" } { "JSON" } }
        div.wide tabindex="0" { table {
            thead { tr {
                th scope="col" { (pick(language, "Mã xã", "Code")) }
                th scope="col" { (pick(language, "Xã, phường", "Commune")) }
                th scope="col" { (pick(language, "Số lượng", "Count")) }
                @for sum in sums {
                    th scope="col" { (text(&sum["title"])) @if let Some(unit) = sum["unit"].as_str() { " (" (unit) ")" } }
                }
            } }
            tbody {
                (line("", html! { b { (pick(language, "Toàn tỉnh", "Whole province")) } }, &body["total"]))
                @for commune in body["communes"].as_array().into_iter().flatten() {
                    (line(text(&commune["code"]), html! { (text(&commune["name"])) }, commune))
                }
            }
        } }
    }
}
