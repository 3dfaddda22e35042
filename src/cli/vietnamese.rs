//! The Vietnamese halves of errors that know English alone.
//!
//! Must not know which command met them.

/// Those of the database and of its backups.
mod database;

use crate::{
    crs::Disagreement,
    http::CertificateError,
    import::{SYSTEM, disagreement, quoted, staging, undo},
    layer::{GrantErrors, LayerError, LayerErrors},
    quality::{CheckError, StatementError},
    query::RuleError,
    store::{
        PublishError, StoreError,
        postgis::{GarbledRows, StagingError},
        snapshot::SnapshotError,
    },
};
use database::{backup, database};
use std::{error::Error, io};

/// Who speaks where a store reports.
const STORE: &str = "kho dữ liệu";
const PROGRAM: &str = "chương trình";

/// An error in Vietnamese, with what stands behind it; `None` where it is none of those known here.
pub fn of(error: &(dyn Error + 'static)) -> Option<String> {
    // One after the other: nothing else tells of which type an error is.
    let said = error.downcast_ref().map(database);
    let said = said.or_else(|| error.downcast_ref().map(backup));
    let said = said.or_else(|| error.downcast_ref().map(undo));
    let said = said.or_else(|| error.downcast_ref::<StagingError>().map(staging));
    let said = said.or_else(|| error.downcast_ref::<Disagreement>().map(disagreement));
    let said = said.or_else(|| error.downcast_ref().map(layer_files));
    let said = said.or_else(|| error.downcast_ref().map(grants));
    let said = said.or_else(|| error.downcast_ref().map(certificate));
    let said = said.or_else(|| error.downcast_ref().map(rule));
    let said = said.or_else(|| error.downcast_ref().map(store));
    let said = said.or_else(|| error.downcast_ref().map(snapshot));
    let said = said.or_else(|| error.downcast_ref().map(publishing));
    let said = said.or_else(|| error.downcast_ref().map(checking));
    let said = said.or_else(|| error.downcast_ref().map(statements));
    said.or_else(|| error.downcast_ref::<io::Error>().map(|error| quoted(SYSTEM, &error.to_string())))
}

/// Why there is no TLS.
fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Unreadable(path, error) => {
            format!("không đọc được {}: {}", path.display(), quoted(SYSTEM, &error.to_string()))
        }
        CertificateError::NoCertificate(path) => {
            format!("{} không có chứng thư nào (dạng PEM, -----BEGIN CERTIFICATE-----)", path.display())
        }
        CertificateError::NoKey(path) => format!(
            "{} không có khóa riêng đọc được (dạng PEM, -----BEGIN PRIVATE KEY-----, không đặt mật khẩu)",
            path.display()
        ),
        CertificateError::Mismatch(chain, key) => format!(
            "khóa trong {} không phải của chứng thư trong {}; ở đó chứng thư của chính máy chủ phải đứng đầu",
            key.display(),
            chain.display()
        ),
        CertificateError::Expired(path, at) => {
            format!("chứng thư trong {} đã hết hạn lúc {at}; hãy gia hạn", path.display())
        }
        CertificateError::NotYet(path, at) => {
            format!("chứng thư trong {} chỉ có hiệu lực từ {at}; hãy xem lại đồng hồ của máy", path.display())
        }
        CertificateError::Unusable(path, error) => {
            format!("không dùng {} cho TLS được: {}", path.display(), quoted(PROGRAM, &error.to_string()))
        }
    }
}

fn layer_files(errors: &LayerErrors) -> String {
    format!("tệp định nghĩa lớp có chỗ sai (phần sau bằng tiếng Anh):{}", lines(&errors.0))
}

fn lines(errors: &[LayerError]) -> String {
    errors.iter().map(|error| format!("\n  {error}")).collect()
}

fn grants(errors: &GrantErrors) -> String {
    format!("tệp cấp quyền có chỗ sai (phần sau bằng tiếng Anh):{}", lines(&errors.0))
}

fn rule(error: &RuleError) -> String {
    let why = quoted("bộ đọc CQL2", &error.error.to_string());
    format!("lớp `{}` có quy tắc `{}` không dùng được: {why}", error.layer, error.rule)
}

fn store(error: &StoreError) -> String {
    match error {
        StoreError::Unavailable(why) => format!("không dùng được cơ sở dữ liệu: {}", quoted(STORE, why)),
        StoreError::Busy => "cơ sở dữ liệu đang quá bận".to_owned(),
        StoreError::TooSlow => "bộ lọc mất nhiều thời gian hơn mức cho phép với số đối tượng này".to_owned(),
        StoreError::Timeout => "cơ sở dữ liệu trả lời lâu hơn mức cho phép".to_owned(),
        StoreError::NoSnapshot { layer, .. } => {
            format!("lớp `{layer}` không có bản chụp đọc được; hãy tạo lại bằng `diaban publish {layer}`")
        }
        other => quoted(STORE, &other.to_string()),
    }
}

fn snapshot(error: &SnapshotError) -> String {
    match error {
        SnapshotError::NotWritable { path, reason } => format!(
            "không ghi được vào thư mục bản chụp {path}: {}. Hãy cấp quyền ghi cho người dùng chạy chương trình, hoặc \
             chọn thư mục khác bằng --data; bản chụp trước vẫn được dùng",
            quoted(SYSTEM, reason)
        ),
        SnapshotError::DiskFull { path } => format!(
            "hết chỗ để ghi bản chụp vào {path}. Hãy giải phóng đĩa rồi xuất bản lại; bản chụp trước vẫn được dùng"
        ),
        SnapshotError::Refused { path, reason } => format!("{path}: {}", quoted("chương trình", reason)),
    }
}

fn publishing(error: &PublishError) -> String {
    match error {
        PublishError::Database(error) => database(error),
        PublishError::Snapshot(error) => snapshot(error),
        PublishError::Rows(error) => rows(error),
        PublishError::Internal(why) => quoted("chương trình", why),
    }
}

fn checking(error: &CheckError) -> String {
    match error {
        CheckError::Database(error) => database(error),
        CheckError::Store(error) => store(error),
        CheckError::Communes(why) => {
            format!("không đọc được ranh giới xã: {}", quoted("chương trình", &why.to_string()))
        }
        CheckError::Rows(error) => rows(error),
        CheckError::Internal(why) => quoted("chương trình", why),
    }
}

fn rows(_: &GarbledRows) -> String {
    "cơ sở dữ liệu gửi những dòng không đọc được".to_owned()
}

fn statements(error: &StatementError) -> String {
    match error {
        StatementError::File(why) => format!("tệp chưa đúng dạng: {}", quoted("bộ đọc TOML", why)),
        StatementError::NoLayer(list, layer) => {
            format!("`{list}` nêu lớp `{layer}`, mà không có lớp nào có mã đó")
        }
        StatementError::Twice(list, layer) => format!("`{list}` nêu lớp `{layer}` nhiều hơn một lần"),
        StatementError::Share(of, done, all) => {
            format!("`{of}` ghi {done} trên {all} là đã xong, không thể như vậy")
        }
    }
}
