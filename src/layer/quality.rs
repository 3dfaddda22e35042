//! What a layer's file says of its quality: how often its data are renewed, how much of them there should
//! be, and from which mark on a measure is passed.
//!
//! Must not know how anything is measured.

use super::{
    agency::IsoDate,
    definition::{GeneraliseRule, LayerDefinition},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What makes a layer's data good enough.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "{ cycle_days = 90, declared = { count = 120, on = \"2026-01-31\" } }"
)]
pub struct QualityRule {
    /// Days within which each feature is looked at anew; without it nothing is said of how current they are.
    #[serde(default)]
    #[schemars(range(min = 1, max = 36500))]
    pub cycle_days: Option<u32>,
    /// How many features the agency says that there are.
    #[serde(default)]
    pub declared: Option<Declared>,
    /// Codes of communes in which, the agency has signed, there is none.
    #[serde(default)]
    pub none_in: Vec<String>,
    /// What a check of positions in the field gave.
    #[serde(default)]
    pub checked_positions: Option<CheckedPositions>,
    /// How the looks at the service went by which the layer is delivered (API, tiles).
    #[serde(default)]
    pub delivery_checks: Option<DeliveryChecks>,
    /// Measures that the layer's data cannot tell of and need not: `commune_match` of what lies in several communes,
    /// `timeliness` where no document decides, `temporal_validity` of what has no days of validity. A figure that
    /// there is counts all the same.
    #[serde(default)]
    pub not_asked: Vec<QualityMeasure>,
    /// Whether two features may not cover the same ground at the same time; if not said, those of the rules
    /// `coverage` and `merge` may not.
    #[serde(default)]
    pub apart: Option<bool>,
    /// Marks of this layer in the place of the usual ones.
    #[serde(default)]
    pub pass: BTreeMap<QualityMeasure, f64>,
}

/// How many features there are, by the agency's own list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "{ count = 120, on = \"2026-01-31\" }")]
pub struct Declared {
    /// The number.
    pub count: u64,
    /// The day of the list, ISO 8601.
    #[schemars(with = "String")]
    pub on: IsoDate,
}

/// Positions measured in the field beside those of features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "{ points = 24, rmse_m = 1.8, on = \"2026-01-31\" }")]
pub struct CheckedPositions {
    /// How many; 20 are needed for a figure.
    pub points: u32,
    /// Root of the mean square of the distances, metres.
    #[schemars(range(min = 0))]
    pub rmse_m: f64,
    /// The day of the check, ISO 8601.
    #[schemars(with = "String")]
    pub on: IsoDate,
}

/// Looks at whether the service answers, by somebody who watches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "{ planned = 4320, successful = 4318, on = \"2026-06-30\" }")]
pub struct DeliveryChecks {
    /// How many were to be made.
    #[schemars(range(min = 1))]
    pub planned: u64,
    /// Those that were made and went well.
    pub successful: u64,
    /// The day of the last, ISO 8601.
    #[schemars(with = "String")]
    pub on: IsoDate,
}

impl LayerDefinition {
    /// Whether no two features may cover the same ground at the same time.
    pub fn keeps_apart(&self) -> bool {
        let usual = matches!(self.generalise.rule, GeneraliseRule::Coverage | GeneraliseRule::Merge);
        self.quality.apart.unwrap_or(usual)
    }
}

/// What is measured, as layer files and answers name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QualityMeasure {
    /// Distances of positions from those measured in the field.
    PositionalAccuracy,
    /// Features that lie in the province.
    InProvince,
    /// How the coordinates came to be what they are.
    CrsProof,
    /// Values in their domains.
    DomainConsistency,
    /// Commune codes that agree with the position.
    CommuneMatch,
    /// What is there of what is declared.
    Omission,
    /// What is there and not declared.
    Commission,
    /// Mandatory values that are there.
    AttributeFill,
    /// Communes with a feature, or with a signed none.
    Coverage,
    /// Geometries that are valid and of the layer's types.
    FormatConsistency,
    /// Ground that two features cover.
    Overlap,
    /// Ends of lines that stop short of another line.
    Undershoot,
    /// Features that stand there once.
    Uniqueness,
    /// Text that is whole.
    TextConsistency,
    /// Features renewed within the cycle.
    Currency,
    /// Days from a decision to the data.
    Timeliness,
    /// Features of a key that are never valid at once.
    TemporalValidity,
    /// Deliveries that were successful.
    Service,
}

