//! What came out: of each measure a figure with what it was counted from, or why there is none; of them the
//! four words. A figure without data is none.

use super::{
    finding::Findings,
    measure::{Word, applies, iso, name, pass, word},
};
use crate::layer::{LayerView, QualityMeasure, Title};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// What is known by one measure.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// A figure, and what it was counted from.
    Figure(f64, Title),
    /// None, and why.
    Nothing(Title),
}

impl Known {
    /// The share of `good` among `of`; unknown where there is nothing to share.
    pub fn share(good: u64, of: u64, counted: Title, nothing: Title) -> Self {
        match of {
            0 => Self::Nothing(nothing),
            of => Self::Figure(good as f64 / of as f64, counted),
        }
    }
}

/// The quality of a layer as one caller may see it.
#[derive(Debug, Clone)]
pub struct LayerQuality {
    /// Features.
    pub count: u64,
    /// By measure.
    pub known: BTreeMap<QualityMeasure, Known>,
    /// What is wrong where.
    pub findings: Findings,
}

/// How near a value comes to its mark, 1 where it passes.
pub fn score(measure: QualityMeasure, value: f64, mark: f64) -> f64 {
    let share = match measure.is_at_most() {
        false => value / mark,
        true if value <= mark => 1.0,
        true => mark / value,
    };
    share.clamp(0.0, 1.0)
}

impl LayerQuality {
    /// As JSON: the measures that the layer has, and the words.
    pub fn to_json(&self, view: &LayerView) -> Json {
        let mut lowest: BTreeMap<Word, f64> = BTreeMap::new();
        let mut unknown: BTreeMap<Word, u32> = BTreeMap::new();
        let mut measures = Vec::new();
        for measure in QualityMeasure::ALL.into_iter().filter(|m| applies(*m, view)) {
            let (word, mark) = (word(measure), pass(measure, view));
            let mut told = json!({
                "measure": measure.as_str(),
                "word": word.as_str(),
                "title": both(&name(measure)),
                "iso_19157": iso(measure),
                "pass": mark,
                "better": if measure.is_at_most() { "lower" } else { "higher" },
                "value": null,
                "score": null,
                "passes": null,
                "findings": self.findings.total(measure),
            });
            match self.known.get(&measure) {
                Some(Known::Figure(value, counted)) => {
                    let score = score(measure, *value, mark);
                    let low = lowest.entry(word).or_insert(1.0);
                    *low = low.min(score);
                    told["value"] = json!(value);
                    told["score"] = json!(score);
                    told["passes"] = json!(score >= 1.0);
                    told["counted"] = both(counted);
                }
                other => {
                    *unknown.entry(word).or_default() += 1;
                    if let Some(Known::Nothing(why)) = other {
                        told["unknown"] = both(why);
                    }
                }
            }
            measures.push(told);
        }
        let words = Word::ALL.map(|word| {
            json!({
                "word": word.as_str(),
                "title": both(&word.title()),
                "score": lowest.get(&word),
                "unknown_measures": unknown.get(&word).copied().unwrap_or(0),
            })
        });
        json!({ "count": self.count, "words": words, "passes": passes(&lowest), "measures": measures })
    }
}

/// Whether a layer passes: not, if a word falls short; unknown, if nothing is known of one.
fn passes(lowest: &BTreeMap<Word, f64>) -> Option<bool> {
    if lowest.values().any(|score| *score < 1.0) {
        return Some(false);
    }
    (lowest.len() == Word::ALL.len()).then_some(true)
}

/// A title as answers write it.
pub fn both(title: &Title) -> Json {
    json!({ "vi": title.vi, "en": title.en })
}
