//! A search by name or code: what was typed, and how well a name meets it.
//!
//! Compared is what letters say without tone marks and case ([`words`]). What begins like the
//! words that were typed meets them, too, and so does what differs by a slip of the finger: a
//! letter more, less, other or in its neighbour's place (Damerau-Levenshtein distance). Must not
//! know where names come from.

use crate::{
    feature::{Bbox, FeatureId, Value},
    layer::words,
};
use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Characters of a search at most.
pub const CHARACTERS_MAX: usize = 200;
/// Words of a search at most.
pub const WORDS_MAX: usize = 40;
/// Slips that are forgiven in one search.
const SLIPS_MAX: u8 = 2;
/// Longer than this, and all words run together are compared to the letter.
const FORGIVEN_MAX: usize = 40;

/// Why there is nothing to search for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NeedleError {
    /// Neither a letter nor a digit.
    #[error("it holds neither a letter nor a digit; a name or a code will do, such as q=tan an")]
    Empty,
    /// Longer than any name.
    #[error("it is longer than {CHARACTERS_MAX} characters, or has more than {WORDS_MAX} words")]
    TooLong,
}

/// What is searched for.
pub struct Needle {
    /// The words.
    pub words: Vec<Word>,
    /// The words run together, as people write codes and foreign keyboards names.
    pub joined: Word,
    /// What was typed, with its tone marks, in lower case.
    typed: String,
}

/// One word of a search.
pub struct Word {
    /// Without tone marks, lower case.
    pub text: String,
    /// What begins like it but for some slips; `None` if it is too short for any.
    pub near: Option<DFA>,
}

/// How well a name meets a search; the less, the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// Slips.
    pub slips: u8,
    /// How.
    pub kind: Kind,
    /// Whether tone marks differ from those typed.
    pub other_marks: bool,
    /// Letters of the name that were not asked for.
    pub rest: u16,
}

/// How a name meets a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It is it.
    Whole,
    /// It begins with it.
    Start,
    /// One of its words begins with it.
    Phrase,
    /// Each word is somewhere in it.
    Words,
}

/// A feature that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// Its layer.
    pub layer: String,
    /// Its number.
    pub id: FeatureId,
    /// The attribute whose value was found.
    pub attribute: String,
    /// That value.
    pub value: String,
    /// What the feature is called by and its key, as far as the view holds them.
    pub values: Vec<(String, Value)>,
    /// Degrees of EPSG:4326; `None` for one without a place.
    pub bbox: Option<Bbox>,
    /// How well it meets the search.
    pub rank: Rank,
}

/// What was found, the best first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SearchFound {
    /// The features.
    pub hits: Vec<SearchHit>,
    /// Layers that could not be searched.
    pub left_out: Vec<String>,
}

/// Automata of one and of two slips, of whatever begins so.
static SLIPS: LazyLock<[LevenshteinAutomatonBuilder; SLIPS_MAX as usize]> =
    LazyLock::new(|| [1, 2].map(|slips| LevenshteinAutomatonBuilder::new(slips, true)));

impl Needle {
    /// What a text searches for.
    pub fn new(text: &str) -> Result<Self, NeedleError> {
        if text.chars().nth(CHARACTERS_MAX).is_some() {
            return Err(NeedleError::TooLong);
        }
        let found = words(text);
        if found.is_empty() {
            return Err(NeedleError::Empty);
        }
        if found.len() > WORDS_MAX {
            return Err(NeedleError::TooLong);
        }
        let joined = found.concat();
        let several = found.len() > 1;
        let word = |text: String| {
            let slips = slips_of(&text, several);
            let near = slips.checked_sub(1).and_then(|at| SLIPS.get(usize::from(at)));
            Word { near: near.map(|automata| automata.build_prefix_dfa(&text)), text }
        };
        let typed = text.trim().nfc().collect::<String>().to_lowercase();
        Ok(Self { words: found.into_iter().map(word).collect(), joined: word(joined), typed })
    }

