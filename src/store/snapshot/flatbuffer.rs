//! Reads a FlatBuffers table in place, every access checked against the bytes that are there
//! (FlatBuffers internals: a table starts with the signed distance back to its vtable, which
//! holds its own size, the table's size, and the place of each field).
//!
//! The generated accessors of the `flatgeobuf` crate either verify a whole feature before the
//! first byte is read, or trust the file. This does neither: hostile bytes give `None`, and what
//! is not asked for is not looked at.

use std::ops::Range;

/// A table within a buffer.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
    vtable: usize,
    vtable_size: usize,
}

impl<'a> Table<'a> {
    /// The root table of a buffer.
    pub fn root(bytes: &'a [u8]) -> Option<Self> {
        Self::at(bytes, u32_at(bytes, 0)? as usize)
    }

    fn at(bytes: &'a [u8], at: usize) -> Option<Self> {
        let back = u32_at(bytes, at)? as i32;
        let vtable = usize::try_from(at as i64 - i64::from(back)).ok()?;
        let vtable_size = usize::from(u16_at(bytes, vtable)?);
        Some(Self { bytes, at, vtable, vtable_size })
    }

    /// Where a field stands; `None` if the table has it not. `slot` counts from 0.
    fn field(&self, slot: usize) -> Option<usize> {
        let entry = 4 + 2 * slot;
        if entry + 2 > self.vtable_size {
            return None;
        }
        match u16_at(self.bytes, self.vtable + entry)? {
            0 => None,
            offset => Some(self.at + usize::from(offset)),
        }
    }

    /// Whether the table has the field.
    pub fn has(&self, slot: usize) -> bool {
        self.field(slot).is_some()
    }

    /// The bytes of a number, `left_out` where it is left out.
    pub fn number<const N: usize>(&self, slot: usize, left_out: [u8; N]) -> Option<[u8; N]> {
        self.field(slot).map_or(Some(left_out), |at| self.bytes.get(at..)?.first_chunk().copied())
    }

    /// A field of one byte, 0 where it is left out.
    pub fn byte(&self, slot: usize) -> Option<u8> {
        self.field(slot).map_or(Some(0), |at| self.bytes.get(at).copied())
    }

    /// The bytes of a vector whose elements have `size` bytes; empty where it is left out.
    pub fn vector(&self, slot: usize, size: usize) -> Option<&'a [u8]> {
        self.bytes.get(self.vector_range(slot, size)?)
    }

    /// Where a vector's elements stand; nowhere if there is none.
    fn vector_range(&self, slot: usize, size: usize) -> Option<Range<usize>> {
        let Some(field) = self.field(slot) else { return Some(0..0) };
        let start = field.checked_add(u32_at(self.bytes, field)? as usize)?;
        let length = (u32_at(self.bytes, start)? as usize).checked_mul(size)?;
        Some(start + 4..(start + 4).checked_add(length)?)
    }

    /// A table that a field points at.
    pub fn table(&self, slot: usize) -> Option<Self> {
        let field = self.field(slot)?;
        Self::at(self.bytes, field.checked_add(u32_at(self.bytes, field)? as usize)?)
    }

    /// The tables of a vector; each is `None` if it is garbled.
    pub fn tables(&self, slot: usize) -> Option<impl Iterator<Item = Option<Self>> + 'a> {
        let bytes = self.bytes;
        let offsets = self.vector_range(slot, 4)?;
        bytes.get(offsets.clone())?;
        Some(offsets.step_by(4).map(move |at| Self::at(bytes, at.checked_add(u32_at(bytes, at)? as usize)?)))
    }
}

/// A little-endian `u32`, if the bytes are there.
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|two| u16::from_le_bytes(*two))
}
