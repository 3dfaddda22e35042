//! Sheets as agencies keep them: headings with units, titles above them, days as numbers, UTF-16.

use super::*;
use rust_xlsxwriter::{Format, Workbook, Worksheet};

/// A workbook of one sheet with these rows. Numbers are numbers, but for what begins with `'`, as it is typed in
/// Excel; a cell without a word is empty, and a row of one word goes over all columns.
pub fn workbook(ground: &Ground, name: &str, rows: &[&[&str]]) -> PathBuf {
    let mut book = Workbook::new();
    write(book.add_worksheet(), rows);
    let path = ground.folder.path().join(name);
    book.save(&path).unwrap();
    path
}

fn write(sheet: &mut Worksheet, rows: &[&[&str]]) {
    let width = rows.iter().map(|cells| cells.len() as u16).max().unwrap();
    for (row, cells) in (0..).zip(rows) {
        if let [title] = cells {
            sheet.merge_range(row, 0, row, width - 1, title, &Format::new().set_bold()).unwrap();
            continue;
        }
        for (column, cell) in (0..).zip(*cells) {
            match (cell.parse::<f64>(), cell.strip_prefix('\'')) {
                (Ok(number), _) => sheet.write_number(row, column, number).unwrap(),
                (_, Some(text)) => sheet.write_string(row, column, text).unwrap(),
                _ if cell.is_empty() => continue,
                _ => sheet.write_string(row, column, *cell).unwrap(),
            };
        }
    }
}

fn of_9210(file: &Path) -> ImportRequest {
    ImportRequest { system: Some(crs::system(9210).unwrap()), ..request("well", file) }
}

impl Ground {
    /// Code, depth and day of each well, as text.
    pub async fn stored(&self) -> Vec<(String, Option<String>, Option<String>)> {
        let client = self.database.client().await;
        let sql = "SELECT code, depth_m::text, drilled::text FROM gis.well ORDER BY code";
        let rows = client.query(sql, &[]).await.unwrap();
        rows.iter().map(|r| (r.get(0), r.get(1), r.get(2))).collect()
    }

    pub async fn emptied(&self) {
        self.database.client().await.batch_execute("DELETE FROM gis.well").await.unwrap();
    }
}

#[tokio::test]
async fn headings_say_positions_in_many_words() {
    let ground = Ground::new().await;
    for (first, second) in [
        ("Tọa độ X (m)", "Toạ độ Y(m)"),
        ("X (m)", "Y (m)"),
        ("TỌA  ĐỘ\nX", "TỌA  ĐỘ\nY"),
        ("Tọa độ (X)", "Tọa độ (Y)"),
        ("Toạ độ VN-2000 X [m]", "Toạ độ VN-2000 Y [m]"),
        ("Bắc N (m)", "Đông E (m)"),
    ] {
        let place = if first.starts_with("Bắc") { ("N (m)", "E (m)") } else { (first, second) };
        let csv = format!("Mã,\"{}\",\"{}\"\nG1,1165000.25,554000.5\n", place.0, place.1);
        let book =
            workbook(&ground, "gieng.xlsx", &[&["Mã", place.0, place.1], &["G1", "1165000.25", "554000.5"]]);
        for file in [ground.file("gieng.csv", csv), book] {
            let report = ground.run(&of_9210(&file)).await;
            let report = report.unwrap_or_else(|e| panic!("{place:?}: {e}"));
            assert_eq!((report.loaded.new, report.refused), (1, 0), "{place:?}: {:?}", report.findings);
            ground.emptied().await;
        }
    }
    let csv = ground.file(
        "do.csv",
        "Mã,Kinh độ (độ),Vĩ độ\n(độ)\nG1,106.4,10.55\n".replace("Vĩ độ\n(độ)", "\"Vĩ độ\n(độ)\""),
    );
    assert_eq!(ground.import("well", &csv).await.unwrap().loaded.new, 1);
}

