//! An agency's file into a layer: read, matched, checked, loaded whole or not at all.
//!
//! `file` tells what a file is, `plan` settles what is read of it (`columns`, `sheet`, `evidence`), `read` is GDAL, `rows`
//! turns rows into what the database takes (`values`, `geometry`, `corners`, `rule`), `store::postgis` stages and merges
//! them in one transaction, `refused` gives back what is not taken. Must not know HTTP, nor who asks.

mod against_layer;
mod agreement;
mod batches;
mod beside_layer;
mod columns;
mod corners;
mod delivered;
mod doubt;
mod edit;
mod error;
/// Which system the coordinates of a file are in, by where its features would lie.
pub mod evidence;
mod file;
mod geometry;
mod look;
mod outgoing;
/// Where coordinates would lie.
pub mod place;
mod placing;
mod plan;
mod read;
mod refused;
mod rehearsal;
mod report;
mod request;
mod row;
mod rows;
mod rule;
mod sent;
mod sheet;
mod system;
mod values;
mod words;

pub use agreement::Agreement;
pub use columns::text::{AmbiguousText, title as encoding_title};
pub use edit::LayerEditor;
pub use error::ImportError;
pub use error::vietnamese::{disagreement, staging, undo};
pub use file::archive;
pub use read::area::{AreaFileError, AreaFormat, FileAreas, read_area};
pub use refused::MaxRefused;
pub use rehearsal::rehearse;
pub use report::file::{findings_csv, findings_json, report_json};
pub use report::{
    FileReport, Finding, ImportReport, Loaded, MAX_FINDINGS, Phase, Progress, Rule, Severity, Silent,
    SystemFrom,
};
pub use request::{ColumnEncoding, ColumnMapping, Constant, ImportRequest, RefusedFile, scope};
pub use sent::LayerImporter;
pub use words::{SYSTEM, Words, quoted, words};

use crate::{
    layer::{Attribute, Catalog, LayerDefinition},
    store::postgis::{BesideRows, Database, Expected, RowEncoder, Staging, StagingError, staging_session},
};
use bytes::Bytes;
use evidence::Ground;
use file::sources::Sources;
use plan::Plan;
use refused::{RefusedRows, files::RefusedFiles};
use rule::RuleGround;
use std::{path::PathBuf, sync::Arc};
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

/// How often rows are held against a layer that others change meanwhile, until it is said.
const ATTEMPTS_MAX: u32 = 5;
/// Chunks that wait for the database at most: 16 MB.
const CHUNKS_WAITING: usize = (16 << 20) / outgoing::CHUNK_BYTES;

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

/// Loads the request's files into its layer: all rows, or those that are not refused where so
/// many may be, or none. Dropping the future leaves the layer as it was. Nothing is told or loaded before the
/// coordinates are known to be right here (`agreement`).
///
/// # Errors
/// Where no row could be judged. Rows that were refused are no error here: they stand in the
/// report, and nothing was loaded where they are more than may be.
pub async fn run(
    database: &Database,
    catalog: &Catalog,
    request: &ImportRequest,
    mut agreement: Agreement,
    progress: Arc<dyn Progress>,
) -> Result<ImportReport, ImportError> {
    check(catalog, request)?;
    let (given, asked) = (&request.files, request.clone());
    let sources = tokio::task::spawn_blocking(move || Sources::of(&asked)).await;
    let sources = sources.map_err(|e| ImportError::Reader(e.to_string()))??;
    let request = ImportRequest { files: sources.files().to_vec(), ..request.clone() };
    let outcome = load(database, catalog, &request, given, (&mut agreement, progress)).await;
    outcome.map(|report| sources.named(report)).map_err(|error| sources.named_in(error))
}

async fn load(
    database: &Database,
    catalog: &Catalog,
    request: &ImportRequest,
    delivered: &[PathBuf],
    (agreement, progress): (&mut Agreement, Arc<dyn Progress>),
) -> Result<ImportReport, ImportError> {
    // Most rows need no staging table, unless one of them turns out to be such that only that can tell.
    let quick = !request.dry_run && request.only.is_none();
    if let Some(report) =
        attempt(database, catalog, request, delivered, (agreement, &progress), quick).await?
    {
        return Ok(report);
    }
    for _ in 1..ATTEMPTS_MAX {
        match attempt(database, catalog, request, delivered, (agreement, &progress), false).await {
            // Others changed the layer between what was asked of it and what was to be written.
            Err(ImportError::Staging(StagingError::Outdated(_))) | Ok(None) => {}
            outcome => return outcome?.ok_or_else(|| ImportError::Reader("it ended early".to_owned())),
        }
    }
    let report = attempt(database, catalog, request, delivered, (agreement, &progress), false).await?;
    report.ok_or_else(|| ImportError::Reader("it ended early".to_owned()))
}

