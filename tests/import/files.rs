//! Files: their formats, and those that are broken.

use super::*;

#[tokio::test]
async fn files_that_are_not_what_they_say_change_nothing() {
    let ground = Ground::new().await;
    let (json, _) = oracle_wells(9210);
    let json_file = ground.file("g.geojson", &json);
    let shp = ground.converted(&json_file, "good.shp", "ESRI Shapefile", &["-a_srs", "EPSG:9210"]);
    let gpkg = ground.converted(&json_file, "good.gpkg", "GPKG", &["-a_srs", "EPSG:9210"]);
    let fgb = ground.converted(&json_file, "good.fgb", "FlatGeobuf", &["-a_srs", "EPSG:9210"]);
    let expect = async |path: PathBuf, part: &str| {
        let text = ground.refused(&request("well", &path)).await;
        assert!(text.contains(part), "{}: {text}", path.display());
        assert!(text.contains(&path.display().to_string()), "{text}");
    };
    expect(ground.folder.path().join("none.shp"), "no such file").await;
    expect(ground.folder.path().to_owned(), "several formats").await;
    expect(PathBuf::from("/dev/zero"), "no regular file").await;
    expect(ground.file("a.geojson", ""), "is empty").await;
    expect(ground.file("a.xyz", "1 2 3"), "no format that is read").await;
    for (name, is) in
        [("a.shp", "JSON"), ("a.gpkg", "JSON"), ("a.fgb", "JSON"), ("a.tab", "JSON"), ("a.kml", "JSON")]
    {
        expect(ground.file(name, &json), is).await;
    }
    expect(ground.file("a.geojson", fs::read(&gpkg).unwrap()), "SQLite").await;
    expect(ground.file("a.csv", fs::read(&gpkg).unwrap()), "SQLite").await;
    expect(ground.file("b.geojson", collection(&[])), "no rows").await;
    expect(ground.file("a.csv", "code,name_vi\nA,b\n"), "no geometry").await;
    expect(ground.file("a.csv", "code,lon,lat\n"), "no rows").await;
    expect(shp.with_extension("dbf"), "give that one").await;
    for extension in ["dbf", "shx"] {
        let lone = ground.folder.path().join(format!("lone_{extension}.shp"));
        for other in ["shp", "shx", "dbf", "prj"].iter().filter(|e| **e != extension) {
            fs::copy(shp.with_extension(other), lone.with_extension(other)).unwrap();
        }
        expect(lone, &format!(".{extension} is missing")).await;
    }
    // Cut at every tenth.
    for (path, whole) in [
        (&json_file, json.as_bytes().to_vec()),
        (&gpkg, fs::read(&gpkg).unwrap()),
        (&fgb, fs::read(&fgb).unwrap()),
    ] {
        for tenth in 1..10 {
            let extension = path.extension().unwrap().to_str().unwrap();
            let cut = ground.file(&format!("cut{tenth}.{extension}"), &whole[..whole.len() * tenth / 10]);
            let text = ground.refused(&request("well", &cut)).await;
            assert!(
                text.contains("cut short") || text.contains("cannot be read"),
                "{extension} {tenth}: {text}"
            );
        }
    }
    for part in ["shp", "dbf", "shx"] {
        for tenth in 1..10 {
            let cut = ground.folder.path().join(format!("cut_{part}.shp"));
            for other in ["shp", "shx", "dbf", "prj"] {
                fs::copy(shp.with_extension(other), cut.with_extension(other)).unwrap();
            }
            let whole = fs::read(shp.with_extension(part)).unwrap();
            fs::write(cut.with_extension(part), &whole[..whole.len() * tenth / 10]).unwrap();
            let text = ground.refused(&request("well", &cut)).await;
            assert!(text.contains("cut short") || text.contains("not one"), "{part} {tenth}: {text}");
        }
    }
}

