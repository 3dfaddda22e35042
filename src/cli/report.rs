//! `diaban report`: the six-monthly report by agency.

use super::{
    refusal::{Because, refusal},
    serve, told,
};
use crate::{
    config::DatabaseSettings,
    format,
    import::{Words, words},
    layer::Language,
    quality::{HalfYear, Record, Statements, half_year, half_year_page, half_year_sheets},
};
use anyhow::Result;
use std::{fs, path::PathBuf, process::ExitCode};
use time::{OffsetDateTime, UtcOffset};

/// Write the six-monthly report by agency, with the programme's targets (báo cáo 6 tháng)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The file of --important is TOML: `important` and `reviewed` are lists of layer ids; `[t1]`, `[t4]`, `[t5]`,\n\
    `[t6]` have `done`, `of`, `on` (a day) and `source`. What is not in it is told as unknown. The quality is that of the\n\
    newest `diaban check` before the end of the half-year. One that is running is counted until today.\n\n\
    Examples:\n  \
    diaban report --half-year 2026-H1\n  \
    diaban report --half-year 2026-H1 --important quan-trong.toml --output bao-cao.xlsx\n\n\
    Exit codes: 0 written, 1 failed, 2 wrong usage, such as a half-year that has not begun."
)]
pub struct Report {
    /// The half-year, such as 2026-H1
    #[arg(long, value_name = "YEAR-HALF")]
    half_year: HalfYear,
    /// What is stated beside the data: important layers, figures of other systems
    #[arg(long, value_name = "FILE")]
    important: Option<PathBuf>,
    /// A file that ends in .html or .xlsx; bao-cao-YEAR-HALF.html if not said
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseSettings,
}

impl Report {
    /// Writes the file.
    pub async fn run(self, language: Language) -> Result<ExitCode> {
        let offset = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
        let today = OffsetDateTime::now_utc().to_offset(offset).date();
        if let Err(ahead) = self.half_year.counted_until(today) {
            told::note(format_args!("diaban: {}", Words::from(&ahead.words()).of(language)));
            return Ok(ExitCode::from(2));
        }
        let output =
            self.output.unwrap_or_else(|| PathBuf::from(format!("bao-cao-{}.html", self.half_year.name())));
        let is_workbook = match output.extension().and_then(|e| e.to_str()) {
            Some("html") => false,
            Some("xlsx") => true,
            _ => {
                let file = output.display();
                return Err(refusal(
                    format!("{file}: tên tệp phải kết thúc bằng .html hoặc .xlsx"),
                    format!("{file} ends in none of .html, .xlsx"),
                ));
            }
        };
        let catalog = serve::catalog(&self.database)?;
        let statements = match &self.important {
            None => Statements::default(),
            Some(path) => {
                let named = || Words::same(path.display().to_string());
                let text = fs::read_to_string(path).because(named)?;
                Statements::read(&text, &catalog).because(named)?
            }
        };
        let database = serve::open_made(&self.database, &catalog, language).await?;
        let [from, to] = self.half_year.moments();
        let record = Record {
            activity: database.activity(from, to).await?,
            checks: database.checks_before(to).await?,
            seen: None,
        };
        database.close().await;
        let report = half_year(self.half_year, &catalog, &record, &statements, today)?;
        let bytes = match is_workbook {
            true => format::workbook(&half_year_sheets(&report))?,
            false => half_year_page(&report).into_bytes(),
        };
        fs::write(&output, bytes).because(|| {
            let file = output.display();
            words(format!("không ghi được {file}"), format!("{file} cannot be written"))
        })?;
        told::line(format_args!("{}", output.display()));
        Ok(ExitCode::SUCCESS)
    }
}
