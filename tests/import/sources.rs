//! What agencies send beside single files: archives, folders, sheets with corners, drawings.

use super::*;

/// Corners of two fields near Tân An, EPSG:9210: northing (X) and easting (Y).
const CORNERS: &str = "code,note,X,Y\n\
    F1,Ruộng,1165000,590000\n,,1165000,590100\n,,1165100,590100\n,,1165100,590000\n\
    F2,,1165000,590200\nF2,Vườn,1165000,590300\nF2,,1165100,590300\n";

/// A drawing of a closed line on the layer `LUA` with a text in it, another on `KHUNG`, and an open one.
pub fn drawing() -> String {
    let line = |layer: &str, closed: u8, corners: &[(f64, f64)]| {
        let corners: String = corners.iter().map(|(x, y)| format!("10\n{x}\n20\n{y}\n")).collect();
        format!(
            "0\nLWPOLYLINE\n5\n1{closed}\n8\n{layer}\n62\n3\n100\nAcDbPolyline\n90\n4\n70\n{closed}\n{corners}"
        )
    };
    let square = |x: f64, side: f64| {
        [(x, 1.165e6), (x + side, 1.165e6), (x + side, 1.165e6 + side), (x, 1.165e6 + side)]
    };
    let field = line("LUA", 1, &square(590_000.0, 100.0));
    let frame = line("KHUNG", 1, &square(589_900.0, 900.0));
    let open = line("LUA", 0, &square(590_300.0, 50.0));
    let text = "0\nTEXT\n5\n1B\n8\nCHU\n10\n590050\n20\n1165050\n40\n5\n1\nR-01\n";
    format!("0\nSECTION\n2\nENTITIES\n{field}{frame}{open}{text}0\nENDSEC\n0\nEOF\n")
}

fn zipped(ground: &Ground, name: &str, parts: &[(&str, PathBuf)]) -> PathBuf {
    use std::io::Write as _;
    let path = ground.folder.path().join(name);
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    for (name, part) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(part).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    path
}

/// Code, note and area in hectares of each plot.
pub async fn plots(ground: &Ground) -> Vec<(String, Option<String>, f64)> {
    let client = ground.database.client().await;
    let sql = "SELECT code, note, round(ST_Area(ST_Transform(geom, 32648))) FROM gis.plot ORDER BY code";
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

pub fn of_9210(layer: &str, file: &Path) -> ImportRequest {
    ImportRequest { system: Some(crs::system(9210).unwrap()), ..request(layer, file) }
}

#[tokio::test]
async fn archives_and_folders_of_shapefiles_are_read_and_named_as_they_were_sent() {
    let ground = Ground::new().await;
    let (json, expected) = oracle_wells(9210);
    let json = ground.file("g.geojson", json);
    let shp = ground.converted(&json, "gieng.shp", "ESRI Shapefile", &["-a_srs", "EPSG:9210"]);
    let parts: Vec<(String, PathBuf)> = ["shp", "shx", "dbf", "prj"]
        .iter()
        .map(|ending| (format!("Dữ liệu/gieng.{ending}"), shp.with_extension(ending)))
        .collect();
    let parts: Vec<(&str, PathBuf)> =
        parts.iter().map(|(name, path)| (name.as_str(), path.clone())).collect();
    let archive = zipped(&ground, "gieng.zip", &parts);
    let report = ground.import("well", &archive).await.unwrap();
    assert_eq!(report.files[0].path, archive.join("gieng.shp"));
    assert_within_5_mm(&ground.positions().await, &expected, "zip");

    // The same in two files of a folder; a readme beside them is no matter.
    let folder = ground.folder.path().join("folder");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("readme.txt"), "từ Sở").unwrap();
    for ending in ["shp", "shx", "dbf", "prj"] {
        fs::copy(shp.with_extension(ending), folder.join(format!("a.{ending}"))).unwrap();
    }
    let report = ground.import("well", &folder).await.unwrap();
    assert_eq!((report.loaded.unchanged, report.loaded.new), (expected.len() as u64, 0));

    // Folders in it are not looked into, and that is said.
    fs::create_dir(folder.join("Xã Mỹ Hạnh")).unwrap();
    fs::create_dir(folder.join(".git")).unwrap();
    let report = ground.import("well", &folder).await.unwrap();
    assert!(
        report.notes.iter().any(|n| n.en.ends_with("are not read: Xã Mỹ Hạnh; give them by name")),
        "{:?}",
        report.notes
    );
    let outer = ground.folder.path().join("outer");
    fs::create_dir_all(outer.join("2025")).unwrap();
    let text = ground.refused(&request("well", &outer)).await;
    assert!(text.contains("holds no file that is read") && text.contains("not read: 2025"), "{text}");

    // What is wrong in an archive is told by its name, and nothing is left behind.
    let cut = zipped(&ground, "cut.zip", &parts[..2]);
    let text = ground.refused(&request("well", &cut)).await;
    assert!(text.contains(&cut.join("gieng.shp").display().to_string()) && text.contains(".dbf"), "{text}");
}

