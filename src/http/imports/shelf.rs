//! The files that were sent and are not done with: where they lie, whose they are, what has come of them, and how much
//! there may be.
//!
//! A file lies in a folder of its own under a name of ours, which is gone an hour after it was last asked for, or with
//! the server; what one that was killed left is gone when the next begins. Must not know what reads files.

use super::work::Work;
use crate::store::delivery::SentFile;
use serde_json::{Map, Value as Json, json};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::sync::Semaphore;

/// Bytes of one file.
pub const FILE_MAX: u64 = 256 << 20;
/// Files of one caller, and their bytes.
pub const OF_CALLER: (usize, u64) = (5, 512 << 20);
/// The same in all.
pub const IN_ALL: (usize, u64) = (24, 2 << 30);
/// How long a file is kept that nobody asks for.
pub const KEPT: Duration = Duration::from_secs(3600);
/// How often it is looked for such.
const LOOKED_FOR: Duration = Duration::from_secs(300);
/// Files that are read or loaded at once.
pub const WORKS_AT_ONCE: usize = 2;
/// What is under way or waits, of one caller and in all.
pub const WORKS_OF_CALLER: usize = 3;
pub const WORKS_IN_ALL: usize = 12;
/// The name that each file lies under, without its ending.
const STEM: &str = "sent";
/// The folder of all servers, and what each holds locked in its own.
const UPLOADS: &str = "uploads";
const HELD: &str = "held";

/// Who sent a file: code of the agency, and who in it.
pub type Owner = (String, String);

/// All files that were sent. All clones are one.
#[derive(Debug, Clone, Default)]
pub struct Shelf(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Where the folder of all servers is; in the system's temporary folder where nobody said.
    data: Option<PathBuf>,
    home: Mutex<Option<Home>>,
    kept: Mutex<BTreeMap<String, Arc<Kept>>>,
    works: Arc<Semaphore>,
    swept: AtomicBool,
}

impl Default for Inner {
    fn default() -> Self {
        let works = Arc::new(Semaphore::new(WORKS_AT_ONCE));
        Self {
            data: None,
            home: Mutex::default(),
            kept: Mutex::default(),
            works,
            swept: AtomicBool::new(false),
        }
    }
}

/// The folder of this server.
#[derive(Debug)]
struct Home {
    folder: TempDir,
    /// Says to other servers that it is not abandoned.
    #[allow(dead_code, reason = "it is locked as long as it is open")]
    held: Option<File>,
}

/// Why there is no room for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoom {
    /// Its sender has as much here as one may.
    OfCaller,
    /// All have.
    InAll,
    /// The disk.
    Disk,
}

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

