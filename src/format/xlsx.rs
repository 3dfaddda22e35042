//! Office Open XML workbooks (ISO/IEC 29500): one sheet, for people who work in tables. Points have
//! `lon` and `lat`; other geometries have no place in a cell and are left out.

use super::{FeatureWriter, FormatError, spool::Spool};
use crate::{
    feature::{FeatureRow, ValueRef},
    layer::{GeometryType, LayerView},
};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use std::fs::File;

/// Rows of a sheet, the header's counted.
const ROWS_MAX: u32 = 1_048_576;
/// Features that a sheet holds.
pub const FEATURES_MAX: u64 = ROWS_MAX as u64 - 1;
/// Characters that a cell holds.
const TEXT_MAX: usize = 32_767;
/// Whole numbers beyond are rounded in a cell, and go as text.
const WHOLE_MAX: i64 = 1 << 53;
/// Sheets have names of at most so many characters.
pub(super) const NAME_MAX: usize = 31;

/// Writes a workbook.
pub struct Xlsx {
    spool: Spool,
    workbook: Workbook,
    row: u32,
    has_points: bool,
}

impl Xlsx {
    /// Of a view.
    pub fn new(view: &LayerView) -> Result<Self, FormatError> {
        let spool = Spool::new("xlsx")?;
        let mut workbook = Workbook::new();
        workbook.set_tempdir(spool.folder()).map_err(wrong)?;
        let has_points = view.layer().geometry == [GeometryType::Point];
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(wrong)?;
        sheet.set_name(view.id().chars().take(NAME_MAX).collect::<String>()).map_err(wrong)?;
        sheet.set_freeze_panes(1, 0).map_err(wrong)?;
        let names = view.attributes().map(|a| a.name.as_str());
        let positions: &[&str] = if has_points { &["lon", "lat"] } else { &[] };
        let bold = Format::new().set_bold();
        for (column, name) in (0..).zip(std::iter::once("id").chain(names).chain(positions.iter().copied())) {
            sheet.write_string_with_format(0, column, name, &bold).map_err(wrong)?;
        }
        Ok(Self { spool, workbook, row: 0, has_points })
    }
}

impl FeatureWriter for Xlsx {
    fn begin(&mut self, _: &mut Vec<u8>) -> Result<(), FormatError> {
        Ok(())
    }

    fn feature(&mut self, feature: &FeatureRow<'_>, _: &mut Vec<u8>) -> Result<(), FormatError> {
        self.row += 1;
        if self.row >= ROWS_MAX {
            return Err(FormatError::TooManyRows { rows: FEATURES_MAX });
        }
        let (row, sheet) = (self.row, self.workbook.worksheet_from_index(0).map_err(wrong)?);
        let id = feature.id;
        sheet.write_number(row, 0, id as f64).map_err(wrong)?;
        for (column, value) in (1..).zip(feature.values) {
            let written = match *value {
                ValueRef::Null | ValueRef::Numbered(..) => continue,
                ValueRef::Bool(v) => sheet.write_boolean(row, column, v),
                ValueRef::Int(v) if v.abs() > WHOLE_MAX => sheet.write_string(row, column, v.to_string()),
                ValueRef::Int(v) => sheet.write_number(row, column, v as f64),
                ValueRef::Number(v) => sheet.write_number(row, column, v),
                ValueRef::Text(text) => sheet.write_string(row, column, shortened(text)),
                ValueRef::TextBytes(bytes) => {
                    sheet.write_string(row, column, shortened(std::str::from_utf8(bytes).unwrap_or_default()))
                }
            };
            written.map_err(wrong)?;
        }
        if let Some([lon, lat]) = feature.shape.filter(|_| self.has_points).and_then(|shape| shape.xy.first())
        {
            let column = feature.values.len() as u16 + 1;
            sheet.write_number(row, column, *lon).map_err(wrong)?;
            sheet.write_number(row, column + 1, *lat).map_err(wrong)?;
        }
        Ok(())
    }

    fn end(&mut self, _: Option<&str>, _: &mut Vec<u8>) -> Result<Option<File>, FormatError> {
        self.workbook.save(self.spool.path()).map_err(wrong)?;
        self.spool.within_limit()?;
        self.spool.file().map(Some)
    }
}

/// A text as far as a cell holds it.
pub(super) fn shortened(text: &str) -> &str {
    if text.len() <= TEXT_MAX {
        return text;
    }
    text.char_indices().nth(TEXT_MAX).map_or(text, |(end, _)| &text[..end])
}

/// What the library says as an error of ours.
pub(super) fn wrong(error: XlsxError) -> FormatError {
    match error {
        XlsxError::IoError(error) if error.kind() == std::io::ErrorKind::StorageFull => FormatError::DiskFull,
        error => FormatError::Value(error.to_string()),
    }
}
