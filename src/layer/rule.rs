//! What a layer file says of the rules that its rows must keep.

use super::{
    definition::{Attribute, AttributeType, LayerDefinition, Title},
    document::{Document, LayerError},
    unit::Unit,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule over the attributes of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a rule with id, filter and message")]
pub struct LayerRule {
    /// Its name in reports: small letters, digits, `_`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]*$"), length(max = 63))]
    pub id: String,
    /// What must not be false of any row, in CQL2 text, for example `km_to > km_from`. Where a value
    /// is missing nothing is known, and the rule is kept.
    pub filter: String,
    /// What becomes of a row that breaks it; it is refused if not said.
    #[serde(default)]
    pub severity: RuleSeverity,
    /// What is wrong with such a row.
    pub message: Title,
}

/// What becomes of a row that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleSeverity {
    /// It is refused.
    #[default]
    Error,
    /// It is loaded, and told.
    Warning,
}

/// What of a geometry an attribute can state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// Its area in the plane of EPSG:9210.
    Area,
    /// Its length there.
    Length,
}

impl Measure {
    /// Square metres or metres of one such unit; `None` where it is a unit of something else.
    pub const fn factor(self, unit: Unit) -> Option<f64> {
        match (self, unit) {
            (Self::Area, Unit::SquareMetre) | (Self::Length, Unit::Metre) => Some(1.0),
            (Self::Area, Unit::Hectare) => Some(1e4),
            (Self::Area, Unit::SquareKilometre) => Some(1e6),
            (Self::Length, Unit::Kilometre) => Some(1e3),
            _ => None,
        }
    }
}

/// Rules: each with a name of its own and words in both languages. That the filter is one is seen
/// where it is bound to the layer.
pub(super) fn check(layer: &LayerDefinition, file: &Document<'_>) -> Vec<LayerError> {
    let mut errors = Vec::new();
    for (i, rule) in layer.rules.iter().enumerate() {
        let mut wrong = |key: &str, text: String| errors.push(file.error(&format!("rules.{i}.{key}"), text));
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !rule.id.starts_with(|c: char| c.is_ascii_lowercase()) || !rule.id.chars().all(letters) {
            wrong("id", format!("`{}` is no id; allowed: a-z, 0-9, _, a letter first", rule.id));
        }
        if layer.rules[..i].iter().any(|r| r.id == rule.id) {
            wrong("id", format!("the rule `{}` stands twice", rule.id));
        }
        if rule.filter.trim().is_empty() {
            wrong("filter", "the filter is empty; allowed: CQL2 text such as `km_to > km_from`".to_owned());
        }
        if rule.message.vi.trim().is_empty() || rule.message.en.trim().is_empty() {
            wrong("message", "the message is empty in one of the languages".to_owned());
        }
    }
    errors
}

/// The keys `measure` and `past` of an attribute, where its type has no use for them.
pub(super) fn check_attribute(attribute: &Attribute, wrong: &mut impl FnMut(&str, String)) {
    if let Some(measure) = attribute.measure {
        let number = matches!(attribute.kind, AttributeType::Integer | AttributeType::Number);
        if !number || attribute.unit.and_then(|unit| measure.factor(unit)).is_none() {
            let units = if measure == Measure::Area { "m2, ha, km2" } else { "m, km" };
            wrong("measure", format!("only a number with the unit {units} may have this `measure`"));
        }
    }
    use AttributeType::{Date, Integer, Timestamp};
    if attribute.past && !matches!(attribute.kind, Date | Timestamp | Integer) {
        wrong("past", "only a `date`, a `timestamp` or an `integer` (a year) may have `past`".to_owned());
    }
}
