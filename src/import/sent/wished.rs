//! From what the sender of a file wishes for to a request, and files that would grow beyond all bounds.
//!
//! Must not know layers or the database.

use crate::{
    crs,
    import::{
        ColumnEncoding, ColumnMapping, Constant, ImportError, ImportRequest, RefusedFile, Words, format,
        request, words,
    },
    layer::Language,
    store::{
        delivery::{SentFile, Wishes},
        postgis::Mode,
    },
};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek},
    path::Path,
};
use zip::ZipArchive;

/// Parts of a workbook or an archive.
const PARTS_MAX: usize = 2_000;

/// The request; `keep` says whether anything is to be kept, and by whom.
pub fn request(
    layer: &str,
    file: &SentFile,
    wishes: Wishes,
    keep: Option<(bool, String)>,
) -> Result<ImportRequest, ImportError> {
    let wrong =
        |flag: String, vi: &str, en: String| ImportError::Setting { flag, reason: words(vi.to_owned(), en) };
    let system = wishes.crs.as_deref().map(crs::parse).transpose();
    let system = system.map_err(|source| ImportError::System { path: file.path.clone(), source })?;
    let mode = match wishes.mode.as_deref() {
        None | Some("merge") => Mode::Merge,
        Some("append") => Mode::Append,
        Some("replace") => Mode::Replace,
        Some(other) => {
            let en = "it is one of append, merge, replace".to_owned();
            return Err(wrong(format!("mode {other}"), "là một trong append, merge, replace", en));
        }
    };
    let mut encodings = Vec::new();
    for (column, encoding) in wishes.encoding {
        let parsed = encoding.parse().map_err(|en| {
            wrong(format!("encoding {encoding}"), "không phải bảng mã mà chương trình biết", en)
        })?;
        encodings.push(ColumnEncoding { column: Some(column).filter(|c| !c.is_empty()), encoding: parsed });
    }
    let only = wishes.only.as_deref().map(request::scope).transpose();
    let only = only
        .map_err(|en| wrong("only".to_owned(), "viết như commune_code=27943 hoặc owner_agency=sonnmt", en))?;
    let max_refused = wishes.max_refused.as_deref().map(str::parse).transpose();
    let max_refused = max_refused.map_err(|en| {
        wrong("max_refused".to_owned(), "viết số dòng, ví dụ 20, hoặc tỷ lệ, ví dụ 0.5%", en)
    })?;
    let (keep, by) = keep.unzip();
    Ok(ImportRequest {
        files: vec![file.path.clone()],
        called: Some(file.called.clone()),
        unpacked_max: Some(super::UNPACKED_MAX),
        layer: layer.to_owned(),
        system,
        swap_xy: wishes.swap_xy,
        // Of another layer the sender may see less.
        reference: None,
        sublayer: wishes.sublayer,
        header_row: wishes.header_row,
        columns: wishes
            .map
            .into_iter()
            .map(|(source, attribute)| ColumnMapping { source, attribute })
            .collect(),
        constants: wishes.set.into_iter().map(|(attribute, value)| Constant { attribute, value }).collect(),
        max_refused: max_refused.unwrap_or_default(),
        refused: Some(RefusedFile::Beside(file.refused.clone())),
        reasons_in: if wishes.lang.as_deref() == Some("en") { Language::En } else { Language::Vi },
        mode,
        only,
        delete_most: wishes.delete_most,
        encodings,
        dry_run: keep != Some(true),
        by,
    })
}

/// Refuses a workbook or an archive that is far larger than it looks. What its parts say of their sizes is not
/// believed of a workbook, which is not unpacked by this program.
///
/// # Errors
/// Where it is, or cannot be read.
pub fn check_size(path: &Path, unpacked_max: u64, workbook_max: u64) -> Result<(), ImportError> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let most = match ending {
        "xlsx" => workbook_max,
        "zip" | "kmz" => unpacked_max,
        _ => return Ok(()),
    };
    let file = File::open(path).map_err(|e| ImportError::file(path, format::not_readable(&e)))?;
    // One that is none is told of where it is read.
    let Ok(mut archive) = ZipArchive::new(BufReader::new(file)) else { return Ok(()) };
    check_parts(&mut archive, path, most)?;
    let mut left = most;
    for number in (0..archive.len()).filter(|_| ending == "xlsx") {
        let Ok(mut part) = archive.by_index(number) else { continue };
        let size = io::copy(&mut part.by_ref().take(left + 1), &mut io::sink()).unwrap_or_default();
        left = left.checked_sub(size).ok_or_else(|| ImportError::file(path, too_large(most)))?;
    }
    Ok(())
}

/// Refuses an archive that says itself that it holds more than `most` bytes, or too many parts.
pub fn check_parts<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    path: &Path,
    most: u64,
) -> Result<(), ImportError> {
    if archive.len() > PARTS_MAX {
        return Err(ImportError::file(path, too_many_parts()));
    }
    let mut left = most;
    for number in 0..archive.len() {
        let Ok(part) = archive.by_index_raw(number) else { continue };
        left = left.checked_sub(part.size()).ok_or_else(|| ImportError::file(path, too_large(most)))?;
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
        for name in ["bomb.xlsx", "bomb.zip"] {
            let mut zip = ZipWriter::new(File::create(path(name)).unwrap());
            zip.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
            io::copy(&mut io::repeat(b' ').take(3 << 20), &mut zip).unwrap();
            zip.finish().unwrap();
            let said = check_size(&path(name), 2 << 20, 2 << 20).unwrap_err().to_string();
            assert!(said.contains("more than 2 MB"), "{said}");
            assert!(check_size(&path(name), 4 << 20, 4 << 20).is_ok(), "{name}");
        }
        std::fs::write(path("no.xlsx"), b"PK\x03\x04 no workbook").unwrap();
        assert!(check_size(&path("no.xlsx"), 1, 1).is_ok());
    }
}
