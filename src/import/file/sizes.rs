//! Files that are far larger than they look.
//!
//! Must not know layers or the database.

use super::{
    archive::{self, Archive, Unopened},
    format::{self, Format},
};
use crate::import::{
    ImportError,
    words::{Words, words},
};
use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

/// Parts of a workbook or an archive.
const PARTS_MAX: usize = 2_000;
/// Bytes that are read at once.
const PIECE: usize = 64 << 10;

/// Refuses an archive whose parts say that they are more bytes together than `most`. It is not begun to unpack then.
///
/// # Errors
/// Where they do, or it cannot be read.
pub fn check_archive(path: &Path, most: u64) -> Result<(), ImportError> {
    let is_archive =
        ["zip", "kmz"].iter().any(|own| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(own)));
    if is_archive { check_declared(path, most) } else { Ok(()) }
}

/// The same of a workbook or an archive, whatever it is called.
///
/// # Errors
/// As [`check_archive`].
pub fn check_declared(path: &Path, most: u64) -> Result<(), ImportError> {
    check(path, most, |part, _| part.size())
}

/// Refuses a workbook whose parts are more bytes together than `most`: what reads it holds a sheet in memory. What
/// they say of their sizes is not believed.
///
/// # Errors
/// Where they are, or it cannot be read.
pub fn check_workbook(path: &Path, most: u64) -> Result<(), ImportError> {
    if Format::by_ending(path) != Some(Format::Xlsx) {
        return Ok(());
    }
    check(path, most, |part, left| unpacked(part, left))
}

/// Bytes of what is read, until they are more than `most`, or it cannot be read on: others may read what is behind.
fn unpacked(part: &mut impl Read, most: u64) -> u64 {
    let (mut piece, mut bytes) = (vec![0; PIECE], 0);
    while bytes <= most
        && let Ok(read @ 1..) = part.read(&mut piece)
    {
        bytes += read as u64;
    }
    bytes
}

/// Opens a workbook or an archive; `None` where it is none, or is damaged.
///
/// # Errors
/// Where it has too many parts, or cannot be read.
pub fn open(path: &Path) -> Result<Option<Archive>, ImportError> {
    match archive::open(path, PARTS_MAX) {
        Ok(archive) => Ok(Some(archive)),
        Err(Unopened::Damaged) => Ok(None),
        Err(Unopened::TooMany) => Err(ImportError::file(path, too_many_parts())),
        Err(Unopened::Unreadable(error)) => Err(ImportError::file(path, format::not_readable(&error))),
    }
}

/// Holds the sizes of all parts together against `most`; `size` tells that of one, and may stop beyond what is left.
fn check(
    path: &Path,
    most: u64,
    size: impl Fn(&mut zip::read::ZipFile<'_, BufReader<File>>, u64) -> u64,
) -> Result<(), ImportError> {
    // One that is none is told of where it is read.
    let Some(mut archive) = open(path)? else { return Ok(()) };
    let mut left = most;
    for number in 0..archive.len() {
        let Ok(mut part) = archive.by_index(number) else { continue };
        let size = size(&mut part, left);
        left = left.checked_sub(size).ok_or_else(|| ImportError::file(path, too_large(most)))?;
    }
    Ok(())
}

fn too_many_parts() -> Words {
    words(format!("có hơn {PARTS_MAX} phần"), format!("has more than {PARTS_MAX} parts"))
}

fn too_large(most: u64) -> Words {
    let most = most >> 20;
    words(
        format!("khi giải nén lớn hơn {most} MB; hãy chia nhỏ, hoặc nạp bằng lệnh diaban import"),
        format!(
            "holds more than {most} MB when unpacked; split it, or load it with the command diaban import"
        ),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use zip::{ZipWriter, write::SimpleFileOptions};

    #[test]
    fn a_workbook_or_an_archive_that_grows_is_refused_and_what_is_none_is_left_to_its_reader() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        type Check = fn(&Path, u64) -> Result<(), ImportError>;
        let both: [(&str, Check); 2] = [("bomb.XLSX", check_workbook), ("bomb.zip", check_archive)];
        for (name, check) in both {
            let mut zip = ZipWriter::new(File::create(path(name)).unwrap());
            zip.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
            std::io::copy(&mut std::io::repeat(b' ').take(3 << 20), &mut zip).unwrap();
            zip.finish().unwrap();
            let said = check(&path(name), 2 << 20).unwrap_err().to_string();
            assert!(said.contains("more than 2 MB"), "{said}");
            assert!(check(&path(name), 4 << 20).is_ok(), "{name}");
        }
        // With a wrong checksum in its directory, which some readers do not look at.
        let mut bytes = std::fs::read(path("bomb.XLSX")).unwrap();
        let entry = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        bytes[entry + 16] ^= 1;
        std::fs::write(path("wrong.xlsx"), bytes).unwrap();
        assert!(check_workbook(&path("wrong.xlsx"), 2 << 20).is_err());
        std::fs::write(path("no.xlsx"), b"PK\x03\x04 no workbook").unwrap();
        assert!(check_workbook(&path("no.xlsx"), 1).is_ok());
        std::fs::write(path("a.csv"), b"a,b").unwrap();
        assert!(check_workbook(&path("a.csv"), 1).is_ok() && check_archive(&path("a.csv"), 1).is_ok());
    }
}
