//! One contract for all stores: what PostGIS answers, a snapshot answers, too, and so does a
//! snapshot over which the newest changes lie.

use crate::support::{TestDatabase, layer};
use diaban::{
    crs::{self, transform},
    feature::{Bbox, Feature, GeometryRef, Value, ValueRef},
    layer::{AccessClass, Caller, Catalog, LayerView},
    query::{FeatureQuery, Order, PlaneBox, SortKey, TimeInterval},
    store::{
        FeatureStore, Follower, LiveStore, StoreError,
        postgis::{Database, DatabaseTarget, PostgisStore},
        publish,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
    tile::{LayerEncoder, Projection, Rules, TileCoord},
};
use futures_util::TryStreamExt;
use std::sync::Arc;
use time::macros::{date, datetime};

const PLOT: &str = r#"
id = "plot"
title = { vi = "Thửa", en = "Plot" }
group = "planning"
agency = "sonnmt"
item = "1"
geometry = ["Polygon", "MultiPolygon"]
key = ["code"]
access = "open"
zoom = { min = 0, max = 18 }
generalise = { rule = "merge", class = "use" }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "use", type = "text", title = { vi = "Loại", en = "Use" } },
  { name = "area", type = "number", title = { vi = "Diện tích", en = "Area" } },
  { name = "floors", type = "integer", title = { vi = "Tầng", en = "Floors" } },
  { name = "built", type = "boolean", title = { vi = "Đã xây", en = "Built" } },
  { name = "seen_at", type = "timestamp", title = { vi = "Lúc", en = "Seen" } },
  { name = "tags", type = "text_list", title = { vi = "Nhãn", en = "Tags" } },
  { name = "secret", type = "text", access = "restricted", title = { vi = "Mật", en = "Secret" } },
  { name = "valid_from", type = "date", title = { vi = "Từ", en = "From" } },
  { name = "valid_to", type = "date", title = { vi = "Đến", en = "To" } },
  { name = "access_class", type = "text", title = { vi = "Lớp", en = "Class" } },
]
"#;

/// Squares of about 100 m in rows, each with every type of value, some hidden, some ended.
const ROWS: &str = r#"
INSERT INTO gis.plot (code, "use", area, floors, built, seen_at, tags, secret, valid_from, valid_to, access_class, geom)
SELECT 'T' || n, (ARRAY['LUC', 'ONT', 'CLN'])[1 + n % 3], n * 1.5, CASE WHEN n % 4 > 0 THEN n % 7 END, n % 2 = 0,
       timestamptz '2025-07-01 08:30:00.25+07' + n * interval '1 hour',
       CASE WHEN n % 3 = 0 THEN ARRAY['đất ở', 'a"b', 'x,' || n] END, 'mat' || n,
       date '2020-01-01' + n, CASE WHEN n % 10 = 0 THEN date '2021-01-01' + n END,
       CASE n % 20 WHEN 7 THEN 'restricted' WHEN 8 THEN 'shared' END,
       ST_Multi(CASE WHEN n % 25 = 0
         THEN ST_Difference(cell, ST_Buffer(ST_Centroid(cell), 0.0002))
         ELSE cell END)
FROM generate_series(0, 299) AS n
CROSS JOIN LATERAL (SELECT ST_MakeEnvelope(106.1 + n % 20 * 0.001, 11.0 + n / 20 * 0.001,
  106.101 + n % 20 * 0.001, 11.001 + n / 20 * 0.001, 4326) AS cell) AS c;
INSERT INTO gis.plot (code, "use", access_class, geom) VALUES
  ('K1', 'LUC', NULL, NULL), ('K2', 'LUC', NULL, 'SRID=4326;MULTIPOLYGON EMPTY'), ('K3', 'LUC', 'restricted', NULL);
"#;

const CHANGES: &str = r#"
UPDATE gis.plot SET area = -1, "use" = 'SKK' WHERE code IN ('T3', 'T40', 'T41');
UPDATE gis.plot SET geom = ST_Translate(geom, 0.05, 0.02) WHERE code IN ('T5', 'T100');
DELETE FROM gis.plot WHERE code IN ('T6', 'T7', 'T25');
UPDATE gis.plot SET geom = NULL WHERE code IN ('T60', 'T61');
UPDATE gis.plot SET geom = (SELECT geom FROM gis.plot WHERE code = 'T62') WHERE code = 'K1';
INSERT INTO gis.plot (code, "use", geom) SELECT 'N1', 'ONT', geom FROM gis.plot WHERE code = 'T12';
UPDATE gis.plot SET access_class = 'restricted' WHERE code = 'T13';
"#;

