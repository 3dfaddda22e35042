//! Many rows into an empty layer: indexes are built once the rows are in, and the change log gets
//! its one row without holding each new one beside the table.
//!
//! All of it within the transaction of the import, so that a layer has its indexes and its triggers
//! whatever ends the program. For the time that the rows take nobody can read the layer, in which
//! there is nothing to be read yet; who reads it at that moment is not waited for long, and then it
//! goes the slow way. Must not know how rows are written.

use super::{StagingError, change_log::switch_on, sql::quoted};
use crate::layer::LayerDefinition;
use tokio_postgres::Transaction;

/// Rows from which it is worth it.
pub(super) const ROWS_MIN: u64 = 20_000;
/// How long readers of the layer are waited for: less than PostgreSQL waits before it looks for
/// sessions that wait for each other.
const WAIT: &str = "300ms";
/// Memory for the building of an index.
const MEMORY: &str = "256MB";

/// Indexes of the layer's table that no constraint needs, as statements: what takes them away and
/// what makes them again.
const INDEXES: &str = "SELECT format('DROP INDEX %s', x.indexrelid::regclass), pg_get_indexdef(x.indexrelid) \
    FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid WHERE c.oid = $1::text::regclass \
    AND pg_has_role(c.relowner, 'USAGE') AND has_schema_privilege(c.relnamespace, 'CREATE') AND NOT x.indisprimary AND NOT x.indisclustered AND NOT x.indisreplident \
    AND x.indisvalid AND obj_description(x.indexrelid, 'pg_class') IS NULL \
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid)";
/// Notes that rows with all ids from one to another came.
const NOTE_ONE: &str = "INSERT INTO diaban.change (layer, import_run, inserted, rows_inserted) \
    VALUES ($1, $2, int8multirange(int8range($3, $4, '[]')), $5)";
/// Whether the change log can be written here, and the trigger that writes it be left out.
const MAY_NOTE: &str = "SELECT pg_has_role(c.relowner, 'USAGE') AND has_table_privilege('diaban.change', 'INSERT') \
    AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'diaban_insert' AND t.tgenabled IN ('O', 'A')) \
    FROM pg_class c WHERE c.oid = $1::text::regclass";

/// Whether rows can be copied into the table as they would be inserted (PostgreSQL manual, COPY, Notes).
const TAKES_COPY: &str = "SELECT c.relkind = 'r' AND NOT c.relhasrules AND NOT c.relrowsecurity FROM pg_class c \
    WHERE c.oid = $1::text::regclass";

/// What of a table that nobody else can see is taken away whole, as statements in the order in which they are made:
/// what takes it away and what makes it again. Its primary key, which would be kept up to date row by row; and the
/// trigger of the change log, for which each row would be held beside the table even while it is off.
const PARTS: &str = "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', $1::text, k.conname), \
    format('%s; ALTER TABLE %s ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I', pg_get_indexdef(x.indexrelid), $1::text, \
    k.conname, i.relname) FROM pg_constraint k JOIN pg_index x ON x.indexrelid = k.conindid \
    JOIN pg_class i ON i.oid = x.indexrelid WHERE k.conrelid = $1::text::regclass AND k.contype = 'p' \
    AND has_schema_privilege(i.relnamespace, 'CREATE') AND NOT k.condeferrable AND NOT x.indisclustered AND NOT x.indisreplident AND x.indisvalid \
    AND obj_description(k.oid, 'pg_constraint') IS NULL AND obj_description(i.oid, 'pg_class') IS NULL \
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.deptype = 'n' AND (d.refclassid, d.refobjid) IN \
    (('pg_constraint'::regclass, k.oid), ('pg_class'::regclass, i.oid))) \
    UNION ALL SELECT format('DROP TRIGGER %I ON %s', t.tgname, $1::text), pg_get_triggerdef(t.oid) \
    FROM pg_trigger t WHERE t.tgrelid = $1::text::regclass AND t.tgname = 'diaban_insert' \
    AND has_function_privilege(t.tgfoid, 'EXECUTE') AND obj_description(t.oid, 'pg_trigger') IS NULL \
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_trigger'::regclass AND d.objid = t.oid AND d.deptype = 'x')";
/// The sequence of the table's ids, where it counts by one and gives them out one by one.
const IDS: &str = "SELECT s.seqrelid::regclass::text FROM pg_sequence s \
    WHERE s.seqrelid = pg_get_serial_sequence($1, 'id')::regclass AND s.seqincrement = 1 AND s.seqcache = 1 AND NOT s.seqcycle";
