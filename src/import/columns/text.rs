//! How each column of text of a file is written, settled from a sample before the first row.
//!
//! Must not know GDAL or the database; `legacy_text` weighs the words.

use super::Matching;
use crate::{
    import::{
        ImportError, ImportRequest, Rule,
        read::{OpenFile, Source},
        values::{Cell, Refusal, short},
        words::{Words, words},
    },
    layer::fold,
    legacy_text::{Cells, Column, ColumnText, Encoding, Reading, Unreadable, Verdict, decide},
};

/// What a reading of text is called.
pub fn title(reading: Reading) -> Words {
    let encoding = reading.encoding();
    let vi = match encoding {
        Encoding::Utf8Twice => "UTF-8 bị đọc nhầm thành Latin-1",
        Encoding::Utf8Thrice => "UTF-8 bị đọc nhầm thành Latin-1 hai lần",
        Encoding::Tcvn3Capitals => "TCVN3 viết bằng phông chữ hoa (.Vn...H)",
        other => other.title(),
    };
    let misread = reading.is_mojibake() && !matches!(encoding, Encoding::Utf8Twice | Encoding::Utf8Thrice);
    words(format!("{vi}{}", if misread { ", bị đọc nhầm thành Latin-1" } else { "" }), reading.title())
}

/// One column of text, and how it is read.
#[derive(Debug)]
pub struct TextColumn {
    /// Its name.
    pub name: String,
    /// What was found, where its cells are not plain ASCII.
    pub found: Option<ColumnText>,
    cells: Cells,
    reading: Reading,
}

/// A column whose words do not tell what it is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmbiguousText {
    /// Its name.
    pub column: String,
    /// What it could be, and how a cell would read.
    pub could: Vec<(Encoding, String)>,
}

/// Settles the columns of `matching`, in its order; `None` where a column holds no text.
///
/// # Errors
/// Where the words of a column do not tell, with the flags that would.
pub fn settle(
    file: &OpenFile,
    source: &Source,
    matching: &Matching,
    request: &ImportRequest,
) -> Result<Vec<Option<TextColumn>>, ImportError> {
    let texts: Vec<usize> =
        matching.pairs.iter().map(|(column, _)| *column).filter(|c| file.is_text(*c)).collect();
    let sample = if texts.is_empty() { Vec::new() } else { file.sample(source, &texts)? };
    let columns: Vec<Column<'_>> = texts
        .iter()
        .enumerate()
        .map(|(at, column)| Column {
            cells: sample.iter().flat_map(|row| pieces(&row[at])).collect(),
            asked: asked(request, &file.columns[*column]),
        })
        .collect();
    let verdicts = decide(file.cells, &columns, file.stated_encoding);
    let ambiguous: Vec<AmbiguousText> = texts
        .iter()
        .zip(&verdicts)
        .filter_map(|(column, verdict)| match verdict {
            Verdict::Ambiguous(could) => {
                Some(AmbiguousText { column: file.columns[*column].clone(), could: could.clone() })
            }
            _ => None,
        })
        .collect();
    if !ambiguous.is_empty() {
        return Err(ImportError::WhichEncoding { path: file.path.clone(), columns: ambiguous });
    }
    let found = |verdict: &Verdict| match verdict {
        Verdict::Found(found) => Some(found.clone()),
        _ => None,
    };
    // Columns whose sample is plain ASCII are read as the others, should a letter come after all.
    let others = verdicts.iter().find_map(found).map_or(Reading::UNICODE, |text| text.reading);
    let mut settled: Vec<Option<TextColumn>> = matching.pairs.iter().map(|_| None).collect();
    for (column, verdict) in texts.iter().zip(&verdicts) {
        let found = found(verdict);
        let reading = match (&found, file.cells) {
            (Some(text), _) => text.reading,
            (None, Cells::Bytes) => others,
            (None, Cells::Unicode) => Reading::UNICODE,
        };
        let text = TextColumn { name: file.columns[*column].clone(), found, cells: file.cells, reading };
        if let Some(at) = matching.pairs.iter().position(|(c, _)| c == column) {
            settled[at] = Some(text);
        }
    }
    Ok(settled)
}

fn asked(request: &ImportRequest, column: &str) -> Option<Encoding> {
    let named = |c: &str| c == column || fold(c) == fold(column);
    let own = request.encodings.iter().find(|e| e.column.as_deref().is_some_and(named));
    own.or_else(|| request.encodings.iter().find(|e| e.column.is_none())).map(|e| e.encoding)
}

fn pieces(cell: &Cell) -> Vec<&str> {
    match cell {
        Cell::Text(text) => vec![text],
        Cell::List(items) => items.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Names of columns that come as bytes.
pub fn names(cells: Cells, names: Vec<String>) -> Vec<String> {
    if cells == Cells::Unicode || names.iter().all(|n| n.is_ascii()) {
        return names;
    }
    let column = Column { cells: names.iter().map(String::as_str).collect(), asked: None };
    let verdict = decide(cells, &[column], None).pop();
    let Some(Verdict::Found(found)) = verdict else { return names };
    let read = |name: &String| found.reading.decode(cells, name).map(std::borrow::Cow::into_owned);
    names.iter().map(|name| read(name).unwrap_or_else(|_| name.clone())).collect()
}

impl TextColumn {
    /// Whether its cells are Unicode already.
    pub fn is_unicode(&self) -> bool {
        self.cells == Cells::Unicode && self.reading == Reading::UNICODE
    }

    /// Makes Unicode of a cell, with blanks and marks as they were delivered.
    ///
    /// # Errors
    /// Where it holds what the column's encoding does not have.
    pub fn read(&self, cell: &mut Cell) -> Result<(), Refusal> {
        match cell {
            Cell::Text(text) => self.text(text),
            Cell::List(items) => items.iter_mut().try_for_each(|item| self.text(item)),
            _ => Ok(()),
        }
    }

    fn text(&self, text: &mut String) -> Result<(), Refusal> {
        match self.reading.delivered(self.cells, text) {
            Ok(std::borrow::Cow::Borrowed(_)) => Ok(()),
            Ok(std::borrow::Cow::Owned(read)) => {
                *text = read;
                Ok(())
            }
            Err(error) => {
                let (text, title, name) = (short(text), title(self.reading), &self.name);
                let reason = words(
                    format!(
                        "`{text}` không đọc được theo bảng mã {} ({}); nếu cột dùng bảng mã khác, hãy thêm \
                         --encoding {name}=TÊN",
                        title.vi,
                        unreadable(&error)
                    ),
                    format!(
                        "`{text}` cannot be read as {}: {error}; if the column is in another encoding, say \
                         --encoding {name}=NAME",
                        title.en
                    ),
                );
                Err(Refusal { rule: Rule::Text, reason })
            }
        }
    }
}

/// In Vietnamese; its own text is English.
fn unreadable(error: &Unreadable) -> String {
    match error {
        Unreadable::Byte { byte, place, encoding } => {
            format!("byte {byte:02X} ở vị trí {place} không phải là chữ của {encoding}")
        }
        Unreadable::Letter { letter, encoding } => format!("`{letter}` không thể là byte của {encoding}"),
    }
}
