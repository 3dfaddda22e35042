//! What has changed in layers since a moment, from the change log (`schema/V2__change_log.sql`).
//!
//! Read by visibility: a change counts if its transaction was not visible at the moment that the
//! reader stands for. Numbers are given out before commit and prove nothing.

use super::{
    Database, DatabaseError, connection, migration,
    moment::{Moment, Origin, not_been_at, place_of},
    read::{Raw, TileValue},
    sql,
    table_form::{self, TableForm},
};
use crate::{
    feature::{FeatureId, FeatureRef, GeometryRef, ValueRef},
    layer::LayerView,
    tile::Projection,
};
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_postgres::{AsyncMessage, Client, Transaction, error::SqlState};

/// The channel that the change log's triggers notify.
const CHANNEL: &str = "diaban_change";

/// How long a layer's table is waited for that others hold.
const LOCK_WAIT: &str = "200ms";

/// A session that hears of changes and reads them.
pub struct ChangeReader {
    client: Client,
    heard: UnboundedReceiver<()>,
}

/// What has become of a row.
#[derive(Debug)]
pub enum RowChange<'a> {
    /// It is gone.
    Gone(FeatureId),
    /// It is now so; values, and class where rules give it, as in an export.
    Now(Projection, &'a FeatureRef<'a>),
}

/// A layer that is followed, from a moment on.
#[derive(Debug, Clone)]
pub struct Followed {
    /// All of it.
    pub view: LayerView,
    /// The moment.
    pub since: Moment,
    /// How the table stood then, where that is known.
    pub table: Option<TableForm>,
    /// More changed rows than these are not read one by one.
    pub most: i64,
}

/// What a reading found.
#[derive(Debug, Default)]
pub struct Reading {
    /// The moment that it stands for.
    pub moment: Moment,
    /// Places in the list whose layers have to be read as a whole, and of which nothing was read:
    /// they changed in more rows than were asked for, or in a way that the change log does not see.
    pub as_a_whole: Vec<usize>,
    /// Places of layers whose moment is none of this database's; of these nothing was read either.
    pub elsewhere: Vec<usize>,
    /// Places of layers of which nothing can be read just now: others hold their tables, or have just written them
    /// anew. What was handed on of them is worth nothing.
    pub not_now: Vec<usize>,
    /// How the tables stand now.
    pub tables: Vec<Option<TableForm>>,
}

impl Database {
    /// A session that listens.
    pub async fn listen(&self) -> Result<ChangeReader, DatabaseError> {
        let (sender, heard) = unbounded_channel();
        let client = connection::connect_and_hear(&self.inner.config, move |message| {
            if matches!(message, AsyncMessage::Notification(_)) {
                let _ = sender.send(());
            }
        })
        .await?;
        client.batch_execute(&format!("SET statement_timeout = '20s'; LISTEN {CHANNEL}")).await?;
        Ok(ChangeReader { client, heard })
    }
}

impl ChangeReader {
    /// Waits until something has changed, but no longer than `most`. `false` if the session has
    /// ended.
    pub async fn wait(&mut self, most: Duration) -> bool {
        match tokio::time::timeout(most, self.heard.recv()).await {
            Ok(None) => return false,
            Ok(Some(())) => while self.heard.try_recv().is_ok() {},
            Err(_) => {}
        }
        !self.client.is_closed()
    }

