//! Why an import comes to nothing, in Vietnamese. In English each error says it itself (`thiserror`), and so do those
//! of other modules, which know one language; so here are their Vietnamese halves.
//!
//! Must not know where they come from.

use crate::{
    crs::{Disagreement, SystemError, TransformError},
    import::{
        ImportError,
        columns::text::AmbiguousText,
        evidence::Candidate,
        words::{Words, quoted, words},
    },
    store::postgis::{Conflict, StagingError, UndoError, in_vietnam},
};
use std::path::Path;

/// Who speaks of the database.
const DATABASE: &str = "PostgreSQL";
const CONNECTION: &str = "trình kết nối PostgreSQL";

impl ImportError {
    /// In both languages.
    pub fn words(&self) -> Words {
        words(self.in_vietnamese(), self.to_string())
    }

    fn in_vietnamese(&self) -> String {
        match self {
            Self::UnknownLayer { layer, known } if known.is_empty() => format!("không có lớp `{layer}`"),
            Self::UnknownLayer { layer, known } => {
                format!("không có lớp `{layer}`; các lớp hiện có: {}", known.join(", "))
            }
            Self::ForeignTable(layer) => {
                format!(
                    "lớp `{layer}` là bảng do chương trình khác quản lý; hãy nạp tệp bằng chương trình đó"
                )
            }
            Self::NoFiles => "chưa nêu tệp nào".to_owned(),
            Self::Setting { flag, reason } => format!("{flag}: {}", reason.vi),
            Self::File { path, reason } | Self::NoRoom { path, reason } => of(path, &reason.vi),
            Self::CutShort { path, row, reason } => of(path, &cut_short(*row, &reason.vi)),
            Self::SeveralSublayers { path, names } => {
                let names = Words::joined(names, ", ").vi;
                of(path, &format!("có nhiều lớp ({names}); hãy chọn một lớp bằng --sublayer"))
            }
            Self::MissingColumns { path, missing, columns, hint } => {
                let text = [missing_columns(missing, columns), hint.vi.to_string()].join("\n");
                of(path, text.trim_end())
            }
            Self::AmbiguousColumn { path, attribute, columns } => {
                let columns = columns.join(", ");
                let which = format!("hãy nói rõ cột nào bằng --map CỘT={attribute}");
                of(path, &format!("các cột {columns} đều có thể là `{attribute}`; {which}"))
            }
            Self::WhichSystem { path, why, candidates } => {
                of(path, &format!("{}{}", why.vi, question(candidates)))
            }
            Self::WhichEncoding { path, columns } => of(path, &readings(columns)),
            Self::System { path, source } => of(path, &system(source)),
            Self::OutsideProvince { path, why, candidates } => {
                of(path, &format!("{}{}", why.vi, fitting(candidates)))
            }
            Self::DeletesMost { what, gone, held } => format!(
                "--mode replace sẽ xóa {gone} trên {held} đối tượng của {}, hơn một nửa; nếu đúng là muốn vậy, hãy chạy \
                 lại với --yes",
                what.vi
            ),
            Self::SystemContradicted { path, why } => of(path, &why.vi),
            Self::Reference(why) => {
                let why = quoted(DATABASE, why);
                format!("không đọc được các xã từ cơ sở dữ liệu: {why}; chưa có gì thay đổi")
            }
            Self::Transform(error) => transform(error),
            Self::Disagreement(error) => disagreement(error),
            Self::Rule(error) => {
                let (layer, rule) = (&error.layer, &error.rule);
                let why = quoted("bộ đọc CQL2", &error.error.to_string());
                format!("lớp `{layer}` có quy tắc `{rule}` không dùng được: {why}")
            }
            Self::Staging(error) => staging(error),
            Self::Unsettled { error, refused } => format!(
                "{}. Nếu đã ghi nhận, chỉ thiếu các dòng bị từ chối; chúng ở trong {}",
                staging(error),
                super::listed(refused)
            ),
            Self::Reader(why) => format!("việc đọc tệp đã dừng: {}", quoted("chương trình", why)),
        }
    }
}

