//! `diaban publish`: snapshots of layers.

use super::{
    demo, no_layer,
    refusal::{self, refusal},
    serve, told,
};
use crate::{
    config::DatabaseSettings,
    import::{Words, words},
    layer::{AccessClass, Caller, Catalog, Language, LayerView},
    store::{
        postgis::Database,
        publish,
        snapshot::{Manifest, SnapshotFolder},
    },
};
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Write snapshots of layers into the data folder (xuất bản lớp dữ liệu)
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
    pub async fn run(self, language: Language) -> Result<ExitCode> {
        let catalog = serve::catalog(&self.database)?;
        let views = views(&catalog, &self.names)?;
        let folder = SnapshotFolder::of(&self.database.data);
        if self.dry_run {
            views.iter().for_each(|view| {
                told::line(format_args!("{}: {}", view.id(), folder.path().join(view.id()).display()))
            });
            return Ok(ExitCode::SUCCESS);
        }
        let database = serve::open_made(&self.database, &catalog, language).await?;
        let synthetic = !database.runs_signed(demo::SIGNATURE).await?.is_empty();
        let mut failed = 0;
        for view in &views {
            tokio::select! {
                done = one(&database, &folder, view, synthetic, language) => failed += u32::from(!done),
                () = super::interrupted() => {
                    return Err(refusal(
                        "đã ngắt; các bản chụp trước vẫn được dùng",
                        "stopped; the snapshots before stay in use",
                    ));
                }
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
    ids.iter().map(|id| catalog.view(id, &everything).ok_or_else(|| no_layer(catalog, id))).collect()
}

/// Publishes one layer and says how it went.
async fn one(
    database: &Database,
    folder: &SnapshotFolder,
    view: &LayerView,
    synthetic: bool,
    language: Language,
) -> bool {
    let started = Instant::now();
    let rows = Arc::new(AtomicU64::new(0));
    let bar = progress(view.id(), language);
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
            told::line(format_args!("{}", summary(&manifest, started.elapsed()).of(language)));
            true
        }
        Err(error) => {
            told::note(format_args!("diaban: {}: {}", view.id(), refusal::told(&error.into(), language)));
            false
        }
    }
}

fn progress(layer: &str, language: Language) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    let form = words(
        "{spinner} {prefix}: {human_pos} dòng, {per_sec}, {elapsed}",
        "{spinner} {prefix}: {human_pos} rows, {per_sec}, {elapsed}",
    );
    if let Ok(style) = ProgressStyle::with_template(form.of(language)) {
        bar.set_style(style);
    }
    bar.set_prefix(layer.to_owned());
    bar
}

fn summary(manifest: &Manifest, took: Duration) -> Words {
    let bytes: u64 = manifest.files.iter().map(|f| f.bytes).sum();
    let Manifest { layer, count, unplaced, .. } = manifest;
    let (overviews, megabytes, seconds) = (manifest.files.len() - 1, bytes as f64 / 1e6, took.as_secs_f64());
    let mut text = words(
        format!("{layer}: {count} đối tượng, {overviews} bản khái quát, {megabytes:.1} MB, {seconds:.1} s"),
        format!("{layer}: {count} features, {overviews} overviews, {megabytes:.1} MB, {seconds:.1} s"),
    );
    let (none, told) = (unplaced.count(), 10);
    if none > 0 {
        text.add(&words(
            format!("; {none} dòng không lên bản đồ được:"),
            format!("; {none} rows on no map:"),
        ));
        for row in unplaced.rows.iter().take(told) {
            let (id, reason) = (row.id, &row.reason);
            text.add(&words(format!("\n  id {id}: {}", reason.words().vi), format!("\n  id {id}: {reason}")));
        }
        let more = none.saturating_sub(told as u64);
        if more > 0 {
            text.add(&words(
                format!("\n  … và {more} dòng nữa, ghi trong manifest của bản chụp"),
                format!("\n  … and {more} more, listed in the manifest"),
            ));
        }
    }
    text
}
