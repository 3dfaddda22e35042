//! The six-monthly report and the trend of quality as the server tells them: to each caller of what he may see.

use crate::support::{
    TestDatabase, layer,
    served::{CABLE, PARCEL, ROAD, ROWS, Served, WELL, site},
};
use diaban::{
    layer::{AccessClass, Catalog, agency::AgencyRegister},
    quality::{Checker, HalfYear, today},
    units::Units,
};
use serde_json::Value as Json;

/// Wells were ordered from a department that another has taken over.
const REGISTER: &str = r#"
    [[agencies]]
    code = "sonnmt"
    names = [{ vi = "Sở Nông nghiệp", en = "Old department" }]
    successor = "somoi"
    succeeded_on = "2025-03-01"
    [[agencies]]
    code = "somoi"
    names = [{ vi = "Sở Mới", en = "New department" }]
"#;

fn catalog() -> Catalog {
    let register: AgencyRegister = toml::from_str(REGISTER).unwrap();
    Catalog::new([WELL, PARCEL, ROAD, CABLE].map(layer).to_vec(), register)
}

/// Rows that came in this half-year; the wells were checked, the other layers were not.
async fn province() -> TestDatabase {
    let database = TestDatabase::with_catalog(&catalog()).await;
    database.execute(ROWS).await;
    check_wells(&database).await;
    database
}

async fn check_wells(database: &TestDatabase) {
    let (catalog, units) = (catalog(), Units::default());
    let checker = Checker::new(&database.database(), &catalog, &units).await.unwrap();
    checker.check("well").await.unwrap().unwrap();
}

fn seen_by(database: TestDatabase, class: AccessClass) -> Served {
    let router = site(&database, catalog(), class);
    Served { database, router }
}

fn of_layer<'r>(report: &'r Json, id: &str) -> &'r Json {
    let agencies = report["agencies"].as_array().unwrap().iter();
    let mut layers = agencies.flat_map(|agency| agency["layers"].as_array().unwrap());
    layers.find(|layer| layer["layer"] == id).unwrap_or_else(|| panic!("no {id} in {report}"))
}

#[tokio::test]
async fn the_half_year_counts_for_nobody_what_he_may_not_see() {
    let open = seen_by(province().await, AccessClass::Open);
    let report = open.json("/quality/half-year").await;
    assert_eq!(report["half_year"], HalfYear::of(today()).name());
    // Nothing of parcels is hidden; of wells a row is, so that what counts rows without looking at them is not told.
    let (parcel, well) = (of_layer(&report, "parcel"), of_layer(&report, "well"));
    assert_eq!((&parcel["inserted"], &parcel["loads"]), (&4.into(), &0.into()), "{parcel}");
    assert!(well["inserted"].is_null() && well["loads"].is_null(), "{well}");
    // The check counted what he may see.
    assert_eq!(well["count"], 23, "{well}");
    assert!(parcel["checked_on"].is_null() && !report.to_string().contains("bimat"), "{report}");
    let page = open.get("/quality/half-year?f=html").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let page = page.text();
    assert!(page.contains("Sở Mới") && page.contains("<td class=\"n\">–</td>"), "{page}");
    assert!(page.contains("chưa kiểm tra") && page.contains("--important TỆP"), "{page}");
    let browser = [("accept", "text/html")];
    assert!(open.get_with("/quality/half-year", &browser).await.text().starts_with("<!DOCTYPE html>"));
    let workbook = open.get("/quality/half-year?f=xlsx").await;
    assert!(workbook.body.starts_with(b"PK"));
    assert!(workbook.header("content-disposition").unwrap().contains("bao-cao-"));

    let all = seen_by(open.database, AccessClass::Restricted);
    let report = all.json("/quality/half-year").await;
    let (cable, well) = (of_layer(&report, "bimat_cable"), of_layer(&report, "well"));
    assert_eq!((&cable["inserted"], &well["inserted"]), (&1.into(), &24.into()), "{report}");
    assert_eq!(well["count"], 24, "{well}");
}

#[tokio::test]
async fn a_half_year_that_is_over_is_told_as_it_was() {
    let database = province().await;
    database.execute("UPDATE diaban.quality_run SET checked_at = '2020-12-31 23:00+07'").await;
    check_wells(&database).await;
    let site = seen_by(database, AccessClass::Restricted);
    let then = site.json("/quality/half-year?half=2020-H2").await;
    let well = of_layer(&then, "well");
    assert_eq!((&well["checked_on"], &well["inserted"]), (&"2020-12-31".into(), &0.into()), "{well}");
    let before = site.json("/quality/half-year?half=2020-H1").await;
    assert!(of_layer(&before, "well")["checked_on"].is_null(), "{before}");
    for (half, says) in [("2099-H1", "begins on 2099-01-01"), ("2026", "2026-H1"), ("2026-h1", "2026-H1")] {
        let said = site.get(&format!("/quality/half-year?half={half}")).await.problem(400);
        assert!(said.starts_with("half: ") && said.contains(says), "{said}");
    }
}

#[tokio::test]
async fn each_check_says_how_good_a_word_can_be_and_a_layer_who_is_in_charge() {
    let database = province().await;
    check_wells(&database).await;
    let site = seen_by(database, AccessClass::Open);
    let all = site.json("/quality?layers=well,road").await;
    let [well, road] = &all["layers"].as_array().unwrap()[..] else { panic!("{all}") };
    assert_eq!((&well["agency"], &well["in_charge"]["code"]), (&"sonnmt".into(), &"somoi".into()), "{well}");
    assert_eq!(well["in_charge"]["vi"], "Sở Mới");
    assert!(road["in_charge"].is_null(), "a code that the register has not: {road}");
    let trend = well["trend"].as_array().unwrap();
    assert_eq!(trend.len(), 2);
    for word in well["words"].as_array().unwrap() {
        let name = word["word"].as_str().unwrap();
        for check in trend {
            assert_eq!(
                (&check[name], &check["at_most"][name]),
                (&word["score"], &word["at_most"]),
                "{check}"
            );
        }
    }
    // Something is unknown of each word, and of one it is told above what it cannot be.
    assert!(trend[0]["at_most"].as_object().unwrap().values().any(Json::is_f64), "{well}");
}
