//! Repairs that are certain: made, counted, and what was delivered is kept.

use super::*;
use diaban::import::Severity;

async fn plots(ground: &Ground, name: &str, polygons: &[&str]) -> ImportReport {
    let features: Vec<String> = polygons
        .iter()
        .enumerate()
        .map(|(i, rings)| {
            let geometry = format!(r#"{{"type":"Polygon","coordinates":{rings}}}"#);
            feature(&geometry, &format!(r#"{{"code":"P{i}"}}"#))
        })
        .collect();
    ground.import("plot", &ground.file(name, collection(&features))).await.unwrap()
}

const SQUARE: &str = "[[[106.4,10.5],[106.41,10.5],[106.41,10.51],[106.4,10.51],[106.4,10.5]]]";
const BOW_TIE: &str = "[[[106.4,10.5],[106.42,10.52],[106.42,10.5],[106.4,10.52],[106.4,10.5]]]";
const REPEATED: &str =
    "[[[106.5,10.5],[106.51,10.5],[106.51,10.5],[106.51,10.51],[106.5,10.51],[106.5,10.5]]]";
const HOLE_ALIKE: &str = "[[[106.4,10.5],[106.41,10.5],[106.41,10.51],[106.4,10.51],[106.4,10.5]],\
                          [[106.402,10.502],[106.404,10.502],[106.404,10.504],[106.402,10.504],[106.402,10.502]]]";
/// Its middle is gone round twice: it may be meant, or not.
const TWICE: &str = "[[[106.40,10.50],[106.46,10.50],[106.46,10.54],[106.42,10.54],[106.42,10.48],[106.44,10.48],\
                     [106.44,10.56],[106.40,10.56],[106.40,10.50]]]";

#[tokio::test]
async fn what_is_certain_is_repaired_and_what_was_delivered_is_kept() {
    let ground = Ground::new().await;
    let report = plots(&ground, "p.geojson", &[SQUARE, BOW_TIE, REPEATED, HOLE_ALIKE]).await;
    assert_eq!((report.refused, report.loaded.new), (0, 4), "{:?}", report.findings);
    assert_eq!(
        (report.count(Severity::Repaired), report.count(Severity::Error)),
        (3, 0),
        "{:?}",
        report.findings
    );
    let repairs: Vec<(u64, &str)> =
        report.findings.iter().filter_map(|f| Some((f.row, f.repair.as_ref()?.en.as_ref()))).collect();
    assert!(repairs[0].0 == 2 && repairs[0].1.contains("areas that touch"), "{repairs:?}");
    assert!(repairs[1].0 == 3 && repairs[1].1.contains("left out"), "{repairs:?}");
    assert!(repairs[2].0 == 4 && repairs[2].1.contains("turned"), "{repairs:?}");
    let client = ground.database.client().await;
    let sql = "SELECT bool_and(ST_IsValid(geom)), sum(ST_NPoints(geom))::bigint FROM gis.plot";
    let row = client.query_one(sql, &[]).await.unwrap();
    assert_eq!((row.get::<_, bool>(0), row.get::<_, i64>(1)), (true, 5 + 8 + 5 + 10));
    // The delivered geometry of each, to the last bit.
    let sql = "SELECT d.row, d.key, ST_AsText(ST_GeomFromWKB(decode(d.delivered->>'geometry', 'hex'))) \
               FROM diaban.delivered_value d WHERE import_run = $1 ORDER BY row";
    let rows = client.query(sql, &[&report.run]).await.unwrap();
    let kept: Vec<(i64, String, String)> = rows.iter().map(|r| (r.get(0), r.get(1), r.get(2))).collect();
    assert_eq!(kept.len(), 3);
    assert_eq!(kept[0].0, 2);
    assert_eq!(kept[0].1, "P1");
    assert_eq!(kept[0].2, "POLYGON((106.4 10.5,106.42 10.52,106.42 10.5,106.4 10.52,106.4 10.5))");
    // The same file again changes nothing.
    let again = plots(&ground, "p.geojson", &[SQUARE, BOW_TIE, REPEATED, HOLE_ALIKE]).await;
    assert_eq!((again.loaded.new, again.loaded.changed, again.loaded.unchanged), (0, 0, 4));
}

#[tokio::test]
async fn what_is_not_certain_is_refused_with_its_place() {
    let ground = Ground::new().await;
    let report = plots(&ground, "p.geojson", &[SQUARE, TWICE]).await;
    assert_eq!((report.refused, report.run), (1, None), "{:?}", report.findings);
    let found = &report.findings[0];
    assert!(found.reason.en.contains("crosses itself") && found.place.is_some(), "{found:?}");
    assert_eq!(ground.count("plot").await, 0);
}

#[tokio::test]
async fn an_open_ring_is_closed() {
    let ground = Ground::new().await;
    let wkt = "code,WKT\nA,\"POLYGON((106.4 10.5,106.41 10.5,106.41 10.51,106.4 10.51))\"\n";
    let mut request = request("plot", &ground.file("p.csv", wkt));
    request.system = Some(crs::system(4326).unwrap());
    let report = ground.run(&request).await.unwrap();
    assert_eq!((report.refused, report.loaded.new), (0, 1), "{:?}", report.findings);
    assert!(report.findings[0].repair.as_ref().unwrap().en.contains("closed"), "{:?}", report.findings);
}

/// Code, name and tags as delivered, and the name and tags as they are kept.
const TEXTS: [(&str, &str, &str, &str); 6] = [
    ("A", "  Giếng một ", "Giếng một", "blanks around it were left out"),
    ("B", "Gie\u{302}\u{301}ng hai", "Giếng hai", "it was written in Unicode NFC"),
    (
        "C",
        "\u{a0}Gie\u{302}\u{301}ng ba",
        "Giếng ba",
        "blanks around it were left out, and it was written in Unicode NFC",
    ),
    ("D", "Giê\u{301}ng tư", "Giếng tư", "it was written in Unicode NFC"),
    ("E", "   ", "", "it holds blanks only, and is left empty"),
    ("F", "Giếng sáu", "Giếng sáu", ""),
];

#[tokio::test]
async fn blanks_around_a_text_are_left_out_and_it_comes_in_nfc() {
    let ground = Ground::new().await;
    let rows: Vec<String> =
        TEXTS.iter().map(|(code, name, ..)| format!("{code},{name},106.4,10.5\n")).collect();
    let sheet = ground.file("g.csv", format!("code,Tên giếng,lon,lat\n{}", rows.concat()));
    let report = ground.import("well", &sheet).await.unwrap();
    assert_eq!((report.refused, report.loaded.new), (0, 6), "{:?}", report.findings);
    assert_eq!(report.count(Severity::Repaired), 5);
    // Each is told: the row, the column, what was delivered, what it became and how.
    let repaired: Vec<_> = (2..).zip(&TEXTS).filter(|(_, (.., how))| !how.is_empty()).collect();
    for (found, (row, (code, delivered, kept, how))) in report.findings.iter().zip(&repaired) {
        assert_eq!(
            (found.row, found.key.as_deref(), found.severity),
            (*row, Some(*code), Severity::Repaired)
        );
        assert_eq!(
            (found.attribute.as_deref(), found.column.as_deref()),
            (Some("name_vi"), Some("Tên giếng"))
        );
        assert_eq!((found.value.as_deref(), found.kept.as_deref()), (Some(*delivered), Some(*kept)));
        assert_eq!(found.repair.as_ref().map(|repair| repair.en.as_ref()), Some(*how));
    }
    let csv = import::findings_csv(&report.findings);
    assert!(csv.contains(r#""A","name_vi","Tên giếng",repaired,text,"  Giếng một ","is not"#), "{csv}");
    assert!(csv.contains(r#""blanks around it were left out","Giếng một","#), "{csv}");
    assert_eq!(import::findings_json(&report.findings)[1]["value"], TEXTS[1].1);
    assert_eq!(import::findings_json(&report.findings)[1]["kept"], TEXTS[1].2);
    // What is kept and what was delivered, to the last letter.
    let client = ground.database.client().await;
    let sql = "SELECT w.code, coalesce(w.name_vi, ''), d.row, d.delivered->>'name_vi' FROM gis.well w \
               LEFT JOIN diaban.delivered_value d ON d.key = w.code AND d.import_run = $1 ORDER BY code";
    let rows = client.query(sql, &[&report.run]).await.unwrap();
    for ((row, (code, delivered, kept, how)), found) in (2_i64..).zip(&TEXTS).zip(&rows) {
        assert_eq!((found.get::<_, &str>(0), found.get::<_, &str>(1)), (*code, *kept));
        let expected = (!how.is_empty()).then_some((row, *delivered));
        assert_eq!(found.get::<_, Option<i64>>(2).zip(found.get::<_, Option<&str>>(3)), expected, "{code}");
    }
}

#[tokio::test]
async fn texts_of_a_list_are_repaired_one_by_one_and_told() {
    let ground = Ground::new().await;
    let tags = ["[\" tưới \",\"uô\u{301}ng\"]", "[\"sạch\",\"sâu\"]", "[\" \"]"];
    let well = |(i, tags): (usize, &&str)| {
        feature(&point(106.4, 10.5), &format!(r#"{{"code":"G{i}","tags":{tags}}}"#))
    };
    let wells: Vec<String> = tags.iter().enumerate().map(well).collect();
    let report = ground.import("well", &ground.file("g.geojson", collection(&wells))).await.unwrap();
    let told: Vec<_> = report
        .findings
        .iter()
        .map(|f| (f.row, f.value.as_deref().unwrap(), f.kept.as_deref().unwrap()))
        .collect();
    assert_eq!(told, [(1, " tưới ; uô\u{301}ng", "tưới; uống"), (3, " ", "")]);
    let sql = "SELECT string_agg(concat_ws(' ', key, delivered->'tags'->>0, delivered->'tags'->>1), '|' ORDER BY key) \
               FROM diaban.delivered_value";
    let kept = ground.database.text(sql).await.unwrap();
    assert_eq!(kept, "G0  tưới  uô\u{301}ng|G2  ");
}