fn of(path: &Path, what: &str) -> String {
    format!("{}: {what}", path.display())
}

fn cut_short(row: u64, reason: &str) -> String {
    let after = if row == 0 { String::new() } else { format!(" sau dòng {row}") };
    format!("tệp bị cắt cụt hoặc hỏng{after}: {reason}")
}

fn missing_columns(missing: &[Words], columns: &[String]) -> String {
    let list = missing.iter().map(|one| format!("\n  {}", one.vi)).collect::<String>();
    let held = if columns.is_empty() { "không có cột nào".to_owned() } else { columns.join(", ") };
    format!(
        "không có cột nào chứa giá trị mà mọi đối tượng của lớp phải có:{list}\n\
         Các cột của tệp: {held}\n\
         Hãy nói rõ cột nào bằng --map CỘT=thuộc_tính, hoặc cho một giá trị chung cho mọi dòng bằng \
         --set thuộc_tính=giá_trị."
    )
}

fn list(candidates: &[Candidate]) -> String {
    candidates.iter().map(|candidate| format!("\n  {}", candidate.words().vi)).collect()
}

fn question(candidates: &[Candidate]) -> String {
    match list(candidates) {
        none if none.is_empty() => {
            "\nKhông hệ tọa độ nào dùng ở Việt Nam đưa các tọa độ này vào địa bàn tỉnh. Hãy \
                                    hỏi bên gửi xem tọa độ ở hệ nào."
                .to_owned()
        }
        list => {
            format!("\nKinh tuyến trục nào? Hãy hỏi bên gửi, rồi chạy lại với một trong các lựa chọn:{list}")
        }
    }
}

fn fitting(candidates: &[Candidate]) -> String {
    match list(candidates) {
        none if none.is_empty() => {
            "\nKhông hệ tọa độ nào dùng ở Việt Nam đưa dữ liệu vào địa bàn tỉnh.".to_owned()
        }
        list => {
            let first = candidates.first().and_then(Candidate::flag);
            let repeat = first.map(|flag| format!("\nNếu dòng đầu là đúng, hãy chạy lại với {flag}"));
            format!("\nDữ liệu sẽ nằm trong tỉnh với:{list}{}", repeat.unwrap_or_default())
        }
    }
}

fn readings(columns: &[AmbiguousText]) -> String {
    let mut text =
        "không xác định được chữ trong tệp viết bằng bảng mã nào. Hãy nêu cho mỗi cột một lựa chọn:"
            .to_owned();
    for AmbiguousText { column, could } in columns {
        for (encoding, sample) in could {
            let name = encoding.name();
            text += &format!("\n  --encoding {column}={name}  nếu `{sample}` là đúng");
        }
    }
    text
}

/// Why a system is not used.
pub fn system(error: &SystemError) -> String {
    match error {
        SystemError::SwappedOrigin { code, instead, name } => format!(
            "EPSG:{code} không dùng được: hệ này bị đăng ký nhầm, đổi chỗ false easting và false northing; hãy dùng \
             EPSG:{instead} ({name}) cho cùng kinh tuyến trục"
        ),
        SystemError::Unsupported(code) => format!(
            "EPSG:{code} chưa được hỗ trợ; các hệ dùng được là VN-2000 (EPSG:9205-9218, 5896-5899, 3405, 3406, 4756) và \
             EPSG:4326, 3857, 32648, 32649"
        ),
        SystemError::Unreadable(text) => {
            format!("`{text}` không phải là tên một hệ tọa độ; hãy ghi như EPSG:9210")
        }
    }
}

fn transform(error: &TransformError) -> String {
    match error {
        TransformError::Setup(why) => {
            format!("không thiết lập được phép chuyển tọa độ: {}", quoted("PROJ", &why.to_string()))
        }
        TransformError::Outside => "có tọa độ nằm ngoài vùng dùng được của hệ tọa độ".to_owned(),
        TransformError::Lengths => "số lượng x và y khác nhau".to_owned(),
    }
}

