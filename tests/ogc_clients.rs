//! Clients that people use read a layer whole: GDAL as an OGC API Features client.

use crate::support::served::{Served, WELL, href, property, site};
use crate::support::{TestDatabase, layer};
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

/// Each row tells which of the database's sessions read it.
const SESSIONS: &str = "CREATE VIEW gis.sessions AS SELECT n::bigint AS id, pg_backend_pid()::text AS session, \
    ST_SetSRID(ST_MakePoint(106 + n * 0.001, 11), 4326) AS geom FROM generate_series(1, 1000) AS n";

#[tokio::test]
async fn pages_of_a_table_of_others_come_on_few_sessions() {
    let definition = layer(
        r#"
        id = "sessions"
        title = { vi = "Phiên", en = "Sessions" }
        group = "planning"
        agency = "sonnmt"
        item = "1"
        geometry = ["Point"]
        key = ["session"]
        access = "open"
        zoom = { min = 0, max = 18 }
        generalise = { rule = "thin" }
        table = { schema = "gis", name = "sessions", geometry = "geom", id = "id", srid = 4326 }
        attributes = [{ name = "session", type = "text", title = { vi = "Phiên", en = "Session" } }]
        "#,
    );
    let database = TestDatabase::with_layers(Vec::new()).await;
    database.execute(&format!("CREATE SCHEMA IF NOT EXISTS gis; {SESSIONS}")).await;
    let router = site(&database, Catalog::new(vec![definition], Default::default()), AccessClass::Open);
    let served = Served { database, router };
    let (mut seen, mut count) = (BTreeSet::new(), 0);
    let mut next = Some("/collections/sessions/items?limit=50".to_owned());
    while let Some(address) = next {
        let page = served.json(&address).await;
        let sessions = property(&page, "session");
        count += sessions.len();
        seen.extend(sessions.into_iter().map(str::to_owned));
        next = href(&page, "next").map(str::to_owned);
    }
    assert_eq!(count, 1000);
    assert!(seen.len() <= 4, "20 pages took {} sessions", seen.len());
}
