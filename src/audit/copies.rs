//! The record for a backup, and back.
//!
//! A copy is of whole records: where each file ended is taken while nobody writes, and what is written afterwards
//! stands behind that. So whoever writes goes on, and what is copied is a chain. Brought back, it takes the place of a
//! record only where there is none; else it lies beside, because a record is never written over.

use super::{AuditError, AuditFolder, folder::is_month};
use std::{
    fs::{self, DirBuilder, File},
    io::{self, Read, Take},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown, lchown},
    path::{Path, PathBuf},
};

/// Folders beside the record that are tried for one that is brought back.
const BESIDE_MAX: u32 = 1000;

/// The records of a month, as they were when the copy was taken.
#[derive(Debug)]
pub struct MonthCopy {
    /// Which, as `2026-11`.
    pub month: String,
    /// Its whole lines.
    pub lines: Take<File>,
}

impl AuditFolder {
    /// A copy of all whole records, the oldest month first; nothing where there is no record.
    pub fn copy(&self) -> Result<Vec<MonthCopy>, AuditError> {
        let mut copies = Vec::new();
        for month in self.months_at_rest()? {
            let file = File::open(&month.path).map_err(AuditError::at(&month.path))?;
            let whole = month.whole_bytes()?;
            copies.push(MonthCopy { month: month.month, lines: file.take(whole) });
        }
        Ok(copies)
    }
}

/// A record on its way back. What is not finished vanishes.
#[derive(Debug)]
pub struct PuttingBack {
    data: PathBuf,
    draft: tempfile::TempDir,
}

impl PuttingBack {
    /// Into a data folder, which is made where there is none.
    pub fn into(data: &Path) -> Result<Self, AuditError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(data);
        made.map_err(AuditError::at(data))?;
        // Nobody but its owner may enter it.
        let own = fs::Permissions::from_mode(0o700);
        let draft = tempfile::Builder::new().prefix("audit-draft-").permissions(own).tempdir_in(data);
        Ok(Self { data: data.to_owned(), draft: draft.map_err(AuditError::at(data))? })
    }

    /// The records of a month such as `2026-11`.
    pub fn month(&self, month: &str, lines: &mut dyn Read) -> Result<(), AuditError> {
        if !is_month(month) {
            let path = self.data.join(format!("{month}.jsonl"));
            return Err(AuditError::at(&path)(io::Error::other("it is no month")));
        }
        let path = self.draft.path().join(format!("{month}.jsonl"));
        let written = fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path);
        let written = written.and_then(|mut file| {
            io::copy(lines, &mut file)?;
            hand_over(&self.data, |user, group| fchown(&file, user, group));
            file.sync_all()
        });
        written.map_err(AuditError::at(&path))
    }

    /// Puts it in its place, which is told: that of the record, where there is none, or one beside it.
    pub fn finish(self) -> Result<AuditFolder, AuditError> {
        // No link that somebody has put there is followed.
        hand_over(&self.data, |user, group| lchown(self.draft.path(), user, group));
        let own = AuditFolder::of(&self.data);
        let place = if own.months()?.is_empty() {
            // A folder without a record holds a lock at most.
            let _ = fs::remove_file(own.path().join("lock"));
            let _ = fs::remove_dir(own.path());
            own
        } else {
            let beside = |number| self.data.join(format!("audit-restored-{number}"));
            let free = (1..=BESIDE_MAX).map(beside).find(|path| !path.exists());
            AuditFolder::at(free.unwrap_or_else(|| beside(BESIDE_MAX)))
        };
        fs::rename(self.draft.path(), place.path()).map_err(AuditError::at(place.path()))?;
        // It is not there any more.
        drop(self.draft.keep());
        File::open(&self.data).and_then(|data| data.sync_all()).map_err(AuditError::at(&self.data))?;
        Ok(place)
    }
}

/// Gives something to whoever has the data folder: where root brings a record back, the server goes on.
fn hand_over(data: &Path, give: impl FnOnce(Option<u32>, Option<u32>) -> io::Result<()>) {
    let Ok(owner) = fs::metadata(data) else { return };
    // Nobody but root may, and nobody else needs to.
    let _ = give(Some(owner.uid()), Some(owner.gid()));
}
