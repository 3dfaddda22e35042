//! Letters as clients of maps load them, 256 code points at a time: glyphs.proto of Mapbox and MapLibre. Must not know
//! where fonts come from.

use super::{Font, Glyph};

/// Code points of a range.
pub const RANGE: u32 = 256;
/// Where the last range begins.
pub const LAST_RANGE: u32 = char::MAX as u32 / RANGE * RANGE;

/// Kinds of a field on the wire (Protocol Buffers, encoding).
const VARINT: u32 = 0;
const BYTES: u32 = 2;

/// The letters of a font from `first` (a multiple of 256) on, in one message. A range of which the font has nothing is
/// one stack without glyphs.
pub fn range_pbf(font: &Font<'_>, name: &str, first: u32) -> Vec<u8> {
    let last = first.saturating_add(RANGE - 1);
    let mut stack = Vec::new();
    put_bytes(&mut stack, 1, name.as_bytes());
    put_bytes(&mut stack, 2, format!("{first}-{last}").as_bytes());
    for glyph in (first..=last).filter_map(char::from_u32).filter_map(|letter| font.glyph(letter)) {
        put_bytes(&mut stack, 3, &message(&glyph));
    }
    let mut all = Vec::new();
    put_bytes(&mut all, 1, &stack);
    all
}

fn message(glyph: &Glyph) -> Vec<u8> {
    let mut out = Vec::new();
    put_number(&mut out, 1, u64::from(u32::from(glyph.letter)));
    if !glyph.field.is_empty() {
        put_bytes(&mut out, 2, &glyph.field);
    }
    put_number(&mut out, 3, u64::from(glyph.width));
    put_number(&mut out, 4, u64::from(glyph.height));
    put_number(&mut out, 5, zigzag(glyph.left));
    put_number(&mut out, 6, zigzag(glyph.top));
    put_number(&mut out, 7, u64::from(glyph.advance));
    out
}

/// Small numbers of either sign as small numbers.
fn zigzag(number: i16) -> u64 {
    let number = i32::from(number);
    u64::from(((number << 1) ^ (number >> 31)).cast_unsigned())
}

fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_number(out: &mut Vec<u8>, field: u32, number: u64) {
    put_varint(out, u64::from(field << 3 | VARINT));
    put_varint(out, number);
}

fn put_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    put_varint(out, u64::from(field << 3 | BYTES));
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
