//! The store that is served: tiles from snapshots with the changes since, questions from PostGIS;
//! each stands in for the other where it is missing.

use super::{
    FeatureSink, FeatureStore, FeatureStream, Readiness, StoreError,
    postgis::PostgisStore,
    snapshot::{ServedLayer, SnapshotStore, items},
};
use crate::{
    feature::{Bbox, Feature, FeatureId},
    layer::LayerView,
    query::FeatureQuery,
    tile::TileCoord,
};
use futures_util::{StreamExt, stream};
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::spawn_blocking;

/// How long the database is not asked again after it was found to be gone.
const GONE_FOR: Duration = Duration::from_secs(2);

/// Snapshots and the record. Cheap to clone.
#[derive(Clone)]
pub struct LiveStore {
    postgis: Option<PostgisStore>,
    snapshots: Option<Arc<SnapshotStore>>,
    started: Instant,
    /// Milliseconds from the start until the database is asked again.
    ask_again: Arc<AtomicU64>,
}

impl LiveStore {
    /// Over a database, over snapshots, or over both.
    pub fn new(postgis: Option<PostgisStore>, snapshots: Option<Arc<SnapshotStore>>) -> Self {
        Self { postgis, snapshots, started: Instant::now(), ask_again: Arc::default() }
    }

    /// A layer's snapshot, if tiles are to come from it: of a table that this program did not
    /// make only where its file says how often.
    fn served(&self, view: &LayerView) -> Option<ServedLayer> {
        let follows = |t: &crate::layer::ExistingTable| t.refresh_s.is_some();
        let asked = self.postgis.is_none() || view.layer().table.as_ref().is_none_or(follows);
        self.snapshots.as_ref().filter(|_| asked)?.served(view.id())
    }

    fn gone(&self) -> bool {
        self.postgis.is_none() || self.millis() < self.ask_again.load(Ordering::Relaxed)
    }

    fn millis(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// Asks the database, or, where it is gone, the snapshot.
    async fn ask<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        view: &LayerView,
        database: impl FnOnce(PostgisStore) -> F,
        snapshot: impl FnOnce(ServedLayer) -> T + Send + 'static,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
    {
        let served = self.snapshots.as_ref().and_then(|s| s.served(view.id()));
        let answer = match &self.postgis {
            Some(postgis) if served.is_none() || !self.gone() => database(postgis.clone()).await,
            _ => Err(StoreError::Unavailable("there is no database".to_owned())),
        };
        match (answer, served) {
            (Err(StoreError::Unavailable(why)), Some(served)) => {
                if !self.gone() {
                    tracing::warn!(why, "the database is gone; snapshots answer");
                    self.ask_again.store(self.millis() + GONE_FOR.as_millis() as u64, Ordering::Relaxed);
                }
                spawn_blocking(move || snapshot(served))
                    .await
                    .map_err(|e| StoreError::Internal(e.to_string()))
            }
            (answer, _) => answer,
        }
    }
}

impl FeatureStore for LiveStore {
    async fn ready(&self) -> Result<Readiness, StoreError> {
        match &self.postgis {
            Some(postgis) => postgis.ready().await,
            None => Ok(Readiness::Snapshots),
        }
    }

    async fn features(&self, view: &LayerView, query: &FeatureQuery) -> Result<FeatureStream, StoreError> {
        let (own_view, own_query) = (view.clone(), query.clone());
        self.ask(
            view,
            |postgis| async move { postgis.features(view, query).await },
            move |served| {
                stream::iter(items::features(&served, &own_view, &own_query).into_iter().map(Ok)).boxed()
            },
        )
        .await
    }

    async fn feature(&self, view: &LayerView, id: FeatureId) -> Result<Option<Feature>, StoreError> {
        let own_view = view.clone();
        self.ask(
            view,
            |postgis| async move { postgis.feature(view, id).await },
            move |served| items::feature(&served, &own_view, id),
        )
        .await
    }

    async fn count(&self, view: &LayerView, query: &FeatureQuery) -> Result<u64, StoreError> {
        let (own_view, own_query) = (view.clone(), query.clone());
        self.ask(
            view,
            |postgis| async move { postgis.count(view, query).await },
            move |served| items::count(&served, &own_view, &own_query),
        )
        .await
    }

    async fn extent(&self, view: &LayerView) -> Result<Option<Bbox>, StoreError> {
        let own_view = view.clone();
        self.ask(
            view,
            |postgis| async move { postgis.extent(view).await },
            move |served| items::extent(&served, &own_view),
        )
        .await
    }

    async fn scan(
        &self,
        view: &LayerView,
        area: Bbox,
        zoom: u8,
        sink: &mut FeatureSink<'_>,
    ) -> Result<(), StoreError> {
        match (self.served(view), &self.postgis) {
            (Some(served), _) => {
                served.scan(view, area, zoom, sink);
                Ok(())
            }
            (None, Some(postgis)) => postgis.scan(view, area, zoom, sink).await,
            (None, None) => Err(StoreError::Unavailable(format!(
                "there is neither a database nor a snapshot of the layer {}",
                view.id()
            ))),
        }
    }

    fn tile_version(&self, view: &LayerView, tile: TileCoord) -> Option<u64> {
        self.served(view)?;
        self.snapshots.as_ref()?.tile_version(view.id(), tile)
    }

    fn data_as_of(&self, view: &LayerView) -> Option<String> {
        let served = self.snapshots.as_ref()?.served(view.id())?;
        self.gone().then(|| served.snapshot.manifest.taken_at.clone())
    }
}
