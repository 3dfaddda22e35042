//! The database: whether it is new enough, ours to use, and as this program wants it.

use super::{Check, machine};
use crate::{
    import::{Words, words},
    layer::Catalog,
    store::{
        DatabaseError,
        postgis::{
            Noting,
            look::{Facts, Look},
        },
    },
};

/// Sessions that a server of this program takes at most, and some for the others.
const CONNECTIONS_MIN: i32 = 30;
/// Seconds by which clocks may differ.
const CLOCK_APART_S: f64 = 5.0;
/// Minutes by which Vietnam is ahead of UTC.
const VIETNAM_MIN: i32 = 7 * 60;
/// Things that are named of a long list.
const NAMED_MAX: usize = 5;

/// Why the database does not answer, and what to do.
pub fn away(error: &DatabaseError) -> (Words, Words) {
    let rest = words(
        "Bên trong cơ sở dữ liệu chưa xem được; máy chủ vẫn phục vụ từ bản chụp.",
        "What is in it was not looked at; a server goes on from snapshots.",
    );
    let found = match error {
        DatabaseError::Unreachable { target, reason } => words(
            format!("không tới được {target}: {reason}"),
            format!("{target} cannot be reached: {reason}"),
        ),
        DatabaseError::AccessRefused { target, reason } => words(
            format!("{target} từ chối người dùng: {reason}"),
            format!("{target} refuses the user: {reason}"),
        ),
        DatabaseError::NoDatabase { target, database } => words(
            format!("tại {target} không có cơ sở dữ liệu `{database}`"),
            format!("there is no database `{database}` at {target}"),
        ),
        other => Words::same(other.to_string()),
    };
    let next = match error {
        DatabaseError::Unreachable { .. } => words(
            "Xem PostgreSQL có chạy không (systemctl status postgresql), địa chỉ và tường lửa có đúng không.",
            "See whether PostgreSQL runs (systemctl status postgresql), and whether address and firewall are right.",
        ),
        DatabaseError::AccessRefused { .. } => words(
            "Xem người dùng và mật khẩu trong DATABASE_URL, và pg_hba.conf của máy chủ.",
            "See user and password in DATABASE_URL, and pg_hba.conf of the server.",
        ),
        DatabaseError::NoDatabase { database, .. } => {
            let create = format!("createdb --encoding=UTF8 --template=template0 {database}");
            words(format!("Tạo bằng: {create}."), format!("Create it: {create}."))
        }
        _ => words("Làm theo thông báo trên.", "Do what the message says."),
    };
    (found, words(format!("{} {}", next.vi, rest.vi), format!("{} {}", next.en, rest.en)))
}

/// Looks into the database.
pub async fn examine(look: &Look, layers: Option<&Catalog>, tell: &mut impl FnMut(Check)) {
    let facts = &look.facts;
    tell(postgresql(facts));
    tell(postgis(facts));
    tell(encoding(facts));
    tell(time_zone(facts));
    if let Some(check) = clock(facts) {
        tell(check);
    }
    tell(schema(look).await);
    tell(rights(look).await);
    if facts.postgis.is_some() {
        let title = words("tọa độ qua PostGIS", "coordinates through PostGIS");
        tell(machine::agreement("coordinates_postgis", title, look.coordinates().await));
    }
    if let Some(layers) = layers {
        tell(tables(look, layers).await);
        tell(change_log(look, layers).await);
    }
}

fn postgresql(facts: &Facts) -> Check {
    let (name, title) = ("postgresql", words("PostgreSQL", "PostgreSQL"));
    let (version, new_enough) = &facts.postgresql;
    let found = Words::same(version.clone());
    if !new_enough {
        let next =
            words("Cần bản 15 trở lên: nâng cấp máy chủ.", "15 or newer is needed: upgrade the server.");
        return Check::wrong(name, title, found, next);
    }
    if facts.standby {
        let found = words(
            format!("{version}, là máy dự phòng chỉ đọc"),
            format!("{version}, a standby that can only be read"),
        );
        let next = words(
            "Nạp và sửa cần máy chính: để DATABASE_URL trỏ tới máy chính.",
            "Imports and edits need the primary: have DATABASE_URL name it.",
        );
        return Check::look(name, title, found, next);
    }
    if facts.connections_max < CONNECTIONS_MIN {
        let most = facts.connections_max;
        let found = words(
            format!("{version}, nhận tối đa {most} phiên"),
            format!("{version}, takes at most {most} sessions"),
        );
        let next = words(
            format!("Đặt max_connections từ {CONNECTIONS_MIN} trở lên trong postgresql.conf."),
            format!("Set max_connections to {CONNECTIONS_MIN} or more in postgresql.conf."),
        );
        return Check::look(name, title, found, next);
    }
    Check::ok(name, title, found)
}

