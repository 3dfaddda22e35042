//! A file's bytes as memory. One of the places with `unsafe`.

use super::lost::{self, Watched};
use memmap2::Mmap;
use std::{fs::File, io, os::unix::fs::OpenOptionsExt, path::Path};

/// A file, mapped. It may be unlinked while it is read; it is never written to again once it has
/// its name. Should somebody cut it short all the same, what is gone reads as zeroes.
#[derive(Debug)]
pub struct Mapping(Option<Mapped>);

#[derive(Debug)]
struct Mapped {
    // Before the memory, so that it is watched no more when that is given back.
    watched: Watched,
    bytes: Mmap,
}

impl Mapping {
    /// Maps the file at `path`.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::of(&open_file(path)?)
    }

    /// Maps an open file.
    #[allow(unsafe_code)]
    pub fn of(file: &File) -> io::Result<Self> {
        if file.metadata()?.len() == 0 {
            return Ok(Self(None));
        }
        // SAFETY: bytes that change under a reference are undefined. The files lie in a folder that
        // only this program's user can write to; the program writes beside and renames, and never
        // opens one for writing again. What reads the bytes takes any content. Memory of a file that
        // is cut short while mapped is watched over (`lost`).
        let bytes = unsafe { Mmap::map(file) }?;
        Ok(Self(Some(Mapped { watched: Watched::over(&bytes)?, bytes })))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_ref().map(|mapped| &*mapped.bytes).unwrap_or_default()
    }

    /// Whether some bytes were not there when they were read: what was made of them is worth nothing.
    pub fn is_lost(&self) -> bool {
        lost::any() && self.0.as_ref().is_some_and(|mapped| mapped.watched.is_lost())
    }
}

/// Opens a file for reading. What else may stand under its name is refused, and not waited for: a
/// pipe would be opened when somebody writes into it.
pub fn open_file(path: &Path) -> io::Result<File> {
    let file = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_is_cut_off_a_file_reads_as_zeroes_and_is_noticed() {
        let written = || {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&[7; 100_000]).unwrap();
            file
        };
        let (cut, left) = (written(), written());
        let (mapping, other) = (Mapping::of(&cut).unwrap(), Mapping::of(&left).unwrap());
        cut.set_len(4096).unwrap();
        assert!(!mapping.is_lost());
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    let bytes = std::hint::black_box(mapping.bytes());
                    assert_eq!((bytes[4095], bytes[99_999], bytes[4096]), (7, 0, 0));
                });
            }
        });
        assert!(mapping.is_lost() && !other.is_lost());
        drop(mapping);
        // In its place, as it may be, another is not taken for it.
        let next = Mapping::of(&written()).unwrap();
        assert!(next.bytes().iter().chain(other.bytes()).all(|byte| *byte == 7));
        assert!(!next.is_lost() && !other.is_lost());
    }

    const CHILD: &str = "DIABAN_TEST_BUS";

    /// What the child of the test below does.
    #[allow(unsafe_code)]
    fn meet_another_bus_error(how: &str) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[7; 100_000]).unwrap();
        let mapping = Mapping::of(&file).unwrap();
        // SAFETY: whatever comes of it comes of a process that is made for it.
        let foreign = unsafe { Mmap::map(&file) }.unwrap();
        file.set_len(4096).unwrap();
        assert_eq!(std::hint::black_box(mapping.bytes())[50_000], 0);
        match how {
            "read" => assert_eq!(std::hint::black_box(&foreign)[50_000], 7),
            // SAFETY: as above.
            _ => assert_eq!(unsafe { libc::raise(libc::SIGBUS) }, 0),
        }
    }

    #[test]
    fn another_bus_error_ends_the_program_as_ever() {
        use std::{
            os::unix::process::ExitStatusExt,
            process::{Command, Stdio},
        };
        if let Ok(how) = std::env::var(CHILD) {
            return meet_another_bus_error(&how);
        }
        for how in ["read", "sent"] {
            let mut child = Command::new(std::env::current_exe().unwrap());
            child.args([
                "--exact",
                "store::snapshot::mapping::tests::another_bus_error_ends_the_program_as_ever",
            ]);
            child.env(CHILD, how).stdout(Stdio::null()).stderr(Stdio::null());
            assert_eq!(child.status().unwrap().signal(), Some(libc::SIGBUS), "{how}");
        }
    }
}
