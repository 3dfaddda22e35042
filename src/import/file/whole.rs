//! Whether a file is all there, and free of NUL characters, before GDAL reads it: GDAL passes
//! over a cut Shapefile and ends a text at its first NUL, in silence.
//!
//! Must not know GDAL, layers or the database.

use super::{
    format::{Format, companion, not_readable},
    json, shape_index,
};
use crate::import::{
    ImportError,
    values::reasons::{self, nul},
    words::{Words, words},
};
use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

/// A cell or row that cannot be taken, found before reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// The row, counted as in findings.
    pub row: u64,
    /// The column, where it is one cell.
    pub column: Option<String>,
    /// What is wrong with it.
    pub reason: Words,
}

/// What a file says of itself before it is read.
#[derive(Debug, Default)]
pub struct Whole {
    /// Rows that cannot be taken.
    pub faults: Vec<RowFault>,
    /// Rows that it says it holds, those not counted that were deleted; `None` where it says nothing of it
    /// that can be held against it.
    pub rows: Option<u64>,
}

impl From<Vec<RowFault>> for Whole {
    fn from(faults: Vec<RowFault>) -> Self {
        Self { faults, rows: None }
    }
}

/// Faults that are kept.
const MAX_FAULTS: usize = 1000;

/// Checks that the file is whole.
///
/// # Errors
/// Where it is not, or holds what no file of its format may hold.
pub fn check(path: &Path, format: Format) -> Result<Whole, ImportError> {
    let unreadable = |e: std::io::Error| ImportError::file(path, not_readable(&e));
    match format {
        Format::Shapefile => shapefile(path),
        Format::GeoPackage => sqlite(path)
            .map_err(unreadable)?
            .map_or(Ok(Whole::default()), |reason| Err(ImportError::cut_short(path, 0, reason))),
        Format::GeoJson => json::check(path).map(Whole::from),
        Format::MapInfoTab => mapinfo_tab(path),
        Format::MapInfoMif => {
            let mut faults = text(path, path)?;
            let Some(mid) = companion(path, "mid") else { return Ok(faults.into()) };
            faults.extend(text(path, &mid)?);
            Ok(Whole { faults, rows: mid_rows(&mid) })
        }
        Format::Kml | Format::Gml => markup(path).map(Whole::from),
        Format::Dxf => text(path, path).map(Whole::from),
        Format::Csv => csv(path).map(Whole::from),
        Format::FlatGeobuf | Format::Xlsx | Format::Dgn => Ok(Whole::default()),
    }
}

// Rows of the table beside a MapInfo `.mif`, which has one for each geometry, and a line for each row.
fn mid_rows(mid: &Path) -> Option<u64> {
    let mut reader = BufReader::with_capacity(1 << 18, File::open(mid).ok()?);
    let (mut rows, mut line) = (0, Vec::new());
    while reader.read_until(b'\n', &mut line).ok()? > 0 {
        rows += u64::from(!line.trim_ascii().is_empty());
        line.clear();
    }
    Some(rows)
}

// XML that defines names of its own can grow without bound, or bring in other files.
fn markup(path: &Path) -> Result<Vec<RowFault>, ImportError> {
    let fail = |e: std::io::Error| ImportError::file(path, not_readable(&e));
    let mut head = Vec::new();
    File::open(path).map_err(fail)?.take(1 << 16).read_to_end(&mut head).map_err(fail)?;
    let has = |sign: &[u8]| head.windows(sign.len()).any(|window| window.eq_ignore_ascii_case(sign));
    if has(b"<!DOCTYPE") || has(b"<!ENTITY") {
        return Err(ImportError::file(
            path,
            words(
                "có khai báo DOCTYPE hoặc thực thể, là thứ không được đọc; hãy bỏ đi",
                "declares a DOCTYPE or entities, which are not read; remove them",
            ),
        ));
    }
    text(path, path)
}

