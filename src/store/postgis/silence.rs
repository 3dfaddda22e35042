//! For how long a database may say nothing while all rows of a layer come out of it.
//!
//! A session whose server has gone without a word waits for ever; and so does one whose network hands its address to
//! another machine, though that one answers whoever asks anew.

use super::{Database, DatabaseError, connection};
use std::{
    future::Future,
    pin::pin,
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// After so long without a word it is asked whether it lives.
const SILENCE: Duration = Duration::from_secs(3);
/// How often it may be asked in vain, one time after the other.
const MISSES_MAX: u32 = 4;
/// Longest silence of one that lives: a view may have to be worked out before its first row.
const SILENCE_MAX: Duration = Duration::from_secs(600);

/// Waits for the next word of a statement.
pub(super) async fn heard<T, E: Into<DatabaseError>>(
    database: &Database,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, DatabaseError> {
    let (mut work, started, mut misses) = (pin!(work), Instant::now(), 0);
    loop {
        if let Ok(result) = timeout(SILENCE, &mut work).await {
            return result.map_err(Into::into);
        }
        // A session of its own, which is closed at once. A refusal is a sign of life, too.
        misses = match database.session().await {
            Ok(_) | Err(DatabaseError::AccessRefused { .. }) => 0,
            Err(_) => misses + 1,
        };
        if misses >= MISSES_MAX || started.elapsed() > SILENCE_MAX {
            let target = connection::target_of(&database.inner.config);
            let reason = format!("it has said nothing for {} s", started.elapsed().as_secs());
            return Err(DatabaseError::Unreachable { target, reason });
        }
    }
}
