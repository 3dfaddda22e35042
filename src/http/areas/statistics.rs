//! `GET|POST /collections/{layer}/statistics`: how much of a layer lies in an area, by group.

use super::{
    super::{
        Problem, SeenSite, Site,
        as_of::DataAsOf,
        collections::advertised,
        filter::filter_in,
        page::{Document, PageMap},
        parameters::{Parameters, Path},
        problem::shown,
        representation::Representation,
        units::brief,
    },
    AREA_CRS, Body, describe,
    figures::{figures, group_value},
    in_time, note, notes_of, page,
    sent::{Sent, sent},
    without_form,
};
use crate::{
    area::{Area, Spec, draw},
    feature::Value,
    layer::{AttributeType, LayerView, Title, definition::GeometryFamily},
    query::{
        FeatureQuery,
        statistics::{GroupKey, Statistics, StatisticsQuery, ZONES_MAX, Zones},
    },
    store::{FeatureStore, StoreError, areas::plane_shape},
    units::{Era, Unit},
};
use axum::{
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use futures_util::TryStreamExt;
use serde_json::{Value as Json_, json};
use std::sync::{Arc, atomic::AtomicBool};
use time::{Date, OffsetDateTime, UtcOffset, macros::format_description};

/// Those of the query; the first [`MEMBERS`] may also be members of a body.
pub const PARAMETERS: [&str; 10] =
    ["area", "group", "sum", "datetime", "filter", "filter-lang", "filter-crs", "f", "lang", AREA_CRS];
/// Square metres by which zones overlap before it is said: boundaries that were drawn twice do so by a little.
const OVERLAP_M2: f64 = 1.0;
/// How many.
pub const MEMBERS: usize = 7;

/// What is asked for, before anything is looked up.
struct Question {
    area: Option<Spec>,
    notes: Vec<Json_>,
    groups: Vec<String>,
    zones: Option<ZoneKind>,
    values: Vec<String>,
    select: FeatureQuery,
}

/// What makes zones.
enum ZoneKind {
    Communes(Date),
    Layer(LayerView),
}

impl ZoneKind {
    /// Its member in each group, and what it is called.
    fn named(&self) -> (String, Title) {
        match self {
            Self::Communes(_) => {
                ("commune".to_owned(), Title { vi: "Xã, phường".to_owned(), en: "Commune".to_owned() })
            }
            Self::Layer(view) => (format!("zone:{}", view.id()), view.layer().title.clone()),
        }
    }
}

/// Zones with what they are called.
struct NamedZones {
    member: String,
    ground: Arc<Zones>,
    names: Vec<Json_>,
}

impl NamedZones {
    /// What several zones hold is put together beside the threads that answer.
    async fn new(member: String, areas: Vec<Arc<Area>>, names: Vec<Json_>) -> Result<Self, Problem> {
        let ground = tokio::task::spawn_blocking(|| Arc::new(Zones::new(areas))).await;
        let ground = ground.map_err(|error| Problem::internal(error.to_string()))?;
        Ok(Self { member, ground, names })
    }
}

/// The answer.
pub async fn statistics<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    let parameters = Parameters::strict(&uri, &PARAMETERS)?;
    let wanted = Representation::of(&parameters, &headers)?;
    let sent = sent(&site, &headers, body, &PARAMETERS[..MEMBERS], parameters.value(AREA_CRS)).await?;
    let question = question(&site, &view, &parameters, &sent)?;
    let as_of = DataAsOf::of(&site, [&view]);
    let zones = question.zones.as_ref().map(ZoneKind::named);
    let answer = in_time(|stop| answer(&site, &view, question, stop)).await?;
    // The address of an answer to a body does not say what was asked for.
    let asked = sent.is_empty.then(|| without_form(&uri));
    let title = wanted.languages.pick("Số liệu", "Statistics", "Số liệu / Statistics");
    let title = format!("{title}: {}", wanted.languages.text(&view.layer().title));
    let bounds = match answer["area"]["bbox"].is_array() {
        true => serde_json::from_value(answer["area"]["bbox"].clone()).ok(),
        false => site.extent(&view).await?.map(advertised),
    };
    let map = PageMap { layers: vec![layer.clone()], bounds, features: None };
    let document = Document::new(&title, &format!("/collections/{layer}/statistics"), answer).with_map(map);
    let language = wanted.languages.of_page();
    let told = |answer: &Json_| page::statistics(answer, &view, zones.as_ref(), language);
    Ok((as_of, document.told_by(told).asked_by(asked).answer(&wanted, &site)).into_response())
}

