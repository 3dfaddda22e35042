//! Pairs of coordinates that are known from outside, and the proof that we agree with them.
//!
//! A published worked example and a provincial workbook bind the parameters to the world. The
//! other pairs were computed once with EPSG:6960 and lie on both sides of 11.04° N, where PROJ's
//! own choice of operation would jump by 0.8 m; a wrong sign of a rotation differs by 0.55 m.

use super::{SYSTEMS, Transform, TransformError, system};

/// One position in two systems.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OraclePair {
    /// Where it comes from.
    pub name: &'static str,
    /// EPSG code of the plane.
    pub system: u32,
    /// Metres.
    pub easting: f64,
    /// Metres.
    pub northing: f64,
    /// Height above the ellipsoid of VN-2000, metres, where the source has one.
    pub height: Option<f64>,
    /// Degrees of EPSG:4326.
    pub longitude: f64,
    /// Degrees of EPSG:4326.
    pub latitude: f64,
    /// Height above the ellipsoid of WGS 84, metres, where the source has one.
    pub wgs84_height: Option<f64>,
    /// How far another answer may lie, metres.
    pub tolerance_m: f64,
}

/// How far another answer may lie, metres.
pub const TOLERANCE_M: f64 = 0.005;

const fn pair(
    name: &'static str,
    system: u32,
    (easting, northing): (f64, f64),
    (longitude, latitude): (f64, f64),
) -> OraclePair {
    OraclePair {
        name,
        system,
        easting,
        northing,
        height: None,
        longitude,
        latitude,
        wgs84_height: None,
        tolerance_m: TOLERANCE_M,
    }
}

/// All pairs.
pub const PAIRS: [OraclePair; 16] = [
    OraclePair {
        height: Some(846.1115),
        wgs84_height: Some(832.253_725_3),
        ..pair(
            "published worked example",
            9212,
            (546_151.807_2, 1_855_759.358_4),
            (106.684_777_42, 16.778_398_76),
        )
    },
    // Given to six decimals of a degree, which is 11 cm.
    OraclePair {
        tolerance_m: 0.15,
        ..pair("Ninh Thuận workbook", 9217, (568_262.924, 1_255_172.51), (108.877_201, 11.349_358))
    },
    pair("Tân An", 9210, (554_000.0, 1_165_000.0), (106.245_182_455_3, 10.534_373_092_2)),
    pair("Đức Hòa", 9210, (587_000.0, 1_203_000.0), (106.547_583_336_4, 10.877_300_633_3)),
    pair("Tân Hưng", 9210, (495_000.0, 1_196_000.0), (105.706_061_656_5, 10.815_043_456_4)),
    pair("Cần Giuộc", 9210, (597_000.0, 1_171_000.0), (106.638_201_583_2, 10.587_757_808_4)),
    pair("Tây Ninh, north of 11.04° N", 9209, (560_000.0, 1_250_000.0), (106.051_419_063, 11.302_763_168_4)),
    pair(
        "north of 11.04° N",
        9210,
        (559_845.726_875, 1_249_694.242_692),
        (106.300_000_001_2, 11.299_999_999_3),
    ),
    pair("south of 11.04° N", 9210, (570_941.130_7, 1_166_759.41), (106.4, 10.55)),
    pair("south of 11.04° N", 9209, (598_303.158_2, 1_166_827.028_9), (106.4, 10.55)),
    pair("south of 11.04° N", 3405, (652_987.062_8, 1_166_677.75), (106.4, 10.55)),
    pair("south of 11.04° N", 5897, (653_032.977_3, 1_167_027.893_4), (106.4, 10.55)),
    pair("just south of 11.04° N", 9210, (527_123.602_8, 1_216_467.753_7), (106.0, 11.0)),
    pair("north of 11.04° N", 9209, (587_138.561_6, 1_249_757.088), (106.3, 11.3)),
    pair("north of 11.04° N", 3405, (641_686.817_4, 1_249_577.802_5), (106.3, 11.3)),
    pair("north of 11.04° N", 5897, (641_729.340_4, 1_249_952.825_9), (106.3, 11.3)),
];

