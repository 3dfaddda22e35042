//! Numbers as protobuf writes them (Protocol Buffers, "Encoding": base 128 varints).

/// Appends a number.
pub fn varint(out: &mut Vec<u8>, mut value: u64) {
    // One and two bytes are nearly all there is in a tile.
    if value < 0x80 {
        out.push(value as u8);
        return;
    }
    if value < 0x4000 {
        out.extend_from_slice(&[value as u8 | 0x80, (value >> 7) as u8]);
        return;
    }
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Bytes that a number takes.
pub const fn varint_length(value: u64) -> u64 {
    (70 - (value | 1).leading_zeros() as u64) / 7
}
