//! Rows on their way into a layer: staged by binary COPY and held against each other and the
//! layer, in one transaction. Until its commit nothing has changed, whatever ends the program.
//!
//! `merge` writes them. Must not know files or how their rows were read.

use super::{
    Database,
    first_load::{self, PutAside, ROWS_MIN},
    known_rows::{self, KnownRows, KnownRowsReader},
    layer_lock,
    merge::{Mode, Scope},
    row_encoder::{BesideRows, RowEncoder},
    row_keys::KEYS_MAX,
    sifted_rows::SiftedRows,
    staged_rows::StagedColumn,
    staging_error::StagingError,
    straight_rows::{StraightColumns, StraightRows},
};
use crate::layer::{Attribute, LayerDefinition};
use bytes::Bytes;
use futures_util::SinkExt;
use std::pin::pin;
use tokio_postgres::{Client, Transaction, types::ToSql};

/// Rows that are named where they cannot be taken.
const MAX_NAMED: i64 = 1000;
/// Memory for the joins and sorts of one statement, so that a million rows are compared by hash
/// tables that stay in memory.
const WORK_MEMORY: &str = "128MB";

/// A session for an import.
pub type StagingSession = Client;

/// A session for an import, for as long as it takes; the pool's sessions have little time.
pub async fn staging_session(database: &Database) -> Result<StagingSession, StagingError> {
    database.session().await.map_err(|e| StagingError::Unavailable(e.to_string()))
}

/// A key that several staged rows have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The key's values, joined by `/`.
    pub key: String,
    /// Position of the file among those given, and number of the row, in order.
    pub rows: Vec<(i32, i64)>,
}

/// A staged row that cannot be taken because of what the layer holds, or of what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfitRow {
    /// The key's values, joined by `/`.
    pub key: String,
    /// Position of the file among those given.
    pub file: i32,
    /// Number of the row.
    pub row: i64,
    /// The feature that has the key, where that is the reason.
    pub feature: Option<i64>,
    /// The value that the scope names, in the row or, where that is the reason, in the feature.
    pub value: Option<String>,
}

/// Staged rows that cannot be taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unfit {
    /// At most a thousand of them.
    pub named: Vec<UnfitRow>,
    /// Position of the file and number of the row of each, in order.
    pub all: Vec<(i32, i64)>,
}

/// What is known of rows before they come.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    /// How many.
    pub rows: u64,
    /// How they and those of the layer come together.
    pub mode: Mode,
}

/// A staging table inside a transaction; or the layer's own table, where that holds nothing and many rows come.
pub struct Staging<'a> {
    pub(super) transaction: Transaction<'a>,
    pub(super) layer: &'a LayerDefinition,
    pub(super) columns: Vec<StagedColumn>,
    pub(super) staged: u64,
    /// The database's moment when the rows were held against the layer.
    pub(super) compared_at: String,
    /// Whether the layer held nothing then.
    pub(super) into_empty: bool,
    /// What was put aside of the layer's table, where rows go straight into it.
    pub(super) straight: Option<PutAside>,
    /// Whether rows that the layer holds already, the same, are not staged.
    pub(super) sifted: bool,
    /// Whether rows were left out because of what the layer held then.
    pub(super) holds_others: bool,
    /// How many rows the layer held when it was compared, where all were read for that.
    pub(super) held: Option<u64>,
    straight_columns: Option<StraightColumns>,
    known: Option<KnownRows>,
    known_reader: Option<KnownRowsReader>,
    /// Rows that are expected; 0 where that is not known.
    expected: usize,
    /// What is to be told of rows beside those that were sent.
    pub(super) beside: BesideRows,
}

impl std::fmt::Debug for Staging<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Staging").field("layer", &self.layer.id).field("staged", &self.staged).finish()
    }
}

