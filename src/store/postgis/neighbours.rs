//! Staged rows and the features of the layer beside them, both as they will be once the rows are written.
//!
//! Must not know what is looked for in them.

use super::{
    Staging, StagingError,
    merge::{Mode, Scope},
    staging::quote,
};
use futures_util::TryStreamExt;
use std::pin::pin;
use tokio_postgres::{Row, types::ToSql};

/// Pairs that are looked at.
const PAIRS_MAX: usize = 500_000;

/// A row that is new or changes its feature, and a feature that stays as it is, whose boxes meet.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    /// Position of the row's file among those given.
    pub file: i32,
    /// Number of the row.
    pub row: i64,
    /// Its key's values, joined by `/`.
    pub key: String,
    /// Its geometry as WKB, degrees of EPSG:4326.
    pub shape: Vec<u8>,
    /// The feature.
    pub feature: i64,
    /// Its key.
    pub feature_key: String,
    /// Its geometry.
    pub feature_shape: Vec<u8>,
}

impl Staging<'_> {
    /// Hands the rows that [`Staging::plan`] found to be new or changed to `each`, with each feature beside
    /// them that the run leaves as it is and that is valid at a time at which the row is. Returns whether
    /// those were all.
    pub async fn neighbours(
        &self,
        mode: Mode,
        scope: Option<&Scope>,
        mut each: impl FnMut(Neighbours),
    ) -> Result<bool, StagingError> {
        // Nothing stays beside rows that are all there is.
        if self.is_straight() || self.into_empty || (mode == Mode::Replace && scope.is_none()) {
            return Ok(true);
        }
        let (in_scope, parameters) = match mode {
            Mode::Replace => self.scope_condition(scope),
            _ => ("false".to_owned(), Vec::new()),
        };
        let sql = format!(
            "SELECT s._file, s._row, {}, ST_AsBinary(s.geom), t.id, {}, ST_AsBinary(t.geom) FROM difference d \
             JOIN staging s ON s.ctid = d._place JOIN {} t ON t.geom && s.geom \
             WHERE NOT EXISTS (SELECT FROM difference e WHERE e._id = t.id) AND ({in_scope}) IS NOT TRUE{} LIMIT {}",
            self.key_text("s"),
            self.key_text("t"),
            self.table(),
            self.at_one_time(),
            PAIRS_MAX + 1
        );
        let mut rows = pin!(self.transaction.query_raw::<_, &(dyn ToSql + Sync), _>(&sql, parameters).await?);
        let mut count = 0;
        while let Some(row) = rows.try_next().await? {
            count += 1;
            if count <= PAIRS_MAX {
                each(neighbours(&row)?);
            }
        }
        Ok(count <= PAIRS_MAX)
    }

    // The condition that neither of row `s` and feature `t` has ended when the other begins.
    fn at_one_time(&self) -> String {
        let (Some(from), Some(to)) = (self.column("valid_from"), self.column("valid_to")) else {
            return String::new();
        };
        let of_layer = |c: &super::staged_rows::StagedColumn| format!("t.{}", quote(&c.name));
        let pairs = [(from.cast("s"), of_layer(to)), (of_layer(from), to.cast("s"))];
        pairs.map(|(begins, ends)| format!(" AND ({begins} >= {ends}) IS NOT TRUE")).concat()
    }
}

fn neighbours(row: &Row) -> Result<Neighbours, StagingError> {
    Ok(Neighbours {
        file: row.try_get(0)?,
        row: row.try_get(1)?,
        key: row.try_get(2)?,
        shape: row.try_get(3)?,
        feature: row.try_get(4)?,
        feature_key: row.try_get(5)?,
        feature_shape: row.try_get(6)?,
    })
}
