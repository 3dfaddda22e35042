//! Rows that a rule of the layer's file closes: they leave by no door, whether a row comes out of a snapshot, out of
//! a change over it, or straight from PostGIS; and what a rule says is the same everywhere.

use super::{
    Office,
    callers::{FORMATS, each_finds_his_own},
    doors::{ROUTES, addressed, holds},
    keys::Desk,
    register,
};
use crate::{
    filter_stores::{THING, filter, ids, rows},
    support::{
        TestDatabase, layer,
        served::{CABLE, PARCEL, ROAD, ROWS, Served, WELL, property},
        shapes::cases,
    },
};
use diaban::{
    crs::NamedSystem,
    layer::{AccessClass, Caller, Catalog, LayerView},
    quality::Checker,
    query::{
        AsOf, FeatureQuery, check_row_classes,
        filter::{Filter, FilterLang},
    },
    store::{
        FeatureStore, Follower, LiveStore, StoreError,
        postgis::PostgisStore,
        publish,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
    units::Units,
};
use proptest::{strategy::Strategy, strategy::ValueTree, test_runner::TestRunner};
use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

/// By a number, by where it lies, by an attribute that not all may see; each rule also closes what it cannot know.
const RULES: &str = r#"
    row_class = [
        { where = "depth > 1000", class = "restricted" },
        { where = "S_INTERSECTS(geometry, BBOX(106.84,11.64,106.86,11.66))", class = "restricted" },
        { where = "bimat_owner = 'bimat-kín' AND code LIKE '%chu'", class = "restricted" },
    ]
"#;

/// Rows that no rule closes yet.
const OPENED: &str = "UPDATE gis.well SET access_class = NULL, depth = 1, bimat_owner = 'ai' WHERE code = 'bimat-hang';
    INSERT INTO gis.well (code, depth, bimat_owner, geom) VALUES
        ('bimat-hang noi', 1, 'ai', 'SRID=4326;POINT(106.5 11.5)'), ('bimat-hang chu', 1, 'ai', 'SRID=4326;POINT(106.45 11.05)'),
        ('bimat-hang thieu', 1, 'ai', 'SRID=4326;POINT(106.46 11.06)');";

/// Each of them is closed by another rule, one because nobody knows its depth.
const CLOSED: &str = "UPDATE gis.well SET depth = 9999.75 WHERE code = 'bimat-hang';
    UPDATE gis.well SET geom = 'SRID=4326;POINT(106.85 11.65)' WHERE code = 'bimat-hang noi';
    UPDATE gis.well SET bimat_owner = 'bimat-kín' WHERE code = 'bimat-hang chu';
    UPDATE gis.well SET depth = NULL WHERE code = 'bimat-hang thieu';";

fn ruled() -> Catalog {
    Catalog::new([&format!("{WELL}{RULES}"), PARCEL, ROAD, CABLE].map(layer).to_vec(), register())
}

/// No row says itself that it is closed.
fn asks_for_the_column(path: &str) -> bool {
    path.contains("access_class=")
}

/// The codes that nobody in particular, or an agency, is told of.
async fn told(office: &Office, agency: Option<&str>) -> Vec<String> {
    let page = office.get(agency, "/collections/well/items?limit=1000", &[]).await.json();
    property(&page, "code").into_iter().map(str::to_owned).collect()
}

async fn until(office: &Office, open: bool) {
    let started = Instant::now();
    while told(office, None).await.iter().filter(|code| code.starts_with("bimat")).count()
        != if open { 4 } else { 0 }
    {
        assert!(started.elapsed() < Duration::from_secs(10), "it does not become {open}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_a_rule_closes_leaves_by_no_door_out_of_a_snapshot() {
    let office = Office::over(ruled(), &format!("{OPENED}{CLOSED}")).await;
    each_finds_his_own(&office, FORMATS, asks_for_the_column).await;
    // Twenty are known to be open; the one without a place has no depth.
    for (agency, rows) in [(None, 20), (Some("sharer"), 20), (Some("wells"), 25), (Some("everything"), 25)] {
        let page = office.get(agency, "/collections/well/items", &[]).await.json();
        assert_eq!(page["numberMatched"], rows, "{agency:?}");
        let extent = office.get(agency, "/collections/well", &[]).await.json()["extent"]["spatial"]["bbox"]
            [0][3]
            .clone();
        assert_eq!(extent.as_f64().unwrap() > 11.5, rows == 25, "{agency:?}: {extent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_closes_a_row_takes_it_away_and_one_that_opens_it_gives_it_back() {
    let office = Office::over(ruled(), &format!("{OPENED}{CLOSED}")).await;
    let version = || office.snapshots.served("well").unwrap().snapshot.manifest.version;
    let first = version();
    until(&office, false).await;
    let open = "UPDATE gis.well SET depth = 1, bimat_owner = 'ai', geom = 'SRID=4326;POINT(106.5 11.5)' WHERE code LIKE 'bimat-hang%';";
    office.served.database.execute(open).await;
    until(&office, true).await;
    assert!(office.get(None, "/search?q=bimat", &[]).await.text().contains("bimat-hang noi"));
    office
        .served
        .database
        .execute("UPDATE gis.well SET geom = 'SRID=4326;POINT(106.95 11.75)' WHERE code = 'bimat-hang'")
        .await;
    office.served.database.execute(CLOSED).await;
    until(&office, false).await;
    // What follows comes out of what lies over the first snapshot.
    office.following.abort();
    assert_eq!(version(), first);
    each_finds_his_own(&office, &FORMATS[..1], asks_for_the_column).await;
    assert_eq!(version(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_a_rule_closes_leaves_by_no_door_straight_from_postgis() {
    for class in [AccessClass::Open, AccessClass::Shared, AccessClass::Restricted] {
        let site =
            Served::over([&format!("{WELL}{RULES}"), PARCEL, ROAD, CABLE].map(layer).to_vec(), class).await;
        site.database.execute(&format!("{ROWS}{OPENED}{CLOSED}")).await;
        for (path, words) in ROUTES {
            let own = addressed(&site, path).await;
            let body = site.get(&own).await.decoded();
            let asked = path.replace("/collections/bimat_cable", "").replace("bimat_cable", "");
            let text = String::from_utf8_lossy(&body).replace("`bimat_cable`", "");
            match class {
                AccessClass::Restricted if asks_for_the_column(path) => {}
                AccessClass::Restricted => {
                    assert!(
                        words.iter().all(|word| holds(&body, word)),
                        "{own}: not all of {words:?} in {text}"
                    );
                }
                _ => assert!(asked.contains("bimat") || !text.contains("bimat"), "{class:?} {own}: {text}"),
            }
        }
    }
}

/// Code, what the row says itself, depth, users; the class that it has by the strictest of all.
type Classed = (&'static str, Option<&'static str>, Option<f64>, Option<i64>, AccessClass);

const STRICTEST: [Classed; 10] = [
    ("A", None, Some(1.0), Some(1), AccessClass::Open),
    ("B", Some("shared"), Some(1.0), Some(1), AccessClass::Shared),
    ("C", None, Some(2000.0), Some(1), AccessClass::Restricted),
    ("D", Some("shared"), Some(2000.0), Some(1), AccessClass::Restricted),
    ("E", Some("restricted"), Some(1.0), Some(100), AccessClass::Restricted),
    ("F", None, Some(1.0), Some(100), AccessClass::Shared),
    ("G", None, None, Some(1), AccessClass::Restricted),
    ("H", Some("open"), Some(1.0), None, AccessClass::Shared),
    ("I", Some("open"), Some(2000.0), Some(100), AccessClass::Restricted),
    ("J", Some("mật"), Some(1.0), Some(1), AccessClass::Restricted),
];

#[tokio::test]
async fn the_strictest_of_layer_row_and_rules_holds() {
    let rules = "row_class = [{ where = \"depth > 1000\", class = \"restricted\" }, \
                 { where = \"users >= 100\", class = \"shared\" }]";
    let catalog = Catalog::new(vec![layer(&format!("{WELL}{rules}"))], Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    let client = database.client().await;
    let insert = "INSERT INTO gis.well (code, access_class, depth, users, geom) VALUES ($1, $2, $3, $4, $5::text::geometry)";
    for (n, (code, own, depth, users, _)) in STRICTEST.iter().enumerate() {
        // Some have no place, and stand in no tile.
        let place = (n % 2 == 0).then_some("SRID=4326;POINT(106.5 11.5)");
        client.execute(insert, &[code, own, depth, users, &place]).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let snapshot = published(&database, &catalog, &folder, None).await;
    let postgis = PostgisStore::new(database.database());
    for class in AccessClass::ALL {
        let view = catalog.view("well", &Caller::anonymous(class)).unwrap();
        let seen = STRICTEST.iter().enumerate().filter(|(_, row)| row.4 <= class);
        let expected: Vec<i64> = seen.clone().map(|(n, _)| n as i64 + 1).collect();
        let all = FeatureQuery { limit: 100, ..FeatureQuery::default() };
        assert_eq!(ids(&postgis, &view, &all).await.unwrap(), expected, "{class:?} from PostGIS");
        assert_eq!(ids(&snapshot, &view, &all).await.unwrap(), expected, "{class:?} from the snapshot");
        assert_eq!(snapshot.count(&view, &all).await.unwrap(), expected.len() as u64);
        let unplaced: Vec<i64> = expected.iter().copied().filter(|id| id % 2 == 0).collect();
        let told = snapshot.on_no_map(&view).unwrap().unplaced;
        assert_eq!(told.rows.iter().map(|row| row.id).collect::<Vec<_>>(), unplaced, "{class:?}");
    }
}

/// A store over a snapshot alone, which is taken first.
async fn published(
    database: &TestDatabase,
    catalog: &Catalog,
    folder: &tempfile::TempDir,
    change: Option<&str>,
) -> LiveStore {
    let data = SnapshotFolder::of(folder.path());
    for view in catalog.views(&Caller::anonymous(AccessClass::Restricted)) {
        publish(&database.database(), &data, &view, false, Arc::default()).await.unwrap();
    }
    let snapshots = Arc::new(SnapshotStore::new(data));
    match change {
        None => assert!(snapshots.serve_newest(catalog).is_empty()),
        Some(change) => {
            database.execute(change).await;
            Follower::new(database.database(), snapshots.clone(), catalog, false).catch_up().await.unwrap();
        }
    }
    LiveStore::new(None, Some(snapshots))
}

/// The ids of the rows of which a filter does not hold for certain that they are open, as it is asked of mapped rows.
async fn closed_by(store: &LiveStore, view: &LayerView, text: &str) -> Option<Vec<i64>> {
    let open = Filter::parse(&format!("NOT ({text})"), FilterLang::Text, view, NamedSystem::crs84()).ok()?;
    let all = FeatureQuery { limit: 1000, ..FeatureQuery::default() };
    let open = FeatureQuery { filter: Some(Arc::new(open)), ..all.clone() };
    let open = ids(store, view, &open).await.unwrap();
    Some(ids(store, view, &all).await.unwrap().into_iter().filter(|id| !open.contains(id)).collect())
}

#[tokio::test]
async fn random_rules_close_the_same_rows_by_sql_and_as_they_are_asked_of_mapped_rows() {
    let count = cases(60).cases;
    let mut runner = TestRunner::new(cases(60));
    let catalog = Catalog::new(vec![layer(THING)], Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    database.execute(&rows(&mut runner, 60)).await;
    let everything = Caller::anonymous(AccessClass::Restricted);
    let whole = catalog.view("thing", &everything).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mapped = published(&database, &catalog, &folder, None).await;
    let postgis = PostgisStore::new(database.database());
    let (mut asked, mut some) = (0, 0);
    while asked < count {
        let text = filter().new_tree(&mut runner).unwrap().current();
        let Some(closed) = closed_by(&mapped, &whole, &text).await else { continue };
        let rule = format!(
            "row_class = [{{ where = {}, class = \"restricted\" }}]",
            toml::Value::String(text.clone())
        );
        let ruled = Catalog::new(vec![layer(&format!("{rule}\n{THING}"))], Default::default());
        assert_eq!(check_row_classes(&ruled), Ok(()), "{text}");
        let open = ruled.view("thing", &Caller::anonymous(AccessClass::Open)).unwrap();
        let all = FeatureQuery { limit: 1000, ..FeatureQuery::default() };
        let expected: Vec<i64> = (1..=60).filter(|id| !closed.contains(id)).collect();
        assert_eq!(ids(&postgis, &open, &all).await.unwrap(), expected, "{text}");
        // A snapshot takes its time.
        if asked % 4 == 0 {
            let folder = tempfile::tempdir().unwrap();
            // Whatever is touched lies over it.
            let touch = "UPDATE gis.thing SET updated_at = now() WHERE id % 3 = 0";
            let snapshot = published(&database, &ruled, &folder, Some(touch)).await;
            assert_eq!(ids(&snapshot, &open, &all).await.unwrap(), expected, "{text}");
            let whole = ruled.view("thing", &everything).unwrap();
            assert_eq!(snapshot.count(&whole, &all).await.unwrap(), 60, "{text}");
        }
        asked += 1;
        some += u32::from((1..60).contains(&closed.len()));
    }
    assert!(some * 3 > count, "{some} of {count} rules close some rows and leave others");
}

#[tokio::test]
async fn a_snapshot_of_other_rules_is_not_served() {
    let before = Catalog::new(vec![layer(WELL)], Default::default());
    let database = TestDatabase::with_catalog(&before).await;
    database.execute("INSERT INTO gis.well (code, depth) VALUES ('A', 1), ('B', 2000)").await;
    let folder = tempfile::tempdir().unwrap();
    published(&database, &before, &folder, None).await;
    let view = |catalog: &Catalog| catalog.view("well", &Caller::anonymous(AccessClass::Open)).unwrap();
    let all = FeatureQuery { limit: 10, ..FeatureQuery::default() };
    for limit in [1000, 1500] {
        let rule = format!("row_class = [{{ where = \"depth > {limit}\", class = \"restricted\" }}]");
        let ruled = Catalog::new(vec![layer(&format!("{WELL}{rule}"))], Default::default());
        let snapshots = Arc::new(SnapshotStore::new(SnapshotFolder::of(folder.path())));
        let refused = snapshots.serve_newest(&ruled);
        assert!(refused[0].to_string().contains("the layer's file has changed"), "{refused:?}");
        let alone = LiveStore::new(None, Some(snapshots.clone()));
        let nothing = ids(&alone, &view(&ruled), &all).await.unwrap_err();
        assert!(matches!(nothing, StoreError::NoSnapshot { .. }), "{nothing}");
        let behind = LiveStore::new(Some(PostgisStore::new(database.database())), Some(snapshots));
        assert_eq!(ids(&behind, &view(&ruled), &all).await.unwrap(), [1]);
        published(&database, &ruled, &folder, None).await;
    }
}

#[tokio::test]
async fn a_row_of_the_past_is_closed_by_what_it_was_and_by_what_it_is() {
    let catalog = Catalog::new(vec![layer(&format!("{WELL}{RULES}"))], Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    database.execute("INSERT INTO gis.well (code, depth, bimat_owner, geom) SELECT 'W' || d, d, '', 'SRID=4326;POINT(106.5 11.5)' \
                      FROM unnest(ARRAY[1, 2000, 3, 4000]) AS d").await;
    let moment: time::OffsetDateTime =
        database.client().await.query_one("SELECT clock_timestamp()", &[]).await.unwrap().get(0);
    database.execute("UPDATE gis.well SET depth = 5 WHERE depth > 3000; UPDATE gis.well SET depth = 3000 WHERE code = 'W3'").await;
    let store = PostgisStore::new(database.database());
    let query = FeatureQuery { as_of: Some(AsOf::Time(moment)), limit: 10, ..FeatureQuery::default() };
    let seen = async |class| {
        ids(&store, &catalog.view("well", &Caller::anonymous(class)).unwrap(), &query).await.unwrap()
    };
    assert_eq!(seen(AccessClass::Open).await, [1], "neither what was closed nor what is");
    assert_eq!(seen(AccessClass::Restricted).await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_check_of_the_quality_counts_no_row_that_a_rule_closes() {
    let before = Catalog::new(vec![layer(WELL)], Default::default());
    let database = TestDatabase::with_catalog(&before).await;
    database.execute("INSERT INTO gis.well (code, depth, geom) VALUES ('A', 1, 'SRID=4326;POINT(106.5 11.5)'), ('B', 2000, NULL)").await;
    let ruled = Catalog::new(
        vec![layer(&format!("{WELL}row_class = [{{ where = \"depth > 1000\", class = \"restricted\" }}]"))],
        Default::default(),
    );
    let store = PostgisStore::new(database.database());
    let told = async |catalog: &Catalog, class| {
        let view = catalog.view("well", &Caller::anonymous(class)).unwrap();
        let runs = store.quality_runs(&view, 10).await.unwrap();
        (
            runs.iter().map(|run| run.result["count"].clone()).collect::<Vec<_>>(),
            store.quality_findings(&view).await.unwrap(),
        )
    };
    let check = async |catalog: &Catalog| {
        let checker = Checker::new(&database.database(), catalog, &Units::default()).await.unwrap();
        checker.check("well").await.unwrap().unwrap();
    };
    check(&before).await;
    assert_eq!(told(&before, AccessClass::Open).await.0, [2]);
    let (runs, findings) = told(&ruled, AccessClass::Open).await;
    assert!(
        runs.is_empty() && findings.is_empty(),
        "what counts closed rows is told no more: {runs:?} {findings:?}"
    );
    check(&ruled).await;
    let (runs, findings) = told(&ruled, AccessClass::Open).await;
    assert_eq!(runs, [1]);
    assert!(findings.iter().all(|finding| finding["properties"]["feature"] != 2), "{findings:?}");
    assert_eq!(told(&ruled, AccessClass::Restricted).await.0, [2, 2]);
}

#[tokio::test]
async fn a_rule_that_cannot_be_asked_is_told_with_its_line_and_closes_all() {
    let desk = Desk::new().await;
    let file = desk.layers.join("well.toml");
    let text = WELL.trim_start().replace("sonnmt", "wells");
    for (rule, said) in [
        ("depht > 1000", "there is no property `depht` here; there are code, use, depth"),
        ("depth >", "at its end"),
        ("code > 1000", "text and a number cannot be compared"),
        ("depth + 1", "a condition is expected here"),
    ] {
        let wrong = format!("where = \"{rule}\"");
        let text = format!(
            "{text}\n[[row_class]]\nwhere = \"depth > 0\"\nclass = \"shared\"\n\n[[row_class]]\nclass = \"restricted\"\n{wrong}\n"
        );
        let line = text.lines().position(|line| line == wrong).unwrap() + 1;
        fs::write(&file, text).unwrap();
        let typed = desk.typed(&["key", "add", "wells"]).await;
        assert_eq!(typed.code, Some(1), "{rule}: {}", typed.out);
        assert!(
            typed.err.contains(&format!("well.toml:{line}: the condition `{rule}` cannot be asked: ")),
            "{}",
            typed.err
        );
        assert!(typed.err.contains(said), "{rule}: {}", typed.err);
    }
    // Nobody looked whether it is one.
    let catalog = Catalog::new(
        vec![layer(&format!("{WELL}row_class = [{{ where = \"depht > 1\", class = \"restricted\" }}]"))],
        Default::default(),
    );
    desk.database.execute("INSERT INTO gis.well (code, depth) VALUES ('A', 1)").await;
    let store = PostgisStore::new(desk.database.database());
    let count = async |class| {
        let view = catalog.view("well", &Caller::anonymous(class)).unwrap();
        store.count(&view, &FeatureQuery::default()).await.unwrap()
    };
    assert_eq!((count(AccessClass::Open).await, count(AccessClass::Restricted).await), (0, 1));
}
