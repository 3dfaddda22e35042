//! The folder of snapshots: `LAYER/VERSION/` with its files, the newest whole one counts.
//!
//! A version is written beside, synced, and renamed in; after a kill at any moment there is the
//! old one or the new one. The one before stays, in case the newest turns out to be garbled.

use super::{
    drawn::{DRAWN, Drawn},
    file::{FeatureFile, IdIndex},
    lost,
    manifest::{FILE_NAME, FORMAT, FileEntry, Manifest, checksum},
    mapping::{Mapping, open_file},
    measures::{MEASURES, Measures},
    names::{NAMES, NameFile},
    values::ValueFile,
};
use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// Versions kept of each layer.
const KEPT: usize = 2;
const LOCK: &str = "lock";
const DRAFT: &str = "draft";

/// What can go wrong with a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Nothing may be written there.
    #[error(
        "the snapshot folder {path} cannot be written to: {reason}. Give the user of this program the right to, or choose another folder with --data; the snapshot before this one stays in use"
    )]
    NotWritable {
        /// Folder or file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// No room.
    #[error(
        "there is no room left for the snapshot in {path}. Free some and publish again; the snapshot before this one stays in use"
    )]
    DiskFull {
        /// Folder or file.
        path: String,
    },
    /// A file that is not what it should be.
    #[error("{path}: {reason}")]
    Refused {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
}

impl SnapshotError {
    /// What an error of the file system means for who publishes.
    pub fn writing(path: &Path, error: &io::Error) -> Self {
        let path = path.display().to_string();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::NotWritable { path, reason: error.to_string() },
        }
    }
}

/// A folder of snapshots.
#[derive(Debug, Clone)]
pub struct SnapshotFolder {
    root: PathBuf,
}

/// A version under way; it vanishes unless it is committed.
#[derive(Debug)]
pub struct Draft {
    home: PathBuf,
    path: PathBuf,
    version: u64,
    _lock: File,
}

/// One snapshot of one layer, open.
#[derive(Debug)]
pub struct LayerSnapshot {
    /// What it is.
    pub manifest: Manifest,
    /// The features.
    pub base: FeatureFile,
    /// Their ids.
    pub ids: IdIndex,
    /// Their values by number.
    pub values: ValueFile,
    /// Them as they are drawn.
    pub drawn: Drawn,
    /// How much there is of each.
    pub measures: Measures,
    /// Names and codes.
    pub names: NameFile,
    /// Overviews with the greatest zoom that each serves, that zoom ascending.
    pub overviews: Vec<(u8, FeatureFile)>,
    /// How many features there are of each access class, once somebody has counted them; the
    /// last are of none of them.
    pub classes: OnceLock<[u64; 4]>,
    /// Whether each of its bytes has been looked at.
    looked_at: AtomicBool,
    path: PathBuf,
    /// Device and number of its folder, as it was opened.
    place: Option<(u64, u64)>,
}

