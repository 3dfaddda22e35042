//! Rows: their cells, geometries and keys, and what becomes of them in the layer.

use super::*;

const GOOD: &str = "MA_GIENG;Tên giếng;Mục đích;Độ sâu;Số bơm;Hoạt động;Ngày khoan;Nhãn;Kinh độ;Vĩ độ;Ghi chú\n\
    G1;Giếng số 1;Nước uống;12,5;1.000;có;01/07/2025;a, b;106,4;10,55;x\n\
    G2;;TUOI;1.234;;không;2025-07-02;;106,41;10,56;\n";

#[tokio::test]
async fn a_sheet_in_vietnamese_is_read_as_it_is_meant() {
    let ground = Ground::new().await;
    let file = ground.file("gieng.csv", GOOD.replace("1.234", "12,34"));
    let report = ground.import("well", &file).await.unwrap();
    assert!(!report.is_refused(), "{:?}", report.findings);
    assert_eq!((report.read, report.loaded.new), (2, 2));
    assert_eq!(report.files[0].unmatched, ["Ghi chú"]);
    assert_eq!(report.files[0].system_from, SystemFrom::Columns);
    let client = ground.database.client().await;
    let sql = "SELECT name_vi, purpose, depth_m::text, pumps, active, drilled::text, tags FROM gis.well ORDER BY code";
    let rows = client.query(sql, &[]).await.unwrap();
    type Well = (Option<String>, String, String, Option<i64>, bool, String, Option<Vec<String>>);
    let well = |i: usize| -> Well {
        let r = &rows[i];
        (r.get(0), r.get(1), r.get(2), r.get(3), r.get(4), r.get(5), r.get(6))
    };
    let tags = Some(vec!["a".to_owned(), "b".to_owned()]);
    let name = Some("Giếng số 1".to_owned());
    assert_eq!(
        well(0),
        (name, "drinking".into(), "12.50".into(), Some(1000), true, "2025-07-01".into(), tags)
    );
    assert_eq!(well(1), (None, "irrigation".into(), "12.34".into(), None, false, "2025-07-02".into(), None));
}

#[tokio::test]
async fn each_bad_cell_is_named_with_row_and_reason() {
    let ground = Ground::new().await;
    let head = "code,name_vi,purpose,depth_m,pumps,active,drilled,lon,lat\n";
    let cases = [
        ("A,,x,,,,,106.4,10.55", 2, Rule::Domain, "none of the codes"),
        ("A,,,0,,,,106.4,10.55", 2, Rule::Domain, "must be above 0 m"),
        ("A,,,501,,,,106.4,10.55", 2, Rule::Domain, "largest value allowed is 500 m"),
        ("A,,,1.234,,,,106.4,10.55", 2, Rule::Type, "can be 1.234 or 1234"),
        ("A,,,12ha,,,,106.4,10.55", 2, Rule::Type, "no number"),
        ("A,,,,2.5,,,106.4,10.55", 2, Rule::Type, "no whole number"),
        ("A,,,,2.000,,,106.400,10.550", 2, Rule::Type, "can be 2.000 or 2000"),
        ("A,,,,,maybe,,106.4,10.55", 2, Rule::Type, "neither yes nor no"),
        ("A,,,,,,31/02/2025,106.4,10.55", 2, Rule::Type, "no day"),
        ("A,,,,,,13/25/2025,106.4,10.55", 2, Rule::Type, "no day"),
        ("A,Một cái tên dài hơn hai mươi chữ,,,,,,106.4,10.55", 2, Rule::Domain, "at most 20"),
        (",,,,,,,106.4,10.55", 2, Rule::Mandatory, "must have it"),
        ("A,,,,,,,,", 2, Rule::GeometryType, "no geometry"),
        ("A,,,,,,,106.4,abc", 2, Rule::Type, "no coordinate"),
        ("A,,,,,,,106.4,10.55\nB,,,,,,,106,4,10.55", 3, Rule::Text, "cells"),
        ("A,,,,,,,106.4,10.55\nA,,,,,,,106.5,10.55", 3, Rule::UniqueKey, "rows 2, 3"),
        ("A,a\0b,,,,,,106.4,10.55", 2, Rule::Text, "NUL"),
    ];
    for (row, number, rule, reason) in cases {
        let file = ground.file("bad.csv", format!("{head}{row}\n"));
        let report = ground.import("well", &file).await.unwrap_or_else(|e| panic!("{row}: {e}"));
        assert!(report.is_refused(), "{row}");
        let finding = &report.findings[0];
        assert_eq!((finding.row, &finding.rule), (number, &rule), "{row}: {finding:?}");
        assert!(finding.reason.en.contains(reason), "{row}: {}", finding.reason);
        assert_eq!(ground.count("well").await, 0);
    }
}

