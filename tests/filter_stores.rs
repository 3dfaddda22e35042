//! One meaning of a filter: random filters over every type of attribute and geometry give the
//! same features out of PostGIS, out of a snapshot, and out of one over which changes lie.

use crate::support::{TestDatabase, layer, shapes::cases};
use diaban::{
    crs::NamedSystem,
    feature::Feature,
    layer::{AccessClass, Caller, Catalog, LayerView},
    query::{
        FeatureQuery,
        filter::{Filter, FilterLang},
    },
    store::{
        FeatureStore, Follower, LiveStore, StoreError,
        postgis::PostgisStore,
        publish,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
};
use futures_util::TryStreamExt;
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    strategy::{BoxedStrategy, ValueTree},
    test_runner::TestRunner,
};
use std::sync::Arc;

pub(crate) const THING: &str = r#"
id = "thing"
title = { vi = "Vật", en = "Thing" }
group = "planning"
agency = "sonnmt"
item = "1"
geometry = ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
key = ["code"]
access = "open"
zoom = { min = 0, max = 18 }
generalise = { rule = "thin" }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "name", type = "text", title = { vi = "Tên", en = "Name" } },
  { name = "area", type = "number", title = { vi = "Diện tích", en = "Area" } },
  { name = "floors", type = "integer", title = { vi = "Tầng", en = "Floors" } },
  { name = "built", type = "boolean", title = { vi = "Đã xây", en = "Built" } },
  { name = "seen_at", type = "timestamp", title = { vi = "Lúc", en = "Seen" } },
  { name = "left_at", type = "timestamp", title = { vi = "Đi lúc", en = "Left" } },
  { name = "born", type = "date", title = { vi = "Từ", en = "From" } },
  { name = "gone", type = "date", title = { vi = "Đến", en = "To" } },
  { name = "tags", type = "text_list", title = { vi = "Nhãn", en = "Tags" } },
]
"#;

const NAMES: [&str; 12] = [
    "Đức Hòa",
    "đức hoà",
    "DUC HOA",
    "Tân An",
    "tân an",
    "Tan An",
    "Straße",
    "STRASSE",
    "100%",
    "a_b",
    "O'Nô",
    "",
];
const TAGS: [&str; 4] = ["đất ở", "a\"b", "x,1", "Đ"];

/// A quoted text.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn boxed<T: 'static>(strategy: impl Strategy<Value = T> + 'static) -> BoxedStrategy<T> {
    strategy.boxed()
}

/// A position on few lines, so that shapes often touch, or anywhere.
fn position() -> BoxedStrategy<(f64, f64)> {
    let lattice = (0..5, 0..5).prop_map(|(x, y)| (106.0 + f64::from(x) * 0.001, 11.0 + f64::from(y) * 0.001));
    let anywhere = (0.0..0.004_f64, 0.0..0.004_f64).prop_map(|(x, y)| (106.0 + x, 11.0 + y));
    boxed(prop_oneof![8 => lattice, 1 => anywhere])
}

fn list(positions: &[(f64, f64)]) -> String {
    positions.iter().map(|(x, y)| format!("{x} {y}")).collect::<Vec<_>>().join(",")
}

fn ring(mut positions: Vec<(f64, f64)>) -> String {
    positions.push(positions[0]);
    format!("({})", list(&positions))
}

/// The rings of an area: a box, one with a hole, or a triangle; not all are valid.
fn rings() -> BoxedStrategy<String> {
    let corners = |w: i32, s: i32, x: i32, y: i32, by: f64| {
        let at = |x: i32, y: i32| (106.0 + f64::from(x) * 0.001, 11.0 + f64::from(y) * 0.001);
        let ((w, s), (e, n)) = (at(w, s), at(w + x, s + y));
        ring(vec![(w + by, s + by), (e - by, s + by), (e - by, n - by), (w + by, n - by)])
    };
    let rectangle = (0..4, 0..4, 1..4, 1..4);
    boxed(prop_oneof![
        rectangle.clone().prop_map(move |(w, s, x, y)| format!("({})", corners(w, s, x, y, 0.0))),
        rectangle.prop_map(move |(w, s, x, y)| {
            format!("({},{})", corners(w, s, x, y, 0.0), corners(w, s, x, y, 0.00025))
        }),
        (position(), position(), position()).prop_map(|(a, b, c)| format!("({})", ring(vec![a, b, c]))),
        vec(position(), 4..7).prop_map(|p| format!("({})", ring(p))),
    ])
}