#[tokio::test]
async fn kmz_gml_and_workbooks_are_read() {
    let ground = Ground::new().await;
    let wells = [("A1", 106.40, 10.53), ("A2", 106.41, 10.54)];
    let features = wells.map(|(code, x, y)| feature(&point(x, y), &format!(r#"{{"code":"{code}"}}"#)));
    let json = ground.file("w.geojson", collection(&features));
    let expected: Vec<(f64, f64)> = wells.iter().map(|(_, x, y)| (*x, *y)).collect();
    let kml = ground.converted(&json, "w.kml", "LIBKML", &[]);
    let kmz = zipped(&ground, "w.kmz", &[("doc.kml", kml)]);
    let gml = ground.converted(&json, "w.gml", "GML", &["-a_srs", "EPSG:4326"]);
    let sheet = ground.file("w.csv", "code,lon,lat,depth_m\nA1,106.40,10.53,12.5\nA2,106.41,10.54,\n");
    let workbook = ground.converted(&sheet, "w.xlsx", "XLSX", &["-oo", "AUTODETECT_TYPE=YES"]);
    for file in [kmz, gml, workbook] {
        let loaded = ground.import("well", &file).await;
        assert!(loaded.is_ok(), "{}: {loaded:?}", file.display());
        assert_within_5_mm(&ground.positions().await, &expected, &file.display().to_string());
        ground.database.client().await.execute("DELETE FROM gis.well", &[]).await.unwrap();
    }
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>"#;
    let text = ground.refused(&request("well", &ground.file("bomb.gml", bomb))).await;
    assert!(text.contains("DOCTYPE"), "{text}");
}

#[tokio::test]
async fn rows_of_corners_are_areas() {
    let ground = Ground::new().await;
    let csv = ground.file("thua.csv", CORNERS);
    let report = ground.run(&of_9210("plot", &csv)).await.unwrap();
    assert_eq!((report.read, report.loaded.new), (2, 2));
    let expected = [("F1", Some("Ruộng"), 10_000.0), ("F2", Some("Vườn"), 5_000.0)];
    let expected = expected.map(|(code, note, m2)| (code.to_owned(), note.map(str::to_owned), m2));
    let found = plots(&ground).await;
    for ((code, note, m2), expected) in found.iter().zip(&expected) {
        assert_eq!((code, note), (&expected.0, &expected.1));
        // UTM's scale on the ground, 0.9997 here, is not that of 9210.
        assert!((m2 / expected.2 - 1.0).abs() < 1e-3, "{code}: {m2}");
    }
    let workbook = ground.converted(&csv, "thua.xlsx", "XLSX", &[]);
    let report = ground.run(&of_9210("plot", &workbook)).await.unwrap();
    assert_eq!((report.loaded.unchanged, report.loaded.new), (2, 0));

    let apart = CORNERS.replace("F2,Vườn", "F1,Vườn");
    let text = ground.refused(&of_9210("plot", &ground.file("apart.csv", apart))).await;
    assert!(text.contains("row 7") && text.contains("one after the other"), "{text}");
    let two = "code,X,Y\nF3,1165000,590000\nF3,1165000,590100\n";
    let text = ground.refused(&of_9210("plot", &ground.file("two.csv", two))).await;
    assert!(text.contains("has 2 corners"), "{text}");
    // A corner that is left blank is not left out: the rest would be another area.
    let corners = ["1165000,590000", "1165000,590100", "1165100,590100", "1165100,590000"];
    for (blank, said) in
        [(",", "the corner has no coordinates"), ("1165100, ", "column Y is empty, and X is not")]
    {
        let rows: String =
            [corners[0], corners[1], blank, corners[3]].map(|xy| format!("F4,{xy}\n")).concat();
        let file = ground.file("blank.csv", format!("code,X,Y\n{rows}"));
        let text = ground.refused(&of_9210("plot", &file)).await;
        assert!(text.contains("row 4: ") && text.contains(said), "{text}");
    }
}

#[tokio::test]
async fn closed_lines_of_a_drawing_are_areas_with_the_text_in_them() {
    let rule = "drawing = { columns = { text = \"code\", layer = \"note\" }, values = { layer = { LUA = \"Lúa\" } } }\n";
    let plot = LAYERS[1].replacen("attributes = [", &format!("{rule}attributes = ["), 1);
    let ground =
        Ground::of(Catalog::new(vec![crate::support::layer(&plot)], AgencyRegister::default())).await;
    let dxf = ground.file("ban_ve.dxf", drawing());
    let report = ground.run(&of_9210("plot", &dxf)).await.unwrap();
    // The frame is on another layer, one line is open, and the text is no area.
    assert_eq!((report.loaded.new, report.files[0].left_out), (1, 3));
    let found = plots(&ground).await;
    assert_eq!((found[0].0.as_str(), found[0].1.as_deref()), ("R-01", Some("Lúa")));
    assert!((found[0].2 / 10_000.0 - 1.0).abs() < 1e-3, "{found:?}");

    // Without a word of the system it is asked for.
    let text = ground.refused(&request("plot", &dxf)).await;
    assert!(text.contains("--crs"), "{text}");
    let two = drawing()
        .replace("0\nENDSEC", "0\nTEXT\n5\n1C\n8\nCHU\n10\n590060\n20\n1165060\n40\n5\n1\nR-02\n0\nENDSEC");
    let text = ground.refused(&of_9210("plot", &ground.file("two.dxf", two))).await;
    assert!(text.contains("R-01") && text.contains("R-02"), "{text}");

    // A design file has levels in place of layers.
    let plot = LAYERS[1].replacen(
        "attributes = [",
        "drawing = { columns = { text = \"code\" } }\nattributes = [",
        1,
    );
    let ground =
        Ground::of(Catalog::new(vec![crate::support::layer(&plot)], AgencyRegister::default())).await;
    let dxf = ground.file(
        "mot.dxf",
        drawing().replace(
            "KHUNG\n62\n3\n100\nAcDbPolyline\n90\n4\n70\n1",
            "KHUNG\n62\n3\n100\nAcDbPolyline\n90\n4\n70\n0",
        ),
    );
    let dgn = ground.folder.path().join("mot.dgn");
    let _ = Command::new("ogr2ogr").args(["-f", "DGN"]).arg(&dgn).arg(&dxf).output().unwrap();
    let report = ground.run(&of_9210("plot", &dgn)).await.unwrap();
    assert_eq!(report.loaded.new, 1);
    assert_eq!(plots(&ground).await[0].0, "R-01");
}

/// Areas of a design file, each on a level of its own, with a text in each that stands for as many bytes.
fn design_file(ground: &Ground, texts: &[Vec<u8>]) -> PathBuf {
    let mut csv = "Type,Level,Text,WKT\n".to_owned();
    let stand_in = |at: usize| char::from(b'A' + at as u8).to_string().repeat(texts[at].len());
    for at in 0..texts.len() {
        let (w, s) = (590_000 + at * 200, 1_165_000);
        let (e, n) = (w + 100, s + 100);
        let ring = format!("{w} {s},{e} {s},{e} {n},{w} {n},{w} {s}");
        let _ = writeln!(
            csv,
            ",{},,\"POLYGON(({ring}))\"\n,9,{},\"POINT({} {})\"",
            at + 1,
            stand_in(at),
            w + 50,
            s + 50
        );
    }
    let csv = ground.file("thua_dat.csv", csv);
    let dgn = ground.folder.path().join("thua_dat.dgn");
    let made = Command::new("ogr2ogr").args(["-f", "DGN"]).arg(&dgn).arg(&csv).output().unwrap();
    let mut bytes = fs::read(&dgn).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&made.stderr)));
    for (at, text) in texts.iter().enumerate() {
        let stand_in = stand_in(at).into_bytes();
        let from = bytes.windows(stand_in.len()).position(|w| w == stand_in).unwrap();
        bytes[from..from + text.len()].copy_from_slice(text);
    }
    fs::write(&dgn, bytes).unwrap();
    dgn
}

