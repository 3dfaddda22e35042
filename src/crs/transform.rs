//! Coordinates through the pipeline, by GDAL and PROJ.
//!
//! Must not know files, layers or threads: a [`Transform`] belongs to the thread that made it.

use super::{System, SystemKind};
use gdal::{
    errors::GdalError,
    spatial_ref::{AxisMappingStrategy, CoordTransform, CoordTransformOptions, SpatialRef},
};
use std::{
    cell::RefCell,
    collections::{HashMap, hash_map::Entry},
};

/// Points on each edge of a box that are looked at to know what is around it.
const EDGE_POINTS: u32 = 64;
/// How far from its central meridian a plane is used, degrees.
const PLANE_REACH_DEG: f64 = 40.0;
/// Beyond these latitudes no plane is used.
const LATITUDE_MAX_DEG: f64 = 85.0;

thread_local! {
    /// The transforms that the thread has used, from EPSG:4326, by EPSG code.
    static FROM_WGS84: RefCell<HashMap<u32, Transform>> = RefCell::default();
}

/// Takes positions of EPSG:4326 (longitude, latitude) to `system` (east first) in place.
/// [`TransformError::Outside`] if one of them lies too far from where the system is used.
pub fn to_system(system: &System, positions: &mut [[f64; 2]]) -> Result<(), TransformError> {
    let [west, south, east, north] = used_area(system);
    let held = |[lon, lat]: &[f64; 2]| (west..=east).contains(lon) && (south..=north).contains(lat);
    if !positions.iter().all(held) {
        return Err(TransformError::Outside);
    }
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = positions.iter().map(|[x, y]| (*x, *y)).unzip();
    FROM_WGS84.with_borrow_mut(|kept| {
        let transform = match kept.entry(system.code) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Transform::from_wgs84(system)?),
        };
        transform.apply(&mut x, &mut y)
    })?;
    positions.iter_mut().zip(x.into_iter().zip(y)).for_each(|(position, (x, y))| *position = [x, y]);
    Ok(())
}

/// West, south, east, north in degrees of EPSG:4326 that hold a box of `system` (its lower and
/// upper corner, east first) as far as the system is used, and a little more.
pub fn degrees_around(
    system: &System,
    [min_x, min_y, max_x, max_y]: [f64; 4],
) -> Result<[f64; 4], TransformError> {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for i in 0..=EDGE_POINTS {
        let share = f64::from(i) / f64::from(EDGE_POINTS);
        let along = |from: f64, to: f64| share.mul_add(to - from, from);
        let (across, up) = (along(min_x, max_x), along(min_y, max_y));
        x.extend([across, across, min_x, max_x]);
        y.extend([min_y, max_y, up, up]);
    }
    let used = used_area(system);
    match Transform::to_wgs84(system)?.apply(&mut x, &mut y) {
        Ok(()) => {}
        // It reaches beyond what can be reckoned with: everything may be in it.
        Err(TransformError::Outside) => return Ok(used),
        Err(error) => return Err(error),
    }
    let least = |numbers: &[f64]| numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let most = |numbers: &[f64]| numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let [west, south, east, north] = [least(&x), least(&y), most(&x), most(&y)];
    // Between the points an edge may bulge by a small part of the whole.
    let margin = (east - west).max(north - south).mul_add(0.01, 1e-6);
    Ok([
        (west - margin).max(used[0]),
        (south - margin).max(used[1]),
        (east + margin).min(used[2]),
        (north + margin).min(used[3]),
    ])
}

/// Where a system is used: west, south, east, north in degrees of EPSG:4326.
fn used_area(system: &System) -> [f64; 4] {
    let (west, east) = match system.kind {
        SystemKind::Vn2000Plane | SystemKind::Wgs84Plane => {
            (system.central_meridian_deg - PLANE_REACH_DEG, system.central_meridian_deg + PLANE_REACH_DEG)
        }
        _ => (-180.0, 180.0),
    };
    let north = if system.kind == SystemKind::Wgs84Geographic { 90.0 } else { LATITUDE_MAX_DEG };
    [west, -north, east, north]
}

