//! Whether an answer holds what is hidden: in its headers, in its bytes, and in what they are once they are unpacked.

use super::doors::holds;
use crate::support::served::Answer;
use mlt_core::{Decoder, Parser, PropValue};
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::io::{Cursor, Read};

/// Words of what is hidden in the layer of wells.
pub(super) const OF_WELLS: [&str; 6] =
    ["bimat_owner", "bimat-thuoctinh", "bimat-xakhac", "bimat-hang", "9999.75", "11.7501"];
/// What rows of other communes, and of none, carry.
pub(super) const OF_OTHER_COMMUNES: [&str; 6] =
    ["bimat-hang", "bimat-xakhac", "9999.75", "11.7501", "W15", "NOWHERE"];
/// Words of the hidden layer.
pub(super) const OF_CABLES: [&str; 2] = ["bimat-lop", "bimat_cable"];
/// Numbers of the hidden row as they stand in binary forms.
const NUMBERS: [f64; 3] = [9999.75, 106.95, 11.75];

/// The words that an answer holds and its asker may not see. What he wrote himself may come back to him.
pub(super) fn leaks(answer: &Answer, path: &str, hidden: &[&'static str]) -> Vec<&'static str> {
    let asked = path.replace("/collections/bimat_cable", "").replace("bimat_cable", "");
    let mut read = vec![answer.decoded()];
    read.extend(unpacked(&read[0], answer.header("content-type").unwrap_or_default()));
    let own = String::from_utf8_lossy(&read[0])
        .replace("`bimat_cable`", "")
        .replace("`bimat_cable-dark`", "")
        .into_bytes();
    let in_words = |word: &str| {
        let echoed = asked.contains(word) && answer.status == 200;
        let found =
            if std::str::from_utf8(&read[0]).is_ok() { holds(&own, word) } else { holds(&read[0], word) };
        (found || read[1..].iter().any(|bytes| holds(bytes, word))) && !echoed
    };
    let in_head = |word: &str| answer.headers.values().any(|value| holds(value.as_bytes(), word));
    let mut found: Vec<_> = hidden.iter().copied().filter(|word| in_words(word) || in_head(word)).collect();
    let numbers = NUMBERS.into_iter().flat_map(|number| [number.to_le_bytes(), number.to_be_bytes()]);
    let in_numbers = |bytes: [u8; 8]| read.iter().any(|read| read.windows(8).any(|window| window == bytes));
    if hidden.contains(&"9999.75") && numbers.into_iter().any(in_numbers) {
        found.push("a number of the hidden row");
    }
    found
}

/// What packed bytes are once they are unpacked; nothing of those that stand plain.
fn unpacked(bytes: &[u8], kind: &str) -> Vec<Vec<u8>> {
    match bytes {
        [b'P', b'K', 3, 4, ..] => parts_of_archive(bytes),
        [b'P', b'A', b'R', b'1', ..] => vec![rows_of_parquet(bytes)],
        bytes if kind.starts_with("application/vnd.maplibre-tile") => vec![texts_of_tile(bytes)],
        _ => Vec::new(),
    }
}

fn parts_of_archive(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let count = archive.len();
    let part = |n| {
        let mut part = Vec::new();
        archive.by_index(n).unwrap().read_to_end(&mut part).unwrap();
        part
    };
    (0..count).map(part).collect()
}

fn rows_of_parquet(bytes: &[u8]) -> Vec<u8> {
    let reader = SerializedFileReader::new(bytes::Bytes::copy_from_slice(bytes)).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string());
    rows.collect::<Vec<_>>().join("\n").into_bytes()
}

/// Names and values in a MapLibre tile.
fn texts_of_tile(bytes: &[u8]) -> Vec<u8> {
    let (mut decoder, mut out) = (Decoder::default(), String::new());
    for layer in Parser::default().parse_layers(bytes).unwrap() {
        let layer = layer.into_layer01().unwrap().into_tile(&mut decoder).unwrap();
        out += layer.name();
        layer.property_names().iter().for_each(|name| out += &format!("\n{name}"));
        for value in layer.features().iter().flat_map(|feature| feature.properties()) {
            match value {
                PropValue::Str(Some(text)) => out += &format!("\n{text}"),
                value => out += &format!("\n{value:?}"),
            }
        }
    }
    out.into_bytes()
}
