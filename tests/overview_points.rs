//! Points at low zooms: few enough to be told apart, however few there are in all.

use crate::support::{TestDatabase, layer};
use diaban::{
    feature::{Bbox, FeatureRef, ValueRef},
    layer::{AccessClass, Caller, Catalog},
    store::{
        FeatureStore, LiveStore, publish,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
    tile::Projection,
};
use std::sync::Arc;

const LAYER: &str = r#"
id = "stall"
title = { vi = "Quầy", en = "Stalls" }
group = "urban"
agency = "sonnmt"
item = "1"
geometry = ["Point"]
key = ["code"]
access = "open"
zoom = { min = 6, max = 18 }
generalise = { rule = "RULE" }
attributes = [{ name = "code", type = "text", title = { vi = "Mã", en = "Code" } }]
"#;

/// Two hundred, 50 m from each other: at zoom 8 all lie within three pixels.
const STALLS: &str = "INSERT INTO gis.stall (code, geom) SELECT 'Q' || n,
    ST_SetSRID(ST_MakePoint(106.2 + n % 20 * 0.0005, 11.0 + n / 20 * 0.0005), 4326) FROM generate_series(0, 199) AS n";

/// How many points are drawn at each zoom, and how many stalls they stand for.
async fn drawn(rule: &str) -> Vec<(u8, usize, i64)> {
    let catalog = Catalog::new(vec![layer(&LAYER.replace("RULE", rule))], Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    database.execute(STALLS).await;
    let data = tempfile::tempdir().unwrap();
    let view = catalog.view("stall", &Caller::anonymous(AccessClass::Open)).unwrap();
    publish(&database.database(), &SnapshotFolder::of(data.path()), &view, false, Arc::default())
        .await
        .unwrap();
    let snapshots = Arc::new(SnapshotStore::new(SnapshotFolder::of(data.path())));
    assert!(snapshots.serve_newest(&catalog).is_empty());
    let store = LiveStore::new(None, Some(snapshots));
    let mut all = Vec::new();
    for zoom in 6..=18 {
        let (mut points, mut stalls) = (0, 0);
        let mut sink = |_: Projection, feature: &FeatureRef<'_>| {
            points += 1;
            stalls += match feature.values.last() {
                Some(ValueRef::Int(count)) => *count,
                _ => 1,
            };
        };
        let everywhere = Bbox::new(-2e7, -2e7, 2e7, 2e7);
        store.scan(&view, everywhere, zoom, None, &mut sink).await.unwrap();
        all.push((zoom, points, stalls));
    }
    all
}

#[tokio::test]
async fn few_points_are_thinned_down_to_the_first_zoom() {
    let drawn = drawn("thin").await;
    assert!(drawn.windows(2).all(|w| w[0].1 <= w[1].1), "{drawn:?}");
    assert!(
        drawn.iter().filter(|(zoom, ..)| *zoom <= 8).all(|(_, points, _)| (1..=4).contains(points)),
        "{drawn:?}"
    );
    assert_eq!(drawn.last(), Some(&(18, 200, 200)));
}

#[tokio::test]
async fn few_points_are_gathered_down_to_the_first_zoom_and_none_is_lost() {
    let drawn = drawn("cluster").await;
    assert!(drawn.iter().all(|(_, _, stalls)| *stalls == 200), "{drawn:?}");
    assert!(
        drawn.iter().filter(|(zoom, ..)| *zoom <= 8).all(|(_, points, _)| (1..=4).contains(points)),
        "{drawn:?}"
    );
    assert_eq!(drawn.last(), Some(&(18, 200, 200)));
}
