//! In which language commands speak, and what they say where there is no database.

use crate::support::{
    TestDatabase,
    desk::{Desk, Typed},
};
use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

const WELLS: &str = "code,use,lon,lat\nW1,drink,106.4,10.5\nW2,field,106.41,10.5\nW3,,106.42,10.5\n";

/// What stands in a sentence in English, and in none in Vietnamese.
const ENGLISH: [&str; 8] = [" the ", " of ", " is ", "there ", " rows", "features", "changed", "interrupted"];

/// A desk with three wells, loaded by run 1.
async fn lived_in() -> (Desk, TestDatabase) {
    let desk = Desk::new();
    let database = TestDatabase::with_catalog(&desk.catalog()).await;
    fs::write(desk.path().join("wells.csv"), WELLS).unwrap();
    let loaded = desk.typed(Some(database.url()), &["import", "wells.csv", "--layer", "well"]).await;
    assert_eq!(loaded.code, Some(0), "{}", loaded.err);
    (desk, database)
}

async fn in_vietnamese(desk: &Desk, url: Option<&str>, arguments: &[&str]) -> Typed {
    let typed = desk.typed(url, &[arguments, &["--lang", "vi"]].concat()).await;
    let said = format!("{}{}", typed.out, typed.err);
    // What another program says is quoted as it says it.
    let own: String = said.split('“').map(|part| part.rsplit('”').next().unwrap_or_default()).collect();
    for word in ENGLISH {
        assert!(!own.contains(word), "{arguments:?} says `{word}`: {said}");
    }
    typed
}

#[tokio::test]
async fn each_command_tells_what_it_did_in_vietnamese_and_in_english() {
    let (desk, database) = lived_in().await;
    let url = Some(database.url());
    let told: [(&[&str], &str, &str); 13] = [
        (
            &["history", "well"],
            "3 mới, 0 sửa, 0 xóa; đọc 3 dòng, từ chối 0\n  EPSG:4326",
            "3 mới / new, 0 sửa / changed",
        ),
        (&["history", "1"], "Lớp well\nLần 1  ", "Lớp / layer well\nLần / run 1  "),
        (&["history", "road"], "Lớp road chưa có gì\n", "nothing has happened to layer road"),
        (
            &["undo", "1", "--dry-run"],
            "Sẽ hoàn tác lần 1: 3 bỏ ra, 0 trả lại, 0 khôi phục\nChạy thử",
            "would be undone: 3",
        ),
        (
            &["export", "well", "--output", "w.csv"],
            "w.csv: 3 đối tượng của lớp well",
            "3 đối tượng / features of layer well",
        ),
        (&["check", "well"], "well: 3 đối tượng, Đúng ", "well: 3 features, Right"),
        (&["publish", "well"], "well: 3 đối tượng, ", "well: 3 features, "),
        (&["key", "list"], "Chưa có khóa nào\n", "there is no key yet"),
        (&["key", "add", "sonnmt"], "Khóa chỉ hiện một lần này: hãy cất giữ\n", "it is shown this once"),
        (&["key", "list"], "chưa dùng\n", "never used"),
        (&["key", "revoke", "1"], "đã thu hồi ", "đã thu hồi / revoked"),
        (&["backup", "b.zip"], "Đã sao lưu:\n  b.zip (", "Đã sao lưu / backed up:"),
        (&["restore", "b.zip", "--dry-run"], "Bản sao lưu nguyên vẹn:\n", "the backup is whole"),
    ];
    for (arguments, vi, en) in told {
        let typed = in_vietnamese(&desk, url, arguments).await;
        let said = format!("{}{}", typed.out, typed.err);
        assert!(typed.code == Some(0) && said.contains(vi), "{arguments:?}: {said}");
        let typed = desk.typed(url, arguments).await;
        let said = format!("{}{}", typed.out, typed.err);
        assert!(typed.code == Some(0) && said.contains(en), "{arguments:?}: {said}");
    }
    // As the terminal speaks, unless another language is asked for.
    let terminal = |arguments: &[&str]| {
        let mut command = desk.command(url, arguments);
        command.env("LC_ALL", "vi_VN.UTF-8");
        command
    };
    let out = |output: std::process::Output| String::from_utf8(output.stdout).unwrap();
    assert!(out(terminal(&["history", "road"]).output().await.unwrap()).starts_with("Lớp road chưa có gì\n"));
    let english = terminal(&["history", "road", "--lang", "en"]).output().await.unwrap();
    assert!(out(english).contains("nothing has happened"));
}

