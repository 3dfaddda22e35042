//! A Shapefile or a KML document in a zip archive. Only the parts that these have are unpacked, each under a name of
//! ours, so that no name in the archive leads anywhere; and no more than a few times what was sent.

use super::{AreaFormat, DrawingError};
use crate::import::archive::{Unopened, open_in};
use std::{
    fs::File,
    io::{self, Cursor, Read},
    path::Path,
};

/// What a file under a name of ours is called, without its ending.
pub const STEM: &str = "area";
/// What is said of what cannot be opened.
const DAMAGED: &str = "is damaged, or encrypted";
/// Entries that an archive may have.
const ENTRIES_MAX: usize = 100;
/// Bytes of all parts together.
pub const BYTES_MAX: u64 = 64 << 20;
/// The parts of a Shapefile, which cannot be read without the first two; and a KML document.
const PARTS: [&str; 6] = ["shp", "shx", "dbf", "prj", "cpg", KML];
const KML: &str = "kml";

/// Unpacks the one Shapefile, or the one KML document, of an archive into a folder, and says which it is.
pub fn unpack(bytes: &[u8], folder: &Path) -> Result<AreaFormat, DrawingError> {
    let damaged = |_| DrawingError::Archive(DAMAGED.to_owned());
    let mut archive = open_in(Cursor::new(bytes), ENTRIES_MAX).map_err(|unopened| match unopened {
        Unopened::Unreadable(error) => DrawingError::Disk(error),
        Unopened::TooMany => DrawingError::Archive(format!("has more than {ENTRIES_MAX} entries")),
        Unopened::Damaged => DrawingError::Archive(DAMAGED.to_owned()),
    })?;
    let mut left = BYTES_MAX;
    let mut stem: Option<String> = None;
    let mut found = [false; PARTS.len()];
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).map_err(damaged)?;
        // A name that is no text is none of a part.
        let Ok(name) = entry.name().map(std::borrow::Cow::into_owned) else { continue };
        let Some((own, part)) = part_of(&name).filter(|_| entry.is_file()) else { continue };
        let first = stem.get_or_insert_with(|| own.clone());
        if *first != own || found[part] {
            return Err(DrawingError::Archive(
                "holds several Shapefiles or KML documents; send one".to_owned(),
            ));
        }
        found[part] = true;
        let mut file = File::create_new(folder.join(format!("{STEM}.{}", PARTS[part])))?;
        // What an entry says of its size is not believed.
        let written = io::copy(&mut entry.by_ref().take(left + 1), &mut file);
        let written = written.map_err(|_| DrawingError::Archive("is damaged".to_owned()))?;
        left = left.checked_sub(written).ok_or(DrawingError::Unpacked)?;
    }
    match found {
        [true, true, .., false] => Ok(AreaFormat::Shapefile),
        [false, .., true] => Ok(AreaFormat::Kml),
        [true, .., true] => Err(DrawingError::Archive("holds a Shapefile and a KML; send one".to_owned())),
        [false, ..] => {
            Err(DrawingError::Archive("holds no Shapefile (.shp, .shx) and no KML (doc.kml)".to_owned()))
        }
        [true, false, ..] => Err(DrawingError::Archive("holds a .shp without its .shx".to_owned())),
    }
}

/// The name without its ending, small letters, and which part it is.
fn part_of(name: &str) -> Option<(String, usize)> {
    let name = name.to_lowercase();
    // What one system adds to each archive.
    if name.contains("__macosx/") {
        return None;
    }
    let (stem, ending) = name.rsplit_once('.')?;
    Some((stem.to_owned(), PARTS.iter().position(|part| *part == ending)?))
}
