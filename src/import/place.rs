//! Whether a position lies in the province.
//!
//! Must not know files or attributes.

use super::words::{Words, words};
use crate::{crs::System, feature::Bbox};

/// The province with a margin of about 11 km, degrees of EPSG:4326. The 96 communes of Resolution
/// 1682/NQ-UBTVQH15 lie within 105.500-106.749 E, 10.394-11.783 N.
pub const PROVINCE: Bbox = Bbox::new(105.4, 10.29, 106.85, 11.89);

/// Whether a position (degrees of EPSG:4326) lies in the province, margin included.
pub fn in_province(longitude: f64, latitude: f64) -> bool {
    (PROVINCE.min_x..=PROVINCE.max_x).contains(&longitude)
        && (PROVINCE.min_y..=PROVINCE.max_y).contains(&latitude)
}

/// What is said of a position outside of the province: degrees, or infinite where `system` has no such position.
pub fn elsewhere((lon, lat): (f64, f64), system: &System) -> Words {
    if lon.is_finite() && lat.is_finite() {
        return words(
            format!("nằm ngoài tỉnh, tại kinh độ {lon:.5}, vĩ độ {lat:.5}"),
            format!("lies outside the province, at {lon:.5} E, {lat:.5} N"),
        );
    }
    words(
        format!("có tọa độ không có trong hệ {system}"),
        format!("has coordinates that {system} does not have"),
    )
}
