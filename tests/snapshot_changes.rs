//! Who opens a map after a change, and before the overviews take it in, is told of them if he sees what has changed.

use crate::support::layer;
use diaban::{
    feature::{FeatureRef, GeometryRef, ValueRef},
    layer::{AccessClass, Caller, Catalog, LayerDefinition},
    store::{
        changes::{Heard, Listener},
        snapshot::{
            Change, LayerSnapshot, SeenChange, SnapshotBuilder, SnapshotFolder, SnapshotStore, SourceMoment,
        },
    },
    tile::Projection,
};
use std::{sync::Arc, time::Duration};

const WELLS: &str = r#"
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
    attributes = [
        { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
        { name = "access_class", type = "text", title = { vi = "Mức", en = "Class" } },
    ]
"#;
/// The last one is restricted.
const ROWS: i64 = 5_000;

/// A snapshot of all rows but one.
fn published(folder: &SnapshotFolder, layer: &LayerDefinition, but: Option<i64>) -> Arc<LayerSnapshot> {
    let mut builder = SnapshotBuilder::new(folder, Arc::new(layer.clone())).unwrap();
    for id in (1..=ROWS).filter(|id| Some(*id) != but) {
        let (x, y) = (1.18e7 + (id % 100) as f64 * 10.0, 1.2e6 + (id / 100) as f64 * 10.0);
        let point = [&[1, 1, 0, 0, 0][..], &x.to_le_bytes(), &y.to_le_bytes()].concat();
        let class = if id == ROWS { ValueRef::Text("restricted") } else { ValueRef::Null };
        let (geometry, values) = (GeometryRef::Wkb(&point), [ValueRef::Text("G"), class]);
        builder.add(Projection::Mercator, &FeatureRef { id, geometry, bbox: None, values: &values }).unwrap();
    }
    builder.finish(SourceMoment::default()).unwrap();
    let (open, refused) = folder.open("wells", true);
    assert!(refused.is_empty(), "{refused:?}");
    Arc::new(open.unwrap())
}

async fn heard(listener: &mut Listener) -> Arc<diaban::store::snapshot::LayerChange> {
    match tokio::time::timeout(Duration::from_secs(20), listener.next()).await {
        Ok(Some(Heard::Change(change))) => change,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn who_comes_after_a_change_is_told_of_the_overviews_of_what_he_sees() {
    let layer = layer(WELLS);
    let catalog = Catalog::new(vec![layer.clone()], Default::default());
    let [open, all] = [AccessClass::Open, AccessClass::Restricted]
        .map(|class| catalog.view("wells", &Caller::anonymous(class)).unwrap());
    for (row, is_seen_by_all) in [(7, true), (ROWS, false)] {
        let data = tempfile::tempdir().unwrap();
        let folder = SnapshotFolder::of(data.path());
        let store = SnapshotStore::new(folder.clone());
        published(&folder, &layer, None);
        assert!(store.serve_newest_of(&layer).is_empty());
        // Nobody listens yet.
        store.apply(&layer, 1, vec![Change::gone(row)]);
        let mut listener = store.changes().listen();
        let newer = published(&folder, &layer, Some(row));
        assert!(!newer.overviews.is_empty());
        store.swap(&layer, newer, Vec::new(), true);
        let told = heard(&mut listener).await;
        assert!(matches!(told.seen_by(&all), Some(SeenChange::Below(_))), "{told:?}");
        assert_eq!(told.seen_by(&open).is_some(), is_seen_by_all, "{told:?}");
        // These overviews hold all that has changed.
        let newest = published(&folder, &layer, Some(row));
        store.swap(&layer, newest, Vec::new(), true);
        store.apply(&layer, 3, vec![Change::gone(8)]);
        assert!(matches!(heard(&mut listener).await.seen_by(&open), Some(SeenChange::Boxes(_))));
    }
}
