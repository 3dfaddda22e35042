//! What the record tells of a stretch of time: loads, changes, and the checks that were newest at its end.

use super::{Database, DatabaseError};
use crate::store::QualityRun;
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// What happened to a layer in a stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Activity {
    /// Runs that loaded rows and were not taken back.
    pub loads: u64,
    /// Rows that came.
    pub inserted: u64,
    /// Rows that were changed.
    pub updated: u64,
    /// Rows that went.
    pub deleted: u64,
}

impl Database {
    /// By layer, from one moment to before another.
    pub async fn activity(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<BTreeMap<String, Activity>, DatabaseError> {
        let client = self.session().await?;
        let mut all: BTreeMap<String, Activity> = BTreeMap::new();
        let loads = "SELECT layer, count(*) FROM diaban.import_run WHERE finished_at >= $1 AND finished_at < $2 \
                     AND undone_by IS NULL AND mode <> 'undo' GROUP BY layer";
        for row in client.query(loads, &[&from, &to]).await? {
            all.entry(row.try_get(0)?).or_default().loads = row.try_get::<_, i64>(1)?.unsigned_abs();
        }
        let changes = "SELECT layer, sum(rows_inserted)::int8, sum(rows_updated)::int8, sum(rows_deleted)::int8 \
                       FROM diaban.change WHERE changed_at >= $1 AND changed_at < $2 GROUP BY layer";
        for row in client.query(changes, &[&from, &to]).await? {
            let activity = all.entry(row.try_get(0)?).or_default();
            let rows = |at| row.try_get::<_, i64>(at).map(i64::unsigned_abs);
            (activity.inserted, activity.updated, activity.deleted) = (rows(1)?, rows(2)?, rows(3)?);
        }
        Ok(all)
    }

    /// By layer, the newest check before a moment of all that the layer holds.
    pub async fn checks_before(
        &self,
        moment: OffsetDateTime,
    ) -> Result<BTreeMap<String, QualityRun>, DatabaseError> {
        let sql = "SELECT DISTINCT ON (layer) layer, checked_at, result FROM diaban.quality_run \
                   WHERE checked_at < $1 AND 'restricted' = ANY (classes) ORDER BY layer, id DESC";
        let rows = self.session().await?.query(sql, &[&moment]).await?;
        let told = |row: &tokio_postgres::Row| -> Result<(String, QualityRun), DatabaseError> {
            Ok((row.try_get(0)?, QualityRun { checked_at: row.try_get(1)?, result: row.try_get(2)? }))
        };
        rows.iter().map(told).collect()
    }
}
