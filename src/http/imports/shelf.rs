//! The files that were sent and are not done with: whose they are, how long they stay, and how much there may be.
//!
//! A file lies in a folder of its own under a name of ours, which is gone an hour after it was last asked for, or with
//! the server; what one that was killed left is gone when the next begins. Must not know what reads files.

use super::{
    kept::{Kept, Owner},
    turns::Turns,
};
use crate::store::delivery::SentFile;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tempfile::TempDir;

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
/// Steps that are under way or wait, of one caller.
pub const WORKS_OF_CALLER: usize = 3;
/// The folder of all servers, and what each holds locked in its own.
const UPLOADS: &str = "uploads";
const HELD: &str = "held";

/// All files that were sent. All clones are one.
#[derive(Debug, Clone, Default)]
pub struct Shelf(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Where the folder of all servers is; in the system's temporary folder where nobody said.
    data: Option<PathBuf>,
    home: Mutex<Option<Home>>,
    kept: Mutex<BTreeMap<String, Arc<Kept>>>,
    turns: Turns,
    swept: AtomicBool,
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
    pub fn turns(&self) -> &Turns {
        &self.0.turns
    }

    /// Lets what is being done with files come to its end, and waits for that, as long as may be.
    pub async fn close(&self) {
        self.0.turns.close().await;
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
            those.fold((0, 0), |(count, sum), kept| (count + 1, sum + kept.room()))
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
        let kept = Arc::new(Kept::coming(id.clone(), owner, layer, called, bytes, folder));
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
        kept.asked_for();
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

    /// Does `begin` while nobody else begins anything, told with how many files of this one's owner something is
    /// being done.
    pub fn alone<T>(&self, kept: &Kept, begin: impl FnOnce(usize) -> T) -> T {
        let all = self.kept();
        let own = all.values().filter(|other| other.owner == kept.owner);
        begin(own.filter(|other| other.state().work.is_some()).count())
    }

    /// Takes away what nobody has asked for in an hour.
    fn sweep(&self) {
        let mut all = self.kept();
        let mut gone = Vec::new();
        all.retain(|_, kept| {
            let stays = kept.is_wanted(KEPT);
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
                if shelf.kept().is_empty() && shelf.rests() {
                    return;
                }
            }
        });
    }

    /// Says that nobody sweeps any more, unless a file has come meanwhile: it found somebody who swept.
    fn rests(&self) -> bool {
        self.0.swept.store(false, Relaxed);
        self.kept().is_empty() || self.0.swept.swap(true, Relaxed)
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
        self.kept.has_come(bytes);
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
            assert_eq!(arriving.path().parent(), Some(arriving.kept.folder()));
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
        let folder = one.folder().to_owned();
        shelf.remove(&one.id);
        drop(one);
        assert!(!folder.exists() && begin("an", 10).is_ok());
    }

    #[tokio::test]
    async fn rows_that_were_refused_take_room_too() {
        let data = tempfile::tempdir().unwrap();
        let shelf = Shelf::under(data.path());
        let begin = |bytes| shelf.begin(owner("an"), "plot", "a.csv".to_owned(), bytes);
        let kept = begin(10).unwrap().arrived(10);
        assert!(begin(OF_CALLER.1 - 10).is_ok());
        fs::write(kept.begin_refused().unwrap().join("sent.refused.csv"), "1234567").unwrap();
        kept.measure();
        assert_eq!(begin(OF_CALLER.1 - 10).err(), Some(NoRoom::OfCaller));
        assert!(begin(OF_CALLER.1 - 17).is_ok());
        kept.begin_refused().unwrap();
        kept.measure();
        assert!(begin(OF_CALLER.1 - 10).is_ok(), "what was refused before is gone");
    }

    #[tokio::test]
    async fn whoever_sweeps_does_not_rest_while_a_file_is_here() {
        let shelf = Shelf::default();
        assert!(shelf.rests());
        let begin = || shelf.begin(owner("an"), "plot", "a.csv".to_owned(), 1);
        // It comes after the last look of whoever sweeps, which has not yet said that it rests.
        shelf.0.swept.store(true, Relaxed);
        let kept = begin().unwrap().arrived(1);
        assert!(!shelf.rests());
        assert!(shelf.0.swept.load(Relaxed), "nobody else begins to sweep");
        shelf.remove(&kept.id);
        assert!(shelf.rests() && !shelf.0.swept.load(Relaxed));
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
