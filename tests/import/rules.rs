//! Rules of the layer files, and those that each layer has.

use super::*;
use diaban::import::Severity;

const PARK: &str = r#"id = "park"
title = { vi = "Khu", en = "Parks" }
group = "industry"
agency = "nnmt"
item = "0"
geometry = ["MultiPolygon"]
key = ["code"]
label = "name_vi"
access = "open"
zoom = { min = 8, max = 14 }
generalise = { rule = "coverage" }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "name_vi", type = "text", title = { vi = "Tên", en = "Name" } },
  { name = "total_ha", type = "number", unit = "ha", measure = "area", title = { vi = "Tổng", en = "Total" } },
  { name = "leased_ha", type = "number", unit = "ha", title = { vi = "Thuê", en = "Leased" } },
  { name = "opened", type = "date", past = true, title = { vi = "Khánh thành", en = "Opened" } },
  { name = "closes", type = "date", title = { vi = "Đóng", en = "Closes" } },
  { name = "valid_from", type = "date", title = { vi = "Từ", en = "From" } },
  { name = "valid_to", type = "date", title = { vi = "Đến", en = "To" } },
  { name = "well", type = "text", references = "well", title = { vi = "Giếng", en = "Well" } },
  { name = "commune_code", type = "text", title = { vi = "Mã xã", en = "Commune" } },
]
[[rules]]
id = "leased_within_total"
filter = "leased_ha <= total_ha"
message = { vi = "Thuê lớn hơn tổng", en = "More is leased than there is" }
[[rules]]
id = "closes_later"
filter = "closes > opened"
severity = "warning"
message = { vi = "Đóng trước khi mở", en = "It closes before it opens" }
"#;

const COMMUNES: &str = r#"id = "admin_commune"
title = { vi = "Xã", en = "Communes" }
group = "administration"
agency = "nnmt"
item = "0"
geometry = ["MultiPolygon"]
key = ["code", "valid_from"]
access = "open"
zoom = { min = 8, max = 14 }
generalise = { rule = "coverage" }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "valid_from", type = "date", title = { vi = "Từ", en = "From" } },
  { name = "valid_to", type = "date", title = { vi = "Đến", en = "To" } },
]
"#;

async fn parks_ground() -> Ground {
    let layers = [LAYERS[0], PARK, COMMUNES].map(crate::support::layer).to_vec();
    Ground::of(Catalog::new(layers, AgencyRegister::default())).await
}

