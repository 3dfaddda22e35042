//! One file that was sent: where it lies, what its sender calls it, what has come of it.
//!
//! Must not know what reads files, nor which others are here.

use super::work::Work;
use serde_json::{Map, Value as Json, json};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The name that each file lies under, without its ending.
const STEM: &str = "sent";
/// What is called so, and a number, is of rows that were refused.
pub const REFUSED: &str = "refused";

/// Who sent a file: code of the agency, and who in it.
pub type Owner = (String, String);

/// One file.
#[derive(Debug)]
pub struct Kept {
    /// Nobody guesses it.
    pub id: String,
    /// Whose it is.
    pub owner: Owner,
    /// The layer it was sent for.
    pub layer: String,
    /// What its sender calls it.
    pub called: String,
    /// Its size, or the room that it may take while it comes.
    bytes: AtomicU64,
    /// Bytes of the rows that were refused.
    beside: AtomicU64,
    folder: TempDir,
    /// Rows that are done of the work under way.
    pub rows_done: AtomicU64,
    state: Mutex<State>,
}

/// What has come of a file.
#[derive(Debug)]
pub struct State {
    /// When it was last asked for.
    used: Instant,
    /// What is being done.
    pub work: Option<Work>,
    /// What came of each step that was done, by its name.
    pub done: Map<String, Json>,
    /// The run that it was loaded in, and that was not taken back.
    pub run: Option<i64>,
    /// How often rows were refused: each time they go into a folder of their own.
    pub times: u32,
}

impl Kept {
    /// One that is on its way into a folder of its own, and may take so many bytes.
    pub fn coming(
        id: String,
        owner: Owner,
        layer: &str,
        called: String,
        bytes: u64,
        folder: TempDir,
    ) -> Self {
        let state = State { used: Instant::now(), work: None, done: Map::new(), run: None, times: 0 };
        Self {
            id,
            owner,
            layer: layer.to_owned(),
            called,
            bytes: AtomicU64::new(bytes),
            beside: AtomicU64::new(0),
            folder,
            rows_done: AtomicU64::new(0),
            state: Mutex::new(state),
        }
    }

    /// It is there, and has so many bytes.
    pub fn has_come(&self, bytes: u64) {
        self.bytes.store(bytes, Relaxed);
        self.asked_for();
    }

    /// Somebody asks for it.
    pub fn asked_for(&self) {
        self.state().used = Instant::now();
    }

    /// Whether something is being done with it, or somebody has asked for it in the last `time`.
    pub fn is_wanted(&self, time: Duration) -> bool {
        let state = self.state();
        state.work.is_some() || state.used.elapsed() < time
    }

    /// What has come of it.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The folder that it lies in, with nothing that is not its own.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where it lies: of its sender's name nothing but a plain ending is in it.
    pub fn path(&self) -> PathBuf {
        let ending = self.called.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        let plain = |ending: &String| {
            (1..=8).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let name = match ending.filter(plain) {
            Some(ending) => format!("{STEM}.{ending}"),
            None => STEM.to_owned(),
        };
        self.folder.path().join(name)
    }

    /// Bytes that it takes of the disk, with the rows that were refused.
    pub fn room(&self) -> u64 {
        self.bytes.load(Relaxed).saturating_add(self.beside.load(Relaxed))
    }

    /// Looks how many bytes the rows take that were refused.
    pub fn measure(&self) {
        self.beside.store(self.of_refused().iter().map(|path| size(path)).sum(), Relaxed);
    }

    /// The folder of the rows that were refused at a time.
    pub fn refused(&self, times: u32) -> PathBuf {
        self.folder.path().join(format!("{REFUSED}{times}"))
    }

    /// An empty folder for the rows that are refused now. Those that were refused before are told of no more, and go.
    ///
    /// # Errors
    /// Where there is no room for it.
    pub fn begin_refused(&self) -> io::Result<PathBuf> {
        let times = std::mem::take(&mut self.state().times) + 1;
        for path in self.of_refused() {
            let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            if let Err(error) = gone {
                tracing::warn!(%error, path = %path.display(), "rows that were refused before stay");
            }
        }
        let folder = self.refused(times);
        fs::create_dir(&folder)?;
        self.state().times = times;
        Ok(folder)
    }

    /// All files and folders of rows that were refused.
    fn of_refused(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path()).into_iter().flatten().flatten();
        let own = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(REFUSED));
        own.map(|entry| entry.path()).collect()
    }

    /// What a file beside it is called by its sender.
    pub fn called_beside(&self, name: &str) -> String {
        let own = self.called.rsplit_once('.').map_or(self.called.as_str(), |(own, _)| own);
        match name.strip_prefix(STEM).filter(|rest| rest.starts_with('.')) {
            Some(rest) => format!("{own}{rest}"),
            None => name.to_owned(),
        }
    }

    /// All that is told of it. While something is under way, what came before is not.
    pub fn told(&self) -> Json {
        let state = self.state();
        let mut told = json!({
            "id": self.id,
            "layer": self.layer,
            "name": self.called,
            "bytes": self.bytes.load(Relaxed),
            "working": state.work.as_ref().map(|work| work.told(self.rows_done.load(Relaxed))),
            "run": state.run,
        });
        if let (None, Some(members)) = (&state.work, told.as_object_mut()) {
            members.extend(state.done.clone());
        }
        told
    }
}

/// Bytes of a file, or of the files in a folder.
fn size(path: &Path) -> u64 {
    match fs::metadata(path) {
        Ok(about) if about.is_dir() => {
            let entries = fs::read_dir(path).into_iter().flatten().flatten();
            entries.filter_map(|entry| entry.metadata().ok()).map(|about| about.len()).sum()
        }
        about => about.map_or(0, |about| about.len()),
    }
}
