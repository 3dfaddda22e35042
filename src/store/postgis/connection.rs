//! How the database is reached: the address, the pool, and whether what answers is good enough.
//!
//! Must not know layers.

use super::{
    error::{DatabaseError, database_message},
    sql::quoted,
};
use crate::store::Effort;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use std::{future::poll_fn, path::Path, time::Duration};
use tokio_postgres::{
    AsyncMessage, Client, Config, NoTls,
    config::{Host, SslMode},
    error::SqlState,
};

/// Oldest usable PostgreSQL, as `server_version_num` has it.
pub(super) const POSTGRES_MIN: i32 = 150_000;
/// Oldest usable PostGIS: major, minor.
pub(super) const POSTGIS_MIN: (u32, u32) = (3, 3);
/// Longest wait for a session. A dead database must become an error within 2 s.
const POOL_WAIT: Duration = Duration::from_millis(1_500);
/// Longest wait for a TCP connection, per address.
const CONNECT_WAIT: Duration = Duration::from_secs(1);
/// Longest silence of a network that has swallowed what was sent.
const NETWORK_WAIT: Duration = Duration::from_secs(5);
/// Who only listens learns by these that the other end is gone: first after, then each, and so many in vain.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(5), Duration::from_secs(2), 3);
/// What every session of the pool begins with. Days and moments are told in UTC; just-in-time
/// compilation costs more than it saves on questions as short as these.
const SESSION_OPTIONS: &str = "-c TimeZone=UTC -c jit=off -c client_min_messages=warning";
/// Held while the extension, the schema and the tables are made, so that two programs at once
/// do it one after the other.
pub(super) const PREPARE_LOCK: i64 = 0x6469_6162_616e;

/// Reads an address in either of PostgreSQL's forms (manual, 34.1.1).
pub(super) fn config_from_url(url: &str) -> Result<Config, DatabaseError> {
    let bad = |reason: String| DatabaseError::BadUrl { reason };
    let mut config: Config =
        url.parse().map_err(|error: tokio_postgres::Error| bad(database_message(&error)))?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(bad("it names no host".into()));
    }
    if config.get_ssl_mode() == SslMode::Require {
        return Err(bad("sslmode=require is not supported yet".into()));
    }
    if config.get_dbname().is_none() {
        let name = config.get_user().map(str::to_owned).ok_or_else(|| bad("it names no database".into()))?;
        config.dbname(name);
    }
    Ok(with_defaults(config))
}

/// The same address for somebody who only looks: what the database has for a session, without the settings of this
/// program, and nothing can be changed.
pub(super) fn only_looking(mut config: Config) -> Config {
    config.options(
        "-c default_transaction_read_only=on -c client_min_messages=warning -c statement_timeout=60s",
    );
    config
}

/// The address of a private PostgreSQL whose socket is in `folder`.
pub(super) fn config_for_socket(folder: &Path, database: &str) -> Config {
    let mut config = Config::new();
    config.host_path(folder).user("diaban").dbname(database);
    with_defaults(config)
}

fn with_defaults(mut config: Config) -> Config {
    let options = match config.get_options() {
        Some(own) => format!("{SESSION_OPTIONS} {own}"),
        None => SESSION_OPTIONS.to_owned(),
    };
    if config.get_application_name().is_none() {
        config.application_name("diaban");
    }
    config.connect_timeout(CONNECT_WAIT).tcp_user_timeout(NETWORK_WAIT).options(options);
    let (idle, interval, retries) = KEEPALIVE;
    // What the address says stays.
    if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
        config.keepalives_idle(idle);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(interval);
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(retries);
    }
    config
}

