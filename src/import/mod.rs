//! An agency's file into a layer: read, matched, checked, loaded whole or not at all.
//!
//! `plan` settles what is read, `read` is GDAL, `rows` turns rows into what the database takes,
//! `store::postgis` stages and merges them in one transaction. Must not know HTTP, nor who asks.

mod columns;
mod error;
mod format;
mod geometry;
mod json;
mod number;
/// Where coordinates would lie.
pub mod place;
mod plan;
mod position_columns;
mod read;
mod read_area;
mod read_messages;
mod read_system;
mod report;
mod request;
mod rows;
mod values;
mod whole;

pub use error::ImportError;
pub use read_area::{AreaFileError, AreaFormat, FileAreas, read_area};
pub use report::{
    FileReport, Finding, ImportReport, Loaded, MAX_FINDINGS, Phase, Progress, Rule, Silent, SystemFrom,
};
pub use request::{ColumnMapping, Constant, ImportRequest};

use crate::{
    layer::{Attribute, Catalog, LayerDefinition},
    store::postgis::{Database, ImportRecord, Staging, staging_session},
};
use bytes::Bytes;
use plan::Plan;
use std::{collections::BTreeMap, sync::Arc};
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

/// Chunks that wait for the database at most; with the batch in hand, what an import holds in
/// memory.
const CHUNKS_WAITING: usize = 8;

/// Checks what of a request needs neither files nor a database: the layer, the flags.
pub fn check(catalog: &Catalog, request: &ImportRequest) -> Result<(), ImportError> {
    plan::check_request(request, layer(catalog, request)?)
}

fn layer<'a>(catalog: &'a Catalog, request: &ImportRequest) -> Result<&'a Arc<LayerDefinition>, ImportError> {
    catalog.definition(&request.layer).ok_or_else(|| ImportError::UnknownLayer {
        layer: request.layer.clone(),
        known: catalog.definitions().map(|l| l.id.clone()).collect(),
    })
}

/// Loads the request's files into its layer, all rows or none. Dropping the future leaves the
/// layer as it was.
///
/// # Errors
/// Where no row could be judged. Rows that were refused are no error here: they stand in the
/// report, and then nothing was loaded.
pub async fn run(
    database: &Database,
    catalog: &Catalog,
    request: &ImportRequest,
    progress: Arc<dyn Progress>,
) -> Result<ImportReport, ImportError> {
    check(catalog, request)?;
    let layer = layer(catalog, request)?;
    let started_at = OffsetDateTime::now_utc();
    let reader = Reader::start(request, layer, catalog, Arc::clone(&progress));
    let Reader { attributes, chunks, outcome } = reader;
    let Ok(attributes) = attributes.await else {
        return Err(failure(outcome.await));
    };
    let mut client = staging_session(database).await?;
    let mut staging = Staging::begin(&mut client, layer, &attributes).await?;
    let copied = staging.copy(chunks).await;
    // A file that cannot be read ends the copy too: what the reader says comes first.
    let mut report = outcome.await.map_err(|e| ImportError::Reader(e.to_string()))??;
    copied?;
    for duplicate in staging.duplicates().await? {
        note_duplicate(&mut report, request, layer, &duplicate);
    }
    if report.is_refused() {
        staging.abandon().await?;
        return Ok(report);
    }
    progress.begin(Phase::Loading, Some(report.read));
    let merged = staging.merge(&record(request, &report, started_at), !request.dry_run).await?;
    report.loaded = Loaded { new: merged.new, changed: merged.changed, unchanged: merged.unchanged };
    report.run = merged.run;
    Ok(report)
}

struct Reader {
    attributes: oneshot::Receiver<Vec<Attribute>>,
    chunks: mpsc::Receiver<Bytes>,
    outcome: tokio::task::JoinHandle<Result<ImportReport, ImportError>>,
}

impl Reader {
    fn start(
        request: &ImportRequest,
        layer: &Arc<LayerDefinition>,
        catalog: &Catalog,
        progress: Arc<dyn Progress>,
    ) -> Self {
        let (sender, chunks) = mpsc::channel(CHUNKS_WAITING);
        let (settled, attributes) = oneshot::channel();
        let (request, layer, agencies) = (request.clone(), Arc::clone(layer), catalog.agencies().clone());
        let outcome = tokio::task::spawn_blocking(move || {
            let plan = Plan::new(&request, &layer, &agencies)?;
            progress.begin(Phase::Reading, plan.rows());
            if settled.send(plan.attributes.clone()).is_err() {
                return Err(ImportError::Reader("the database went away".to_owned()));
            }
            rows::read_all(plan, &request, &layer, &sender, progress.as_ref())
        });
        Self { attributes, chunks, outcome }
    }
}

fn failure(outcome: Result<Result<ImportReport, ImportError>, tokio::task::JoinError>) -> ImportError {
    match outcome {
        Ok(Err(error)) => error,
        Ok(Ok(_)) => ImportError::Reader("it ended early".to_owned()),
        Err(error) => ImportError::Reader(error.to_string()),
    }
}

fn note_duplicate(
    report: &mut ImportReport,
    request: &ImportRequest,
    layer: &LayerDefinition,
    duplicate: &crate::store::postgis::DuplicateKey,
) {
    let several = request.files.len() > 1;
    let file = |position: i32| usize::try_from(position).ok().and_then(|p| request.files.get(p));
    let name = |(position, row): &(i32, i64)| match file(*position).filter(|_| several) {
        Some(path) => format!("{row} of {}", path.display()),
        None => row.to_string(),
    };
    let all: Vec<String> = duplicate.rows.iter().take(10).map(name).collect();
    // The first row with the key is not at fault.
    for (position, row) in duplicate.rows.iter().skip(1) {
        report.refused += 1;
        report.note(Finding {
            rule: Rule::UniqueKey,
            file: Arc::from(file(*position).map_or(std::path::Path::new(""), |p| p.as_path())),
            row: row.unsigned_abs(),
            key: Some(duplicate.key.clone()),
            attribute: Some(layer.key.join(", ")),
            place: None,
            reason: format!("the key is not unique: rows {} have it", all.join(", ")),
        });
    }
}

fn record(request: &ImportRequest, report: &ImportReport, started_at: OffsetDateTime) -> ImportRecord {
    let mut systems: Vec<_> = report.files.iter().map(|f| f.system).collect();
    systems.dedup();
    let names =
        request.files.iter().map(|f| f.file_name().unwrap_or_default().to_string_lossy().into_owned());
    ImportRecord {
        files: names.collect(),
        crs: systems.iter().map(|s| format!("EPSG:{}", s.code)).collect::<Vec<_>>().join(", "),
        operation: systems.iter().find_map(|s| s.operation()).map(str::to_owned),
        settings: serde_json::json!({
            "sublayer": request.sublayer,
            "map": request.columns.iter().map(|m| (m.source.as_str(), m.attribute.as_str())).collect::<BTreeMap<_, _>>(),
            "set": request.constants.iter().map(|c| (c.attribute.as_str(), c.value.as_str())).collect::<BTreeMap<_, _>>(),
            "crs": request.system.map(|s| format!("EPSG:{}", s.code)),
        }),
        by: request.by.clone(),
        started_at,
        rows: i64::try_from(report.read).unwrap_or(i64::MAX),
    }
}
