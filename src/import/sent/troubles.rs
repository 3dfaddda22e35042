//! Why nothing came of a file, and what its sender may choose so that it goes on.
//!
//! Must not know who is told.

use crate::{
    import::{ImportError, columns::text::AmbiguousText, error::vietnamese, evidence::Candidate},
    store::{
        delivery::Trouble,
        postgis::{Conflict, StagingError, UndoError},
    },
};
use serde_json::{Value as Json, json};

/// What is told of an error. What is internal goes to the log, and is not told.
pub fn trouble(error: &ImportError) -> Trouble {
    let said = error.words();
    let (kind, choices) = match error {
        ImportError::Setting { .. } | ImportError::UnknownLayer { .. } | ImportError::ForeignTable(_) => {
            ("setting", Json::Null)
        }
        ImportError::File { .. } | ImportError::CutShort { .. } | ImportError::NoFiles => {
            ("file", Json::Null)
        }
        ImportError::SeveralSublayers { names, .. } => {
            ("sublayer", names.iter().map(|name| json!({ "title": name.en, "title_vi": name.vi })).collect())
        }
        ImportError::MissingColumns { missing, .. } => {
            ("columns", missing.iter().map(|one| json!({ "title": one.en, "title_vi": one.vi })).collect())
        }
        ImportError::AmbiguousColumn { attribute, columns, .. } => {
            ("columns", json!([{ "attribute": attribute, "columns": columns }]))
        }
        ImportError::WhichSystem { candidates, .. } | ImportError::OutsideProvince { candidates, .. } => {
            ("system", candidates.iter().filter_map(candidate).collect())
        }
        ImportError::System { .. } | ImportError::SystemContradicted { .. } => ("system", Json::Null),
        ImportError::WhichEncoding { columns, .. } => ("encoding", columns.iter().map(ambiguous).collect()),
        ImportError::DeletesMost { gone, held, .. } => {
            ("deletes_most", json!({ "gone": gone, "held": held }))
        }
        ImportError::Staging(error) | ImportError::Unsettled { error, .. } => return staging(error),
        ImportError::Reference(_) => return away(error),
        ImportError::NoRoom { .. } => return no_room(error),
        ImportError::Transform(_)
        | ImportError::Disagreement(_)
        | ImportError::Rule(_)
        | ImportError::Reader(_) => return internal(error),
    };
    Trouble { kind, reason: [said.vi.into_owned(), said.en.into_owned()], choices }
}

/// Why a run is not taken back. Who changed what stands in its way, and with what, is not told.
pub fn undoing(error: &UndoError) -> Trouble {
    let (vi, en) = match error {
        UndoError::Staging(error) => return staging(error),
        UndoError::Conflict { run, count, conflicts } => {
            tracing::info!(%error, "a run is not taken back");
            let named = |one: &Conflict| format!("{} ({})", one.feature, one.key);
            let named = conflicts.iter().map(named).collect::<Vec<_>>().join(", ");
            (
                format!(
                    "không hoàn tác được lần {run}: {count} đối tượng của lần đó đã bị sửa về sau: {named}"
                ),
                format!(
                    "run {run} cannot be taken back: {count} of its features were changed since: {named}"
                ),
            )
        }
        UndoError::NoRun(_) | UndoError::Undone { .. } | UndoError::NoLayer { .. } => {
            (vietnamese::undo(error), error.to_string())
        }
    };
    Trouble { kind: "undo", reason: [vi, en], choices: Json::Null }
}

/// What failed on the way to the layer. What the database says, and who else is at it, is not told.
fn staging(error: &StagingError) -> Trouble {
    let (kind, vi, en) = match error {
        StagingError::Unavailable(_) => return away(error),
        StagingError::Unsettled(_) => return unsettled(error),
        StagingError::NoColumn { .. } | StagingError::Database(_) => return internal(error),
        StagingError::Refused(reason) if reason.starts_with("duplicate key") => (
            "file",
            "lớp đã có đối tượng khác mang khóa của một dòng trong tệp; chưa có gì thay đổi, hãy làm lại",
            "another feature of the layer has the key of a row of the file; nothing has changed, repeat",
        ),
        StagingError::Refused(_) => (
            "file",
            "cơ sở dữ liệu không nhận giá trị của một dòng trong tệp; chưa có gì thay đổi, nhật ký của máy chủ ghi lý do",
            "the database does not take the values of a row of the file; nothing has changed, the server's log has the \
             reason",
        ),
        StagingError::Busy { .. } => (
            "busy",
            "lớp đang được nạp hoặc hoàn tác ở nơi khác; chưa có gì thay đổi, hãy làm lại khi việc đó xong",
            "another import or undo has the layer; nothing has changed, repeat when it has ended",
        ),
        StagingError::Overtaken(_) => (
            "busy",
            "lớp vừa bị thay đổi, nên sẽ xóa nhiều hơn đã báo; chưa có gì thay đổi, hãy làm lại",
            "the layer was changed meanwhile, and more of it would be deleted than was said; nothing has changed, repeat",
        ),
        StagingError::Outdated(_) => (
            "busy",
            "lớp vừa bị thay đổi; chưa có gì được nạp, hãy làm lại",
            "the layer was changed meanwhile; nothing was loaded, repeat",
        ),
        StagingError::Contended(_) => (
            "busy",
            "cơ sở dữ liệu nhường việc khác; chưa có gì thay đổi, hãy làm lại",
            "the database gave way to others; nothing has changed, repeat",
        ),
    };
    tracing::info!(%error, "a file that was sent is not loaded, or not taken back");
    told(kind, [vi, en])
}