impl Shelf {
    /// In the folder that the settings name. What servers that are no longer there left in it is taken away.
    pub fn under(data: &Path) -> Self {
        let shelf = Self(Arc::new(Inner { data: Some(data.to_owned()), ..Inner::default() }));
        remove_abandoned(&data.join(UPLOADS));
        shelf
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Kept>>> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Turns of those that read or load.
    pub fn works(&self) -> Arc<Semaphore> {
        self.0.works.clone()
    }

    /// Makes room for a file of at most `bytes`.
    pub fn begin(&self, owner: Owner, layer: &str, called: String, bytes: u64) -> Result<Arriving, NoRoom> {
        self.sweep();
        let folder = self.folder().map_err(|error| {
            tracing::error!(%error, "there is no folder for files that are sent");
            NoRoom::Disk
        })?;
        let mut all = self.kept();
        let sum = |of: &dyn Fn(&Kept) -> bool| {
            let those = all.values().filter(|kept| of(kept));
            those.fold((0, 0), |(count, sum), kept| (count + 1, sum + kept.bytes.load(Relaxed)))
        };
        let is_over = |(count, sum): (usize, u64), (most, most_bytes): (usize, u64)| {
            count >= most || sum + bytes > most_bytes
        };
        if is_over(sum(&|kept| kept.owner == owner), OF_CALLER) {
            return Err(NoRoom::OfCaller);
        }
        if is_over(sum(&|_| true), IN_ALL) {
            return Err(NoRoom::InAll);
        }
        let id = random().ok_or(NoRoom::Disk)?;
        let state = State { used: Instant::now(), work: None, done: Map::new(), run: None, times: 0 };
        let kept = Arc::new(Kept {
            id: id.clone(),
            owner,
            layer: layer.to_owned(),
            called,
            bytes: AtomicU64::new(bytes),
            folder,
            rows_done: AtomicU64::new(0),
            state: Mutex::new(state),
        });
        all.insert(id, kept.clone());
        Ok(Arriving { shelf: self.clone(), kept, arrived: false })
    }

    /// A folder for one file.
    fn folder(&self) -> io::Result<TempDir> {
        let mut home = self.0.home.lock().unwrap_or_else(PoisonError::into_inner);
        if home.as_ref().is_none_or(|home| !home.folder.path().is_dir()) {
            *home = Some(Home::new(self.0.data.as_deref())?);
        }
        let place = home.as_ref().map(|home| home.folder.path().to_owned()).unwrap_or_default();
        drop(home);
        tempfile::Builder::new().prefix("file-").tempdir_in(place)
    }

    /// A file of a caller for a layer, if it is there.
    pub fn find(&self, id: &str, owner: &Owner, layer: &str) -> Option<Arc<Kept>> {
        self.sweep();
        let found = self.kept().get(id).cloned();
        let kept = found.filter(|kept| kept.owner == *owner && kept.layer == layer)?;
        kept.state().used = Instant::now();
        Some(kept)
    }

    /// The files of a caller for a layer.
    pub fn of(&self, owner: &Owner, layer: &str) -> Vec<Arc<Kept>> {
        self.sweep();
        let all = self.kept();
        all.values().filter(|kept| kept.owner == *owner && kept.layer == layer).cloned().collect()
    }

    /// Takes a file away.
    pub fn remove(&self, id: &str) {
        let gone = self.kept().remove(id);
        drop(gone);
    }

    /// What is under way or waits, of a caller and in all.
    pub fn under_way(&self, owner: &Owner) -> (usize, usize) {
        let all = self.kept();
        let working = |kept: &&Arc<Kept>| kept.state().work.is_some();
        (
            all.values().filter(|kept| kept.owner == *owner).filter(working).count(),
            all.values().filter(working).count(),
        )
    }

    /// Takes away what nobody has asked for in an hour.
    fn sweep(&self) {
        let mut all = self.kept();
        let mut gone = Vec::new();
        all.retain(|_, kept| {
            let state = kept.state();
            let stays = state.work.is_some() || state.used.elapsed() < KEPT;
            drop(state);
            if !stays {
                gone.push(kept.clone());
            }
            stays
        });
        // Their folders go when nobody waits for the list.
        drop(all);
        drop(gone);
    }

    /// Sweeps until there is nothing left, so that no file outlives its hour where nobody asks.
    fn keep_sweeping(&self) {
        if self.0.swept.swap(true, Relaxed) {
            return;
        }
        let shelf = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOKED_FOR).await;
                let Some(shelf) = shelf.upgrade().map(Shelf) else { return };
                shelf.sweep();
                if shelf.kept().is_empty() {
                    shelf.0.swept.store(false, Relaxed);
                    return;
                }
            }
        });
    }
}

impl Home {
    fn new(data: Option<&Path>) -> io::Result<Self> {
        let Some(data) = data else {
            let folder = tempfile::Builder::new().prefix("diaban-uploads-").tempdir()?;
            return Ok(Self { folder, held: None });
        };
        let all = data.join(UPLOADS);
        fs::create_dir_all(&all)?;
        // What is told of a file names no folder: it is known as texts will have it.
        let all = all.canonicalize()?;
        let folder = tempfile::Builder::new().prefix("server-").tempdir_in(all)?;
        let held = File::create(folder.path().join(HELD))?;
        held.lock()?;
        Ok(Self { folder, held: Some(held) })
    }
}

