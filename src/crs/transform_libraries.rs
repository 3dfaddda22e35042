//! GDAL and PROJ as they are on this machine.
//!
//! Must not know what they are used for.

use gdal::{DriverManager, spatial_ref::SpatialRef, version::VersionInfo};

/// Drivers for the files that agencies send, as GDAL calls them.
const DRIVERS: [&str; 7] = ["ESRI Shapefile", "GPKG", "MapInfo File", "KML", "GML", "DXF", "DGN"];

/// What is there.
#[derive(Debug, Clone)]
pub struct Libraries {
    /// Version of GDAL.
    pub gdal: String,
    /// Version of PROJ, where GDAL tells it.
    pub proj: Option<String>,
    /// Why PROJ's database of systems cannot be used; `None` where it can.
    pub proj_data: Option<String>,
    /// Drivers that GDAL lacks.
    pub missing_drivers: Vec<&'static str>,
}

/// Looks at them.
pub fn libraries() -> Libraries {
    let build = VersionInfo::build_info();
    let proj = ["PROJ_RUNTIME_VERSION", "PROJ_BUILD_VERSION"].iter().find_map(|key| build.get(*key).cloned());
    // A system by its number alone is looked up in proj.db; the pipelines of this program need none.
    let proj_data = SpatialRef::from_epsg(super::MEASURING_SYSTEM).err().map(|error| error.to_string());
    let lacks = |name: &&&str| DriverManager::get_driver_by_name(name).is_err();
    Libraries {
        gdal: VersionInfo::release_name(),
        proj,
        proj_data,
        missing_drivers: DRIVERS.iter().filter(lacks).copied().collect(),
    }
}
