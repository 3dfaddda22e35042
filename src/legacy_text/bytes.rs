//! Bytes of each encoding to text and back.
//!
//! TCVN3 (ABC) and VNI-Windows by the tables of Unikey, glibc's TCVN5712-1 and u-convert, which agree
//! on all letters; windows-1258 and windows-1252 by Unicode's mapping tables. What an encoding has
//! no letter for is refused, never passed over. Must not know columns or evidence.

use super::letters::{base, compose, is_marked, parts};
use unicode_normalization::UnicodeNormalization;

/// A byte or character that the encoding does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A byte without a meaning where it stands.
    #[error("byte {byte:02X} at place {place} is no letter of {encoding}")]
    Byte {
        /// The byte.
        byte: u8,
        /// Where it stands, the first being 1.
        place: usize,
        /// Name of the encoding.
        encoding: &'static str,
    },
    /// A character that cannot come from the encoding.
    #[error("`{letter}` cannot be a byte of {encoding}")]
    Letter {
        /// The character.
        letter: char,
        /// Name of the encoding.
        encoding: &'static str,
    },
}

type Decoded = Result<String, Unreadable>;

/// Letters of TCVN3 (TCVN 5712:1993, VN3). It has no capitals with a tone.
const TCVN3: [(u8, char); 74] = [
    (0xA1, 'Ă'),
    (0xA2, 'Â'),
    (0xA3, 'Ê'),
    (0xA4, 'Ô'),
    (0xA5, 'Ơ'),
    (0xA6, 'Ư'),
    (0xA7, 'Đ'),
    (0xA8, 'ă'),
    (0xA9, 'â'),
    (0xAA, 'ê'),
    (0xAB, 'ô'),
    (0xAC, 'ơ'),
    (0xAD, 'ư'),
    (0xAE, 'đ'),
    (0xB5, 'à'),
    (0xB6, 'ả'),
    (0xB7, 'ã'),
    (0xB8, 'á'),
    (0xB9, 'ạ'),
    (0xBB, 'ằ'),
    (0xBC, 'ẳ'),
    (0xBD, 'ẵ'),
    (0xBE, 'ắ'),
    (0xC6, 'ặ'),
    (0xC7, 'ầ'),
    (0xC8, 'ẩ'),
    (0xC9, 'ẫ'),
    (0xCA, 'ấ'),
    (0xCB, 'ậ'),
    (0xCC, 'è'),
    (0xCE, 'ẻ'),
    (0xCF, 'ẽ'),
    (0xD0, 'é'),
    (0xD1, 'ẹ'),
    (0xD2, 'ề'),
    (0xD3, 'ể'),
    (0xD4, 'ễ'),
    (0xD5, 'ế'),
    (0xD6, 'ệ'),
    (0xD7, 'ì'),
    (0xD8, 'ỉ'),
    (0xDC, 'ĩ'),
    (0xDD, 'í'),
    (0xDE, 'ị'),
    (0xDF, 'ò'),
    (0xE1, 'ỏ'),
    (0xE2, 'õ'),
    (0xE3, 'ó'),
    (0xE4, 'ọ'),
    (0xE5, 'ồ'),
    (0xE6, 'ổ'),
    (0xE7, 'ỗ'),
    (0xE8, 'ố'),
    (0xE9, 'ộ'),
    (0xEA, 'ờ'),
    (0xEB, 'ở'),
    (0xEC, 'ỡ'),
    (0xED, 'ớ'),
    (0xEE, 'ợ'),
    (0xEF, 'ù'),
    (0xF1, 'ủ'),
    (0xF2, 'ũ'),
    (0xF3, 'ú'),
    (0xF4, 'ụ'),
    (0xF5, 'ừ'),
    (0xF6, 'ử'),
    (0xF7, 'ữ'),
    (0xF8, 'ứ'),
    (0xF9, 'ự'),
    (0xFA, 'ỳ'),
    (0xFB, 'ỷ'),
    (0xFC, 'ỹ'),
    (0xFD, 'ý'),
    (0xFE, 'ỵ'),
];

/// Letters of VNI-Windows that are one byte; their capitals stand 0x20 below.
const VNI_LETTERS: [(u8, char); 9] = [
    (0xE6, 'ỉ'),
    (0xEC, 'ì'),
    (0xED, 'í'),
    (0xEE, 'ỵ'),
    (0xF1, 'đ'),
    (0xF2, 'ị'),
    (0xF3, 'ĩ'),
    (0xF4, 'ơ'),
    (0xF6, 'ư'),
];

