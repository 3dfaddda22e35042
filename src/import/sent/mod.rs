//! A file that somebody sends over HTTP: looked at, rehearsed, loaded, taken back, by what the commands do.
//!
//! Must not know HTTP, nor how anybody is known.

/// What is seen of a file as it comes.
mod glance;
/// What stands for the places of files in what is told.
mod names;
/// Why nothing came of it, and what may be chosen.
mod troubles;
/// From what is wished for to a request.
mod wished;

pub(super) use troubles::trouble;

use super::{
    Agreement, ImportError, ImportReport, Phase, Progress, check,
    evidence::Ground,
    file::{sizes, sources::Sources},
    layer, look,
    report::file::report_json,
};
use crate::{
    layer::{Catalog, ImportView},
    store::{
        delivery::{FileImporter, Imported, SentFile, Trouble, TurnedAway, Watch, Wishes},
        postgis::{Database, UndoError, Undone},
    },
};
use futures_util::future::{BoxFuture, FutureExt};
use names::Names;
use serde_json::{Value as Json, json};
use std::{path::PathBuf, sync::Arc};
use tokio::task::spawn_blocking;
use troubles::undoing;

/// Findings that are told; of the rest, how many there are.
const FINDINGS_TOLD: usize = 1_000;
/// Bytes that an archive may hold unpacked.
const UNPACKED_MAX: u64 = 2 << 30;
/// Bytes of refused rows that are written out: what is more could not be sent again.
const REFUSED_MAX: u64 = 256 << 20;
/// Bytes of a workbook's parts together: GDAL holds a sheet in memory.
const WORKBOOK_MAX: u64 = 512 << 20;

/// Loads files into a catalogue's layers.
#[derive(Clone)]
pub struct LayerImporter {
    database: Database,
    catalog: Arc<Catalog>,
}

impl LayerImporter {
    /// Over a prepared database that agrees with the official coordinates.
    pub fn new(database: Database, catalog: Arc<Catalog>) -> Self {
        Self { database, catalog }
    }

    async fn looked(self, view: ImportView, file: SentFile, wishes: Wishes) -> Result<Json, ImportError> {
        let request = wished::request(view.id(), &file, wishes, None)?;
        check(&self.catalog, &request)?;
        let layer = layer(&self.catalog, &request)?.clone();
        let ground = Ground::load(&self.database, &self.catalog, None).await?;
        let looked = spawn_blocking(move || {
            sizes::check_archive(&file.path, UNPACKED_MAX)?;
            let sources = Sources::of(&request)?;
            look::look(&sources, &request, &layer, &ground).map_err(|error| sources.named_in(error))
        });
        looked.await.map_err(|error| ImportError::Reader(error.to_string()))?
    }

    async fn imported(
        self,
        view: ImportView,
        file: SentFile,
        wishes: Wishes,
        (keep, by): (bool, String),
        watch: Arc<dyn Watch>,
    ) -> Result<ImportReport, ImportError> {
        let request = wished::request(view.id(), &file, wishes, Some((keep, by)))?;
        let sized = spawn_blocking(move || sizes::check_archive(&file.path, UNPACKED_MAX));
        sized.await.map_err(|error| ImportError::Reader(error.to_string()))??;
        // Asked when the server began.
        let agreement = Agreement::known();
        super::run(&self.database, &self.catalog, &request, agreement, Arc::new(Watched(watch))).await
    }
}

impl FileImporter for LayerImporter {
    fn glance(&self, file: &SentFile) -> Result<(), TurnedAway> {
        glance::glance(&file.path).map_err(|turned_away| {
            let (error, is_too_large) = *turned_away;
            let Trouble { reason, .. } = Names::of(file).in_trouble(trouble(&error));
            TurnedAway { is_too_large, reason }
        })
    }

    fn look(
        &self,
        view: ImportView,
        file: SentFile,
        wishes: Wishes,
    ) -> BoxFuture<'static, Result<Json, Trouble>> {
        let names = Names::of(&file);
        let looked = self.clone().looked(view, file, wishes);
        async move {
            match looked.await {
                Ok(json) => Ok(names.in_json(json)),
                Err(error) => Err(names.in_trouble(trouble(&error))),
            }
        }
        .boxed()
    }

    fn import(
        &self,
        view: ImportView,
        file: SentFile,
        wishes: Wishes,
        keep: bool,
        by: String,
        watch: Arc<dyn Watch>,
    ) -> BoxFuture<'static, Result<Imported, Trouble>> {
        let names = Names::of(&file);
        let imported = self.clone().imported(view, file, wishes, (keep, by), watch);
        async move {
            match imported.await {
                Ok(report) => Ok(told(report, &names)),
                Err(error) => Err(names.in_trouble(trouble(&error))),
            }
        }
        .boxed()
    }

    fn undo(&self, view: ImportView, run: i64, by: String) -> BoxFuture<'static, Result<Json, Trouble>> {
        let Self { database, catalog } = self.clone();
        async move {
            // What is kept of a run that is no longer there is none of this layer's.
            let history = database.history_of_run(run).await;
            let is_its = history.as_ref().is_ok_and(|h| h.as_ref().is_some_and(|h| h.layer == view.id()));
            if history.is_ok() && !is_its {
                return Err(undoing(&UndoError::NoRun(run)));
            }
            let undone = database.undo(&catalog, run, Some(&by), true).await;
            undone.map(|undone| undone_told(&undone)).map_err(|error| undoing(&error))
        }
        .boxed()
    }
}

fn undone_told(undone: &Undone) -> Json {
    let Undone { layer, run, removed, changed_back, brought_back } = undone;
    json!({ "layer": layer, "run": run, "removed": removed, "changed_back": changed_back, "brought_back": brought_back })
}

/// The report as the command has it, with no more findings than are told, the worst first.
fn told(mut report: ImportReport, names: &Names) -> Imported {
    let all: u64 = report.counts.values().sum();
    report.findings.sort_by_key(|finding| finding.severity);
    report.findings.truncate(FINDINGS_TOLD);
    let refused: Vec<PathBuf> = std::mem::take(&mut report.refused_files);
    let mut json = report_json(&report);
    json["findings_left_out"] = all.saturating_sub(report.findings.len() as u64).into();
    let file = |path: &PathBuf| path.file_name().map(|name| names.of_refused(&name.to_string_lossy()));
    json["refused_files"] = refused.iter().filter_map(file).collect();
    let loaded = report.loaded;
    let gone = if report.mode == crate::store::postgis::Mode::Replace { loaded.gone } else { 0 };
    Imported {
        report: names.in_json(json),
        run: report.run,
        features: loaded.new + loaded.changed + gone,
        refused,
    }
}

/// Hands on how far an import has come.
struct Watched(Arc<dyn Watch>);

impl Progress for Watched {
    fn begin(&self, phase: Phase, total: Option<u64>) {
        let phase = match phase {
            Phase::Reading => "reading",
            Phase::Loading => "loading",
        };
        self.0.begins(phase, total);
    }

    fn advance(&self, rows: u64) {
        self.0.advances(rows);
    }
}