fn told(kind: &'static str, reason: [&str; 2]) -> Trouble {
    Trouble { kind, reason: reason.map(str::to_owned), choices: Json::Null }
}

fn away(error: &impl std::fmt::Display) -> Trouble {
    tracing::warn!(%error, "an import has no database");
    told(
        "unavailable",
        [
            "cơ sở dữ liệu đang không dùng được; chưa có gì thay đổi, hãy thử lại sau ít phút",
            "the database is away; nothing has changed, try again in a moment",
        ],
    )
}

fn no_room(error: &ImportError) -> Trouble {
    tracing::error!(%error, "a file that was sent cannot be worked on: the disk is full");
    told(
        "unavailable",
        [
            "máy chủ không còn chỗ trống để xử lý tệp; chưa có gì thay đổi, hãy thử lại sau",
            "the server has no room to work on the file just now; nothing has changed, try again later",
        ],
    )
}

fn unsettled(error: &StagingError) -> Trouble {
    tracing::error!(%error, "it is not known whether a file that was sent is loaded, or taken back");
    told(
        "unsettled",
        [
            "mất kết nối khi cơ sở dữ liệu đang ghi nhận kết quả; chưa rõ đã ghi nhận hay chưa: hãy xem lịch sử của lớp \
             trước khi làm lại",
            "the connection to the database was lost while it was told to keep what was done; it is not known whether it \
             was kept: look at the history of the layer before you repeat",
        ],
    )
}

fn internal(error: &impl std::fmt::Display) -> Trouble {
    tracing::error!(%error, "an import failed");
    told(
        "internal",
        [
            "máy chủ gặp lỗi, chưa có gì thay đổi; nhật ký của máy chủ ghi lý do",
            "the server made a mistake, and nothing has changed; its log has the reason",
        ],
    )
}

fn candidate(candidate: &Candidate) -> Option<Json> {
    let (code, swapped) = candidate.choice()?;
    let (evidence, name) = (candidate.evidence(), crate::crs::system(code).ok()?.name);
    Some(json!({
        "crs": format!("EPSG:{code}"),
        "swap_xy": swapped,
        "name": name,
        "evidence": evidence.en,
        "evidence_vi": evidence.vi,
    }))
}

fn ambiguous(text: &AmbiguousText) -> Json {
    let could = text.could.iter();
    let could = could.map(|(encoding, sample)| json!({ "encoding": encoding.name(), "sample": sample }));
    json!({ "column": text.column, "could": could.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Words;
    use std::io::ErrorKind::StorageFull;

    #[test]
    fn neither_what_the_database_says_nor_who_else_is_at_it_is_told() {
        let secret = || "Failing row contains (79, Nguyễn Thị Bí Mật); process 4711".to_owned();
        let duplicate = || format!("duplicate key value violates constraint ({})", secret());
        let busy = StagingError::Busy { layer: "well".to_owned(), by: Some(secret()), since: None };
        let conflict = Conflict {
            feature: 5,
            key: "G2".to_owned(),
            run: None,
            by: Some(secret()),
            tool: Some(secret()),
        };
        let undo = UndoError::Conflict { run: 3, count: 1, conflicts: vec![conflict] };
        let import = |error: StagingError| trouble(&ImportError::Staging(error));
        for (trouble, kind) in [
            (import(busy), "busy"),
            (import(StagingError::Refused(secret())), "file"),
            (import(StagingError::Refused(duplicate())), "file"),
            (import(StagingError::Contended(secret())), "busy"),
            (import(StagingError::Unavailable(secret())), "unavailable"),
            (import(StagingError::Unsettled(secret())), "unsettled"),
            (import(StagingError::Database(secret())), "internal"),
            (
                trouble(&ImportError::of_file("a".as_ref(), &StorageFull.into(), Words::same(secret()))),
                "unavailable",
            ),
            (undoing(&UndoError::Staging(StagingError::Contended(secret()))), "busy"),
            (undoing(&undo), "undo"),
        ] {
            assert_eq!(trouble.kind, kind);
            let [vi, en] = &trouble.reason;
            assert!(vi != en && !vi.is_empty() && unicode_normalization::is_nfc(vi), "{vi}");
            for part in ["Bí Mật", "4711", "constraint"] {
                assert!(!vi.contains(part) && !en.contains(part), "{trouble:?}");
            }
        }
        assert!(undoing(&undo).reason.iter().all(|reason| reason.contains("5 (G2)")));
    }
}
