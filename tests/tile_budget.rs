//! A tile that would be larger than its layer allows: what is seen least goes first, the rest
//! fits, and how much is gone is said. The same from a snapshot and straight from PostGIS.

use crate::support::{
    TestDatabase, layer,
    served::{Answer, Served},
    vector_tile::{Feature, decode, double_area},
};
use diaban::{
    http::{Site, router},
    layer::{AccessClass, Caller, Catalog, LayerDefinition},
    store::{
        LiveStore,
        postgis::PostgisStore,
        publish,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
};
use std::{collections::BTreeSet, sync::Arc};

/// Kilobytes that a tile of each layer may take.
const BUDGET_KB: usize = 10;
/// Rows of each layer.
const ROWS: usize = 3000;
/// The tile of zoom 13 that all rows lie in.
const TILE: &str = "13/6510/3843";

/// A layer of one geometry type.
fn budgeted(id: &str, geometry: &str, rule: &str) -> LayerDefinition {
    layer(&format!(
        r#"
        id = "{id}"
        title = {{ vi = "{id}", en = "{id}" }}
        group = "urban"
        agency = "sonnmt"
        item = "1"
        geometry = ["{geometry}"]
        key = ["code"]
        access = "open"
        zoom = {{ min = 0, max = 18 }}
        tile_kb = {BUDGET_KB}
        generalise = {{ rule = "{rule}" }}
        attributes = [{{ name = "code", type = "text", title = {{ vi = "Mã", en = "Code" }} }}]
    "#
    ))
}

fn layers() -> Vec<LayerDefinition> {
    vec![
        budgeted("area", "Polygon", "coverage"),
        budgeted("line", "LineString", "network"),
        budgeted("point", "Point", "thin"),
        budgeted("few", "Point", "thin"),
    ]
}

/// The larger its number, the larger an area and the longer a line; the codes do not compress.
fn rows() -> String {
    let place = "SELECT n, 'x' || md5(n::text) || md5(n::text || 'y') AS code, 106.09 + n % 60 * 0.0005 AS x, 11.01 + n / 60 * 0.0005 AS y, \
                 0.00025 + n * 0.0000001 AS size FROM generate_series(1, ";
    format!(
        "INSERT INTO gis.area (code, geom) SELECT code, ST_MakeEnvelope(x, y, x + size, y + size, 4326) FROM ({place}{ROWS}) AS n) AS p;
         INSERT INTO gis.line (code, geom) SELECT code, ST_SetSRID(ST_MakeLine(ST_MakePoint(x, y), ST_MakePoint(x + size, y + size)), 4326) FROM ({place}{ROWS}) AS n) AS p;
         INSERT INTO gis.point (code, geom) SELECT code, ST_SetSRID(ST_MakePoint(x, y), 4326) FROM ({place}{ROWS}) AS n) AS p;
         INSERT INTO gis.few (code, geom) SELECT code, ST_SetSRID(ST_MakePoint(106.088 + n * 0.003, y), 4326) FROM ({place}10) AS n) AS p;"
    )
}

