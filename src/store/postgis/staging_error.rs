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
    /// a last word, whatever that is, nobody knows.
    pub(super) fn of_commit(error: tokio_postgres::Error) -> Self {
        let refused = error.as_db_error().map(|db| db.parsed_severity() == Some(Severity::Error));
        match refused {
            Some(true) => error.into(),
            _ => Self::Unsettled(said(&error)),
        }
    }
}

impl From<tokio_postgres::Error> for StagingError {
    fn from(error: tokio_postgres::Error) -> Self {
        let text = said(&error);
        let Some(db) = error.as_db_error() else { return Self::Unavailable(text) };
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

/// What the database says of it, or else what its client does.
fn said(error: &tokio_postgres::Error) -> String {
    let Some(db) = error.as_db_error() else { return error.to_string() };
    let detail = db.detail().map(|d| format!(" ({d})")).unwrap_or_default();
    format!("{}{detail}", db.message())
}

fn holder(by: &Option<String>, since: &Option<OffsetDateTime>) -> String {
    let by = by.as_ref().map(|by| format!(", run by {by}")).unwrap_or_default();
    let since = since.map(|at| format!(", since {}", super::run_record::in_vietnam(at))).unwrap_or_default();
    by + &since
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_postgres::{Config, NoTls};

    #[test]
    fn of_a_commit_without_an_answer_nobody_says_that_nothing_has_changed() {
        let silence = tokio_postgres::Error::__private_api_timeout;
        let said = StagingError::of_commit(silence());
        assert!(matches!(said, StagingError::Unsettled(_)), "{said:?}");
        assert!(!said.to_string().contains("nothing has changed"), "{said}");
        assert!(matches!(silence().into(), StagingError::Unavailable(_)));
    }

    /// What a server answers to COMMIT.
    async fn of_server(severity: &str, code: &str) -> StagingError {
        let (ours, mut server) = tokio::io::duplex(1 << 10);
        let answer = format!("S{severity}\0V{severity}\0C{code}\0Mcould not fsync\0\0");
        tokio::spawn(async move {
            let mut asked = [0; 1 << 10];
            assert!(server.read(&mut asked).await.unwrap() > 0);
            // Let in, and ready.
            server.write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I").await.unwrap();
            assert!(server.read(&mut asked).await.unwrap() > 0);
            let length = (answer.len() as u32 + 4).to_be_bytes();
            let said = [b"E", &length[..], answer.as_bytes(), b"Z\0\0\0\x05I"].concat();
            server.write_all(&said).await.unwrap();
        });
        let (client, connection) = Config::new().user("an").connect_raw(ours, NoTls).await.unwrap();
        tokio::spawn(connection);
        StagingError::of_commit(client.batch_execute("COMMIT").await.unwrap_err())
    }

    #[tokio::test]
    async fn a_last_word_of_a_server_that_ends_is_no_refusal_whatever_it_is() {
        for (severity, code) in
            [("FATAL", "57P01"), ("PANIC", "58030"), ("FATAL", "XX000"), ("FATAL", "40001")]
        {
            let said = of_server(severity, code).await;
            assert!(matches!(said, StagingError::Unsettled(_)), "{severity} {code}: {said:?}");
            assert!(said.to_string().contains("could not fsync"), "{said}");
        }
        for code in ["23505", "40001", "XX000", "53100"] {
            let said = of_server("ERROR", code).await;
            assert!(!matches!(said, StagingError::Unsettled(_)), "{code}: {said:?}");
        }
    }
}
