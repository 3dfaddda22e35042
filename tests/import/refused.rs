//! Rows that are refused: how many may be, the file that they are written to, and that it comes in
//! again once it is corrected.

use super::*;
use diaban::import::{MaxRefused, Severity};

/// Ten wells; those of `bad` have a depth that no well has.
fn wells(bad: &[usize]) -> String {
    let well = |i: usize| {
        let depth = if bad.contains(&i) { -5 } else { 20 };
        let properties =
            format!(r#"{{"code":"G{i}","name_vi":"Giếng {i}","depth_m":{depth},"GHICHU":"số {i}"}}"#);
        feature(&point(550_000.25 + i as f64 * 1000.0, 1_170_000.5), &properties)
    };
    collection(&(0..10).map(well).collect::<Vec<_>>())
}

fn into_file(file: &Path, max: &str, refused: &Path) -> ImportRequest {
    ImportRequest {
        system: Some(crs::system(9210).unwrap()),
        max_refused: max.parse().unwrap(),
        refused: Some(RefusedFile::Named(refused.to_owned())),
        ..request("well", file)
    }
}

/// What GDAL reads of a file, as GeoJSON with the coordinates as they are.
fn read_back(file: &Path) -> serde_json::Value {
    let done = Command::new("ogr2ogr")
        .args(["-f", "GeoJSON", "-lco", "RFC7946=NO", "/vsistdout/"])
        .arg(file)
        .args(["-a_srs", "EPSG:4326", "-oo", "AUTODETECT_TYPE=NO"])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

#[tokio::test]
async fn refused_rows_come_as_a_file_of_the_same_format_and_go_in_once_corrected() {
    for (driver, ending, more) in [
        ("ESRI Shapefile", "shp", &["-a_srs", "EPSG:9210", "-lco", "ENCODING=UTF-8"][..]),
        ("GPKG", "gpkg", &["-a_srs", "EPSG:9210"]),
        ("FlatGeobuf", "fgb", &["-a_srs", "EPSG:9210"]),
        ("GeoJSON", "geojson", &["-a_srs", "EPSG:9210", "-lco", "RFC7946=NO"]),
        ("MapInfo File", "mif", &["-a_srs", "EPSG:9210"]),
    ] {
        let ground = Ground::new().await;
        let json = ground.file("made.geojson", wells(&[3, 7]));
        let file = ground.converted(&json, &format!("gieng.{ending}"), driver, more);
        let back = ground.folder.path().join(format!("sua.{ending}"));
        let mut request = into_file(&file, "1", &back);
        let report = ground.run(&request).await.unwrap();
        assert!(report.is_refused(), "{driver}: 2 rows are more than 1");
        assert_eq!((report.refused, report.run, ground.count("well").await), (2, None, 0), "{driver}");
        request.max_refused = MaxRefused::Percent(20.0);
        let report = ground.run(&request).await.unwrap();
        assert_eq!((report.refused, report.loaded.new), (2, 8), "{driver}: {:?}", report.findings);
        assert_eq!(ground.count("well").await, 8, "{driver}");
        assert_eq!(report.refused_files, std::slice::from_ref(&back), "{driver}");
        let rows = read_back(&back);
        let rows = rows["features"].as_array().unwrap();
        assert_eq!(rows.len(), 2, "{driver}: {rows:?}");
        // A FlatGeobuf has its own order.
        let seventh = rows.iter().find(|r| r["properties"]["code"] == "G7").unwrap();
        if driver != "MapInfo File" {
            assert_eq!(
                seventh["properties"]["GHICHU"], "số 7",
                "{driver}: columns without an attribute stay"
            );
            assert!(
                seventh["properties"]["ly_do"].as_str().unwrap().contains("phải lớn hơn 0 m"),
                "{driver}"
            );
        }
        let x = seventh["geometry"]["coordinates"][0].as_f64().unwrap();
        assert!((x - 557_000.25).abs() < 1e-6, "{driver}: {x}");
        // The agency corrects the cells, and the file goes in as it is.
        let corrected = Command::new("ogr2ogr")
            .args(["-f", driver])
            .arg(ground.folder.path().join(format!("dung.{ending}")))
            .arg(&back)
            .args(["-dialect", "sqlite", "-sql"])
            .arg(format!("SELECT *, 25 AS depth_new FROM \"{}\"", layer_name(&back)))
            .output()
            .unwrap();
        assert!(corrected.status.success(), "{driver}: {}", String::from_utf8_lossy(&corrected.stderr));
        let again = ImportRequest {
            columns: vec!["depth_new=depth_m".parse().unwrap()],
            ..into_file(&ground.folder.path().join(format!("dung.{ending}")), "0", &back)
        };
        let report = ground.run(&again).await.unwrap();
        assert_eq!((report.refused, report.loaded.new), (0, 2), "{driver}: {:?}", report.findings);
        assert!(!report.files[0].unmatched.iter().any(|c| c == "ly_do"), "{driver}");
        assert_eq!(ground.count("well").await, 10, "{driver}");
    }
}

fn layer_name(file: &Path) -> String {
    let told = Command::new("ogrinfo").args(["-q", "-ro"]).arg(file).output().unwrap();
    let text = String::from_utf8(told.stdout).unwrap();
    let line = text.lines().find(|l| l.starts_with("1: ")).unwrap().to_owned();
    line["1: ".len()..].split(" (").next().unwrap().to_owned()
}

#[tokio::test]
async fn a_sheet_keeps_its_separator_and_what_was_typed() {
    let ground = Ground::new().await;
    let sheet = "code;name_vi;depth_m;lon;lat\nG1;Giếng một;12,5;106.4;10.5\nG2;\"a;b\";sâu;106.4;10.6\n\
                 G3;Ba;7;106.4;0.0\n";
    let back = ground.folder.path().join("sua.csv");
    let request = ImportRequest { system: None, ..into_file(&ground.file("gieng.csv", sheet), "2", &back) };
    let report = ground.run(&request).await.unwrap();
    assert_eq!((report.refused, report.loaded.new), (2, 1), "{:?}", report.findings);
    let text = fs::read_to_string(&back).unwrap();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "code;name_vi;depth_m;lon;lat;ly_do");
    assert!(
        lines[1].starts_with("G2;\"a;b\";sâu;106.4;10.6;") && lines[1].contains("không phải là số"),
        "{text}"
    );
    assert!(lines[2].starts_with("G3;Ba;7;106.4;0.0;") && lines[2].contains("nằm ngoài tỉnh"), "{text}");
    fs::write(&back, text.replace("sâu", "9").replace("106.4;0.0", "106.4;10.7")).unwrap();
    let again =
        ImportRequest { system: None, ..into_file(&back, "0", &ground.folder.path().join("nua.csv")) };
    let report = ground.run(&again).await.unwrap();
    assert_eq!(
        (report.refused, report.loaded.new, report.refused_files.len()),
        (0, 2, 0),
        "{:?}",
        report.findings
    );
    assert_eq!(ground.count("well").await, 3);
}

#[tokio::test]
async fn a_double_key_is_refused_after_its_first_row_and_may_be_left_out() {
    let ground = Ground::new().await;
    let sheet = "code,lon,lat\nA,106.4,10.5\nB,106.4,10.6\nA,106.4,10.7\nA,106.4,10.8\n";
    let back = ground.folder.path().join("sua.csv");
    let request = ImportRequest { system: None, ..into_file(&ground.file("g.csv", sheet), "2", &back) };
    let report = ground.run(&request).await.unwrap();
    assert_eq!((report.refused, report.loaded.new), (2, 2), "{:?}", report.findings);
    assert_eq!(ground.positions().await[0].1.y, 10.5);
    let text = fs::read_to_string(&back).unwrap();
    assert!(text.contains("106.4,10.7,") && text.contains("các dòng 2, 4, 5"), "{text}");
    let client = ground.database.client().await;
    let run = client.query_one("SELECT rows_read, rows_refused FROM diaban.import_run", &[]).await.unwrap();
    assert_eq!((run.get::<_, i64>(0), run.get::<_, i64>(1)), (4, 2));
}

#[tokio::test]
async fn a_table_in_an_old_encoding_keeps_its_bytes() {
    let ground = Ground::new().await;
    let json = ground.file("made.geojson", wells(&[0]).replace("số 0", "Khu c«ng nghiÖp §øc Hßa"));
    let more = ["-a_srs", "EPSG:9210", "-lco", "ENCODING=ISO-8859-1", "-select", "code,depth_m,GHICHU"];
    let file = ground.converted(&json, "gieng.shp", "ESRI Shapefile", &more);
    let back = ground.folder.path().join("sua.shp");
    ground.run(&into_file(&file, "1", &back)).await.unwrap();
    let dbf = fs::read(back.with_extension("dbf")).unwrap();
    let tcvn3 = b"Khu c\xabng nghi\xd6p \xa7\xf8c H\xdfa";
    assert!(dbf.windows(tcvn3.len()).any(|w| w == tcvn3));
    assert_eq!(fs::read(back.with_extension("prj")).unwrap(), fs::read(file.with_extension("prj")).unwrap());
}

#[tokio::test]
async fn the_file_that_is_read_is_never_written() {
    let ground = Ground::new().await;
    let file = ground.file("g.csv", "code,lon,lat\nA,106.4,10.5\n");
    let error = ground.run(&into_file(&file, "0", &file)).await.unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("--refused"), "{error}");
    let nowhere = ground.folder.path().join("none/sua.csv");
    let file = ground.file("bad.csv", "code,lon,lat\nA,106.4,10.5\n,106.4,10.5\n");
    let request = ImportRequest { system: None, ..into_file(&file, "1", &nowhere) };
    let error = ground.run(&request).await.unwrap_err().to_string();
    assert!(error.contains("sua.csv") && error.contains("nothing has changed"), "{error}");
    assert_eq!(ground.count("well").await, 0);
}