/// Why PROJ or PostGIS is not trusted.
pub fn disagreement(error: &Disagreement) -> String {
    match error {
        Disagreement::Position { by, point, system, metres, tolerance_m } => format!(
            "{by} đặt điểm kiểm tra \"{point}\" của EPSG:{system} lệch {metres:.3} m so với vị trí đã biết (cho phép \
             {tolerance_m} m); không thể tin bản PROJ đang cài đối với VN-2000"
        ),
        Disagreement::NoAnswer { by, point, system, reason } => {
            format!("{by} không tính được điểm kiểm tra \"{point}\" của EPSG:{system}: {reason}")
        }
    }
}

/// Why the database takes no rows.
pub fn staging(error: &StagingError) -> String {
    match error {
        StagingError::Busy { layer, by, since } => {
            let by = by.as_ref().map(|by| format!(", do {by} chạy")).unwrap_or_default();
            let since = since.map(|at| format!(", từ {}", in_vietnam(at))).unwrap_or_default();
            format!("lớp `{layer}` đang được nạp hoặc hoàn tác{by}{since}; hãy chạy lại khi việc đó xong")
        }
        StagingError::NoColumn { table, column } => format!(
            "bảng gis.{table} không có cột `{column}`; hãy khởi động máy chủ một lần để cột được thêm vào"
        ),
        StagingError::Refused(why) => {
            format!("cơ sở dữ liệu từ chối các dòng: {}", quoted(DATABASE, why))
        }
        StagingError::Overtaken(layer) => {
            format!("lớp `{layer}` vừa bị thay đổi, nên sẽ xóa nhiều hơn đã báo; hãy chạy lại")
        }
        StagingError::Outdated(layer) => format!("lớp `{layer}` vừa bị thay đổi; hãy chạy lại"),
        StagingError::Unavailable(why) => {
            format!("không kết nối được cơ sở dữ liệu: {}; chưa có gì thay đổi", quoted(CONNECTION, why))
        }
        StagingError::Contended(why) => {
            format!("{}; chưa có gì thay đổi; hãy làm lại", quoted("cơ sở dữ liệu nhường việc khác", why))
        }
        StagingError::Unsettled(why) => format!(
            "mất kết nối khi cơ sở dữ liệu đang ghi nhận kết quả: {}; chưa rõ đã ghi nhận hay chưa: hãy xem lịch sử của \
             lớp (`diaban history LỚP`) trước khi làm lại",
            quoted(CONNECTION, why)
        ),
        StagingError::Database(why) => format!("{}; chưa có gì thay đổi", quoted(DATABASE, why)),
    }
}

/// Why a run is not taken back.
pub fn undo(error: &UndoError) -> String {
    match error {
        UndoError::NoRun(run) => no_run(*run),
        UndoError::Undone { run, by } => {
            format!("lần {run} đã được hoàn tác ở lần {by} rồi; `diaban undo {by}` đưa lần {run} trở lại")
        }
        UndoError::NoLayer { run, layer } => {
            format!("lần {run} là của lớp `{layer}`, mà tệp định nghĩa lớp đó không có ở đây (xem --layers)")
        }
        UndoError::Conflict { run, count, conflicts } => {
            let named: String = conflicts.iter().map(conflict).collect();
            format!("không hoàn tác được lần {run}: {count} đối tượng của lần đó đã bị sửa về sau{named}")
        }
        UndoError::Staging(error) => staging(error),
    }
}

/// There is no run of that number.
fn no_run(run: i64) -> String {
    format!(
        "không có lần {run}. Chạy thử (--dry-run), lần bị từ chối, bị ngắt hoặc bị lỗi không để lại gì, nên có số bị bỏ \
         trống. `diaban history LỚP` liệt kê các lần đã giữ lại"
    )
}

