//! A run taken back: the layer becomes what it would be without it, to the byte.
//!
//! Rows that the run brought go, those that it removed come back under their ids, those that it
//! changed become what they were, `updated_at` included. What came later is left alone; where it
//! met the same rows and they are no longer what the run made of them, nothing is done.

use super::{
    Database, StagingError, layer_lock,
    past::{columns, relation, states},
    run_record::{ImportRecord, begin_run, end_run},
    sql::quoted,
    staging_session,
};
use crate::{
    layer::{Catalog, LayerDefinition},
    query::AsOf,
};
use tokio_postgres::Transaction;

/// Conflicts that are named.
const MAX_NAMED: i64 = 20;

/// Why a run is not taken back. Nothing has changed, unless the connection was lost at the end
/// ([`StagingError::Unsettled`]).
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// No such run.
    #[error(
        "there is no run {0}. Rehearsals (--dry-run), and runs that were refused, interrupted or failed, keep nothing, \
         so some numbers are missing; `diaban history LAYER` lists the runs that are kept"
    )]
    NoRun(i64),
    /// It was taken back already.
    #[error("run {run} was taken back by run {by} already; `diaban undo {by}` brings it back")]
    Undone {
        /// The run.
        run: i64,
        /// The run that took it back.
        by: i64,
    },
    /// Its layer is not among the layer files.
    #[error("run {run} is of the layer `{layer}`, whose file is not among the layers")]
    NoLayer {
        /// The run.
        run: i64,
        /// Its layer.
        layer: String,
    },
    /// Rows of the run are no longer what it made of them.
    #[error("run {run} cannot be taken back: {count} of its features were changed since{}", list(conflicts))]
    Conflict {
        /// The run.
        run: i64,
        /// So many features.
        count: u64,
        /// Some of them.
        conflicts: Vec<Conflict>,
    },
    /// The database.
    #[error(transparent)]
    Staging(#[from] StagingError),
}

impl From<tokio_postgres::Error> for UndoError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Staging(error.into())
    }
}

/// A feature that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Its number.
    pub feature: i64,
    /// Its key, the values joined by `/`.
    pub key: String,
    /// The run that changed it last.
    pub run: Option<i64>,
    /// Who did.
    pub by: Option<String>,
    /// The program that did, where it was no run.
    pub tool: Option<String>,
}

/// What was taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undone {
    /// The layer.
    pub layer: String,
    /// Number of the run that did it; `None` where nothing was kept.
    pub run: Option<i64>,
    /// Features that the run had brought, and that are gone.
    pub removed: u64,
    /// Features that the run had changed, and that are what they were.
    pub changed_back: u64,
    /// Features that the run had deleted, and that are back.
    pub brought_back: u64,
}

struct Run {
    number: i64,
    layer: String,
}

impl Database {
    /// Takes a run back, in one transaction, as a run of its own. With `keep` false everything is
    /// only tried. `by` is who does it.
    pub async fn undo(
        &self,
        catalog: &Catalog,
        run: i64,
        by: Option<&str>,
        keep: bool,
    ) -> Result<Undone, UndoError> {
        let mut client = staging_session(self).await?;
        let mut transaction = client.transaction().await?;
        let found = run_of(&transaction, run).await?;
        let no_layer = || UndoError::NoLayer { run, layer: found.layer.clone() };
        let layer = catalog.definition(&found.layer).filter(|l| l.table.is_none()).ok_or_else(no_layer)?;
        layer_lock::hold(&mut transaction, &layer.id, by).await?;
        // It may have been taken back while this waited.
        let found = run_of(&transaction, run).await?;
        let lock = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", table(layer));
        transaction.batch_execute(&lock).await?;
        transaction.batch_execute(&undoing_sql(layer, run)).await?;
        refuse_conflicts(&transaction, layer, run).await?;
        let undone = take_back(&transaction, layer, &found, by, keep).await?;
        if !keep {
            transaction.rollback().await?;
            return Ok(Undone { run: None, ..undone });
        }
        transaction.commit().await.map_err(StagingError::of_commit)?;
        Ok(undone)
    }
}

fn table(layer: &LayerDefinition) -> String {
    format!("gis.{}", quoted(&layer.id))
}

