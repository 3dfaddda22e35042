//! `GET|POST /report`: one answer about an area over every layer that the caller may see, each by the
//! rule of its file.

/// The corners of an area.
mod corners;
/// What is said of one layer.
mod layer;
/// As a page.
mod page;
/// The map picture.
mod picture;
/// As a workbook.
mod sheets;

use super::{
    super::{
        Problem, SeenSite, Site,
        as_of::DataAsOf,
        items::Form,
        page::Document,
        parameters::{Parameters, chosen_views, interval},
        representation::Representation,
    },
    AREA_CRS, Body, describe, in_time,
    left_out::sort_out,
    note, notes_of,
    sent::{Sent, sent},
    statistics::today,
    without_form,
};
use crate::{
    area::Spec,
    format,
    layer::{Language, LayerView},
    query::{FeatureQuery, TimeInterval},
    store::{FeatureStore, areas::FoundArea},
};
use axum::{
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use layer::layer_report;
use serde_json::{Value as Json_, json};
use std::time::Duration;
use time::{OffsetDateTime, Time, UtcOffset, format_description::well_known::Rfc3339};
use tokio::time::Instant;

/// Those of the query; the first three may also be members of a body.
pub const PARAMETERS: [&str; 6] = ["area", "layers", "datetime", "f", "lang", AREA_CRS];
/// The forms of a report.
const FORMATS: [&str; 3] = ["json", "html", "xlsx"];
/// How long the layers may take together. What is not done by then is left out, and said so.
const LAYERS_TIME_MAX: Duration = Duration::from_secs(15);
/// Layers that are asked at once.
const LAYERS_AT_ONCE: usize = 4;

/// What is asked for.
struct Question {
    area: Spec,
    notes: Vec<Json_>,
    views: Vec<LayerView>,
    datetime: Option<TimeInterval>,
}

/// The answer.
pub async fn report<S: FeatureStore>(
    site: SeenSite<S>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let parameters = Parameters::strict(&uri, &PARAMETERS)?;
    let wanted = Representation::among(&FORMATS, &parameters, &headers)?;
    let sent = sent(&site, &headers, body, &PARAMETERS[..3], parameters.value(AREA_CRS)).await?;
    let question = question(&site, &parameters, &sent)?;
    let as_of = DataAsOf::of(&site, &question.views);
    let shown = site.shown_areas();
    let found = in_time(async |_| Ok(site.areas(&shown).find(&question.area).await?)).await?;
    let answer = answer(&site, &question, &found, &as_of).await?;
    site.shown().more_features(matched(&answer));
    let language = wanted.languages.of_page();
    if parameters.value("f") == Some("xlsx") {
        return Ok((as_of, workbook(&answer, language)?).into_response());
    }
    let title = page::title(&answer, language);
    let mut document = Document::new(&title, "/report", answer);
    if wanted.page {
        let around = site.areas(&shown).around(&found.area, question.datetime).await?;
        let picture = picture::picture(&found.area, &around, &title);
        // The address of an answer to a body does not say what was asked for.
        let asked = sent.is_empty.then(|| without_form(&uri));
        document = document.told_by(|report| page::content(report, &picture, language)).asked_by(asked);
    }
    Ok((as_of, document.answer(&wanted, &site)).into_response())
}

/// The features of all layers that the figures are of.
fn matched(answer: &Json_) -> u64 {
    let layers = answer["layers"].as_array().into_iter().flatten();
    layers.filter_map(|layer| layer["numberMatched"].as_u64()).sum()
}

fn workbook(answer: &Json_, language: Language) -> Result<Response, Problem> {
    let bytes = format::workbook(&sheets::sheets(answer, language))?;
    let headers = [
        (header::CONTENT_TYPE, Form::Xlsx.media_type()),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"report.xlsx\""),
    ];
    Ok((headers, bytes).into_response())
}

fn question<S: FeatureStore>(
    site: &SeenSite<S>,
    parameters: &Parameters,
    sent: &Sent,
) -> Result<Question, Problem> {
    let body = &sent.members;
    let area = sent.area(parameters.value("area"))?.ok_or_else(|| {
        Problem::bad_request(
            "area: it says what the report is about, such as area=commune:27943@2025-07-01 or area=circle:106.41,10.54,500",
        )
    })?;
    let text = |name: &str| match body.get(name) {
        Some(Json_::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Problem::bad_request(format!("{name}: it is a text"))),
        None => Ok(parameters.value(name).map(str::to_owned)),
    };
    let layers = match body.get("layers") {
        Some(list @ Json_::Array(_)) => {
            let names: Vec<String> = serde_json::from_value(list.clone())
                .map_err(|_| Problem::bad_request("layers: it is a list of layer ids"))?;
            Some(names.join(","))
        }
        _ => text("layers")?,
    };
    let datetime = match text("datetime")? {
        Some(text) => interval(&text)?,
        None => {
            let offset = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
            let now = Some(today().with_time(Time::MIDNIGHT).assume_offset(offset));
            Some(TimeInterval { start: now, end: now })
        }
    };
    let views = chosen_views(site, layers.as_deref())?;
    Ok(Question { area, notes: sent.notes.clone(), views, datetime })
}

async fn answer<S: FeatureStore>(
    site: &Site<S>,
    question: &Question,
    found: &FoundArea,
    as_of: &DataAsOf,
) -> Result<Json_, Problem> {
    let deadline = Instant::now() + LAYERS_TIME_MAX;
    let select = FeatureQuery { datetime: question.datetime, ..FeatureQuery::default() };
    let layers = stream::iter(question.views.clone())
        .map(|view| {
            let (area, select) = (found.area.clone(), select.clone());
            async move { layer_report(site, &view, &area, &select, deadline).await }
        })
        .buffered(LAYERS_AT_ONCE);
    // Where nothing can be told there is no report.
    let (layers, left_out) = sort_out(layers.try_collect().await?)?;
    let mut notes = question.notes.clone();
    notes.extend(notes_of(found));
    notes.push(note(
        "Chỉ tính những gì người hỏi được xem; đối tượng tính theo phần nằm trong vùng.",
        "Only what the caller may see is counted; of each feature the part inside counts.",
    ));
    Ok(json!({
        "plane": "EPSG:9210",
        "area": describe(found),
        "made_at": moment(OffsetDateTime::now_utc()),
        "data_as_of": as_of.0.clone().unwrap_or_else(|| moment(OffsetDateTime::now_utc())),
        "valid_in": question.datetime.map(valid_in),
        "corners": corners::corners(&found.area),
        "layers": layers,
        "left_out": left_out,
        "notes": notes,
        "synthetic": site.synthetic,
    }))
}

fn moment(moment: OffsetDateTime) -> String {
    let offset = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
    let moment = moment.replace_nanosecond(0).unwrap_or(moment);
    moment.checked_to_offset(offset).unwrap_or(moment).format(&Rfc3339).unwrap_or_default()
}

/// The time in which features are valid: a day, or an interval.
fn valid_in(interval: TimeInterval) -> Json_ {
    let side = |side: Option<OffsetDateTime>| side.map_or_else(|| "..".to_owned(), moment);
    match interval.start == interval.end {
        true => json!(side(interval.start)),
        false => json!(format!("{}/{}", side(interval.start), side(interval.end))),
    }
}
