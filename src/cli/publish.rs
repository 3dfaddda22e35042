//! `diaban publish`: snapshots of layers.

use super::{demo, serve, told};
use crate::{
    config::DatabaseSettings,
    layer::{AccessClass, Caller, Catalog, LayerView},
    store::{
        postgis::Database,
        publish,
        snapshot::{Manifest, SnapshotFolder},
    },
};
use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Write snapshots of layers into the data folder
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A running server of the same data folder takes a new snapshot into service by itself.\n\n\
    Examples:\n  \
    diaban publish\n  \
    diaban publish land_use_plan road_segment\n  \
    diaban publish --dry-run\n  \
    diaban publish --database-url postgres://diaban@db.example.vn/gis --data /srv/diaban"
)]
pub struct Publish {
    /// Layers; all of them if none is named
    #[arg(value_name = "LAYER")]
    names: Vec<String>,
    /// Only say what would be published
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    database: DatabaseSettings,
}

impl Publish {
    /// Publishes one layer after the other; those that fail are named, and the others go on.
    pub async fn run(self) -> Result<ExitCode> {
        let catalog = serve::catalog(&self.database)?;
        let views = views(&catalog, &self.names)?;
        let folder = SnapshotFolder::of(&self.database.data);
        if self.dry_run {
            views.iter().for_each(|view| {
                told::line(format_args!("{}: {}", view.id(), folder.path().join(view.id()).display()))
            });
            return Ok(ExitCode::SUCCESS);
        }
        let database = serve::open(&self.database, &catalog).await?;
        let synthetic = !database.runs_signed(demo::SIGNATURE).await?.is_empty();
        let mut failed = 0;
        for view in &views {
            tokio::select! {
                done = one(&database, &folder, view, synthetic) => failed += u32::from(!done),
                () = super::interrupted() => bail!("stopped; the snapshots before stay in use"),
            }
        }
        database.close().await;
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// The views of the layers named, or of all, with all that they hold.
pub fn views(catalog: &Catalog, ids: &[String]) -> Result<Vec<LayerView>> {
    let everything = Caller::anonymous(AccessClass::Restricted);
    if ids.is_empty() {
        return Ok(catalog.views(&everything).collect());
    }
    let mut views = Vec::new();
    for id in ids {
        let Some(view) = catalog.view(id, &everything) else {
            let known: Vec<&str> = catalog.definitions().map(|l| l.id.as_str()).collect();
            bail!("there is no layer `{id}`. There are: {}", known.join(", "));
        };
        views.push(view);
    }
    Ok(views)
}

/// Publishes one layer and says how it went.
async fn one(database: &Database, folder: &SnapshotFolder, view: &LayerView, synthetic: bool) -> bool {
    let started = Instant::now();
    let rows = Arc::new(AtomicU64::new(0));
    let bar = progress(view.id());
    let publishing = publish(database, folder, view, synthetic, rows.clone());
    let mut publishing = std::pin::pin!(publishing);
    let outcome = loop {
        tokio::select! {
            outcome = &mut publishing => break outcome,
            () = tokio::time::sleep(Duration::from_millis(200)) => {
                bar.set_position(rows.load(Ordering::Relaxed));
            }
        }
    };
    bar.finish_and_clear();
    match outcome {
        Ok(manifest) => {
            told::line(format_args!("{}", summary(&manifest, started.elapsed())));
            true
        }
        Err(error) => {
            told::note(format_args!("diaban: {}: {error}", view.id()));
            false
        }
    }
}

fn progress(layer: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) =
        ProgressStyle::with_template("{spinner} {prefix}: {human_pos} rows, {per_sec}, {elapsed}")
    {
        bar.set_style(style);
    }
    bar.set_prefix(layer.to_owned());
    bar
}

fn summary(manifest: &Manifest, took: Duration) -> String {
    let bytes: u64 = manifest.files.iter().map(|f| f.bytes).sum();
    let mut text = format!(
        "{}: {} features, {} overviews, {:.1} MB, {:.1} s",
        manifest.layer,
        manifest.count,
        manifest.files.len() - 1,
        bytes as f64 / 1e6,
        took.as_secs_f64()
    );
    let (unplaced, told) = (&manifest.unplaced, 10);
    if unplaced.count() > 0 {
        text += &format!("; {} rows on no map:", unplaced.count());
        for row in unplaced.rows.iter().take(told) {
            text += &format!("\n  id {}: {}", row.id, row.reason);
        }
        let more = unplaced.count().saturating_sub(told as u64);
        if more > 0 {
            text += &format!("\n  … and {more} more, listed in the manifest");
        }
    }
    text
}
