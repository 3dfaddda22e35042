//! VN-2000 and the one pipeline to WGS 84.
//!
//! Every change between VN-2000 and WGS 84, in this program and in its database, goes through the
//! parameters of Decision 05/2007/QĐ-BTNMT (27 February 2007), which are EPSG:6960. PROJ's own
//! choice is never used: it picks an operation per point and jumps by 0.8 m at 11.04° N.
//!
//! Must not know layers, files or the database.

/// Systems as clients name them, with the order of their coordinates.
pub mod naming;
/// Pairs of coordinates that are known from outside, and the proof that we agree with them.
pub mod oracle;
/// The measuring plane, for millions of positions.
pub mod plane;
/// Planes of VN-2000 for positions that lie together.
pub mod plane_cells;
/// Coordinates through the pipeline, by GDAL and PROJ.
pub mod transform;
/// GDAL and PROJ as they are.
mod transform_libraries;

pub use naming::NamedSystem;
pub use oracle::{Disagreement, self_test};
pub use plane::Plane;
pub use plane_cells::PlaneCells;
pub use transform::{Transform, TransformError};
pub use transform_libraries::{Libraries, libraries};

/// The coordinate operation between VN-2000 and WGS 84, for metadata.
pub const OPERATION: &str = "EPSG:6960";

/// The system in which areas and lengths are measured: TM-3 at 105°45', the province's meridian
/// (Circular 24/2025/TT-BNNMT).
pub const MEASURING_SYSTEM: u32 = 9210;

/// The measuring system's SRID in `spatial_ref_sys`, one that no register gives out: the row is
/// this program's own whatever PostGIS brings, and PostGIS keeps what it has set up for an SRID, as
/// it does not for a text.
pub const MEASURING_SRID: i32 = 909_210;

/// Decision 05/2007: shifts in metres, rotations in seconds of arc (coordinate frame, EPSG method
/// 9607), scale in parts per million.
const HELMERT: &str = "+proj=helmert +x=-191.90441429 +y=-39.30318279 +z=-111.45032835 \
+rx=-0.00928836 +ry=0.01975479 +rz=-0.00427372 +s=0.252906278 +convention=coordinate_frame";

/// The same parameters as `+towgs84` wants them: position vector, so the rotations change sign.
const TOWGS84: &str =
    "+towgs84=-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278";

/// What a system's coordinates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemKind {
    /// Degrees of VN-2000, longitude first.
    Vn2000Geographic,
    /// Metres in a transverse Mercator plane of VN-2000, easting first.
    Vn2000Plane,
    /// Degrees of WGS 84, longitude first.
    Wgs84Geographic,
    /// Metres in a transverse Mercator plane of WGS 84, easting first.
    Wgs84Plane,
    /// Metres of the web's Mercator plane.
    WebMercator,
}

/// One coordinate reference system that this program knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct System {
    /// EPSG code, which is also its SRID.
    pub code: u32,
    /// Name in the EPSG register.
    pub name: &'static str,
    /// What its coordinates are.
    pub kind: SystemKind,
    /// Longitude of the central meridian, degrees; 0 where there is none.
    pub central_meridian_deg: f64,
    /// Scale on the central meridian.
    pub scale: f64,
    /// Easting of the central meridian, metres. Northings start at the equator.
    pub false_easting_m: f64,
}

const fn vn_plane(code: u32, name: &'static str, central_meridian_deg: f64, scale: f64) -> System {
    let kind = SystemKind::Vn2000Plane;
    System { code, name, kind, central_meridian_deg, scale, false_easting_m: 500_000.0 }
}

const fn degrees(code: u32, name: &'static str, kind: SystemKind) -> System {
    System { code, name, kind, central_meridian_deg: 0.0, scale: 1.0, false_easting_m: 0.0 }
}

const fn utm(code: u32, name: &'static str, central_meridian_deg: f64) -> System {
    let kind = SystemKind::Wgs84Plane;
    System { code, name, kind, central_meridian_deg, scale: 0.9996, false_easting_m: 500_000.0 }
}

