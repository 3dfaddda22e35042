//! Coordinates through the pipeline, by GDAL and PROJ.
//!
//! Must not know files, layers or threads: a [`Transform`] belongs to the thread that made it.

use super::System;
use gdal::{
    errors::GdalError,
    spatial_ref::{AxisMappingStrategy, CoordTransform, CoordTransformOptions, SpatialRef},
};

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
