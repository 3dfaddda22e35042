//! Why the database cannot be used, or no backup is made or brought back, in Vietnamese.

use crate::{
    import::{SYSTEM, quoted},
    store::postgis::{DatabaseError, Refusal, backup::BackupError, error::database_message},
};

const POSTGRESQL: &str = "PostgreSQL";
/// Who speaks where an address or a connection is at fault.
const CONNECTION: &str = "trình kết nối PostgreSQL";
const PROGRAM: &str = "chương trình";

/// Why the database cannot be used, and what to do.
pub fn database(error: &DatabaseError) -> String {
    use DatabaseError as E;
    match error {
        E::NoPostgres
        | E::OtherMajor { .. }
        | E::OtherOwner { .. }
        | E::NotACluster { .. }
        | E::Folder { .. }
        | E::StartLocked { .. }
        | E::NotStarted { .. } => private(error),
        E::BadUrl { .. } | E::Unreachable { .. } | E::AccessRefused { .. } | E::NoDatabase { .. } => {
            elsewhere(error)
        }
        E::PostgresTooOld { .. }
        | E::NotUtf8 { .. }
        | E::NoPostgis { .. }
        | E::PostgisNotCreated { .. }
        | E::PostgisTooOld { .. } => unfit(error),
        E::NoRight { user, database, statement, .. } => format!(
            "người dùng `{user}` không có đủ quyền. Hãy nhờ chủ sở hữu hoặc quản trị chạy\n  psql -d {database} -c '{statement}'"
        ),
        E::Newer { found, known } => format!(
            "cơ sở dữ liệu do bản diaban mới hơn chuẩn bị (lược đồ {found}, chương trình này biết đến {known}). Hãy dùng bản \
             mới hơn hoặc cơ sở dữ liệu khác; `diaban serve --snapshots-only` vẫn phục vụ các bản chụp"
        ),
        E::Destructive(refusals) => destructive(refusals),
        E::Layer { layer, reason } => format!("lớp `{layer}`: {}", quoted(PROGRAM, reason)),
        E::Locked { what } => {
            format!("một phiên khác đang dùng ({}). Hãy chờ xong rồi thử lại", quoted(PROGRAM, what))
        }
        E::Query(error) => quoted(POSTGRESQL, &database_message(error)),
        E::Migration(why) => {
            format!("không cập nhật được lược đồ của cơ sở dữ liệu: {}", quoted(POSTGRESQL, why))
        }
        E::Internal(why) => quoted(PROGRAM, why),
    }
}

/// Of the private PostgreSQL in `--data`.
fn private(error: &DatabaseError) -> String {
    use DatabaseError as E;
    match error {
        E::NoPostgres => "máy này chưa cài PostgreSQL 15 trở lên. Cài bằng\n  \
            apt-get install postgresql-15 postgresql-15-postgis-3\n\
            hoặc chỉ ra cơ sở dữ liệu ở nơi khác bằng --database-url"
            .to_owned(),
        E::OtherMajor { path, found } => format!(
            "{} do PostgreSQL {found} tạo ra, mà máy này không có bản đó. Cài bằng\n  \
             apt-get install postgresql-{found} postgresql-{found}-postgis-3\n\
             hoặc chọn thư mục khác bằng --data",
            path.display()
        ),
        E::OtherOwner { path, owner } => format!(
            "{} là của người dùng `{owner}`. Hãy chạy chương trình bằng người dùng đó hoặc root, hoặc chọn thư mục khác \
             bằng --data",
            path.display()
        ),
        E::NotACluster { path } => format!(
            "{} không phải là thư mục dữ liệu PostgreSQL. Hãy chuyển nó đi chỗ khác, hoặc chọn thư mục khác bằng --data",
            path.display()
        ),
        E::Folder { path, action, source } => {
            let action = match *action {
                "created" => "tạo",
                "read" => "đọc",
                "locked" => "khóa",
                _ => "ghi",
            };
            let why = quoted(SYSTEM, &source.to_string());
            format!(
                "không {action} được {}: {why}. Hãy chọn bằng --data một thư mục mà bạn có quyền ghi",
                path.display()
            )
        }
        E::StartLocked { path, waited_s } => format!(
            "một lệnh diaban khác đang bật hoặc tắt PostgreSQL của {} đã {waited_s} giây. Hãy chờ xong, hoặc dừng lệnh đó, \
             rồi thử lại",
            path.display()
        ),
        E::NotStarted { action, reason, log } => {
            let action = if *action == "created" { "tạo" } else { "bật" };
            format!(
                "không {action} được PostgreSQL riêng: {}\nNhật ký: {}",
                quoted(POSTGRESQL, reason),
                log.display()
            )
        }
        other => quoted(PROGRAM, &other.to_string()),
    }
}

