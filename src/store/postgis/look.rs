//! The database as it is, for whoever only looks: what it is, what the user may do, what the program has made in it,
//! and how far snapshots are behind. Nothing is made, started or changed; the session could not.
//!
//! Must not know what any of it means.

use super::{
    DatabaseError, DatabaseTarget, Moment, PRIVATE_DATABASE, TableDifferences, api_keys, blocking,
    connection, migration,
    moment::not_been_at,
    private_server::{PrivateServer, installation::SearchPlaces},
    sql::quoted,
    table, table_form,
};
use crate::{
    crs::Disagreement,
    layer::{AccessClass, Caller, Catalog},
    store::{api_key::KeptKey, postgis::Noting},
};
use tokio_postgres::Client;

/// What is at a target.
pub enum Sight {
    /// A database that answers.
    Open(Box<Look>),
    /// A private one that nobody has made yet.
    NotMade,
    /// A private one that does not run.
    Stopped,
}

/// A session that only looks.
pub struct Look {
    client: Client,
    /// What the database is.
    pub facts: Facts,
    /// Held as long as it is looked at, where it was started for that.
    _server: Option<PrivateServer>,
}

/// What a database is.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Host, port and name, without the password.
    pub address: String,
    /// The user of the session.
    pub user: String,
    /// Name of the database.
    pub database: String,
    /// Version of PostgreSQL, and whether it is new enough.
    pub postgresql: (String, bool),
    /// Version of PostGIS, and whether it is new enough; `None` where the database lacks it.
    pub postgis: Option<(String, bool)>,
    /// Version of PostGIS that could be created, where the server has its files.
    pub postgis_available: Option<String>,
    /// What text is stored as, and its order.
    pub encoding: (String, String),
    /// What a session without a setting of its own takes times to be in.
    pub time_zone: String,
    /// Minutes by which that is ahead of UTC now.
    pub utc_offset_min: i32,
    /// Whether it only follows another server.
    pub standby: bool,
    /// Sessions that it takes.
    pub connections_max: i32,
    /// Seconds by which its clock is ahead of this machine's.
    pub clock_ahead_s: f64,
}

/// What the user of the session may not do.
#[derive(Debug, Clone, Default)]
pub struct Rights {
    /// Tables that he may not read.
    pub unreadable: Vec<String>,
    /// Tables that he may not write.
    pub unwritable: Vec<String>,
    /// What he may not make, as the statement that would let him.
    pub missing: Vec<String>,
}

const FACTS: &str = "SELECT current_setting('server_version_num')::int, current_setting('server_version'), \
    current_setting('server_encoding'), current_setting('TimeZone'), current_database()::text, current_user::text, \
    (SELECT extversion FROM pg_extension WHERE extname = 'postgis'), \
    (SELECT default_version FROM pg_available_extensions WHERE name = 'postgis'), \
    (SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
    WHERE e.extname = 'postgis' AND to_regtype('geometry') IS NULL), \
    (SELECT datcollate FROM pg_database WHERE datname = current_database())::text, \
    pg_is_in_recovery(), current_setting('max_connections')::int, \
    (EXTRACT(timezone FROM now()) / 60)::int, EXTRACT(epoch FROM clock_timestamp())::float8";
/// Rights on the program's tables. Whoever may not enter the schema may do nothing in it; the change log is written by
/// its triggers, with the rights of their owner.
const RIGHTS: &str = "SELECT format('%I.%I', n.nspname, c.relname), \
    has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), \
    (n.nspname, c.relname) IN (('diaban', 'change'), ('diaban', 'old_row')) \
    OR has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'INSERT') \
    AND (n.nspname <> 'gis' OR has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE')) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE n.nspname IN ('gis', 'diaban') AND c.relkind IN ('r', 'p') \
    AND (n.nspname, c.relname) <> ('diaban', 'schema_history') ORDER BY 1";