/// All systems, those of VN-2000 first. Parameters from the EPSG register.
pub const SYSTEMS: [System; 25] = [
    vn_plane(9210, "VN-2000 / TM-3 105-45", 105.75, 0.9999),
    vn_plane(9209, "VN-2000 / TM-3 105-30", 105.5, 0.9999),
    vn_plane(5897, "VN-2000 / TM-3 zone 482", 105.0, 0.9999),
    vn_plane(3405, "VN-2000 / UTM zone 48N", 105.0, 0.9996),
    vn_plane(9205, "VN-2000 / TM-3 103-00", 103.0, 0.9999),
    vn_plane(9206, "VN-2000 / TM-3 104-00", 104.0, 0.9999),
    vn_plane(9207, "VN-2000 / TM-3 104-30", 104.5, 0.9999),
    vn_plane(9208, "VN-2000 / TM-3 104-45", 104.75, 0.9999),
    vn_plane(9211, "VN-2000 / TM-3 106-00", 106.0, 0.9999),
    vn_plane(9212, "VN-2000 / TM-3 106-15", 106.25, 0.9999),
    vn_plane(9213, "VN-2000 / TM-3 106-30", 106.5, 0.9999),
    vn_plane(9214, "VN-2000 / TM-3 107-00", 107.0, 0.9999),
    vn_plane(9215, "VN-2000 / TM-3 107-15", 107.25, 0.9999),
    vn_plane(9216, "VN-2000 / TM-3 107-30", 107.5, 0.9999),
    vn_plane(9217, "VN-2000 / TM-3 108-15", 108.25, 0.9999),
    vn_plane(9218, "VN-2000 / TM-3 108-30", 108.5, 0.9999),
    vn_plane(5896, "VN-2000 / TM-3 zone 481", 102.0, 0.9999),
    vn_plane(5898, "VN-2000 / TM-3 zone 491", 108.0, 0.9999),
    vn_plane(5899, "VN-2000 / TM-3 107-45", 107.75, 0.9999),
    vn_plane(3406, "VN-2000 / UTM zone 49N", 111.0, 0.9996),
    degrees(4756, "VN-2000", SystemKind::Vn2000Geographic),
    degrees(4326, "WGS 84", SystemKind::Wgs84Geographic),
    degrees(3857, "WGS 84 / Pseudo-Mercator", SystemKind::WebMercator),
    utm(32648, "WGS 84 / UTM zone 48N", 105.0),
    utm(32649, "WGS 84 / UTM zone 49N", 111.0),
];

/// Where EPSG:4326 stands in [`SYSTEMS`].
const WGS84_AT: usize = 21;

/// Why a system is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SystemError {
    /// Registered with false easting and northing swapped, and deprecated for it.
    #[error(
        "EPSG:{code} is not used: it was registered by mistake with false easting and northing swapped; \
         use EPSG:{instead} ({name}) for the same meridian"
    )]
    SwappedOrigin {
        /// The code that was asked for.
        code: u32,
        /// The code that replaced it.
        instead: u32,
        /// Name of the replacement.
        name: &'static str,
    },
    /// Not one of [`SYSTEMS`].
    #[error(
        "EPSG:{0} is not supported; VN-2000 (EPSG:9205-9218, 5896-5899, 3405, 3406, 4756) and \
         EPSG:4326, 3857, 32648, 32649 are"
    )]
    Unsupported(u32),
    /// Not the name of a system.
    #[error("`{0}` names no coordinate reference system; write it as EPSG:9210")]
    Unreadable(String),
}

/// The system with this EPSG code.
pub fn system(code: u32) -> Result<&'static System, SystemError> {
    let instead = match code {
        6956 => Some(5896),
        6957 => Some(5897),
        6958 => Some(5898),
        6959 => Some(5899),
        _ => None,
    };
    let found = |code| SYSTEMS.iter().find(|s| s.code == code);
    match instead {
        Some(instead) => {
            let name = found(instead).map_or("", |s| s.name);
            Err(SystemError::SwappedOrigin { code, instead, name })
        }
        None => found(code).ok_or(SystemError::Unsupported(code)),
    }
}