#[tokio::test]
async fn each_command_refuses_in_vietnamese_and_in_english() {
    let (desk, database) = lived_in().await;
    let url = Some(database.url());
    assert_eq!(desk.typed(url, &["backup", "b.zip"]).await.code, Some(0));
    fs::write(desk.path().join("no.zip"), "no backup").unwrap();
    let told: [(&[&str], &str, &str); 16] = [
        (&["history", "poles"], "không có lớp `poles`. Các lớp hiện có: ", "there is no layer `poles`"),
        (&["history", "77"], "không có lần 77. Chạy thử (--dry-run), ", "no run 77. Rehearsals"),
        (&["undo", "77"], "không có lần 77. Chạy thử (--dry-run), ", "no run 77. Rehearsals"),
        (&["export", "well", "--output", "a.shp"], "phải là một trong geojson", "none of geojson"),
        (
            &["export", "well", "--output", "a.csv", "--as-of", "9"],
            "lớp `well` không có lần 9",
            "has no run 9",
        ),
        (
            &["export", "well", "--output", "a.csv", "--as-of", "qua"],
            "không phải là thời điểm",
            "is no moment",
        ),
        (
            &["export", "well", "--output", "none/a.csv"],
            "không ghi được vào none: hệ điều hành báo: “",
            "nothing can be written",
        ),
        (&["check", "poles"], "không có lớp `poles`", "there is no layer"),
        (&["check", "--report", "a.txt"], "a.txt: tên tệp phải kết thúc bằng .html", "ends in none of"),
        (&["report", "--half-year", "2099-H1"], "kỳ 2099-H1 bắt đầu ngày 2099-01-01", "begins on 2099-01-01"),
        (
            &["report", "--half-year", "2025-H2", "--important", "none.toml"],
            "none.toml: hệ điều hành báo",
            "none.toml",
        ),
        (&["publish", "poles"], "không có lớp `poles`", "there is no layer"),
        (
            &["key", "add", "nobody"],
            "không có cơ quan `nobody`. Các cơ quan hiện có: sonnmt",
            "no agency `nobody`",
        ),
        (&["key", "revoke", "7"], "không có khóa 7; `diaban key list`", "no key 7"),
        (&["restore", "b.zip"], "đang có dữ liệu: ", "holds data"),
        (&["restore", "no.zip"], "không phải là bản sao lưu nguyên vẹn: ", "is no whole backup"),
    ];
    for (arguments, vi, en) in told {
        let typed = in_vietnamese(&desk, url, arguments).await;
        assert!(typed.code != Some(0) && typed.err.contains(vi), "{arguments:?}: {}", typed.err);
        let typed = desk.typed(url, arguments).await;
        assert!(typed.code != Some(0) && typed.err.contains(en), "{arguments:?}: {}", typed.err);
    }
    let away = Some("postgres://nobody@127.0.0.1:1/none");
    for arguments in [&["history", "well"][..], &["serve"], &["key", "list"], &["backup", "c.zip"]] {
        let typed = in_vietnamese(&desk, away, arguments).await;
        assert!(typed.err.contains("không tới được cơ sở dữ liệu tại 127.0.0.1:1/none: "), "{}", typed.err);
    }
    // What is typed wrong is told in English, with who says so.
    let typed = desk.typed(url, &["undo", "x", "--lang", "vi"]).await;
    assert!(typed.err.starts_with("diaban: dòng lệnh chưa đúng"), "{}", typed.err);
}

