//! `GET /units`: administrative units by code or name, with what they came from and went to.

use super::{Problem, Site, parameters::Parameters};
use crate::{
    store::FeatureStore,
    units::{Level, Share, Unit, Units},
};
use axum::{Json, extract::State, http::Uri};
use serde_json::{Value, json};
use std::sync::Arc;

/// Units in one answer.
const UNITS_MAX: usize = 100;

/// The units that `q` means, on the day `date` if there is one, the nearest first.
pub async fn units<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    uri: Uri,
) -> Result<Json<Value>, Problem> {
    let parameters = Parameters::strict(&uri, &["q", "date", "level", "f"])?;
    parameters.format(&["json"])?;
    let text = parameters.value("q").unwrap_or_default();
    let date = parameters.day("date")?;
    let level = parameters.value("level").map(|text| {
        text.parse::<Level>()
            .map_err(|()| Problem::bad_request("level: it is one of province, district, commune"))
    });
    let level = level.transpose()?;
    let found = site.units.find(text, date);
    let of_level: Vec<_> = found.iter().filter(|f| level.is_none_or(|l| l == f.unit.level)).collect();
    let shown: Vec<Value> = of_level.iter().take(UNITS_MAX).map(|f| whole(&site.units, f.unit)).collect();
    Ok(Json(json!({
        "numberMatched": of_level.len(),
        "numberReturned": shown.len(),
        "units": shown,
    })))
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