#[tokio::test]
async fn each_finding_says_its_severity_and_the_value() {
    let ground = Ground::new().await;
    let report =
        ground.import("well", &ground.file("g.csv", "code,depth_m,lon,lat\nA,-1,106.4,10.5\n")).await;
    let report = report.unwrap();
    let found = &report.findings[0];
    assert_eq!((found.severity, found.value.as_deref()), (Severity::Error, Some("-1")));
    assert_eq!(report.counts.get(&(Severity::Error, Rule::Domain)), Some(&1));
}

#[tokio::test]
async fn of_too_many_refused_rows_the_first_are_written_and_all_are_counted() {
    const ROWS: usize = 24_000;
    const MOST: u64 = 1 << 20;
    let ground = Ground::new().await;
    let line = |i: usize| format!("G{i},Giếng {i},-5,560000,1170000\n");
    let table: String = (1..=ROWS).map(line).collect();
    let feature_of = |i: usize| {
        let properties = format!(r#"{{"code":"G{i}","name_vi":"Giếng {i}","depth_m":-5}}"#);
        feature(&point(560_000.5, 1_170_000.5), &properties)
    };
    for (ending, bytes) in [
        ("csv", format!("code,name_vi,depth_m,X,Y\n{table}")),
        ("geojson", collection(&(1..=ROWS).map(feature_of).collect::<Vec<_>>())),
    ] {
        let file = ground.file(&format!("gieng.{ending}"), bytes);
        let back = ground.folder.path().join(format!("sua.{ending}"));
        let whole = into_file(&file, "0", &back);
        let report = ground.run(&whole).await.unwrap();
        let all = fs::metadata(&back).unwrap().len();
        assert!(all > 2 * MOST && report.notes.is_empty(), "{all}: {:?}", report.notes);
        let report = ground.run(&ImportRequest { refused_max: Some(MOST), ..whole }).await.unwrap();
        let size = fs::metadata(&back).unwrap().len();
        // A piece may wait in memory.
        assert!((MOST - 1..MOST + (300 << 10)).contains(&size), "{size} of {all}");
        assert_eq!((report.refused, report.read), (ROWS as u64, ROWS as u64));
        let note = report.notes.iter().find(|note| note.en.contains("rows refused are written out"));
        assert!(note.is_some_and(|note| note.en.contains("1 MB")), "{:?}", report.notes);
        let rows = read_back(&back);
        let rows = rows["features"].as_array().unwrap();
        assert!(rows.len() < ROWS * 2 / 3 && rows[0]["properties"]["code"] == "G1", "{}", rows.len());
        assert!(note.unwrap().en.contains(&rows.len().to_string()), "{note:?} of {}", rows.len());
    }
}
