//! What an import has to say, in the two languages of those who read it.
//!
//! Whoever finds something says it in both on the spot, out of the same values, and whoever tells it takes one
//! of the two. So no text can be left without its other half, and none has to be looked up somewhere else. Must
//! not know what the words are about.

use crate::layer::{Language, Title};
use std::{borrow::Cow, fmt};

/// The same in Vietnamese and in English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Vietnamese, in Unicode NFC.
    pub vi: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

/// What is said in Vietnamese and what in English.
pub fn words(vi: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Words {
    Words { vi: vi.into(), en: en.into() }
}

impl Words {
    /// What no language changes: a name, a number, what a library says.
    pub fn same(text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        Self { vi: text.clone(), en: text }
    }

    /// What another program said, which speaks English alone: in Vietnamese it is quoted behind who said it.
    pub fn said_by(program: &str, text: impl fmt::Display) -> Self {
        let text = text.to_string();
        words(quoted(program, &text), text)
    }

    /// The text in one of the languages.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Vi => &self.vi,
            Language::En => &self.en,
        }
    }

    /// Both behind `before`.
    pub fn behind(&self, before: &str) -> Self {
        words(format!("{before}{}", self.vi), format!("{before}{}", self.en))
    }

    /// Each behind words in its own language.
    pub fn led_by(&self, vi: &str, en: &str) -> Self {
        words(format!("{vi}{}", self.vi), format!("{en}{}", self.en))
    }

    /// Says more behind it.
    pub fn add(&mut self, more: &Self) {
        self.vi.to_mut().push_str(&more.vi);
        self.en.to_mut().push_str(&more.en);
    }

    /// All of them, one after the other.
    pub fn joined(all: &[Self], between: &str) -> Self {
        let join = |language| all.iter().map(|one| one.of(language)).collect::<Vec<_>>().join(between);
        words(join(Language::Vi), join(Language::En))
    }
}

/// What a program said, in a Vietnamese sentence.
pub fn quoted(program: &str, text: &str) -> String {
    format!("{program} báo: “{}”", text.trim().trim_end_matches('.'))
}

/// Who speaks where a file cannot be read or written.
pub const SYSTEM: &str = "hệ điều hành";

impl From<&Title> for Words {
    fn from(Title { vi, en }: &Title) -> Self {
        words(vi.clone(), en.clone())
    }
}

/// In English, as logs have it.
impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{
        Rule,
        geometry::{
            repair::Repair,
            shape_error::{self, ShapeError},
        },
        values::reasons::{self as say, Bound},
    };
    use unicode_normalization::is_nfc;

    fn of_cells() -> Vec<Words> {
        vec![
            say::empty(),
            say::several_codes("x"),
            say::no_code("x", "a", &[], None, "see"),
            say::no_code("x", "a", &["b"; 12], None, "see"),
            say::no_code("x", "a", &["b"; 13], Some(&words("b (bê)", "b (bee)")), "see"),
            say::no_agency("x", "a", None, "see"),
            say::too_long("x", 9, 8),
            say::no_integer("x"),
            say::no_number("x"),
            say::no_number_to_keep(f64::NAN),
            say::two_numbers("1.234", "1.234", "1234"),
            say::too_many_digits("1234", 3),
            say::out_of_range(&7, Bound::Above(8.0), " m"),
            say::out_of_range(&7, Bound::Least(8.0), " m"),
            say::out_of_range(&7, Bound::Most(6.0), " m"),
            say::out_of_range(&7, Bound::Number, ""),
            say::unreadable("x"),
            say::nul(),
            say::control_character('\u{1}'),
            say::no_boolean("x"),
            say::no_day("x"),
            say::no_moment("x"),
        ]
    }

    fn of_shapes() -> Vec<Words> {
        let errors = [
            ShapeError::Empty,
            ShapeError::Type { found: "Point".to_owned(), allowed: vec!["MultiPolygon".to_owned()] },
            ShapeError::NotFinite,
            ShapeError::OpenRing((0.0, 0.0)),
            ShapeError::TooFew { what: "ring", count: 2, least: 4 },
            ShapeError::TooFew { what: "line", count: 1, least: 2 },
            ShapeError::TooMany { count: 5_000_000, most: 1_000_000 },
            ShapeError::Unreadable,
        ];
        let repairs = [Repair::RingClosed, Repair::RepeatedLeftOut, Repair::HoleTurned, Repair::BowTie];
        let geos = [
            "Ring Self-intersection[1 2]",
            "Self-intersection[1 2]",
            "Hole lies outside shell",
            "Holes are nested",
            "Interior is disconnected",
            "Nested shells",
            "Duplicate Rings",
            "Too few points in geometry component",
            "anything else",
        ];
        let shapes = errors.iter().map(ShapeError::words).chain(repairs.map(Repair::words));
        shapes.chain(geos.map(|text| shape_error::explain(text).0)).collect()
    }

    fn of_rules() -> Vec<Words> {
        [
            Rule::Type,
            Rule::Domain,
            Rule::Text,
            Rule::Mandatory,
            Rule::UniqueKey,
            Rule::GeometryType,
            Rule::GeometryValidity,
            Rule::Position,
            Rule::Future,
            Rule::Validity,
            Rule::Measure,
            Rule::Reference,
            Rule::Commune,
            Rule::Duplicate,
            Rule::Overlap,
            Rule::Corners,
            Rule::Undershoot,
            Rule::Scope,
        ]
        .map(|rule| rule.title())
        .to_vec()
    }

    #[test]
    fn nothing_is_said_in_one_language_alone() {
        for Words { vi, en } in of_cells().into_iter().chain(of_shapes()).chain(of_rules()) {
            assert!(!vi.is_empty() && !en.is_empty() && vi != en, "`{vi}` and `{en}`");
            assert!(is_nfc(&vi), "{vi}");
        }
    }

    #[test]
    fn words_follow_each_other_in_either_language() {
        let both = [words("một", "one"), Words::same("2")];
        assert_eq!(Words::joined(&both, "; "), words("một; 2", "one; 2"));
        assert_eq!(words("một", "one").behind("a: "), words("a: một", "a: one"));
        assert_eq!(Words::said_by("GDAL", "No rows."), words("GDAL báo: “No rows”", "No rows."));
        assert_eq!((both[0].of(Language::Vi), both[0].of(Language::En)), ("một", "one"));
    }
}
