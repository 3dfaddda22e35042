//! The distinct values of a layer (Mapbox Vector Tile 2.1, clause 4.4), each encoded once.

use super::varint::{Writer, varint_length};
use crate::feature::{NumberedValues, ValueRef};

const LAYER_VALUE: u8 = 0x22;
const VALUE_STRING: u8 = 0x0a;
const VALUE_DOUBLE: u8 = 0x19;
const VALUE_UINT: u8 = 0x28;
const VALUE_SINT: u8 = 0x30;
const VALUE_BOOL: u8 = 0x38;
/// Slots to begin with; doubled before two thirds are taken.
const SLOTS: usize = 1024;
const FREE: (u32, u32) = (0, u32::MAX);
/// Bytes of a value that stand beside its place: most values are no longer.
const BEGIN: usize = 8;

/// Values in the order of their numbers.
#[derive(Debug)]
pub struct Dictionary {
    /// All of them, encoded.
    bytes: Writer,
    values: Vec<Stored>,
    /// Hash and number, open addressing.
    slots: Vec<(u32, u32)>,
    /// The number of the value that each field had last: neighbours share many.
    last: Vec<u32>,
    /// What a file numbers differently.
    known: Known,
}

/// Which numbers the values of a file have here.
#[derive(Debug)]
struct Known {
    /// Number in the file and here, open addressing.
    slots: Vec<(u32, u32)>,
    count: usize,
    /// Of each field, number in the file and here of the value that it had last.
    last: Vec<(u32, u32)>,
}

/// A value by what follows its tag (and length).
#[derive(Debug, Clone, Copy)]
struct Stored {
    /// Its first eight bytes, or all of them and zeros.
    begin: u64,
    length: u32,
    tag: u8,
    /// Where it starts among all bytes.
    start: u32,
}

impl Dictionary {
    /// Of a layer with so many fields.
    pub fn new(fields: usize) -> Self {
        let values = Vec::with_capacity(256);
        let known = Known { slots: Vec::new(), count: 0, last: vec![FREE; fields] };
        Self { bytes: Writer::default(), values, slots: Vec::new(), last: vec![u32::MAX; fields], known }
    }

    /// All values as fields of the layer.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.bytes()
    }

    /// The number of a value; `None` for a null, which has none.
    #[inline]
    pub fn number(&mut self, field: usize, value: &ValueRef<'_>) -> Option<u32> {
        if let ValueRef::Numbered(number, values) = *value {
            return self.known(field, number, values);
        }
        let mut room = [0; 10];
        let (tag, own) = parts(value, &mut room)?;
        let begin = begin_of(own);
        let last = self.last[field];
        if let Some(&known) = self.values.get(last as usize)
            && self.is(known, tag, begin, own)
        {
            return Some(last);
        }
        let number = self.find_or_add(tag, begin, own)?;
        self.last[field] = number;
        Some(number)
    }

    /// The number of a value of which its file's is known: neither hashed nor compared by what it is.
    #[inline]
    fn known(&mut self, field: usize, number: u32, values: &NumberedValues<'_>) -> Option<u32> {
        let last = self.known.last[field];
        if last.0 == number && last != FREE {
            return Some(last.1);
        }
        let own = match self.known.find(number) {
            Ok(own) => own,
            Err(at) => {
                self.bytes.extend(values.encoded(number)?);
                self.known.add(at, number)
            }
        };
        self.known.last[field] = (number, own);
        Some(own)
    }

    fn find_or_add(&mut self, tag: u8, begin: u64, own: &[u8]) -> Option<u32> {
        let hash = hash(tag, begin, own);
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, FREE);
        }
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != FREE {
            let (stored, number) = self.slots[at];
            if stored == hash && self.is(self.values[number as usize], tag, begin, own) {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
        if tag == VALUE_STRING && std::str::from_utf8(own).is_err() {
            return None;
        }
        let number = self.append(tag, begin, own);
        self.slots[at] = (hash, number);
        if self.values.len() * 3 > self.slots.len() * 2 {
            self.grow();
        }
        Some(number)
    }

    #[inline]
    fn is(&self, known: Stored, tag: u8, begin: u64, own: &[u8]) -> bool {
        let same = known.begin == begin && known.length as usize == own.len() && known.tag == tag;
        same && (own.len() <= BEGIN || self.rest_is(known, own))
    }

    fn rest_is(&self, known: Stored, own: &[u8]) -> bool {
        let start = known.start as usize;
        self.bytes().get(start + BEGIN..start + own.len()) == own.get(BEGIN..)
    }

    fn append(&mut self, tag: u8, begin: u64, own: &[u8]) -> u32 {
        let start = frame(&mut self.bytes, tag, own) as u32;
        let number = self.values.len() as u32;
        self.values.push(Stored { begin, length: own.len() as u32, tag, start });
        number
    }

    fn grow(&mut self) {
        let mut slots = vec![FREE; self.slots.len() * 2];
        let mask = slots.len() - 1;
        for &(hash, number) in self.slots.iter().filter(|s| **s != FREE) {
            let mut at = hash as usize & mask;
            while slots[at] != FREE {
                at = (at + 1) & mask;
            }
            slots[at] = (hash, number);
        }
        self.slots = slots;
    }
}

