//! The members of a JSON document as lists and tables. Whatever stands in it is text: nothing is
//! taken for markup.

use super::words;
use crate::layer::Language;
use maud::{Markup, html};
use serde_json::{Map, Value as Json};

/// Members that stand first, in this order; `links` stand last.
const FIRST: [&str; 7] = ["title", "description", "id", "type", "numberMatched", "numberReturned", "extent"];
/// Deeper than any document of ours.
const DEPTH_MAX: u32 = 16;

/// A whole document. Its title is the page's own.
pub fn document(body: &Json, language: Language) -> Markup {
    let Json::Object(members) = body else { return value(body, language, 0) };
    html! {
        @for (name, member) in ordered(members).filter(|(name, _)| *name != "title" && *name != "links") {
            @match member {
                Json::Array(_) | Json::Object(_) => section {
                    h2 { (words::of(name, language)) }
                    (value(member, language, 1))
                },
                _ => p { b { (words::of(name, language)) } ": " (value(member, language, 1)) },
            }
        }
        @if let Some(Json::Array(links)) = members.get("links") {
            section { h2 { (words::of("links", language)) } (link_list(links, language)) }
        }
    }
}

fn ordered(members: &Map<String, Json>) -> impl Iterator<Item = (&str, &Json)> {
    let first = FIRST.iter().filter_map(|name| Some((*name, members.get(*name)?)));
    let rest = members.iter().filter(|(name, _)| !FIRST.contains(&name.as_str()));
    first.chain(rest.map(|(name, member)| (name.as_str(), member)))
}

/// A value of any kind.
pub fn value(value_: &Json, language: Language, depth: u32) -> Markup {
    if depth > DEPTH_MAX {
        return html! { "…" };
    }
    match value_ {
        Json::Null => html! {},
        Json::Bool(v) => html! { (v) },
        Json::Number(v) => html! { (v) },
        Json::String(text) => text_or_link(text),
        Json::Array(list) if list.iter().all(is_link) && !list.is_empty() => link_list(list, language),
        Json::Array(list) if list.iter().all(Json::is_object) => rows(list, language, depth),
        Json::Array(list) if list.iter().any(|v| v.as_str().is_some_and(is_address)) => html! {
            ul { @for item in list { li { (value(item, language, depth + 1)) } } }
        },
        Json::Array(list) => html! {
            @for (i, item) in list.iter().enumerate() {
                @if i > 0 { ", " }
                (value(item, language, depth + 1))
            }
        },
        Json::Object(members) => html! {
            dl {
                @for (name, member) in ordered(members) {
                    dt { (words::of(name, language)) }
                    dd { (value(member, language, depth + 1)) }
                }
            }
        },
    }
}

/// Objects of one kind as a table: a column for each name that any of them has.
fn rows(list: &[Json], language: Language, depth: u32) -> Markup {
    let mut columns: Vec<&str> = Vec::new();
    for (name, _) in list.iter().filter_map(Json::as_object).flat_map(ordered) {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    let own_address = |row: &Json| {
        let links = row["links"].as_array()?;
        let own = links.iter().find(|link| link["rel"] == "self")?;
        own["href"].as_str().map(str::to_owned)
    };
    columns.retain(|name| !["links", "crs", "storageCrs", "itemType"].contains(name));
    let first = columns.first().copied().unwrap_or_default();
    html! {
        div.wide tabindex="0" { table {
            thead { tr { @for name in &columns { th scope="col" { (words::of(name, language)) } } } }
            tbody { @for row in list { tr { @for name in &columns {
                td {
                    @match own_address(row).filter(|_| *name == first) {
                        Some(address) => a href=(address) { (value(&row[*name], language, depth + 1)) },
                        None => (value(&row[*name], language, depth + 1)),
                    }
                }
            } } } }
        } }
    }
}

fn is_link(value: &Json) -> bool {
    value["href"].is_string() && value["rel"].is_string()
}

/// Links; one with templates is not one that can be followed.
fn link_list(links: &[Json], language: Language) -> Markup {
    html! {
        ul { @for link in links {
            @let href = link["href"].as_str().unwrap_or_default();
            @let rel = link["rel"].as_str().unwrap_or_default();
            @let short = rel.rsplit('/').next().unwrap_or_default();
            @let kind = link["type"].as_str().unwrap_or_default();
            li {
                (words::of(short, language)) ": "
                @if href.contains('{') || !is_address(href) { code { (href) } } @else { a href=(href) { (href) } }
                " " small { (kind) }
            }
        } }
    }
}

fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

fn text_or_link(text: &str) -> Markup {
    match is_address(text) && !text.contains(['{', ' ', '"']) {
        true => html! { a href=(text) rel="nofollow noopener" { (text) } },
        false => html! { (text) },
    }
}
