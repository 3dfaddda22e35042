//! The six-monthly report by agency: what it counts, and what it does not pretend to know.

use crate::support::{TestDatabase, layer};
use diaban::{
    import::{self, Agreement, ImportRequest, Silent},
    layer::{Catalog, agency::AgencyRegister},
    quality::{Checker, HalfYear, Record, Statements, half_year, half_year_page, half_year_sheets},
    units::Units,
};
use serde_json::Value as Json;
use std::{fs, process::Command, sync::Arc};
use time::{Date, OffsetDateTime, macros::date};

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
quality = { DECLARED }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "use", type = "enum", title = { vi = "Loại", en = "Use" }, values = [{ code = "rice", vi = "Lúa", en = "Rice" }] },
]
"#;

struct Province {
    database: TestDatabase,
    catalog: Catalog,
}

/// Layers with one commune around them: `good` is all that it should be, `bare` says nothing of how much there should
/// be, `crossed` has a crossed ring, and nobody has looked at `unseen`.
async fn province() -> Province {
    let register: AgencyRegister = toml::from_str(REGISTER).unwrap();
    let commune = Catalog::built_in().unwrap().definition("admin_commune").unwrap().as_ref().clone();
    let field = |(name, declared): (&str, u32)| {
        let declared = match declared {
            0 => String::new(),
            count => format!("declared = {{ count = {count}, on = \"2026-01-31\" }}"),
        };
        layer(&FIELD.replace("NAME", name).replace("DECLARED", &declared))
    };
    let mut layers = vec![commune];
    layers.extend([("good", 3), ("bare", 0), ("crossed", 1), ("unseen", 0)].map(field));
    let catalog = Catalog::new(layers, register);
    let database = TestDatabase::with_catalog(&catalog).await;
    let province = Province { database, catalog };
    province
        .database
        .execute(
            "INSERT INTO gis.admin_commune (code, name_vi, unit_type, valid_from, geom) VALUES
               ('27943', 'Xã An Ninh', 'xa', '2025-07-01', ST_Multi(ST_MakeEnvelope(106.3, 10.8, 106.6, 11, 4326)))",
        )
        .await;
    province.load("good", &[1, 2, 3]).await;
    province.load("bare", &[1, 2]).await;
    province
        .database
        .execute(
            "UPDATE gis.good SET code = 'x' WHERE code = '3';
             INSERT INTO gis.crossed (code, use, geom) VALUES
               ('1', 'rice', 'SRID=4326;POLYGON((106.4 10.9,106.41 10.91,106.41 10.9,106.4 10.91,106.4 10.9))')",
        )
        .await;
    for name in ["good", "bare", "crossed"] {
        province.check(name).await;
    }
    province
}

impl Province {
    /// Imports a field for each number; returns that of the run.
    async fn load(&self, layer: &str, numbers: &[u32]) -> i64 {
        let field = |number: &u32| {
            let (west, east) = (106.3 + f64::from(*number) * 0.02, 106.31 + f64::from(*number) * 0.02);
            format!(
                r#"{{"type":"Feature","properties":{{"code":"{number}","use":"rice"}},"geometry":{{"type":"Polygon",
                "coordinates":[[[{west},10.9],[{east},10.9],[{east},10.91],[{west},10.91],[{west},10.9]]]}}}}"#
            )
        };
        let fields: Vec<String> = numbers.iter().map(field).collect();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fields.geojson");
        fs::write(&file, format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, fields.join(",")))
            .unwrap();
        let request =
            ImportRequest { files: vec![file], layer: layer.to_owned(), ..ImportRequest::default() };
        let run = import::run(
            &self.database.database(),
            &self.catalog,
            &request,
            Agreement::known(),
            Arc::new(Silent),
        )
        .await;
        run.unwrap().run.unwrap()
    }

    async fn check(&self, layer: &str) {
        let (database, units) = (self.database.database(), Units::default());
        Checker::new(&database, &self.catalog, &units).await.unwrap().check(layer).await.unwrap();
    }

    async fn undo(&self, run: i64) -> i64 {
        let undone = self.database.database().undo(&self.catalog, run, None, true).await;
        undone.unwrap().run.unwrap()
    }

    async fn report(&self, half: HalfYear, statements: &Statements) -> Json {
        let record = record(&self.database, half).await;
        half_year(half, &self.catalog, &record, statements, today()).unwrap()
    }
}

fn today() -> Date {
    OffsetDateTime::now_utc().to_offset(time::macros::offset!(+7)).date()
}

/// The half-year that it is.
fn this_half() -> HalfYear {
    let today = today();
    let half = if u8::from(today.month()) <= 6 { 1 } else { 2 };
    format!("{}-H{half}", today.year()).parse().unwrap()
}

