//! How good a layer is, as numbers: đúng, đủ, sạch, sống.
//!
//! ```text
//! rows of a view ─ survey ─▶ facts ─ figures ─▶ by measure: a figure with what it was counted from,
//!                   │                            or why there is none ─▶ scores of the four words
//!                   └─▶ findings: what is wrong where
//! ```
//!
//! The measures are those of ISO 19157:2013, their marks the usual ones or those of the layer's file. What
//! nobody knows is told as unknown. A check looks at what callers of each class may see, so that a figure
//! counts nothing that its reader may not. Must not know HTTP.

mod check;
mod columns;
mod doubles;
mod figures;
mod finding;
mod ground;
/// The six-monthly report.
mod half_year;
mod measure;
mod outcome;
mod overlaps;
/// As a page.
mod page;
mod rules;
mod shapes;
/// As a workbook and as a table of values.
mod sheets;
mod survey;
/// As answers tell of it.
mod told;
mod undershoots;

pub use check::{CheckError, Checked, Checker};
pub use finding::{KEPT_MAX as FINDINGS_KEPT_MAX, collection};
pub use half_year::{
    HalfYear, NoHalfYear, NotBegun, Record, Stated, StatementError, Statements, half_year, half_year_page,
    half_year_sheets, today,
};
pub use measure::{Word, name};
pub use outcome::both;
pub use page::{content, page, value_of, word_score};
pub use sheets::{csv, sheets};
pub use told::told;
