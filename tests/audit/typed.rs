//! `diaban audit` as it is typed.

use super::{Data, answer, put};
use diaban::audit::{Answer, Appender, Entry, Sent, Tiles};
use std::{
    fs,
    process::{Command, Output},
};
use time::{Duration, OffsetDateTime};

struct Typed {
    code: Option<i32>,
    out: String,
    err: String,
}

fn typed(data: &Data, locale: &str, arguments: &[&str]) -> Typed {
    let mut command = Command::new(env!("CARGO_BIN_EXE_diaban"));
    command.arg("audit").args(arguments).env("DIABAN_DATA", data.path());
    let Output { status, stdout, stderr } =
        command.env("LC_ALL", locale).env("USER", "an").env_remove("DATABASE_URL").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Typed { code: status.code(), out: text(stdout), err: text(stderr) }
}

/// Something of each kind that is about somebody.
fn some() -> Data {
    let data = Data::with(2);
    let mut appender = Appender::new(data.audit());
    let sent = Sent {
        agency: Some("soct".to_owned()),
        who: "key 9".to_owned(),
        layers: vec!["road".to_owned()],
        features: 120,
        whole: false,
        request: "r-2".to_owned(),
    };
    put(&mut appender, &Entry::Sent(sent));
    let tiles = Tiles {
        agency: None,
        who: "anonymous".to_owned(),
        layers: vec!["well".to_owned(), "road".to_owned()],
        class: "shared".to_owned(),
        minute: "2026-11-30T08:53:00+07:00".to_owned(),
        tiles: 57,
    };
    put(&mut appender, &Entry::Tiles(tiles));
    put(&mut appender, &answer("sonnmt", "school", "GET /collections/school/items?filter=a,\"b\""));
    data
}

#[test]
fn what_was_asked_is_listed_in_the_language_of_who_reads() {
    let data = some();
    let english = typed(&data, "C.UTF-8", &[]);
    assert_eq!(english.code, Some(0), "{}", english.err);
    let lines: Vec<&str> = english.out.lines().collect();
    assert_eq!(lines.len(), 5, "{}", english.out);
    let first =
        "  1  sonnmt (key 3: QGIS)  well  GET /collections/well/items?limit=1  200  7 features  [r-1]";
    assert!(lines[0].ends_with(first), "{}", lines[0]);
    assert!(
        lines[2].ends_with("soct (key 9)  road  sent 120 features, cut off before its end  [r-2]"),
        "{}",
        lines[2]
    );
    assert!(lines[3].ends_with("anonymous  well,road  57 tiles"), "{}", lines[3]);
    for vietnamese in [typed(&data, "vi_VN.UTF-8", &[]), typed(&data, "C", &["--lang", "vi"])] {
        let lines: Vec<&str> = vietnamese.out.lines().collect();
        assert!(
            lines[0].contains("7 đối tượng") && lines[2].contains("đã gửi 120 đối tượng, bị ngắt"),
            "{lines:?}"
        );
        assert!(lines[3].ends_with("không xưng danh  well,road  57 ô bản đồ"), "{}", lines[3]);
    }
    let newest = typed(&data, "C", &["--limit", "1"]);
    assert!(newest.out.lines().count() == 1 && newest.out.contains("school"), "{}", newest.out);
    assert!(newest.err.contains("the newest 1"), "{}", newest.err);
}

#[test]
fn a_change_is_told_with_its_feature_and_its_run() {
    let data = Data::new();
    let Entry::Answer(question) = answer("sonnmt", "well", "POST /collections/well/items") else { panic!() };
    let edit = Answer { features: Some(1), feature: Some(41), run: Some(12), status: 201, ..question };
    put(&mut Appender::new(data.audit()), &Entry::Answer(edit));
    let english = typed(&data, "C.UTF-8", &[]).out;
    assert!(english.ends_with("  201  1 features  feature 41  run 12  [r-1]\n"), "{english}");
    let vietnamese = typed(&data, "vi_VN.UTF-8", &[]).out;
    assert!(vietnamese.ends_with("  1 đối tượng  đối tượng số 41  lần 12  [r-1]\n"), "{vietnamese}");
    let csv = typed(&data, "C", &["--export", "csv"]).out;
    assert!(csv.contains(",last_hash,feature,run,prev,hash\r\n") && csv.contains(",41,12,"), "{csv}");
}

