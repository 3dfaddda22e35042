//! Sessions for questions. Dear work never has all of them: statements that may take long have a pool of their own,
//! and of the other some are kept for tiles, some for documents, and some for what is needed.
//!
//! Must not know what is asked.

use super::{connection, error::DatabaseError};
use crate::store::{Effort, Resources, StoreError};
use deadpool_postgres::{Object, Pool};
use std::{ops::Deref, sync::Arc};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};
use tokio_postgres::Config;

/// Statements that one session keeps prepared. Each filter of another form, and each moment of the past, is one more;
/// the database keeps a plan for each.
const STATEMENTS_MAX: usize = 200;

/// All of them.
pub(super) struct Sessions {
    short: Pool,
    long: Pool,
    documents: Arc<Semaphore>,
    tiles: Arc<Semaphore>,
    questions: Arc<Semaphore>,
    dear: Arc<Semaphore>,
    whole: Arc<Semaphore>,
}

/// One, and the places that it takes; they are free again when it goes.
pub(super) struct Session {
    client: Object,
    /// What has to be said before a statement, so that it takes no longer than it may.
    pub limit: Option<String>,
    _turns: [Option<OwnedSemaphorePermit>; 2],
}

impl Deref for Session {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.client
    }
}

impl Session {
    /// Closes it.
    pub fn close(self) {
        drop(Object::take(self.client));
    }
}

impl Sessions {
    /// Of a database; opens none yet.
    pub fn new(config: &Config) -> Result<Self, DatabaseError> {
        let places = |effort: Effort| Arc::new(Semaphore::new(effort.sessions()));
        Ok(Self {
            short: connection::pool(config, Effort::Needed.sessions())?,
            long: connection::pool(config, Effort::Dear.sessions())?,
            documents: places(Effort::Document),
            tiles: places(Effort::Tile),
            questions: places(Effort::Question),
            dear: places(Effort::Dear),
            whole: places(Effort::Whole),
        })
    }

    /// Those for short statements.
    pub const fn short(&self) -> &Pool {
        &self.short
    }

    /// How many there are, of both pools.
    pub fn resources(&self) -> Resources {
        [&self.short, &self.long].into_iter().fold(Resources::default(), |sum, pool| {
            let status = pool.status();
            Resources {
                in_use: sum.in_use + status.size.saturating_sub(status.available),
                idle: sum.idle + status.available,
                most: sum.most + status.max_size,
                waiting: sum.waiting + status.waiting,
                ..sum
            }
        })
    }

    /// Ends them.
    pub fn close(&self) {
        self.short.close();
        self.long.close();
    }

    /// One for a statement of the effort of the work under way.
    pub async fn get(&self) -> Result<Session, StoreError> {
        let until = Instant::now() + Effort::SESSION_WAIT;
        let effort = Effort::current();
        let turn =
            async |places: &Arc<Semaphore>| match timeout_at(until, places.clone().acquire_owned()).await {
                Ok(turn) => turn.map(Some).map_err(|error| StoreError::Internal(error.to_string())),
                Err(_) => Err(StoreError::Busy),
            };
        // The dearer first: whoever waits for it keeps nobody from what is cheaper.
        let turns = match effort {
            Effort::Needed => [None, None],
            Effort::Document => [turn(&self.documents).await?, None],
            Effort::Tile => [turn(&self.tiles).await?, None],
            Effort::Question => [turn(&self.questions).await?, turn(&self.tiles).await?],
            Effort::Dear => [turn(&self.dear).await?, None],
            Effort::Whole => [turn(&self.whole).await?, turn(&self.dear).await?],
        };
        let is_long = effort >= Effort::Dear;
        let pool = if is_long { &self.long } else { &self.short };
        let client = timeout_at(until, pool.get()).await;
        let client = client.map_err(|_| StoreError::Unavailable("no session in time".to_owned()))?;
        let client = client.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        if client.statement_cache.size() >= STATEMENTS_MAX {
            client.statement_cache.clear();
        }
        let limit =
            is_long.then(|| format!("SET statement_timeout = {}", effort.statement_time().as_millis()));
        Ok(Session { client, limit, _turns: turns })
    }
}