async fn record(database: &TestDatabase, half: HalfYear) -> Record {
    let [from, to] = half.moments();
    let database = database.database();
    Record {
        activity: database.activity(from, to).await.unwrap(),
        checks: database.checks_before(to).await.unwrap(),
        seen: None,
    }
}

fn target<'r>(report: &'r Json, id: &str) -> &'r Json {
    report["targets"].as_array().unwrap().iter().find(|t| t["target"] == id).unwrap()
}

fn of_layer<'r>(report: &'r Json, id: &str) -> &'r Json {
    let agencies = report["agencies"].as_array().unwrap().iter();
    let mut layers = agencies.flat_map(|agency| agency["layers"].as_array().unwrap());
    layers.find(|layer| layer["layer"] == id).unwrap()
}

/// Loads, those taken back, rows that came, were changed, went.
fn activity(report: &Json, layer: &str) -> [u64; 5] {
    ["loads", "taken_back", "inserted", "updated", "deleted"]
        .map(|name| of_layer(report, layer)[name].as_u64().unwrap())
}

#[tokio::test]
async fn layers_stand_under_who_is_in_charge_with_what_happened_to_them() {
    let province = province().await;
    let half = this_half();
    let report = province.report(half, &Statements::default()).await;
    let agencies = report["agencies"].as_array().unwrap();
    let names: Vec<&str> = agencies.iter().map(|agency| agency["name"].as_str().unwrap()).collect();
    assert!(
        names.contains(&"Sở Nông nghiệp và Môi trường") && !names.contains(&"Sở Tài nguyên"),
        "{names:?}"
    );
    assert_eq!(of_layer(&report, "good")["count"], 3);
    assert_eq!(activity(&report, "good"), [1, 0, 3, 1, 0]);
    // Nobody has looked at it, so nothing is said of it.
    let unseen = of_layer(&report, "unseen");
    assert!(unseen["count"].is_null() && unseen["passes"].is_null(), "{unseen}");
    // In a half-year long ago nothing happened, and no check was there.
    let long_ago: HalfYear = "2020-H2".parse().unwrap();
    let before = record(&province.database, long_ago).await;
    assert!(before.activity.is_empty() && before.checks.is_empty());
}

#[tokio::test]
async fn a_load_that_was_taken_back_and_its_rows_are_not_counted() {
    let province = province().await;
    let half = this_half();
    let taken_back = province.load("good", &[1, 2, 4, 5]).await;
    let nothing = Statements::default();
    assert_eq!(activity(&province.report(half, &nothing).await, "good"), [2, 0, 5, 1, 0]);
    let by = province.undo(taken_back).await;
    let report = province.report(half, &nothing).await;
    assert_eq!(activity(&report, "good"), [1, 1, 3, 1, 0], "neither the load nor what took it back");
    // Brought back, it counts again; taken back once more, it does not.
    let again = province.undo(by).await;
    assert_eq!(activity(&province.report(half, &nothing).await, "good"), [2, 0, 5, 1, 0]);
    province.undo(again).await;
    assert_eq!(activity(&province.report(half, &nothing).await, "good"), [1, 1, 3, 1, 0]);
    // What was loaded before the half-year and is taken back in it is a change of it, and stays one of the other.
    province.database.execute("UPDATE diaban.import_run SET finished_at = '2020-07-02Z' WHERE id = 2").await;
    province.undo(2).await;
    assert_eq!(activity(&province.report(half, &nothing).await, "bare"), [0, 0, 0, 0, 2]);
    let long_ago: HalfYear = "2020-H2".parse().unwrap();
    assert_eq!(activity(&province.report(long_ago, &nothing).await, "bare"), [1, 0, 2, 0, 0]);
}

#[tokio::test]
async fn targets_are_counted_from_what_is_stated_and_else_unknown() {
    let province = province().await;
    let half = this_half();
    let nothing = province.report(half, &Statements::default()).await;
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
    let statements = Statements::read(text, &province.catalog).unwrap();
    let report = province.report(half, &statements).await;
    let of = |id: &str| {
        let told = target(&report, id);
        (told["done"].as_u64().unwrap(), told["of"].as_u64().unwrap())
    };
    assert_eq!((of("T1"), of("T2")), ((177, 225), (2, 3)));
    assert_eq!(target(&report, "T1")["goals"][0]["reached"], true);
    assert!(target(&report, "T4")["value"].is_null());
    let page = half_year_page(&report);
    for part in ["78,6%", "≥ 33,3%", "Sở KH&amp;CN", "chưa kiểm tra", "★", "chưa biết"] {
        assert!(page.contains(part), "{part}");
    }
    let sheets = half_year_sheets(&report);
    assert_eq!(sheets[0].rows.len(), 7);
    assert!(diaban::format::workbook(&sheets).unwrap().starts_with(b"PK"));
}

