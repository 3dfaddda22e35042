//! Tables and views that this program did not make: looked at, never changed.

use super::{error::DatabaseError, migration::no_right, sql::quoted};
use crate::layer::{ExistingTable, LayerDefinition};
use std::collections::BTreeMap;
use tokio_postgres::{Client, error::SqlState};

/// Checks that a layer's table or view is there and may be read, that it has the columns, that
/// the id is a whole number and the geometry is in the stated system.
pub(super) async fn check(
    client: &Client,
    layer: &LayerDefinition,
    table: &ExistingTable,
) -> Result<(), DatabaseError> {
    let name = format!("{}.{}", quoted(&table.schema), quoted(&table.name));
    let refused = |reason: String| DatabaseError::Layer { layer: layer.id.clone(), reason };
    let found = client
        .query_one(
            "SELECT to_regclass($1)::oid, has_table_privilege(to_regclass($1)::oid, 'SELECT')",
            &[&name],
        )
        .await;
    let row = match found {
        // The schema itself may not be looked into.
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            return Err(may_not_read(client, table, &name).await?);
        }
        other => other?,
    };
    let Some(oid) = row.try_get::<_, Option<u32>>(0)? else {
        return Err(refused(format!(
            "its file names the table {name}, which is not in the database. Correct `table`, or create it"
        )));
    };
    if row.try_get::<_, Option<bool>>(1)? != Some(true) {
        return Err(may_not_read(client, table, &name).await?);
    }
    let columns = columns(client, oid).await?;
    let wanted =
        layer.attributes.iter().map(|a| a.column()).chain([table.id.as_str(), table.geometry.as_str()]);
    let missing: Vec<&str> = wanted.filter(|column| !columns.contains_key(*column)).collect();
    if !missing.is_empty() {
        let has: Vec<&str> = columns.keys().map(String::as_str).collect();
        return Err(refused(format!(
            "{name} has no column {}. It has {}. Correct `column`, `id` or `geometry` in the layer's file",
            missing.join(", "),
            has.join(", ")
        )));
    }
    let id_kind = &columns[&table.id].kind;
    if !["smallint", "integer", "bigint"].contains(&id_kind.as_str()) {
        return Err(refused(format!(
            "the id column {} of {name} is {id_kind}; a column of whole numbers is needed, each once",
            table.id
        )));
    }
    check_system(client, table, &name, &columns[&table.geometry])
        .await?
        .map_or(Ok(()), |reason| Err(refused(reason)))
}

struct Column {
    kind: String,
    /// SRID of a geometry column; 0 where the type does not say.
    srid: i32,
}

async fn columns(client: &Client, table: u32) -> Result<BTreeMap<String, Column>, DatabaseError> {
    let rows = client
        .query(
            "SELECT attname::text, format_type(atttypid, atttypmod), \
             CASE WHEN atttypid = 'geometry'::regtype THEN postgis_typmod_srid(atttypmod) ELSE 0 END \
             FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped",
            &[&table],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, Column { kind: row.try_get(1)?, srid: row.try_get(2)? })))
        .collect()
}

/// What is wrong with the system of the geometry column, if anything.
async fn check_system(
    client: &Client,
    table: &ExistingTable,
    name: &str,
    column: &Column,
) -> Result<Option<String>, DatabaseError> {
    let geometry = &table.geometry;
    if column.kind != "geometry" && !column.kind.starts_with("geometry(") {
        return Ok(Some(format!("the column {geometry} of {name} is {}, not a geometry", column.kind)));
    }
    let known = client.query_opt("SELECT 1 FROM spatial_ref_sys WHERE srid = $1", &[&table.srid]).await?;
    if known.is_none() {
        return Ok(Some(format!(
            "SRID {} is not known to PostGIS; correct `srid` in the layer's file",
            table.srid
        )));
    }
    let mut srid = Some(column.srid);
    if column.srid == 0 {
        // Views often do not say: a row must.
        let sample =
            format!("SELECT ST_SRID({0}) FROM {name} WHERE {0} IS NOT NULL LIMIT 1", quoted(geometry));
        srid = client.query_opt(&sample, &[]).await?.map(|row| row.try_get(0)).transpose()?;
        // It may be one of a few that are not as the rest: those are left out and named.
        if srid.is_some_and(|found| found != table.srid) {
            let as_said = format!("SELECT FROM {name} WHERE ST_SRID({}) = $1 LIMIT 1", quoted(geometry));
            srid = client.query_opt(&as_said, &[&table.srid]).await?.map(|_| table.srid).or(srid);
        }
    }
    Ok(match srid {
        None => None,
        Some(found) if found == table.srid => None,
        Some(0) => Some(format!(
            "the geometries of {name} carry no SRID. Say which it is, for example with\n  \
             ALTER TABLE {name} ALTER COLUMN {0} TYPE geometry(Geometry,{1}) USING ST_SetSRID({0}, {1});",
            quoted(geometry),
            table.srid
        )),
        Some(found) => Some(format!(
            "the geometries of {name} are in SRID {found}, the layer's file says {}. Correct `srid` there",
            table.srid
        )),
    })
}

async fn may_not_read(
    client: &Client,
    table: &ExistingTable,
    name: &str,
) -> Result<DatabaseError, DatabaseError> {
    let schema = quoted(&table.schema);
    no_right(client, format!("read {name}"), |user, _| {
        format!("GRANT USAGE ON SCHEMA {schema} TO {user}; GRANT SELECT ON {name} TO {user}")
    })
    .await
}
