//! Tables of text made ready: UTF-16, as Excel saves its "Unicode text", becomes UTF-8, and rows above the
//! heading are left out.
//!
//! Copies lie in folders of their own under the file's name, which is that of the layer inside. Must not know
//! layers.

use super::heading::{self, Heading, Lower};
use crate::{
    import::{
        columns::text,
        file::{scratch, whole},
    },
    legacy_text::Cells,
};
use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Bytes in which a heading is looked for.
const HEAD_BYTES: u64 = 1 << 20;
/// The mark of the order of bytes, as a unit of UTF-16.
const MARK: u16 = 0xfeff;
/// Bytes that are copied in one piece.
const PIECE: usize = 1 << 18;

/// The order of the two bytes of a UTF-16 unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wide {
    /// The lower byte first, as Excel writes it.
    LittleEndian,
    /// The higher byte first.
    BigEndian,
}

/// Whether bytes begin with the mark of UTF-16 (Unicode 15, 23.8).
pub const fn begins_wide(head: &[u8]) -> Option<Wide> {
    match head {
        [0xff, 0xfe, ..] => Some(Wide::LittleEndian),
        [0xfe, 0xff, ..] => Some(Wide::BigEndian),
        _ => None,
    }
}

/// Whether a file is in UTF-16, and how.
pub fn wide(path: &Path) -> io::Result<Option<Wide>> {
    let mut head = Vec::new();
    File::open(path)?.take(2).read_to_end(&mut head)?;
    Ok(begins_wide(&head))
}

/// A copy of a file in UTF-16, in UTF-8. What is no letter becomes U+FFFD, which is refused where it stands.
///
/// # Errors
/// Where the file ends within a unit (`InvalidData`), or cannot be read or written.
pub fn narrowed(path: &Path, wide: Wide, within: Option<&Path>) -> io::Result<(TempDir, PathBuf)> {
    let (folder, to) = place(path, within)?;
    let mut reader = BufReader::with_capacity(PIECE, File::open(path)?);
    let mut writer = BufWriter::with_capacity(PIECE, File::create(&to)?);
    if File::open(path)?.metadata()?.len() % 2 != 0 {
        return Err(io::ErrorKind::InvalidData.into());
    }
    reader.seek(SeekFrom::Start(2))?;
    let mut failed = None;
    let units = std::iter::from_fn(|| {
        let mut unit = [0; 2];
        match reader.read_exact(&mut unit) {
            Ok(()) if wide == Wide::LittleEndian => Some(u16::from_le_bytes(unit)),
            Ok(()) => Some(u16::from_be_bytes(unit)),
            Err(error) => {
                failed = Some(error).filter(|e| e.kind() != io::ErrorKind::UnexpectedEof);
                None
            }
        }
    });
    for letter in char::decode_utf16(units) {
        let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
        writer.write_all(letter.encode_utf8(&mut [0; 4]).as_bytes())?;
    }
    writer.flush()?;
    failed.map_or(Ok((folder, to)), Err)
}

/// Makes UTF-16 with its mark of a file in UTF-8, in its place.
///
/// # Errors
/// Where it is no UTF-8 (`InvalidData`), or cannot be read or written.
pub fn widen(path: &Path, wide: Wide) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(PIECE, File::open(path)?);
    fs::remove_file(path)?;
    let mut writer = BufWriter::with_capacity(PIECE, File::create_new(path)?);
    let (mut line, mut starts) = (String::new(), true);
    while reader.read_line(&mut line)? > 0 {
        let text = line.strip_prefix('\u{feff}').filter(|_| starts).unwrap_or(&line);
        let mark = starts.then_some(MARK);
        for unit in mark.into_iter().chain(text.encode_utf16()) {
            writer.write_all(&match wide {
                Wide::LittleEndian => u16::to_le_bytes(unit),
                Wide::BigEndian => u16::to_be_bytes(unit),
            })?;
        }
        starts = false;
        line.clear();
    }
    writer.flush()
}

/// Whether GDAL would not take the file for a table by the ending of its name.
pub fn is_named_oddly(path: &Path) -> bool {
    path.extension().is_none_or(|e| !e.eq_ignore_ascii_case("csv") && !e.eq_ignore_ascii_case("tsv"))
}

