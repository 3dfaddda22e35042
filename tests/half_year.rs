//! The six-monthly report by agency: what it counts, and what it does not pretend to know.

use crate::support::{TestDatabase, layer};
use diaban::{
    layer::{Catalog, agency::AgencyRegister},
    quality::{Checker, HalfYear, Record, Statements, half_year, half_year_page, half_year_sheets},
    units::Units,
};
use serde_json::Value as Json;
use time::{OffsetDateTime, macros::date};

const REGISTER: &str = r#"
    [[agencies]]
    code = "sotnmt"
    names = [{ vi = "Sở Tài nguyên", en = "Old department" }]
    successor = "sonnmt"
    succeeded_on = "2025-03-01"
    [[agencies]]
    code = "sonnmt"
    names = [{ vi = "Sở Nông nghiệp và Môi trường", en = "New department" }]
"#;

const FIELD: &str = r#"
id = "NAME"
title = { vi = "Ruộng NAME", en = "Fields" }
group = "agriculture"
agency = "sotnmt"
item = "1"
geometry = ["Polygon"]
key = ["code"]
access = "open"
zoom = { min = 0, max = 18 }
generalise = { rule = "coverage" }
attributes = [{ name = "code", type = "text", title = { vi = "Mã", en = "Code" } }]
"#;

async fn province() -> (TestDatabase, Catalog) {
    let register: AgencyRegister = toml::from_str(REGISTER).unwrap();
    let fields = ["good", "crossed", "unseen"].map(|name| layer(&FIELD.replace("NAME", name)));
    let catalog = Catalog::new(fields.to_vec(), register);
    let database = TestDatabase::with_catalog(&catalog).await;
    database
        .execute(
            "INSERT INTO gis.good (code, geom) SELECT n::text, ST_MakeEnvelope(106 + n, 11, 106.5 + n, 11.5, 4326)
               FROM generate_series(1, 3) AS n;
             UPDATE gis.good SET code = 'x' WHERE code = '3';
             INSERT INTO gis.crossed (code, geom) VALUES
               ('1', 'SRID=4326;POLYGON((106 11,106.1 11.1,106.1 11,106 11.1,106 11))')",
        )
        .await;
    let checker = Checker::new(&database.database(), &catalog, &Units::default()).await.unwrap();
    for name in ["good", "crossed"] {
        checker.check(name).await.unwrap();
    }
    (database, catalog)
}

/// The half-year that it is.
fn this_half() -> HalfYear {
    let today = OffsetDateTime::now_utc().to_offset(time::macros::offset!(+7));
    let half = if u8::from(today.month()) <= 6 { 1 } else { 2 };
    format!("{}-H{half}", today.year()).parse().unwrap()
}

async fn record(database: &TestDatabase, half: HalfYear) -> Record {
    let [from, to] = half.moments();
    let database = database.database();
    Record {
        activity: database.activity(from, to).await.unwrap(),
        checks: database.checks_before(to).await.unwrap(),
    }
}

fn target<'r>(report: &'r Json, id: &str) -> &'r Json {
    report["targets"].as_array().unwrap().iter().find(|t| t["target"] == id).unwrap()
}

#[tokio::test]
async fn layers_stand_under_who_is_in_charge_with_what_happened_to_them() {
    let (database, catalog) = province().await;
    let half = this_half();
    let record = record(&database, half).await;
    let report = half_year(half, &catalog, &record, &Statements::default(), date!(2026 - 07 - 01));
    let agencies = report["agencies"].as_array().unwrap();
    assert_eq!(agencies.len(), 1);
    assert_eq!(agencies[0]["name"], "Sở Nông nghiệp và Môi trường");
    let layers = agencies[0]["layers"].as_array().unwrap();
    let of = |id: &str| layers.iter().find(|l| l["layer"] == id).unwrap();
    assert_eq!(
        (&of("good")["count"], &of("good")["inserted"], &of("good")["updated"]),
        (&3.into(), &3.into(), &1.into())
    );
    // Nobody has looked at it, so nothing is said of it.
    assert!(of("unseen")["count"].is_null() && of("unseen")["passes"].is_null());
    // In a half-year long ago nothing happened, and no check was there.
    let long_ago: HalfYear = "2020-H2".parse().unwrap();
    let before = self::record(&database, long_ago).await;
    assert!(before.activity.is_empty() && before.checks.is_empty());
}

#[tokio::test]
async fn targets_are_counted_from_what_is_stated_and_else_unknown() {
    let (database, catalog) = province().await;
    let half = this_half();
    let record = record(&database, half).await;
    let day = date!(2026 - 07 - 01);
    let nothing = half_year(half, &catalog, &record, &Statements::default(), day);
    for id in ["T1", "T2", "T3", "T4", "T5", "T6"] {
        let told = target(&nothing, id);
        assert!(told["value"].is_null() && !told["unknown"].as_str().unwrap().is_empty(), "{told}");
        assert!(told["goals"][0]["reached"].is_null(), "{told}");
    }
    let text = r#"
        important = ["good", "crossed", "unseen"]
        reviewed = ["good", "crossed"]
        [t1]
        done = 177
        of = 225
        on = "2026-06-30"
        source = "Sở KH&CN"
    "#;
    let statements = Statements::read(text, &catalog).unwrap();
    let report = half_year(half, &catalog, &record, &statements, day);
    let of = |id: &str| {
        let told = target(&report, id);
        (told["done"].as_u64().unwrap(), told["of"].as_u64().unwrap())
    };
    assert_eq!((of("T1"), of("T2"), of("T3")), ((177, 225), (2, 3), (1, 3)));
    assert!(target(&report, "T3")["counted"].as_str().unwrap().contains("1 lớp chưa kiểm tra"));
    assert_eq!(target(&report, "T1")["goals"][0]["reached"], true);
    assert!(target(&report, "T4")["value"].is_null());
    let page = half_year_page(&report);
    for part in ["78,6%", "Sở KH&amp;CN", "chưa kiểm tra", "★", "chưa biết"] {
        assert!(page.contains(part), "{part}");
    }
    let sheets = half_year_sheets(&report);
    assert_eq!(sheets[0].rows.len(), 7);
    assert!(diaban::format::workbook(&sheets).unwrap().starts_with(b"PK"));
}

#[test]
fn statements_and_half_years_are_read_strictly() {
    for text in ["2026", "2026-H3", "2026-h1", "H1-2026", "26-H1", "2026-H1 "] {
        assert!(text.parse::<HalfYear>().unwrap_err().to_string().contains("2026-H1 or"), "{text}");
    }
    let half: HalfYear = "2026-H2".parse().unwrap();
    assert_eq!(half.days(), [date!(2026 - 07 - 01), date!(2027 - 01 - 01)]);
    let catalog = Catalog::new(vec![layer(&FIELD.replace("NAME", "good"))], AgencyRegister::default());
    for (text, part) in [
        ("important = [\"nothing\"]", "`nothing`"),
        ("vital = []", "vital"),
        ("[t1]\ndone = 5\nof = 3\non = \"2026-06-30\"\nsource = \"x\"", "5 of 3"),
        ("[t4]\ndone = 5\nof = 9\nsource = \"x\"", "`on`"),
        ("[t4]\ndone = 0\nof = 0\non = \"2026-06-30\"\nsource = \"x\"", "0 of 0"),
    ] {
        let error = Statements::read(text, &catalog).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}
