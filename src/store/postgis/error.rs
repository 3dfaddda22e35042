//! What can go wrong between the program and its database, each with what mends it.

use std::path::{Path, PathBuf};

/// Why the database cannot be used. Each message says what is missing and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// No usable PostgreSQL on this machine, and no other was named.
    #[error(
        "no PostgreSQL 15 or newer is installed on this machine. Install it with\n  \
         apt-get install postgresql-15 postgresql-15-postgis-3\n\
         or name a database elsewhere with --database-url"
    )]
    NoPostgres,
    /// The data folder was made by another major version than those installed.
    #[error(
        "{} was made by PostgreSQL {found}, which is not installed here. Install it with\n  \
         apt-get install postgresql-{found} postgresql-{found}-postgis-3\n\
         or name another folder with --data", path.display()
    )]
    OtherMajor {
        /// The folder.
        path: PathBuf,
        /// Major version in its `PG_VERSION`.
        found: String,
    },
    /// The data folder belongs to somebody else.
    #[error(
        "{} belongs to the user `{owner}`. Run the program as that user or as root, or name \
         another folder with --data", path.display()
    )]
    OtherOwner {
        /// The folder.
        path: PathBuf,
        /// Name or number of its owner.
        owner: String,
    },
    /// Where a PostgreSQL should be stands something else.
    #[error("{} is no PostgreSQL data folder. Move it away, or name another folder with --data", path.display())]
    NotACluster {
        /// The folder.
        path: PathBuf,
    },
    /// A file or folder of the private PostgreSQL could not be made, read or locked.
    #[error("{} cannot be {action}: {source}. Choose a folder that you may write to with --data", path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: `created`, `read`, `locked`...
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another command has held the start lock for too long.
    #[error(
        "another diaban command has been starting or stopping the PostgreSQL of {} for {waited_s} seconds. \
         Wait for it to end, or end it, and try again", path.display()
    )]
    StartLocked {
        /// The data folder.
        path: PathBuf,
        /// How long was waited, in seconds.
        waited_s: u64,
    },
    /// The private PostgreSQL did not come up.
    #[error(
        "the private PostgreSQL could not be {action}: {reason}\nIts log is {}", log.display()
    )]
    NotStarted {
        /// `created` or `started`.
        action: &'static str,
        /// The last lines that it wrote.
        reason: String,
        /// Its log.
        log: PathBuf,
    },
    /// The address of the database makes no sense.
    #[error(
        "the database address is not understood: {reason}. Write it as postgres://user:password@host:5432/name"
    )]
    BadUrl {
        /// What is wrong.
        reason: String,
    },
    /// Nothing answers at the address.
    #[error(
        "the database at {target} cannot be reached: {reason}. Check that it runs and that the address is right"
    )]
    Unreachable {
        /// Host, port and name, without the password.
        target: String,
        /// What the system said.
        reason: String,
    },
    /// The server turned the user away.
    #[error(
        "the database at {target} refuses the user: {reason}. Check user and password in the address, \
         and pg_hba.conf on the server"
    )]
    AccessRefused {
        /// Host, port and name, without the password.
        target: String,
        /// What the server said.
        reason: String,
    },
    /// There is no database of that name.
    #[error(
        "there is no database `{database}` at {target}. Create it with\n  \
         createdb --encoding=UTF8 --template=template0 {database}"
    )]
    NoDatabase {
        /// Host, port and name, without the password.
        target: String,
        /// The name.
        database: String,
    },
    /// PostgreSQL is older than 15.
    #[error(
        "the server runs PostgreSQL {found}; 15 or newer is needed. Upgrade it, or name another with --database-url"
    )]
    PostgresTooOld {
        /// Its version.
        found: String,
    },
    /// Text is not stored as UTF-8.
    #[error(
        "the database `{database}` stores text as {encoding}; UTF8 is needed. Create one with\n  \
         createdb --encoding=UTF8 --template=template0 NAME"
    )]
    NotUtf8 {
        /// The database.
        database: String,
        /// Its encoding.
        encoding: String,
    },
    /// The server has no PostGIS files.
    #[error(
        "PostGIS is not installed on the database server. Install it there with\n  \
         apt-get install postgresql-{major}-postgis-3"
    )]
    NoPostgis {
        /// The server's major version.
        major: i32,
    },
    /// The extension is not in the database, and this user may not create it.
    #[error(
        "the database `{database}` lacks the extension PostGIS, and the user `{user}` may not create it. \
         Let a superuser run\n  psql -d {database} -c 'CREATE EXTENSION postgis'"
    )]
    PostgisNotCreated {
        /// The database.
        database: String,
        /// The user of the connection.
        user: String,
    },
    /// PostGIS is older than 3.3.
    #[error("the database has PostGIS {found}; 3.3 or newer is needed. {mend}")]
    PostgisTooOld {
        /// Its version.
        found: String,
        /// What to run.
        mend: String,
    },
    /// A right is missing.
    #[error(
        "the user `{user}` may not {action}. Let the owner or a superuser run\n  psql -d {database} -c '{statement}'"
    )]
    NoRight {
        /// The user of the connection.
        user: String,
        /// What was to be done.
        action: String,
        /// The database.
        database: String,
        /// The statement that gives the right.
        statement: String,
    },
    /// The database was prepared by a newer program.
    #[error(
        "the database was prepared by a newer diaban (its schema is at {found}, this program knows {known}). \
         Use the newer program or another database; `diaban serve --snapshots-only` serves the snapshots as they are"
    )]
    Newer {
        /// Schema version in the database.
        found: i32,
        /// The last one that this program knows.
        known: i32,
    },
    /// Layer definitions and tables disagree in a way that would lose data.
    #[error("{}", refusal_text(.0))]
    Destructive(Vec<Refusal>),
    /// A layer's definition, or the table or view that it points at, does not fit.
    #[error("layer `{layer}`: {reason}")]
    Layer {
        /// The layer.
        layer: String,
        /// What does not fit and what to do.
        reason: String,
    },
    /// Another session holds a lock.
    #[error("{what} is in use by another session. Wait until it is done, and try again")]
    Locked {
        /// What is locked.
        what: String,
    },
    /// Anything else that the database said.
    #[error("the database answered: {}", database_message(.0))]
    Query(#[from] tokio_postgres::Error),
    /// A migration failed.
    #[error("the schema of the database could not be brought up to date: {0}")]
    Migration(String),
    /// A defect in this program.
    #[error("{0}")]
    Internal(String),
}

