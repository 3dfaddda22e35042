//! The only place that knows HTTP: what is served, and the listener.
//!
//! Must not know SQL, files of agencies, or which store answers.

mod address;
mod areas;
mod as_of;
mod callers;
mod catalog;
mod collections;
mod editing;
mod extent;
mod filter;
mod findings;
mod health;
mod items;
mod landing;
mod on_record;
mod openapi;
mod page;
mod parameters;
mod problem;
mod quality;
mod queryables;
mod representation;
mod request_id;
mod routes;
mod search;
mod security;
mod systems;
mod tilejson;
mod tiles;
mod tilesets;
mod tokens;
mod units;
mod web;

pub use callers::Callers;
pub use problem::Problem;
pub use routes::{paths, router};

use crate::{
    audit::Ledger,
    cache::TileCache,
    layer::{Caller, Catalog},
    metrics::Metrics,
    store::{FeatureStore, edit::FeatureEditor},
    units::Units,
};
use axum::serve::ListenerExt;
use callers::SeenSite;
use std::{future::Future, io, path::PathBuf, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore};

/// Tiles rendered at once; more wait their turn. Below the number of database connections, so
/// that questions about features go on beside them.
const RENDERS_MAX: usize = 12;
/// How long a tile waits for its turn.
const RENDER_WAIT: Duration = Duration::from_secs(5);
/// How long requests under way may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// What a server serves.
pub struct Site<S> {
    /// Where the features are.
    pub store: S,
    /// The layers.
    pub catalog: Arc<Catalog>,
    /// Who may ask.
    pub callers: Callers,
    /// Whether the data are made up; said wherever they are shown.
    pub synthetic: bool,
    /// The address that links carry, where it is not the one of the request.
    pub public_url: Option<String>,
    /// Folder of map styles; without it those built in.
    pub styles: Option<PathBuf>,
    /// Counters.
    pub metrics: Metrics,
    /// Tiles that have been made.
    pub cache: TileCache,
    /// Administrative units.
    pub units: Units,
    /// What changes features; without it nobody can.
    pub editor: Option<Arc<dyn FeatureEditor>>,
    /// Where it is put on record who was answered what; without it nothing is, and nothing is held back for it.
    pub ledger: Option<Ledger>,
    tilesets: tiles::Tilesets,
    extents: extent::Extents,
    renders: Semaphore,
    downloads: Arc<Semaphore>,
    drawings: Arc<Semaphore>,
    edits: Arc<Semaphore>,
}

impl<S: FeatureStore> Site<S> {
    /// A site over a store, with nothing special about it, for whoever has not said who he is.
    pub fn new(store: S, catalog: Arc<Catalog>, anonymous: Caller) -> Self {
        Self {
            store,
            catalog,
            callers: Callers::new(anonymous),
            synthetic: false,
            public_url: None,
            styles: None,
            metrics: Metrics::default(),
            cache: TileCache::new(0),
            units: Units::default(),
            editor: None,
            ledger: None,
            tilesets: tiles::Tilesets::default(),
            extents: extent::Extents::default(),
            renders: Semaphore::new(RENDERS_MAX),
            downloads: Arc::new(Semaphore::new(items::download::AT_ONCE)),
            drawings: Arc::new(Semaphore::new(areas::FILES_AT_ONCE)),
            edits: Arc::new(Semaphore::new(editing::AT_ONCE)),
        }
    }

    fn base_url(&self, headers: &axum::http::HeaderMap) -> Result<String, Problem> {
        address::base_url(self.public_url.as_deref(), headers)
    }
}

/// Answers on `listener` until `shutdown`, then lets what is under way end.
pub async fn serve<S: FeatureStore>(
    listener: TcpListener,
    site: Arc<Site<S>>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // Small answers must not wait for the client's acknowledgement of the one before.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
    });
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let service = tiles::WarmTiles::new(site.clone(), router(site));
    let server =
        axum::serve(listener, tower::make::Shared::new(service)).with_graceful_shutdown(async move {
            shutdown.await;
            let _ = stopping.send(());
        });
    let drained = async {
        match stopped.await {
            Ok(()) => tokio::time::sleep(DRAIN).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        result = server.into_future() => result,
        () = drained => Ok(()),
    }
}