fn place(path: &Path, within: Option<&Path>) -> io::Result<(TempDir, PathBuf)> {
    let folder = scratch::folder(within)?;
    let mut to = folder.path().join(path.file_name().unwrap_or_default());
    if is_named_oddly(path) {
        to.set_extension("csv");
    }
    Ok((folder, to))
}

/// The first records of a table of text in bytes of which letters of ASCII are one each.
#[derive(Debug)]
pub struct Head {
    bytes: Vec<u8>,
    /// Where each record begins and ends.
    records: Vec<(usize, usize)>,
}

/// Reads the first records, `most` of them at most.
pub fn head(path: &Path, most: u64) -> io::Result<Head> {
    let mut bytes = Vec::new();
    File::open(path)?.take(HEAD_BYTES).read_to_end(&mut bytes)?;
    let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let (mut records, mut from, mut quoted) = (Vec::new(), start, false);
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        quoted ^= *byte == b'"';
        if *byte == b'\n' && !quoted {
            records.push((from, at + 1));
            from = at + 1;
            if records.len() as u64 >= most {
                break;
            }
        }
    }
    // What never ends is told when the whole is read.
    if from < bytes.len() && (records.len() as u64) < most && !quoted {
        records.push((from, bytes.len()));
    }
    Ok(Head { bytes, records })
}

impl Head {
    /// The cells of each record.
    pub fn rows(&self) -> Vec<Vec<String>> {
        self.records.iter().map(|(from, to)| cells(&self.bytes[*from..*to])).collect()
    }

    /// Whether a line break stands in the first record, which GDAL would take for its end.
    pub fn is_broken(&self) -> bool {
        self.record(0).trim_ascii_end().contains(&b'\n')
    }

    /// What stands between the cells of a record.
    pub fn separator(&self, number: usize) -> u8 {
        whole::separator(self.record(number))
    }

    /// A copy of the file from its heading on, in which that is one line.
    pub fn copied_from(
        &self,
        path: &Path,
        heading: &Heading,
        within: Option<&Path>,
    ) -> io::Result<(TempDir, PathBuf)> {
        let (folder, to) = place(path, within)?;
        let (mut file, mut copy) = (File::open(path)?, File::create(&to)?);
        let above = heading.above as usize;
        if let Some((_, end)) = self.records.get(heading.left_out() as usize) {
            let joined = heading.is_double.then(|| self.joined(above, &heading.lower));
            let record = joined.as_deref().unwrap_or_else(|| self.record(above));
            let is_break = |byte: &u8| b"\r\n".contains(byte);
            let length = record.iter().rposition(|byte| !is_break(byte)).map_or(0, |last| last + 1);
            let line = record[..length].iter().map(|byte| if is_break(byte) { b' ' } else { *byte });
            copy.write_all(&line.collect::<Vec<u8>>())?;
            copy.write_all(b"\n")?;
            file.seek(SeekFrom::Start(*end as u64))?;
        }
        io::copy(&mut file, &mut copy)?;
        Ok((folder, to))
    }

    /// Two records of names as one, in the bytes in which they came.
    fn joined(&self, above: usize, how: &Lower) -> Vec<u8> {
        let (upper, lower) = (self.record(above), self.record(above + 1));
        let separator = whole::separator(upper);
        let own = |record: &[u8]| -> Vec<Vec<u8>> {
            split(record, whole::separator(record)).iter().map(|cell| unquoted(cell)).collect()
        };
        let (first, second, names) = (own(upper), own(lower), cells(lower));
        let name = |(at, (above, below)): (usize, (Option<usize>, bool))| {
            let brackets = names.get(at).filter(|_| below).and_then(|name| how.brackets(name));
            let unit = brackets.map(|(before, behind)| {
                [before.as_bytes(), second[at].as_slice(), behind.as_bytes()].concat()
            });
            let cells = above.map(|above| first[above].as_slice()).into_iter();
            let cells = cells.chain(unit.as_deref()).collect::<Vec<_>>();
            let text = cells.join(&b' ');
            let doubled =
                text.iter().flat_map(|byte| std::iter::repeat_n(*byte, if *byte == b'"' { 2 } else { 1 }));
            [b"\"".as_slice(), &doubled.collect::<Vec<u8>>(), b"\""].concat()
        };
        let parts = heading::parts(&cells(upper), &names, &how.alone);
        parts.into_iter().enumerate().map(name).collect::<Vec<_>>().join(&separator)
    }

