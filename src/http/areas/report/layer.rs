//! What a report says of one layer.

use super::super::{
    super::{Problem, Site},
    StopOnDrop,
    figures::{figures, group_value},
    left_out::LeftOut,
    note,
};
use crate::{
    area::{Area, Dimension},
    layer::{Attribute, LayerView},
    query::{
        FeatureQuery,
        report::ReportPlan,
        statistics::{GROUPS_MAX, Listed, Part, Statistics, StatisticsQuery, Unanswered},
    },
    store::{FeatureStore, StoreError},
};
use serde_json::{Map, Value as Json, json};
use std::{
    cmp::Ordering,
    sync::{Arc, atomic::AtomicBool},
};
use tokio::time::{Instant, timeout_at};

/// Features of one layer that are listed.
const FEATURES_MAX: usize = 50;
/// Groups of one layer that are told.
const GROUPS_SHOWN: usize = 100;

/// Asks a layer until `deadline`: what is said of it, or that it is left out.
pub async fn layer_report<S: FeatureStore>(
    site: &Site<S>,
    view: &LayerView,
    area: &Arc<Area>,
    select: &FeatureQuery,
    deadline: Instant,
) -> Result<Result<Json, LeftOut>, Problem> {
    let plan = ReportPlan::of(view);
    let stop = Arc::new(AtomicBool::new(false));
    let _guard = StopOnDrop(stop.clone());
    let list_max = if plan.list.is_empty() { 0 } else { FEATURES_MAX };
    let mut query = StatisticsQuery {
        area: Some(area.clone()),
        groups: plan.groups.clone(),
        values: plan.values.clone(),
        list: plan.list.clone(),
        list_max,
        latest: plan.latest.clone(),
        select: select.clone(),
        stop,
        ..StatisticsQuery::default()
    };
    let mut answer = timeout_at(deadline, site.store.statistics(view, &query)).await;
    let too_many = matches!(answer, Ok(Err(StoreError::Unanswered(Unanswered::TooManyGroups))));
    if too_many {
        query.groups.clear();
        answer = timeout_at(deadline, site.store.statistics(view, &query)).await;
    }
    match answer {
        Ok(Ok(statistics)) => Ok(Ok(told(view, &plan, &query, &statistics, too_many))),
        Err(_) | Ok(Err(StoreError::Timeout | StoreError::Unanswered(_))) => {
            let away = Problem::unprocessable(
                "the report takes longer than its time limit; ask for a smaller area, or for fewer layers by `layers`",
            );
            Ok(Err(LeftOut::too_slow(view, away)))
        }
        Ok(Err(error)) => LeftOut::of(view, error).map(Err),
    }
}

fn title(view: &LayerView) -> Json {
    json!({ "vi": view.layer().title.vi, "en": view.layer().title.en })
}

fn told(
    view: &LayerView,
    plan: &ReportPlan,
    query: &StatisticsQuery,
    statistics: &Statistics,
    too_many_groups: bool,
) -> Json {
    let layer = view.layer();
    let mut notes = Vec::new();
    if too_many_groups {
        notes.push(note(
            format!("Có hơn {GROUPS_MAX} nhóm nên không chia nhóm."),
            format!("There are more than {GROUPS_MAX} groups, so none are told apart."),
        ));
    }
    let groups = groups(view, query, statistics);
    if statistics.groups.len() > groups.len() {
        let (shown, all) = (groups.len(), statistics.groups.len());
        notes.push(note(
            format!("{shown} nhóm lớn nhất trong {all} nhóm."),
            format!("The {shown} largest of {all} groups."),
        ));
    }
    let features: Vec<Json> = statistics.listed.iter().map(|one| feature(view, plan, one)).collect();
    let count = statistics.total.count;
    if !plan.list.is_empty() && count > features.len() as u64 {
        let shown = features.len();
        let path = format!("/collections/{}/items", view.id());
        notes.push(note(
            format!("Liệt kê {shown} trong {count} đối tượng; toàn bộ ở {path}."),
            format!("{shown} of {count} features are listed; {path} has all."),
        ));
    }
    if statistics.crossing > 0 {
        let crossing = statistics.crossing;
        notes.push(note(
            format!(
                "{crossing} đối tượng có đường biên tự cắt hoặc chồng lên nhau; chỗ chồng chỉ tính một lần."
            ),
            format!("The rings of {crossing} features cross or overlap; what they cover counts once."),
        ));
    }
    json!({
        "layer": view.id(),
        "title": title(view),
        "theme": { "vi": layer.group.title().vi, "en": layer.group.title().en },
        "basis": layer.basis,
        "rule": if plan.is_own { "layer" } else { "geometry" },
        "latest_change": statistics.latest,
        "attributes": attributes(view, plan),
        "total": figures(view, &query.values, &statistics.total),
        "groups": groups,
        "numberOfGroups": statistics.groups.len(),
        "features": features,
        "numberMatched": count,
        "numberReturned": features.len(),
        "notes": notes,
    })
}

/// What the attributes that are told of are called.
fn attributes(view: &LayerView, plan: &ReportPlan) -> Json {
    let named = plan.groups.iter().chain(&plan.values).chain(&plan.list);
    let one = |attribute: &Attribute| {
        let mut one = json!({ "vi": attribute.title.vi, "en": attribute.title.en });
        if let Some(unit) = attribute.unit {
            one["unit"] = json!({ "vi": unit.title().vi, "en": unit.title().en });
        }
        (attribute.name.clone(), one)
    };
    Json::Object(named.filter_map(|name| view.attribute(name)).map(one).collect::<Map<_, _>>())
}

/// The largest groups, in the order of their values.
fn groups(view: &LayerView, query: &StatisticsQuery, statistics: &Statistics) -> Vec<Json> {
    let size = |i: &usize| {
        let own = &statistics.groups[*i].1;
        (own.area_m2, own.length_m, own.count)
    };
    let larger = |a: &usize, b: &usize| {
        let (a, b) = (size(a), size(b));
        b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)).then(b.2.cmp(&a.2))
    };
    let mut kept: Vec<usize> = (0..statistics.groups.len()).collect();
    if kept.len() > GROUPS_SHOWN {
        kept.sort_by(|a, b| match larger(a, b) {
            Ordering::Equal => a.cmp(b),
            other => other,
        });
        kept.truncate(GROUPS_SHOWN);
        kept.sort_unstable();
    }
    let one = |i: usize| {
        let (key, own) = &statistics.groups[i];
        let by: Map<String, Json> = query
            .groups
            .iter()
            .zip(&key.values)
            .map(|(name, value)| (name.clone(), group_value(view.attribute(name), value)))
            .collect();
        let mut answer = figures(view, &query.values, own);
        answer["by"] = Json::Object(by);
        answer
    };
    kept.into_iter().map(one).collect()
}

fn feature(view: &LayerView, plan: &ReportPlan, one: &Listed) -> Json {
    let named = plan.list.iter().zip(&one.values);
    let properties: Map<String, Json> =
        named.map(|(name, value)| (name.clone(), group_value(view.attribute(name), value))).collect();
    let mut answer = json!({ "id": one.id, "properties": properties, "share": share(&one.part) });
    match one.part.dimension {
        Dimension::Area => answer["area_ha"] = json!(one.part.inside / 1e4),
        Dimension::Length => answer["length_m"] = json!(one.part.inside),
        Dimension::Count => answer["points"] = json!(one.part.inside as u64),
    }
    answer
}

/// The share inside, to a millionth.
fn share(part: &Part) -> f64 {
    (part.share() * 1e6).round() / 1e6
}
