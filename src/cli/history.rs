//! `diaban history`: what has happened to a layer.

use super::{own_layer, serve, told};
use crate::{
    config::DatabaseSettings,
    import::{Words, words},
    layer::Language,
    store::postgis::{History, OtherChanges, RunTold, UndoError, in_vietnam},
};
use anyhow::Result;
use std::process::ExitCode;

/// What has happened to a layer: runs of imports and undos, and changes by other tools (lịch sử lớp dữ liệu)
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    diaban history land_use_plan\n  \
    diaban history 12\n  \
    diaban history land_use_plan --limit 1000 --json")]
pub struct ShowHistory {
    /// The layer, or one run by its number
    #[arg(value_name = "LAYER|RUN")]
    layer: String,
    /// At most so many runs, and as many days of other changes, the newest of each
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// For scripts
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseSettings,
}

impl ShowHistory {
    /// Prints it.
    pub async fn run(self, language: Language) -> Result<ExitCode> {
        let catalog = serve::catalog(&self.database)?;
        // A layer can have a number for its id.
        let run: Option<i64> = self.layer.parse().ok().filter(|_| catalog.definition(&self.layer).is_none());
        if run.is_none() {
            own_layer(&catalog, &self.layer)?;
        }
        let database = serve::open_made(&self.database, &catalog, language).await?;
        let found = match run {
            Some(run) => database.history_of_run(run).await.map(|found| found.ok_or(UndoError::NoRun(run))),
            None => database.history(&self.layer, self.limit).await.map(Ok),
        };
        database.close().await;
        let history = found??;
        match self.json {
            true => told::line(format_args!("{}", serde_json::to_string_pretty(&history)?)),
            false => {
                let layer = &history.layer;
                let head = words(format!("Lớp {layer}\n"), format!("Lớp / layer {layer}\n"));
                let head = if run.is_some() { head } else { Words::same("") };
                told::text(format_args!("{}{}", head.of(language), text(&history).of(language)));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Runs and other changes in one line of time, the newest first.
fn text(history: &History) -> Words {
    let layer = &history.layer;
    if history.runs.is_empty() && history.others.is_empty() {
        return words(
            format!("Lớp {layer} chưa có gì\n"),
            format!("Lớp {layer} chưa có gì / nothing has happened to layer {layer}\n"),
        );
    }
    let runs = history.runs.iter().map(|run| (run.finished_at.unwrap_or(run.started_at), run_text(run)));
    let others = history.others.iter().map(|other| (other.last_at, other_text(other)));
    let mut all: Vec<_> = runs.chain(others).collect();
    all.sort_by(|(a, _), (b, _)| b.cmp(a));
    Words::joined(&all.into_iter().map(|(_, text)| text).collect::<Vec<_>>(), "")
}

fn run_text(run: &RunTold) -> Words {
    let RunTold { run: number, new, changed, deleted, mode, person, .. } = run;
    let begun = in_vietnam(run.started_at);
    let what = match run.undoes {
        Some(undone) => words(format!("hoàn tác lần {undone}"), format!("hoàn tác / undo of run {undone}")),
        None => Words::same(mode.clone()),
    };
    let mut text =
        Words::joined(&[words("Lần", "Lần / run"), what], &format!(" {number}  {begun}  {person}  "));
    if let Some(by) = run.undone_by {
        text.add(&words(
            format!("  (đã hoàn tác ở lần {by})"),
            format!("  (đã hoàn tác / undone by run {by})"),
        ));
    }
    text.add(&figures([*new, *changed, *deleted]));
    if run.undoes.is_none() {
        let (read, refused) = (run.read.unwrap_or(0), run.refused.unwrap_or(0));
        text.add(&words(
            format!("; đọc {read} dòng, từ chối {refused}"),
            format!("; {read} đọc / read, {refused} từ chối / refused"),
        ));
    }
    if let Some(crs) = &run.crs {
        text.add(&Words::same(format!("\n  {crs}")));
        if let Some(by) = &run.operation {
            text.add(&words(format!(", chuyển sang WGS 84 theo {by}"), format!(", to WGS 84 by {by}")));
        }
    }
    let encodings = run.settings.get("encodings").and_then(|e| e.as_object());
    for (column, encoding) in encodings.into_iter().flatten() {
        let encoding = encoding.as_str().map_or_else(|| encoding.to_string(), str::to_owned);
        text.add(&Words::same(format!("\n  {column}: {encoding}")));
    }
    for (file, sum) in run.files.iter().zip(&run.sha256) {
        text.add(&Words::same(format!("\n  {file}  sha256 {sum}")));
    }
    text.add(&Words::same("\n"));
    text
}

fn other_text(other: &OtherChanges) -> Words {
    let OtherChanges { person, tool, new, changed, deleted, statements, .. } = other;
    let tool = if tool.is_empty() { "?" } else { tool };
    let (first, last) = (in_vietnam(other.first_at), in_vietnam(other.last_at));
    let mut text = words("Ngoài", "Ngoài / by another tool");
    text.add(&Words::same(format!("  {first} - {last}  {person}, {tool}")));
    text.add(&figures([*new, *changed, *deleted]));
    text.add(&words(format!(", trong {statements} câu lệnh\n"), format!(", in {statements} statements\n")));
    text
}

/// How many features are what they were not.
fn figures([new, changed, deleted]: [i64; 3]) -> Words {
    words(
        format!("\n  {new} mới, {changed} sửa, {deleted} xóa"),
        format!("\n  {new} mới / new, {changed} sửa / changed, {deleted} xóa / deleted"),
    )
}
