//! Statistics: what a snapshot counts is what GEOS counts in PostGIS, for every kind of geometry,
//! every group and every caller.

use crate::support::{TestDatabase, layer};
use diaban::{
    area::{Area, Spec},
    crs::NamedSystem,
    feature::Value,
    layer::{AccessClass, Caller, Catalog},
    query::{
        FeatureQuery,
        filter::{Filter, FilterLang},
        statistics::{Figures, GroupKey, Statistics, StatisticsQuery, ValueFigures, Zones},
    },
    store::{
        FeatureStore, Follower, LiveStore,
        areas::AreaFinder,
        postgis::PostgisStore,
        publish,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
    units::Units,
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use std::sync::Arc;

pub const FIELD: &str = r#"
id = "field"
title = { vi = "Ruộng", en = "Fields" }
group = "agriculture"
agency = "sonnmt"
item = "1"
geometry = ["MultiPoint", "MultiLineString", "MultiPolygon"]
key = ["code"]
access = "open"
zoom = { min = 0, max = 18 }
generalise = { rule = "merge", class = "crop" }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "crop", type = "text", title = { vi = "Cây", en = "Crop" } },
  { name = "people", type = "integer", extensive = true, title = { vi = "Người", en = "People" } },
  { name = "price", type = "number", title = { vi = "Giá", en = "Price" } },
  { name = "secret", type = "text", access = "restricted", title = { vi = "Mật", en = "Secret" } },
  { name = "access_class", type = "text", title = { vi = "Lớp", en = "Class" } },
  { name = "valid_from", type = "date", title = { vi = "Từ", en = "From" } },
  { name = "valid_to", type = "date", title = { vi = "Đến", en = "To" } },
]
"#;

/// Crooked fields, some with holes, one whose rings cross; canals across them; wells in them.
const ROWS: &str = r#"
INSERT INTO gis.field (code, crop, people, price, secret, access_class, valid_from, valid_to, geom)
SELECT 'F' || n, (ARRAY['lúa', 'thanh long', NULL])[1 + n % 3], CASE WHEN n % 7 > 0 THEN n END, n * 1.5, 's' || n,
       CASE n % 20 WHEN 7 THEN 'restricted' WHEN 8 THEN 'shared' END, date '2020-01-01', CASE WHEN n % 10 = 0 THEN date '2021-01-01' END,
       ST_Multi(CASE WHEN n % 25 = 0 THEN ST_Difference(cell, ST_Buffer(ST_Centroid(cell), 0.0002)) ELSE cell END)
FROM generate_series(0, 399) AS n
CROSS JOIN LATERAL (SELECT ST_Segmentize(ST_MakeEnvelope(106.1 + n % 20 * 0.001, 11.03 + n / 20 * 0.001,
  106.101 + n % 20 * 0.001, 11.031 + n / 20 * 0.001, 4326), 0.0004) AS cell) AS c;
INSERT INTO gis.field (code, crop, people, geom) VALUES
  ('X1', 'lúa', 5, 'SRID=4326;MULTIPOLYGON(((106.102 11.041,106.106 11.045,106.106 11.041,106.102 11.045,106.102 11.041)))'),
  ('L1', 'kênh', 100, 'SRID=4326;MULTILINESTRING((106.09 11.03,106.11 11.045,106.13 11.04),(106.105 11.02,106.105 11.06))'),
  ('P1', 'giếng', 9, 'SRID=4326;MULTIPOINT(106.105 11.04,106.2 11.2)'),
  ('P2', 'giếng', NULL, 'SRID=4326;MULTIPOINT(106.1072 11.0417)'),
  ('FIJI', 'giếng', 7, 'SRID=4326;MULTIPOINT(179.5 -17)'),
  ('TONGA', 'giếng', 8, 'SRID=4326;MULTIPOINT(-179.5 -17)');
"#;