/// A park of 0.01 by 0.01 degrees, 120.9 ha.
fn park(i: usize, properties: &str) -> String {
    feature(&square(106.4 + i as f64 * 0.02, 10.5, 0.01), &format!(r#"{{"code":"K{i}",{properties}}}"#))
}

async fn import_parks(ground: &Ground, parks: &[String]) -> ImportReport {
    ground.import("park", &ground.file("parks.geojson", collection(parks))).await.unwrap()
}

fn told(report: &ImportReport) -> Vec<(u64, Severity, &str)> {
    report.findings.iter().map(|f| (f.row, f.severity, f.rule.as_str())).collect()
}

#[tokio::test]
async fn rules_of_the_layer_file_are_asked_of_each_row() {
    let ground = parks_ground().await;
    let report = import_parks(
        &ground,
        &[
            park(0, r#""leased_ha":10,"total_ha":120.9"#),
            park(1, r#""leased_ha":200,"total_ha":120.9"#),
            park(2, r#""opened":"2020-01-02","closes":"2019-05-06""#),
            // Of what is missing nothing is known.
            park(3, r#""leased_ha":10"#),
        ],
    )
    .await;
    let expected = [(2, Severity::Error, "leased_within_total"), (3, Severity::Warning, "closes_later")];
    assert_eq!(told(&report), expected, "{:?}", report.findings);
    let found = &report.findings[0];
    assert_eq!(found.value.as_deref(), Some("leased_ha = 200, total_ha = 120.9"));
    assert!(
        found.reason.vi.contains("Thuê lớn hơn tổng") && found.reason.en.contains("More is leased"),
        "{found:?}"
    );
    assert_eq!((report.refused, report.run), (1, None));
}

#[tokio::test]
async fn days_measures_and_references_are_checked() {
    let ground = parks_ground().await;
    let report = import_parks(
        &ground,
        &[
            park(0, r#""opened":"2999-01-01""#),
            park(1, r#""valid_from":"2025-07-01","valid_to":"2024-07-01""#),
            park(2, r#""total_ha":150"#),
            park(3, r#""total_ha":121.5"#),
            park(4, r#""well":"G1""#),
        ],
    )
    .await;
    let expected = [
        (1, Severity::Error, "future"),
        (2, Severity::Error, "validity"),
        (3, Severity::Warning, "measure"),
        (5, Severity::Warning, "reference"),
    ];
    assert_eq!(told(&report), expected, "{:?}", report.findings);
    assert!(report.notes.iter().any(|n| n.en.contains("`well` holds nothing")), "{:?}", report.notes);
    let wells = ground.file("g.csv", "code,lon,lat\nG1,106.4,10.5\n");
    ground.import("well", &wells).await.unwrap();
    let report = import_parks(&ground, &[park(0, r#""well":"G1""#), park(1, r#""well":"G2""#)]).await;
    assert_eq!(told(&report), [(2, Severity::Error, "reference")], "{:?}", report.findings);
}

#[tokio::test]
async fn the_same_thing_under_two_keys_is_told() {
    let ground = parks_ground().await;
    let twin = |code: &str, name: &str| {
        feature(&square(106.4, 10.5, 0.01), &format!(r#"{{"code":"{code}","name_vi":"{name}"}}"#))
    };
    let report =
        import_parks(&ground, &[twin("A", "Tân Kim"), twin("B", "Đức Hòa"), twin("C", "Tân Kim")]).await;
    // That they lie over each other is told, too.
    let twins: Vec<_> = told(&report).into_iter().filter(|(_, _, rule)| *rule == "duplicate").collect();
    assert_eq!(twins, [(3, Severity::Warning, "duplicate")], "{:?}", report.findings);
    assert!(report.findings[0].reason.en.contains("row 1"));
    assert_eq!(report.loaded.new, 3);
}

#[tokio::test]
async fn the_commune_is_put_in_where_there_is_none_and_held_against_the_place() {
    let ground = parks_ground().await;
    let report = import_parks(&ground, &[park(0, r#""commune_code":"1""#)]).await;
    assert!(report.notes.iter().any(|n| n.en.contains("admin_commune")), "{:?}", report.notes);
    let commune = |code: &str, x: f64, dates: &str| {
        feature(&square(x, 10.4, 0.4), &format!(r#"{{"code":"{code}",{dates}}}"#))
    };
    let communes = collection(&[
        commune("27001", 106.0, r#""valid_from":"2025-07-01","valid_to":null"#),
        commune("27002", 106.4, r#""valid_from":"2025-07-01","valid_to":null"#),
        commune("00099", 106.4, r#""valid_from":"2000-01-01","valid_to":"2025-07-01""#),
    ]);
    let file = ground.file("communes.geojson", communes);
    assert_eq!(ground.import("admin_commune", &file).await.unwrap().loaded.new, 3);
    let report = import_parks(
        &ground,
        &[
            park(0, r#""commune_code":"27002""#),
            park(1, r#""commune_code":"27001""#),
            park(2, r#""commune_code":null"#),
            park(3, r#""valid_from":"2020-01-01","commune_code":null"#),
            park(4, r#""commune_code":"00099""#),
            park(5, r#""valid_from":"2020-01-01","commune_code":"27002""#),
        ],
    )
    .await;
    let expected = [(2, Severity::Warning, "commune"), (5, Severity::Warning, "commune")];
    assert_eq!(told(&report), expected, "{:?}", report.findings);
    assert_eq!(report.filled, 2);
    let client = ground.database.client().await;
    let rows = client.query("SELECT commune_code FROM gis.park ORDER BY code", &[]).await.unwrap();
    let codes: Vec<String> = rows.iter().map(|r| r.get(0)).collect();
    // Codes are of the list since the reform, whenever a feature began.
    assert_eq!(codes, ["27002", "27001", "27002", "27002", "00099", "27002"]);
    // A file without such a column gets the codes all the same.
    let plain = |code: &str, x: f64| feature(&square(x, 10.5, 0.01), &format!(r#"{{"code":"{code}"}}"#));
    assert_eq!(import_parks(&ground, &[plain("N", 106.1)]).await.filled, 1);
    // One that is refused once all rows are there was given none, and nothing was where nothing is loaded.
    let doubled = [plain("D", 106.2), plain("D", 106.22), plain("E", 106.24)];
    let file = ground.file("doubled.geojson", collection(&doubled));
    let report = ground.run(&allowing("park", &file, "1", ground.folder.path())).await.unwrap();
    assert_eq!((report.loaded.new, report.refused, report.filled), (2, 1, 2), "{:?}", report.findings);
    let report = ground.import("park", &file).await.unwrap();
    assert_eq!((report.refused, report.is_refused(), report.filled), (1, true, 0));
}

#[tokio::test]
async fn what_lies_in_no_commune_of_the_province_is_told() {
    let ground = parks_ground().await;
    let placed =
        |code: &str, x: f64, y: f64| feature(&square(x, y, 0.01), &format!(r#"{{"code":"{code}"}}"#));
    let parks = || [placed("IN", 106.0, 11.0), placed("WEST", 105.45, 11.0), placed("NORTH", 106.0, 11.5)];
    for (known, expected) in [(60, &[][..]), (96, &[2, 3])] {
        let communes: Vec<String> = (0..known)
            .map(|i| {
                let (column, row) = (f64::from(i % 12), f64::from(i / 12));
                let of =
                    format!(r#"{{"code":"{:05}","valid_from":"2025-07-01","valid_to":null}}"#, 27001 + i);
                feature(&square(105.6 + 0.09 * column, 10.5 + 0.09 * row, 0.09), &of)
            })
            .collect();
        let file = ground.file("communes.geojson", collection(&communes));
        assert!(!ground.import("admin_commune", &file).await.unwrap().is_refused());
        let report = import_parks(&ground, &parks()).await;
        let expected: Vec<_> = expected.iter().map(|row| (*row, Severity::Warning, "position")).collect();
        assert_eq!(told(&report), expected, "{known}: {:?}", report.findings);
    }
}

#[tokio::test]
async fn the_times_of_a_key_do_not_overlap() {
    let ground = parks_ground().await;
    let commune = |dates: &str| feature(&square(106.4, 10.4, 0.4), &format!(r#"{{"code":"27001",{dates}}}"#));
    let file = ground.file(
        "communes.geojson",
        collection(&[
            commune(r#""valid_from":"2000-01-01","valid_to":"2025-07-01""#),
            commune(r#""valid_from":"2025-07-01","valid_to":null"#),
            commune(r#""valid_from":"2024-01-01","valid_to":"2024-06-01""#),
        ]),
    );
    let report = ground.import("admin_commune", &file).await.unwrap();
    // The first and the third lie over each other in the same years, the first and the second do not.
    let expected = [(3, Severity::Warning, "overlap"), (3, Severity::Error, "validity")];
    assert_eq!(told(&report), expected, "{:?}", report.findings);
    assert_eq!(ground.count("admin_commune").await, 0);
}

const WAY: &str = r#"id = "way"
title = { vi = "Đường", en = "Ways" }
group = "transport"
agency = "nnmt"
item = "0"
geometry = ["MultiLineString"]
key = ["code"]
access = "open"
zoom = { min = 8, max = 14 }
generalise = { rule = "network" }
attributes = [{ name = "code", type = "text", title = { vi = "Mã", en = "Code" } }]
"#;

#[tokio::test]
async fn an_end_that_stops_just_short_of_a_line_is_told() {
    let ground = Ground::of(Catalog::new(vec![crate::support::layer(WAY)], AgencyRegister::default())).await;
    let way = |code: &str, line: &[(f64, f64)]| {
        let positions: Vec<String> = line.iter().map(|(x, y)| format!("[{x:?},{y:?}]")).collect();
        let geometry = format!(r#"{{"type":"LineString","coordinates":[{}]}}"#, positions.join(","));
        feature(&geometry, &format!(r#"{{"code":"{code}"}}"#))
    };
    let (x, y) = (550_000.0, 1_170_000.0);
    let ways = [
        way("A", &[(x, y), (x + 1000.0, y)]),
        // Meets it, stops 1.5 m short of it, stops 3 m short of it, crosses it.
        way("B", &[(x + 100.0, y + 500.0), (x + 100.0, y)]),
        way("C", &[(x + 200.0, y + 500.0), (x + 200.0, y + 1.5)]),
        way("D", &[(x + 300.0, y + 500.0), (x + 300.0, y + 3.0)]),
        way("E", &[(x + 400.0, y + 500.0), (x + 400.0, y - 500.0)]),
        // Begins where it ends.
        way("F", &[(x + 500.0, y + 1.0), (x + 600.0, y + 9.0), (x + 500.0, y + 9.0), (x + 500.0, y + 1.0)]),
    ];
    let mut request = request("way", &ground.file("ways.geojson", collection(&ways)));
    request.system = Some(crs::system(9210).unwrap());
    let report = ground.run(&request).await.unwrap();
    assert_eq!(told(&report), [(3, Severity::Warning, "undershoot")], "{:?}", report.findings);
    let found = &report.findings[0];
    assert!(found.reason.en.contains("1.50 m short") && found.reason.en.contains("row 1 (A)"), "{found:?}");
    assert_eq!((found.key.as_deref(), report.loaded.new), (Some("C"), 6));
}

#[tokio::test]
async fn areas_of_a_coverage_that_overlap_are_told() {
    let ground = parks_ground().await;
    let (x, y) = (550_000.0, 1_170_000.0);
    let area = |code: &str, west: f64, east: f64| {
        let (w, e, n) = (x + west, x + east, y + 100.0);
        let ring = format!("[{w:?},{y:?}],[{e:?},{y:?}],[{e:?},{n:?}],[{w:?},{n:?}],[{w:?},{y:?}]");
        feature(
            &format!(r#"{{"type":"Polygon","coordinates":[[{ring}]]}}"#),
            &format!(r#"{{"code":"{code}"}}"#),
        )
    };
    // The second touches the first, the third lies over 10 m of the second, the fourth over 0.2 m.
    let areas =
        [area("A", 0.0, 100.0), area("B", 100.0, 200.0), area("C", 190.0, 300.0), area("D", 299.8, 400.0)];
    let mut request = request("park", &ground.file("areas.geojson", collection(&areas)));
    request.system = Some(crs::system(9210).unwrap());
    let report = ground.run(&request).await.unwrap();
    let expected = [(3, Severity::Warning, "overlap"), (4, Severity::Warning, "overlap")];
    assert_eq!(told(&report), expected, "{:?}", report.findings);
    assert!(report.findings[0].reason.en.contains("row 2 (B) by 1000.0 m2"), "{:?}", report.findings[0]);
    assert!(
        report.findings[1].reason.en.contains("row 3 (C) in slivers of 20.0 m2"),
        "{:?}",
        report.findings[1]
    );
    assert!(report.findings[0].place.is_some());
}

#[tokio::test]
async fn no_sum_is_told_that_counts_rows_which_were_refused_beside_others() {
    let ground = parks_ground().await;
    let parks = |second: usize| [park(0, r#""name_vi":"A""#), park(second, r#""name_vi":"B""#)];
    for (second, refused) in [(0, 1), (1, 0)] {
        let file = ground.file("parks.geojson", collection(&parks(second)));
        let report = ground.run(&allowing("park", &file, "1", ground.folder.path())).await.unwrap();
        assert_eq!(
            (report.refused, report.area_m2.is_none()),
            (refused, refused == 1),
            "{:?}",
            report.findings
        );
    }
}
