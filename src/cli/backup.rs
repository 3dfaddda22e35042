//! `diaban backup`: all that the database keeps, in one file.

use super::{interrupted, refusal::refusal, serve, told};
use crate::{
    audit::{AuditFolder, MonthCopy},
    config::DatabaseSettings,
    import::{Words, words},
    layer::Language,
    store::postgis::{
        Database,
        backup::{BackupManifest, Beside},
    },
};
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Folder of the record of answers in a backup.
pub const AUDIT: &str = "audit/";

/// Write all that the database keeps into one file: layers, change log, runs, history; and the record of answers (sao lưu)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The file is as the database was at the moment when it began; others go on working meanwhile. It is \
    written\nbeside its place and renamed there once it is whole, over one of that name. Only its owner may read it. Keep \
    it on\nanother machine, with your layer files and settings, and try `diaban restore` on an empty database now and \
    then.\nThe record of answers (`--data`/audit) is in it, up to its last whole record. The file of grants is not, nor is\n\
    anything else of /etc.\nTables that layers point at (`table` in their files) are another program's, and are not in it.\n\n\
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
    pub async fn run(self, language: Language) -> Result<ExitCode> {
        serve::refuse_none(&self.database)?;
        let database = Database::open(&serve::target(&self.database)).await?;
        let bar = bar(None, &words("Sao lưu", "Sao lưu / backing up"), language);
        let data = &self.database.data;
        let outcome = tokio::select! {
            outcome = database.backup(&self.file, || record_of(data), |bytes| bar.set_position(bytes)) => {
                Some(outcome)
            }
            () = interrupted() => None,
        };
        bar.finish_and_clear();
        database.close().await;
        let Some(outcome) = outcome else {
            return Err(refusal("đã ngắt; không ghi bản sao lưu nào", "interrupted; no backup is written"));
        };
        let manifest = outcome?;
        let said = summary(&self.file, &manifest).led_by("Đã sao lưu:\n", "Đã sao lưu / backed up:\n");
        told::text(format_args!("{}", said.of(language)));
        Ok(ExitCode::SUCCESS)
    }
}

/// The record of answers, as far as it is whole now.
fn record_of(data: &Path) -> io::Result<Vec<Beside>> {
    let months = AuditFolder::of(data).copy().map_err(io::Error::other)?;
    let named = |MonthCopy { month, lines }| -> Beside { (format!("{AUDIT}{month}.jsonl"), Box::new(lines)) };
    Ok(months.into_iter().map(named).collect())
}

/// A backup in a few lines.
pub fn summary(file: &Path, manifest: &BackupManifest) -> Words {
    let (layers, rows) = manifest.layers();
    let (runs, file, megabytes) = (manifest.runs(), file.display(), manifest.dump_bytes as f64 / 1e6);
    let BackupManifest { made_at, program, postgresql, postgis, dump_sha256, .. } = manifest;
    let months = manifest.beside.iter().filter(|file| file.name.starts_with(AUDIT)).count();
    let with = |held: String, record: String| {
        format!(
            "  {file} ({megabytes:.1} MB), {made_at}\n  {held}\n  {record}\n  \
             diaban {program}, PostgreSQL {postgresql}, PostGIS {postgis}, SHA-256 {dump_sha256}\n"
        )
    };
    words(
        with(
            format!("{layers} bảng lớp, {rows} đối tượng, {runs} lần nạp"),
            format!("nhật ký truy cập: {months} tháng"),
        ),
        with(
            format!(
                "{layers} bảng lớp / tables of layers, {rows} đối tượng / features, {runs} lần nạp / runs"
            ),
            format!("nhật ký truy cập / record of answers: {months} tháng / months"),
        ),
    )
}

/// How far long work on bytes has come; of how many, where that is known.
pub fn bar(length: Option<u64>, what: &Words, language: Language) -> ProgressBar {
    let (bar, form) = match length {
        Some(length) => {
            (ProgressBar::new(length), "{msg} {wide_bar} {bytes}/{total_bytes}, {bytes_per_sec}, {eta}")
        }
        None => (ProgressBar::new_spinner(), "{spinner} {msg}: {bytes}, {bytes_per_sec}, {elapsed}"),
    };
    if let Ok(style) = ProgressStyle::with_template(form) {
        bar.set_style(style);
    }
    bar.set_message(what.of(language).to_owned());
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}
