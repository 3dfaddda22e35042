//! The files that refused rows are written to: where they go, how large they may be, and that they go away again where
//! nothing came of the import.
//!
//! Must not know what is in them.

use crate::import::{
    request::RefusedFile,
    words::{Words, words},
};
use std::{
    cell::Cell,
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

/// Files of refused rows that may stand beside each other; then the last is written anew.
const NUMBERED_MAX: u32 = 999;
/// Rows that are written before it is looked again how many bytes they are.
const UNSEEN_MAX: u64 = 256;

/// Files with refused rows, as long as it is not known what becomes of the import. They are taken away when this is
/// dropped: of a load that fails, is tried again, or is broken off, nothing is left.
#[derive(Debug, Default)]
pub struct RefusedFiles {
    paths: Vec<PathBuf>,
    /// What is to be said of them.
    notes: Vec<Words>,
}

impl RefusedFiles {
    /// Makes room at `path`, where something of an earlier run may stand, for a file that is about to be written.
    ///
    /// # Errors
    /// Where what stands there cannot be taken away.
    pub fn begin(&mut self, path: &Path) -> io::Result<()> {
        remove(path)?;
        self.paths.push(path.to_owned());
        Ok(())
    }

    /// Notes that the first `rows` alone are in them, as all would be more than `most` bytes.
    pub fn note_cut(&mut self, rows: u64, most: u64) {
        let most = most >> 20;
        self.notes.push(words(
            format!(
                "chỉ ghi lại {rows} dòng bị từ chối đầu tiên: ghi hết thì lớn hơn {most} MB; các dòng còn lại hãy lấy từ tệp \
                 đã gửi"
            ),
            format!(
                "only the first {rows} rows refused are written out, as all would be more than {most} MB; take the others \
                 from the file that was sent"
            ),
        ));
    }

    /// Lets the files stay, and returns where they are, and what is to be said of them.
    pub fn keep(mut self) -> (Vec<PathBuf>, Vec<Words>) {
        (std::mem::take(&mut self.paths), std::mem::take(&mut self.notes))
    }
}

impl Drop for RefusedFiles {
    fn drop(&mut self) {
        for path in &self.paths {
            // Whoever cannot be told of it any more is not told.
            let _ = remove(path);
        }
    }
}

/// The room for the rows of one file. How many bytes they are is seen on the disk, now and then; what lies in memory
/// until the end is at least as many as are said of the rows.
#[derive(Debug)]
pub struct Room<'a> {
    path: &'a Path,
    most: Option<u64>,
    rows: Cell<u64>,
    said: Cell<u64>,
    looks_at: Cell<u64>,
    is_full: Cell<bool>,
}

impl<'a> Room<'a> {
    /// Of a file at `path`, which may have so many bytes, if anybody minds.
    pub fn new(path: &'a Path, most: Option<u64>) -> Self {
        let none = || Cell::new(0);
        Self { path, most, rows: none(), said: none(), looks_at: none(), is_full: Cell::new(false) }
    }

    /// Whether there is room for one row more, of which `reason` is said. Once there is none, there is none for those
    /// behind it.
    pub fn takes(&self, reason: &str) -> bool {
        let rows = self.rows.get();
        self.said.set(self.said.get() + reason.len() as u64);
        if let Some(most) = self.most.filter(|_| rows >= self.looks_at.get() && !self.is_full.get()) {
            let bytes = self.bytes();
            let left = most.saturating_sub(bytes);
            self.is_full.set(left == 0);
            // Half of those for which there would be room, and at first no more than there are already.
            let more = left / (bytes / rows.max(1) + 1) / 2;
            self.looks_at.set(rows + more.min(rows).clamp(1, UNSEEN_MAX));
        }
        if !self.is_full.get() {
            self.rows.set(rows + 1);
        }
        !self.is_full.get()
    }

    /// Rows that were taken, and whether those behind them were not.
    pub fn taken(&self) -> (u64, bool) {
        (self.rows.get(), self.is_full.get())
    }

    /// Bytes of the file so far.
    pub fn bytes(&self) -> u64 {
        let on_disk = parts(self.path).filter_map(|part| part.metadata().ok()).map(|about| about.len());
        on_disk.sum::<u64>().max(self.said.get())
    }
}

