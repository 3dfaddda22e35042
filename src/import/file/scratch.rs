//! Folders for copies of files, which are gone when they have been read.
//!
//! Must not know what is copied.

use std::{io, path::Path};
use tempfile::{Builder, TempDir};

/// How the names of such folders begin.
pub const PREFIX: &str = "diaban-import-";

/// A new folder within another, so that it goes with that, whatever becomes of the program; else in the system's
/// temporary folder.
///
/// # Errors
/// Where it cannot be made.
pub fn folder(within: Option<&Path>) -> io::Result<TempDir> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX);
    match within {
        Some(within) => builder.tempdir_in(within),
        None => builder.tempdir(),
    }
}