fn postgis(facts: &Facts) -> Check {
    let (name, title) = ("postgis", words("PostGIS", "PostGIS"));
    let database = &facts.database;
    match (&facts.postgis, &facts.postgis_available) {
        (Some((version, true)), _) => Check::ok(name, title, Words::same(version.clone())),
        (Some((version, false)), _) => {
            let upgrade = format!("psql -d {database} -c 'SELECT postgis_extensions_upgrade()'");
            let next = words(
                format!("Cần 3.3 trở lên. Cài bản mới trên máy chủ cơ sở dữ liệu, rồi: {upgrade}"),
                format!("3.3 or newer is needed. Install it on the database server, then: {upgrade}"),
            );
            Check::wrong(name, title, Words::same(version.clone()), next)
        }
        (None, Some(available)) => {
            let create = format!("psql -d {database} -c 'CREATE EXTENSION postgis'");
            let found = words(
                format!("chưa tạo trong cơ sở dữ liệu này (máy chủ có {available})"),
                format!("not created in this database yet (the server has {available})"),
            );
            let next = words(
                format!("`diaban serve` tự tạo nếu được quyền; nếu không, quản trị chạy: {create}"),
                format!("`diaban serve` creates it where it may; else a superuser runs: {create}"),
            );
            Check::look(name, title, found, next)
        }
        (None, None) => {
            let package = "apt-get install postgresql-NN-postgis-3";
            let next = words(
                format!("Cài trên máy chủ cơ sở dữ liệu: {package}"),
                format!("Install it on the database server: {package}"),
            );
            Check::wrong(name, title, words("máy chủ không có", "the server has none"), next)
        }
    }
}

fn encoding(facts: &Facts) -> Check {
    let (name, title) = ("encoding", words("bảng mã", "encoding"));
    let (encoding, order) = &facts.encoding;
    let found =
        words(format!("{encoding}, sắp xếp theo {order}"), format!("{encoding}, text ordered by {order}"));
    if encoding == "UTF8" {
        return Check::ok(name, title, found);
    }
    let next = words(
        "Tạo cơ sở dữ liệu UTF8 rồi chuyển sang: createdb --encoding=UTF8 --template=template0 TÊN",
        "Create one in UTF8 and move to it: createdb --encoding=UTF8 --template=template0 NAME",
    );
    Check::wrong(name, title, found, next)
}

fn time_zone(facts: &Facts) -> Check {
    let (name, title) = ("time_zone", words("múi giờ", "time zone"));
    let found = Words::same(facts.time_zone.clone());
    // This program says UTC in each session of its own.
    if facts.utc_offset_min == 0 || facts.utc_offset_min == VIETNAM_MIN {
        return Check::ok(name, title, found);
    }
    let set = format!("ALTER DATABASE {} SET timezone = 'Asia/Ho_Chi_Minh'", facts.database);
    let next = words(
        format!(
            "Giờ mà công cụ khác ghi không kèm múi giờ sẽ bị hiểu theo múi này. Nếu không phải ý muốn: {set}"
        ),
        format!(
            "Times that other tools write without a zone are taken to be in this one. If that is not meant: {set}"
        ),
    );
    Check::look(name, title, found, next)
}

/// Told only where clocks differ.
fn clock(facts: &Facts) -> Option<Check> {
    let apart = facts.clock_ahead_s;
    if apart.abs() <= CLOCK_APART_S {
        return None;
    }
    let found = words(
        format!("đồng hồ của cơ sở dữ liệu lệch {apart:+.0} giây so với máy này"),
        format!("the database's clock differs from this machine's by {apart:+.0} s"),
    );
    let next = words(
        "Bật đồng bộ giờ trên cả hai máy: timedatectl set-ntp true",
        "Have both machines set by the network: timedatectl set-ntp true",
    );
    Some(Check::look("clock", words("đồng hồ", "clock"), found, next))
}

