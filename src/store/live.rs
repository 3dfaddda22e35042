//! The store that is served: a layer's snapshot with the changes since over it, so that tiles and
//! answers show one state; PostGIS where a layer has none.

use super::{
    Activity, BoxedRows, FeatureSink, FeatureStore, OnNoMap, QualityRun, Readiness, Resources, StoreError,
    changes::Listener,
    effort::{self, Effort},
    postgis::PostgisStore,
    snapshot::{
        ServedLayer, SnapshotStore,
        items::{SnapshotRows, extent},
        search, statistics,
    },
};
use crate::{
    feature::Bbox,
    layer::{AggregateView, LayerView},
    query::{
        AsOf, FeatureQuery, Order,
        aggregates::Unpublished,
        filter::Filter,
        search::{Needle, SearchFound, SearchHit},
        statistics::{Statistics, StatisticsQuery},
    },
    tile::TileCoord,
};
use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use time::OffsetDateTime;
use tokio::{
    sync::mpsc,
    task::{spawn_blocking, yield_now},
};
use tracing::{Instrument, Span, trace_span};

/// How long the database is not asked again after it was found to be gone.
const GONE_FOR: Duration = Duration::from_secs(2);

/// Pieces of features that are looked at one by one, ahead of whoever draws them.
const SIFTED_AHEAD: usize = 4;

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
        if asked { self.stands_in(view) } else { None }
    }

    /// The database, which alone knows what was.
    fn record(&self) -> Result<&PostgisStore, StoreError> {
        let none =
            || StoreError::Unavailable("there is no database, and layers as they were are there".to_owned());
        self.postgis.as_ref().ok_or_else(none)
    }

    /// Why a layer cannot be answered for where there is no database.
    fn no_snapshot(&self, view: &LayerView) -> StoreError {
        let unreadable = self.snapshots.as_ref().is_some_and(|s| s.folder().newest(view.id()).is_some());
        StoreError::NoSnapshot { layer: view.id().to_owned(), unreadable }
    }

    fn gone(&self) -> bool {
        self.postgis.is_none() || self.millis() < self.ask_again.load(Ordering::Relaxed)
    }

    fn millis(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// The snapshot of a layer; one that is to come from the database has none, unless that is
    /// gone. One of which a file was lost is served no more: then the database answers, or, where there is
    /// none, the snapshot before.
    fn stands_in(&self, view: &LayerView) -> Option<ServedLayer> {
        let snapshots = self.snapshots.as_ref()?;
        loop {
            let served = snapshots.served(view.id())?;
            let Err(error) = served.snapshot.was_there() else { return Some(served) };
            if snapshots.refuse(&served.snapshot) {
                tracing::error!(%error, "a snapshot is served no more");
            }
            if self.postgis.is_some() {
                return None;
            }
            for error in snapshots.serve_newest_of(&view.definition()) {
                tracing::warn!(%error, "a snapshot is not used");
            }
        }
    }

    /// Answers out of a layer's snapshot, or, where it has none, out of the database; if that is
    /// gone, out of the snapshot all the same.
    async fn ask<T, F: Future<Output = Result<T, StoreError>>, G: Future<Output = Result<T, StoreError>>>(
        &self,
        view: &LayerView,
        database: impl FnOnce(PostgisStore) -> F,
        snapshot: impl Fn(ServedLayer) -> G,
    ) -> Result<T, StoreError> {
        while let Some(served) = self.served(view) {
            let held = served.snapshot.clone();
            let answer = snapshot(served).instrument(snapshot_read()).await;
            if held.was_there().is_ok() {
                return answer;
            }
        }
        let stands_in = self.stands_in(view);
        let answer = match &self.postgis {
            Some(postgis) if stands_in.is_none() || !self.gone() => database(postgis.clone()).await,
            Some(_) => Err(StoreError::Unavailable("the database is gone".to_owned())),
            None => Err(self.no_snapshot(view)),
        };
        match (answer, stands_in) {
            (Err(why @ (StoreError::Unavailable(_) | StoreError::Busy)), Some(served)) => {
                if !self.gone() {
                    tracing::warn!(%why, "the database is gone; snapshots answer");
                    self.ask_again.store(self.millis() + GONE_FOR.as_millis() as u64, Ordering::Relaxed);
                }
                snapshot(served).instrument(snapshot_read()).await
            }
            (answer, _) => answer,
        }
    }
}

/// For the trace of a request: what is read out of a snapshot.
fn snapshot_read() -> Span {
    trace_span!(target: "diaban::trace", "snapshot.read")
}

/// Does what takes long beside the workers that wait for input.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    let held = effort::held();
    let done = spawn_blocking(move || {
        let _held = held;
        work()
    });
    done.await.map_err(|error| StoreError::Internal(error.to_string()))
}