#[tokio::test]
async fn a_unit_behind_a_name_is_the_attributes_own_or_the_column_is_left_out() {
    let ground = Ground::new().await;
    let file = ground.file("a.csv", "Mã (*),Độ sâu (m),lon,lat\nG1,12.5,106.4,10.5\n");
    let report = ground.import("well", &file).await.unwrap();
    assert!(report.files[0].unmatched.is_empty(), "{:?}", report.files[0].unmatched);
    assert_eq!(ground.stored().await[0].1.as_deref(), Some("12.50"));
    let file = ground.file("a.csv", "Mã,Độ sâu (km),lon,lat\nG1,12.5,106.4,10.5\n");
    let report = ground.import("well", &file).await.unwrap();
    assert_eq!(report.files[0].unmatched, ["Độ sâu (km)"]);
}

#[tokio::test]
async fn columns_of_positions_are_named_by_hand() {
    let ground = Ground::new().await;
    let file = ground.file("a.csv", "Mã,Cột 4,Cột 5\nG1,1165000.25,554000.5\n");
    let text = ground.refused(&of_9210(&file)).await;
    assert!(text.contains("Cột 4") && text.contains("--map COLUMN=x"), "{text}");
    let mapped = |maps: &[&str]| ImportRequest {
        columns: maps.iter().map(|m| m.parse().unwrap()).collect(),
        ..of_9210(&file)
    };
    for maps in [["Cột 4=x", "Cột 5=y"], ["Cột 5=x", "cot 4=y"], ["Cột 4=northing", "Cột 5=easting"]]
    {
        let report = ground.run(&mapped(&maps)).await.unwrap();
        assert_eq!(report.refused, 0, "{maps:?}: {:?}", report.findings);
        assert!(report.files[0].unmatched.is_empty(), "{maps:?}");
    }
    let error = ground.run(&mapped(&["Cột 9=x", "Cột 5=y"])).await.unwrap_err();
    let text = error.to_string();
    assert!(error.is_usage() && text.contains("Cột 9") && text.contains("it has Mã, Cột 4, Cột 5"), "{text}");
    let text = ground.refused(&mapped(&["Cột 4=x"])).await;
    assert!(text.contains("the other is in none of the columns Mã, Cột 4, Cột 5"), "{text}");
    let error = ground.run(&mapped(&["Cột 4=z", "Cột 5=y"])).await.unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("easting"), "{error}");
    let drawn = collection(&[feature(&point(106.4, 10.5), r#"{"code":"A","vi_tri":1}"#)]);
    let mut drawn = request("well", &ground.file("a.geojson", drawn));
    drawn.columns = vec!["vi_tri=x".parse().unwrap()];
    let error = ground.run(&drawn).await.unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("geometries of its own"), "{error}");
}

const TITLED: &str = "ỦY BAN NHÂN DÂN TỈNH TÂY NINH,,,\n,,,\n\n\"DANH SÁCH GIẾNG, NĂM 2025\",,,\n\
    Mã,Độ sâu (m),Kinh độ,Vĩ độ\nG1,12.5,106.4,10.5\nG2,-1,106.4,10.6\n";

#[tokio::test]
async fn titles_above_the_heading_of_a_table_are_passed_over_and_told() {
    let ground = Ground::new().await;
    let back = ground.folder.path().join("sua.csv");
    for (separator, name) in [(",", "a.csv"), (";", "b.csv"), ("\t", "c.tsv"), ("\t", "d.txt")] {
        let content = TITLED.replace("GIẾNG, NĂM", "GIẾNG NĂM").replace(',', separator);
        let mut asked = request("well", &ground.file(name, content));
        (asked.max_refused, asked.refused) =
            ("1".parse().unwrap(), Some(import::RefusedFile::Named(back.clone())));
        let report = ground.run(&asked).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((report.loaded.new, report.refused), (1, 1), "{name}: {:?}", report.findings);
        assert!(report.files[0].notes[0].en.contains("rows 1-4"), "{:?}", report.files[0].notes);
        assert_eq!((report.findings[0].row, report.findings[0].rule.as_str()), (7, "domain"), "{name}");
        assert_eq!(report.files[0].path, ground.folder.path().join(name));
        let text = fs::read_to_string(&back).unwrap();
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines[0], ["Mã", "Độ sâu (m)", "Kinh độ", "Vĩ độ", "ly_do"].join(separator), "{name}");
        assert!(lines.len() == 2 && lines[1].starts_with(&format!("G2{separator}-1")), "{text}");
        ground.emptied().await;
    }
    let report = ground.import("well", &ground.file("e.csv", TITLED)).await.unwrap();
    assert_eq!((report.read, report.findings[0].row), (2, 7), "{:?}", report.findings);
    // A row with a cell too many, too, is counted as the file counts it.
    let file = ground.file("f.csv", TITLED.replace("G2,-1", "G2,x,-1"));
    let report = ground.import("well", &file).await.unwrap();
    assert_eq!(
        (report.findings[0].row, report.findings[0].rule.as_str()),
        (7, "text"),
        "{:?}",
        report.findings
    );
}

