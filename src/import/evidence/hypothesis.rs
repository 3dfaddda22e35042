//! The ways in which a file's numbers can have come about.
//!
//! Must not know what they are held against.

use crate::{
    crs::{SYSTEMS, System, SystemKind, Transform, TransformError},
    import::words::{Words, words},
};
use geo::{Distance, Haversine};
use std::fmt;

/// Systems that files in Vietnam come in, the likeliest here first.
const LIKELY: [u32; 24] = [
    9210, 9209, 5897, 3405, 4326, 32648, 3857, 4756, 9211, 9212, 9213, 9208, 9207, 9214, 9215, 9216, 5899,
    5898, 9206, 9205, 9217, 9218, 5896, 3406,
];

/// What EPSG:6956 to 6959 add to eastings and northings that should have been the other way.
const SWAPPED_ORIGIN_M: f64 = 500_000.0;

/// One way in which the numbers of a file can have come about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hypothesis {
    /// The system; with code 0 it is in no register.
    pub system: System,
    /// The first number is the northing or the latitude.
    pub swapped: bool,
    /// Code of the deprecated system that swaps false easting and northing, as EPSG:6957 does.
    pub swapped_origin: Option<u32>,
}

impl Hypothesis {
    /// That the numbers are what `system` says.
    pub const fn of(system: &System, swapped: bool) -> Self {
        Self { system: *system, swapped, swapped_origin: None }
    }

    /// All of them, the likeliest first: those that a flag can say, then those that come about by
    /// mistakes of programs.
    pub fn all() -> Vec<Self> {
        let place = |s: &System| LIKELY.iter().position(|code| *code == s.code).unwrap_or(LIKELY.len());
        let mut systems = SYSTEMS.to_vec();
        systems.sort_by_key(place);
        let mut all: Vec<Self> = systems.iter().map(|s| Self::of(s, false)).collect();
        all.extend(systems.iter().map(|s| Self::of(s, true)));
        let planes = || systems.iter().filter(|s| s.kind == SystemKind::Vn2000Plane);
        for swapped in [false, true] {
            for plane in planes() {
                // The datum was lost on the way: WGS 84 projected as VN-2000 is.
                let lost = System { code: 0, kind: SystemKind::Wgs84Plane, ..*plane };
                // The scale of zones of 6° on a meridian of 3°, or the other way.
                let scale = if plane.scale < 0.9998 { 0.9999 } else { 0.9996 };
                let scaled = System { code: 0, scale, ..*plane };
                let known = |s: &System| systems.iter().any(|k| k.kind == s.kind && same_plane(k, s));
                let odd = [lost, scaled].into_iter().filter(|s| !known(s));
                all.extend(odd.map(|system| Self { system, swapped, swapped_origin: None }));
            }
            let origins = [(6956, 5896), (6957, 5897), (6958, 5898), (6959, 5899)];
            for (code, meant) in origins {
                let meant = systems.iter().find(|s| s.code == meant);
                all.extend(meant.map(|s| Self { system: *s, swapped, swapped_origin: Some(code) }));
            }
        }
        all
    }

    /// The flags that make an import read the file so; `None` where no flag does.
    pub fn flag(&self) -> Option<String> {
        let swap = if self.swapped { " --swap-xy" } else { "" };
        let plain = self.system.code != 0 && self.swapped_origin.is_none();
        plain.then(|| format!("--crs EPSG:{}{swap}", self.system.code))
    }

    /// How far apart the two put what `other` puts to `at`, degrees; metres, and `None` where this one has no place for
    /// it on earth.
    pub(super) fn metres_from(&self, other: &Self, at: [f64; 2]) -> Option<f64> {
        let numbers = other.from_wgs84(&[at]).ok()?;
        let [lon, lat] = *self.to_wgs84(&numbers).ok()?.first()?;
        let place = |[lon, lat]: [f64; 2]| geo::Point::new(lon, lat);
        let on_earth = lon.abs() <= 180.0 && lat.abs() <= 90.0;
        on_earth.then(|| Haversine.distance(place(at), place([lon, lat])))
    }

    /// Whether the numbers are taken to stand on VN-2000, and not on WGS 84.
    pub(super) const fn is_on_vn2000(&self) -> bool {
        matches!(self.system.kind, SystemKind::Vn2000Geographic | SystemKind::Vn2000Plane)
    }

    /// That a program took coordinates of WGS 84 into a plane of VN-2000 as they were.
    pub(super) fn has_lost_datum(&self) -> bool {
        self.system.code == 0 && self.system.kind == SystemKind::Wgs84Plane
    }

    /// Whether the middle of the numbers can lie near the province at all; a rough reckoning that
    /// spares setting up PROJ.
    pub(super) fn may_lie_near(&self, middle: [f64; 2]) -> bool {
        const DEGREE_M: f64 = 110_600.0;
        let [x, y] = self.unswapped(middle);
        let System { central_meridian_deg, false_easting_m, .. } = self.system;
        let (lon, lat) = match self.system.kind {
            SystemKind::Vn2000Geographic | SystemKind::Wgs84Geographic => (x, y),
            SystemKind::WebMercator => (x / 111_319.5, y / 111_319.5 / 1.01),
            SystemKind::Vn2000Plane | SystemKind::Wgs84Plane => {
                (central_meridian_deg + (x - false_easting_m) / (DEGREE_M * 0.985), y / DEGREE_M)
            }
        };
        (104.9..107.4).contains(&lon) && (9.8..12.4).contains(&lat)
    }

