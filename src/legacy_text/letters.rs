//! Vietnamese letters taken apart: base letter, shape, tone.
//!
//! Must not know any encoding.

use unicode_normalization::UnicodeNormalization;

/// The five tones that are written, as combining marks: huyền, sắc, hỏi, ngã, nặng.
pub const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{309}', '\u{303}', '\u{323}'];

/// The three marks that make another vowel: circumflex, breve, horn.
const SHAPES: [char; 3] = ['\u{302}', '\u{306}', '\u{31b}'];

/// A letter without its tone, and the tone.
pub fn parts(letter: char) -> (char, Option<char>) {
    let mut tones = letter.nfd().filter(|c| TONES.contains(c));
    let tone = tones.next();
    let mut rest = letter.nfd().filter(|c| !TONES.contains(c)).nfc();
    match (rest.next(), rest.next(), tones.next()) {
        (Some(base), None, None) => (base, tone),
        _ => (letter, None),
    }
}

/// A letter without tone and shape, and both in the order in which they are written.
pub fn base(letter: char) -> (char, Option<char>, Option<char>) {
    let (shaped, tone) = parts(letter);
    let mut chars = shaped.nfd();
    match (chars.next(), chars.next(), chars.next()) {
        (Some(base), Some(shape), None) if SHAPES.contains(&shape) => (base, Some(shape), tone),
        _ => (shaped, None, tone),
    }
}

/// One letter of a base letter and marks; `None` where they make none of the Vietnamese ones.
pub fn compose(base: char, marks: &[char]) -> Option<char> {
    let mut composed = std::iter::once(base).chain(marks.iter().copied()).nfc();
    match (composed.next(), composed.next()) {
        (Some(letter), None) if is_marked(letter) => Some(letter),
        _ => None,
    }
}

/// Whether it is one of the 134 letters that Vietnamese adds to the 26 of ASCII.
pub fn is_marked(letter: char) -> bool {
    if letter.is_ascii() {
        return false;
    }
    let (base, tone) = parts(letter);
    let lower = base.to_lowercase().next().unwrap_or(base);
    match lower {
        'ă' | 'â' | 'ê' | 'ô' | 'ơ' | 'ư' => true,
        'a' | 'e' | 'i' | 'o' | 'u' | 'y' => tone.is_some(),
        'đ' => tone.is_none(),
        _ => false,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// All 134 letters.
    pub fn all() -> Vec<char> {
        ('\u{c0}'..='\u{1ef9}').filter(|c| is_marked(*c)).collect()
    }

    #[test]
    fn there_are_134_letters() {
        assert_eq!(all().len(), 134);
        assert!(!is_marked('a') && !is_marked('ñ') && !is_marked('ü') && !is_marked('û'));
    }

    #[test]
    fn a_letter_is_its_parts() {
        assert_eq!(base('ệ'), ('e', Some('\u{302}'), Some('\u{323}')));
        assert_eq!(base('Đ'), ('Đ', None, None));
        for letter in all() {
            let (base, shape, tone) = base(letter);
            let marks: Vec<char> = shape.into_iter().chain(tone).collect();
            assert!(marks.is_empty() || compose(base, &marks) == Some(letter), "{letter}");
        }
    }
}
