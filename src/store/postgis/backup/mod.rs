//! All that the program keeps in its database, in one file, and back.
//!
//! PostgreSQL's own pg_dump writes the schemas `gis` and `diaban` as they are at one moment: layers, change log,
//! runs, history. Tables and views of other schemas, which layers may point at, are another program's and stay out,
//! and so do owners and rights of other users, which another server need not have.
//!
//! Must not know what is in a layer.

/// The file.
mod archive;
/// What can go wrong.
mod error;
/// Back into a database.
mod restore;
/// The programs of PostgreSQL that copy.
mod tools;

pub use archive::{BackupFile, BackupManifest, BesideFile, TableCount};
pub use error::BackupError;

use super::{Database, DatabaseError, locked, migration, sql::quoted};
use archive::{Draft, PIECE};
use std::{
    io::{self, Read},
    path::Path,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::io::AsyncReadExt;
use tokio_postgres::{Client, error::SqlState};
use tools::Tools;

/// The schemas that are the program's.
const SCHEMAS: [&str; 2] = ["gis", "diaban"];
/// Of 60 000 parcels and all else of the sample, level 1 takes 0.6 s of processor time for 1.4 s of level 6, for 20 % more bytes.
const COMPRESSION: &str = "--compress=1";

/// Tables with rows of their own in the program's schemas.
const TABLES: &str = "SELECT n.nspname::text, c.relname::text FROM pg_class c \
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p') \
    AND NOT c.relispartition ORDER BY 1, 2";
/// How long it may take until others let go of a table.
const LOCK_WAIT: &str = "60s";
/// Versions and names of a database: server, its major version times ten thousand, PostGIS, its schema, name, now.
const ABOUT: &str = "SELECT current_setting('server_version'), current_setting('server_version_num')::int, \
    e.extversion, n.nspname::text, current_database()::text, now() \
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'";

/// A file that goes into a backup beside the database: its name there, and its bytes.
pub type Beside = (String, Box<dyn Read + Send>);

impl Database {
    /// Writes a backup of the database, as it is at one moment, to `path`: whole, or not at all. Others go on working
    /// meanwhile. Once the database is in, `beside` says which files are to be there, too. `written` is told how many
    /// bytes there are.
    pub async fn backup(
        &self,
        path: &Path,
        beside: impl FnOnce() -> io::Result<Vec<Beside>>,
        mut written: impl FnMut(u64),
    ) -> Result<BackupManifest, BackupError> {
        let client = self.session().await?;
        migration::check_version(&client).await?;
        begin_with_all_tables(&client).await?;
        let Some(schema_version) = migration::applied_version(&client).await? else {
            return Err(BackupError::Nothing { database: self.name() });
        };
        let snapshot: String = client.query_one("SELECT pg_export_snapshot()", &[]).await?.try_get(0)?;
        let manifest = about(&client, schema_version).await?;
        let major = self.major(&client).await?;
        let tools = Tools::for_major(major)?;
        let manifest = BackupManifest { dump_major: tools.major(), ..manifest };
        let mut draft = Draft::beside(path)?;
        let mut command = tools.command("pg_dump", &self.inner.config);
        command.args(["--format=custom", COMPRESSION, "--no-owner", "--no-privileges", "--no-password"]);
        command.args(SCHEMAS.map(|schema| format!("--schema={schema}")));
        command.args([format!("--snapshot={snapshot}"), "--lock-wait-timeout=60000".to_owned()]);
        let mut dumping = tools::spawn(&mut command)?;
        drop(dumping.stdin.take());
        let said = tools::heard(dumping.stderr.take());
        let mut output = dumping.stdout.take().ok_or_else(|| BackupError::failed("pg_dump has no output"))?;
        let mut piece = vec![0; PIECE];
        loop {
            let read = output.read(&mut piece).await.map_err(BackupError::failed)?;
            if read == 0 {
                break;
            }
            draft.write(&piece[..read])?;
            written(draft.bytes());
        }
        let status = dumping.wait().await.map_err(BackupError::failed)?;
        let said = said.await;
        if !status.success() {
            return Err(BackupError::Failed { reason: tools::reason("pg_dump", &said) });
        }
        client.batch_execute("COMMIT").await?;
        for (name, mut bytes) in beside().map_err(BackupError::beside)? {
            draft.add(&name, &mut bytes)?;
        }
        draft.finish(manifest)
    }

    fn name(&self) -> String {
        super::connection::target_of(&self.inner.config)
    }

    async fn major(&self, client: &Client) -> Result<u32, DatabaseError> {
        let row = client.query_one("SELECT current_setting('server_version_num')::int / 10000", &[]).await?;
        Ok(u32::try_from(row.try_get::<_, i32>(0)?).unwrap_or_default())
    }
}

/// Begins the transaction of whose moment the backup is. Its first statements hold all tables, before it looks at
/// anything: to one that began to look before, a table that is written anew or emptied meanwhile looks empty.
async fn begin_with_all_tables(client: &Client) -> Result<(), DatabaseError> {
    loop {
        let names = tables(client).await?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout";
        client.batch_execute(&format!("{begin} = '{LOCK_WAIT}'")).await?;
        // One may have gone or come while others were waited for.
        if hold(client, &names).await? && tables(client).await? == names {
            return Ok(());
        }
        client.batch_execute("ROLLBACK").await?;
    }
}

/// Holds tables until the transaction ends; `false` if one of them is gone.
async fn hold(client: &Client, names: &[(String, String)]) -> Result<bool, DatabaseError> {
    for (schema, table) in names {
        let table = format!("{}.{}", quoted(schema), quoted(table));
        match client.batch_execute(&format!("LOCK TABLE {table} IN ACCESS SHARE MODE")).await {
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => return Ok(false),
            held => held.map_err(|error| locked(error, &table))?,
        }
    }
    Ok(true)
}

/// Schema and name of each table of the program.
async fn tables(client: &Client) -> Result<Vec<(String, String)>, DatabaseError> {
    let rows = client.query(TABLES, &[&SCHEMAS.as_slice()]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// What a backup of the transaction's moment is, but for the file.
async fn about(client: &Client, schema_version: i32) -> Result<BackupManifest, DatabaseError> {
    let row = client.query_one(ABOUT, &[]).await?;
    let made_at: OffsetDateTime = row.try_get(5)?;
    let transactions = "SELECT count(DISTINCT xact) FROM diaban.change";
    Ok(BackupManifest {
        format: 0,
        program: String::new(),
        made_at: made_at.format(&Rfc3339).unwrap_or_default(),
        database: row.try_get(4)?,
        postgresql: row.try_get(0)?,
        postgis: row.try_get(2)?,
        postgis_schema: row.try_get(3)?,
        dump_major: 0,
        schema_version,
        transactions: client.query_one(transactions, &[]).await?.try_get(0)?,
        tables: counts(client).await?,
        dump_bytes: 0,
        dump_sha256: String::new(),
        beside: Vec::new(),
    })
}

/// Rows of each table of the program's schemas.
async fn counts(client: &Client) -> Result<Vec<TableCount>, DatabaseError> {
    let mut counts = Vec::new();
    for (schema, table) in tables(client).await? {
        let count = format!("SELECT count(*) FROM {}.{}", quoted(&schema), quoted(&table));
        let rows = client.query_one(&count, &[]).await?.try_get(0)?;
        counts.push(TableCount { schema, table, rows });
    }
    Ok(counts)
}
