//! Where features live: one trait, and what can go wrong.
//!
//! A store accepts only a [`LayerView`]: what is not in the view does not leave it.

/// PostGIS: the record.
pub mod postgis;

use crate::{
    feature::{Bbox, Feature, FeatureId, FeatureRef},
    layer::LayerView,
    query::FeatureQuery,
    tile::Projection,
};
use futures_util::stream::BoxStream;
use std::future::Future;

/// Features one after the other, in the order of their ids.
pub type FeatureStream = BoxStream<'static, Result<Feature, StoreError>>;

/// Takes the features of a scan, one by one, as they come.
pub type FeatureSink<'a> = dyn FnMut(Projection, &FeatureRef<'_>) + Send + 'a;

/// Answers questions about features.
pub trait FeatureStore: Send + Sync + 'static {
    /// Whether it can answer now; the error says why not.
    fn ready(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The features that `query` asks for, in the order of their ids, at most `query.limit`.
    fn features(
        &self,
        view: &LayerView,
        query: &FeatureQuery,
    ) -> impl Future<Output = Result<FeatureStream, StoreError>> + Send;

    /// One feature, if the view holds it.
    fn feature(
        &self,
        view: &LayerView,
        id: FeatureId,
    ) -> impl Future<Output = Result<Option<Feature>, StoreError>> + Send;

    /// How many features `query` asks for, were it not for `limit` and `after`.
    fn count(
        &self,
        view: &LayerView,
        query: &FeatureQuery,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// The box around all features of the view, degrees of EPSG:4326; `None` if it is empty.
    fn extent(&self, view: &LayerView) -> impl Future<Output = Result<Option<Bbox>, StoreError>> + Send;

    /// Hands every feature of the view whose box meets `area` (EPSG:3857, metres) to `sink`, in
    /// no order, with the plane its coordinates are in. Values are those of the view.
    fn scan(
        &self,
        view: &LayerView,
        area: Bbox,
        sink: &mut FeatureSink<'_>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What can go wrong in a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or has no connection free in time.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database did not answer in time.
    #[error("the database took longer than allowed")]
    Timeout,
    /// A defect, here or in the database.
    #[error("{0}")]
    Internal(String),
}
