//! Where features live: one trait, and what can go wrong.
//!
//! A store accepts only a [`LayerView`]: what is not in the view does not leave it.

/// Keys by which agencies' programs are known.
pub mod api_key;
/// From what was asked for as an area to its ground.
pub mod areas;
/// What is told of changes.
pub mod changes;
/// Files that somebody sends for a layer.
pub mod delivery;
/// Changes of single features.
pub mod edit;
/// How dear the work is that a store is asked for.
mod effort;
/// In step with the database.
mod follow;
/// The two together: snapshots first, the record behind.
mod live;
/// PostGIS: the record.
pub mod postgis;
/// From the record to a snapshot.
mod publish;
/// Features on their way out.
pub(in crate::store) mod rows;
/// Snapshots: a layer as files that are read in place.
pub mod snapshot;

pub use effort::{Effort, Held, held};
pub use follow::Follower;
pub use live::LiveStore;
pub use postgis::{Activity, DatabaseError};
pub use publish::{PublishError, publish};
pub use rows::{BoxedRows, FeatureRows, RowSink};
pub use snapshot::{NoPlace, Unplaced, UnplacedRow};

use crate::{
    feature::{Bbox, Feature, FeatureId, FeatureRef},
    layer::{AggregateView, LayerView},
    query::{
        AsOf, FeatureQuery,
        aggregates::Unpublished,
        filter::Filter,
        search::{Needle, SearchFound},
        statistics::{Statistics, StatisticsQuery, Unanswered},
    },
    tile::{Projection, TileCoord},
};
use futures_util::{TryStreamExt, stream::BoxStream};
use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};
use time::OffsetDateTime;

/// Features one after the other.
pub type FeatureStream = BoxStream<'static, Result<Feature, StoreError>>;

/// Takes the features of a scan, one by one, as they come.
pub type FeatureSink<'a> = dyn FnMut(Projection, &FeatureRef<'_>) + Send + 'a;

/// Out of what a store that is ready answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// The database.
    Database,
    /// Snapshots alone; there is no database.
    Snapshots,
}

/// What a store holds and uses now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resources {
    /// Sessions of the database that answer somebody.
    pub in_use: usize,
    /// Sessions that are open, and free.
    pub idle: usize,
    /// Sessions that there may be.
    pub most: usize,
    /// Questions that wait for a session.
    pub waiting: usize,
    /// Layers that are served from a snapshot.
    pub snapshots: usize,
    /// Since the oldest of those was taken.
    pub oldest: Option<Duration>,
}

