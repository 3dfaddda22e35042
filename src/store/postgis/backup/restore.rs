//! A backup back into a database: what is there goes and what was comes in one transaction, which is kept only if each
//! table has as many rows as the backup tells of.
//!
//! ```text
//! file ─▶ pg_restore, which makes statements of it ─▶ psql, between a BEGIN and a COMMIT of ours
//! ```
//!
//! The change log tells of transactions by the numbers that they had. In another cluster those numbers may lie ahead:
//! whoever reads the log by visibility would see the changes come again and again, and take a new transaction of the
//! same number for an old one. So they are numbered anew from the first number on, each transaction by itself, and the
//! cluster is brought beyond them before.

use super::{
    BackupError, BackupFile, BackupManifest, SCHEMAS, TableCount,
    archive::PIECE,
    counts,
    tools::{self, Tools},
};
use crate::store::postgis::{
    Database, change_log::quote_literal, connection, locked, migration, sql::quoted,
};
use std::{
    cell::Cell,
    io::{self, Read},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncWriteExt, BufReader},
    process::ChildStdin,
};
use tokio_postgres::Client;

/// PostgreSQL's first number of an ordinary transaction.
const FIRST_TRANSACTION: i64 = 3;
/// How long a session that has ended may go on standing in the server's list.
const LINGER: Duration = Duration::from_secs(3);
/// How soon it is looked for again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Tables that are named where a database holds data.
const NAMED_MAX: usize = 5;

/// Where PostGIS stands.
const POSTGIS_SCHEMA: &str =
    "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'postgis'";
/// Other sessions of this program in the database.
const OTHERS: &str = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
    AND application_name LIKE 'diaban%' AND pid <> pg_backend_pid() ORDER BY pid";
/// Views, and tables by their foreign keys, that stand outside the program's schemas and on tables inside.
const BUILT_UPON: &str = "SELECT DISTINCT outer_c.oid::regclass::text FROM pg_class inner_c \
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = inner_c.oid \
    LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid \
    LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid \
    JOIN pg_class outer_c ON outer_c.oid = coalesce(w.ev_class, nullif(k.conrelid, 0)) \
    WHERE inner_c.relnamespace::regnamespace::text = ANY ($1) \
    AND NOT outer_c.relnamespace::regnamespace::text = ANY ($1) ORDER BY 1";
/// Numbers the transactions of the log anew where any of theirs lies ahead.
const NUMBER_ANEW: &str = "UPDATE diaban.change c SET xact = (n.place + 2)::text::xid8 \
    FROM (SELECT xact, dense_rank() OVER (ORDER BY xact) AS place \
    FROM (SELECT DISTINCT xact FROM diaban.change) d) n \
    WHERE n.xact = c.xact AND EXISTS (SELECT FROM diaban.change \
    WHERE xact >= pg_snapshot_xmin(pg_current_snapshot()));\n";

impl Database {
    /// Brings a backup back. What the program keeps in the database is replaced if `replace` allows that, or if it holds
    /// nothing. Either all of it is as it was backed up, or nothing has changed. `done` is told how many bytes of the
    /// dump are in. [`Database::prepare`] comes after it: the backup may be of an earlier program.
    pub async fn restore(
        &self,
        file: &mut BackupFile,
        replace: bool,
        done: impl FnMut(u64),
    ) -> Result<(), BackupError> {
        let client = self.session().await?;
        self.hold(&client).await?;
        self.refuse(&client, &file.manifest, replace).await?;
        let tools = Tools::for_major(file.manifest.dump_major.max(self.major(&client).await?))?;
        advance(&client, file.manifest.transactions).await?;
        self.pour(&tools, file, done).await?;
        for table in &file.manifest.tables {
            // Without it the first questions are answered slowly, but answered.
            if let Err(error) = client.batch_execute(&format!("ANALYZE {}", name(table))).await {
                tracing::warn!(%error, table = table.table, "statistics were not taken");
            }
        }
        Ok(())
    }

