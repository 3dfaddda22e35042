//! Geometries of a file, EPSG:3857, as shapes in degrees.

use super::row::{Geometry, kind};
use crate::{
    feature::{Shape, ShapeKind},
    tile::coord::{HALF_WORLD_M, mercator_to_lonlat},
};
use std::f64::consts::PI;

/// How deep collections may stand in collections.
const DEPTH_MAX: u8 = 8;
/// Centres of the series for latitudes to a radian of the sphere: about 6 km from one to the next.
/// At half of that the fifth term of the series does not count yet.
const CENTRES: f64 = 1024.0;
/// Answers write so many parts of a degree; what lies so near the middle between two of them that
/// the series might round it to the other side is computed the long way.
const PARTS: f64 = 1e8;
const NEAR_MIDDLE: f64 = 0.5 - 1e-5;
/// Adding this to a number below 2^51 and taking it away again rounds it to a whole number.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// Brings positions from metres to degrees. Latitudes come from the Taylor series of the
/// Gudermannian function about the nearest of fixed centres, which neighbouring features share: a
/// few multiplications instead of `sinh` and `atan`. One position is always brought to the same
/// degrees, so that rings stay closed and neighbours share their borders; rounded to 1e-8 degrees
/// they are what [`mercator_to_lonlat`] says.
#[derive(Debug, Clone)]
pub struct Degrees {
    /// Number of the centre.
    number: f64,
    centre: f64,
    latitude: f64,
    terms: [f64; 4],
}

impl Default for Degrees {
    fn default() -> Self {
        Self::about(0.0)
    }
}

impl Degrees {
    /// With the centre of that number.
    fn about(number: f64) -> Self {
        let centre = number / CENTRES;
        let sinh = centre.sinh();
        let cos = 1.0 / sinh.mul_add(sinh, 1.0).sqrt();
        let sin = sinh * cos;
        let degrees = cos.to_degrees();
        let terms = [
            degrees,
            -degrees * sin / 2.0,
            degrees * (sin * sin - cos * cos) / 6.0,
            degrees * sin * (5.0 * cos * cos - sin * sin) / 24.0,
        ];
        Self { number, centre, latitude: sinh.atan().to_degrees(), terms }
    }

    /// One position, metres of EPSG:3857 to degrees.
    fn position(&mut self, x: f64, y: f64) -> [f64; 2] {
        let longitude = x / HALF_WORLD_M * 180.0;
        let up = y * (PI / HALF_WORLD_M);
        let number = (up * CENTRES + ROUNDING) - ROUNDING;
        if number != self.number {
            if !up.is_finite() {
                return [longitude, mercator_to_lonlat(x, y).1];
            }
            *self = Self::about(number);
        }
        let by = up - self.centre;
        let [a, b, c, d] = self.terms;
        let latitude = self.latitude + by * (a + by * (b + by * (c + by * d)));
        let scaled = latitude * PARTS;
        let off = scaled - ((scaled + ROUNDING) - ROUNDING);
        if off.abs() > NEAR_MIDDLE {
            return [longitude, mercator_to_lonlat(x, y).1];
        }
        [longitude, latitude]
    }

    /// Reads a geometry into `shape`, its rings wound as GeoJSON has them. `None` if it is
    /// garbled.
    pub fn read(&mut self, geometry: &Geometry<'_>, layer_kind: u8, shape: &mut Shape) -> Option<()> {
        self.read_part(geometry, layer_kind, DEPTH_MAX, shape)?;
        shape.wind();
        Some(())
    }

    fn read_part(
        &mut self,
        geometry: &Geometry<'_>,
        layer_kind: u8,
        depth: u8,
        shape: &mut Shape,
    ) -> Option<()> {
        let kind = match geometry.kind(layer_kind)? {
            kind::POINT => ShapeKind::Point,
            kind::LINE_STRING => ShapeKind::LineString,
            kind::POLYGON => ShapeKind::Polygon,
            kind::MULTI_POINT => ShapeKind::MultiPoint,
            kind::MULTI_LINE_STRING => ShapeKind::MultiLineString,
            kind::MULTI_POLYGON => ShapeKind::MultiPolygon,
            kind::GEOMETRY_COLLECTION => ShapeKind::GeometryCollection,
            _ => return None,
        };
        shape.clear(kind);
        match kind {
            ShapeKind::MultiPolygon => {
                for part in geometry.parts()? {
                    self.paths(&part?, shape)?;
                    shape.polygons.push(shape.paths.len());
                }
            }
            ShapeKind::GeometryCollection => {
                let depth = depth.checked_sub(1)?;
                for part in geometry.parts()? {
                    let mut member = Shape::default();
                    self.read_part(&part?, kind::UNKNOWN, depth, &mut member)?;
                    shape.members.push(member);
                }
            }
            _ => self.paths(geometry, shape)?,
        }
        match kind {
            ShapeKind::Point | ShapeKind::MultiPoint => shape.paths.clear(),
            ShapeKind::LineString => shape.paths.truncate(1),
            _ => {}
        }
        (kind != ShapeKind::Point || !shape.xy.is_empty()).then_some(())
    }

    /// Appends the paths of one geometry.
    fn paths(&mut self, geometry: &Geometry<'_>, shape: &mut Shape) -> Option<()> {
        let (ends, xy) = geometry.paths()?;
        let before = shape.xy.len();
        let pairs = xy.as_chunks::<16>().0;
        shape.xy.reserve(pairs.len());
        for pair in pairs {
            let (eights, _) = pair.as_chunks::<8>();
            shape.xy.push(self.position(f64::from_le_bytes(eights[0]), f64::from_le_bytes(eights[1])));
        }
        let (ends, _) = ends.as_chunks::<4>();
        let mut last = before;
        for end in ends {
            // Garbled ends may go back, or beyond what is there.
            last = (before + u32::from_le_bytes(*end) as usize).clamp(last, shape.xy.len());
            shape.paths.push(last);
        }
        if ends.is_empty() {
            shape.paths.push(shape.xy.len());
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]
        #[test]
        fn the_series_rounds_to_what_the_functions_say(
            x in -HALF_WORLD_M..HALF_WORLD_M, y in -HALF_WORLD_M..HALF_WORLD_M, by in -3000.0..3000.0f64,
        ) {
            let mut degrees = Degrees::default();
            degrees.position(x, y);
            let [lon, lat] = degrees.position(x, y + by);
            // Whatever went before, one position has one place.
            prop_assert_eq!([lon, lat], Degrees::default().position(x, y + by));
            let (exact_lon, exact_lat) = mercator_to_lonlat(x, y + by);
            prop_assert_eq!(lon, exact_lon);
            prop_assert!((lat - exact_lat).abs() < 1e-13, "{} {}", lat, exact_lat);
            prop_assert_eq!((lat * PARTS).round(), (exact_lat * PARTS).round());
        }
    }
}
