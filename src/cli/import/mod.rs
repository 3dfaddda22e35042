//! `diaban import`: the request from flags, and what came of it.

/// The bar on the terminal.
mod progress;
/// The report in words, and as a file.
mod summary;

use super::{interrupted, serve};
use crate::{
    config::DatabaseSettings,
    crs::{self, System},
    import::{self, ColumnMapping, Constant, ImportError, ImportRequest},
    layer::Catalog,
    store::postgis::Database,
};
use anyhow::{Context, Result};
use progress::Bar;
use std::{path::PathBuf, process::ExitCode, sync::Arc};

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
        let bar = Arc::new(Bar::new());
        let outcome = tokio::select! {
            outcome = import::run(database, catalog, request, bar.clone()) => Some(outcome),
            () = interrupted() => None,
        };
        bar.finish();
        let report = match outcome {
            None => {
                eprintln!("diaban: interrupted; nothing has changed");
                return Ok(ExitCode::FAILURE);
            }
            Some(Err(error)) => return Ok(failed(&error)),
            Some(Ok(report)) => report,
        };
        if let Some(path) = &self.report {
            std::fs::write(path, summary::findings_csv(&report.findings))
                .with_context(|| format!("the findings cannot be written to {}", path.display()))?;
        }
        eprint!("{}", summary::findings(&report));
        print!("{}", summary::summary(&report));
        Ok(if report.is_refused() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// Says why an import came to nothing: 2 where the request is at fault, else 1.
fn failed(error: &ImportError) -> ExitCode {
    eprintln!("diaban: {error}");
    if error.is_usage() { ExitCode::from(2) } else { ExitCode::FAILURE }
}
