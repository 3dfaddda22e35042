//! Tables as the database has them. Must not know layers.

use crate::store::postgis::error::DatabaseError;
use serde::Deserialize;
use std::collections::BTreeMap;
use tokio_postgres::GenericClient;

/// One table, or whatever has its name.
#[derive(Debug, Deserialize)]
pub struct FoundTable {
    /// `pg_class.relkind`: `r` for an ordinary table.
    pub kind: String,
    /// Whether the user may alter it.
    pub owned: bool,
    /// Whether the user may read it.
    pub readable: bool,
    pub comment: Option<String>,
    pub columns: Vec<FoundColumn>,
    /// Whole unique indexes besides the primary key.
    pub unique: Vec<FoundIndex>,
    /// Whether `geom` leads a GiST index.
    pub spatial_index: bool,
    /// The constraint `geometry_type`, as SQL.
    pub geometry_check: Option<String>,
    /// `pg_trigger.tgenabled` by name.
    pub triggers: BTreeMap<String, String>,
}

/// One column.
#[derive(Debug, Deserialize)]
pub struct FoundColumn {
    pub name: String,
    /// As `format_type` writes it.
    #[serde(rename = "type")]
    pub kind: String,
    pub not_null: bool,
    pub comment: Option<String>,
}

/// One unique index.
#[derive(Debug, Deserialize)]
pub struct FoundIndex {
    pub name: String,
    pub columns: Vec<String>,
}

const TABLES: &str = "
SELECT c.relname::text, jsonb_build_object(
    'kind', c.relkind,
    'owned', pg_has_role(c.relowner, 'USAGE'),
    'readable', has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
    'comment', obj_description(c.oid, 'pg_class'),
    'columns', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
            'not_null', a.attnotnull, 'comment', col_description(c.oid, a.attnum)) ORDER BY a.attnum), '[]')
        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'unique', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('name', i.relname, 'columns', (
            SELECT jsonb_agg(a.attname ORDER BY k.place)
            FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum)) ORDER BY i.relname), '[]')
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
        WHERE x.indrelid = c.oid AND x.indisunique AND x.indisvalid AND NOT x.indisprimary
          AND x.indpred IS NULL AND x.indexprs IS NULL),
    'spatial_index', EXISTS (
        SELECT FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
        WHERE x.indrelid = c.oid AND x.indisvalid AND x.indpred IS NULL
          AND m.amname = 'gist' AND a.attname = 'geom'),
    'geometry_check', (
        SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k
        WHERE k.conrelid = c.oid AND k.conname = 'geometry_type'),
    'triggers', (
        SELECT coalesce(jsonb_object_agg(t.tgname, t.tgenabled), '{}') FROM pg_trigger t
        WHERE t.tgrelid = c.oid AND NOT t.tgisinternal))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = ANY ($2) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')";

/// The tables and views of these names in `schema`, by name.
pub async fn read(
    client: &impl GenericClient,
    schema: &str,
    names: &[&str],
) -> Result<BTreeMap<String, FoundTable>, DatabaseError> {
    let rows = client.query(TABLES, &[&schema, &names]).await?;
    rows.iter()
        .map(|row| {
            let description: serde_json::Value = row.try_get(1)?;
            let table = serde_json::from_value(description)
                .map_err(|error| DatabaseError::Internal(format!("a table's description: {error}")))?;
            Ok((row.try_get(0)?, table))
        })
        .collect()
}