async fn run_of(transaction: &Transaction<'_>, run: i64) -> Result<Run, UndoError> {
    const RUN: &str = "SELECT layer, undone_by FROM diaban.import_run WHERE id = $1";
    let row = transaction.query_opt(RUN, &[&run]).await?.ok_or(UndoError::NoRun(run))?;
    match row.get::<_, Option<i64>>(1) {
        Some(by) => Err(UndoError::Undone { run, by }),
        None => Ok(Run { number: run, layer: row.get(0) }),
    }
}

/// A table of all rows that the run met, each as it was before: whether it existed, its
/// attributes, and its geometry where the run met that (`shaped`).
fn undoing_sql(layer: &LayerDefinition, run: i64) -> String {
    format!(
        "CREATE TEMPORARY TABLE undoing ON COMMIT DROP AS WITH {} \
         SELECT w.feature_id AS id, w.existed, w.attributes, s.feature_id IS NOT NULL AS shaped, s.geom \
         FROM was w LEFT JOIN shape s ON s.feature_id = w.feature_id \
         UNION ALL SELECT n, false, NULL, false, NULL FROM came, unnest(ids) AS r, \
         generate_series(lower(r), upper(r) - 1) AS n WHERE NOT EXISTS (SELECT FROM was w WHERE w.feature_id = n); \
         CREATE UNIQUE INDEX ON undoing (id); ANALYZE undoing",
        states(layer, &format!("c.import_run = {run}"))
    )
}

async fn refuse_conflicts(
    transaction: &Transaction<'_>,
    layer: &LayerDefinition,
    run: i64,
) -> Result<(), UndoError> {
    const LAST: &str = "SELECT coalesce(max(id), 0) FROM diaban.change WHERE import_run = $1";
    let last: i64 = transaction.query_one(LAST, &[&run]).await?.get(0);
    transaction.batch_execute(&in_the_way_sql(layer, last)).await?;
    let who = "SELECT w.id, w.key, c.import_run, c.person, c.tool, (SELECT count(*) FROM in_the_way) \
        FROM (SELECT * FROM in_the_way ORDER BY id LIMIT $3) w LEFT JOIN LATERAL (SELECT * FROM diaban.change c \
        WHERE c.layer = $1 AND c.id > $2 AND (c.inserted @> w.id OR EXISTS (SELECT FROM diaban.old_row o \
        WHERE o.change_id = c.id AND o.feature_id = w.id)) ORDER BY c.id DESC LIMIT 1) c ON true ORDER BY w.id";
    let rows = transaction.query(who, &[&layer.id, &last, &MAX_NAMED]).await?;
    let Some(first) = rows.first() else { return Ok(()) };
    let count = first.get::<_, i64>(5).unsigned_abs();
    let conflict = |row: &tokio_postgres::Row| Conflict {
        feature: row.get(0),
        key: row.get::<_, Option<String>>(1).unwrap_or_default(),
        run: row.get(2),
        by: row.get(3),
        tool: row.get(4),
    };
    Err(UndoError::Conflict { run, count, conflicts: rows.iter().map(conflict).collect() })
}