#[test]
fn it_is_sifted_by_time_agency_and_layer() {
    let data = some();
    let numbers = |arguments: &[&str]| {
        let typed = typed(&data, "C", arguments);
        assert_eq!(typed.code, Some(0), "{}", typed.err);
        let number = |line: &str| line.split_whitespace().nth(2).unwrap().parse::<u64>().ok();
        typed.out.lines().filter_map(number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&["--agency", "sonnmt"]), [1, 2, 5]);
    assert_eq!(numbers(&["--agency", "anonymous"]), [4]);
    assert_eq!(numbers(&["--layer", "road"]), [3, 4]);
    assert_eq!(numbers(&["--layer", "road", "--agency", "soct"]), [3]);
    assert_eq!(numbers(&["--agency", "nobody"]), [0; 0]);
    assert_eq!(numbers(&["--since", "2020-01-01"]), [1, 2, 3, 4, 5]);
    let tomorrow = (OffsetDateTime::now_utc() + Duration::days(2)).date().to_string();
    assert_eq!(numbers(&["--since", &tomorrow]), [0; 0]);
    let wrong = typed(&data, "C", &["--since", "yesterday"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("2026-11-30T08:00:00+07:00"), "{}", wrong.err);
}

#[test]
fn a_broken_chain_ends_with_one_and_the_first_broken_record() {
    let data = some();
    let good = typed(&data, "C", &["--verify"]);
    assert_eq!(good.code, Some(0), "{}", good.err);
    assert!(good.out.starts_with("The chain holds: records 1 to 5. Note elsewhere: 5:"), "{}", good.out);
    let noted = good.out.trim().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(typed(&data, "C", &["--verify", "--noted", &noted]).code, Some(0));
    let whole = data.lines();
    data.put_lines(&whole[..4]);
    let cut = typed(&data, "C", &["--verify", "--noted", &noted]);
    assert_eq!(cut.code, Some(1));
    assert!(cut.out.contains("record 5, which was noted, is missing"), "{}", cut.out);
    let mut lines = whole.clone();
    lines[1] = lines[1].replace("limit=2", "limit=3");
    data.put_lines(&lines);
    let changed = typed(&data, "C", &["--verify"]);
    assert_eq!(changed.code, Some(1));
    assert!(changed.out.contains(".jsonl:2: record 2 was changed"), "{}", changed.out);
    let changed = typed(&data, "vi_VN.UTF-8", &["--verify"]);
    assert!(
        changed.out.starts_with("Chuỗi bị đứt: ") && changed.out.contains("bản ghi 2 đã bị sửa"),
        "{}",
        changed.out
    );
    let listed = typed(&data, "C", &[]);
    assert_eq!((listed.code, listed.out.lines().count()), (Some(1), 4), "{}", listed.out);
    assert!(listed.err.contains("1 damaged lines"), "{}", listed.err);
}

#[test]
fn it_is_exported_for_tables_and_for_programs() {
    let data = some();
    let json = typed(&data, "C", &["--export", "json", "--agency", "sonnmt"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json.out).unwrap();
    assert_eq!(rows.iter().map(|row| row["n"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 5]);
    assert_eq!(rows[0]["features"], 7);
    assert!(rows[0]["hash"].as_str().unwrap().len() == 64, "what is exported can be verified elsewhere");
    let empty = typed(&data, "C", &["--export", "json", "--agency", "nobody"]);
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&empty.out).unwrap().len(), 0);
    let csv = typed(&data, "C", &["--export", "csv"]).out;
    let rows: Vec<&str> = csv.trim_start_matches('\u{feff}').split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 6, "{csv}");
    assert!(rows[0].starts_with("n,at,kind,agency,who,layers,class,question,"), "{csv}");
    assert!(
        rows[1].contains(
            ",answer,sonnmt,key 3: QGIS,well,restricted,GET /collections/well/items?limit=1,,7,200,"
        )
    );
    assert!(rows[4].contains(",tiles,,anonymous,well road,shared,"), "{csv}");
    assert!(rows[5].contains("\"GET /collections/school/items?filter=a,\"\"b\"\"\""), "{csv}");
}

#[test]
fn old_months_are_removed_by_name() {
    let data = some();
    data.dated("2019-12");
    put(&mut Appender::new(data.audit()), &answer("soct", "road", "GET /now"));
    let removed = typed(&data, "C", &["--keep-months", "24"]);
    assert_eq!(
        (removed.code, removed.out.trim()),
        (Some(0), "Removed 2019-12, up to record 5"),
        "{}",
        removed.err
    );
    assert_eq!(typed(&data, "C", &["--verify"]).code, Some(0));
    assert!(typed(&data, "C", &[]).out.contains("an removed 2019-12, up to record 5, as too old"));
    assert!(
        typed(&data, "C", &["--keep-months", "24", "--lang", "vi"])
            .out
            .contains("Không có tháng nào quá hạn")
    );
    fs::remove_dir_all(data.audit().path()).unwrap();
    let none = typed(&data, "C", &["--verify"]);
    assert_eq!((none.code, none.out.trim()), (Some(0), "There is no record yet"));
    assert!(typed(&data, "vi_VN.UTF-8", &[]).out.contains("Không có bản ghi nào"));
}
