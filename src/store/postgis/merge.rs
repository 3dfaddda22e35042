//! Staged rows into their layer: what would become of each is settled first, then written, all in
//! the transaction of the staging table.
//!
//! Must not know files or how their rows were read.

use super::{
    Staging, StagingError, first_load,
    run_record::{ImportRecord, begin_run, end_run},
    same_content,
    staged_rows::StagedColumn,
    staging::quote,
    straight_rows::DeliveredValues,
    table::UPDATED_AT,
};
use crate::layer::AttributeType;
use bytes::Bytes;
use futures_util::SinkExt;
use std::{io::Read, pin::pin};
use tokio::task::spawn_blocking;
use tokio_postgres::types::ToSql;

/// Rows of a layer for one of a file from which each is found by an index.
const ROWS_FOR_ONE_FOUND: u64 = 20;
/// Bytes of delivered values that are read at once.
const PIECE_BYTES: u64 = 1 << 18;

/// How the rows of a file and those of a layer come together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Rows are added; a key that the layer has is refused.
    Append,
    /// Rows with a new key are added, those that differ change their feature. What the file does
    /// not hold stays.
    #[default]
    Merge,
    /// The same, and what the file does not hold is deleted.
    Replace,
}

impl Mode {
    /// Its name, as it is asked for and recorded.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Merge => "merge",
            Self::Replace => "replace",
        }
    }
}

/// The part of a layer that a replacement is about: the features with this value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// An attribute that holds text.
    pub attribute: String,
    /// Its value.
    pub value: String,
}

/// What a run is about to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Planned {
    /// Features that the layer does not have.
    pub new: u64,
    /// Features that differ from what the layer has.
    pub changed: u64,
    /// Features that the layer has already, the same.
    pub unchanged: u64,
    /// Features of the layer, or of the scope, that the file does not hold. They are deleted by
    /// [`Mode::Replace`] and stay otherwise.
    pub gone: u64,
    /// Features in the layer, or in the scope.
    pub held: u64,
}

impl Planned {
    /// Whether a replacement would delete more than half of what is there.
    pub const fn deletes_most(&self) -> bool {
        self.gone.saturating_mul(2) > self.held
    }
}

/// What became of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Merged {
    /// Number of the run; `None` where nothing was kept.
    pub run: Option<i64>,
    /// What was written.
    pub done: Planned,
}

/// What a feature `t` becomes under row `s`, as UPDATE has it; `value` is that of a column.
pub(super) fn same_or_new(staging: &Staging<'_>, value: impl Fn(&StagedColumn) -> String) -> String {
    let set = staging.list(|c| format!("{} = {}", quote(&c.name), value(c)));
    let touched = if staging.is_touched() { ", updated_at = transaction_timestamp()" } else { "" };
    format!("geom = {}{set}{touched}", same_content::geometry())
}