/// Loads the files; the `quick` way without staging all rows. `None` where that way cannot be gone; then nothing
/// has changed.
async fn attempt(
    database: &Database,
    catalog: &Catalog,
    request: &ImportRequest,
    delivered: &[PathBuf],
    (agreement, progress): (&mut Agreement, &Arc<dyn Progress>),
    quick: bool,
) -> Result<Option<ImportReport>, ImportError> {
    let layer = layer(catalog, request)?;
    let started_at = OffsetDateTime::now_utc();
    let checksums = delivered::checksums(delivered);
    let ground = Ground::load(database, catalog, request.reference.as_deref()).await?;
    let rule_ground = RuleGround::read(database, catalog, layer).await?;
    let reader = Reader::start(request, layer, catalog, ground, rule_ground, Arc::clone(progress));
    let Reader { planned, encoder, chunks, report, verdict, outcome } = reader;
    let Ok((attributes, rows)) = planned.await else {
        return Err(settled(agreement, outcome).await);
    };
    let mut client = staging_session(database).await?;
    let expected = rows.filter(|_| quick).map(|rows| Expected { rows, mode: request.mode });
    let by = request.by.as_deref();
    let mut staging = Staging::begin(&mut client, layer, &attributes, by, expected).await?;
    against_layer::check_scope(&staging, request)?;
    if encoder.send(staging.encoder()).is_err() {
        return Err(failure(outcome.await));
    }
    staging.read_known().await?;
    let copied = staging.copy(chunks).await;
    if quick && matches!(copied, Err(StagingError::Refused(_))) {
        return Ok(None);
    }
    // A file that cannot be read ends the copy too: what the reader says comes first.
    let Ok(read) = report.await else { return Err(settled(agreement, outcome).await) };
    agreement.settle().await?;
    copied?;
    let Some((mut report, kept)) = read else {
        staging.abandon().await?;
        return Ok(None);
    };
    staging.keep(kept);
    against_layer::check(&mut staging, &mut report, request, layer).await?;
    let mut written = RefusedFiles::default();
    if verdict.send(std::mem::take(&mut report.refused_rows)).is_ok() {
        match outcome.await {
            Ok(Ok(files)) => written = files,
            outcome => return Err(failure(outcome)),
        }
    }
    if report.is_refused() {
        staging.abandon().await?;
        report.filled = 0;
        report.keep_refused(written);
        return Ok(Some(report));
    }
    progress.begin(Phase::Loading, Some(report.read));
    let planned = against_layer::plan(&mut staging, &mut report, request, layer, progress).await?;
    let record = delivered::record(request, &report, checksums.await?, started_at);
    let (mode, only, keep) = (request.mode, request.only.as_ref(), !request.dry_run);
    match staging.write(&record, mode, only, planned, keep).await {
        Err(StagingError::Refused(_) | StagingError::Outdated(_)) if quick => Ok(None),
        Err(error) => Err(not_loaded(error, written)),
        Ok(merged) => {
            report.keep_refused(written);
            report.loaded = merged.done.into();
            report.run = merged.run;
            Ok(Some(report))
        }
    }
}

/// Why rows are not loaded, as far as anybody knows. Where that is not far the files of those that were refused stay, and
/// where they are is said: if the others are loaded, they are missed.
fn not_loaded(error: StagingError, refused: RefusedFiles) -> ImportError {
    if !matches!(error, StagingError::Unsettled(_)) {
        return error.into();
    }
    match refused.keep().0 {
        none if none.is_empty() => error.into(),
        refused => ImportError::Unsettled { error, refused },
    }
}

/// The threads that read the files. They stay open until the rows that are refused are known, and
/// those are written.
struct Reader {
    /// The attributes that are written, and how many rows the files say they have.
    planned: oneshot::Receiver<(Vec<Attribute>, Option<u64>)>,
    encoder: oneshot::Sender<RowEncoder>,
    chunks: mpsc::Receiver<Bytes>,
    report: oneshot::Receiver<Option<(ImportReport, BesideRows)>>,
    verdict: oneshot::Sender<RefusedRows>,
    outcome: tokio::task::JoinHandle<Result<RefusedFiles, ImportError>>,
}

impl Reader {
    fn start(
        request: &ImportRequest,
        layer: &Arc<LayerDefinition>,
        catalog: &Catalog,
        ground: Ground,
        rule_ground: RuleGround,
        progress: Arc<dyn Progress>,
    ) -> Self {
        let (sender, chunks) = mpsc::channel(CHUNKS_WAITING);
        let (settled, planned) = oneshot::channel();
        let (encoder, encodes) = oneshot::channel();
        let (read, report) = oneshot::channel();
        let (verdict, refused) = oneshot::channel();
        let (request, layer, agencies) = (request.clone(), Arc::clone(layer), catalog.agencies().clone());
        let outcome = tokio::task::spawn_blocking(move || {
            let gone = || ImportError::Reader("the database went away".to_owned());
            let mut plan = Plan::new(&request, &layer, &agencies, rule_ground.fills_communes(&layer))?;
            progress.begin(Phase::Reading, plan.rows());
            settled.send((plan.attributes.clone(), plan.rows())).map_err(|_| gone())?;
            let encoder = encodes.blocking_recv().map_err(|_| gone())?;
            let rows = rows::read_all(
                &mut plan,
                &request,
                &layer,
                &ground,
                &rule_ground,
                (encoder, &sender),
                progress.as_ref(),
            )?;
            // The rows end where the sender goes.
            drop(sender);
            read.send(rows).map_err(|_| gone())?;
            let refused = refused.blocking_recv().map_err(|_| gone())?;
            refused::write::write(&plan.files, &plan.sources, &refused, &request)
        });
        Self { planned, encoder, chunks, report, verdict, outcome }
    }
}

/// Why nothing is loaded: that the coordinates do not agree comes before what the reader says.
async fn settled(
    agreement: &mut Agreement,
    outcome: tokio::task::JoinHandle<Result<RefusedFiles, ImportError>>,
) -> ImportError {
    match agreement.settle().await {
        Ok(()) => failure(outcome.await),
        Err(error) => error,
    }
}

fn failure<T>(outcome: Result<Result<T, ImportError>, tokio::task::JoinError>) -> ImportError {
    match outcome {
        Ok(Err(error)) => error,
        Ok(Ok(_)) => ImportError::Reader("it ended early".to_owned()),
        Err(error) => ImportError::Reader(error.to_string()),
    }
}
