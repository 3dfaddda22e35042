//! A row on its way from a file to the layer, and what was found of it.
//!
//! Must not know files or the database.

use super::{
    geometry::Shape,
    report::{Finding, ImportReport, Rule, Severity},
    values::Cell,
    words::{Words, words},
};
use crate::{
    layer::{Attribute, AttributeType, LayerDefinition},
    store::postgis::StagedValue,
};
use serde_json::Value;
use std::{path::Path, sync::Arc};
use unicode_normalization::UnicodeNormalization;

/// A row on its way.
pub struct Row {
    /// Its number in the file.
    pub number: u64,
    /// Numbers of the other rows that it was made of.
    pub also: Vec<u64>,
    /// In the order of the attributes that are written.
    pub values: Vec<StagedValue>,
    /// `None` where it has none that can be taken.
    pub shape: Option<Shape>,
    /// Why the geometry is not valid, and where in the file's system.
    pub invalid: Option<(Words, Option<(f64, f64)>)>,
    /// What was found.
    pub findings: Vec<RowFinding>,
    /// What was found at a place in the file's system, until that is known.
    pub unplaced: Vec<(RowFinding, (f64, f64))>,
    /// What was delivered in place of what was repaired, by attribute: a text, or an array of texts;
    /// `geometry` as WKB in hexadecimal digits.
    pub delivered: Vec<(String, Value)>,
    /// Whether the code of its commune was put in where there was none.
    pub filled: bool,
}

/// A finding that does not know its row's key yet.
#[derive(Debug, Clone)]
pub struct RowFinding {
    /// The rule.
    pub rule: Rule,
    /// What it means for the row.
    pub severity: Severity,
    /// The attribute.
    pub attribute: Option<String>,
    /// The column of the file, where it is one cell.
    pub column: Option<String>,
    /// The value as delivered.
    pub value: Option<String>,
    /// What is wrong, in a sentence.
    pub reason: Words,
    /// What was done.
    pub repair: Option<Words>,
    /// The value that it became.
    pub kept: Option<String>,
    /// Degrees of EPSG:4326.
    pub place: Option<(f64, f64)>,
}

impl RowFinding {
    /// An error of the row as a whole.
    pub fn error(rule: Rule, reason: Words) -> Self {
        Self {
            rule,
            severity: Severity::Error,
            attribute: None,
            column: None,
            value: None,
            reason,
            repair: None,
            kept: None,
            place: None,
        }
    }

    /// Of an attribute.
    pub fn of(mut self, attribute: &str) -> Self {
        self.attribute = Some(attribute.to_owned());
        self
    }

    /// In a column of the file.
    pub fn in_column(mut self, column: Option<&str>) -> Self {
        self.column = column.map(str::to_owned);
        self
    }

    /// With the value as delivered.
    pub fn with_value(mut self, value: String) -> Self {
        self.value = (!value.is_empty()).then_some(value);
        self
    }

    /// One that was repaired, and how.
    pub fn repaired(rule: Rule, reason: Words, how: Words) -> Self {
        let mut finding = Self::error(rule, reason);
        finding.severity = Severity::Repaired;
        finding.repair = Some(how);
        finding
    }

    /// As it is told of a row.
    pub fn of_row(self, file: Arc<Path>, row: u64, key: Option<String>) -> Finding {
        let Self { rule, severity, attribute, column, value, reason, repair, kept, place } = self;
        let lies = None;
        Finding {
            rule,
            severity,
            file,
            row,
            key,
            attribute,
            column,
            place,
            lies,
            value,
            reason,
            repair,
            kept,
        }
    }

    /// At a place.
    pub fn at(mut self, place: Option<(f64, f64)>) -> Self {
        self.place = place;
        self
    }
}

impl Row {
    /// An empty row of that number.
    pub fn new(number: u64) -> Self {
        Self {
            number,
            also: Vec::new(),
            values: Vec::new(),
            shape: None,
            invalid: None,
            findings: Vec::new(),
            unplaced: Vec::new(),
            delivered: Vec::new(),
            filled: false,
        }
    }

    /// Notes what was found.
    pub fn note(&mut self, finding: RowFinding) {
        self.findings.push(finding);
    }

    /// Notes a text that is kept in another form than it was delivered in: in NFC, without blanks around it.
    pub fn note_text(&mut self, attribute: &Attribute, column: &str, cell: &Cell, value: &StagedValue) {
        let Some((delivered, kept, how)) = other_form(attribute.kind, cell, value) else { return };
        let shown = |value: &Value| match value {
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "),
            value => value.as_str().unwrap_or_default().to_owned(),
        };
        let what = words("chưa đúng dạng lưu trữ", "is not in the form that is kept");
        let found = RowFinding::repaired(Rule::Text, what, how);
        let mut found = found.of(&attribute.name).in_column(Some(column)).with_value(shown(&delivered));
        found.kept = Some(kept);
        self.note(found);
        self.delivered.push((attribute.name.clone(), delivered));
    }

    /// Notes what waited for its place in degrees.
    pub fn note_unplaced(&mut self, degrees: impl Fn(f64, f64) -> Option<(f64, f64)>) {
        for (found, (x, y)) in std::mem::take(&mut self.unplaced) {
            self.note(found.at(degrees(x, y)));
        }
    }