impl SnapshotFolder {
    /// The folder `snapshot` of a data folder.
    pub fn of(data: &Path) -> Self {
        Self { root: data.join("snapshot") }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Starts a new version of a layer. Waits while another program writes one.
    pub fn draft(&self, layer: &str) -> Result<Draft, SnapshotError> {
        let home = self.root.join(layer);
        let failed = |error: io::Error| SnapshotError::writing(&home, &error);
        DirBuilder::new().recursive(true).mode(0o700).create(&home).map_err(failed)?;
        let lock = File::options().create(true).truncate(false).write(true).open(home.join(LOCK));
        let lock = lock.map_err(failed)?;
        lock.lock().map_err(failed)?;
        let path = home.join(DRAFT);
        // Left by one who was killed: nobody else is at work here.
        if path.exists() {
            fs::remove_dir_all(&path).map_err(failed)?;
        }
        DirBuilder::new().mode(0o700).create(&path).map_err(failed)?;
        let version = self.versions(layer).first().map_or(1, |last| last.0 + 1);
        Ok(Draft { home, path, version, _lock: lock })
    }

    /// Removes what writers left that were killed; those at work are let alone.
    pub fn remove_abandoned_drafts(&self) {
        for home in fs::read_dir(&self.root).into_iter().flatten().filter_map(Result::ok) {
            let home = home.path();
            if !home.join(DRAFT).exists() {
                continue;
            }
            let Ok(lock) = File::options().write(true).open(home.join(LOCK)) else { continue };
            if lock.try_lock().is_ok()
                && let Err(error) = fs::remove_dir_all(home.join(DRAFT))
            {
                tracing::warn!(path = %home.display(), %error, "an abandoned draft could not be removed");
            }
        }
    }

    /// The versions of a layer, the newest first.
    fn versions(&self, layer: &str) -> Vec<(u64, PathBuf)> {
        versions_in(&self.root.join(layer))
    }

    /// The number of a layer's newest version, whether or not it is whole.
    pub fn newest(&self, layer: &str) -> Option<u64> {
        self.versions(layer).first().map(|v| v.0)
    }

    /// How the files of a version stand: another text once one of them is written or replaced.
    pub fn files_of(&self, layer: &str, version: u64) -> String {
        let entries = fs::read_dir(self.root.join(layer).join(name_of(version)));
        let stands = |entry: fs::DirEntry| {
            let file = entry.metadata().ok()?;
            let at = (file.mtime(), file.mtime_nsec());
            Some(format!("{:?} {} {} {at:?}", entry.file_name(), file.ino(), file.len()))
        };
        let mut files: Vec<String> =
            entries.into_iter().flatten().filter_map(|entry| stands(entry.ok()?)).collect();
        files.sort_unstable();
        checksum(files.join("\n").as_bytes())
    }

    /// Bytes of the newest version of each layer.
    pub fn newest_sizes(&self) -> Vec<u64> {
        let homes = fs::read_dir(&self.root).into_iter().flatten().filter_map(Result::ok);
        let newest = homes.filter_map(|home| versions_in(&home.path()).into_iter().next());
        let bytes = |folder: &Path| -> u64 {
            let files = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
            files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
        };
        newest.map(|(_, folder)| bytes(&folder)).collect()
    }

    /// The newest version of a layer that is what it should be, and what is wrong with those
    /// that are newer. `whole` asks for each byte to be looked at.
    pub fn open(&self, layer: &str, whole: bool) -> (Option<LayerSnapshot>, Vec<SnapshotError>) {
        self.open_but(layer, whole, |_| false)
    }

    /// The same, without those that are `passed_over`.
    pub fn open_but(
        &self,
        layer: &str,
        whole: bool,
        passed_over: impl Fn(u64) -> bool,
    ) -> (Option<LayerSnapshot>, Vec<SnapshotError>) {
        let mut refused = Vec::new();
        for (_, path) in self.versions(layer).into_iter().filter(|(version, _)| !passed_over(*version)) {
            match LayerSnapshot::open(&path, layer)
                .and_then(|s| if whole { s.look_at_each_byte().map(|()| s) } else { Ok(s) })
            {
                Ok(snapshot) => return (Some(snapshot), refused),
                Err(error) => refused.push(error),
            }
        }
        (None, refused)
    }
}

fn name_of(version: u64) -> String {
    format!("v{version:08}")
}

fn versions_in(home: &Path) -> Vec<(u64, PathBuf)> {
    let Ok(entries) = fs::read_dir(home) else { return Vec::new() };
    let mut found: Vec<(u64, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name();
            let digits =
                name.to_str()?.strip_prefix('v').filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
            Some((digits.parse().ok()?, entry.path()))
        })
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found
}

