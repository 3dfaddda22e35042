//! A file's bytes as memory. One of the two places with `unsafe`.

use memmap2::Mmap;
use std::{fs::File, io, path::Path};

/// A file, mapped. It may be unlinked while it is read; it is never written to again once it has
/// its name.
#[derive(Debug)]
pub struct Mapping(Option<Mmap>);

impl Mapping {
    /// Maps the file at `path`.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::of(&File::open(path)?)
    }

    /// Maps an open file.
    #[allow(unsafe_code)]
    pub fn of(file: &File) -> io::Result<Self> {
        if file.metadata()?.len() == 0 {
            return Ok(Self(None));
        }
        // SAFETY: memory of a file that is cut short while mapped ends the program with SIGBUS,
        // and bytes that change under a reference are undefined. The files lie in a folder that
        // only this program's user can write to; the program writes beside and renames, and never
        // opens one for writing again. What reads the bytes takes any content.
        unsafe { Mmap::map(file) }.map(|map| Self(Some(map)))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}