/// Takes away the folders of servers that are gone: nobody holds what is locked in them.
fn remove_abandoned(all: &Path) {
    let Ok(entries) = fs::read_dir(all) else { return };
    for folder in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
        let is_held = match File::open(folder.join(HELD)) {
            Ok(held) => held.try_lock().is_err(),
            // One that begins just now.
            Err(_) => is_new(&folder),
        };
        if !is_held && let Err(error) = fs::remove_dir_all(&folder) {
            tracing::warn!(%error, folder = %folder.display(), "what was sent to an earlier server stays");
        }
    }
}

fn is_new(folder: &Path) -> bool {
    let made = fs::metadata(folder).and_then(|about| about.modified());
    made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age < Duration::from_secs(60)))
}

fn random() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A file on its way here. It goes again where it does not arrive.
pub struct Arriving {
    shelf: Shelf,
    kept: Arc<Kept>,
    arrived: bool,
}

impl Arriving {
    /// Where it is to be written.
    pub fn path(&self) -> PathBuf {
        self.kept.path()
    }

    /// The file, for who looks at it before it counts as here.
    pub fn file(&self) -> SentFile {
        let Kept { called, .. } = &*self.kept;
        SentFile { path: self.path(), called: called.clone(), refused: self.kept.refused(0) }
    }

    /// It is there.
    pub fn arrived(mut self, bytes: u64) -> Arc<Kept> {
        self.arrived = true;
        self.kept.bytes.store(bytes, Relaxed);
        self.kept.state().used = Instant::now();
        self.shelf.keep_sweeping();
        self.kept.clone()
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if !self.arrived {
            self.shelf.remove(&self.kept.id);
        }
    }
}

impl Kept {
    /// What has come of it.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// The folder of the rows that were refused at a time.
    pub fn refused(&self, times: u32) -> PathBuf {
        self.folder.path().join(format!("refused{times}"))
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn owner(who: &str) -> Owner {
        ("sonnmt".to_owned(), who.to_owned())
    }

    #[test]
    fn a_name_leads_nowhere() {
        let shelf = Shelf::default();
        for (called, stored) in [
            ("../../etc/passwd", "sent"),
            ("thửa đất.SHP", "sent.shp"),
            ("a.b/c", "sent"),
            ("a.zip\0.txt", "sent.txt"),
            ("a.ending_that_is_long", "sent"),
        ] {
            let arriving = shelf.begin(owner("an"), "plot", called.to_owned(), 1).unwrap();
            assert_eq!(arriving.path().file_name().unwrap(), stored, "{called}");
            assert_eq!(arriving.path().parent(), Some(arriving.kept.folder.path()));
        }
        assert!(shelf.kept().is_empty(), "what did not arrive is gone");
    }

    #[tokio::test]
    async fn one_caller_fills_his_own_room_and_nobody_elses() {
        let data = tempfile::tempdir().unwrap();
        let shelf = Shelf::under(data.path());
        let begin = |who: &str, bytes| shelf.begin(owner(who), "plot", "a.csv".to_owned(), bytes);
        let mut held = Vec::new();
        for _ in 0..OF_CALLER.0 {
            held.push(begin("an", 10).unwrap().arrived(10));
        }
        assert_eq!(begin("an", 10).err(), Some(NoRoom::OfCaller));
        assert!(begin("binh", FILE_MAX).is_ok());
        assert_eq!(begin("chi", OF_CALLER.1 + 1).err(), Some(NoRoom::OfCaller));
        let one = held.pop().unwrap();
        assert!(shelf.find(&one.id, &owner("binh"), "plot").is_none(), "it is not his");
        assert!(shelf.find(&one.id, &owner("an"), "well").is_none(), "it is for another layer");
        let folder = one.folder.path().to_owned();
        shelf.remove(&one.id);
        drop(one);
        assert!(!folder.exists() && begin("an", 10).is_ok());
    }

    #[test]
    fn what_a_killed_server_left_is_gone_and_what_another_holds_stays() {
        let data = tempfile::tempdir().unwrap();
        let other = Home::new(Some(data.path())).unwrap();
        let left = Home::new(Some(data.path())).unwrap();
        let Home { folder, held } = left;
        let left = folder.keep();
        drop(held);
        drop(Shelf::under(data.path()));
        assert!(other.folder.path().exists() && !left.exists());
    }
}
