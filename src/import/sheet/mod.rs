//! Sheets as they are read: in UTF-8, and from the row with the names of the columns on.
//!
//! Agencies put titles above the heading. It is the first row, or two, of which the cells name what the layer
//! needs, so that a sheet without titles is read as it is. Must not know GDAL or the database.

mod groups;
pub mod heading;
pub mod text;
pub mod workbook;

use super::{
    ImportError, ImportRequest,
    columns::{
        self,
        positions::{self, PositionColumns},
    },
    file::format::{Format, not_readable},
    plan,
    read::{OpenFile, Source},
    values::Cell,
    words::{SYSTEM, Words, words},
};
use crate::layer::LayerDefinition;
use heading::{Heading, Lower};
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use text::Wide;

/// Rows with titles above a heading that is looked for.
const TITLES_MAX: usize = 10;

/// Rows of data that are looked at.
const DATA_ROWS: u64 = 8;

/// A sheet as it is to be read.
#[derive(Debug)]
pub struct Sheet {
    /// Where: the file itself, or a copy.
    pub path: PathBuf,
    /// Its heading, which is the first row of what is read.
    pub heading: Heading,
    /// What was done, in words for those who sent it.
    pub notes: Vec<Words>,
    /// Its order of bytes, where it came in UTF-16.
    pub wide: Option<Wide>,
    // They go when it has been read.
    copies: Vec<TempDir>,
}

/// What a heading has to name.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The file.
    pub path: &'a Path,
    /// What is asked for.
    pub request: &'a ImportRequest,
    /// The layer.
    pub layer: &'a LayerDefinition,
    /// Attributes that need no column.
    pub given: &'a [&'a str],
}

/// How much of it a row names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Fit {
    named: usize,
    whole: bool,
}

impl Wanted<'_> {
    /// The folder for copies.
    fn scratch(&self) -> Option<&Path> {
        self.request.scratch.as_deref()
    }

    fn fit(&self, cells: &[String]) -> Fit {
        let Self { path, request, layer, given } = *self;
        let said = positions::said(path, cells, request, layer);
        let matching = columns::match_columns(path, cells, layer, &request.columns, given, false);
        match (matching, said) {
            (Ok(matching), Ok(said)) => {
                let placed = PositionColumns::find(cells, &said).is_some();
                let whole = placed && plan::missing(layer, &matching, given).is_empty();
                Fit { named: matching.pairs.len() + 2 * usize::from(placed), whole }
            }
            (Err(ImportError::AmbiguousColumn { .. }), _) => Fit { named: 2, whole: true },
            _ => Fit::default(),
        }
    }

    /// How much two rows name together, of which the first is at `above`, and how; `None` where they do not belong
    /// together.
    fn fit_both(&self, rows: &[Vec<String>], above: usize) -> Option<(Fit, Lower)> {
        let mut how = heading::belong(rows, above)?;
        let (upper, lower) = (rows.get(above)?, rows.get(above + 1)?);
        if !how.are_units {
            how.alone = groups::alone(self, upper, lower);
        }
        Some((self.fit(&heading::joined(upper, lower, &how)), how))
    }

    /// The heading of the `rows`, the first of the sheet.
    fn heading(&self, rows: &[Vec<String>]) -> Result<Heading, ImportError> {
        let (above, lower) = match self.request.header_row {
            Some(row) => self.said(row, rows)?,
            None => self.likeliest(rows),
        };
        Ok(Heading::at(rows, above, lower))
    }

    /// The heading that `row` is said to be, from 1, or one of two rows of.
    fn said(&self, row: u64, rows: &[Vec<String>]) -> Result<(usize, Option<Lower>), ImportError> {
        let at = usize::try_from(row).ok().and_then(|row| row.checked_sub(1));
        let Some(at) = at.filter(|at| *at < rows.len()) else {
            let path = self.path.display();
            let reason = words(format!("{path} không có dòng này"), format!("{path} has no such row"));
            return Err(setting(row, reason));
        };
        let whole = |above| self.fit_both(rows, above).filter(|(fit, _)| fit.whole).map(|(_, lower)| lower);
        if let Some(lower) = whole(at) {
            return Ok((at, Some(lower)));
        }
        let above = at.checked_sub(1).filter(|_| !self.fit(&rows[at]).whole);
        Ok(match above.and_then(|above| Some((above, whole(above)?))) {
            Some((above, lower)) => (above, Some(lower)),
            None => (at, None),
        })
    }

    fn likeliest(&self, rows: &[Vec<String>]) -> (usize, Option<Lower>) {
        let (mut single, mut double) = (Vec::new(), Vec::new());
        for (above, cells) in rows.iter().enumerate().take(TITLES_MAX + 1) {
            let one = self.fit(cells);
            let (both, lower) = self.fit_both(rows, above).unzip();
            let both = both.unwrap_or_default();
            if let Some(lower) = lower.filter(|_| both.whole) {
                let next = || self.fit(&rows[above + 1]);
                // A title, or what unit all is in, is no group: it stands alone in its row, or adds nothing to names.
                let adds_nothing = || !lower.alone.is_empty() && next().named >= both.named;
                let is_title = || (heading::filled(cells) == 1 || adds_nothing()) && next().whole;
                if one.whole || !is_title() {
                    return (above, Some(lower));
                }
            }
            single.push(one);
            // Nothing below is looked at: most sheets have no titles, and some have many columns.
            if one.whole {
                return (above, None);
            }
            double.push(both);
        }
        let most = |fits: &[Fit]| fits.iter().map(|fit| fit.named).max().unwrap_or_default();
        if most(&double) > most(&single) {
            let above = heading(&double);
            return (above, self.fit_both(rows, above).map(|(_, lower)| lower));
        }
        (heading(&single), None)
    }
}