/// What may be made: schemas, where they are not there; tables in them, where they are.
const MAKING: &str = "SELECT s.name, to_regnamespace(s.name) IS NOT NULL, \
    CASE WHEN to_regnamespace(s.name) IS NULL THEN has_database_privilege(current_database(), 'CREATE') \
    ELSE has_schema_privilege(to_regnamespace(s.name), 'USAGE, CREATE') END, \
    quote_ident(current_user), quote_ident(current_database()) \
    FROM (VALUES ('gis'), ('diaban')) AS s (name)";
/// Triggers of others that fire for each row once it is written, and whose function names the table as one to write to.
const WRITING: &str = r#"SELECT c.relname::text, t.tgname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE n.nspname = 'gis' AND c.relname = ANY ($1) AND NOT t.tgisinternal AND t.tgenabled <> 'D'
    AND t.tgtype::int & 1 = 1 AND t.tgtype::int & 66 = 0 AND p.prosrc ~* ('\m(insert\s+into|update(\s+only)?|delete\s+from)'
    || '\s+("?gis"?\s*\.\s*)?"?' || c.relname || '"?(?!\w)') ORDER BY 1, 2"#;
/// Rows of each layer that changed since a moment.
const CHANGED: &str = "SELECT place, coalesce(sum(c.rows_inserted + c.rows_updated + c.rows_deleted), 0)::int8 \
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS of(layer, since, place) \
    LEFT JOIN diaban.change c ON c.layer = of.layer AND c.xact >= pg_snapshot_xmin(since::pg_snapshot) \
    AND NOT pg_visible_in_snapshot(c.xact, since::pg_snapshot) GROUP BY place ORDER BY place";

impl Look {
    /// Looks at what is at a target. With `start` a private database that does not run runs for as long as this lives;
    /// one that nobody has made is never made.
    pub async fn at(target: &DatabaseTarget, start: bool) -> Result<Sight, DatabaseError> {
        let (config, server) = match target {
            DatabaseTarget::Url(url) => (connection::config_from_url(url)?, None),
            DatabaseTarget::Private(_) if !target.is_made() => return Ok(Sight::NotMade),
            DatabaseTarget::Private(data) => {
                let (places, data) = (SearchPlaces::default(), data.clone());
                let found = blocking(move || match PrivateServer::running(&data, &places)? {
                    None if start => {
                        let server = PrivateServer::open(&data, &places)?;
                        Ok::<_, DatabaseError>(Some((server.socket_folder().to_owned(), Some(server))))
                    }
                    found => Ok(found.map(|folder| (folder, None))),
                });
                let Some((folder, server)) = found.await?? else { return Ok(Sight::Stopped) };
                (connection::config_for_socket(&folder, PRIVATE_DATABASE), server)
            }
        };
        let config = connection::only_looking(config);
        let client = connection::connect(&config).await?;
        let facts = facts(&client, connection::target_of(&config)).await?;
        Ok(Sight::Open(Box::new(Self { client, facts, _server: server })))
    }

    /// The version of the schema `diaban`, `None` where there is none, and the one that this program knows.
    pub async fn schema_version(&self) -> Result<(Option<i32>, i32), DatabaseError> {
        Ok((migration::applied_version(&self.client).await?, migration::known()))
    }

    /// All keys of agencies, the oldest first.
    pub async fn api_keys(&self) -> Result<Vec<KeptKey>, DatabaseError> {
        api_keys::all(&self.client).await
    }

    /// What the user may not do.
    pub async fn rights(&self) -> Result<Rights, DatabaseError> {
        let mut rights = Rights::default();
        for row in self.client.query(RIGHTS, &[]).await? {
            let table: String = row.try_get(0)?;
            if !row.try_get::<_, bool>(1)? {
                rights.unreadable.push(table);
            } else if !row.try_get::<_, bool>(2)? {
                rights.unwritable.push(table);
            }
        }
        for row in self.client.query(MAKING, &[]).await? {
            let (schema, there, may): (String, bool, bool) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let (user, database): (String, String) = (row.try_get(3)?, row.try_get(4)?);
            match (may, there) {
                (true, _) => {}
                (false, true) => {
                    rights.missing.push(format!("GRANT USAGE, CREATE ON SCHEMA {schema} TO {user}"))
                }
                (false, false) => {
                    rights.missing.push(format!("GRANT CREATE ON DATABASE {database} TO {user}"))
                }
            }
        }
        rights.missing.dedup();
        Ok(rights)
    }

