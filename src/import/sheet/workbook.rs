//! Workbooks (Office Open XML, ECMA-376 part 1, 18.2 and 18.3) without the rows above their data but one with names.
//!
//! Only the numbers of the rows are written anew, and names that stand in two, so that each cell keeps its type.
//! Must not know layers.

use super::heading::Heading;
use crate::import::file::scratch;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    ops::Range,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Bytes of the list of sheets, and of a tag or text in a sheet.
const PART_BYTES: u64 = 16 << 20;

const BOOK: &str = "xl/workbook.xml";
const RELATIONS: &str = "xl/_rels/workbook.xml.rels";

type Book = ZipArchive<BufReader<File>>;

/// A copy of a workbook, of whose sheet number `sheet`, from 0, the heading is the first row, with the `names` that
/// stand in two; what stands above the data otherwise is left out.
///
/// # Errors
/// Where it is not built as workbooks are (`InvalidData`), or cannot be read or written.
pub fn from_heading(
    path: &Path,
    sheet: usize,
    heading: &Heading,
    names: Option<&[String]>,
    within: Option<&Path>,
) -> io::Result<(TempDir, PathBuf)> {
    let mut book = ZipArchive::new(BufReader::new(File::open(path)?))?;
    let part = part_of(&mut book, sheet)?;
    let folder = scratch::folder(within)?;
    let to = folder.path().join(path.file_name().unwrap_or_default());
    let mut copy = ZipWriter::new(BufWriter::new(File::create(&to)?));
    for number in 0..book.len() {
        let entry = book.by_index_raw(number)?;
        if entry.name()? != part {
            copy.raw_copy_file(entry)?;
        }
    }
    copy.start_file(&part, SimpleFileOptions::default().compression_level(Some(1)).large_file(true))?;
    let entry = book.by_name(&part)?;
    copy_rows(&mut BufReader::new(entry), &mut copy, heading, names)?;
    copy.finish()?.flush()?;
    Ok((folder, to))
}

/// Whether a workbook counts its days from 1904, as those of old Macintosh programs (18.2.28, `date1904`).
pub fn counts_from_1904(path: &Path) -> bool {
    let book = File::open(path).and_then(|file| Ok(ZipArchive::new(BufReader::new(file))?));
    let text = book.and_then(|mut book| text_of(&mut book, BOOK)).unwrap_or_default();
    let said = tags(&text, "workbookPr").find_map(|tag| attribute(tag, "date1904"));
    matches!(said, Some("1" | "true" | "on"))
}

fn damaged() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

fn text_of(book: &mut Book, part: &str) -> io::Result<String> {
    let mut text = String::new();
    book.by_name(part)?.take(PART_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

/// The name of the part that holds a sheet: GDAL counts the sheets whose relation is there.
fn part_of(book: &mut Book, sheet: usize) -> io::Result<String> {
    let (sheets, relations) = (text_of(book, BOOK)?, text_of(book, RELATIONS)?);
    let target = |id: &str| {
        let mut own = tags(&relations, "Relationship").filter(|tag| attribute(tag, "Id") == Some(id));
        own.find_map(|tag| attribute(tag, "Target"))
    };
    let mut parts = tags(&sheets, "sheet").filter_map(|tag| target(attribute(tag, "r:id")?));
    let part = parts.nth(sheet).ok_or_else(damaged)?;
    Ok(part.strip_prefix('/').map_or_else(|| format!("xl/{part}"), str::to_owned))
}

/// What stands in each tag of a name, behind the name.
fn tags<'a>(xml: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let own = xml.split('<').filter_map(move |tag| tag.strip_prefix(name));
    own.filter(|rest| rest.starts_with([' ', '\t', '\r', '\n', '/', '>']))
        .map(|rest| rest.split('>').next().unwrap_or_default())
}

/// The value of an attribute in a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.get(place_of(tag, name)?)
}

