//! From what the sender of a file wishes for to a request.
//!
//! Must not know layers or the database.

use crate::{
    crs,
    import::{
        ColumnEncoding, ColumnMapping, Constant, ImportError, ImportRequest, RefusedFile, request, words,
    },
    layer::Language,
    store::{
        delivery::{SentFile, Wishes},
        postgis::Mode,
    },
};
use std::path::Path;

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
        // What is left of it goes with the file.
        scratch: file.path.parent().map(Path::to_owned),
        workbook_max: Some(super::WORKBOOK_MAX),
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
        refused_max: Some(super::REFUSED_MAX),
        reasons_in: if wishes.lang.as_deref() == Some("en") { Language::En } else { Language::Vi },
        mode,
        only,
        delete_most: wishes.delete_most,
        encodings,
        dry_run: keep != Some(true),
        by,
    })
}
