//! The only place that knows HTTP: what is served, and the listener.
//!
//! Must not know SQL, files of agencies, or which store answers.

mod address;
mod aggregates;
mod areas;
mod as_of;
mod base_map;
mod callers;
mod catalog;
mod collections;
mod connections;
mod editing;
mod entity_tag;
mod extent;
mod filter;
mod findings;
mod glyphs;
mod half_year;
mod health;
mod imports;
mod items;
mod json_body;
mod landing;
mod limits;
mod live;
mod on_record;
mod openapi;
mod page;
mod parameters;
mod problem;
mod quality;
mod queryables;
mod rendered;
mod representation;
mod request_id;
mod routes;
mod search;
mod security;
mod sign_in;
mod sprites;
mod styles;
mod systems;
mod tilejson;
mod tiles;
mod tilesets;
mod tokens;
mod traced;
mod units;
mod web;

pub use base_map::BaseMap;
pub use callers::Callers;
pub use connections::{Certificate, CertificateError, ConnectionLimits, serve};
pub use imports::Shelf;
pub use limits::{Class, Limits, Network, table as limits_table};
pub use problem::Problem;
pub use routes::{paths, router};
pub use tokens::{asking, keys_that_serve};

use crate::{
    audit::Ledger,
    cache::TileCache,
    layer::{Caller, Catalog},
    metrics::Metrics,
    store::{FeatureStore, delivery::FileImporter, edit::FeatureEditor},
    traces::Collector,
    units::Units,
};
use callers::SeenSite;
use std::{path::PathBuf, sync::Arc};
use tokio::sync::Semaphore;

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
    /// A map from elsewhere that lies under the layers, if any.
    pub base_map: Option<BaseMap>,
    /// Counters.
    pub metrics: Metrics,
    /// Tiles that have been made.
    pub cache: TileCache,
    /// Administrative units.
    pub units: Units,
    /// What changes features; without it nobody can.
    pub editor: Option<Arc<dyn FeatureEditor>>,
    /// What loads files; without it nobody can.
    pub importer: Option<Arc<dyn FileImporter>>,
    /// The files that were sent.
    pub uploads: Shelf,
    /// Where it is put on record who was answered what; without it nothing is, and nothing is held back for it.
    pub ledger: Option<Ledger>,
    /// Where traces of requests are sent, if anywhere.
    pub traces: Option<Collector>,
    /// How much of what there may be at once.
    pub limits: Limits,
    /// By what it is known over TLS; without it HTTP is spoken in clear.
    pub certificate: Option<Certificate>,
    /// How slow connections may be, and how many there may be.
    pub connections: ConnectionLimits,
    tilesets: tiles::Tilesets,
    sprites: sprites::Sprites,
    extents: extent::Extents,
    counted: aggregates::Counted,
    drawings: Arc<Semaphore>,
    edits: Arc<Semaphore>,
    live: live::Live,
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
            base_map: None,
            metrics: Metrics::default(),
            cache: TileCache::new(0),
            units: Units::default(),
            editor: None,
            importer: None,
            uploads: Shelf::default(),
            ledger: None,
            traces: None,
            limits: Limits::default(),
            certificate: None,
            connections: ConnectionLimits::default(),
            tilesets: tiles::Tilesets::default(),
            sprites: sprites::Sprites::default(),
            extents: extent::Extents::default(),
            counted: aggregates::Counted::default(),
            drawings: Arc::new(Semaphore::new(areas::FILES_AT_ONCE)),
            edits: Arc::new(Semaphore::new(editing::AT_ONCE)),
            live: live::Live::default(),
        }
    }

    fn base_url(&self, headers: &axum::http::HeaderMap) -> Result<String, Problem> {
        address::base_url(self.public_url.as_deref(), self.certificate.is_some(), headers)
    }
}
