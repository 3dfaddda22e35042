//! `diaban import`: the request from flags, the progress bar, the summary in words.

use super::{interrupted, serve};
use crate::{
    config::DatabaseSettings,
    crs::{self, System},
    import::{
        self, ColumnMapping, Constant, FileReport, Finding, ImportError, ImportReport, ImportRequest, Phase,
        Progress, SystemFrom,
    },
    layer::Catalog,
    store::postgis::Database,
};
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

/// Findings that are printed; all of them go to `--report`.
const FINDINGS_PRINTED: usize = 20;

const EXAMPLES: &str = "\
Examples:
  diaban import KCN_2025.shp --layer industrial_park
  diaban import thua_dat.tab --layer land_use_plan --crs EPSG:9210 --map SO_THUA=lup_id
  diaban import xa.geojson --layer admin_commune --map full_name=name_vi --set valid_from=2025-07-01
  diaban import tram_bts.csv --layer telecom_station --dry-run --report loi.csv

A file is loaded whole or not at all: one refused row, and the layer stays as it was.
Exit codes: 0 loaded, 1 refused or failed (nothing has changed), 2 wrong usage.";

/// Load an agency's file into a layer, checked, all rows or none (nạp tệp vào một lớp dữ liệu)
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Import {
    /// Shapefile, GeoPackage, GeoJSON, FlatGeobuf, MapInfo TAB or MIF, KML, or CSV with coordinates
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The layer to load into
    #[arg(long, value_name = "ID")]
    layer: String,
    /// The system of the coordinates, for example EPSG:9210; without it, what the file says
    #[arg(long, value_name = "EPSG:CODE", value_parser = system)]
    crs: Option<&'static System>,
    /// The layer inside the file, where it holds several
    #[arg(long, value_name = "NAME")]
    sublayer: Option<String>,
    /// Which column holds an attribute, where its name does not say so; can be repeated
    #[arg(long = "map", value_name = "COLUMN=attribute")]
    columns: Vec<ColumnMapping>,
    /// One value of an attribute for all rows; can be repeated
    #[arg(long = "set", value_name = "attribute=VALUE")]
    constants: Vec<Constant>,
    /// Do everything but the loading, and say what it would do
    #[arg(long)]
    dry_run: bool,
    /// Write all findings to this file (CSV)
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseSettings,
}

fn system(text: &str) -> Result<&'static System, crs::SystemError> {
    crs::parse(text)
}

