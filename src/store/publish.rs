//! From PostGIS to a snapshot.

use super::{
    postgis::{Database, DatabaseError, Exported, GarbledRows, RowReader, TableForm},
    snapshot::{Manifest, SnapshotBuilder, SnapshotError, SnapshotFolder, SourceMoment},
};
use crate::layer::LayerView;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Pieces of rows that wait to be read.
const WAITING_MAX: usize = 8;

/// Why a layer was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The files.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The rows.
    #[error(transparent)]
    Rows(#[from] GarbledRows),
    /// A defect.
    #[error("{0}")]
    Internal(String),
}

/// Writes a snapshot of all that `view` holds (it should be that of a caller who may see all),
/// and makes it the layer's newest. `synthetic` says whether the data are made up; `rows` counts along.
pub async fn publish(
    database: &Database,
    folder: &SnapshotFolder,
    view: &LayerView,
    synthetic: bool,
    rows: Arc<AtomicU64>,
) -> Result<Manifest, PublishError> {
    let published = publish_if(|_| true, database, folder, view, synthetic, rows).await?;
    published.ok_or_else(|| PublishError::Internal("nothing was published".to_owned()))
}

/// The same, unless another publisher, who was waited for, has made one that is newer than `newest`.
pub async fn publish_after(
    newest: Option<u64>,
    database: &Database,
    folder: &SnapshotFolder,
    view: &LayerView,
    synthetic: bool,
) -> Result<Option<Manifest>, PublishError> {
    let is_due = move |version: u64| version == newest.map_or(1, |newest| newest + 1);
    publish_if(is_due, database, folder, view, synthetic, Arc::default()).await
}

/// Publishes if that is due once the version has its number.
async fn publish_if(
    is_due: impl FnOnce(u64) -> bool,
    database: &Database,
    folder: &SnapshotFolder,
    view: &LayerView,
    synthetic: bool,
    rows: Arc<AtomicU64>,
) -> Result<Option<Manifest>, PublishError> {
    let (sender, mut pieces) = tokio::sync::mpsc::channel::<Vec<bytes::Bytes>>(WAITING_MAX);
    let (moment_sender, moment) = tokio::sync::oneshot::channel();
    let (begun_sender, begun) = tokio::sync::oneshot::channel();
    let (own_folder, own_view) = (folder.clone(), view.clone());
    let writer = tokio::task::spawn_blocking(move || -> Result<Manifest, PublishError> {
        let mut builder = SnapshotBuilder::new(&own_folder, own_view.definition())?;
        let _ = begun_sender.send(builder.version());
        let mut reader = RowReader::new(&own_view);
        while let Some(piece) = pieces.blocking_recv() {
            reader.read(&piece, |projection, row| -> Result<(), PublishError> {
                rows.fetch_add(1, Ordering::Relaxed);
                Ok(builder.add(projection, row)?)
            })?;
        }
        // Without a moment the rows ended early: nothing is made of them.
        let moment: SourceMoment =
            moment.blocking_recv().map_err(|_| PublishError::Internal("the rows ended early".to_owned()))?;
        Ok(builder.finish(moment)?)
    });
    // The rows are of a moment after other publishers were waited for: the newest version is of the latest moment.
    let ended = |error: tokio::task::JoinError| PublishError::Internal(error.to_string());
    match begun.await {
        Ok(version) if is_due(version) => {}
        Ok(_) => return Ok(None),
        Err(_) => return writer.await.map_err(ended)?.map(Some),
    }
    let exported = database.export(view, sender).await;
    if let Ok(Exported { moment, table }) = &exported {
        let super::postgis::Moment { database, pg_snapshot, witness } = moment.clone();
        let table = table.as_ref().map(TableForm::to_text);
        let _ = moment_sender.send(SourceMoment { database, pg_snapshot, witness, table, synthetic });
    } else {
        drop(moment_sender);
    }
    let written = writer.await.map_err(ended)?;
    exported?;
    written.map(Some)
}