impl QualityMeasure {
    /// All measures, in the order in which they are told.
    pub const ALL: [Self; 18] = [
        Self::PositionalAccuracy,
        Self::InProvince,
        Self::CrsProof,
        Self::DomainConsistency,
        Self::CommuneMatch,
        Self::Omission,
        Self::Commission,
        Self::AttributeFill,
        Self::Coverage,
        Self::FormatConsistency,
        Self::Overlap,
        Self::Undershoot,
        Self::Uniqueness,
        Self::TextConsistency,
        Self::Currency,
        Self::Timeliness,
        Self::TemporalValidity,
        Self::Service,
    ];

    /// The name in layer files and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PositionalAccuracy => "positional_accuracy",
            Self::InProvince => "in_province",
            Self::CrsProof => "crs_proof",
            Self::DomainConsistency => "domain_consistency",
            Self::CommuneMatch => "commune_match",
            Self::Omission => "omission",
            Self::Commission => "commission",
            Self::AttributeFill => "attribute_fill",
            Self::Coverage => "coverage",
            Self::FormatConsistency => "format_consistency",
            Self::Overlap => "overlap",
            Self::Undershoot => "undershoot",
            Self::Uniqueness => "uniqueness",
            Self::TextConsistency => "text_consistency",
            Self::Currency => "currency",
            Self::Timeliness => "timeliness",
            Self::TemporalValidity => "temporal_validity",
            Self::Service => "service",
        }
    }

    /// Whether less of it is better: metres, days, shares of what is wrong.
    pub const fn is_at_most(self) -> bool {
        matches!(self, Self::PositionalAccuracy | Self::Overlap | Self::Undershoot | Self::Timeliness)
    }

    /// Whether it is a share, from 0 to 1.
    pub const fn is_share(self) -> bool {
        !matches!(self, Self::PositionalAccuracy | Self::Undershoot | Self::Timeliness)
    }
}

/// Measures that a layer may do without.
const MAY_BE_LEFT_OUT: [QualityMeasure; 3] =
    [QualityMeasure::CommuneMatch, QualityMeasure::Timeliness, QualityMeasure::TemporalValidity];

/// What is wrong in a rule: the place in the file, and words.
pub(super) fn check(rule: &QualityRule, wrong: &mut impl FnMut(&str, String)) {
    if rule.cycle_days.is_some_and(|days| !(1..=36_500).contains(&days)) {
        wrong("quality.cycle_days", "`cycle_days` goes from 1 to 36500".to_owned());
    }
    for (i, code) in rule.none_in.iter().enumerate() {
        if code.len() != 5 || !code.bytes().all(|b| b.is_ascii_digit()) {
            wrong(&format!("quality.none_in.{i}"), format!("`{code}` is no commune's code of five digits"));
        }
    }
    if rule.checked_positions.as_ref().is_some_and(|c| !(c.rmse_m.is_finite() && c.rmse_m >= 0.0)) {
        wrong("quality.checked_positions.rmse_m", "`rmse_m` is a number of metres from 0".to_owned());
    }
    if let Some(DeliveryChecks { planned, successful, .. }) = rule.delivery_checks
        && (planned == 0 || successful > planned)
    {
        wrong("quality.delivery_checks", format!("{successful} of {planned} checks cannot have gone well"));
    }
    for (i, measure) in
        rule.not_asked.iter().enumerate().filter(|(_, measure)| !MAY_BE_LEFT_OUT.contains(measure))
    {
        let names = MAY_BE_LEFT_OUT.map(QualityMeasure::as_str).join(", ");
        let name = measure.as_str();
        wrong(
            &format!("quality.not_asked.{i}"),
            format!("`{name}` is asked of each layer; what need not be asked are {names}"),
        );
    }
    for (measure, mark) in &rule.pass {
        let name = measure.as_str();
        let range = if measure.is_share() { 0.0..=1.0 } else { 0.0..=100_000.0 };
        if !range.contains(mark) || (*mark == 0.0 && !measure.is_at_most()) {
            let end = range.end();
            wrong(
                &format!("quality.pass.{name}"),
                format!("the mark of `{name}` goes from above 0 to {end}"),
            );
        }
    }
}
