//! Numbers as protobuf writes them (Protocol Buffers, "Encoding": base 128 varints).

/// The longest varint.
const LONGEST: usize = 10;
/// Bytes to begin with.
const ROOM: usize = 256;

/// Bytes under way. Room is made well before it is needed, so that a number is written without a
/// look at the capacity for each of its bytes.
#[derive(Debug)]
pub struct Writer {
    room: Vec<u8>,
    at: usize,
}

impl Default for Writer {
    fn default() -> Self {
        Self { room: vec![0; ROOM], at: 0 }
    }
}

impl Writer {
    /// Starts anew.
    pub fn clear(&mut self) {
        self.at = 0;
    }

    /// What has been written.
    pub fn bytes(&self) -> &[u8] {
        self.room.get(..self.at).unwrap_or_default()
    }

    /// How many bytes.
    pub fn len(&self) -> usize {
        self.at
    }

    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.at == 0
    }

    /// Appends a number.
    #[inline]
    pub fn varint(&mut self, value: u64) {
        if self.room.len() < self.at + LONGEST {
            self.grow(LONGEST);
        }
        self.at = put(&mut self.room, self.at, value);
    }

    /// Appends so many numbers as `numbers` has. Where the next goes is not read again from memory
    /// for each of them: that alone would take longer than writing it.
    #[inline]
    pub fn varints(&mut self, numbers: impl ExactSizeIterator<Item = u64>) {
        let most = numbers.len() * LONGEST;
        if self.room.len() < self.at + most {
            self.grow(most);
        }
        let mut at = self.at;
        for number in numbers {
            at = put(&mut self.room, at, number);
        }
        self.at = at;
    }

    /// Appends a byte.
    #[inline]
    pub fn byte(&mut self, value: u8) {
        if self.room.len() <= self.at {
            self.grow(1);
        }
        self.room[self.at] = value;
        self.at += 1;
    }

    /// Appends bytes as they are.
    #[inline]
    pub fn extend(&mut self, bytes: &[u8]) {
        let end = self.at + bytes.len();
        if self.room.len() < end {
            self.grow(bytes.len());
        }
        self.room[self.at..end].copy_from_slice(bytes);
        self.at = end;
    }

    /// Appends what another has written.
    #[inline]
    pub fn append(&mut self, other: &Self) {
        const STEP: usize = 16;
        let end = self.at + other.at;
        let steps = other.at.div_ceil(STEP);
        // Little is copied in steps of one size, a call for each would cost more.
        if steps > 8 || other.room.len() < steps * STEP {
            return self.extend(other.bytes());
        }
        if self.room.len() < self.at + steps * STEP {
            self.grow(steps * STEP);
        }
        let from = other.room.as_chunks::<STEP>().0.iter().take(steps);
        let to = self.room.get_mut(self.at..).unwrap_or_default().as_chunks_mut::<STEP>().0;
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        self.at = end;
    }

    #[cold]
    fn grow(&mut self, more: usize) {
        self.room.resize((self.at + more).next_power_of_two().max(2 * self.room.len()), 0);
    }
}

/// Writes a number at a place; returns the place behind it.
#[inline]
fn put(room: &mut [u8], at: usize, value: u64) -> usize {
    let Some(out) = room.get_mut(at..).and_then(|room| room.first_chunk_mut::<LONGEST>()) else {
        return at;
    };
    // One and two bytes are nearly all there is in a tile, and nobody can guess which: both are
    // written without a branch.
    if value < 0x4000 {
        let (low, two) = (value as u16, value >= 0x80);
        let bytes = low & 0x7f | u16::from(two) << 7 | (low >> 7) << 8;
        [out[0], out[1]] = bytes.to_le_bytes();
        return at + 1 + usize::from(two);
    }
    at + long(out, value)
}

#[cold]
fn long(out: &mut [u8; LONGEST], mut value: u64) -> usize {
    for (i, byte) in out.iter_mut().enumerate() {
        *byte = value as u8 | 0x80;
        value >>= 7;
        if value == 0 {
            *byte &= 0x7f;
            return i + 1;
        }
    }
    LONGEST
}

/// Bytes that a number takes.
pub const fn varint_length(value: u64) -> u64 {
    (70 - (value | 1).leading_zeros() as u64) / 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_each_length() {
        let mut out = Writer::default();
        for _ in 0..20 {
            for bits in 0..64 {
                let before = out.len();
                out.varint(1 << bits);
                assert_eq!((out.len() - before) as u64, varint_length(1 << bits), "{bits}");
            }
        }
        out.clear();
        out.varint(u64::MAX);
        out.varint(300);
        assert_eq!(out.bytes(), [&[0xff; 9][..], &[0x01, 0xac, 0x02]].concat());
    }
}
