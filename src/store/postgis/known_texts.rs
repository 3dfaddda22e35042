//! Values that a layer's attribute has, each once.

use super::{Database, DatabaseError, source::Source, sql};
use crate::layer::LayerView;

impl Database {
    /// The values of an attribute of the view as text, each once, at most `limit`; none where it is
    /// not in the view.
    pub async fn known_texts(
        &self,
        view: &LayerView,
        attribute: &str,
        limit: u32,
    ) -> Result<Vec<String>, DatabaseError> {
        let Some(attribute) = view.attributes().find(|a| a.name == attribute) else { return Ok(Vec::new()) };
        let (column, table) = (sql::quoted(attribute.column()), Source::of(view).table);
        let statement =
            format!("SELECT DISTINCT {column}::text FROM {table} WHERE {column} IS NOT NULL LIMIT {limit}");
        let rows = self.session().await?.query(&statement, &[]).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}