#[tokio::test]
async fn each_command_has_a_summary_in_either_language() {
    let desk = Desk::new();
    for (command, vi) in [
        ("serve", "chạy máy chủ bản đồ"),
        ("import", "nạp tệp vào một lớp"),
        ("history", "lịch sử lớp dữ liệu"),
        ("undo", "hoàn tác một lần nạp"),
        ("export", "xuất lớp dữ liệu ra"),
        ("codes", "các mã của một thuộc tính"),
        ("check", "kiểm tra chất lượng dữ liệu"),
        ("report", "báo cáo 6 tháng"),
        ("publish", "xuất bản lớp dữ liệu"),
        ("key", "khóa truy cập của cơ quan"),
        ("doctor", "khám tình trạng hệ thống"),
        ("backup", "sao lưu"),
        ("restore", "phục hồi từ bản sao lưu"),
    ] {
        let told = desk.typed(None, &[command, "--help"]).await;
        let head = told.out.split("Usage:").next().unwrap();
        let head = head.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(head.contains(vi) && told.out.contains("--lang <vi|en>"), "{command}: {}", told.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_says_in_vietnamese_where_its_map_is_and_that_it_stops() {
    let (desk, database) = lived_in().await;
    let (url, layers, data) = (database.url().to_owned(), desk.layers(), desk.path().join("data"));
    let said = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_diaban"));
        command.args(["serve", "--listen", "127.0.0.1:0"]).env("LC_ALL", "vi_VN.UTF-8");
        command.env("DATABASE_URL", url).env("DIABAN_LAYERS", layers).env("DIABAN_DATA", data);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let map = lines.find(|line| line.contains("http://")).unwrap();
        let address = map.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
        // Who answers hears a signal, too.
        ureq::get(&format!("{address}health/live")).call().unwrap();
        Command::new("kill").arg(child.id().to_string()).status().unwrap();
        let rest: Vec<String> = lines.collect();
        child.wait().unwrap();
        format!("{map}\n{}", rest.join("\n"))
    });
    let said = said.await.unwrap();
    assert!(said.starts_with("diaban: bản đồ: http://127.0.0.1:"), "{said}");
    assert!(said.contains("(Ctrl-C: dừng)") && said.contains("diaban: đang dừng"), "{said}");
}

#[tokio::test]
async fn who_looks_where_there_is_no_database_is_told_and_none_is_made() {
    let desk = Desk::new();
    let folder = desk.path().join("data");
    let look: [&[&str]; 10] = [
        &["history", "well"],
        &["history", "1"],
        &["undo", "1"],
        &["export", "well", "--output", "w.csv"],
        &["check"],
        &["report", "--half-year", "2025-H2"],
        &["publish"],
        &["backup", "b.zip"],
        &["key", "list"],
        &["key", "revoke", "1"],
    ];
    for arguments in look {
        let typed = desk.typed(None, arguments).await;
        let named = format!("there is no database in {}", folder.display());
        assert!(typed.code == Some(1) && typed.err.contains(&named), "{arguments:?}: {}", typed.err);
        assert!(
            typed.err.contains("--data DIR") && typed.err.contains("diaban import FILE"),
            "{}",
            typed.err
        );
        let typed = in_vietnamese(&desk, None, arguments).await;
        assert!(
            typed.err.contains("chưa có cơ sở dữ liệu nào trong thư mục"),
            "{arguments:?}: {}",
            typed.err
        );
        assert!(!folder.exists(), "{arguments:?} made one");
    }
    // Nor for layers that are not there.
    for layers in ["empty", "none"] {
        let _ = fs::create_dir(desk.path().join("empty"));
        let typed = in_vietnamese(&desk, None, &["serve", "--layers", layers]).await;
        assert!(typed.err.contains("không có tệp định nghĩa lớp nào (*.toml)"), "{}", typed.err);
        let typed = desk.typed(None, &["history", "well", "--layers", layers]).await;
        assert!(
            typed.err.contains("holds no layer file") && typed.err.contains("--layers DIR"),
            "{}",
            typed.err
        );
        assert!(!folder.exists(), "{layers}");
    }
}

#[tokio::test]
async fn who_makes_a_database_is_told_so_once() {
    let desk = Desk::new();
    fs::write(desk.path().join("wells.csv"), WELLS).unwrap();
    let load = ["import", "wells.csv", "--layer", "well"];
    let typed = in_vietnamese(&desk, None, &load).await;
    let said =
        format!("diaban: tạo cơ sở dữ liệu mới trong thư mục {}\n", desk.path().join("data").display());
    assert!(typed.code == Some(0) && typed.err.starts_with(&said), "{}", typed.err);
    let typed = desk.typed(None, &load).await;
    assert_eq!((typed.code, typed.err.as_str()), (Some(0), ""));
    assert!(desk.typed(None, &["history", "well"]).await.out.contains("run 1"));
}
