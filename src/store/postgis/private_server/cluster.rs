//! One data folder of PostgreSQL: made, started, looked at, stopped.
//!
//! Knows nothing of who uses it: whoever calls here holds the start lock.

use super::{
    installation::{self, Installation, SystemUser, stands_in},
    process::{last_lines, processes_in, signal},
};
use crate::store::postgis::error::DatabaseError;
use std::{
    ffi::{OsStr, OsString},
    fs::{self, DirBuilder, File},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// Name of the socket that PostgreSQL makes for its default port.
const SOCKET_NAME: &str = ".s.PGSQL.5432";
/// Longest path of a socket; the system allows 107 bytes (`unix(7)`).
const SOCKET_PATH_BYTES_MAX: usize = 100;
/// Longest start, recovery after a crash included.
const START_WAIT: Duration = Duration::from_secs(180);
/// Longest stop; it writes what is in memory to the disk.
const STOP_WAIT: Duration = Duration::from_secs(60);
/// Longest wait for an `initdb` that outlived its program.
const LEFTOVER_WAIT: Duration = Duration::from_secs(10);
/// How often a start or stop is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// A log longer than this is begun anew at the next start.
const LOG_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Put behind what `initdb` writes. For bulk loads and short questions on a small machine.
const SETTINGS: &str = "\n# Set by diaban when this folder was made; yours to change.\n\
    max_connections = 40\n\
    shared_buffers = 256MB\n\
    maintenance_work_mem = 256MB\n\
    max_wal_size = 2GB\n\
    checkpoint_timeout = 15min\n\
    synchronous_commit = on\n\
    random_page_cost = 1.1\n\
    jit = off\n\
    timezone = 'UTC'\n\
    log_timezone = 'UTC'\n";

/// Runs its arguments with the folder that stands at its input as file descriptor 9. The server
/// gets its data folder as `/proc/self/fd/9`: so it reaches it even where its user may not pass
/// the folders above (`/root/data`, say), with no right beyond that one folder.
const WITH_FOLDER: &str = "exec 9<&0 </dev/null; exec \"$@\"";
const FOLDER: &str = "/proc/self/fd/9";

/// One data folder.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// The data folder, absolute.
    pub folder: PathBuf,
    /// Where its socket is.
    pub socket_folder: PathBuf,
    log: PathBuf,
    installation: Installation,
    user: Option<SystemUser>,
}

impl Cluster {
    /// The cluster below the absolute, existing folder `data`; it need not exist yet.
    pub fn new(data: &Path, installation: Installation, user: Option<SystemUser>) -> Self {
        let folder = data.join("postgres");
        let fits = folder.join(SOCKET_NAME).as_os_str().len() <= SOCKET_PATH_BYTES_MAX;
        let socket_folder = match fits {
            true => folder.clone(),
            false => std::env::temp_dir().join(format!("diaban-{:016x}", fnv1a(data.as_os_str()))),
        };
        Self { socket_folder, log: data.join("postgres.log"), folder, installation, user }
    }

    /// Whether the folder has been made.
    pub fn exists(&self) -> Result<bool, DatabaseError> {
        match (self.folder.exists(), installation::major_of_cluster(&self.folder)) {
            (false, _) => Ok(false),
            (true, Some(_)) => Ok(true),
            (true, None) => Err(DatabaseError::NotACluster { path: self.folder.clone() }),
        }
    }

    /// Makes the folder: under another name first, so that it is there whole or not at all.
    pub fn create(&self) -> Result<(), DatabaseError> {
        let new = self.folder.with_extension("new");
        let failed = |error| DatabaseError::folder(&new, "created", error);
        remove_folder(&new).map_err(failed)?;
        self.make_own_folder(&new).map_err(failed)?;
        let mut answer = self.initdb(&new, "C.UTF-8")?;
        if !answer.status.success() && String::from_utf8_lossy(&answer.stderr).contains("locale") {
            answer = self.initdb(&new, "C")?;
        }
        if !answer.status.success() {
            let _ = fs::remove_dir_all(&new);
            let reason = last_lines(&String::from_utf8_lossy(&answer.stderr));
            return Err(DatabaseError::NotStarted { action: "created", reason, log: self.log.clone() });
        }
        let mut settings =
            fs::OpenOptions::new().append(true).open(new.join("postgresql.conf")).map_err(failed)?;
        settings.write_all(SETTINGS.as_bytes()).and_then(|()| settings.sync_all()).map_err(failed)?;
        fs::rename(&new, &self.folder).map_err(failed)?;
        // The new name is on the disk only when the folder above is.
        self.folder.parent().map_or(Ok(()), |above| File::open(above)?.sync_all()).map_err(failed)
    }

