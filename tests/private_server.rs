//! The program's own PostgreSQL: shared by commands, stopped by the last, found again after any
//! kill -9, as root and as a user.

use diaban::store::postgis::{
    Database, DatabaseError, DatabaseTarget,
    private_server::{PrivateServer, installation::SearchPlaces},
};
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Tells the process that a test starts for itself which folder to hold.
const FOLDER_VARIABLE: &str = "DIABAN_TEST_HOLD";

/// A `--data` folder; its server, if one is left, ends with it.
struct Data(TempDir);

impl Data {
    fn new() -> Self {
        Self(tempfile::Builder::new().prefix("diaban-data-").tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn target(&self) -> DatabaseTarget {
        DatabaseTarget::Private(self.path().to_path_buf())
    }

    async fn open(&self) -> Database {
        Database::open(&self.target()).await.unwrap()
    }

    /// The first line of `postmaster.pid`.
    fn server_pid(&self) -> Option<String> {
        server_pid(self.path())
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        if let Some(pid) = self.server_pid().filter(|pid| runs(pid)) {
            kill("KILL", &pid);
        }
    }
}

fn server_pid(data: &Path) -> Option<String> {
    let text = fs::read_to_string(data.join("postgres/postmaster.pid")).ok()?;
    text.lines().next().map(str::to_owned)
}

fn runs(pid: &str) -> bool {
    fs::metadata(Path::new("/proc").join(pid).join("cwd")).is_ok()
}

fn kill(signal: &str, pid: &str) {
    let sent = Command::new("/bin/sh").args(["-c", "kill -s $1 $2", "sh", signal, pid]).status().unwrap();
    assert!(sent.success(), "kill -s {signal} {pid}");
}

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Another process of the program that has the database of a folder open.
struct Holder {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Holder {
    fn start(data: &Path) -> Self {
        Self::start_by(Command::new(std::env::current_exe().unwrap()), data)
    }

    fn start_by(mut program: Command, data: &Path) -> Self {
        let mut process = program
            .args(["--exact", "private_server::hold", "--ignored", "--nocapture", "--test-threads=1"])
            .env(FOLDER_VARIABLE, data)
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, input, output }
    }

    /// Waits until it has the database; the server's pid.
    fn ready(&mut self) -> String {
        let mut said = String::new();
        while self.output.read_line(&mut said).unwrap() > 0 {
            if let Some((_, pid)) = said.split_once("HOLDS ") {
                return pid.trim().to_owned();
            }
        }
        self.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        panic!("it has no database: {said}")
    }

    /// What follows `start` on the line that has it.
    fn line(&mut self, start: &str) -> Option<String> {
        let mut lines = self.output.by_ref().lines().map(Result::unwrap);
        lines.find_map(|line| Some(line.split_once(start)?.1.to_owned()))
    }

    /// Lets it close the database and end.
    fn close(mut self) {
        self.input = None;
        assert!(self.process.wait().unwrap().success());
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
#[ignore = "what Holder runs in a process of its own"]
async fn hold() {
    let Some(data) = std::env::var_os(FOLDER_VARIABLE).map(PathBuf::from) else { return };
    let database = match Database::open(&DatabaseTarget::Private(data.clone())).await {
        Ok(database) => database,
        Err(error) => {
            println!("REFUSED {}", error.to_string().replace('\n', " "));
            return;
        }
    };
    database.pool().get().await.unwrap().query_one("SELECT postgis_version()", &[]).await.unwrap();
    println!("HOLDS {}", server_pid(&data).unwrap());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    database.close().await;
}

#[test]
fn two_commands_at_once_share_one_server_until_both_have_ended() {
    let data = Data::new();
    let (mut first, mut second) = (Holder::start(data.path()), Holder::start(data.path()));
    let (a, b) = (first.ready(), second.ready());
    assert_eq!(a, b);
    first.close();
    assert!(runs(&b), "the second still uses it");
    second.close();
    assert!(!runs(&b), "the last stops it");
    assert_eq!(data.server_pid(), None);
}

#[tokio::test]
async fn what_was_written_is_there_the_next_time() {
    let data = Data::new();
    let database = data.open().await;
    database.pool().get().await.unwrap().batch_execute("CREATE TABLE t AS SELECT 42 AS n").await.unwrap();
    let port = database.pool().get().await.unwrap().query_one("SHOW listen_addresses", &[]).await.unwrap();
    assert_eq!(port.get::<_, String>(0), "", "no port is taken");
    let pid = data.server_pid().unwrap();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let group = stat.rsplit(')').next().unwrap().split_whitespace().nth(2).unwrap();
    assert_eq!(group, pid, "a Ctrl-C in the terminal does not reach it");
    database.close().await;
    assert!(!runs(&pid));
    let database = data.open().await;
    let row = database.pool().get().await.unwrap().query_one("SELECT n FROM t", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 42);
    // An error on the way out of a command drops the handle instead of closing it.
    let pid = data.server_pid().unwrap();
    drop(database);
    assert!(!runs(&pid));
}

#[tokio::test]
async fn a_killed_programs_server_is_found_by_the_next() {
    let data = Data::new();
    let mut holder = Holder::start(data.path());
    let pid = holder.ready();
    holder.kill();
    assert!(runs(&pid));
    let database = data.open().await;
    assert_eq!(data.server_pid().as_ref(), Some(&pid));
    database.close().await;
    assert!(!runs(&pid));
}

#[tokio::test]
async fn a_killed_server_comes_back_while_it_is_used_and_has_what_was_committed() {
    let data = Data::new();
    let database = data.open().await;
    database.pool().get().await.unwrap().batch_execute("CREATE TABLE t AS SELECT 42 AS n").await.unwrap();
    let killed = data.server_pid().unwrap();
    kill("KILL", &killed);
    let begun = Instant::now();
    let n: i32 = loop {
        assert!(begun.elapsed() < Duration::from_secs(60), "it did not come back");
        tokio::time::sleep(Duration::from_millis(50)).await;
        let Ok(client) = database.pool().get().await else { continue };
        if let Ok(row) = client.query_one("SELECT n FROM t", &[]).await {
            break row.get(0);
        }
    };
    assert_eq!(n, 42);
    assert_ne!(data.server_pid(), Some(killed));
    database.close().await;
}

#[test]
fn after_a_kill_of_both_the_next_command_recovers() {
    let data = Data::new();
    let mut holder = Holder::start(data.path());
    let pid = holder.ready();
    holder.kill();
    kill("KILL", &pid);
    let mut next = Holder::start(data.path());
    assert_ne!(next.ready(), pid);
    next.close();
}

#[test]
fn a_pid_file_that_names_a_strange_process_does_not_bar_the_start() {
    let data = Data::new();
    let mut holder = Holder::start(data.path());
    let pid = holder.ready();
    let file = data.path().join("postgres/postmaster.pid");
    let text = fs::read_to_string(&file).unwrap();
    holder.kill();
    kill("KILL", &pid);
    // After a restart of the machine the number is somebody else's.
    let mut sleeper = Command::new("sleep").arg("600").spawn().unwrap();
    fs::write(&file, text.replacen(&pid, &sleeper.id().to_string(), 1)).unwrap();
    let mut next = Holder::start(data.path());
    next.ready();
    next.close();
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
}

#[test]
fn a_kill_while_the_folder_is_made_leaves_nothing_in_the_way() {
    let data = Data::new();
    for file in ["postgres.new/PG_VERSION", "postgres.new/base"] {
        let holder = Holder::start(data.path());
        wait_until(file, || data.path().join(file).exists());
        holder.kill();
        assert!(!data.path().join("postgres").exists());
    }
    let mut next = Holder::start(data.path());
    next.ready();
    next.close();
}

#[test]
fn root_has_it_run_by_somebody_else_even_in_a_folder_that_only_root_may_enter() {
    if !is_root() {
        return;
    }
    let above = Data::new();
    fs::set_permissions(above.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let data = above.path().join("closed");
    let mut holder = Holder::start(&data);
    let pid = holder.ready();
    let user = fs::metadata(format!("/proc/{pid}")).unwrap().uid();
    assert_ne!(user, 0);
    assert_eq!(fs::metadata(data.join("postgres")).unwrap().uid(), user);
    assert_eq!(fs::metadata(&data).unwrap().uid(), 0, "only the server's own folder is given away");
    holder.close();
    assert!(!runs(&pid));
}

/// The test program as another user may run it, wherever the project stands.
fn as_nobody(folder: &TempDir) -> Command {
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("tests");
    if !program.exists() {
        fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    }
    let mut command = Command::new(program);
    command.uid(65_534).gid(65_534).current_dir("/");
    command
}

#[test]
fn an_ordinary_user_runs_it_himself_and_others_are_told_whose_it_is() {
    if !is_root() {
        return;
    }
    let (data, programs) = (Data::new(), tempfile::tempdir().unwrap());
    chown(data.path(), Some(65_534), Some(65_534)).unwrap();
    let mut user = Holder::start_by(as_nobody(&programs), data.path());
    let pid = user.ready();
    assert_eq!(fs::metadata(format!("/proc/{pid}")).unwrap().uid(), 65_534);
    // Root finds the same server, and starts it for that user later.
    let mut root = Holder::start(data.path());
    assert_eq!(root.ready(), pid);
    user.close();
    root.close();
    let mut root = Holder::start(data.path());
    let pid = root.ready();
    assert_eq!(fs::metadata(format!("/proc/{pid}")).unwrap().uid(), 65_534);
    root.close();

    // The folder of another.
    let data = Data::new();
    let mut root = Holder::start(data.path());
    root.ready();
    fs::set_permissions(data.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let mut user = Holder::start_by(as_nobody(&programs), data.path());
    let refusal = user.line("REFUSED ").unwrap();
    assert!(refusal.contains("belongs to the user `postgres`"), "{refusal}");
    root.close();
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_works_too() {
    let above = Data::new();
    let data = above.path().join("a-folder-with-a-rather-long-name/".repeat(4));
    let database = Database::open(&DatabaseTarget::Private(data.clone())).await.unwrap();
    database.pool().get().await.unwrap().batch_execute("SELECT 1").await.unwrap();
    let pid = server_pid(&data).unwrap();
    database.close().await;
    assert!(!runs(&pid));
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_left_alone() {
    let data = Data::new();
    fs::create_dir(data.path().join("postgres")).unwrap();
    fs::write(data.path().join("postgres/photo.jpg"), "x").unwrap();
    let Err(error) = Database::open(&data.target()).await else { panic!("opened") };
    assert!(matches!(error, DatabaseError::NotACluster { .. }), "{error}");
    fs::write(data.path().join("postgres/PG_VERSION"), "9.6\n").unwrap();
    let Err(error) = Database::open(&data.target()).await else { panic!("opened") };
    assert!(error.to_string().contains("made by PostgreSQL 9.6"), "{error}");
    assert!(data.path().join("postgres/photo.jpg").exists());

    let file = data.path().join("a-file");
    fs::write(&file, "").unwrap();
    let Err(error) = Database::open(&DatabaseTarget::Private(file)).await else { panic!("opened") };
    assert!(error.to_string().contains("a-file cannot be created"), "{error}");
}

#[test]
fn without_postgresql_the_package_is_named() {
    let data = Data::new();
    let nowhere =
        SearchPlaces { versions: "/nonexistent".into(), shares: "/nonexistent".into(), path: Vec::new() };
    let error = PrivateServer::open(data.path(), &nowhere).unwrap_err();
    assert!(error.to_string().contains("apt-get install postgresql-15 postgresql-15-postgis-3"), "{error}");
}