// Length in the header, in 16-bit words (ESRI Shapefile Technical Description, page 4).
fn shapefile(path: &Path) -> Result<Whole, ImportError> {
    let records = |file: &Path| -> Result<(u64, bool), ImportError> {
        let fail = |e: std::io::Error| ImportError::file(path, beside(file, &not_readable(&e)));
        let mut header = [0; 100];
        let mut open = File::open(file).map_err(fail)?;
        let length = open.metadata().map_err(fail)?.len();
        if open.read_exact(&mut header).is_err() {
            let reason = words(
                format!("chỉ có {length} byte, ngắn hơn phần đầu tệp"),
                format!("has {length} bytes, less than its header"),
            );
            return Err(ImportError::cut_short(path, 0, beside(file, &reason)));
        }
        let stated = u64::from(u32::from_be_bytes([header[24], header[25], header[26], header[27]])) * 2;
        if length < stated {
            let reason = words(
                format!("chỉ có {length} trên {stated} byte"),
                format!("has {length} of {stated} bytes"),
            );
            return Err(ImportError::cut_short(path, 0, beside(file, &reason)));
        }
        Ok(((stated.saturating_sub(100)) / 8, length > stated))
    };
    records(path)?;
    let shx = companion(path, "shx");
    let shapes = match &shx {
        Some(shx) => records(shx)?.0,
        None => 0,
    };
    // What cannot be looked at is found when it is read.
    let listed =
        shx.as_deref().and_then(|shx| shape_index::listed(path, shx, shapes).ok()).unwrap_or_default();
    if let Some(reason) = listed.too_long() {
        return Err(ImportError::file(path, reason));
    }
    if listed.goes_on {
        let reason = words(
            format!(
                "tệp .shp còn tiếp sau {shapes} hình mà tệp .shx liệt kê, nên hai tệp không cùng một lần gửi"
            ),
            format!(
                "the .shp goes on behind the {shapes} geometries that the .shx lists, so they are not of one delivery"
            ),
        );
        return Err(ImportError::cut_short(path, shapes, reason));
    }
    let Some(dbf) = companion(path, "dbf") else {
        return Ok(Whole { rows: Some(shapes), ..Whole::default() });
    };
    let DbfRows { rows, deleted, faults } = dbf_rows(path, &dbf, &[])?;
    if rows != shapes {
        let reason = words(
            format!("tệp .shp có {shapes} hình còn tệp .dbf có {rows} dòng"),
            format!("the .shp holds {shapes} geometries and the .dbf {rows} rows"),
        );
        return Err(ImportError::cut_short(path, rows.min(shapes), reason));
    }
    Ok(Whole { faults, rows: Some(rows - deleted) })
}

// A MapInfo table has in the `.id` the place of each row's geometry, four bytes, 0 where it has none.
fn mapinfo_tab(path: &Path) -> Result<Whole, ImportError> {
    let Some(dat) = companion(path, "dat") else { return Ok(Whole::default()) };
    let DbfRows { rows, deleted, faults } = dbf_rows(path, &dat, &tab_binary_fields(path))?;
    let places = companion(path, "id").and_then(|id| std::fs::read(id).ok()).unwrap_or_default();
    let placed = places.chunks_exact(4).rposition(|place| place != [0; 4]).map_or(0, |last| last as u64 + 1);
    if placed > rows {
        let reason = words(
            format!(
                "tệp .id liệt kê hình của {placed} dòng còn tệp .dat có {rows} dòng, nên hai tệp không cùng một lần gửi"
            ),
            format!(
                "the .id lists geometries of {placed} rows and the .dat holds {rows}, so they are not of one delivery"
            ),
        );
        return Err(ImportError::cut_short(path, rows, reason));
    }
    Ok(Whole { faults, rows: Some(rows - deleted) })
}

/// What stands in a dBASE III table.
struct DbfRows {
    rows: u64,
    /// Rows of these that are marked as deleted, which nobody reads.
    deleted: u64,
    faults: Vec<RowFault>,
}