/// A geometry of any type, as WKT.
fn geometry() -> BoxedStrategy<String> {
    let path = || vec(position(), 2..5).prop_map(|p| format!("({})", list(&p)));
    boxed(prop_oneof![
        position().prop_map(|p| format!("POINT({})", list(&[p]))),
        vec(position(), 1..4).prop_map(|p| format!("MULTIPOINT({})", list(&p))),
        path().prop_map(|p| format!("LINESTRING{p}")),
        vec(path(), 1..3).prop_map(|p| format!("MULTILINESTRING({})", p.join(","))),
        rings().prop_map(|r| format!("POLYGON{r}")),
        rings().prop_map(|r| format!("POLYGON{r}")),
        vec(rings(), 1..3).prop_map(|r| format!("MULTIPOLYGON({})", r.join(","))),
    ])
}

fn literal_geometry() -> BoxedStrategy<String> {
    let two = (geometry(), geometry());
    boxed(prop_oneof![
        6 => geometry(),
        1 => (0..4, 0..4, 0..3, 0..3).prop_map(|(x, y, w, h)| {
            let (x, y) = (106.0 + f64::from(x) * 0.001, 11.0 + f64::from(y) * 0.001);
            format!("BBOX({x},{y},{},{})", x + f64::from(w) * 0.001, y + f64::from(h) * 0.001)
        }),
        1 => two.prop_map(|(a, b)| format!("GEOMETRYCOLLECTION({a},{b})")),
    ])
}

fn text() -> BoxedStrategy<String> {
    let plain = prop_oneof![
        3 => Just("name".to_owned()),
        1 => Just("code".to_owned()),
        3 => select(&NAMES[..]).prop_map(quoted),
    ];
    boxed(plain.prop_recursive(2, 4, 1, |inner| {
        prop_oneof![
            inner.clone(),
            inner.clone().prop_map(|t| format!("CASEI({t})")),
            inner.prop_map(|t| format!("ACCENTI({t})")),
        ]
    }))
}

fn number() -> BoxedStrategy<String> {
    let plain = prop_oneof![
        4 => Just("area".to_owned()),
        4 => Just("floors".to_owned()),
        3 => (-3..9_i32).prop_map(|n| n.to_string()),
        2 => (-9..9).prop_map(|n| format!("{}", f64::from(n) * 0.75)),
        1 => select(vec!["9007199254740993", "-9223372036854775808", "1e300", "1e-300", "0"]).prop_map(str::to_owned),
    ];
    boxed(plain.prop_recursive(3, 8, 2, |inner| {
        let operator = select(vec!["+", "-", "*", "/", "%", "div", "^"]);
        prop_oneof![
            inner.clone(),
            (inner.clone(), operator, inner).prop_map(|(a, o, b)| format!("({a} {o} {b})")),
        ]
    }))
}

fn day() -> BoxedStrategy<String> {
    boxed(prop_oneof![
        Just("born".to_owned()),
        Just("gone".to_owned()),
        (1..29).prop_map(|d| format!("DATE('2024-02-{d:02}')")),
    ])
}

fn moment() -> BoxedStrategy<String> {
    boxed(prop_oneof![
        Just("seen_at".to_owned()),
        Just("left_at".to_owned()),
        (1..29, 0..24).prop_map(|(d, h)| format!("TIMESTAMP('2024-02-{d:02}T{h:02}:00:00Z')")),
        (1..29).prop_map(|d| format!("TIMESTAMP('2024-02-{d:02}T17:00:00.250Z')")),
    ])
}

fn interval() -> BoxedStrategy<String> {
    let end = || prop_oneof![Just("born".to_owned()), Just("gone".to_owned()), Just("seen_at".to_owned())];
    boxed(prop_oneof![
        (end(), end()).prop_map(|(a, b)| format!("INTERVAL({a},{b})")),
        (1..15, 15..29).prop_map(|(a, b)| format!("INTERVAL('2024-02-{a:02}','2024-02-{b:02}')")),
        (1..15, 15..29).prop_map(|(a, b)| {
            format!("INTERVAL('2024-02-{a:02}T17:00:00Z','2024-02-{b:02}T16:59:59.999999Z')")
        }),
        end().prop_map(|a| format!("INTERVAL({a},'..')")),
        (1..29).prop_map(|a| format!("INTERVAL('..','2024-02-{a:02}')")),
    ])
}

