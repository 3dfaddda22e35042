//! `GET /units`: administrative units by code or name, with what they came from and went to.

use super::{
    Problem, SeenSite,
    address::without_form,
    collections::advertised,
    page::{Document, PageMap},
    parameters::Parameters,
    representation::Representation,
    search::{self, meet},
};
use crate::{
    query::search::Needle,
    store::{FeatureStore, areas::COMMUNES},
    units::{Era, Level, Share, Unit, Units},
};
use axum::{
    http::{HeaderMap, Uri},
    response::Response,
};
use serde_json::{Value, json};
use std::cmp::Reverse;
use time::Date;

/// Units in one answer.
const UNITS_MAX: usize = 500;

/// The units that `q` means, on the day `date` if there is one, the nearest first.
pub async fn units<S: FeatureStore>(
    site: SeenSite<S>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::strict(&uri, &["q", "date", "level", "f", "lang"])?;
    let wanted = Representation::of(&parameters, &headers)?;
    let text = parameters.value("q").unwrap_or_default();
    let date = parameters.day("date")?;
    let level = parameters.value("level").map(|text| {
        text.parse::<Level>()
            .map_err(|()| Problem::bad_request("level: it is one of province, district, commune"))
    });
    let level = level.transpose()?;
    let found = found(&site.units, text, date, level);
    let shown = found.iter().take(UNITS_MAX).map(|(unit, slips)| {
        let mut shown = whole(&site.units, unit);
        shown["slips"] = (*slips).into();
        shown
    });
    let shown: Vec<Value> = shown.collect();
    let body = json!({
        "numberMatched": found.len(),
        "numberReturned": shown.len(),
        "units": shown,
    });
    let title = wanted.languages.pick(
        "Đơn vị hành chính",
        "Administrative units",
        "Đơn vị hành chính / Administrative units",
    );
    let form = search::form("/units", text, wanted.languages.of_page());
    let mut document = Document::new(title, "/units", body).with_content(form);
    if wanted.page
        && let Ok(view) = site.view(COMMUNES)
    {
        let one = found.first().filter(|(unit, _)| unit.level == Level::Commune && found.len() == 1);
        let features = one.map(|(unit, _)| {
            format!("/collections/{COMMUNES}/items?code={}&datetime={}&f=json", unit.code, unit.era.day())
        });
        let bounds = site.extent(&view).await?.map(advertised);
        document = document.with_map(PageMap { layers: vec![COMMUNES.to_owned()], bounds, features });
    }
    Ok(document.asked_by(Some(without_form(&uri))).answer(&wanted, &site))
}

/// The units that a text means, and by how many slips of typing it misses each. Slips are forgiven, as in
/// `/search`, where nothing is met to the letter.
fn found(units: &Units, text: &str, date: Option<Date>, level: Option<Level>) -> Vec<(Unit, u8)> {
    let of_level = |unit: &Unit| level.is_none_or(|level| level == unit.level);
    let exact = units.find(text, date).into_iter().map(|found| (*found.unit, 0));
    let exact: Vec<_> = exact.filter(|(unit, _)| of_level(unit)).collect();
    let Some(needle) = Needle::new(text).ok().filter(|_| exact.is_empty()) else { return exact };
    let mut near = meet(units.all(), &needle, true);
    near.retain(|(_, unit)| of_level(unit) && date.is_none_or(|date| Era::of(date) == unit.era));
    near.sort_by_key(|(rank, unit)| (*rank, Reverse(unit.era), unit.level, unit.code));
    near.into_iter().map(|(rank, unit)| (unit, rank.slips)).collect()
}

/// A unit in a word or two.
pub fn brief(unit: &Unit) -> Value {
    json!({
        "id": unit.to_string(),
        "level": unit.level.as_str(),
        "code": unit.code,
        "name": unit.name,
        "valid_from": unit.valid_from().map(|d| d.to_string()),
        "valid_to": unit.valid_to().map(|d| d.to_string()),
    })
}

fn whole(units: &Units, unit: &Unit) -> Value {
    let related = |list: Vec<(&Unit, Share)>| {
        let one = |(unit, share): (&Unit, Share)| {
            let mut one = brief(unit);
            one["share"] = share.as_str().into();
            one
        };
        list.into_iter().map(one).collect::<Vec<_>>()
    };
    let mut answer = brief(unit);
    let above = [Level::District, Level::Province];
    let parent = unit.parent.and_then(|code| above.iter().find_map(|l| units.unit(*l, code, unit.era)));
    answer["parent"] = parent.map(brief).unwrap_or_default();
    answer["predecessors"] = related(units.predecessors(unit)).into();
    answer["successors"] = related(units.successors(unit)).into();
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Option<(&'static str, u8)> {
        let found = found(&Units::default(), text, None, None);
        found.first().map(|(unit, slips)| (unit.name, *slips))
    }

    #[test]
    fn slips_are_forgiven_where_nothing_is_met_to_the_letter() {
        assert_eq!(first("Xã Đức Hoà"), Some(("Xã Đức Hòa", 0)));
        assert_eq!(first("duc hoaa"), Some(("Xã Đức Hòa", 1)));
        assert_eq!(first("khnah hau"), Some(("Phường Khánh Hậu", 1)));
        assert_eq!(first("Mỹ Quí"), Some(("Xã Mỹ Quý", 0)));
        assert_eq!(first("can giuocc"), Some(("Xã Cần Giuộc", 1)));
        for text in ["Sài Gòn", "Hà Nội", "279444", "?!", "xyz"] {
            let found = found(&Units::default(), text, None, None);
            assert!(text == "?!" || found.is_empty(), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_is_met_to_the_letter_stands_alone_and_the_nearest_first() {
        let units = Units::default();
        let exact = found(&units, "tan an", None, None);
        assert!(exact.len() > 1 && exact.iter().all(|(_, slips)| *slips == 0), "{exact:?}");
        let near = found(&units, "duc hoaa", Some(time::macros::date!(2025 - 03 - 01)), None);
        assert!(near.iter().all(|(unit, _)| unit.era == Era::Before));
        assert!(near.iter().map(|(_, slips)| slips).is_sorted(), "{near:?}");
        let district = found(&units, "duc hoaa", None, Some(Level::District));
        assert_eq!(district.iter().map(|(u, _)| u.name).collect::<Vec<_>>(), ["Huyện Đức Hòa"]);
    }
}