#[tokio::test]
async fn whole_numbers_with_three_digits_behind_a_sign_are_what_their_file_shows() {
    let ground = Ground::new().await;
    let head = "code,depth_m,pumps,lon,lat\n";
    let cases = [
        // Columns of three decimals, as databases write them; positions or another value tell.
        (vec!["A,,2.000,106.4512,10.55", "B,,12.000,106.46,10.55"], vec![2, 12]),
        (vec!["A,12.5,2.000,106.400,10.550", "B,,12.000,106.460,10.550"], vec![2, 12]),
        (vec!["A,,2.000,106.400,10.550", "B,,0.000,106.460,10.550"], vec![2, 0]),
        // Thousands.
        (vec!["A,,2.000,\"106,4512\",\"10,55\"", "B,,12.000,\"106,46\",\"10,55\""], vec![2000, 12_000]),
        (vec!["A,,2.000,106.400,10.550", "B,,1.234,106.460,10.550"], vec![2000, 1234]),
    ];
    for (rows, wanted) in cases {
        let file = ground.file("gieng.csv", format!("{head}{}\n", rows.join("\n")));
        let report = ground.import("well", &file).await.unwrap();
        assert!(!report.is_refused(), "{rows:?}: {:?}", report.findings);
        let client = ground.database.client().await;
        let found = client.query("SELECT pumps FROM gis.well ORDER BY code", &[]).await.unwrap();
        assert_eq!(found.iter().map(|r| r.get(0)).collect::<Vec<i64>>(), wanted, "{rows:?}");
        ground.database.execute("DELETE FROM gis.well").await;
    }
}

