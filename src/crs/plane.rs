//! The measuring plane without PROJ: positions of WGS 84 and of EPSG:3857 to EPSG:9210 and back, in
//! some hundred nanoseconds each, for whoever has millions of them.
//!
//! The same operation as [`super::System::from_wgs84_pipeline`]: the seven parameters of Decision
//! 05/2007 (EPSG method 9607), then transverse Mercator by Krüger's series to the sixth order
//! (Karney, Transverse Mercator with an accuracy of a few nanometers, 2011, equations 7 to 36).
//! Tests hold it to PROJ within a hundredth of a micrometre.

use super::{MEASURING_SYSTEM, System, system};
use std::{f64::consts::PI, sync::LazyLock};

/// Semi-major axis of the ellipsoid of both datums, metres (WGS 84).
const A: f64 = 6_378_137.0;
/// Flattening.
const F: f64 = 1.0 / 298.257_223_563;
/// First eccentricity squared.
const E2: f64 = F * (2.0 - F);
/// Radius of the sphere of EPSG:3857, metres.
const SPHERE: f64 = A;
/// Third flattening.
const N: f64 = F / (2.0 - F);

/// Decision 05/2007 from VN-2000 to WGS 84: shifts in metres.
const SHIFT: [f64; 3] = [-191.904_414_29, -39.303_182_79, -111.450_328_35];
/// Rotations of the coordinate frame, seconds of arc.
const ROTATION: [f64; 3] = [-0.009_288_36, 0.019_754_79, -0.004_273_72];
/// Scale.
const SCALE: f64 = 1.0 + 0.252_906_278e-6;

const fn polynomial<const M: usize>(coefficients: [f64; M]) -> f64 {
    let (mut sum, mut i) = (0.0, M);
    while i > 0 {
        i -= 1;
        sum = sum * N + coefficients[i];
    }
    sum
}

/// Karney's equation 35.
const ALPHA: [f64; 6] = [
    N * polynomial([0.5, -2.0 / 3.0, 5.0 / 16.0, 41.0 / 180.0, -127.0 / 288.0, 7891.0 / 37800.0]),
    N * N * polynomial([13.0 / 48.0, -3.0 / 5.0, 557.0 / 1440.0, 281.0 / 630.0, -1_983_433.0 / 1_935_360.0]),
    N * N * N * polynomial([61.0 / 240.0, -103.0 / 140.0, 15061.0 / 26880.0, 167_603.0 / 181_440.0]),
    N * N * N * N * polynomial([49561.0 / 161_280.0, -179.0 / 168.0, 6_601_661.0 / 7_257_600.0]),
    N * N * N * N * N * polynomial([34729.0 / 80640.0, -3_418_889.0 / 1_995_840.0]),
    N * N * N * N * N * N * (212_378_941.0 / 319_334_400.0),
];
/// Karney's equation 36.
const BETA: [f64; 6] = [
    N * polynomial([0.5, -2.0 / 3.0, 37.0 / 96.0, -1.0 / 360.0, -81.0 / 512.0, 96199.0 / 604_800.0]),
    N * N * polynomial([1.0 / 48.0, 1.0 / 15.0, -437.0 / 1440.0, 46.0 / 105.0, -1_118_711.0 / 3_870_720.0]),
    N * N * N * polynomial([17.0 / 480.0, -37.0 / 840.0, -209.0 / 4480.0, 5569.0 / 90720.0]),
    N * N * N * N * polynomial([4397.0 / 161_280.0, -11.0 / 504.0, -830_251.0 / 7_257_600.0]),
    N * N * N * N * N * polynomial([4583.0 / 161_280.0, -108_847.0 / 3_991_680.0]),
    N * N * N * N * N * N * (20_648_693.0 / 638_668_800.0),
];
/// Radius of the rectifying sphere, metres (equation 14).
const RECTIFYING: f64 = A / (1.0 + N) * (1.0 + N * N * (0.25 + N * N * (1.0 / 64.0 + N * N / 256.0)));

/// A transverse Mercator plane of VN-2000.
#[derive(Debug, Clone, Copy)]
pub struct Plane {
    sin_meridian: f64,
    cos_meridian: f64,
    scale_m: f64,
    false_easting_m: f64,
}