#[tokio::test]
async fn a_layer_is_standardised_when_all_that_is_asked_of_it_is_known_and_good() {
    let province = province().await;
    let told = async |important: &str| {
        let text = format!("important = [{important}]");
        let statements = Statements::read(&text, &province.catalog).unwrap();
        target(&province.report(this_half(), &statements).await, "T3").clone()
    };
    let why = |told: &Json, at: usize| told["layers"][at]["why"].as_str().unwrap().to_owned();
    let both = told(r#""good", "crossed""#).await;
    assert_eq!(
        (&both["done"], &both["value"], &both["goals"][0]["reached"]),
        (&1.into(), &0.5.into(), &false.into())
    );
    assert_eq!(why(&both, 0), "đạt", "{both}");
    assert!(why(&both, 1).starts_with("chưa đạt: ") && why(&both, 1).contains("Hình học hợp lệ"), "{both}");
    // It holds something and nothing in it is wrong; but nobody has said how much there should be.
    let some = told(r#""good", "bare", "unseen""#).await;
    assert!(some["value"].is_null() && some["goals"][0]["reached"].is_null(), "{some}");
    assert_eq!((&some["done"], &some["without_figures"]), (&1.into(), &2.into()));
    assert!(why(&some, 1).contains("chưa có số liệu: Đã có so với số khai báo"), "{some}");
    assert_eq!(why(&some, 2), "chưa kiểm tra");
    let alone = told(r#""bare", "unseen""#).await;
    assert!(alone["value"].is_null() && alone["at_least"].is_null(), "{alone}");
    assert!(alone["unknown"].as_str().unwrap().contains("chưa có số liệu"), "{alone}");
    // A layer without features is none that was collected.
    province.database.execute("DELETE FROM gis.good").await;
    province.check("good").await;
    let empty = told(r#""good""#).await;
    assert_eq!((&empty["done"], why(&empty, 0).as_str()), (&0.into(), "chưa có dữ liệu"));
}

#[test]
fn a_half_year_that_runs_is_counted_until_today_and_one_ahead_not_at_all() {
    let (half, catalog): (HalfYear, _) = ("2026-H2".parse().unwrap(), Catalog::default());
    let report = |day| half_year(half, &catalog, &Record::default(), &Statements::default(), day);
    let running = report(date!(2026 - 11 - 29)).unwrap();
    assert_eq!((&running["to"], &running["until"]), (&"2026-12-31".into(), &"2026-11-29".into()));
    let words = "từ 2026-07-01 đến 2026-12-31, tính đến ngày 2026-11-29";
    assert!(half_year_page(&running).contains(words), "{running}");
    let notes = format!("{:?}", half_year_sheets(&running).last().unwrap());
    assert!(notes.contains(words), "{notes}");
    let over = report(date!(2027 - 01 - 05)).unwrap();
    assert_eq!((&over["until"], &over["is_running"]), (&"2026-12-31".into(), &false.into()));
    assert!(!half_year_page(&over).contains("tính đến ngày"));
    let ahead = report(date!(2026 - 06 - 30)).unwrap_err().to_string();
    assert!(ahead.contains("kỳ 2026-H2 bắt đầu ngày 2026-07-01"), "{ahead}");
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_diaban"));
    command.args(["report", "--half-year", "2099-H1"]).current_dir(folder.path());
    let typed = command.env("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none").output().unwrap();
    let said = String::from_utf8(typed.stderr).unwrap();
    assert_eq!((typed.status.code(), said.contains("begins on 2099-01-01")), (Some(2), true), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn statements_and_half_years_are_read_strictly() {
    for text in ["2026", "2026-H3", "2026-h1", "H1-2026", "26-H1", "2026-H1 "] {
        assert!(text.parse::<HalfYear>().unwrap_err().to_string().contains("2026-H1 or"), "{text}");
    }
    let half: HalfYear = "2026-H2".parse().unwrap();
    assert_eq!(half.days(), [date!(2026 - 07 - 01), date!(2027 - 01 - 01)]);
    let catalog = Catalog::new(
        vec![layer(&FIELD.replace("NAME", "good").replace("DECLARED", ""))],
        AgencyRegister::default(),
    );
    for (text, part) in [
        ("important = [\"nothing\"]", "`nothing`"),
        ("important = [\"good\", \"good\"]", "`good` more than once"),
        ("vital = []", "vital"),
        ("[t1]\ndone = 5\nof = 3\non = \"2026-06-30\"\nsource = \"x\"", "5 of 3"),
        ("[t4]\ndone = 5\nof = 9\nsource = \"x\"", "`on`"),
        ("[t4]\ndone = 0\nof = 0\non = \"2026-06-30\"\nsource = \"x\"", "0 of 0"),
    ] {
        let error = Statements::read(text, &catalog).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}
