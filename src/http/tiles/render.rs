//! Makes a tile: each layer's features through the engine, within its budget of bytes.

use super::{
    super::{Problem, Site},
    Form, Sent,
    encoding::Encoding,
    gzip::gzip,
    tileset::Tileset,
};
use crate::{
    cache::Tile,
    feature::FeatureRef,
    layer::LayerView,
    query::filter::Filter,
    store::{FeatureStore, StoreError, held},
    tile::{BUFFER, LayerEncoder, Projection, Rules, Selection, Tally, TileCoord},
};
use std::{fmt::Write, sync::Arc, time::Instant};
use xxhash_rust::xxh3::xxh3_128;

/// Bytes from which on work on a tile takes long.
const LONG: usize = 1024 * 1024;
/// Tile units of one pixel of a tile drawn 512 pixels wide.
const UNITS_PER_PX: f64 = 8.0;
/// How often a layer is made again to fit its budget.
const ATTEMPTS: u32 = 6;
/// How often a layer is asked again after a file of its snapshot was lost.
const VERSIONS: u32 = 2;
/// What is aimed at, of the budget: the next attempt should be the last.
const AIM: f64 = 0.95;
/// Name of the value behind the view's own.
const COUNT_FIELD: &str = "feature_count";

/// The tile as it is sent.
#[tracing::instrument(target = "diaban::trace", level = "trace", name = "tile.render", skip_all, fields(tile.z = coord.z()))]
pub async fn render<S: FeatureStore>(
    site: &Site<S>,
    tileset: &Tileset,
    coord: TileCoord,
    sent: Sent,
) -> Result<Arc<Tile>, Problem> {
    let started = Instant::now();
    let filters = tileset.filters.iter().map(|filter| Some(&**filter)).chain(std::iter::repeat(None));
    let shown: Vec<Asked<'_>> = tileset
        .views
        .iter()
        .zip(filters)
        .filter(|(view, _)| (view.layer().zoom.min..=view.layer().zoom.max).contains(&coord.z()))
        .map(|(view, filter)| Asked { view, filter })
        .collect();
    // Those that wait for a database wait together.
    let layers = shown.iter().map(|asked| layer_in_budget(site, *asked, coord));
    let layers = futures_util::future::try_join_all(layers).await?;
    let mut dropped = String::new();
    let mut bytes = Vec::new();
    let mut gzipped = None;
    for (Asked { view, .. }, made) in shown.iter().zip(layers) {
        let Made { bytes: layer, gzipped: layer_gzipped, tally } = made;
        site.metrics.tile_features.inc_by(tally.written);
        site.metrics.tile_unreadable.inc_by(tally.unreadable);
        if tally.unreadable > 0 {
            tracing::warn!(layer = view.id(), tally.unreadable, "features whose geometry cannot be read");
        }
        if tally.dropped > 0 {
            let comma = if dropped.is_empty() { "" } else { ", " };
            let total = tally.dropped + tally.written;
            let _ = write!(dropped, "{comma}{}={}/{total}", view.id(), tally.dropped);
        }
        // What was compressed to be weighed need not be compressed again, if it is all there is.
        gzipped = layer_gzipped.filter(|_| bytes.is_empty());
        if bytes.is_empty() { bytes = layer } else { bytes.extend_from_slice(&layer) }
    }
    let Sent { form, encoding } = sent;
    let bytes = form.of_mvt(bytes).await?;
    let etag = format!("\"{:032x}{}\"", xxh3_128(&bytes), encoding.letter());
    let body = match gzipped {
        Some(gzipped) if encoding == Encoding::Gzip && form == Form::Mvt => gzipped,
        _ => encode(bytes, encoding).await?,
    };
    site.metrics.tile_seconds.observe(started.elapsed().as_secs_f64());
    Ok(Arc::new(Tile { body: body.into(), etag: etag.into(), dropped }))
}

async fn encode(bytes: Vec<u8>, encoding: Encoding) -> Result<Vec<u8>, Problem> {
    let size = if encoding == Encoding::Brotli { LONG } else { bytes.len() };
    beside_if_long(size, move || encoding.encode(bytes)).await?
}