impl Draft {
    /// The folder to write in.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number that it will have.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Gives it its name: from now on it is the layer's newest.
    pub fn commit(self, manifest: &Manifest) -> Result<(), SnapshotError> {
        let failed = |error: io::Error| SnapshotError::writing(&self.path, &error);
        let text = serde_json::to_vec_pretty(manifest).map_err(|e| failed(io::Error::other(e)))?;
        let mut file = File::create_new(self.path.join(FILE_NAME)).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)?;
        let sync = |folder: &Path| File::open(folder).and_then(|f| f.sync_all()).map_err(failed);
        sync(&self.path)?;
        fs::rename(&self.path, self.home.join(name_of(self.version))).map_err(failed)?;
        sync(&self.home)?;
        for (_, old) in versions_in(&self.home).into_iter().skip(KEPT) {
            // Who reads it goes on reading: its files are mapped.
            if let Err(error) = fs::remove_dir_all(&old) {
                tracing::warn!(path = %old.display(), %error, "an old snapshot could not be removed");
            }
        }
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

impl LayerSnapshot {
    fn open(path: &Path, layer: &str) -> Result<Self, SnapshotError> {
        let refused = |name: &str, reason: String| SnapshotError::Refused {
            path: path.join(name).display().to_string(),
            reason,
        };
        let text = open_file(&path.join(FILE_NAME)).and_then(io::read_to_string);
        let text = text.map_err(|e| refused(FILE_NAME, e.to_string()))?;
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|e| refused(FILE_NAME, format!("it is garbled: {e}")))?;
        if manifest.format != FORMAT {
            let reason = format!(
                "it was written by diaban {} in form {}, this program reads form {FORMAT}. Publish the layer anew",
                manifest.program, manifest.format
            );
            return Err(refused(FILE_NAME, reason));
        }
        if manifest.layer != layer {
            return Err(refused(FILE_NAME, format!("it is of the layer `{}`", manifest.layer)));
        }
        let open = |entry: &FileEntry| {
            if entry.name.contains('/') {
                return Err(refused(FILE_NAME, "it names a file elsewhere".to_owned()));
            }
            let wrong = |reason| refused(&entry.name, reason);
            let file = FeatureFile::open(&path.join(&entry.name)).map_err(wrong)?;
            let as_said = file.len() == entry.features && file.bytes().len() as u64 == entry.bytes;
            if as_said {
                Ok(file)
            } else {
                Err(wrong("it is not the file that the manifest tells of".to_owned()))
            }
        };
        let mut files = manifest.files.iter();
        let base = files.next().ok_or_else(|| refused(FILE_NAME, "it names no file".to_owned()))?;
        let base = open(base)?;
        let ids = IdIndex::open(&path.join(IDS), base.len()).map_err(|reason| refused(IDS, reason))?;
        let values = ValueFile::open(&path.join(VALUES), &base).map_err(|reason| refused(VALUES, reason))?;
        let drawn = Drawn::open(&path.join(DRAWN), base.len()).map_err(|reason| refused(DRAWN, reason))?;
        let measures =
            Measures::open(&path.join(MEASURES), base.len()).map_err(|reason| refused(MEASURES, reason))?;
        let names = NameFile::open(&path.join(NAMES)).map_err(|reason| refused(NAMES, reason))?;
        let mut overviews = Vec::new();
        for entry in files {
            let zoom = entry.zoom.ok_or_else(|| refused(FILE_NAME, "an overview has no zoom".to_owned()))?;
            overviews.push((zoom, open(entry)?));
        }
        overviews.sort_by_key(|(zoom, _)| *zoom);
        let (classes, path) = (OnceLock::new(), path.to_owned());
        let (looked_at, place) = (AtomicBool::new(false), place_of(&path));
        let opened = Self {
            manifest,
            base,
            ids,
            values,
            drawn,
            measures,
            names,
            overviews,
            classes,
            looked_at,
            path,
            place,
        };
        // What was read so far may have been zeroes.
        opened.was_there().map(|()| opened)
    }

