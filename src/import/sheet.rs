//! Sheets as they are read: in UTF-8, and from the row with the names of the columns on.
//!
//! Agencies put titles above the heading. It is the first row of which the cells name what the layer needs, so
//! that a sheet without titles is read as it is. Must not know GDAL or the database.

use super::{
    ImportError, ImportRequest, columns,
    format::{Format, not_readable},
    plan,
    position_columns::{self, PositionColumns},
    read::{OpenFile, Source},
    sheet_text, sheet_workbook,
    values::Cell,
    words::{Words, words},
};
use crate::layer::LayerDefinition;
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Rows with titles above a heading that is looked for.
const TITLES_MAX: usize = 10;

/// The row with the names of the columns.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heading {
    /// Rows above it.
    pub above: u64,
    /// What stands between its cells, in a table of text.
    pub separator: u8,
}

/// A sheet as it is to be read.
#[derive(Debug)]
pub struct Sheet {
    /// Where: the file itself, or a copy.
    pub path: PathBuf,
    /// Its heading, which is the first row of what is read.
    pub heading: Heading,
    /// What was done, in words for those who sent it.
    pub notes: Vec<Words>,
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
    fn fit(&self, cells: &[String]) -> Fit {
        let Self { path, request, layer, given } = *self;
        let said = position_columns::said(path, cells, request, layer);
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

    /// How many of the `rows`, the first of the sheet, stand above its heading.
    fn above(&self, rows: &[Vec<String>]) -> Result<usize, ImportError> {
        if let Some(row) = self.request.header_row {
            let there = usize::try_from(row).is_ok_and(|row| (1..=rows.len()).contains(&row));
            return match there {
                true => Ok(row as usize - 1),
                false => {
                    let path = self.path.display();
                    Err(setting(
                        row,
                        words(format!("{path} không có dòng này"), format!("{path} has no such row")),
                    ))
                }
            };
        }
        let mut fits = Vec::new();
        for cells in rows.iter().take(TITLES_MAX + 1) {
            fits.push(self.fit(cells));
            // Nothing below is looked at: most sheets have no titles, and some have many columns.
            if fits.last().is_some_and(|fit| fit.whole) {
                break;
            }
        }
        Ok(heading(&fits))
    }
}

/// The first row that names all; else the one that names most, if that is more than the first row does.
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
        _ => Words::same(error.to_string()),
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
pub fn hint(format: Format, above: u64) -> Words {
    match above {
        _ if !format.is_sheet() => Words::same(""),
        0 => words(
            "Nếu tên cột nằm ở dòng khác, hãy nói rõ dòng nào bằng --header-row N.",
            "If the names stand in another row, say which with --header-row N.",
        ),
        above => {
            let row = above + 1;
            words(
                format!("Dòng {row} được coi là dòng tên cột; nếu là dòng khác, hãy thêm --header-row N."),
                format!("Row {row} is taken for the heading; if another is, say --header-row N."),
            )
        }
    }
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
        let fail = |e: std::io::Error| ImportError::file(wanted.path, not_readable(&e));
        if let Some(encoding) = sheet_text::wide(wanted.path).map_err(fail)? {
            let copy = sheet_text::narrowed(wanted.path, encoding).map_err(|e| match e.kind() {
                ErrorKind::InvalidData => ImportError::file(wanted.path, cut_short()),
                _ => fail(e),
            })?;
            self.goes_to(copy);
        }
        let most = wanted.request.header_row.unwrap_or(TITLES_MAX as u64 + 1);
        let head = sheet_text::head(&self.path, most).map_err(fail)?;
        let rows = head.rows();
        // GDAL would cut it without a word.
        let widest = rows.iter().map(Vec::len).max().unwrap_or_default();
        columns::check_count(wanted.path, widest)?;
        let above = wanted.above(&rows)?;
        if above > 0 || head.is_broken() || sheet_text::is_named_oddly(&self.path) {
            let copy = head.copied_from(&self.path, above).map_err(fail)?;
            self.goes_to(copy);
        }
        self.heading.separator = head.separator(above);
        self.begins_below(above as u64);
        Ok(())
    }

    /// Whether a workbook that is open has titles, and is to be opened anew: they are left out of a copy.
    ///
    /// # Errors
    /// Where it cannot be copied, or has no row that is said to be its heading.
    pub fn begin(
        &mut self,
        file: &OpenFile,
        source: &Source,
        wanted: &Wanted<'_>,
    ) -> Result<bool, ImportError> {
        let mut rows = vec![file.columns.clone()];
        if wanted.request.header_row.is_some() || !wanted.fit(&file.columns).whole {
            let all: Vec<usize> = (0..file.columns.len()).collect();
            let sample = file.sample(source, &all)?;
            rows.extend(sample.iter().map(|cells| cells.iter().map(text).collect()));
        }
        let above = wanted.above(&rows)?;
        if above == 0 {
            return Ok(false);
        }
        let copy = sheet_workbook::without_rows(wanted.path, source.index, above as u64);
        self.goes_to(copy.map_err(|e| ImportError::file(wanted.path, not_left_out(&e)))?);
        self.begins_below(above as u64);
        Ok(true)
    }

    fn goes_to(&mut self, (folder, path): (TempDir, PathBuf)) {
        self.copies.push(folder);
        self.path = path;
    }

    fn begins_below(&mut self, above: u64) {
        self.heading.above = above;
        let Words { vi, en } = match above {
            0 => return,
            1 => words("dòng 1", "row 1 stands"),
            above => words(format!("các dòng 1-{above}"), format!("rows 1-{above} stand")),
        };
        self.notes.push(words(
            format!("{vi} ở trên dòng tên cột, được coi là tiêu đề"),
            format!("{en} above the heading, taken for titles"),
        ));
    }
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
