//! `GET /aggregates` and `GET /aggregates/{layer}`: counts and sums by commune of all rows of a layer, those among them
//! that the caller may not see, where the layer's file allows it. The same for everyone, so it takes no condition:
//! two answers about parts of a layer could be held against each other.
//!
//! Must not know what is withheld and why; [`crate::query::aggregates`] does.

/// Counts that are kept for a day.
mod counted;
/// As a table.
mod csv;
/// As a page.
mod page;

pub use counted::Counted;

use super::{
    Problem, SeenSite, Site,
    collections::document_links,
    items::link,
    page::Document,
    parameters::{Parameters, Path},
    problem::shown,
    representation::{DOCUMENT, Languages, Representation},
};
use crate::{
    layer::{AggregateView, Attribute, AttributeType, Language},
    query::aggregates::{Figures, K, Published},
    store::FeatureStore,
    units::{Era, Level, REFORM, Unit},
};
use axum::{
    http::{HeaderMap, Uri},
    response::Response,
};
use serde_json::{Map, Value as Json, json};

/// The forms of figures.
pub const FORMATS: [&str; 3] = ["json", "html", "csv"];

/// The layers of which figures are told.
pub async fn list<S: FeatureStore>(
    site: SeenSite<S>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wanted = Representation::of(&Parameters::strict(&uri, &DOCUMENT)?, &headers)?;
    let own = format!("{}/aggregates", site.base_url(&headers)?);
    let layers = site.catalog.aggregate_views().map(|view| {
        json!({
            "id": view.id(),
            "title": wanted.languages.text(view.title()),
            "sums": sums(&view, wanted.languages),
            "links": [link(&format!("{own}/{}", view.id()), "self", "application/json")],
        })
    });
    let body = json!({
        "description": told(wanted.languages),
        "links": document_links(&own, "application/json"),
        "layers": layers.collect::<Vec<_>>(),
        "synthetic": site.synthetic,
    });
    let title = wanted.languages.pick(
        "Tổng hợp theo xã",
        "Figures by commune",
        "Tổng hợp theo xã / Figures by commune",
    );
    Ok(Document::new(title, "/aggregates", body).answer(&wanted, &site))
}

/// The figures of one layer.
pub async fn of_layer<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // Whether there is such a layer is not told.
    let view = site.catalog.aggregate_view(&layer).ok_or_else(|| {
        let detail = format!(
            "figures of the layer {} are not told to anyone; /aggregates lists those that are",
            shown(&layer)
        );
        Problem::not_found(detail)
    })?;
    let parameters = Parameters::strict(&uri, &DOCUMENT)?;
    let wanted = Representation::among(&FORMATS, &parameters, &headers)?;
    site.shown().note_aggregate(&view);
    let counted = site.counted.of(&site.store, &view).await?;
    let communes = communes(&site);
    let codes: Vec<&str> = communes.iter().map(|unit| unit.code).collect();
    let published = counted.rows.publish(&view, &codes, site.callers.divide(view.id()));
    site.shown().features(published.total.count.unwrap_or_default());
    if parameters.value("f") == Some("csv") {
        return Ok(csv::answer(&view, &communes, &published, wanted.languages));
    }
    let own = format!("{}/aggregates/{layer}", site.base_url(&headers)?);
    let mut body = body(&view, &communes, &published, wanted.languages);
    body["as_of"] = counted.moment().into();
    body["links"] = document_links(&own, "application/json");
    if let Some(links) = body["links"].as_array_mut() {
        links.push(link(&format!("{own}?f=csv"), "alternate", "text/csv"));
    }
    body["synthetic"] = site.synthetic.into();
    let language = wanted.languages.of_page();
    let what = wanted.languages.pick("Theo xã", "By commune", "Theo xã / By commune");
    let title = format!("{what}: {}", wanted.languages.text(view.title()));
    let document = Document::new(&title, &format!("/aggregates/{layer}"), body);
    Ok(document.told_by(|body| page::content(body, language)).answer(&wanted, &site))
}

/// The communes of today, in the order of their codes.
fn communes<S>(site: &Site<S>) -> Vec<Unit> {
    let units = site.units.all().iter().filter(|unit| unit.level == Level::Commune && unit.era == Era::Since);
    let mut communes: Vec<Unit> = units.copied().collect();
    communes.sort_by_key(|unit| unit.code);
    communes
}

fn body(view: &AggregateView, communes: &[Unit], published: &Published, languages: Languages) -> Json {
    let mut groups = Vec::new();
    for (group, own) in published.groups.iter().enumerate() {
        let unit = communes.get(group);
        let mut told = figures(view, own);
        told["code"] = unit.map(|unit| unit.code).into();
        told["name"] = name(unit, languages).into();
        groups.push(told);
    }
    json!({
        "id": view.id(),
        "title": languages.text(view.title()),
        "description": told(languages),
        "communes_since": REFORM.to_string(),
        "threshold": K,
        "sums": sums(view, languages),
        "total": figures(view, &published.total),
        "communes": groups,
    })
}

/// The name of a group: a commune's, or that of what lies in none.
fn name(unit: Option<&Unit>, languages: Languages) -> &'static str {
    let none = "Không thuộc xã nào / In no commune";
    unit.map_or_else(|| languages.pick("Không thuộc xã nào", "In no commune", none), |unit| unit.name)
}

fn figures(view: &AggregateView, figures: &Figures) -> Json {
    let sums: Map<String, Json> = view
        .sums()
        .zip(&figures.sums)
        .map(|(attribute, sum)| {
            (attribute.name.clone(), sum.map(|sum| number(attribute, sum)).unwrap_or_default())
        })
        .collect();
    json!({ "count": figures.count, "sums": sums })
}

/// A sum of whole numbers is one.
fn number(attribute: &Attribute, sum: f64) -> Json {
    let is_whole = attribute.kind == AttributeType::Integer && sum < 9e15;
    if is_whole { json!(sum as i64) } else { json!(sum) }
}

/// What is summed up.
fn sums(view: &AggregateView, languages: Languages) -> Vec<Json> {
    let one = |attribute: &Attribute| {
        json!({
            "name": attribute.name,
            "title": languages.text(&attribute.title),
            "unit": attribute.unit.map(|unit| unit.symbol()),
        })
    };
    view.sums().map(one).collect()
}

/// What the figures are.
fn told(languages: Languages) -> String {
    let vi = format!(
        "Đếm mọi đối tượng của lớp, cả những đối tượng không phải ai cũng được xem; mỗi ngày tính một lần. Nhóm dưới {K} đối \
         tượng không công bố, cùng những nhóm mà nhờ chúng có thể tính ra; tổng của số liệu cũng vậy nếu lộ số liệu của một đối tượng."
    );
    let en = format!(
        "All features of the layer are counted, those too that not everyone may see; once a day. Groups of fewer than {K} are \
         withheld, with others from which they could be reckoned; so are sums that would tell what a single one has."
    );
    match languages {
        Languages::Both => format!("{vi} / {en}"),
        Languages::One(Language::Vi) => vi,
        Languages::One(Language::En) => en,
    }
}