async fn schema(look: &Look) -> Check {
    let (name, title) = ("migrations", words("lược đồ diaban", "schema diaban"));
    match look.schema_version().await {
        Ok((Some(found), known)) if found == known => {
            Check::ok(name, title, words(format!("bản {found}"), format!("version {found}")))
        }
        Ok((Some(found), known)) if found > known => Check::wrong(
            name,
            title,
            words(
                format!("bản {found}, chương trình này chỉ biết đến {known}"),
                format!("version {found}; this program knows {known}"),
            ),
            words(
                "Dùng chương trình mới hơn đã nâng cấp cơ sở dữ liệu này.",
                "Use the newer program that brought the database there.",
            ),
        ),
        Ok((Some(found), known)) => Check::look(
            name,
            title,
            words(format!("bản {found}, sẽ lên {known}"), format!("version {found}, {known} is to come")),
            words(
                "Sao lưu (`diaban backup`); lần khởi động tới của chương trình này sẽ nâng cấp.",
                "Make a backup (`diaban backup`); the next start of this program brings it there.",
            ),
        ),
        Ok((None, _)) => Check::look(
            name,
            title,
            words(
                "chưa có: chưa ai dùng cơ sở dữ liệu này với diaban",
                "none: diaban has not used this database yet",
            ),
            words(
                "`diaban serve` hoặc `diaban import` tạo nó.",
                "`diaban serve` or `diaban import` makes it.",
            ),
        ),
        Err(error) => failed(name, title, &error),
    }
}

async fn rights(look: &Look) -> Check {
    let (name, title) = ("rights", words("quyền của người dùng", "rights of the user"));
    let rights = match look.rights().await {
        Ok(rights) => rights,
        Err(error) => return failed(name, title, &error),
    };
    let user = &look.facts.user;
    if !rights.unreadable.is_empty() {
        let tables = listed(&rights.unreadable);
        let found = words(format!("{user} không đọc được {tables}"), format!("{user} may not read {tables}"));
        let grant = format!(
            "GRANT USAGE ON SCHEMA gis, diaban TO \"{user}\"; \
             GRANT SELECT ON ALL TABLES IN SCHEMA gis, diaban TO \"{user}\""
        );
        let next = words(format!("Chủ sở hữu chạy: {grant}"), format!("Let the owner run: {grant}"));
        return Check::wrong(name, title, found, next);
    }
    if !rights.unwritable.is_empty() {
        let tables = listed(&rights.unwritable);
        let found = words(
            format!("{user} đọc được, nhưng không ghi được {tables}: phục vụ được, không nạp được"),
            format!("{user} may read, but not write {tables}: enough to serve, not to import"),
        );
        let grant = format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA gis TO \"{user}\"");
        let next = words(format!("Nếu cần nạp: {grant}"), format!("If it is to import: {grant}"));
        return Check::look(name, title, found, next);
    }
    if !rights.missing.is_empty() {
        let found = words(
            format!("{user} đọc và ghi được, nhưng không tạo được bảng mới"),
            format!("{user} may read and write, but not make tables"),
        );
        let grants = rights.missing.join("; ");
        let next = words(
            format!("Khi thêm lớp hoặc nâng cấp cần: {grants}"),
            format!("For new layers and upgrades it needs: {grants}"),
        );
        return Check::look(name, title, found, next);
    }
    Check::ok(
        name,
        title,
        words(format!("{user}: đọc, ghi, tạo bảng"), format!("{user}: read, write, make tables")),
    )
}

async fn tables(look: &Look, layers: &Catalog) -> Check {
    let (name, title) = ("tables", words("bảng của các lớp", "tables of the layers"));
    let differences = match look.tables(layers).await {
        Ok(differences) => differences,
        Err(error) => return failed(name, title, &error),
    };
    let refused =
        differences.refused.iter().map(|refusal| format!("{}: {}", refusal.layer, refusal.difference));
    let wrong: Vec<String> = refused.chain(differences.unfit).collect();
    if !wrong.is_empty() {
        let found = listed(&wrong);
        let found = words(format!("khác tệp lớp: {found}"), format!("differ from the layer files: {found}"));
        let statements: Vec<String> =
            differences.refused.into_iter().flat_map(|refusal| refusal.statements).collect();
        let run = if statements.is_empty() { String::new() } else { format!("\n{}", statements.join("\n")) };
        let next = words(
            format!("Máy chủ không khởi động được. Sửa tệp lớp, hoặc chạy những câu lệnh bạn đồng ý:{run}"),
            format!("A server will not start. Correct the layer files, or run what you agree with:{run}"),
        );
        return Check::wrong(name, title, found, next);
    }
    if !differences.to_do.is_empty() {
        let (count, some) = (differences.to_do.len(), listed(&differences.to_do));
        return Check::look(
            name,
            title,
            words(format!("{count} việc chờ làm: {some}"), format!("{count} things are to be done: {some}")),
            words(
                "Lần khởi động tới của `diaban serve` hoặc `diaban import` làm những việc đó, không mất dữ liệu.",
                "The next start of `diaban serve` or `diaban import` does them; no data are lost.",
            ),
        );
    }
    let count = layers.definitions().count();
    Check::ok(name, title, words(format!("đủ {count} lớp"), format!("as all {count} layers have it")))
}

