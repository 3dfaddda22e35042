//! `diaban import`: the request from flags, and what came of it.

/// The bar on the terminal.
mod progress;
/// The report in words, and as a file.
mod summary;

use super::{interrupted, language::Speech, refusal::Because, serve, told};
use crate::{
    config::DatabaseSettings,
    crs::{self, System},
    import::{
        self, Agreement, ColumnEncoding, ColumnMapping, Constant, ImportError, ImportReport, ImportRequest,
        MaxRefused, RefusedFile, Words, words,
    },
    layer::{Catalog, Language},
    store::postgis::{Database, Mode, Scope},
};
use anyhow::Result;
use progress::Bar;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

const EXAMPLES: &str = "\
Examples:
  diaban import KCN_2025.shp --layer industrial_park
  diaban import thua_dat.tab --layer land_use_plan --crs EPSG:9210 --map SO_THUA=lup_id
  diaban import xa.geojson --layer admin_commune --map full_name=name_vi --set valid_from=2025-07-01
  diaban import tram_bts.csv --layer telecom_station --dry-run --report loi.csv
  diaban import thua_dat.shp --layer land_use_plan --max-refused 0.5% --refused sua_lai.shp
  diaban import du_lieu.zip --layer school
  diaban import goc_ranh.xlsx --layer land_use_plan --crs EPSG:9210
  diaban import diem_do.xlsx --layer school --map 'Cột 4=x' --map 'Cột 5=y' --header-row 6
  diaban import quy_hoach.dxf --layer land_use_plan --crs EPSG:9210 --map text=lup_id --map layer=land_use_code
  diaban import thua_dat_27943.shp --layer land_use_plan --mode replace --only commune_code=27943

A file is loaded whole or not at all: one refused row, and the layer stays as it was, unless
--max-refused allows for it. Rows that are refused are written to FILE.refused.*, in the format
they came in, with a column ly_do that says why (in Vietnamese, or in English with --lang en):
correct them there and import that file.
Exit codes: 0 loaded, 1 refused or failed (nothing has changed), 2 wrong usage.";

/// Load an agency's file into a layer, checked, all rows or none (nạp tệp vào một lớp dữ liệu)
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Import {
    /// Shapefile, GeoPackage, GeoJSON, FlatGeobuf, MapInfo TAB or MIF, KML, GML, CSV or XLSX with coordinates
    /// or corners, DXF, DGN; a zip or a folder of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The layer to load into
    #[arg(long, value_name = "ID")]
    layer: String,
    /// The system of the coordinates, for example EPSG:9210; without it, what the file says
    #[arg(long, value_name = "EPSG:CODE", value_parser = system)]
    crs: Option<&'static System>,
    /// The first number of each position is the northing or the latitude
    #[arg(long)]
    swap_xy: bool,
    /// A layer of the database whose borders or points the file's are held against, to find a wrong
    /// system; without it, the borders of communes
    #[arg(long, value_name = "ID")]
    reference: Option<String>,
    /// The layer inside the file, where it holds several
    #[arg(long, value_name = "NAME")]
    sublayer: Option<String>,
    /// The row of a sheet that names its columns, where titles stand above it and it is not found [default: the
    /// first of the first 11 rows that names them]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1000))]
    header_row: Option<u64>,
    /// Which column holds an attribute, or a part of the position (x, y, lon, lat, easting, northing, wkt), where
    /// its name does not say so; can be repeated
    #[arg(long = "map", value_name = "COLUMN=attribute")]
    columns: Vec<ColumnMapping>,
    /// One value of an attribute for all rows; can be repeated
    #[arg(long = "set", value_name = "attribute=VALUE")]
    constants: Vec<Constant>,
    /// How the file and the layer come together: append only adds, and refuses keys that exist;
    /// merge adds and changes by key; replace also deletes what the file does not hold
    #[arg(long, value_enum, default_value = "merge")]
    mode: ModeName,
    /// With --mode replace: only the features of one commune or agency
    #[arg(long, value_name = "commune_code=CODE|owner_agency=CODE", value_parser = import::scope)]
    only: Option<Scope>,
    /// Let --mode replace delete more than half of what is there
    #[arg(long)]
    yes: bool,
    /// What the text is written in, for all columns or for one, where its words do not tell: utf-8,
    /// tcvn3, tcvn3-capitals, vni, windows-1258, windows-1252, utf-8-twice; can be repeated
    #[arg(long = "encoding", value_name = "[COLUMN=]ENCODING")]
    encodings: Vec<ColumnEncoding>,
    /// Do everything but the loading, and say what it would do
    #[arg(long)]
    dry_run: bool,
    /// Write the findings to this file, as CSV or JSON by its ending
    #[arg(long, value_name = "FILE", value_parser = report_file)]
    report: Option<PathBuf>,
    /// Write the rows refused to this file [default: FILE.refused.*, beside the report or here]
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
    /// Load the other rows if no more than this are refused: a number, or a share such as 0.5%
    #[arg(long, value_name = "N|N%", default_value = "0")]
    max_refused: MaxRefused,
    /// Print the whole report as JSON, in both languages, and nothing else
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseSettings,
}

/// The folder of a file that is to be written, where it is none.
fn missing_folder(file: &Path) -> Option<&Path> {
    file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
}

