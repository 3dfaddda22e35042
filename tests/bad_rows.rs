//! Rows that no map can show, in tables that others write: left out and named, and no tile fails
//! for them, whether it comes from a snapshot, from changes over it, or straight from PostGIS.

use crate::support::{
    TestDatabase, layer,
    served::{Answer, Served},
    vector_tile::{Kind, decode},
};
use diaban::{
    http::{Site, router},
    layer::{AccessClass, Caller, Catalog, LayerDefinition},
    store::{
        Follower, LiveStore,
        postgis::PostgisStore,
        publish,
        snapshot::{Manifest, SnapshotFolder, SnapshotStore},
    },
    tile::coord::{HALF_WORLD_M, lonlat_to_mercator},
};
use std::{collections::BTreeSet, path::Path, sync::Arc};

/// A layer of every geometry type; `srid` of a table of somebody else, or none.
pub fn thing(srid: Option<i32>) -> LayerDefinition {
    let text = r#"
        id = "thing"
        title = { vi = "Thứ", en = "Thing" }
        group = "urban"
        agency = "sonnmt"
        item = "1"
        geometry = ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
        key = ["code"]
        access = "open"
        zoom = { min = 0, max = 18 }
        generalise = { rule = "thin" }
        attributes = [{ name = "code", type = "text", title = { vi = "Mã", en = "Code" } }]
    "#;
    let mut thing = layer(text);
    thing.table = srid.map(|srid| {
        let table = "schema = 'public'\nname = 'things'\ngeometry = 'shape'\nid = 'id'";
        toml::from_str(&format!("{table}\nsrid = {srid}")).unwrap()
    });
    thing
}

/// Where the good ones are.
const PLACE: (f64, f64) = (106.1, 10.99);
const GOOD: [i64; 4] = [1, 9, 10, 11];
const BAD: [i64; 9] = [2, 3, 4, 5, 6, 7, 8, 12, 13];
/// Those that have no geometry; the first has a coordinate that is no number, which is the same to some.
const PLACELESS: [i64; 4] = [2, 7, 8, 13];

/// Rows in the system `srid`: `x` and `y` are a good place in it. The good ones are about a metre
/// wide, and far enough from each other not to be thinned at zoom 14.
fn rows(srid: i32) -> String {
    let place = format!("ST_Transform('SRID=4326;POINT({} {})'::geometry, {srid})", PLACE.0, PLACE.1);
    format!(
        "CREATE TABLE public.things (id int PRIMARY KEY, code text, shape geometry);
         INSERT INTO public.things SELECT id, 'code ' || id, ST_SetSRID(ST_Translate(shape, 0, greatest(id - 8, 0) * d * 200), {srid})
         FROM (SELECT ST_X(p) AS x, ST_Y(p) AS y, CASE WHEN ST_X(p) < 180 THEN 1.1e-5 ELSE 1.2 END AS d FROM (SELECT {place} AS p) AS p) AS place,
         LATERAL (VALUES
           (1, ST_MakePoint(x, y)),
           (2, ST_MakePoint('NaN', y)),
           (3, ST_MakePoint(x, '-Infinity')),
           (4, ST_MakeLine(ARRAY[ST_MakePoint(x, y), ST_MakePoint(x, 'NaN'), ST_MakePoint(x + d, y)])),
           (5, ST_MakePolygon(ST_MakeLine(ARRAY[ST_MakePoint(x, y), ST_MakePoint('Infinity', y), ST_MakePoint(x, y + d), ST_MakePoint(x, y)]))),
           (6, ST_MakePoint(1e30, 1e300)),
           (7, 'POLYGON EMPTY'),
           (8, NULL),
           (9, ST_Collect(ARRAY[ST_MakePoint(x, y), ST_MakeLine(ST_MakePoint(x, y), ST_MakePoint(x + d, y)), ST_MakeEnvelope(x, y, x + d, y + d)])),
           (10, (SELECT ST_MakeLine(ST_MakePoint(x + i % 1000 * d / 1000, y + i / 1000 * d / 1000) ORDER BY i) FROM generate_series(1, 1000000) AS i)),
           (11, (SELECT ST_MakePolygon(ST_MakeLine(ST_MakePoint(x + cos(2 * pi() * (i % 1000000) / 1000000) * d, y + sin(2 * pi() * (i % 1000000) / 1000000) * d) ORDER BY i))
                 FROM generate_series(0, 1000000) AS i)),
           (12, ST_Collect(ARRAY[ST_MakePoint(x, y), ST_MakePoint('NaN', y), ST_MakePoint(x + d, y)])),
           (13, 'GEOMETRYCOLLECTION EMPTY')
         ) AS t (id, shape)"
    )
}