    /// How the tables differ from the layers.
    pub async fn tables(&self, catalog: &Catalog) -> Result<TableDifferences, DatabaseError> {
        table::differences(&self.client, catalog).await
    }

    /// Whether changes of the layers' own tables that are there are noted, by layer.
    pub async fn noting(&self, catalog: &Catalog) -> Result<Vec<(String, Noting)>, DatabaseError> {
        let everything = Caller::anonymous(AccessClass::Restricted);
        let views: Vec<_> = catalog.views(&everything).filter(|view| view.layer().table.is_none()).collect();
        let forms = table_form::forms_of(&self.client, &views.iter().collect::<Vec<_>>()).await?;
        let there = views.iter().zip(forms).filter_map(|(view, form)| {
            let form = form.filter(|form| *form != table_form::TableForm::default())?;
            Some((view.id().to_owned(), form.noting()))
        });
        Ok(there.collect())
    }

    /// Triggers of others, each with its layer, that write to the layer's own table for each row that is written there.
    pub async fn writing_triggers(&self, catalog: &Catalog) -> Result<Vec<(String, String)>, DatabaseError> {
        let own = catalog.definitions().filter(|layer| layer.table.is_none());
        let ids: Vec<&str> = own.map(|layer| layer.id.as_str()).collect();
        let rows = self.client.query(WRITING, &[&ids]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Whether PostGIS agrees with the oracle of coordinates.
    pub async fn coordinates(&self) -> Result<(), Disagreement> {
        super::coordinate_self_test(&self.client).await
    }

    /// The database's identity and its moment now.
    pub async fn moment(&self) -> Result<Moment, DatabaseError> {
        Moment::now(&self.client).await
    }

    /// How many rows of each layer changed since a moment of its own (`pg_snapshot` and witness), in their order;
    /// `None` where the database has not been at that moment.
    pub async fn changed(
        &self,
        since: &[(&str, (&str, Option<&str>))],
    ) -> Result<Vec<Option<i64>>, DatabaseError> {
        let (layers, moments): (Vec<&str>, Vec<_>) = since.iter().copied().unzip();
        let elsewhere = not_been_at(&self.client, &moments).await?;
        let moments: Vec<&str> = moments.iter().map(|(since, _)| *since).collect();
        let rows = self.client.query(CHANGED, &[&layers, &moments]).await?;
        let rows = rows.iter().map(|row| Ok(row.try_get(1)?)).enumerate();
        rows.map(|(place, rows)| rows.map(|rows| (!elsewhere.contains(&place)).then_some(rows))).collect()
    }
}

async fn facts(client: &Client, address: String) -> Result<Facts, DatabaseError> {
    let row = client.query_one(FACTS, &[]).await?;
    let here = time::OffsetDateTime::now_utc();
    let here_s = here.unix_timestamp() as f64 + f64::from(here.nanosecond()) * 1e-9;
    // PostGIS may stand in a schema of its own, as the program itself finds it.
    if let Some(schema) = row.try_get::<_, Option<String>>(8)? {
        client.batch_execute(&format!("SET search_path = public, {}", quoted(&schema))).await?;
    }
    let postgis: Option<String> = row.try_get(6)?;
    Ok(Facts {
        address,
        user: row.try_get(5)?,
        database: row.try_get(4)?,
        postgresql: (row.try_get(1)?, row.try_get::<_, i32>(0)? >= connection::POSTGRES_MIN),
        postgis: postgis.map(|v| {
            let new_enough = connection::version_of(&v) >= connection::POSTGIS_MIN;
            (v, new_enough)
        }),
        postgis_available: row.try_get(7)?,
        encoding: (row.try_get(2)?, row.try_get::<_, Option<String>>(9)?.unwrap_or_default()),
        time_zone: row.try_get(3)?,
        utc_offset_min: row.try_get(12)?,
        standby: row.try_get(10)?,
        connections_max: row.try_get(11)?,
        clock_ahead_s: row.try_get::<_, f64>(13)? - here_s,
    })
}
