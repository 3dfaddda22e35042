//! Rows that were refused because their key is another row's, and are sent again.
//!
//! The other row was loaded, as the first of its key. Who sends the refused one again and forgets to give it a key of
//! its own would have it written over the other, without a word. What says that a row is such is the column with the
//! reason, which stands in the file of the refused. Must not know the database.

use super::write;
use crate::{
    import::{
        ImportError,
        read::{OpenFile, Source},
        values::Cell,
        words::{Words, words},
    },
    layer::fold,
    legacy_text::{Cells, Encoding, Reading},
};

/// Rows of a file that are looked at.
const ROWS_MAX: usize = 200_000;

/// Letters of a sign that may be lost.
const LOST_MAX: usize = 4;

/// In which the reason may stand, whatever the other columns are written in.
const ENCODINGS: [Encoding; 4] = [Encoding::Utf8, Encoding::Windows1258, Encoding::Tcvn3, Encoding::Vni];

/// Why a row is refused whose key an earlier one has.
pub fn double_key() -> Words {
    words("khóa bị trùng", "the key is not unique")
}

/// The numbers of the rows that say they were refused for their key.
///
/// # Errors
/// Where the file cannot be read to its end.
pub fn rows(file: &OpenFile, source: &Source) -> Result<Vec<u64>, ImportError> {
    let is_reason = |column: &usize| write::is_reason(&file.columns[*column]);
    let columns: Vec<usize> = (0..file.columns.len()).filter(is_reason).collect();
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let Words { vi, en } = double_key();
    let signs = [fold(&vi), fold(&en)];
    let mut rows = Vec::new();
    let has_sign = |text: &str| {
        let folded = fold(text);
        signs.iter().any(|sign| folded.contains(sign) || holds_lossy(text, sign))
    };
    let says = |reason: &str| {
        let is_read = |letters: &Encoding| {
            let text = Reading::of_bytes(*letters).decode(file.cells, reason);
            file.cells == Cells::Bytes && text.is_ok_and(|text| has_sign(&text))
        };
        has_sign(reason) || ENCODINGS.iter().any(is_read)
    };
    file.read(source, &columns, &mut |row| {
        let mut reasons = row.cells.iter();
        if rows.len() < ROWS_MAX && reasons.any(|cell| matches!(cell, Cell::Text(reason) if says(reason))) {
            rows.push(row.number);
        }
        Ok(())
    })?;
    Ok(rows)
}

/// Whether a text holds the folded words of `sign`, though letters of them were lost: a program that saves in an
/// encoding without them writes `?` for each, or for its mark.
fn holds_lossy(text: &str, sign: &str) -> bool {
    let is_lost = |letter: char| matches!(letter, '?' | '\u{fffd}');
    if !text.contains(is_lost) {
        return false;
    }
    let letters: Vec<char> = text
        .split_inclusive(is_lost)
        .flat_map(|part| fold(part).chars().chain(part.ends_with(is_lost).then_some('?')).collect::<Vec<_>>())
        .collect();
    let sign: Vec<char> = sign.chars().collect();
    (0..letters.len()).any(|at| begins_lossy(&letters[at..], &sign, LOST_MAX))
}

fn begins_lossy(text: &[char], sign: &[char], lost: usize) -> bool {
    match (text, sign) {
        (_, []) => true,
        ([], _) => false,
        (['?', rest @ ..], [_, more @ ..]) => {
            lost > 0 && (begins_lossy(rest, more, lost - 1) || begins_lossy(rest, sign, lost - 1))
        }
        ([letter, rest @ ..], [own, more @ ..]) => letter == own && begins_lossy(rest, more, lost),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_is_known_though_a_program_lost_letters_of_it() {
        let sign = fold(&double_key().vi);
        for text in ["kh?a b? tr?ng: c?c d?ng 2, 4", "MÃ: kho?a bi? tru?ng", "xx kh\u{fffd}a b\u{fffd} trùng"]
        {
            assert!(holds_lossy(text, &sign), "{text}");
        }
        for text in ["khóa bị trùng", "??????????????", "kh?a", "k??? b? tr?n", "m? kh?ng c?"] {
            assert!(!holds_lossy(text, &sign), "{text}");
        }
    }
}
