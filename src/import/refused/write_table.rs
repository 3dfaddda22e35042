//! Rows of a table of text that are refused, byte by byte as they were sent, each with why behind it.
//!
//! A row with a cell too many keeps it, and a table with two columns of one name has both. Must not know GDAL, layers
//! or the database.

use super::write_fields::is_reason;
use crate::import::sheet::text;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::Path,
};

/// Bytes that are read or written at once.
const PIECE: usize = 1 << 18;
const MARK: &[u8] = b"\xef\xbb\xbf";
/// How lines end, by the program that wrote them.
const LINE_ENDS: [&str; 2] = ["\n", "\r\n"];

/// What is copied, and how.
pub struct Table<'a> {
    /// The table as it was read: from its heading on, which is one line.
    pub path: &'a Path,
    /// What stands between its cells.
    pub separator: u8,
    /// The name of the column that says why.
    pub reason: &'a str,
    /// The places of columns that are read, and kept whatever they are called.
    pub used: &'a [usize],
    /// Whether it is in UTF-8, and is to say so at its start.
    pub is_unicode: bool,
}

impl Table<'_> {
    /// Writes the heading and the rows with a reason to a new file at `to`. `reason` is asked by the number of a
    /// row that is not blank, of which the heading is 1.
    pub fn copy(&self, to: &Path, reason: &dyn Fn(u64) -> Option<Vec<u8>>) -> io::Result<()> {
        let mut reader = BufReader::with_capacity(PIECE, File::open(self.path)?);
        let mut writer = BufWriter::with_capacity(PIECE, File::create_new(to)?);
        let (mut record, mut number) = (Vec::new(), 0);
        let (mut names, mut left_out, mut line_end) = (0, Vec::new(), LINE_ENDS[0]);
        while next_record(&mut reader, &mut record)? {
            let (content, end) = without_end(&record);
            if content.is_empty() {
                continue;
            }
            number += 1;
            if number > 1 {
                if let Some(why) = reason(number) {
                    let cells = self.kept(content, names, &left_out);
                    self.write(&mut writer, cells, (names - left_out.len(), line_end), &why)?;
                }
                continue;
            }
            let content = content.strip_prefix(MARK).unwrap_or(content);
            let cells = text::split(content, self.separator);
            (names, line_end) = (cells.len(), LINE_ENDS[usize::from(end.starts_with(b"\r"))]);
            let is_old = |at: &usize| !self.used.contains(at) && is_reason(&text(cells[*at]));
            left_out = (0..names).filter(is_old).collect();
            if self.is_unicode {
                writer.write_all(MARK)?;
            }
            let cells = self.kept(content, names, &left_out);
            self.write(&mut writer, cells, (names - left_out.len(), line_end), self.reason.as_bytes())?;
        }
        writer.flush()
    }

    /// The cells of a record but for earlier reasons, which stand at the places `left_out` of as many cells as there
    /// are `names`; with more cells, as far from the end.
    fn kept<'r>(&self, content: &'r [u8], names: usize, left_out: &[usize]) -> Vec<&'r [u8]> {
        let mut cells = text::split(content, self.separator);
        // Blank ones behind the last column are none.
        while cells.len() > names && cells.last().is_some_and(|cell| cell.trim_ascii().is_empty()) {
            cells.pop();
        }
        let (behind, mut at) = (cells.len().saturating_sub(names), 0);
        // Which cell is too many nobody knows, unless the reason is the last.
        if behind > 0 && left_out != [names.saturating_sub(1)] {
            return cells;
        }
        cells.retain(|_| {
            at += 1;
            !left_out.iter().any(|left_out| left_out + behind == at - 1)
        });
        cells
    }

    fn write(
        &self,
        to: &mut impl Write,
        cells: Vec<&[u8]>,
        (width, line_end): (usize, &str),
        last: &[u8],
    ) -> io::Result<()> {
        let missing = width.saturating_sub(cells.len());
        for cell in cells {
            to.write_all(cell)?;
            to.write_all(&[self.separator])?;
        }
        to.write_all(&vec![self.separator; missing])?;
        if last.iter().any(|byte| *byte == self.separator || b"\"\r\n".contains(byte)) {
            let doubled =
                last.iter().flat_map(|byte| std::iter::repeat_n(*byte, 1 + usize::from(*byte == b'"')));
            to.write_all(&[b"\"".as_slice(), &doubled.collect::<Vec<u8>>(), b"\""].concat())?;
        } else {
            to.write_all(last)?;
        }
        to.write_all(line_end.as_bytes())
    }
}

