//! Files made ready so that GDAL hands over the bytes of their texts, each as the letter of ISO 8859-1
//! with its number.
//!
//! GDAL recodes texts by what a file says of itself, which is often not true, drops what does not
//! fit, and its Rust binding drops what is no UTF-8. A Shapefile can be opened in ISO 8859-1; a
//! MapInfo file says its character set in its head, so GDAL reads a copy that says this one; a
//! table that is no UTF-8 is copied with its bytes written as letters. Must not know layers.

use super::{
    format::{Format, companion, not_readable},
    scratch,
};
use crate::{
    import::{ImportError, values::Cell},
    legacy_text::{Cells, Encoding},
};
use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// The character set of MapInfo in which each byte is the letter of its number.
const MAPINFO_LATIN: &str = "ISO8859_1";
/// Bytes of a `.tab`, which holds no rows.
const MAX_TAB_BYTES: u64 = 1 << 20;
/// Bytes of the head of a `.mif` up to its columns.
const MAX_HEAD_BYTES: u64 = 1 << 16;
/// Bytes that are copied or looked at in one piece.
const PIECE: usize = 1 << 18;

/// A file as GDAL is to open it.
#[derive(Debug)]
pub struct RawText {
    /// Where GDAL finds it.
    pub path: PathBuf,
    /// How its texts come.
    pub cells: Cells,
    /// The encoding that it states.
    pub stated: Option<Encoding>,
    /// Holds the copy, and takes it away.
    pub copy: Option<TempDir>,
}

/// Makes `path`, absolute, ready; what is copied for it goes `within` a folder, if there is one.
pub fn prepare(path: &Path, format: Format, within: Option<&Path>) -> Result<RawText, ImportError> {
    let made = match format {
        Format::Shapefile => {
            let stated = companion(path, "cpg").and_then(|cpg| fs::read_to_string(cpg).ok());
            let stated = stated.and_then(|text| code_page(&text));
            Ok(RawText { path: path.to_owned(), cells: Cells::Bytes, stated, copy: None })
        }
        Format::MapInfoTab => mapinfo_tab(path, within),
        Format::MapInfoMif => mapinfo_mif(path, within),
        Format::Csv => table(path, within),
        _ => Ok(as_it_is(path)),
    };
    made.map_err(|e| ImportError::of_file(path, &e, not_readable(&e)))
}

/// A cell without the apostrophe that keeps a table program from computing a text as a formula (OWASP, CSV
/// Injection); exports have it.
pub fn unguarded(cell: Cell) -> Cell {
    match cell {
        Cell::Text(text) => match text.strip_prefix('\'') {
            Some(rest) if rest.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']) => {
                Cell::Text(rest.to_owned())
            }
            _ => Cell::Text(text),
        },
        cell => cell,
    }
}

fn as_it_is(path: &Path) -> RawText {
    RawText { path: path.to_owned(), cells: Cells::Unicode, stated: None, copy: None }
}

// What stands in a `.cpg`: `UTF-8`, `1258`, `ANSI 1252`, `ISO-8859-1`.
fn code_page(text: &str) -> Option<Encoding> {
    let short: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    match short.to_ascii_lowercase().trim_start_matches("ansi").trim_start_matches("cp") {
        "utf8" | "65001" => Some(Encoding::Utf8),
        "1258" | "windows1258" => Some(Encoding::Windows1258),
        "1252" | "windows1252" | "iso88591" | "88591" => Some(Encoding::Windows1252),
        _ => None,
    }
}

fn character_set(line: &str) -> Option<Encoding> {
    let folded = line.to_ascii_lowercase();
    [
        ("windowsvietnamese", Encoding::Windows1258),
        ("windowslatin1", Encoding::Windows1252),
        ("iso8859_1", Encoding::Windows1252),
        ("utf-8", Encoding::Utf8),
    ]
    .into_iter()
    .find(|(name, _)| folded.contains(name))
    .map(|(_, encoding)| encoding)
}

// A copy of the `.tab` beside links to its companions. Its lines are ASCII but for names of columns:
//   !charset WindowsLatin1
//   Type NATIVE Charset "WindowsLatin1"
fn mapinfo_tab(path: &Path, within: Option<&Path>) -> io::Result<RawText> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_TAB_BYTES).read_to_end(&mut bytes)?;
    let text = latin(&bytes);
    let is_native = |line: &str| line.trim_start().to_ascii_lowercase().starts_with("type native");
    if !text.lines().any(is_native) {
        return Ok(as_it_is(path));
    }
    let mut stated = None;
    let mut copy = Vec::new();
    for line in text.lines() {
        let is_charset = line.to_ascii_lowercase().starts_with("!charset");
        if is_charset || is_native(line) {
            stated = stated.or_else(|| character_set(line));
        }
        let line = match (is_charset, is_native(line)) {
            (true, _) => format!("!charset {MAPINFO_LATIN}"),
            (_, true) => format!("  Type NATIVE Charset \"{MAPINFO_LATIN}\""),
            _ => line.to_owned(),
        };
        copy.extend(line.chars().filter_map(|c| u8::try_from(c).ok()));
        copy.push(b'\n');
    }
    let (folder, to) = beside(path, within, "tab", &["dat", "map", "id", "ind"])?;
    fs::write(&to, copy)?;
    Ok(RawText { path: to, cells: Cells::Bytes, stated, copy: Some(folder) })
}