fn place_of(tag: &str, name: &str) -> Option<Range<usize>> {
    tag.match_indices(name).find_map(|(at, _)| {
        let value = tag[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let from = tag.len() - value.len() + 1;
        let length = value[1..].find(quote)?;
        tag[..at].ends_with(char::is_whitespace).then_some(from..from + length)
    })
}

/// Copies a sheet from its heading on; the numbers of the rows behind are so much smaller (18.3.1.73).
fn copy_rows(
    reader: &mut impl BufRead,
    writer: &mut impl Write,
    heading: &Heading,
    names: Option<&[String]>,
) -> io::Result<()> {
    let anew = |number: u64| match number {
        number if number > heading.last_row() => Some(number - heading.left_out()),
        number if number == heading.above + 1 && names.is_none() => Some(1),
        _ => None,
    };
    let (mut text, mut tag, mut skipping) = (Vec::new(), Vec::new(), false);
    loop {
        let opens = piece(reader, b'<', &mut text)?;
        if !skipping {
            writer.write_all(&text)?;
        }
        if !opens {
            return Ok(());
        }
        piece(reader, b'>', &mut tag)?;
        let tag = std::str::from_utf8(&tag).map_err(|_| damaged())?;
        let row = Some(tag).filter(|tag| is_row(tag)).and_then(|tag| place_of(tag, "r"));
        let number = row.as_ref().map(|at| tag[at.clone()].parse::<u64>().map_err(|_| damaged()));
        match number.transpose()?.zip(row) {
            Some((number, at)) => match anew(number) {
                Some(number) => write!(writer, "<{}{number}{}>", &tag[..at.start], &tag[at.end..])?,
                None => skipping = !tag.ends_with('/'),
            },
            _ if skipping => skipping = tag.trim_end() != "/row",
            _ => write!(writer, "<{tag}>")?,
        }
        if tag.trim_end() == "sheetData" {
            names.map_or(Ok(()), |names| write_names(writer, names))?;
        }
    }
}

/// The first row, with texts in their cells (18.3.1.53).
fn write_names(writer: &mut impl Write, names: &[String]) -> io::Result<()> {
    write!(writer, "<row r=\"1\">")?;
    for name in names {
        let name = name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        write!(writer, "<c t=\"inlineStr\"><is><t>{name}</t></is></c>")?;
    }
    write!(writer, "</row>")
}

fn is_row(tag: &str) -> bool {
    tag.strip_prefix("row").is_some_and(|rest| rest.starts_with(char::is_whitespace))
}

/// Reads to a sign, which is taken off; whether it came.
fn piece(reader: &mut impl BufRead, sign: u8, into: &mut Vec<u8>) -> io::Result<bool> {
    into.clear();
    let length = Read::take(&mut *reader, PART_BYTES).read_until(sign, into)?;
    if length as u64 == PART_BYTES {
        return Err(damaged());
    }
    Ok(into.pop_if(|last| *last == sign).is_some())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SHEET: &str = "<sheetData><row r=\"1\" ht=\"5\"><c r=\"A1\"><v>7</v></c></row><row r=\"2\"/>\
        <row spans=\"1:3\" r=\"4\"><c r=\"A4\" t=\"s\"><v>0</v></c></row>\
        <row r='15'><c r=\"A15\"><v>1</v></c></row></sheetData><rowBreaks count=\"0\"/>";

    fn copied(heading: Heading, names: Option<&[String]>) -> String {
        let mut copied = Vec::new();
        copy_rows(&mut SHEET.as_bytes(), &mut copied, &heading, names).unwrap();
        String::from_utf8(copied).unwrap()
    }

    #[test]
    fn rows_are_left_out_and_the_others_numbered_anew() {
        let expected = "<sheetData><row spans=\"1:3\" r=\"1\"><c r=\"A4\" t=\"s\"><v>0</v></c></row>\
                        <row r='12'><c r=\"A15\"><v>1</v></c></row></sheetData><rowBreaks count=\"0\"/>";
        assert_eq!(copied(Heading { above: 3, ..Heading::default() }, None), expected);
        let numbered = Heading { is_numbered: true, ..Heading::default() };
        let expected = "<sheetData><row r=\"1\" ht=\"5\"><c r=\"A1\"><v>7</v></c></row>\
                        <row spans=\"1:3\" r=\"3\"><c r=\"A4\" t=\"s\"><v>0</v></c></row>\
                        <row r='14'><c r=\"A15\"><v>1</v></c></row></sheetData><rowBreaks count=\"0\"/>";
        assert_eq!(copied(numbered, None), expected);
    }

    #[test]
    fn names_of_two_rows_become_one_row() {
        let names = ["Mã & số".to_owned(), String::new()];
        let heading = Heading { above: 3, is_double: true, ..Heading::default() };
        let expected = "<sheetData><row r=\"1\"><c t=\"inlineStr\"><is><t>Mã &amp; số</t></is></c>\
                        <c t=\"inlineStr\"><is><t></t></is></c></row>\
                        <row r='11'><c r=\"A15\"><v>1</v></c></row></sheetData><rowBreaks count=\"0\"/>";
        assert_eq!(copied(heading, Some(&names)), expected);
    }

    #[test]
    fn attributes_are_read_in_either_quotes() {
        let xml = "<sheets><sheet name=\"r:id='x'\" r:id='rId3'/><sheetView r:id=\"rId4\"/></sheets>";
        let found: Vec<_> = tags(xml, "sheet").map(|tag| attribute(tag, "r:id")).collect();
        assert_eq!(found, [Some("rId3")]);
    }
}