/// An answer that is not the oracle's.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Disagreement {
    /// Another position.
    #[error(
        "{by} puts the test point \"{point}\" of EPSG:{system} {metres:.3} m away from where it is known to lie \
         ({tolerance_m} m are allowed); the PROJ installation cannot be trusted with VN-2000"
    )]
    Position {
        /// Who gave the answer: `PROJ` or `PostGIS`.
        by: &'static str,
        /// Name of the pair.
        point: &'static str,
        /// EPSG code.
        system: u32,
        /// Distance, metres.
        metres: f64,
        /// What is allowed, metres.
        tolerance_m: f64,
    },
    /// No answer at all.
    #[error("{by} gives no answer for the test point \"{point}\" of EPSG:{system}: {reason}")]
    NoAnswer {
        /// Who was asked.
        by: &'static str,
        /// Name of the pair.
        point: &'static str,
        /// EPSG code.
        system: u32,
        /// Why.
        reason: String,
    },
}

impl OraclePair {
    /// Distance of `longitude`, `latitude` (degrees of EPSG:4326) from the pair's, metres. Good
    /// to a thousandth of itself, which is all that a small distance needs.
    pub fn metres_from(&self, longitude: f64, latitude: f64) -> f64 {
        const METRES_PER_DEGREE: f64 = 111_320.0;
        let east = (longitude - self.longitude) * self.latitude.to_radians().cos() * METRES_PER_DEGREE;
        let north = (latitude - self.latitude) * METRES_PER_DEGREE;
        east.hypot(north)
    }

    /// Judges an answer that `by` gave in EPSG:4326.
    pub fn judge(&self, by: &'static str, longitude: f64, latitude: f64) -> Result<(), Disagreement> {
        self.judge_metres(by, self.metres_from(longitude, latitude))
    }

    /// The error for an answer that did not come.
    pub fn no_answer(&self, by: &'static str, reason: impl ToString) -> Disagreement {
        Disagreement::NoAnswer { by, point: self.name, system: self.system, reason: reason.to_string() }
    }

    fn judge_metres(&self, by: &'static str, metres: f64) -> Result<(), Disagreement> {
        // Written so that NaN is a disagreement too.
        if metres <= self.tolerance_m {
            return Ok(());
        }
        let (point, tolerance_m) = (self.name, self.tolerance_m);
        Err(Disagreement::Position { by, point, system: self.system, metres, tolerance_m })
    }
}

/// Whether GDAL and PROJ, through our pipelines, agree with every pair, there and back; and
/// whether every VN-2000 system can be used at all.
pub fn self_test() -> Result<(), Disagreement> {
    const BY: &str = "PROJ";
    for pair in &PAIRS {
        let refuse = |e: TransformError| pair.no_answer(BY, e);
        let system = system(pair.system).map_err(|e| pair.no_answer(BY, e))?;
        let (mut x, mut y, mut z) = ([pair.easting], [pair.northing], [pair.height.unwrap_or(0.0)]);
        match pair.wgs84_height {
            Some(height) => {
                Transform::to_wgs84_3d(system)
                    .and_then(|t| t.apply_3d(&mut x, &mut y, &mut z))
                    .map_err(refuse)?;
                pair.judge_metres(BY, (z[0] - height).abs())?;
            }
            None => Transform::to_wgs84(system).and_then(|t| t.apply(&mut x, &mut y)).map_err(refuse)?,
        }
        pair.judge(BY, x[0], y[0])?;
        if pair.height.is_none() {
            let (e, n) = Transform::from_wgs84(system)
                .and_then(|t| t.position(pair.longitude, pair.latitude))
                .map_err(refuse)?;
            pair.judge_metres(BY, (e - pair.easting).hypot(n - pair.northing))?;
        }
    }
    for system in SYSTEMS.iter().filter(|s| s.is_vn2000()) {
        let (lon, lat) = (system.central_meridian_deg, 10.5);
        let pair = pair("there and back", system.code, (0.0, 0.0), (lon, lat));
        let refuse = |e: TransformError| pair.no_answer(BY, e);
        let (x, y) = Transform::from_wgs84(system).and_then(|t| t.position(lon, lat)).map_err(refuse)?;
        let (lon, lat) = Transform::to_wgs84(system).and_then(|t| t.position(x, y)).map_err(refuse)?;
        pair.judge(BY, lon, lat)?;
    }
    Ok(())
}
