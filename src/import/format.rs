//! What a file is: by its name, and by its first bytes, which have to agree.
//!
//! Must not know GDAL, layers or the database.

use super::{ImportError, sheet_text};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// ESRI Shapefile: `.shp` with `.shx` and `.dbf` beside it.
    Shapefile,
    /// OGC GeoPackage.
    GeoPackage,
    /// GeoJSON (RFC 7946).
    GeoJson,
    /// FlatGeobuf.
    FlatGeobuf,
    /// MapInfo `.tab`, with `.dat`, `.map` and `.id` beside it.
    MapInfoTab,
    /// MapInfo `.mif`, with `.mid` beside it.
    MapInfoMif,
    /// OGC KML.
    Kml,
    /// OGC GML.
    Gml,
    /// A table in text, with coordinates in columns.
    Csv,
    /// A sheet of an Office Open XML workbook, with coordinates in columns.
    Xlsx,
    /// AutoCAD drawing exchange, as text.
    Dxf,
    /// MicroStation design file, version 7.
    Dgn,
}

impl Format {
    const ALL: [Self; 12] = [
        Self::Shapefile,
        Self::GeoPackage,
        Self::GeoJson,
        Self::FlatGeobuf,
        Self::MapInfoTab,
        Self::MapInfoMif,
        Self::Kml,
        Self::Gml,
        Self::Csv,
        Self::Xlsx,
        Self::Dxf,
        Self::Dgn,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shapefile => "Shapefile",
            Self::GeoPackage => "GeoPackage",
            Self::GeoJson => "GeoJSON",
            Self::FlatGeobuf => "FlatGeobuf",
            Self::MapInfoTab => "MapInfo TAB",
            Self::MapInfoMif => "MapInfo MIF",
            Self::Kml => "KML",
            Self::Gml => "GML",
            Self::Csv => "CSV",
            Self::Xlsx => "XLSX",
            Self::Dxf => "DXF",
            Self::Dgn => "DGN",
        }
    }

    /// Whether its rows are those of a sheet, with coordinates in columns.
    pub const fn is_sheet(self) -> bool {
        matches!(self, Self::Csv | Self::Xlsx)
    }

    /// Whether it is a drawing: lines and texts without attributes.
    pub const fn is_drawing(self) -> bool {
        matches!(self, Self::Dxf | Self::Dgn)
    }

    /// What a file is by the ending of its name.
    pub fn by_ending(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Self::ALL.into_iter().find(|format| format.extensions().contains(&ending.as_str()))
    }

    /// The endings of the names of all files that are read.
    pub fn endings() -> String {
        let all = Self::ALL.iter().filter_map(|format| format.extensions().first());
        all.map(|ending| format!(".{ending} ")).collect::<String>() + ".zip .kmz"
    }

    const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Shapefile => &["shp"],
            Self::GeoPackage => &["gpkg"],
            Self::GeoJson => &["geojson", "json"],
            Self::FlatGeobuf => &["fgb"],
            Self::MapInfoTab => &["tab"],
            Self::MapInfoMif => &["mif"],
            Self::Kml => &["kml"],
            Self::Gml => &["gml"],
            Self::Csv => &["csv", "tsv", "txt"],
            Self::Xlsx => &["xlsx"],
            Self::Dxf => &["dxf"],
            Self::Dgn => &["dgn"],
        }
    }

    /// Files that stand beside it and that it cannot be read without.
    const fn companions(self) -> &'static [&'static str] {
        match self {
            Self::Shapefile => &["shx", "dbf"],
            Self::MapInfoTab => &["dat", "map", "id"],
            Self::MapInfoMif => &["mid"],
            _ => &[],
        }
    }

    fn accepts(self, head: &[u8]) -> bool {
        let text = text_start(head);
        match self {
            Self::Shapefile => head.starts_with(&[0, 0, 0x27, 0x0a]),
            Self::GeoPackage => head.starts_with(b"SQLite format 3\0"),
            Self::GeoJson => text.starts_with(b"{") || text.starts_with(b"["),
            Self::FlatGeobuf => head.starts_with(b"fgb\x03fgb"),
            Self::MapInfoTab => starts_with_word(text, b"!table"),
            Self::MapInfoMif => starts_with_word(text, b"version"),
            Self::Kml | Self::Gml => text.starts_with(b"<"),
            Self::Xlsx => head.starts_with(b"PK\x03\x04"),
            Self::Dxf => text.starts_with(b"0") || text.starts_with(b"999"),
            // A file header, of type 8 or 9 for two or three dimensions (MicroStation 95 Reference Guide).
            Self::Dgn => matches!(head, [0x08 | 0xc8, 0x09, 0xfe, 0x02, ..]),
            // A NUL in a later line is a fault of its row.
            Self::Csv if sheet_text::begins_wide(head).is_some() => head.len() > 2,
            Self::Csv => looks_like(head.split(|b| *b == b'\n').next().unwrap_or(head)) == "text",
        }
    }
}