fn conflict(conflict: &Conflict) -> String {
    let Conflict { feature, key, run, by, tool } = conflict;
    let by = by.as_deref().unwrap_or("không rõ ai");
    let how = match (run, tool.as_deref()) {
        (Some(run), _) => format!("ở lần {run} ({by})"),
        (None, Some(tool)) if !tool.is_empty() => format!("do {by}, bằng {tool}"),
        (None, _) => format!("do {by}"),
    };
    format!("\n  đối tượng {feature} ({key}): {how}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::legacy_text::Encoding;

    fn path() -> std::path::PathBuf {
        "thua_dat.shp".into()
    }

    fn of_files() -> Vec<ImportError> {
        let why = || words("vì sao", "why");
        vec![
            ImportError::file(&path(), why()),
            ImportError::NoRoom { path: path(), reason: why() },
            ImportError::cut_short(&path(), 0, why()),
            ImportError::cut_short(&path(), 7, why()),
            ImportError::SeveralSublayers { path: path(), names: vec![words("a (1 dòng)", "a (1 rows)")] },
            ImportError::MissingColumns {
                path: path(),
                missing: vec![why()],
                columns: Vec::new(),
                hint: Words::same(""),
            },
            ImportError::AmbiguousColumn {
                path: path(),
                attribute: "code".to_owned(),
                columns: vec!["A".to_owned(), "B".to_owned()],
            },
            ImportError::WhichSystem { path: path(), why: why(), candidates: Vec::new() },
            ImportError::WhichEncoding {
                path: path(),
                columns: vec![AmbiguousText {
                    column: "TEN".to_owned(),
                    could: vec![(Encoding::Tcvn3, "Đức Hòa".to_owned())],
                }],
            },
            ImportError::OutsideProvince { path: path(), why: why(), candidates: Vec::new() },
            ImportError::SystemContradicted { path: path(), why: why() },
        ]
    }

    fn of_systems() -> Vec<ImportError> {
        let system = |source| ImportError::System { path: path(), source };
        vec![
            system(SystemError::SwappedOrigin { code: 6957, instead: 5897, name: "VN-2000" }),
            system(SystemError::Unsupported(2000)),
            system(SystemError::Unreadable("VN2000".to_owned())),
            TransformError::Outside.into(),
            TransformError::Lengths.into(),
            Disagreement::Position { by: "PROJ", point: "p", system: 9210, metres: 0.8, tolerance_m: 0.005 }
                .into(),
            Disagreement::NoAnswer { by: "PROJ", point: "p", system: 9210, reason: "none".to_owned() }.into(),
        ]
    }

    fn of_requests_and_the_database() -> Vec<ImportError> {
        let layer = || "well".to_owned();
        vec![
            ImportError::UnknownLayer { layer: layer(), known: Vec::new() },
            ImportError::UnknownLayer { layer: layer(), known: vec!["plot".to_owned()] },
            ImportError::ForeignTable(layer()),
            ImportError::NoFiles,
            ImportError::Setting { flag: "--crs 1".to_owned(), reason: words("vì sao", "why") },
            ImportError::DeletesMost { what: words("lớp well", "layer well"), gone: 3, held: 5 },
            ImportError::Reference("gone".to_owned()),
            ImportError::Reader("gone".to_owned()),
            StagingError::Busy { layer: layer(), by: Some("an".to_owned()), since: None }.into(),
            StagingError::NoColumn { table: layer(), column: "code".to_owned() }.into(),
            StagingError::Refused("why".to_owned()).into(),
            StagingError::Overtaken(layer()).into(),
            StagingError::Outdated(layer()).into(),
            StagingError::Unavailable("gone".to_owned()).into(),
            StagingError::Unsettled("gone".to_owned()).into(),
            StagingError::Database("gone".to_owned()).into(),
            ImportError::Unsettled {
                error: StagingError::Unsettled("gone".to_owned()),
                refused: vec![path()],
            },
        ]
    }

    #[test]
    fn each_error_is_told_in_both_languages() {
        let all = of_files().into_iter().chain(of_systems()).chain(of_requests_and_the_database());
        for error in all {
            let Words { vi, en } = error.words();
            assert_eq!(en, error.to_string());
            assert!(!vi.is_empty() && vi != en, "`{vi}` and `{en}`");
            assert!(unicode_normalization::is_nfc(&vi), "{vi}");
        }
    }
}
