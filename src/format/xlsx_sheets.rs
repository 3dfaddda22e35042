//! Workbooks of several sheets that are small enough to be made in memory: tables for people. A text that is
//! longer than a cell holds says at its end that it was cut.

use super::{
    FormatError,
    xlsx::{NAME_MAX, shortened, wrong},
};
use rust_xlsxwriter::{Format, Workbook, Worksheet};

/// Characters that a sheet's name may not have.
const NOT_IN_NAMES: [char; 7] = ['[', ']', ':', '*', '?', '/', '\\'];

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// Text above or beside what it is about.
    Head(String),
    /// A number, shown with so many digits behind the point.
    Number(f64, u8),
    /// A whole number that counts nothing, as a year: without a sign between thousands.
    Ordinal(f64),
}

/// One sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Its name, as far as a workbook takes it.
    pub name: String,
    /// Widths of the first columns, characters.
    pub widths: Vec<f64>,
    /// Rows of cells.
    pub rows: Vec<Vec<Cell>>,
}

/// The bytes of a workbook.
pub fn workbook(sheets: &[Sheet]) -> Result<Vec<u8>, FormatError> {
    let mut workbook = Workbook::new();
    let mut names: Vec<String> = Vec::new();
    for sheet in sheets {
        let mut name: String =
            sheet.name.chars().filter(|c| !NOT_IN_NAMES.contains(c)).take(NAME_MAX).collect();
        // Workbooks tell names apart without their case.
        if name.trim().is_empty() || names.contains(&name.to_lowercase()) {
            name = format!("{} {}", names.len() + 1, name.chars().take(NAME_MAX - 6).collect::<String>());
        }
        names.push(name.to_lowercase());
        let page = workbook.add_worksheet();
        page.set_name(name).map_err(wrong)?;
        write(page, sheet).map_err(wrong)?;
    }
    workbook.save_to_buffer().map_err(wrong)
}

fn write(page: &mut Worksheet, sheet: &Sheet) -> Result<(), rust_xlsxwriter::XlsxError> {
    let bold = Format::new().set_bold();
    page.set_paper_size(9).set_print_fit_to_pages(1, 0);
    for (column, width) in (0..).zip(&sheet.widths) {
        page.set_column_width(column, *width)?;
    }
    for (row, cells) in (0..).zip(&sheet.rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Empty => continue,
                Cell::Text(text) => page.write_string(row, column, shortened(text).0)?,
                Cell::Head(text) => page.write_string_with_format(row, column, shortened(text).0, &bold)?,
                Cell::Ordinal(number) => {
                    page.write_number_with_format(row, column, *number, &Format::new().set_num_format("0"))?
                }
                Cell::Number(number, digits) => {
                    let digits = usize::from(*digits);
                    let shown = if digits == 0 {
                        "#,##0".to_owned()
                    } else {
                        format!("#,##0.{}", "0".repeat(digits))
                    };
                    page.write_number_with_format(row, column, *number, &Format::new().set_num_format(shown))?
                }
            };
        }
    }
    Ok(())
}
