//! Reads the record, and follows the chain through it.

use super::{AuditError, AuditFolder, ChainHash, Entry, Head, Record, chain::Flaw, folder::MonthFile};
use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Take},
    path::{Path, PathBuf},
};

/// A chain that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Number of the first record; 0 where there is none.
    pub first: u64,
    /// The last record: to be noted elsewhere.
    pub head: Head,
    /// Bytes of half a line at the end, which the next writer removes.
    pub torn: u64,
    /// Whether the head that was noted was met; it is not where its record was removed as too old.
    pub noted_met: bool,
}

/// Where a chain is broken first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The number that the record has, or should have.
    pub n: u64,
    /// The file.
    pub file: PathBuf,
    /// The line in it, from 1.
    pub line: u64,
    /// How.
    pub kind: BreakKind,
}

/// How a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakKind {
    /// The line is no record.
    NoRecord,
    /// What it says is not what was written.
    Changed,
    /// Another record stands in its place, of this number.
    OutOfPlace(u64),
    /// It does not name the hash of the record before.
    Unlinked,
    /// Records before it are missing, and none says that they were removed.
    NoBeginning,
    /// It is another than the one whose hash was noted.
    NotAsNoted,
    /// It was noted, and the chain ends before it.
    CutOff,
}

/// How it stands with the newest records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// The month, as `2026-11`; `None` where there is no record.
    pub month: Option<String>,
    /// Records in it.
    pub records: u64,
    /// Bytes of half a line at its end.
    pub torn: u64,
}

/// Why a chain is not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is broken.
    #[error("{}", .0.english())]
    Broken(Break),
    /// It cannot be read, or be written.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

/// A line of the record.
#[derive(Debug)]
pub struct Line {
    /// The file.
    pub file: PathBuf,
    /// Number of the line in it, from 1.
    pub number: u64,
    /// The line, without its end.
    pub bytes: Vec<u8>,
    /// Whether it has an end.
    pub whole: bool,
}

/// The lines of the record, the oldest first.
#[derive(Debug)]
pub struct Lines {
    months: std::vec::IntoIter<MonthFile>,
    open: Option<(PathBuf, u64, Take<BufReader<File>>)>,
}

impl Lines {
    fn next_line(&mut self) -> Result<Option<Line>, AuditError> {
        loop {
            if self.open.is_none() {
                let Some(month) = self.months.next() else { return Ok(None) };
                let file = File::open(&month.path).map_err(AuditError::at(&month.path))?;
                self.open = Some((month.path, 0, BufReader::new(file).take(month.bytes)));
            }
            let Some((path, number, file)) = &mut self.open else { continue };
            let mut bytes = Vec::new();
            if file.read_until(b'\n', &mut bytes).map_err(AuditError::at(path))? > 0 {
                *number += 1;
                let whole = bytes.pop_if(|last| *last == b'\n').is_some();
                return Ok(Some(Line { file: path.clone(), number: *number, bytes, whole }));
            }
            self.open = None;
        }
    }
}

impl Iterator for Lines {
    type Item = Result<Line, AuditError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_line().transpose()
    }
}

/// How the chain has gone so far.
#[derive(Default)]
struct Followed {
    /// The first record: its number, what it names as the hash before it, and where it stands.
    first: Option<(u64, ChainHash, PathBuf)>,
    head: Option<Head>,
    /// Whether a record says that what was before the first was removed.
    begins_on_record: bool,
    noted_met: bool,
}

impl Followed {
    fn follow(&mut self, record: &Record, file: &Path, noted: Option<Head>) -> Result<(), (u64, BreakKind)> {
        let due = self.head.map_or(record.n, |head| head.n + 1);
        if record.n != due {
            return Err((due, BreakKind::OutOfPlace(record.n)));
        }
        if self.head.is_some_and(|head| head.hash != record.prev) {
            return Err((due, BreakKind::Unlinked));
        }
        if let Some(noted) = noted.filter(|noted| noted.n == record.n) {
            if noted.hash != record.hash {
                return Err((due, BreakKind::NotAsNoted));
            }
            self.noted_met = true;
        }
        if self.first.is_none() {
            self.first = Some((record.n, record.prev, file.to_owned()));
            self.begins_on_record = record.n == 1 && record.prev == ChainHash::ZERO;
        }
        self.look_for_beginning(record);
        self.head = Some(record.head());
        Ok(())
    }

