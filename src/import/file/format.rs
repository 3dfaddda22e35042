//! What a file is: by its name, and by its first bytes, which have to agree.
//!
//! Must not know GDAL, layers or the database.

use crate::import::{
    ImportError, sheet,
    words::{SYSTEM, Words, words},
};
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
            Self::Csv if sheet::text::begins_wide(head).is_some() => head.len() > 2,
            Self::Csv => looks_like(head.split(|b| *b == b'\n').next().unwrap_or(head)).1 == "text",
        }
    }
}

/// What the file at `path` is, once its name, its first bytes and its companions agree.
pub fn recognise(path: &Path) -> Result<Format, ImportError> {
    let metadata = std::fs::metadata(path).map_err(|e| ImportError::file(path, not_readable(&e)))?;
    if metadata.is_dir() {
        return Err(ImportError::file(
            path,
            words(
                "là thư mục nằm trong thư mục khác; hãy nêu tên các tệp cần nạp",
                "is a folder inside a folder; name the files that are meant",
            ),
        ));
    }
    if !metadata.is_file() {
        return Err(ImportError::file(path, words("không phải là tệp thông thường", "is no regular file")));
    }
    if metadata.len() == 0 {
        return Err(ImportError::file(path, words("là tệp rỗng (0 byte)", "is empty (0 bytes)")));
    }
    let format = by_name(path)?;
    let head = head(path).map_err(|e| ImportError::file(path, not_readable(&e)))?;
    if !format.accepts(&head) {
        let (name, (like_vi, like_en)) = (format.name(), looks_like(&head));
        let reason = words(
            format!("có tên như tệp {name} nhưng không phải; nội dung giống {like_vi}"),
            format!("is named as a {name} and is not one; it looks like {like_en}"),
        );
        return Err(ImportError::file(path, reason));
    }
    for extension in format.companions() {
        if companion(path, extension).is_none() {
            let name = format.name();
            let reason = words(
                format!("thiếu tệp đuôi .{extension} đi kèm; không có tệp này thì không đọc được {name}"),
                format!(
                    "the file with the ending .{extension} is missing beside it; a {name} cannot be read without"
                ),
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
        Some(main) => words(
            format!("là tệp đi kèm của một tệp .{main}; hãy nêu tệp đó"),
            format!("belongs to a .{main}; give that one"),
        ),
        None => elsewhere(&extension).unwrap_or_else(|| {
            let endings = Format::endings();
            words(
                format!("đuôi tên tệp không thuộc định dạng nào đọc được: {endings}"),
                format!("the ending of its name says no format that is read: {endings}"),
            )
        }),
    };
    Err(ImportError::file(path, reason))
}

/// What to send instead of a file that no library here reads.
fn elsewhere(extension: &str) -> Option<Words> {
    Some(match extension {
        "dwg" => words(
            "tệp DWG chỉ AutoCAD đọc được; hãy lưu thành DXF (SAVEAS, DXF)",
            "an AutoCAD DWG is read by AutoCAD alone; save it as DXF (SAVEAS, DXF)",
        ),
        "xls" => words(
            "không đọc bảng tính Excel kiểu cũ; hãy lưu thành .xlsx hoặc .csv",
            "an old Excel sheet is not read; save it as .xlsx or .csv",
        ),
        "parquet" | "geoparquet" => words(
            "không đọc được GeoParquet: GDAL của hệ thống này không có bộ đọc; hãy gửi GeoPackage",
            "GeoParquet is not read: the GDAL of this system has no reader for it; send GeoPackage",
        ),
        "rar" | "7z" => words(
            "chỉ giải nén được tệp zip; hãy giải nén trước, hoặc nén lại thành .zip",
            "only zip archives are unpacked; unpack it, or pack it as .zip",
        ),
        _ => return None,
    })
}

pub fn not_readable(error: &std::io::Error) -> Words {
    match error.kind() {
        std::io::ErrorKind::NotFound => words("không có tệp này", "there is no such file"),
        std::io::ErrorKind::PermissionDenied => {
            words("không được phép đọc (permission denied)", "may not be read (permission denied)")
        }
        _ => Words::said_by(SYSTEM, error).led_by("không đọc được: ", "cannot be read: "),
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

/// In Vietnamese and in English.
fn looks_like(head: &[u8]) -> (&'static str, &'static str) {
    let text = text_start(head);
    match head {
        h if h.starts_with(b"SQLite format 3\0") => {
            ("cơ sở dữ liệu SQLite (GeoPackage)", "an SQLite database (GeoPackage)")
        }
        h if h.starts_with(b"fgb\x03fgb") => ("FlatGeobuf", "a FlatGeobuf"),
        [0, 0, 0x27, 0x0a, ..] => ("Shapefile", "a Shapefile"),
        h if h.starts_with(b"PK\x03\x04") => {
            ("tệp nén zip (hoặc tệp Office)", "a zip archive (or an Office file)")
        }
        h if h.starts_with(b"%PDF") => ("PDF", "a PDF"),
        h if h.starts_with(b"\xd0\xcf\x11\xe0") => ("tệp Office kiểu cũ", "an old Office file"),
        h if h.starts_with(b"\x89PNG") || h.starts_with(b"\xff\xd8\xff") => ("tệp ảnh", "a picture"),
        h if h.starts_with(b"AC10") => ("bản vẽ AutoCAD", "an AutoCAD drawing"),
        _ if text.starts_with(b"{") || text.starts_with(b"[") => ("JSON", "JSON"),
        _ if text.starts_with(b"<") => ("XML hoặc HTML", "XML or HTML"),
        h if h.contains(&0) => ("tệp nhị phân", "a binary file"),
        _ => ("văn bản", "text"),
    }
}