#[tokio::test]
async fn areas_that_are_no_areas_are_refused_with_their_place() {
    let ground = Ground::new().await;
    let ring = |coordinates: &str| format!(r#"{{"type":"Polygon","coordinates":[[{coordinates}]]}}"#);
    let cases = [
        // Its middle is gone round twice.
        (
            ring(
                "[106.4,10.5],[106.46,10.5],[106.46,10.54],[106.42,10.54],[106.42,10.48],[106.44,10.48],\
                 [106.44,10.56],[106.4,10.56],[106.4,10.5]",
            ),
            "crosses itself",
            true,
        ),
        (ring("[106.4,10.5],[106.5,10.5]"), "does not end where it began", false),
        (ring("[106.4,10.5],[106.5,10.5],[106.4,10.5]"), "takes at least 4", false),
        (point(106.4, 10.5), "is a Point, and the layer holds MultiPolygon", false),
        ("null".to_owned(), "has no geometry", false),
        (r#"{"type":"Polygon","coordinates":[]}"#.to_owned(), "has no geometry", false),
    ];
    for (geometry, reason, has_place) in cases {
        let good = feature(&square(106.4, 10.5, 0.01), r#"{"code":"A"}"#);
        let bad = feature(&geometry, r#"{"code":"B"}"#);
        let file = ground.file("plots.geojson", collection(&[good, bad]));
        let report = ground.import("plot", &file).await.unwrap_or_else(|e| panic!("{geometry}: {e}"));
        assert_eq!(report.refused, 1, "{geometry}");
        let finding = &report.findings[0];
        assert_eq!((finding.row, finding.key.as_deref()), (2, Some("B")), "{finding:?}");
        assert!(finding.reason.en.contains(reason), "{geometry}: {}", finding.reason);
        if has_place {
            let (lon, lat) = finding.place.unwrap();
            assert!((106.42..=106.44).contains(&lon) && (10.5..=10.54).contains(&lat), "{lon} {lat}");
        }
        assert_eq!(ground.count("plot").await, 0);
    }
}

#[tokio::test]
async fn a_second_import_touches_only_what_differs() {
    let ground = Ground::new().await;
    let wells = |names: &[(&str, &str, f64)]| {
        let one = |(code, name, x): &(&str, &str, f64)| {
            feature(&point(*x, 10.5), &format!(r#"{{"code":"{code}","name_vi":"{name}"}}"#))
        };
        collection(&names.iter().map(one).collect::<Vec<_>>())
    };
    let file =
        ground.file("a.geojson", wells(&[("A", "một", 106.4), ("B", "hai", 106.5), ("C", "ba", 106.6)]));
    assert_eq!(ground.import("well", &file).await.unwrap().loaded.new, 3);
    let client = ground.database.client().await;
    let sql = "SELECT code, id, xmin::text FROM gis.well ORDER BY code";
    let read = |rows: Vec<tokio_postgres::Row>| -> Vec<(String, i64, String)> {
        rows.iter().map(|r| (r.get(0), r.get(1), r.get(2))).collect()
    };
    let before = read(client.query(sql, &[]).await.unwrap());

    let next =
        wells(&[("A", "một", 106.4), ("B", "hai sửa", 106.5), ("C", "ba", 106.61), ("D", "bốn", 106.7)]);
    let file = ground.file("b.geojson", next);
    let mut rehearsal = request("well", &file);
    rehearsal.dry_run = true;
    let report = ground.run(&rehearsal).await.unwrap();
    assert_eq!((report.loaded.new, report.loaded.changed, report.loaded.unchanged), (1, 2, 1));
    assert_eq!(report.run, None);
    assert_eq!(read(client.query(sql, &[]).await.unwrap()), before);

    let report = ground.import("well", &file).await.unwrap();
    assert_eq!((report.loaded.new, report.loaded.changed, report.loaded.unchanged), (1, 2, 1));
    let sql = "SELECT sum(rows_inserted)::bigint, sum(rows_updated)::bigint FROM diaban.change WHERE import_run = $1";
    let noted = client.query_one(sql, &[&report.run]).await.unwrap();
    assert_eq!((noted.get::<_, i64>(0), noted.get::<_, i64>(1)), (1, 2), "the log names the run");
    let sql = "SELECT layer, file_names, crs, operation, rows_read, rows_loaded FROM diaban.import_run WHERE id = $1";
    let run = client.query_one(sql, &[&report.run]).await.unwrap();
    assert_eq!((run.get::<_, &str>(0), run.get::<_, Vec<String>>(1)), ("well", vec!["b.geojson".to_owned()]));
    assert_eq!((run.get::<_, &str>(2), run.get::<_, Option<&str>>(3)), ("EPSG:4326", None));
    assert_eq!((run.get::<_, i64>(4), run.get::<_, i64>(5)), (4, 3));
    let sql = "SELECT code, id, xmin::text FROM gis.well ORDER BY code";
    let after = read(client.query(sql, &[]).await.unwrap());
    assert_eq!(after.len(), 4);
    assert_eq!(after[0], before[0], "an unchanged row is not written");
    let ids = |rows: &[(String, i64, String)]| rows.iter().map(|r| r.1).collect::<Vec<_>>();
    assert_eq!(ids(&after)[..3], ids(&before)[..], "ids stay with their keys");
}

#[tokio::test]
async fn columns_are_found_mapped_or_named_as_missing() {
    let ground = Ground::new().await;
    let file = ground.file("g.csv", "SO_HIEU,lon,lat\nG1,106.4,10.55\n");
    let text = ground.refused(&request("well", &file)).await;
    for part in ["code (Mã; known column names: MA_GIENG)", "SO_HIEU", "--map", "--set"] {
        assert!(text.contains(part), "{text}");
    }
    let mut mapped = request("well", &file);
    mapped.columns = vec!["so hieu=code".parse().unwrap()];
    mapped.constants = vec!["purpose=Nước uống".parse().unwrap(), "tags=a; b".parse().unwrap()];
    let report = ground.run(&mapped).await.unwrap();
    assert_eq!(report.loaded.new, 1, "{:?}", report.findings);

    let text = {
        let mut wrong = mapped.clone();
        wrong.constants = vec!["purpose=bơi".parse().unwrap()];
        let error = ground.run(&wrong).await.unwrap_err();
        assert!(error.is_usage());
        error.to_string()
    };
    assert!(text.contains("--set purpose=bơi") && text.contains("drinking"), "{text}");
    for (map, set) in [("SO_HIEU=kode", None), ("NOPE=code", None), ("SO_HIEU=code", Some("code=1"))] {
        let mut wrong = request("well", &file);
        wrong.columns = vec![map.parse().unwrap()];
        wrong.constants = set.into_iter().map(|s| s.parse().unwrap()).collect();
        assert!(ground.run(&wrong).await.unwrap_err().is_usage(), "{map}");
    }
    let twice = ground.file("two.csv", "code,Mã,CODE,lon,lat\n1,2,3,106.4,10.5\n");
    assert_eq!(ground.import("well", &twice).await.unwrap().read, 1, "an exact name wins");
    let twice = ground.file("two.csv", "Mã,CODE,lon,lat\n2,3,106.4,10.5\n");
    let text = ground.refused(&request("well", &twice)).await;
    assert!(text.contains("--map COLUMN=code"), "{text}");
}

#[tokio::test]
async fn an_import_into_a_layer_that_another_import_has_is_told_so() {
    let ground = Ground::new().await;
    let (json, _) = oracle_wells(9210);
    let mut wells = request("well", &ground.file("g.geojson", json));
    wells.system = Some(crs::system(9210).unwrap());
    let mut other = ground.database.client().await;
    let transaction = other.transaction().await.unwrap();
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended('diaban.import.well', 0))";
    transaction.execute(sql, &[]).await.unwrap();
    let text = ground.refused(&wells).await;
    assert!(text.contains("another import"), "{text}");
    transaction.rollback().await.unwrap();
    assert!(!ground.run(&wells).await.unwrap().is_refused());
}

#[tokio::test]
async fn many_rows_come_in_whole_and_are_measured() {
    let ground = Ground::new().await;
    let mut text = String::from("code,lon,lat\n");
    for i in 0..5000 {
        let _ = writeln!(text, "G{i},{:.6},{:.6}", 106.0 + f64::from(i) * 1e-4, 10.6);
    }
    let report = ground.import("well", &ground.file("many.csv", &text)).await.unwrap();
    assert_eq!((report.read, report.loaded.new), (5000, 5000));
    assert_eq!(ground.count("well").await, 5000);
    // A kilometre by a kilometre of the plane, and a plot with a hole in it.
    let hole = r#"{"type":"Polygon","coordinates":[[[550000,1170000],[551000,1170000],[551000,1171000],[550000,1171000],[550000,1170000]],[[550100,1170100],[550100,1170200],[550200,1170200],[550200,1170100],[550100,1170100]]]}"#;
    let plots = collection(&[
        feature(&square(560_000.0, 1_170_000.0, 1000.0), r#"{"code":"A"}"#),
        feature(hole, r#"{"code":"B"}"#),
    ]);
    let mut plots = request("plot", &ground.file("plots.geojson", plots));
    plots.system = Some(crs::system(9210).unwrap());
    let area = ground.run(&plots).await.unwrap().area_m2.unwrap();
    assert!((area - 1_990_000.0).abs() < 0.01, "{area}");
}