/// Ids that are taken from it at once.
const IDS_AT_ONCE: u32 = 1000;

/// What was put aside for the rows to come in.
#[derive(Debug, Default)]
pub(super) struct PutAside {
    /// Statements that make again what was taken away.
    missing: Vec<String>,
    trigger: bool,
    /// The sequence that gives out many ids at once.
    ids: Option<String>,
}

/// Puts aside what so many new rows would keep up to date one by one; nothing where they are few,
/// where somebody reads the layer, or where the user does not own its table.
pub(super) async fn put_aside(
    transaction: &mut Transaction<'_>,
    layer: &LayerDefinition,
    rows: u64,
) -> Result<PutAside, StagingError> {
    let table = format!("gis.{}", quoted(&layer.id));
    if rows < ROWS_MIN {
        return Ok(PutAside::default());
    }
    let found = transaction.query(INDEXES, &[&table]).await?;
    let (drops, indexes): (Vec<String>, Vec<String>) =
        found.iter().map(|row| (row.get(0), row.get(1))).unzip();
    let attempt = transaction.savepoint("put_aside").await?;
    let statements = format!("SET LOCAL lock_timeout = '{WAIT}'; {}", drops.join("; "));
    let indexes = match attempt.batch_execute(&statements).await {
        Ok(()) => {
            attempt.batch_execute("SET LOCAL lock_timeout = 0").await?;
            attempt.commit().await?;
            indexes
        }
        Err(error) => {
            tracing::debug!(%error, "the indexes of {table} are kept up to date row by row");
            attempt.rollback().await?;
            Vec::new()
        }
    };
    let trigger: bool = transaction.query_one(MAY_NOTE, &[&table]).await?.get(0);
    if trigger {
        transaction.batch_execute(&format!("ALTER TABLE {table} DISABLE TRIGGER diaban_insert")).await?;
    }
    Ok(PutAside { missing: indexes, trigger, ids: None })
}

/// Takes the layer's table for so many rows that are about to be copied into it, and puts aside what they would
/// keep up to date one by one. `None` where it holds rows, where somebody reads it, or where the user may not do
/// all of that; then nothing has changed.
pub(super) async fn take_empty(
    transaction: &mut Transaction<'_>,
    layer: &LayerDefinition,
    rows: u64,
) -> Result<Option<PutAside>, StagingError> {
    if rows < ROWS_MIN {
        return Ok(None);
    }
    let table = format!("gis.{}", quoted(&layer.id));
    // Nobody who reads a layer that holds rows is to wait.
    if !is_empty(transaction, &table).await? {
        return Ok(None);
    }
    let attempt = transaction.savepoint("take_empty").await?;
    match try_take_empty(&attempt, &table).await {
        Ok(Some(aside)) => {
            attempt.commit().await?;
            Ok(Some(aside))
        }
        outcome => {
            if let Err(error) = outcome {
                tracing::debug!(%error, "the rows go into {table} by a staging table");
            }
            attempt.rollback().await?;
            Ok(None)
        }
    }
}

async fn is_empty(transaction: &Transaction<'_>, table: &str) -> Result<bool, tokio_postgres::Error> {
    let empty = format!("SELECT NOT EXISTS (SELECT FROM {table})");
    Ok(transaction.query_one(&empty, &[]).await?.get(0))
}

