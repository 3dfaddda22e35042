//! `diaban demo`: a synthetic province on a map, from nothing. Its files go the way of any
//! agency's file.

use super::{refusal::refusal, serve};
use crate::{
    config::{DatabaseSettings, ServerSettings},
    crs,
    import::{self, Agreement, ColumnMapping, Constant, ImportRequest, Severity, Silent},
    layer::{AccessClass, Catalog, Language},
    sample::{self, Delivery, Province},
    store::postgis::Database,
    traces::Collector,
};
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::{process::ExitCode, sync::Arc};

/// What the runs of a sample are signed with; how `serve` knows a sample when it sees one.
pub const SIGNATURE: &str = "diaban demo";

/// Make a sample province, load it and serve its map (tỉnh mẫu)
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    diaban demo\n  \
    diaban demo --data /var/tmp/mau --listen 0.0.0.0:9000\n  \
    diaban demo --parcels 1000000\n\n\
    All data are synthetic and labelled so. They are made and loaded once; the next start is quick.\n\
    The files are left in DATA/sample, to try `diaban import` with.")]
pub struct Demo {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    server: ServerSettings,
    /// About so many parcels in the land-use plan
    #[arg(long, env = "DIABAN_PARCELS", value_name = "N", default_value_t = sample::PARCELS_DEFAULT, value_parser = parcels)]
    parcels: usize,
}

/// More would fill the disk of whoever mistyped.
const PARCELS_MAX: usize = 20_000_000;

fn parcels(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|n| (100..=PARCELS_MAX).contains(n));
    number.ok_or_else(|| format!("a whole number from 100 to {PARCELS_MAX}"))
}

impl Demo {
    /// Where traces of requests are sent.
    pub const fn collector(&self) -> Option<&Collector> {
        self.server.otlp.as_ref()
    }

    /// Loads what is missing, then serves until Ctrl-C.
    pub async fn run(self, language: Language) -> Result<ExitCode> {
        let catalog = serve::catalog(&self.database)?;
        let database = serve::open(&self.database, &catalog, language).await?;
        let outcome = async {
            tokio::select! {
                loaded = self.load(&database, &catalog) => loaded?,
                () = serve::stop(language) => return Ok(()),
            }
            let seen = serve::Seen { anonymous: AccessClass::Restricted, synthetic: true, language };
            serve::serve(&database, catalog.clone(), &self.server, &self.database.data, seen).await
        };
        let outcome = outcome.await;
        database.close().await;
        outcome.map(|()| ExitCode::SUCCESS)
    }

    /// Makes and loads the layers that are not there yet; each is whole or not there, so that an
    /// interrupted start is gone on with.
    async fn load(&self, database: &Database, catalog: &Arc<Catalog>) -> Result<()> {
        let signature = format!("{SIGNATURE}, sample {}, {} parcels", sample::VERSION, self.parcels);
        let runs = database.runs_signed(SIGNATURE).await?;
        if let Some((_, other)) = runs.iter().find(|(_, by)| *by != signature) {
            let folder = self.database.data.display();
            return Err(refusal(
                format!(
                    "cơ sở dữ liệu này đang giữ một tỉnh mẫu khác ({other}); hãy chọn thư mục khác bằng --data, hoặc xóa \
                     {folder} rồi chạy lại"
                ),
                format!(
                    "this database holds another sample ({other}); name another folder with --data, or remove {folder} and \
                     start again"
                ),
            ));
        }
        if runs.is_empty() && !database.layers_are_empty(catalog).await? {
            return Err(refusal(
                "cơ sở dữ liệu này đang giữ dữ liệu không phải của tỉnh mẫu, nên không đụng đến; hãy chọn thư mục khác bằng \
                 --data, hoặc dùng `diaban serve`",
                "this database holds data that are no sample, and the demo leaves them alone; name another folder with \
                 --data, or use `diaban serve`",
            ));
        }
        let missing: Vec<String> = sample::layers(catalog)
            .into_iter()
            .filter(|id| runs.iter().all(|(layer, _)| layer != id))
            .collect();
        let bar = ProgressBar::new(missing.len() as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        if missing.is_empty() {
            return Ok(());
        }
        sample::note(catalog, &self.database.data.join("sample"))?;
        let province = Arc::new(tokio::task::spawn_blocking(Province::draw).await?);
        for id in missing {
            bar.set_message(format!("dữ liệu mẫu / sample data: {id}"));
            let delivery = self.deliver(&province, catalog, &id).await?;
            load_one(database, catalog, &delivery, &signature).await?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    async fn deliver(&self, province: &Arc<Province>, catalog: &Arc<Catalog>, id: &str) -> Result<Delivery> {
        let layer = catalog.definition(id).context("a layer of the sample is missing")?.clone();
        let (parcels, folder) = (self.parcels, self.database.data.join("sample"));
        let province = Arc::clone(province);
        let made = move || sample::deliver(&province, &layer, parcels, &folder, |_| {});
        Ok(tokio::task::spawn_blocking(made).await??)
    }
}

async fn load_one(database: &Database, catalog: &Catalog, delivery: &Delivery, by: &str) -> Result<()> {
    let columns = delivery
        .map
        .iter()
        .map(|(source, attribute)| ColumnMapping { source: source.clone(), attribute: attribute.clone() });
    let constants = delivery
        .set
        .iter()
        .map(|(attribute, value)| Constant { attribute: attribute.clone(), value: value.clone() });
    let request = ImportRequest {
        files: delivery.files.clone(),
        layer: delivery.layer.clone(),
        system: delivery.crs.as_deref().map(crs::parse).transpose()?,
        columns: columns.collect(),
        constants: constants.collect(),
        by: Some(by.to_owned()),
        ..ImportRequest::default()
    };
    let report = import::run(database, catalog, &request, Agreement::known(), Arc::new(Silent)).await?;
    if report.is_refused() {
        let finding = report.findings.iter().find(|f| f.severity == Severity::Error);
        bail!("the sample of {} is refused: {finding:?}", delivery.layer);
    }
    Ok(())
}