#[tokio::test]
async fn blank_rows_of_a_table_are_none_and_count_all_the_same() {
    let ground = Ground::new().await;
    let sheet = "Mã;Độ sâu;lon;lat;Ghi chú\nG1;12,5;106,4;10,5;\n;;;;\nG2;-1;106,4;10,6;\n;;;;\n;;;;\n";
    let report = ground.import("well", &ground.file("a.csv", sheet)).await.unwrap();
    assert_eq!((report.read, report.refused, report.findings[0].row), (2, 1, 4), "{:?}", report.findings);
    // A row with a word in it is not blank, though it holds nothing that the layer has.
    let sheet = sheet.replace("-1", "7").replacen(";;;;\n", ";;;;người lập\n", 1);
    let text = ground.refused(&request("well", &ground.file("b.csv", sheet))).await;
    assert!(text.contains("row 3") && text.contains("must have it"), "{text}");
}

#[tokio::test]
async fn titles_above_the_heading_of_a_workbook_are_passed_over_and_cells_keep_their_types() {
    let ground = Ground::new().await;
    let rows: [&[&str]; 9] = [
        &["ỦY BAN NHÂN DÂN TỈNH TÂY NINH"],
        &[],
        &["DANH SÁCH GIẾNG"],
        &["", "", "Đơn vị: m", ""],
        &["Mã", "Độ sâu\n(m)", "Tọa độ X (m)", "Tọa độ Y (m)"],
        &["G1", "1.234", "1165000.25", "554000.5"],
        &[],
        &["G2", "-1", "1165100.25", "554000.5"],
        &["G3", "7", "1165200.25", "554000.5"],
    ];
    let book = workbook(&ground, "gieng.xlsx", &rows);
    let mut asked = of_9210(&book);
    let back = ground.folder.path().join("sua.xlsx");
    (asked.max_refused, asked.refused) =
        ("1".parse().unwrap(), Some(import::RefusedFile::Named(back.clone())));
    let report = ground.run(&asked).await.unwrap();
    assert_eq!((report.read, report.loaded.new, report.refused), (3, 2, 1), "{:?}", report.findings);
    assert_eq!(report.findings[0].row, 8, "{:?}", report.findings);
    assert!(report.files[0].notes[0].en.contains("rows 1-4"), "{:?}", report.files[0].notes);
    assert_eq!(report.files[0].path, book);
    assert_eq!(ground.stored().await[0].1.as_deref(), Some("1.23"), "a number is no text that could be 1234");
    let report = ground.run(&of_9210(&back)).await.unwrap();
    assert_eq!((report.read, report.findings[0].row), (1, 2), "what comes back has its heading first");
}

