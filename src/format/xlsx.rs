//! Office Open XML workbooks (ISO/IEC 29500): one sheet, for people who work in tables. Points have
//! `lon` and `lat`; other geometries have no place in a cell and are left out, which a further sheet says. A text that is longer than a
//! cell holds is cut, says so at its end, and stands in a second sheet with its place and length.

use super::{FeatureWriter, FormatError, spool::Spool};
use crate::{
    feature::{FeatureRow, ValueRef},
    layer::{GeometryType, LayerView},
};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use std::{borrow::Cow, fs::File};

/// Rows of a sheet, the header's counted.
const ROWS_MAX: u32 = 1_048_576;
/// Features that a sheet holds.
pub const FEATURES_MAX: u64 = ROWS_MAX as u64 - 1;
/// Characters that a cell holds, as UTF-16 counts them.
const TEXT_MAX: usize = 32_767;
/// What a text ends with that was cut.
pub(super) const CUT: &str = "… [đã cắt / cut]";
/// Name of the sheet that tells which texts were cut, and how many are named there.
const CUT_SHEET: &str = "đã cắt - cut";
const CUT_MAX: usize = 10_000;
/// Name of the sheet that says where the geometries are.
const GEOMETRY_SHEET: &str = "không có hình - no geometry";
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
    attributes: Vec<String>,
    cut: Vec<CutText>,
    /// All of them.
    cut_count: u64,
}

/// A text that a cell does not hold.
struct CutText {
    id: i64,
    /// Its place among the attributes.
    attribute: usize,
    /// Characters.
    length: usize,
}

impl Xlsx {
    /// Of a view.
    pub fn new(view: &LayerView) -> Result<Self, FormatError> {
        let spool = Spool::new("xlsx")?;
        let mut workbook = Workbook::new();
        workbook.set_tempdir(spool.folder()).map_err(wrong)?;
        let has_points = Self::has_geometry(view);
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(wrong)?;
        sheet.set_name(view.id().chars().take(NAME_MAX).collect::<String>()).map_err(wrong)?;
        sheet.set_freeze_panes(1, 0).map_err(wrong)?;
        let names = view.attributes().map(|a| a.name.as_str());
        let positions: &[&str] = if has_points { &["lon", "lat"] } else { &[] };
        let bold = Format::new().set_bold();
        for (column, name) in (0..).zip(std::iter::once("id").chain(names).chain(positions.iter().copied())) {
            sheet.write_string_with_format(0, column, name, &bold).map_err(wrong)?;
        }
        let attributes = view.attributes().map(|a| a.name.clone()).collect();
        Ok(Self { spool, workbook, row: 0, has_points, attributes, cut: Vec::new(), cut_count: 0 })
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
            let text = match *value {
                ValueRef::Text(text) => Cow::Borrowed(text),
                ValueRef::TextBytes(bytes) => Cow::Borrowed(std::str::from_utf8(bytes).unwrap_or_default()),
                ValueRef::Int(v) if v.abs() > WHOLE_MAX => Cow::Owned(v.to_string()),
                ValueRef::Null | ValueRef::Numbered(..) => continue,
                ValueRef::Bool(v) => {
                    sheet.write_boolean(row, column, v).map_err(wrong)?;
                    continue;
                }
                ValueRef::Int(v) => {
                    sheet.write_number(row, column, v as f64).map_err(wrong)?;
                    continue;
                }
                ValueRef::Number(v) => {
                    sheet.write_number(row, column, v).map_err(wrong)?;
                    continue;
                }
            };
            let (held, is_cut) = shortened(&text);
            sheet.write_string(row, column, held).map_err(wrong)?;
            if is_cut {
                self.cut_count += 1;
                let (attribute, length) = (usize::from(column) - 1, text.chars().count());
                self.cut.extend((self.cut.len() < CUT_MAX).then_some(CutText { id, attribute, length }));
            }
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
        if self.cut_count > 0 {
            self.tell_cut().map_err(wrong)?;
        }
        if !self.has_points {
            self.tell_geometry().map_err(wrong)?;
        }
        self.workbook.save(self.spool.path()).map_err(wrong)?;
        self.spool.within_limit()?;
        self.spool.file().map(Some)
    }
}

impl Xlsx {
    /// Whether workbooks of a view hold its geometries.
    pub fn has_geometry(view: &LayerView) -> bool {
        view.layer().geometry == [GeometryType::Point]
    }

    /// A sheet that says that there are no geometries, and where there are.
    fn tell_geometry(&mut self) -> Result<(), XlsxError> {
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(GEOMETRY_SHEET)?;
        let told = "Bảng tính chỉ có thuộc tính, không có hình (vùng, đường); tải GeoPackage, FlatGeobuf hoặc GeoJSON để có \
                    hình. / This workbook holds attributes only, no geometries (areas, lines); download GeoPackage, \
                    FlatGeobuf or GeoJSON for them.";
        sheet.write_string(0, 0, told)?;
        Ok(())
    }

    /// A sheet that names the texts that were cut.
    fn tell_cut(&mut self) -> Result<(), XlsxError> {
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(CUT_SHEET)?;
        let told = format!(
            "{} văn bản dài hơn một ô (32 767 ký tự) nên đã bị cắt; tải CSV hoặc GeoPackage để có đủ. / {0} texts are \
             longer than a cell (32 767 characters) and were cut; download CSV or GeoPackage for all of them.",
            self.cut_count
        );
        sheet.write_string(0, 0, told)?;
        let bold = Format::new().set_bold();
        for (column, head) in (0..).zip(["id", "attribute", "characters"]) {
            sheet.write_string_with_format(1, column, head, &bold)?;
        }
        for (row, cut) in (2..).zip(&self.cut) {
            let name = self.attributes.get(cut.attribute).map_or("", String::as_str);
            sheet.write_number(row, 0, cut.id as f64)?;
            sheet.write_string(row, 1, name)?;
            sheet.write_number(row, 2, cut.length as f64)?;
        }
        Ok(())
    }
}

/// A text as far as a cell holds it, and whether it was cut; then it says so at its end.
pub(super) fn shortened(text: &str) -> (Cow<'_, str>, bool) {
    // A letter has no more places in UTF-16 than bytes in UTF-8.
    if text.len() <= TEXT_MAX || text.encode_utf16().count() <= TEXT_MAX {
        return (Cow::Borrowed(text), false);
    }
    let (mut left, mut end) = (TEXT_MAX - CUT.encode_utf16().count(), 0);
    for letter in text.chars() {
        let Some(less) = left.checked_sub(letter.len_utf16()) else { break };
        (left, end) = (less, end + letter.len_utf8());
    }
    (Cow::Owned(format!("{}{CUT}", &text[..end])), true)
}

/// What the library says as an error of ours.
pub(super) fn wrong(error: XlsxError) -> FormatError {
    match error {
        XlsxError::IoError(error) if error.kind() == std::io::ErrorKind::StorageFull => FormatError::DiskFull,
        error => FormatError::Value(error.to_string()),
    }
}
