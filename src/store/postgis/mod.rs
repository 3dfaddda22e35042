//! PostGIS: the record. The only place with SQL.
//!
//! Layer tables stand in the schema `gis`, one per layer, named by its id: `id` (bigint, given
//! once), `geom` (EPSG:4326, GiST), then a column per attribute. What the program keeps for
//! itself stands in the schema `diaban`.

/// Counts and sums by commune of all rows.
mod aggregates;
/// Keys of agencies.
mod api_keys;
/// All of it in one file, and back.
pub mod backup;
/// Triggers that note each change of a row.
mod change_log;
/// Changes of layers since a moment.
mod changes;
/// Address, pool, and whether what answers is good enough.
mod connection;
/// Whether PostGIS agrees with the oracle of coordinates.
mod coordinate_test;
/// One feature changed.
mod edit;
/// What can go wrong, each with what mends it.
pub mod error;
/// Tables and views that this program did not make.
mod existing_table;
/// All rows of a layer, for a snapshot.
mod export;
/// Many rows into an empty layer.
mod first_load;
/// What happened in a stretch of time.
mod half_year;
/// The rows of a tile's scan, in order.
mod held_rows;
/// What has happened to a layer.
mod history;
/// Rows that a layer holds already.
mod known_rows;
/// Values that an attribute has.
mod known_texts;
/// One import or undo per layer at a time.
mod layer_lock;
/// The database as it is, for whoever only looks.
pub mod look;
/// Staged rows into their layer.
mod merge;
/// The schema `diaban`, version by version.
mod migration;
/// Moments of databases.
mod moment;
/// Staged rows and the features beside them.
mod neighbours;
/// Layers as they were.
mod past;
/// A PostgreSQL of the program's own.
pub mod private_server;
/// Whether the database lives while a statement keeps one waiting.
mod pulse;
/// The runs of `diaban check`.
mod quality_run;
/// PostGIS as a `FeatureStore`.
mod read;
/// Rows on their way to the database.
mod row_encoder;
mod row_keys;
/// The record of import runs.
mod run_record;
/// What a feature holds once a row is written over it.
mod same_content;
/// Sessions for questions.
mod sessions;
/// Rows of a file without those that the layer holds.
mod sifted_rows;
/// How long a database may say nothing.
mod silence;
/// Where a view's rows are.
mod source;
/// A view and a question to SQL.
mod sql;
mod sql_constant;
mod sql_filter;
mod sql_order;
/// Rows encoded for COPY.
mod staged_rows;
/// Rows on their way into a layer.
mod staging;
mod staging_error;
/// Sums of an area.
mod statistics;
/// Rows encoded for the layer's own table.
mod straight_rows;
/// Tables from layer definitions.
mod table;
/// Whether a table's rows are others, though no statement changed one.
mod table_form;
/// A run taken back.
mod undo;

pub use changes::{ChangeReader, Followed, Reading, RowChange};
pub use coordinate_test::coordinate_self_test;
pub use edit::{RowEdit, feature_before};
pub use error::{DatabaseError, Refusal};
pub use export::{Exported, GarbledRows, RowReader};
pub use half_year::Activity;
pub use history::{History, OtherChanges, RunTold};
pub use merge::{Merged, Mode, Planned, Scope};
pub use moment::{Moment, Origin};
pub use neighbours::Neighbours;
pub use quality_run::NewQualityRun;
pub use read::PostgisStore;
pub use row_encoder::{BesideRows, RowEncoder, TakenRow};
pub use run_record::{ImportRecord, in_vietnam};
pub use staged_rows::StagedValue;
pub use staging::{DuplicateKey, Expected, Staging, StagingSession, Unfit, UnfitRow, staging_session};
pub use staging_error::StagingError;
pub use table::TableDifferences;
pub use table_form::{Noting, TableForm};
pub use undo::{Conflict, UndoError, Undone};

use crate::layer::{Catalog, LayerView};
use deadpool_postgres::Pool;
use private_server::{PrivateServer, installation::SearchPlaces};
use sessions::Sessions;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};
use tokio::task::{AbortHandle, spawn_blocking};
use tokio_postgres::{Client, Config, error::SqlState};

/// How often a private server is looked after.
const LOOK_AFTER_EVERY: Duration = Duration::from_secs(1);
/// Name of the database in a private server.
const PRIVATE_DATABASE: &str = "diaban";

/// Which database.
#[derive(Debug, Clone)]
pub enum DatabaseTarget {
    /// One that runs, by its address in either of PostgreSQL's forms.
    Url(String),
    /// A private one in this folder, made and started where needed.
    Private(PathBuf),
}

impl DatabaseTarget {
    /// Whether there is anything to be opened that this program would not have to make first; of one elsewhere that is
    /// known only when it is asked.
    pub fn is_made(&self) -> bool {
        match self {
            Self::Url(_) => true,
            Self::Private(data) => data.join("postgres").exists(),
        }
    }
}

/// A database that has been found good enough, and sessions to it. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
    /// How long a statement of a session outside the pool may take; as long as it takes where nothing is said.
    statement_time: Option<Duration>,
}

struct Inner {
    config: Config,
    sessions: Sessions,
    private: Mutex<Option<Arc<PrivateServer>>>,
    keeper: Option<AbortHandle>,
}

