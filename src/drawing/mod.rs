//! Areas that come as files: what kind a file is, where it lies while it is read, and what it must not do.
//!
//! A file is looked at by its first bytes, never by a name that its sender gave it. It lies in a folder of
//! its own under a name of ours, which is gone when it has been read. Must not know HTTP, layers, or what
//! the area is for.

/// Shapefiles and KML in zip archives.
mod archive;

pub use crate::import::{AreaFileError, AreaFormat, FileAreas};
pub use archive::BYTES_MAX as UNPACKED_BYTES_MAX;

use crate::{crs::System, import::read_area};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Why a file gives no area.
#[derive(Debug, thiserror::Error)]
pub enum DrawingError {
    /// Nothing that is read.
    #[error("the file is none of GeoJSON, KML, KMZ, a Shapefile in a zip archive, GeoPackage, DXF as text")]
    Kind,
    /// An archive with something wrong.
    #[error("the zip archive {0}")]
    Archive(String),
    /// An archive of too much.
    #[error("the zip archive holds more than {} MB when unpacked; send a part of it, or simplify it", UNPACKED_BYTES_MAX >> 20)]
    Unpacked,
    /// Text that brings in other text.
    #[error("the KML declares a DOCTYPE or entities, which are not read")]
    Entities,
    /// The file itself.
    #[error("the file: {0}")]
    File(#[from] AreaFileError),
    /// No room for it.
    #[error("the file cannot be kept while it is read: {0}")]
    Disk(#[from] io::Error),
}

/// Reads the areas of a file's bytes, and says what kind of file it was. `stated` is the system that the
/// sender says. Takes its time: not for threads that others wait for.
pub fn read(bytes: &[u8], stated: Option<&'static System>) -> Result<(AreaFormat, FileAreas), DrawingError> {
    let folder = tempfile::Builder::new().prefix("diaban-area-").tempdir()?;
    let format = match kind(bytes).ok_or(DrawingError::Kind)? {
        Kind::Archive => archive::unpack(bytes, folder.path())?,
        Kind::Plain(format) => {
            fs::write(place(folder.path(), format), bytes)?;
            format
        }
    };
    let path = place(folder.path(), format);
    if format == AreaFormat::Kml && has_entities(&fs::read(&path)?) {
        return Err(DrawingError::Entities);
    }
    Ok((format, read_area(&path, format, stated)?))
}

fn place(folder: &Path, format: AreaFormat) -> PathBuf {
    folder.join(format!("{}.{}", archive::STEM, format.ending()))
}

/// What bytes are.
enum Kind {
    /// A zip archive of other files.
    Archive,
    /// A file by itself.
    Plain(AreaFormat),
}

/// What a file is, by its first bytes.
fn kind(bytes: &[u8]) -> Option<Kind> {
    const BOM: &[u8] = b"\xef\xbb\xbf";
    let text = bytes.strip_prefix(BOM).unwrap_or(bytes).trim_ascii_start();
    match text {
        _ if bytes.starts_with(b"PK\x03\x04") => Some(Kind::Archive),
        _ if bytes.starts_with(b"SQLite format 3\0") => Some(Kind::Plain(AreaFormat::GeoPackage)),
        text if text.starts_with(b"{") => Some(Kind::Plain(AreaFormat::GeoJson)),
        text if text.starts_with(b"<") => Some(Kind::Plain(AreaFormat::Kml)),
        text => is_dxf(text).then_some(Kind::Plain(AreaFormat::Dxf)),
    }
}

/// Group codes and values in turn, comments (999) first, then a section.
fn is_dxf(text: &[u8]) -> bool {
    let mut lines = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    loop {
        match (lines.next(), lines.next()) {
            (Some(b"999"), Some(_)) => {}
            (Some(b"0"), Some(b"SECTION")) => return true,
            _ => return false,
        }
    }
}

fn has_entities(bytes: &[u8]) -> bool {
    let found = |sign: &[u8]| bytes.windows(sign.len()).any(|window| window.eq_ignore_ascii_case(sign));
    // Text of two bytes a letter would hide them.
    found(b"<!DOCTYPE") || found(b"<!ENTITY") || bytes.contains(&0)
}