/// What the file at `path` is, once its name, its first bytes and its companions agree.
pub fn recognise(path: &Path) -> Result<Format, ImportError> {
    let metadata = std::fs::metadata(path).map_err(|e| ImportError::file(path, not_readable(&e)))?;
    if metadata.is_dir() {
        return Err(ImportError::file(path, "is a folder inside a folder; name the files that are meant"));
    }
    if !metadata.is_file() {
        return Err(ImportError::file(path, "is no regular file"));
    }
    if metadata.len() == 0 {
        return Err(ImportError::file(path, "is empty (0 bytes)"));
    }
    let format = by_name(path)?;
    let head = head(path).map_err(|e| ImportError::file(path, not_readable(&e)))?;
    if !format.accepts(&head) {
        let reason =
            format!("is named as a {} and is not one; it looks like {}", format.name(), looks_like(&head));
        return Err(ImportError::file(path, reason));
    }
    for extension in format.companions() {
        if companion(path, extension).is_none() {
            let reason = format!(
                "the file with the ending .{extension} is missing beside it; a {} cannot be read without",
                format.name()
            );
            return Err(ImportError::file(path, reason));
        }
    }
    Ok(format)
}

/// The file of the same name with another extension, in small or capital letters.
pub fn companion(path: &Path, extension: &str) -> Option<PathBuf> {
    let name = path.file_stem()?.to_ascii_lowercase();
    let direct = [path.with_extension(extension), path.with_extension(extension.to_uppercase())];
    if let Some(found) = direct.into_iter().find(|p| p.is_file()) {
        return Some(found);
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).find(|p| {
        p.file_stem().is_some_and(|s| s.to_ascii_lowercase() == name)
            && p.extension().is_some_and(|e| e.eq_ignore_ascii_case(extension))
            && p.is_file()
    })
}

fn by_name(path: &Path) -> Result<Format, ImportError> {
    if let Some(format) = Format::by_ending(path) {
        return Ok(format);
    }
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let main = match extension.as_str() {
        "dbf" | "shx" | "prj" | "cpg" => Some("shp"),
        "dat" | "map" | "id" | "ind" => Some("tab"),
        "mid" => Some("mif"),
        _ => None,
    };
    let reason = match main {
        Some(main) => format!("belongs to a .{main}; give that one"),
        None => match elsewhere(&extension) {
            Some(instead) => instead.to_owned(),
            None => format!("the ending of its name says no format that is read: {}", Format::endings()),
        },
    };
    Err(ImportError::file(path, reason))
}

/// What to send instead of a file that no library here reads.
fn elsewhere(extension: &str) -> Option<&'static str> {
    match extension {
        "dwg" => Some("an AutoCAD DWG is read by AutoCAD alone; save it as DXF (SAVEAS, DXF)"),
        "xls" => Some("an old Excel sheet is not read; save it as .xlsx or .csv"),
        "parquet" | "geoparquet" => {
            Some("GeoParquet is not read: the GDAL of this system has no reader for it; send GeoPackage")
        }
        "rar" | "7z" => Some("only zip archives are unpacked; unpack it, or pack it as .zip"),
        _ => None,
    }
}

pub(super) fn not_readable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "may not be read (permission denied)".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(1024);
    File::open(path)?.take(1024).read_to_end(&mut head)?;
    Ok(head)
}

// Behind a byte order mark and blanks.
fn text_start(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start()
}

fn starts_with_word(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn looks_like(head: &[u8]) -> &'static str {
    let text = text_start(head);
    match head {
        h if h.starts_with(b"SQLite format 3\0") => "an SQLite database (GeoPackage)",
        h if h.starts_with(b"fgb\x03fgb") => "a FlatGeobuf",
        [0, 0, 0x27, 0x0a, ..] => "a Shapefile",
        h if h.starts_with(b"PK\x03\x04") => "a zip archive (or an Office file)",
        h if h.starts_with(b"%PDF") => "a PDF",
        h if h.starts_with(b"\xd0\xcf\x11\xe0") => "an old Office file",
        h if h.starts_with(b"\x89PNG") || h.starts_with(b"\xff\xd8\xff") => "a picture",
        h if h.starts_with(b"AC10") => "an AutoCAD drawing",
        _ if text.starts_with(b"{") || text.starts_with(b"[") => "JSON",
        _ if text.starts_with(b"<") => "XML or HTML",
        h if h.contains(&0) => "a binary file",
        _ => "text",
    }
}
