//! Lists of corners: their numbers held against the order of the rows, and rows of one feature that disagree.

use super::sources::{of_9210, plots};
use super::*;
use diaban::import::Severity;

/// Corners of squares of 100 m, EPSG:9210, a row each: number, row of the square's corners, counter-clockwise.
fn list(heading: &str, rows: &[(&str, &str, usize)]) -> String {
    let corners = ["1165000,590000", "1165000,590100", "1165100,590100", "1165100,590000"];
    let row = |(code, number, at): &(&str, &str, usize)| format!("{code},{number},{}\n", corners[*at]);
    format!("code,{heading},X (m),Y (m)\n") + &rows.iter().map(row).collect::<String>()
}

fn told(report: &ImportReport) -> Vec<(u64, Severity, String)> {
    let own = report.findings.iter().filter(|f| f.rule.as_str() == "corners");
    own.map(|f| (f.row, f.severity, f.reason.en.to_string())).collect()
}

#[tokio::test]
async fn corners_come_in_the_order_of_their_numbers() {
    let ground = Ground::new().await;
    for heading in ["STT đỉnh", "Số hiệu điểm", "STT"] {
        let mixed = list(heading, &[("F1", "1", 0), ("F1", "3", 2), ("F1", "2", 1), ("F1", "4", 3)]);
        let csv = ground.file("thua.csv", mixed);
        let workbook = ground.converted(&csv, "thua.xlsx", "XLSX", &["-oo", "AUTODETECT_TYPE=YES"]);
        for file in [csv, workbook] {
            let report = ground.run(&of_9210("plot", &file)).await.unwrap();
            assert_eq!((report.loaded.new, report.refused), (1, 0), "{heading}: {:?}", report.findings);
            let area = plots(&ground).await[0].2;
            assert!((area / 10_000.0 - 1.0).abs() < 1e-3, "{heading}: {area}");
            let told = told(&report);
            assert_eq!((told.len(), told[0].0, told[0].1), (1, 2, Severity::Repaired), "{told:?}");
            let client = ground.database.client().await;
            let sql = "SELECT count(*) FROM diaban.delivered_value WHERE import_run = $1 AND delivered ? 'geometry'";
            let kept: i64 = client.query_one(sql, &[&report.run]).await.unwrap().get(0);
            assert_eq!(kept, 1, "what was delivered is kept");
            assert!(report.files[0].unmatched.is_empty(), "{:?}", report.files[0].unmatched);
            client.batch_execute("DELETE FROM gis.plot").await.unwrap();
        }
    }
}

#[tokio::test]
async fn numbers_that_contradict_are_told_and_those_of_others_are_not() {
    let ground = Ground::new().await;
    let double = [("F1", "1", 0), ("F1", "2", 1), ("F1", "2", 2), ("F1", "3", 3)];
    let gap = [("F1", "1", 0), ("F1", "2", 1), ("F1", "4", 2), ("F1", "5", 3)];
    for (rows, part) in [(double, "the number 2 stands in rows 3 and 4"), (gap, "rows 2 to 5 is number 3")] {
        let report = ground.run(&of_9210("plot", &ground.file("a.csv", list("Điểm", &rows)))).await.unwrap();
        let told = told(&report);
        assert_eq!((report.refused, told[0].1), (0, Severity::Warning), "{:?}", report.findings);
        assert!(told[0].2.contains(part), "{told:?}");
    }
    // Points that neighbours share, which happen to be a run; rows of the sheet; a corner that comes twice.
    for rows in [
        &[("F1", "1", 0), ("F1", "3", 1), ("F1", "2", 2), ("F1", "4", 3)][..],
        &[("F1", "15", 0), ("F1", "16", 1), ("F1", "17", 2), ("F1", "18", 3)],
        &[("F1", "9", 0), ("F1", "9", 1), ("F1", "9", 2), ("F1", "9", 3)],
        &[("F1", "1", 0), ("F1", "2", 1), ("F1", "3", 2), ("F1", "4", 3), ("F1", "1", 0)],
    ] {
        let report = ground.run(&of_9210("plot", &ground.file("a.csv", list("Điểm", rows)))).await.unwrap();
        let area = plots(&ground).await[0].2;
        assert!((area / 10_000.0 - 1.0).abs() < 1e-3, "{rows:?}: {area}");
        let told = told(&report);
        assert!(
            told.iter().all(|(_, _, reason)| reason.contains("the order of the rows is kept")),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn a_corner_in_a_row_with_cells_too_many_is_refused() {
    let ground = Ground::new().await;
    let csv = "code,X,Y\nF1,1165000,590000\nF1,1165000,590100\nF1,1165100,590100,5\nF1,1165100,590000\n";
    let text = ground.refused(&of_9210("plot", &ground.file("a.csv", csv))).await;
    assert!(text.contains("has 4 cells and the first line has 3"), "{text}");
}

#[tokio::test]
async fn rows_of_one_feature_that_disagree_are_told_with_both_values() {
    let ground = Ground::new().await;
    let csv = "code,note,X,Y\nF1,,1165000,590000\nF1,Ruộng,1165000,590100\nF1,Ruộng ,1165100,590100\n\
               F1,Vườn,1165100,590000\nF1,Ao,1165050,589990\n";
    let report = ground.run(&of_9210("plot", &ground.file("a.csv", csv))).await.unwrap();
    assert_eq!(report.loaded.new, 1, "{:?}", report.findings);
    let told = told(&report);
    assert_eq!((told.len(), told[0].0, told[0].1), (1, 2, Severity::Warning), "{told:?}");
    assert!(told[0].2.contains("row 3 has `Ruộng` and row 5 `Vườn`"), "{told:?}");
    assert_eq!(report.findings[0].column.as_deref(), Some("note"));
    assert_eq!(plots(&ground).await[0].1.as_deref(), Some("Ruộng"));
}