/// Host, port and name for messages; never the password.
pub(super) fn target_of(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        Some(Host::Unix(folder)) => folder.display().to_string(),
        None => config.get_hostaddrs().first().map(ToString::to_string).unwrap_or_default(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    format!("{host}:{port}/{}", config.get_dbname().unwrap_or_default())
}

/// One session outside the pool, without a limit to its statements.
pub(super) async fn connect(config: &Config) -> Result<Client, DatabaseError> {
    connect_and_hear(config, |_| ()).await
}

/// The same, with what the server says on its own handed to `hear`.
pub(super) async fn connect_and_hear(
    config: &Config,
    mut hear: impl FnMut(AsyncMessage) + Send + 'static,
) -> Result<Client, DatabaseError> {
    let target = target_of(config);
    let attempt = tokio::time::timeout(POOL_WAIT, config.connect(NoTls)).await;
    let Ok(answer) = attempt else {
        return Err(DatabaseError::Unreachable { target, reason: "no answer in time".into() });
    };
    let (client, mut connection) = answer.map_err(|error| connect_error(config, &error))?;
    tokio::spawn(async move {
        loop {
            match poll_fn(|context| connection.poll_message(context)).await {
                Some(Ok(message)) => hear(message),
                Some(Err(error)) => return tracing::debug!(%error, "a database session ended"),
                None => return,
            }
        }
    });
    Ok(client)
}

fn connect_error(config: &Config, error: &tokio_postgres::Error) -> DatabaseError {
    let (target, reason) = (target_of(config), database_message(error));
    match error.code() {
        Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
            DatabaseError::AccessRefused { target, reason }
        }
        Some(&SqlState::INVALID_CATALOG_NAME) => {
            DatabaseError::NoDatabase { target, database: config.get_dbname().unwrap_or_default().to_owned() }
        }
        Some(_) => DatabaseError::Unreachable { target, reason },
        // The client's own complaints (no password given, for one) come without a code.
        None if reason.contains("password") || reason.contains("authentication") => {
            DatabaseError::AccessRefused { target, reason }
        }
        None => DatabaseError::Unreachable { target, reason },
    }
}

/// A pool of so many sessions, whose statements take no longer than short ones may; whoever needs more says so.
/// Opens none yet. A session that died with its server is thrown away when
/// it is next asked for, so nothing has to be restarted when the database returns.
pub(super) fn pool(config: &Config, size: usize) -> Result<Pool, DatabaseError> {
    let config = with_statement_time(config, Effort::default().statement_time());
    let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    Pool::builder(Manager::from_config(config, NoTls, settings))
        .max_size(size)
        .wait_timeout(Some(POOL_WAIT))
        .create_timeout(Some(POOL_WAIT))
        .recycle_timeout(Some(POOL_WAIT))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| DatabaseError::Internal(error.to_string()))
}

/// The same address for sessions of which no statement takes longer.
pub(super) fn with_statement_time(config: &Config, time: Duration) -> Config {
    let mut config = config.clone();
    let options =
        format!("{} -c statement_timeout={}", config.get_options().unwrap_or_default(), time.as_millis());
    config.options(options);
    config
}

/// What is known of a server before it is used.
struct ServerFacts {
    version_num: i32,
    version: String,
    encoding: String,
    database: String,
    user: String,
    /// Version of the extension in this database.
    postgis: Option<String>,
    /// Version of the extension that the server's files hold.
    postgis_available: Option<String>,
    /// Schema of the extension, if its types are not on the search path.
    postgis_hidden_in: Option<String>,
}

impl ServerFacts {
    async fn read(client: &Client) -> Result<Self, tokio_postgres::Error> {
        let row = client
            .query_one(
                "SELECT current_setting('server_version_num')::int, current_setting('server_version'), \
                 current_setting('server_encoding'), current_database()::text, current_user::text, \
                 (SELECT extversion FROM pg_extension WHERE extname = 'postgis'), \
                 (SELECT default_version FROM pg_available_extensions WHERE name = 'postgis'), \
                 (SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
                  WHERE e.extname = 'postgis' AND to_regtype('geometry') IS NULL)",
                &[],
            )
            .await?;
        Ok(Self {
            version_num: row.try_get(0)?,
            version: row.try_get(1)?,
            encoding: row.try_get(2)?,
            database: row.try_get(3)?,
            user: row.try_get(4)?,
            postgis: row.try_get(5)?,
            postgis_available: row.try_get(6)?,
            postgis_hidden_in: row.try_get(7)?,
        })
    }
}