struct Stores {
    database: TestDatabase,
    _folder: tempfile::TempDir,
    catalog: Catalog,
    postgis: PostgisStore,
    /// Without a database.
    others: Vec<(&'static str, LiveStore)>,
}

impl Stores {
    async fn new() -> Self {
        let catalog = Catalog::new(vec![layer(PLOT)], Default::default());
        let database = TestDatabase::with_catalog(&catalog).await;
        database.execute(ROWS).await;
        let folder = tempfile::tempdir().unwrap();
        publish_all(&database.database(), &catalog, folder.path()).await;
        database.execute(CHANGES).await;
        // The changes lie over the snapshot in one, and are in the snapshot of the other.
        let laid_over = snapshots(folder.path());
        let follower = Follower::new(database.database(), laid_over.clone(), &catalog, false);
        let mut follower = follower;
        follower.catch_up().await.unwrap();
        assert!(laid_over.served("plot").unwrap().changed().0 > 0);
        publish_all(&database.database(), &catalog, folder.path()).await;
        let anew = snapshots(folder.path());
        assert!(anew.serve_newest(&catalog).is_empty());
        let others = vec![
            ("changes over a snapshot", LiveStore::new(None, Some(laid_over))),
            ("a snapshot", LiveStore::new(None, Some(anew))),
        ];
        let postgis = PostgisStore::new(database.database());
        Self { database, _folder: folder, catalog, postgis, others }
    }

