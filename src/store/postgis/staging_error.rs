//! What goes wrong between a file and its layer, told by whether the rows, the moment or the program is at fault.
//!
//! Must not know which statement ran.

use time::OffsetDateTime;
use tokio_postgres::error::{Severity, SqlState};

/// What goes wrong between a file and its layer.
#[derive(Debug, thiserror::Error)]
pub enum StagingError {
    /// Another import or undo has the layer.
    #[error("another import or undo has layer `{layer}`{}; repeat when it has ended", holder(by, since))]
    Busy {
        /// The layer.
        layer: String,
        /// Who runs it, where that can be seen.
        by: Option<String>,
        /// Since when.
        since: Option<OffsetDateTime>,
    },
    /// The layer's table lacks a column.
    #[error("the table gis.{table} has no column `{column}`; start the server once, so that it adds it")]
    NoColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The database refuses a value.
    #[error("the database refuses the rows: {0}")]
    Refused(String),
    /// Others changed the layer between the question whether to delete and the deletion.
    #[error("layer `{0}` was changed meanwhile, and more of it would be deleted than was said; repeat")]
    Overtaken(String),
    /// Others changed the layer after it was known which rows it holds; all of them have to be compared.
    #[error("layer `{0}` was changed meanwhile; repeat")]
    Outdated(String),
    /// The database cannot be reached, or went away.
    #[error("the database is not available: {0}; nothing has changed")]
    Unavailable(String),
    /// The database ended it in favour of others, or because it took too long.
    #[error("the database gave way to others: {0}; nothing has changed; repeat")]
    Contended(String),
    /// The connection went while what was done was to be kept: it may be, or not.
    #[error(
        "the connection to the database was lost while it was told to keep what was done: {0}; it is not known whether \
         it was kept: look at the history of the layer (`diaban history LAYER`) before you repeat"
    )]
    Unsettled(String),
    /// A defect.
    #[error("the database reports: {0}; nothing has changed")]
    Database(String),
}

impl StagingError {
    /// What a COMMIT failed of. Where the database refuses it nothing was kept; where it says nothing, or goes away with
    /// a last word, nobody knows.
    pub(super) fn of_commit(error: tokio_postgres::Error) -> Self {
        let is_refused = error.as_db_error().is_some_and(|db| db.parsed_severity() == Some(Severity::Error));
        match Self::from(error) {
            Self::Unavailable(reason) if !is_refused => Self::Unsettled(reason),
            refused => refused,
        }
    }
}

impl From<tokio_postgres::Error> for StagingError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(db) = error.as_db_error() else {
            return Self::Unavailable(error.to_string());
        };
        let detail = db.detail().map(|d| format!(" ({d})")).unwrap_or_default();
        let text = format!("{}{detail}", db.message());
        match db.code() {
            &SqlState::READ_ONLY_SQL_TRANSACTION => Self::Unavailable(text),
            &SqlState::QUERY_CANCELED | &SqlState::LOCK_NOT_AVAILABLE => Self::Contended(text),
            code => match code.code().get(..2) {
                Some("22" | "23" | "54") => Self::Refused(text),
                Some("40") => Self::Contended(text),
                // Of 57 what is left is that it stops, or has not begun.
                Some("08" | "53" | "57") => Self::Unavailable(text),
                _ => Self::Database(text),
            },
        }
    }
}

fn holder(by: &Option<String>, since: &Option<OffsetDateTime>) -> String {
    let by = by.as_ref().map(|by| format!(", run by {by}")).unwrap_or_default();
    let since = since.map(|at| format!(", since {}", super::run_record::in_vietnam(at))).unwrap_or_default();
    by + &since
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_commit_without_an_answer_nobody_says_that_nothing_has_changed() {
        let silence = tokio_postgres::Error::__private_api_timeout;
        let said = StagingError::of_commit(silence());
        assert!(matches!(said, StagingError::Unsettled(_)), "{said:?}");
        assert!(!said.to_string().contains("nothing has changed"), "{said}");
        assert!(matches!(silence().into(), StagingError::Unavailable(_)));
    }
}
