//! `filter`, `filter-lang` and `filter-crs` (OGC API Features Part 3, 19-079r2), and `sortby`.

use super::{Problem, parameters::Parameters, problem::shown, systems};
use crate::{
    layer::{AttributeType, LayerView},
    query::{
        SortKey,
        filter::{Filter, FilterLang},
    },
};
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