fn report_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let ending = path.extension().map(|e| e.to_ascii_lowercase());
    match ending.as_ref().and_then(|e| e.to_str()) {
        Some("csv" | "json") => Ok(path),
        _ => Err("the report is a .csv or a .json; end its name so".to_owned()),
    }
}

/// [`Mode`], as it is typed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ModeName {
    Append,
    Merge,
    Replace,
}

impl From<ModeName> for Mode {
    fn from(name: ModeName) -> Self {
        match name {
            ModeName::Append => Self::Append,
            ModeName::Merge => Self::Merge,
            ModeName::Replace => Self::Replace,
        }
    }
}

fn system(text: &str) -> Result<&'static System, crs::SystemError> {
    crs::parse(text)
}

impl Import {
    fn request(&self, speech: Speech) -> ImportRequest {
        ImportRequest {
            files: self.files.clone(),
            called: None,
            unpacked_max: None,
            scratch: None,
            workbook_max: None,
            layer: self.layer.clone(),
            system: self.crs,
            swap_xy: self.swap_xy,
            reference: self.reference.clone(),
            sublayer: self.sublayer.clone(),
            header_row: self.header_row,
            columns: self.columns.clone(),
            constants: self.constants.clone(),
            max_refused: self.max_refused,
            refused: Some(self.refused_file()),
            refused_max: None,
            reasons_in: speech.asked().unwrap_or(Language::Vi),
            mode: self.mode.into(),
            only: self.only.clone(),
            delete_most: self.yes,
            encodings: self.encodings.clone(),
            dry_run: self.dry_run,
            by: super::person(),
        }
    }

    // The agency's folder is not written to: it may be a medium that cannot be.
    fn refused_file(&self) -> RefusedFile {
        match (&self.refused, self.report.as_ref().and_then(|r| r.parent())) {
            (Some(path), _) => RefusedFile::Named(path.clone()),
            (None, Some(folder)) => RefusedFile::Beside(folder.to_owned()),
            (None, None) => RefusedFile::Beside(PathBuf::new()),
        }
    }

    /// Runs the import to its end, or to Ctrl-C.
    pub async fn run(self, speech: Speech) -> Result<ExitCode> {
        let language = speech.language();
        if let Some(folder) = self.report.as_deref().and_then(missing_folder) {
            let folder = folder.display();
            let said = words(
                format!(
                    "không có thư mục {folder} để ghi báo cáo; chưa nạp gì. Hãy tạo thư mục đó, hoặc ghi chỗ khác ở --report"
                ),
                format!(
                    "there is no folder {folder} for the report; nothing was loaded. Make it, or name another place with --report"
                ),
            );
            told::note(format_args!("diaban: {}", said.of(language)));
            return Ok(ExitCode::from(2));
        }
        let catalog = serve::catalog(&self.database)?;
        let request = self.request(speech);
        if let Err(error) = import::check(&catalog, &request) {
            return Ok(self.failed(&error, language));
        }
        let database = serve::open_untested(&self.database, &catalog, language).await?;
        let outcome = self.load(&database, &catalog, &request, language).await;
        database.close().await;
        outcome
    }

    async fn load(
        &self,
        database: &Database,
        catalog: &Catalog,
        request: &ImportRequest,
        language: Language,
    ) -> Result<ExitCode> {
        let bar = Arc::new(Bar::new(self.json, language));
        let agreement = Agreement::ask(database);
        let outcome = tokio::select! {
            outcome = import::run(database, catalog, request, agreement, bar.clone()) => Some(outcome),
            () = interrupted() => None,
        };
        bar.finish();
        let report = match outcome {
            None => {
                let said = words("đã ngắt; chưa có gì thay đổi", "interrupted; nothing has changed");
                told::note(format_args!("diaban: {}", said.of(language)));
                return Ok(ExitCode::FAILURE);
            }
            Some(Err(error)) => return Ok(self.failed(&error, language)),
            Some(Ok(report)) => report,
        };
        self.tell(&report, language)?;
        Ok(if report.is_refused() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn tell(&self, report: &ImportReport, language: Language) -> Result<()> {
        // A disk that has become full must not hide what is in the database now.
        let written = self.write_findings(report);
        if self.json {
            told::line(format_args!("{:#}", import::report_json(report)));
            return written;
        }
        told::aside(format_args!("{}", summary::findings(report, language)));
        told::text(format_args!("{}", summary::summary(report, language)));
        written
    }

    fn write_findings(&self, report: &ImportReport) -> Result<()> {
        let Some(path) = &self.report else { return Ok(()) };
        let is_json = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
        let text = match is_json {
            true => format!("{:#}\n", import::findings_json(&report.findings)),
            false => import::findings_csv(&report.findings),
        };
        std::fs::write(path, text).because(|| {
            let path = path.display();
            words(
                format!("không ghi được các phát hiện vào {path}"),
                format!("the findings cannot be written to {path}"),
            )
        })
    }

    /// Says why an import came to nothing: 2 where the request is at fault, else 1.
    fn failed(&self, error: &ImportError, language: Language) -> ExitCode {
        let said = error.words();
        if self.json {
            let Words { vi, en } = &said;
            let failed = serde_json::json!({ "outcome": "failed", "error": en, "error_vi": vi });
            told::line(format_args!("{failed:#}"));
        } else {
            told::note(format_args!("diaban: {}", said.of(language)));
        }
        if error.is_usage() { ExitCode::from(2) } else { ExitCode::FAILURE }
    }
}
