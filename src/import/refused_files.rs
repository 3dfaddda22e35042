//! The files that refused rows are written to: where they go, and that they go away again where nothing came of the
//! import.
//!
//! Must not know what is in them.

use super::request::RefusedFile;
use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

/// Files of refused rows that may stand beside each other; then the last is written anew.
const NUMBERED_MAX: u32 = 999;

/// Files with refused rows, as long as it is not known what becomes of the import. They are taken away when this is
/// dropped: of a load that fails, is tried again, or is broken off, nothing is left.
#[derive(Debug, Default)]
pub struct RefusedFiles(Vec<PathBuf>);

impl RefusedFiles {
    /// Makes room at `path`, where something of an earlier run may stand, for a file that is about to be written.
    ///
    /// # Errors
    /// Where what stands there cannot be taken away.
    pub fn begin(&mut self, path: &Path) -> io::Result<()> {
        remove(path)?;
        self.0.push(path.to_owned());
        Ok(())
    }

    /// Lets the files stay, and returns where they are.
    pub fn keep(mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.0)
    }
}

impl Drop for RefusedFiles {
    fn drop(&mut self) {
        for path in &self.0 {
            // Whoever cannot be told of it any more is not told.
            let _ = remove(path);
        }
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
                !written.0.contains(path)
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
            written.0.push(path);
        }
        assert_eq!(place("shp", Path::new("a.shp"), &target, false, &written), Path::new("/out/sua.shp"));
        written.0.clear();
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
                true => assert_eq!(files.keep(), std::slice::from_ref(&path)),
                false => drop(files),
            }
            assert_eq!((path.exists(), path.with_extension("dbf").exists()), (kept, kept));
        }
    }
}
