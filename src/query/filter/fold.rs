//! Text without case (`CASEI`) and without tone marks and accents (`ACCENTI`).
//!
//! Both are tables that the program and the database share, so that they fold alike whatever the
//! database's locale is: [`LOWER`] and [`MARKS`] go into its `translate()`.

use std::{borrow::Cow, sync::LazyLock};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The letters of Latin (Vietnamese among them), Greek and Cyrillic that have case.
const BLOCKS: [std::ops::RangeInclusive<char>; 4] =
    ['A'..='Z', '\u{c0}'..='\u{24f}', '\u{370}'..='\u{52f}', '\u{1e00}'..='\u{1eff}'];

/// Marks that are taken away: the block of combining marks.
const MARK_BLOCK: std::ops::RangeInclusive<char> = '\u{300}'..='\u{36f}';

/// Letters and what they become, one for one, both in one order.
pub static LOWER: LazyLock<(String, String)> = LazyLock::new(|| {
    let pairs = BLOCKS.into_iter().flatten().filter_map(|c| lower(c).filter(|l| *l != c).map(|l| (c, l)));
    pairs.unzip()
});

/// Marks to take away, with the letters in front that are replaced by [`BARE`].
pub static MARKS: LazyLock<String> = LazyLock::new(|| "đĐ".chars().chain(MARK_BLOCK).collect());

/// What stands for the first letters of [`MARKS`].
pub const BARE: &str = "dD";

/// What two letters `ss` are written as in German; it has no counterpart of one letter.
pub const SHARP_S: char = 'ß';

fn lower(c: char) -> Option<char> {
    // A sigma at the end of a word is one all the same (Unicode, CaseFolding.txt).
    if c == 'ς' {
        return Some('σ');
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

fn in_blocks(c: char) -> bool {
    BLOCKS.iter().any(|block| block.contains(&c))
}

/// Text without case, NFC: what the Unicode standard calls simple folding, and `ß` as `ss`.
pub fn casei(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return match text.bytes().any(|b| b.is_ascii_uppercase()) {
            true => Cow::Owned(text.to_ascii_lowercase()),
            false => Cow::Borrowed(text),
        };
    }
    let mut folded = String::with_capacity(text.len());
    let mut take = |c: char| match lower(c).filter(|_| in_blocks(c)).unwrap_or(c) {
        SHARP_S => folded.push_str("ss"),
        other => folded.push(other),
    };
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.chars().for_each(&mut take),
        _ => text.nfc().for_each(&mut take),
    }
    Cow::Owned(folded)
}

/// Text without tone marks and accents; what is left is decomposed (NFD). `đ` becomes `d`.
pub fn accenti(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let bare = text.nfd().filter(|c| !MARK_BLOCK.contains(c)).map(|c| match c {
        'đ' => 'd',
        'Đ' => 'D',
        other => other,
    });
    Cow::Owned(bare.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_goes_and_marks_stay() {
        assert_eq!(casei("Đức HÒA"), "đức hòa");
        assert_eq!(casei("ƯỠNG Ợ"), "ưỡng ợ");
        assert_eq!(casei("Đu\u{031b}\u{0301}c"), "đứ".to_owned() + "c");
        assert_eq!(casei("Οδος"), casei("ΟΔΟΣ"));
        assert_eq!(casei("STRASSE"), casei("Straße"));
        assert_eq!(casei("STRAẞE"), casei("Straße"));
    }

    #[test]
    fn marks_go_and_case_stays() {
        assert_eq!(accenti("Đức Hòa"), "Duc Hoa");
        assert_eq!(accenti("Hoà"), accenti("Hòa"));
        assert_eq!(accenti("débárquér"), "debarquer");
        assert_eq!(accenti("đường phố ẮẶỮ"), "duong pho AAU");
    }
}
