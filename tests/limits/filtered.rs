//! Tiles that are sifted row by row keep nobody else waiting, and no longer at it than somebody waits for them.

use super::{ANNA, BINH, get, metric, until};
use crate::support::{
    layer,
    served::{ROAD, Served},
};
use diaban::{
    cache::TileCache,
    http::{Site, router},
    layer::{AccessClass, Caller, Catalog},
    store::{
        LiveStore, publish,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
};
use std::sync::Arc;

const WARM: &str = "/tiles/road/9/407/240";
/// All of the layer lies in it.
const ALL: &str = "/tiles/road/6/50/30";

/// A filter of which each row is asked 1 200 times, and that holds for none.
fn heavy() -> String {
    let terms: Vec<String> = (0..1200).map(|i| format!("casei(code)%20LIKE%20'%25q{i:04}%25'")).collect();
    format!("{ALL}?filter={}", terms.join("%20OR%20"))
}

/// On the one thread that this test has, whoever does not leave off keeps everybody waiting.
#[tokio::test]
async fn a_tile_with_a_filter_over_many_rows_keeps_nobody_waiting_and_ends_with_its_client_or_in_time() {
    let served = Served::over(vec![layer(ROAD)], AccessClass::Open).await;
    let many = "INSERT INTO gis.road (code, geom) SELECT repeat('y', 300) || i, \
                'SRID=4326;MULTILINESTRING((106 11,107 11))' FROM generate_series(1, 60000) AS i";
    served.database.execute(many).await;
    let (data, database) = (tempfile::tempdir().unwrap(), served.database.database());
    let (folder, all) = (SnapshotFolder::of(data.path()), Caller::anonymous(AccessClass::Restricted));
    let catalog = Catalog::new(vec![layer(ROAD)], Default::default());
    publish(&database, &folder, &catalog.view("road", &all).unwrap(), false, Arc::default()).await.unwrap();
    let snapshots = SnapshotStore::new(folder);
    assert!(snapshots.serve_newest_of(&layer(ROAD)).is_empty());
    let store = LiveStore::new(None, Some(Arc::new(snapshots)));
    let mut site = Site::new(store, Arc::new(catalog), Caller::anonymous(AccessClass::Open));
    site.cache = TileCache::new(1 << 20);
    let router = router(Arc::new(site));
    assert_eq!(get(&router, WARM, BINH).await.status, 200);
    let goes = tokio::spawn({
        let router = router.clone();
        async move { get(&router, &heavy(), ANNA).await }
    });
    let stays = tokio::spawn({
        let router = router.clone();
        async move { get(&router, &heavy(), BINH).await }
    });
    let under_way = "diaban_under_way{work=\"filtered_tile\"}";
    until("the tiles were not begun", async || metric(&router, under_way).await == 2).await;
    for path in [WARM, "/health/live"] {
        assert_eq!(get(&router, path, BINH).await.status, 200);
    }
    assert_eq!(metric(&router, under_way).await, 2, "they were answered meanwhile");
    goes.abort();
    until("it is looked on, though nobody waits", async || metric(&router, under_way).await == 1).await;
    let told = stays.await.unwrap().problem(422);
    assert!(told.contains("the filter takes too long"), "{told}");
    until("its place is not free", async || metric(&router, under_way).await == 0).await;
}