fn question<S: FeatureStore>(
    site: &SeenSite<S>,
    view: &LayerView,
    parameters: &Parameters,
    sent: &Sent,
) -> Result<Question, Problem> {
    let body = &sent.members;
    let list = |name: &str| -> Result<Vec<String>, Problem> {
        let wrong = || Problem::bad_request(format!("{name}: it is a list of names"));
        match body.get(name) {
            Some(Json_::String(text)) => Ok(split(text)),
            Some(list) => serde_json::from_value(list.clone()).map_err(|_| wrong()),
            None => Ok(parameters.value(name).map(split).unwrap_or_default()),
        }
    };
    let datetime = match body.get("datetime") {
        Some(Json_::String(text)) => super::super::parameters::interval(text)?,
        Some(_) => return Err(Problem::bad_request("datetime: it is a text")),
        None => parameters.datetime()?,
    };
    let (mut groups, mut zones) = (Vec::new(), None);
    for name in list("group")? {
        match zone_kind(site, &name)? {
            Some(_) if zones.is_some() => {
                return Err(Problem::bad_request("group: only one of its members can make zones"));
            }
            Some(kind) => zones = Some(kind),
            None if groups.contains(&name) => {
                return Err(Problem::bad_request(format!("group: {} stands twice", shown(&name))));
            }
            None => groups.push(group(view, name)?),
        }
    }
    let mut values = Vec::new();
    for name in list("sum")? {
        if values.contains(&name) {
            return Err(Problem::bad_request(format!("sum: {} stands twice", shown(&name))));
        }
        values.push(number(view, name)?);
    }
    let filter = filter_in(body, view, parameters)?;
    let select = FeatureQuery { datetime, filter, ..FeatureQuery::default() };
    let (area, notes) = (sent.area(parameters.value("area"))?, sent.notes.clone());
    Ok(Question { area, notes, groups, zones, values, select })
}

