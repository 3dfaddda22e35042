//! One import or undo per layer at a time.
//!
//! The lock is PostgreSQL's own and belongs to the transaction, so it is gone with it, however
//! the program ends. Must not know what is done under it.

use super::StagingError;
use time::OffsetDateTime;
use tokio_postgres::{Transaction, error::SqlState};

/// How long one waits for another to let go: one that was just refused or stopped does so a
/// moment later.
const WAIT: &str = "2s";
/// What sessions that work on a layer call themselves, before who runs them.
const NAME: &str = "diaban: ";
/// The holder of a layer: the name of its session, its database user, and since when.
const HOLDER: &str = "SELECT a.application_name, a.usename::text, a.xact_start FROM pg_locks l \
    JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended($1, 0) LIMIT 1";

/// Takes a layer for a transaction that may take as long as it takes. `by` is shown to whoever
/// wants it meanwhile; the database's user is where it is not given.
///
/// # Errors
/// [`StagingError::Busy`] with the holder, where it is not free within 2 s.
pub(super) async fn hold(
    transaction: &mut Transaction<'_>,
    layer: &str,
    by: Option<&str>,
) -> Result<(), StagingError> {
    transaction.batch_execute("SET LOCAL statement_timeout = 0").await?;
    // A server that finds its client gone stops what it does for it; some cannot look.
    let attempt = transaction.savepoint("watch").await?;
    match attempt.batch_execute("SET LOCAL client_connection_check_interval = '1s'").await {
        Ok(()) => attempt.commit().await?,
        Err(_) => attempt.rollback().await?,
    }
    if let Some(by) = by {
        let name = format!("{NAME}{by}");
        transaction.execute("SELECT set_config('application_name', $1, true)", &[&name]).await?;
    }
    let lock = format!("diaban.import.{layer}");
    let attempt = transaction.savepoint("hold").await?;
    attempt.batch_execute(&format!("SET LOCAL lock_timeout = '{WAIT}'")).await?;
    let taken = attempt.query_one("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", &[&lock]).await;
    match taken {
        Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
            attempt.rollback().await?;
            Err(busy(transaction, layer, &lock).await?)
        }
        outcome => {
            outcome?;
            attempt.commit().await?;
            Ok(transaction.batch_execute("SET LOCAL lock_timeout = 0").await?)
        }
    }
}

async fn busy(
    transaction: &Transaction<'_>,
    layer: &str,
    lock: &str,
) -> Result<StagingError, tokio_postgres::Error> {
    let holder = transaction.query_opt(HOLDER, &[&lock]).await?;
    let (by, since) = match holder {
        None => (None, None),
        Some(row) => {
            let (session, user): (Option<String>, Option<String>) = (row.get(0), row.get(1));
            let named = session.as_deref().and_then(|name| name.strip_prefix(NAME)).map(str::to_owned);
            (named.or(user), row.get::<_, Option<OffsetDateTime>>(2))
        }
    };
    Ok(StagingError::Busy { layer: layer.to_owned(), by, since })
}
