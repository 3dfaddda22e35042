//! The routes, in one list, and what stands around them.
//!
//! A route is told of here and nowhere else: `tests/access` walks the list.

use super::{
    Problem, Site, aggregates, areas, callers, catalog, collections, editing, glyphs, half_year, health,
    imports, items, landing, limits, live, on_record, openapi, quality, queryables, request_id, search,
    security, sign_in, sprites, styles, tilejson, tiles, tilesets, traced, units, web,
};
use crate::{metrics::Answer, store::FeatureStore};
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderName, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use std::sync::Arc;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate, predicate::NotForContentType},
    cors::{AllowHeaders, CorsLayer},
};

/// Paths, and what answers there.
type Routes<S> = Vec<(&'static str, MethodRouter<Arc<Site<S>>>)>;

/// Documents of what the caller may see.
fn document_routes<S: FeatureStore>() -> Routes<S> {
    let question = DefaultBodyLimit::max(areas::BODY_MAX);
    let feature = DefaultBodyLimit::max(editing::BODY_MAX);
    vec![
        ("/", get(landing::landing::<S>)),
        ("/conformance", get(landing::conformance::<S>)),
        ("/api", get(openapi::api::<S>)),
        ("/catalog", get(catalog::catalog::<S>)),
        ("/collections", get(collections::collections::<S>)),
        ("/collections/{layer}", get(collections::collection::<S>)),
        ("/collections/{layer}/queryables", get(queryables::queryables::<S>)),
        ("/collections/{layer}/quality", get(quality::of_layer::<S>)),
        ("/collections/{layer}/quality/findings", get(quality::findings::<S>)),
        ("/collections/{layer}/sortables", get(queryables::sortables::<S>)),
        (
            "/collections/{layer}/search",
            post(items::search::<S>).layer(DefaultBodyLimit::max(items::BODY_MAX)),
        ),
        ("/collections/{layer}/items", get(items::items::<S>).post(editing::create::<S>).layer(feature)),
        ("/collections/{layer}/download", get(items::download::download::<S>)),
        (
            "/collections/{layer}/items/{id}",
            get(items::item::<S>)
                .put(editing::replace::<S>)
                .patch(editing::update::<S>)
                .delete(editing::delete::<S>)
                .layer(feature),
        ),
        ("/collections/{layer}/imports", get(imports::list::<S>).post(imports::send::<S>)),
        ("/collections/{layer}/imports/{id}", get(imports::one::<S>).delete(imports::remove::<S>)),
        (
            "/collections/{layer}/imports/{id}/{part}",
            get(imports::part::<S>).post(imports::step::<S>).layer(DefaultBodyLimit::max(imports::BODY_MAX)),
        ),
        ("/collections/{layer}/schema", get(collections::schema::<S>)),
        ("/collections/{layer}/tiles", get(tilesets::layer_tilesets::<S>)),
        ("/collections/{layer}/tiles/{set}", get(tilesets::layer_tileset::<S>)),
        ("/map/tiles", get(tilesets::all_tilesets::<S>)),
        ("/map/tiles/{set}", get(tilesets::all_tileset::<S>)),
        (
            "/collections/{layer}/statistics",
            get(areas::statistics::<S>).post(areas::statistics::<S>).layer(question),
        ),
        ("/report", get(areas::report::<S>).post(areas::report::<S>).layer(question)),
        ("/quality", get(quality::all::<S>)),
        ("/quality/half-year", get(half_year::half_year::<S>)),
        ("/aggregates", get(aggregates::list::<S>)),
        ("/aggregates/{layer}", get(aggregates::of_layer::<S>)),
        ("/units", get(units::units::<S>)),
        ("/at", get(areas::at::<S>)),
        ("/search", get(search::search::<S>)),
        ("/styles", get(styles::styles::<S>)),
        ("/styles/{id}", get(styles::style::<S>)),
        ("/live", get(live::live::<S>)),
        ("/tiles/{layers}", get(tilejson::tilejson::<S>)),
    ]
}

/// Tiles of what the caller may see, which come compressed.
fn tile_routes<S: FeatureStore>() -> Routes<S> {
    vec![
        ("/tiles/{layers}/{z}/{x}/{y}", get(tiles::tile::<S>)),
        ("/collections/{layer}/tiles/{set}/{matrix}/{row}/{col}", get(tilesets::layer_tile::<S>)),
        ("/map/tiles/{set}/{matrix}/{row}/{col}", get(tilesets::all_tile::<S>)),
    ]
}

/// What is the same whoever asks: nobody is asked for a key.
fn open_routes<S: FeatureStore>() -> Routes<S> {
    vec![
        ("/tileMatrixSets", get(tilesets::matrix_sets::<S>)),
        ("/tileMatrixSets/{set}", get(tilesets::matrix_set::<S>)),
        ("/glyphs/{fontstack}/{range}", get(glyphs::glyphs)),
        ("/sprites/{file}", get(sprites::sprite::<S>)),
        ("/sign-in", get(sign_in::sign_in::<S>)),
        ("/assets/{*path}", get(web::asset)),
        ("/favicon.ico", get(web::favicon)),
        ("/metrics", get(health::metrics::<S>)),
        ("/health/live", get(health::live)),
        ("/health/ready", get(health::ready::<S>)),
    ]
}

/// The paths of all routes, as the router has them.
pub fn paths<S: FeatureStore>() -> Vec<&'static str> {
    [document_routes::<S>(), tile_routes(), open_routes()]
        .into_iter()
        .flatten()
        .map(|(path, _)| path)
        .collect()
}

