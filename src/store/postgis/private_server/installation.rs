//! Which PostgreSQL of this machine to use, and as whom to run it.
//!
//! Must not know of locks, sockets or processes under way.

use crate::store::postgis::error::DatabaseError;
use std::{
    ffi::OsStr,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// Oldest usable major version.
const MAJOR_MIN: u32 = 15;

/// The binaries of one PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Folder with `initdb` and `postgres`.
    pub binaries: PathBuf,
    /// Major version.
    pub major: u32,
}

/// Where binaries are looked for.
#[derive(Debug, Clone)]
pub struct SearchPlaces {
    /// Folder with a folder per major version, as Debian has it.
    pub versions: PathBuf,
    /// Folder with a folder of extensions per major version, as Debian has it.
    pub shares: PathBuf,
    /// Folders of the `PATH`.
    pub path: Vec<PathBuf>,
}

impl Default for SearchPlaces {
    fn default() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Self {
            versions: "/usr/lib/postgresql".into(),
            shares: "/usr/share/postgresql".into(),
            path: std::env::split_paths(&path).collect(),
        }
    }
}

impl SearchPlaces {
    /// All that are new enough, the best first: those with PostGIS, then the newest.
    pub fn installations(&self) -> Vec<Installation> {
        let mut found = self.with_programs(&["postgres", "initdb"]);
        found.sort_by_key(|i| std::cmp::Reverse((self.has_postgis(i.major), i.major)));
        found
    }

    /// The programs that copy a database of the major version `least`: those of that version, or of the next
    /// newer one that is there. An older one does not read a newer database.
    pub fn copying(&self, least: u32) -> Option<Installation> {
        let found = self.with_programs(&["pg_dump", "pg_restore", "psql"]).into_iter();
        found.filter(|i| i.major >= least).min_by_key(|i| i.major)
    }

    /// Those that are new enough and have these programs, which come in one package.
    fn with_programs(&self, programs: &[&str]) -> Vec<Installation> {
        let folders = fs::read_dir(&self.versions).into_iter().flatten().flatten();
        let of_versions = folders.filter_map(|entry| {
            let major = entry.file_name().to_str()?.parse().ok()?;
            Some(Installation { binaries: entry.path().join("bin"), major })
        });
        let of_path = self.path.iter().filter_map(|folder| {
            Some(Installation { binaries: folder.clone(), major: major_of(&folder.join(programs[0]))? })
        });
        of_versions
            .chain(of_path)
            .filter(|i| i.major >= MAJOR_MIN && programs.iter().all(|program| i.has(program)))
            .collect()
    }

    fn has_postgis(&self, major: u32) -> bool {
        self.shares.join(format!("{major}/extension/postgis.control")).exists()
    }
}

impl Installation {
    fn has(&self, program: &str) -> bool {
        self.binaries.join(program).is_file()
    }
}

/// The major version of a program in a folder of the `PATH`, asked of the program itself.
fn major_of(program: &Path) -> Option<u32> {
    if !program.is_file() {
        return None;
    }
    let answer = std::process::Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    let number = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The major version that made the data folder `cluster`; `None` if it is no data folder.
pub fn major_of_cluster(cluster: &Path) -> Option<String> {
    Some(fs::read_to_string(cluster.join("PG_VERSION")).ok()?.trim().to_owned())
}

/// The PostgreSQL for the data folder `cluster`, which need not exist yet.
pub fn installation_for(places: &SearchPlaces, cluster: &Path) -> Result<Installation, DatabaseError> {
    let mut found = places.installations().into_iter();
    match major_of_cluster(cluster) {
        None => found.next().ok_or(DatabaseError::NoPostgres),
        Some(made_by) => found
            .find(|i| i.major.to_string() == made_by)
            .ok_or_else(|| DatabaseError::OtherMajor { path: cluster.to_path_buf(), found: made_by }),
    }
}

/// A user of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemUser {
    /// Number.
    pub uid: u32,
    /// Number of the group.
    pub gid: u32,
}

/// The user of this process.
pub fn own_uid() -> io::Result<u32> {
    Ok(fs::metadata("/proc/self")?.uid())
}

