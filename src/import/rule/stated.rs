//! The rules that a layer's file states, asked of each row.

use super::{Checked, RowFinding};
use crate::{
    feature::ValueRef,
    import::{
        Words,
        report::{Rule, Severity},
    },
    layer::{Attribute, RuleSeverity},
    query::{
        BoundRule,
        filter::{Evaluator, Row},
    },
    store::postgis::StagedValue,
};
use geozero::{ToGeo, wkb::Ewkb};
use std::{fmt::Write as _, sync::Arc};

/// Rules, with where the values that they ask for stand in a row.
pub struct StatedRules<'r> {
    rules: Vec<StatedRule<'r>>,
}

struct StatedRule<'r> {
    bound: &'r BoundRule,
    id: Arc<str>,
    evaluator: Evaluator<'r>,
    /// Of each attribute that the filter asks for, its place among those that are written.
    places: Vec<Option<usize>>,
    /// Days, moments and lists as text, used again for each row.
    texts: Vec<String>,
}

impl<'r> StatedRules<'r> {
    /// The rules, for rows with these attributes.
    pub fn new(rules: &'r [BoundRule], attributes: &[Attribute]) -> Self {
        let stated = |bound: &'r BoundRule| {
            let place = |name: &str| attributes.iter().position(|a| a.name == name);
            let places: Vec<_> = bound.broken.attributes().iter().map(|a| place(&a.name)).collect();
            let texts = vec![String::new(); places.len()];
            let evaluator = Evaluator::new(&bound.broken);
            StatedRule { bound, id: Arc::from(bound.rule.id.as_str()), evaluator, places, texts }
        };
        Self { rules: rules.iter().map(stated).collect() }
    }

    /// Asks all of them of a row.
    pub fn check(&mut self, row: &Checked<'_>, found: &mut Vec<RowFinding>) {
        for rule in &mut self.rules {
            for (place, text) in rule.places.iter().zip(&mut rule.texts) {
                text.clear();
                if let Some(value) = place.and_then(|at| row.values.get(at)) {
                    write_text(value, text);
                }
            }
            let asked = Asked { row, places: &rule.places, texts: &rule.texts };
            if rule.evaluator.holds(&asked) {
                found.push(rule.finding(row));
            }
        }
    }
}

impl StatedRule<'_> {
    fn finding(&self, row: &Checked<'_>) -> RowFinding {
        let message = Words::from(&self.bound.rule.message);
        let mut finding = RowFinding::error(Rule::Stated(Arc::clone(&self.id)), message);
        if self.bound.rule.severity == RuleSeverity::Warning {
            finding.severity = Severity::Warning;
        }
        let names = self.bound.broken.attributes().iter().map(|a| a.name.as_str());
        let value = |(name, place): (&str, &Option<usize>)| {
            let value = place.and_then(|at| crate::import::row::text(row.values.get(at)?));
            format!("{name} = {}", value.unwrap_or_default())
        };
        let values: Vec<String> = names.clone().zip(&self.places).map(value).collect();
        let mut finding = finding.with_value(values.join(", "));
        finding.attribute = Some(names.collect::<Vec<_>>().join(", "));
        finding.at(row.position())
    }
}

struct Asked<'a> {
    row: &'a Checked<'a>,
    places: &'a [Option<usize>],
    texts: &'a [String],
}

impl Row for Asked<'_> {
    fn value(&self, attribute: usize) -> ValueRef<'_> {
        let value = self.places.get(attribute).and_then(|place| self.row.values.get((*place)?));
        match value {
            None | Some(StagedValue::Null) => ValueRef::Null,
            Some(StagedValue::Bool(value)) => ValueRef::Bool(*value),
            Some(StagedValue::Int(number)) => ValueRef::Int(*number),
            Some(StagedValue::Decimal(digits)) => digits.parse().map_or(ValueRef::Null, ValueRef::Number),
            Some(StagedValue::Text(text)) => ValueRef::Text(text),
            Some(StagedValue::Date(_) | StagedValue::Timestamp(_) | StagedValue::TextList(_)) => {
                ValueRef::Text(self.texts.get(attribute).map_or("", String::as_str))
            }
        }
    }

    fn geometry(&self) -> Option<geo::Geometry> {
        Ewkb(self.row.shape?.ewkb()).to_geo().ok()
    }
}

/// As the evaluator reads them.
fn write_text(value: &StagedValue, text: &mut String) {
    match value {
        StagedValue::Date(day) => {
            let _ = write!(text, "{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day());
        }
        StagedValue::Timestamp(moment) => {
            // Beyond the last year there is no UTC.
            let utc = moment.checked_to_offset(time::UtcOffset::UTC).unwrap_or(*moment);
            let (h, m, s, micro) = utc.time().as_hms_micro();
            let (year, month, day) = (utc.year(), u8::from(utc.month()), utc.day());
            let _ = write!(text, "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{micro:06}Z");
        }
        StagedValue::TextList(items) => *text = serde_json::Value::from(items.as_slice()).to_string(),
        _ => {}
    }
}