impl Plane {
    /// The plane of [`MEASURING_SYSTEM`], in which areas and lengths are official.
    pub fn measuring() -> &'static Self {
        static PLANE: LazyLock<Plane> = LazyLock::new(|| {
            // A code that is no system would be a defect; the test of this file would see it.
            system(MEASURING_SYSTEM).map_or_else(|_| Plane::new(105.75, 0.9999, 500_000.0), Plane::of)
        });
        &PLANE
    }

    pub(super) fn of(system: &System) -> Self {
        Self::new(system.central_meridian_deg, system.scale, system.false_easting_m)
    }

    fn new(meridian_deg: f64, scale: f64, false_easting_m: f64) -> Self {
        let (sin_meridian, cos_meridian) = meridian_deg.to_radians().sin_cos();
        Self { sin_meridian, cos_meridian, scale_m: scale * RECTIFYING, false_easting_m }
    }

    /// Easting and northing, metres, of a longitude and latitude of WGS 84, degrees.
    pub fn from_lonlat(&self, lon: f64, lat: f64) -> [f64; 2] {
        let ((sin_lon, cos_lon), (sin_lat, cos_lat)) =
            (lon.to_radians().sin_cos(), lat.to_radians().sin_cos());
        self.project(sin_lon, cos_lon, sin_lat, cos_lat)
    }

    /// Easting and northing, metres, of a position of EPSG:3857, metres.
    pub fn from_mercator(&self, x: f64, y: f64) -> [f64; 2] {
        let (sin_lon, cos_lon) = (x / SPHERE).sin_cos();
        // The latitude's sine and cosine are the hyperbolic tangent and secant of y.
        let (up, down) = {
            let e = (y / SPHERE).exp();
            (e, 1.0 / e)
        };
        self.project(sin_lon, cos_lon, (up - down) / (up + down), 2.0 / (up + down))
    }

    fn project(&self, sin_lon: f64, cos_lon: f64, sin_lat: f64, cos_lat: f64) -> [f64; 2] {
        let normal = A / (1.0 - E2 * sin_lat * sin_lat).sqrt();
        let geocentric =
            [normal * cos_lat * cos_lon, normal * cos_lat * sin_lon, normal * (1.0 - E2) * sin_lat];
        let [x, y, z] = to_vn2000(geocentric);
        let across = x.hypot_fast(y);
        let tau = latitude_tangent(across, z);
        let sin_l = (y * self.cos_meridian - x * self.sin_meridian) / across;
        let cos_l = (x * self.cos_meridian + y * self.sin_meridian) / across;
        let tau = conformal(tau);
        let xi = tau.atan2(cos_l);
        let eta = (sin_l / tau.hypot_fast(cos_l)).asinh();
        let (dx, de) = series(&ALPHA, xi, eta);
        [self.false_easting_m + self.scale_m * (eta + de), self.scale_m * (xi + dx)]
    }

    /// Longitude and latitude of WGS 84, degrees, of an easting and northing, metres.
    pub fn to_lonlat(&self, easting: f64, northing: f64) -> [f64; 2] {
        let (xi, eta) = (northing / self.scale_m, (easting - self.false_easting_m) / self.scale_m);
        let (dx, de) = series(&BETA, xi, eta);
        let (xi, eta) = (xi - dx, eta - de);
        let (sin_xi, cos_xi) = xi.sin_cos();
        let wide = eta.sinh();
        let (sin_l, cos_l) = (wide / wide.hypot_fast(cos_xi), cos_xi / wide.hypot_fast(cos_xi));
        let tau = geographic(sin_xi / wide.hypot_fast(cos_xi));
        let cos_lat = 1.0 / (1.0 + tau * tau).sqrt();
        let sin_lat = tau * cos_lat;
        let sin_lon = sin_l * self.cos_meridian + cos_l * self.sin_meridian;
        let cos_lon = cos_l * self.cos_meridian - sin_l * self.sin_meridian;
        let normal = A / (1.0 - E2 * sin_lat * sin_lat).sqrt();
        let [x, y, z] =
            to_wgs84([normal * cos_lat * cos_lon, normal * cos_lat * sin_lon, normal * (1.0 - E2) * sin_lat]);
        [y.atan2(x) * 180.0 / PI, latitude_tangent(x.hypot_fast(y), z).atan() * 180.0 / PI]
    }
}

/// The length of a vector; the numbers here are far from over- and underflow.
trait HypotFast {
    fn hypot_fast(self, other: f64) -> f64;
}

impl HypotFast for f64 {
    fn hypot_fast(self, other: f64) -> f64 {
        (self * self + other * other).sqrt()
    }
}

fn rotations() -> [f64; 3] {
    const SECOND: f64 = PI / 180.0 / 3600.0;
    ROTATION.map(|r| r * SECOND)
}

/// The inverse of the coordinate frame rotation, with PROJ's small angles.
fn to_vn2000(position: [f64; 3]) -> [f64; 3] {
    let [rx, ry, rz] = rotations();
    let [x, y, z] = [0, 1, 2].map(|i| (position[i] - SHIFT[i]) / SCALE);
    [x - rz * y + ry * z, rz * x + y - rx * z, rx * y - ry * x + z]
}

