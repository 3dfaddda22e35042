//! The sample province: synthetic files such as agencies would send.
//!
//! Names, codes and rough positions are real (`facts`), all else is drawn from them, the same each
//! time. Must not know the database: the files go the way of any agency's file.

mod estates;
/// What is real: tables of names, codes and rough positions.
pub mod facts;
/// Plane geometry.
pub mod geometry;
mod ground;
/// The communes and their drawn boundaries.
pub mod land;
mod network;
mod parcels;
/// What the layers have in common.
pub mod province;
mod random;
/// Made-up rows.
pub mod sheet;
mod theme;
mod words;
mod write;

pub use province::Province;
pub use write::Format;

use crate::layer::{Catalog, LayerDefinition};
use sheet::Row;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use write::Writer;

/// Changes whenever the same settings would give other files.
pub const VERSION: u32 = 3;
/// Parcels of the land-use plan if nothing else is said.
pub const PARCELS_DEFAULT: usize = 60_000;
/// The layer that holds the parcels.
const PARCEL_LAYER: &str = "land_use_plan";
/// Rows that are written at once.
const BATCH: usize = 4_096;

/// What an agency delivers for a layer, with what it would have to say at the import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivery {
    /// The layer that it is for.
    pub layer: String,
    /// The files.
    pub files: Vec<PathBuf>,
    /// `--crs`, where the files themselves do not say it.
    pub crs: Option<String>,
    /// `--map`: column of the files, attribute.
    pub map: Vec<(String, String)>,
    /// `--set`: attribute, value.
    pub set: Vec<(String, String)>,
}

impl Delivery {
    /// The command that loads it, as a person in the files' folder types it.
    pub fn command(&self) -> String {
        let names =
            self.files.iter().map(|f| f.file_name().unwrap_or_default().to_string_lossy().into_owned());
        let mut words = vec!["diaban import".to_owned()];
        words.extend(names);
        words.push(format!("--layer {}", self.layer));
        words.extend(self.crs.iter().map(|crs| format!("--crs {crs}")));
        words.extend(self.map.iter().map(|(column, attribute)| format!("--map {column}={attribute}")));
        words.extend(self.set.iter().map(|(attribute, value)| format!("--set {attribute}={value}")));
        words.join(" ")
    }
}

/// Writes a note into the files' folder: that they are made up, and how each is loaded.
pub fn note(catalog: &Catalog, folder: &Path) -> Result<(), SampleError> {
    let mut text = String::from(
        "DỮ LIỆU MẪU TỔNG HỢP, không phải dữ liệu thật. Chỉ tên, mã và vị trí gần đúng là thật.\n\
         SYNTHETIC SAMPLE DATA, not real. Only names, codes and rough positions are.\n\n\
         Nạp từng lớp / to load a layer (--data ..: vào CSDL của bản demo / into the demo's database):\n\n",
    );
    for id in layers(catalog) {
        text.push_str(&format!("    {}\n", delivery(&id, folder).command()));
    }
    let path = folder.join("README.txt");
    fs::create_dir_all(folder).and_then(|()| fs::write(&path, text)).map_err(|e| SampleError::File(path, e))
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

/// Which part of the province a file is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    /// What was Long An until 2025.
    LongAn,
    /// What was Tây Ninh until 2025.
    TayNinh,
}

impl Part {
    fn holds(self, former_province: &str) -> bool {
        match self {
            Self::Whole => true,
            Self::LongAn => former_province == "80",
            Self::TayNinh => former_province == "72",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Whole => "",
            Self::LongAn => "_long_an",
            Self::TayNinh => "_tay_ninh",
        }
    }
}

/// Which files a layer comes in, in which format and system: as mixed as what agencies send. Old
/// Tây Ninh's files keep their own meridian.
fn forms(layer: &str) -> Vec<(Part, Format, u32)> {
    let one = |format, epsg| vec![(Part::Whole, format, epsg)];
    let two = |format| vec![(Part::LongAn, format, 9210), (Part::TayNinh, format, 9209)];
    match layer {
        "admin_commune" | "public_investment_project" | "science_facility" => one(Format::GeoPackage, 9210),
        "land_price_zone" => one(Format::GeoPackage, 4326),
        "irrigation_work" => two(Format::GeoPackage),
        "tourism_place" => one(Format::GeoPackage, 3405),
        "land_use_plan" | "commune_dataset" => one(Format::FlatGeobuf, 9210),
        "industrial_cluster" | "road_plan" | "telecom_station" => one(Format::Tab, 9210),
        "urban_utility" => one(Format::Mif, 9210),
        "investment_site" | "health_facility" | "public_wifi" => one(Format::GeoJson, 4326),
        "school" | "post_office" => one(Format::Kml, 4326),
        "transport_work" | "livestock_aquaculture_farm" | "job_training_centre" => one(Format::Csv, 4326),
        "trade_facility" | "traffic_accident" | "border_marker" => one(Format::Csv, 9210),
        "border_line" => one(Format::Shapefile, 9209),
        "crop_zone" | "heritage_site" => two(Format::Shapefile),
        _ => one(Format::Shapefile, 9210),
    }
}

