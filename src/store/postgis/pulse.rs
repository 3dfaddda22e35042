//! Whether the database still lives while a statement keeps one waiting.
//!
//! A server that was killed closes its sessions, which is seen at once. One that was stopped, or
//! a network that swallows what it is given, says nothing: then the statement's own limit would
//! be the first to end the wait, and that is far beyond the 2 s in which a dead database must
//! become an error.

use super::{Database, read::store_error};
use crate::store::StoreError;
use std::{
    future::Future,
    pin::pin,
    sync::PoisonError,
    time::{Duration, Instant},
};
use tokio::{sync::Mutex, time::timeout};

/// How long a statement may be silent before the database is asked whether it lives.
const SILENCE: Duration = Duration::from_millis(700);
/// How long it may take to answer that.
const ANSWER: Duration = Duration::from_millis(600);

/// Asks the database, once for all who wait.
pub struct Pulse {
    database: Database,
    /// When it was last seen to live.
    seen: Mutex<Option<Instant>>,
    /// When it was last looked for in vain.
    missed: std::sync::Mutex<Option<Instant>>,
}

impl Pulse {
    /// Of a database that has not been asked yet.
    pub const fn new(database: Database) -> Self {
        Self { database, seen: Mutex::const_new(None), missed: std::sync::Mutex::new(None) }
    }

    /// Whether it was looked for in vain since a moment: who has waited from then on for a session need not wait for
    /// an answer, too.
    pub fn was_missed_since(&self, moment: Instant) -> bool {
        self.missed.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|missed| missed > moment)
    }

    /// Waits for `work` for as long as the database lives.
    pub async fn wait<T>(
        &self,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, StoreError> {
        let mut work = pin!(work);
        loop {
            match timeout(SILENCE, &mut work).await {
                Ok(result) => return result.map_err(store_error),
                Err(_) => self.feel().await?,
            }
        }
    }

    async fn feel(&self) -> Result<(), StoreError> {
        let mut seen = self.seen.lock().await;
        if seen.is_some_and(|moment| moment.elapsed() < SILENCE) {
            return Ok(());
        }
        // A session of its own: those of the pool may be the very ones that hang.
        let felt = match timeout(ANSWER, self.database.session()).await {
            // A refusal is a sign of life, too; whoever waits will hear of it.
            Ok(Ok(_)) | Ok(Err(super::DatabaseError::AccessRefused { .. })) => {
                *seen = Some(Instant::now());
                Ok(())
            }
            Ok(Err(error)) => Err(StoreError::Unavailable(error.to_string())),
            Err(_) => Err(StoreError::Unavailable("no sign of life".to_owned())),
        };
        if felt.is_err() {
            *self.missed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        felt
    }
}