// A dBASE III table: number of rows, and those with a NUL inside a text. `binary` says of each field
// whether it holds bytes that are no text, whatever the table's header says.
fn dbf_rows(path: &Path, dbf: &Path, binary: &[bool]) -> Result<DbfRows, ImportError> {
    let fail = |e: std::io::Error| ImportError::file(path, beside(dbf, &not_readable(&e)));
    let damaged = |row, reason: Words| ImportError::cut_short(path, row, beside(dbf, &reason));
    let file = File::open(dbf).map_err(fail)?;
    let length = file.metadata().map_err(fail)?.len();
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let mut header = [0; 32];
    let short = || words("ngắn hơn phần đầu tệp", "is shorter than its header");
    reader.read_exact(&mut header).map_err(|_| damaged(0, short()))?;
    let rows = u64::from(u32::from_le_bytes([header[4], header[5], header[6], header[7]]));
    let header_length = u64::from(u16::from_le_bytes([header[8], header[9]]));
    let row_length = usize::from(u16::from_le_bytes([header[10], header[11]]));
    if row_length == 0 || header_length < 33 {
        return Err(damaged(0, words("có phần đầu tệp bị hỏng", "has a damaged header")));
    }
    let needed = header_length + rows * row_length as u64;
    if length < needed {
        let whole = length.saturating_sub(header_length) / row_length as u64;
        let reason =
            words(format!("chỉ có {whole} trên {rows} dòng"), format!("holds {whole} of {rows} rows"));
        return Err(damaged(whole, reason));
    }
    let fields = dbf_text_fields(&mut reader, header_length, row_length, binary).map_err(fail)?;
    reader.seek(SeekFrom::Start(header_length)).map_err(fail)?;
    let mut row = vec![0; row_length];
    let (mut faults, mut deleted) = (Vec::new(), 0);
    for number in 1..=rows {
        reader.read_exact(&mut row).map_err(fail)?;
        let is_deleted = row.first() == Some(&b'*');
        deleted += u64::from(is_deleted);
        if is_deleted || !row.contains(&0) {
            continue;
        }
        for (name, start, end) in &fields {
            let text = &row[*start..*end];
            // Programs fill what is left of a cell with NUL; one before more text is a fault.
            let content = text.iter().position(|b| *b == 0).map(|at| &text[at..]);
            let fault = content.is_some_and(|rest| rest.iter().any(|b| *b != 0 && *b != b' '));
            if fault {
                faults.push(RowFault { row: number, column: Some(name.clone()), reason: nul() });
            }
            if faults.len() > MAX_FAULTS {
                return Err(ImportError::file(path, beside(dbf, &too_many_faults(&faults))));
            }
        }
    }
    Ok(DbfRows { rows, deleted, faults })
}

/// What is said of a file beside the one that was named.
fn beside(file: &Path, what: &Words) -> Words {
    what.behind(&format!("{} ", file.display()))
}

// The header of a MapInfo `.dat` calls every field a text; the `.tab` knows which are numbers:
//   Fields 2
//     TEN Char (200) ;
//     DIENTICH Float ;
fn tab_binary_fields(tab: &Path) -> Vec<bool> {
    let bytes = std::fs::read(tab).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let mut lines =
        text.lines().map(str::trim).skip_while(|l| !l.to_ascii_lowercase().starts_with("fields "));
    let count =
        lines.next().and_then(|l| l.split_whitespace().nth(1)).and_then(|n| n.parse().ok()).unwrap_or(0);
    let is_text =
        |line: &str| line.split_whitespace().nth(1).is_some_and(|kind| kind.eq_ignore_ascii_case("char"));
    lines.take(count).map(|line| !is_text(line)).collect()
}

type TextField = (String, usize, usize);