/// Checks PostgreSQL's version, the encoding, and PostGIS, which it creates if it may. Returns
/// the address with the schema of PostGIS on the search path where it was not.
pub(super) async fn checked(config: Config) -> Result<Config, DatabaseError> {
    let client = connect(&config).await?;
    let mut facts = ServerFacts::read(&client).await?;
    if facts.version_num < POSTGRES_MIN {
        return Err(DatabaseError::PostgresTooOld { found: facts.version });
    }
    if facts.encoding != "UTF8" {
        return Err(DatabaseError::NotUtf8 { database: facts.database, encoding: facts.encoding });
    }
    if facts.postgis.is_none() {
        create_postgis(&client, &facts).await?;
        facts = ServerFacts::read(&client).await?;
    }
    let found = facts.postgis.unwrap_or_default();
    if version_of(&found) < POSTGIS_MIN {
        let newer = facts.postgis_available.is_some_and(|v| version_of(&v) >= POSTGIS_MIN);
        let mend = if newer {
            format!(
                "Let a superuser run\n  psql -d {} -c 'SELECT postgis_extensions_upgrade()'",
                facts.database
            )
        } else {
            "Install a newer one on the database server".to_owned()
        };
        return Err(DatabaseError::PostgisTooOld { found, mend });
    }
    Ok(match facts.postgis_hidden_in {
        Some(schema) => with_search_path(config, &schema),
        None => config,
    })
}

async fn create_postgis(client: &Client, facts: &ServerFacts) -> Result<(), DatabaseError> {
    if facts.postgis_available.is_none() {
        return Err(DatabaseError::NoPostgis { major: facts.version_num / 10_000 });
    }
    client.execute("SELECT pg_advisory_lock($1)", &[&PREPARE_LOCK]).await?;
    let created = client.batch_execute("CREATE EXTENSION IF NOT EXISTS postgis").await;
    client.execute("SELECT pg_advisory_unlock($1)", &[&PREPARE_LOCK]).await?;
    created.map_err(|error| match error.code() {
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            DatabaseError::PostgisNotCreated { database: facts.database.clone(), user: facts.user.clone() }
        }
        _ => error.into(),
    })
}

/// Major and minor of `3.3.2`; 0 for what is no number.
pub(super) fn version_of(text: &str) -> (u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

fn with_search_path(mut config: Config, schema: &str) -> Config {
    let path = format!("public,{}", quoted(schema)).replace('\\', "\\\\").replace(' ', "\\ ");
    let options = format!("{} -c search_path={path}", config.get_options().unwrap_or_default());
    config.options(options);
    config
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_host_is_refused() {
        assert!(matches!(config_from_url("dbname=x"), Err(DatabaseError::BadUrl { .. })));
        assert!(matches!(config_from_url("nonsense"), Err(DatabaseError::BadUrl { .. })));
    }

    #[test]
    fn a_silent_end_is_looked_for_unless_the_address_says_how() {
        let asked = |query: &str| {
            let config = config_from_url(&format!("postgres://db.example/gis{query}")).unwrap();
            (
                config.get_keepalives_idle().as_secs(),
                config.get_keepalives_interval().map(|i| i.as_secs()),
                config.get_keepalives_retries(),
            )
        };
        assert_eq!(asked(""), (5, Some(2), Some(3)));
        assert_eq!(
            asked("?keepalives_idle=60&keepalives_interval=9&keepalives_retries=7"),
            (60, Some(9), Some(7))
        );
    }

    #[test]
    fn the_password_stays_out_of_messages() {
        let config = config_from_url("postgres://u:secret@db.example:5433/gis").unwrap();
        assert_eq!(target_of(&config), "db.example:5433/gis");
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(version_of("3.10.1") > version_of("3.3.2"));
        assert_eq!(version_of("3.4.0dev"), (3, 4));
    }
}
