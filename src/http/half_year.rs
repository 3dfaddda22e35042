//! `GET /quality/half-year`: the six-monthly report by agency, of what the caller may see.
//!
//! What nobody can read out of the data is stated in a file for the command `diaban report`; here it is unknown.

use super::{
    Problem, SeenSite, items::Form, parameters::Parameters, problem::shown, representation::Representation,
};
use crate::{
    format,
    quality::{self, HalfYear, Record, Statements, half_year_page, half_year_sheets},
    store::FeatureStore,
};
use axum::{
    Json,
    http::{HeaderMap, Uri, header},
    response::{Html, IntoResponse, Response},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Values of `f`.
const FORMATS: [&str; 3] = ["json", "html", "xlsx"];
/// Layers that are asked for at once.
const LAYERS_AT_ONCE: usize = 4;

/// The report.
pub async fn half_year<S: FeatureStore>(
    site: SeenSite<S>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::strict(&uri, &["half", "f"])?;
    let wanted = Representation::among(&FORMATS, &parameters, &headers)?;
    let today = quality::today();
    let half = match parameters.value("half") {
        None => HalfYear::of(today),
        Some(text) => text.parse::<HalfYear>().map_err(|_| {
            Problem::bad_request(format!("half: {} is no half-year such as 2026-H1", shown(text)))
        })?,
    };
    let ahead = |error: quality::NotBegun| Problem::bad_request(format!("half: {error}"));
    half.counted_until(today).map_err(ahead)?;
    let record = record(&site, half.moments()).await?;
    let report = quality::half_year(half, &site.catalog, &record, &Statements::default(), today);
    let mut report = report.map_err(ahead)?;
    report["synthetic"] = json!(site.synthetic);
    let said = [(header::VARY, "accept"), (header::CONTENT_LANGUAGE, "vi")];
    if parameters.value("f") == Some("xlsx") {
        let bytes = format::workbook(&half_year_sheets(&report))?;
        let file = format!("attachment; filename=\"bao-cao-{}.xlsx\"", half.name());
        let headers =
            [(header::CONTENT_TYPE, Form::Xlsx.media_type()), (header::CONTENT_DISPOSITION, file.as_str())];
        return Ok((said, headers, bytes).into_response());
    }
    Ok(match wanted.page {
        true => (said, Html(half_year_page(&report))).into_response(),
        false => (said, Json(report)).into_response(),
    })
}

/// What the record tells of the layers that the caller sees.
async fn record<S: FeatureStore>(site: &SeenSite<S>, span: [OffsetDateTime; 2]) -> Result<Record, Problem> {
    let views = site.all_views();
    let checks: Vec<_> = stream::iter(views.clone())
        .map(|view| async move {
            let run = site.store.quality_before(&view, span[1]).await?;
            Ok::<_, Problem>(run.map(|run| (view.id().to_owned(), run)))
        })
        .buffered(LAYERS_AT_ONCE)
        .try_collect()
        .await?;
    Ok(Record {
        seen: Some(views.iter().map(|view| view.id().to_owned()).collect()),
        activity: site.store.activity(&views, span).await?,
        checks: checks.into_iter().flatten().collect::<BTreeMap<_, _>>(),
    })
}
