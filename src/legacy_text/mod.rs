//! Text in the encodings of before Unicode, and text that lost its encoding on the way.
//!
//! `bytes` holds the tables, `syllable` the spelling that tells right text from wrong, `detect`
//! decides for a column. Pure: must not know files, layers or the database.

mod bytes;
mod detect;
mod letters;
mod syllable;
mod words;

pub use bytes::Unreadable;
pub use detect::{Basis, Capitals, Column, ColumnText, Verdict, decide};

use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// What the letters of a text are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Encoding {
    /// Unicode.
    Utf8,
    /// UTF-8 that was taken for Latin-1 once and written as UTF-8 again.
    Utf8Twice,
    /// Likewise, once more.
    Utf8Thrice,
    /// TCVN3 (ABC), fonts like `.VnTime`.
    Tcvn3,
    /// TCVN3 in a font of capitals like `.VnTimeH`: all letters are capitals.
    Tcvn3Capitals,
    /// VNI-Windows, fonts like `VNI-Times`.
    Vni,
    /// windows-1258.
    Windows1258,
    /// windows-1252, which holds Latin-1.
    Windows1252,
}

impl Encoding {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::Utf8,
        Self::Tcvn3,
        Self::Tcvn3Capitals,
        Self::Vni,
        Self::Windows1258,
        Self::Windows1252,
        Self::Utf8Twice,
        Self::Utf8Thrice,
    ];

    /// Its name in flags and records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf8Twice => "utf-8-twice",
            Self::Utf8Thrice => "utf-8-thrice",
            Self::Tcvn3 => "tcvn3",
            Self::Tcvn3Capitals => "tcvn3-capitals",
            Self::Vni => "vni",
            Self::Windows1258 => "windows-1258",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// Its name in sentences.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Utf8 => "Unicode",
            Self::Utf8Twice => "UTF-8 read as Latin-1",
            Self::Utf8Thrice => "UTF-8 read as Latin-1 twice",
            Self::Tcvn3 => "TCVN3 (ABC)",
            Self::Tcvn3Capitals => "TCVN3 in a font of capitals (.Vn...H)",
            Self::Vni => "VNI-Windows",
            Self::Windows1258 => "windows-1258",
            Self::Windows1252 => "windows-1252 (Latin-1)",
        }
    }
}

impl std::str::FromStr for Encoding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = text.trim().to_ascii_lowercase();
        let short: String = plain.chars().filter(char::is_ascii_alphanumeric).collect();
        let known = match short.as_str() {
            "utf8" | "unicode" => Some(Self::Utf8),
            "tcvn3" | "abc" | "tcvn" | "tcvn5712" => Some(Self::Tcvn3),
            "tcvn3capitals" | "tcvn3h" => Some(Self::Tcvn3Capitals),
            "vni" | "vniwindows" | "vniwin" => Some(Self::Vni),
            "windows1258" | "cp1258" | "1258" => Some(Self::Windows1258),
            "windows1252" | "cp1252" | "1252" | "latin1" | "iso88591" => Some(Self::Windows1252),
            "utf8twice" => Some(Self::Utf8Twice),
            "utf8thrice" => Some(Self::Utf8Thrice),
            _ => None,
        };
        known.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|e| e.name()).collect();
            format!("`{text}` is no encoding of text that is known; {} are", names.join(", "))
        })
    }
}

/// How the cells of a file come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cells {
    /// As bytes, each given as the character of the same number (ISO 8859-1).
    Bytes,
    /// As Unicode, by whatever the file says of itself.
    Unicode,
}

/// How a column is read: how often its bytes are UTF-8 on top of each other, and what the letters
/// below are written in. `1` and [`Encoding::Utf8`] is text as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reading {
    depth: u8,
    letters: Encoding,
}

impl Reading {
    /// Unicode as it should be.
    pub const UNICODE: Self = Self { depth: 1, letters: Encoding::Utf8 };

    /// The letters as bytes of a file have them.
    pub const fn of_bytes(letters: Encoding) -> Self {
        Self { depth: matches!(letters, Encoding::Utf8) as u8, letters }
    }

    /// What it is called in flags.
    pub const fn encoding(self) -> Encoding {
        match (self.letters, self.depth) {
            (Encoding::Utf8, 2) => Encoding::Utf8Twice,
            (Encoding::Utf8, 3) => Encoding::Utf8Thrice,
            (letters, _) => letters,
        }
    }

    /// Whether the bytes were taken for Latin-1 by a program before.
    pub const fn is_mojibake(self) -> bool {
        match self.letters {
            Encoding::Utf8 => self.depth > 1,
            _ => self.depth > 0,
        }
    }

