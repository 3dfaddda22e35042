//! The box around a layer, remembered for as long as nothing in the layer changes.

use super::{Problem, Site};
use crate::{
    feature::Bbox,
    layer::LayerView,
    store::{FeatureStore, StoreError},
    tile::TileCoord,
};
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

/// Boxes by layer and the rows that are seen, each with the version of the layer that it stands for.
#[derive(Debug, Default)]
pub struct Extents(RwLock<HashMap<String, (u64, Option<Bbox>)>>);

impl<S: FeatureStore> Site<S> {
    /// The box around all features of the view, degrees of EPSG:4326; `None` if it is empty, or if
    /// nothing can be said of the layer: lists of layers do not fail for one of them.
    pub(super) async fn extent(&self, view: &LayerView) -> Result<Option<Bbox>, Problem> {
        // The tile of the whole world changes with everything in it.
        let version = TileCoord::new(0, 0, 0).and_then(|world| self.store.tile_version(view, world));
        let Some(version) = version else {
            return match self.store.extent(view).await {
                Err(StoreError::NoSnapshot { .. }) => Ok(None),
                extent => Ok(extent?),
            };
        };
        let key = format!("{}|{}", view.id(), view.rows_seen());
        let known = self.extents.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        if let Some((of, extent)) = known
            && of == version
        {
            return Ok(extent);
        }
        let extent = self.store.extent(view).await?;
        self.extents.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, (version, extent));
        Ok(extent)
    }
}
