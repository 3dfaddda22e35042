//! `diaban undo`: a run taken back.

use super::{interrupted, person, serve, told};
use crate::{
    config::DatabaseSettings,
    store::postgis::{UndoError, Undone},
};
use anyhow::Result;
use std::process::ExitCode;

/// Take a run back: the layer becomes exactly what it would be without it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Changes that came later stay. Where they met the same features, nothing is done, and the \
    features are named.\nAn undo is a run too, and can be undone.\n\n\
    Examples:\n  \
    diaban history land_use_plan\n  \
    diaban undo 12 --dry-run\n  \
    diaban undo 12\n\n\
    Exit codes: 0 taken back, 1 refused or failed (nothing has changed), 2 wrong usage."
)]
pub struct Undo {
    /// Number of the run, as `diaban history` tells it
    #[arg(value_name = "RUN")]
    run: i64,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    database: DatabaseSettings,
}

impl Undo {
    /// Takes it back, or says why not.
    pub async fn run(self) -> Result<ExitCode> {
        let catalog = serve::catalog(&self.database)?;
        let database = serve::open(&self.database, &catalog).await?;
        let by = person();
        let outcome = tokio::select! {
            outcome = database.undo(&catalog, self.run, by.as_deref(), !self.dry_run) => Some(outcome),
            () = interrupted() => None,
        };
        database.close().await;
        Ok(match outcome {
            None => {
                told::note(format_args!("diaban: interrupted; nothing has changed"));
                ExitCode::FAILURE
            }
            Some(Err(error)) => {
                told::note(format_args!("diaban: {error}"));
                let usage = matches!(error, UndoError::NoRun(_) | UndoError::NoLayer { .. });
                if usage { ExitCode::from(2) } else { ExitCode::FAILURE }
            }
            Some(Ok(undone)) => {
                told::text(format_args!("{}", self.text(&undone)));
                ExitCode::SUCCESS
            }
        })
    }

    fn text(&self, undone: &Undone) -> String {
        let Undone { layer, run, removed, changed_back, brought_back } = undone;
        let figures = format!(
            "{removed} bỏ ra / removed, {changed_back} trả lại / changed back, {brought_back} khôi phục / brought back"
        );
        match run {
            Some(run) => format!(
                "Đã hoàn tác lần {0} / run {0} is undone: {figures}\nRun {run} of layer {layer}.\n",
                self.run
            ),
            None => format!(
                "Sẽ hoàn tác lần {0} / run {0} would be undone: {figures}\nA rehearsal (--dry-run): layer {layer} is as \
                 it was.\n",
                self.run
            ),
        }
    }
}