// A copy of the `.mif`, whose first lines are:
//   Version 300
//   Charset "WindowsLatin1"
fn mapinfo_mif(path: &Path, within: Option<&Path>) -> io::Result<RawText> {
    let (folder, to) = beside(path, within, "mif", &["mid"])?;
    let mut reader = BufReader::with_capacity(PIECE, File::open(path)?);
    let mut writer = BufWriter::with_capacity(PIECE, File::create(&to)?);
    let (mut stated, mut said) = (None, false);
    let mut read = 0;
    let mut line = Vec::new();
    while !said && read < MAX_HEAD_BYTES {
        line.clear();
        read += reader.by_ref().take(MAX_HEAD_BYTES).read_until(b'\n', &mut line)? as u64;
        let text = latin(&line).to_ascii_lowercase();
        if text.starts_with("charset") {
            stated = character_set(&text);
        } else {
            // What comes behind the version says nothing of the character set any more.
            let end = line.is_empty() || text.starts_with("delimiter") || text.starts_with("columns");
            if end {
                writeln!(writer, "Charset \"{MAPINFO_LATIN}\"")?;
                said = true;
            }
            writer.write_all(&line)?;
        }
    }
    io::copy(&mut reader, &mut writer)?;
    writer.flush()?;
    Ok(RawText { path: to, cells: Cells::Bytes, stated, copy: Some(folder) })
}

// A table that is UTF-8 stays; any other is copied, each byte as a letter.
fn table(path: &Path, within: Option<&Path>) -> io::Result<RawText> {
    if is_utf8(path)? {
        return Ok(as_it_is(path));
    }
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("csv");
    let (folder, to) = beside(path, within, extension, &[])?;
    let mut reader = BufReader::with_capacity(PIECE, File::open(path)?);
    let mut writer = BufWriter::with_capacity(PIECE, File::create(&to)?);
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            break;
        }
        writer.write_all(latin(piece).as_bytes())?;
        let length = piece.len();
        reader.consume(length);
    }
    writer.flush()?;
    Ok(RawText { path: to, cells: Cells::Bytes, stated: None, copy: Some(folder) })
}

fn is_utf8(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut buffer = Vec::with_capacity(PIECE + 4);
    loop {
        let read = Read::by_ref(&mut file).take(PIECE as u64).read_to_end(&mut buffer)?;
        match std::str::from_utf8(&buffer) {
            Ok(_) => buffer.clear(),
            // A letter that the next piece ends.
            Err(e) if e.error_len().is_none() && read > 0 => {
                buffer.drain(..e.valid_up_to());
            }
            Err(_) => return Ok(false),
        }
        if read == 0 {
            return Ok(true);
        }
    }
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

// A folder of our own with links to the companions of `path`, and where its copy goes in it; it has
// the name of the file, which is that of the layer inside.
fn beside(
    path: &Path,
    within: Option<&Path>,
    extension: &str,
    companions: &[&str],
) -> io::Result<(TempDir, PathBuf)> {
    let folder = scratch::folder(within)?;
    let to = folder.path().join(path.file_name().unwrap_or_default()).with_extension(extension);
    for extension in companions {
        if let Some(companion) = companion(path, extension) {
            symlink(companion, to.with_extension(extension))?;
        }
    }
    Ok((folder, to))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_goes_into_the_folder_that_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mif = b"Version 300\nCharset \"WindowsLatin1\"\nColumns 0\nData\n".as_slice();
        let tab =
            b"!table\n!version 300\n!charset WindowsLatin1\n\nDefinition Table\n  Type NATIVE\n".as_slice();
        for (name, format, bytes) in [
            ("a.csv", Format::Csv, b"TEN\n\xb8\n".as_slice()),
            ("a.mif", Format::MapInfoMif, mif),
            ("a.tab", Format::MapInfoTab, tab),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            let made = prepare(&path, format, Some(folder.path())).unwrap();
            assert!(made.copy.is_some() && made.path.starts_with(folder.path()), "{}", made.path.display());
            assert_ne!(made.path, path);
        }
    }
}