/// Columns that the agency calls otherwise than any known name: heading, attribute.
fn own_headings(layer: &str) -> &'static [(&'static str, &'static str)] {
    match layer {
        "public_wifi" => &[("TEN_DIEM_PHAT", "name_vi"), ("TOC_DO", "bandwidth_mbps")],
        "traffic_accident" => &[("SO_VU", "accident_id")],
        "telecom_station" => &[("TRAM", "bts_code")],
        _ => &[],
    }
}

/// Attributes that agencies' files do not have: the program knows or keeps them itself.
const UNSAID: [&str; 3] = ["owner_agency", "source_crs", "access_class"];

/// Attributes that the files leave out, since they are the same for each row.
fn constants(layer: &str) -> &'static [(&'static str, &'static str)] {
    match layer {
        "admin_commune" => &[("valid_from", "2025-07-01"), ("province_code", "80")],
        _ => &[],
    }
}

/// The layers that the sample has files for, those that others refer to first.
pub fn layers(catalog: &Catalog) -> Vec<String> {
    let known =
        catalog.definitions().filter(|l| l.table.is_none() && (l.id == PARCEL_LAYER || theme::knows(&l.id)));
    let mut ids: Vec<String> = known.map(|l| l.id.clone()).collect();
    ids.sort_by_key(|id| (id != "admin_commune", id != "industrial_park", id == PARCEL_LAYER));
    ids
}

/// What a layer's delivery in `folder` consists of.
pub fn delivery(layer: &str, folder: &Path) -> Delivery {
    let owned =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let forms = forms(layer);
    // MapInfo files written by GDAL have lost the datum, sheets never had one.
    let unsaid = |format: &Format| matches!(format, Format::Tab | Format::Mif | Format::Csv);
    let crs = forms.iter().find(|(_, format, _)| unsaid(format)).map(|(_, _, epsg)| format!("EPSG:{epsg}"));
    let file = |(part, format, _): &(Part, Format, u32)| {
        folder.join(format!("{layer}{}.{}", part.ending(), format.ending()))
    };
    Delivery {
        layer: layer.to_owned(),
        files: forms.iter().map(file).collect(),
        crs,
        map: owned(own_headings(layer)),
        set: owned(constants(layer)),
    }
}

/// The made-up features of one layer, with so many parcels; none of a layer that the sample does
/// not know.
pub fn rows(province: &Province, layer: &LayerDefinition, parcels: usize) -> Vec<Row> {
    if layer.id != PARCEL_LAYER {
        return theme::rows(province, layer);
    }
    let mut rows = Vec::new();
    let gathered = parcels::parcels(province, layer, parcels, |row| {
        rows.push(row);
        Ok::<_, std::convert::Infallible>(())
    });
    match gathered {
        Ok(()) => rows,
        Err(never) => match never {},
    }
}

/// Writes the files of one layer into `folder`; `progress` is told rows as they are written.
pub fn deliver(
    province: &Province,
    layer: &LayerDefinition,
    parcels: usize,
    folder: &Path,
    mut progress: impl FnMut(u64),
) -> Result<Delivery, SampleError> {
    fs::create_dir_all(folder).map_err(|e| SampleError::File(folder.to_owned(), e))?;
    let delivery = delivery(&layer.id, folder);
    let made = if layer.id == PARCEL_LAYER { Vec::new() } else { theme::rows(province, layer) };
    let left_out: Vec<&str> = constants(&layer.id).iter().map(|(name, _)| *name).chain(UNSAID).collect();
    for ((part, format, epsg), file) in forms(&layer.id).into_iter().zip(&delivery.files) {
        let columns = write::columns(layer, format, own_headings(&layer.id), &left_out);
        let mut writer = Writer::create(file, format, layer, columns, epsg)?;
        if layer.id == PARCEL_LAYER {
            deliver_parcels(province, layer, parcels, &mut writer, &mut progress)?;
        } else {
            let rows: Vec<&Row> =
                made.iter().filter(|row| part.holds(former_province(province, layer, row))).collect();
            writer.write(rows.iter().copied())?;
            progress(rows.len() as u64);
        }
        writer.finish()?;
    }
    Ok(delivery)
}

fn deliver_parcels(
    province: &Province,
    layer: &LayerDefinition,
    parcels: usize,
    writer: &mut Writer<'_>,
    progress: &mut impl FnMut(u64),
) -> Result<(), SampleError> {
    let mut batch: Vec<Row> = Vec::with_capacity(BATCH);
    parcels::parcels(province, layer, parcels, |row| {
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
    Ok(())
}

fn former_province<'a>(province: &'a Province, layer: &LayerDefinition, row: &Row) -> &'a str {
    let place = layer.attributes.iter().position(|a| a.name == "commune_code");
    let code = place.and_then(|i| match &row.values[i] {
        crate::feature::Value::Text(code) => Some(code.as_str()),
        _ => None,
    });
    let commune = code.and_then(|code| province.land.commune_of(code)).unwrap_or_default();
    province.land.communes[commune].former_province
}