impl<'a> Staging<'a> {
    /// Begins the transaction, takes the layer, and makes the staging table for `attributes`. `by`
    /// is told to whoever wants the layer meanwhile. Where many rows are `expected`, and nothing is asked
    /// of them but to be added or merged, only those are staged that the layer does not hold the same; if it holds
    /// nothing, there is no staging table.
    pub async fn begin(
        client: &'a mut Client,
        layer: &'a LayerDefinition,
        attributes: &[Attribute],
        by: Option<&str>,
        expected: Option<Expected>,
    ) -> Result<Self, StagingError> {
        let mut transaction = client.transaction().await?;
        layer_lock::hold(&mut transaction, &layer.id, by).await?;
        transaction.batch_execute(&format!("SET LOCAL work_mem = '{WORK_MEMORY}'")).await?;
        let mut columns = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            let target = column_type(&transaction, &layer.id, attribute.column()).await?;
            columns.push(StagedColumn::new(attribute, target));
        }
        let straight_columns = StraightColumns::of(&columns, layer);
        let expected = expected.filter(|all| straight_columns.is_some() && all.rows >= ROWS_MIN);
        let straight = match expected {
            Some(all) => first_load::take_empty(&mut transaction, layer, all.rows).await?,
            None => None,
        };
        if straight.is_none() {
            let defined: String =
                columns.iter().map(|c| format!(", {} {}", quote(&c.name), c.staged_type())).collect();
            let sql = format!(
                "CREATE TEMPORARY TABLE staging \
                 (_file integer, _row bigint, geom geometry, _delivered json{defined}) ON COMMIT DROP"
            );
            transaction.batch_execute(&sql).await?;
        }
        let mut staging = Self {
            transaction,
            layer,
            columns,
            staged: 0,
            compared_at: String::new(),
            into_empty: false,
            straight,
            sifted: false,
            holds_others: false,
            held: None,
            straight_columns,
            known: None,
            known_reader: None,
            expected: expected.map_or(0, |all| usize::try_from(all.rows).unwrap_or(usize::MAX)),
            beside: BesideRows::default(),
        };
        // Of more rows the keys cannot be held against each other while they are read.
        let few = |all: &Expected| usize::try_from(all.rows).is_ok_and(|rows| rows <= KEYS_MAX);
        if let Some(all) =
            expected.filter(|all| all.mode == Mode::Merge && !staging.is_straight() && few(all))
        {
            staging.compared_at = staging.moment().await?;
            staging.sifted =
                known_rows::worth_knowing(&staging.transaction, &staging.table(), all.rows).await?;
            (staging.known, staging.known_reader) = staging.sifted.then(known_rows::known_rows).unzip();
        }
        Ok(staging)
    }

    /// The database's moment now.
    pub(super) async fn moment(&mut self) -> Result<String, StagingError> {
        Ok(self.transaction.query_one("SELECT pg_current_snapshot()::text", &[]).await?.get(0))
    }

    /// Whether rows go straight into the layer's table. Then each is a feature, or the table refuses them.
    pub const fn is_straight(&self) -> bool {
        self.straight.is_some()
    }

    /// What encodes the rows.
    pub fn encoder(&mut self) -> RowEncoder {
        match (self.straight_columns.clone(), self.known.take()) {
            (Some(columns), _) if self.is_straight() => {
                RowEncoder::Straight(Box::new(StraightRows::new(columns, self.expected)))
            }
            (Some(columns), Some(known)) => {
                RowEncoder::Sifted(Box::new(SiftedRows::new(columns, known, self.expected)))
            }
            _ => RowEncoder::staged(),
        }
    }

    /// Keeps what is to be told of rows beside those that were sent.
    pub fn keep(&mut self, beside: BesideRows) {
        self.beside = beside;
    }

    /// Tells what [`Staging::encoder`] gave which rows the layer holds, where it asks for that.
    pub async fn read_known(&mut self) -> Result<(), StagingError> {
        let Some(reader) = self.known_reader.take() else { return Ok(()) };
        let columns = format!("geom{}", self.list(|c| quote(&c.name)));
        self.held = Some(reader.read(&self.transaction, &self.table(), &columns).await?);
        Ok(())
    }

    /// Fills the table with what [`Staging::encoder`] has encoded.
    pub async fn copy(
        &mut self,
        mut chunks: tokio::sync::mpsc::Receiver<Bytes>,
    ) -> Result<u64, StagingError> {
        let target = match self.is_straight() {
            true => format!("{} (geom{})", self.table(), self.list(|c| quote(&c.name))),
            false => "staging".to_owned(),
        };
        let sql = format!("COPY {target} FROM STDIN (FORMAT BINARY)");
        let sink = self.transaction.copy_in::<_, Bytes>(&sql).await?;
        let mut sink = pin!(sink);
        while let Some(chunk) = chunks.recv().await {
            sink.send(chunk).await?;
        }
        self.staged = sink.finish().await?;
        if !self.is_straight() {
            // Of geometries nothing is asked that a plan depends on, and they take longest.
            let key = self.key_columns().map(|c| quote(&c.name)).collect::<Vec<_>>().join(", ");
            let columns = if key.is_empty() { String::new() } else { format!(" ({key})") };
            self.transaction.batch_execute(&format!("ANALYZE staging{columns}")).await?;
        }
        Ok(self.staged)
    }

    /// Keys that several rows have, those that were refused among them, at most a thousand.
    pub async fn duplicates(&self) -> Result<Vec<DuplicateKey>, StagingError> {
        let key: Vec<String> = self.key_columns().map(|c| quote(&c.name)).collect();
        // Most files have none, and a table of the keys alone is small.
        let any =
            format!("SELECT EXISTS (SELECT FROM staging GROUP BY {} HAVING count(*) > 1)", key.join(", "));
        if !self.transaction.query_one(&any, &[]).await?.get::<_, bool>(0) {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT {}, array_agg(_file ORDER BY _file, _row), array_agg(_row ORDER BY _file, _row) FROM staging s \
             GROUP BY {} HAVING count(*) > 1 ORDER BY min(_file), min(_row) LIMIT {MAX_NAMED}",
            self.key_text("s"),
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
    /// its file and its number, in order, but for those that were refused before.
    pub async fn leave_out_duplicates(&mut self) -> Result<Vec<(i32, i64)>, StagingError> {
        let key = self.key_columns().map(|c| quote(&c.name)).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "WITH later AS (SELECT ctid AS _place, row_number() OVER (PARTITION BY {key} ORDER BY _file, _row) AS _nth \
             FROM staging), gone AS (DELETE FROM staging USING later WHERE staging.ctid = _place AND _nth > 1 \
             RETURNING _file, _row, geom) SELECT _file, _row, geom IS NULL FROM gone ORDER BY _file, _row"
        );
        let rows = self.transaction.query(&sql, &[]).await?;
        self.staged = self.staged.saturating_sub(rows.len() as u64);
        let taken = rows.iter().filter(|row| !row.get::<_, bool>(2));
        Ok(taken.map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Takes out of what is staged the rows that were refused and are there for their keys.
    pub async fn leave_out_refused(&mut self) -> Result<(), StagingError> {
        let gone = self.transaction.execute("DELETE FROM staging WHERE geom IS NULL", &[]).await?;
        self.staged = self.staged.saturating_sub(gone);
        Ok(())
    }

    /// Takes out of what is staged the rows whose key the layer has already.
    pub async fn leave_out_known(&mut self) -> Result<Unfit, StagingError> {
        self.holds_others = true;
        let found = format!("staging s JOIN {} t ON {}", self.table(), self.same_key());
        self.leave_out(&found, "t.id", "NULL", &[]).await
    }

    /// Takes out of what is staged those of the `rows` (position of the file, number) whose key is that of a feature
    /// that says something else.
    pub async fn leave_out_differing(&mut self, rows: &[(i32, i64)]) -> Result<Unfit, StagingError> {
        if rows.is_empty() || self.is_straight() {
            return Ok(Unfit::default());
        }
        self.holds_others = true;
        let (files, numbers): (Vec<i32>, Vec<i64>) = rows.iter().copied().unzip();
        let found = format!(
            "staging s JOIN {} t ON {} WHERE (s._file, s._row) IN (SELECT * FROM unnest($1::int[], $2::bigint[])) AND {}",
            self.table(),
            self.same_key(),
            self.differs()
        );
        self.leave_out(&found, "t.id", "NULL", &[&files, &numbers]).await
    }

    /// Takes out of what is staged the rows that say they lie outside `scope`; one that does not
    /// say where it lies is outside.
    pub async fn leave_out_outside(&mut self, scope: &Scope) -> Result<Unfit, StagingError> {
        let Some(column) = self.column(&scope.attribute) else { return Ok(Unfit::default()) };
        let column = format!("s.{}::text", quote(&column.name));
        let found = format!("staging s WHERE {column} IS DISTINCT FROM $1");
        self.leave_out(&found, "NULL::bigint", &column, &[&scope.value]).await
    }

    /// Takes out of what is staged the rows whose key is that of a feature outside `scope`, which a
    /// replacement of the scope leaves alone; one that does not say where it lies is outside.
    pub async fn leave_out_foreign(&mut self, scope: &Scope) -> Result<Unfit, StagingError> {
        let Some(column) = self.column(&scope.attribute) else { return Ok(Unfit::default()) };
        let column = format!("t.{}::text", quote(&column.name));
        self.holds_others = true;
        let found = format!(
            "staging s JOIN {} t ON {} WHERE {column} IS DISTINCT FROM $1",
            self.table(),
            self.same_key()
        );
        self.leave_out(&found, "t.id", &column, &[&scope.value]).await
    }

    /// Takes out of what is staged each row that begins before an earlier one of the same thing has
    /// ended, where the layer's key tells times apart by `valid_from`.
    pub async fn leave_out_overlapping(&mut self) -> Result<Unfit, StagingError> {
        let name = |attribute: &str| self.column(attribute).map(|c| quote(&c.name));
        let thing: Vec<String> =
            self.key_columns().filter(|c| c.attribute != "valid_from").map(|c| quote(&c.name)).collect();
        let timed = !thing.is_empty() && self.layer.key.iter().any(|k| k == "valid_from");
        let (true, Some(from), Some(to)) = (timed, name("valid_from"), name("valid_to")) else {
            return Ok(Unfit::default());
        };
        let found = format!(
            "staging s JOIN (SELECT ctid AS _place, {from} < max(coalesce({to}, 'infinity')) OVER (PARTITION BY {} \
             ORDER BY {from}, _file, _row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS _early FROM staging) \
             timed ON timed._place = s.ctid WHERE _early",
            thing.join(", ")
        );
        self.leave_out(&found, "NULL::bigint", &format!("s.{from}::text"), &[]).await
    }

    /// Whether the rows have the attribute.
    pub fn has(&self, attribute: &str) -> bool {
        self.column(attribute).is_some()
    }

    async fn leave_out(
        &mut self,
        found: &str,
        feature: &str,
        value: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Unfit, StagingError> {
        let key = self.key_text("s");
        let named = format!(
            "SELECT {key}, s._file, s._row, {feature}, {value} FROM {found} ORDER BY s._file, s._row LIMIT {MAX_NAMED}"
        );
        let named = self.transaction.query(&named, parameters).await?;
        if named.is_empty() {
            return Ok(Unfit::default());
        }
        let gone = format!(
            "WITH gone AS (DELETE FROM staging WHERE ctid IN (SELECT s.ctid FROM {found}) RETURNING _file, _row) \
             SELECT _file, _row FROM gone ORDER BY _file, _row"
        );
        let all = self.transaction.query(&gone, parameters).await?;
        self.staged = self.staged.saturating_sub(all.len() as u64);
        let unfit = |row: &tokio_postgres::Row| UnfitRow {
            key: row.get(0),
            file: row.get(1),
            row: row.get(2),
            feature: row.get(3),
            value: row.get(4),
        };
        let all = all.iter().map(|row| (row.get(0), row.get(1))).collect();
        Ok(Unfit { named: named.iter().map(unfit).collect(), all })
    }

    /// Takes everything back.
    pub async fn abandon(self) -> Result<(), StagingError> {
        Ok(self.transaction.rollback().await?)
    }

    pub(super) fn column(&self, attribute: &str) -> Option<&StagedColumn> {
        self.columns.iter().find(|c| c.attribute == attribute)
    }

    fn key_columns(&self) -> impl Iterator<Item = &StagedColumn> {
        self.columns.iter().filter(|c| self.layer.key.contains(&c.attribute))
    }

    pub(super) fn key_text(&self, alias: &str) -> String {
        let texts = self.key_columns().map(|c| format!("{alias}.{}::text", quote(&c.name)));
        format!("concat_ws('/', {})", texts.collect::<Vec<_>>().join(", "))
    }

    pub(super) fn table(&self) -> String {
        format!("gis.{}", quote(&self.layer.id))
    }

    /// The columns, each as `each` writes it, with a comma before it.
    pub(super) fn list(&self, each: impl Fn(&StagedColumn) -> String) -> String {
        self.columns.iter().map(|c| format!(", {}", each(c))).collect()
    }

    /// The condition that row `s` of the staging table and row `t` of the layer have one key.
    pub(super) fn same_key(&self) -> String {
        let same = |c: &StagedColumn| format!("t.{} = {}", quote(&c.name), c.cast("s"));
        self.key_columns().map(same).collect::<Vec<_>>().join(" AND ")
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