    fn views(&self) -> Vec<LayerView> {
        AccessClass::ALL
            .iter()
            .map(|class| self.catalog.view("plot", &Caller::anonymous(*class)).unwrap())
            .collect()
    }
}

fn snapshots(data: &std::path::Path) -> Arc<SnapshotStore> {
    Arc::new(SnapshotStore::new(SnapshotFolder::of(data)))
}

async fn publish_all(database: &Database, catalog: &Catalog, data: &std::path::Path) {
    for view in catalog.views(&Caller::anonymous(AccessClass::Restricted)) {
        let folder = SnapshotFolder::of(data);
        let manifest = publish(database, &folder, &view, false, Arc::default()).await.unwrap();
        // Those without a geometry are named, and nothing else is amiss.
        assert!(manifest.unplaced.count() > 0);
        assert!(
            manifest.unplaced.rows.iter().all(|f| f.reason.to_string().contains("no geometry")),
            "{:?}",
            manifest.unplaced.rows
        );
    }
}

fn questions() -> Vec<FeatureQuery> {
    let all = FeatureQuery { limit: 1000, ..FeatureQuery::default() };
    let box_of = |w, s, e, n| FeatureQuery { bbox: Some(Bbox::new(w, s, e, n)), ..all.clone() };
    let plane = |code, (min_x, min_y, max_x, max_y)| {
        let edges = Bbox::new(min_x, min_y, max_x, max_y);
        let around = transform::degrees_around(crs::system(code).unwrap(), edges.to_array()).unwrap();
        let around = Bbox::new(around[0], around[1], around[2], around[3]);
        FeatureQuery { plane_box: Some(PlaneBox { system: code, edges, around }), ..all.clone() }
    };
    let with =
        |name: &str, value: Value| FeatureQuery { equals: vec![(name.to_owned(), value)], ..all.clone() };
    let sorted = |keys: &[&str], after: Option<(Vec<Value>, i64)>| {
        let key = |k: &&str| SortKey {
            attribute: k.trim_start_matches('-').to_owned(),
            descending: k.starts_with('-'),
        };
        let (after_values, after) = after.map_or((Vec::new(), None), |(values, id)| (values, Some(id)));
        FeatureQuery { sort: keys.iter().map(key).collect(), after, after_values, ..all.clone() }
    };
    let when = |start, end| FeatureQuery { datetime: Some(TimeInterval { start, end }), ..all.clone() };
    vec![
        all.clone(),
        FeatureQuery { limit: 7, ..all.clone() },
        FeatureQuery { limit: 7, after: Some(40), ..all.clone() },
        FeatureQuery { limit: 1000, after: Some(290), ..all.clone() },
        FeatureQuery { limit: 3, after: Some(3), ..with("use", Value::Text("LUC".into())) },
        FeatureQuery { limit: 3, after: Some(25), ..box_of(106.1035, 11.0015, 106.1065, 11.0035) },
        FeatureQuery { id: Some(12), ..all.clone() },
        FeatureQuery { id: Some(8), ..all.clone() },
        FeatureQuery { order: Order::AsStored, ..all.clone() },
        FeatureQuery { order: Order::AsStored, ..box_of(106.1, 11.0, 106.1001, 11.2) },
        box_of(106.1035, 11.0015, 106.1065, 11.0035),
        box_of(106.101, 11.001, 106.101, 11.001),
        box_of(106.1, 11.0, 106.1001, 11.2),
        box_of(106.1005, 11.0005, 106.1005, 11.0005),
        box_of(170.0, 11.0, 106.102, 11.2),
        box_of(0.0, 0.0, 1.0, 1.0),
        plane(9210, (538_500.0, 1_216_000.0, 539_000.0, 1_217_000.0)),
        plane(9210, (538_300.0, 1_210_000.0, 538_301.0, 1_230_000.0)),
        plane(5896, (900_000.0, 1_216_000.0, 1_000_000.0, 1_300_000.0)),
        plane(4756, (106.101, 11.0, 106.104, 11.2)),
        plane(32648, (0.0, 0.0, 1.0, 1.0)),
        plane(9210, (-1e9, -1e9, 1e9, 1e9)),
        sorted(&["use", "-area"], None),
        sorted(&["-floors"], None),
        sorted(&["floors", "-seen_at", "built"], None),
        sorted(&["-valid_to", "valid_from", "code"], None),
        sorted(&["secret"], None),
        sorted(&["floors"], Some((vec![Value::Int(4)], 100))),
        sorted(&["floors"], Some((vec![Value::Null], 100))),
        sorted(&["-floors"], Some((vec![Value::Null], 100))),
        sorted(&["-use", "area"], Some((vec![Value::Text("ONT".into()), Value::Number(60.0)], 41))),
        sorted(&["-seen_at"], Some((vec![Value::Timestamp(datetime!(2025-07-05 1:30:00.25 UTC))], 90))),
        sorted(&["valid_to"], Some((vec![Value::Date(date!(2021 - 02 - 10))], 41))),
        sorted(&["built"], Some((vec![Value::Bool(false)], 100))),
        with("use", Value::Text("LUC".into())),
        with("use", Value::Text("SKK".into())),
        with("area", Value::Number(15.0)),
        with("floors", Value::Int(3)),
        with("built", Value::Bool(true)),
        with("tags", Value::TextList(vec!["đất ở".into()])),
        with("secret", Value::Text("mat9".into())),
        with("nothing", Value::Text("x".into())),
        with("valid_from", Value::Date(date!(2020 - 01 - 11))),
        when(Some(datetime!(2021-06-01 0:00 UTC)), None),
        when(None, Some(datetime!(2020-02-01 0:00 UTC))),
        when(Some(datetime!(2020-03-01 0:00 UTC)), Some(datetime!(2020-03-01 0:00 UTC))),
    ]
}

/// A feature with its coordinates to the micrometre, in words.
fn told(feature: &Feature) -> String {
    use geo::{CoordsIter, MapCoords};
    let Some(wkb) = &feature.wkb else { return format!("{} {:?} nowhere", feature.id, feature.values) };
    let shape = geozero::ToGeo::to_geo(&geozero::wkb::Wkb(wkb.as_slice())).unwrap();
    let rounded =
        shape.map_coords(|c| geo::Coord { x: (c.x * 1e11).round() / 1e11, y: (c.y * 1e11).round() / 1e11 });
    let positions: Vec<String> = rounded.coords_iter().map(|c| format!("{:.9} {:.9}", c.x, c.y)).collect();
    format!("{} {:?} {}", feature.id, feature.values, positions.join(","))
}

async fn page(store: &impl FeatureStore, view: &LayerView, query: &FeatureQuery) -> Vec<String> {
    let features: Result<Vec<Feature>, StoreError> =
        store.features(view, query).await.unwrap().try_collect().await;
    let mut told: Vec<String> = features.unwrap().iter().map(told).collect();
    if query.order == Order::AsStored {
        told.sort();
    }
    told
}

#[tokio::test]
async fn questions_have_one_answer() {
    let stores = Stores::new().await;
    for view in stores.views() {
        for query in questions() {
            let expected = page(&stores.postgis, &view, &query).await;
            let count = stores.postgis.count(&view, &query).await.unwrap();
            for (name, store) in &stores.others {
                let what = format!("{name}, {:?}: {query:?}", view.row_class());
                assert_eq!(page(store, &view, &query).await, expected, "{what}");
                assert_eq!(store.count(&view, &query).await.unwrap(), count, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn single_features_and_the_extent_are_the_same() {
    let stores = Stores::new().await;
    for view in stores.views() {
        let expected = stores.postgis.extent(&view).await.unwrap().unwrap().to_array();
        for (name, store) in &stores.others {
            let found = store.extent(&view).await.unwrap().unwrap().to_array();
            for (a, b) in found.iter().zip(expected) {
                assert!((a - b).abs() < 1e-9, "{name}: {found:?} is not {expected:?}");
            }
            for id in [1, 4, 6, 8, 14, 26, 301, 302, 999, -1] {
                let expected = stores.postgis.feature(&view, id).await.unwrap().as_ref().map(told);
                let found = store.feature(&view, id).await.unwrap().as_ref().map(told);
                assert_eq!(found, expected, "{name}: {id}");
            }
        }
    }
}

/// What a scan hands out at a zoom of the features themselves, in its order.
async fn scanned(store: &impl FeatureStore, view: &LayerView, area: Bbox) -> Vec<String> {
    let mut found = Vec::new();
    let width = view.attributes().len();
    let mut sink = |_: Projection, feature: &diaban::feature::FeatureRef<'_>| {
        // As a tile has it: a store may know a value as bytes, as text, or by its number.
        let text = |v: &ValueRef<'_>| {
            let mut encoded = Vec::new();
            diaban::tile::encode_value(v, &mut encoded);
            String::from_utf8_lossy(&encoded).into_owned()
        };
        let values: Vec<String> = feature.values.iter().take(width).map(text).collect();
        let empty = matches!(feature.geometry, GeometryRef::Flat([]) | GeometryRef::Wkb([]));
        found.push(format!("{} {values:?} {empty}", feature.id));
    };
    store.scan(view, area, 18, None, &mut sink).await.unwrap();
    found
}

fn sorted(mut rows: Vec<String>) -> Vec<String> {
    rows.sort();
    rows
}

#[tokio::test]
async fn scans_hand_out_the_same_rows_with_the_same_values() {
    let stores = Stores::new().await;
    let (west, south) = diaban::tile::coord::lonlat_to_mercator(106.1021, 11.0011);
    for view in stores.views() {
        for size in [50.0, 700.0, 10_000.0] {
            let area = Bbox::new(west, south, west + size, south + size);
            let expected = sorted(scanned(&stores.postgis, &view, area).await);
            assert!(!expected.is_empty());
            for (name, store) in &stores.others {
                assert_eq!(sorted(scanned(store, &view, area).await), expected, "{name}");
            }
        }
    }
}

/// The tile of a zoom that a place lies in.
fn tile_at(lon: f64, lat: f64, zoom: u8) -> TileCoord {
    let (x, y) = diaban::tile::coord::lonlat_to_mercator(lon, lat);
    let world = diaban::tile::coord::HALF_WORLD_M;
    let cell = |v: f64| ((v + world) / (2.0 * world) * f64::from(1u32 << zoom)) as u32;
    TileCoord::new(zoom, cell(x), cell(-y)).unwrap()
}

/// The bytes of a tile.
async fn tile(store: &impl FeatureStore, view: &LayerView, coord: TileCoord) -> Vec<u8> {
    let fields: Vec<&str> = view.attributes().map(|a| a.name.as_str()).chain(["feature_count"]).collect();
    let mut encoder = None;
    let mut sink = |projection: Projection, feature: &diaban::feature::FeatureRef<'_>| {
        let make = || LayerEncoder::new(coord, view.id(), &fields, Rules::default(), projection);
        encoder.get_or_insert_with(make).add(feature);
    };
    store.scan(view, coord.mercator_bounds(64), coord.z(), None, &mut sink).await.unwrap();
    encoder.map_or(Vec::new(), |encoder| encoder.finish().0)
}

#[tokio::test]
async fn a_tile_is_the_same_whether_changes_lie_over_the_snapshot_or_in_it() {
    let stores = Stores::new().await;
    let [(_, over), (_, anew)] = &stores.others[..] else { panic!("two stores") };
    for view in stores.views() {
        for zoom in [14, 15, 16, 17] {
            let coord = tile_at(106.1075, 11.0055, zoom);
            let found = tile(over, &view, coord).await;
            assert!(!found.is_empty(), "{coord:?}");
            assert_eq!(found, tile(anew, &view, coord).await, "{coord:?}");
        }
    }
}

/// Moves the rows about in the table.
async fn stir(database: &TestDatabase) {
    database.execute("UPDATE gis.plot SET floors = floors WHERE id % 3 = 0").await;
    database.execute("VACUUM FULL gis.plot").await;
    database.execute("CREATE INDEX stirred ON gis.plot (md5(code))").await;
    database.execute("CLUSTER gis.plot USING stirred").await;
    database.execute("DROP INDEX gis.stirred").await;
}

/// Ways to read a table: along the index, by pages, with several workers at once.
const WAYS: [&[(&str, &str)]; 3] = [
    &[("enable_seqscan", "off"), ("enable_bitmapscan", "off")],
    &[("enable_seqscan", "off"), ("enable_indexscan", "off")],
    &[
        ("enable_indexscan", "off"),
        ("enable_bitmapscan", "off"),
        ("max_parallel_workers_per_gather", "4"),
        ("min_parallel_table_scan_size", "0"),
        ("parallel_setup_cost", "0"),
        ("parallel_tuple_cost", "0"),
    ],
];

#[tokio::test]
async fn equal_content_comes_in_equal_order_wherever_its_rows_lie() {
    let stores = Stores::new().await;
    let (west, south) = diaban::tile::coord::lonlat_to_mercator(106.09, 10.99);
    let area = Bbox::new(west, south, west + 20_000.0, south + 20_000.0);
    let coord = tile_at(106.1075, 11.0055, 14);
    let view = stores.views().pop().unwrap();
    let expected = (scanned(&stores.postgis, &view, area).await, tile(&stores.postgis, &view, coord).await);
    assert!(expected.0.len() > 200 && !expected.1.is_empty());
    let by_place = "SELECT string_agg(id::text, ',' ORDER BY ctid) FROM gis.plot";
    let before = stores.database.text(by_place).await;
    stir(&stores.database).await;
    assert_ne!(stores.database.text(by_place).await, before, "the rows should have moved");
    for way in WAYS {
        for (setting, value) in way {
            let name = stores.database.name();
            stores.database.execute(&format!("ALTER DATABASE {name} SET {setting} = {value}")).await;
        }
        // Settings are those of new sessions.
        let anew = Database::open(&DatabaseTarget::Url(stores.database.url().to_owned())).await.unwrap();
        let postgis = PostgisStore::new(anew);
        for _ in 0..3 {
            assert!(scanned(&postgis, &view, area).await == expected.0, "{way:?}");
            assert!(tile(&postgis, &view, coord).await == expected.1, "{way:?}");
        }
        for (setting, _) in way {
            let name = stores.database.name();
            stores.database.execute(&format!("ALTER DATABASE {name} RESET {setting}")).await;
        }
    }
}

/// A view in which several rows share an id, and one with more rows than are held at once.
const WIDE: &str = "
CREATE VIEW gis.pairs AS SELECT id / 2 AS id, code, geom FROM gis.plot;
CREATE TABLE gis.wide AS SELECT n AS id, repeat(md5(n::text), 30) AS code,
  ST_SetSRID(ST_MakePoint(106.1 + n % 200 * 0.0001, 11.0 + n / 200 * 0.0001), 4326) AS geom
FROM generate_series(30000, 1, -1) AS n;
";

fn existing(table: &str) -> LayerView {
    let text = format!(
        r#"
        id = "{table}"
        title = {{ vi = "Bảng", en = "Table" }}
        group = "planning"
        agency = "sonnmt"
        item = "1"
        geometry = ["Point", "MultiPolygon"]
        key = ["code"]
        access = "open"
        zoom = {{ min = 0, max = 18 }}
        generalise = {{ rule = "thin" }}
        table = {{ schema = "gis", name = "{table}", geometry = "geom", id = "id", srid = 4326 }}
        attributes = [{{ name = "code", type = "text", title = {{ vi = "Mã", en = "Code" }} }}]
        "#
    );
    let catalog = Catalog::new(vec![layer(&text)], Default::default());
    catalog.view(table, &Caller::anonymous(AccessClass::Restricted)).unwrap()
}

#[tokio::test]
async fn rows_that_share_an_id_or_are_too_many_to_be_held_have_an_order_too() {
    let stores = Stores::new().await;
    stores.database.execute(WIDE).await;
    let (west, south) = diaban::tile::coord::lonlat_to_mercator(106.09, 10.99);
    let area = Bbox::new(west, south, west + 20_000.0, south + 20_000.0);
    let pairs = scanned(&stores.postgis, &existing("pairs"), area).await;
    let wide = scanned(&stores.postgis, &existing("wide"), area).await;
    assert!(pairs.len() > 200 && wide.len() == 30_000);
    assert!(wide[0].starts_with("1 ") && wide[29_999].starts_with("30000 "), "in the order of ids");
    stir(&stores.database).await;
    stores.database.execute("CREATE INDEX wide_code ON gis.wide (md5(code))").await;
    stores.database.execute("CLUSTER gis.wide USING wide_code").await;
    assert!(scanned(&stores.postgis, &existing("pairs"), area).await == pairs);
    assert!(scanned(&stores.postgis, &existing("wide"), area).await == wide);
}
