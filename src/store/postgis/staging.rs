//! Rows on their way into a layer: staged by binary COPY, compared with the layer, written in the
//! same transaction. Until its commit nothing has changed, whatever ends the program.
//!
//! Must not know files or how their rows were read.

use super::{Database, staged_rows::StagedColumn};
use crate::layer::{Attribute, LayerDefinition};
use bytes::Bytes;
use futures_util::SinkExt;
use std::pin::pin;
use tokio_postgres::{Client, Transaction, error::SqlState};

/// Rows of a staging table whose key occurs more than once, and other keys that are shown.
const MAX_DUPLICATES: i64 = 1000;

/// What goes wrong between a file and its layer.
#[derive(Debug, thiserror::Error)]
pub enum StagingError {
    /// Another import has the layer.
    #[error("another import into layer `{0}` is running; repeat when it has ended")]
    Busy(String),
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
    /// The database cannot be reached, or went away.
    #[error("the database is not available: {0}; nothing has changed")]
    Unavailable(String),
    /// A defect.
    #[error("the database reports: {0}; nothing has changed")]
    Database(String),
}

impl From<tokio_postgres::Error> for StagingError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(db) = error.as_db_error() else {
            return Self::Unavailable(error.to_string());
        };
        let detail = db.detail().map(|d| format!(" ({d})")).unwrap_or_default();
        let text = format!("{}{detail}", db.message());
        match db.code() {
            code if code.code().starts_with("22") || code.code().starts_with("23") => Self::Refused(text),
            code if code.code().starts_with("57P") || code.code().starts_with("08") => {
                Self::Unavailable(text)
            }
            _ => Self::Database(text),
        }
    }
}

/// A session for an import, for as long as it takes; the pool's sessions have little time.
pub async fn staging_session(database: &Database) -> Result<Client, StagingError> {
    database.session().await.map_err(|e| StagingError::Unavailable(e.to_string()))
}

/// The record of an import, as `diaban.import_run` keeps it.
#[derive(Debug, Clone)]
pub struct ImportRecord {
    /// Names of the files, without folders.
    pub files: Vec<String>,
    /// The system that the files came in, `EPSG:9210`.
    pub crs: String,
    /// The operation to EPSG:4326; `None` where none was needed.
    pub operation: Option<String>,
    /// What else the run was told, as JSON.
    pub settings: serde_json::Value,
    /// Who ran it; the database's user where that is not known.
    pub by: Option<String>,
    /// When it began.
    pub started_at: time::OffsetDateTime,
    /// Rows read.
    pub rows: i64,
    /// Rows of them that were refused.
    pub refused: i64,
}

/// What became of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Merged {
    /// Number of the run; `None` where nothing was kept.
    pub run: Option<i64>,
    /// Features that the layer did not have.
    pub new: u64,
    /// Features that differ from what the layer had.
    pub changed: u64,
    /// Features that the layer had already, the same.
    pub unchanged: u64,
}

/// A key that several staged rows have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The key's values, joined by `/`.
    pub key: String,
    /// Position of the file among those given, and number of the row, in order.
    pub rows: Vec<(i32, i64)>,
}

/// A staging table inside a transaction.
pub struct Staging<'a> {
    transaction: Transaction<'a>,
    layer: &'a LayerDefinition,
    columns: Vec<StagedColumn>,
    staged: u64,
}

impl std::fmt::Debug for Staging<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Staging").field("layer", &self.layer.id).field("staged", &self.staged).finish()
    }
}

