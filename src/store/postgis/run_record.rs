//! What the record of import runs tells.

use super::{Database, DatabaseError, sql::quoted};
use crate::layer::Catalog;

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