/// A change of a layer's table that the program does not make by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The layer.
    pub layer: String,
    /// What differs, in words.
    pub difference: String,
    /// What would make the table fit; empty where there is no statement for it.
    pub statements: Vec<String>,
}

impl DatabaseError {
    pub(super) fn folder(path: &Path, action: &'static str, source: std::io::Error) -> Self {
        Self::Folder { path: path.to_path_buf(), action, source }
    }
}

/// What the server said in full (message, detail, hint), or the error of the connection.
pub fn database_message(error: &tokio_postgres::Error) -> String {
    let Some(db) = error.as_db_error() else {
        let cause = std::error::Error::source(error).map(|s| format!(": {s}")).unwrap_or_default();
        return format!("{error}{cause}");
    };
    let extra = [db.detail(), db.hint()];
    extra.into_iter().flatten().fold(db.message().to_owned(), |text, more| format!("{text}. {more}"))
}

fn refusal_text(refusals: &[Refusal]) -> String {
    let mut text = String::from(
        "tables in the database differ from the layer files, and bringing them in line could lose data, so \
         nothing was changed. Run what you agree with, or put the layer files back:",
    );
    for refusal in refusals {
        text.push_str(&format!("\n-- {}: {}", refusal.layer, refusal.difference));
        for statement in &refusal.statements {
            text.push_str(&format!("\n{statement}"));
        }
    }
    text
}
