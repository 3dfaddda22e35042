//! Words made comparable: without case, tone marks and separators.
//!
//! The layer files are checked by it and the import matches by it, so that no column can lead to two attributes;
//! whoever searches compares by it.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Letters and digits of a text in lower case, without tone marks: `Mã xã`, `MA_XA` and `ma xa`
/// all give `maxa`.
pub fn fold(text: &str) -> String {
    bare(text).filter(|c| c.is_alphanumeric()).collect()
}

/// The words of a text, each folded; `Mỹ` and `Mĩ` are the same word, as their spelling is free.
pub fn words(text: &str) -> Vec<String> {
    // Codes, of which there are millions, need no tables of letters.
    if text.is_ascii() {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        return words.map(str::to_ascii_lowercase).map(with_i).collect();
    }
    let mut words = vec![String::new()];
    for letter in bare(text) {
        match words.last_mut() {
            Some(word) if letter.is_alphanumeric() => word.push(letter),
            Some(word) if !word.is_empty() => words.push(String::new()),
            _ => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words.into_iter().map(with_i).collect()
}

/// A syllable that is written with either letter, with an i.
fn with_i(mut word: String) -> String {
    if ["hy", "ky", "ly", "my", "quy", "sy", "ty", "vy"].contains(&word.as_str()) {
        word.pop();
        word.push('i');
    }
    word
}

/// A text in lower case, without tone marks.
fn bare(text: &str) -> impl Iterator<Item = char> {
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'đ' { 'd' } else { c })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_tones_and_separators_do_not_count() {
        for text in ["Mã xã", "MA_XA", "ma-xa", "MA XA", "mã\u{a0}xã"] {
            assert_eq!(fold(text), "maxa", "{text}");
        }
        assert_eq!(fold("Đức Hòa"), "duchoa");
        assert_eq!(fold("Phường"), "phuong");
        assert_eq!(fold("Hoà"), fold("Hòa"));
        assert_eq!(fold(" — "), "");
    }

    #[test]
    fn words_end_where_letters_do() {
        assert_eq!(words("  Xã Mỹ Hạnh—27943/12 "), ["xa", "mi", "hanh", "27943", "12"]);
        assert_eq!(words("Mỹ Hoà"), words("Mĩ Hòa"));
        assert_eq!(words("T123-LY/ab "), ["t123", "li", "ab"]);
        assert_eq!(words("\u{301} — ..."), [""; 0]);
    }
}
