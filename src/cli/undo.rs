//! `diaban undo`: a run taken back.

use super::{interrupted, person, refusal, serve, told};
use crate::{
    config::DatabaseSettings,
    import::{Words, words},
    layer::Language,
    store::postgis::{UndoError, Undone},
};
use anyhow::Result;
use std::process::ExitCode;

/// Take a run back: the layer becomes exactly what it would be without it (hoàn tác một lần nạp)
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
    pub async fn run(self, language: Language) -> Result<ExitCode> {
        let catalog = serve::catalog(&self.database)?;
        let database = serve::open_made(&self.database, &catalog, language).await?;
        let by = person();
        let outcome = tokio::select! {
            outcome = database.undo(&catalog, self.run, by.as_deref(), !self.dry_run) => Some(outcome),
            () = interrupted() => None,
        };
        database.close().await;
        Ok(match outcome {
            None => {
                let said = words("đã ngắt; chưa có gì thay đổi", "interrupted; nothing has changed");
                told::note(format_args!("diaban: {}", said.of(language)));
                ExitCode::FAILURE
            }
            Some(Err(error)) => {
                let usage = matches!(error, UndoError::NoRun(_) | UndoError::NoLayer { .. });
                told::note(format_args!("diaban: {}", refusal::told(&error.into(), language)));
                if usage { ExitCode::from(2) } else { ExitCode::FAILURE }
            }
            Some(Ok(undone)) => {
                told::text(format_args!("{}", self.text(&undone).of(language)));
                ExitCode::SUCCESS
            }
        })
    }

    fn text(&self, undone: &Undone) -> Words {
        let Undone { layer, run, removed, changed_back, brought_back } = undone;
        let figures = words(
            format!("{removed} bỏ ra, {changed_back} trả lại, {brought_back} khôi phục"),
            format!(
                "{removed} bỏ ra / removed, {changed_back} trả lại / changed back, {brought_back} khôi phục / brought back"
            ),
        );
        let (undone, Words { vi, en }) = (self.run, figures);
        match run {
            Some(run) => words(
                format!("Đã hoàn tác lần {undone}: {vi}\nĐây là lần {run} của lớp {layer}.\n"),
                format!(
                    "Đã hoàn tác lần {undone} / run {undone} is undone: {en}\nRun {run} of layer {layer}.\n"
                ),
            ),
            None => words(
                format!("Sẽ hoàn tác lần {undone}: {vi}\nChạy thử (--dry-run): lớp {layer} vẫn như cũ.\n"),
                format!(
                    "Sẽ hoàn tác lần {undone} / run {undone} would be undone: {en}\nA rehearsal (--dry-run): layer {layer} \
                     is as it was.\n"
                ),
            ),
        }
    }
}