/// Does what is done with so many bytes beside the workers that wait for input, where it takes long; the place of whoever
/// asked is not free before.
async fn beside_if_long<T: Send + 'static>(
    size: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    if size < LONG {
        return Ok(work());
    }
    let held = held();
    let done = tokio::task::spawn_blocking(move || {
        let _held = held;
        work()
    });
    done.await.map_err(Problem::internal)
}

/// What a layer of a tile is made of.
#[derive(Clone, Copy)]
struct Asked<'a> {
    view: &'a LayerView,
    filter: Option<&'a Filter>,
}

/// A layer of a tile.
#[derive(Default)]
struct Made {
    bytes: Vec<u8>,
    /// The same, where it had to be known how long that is.
    gzipped: Option<Vec<u8>>,
    tally: Tally,
}

/// What a layer is made with.
#[derive(Clone, Copy)]
enum Features {
    All,
    /// How visible each is, is noted.
    Watched(Option<Selection>),
}

/// One layer; the least visible of its features left out, if it would be too large with all.
async fn layer_in_budget<S: FeatureStore>(
    site: &Site<S>,
    asked: Asked<'_>,
    coord: TileCoord,
) -> Result<Made, Problem> {
    let budget = asked.view.layer().tile_kb as usize * 1000;
    let mut features = Features::All;
    for attempt in 1.. {
        let mut made = layer(&site.store, asked, coord, features).await;
        // A snapshot that is lost is served no more, and of versions there are two at most.
        for _ in 0..VERSIONS {
            if matches!(made, Err(StoreError::Lost(_))) {
                made = layer(&site.store, asked, coord, features).await;
            }
        }
        let encoder = made.inspect_err(|_| {
            site.metrics.store_errors.inc();
        })?;
        let Some(encoder) = encoder else { return Ok(Made::default()) };
        let size = encoder.size();
        if size <= budget || attempt == ATTEMPTS {
            let (bytes, tally) = beside_if_long(size, move || encoder.finish()).await?;
            return Ok(Made { bytes, gzipped: None, tally });
        }
        let weighed = move || {
            let (bytes, tally, seen) = encoder.finish_and_tell();
            gzip(&bytes).map(|gzipped| (bytes, tally, seen, gzipped))
        };
        let (bytes, tally, seen, gzipped) =
            beside_if_long(size, weighed).await?.map_err(Problem::internal)?;
        if gzipped.len() <= budget && !seen.is_cut() {
            return Ok(Made { bytes, gzipped: Some(gzipped), tally });
        }
        features = Features::Watched(match features {
            Features::All => None,
            Features::Watched(_) => {
                let share = AIM * budget as f64 / gzipped.len() as f64;
                let written = seen.written_share();
                Some(seen.selection(share * written))
            }
        });
    }
    Ok(Made::default())
}

async fn layer<S: FeatureStore>(
    store: &S,
    Asked { view, filter }: Asked<'_>,
    coord: TileCoord,
    features: Features,
) -> Result<Option<LayerEncoder>, StoreError> {
    let fields: Vec<&str> = view.attributes().map(|a| a.name.as_str()).chain([COUNT_FIELD]).collect();
    let rules = Rules { tolerance: view.layer().generalise.tolerance_px * UNITS_PER_PX };
    // Which plane the rows come in is known with the first of them.
    let mut encoder: Option<(Projection, LayerEncoder)> = None;
    let mut sink = |projection, feature: &FeatureRef<'_>| {
        let make = || {
            let encoder = LayerEncoder::new(coord, view.id(), &fields, rules, projection);
            let encoder = match features {
                Features::All => encoder,
                Features::Watched(selection) => encoder.watching(selection),
            };
            (projection, encoder)
        };
        encoder.get_or_insert_with(make).1.add(feature);
    };
    store.scan(view, coord.mercator_bounds(BUFFER), coord.z(), filter, &mut sink).await?;
    Ok(encoder.map(|(_, encoder)| encoder))
}