/// Answers questions about features.
pub trait FeatureStore: Send + Sync + 'static {
    /// Whether it can answer now; the error says why not.
    fn ready(&self) -> impl Future<Output = Result<Readiness, StoreError>> + Send;

    /// What it holds and uses now.
    fn resources(&self) -> Resources {
        Resources::default()
    }

    /// The features that `query` asks for, in its order, at most `query.limit`, to be taken row by
    /// row.
    fn rows(
        &self,
        view: &LayerView,
        query: &FeatureQuery,
    ) -> impl Future<Output = Result<BoxedRows, StoreError>> + Send;

    /// The same straight from the record, whatever stands before it: what somebody who edits has to see.
    fn rows_on_record(
        &self,
        view: &LayerView,
        query: &FeatureQuery,
    ) -> impl Future<Output = Result<BoxedRows, StoreError>> + Send {
        self.rows(view, query)
    }

    /// The same as features that stand by themselves.
    fn features(
        &self,
        view: &LayerView,
        query: &FeatureQuery,
    ) -> impl Future<Output = Result<FeatureStream, StoreError>> + Send {
        async { Ok(rows::owned(self.rows(view, query).await?, view)) }
    }

    /// One feature, if the view holds it.
    fn feature(
        &self,
        view: &LayerView,
        id: FeatureId,
    ) -> impl Future<Output = Result<Option<Feature>, StoreError>> + Send {
        async move {
            let one = FeatureQuery { id: Some(id), limit: 1, ..FeatureQuery::default() };
            self.features(view, &one).await?.try_next().await
        }
    }

    /// How many features `query` asks for, were it not for `limit` and `after`.
    fn count(
        &self,
        view: &LayerView,
        query: &FeatureQuery,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// How much of the view's features lies where `query` says, in the plane of EPSG:9210.
    fn statistics(
        &self,
        view: &LayerView,
        query: &StatisticsQuery,
    ) -> impl Future<Output = Result<Statistics, StoreError>> + Send;

    /// The features of the views that are called as `needle` says, the best first, at most `limit`.
    /// Slips are forgiven where fewer than `limit` are called so to the letter. Layers of which
    /// there is no index of names are left out, and named.
    fn search(
        &self,
        views: &[LayerView],
        _needle: &Arc<Needle>,
        _limit: usize,
    ) -> impl Future<Output = Result<SearchFound, StoreError>> + Send {
        let left_out = views.iter().map(|view| view.id().to_owned()).collect();
        async { Ok(SearchFound { left_out, ..SearchFound::default() }) }
    }

    /// How many rows the layer has in each commune, and the sums that its file lets be told: of all rows, whoever
    /// asks, so that nothing can be read from it but what may be published. As they were then, where the store keeps
    /// the layer's past.
    fn aggregates(
        &self,
        view: &AggregateView,
        as_of: Option<AsOf>,
    ) -> impl Future<Output = Result<Unpublished, StoreError>> + Send;

    /// What the newest checks of the layer's quality gave, the newest first, where the caller may see all that
    /// was looked at.
    fn quality_runs(
        &self,
        _view: &LayerView,
        _limit: u32,
    ) -> impl Future<Output = Result<Vec<QualityRun>, StoreError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// The newest check before a moment, where the caller may see all that was looked at.
    fn quality_before(
        &self,
        _view: &LayerView,
        _moment: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<QualityRun>, StoreError>> + Send {
        async { Ok(None) }
    }

    /// What happened to layers from one moment to before another, by their ids: of those of which the view holds
    /// all, since loads and changes count rows that nobody has looked at.
    fn activity(
        &self,
        _views: &[LayerView],
        _span: [OffsetDateTime; 2],
    ) -> impl Future<Output = Result<BTreeMap<String, Activity>, StoreError>> + Send {
        async { Ok(BTreeMap::new()) }
    }

    /// What the newest check of the layer found wrong where: features of GeoJSON.
    fn quality_findings(
        &self,
        _view: &LayerView,
    ) -> impl Future<Output = Result<Vec<serde_json::Value>, StoreError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// The box around all features of the view, degrees of EPSG:4326; `None` if it is empty.
    fn extent(&self, view: &LayerView) -> impl Future<Output = Result<Option<Bbox>, StoreError>> + Send;

    /// Hands every feature of the view whose box meets `area` (EPSG:3857, metres) to `sink`, with
    /// the plane its coordinates are in, as it is drawn at `zoom`: itself, or one that stands for
    /// several. Values are those of the view; behind them may stand one more, the number of
    /// features that it stands for. Equal content comes in equal order. With a filter, only those
    /// for which it holds, each of them itself at any zoom. After [`StoreError::Lost`] it is to be asked again,
    /// and what it handed over is to be thrown away.
    fn scan(
        &self,
        view: &LayerView,
        area: Bbox,
        zoom: u8,
        filter: Option<&Filter>,
        sink: &mut FeatureSink<'_>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A number that changes whenever the content of a tile does; `None` where that is not known,
    /// and a tile must not be kept.
    fn tile_version(&self, _view: &LayerView, _tile: TileCoord) -> Option<u64> {
        None
    }

    /// Hears of what changes in tiles from now on; `None` where nobody can tell.
    fn changes(&self) -> Option<changes::Listener> {
        None
    }

    /// The rows of the view that no map can show; `None` where nobody has looked.
    fn on_no_map(&self, _view: &LayerView) -> Option<OnNoMap> {
        None
    }

    /// For which moment (RFC 3339) the answers stand, where they come from a snapshot because
    /// there is no database.
    fn data_as_of(&self, _view: &LayerView) -> Option<String> {
        None
    }
}

/// The rows of a layer that no map can show, as far as somebody has looked.
#[derive(Debug, Clone)]
pub struct OnNoMap {
    /// When the snapshot was taken in which they were looked for, RFC 3339. What changed since
    /// counts, where changes are followed.
    pub as_of: String,
    /// Those that the view may see.
    pub unplaced: Unplaced,
}

/// What a check of a layer's quality gave.
#[derive(Debug, Clone, PartialEq)]
pub struct QualityRun {
    /// When.
    pub checked_at: OffsetDateTime,
    /// Words and measures, as they were written down then.
    pub result: serde_json::Value,
}

/// What can go wrong in a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or has no connection free in time.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database has as many questions of this kind as it may have at once.
    #[error("the database has too much to do")]
    Busy,
    /// There is no database, and no snapshot of the layer that could answer.
    #[error("{}", no_snapshot_text(.layer, *.unreadable))]
    NoSnapshot {
        /// The layer.
        layer: String,
        /// Whether there are files of one, which cannot be read.
        unreadable: bool,
    },
    /// A file of the snapshot was cut short while it was read: what has come of it is worth nothing. Asked again,
    /// another answers.
    #[error("{0}")]
    Lost(String),
    /// The database did not answer in time.
    #[error("the database took longer than allowed")]
    Timeout,
    /// A filter over more features than can be looked at in time.
    #[error("the filter takes longer than allowed over so many features")]
    TooSlow,
    /// The question has no answer of a size that can be given.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    /// A defect, here or in the database.
    #[error("{0}")]
    Internal(String),
}

fn no_snapshot_text(layer: &str, unreadable: bool) -> String {
    let wrong = if unreadable {
        "its snapshot cannot be read; the server's log says why"
    } else {
        "it has no snapshot"
    };
    format!(
        "the layer `{layer}` is not served: {wrong}, and there is no database behind this server. Publish it anew, with `diaban publish {layer}`"
    )
}
