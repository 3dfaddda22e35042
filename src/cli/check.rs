//! `diaban check`: the quality of layers as numbers.

use super::{
    language::Speech,
    publish,
    refusal::{self, Because, refusal},
    serve, told,
};
use crate::{
    config::DatabaseSettings,
    format,
    import::words,
    layer::Language,
    quality::{Checked, Checker, collection, csv, page, sheets, told, value_of, word_score},
    store::{FeatureStore, QualityRun, postgis::PostgisStore},
    units::Units,
};
use anyhow::Result;
use serde_json::{Value as Json, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

/// Checks that the trend goes back.
const TREND_MAX: u32 = 20;

/// Measure how good layers are: right, complete, clean, alive (đúng, đủ, sạch, sống)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What came out is kept in the database; the server tells it at /quality. Marks and cycles stand in the\n\
    layer files under `quality`. What nobody knows is told as unknown.\n\n\
    Examples:\n  \
    diaban check\n  \
    diaban check land_use_plan road_segment\n  \
    diaban check --report chat-luong.html"
)]
pub struct Check {
    /// Layers; all of them if none is named
    #[arg(value_name = "LAYER")]
    names: Vec<String>,
    /// Write a report: a file that ends in .html, .json, .xlsx or .csv
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseSettings,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy)]
enum ReportForm {
    Html,
    Json,
    Xlsx,
    Csv,
}

impl Check {
    /// Checks one layer after the other; those that fail are named, and the others go on.
    pub async fn run(self, speech: Speech) -> Result<ExitCode> {
        let language = speech.language();
        let form = self.report.as_deref().map(form).transpose()?;
        let catalog = serve::catalog(&self.database)?;
        let views = publish::views(&catalog, &self.names)?;
        let database = serve::open_made(&self.database, &catalog, language).await?;
        let checker = Checker::new(&database, &catalog, &Units::default()).await?;
        let store = PostgisStore::new(database.clone());
        let (mut layers, mut failed) = (Vec::new(), 0);
        for view in &views {
            let started = Instant::now();
            let checking = async {
                let Some(checked) = checker.check(view.id()).await? else { return Ok(None) };
                let runs = store.quality_runs(&checked.view, TREND_MAX).await?;
                Ok::<_, anyhow::Error>(Some((checked, runs)))
            };
            let outcome = tokio::select! {
                outcome = checking => outcome,
                () = super::interrupted() => return Err(refusal(
                    "đã ngắt; kết quả của các lớp kiểm tra trước đó vẫn được giữ",
                    "stopped; what was found of the layers before is kept",
                )),
            };
            match outcome {
                Ok(Some((checked, runs))) => {
                    layers.push(told_of(&checked, &runs));
                    told::line(format_args!(
                        "{}",
                        summary(&checked, started.elapsed().as_secs_f64(), language)
                    ));
                }
                Ok(None) => {}
                Err(error) => {
                    failed += 1;
                    told::note(format_args!("diaban: {}: {}", view.id(), refusal::told(&error, language)));
                }
            }
        }
        database.close().await;
        if let Some((path, form)) = self.report.as_deref().zip(form) {
            // Whose report it is reads Vietnamese, unless the other is asked for.
            let bytes = written(&layers, form, speech.asked().unwrap_or(Language::Vi))?;
            fs::write(path, bytes).because(|| {
                let file = path.display();
                words(format!("không ghi được {file}"), format!("{file} cannot be written"))
            })?;
            told::line(format_args!("{}", path.display()));
        }
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn told_of(checked: &Checked, runs: &[QualityRun]) -> Json {
    let mut layer = told(&checked.view, runs);
    layer["findings"] = collection(checked.findings.clone());
    layer
}

fn form(path: &Path) -> Result<ReportForm> {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    Ok(match ending.as_str() {
        "html" => ReportForm::Html,
        "json" => ReportForm::Json,
        "xlsx" => ReportForm::Xlsx,
        "csv" => ReportForm::Csv,
        _ => {
            let file = path.display();
            return Err(refusal(
                format!("{file}: tên tệp phải kết thúc bằng .html, .json, .xlsx hoặc .csv"),
                format!("{file} ends in none of .html, .json, .xlsx, .csv"),
            ));
        }
    })
}

fn written(layers: &[Json], form: ReportForm, language: Language) -> Result<Vec<u8>> {
    Ok(match form {
        ReportForm::Html => page(layers, language).into_bytes(),
        ReportForm::Json => serde_json::to_vec_pretty(&json!({ "layers": layers }))?,
        ReportForm::Xlsx => format::workbook(&sheets(layers, language))?,
        ReportForm::Csv => csv(layers, language).into_bytes(),
    })
}

/// A layer in a few lines: the words, then what falls short.
fn summary(checked: &Checked, took_s: f64, language: Language) -> String {
    let of = |texts: &Json| {
        let text = |name: &str| texts[name].as_str().unwrap_or_default().to_owned();
        words(text("vi"), text("en")).of(language).to_owned()
    };
    let scores = checked.result["words"].as_array().into_iter().flatten().map(|word| {
        let score = word_score(word, language).unwrap_or_else(|unknown| unknown);
        format!("{} {score}", of(&word["title"]))
    });
    let count = checked.result["count"].as_u64().unwrap_or(0);
    let (id, scores) = (checked.view.id(), scores.collect::<Vec<_>>().join(", "));
    let count = words(format!("{count} đối tượng"), format!("{count} features"));
    let mut text = format!("{id}: {}, {scores}, {took_s:.1} s", count.of(language));
    let measures = checked.result["measures"].as_array().into_iter().flatten();
    for measure in measures.filter(|m| m["passes"] == false) {
        let value = value_of(measure, language).unwrap_or_else(|| "?".to_owned());
        let (title, counted) = (of(&measure["title"]), of(&measure["counted"]));
        text += &format!("\n  {title}: {value} ({counted})");
    }
    text
}