const CHANGES: &str = r#"
UPDATE gis.field SET people = 1000, crop = 'mía' WHERE code IN ('F105', 'F110');
UPDATE gis.field SET geom = ST_Translate(geom, 0.0005, 0.0003) WHERE code IN ('F106', 'F7');
DELETE FROM gis.field WHERE code IN ('F107', 'F125');
INSERT INTO gis.field (code, crop, people, geom) SELECT 'N1', 'mía', 3, geom FROM gis.field WHERE code = 'F127';
"#;

struct Ground {
    _database: TestDatabase,
    _folder: tempfile::TempDir,
    catalog: Catalog,
    postgis: PostgisStore,
    snapshots: Vec<(&'static str, LiveStore)>,
}

impl Ground {
    async fn new() -> Self {
        let catalog = Catalog::new(vec![layer(FIELD)], Default::default());
        let database = TestDatabase::with_catalog(&catalog).await;
        database.execute(ROWS).await;
        let folder = tempfile::tempdir().unwrap();
        let all = catalog.view("field", &Caller::anonymous(AccessClass::Restricted)).unwrap();
        let open = || Arc::new(SnapshotStore::new(SnapshotFolder::of(folder.path())));
        let files = SnapshotFolder::of(folder.path());
        publish(&database.database(), &files, &all, false, Arc::default()).await.unwrap();
        database.execute(CHANGES).await;
        let laid_over = open();
        Follower::new(database.database(), laid_over.clone(), &catalog, false).catch_up().await.unwrap();
        assert!(laid_over.served("field").unwrap().changed().0 > 0);
        publish(&database.database(), &files, &all, false, Arc::default()).await.unwrap();
        let anew = open();
        assert!(anew.serve_newest(&catalog).is_empty());
        let snapshots = vec![
            ("changes over a snapshot", LiveStore::new(None, Some(laid_over))),
            ("a snapshot", LiveStore::new(None, Some(anew))),
        ];
        let postgis = PostgisStore::new(database.database());
        Self { _database: database, _folder: folder, catalog, postgis, snapshots }
    }

    async fn area(&self, text: &str) -> Arc<Area> {
        let (units, caller) = (Units::default(), Caller::anonymous(AccessClass::Restricted));
        let finder = AreaFinder {
            store: &self.postgis,
            catalog: &self.catalog,
            units: &units,
            caller: &caller,
            shown: &|_, _| (),
        };
        finder.find(&Spec::parse(text).unwrap()).await.unwrap().area
    }
}

pub fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()) + 1e-6
}

fn same(one: &Figures, other: &Figures) -> bool {
    let values = one.values.iter().zip(&other.values).all(|(a, b)| {
        a.count == b.count
            && a.min == b.min
            && a.max == b.max
            && near(a.sum, b.sum)
            && near(a.apportioned, b.apportioned)
            && near(a.weighted, b.weighted)
    });
    one.count == other.count
        && near(one.area_m2, other.area_m2)
        && near(one.length_m, other.length_m)
        && one.points == other.points
        && values
}

pub fn assert_same(what: &str, one: &Statistics, other: &Statistics) {
    assert!(same(&one.total, &other.total), "{what}: {:?}\n{:?}", one.total, other.total);
    let keys = |s: &Statistics| s.groups.iter().map(|g| g.0.clone()).collect::<Vec<_>>();
    assert_eq!(keys(one), keys(other), "{what}");
    for ((key, a), (_, b)) in one.groups.iter().zip(&other.groups) {
        assert!(same(a, b), "{what} {key:?}: {a:?}\n{b:?}");
    }
    assert_eq!(one.crossing, other.crossing, "{what}");
}