/// A table of the rows that stand in the way. Of the rows that later changes met too, those that
/// are not what the run left behind; and rows that have now the key of one that would come back.
fn in_the_way_sql(layer: &LayerDefinition, last: i64) -> String {
    let table = table(layer);
    let id = super::change_log::quote_literal(&layer.id);
    let key_columns: Vec<String> =
        layer.attributes.iter().filter(|a| layer.key.contains(&a.name)).map(|a| quoted(a.column())).collect();
    let key = |alias: &str| {
        let texts: Vec<String> = key_columns.iter().map(|c| format!("{alias}.{c}::text")).collect();
        format!("concat_ws('/', {})", texts.join(", "))
    };
    let same_key: Vec<String> = key_columns.iter().map(|c| format!("t.{c} = r.{c}")).collect();
    format!(
        "CREATE TEMPORARY TABLE in_the_way ON COMMIT DROP AS \
         WITH later AS MATERIALIZED (SELECT id, inserted FROM diaban.change WHERE layer = {id} AND id > {last}), \
         met AS MATERIALIZED (SELECT u.id FROM undoing u WHERE u.id IN (SELECT o.feature_id FROM diaban.old_row o \
         JOIN later ON later.id = o.change_id) OR u.id <@ (SELECT coalesce(range_agg(inserted), '{{}}') FROM later \
         WHERE inserted IS NOT NULL)) \
         SELECT met.id, coalesce(nullif({now_key}, ''), {past_key}) AS key FROM met \
         LEFT JOIN {past} ON past.id = met.id LEFT JOIN {table} t ON t.id = met.id \
         WHERE EXISTS (SELECT FROM later) AND (past.id, past.geom{past_columns}) IS DISTINCT FROM (t.id, t.geom{now_columns}) \
         UNION SELECT t.id, {now_key} FROM undoing u \
         CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, u.attributes) r JOIN {table} t ON {same_key} \
         WHERE u.existed AND t.id <> u.id AND NOT EXISTS (SELECT FROM undoing g WHERE g.id = t.id AND NOT g.existed)",
        now_key = key("t"),
        past_key = key("past"),
        past = relation(layer, AsOf::Change(last)),
        past_columns = columns(layer, |c| format!("past.{c}")),
        now_columns = columns(layer, |c| format!("t.{c}")),
        same_key = same_key.join(" AND "),
    )
}

async fn take_back(
    transaction: &Transaction<'_>,
    layer: &LayerDefinition,
    run: &Run,
    by: Option<&str>,
    keep: bool,
) -> Result<Undone, UndoError> {
    let record = ImportRecord {
        settings: serde_json::json!({}),
        by: by.map(str::to_owned),
        ..ImportRecord::default()
    };
    let own = begin_run(transaction, &layer.id, &record, ("undo", Some(run.number)), keep).await?;
    transaction.batch_execute("SELECT set_config('diaban.keep_updated_at', 'on', true)").await?;
    let table = table(layer);
    let delete = format!("DELETE FROM {table} t USING undoing u WHERE t.id = u.id AND NOT u.existed");
    let removed = transaction.execute(&delete, &[]).await?;
    let update = format!(
        "UPDATE {table} AS t SET geom = CASE WHEN u.shaped THEN u.geom ELSE t.geom END{} FROM undoing u \
         CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, u.attributes) r WHERE t.id = u.id AND u.existed",
        columns(layer, |c| format!("{c} = r.{c}"))
    );
    let changed_back = transaction.execute(&update, &[]).await?;
    let insert = format!(
        "INSERT INTO {table} (id, geom{}) SELECT u.id, u.geom{} FROM undoing u \
         CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, u.attributes) r \
         WHERE u.existed AND NOT EXISTS (SELECT FROM {table} t WHERE t.id = u.id)",
        columns(layer, str::to_owned),
        columns(layer, |c| format!("r.{c}"))
    );
    let brought_back = transaction.execute(&insert, &[]).await?;
    mark(transaction, run, own).await?;
    end_run(transaction, own, changed_back + brought_back).await?;
    Ok(Undone { layer: layer.id.clone(), run: Some(own), removed, changed_back, brought_back })
}

/// Notes that a run is taken back. What it had taken back itself stands again, and so on.
async fn mark(transaction: &Transaction<'_>, run: &Run, by: i64) -> Result<(), UndoError> {
    const MARK: &str = "UPDATE diaban.import_run SET undone_by = $2 WHERE id = $1 RETURNING undoes";
    let (mut next, mut by) = (Some(run.number), Some(by));
    while let Some(number) = next {
        next = transaction.query_one(MARK, &[&number, &by]).await?.try_get(0)?;
        by = if by.is_some() { None } else { Some(number) };
    }
    Ok(())
}

fn list(conflicts: &[Conflict]) -> String {
    let line = |c: &Conflict| {
        let by = c.by.as_deref().unwrap_or("unknown");
        let how = match (c.run, c.tool.as_deref()) {
            (Some(run), _) => format!("run {run} ({by})"),
            (None, Some(tool)) if !tool.is_empty() => format!("{by} with {tool}"),
            (None, _) => by.to_owned(),
        };
        format!("\n  feature {} ({}): by {how}", c.feature, c.key)
    };
    conflicts.iter().map(line).collect()
}
