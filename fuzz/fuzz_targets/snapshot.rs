//! A snapshot with any bytes at places of its files.
#![no_main]

use diaban::{
    feature::{Bbox, FeatureRef, GeometryRef, ValueRef},
    layer::{AccessClass, Caller, Catalog, LayerDefinition, LayerView},
    query::{FeatureQuery, Order, search::Needle},
    store::{
        FeatureStore, LiveStore,
        snapshot::{SnapshotBuilder, SnapshotFolder, SnapshotStore, SourceMoment},
    },
    tile::{BUFFER, LayerEncoder, Projection, Rules, TileCoord},
};
use libfuzzer_sys::fuzz_target;
use std::{
    fs,
    ops::ControlFlow,
    path::PathBuf,
    sync::{Arc, LazyLock},
};
use tokio::runtime::{Builder, Runtime};

const LAYER: &str = r#"
id = "any"
title = { vi = "Bất kỳ", en = "Any" }
group = "agriculture"
agency = "sonnmt"
item = "1"
geometry = ["Polygon"]
key = ["code"]
access = "open"
zoom = { min = 0, max = 18 }
generalise = { rule = "coverage" }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "size", type = "number", title = { vi = "Cỡ", en = "Size" } },
  { name = "day", type = "date", title = { vi = "Ngày", en = "Day" } },
]
"#;

struct Good {
    data: PathBuf,
    /// Each with what stood in it.
    files: Vec<(PathBuf, Vec<u8>)>,
    catalog: Catalog,
}

/// Little-endian WKB of rings of one polygon.
fn polygon(rings: &[&[(f64, f64)]]) -> Vec<u8> {
    let mut out = vec![1, 3, 0, 0, 0];
    out.extend((rings.len() as u32).to_le_bytes());
    for ring in rings {
        out.extend((ring.len() as u32).to_le_bytes());
        ring.iter().for_each(|(x, y)| out.extend([x.to_le_bytes(), y.to_le_bytes()].concat()));
    }
    out
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let data = std::env::temp_dir().join(format!("diaban-fuzz-{}", std::process::id()));
    let _ = fs::remove_dir_all(&data);
    fs::create_dir_all(&data).expect("a folder");
    let layer: LayerDefinition = toml::from_str(LAYER).expect("a layer");
    let folder = SnapshotFolder::of(&data);
    let mut builder = SnapshotBuilder::new(&folder, Arc::new(layer.clone())).expect("a builder");
    for id in 0..40i64 {
        let (x, y) = (106.0 + id as f64 * 0.01, 11.0);
        let outer = [(x, y), (x + 0.01, y), (x + 0.01, y + 0.01), (x, y + 0.01), (x, y)];
        let hole =
            [(x + 0.002, y + 0.002), (x + 0.002, y + 0.004), (x + 0.004, y + 0.004), (x + 0.002, y + 0.002)];
        let rings: &[&[(f64, f64)]] = &[&outer, &hole];
        let wkb = polygon(&rings[..1 + (id % 2) as usize]);
        let code = format!("T{id}");
        let values = [ValueRef::Text(&code), ValueRef::Number(id as f64), ValueRef::Text("2026-01-01")];
        let row = FeatureRef { id, geometry: GeometryRef::Wkb(&wkb), bbox: None, values: &values };
        builder.add(Projection::LonLat, &row).expect("a row");
    }
    let moment = SourceMoment { database: "none".into(), pg_snapshot: "1:1:".into(), table: None, synthetic: true };
    builder.finish(moment).expect("a snapshot");
    let version = data.join("snapshot/any/v00000001");
    let of = |name: &str| {
        let path = version.join(name);
        let bytes = fs::read(&path).expect("its file");
        (path, bytes)
    };
    let files = ["base.fgb", "base.values", "base.drawn", "base.ids", "base.measures", "base.names"].map(of).into();
    Good { data, files, catalog: Catalog::new(vec![layer], Default::default()) }
});

fuzz_target!(|patches: &[u8]| {
    let good = &*GOOD;
    let mut files: Vec<Vec<u8>> = good.files.iter().map(|file| file.1.clone()).collect();
    for patch in patches.chunks_exact(4) {
        let which = usize::from(patch[3] >> 3) % files.len();
        let bytes = &mut files[which];
        let at = usize::from(u16::from_le_bytes([patch[0], patch[1]])) % bytes.len();
        bytes[at] = patch[2];
        // Now and then a whole number at once.
        if patch[3] & 7 == 0 {
            bytes.iter_mut().skip(at).take(4).for_each(|byte| *byte = patch[2]);
        }
    }
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
});

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));

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