fn set() -> BoxedStrategy<String> {
    let element = prop_oneof![4 => select(&TAGS[..]).prop_map(quoted), 1 => Just("name".to_owned())];
    boxed(prop_oneof![
        3 => Just("tags".to_owned()),
        2 => vec(element, 0..3).prop_map(|t| match t.len() {
            1 => format!("({})", t[0]),
            _ => format!("({})", t.join(",")),
        }),
    ])
}

fn comparison() -> BoxedStrategy<&'static str> {
    boxed(select(vec!["=", "<>", "<", "<=", ">", ">="]))
}

fn predicate() -> BoxedStrategy<String> {
    let not = || select(vec!["", "NOT "]);
    let compared = |of: BoxedStrategy<String>, with: BoxedStrategy<String>| {
        (of, comparison(), with).prop_map(|(a, o, b)| format!("{a} {o} {b}"))
    };
    let relation = select(vec![
        "INTERSECTS",
        "DISJOINT",
        "EQUALS",
        "TOUCHES",
        "WITHIN",
        "OVERLAPS",
        "CROSSES",
        "CONTAINS",
    ]);
    let of_instants = select(vec!["AFTER", "BEFORE", "DISJOINT", "EQUALS", "INTERSECTS"]);
    let of_intervals = select(vec![
        "CONTAINS",
        "DURING",
        "FINISHEDBY",
        "FINISHES",
        "MEETS",
        "METBY",
        "OVERLAPPEDBY",
        "OVERLAPS",
        "STARTEDBY",
        "STARTS",
        "AFTER",
        "DISJOINT",
        "EQUALS",
        "INTERSECTS",
    ]);
    let instant = || prop_oneof![day(), moment(), interval()];
    let pattern = select(vec!["%a%", "Đ%", "_%", "%hòa", "100\\%", "a\\_b", "TAN%", "%", ""]);
    let property = select(vec!["name", "area", "floors", "built", "seen_at", "born", "tags", "geometry"]);
    let pattern = (text(), not(), pattern, select(vec!["", "CASEI", "ACCENTI"]));
    boxed(prop_oneof![
        3 => compared(text(), text()),
        4 => compared(number(), number()),
        1 => compared(day(), day()),
        1 => compared(moment(), moment()),
        1 => compared(moment(), day()),
        1 => compared(day(), moment()),
        1 => (select(vec!["=", "<>"]), any::<bool>()).prop_map(|(o, v)| format!("built {o} {v}")),
        1 => Just("built".to_owned()),
        2 => pattern.prop_map(|(t, n, p, f)| match f {
            "" => format!("{t} {n}LIKE '{p}'"),
            f => format!("{t} {n}LIKE {f}('{p}')"),
        }),
        2 => (number(), not(), number(), number()).prop_map(|(x, n, a, b)| format!("{x} {n}BETWEEN {a} AND {b}")),
        1 => (text(), not(), vec(text(), 1..4)).prop_map(|(x, n, l)| format!("{x} {n}IN ({})", l.join(","))),
        1 => (number(), not(), vec(number(), 1..4)).prop_map(|(x, n, l)| format!("{x} {n}IN ({})", l.join(","))),
        1 => (moment(), not(), vec(day(), 1..3)).prop_map(|(x, n, l)| format!("{x} {n}IN ({})", l.join(","))),
        1 => (day(), not(), vec(day(), 1..3)).prop_map(|(x, n, l)| format!("{x} {n}IN ({})", l.join(","))),
        1 => (property, not()).prop_map(|(p, n)| format!("{p} IS {n}NULL")),
        1 => number().prop_map(|n| format!("{n} IS NULL")),
        9 => (relation, literal_geometry(), any::<bool>()).prop_map(|(r, g, turned)| match turned {
            true => format!("S_{r}({g},geometry)"),
            false => format!("S_{r}(geometry,{g})"),
        }),
        2 => (of_instants, instant(), instant()).prop_map(|(r, a, b)| format!("T_{r}({a},{b})")),
        3 => (of_intervals, interval(), interval()).prop_map(|(r, a, b)| format!("T_{r}({a},{b})")),
        3 => (select(vec!["EQUALS", "CONTAINS", "CONTAINEDBY", "OVERLAPS"]), set(), set())
            .prop_map(|(r, a, b)| format!("A_{r}({a},{b})")),
    ])
}

