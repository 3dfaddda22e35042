//! `diaban restore`: a backup brought back.

use super::{
    backup::{AUDIT, bar, summary},
    interrupted,
    refusal::{self, Because, refusal},
    serve, told,
};
use crate::{
    audit::{AuditFolder, PuttingBack, VerifyError},
    config::DatabaseSettings,
    import::words,
    layer::Language,
    store::postgis::{
        Database,
        backup::{BackupFile, BesideFile},
    },
};
use anyhow::Result;
use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Bring a backup back: layers, change log, runs, history, as they were (phục hồi từ bản sao lưu)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each byte of the file is looked at before anything is done. Then all of it is put in place, or nothing \
    has\nchanged. The record of answers goes back to `--data`/audit where none is there, else beside it.\n\
    A database that holds data is left alone without --replace, and so is one in which a server or an\n\
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
        put_back(&mut file, &self.database.data, language)?;
        let said = summary.led_by("Đã phục hồi:\n", "Đã phục hồi / restored:\n");
        told::text(format_args!("{}", said.of(language)));
        Ok(ExitCode::SUCCESS)
    }
}

/// Brings the record of answers back beside the database, and says where it is and whether its chain holds.
fn put_back(file: &mut BackupFile, data: &Path, language: Language) -> Result<()> {
    let months: Vec<_> =
        file.manifest.beside.iter().filter(|file| file.name.starts_with(AUDIT)).cloned().collect();
    if months.is_empty() {
        return Ok(());
    }
    let place = record_put_back(file, &months, data).because(|| {
        words(
            "cơ sở dữ liệu đã được phục hồi, nhưng nhật ký truy cập thì không",
            "the database is back, but the record of answers is not",
        )
    })?;
    let path = place.path().display();
    let is_beside = place.path() != AuditFolder::of(data).path();
    let said = match (place.verify(None), is_beside) {
        (Ok(_), false) => return Ok(()),
        (Ok(verified), true) => words(
            format!(
                "{} đã có nhật ký truy cập, nên giữ nguyên; nhật ký trong bản sao lưu (đến bản ghi {}) nằm ở {path}",
                data.display(),
                verified.head.n
            ),
            format!(
                "{} has a record of answers, which stays; that of the backup (up to record {}) lies in {path}",
                data.display(),
                verified.head.n
            ),
        ),
        (Err(VerifyError::Broken(at)), _) => words(
            format!(
                "nhật ký truy cập đã phục hồi vào {path}, chuỗi bị đứt như lúc sao lưu: {}",
                at.vietnamese()
            ),
            format!(
                "the record of answers is back in {path}, its chain broken as it was when it was backed up: {}",
                at.english()
            ),
        ),
        (Err(error), _) => return Err(error.into()),
    };
    told::note(format_args!("diaban: {}", said.of(language)));
    Ok(())
}

fn record_put_back(file: &mut BackupFile, months: &[BesideFile], data: &Path) -> io::Result<AuditFolder> {
    let putting = PuttingBack::into(data).map_err(io::Error::other)?;
    for month in months {
        let name = month.name.trim_start_matches(AUDIT).trim_end_matches(".jsonl");
        let mut lines = file.beside(month).map_err(io::Error::other)?;
        putting.month(name, &mut lines).map_err(io::Error::other)?;
    }
    putting.finish().map_err(io::Error::other)
}
