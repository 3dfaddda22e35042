//! The record of answers: whether it can be written, by nobody else be read, and holds together.

use super::{Check, machine};
use crate::{
    audit::{AuditFolder, Newest, VerifyError},
    import::{Words, words},
};
use rustix::fs::{Access, access};
use std::{fs, os::unix::fs::MetadataExt, path::Path};

/// Free bytes below which it will soon not be written any more.
const FREE_WRONG: u64 = 256 << 20;

/// Looks at the record of a data folder, its newest month from end to end.
pub async fn examine(data: &Path, tell: &mut impl FnMut(Check)) {
    let data = data.to_owned();
    let looked = tokio::task::spawn_blocking(move || looked(&data)).await;
    if let Ok(check) = looked {
        tell(check);
    }
}

fn looked(data: &Path) -> Check {
    let (name, title) = ("audit", words("nhật ký truy cập", "record of answers"));
    let folder = AuditFolder::of(data);
    let (path, shown) = (folder.path(), folder.path().display().to_string());
    let Ok(its) = fs::metadata(path) else {
        return Check::ok(name, title, words("chưa có bản ghi nào", "there is none yet"));
    };
    if let Err(error) = access(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        let found = words(
            format!("không ghi được vào {shown}: {error}"),
            format!("{shown} cannot be written: {error}"),
        );
        let next = words(
            format!(
                "Khi không ghi được, dữ liệu không mở không được phục vụ. Chạy bằng đúng người dùng, hoặc: chown -R NGƯỜI_DÙNG {shown}"
            ),
            format!(
                "While it cannot be written, what is not open is not served. Run as the user that it belongs to, or: chown -R \
                 USER {shown}"
            ),
        );
        return Check::wrong(name, title, found, next);
    }
    let newest = match folder.verify_newest() {
        Ok(newest) => newest,
        Err(error) => return damaged(&error),
    };
    let found = told(&newest, &shown);
    if machine::free_bytes(path).is_some_and(|free| free < FREE_WRONG) {
        let found =
            words(format!("{}; đĩa sắp đầy", found.vi), format!("{}; its disk is nearly full", found.en));
        let next = words(
            "Đầy đĩa thì dữ liệu không mở không được phục vụ: giải phóng chỗ, hoặc bỏ tháng quá hạn bằng diaban audit --keep-months.",
            "On a full disk what is not open is not served: make room, or remove months whose time is over by diaban audit \
             --keep-months.",
        );
        return Check::wrong(name, title, found, next);
    }
    if its.mode() & 0o077 != 0 {
        let run = format!("chmod 700 {shown}");
        let found = words(
            format!("{}; người dùng khác vào được thư mục", found.vi),
            format!("{}; other users may enter the folder", found.en),
        );
        let next =
            words(format!("Trong đó có ai đã hỏi gì: {run}"), format!("It says who asked for what: {run}"));
        return Check::look(name, title, found, next);
    }
    if fs::metadata(data).is_ok_and(|data| data.uid() != its.uid()) {
        let found = words(
            format!("{}; thuộc người dùng khác với thư mục dữ liệu", found.vi),
            format!("{}; it belongs to another user than the data folder", found.en),
        );
        let run = format!("chown -R --reference={} {shown}", data.display());
        let next = words(
            format!("Máy chủ có thể không ghi tiếp được: {run}"),
            format!("A server may not be able to go on with it: {run}"),
        );
        return Check::look(name, title, found, next);
    }
    Check::ok(name, title, found)
}

fn told(newest: &Newest, shown: &str) -> Words {
    let Newest { month, records, torn } = newest;
    let Some(month) = month else {
        return words(format!("{shown}: chưa có bản ghi nào"), format!("{shown}: no record yet"));
    };
    let mut found = words(
        format!("chuỗi của tháng {month} liền mạch, {records} bản ghi"),
        format!("the chain of {month} holds, {records} records"),
    );
    if *torn > 0 {
        found.add(&words(
            format!("; {torn} byte ghi dở ở cuối, máy chủ sẽ bỏ đi"),
            format!("; half a record of {torn} bytes at its end, which the server removes"),
        ));
    }
    found
}

fn damaged(error: &VerifyError) -> Check {
    let (name, title) = ("audit", words("nhật ký truy cập", "record of answers"));
    let found = match error {
        VerifyError::Broken(at) => words(
            format!("chuỗi bị đứt: {}", at.vietnamese()),
            format!("the chain is broken: {}", at.english()),
        ),
        VerifyError::Audit(error) => Words::same(error.to_string()),
    };
    let next = words(
        "Chạy `diaban audit --verify` để xem cả chuỗi. Giữ nguyên thư mục làm bằng chứng (chép đi nơi khác) trước khi làm gì.",
        "Run `diaban audit --verify` for the whole chain. Keep the folder as it is, as evidence (a copy elsewhere), before \
         anything is done.",
    );
    Check::wrong(name, title, found, next)
}
