//! What only shows once all rows are read, with the row that it is told of.

use super::RowFinding;
use crate::import::{Words, report::ImportReport, words};
use std::{path::Path, sync::Arc};

/// Where a row came from.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its file.
    pub file: Arc<Path>,
    /// Its number there.
    pub row: u64,
    /// Its key.
    pub key: Option<String>,
}

impl Default for Source {
    fn default() -> Self {
        Self { file: Arc::from(Path::new("")), row: 0, key: None }
    }
}

impl Source {
    /// The row as another row's finding names it.
    pub fn name(&self) -> Words {
        let key = self.key.as_ref().map(|key| format!(" ({key})")).unwrap_or_default();
        words(format!("dòng {}{key}", self.row), format!("row {}{key}", self.row))
    }
}

/// A finding, and whose it is.
pub struct LateFinding {
    /// The row.
    pub source: Source,
    /// What was found of it.
    pub finding: RowFinding,
}

impl LateFinding {
    /// Puts it into the report.
    pub fn tell(self, report: &mut ImportReport) {
        let Source { file, row, key } = self.source;
        report.note(self.finding.of_row(file, row, key));
    }
}
