//! One feature changed in the transaction of a staging table: held, written, looked at again.
//!
//! Under the layer's lock, as imports are, and a run of its own in the record, so that history tells of it and undo
//! takes it back. Must not know why a feature is what it is to be.

use super::{
    Database, DatabaseError, Staging, StagingError, StagingSession,
    merge::same_or_new,
    read::{Raw, values_of},
    run_record::{ImportRecord, begin_run, end_run},
    sql,
    staged_rows::StagedColumn,
    staging::quote,
};
use crate::{
    feature::{Feature, FeatureId, FeatureRow, Shape},
    layer::LayerView,
    query::FeatureQuery,
    store::rows,
};
use tokio_postgres::{GenericClient, error::SqlState, types::ToSql};

/// What has to be done within this: somebody waits for the answer, and others for the layer.
const LIMITS: &str = "SET LOCAL lock_timeout = '3s'; SET LOCAL statement_timeout = '10s'";

/// What somebody sends of an attribute is meant as it is: no file stands between that holds less.
fn as_sent(column: &StagedColumn) -> String {
    column.cast("s")
}

/// What is to become of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowEdit {
    /// The staged row is added.
    Insert,
    /// The staged row is written over it.
    Update(FeatureId),
    /// It goes.
    Delete(FeatureId),
}

impl Database {
    /// How many of the last changes were of these layers, and the number of the last of them: where both are as they
    /// were, so are the layers. Numbers are given out before a change counts, so the last alone does not tell; and of
    /// all that there have ever been there are many.
    pub async fn changes_so_far(&self, layers: &[&str]) -> Result<(i64, i64), DatabaseError> {
        const SQL: &str = "SELECT count(*), coalesce(max(id), 0) FROM diaban.change WHERE layer = ANY($1) \
                           AND id > (SELECT coalesce(max(id), 0) - 10000 FROM diaban.change)";
        let row = self.session().await?.query_one(SQL, &[&layers]).await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}

/// A feature as it is before the layer is held, if the view holds it: whoever waits for the layer need not wait for
/// what is done with it.
pub async fn feature_before(
    session: &StagingSession,
    view: &LayerView,
    id: FeatureId,
) -> Result<Option<Feature>, StagingError> {
    read(session, view, id).await
}

async fn read(
    client: &impl GenericClient,
    view: &LayerView,
    id: FeatureId,
) -> Result<Option<Feature>, StagingError> {
    let query = FeatureQuery { id: Some(id), limit: 1, ..FeatureQuery::default() };
    let sql::Statement { text, parameters } = sql::features(view, &query);
    let parameters: Vec<&(dyn ToSql + Sync)> = parameters.iter().map(|p| p.as_ref() as _).collect();
    let Some(row) = client.query_opt(&text, &parameters).await? else { return Ok(None) };
    let broken = |error: &dyn std::fmt::Display| StagingError::Database(error.to_string());
    let mut shape = Shape::default();
    if let Some(Raw(wkb)) = row.try_get::<_, Option<Raw<'_>>>(1)? {
        shape.read_wkb(wkb).map_err(|error| broken(&error))?;
    }
    let width = view.attributes().len();
    let values = values_of(&row, width).map_err(|error| broken(&error))?;
    let kinds: Vec<_> = view.attributes().map(|attribute| attribute.kind).collect();
    let shape = Some(&shape).filter(|shape| !shape.is_empty());
    Ok(Some(rows::feature(&FeatureRow { id, shape, values: &values[..kinds.len()] }, &kinds)))
}

