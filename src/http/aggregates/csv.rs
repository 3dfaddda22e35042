//! Figures as CSV (RFC 4180): a line for each commune, one for what lies in none, one for all. Empty is withheld.

use super::{super::items::Form, figures, name};
use crate::{
    http::representation::Languages, layer::AggregateView, query::aggregates::Published, units::Unit,
};
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::Value as Json;

pub fn answer(
    view: &AggregateView,
    communes: &[Unit],
    published: &Published,
    languages: Languages,
) -> Response {
    // Without the mark Excel takes Vietnamese for another encoding.
    let mut text = "\u{feff}commune_code,commune_name,count".to_owned();
    view.sums().for_each(|attribute| text.extend([",sum_", &attribute.name]));
    let all = languages.pick("Toàn tỉnh", "Whole province", "Toàn tỉnh / Whole province");
    let each = published.groups.iter().enumerate().map(|(group, own)| {
        let unit = communes.get(group);
        (unit.map_or("", |unit| unit.code), name(unit, languages), own)
    });
    for (code, name, own) in each.chain([("", all, &published.total)]) {
        let told = figures(view, own);
        let sums = view.sums().map(|attribute| &told["sums"][attribute.name.as_str()]);
        text.extend(["\r\n", code, ",", name]);
        for value in [&told["count"]].into_iter().chain(sums) {
            text.push(',');
            if *value != Json::Null {
                text.push_str(&value.to_string());
            }
        }
    }
    text.push_str("\r\n");
    let file = format!("attachment; filename=\"{}_by_commune.csv\"", view.id());
    let headers = [(header::CONTENT_TYPE, Form::Csv.content_type()), (header::CONTENT_DISPOSITION, &file)];
    (headers, text).into_response()
}