/// As whom to run the server over `cluster` below `data`: `None` for the user of this process.
/// PostgreSQL refuses to run as root, so root gives way to the owner of the folder, else to
/// `postgres`, else to `nobody`.
pub fn server_user(data: &Path, cluster: &Path) -> Result<Option<SystemUser>, DatabaseError> {
    let unreadable = |path: &Path, error| DatabaseError::folder(path, "read", error);
    let own = own_uid().map_err(|error| unreadable(Path::new("/proc/self"), error))?;
    if let Ok(found) = fs::metadata(cluster) {
        if own != 0 && found.uid() != own {
            let owner = name_of(found.uid()).unwrap_or_else(|| found.uid().to_string());
            return Err(DatabaseError::OtherOwner { path: cluster.to_path_buf(), owner });
        }
        if own == 0 && found.uid() != 0 {
            return Ok(Some(SystemUser { uid: found.uid(), gid: found.gid() }));
        }
    }
    if own != 0 {
        return Ok(None);
    }
    let folder = fs::metadata(data).map_err(|error| unreadable(data, error))?;
    // initdb wants a user that has a name.
    if folder.uid() != 0 && name_of(folder.uid()).is_some() {
        return Ok(Some(SystemUser { uid: folder.uid(), gid: folder.gid() }));
    }
    let stand_in = user_named("postgres").or_else(|| user_named("nobody"));
    stand_in.map(Some).ok_or_else(|| {
        let reason = "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`";
        DatabaseError::Internal(reason.to_owned())
    })
}

/// Name, uid and gid of each user of the machine (`passwd(5)`).
fn users() -> Vec<(String, SystemUser)> {
    let text = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some((name, SystemUser { uid, gid }))
    };
    text.lines().filter_map(user).collect()
}

fn user_named(name: &str) -> Option<SystemUser> {
    users().into_iter().find(|(n, _)| n == name).map(|(_, user)| user)
}

fn name_of(uid: u32) -> Option<String> {
    users().into_iter().find(|(_, user)| user.uid == uid).map(|(name, _)| name)
}

/// Whether the process `pid` stands in the folder `cluster`, as every PostgreSQL process does in
/// its data folder. A process that has ended stands nowhere.
pub fn stands_in(pid: &OsStr, cluster: &fs::Metadata) -> bool {
    let folder = Path::new("/proc").join(pid).join("cwd");
    fs::metadata(folder).is_ok_and(|m| m.dev() == cluster.dev() && m.ino() == cluster.ino())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn places(root: &Path) -> SearchPlaces {
        SearchPlaces { versions: root.join("lib"), shares: root.join("share"), path: Vec::new() }
    }

    fn install(root: &Path, major: u32, postgis: bool) {
        let bin = root.join(format!("lib/{major}/bin"));
        fs::create_dir_all(&bin).unwrap();
        for program in ["postgres", "initdb", "pg_dump", "pg_restore", "psql"] {
            fs::write(bin.join(program), "").unwrap();
        }
        if postgis {
            let extension = root.join(format!("share/{major}/extension"));
            fs::create_dir_all(&extension).unwrap();
            fs::write(extension.join("postgis.control"), "").unwrap();
        }
    }

    #[test]
    fn nothing_installed_names_the_package() {
        let root = tempfile::tempdir().unwrap();
        let error = installation_for(&places(root.path()), &root.path().join("postgres")).unwrap_err();
        assert!(error.to_string().contains("apt-get install postgresql-15 "), "{error}");
        install(root.path(), 14, true);
        assert!(installation_for(&places(root.path()), &root.path().join("postgres")).is_err());
    }

    #[test]
    fn one_with_postgis_comes_before_a_newer_one() {
        let root = tempfile::tempdir().unwrap();
        install(root.path(), 15, true);
        install(root.path(), 16, true);
        install(root.path(), 17, false);
        let chosen = installation_for(&places(root.path()), &root.path().join("postgres")).unwrap();
        assert_eq!(chosen.major, 16);
    }

    #[test]
    fn a_database_is_copied_by_programs_of_its_version_or_the_next() {
        let root = tempfile::tempdir().unwrap();
        let major = |least| places(root.path()).copying(least).map(|found| found.major);
        assert_eq!(major(15), None);
        install(root.path(), 15, true);
        install(root.path(), 17, false);
        install(root.path(), 18, true);
        assert_eq!([15, 16, 17, 18, 19].map(major), [Some(15), Some(17), Some(17), Some(18), None]);
    }

    #[test]
    fn a_data_folder_wants_the_version_that_made_it() {
        let root = tempfile::tempdir().unwrap();
        install(root.path(), 15, true);
        install(root.path(), 16, true);
        let cluster = root.path().join("postgres");
        fs::create_dir(&cluster).unwrap();
        fs::write(cluster.join("PG_VERSION"), "15\n").unwrap();
        assert_eq!(installation_for(&places(root.path()), &cluster).unwrap().major, 15);
        fs::write(cluster.join("PG_VERSION"), "13\n").unwrap();
        let error = installation_for(&places(root.path()), &cluster).unwrap_err().to_string();
        assert!(error.contains("made by PostgreSQL 13"), "{error}");
        assert!(error.contains("apt-get install postgresql-13"), "{error}");
    }
}
