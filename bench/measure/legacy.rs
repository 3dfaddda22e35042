//! A dBASE III table's texts, UTF-8, written anew in TCVN3, as the agencies' older programs have them.

use crate::Outcome;
use diaban::legacy_text::{Encoding, encode};
use std::{fs, path::Path};

/// Bytes of the header, and of the description of each field in it.
const PART: usize = 32;
/// Where the header says in which code page the texts are; 0 says nothing.
const CODE_PAGE_AT: usize = 29;

/// Rewrites the file in place, and takes away the `.cpg` beside it, which says UTF-8.
pub fn run(dbf: &str) -> Outcome<()> {
    let mut bytes = fs::read(dbf)?;
    let number = |at: usize| bytes.get(at..at + 2).map(|b| usize::from(b[0]) | usize::from(b[1]) << 8);
    let (header, row) = number(8).zip(number(10)).ok_or("no dBASE III table")?;
    let fields = bytes.get(PART..header.saturating_sub(1)).ok_or("its header is cut short")?;
    let mut at = 1;
    let mut texts = Vec::new();
    for field in fields.chunks_exact(PART) {
        let end = at + usize::from(field[16]);
        if field[11] == b'C' {
            texts.push(at..end);
        }
        at = end;
    }
    bytes[CODE_PAGE_AT] = 0;
    for row in bytes[header..].chunks_exact_mut(row) {
        for text in &texts {
            let cell = &mut row[text.clone()];
            let legacy = encode(std::str::from_utf8(cell)?, Encoding::Tcvn3).map_err(|e| format!("{e:?}"))?;
            let (written, blank) = cell.split_at_mut(legacy.len());
            written.copy_from_slice(&legacy);
            blank.fill(b' ');
        }
    }
    fs::write(dbf, bytes)?;
    fs::remove_file(Path::new(dbf).with_extension("cpg"))?;
    Ok(())
}
