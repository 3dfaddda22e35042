//! Headings of sheets as official forms have them: groups above names, units beneath, and a row that numbers the
//! columns.

use super::{sheets::workbook, *};
use diaban::legacy_text::{self, Encoding};

/// A form: a title, groups whose cells were merged, names beneath them, numbers of the columns, and wells.
const FORM: [&[&str]; 7] = [
    &["DANH SÁCH GIẾNG"],
    &["STT", "Mã", "Độ sâu", "Toạ độ VN-2000", "", "Chủ sử dụng", ""],
    &["", "", "", "X", "Y", "Tên giếng", "Điện thoại"],
    &["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"],
    &["1", "G1", "1.5", "1165000.25", "554000.5", "Ông An", "'0272"],
    &["2", "G2", "-1", "1165100.25", "554000.5", "Bà Ba", "'0273"],
    &["3", "G3", "7", "1165200.25", "554000.5", "Bà Tư", "'0274"],
];

fn table(rows: &[&[&str]], separator: &str) -> String {
    let line = |cells: &&[&str]| {
        let cells: Vec<&str> = cells.iter().map(|cell| cell.trim_start_matches('\'')).collect();
        cells.join(separator) + "\n"
    };
    rows.iter().map(line).collect()
}

fn of_9210(file: &Path) -> ImportRequest {
    ImportRequest { system: Some(crs::system(9210).unwrap()), ..request("well", file) }
}

#[tokio::test]
async fn names_beneath_groups_and_numbers_of_columns_are_understood_and_told() {
    let ground = Ground::new().await;
    let text = "\u{feff}".to_owned() + &table(&FORM, "\t");
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files = [
        workbook(&ground, "a.xlsx", &FORM),
        ground.file("a.csv", table(&FORM, ",")),
        ground.file("b.csv", table(&FORM, ";").replace("DANH SÁCH GIẾNG", "DANH SÁCH GIẾNG;;;;;;")),
        ground.file("c.txt", wide),
    ];
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let mut asked = of_9210(&file);
        let folder = ground.folder.path().join("back");
        fs::create_dir(&folder).unwrap();
        asked.max_refused = "1".parse().unwrap();
        asked.refused = Some(import::RefusedFile::Beside(folder.clone()));
        let report = ground.run(&asked).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((report.loaded.new, report.refused), (2, 1), "{name}: {:?}", report.findings);
        assert_eq!(report.findings[0].row, 6, "{name}: as the sheet counts it");
        let stored: Vec<_> =
            ground.stored().await.into_iter().map(|(code, depth, _)| (code, depth)).collect();
        let depths = [("G1", "1.50"), ("G3", "7.00")].map(|(code, depth)| (code.into(), Some(depth.into())));
        assert_eq!(stored, depths, "{name}");
        let notes: Vec<&str> = report.files[0].notes.iter().map(|note| &*note.en).collect();
        assert!(notes[0].contains("row 1 stands above"), "{name}: {notes:?}");
        assert!(notes[1].contains("rows 2 and 3 are the heading together"), "{name}: {notes:?}");
        assert!(notes[1].contains("`Toạ độ VN-2000 X`, `Toạ độ VN-2000 Y`"), "{name}: {notes:?}");
        assert!(notes[2].contains("row 4 only numbers the columns"), "{name}: {notes:?}");
        // The user's name is not the well's.
        let unmatched = &report.files[0].unmatched;
        assert!(unmatched.contains(&"Chủ sử dụng Tên giếng".to_owned()), "{name}: {unmatched:?}");
        // What comes back has its names in one row.
        let back = &report.refused_files[0];
        let report = ground.run(&of_9210(back)).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((report.read, report.findings[0].row), (1, 2), "{name}: {:?}", report.findings);
        fs::remove_dir_all(folder).unwrap();
        ground.emptied().await;
    }
}

#[tokio::test]
async fn cells_that_were_merged_in_excel_are_groups() {
    let ground = Ground::new().await;
    let mut book = rust_xlsxwriter::Workbook::new();
    let (sheet, plain) = (book.add_worksheet(), rust_xlsxwriter::Format::new());
    sheet.merge_range(0, 0, 1, 0, "Mã", &plain).unwrap();
    sheet.merge_range(0, 1, 1, 1, "Độ sâu\n(m)", &plain).unwrap();
    sheet.merge_range(0, 2, 0, 3, "Toạ độ", &plain).unwrap();
    sheet.write_string(1, 2, "Kinh độ").unwrap();
    sheet.write_string(1, 3, "Vĩ độ").unwrap();
    for (column, number) in [12.5, 106.4, 10.5].into_iter().enumerate() {
        sheet.write_number(2, column as u16 + 1, number).unwrap();
    }
    sheet.write_string(2, 0, "G1").unwrap();
    let path = ground.folder.path().join("gop.xlsx");
    book.save(&path).unwrap();
    let report = ground.import("well", &path).await.unwrap();
    assert_eq!((report.loaded.new, report.refused), (1, 0), "{:?}", report.findings);
    assert_eq!(ground.stored().await[0].1.as_deref(), Some("12.50"));
}

