//! What stood in a row that is refused stands in the file that is sent back, whatever its columns are called and
//! whatever it is written in.

use super::{sheets::workbook, *};

/// What GDAL says of the rows of a file, a line for each value.
fn told(file: &Path) -> String {
    let told = Command::new("ogrinfo").args(["-ro", "-al", "-q"]).arg(file).output().unwrap();
    String::from_utf8_lossy(&told.stdout).into_owned()
}

impl Ground {
    async fn sent_back(&self, request: &ImportRequest) -> PathBuf {
        let report = self.run(request).await.unwrap();
        assert_eq!((report.refused, report.refused_files.len()), (1, 1), "{:?}", report.findings);
        report.refused_files[0].clone()
    }
}

#[tokio::test]
async fn two_columns_of_one_name_keep_their_values() {
    let ground = Ground::new().await;
    let rows: [&[&str]; 3] = [
        &["code", "Ghi chú", "Ghi chú", "depth_m", "lon", "lat"],
        &["G1", "trước", "sau", "5", "106.4", "10.5"],
        &["G2", "cũ", "mới", "-1", "106.4", "10.6"],
    ];
    let lines: Vec<String> = rows.iter().map(|cells| cells.join(";")).collect();
    let sheet = ground.file("a.csv", format!("{}\n", lines.join("\n")));
    let back = ground.sent_back(&allowing("well", &sheet, "1", ground.folder.path())).await;
    let text = fs::read_to_string(&back).unwrap();
    assert!(text.starts_with("\u{feff}code;Ghi chú;Ghi chú;depth_m;lon;lat;ly_do\n"), "{text}");
    assert!(text.contains("\nG2;cũ;mới;-1;106.4;10.6;"), "{text}");
    let book = workbook(&ground, "a.xlsx", &rows);
    let back = ground.sent_back(&allowing("well", &book, "1", ground.folder.path())).await;
    let text = told(&back);
    assert!(text.contains(" = cũ") && text.contains(" = mới"), "{text}");
    // Names that differ in capitals alone are two in some formats, and one in others.
    let wells = [("G1", 5, 106.4), ("G2", -1, 106.5)].map(|(code, depth, x)| {
        let named = format!(r#"{{"code":"{code}","Ten":"hoa","TEN":"thuong","depth_m":{depth}}}"#);
        feature(&point(x, 10.5), &named)
    });
    let json = ground.file("b.geojson", collection(&wells));
    let shapes = ground.converted(&json, "b.shp", "ESRI Shapefile", &["-a_srs", "EPSG:4326"]);
    // Other programs write two of one name.
    let table = shapes.with_extension("dbf");
    let mut bytes = fs::read(&table).unwrap();
    let at = bytes.windows(4).position(|name| name == b"Ten\0").unwrap();
    bytes[at..at + 4].copy_from_slice(b"TEN\0");
    fs::write(&table, bytes).unwrap();
    for file in [json, shapes] {
        let back = ground.sent_back(&allowing("well", &file, "1", ground.folder.path())).await;
        let text = told(&back);
        assert!(text.contains(" = hoa") && text.contains(" = thuong"), "{}: {text}", file.display());
    }
}

#[tokio::test]
async fn a_row_with_a_cell_too_many_keeps_it() {
    let ground = Ground::new().await;
    let sheet = "code,depth_m,lon,lat\nG1,5,106.4,10.5\nG2,12,5,106.4,10.6\n";
    let asked = allowing("well", &ground.file("a.csv", sheet), "1", ground.folder.path());
    let back = ground.sent_back(&asked).await;
    let text = fs::read_to_string(&back).unwrap();
    assert!(text.contains("\nG2,12,5,106.4,10.6,"), "{text}");
    // Corrected it goes in.
    let corrected = ground.file("b.csv", text.replace("12,5", "\"12,5\""));
    assert_eq!(ground.import("well", &corrected).await.unwrap().loaded.new, 1);
    assert_eq!(ground.stored().await[1].1.as_deref(), Some("12.50"));
}

#[tokio::test]
async fn rows_beyond_those_that_can_be_named_are_not_read_with_cells_left_out() {
    let ground = Ground::new().await;
    let mut sheet = String::from("code,depth_m,lon,lat\n");
    for row in 0..1200 {
        let _ = writeln!(sheet, "G{row},12,5,106.4,10.6");
    }
    let file = ground.file("a.csv", sheet);
    let asked = ImportRequest { max_refused: "100%".parse().unwrap(), ..request("well", &file) };
    let text = ground.refused(&asked).await;
    assert!(text.contains("more than 1000 rows") && text.contains("has 5 cells"), "{text}");
}

#[tokio::test]
async fn columns_with_the_names_of_a_geopackages_own_and_lists_keep_their_values() {
    let ground = Ground::new().await;
    let wells = [("G1", 5, 106.4), ("G2", -1, 106.5)].map(|(code, depth, x)| {
        let named =
            format!(r#"{{"code":"{code}","fid_cu":"K7","geom_cu":"mốc","depth_m":{depth},"so":[3,5,8]}}"#);
        feature(&point(x, 10.5), &named)
    });
    let json = ground.file("a.geojson", collection(&wells));
    let back = ground.sent_back(&allowing("well", &json, "1", ground.folder.path())).await;
    let text = fs::read_to_string(&back).unwrap();
    assert!(text.replace(' ', "").contains("[3,5,8]"), "{text}");
    // A MapInfo table goes out as a GeoPackage.
    let sql = "SELECT code, depth_m, fid_cu AS FID, geom_cu AS geom FROM a";
    let table = ground.converted(&json, "a.tab", "MapInfo File", &["-a_srs", "EPSG:4326", "-sql", sql]);
    let asked = ImportRequest {
        system: Some(crs::system(4326).unwrap()),
        ..allowing("well", &table, "1", ground.folder.path())
    };
    let text = told(&ground.sent_back(&asked).await);
    assert!(text.to_lowercase().contains("fid (string) = k7"), "{text}");
    assert!(text.contains("geom (String) = m"), "{text}");
}

#[tokio::test]
async fn a_column_of_theirs_called_as_ours_is_kept_where_it_is_read() {
    let ground = Ground::new().await;
    let sheet = "code,ly_do,depth_m,lon,lat\nG1,khoan mới,5,106.4,10.5\nG2,khoan lại,-1,106.4,10.6\n";
    for driver in ["CSV", "GPKG"] {
        let file = ground.file("a.csv", sheet);
        let file = match driver {
            "CSV" => file,
            _ => {
                let places =
                    ["-oo", "X_POSSIBLE_NAMES=lon", "-oo", "Y_POSSIBLE_NAMES=lat", "-a_srs", "EPSG:4326"];
                ground.converted(&file, "a.gpkg", driver, &places)
            }
        };
        let columns = vec!["ly_do=name_vi".parse().unwrap()];
        let asked = ImportRequest { columns, ..allowing("well", &file, "1", ground.folder.path()) };
        let back = ground.sent_back(&asked).await;
        // Sent again as it is, it is still what they wrote.
        let asked = ImportRequest {
            constants: vec!["depth_m=7".parse().unwrap()],
            ..ImportRequest { files: vec![back], max_refused: "0".parse().unwrap(), ..asked }
        };
        let report = ground.run(&asked).await.unwrap();
        assert_eq!((report.refused, report.loaded.new), (0, 1), "{driver}: {:?}", report.findings);
        let name = "SELECT name_vi FROM gis.well WHERE code = 'G2'";
        assert_eq!(ground.database.text(name).await.as_deref(), Some("khoan lại"), "{driver}");
        ground.emptied().await;
    }
}

#[tokio::test]
async fn a_reason_is_read_in_a_file_that_cannot_hold_vietnamese() {
    for (encoding, column, text, said) in [
        ("CP1252", "ghi_chu", "Bình Công Trì", None),
        ("ISO-8859-1", "ghi_chu", "Khu c«ng nghiÖp §øc Hßa", None),
        // It says one encoding and is in another: whoever opens it sees what it says.
        ("UTF-8", "name_vi", "Giếng Đức Hòa", Some("1252")),
    ] {
        let ground = Ground::new().await;
        let wells = [("G1", 5, 106.4), ("G2", 6, 106.5), ("G1", 7, 106.6)].map(|(code, depth, x)| {
            let named = format!(r#"{{"code":"{code}","{column}":"{text}","depth_m":{depth}}}"#);
            feature(&point(x, 10.5), &named)
        });
        let json = ground.file("a.geojson", collection(&wells));
        let option = format!("ENCODING={encoding}");
        let more = ["-lco", option.as_str(), "-a_srs", "EPSG:4326"];
        let file = ground.converted(&json, "a.shp", "ESRI Shapefile", &more);
        if let Some(said) = said {
            fs::write(file.with_extension("cpg"), said).unwrap();
        }
        let back = ground.sent_back(&allowing("well", &file, "1", ground.folder.path())).await;
        let table = fs::read(back.with_extension("dbf")).unwrap();
        let has = |sign: &[u8]| table.windows(sign.len()).any(|window| window == sign);
        assert!(has(b"khoa bi trung: cac dong 1, 3 cung co khoa nay"), "{encoding}");
        // It is known, also when a program has saved it with letters lost.
        let again = ground.sent_back(&allowing("well", &back, "1", ground.folder.path())).await;
        let table = fs::read(again.with_extension("dbf")).unwrap();
        let (marked, lost) = (b"khoa bi trung".as_slice(), b"kh?a b? tr?ng".as_slice());
        let at = table.windows(marked.len()).position(|window| window == marked).unwrap();
        let other = [&table[..at], lost, &table[at + marked.len()..]].concat();
        fs::write(again.with_extension("dbf"), other).unwrap();
        let text = ground.refused(&request("well", &again)).await;
        assert!(text.contains("it is still that of feature"), "{encoding}: {text}");
    }
}

#[tokio::test]
async fn what_people_wrote_of_a_place_in_a_kml_is_not_lost() {
    let ground = Ground::new().await;
    let place = |code: &str, depth: i32| {
        format!(
            "<Placemark><name>{code}</name><description>khoan năm {depth}</description><ExtendedData>\
             <Data name=\"code\"><value>{code}</value></Data><Data name=\"depth_m\"><value>{depth}</value></Data>\
             </ExtendedData><Point><coordinates>106.4,10.5</coordinates></Point></Placemark>"
        )
    };
    let kml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>{}{}</Document></kml>",
        place("G1", 5),
        place("G2", -1)
    );
    let file = ground.file("a.kml", kml);
    let back = ground.sent_back(&allowing("well", &file, "1", ground.folder.path())).await;
    let text = fs::read_to_string(back).unwrap();
    assert!(text.contains("khoan năm -1") && !text.contains("khoan năm 5"), "{text}");
}

#[tokio::test]
async fn files_of_one_name_from_two_folders_come_back_both() {
    let ground = Ground::new().await;
    let mut files = Vec::new();
    for (folder, code) in [("a", "G1"), ("b", "G2")] {
        fs::create_dir(ground.folder.path().join(folder)).unwrap();
        let sheet = format!("code,depth_m,lon,lat\n{code},-1,106.4,10.5\n");
        files.push(ground.file(&format!("{folder}/gieng.csv"), sheet));
    }
    let asked = ImportRequest {
        files: files.clone(),
        refused: Some(RefusedFile::Named(ground.folder.path().join("sua.csv"))),
        ..request("well", &files[0])
    };
    let report = ground.run(&asked).await.unwrap();
    let texts: Vec<String> =
        report.refused_files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(texts.len() == 2 && texts[0].contains("\nG1,") && texts[1].contains("\nG2,"), "{texts:?}");
}

#[tokio::test]
async fn a_quotation_mark_within_a_cell_takes_no_rows_with_it() {
    let ground = Ground::new().await;
    let lines = [
        "code,name_vi,depth_m,lon,lat",
        "G1,Ống 5\",5,106.4,10.5",
        "G2,b,5,106.4,10.6",
        "G3,Ống 6\",5,106.4,10.7",
        "G4,\"Ống 7\"\"\",5,106.4,10.8",
        "G5,c,5,106.4,10.9",
    ];
    let sheet = ground.file("a.csv", format!("{}\n", lines.join("\n")));
    let refused = ground.refused(&request("well", &sheet)).await;
    assert!(refused.contains("quotation mark"), "{refused}");
    let back = ground.sent_back(&allowing("well", &sheet, "1", ground.folder.path())).await;
    let text = fs::read_to_string(&back).unwrap();
    assert!(lines[1..4].iter().all(|line| text.contains(&line[..8])), "{text}");
    assert_eq!(ground.count("well").await, 2);
}

#[tokio::test]
async fn the_file_that_is_read_is_never_the_one_that_is_written() {
    let ground = Ground::new().await;
    let sheet = ground.file("sua.csv", "code,depth_m,lon,lat\nG1,5,106.4,10.5\nG2,-1,106.4,10.6\n");
    let sent = fs::read_to_string(&sheet).unwrap();
    let target = RefusedFile::Named(ground.folder.path().join("sua"));
    let asked =
        ImportRequest { refused: Some(target), ..allowing("well", &sheet, "1", ground.folder.path()) };
    let refused = ground.run(&asked).await;
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("one of the files that are read"), "{said}");
    assert_eq!((fs::read_to_string(&sheet).unwrap(), ground.count("well").await), (sent, 0));
}

#[tokio::test]
async fn a_quotation_mark_in_the_line_of_names_takes_no_row_with_it() {
    let ground = Ground::new().await;
    let lines = ["code,Ống \",depth_m,lon,lat", "G1,a \",5,106.4,10.5", "G2,b,5,106.4,10.6"];
    let sheet = ground.file("a.csv", format!("{}\n", lines.join("\n")));
    let refused = ground.refused(&request("well", &sheet)).await;
    assert!(refused.contains("the line of names has a quotation mark"), "{refused}");
    // The mark of UTF-8 before one that is quoted is none.
    let sheet = ground.file("b.csv", "\u{feff}\"code\",depth_m,lon,lat\r\nG1,5,106.4,10.5\r\n");
    assert_eq!(ground.import("well", &sheet).await.unwrap().loaded.new, 1);
}
