//! Areas that are not valid: rings that cross, parts that overlap, holes that reach out. They have one area, that
//! which the map shows, in the database as in its snapshots.

use super::answers::{FIELD, assert_same, near};
use crate::support::{TestDatabase, layer};
use diaban::{
    area::{Area, Spec},
    feature::Value,
    layer::{AccessClass, Caller, Catalog, LayerView},
    query::statistics::{Statistics, StatisticsQuery},
    store::{
        FeatureStore, Follower, LiveStore,
        areas::AreaFinder,
        postgis::PostgisStore,
        publish,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
    units::Units,
};
use std::{collections::HashMap, fmt::Write, sync::Arc};

/// Polygons of thousandths of a degree, each with sound ones of the same ground.
const CASES: &[(&str, &str, &str)] = &[
    ("a bow tie", "((0 0,4 4,4 0,0 4,0 0))", "((0 0,2 2,0 4,0 0)),((4 0,4 4,2 2,4 0))"),
    ("a bow tie with a corner", "((0 0,2 2,4 4,4 0,2 2,0 4,0 0))", "((0 0,2 2,0 4,0 0)),((4 0,4 4,2 2,4 0))"),
    (
        "a ring that ends on itself",
        "((0 0,10 0,10 10,0 10,0 1,5 1,5 2,2 2,2 8,8 8,8 2,1 2,1 0,0 0))",
        "((1 0,10 0,10 10,0 10,0 1,1 1,1 0),(2 2,8 2,8 8,2 8,2 2))",
    ),
    ("a ring that goes round twice", "((0 0,4 0,4 4,0 4,0 0,4 0,4 4,0 4,0 0))", "((0 0,4 0,4 4,0 4,0 0))"),
    ("a hole outside", "((0 0,4 0,4 4,0 4,0 0),(7 0,8 0,8 1,7 1,7 0))", "((0 0,4 0,4 4,0 4,0 0))"),
    (
        "a hole that reaches out",
        "((0 0,4 0,4 4,0 4,0 0),(3 1,6 1,6 2,3 2,3 1))",
        "((0 0,4 0,4 1,3 1,3 2,4 2,4 4,0 4,0 0))",
    ),
    (
        "holes that overlap",
        "((0 0,9 0,9 9,0 9,0 0),(1 1,4 1,4 4,1 4,1 1),(3 3,6 3,6 6,3 6,3 3))",
        "((0 0,9 0,9 9,0 9,0 0),(1 1,4 1,4 3,6 3,6 6,3 6,3 4,1 4,1 1))",
    ),
    (
        "a hole in a hole",
        "((0 0,9 0,9 9,0 9,0 0),(1 1,8 1,8 8,1 8,1 1),(3 3,6 3,6 6,3 6,3 3))",
        "((0 0,9 0,9 9,0 9,0 0),(1 1,8 1,8 8,1 8,1 1))",
    ),
    (
        "parts that overlap",
        "((0 0,4 0,4 4,0 4,0 0)),((2 1,6 1,6 3,2 3,2 1))",
        "((0 0,4 0,4 1,6 1,6 3,4 3,4 4,0 4,0 0))",
    ),
    ("a part in another", "((0 0,4 0,4 4,0 4,0 0)),((1 1,2 1,2 2,1 2,1 1))", "((0 0,4 0,4 4,0 4,0 0))"),
    ("a part twice", "((0 0,4 0,4 4,0 4,0 0)),((0 0,4 0,4 4,0 4,0 0))", "((0 0,4 0,4 4,0 4,0 0))"),
    (
        "parts with an edge in common",
        "((0 0,4 0,4 4,0 4,0 0)),((4 0,6 0,6 4,4 4,4 0))",
        "((0 0,6 0,6 4,0 4,0 0))",
    ),
    (
        "a part over a hole",
        "((0 0,9 0,9 9,0 9,0 0),(2 2,6 2,6 6,2 6,2 2)),((4 4,8 4,8 8,4 8,4 4))",
        "((0 0,9 0,9 9,0 9,0 0),(2 2,6 2,6 4,4 4,4 6,2 6,2 2))",
    ),
];

/// Random rings; on a coarse grid they touch, coincide and turn back as often as they cross.
struct Scribbles(u64);

impl Scribbles {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn ring(&mut self, coarse: bool) -> String {
        let corners = 3 + self.next(6);
        let steps = if coarse { 5 } else { 1_000_003 };
        let mut number = || self.next(steps + 1) as f64 * 9.0 / steps as f64;
        let corners: Vec<String> = (0..corners).map(|_| format!("{} {}", number(), number())).collect();
        format!("({},{})", corners.join(","), corners[0])
    }

    fn area(&mut self) -> String {
        let coarse = self.next(2) == 0;
        let (parts, mut text) = (1 + self.next(3), String::new());
        for part in 0..parts {
            let rings: Vec<String> = (0..=self.next(3)).map(|_| self.ring(coarse)).collect();
            let comma = if part > 0 { "," } else { "" };
            let _ = write!(text, "{comma}({})", rings.join(","));
        }
        text
    }
}

fn insert(rows: &[(String, String)]) -> String {
    let one = |(code, polygons): &(String, String)| {
        format!(
            "('{code}', ST_SetSRID(ST_Translate(ST_Scale('MULTIPOLYGON({polygons})'::geometry, 0.001, 0.001), 106.1, 11.03), 4326))"
        )
    };
    let rows: Vec<String> = rows.iter().map(one).collect();
    format!("INSERT INTO gis.field (code, geom) VALUES {}", rows.join(","))
}

struct Ground {
    _database: TestDatabase,
    _folder: tempfile::TempDir,
    catalog: Catalog,
    postgis: PostgisStore,
    snapshots: Vec<(&'static str, LiveStore)>,
}

impl Ground {
    /// The rows in a snapshot, and over one that holds another row alone.
    async fn new(rows: &[(String, String)]) -> Self {
        let catalog = Catalog::new(vec![layer(FIELD)], Default::default());
        let database = TestDatabase::with_catalog(&catalog).await;
        let other = ("other".to_owned(), "((0 0,1 0,1 1,0 1,0 0))".to_owned());
        database.execute(&insert(&[other])).await;
        let folder = tempfile::tempdir().unwrap();
        let all = catalog.view("field", &Caller::anonymous(AccessClass::Restricted)).unwrap();
        let open = || Arc::new(SnapshotStore::new(SnapshotFolder::of(folder.path())));
        let files = SnapshotFolder::of(folder.path());
        publish(&database.database(), &files, &all, false, Arc::default()).await.unwrap();
        database.execute(&insert(rows)).await;
        let laid_over = open();
        Follower::new(database.database(), laid_over.clone(), &catalog, false).catch_up().await.unwrap();
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

    fn view(&self) -> LayerView {
        self.catalog.view("field", &Caller::anonymous(AccessClass::Restricted)).unwrap()
    }

    /// Figures of each feature, where asked for of what lies in an area.
    async fn ask(&self, store: &impl FeatureStore, area: Option<&str>) -> Statistics {
        let (units, caller) = (Units::default(), Caller::anonymous(AccessClass::Restricted));
        let finder = AreaFinder {
            store: &self.postgis,
            catalog: &self.catalog,
            units: &units,
            caller: &caller,
            shown: &|_, _| (),
        };
        let mut found: Option<Arc<Area>> = None;
        if let Some(text) = area {
            found = Some(finder.find(&Spec::parse(text).unwrap()).await.unwrap().area);
        }
        let query =
            StatisticsQuery { area: found, groups: vec!["code".to_owned()], ..StatisticsQuery::default() };
        store.statistics(&self.view(), &query).await.unwrap()
    }
}

fn areas(statistics: &Statistics) -> HashMap<String, f64> {
    let code = |values: &[Value]| match &values[0] {
        Value::Text(code) => code.clone(),
        other => panic!("{other:?}"),
    };
    statistics.groups.iter().map(|(key, figures)| (code(&key.values), figures.area_m2)).collect()
}

#[tokio::test]
async fn an_area_that_is_not_valid_is_what_the_map_shows() {
    let row = |name: &str, polygons: &str| (name.to_owned(), polygons.to_owned());
    let rows = CASES
        .iter()
        .flat_map(|(name, meant, sound)| [row(name, meant), row(&format!("{name}, sound"), sound)]);
    let ground = Ground::new(&rows.collect::<Vec<_>>()).await;
    for area in [None, Some("bbox:106.1005,11.0302,106.1038,11.0355")] {
        let truth = ground.ask(&ground.postgis, area).await;
        let found = areas(&truth);
        for (name, ..) in CASES {
            let (meant, sound) = (found[*name], found[&format!("{name}, sound")]);
            // Where rings cross, and a line between two corners, is not quite the same in degrees as in the plane.
            assert!((meant - sound).abs() < 1e-5 * sound, "{name}, {area:?}: {meant} for {sound}");
        }
        for (store_name, store) in &ground.snapshots {
            let answer = ground.ask(store, area).await;
            assert_same(&format!("{store_name}, {area:?}"), &answer, &truth);
        }
        // Each is told of but the one whose rings add up, and none of those that are sound.
        assert_eq!(truth.crossing, CASES.len() as u64 - 1, "{area:?}");
    }
}

#[tokio::test]
async fn scribbles_have_one_area_in_both_stores() {
    let mut scribbles = Scribbles(7);
    let rows: Vec<(String, String)> = (0..400).map(|n| (format!("S{n}"), scribbles.area())).collect();
    let ground = Ground::new(&rows).await;
    for area in [None, Some("bbox:106.1021,11.0312,106.1068,11.0385"), Some("circle:106.1045,11.0345,350")] {
        let truth = ground.ask(&ground.postgis, area).await;
        let found = areas(&truth);
        assert!(found.len() > 300, "{}", found.len());
        for (store_name, store) in &ground.snapshots {
            let answer = ground.ask(store, area).await;
            let own = areas(&answer);
            let differ: Vec<_> = rows
                .iter()
                .map(|(code, text)| (code, own.get(code).copied(), found.get(code).copied(), text))
                .filter(|(_, a, b, _)| !near(a.unwrap_or(0.0), b.unwrap_or(0.0)))
                .collect();
            assert!(
                differ.is_empty(),
                "{store_name}, {area:?}: {} of 400, {:#?}",
                differ.len(),
                &differ[..differ.len().min(4)]
            );
            assert_eq!(answer.crossing, truth.crossing, "{store_name}, {area:?}");
        }
    }
}
