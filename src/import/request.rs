//! What an import is asked to do.

use super::refused::MaxRefused;
use crate::{
    crs::System,
    layer::Language,
    legacy_text::Encoding,
    store::postgis::{Mode, Scope},
};
use std::path::PathBuf;

/// Attributes that a replacement can be confined to: the features of one commune, or of one agency.
pub const SCOPES: [&str; 2] = ["commune_code", "owner_agency"];

/// One import: files into one layer.
#[derive(Debug, Clone, Default)]
pub struct ImportRequest {
    /// The files, all into the same layer, all or none.
    pub files: Vec<PathBuf>,
    /// What the sender calls the only file, where it lies under another name.
    pub called: Option<String>,
    /// Bytes that an archive may hold unpacked; `None` for as many as anybody's.
    pub unpacked_max: Option<u64>,
    /// The folder for copies of what is read; `None` for the system's temporary one.
    pub scratch: Option<PathBuf>,
    /// Bytes that the parts of a workbook may be together; `None` where nobody minds.
    pub workbook_max: Option<u64>,
    /// Id of the layer.
    pub layer: String,
    /// The system that the coordinates are in, whatever the files say; `None` to believe them.
    pub system: Option<&'static System>,
    /// The first number of a position is the northing or the latitude.
    pub swap_xy: bool,
    /// The layer whose borders or points the file is held against, instead of borders of communes.
    pub reference: Option<String>,
    /// Which layer inside the file, where it holds several.
    pub sublayer: Option<String>,
    /// The row of a sheet that names its columns, from 1; `None` for the first that does.
    pub header_row: Option<u64>,
    /// Columns of the files whose names say nothing of the attribute, or part of a position, they hold.
    pub columns: Vec<ColumnMapping>,
    /// Values that are the same for each row and are not in the files.
    pub constants: Vec<Constant>,
    /// How many rows may be refused, and the others are loaded all the same.
    pub max_refused: MaxRefused,
    /// Where the rows refused are written; `None` for no such file.
    pub refused: Option<RefusedFile>,
    /// Bytes that are written of them; `None` where nobody minds.
    pub refused_max: Option<u64>,
    /// In which language they say why.
    pub reasons_in: Language,
    /// How the rows and those of the layer come together.
    pub mode: Mode,
    /// What of the layer a replacement is about; `None` for the whole of it.
    pub only: Option<Scope>,
    /// A replacement may delete more than half of what is there, and nobody is asked.
    pub delete_most: bool,
    /// Encodings of columns of text, instead of what their words tell.
    pub encodings: Vec<ColumnEncoding>,
    /// Do all but the commit.
    pub dry_run: bool,
    /// Who runs it, for the record.
    pub by: Option<String>,
}

/// Where rows that are refused are written, in the format they came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusedFile {
    /// A file of this name; the format's ending is added where it has another.
    Named(PathBuf),
    /// `NAME.refused.ENDING` in this folder, after each file.
    Beside(PathBuf),
}

/// `--map SOURCE=attribute`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMapping {
    /// Column of the file.
    pub source: String,
    /// Attribute of the layer, or part of a position.
    pub attribute: String,
}

/// `--encoding ENCODING` or `--encoding COLUMN=ENCODING`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnEncoding {
    /// Column of the file; `None` for all columns that are not named.
    pub column: Option<String>,
    /// What its text is in.
    pub encoding: Encoding,
}

/// `--set attribute=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constant {
    /// Attribute of the layer.
    pub attribute: String,
    /// Its value, as a file would have it.
    pub value: String,
}

/// Reads `--only attribute=value`.
pub fn scope(text: &str) -> Result<Scope, String> {
    match text.split_once('=').map(|(attribute, value)| (attribute.trim(), value.trim())) {
        Some((attribute, value)) if SCOPES.contains(&attribute) && !value.is_empty() => {
            Ok(Scope { attribute: attribute.to_owned(), value: value.to_owned() })
        }
        _ => Err("write it as commune_code=27943 or owner_agency=sonnmt".to_owned()),
    }
}

impl std::str::FromStr for ColumnMapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The attribute's name holds no `=`, the file's column may.
        match text.rsplit_once('=') {
            Some((source, attribute)) if !source.is_empty() && !attribute.trim().is_empty() => {
                Ok(Self { source: source.to_owned(), attribute: attribute.trim().to_owned() })
            }
            _ => Err("write it as COLUMN=attribute, for example TEN_KCN=name_vi".to_owned()),
        }
    }
}

impl std::str::FromStr for ColumnEncoding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.rsplit_once('=') {
            Some(("", _)) => Err("write it as ENCODING or COLUMN=ENCODING, for example tcvn3".to_owned()),
            Some((column, encoding)) => {
                Ok(Self { column: Some(column.to_owned()), encoding: encoding.parse()? })
            }
            None => Ok(Self { column: None, encoding: text.parse()? }),
        }
    }
}

impl std::str::FromStr for Constant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((attribute, value)) if !attribute.trim().is_empty() => {
                Ok(Self { attribute: attribute.trim().to_owned(), value: value.to_owned() })
            }
            _ => Err("write it as attribute=value, for example valid_from=2025-07-01".to_owned()),
        }
    }
}
