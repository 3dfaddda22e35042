//! A PostgreSQL of the program's own, out of the system's binaries, in the folder `--data`.
//!
//! Several commands share it. Each holds a shared lock on `postgres.users` for as long as it uses
//! the server; starting and stopping happen under an exclusive lock on `postgres.lock`, so two
//! commands at once never start two. Who leaves and can turn his shared lock into an exclusive
//! one was the last, and stops the server. Locks end with their process: after a kill -9 the
//! server runs on, and the next command finds and adopts it.
//!
//! Blocks; callers on an async runtime go through `spawn_blocking`.

/// One data folder: made, started, stopped.
mod cluster;
/// Which PostgreSQL of the machine, and as whom.
pub mod installation;
/// Processes as the system shows them.
mod process;

use super::error::DatabaseError;
use cluster::Cluster;
use installation::{SearchPlaces, installation_for, server_user};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

/// Longest wait for another command that starts or stops the server.
const LOCK_WAIT: Duration = Duration::from_secs(200);

/// The use of a private server by this process. The server stops when its last user drops it.
#[derive(Debug)]
pub struct PrivateServer {
    data: PathBuf,
    cluster: Cluster,
    /// The shared lock; `None` once given up.
    users: Mutex<Option<File>>,
}

impl PrivateServer {
    /// Finds the running server of the folder `data`, or starts one, having made what is not
    /// there yet.
    pub fn open(data: &Path, places: &SearchPlaces) -> Result<Self, DatabaseError> {
        fs::create_dir_all(data).map_err(|error| DatabaseError::folder(data, "created", error))?;
        let data = data.canonicalize().map_err(|error| DatabaseError::folder(data, "read", error))?;
        let starting = start_lock(&data)?;
        let folder = data.join("postgres");
        let user = server_user(&data, &folder)?;
        let cluster = Cluster::new(&data, installation_for(places, &folder)?, user);
        let users = lock_file(&data, "postgres.users")?;
        let path = data.join("postgres.users");
        users.lock_shared().map_err(|error| DatabaseError::folder(&path, "locked", error))?;
        let server = Self { data, cluster, users: Mutex::new(Some(users)) };
        let started = server.make_and_start();
        // Before `server`, which takes the lock to leave.
        drop(starting);
        started.map(|()| server)
    }

    /// The folder of the socket of the server over `data`, if one runs. Makes, starts and locks nothing.
    pub fn running(data: &Path, places: &SearchPlaces) -> Result<Option<PathBuf>, DatabaseError> {
        let data = data.canonicalize().map_err(|error| DatabaseError::folder(data, "read", error))?;
        let folder = data.join("postgres");
        let user = server_user(&data, &folder)?;
        let cluster = Cluster::new(&data, installation_for(places, &folder)?, user);
        Ok(cluster.is_ready().then(|| cluster.socket_folder.clone()))
    }

    fn make_and_start(&self) -> Result<(), DatabaseError> {
        if !self.cluster.exists()? {
            tracing::info!(folder = %self.cluster.folder.display(), "making a private PostgreSQL");
            self.cluster.create()?;
        }
        self.start_unless_running()
    }

    /// Starts the server again if it has died. Does nothing once this process has left.
    pub fn ensure_running(&self) -> Result<(), DatabaseError> {
        if self.cluster.is_ready() {
            return Ok(());
        }
        let users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if users.is_none() {
            return Ok(());
        }
        let _starting = start_lock(&self.data)?;
        self.start_unless_running()
    }

    fn start_unless_running(&self) -> Result<(), DatabaseError> {
        if self.cluster.wait_for_running() {
            return Ok(());
        }
        tracing::info!(folder = %self.cluster.folder.display(), "starting the private PostgreSQL");
        self.cluster.start()
    }

    /// The folder of its socket.
    pub fn socket_folder(&self) -> &Path {
        &self.cluster.socket_folder
    }

    /// Gives up the use of the server, and stops it if nobody else uses it.
    pub fn leave(&self) {
        let Some(users) = self.users.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        match start_lock(&self.data) {
            // Nobody can join while the start lock is held; dropping `users` lets the others go on.
            Ok(_starting) => {
                if users.try_lock().is_ok() {
                    self.cluster.stop();
                }
            }
            Err(error) => tracing::warn!(%error, "the private PostgreSQL was left running"),
        }
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        self.leave();
    }
}

fn lock_file(data: &Path, name: &str) -> Result<File, DatabaseError> {
    let path = data.join(name);
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        // One that somebody else made can be locked without the right to write it.
        .or_else(|_| File::open(&path))
        .map_err(|error| DatabaseError::folder(&path, "created", error))
}

/// The lock under which the server is started and stopped; held until it is dropped.
fn start_lock(data: &Path) -> Result<File, DatabaseError> {
    let file = lock_file(data, "postgres.lock")?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => {
                return Err(DatabaseError::folder(&data.join("postgres.lock"), "locked", error));
            }
            Err(TryLockError::WouldBlock) if begun.elapsed() > LOCK_WAIT => {
                return Err(DatabaseError::StartLocked { path: data.into(), waited_s: LOCK_WAIT.as_secs() });
            }
            Err(TryLockError::WouldBlock) => sleep(Duration::from_millis(20)),
        }
    }
}
