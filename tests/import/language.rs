//! In which language an import speaks: to the agency's staff in Vietnamese, on the terminal as it asks, and to
//! scripts in both.

use super::{command::Typed, *};
use diaban::{
    import::Words,
    legacy_text::{self, Encoding},
};
use serde_json::Value;

/// That whatever was said was said in both languages, each in its own words.
pub fn assert_told_in_both(outcome: &Result<ImportReport, ImportError>) {
    let report = match outcome {
        Ok(report) => report,
        Err(error) => {
            let Words { vi, en } = error.words();
            assert!(!vi.trim().is_empty() && vi != en && en == error.to_string(), "`{vi}` and `{en}`");
            return;
        }
    };
    let found = report.findings.iter().flat_map(|f| std::iter::once(&f.reason).chain(&f.repair));
    let of_files = report.files.iter().flat_map(|file| &file.notes);
    for Words { vi, en } in found.chain(&report.notes).chain(of_files) {
        assert!(!vi.trim().is_empty() && !en.trim().is_empty() && vi != en, "`{vi}` and `{en}`");
    }
}

impl Ground {
    /// Two wells as an agency sends them, the second of a depth that no well has; names in that encoding.
    fn two_wells(&self, encoding: Encoding) -> PathBuf {
        let letters = |text: &str| -> String {
            legacy_text::encode(text, encoding).unwrap().into_iter().map(char::from).collect()
        };
        let well = |code: &str, name: &str, depth: i32, x: f64| {
            let name = letters(name);
            let properties = format!(r#"{{"MA_GIENG":"{code}","name_vi":"{name}","depth_m":{depth}}}"#);
            feature(&point(x, 1_170_000.0), &properties)
        };
        let wells =
            [well("G1", "Giếng Đức Hòa", 20, 560_000.0), well("G2", "Giếng Mỹ Hạnh Bắc", -5, 561_000.0)];
        let json = self.file("made.geojson", collection(&wells));
        let more = ["-a_srs", "EPSG:9210", "-lco", "ENCODING=ISO-8859-1"];
        let file = self.converted(&json, "gieng.shp", "ESRI Shapefile", &more);
        fs::remove_file(file.with_extension("cpg")).unwrap();
        if encoding == Encoding::Utf8 {
            fs::write(file.with_extension("cpg"), "UTF-8").unwrap();
        }
        file
    }

    /// What stands in the column `ly_do` of the rows that came back.
    fn reasons(&self, name: &str) -> String {
        let mut command = Command::new("ogr2ogr");
        command.args(["-f", "CSV", "/vsistdout/", name, "-select", "MA_GIENG,ly_do"]);
        let done = command.current_dir(self.folder.path()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let text = String::from_utf8(done.stdout).unwrap();
        text.lines().nth(1).unwrap().replace('"', "")
    }
}

#[tokio::test]
async fn a_row_comes_back_with_its_reason_in_vietnamese_as_its_file_is_written() {
    let asked = ["gieng.shp", "--layer", "well", "--max-refused", "1", "--refused", "sua.shp"];
    for (encoding, expected) in [
        (Encoding::Utf8, "G2,depth_m: -5 nằm ngoài khoảng cho phép: phải lớn hơn 0 m"),
        // A file of before Unicode has the letters alone, so that any program shows them.
        (Encoding::Tcvn3, "G2,depth_m: -5 nam ngoai khoang cho phep: phai lon hon 0 m"),
    ] {
        let ground = Ground::new().await;
        ground.two_wells(encoding);
        let told = ground.typed(&asked).await;
        assert_eq!(told.code, Some(0), "{encoding:?}: {}", told.err);
        // The terminal is an English one.
        assert!(told.err.contains("row 2, G2: depth_m: -5 is out of range"), "{}", told.err);
        assert_eq!(ground.reasons("sua.shp"), expected, "{encoding:?}");
        let told = ground.typed(&[&asked[..], &["--lang", "en"]].concat()).await;
        assert_eq!(told.code, Some(0), "{encoding:?}: {}", told.err);
        assert_eq!(ground.reasons("sua.shp"), "G2,depth_m: -5 is out of range: it must be above 0 m");
    }
}

#[tokio::test]
async fn a_vietnamese_terminal_is_spoken_to_in_vietnamese() {
    let ground = Ground::new().await;
    ground.file("g.csv", "code,name_vi,depth_m,lon,lat\nA, Giếng một,7,106.4,10.5\nB,,-5,106.4,10.6\n");
    let asked = ["g.csv", "--layer", "well"];
    let in_locale = |locale: &str, more: &[&str]| {
        let mut command = ground.command(&[&asked[..], more].concat());
        command.env_remove("LC_ALL").env("LANG", locale);
        command
    };
    let told = Typed::of(&mut in_locale("vi_VN.UTF-8", &[])).await;
    assert_eq!(told.code, Some(1));
    for (said, part) in [
        (&told.err, "g.csv, dòng 3, B: depth_m: -5 nằm ngoài khoảng cho phép: phải lớn hơn 0 m\n"),
        (
            &told.err,
            "đã sửa: g.csv, dòng 2, A: name_vi: chưa đúng dạng lưu trữ; đã bỏ khoảng trắng ở đầu và cuối: ",
        ),
        (&told.out, "g.csv: CSV, 2 dòng, EPSG:4326"),
        (&told.out, "Từ chối:    1 dòng\n  nằm trong g.refused.csv, lý do ghi ở cột ly_do\n"),
        (&told.out, "Đã sửa:     cách viết chữ (1)\n"),
        (&told.out, "Chưa nạp gì; lớp well vẫn như cũ."),
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    for word in [" row", "rows", "refused:", "/ layer", " of ", " the "] {
        assert!(!told.out.contains(word) && !told.err.contains(word), "{word}: {}{}", told.out, told.err);
    }
    // What is asked for goes before what the terminal says.
    let english = Typed::of(&mut in_locale("vi_VN.UTF-8", &["--lang", "en"])).await;
    assert!(english.out.contains("Nothing was loaded; layer well is as it was."), "{}", english.out);
    let asked_for = Typed::of(&mut in_locale("C", &["--lang", "vi"])).await;
    // The rows that were refused before still stand there.
    let out = asked_for.out.replace("g.refused-3.csv", "g.refused.csv");
    assert_eq!((out, asked_for.err), (told.out, told.err));
}

#[tokio::test]
async fn scripts_and_reports_have_both_languages() {
    let ground = Ground::new().await;
    ground.file("g.csv", "code,name_vi,depth_m,lon,lat\nA, Giếng một,7,106.4,10.5\nB,,-5,106.4,10.6\n");
    let told = ground.typed(&["g.csv", "--layer", "well", "--json", "--report", "loi.csv"]).await;
    let report: Value = serde_json::from_str(&told.out).unwrap();
    let (repaired, refused) = (&report["findings"][0], &report["findings"][1]);
    assert_eq!(refused["reason"], "-5 is out of range: it must be above 0 m");
    assert_eq!(refused["reason_vi"], "-5 nằm ngoài khoảng cho phép: phải lớn hơn 0 m");
    assert_eq!(refused["repair_vi"], Value::Null);
    assert_eq!(repaired["repair"], "blanks around it were left out");
    assert_eq!(repaired["repair_vi"], "đã bỏ khoảng trắng ở đầu và cuối");
    let csv = fs::read_to_string(ground.folder.path().join("loi.csv")).unwrap();
    let head = csv.lines().next().unwrap();
    assert!(head.ends_with(",reason,repair,kept,longitude,latitude,reason_vi,repair_vi"), "{head}");
    assert!(csv.lines().nth(1).unwrap().ends_with("\"đã bỏ khoảng trắng ở đầu và cuối\""), "{csv}");
}

#[tokio::test]
async fn what_stops_a_run_is_told_in_vietnamese_too() {
    let ground = Ground::new().await;
    ground.file("khoa.csv", "so,lon,lat\nA,106.4,10.5\n");
    ground.file("trong.csv", "");
    ground.file("hinh.shp", "{}");
    ground.file("cut.geojson", "{\"type\":\"FeatureCollection\",\"features\":[");
    for (file, said) in [
        ("khoa.csv", "khoa.csv: không có cột nào chứa giá trị mà mọi đối tượng của lớp phải có:\n  code (Mã"),
        ("trong.csv", "trong.csv: là tệp rỗng (0 byte)"),
        ("hinh.shp", "hinh.shp: có tên như tệp Shapefile nhưng không phải; nội dung giống JSON"),
        ("cut.geojson", "cut.geojson: tệp bị cắt cụt hoặc hỏng: JSON kết thúc giữa chừng, ở dòng 1, cột"),
        ("none.csv", "none.csv: không có tệp này"),
    ] {
        let told = ground.typed(&[file, "--layer", "well", "--lang", "vi"]).await;
        assert_eq!(told.code, Some(1), "{file}: {}", told.err);
        assert!(told.err.contains(&format!("diaban: {said}")), "{file}: {}", told.err);
        let told = ground.typed(&[file, "--layer", "well", "--json"]).await;
        let failed: Value = serde_json::from_str(&told.out).unwrap();
        assert!(failed["error_vi"].as_str().unwrap().contains(said), "{file}: {failed}");
        assert!(!failed["error"].as_str().unwrap().contains(said), "{file}: {failed}");
    }
    let json = ground.file("made.geojson", oracle_wells(9210).0);
    let file = ground.converted(&json, "gieng.shp", "ESRI Shapefile", &["-lco", "ENCODING=UTF-8"]);
    fs::remove_file(file.with_extension("prj")).unwrap();
    let told = ground.typed(&["gieng.shp", "--layer", "well", "--lang", "vi"]).await;
    for part in [
        "tệp không ghi tọa độ ở hệ nào",
        "Kinh tuyến trục nào?",
        "--crs EPSG:9210",
        "đối tượng nằm trong tỉnh",
    ] {
        assert!(told.err.contains(part), "{part}: {}", told.err);
    }
}

#[tokio::test]
async fn what_another_program_says_in_english_is_quoted_in_vietnamese() {
    let ground = Ground::new().await;
    ground.file("hong.geojson", "{\"type\":\"FeatureCollection\",\"features\":[{]}");
    ground.file("hong.xlsx", b"PK\x03\x04 no workbook");
    ground.file("g.csv", "code,depth_m,lon,lat\nA,-5,106.4,10.6\n");
    let typed: [(&[&str], &str, &str); 4] = [
        (&["hong.geojson"], "không phải JSON hợp lệ: bộ đọc JSON báo: “", "”"),
        (&["hong.xlsx"], "không đọc được theo dạng", "”"),
        (
            &["g.csv", "--refused", "none/sua.csv"],
            "không ghi được các dòng bị từ chối vào đây: hệ điều hành báo: “",
            "”; chưa có gì thay đổi",
        ),
        (
            &["g.csv", "--crs", "VN2000"],
            "diaban: dòng lệnh chưa đúng; trình đọc dòng lệnh báo bằng tiếng Anh:",
            "VN2000",
        ),
    ];
    for (asked, said, quoted) in typed {
        let told = ground.typed(&[asked, &["--layer", "well", "--lang", "vi"]].concat()).await;
        let behind = told.err.split_once(said).map(|(_, behind)| behind);
        assert!(behind.is_some_and(|behind| behind.contains(quoted)), "{asked:?}: {}", told.err);
        let told = ground.typed(&[asked, &["--layer", "well", "--lang", "en"]].concat()).await;
        assert!(!told.err.contains("báo"), "{asked:?}: {}", told.err);
    }
}
