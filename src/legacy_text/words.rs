//! Words of a column as evidence: what each way of reading makes of them.
//!
//! Only words with a letter outside ASCII tell anything, so `KCN`, `QL1A` and plain names say nothing
//! for or against any encoding. Must not know how a column is decided.

use super::{
    Cells, Reading,
    letters::{is_marked, parts},
    syllable::is_syllable,
};
use std::{borrow::Cow, collections::BTreeSet};

/// Words of a column that are looked at; a column of Vietnamese text repeats itself before.
const MAX_WORDS: usize = 4000;

/// Signs that stand beside letters in right text: dots, quotation marks, dashes, powers, degrees.
const SIGNS: [char; 12] = ['\u{a0}', '…', '‘', '’', '“', '”', '•', '–', '—', '°', '²', '³'];

/// Letters by their Unicode class that no word is written with.
const NO_LETTERS: [char; 3] = ['ª', 'µ', 'º'];

/// What a way of reading makes of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// It holds what the encoding does not have.
    Failed,
    /// Signs among its letters, or capitals within.
    Broken,
    /// Letters that make no Vietnamese syllable: names from elsewhere.
    Foreign,
    /// Letters of an abbreviation or a code, `ĐT830` or `TĐC`, which nothing tells from others.
    Abbreviation,
    /// Nothing that tells.
    Silent,
    /// A syllable whose toned letters are small between capitals, as a font of capitals leaves it.
    Capitals,
    /// A syllable.
    Syllable,
}

/// The words of a column that hold letters outside ASCII, each once.
pub fn words<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found = BTreeSet::new();
    for cell in cells.filter(|c| !c.is_ascii()) {
        for word in cell.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric()) {
            if !word.is_ascii() && found.len() < MAX_WORDS {
                found.insert(word);
            }
        }
    }
    found.into_iter().collect()
}

/// Whether nearly all words of plain ASCII are syllables, as in `An Loc Long` and not in `Hotel`.
pub fn are_syllables<'a>(cells: impl Iterator<Item = &'a str>) -> bool {
    let words = cells.flat_map(|cell| cell.split(|c: char| !c.is_alphanumeric()));
    let plain = words.filter(|w| w.len() > 1 && w.bytes().all(|b| b.is_ascii_alphabetic()));
    let (mut right, mut all) = (0, 0);
    for word in plain.take(MAX_WORDS) {
        all += 1;
        right += usize::from(is_syllable(&word.to_ascii_lowercase()));
    }
    right > 1 && right * 10 >= all * 9
}

/// What `reading` makes of a word.
pub fn judge(reading: Reading, cells: Cells, word: &str) -> (Word, Cow<'_, str>) {
    match reading.decode(cells, word) {
        Ok(text) => (judge_text(&text), text),
        Err(_) => (Word::Failed, Cow::Borrowed(word)),
    }
}

// The worst of the pieces, so that one syllable beside rubbish proves nothing.
fn judge_text(text: &str) -> Word {
    let pieces = text.split(|c: char| c.is_ascii_digit() || SIGNS.contains(&c));
    pieces.filter(|p| !p.is_ascii()).map(judge_piece).min().unwrap_or(Word::Silent)
}

fn judge_piece(piece: &str) -> Word {
    if !piece.chars().all(|c| c.is_alphabetic() && !NO_LETTERS.contains(&c)) {
        return Word::Broken;
    }
    let small = piece.to_lowercase();
    let is_syllable = is_syllable(&small);
    let behind_first = || piece.chars().skip(1);
    let even = behind_first().all(char::is_lowercase) || piece.chars().all(char::is_uppercase);
    match (even, is_syllable) {
        // One letter is a syllable in too many encodings.
        (true, true) if piece.chars().nth(1).is_none() => Word::Silent,
        (true, true) => Word::Syllable,
        (true, false) if is_abbreviation(piece) => Word::Abbreviation,
        (true, false) => Word::Foreign,
        (false, true) if is_of_capitals(piece) => Word::Capitals,
        (false, _) => Word::Broken,
    }
}

// First letters of words: consonants with a Đ among them, or a capital vowel beside a consonant.
fn is_abbreviation(piece: &str) -> bool {
    let is_first = |c: char| c.is_ascii() || (is_marked(c) && parts(c).1.is_none());
    let is_vowel = |c: char| c != 'Đ' && c != 'đ' && (!c.is_ascii() || "aeiouyAEIOUY".contains(c));
    let are_capitals = piece.chars().all(char::is_uppercase);
    let allowed = match piece.chars().filter(|c| is_vowel(*c)).count() {
        0 => are_capitals || piece.starts_with(['Đ', 'đ']),
        1 => are_capitals && piece.chars().count() == 2,
        _ => false,
    };
    allowed && piece.chars().all(is_first)
}

// Letters of ASCII are capitals, toned letters small. Capitals without a tone, like Đ and Ơ, are
// capitals in any font.
fn is_of_capitals(piece: &str) -> bool {
    let capital = |c: char| if c.is_ascii() { c.is_uppercase() } else { true };
    piece.chars().all(capital) && piece.chars().any(|c| c.is_ascii() && c.is_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_words_are_told_from_broken_ones() {
        let judged = |word: &str| judge(Reading::UNICODE, Cells::Unicode, word).0;
        assert_eq!(judged("Đức"), Word::Syllable);
        assert_eq!(judged("ĐỨC"), Word::Syllable);
        assert_eq!(judged("ĐứC"), Word::Capitals);
        assert_eq!(judged("ấP"), Word::Capitals);
        assert_eq!(judged("c«ng"), Word::Broken);
        assert_eq!(judged("Ph\u{ad}êng"), Word::Broken);
        assert_eq!(judged("nghiÖp"), Word::Broken);
        assert_eq!(judged("H¹nh"), Word::Broken);
        assert_eq!(judged("Ñöùc"), Word::Foreign);
        assert_eq!(judged("Müller"), Word::Foreign);
        assert_eq!(judged("Đak"), Word::Foreign);
        for code in ["ĐT830", "TĐC", "HĐND", "Đ2", "Đt", "đt", "ƯT"] {
            assert_eq!(judged(code), Word::Abbreviation, "{code}");
        }
        assert_eq!(judged("500m²"), Word::Silent);
        assert_eq!(judged("ở"), Word::Silent);
        assert_eq!(judged("“Đức”"), Word::Syllable);
    }

    #[test]
    fn only_words_outside_ascii_are_evidence() {
        let cells = ["KCN Đức Hòa 1, QL1A", "plain", "Đức-Hòa (N2)"];
        assert_eq!(words(cells.into_iter()), ["Hòa", "Đức"]);
    }
}
