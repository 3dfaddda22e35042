//! What is sent back to an agency and comes again: it says what was settled, and covers nothing that somebody
//! works on.

use super::*;
use diaban::{layer::Language, store::postgis::Mode};

const SHEET: &str = "code,depth_m,lon,lat\n";

fn sheet(rows: &[&str]) -> String {
    format!("{SHEET}{}\n", rows.join("\n"))
}

#[tokio::test]
async fn a_system_that_was_overruled_is_not_stated_again() {
    for (driver, ending) in [
        ("ESRI Shapefile", "shp"),
        ("GPKG", "gpkg"),
        ("FlatGeobuf", "fgb"),
        ("GeoJSON", "geojson"),
        ("MapInfo File", "mif"),
    ] {
        let ground = Ground::new().await;
        let well = |i: u32, depth: i32| {
            let properties = format!(r#"{{"code":"G{i}","name_vi":"Giếng {i}","depth_m":{depth}}}"#);
            feature(&point(550_000.25 + f64::from(i) * 1000.0, 1_170_000.5), &properties)
        };
        let json = ground.file("made.geojson", collection(&[well(1, 20), well(2, -5), well(3, 20)]));
        // The agency's program wrote the neighbour's meridian.
        let more = ["-a_srs", "EPSG:9209", "-lco", "ENCODING=UTF-8"];
        let more = if ending == "shp" { &more[..] } else { &more[..2] };
        let file = ground.converted(&json, &format!("gieng.{ending}"), driver, more);
        let system = Some(crs::system(9210).unwrap());
        let asked = ImportRequest { system, ..allowing("well", &file, "1", ground.folder.path()) };
        let report = ground.run(&asked).await.unwrap();
        assert_eq!((report.refused, report.loaded.new), (1, 2), "{driver}: {:?}", report.findings);
        // As it came back, with the cell corrected, and without a flag.
        let back = &report.refused_files[0];
        let again = ImportRequest {
            constants: vec!["depth_m=25".parse().unwrap()],
            ..allowing("well", back, "0", ground.folder.path())
        };
        if ending == "mif" {
            // It has no datum, and is asked about as it was before.
            let said = ground.run(&again).await.unwrap_err().to_string();
            assert!(said.contains("--crs EPSG:9210"), "{said}");
            continue;
        }
        let report = ground.run(&again).await.unwrap_or_else(|e| panic!("{driver}: {e}"));
        assert_eq!((report.refused, report.loaded.new), (0, 1), "{driver}: {:?}", report.findings);
        assert_eq!(report.files[0].system.code, 9210, "{driver}");
        let at = ground.positions().await;
        let step = (at[1].1.x - at[0].1.x, at[2].1.x - at[1].1.x);
        assert!((step.0 - step.1).abs() < 1e-6, "{driver}: {at:?}");
    }
}

#[tokio::test]
async fn rows_that_somebody_corrects_are_not_written_over() {
    let ground = Ground::new().await;
    let file = ground.file("gieng.csv", sheet(&["A,5,106.4,10.5", "B,-1,106.4,10.6"]));
    let asked = allowing("well", &file, "1", ground.folder.path());
    let rehearsal = ImportRequest { dry_run: true, ..asked.clone() };
    let first = ground.run(&rehearsal).await.unwrap().refused_files;
    assert_eq!(first, [ground.folder.path().join("gieng.refused.csv")]);
    let corrected = fs::read_to_string(&first[0]).unwrap().replace("-1", "7");
    fs::write(&first[0], &corrected).unwrap();
    let second = ground.run(&asked).await.unwrap().refused_files;
    assert_eq!(second, [ground.folder.path().join("gieng.refused-2.csv")]);
    assert_eq!(fs::read_to_string(&first[0]).unwrap(), corrected);
    // A part of an older Shapefile is one, too.
    let json = collection(&[feature(&point(106.4, 10.5), r#"{"code":"A","depth_m":-1}"#)]);
    let json = ground.file("g.geojson", json);
    let shp = ground.converted(&json, "g.shp", "ESRI Shapefile", &["-a_srs", "EPSG:4326"]);
    ground.file("g.refused.dbf", "of somebody");
    let written = ground.run(&allowing("well", &shp, "1", ground.folder.path())).await.unwrap().refused_files;
    assert_eq!(written, [ground.folder.path().join("g.refused-2.shp")]);
    assert_eq!(fs::read(ground.folder.path().join("g.refused.dbf")).unwrap(), b"of somebody");
}

#[tokio::test]
async fn a_key_of_two_rows_is_double_though_one_is_refused() {
    let ground = Ground::new().await;
    // The first row with the key is not at fault: it goes in, and the other learns of it.
    let rows = sheet(&["A,5,106.4,10.5", "B,5,106.4,10.6", "A,-1,106.4,10.7"]);
    let report =
        ground.run(&allowing("well", &ground.file("a.csv", rows), "1", ground.folder.path())).await.unwrap();
    assert_eq!((report.read, report.refused, report.loaded.new), (3, 1, 2), "{:?}", report.findings);
    let told = fs::read_to_string(&report.refused_files[0]).unwrap();
    assert!(told.contains("các dòng 2, 4"), "{told}");
    // Where the first is refused, the other could be what it was meant to be: neither goes in.
    let rows = sheet(&["C,-1,106.4,10.5", "D,5,106.4,10.6", "C,5,106.4,10.7"]);
    let report =
        ground.run(&allowing("well", &ground.file("c.csv", rows), "2", ground.folder.path())).await.unwrap();
    assert_eq!((report.read, report.refused, report.loaded.new), (3, 2, 1), "{:?}", report.findings);
    let codes: Vec<String> = ground.positions().await.into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["A", "B", "D"]);
    let told = fs::read_to_string(&report.refused_files[0]).unwrap();
    assert_eq!(told.matches("các dòng 2, 4").count(), 1, "{told}");
}

#[tokio::test]
async fn of_many_rows_too() {
    const MANY: u32 = 20_500;
    let well = |i: u32, depth: i32| {
        let (lon, lat) = (106.0 + f64::from(i % 200) * 1e-3, 10.6 + f64::from(i / 200) * 1e-3);
        format!("G{i},{depth},{lon:.6},{lat:.6}")
    };
    let rows = |depth: i32| {
        let mut rows: Vec<String> = (0..MANY).map(|i| well(i, depth)).collect();
        rows[7] = well(7, -1);
        rows.push(well(7, depth));
        sheet(&rows.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let ground = Ground::new().await;
    // Into an empty layer, then a merge with what it holds.
    for depth in [5, 6] {
        let file = ground.file("many.csv", rows(depth));
        let report = ground.run(&allowing("well", &file, "2", ground.folder.path())).await.unwrap();
        let done = report.loaded.new + report.loaded.changed;
        assert_eq!((report.refused, done), (2, u64::from(MANY) - 1), "{:?}", report.findings);
        let held = ground.positions().await;
        assert!(held.iter().all(|(code, _)| code != "G7"), "{depth}");
    }
}

#[tokio::test]
async fn a_load_that_is_tried_again_leaves_one_file_and_one_that_fails_none() {
    let ground = Ground::new().await;
    let file = ground.file("gieng.csv", sheet(&["A,5,106.4,10.5"]));
    ground.import("well", &file).await.unwrap();
    let other = ground.database.client().await;
    other.batch_execute("BEGIN; UPDATE gis.well SET pumps = 9").await.unwrap();
    let commit = ground.commits_when_waited_for(&other);
    let folder = ground.folder.path().join("back");
    fs::create_dir(&folder).unwrap();
    let rows = sheet(&["B,5,106.4,10.6", "C,-1,106.4,10.7"]);
    let appending = ImportRequest {
        mode: Mode::Append,
        ..allowing("well", &ground.file("them.csv", rows), "1", &folder)
    };
    let (report, ()) = tokio::join!(ground.run(&appending), commit);
    let report = report.unwrap();
    assert_eq!((report.refused, report.loaded.new), (1, 1), "{:?}", report.findings);
    let left = || fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    assert_eq!((left(), &report.refused_files), (vec![folder.join("them.refused.csv")], &left()));
    fs::remove_file(&left()[0]).unwrap();
    // What the table refuses ends it.
    ground.database.execute("ALTER TABLE gis.well ADD CONSTRAINT few CHECK (depth_m < 8)").await;
    let rows = sheet(&["D,9,106.4,10.6", "E,-1,106.4,10.7"]);
    let failing = allowing("well", &ground.file("hong.csv", rows), "1", &folder);
    let said = ground.run(&failing).await.unwrap_err().to_string();
    assert!(said.contains("few") && left().is_empty(), "{said}: {:?}", left());
}

#[tokio::test]
async fn where_nobody_knows_whether_rows_were_kept_it_is_said_where_the_refused_ones_are() {
    let ground = Ground::new().await;
    // The database ends the session within COMMIT.
    ground
        .database
        .execute(
            "CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'; \
             CREATE CONSTRAINT TRIGGER leave AFTER INSERT ON diaban.import_run DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION leave()",
        )
        .await;
    let folder = ground.folder.path().join("back");
    fs::create_dir(&folder).unwrap();
    let delivery = ground.file("gieng.csv", sheet(&["A,5,106.4,10.5", "B,-1,106.4,10.6"]));
    let said = ground.run(&allowing("well", &delivery, "1", &folder)).await.unwrap_err().words();
    let refused = folder.join("gieng.refused.csv");
    assert!(fs::read_to_string(&refused).unwrap().contains("B,-1"));
    let place = refused.display().to_string();
    assert!(said.en.contains("not known whether") && said.en.ends_with(&place), "{}", said.en);
    assert!(said.vi.contains("chưa rõ") && said.vi.ends_with(&place), "{}", said.vi);
}

#[tokio::test]
async fn files_of_one_delivery_in_two_systems_are_held_against_each_other() {
    let ground = Ground::new().await;
    let made = |name: &str, code: u32, system: &str| {
        let well = |i: u32| {
            let properties = format!(r#"{{"code":"W{code}-{i}"}}"#);
            feature(&point(550_000.25 + f64::from(i) * 1000.0, 1_170_000.5), &properties)
        };
        let json = ground.file("made.geojson", collection(&[well(1), well(2)]));
        ground.converted(&json, name, "GPKG", &["-a_srs", system])
    };
    let (north, south) = (made("bac.gpkg", 1, "EPSG:9209"), made("nam.gpkg", 2, "EPSG:9210"));
    let both = ImportRequest { files: vec![north.clone(), south.clone()], ..request("well", &north) };
    let said = ground.refused(&both).await;
    assert!(said.contains("nam.gpkg") && said.contains("bac.gpkg"), "{said}");
    assert!(said.contains("--crs EPSG:9210") && said.contains("one after the other"), "{said}");
    // Each by itself may be right, and so may both in one.
    for file in [&north, &south] {
        assert_eq!(ground.import("well", file).await.unwrap().loaded.new, 2);
    }
    let system = Some(crs::system(9210).unwrap());
    let report = ground.run(&ImportRequest { system, ..both }).await.unwrap();
    assert_eq!(report.loaded.changed, 2, "{:?}", report.loaded);
}

#[tokio::test]
async fn a_row_refused_for_its_key_is_not_written_over_the_one_that_has_it() {
    let ground = Ground::new().await;
    let sheet = |rows: &[&str]| format!("code,depth_m,lon,lat,ly_do\n{}\n", rows.join("\n"));
    let told = "\"khoa bi trung: cac dong 2, 4 cung co khoa nay\"";
    let first = ground.file("a.csv", sheet(&["G1,5,106.4,10.5,", "G2,6,106.5,10.5,", "G1,7,106.6,10.5,"]));
    let report = ground.run(&allowing("well", &first, "1", ground.folder.path())).await.unwrap();
    assert_eq!((report.loaded.new, report.refused), (2, 1), "{:?}", report.findings);
    // Sent again with the same key, though another row was loaded under it.
    let same = ground.file("b.csv", sheet(&[&format!("G1,7,106.6,10.5,{told}")]));
    let said = ground.refused(&request("well", &same)).await;
    assert!(said.contains("it is still that of feature") && said.contains("ly_do"), "{said}");
    // With one of its own it is loaded, and once more it is unchanged.
    let own = ground.file("c.csv", sheet(&[&format!("G3,7,106.6,10.5,{told}")]));
    for expected in [(1, 0), (0, 1)] {
        let done = ground.import("well", &own).await.unwrap().loaded;
        assert_eq!((done.new, done.unchanged), expected);
    }
    // Whoever means it says so.
    let meant = ground.file("d.csv", sheet(&["G1,7,106.6,10.5,"]));
    assert_eq!(ground.import("well", &meant).await.unwrap().loaded.changed, 1);
}

#[tokio::test]
async fn nor_in_a_shapefile_nor_in_a_second_round_in_either_language() {
    let well = |code: &str, depth: i32, x: f64| {
        let named = format!(r#"{{"code":"{code}","name_vi":"Giếng Đức Hòa","depth_m":{depth}}}"#);
        feature(&point(x, 10.5), &named)
    };
    for (driver, ending) in [("ESRI Shapefile", "shp"), ("MapInfo File", "mif"), ("GPKG", "gpkg")] {
        for reasons_in in [Language::Vi, Language::En] {
            let ground = Ground::new().await;
            let wells = [well("G1", 5, 106.4), well("G2", 6, 106.5), well("G1", 7, 106.6)];
            let json = ground.file("sent.geojson", collection(&wells));
            let more: &[&str] = if ending == "gpkg" { &[] } else { &["-lco", "ENCODING=UTF-8"] };
            let mut file = ground.converted(&json, &format!("sent.{ending}"), driver, more);
            for round in 0..3 {
                let again =
                    ImportRequest { reasons_in, ..allowing("well", &file, "1", ground.folder.path()) };
                let report = ground.run(&again).await.unwrap();
                let loaded = if round == 0 { 2 } else { 0 };
                let done = (report.refused, report.loaded.new, report.loaded.changed);
                assert_eq!(done, (1, loaded, 0), "{ending} {reasons_in:?} {round}: {:?}", report.findings);
                file.clone_from(&report.refused_files[0]);
            }
        }
    }
}

#[tokio::test]
async fn that_a_key_was_double_is_not_forgotten_while_something_else_is_mended() {
    let ground = Ground::new().await;
    let lines = "code,depth_m,lon,lat\nG1,5,106.4,10.5\nG1,-7,106.6,10.5\nG2,6,106.5,10.5\n";
    let mut file = ground.file("a.csv", lines);
    for round in 0..2 {
        let report = ground.run(&allowing("well", &file, "2", ground.folder.path())).await.unwrap();
        let loaded = if round == 0 { 2 } else { 0 };
        assert_eq!((report.refused, report.loaded.new), (1, loaded), "{round}: {:?}", report.findings);
        file.clone_from(&report.refused_files[0]);
    }
    let mended = fs::read_to_string(&file).unwrap().replace("G1,-7", "G1,7");
    let mended = ground.file("b.csv", mended);
    let said = ground.refused(&request("well", &mended)).await;
    assert!(said.contains("it is still that of feature"), "{said}");
}