    fn initdb(&self, folder: &Path, locale: &str) -> Result<Output, DatabaseError> {
        let locale = format!("--locale={locale}");
        let fixed = ["--username=diaban", "--encoding=UTF8", "--auth-local=trust", "--auth-host=reject"];
        let arguments: Vec<OsString> =
            ["-D", FOLDER, &locale].into_iter().chain(fixed).map(OsString::from).collect();
        let mut command = self.command("initdb", folder, &arguments)?;
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.output().map_err(|error| self.not_run("created", &error))
    }

    /// A program of the installation with the folder at hand, as the user it is to run as, in a
    /// process group of its own: a Ctrl-C in the terminal is not for the server.
    fn command(
        &self,
        program: &str,
        folder: &Path,
        arguments: &[OsString],
    ) -> Result<Command, DatabaseError> {
        let opened = File::open(folder).map_err(|error| DatabaseError::folder(folder, "read", error))?;
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", WITH_FOLDER, "sh"])
            .arg(self.installation.binaries.join(program))
            .args(arguments)
            .stdin(opened)
            .current_dir("/")
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .process_group(0);
        if let Some(user) = self.user {
            command.uid(user.uid).gid(user.gid);
        }
        Ok(command)
    }

    fn make_own_folder(&self, folder: &Path) -> std::io::Result<()> {
        DirBuilder::new().mode(0o700).create(folder)?;
        match self.user {
            Some(user) => chown(folder, Some(user.uid), Some(user.gid)),
            None => Ok(()),
        }
    }

    /// Starts the server and waits until it takes sessions.
    pub fn start(&self) -> Result<(), DatabaseError> {
        self.end_leftovers()?;
        let mut sockets = OsString::from("unix_socket_directories=");
        sockets.push(self.prepare_socket_folder()?);
        let unwritable = |error| DatabaseError::folder(&self.log, "written", error);
        let (log, log_start) = self.open_log().map_err(unwritable)?;
        let fixed = ["listen_addresses=", "unix_socket_permissions=0700", "port=5432"];
        let settings = fixed.into_iter().map(OsString::from).chain([sockets]);
        let arguments: Vec<OsString> =
            ["-D".into(), FOLDER.into()].into_iter().chain(settings.flat_map(|s| ["-c".into(), s])).collect();
        let mut command = self.command("postgres", &self.folder, &arguments)?;
        command.stderr(log.try_clone().map_err(unwritable)?).stdout(log);
        let mut server = command.spawn().map_err(|error| self.not_run("started", &error))?;
        let outcome = self.wait_until_ready(&mut server, log_start);
        // Somebody has to take note of its end, or it stays in the process table as a zombie.
        let waiter = std::thread::Builder::new().name("postgres".into()).spawn(move || {
            let _ = server.wait();
        });
        outcome.and(waiter.map(drop).map_err(|error| self.not_run("started", &error)))
    }

    fn wait_until_ready(&self, server: &mut Child, log_start: u64) -> Result<(), DatabaseError> {
        let begun = Instant::now();
        loop {
            if self.is_ready() {
                return Ok(());
            }
            let ended = server.try_wait().map_err(|error| self.not_run("started", &error))?.is_some();
            if ended || begun.elapsed() > START_WAIT {
                let reason = last_lines(&self.log_from(log_start));
                return Err(DatabaseError::NotStarted { action: "started", reason, log: self.log.clone() });
            }
            sleep(LOOK_EVERY);
        }
    }

    /// The server's process, if one runs.
    pub fn pid(&self) -> Option<String> {
        let text = fs::read_to_string(self.folder.join("postmaster.pid")).ok()?;
        let pid = text.lines().next()?.trim().to_owned();
        let folder = fs::metadata(&self.folder).ok()?;
        (pid.parse::<u32>().is_ok() && stands_in(OsStr::new(&pid), &folder)).then_some(pid)
    }

    /// Whether a server runs and takes sessions (line 8 of `postmaster.pid`).
    pub fn is_ready(&self) -> bool {
        let text = fs::read_to_string(self.folder.join("postmaster.pid")).unwrap_or_default();
        text.lines().nth(7).is_some_and(|status| status.trim() == "ready") && self.pid().is_some()
    }