/// Hands on features that have to be looked at one by one. They are looked at beside the workers that wait for input,
/// no longer than a statement of the database may take, and no longer than somebody waits for them.
async fn sifted(
    served: &ServedLayer,
    view: &LayerView,
    area: Bbox,
    filter: Option<&Filter>,
    sink: &mut FeatureSink<'_>,
) -> Result<(), StoreError> {
    let until = Instant::now() + Effort::current().statement_time();
    let (found, mut to_draw) = mpsc::channel(SIFTED_AHEAD);
    let (own, own_view, filter) = (served.clone(), view.clone(), filter.cloned());
    let sifting = beside(move || {
        let is_late = || Instant::now() > until;
        let is_left = || found.is_closed() || is_late();
        let mut hand_on = |sifted| drop(found.blocking_send(sifted));
        own.sift(&own_view, area, filter.as_ref(), is_left, &mut hand_on);
        if is_late() { Err(StoreError::TooSlow) } else { Ok(()) }
    });
    let drawing = async {
        let mut garbled = 0;
        while let Some(sifted) = to_draw.recv().await {
            garbled += served.draw_sifted(view, &sifted, sink);
            // Whoever waits for this worker has his turn.
            yield_now().await;
        }
        served.note_garbled(view, garbled);
    };
    let (sifted, ()) = tokio::join!(sifting, drawing);
    sifted?
}

/// What of some layers is called so, the best first. Once nobody waits, no more layers are asked.
fn found(
    layers: &[(ServedLayer, LayerView)],
    needle: &Needle,
    limit: usize,
    waiting: &Weak<()>,
) -> Vec<SearchHit> {
    let best = |mut hits: Vec<SearchHit>| {
        hits.sort_by(|a, b| (a.rank, &a.layer, a.id).cmp(&(b.rank, &b.layer, b.id)));
        hits.truncate(limit);
        hits
    };
    let all = |forgiving| {
        let each = layers.iter().take_while(|_| waiting.strong_count() > 0);
        // Of each layer no more is held than could be told.
        each.fold(Vec::new(), |mut hits, (served, view)| {
            hits.extend(best(search::search(served, view, needle, forgiving)));
            hits
        })
    };
    let mut hits = all(false);
    if hits.len() < limit {
        // Whatever is met to the letter is met with slips forgiven.
        hits = all(true);
    }
    best(hits)
}

impl FeatureStore for LiveStore {
    async fn ready(&self) -> Result<Readiness, StoreError> {
        match &self.postgis {
            Some(postgis) => postgis.ready().await,
            None => Ok(Readiness::Snapshots),
        }
    }

    async fn rows_on_record(&self, view: &LayerView, query: &FeatureQuery) -> Result<BoxedRows, StoreError> {
        self.record()?.rows(view, query).await
    }

    fn resources(&self) -> Resources {
        let database = self.postgis.as_ref().map(FeatureStore::resources).unwrap_or_default();
        let (snapshots, oldest) = self.snapshots.as_ref().map_or((0, None), |s| s.ages());
        Resources { snapshots, oldest, ..database }
    }

    #[tracing::instrument(target = "diaban::trace", level = "trace", name = "store.rows", skip_all, fields(diaban.layer = view.id()))]
    async fn rows(&self, view: &LayerView, query: &FeatureQuery) -> Result<BoxedRows, StoreError> {
        if query.as_of.is_some() {
            return self.record()?.rows(view, query).await;
        }
        self.ask(
            view,
            |postgis| async move { postgis.rows(view, query).await },
            |served| async {
                let mut rows = SnapshotRows::new(served, view, query);
                if rows.is_unchosen() {
                    let _waiting = rows.waited_for();
                    rows = beside(move || {
                        rows.choose();
                        rows
                    })
                    .await?;
                }
                Ok(Box::new(rows) as BoxedRows)
            },
        )
        .await
    }

    #[tracing::instrument(target = "diaban::trace", level = "trace", name = "store.count", skip_all, fields(diaban.layer = view.id()))]
    async fn count(&self, view: &LayerView, query: &FeatureQuery) -> Result<u64, StoreError> {
        if query.as_of.is_some() {
            return self.record()?.count(view, query).await;
        }
        self.ask(
            view,
            |postgis| async move { postgis.count(view, query).await },
            |served| async {
                let query = FeatureQuery { order: Order::Id, ..query.clone() };
                let mut rows = SnapshotRows::new(served, view, &query);
                let _waiting = rows.waited_for();
                beside(move || rows.count()).await
            },
        )
        .await
    }

    #[tracing::instrument(target = "diaban::trace", level = "trace", name = "store.statistics", skip_all, fields(diaban.layer = view.id()))]
    async fn statistics(&self, view: &LayerView, query: &StatisticsQuery) -> Result<Statistics, StoreError> {
        while let Some(served) = self.served(view) {
            let held = served.snapshot.clone();
            let (own_view, own_query) = (view.clone(), query.clone());
            let counted = beside(move || statistics::statistics(&served, &own_view, &own_query));
            let counted = counted.instrument(snapshot_read()).await;
            if held.was_there().is_ok() {
                return Ok(counted??);
            }
        }
        match &self.postgis {
            Some(postgis) => postgis.statistics(view, query).await,
            None => Err(self.no_snapshot(view)),
        }
    }