    /// Looks whether a record says that what was before the first was removed.
    fn look_for_beginning(&mut self, record: &Record) {
        if let (Entry::Removed(removed), Some((first, before, _))) = (&record.entry, &self.first) {
            let is_it = removed.last.checked_add(1) == Some(*first) && removed.last_hash == *before;
            self.begins_on_record |= is_it;
        }
    }
}

impl AuditFolder {
    /// The lines, those of months before `since` (such as `2026-11`) passed over.
    pub fn lines(&self, since: Option<&str>) -> Result<Lines, AuditError> {
        let mut months = self.months_at_rest()?;
        months.retain(|month| since.is_none_or(|since| *month.month >= *since));
        Ok(Lines { months: months.into_iter(), open: None })
    }

    /// Follows the chain through one month, from the record before it, if there is one. Returns how many records it
    /// has, and bytes of half a line at its end.
    pub(super) fn follow_month(
        &self,
        month: &MonthFile,
        before: Option<Head>,
    ) -> Result<(u64, u64), VerifyError> {
        let mut followed = Followed { head: before, ..Followed::default() };
        let (mut records, mut torn) = (0, 0);
        for line in (Lines { months: vec![month.clone()].into_iter(), open: None }) {
            let line = line?;
            if !line.whole {
                torn = line.bytes.len() as u64;
                break;
            }
            let due = followed.head.map_or(1, |head| head.n + 1);
            let broken = |(n, kind)| {
                VerifyError::Broken(Break { n, file: line.file.clone(), line: line.number, kind })
            };
            let record = Record::read(&line.bytes).map_err(|flaw| match flaw {
                Flaw::NoRecord => broken((due, BreakKind::NoRecord)),
                Flaw::Changed => broken((due, BreakKind::Changed)),
            })?;
            followed.follow(&record, &line.file, None).map_err(broken)?;
            records += 1;
        }
        Ok((records, torn))
    }

    /// Follows the chain through its newest month, from the end of the month before. The rest is not read.
    pub fn verify_newest(&self) -> Result<Newest, VerifyError> {
        let months = self.months_at_rest()?;
        let Some((newest, before)) = months.split_last() else {
            return Ok(Newest { month: None, records: 0, torn: 0 });
        };
        let mut head = None;
        for month in before.iter().rev() {
            head = month.head()?;
            if head.is_some() {
                break;
            }
        }
        let (records, torn) = self.follow_month(newest, head)?;
        Ok(Newest { month: Some(newest.month.clone()), records, torn })
    }

    /// Follows the chain from its first record to its last, and looks in it for a head that was noted earlier.
    pub fn verify(&self, noted: Option<Head>) -> Result<Verified, VerifyError> {
        let mut followed = Followed::default();
        let (mut torn, mut last, mut broken) = (0, (self.path().to_owned(), 0), None);
        for line in self.lines(None)? {
            let line = line?;
            // Only the last line of all may be torn.
            if !line.whole && torn == 0 {
                torn = line.bytes.len() as u64;
                continue;
            }
            let read = Record::read(&line.bytes).map_err(|flaw| match flaw {
                Flaw::NoRecord => BreakKind::NoRecord,
                Flaw::Changed => BreakKind::Changed,
            });
            let due = followed.head.map_or(1, |head| head.n + 1);
            let read = if torn > 0 { Err(BreakKind::NoRecord) } else { read };
            if broken.is_some() {
                // Behind a break, all that matters is whether the beginning is on record.
                read.iter().for_each(|record| followed.look_for_beginning(record));
                continue;
            }
            let met = match read {
                Ok(record) => followed.follow(&record, &line.file, noted),
                Err(kind) => Err((due, kind)),
            };
            match met {
                Ok(()) => last = (line.file, line.number),
                Err((n, kind)) => broken = Some(Break { n, file: line.file, line: line.number, kind }),
            }
        }
        if let Some((first, _, file)) = followed.first.as_ref().filter(|_| !followed.begins_on_record) {
            let (n, file, kind) = (*first, file.clone(), BreakKind::NoBeginning);
            return Err(VerifyError::Broken(Break { n, file, line: 1, kind }));
        }
        if let Some(broken) = broken {
            return Err(VerifyError::Broken(broken));
        }
        let head = followed.head.unwrap_or(Head::NONE);
        if let Some(noted) = noted.filter(|noted| noted.n > head.n) {
            let ((file, line), n, kind) = (last, noted.n, BreakKind::CutOff);
            return Err(VerifyError::Broken(Break { n, file, line, kind }));
        }
        let first = followed.first.map_or(0, |first| first.0);
        Ok(Verified { first, head, torn, noted_met: followed.noted_met })
    }
}