#[tokio::test]
async fn texts_of_a_design_file_in_fonts_of_before_unicode_come_whole() {
    use diaban::legacy_text::{Encoding, encode};
    const NAMES: [&str; 4] = ["Thửa đất Đức Hòa", "Mỹ Hạnh Bắc", "Hựu Thạnh", "Giếng Cần Giuộc"];
    let rule = "drawing = { columns = { layer = \"code\", text = \"note\" } }\n";
    let plot = LAYERS[1].replacen("attributes = [", &format!("{rule}attributes = ["), 1);
    for encoding in [Encoding::Tcvn3, Encoding::Vni, Encoding::Windows1258] {
        let ground =
            Ground::of(Catalog::new(vec![crate::support::layer(&plot)], AgencyRegister::default())).await;
        let dgn = design_file(&ground, &NAMES.map(|name| encode(name, encoding).unwrap()));
        let report = ground.run(&of_9210("plot", &dgn)).await.unwrap();
        assert_eq!((report.loaded.new, report.refused), (4, 0), "{encoding:?}: {:?}", report.findings);
        let names: Vec<Option<String>> = plots(&ground).await.into_iter().map(|(_, note, _)| note).collect();
        assert_eq!(names, NAMES.map(|name| Some(name.to_owned())), "{encoding:?}");
        // What it was read as is told, with what its words were.
        let (column, text) = &report.files[0].texts[0];
        assert_eq!((column.as_str(), text.reading.encoding()), ("text", encoding));
        assert!(text.samples.iter().any(|(_, after)| after == NAMES[0]), "{text:?}");
    }
    // Rows refused keep their texts.
    let short = plot.replace(
        "{ vi = \"Ghi chú\", en = \"Note\" }",
        "{ vi = \"Ghi chú\", en = \"Note\" }, max_length = 12",
    );
    let ground =
        Ground::of(Catalog::new(vec![crate::support::layer(&short)], AgencyRegister::default())).await;
    let dgn = design_file(&ground, &NAMES.map(|name| encode(name, Encoding::Tcvn3).unwrap()));
    let mut asked = of_9210("plot", &dgn);
    asked.refused = Some(import::RefusedFile::Beside(ground.folder.path().to_owned()));
    let report = ground.run(&asked).await.unwrap();
    assert_eq!(report.refused, 2, "{:?}", report.findings);
    let written = rusqlite::Connection::open(&report.refused_files[0]).unwrap();
    let sql = "SELECT group_concat(Text || ': ' || ly_do, '; ') FROM \"thua_dat.refused\"";
    let told: String = written.query_row(sql, [], |row| row.get(0)).unwrap();
    assert!(told.contains("Thửa đất Đức Hòa: note: `Thửa đất Đức Hòa` có 16 ký tự"), "{told}");
    // Corrected there, they go in by the levels and texts of the drawing.
    drop(written);
    let sql = "UPDATE \"thua_dat.refused\" SET text = 'Đức Hòa'";
    let done = Command::new("ogrinfo").arg(&report.refused_files[0]).args(["-sql", sql]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let report = ground.run(&of_9210("plot", &report.refused_files[0])).await.unwrap();
    assert_eq!((report.loaded.new, report.refused), (2, 0), "{:?}", report.findings);
}