fn dbf_text_fields(
    reader: &mut impl Read,
    header_length: u64,
    row_length: usize,
    binary: &[bool],
) -> std::io::Result<Vec<TextField>> {
    let mut fields = Vec::new();
    let mut start = 1;
    for number in 0..(header_length.saturating_sub(33)) / 32 {
        let mut field = [0; 32];
        reader.read_exact(&mut field)?;
        if field[0] == 0x0d {
            break;
        }
        let end = start + usize::from(field[16]);
        let text = binary.get(number as usize) != Some(&true);
        if field[11] == b'C' && text && end <= row_length {
            let name = field[..11].split(|b| *b == 0).next().unwrap_or_default();
            fields.push((String::from_utf8_lossy(name).into_owned(), start, end));
        }
        start = end;
    }
    Ok(fields)
}

// Size of the database in its header (SQLite file format, 1.3.8); what is missing, if something is.
fn sqlite(path: &Path) -> std::io::Result<Option<Words>> {
    let mut header = [0; 100];
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if file.read_exact(&mut header).is_err() {
        return Ok(Some(words(
            format!("{length} byte, ngắn hơn phần đầu tệp"),
            format!("{length} bytes, less than its header"),
        )));
    }
    let word = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let page = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 65_536,
        size => size,
    };
    let stated = page * u64::from(word(28));
    let is_stated = word(24) == word(92) && word(28) != 0;
    let cut =
        || words(format!("chỉ có {length} trên {stated} byte"), format!("it has {length} of {stated} bytes"));
    Ok((is_stated && length < stated).then(cut))
}

// A text file holds no NUL.
fn text(path: &Path, file: &Path) -> Result<Vec<RowFault>, ImportError> {
    let fail = |e: std::io::Error| ImportError::file(path, not_readable(&e));
    let mut reader = BufReader::with_capacity(1 << 18, File::open(file).map_err(fail)?);
    let mut line = 1;
    loop {
        let chunk = reader.fill_buf().map_err(fail)?;
        if chunk.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(at) = chunk.iter().position(|b| *b == 0) {
            line += chunk[..at].iter().filter(|b| **b == b'\n').count();
            let (name, nul) = (file.file_name().unwrap_or_default().display(), nul());
            let reason = words(
                format!("dòng {line} của {name} {}", nul.vi),
                format!("line {line} of {name} {}", nul.en),
            );
            return Err(ImportError::file(path, reason));
        }
        line += chunk.iter().filter(|b| **b == b'\n').count();
        let length = chunk.len();
        reader.consume(length);
    }
}

// Rows with other than the header's number of cells: GDAL would drop the cells that are too many,
// as a decimal comma in a file separated by commas makes them.
fn csv(path: &Path) -> Result<Vec<RowFault>, ImportError> {
    let fail = |e: std::io::Error| ImportError::file(path, not_readable(&e));
    let mut reader = BufReader::with_capacity(1 << 18, File::open(path).map_err(fail)?);
    let mut first = Vec::new();
    reader.by_ref().take(1 << 20).read_until(b'\n', &mut first).map_err(fail)?;
    let separator = separator(&first);
    reader.rewind().map_err(fail)?;
    let mut rows = CsvRows { separator, ..CsvRows::default() };
    loop {
        let chunk = reader.fill_buf().map_err(fail)?;
        if chunk.is_empty() {
            break;
        }
        chunk.iter().for_each(|byte| rows.byte(*byte));
        let length = chunk.len();
        reader.consume(length);
    }
    rows.finish();
    if let Some(fault) = rows.faults.first().filter(|fault| fault.row == 1) {
        return Err(ImportError::file(path, fault.reason.led_by("dòng tên cột ", "the line of names ")));
    }
    if rows.more_faults {
        return Err(ImportError::file(path, too_many_faults(&rows.faults)));
    }
    if rows.quoted {
        return Err(ImportError::cut_short(
            path,
            rows.row.saturating_sub(1),
            words("có dấu ngoặc kép không được đóng", "a quotation mark is never closed"),
        ));
    }
    Ok(rows.faults)
}