    /// Notes a day that was delivered as the number by which Excel counts it.
    pub fn note_day(
        &mut self,
        attribute: &Attribute,
        column: &str,
        number: Option<String>,
        day: &StagedValue,
    ) {
        let Some(number) = number else { return };
        let how = match day {
            StagedValue::Timestamp(_) => words(
                "đã đọc thành thời điểm mà Excel tính theo số đó",
                "it was read as the moment that Excel counts by it",
            ),
            _ => words(
                "đã đọc thành ngày mà Excel tính theo số đó",
                "it was read as the day that Excel counts by it",
            ),
        };
        let found = RowFinding::repaired(Rule::Type, words("là một con số", "is a number"), how);
        let mut found = found.of(&attribute.name).in_column(Some(column)).with_value(number.clone());
        found.kept = text(day);
        self.note(found);
        self.delivered.push((attribute.name.clone(), number.into()));
    }

    /// Whether it cannot be loaded.
    pub fn is_refused(&self) -> bool {
        self.findings.iter().any(|f| f.severity == Severity::Error)
    }

    /// What was delivered, as a JSON object; `None` where nothing was repaired.
    pub fn delivered_json(&self) -> Option<String> {
        if self.delivered.is_empty() {
            return None;
        }
        // Of what was repaired twice, the first was delivered.
        Some(Value::Object(self.delivered.iter().rev().cloned().collect()).to_string())
    }

    /// Puts what was found into the report, under the row's key.
    pub fn report(
        &mut self,
        report: &mut ImportReport,
        (position, path): (i32, &Arc<Path>),
        attributes: &[Attribute],
        layer: &LayerDefinition,
    ) {
        if self.filled && !self.is_refused() {
            report.note_filled(position, self.number);
        }
        if self.findings.is_empty() {
            return;
        }
        if self.is_refused() {
            report.refused += 1;
            let errors = self.findings.iter().filter(|f| f.severity == Severity::Error);
            let name = |f: &RowFinding| f.attribute.as_ref().map(|a| format!("{a}: ")).unwrap_or_default();
            let reasons: Vec<Words> = errors.map(|f| f.reason.behind(&name(f))).collect();
            let reasons = Words::joined(&reasons, "; ");
            for row in std::iter::once(&self.number).chain(&self.also) {
                report.refused_rows.note(position, *row, &reasons);
            }
        }
        let key = key(attributes, layer, &self.values);
        let lies = self.shape.as_ref().and_then(|shape| shape.all_positions().next());
        for found in self.findings.drain(..) {
            report.note(Finding { lies, ..found.of_row(Arc::clone(path), self.number, key.clone()) });
        }
    }
}

/// A text that is kept in another form: as it was delivered, as it is kept, and what was done.
fn other_form(kind: AttributeType, cell: &Cell, value: &StagedValue) -> Option<(Value, String, Words)> {
    let blanks = || words("đã bỏ khoảng trắng ở đầu và cuối", "blanks around it were left out");
    let nfc = || words("đã chuyển sang Unicode dựng sẵn (NFC)", "it was written in Unicode NFC");
    let both = || {
        words(
            "đã bỏ khoảng trắng ở đầu và cuối, và chuyển sang Unicode dựng sẵn (NFC)",
            "blanks around it were left out, and it was written in Unicode NFC",
        )
    };
    let nothing_left =
        || words("chỉ có khoảng trắng, nên để trống", "it holds blanks only, and is left empty");
    let holds_text = matches!(kind, AttributeType::Text | AttributeType::Enum | AttributeType::TextList);
    let is_nfc = |text: &str| text.nfc().eq(text.chars());
    match (cell, value) {
        (Cell::Text(delivered), StagedValue::Text(kept)) => {
            // A title of a code's is no other form of the code.
            if delivered == kept || delivered.trim().nfc().ne(kept.chars()) {
                return None;
            }
            let how = match (delivered.trim() == kept, delivered.trim().len() == delivered.len()) {
                (true, _) => blanks(),
                (_, true) => nfc(),
                _ => both(),
            };
            Some((Value::from(delivered.as_str()), kept.clone(), how))
        }
        (Cell::Text(delivered), StagedValue::Null) if holds_text && !delivered.is_empty() => {
            Some((Value::from(delivered.as_str()), String::new(), nothing_left()))
        }
        // Where one text stands for several, blanks between them are no part of any.
        (Cell::Text(delivered), StagedValue::TextList(kept)) if !is_nfc(delivered) => {
            Some((Value::from(delivered.as_str()), kept.join("; "), nfc()))
        }
        (Cell::List(delivered), StagedValue::TextList(kept)) if delivered != kept => {
            let how = if delivered.iter().all(|item| is_nfc(item)) { blanks() } else { both() };
            Some((Value::from(delivered.clone()), kept.join("; "), how))
        }
        (Cell::List(delivered), StagedValue::Null) if holds_text && !delivered.is_empty() => {
            Some((Value::from(delivered.clone()), String::new(), nothing_left()))
        }
        _ => None,
    }
}

/// Bytes as they stand in `delivered`.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from(b"0123456789abcdef"[usize::from(n)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The row's key, its parts joined by `/`; `None` where one is missing.
pub fn key(attributes: &[Attribute], layer: &LayerDefinition, values: &[StagedValue]) -> Option<String> {
    let mut parts = Vec::new();
    for (attribute, value) in attributes.iter().zip(values) {
        if layer.key.contains(&attribute.name) {
            parts.push(text(value)?);
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// A value in words; `None` where there is none.
pub fn text(value: &StagedValue) -> Option<String> {
    Some(match value {
        StagedValue::Null => return None,
        StagedValue::Bool(b) => b.to_string(),
        StagedValue::Int(n) => n.to_string(),
        StagedValue::Decimal(text) | StagedValue::Text(text) => text.clone(),
        StagedValue::Date(day) => day.to_string(),
        StagedValue::Timestamp(moment) => moment.to_string(),
        StagedValue::TextList(items) => items.join(", "),
    })
}
