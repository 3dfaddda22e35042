//! Reports: one answer about an area over all layers, each by its own rule.

use super::http::{post, served};
use crate::support::served::Served;
use diaban::layer::AccessClass;
use serde_json::Value as Json;

const AREA: &str = "area=bbox:106.41,10.90,106.425,10.92";

fn layer<'r>(report: &'r Json, id: &str) -> &'r Json {
    report["layers"].as_array().unwrap().iter().find(|layer| layer["layer"] == id).unwrap()
}

#[tokio::test]
async fn each_layer_is_told_of_by_its_own_rule() {
    let site = served().await;
    let report = site.json(&format!("/report?{AREA}")).await;
    let ids: Vec<&str> =
        report["layers"].as_array().unwrap().iter().map(|l| l["layer"].as_str().unwrap()).collect();
    assert_eq!(ids, ["admin_commune", "land_use_plan", "school"], "utilities are not for everyone");
    let plan = layer(&report, "land_use_plan");
    assert_eq!(plan["rule"], "layer");
    let classes: Vec<&str> = plan["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|g| g["by"]["land_use_code"]["code"].as_str().unwrap())
        .collect();
    assert_eq!(classes, ["CLN", "LUC"]);
    // K0 whole, half of K1.
    let sum = plan["total"]["values"]["area_ha"]["sum"].as_f64().unwrap();
    assert!((sum - 150.0).abs() < 0.1, "{plan}");
    assert_eq!(plan["numberReturned"], 0, "a land-use plan is not listed");
    let school = layer(&report, "school");
    assert_eq!(school["total"]["count"], 1);
    assert_eq!(school["total"]["values"]["pupil_count"]["sum"], 300.0);
    let listed = &school["features"][0];
    assert_eq!(listed["properties"]["name_vi"], "Trường Một");
    assert_eq!(listed["properties"]["level"]["en"], "Primary");
    assert_eq!(listed["share"], 1.0);
    assert_eq!(school["attributes"]["pupil_count"]["vi"], "Số học sinh");
    assert!(school["latest_change"].as_str().unwrap().starts_with("20"), "{school}");
    // Of today, so without the communes of before.
    let communes = layer(&report, "admin_commune");
    assert_eq!(communes["total"]["count"], 1);
    assert_eq!(communes["features"][0]["properties"]["name_vi"], "Xã An Ninh");
    let then = site.json(&format!("/report?{AREA}&datetime=2025-03-01&layers=admin_commune")).await;
    assert_eq!(then["layers"][0]["features"][0]["properties"]["name_vi"], "Xã An Ninh Đông");
    assert!(then["valid_in"].as_str().unwrap().starts_with("2025-03-01"));
}

#[tokio::test]
async fn the_corners_stand_northing_first() {
    let site = served().await;
    let asked = "area=corners:9210:1205000%20554000;1205000%20554500;1205600%20554500&layers=school";
    let report = site.json(&format!("/report?{asked}")).await;
    let corners = &report["corners"];
    assert_eq!((&corners["system"], &corners["numberMatched"]), (&"EPSG:9210".into(), &3.into()));
    let list = corners["corners"].as_array().unwrap();
    assert!(
        list.iter().all(|c| c["x"].as_f64().unwrap() > 1_204_999.0 && c["y"].as_f64().unwrap() < 555_000.0)
    );
    let lengths: f64 = list.iter().map(|c| c["to_next_m"].as_f64().unwrap()).sum();
    assert!((lengths - (500.0 + 600.0 + 500f64.hypot(600.0))).abs() < 0.01, "{corners}");
    assert!((report["area"]["area_ha"].as_f64().unwrap() - 15.0).abs() < 1e-6);
    // What has more corners than are told says so.
    let corner = |i: u32| {
        let (sin, cos) = (f64::from(i) * std::f64::consts::TAU / 1500.0).sin_cos();
        format!("{} {}", 1_205_000.0 + 2_000.0 * sin, 554_000.0 + 2_000.0 * cos)
    };
    let area = format!("corners:9210:{}", (0..1500).map(corner).collect::<Vec<_>>().join(";"));
    let body = serde_json::json!({ "area": area, "layers": ["school"] }).to_string();
    let cut = post(&site, "/report", &body).await.json();
    assert_eq!(
        (cut["corners"]["numberMatched"].as_u64(), cut["corners"]["numberReturned"].as_u64()),
        (Some(1500), Some(1000))
    );
    assert!(
        cut["corners"]["notes"][0]["en"].as_str().unwrap().contains("1500"),
        "{}",
        cut["corners"]["notes"]
    );
}

#[tokio::test]
async fn lists_end_and_say_so() {
    let site = served().await;
    site.database
        .execute(
            "INSERT INTO gis.school (school_code, campus_no, name_vi, level, geom)
             SELECT 'N' || n, 1, 'Trường ' || n, 'primary', ST_SetSRID(ST_MakePoint(106.42 + n * 0.00001, 10.91), 4326)
             FROM generate_series(1, 80) AS n",
        )
        .await;
    let report = site.json("/report?area=circle:106.42,10.91,500&layers=school").await;
    let school = &report["layers"][0];
    assert_eq!((school["numberMatched"].as_u64(), school["numberReturned"].as_u64()), (Some(80), Some(50)));
    assert_eq!(school["features"].as_array().unwrap().len(), 50);
    assert!(school["notes"][0]["vi"].as_str().unwrap().contains("50 trong 80"), "{school}");
}

#[tokio::test]
async fn what_is_hidden_is_in_no_report() {
    let open = Served::to(AccessClass::Open).await;
    let asked = "/report?area=bbox:105.9,10.6,107.0,11.8&datetime=2021-01-01/..";
    let answer = open.get(asked).await;
    assert!(!answer.text().contains("bimat"), "{}", answer.text());
    let report = answer.json();
    // The twenty of the sample; the hidden one is not counted. No rule: what fits points.
    let well = layer(&report, "well");
    assert_eq!((well["rule"].as_str(), well["total"]["count"].as_u64()), (Some("geometry"), Some(20)));
    assert_eq!(well["groups"].as_array().unwrap().len(), 2);
    assert_eq!(well["features"][0]["properties"]["code"], "W01");
    assert!(layer(&report, "road")["total"]["length_m"].as_f64().unwrap() > 1000.0);
    assert!(layer(&report, "parcel")["total"]["area_ha"].as_f64().unwrap() > 1000.0);
    open.get("/report?area=circle:106.4,11,500&layers=bimat_cable").await.problem(404);
    let all = Served::to(AccessClass::Restricted).await;
    let report = all.json(asked).await;
    assert_eq!(layer(&report, "well")["total"]["count"], 21);
    assert_eq!(layer(&report, "bimat_cable")["total"]["count"], 1);
}

#[tokio::test]
async fn bad_questions_about_reports_are_told_what_would_do() {
    let site = served().await;
    for (query, part) in [
        ("", "commune:"),
        ("area=here", "commune:CODE"),
        ("area=circle:106.4,10.9,500&layers=school,none", "no layer"),
        ("area=circle:106.4,10.9,500&datetime=soon", "datetime"),
        ("area=circle:106.4,10.9,500&f=pdf", "f:"),
        ("area=circle:106.4,10.9,500&group=level", "no parameter"),
    ] {
        let answer = site.get(&format!("/report?{query}")).await;
        let detail = answer.problem(if part == "no layer" { 404 } else { 400 });
        assert!(detail.contains(part), "{query}: {detail}");
    }
    post(&site, "/report", r#"{"area":"circle:106.4,10.9,500","layers":[1]}"#).await.problem(400);
    let far = site.json("/report?area=circle:2.35,48.85,1000").await;
    assert!(far["notes"][0]["en"].as_str().unwrap().contains("outside"), "{far}");
    assert!(far["layers"].as_array().unwrap().iter().all(|l| l["total"]["count"] == 0));
}

#[tokio::test]
async fn a_report_is_a_page_to_print_and_a_workbook() {
    let site = served().await;
    let asked = "/report?area=commune:27943@2025-07-01";
    let page = site.get(&format!("{asked}&f=html&lang=vi")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    for part in [
        "Báo cáo: Xã An Ninh (27943)",
        "@page { size: A4",
        "<svg",
        "X (hướng bắc), m",
        "EPSG:9210 (VN-2000)",
        "Đất chuyên trồng lúa",
        "Trường Hai",
        "Tổng: Số học sinh",
        "?f=html&amp;lang=en&amp;area=commune:27943@2025-07-01",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    // Moments are written for people: no letter stands between the day and the hour.
    for title in ["Lập lúc", "Dữ liệu đến", "Hiệu lực vào", "Đơn vị có từ ngày"] {
        let said = text.split(&format!("<dt>{title}</dt><dd>")).nth(1).unwrap();
        let said = said.split("</dd>").next().unwrap();
        assert!(said.contains("/20") && !said.contains(['T', 'Z']), "{title}: {said}");
    }
    // The neighbour is not so near that it is on the picture; the commune itself is.
    assert!(text.contains(">Xã An Ninh</text>"), "{text}");
    let english = site.get(&format!("{asked}&f=html&lang=en")).await.text();
    for part in ["Report: Xã An Ninh", "X (northing), m", "Dedicated rice land", "Sum: Pupils", "Data as of"]
    {
        assert!(english.contains(part), "{part} in {english}");
    }
    let body = r#"{"area":"commune:27943@2025-07-01"}"#;
    let posted = post(&site, "/report?f=html&lang=en", body).await.text();
    assert!(posted.contains("Report: Xã An Ninh") && !posted.contains("lang=vi"), "{posted}");
    let book = site.get(&format!("{asked}&f=xlsx")).await;
    assert_eq!(
        book.header("content-type"),
        Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    );
    let file = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
    std::fs::write(file.path(), &book.body).unwrap();
    let read = gdal::Dataset::open(file.path()).unwrap();
    use gdal::vector::LayerAccess;
    let sheets: Vec<String> = read.layers().map(|layer| layer.name()).collect();
    assert_eq!(sheets[..2], ["Báo cáo", "Tọa độ góc"]);
    assert!(sheets.iter().any(|name| name.starts_with("Cơ sở giáo dục")), "{sheets:?}");
    let schools = sheets.iter().position(|name| name.starts_with("Cơ sở giáo dục")).unwrap();
    let mut layer = read.layer(schools).unwrap();
    let cells: Vec<String> = layer
        .features()
        .flat_map(|row| row.fields().filter_map(|(_, value)| value?.into_string()).collect::<Vec<_>>())
        .collect();
    assert!(cells.iter().any(|cell| cell == "Trường Hai"), "{cells:?}");
}

#[tokio::test]
async fn what_stands_in_the_data_is_no_markup_in_a_report() {
    let site = served().await;
    site.database
        .execute(
            "INSERT INTO gis.school (school_code, campus_no, name_vi, level, geom) VALUES
             ('E1', 1, '<script>alert(1)</script>', 'primary', 'SRID=4326;POINT(106.415 10.905)');
             UPDATE gis.admin_commune SET name_vi = '\"><b>x' WHERE code = '27715'",
        )
        .await;
    let text = site.get("/report?area=circle:106.42,10.51,3000&f=html").await.text();
    assert!(!text.contains("<b>x"), "{text}");
    let text = site.get("/report?area=circle:106.415,10.905,300&f=html").await.text();
    assert!(text.contains("&lt;script&gt;alert") && !text.contains("<script>alert"), "{text}");
}
