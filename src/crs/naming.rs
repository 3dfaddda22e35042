//! Systems as clients of the OGC APIs name them: by URI, each with the order in which its
//! register writes the two coordinates.

use super::{System, SystemError, system};

/// A system and the order of its coordinates. Inside the program east always comes first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedSystem {
    /// The system.
    pub system: &'static System,
    /// Whether the northward coordinate (latitude, northing) comes first. In the EPSG register
    /// that is so for degrees (coordinate system 6422). All planes, those of VN-2000 too, write
    /// the easting first (4400, 4499), although Vietnamese tables call the northing X.
    pub north_first: bool,
}

impl NamedSystem {
    /// Degrees of WGS 84, longitude first: what GeoJSON has, and what a question has that names
    /// no system (OGC 18-058r1, 6.2.2).
    pub fn crs84() -> Self {
        Self { system: &super::SYSTEMS[super::WGS84_AT], north_first: false }
    }

    /// The system of the register of EPSG, coordinates in the order of the register.
    pub fn of(system: &'static System) -> Self {
        Self { system, north_first: system.is_geographic() }
    }

    /// Reads a URI (`http://www.opengis.net/def/crs/EPSG/0/9210`), a URN, a safe CURIE
    /// (`[EPSG:9210]`) or a bare `EPSG:9210`.
    pub fn parse(text: &str) -> Result<Self, SystemError> {
        let bare = text.trim();
        let bare = bare.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(bare);
        let system = super::parse(bare)?;
        let is_crs84 = bare.to_ascii_uppercase().ends_with("CRS84");
        Ok(if is_crs84 { Self::crs84() } else { Self::of(system) })
    }

    /// All of them, CRS84 first.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::crs84()).chain(super::SYSTEMS.iter().map(Self::of))
    }

    /// Its URI (OGC 18-058r1, 6.2.1).
    pub fn uri(&self) -> String {
        match self.is_crs84() {
            true => "http://www.opengis.net/def/crs/OGC/1.3/CRS84".to_owned(),
            false => format!("http://www.opengis.net/def/crs/EPSG/0/{}", self.system.code),
        }
    }

    /// Whether it is degrees of WGS 84, longitude first.
    pub fn is_crs84(&self) -> bool {
        self.system.code == 4326 && !self.north_first
    }

    /// Brings two coordinates as the register writes them into our order, or back.
    pub const fn swapped(&self, first: f64, second: f64) -> (f64, f64) {
        if self.north_first { (second, first) } else { (first, second) }
    }
}

impl TryFrom<u32> for NamedSystem {
    type Error = SystemError;

    /// By EPSG code.
    fn try_from(code: u32) -> Result<Self, SystemError> {
        system(code).map(Self::of)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use gdal::spatial_ref::SpatialRef;

    /// As GDAL counts the directions of axes (`OGRAxisOrientation`).
    const NORTH: u32 = 1;
    const EAST: u32 = 3;

    #[test]
    fn the_order_of_coordinates_is_that_of_the_register() {
        for named in NamedSystem::all().filter(|n| !n.is_crs84()) {
            let register = SpatialRef::from_epsg(named.system.code).unwrap();
            let node = if named.system.is_geographic() { "GEOGCS" } else { "PROJCS" };
            let first = register.axis_orientation(node, 0).unwrap();
            assert_eq!(named.north_first, first == NORTH, "{}", named.system);
            assert_eq!(!named.north_first, first == EAST, "{}", named.system);
        }
    }

    #[test]
    fn a_name_and_its_uri_say_the_same() {
        for named in NamedSystem::all() {
            assert_eq!(NamedSystem::parse(&named.uri()).unwrap(), named);
        }
        assert!(NamedSystem::parse("EPSG:4326").unwrap().north_first);
        assert!(NamedSystem::parse("[EPSG:4326]").unwrap().north_first);
        assert!(NamedSystem::parse("urn:ogc:def:crs:OGC:1.3:CRS84").unwrap().is_crs84());
        assert!(NamedSystem::parse("EPSG:2154").is_err());
    }
}
