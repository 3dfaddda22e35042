//! The machine: what coordinates are computed with, where things are kept, and how much room there is.

use super::Check;
use crate::{
    crs,
    import::{Words, words},
    store::snapshot::SnapshotFolder,
};
use rustix::fs::{Access, StatVfs, access, statvfs};
use std::{fs, os::unix::fs::MetadataExt, path::Path};

/// Free bytes below which the next snapshot, or PostgreSQL itself, will soon fail.
const FREE_WRONG: u64 = 256 << 20;
/// Free bytes below which somebody should look.
const FREE_LOOK: u64 = 2 << 30;
/// The least share of files that a disk should still take.
const FILES_LOOK: u64 = 20;

pub fn libraries() -> Check {
    let (name, title) = ("libraries", words("GDAL và PROJ", "GDAL and PROJ"));
    let crs::Libraries { gdal, proj, proj_data, missing_drivers } = crs::libraries();
    let versions = format!("GDAL {gdal}, PROJ {}", proj.as_deref().unwrap_or("?"));
    if let Some(reason) = proj_data {
        let found = words(
            format!("{versions}; không dùng được cơ sở dữ liệu của PROJ (proj.db): {reason}"),
            format!("{versions}; PROJ's database (proj.db) cannot be used: {reason}"),
        );
        let next = words(
            "Hệ tọa độ ghi trong tệp sẽ không nhận ra được. Cài gói proj-data, và bỏ biến PROJ_DATA, PROJ_LIB nếu trỏ sai.",
            "Systems that files state will not be understood. Install the package proj-data, and unset PROJ_DATA and PROJ_LIB \
             if they lead elsewhere.",
        );
        return Check::wrong(name, title, found, next);
    }
    if !missing_drivers.is_empty() {
        let missing = missing_drivers.join(", ");
        let found = words(
            format!("{versions}; GDAL không đọc được {missing}"),
            format!("{versions}; GDAL lacks {missing}"),
        );
        let next = words(
            "Tệp các dạng đó không nạp được. Bỏ biến GDAL_SKIP, hoặc cài lại libgdal32.",
            "Files of these kinds cannot be loaded. Unset GDAL_SKIP, or install libgdal32 anew.",
        );
        return Check::look(name, title, found, next);
    }
    Check::ok(name, title, Words::same(versions))
}

pub fn coordinates() -> Check {
    let (name, title) = ("coordinates_proj", words("tọa độ qua PROJ", "coordinates through PROJ"));
    agreement(name, title, crs::self_test())
}

/// Whether somebody agrees with the oracle.
pub fn agreement(name: &'static str, title: Words, tested: Result<(), crs::Disagreement>) -> Check {
    match tested {
        Ok(()) => {
            let pairs = crs::oracle::PAIRS.len();
            let found = words(
                format!("VN-2000 đúng với {pairs} điểm đã biết"),
                format!("VN-2000 agrees with {pairs} known points"),
            );
            Check::ok(name, title, found)
        }
        Err(error) => Check::wrong(
            name,
            title,
            Words::same(error.to_string()),
            words(
                "Khi chưa đúng thì chương trình không nạp và không phục vụ gì. Cài lại PROJ (libproj, proj-data) bản của hệ điều \
                 hành, bỏ PROJ_DATA và PROJ_LIB.",
                "Until it does, nothing is loaded or served. Install PROJ (libproj, proj-data) of the system anew, and unset \
                 PROJ_DATA and PROJ_LIB.",
            ),
        ),
    }
}

