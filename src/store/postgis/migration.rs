//! The schema `diaban`, version by version, and what `spatial_ref_sys` lacks.
//!
//! The caller holds the lock under which the database is prepared. Must not know layers.

use super::error::{DatabaseError, database_message};
use std::error::Error;
use tokio_postgres::{Client, error::SqlState};

mod embedded {
    #![allow(clippy::expect_used, clippy::unwrap_used)]
    refinery::embed_migrations!("src/store/postgis/schema");
}

/// Where the versions applied are noted.
const HISTORY: &str = "diaban.schema_history";

/// Brings the schema up to date. Needs no right where it is. Returns what was done.
pub(super) async fn migrate(client: &mut Client) -> Result<Vec<String>, DatabaseError> {
    let mut runner = embedded::migrations::runner();
    let known = known_version(&runner);
    let found = applied_version(client).await?;
    refuse_newer(found, known)?;
    match found {
        Some(found) if found == known => return Ok(Vec::new()),
        _ => {}
    }
    create_schema(client, "diaban").await?;
    let may = "SELECT has_schema_privilege('diaban', 'CREATE, USAGE')";
    if !client.query_one(may, &[]).await?.try_get::<_, bool>(0)? {
        let action = "change the schema diaban".to_owned();
        let grant = |user: &str, _: &str| format!("GRANT USAGE, CREATE ON SCHEMA diaban TO {user}");
        return Err(no_right(client, action, grant).await?);
    }
    runner.set_migration_table_name(HISTORY);
    let report = runner.set_grouped(true).run_async(client).await.map_err(migration_error)?;
    Ok(report.applied_migrations().iter().map(|m| format!("applied schema version {m}")).collect())
}

/// Refuses a schema that a newer program has brought further: what stands in it, and how, is not
/// known here.
pub(super) async fn check_version(client: &Client) -> Result<(), DatabaseError> {
    refuse_newer(applied_version(client).await?, known())
}

/// The last version that this program knows.
pub(super) fn known() -> i32 {
    known_version(&embedded::migrations::runner())
}

fn refuse_newer(found: Option<i32>, known: i32) -> Result<(), DatabaseError> {
    match found {
        Some(found) if found > known => Err(DatabaseError::Newer { found, known }),
        _ => Ok(()),
    }
}

fn known_version(runner: &refinery::Runner) -> i32 {
    runner.get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// The schema's version; `None` where there is none yet.
pub(super) async fn applied_version(client: &Client) -> Result<Option<i32>, DatabaseError> {
    let found = "SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'schema_history' \
                 AND relnamespace = to_regnamespace('diaban'))";
    if !client.query_one(found, &[]).await?.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    match client.query_one(&format!("SELECT max(version) FROM {HISTORY}"), &[]).await {
        Ok(row) => Ok(row.try_get(0)?),
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            let grant = |user: &str, _: &str| {
                format!(
                    "GRANT USAGE ON SCHEMA diaban TO {user}; GRANT SELECT ON ALL TABLES IN SCHEMA diaban TO {user}"
                )
            };
            Err(no_right(client, "read the schema diaban".to_owned(), grant).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Creates a schema that is not there yet. `name` is one of ours.
pub(super) async fn create_schema(client: &Client, name: &str) -> Result<(), DatabaseError> {
    let row = client.query_one("SELECT to_regnamespace($1) IS NOT NULL", &[&name]).await?;
    if row.try_get(0)? {
        return Ok(());
    }
    let created = client.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {name}")).await;
    let Err(error) = created else { return Ok(()) };
    if error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return Err(error.into());
    }
    let action = format!("create the schema {name}");
    Err(no_right(client, action, |user, database| format!("GRANT CREATE ON DATABASE {database} TO {user}"))
        .await?)
}

/// The error of a missing right, with the statement that gives it, made from the quoted names of
/// user and database.
pub(super) async fn no_right(
    client: &Client,
    action: String,
    statement: impl FnOnce(&str, &str) -> String,
) -> Result<DatabaseError, DatabaseError> {
    let names = "SELECT current_user::text, current_database()::text, \
                 quote_ident(current_user), quote_ident(current_database())";
    let row = client.query_one(names, &[]).await?;
    Ok(DatabaseError::NoRight {
        user: row.try_get(0)?,
        database: row.try_get(1)?,
        action,
        statement: statement(row.try_get(2)?, row.try_get(3)?),
    })
}

fn migration_error(error: refinery::Error) -> DatabaseError {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<tokio_postgres::Error>());
    DatabaseError::Migration(cause.map_or_else(|| error.to_string(), database_message))
}

/// Adds the coordinate systems (SRID, PROJ text) that `spatial_ref_sys` lacks. PostGIS prefers
/// `srtext` and the authority EPSG to the PROJ text, and PROJ then picks an operation of its own,
/// so `srtext` stays empty and the authority is ours. Rows that are there are left as they are.
pub(super) async fn insert_missing_systems(
    client: &Client,
    systems: &[(i32, String)],
) -> Result<Vec<String>, DatabaseError> {
    let (srids, texts): (Vec<i32>, Vec<&str>) =
        systems.iter().map(|(srid, text)| (*srid, text.as_str())).unzip();
    let missing = "SELECT count(*) FROM unnest($1::int[]) AS s (srid) \
                   WHERE NOT EXISTS (SELECT FROM spatial_ref_sys r WHERE r.srid = s.srid)";
    let count: i64 = client.query_one(missing, &[&srids]).await?.try_get(0)?;
    if count == 0 {
        return Ok(Vec::new());
    }
    let insert = "INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text) \
                  SELECT srid, 'diaban', srid, '', text FROM unnest($1::int[], $2::text[]) AS s (srid, text) \
                  ON CONFLICT DO NOTHING";
    match client.execute(insert, &[&srids, &texts]).await {
        Ok(added) => Ok(vec![format!("added {added} coordinate systems of VN-2000 to spatial_ref_sys")]),
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            let action = "add coordinate systems to spatial_ref_sys".to_owned();
            Err(no_right(client, action, |user, _| {
                format!("GRANT SELECT, INSERT ON spatial_ref_sys TO {user}")
            })
            .await?)
        }
        Err(error) => Err(error.into()),
    }
}