/// The first heading that names all; else the one that names most, if that is more than the first row does.
fn heading(fits: &[Fit]) -> usize {
    if let Some(whole) = fits.iter().position(|fit| fit.whole) {
        return whole;
    }
    let most = fits.iter().map(|fit| fit.named).max().filter(|most| *most >= 2);
    fits.iter().position(|fit| Some(fit.named) == most).unwrap_or_default()
}

fn cut_short() -> Words {
    words(
        "không đọc được: tệp UTF-16 kết thúc giữa một chữ, tức là bị cắt cụt",
        "cannot be read: it ends within a letter of UTF-16, so it is cut short",
    )
}

fn not_left_out(error: &std::io::Error) -> Words {
    let Words { vi, en } = match error.kind() {
        ErrorKind::InvalidData => {
            words("tệp không có cấu trúc của bảng tính Excel", "it is not built as workbooks are")
        }
        _ => Words::said_by(SYSTEM, error),
    };
    words(
        format!("không bỏ qua được các dòng phía trên dòng tên cột ({vi}); hãy xóa các dòng đó"),
        format!("the rows above its heading cannot be left out ({en}); delete them"),
    )
}

fn setting(row: u64, reason: Words) -> ImportError {
    ImportError::Setting { flag: format!("--header-row {row}"), reason }
}

/// How it is settled which row holds the names, for those who miss one; empty where `format` is no sheet.
pub fn hint(format: Format, heading: &Heading) -> Words {
    if format.is_sheet() { heading.hint() } else { Words::same("") }
}

impl Sheet {
    /// A file as it is read; of a workbook the heading is found once it is open ([`Sheet::begin`]).
    ///
    /// # Errors
    /// Where a table of text cannot be read or copied, or has no row that is said to be its heading.
    pub fn of(format: Format, wanted: &Wanted<'_>) -> Result<Self, ImportError> {
        let mut sheet = Self {
            path: wanted.path.to_owned(),
            heading: Heading::default(),
            notes: Vec::new(),
            wide: None,
            copies: Vec::new(),
        };
        match format {
            Format::Csv => sheet.text(wanted)?,
            Format::Xlsx => {}
            _ => {
                if let Some(row) = wanted.request.header_row {
                    let (path, name) = (wanted.path.display(), format.name());
                    let reason = words(
                        format!("chỉ dùng cho bảng tính; {path} là {name}"),
                        format!("is about sheets; {path} is a {name}"),
                    );
                    return Err(setting(row, reason));
                }
            }
        }
        Ok(sheet)
    }

