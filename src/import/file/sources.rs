//! The files that are read: those that were named, those of a folder, and those of a zip archive.
//!
//! What an archive holds is unpacked into a folder of its own, each part under the last part of its name,
//! so that no name in it leads anywhere; the folder is gone when the import has ended. Must not know what
//! the files hold.

use super::{
    archive::{self, Archive, Unopened},
    format::{self, Format},
    scratch, sizes,
};
use crate::import::{
    ImportError, ImportReport, ImportRequest,
    words::{SYSTEM, Words, words},
};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Files that a folder or an archive may hold.
const ENTRIES_MAX: usize = 2_000;
/// Folders in a folder that are named.
const FOLDERS_TOLD: usize = 10;
/// Bytes of an archive's parts together, at most; and how many times its own size, where that is less.
const UNPACKED_MAX: u64 = 8 << 30;
const TIMES_MAX: u64 = 200;
/// Bytes that every archive may have when unpacked.
const UNPACKED_LEAST: u64 = 64 << 20;

/// Files to read, and what they are called by those who sent them.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<PathBuf>,
    /// What was not read, in words.
    notes: Vec<Words>,
    unpacked: Vec<(TempDir, PathBuf)>,
}

impl Sources {
    /// Finds the files; unpacks archives.
    ///
    /// # Errors
    /// Where a folder or an archive holds nothing that is read, files of several formats, or too much.
    pub fn open(given: &[PathBuf]) -> Result<Self, ImportError> {
        Self::open_within(given, UNPACKED_MAX, None)
    }

    /// The files of a request, within its bounds.
    ///
    /// # Errors
    /// As of [`Self::open`], and where one is larger than it may be.
    pub fn of(request: &ImportRequest) -> Result<Self, ImportError> {
        let most = request.unpacked_max.unwrap_or(UNPACKED_MAX);
        let sources = Self::open_within(&request.files, most, request.scratch.as_deref())?;
        if let Some(most) = request.workbook_max {
            let mut files = sources.files.iter();
            let checked = files.try_for_each(|file| sizes::check_workbook(file, most));
            checked.map_err(|error| sources.named_in(error))?;
        }
        Ok(sources)
    }

    /// Archives hold no more than so many bytes, and are unpacked within a folder, if there is one.
    fn open_within(given: &[PathBuf], unpacked_max: u64, within: Option<&Path>) -> Result<Self, ImportError> {
        let mut sources = Self::default();
        for path in given {
            if path.is_dir() {
                let note = passed_over(path);
                sources.files.extend(readable(path, path).map_err(|error| error.and(note.as_ref()))?);
                sources.notes.extend(note);
            } else if is_archive(path) {
                let folder = unpack(path, unpacked_max, within)?;
                let found = readable(folder.path(), path);
                sources.unpacked.push((folder, path.clone()));
                sources.files.extend(found.map_err(|error| sources.named_in(error))?);
            } else {
                sources.files.push(path.clone());
            }
        }
        Ok(sources)
    }

    /// The files, in the order given; those of one folder or archive by their names.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// A file's name as its sender knows it: what was unpacked stands behind its archive.
    pub fn name(&self, path: &Path) -> PathBuf {
        let own = |(folder, archive): &(TempDir, PathBuf)| {
            path.strip_prefix(folder.path()).ok().map(|inside| archive.join(inside))
        };
        self.unpacked.iter().find_map(own).unwrap_or_else(|| path.to_owned())
    }

    /// The report with the names that the sender knows.
    pub fn named(&self, mut report: ImportReport) -> ImportReport {
        report.notes.extend(self.notes.iter().cloned());
        if self.unpacked.is_empty() {
            return report;
        }
        report.files.iter_mut().for_each(|file| file.path = self.name(&file.path));
        for finding in &mut report.findings {
            finding.file = self.name(&finding.file).into();
        }
        report
    }

    /// The error with the names that the sender knows.
    pub fn named_in(&self, mut error: ImportError) -> ImportError {
        if let Some(path) = error.path_mut() {
            *path = self.name(path);
        }
        error
    }
}

fn is_archive(path: &Path) -> bool {
    let named = |ending: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
    path.is_file() && (named("zip") || named("kmz"))
}

