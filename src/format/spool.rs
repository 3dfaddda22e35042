//! A file that is written whole before it is sent: it lies in a folder of its own, which is gone
//! as soon as nobody needs it.

use super::FormatError;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// The largest file, bytes: what is larger is asked for in a form that is streamed.
const BYTES_MAX: u64 = 4 << 30;

/// A file under way.
pub struct Spool {
    folder: TempDir,
    path: PathBuf,
}

impl Spool {
    /// A place for a file with this ending.
    pub fn new(ending: &str) -> Result<Self, FormatError> {
        let folder = tempfile::Builder::new().prefix("diaban-download-").tempdir().map_err(wrong)?;
        let path = folder.path().join(format!("features.{ending}"));
        Ok(Self { folder, path })
    }

    /// The folder, for what else is needed on the way.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where it is written to.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it may grow further.
    pub fn within_limit(&self) -> Result<(), FormatError> {
        let length = std::fs::metadata(&self.path).map_err(wrong)?.len();
        if length > BYTES_MAX { Err(FormatError::TooLarge { bytes: BYTES_MAX }) } else { Ok(()) }
    }

    /// The file, to be read. It needs its name no more.
    pub fn file(&self) -> Result<File, FormatError> {
        File::open(&self.path).map_err(wrong)
    }
}

fn wrong(error: io::Error) -> FormatError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FormatError::DiskFull,
        _ => FormatError::Value(error.to_string()),
    }
}
