//! What a tile is asked for: layers, as the caller may see them, and which of their attributes.

use super::super::{
    Problem, SeenSite, Site,
    callers::kept_private,
    filter::{FILTER_PARAMETERS, filter},
    parameters::Parameters,
    problem::shown,
};
use crate::{
    layer::{LayerView, Sight},
    query::filter::Filter,
    store::FeatureStore,
    tile::TileCoord,
};
use axum::http::HeaderValue;
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, LazyLock, PoisonError, RwLock},
};
use xxhash_rust::xxh3::Xxh3;

/// Layers in one tile at most.
pub const LAYERS_MAX: usize = 40;
/// Combinations that are remembered, and the longest text of one.
const REMEMBERED_MAX: usize = 1000;
const REMEMBERED_BYTES: usize = 2000;
/// Numbers what tiles show, by a secret of this process: nobody can write a filter that has the number of what another
/// sees, and be given his tiles out of the cache.
static NUMBERS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Layers in one tile.
#[derive(Debug, Clone)]
pub struct Tileset {
    /// As the caller sees them, in the order of the path, each once.
    pub views: Vec<LayerView>,
    /// The filter of each of them, in the same order; none without one.
    pub filters: Vec<Arc<Filter>>,
    /// Names all of that in one number.
    pub fingerprint: u64,
    /// Whether the caller may find something in it that is not open.
    pub guarded: bool,
    /// How long a tile may be kept.
    pub cache_control: HeaderValue,
    /// The same of one that nobody but the one who asked may keep.
    pub private_cache_control: HeaderValue,
}

/// Tilesets that have been asked for, by what their askers see.
#[derive(Debug, Default)]
pub struct Tilesets(RwLock<HashMap<Sight, HashMap<String, Arc<Tileset>>>>);

impl Tilesets {
    /// The tileset, if such a caller has asked for it before.
    pub fn remembered(&self, sight: Sight, layers: &str) -> Option<Arc<Tileset>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&sight)?.get(layers).cloned()
    }

    fn remember(&self, sight: Sight, layers: &str, tileset: Arc<Tileset>) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Begun anew, so that nobody's odd ones keep the others out.
        if all.values().map(HashMap::len).sum::<usize>() >= REMEMBERED_MAX {
            all.clear();
        }
        all.entry(sight).or_default().insert(layers.to_owned(), tileset);
    }
}

impl<S: FeatureStore> SeenSite<S> {
    /// The tileset of the layers that a path names, with all attributes.
    pub fn tileset(&self, layers: &str) -> Result<Arc<Tileset>, Problem> {
        let sight = self.caller().sight();
        if let Some(found) = self.tilesets.remembered(sight, layers) {
            return Ok(found);
        }
        let made = Arc::new(Tileset::new(self.views(layers)?));
        if layers.len() <= REMEMBERED_BYTES {
            self.tilesets.remember(sight, layers, made.clone());
        }
        Ok(made)
    }

    /// The tileset of all layers that the caller may see.
    pub fn tileset_of_all(&self) -> Arc<Tileset> {
        // No path names layers by an empty text.
        let sight = self.caller().sight();
        if let Some(found) = self.tilesets.remembered(sight, "") {
            return found;
        }
        let made = Arc::new(Tileset::new(self.all_views()));
        self.tilesets.remember(sight, "", made.clone());
        made
    }

    /// The views of the layers that a path names, in its order, each once.
    pub fn views(&self, layers: &str) -> Result<Vec<LayerView>, Problem> {
        let mut views: Vec<LayerView> = Vec::new();
        for id in layers.split(',') {
            if !views.iter().any(|v| v.id() == id) {
                views.push(self.view(id)?);
            }
            if views.len() > LAYERS_MAX {
                return Err(Problem::bad_request(format!("a tile holds at most {LAYERS_MAX} layers")));
            }
        }
        Ok(views)
    }
}

impl<S: FeatureStore> Site<S> {
    /// The number of what a tile shows; `None` if it must not be kept.
    pub fn version(&self, tileset: &Tileset, tile: TileCoord) -> Option<u64> {
        match tileset.views.as_slice() {
            [one] => self.store.tile_version(one, tile),
            several => {
                let mut hash = Xxh3::new();
                for view in several {
                    hash.update(&self.store.tile_version(view, tile)?.to_le_bytes());
                }
                Some(hash.digest())
            }
        }
    }
}

impl Tileset {
    /// Layers with no other attributes than those that `properties` lists.
    pub fn with(views: Vec<LayerView>, properties: &str) -> Result<Self, Problem> {
        let names: Vec<&str> = properties.split(',').map(str::trim).filter(|n| !n.is_empty()).collect();
        if let Some(unknown) = names.iter().find(|n| views.iter().all(|v| v.attribute(n).is_none())) {
            return Err(Problem::bad_request(format!(
                "properties: {} is no attribute of these layers; /collections/LAYER/queryables lists them",
                shown(unknown)
            )));
        }
        Ok(Self::new(views.into_iter().map(|view| view.only(&names)).collect()))
    }

    /// With the filter of the parameters, if there is one, on each layer. A layer that lacks a
    /// property of it is an error: its features would neither be in nor out.
    pub fn filtered(self: Arc<Self>, parameters: &Parameters) -> Result<Arc<Self>, Problem> {
        let of = |view: &LayerView| match filter(view, parameters) {
            Err(problem) if self.views.len() > 1 => Err(problem.of_layer(view.id())),
            other => other,
        };
        let filters: Option<Vec<Arc<Filter>>> = self.views.iter().map(of).collect::<Result<_, _>>()?;
        let Some(filters) = filters else { return Ok(self) };
        let asked = FILTER_PARAMETERS.map(|name| parameters.value(name).unwrap_or_default());
        let fingerprint = NUMBERS.hash_one((self.fingerprint, asked));
        Ok(Arc::new(Self { filters, fingerprint, ..Self::clone(&self) }))
    }

    fn new(views: Vec<LayerView>) -> Self {
        let mut text = String::new();
        for view in &views {
            text += &format!("{}|{}", view.id(), view.rows_seen());
            view.attributes().for_each(|a| text += &format!("|{}", a.name));
            text.push('\n');
        }
        let age = views.iter().map(|v| v.layer().tile_max_age_s).min().unwrap_or(0);
        // Without an age the client asks again each time; a tag that still holds costs no bytes.
        let cache_control = match age {
            0 => HeaderValue::from_static("no-cache"),
            age => HeaderValue::try_from(format!("max-age={age}"))
                .unwrap_or(HeaderValue::from_static("no-cache")),
        };
        let guarded = views.iter().any(LayerView::is_guarded);
        let private_cache_control = kept_private(Some(&cache_control));
        let fingerprint = NUMBERS.hash_one(text);
        Self { views, filters: Vec::new(), fingerprint, guarded, cache_control, private_cache_control }
    }
}