    /// The lock under which the database is prepared, until the session ends.
    async fn hold(&self, client: &Client) -> Result<(), BackupError> {
        client.batch_execute("SET lock_timeout = '10s'").await?;
        let taken = client.execute("SELECT pg_advisory_lock($1)", &[&connection::PREPARE_LOCK]).await;
        taken.map_err(|error| locked(error, "the preparation of the database"))?;
        Ok(())
    }

    /// Refuses where other sessions of the program are in the database, and stay.
    async fn alone(&self, client: &Client) -> Result<(), BackupError> {
        let since = Instant::now();
        loop {
            let others = client.query(OTHERS, &[]).await?;
            if others.is_empty() {
                return Ok(());
            }
            if since.elapsed() > LINGER {
                let pids: Vec<String> = others.iter().map(|row| row.get::<_, i32>(0).to_string()).collect();
                let (database, count) = (self.name(), others.len());
                return Err(BackupError::InUse { database, count, pids: pids.join(", ") });
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn refuse(
        &self,
        client: &Client,
        manifest: &BackupManifest,
        replace: bool,
    ) -> Result<(), BackupError> {
        let known = migration::known();
        if manifest.schema_version > known {
            let (program, found) = (manifest.program.clone(), manifest.schema_version);
            return Err(BackupError::NewerSchema { program, found, known });
        }
        // Each is a transaction that is spent here.
        let changes =
            manifest.tables.iter().find(|t| (t.schema.as_str(), t.table.as_str()) == ("diaban", "change"));
        if !(0..=changes.map_or(0, |table| table.rows)).contains(&manifest.transactions) {
            return Err(BackupError::failed("its manifest tells of more transactions than changes"));
        }
        let here: String = client.query_one(POSTGIS_SCHEMA, &[]).await?.try_get(0)?;
        if here != manifest.postgis_schema {
            let there = manifest.postgis_schema.clone();
            return Err(BackupError::PostgisElsewhere { here, there });
        }
        self.alone(client).await?;
        if !replace {
            let held: Vec<TableCount> = counts(client).await?.into_iter().filter(holds_data).collect();
            if !held.is_empty() {
                return Err(BackupError::HoldsData { database: self.name(), held: told(&held) });
            }
        }
        let built = client.query(BUILT_UPON, &[&SCHEMAS.as_slice()]).await?;
        if !built.is_empty() {
            let names: Vec<String> = built.iter().map(|row| row.get(0)).collect();
            return Err(BackupError::BuiltUpon { names: names.join(", ") });
        }
        Ok(())
    }

    /// Sends the dump through pg_restore to psql. Only where the first has read it to its end is the COMMIT sent that
    /// the second waits for; a session that ends without it has changed nothing.
    async fn pour(
        &self,
        tools: &Tools,
        file: &mut BackupFile,
        done: impl FnMut(u64),
    ) -> Result<(), BackupError> {
        let (config, after) = (&self.inner.config, after(&file.manifest));
        let mut command = tools.command("pg_restore", config);
        let mut reading = tools::spawn(command.args(["--file=-", "--no-owner", "--no-privileges"]))?;
        let mut command = tools.command("psql", config);
        command.args(["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--file=-"]);
        let mut running = tools::spawn(&mut command)?;
        let (read_said, run_said) =
            (tools::heard(reading.stderr.take()), tools::heard(running.stderr.take()));
        let no_end = || BackupError::failed("a program of PostgreSQL has no input or output");
        let input = reading.stdin.take().ok_or_else(no_end)?;
        let mut statements = reading.stdout.take().ok_or_else(no_end)?;
        let mut script = running.stdin.take().ok_or_else(no_end)?;
        let mut answers = running.stdout.take().ok_or_else(no_end)?;
        let mut dump = file.dump()?;
        let whole = Cell::new(false);
        let fed = async {
            feed(&mut dump, input, done).await?;
            whole.set(true);
            io::Result::Ok(())
        };
        let relayed = async move {
            script.write_all(BEFORE.as_bytes()).await?;
            tokio::io::copy_buf(&mut BufReader::with_capacity(PIECE, &mut statements), &mut script).await?;
            let read = reading.wait().await?.success();
            if read {
                script.write_all(after.as_bytes()).await?;
            }
            io::Result::Ok((read, script))
        };
        // The COMMIT waits for both: a dump whose end could not be read is not the whole of it.
        let committed = async {
            let (fed, relayed) = tokio::join!(fed, relayed);
            fed?;
            let (read, mut script) = relayed?;
            if read && whole.get() {
                script.write_all(b"COMMIT;\n").await?;
            }
            io::Result::Ok(read)
        };
        // What statements answer is of no use, but somebody has to take it.
        let mut nobody = tokio::io::sink();
        let (committed, _) = tokio::join!(committed, tokio::io::copy(&mut answers, &mut nobody));
        let status = running.wait().await.map_err(BackupError::failed)?;
        let (read_said, run_said) = (read_said.await, run_said.await);
        match committed {
            // Why the last in the row ended tells why those before it did.
            _ if !status.success() => Err(BackupError::failed(tools::reason("psql", &run_said))),
            Ok(true) => Ok(()),
            Ok(false) => Err(BackupError::failed(tools::reason("pg_restore", &read_said))),
            Err(error) => Err(BackupError::failed(error)),
        }
    }
}

/// Hands a dump to pg_restore. One that wants no more of it is no error here: how it ended tells.
async fn feed(dump: &mut impl Read, mut input: ChildStdin, mut done: impl FnMut(u64)) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    loop {
        let read = dump.read(&mut piece)?;
        if read == 0 {
            return Ok(());
        }
        match input.write_all(&piece[..read]).await {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
        bytes += read as u64;
        done(bytes);
    }
}

/// What the program keeps goes.
const BEFORE: &str = "BEGIN;\nSET LOCAL lock_timeout = '10s';\nDROP SCHEMA IF EXISTS gis, diaban CASCADE;\n";

/// What has to be right before it is kept.
fn after(manifest: &BackupManifest) -> String {
    manifest.tables.iter().fold(NUMBER_ANEW.to_owned(), |script, table| {
        let (name, rows) = (name(table), table.rows);
        let what = quote_literal(&format!("the table {name} has not the {rows} rows that it had"));
        script
            + &format!(
                "DO $check$ BEGIN IF (SELECT count(*) FROM {name}) <> {rows} THEN \
                 RAISE EXCEPTION USING MESSAGE = {what}; END IF; END $check$;\n"
            )
    })
}

/// Brings the cluster beyond so many transactions. Each takes a few microseconds and leaves nothing behind.
async fn advance(client: &Client, transactions: i64) -> Result<(), BackupError> {
    let next = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
    let next: i64 = client.query_one(next, &[]).await?.try_get(0)?;
    let missing = FIRST_TRANSACTION.saturating_add(transactions).saturating_sub(next);
    if missing > 0 {
        let spend = format!(
            "DO $$ BEGIN FOR i IN 1..{missing} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
        );
        client.batch_execute(&spend).await?;
    }
    Ok(())
}

fn name(table: &TableCount) -> String {
    format!("{}.{}", quoted(&table.schema), quoted(&table.table))
}

/// A database that was only prepared holds nothing that somebody put there.
fn holds_data(table: &TableCount) -> bool {
    table.rows > 0 && (table.schema.as_str(), table.table.as_str()) != ("diaban", "schema_history")
}

/// Some of the tables, and how many there are besides.
fn told(held: &[TableCount]) -> String {
    let named = held.iter().take(NAMED_MAX).map(|t| format!("{}.{} ({} rows)", t.schema, t.table, t.rows));
    let named: Vec<String> = named.collect();
    match held.len().saturating_sub(NAMED_MAX) {
        0 => named.join(", "),
        more => format!("{} and {more} more tables", named.join(", ")),
    }
}
