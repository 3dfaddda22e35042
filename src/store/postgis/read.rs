//! PostGIS as a [`FeatureStore`]: runs what `sql` wrote and reads the rows.

use super::{
    Activity, Database,
    held_rows::{HeldRows, Room},
    pulse::Pulse,
    sessions::Session,
    sql,
};
use crate::{
    feature::{Bbox, FeatureRow, Shape, ValueRef},
    layer::{AggregateView, LayerView},
    query::{
        AsOf, FeatureQuery,
        aggregates::Unpublished,
        filter::Filter,
        statistics::{Statistics, StatisticsQuery},
    },
    store::{
        BoxedRows, FeatureRows, FeatureSink, FeatureStore, QualityRun, Readiness, Resources, RowSink,
        StoreError,
    },
};
use futures_util::{FutureExt, TryStreamExt, future::BoxFuture};
use std::{
    collections::BTreeMap,
    error::Error,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};
use time::OffsetDateTime;
use tokio::time::timeout;
use tokio_postgres::{
    NoTls, Row, RowStream,
    error::SqlState,
    types::{FromSql, Type},
};

/// A statement of which nobody wants more, such as that of a page, mostly has so few rows left, and ends so soon.
const ROWS_LEFT_MAX: usize = 64;
const END_WAIT: Duration = Duration::from_millis(20);
/// Before it is cancelled once more, where it may not have begun.
const CANCEL_AGAIN: Duration = Duration::from_millis(200);
/// Longest wait for the end of a statement that nobody waits for any more.
const ABANDON_WAIT: Duration = Duration::from_secs(2);

/// Answers from PostGIS.
#[derive(Clone)]
pub struct PostgisStore {
    database: Database,
    pulse: Arc<Pulse>,
    room: Room,
    /// Whether statements may take as long as they take.
    unhurried: bool,
}

impl PostgisStore {
    /// A store over a prepared database.
    pub fn new(database: Database) -> Self {
        Self {
            pulse: Arc::new(Pulse::new(database.clone())),
            database,
            room: Room::default(),
            unhurried: false,
        }
    }

    /// The same for a command that somebody waits for: its statements have no limit.
    pub fn unhurried(database: Database) -> Self {
        Self { unhurried: true, ..Self::new(database) }
    }

    /// Starts a statement; the rows come as they are asked for. Its span is over when they begin to.
    #[tracing::instrument(
        target = "diaban::trace",
        level = "trace",
        name = "postgresql.statement",
        skip_all,
        fields(otel.kind = "client", db.system.name = "postgresql")
    )]
    pub(super) async fn statement(&self, statement: sql::Statement) -> Result<Rows, StoreError> {
        let begun = Instant::now();
        let session = self.database.sessions().get().await?;
        if self.pulse.was_missed_since(begun) {
            return Err(StoreError::Unavailable("no sign of life".to_owned()));
        }
        let mut rows = Rows { stream: None, client: Some(session), pulse: self.pulse.clone() };
        let Some(client) = &rows.client else { return Ok(rows) };
        if self.unhurried {
            client.batch_execute("SET statement_timeout = 0").await.map_err(store_error)?;
        }
        let parameters =
            statement.parameters.iter().map(|p| p.as_ref() as &(dyn tokio_postgres::types::ToSql + Sync));
        let limited = async {
            match &client.limit {
                Some(limit) => client.batch_execute(limit).await,
                None => Ok(()),
            }
        };
        let stream = self.pulse.wait(async {
            let asked = async {
                let prepared = client.prepare_cached(&statement.text).await?;
                client.query_raw(&prepared, parameters).await
            };
            // The limit is on its way before the statement, and costs no wait of its own.
            tokio::try_join!(biased; limited, asked).map(|((), stream)| stream)
        });
        let stream = stream.await;
        rows.stream = Some(Box::pin(rows.held(stream)?));
        Ok(rows)
    }

    /// Holds all rows of a statement; `false` if they are too many.
    async fn hold(&self, statement: sql::Statement, held: &mut HeldRows) -> Result<bool, StoreError> {
        let mut rows = self.statement(statement).await?;
        while let Some(row) = rows.next().await? {
            if !held.take(&row).map_err(store_error)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn one_row(&self, statement: sql::Statement) -> Result<Option<Row>, StoreError> {
        let mut rows = self.statement(statement).await?;
        let row = rows.next().await?;
        while rows.next().await?.is_some() {}
        Ok(row)
    }
}

/// Rows under way, and the session that they come on.
pub(super) struct Rows {
    stream: Option<Pin<Box<RowStream>>>,
    /// `None` once the statement has ended: the session is back in the pool.
    client: Option<Session>,
    pulse: Arc<Pulse>,
}

impl Rows {
    pub async fn next(&mut self) -> Result<Option<Row>, StoreError> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        // Most rows are there already, and need no clock.
        let row = match stream.try_next().now_or_never() {
            Some(row) => row.map_err(store_error),
            None => self.pulse.wait(stream.try_next()).await,
        };
        let row = self.held(row)?;
        if row.is_none() {
            (self.stream, self.client) = (None, None);
        }
        Ok(row)
    }

    /// Lets go of the session where the statement has ended with an error. One of a database
    /// that is gone may still be under way.
    fn held<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(result, Err(StoreError::Internal(_) | StoreError::Timeout)) {
            (self.stream, self.client) = (None, None);
        }
        result
    }
}

