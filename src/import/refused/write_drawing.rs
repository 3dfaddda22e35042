//! Rows of a drawing that are refused, as a GeoPackage that goes in again: the areas that were made of its lines,
//! and what was drawn of each in columns of its own, so that a text can be written in.
//!
//! Must not know layers or the database.

use super::write::REASON;
use crate::import::{
    read::drawing::{self, Drawing},
    values::Cell,
};
use gdal::{
    DriverManager,
    errors::GdalError,
    spatial_ref::SpatialRef,
    vector::{Feature, FieldDefn, Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType},
};
use std::path::Path;

/// Writes the rows that have a `reason`, in the system that was asked for, if any; `text` makes Unicode of what was written in an old font.
pub fn copy(
    drawing: &Drawing,
    path: &Path,
    srs: Option<&SpatialRef>,
    text: &dyn Fn(String) -> String,
    reason: &dyn Fn(u64) -> Option<String>,
) -> Result<(), GdalError> {
    let mut dataset = DriverManager::get_driver_by_name("GPKG")?.create_vector_only(path)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    {
        let out = dataset.create_layer(LayerOptions {
            name: &stem,
            srs,
            ty: OGRwkbGeometryType::wkbUnknown,
            options: None,
        })?;
        for name in drawing::columns().iter().map(String::as_str).chain([REASON]) {
            FieldDefn::new(name, OGRFieldType::OFTString)?.add_to_layer(&out)?;
        }
    }
    let transaction = dataset.start_transaction()?;
    {
        let out = transaction.layer(0)?;
        for row in &drawing.rows {
            let Some(why) = reason(row.number) else { continue };
            let mut copy = Feature::new(out.defn())?;
            let texts = row.cells.iter().map(|cell| match cell {
                Cell::Text(said) => Some(text(said.clone())),
                _ => None,
            });
            for (at, said) in texts.chain([Some(why)]).enumerate() {
                if let Some(said) = said {
                    copy.set_field_string(at, &said)?;
                }
            }
            if let Some(wkb) = &row.wkb {
                copy.set_geometry(Geometry::from_wkb(wkb)?)?;
            }
            copy.create(&out)?;
        }
    }
    transaction.commit()?;
    dataset.close()?;
    Ok(())
}

/// Whether columns are those of a drawing's rows that were refused.
pub fn is_copy(columns: &[String]) -> bool {
    let has = |name: &str| columns.iter().any(|column| column == name);
    has(REASON) && drawing::columns().iter().all(|name| has(name))
}
