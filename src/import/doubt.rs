//! What came up while a row was put together out of several things: corners of a sheet, texts of a drawing.
//!
//! Must not know how files are read.

use super::{
    plan::FilePlan,
    read::open_outlines::OpenOutline,
    report::{ImportReport, Rule, Severity},
    row::{Row, RowFinding},
    values::{self, Cell},
    words::{Words, words},
};
use crate::layer::LayerDefinition;
use std::{path::Path, sync::Arc};

/// Something that is doubtful of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Doubt {
    /// Rows of one feature have other values in the cell `at`.
    Cells {
        /// Which cell.
        at: usize,
        /// The row whose value is taken, and the value.
        taken: (u64, Cell),
        /// Another row, and its value.
        other: (u64, Cell),
    },
    /// Why the row cannot be taken, and where, in the file's system.
    Fault(Words, (f64, f64)),
}

impl Doubt {
    /// Whether it is about that cell.
    pub fn is_of(&self, cell: usize) -> bool {
        matches!(self, Self::Cells { at, .. } if *at == cell)
    }
}

/// A warning of a row as a whole.
pub fn warning(rule: Rule, reason: Words) -> RowFinding {
    RowFinding { severity: Severity::Warning, ..RowFinding::error(rule, reason) }
}

/// Notes outlines of a drawing that are no rows; `degrees` are those of a place in it.
pub fn note_open(
    outlines: &[OpenOutline],
    path: &Arc<Path>,
    report: &mut ImportReport,
    degrees: &dyn Fn((f64, f64)) -> Option<(f64, f64)>,
) {
    for outline in outlines {
        let found = warning(Rule::GeometryType, outline.reason()).at(degrees(outline.at));
        report.note(found.of_row(Arc::clone(path), outline.number, None));
    }
}

/// Notes the doubts of a row.
pub fn note(row: &mut Row, doubts: Vec<Doubt>, file: &FilePlan, layer: &LayerDefinition) {
    for doubt in doubts {
        match doubt {
            Doubt::Fault(reason, at) => row.unplaced.push((RowFinding::error(Rule::Text, reason), at)),
            Doubt::Cells { at, taken, other } => {
                let (column, attribute) = file.matching.pairs[at];
                let shown = |mut cell: Cell| {
                    let text = file.texts.get(at).and_then(Option::as_ref);
                    // What cannot be read is told of the cell that is taken.
                    let _ = text.map(|text| text.read(&mut cell));
                    values::shown(&cell)
                };
                let (first, second) = (shown(taken.1), shown(other.1));
                let (one, two) = (taken.0, other.0);
                let reason = words(
                    format!(
                        "các dòng của một đối tượng khác nhau: dòng {one} ghi `{first}`, dòng {two} ghi `{second}`; lấy \
                         giá trị đầu"
                    ),
                    format!(
                        "rows of one feature disagree: row {one} has `{first}` and row {two} `{second}`; the first is taken"
                    ),
                );
                let found = warning(Rule::Corners, reason).of(&layer.attributes[attribute].name);
                row.note(found.in_column(Some(&file.file.columns[column])).with_value(first));
            }
        }
    }
}