impl Staging<'_> {
    /// Bounds how long statements of the transaction may take from now on.
    pub async fn hurry(&mut self) -> Result<(), StagingError> {
        Ok(self.transaction.batch_execute(LIMITS).await?)
    }

    /// Keeps everybody else from changing a feature until the transaction ends. `false` where there is none.
    pub async fn hold(&mut self, id: FeatureId) -> Result<bool, StagingError> {
        let sql = format!("SELECT FROM {} WHERE id = $1 FOR UPDATE", self.table());
        let row = self.transaction.query_opt(&sql, &[&id]).await.map_err(|error| self.told(error))?;
        Ok(row.is_some())
    }

    /// What a statement failed of; one that waited in vain for somebody else's transaction is to be repeated.
    fn told(&self, error: tokio_postgres::Error) -> StagingError {
        match error.code() {
            Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::QUERY_CANCELED) => {
                StagingError::Busy { layer: self.layer.id.clone(), by: None, since: None }
            }
            _ => error.into(),
        }
    }

    /// A feature as it is in the transaction, if the view holds it.
    pub async fn feature(
        &mut self,
        view: &LayerView,
        id: FeatureId,
    ) -> Result<Option<Feature>, StagingError> {
        read(&self.transaction, view, id).await
    }

    /// Whether another feature than `id` has the key of the staged row.
    pub async fn key_is_taken(&mut self, id: Option<FeatureId>) -> Result<bool, StagingError> {
        if !self.layer.key.iter().all(|name| self.has(name)) {
            return Ok(false);
        }
        let sql = format!(
            "SELECT EXISTS (SELECT FROM staging s JOIN {} t ON {} WHERE t.id IS DISTINCT FROM $1)",
            self.table(),
            self.same_key()
        );
        Ok(self.transaction.query_one(&sql, &[&id]).await?.get(0))
    }

    /// Whether the staged row says something else than the feature.
    pub async fn says_otherwise(&mut self, id: FeatureId) -> Result<bool, StagingError> {
        let sql = format!(
            "SELECT EXISTS (SELECT FROM staging s, {} t WHERE t.id = $1 AND {})",
            self.table(),
            self.differs_by(as_sent)
        );
        Ok(self.transaction.query_one(&sql, &[&id]).await?.get(0))
    }

    /// Does it, as a run of the layer. Returns the run, and the feature's number. It counts once
    /// [`Staging::keep_edit`] has returned.
    pub async fn apply(
        &mut self,
        record: &ImportRecord,
        edit: RowEdit,
    ) -> Result<(i64, FeatureId), StagingError> {
        let run = begin_run(&self.transaction, &self.layer.id, record, ("edit", None), true).await?;
        let table = self.table();
        let id = match edit {
            RowEdit::Insert => {
                let names = self.list(|c| quote(&c.name));
                let values = self.list(|c| c.cast("s"));
                let sql = format!(
                    "INSERT INTO {table} (geom{names}) SELECT s.geom{values} FROM staging s RETURNING id"
                );
                self.transaction.query_one(&sql, &[]).await.map_err(|error| self.told(error))?.try_get(0)?
            }
            RowEdit::Update(id) => {
                let set = same_or_new(self, as_sent);
                let sql = format!("UPDATE {table} AS t SET {set} FROM staging s WHERE t.id = $1");
                self.transaction.execute(&sql, &[&id]).await.map_err(|error| self.told(error))?;
                id
            }
            RowEdit::Delete(id) => {
                let sql = format!("DELETE FROM {table} WHERE id = $1");
                self.transaction.execute(&sql, &[&id]).await.map_err(|error| self.told(error))?;
                id
            }
        };
        let is_there = !matches!(edit, RowEdit::Delete(_));
        if is_there {
            self.keep_sent(run, id).await?;
        }
        end_run(&self.transaction, run, is_there.into()).await?;
        Ok((run, id))
    }

    /// Keeps what was sent in place of what was repaired, under the key that the feature has now.
    async fn keep_sent(&mut self, run: i64, id: FeatureId) -> Result<(), StagingError> {
        let key = self.layer.attributes.iter().filter(|a| self.layer.key.contains(&a.name));
        let key: String = key.map(|a| format!(", t.{}::text", quote(a.column()))).collect();
        let sql = format!(
            "INSERT INTO diaban.delivered_value (import_run, file, row, key, delivered) \
             SELECT $1, s._file + 1, s._row, concat_ws('/', NULL{key}), s._delivered FROM staging s, {} t \
             WHERE t.id = $2 AND s._delivered IS NOT NULL",
            self.table()
        );
        self.transaction.execute(&sql, &[&run, &id]).await?;
        Ok(())
    }

    /// Makes what was done count.
    pub async fn keep_edit(self) -> Result<(), StagingError> {
        self.transaction.commit().await.map_err(StagingError::of_commit)
    }
}