/// The files of one format in a folder, which `shown` is the name of.
fn readable(folder: &Path, shown: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let fail = |e: io::Error| ImportError::file(shown, format::not_readable(&e));
    let mut found: Vec<(Format, PathBuf)> = Vec::new();
    for (number, entry) in fs::read_dir(folder).map_err(fail)?.enumerate() {
        if number >= ENTRIES_MAX {
            return Err(ImportError::file(shown, too_many_files()));
        }
        let path = entry.map_err(fail)?.path();
        if let Some(format) = Format::by_ending(&path).filter(|_| path.is_file()) {
            found.push((format, path));
        }
    }
    // What stands beside a file of another format is none by itself: a readme, a list of points.
    let main = |format: Format| !matches!(format, Format::Csv);
    if found.iter().any(|(format, _)| main(*format)) {
        found.retain(|(format, _)| main(*format));
    }
    found.sort_by(|a, b| a.1.cmp(&b.1));
    let Some((first, _)) = found.first() else { return Err(nothing_read(shown)) };
    if let Some((other, _)) = found.iter().find(|(format, _)| format != first) {
        let (first, other) = (first.name(), other.name());
        let reason = words(
            format!("có tệp thuộc nhiều định dạng ({first}, {other}); hãy nêu tên các tệp cần nạp"),
            format!("holds files of several formats ({first}, {other}); name the files that are meant"),
        );
        return Err(ImportError::file(shown, reason));
    }
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

fn too_many_files() -> Words {
    words(format!("có hơn {ENTRIES_MAX} tệp"), format!("holds more than {ENTRIES_MAX} files"))
}

/// The folders in a folder, which are not looked into.
fn passed_over(folder: &Path) -> Option<Words> {
    let entries = fs::read_dir(folder).ok()?.take(ENTRIES_MAX).flatten().filter(|e| e.path().is_dir());
    let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    let (told, more) = names.split_at(names.len().min(FOLDERS_TOLD));
    let more = match more.len() {
        0 => Words::same(""),
        n => words(format!(" và {n} thư mục khác"), format!(" and {n} more")),
    };
    let (folder, told) = (folder.display(), told.join(", "));
    (!told.is_empty()).then(|| {
        words(
            format!("các thư mục trong {folder} không được đọc: {told}{}; hãy nêu tên chúng", more.vi),
            format!("folders in {folder} are not read: {told}{}; give them by name", more.en),
        )
    })
}

/// Opens an archive.
fn open(path: &Path) -> Result<Archive, ImportError> {
    archive::open(path, ENTRIES_MAX).map_err(|unopened| match unopened {
        Unopened::Unreadable(error) => ImportError::file(path, format::not_readable(&error)),
        Unopened::TooMany => ImportError::file(path, too_many_files()),
        Unopened::Damaged => damaged(path),
    })
}

/// What an archive says of its parts, without unpacking it: refuses one that is damaged, that holds nothing with the name
/// of a file that is read, or too much; then with `true`.
pub fn glance(path: &Path, unpacked_max: u64) -> Result<(), Box<(ImportError, bool)>> {
    let is_nothing = |error| Box::new((error, false));
    let mut archive = open(path).map_err(is_nothing)?;
    let most = most_of(path, unpacked_max).map_err(is_nothing)?;
    let (mut left, mut is_read) = (most, false);
    for number in 0..archive.len() {
        let part = archive.by_index_raw(number).map_err(|_| is_nothing(damaged(path)))?;
        let Some(name) = part.name().ok().and_then(|name| last_part(&name)) else { continue };
        if part.is_file() && !part.is_symlink() {
            is_read |= Format::by_ending(Path::new(&name)).is_some();
            left = left.checked_sub(part.size()).ok_or_else(|| Box::new((too_large(path, most), true)))?;
        }
    }
    if is_read { Ok(()) } else { Err(is_nothing(nothing_read(path))) }
}

/// Bytes that an archive may hold unpacked.
fn most_of(path: &Path, unpacked_max: u64) -> Result<u64, ImportError> {
    let size = path.metadata().map_err(|e| ImportError::file(path, format::not_readable(&e)))?.len();
    Ok(size.saturating_mul(TIMES_MAX).clamp(UNPACKED_LEAST, unpacked_max.max(UNPACKED_LEAST)))
}

fn too_large(path: &Path, most: u64) -> ImportError {
    let most = most >> 20;
    let reason = words(
        format!("khi giải nén lớn hơn {most} MB; hãy tự giải nén trước"),
        format!("holds more than {most} MB when unpacked; unpack it yourself"),
    );
    ImportError::file(path, reason)
}

fn damaged(path: &Path) -> ImportError {
    let vi = "không phải là tệp nén zip, bị hỏng, hoặc cần mật khẩu";
    ImportError::file(path, words(vi, "is no zip archive, is damaged, or needs a password"))
}

fn nothing_read(path: &Path) -> ImportError {
    let endings = Format::endings();
    let reason = words(
        format!("không có tệp nào đọc được: {endings}"),
        format!("holds no file that is read: {endings}"),
    );
    ImportError::file(path, reason)
}

fn unpack(path: &Path, unpacked_max: u64, within: Option<&Path>) -> Result<TempDir, ImportError> {
    let fail = |vi: String, en: String| ImportError::file(path, words(vi, en));
    let disk = |e: io::Error| {
        let said = Words::said_by(SYSTEM, &e).led_by("không giải nén được: ", "cannot be unpacked: ");
        ImportError::of_file(path, &e, said)
    };
    let mut archive = open(path)?;
    let most = most_of(path, unpacked_max)?;
    let folder = scratch::folder(within).map_err(disk)?;
    let mut left = most;
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).map_err(|_| damaged(path))?;
        let Some(name) = entry.name().ok().and_then(|name| last_part(&name)) else { continue };
        if !entry.is_file() || entry.is_symlink() {
            continue;
        }
        let to = File::create_new(folder.path().join(&name));
        let twice = || {
            let vi = format!("có hai tệp cùng tên {name}; hãy gửi từng tệp một");
            fail(vi, format!("holds two files named {name}; send one at a time"))
        };
        let mut to =
            to.map_err(|e| if e.kind() == io::ErrorKind::AlreadyExists { twice() } else { disk(e) })?;
        // What an entry says of its size is not believed.
        let written = io::copy(&mut entry.by_ref().take(left + 1), &mut to);
        let written = written.map_err(|e| {
            let (vi, en) = ("bị hỏng, hoặc không giải nén được: ", "is damaged, or cannot be unpacked: ");
            ImportError::of_file(path, &e, Words::said_by("bộ giải nén", &e).led_by(vi, en))
        })?;
        left = left.checked_sub(written).ok_or_else(|| too_large(path, most))?;
    }
    Ok(folder)
}

