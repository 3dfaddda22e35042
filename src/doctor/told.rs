//! Checks as lines for people, and as JSON for scripts.

use super::{Check, State};
use crate::{import::Words, layer::Language};
use serde_json::{Value as Json, json};

impl State {
    /// In one of the languages, each as long as the others.
    const fn word(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Ok, Language::Vi) => "tốt ",
            (Self::Look, Language::Vi) => "xem ",
            (Self::Wrong, Language::Vi) => "hỏng",
            (Self::Ok, Language::En) => "ok   ",
            (Self::Look, Language::En) => "look ",
            (Self::Wrong, Language::En) => "wrong",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Look => "look",
            Self::Wrong => "wrong",
        }
    }
}

/// A check in one line, and what to do next below it.
pub fn line(check: &Check, language: Language) -> String {
    let mut text = format!(
        "{}  {}: {}",
        check.state.word(language),
        check.title.of(language),
        check.found.of(language).replace('\n', "\n       ")
    );
    if let Some(next) = &check.next {
        text += &format!("\n       → {}", next.of(language).replace('\n', "\n         "));
    }
    text
}

/// All checks, and how it stands with the whole.
pub fn json(checks: &[Check]) -> Json {
    let both = |words: &Words| json!({ "vi": words.vi, "en": words.en });
    let state = checks.iter().map(|check| check.state).max().unwrap_or(State::Ok);
    let checks = checks.iter().map(|check| {
        json!({
            "check": check.name,
            "title": both(&check.title),
            "state": check.state.name(),
            "found": both(&check.found),
            "next": check.next.as_ref().map(both),
        })
    });
    json!({ "state": state.name(), "checks": checks.collect::<Vec<_>>() })
}