#[tokio::test]
async fn a_row_that_numbers_the_columns_is_no_feature() {
    let ground = Ground::new().await;
    for numbers in [["1", "2", "3", "4"], ["(1)", "(2)", "(3)", "(4)=(2)+(3)"], ["A", "B", "1", "2"]] {
        let rows: [&[&str]; 3] =
            [&["Mã", "Độ sâu (m)", "Kinh độ", "Vĩ độ"], &numbers, &["G1", "1.234", "106.4", "10.5"]];
        // In a workbook a number stays one; of a text `1.234` could be another.
        let text = table(&rows, ",").replace("1.234", "1.25");
        for file in [workbook(&ground, "a.xlsx", &rows), ground.file("a.csv", text)] {
            let report = ground.import("well", &file).await.unwrap_or_else(|e| panic!("{numbers:?}: {e}"));
            assert_eq!((report.read, report.refused), (1, 0), "{numbers:?}: {:?}", report.findings);
            let notes = &report.files[0].notes;
            assert!(notes[0].en.contains("row 2 only numbers the columns"), "{notes:?}");
            assert!(notes[0].vi.contains("dòng 2 chỉ đánh số các cột"), "{notes:?}");
            ground.emptied().await;
        }
    }
    // The numbers of a row of data are none of columns.
    let file = ground.file("b.csv", "Mã,Độ sâu,Kinh độ,Vĩ độ\n1,2,106.4,10.5\n");
    assert_eq!(ground.import("well", &file).await.unwrap().loaded.new, 1);
}

#[tokio::test]
async fn units_beneath_the_names_belong_to_them() {
    let ground = Ground::new().await;
    let file = ground.file("a.csv", "Mã,Độ sâu,Kinh độ,Vĩ độ\n,(m),(độ),(độ)\nG1,12.5,106.4,10.5\n");
    let report = ground.import("well", &file).await.unwrap();
    assert_eq!((report.read, report.refused), (1, 0), "{:?}", report.findings);
    let file = ground.file("b.csv", "Mã,Độ sâu,Kinh độ,Vĩ độ\n,(km),(độ),(độ)\nG2,12.5,106.4,10.5\n");
    let report = ground.import("well", &file).await.unwrap();
    assert_eq!(report.files[0].unmatched, ["Độ sâu (km)"], "another unit is another column");
}

#[tokio::test]
async fn a_heading_of_two_rows_in_an_old_encoding_is_joined_in_it() {
    let ground = Ground::new().await;
    let form: [&[&str]; 4] = [
        &["Mã", "Giếng", "", "Toạ độ", ""],
        &["", "Tên giếng", "Độ sâu (m)", "Kinh độ", "Vĩ độ"],
        &["G1", "Giếng Đức Hòa", "12", "106.4", "10.5"],
        &["G2", "Giếng Hựu Thạnh", "x", "106.4", "10.6"],
    ];
    for encoding in [Encoding::Tcvn3, Encoding::Vni] {
        let bytes = legacy_text::encode(&table(&form, ","), encoding).unwrap();
        let mut asked = request("well", &ground.file("a.csv", bytes));
        asked.columns =
            vec!["Giếng Tên giếng=name_vi".parse().unwrap(), "Giếng Độ sâu (m)=depth_m".parse().unwrap()];
        asked.max_refused = "1".parse().unwrap();
        let report = ground.run(&asked).await.unwrap_or_else(|e| panic!("{encoding:?}: {e}"));
        assert_eq!(
            (report.loaded.new, report.findings[0].row),
            (1, 4),
            "{encoding:?}: {:?}",
            report.findings
        );
        let client = ground.database.client().await;
        let name: String = client.query_one("SELECT name_vi FROM gis.well", &[]).await.unwrap().get(0);
        assert_eq!(name, "Giếng Đức Hòa", "{encoding:?}");
        ground.emptied().await;
    }
}