/// Of one that is reached by its address.
fn elsewhere(error: &DatabaseError) -> String {
    use DatabaseError as E;
    match error {
        E::BadUrl { reason } => format!(
            "không hiểu địa chỉ cơ sở dữ liệu: {}. Hãy ghi như postgres://người_dùng:mật_khẩu@máy:5432/tên",
            quoted(CONNECTION, reason)
        ),
        E::Unreachable { target, reason } => format!(
            "không tới được cơ sở dữ liệu tại {target}: {}. Hãy xem nó có đang chạy và địa chỉ có đúng không",
            quoted(CONNECTION, reason)
        ),
        E::AccessRefused { target, reason } => format!(
            "cơ sở dữ liệu tại {target} từ chối người dùng: {}. Hãy xem người dùng và mật khẩu trong địa chỉ, và pg_hba.conf \
             trên máy chủ",
            quoted(POSTGRESQL, reason)
        ),
        E::NoDatabase { target, database } => format!(
            "tại {target} không có cơ sở dữ liệu `{database}`. Tạo bằng\n  \
             createdb --encoding=UTF8 --template=template0 {database}"
        ),
        other => quoted(PROGRAM, &other.to_string()),
    }
}

/// Of a server that lacks something.
fn unfit(error: &DatabaseError) -> String {
    use DatabaseError as E;
    match error {
        E::PostgresTooOld { found } => format!(
            "máy chủ chạy PostgreSQL {found}; cần 15 trở lên. Hãy nâng cấp, hoặc chỉ ra máy chủ khác bằng --database-url"
        ),
        E::NotUtf8 { database, encoding } => format!(
            "cơ sở dữ liệu `{database}` lưu chữ bằng {encoding}; cần UTF8. Tạo cơ sở dữ liệu khác bằng\n  \
             createdb --encoding=UTF8 --template=template0 TÊN"
        ),
        E::NoPostgis { major } => format!(
            "máy chủ cơ sở dữ liệu chưa cài PostGIS. Cài trên máy đó bằng\n  apt-get install postgresql-{major}-postgis-3"
        ),
        E::PostgisNotCreated { database, user } => format!(
            "cơ sở dữ liệu `{database}` chưa có phần mở rộng PostGIS, và người dùng `{user}` không được tạo. Hãy nhờ quản \
             trị chạy\n  psql -d {database} -c 'CREATE EXTENSION postgis'"
        ),
        E::PostgisTooOld { found, mend } => {
            format!("cơ sở dữ liệu có PostGIS {found}; cần 3.3 trở lên. {}", quoted(PROGRAM, mend))
        }
        other => quoted(PROGRAM, &other.to_string()),
    }
}

fn destructive(refusals: &[Refusal]) -> String {
    let mut text = String::from(
        "bảng trong cơ sở dữ liệu khác với tệp định nghĩa lớp, và làm cho khớp có thể mất dữ liệu, nên chưa thay đổi gì. Hãy \
         chạy những câu lệnh bạn đồng ý, hoặc đưa lại tệp định nghĩa lớp cũ:",
    );
    for Refusal { layer, difference, statements } in refusals {
        text.push_str(&format!("\n-- {layer}: {difference}"));
        text.extend(statements.iter().flat_map(|statement| ["\n", statement.as_str()]));
    }
    text
}