    fn text(&mut self, wanted: &Wanted<'_>) -> Result<(), ImportError> {
        let fail = |e: std::io::Error| ImportError::of_file(wanted.path, &e, not_readable(&e));
        self.wide = text::wide(wanted.path).map_err(fail)?;
        if let Some(wide) = self.wide {
            let copy = text::narrowed(wanted.path, wide, wanted.scratch()).map_err(|e| match e.kind() {
                ErrorKind::InvalidData => ImportError::file(wanted.path, cut_short()),
                _ => fail(e),
            })?;
            self.goes_to(copy);
        }
        let head = text::head(&self.path, rows_looked_at(wanted.request)).map_err(fail)?;
        let rows = head.rows();
        // GDAL would cut it without a word.
        let widest = rows.iter().map(Vec::len).max().unwrap_or_default();
        columns::check_count(wanted.path, widest)?;
        self.heading = wanted.heading(&rows)?;
        if self.heading.left_out() > 0 || head.is_broken() || text::is_named_oddly(&self.path) {
            let copy = head.copied_from(&self.path, &self.heading, wanted.scratch()).map_err(fail)?;
            self.goes_to(copy);
        }
        self.heading.separator = head.separator(self.heading.above as usize);
        self.notes.extend(self.heading.notes(&rows));
        Ok(())
    }

    /// Whether a workbook that is open has more than one row above its data, and is to be opened anew: in a copy
    /// they are one.
    ///
    /// # Errors
    /// Where it cannot be copied, or has no row that is said to be its heading.
    pub fn begin(
        &mut self,
        file: &OpenFile,
        source: &Source,
        wanted: &Wanted<'_>,
    ) -> Result<bool, ImportError> {
        let all: Vec<usize> = (0..file.columns.len()).collect();
        let mut rows = vec![own_names(&file.columns)];
        let first = file.first(source, &all, rows_looked_at(wanted.request))?;
        rows.extend(first.iter().map(|cells| cells.iter().map(text).collect()));
        self.heading = wanted.heading(&rows)?;
        if self.heading.left_out() == 0 {
            return Ok(false);
        }
        let joined = self.heading.joined(&rows);
        let (index, within) = (source.index, wanted.scratch());
        let copy = workbook::from_heading(wanted.path, index, &self.heading, joined.as_deref(), within);
        self.goes_to(copy.map_err(|e| ImportError::of_file(wanted.path, &e, not_left_out(&e)))?);
        self.notes.extend(self.heading.notes(&rows));
        Ok(true)
    }

    fn goes_to(&mut self, (folder, path): (TempDir, PathBuf)) {
        self.copies.push(folder);
        self.path = path;
    }
}

/// How many rows are looked at for a heading: its second row and one that numbers the columns are behind the first,
/// and some of data show what these are.
fn rows_looked_at(request: &ImportRequest) -> u64 {
    request.header_row.unwrap_or(TITLES_MAX as u64 + 1).saturating_add(2 + DATA_ROWS)
}

/// Names without those that GDAL gives to columns that have none.
fn own_names(columns: &[String]) -> Vec<String> {
    let own = |(at, name): (usize, &String)| {
        if *name == format!("Field{}", at + 1) { String::new() } else { name.clone() }
    };
    columns.iter().enumerate().map(own).collect()
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Empty | Cell::List(_) => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Int(n) => n.to_string(),
        Cell::Real(n) => n.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_the_first_row_that_names_all_or_most() {
        let fits = |all: &[(usize, bool)]| -> Vec<Fit> {
            all.iter().map(|(named, whole)| Fit { named: *named, whole: *whole }).collect()
        };
        assert_eq!(heading(&fits(&[(4, true), (4, true)])), 0);
        assert_eq!(heading(&fits(&[(0, false), (1, false), (4, true), (0, false)])), 2);
        assert_eq!(heading(&fits(&[(0, false), (3, false), (0, false)])), 1);
        // One name can stand in any text.
        assert_eq!(heading(&fits(&[(0, false), (1, false), (0, false)])), 0);
        assert_eq!(heading(&fits(&[(3, false), (3, false)])), 0);
        assert_eq!(heading(&[]), 0);
    }
}