    fn record(&self, number: usize) -> &[u8] {
        self.records.get(number).map_or(&[], |(from, to)| &self.bytes[*from..*to])
    }
}

fn cells(record: &[u8]) -> Vec<String> {
    let cells: Vec<Vec<u8>> =
        split(record, whole::separator(record)).iter().map(|cell| unquoted(cell)).collect();
    let unicode: Option<Vec<String>> = cells.iter().map(|c| String::from_utf8(c.clone()).ok()).collect();
    unicode.unwrap_or_else(|| {
        let letters = |cell: &Vec<u8>| cell.iter().copied().map(char::from).collect();
        text::names(Cells::Bytes, cells.iter().map(letters).collect())
    })
}

/// The cells of a record as they stand in it.
pub fn split(record: &[u8], separator: u8) -> Vec<&[u8]> {
    let mut quoted = false;
    let ends = |byte: &u8| {
        quoted ^= *byte == b'"';
        *byte == separator && !quoted
    };
    record.split(ends).collect()
}

/// A cell without blanks around it and the quotation marks that it stands in.
pub fn unquoted(cell: &[u8]) -> Vec<u8> {
    let cell = cell.trim_ascii();
    let within = cell.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let Some(text) = within else { return cell.to_owned() };
    let mut unquoted = Vec::with_capacity(text.len());
    let mut bytes = text.iter().peekable();
    while let Some(byte) = bytes.next() {
        unquoted.push(*byte);
        if *byte == b'"' {
            bytes.next_if(|next| **next == b'"');
        }
    }
    unquoted
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn records_go_on_within_quotation_marks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "\u{feff}TỈNH;;\n;;\n\"Tọa độ\nX\";\"Tên \"\"cũ\"\"\";Y\n1;2;3\n").unwrap();
        let head = head(&path, 11).unwrap();
        let rows = head.rows();
        assert_eq!(rows[0][0], "TỈNH");
        assert_eq!(rows[2], ["Tọa độ\nX", "Tên \"cũ\"", "Y"]);
        assert!(head.separator(2) == b';' && !head.is_broken());
        let heading = Heading { above: 2, ..Heading::default() };
        let (_copied, copy) = head.copied_from(&path, &heading, Some(folder.path())).unwrap();
        assert!(copy.starts_with(folder.path()), "{}", copy.display());
        let copied = std::fs::read_to_string(copy).unwrap();
        assert_eq!(copied, "\"Tọa độ X\";\"Tên \"\"cũ\"\"\";Y\n1;2;3\n");
    }

    #[test]
    fn utf_16_of_either_order_becomes_utf_8() {
        let folder = tempfile::tempdir().unwrap();
        let text = "Mã\tKinh độ\r\nG1\t106,4 𠀋\r\n";
        for (wide, order) in [
            (Wide::LittleEndian, u16::to_le_bytes as fn(u16) -> [u8; 2]),
            (Wide::BigEndian, u16::to_be_bytes),
        ] {
            let path = folder.path().join("a.txt");
            let marked = format!("\u{feff}{text}");
            std::fs::write(&path, marked.encode_utf16().flat_map(order).collect::<Vec<u8>>()).unwrap();
            assert_eq!(super::wide(&path).unwrap(), Some(wide));
            let (_copied, copy) = narrowed(&path, wide, Some(folder.path())).unwrap();
            assert!(copy.starts_with(folder.path()), "{}", copy.display());
            assert_eq!(copy.file_name().unwrap(), "a.csv");
            assert_eq!(std::fs::read_to_string(&copy).unwrap(), text);
            widen(&copy, wide).unwrap();
            assert_eq!(std::fs::read(copy).unwrap(), std::fs::read(path).unwrap());
        }
    }
}
