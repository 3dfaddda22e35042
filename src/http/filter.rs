//! `filter`, `filter-lang` and `filter-crs` (OGC API Features Part 3, 19-079r2), and `sortby`.

use super::{Problem, parameters::Parameters, problem::shown, systems};
use crate::{
    layer::{AttributeType, LayerView},
    query::{
        SortKey,
        filter::{Filter, FilterLang},
    },
};
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// The parameters that [`filter`] reads.
pub const FILTER_PARAMETERS: [&str; 3] = ["filter", "filter-lang", "filter-crs"];
/// Attributes to sort by at most.
const SORT_KEYS_MAX: usize = 8;

/// The filter of a request, bound to all that the view's caller may ask for.
pub fn filter(view: &LayerView, parameters: &Parameters) -> Result<Option<Arc<Filter>>, Problem> {
    let lang = lang(parameters)?;
    let system = systems::named(parameters, "filter-crs")?;
    let Some(text) = parameters.value("filter") else { return Ok(None) };
    let filter = Filter::parse(text, lang, &view.whole(), system)?;
    Ok(Some(Arc::new(filter)))
}

/// The filter of a request whose body is a JSON document: it stands there, or in the address.
pub fn filter_in(
    document: &Map<String, Json>,
    view: &LayerView,
    parameters: &Parameters,
) -> Result<Option<Arc<Filter>>, Problem> {
    let members = members(document)?;
    if members.is_empty() {
        return filter(view, parameters);
    }
    filter(view, &Parameters::of(members, &FILTER_PARAMETERS)?)
}

/// The members of a JSON document that make its filter, as parameters. The filter may be CQL2 JSON
/// as it is.
pub fn members(document: &Map<String, Json>) -> Result<Vec<(String, String)>, Problem> {
    let mut list = Vec::new();
    for name in FILTER_PARAMETERS {
        let text = match document.get(name) {
            None | Some(Json::Null) => continue,
            Some(Json::String(text)) => text.clone(),
            Some(value @ Json::Object(_)) if name == "filter" => {
                if !document.contains_key("filter-lang") {
                    list.push(("filter-lang".to_owned(), "cql2-json".to_owned()));
                }
                value.to_string()
            }
            Some(_) if name == "filter" => {
                return Err(Problem::bad_request("filter: it is CQL2 text, or an object of CQL2 JSON"));
            }
            Some(_) => return Err(Problem::bad_request(format!("{name}: it is a text"))),
        };
        list.push((name.to_owned(), text));
    }
    Ok(list)
}

/// Without `filter-lang` it is text, unless it begins as only JSON does.
fn lang(parameters: &Parameters) -> Result<FilterLang, Problem> {
    let begins_as_json = parameters.value("filter").is_some_and(|text| text.trim_start().starts_with('{'));
    match parameters.value("filter-lang") {
        None if begins_as_json => Ok(FilterLang::Json),
        None | Some("cql2-text") => Ok(FilterLang::Text),
        Some("cql2-json") => Ok(FilterLang::Json),
        Some(other) => Err(Problem::bad_request(format!(
            "filter-lang: {} is none of cql2-text, cql2-json",
            shown(other)
        ))),
    }
}

/// `sortby`: attributes joined by commas, each with `+` (from the least, if nothing is said) or `-`
/// before it.
pub fn sort_keys(view: &LayerView, parameters: &Parameters) -> Result<Vec<SortKey>, Problem> {
    let Some(text) = parameters.value("sortby") else { return Ok(Vec::new()) };
    let mut keys: Vec<SortKey> = Vec::new();
    for item in text.split(',') {
        // A plus that was not percent-encoded arrives as a space.
        let item = item.trim();
        let (descending, name) = match item.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, item.strip_prefix('+').unwrap_or(item)),
        };
        let wrong = |why: &str| {
            let names: Vec<&str> = sortables(view).map(|a| a.name.as_str()).collect();
            Problem::bad_request(format!("sortby: {} {why}; there are {}", shown(name), names.join(", ")))
        };
        if view.attribute(name).is_none() {
            return Err(wrong("is no attribute of this layer"));
        }
        if !sortables(view).any(|a| a.name == name) {
            return Err(wrong("is a list, which has no order"));
        }
        if keys.iter().any(|key| key.attribute == name) {
            return Err(wrong("stands twice"));
        }
        keys.push(SortKey { attribute: name.to_owned(), descending });
    }
    if keys.len() > SORT_KEYS_MAX {
        return Err(Problem::bad_request(format!("sortby: takes at most {SORT_KEYS_MAX} attributes")));
    }
    Ok(keys)
}

/// The attributes by which features can be sorted.
pub fn sortables(view: &LayerView) -> impl Iterator<Item = &crate::layer::Attribute> {
    view.attributes().filter(|a| a.kind != AttributeType::TextList)
}