/// The same rows from either store.
async fn sites() -> (tempfile::TempDir, Vec<(&'static str, Served)>) {
    let catalog = Catalog::new(layers(), Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    database.execute(&rows()).await;
    let data = tempfile::tempdir().unwrap();
    let folder = SnapshotFolder::of(data.path());
    for view in catalog.views(&Caller::anonymous(AccessClass::Restricted)) {
        publish(&database.database(), &folder, &view, false, Arc::default()).await.unwrap();
    }
    let snapshots = SnapshotStore::new(folder);
    assert!(snapshots.serve_newest(&catalog).is_empty());
    let over = |store: LiveStore| {
        router(Arc::new(Site::new(store, Arc::new(catalog.clone()), Caller::anonymous(AccessClass::Open))))
    };
    let straight = over(LiveStore::new(Some(PostgisStore::new(database.database())), None));
    let snapshot = over(LiveStore::new(None, Some(Arc::new(snapshots))));
    let straight = Served { database, router: straight };
    let snapshot = Served { database: TestDatabase::new().await, router: snapshot };
    (data, vec![("straight from PostGIS", straight), ("from a snapshot", snapshot)])
}

async fn tile(site: &Served, layers: &str) -> Answer {
    let answer = site.get_with(&format!("/tiles/{layers}/{TILE}"), &[("accept-encoding", "gzip")]).await;
    assert_eq!(answer.status, 200, "{layers}: {}", answer.text());
    answer
}

/// What the header says of a layer: dropped and all.
fn dropped(answer: &Answer, layer: &str) -> Option<(usize, usize)> {
    let said =
        answer.header("diaban-dropped")?.split(", ").find_map(|s| s.strip_prefix(&format!("{layer}=")))?;
    let (dropped, all) = said.split_once('/').unwrap();
    Some((dropped.parse().unwrap(), all.parse().unwrap()))
}

fn features(answer: &Answer, layer: &str) -> Vec<Feature> {
    let layers = decode(&answer.decoded());
    layers.into_iter().filter(|l| l.name == layer).flat_map(|l| l.features).collect()
}

/// How much of a feature is to be seen: area or length, in the tile's units.
fn visible(feature: &Feature) -> f64 {
    let length = |path: &Vec<[i32; 2]>| -> f64 {
        let step = |p: &[[i32; 2]]| f64::from(p[1][0] - p[0][0]).hypot(f64::from(p[1][1] - p[0][1]));
        path.windows(2).map(step).sum()
    };
    match feature.kind {
        crate::support::vector_tile::Kind::Polygon => {
            feature.paths.iter().map(|ring| double_area(ring) as f64 / 2.0).sum()
        }
        _ => feature.paths.iter().map(length).sum(),
    }
}

#[tokio::test]
async fn the_least_visible_go_first_and_the_rest_fits() {
    let (_data, sites) = sites().await;
    for (name, site) in &sites {
        for layer in ["area", "line"] {
            let answer = tile(site, layer).await;
            assert!(answer.body.len() <= BUDGET_KB * 1000, "{name}, {layer}: {} bytes", answer.body.len());
            let kept = features(&answer, layer);
            let (gone, all) =
                dropped(&answer, layer).unwrap_or_else(|| panic!("{name}, {layer}: nothing said"));
            assert_eq!((gone + kept.len(), all), (ROWS, ROWS), "{name}, {layer}");
            // What fits is used: nothing is thrown away for nothing.
            assert!(answer.body.len() > BUDGET_KB * 700, "{name}, {layer}: {} bytes", answer.body.len());
            // Sizes grow with the ids. On the tile's grid, neighbours in size are the same.
            let least = kept.iter().map(visible).fold(f64::INFINITY, f64::min);
            let first_kept = kept.iter().map(|f| f.id.unwrap()).min().unwrap();
            let ids: BTreeSet<u64> = kept.iter().map(|f| f.id.unwrap()).collect();
            let missing_above: Vec<u64> = (first_kept..=ROWS as u64).filter(|id| !ids.contains(id)).collect();
            let alike = kept.iter().filter(|f| visible(f) <= least * 1.25).count();
            assert!(
                missing_above.len() <= alike + ROWS / 20,
                "{name}, {layer}: {} of {}",
                missing_above.len(),
                kept.len()
            );
            assert!(ids.contains(&(ROWS as u64)) && !ids.contains(&1), "{name}, {layer}");
        }
    }
}

#[tokio::test]
async fn points_are_all_alike_and_fit_all_the_same() {
    let (_data, sites) = sites().await;
    for (name, site) in &sites {
        let answer = tile(site, "point").await;
        assert!(answer.body.len() <= BUDGET_KB * 1000, "{name}: {} bytes", answer.body.len());
        let kept = features(&answer, "point").len();
        let (gone, all) = dropped(&answer, "point").unwrap_or_else(|| panic!("{name}: nothing said"));
        assert!(kept > 100 && gone > 0 && gone + kept == all, "{name}: {kept}, {gone}/{all}");
        // A snapshot has thinned them before.
        assert!(if *name == "from a snapshot" { all < ROWS } else { all == ROWS }, "{name}: {all}");
        // Asked again, it is the same.
        assert_eq!(tile(site, "point").await.header("etag"), answer.header("etag"), "{name}");
    }
}

#[tokio::test]
async fn of_several_layers_each_keeps_to_its_own_budget() {
    let (_data, sites) = sites().await;
    for (name, site) in &sites {
        let answer = tile(site, "area,few,line,point").await;
        // Each alone fits; what they share only makes the whole smaller, but for the frame of gzip.
        assert!(answer.body.len() <= 3 * BUDGET_KB * 1000 + 1000, "{name}: {} bytes", answer.body.len());
        for layer in ["area", "line", "point"] {
            let alone = tile(site, layer).await;
            assert_eq!(dropped(&answer, layer), dropped(&alone, layer), "{name}, {layer}");
            assert_eq!(features(&answer, layer), features(&alone, layer), "{name}, {layer}");
        }
        assert_eq!(features(&answer, "few").len(), 10, "{name}");
        assert_eq!(dropped(&answer, "few"), None, "{name}: {:?}", answer.header("diaban-dropped"));
        // The other form says the same.
        let mlt = site.get(&format!("/tiles/area,few,line,point/{TILE}?f=mlt")).await;
        assert_eq!(mlt.header("diaban-dropped"), answer.header("diaban-dropped"), "{name}");
    }
}

#[tokio::test]
async fn what_fits_loses_nothing_and_the_metadata_tell_of_the_budget() {
    let (_data, sites) = sites().await;
    for (name, site) in &sites {
        let answer = tile(site, "few").await;
        assert_eq!((answer.header("diaban-dropped"), features(&answer, "few").len()), (None, 10), "{name}");
        let json = site.json("/tiles/area,few").await;
        let budgets = json["diaban:budget"].as_array().unwrap();
        assert_eq!(budgets.len(), 2, "{name}");
        for (budget, layer) in budgets.iter().zip(["area", "few"]) {
            assert_eq!(
                (budget["layer"].as_str(), budget["tile_kb"].as_u64()),
                (Some(layer), Some(BUDGET_KB as u64))
            );
            let note = budget["note"].as_str().unwrap();
            assert!(note.contains("least visible") && note.contains("diaban-dropped"), "{note}");
        }
    }
}