/// Bytes of VNI-Windows that put marks on the letter before them; 0x20 lower after a capital.
const VNI_MARKS: [(u8, &[char]); 17] = [
    (0xE0, &['\u{302}', '\u{300}']),
    (0xE1, &['\u{302}', '\u{301}']),
    (0xE2, &['\u{302}']),
    (0xE3, &['\u{302}', '\u{303}']),
    (0xE4, &['\u{302}', '\u{323}']),
    (0xE5, &['\u{302}', '\u{309}']),
    (0xE8, &['\u{306}', '\u{300}']),
    (0xE9, &['\u{306}', '\u{301}']),
    (0xEA, &['\u{306}']),
    (0xEB, &['\u{306}', '\u{323}']),
    (0xEF, &['\u{323}']),
    (0xF5, &['\u{303}']),
    (0xF8, &['\u{300}']),
    (0xF9, &['\u{301}']),
    (0xFA, &['\u{306}', '\u{309}']),
    (0xFB, &['\u{309}']),
    (0xFC, &['\u{306}', '\u{303}']),
];

/// What windows-1252 has between 80 and 9F, where ISO 8859-1 has control characters.
const WINDOWS_1252: [(u8, char); 27] = [
    (0x80, '€'),
    (0x82, '‚'),
    (0x83, 'ƒ'),
    (0x84, '„'),
    (0x85, '…'),
    (0x86, '†'),
    (0x87, '‡'),
    (0x88, 'ˆ'),
    (0x89, '‰'),
    (0x8A, 'Š'),
    (0x8B, '‹'),
    (0x8C, 'Œ'),
    (0x8E, 'Ž'),
    (0x91, '‘'),
    (0x92, '’'),
    (0x93, '“'),
    (0x94, '”'),
    (0x95, '•'),
    (0x96, '–'),
    (0x97, '—'),
    (0x98, '˜'),
    (0x99, '™'),
    (0x9A, 'š'),
    (0x9B, '›'),
    (0x9C, 'œ'),
    (0x9E, 'ž'),
    (0x9F, 'Ÿ'),
];

/// Where windows-1258 differs from windows-1252.
const WINDOWS_1258: [(u8, char); 14] = [
    (0xC3, 'Ă'),
    (0xCC, '\u{300}'),
    (0xD0, 'Đ'),
    (0xD2, '\u{309}'),
    (0xD5, 'Ơ'),
    (0xDD, 'Ư'),
    (0xDE, '\u{303}'),
    (0xE3, 'ă'),
    (0xEC, '\u{301}'),
    (0xF0, 'đ'),
    (0xF2, '\u{323}'),
    (0xF5, 'ơ'),
    (0xFD, 'ư'),
    (0xFE, '₫'),
];

/// Letters by byte, for texts of a million rows.
const TCVN3_BY_BYTE: [Option<char>; 256] = by_byte(&TCVN3);
const WINDOWS_1252_BY_BYTE: [Option<char>; 256] = by_byte(&WINDOWS_1252);
const WINDOWS_1258_BY_BYTE: [Option<char>; 256] = by_byte(&WINDOWS_1258);

const fn by_byte(letters: &[(u8, char)]) -> [Option<char>; 256] {
    let mut table = [None; 256];
    let mut at = 0;
    while at < letters.len() {
        table[letters[at].0 as usize] = Some(letters[at].1);
        at += 1;
    }
    table
}

/// Bytes of windows-1252 without a meaning in windows-1258.
const NOT_IN_1258: [u8; 4] = [0x8A, 0x8E, 0x9A, 0x9E];

/// Signs of print that programs put among the letters of any of these encodings: dots, quotation
/// marks, dashes, bullet.
fn print_sign(byte: u8) -> Option<char> {
    matches!(byte, 0x85 | 0x91..=0x97).then(|| windows_1252(byte)).flatten()
}

fn windows_1252(byte: u8) -> Option<char> {
    match byte {
        0x80..=0x9F => WINDOWS_1252_BY_BYTE[usize::from(byte)],
        _ => Some(char::from(byte)),
    }
}

fn windows_1258(byte: u8) -> Option<char> {
    if NOT_IN_1258.contains(&byte) {
        return None;
    }
    WINDOWS_1258_BY_BYTE[usize::from(byte)].or_else(|| windows_1252(byte))
}

fn each(bytes: &[u8], encoding: &'static str, letter: impl Fn(u8) -> Option<char>) -> Decoded {
    let decode = |(at, byte): (usize, &u8)| {
        letter(*byte).ok_or(Unreadable::Byte { byte: *byte, place: at + 1, encoding })
    };
    bytes.iter().enumerate().map(decode).collect()
}

pub fn from_tcvn3(bytes: &[u8]) -> Decoded {
    each(bytes, "TCVN3", |byte| match byte {
        ..0x80 => Some(char::from(byte)),
        0xA0 => Some('\u{a0}'),
        _ => TCVN3_BY_BYTE[usize::from(byte)].or_else(|| print_sign(byte)),
    })
}

