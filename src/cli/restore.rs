//! `diaban restore`: a backup brought back.

use super::{
    backup::{bar, summary},
    interrupted,
    refusal::{self, refusal},
    serve, told,
};
use crate::{
    config::DatabaseSettings,
    import::words,
    layer::Language,
    store::postgis::{Database, backup::BackupFile},
};
use anyhow::Result;
use std::{path::PathBuf, process::ExitCode};

/// Bring a backup back: layers, change log, runs, history, as they were (phục hồi từ bản sao lưu)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each byte of the file is looked at before anything is done. Then all of it is put in place, or nothing \
    has\nchanged. A database that holds data is left alone without --replace, and so is one in which a server or an\n\
    import is at work. Rights of other users of the database are not in a backup: grant them again.\nA backup is \
    statements that PostgreSQL carries out: bring back none that you do not trust.\n\n\
    Examples:\n  \
    diaban restore diaban-2026-11-30.zip --dry-run\n  \
    diaban restore diaban-2026-11-30.zip --data /srv/diaban\n  \
    diaban restore diaban-2026-11-30.zip --database-url postgres://diaban@db.example.vn/gis --replace\n\n\
    Exit codes: 0 brought back, 1 refused or failed (nothing has changed), 2 wrong usage."
)]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Delete what the database holds, and put the backup in its place
    #[arg(long)]
    replace: bool,
    /// Only look whether the file is whole, and say what it holds
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    database: DatabaseSettings,
}

impl Restore {
    /// Brings it back, or says why not.
    pub async fn run(self, language: Language) -> Result<ExitCode> {
        let catalog = serve::catalog(&self.database)?;
        let length = std::fs::metadata(&self.file).map_or(0, |file| file.len());
        let looking = bar(Some(length), &words("Kiểm tra", "Kiểm tra / checking"), language);
        let opened = BackupFile::open(&self.file, |bytes| looking.set_position(bytes));
        looking.finish_and_clear();
        let mut file = opened?;
        let summary = summary(&self.file, &file.manifest);
        if self.dry_run {
            let said = summary
                .led_by("Bản sao lưu nguyên vẹn:\n", "Bản sao lưu nguyên vẹn / the backup is whole:\n");
            told::text(format_args!("{}", said.of(language)));
            return Ok(ExitCode::SUCCESS);
        }
        serve::note_new(&self.database, language);
        let database = Database::open(&serve::target(&self.database)).await?;
        let what = words("Phục hồi", "Phục hồi / restoring");
        let bringing = bar(Some(file.manifest.dump_bytes), &what, language);
        let restored = async {
            database.restore(&mut file, self.replace, |bytes| bringing.set_position(bytes)).await?;
            bringing.finish_and_clear();
            serve::prepare(&database, &catalog).await.map_err(|error| {
                let why = |language| refusal::told(&error, language);
                refusal(
                    format!(
                        "bản sao lưu đã vào chỗ, nhưng tệp định nghĩa lớp của chương trình này không khớp với nó; `diaban \
                         doctor` cho biết thêm: {}",
                        why(Language::Vi)
                    ),
                    format!(
                        "the backup is in place, but this program's layer files do not go with it; `diaban doctor` says \
                         more: {}",
                        why(Language::En)
                    ),
                )
            })
        };
        let outcome = tokio::select! {
            outcome = restored => Some(outcome),
            () = interrupted() => None,
        };
        bringing.finish_and_clear();
        database.close().await;
        let Some(outcome) = outcome else {
            return Err(refusal(
                "đã ngắt; cơ sở dữ liệu như trước, hoặc nếu ngắt đúng lúc cuối thì như trong bản sao lưu",
                "interrupted; the database is as it was, or, at the very end, as the backup has it",
            ));
        };
        outcome?;
        let said = summary.led_by("Đã phục hồi:\n", "Đã phục hồi / restored:\n");
        told::text(format_args!("{}", said.of(language)));
        Ok(ExitCode::SUCCESS)
    }
}