/// Why no backup is made, or none brought back.
pub fn backup(error: &BackupError) -> String {
    use BackupError as E;
    match error {
        E::NotWritten { path, reason } => format!(
            "không ghi được bản sao lưu {}: {}. Tệp có sẵn ở đó vẫn như cũ",
            path.display(),
            quoted(SYSTEM, reason)
        ),
        E::NotRead { path, reason } => {
            format!("không đọc được bản sao lưu {}: {}", path.display(), quoted(SYSTEM, reason))
        }
        E::Garbled { path, reason } => format!(
            "{} không phải là bản sao lưu nguyên vẹn: {}. Chưa thay đổi gì; hãy lấy bản sao khác của tệp, hoặc bản sao lưu cũ hơn",
            path.display(),
            quoted(PROGRAM, reason)
        ),
        E::Newer { path, program } => format!(
            "{} do diaban {program} ghi, theo dạng mới hơn. Hãy phục hồi bằng phiên bản đó",
            path.display()
        ),
        E::NewerSchema { program, found, known } => format!(
            "bản sao lưu do diaban {program} tạo, lược đồ {found}; chương trình này biết đến {known}. Hãy phục hồi bằng phiên \
             bản đó hoặc mới hơn"
        ),
        E::Nothing { database } => {
            format!("cơ sở dữ liệu {database} không có gì của diaban, nên không có gì để sao lưu")
        }
        E::HoldsData { database, held } => format!(
            "cơ sở dữ liệu {database} đang có dữ liệu: {}. Chưa thay đổi gì. Hãy chỉ ra cơ sở dữ liệu trống (--database-url, \
             hoặc --data khác), hoặc thêm --replace để xóa hết những thứ đó và thay bằng bản sao lưu",
            held.replace(" rows)", " dòng)").replace(" and ", " và ").replace(" more tables", " bảng nữa")
        ),
        E::InUse { database, count, pids } => format!(
            "{count} phiên diaban khác đang làm việc trong cơ sở dữ liệu {database} (tiến trình {pids} của máy chủ cơ sở dữ \
             liệu). Hãy dừng máy chủ hoặc lần nạp đó, rồi thử lại"
        ),
        E::BuiltUpon { names } => format!(
            "{names} dựa trên các bảng mà bản sao lưu sẽ thay, và sẽ mất theo. Hãy cất định nghĩa của chúng, xóa chúng, rồi \
             thử lại"
        ),
        E::PostgisElsewhere { here, there } => format!(
            "ở đây PostGIS nằm trong lược đồ {here}, còn nơi sao lưu là {there}. Hãy đặt nó vào đó (CREATE EXTENSION postgis \
             SCHEMA {there}) trong một cơ sở dữ liệu trống, rồi thử lại"
        ),
        E::NoTools { major } => format!(
            "máy này không có pg_dump, pg_restore và psql của PostgreSQL {major} trở lên. Cài bằng\n  \
             apt-get install postgresql-client-{major}"
        ),
        E::Beside { reason } => format!(
            "không sao chép được phần nằm ngoài cơ sở dữ liệu: {}. Chưa ghi bản sao lưu nào",
            quoted(SYSTEM, reason)
        ),
        E::Failed { reason } => format!("không thành công, chưa thay đổi gì: {}", quoted(POSTGRESQL, reason)),
        E::Database(error) => database(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn text() -> String {
        "x".to_owned()
    }

    fn of_databases() -> Vec<DatabaseError> {
        use DatabaseError as E;
        let path = || PathBuf::from("/srv/x");
        vec![
            E::NoPostgres,
            E::OtherMajor { path: path(), found: text() },
            E::OtherOwner { path: path(), owner: text() },
            E::NotACluster { path: path() },
            E::Folder { path: path(), action: "created", source: std::io::Error::other("x") },
            E::StartLocked { path: path(), waited_s: 200 },
            E::NotStarted { action: "started", reason: text(), log: path() },
            E::BadUrl { reason: text() },
            E::Unreachable { target: text(), reason: text() },
            E::AccessRefused { target: text(), reason: text() },
            E::NoDatabase { target: text(), database: text() },
            E::PostgresTooOld { found: text() },
            E::NotUtf8 { database: text(), encoding: text() },
            E::NoPostgis { major: 15 },
            E::PostgisNotCreated { database: text(), user: text() },
            E::PostgisTooOld { found: text(), mend: text() },
            E::NoRight { user: text(), action: text(), database: text(), statement: text() },
            E::Newer { found: 9, known: 8 },
            E::Destructive(vec![Refusal { layer: text(), difference: text(), statements: vec![text()] }]),
            E::Layer { layer: text(), reason: text() },
            E::Locked { what: text() },
            E::Migration(text()),
        ]
    }

    fn of_backups() -> Vec<BackupError> {
        use BackupError as E;
        let path = || PathBuf::from("/srv/x");
        vec![
            E::NotWritten { path: path(), reason: text() },
            E::NotRead { path: path(), reason: text() },
            E::Garbled { path: path(), reason: text() },
            E::Newer { path: path(), program: text() },
            E::NewerSchema { program: text(), found: 9, known: 8 },
            E::Nothing { database: text() },
            E::HoldsData { database: text(), held: text() },
            E::InUse { database: text(), count: 2, pids: text() },
            E::BuiltUpon { names: text() },
            E::PostgisElsewhere { here: text(), there: text() },
            E::NoTools { major: 15 },
            E::Beside { reason: text() },
            E::Failed { reason: text() },
        ]
    }

    #[test]
    fn each_error_of_the_database_has_its_vietnamese() {
        let all = of_databases().into_iter().map(|error| (database(&error), error.to_string()));
        let backups = of_backups().into_iter().map(|error| (backup(&error), error.to_string()));
        for (vi, en) in all.chain(backups) {
            assert!(vi != en && unicode_normalization::is_nfc(&vi), "{vi}");
            assert!(!vi.contains(" the ") && !vi.starts_with("chương trình báo"), "{vi}");
        }
    }
}