/// Where the refused rows of the file at `path` go, one of `several`, beside those that `written` says.
pub fn place(
    ending: &str,
    path: &Path,
    target: &RefusedFile,
    several: bool,
    written: &RefusedFiles,
) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    // The first name that is free, the plain one or a numbered one.
    let first = |named: &dyn Fn(&str) -> PathBuf, is_free: &dyn Fn(&PathBuf) -> bool| {
        let numbered = |n: u32| named(&format!("-{n}"));
        let mut all = std::iter::once(named("")).chain((2..=NUMBERED_MAX).map(numbered));
        all.find(is_free).unwrap_or_else(|| numbered(NUMBERED_MAX))
    };
    match target {
        // Somebody may be correcting the one of an earlier run.
        RefusedFile::Beside(folder) => {
            first(&|number| folder.join(format!("{stem}.refused{number}.{ending}")), &|path| {
                !parts(path).any(|part| part.exists())
            })
        }
        // Files of two folders may have one name.
        RefusedFile::Named(named) if several => {
            let name = named.file_stem().unwrap_or_default().to_string_lossy();
            first(&|number| named.with_file_name(format!("{name}.{stem}{number}.{ending}")), &|path| {
                !written.paths.contains(path)
            })
        }
        RefusedFile::Named(named) => {
            let name = named.file_name().unwrap_or_default().to_string_lossy();
            let has = named.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
            if has { named.clone() } else { named.with_file_name(format!("{name}.{ending}")) }
        }
    }
}

/// Whether a file at `path`, or one that belongs to it, is one of those at `others`, or belongs to one.
pub fn is_of<'a>(path: &Path, others: impl Iterator<Item = &'a Path>) -> bool {
    let whole = |path: &Path| parts(path).filter_map(|part| part.canonicalize().ok()).collect::<Vec<_>>();
    let own = whole(path);
    !own.is_empty() && others.flat_map(whole).any(|other| own.contains(&other))
}

/// A file with those that belong to it.
fn parts(path: &Path) -> impl Iterator<Item = PathBuf> + '_ {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    let endings: &[&str] = match ending.to_str().unwrap_or_default() {
        "shp" => &["shp", "shx", "dbf", "prj", "cpg", "qix", "sbn", "sbx"],
        "mif" => &["mif", "mid"],
        "gpkg" => &["gpkg", "gpkg-journal", "gpkg-wal", "gpkg-shm"],
        _ => &[],
    };
    let others = endings.iter().map(|ending| path.with_extension(ending)).filter(move |part| part != path);
    std::iter::once(path.to_owned()).chain(others)
}

// What stands there of an earlier run, with what belongs to it.
fn remove(path: &Path) -> io::Result<()> {
    for part in parts(path) {
        match fs::remove_file(part) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_from_two_folders_do_not_take_each_others_place() {
        let target = RefusedFile::Named("/out/sua.shp".into());
        let mut written = RefusedFiles::default();
        for expected in ["/out/sua.thua.shp", "/out/sua.thua-2.shp"] {
            let path = place("shp", Path::new("/xa/thua.shp"), &target, true, &written);
            assert_eq!(path, Path::new(expected));
            written.paths.push(path);
        }
        assert_eq!(place("shp", Path::new("a.shp"), &target, false, &written), Path::new("/out/sua.shp"));
        written.paths.clear();
    }

    #[test]
    fn files_that_nobody_keeps_go_with_what_belongs_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.shp");
        for kept in [false, true] {
            let mut files = RefusedFiles::default();
            files.begin(&path).unwrap();
            fs::write(&path, "").unwrap();
            fs::write(path.with_extension("dbf"), "").unwrap();
            match kept {
                true => assert_eq!(files.keep().0, std::slice::from_ref(&path)),
                false => drop(files),
            }
            assert_eq!((path.exists(), path.with_extension("dbf").exists()), (kept, kept));
        }
    }

    #[test]
    fn rows_are_written_as_long_as_there_is_room() {
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.shp");
        for bytes in [10, 1_000, 100_000] {
            let room = Room::new(&path, Some(1 << 20));
            let mut table = fs::File::create(path.with_extension("dbf")).unwrap();
            let written =
                (0..1_000_000).take_while(|_| room.takes("vì sao")).map(|_| table.write_all(&vec![0; bytes]));
            written.for_each(Result::unwrap);
            let size = room.bytes();
            assert!(((1 << 20)..(1 << 20) + 2 * bytes as u64).contains(&size), "{size} by {bytes}");
            assert_eq!(room.taken(), (size / bytes as u64, true));
            assert!(!room.takes(""), "what is behind them is left out, too");
        }
        let room = Room::new(&path, None);
        assert!((0..1_000).all(|_| room.takes("vì sao")) && room.taken() == (1_000, false));
        // What is not yet on the disk is at least what is said.
        let room = Room::new(Path::new("/none"), Some(1_000));
        assert_eq!((0..1_000).filter(|_| room.takes(&"x".repeat(100))).count(), 9);
    }
}