/// The last part of a name in an archive, if it can be the name of a file that is read.
fn last_part(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    // What one system adds to each archive.
    if lower.contains("__macosx/") {
        return None;
    }
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_file = !last.is_empty() && last.len() < 200 && !last.starts_with('.') && !last.contains('\0');
    (is_file && last.contains('.')).then(|| last.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Write;

    fn archive(folder: &Path, name: &str, entries: &[(&str, &[u8])]) -> PathBuf {
        let path = folder.join(name);
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, bytes) in entries {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    #[test]
    fn names_of_an_archive_lead_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let entries: &[(&str, &[u8])] =
            &[("../../a.geojson", b"{}"), ("/etc/b.geojson", b"{}"), ("sub\\c.geojson", b"{}")];
        let path = archive(folder.path(), "dl.zip", entries);
        let sources = Sources::open(std::slice::from_ref(&path)).unwrap();
        let names: Vec<PathBuf> = sources.files().iter().map(|f| sources.name(f)).collect();
        assert_eq!(names, ["a.geojson", "b.geojson", "c.geojson"].map(|n| path.join(n)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_bomb_is_refused_before_it_fills_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = archive(folder.path(), "bomb.zip", &[("a.csv", &vec![b' '; 100 << 20])]);
        assert!(fs::metadata(&path).unwrap().len() < 1 << 20);
        let said = Sources::open(&[path]).unwrap_err().to_string();
        assert!(said.contains("more than 64 MB"), "{said}");
    }

    #[test]
    fn a_workbook_in_an_archive_is_held_to_what_one_may_hold() {
        let folder = tempfile::tempdir().unwrap();
        let book = archive(folder.path(), "b.xlsx", &[("xl/worksheets/sheet1.xml", &vec![b' '; 3 << 20])]);
        let book = fs::read(book).unwrap();
        let path = archive(folder.path(), "a.zip", &[("nam/thua.xlsx", &book)]);
        let request = |most| ImportRequest {
            files: vec![path.clone()],
            workbook_max: Some(most),
            ..ImportRequest::default()
        };
        let said = Sources::of(&request(2 << 20)).unwrap_err().to_string();
        assert!(said.contains("a.zip/thua.xlsx") && said.contains("more than 2 MB"), "{said}");
        assert!(Sources::of(&request(4 << 20)).is_ok());
    }

    #[test]
    fn an_archive_is_unpacked_where_what_is_left_of_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let files = vec![archive(folder.path(), "a.zip", &[("a.geojson", b"{}")])];
        let request =
            ImportRequest { files, scratch: Some(folder.path().to_owned()), ..ImportRequest::default() };
        let sources = Sources::of(&request).unwrap();
        assert!(sources.files()[0].starts_with(folder.path()), "{:?}", sources.files());
        drop(sources);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_archive_of_nothing_says_what_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = archive(folder.path(), "a.zip", &[("readme.docx", b"x")]);
        let said = Sources::open(&[path]).unwrap_err().to_string();
        assert!(said.contains(".shp") && said.contains("a.zip"), "{said}");
        fs::write(folder.path().join("b.zip"), b"PK\x03\x04 no archive").unwrap();
        let said = Sources::open(&[folder.path().join("b.zip")]).unwrap_err().to_string();
        assert!(said.contains("no zip archive"), "{said}");
    }
}