    fn unswapped(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [x, y] = if self.swapped { [y, x] } else { [x, y] };
        match self.swapped_origin {
            Some(_) => [x + SWAPPED_ORIGIN_M, y - SWAPPED_ORIGIN_M],
            None => [x, y],
        }
    }

    /// Longitudes and latitudes of EPSG:4326 of the file's numbers; infinite where there are none.
    ///
    /// # Errors
    /// Where PROJ cannot be set up.
    pub fn to_wgs84(&self, numbers: &[[f64; 2]]) -> Result<Vec<[f64; 2]>, TransformError> {
        let (mut x, mut y): (Vec<f64>, Vec<f64>) =
            numbers.iter().map(|p| self.unswapped(*p)).map(|[x, y]| (x, y)).unzip();
        match Transform::to_wgs84(&self.system)?.apply(&mut x, &mut y) {
            Ok(()) | Err(TransformError::Outside) => {}
            Err(error) => return Err(error),
        }
        Ok(x.into_iter().zip(y).map(|(x, y)| [x, y]).collect())
    }

    /// The file's numbers of longitudes and latitudes of EPSG:4326.
    ///
    /// # Errors
    /// Where PROJ cannot be set up, or a position has no place in the system.
    pub fn from_wgs84(&self, positions: &[[f64; 2]]) -> Result<Vec<[f64; 2]>, TransformError> {
        let (mut x, mut y): (Vec<f64>, Vec<f64>) = positions.iter().map(|[x, y]| (*x, *y)).unzip();
        Transform::from_wgs84(&self.system)?.apply(&mut x, &mut y)?;
        let origin = if self.swapped_origin.is_some() { SWAPPED_ORIGIN_M } else { 0.0 };
        let number = |(x, y): (f64, f64)| [x - origin, y + origin];
        let numbers = x.into_iter().zip(y).map(number);
        Ok(numbers.map(|[x, y]| if self.swapped { [y, x] } else { [x, y] }).collect())
    }
}

fn same_plane(a: &System, b: &System) -> bool {
    (a.central_meridian_deg - b.central_meridian_deg).abs() < 1e-9 && (a.scale - b.scale).abs() < 1e-9
}

/// What 225 m mean, which stand between WGS 84 and VN-2000.
pub fn datum_shift() -> Words {
    words(
        "dữ liệu nằm lệch 225 m, điều xảy ra khi phép chuyển giữa WGS 84 và VN-2000 bị bỏ sót hoặc làm hai lần",
        "the data lie 225 m off, which is what happens when the shift between WGS 84 and VN-2000 was left out or done \
         twice",
    )
}

impl Hypothesis {
    /// The central meridian as maps have it, `, central meridian 105°45'`, behind a system that has one.
    pub(super) fn meridian(&self) -> Words {
        if !matches!(self.system.kind, SystemKind::Vn2000Plane | SystemKind::Wgs84Plane) {
            return Words::same("");
        }
        let minutes = (self.system.central_meridian_deg * 60.0).round() as i64;
        let at = format!("{}°{:02}'", minutes / 60, minutes % 60);
        words(format!(", kinh tuyến trục {at}"), format!(", central meridian {at}"))
    }

    /// In both languages.
    pub fn words(&self) -> Words {
        let System { name, code, kind, central_meridian_deg, scale, .. } = &self.system;
        let mut vi = match (self.swapped_origin, code, kind) {
            (Some(code), ..) => {
                format!("số của EPSG:{code}, hệ bị đổi chỗ false easting và false northing")
            }
            (None, 0, SystemKind::Wgs84Plane) => {
                let shifted = datum_shift().vi;
                format!("WGS 84 trong mặt phẳng {name} ({shifted})")
            }
            (None, 0, _) => {
                format!(
                    "VN-2000 kinh tuyến trục {central_meridian_deg}° với tỷ lệ {scale}, không phải hệ đã đăng ký"
                )
            }
            _ => format!("{}{}", self.system, self.meridian().vi),
        };
        if self.swapped {
            vi += " với x và y đổi chỗ";
        }
        words(vi, self.to_string())
    }
}

/// In English.
impl fmt::Display for Hypothesis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let System { name, code, kind, central_meridian_deg, scale, .. } = &self.system;
        match (self.swapped_origin, code, kind) {
            (Some(code), ..) => {
                write!(f, "the numbers of EPSG:{code}, whose false easting and northing are swapped")?
            }
            (None, 0, SystemKind::Wgs84Plane) => {
                write!(f, "WGS 84 in the plane of {name} ({})", datum_shift().en)?
            }
            (None, 0, _) => {
                write!(f, "VN-2000 at {central_meridian_deg}° with scale {scale}, no registered system")?
            }
            _ => write!(f, "{}{}", self.system, self.meridian().en)?,
        }
        if self.swapped { write!(f, " with x and y swapped") } else { Ok(()) }
    }
}