#[tokio::test]
async fn either_row_of_a_heading_can_be_named_and_what_is_not_understood_says_how() {
    let ground = Ground::new().await;
    let file = workbook(&ground, "a.xlsx", &FORM);
    for row in [2, 3] {
        let asked =
            ImportRequest { header_row: Some(row), max_refused: "1".parse().unwrap(), ..of_9210(&file) };
        let report = ground.run(&asked).await.unwrap_or_else(|e| panic!("{row}: {e}"));
        assert_eq!((report.read, report.findings[0].row), (3, 6), "{row}: {:?}", report.findings);
        ground.emptied().await;
    }
    // Three rows are more than is joined.
    let three: [&[&str]; 4] =
        [&["Mã", "Vị trí", ""], &["", "Toạ độ", ""], &["", "X", "Y"], &["G1", "1165000.25", "554000.5"]];
    for file in [workbook(&ground, "b.xlsx", &three), ground.file("b.csv", table(&three, ","))] {
        let text = ground.refused(&of_9210(&file)).await;
        assert!(text.contains("--header-row N"), "{text}");
    }
    // A title in a cell of its own is no group.
    let titled = "Mẫu 01,,,\nMã,Độ sâu,Kinh độ,Vĩ độ\nG1,12,106.4,10.5\n,,,\n";
    for titled in [titled.to_owned(), titled.replace("Mẫu 01,,,", ",Đơn vị: m,,")] {
        let report = ground.import("well", &ground.file("c.csv", titled)).await.unwrap();
        assert!(report.files[0].unmatched.is_empty(), "{:?}", report.files[0].unmatched);
        assert_eq!(ground.stored().await[0].1.as_deref(), Some("12.00"));
        ground.emptied().await;
    }
}

#[tokio::test]
async fn names_beneath_groups_that_nobody_knows_are_understood_by_themselves() {
    let ground = Ground::new().await;
    let form: [&[&str]; 5] = [
        &["DANH SÁCH GIẾNG"],
        &["STT", "Mã", "Đặc điểm kỹ thuật", "", "Vị trí", "", "Chủ sử dụng", ""],
        &["", "", "Tên giếng", "Độ sâu (m)", "X", "Y", "Họ và tên", "Điện thoại"],
        &["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)"],
        &["1", "G1", "Giếng một", "1.5", "1165000.25", "554000.5", "Ông An", "'0272"],
    ];
    for file in [workbook(&ground, "a.xlsx", &form), ground.file("a.csv", table(&form, ","))] {
        let report = ground.run(&of_9210(&file)).await.unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        assert_eq!((report.loaded.new, report.refused), (1, 0), "{:?}", report.findings);
        let client = ground.database.client().await;
        let row = client.query_one("SELECT name_vi, depth_m::text FROM gis.well", &[]).await.unwrap();
        assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1)), ("Giếng một", "1.50"));
        let notes: Vec<&str> = report.files[0].notes.iter().map(|note| &*note.en).collect();
        let alone = "taken by themselves: `Tên giếng`, `Độ sâu (m)`, `X`, `Y`";
        assert!(notes.iter().any(|note| note.contains(alone)), "{notes:?}");
        assert!(report.files[0].unmatched.contains(&"Chủ sử dụng Họ và tên".to_owned()));
        ground.emptied().await;
    }
    // What stands beneath two groups is that of neither.
    let twice = "Mã,Điểm đầu,,Điểm cuối,\n,X,Y,X,Y\nG1,1165000.25,554000.5,1165100.25,554000.5\n";
    let text = ground.refused(&of_9210(&ground.file("b.csv", twice))).await;
    assert!(text.contains("no column holds"), "{text}");
}

#[tokio::test]
async fn a_first_row_of_data_in_brackets_is_one_of_data() {
    let ground = Ground::new().await;
    let head: &[&str] = &["Mã", "Tên giếng", "Kinh độ", "Vĩ độ"];
    let rows: [&[&str]; 3] = [head, &["(S0)", "(A)", "", ""], &["(S1)", "(B)", "106.4", "10.5"]];
    for file in [workbook(&ground, "a.xlsx", &rows), ground.file("a.csv", table(&rows, ","))] {
        let mut asked = request("well", &file);
        asked.max_refused = "1".parse().unwrap();
        let report = ground.run(&asked).await.unwrap();
        // It has no place, and is told so.
        assert_eq!((report.read, report.findings[0].row), (2, 2), "{:?}", report.findings);
        assert!(report.files[0].unmatched.is_empty(), "{:?}", report.files[0].unmatched);
        assert_eq!(ground.stored().await[0].0, "(S1)");
        ground.emptied().await;
    }
    // Units without brackets are units where numbers stand beneath.
    let head: &[&str] = &["Mã", "Độ sâu", "Kinh độ", "Vĩ độ"];
    let rows: [&[&str]; 3] = [head, &["-", "m", "độ", "độ"], &["G1", "12.5", "106.4", "10.5"]];
    for file in [workbook(&ground, "b.xlsx", &rows), ground.file("b.csv", table(&rows, ","))] {
        let report = ground.import("well", &file).await.unwrap();
        assert_eq!((report.read, report.refused), (1, 0), "{:?}", report.findings);
        assert_eq!(ground.stored().await[0].1.as_deref(), Some("12.50"));
        ground.emptied().await;
    }
}
