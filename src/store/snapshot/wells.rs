//! A layer of points and a snapshot of it, for the tests of this folder.

use super::{SnapshotBuilder, SnapshotFolder, SourceMoment};
use crate::{
    feature::{FeatureRef, GeometryRef, ValueRef},
    layer::LayerDefinition,
    tile::Projection,
};
use std::sync::Arc;

const LAYER: &str = r#"
    id = "wells"
    title = { vi = "Giếng", en = "Wells" }
    group = "urban"
    agency = "sonnmt"
    item = "1"
    geometry = ["Point"]
    key = ["code"]
    access = "open"
    zoom = { min = 0, max = 18 }
    generalise = { rule = "thin" }
    attributes = [{ name = "code", type = "text", title = { vi = "Mã", en = "Code" } }]
"#;

pub fn wells() -> LayerDefinition {
    toml::from_str(LAYER).unwrap()
}

/// Writes the next version of the layer: features 1 to `rows`, 10 m apart in EPSG:3857, each with the code `G`.
pub fn publish(folder: &SnapshotFolder, rows: i64) {
    let mut builder = SnapshotBuilder::new(folder, Arc::new(wells())).unwrap();
    for id in 1..=rows {
        let (x, y) = (1.18e7 + (id % 200) as f64 * 10.0, 1.2e6 + (id / 200) as f64 * 10.0);
        let point = [&[1, 1, 0, 0, 0][..], &x.to_le_bytes(), &y.to_le_bytes()].concat();
        let (geometry, values) = (GeometryRef::Wkb(&point), [ValueRef::Text("G")]);
        builder.add(Projection::Mercator, &FeatureRef { id, geometry, bbox: None, values: &values }).unwrap();
    }
    builder.finish(SourceMoment::default()).unwrap();
}
