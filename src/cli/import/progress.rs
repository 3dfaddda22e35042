//! How far an import has come, on the terminal.

use crate::import::{Phase, Progress};
use indicatif::{ProgressBar, ProgressStyle};

/// A bar on the terminal; nothing where standard error is none.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// A bar; one that is `hidden` is never drawn.
    pub fn new(hidden: bool) -> Self {
        Self(if hidden { ProgressBar::hidden() } else { ProgressBar::no_length() })
    }

    /// Takes the bar off the terminal.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

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