pub fn from_vni(bytes: &[u8]) -> Decoded {
    let mut text = String::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        let last = text.chars().next_back();
        let marked = last.and_then(|base| {
            let (_, marks) = VNI_MARKS.iter().find(|(b, _)| *b == *byte | 0x20 && *byte >= 0xC0)?;
            let on = matches!(base.to_lowercase().next(), Some('a' | 'e' | 'o' | 'u' | 'y' | 'ơ' | 'ư'));
            compose(base, marks).filter(|_| on)
        });
        if let Some(letter) = marked {
            text.pop();
            text.push(letter);
            continue;
        }
        let letter = match *byte {
            ..0x80 | 0xA0..=0xBF => Some(char::from(*byte)),
            _ => vni_letter(*byte).or_else(|| print_sign(*byte)),
        };
        text.push(letter.ok_or(Unreadable::Byte { byte: *byte, place: at + 1, encoding: "VNI" })?);
    }
    Ok(text)
}

fn vni_letter(byte: u8) -> Option<char> {
    let find = |byte: u8| VNI_LETTERS.iter().find(|(b, _)| *b == byte).map(|(_, c)| *c);
    match byte {
        0xC0..=0xDF => find(byte | 0x20).and_then(|c| c.to_uppercase().next()),
        0xE0..=0xFF => find(byte),
        _ => None,
    }
}

pub fn from_windows_1258(bytes: &[u8]) -> Decoded {
    each(bytes, "windows-1258", windows_1258).map(|text| text.nfc().collect())
}

pub fn from_windows_1252(bytes: &[u8]) -> Decoded {
    each(bytes, "windows-1252", windows_1252)
}

/// The bytes that a program read as windows-1252, or as ISO 8859-1, to make this text.
pub fn read_as_latin(text: &str) -> Result<Vec<u8>, Unreadable> {
    text.chars()
        .map(|c| match u8::try_from(c) {
            Ok(byte) => Ok(byte),
            Err(_) => WINDOWS_1252
                .iter()
                .find(|(_, known)| *known == c)
                .map(|(byte, _)| *byte)
                .ok_or(Unreadable::Letter { letter: c, encoding: "windows-1252" }),
        })
        .collect()
}

fn ascii_or(
    text: &str,
    encoding: &'static str,
    mut put: impl FnMut(char, &mut Vec<u8>) -> Option<()>,
) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.nfc() {
        match u8::try_from(letter) {
            Ok(byte) if byte < 0x80 || byte == 0xA0 => bytes.push(byte),
            _ => put(letter, &mut bytes).ok_or(Unreadable::Letter { letter, encoding })?,
        }
    }
    Ok(bytes)
}

fn print_byte(letter: char) -> Option<u8> {
    WINDOWS_1252.iter().find(|(byte, c)| *c == letter && print_sign(*byte).is_some()).map(|(byte, _)| *byte)
}

/// Capitals with a tone become the small letter, as in H fonts, which show it as a capital.
pub fn to_tcvn3(text: &str) -> Result<Vec<u8>, Unreadable> {
    ascii_or(text, "TCVN3", |letter, bytes| {
        let find = |c: char| TCVN3.iter().find(|(_, known)| *known == c).map(|(byte, _)| *byte);
        let small = |c: char| c.to_lowercase().next().and_then(find);
        bytes.push(find(letter).or_else(|| small(letter)).or_else(|| print_byte(letter))?);
        Some(())
    })
}

pub fn to_vni(text: &str) -> Result<Vec<u8>, Unreadable> {
    ascii_or(text, "VNI", |letter, bytes| {
        let capital = letter.is_uppercase();
        let small = letter.to_lowercase().next()?;
        let case = |byte: u8| if capital { byte & !0x20 } else { byte };
        let single = |c: char| VNI_LETTERS.iter().find(|(_, known)| *known == c).map(|(byte, _)| *byte);
        if let Some(byte) = single(small) {
            bytes.push(case(byte));
            return Some(());
        }
        if !is_marked(letter) {
            bytes.push(print_byte(letter)?);
            return Some(());
        }
        let (shaped, tone) = parts(small);
        let (under, marks) = match single(shaped) {
            Some(byte) => (byte, tone.into_iter().collect()),
            None => {
                let (base, shape, tone) = base(small);
                (u8::try_from(base).ok()?, shape.into_iter().chain(tone).collect::<Vec<char>>())
            }
        };
        let (mark, _) = VNI_MARKS.iter().find(|(_, known)| **known == *marks)?;
        bytes.extend([case(under), case(*mark)]);
        Some(())
    })
}

pub fn to_windows_1258(text: &str) -> Result<Vec<u8>, Unreadable> {
    let byte = |c: char| {
        let own = WINDOWS_1258.iter().find(|(_, known)| *known == c).map(|(byte, _)| *byte);
        own.or_else(|| (0x80..=0xFF).find(|b| windows_1258(*b) == Some(c)))
    };
    ascii_or(text, "windows-1258", |letter, bytes| {
        if let Some(byte) = byte(letter) {
            bytes.push(byte);
            return Some(());
        }
        let (shaped, tone) = parts(letter);
        let under = if shaped.is_ascii() { u8::try_from(shaped).ok()? } else { byte(shaped)? };
        bytes.extend([under, byte(tone?)?]);
        Some(())
    })
}
