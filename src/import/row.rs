//! A row on its way from a file to the layer, and what was found of it.
//!
//! Must not know files or the database.

use super::{
    geometry::Shape,
    report::{Finding, ImportReport, Rule, Severity},
};
use crate::{
    layer::{Attribute, LayerDefinition},
    store::postgis::StagedValue,
};
use std::{path::Path, sync::Arc};

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
        }
    }

    /// Notes what was found.
    pub fn note(&mut self, finding: RowFinding) {
        self.findings.push(finding);
    }

    /// Whether it cannot be loaded.
    pub fn is_refused(&self) -> bool {
        self.findings.iter().any(|f| f.severity == Severity::Error)
    }

    /// Puts what was found into the report, under the row's key.
    pub fn report(
        &mut self,
        report: &mut ImportReport,
        (position, path): (i32, &Arc<Path>),
        attributes: &[Attribute],
        layer: &LayerDefinition,
    ) {
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