pub fn data_folder(data: &Path, tell: &mut impl FnMut(Check)) {
    let (name, title) = ("data_folder", words("thư mục dữ liệu", "data folder"));
    let shown = data.display();
    if !data.exists() {
        let found = words(format!("chưa có {shown}"), format!("{shown} is not there yet"));
        let next = words(
            "Lệnh đầu tiên cần đến sẽ tạo. Nếu thư mục ở nơi khác, ghi --data (DIABAN_DATA).",
            "The first command that needs it makes it. If it is elsewhere, say so with --data (DIABAN_DATA).",
        );
        tell(Check::look(name, title, found, next));
    } else if let Err(error) = access(data, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        let found = words(
            format!("không ghi được vào {shown}: {error}"),
            format!("{shown} cannot be written: {error}"),
        );
        let next = words(
            format!("Chạy bằng đúng người dùng, hoặc cấp quyền: chown -R NGƯỜI_DÙNG {shown}"),
            format!("Run as the user that it belongs to, or give it to this one: chown -R USER {shown}"),
        );
        tell(Check::wrong(name, title, found, next));
    } else if fs::metadata(data).is_ok_and(|folder| folder.mode() & 0o077 != 0) {
        let found = words(
            format!("{shown}: người dùng khác của máy vào được"),
            format!("{shown}: other users of the machine may enter"),
        );
        let next = words(
            format!("Bản chụp chứa trọn mọi lớp, cả lớp không mở: chmod 700 {shown}"),
            format!("Snapshots hold every layer whole, those that are not open, too: chmod 700 {shown}"),
        );
        tell(Check::look(name, title, found, next));
    } else {
        tell(Check::ok(name, title, Words::same(shown.to_string())));
    }
    tell(disk(data));
}

/// Bytes that are free where a folder is.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    file_system(folder).map(|system| system.f_bavail * system.f_frsize)
}

/// The file system that a folder is, or will be, on.
fn file_system(folder: &Path) -> Option<StatVfs> {
    let absolute = std::path::absolute(folder).ok()?;
    absolute.ancestors().find_map(|above| statvfs(above).ok())
}

fn disk(data: &Path) -> Check {
    let (name, title) = ("disk", words("chỗ trống trên đĩa", "disk space"));
    let Some(system) = file_system(data) else {
        return Check::look(
            name,
            title,
            words("không xem được", "cannot be told"),
            words(format!("Xem bằng: df {}", data.display()), format!("Look with: df {}", data.display())),
        );
    };
    let free = system.f_bavail * system.f_frsize;
    let all = system.f_blocks * system.f_frsize;
    // A new version of each layer is written beside those that are there.
    let (all_layers, largest) = snapshot_sizes(&SnapshotFolder::of(data));
    let found = words(
        format!("còn {} trên {}", size(free), size(all)),
        format!("{} free of {}", size(free), size(all)),
    );
    let next = words(
        format!(
            "Giải phóng đĩa hoặc mở rộng. Bản chụp mới của lớp lớn nhất cần {}, của mọi lớp {}; đầy đĩa thì PostgreSQL dừng ghi.",
            size(largest),
            size(all_layers)
        ),
        format!(
            "Free some, or enlarge it. A new snapshot of the largest layer takes {}, of all layers {}; on a full disk PostgreSQL \
             stops writing.",
            size(largest),
            size(all_layers)
        ),
    );
    if free < FREE_WRONG.max(largest) {
        return Check::wrong(name, title, found, next);
    }
    if free < FREE_LOOK.max(all_layers) {
        return Check::look(name, title, found, next);
    }
    // Some file systems count no files.
    if system.f_files > 0 && system.f_favail < system.f_files / FILES_LOOK {
        let found = words(
            format!("{}, nhưng chỉ tạo thêm được {} tệp", found.vi, system.f_favail),
            format!("{}, but it takes only {} more files", found.en, system.f_favail),
        );
        let next = words(
            format!("Tìm nơi có quá nhiều tệp nhỏ: du --inodes -x {} | sort -n | tail", data.display()),
            format!(
                "Find what holds so many small files: du --inodes -x {} | sort -n | tail",
                data.display()
            ),
        );
        return Check::look(name, title, found, next);
    }
    Check::ok(name, title, found)
}

/// Bytes of the newest snapshots of all layers, and of the largest of them.
fn snapshot_sizes(folder: &SnapshotFolder) -> (u64, u64) {
    let sizes = folder.newest_sizes();
    (sizes.iter().sum(), sizes.into_iter().max().unwrap_or(0))
}

/// A number of bytes, as disks are sold.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
