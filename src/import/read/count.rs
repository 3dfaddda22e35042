//! The rows that were read, held against how many the file says that it holds.
//!
//! A reader that comes to an end early says nothing, so the numbers tell: those in the head of a FlatGeobuf, of
//! the table beside a Shapefile or a MapInfo file (without the rows that are marked as deleted, which nobody
//! reads), and those that a GeoPackage keeps of its tables. Drivers that count by reading the same way, or
//! guess, as those of sheets and drawings do, would tell nothing.

use super::{OpenFile, Source, messages};
use crate::import::{
    ImportError,
    file::format::Format,
    words::{Words, words},
};
use gdal::vector::{LayerAccess, sql::Dialect};

/// Where GDAL, QGIS and others keep how many rows a table of a GeoPackage has.
const KEPT_COUNTS: &str = "gpkg_ogr_contents";

/// Holds the number of rows that were `read` of the layer `name` against what the file says.
///
/// # Errors
/// Where it says more.
pub fn hold(file: &OpenFile, source: &Source, name: &str, read: u64) -> Result<(), ImportError> {
    let said = match file.format {
        Format::FlatGeobuf => file.rows,
        Format::GeoPackage => kept_count(source, name),
        _ => file.said_rows,
    };
    let Some(said) = said.filter(|said| *said > read) else { return Ok(()) };
    let mut reason = fewer(said, read);
    if file.format == Format::GeoPackage {
        reason.add(&words(
            format!("; nếu đúng chỉ có vậy, hãy lưu lớp sang GeoPackage mới, hoặc sửa {KEPT_COUNTS}"),
            format!("; if that is all, save the layer into a new GeoPackage, or correct {KEPT_COUNTS}"),
        ));
    }
    Err(ImportError::cut_short(&file.path, read, reason))
}

/// What is said of a file that says it holds more rows than were read.
pub fn fewer(said: u64, read: u64) -> Words {
    words(
        format!("tệp ghi là có {said} dòng, mà chỉ đọc được {read} dòng"),
        format!("it says it holds {said} rows, and {read} could be read"),
    )
}

// `None` where the table is not there, or nobody has counted.
fn kept_count(source: &Source, name: &str) -> Option<u64> {
    let name = name.replace('\'', "''");
    let sql = format!(
        "SELECT feature_count AS n FROM {KEPT_COUNTS} WHERE lower(table_name) = lower('{name}') \
         AND feature_count IS NOT NULL"
    );
    let result = source.dataset.execute_sql(sql, None, Dialect::DEFAULT);
    let count = result.ok().flatten().and_then(|mut found| {
        found.features().next().and_then(|row| row.field_as_integer64(0).ok().flatten())
    });
    messages::take();
    u64::try_from(count?).ok()
}
