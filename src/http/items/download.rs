//! `GET /collections/{layer}/download`: all features that are asked for, in one file.
//!
//! Items come page by page; who wants a layer whole takes it here, in the order in which it is
//! stored. Limits: rows, the size of files that are made before they are sent, and time; how many go at
//! once, `limits` holds.

use super::{Delivery, Form, question};
use crate::{
    format::{Rendition, XLSX_FEATURES_MAX},
    http::{
        Problem, SeenSite,
        as_of::DataAsOf,
        parameters::{Parameters, Path},
        systems::content_crs,
    },
    query::FeatureQuery,
    store::{Effort, FeatureStore},
};
use axum::{
    http::{HeaderMap, HeaderName, Uri, header},
    response::{IntoResponse, Response},
};
use std::time::Duration;

/// The most features of a download.
pub const ROWS_MAX: u64 = 20_000_000;
/// The longest that one may take.
pub const TIME_MAX: Duration = Duration::from_secs(3600);
/// How many features there are, where the form has no place for it.
pub const NUMBER_MATCHED: HeaderName = HeaderName::from_static("ogc-numbermatched");

/// A layer, or what is asked for of it, whole.
pub async fn download<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    let parameters = Parameters::strict(
        &uri,
        &question::allowed(&view, &["as_of", "f", "geometry", "crs", "properties"]),
    )?;
    let form = Form::of(parameters.value("f"), &headers)?;
    let positions = form.positions(&view, parameters.value("geometry"))?;
    let system = form.system(&parameters)?;
    let shown = question::shown_attributes(&view, &parameters)?;
    let asked = question::question(&view, &parameters)?;
    let query = FeatureQuery { limit: u32::MAX, order: form.order(), ..asked };
    // It is one number, and not at the pace of whoever takes it.
    let matched = Effort::Question.of(site.store.count(&view, &query)).await?;
    if matched > ROWS_MAX {
        return Err(Problem::too_large(format!(
            "{matched} features are more than a download holds, {ROWS_MAX}; ask for part of them by bbox or attributes"
        )));
    }
    if form == Form::Xlsx && matched > XLSX_FEATURES_MAX {
        return Err(Problem::too_large(format!(
            "{matched} features are more than a sheet holds, {XLSX_FEATURES_MAX}; ask for part of them, or for f=csv"
        )));
    }
    site.shown().features(matched);
    let rows = site.store.rows(&view, &query).await?;
    let rendition = Rendition::new(&view, &shown, system);
    let writer = form.writer(&shown, positions)?;
    let delivery = Delivery::new(rows, rendition, writer, u32::MAX, Box::new(|_| None));
    let delivery = delivery.within(TIME_MAX).told_to(site.sending());
    let body = if form.is_file() { delivery.file().await?.0 } else { delivery.body().await? };
    let name = format!("attachment; filename=\"{layer}.{}\"", form.ending());
    let headers =
        [(header::CONTENT_TYPE, form.content_type().to_owned()), (header::CONTENT_DISPOSITION, name)];
    let matched = [(NUMBER_MATCHED, matched.to_string())];
    Ok((DataAsOf::of(&site, [&view]), headers, matched, content_crs(system), body).into_response())
}
