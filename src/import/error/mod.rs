//! Why an import cannot even judge the rows: the file, the request or the database is at fault.

pub mod vietnamese;

use super::{columns::text::AmbiguousText, evidence::Candidate, words::Words};
use crate::{
    crs::{Disagreement, SystemError, TransformError},
    query::RuleError,
    store::postgis::StagingError,
};
use std::{
    io::{self, ErrorKind},
    path::PathBuf,
};

/// Why an import came to nothing before or beside its rows. Nothing has changed, unless the connection was lost at the
/// end ([`StagingError::Unsettled`]).
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No such layer.
    #[error("there is no layer `{layer}`{}", suggest(known))]
    UnknownLayer {
        /// What was asked for.
        layer: String,
        /// Layers there are.
        known: Vec<String>,
    },
    /// The layer points at a table that this program never changes.
    #[error("layer `{0}` is a table that another program keeps; load the file with that program")]
    ForeignTable(String),
    /// No files.
    #[error("no file is given")]
    NoFiles,
    /// A flag that does not fit the layer.
    #[error("{flag}: {reason}")]
    Setting {
        /// The flag with its value.
        flag: String,
        /// What is wrong with it.
        reason: Words,
    },
    /// A file that cannot be read, or is not what its name says.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: Words,
    },
    /// A file that cannot be copied or written, because the disk is full.
    #[error("{}: {reason}", path.display())]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: Words,
    },
    /// A file that stops in the middle.
    #[error("{}: the file is cut short or damaged{}: {reason}", path.display(), after(*row))]
    CutShort {
        /// The file.
        path: PathBuf,
        /// The last row that could be read; 0 if none.
        row: u64,
        /// How it shows.
        reason: Words,
    },
    /// Several layers in the file.
    #[error("{}: holds several layers ({}); choose one with --sublayer", path.display(), Words::joined(names, ", "))]
    SeveralSublayers {
        /// The file.
        path: PathBuf,
        /// Their names, with their number of rows.
        names: Vec<Words>,
    },
    /// Attributes that each feature must have, and that no column holds.
    #[error("{}: {}{}{hint}", path.display(), missing_text(missing, columns), if hint.en.is_empty() { "" } else { "\n" })]
    MissingColumns {
        /// The file.
        path: PathBuf,
        /// The attributes, with their known column names.
        missing: Vec<Words>,
        /// The columns that the file has.
        columns: Vec<String>,
        /// How it is settled which row of a sheet names them.
        hint: Words,
    },
    /// Several columns for one attribute.
    #[error(
        "{}: the columns {} could all be `{attribute}`; say which with --map COLUMN={attribute}",
        path.display(), columns.join(", ")
    )]
    AmbiguousColumn {
        /// The file.
        path: PathBuf,
        /// The attribute.
        attribute: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// Only the one who sends the file can say which system it is in.
    #[error("{}: {why}{}", path.display(), question(candidates))]
    WhichSystem {
        /// The file.
        path: PathBuf,
        /// Why it has to be asked.
        why: Words,
        /// Systems in which the data would lie in the province, the likeliest first.
        candidates: Vec<Candidate>,
    },
    /// Columns of text whose encoding their words do not tell.
    #[error("{}: it cannot be told how text in it is written. Say it with one flag a column:{}", path.display(), readings(columns))]
    WhichEncoding {
        /// The file.
        path: PathBuf,
        /// The columns, with what each could be.
        columns: Vec<AmbiguousText>,
    },
    /// A system that this program does not use.
    #[error("{}: {source}", path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// Which, and what to use.
        source: SystemError,
    },
    /// The coordinates do not fit the system.
    #[error("{}: {why}{}", path.display(), fitting(candidates))]
    OutsideProvince {
        /// The file.
        path: PathBuf,
        /// Where the data would lie.
        why: Words,
        /// Systems in which they would lie in the province.
        candidates: Vec<Candidate>,
    },
    /// A replacement that would take most of a layer away.
    #[error(
        "--mode replace would delete {gone} of the {held} features of {what}, more than half; if that is meant, \
         repeat with --yes"
    )]
    DeletesMost {
        /// The layer, or what of it.
        what: Words,
        /// Features that would be deleted.
        gone: u64,
        /// Features there.
        held: u64,
    },
    /// The data say another system than what is stated.
    #[error("{}: {why}", path.display())]
    SystemContradicted {
        /// The file.
        path: PathBuf,
        /// What is stated, what fits, what shows it, and the flags that settle it.
        why: Words,
    },
    /// What a file is held against cannot be read.
    #[error("the communes cannot be read from the database: {0}; nothing has changed")]
    Reference(String),
    /// PROJ cannot do what it must.
    #[error(transparent)]
    Transform(#[from] TransformError),
    /// PROJ disagrees with known positions.
    #[error(transparent)]
    Disagreement(#[from] Disagreement),
    /// A rule of the layer's file that is none.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The database.
    #[error(transparent)]
    Staging(#[from] StagingError),
    /// The same, where it is not known whether rows were loaded, and others were refused.
    #[error("{error}. If it was, the refused rows alone are missing; they are in {}", listed(refused))]
    Unsettled {
        /// What became of the connection.
        error: StagingError,
        /// The files of the rows that were refused.
        refused: Vec<PathBuf>,
    },
    /// A defect.
    #[error("the reader stopped: {0}")]
    Reader(String),
}

impl ImportError {
    /// Whether the request is at fault, and not a file or the database.
    pub const fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::UnknownLayer { .. } | Self::ForeignTable(_) | Self::NoFiles | Self::Setting { .. }
        )
    }

    /// The file that it is about.
    pub(super) const fn path_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::File { path, .. }
            | Self::NoRoom { path, .. }
            | Self::CutShort { path, .. }
            | Self::SeveralSublayers { path, .. }
            | Self::MissingColumns { path, .. }
            | Self::AmbiguousColumn { path, .. }
            | Self::WhichSystem { path, .. }
            | Self::WhichEncoding { path, .. }
            | Self::System { path, .. }
            | Self::SystemContradicted { path, .. }
            | Self::OutsideProvince { path, .. } => Some(path),
            _ => None,
        }
    }

    /// The error as one of the file at `path`, of which what was read is a copy.
    pub(super) fn of(mut self, path: &std::path::Path) -> Self {
        if let Some(own) = self.path_mut() {
            path.clone_into(own);
        }
        self
    }

    /// The error with something more to say of the file.
    pub(super) fn and(mut self, more: Option<&Words>) -> Self {
        if let (Self::File { reason, .. }, Some(more)) = (&mut self, more) {
            reason.add(&more.behind("; "));
        }
        self
    }

    pub(super) fn file(path: &std::path::Path, reason: Words) -> Self {
        Self::File { path: path.to_owned(), reason }
    }

    /// Of a file that could not be read, copied or written: where the disk is full, that is not the file's fault.
    pub(super) fn of_file(path: &std::path::Path, error: &io::Error, reason: Words) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                Self::NoRoom { path: path.to_owned(), reason }
            }
            _ => Self::file(path, reason),
        }
    }

    pub(super) fn cut_short(path: &std::path::Path, row: u64, reason: Words) -> Self {
        Self::CutShort { path: path.to_owned(), row, reason }
    }
}