    /// Hands each row that has changed in the layers, as it is now, to `take`, with the layer's
    /// place in the list. A layer with more changed rows than it may have is passed over, and so is one whose
    /// table is not as it was, or that others hold: the other layers do not wait for it.
    pub async fn read(
        &mut self,
        layers: &[Followed],
        mut take: impl FnMut(usize, RowChange<'_>),
    ) -> Result<Reading, DatabaseError> {
        // A newer program may have come meanwhile.
        migration::check_version(&self.client).await?;
        let mut transaction = self
            .client
            .build_transaction()
            .isolation_level(tokio_postgres::IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await?;
        let moment = Moment::now(&transaction).await?;
        let elsewhere = elsewhere(&transaction, &moment, layers).await?;
        let mut reading = Reading { moment, elsewhere, ..Reading::default() };
        let views: Vec<&LayerView> = layers.iter().map(|followed| &followed.view).collect();
        reading.tables = table_form::forms_of(&transaction, &views).await?;
        reading.as_a_whole = differing(layers, &reading.tables);
        let touched = touched(&transaction, layers, &mut reading).await?;
        if touched.is_empty() {
            return Ok(reading);
        }
        transaction.batch_execute(&format!("SET LOCAL lock_timeout = '{LOCK_WAIT}'")).await?;
        for (place, ids) in touched {
            let (view, form) = (&layers[place].view, &reading.tables[place]);
            let savepoint = transaction.savepoint("layer").await?;
            match read_layer(&savepoint, (view, form.as_ref()), ids, |change| take(place, change)).await {
                Ok(true) => savepoint.commit().await?,
                Err(error) if !is_held(&error) => return Err(error),
                _ => {
                    savepoint.rollback().await?;
                    reading.not_now.push(place);
                }
            }
        }
        transaction.commit().await?;
        Ok(reading)
    }
}

/// Changes that moments have not seen, by the layers' places.
const UNSEEN: &str = "FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS followed(layer, since, place) \
    JOIN diaban.change c ON c.layer = followed.layer AND c.xact >= pg_snapshot_xmin(since::pg_snapshot) \
    AND NOT pg_visible_in_snapshot(c.xact, since::pg_snapshot)";

/// The rows that have changed, by the layers' places. Layers with too many of them are to be read as a whole.
async fn touched(
    transaction: &Transaction<'_>,
    layers: &[Followed],
    reading: &mut Reading,
) -> Result<BTreeMap<usize, Vec<FeatureId>>, DatabaseError> {
    let ids: Vec<&str> = layers.iter().map(|l| l.view.id()).collect();
    let since: Vec<&str> = layers.iter().map(|l| l.since.pg_snapshot.as_str()).collect();
    let sizes = format!(
        "SELECT place, sum(rows_inserted + rows_updated + rows_deleted)::int8 {UNSEEN} GROUP BY place"
    );
    let mut changed: Vec<i64> = Vec::new();
    for row in transaction.query(&sizes, &[&ids, &since]).await? {
        let (ordinality, rows): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let place = place_of(ordinality);
        if reading.as_a_whole.contains(&place) || reading.elsewhere.contains(&place) {
            continue;
        }
        match rows > layers[place].most {
            true => reading.as_a_whole.push(place),
            false => changed.push(ordinality),
        }
    }
    let mut touched: BTreeMap<usize, Vec<FeatureId>> = BTreeMap::new();
    if changed.is_empty() {
        return Ok(touched);
    }
    let rows = format!(
        "WITH unseen AS (SELECT place, c.id, c.inserted {UNSEEN} WHERE place = ANY($3)) \
         SELECT place, o.feature_id FROM unseen JOIN diaban.old_row o ON o.change_id = unseen.id \
         UNION SELECT place, generate_series(lower(r), upper(r) - 1) FROM unseen, unnest(inserted) AS r"
    );
    for row in transaction.query(&rows, &[&ids, &since, &changed]).await? {
        touched.entry(place_of(row.try_get(0)?)).or_default().push(row.try_get(1)?);
    }
    Ok(touched)
}

/// Whether others hold what was asked for.
fn is_held(error: &DatabaseError) -> bool {
    matches!(error, DatabaseError::Query(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE))
}

/// Places of the layers whose tables are not as they were, or of which it is not known.
fn differing(layers: &[Followed], now: &[Option<TableForm>]) -> Vec<usize> {
    let differs = |then: &Option<TableForm>, now: &Option<TableForm>| {
        now.as_ref().is_some_and(|now| then.as_ref().is_none_or(|then| now.rows_differ(then)))
    };
    let both = layers.iter().map(|followed| &followed.table).zip(now).enumerate();
    both.filter_map(|(place, (then, now))| differs(then, now).then_some(place)).collect()
}

/// Places of the layers whose moment is none of this database's.
async fn elsewhere(
    transaction: &Transaction<'_>,
    now: &Moment,
    layers: &[Followed],
) -> Result<Vec<usize>, DatabaseError> {
    let moments = layers.iter().map(|l| (l.since.pg_snapshot.as_str(), l.since.witness.as_deref()));
    let moments: Vec<_> = moments.collect();
    let mut places = not_been_at(transaction, &moments).await?;
    let others = layers.iter().map(|followed| now.origin(&followed.since.database)).enumerate();
    places.extend(others.filter(|(_, origin)| *origin == Origin::Other).map(|(place, _)| place));
    Ok(places)
}

/// Reads rows of a layer whose table has stood in the form `form` as the transaction began to look. `false`, with
/// nothing read, if it has been written anew since: then it may look empty.
async fn read_layer(
    transaction: &Transaction<'_>,
    (view, form): (&LayerView, Option<&TableForm>),
    ids: Vec<FeatureId>,
    mut take: impl FnMut(RowChange<'_>),
) -> Result<bool, DatabaseError> {
    let (select, projection) = sql::export_some(view);
    let mut gone: HashSet<FeatureId> = ids.iter().copied().collect();
    let rows = transaction.query(&select, &[&ids]).await?;
    if let Some(form) = form
        && !form.is_still_that_of(transaction, view).await?
    {
        return Ok(false);
    }
    for row in rows {
        let id: FeatureId = row.try_get(0)?;
        gone.remove(&id);
        let Raw(wkb) = row.try_get::<_, Option<Raw<'_>>>(1)?.unwrap_or(Raw(&[]));
        let values = (2..row.len()).map(|i| row.try_get::<_, TileValue<'_>>(i).map(|v| v.0));
        let values: Vec<ValueRef<'_>> = values.collect::<Result<_, _>>()?;
        take(RowChange::Now(
            projection,
            &FeatureRef { id, geometry: GeometryRef::Wkb(wkb), bbox: None, values: &values },
        ));
    }
    gone.into_iter().for_each(|id| take(RowChange::Gone(id)));
    Ok(true)
}
