//! Whether coordinates are right here, asked while files are opened and read. Must not know rows.

use super::ImportError;
use crate::{
    crs,
    store::postgis::{Database, coordinate_self_test, staging_session},
};
use tokio::task::{JoinError, JoinHandle};

/// What PROJ and PostGIS say of the official coordinates; nothing is loaded before they have.
#[derive(Debug)]
pub struct Agreement(Option<JoinHandle<Result<(), ImportError>>>);

impl Agreement {
    /// For a database that was asked before.
    pub const fn known() -> Self {
        Self(None)
    }

    /// Asks both. Nothing is asked any more once it is dropped.
    pub fn ask(database: &Database) -> Self {
        let database = database.clone();
        Self(Some(tokio::spawn(async move {
            let proj = tokio::task::spawn_blocking(crs::self_test);
            coordinate_self_test(&staging_session(&database).await?).await?;
            Ok(proj.await.map_err(ended)??)
        })))
    }

    /// Waits until it is known.
    ///
    /// # Errors
    /// [`ImportError::Disagreement`] where one of them puts a known position elsewhere.
    pub(super) async fn settle(&mut self) -> Result<(), ImportError> {
        let Some(asked) = &mut self.0 else { return Ok(()) };
        let answer = asked.await;
        self.0 = None;
        answer.map_err(ended)?
    }
}

impl Drop for Agreement {
    fn drop(&mut self) {
        if let Some(asked) = &self.0 {
            asked.abort();
        }
    }
}

fn ended(error: JoinError) -> ImportError {
    ImportError::Reader(error.to_string())
}