impl Staging<'_> {
    /// Holds the staged rows against the layer. Other programs may still write to it: what they
    /// write until [`Staging::write`] is taken into account there.
    pub async fn plan(&mut self, mode: Mode, scope: Option<&Scope>) -> Result<Planned, StagingError> {
        if self.is_straight() {
            return Ok(Planned { new: self.staged, ..Planned::default() });
        }
        // Rows that were sifted were compared before.
        if !self.sifted {
            self.compared_at = self.moment().await?;
        }
        let any = format!("SELECT NOT EXISTS (SELECT FROM {})", self.table());
        self.into_empty = self.transaction.query_one(&any, &[]).await?.get(0);
        if self.into_empty {
            return Ok(Planned { new: self.staged, ..Planned::default() });
        }
        self.transaction.batch_execute("DROP TABLE IF EXISTS pg_temp.difference").await?;
        self.transaction.batch_execute(&self.difference_sql()).await?;
        self.transaction.batch_execute("ANALYZE difference").await?;
        let counted = "SELECT count(*) FILTER (WHERE _id IS NULL), count(_id) FROM difference";
        let row = self.transaction.query_one(counted, &[]).await?;
        let (new, changed) = (row.get::<_, i64>(0).unsigned_abs(), row.get::<_, i64>(1).unsigned_abs());
        let unchanged = (self.staged + self.beside.unchanged).saturating_sub(new + changed);
        let (condition, parameters) = self.scope_condition(scope);
        let held = match self.held.filter(|_| scope.is_none()) {
            Some(held) => held,
            None => {
                let held = format!("SELECT count(*) FROM {} t WHERE {condition}", self.table());
                self.count(&held, &parameters).await?
            }
        };
        let gone = match scope {
            // Keys are unique on both sides, so that nothing needs to be compared.
            None => held.saturating_sub(changed + unchanged),
            Some(_) if mode == Mode::Append => 0,
            Some(_) => {
                let gone = format!("SELECT count(*) FROM {} t WHERE {}", self.table(), self.gone(&condition));
                self.count(&gone, &parameters).await?
            }
        };
        Ok(Planned { new, changed, unchanged, gone, held })
    }

    /// Writes what is staged into the layer: features with a new key are added, those that differ
    /// are changed, those that are gone are deleted where `mode` says so, the others are not
    /// touched. With `keep` false everything is taken back.
    ///
    /// # Errors
    /// [`StagingError::Overtaken`] where another program has changed the layer since `planned` was
    /// made, and now more than half of it would be deleted that `planned` did not speak of.
    pub async fn write(
        mut self,
        record: &ImportRecord,
        mode: Mode,
        scope: Option<&Scope>,
        planned: Planned,
        keep: bool,
    ) -> Result<Merged, StagingError> {
        let run = begin_run(&self.transaction, &self.layer.id, record, (mode.as_str(), None), keep).await?;
        if let Some(aside) = self.straight.take() {
            return self.settle(run, aside).await;
        }
        // Readers go on; whoever else writes waits, so that no key appears between the statements.
        let lock = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", self.table());
        self.transaction.batch_execute(&lock).await?;
        let planned = match self.is_overtaken().await? {
            false => planned,
            // What was asked of the layer before has to be asked again.
            true if self.sifted || self.holds_others => {
                return Err(StagingError::Outdated(self.layer.id.clone()));
            }
            true => {
                let anew = self.plan(mode, scope).await?;
                if mode == Mode::Replace && anew.deletes_most() && anew.gone > planned.gone {
                    return Err(StagingError::Overtaken(self.layer.id.clone()));
                }
                anew
            }
        };
        let (condition, parameters) = self.scope_condition(scope);
        let mut done = Planned { gone: planned.gone, held: planned.held, ..Planned::default() };
        if mode == Mode::Replace && planned.gone > 0 {
            let delete = format!("DELETE FROM {} t WHERE {}", self.table(), self.gone(&condition));
            done.gone = self.transaction.execute(&delete, &parameters).await?;
        }
        if planned.changed > 0 {
            done.changed = self.transaction.execute(&self.update_sql(), &[]).await?;
        }
        if self.into_empty {
            let aside = first_load::put_aside(&mut self.transaction, self.layer, planned.new).await?;
            done.new = self.transaction.execute(&self.insert_sql("staging s"), &[]).await?;
            first_load::put_back(&self.transaction, self.layer, (run, done.new), aside).await?;
        } else if planned.new > 0 {
            let new =
                "(SELECT s.* FROM difference d JOIN staging s ON s.ctid = d._place WHERE d._id IS NULL) s";
            done.new = self.transaction.execute(&self.insert_sql(new), &[]).await?;
        }
        done.unchanged = (self.staged + self.beside.unchanged).saturating_sub(done.new + done.changed);
        self.keep_delivered(run).await?;
        end_run(&self.transaction, run, done.new + done.changed).await?;
        if keep {
            self.transaction.commit().await.map_err(StagingError::of_commit)?;
        } else {
            self.transaction.rollback().await?;
        }
        Ok(Merged { run: keep.then_some(run), done })
    }

    /// Ends what went straight into the layer.
    async fn settle(mut self, run: i64, aside: first_load::PutAside) -> Result<Merged, StagingError> {
        let new = self.staged;
        first_load::put_back(&self.transaction, self.layer, (run, new), aside).await?;
        if let Some(delivered) = self.beside.delivered.take() {
            self.copy_delivered(delivered, run).await?;
        }
        end_run(&self.transaction, run, new).await?;
        self.transaction.commit().await.map_err(StagingError::of_commit)?;
        Ok(Merged { run: Some(run), done: Planned { new, ..Planned::default() } })
    }

    async fn copy_delivered(&self, delivered: DeliveredValues, run: i64) -> Result<(), StagingError> {
        let lost =
            |error: &dyn std::fmt::Display| StagingError::Database(format!("what was kept aside: {error}"));
        let Some(mut rows) = delivered.read().map_err(|e| lost(&e))? else { return Ok(()) };
        let table = "CREATE TEMPORARY TABLE delivered (_file integer, _row bigint, _key text, _delivered json) \
                     ON COMMIT DROP";
        self.transaction.batch_execute(table).await?;
        let copy = "COPY delivered FROM STDIN (FORMAT BINARY)";
        let mut sink = pin!(self.transaction.copy_in::<_, Bytes>(copy).await?);
        loop {
            let piece = spawn_blocking(move || {
                let mut piece = Vec::new();
                (&mut rows).take(PIECE_BYTES).read_to_end(&mut piece).map(|_| (piece, rows))
            });
            let (piece, rest) = piece.await.map_err(|e| lost(&e))?.map_err(|e| lost(&e))?;
            if piece.is_empty() {
                break;
            }
            rows = rest;
            sink.send(Bytes::from(piece)).await?;
        }
        sink.finish().await?;
        const KEEP: &str = "INSERT INTO diaban.delivered_value (import_run, file, row, key, delivered) \
            SELECT $1, _file + 1, _row, _key, _delivered FROM delivered";
        self.transaction.execute(KEEP, &[&run]).await?;
        Ok(())
    }

    // What rows were before they were repaired.
    async fn keep_delivered(&self, run: i64) -> Result<(), StagingError> {
        let sql = format!(
            "INSERT INTO diaban.delivered_value (import_run, file, row, key, delivered) \
             SELECT $1, s._file + 1, s._row, {}, s._delivered FROM staging s WHERE s._delivered IS NOT NULL",
            self.key_text("s")
        );
        self.transaction.execute(&sql, &[&run]).await?;
        Ok(())
    }

    /// Whether the layer was changed by a transaction that had not ended when it was compared.
    async fn is_overtaken(&self) -> Result<bool, StagingError> {
        const CHANGED: &str = "SELECT EXISTS (SELECT FROM diaban.change WHERE layer = $1 \
            AND xact >= pg_snapshot_xmin($2::text::pg_snapshot) \
            AND NOT pg_visible_in_snapshot(xact, $2::text::pg_snapshot))";
        Ok(self.transaction.query_one(CHANGED, &[&self.layer.id, &self.compared_at]).await?.get(0))
    }

    async fn count(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<u64, StagingError> {
        Ok(self.transaction.query_one(sql, parameters).await?.get::<_, i64>(0).unsigned_abs())
    }

    /// The condition that row `t` of the layer is in the scope, and its parameters.
    pub(super) fn scope_condition<'s>(
        &self,
        scope: Option<&'s Scope>,
    ) -> (String, Vec<&'s (dyn ToSql + Sync)>) {
        match scope.and_then(|scope| Some((self.column(&scope.attribute)?, scope))) {
            Some((column, scope)) => (format!("t.{}::text = $1", quote(&column.name)), vec![&scope.value]),
            None => ("true".to_owned(), Vec::new()),
        }
    }

    /// The condition that no staged row has the key of row `t` of the layer.
    fn gone(&self, condition: &str) -> String {
        format!("{condition} AND NOT EXISTS (SELECT FROM staging s WHERE {})", self.same_key())
    }

    // Where a staged row is to be found, and the feature that it changes; null for a new one. What
    // is unchanged is not in it, so that it is small where little changes.
    fn difference_sql(&self) -> String {
        let (table, same_key) = (self.table(), self.same_key());
        // PostgreSQL would read the whole layer for a few rows, as it takes the comparison for dear.
        let few = self.held.is_some_and(|held| self.staged <= held / ROWS_FOR_ONE_FOUND);
        let layer = match few {
            true => format!("LATERAL (SELECT * FROM {table} t WHERE {same_key} OFFSET 0) t ON true"),
            false => format!("{table} t ON {same_key}"),
        };
        format!(
            "CREATE TEMPORARY TABLE difference ON COMMIT DROP AS SELECT s.ctid AS _place, t.id AS _id FROM staging s \
             LEFT JOIN {layer} WHERE t.id IS NULL OR {}",
            self.differs()
        )
    }

    /// The condition that staged row `s` says something else than feature `t`, as far as a file can.
    pub(super) fn differs(&self) -> String {
        self.differs_by(same_content::value)
    }

    /// The same by what a column becomes.
    pub(super) fn differs_by(&self, value: impl Fn(&StagedColumn) -> String) -> String {
        let old = self.list(|c| format!("t.{}", quote(&c.name)));
        let new = self.list(value);
        format!("(t.geom{old}) IS DISTINCT FROM ({}{new})", same_content::geometry())
    }

    // Unchanged rows are not written: they make no history and wake no map.
    fn update_sql(&self) -> String {
        format!(
            "UPDATE {} AS t SET {} FROM difference d JOIN staging s ON s.ctid = d._place WHERE t.id = d._id",
            self.table(),
            same_or_new(self, same_content::value)
        )
    }

    // Whether the program keeps `updated_at` and the rows do not bring it: then no trigger need be called for each.
    fn is_touched(&self) -> bool {
        let own = self.layer.attributes.iter().find(|a| a.column() == UPDATED_AT);
        own.is_none_or(|a| a.kind == AttributeType::Timestamp)
            && self.columns.iter().all(|c| c.name != UPDATED_AT)
    }

    // In the order of PostGIS for geometries, a space-filling curve: neighbours on the ground are
    // neighbours on the disk, which is what tiles read.
    fn insert_sql(&self, rows: &str) -> String {
        let names = self.list(|c| quote(&c.name));
        let values = self.list(|c| c.cast("s"));
        format!(
            "INSERT INTO {} (geom{names}) SELECT s.geom{values} FROM {rows} ORDER BY s.geom",
            self.table()
        )
    }
}