#[tokio::test]
async fn where_it_is_not_certain_which_row_is_the_heading_it_is_said() {
    let ground = Ground::new().await;
    // The key is in no column, and two others tell.
    let content = "BẢNG TỔNG HỢP,,\nTên giếng,Kinh độ,Vĩ độ\nMột,106.4,10.5\n";
    let text = ground.refused(&request("well", &ground.file("a.csv", content))).await;
    for part in ["code (Mã", "Tên giếng, Kinh độ", "Row 2 is taken for the heading", "--header-row N"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = ground.refused(&request("well", &ground.file("b.csv", "a,b\n1,2\n3,4\n"))).await;
    assert!(text.contains("another row, say which with --header-row N"), "{text}");
    // Both rows name all; the second is meant.
    let two = "Mã,Độ sâu (m),Kinh độ,Vĩ độ\nMÃ,lat,lon,Độ sâu\nG1,10.5,106.4,12\n";
    let book = workbook(
        &ground,
        "hai.xlsx",
        &[
            &["Mã", "Độ sâu (m)", "Kinh độ", "Vĩ độ"],
            &["MÃ", "lat", "lon", "Độ sâu"],
            &["G1", "10.5", "106.4", "12"],
        ],
    );
    for file in [ground.file("hai.csv", two), book] {
        let second = ImportRequest { header_row: Some(2), ..request("well", &file) };
        let report = ground.run(&second).await.unwrap();
        assert_eq!((report.read, report.refused), (1, 0), "{:?}", report.findings);
        assert_eq!(ground.stored().await[0].1.as_deref(), Some("12.00"));
        let none = ImportRequest { header_row: Some(99), ..request("well", &file) };
        let error = ground.run(&none).await.unwrap_err();
        assert!(error.is_usage() && error.to_string().contains("no such row"), "{error}");
    }
    let drawn = collection(&[feature(&point(106.4, 10.5), r#"{"code":"A"}"#)]);
    let drawn = ground.file("a.geojson", drawn);
    let error =
        ground.run(&ImportRequest { header_row: Some(2), ..request("well", &drawn) }).await.unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("is about sheets"), "{error}");
}

#[tokio::test]
async fn a_table_in_utf_16_is_read_as_excel_saves_it() {
    let ground = Ground::new().await;
    let text = "\u{feff}".to_owned()
        + &TITLED.replace("GIẾNG, NĂM", "GIẾNG NĂM").replace(',', "\t").replace('\n', "\r\n");
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (name, bytes) in [("a.txt", &little), ("b.csv", &little), ("c.csv", &big)] {
        let back = ground.folder.path().join("sua.csv");
        let mut asked = request("well", &ground.file(name, bytes));
        (asked.max_refused, asked.refused) =
            ("1".parse().unwrap(), Some(import::RefusedFile::Named(back.clone())));
        let report = ground.run(&asked).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((report.loaded.new, report.refused), (1, 1), "{name}: {:?}", report.findings);
        assert_eq!(report.findings[0].row, 7, "{name}");
        // As it was sent, with its mark, and so that it can be sent again.
        let sent = fs::read(ground.folder.path().join(name)).unwrap();
        let (bytes, order) = match (fs::read(&back).unwrap(), sent[..2] == [0xff, 0xfe]) {
            (bytes, true) => (bytes, u16::from_le_bytes as fn([u8; 2]) -> u16),
            (bytes, false) => (bytes, u16::from_be_bytes as fn([u8; 2]) -> u16),
        };
        let units: Vec<u16> = bytes.chunks_exact(2).map(|unit| order([unit[0], unit[1]])).collect();
        let text = String::from_utf16(&units).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(text.starts_with("\u{feff}Mã\tĐộ sâu (m)\tKinh độ\tVĩ độ\tly_do"), "{name}: {text}");
        assert!(text.contains("G2\t-1\t106.4\t10.6"), "{name}: {text}");
        let again = ground.run(&request("well", &back)).await.unwrap();
        assert_eq!((again.read, again.refused, again.findings[0].row), (1, 1, 2), "{name}");
        ground.emptied().await;
    }
    let cut = ground.file("d.csv", &little[..little.len() - 1]);
    let text = ground.refused(&request("well", &cut)).await;
    assert!(text.contains("d.csv") && text.contains("cut short"), "{text}");
}

#[tokio::test]
async fn a_number_among_days_is_the_day_that_excel_counts_by_it() {
    let ground = Ground::new().await;
    let head = ["Mã", "Ngày khoan", "lon", "lat"];
    let rows: [&[&str]; 5] = [
        &head,
        &["G1", "45292", "106.4", "10.5"],
        &["G2", "'15/07/2025", "106.4", "10.6"],
        &["G3", "'45293", "106.4", "10.7"],
        &["G4", "2025", "106.4", "10.8"],
    ];
    let days = |stored: Vec<(String, Option<String>, Option<String>)>| -> Vec<String> {
        stored.into_iter().map(|(_, _, day)| day.unwrap_or_default()).collect()
    };
    // All numbers, and numbers among texts.
    for (rows, expected) in [
        (vec![rows[0], rows[1]], vec!["2024-01-01"]),
        (rows[..4].to_vec(), vec!["2024-01-01", "2025-07-15", "2024-01-02"]),
    ] {
        let report = ground.import("well", &workbook(&ground, "a.xlsx", &rows)).await.unwrap();
        assert_eq!(report.refused, 0, "{:?}", report.findings);
        assert_eq!(days(ground.stored().await), expected);
        let found = &report.findings[0];
        assert_eq!((found.severity, found.row, found.rule.as_str()), (import::Severity::Repaired, 2, "type"));
        assert_eq!((found.value.as_deref(), found.kept.as_deref()), (Some("45292"), Some("2024-01-01")));
        let client = ground.database.client().await;
        let sql = "SELECT delivered::text FROM diaban.delivered_value ORDER BY import_run DESC, row LIMIT 1";
        let kept: String = client.query_one(sql, &[]).await.unwrap().get(0);
        assert!(kept.contains("45292"), "what was delivered is kept: {kept}");
        ground.emptied().await;
    }
    // A cell that is formatted as a day is one, and a year is none.
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write(sheet, &[&head, &["G1", "", "106.4", "10.5"], rows[4]]);
    sheet.write_number_with_format(1, 1, 45_292, &Format::new().set_num_format("dd/mm/yyyy")).unwrap();
    let path = ground.folder.path().join("b.xlsx");
    book.save(&path).unwrap();
    let text = ground.refused(&request("well", &path)).await;
    assert!(
        text.starts_with("row 3") && text.contains("`2025` is no day") && !text.contains("row 2"),
        "{text}"
    );
    // A table of text does not say where it comes from.
    let text = ground
        .refused(&request("well", &ground.file("a.csv", "Mã,Ngày khoan,lon,lat\nG1,45292,106.4,10.5\n")))
        .await;
    assert!(
        text.contains("`45292` is no day") && text.contains("Excel counts 2024-01-01 by this number"),
        "{text}"
    );
}

#[tokio::test]
async fn a_number_among_moments_is_the_moment_that_excel_counts_by_it() {
    let moments =
        LAYERS[0].replace(r#"name = "drilled", type = "date""#, r#"name = "drilled", type = "timestamp""#);
    let ground =
        Ground::of(Catalog::new(vec![crate::support::layer(&moments)], AgencyRegister::default())).await;
    let head = ["Mã", "Ngày khoan", "lon", "lat"];
    let rows: [&[&str]; 5] = [
        &head,
        &["G1", "45292.5", "106.4", "10.5"],
        &["G2", "45293", "106.4", "10.6"],
        &["G3", "'15/07/2025 08:30", "106.4", "10.7"],
        &["G4", "'45292.354340277775", "106.4", "10.8"],
    ];
    let expected = [
        "2024-01-01 12:00:00+07",
        "2024-01-02 00:00:00+07",
        "2025-07-15 08:30:00+07",
        "2024-01-01 08:30:15+07",
    ];
    // All numbers, and numbers among texts.
    for (rows, expected) in [(&rows[..3], &expected[..2]), (&rows[..], &expected[..])] {
        let report = ground.import("well", &workbook(&ground, "a.xlsx", rows)).await.unwrap();
        assert_eq!(report.refused, 0, "{:?}", report.findings);
        let client = ground.database.client().await;
        client.batch_execute("SET TimeZone = 'Asia/Ho_Chi_Minh'").await.unwrap();
        let stored = client.query("SELECT drilled::text FROM gis.well ORDER BY code", &[]).await.unwrap();
        let stored: Vec<String> = stored.iter().map(|row| row.get(0)).collect();
        assert_eq!(stored, expected);
        let found = &report.findings[0];
        assert_eq!((found.severity, found.row, found.rule.as_str()), (import::Severity::Repaired, 2, "type"));
        assert_eq!(found.value.as_deref(), Some("45292.5"), "what was delivered is told");
        let repair = found.repair.as_ref().unwrap();
        assert!(repair.en.contains("the moment that Excel counts by it"), "{repair}");
        ground.emptied().await;
    }
    // A year with a fraction is none, and a table of text does not say where it comes from.
    let book = workbook(&ground, "b.xlsx", &[&head, &["G1", "2025.5", "106.4", "10.5"]]);
    let text = ground.refused(&request("well", &book)).await;
    assert!(text.contains("`2025.5` is no moment"), "{text}");
    let table = ground.file("a.csv", "Mã,Ngày khoan,lon,lat\nG1,45292.5,106.4,10.5\n");
    let text = ground.refused(&request("well", &table)).await;
    assert!(text.contains("Excel counts 2024-01-01T12:00:00 by this number"), "{text}");
}

#[tokio::test]
async fn a_workbook_that_counts_its_days_from_1904_is_not_read_four_years_off() {
    let ground = Ground::new().await;
    let rows: [&[&str]; 2] = [&["Mã", "Ngày khoan", "lon", "lat"], &["G1", "45292", "106.4", "10.5"]];
    let book = fs::read(workbook(&ground, "a.xlsx", &rows)).unwrap();
    let mut old = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
    let path = ground.folder.path().join("mac.xlsx");
    let mut new = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    for at in 0..old.len() {
        use std::io::{Read as _, Write as _};
        let mut part = old.by_index(at).unwrap();
        let (name, mut bytes) = (part.name().unwrap().into_owned(), String::new());
        part.read_to_string(&mut bytes).unwrap();
        new.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        new.write_all(bytes.replace("<workbookPr ", "<workbookPr date1904=\"1\" ").as_bytes()).unwrap();
    }
    new.finish().unwrap();
    let text = ground.refused(&request("well", &path)).await;
    assert!(text.contains("counts its days from 1904"), "{text}");
}

#[tokio::test]
async fn a_table_with_more_columns_than_are_read_is_refused_and_not_cut() {
    let ground = Ground::new().await;
    let rest: String = (0..1997).map(|n| format!(",c{n}")).collect();
    let table = |more: &str| format!("Mã,lon,lat{rest}{more}\nG1,106.4,10.5{rest}{more}\n");
    let read = ground.import("well", &ground.file("full.csv", table(""))).await.unwrap();
    assert_eq!((read.loaded.new, read.refused), (1, 0), "{:?}", read.findings);
    let text = ground.refused(&request("well", &ground.file("wide.csv", table(",one")))).await;
    assert!(text.contains("has 2001 columns; at most 2000 are read"), "{text}");
}
