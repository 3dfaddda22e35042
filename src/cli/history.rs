//! `diaban history`: what has happened to a layer.

use super::{own_layer, serve, told};
use crate::{
    config::DatabaseSettings,
    store::postgis::{History, OtherChanges, RunTold, in_vietnam},
};
use anyhow::Result;
use std::{fmt::Write as _, process::ExitCode};

/// What has happened to a layer: runs of imports and undos, and changes by other tools
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    diaban history land_use_plan\n  \
    diaban history land_use_plan --limit 1000 --json")]
pub struct ShowHistory {
    /// The layer
    #[arg(value_name = "LAYER")]
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
    pub async fn run(self) -> Result<ExitCode> {
        let catalog = serve::catalog(&self.database)?;
        let layer = own_layer(&catalog, &self.layer)?;
        let database = serve::open(&self.database, &catalog).await?;
        let history = database.history(&layer.id, self.limit).await;
        database.close().await;
        let history = history?;
        match self.json {
            true => told::line(format_args!("{}", serde_json::to_string_pretty(&history)?)),
            false => told::text(format_args!("{}", text(&history))),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Runs and other changes in one line of time, the newest first.
fn text(history: &History) -> String {
    if history.runs.is_empty() && history.others.is_empty() {
        return format!("Lớp {0} chưa có gì / nothing has happened to layer {0}\n", history.layer);
    }
    let runs = history.runs.iter().map(|run| (run.finished_at.unwrap_or(run.started_at), run_text(run)));
    let others = history.others.iter().map(|other| (other.last_at, other_text(other)));
    let mut all: Vec<_> = runs.chain(others).collect();
    all.sort_by(|(a, _), (b, _)| b.cmp(a));
    all.into_iter().map(|(_, text)| text).collect()
}

fn run_text(run: &RunTold) -> String {
    let RunTold { run: number, new, changed, deleted, mode, person, .. } = run;
    let what = match run.undoes {
        Some(undone) => format!("hoàn tác / undo of run {undone}"),
        None => mode.clone(),
    };
    let mut text = format!("Lần / run {number}  {}  {person}  {what}", in_vietnam(run.started_at));
    if let Some(by) = run.undone_by {
        let _ = write!(text, "  (đã hoàn tác / undone by run {by})");
    }
    let _ = write!(text, "\n  {new} mới / new, {changed} sửa / changed, {deleted} xóa / deleted");
    if run.undoes.is_none() {
        let (read, refused) = (run.read.unwrap_or(0), run.refused.unwrap_or(0));
        let _ = write!(text, "; {read} đọc / read, {refused} từ chối / refused");
    }
    text.push('\n');
    if let Some(crs) = &run.crs {
        let operation = run.operation.as_ref().map(|o| format!(", to WGS 84 by {o}")).unwrap_or_default();
        let _ = writeln!(text, "  {crs}{operation}");
    }
    let encodings = run.settings.get("encodings").and_then(|e| e.as_object());
    for (column, encoding) in encodings.into_iter().flatten() {
        let _ = writeln!(
            text,
            "  {column}: {}",
            encoding.as_str().map_or_else(|| encoding.to_string(), str::to_owned)
        );
    }
    for (file, sum) in run.files.iter().zip(&run.sha256) {
        let _ = writeln!(text, "  {file}  sha256 {sum}");
    }
    text
}

fn other_text(other: &OtherChanges) -> String {
    let OtherChanges { person, tool, new, changed, deleted, statements, .. } = other;
    let tool = if tool.is_empty() { "?" } else { tool };
    format!(
        "Ngoài / by another tool  {} - {}  {person}, {tool}\n  {new} mới / new, {changed} sửa / changed, \
         {deleted} xóa / deleted, in {statements} statements\n",
        in_vietnam(other.first_at),
        in_vietnam(other.last_at)
    )
}
