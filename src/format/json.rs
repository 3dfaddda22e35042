//! Values as JSON text (RFC 8259), written straight into a buffer.

use super::{FormatError, number};
use crate::{feature::ValueRef, layer::AttributeType};

/// Bytes that stand in a JSON text as they are.
const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut byte = 0;
    while byte < 0x20 {
        plain[byte] = false;
        byte += 1;
    }
    plain[b'"' as usize] = false;
    plain[b'\\' as usize] = false;
    plain
};

/// Appends a text between quotes.
pub fn text(out: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|byte| PLAIN[usize::from(byte)]) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // Writing to memory does not fail.
        let _ = serde_json::to_writer(out, text);
    }
}

/// Appends a value of an attribute. Texts that are no UTF-8 are no value.
pub fn value(out: &mut Vec<u8>, value: ValueRef<'_>, kind: AttributeType) -> Result<(), FormatError> {
    let written = match value {
        // Values go by number to tiles alone.
        ValueRef::Null | ValueRef::Numbered(..) => {
            out.extend_from_slice(b"null");
            return Ok(());
        }
        ValueRef::Bool(v) => {
            out.extend_from_slice(if v { b"true" } else { b"false" });
            return Ok(());
        }
        ValueRef::Int(v) => {
            number::integer(out, v);
            return Ok(());
        }
        ValueRef::Number(v) => {
            number::number(out, v);
            return Ok(());
        }
        ValueRef::Text(text) => Some(text),
        ValueRef::TextBytes(bytes) => std::str::from_utf8(bytes).ok(),
    };
    match written {
        None => out.extend_from_slice(b"null"),
        Some(list) if kind == AttributeType::TextList => {
            // It is JSON already; read all the same, for a file may be garbled.
            let wrong = |error: serde_json::Error| FormatError::Value(error.to_string());
            let list: Vec<String> = serde_json::from_str(list).map_err(wrong)?;
            serde_json::to_writer(out, &list).map_err(wrong)?;
        }
        Some(plain) => text(out, plain),
    }
    Ok(())
}