impl Import {
    fn request(&self) -> ImportRequest {
        ImportRequest {
            files: self.files.clone(),
            layer: self.layer.clone(),
            system: self.crs,
            sublayer: self.sublayer.clone(),
            columns: self.columns.clone(),
            constants: self.constants.clone(),
            dry_run: self.dry_run,
            by: std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).ok(),
        }
    }

    /// Runs the import to its end, or to Ctrl-C.
    pub async fn run(self) -> Result<ExitCode> {
        let catalog = serve::catalog(&self.database)?;
        let request = self.request();
        if let Err(error) = import::check(&catalog, &request) {
            return Ok(failed(&error));
        }
        let database = serve::open(&self.database, &catalog).await?;
        let outcome = self.load(&database, &catalog, &request).await;
        database.close().await;
        outcome
    }

    async fn load(
        &self,
        database: &Database,
        catalog: &Catalog,
        request: &ImportRequest,
    ) -> Result<ExitCode> {
        let bar = Arc::new(Bar(ProgressBar::no_length()));
        let outcome = tokio::select! {
            outcome = import::run(database, catalog, request, bar.clone()) => Some(outcome),
            () = interrupted() => None,
        };
        bar.0.finish_and_clear();
        let report = match outcome {
            None => {
                eprintln!("diaban: interrupted; nothing has changed");
                return Ok(ExitCode::FAILURE);
            }
            Some(Err(error)) => return Ok(failed(&error)),
            Some(Ok(report)) => report,
        };
        if let Some(path) = &self.report {
            std::fs::write(path, findings_csv(&report.findings))
                .with_context(|| format!("the findings cannot be written to {}", path.display()))?;
        }
        eprint!("{}", findings(&report));
        print!("{}", summary(&report));
        Ok(if report.is_refused() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// Says why an import came to nothing: 2 where the request is at fault, else 1.
fn failed(error: &ImportError) -> ExitCode {
    eprintln!("diaban: {error}");
    if error.is_usage() { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// A bar on the terminal; nothing where standard error is none.
struct Bar(ProgressBar);

impl Progress for Bar {
    fn begin(&self, phase: Phase, total: Option<u64>) {
        let (name, rate) = match phase {
            Phase::Reading => ("Đọc / reading", "{human_pos}/{human_len} rows, {per_sec}, {eta} left"),
            Phase::Loading => ("Nạp / loading", "{human_len} rows"),
        };
        self.0.reset();
        if let Some(total) = total {
            self.0.set_length(total);
        }
        let shape = if phase == Phase::Reading { "{wide_bar}" } else { "{spinner}" };
        if let Ok(style) = ProgressStyle::with_template(&format!("{{msg}} {shape} {rate}")) {
            self.0.set_style(style);
        }
        self.0.set_message(name);
        self.0.enable_steady_tick(std::time::Duration::from_millis(200));
    }

    fn advance(&self, rows: u64) {
        self.0.inc(rows);
    }
}

fn findings(report: &ImportReport) -> String {
    let mut text = String::new();
    let several = report.files.len() > 1;
    for finding in report.findings.iter().take(FINDINGS_PRINTED) {
        let Finding { file, row, key, attribute, reason, place, .. } = finding;
        let file = if several { file.display().to_string() } else { name(file) };
        let key = key.as_ref().map(|k| format!(", {k}")).unwrap_or_default();
        let attribute = attribute.as_ref().map(|a| format!("{a}: ")).unwrap_or_default();
        let place = match place {
            Some((lon, lat)) if lon.is_finite() && lat.is_finite() && !reason.contains(" E, ") => {
                format!(" at {lon:.6} E, {lat:.6} N")
            }
            _ => String::new(),
        };
        let _ = writeln!(text, "{file}, row {row}{key}: {attribute}{reason}{place}");
    }
    let shown = report.findings.len().min(FINDINGS_PRINTED) as u64;
    if report.finding_count > shown {
        let rest = report.finding_count - shown;
        let _ = writeln!(text, "... and {rest} more; --report FILE writes them all");
    }
    text
}

fn summary(report: &ImportReport) -> String {
    let mut text = String::new();
    for file in &report.files {
        text += &file_summary(file);
    }
    let loaded = report.loaded.new + report.loaded.changed + report.loaded.unchanged;
    let _ = writeln!(text, "Đọc / read:        {} rows", report.read);
    let label = if report.dry_run { "Sẽ nạp / to load: " } else { "Nạp / loaded:     " };
    let _ = writeln!(
        text,
        "{label} {loaded} of {} ({} new, {} changed, {} unchanged)",
        report.read, report.loaded.new, report.loaded.changed, report.loaded.unchanged
    );
    let _ = writeln!(text, "Từ chối / refused: {} rows", report.refused);
    if let Some(area) = report.area_m2 {
        let _ = writeln!(text, "Diện tích / area:  {} in EPSG:{}", area_text(area), crs::MEASURING_SYSTEM);
    }
    if let Some(length) = report.length_m {
        let _ =
            writeln!(text, "Chiều dài / length: {:.3} km in EPSG:{}", length / 1000.0, crs::MEASURING_SYSTEM);
    }
    text += &match (report.is_refused(), report.dry_run, report.run) {
        (true, ..) => {
            format!("Nothing was loaded; layer {} is as it was. Correct the rows and repeat.\n", report.layer)
        }
        (false, true, _) => {
            format!("A rehearsal (--dry-run): nothing was kept; layer {} is as it was.\n", report.layer)
        }
        (false, false, Some(run)) => format!("Run {run} of layer {}.\n", report.layer),
        (false, false, None) => String::new(),
    };
    text
}

fn file_summary(file: &FileReport) -> String {
    let said = match file.system_from {
        SystemFrom::Request => "as --crs says",
        SystemFrom::File => "as the file says",
        SystemFrom::Format => "as the format has it",
        SystemFrom::Columns => "degrees in columns",
    };
    let mut text =
        format!("{}: {}, {} rows, {}, {said}", file.path.display(), file.format, file.rows, file.system);
    match file.system.operation() {
        Some(operation) => text += &format!(", to WGS 84 by {operation}\n"),
        None => text.push('\n'),
    }
    let renamed: Vec<String> =
        file.matched.iter().filter(|(c, a)| c != a).map(|(c, a)| format!("{c} = {a}")).collect();
    if !renamed.is_empty() {
        let _ = writeln!(text, "  columns taken: {}", renamed.join(", "));
    }
    if !file.unmatched.is_empty() {
        let _ = writeln!(text, "  columns left out: {}", file.unmatched.join(", "));
    }
    text
}

fn area_text(area_m2: f64) -> String {
    if area_m2 >= 1e8 { format!("{:.2} km2", area_m2 / 1e6) } else { format!("{:.4} ha", area_m2 / 1e4) }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn findings_csv(findings: &[Finding]) -> String {
    let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut csv = String::from("\u{feff}file,row,key,attribute,rule,reason,longitude,latitude\n");
    for f in findings {
        let (lon, lat) = f.place.map_or_else(Default::default, |(x, y)| (x.to_string(), y.to_string()));
        let _ = writeln!(
            csv,
            "{},{},{},{},{},{},{lon},{lat}",
            cell(&f.file.display().to_string()),
            f.row,
            cell(f.key.as_deref().unwrap_or_default()),
            cell(f.attribute.as_deref().unwrap_or_default()),
            f.rule.as_str(),
            cell(&f.reason)
        );
    }
    csv
}