/// The separator that the first line of a table shows; a comma where it shows several, as GDAL
/// has it.
pub fn separator(line: &[u8]) -> u8 {
    let (mut quoted, mut found) = (false, None);
    for byte in line {
        match byte {
            b'"' => quoted = !quoted,
            b',' | b';' | b'\t' if !quoted => match found {
                None => found = Some(*byte),
                Some(known) if known != *byte => return b',',
                Some(_) => {}
            },
            _ => {}
        }
    }
    found.unwrap_or(b',')
}

#[derive(Default)]
struct CsvRows {
    separator: u8,
    quoted: bool,
    row: u64,
    /// Cells begun before the one at hand.
    cells: usize,
    /// Cells up to the last that is not empty.
    filled: usize,
    nul: bool,
    /// Whether the cell at hand has begun without a quotation mark, or gone on behind its last one.
    bare: bool,
    /// Whether a quotation mark stands in such a cell: GDAL would take lines up to the next one into it.
    stray: bool,
    expected: Option<usize>,
    faults: Vec<RowFault>,
    more_faults: bool,
}

impl CsvRows {
    fn byte(&mut self, byte: u8) {
        match byte {
            // As GDAL has it: either sign, or both with a line between them that is empty and so no row.
            b'\n' | b'\r' if !self.quoted => return self.finish(),
            b'\r' => return,
            // The mark of UTF-8.
            0xef | 0xbb | 0xbf if self.row == 0 && self.filled == 0 => return,
            b'"' => {
                self.stray |= self.bare && !self.quoted;
                self.quoted = !self.quoted;
            }
            _ => {}
        }
        self.nul |= byte == 0;
        if byte == self.separator && !self.quoted {
            self.cells += 1;
            self.bare = false;
        } else {
            self.bare |= !self.quoted && !matches!(byte, b'"' | b' ');
            self.filled = self.cells + 1;
        }
    }

    // Cells without a name at the end of the first line, and empty ones at the end of a row, do
    // not count; a line that is empty is no row.
    fn finish(&mut self) {
        let (cells, filled, nul, stray) = (self.cells + 1, self.filled, self.nul, self.stray);
        (self.cells, self.filled, self.nul, self.bare, self.stray) = (0, 0, false, false, false);
        if cells == 1 && filled == 0 {
            return;
        }
        self.row += 1;
        let expected = *self.expected.get_or_insert(filled);
        let reason = if nul {
            reasons::nul()
        } else if stray {
            words(
                "có dấu ngoặc kép (\") giữa một ô; hãy đặt cả ô vào trong dấu ngoặc kép và viết dấu ở giữa hai lần (\"\")",
                "has a quotation mark (\") in the middle of a cell; put the whole cell into quotation marks and write \
                 the one in the middle twice (\"\")",
            )
        } else if filled > expected || cells < expected {
            let cells = cells.max(filled);
            words(
                format!(
                    "có {cells} ô, còn dòng đầu có {expected} ô; hãy đặt ô có chứa dấu phân cách vào trong dấu ngoặc kép"
                ),
                format!(
                    "has {cells} cells and the first line has {expected}; put cells that hold the separator into \
                     quotation marks"
                ),
            )
        } else {
            return;
        };
        match self.faults.len() < MAX_FAULTS {
            true => self.faults.push(RowFault { row: self.row, column: None, reason }),
            // Of a row that nobody refuses GDAL would drop cells.
            false => self.more_faults = true,
        }
    }
}

/// More rows than are kept cannot be taken.
fn too_many_faults(faults: &[RowFault]) -> Words {
    let why = faults.first().map_or(Words::same(""), |fault| fault.reason.clone());
    words(
        format!("có hơn {MAX_FAULTS} dòng không đọc được; dòng đầu trong số đó {}", why.vi),
        format!("has more than {MAX_FAULTS} rows that cannot be read; the first of them {}", why.en),
    )
}
