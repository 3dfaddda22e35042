//! Rows that were refused because their key is another row's, and are sent again.
//!
//! The other row was loaded, as the first of its key. Who sends the refused one again and forgets to give it a key of
//! its own would have it written over the other, without a word. What says that a row is such is the column with the
//! reason, which stands in the file of the refused. Must not know the database.

use super::{
    ImportError,
    read::{OpenFile, Source},
    values::Cell,
    words::{Words, words},
    write_refused,
};
use crate::{
    layer::fold,
    legacy_text::{Cells, Encoding, Reading},
};

/// Rows of a file that are looked at.
const ROWS_MAX: usize = 200_000;

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
    let Some(column) = file.columns.iter().position(|name| write_refused::is_reason(name)) else {
        return Ok(Vec::new());
    };
    let Words { vi, en } = double_key();
    let signs = [fold(&vi), fold(&en)];
    let mut rows = Vec::new();
    file.read(source, &[column], &mut |row| {
        if let Some(Cell::Text(reason)) = row.cells.first() {
            let has_sign = |text: &str| signs.iter().any(|sign| fold(text).contains(sign));
            let is_read = |letters: &Encoding| {
                let text = Reading::of_bytes(*letters).decode(file.cells, reason);
                file.cells == Cells::Bytes && text.is_ok_and(|text| has_sign(&text))
            };
            if rows.len() < ROWS_MAX && (has_sign(reason) || ENCODINGS.iter().any(is_read)) {
                rows.push(row.number);
            }
        }
        Ok(())
    })?;
    Ok(rows)
}