impl<'a> Staging<'a> {
    /// Begins the transaction, takes the layer, and makes the staging table for `attributes`.
    pub async fn begin(
        client: &'a mut Client,
        layer: &'a LayerDefinition,
        attributes: &[Attribute],
    ) -> Result<Self, StagingError> {
        let transaction = client.transaction().await?;
        // An import may take as long as it takes.
        transaction.batch_execute("SET LOCAL statement_timeout = 0").await?;
        let lock = format!("diaban.import.{}", layer.id);
        // One that was just refused or stopped lets go of its layer a moment later.
        transaction.batch_execute("SET LOCAL lock_timeout = '2s'").await?;
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        match transaction.query_one(sql, &[&lock]).await {
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                return Err(StagingError::Busy(layer.id.clone()));
            }
            outcome => outcome?,
        };
        transaction.batch_execute("SET LOCAL lock_timeout = 0").await?;
        let mut columns = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            let target = column_type(&transaction, &layer.id, attribute.column()).await?;
            columns.push(StagedColumn::new(attribute, target));
        }
        let defined: String =
            columns.iter().map(|c| format!(", {} {}", quote(&c.name), c.staged_type())).collect();
        let sql = format!(
            "CREATE TEMPORARY TABLE staging (file integer, row bigint, geom geometry{defined}) ON COMMIT DROP"
        );
        transaction.batch_execute(&sql).await?;
        Ok(Self { transaction, layer, columns, staged: 0 })
    }

    /// Fills the staging table with what [`super::staged_rows::StagedRows`] has encoded.
    pub async fn copy(
        &mut self,
        mut chunks: tokio::sync::mpsc::Receiver<Bytes>,
    ) -> Result<u64, StagingError> {
        let sink = self.transaction.copy_in::<_, Bytes>("COPY staging FROM STDIN (FORMAT BINARY)").await?;
        let mut sink = pin!(sink);
        while let Some(chunk) = chunks.recv().await {
            sink.send(chunk).await?;
        }
        self.staged = sink.finish().await?;
        self.transaction.batch_execute("ANALYZE staging").await?;
        Ok(self.staged)
    }

    /// Keys that several rows have, at most a thousand.
    pub async fn duplicates(&self) -> Result<Vec<DuplicateKey>, StagingError> {
        let key: Vec<String> = self.key_columns().map(|c| quote(&c.name)).collect();
        let text = key.iter().map(|c| format!("{c}::text")).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "SELECT concat_ws('/', {text}), array_agg(file ORDER BY file, row), array_agg(row ORDER BY file, row) \
             FROM staging GROUP BY {} HAVING count(*) > 1 ORDER BY min(file), min(row) LIMIT {MAX_DUPLICATES}",
            key.join(", ")
        );
        let rows = self.transaction.query(&sql, &[]).await?;
        let duplicate = |row: &tokio_postgres::Row| {
            let (files, numbers): (Vec<i32>, Vec<i64>) = (row.get(1), row.get(2));
            DuplicateKey { key: row.get(0), rows: files.into_iter().zip(numbers).collect() }
        };
        Ok(rows.iter().map(duplicate).collect())
    }

    /// Takes out of what is staged each row whose key an earlier one has. Returns the position of
    /// its file and its number, in order.
    pub async fn leave_out_duplicates(&mut self) -> Result<Vec<(i32, i64)>, StagingError> {
        let key = self.key_columns().map(|c| quote(&c.name)).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "WITH later AS (SELECT ctid AS place, row_number() OVER (PARTITION BY {key} ORDER BY file, row) AS nth \
             FROM staging), gone AS (DELETE FROM staging USING later WHERE staging.ctid = place AND nth > 1 \
             RETURNING file, row) SELECT file, row FROM gone ORDER BY file, row"
        );
        let rows = self.transaction.query(&sql, &[]).await?;
        self.staged = self.staged.saturating_sub(rows.len() as u64);
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Writes what is staged into the layer: features with a new key are added, those that differ
    /// are changed, the others are not touched. With `keep` false everything is taken back.
    pub async fn merge(self, record: &ImportRecord, keep: bool) -> Result<Merged, StagingError> {
        let run = self.begin_run(record).await?;
        // Readers go on; whoever else writes waits, so that no key appears between the statements.
        let lock = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", self.table());
        self.transaction.batch_execute(&lock).await?;
        let changed = self.transaction.execute(&self.update_sql(), &[]).await?;
        let new = self.transaction.execute(&self.insert_sql(), &[]).await?;
        let unchanged = self.staged.saturating_sub(new + changed);
        self.end_run(run, new + changed).await?;
        if keep {
            self.transaction.commit().await?;
        } else {
            self.transaction.rollback().await?;
        }
        Ok(Merged { run: keep.then_some(run), new, changed, unchanged })
    }

    /// Takes everything back.
    pub async fn abandon(self) -> Result<(), StagingError> {
        Ok(self.transaction.rollback().await?)
    }

    fn key_columns(&self) -> impl Iterator<Item = &StagedColumn> {
        self.columns.iter().filter(|c| self.layer.key.contains(&c.attribute))
    }

    fn table(&self) -> String {
        format!("gis.{}", quote(&self.layer.id))
    }

    fn list(&self, each: impl Fn(&StagedColumn) -> String) -> String {
        self.columns.iter().map(|c| format!(", {}", each(c))).collect()
    }

    fn same_key(&self) -> String {
        let same = |c: &StagedColumn| format!("t.{} = {}", quote(&c.name), c.cast("s"));
        self.key_columns().map(same).collect::<Vec<_>>().join(" AND ")
    }

    // Unchanged rows are not written: they make no history and wake no map.
    fn update_sql(&self) -> String {
        let old = self.list(|c| format!("t.{}", quote(&c.name)));
        let new = self.list(|c| c.cast("s"));
        let set = self.list(|c| format!("{} = {}", quote(&c.name), c.cast("s")));
        format!(
            "UPDATE {} AS t SET geom = s.geom{set} FROM staging s \
             WHERE {} AND (t.geom{old}) IS DISTINCT FROM (s.geom{new})",
            self.table(),
            self.same_key()
        )
    }

    // In the order of PostGIS for geometries, a space-filling curve: neighbours on the ground are
    // neighbours on the disk, which is what tiles read.
    fn insert_sql(&self) -> String {
        let names = self.list(|c| quote(&c.name));
        let values = self.list(|c| c.cast("s"));
        format!(
            "INSERT INTO {0} (geom{names}) SELECT s.geom{values} FROM staging s \
             WHERE NOT EXISTS (SELECT FROM {0} t WHERE {1}) ORDER BY s.geom",
            self.table(),
            self.same_key()
        )
    }

    async fn begin_run(&self, record: &ImportRecord) -> Result<i64, StagingError> {
        const INSERT: &str = "INSERT INTO diaban.import_run \
            (layer, file_names, crs, operation, settings, person, started_at, rows_read, rows_refused) \
            VALUES ($1, $2, $3, $4, $5, coalesce($6, session_user), $7, $8, $9) RETURNING id";
        let ImportRecord { files, crs, operation, settings, by, started_at, rows, refused } = record;
        let row = self
            .transaction
            .query_one(
                INSERT,
                &[&self.layer.id, files, crs, operation, settings, by, started_at, rows, refused],
            )
            .await?;
        let run: i64 = row.get(0);
        self.transaction
            .query_one("SELECT set_config('diaban.import_run', $1, true)", &[&run.to_string()])
            .await?;
        Ok(run)
    }

    async fn end_run(&self, run: i64, loaded: u64) -> Result<(), StagingError> {
        const UPDATE: &str =
            "UPDATE diaban.import_run SET finished_at = clock_timestamp(), rows_loaded = $2 WHERE id = $1";
        let loaded = i64::try_from(loaded).unwrap_or(i64::MAX);
        self.transaction.execute(UPDATE, &[&run, &loaded]).await?;
        Ok(())
    }
}

/// The type of a layer's column, as SQL writes it.
async fn column_type(
    transaction: &Transaction<'_>,
    table: &str,
    column: &str,
) -> Result<String, StagingError> {
    const SQL: &str = "SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a \
        JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname = 'gis' AND c.relname = $1 AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped";
    let row = transaction.query_opt(SQL, &[&table, &column]).await?;
    row.map(|row| row.get(0))
        .ok_or_else(|| StagingError::NoColumn { table: table.to_owned(), column: column.to_owned() })
}

/// An identifier in SQL.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