#[tokio::test]
async fn snapshots_count_what_geos_counts() {
    let ground = Ground::new().await;
    let names = |list: &[&str]| list.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let areas = [
        "bbox:106.1035,11.0345,106.1165,11.0445",
        "circle:106.109,11.0405,700",
        "POLYGON((106.1 11.03,106.12 11.03,106.12 11.05,106.1 11.05),(106.105 11.035,106.108 11.036,106.106 11.04))",
        "buffer:50:LINESTRING(106.1 11.03,106.12 11.05)",
        "bbox:2.2,48.8,2.4,48.9",
    ];
    let mut asked = 0;
    for text in areas {
        let area = ground.area(text).await;
        let zones = vec![
            ground.area("circle:106.105,11.04,600").await,
            ground.area("bbox:106.10,11.0,106.1052,11.1").await,
        ];
        for (groups, zones) in [(names(&["crop", "people"]), None), (names(&["crop"]), Some(zones))] {
            let query = StatisticsQuery {
                area: Some(area.clone()),
                zones: zones.map(|zones| Arc::new(Zones::new(zones))),
                groups,
                values: names(&["people", "price"]),
                ..StatisticsQuery::default()
            };
            for class in [AccessClass::Open, AccessClass::Restricted] {
                let view = ground.catalog.view("field", &Caller::anonymous(class)).unwrap();
                let truth = ground.postgis.statistics(&view, &query).await.unwrap();
                for (name, store) in &ground.snapshots {
                    let answer = store.statistics(&view, &query).await.unwrap();
                    assert_same(&format!("{name}, {text}, {class:?}, {:?}", query.groups), &answer, &truth);
                }
                asked += usize::from(truth.total.count > 0);
            }
        }
    }
    assert!(asked >= 16, "only {asked} answers had anything in them");
}

/// What groups add up to, as the total has it. Features are not added up: one lies in several zones.
fn sum_of(groups: &[(GroupKey, Figures)], width: usize) -> Figures {
    let mut sum = Figures { values: vec![ValueFigures::default(); width], ..Figures::default() };
    for (_, own) in groups {
        sum.area_m2 += own.area_m2;
        sum.length_m += own.length_m;
        sum.points += own.points;
        for (all, own) in sum.values.iter_mut().zip(&own.values) {
            all.apportioned += own.apportioned;
            all.weighted += own.weighted;
        }
    }
    sum
}