impl Database {
    /// Connects, or starts the private server and connects; then checks PostgreSQL's version,
    /// the encoding and PostGIS, which is created where it may be.
    pub async fn open(target: &DatabaseTarget) -> Result<Self, DatabaseError> {
        match target {
            DatabaseTarget::Url(url) => Self::over(connection::config_from_url(url)?, None).await,
            DatabaseTarget::Private(data) => {
                let data = data.clone();
                let server = blocking(move || PrivateServer::open(&data, &SearchPlaces::default())).await??;
                let config = connection::config_for_socket(server.socket_folder(), PRIVATE_DATABASE);
                create_private_database(&server).await?;
                Self::over(config, Some(Arc::new(server))).await
            }
        }
    }

    async fn over(config: Config, private: Option<Arc<PrivateServer>>) -> Result<Self, DatabaseError> {
        let config = connection::checked(config).await?;
        let sessions = Sessions::new(&config)?;
        let keeper = private.as_ref().map(|server| keep_running(Arc::downgrade(server)));
        let inner = Arc::new(Inner { config, sessions, private: Mutex::new(private), keeper });
        Ok(Self { inner, statement_time: None })
    }

    /// Brings the schema `diaban`, `spatial_ref_sys` and the layers' tables up to date, all under
    /// one lock, so that two programs at once do it one after the other. Does nothing, and needs
    /// no right to, where all is as it should be.
    ///
    /// Returns what was done, a line each. Refuses, having changed no table, if a table differs
    /// from its layer in a way that could lose data.
    pub async fn prepare(&self, catalog: &Catalog) -> Result<Vec<String>, DatabaseError> {
        let mut client = self.session().await?;
        client.batch_execute("SET lock_timeout = '60s'").await?;
        client
            .execute("SELECT pg_advisory_lock($1)", &[&connection::PREPARE_LOCK])
            .await
            .map_err(|error| locked(error, "the preparation of the database"))?;
        client.batch_execute("SET lock_timeout = '10s'").await?;
        let mut done = migration::migrate(&mut client).await?;
        let systems: Vec<(i32, String)> = crate::crs::vn2000_rows().collect();
        done.extend(migration::insert_missing_systems(&client, &systems).await?);
        done.extend(table::prepare_tables(&mut client, catalog).await?);
        Ok(done)
    }

    /// Puts back what notes changes of a layer's own table, where it is gone or off. Returns what
    /// was done, a line each; an error, with what to run, where the user may not.
    pub async fn put_triggers_back(&self, view: &LayerView) -> Result<Vec<String>, DatabaseError> {
        if view.layer().table.is_some() {
            return Ok(Vec::new());
        }
        table::put_triggers_back(&mut self.session().await?, view.layer()).await
    }

    /// The sessions for short statements: at most 16, of at most 10 s, errors within 2 s when the
    /// database is gone, and none needs anything when it is back.
    pub fn pool(&self) -> &Pool {
        self.inner.sessions.short()
    }

    fn sessions(&self) -> &Sessions {
        &self.inner.sessions
    }

    /// A session outside the pool, without a limit to its statements but that of [`Self::hurried`]: for long work and
    /// for LISTEN.
    pub async fn session(&self) -> Result<Client, DatabaseError> {
        match self.statement_time {
            None => connection::connect(&self.inner.config).await,
            Some(time) => {
                connection::connect(&connection::with_statement_time(&self.inner.config, time)).await
            }
        }
    }

    /// The same database for somebody of whom an answer is waited for: no statement of a session outside the pool takes
    /// longer than this.
    pub fn hurried(&self, statement_time: Duration) -> Self {
        Self { statement_time: Some(statement_time), ..self.clone() }
    }

    /// Ends the sessions of all clones, and stops the private server if nobody else uses it.
    pub async fn close(self) {
        self.inner.sessions.close();
        let private = self.inner.private.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(server) = private {
            let left = blocking(move || server.leave()).await;
            if let Err(error) = left {
                tracing::warn!(%error, "the private PostgreSQL was left running");
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(keeper) = &self.keeper {
            keeper.abort();
        }
        // The keeper may be at work still and hold the server: it is left, not only let go.
        if let Some(server) = self.private.lock().unwrap_or_else(PoisonError::into_inner).take() {
            server.leave();
        }
    }
}

/// Starts a private server again when it has died, for as long as somebody here uses it.
fn keep_running(server: Weak<PrivateServer>) -> AbortHandle {
    let keeper = tokio::spawn(async move {
        loop {
            tokio::time::sleep(LOOK_AFTER_EVERY).await;
            let Some(server) = server.upgrade() else { return };
            match blocking(move || server.ensure_running()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) | Err(error) => tracing::error!(%error, "the private PostgreSQL is down"),
            }
        }
    });
    keeper.abort_handle()
}

async fn create_private_database(server: &PrivateServer) -> Result<(), DatabaseError> {
    let config = connection::config_for_socket(server.socket_folder(), "postgres");
    let client = connection::connect(&config).await?;
    let found =
        client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&PRIVATE_DATABASE]).await?;
    if found.is_some() {
        return Ok(());
    }
    match client.batch_execute("CREATE DATABASE diaban").await {
        // Another command was quicker.
        Err(error)
            if matches!(error.code(), Some(&SqlState::DUPLICATE_DATABASE | &SqlState::UNIQUE_VIOLATION)) =>
        {
            Ok(())
        }
        other => Ok(other?),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, DatabaseError> {
    spawn_blocking(work).await.map_err(|error| DatabaseError::Internal(error.to_string()))
}

fn locked(error: tokio_postgres::Error, what: &str) -> DatabaseError {
    match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE) => DatabaseError::Locked { what: what.to_owned() },
        _ => error.into(),
    }
}
