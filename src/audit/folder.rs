//! The files of the record: one a month, and a lock that lets one writer at a time at them.

use super::{Entry, Head, Record, in_vietnam};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown},
    path::{Path, PathBuf},
};
use time::OffsetDateTime;

/// How far back from the end of a file its last record begins at most, bytes.
const LINE_MAX: u64 = 256 * 1024;

/// Why nothing can be put on record, or read of it.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The file or folder cannot be used.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The last record is not whole, and no crash left it so: nothing can be chained to it.
    #[error(
        "{}: its last record is damaged (`diaban audit --verify` tells more); keep the folder as it is for whoever \
         looks into it, under another name, and a new one is begun",
        .0.display()
    )]
    Damaged(PathBuf),
}

impl AuditError {
    /// Of a path.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { path, error }
    }
}

/// The folder of the record.
#[derive(Debug, Clone)]
pub struct AuditFolder(PathBuf);

/// The records of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthFile {
    /// Which, as `2026-11`.
    pub month: String,
    /// Where.
    pub path: PathBuf,
    /// How long it was when it was looked at.
    pub bytes: u64,
}

/// The end of a file.
struct Tail {
    /// Bytes up to the end of the last whole line.
    whole: u64,
    /// Bytes behind that.
    torn: u64,
    /// The last record; `None` in an empty file.
    head: Option<Head>,
}

impl AuditFolder {
    /// That of a data folder.
    pub fn of(data: &Path) -> Self {
        Self(data.join("audit"))
    }

    /// One that lies elsewhere.
    pub(super) const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The months that there are, the oldest first; none where there is no folder.
    pub(super) fn months(&self) -> Result<Vec<MonthFile>, AuditError> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(AuditError::at(&self.0)(error)),
        };
        let mut months = Vec::new();
        for entry in entries {
            let path = entry.map_err(AuditError::at(&self.0))?.path();
            let month = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".jsonl"));
            let Some(month) = month.filter(|month| is_month(month)).map(str::to_owned) else { continue };
            let bytes = fs::metadata(&path).map_err(AuditError::at(&path))?.len();
            months.push(MonthFile { month, path, bytes });
        }
        months.sort_by(|a, b| a.month.cmp(&b.month));
        Ok(months)
    }

    /// The months as they are when nobody is writing.
    pub(super) fn months_at_rest(&self) -> Result<Vec<MonthFile>, AuditError> {
        // Who may only read is let read; without a lock file nobody writes yet.
        let lock = File::open(self.lock_path()).ok();
        if let Some(lock) = &lock {
            lock.lock_shared().map_err(AuditError::at(&self.lock_path()))?;
        }
        self.months()
    }

    fn lock_path(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// Makes the folder if it is not there, and waits until nobody else writes. The lock goes with the file.
    fn lock(&self) -> Result<File, AuditError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.0);
        made.map_err(AuditError::at(&self.0))?;
        let path = self.lock_path();
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.map_err(AuditError::at(&path))?;
        file.lock().map_err(AuditError::at(&path))?;
        Ok(file)
    }

    /// Makes what was done to the names in the folder outlast a crash.
    pub(super) fn sync(&self) -> Result<(), AuditError> {
        File::open(&self.0).and_then(|folder| folder.sync_all()).map_err(AuditError::at(&self.0))
    }
}

/// Whether it is a month such as `2026-11`.
pub(super) fn is_month(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    matches!(text.split_once('-'), Some((y, m)) if y.len() == 4 && m.len() == 2 && digits(y) && digits(m))
}

/// The month that a moment is in, in Vietnam.
pub(super) fn month_of(moment: OffsetDateTime) -> String {
    let moment = in_vietnam(moment);
    format!("{:04}-{:02}", moment.year(), u8::from(moment.month()))
}

impl MonthFile {
    /// Its last record; `None` if there is none in it.
    pub(super) fn head(&self) -> Result<Option<Head>, AuditError> {
        Ok(self.tail()?.head)
    }

    /// Bytes up to the end of the last whole record; of a file whose end is damaged, all: it is evidence.
    pub(super) fn whole_bytes(&self) -> Result<u64, AuditError> {
        match self.tail() {
            Ok(tail) => Ok(tail.whole),
            Err(AuditError::Damaged(_)) => Ok(self.bytes),
            Err(error) => Err(error),
        }
    }

    fn tail(&self) -> Result<Tail, AuditError> {
        let from = self.bytes.saturating_sub(LINE_MAX);
        let mut end = Vec::new();
        let mut read = || {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(from))?;
            file.take(self.bytes - from).read_to_end(&mut end)
        };
        read().map_err(AuditError::at(&self.path))?;
        let damaged = || AuditError::Damaged(self.path.clone());
        let Some(line_end) = end.iter().rposition(|b| *b == b'\n') else {
            // The first line of all was torn.
            return match from {
                0 => Ok(Tail { whole: 0, torn: self.bytes, head: None }),
                _ => Err(damaged()),
            };
        };
        let begin = match end[..line_end].iter().rposition(|b| *b == b'\n') {
            Some(before) => before + 1,
            None if from == 0 => 0,
            None => return Err(damaged()),
        };
        let record = Record::read(&end[begin..line_end]).map_err(|_| damaged())?;
        let whole = from + line_end as u64 + 1;
        Ok(Tail { whole, torn: self.bytes - whole, head: Some(record.head()) })
    }
}

