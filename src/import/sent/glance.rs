//! What a file that has just come plainly is not: by its name and its first bytes, and by the list of an archive's parts.
//!
//! So little is read that its sender is told at once, and nothing of it is kept. What an archive says of itself is not
//! believed where that would be in its favour: all of it is looked at again as the file is read.

use super::{UNPACKED_MAX, WORKBOOK_MAX};
use crate::import::{
    ImportError,
    file::{format, sizes, sources},
    words,
};
use std::path::Path;

/// Turns a file away of which nothing would come; with `true`, because it is too large.
pub fn glance(path: &Path) -> Result<(), Box<(ImportError, bool)>> {
    let is_nothing = |error| Box::new((error, false));
    let ending = path.extension().and_then(|ending| ending.to_str());
    if let Some("zip" | "kmz") = ending {
        return sources::glance(path, UNPACKED_MAX);
    }
    format::recognise(path).map_err(is_nothing)?;
    if ending == Some("xlsx") {
        let is_too_large = |error| Box::new((error, true));
        sizes::open(path).map_err(is_too_large)?.ok_or_else(|| is_nothing(no_workbook(path)))?;
        sizes::check_declared(path, WORKBOOK_MAX).map_err(is_too_large)?;
    }
    Ok(())
}

fn no_workbook(path: &Path) -> ImportError {
    let vi = "không phải là bảng tính Excel (.xlsx), hoặc bị hỏng";
    ImportError::file(path, words(vi, "is no Excel workbook (.xlsx), or is damaged"))
}