pub(crate) fn filter() -> BoxedStrategy<String> {
    boxed(predicate().prop_recursive(3, 6, 2, |inner| {
        prop_oneof![
            2 => inner.clone(),
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} AND {b})")),
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            2 => inner.clone().prop_map(|a| format!("NOT ({a})")),
            1 => (inner.clone(), inner).prop_map(|(a, b)| format!("({a}) = ({b})")),
        ]
    }))
}

/// Rows of all sorts; values are missing here and there.
pub(crate) fn rows(runner: &mut TestRunner, count: usize) -> String {
    let mut draw = |strategy: BoxedStrategy<String>| strategy.new_tree(runner).unwrap().current();
    let or_null = |some: BoxedStrategy<String>| boxed(prop_oneof![5 => some, 1 => Just("NULL".to_owned())]);
    let mut statements = String::new();
    for n in 0..count {
        let shape = draw(geometry());
        let tag = || select(&TAGS[..]).prop_map(quoted);
        let values = [
            or_null(boxed(select(&NAMES[..]).prop_map(quoted))),
            or_null(boxed((-4..12).prop_map(|n| format!("{}", f64::from(n) * 0.75)))),
            or_null(boxed(prop_oneof![6 => (-3..9_i32).prop_map(|n| n.to_string()),
                1 => Just("9007199254740993".to_owned())])),
            or_null(boxed(any::<bool>().prop_map(|v| v.to_string()))),
            or_null(boxed((1..29, 0..24).prop_map(|(d, h)| format!("'2024-02-{d:02} {h:02}:00:00Z'")))),
            or_null(boxed((1..29).prop_map(|d| format!("'2024-02-{d:02} 17:00:00.25Z'")))),
            or_null(boxed((1..29).prop_map(|d| format!("'2024-02-{d:02}'")))),
            or_null(boxed((1..29).prop_map(|d| format!("'2024-02-{d:02}'")))),
            or_null(boxed(vec(tag(), 0..4).prop_map(|t| format!("ARRAY[{}]::text[]", t.join(","))))),
        ]
        .map(&mut draw);
        statements += &format!(
            "INSERT INTO gis.thing (code, name, area, floors, built, seen_at, left_at, born, gone, tags, geom) \
             VALUES ('T{n}', {}, ST_GeomFromText('{shape}', 4326));\n",
            values.join(", ")
        );
    }
    statements
}

pub(crate) async fn ids(
    store: &impl FeatureStore,
    view: &LayerView,
    query: &FeatureQuery,
) -> Result<Vec<i64>, StoreError> {
    let features: Vec<Feature> = store.features(view, query).await?.try_collect().await?;
    Ok(features.iter().map(|f| f.id).collect())
}

/// The letters of Vietnamese, each list of one letter without marks.
const LETTERS: [&str; 7] =
    ["aàáảãạăằắẳẵặâầấẩẫậ", "eèéẻẽẹêềếểễệ", "iìíỉĩị", "oòóỏõọôồốổỗộơờớởỡợ", "uùúủũụưừứửữự", "yỳýỷỹỵ", "dđ"];

/// The ids, out of the snapshot, of the features for which a filter holds; in
/// PostGIS they are the same.
async fn names_that_fold_alike(
    stores: (&PostgisStore, &LiveStore),
    view: &LayerView,
    text: &str,
) -> Vec<i64> {
    let filter = Filter::parse(text, FilterLang::Text, view, NamedSystem::crs84()).unwrap();
    let query = FeatureQuery { filter: Some(Arc::new(filter)), limit: 1000, ..FeatureQuery::default() };
    let found = ids(stores.1, view, &query).await.unwrap();
    assert_eq!(found, ids(stores.0, view, &query).await.unwrap(), "{text}");
    found
}