/// Puts records at the end of the chain, wherever others have brought it meanwhile.
#[derive(Debug)]
pub struct Appender {
    folder: AuditFolder,
    /// The last record that it knows of.
    head: Head,
    /// The newest file as it left it: while it is as long, nobody has written meanwhile.
    left: Option<(PathBuf, u64)>,
}

impl Appender {
    /// At the end of what there is.
    pub const fn new(folder: AuditFolder) -> Self {
        Self { folder, head: Head::NONE, left: None }
    }

    /// The last record that it wrote, or found.
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Writes records, all or none, and returns when they would outlast a crash. Half a line that a crash has left
    /// before them is removed, and a record says so.
    pub fn append(&mut self, entries: &[(OffsetDateTime, &Entry)]) -> Result<(), AuditError> {
        let appended = self.append_under_lock(entries);
        if appended.is_err() {
            // What the disk holds now is looked at anew.
            self.left = None;
        }
        appended
    }

    fn append_under_lock(&mut self, entries: &[(OffsetDateTime, &Entry)]) -> Result<(), AuditError> {
        let _lock = self.folder.lock()?;
        let months = self.folder.months()?;
        let healed = match months.last() {
            Some(newest)
                if self.left.as_ref().is_some_and(|(p, n)| *p == newest.path && *n == newest.bytes) =>
            {
                0
            }
            _ => self.look(&months)?,
        };
        let now = OffsetDateTime::now_utc();
        // A clock that was put back must not put records before those that are there.
        let newest = months.into_iter().next_back();
        let month = newest.as_ref().map(|newest| newest.month.clone()).unwrap_or_default().max(month_of(now));
        let path = self.folder.0.join(format!("{month}.jsonl"));
        let end = newest.filter(|newest| newest.month == month).map(|newest| newest.bytes - healed);
        let says_healed = (healed > 0).then_some(Entry::Healed { bytes: healed });
        let (mut head, mut bytes) = (self.head, Vec::new());
        for (at, entry) in says_healed.iter().map(|entry| (now, entry)).chain(entries.iter().copied()) {
            let (line, next) = head
                .followed_by(at, entry)
                .map_err(|error| AuditError::at(&path)(io::Error::other(error)))?;
            bytes.extend_from_slice(&line);
            head = next;
        }
        let written = write(&path, end, &bytes).map_err(AuditError::at(&path))?;
        if end.is_none() {
            self.folder.sync()?;
        }
        if healed > 0 {
            let path = path.display();
            tracing::warn!(%path, bytes = healed, "half a record at the end of the audit file was removed");
        }
        self.head = head;
        self.left = Some((path, written));
        Ok(())
    }

    /// Takes the end of the chain from the files, and cuts half a line off. Returns how long that was. Where the files
    /// end before what is known to have been written, somebody has cut them: going on from what is known shows it.
    fn look(&mut self, months: &[MonthFile]) -> Result<u64, AuditError> {
        let mut healed = 0;
        for (i, month) in months.iter().rev().enumerate() {
            let tail = month.tail()?;
            if i == 0 && tail.torn > 0 {
                let file = OpenOptions::new().write(true).open(&month.path);
                file.and_then(|file| file.set_len(tail.whole)).map_err(AuditError::at(&month.path))?;
                healed = tail.torn;
            }
            if let Some(head) = tail.head {
                if head.n > self.head.n {
                    self.head = head;
                }
                break;
            }
        }
        Ok(healed)
    }
}

/// Writes behind the first `end` bytes of a file, or into a new one, and returns how long it is then. Where that fails
/// nothing stays.
fn write(path: &Path, end: Option<u64>, bytes: &[u8]) -> io::Result<u64> {
    let mut options = OpenOptions::new();
    options.append(true).mode(0o600);
    let mut file = match end {
        Some(_) => options.open(path)?,
        None => handed_over(options.create_new(true).open(path)?, path),
    };
    let end = end.unwrap_or(0);
    let written = file.write_all(bytes).and_then(|()| file.sync_data());
    match written {
        Ok(()) => Ok(end + bytes.len() as u64),
        Err(error) => {
            // Needs no room. Were it to fail too, the records stand without an answer having gone.
            let _ = file.set_len(end);
            Err(error)
        }
    }
}

/// A file that is new, given to whoever has the folder: where root begins a month, the server has to go on with it.
fn handed_over(file: File, path: &Path) -> File {
    if let Some(owner) = path.parent().and_then(|folder| fs::metadata(folder).ok()) {
        // Nobody but root may, and nobody else needs to.
        let _ = fchown(&file, Some(owner.uid()), Some(owner.gid()));
    }
    file
}
