//! A row on its way from a file to the layer, and what was found of it.
//!
//! Must not know files or the database.

use super::{
    geometry::Shape,
    report::{Finding, ImportReport, Rule, Severity},
    values::Cell,
};
use crate::{
    layer::{Attribute, LayerDefinition},
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
    pub invalid: Option<(String, Option<(f64, f64)>)>,
    /// What was found.
    pub findings: Vec<RowFinding>,
    /// What was delivered in place of what was repaired, by attribute; `geometry` as WKB in
    /// hexadecimal digits.
    pub delivered: Vec<(String, String)>,
    /// Values that were put in where there was none.
    pub filled: u64,
}

/// A finding that does not know its row's key yet.
pub struct RowFinding {
    /// The rule.
    pub rule: Rule,
    /// What it means for the row.
    pub severity: Severity,
    /// The attribute.
    pub attribute: Option<String>,
    /// The value as delivered.
    pub value: Option<String>,
    /// What is wrong, in a sentence.
    pub reason: String,
    /// What was done.
    pub repair: Option<String>,
    /// Degrees of EPSG:4326.
    pub place: Option<(f64, f64)>,
}

impl RowFinding {
    /// An error of the row as a whole.
    pub fn error(rule: Rule, reason: String) -> Self {
        let severity = Severity::Error;
        Self { rule, severity, attribute: None, value: None, reason, repair: None, place: None }
    }

    /// Of an attribute.
    pub fn of(mut self, attribute: &str) -> Self {
        self.attribute = Some(attribute.to_owned());
        self
    }

    /// With the value as delivered.
    pub fn with_value(mut self, value: String) -> Self {
        self.value = (!value.is_empty()).then_some(value);
        self
    }

    /// One that was repaired, and how.
    pub fn repaired(rule: Rule, reason: &str, how: &str) -> Self {
        let mut finding = Self::error(rule, reason.to_owned());
        finding.severity = Severity::Repaired;
        finding.repair = Some(how.to_owned());
        finding
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
            delivered: Vec::new(),
            filled: 0,
        }
    }

    /// Notes what was found.
    pub fn note(&mut self, finding: RowFinding) {
        self.findings.push(finding);
    }

    /// Notes a text that is kept in another form than it was delivered in.
    pub fn note_text(&mut self, attribute: &str, cell: &Cell, value: &StagedValue) {
        let (Cell::Text(delivered), StagedValue::Text(kept)) = (cell, value) else { return };
        // A title of a code's is no other form of the code.
        if delivered == kept || delivered.trim().nfc().ne(kept.chars()) {
            return;
        }
        let how = match (delivered.trim() == kept, delivered.trim().len() == delivered.len()) {
            (true, _) => "blanks around it were left out",
            (_, true) => "it was written in Unicode NFC",
            _ => "blanks around it were left out, and it was written in Unicode NFC",
        };
        let found = RowFinding::repaired(Rule::Text, "is not in the form that is kept", how);
        self.note(found.of(attribute).with_value(delivered.clone()));
        self.delivered.push((attribute.to_owned(), delivered.clone()));
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
        let all = self.delivered.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str())));
        Some(Value::Object(all.collect()).to_string())
    }

    /// Puts what was found into the report, under the row's key.
    pub fn report(
        &mut self,
        report: &mut ImportReport,
        (position, path): (i32, &Arc<Path>),
        attributes: &[Attribute],
        layer: &LayerDefinition,
    ) {
        report.filled += if self.is_refused() { 0 } else { self.filled };
        if self.findings.is_empty() {
            return;
        }
        if self.is_refused() {
            report.refused += 1;
            let errors = self.findings.iter().filter(|f| f.severity == Severity::Error);
            let name = |f: &RowFinding| f.attribute.as_ref().map(|a| format!("{a}: ")).unwrap_or_default();
            let reasons: Vec<String> = errors.map(|f| format!("{}{}", name(f), f.reason)).collect();
            let reasons = reasons.join("; ");
            for row in std::iter::once(&self.number).chain(&self.also) {
                report.refused_rows.note(position, *row, &reasons);
            }
        }
        let key = key(attributes, layer, &self.values);
        for found in self.findings.drain(..) {
            let RowFinding { rule, severity, attribute, value, reason, repair, place } = found;
            let (file, row, key) = (Arc::clone(path), self.number, key.clone());
            report.note(Finding { rule, severity, file, row, key, attribute, place, value, reason, repair });
        }
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