async fn try_take_empty(
    attempt: &Transaction<'_>,
    table: &str,
) -> Result<Option<PutAside>, tokio_postgres::Error> {
    let lock = format!("SET LOCAL lock_timeout = '{WAIT}'; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
    attempt.batch_execute(&lock).await?;
    for question in [TAKES_COPY, MAY_NOTE] {
        if !attempt.query_one(question, &[&table]).await?.get::<_, bool>(0) {
            return Ok(None);
        }
    }
    if !is_empty(attempt, table).await? {
        return Ok(None);
    }
    let mut found = attempt.query(INDEXES, &[&table]).await?;
    found.extend(attempt.query(PARTS, &[&table]).await?);
    let (drops, missing): (Vec<String>, Vec<String>) =
        found.iter().map(|row| (row.get(0), row.get(1))).unzip();
    let ids: Option<String> = attempt.query_opt(IDS, &[&table]).await?.map(|row| row.get(0));
    if let Some(ids) = &ids {
        // Whoever asks for one waits, as for the table.
        attempt.batch_execute(&format!("ALTER SEQUENCE {ids} CACHE {IDS_AT_ONCE}")).await?;
    }
    // A file of its own for the rows, which is gone if they are taken back.
    let begin = format!(
        "ALTER TABLE {table} DISABLE TRIGGER diaban_insert; {}; TRUNCATE {table}; SET LOCAL lock_timeout = 0",
        drops.join("; ")
    );
    attempt.batch_execute(&begin).await?;
    Ok(Some(PutAside { missing, trigger: true, ids }))
}

/// Puts everything back, now that so many rows are in, and notes them in the change log as its trigger
/// would have.
pub(super) async fn put_back(
    transaction: &Transaction<'_>,
    layer: &LayerDefinition,
    (run, rows): (i64, u64),
    aside: PutAside,
) -> Result<(), StagingError> {
    let table = format!("gis.{}", quoted(&layer.id));
    if !aside.missing.is_empty() {
        let memory = format!("SET LOCAL maintenance_work_mem = '{MEMORY}'");
        transaction.batch_execute(&memory).await?;
        transaction.batch_execute(&aside.missing.join("; ")).await?;
    }
    if let Some(ids) = &aside.ids {
        transaction.batch_execute(&format!("ALTER SEQUENCE {ids} CACHE 1")).await?;
    }
    if aside.trigger {
        let ends = format!("SELECT min(id), max(id) FROM {table}");
        let ends = transaction.query_one(&ends, &[]).await?;
        let ends = ends.get::<_, Option<i64>>(0).zip(ends.get::<_, Option<i64>>(1));
        if let (Some(ids), Some((_, last))) = (&aside.ids, ends) {
            // The next id follows the last one that was used.
            transaction.execute("SELECT setval($1::text::regclass, $2)", &[ids, &last]).await?;
        }
        let count = ends.and_then(|(first, last)| u64::try_from(last - first + 1).ok());
        if let Some((first, last)) = ends.filter(|_| count == Some(rows)) {
            let rows = last - first + 1;
            transaction.execute(NOTE_ONE, &[&layer.id, &run, &first, &last, &rows]).await?;
        } else {
            let note = format!(
                "WITH islands AS (SELECT min(id) AS first, max(id) AS last, count(*) AS length FROM \
                 (SELECT id, id - row_number() OVER (ORDER BY id) AS island FROM {table}) numbered GROUP BY island) \
                 INSERT INTO diaban.change (layer, import_run, inserted, rows_inserted) \
                 SELECT $1, $2, range_agg(int8range(first, last, '[]')), sum(length) FROM islands HAVING count(*) > 0"
            );
            transaction.execute(&note, &[&layer.id, &run]).await?;
        }
        transaction.execute("SELECT pg_notify('diaban_change', $1)", &[&layer.id]).await?;
        transaction.batch_execute(&switch_on(&table, "diaban_insert", true)).await?;
    }
    Ok(())
}