    /// How well `name` meets it, slips forgiven or not; `None` if it does not.
    pub fn rank(&self, name: &str, forgiving: bool) -> Option<Rank> {
        let words = words(name);
        let joined = words.concat();
        let mut at = 0;
        let mut starts = Vec::with_capacity(words.len());
        for word in &words {
            starts.push(at);
            at += word.len();
        }
        let tails = || starts.iter().map(|start| joined.get(*start..).unwrap_or_default());
        let strict = self.strict_kind(&words, &joined, tails());
        let (slips, kind) = match strict {
            Some(kind) => (0, kind),
            None if forgiving => self.forgiven(&words, tails())?,
            None => return None,
        };
        let more = joined.chars().count().saturating_sub(self.joined.text.chars().count());
        let other_marks = !name.to_lowercase().contains(&self.typed);
        Some(Rank { slips, kind, other_marks, rest: u16::try_from(more).unwrap_or(u16::MAX) })
    }

    fn strict_kind<'t>(
        &self,
        words: &[String],
        joined: &str,
        mut tails: impl Iterator<Item = &'t str>,
    ) -> Option<Kind> {
        if joined == self.joined.text {
            return Some(Kind::Whole);
        }
        match tails.position(|tail| tail.starts_with(&self.joined.text)) {
            Some(0) => Some(Kind::Start),
            Some(_) => Some(Kind::Phrase),
            None => self.words.iter().all(|w| words.iter().any(|word| w.begins(word))).then_some(Kind::Words),
        }
    }

    /// With the fewest slips.
    fn forgiven<'t>(&self, words: &[String], tails: impl Iterator<Item = &'t str>) -> Option<(u8, Kind)> {
        let run = tails.enumerate().filter_map(|(place, tail)| {
            let kind = if place == 0 { Kind::Start } else { Kind::Phrase };
            Some((self.joined.slips(tail)?, kind))
        });
        let each = |wanted: &Word| {
            if words.iter().any(|word| wanted.begins(word)) {
                return Some(0);
            }
            words.iter().filter_map(|word| wanted.slips(word)).min()
        };
        let all = self.words.iter().map(each).try_fold(0u8, |sum, slips| Some(sum + slips?));
        let all = all.filter(|slips| *slips <= SLIPS_MAX).map(|slips| (slips, Kind::Words));
        run.chain(all).min()
    }
}

impl Word {
    /// Whether a word is meant by what was typed of it. One letter begins too many.
    pub fn begins(&self, word: &str) -> bool {
        if self.begins_others() { word.starts_with(&self.text) } else { word == self.text }
    }

    /// Whether it stands for all words that begin with it.
    pub fn begins_others(&self) -> bool {
        self.text.chars().nth(1).is_some()
    }

    /// Slips between it and what `text` begins with; `None` if they are too many.
    fn slips(&self, text: &str) -> Option<u8> {
        let near = self.near.as_ref()?;
        let mut state = near.initial_state();
        for byte in text.bytes() {
            state = near.transition(state, byte);
        }
        match near.distance(state) {
            Distance::Exact(slips) => Some(slips),
            Distance::AtLeast(_) => None,
        }
    }
}