impl Known {
    /// The number here, or the slot in which it is to stand.
    #[inline]
    fn find(&mut self, number: u32) -> Result<u32, usize> {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, FREE);
        }
        let mask = self.slots.len() - 1;
        let mut at = spread(number) & mask;
        while self.slots[at] != FREE {
            if self.slots[at].0 == number {
                return Ok(self.slots[at].1);
            }
            at = (at + 1) & mask;
        }
        Err(at)
    }

    fn add(&mut self, at: usize, number: u32) -> u32 {
        let own = self.count as u32;
        self.slots[at] = (number, own);
        self.count += 1;
        if self.count * 3 > self.slots.len() * 2 {
            self.grow();
        }
        own
    }

    #[cold]
    fn grow(&mut self) {
        let mut slots = vec![FREE; self.slots.len() * 4];
        let mask = slots.len() - 1;
        for &slot in self.slots.iter().filter(|s| **s != FREE) {
            let mut at = spread(slot.0) & mask;
            while slots[at] != FREE {
                at = (at + 1) & mask;
            }
            slots[at] = slot;
        }
        self.slots = slots;
    }
}

/// Spreads numbers that follow each other over the slots (Knuth 1973, 6.4: multiplication).
#[inline]
const fn spread(number: u32) -> usize {
    let spread = number.wrapping_mul(0x9e37_79b1);
    (spread ^ spread >> 15) as usize
}

/// Appends a value as a layer lists it (clause 4.1: `values`), so that a file can keep it; nothing
/// where a tile has none: for a null, or text that is no UTF-8.
pub fn encode(value: &ValueRef<'_>, out: &mut Vec<u8>) {
    let mut room = [0; 10];
    if let ValueRef::Numbered(number, values) = value {
        out.extend_from_slice(values.encoded(*number).unwrap_or_default());
    } else if let Some((tag, own)) = parts(value, &mut room)
        && (tag != VALUE_STRING || std::str::from_utf8(own).is_ok())
    {
        let mut framed = Writer::default();
        frame(&mut framed, tag, own);
        out.extend_from_slice(framed.bytes());
    }
}

/// Tag and content of a value; `None` for a null.
#[inline]
fn parts<'v>(value: &ValueRef<'v>, room: &'v mut [u8; 10]) -> Option<(u8, &'v [u8])> {
    Some(match *value {
        ValueRef::Null | ValueRef::Numbered(..) => return None,
        ValueRef::Text(text) => (VALUE_STRING, text.as_bytes()),
        ValueRef::TextBytes(bytes) => (VALUE_STRING, bytes),
        ValueRef::Bool(v) => (VALUE_BOOL, short(room, u64::from(v))),
        ValueRef::Int(v) if v >= 0 => (VALUE_UINT, short(room, v.unsigned_abs())),
        ValueRef::Int(v) => (VALUE_SINT, short(room, ((v << 1) ^ (v >> 63)) as u64)),
        ValueRef::Number(v) => {
            room[..8].copy_from_slice(&v.to_le_bytes());
            (VALUE_DOUBLE, &room[..8])
        }
    })
}

/// Writes a value with what stands before it; returns where its content starts.
fn frame(out: &mut Writer, tag: u8, own: &[u8]) -> usize {
    let length = own.len() as u64;
    out.byte(LAYER_VALUE);
    if tag == VALUE_STRING {
        out.varint(1 + varint_length(length) + length);
        out.byte(tag);
        out.varint(length);
    } else {
        out.extend(&[1 + length as u8, tag]);
    }
    let start = out.len();
    out.extend(own);
    start
}

/// A number as a varint.
fn short(room: &mut [u8; 10], mut value: u64) -> &[u8] {
    let mut length = 0;
    while value >= 0x80 {
        room[length] = value as u8 | 0x80;
        value >>= 7;
        length += 1;
    }
    room[length] = value as u8;
    &room[..=length]
}

/// The first eight bytes as a number; zeros where there are less.
#[inline]
fn begin_of(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => bytes.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    }
}

/// Eight bytes at a time, folded by multiplication (after wyhash). A tile holds what its maker
/// put there, and is thrown away: nobody gains by making them collide.
#[inline]
fn hash(tag: u8, begin: u64, bytes: &[u8]) -> u32 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let fold = |v: u64| {
        let wide = u128::from(v) * u128::from(K);
        wide as u64 ^ (wide >> 64) as u64
    };
    let mut all = fold(K ^ (bytes.len() as u64) << 8 ^ u64::from(tag));
    all = fold(all ^ begin);
    if bytes.len() > BEGIN {
        let (eights, _) = bytes[BEGIN..].as_chunks::<8>();
        for eight in eights {
            all = fold(all ^ u64::from_le_bytes(*eight));
        }
        let last = bytes.last_chunk::<8>().copied().unwrap_or_default();
        all = fold(all ^ u64::from_le_bytes(last));
    }
    (all ^ all >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_one_number_and_types_differ() {
        let mut values = Dictionary::new(2);
        assert_eq!(values.number(0, &ValueRef::Text("a")), Some(0));
        assert_eq!(values.number(0, &ValueRef::Int(1)), Some(1));
        assert_eq!(values.number(1, &ValueRef::TextBytes(b"a")), Some(0));
        assert_eq!(values.number(1, &ValueRef::Bool(true)), Some(2));
        assert_eq!(values.number(1, &ValueRef::Null), None);
        assert_eq!(values.number(1, &ValueRef::TextBytes(b"\xff")), None);
        assert_eq!(values.number(1, &ValueRef::Int(-1)), Some(3));
    }

    #[test]
    fn many_values_keep_their_numbers() {
        let mut values = Dictionary::new(1);
        let text = |n: u32| format!("T{}-{}", n % 977, n);
        for n in 0..5000 {
            assert_eq!(values.number(0, &ValueRef::Text(&text(n))), Some(n));
        }
        for n in (0..5000).rev() {
            assert_eq!(values.number(0, &ValueRef::Text(&text(n))), Some(n));
        }
    }
}
