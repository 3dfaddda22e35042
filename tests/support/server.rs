//! The PostgreSQL of a test run: the one at `DATABASE_URL`, or a private one in a folder for
//! temporary files, which ends and vanishes with this process, however that ends.

use diaban::{
    layer::Catalog,
    store::postgis::{
        Database, DatabaseTarget,
        private_server::{PrivateServer, installation::SearchPlaces},
    },
};
use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio_postgres::{Config, NoTls};

static SERVER: OnceLock<TestServer> = OnceLock::new();
static COUNT: AtomicU32 = AtomicU32::new(0);

pub struct TestServer {
    /// Address of the maintenance database.
    url: String,
    /// Stops the server and removes its folder when its input closes, as it does with this process.
    _watch: Option<Child>,
}

impl TestServer {
    pub fn of_this_run() -> &'static Self {
        SERVER.get_or_init(|| {
            let server = match std::env::var("DATABASE_URL") {
                Ok(url) => Self { url, _watch: None },
                Err(_) => Self::private(),
            };
            server.drop_old_databases();
            server.create_template();
            server
        })
    }

    fn private() -> Self {
        let folder = tempfile::Builder::new().prefix("diaban-test-").tempdir().unwrap().keep();
        let watch = Command::new("/bin/sh")
            .args(["-c", WATCH, "sh"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let places = SearchPlaces::default();
        let server = PrivateServer::open(&folder, &places).unwrap();
        let url = url_for_socket(server.socket_folder(), "postgres");
        run(&url, &["ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET max_connections = 300"]);
        server.leave();
        // It is the watch that stops it from here on.
        std::mem::forget(PrivateServer::open(&folder, &places).unwrap());
        Self { url, _watch: Some(watch) }
    }

    /// The address of another database on the server.
    pub fn url(&self, database: &str) -> String {
        let config: Config = self.url.parse().unwrap();
        if self._watch.is_some() {
            let tokio_postgres::config::Host::Unix(folder) = &config.get_hosts()[0] else {
                panic!("no socket")
            };
            return url_for_socket(folder, database);
        }
        let (address, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let server = address.rsplitn(2, '/').last().unwrap();
        format!("{server}/{database}?{query}")
    }

    fn template() -> String {
        format!("diaban_test_{}_template", std::process::id())
    }

    fn create_template(&self) {
        let name = Self::template();
        run(&self.url, &[&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")]);
        let url = self.url(&name);
        block_on(async move {
            let database = Database::open(&DatabaseTarget::Url(url)).await.unwrap();
            database.prepare(&Catalog::default()).await.unwrap();
            database.close().await;
        });
    }

    /// A new database, a copy of the template or an empty one. Returns its name.
    pub fn create_database(&self, prepared: bool) -> String {
        let name = format!("diaban_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let template = if prepared { Self::template() } else { "template0".to_owned() };
        run(&self.url, &[&format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")]);
        name
    }

    pub fn drop_database(&self, name: &str) {
        run(&self.url, &[&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")]);
    }

    /// Databases that earlier runs left on a server that outlives them.
    fn drop_old_databases(&self) {
        let url = self.url.clone();
        let names = block_on(async move {
            let client = super::connect(&url).await;
            let rows = client
                .query("SELECT datname::text FROM pg_database WHERE datname LIKE 'diaban\\_test\\_%'", &[])
                .await
                .unwrap();
            rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
        });
        for name in names {
            let owner = name.split('_').nth(2).unwrap_or_default();
            if !Path::new("/proc").join(owner).exists() {
                self.drop_database(&name);
            }
        }
    }
}

/// Waits for the end of its input, then ends the server of the folder and removes the folder.
const WATCH: &str = r#"cat >/dev/null
pid=$(head -n 1 "$1/postgres/postmaster.pid" 2>/dev/null)
[ -n "$pid" ] && kill -s QUIT "$pid" 2>/dev/null && while [ -e "/proc/$pid/cwd" ]; do sleep 0.1; done
rm -rf "$1""#;

/// An address in the form that every client library reads, for a socket in `folder`.
pub fn url_for_socket(folder: &Path, database: &str) -> String {
    let host: String = folder.to_str().unwrap().bytes().map(|b| format!("%{b:02X}")).collect();
    format!("postgresql://diaban@{host}/{database}")
}

fn run(url: &str, statements: &[&str]) {
    let url = url.to_owned();
    let statements: Vec<String> = statements.iter().map(|s| (*s).to_owned()).collect();
    block_on(async move {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        for statement in statements {
            client.batch_execute(&statement).await.unwrap();
        }
    });
}

/// Runs to the end on a thread of its own, so that it may be called on a runtime's thread.
fn block_on<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    std::thread::spawn(|| {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    })
    .join()
    .unwrap()
}