    /// Whether a server runs, once it is ready if somebody else has just started it.
    pub fn wait_for_running(&self) -> bool {
        let begun = Instant::now();
        while self.pid().is_some() && begun.elapsed() < START_WAIT {
            if self.is_ready() {
                return true;
            }
            sleep(LOOK_EVERY);
        }
        false
    }

    /// Ends sessions, writes everything to the disk and stops the server. It takes its files away
    /// a moment before it is gone, so it is the process that is waited for.
    pub fn stop(&self) {
        let (Some(pid), Ok(folder)) = (self.pid(), fs::metadata(&self.folder)) else { return };
        signal("INT", &pid);
        let begun = Instant::now();
        while stands_in(OsStr::new(&pid), &folder) {
            if begun.elapsed() > STOP_WAIT {
                tracing::warn!(log = %self.log.display(), "the private PostgreSQL does not stop");
                return;
            }
            sleep(LOOK_EVERY);
        }
        if self.socket_folder != self.folder {
            let _ = fs::remove_dir(&self.socket_folder);
        }
    }

    /// Before a start: ends processes that outlived a killed server, which would keep a new one
    /// from starting, and takes away the files with its number, which may be another's by now.
    fn end_leftovers(&self) -> Result<(), DatabaseError> {
        let failed = |error| DatabaseError::folder(&self.folder, "read", error);
        let folder = fs::metadata(&self.folder).map_err(failed)?;
        for (wait_ms, name) in [(1_500, "QUIT"), (1_500, "KILL"), (3_000, "KILL")] {
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_millis(wait_ms) {
                if processes_in(&folder).is_empty() {
                    return self.remove_lock_files().map_err(failed);
                }
                sleep(LOOK_EVERY);
            }
            processes_in(&folder).iter().for_each(|pid| signal(name, pid));
        }
        let reason = "processes of an earlier server do not end".to_owned();
        Err(DatabaseError::NotStarted { action: "started", reason, log: self.log.clone() })
    }

    fn remove_lock_files(&self) -> std::io::Result<()> {
        let socket_lock = self.socket_folder.join(format!("{SOCKET_NAME}.lock"));
        for file in [self.folder.join("postmaster.pid"), socket_lock] {
            match fs::remove_file(file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// The value of `unix_socket_directories`. Inside the data folder, where nobody else may go;
    /// where that makes too long a path, in a folder of our own for temporary files.
    fn prepare_socket_folder(&self) -> Result<OsString, DatabaseError> {
        if self.socket_folder == self.folder {
            return Ok(".".into());
        }
        let failed = |error| DatabaseError::folder(&self.socket_folder, "created", error);
        match self.make_own_folder(&self.socket_folder) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            other => other.map_err(failed)?,
        }
        // Somebody else could have made it, to have our sessions.
        let found = fs::symlink_metadata(&self.socket_folder).map_err(failed)?;
        let owner = fs::metadata(&self.folder).map_err(failed)?.uid();
        if !found.is_dir() || found.uid() != owner || found.permissions().mode() & 0o077 != 0 {
            return Err(failed(std::io::Error::other("it is there already and is not ours alone")));
        }
        Ok(self.socket_folder.clone().into())
    }

    fn open_log(&self) -> std::io::Result<(File, u64)> {
        if fs::metadata(&self.log).is_ok_and(|m| m.len() > LOG_BYTES_MAX) {
            fs::remove_file(&self.log)?;
        }
        let file = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&self.log)?;
        let length = file.metadata()?.len();
        Ok((file, length))
    }

    fn log_from(&self, start: u64) -> String {
        let mut bytes = Vec::new();
        let read = File::open(&self.log).and_then(|mut file| {
            file.seek(SeekFrom::Start(start))?;
            file.take(64 * 1024).read_to_end(&mut bytes)
        });
        read.map_or_else(|error| error.to_string(), |_| String::from_utf8_lossy(&bytes).into_owned())
    }

    fn not_run(&self, action: &'static str, error: &std::io::Error) -> DatabaseError {
        DatabaseError::NotStarted { action, reason: error.to_string(), log: self.log.clone() }
    }
}

/// Removes what a killed start left half made. Its `initdb` may still be at work in there, for a
/// moment, until it finds its files gone.
fn remove_folder(folder: &Path) -> std::io::Result<()> {
    let begun = Instant::now();
    loop {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(_) if begun.elapsed() < LEFTOVER_WAIT => sleep(LOOK_EVERY),
            other => return other,
        }
    }
}

/// FNV-1a, 64 bits: the same on every run and machine.
fn fnv1a(text: &OsStr) -> u64 {
    text.as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
