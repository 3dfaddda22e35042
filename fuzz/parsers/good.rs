//! A layer and its snapshot, as they should be.

use diaban::{
    feature::{FeatureRef, GeometryRef, ValueRef},
    layer::{Catalog, LayerDefinition},
    store::snapshot::{SnapshotBuilder, SnapshotFolder, SourceMoment},
    tile::Projection,
};
use std::{
    fs,
    path::PathBuf,
    sync::{Arc, LazyLock},
};
use tokio::runtime::{Builder, Runtime};

pub static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().expect("a runtime"));

pub const LAYER: &str = r#"
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

pub struct Good {
    pub data: PathBuf,
    /// Each with what stood in it.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    pub catalog: Catalog,
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

pub static GOOD: LazyLock<Good> = LazyLock::new(|| {
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
    let moment =
        SourceMoment { database: "none".into(), pg_snapshot: "1:1:".into(), table: None, synthetic: true };
    builder.finish(moment).expect("a snapshot");
    let version = data.join("snapshot/any/v00000001");
    let of = |name: &str| {
        let path = version.join(name);
        let bytes = fs::read(&path).expect("its file");
        (path, bytes)
    };
    let files =
        ["base.fgb", "base.values", "base.drawn", "base.ids", "base.measures", "base.names"].map(of).into();
    Good { data, files, catalog: Catalog::new(vec![layer], Default::default()) }
});

/// Writes bytes over places of files: four bytes of `patches` are a place, a byte, and which file it goes into.
pub fn patch(files: &mut [Vec<u8>], patches: &[u8]) {
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
}
