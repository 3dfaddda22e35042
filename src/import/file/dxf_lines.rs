//! Whether the lines of a DXF end in a way that GDAL can follow. Must not know what is drawn.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// Whether each carriage return of the file stands before a line feed. Where one does not, GDAL 3.6 reads the file for
/// ever: no deadline ends that, for it happens within the reading of one entity.
pub fn are_plain(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut piece = [0; 64 << 10];
    let mut was_return = false;
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(!was_return);
        }
        for byte in &piece[..read] {
            if was_return && *byte != b'\n' {
                return Ok(false);
            }
            was_return = *byte == b'\r';
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_return_that_ends_no_line_is_found_wherever_it_stands() {
        let at = |bytes: &[u8]| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), bytes).unwrap();
            are_plain(file.path()).unwrap()
        };
        let edge = |last: &[u8]| [&vec![b'a'; (64 << 10) - 1], last].concat();
        for plain in [&b"0\nSECTION\n"[..], b"0\r\nSECTION\r\n", b"", &edge(b"\r\n")] {
            assert!(at(plain));
        }
        for odd in [&b"0\rSECTION\r"[..], b"0\r\r\nSECTION", b"0\nSECTION\r", &edge(b"\r0\n"), b"\r\0\n"] {
            assert!(!at(odd), "{:?}", &odd[odd.len().saturating_sub(12)..]);
        }
    }
}