#[tokio::test]
async fn a_nul_in_a_text_is_found_in_every_format_that_can_hold_one() {
    let ground = Ground::new().await;
    let wells = collection(&[
        feature(&point(106.4, 10.5), r#"{"code":"A","name_vi":"abc"}"#),
        feature(&point(106.4, 10.6), r#"{"code":"B","name_vi":"a\u0000c"}"#),
    ]);
    let file = ground.file("nul.geojson", &wells);
    let text = ground.refused(&request("well", &file)).await;
    assert!(text.contains("row 2") && text.contains("NUL"), "{text}");

    let clean = ground.file("clean.geojson", wells.replace("\\u0000", "b"));
    let shp = ground.converted(&clean, "nul.shp", "ESRI Shapefile", &[]);
    let dbf = shp.with_extension("dbf");
    let mut bytes = fs::read(&dbf).unwrap();
    let at = bytes.windows(3).rposition(|w| w == b"abc").unwrap();
    bytes[at + 1] = 0;
    fs::write(&dbf, bytes).unwrap();
    let text = ground.refused(&request("well", &shp)).await;
    assert!(text.contains("row 2") && text.contains("NUL"), "{text}");

    let gpkg = ground.converted(&clean, "nul.gpkg", "GPKG", &["-nln", "nul"]);
    let sql = "UPDATE nul SET name_vi = 'a' || char(0) || 'c' WHERE code = 'B'";
    let done = Command::new("ogrinfo").arg(&gpkg).args(["-sql", sql]).output().unwrap();
    assert!(done.status.success());
    let text = ground.refused(&request("well", &gpkg)).await;
    assert!(text.contains("row 2") && text.contains("NUL"), "{text}");
}

#[tokio::test]
async fn a_file_with_several_layers_asks_for_one() {
    let ground = Ground::new().await;
    let (json, expected) = oracle_wells(9210);
    let json = ground.file("g.geojson", json);
    let file = ground.converted(&json, "two.gpkg", "GPKG", &["-a_srs", "EPSG:9210", "-nln", "gieng"]);
    ground.converted(&json, "two.gpkg", "GPKG", &["-a_srs", "EPSG:9210", "-nln", "khac", "-update"]);
    let text = ground.refused(&request("well", &file)).await;
    assert!(text.contains("gieng") && text.contains("khac") && text.contains("--sublayer"), "{text}");
    let mut chosen = request("well", &file);
    chosen.sublayer = Some("gieng".to_owned());
    assert_eq!(ground.run(&chosen).await.unwrap().loaded.new, expected.len() as u64);
}

#[tokio::test]
async fn kml_and_well_known_text_are_read() {
    let ground = Ground::new().await;
    let wells = collection(&[feature(&point(106.4, 10.5), r#"{"code":"A","name_vi":"Giếng"}"#)]);
    let kml = ground.converted(&ground.file("a.geojson", &wells), "a.kml", "LIBKML", &[]);
    let report = ground.import("well", &kml).await.unwrap();
    assert_eq!(
        (report.loaded.new, report.files[0].system_from),
        (1, SystemFrom::Format),
        "{:?}",
        report.findings
    );
    assert_eq!(report.files[0].unmatched, ["Name"], "what every KML has is not told");

    let ring = |x: f64| format!("(({x} 1170000,{0} 1170000,{0} 1170500,{x} 1170000))", x + 1000.0);
    let (a, b) = (ring(550e3), ring(560e3));
    let csv = format!("code,WKT\nA,\"MULTIPOLYGON ({a})\"\nB,\"POLYGON {b}\"\n");
    let file = ground.file("plots.csv", csv);
    let text = ground.refused(&request("plot", &file)).await;
    assert!(text.contains("Which central meridian"), "{text}");
    let mut plots = request("plot", &file);
    plots.system = Some(crs::system(9210).unwrap());
    let report = ground.run(&plots).await.unwrap();
    assert_eq!(report.area_m2, Some(500_000.0), "{:?}", report.findings);
    let broken = ground.file("plots.csv", "code,WKT\nA,\"POLYGON ((1 2,\"\n");
    let text = ground.refused(&request("plot", &broken)).await;
    assert!(text.contains("WKT"), "{text}");
}

#[tokio::test]
async fn text_that_cannot_be_read_is_refused_and_not_guessed() {
    let ground = Ground::new().await;
    let wells = collection(&[feature(&point(560_000.0, 1_170_000.0), r#"{"code":"A","name_vi":"Duc Hoa"}"#)]);
    let json = ground.file("a.geojson", &wells);
    let mif =
        ground.converted(&json, "a.mif", "MapInfo File", &["-a_srs", "EPSG:9210", "-dsco", "FORMAT=MIF"]);
    // Bytes that are no letters in any encoding, in a file that says no character set.
    let text = fs::read_to_string(&mif).unwrap();
    let charset = text.lines().find(|l| l.to_lowercase().starts_with("charset")).unwrap();
    fs::write(&mif, text.replace(charset, "Charset \"Neutral\"")).unwrap();
    let mid = mif.with_extension("mid");
    let bytes = fs::read(&mid).unwrap();
    let at = bytes.windows(3).position(|w| w == b"Duc").unwrap();
    let mut legacy = bytes.clone();
    legacy[at..at + 3].copy_from_slice(&[0x81, 0x8d, 0x9d]);
    fs::write(&mid, legacy).unwrap();
    let mut wells = request("well", &mif);
    wells.system = Some(crs::system(9210).unwrap());
    let text = ground.refused(&wells).await;
    assert!(text.contains("it cannot be told how text in it is written"), "{text}");
    wells.encodings = vec!["tcvn3".parse().unwrap()];
    let text = ground.refused(&wells).await;
    assert!(text.contains("row 1") && text.contains("byte 81 at place 1 is no letter of TCVN3"), "{text}");
}

#[tokio::test]
async fn several_files_are_one_import() {
    let ground = Ground::new().await;
    let wells =
        |code: &str, y: f64| collection(&[feature(&point(106.4, y), &format!(r#"{{"code":"{code}"}}"#))]);
    let a = ground.file("a.geojson", wells("A", 10.5));
    let b = ground.file("b.geojson", wells("B", 10.6));
    let twice = ground.file("c.geojson", wells("A", 10.7));
    let far = ground.file("d.geojson", wells("D", 21.0));
    let named = ground.file("e.csv", "code,name_vi,lon,lat\nE,x,106.4,10.5\n");
    let both = |files: &[&PathBuf]| ImportRequest {
        files: files.iter().map(|f| (*f).clone()).collect(),
        layer: "well".to_owned(),
        ..ImportRequest::default()
    };
    let text = ground.refused(&both(&[&a, &twice])).await;
    assert!(text.contains("not unique") && text.contains("c.geojson"), "{text}");
    let text = ground.refused(&both(&[&a, &far])).await;
    assert!(text.contains("d.geojson") && text.contains("outside the province"), "{text}");
    let text = ground.refused(&both(&[&a, &named])).await;
    assert!(text.contains("one after the other"), "{text}");
    let report = ground.run(&both(&[&a, &b])).await.unwrap();
    assert_eq!((report.files.len(), report.loaded.new), (2, 2));
}

#[tokio::test]
async fn deleted_records_of_a_shapefile_are_passed_over_and_still_counted() {
    let ground = Ground::new().await;
    let well = |code: &str, depth: i32| {
        feature(&point(106.4, 10.5), &format!(r#"{{"code":"{code}","depth_m":{depth}}}"#))
    };
    let json = ground.file("w.geojson", collection(&[well("A", 10), well("B", 20), well("C", 30)]));
    let shp = ground.converted(&json, "w.shp", "ESRI Shapefile", &[]);
    let dbf = shp.with_extension("dbf");
    let mut bytes = fs::read(&dbf).unwrap();
    // A record begins with a blank, or with a star where it is deleted; the length of what stands
    // before the first one is in the header (dBASE III).
    let first = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[first] = b'*';
    fs::write(&dbf, &bytes).unwrap();
    let report = ground.import("well", &shp).await.unwrap();
    assert_eq!((report.read, report.loaded.new), (2, 2), "{:?}", report.findings);
    let at = bytes.windows(2).rposition(|w| w == b"30").unwrap();
    bytes[at - 1..at + 2].copy_from_slice(b"999");
    fs::write(&dbf, bytes).unwrap();
    let text = ground.refused(&request("well", &shp)).await;
    assert!(text.starts_with("row 3 Some(\"C\")"), "{text}");
}