fn to_wgs84([x, y, z]: [f64; 3]) -> [f64; 3] {
    let [rx, ry, rz] = rotations();
    let turned = [x + rz * y - ry * z, y - rz * x + rx * z, ry * x - rx * y + z];
    [0, 1, 2].map(|i| turned[i] * SCALE + SHIFT[i])
}

/// The tangent of the geographic latitude, from the distance to the axis and the height above the
/// equator (Bowring, Transformation from spatial to geographical coordinates, 1976).
fn latitude_tangent(across: f64, z: f64) -> f64 {
    const B: f64 = A * (1.0 - F);
    let (s, c) = (z * A, across * B);
    let length = s.hypot_fast(c);
    let (s, c) = (s / length, c / length);
    (z + E2 / (1.0 - E2) * B * s * s * s) / (across - E2 * A * c * c * c)
}

/// The tangent of the conformal latitude (equations 7 to 9).
fn conformal(tau: f64) -> f64 {
    let e = E2.sqrt();
    let root = (1.0 + tau * tau).sqrt();
    let sigma = (e * (e * tau / root).atanh()).sinh();
    tau * (1.0 + sigma * sigma).sqrt() - sigma * root
}

/// The tangent of the geographic latitude, from that of the conformal one (equations 19 to 21).
fn geographic(conformal_tau: f64) -> f64 {
    let mut tau = conformal_tau / (1.0 - E2);
    for _ in 0..4 {
        let own = conformal(tau);
        let step = (conformal_tau - own) / (1.0 + own * own).sqrt() * (1.0 + (1.0 - E2) * tau * tau)
            / ((1.0 - E2) * (1.0 + tau * tau).sqrt());
        tau += step;
    }
    tau
}

/// The sums of equations 11 and 15, by Clenshaw's recurrence for complex numbers.
fn series(coefficients: &[f64; 6], xi: f64, eta: f64) -> (f64, f64) {
    let (sin, cos) = (2.0 * xi).sin_cos();
    let (up, down) = {
        let e = (2.0 * eta).exp();
        (e, 1.0 / e)
    };
    let (sinh, cosh) = ((up - down) / 2.0, (up + down) / 2.0);
    // 2 cos(2ζ) with ζ = ξ + iη
    let (re, im) = (2.0 * cos * cosh, -2.0 * sin * sinh);
    let (mut b1, mut b2) = ((0.0, 0.0), (0.0, 0.0));
    for a in coefficients.iter().rev() {
        let next = (a + re * b1.0 - im * b1.1 - b2.0, re * b1.1 + im * b1.0 - b2.1);
        (b2, b1) = (b1, next);
    }
    // sin(2ζ)
    let (re, im) = (sin * cosh, cos * sinh);
    (b1.0 * re - b1.1 * im, b1.0 * im + b1.1 * re)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::crs::{Transform, oracle::PAIRS};

    /// Longitude, latitude and the same in EPSG:3857, all over the province and beyond.
    fn positions() -> impl Iterator<Item = [f64; 4]> {
        let steps = (0..60).flat_map(|i| (0..60).map(move |j| (f64::from(i), f64::from(j))));
        steps.map(|(i, j)| {
            let (lon, lat) = (104.3 + i * 0.051_7, 8.5 + j * 0.083_3);
            let y = lat.to_radians().sin().atanh() * SPHERE;
            [lon, lat, lon.to_radians() * SPHERE, y]
        })
    }

    #[test]
    fn it_is_proj_within_a_hundredth_of_a_micrometre() {
        let measuring = system(MEASURING_SYSTEM).unwrap();
        let proj = Transform::from_wgs84(measuring).unwrap();
        let back = Transform::to_wgs84(measuring).unwrap();
        let (mut worst, mut worst_back) = (0.0f64, 0.0f64);
        for [lon, lat, x, y] in positions() {
            let (easting, northing) = proj.position(lon, lat).unwrap();
            for [e, n] in [Plane::measuring().from_lonlat(lon, lat), Plane::measuring().from_mercator(x, y)] {
                worst = worst.max((e - easting).hypot(n - northing));
            }
            let (own, theirs) =
                (Plane::measuring().to_lonlat(easting, northing), back.position(easting, northing).unwrap());
            worst_back = worst_back.max((own[0] - theirs.0).hypot(own[1] - theirs.1));
        }
        assert!(worst < 1e-8, "{worst} m");
        assert!(worst_back < 1e-13, "{worst_back} degrees");
    }

    #[test]
    fn it_agrees_with_the_pairs_from_outside() {
        for pair in PAIRS.iter().filter(|p| p.system == MEASURING_SYSTEM) {
            let [e, n] = Plane::measuring().from_lonlat(pair.longitude, pair.latitude);
            assert!((e - pair.easting).hypot(n - pair.northing) < pair.tolerance_m, "{}", pair.name);
        }
    }
}
