//! `GET /search`: units and features by name or code, tone marks optional, slips forgiven.

use super::{
    Problem, SeenSite,
    areas::note,
    as_of::DataAsOf,
    collections::advertised,
    items::link,
    page::{Document, PageMap},
    parameters::{Parameters, chosen_views},
    representation::Representation,
    units,
};
use crate::{
    feature::{Bbox, Value},
    layer::{Language, LayerView, Title},
    query::search::{Needle, NeedleError, Rank, SearchFound, SearchHit},
    store::{FeatureStore, areas::COMMUNES},
    units::{Era, Unit, Units},
};
use axum::{
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde_json::{Value as Json, json};
use std::{cmp::Reverse, sync::Arc};

/// Hits in one answer.
pub const HITS_MAX: u32 = 100;

impl From<NeedleError> for Problem {
    fn from(error: NeedleError) -> Self {
        Self::bad_request(format!("q: {error}"))
    }
}

/// What `q` means among the units and the layers that the caller may see, the best first.
pub async fn search<S: FeatureStore>(
    site: SeenSite<S>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::strict(&uri, &["q", "limit", "layers", "f", "lang"])?;
    let wanted = Representation::of(&parameters, &headers)?;
    let limit = parameters.limit()?.min(HITS_MAX) as usize;
    let views = chosen_views(&site, parameters.value("layers"))?;
    let typed = parameters.value("q").unwrap_or_default();
    let title = wanted.languages.pick("Tìm kiếm", "Search", "Tìm kiếm / Search");
    let form = form("/search", typed, wanted.languages.of_page());
    // Who opens the page has typed nothing yet.
    if wanted.page && typed.is_empty() {
        return Ok(Document::new(title, "/search", json!({})).with_content(form).answer(&wanted, &site));
    }
    let needle = Arc::new(Needle::new(typed)?);
    let mut found = site.store.search(&views, &needle, 2 * limit).await?;
    let to_the_letter = found.hits.iter().filter(|hit| hit.rank.slips == 0).count();
    let with_units = parameters.value("layers").is_none();
    let known = if with_units { site.units.all() } else { &[] };
    let mut met = meet(known, &needle, false);
    if met.len() + to_the_letter < limit {
        met = meet(known, &needle, true);
    }
    let base = site.base_url(&headers)?;
    let mut hits: Vec<(_, Json, Option<Bbox>)> = Vec::new();
    for (rank, unit) in met {
        let boundary = take_boundary(&mut found, &unit);
        let order = (rank, false, Reverse(unit.era), String::new(), 0);
        hits.push((order, unit_hit(&unit, rank, boundary.as_ref(), &base), boundary.and_then(|b| b.bbox)));
    }
    for hit in found.hits {
        let Some(view) = views.iter().find(|view| view.id() == hit.layer) else { continue };
        let order = (hit.rank, true, Reverse(Era::Since), hit.layer.clone(), hit.id);
        hits.push((order, feature_hit(view, &hit, &base), hit.bbox));
    }
    hits.sort_by(|a, b| a.0.cmp(&b.0));
    hits.truncate(limit);
    site.shown().features(hits.len() as u64);
    let bounds = hits.iter().filter_map(|hit| hit.2).reduce(Bbox::union);
    let mut body = json!({
        "numberReturned": hits.len(),
        "hits": hits.into_iter().map(|hit| hit.1).collect::<Vec<_>>(),
    });
    if !found.left_out.is_empty() {
        body["layers_left_out"] = json!(found.left_out);
        body["notes"] = json!([note(
            "Các lớp này chưa có bản chụp nên không tìm kiếm được.",
            "There is no snapshot of these layers, so they are not searched.",
        )]);
    }
    let map = PageMap { layers: layers_of(&body), bounds: bounds.map(advertised), features: None };
    let mut document = Document::new(title, "/search", body).with_content(form);
    if bounds.is_some() {
        document = document.with_map(map);
    }
    Ok((DataAsOf::of(&site, &views), document.answer(&wanted, &site)).into_response())
}

/// The units that meet what was typed: by name, by name without its kind, or by code.
pub fn meet(known: &[Unit], needle: &Needle, forgiving: bool) -> Vec<(Rank, Unit)> {
    let rank = |unit: &Unit| {
        let short = unit.short_name();
        let names = [unit.name, unit.bare_name(), &short, unit.code];
        names.iter().filter_map(|name| needle.rank(name, forgiving)).min()
    };
    known.iter().filter_map(|unit| Some((rank(unit)?, *unit))).collect()
}

/// Takes the boundary of a unit out of what was found: the two are one hit.
fn take_boundary(found: &mut SearchFound, unit: &Unit) -> Option<SearchHit> {
    let is_it = |hit: &SearchHit| {
        let value = |name: &str| hit.values.iter().find(|(own, _)| own == name).map(|(_, value)| value);
        let era = match value("valid_from") {
            Some(Value::Date(day)) => Era::of(*day),
            _ => Era::Since,
        };
        let code = matches!(value("code"), Some(Value::Text(code)) if code == unit.code);
        hit.layer == COMMUNES && code && era == unit.era && unit.level == crate::units::Level::Commune
    };
    let place = found.hits.iter().position(is_it)?;
    Some(found.hits.remove(place))
}

fn unit_hit(unit: &Unit, rank: Rank, boundary: Option<&SearchHit>, base: &str) -> Json {
    let own = format!("{base}/units?q={}&level={}", unit.code, unit.level.as_str());
    let mut hit = units::brief(unit);
    hit["kind"] = "unit".into();
    hit["title"] = json!(Units::kind_of(unit));
    hit["slips"] = rank.slips.into();
    let mut links = vec![link(&own, "self", "application/json")];
    links.extend(boundary.map(|b| item_link(b, base, "item")));
    hit["links"] = links.into();
    place(&mut hit, boundary.and_then(|b| b.bbox));
    hit
}

fn feature_hit(view: &LayerView, hit: &SearchHit, base: &str) -> Json {
    let label = view.layer().label.as_ref();
    let label = label.and_then(|name| hit.values.iter().find(|(own, _)| own == name));
    let name = match label {
        Some((_, Value::Text(text))) => text,
        _ => &hit.value,
    };
    let attribute = view.attribute(&hit.attribute).map(|a| &a.title);
    let mut body = json!({
        "kind": "feature",
        "layer": hit.layer,
        "title": view.layer().title,
        "id": hit.id,
        "name": name,
        "attribute": hit.attribute,
        "attribute_title": attribute,
        "value": hit.value,
        "slips": hit.rank.slips,
        "links": [item_link(hit, base, "self")],
    });
    place(&mut body, hit.bbox);
    body
}

fn item_link(hit: &SearchHit, base: &str, rel: &str) -> Json {
    link(&format!("{base}/collections/{}/items/{}", hit.layer, hit.id), rel, "application/geo+json")
}

/// Where a hit is: the box around it and its middle, degrees.
fn place(hit: &mut Json, bbox: Option<Bbox>) {
    let round = |v: f64| (v * 1e7).round() / 1e7;
    hit["bbox"] = json!(bbox.map(|b| b.to_array().map(round)));
    hit["point"] =
        json!(bbox.map(|b| [f64::midpoint(b.min_x, b.max_x), f64::midpoint(b.min_y, b.max_y)].map(round)));
}

/// The layers of the hits, for the map.
fn layers_of(body: &Json) -> Vec<String> {
    let hits = body["hits"].as_array().into_iter().flatten();
    let mut layers: Vec<String> =
        hits.map(|hit| hit["layer"].as_str().unwrap_or(COMMUNES).to_owned()).collect();
    layers.sort();
    layers.dedup();
    layers
}

/// Where one types what is looked for at an address.
pub fn form(address: &str, typed: &str, language: Language) -> Markup {
    let title = Title { vi: "Tên hoặc mã".to_owned(), en: "Name or code".to_owned() };
    let (code, find) = match language {
        Language::Vi => ("vi", "Tìm"),
        Language::En => ("en", "Search"),
    };
    html! {
        form action=(address) role="search" {
            input type="hidden" name="f" value="html";
            input type="hidden" name="lang" value=(code);
            label { (title.of(language)) " " input type="search" name="q" value=(typed) required maxlength="200"; }
            " " button { (find) }
        }
    }
}
