//! Words made comparable: without case, tone marks and separators.
//!
//! The layer files are checked by it and the import matches by it, so that no column can lead to two attributes.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Letters and digits of a text in lower case, without tone marks: `Mã xã`, `MA_XA` and `ma xa`
/// all give `maxa`.
pub fn fold(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'đ' { 'd' } else { c })
        .filter(|c| c.is_alphanumeric())
        .collect()
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
}