/// The tile of a zoom that the good rows lie in.
fn tile(layer: &str, zoom: u8) -> String {
    let (x, y) = lonlat_to_mercator(PLACE.0, PLACE.1);
    let cell = |v: f64| ((v + HALF_WORLD_M) / (2.0 * HALF_WORLD_M) * f64::from(1u32 << zoom)) as u32;
    format!("/tiles/{layer}/{zoom}/{}/{}", cell(x), cell(-y))
}

/// Ids in a tile, which must be whole.
pub fn ids(answer: &Answer) -> BTreeSet<i64> {
    assert_eq!(answer.status, 200, "{}: {}", answer.asked, answer.text());
    let layers = decode(&answer.body);
    layers.iter().flat_map(|l| &l.features).map(|f| f.id.unwrap() as i64).collect()
}

/// A site over a store.
pub fn served(database: TestDatabase, store: LiveStore, catalog: Catalog) -> Served {
    let site = Site::new(store, Arc::new(catalog), Caller::anonymous(AccessClass::Open));
    Served { database, router: router(Arc::new(site)) }
}

pub async fn published(database: &TestDatabase, catalog: &Catalog, data: &Path) -> Manifest {
    let view = catalog.view("thing", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    let folder = SnapshotFolder::of(data);
    publish(&database.database(), &folder, &view, false, Arc::default()).await.unwrap()
}

/// What the site says of the good rows, and that it says nothing of the others.
async fn holds(site: &Served, what: &str) {
    for zoom in [0, 4, 9, 14, 18] {
        let path = tile("thing", zoom);
        let mut seen = ids(&site.get(&path).await);
        // Of several points the ones that are places may be shown.
        seen.remove(&12);
        assert!(seen.iter().all(|id| GOOD.contains(id)), "{what}, {path}: {seen:?}");
        assert!(zoom != 14 || seen == GOOD.into(), "{what}, {path}: {seen:?}");
    }
    let json = site.json("/tiles/thing").await;
    let bounds = json["bounds"].as_array().unwrap();
    assert!(bounds.iter().all(|edge| edge.is_number()), "{what}: {bounds:?}");
    site.json("/collections/thing").await;
}

#[tokio::test]
async fn no_tile_fails_for_them_and_the_snapshot_names_them() {
    for srid in [4326, 3857, 9210, 32648] {
        let catalog = Catalog::new(vec![thing(Some(srid))], Default::default());
        let database = TestDatabase::new().await;
        database.execute(&rows(srid)).await;
        database.database().prepare(&catalog).await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let manifest = published(&database, &catalog, data.path()).await;
        let named: Vec<i64> = manifest.unplaced.rows.iter().map(|f| f.id).collect();
        assert_eq!(named, BAD, "{srid}: {:?}", manifest.unplaced.rows);
        assert_eq!(manifest.unplaced.count(), BAD.len() as u64);
        // Rows without a geometry stay in the snapshot, for lists of features.
        let placeless = manifest
            .unplaced
            .rows
            .iter()
            .filter(|f| f.reason.to_string().contains("no geometry"))
            .map(|f| f.id);
        let placeless: Vec<i64> = placeless.collect();
        assert!(
            PLACELESS[1..].iter().all(|id| placeless.contains(id)),
            "{srid}: {:?}",
            manifest.unplaced.rows
        );
        assert_eq!(manifest.count as usize, GOOD.len() + placeless.len(), "{srid}");
        assert!(
            manifest.unplaced.rows.iter().all(|f| !f.reason.to_string().is_empty()),
            "{:?}",
            manifest.unplaced.rows
        );

        let straight = LiveStore::new(Some(PostgisStore::new(database.database())), None);
        let site = served(database, straight, catalog.clone());
        holds(&site, &format!("straight from SRID {srid}")).await;
        let snapshots = SnapshotStore::new(SnapshotFolder::of(data.path()));
        assert!(snapshots.serve_newest(&catalog).is_empty());
        let site = served(site.database, LiveStore::new(None, Some(Arc::new(snapshots))), catalog);
        holds(&site, &format!("from a snapshot of SRID {srid}")).await;
    }
}

#[tokio::test]
async fn what_lies_near_the_poles_is_given_as_it_is_on_record() {
    let catalog = Catalog::new(vec![thing(Some(4326))], Default::default());
    let database = TestDatabase::new().await;
    let rows = "CREATE TABLE public.things (id int PRIMARY KEY, code text, shape geometry);
        INSERT INTO public.things VALUES
          (1, 'a', 'SRID=4326;POINT(106.5 85.06)'), (2, 'b', 'SRID=4326;POINT(106.5 -89.9999)'),
          (3, 'c', 'SRID=4326;POINT(10 90)'), (4, 'd', 'SRID=4326;LINESTRING(100 80,110 86.25,120 89.5)'),
          (5, 'e', 'SRID=4326;POLYGON((100 84,110 84,110 88.125,100 88.125,100 84))'),
          (6, 'f', 'SRID=4326;POINT(106.5 10.5)')";
    database.execute(rows).await;
    database.database().prepare(&catalog).await.unwrap();
    let data = tempfile::tempdir().unwrap();
    let manifest = published(&database, &catalog, data.path()).await;
    assert_eq!(manifest.unplaced.count(), 0, "{:?}", manifest.unplaced.rows);
    let snapshots = SnapshotStore::new(SnapshotFolder::of(data.path()));
    assert!(snapshots.serve_newest(&catalog).is_empty());
    let straight = LiveStore::new(Some(PostgisStore::new(database.database())), None);
    let from_snapshot = LiveStore::new(None, Some(Arc::new(snapshots)));
    let mut database = database;
    let mut answers = Vec::new();
    for store in [straight, from_snapshot] {
        let site = served(database, store, catalog.clone());
        let all = site.json("/collections/thing/items?limit=100").await["features"].clone();
        let place = |at: usize| &all[at]["geometry"]["coordinates"];
        assert_eq!(*place(0), serde_json::json!([106.5, 85.06]));
        assert_eq!(*place(2), serde_json::json!([10, 90]));
        assert_eq!(place(3)[2], serde_json::json!([120, 89.5]));
        let north = site.json("/collections/thing/items?limit=100&bbox=90,85.0,130,90").await;
        let ids: Vec<i64> =
            north["features"].as_array().unwrap().iter().map(|f| f["id"].as_i64().unwrap()).collect();
        assert_eq!(ids, [1, 4, 5]);
        assert_eq!(site.get("/tiles/thing/0/0/0").await.status, 200);
        answers.push(all);
        database = site.database;
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn a_row_that_an_edit_spoils_leaves_the_map_and_comes_back() {
    let mut own = thing(None);
    own.geometry = vec![diaban::layer::GeometryType::Point];
    let catalog = Catalog::new(vec![own], Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    let good = format!("'SRID=4326;POINT({} {})'", PLACE.0, PLACE.1);
    database
        .execute(&format!("INSERT INTO gis.thing (code, geom) SELECT n, ST_Translate({good}, n * 0.001, 0) FROM generate_series(1, 3) AS n"))
        .await;
    let data = tempfile::tempdir().unwrap();
    published(&database, &catalog, data.path()).await;
    let snapshots = Arc::new(SnapshotStore::new(SnapshotFolder::of(data.path())));
    let mut follower = Follower::new(database.database(), snapshots.clone(), &catalog, false);
    follower.catch_up().await.unwrap();
    let store = LiveStore::new(Some(PostgisStore::new(database.database())), Some(snapshots));
    let site = served(database, store, catalog);
    for bad in [
        "ST_MakePoint('NaN', 11)",
        "ST_MakePoint(106, 'Infinity')",
        "ST_MakePoint(1e300, 1)",
        "'POINT EMPTY'::geometry",
    ] {
        for (shape, shown) in
            [(format!("ST_SetSRID({bad}, 4326)"), vec![1, 3]), (good.clone(), vec![1, 2, 3])]
        {
            site.database.execute(&format!("UPDATE gis.thing SET geom = {shape} WHERE code = '2'")).await;
            follower.catch_up().await.unwrap();
            assert_eq!(ids(&site.get(&tile("thing", 14)).await), BTreeSet::from_iter(shown), "{shape}");
        }
    }
}

#[tokio::test]
async fn a_collection_is_shown_by_family_from_either_store() {
    let catalog = Catalog::new(vec![thing(Some(4326))], Default::default());
    let database = TestDatabase::new().await;
    database.execute(&rows(4326)).await;
    database.database().prepare(&catalog).await.unwrap();
    let data = tempfile::tempdir().unwrap();
    published(&database, &catalog, data.path()).await;
    let snapshots = SnapshotStore::new(SnapshotFolder::of(data.path()));
    snapshots.serve_newest(&catalog);
    let straight = LiveStore::new(Some(PostgisStore::new(database.database())), None);
    let site = served(database, straight, catalog.clone());
    let one = site.get(&tile("thing", 14)).await;
    let site = served(site.database, LiveStore::new(None, Some(Arc::new(snapshots))), catalog);
    let other = site.get(&tile("thing", 14)).await;
    for answer in [one, other] {
        assert!(ids(&answer).contains(&9));
        let layers = decode(&answer.body);
        let kinds = layers[0].features.iter().filter(|f| f.id == Some(9)).map(|f| f.kind);
        assert_eq!(kinds.collect::<Vec<_>>(), [Kind::Polygon, Kind::Line, Kind::Point]);
    }
}

/// Rows in the system `srid`, and among them some in another: where a good one would be if its numbers were of
/// this system, and where a good one is.
fn mixed_rows(srid: i32) -> String {
    let place = format!("SRID=4326;POINT({} {})", PLACE.0, PLACE.1);
    format!(
        "CREATE TABLE public.things (id int PRIMARY KEY, code text, shape geometry);
         CREATE INDEX ON public.things USING gist (shape);
         INSERT INTO public.things SELECT id, 'code ' || id, shape FROM (SELECT ST_Transform('{place}'::geometry, {srid}) AS good) AS g,
         LATERAL (VALUES
           (0, ST_SetSRID(good, 4756)),
           (1, ST_Translate(good, 0, 0)),
           (2, ST_SetSRID(good, 0)),
           (3, ST_SetSRID(good, 32649)),
           (4, ST_Transform('{place}', 32649)),
           (5, ST_SetSRID(ST_Expand(good, 0.0001), 4756)),
           (6, ST_Expand(good, CASE WHEN ST_X(good) < 180 THEN 1.1e-5 ELSE 1.2 END))
         ) AS t (id, shape)"
    )
}

#[tokio::test]
async fn a_row_in_another_system_is_left_out_and_named_and_no_question_fails() {
    for srid in [4326, 3857, 9210, 32648] {
        let catalog = Catalog::new(vec![thing(Some(srid))], Default::default());
        let database = TestDatabase::new().await;
        // The systems of the sample's rows have to be known first.
        database.database().prepare(&Catalog::new(vec![], Default::default())).await.unwrap();
        database.execute(&mixed_rows(srid)).await;
        database.database().prepare(&catalog).await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let manifest = published(&database, &catalog, data.path()).await;
        let named: Vec<i64> = manifest.unplaced.rows.iter().map(|f| f.id).collect();
        assert_eq!(named, [0, 2, 3, 4, 5], "{srid}: {:?}", manifest.unplaced.rows);
        for (id, words) in [(0, "SRID 4756"), (2, "no SRID"), (4, "SRID 32649")] {
            let reason = &manifest.unplaced.rows.iter().find(|f| f.id == id).unwrap().reason.to_string();
            assert!(reason.contains(words), "{srid}, {id}: {reason}");
        }

        let straight = LiveStore::new(Some(PostgisStore::new(database.database())), None);
        let one = served(database, straight, catalog.clone());
        let said = [answers(&one).await];
        let snapshots = SnapshotStore::new(SnapshotFolder::of(data.path()));
        assert!(snapshots.serve_newest(&catalog).is_empty());
        let other = served(one.database, LiveStore::new(None, Some(Arc::new(snapshots))), catalog);
        assert_eq!(said, [answers(&other).await], "{srid}: both stores say the same");
    }
}

/// What is said to each kind of question about them.
async fn answers(site: &Served) -> Vec<(String, BTreeSet<i64>)> {
    let (lon, lat) = PLACE;
    let around = format!("{},{},{},{}", lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001);
    let ring = format!(
        "POLYGON(({0} {1},{2} {1},{2} {3},{0} {3},{0} {1}))",
        lon - 0.001,
        lat - 0.001,
        lon + 0.001,
        lat + 0.001
    );
    let filter = |text: &str| text.replace(' ', "%20");
    let items = "/collections/thing/items";
    let good = BTreeSet::from([1, 6]);
    let mut said = Vec::new();
    for (path, wanted) in [
        (format!("{items}?bbox={around}"), good.clone()),
        (format!("{items}?bbox=0,0,180,90"), good.clone()),
        (
            format!(
                "{items}?bbox=100000,1000000,1000000,1500000&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/32648"
            ),
            good.clone(),
        ),
        (format!("{items}?filter={}", filter(&format!("S_INTERSECTS(geometry,{ring})"))), good.clone()),
        (format!("{items}?filter={}", filter(&format!("S_WITHIN(geometry,{ring})"))), good.clone()),
        (format!("{items}?filter={}", filter(&format!("S_DISJOINT(geometry,{ring})"))), BTreeSet::new()),
        (format!("{items}?filter={}", filter("geometry IS NULL")), BTreeSet::from([0, 2, 3, 4, 5])),
        (items.to_owned(), (0..7).collect()),
    ] {
        let page = site.json(&path).await;
        let features = page["features"].as_array().unwrap();
        let ids: BTreeSet<i64> = features.iter().map(|f| f["id"].as_i64().unwrap()).collect();
        assert_eq!(ids, wanted, "{path}");
        let placed = features.iter().filter(|f| !f["geometry"].is_null()).map(|f| f["id"].as_i64().unwrap());
        assert!(placed.collect::<BTreeSet<_>>().is_subset(&good), "{path}");
        said.push((path, ids));
    }
    for zoom in [0, 9, 14, 18] {
        let path = tile("thing", zoom);
        let filtered = format!("{path}?filter={}", filter(&format!("S_INTERSECTS(geometry,{ring})")));
        for path in [path, filtered] {
            let mut seen = ids(&site.get(&path).await);
            // An area of two metres is nothing at low zooms.
            seen.remove(&6);
            assert_eq!(seen, BTreeSet::from([1]), "{path}");
        }
    }
    let at = site.json(&format!("/at?point={lon},{lat}&within=50")).await.to_string();
    assert!(at.contains("code 6") && !at.contains("code 5"), "{at}");
    let statistics = site.json(&format!("/collections/thing/statistics?area=bbox:{around}")).await;
    assert_eq!(statistics["total"]["count"], 2, "{statistics}");
    site.json("/collections/thing/statistics").await;
    site.get("/collections/thing/download?f=geojson").await;
    let extent = site.json("/collections/thing").await["extent"]["spatial"]["bbox"][0].clone();
    assert!((extent[0].as_f64().unwrap() - lon).abs() < 0.01, "{extent}");
    said
}

#[tokio::test]
async fn a_table_that_may_hold_other_systems_is_asked_by_its_index() {
    for srid in [4326, 3857, 9210] {
        let catalog = Catalog::new(vec![thing(Some(srid))], Default::default());
        let database = TestDatabase::new().await;
        database.database().prepare(&Catalog::new(vec![], Default::default())).await.unwrap();
        let rows = format!(
            "CREATE TABLE public.things (id int PRIMARY KEY, code text, shape geometry);
             INSERT INTO public.things SELECT n, 'code', ST_Transform(ST_SetSRID(ST_MakePoint({} + n % 200 * 0.001,
             {} + n / 200 * 0.001), 4326), {srid}) FROM generate_series(0, 20000) AS n;
             CREATE INDEX ON public.things USING gist (shape); ANALYZE public.things",
            PLACE.0, PLACE.1
        );
        database.execute(&rows).await;
        database.database().prepare(&catalog).await.unwrap();
        let straight = LiveStore::new(Some(PostgisStore::new(database.database())), None);
        let site = served(database, straight, catalog);
        let scans = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'things'";
        let by_index = "SELECT sum(idx_tup_read)::int8 FROM pg_stat_user_indexes WHERE indexrelname = 'things_shape_idx'";
        site.database.execute("SELECT pg_stat_force_next_flush()").await;
        let before = site.database.text(scans).await;
        let around =
            format!("{},{},{},{}", PLACE.0 - 0.0005, PLACE.1 - 0.0005, PLACE.0 + 0.0005, PLACE.1 + 0.0005);
        let page = site.json(&format!("/collections/thing/items?bbox={around}")).await;
        assert_eq!(page["features"].as_array().unwrap().len(), 1);
        assert!(ids(&site.get(&tile("thing", 18)).await).contains(&0));
        site.json(&format!("/collections/thing/statistics?area=bbox:{around}")).await;
        // The database notes what it did when a session has nothing else to do.
        let started = std::time::Instant::now();
        while site.database.text(by_index).await.as_deref().unwrap_or("0").parse::<i64>().unwrap() < 3 {
            assert!(started.elapsed() < std::time::Duration::from_secs(20), "{srid}: the index is not used");
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        assert_eq!(site.database.text(scans).await, before, "{srid}: the whole table was read");
    }
}

/// A site over the snapshot of things of three access classes, some of them without a place, for a caller.
async fn classed(class: AccessClass) -> (Served, tempfile::TempDir, Follower) {
    let mut own = thing(None);
    let access = r#"name = "access_class"
        type = "enum"
        title = { vi = "Mức", en = "Class" }
        values = [{ code = "open", vi = "Mở", en = "Open" }, { code = "shared", vi = "Chung", en = "Shared" },
                  { code = "restricted", vi = "Riêng", en = "Restricted" }]"#;
    own.attributes.push(toml::from_str(access).unwrap());
    let catalog = Catalog::new(vec![own], Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    database
        .execute(
            "INSERT INTO gis.thing (id, code, access_class, geom) SELECT n, 'code ' || n, class, ST_SetSRID(shape, 4326) FROM (VALUES
               (1, NULL, 'POINT(106.1 10.99)'::geometry), (2, 'open', ST_MakePoint('NaN', 11)), (3, NULL, 'POINT EMPTY'),
               (4, 'shared', ST_MakePoint(1e300, 1)), (5, 'restricted', ST_MakePoint('NaN', 11)), (6, 'secret', ST_MakePoint('NaN', 11))
             ) AS t (n, class, shape)",
        )
        .await;
    let data = tempfile::tempdir().unwrap();
    published(&database, &catalog, data.path()).await;
    let snapshots = Arc::new(SnapshotStore::new(SnapshotFolder::of(data.path())));
    let mut follower = Follower::new(database.database(), snapshots.clone(), &catalog, false);
    follower.catch_up().await.unwrap();
    let store = LiveStore::new(Some(PostgisStore::new(database.database())), Some(snapshots));
    let site = Site::new(store, Arc::new(catalog), Caller::anonymous(class));
    (Served { database, router: router(Arc::new(site)) }, data, follower)
}

/// Count and ids of the findings that a document tells.
fn told(findings: &serde_json::Value) -> (u64, Vec<i64>) {
    let first = findings["first"].as_array().unwrap();
    (findings["count"].as_u64().unwrap(), first.iter().map(|f| f["id"].as_i64().unwrap()).collect())
}

#[tokio::test]
async fn findings_are_told_to_those_who_may_see_the_rows() {
    for (class, ids) in [
        (AccessClass::Open, vec![2, 3]),
        (AccessClass::Shared, vec![2, 3, 4]),
        (AccessClass::Restricted, vec![2, 3, 4, 5, 6]),
    ] {
        let (site, _data, mut follower) = classed(class).await;
        let of = |ids: &[i64]| (ids.len() as u64, ids.to_vec());
        let one = site.json("/collections/thing").await;
        assert_eq!(told(&one["findings"]), of(&ids), "{class:?}");
        assert_eq!(site.json("/collections").await["collections"][0]["findings"], one["findings"]);
        let tiles = site.json("/tiles/thing").await;
        assert_eq!(told(&tiles["diaban:findings"][0]), of(&ids), "{class:?}");
        assert_eq!(tiles["diaban:findings"][0]["layer"], "thing");
        // In the language that was asked for.
        let reason = |document: &serde_json::Value| document["findings"]["first"][0]["reason"].to_string();
        let (vi, en) = ("có tọa độ không phải là số", "a coordinate is not a number");
        assert!(reason(&one).contains(vi) && reason(&one).contains(en), "{one}");
        let one = site.json("/collections/thing?lang=vi").await;
        assert!(reason(&one).contains(vi) && !reason(&one).contains(en), "{one}");
        for (language, heading, words) in
            [("vi", "Đối tượng không lên được bản đồ", vi), ("en", "Features on no map", en)]
        {
            let page = site.get(&format!("/collections/thing?f=html&lang={language}")).await.text();
            assert!(page.contains(heading) && page.contains(words), "{page}");
        }
        // An edit puts one right, and another one spoils a row.
        site.database.execute("UPDATE gis.thing SET geom = 'SRID=4326;POINT(106.1 11)' WHERE id = 2; UPDATE gis.thing SET geom = NULL WHERE id = 1").await;
        follower.catch_up().await.unwrap();
        let now: Vec<i64> = std::iter::once(1).chain(ids.into_iter().filter(|id| *id != 2)).collect();
        assert_eq!(told(&site.json("/collections/thing").await["findings"]), of(&now), "{class:?}");
    }
}

#[tokio::test]
async fn a_layer_without_findings_tells_none_and_a_long_list_is_cut() {
    let (site, _data, mut follower) = classed(AccessClass::Open).await;
    site.database.execute("DELETE FROM gis.thing WHERE id > 1").await;
    follower.catch_up().await.unwrap();
    assert!(site.json("/collections/thing").await.get("findings").is_none());
    assert_eq!(site.json("/tiles/thing").await["diaban:findings"], serde_json::json!([]));
    site.database
        .execute("INSERT INTO gis.thing (id, code, access_class) SELECT n, 'code ' || n, CASE WHEN n > 100 THEN 'shared' END FROM generate_series(10, 200) AS n")
        .await;
    follower.catch_up().await.unwrap();
    let (count, ids) = told(&site.json("/collections/thing").await["findings"]);
    assert_eq!((count, ids), (91, (10..20).collect()));
    let api = site.json("/api").await;
    for (path, member) in [("/collections/thing", "findings"), ("/tiles/{layers}", "diaban:findings")] {
        let answer = &api["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        assert!(answer["properties"][member].is_object(), "{path}: {answer}");
    }
}
