//! The index of a Shapefile (ESRI Shapefile Technical Description, page 23), looked at before GDAL reads what it lists.
//!
//! Must not know GDAL, layers or the database.

use crate::import::words::{Words, words};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

/// Bytes of a geometry: many times those of the largest that is taken. GDAL needs five times as many.
const SHAPE_BYTES_MAX: u64 = 64 << 20;

/// What the index of a Shapefile shows.
#[derive(Debug, Default)]
pub struct Listed {
    /// Whether the .shp has the record with the next number right behind the last.
    pub goes_on: bool,
    /// The row with the longest geometry, from 1, and its bytes.
    longest: (u64, u64),
}

/// Looks at the index `shx` of so many `shapes`. Number and length stand before each record of the `shp`, place and
/// length in the index, all in 16-bit words, big-endian.
///
/// # Errors
/// Where either cannot be read.
pub fn listed(shp: &Path, shx: &Path, shapes: u64) -> io::Result<Listed> {
    let mut index = BufReader::with_capacity(1 << 18, File::open(shx)?);
    index.seek(SeekFrom::Start(100))?;
    let (mut entry, mut end, mut listed) = ([0; 8], 100, Listed::default());
    let word = |b: &[u8]| u64::from(u32::from_be_bytes([b[0], b[1], b[2], b[3]]));
    for row in 1..=shapes {
        index.read_exact(&mut entry)?;
        let bytes = word(&entry[4..]) * 2;
        end = end.max(word(&entry[..4]) * 2 + bytes + 8);
        if bytes > listed.longest.1 {
            listed.longest = (row, bytes);
        }
    }
    let mut shp = File::open(shp)?;
    shp.seek(SeekFrom::Start(end))?;
    listed.goes_on = shp.read_exact(&mut entry).is_ok()
        && word(&entry[..4]) == shapes + 1
        && (4..=shp.metadata()?.len().saturating_sub(end + 8)).contains(&(word(&entry[4..]) * 2));
    Ok(listed)
}

impl Listed {
    /// Why the longest geometry is not read; `None` where it is.
    pub fn too_long(&self) -> Option<Words> {
        let (row, bytes) = self.longest;
        let (held, most) = (bytes >> 20, SHAPE_BYTES_MAX >> 20);
        (bytes > SHAPE_BYTES_MAX).then(|| {
            words(
                format!(
                    "dòng {row} có hình học dài {held} MB; mỗi hình chỉ đọc nhiều nhất {most} MB: hãy tách thành nhiều \
                     phần hoặc giản lược"
                ),
                format!(
                    "row {row} has a geometry of {held} MB; at most {most} MB are read of one: cut it into parts, or \
                     simplify it"
                ),
            )
        })
    }
}