fn suggest(known: &[String]) -> String {
    match known {
        [] => String::new(),
        known => format!("; there are: {}", known.join(", ")),
    }
}

fn listed(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn after(row: u64) -> String {
    if row == 0 { String::new() } else { format!(" after row {row}") }
}

fn missing_text(missing: &[Words], columns: &[String]) -> String {
    let list = missing.iter().map(|m| format!("\n  {m}")).collect::<String>();
    let held = if columns.is_empty() { "none".to_owned() } else { columns.join(", ") };
    format!(
        "no column holds what each feature of the layer must have:{list}\n\
         The file's columns are: {held}\n\
         Say which column it is with --map COLUMN=attribute, or give one value for all rows with \
         --set attribute=value."
    )
}

fn list(candidates: &[Candidate]) -> String {
    candidates.iter().map(|c| format!("\n  {c}")).collect()
}

fn question(candidates: &[Candidate]) -> String {
    if candidates.is_empty() {
        return "\nNo system that is used in Vietnam puts these coordinates into the province. Ask the sender \
                which system they are in."
            .to_owned();
    }
    format!(
        "\nWhich central meridian (kinh tuyến trục)? Ask the sender, then repeat with one of:{}",
        list(candidates)
    )
}

fn readings(columns: &[AmbiguousText]) -> String {
    let mut text = String::new();
    for AmbiguousText { column, could } in columns {
        for (encoding, sample) in could {
            let name = encoding.name();
            text += &format!("\n  --encoding {column}={name}  if `{sample}` is right");
        }
    }
    text
}

fn fitting(candidates: &[Candidate]) -> String {
    if candidates.is_empty() {
        return "\nNo system that is used in Vietnam would put them into it.".to_owned();
    }
    let first = candidates.first().and_then(Candidate::flag);
    let repeat = first.map(|flag| format!("\nIf the first is right, repeat with {flag}")).unwrap_or_default();
    format!("\nThey would lie in it with:{}{repeat}", list(candidates))
}

#[cfg(test)]
mod tests {
    use super::{super::words::words, *};

    #[test]
    fn a_full_disk_is_not_the_fault_of_a_file() {
        let of = |kind: ErrorKind| {
            ImportError::of_file(
                "a.zip".as_ref(),
                &kind.into(),
                words("không giải nén được", "cannot be unpacked"),
            )
        };
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
            let error = of(kind);
            assert!(matches!(error, ImportError::NoRoom { .. }), "{error:?}");
            assert_eq!(error.to_string(), "a.zip: cannot be unpacked");
        }
        assert!(matches!(of(ErrorKind::InvalidData), ImportError::File { .. }));
    }
}
