//! The only place that knows HTTP: the routes, what stands around them, and the listener.
//!
//! Must not know SQL, files of agencies, or which store answers.

mod address;
mod areas;
mod as_of;
mod catalog;
mod collections;
mod extent;
mod filter;
mod findings;
mod health;
mod items;
mod landing;
mod openapi;
mod page;
mod parameters;
mod problem;
mod quality;
mod queryables;
mod representation;
mod request_id;
mod search;
mod security;
mod systems;
mod tilejson;
mod tiles;
mod tilesets;
mod units;
mod web;

pub use problem::Problem;

use crate::{
    cache::TileCache,
    layer::{Caller, Catalog, LayerView},
    metrics::{Answer, Metrics},
    store::FeatureStore,
    units::Units,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use std::{future::Future, io, path::PathBuf, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore};
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate, predicate::NotForContentType},
    cors::CorsLayer,
};

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
    /// Whoever has not said who he is.
    pub anonymous: Caller,
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
    tilesets: tiles::Tilesets,
    extents: extent::Extents,
    renders: Semaphore,
    downloads: Arc<Semaphore>,
    drawings: Arc<Semaphore>,
}

impl<S: FeatureStore> Site<S> {
    /// A site over a store, with nothing special about it.
    pub fn new(store: S, catalog: Arc<Catalog>, anonymous: Caller) -> Self {
        Self {
            store,
            catalog,
            anonymous,
            synthetic: false,
            public_url: None,
            styles: None,
            metrics: Metrics::default(),
            cache: TileCache::new(0),
            units: Units::default(),
            tilesets: tiles::Tilesets::default(),
            extents: extent::Extents::default(),
            renders: Semaphore::new(RENDERS_MAX),
            downloads: Arc::new(Semaphore::new(items::download::AT_ONCE)),
            drawings: Arc::new(Semaphore::new(areas::FILES_AT_ONCE)),
        }
    }

    /// The layer as the caller may see it; one that he may not see does not exist.
    fn view(&self, id: &str) -> Result<LayerView, Problem> {
        self.catalog.view(id, &self.anonymous).ok_or_else(|| Problem::no_layer(id))
    }

    fn base_url(&self, headers: &axum::http::HeaderMap) -> Result<String, Problem> {
        address::base_url(self.public_url.as_deref(), headers)
    }
}

/// The routes over a site.
pub fn router<S: FeatureStore>(site: Arc<Site<S>>) -> Router {
    // What is compressed already is sent as it is.
    let as_it_is = |form: items::Form| NotForContentType::const_new(form.media_type());
    let worth_it =
        DefaultPredicate::new().and(as_it_is(items::Form::GeoParquet)).and(as_it_is(items::Form::Xlsx));
    let compression = CompressionLayer::new().gzip(true).quality(CompressionLevel::Fastest);
    let compression = compression.compress_when(worth_it);
    let documents = Router::new()
        .route("/", get(landing::landing::<S>))
        .route("/conformance", get(landing::conformance::<S>))
        .route("/api", get(openapi::api::<S>))
        .route("/catalog", get(catalog::catalog::<S>))
        .route("/collections", get(collections::collections::<S>))
        .route("/collections/{layer}", get(collections::collection::<S>))
        .route("/collections/{layer}/queryables", get(queryables::queryables::<S>))
        .route("/collections/{layer}/quality", get(quality::of_layer::<S>))
        .route("/collections/{layer}/quality/findings", get(quality::findings::<S>))
        .route("/collections/{layer}/sortables", get(queryables::sortables::<S>))
        .route(
            "/collections/{layer}/search",
            post(items::search::<S>).layer(DefaultBodyLimit::max(items::BODY_MAX)),
        )
        .route("/collections/{layer}/items", get(items::items::<S>))
        .route("/collections/{layer}/download", get(items::download::download::<S>))
        .route("/collections/{layer}/items/{id}", get(items::item::<S>))
        .route("/collections/{layer}/schema", get(collections::schema::<S>))
        .route("/collections/{layer}/tiles", get(tilesets::layer_tilesets::<S>))
        .route("/collections/{layer}/tiles/{set}", get(tilesets::layer_tileset::<S>))
        .route("/map/tiles", get(tilesets::all_tilesets::<S>))
        .route("/map/tiles/{set}", get(tilesets::all_tileset::<S>))
        .route("/tileMatrixSets", get(tilesets::matrix_sets::<S>))
        .route("/tileMatrixSets/{set}", get(tilesets::matrix_set::<S>))
        .route(
            "/collections/{layer}/statistics",
            get(areas::statistics::<S>)
                .post(areas::statistics::<S>)
                .layer(DefaultBodyLimit::max(areas::BODY_MAX)),
        )
        .route(
            "/report",
            get(areas::report::<S>).post(areas::report::<S>).layer(DefaultBodyLimit::max(areas::BODY_MAX)),
        )
        .route("/quality", get(quality::all::<S>))
        .route("/units", get(units::units::<S>))
        .route("/at", get(areas::at::<S>))
        .route("/search", get(search::search::<S>))
        .route("/tiles/{layers}", get(tilejson::tilejson::<S>))
        .route("/styles", get(web::styles::<S>))
        .route("/styles/{id}", get(web::style::<S>))
        .route("/assets/{*path}", get(web::asset))
        .route("/favicon.ico", get(web::favicon))
        .route("/metrics", get(health::metrics::<S>))
        .layer(compression);
    documents
        .route("/tiles/{layers}/{z}/{x}/{y}", get(tiles::tile::<S>))
        .route("/collections/{layer}/tiles/{set}/{matrix}/{row}/{col}", get(tilesets::layer_tile::<S>))
        .route("/map/tiles/{set}/{matrix}/{row}/{col}", get(tilesets::all_tile::<S>))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready::<S>))
        .fallback(|| async { Problem::not_found("there is nothing at this address; / lists what there is") })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(CorsLayer::permissive().expose_headers(tower_http::cors::Any))
        .layer(CatchPanicLayer::custom(caught))
        .layer(middleware::from_fn_with_state(site.clone(), counted::<S>))
        .layer(middleware::from_fn(request_id::named))
        .with_state(site)
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

async fn counted<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let mut response = next.run(request).await;
    security::put_headers(response.headers_mut());
    let status = response.status().as_u16();
    site.metrics.requests.get_or_create(&Answer { route, status }).inc();
    response
}

fn caught(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|t| (*t).to_owned()));
    Problem::internal(format!("panic: {}", text.unwrap_or_default())).into_response()
}