async fn change_log(look: &Look, layers: &Catalog) -> Check {
    let (name, title) = ("change_log", words("nhật ký thay đổi", "change log"));
    let noting = match look.noting(layers).await {
        Ok(noting) => noting,
        Err(error) => return failed(name, title, &error),
    };
    let of = |wanted: Noting| -> Vec<String> {
        noting.iter().filter(|(_, found)| *found == wanted).map(|(layer, _)| layer.clone()).collect()
    };
    let (off, mostly) = (of(Noting::No), of(Noting::Mostly));
    if !off.is_empty() {
        let layers = listed(&off);
        let found = words(
            format!("trigger bị tắt hoặc mất ở {layers}: thay đổi không được ghi"),
            format!("triggers are off or gone at {layers}: changes are not noted"),
        );
        let next = words(
            "Lịch sử và hoàn tác thiếu những thay đổi đó. Khởi động lại `diaban serve` để bật lại, và hỏi ai đã tắt.",
            "History and undo lack those changes. Start `diaban serve` anew, which puts them back, and ask who took them off.",
        );
        return Check::wrong(name, title, found, next);
    }
    if !mostly.is_empty() {
        let layers = listed(&mostly);
        let found = words(
            format!("ở {layers} không ghi thay đổi do sao chép (replica) đưa vào"),
            format!("at {layers} changes that replication brings are not noted"),
        );
        let next = words(
            "Khởi động lại `diaban serve` để đặt lại ENABLE ALWAYS.",
            "Start `diaban serve` anew, which sets ENABLE ALWAYS again.",
        );
        return Check::look(name, title, found, next);
    }
    match look.writing_triggers(layers).await {
        Err(error) => return failed(name, title, &error),
        Ok(writing) if !writing.is_empty() => {
            let named: Vec<String> =
                writing.iter().map(|(layer, trigger)| format!("{trigger} ({layer})")).collect();
            let named = listed(&named);
            let found = words(
                format!("trigger của chương trình khác ghi vào chính bảng lớp sau từng dòng: {named}"),
                format!("triggers of others write to the layer's own table after each row: {named}"),
            );
            let next = words(
                "Nhật ký có thể ghi ngược thứ tự các thay đổi đó, lịch sử và hoàn tác sẽ sai. Đổi thành trigger BEFORE sửa NEW, \
                 hoặc trigger cho cả câu lệnh có tên đứng sau `diaban_`.",
                "The log may hold those changes in the wrong order, so that history and undo go wrong. Make each a BEFORE trigger \
                 that changes NEW, or one for the whole statement whose name comes after `diaban_`.",
            );
            return Check::look(name, title, found, next);
        }
        Ok(_) => {}
    }
    let count = noting.len();
    Check::ok(
        name,
        title,
        words(format!("ghi mọi thay đổi của {count} bảng"), format!("notes each change of {count} tables")),
    )
}

/// A question that the database did not answer.
pub fn failed(name: &'static str, title: Words, error: &DatabaseError) -> Check {
    let next = words(
        "Chạy lại `diaban doctor`; nếu vẫn vậy, xem nhật ký của PostgreSQL.",
        "Run `diaban doctor` again; if it stays so, see PostgreSQL's log.",
    );
    Check::wrong(name, title, Words::same(error.to_string()), next)
}

/// Some of many.
pub fn listed(all: &[String]) -> String {
    let named = all.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(NAMED_MAX) {
        0 => named,
        more => format!("{named} (+{more})"),
    }
}