#[tokio::test]
async fn every_letter_of_vietnamese_folds_alike_in_both_stores() {
    let catalog = Catalog::new(vec![layer(THING)], Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    // Small and large, each composed and decomposed, in rows of its own.
    let small = LETTERS.iter().flat_map(|list| list.chars());
    let letters: Vec<String> = small.flat_map(|c| [c.to_string(), c.to_uppercase().to_string()]).collect();
    let mut insert = String::new();
    for (n, letter) in letters.iter().enumerate() {
        insert += &format!(
            "INSERT INTO gis.thing (code, name, geom) SELECT '{n}' || f, name, 'SRID=4326;POINT(106 11)' FROM \
             (VALUES ('c', normalize('{letter}', NFC)), ('d', normalize('{letter}', NFD))) AS v (f, name);"
        );
    }
    database.execute(&insert).await;
    let view = catalog.view("thing", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    publish(&database.database(), &SnapshotFolder::of(folder.path()), &view, false, Arc::default())
        .await
        .unwrap();
    let snapshots = Arc::new(SnapshotStore::new(SnapshotFolder::of(folder.path())));
    assert!(snapshots.serve_newest(&catalog).is_empty());
    let (postgis, snapshot) = (PostgisStore::new(database.database()), LiveStore::new(None, Some(snapshots)));
    let stores = (&postgis, &snapshot);
    for list in LETTERS {
        let bare = list.chars().next().unwrap();
        let in_list = list.chars().count() * 2;
        for letter in list.chars() {
            let large = letter.to_uppercase().to_string();
            for (text, expected) in [
                // One letter, small and large, in two forms.
                (format!("CASEI(name) = CASEI('{large}')"), 4),
                (format!("CASEI(name) = '{letter}'"), 4),
                // All of its list, of one case.
                (format!("ACCENTI(name) = ACCENTI('{letter}')"), in_list),
                (format!("ACCENTI(name) = ACCENTI('{large}')"), in_list),
                (format!("ACCENTI(CASEI(name)) = ACCENTI(CASEI('{large}'))"), 2 * in_list),
                (format!("CASEI(ACCENTI(name)) LIKE '{bare}'"), 2 * in_list),
            ] {
                let found = names_that_fold_alike(stores, &view, &text).await;
                assert_eq!(found.len(), expected, "{text}");
            }
        }
    }
}

#[tokio::test]
async fn random_filters_give_the_same_features_from_both_stores() {
    let count = cases(500).cases;
    let mut runner = TestRunner::new(cases(500));
    let catalog = Catalog::new(vec![layer(THING)], Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    database.execute(&rows(&mut runner, 120)).await;
    let view = catalog.view("thing", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let snapshots = SnapshotFolder::of(folder.path());
    publish(&database.database(), &snapshots, &view, false, Arc::default()).await.unwrap();
    // Some rows lie over the snapshot.
    database.execute("UPDATE gis.thing SET area = area + 1 WHERE floors < 2").await;
    let laid_over = Arc::new(SnapshotStore::new(SnapshotFolder::of(folder.path())));
    Follower::new(database.database(), laid_over.clone(), &catalog, false).catch_up().await.unwrap();
    let snapshot = LiveStore::new(None, Some(laid_over));
    let postgis = PostgisStore::new(database.database());

    let (mut asked, mut some, mut refused, mut wrong) = (0, 0, 0, Vec::new());
    while asked < count {
        let text = filter().new_tree(&mut runner).unwrap().current();
        let Ok(filter) = Filter::parse(&text, FilterLang::Text, &view, NamedSystem::crs84()) else {
            // Shapes that are not valid, intervals that end before they begin.
            refused += 1;
            assert!(refused < 2 * count + 100, "most filters are refused; the last is {text}");
            continue;
        };
        let query = FeatureQuery { filter: Some(Arc::new(filter)), limit: 1000, ..FeatureQuery::default() };
        let expected = ids(&postgis, &view, &query).await.unwrap_or_else(|e| panic!("{text}: {e}"));
        let found = ids(&snapshot, &view, &query).await.unwrap();
        if found != expected {
            let differ = |id: &&i64| found.contains(id) != expected.contains(id);
            let id = found.iter().chain(&expected).find(differ).unwrap();
            let place =
                database.text(&format!("SELECT ST_AsText(geom) FROM gis.thing WHERE id = {id}")).await;
            wrong.push(format!(
                "{text}\n  {id} {}: {place:?}",
                if found.contains(id) { "is found" } else { "is not found" }
            ));
        }
        let counted = postgis.count(&view, &query).await.unwrap();
        assert_eq!(counted, expected.len() as u64, "{text}");
        assert_eq!(snapshot.count(&view, &query).await.unwrap(), found.len() as u64, "{text}");
        asked += 1;
        some += u32::from((1..120).contains(&found.len()));
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}, for one\n{}",
        wrong.len(),
        wrong[..wrong.len().min(8)].join("\n")
    );
    assert!(some * 3 > count, "{some} of {count} filters choose some features and leave others");
}
