//! How far an import has come, on the terminal.

use super::{super::told, summary::counts};
use crate::{
    import::{Phase, Progress, words},
    layer::Language,
    store::postgis::{Mode, Planned},
};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stdin};

/// A bar on the terminal; nothing where standard error is none.
pub(super) struct Bar(ProgressBar, Language);

impl Bar {
    /// A bar; one that is `hidden` is never drawn.
    pub fn new(hidden: bool, language: Language) -> Self {
        Self(if hidden { ProgressBar::hidden() } else { ProgressBar::no_length() }, language)
    }

    /// Takes the bar off the terminal.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn begin(&self, phase: Phase, total: Option<u64>) {
        let (name, rate) = match (phase, self.1) {
            (Phase::Reading, Language::Vi) => ("Đọc", "{human_pos}/{human_len} dòng, {per_sec}, còn {eta}"),
            (Phase::Reading, Language::En) => {
                ("Đọc / reading", "{human_pos}/{human_len} rows, {per_sec}, {eta} left")
            }
            (Phase::Loading, Language::Vi) => ("Nạp", "{human_len} dòng"),
            (Phase::Loading, Language::En) => ("Nạp / loading", "{human_len} rows"),
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

    fn planned(&self, mode: Mode, planned: &Planned) {
        // Hidden where nobody looks on.
        let counts = counts(mode, &(*planned).into());
        let told = words(format!("Sẽ làm:     {}", counts.vi), format!("Sẽ làm / to do:    {}", counts.en));
        self.0.println(told.of(self.1));
    }

    fn confirms(&self, planned: &Planned) -> bool {
        if !stdin().is_terminal() || self.0.is_hidden() {
            return false;
        }
        let Planned { gone, held, .. } = planned;
        let question = words(
            format!("Xóa {gone} trên {held} đối tượng? Gõ yes để đồng ý: "),
            format!(
                "Xóa {gone} trên {held} đối tượng? / Delete {gone} of {held} features? Gõ yes / type yes: "
            ),
        );
        self.0.suspend(|| {
            told::aside(format_args!("{}", question.of(self.1)));
            let mut answer = String::new();
            stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
        })
    }
}