#[tokio::test]
async fn parts_of_a_split_sum_to_the_whole() {
    let ground = Ground::new().await;
    let view = ground.catalog.view("field", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    let mut random = TestRunner::deterministic();
    let sheets = (106.09..106.11, 11.02..11.04, 0.003..0.02, 0u16..512);
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs() + 1e-6;
    let (mut rests, mut without) = (0, 0);
    for round in 0..12 {
        // A sheet of zones that share their borders, some cells left out.
        let (x, y, step, left_out) = sheets.new_tree(&mut random).unwrap().current();
        let mut zones = Vec::new();
        for cell in 0..9 {
            if left_out & (1 << cell) != 0 {
                continue;
            }
            let (w, s) = (x + f64::from(cell % 3) * step, y + f64::from(cell / 3) * step);
            zones.push(ground.area(&format!("bbox:{w},{s},{},{}", w + step, s + step)).await);
        }
        if round == 0 {
            zones = vec![ground.area("bbox:106.0,10.9,106.3,11.3").await];
        }
        let area = match round % 3 {
            0 if round == 0 => Some(ground.area("bbox:106.05,10.95,106.25,11.25").await),
            0 => None,
            1 => Some(ground.area("circle:106.109,11.0405,700").await),
            _ => Some(
                ground
                    .area("POLYGON((106.1 11.03,106.12 11.03,106.125 11.05,106.1 11.045,106.1 11.03))")
                    .await,
            ),
        };
        let groups = if round % 2 == 0 { vec!["crop".to_owned()] } else { Vec::new() };
        let query = StatisticsQuery {
            area,
            zones: Some(Arc::new(Zones::new(zones))),
            groups,
            values: vec!["people".to_owned(), "price".to_owned()],
            ..StatisticsQuery::default()
        };
        let truth = ground.postgis.statistics(&view, &query).await.unwrap();
        for (name, store) in &ground.snapshots {
            let answer = store.statistics(&view, &query).await.unwrap();
            assert_same(&format!("{name}, {round}"), &answer, &truth);
            let (sum, total) = (sum_of(&answer.groups, 2), &answer.total);
            let what = format!("{name}, {round}: {sum:?} of {total:?}");
            assert!(near(sum.area_m2, total.area_m2) && near(sum.length_m, total.length_m), "{what}");
            assert_eq!(sum.points, total.points, "{what}");
            for (own, all) in sum.values.iter().zip(&total.values) {
                assert!(near(own.apportioned, all.apportioned) && near(own.weighted, all.weighted), "{what}");
            }
            let rest = answer.groups.iter().any(|(key, figures)| key.zone.is_none() && figures.count > 0);
            rests += usize::from(rest);
            without += usize::from(!rest);
        }
    }
    assert!(rests >= 12 && without >= 2, "{rests} with a rest, {without} without");
}

#[tokio::test]
async fn conditions_count_on_both_sides() {
    let ground = Ground::new().await;
    let area = ground.area("circle:106.109,11.0405,700").await;
    let lua = vec![("crop".to_owned(), Value::Text("lúa".to_owned()))];
    let query = StatisticsQuery {
        area: Some(area),
        values: vec!["people".to_owned()],
        select: FeatureQuery { equals: lua, ..FeatureQuery::default() },
        ..StatisticsQuery::default()
    };
    let view = ground.catalog.view("field", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    let truth = ground.postgis.statistics(&view, &query).await.unwrap();
    assert!(truth.total.count > 20);
    for (name, store) in &ground.snapshots {
        assert_same(name, &store.statistics(&view, &query).await.unwrap(), &truth);
    }
}

#[tokio::test]
async fn a_filter_counts_on_both_sides() {
    let ground = Ground::new().await;
    let view = ground.catalog.view("field", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    let around = ground.area("circle:106.109,11.0405,700").await;
    let zone = ground.area("bbox:106.10,11.0,106.1052,11.1").await;
    let from_2020 = vec![("valid_from".to_owned(), Value::Date(time::macros::date!(2020 - 01 - 01)))];
    for text in [
        "ACCENTI(crop) = 'lua'",
        "people > 150 AND price / 1.5 < people + 1",
        "S_INTERSECTS(geometry, POLYGON((106.104 11.036,106.113 11.037,106.108 11.044,106.104 11.036)))",
        "crop IS NULL OR S_TOUCHES(geometry, BBOX(106.105,11.035,106.11,11.04))",
        "valid_to IS NULL AND T_AFTER(valid_from, DATE('2019-12-31'))",
    ] {
        let filter = Filter::parse(text, FilterLang::Text, &view, NamedSystem::crs84()).unwrap();
        let filter = Some(Arc::new(filter));
        for (area, zones, equals) in [
            (None, None, Vec::new()),
            (Some(around.clone()), None, from_2020.clone()),
            (Some(around.clone()), Some(vec![zone.clone()]), Vec::new()),
        ] {
            let query = StatisticsQuery {
                area,
                zones: zones.map(|zones| Arc::new(Zones::new(zones))),
                groups: vec!["crop".to_owned()],
                values: vec!["people".to_owned()],
                select: FeatureQuery { filter: filter.clone(), equals, ..FeatureQuery::default() },
                ..StatisticsQuery::default()
            };
            let truth = ground.postgis.statistics(&view, &query).await.unwrap();
            assert!((1..400).contains(&truth.total.count), "{text}: {}", truth.total.count);
            for (name, store) in &ground.snapshots {
                let answer = store.statistics(&view, &query).await.unwrap();
                assert_same(&format!("{name}, {text}"), &answer, &truth);
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_in_the_view_makes_no_group_and_no_sum() {
    let ground = Ground::new().await;
    let open = ground.catalog.view("field", &Caller::anonymous(AccessClass::Open)).unwrap();
    let query = StatisticsQuery {
        groups: vec!["secret".to_owned()],
        values: vec!["secret".to_owned()],
        ..StatisticsQuery::default()
    };
    let stores = ground.snapshots.iter().map(|s| &s.1);
    for store in stores {
        let answer = store.statistics(&open, &query).await.unwrap();
        assert_eq!(answer.groups.len(), 1);
        assert_eq!(answer.groups[0].0.values, [Value::Null]);
        assert_eq!(answer.total.values[0].count, 0);
    }
}