/// The routes over a site.
pub fn router<S: FeatureStore>(site: Arc<Site<S>>) -> Router {
    let of = |routes: Routes<S>| {
        routes.into_iter().fold(Router::new(), |router, (path, answers)| router.route(path, answers))
    };
    let asked_by = middleware::from_fn_with_state(site.clone(), callers::known::<S>);
    let recorded = middleware::from_fn_with_state(site.clone(), on_record::recorded::<S>);
    let admitted = middleware::from_fn_with_state(site.clone(), limits::admitted::<S>);
    let documents = of(document_routes()).layer(recorded).layer(admitted.clone()).layer(compression());
    let seen = documents.merge(of(tile_routes()).layer(admitted)).layer(asked_by);
    // `*` stands for every header but this one.
    let any = AllowHeaders::list([HeaderName::from_static("*"), header::AUTHORIZATION]);
    let cors = CorsLayer::permissive().allow_headers(any).expose_headers(tower_http::cors::Any);
    let routes = seen
        .merge(of(open_routes()).layer(compression()))
        .fallback(|| async { Problem::not_found("there is nothing at this address; / lists what there is") })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(cors)
        .layer(middleware::from_fn_with_state(site.clone(), editing::options::<S>))
        .layer(CatchPanicLayer::custom(caught))
        .layer(middleware::from_fn_with_state(site.clone(), counted::<S>))
        .layer(middleware::from_fn(request_id::named))
        .with_state(site.clone());
    traced::around(routes, &site)
}

/// Documents are compressed on their way; what is compressed already is sent as it is.
fn compression() -> CompressionLayer<impl Predicate> {
    let as_it_is = |form: items::Form| NotForContentType::const_new(form.media_type());
    let worth_it =
        DefaultPredicate::new().and(as_it_is(items::Form::GeoParquet)).and(as_it_is(items::Form::Xlsx));
    let layer = CompressionLayer::new().gzip(true).quality(CompressionLevel::Fastest);
    layer.compress_when(worth_it)
}

async fn counted<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let mut response = next.run(request).await;
    security::put_headers(response.headers_mut(), || sign_in::page_policy(&site));
    let status = response.status().as_u16();
    site.metrics.requests.get_or_create(&Answer { route, status }).inc();
    response
}

fn caught(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|t| (*t).to_owned()));
    Problem::internal(format!("panic: {}", text.unwrap_or_default())).into_response()
}
