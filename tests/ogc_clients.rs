//! Clients that people use read a layer whole: GDAL as an OGC API Features client.

use crate::support::layer;
use crate::support::served::{Served, WELL, href, property};
use diaban::{
    http::{Site, serve},
    layer::{AccessClass, Caller, Catalog},
    store::postgis::PostgisStore,
};
use std::{collections::BTreeSet, process::Command, sync::Arc};
use tokio::net::TcpListener;

const FEATURES: usize = 100_000;

const ROWS: &str = "INSERT INTO gis.well (code, use, depth, names, geom) SELECT 'G' || i, 'drink', i + 0.5, \
    ARRAY['Giếng ' || i], ST_SetSRID(ST_MakePoint(106 + (i % 1000) * 0.0005, 10.5 + (i / 1000) * 0.005), 4326) \
    FROM generate_series(1, 100000) AS i";

#[tokio::test(flavor = "multi_thread")]
async fn ogr2ogr_reads_a_layer_of_100_000_features_whole() {
    let served = Served::over(vec![layer(WELL)], AccessClass::Open).await;
    served.database.execute(ROWS).await;
    let catalog = Arc::new(Catalog::new(vec![layer(WELL)], Default::default()));
    let store = PostgisStore::new(served.database.database());
    let site = Arc::new(Site::new(store, catalog, Caller::anonymous(AccessClass::Open)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, site, std::future::pending()));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wells.csv");
    let out = file.clone();
    let run = move || {
        Command::new("ogr2ogr")
            .args(["-f", "CSV", "-lco", "GEOMETRY=AS_XY", "-oo", "PAGE_SIZE=10000"])
            .arg(&out)
            .arg(format!("OAPIF:http://{address}"))
            .arg("well")
            .output()
    };
    let done = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success() && said.is_empty(), "{said}");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    let code = columns.iter().position(|c| *c == "code").unwrap_or_else(|| panic!("{columns:?}"));
    let codes: BTreeSet<&str> = lines.map(|line| line.split(',').nth(code).unwrap()).collect();
    assert_eq!(codes.len(), FEATURES);
}

#[tokio::test]
async fn paging_by_next_visits_100_000_features_once_in_another_system() {
    let site = Served::over(vec![layer(WELL)], AccessClass::Open).await;
    site.database.execute(ROWS).await;
    let crs = "http://www.opengis.net/def/crs/EPSG/0/9210";
    let first = format!("/collections/well/items?limit=10000&crs={crs}&properties=code");
    let (mut seen, mut pages, mut next) = (BTreeSet::new(), 0, Some(first));
    while let Some(address) = next {
        let page = site.json(&address).await;
        assert_eq!(page["numberMatched"], FEATURES);
        pages += 1;
        seen.extend(property(&page, "code").into_iter().map(str::to_owned));
        next = href(&page, "next").map(str::to_owned);
    }
    assert_eq!((seen.len(), pages), (FEATURES, 10));
}