    /// The files, each with its name.
    fn mappings(&self) -> impl Iterator<Item = (&str, &Mapping)> {
        let beside = [
            (BASE, self.base.mapping()),
            (IDS, self.ids.mapping()),
            (VALUES, self.values.mapping()),
            (DRAWN, self.drawn.mapping()),
            (MEASURES, self.measures.mapping()),
            (NAMES, self.names.mapping()),
        ];
        let overviews = self.overviews.iter().filter_map(|(zoom, file)| {
            let entry = self.manifest.files.iter().find(|entry| entry.zoom == Some(*zoom))?;
            Some((entry.name.as_str(), file.mapping()))
        });
        beside.into_iter().chain(overviews)
    }

    /// Whether all that was read of it so far was there; the error names the file that was cut short meanwhile, that
    /// the disk cannot read, or whose names have turned out to be garbled. What was made of such a one is worth nothing. Costs next to nothing.
    pub fn was_there(&self) -> Result<(), SnapshotError> {
        if lost::any()
            && let Some((name, _)) = self.mappings().find(|(_, mapping)| mapping.is_lost())
        {
            return Err(self.cut(name));
        }
        if self.names.is_known_garbled() {
            let path = self.path.join(NAMES).display().to_string();
            return Err(SnapshotError::Refused { path, reason: "it is garbled".to_owned() });
        }
        Ok(())
    }

    /// The same; and asks the file system, because of a file's last page what is cut off reads as zeroes without
    /// anybody noticing.
    pub fn is_there(&self) -> Result<(), SnapshotError> {
        self.was_there()?;
        // One that is no longer there was removed: who reads it goes on reading.
        if !self.is_in_place() {
            return Ok(());
        }
        let length = |name: &str| fs::metadata(self.path.join(name)).map(|file| file.len()).ok();
        let cut = |(name, mapping): &(&str, &Mapping)| {
            length(name).is_some_and(|length| length < mapping.bytes().len() as u64)
        };
        let found = self.mappings().find(cut);
        found.map_or(Ok(()), |(name, _)| Err(self.cut(name)))
    }

    /// Whether the folder that it was opened from still stands where it stood.
    pub fn is_in_place(&self) -> bool {
        self.place.is_some() && place_of(&self.path) == self.place
    }

    /// Has its bytes looked at again: something in them cannot be read.
    pub fn look_again(&self) {
        self.looked_at.store(false, Ordering::Relaxed);
    }

    fn cut(&self, name: &str) -> SnapshotError {
        SnapshotError::Refused {
            path: self.path.join(name).display().to_string(),
            reason:
                "it was cut short while it was served, or the disk cannot read it. Publish the layer anew"
                    .to_owned(),
        }
    }

    /// Looks at each byte of each file, once.
    pub fn look_at_each_byte(&self) -> Result<(), SnapshotError> {
        // Of one that was taken away nothing is left to be read but what is mapped.
        if self.looked_at.swap(true, Ordering::Relaxed) || !self.is_in_place() {
            return Ok(());
        }
        for entry in self.manifest.files.iter().chain(&self.manifest.beside) {
            let path = self.path.join(&entry.name);
            let wrong = match Mapping::open(&path) {
                Ok(mapping) if checksum(mapping.bytes()) == entry.checksum => continue,
                Ok(_) => "its bytes are not those that were written".to_owned(),
                Err(error) => error.to_string(),
            };
            return Err(SnapshotError::Refused { path: path.display().to_string(), reason: wrong });
        }
        Ok(())
    }

    /// The file that serves a zoom, and whether it is an overview.
    pub fn file_for(&self, zoom: u8) -> (&FeatureFile, bool) {
        match self.overviews.iter().find(|(greatest, _)| *greatest >= zoom) {
            Some((_, file)) => (file, true),
            None => (&self.base, false),
        }
    }
}

fn place_of(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|folder| (folder.dev(), folder.ino()))
}

/// Name of the index of ids.
pub const IDS: &str = "base.ids";
/// Name of the numbered values.
pub const VALUES: &str = "base.values";
/// Name of the features' own file.
pub const BASE: &str = "base.fgb";
