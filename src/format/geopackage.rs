//! GeoPackage 1.3 (OGC 12-128r17): a database of one table with its R-tree, made in a file that has
//! no name any more once it is handed on.

use super::{FeatureWriter, FormatError, spool::Spool};
use crate::{
    feature::{Bbox, FeatureRow, Shape, ValueRef},
    layer::{AttributeType, GeometryType, LayerView},
};
use rusqlite::{
    Connection, ToSql,
    types::{ToSqlOutput, Value as SqlValue, ValueRef as SqlRef},
};
use std::fs::File;

/// Rows between two looks at the size of the file.
const LOOK_EVERY: u64 = 1024;

/// Writes a database.
pub struct GeoPackage {
    spool: Spool,
    database: Option<Connection>,
    table: String,
    /// The column of the ids.
    key: &'static str,
    insert: String,
    insert_box: String,
    extent: Option<Bbox>,
    rows: u64,
    blob: Vec<u8>,
    kinds: Vec<AttributeType>,
}

impl GeoPackage {
    /// Of a view.
    pub fn new(view: &LayerView) -> Result<Self, FormatError> {
        let spool = Spool::new("gpkg")?;
        let database = Connection::open(spool.path()).map_err(wrong)?;
        // The file is thrown away if anything goes wrong: nothing has to be undone.
        database
            .execute_batch(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;",
            )
            .map_err(wrong)?;
        let table = quoted(view.id());
        let key = free_key(view);
        let columns: String =
            view.attributes().map(|a| format!(", {} {}", quoted(&a.name), kind(a.kind))).collect();
        let title = view.layer().title.vi.as_str();
        database.execute_batch(SCHEMA).map_err(wrong)?;
        database
            .execute_batch(&format!(
                "CREATE TABLE {table} ({key} INTEGER PRIMARY KEY NOT NULL, geom {}{columns}); BEGIN",
                geometry_type(view)
            ))
            .map_err(wrong)?;
        database
            .execute("INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?1, 'features', ?1, ?2, 4326)",
                [view.id(), title])
            .map_err(wrong)?;
        database
            .execute(
                "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', ?2, 4326, 0, 0)",
                [view.id(), &geometry_type(view)],
            )
            .map_err(wrong)?;
        let tree = quoted(&format!("rtree_{}_geom", view.id()));
        database
            .execute_batch(&format!("CREATE VIRTUAL TABLE {tree} USING rtree(id, minx, maxx, miny, maxy)"))
            .map_err(wrong)?;
        let places: String = (0..view.attributes().len()).map(|i| format!(", ?{}", i + 3)).collect();
        let insert = format!("INSERT INTO {table} VALUES (?1, ?2{places})");
        Ok(Self {
            spool,
            database: Some(database),
            table: view.id().to_owned(),
            key,
            insert,
            insert_box: format!("INSERT INTO {tree} VALUES (?1, ?2, ?3, ?4, ?5)"),
            extent: None,
            rows: 0,
            blob: Vec::new(),
            kinds: view.attributes().map(|a| a.kind).collect(),
        })
    }
}

impl FeatureWriter for GeoPackage {
    fn begin(&mut self, _: &mut Vec<u8>) -> Result<(), FormatError> {
        Ok(())
    }

    fn feature(&mut self, row: &FeatureRow<'_>, _: &mut Vec<u8>) -> Result<(), FormatError> {
        let Some(database) = &self.database else { return Ok(()) };
        self.blob.clear();
        let shape = row.shape.filter(|shape| !shape.is_empty());
        if let Some((shape, bbox)) = shape.and_then(|shape| Some((shape, shape.bbox()?))) {
            let Bbox { min_x, min_y, max_x, max_y } = bbox;
            let mut insert = database.prepare_cached(&self.insert_box).map_err(wrong)?;
            insert.execute((row.id, min_x, max_x, min_y, max_y)).map_err(wrong)?;
            self.extent = Some(self.extent.map_or(bbox, |extent| extent.union(bbox)));
            write_blob(&mut self.blob, shape, bbox);
        }
        let mut insert = database.prepare_cached(&self.insert).map_err(wrong)?;
        insert.raw_bind_parameter(1, row.id).map_err(wrong)?;
        let blob = shape.map(|_| self.blob.as_slice());
        insert.raw_bind_parameter(2, blob).map_err(wrong)?;
        for (i, (value, kind)) in row.values.iter().zip(&self.kinds).enumerate() {
            let bound = match kind {
                AttributeType::Timestamp => insert.raw_bind_parameter(i + 3, moment(*value)),
                _ => insert.raw_bind_parameter(i + 3, Cell(*value)),
            };
            bound.map_err(wrong)?;
        }
        insert.raw_execute().map_err(wrong)?;
        self.rows += 1;
        if self.rows.is_multiple_of(LOOK_EVERY) { self.spool.within_limit() } else { Ok(()) }
    }

    fn end(&mut self, _: Option<&str>, _: &mut Vec<u8>) -> Result<Option<File>, FormatError> {
        let Some(database) = self.database.take() else { return Ok(None) };
        if let Some(Bbox { min_x, min_y, max_x, max_y }) = self.extent {
            database
                .execute(
                    "UPDATE gpkg_contents SET min_x = ?1, min_y = ?2, max_x = ?3, max_y = ?4 WHERE table_name = ?5",
                    (min_x, min_y, max_x, max_y, &self.table),
                )
                .map_err(wrong)?;
        }
        // Only now, so that they are not asked for each row that is written here.
        database.execute_batch(&tree_triggers(&self.table, self.key)).map_err(wrong)?;
        database.execute_batch("COMMIT").map_err(wrong)?;
        database.close().map_err(|(_, error)| wrong(error))?;
        self.spool.file().map(Some)
    }
}

