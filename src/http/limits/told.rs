//! All limits in one list, each with what is answered over it: `docs/limits.md` is made from it, and a test holds
//! that the page says the same.
//!
//! Must not know a request.

use super::{
    super::{areas, imports, items, parameters, search, tiles},
    class::Class,
    gate::Bounds,
    rate::Rate,
};
use crate::{
    area::draw,
    drawing,
    format::XLSX_FEATURES_MAX,
    layer::Language,
    query::{filter, search as words, statistics},
    store::Effort,
};
use std::fmt::Write;

/// A limit of one size: what it is of in Vietnamese and in English, how much, and the status over it.
type Size = ([&'static str; 2], String, &'static str);

/// The tables of the page.
pub fn table(language: Language) -> String {
    let mut text = String::new();
    kinds(&mut text, language);
    text.push('\n');
    sizes(&mut text, language);
    text
}

fn of(language: Language, texts: [&'static str; 2]) -> &'static str {
    match language {
        Language::Vi => texts[0],
        Language::En => texts[1],
    }
}

fn kinds(text: &mut String, language: Language) {
    let head = [
        "| việc | cùng lúc | của một người gọi | được chờ | của một người gọi | chờ tối đa | của một người gọi: liền một lúc, rồi mỗi giây | phiên cơ sở dữ liệu | một câu lệnh | câu trả lời bắt đầu sau |",
        "| work | at once | by one caller | may wait | by one caller | longest wait | by one caller: at once, then each second | database sessions | one statement | an answer begins within |",
    ];
    let _ = writeln!(
        text,
        "{}\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        of(language, head)
    );
    for class in Class::BOUNDED {
        let Bounds { places, share, queue, line, wait } = class.bounds();
        let rate = class.rate().map_or("-".to_owned(), |Rate { burst, per_s }| format!("{burst}, {per_s}"));
        let (sessions, statement) = (class.effort().sessions(), class.effort().statement_time().as_secs());
        let time = class.time().map_or("-".to_owned(), |time| format!("{} s", time.as_secs()));
        let (name, wait) = (of(language, name_of(class)), wait.as_secs());
        let _ = writeln!(
            text,
            "| {name} | {places} | {share} | {queue} | {line} | {wait} s | {rate} | {sessions} | {statement} s | {time} |"
        );
    }
}

const fn name_of(class: Class) -> [&'static str; 2] {
    match class {
        Class::Light => ["nhẹ", "light"],
        Class::Tile => ["ô bản đồ phải làm mới", "a tile that has to be made"],
        Class::FilteredTile => ["ô bản đồ có bộ lọc", "a tile with a filter"],
        Class::Question => ["đối tượng, tìm kiếm, tại một điểm", "features, search, at a point"],
        Class::Dear => ["số liệu, báo cáo, chất lượng", "statistics, reports, quality"],
        Class::Download => ["tải cả lớp", "a whole layer"],
        Class::Live => ["bản đồ đang mở, được báo khi dữ liệu đổi", "an open map that is told of changes"],
        Class::Upload => ["gửi tệp để nạp", "a file sent to be loaded"],
    }
}

fn sizes(text: &mut String, language: Language) {
    let head = ["| giới hạn | bao nhiêu | quá thì trả lời |", "| limit | how much | over it |"];
    let _ = writeln!(text, "{}\n| --- | --- | --- |", of(language, head));
    for (what, much, answer) in requests().into_iter().chain(answers()) {
        let answer = match answer {
            "less" => of(language, ["trả về chừng ấy", "so many are given"]),
            status => status,
        };
        let _ = writeln!(text, "| {} | {much} | {answer} |", of(language, what));
    }
}

fn mb(bytes: u64) -> String {
    format!("{} MB", bytes >> 20)
}

/// Of what is sent to the server.
fn requests() -> Vec<Size> {
    vec![
        (["thân yêu cầu có vùng hoặc tệp", "body with an area or a file"], mb(areas::BODY_MAX as u64), "413"),
        (["thân yêu cầu có bộ lọc", "body with a filter"], mb(items::BODY_MAX as u64), "413"),
        (["độ dài bộ lọc", "length of a filter"], mb(filter::BYTES_MAX as u64), "413"),
        (["bộ lọc lồng nhau", "depth of a filter"], filter::DEPTH_MAX.to_string(), "400"),
        (["phần tử của bộ lọc", "elements of a filter"], filter::NODES_MAX.to_string(), "413"),
        (
            ["tọa độ trong các hình của bộ lọc", "positions of a filter's geometries"],
            filter::POSITIONS_MAX.to_string(),
            "413",
        ),
        (["tọa độ của một vùng", "positions of an area"], draw::POSITIONS_MAX.to_string(), "413"),
        (
            ["bán kính, vùng đệm", "radius of a circle, width of a buffer"],
            format!("{} m", draw::REACH_MAX_M),
            "400",
        ),
        (
            ["tệp có vùng sau khi giải nén", "file with an area, unpacked"],
            mb(drawing::UNPACKED_BYTES_MAX),
            "413",
        ),
        (
            ["tệp có vùng được đọc cùng lúc", "files with an area read at once"],
            areas::FILES_AT_ONCE.to_string(),
            "503",
        ),
        (["tệp gửi để nạp", "file sent to be loaded"], mb(imports::FILE_MAX), "413"),
        (
            ["tệp gửi để nạp của một người gọi", "files sent to be loaded, of one caller"],
            format!("{}, {}", imports::OF_CALLER.0, mb(imports::OF_CALLER.1)),
            "429",
        ),
        (
            ["tệp gửi để nạp, tất cả", "files sent to be loaded, in all"],
            format!("{}, {}", imports::IN_ALL.0, mb(imports::IN_ALL.1)),
            "503",
        ),
        (
            ["tệp gửi để nạp được xử lý cùng lúc", "files sent to be loaded, worked on at once"],
            imports::WORKS_AT_ONCE.to_string(),
            "503",
        ),
        (
            [
                "việc với tệp của một người gọi, đang làm và chờ",
                "work on files of one caller, under way and waiting",
            ],
            imports::WORKS_OF_CALLER.to_string(),
            "429",
        ),
        (
            [
                "giữ tệp gửi để nạp mà không ai hỏi tới",
                "a file sent to be loaded that nobody asks for is kept",
            ],
            format!("{} s", imports::KEPT.as_secs()),
            "404",
        ),
        (["ký tự của một từ tìm kiếm", "characters of a search"], words::CHARACTERS_MAX.to_string(), "400"),
        (["lớp trong một ô bản đồ", "layers of a tile"], tiles::LAYERS_MAX.to_string(), "400"),
        (
            ["lớp nêu trong một câu hỏi", "layers named in a question"],
            parameters::LAYERS_NAMED_MAX.to_string(),
            "400",
        ),
        (["vùng chia số liệu", "zones of statistics"], statistics::ZONES_MAX.to_string(), "422"),
    ]
}

/// Of what the server answers.
fn answers() -> Vec<Size> {
    vec![
        (["đối tượng trên một trang", "features of a page"], parameters::LIMIT_MAX.to_string(), "less"),
        (["kết quả tìm kiếm", "hits of a search"], search::HITS_MAX.to_string(), "less"),
        (["dung lượng một trang", "bytes of a page"], mb(items::WHOLE_MAX as u64), "413"),
        (
            ["chờ một phiên cơ sở dữ liệu", "wait for a session of the database"],
            format!("{} s", Effort::SESSION_WAIT.as_secs_f64()),
            "503",
        ),
        (["nhóm của số liệu", "groups of statistics"], statistics::GROUPS_MAX.to_string(), "422"),
        (
            ["thời gian của số liệu, báo cáo", "time of statistics, of a report's area"],
            format!("{} s", areas::TIME_MAX.as_secs()),
            "422",
        ),
        (
            ["thời gian xem các dòng của ô bản đồ có bộ lọc", "time over the rows of a tile with a filter"],
            format!("{} s", Effort::Question.statement_time().as_secs()),
            "422",
        ),
        (
            ["đối tượng khi tải cả lớp", "features of a download"],
            items::download::ROWS_MAX.to_string(),
            "413",
        ),
        (["đối tượng của một bảng tính", "features of a sheet (xlsx)"], XLSX_FEATURES_MAX.to_string(), "413"),
        (
            ["thời gian tải cả lớp", "time of a download"],
            format!("{} s", items::download::TIME_MAX.as_secs()),
            "413",
        ),
    ]
}
