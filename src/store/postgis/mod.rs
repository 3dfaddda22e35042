//! PostGIS: the record. The only place with SQL.
//!
//! Layer tables stand in the schema `gis`, one per layer, named by its id: `id` (bigint, given
//! once), `geom` (EPSG:4326, GiST), then a column per attribute. What the program keeps for
//! itself stands in the schema `diaban`.

mod coordinate_test;
mod staged_rows;
mod staging;

pub use coordinate_test::coordinate_self_test;
pub use staged_rows::{StagedRows, StagedValue};
pub use staging::{DuplicateKey, ImportRecord, Merged, Staging, StagingError, staging_session};

use tokio_postgres::{Client, Config, NoTls};

/// A database that runs.
#[derive(Debug, Clone)]
pub struct Database {
    config: Config,
}

impl Database {
    /// A session outside any pool, without a limit to its statements: for long work.
    pub async fn session(&self) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = self.config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }
}