fn split(text: &str) -> Vec<String> {
    text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// `commune`, `commune@2025-03-01`, `zone:LAYER`; `None` for anything else.
fn zone_kind<S: FeatureStore>(site: &SeenSite<S>, name: &str) -> Result<Option<ZoneKind>, Problem> {
    if let Some(layer) = name.strip_prefix("zone:") {
        let zones = site.view(layer)?;
        let areas = |k: &crate::layer::GeometryType| k.family() == GeometryFamily::Area;
        if !zones.layer().geometry.iter().any(areas) {
            return Err(Problem::bad_request(format!("group: the layer {} has no areas", shown(layer))));
        }
        return Ok(Some(ZoneKind::Layer(zones)));
    }
    let day = match name.split_once('@') {
        _ if name == "commune" => today(),
        Some(("commune", day)) => {
            Date::parse(day, format_description!("[year]-[month]-[day]")).map_err(|_| {
                Problem::bad_request(format!("group: {} is no day such as 2025-03-01", shown(day)))
            })?
        }
        _ => return Ok(None),
    };
    Ok(Some(ZoneKind::Communes(day)))
}

/// Today, in Vietnam.
pub fn today() -> Date {
    let offset = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
    OffsetDateTime::now_utc().to_offset(offset).date()
}

fn group(view: &LayerView, name: String) -> Result<String, Problem> {
    if view.attribute(&name).is_some() {
        return Ok(name);
    }
    let names: Vec<&str> = view.attributes().map(|a| a.name.as_str()).collect();
    Err(Problem::bad_request(format!(
        "group: {} is no attribute of the layer; it is one of commune, commune@DATE, zone:LAYER, {}",
        shown(&name),
        names.join(", ")
    )))
}

fn number(view: &LayerView, name: String) -> Result<String, Problem> {
    let is_number = |kind| matches!(kind, AttributeType::Integer | AttributeType::Number);
    if view.attribute(&name).is_some_and(|a| is_number(a.kind)) {
        return Ok(name);
    }
    let names: Vec<&str> = view.attributes().filter(|a| is_number(a.kind)).map(|a| a.name.as_str()).collect();
    let would_do = if names.is_empty() { "it has none".to_owned() } else { names.join(", ") };
    Err(Problem::bad_request(format!("sum: {} is no number of the layer; allowed: {would_do}", shown(&name))))
}

async fn answer<S: FeatureStore>(
    site: &SeenSite<S>,
    view: &LayerView,
    question: Question,
    stop: Arc<AtomicBool>,
) -> Result<Json_, Problem> {
    let mut found = None;
    if let Some(spec) = &question.area {
        found = Some(site.areas(&site.shown_areas()).find(spec).await?);
    }
    let mut notes = question.notes;
    notes.extend(found.as_ref().map(notes_of).unwrap_or_default());
    let area = found.as_ref().map(|f| f.area.clone());
    let zones = match &question.zones {
        Some(kind) => Some(zones(site, kind, area.as_deref(), &mut notes).await?),
        None => None,
    };
    let query = StatisticsQuery {
        area,
        zones: zones.as_ref().map(|z| z.ground.clone()),
        groups: question.groups,
        values: question.values,
        select: question.select,
        stop,
        ..StatisticsQuery::default()
    };
    let statistics = match site.store.statistics(view, &query).await {
        Err(StoreError::Timeout) => {
            return Err(Problem::unprocessable(
                "the database took longer than its time limit: without a snapshot each feature is cut in the \
                 database, and one of very many positions takes long. `diaban publish` makes a snapshot, which \
                 answers at once; a border in one piece can be divided into several; else ask for a smaller \
                 area or its parts",
            ));
        }
        answer => answer?,
    };
    site.shown().more_features(statistics.total.count);
    notes.extend(remarks(view, &query, &statistics));
    let mut answer = json!({
        "layer": view.id(),
        "plane": "EPSG:9210",
        "area": found.as_ref().map(describe),
        "total": figures(view, &query.values, &statistics.total),
        "notes": notes,
    });
    if zones.is_some() || !query.groups.is_empty() {
        answer["groups"] = groups(view, &query, &statistics, zones.as_ref());
    }
    Ok(answer)
}

/// What must be said about figures.
fn remarks(view: &LayerView, query: &StatisticsQuery, statistics: &Statistics) -> Vec<Json_> {
    let mut notes = Vec::new();
    if query.zones.as_ref().is_some_and(|zones| zones.overlap_m2() > OVERLAP_M2) {
        notes.push(note(
            "Các vùng có chỗ chồng lên nhau: phần nằm trong nhiều vùng được tính ở mỗi vùng, nên tổng các nhóm \
             lớn hơn toàn bộ.",
            "Some zones overlap: what lies in several counts in each, so the groups add up to more than the total.",
        ));
    }
    for name in query.values.iter().filter(|name| view.attribute(name).is_some_and(|a| !a.extensive)) {
        notes.push(note(
            format!("`{name}` không phải đại lượng cộng được theo diện tích nên không có tổng."),
            format!("`{name}` cannot be apportioned, so there is no sum of it."),
        ));
    }
    if statistics.crossing > 0 {
        notes.push(note(
            format!(
                "{} đối tượng có đường biên tự cắt hoặc chồng lên nhau; chỗ chồng chỉ tính một lần.",
                statistics.crossing
            ),
            format!(
                "The rings of {} features cross or overlap; what they cover counts once.",
                statistics.crossing
            ),
        ));
    }
    notes
}

fn groups(
    view: &LayerView,
    query: &StatisticsQuery,
    statistics: &Statistics,
    zones: Option<&NamedZones>,
) -> Json_ {
    let one = |(key, own): &(GroupKey, crate::query::statistics::Figures)| {
        let mut by = serde_json::Map::new();
        if let Some(zones) = zones {
            let name = key.zone.and_then(|number| zones.names.get(number).cloned());
            by.insert(zones.member.clone(), name.unwrap_or_default());
        }
        for (name, value) in query.groups.iter().zip(&key.values) {
            by.insert(name.clone(), group_value(view.attribute(name), value));
        }
        let mut answer = figures(view, &query.values, own);
        answer["by"] = Json_::Object(by);
        answer
    };
    statistics.groups.iter().map(one).collect::<Vec<_>>().into()
}

async fn zones<S: FeatureStore>(
    site: &SeenSite<S>,
    kind: &ZoneKind,
    area: Option<&Area>,
    notes: &mut Vec<Json_>,
) -> Result<NamedZones, Problem> {
    match kind {
        ZoneKind::Communes(day) => {
            let communes = site.areas(&site.shown_areas()).communes(*day).await?;
            let known = site.units.all().iter().filter(|u| u.level == crate::units::Level::Commune);
            let of_day: Vec<&Unit> = known.filter(|u| u.era == Era::of(*day)).collect();
            if communes.len() < of_day.len() {
                notes.push(note(
                    format!(
                        "Có ranh giới của {} trong {} xã, phường; phần còn lại thuộc nhóm ngoài các vùng.",
                        communes.len(),
                        of_day.len()
                    ),
                    format!(
                        "There are boundaries of {} of {} communes; the others are in the group outside the zones.",
                        communes.len(),
                        of_day.len()
                    ),
                ));
            }
            let (units, areas): (Vec<Unit>, Vec<_>) = communes.into_iter().unzip();
            NamedZones::new("commune".to_owned(), areas, units.iter().map(brief).collect()).await
        }
        ZoneKind::Layer(view) => layer_zones(site, view, area).await,
    }
}

async fn layer_zones<S: FeatureStore>(
    site: &Site<S>,
    view: &LayerView,
    area: Option<&Area>,
) -> Result<NamedZones, Problem> {
    let bbox = area.map(|area| {
        let b = area.mercator_bounds();
        let corner = crate::tile::coord::mercator_to_lonlat;
        let ((west, south), (east, north)) = (corner(b.min_x, b.min_y), corner(b.max_x, b.max_y));
        crate::feature::Bbox::new(west, south, east, north)
    });
    let query = FeatureQuery { bbox, limit: ZONES_MAX as u32 + 1, ..FeatureQuery::default() };
    let features: Vec<_> = site.store.features(view, &query).await?.try_collect().await?;
    if features.len() > ZONES_MAX {
        return Err(Problem::unprocessable(format!(
            "group: more than {ZONES_MAX} zones of the layer {} lie there; ask for a smaller area",
            shown(view.id())
        )));
    }
    let named = |name: &str| view.attributes().position(|a| a.name == name);
    let label = view.layer().label.as_deref().and_then(named);
    let (mut areas, mut names) = (Vec::new(), Vec::new());
    for feature in &features {
        let Some(area) = plane_shape(feature).and_then(|shape| draw::area(&shape).ok()) else { continue };
        areas.push(Arc::new(area.0));
        let label = label.map(|place| match &feature.values[place] {
            Value::Text(text) => json!(text),
            other => group_value(None, other),
        });
        names.push(json!({ "id": feature.id, "label": label }));
    }
    NamedZones::new(format!("zone:{}", view.id()), areas, names).await
}