/// Stops the statement in the database when nobody waits for it any more.
impl Drop for Rows {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        let stream = self.stream.take();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(abandon(client, stream));
        }
    }
}

/// Lets a statement end that is about to; cancels others. A cancel that comes too late hits whatever the
/// session does next, so the session goes back to the pool only if this one is seen to have hit, and is
/// closed otherwise. To open one takes longer than most statements.
async fn abandon(client: Session, mut stream: Option<Pin<Box<RowStream>>>) {
    if let Some(rows) = &mut stream
        && timeout(END_WAIT, ends(rows)).await == Ok(true)
    {
        return;
    }
    let token = client.cancel_token();
    let cancelled = async {
        let cancel = async || {
            if let Err(error) = token.cancel_query(NoTls).await {
                tracing::debug!(%error, "an abandoned statement could not be cancelled");
            }
        };
        cancel().await;
        let Some(mut stream) = stream else {
            // It may not have begun then: what is asked after it is answered once it has gone.
            while timeout(CANCEL_AGAIN, client.batch_execute("")).await.is_err() {
                cancel().await;
            }
            return false;
        };
        loop {
            match stream.try_next().await {
                Ok(Some(_)) => {}
                Ok(None) => return false,
                Err(error) => return error.code() == Some(&SqlState::QUERY_CANCELED),
            }
        }
    };
    if timeout(ABANDON_WAIT, cancelled).await != Ok(true) {
        client.close();
    }
}

/// Whether a statement ends within few rows.
async fn ends(rows: &mut Pin<Box<RowStream>>) -> bool {
    for _ in 0..ROWS_LEFT_MAX {
        match rows.try_next().await {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
    false
}

impl FeatureStore for PostgisStore {
    async fn ready(&self) -> Result<Readiness, StoreError> {
        let question = sql::Statement { text: "SELECT 1".to_owned(), parameters: Vec::new() };
        self.one_row(question).await.map(|_| Readiness::Database)
    }

    fn resources(&self) -> Resources {
        self.database.sessions().resources()
    }

    async fn rows(&self, view: &LayerView, query: &FeatureQuery) -> Result<BoxedRows, StoreError> {
        let rows = self.statement(sql::features(view, query)).await?;
        Ok(Box::new(RecordRows { rows, width: view.attributes().len(), shape: Shape::default() }))
    }

    async fn count(&self, view: &LayerView, query: &FeatureQuery) -> Result<u64, StoreError> {
        let row = self.one_row(sql::count(view, query)).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get(0)).map_err(store_error)?;
        Ok(count.unsigned_abs())
    }

    async fn statistics(&self, view: &LayerView, query: &StatisticsQuery) -> Result<Statistics, StoreError> {
        self.count_statistics(view, query).await
    }

    async fn aggregates(&self, view: &AggregateView, as_of: Option<AsOf>) -> Result<Unpublished, StoreError> {
        self.count_aggregates(view, as_of).await
    }

    async fn quality_runs(&self, view: &LayerView, limit: u32) -> Result<Vec<QualityRun>, StoreError> {
        self.kept_quality_runs(view, limit).await
    }

    async fn quality_before(
        &self,
        view: &LayerView,
        moment: OffsetDateTime,
    ) -> Result<Option<QualityRun>, StoreError> {
        self.kept_quality_before(view, moment).await
    }

    async fn activity(
        &self,
        views: &[LayerView],
        span: [OffsetDateTime; 2],
    ) -> Result<BTreeMap<String, Activity>, StoreError> {
        self.kept_activity(views, span).await
    }

    async fn quality_findings(&self, view: &LayerView) -> Result<Vec<serde_json::Value>, StoreError> {
        self.kept_quality_findings(view).await
    }

    async fn extent(&self, view: &LayerView) -> Result<Option<Bbox>, StoreError> {
        let Some(row) = self.one_row(sql::extent(view)).await? else { return Ok(None) };
        let mut edges = [0.0; 4];
        for (i, edge) in edges.iter_mut().enumerate() {
            match row.try_get::<_, Option<f64>>(i).map_err(store_error)? {
                Some(value) if value.is_finite() => *edge = value,
                _ => return Ok(None),
            }
        }
        let [west, south, east, north] = edges;
        Ok(Some(Bbox::new(west, south, east, north)))
    }

    async fn scan(
        &self,
        view: &LayerView,
        area: Bbox,
        _zoom: u8,
        filter: Option<&Filter>,
        sink: &mut FeatureSink<'_>,
    ) -> Result<(), StoreError> {
        let mut held = self.room.take();
        let (statement, projection) = sql::scan(view, area, filter);
        if self.hold(statement, &mut held).await? {
            held.hand_on(projection, sink)?;
            self.room.give_back(held);
            return Ok(());
        }
        // The database's sort takes longer, and any number of rows.
        let (statement, projection) = sql::scan_in_order(view, area, filter);
        let mut rows = self.statement(statement).await?;
        while let Some(row) = rows.next().await? {
            held.clear();
            held.take(&row).map_err(store_error)?;
            held.hand_on(projection, sink)?;
        }
        Ok(())
    }
}

/// The most attributes that a layer can have; the reader of layer files holds it too.
const MAX_ATTRIBUTES: usize = 64;

/// The bytes of a column as PostgreSQL sends them; for a geometry that is EWKB.
pub(super) struct Raw<'a>(pub &'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A column in one of the types that a tile's statement asks for.
pub(super) struct TileValue<'a>(pub ValueRef<'a>);

