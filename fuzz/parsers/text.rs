//! Any bytes as text of before Unicode, as what is searched for, and as a key.

use diaban::{
    layer,
    legacy_text::{Cells, Column, Encoding, Reading, decide, encode},
    query::search::Needle,
    store::api_key::KeyHash,
};

pub const SEEDS: &[&[u8]] = &[
    "Xã Tân Biên, huyện Dương Minh Châu".as_bytes(),
    b"\xd0\xfa\xc7 h\xb6 T\xa9n Bi\xaan \xae\xee\xe9ng",
    "X\u{e3} T\u{c3}\u{a2}n Bi\u{c3}\u{aa}n".as_bytes(),
    "THÒ TRAÁN TAÂY NINH ñöôøng".as_bytes(),
    b"diaban_0123456789abcdefghijklmnopqrstuvwxyz",
];

pub fn read(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let latin: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    for text in [text.as_ref(), latin.as_str()] {
        let columns: Vec<Column<'_>> =
            text.split('\n').map(|cells| Column { cells: cells.split(',').collect(), asked: None }).collect();
        for cells in [Cells::Unicode, Cells::Bytes] {
            let _ = decide(cells, &columns, None);
            for encoding in Encoding::ALL {
                let _ = decide(cells, &columns[..1], Some(encoding));
                let reading = Reading::of_bytes(encoding);
                let _ = reading.decode(cells, text).map(|read| encode(&read, encoding));
                let _ = reading.delivered(cells, text);
            }
        }
        let _ = layer::fold(text);
        let _ = KeyHash::of(text);
        if let Ok(needle) = Needle::new(text) {
            let _ = (needle.rank(text, true), needle.rank("Trường Tiểu học Tân Biên", true));
        }
    }
}