/// Takes coordinates from one system to EPSG:4326, or back, in place.
#[derive(Debug)]
pub struct Transform {
    // `None`: the coordinates are what they should be.
    inner: Option<CoordTransform>,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum TransformError {
    /// PROJ does not take the pipeline: a defect, or a broken installation of PROJ.
    #[error("the coordinate operation cannot be set up: {0}")]
    Setup(GdalError),
    /// Coordinates with no place in the other system.
    #[error("coordinates lie outside the area in which the system can be used")]
    Outside,
    /// The slices differ in length.
    #[error("x and y differ in number")]
    Lengths,
}

impl Transform {
    /// From `system` (easting, northing, metres; or longitude, latitude, degrees) to EPSG:4326
    /// (longitude, latitude, degrees). Heights pass unchanged.
    pub fn to_wgs84(system: &System) -> Result<Self, TransformError> {
        Self::with(system, &system.to_wgs84_pipeline())
    }

    /// As [`Transform::to_wgs84`], with heights above the ellipsoid.
    pub fn to_wgs84_3d(system: &System) -> Result<Self, TransformError> {
        Self::with(system, &system.to_wgs84_pipeline_3d())
    }

    /// From EPSG:4326 (longitude, latitude, degrees) to `system`.
    pub fn from_wgs84(system: &System) -> Result<Self, TransformError> {
        Self::with(system, &system.from_wgs84_pipeline())
    }

    fn with(system: &System, pipeline: &str) -> Result<Self, TransformError> {
        if system.kind == super::SystemKind::Wgs84Geographic {
            return Ok(Self { inner: None });
        }
        let make = || -> Result<CoordTransform, GdalError> {
            let mut options = CoordTransformOptions::new()?;
            options.set_coordinate_operation(pipeline, false)?;
            // The two systems say nothing here, the pipeline says all. They are equal, planes and
            // east-first, so that GDAL neither swaps axes nor converts units around the pipeline.
            let mut plane = SpatialRef::from_proj4("+proj=tmerc +lon_0=0 +ellps=WGS84 +units=m +no_defs")?;
            plane.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
            CoordTransform::new_with_options(&plane, &plane, &options)
        };
        make().map(|inner| Self { inner: Some(inner) }).map_err(TransformError::Setup)
    }

    /// Takes `x` and `y` to the other system in place. On [`TransformError::Outside`] those that
    /// have no place there are infinite, the others are done.
    pub fn apply(&self, x: &mut [f64], y: &mut [f64]) -> Result<(), TransformError> {
        self.apply_3d(x, y, &mut [])
    }

    /// As [`Transform::apply`], with heights in metres.
    pub fn apply_3d(&self, x: &mut [f64], y: &mut [f64], z: &mut [f64]) -> Result<(), TransformError> {
        if x.len() != y.len() || !(z.is_empty() || z.len() == x.len()) {
            return Err(TransformError::Lengths);
        }
        let Some(inner) = self.inner.as_ref().filter(|_| !x.is_empty()) else { return Ok(()) };
        // GDAL counts in 32 bits.
        const BATCH: usize = 1 << 20;
        let mut whole = true;
        let mut start = 0;
        while start < x.len() {
            let end = (start + BATCH).min(x.len());
            let z = if z.is_empty() { &mut z[..] } else { &mut z[start..end] };
            whole &= inner.transform_coords(&mut x[start..end], &mut y[start..end], z).is_ok();
            start = end;
        }
        let finite = x.iter().chain(y.iter()).all(|c| c.is_finite());
        if whole && finite { Ok(()) } else { Err(TransformError::Outside) }
    }

    /// One position.
    pub fn position(&self, x: f64, y: f64) -> Result<(f64, f64), TransformError> {
        let (mut xs, mut ys) = ([x], [y]);
        self.apply(&mut xs, &mut ys)?;
        Ok((xs[0], ys[0]))
    }
}
