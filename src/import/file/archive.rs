//! A zip archive opened, where its directory is no larger than it may be.
//!
//! What reads archives decodes a whole directory before it can be asked how long it is, and one of some hundred MB takes
//! as many times that. So what the ends of the file say of it is read first: each that could be taken for one, and where
//! such an end stands, since a directory reaches up to it. Must not know what archives hold.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};
use zip::ZipArchive;

/// Bytes of a directory: each entry may have a name of some length.
const DIRECTORY_MAX: u64 = 16 << 20;
/// Bytes of an end without its comment, which has up to 65,535.
const END: usize = 22;
const COMMENT_MAX: u64 = 0xffff;
/// Bytes of what tells of a large archive's end, before the other.
const LOCATOR: usize = 20;
/// Bytes of a large archive's end that are looked at.
const LARGE_END: usize = 56;
/// Bytes that are looked through at once.
const PIECE: usize = 64 << 10;

/// Bytes that are looked through for ends of large archives, for all that name one together: each end of hundreds could
/// name the whole file.
const LOOKED_MAX: u64 = 64 << 20;

/// An archive.
pub type Archive = ZipArchive<BufReader<File>>;

/// Why an archive is not opened.
#[derive(Debug)]
pub enum Unopened {
    /// It cannot be read.
    Unreadable(io::Error),
    /// It holds more than it may.
    TooMany,
    /// It is none, or is damaged.
    Damaged,
}

/// Opens a file that is an archive of `entries_max` entries at most.
///
/// # Errors
/// Where it cannot be read, is none, or has more of them or a larger directory.
pub fn open(path: &Path, entries_max: usize) -> Result<Archive, Unopened> {
    open_in(BufReader::new(File::open(path).map_err(Unopened::Unreadable)?), entries_max)
}

/// Opens what can be read as such an archive.
///
/// # Errors
/// As those of a file.
pub fn open_in<R: Read + Seek>(mut reader: R, entries_max: usize) -> Result<ZipArchive<R>, Unopened> {
    if says_more(&mut reader, entries_max as u64).map_err(Unopened::Unreadable)? {
        return Err(Unopened::TooMany);
    }
    let archive = ZipArchive::new(reader).map_err(|_| Unopened::Damaged)?;
    if archive.len() > entries_max { Err(Unopened::TooMany) } else { Ok(archive) }
}