/// The system that a text names: `EPSG:9210`, `9210`, `OGC:CRS84`, or one of the URIs of OGC
/// (`http://www.opengis.net/def/crs/EPSG/0/9210`). CRS84 is EPSG:4326 here, since every
/// geographic system is taken longitude first.
pub fn parse(text: &str) -> Result<&'static System, SystemError> {
    let trimmed = text.trim();
    let upper = trimmed.to_ascii_uppercase();
    let last = upper.rsplit([':', '/']).next().unwrap_or_default();
    if last == "CRS84" {
        return system(4326);
    }
    let authority = upper.strip_suffix(last).unwrap_or_default();
    let plain = authority.is_empty() || authority.contains("EPSG");
    match last.parse::<u32>() {
        Ok(code) if plain => system(code),
        _ => Err(SystemError::Unreadable(trimmed.to_owned())),
    }
}

impl System {
    /// Whether its coordinates are degrees.
    pub const fn is_geographic(&self) -> bool {
        matches!(self.kind, SystemKind::Vn2000Geographic | SystemKind::Wgs84Geographic)
    }

    /// Whether its datum is VN-2000.
    pub const fn is_vn2000(&self) -> bool {
        matches!(self.kind, SystemKind::Vn2000Geographic | SystemKind::Vn2000Plane)
    }

    /// The operation that takes it to WGS 84; `None` where none is needed.
    pub const fn operation(&self) -> Option<&'static str> {
        if self.is_vn2000() { Some(OPERATION) } else { None }
    }

    /// The text that makes `ST_Transform(geom, text, 4326)` of PostGIS use [`OPERATION`], and
    /// `spatial_ref_sys.proj4text` too, as long as `srtext` is empty and the authority is not
    /// EPSG (PostGIS prefers both to the text, and PROJ then chooses for itself).
    pub fn proj4_text(&self) -> String {
        let plane = |shift: &str| {
            format!(
                "+proj=tmerc +lat_0=0 +lon_0={} +k={} +x_0={} +y_0=0 +ellps=WGS84 {shift} +units=m +no_defs",
                self.central_meridian_deg, self.scale, self.false_easting_m
            )
        };
        match self.kind {
            SystemKind::Vn2000Geographic => format!("+proj=longlat +ellps=WGS84 {TOWGS84} +no_defs"),
            SystemKind::Vn2000Plane => plane(TOWGS84),
            SystemKind::Wgs84Geographic => "+proj=longlat +datum=WGS84 +no_defs".to_owned(),
            SystemKind::Wgs84Plane => plane("+towgs84=0,0,0,0,0,0,0"),
            SystemKind::WebMercator => "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 \
                +k=1 +units=m +nadgrids=@null +wktext +no_defs"
                .to_owned(),
        }
    }

    /// The PROJ pipeline from this system (easting, northing or longitude, latitude) to EPSG:4326
    /// (longitude, latitude, degrees). Heights, if any, pass unchanged: maps carry heights above
    /// the sea, which the shift of the ellipsoid does not touch.
    pub fn to_wgs84_pipeline(&self) -> String {
        let datum = "+step +proj=push +v_3 +step +proj=cart +ellps=WGS84 ".to_owned()
            + &format!("+step {HELMERT} +step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 ");
        self.pipeline_with(&datum)
    }

    /// As [`System::to_wgs84_pipeline`], with heights above the ellipsoid, which change too.
    pub fn to_wgs84_pipeline_3d(&self) -> String {
        let datum =
            format!("+step +proj=cart +ellps=WGS84 +step {HELMERT} +step +inv +proj=cart +ellps=WGS84 ");
        self.pipeline_with(&datum)
    }

    /// The PROJ pipeline from EPSG:4326 (longitude, latitude, degrees) to this system.
    pub fn from_wgs84_pipeline(&self) -> String {
        let back = "+step +proj=push +v_3 +step +proj=cart +ellps=WGS84 ".to_owned()
            + &format!("+step +inv {HELMERT} +step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3");
        let start = "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad";
        let end = "+step +proj=unitconvert +xy_in=rad +xy_out=deg";
        match self.kind {
            SystemKind::Vn2000Geographic => format!("{start} {back} {end}"),
            SystemKind::Vn2000Plane => format!("{start} {back} +step {}", self.projection()),
            SystemKind::Wgs84Geographic => "+proj=noop".to_owned(),
            SystemKind::Wgs84Plane | SystemKind::WebMercator => {
                format!("{start} +step {}", self.projection())
            }
        }
    }

    fn pipeline_with(&self, datum: &str) -> String {
        let end = "+step +proj=unitconvert +xy_in=rad +xy_out=deg";
        match self.kind {
            SystemKind::Vn2000Geographic => {
                format!("+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad {datum}{end}")
            }
            SystemKind::Vn2000Plane => {
                format!("+proj=pipeline +step +inv {} {datum}{end}", self.projection())
            }
            SystemKind::Wgs84Geographic => "+proj=noop".to_owned(),
            SystemKind::Wgs84Plane | SystemKind::WebMercator => {
                format!("+proj=pipeline +step +inv {} {end}", self.projection())
            }
        }
    }

    fn projection(&self) -> String {
        match self.kind {
            SystemKind::WebMercator => {
                "+proj=webmerc +lat_0=0 +lon_0=0 +x_0=0 +y_0=0 +ellps=WGS84".to_owned()
            }
            _ => format!(
                "+proj=tmerc +lat_0=0 +lon_0={} +k={} +x_0={} +y_0=0 +ellps=WGS84",
                self.central_meridian_deg, self.scale, self.false_easting_m
            ),
        }
    }
}

