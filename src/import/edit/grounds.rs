//! What a layer's rules ask of the database (boundaries of communes, keys of other layers), kept as long as nothing
//! of it has changed: one feature is not to read what a million rows read once.

use crate::{
    import::{ImportError, rule::RuleGround},
    layer::{Catalog, LayerDefinition},
    store::{
        areas::COMMUNES,
        postgis::{Database, StagingError},
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long it is kept at most: a day ends, and tables that other programs keep have no log of changes.
const KEPT_FOR: Duration = Duration::from_secs(60);

/// What was read for each layer, by its id.
#[derive(Debug, Default)]
pub struct Grounds(Mutex<HashMap<String, Kept>>);

#[derive(Debug)]
struct Kept {
    read_at: Instant,
    /// How far the layers that it was read from were changed.
    changes: (i64, i64),
    ground: Arc<RuleGround>,
}

impl Grounds {
    /// What the rules of `layer` need.
    pub async fn of(
        &self,
        database: &Database,
        catalog: &Catalog,
        layer: &LayerDefinition,
    ) -> Result<Arc<RuleGround>, ImportError> {
        let others = layer.attributes.iter().filter_map(|attribute| attribute.references.as_deref());
        let asked: Vec<&str> = others.chain([COMMUNES]).collect();
        let away = |error: &dyn std::fmt::Display| {
            ImportError::Staging(StagingError::Unavailable(error.to_string()))
        };
        // Asked first: what is read is as new as that, or newer.
        let changes = database.changes_so_far(&asked).await.map_err(|error| away(&error))?;
        let is_good = |kept: &&Kept| kept.changes == changes && kept.read_at.elapsed() < KEPT_FOR;
        let kept = |grounds: &HashMap<String, Kept>| {
            grounds.get(&layer.id).filter(is_good).map(|kept| kept.ground.clone())
        };
        if let Some(ground) = kept(&self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(ground);
        }
        let read_at = Instant::now();
        let ground = Arc::new(RuleGround::read(database, catalog, layer).await?);
        let read = Kept { read_at, changes, ground: ground.clone() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(layer.id.clone(), read);
        Ok(ground)
    }
}
