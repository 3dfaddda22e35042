//! The sample province: synthetic files such as agencies would send.
//!
//! Names, codes and rough positions of the communes are real, all else is drawn by this module,
//! the same each time. Must not know the database: the files go the way of any agency's file.

/// The communes and their drawn boundaries.
pub mod land;
mod parcels;
mod placement;
mod random;
/// Plausible values.
pub mod values;
mod write;

pub use write::Format;

use crate::layer::{Catalog, LayerDefinition};
use land::Land;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use values::Row;
use write::Writer;

/// Changes whenever the same settings would give other files.
pub const VERSION: u32 = 1;
/// Parcels of the land-use plan if nothing else is said.
pub const PARCELS_DEFAULT: usize = 60_000;
/// The layer that holds the parcels.
const PARCEL_LAYER: &str = "land_use_plan";
/// Rows that are written at once.
const BATCH: usize = 4_096;

/// A file as an agency delivers it, with what it would have to say at the import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The layer that it is for.
    pub layer: String,
    /// The file.
    pub file: PathBuf,
    /// `--crs`, where the file itself does not say it.
    pub crs: Option<String>,
    /// `--map`.
    pub map: Vec<(String, String)>,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A file or folder.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// GDAL.
    #[error("the sample could not be written: {0}")]
    Gdal(String),
    /// A defect.
    #[error("the sample could not be made: {0}")]
    Internal(String),
}

/// Which format and system each layer comes in: as mixed as what agencies send.
fn form(layer: &str) -> (Format, u32) {
    match layer {
        "admin_commune" | "public_investment_project" | "irrigation_work" | "science_facility" => {
            (Format::GeoPackage, 9210)
        }
        "land_price_zone" => (Format::GeoPackage, 4326),
        "tourism_place" => (Format::GeoPackage, 9209),
        "land_use_plan" | "commune_dataset" => (Format::FlatGeobuf, 9210),
        "industrial_cluster" | "road_plan" | "telecom_station" => (Format::Tab, 9210),
        "urban_utility" => (Format::Mif, 9210),
        "investment_site" | "health_facility" | "public_wifi" => (Format::GeoJson, 4326),
        "school" | "post_office" => (Format::Kml, 4326),
        "transport_work" | "livestock_aquaculture_farm" | "job_training_centre" => (Format::Csv, 4326),
        "trade_facility" | "traffic_accident" | "border_marker" => (Format::Csv, 9210),
        "border_line" => (Format::Shapefile, 9209),
        _ => (Format::Shapefile, 9210),
    }
}

/// The layers that the sample has files for, those that others refer to first.
pub fn layers(catalog: &Catalog) -> Vec<String> {
    let mut ids: Vec<String> =
        catalog.definitions().filter(|l| l.table.is_none()).map(|l| l.id.clone()).collect();
    ids.sort_by_key(|id| (id != "admin_commune", id == PARCEL_LAYER));
    ids
}

/// The made-up features of one layer, with so many parcels.
pub fn rows(land: &Land, layer: &LayerDefinition, parcels: usize) -> Vec<Row> {
    if layer.id != PARCEL_LAYER {
        return placement::rows(land, layer);
    }
    let mut rows = Vec::new();
    let gathered = parcels::parcels(land, layer, parcels, |row| {
        rows.push(row);
        Ok::<_, std::convert::Infallible>(())
    });
    match gathered {
        Ok(()) => rows,
        Err(never) => match never {},
    }
}

/// Writes the file of one layer into `folder`; `progress` is told rows as they are written.
pub fn deliver(
    land: &Land,
    layer: &LayerDefinition,
    parcels: usize,
    folder: &Path,
    mut progress: impl FnMut(u64),
) -> Result<Delivery, SampleError> {
    fs::create_dir_all(folder).map_err(|e| SampleError::File(folder.to_owned(), e))?;
    let (format, epsg) = form(&layer.id);
    let file = folder.join(format!("{}.{}", layer.id, format.ending()));
    let mut writer = Writer::create(&file, format, layer, epsg)?;
    if layer.id == PARCEL_LAYER {
        let mut batch: Vec<Row> = Vec::with_capacity(BATCH);
        parcels::parcels(land, layer, parcels, |row| {
            batch.push(row);
            if batch.len() == BATCH {
                writer.write(&batch)?;
                progress(BATCH as u64);
                batch.clear();
            }
            Ok::<_, SampleError>(())
        })?;
        writer.write(&batch)?;
        progress(batch.len() as u64);
    } else {
        let rows = placement::rows(land, layer);
        writer.write(&rows)?;
        progress(rows.len() as u64);
    }
    writer.finish()?;
    // MapInfo files written by GDAL have lost the datum, sheets never had one.
    let unsaid = matches!(format, Format::Tab | Format::Mif | Format::Csv) && epsg != 4326;
    let crs = (unsaid || format == Format::Csv).then(|| format!("EPSG:{epsg}"));
    Ok(Delivery { layer: layer.id.clone(), file, crs, map: Vec::new() })
}