/// Reads to the end of a record, which goes on within quotation marks; whether there was one.
fn next_record(reader: &mut impl BufRead, record: &mut Vec<u8>) -> io::Result<bool> {
    record.clear();
    let mut is_quoted = false;
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return Ok(!record.is_empty());
        }
        // As GDAL has it, which counts the rows: a line ends with either sign or both.
        let end = piece.iter().position(|byte| {
            is_quoted ^= *byte == b'"';
            !is_quoted && matches!(byte, b'\n' | b'\r')
        });
        let length = end.map_or(piece.len(), |end| end + 1);
        record.extend_from_slice(&piece[..length]);
        reader.consume(length);
        if end.is_some() {
            if record.ends_with(b"\r") && reader.fill_buf()?.first() == Some(&b'\n') {
                record.push(b'\n');
                reader.consume(1);
            }
            return Ok(true);
        }
    }
}

/// A record and the end of its line.
fn without_end(record: &[u8]) -> (&[u8], &[u8]) {
    let content = record.strip_suffix(b"\n").unwrap_or(record);
    let content = content.strip_suffix(b"\r").unwrap_or(content);
    record.split_at(content.len())
}

fn text(cell: &[u8]) -> String {
    String::from_utf8_lossy(&text::unquoted(cell)).into_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn copied(table: &str, separator: u8, rows: &[u64]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let (path, to) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
        std::fs::write(&path, table).unwrap();
        let table = Table { path: &path, separator, reason: "ly_do", used: &[0], is_unicode: false };
        table.copy(&to, &|row| rows.contains(&row).then(|| b"why, so".to_vec())).unwrap();
        std::fs::read_to_string(to).unwrap()
    }

    #[test]
    fn rows_are_as_they_were_sent() {
        let table = "\u{feff}a,b,b\r\n1,2,3\r\n\r\n\"x,\ny\",  2,\"3\"\"\"\r\n4,5,6,7,,\r\n8";
        let expected = "a,b,b,ly_do\r\n\"x,\ny\",  2,\"3\"\"\",\"why, so\"\r\n4,5,6,7,\"why, so\"\r\n8,,,\"why, so\"\r\n";
        assert_eq!(copied(table, b',', &[3, 4, 5]), expected);
        assert_eq!(copied("a;b\n1;2\n", b';', &[2]), "a;b;ly_do\n1;2;why, so\n");
    }

    #[test]
    fn a_line_ends_with_either_sign_or_both() {
        for end in ["\n", "\r\n", "\r", "\r\r\n"] {
            let table = ["a,b", "1,2", "\"x\ry\",4", "5,6", ""].join(end);
            let [heading, x] = [copied(&table, b',', &[3]), copied(&table, b',', &[4])]
                .map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(heading.len(), 2, "{end:?}");
            assert_eq!(x, ["a,b,ly_do", "5,6,\"why, so\""], "{end:?}");
        }
    }

    #[test]
    fn an_earlier_reason_gives_way() {
        let table = "a,b,Ly_Do\n1,2,old\n3,4\n5,6,7,old\n";
        assert_eq!(
            copied(table, b',', &[2, 3, 4]),
            "a,b,ly_do\n1,2,\"why, so\"\n3,4,\"why, so\"\n5,6,7,\"why, so\"\n"
        );
        // Which of the cells is the reason nobody knows.
        assert_eq!(copied("ly_do,a,b\nold,1,2,3\n", b',', &[2]), "ly_do,a,b,ly_do\nold,1,2,3,\"why, so\"\n");
        // A column that is read stays, whatever it is called.
        assert_eq!(copied("ly_do,b\n1,2\n", b',', &[2]), "ly_do,b,ly_do\n1,2,\"why, so\"\n");
    }
}