/// How many slips are forgiven in a word. Syllables are short: in two letters of them nothing can
/// be told apart, in three only beside others. In numbers each digit counts more.
fn slips_of(word: &str, several: bool) -> u8 {
    let length = word.chars().count();
    match length {
        _ if length > FORGIVEN_MAX => 0,
        _ if word.contains(|c: char| c.is_ascii_digit()) => u8::from(length >= 6),
        0..3 => 0,
        3 => u8::from(several),
        4..8 => 1,
        _ => SLIPS_MAX,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rank(typed: &str, name: &str) -> Option<(u8, Kind)> {
        Needle::new(typed).unwrap().rank(name, true).map(|r| (r.slips, r.kind))
    }

    #[test]
    fn names_are_met_without_marks_in_either_spelling_and_order() {
        for (typed, name, kind) in [
            ("khanh hau", "Khánh Hậu", Kind::Whole),
            ("KHANHHAU", "Khánh Hậu", Kind::Whole),
            ("Hoà Khánh", "Hòa Khánh", Kind::Whole),
            ("duc hoa", "Đức Hòa", Kind::Whole),
            ("Mĩ Hạnh", "Mỹ Hạnh", Kind::Whole),
            ("Khánh H", "Khánh Hậu", Kind::Start),
            ("khanh hau", "Trường Tiểu học Khánh Hậu", Kind::Phrase),
            ("truong khanh", "Trường Tiểu học Khánh Hậu", Kind::Words),
            ("279431200", "27943-12-003", Kind::Start),
        ] {
            assert_eq!(rank(typed, name), Some((0, kind)), "{typed} in {name}");
        }
    }

    #[test]
    fn slips_are_forgiven_where_there_is_enough_beside_them() {
        for (typed, name, slips) in [
            ("khanh huạ", "Khánh Hậu", 1),
            ("khnah hau", "Trường Tiểu học Khánh Hậu", 1),
            ("nguyen trai truogn", "Trường Nguyễn Trãi", 1),
            ("T123-465", "T123-456", 1),
        ] {
            assert_eq!(rank(typed, name).map(|r| r.0), Some(slips), "{typed} in {name}");
        }
        for (typed, name) in [("an", "Ân"), ("tan", "Tân")] {
            assert_eq!(rank(typed, name).map(|r| r.0), Some(0));
        }
        for (typed, name) in [("hua", "Hậu"), ("1234", "1235"), ("saigon", "Khánh Hậu")] {
            assert_eq!(rank(typed, name), None, "{typed} in {name}");
        }
        assert_eq!(Needle::new("khnah hau").unwrap().rank("Khánh Hậu", false), None);
    }

    #[test]
    fn the_better_goes_first() {
        let needle = Needle::new("Tân An").unwrap();
        let mut names = ["Tân Anh", "Xã Tân An", "Tấn An", "An Tân", "Tân An", "Tan Ann Trung"];
        names.sort_by_key(|name| needle.rank(name, true));
        assert_eq!(names, ["Tân An", "Tấn An", "Tân Anh", "Tan Ann Trung", "Xã Tân An", "An Tân"]);
    }

    #[test]
    fn what_says_nothing_is_refused() {
        for text in ["", "  ", "\u{301}\u{309}", "—…!", "%"] {
            assert_eq!(Needle::new(text).err(), Some(NeedleError::Empty), "{text:?}");
        }
        let long = "a".repeat(CHARACTERS_MAX + 1);
        for text in [&long, &"a ".repeat(WORDS_MAX + 1), &"ạ".repeat(1 << 20)] {
            assert_eq!(Needle::new(text).err(), Some(NeedleError::TooLong));
        }
        assert!(Needle::new(&"ạ".repeat(CHARACTERS_MAX)).is_ok());
    }

    proptest! {
        #[test]
        fn a_name_meets_itself_whatever_becomes_of_its_marks(name in "[A-Za-zàảãáạĂặÂẫĐđêếôộơởưữỳỹ0-9 .,/-]{1,60}") {
            prop_assume!(!words(&name).is_empty() && words(&name).len() <= WORDS_MAX);
            let needle = Needle::new(&name).unwrap();
            let whole = |other: &str| needle.rank(other, false).map(|r| r.kind);
            prop_assert_eq!(whole(&name), Some(Kind::Whole));
            prop_assert_eq!(whole(&name.to_uppercase()), Some(Kind::Whole));
            prop_assert_eq!(whole(&name.nfd().collect::<String>()), Some(Kind::Whole));
            prop_assert_eq!(whole(&words(&name).join("-")), Some(Kind::Whole));
        }

        #[test]
        fn one_letter_less_in_a_long_word_is_forgiven(word in "[a-z]{8,12}", at in 1usize..7) {
            let mut slipped = word.clone();
            slipped.remove(at);
            let rank = Needle::new(&slipped).unwrap().rank(&format!("Ấp {word} 2"), true);
            prop_assert!(rank.is_some_and(|r| r.slips <= 1), "{slipped} in {word}: {rank:?}");
        }

        #[test]
        fn whatever_is_typed_is_taken(text in "\\PC{0,120}", name in "\\PC{0,60}") {
            if let Ok(needle) = Needle::new(&text) {
                let (strict, forgiving) = (needle.rank(&name, false), needle.rank(&name, true));
                prop_assert!(strict.is_none() || strict == forgiving);
            }
        }
    }
}
