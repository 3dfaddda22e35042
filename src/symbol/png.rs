//! A picture as PNG (ISO/IEC 15948), 8 bits of red, green, blue and opacity. Must not know what it shows.

use flate2::{Compression, Crc, write::ZlibEncoder};
use std::io::Write;

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// 8 bits; colour with opacity; deflate; filters by row; not interlaced.
const FORM: [u8; 5] = [8, 6, 0, 0, 0];

/// The file. `rgba` holds 4 bytes for each pixel, row by row.
pub fn png(width: u32, height: u32, rgba: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend(FORM);
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::best());
    for row in rgba.chunks_exact(width.max(1) as usize * 4) {
        // Filter 0: the bytes as they are.
        rows.write_all(&[0])?;
        rows.write_all(row)?;
    }
    let mut file = SIGNATURE.to_vec();
    for (kind, data) in [(b"IHDR", header), (b"IDAT", rows.finish()?), (b"IEND", Vec::new())] {
        put_chunk(&mut file, kind, &data);
    }
    Ok(file)
}

fn put_chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let mut sum = Crc::new();
    sum.update(kind);
    sum.update(data);
    // No chunk of ours is near to 4 GB.
    file.extend((data.len() as u32).to_be_bytes());
    file.extend(kind);
    file.extend(data);
    file.extend(sum.sum().to_be_bytes());
}
