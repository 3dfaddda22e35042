//! A snapshot with any bytes at places of its files.

use crate::good::{GOOD, RUNTIME, patch};
use diaban::{
    feature::Bbox,
    layer::{AccessClass, Caller, LayerView},
    query::{FeatureQuery, Order, search::Needle},
    store::{
        FeatureStore, LiveStore,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
    tile::{BUFFER, LayerEncoder, Projection, Rules, TileCoord},
};
use std::{fs, ops::ControlFlow, sync::Arc};

pub fn read(patches: &[u8]) {
    let good = &*GOOD;
    let mut files: Vec<Vec<u8>> = good.files.iter().map(|file| file.1.clone()).collect();
    patch(&mut files, patches);
    for ((path, _), bytes) in good.files.iter().zip(&files) {
        fs::write(path, bytes).expect("written");
    }
    let store = Arc::new(SnapshotStore::new(SnapshotFolder::of(&good.data)));
    store.serve_newest(&good.catalog);
    let Some(served) = store.served("any") else { return };
    let Some(view) = good.catalog.view("any", &Caller::anonymous(AccessClass::Open)) else { return };
    for zoom in [0, 10] {
        let Some(tile) =
            TileCoord::new(zoom, if zoom == 0 { 0 } else { 814 }, if zoom == 0 { 0 } else { 480 })
        else {
            return;
        };
        let mut encoder = LayerEncoder::new(
            tile,
            "any",
            &["code", "size", "day", "count"],
            Rules::default(),
            Projection::Mercator,
        );
        served.scan(&view, Bbox::new(-1e9, -1e9, 1e9, 1e9), zoom, None, &mut |_, feature| {
            encoder.add(feature);
        });
        encoder.finish();
    }
    // As they are drawn already.
    for zoom in 6..=14 {
        let (middle, fields) = (Bbox::new(11_810_000.0, 1_232_000.0, 11_811_000.0, 1_233_000.0), ["code"; 4]);
        let Some(tile) = TileCoord::of_middle(middle, zoom) else { return };
        let encoder = LayerEncoder::new(tile, "any", &fields, Rules::default(), Projection::Mercator);
        let mut encoder = encoder.watching(None);
        served.scan(&view, tile.mercator_bounds(BUFFER), zoom, None, &mut |_, feature| encoder.add(feature));
        encoder.finish_and_tell().2.selection(0.5);
    }
    RUNTIME.block_on(read_items(store.clone(), &view));
}

/// Items by page, by place, and the whole layer as it is stored; what is called so.
async fn read_items(snapshots: Arc<SnapshotStore>, view: &LayerView) {
    let store = LiveStore::new(None, Some(snapshots));
    let page = FeatureQuery { limit: 10, after: Some(5), ..FeatureQuery::default() };
    let place = FeatureQuery {
        limit: 10,
        bbox: Some(Bbox::new(106.0, 10.9, 106.1, 11.1)),
        ..FeatureQuery::default()
    };
    let whole = FeatureQuery { limit: u32::MAX, order: Order::AsStored, ..FeatureQuery::default() };
    for query in [page, place, whole] {
        let Ok(mut rows) = store.rows(view, &query).await else { continue };
        let mut take = |row: &diaban::feature::FeatureRow<'_>| {
            let mut wkb = Vec::new();
            if let Some(shape) = row.shape {
                shape.write_wkb(&mut wkb);
            }
            ControlFlow::Continue(())
        };
        while let Ok(true) = rows.next(&mut take).await {}
    }
    for text in ["t12", "T 3", "tt9"] {
        let Ok(needle) = Needle::new(text) else { continue };
        let _ = store.search(std::slice::from_ref(view), &Arc::new(needle), 20).await;
    }
}
