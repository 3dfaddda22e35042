//! `diaban backup`: all that the database keeps, in one file.

use super::{interrupted, serve, told};
use crate::{
    config::DatabaseSettings,
    store::postgis::{Database, backup::BackupManifest},
};
use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Write all that the database keeps into one file: layers, change log, runs, history
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The file is as the database was at the moment when it began; others go on working meanwhile. It is \
    written\nbeside its place and renamed there once it is whole, over one of that name. Only its owner may read it. Keep \
    it on\nanother machine, with your layer files and settings, and try `diaban restore` on an empty database now and \
    then.\nTables that layers point at (`table` in their files) are another program's, and are not in it.\n\n\
    Examples:\n  \
    diaban backup /srv/backup/diaban-$(date +%F).zip\n  \
    diaban backup --database-url postgres://diaban@db.example.vn/gis diaban.zip"
)]
pub struct Backup {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseSettings,
}

impl Backup {
    /// Writes it whole, or not at all.
    pub async fn run(self) -> Result<ExitCode> {
        let target = serve::target(&self.database);
        if !target.is_made() {
            bail!(
                "there is no database in {}; name its folder with --data, or its address with --database-url",
                self.database.data.display()
            );
        }
        let database = Database::open(&target).await?;
        let bar = bar(None, "Sao lưu / backing up");
        let outcome = tokio::select! {
            outcome = database.backup(&self.file, |bytes| bar.set_position(bytes)) => Some(outcome),
            () = interrupted() => None,
        };
        bar.finish_and_clear();
        database.close().await;
        let Some(outcome) = outcome else { bail!("interrupted; no backup is written") };
        let manifest = outcome?;
        told::text(format_args!("Đã sao lưu / backed up:\n{}", summary(&self.file, &manifest)));
        Ok(ExitCode::SUCCESS)
    }
}

/// A backup in a few lines.
pub fn summary(file: &Path, manifest: &BackupManifest) -> String {
    let (layers, rows) = manifest.layers();
    format!(
        "  {} ({:.1} MB), {}\n  {layers} bảng lớp / tables of layers, {rows} đối tượng / features, {} lần nạp / runs\n  \
         diaban {}, PostgreSQL {}, PostGIS {}, SHA-256 {}\n",
        file.display(),
        manifest.dump_bytes as f64 / 1e6,
        manifest.made_at,
        manifest.runs(),
        manifest.program,
        manifest.postgresql,
        manifest.postgis,
        manifest.dump_sha256,
    )
}

/// How far long work on bytes has come; of how many, where that is known.
pub fn bar(length: Option<u64>, what: &'static str) -> ProgressBar {
    let (bar, form) = match length {
        Some(length) => {
            (ProgressBar::new(length), "{msg} {wide_bar} {bytes}/{total_bytes}, {bytes_per_sec}, {eta}")
        }
        None => (ProgressBar::new_spinner(), "{spinner} {msg}: {bytes}, {bytes_per_sec}, {elapsed}"),
    };
    if let Ok(style) = ProgressStyle::with_template(form) {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}
