//! Which code somebody meant who wrote one that is none.
//!
//! Must not know where the text came from.

use crate::layer::fold;
use levenshtein_automata::{Distance, LevenshteinAutomatonBuilder};
use std::{cell::RefCell, collections::HashMap, sync::LazyLock};

/// Letters of a text that may have two slips.
const LONG: usize = 6;

/// Texts that are looked for.
const LOOKED_FOR_MAX: usize = 1000;

/// What finds texts that are one and two letters off: a letter more, less, other, or in its neighbour's place.
static SLIPS: LazyLock<[LevenshteinAutomatonBuilder; 2]> =
    LazyLock::new(|| [1, 2].map(|slips| LevenshteinAutomatonBuilder::new(slips, true)));

/// The one code that has a spelling (folded) nearest to `text`, whichever its tone marks and case: one letter off, and
/// two of a longer text. None where nothing is near, or several codes are as near.
fn meant<'s>(text: &str, spellings: impl Iterator<Item = (&'s str, &'s str)>) -> Option<&'s str> {
    let written = fold(text);
    let letters = written.chars().count();
    // Of numbers each is as good as its neighbour, and so of one or two letters.
    if letters < 3 || written.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let slips = usize::from(letters >= LONG) + 1;
    // Most spellings are plainly longer or shorter, and a column of a million such cells is told soon.
    let mut alike =
        spellings.filter(|(other, _)| other.chars().count().abs_diff(letters) <= slips).peekable();
    alike.peek()?;
    let near = SLIPS[slips - 1].build_dfa(&written);
    let mut nearest: (u8, Option<&str>) = (u8::MAX, None);
    for (spelling, code) in alike {
        match near.eval(spelling) {
            Distance::Exact(slips) if slips < nearest.0 => nearest = (slips, Some(code)),
            Distance::Exact(slips) if slips == nearest.0 && nearest.1 != Some(code) => nearest.1 = None,
            _ => {}
        }
    }
    nearest.1
}

/// What texts that are no code may mean; each is looked for once, as a column may hold a million of them.
#[derive(Debug, Default)]
pub struct NearCodes(RefCell<HashMap<String, Option<String>>>);

impl NearCodes {
    /// The code that [`meant`] finds; `None` also for what comes after many others.
    pub fn meant<'a>(&self, text: &str, codes: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
        let mut known = self.0.borrow_mut();
        if let Some(code) = known.get(text) {
            return code.clone();
        }
        if known.len() >= LOOKED_FOR_MAX {
            return None;
        }
        let code = meant(text, codes).map(str::to_owned);
        known.insert(text.to_owned(), code.clone());
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_code_that_is_near_is_meant() {
        let codes = [
            ("luc", "LUC"),
            ("luk", "LUK"),
            ("cln", "CLN"),
            ("dattrongcaylaunam", "CLN"),
            ("ont", "ONT"),
            ("101", "101"),
        ];
        for (written, expected) in [
            ("CNL", Some("CLN")),
            ("clnn", Some("CLN")),
            ("O.N.T.", Some("ONT")),
            ("Đất trồg cây lâu nm", Some("CLN")),
            ("đất trồng cây", None),
            // As near to one as to the other.
            ("LUX", None),
            ("102", None),
            ("CL", None),
            ("", None),
        ] {
            assert_eq!(meant(written, codes.into_iter()), expected, "{written}");
        }
    }
}