/// Whether any end of the file says that there are more entries, or a directory of more bytes, than may be.
fn says_more(file: &mut (impl Read + Seek), entries_max: u64) -> io::Result<bool> {
    let length = file.seek(SeekFrom::End(0))?;
    let begin = length.saturating_sub(COMMENT_MAX + (END + LOCATOR) as u64);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(begin))?;
    file.by_ref().take(length - begin).read_to_end(&mut tail)?;
    let mut left = LOOKED_MAX;
    let is_more = |entries: u64, directory: u64| entries > entries_max || directory > DIRECTORY_MAX;
    for at in (0..tail.len().saturating_sub(END - 1)).filter(|at| tail[*at..].starts_with(b"PK\x05\x06")) {
        let end = &tail[at..];
        if at + END + usize::from(number::<2>(end, 20) as u16) > tail.len() {
            continue;
        }
        let position = begin + at as u64;
        let fields = [number::<2>(end, 8), number::<2>(end, 10), number::<4>(end, 12), number::<4>(end, 16)];
        let may_be_large =
            fields.iter().zip([0xffff, 0xffff, 0xffff_ffff, 0xffff_ffff]).any(|(f, most)| *f == most);
        let locator = at.checked_sub(LOCATOR).map(|at| &tail[at..]).filter(|l| l.starts_with(b"PK\x06\x07"));
        let is_too_much = match locator.filter(|_| may_be_large) {
            Some(locator) => {
                let span = [number::<8>(locator, 8), position - LOCATOR as u64];
                large_end_says(file, span, &mut left, &is_more)?
            }
            // One that names several disks is no end of an archive that is read.
            None if number::<4>(end, 4) != 0 || fields[0] != fields[1] => false,
            None => is_more(fields[0], if fields[0] == 0 { 0 } else { position.saturating_sub(fields[3]) }),
        };
        if is_too_much {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The same of the ends of a large archive within a span, which mostly is that of one. More than is `left` to look through
/// is more than may be.
fn large_end_says(
    file: &mut (impl Read + Seek),
    [from, to]: [u64; 2],
    left: &mut u64,
    is_more: &dyn Fn(u64, u64) -> bool,
) -> io::Result<bool> {
    let (mut piece, mut begin) = (Vec::new(), from);
    while begin < to {
        let Some(rest) = left.checked_sub(PIECE as u64) else { return Ok(true) };
        *left = rest;
        piece.clear();
        file.seek(SeekFrom::Start(begin))?;
        file.by_ref().take((to - begin).min((PIECE + LARGE_END) as u64)).read_to_end(&mut piece)?;
        for at in 0..piece.len().saturating_sub(LARGE_END - 1) {
            let end = &piece[at..];
            let directory = || (begin + at as u64).saturating_sub(number::<8>(end, 48));
            if end.starts_with(b"PK\x06\x06") && is_more(number::<8>(end, 32), directory()) {
                return Ok(true);
            }
        }
        begin += PIECE as u64;
    }
    Ok(false)
}

/// The number of so many bytes at a place, the lowest first; 0 where they are not there.
fn number<const BYTES: usize>(bytes: &[u8], at: usize) -> u64 {
    let bytes = bytes.get(at..).and_then(|bytes| bytes.first_chunk::<BYTES>()).copied().unwrap_or([0; BYTES]);
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::{fs, io::Write};
    use zip::{ZipWriter, write::SimpleFileOptions};

    fn archive(path: &Path, entries: usize, is_large: bool) {
        let mut zip = ZipWriter::new(File::create(path).unwrap());
        for number in 0..entries {
            zip.start_file(format!("{number}.csv"), SimpleFileOptions::default()).unwrap();
        }
        if is_large {
            zip.set_raw_zip64_extensible_data_sector(Box::new([7; 30]));
        }
        zip.finish().unwrap();
    }

    fn told(path: &Path) -> &'static str {
        match open(path, 20) {
            Ok(_) => "opened",
            Err(Unopened::TooMany) => "too many",
            Err(Unopened::Damaged) => "damaged",
            Err(Unopened::Unreadable(_)) => "unreadable",
        }
    }

    #[test]
    fn an_archive_is_held_to_so_many_entries_whatever_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        for is_large in [false, true] {
            archive(&path, 20, is_large);
            assert_eq!(told(&path), "opened", "{is_large}");
            archive(&path, 21, is_large);
            assert_eq!(told(&path), "too many", "{is_large}");
        }
        fs::write(&path, b"PK\x03\x04 no archive").unwrap();
        assert_eq!(told(&path), "damaged");
    }

    /// An end that says so many entries, of a directory from `start`.
    fn end(entries: u16, start: u32) -> Vec<u8> {
        let entries = entries.to_le_bytes();
        [b"PK\x05\x06\0\0\0\0", &entries[..], &entries, &[0; 4], &start.to_le_bytes(), &[0; 2]].concat()
    }

    fn large_end(entries: u64) -> Vec<u8> {
        let entries = entries.to_le_bytes();
        let large =
            [b"PK\x06\x06", &44_u64.to_le_bytes()[..], &[0; 12], &entries, &entries, &[0; 16]].concat();
        let locator = [b"PK\x06\x07", &[0; 4][..], &0_u64.to_le_bytes(), &1_u32.to_le_bytes()].concat();
        [large, locator, end(0xffff, 0xffff_ffff)].concat()
    }

    /// A file of nothing but an end, behind so many bytes: what follows it is not looked for.
    fn says(path: &Path, before: u64, end: &[u8]) -> bool {
        let mut file = File::create(path).unwrap();
        file.set_len(before).unwrap();
        file.seek(SeekFrom::End(0)).unwrap();
        file.write_all(end).unwrap();
        says_more(&mut File::open(path).unwrap(), 20).unwrap()
    }

    #[test]
    fn what_an_end_says_is_enough_to_refuse_an_archive_of_nothing_but_directory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        assert!(says(&path, 200 << 20, &end(60_000, 0)) && says(&path, 200 << 20, &end(2, 0)));
        assert!(!says(&path, 200 << 20, &end(2, 200 << 20)) && !says(&path, 200, &end(20, 0)));
        // Behind what a few bytes hide, and before an end of its own.
        let hidden = [end(60_000, 0), vec![b' '; 60_000]].concat();
        assert!(says(&path, 1000, &hidden));
        assert!(says(&path, 1000, &[end(60_000, 0), end(2, 900)].concat()));
        for (entries, is_more) in [(20, false), (21, true), (4 << 20, true)] {
            assert_eq!(says(&path, 0, &large_end(entries)), is_more, "{entries}");
            // As far from where it is said to stand as what is before it.
            assert_eq!(says(&path, 3 * PIECE as u64 - 30, &large_end(entries)), is_more, "{entries}");
        }
    }

    #[test]
    fn ends_that_name_the_whole_file_again_and_again_are_more_than_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let names_all = large_end(20).split_off(LARGE_END);
        assert!(!says(&path, 2 << 20, &names_all) && says(&path, 2 << 20, &names_all.repeat(40)));
    }
}
