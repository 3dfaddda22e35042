//! What came out: of each measure a figure with what it was counted from, or why there is none; of them the
//! four words.
//!
//! A figure without data is none. The score of a word is the lowest of its measures, and it is told only when all
//! of them are known that the layer has (`applies`) and that its file does not leave out (`not_asked`). One that
//! falls short settles that the word does, whatever the others would say.

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
        let mut measures = Vec::new();
        for measure in QualityMeasure::ALL.into_iter().filter(|m| applies(*m, view)) {
            let mark = pass(measure, view);
            let mut told = json!({
                "measure": measure.as_str(),
                "word": word(measure).as_str(),
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
                    told["value"] = json!(value);
                    told["score"] = json!(score);
                    told["passes"] = json!(score >= 1.0);
                    told["counted"] = both(counted);
                }
                Some(Known::Nothing(why)) => {
                    let is_asked = !view.layer().quality.not_asked.contains(&measure);
                    told["asked"] = json!(is_asked);
                    told["unknown"] = if is_asked { both(why) } else { both(&not_asked(why)) };
                }
                None => {}
            }
            measures.push(told);
        }
        let words = words(&measures);
        json!({ "count": self.count, "passes": passes(&words), "words": words, "measures": measures })
    }
}

/// Why a measure that the layer's file leaves out has no figure.
fn not_asked(why: &Title) -> Title {
    Title {
        vi: format!("{}; lớp này không xét (quality.not_asked)", why.vi),
        en: format!("{}; not asked of this layer (quality.not_asked)", why.en),
    }
}

/// The four words of measures as [`LayerQuality::to_json`] tells them.
pub fn words(measures: &[Json]) -> Vec<Json> {
    Word::ALL.map(|word| of_word(word, measures.iter().filter(|m| m["word"] == word.as_str()))).to_vec()
}

fn of_word<'m>(word: Word, measures: impl Iterator<Item = &'m Json>) -> Json {
    let asked = measures.filter(|measure| !measure["score"].is_null() || measure["asked"] != false);
    let (known, missing): (Vec<&Json>, Vec<&Json>) = asked.partition(|measure| !measure["score"].is_null());
    // The word has no score above that of a measure.
    let lowest = known.iter().filter_map(|measure| measure["score"].as_f64()).reduce(f64::min);
    let (count, all) = (known.len(), known.len() + missing.len());
    let mut told = json!({
        "word": word.as_str(),
        "title": both(&word.title()),
        "score": lowest.filter(|_| missing.is_empty()),
        "at_most": lowest.filter(|_| !missing.is_empty()),
        "passes": match lowest {
            Some(lowest) if lowest < 1.0 => Some(false),
            _ => lowest.filter(|_| missing.is_empty()).map(|_| true),
        },
        "measures": all,
        "known_measures": count,
    });
    if !missing.is_empty() {
        let names = |language: &str| {
            let names: Vec<&str> = missing.iter().filter_map(|m| m["title"][language].as_str()).collect();
            names.join("; ")
        };
        told["unknown"] = both(&Title {
            vi: format!("mới biết {count} trong {all} chỉ tiêu; chưa biết: {}", names("vi")),
            en: format!("{count} of {all} measures known; unknown: {}", names("en")),
        });
    }
    told
}

/// Whether all words pass: not, if one falls short; unknown, if one of the others is.
pub fn passes(words: &[Json]) -> Option<bool> {
    let words: Vec<Option<bool>> = words.iter().map(|word| word["passes"].as_bool()).collect();
    if words.contains(&Some(false)) {
        return Some(false);
    }
    (!words.contains(&None)).then_some(true)
}

/// A title as answers write it.
pub fn both(title: &Title) -> Json {
    json!({ "vi": title.vi, "en": title.en })
}
