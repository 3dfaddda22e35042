//! Why nothing came of a file, and what its sender may choose so that it goes on.
//!
//! Must not know who is told.

use crate::{
    import::{ImportError, evidence::Candidate, text_columns::AmbiguousText},
    store::{delivery::Trouble, postgis::StagingError},
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
        ImportError::Staging(StagingError::Refused(_)) => ("file", Json::Null),
        ImportError::Staging(
            StagingError::Busy { .. }
            | StagingError::Overtaken(_)
            | StagingError::Outdated(_)
            | StagingError::Contended(_),
        ) => ("busy", Json::Null),
        ImportError::Staging(StagingError::Unavailable(_)) | ImportError::Reference(_) => {
            return away(error);
        }
        ImportError::Staging(_)
        | ImportError::Transform(_)
        | ImportError::Disagreement(_)
        | ImportError::Rule(_)
        | ImportError::Reader(_) => return internal(error),
    };
    Trouble { kind, reason: [said.vi.into_owned(), said.en.into_owned()], choices }
}

fn away(error: &ImportError) -> Trouble {
    tracing::warn!(%error, "an import has no database");
    let reason = [
        "cơ sở dữ liệu đang không dùng được; chưa có gì thay đổi, hãy thử lại sau ít phút",
        "the database is away; nothing has changed, try again in a moment",
    ];
    Trouble { kind: "unavailable", reason: reason.map(str::to_owned), choices: Json::Null }
}

fn internal(error: &ImportError) -> Trouble {
    tracing::error!(%error, "an import failed");
    let reason = [
        "máy chủ gặp lỗi, chưa có gì thay đổi; nhật ký của máy chủ ghi lý do",
        "the server made a mistake, and nothing has changed; its log has the reason",
    ];
    Trouble { kind: "internal", reason: reason.map(str::to_owned), choices: Json::Null }
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