impl<'a> FromSql<'a> for TileValue<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(match *kind {
            Type::INT8 => ValueRef::Int(i64::from_sql(kind, raw)?),
            Type::FLOAT8 => Some(f64::from_sql(kind, raw)?)
                .filter(|v| v.is_finite())
                .map_or(ValueRef::Null, ValueRef::Number),
            Type::BOOL => ValueRef::Bool(bool::from_sql(kind, raw)?),
            _ => ValueRef::Text(<&str>::from_sql(kind, raw)?),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(ValueRef::Null))
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::FLOAT8 | Type::BOOL) || <&str as FromSql>::accepts(kind)
    }
}

/// Features under way out of the database.
struct RecordRows {
    rows: Rows,
    width: usize,
    shape: Shape,
}

impl FeatureRows for RecordRows {
    fn matched(&self) -> Option<u64> {
        None
    }

    fn next<'a>(&'a mut self, take: &'a mut RowSink<'_>) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            loop {
                let Some(row) = self.rows.next().await? else { return Ok(false) };
                let wkb = row.try_get::<_, Option<Raw<'_>>>(1).map_err(store_error)?;
                if let Some(Raw(wkb)) = wkb {
                    self.shape.read_wkb(wkb).map_err(StoreError::Internal)?;
                }
                // An empty geometry is none: a snapshot knows no difference.
                let shape = wkb.map(|_| &self.shape).filter(|shape| !shape.is_empty());
                let values = values_of(&row, self.width)?;
                let id = row.try_get(0).map_err(store_error)?;
                let values = &values[..self.width.min(MAX_ATTRIBUTES)];
                if take(&FeatureRow { id, shape, values }).is_break() {
                    return Ok(true);
                }
            }
        })
    }
}

/// The values of a row, which stand behind id and geometry.
pub(super) fn values_of(row: &Row, width: usize) -> Result<[ValueRef<'_>; MAX_ATTRIBUTES], StoreError> {
    let mut values = [ValueRef::Null; MAX_ATTRIBUTES];
    for (i, value) in values.iter_mut().enumerate().take(width) {
        *value = row.try_get::<_, TileValue<'_>>(i + 2).map_err(store_error)?.0;
    }
    Ok(values)
}

/// Which of the store's errors a database error is.
pub(super) fn store_error(error: tokio_postgres::Error) -> StoreError {
    match error.code() {
        Some(&SqlState::QUERY_CANCELED) => StoreError::Timeout,
        Some(
            &SqlState::ADMIN_SHUTDOWN
            | &SqlState::CRASH_SHUTDOWN
            | &SqlState::CANNOT_CONNECT_NOW
            | &SqlState::TOO_MANY_CONNECTIONS,
        ) => StoreError::Unavailable(error.to_string()),
        None if error.is_closed() || caused_by_io(&error) => StoreError::Unavailable(full_text(&error)),
        _ => StoreError::Internal(full_text(&error)),
    }
}

fn caused_by_io(error: &dyn Error) -> bool {
    error.source().is_some_and(|cause| cause.is::<std::io::Error>() || caused_by_io(cause))
}

/// An error with its causes; tokio-postgres says only "db error" of itself.
fn full_text(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
