//! The record of import runs: what is kept of each, and what it tells.

use super::{Database, DatabaseError, StagingError, sql::quoted};
use crate::layer::Catalog;
use time::{OffsetDateTime, UtcOffset, macros::format_description};
use tokio_postgres::Transaction;

/// Vietnam's offset from UTC, hours.
const VIETNAM_OFFSET_H: i8 = 7;

/// The record of an import, as `diaban.import_run` keeps it.
#[derive(Debug, Clone, Default)]
pub struct ImportRecord {
    /// Names of the files, without folders.
    pub files: Vec<String>,
    /// SHA-256 of each, hexadecimal.
    pub checksums: Vec<String>,
    /// The system that the files came in, `EPSG:9210`.
    pub crs: Option<String>,
    /// The operation to EPSG:4326; `None` where none was needed.
    pub operation: Option<String>,
    /// What else the run was told, as JSON.
    pub settings: serde_json::Value,
    /// Who ran it; the database's user where that is not known.
    pub by: Option<String>,
    /// When it began; now where it is not said.
    pub started_at: Option<OffsetDateTime>,
    /// Rows read.
    pub rows: i64,
    /// Rows refused.
    pub refused: i64,
}

/// Opens the record of a run of the layer; what the transaction changes from now on is its. Its mode is that of an
/// import, or `undo` with the run that it takes back. One that is not to be kept takes no number: people ask where the
/// run of a number went. It goes by the number of its session below zero, which no other transaction has meanwhile.
pub(super) async fn begin_run(
    transaction: &Transaction<'_>,
    layer: &str,
    record: &ImportRecord,
    (mode, undoes): (&str, Option<i64>),
    keep: bool,
) -> Result<i64, StagingError> {
    let (id, own) = match keep {
        true => ("", ") VALUES ("),
        false => ("id, ", ") OVERRIDING SYSTEM VALUE VALUES (-pg_backend_pid()::bigint, "),
    };
    let insert = format!(
        "INSERT INTO diaban.import_run ({id}layer, file_names, checksums, crs, operation, settings, person, started_at, \
         rows_read, rows_refused, mode, undoes{own}$1, $2, $3, $4, $5, $6, coalesce($7, session_user), \
         coalesce($8, now()), $9, $10, $11, $12) RETURNING id"
    );
    let ImportRecord { files, checksums, crs, operation, settings, by, started_at, rows, refused } = record;
    let row = transaction
        .query_one(
            &insert,
            &[
                &layer, files, checksums, crs, operation, settings, by, started_at, rows, refused, &mode,
                &undoes,
            ],
        )
        .await?;
    let run: i64 = row.get(0);
    transaction.query_one("SELECT set_config('diaban.import_run', $1, true)", &[&run.to_string()]).await?;
    Ok(run)
}

/// Closes the record of a run that wrote so many rows.
pub(super) async fn end_run(transaction: &Transaction<'_>, run: i64, rows: u64) -> Result<(), StagingError> {
    const UPDATE: &str =
        "UPDATE diaban.import_run SET finished_at = clock_timestamp(), rows_loaded = $2 WHERE id = $1";
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    transaction.execute(UPDATE, &[&run, &rows]).await?;
    Ok(())
}

/// A moment as people in Vietnam read it, `2026-11-24 14:05:09 +07`.
pub fn in_vietnam(moment: OffsetDateTime) -> String {
    let offset = UtcOffset::from_hms(VIETNAM_OFFSET_H, 0, 0).unwrap_or(UtcOffset::UTC);
    let local = moment.checked_to_offset(offset).unwrap_or(moment);
    let form =
        format_description!("[year]-[month]-[day] [hour]:[minute]:[second] [offset_hour sign:mandatory]");
    local.format(form).unwrap_or_default()
}

impl Database {
    /// Layers that were loaded by runs whose signature begins so, with the whole signature.
    pub async fn runs_signed(&self, beginning: &str) -> Result<Vec<(String, String)>, DatabaseError> {
        let client = self.session().await?;
        let sql = "SELECT DISTINCT layer, person FROM diaban.import_run WHERE starts_with(person, $1)";
        let rows = client.query(sql, &[&beginning]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Whether no layer's table of this program holds a row.
    pub async fn layers_are_empty(&self, catalog: &Catalog) -> Result<bool, DatabaseError> {
        let client = self.session().await?;
        for layer in catalog.definitions().filter(|l| l.table.is_none()) {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM gis.{})", quoted(&layer.id));
            if client.query_one(&sql, &[]).await?.try_get(0)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
