//! Where coordinates would lie: in the province or not, and with which system they would.
//!
//! Must not know files or attributes.

use crate::{
    crs::{self, System, Transform},
    feature::Bbox,
};

/// The province with a margin of about 11 km, degrees of EPSG:4326. The 96 communes of Resolution
/// 1682/NQ-UBTVQH15 lie within 105.500-106.749 E, 10.394-11.783 N.
pub const PROVINCE: Bbox = Bbox::new(105.4, 10.29, 106.85, 11.89);

/// Systems that files in Vietnam come in, the likeliest here first.
const LIKELY: [u32; 23] = [
    9210, 9209, 5897, 3405, 4326, 32648, 3857, 4756, 9211, 9212, 9213, 9208, 9207, 9214, 9215, 9216, 5899,
    5898, 9206, 9205, 9217, 9218, 5896,
];

/// A system in which coordinates would lie in the province.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The system.
    pub system: &'static System,
    /// Whether the first number has to be taken as the northing (or latitude).
    pub swapped: bool,
    /// Where the middle of the coordinates would lie, degrees of EPSG:4326.
    pub longitude: f64,
    /// Likewise.
    pub latitude: f64,
}

impl std::fmt::Display for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { system, swapped, longitude, latitude } = self;
        write!(f, "--crs EPSG:{}  {}: at {longitude:.5} E, {latitude:.5} N", system.code, system.name)?;
        if *swapped {
            write!(f, ", if x and y are exchanged in the file first (x holds the northing)")?;
        }
        Ok(())
    }
}

/// Whether a position (degrees of EPSG:4326) lies in the province, margin included.
pub fn in_province(longitude: f64, latitude: f64) -> bool {
    (PROVINCE.min_x..=PROVINCE.max_x).contains(&longitude)
        && (PROVINCE.min_y..=PROVINCE.max_y).contains(&latitude)
}

/// The systems that put the middle of `extent` (in the file's own numbers) into the province.
pub fn candidates(extent: Bbox) -> Vec<Candidate> {
    let (x, y) = ((extent.min_x + extent.max_x) / 2.0, (extent.min_y + extent.max_y) / 2.0);
    if !(x.is_finite() && y.is_finite()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for swapped in [false, true] {
        let (x, y) = if swapped { (y, x) } else { (x, y) };
        for system in LIKELY.iter().filter_map(|code| crs::system(*code).ok()) {
            let position = Transform::to_wgs84(system).and_then(|t| t.position(x, y));
            if let Ok((longitude, latitude)) = position
                && in_province(longitude, latitude)
            {
                found.push(Candidate { system, swapped, longitude, latitude });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(x: f64, y: f64) -> Bbox {
        Bbox::new(x - 10.0, y - 10.0, x + 10.0, y + 10.0)
    }

    #[test]
    fn metres_of_the_province_fit_the_two_meridians_first() {
        let found = candidates(around(554_000.0, 1_165_000.0));
        let codes: Vec<_> = found.iter().map(|c| c.system.code).collect();
        assert_eq!(codes.first(), Some(&9210));
        assert!(codes.contains(&9209));
        assert!(!codes.contains(&4326));
        assert!(found.iter().all(|c| !c.swapped));
    }

    #[test]
    fn exchanged_axes_are_seen() {
        let found = candidates(around(1_165_000.0, 554_000.0));
        assert!(found.iter().any(|c| c.system.code == 9210 && c.swapped));
        assert!(found.iter().all(|c| c.swapped));
        let found = candidates(Bbox::new(10.5, 106.2, 10.6, 106.3));
        assert!(found.iter().any(|c| c.system.code == 4326 && c.swapped));
    }

    #[test]
    fn nonsense_fits_nothing() {
        assert!(candidates(around(0.0, 0.0)).is_empty());
        assert!(candidates(around(f64::NAN, 1.0)).is_empty());
    }
}