impl std::fmt::Display for System {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EPSG:{} ({})", self.code, self.name)
    }
}

/// [`System::proj4_text`] of the VN-2000 system with this SRID; `None` where PostGIS needs no
/// help, because the system is on WGS 84 or is not known here.
pub fn proj4_text(srid: i32) -> Option<String> {
    let found = u32::try_from(srid).ok().and_then(|code| system(code).ok())?;
    found.is_vn2000().then(|| found.proj4_text())
}

/// The VN-2000 systems as rows for `spatial_ref_sys`: SRID and [`System::proj4_text`]; the
/// measuring system once more as [`MEASURING_SRID`].
pub fn vn2000_rows() -> impl Iterator<Item = (i32, String)> {
    SYSTEMS
        .iter()
        .filter(|s| s.is_vn2000())
        .filter_map(|s| Some((i32::try_from(s.code).ok()?, s.proj4_text())))
        .chain(system(MEASURING_SYSTEM).ok().map(|s| (MEASURING_SRID, s.proj4_text())))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_named_in_any_common_way() {
        for text in ["EPSG:9210", "epsg:9210", " 9210 ", "http://www.opengis.net/def/crs/EPSG/0/9210"] {
            assert_eq!(parse(text).unwrap().code, 9210, "{text}");
        }
        assert_eq!(parse("OGC:CRS84").unwrap().code, 4326);
        assert_eq!(parse("urn:ogc:def:crs:OGC:1.3:CRS84").unwrap().code, 4326);
        assert!(matches!(parse("ESRI:102100"), Err(SystemError::Unreadable(_))));
        assert!(matches!(parse("VN2000"), Err(SystemError::Unreadable(_))));
        assert!(matches!(parse("EPSG:2154"), Err(SystemError::Unsupported(2154))));
    }

    #[test]
    fn swapped_origins_are_refused_with_what_to_use() {
        let text = parse("EPSG:6957").unwrap_err().to_string();
        assert!(text.contains("EPSG:5897"), "{text}");
    }
}
