//! Whether coordinates are right here, asked while files are opened and read. Must not know rows.

use super::ImportError;
use crate::{
    crs::{self, Disagreement},
    store::postgis::{Database, coordinate_self_test, staging_session},
};
use std::thread;
use tokio::task::JoinHandle;

/// What PROJ and PostGIS say of the official coordinates; nothing is loaded before they have.
#[derive(Debug)]
pub struct Agreement(Option<Asked>);

#[derive(Debug)]
struct Asked {
    /// `None` where there was no thread for it.
    proj: Option<thread::JoinHandle<Result<(), Disagreement>>>,
    postgis: JoinHandle<Result<(), ImportError>>,
}

impl Agreement {
    /// For a database that was asked before.
    pub const fn known() -> Self {
        Self(None)
    }

    /// Asks both. Nothing is asked any more once it is dropped.
    pub fn ask(database: &Database) -> Self {
        let database = database.clone();
        let postgis = tokio::spawn(async move {
            let session = staging_session(&database).await?;
            Ok(coordinate_self_test(&session).await?)
        });
        Self(Some(Asked { proj: thread::Builder::new().spawn(crs::self_test).ok(), postgis }))
    }

    /// Waits until it is known.
    ///
    /// # Errors
    /// [`ImportError::Disagreement`] where one of them puts a known position elsewhere.
    pub(super) async fn settle(&mut self) -> Result<(), ImportError> {
        let Some(mut asked) = self.0.take() else { return Ok(()) };
        let ended = |why: &str| ImportError::Reader(why.to_owned());
        (&mut asked.postgis).await.map_err(|error| ended(&error.to_string()))??;
        match asked.proj.take() {
            Some(proj) => proj.join().map_err(|_| ended("it ended early"))??,
            None => crs::self_test()?,
        }
        Ok(())
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.postgis.abort();
        // A tenth of a second at most: PROJ must not be in use when the program ends and takes away what it holds.
        if let Some(proj) = self.proj.take() {
            let _ = proj.join();
        }
    }
}