    /// In a few words.
    pub fn title(self) -> String {
        let latin = self.is_mojibake() && self.letters != Encoding::Utf8;
        format!("{}{}", self.encoding().title(), if latin { ", read as Latin-1 on the way" } else { "" })
    }

    /// The text of a cell, in NFC.
    ///
    /// # Errors
    /// Where it holds what the encoding does not have.
    pub fn decode(self, cells: Cells, cell: &str) -> Result<Cow<'_, str>, Unreadable> {
        let text = self.delivered(cells, cell)?;
        Ok(if is_nfc(&text) { text } else { Cow::Owned(text.nfc().collect()) })
    }

    /// The text of a cell as it was delivered: where its letters are Unicode, they and their marks stand as
    /// they stood. windows-1258 has most letters only as two, so that its text comes in NFC.
    ///
    /// # Errors
    /// Where it holds what the encoding does not have.
    pub fn delivered(self, cells: Cells, cell: &str) -> Result<Cow<'_, str>, Unreadable> {
        if cell.is_ascii() && self.letters != Encoding::Tcvn3Capitals {
            return Ok(Cow::Borrowed(cell));
        }
        let text = match (cells, self.letters, self.depth) {
            (Cells::Unicode, Encoding::Utf8, 1) => Cow::Borrowed(cell),
            _ => Cow::Owned(self.unwrap(cells, cell)?),
        };
        let is_kept = self.letters == Encoding::Utf8 || is_nfc(&text);
        Ok(if is_kept { text } else { Cow::Owned(text.nfc().collect()) })
    }

    fn unwrap(self, cells: Cells, cell: &str) -> Result<String, Unreadable> {
        let mut bytes = bytes::read_as_latin(cell)?;
        let done = u8::from(cells == Cells::Unicode);
        let text_at_last = self.letters == Encoding::Utf8;
        for level in done..self.depth {
            let text = String::from_utf8(bytes).map_err(|e| {
                let place = e.utf8_error().valid_up_to();
                let byte = e.as_bytes().get(place).copied().unwrap_or_default();
                Unreadable::Byte { byte, place: place + 1, encoding: "UTF-8" }
            })?;
            if text_at_last && level + 1 == self.depth {
                return Ok(text);
            }
            bytes = bytes::read_as_latin(&text)?;
        }
        match self.letters {
            Encoding::Tcvn3 => bytes::from_tcvn3(&bytes),
            Encoding::Tcvn3Capitals => bytes::from_tcvn3(&bytes).map(|text| text.to_uppercase()),
            Encoding::Vni => bytes::from_vni(&bytes),
            Encoding::Windows1258 => bytes::from_windows_1258(&bytes),
            _ => bytes::from_windows_1252(&bytes),
        }
    }

    /// All ways in which cells that come so can be read, the likeliest first.
    fn all(cells: Cells) -> impl Iterator<Item = Self> {
        use Encoding::{Tcvn3, Utf8, Vni, Windows1252, Windows1258};
        const ALL: [(u8, Encoding); 12] = [
            (1, Utf8),
            (2, Utf8),
            (3, Utf8),
            (0, Tcvn3),
            (1, Tcvn3),
            (2, Tcvn3),
            (0, Vni),
            (1, Vni),
            (2, Vni),
            (0, Windows1258),
            (1, Windows1258),
            (0, Windows1252),
        ];
        let least = u8::from(cells == Cells::Unicode);
        ALL.into_iter()
            .filter(move |(depth, _)| *depth >= least)
            .map(|(depth, letters)| Self { depth, letters })
    }
}

/// Text in an encoding, as the bytes of a file; TCVN3 has no capitals with a tone, so they become
/// small letters.
///
/// # Errors
/// Where the encoding has no such letter.
pub fn encode(text: &str, encoding: Encoding) -> Result<Vec<u8>, Unreadable> {
    let again = |bytes: Vec<u8>| bytes.into_iter().map(char::from).collect::<String>().into_bytes();
    match encoding {
        Encoding::Utf8 => Ok(text.nfc().collect::<String>().into_bytes()),
        Encoding::Utf8Twice => encode(text, Encoding::Utf8).map(again),
        Encoding::Utf8Thrice => encode(text, Encoding::Utf8Twice).map(again),
        Encoding::Tcvn3 | Encoding::Tcvn3Capitals => bytes::to_tcvn3(text),
        Encoding::Vni => bytes::to_vni(text),
        Encoding::Windows1258 => bytes::to_windows_1258(text),
        Encoding::Windows1252 => bytes::read_as_latin(&text.nfc().collect::<String>()),
    }
}
