//! What the record of runs and the change log tell of a layer.

use super::{Database, DatabaseError};
use crate::query::AsOf;
use serde::{Serialize, Serializer};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A run of a layer, as it is on record.
#[derive(Debug, Clone, Serialize)]
pub struct RunTold {
    /// Its number.
    pub run: i64,
    /// When it began.
    #[serde(serialize_with = "rfc3339")]
    pub started_at: OffsetDateTime,
    /// When it was done.
    #[serde(serialize_with = "rfc3339_if_any")]
    pub finished_at: Option<OffsetDateTime>,
    /// Who ran it.
    pub person: String,
    /// `append`, `merge`, `replace` or `undo`.
    pub mode: String,
    /// The run that it took back.
    pub undoes: Option<i64>,
    /// The run that took it back.
    pub undone_by: Option<i64>,
    /// Names of the files.
    pub files: Vec<String>,
    /// SHA-256 of each.
    pub sha256: Vec<String>,
    /// The system that they came in.
    pub crs: Option<String>,
    /// The operation to EPSG:4326.
    pub operation: Option<String>,
    /// What else the run was told and found, encodings among it.
    pub settings: serde_json::Value,
    /// Rows read.
    pub read: Option<i64>,
    /// Rows refused.
    pub refused: Option<i64>,
    /// Features added.
    pub new: i64,
    /// Features changed.
    pub changed: i64,
    /// Features deleted.
    pub deleted: i64,
}

/// Changes of one day that came by another tool, from one person.
#[derive(Debug, Clone, Serialize)]
pub struct OtherChanges {
    /// The first.
    #[serde(serialize_with = "rfc3339")]
    pub first_at: OffsetDateTime,
    /// The last.
    #[serde(serialize_with = "rfc3339")]
    pub last_at: OffsetDateTime,
    /// The database's user.
    pub person: String,
    /// What the tool calls itself.
    pub tool: String,
    /// Statements.
    pub statements: i64,
    /// Features added.
    pub new: i64,
    /// Features changed.
    pub changed: i64,
    /// Features deleted.
    pub deleted: i64,
}

fn rfc3339<S: Serializer>(moment: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&moment.format(&Rfc3339).map_err(serde::ser::Error::custom)?)
}

fn rfc3339_if_any<S: Serializer>(moment: &Option<OffsetDateTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match moment {
        Some(moment) => rfc3339(moment, serializer),
        None => serializer.serialize_none(),
    }
}

/// What has happened to a layer, the newest first.
#[derive(Debug, Clone, Serialize)]
pub struct History {
    /// The layer.
    pub layer: String,
    /// Runs.
    pub runs: Vec<RunTold>,
    /// Changes that belong to no run.
    pub others: Vec<OtherChanges>,
}

const RUNS: &str = "SELECT r.layer, r.id, r.started_at, r.finished_at, r.person, r.mode, r.undoes, r.undone_by, \
    r.file_names, r.checksums, r.crs, r.operation, r.settings, r.rows_read, r.rows_refused, \
    coalesce(c.n, 0)::int8, coalesce(c.u, 0)::int8, coalesce(c.d, 0)::int8 FROM diaban.import_run r \
    LEFT JOIN LATERAL (SELECT sum(rows_inserted) AS n, sum(rows_updated) AS u, sum(rows_deleted) AS d \
    FROM diaban.change WHERE import_run = r.id) c ON true";

// A day is one in Vietnam.
const OTHERS: &str = "SELECT min(changed_at), max(changed_at), person, tool, count(*), sum(rows_inserted)::int8, \
    sum(rows_updated)::int8, sum(rows_deleted)::int8 FROM diaban.change WHERE layer = $1 AND import_run IS NULL \
    GROUP BY (changed_at AT TIME ZONE INTERVAL '07:00')::date, person, tool ORDER BY max(changed_at) DESC LIMIT $2";

impl Database {
    /// What has happened to a layer: at most `limit` runs, and as many days of other changes, the
    /// newest of each.
    pub async fn history(&self, layer: &str, limit: u32) -> Result<History, DatabaseError> {
        let client = self.session().await?;
        let limit = i64::from(limit);
        let sql = format!("{RUNS} WHERE r.layer = $1 ORDER BY r.id DESC LIMIT $2");
        let runs = client.query(&sql, &[&layer, &limit]).await?;
        let others = client.query(OTHERS, &[&layer, &limit]).await?;
        let other = |row: &tokio_postgres::Row| {
            Ok(OtherChanges {
                first_at: row.try_get(0)?,
                last_at: row.try_get(1)?,
                person: row.try_get(2)?,
                tool: row.try_get(3)?,
                statements: row.try_get(4)?,
                new: row.try_get(5)?,
                changed: row.try_get(6)?,
                deleted: row.try_get(7)?,
            })
        };
        Ok(History {
            layer: layer.to_owned(),
            runs: runs.iter().map(run_told).collect::<Result<_, DatabaseError>>()?,
            others: others.iter().map(other).collect::<Result<_, DatabaseError>>()?,
        })
    }

    /// One run alone, as the history of its layer; `None` where no run of that number is kept.
    pub async fn history_of_run(&self, run: i64) -> Result<Option<History>, DatabaseError> {
        let sql = format!("{RUNS} WHERE r.id = $1");
        let Some(row) = self.session().await?.query_opt(&sql, &[&run]).await? else { return Ok(None) };
        Ok(Some(History { layer: row.try_get(0)?, runs: vec![run_told(&row)?], others: Vec::new() }))
    }

    /// The last change of a run, as what a view of the layer just after it begins from; `None`
    /// where the layer has no such run. One that changed nothing is seen as of its end.
    pub async fn after_run(&self, layer: &str, run: i64) -> Result<Option<AsOf>, DatabaseError> {
        const SQL: &str = "SELECT (SELECT max(id) FROM diaban.change WHERE import_run = r.id), \
            coalesce(r.finished_at, r.started_at) FROM diaban.import_run r WHERE r.id = $1 AND r.layer = $2";
        let Some(row) = self.session().await?.query_opt(SQL, &[&run, &layer]).await? else { return Ok(None) };
        let change: Option<i64> = row.try_get(0)?;
        Ok(Some(match change {
            Some(number) => AsOf::Change(number),
            None => AsOf::Time(row.try_get(1)?),
        }))
    }
}

fn run_told(row: &tokio_postgres::Row) -> Result<RunTold, DatabaseError> {
    Ok(RunTold {
        run: row.try_get(1)?,
        started_at: row.try_get(2)?,
        finished_at: row.try_get(3)?,
        person: row.try_get(4)?,
        mode: row.try_get(5)?,
        undoes: row.try_get(6)?,
        undone_by: row.try_get(7)?,
        files: row.try_get(8)?,
        sha256: row.try_get(9)?,
        crs: row.try_get(10)?,
        operation: row.try_get(11)?,
        settings: row.try_get(12)?,
        read: row.try_get(13)?,
        refused: row.try_get(14)?,
        new: row.try_get(15)?,
        changed: row.try_get(16)?,
        deleted: row.try_get(17)?,
    })
}
