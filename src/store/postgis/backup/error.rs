//! Why no backup is made, or none brought back, each with what to do.

use crate::store::postgis::DatabaseError;
use std::{
    fmt::Display,
    io,
    path::{Path, PathBuf},
};

/// What went wrong. No file has been written, no table changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be written.
    #[error("the backup {} cannot be written: {reason}. A file that stood there before is as it was", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file cannot be read.
    #[error("the backup {} cannot be read: {reason}", path.display())]
    NotRead {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is not what was written, or no backup at all.
    #[error(
        "{} is no whole backup: {reason}. Nothing was changed; take another copy of it, or an earlier one", path.display()
    )]
    Garbled {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A later program wrote the file.
    #[error(
        "{} was made by diaban {program}, which writes backups in a later form. Bring it back with that version", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Version of that program.
        program: String,
    },
    /// The database that was backed up was brought further by a later program.
    #[error(
        "the backup was made by diaban {program}, whose schema is at {found}; this program knows {known}. Bring it back \
         with that version or a later one"
    )]
    NewerSchema {
        /// Version of that program.
        program: String,
        /// Schema version in the backup.
        found: i32,
        /// The last one that is known here.
        known: i32,
    },
    /// There is nothing of this program in the database.
    #[error("the database {database} holds nothing of diaban, so there is nothing to back up")]
    Nothing {
        /// Host, port and name.
        database: String,
    },
    /// The database would lose what it holds.
    #[error(
        "the database {database} holds data: {held}. Nothing was changed. Name an empty database (--database-url, or \
         another --data), or give --replace, which deletes all of that and puts the backup in its place"
    )]
    HoldsData {
        /// Host, port and name.
        database: String,
        /// Tables and rows.
        held: String,
    },
    /// Other programs of ours are at work in the database.
    #[error(
        "{count} other session(s) of diaban are at work in the database {database} (process {pids} of the database \
         server). Stop the server or the import, and try again"
    )]
    InUse {
        /// Host, port and name.
        database: String,
        /// So many.
        count: usize,
        /// Their processes.
        pids: String,
    },
    /// What others built on our tables would be lost.
    #[error(
        "{names} stand on tables that the backup would replace, and would be lost with them. Keep their definitions, drop \
         them, and try again"
    )]
    BuiltUpon {
        /// Views and tables, with their schemas.
        names: String,
    },
    /// PostGIS stands elsewhere, so no geometry would find its type.
    #[error(
        "PostGIS stands in the schema {here} of this database and stood in {there} where the backup was made. Put it there \
         (CREATE EXTENSION postgis SCHEMA {there}) in an empty database, and try again"
    )]
    PostgisElsewhere {
        /// Its schema here.
        here: String,
        /// Its schema there.
        there: String,
    },
    /// pg_dump and its like are not there.
    #[error(
        "pg_dump, pg_restore and psql of PostgreSQL {major} or newer are not on this machine. Install them with\n  \
         apt-get install postgresql-client-{major}"
    )]
    NoTools {
        /// The major version.
        major: u32,
    },
    /// What is kept beside the database cannot be copied.
    #[error("what is kept beside the database cannot be copied: {reason}. No backup was written")]
    Beside {
        /// Which, and what the system says.
        reason: String,
    },
    /// PostgreSQL would not have it.
    #[error("it did not go well, and nothing was changed: {reason}")]
    Failed {
        /// What its programs said.
        reason: String,
    },
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl BackupError {
    pub(super) fn writing(path: &Path, error: io::Error) -> Self {
        Self::NotWritten { path: path.to_owned(), reason: error.to_string() }
    }

    pub(super) fn reading(path: &Path, error: io::Error) -> Self {
        Self::NotRead { path: path.to_owned(), reason: error.to_string() }
    }

    pub(super) fn beside(error: io::Error) -> Self {
        Self::Beside { reason: error.to_string() }
    }

    pub(super) fn failed(reason: impl Display) -> Self {
        Self::Failed { reason: reason.to_string() }
    }
}

impl From<tokio_postgres::Error> for BackupError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}