/// A value as SQLite takes it.
struct Cell<'a>(ValueRef<'a>);

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            ValueRef::Null | ValueRef::Numbered(..) => ToSqlOutput::Owned(SqlValue::Null),
            ValueRef::Bool(v) => ToSqlOutput::Owned(SqlValue::Integer(i64::from(v))),
            ValueRef::Int(v) => ToSqlOutput::Owned(SqlValue::Integer(v)),
            ValueRef::Number(v) => ToSqlOutput::Owned(SqlValue::Real(v)),
            ValueRef::Text(text) => ToSqlOutput::Borrowed(SqlRef::Text(text.as_bytes())),
            ValueRef::TextBytes(text) => ToSqlOutput::Borrowed(SqlRef::Text(text)),
        })
    }
}

/// A moment as GeoPackage has it, with thousandths (12-128r17, table 1).
fn moment(value: ValueRef<'_>) -> Option<String> {
    let text = match value {
        ValueRef::Text(text) => text,
        ValueRef::TextBytes(bytes) => std::str::from_utf8(bytes).ok()?,
        _ => return None,
    };
    let (seconds, behind) = text.split_at_checked("2025-07-01T08:30:00".len())?;
    let digits: String = behind.chars().filter(char::is_ascii_digit).take(3).collect();
    Some(format!("{seconds}.{digits:0<3}Z"))
}

/// A geometry as GeoPackage keeps it (12-128r17, 2.1.3): a head with its box, then WKB.
fn write_blob(out: &mut Vec<u8>, shape: &Shape, bbox: Bbox) {
    // Little-endian, a box of four numbers.
    out.extend_from_slice(b"GP\x00\x03");
    out.extend_from_slice(&4326i32.to_le_bytes());
    for edge in [bbox.min_x, bbox.max_x, bbox.min_y, bbox.max_y] {
        out.extend_from_slice(&edge.to_le_bytes());
    }
    shape.write_wkb(out);
}

const fn kind(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Text | AttributeType::Enum => "TEXT",
        AttributeType::Integer => "INTEGER",
        AttributeType::Number => "REAL",
        AttributeType::Boolean => "BOOLEAN",
        AttributeType::Date => "DATE",
        AttributeType::Timestamp => "DATETIME",
        // A JSON array.
        AttributeType::TextList => "TEXT",
    }
}

fn geometry_type(view: &LayerView) -> String {
    match view.layer().geometry[..] {
        [only] => GeometryType::as_str(only).to_ascii_uppercase(),
        _ => "GEOMETRY".to_owned(),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn wrong(error: rusqlite::Error) -> FormatError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => FormatError::DiskFull,
        _ => FormatError::Value(error.to_string()),
    }
}

/// What the column of the ids is called: `fid`, as GDAL calls it, unless an attribute has that name.
fn free_key(view: &LayerView) -> &'static str {
    let is_free = |key: &&str| view.attribute(key).is_none();
    ["fid", "feature_id", "gpkg_fid"].into_iter().find(is_free).unwrap_or("diaban_fid")
}

/// Says that there is an R-tree, and keeps it in step with the table for whoever edits it
/// (12-128r17, F.3: the extension `gpkg_rtree_index`).
fn tree_triggers(layer: &str, key: &str) -> String {
    let (table, tree) = (quoted(layer), quoted(&format!("rtree_{layer}_geom")));
    let trigger = |name: &str, when: &str, then: &str| {
        let name = quoted(&format!("rtree_{layer}_geom_{name}"));
        format!("CREATE TRIGGER {name} AFTER {when} BEGIN {then}; END;\n")
    };
    let put = format!(
        "INSERT OR REPLACE INTO {tree} VALUES (NEW.{key}, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom))"
    );
    let take_old = format!("DELETE FROM {tree} WHERE id = OLD.{key}");
    let take_both = format!("DELETE FROM {tree} WHERE id IN (OLD.{key}, NEW.{key})");
    let there = "NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)";
    let empty = "(NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))";
    let (of_geom, of_any) = (format!("UPDATE OF geom ON {table}"), format!("UPDATE ON {table}"));
    [
        format!(
            "INSERT INTO gpkg_extensions VALUES ('{layer}', 'geom', 'gpkg_rtree_index', \
             'http://www.geopackage.org/spec120/#extension_rtree', 'write-only');\n"
        ),
        trigger("insert", &format!("INSERT ON {table} WHEN ({there})"), &put),
        trigger("update1", &format!("{of_geom} WHEN OLD.{key} = NEW.{key} AND ({there})"), &put),
        trigger("update2", &format!("{of_geom} WHEN OLD.{key} = NEW.{key} AND {empty}"), &take_old),
        trigger(
            "update3",
            &format!("{of_any} WHEN OLD.{key} != NEW.{key} AND ({there})"),
            &format!("{take_old}; {put}"),
        ),
        trigger("update4", &format!("{of_any} WHEN OLD.{key} != NEW.{key} AND {empty}"), &take_both),
        trigger("delete", &format!("DELETE ON {table} WHEN OLD.geom NOT NULL"), &take_old),
    ]
    .concat()
}

/// The tables that every GeoPackage has, and the one that names extensions (12-128r17, annex C).
const SCHEMA: &str = "
PRAGMA application_id = 1196444487;
PRAGMA user_version = 10300;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
  organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', NULL),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL),
  ('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],AXIS[\"Latitude\",NORTH],AXIS[\"Longitude\",EAST],AUTHORITY[\"EPSG\",\"4326\"]]', NULL);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
";