    #[tracing::instrument(target = "diaban::trace", level = "trace", name = "store.search", skip_all)]
    async fn search(
        &self,
        views: &[LayerView],
        needle: &Arc<Needle>,
        limit: usize,
    ) -> Result<SearchFound, StoreError> {
        loop {
            let (mut layers, mut left_out) = (Vec::new(), Vec::new());
            for view in views {
                let stands_in = || self.stands_in(view).filter(|_| self.gone());
                match self.served(view).or_else(stands_in) {
                    Some(served) => layers.push((served, view.clone())),
                    None => left_out.push(view.id().to_owned()),
                }
            }
            let (needle, held) = (needle.clone(), layers.clone());
            let waiting = Arc::new(());
            let waits = Arc::downgrade(&waiting);
            let hits =
                beside(move || found(&layers, &needle, limit, &waits)).instrument(snapshot_read()).await;
            drop(waiting);
            if held.iter().all(|(served, _)| served.snapshot.was_there().is_ok()) {
                return Ok(SearchFound { hits: hits?, left_out });
            }
        }
    }

    /// The record alone knows what was, and each row of it.
    async fn aggregates(&self, view: &AggregateView, as_of: Option<AsOf>) -> Result<Unpublished, StoreError> {
        self.record()?.aggregates(view, as_of).await
    }

    async fn quality_runs(&self, view: &LayerView, limit: u32) -> Result<Vec<QualityRun>, StoreError> {
        match &self.postgis {
            Some(postgis) => postgis.quality_runs(view, limit).await,
            None => Ok(Vec::new()),
        }
    }

    async fn quality_before(
        &self,
        view: &LayerView,
        moment: OffsetDateTime,
    ) -> Result<Option<QualityRun>, StoreError> {
        self.record()?.quality_before(view, moment).await
    }

    async fn activity(
        &self,
        views: &[LayerView],
        span: [OffsetDateTime; 2],
    ) -> Result<BTreeMap<String, Activity>, StoreError> {
        self.record()?.activity(views, span).await
    }

    async fn quality_findings(&self, view: &LayerView) -> Result<Vec<serde_json::Value>, StoreError> {
        match &self.postgis {
            Some(postgis) => postgis.quality_findings(view).await,
            None => Ok(Vec::new()),
        }
    }

    #[tracing::instrument(target = "diaban::trace", level = "trace", name = "store.extent", skip_all, fields(diaban.layer = view.id()))]
    async fn extent(&self, view: &LayerView) -> Result<Option<Bbox>, StoreError> {
        self.ask(
            view,
            |postgis| async move { postgis.extent(view).await },
            |served| async {
                let view = view.clone();
                beside(move || extent(&served, &view)).await
            },
        )
        .await
    }

    #[tracing::instrument(target = "diaban::trace", level = "trace", name = "store.scan", skip_all, fields(diaban.layer = view.id()))]
    async fn scan(
        &self,
        view: &LayerView,
        area: Bbox,
        zoom: u8,
        filter: Option<&Filter>,
        sink: &mut FeatureSink<'_>,
    ) -> Result<(), StoreError> {
        match (self.served(view), &self.postgis) {
            (Some(served), _) => {
                match ServedLayer::has_to_sift(view, filter) {
                    true => sifted(&served, view, area, filter, sink).instrument(snapshot_read()).await?,
                    false => snapshot_read().in_scope(|| served.scan(view, area, zoom, filter, sink)),
                }
                served.snapshot.was_there().map_err(|error| StoreError::Lost(error.to_string()))
            }
            (None, Some(postgis)) => postgis.scan(view, area, zoom, filter, sink).await,
            (None, None) => Err(self.no_snapshot(view)),
        }
    }

    fn tile_version(&self, view: &LayerView, tile: TileCoord) -> Option<u64> {
        self.served(view)?;
        self.snapshots.as_ref()?.tile_version(view.id(), tile)
    }

    fn changes(&self) -> Option<Listener> {
        self.snapshots.as_ref().map(|snapshots| snapshots.changes().listen())
    }

    fn on_no_map(&self, view: &LayerView) -> Option<OnNoMap> {
        let served = self.stands_in(view)?;
        Some(OnNoMap { as_of: served.snapshot.manifest.taken_at.clone(), unplaced: served.unplaced(view) })
    }

    fn data_as_of(&self, view: &LayerView) -> Option<String> {
        // Who asks for tiles alone never asks the database: its follower knows.
        let behind = |s: &&Arc<SnapshotStore>| self.gone() || s.is_behind() || s.misses_changes(view.id());
        self.snapshots.as_ref().filter(behind)?.as_of(view.id())
    }
}
