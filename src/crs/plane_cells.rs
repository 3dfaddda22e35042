//! Planes of VN-2000 in some ten nanoseconds a position, for whoever has millions of them that lie together.
//!
//! Within a cell of two kilometres the way from EPSG:4326 or EPSG:3857 to the measuring plane, and that from a plane
//! to EPSG:4326, is a polynomial of the third degree in both coordinates, through its values at Chebyshev's points.
//! Tests hold it to [`Plane`], and so to PROJ, within a hundredth of a micrometre. Must not know what is measured.

use super::{Plane, System, SystemKind};
use std::{collections::HashMap, f64::consts::PI};

/// Side of a cell in degrees, and in metres.
const SIDE_DEG: f64 = 1.0 / 64.0;
const SIDE_M: f64 = 2048.0;
/// Cells that are kept; the province has 7 600.
const CELLS_MAX: usize = 16_384;
/// Where the cells are used: Vietnam, as far as a plane of its own is used. Longitudes and latitudes, degrees;
/// distances from the central meridian and northings, metres.
const USED_DEG: [f64; 4] = [101.0, 111.0, 7.0, 24.0];
const USED_M: [f64; 4] = [-300_000.0, 300_000.0, 770_000.0, 2_660_000.0];
/// The same in EPSG:3857, metres, in whole cells.
const USED_MERCATOR: [f64; 4] = [11_243_520.0, 12_355_584.0, 782_336.0, 2_752_512.0];
/// Coefficients along each axis.
const SIZE: usize = 4;

type Polynomial = [[f64; SIZE]; SIZE];

/// A plane, cell by cell, one way.
#[derive(Debug)]
pub struct PlaneCells {
    plane: Plane,
    way: Way,
    side: f64,
    used: [f64; 4],
    cells: HashMap<(i32, i32), Cell>,
    last: Option<((i32, i32), Cell)>,
}

#[derive(Debug, Clone, Copy)]
enum Way {
    FromLonLat,
    FromMercator,
    ToLonLat,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    /// What the polynomials are added to, so that they lose no digits.
    middle: [f64; 2],
    first: Polynomial,
    second: Polynomial,
}

impl PlaneCells {
    /// From EPSG:4326 (longitude, latitude, degrees) to the measuring plane (easting, northing, metres).
    pub fn to_measuring() -> Self {
        Self::new(*Plane::measuring(), Way::FromLonLat, SIDE_DEG, USED_DEG)
    }

    /// From EPSG:3857 (metres) to the measuring plane (easting, northing, metres).
    pub fn from_mercator() -> Self {
        Self::new(*Plane::measuring(), Way::FromMercator, SIDE_M, USED_MERCATOR)
    }

    /// From a plane of VN-2000 (easting, northing, metres) to EPSG:4326 (longitude, latitude, degrees); `None`
    /// for any other system.
    pub fn to_wgs84(system: &System) -> Option<Self> {
        let [west, east, south, north] = USED_M;
        let used = [system.false_easting_m + west, system.false_easting_m + east, south, north];
        let plane = system.kind == SystemKind::Vn2000Plane;
        plane.then(|| Self::new(Plane::of(system), Way::ToLonLat, SIDE_M, used))
    }

    fn new(plane: Plane, way: Way, side: f64, used: [f64; 4]) -> Self {
        Self { plane, way, side, used, cells: HashMap::new(), last: None }
    }

    /// Whether two positions lie in one cell: how they lie to each other is then told without a step, to some 1e-11
    /// of their distance.
    pub fn is_one(&self, [x, y]: [f64; 2], [other_x, other_y]: [f64; 2]) -> bool {
        let cell = |x: f64, y: f64| ((x / self.side).floor(), (y / self.side).floor());
        cell(x, y) == cell(other_x, other_y)
    }

    /// The position in the other system; `None` where no cell is used.
    pub fn position(&mut self, x: f64, y: f64) -> Option<[f64; 2]> {
        let [west, east, south, north] = self.used;
        // What is no number is not within it either.
        if !(x >= west && x <= east && y >= south && y <= north) {
            return None;
        }
        let (x, y) = (x / self.side, y / self.side);
        let (column, row) = (x.floor(), y.floor());
        let cell = self.cell((column as i32, row as i32));
        // From -1 to 1 across the cell.
        let (u, v) = (2.0 * (x - column) - 1.0, 2.0 * (y - row) - 1.0);
        Some([cell.middle[0] + value(&cell.first, u, v), cell.middle[1] + value(&cell.second, u, v)])
    }

    fn cell(&mut self, at: (i32, i32)) -> &Cell {
        let known = self.last.filter(|(known, _)| *known == at).map(|(_, cell)| cell);
        let cell = known.unwrap_or_else(|| {
            if self.cells.len() >= CELLS_MAX {
                self.cells.clear();
            }
            let (plane, way, side) = (&self.plane, self.way, self.side);
            *self.cells.entry(at).or_insert_with(|| {
                Cell::new(at, side, |x, y| match way {
                    Way::FromLonLat => plane.from_lonlat(x, y),
                    Way::FromMercator => plane.from_mercator(x, y),
                    Way::ToLonLat => plane.to_lonlat(x, y),
                })
            })
        });
        &self.last.insert((at, cell)).1
    }
}

impl Cell {
    fn new((column, row): (i32, i32), side: f64, way: impl Fn(f64, f64) -> [f64; 2]) -> Self {
        let point = |k: usize| (PI * (2.0 * k as f64 + 1.0) / (2.0 * SIZE as f64)).cos();
        let place = |cell: i32, k: usize| (f64::from(cell) + (point(k) + 1.0) / 2.0) * side;
        let middle = way((f64::from(column) + 0.5) * side, (f64::from(row) + 0.5) * side);
        let at = |i: usize, j: usize| {
            let [first, second] = way(place(column, i), place(row, j));
            [first - middle[0], second - middle[1]]
        };
        let values: [[[f64; 2]; SIZE]; SIZE] = std::array::from_fn(|i| std::array::from_fn(|j| at(i, j)));
        let polynomial = |axis: usize| -> Polynomial {
            // Along the second coordinate, then along the first.
            let rows: Polynomial =
                std::array::from_fn(|i| coefficients(std::array::from_fn(|j| values[i][j][axis])));
            let columns: Polynomial =
                std::array::from_fn(|j| coefficients(std::array::from_fn(|i| rows[i][j])));
            std::array::from_fn(|i| std::array::from_fn(|j| columns[j][i]))
        };
        Self { middle, first: polynomial(0), second: polynomial(1) }
    }
}

/// The polynomial of the third degree through values at Chebyshev's points.
fn coefficients(values: [f64; SIZE]) -> [f64; SIZE] {
    let size = SIZE as f64;
    let chebyshev = |degree: usize| -> f64 {
        let angle = |k: usize| PI * degree as f64 * (2.0 * k as f64 + 1.0) / (2.0 * size);
        let sum: f64 = values.iter().enumerate().map(|(k, value)| value * angle(k).cos()).sum();
        sum * if degree == 0 { 1.0 } else { 2.0 } / size
    };
    let [c0, c1, c2, c3] = std::array::from_fn(chebyshev);
    [c0 - c2, c1 - 3.0 * c3, 2.0 * c2, 4.0 * c3]
}

fn value(polynomial: &Polynomial, u: f64, v: f64) -> f64 {
    let along = |[a, b, c, d]: &[f64; SIZE]| ((d * v + c) * v + b) * v + a;
    let [a, b, c, d] = polynomial;
    ((along(d) * u + along(c)) * u + along(b)) * u + along(a)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn lonlat_to_mercator(lon: f64, lat: f64) -> (f64, f64) {
        const RADIUS_M: f64 = 6_378_137.0;
        (lon.to_radians() * RADIUS_M, lat.to_radians().tan().asinh() * RADIUS_M)
    }

    #[test]
    fn it_is_the_plane_within_a_hundredth_of_a_micrometre() {
        let plane = Plane::measuring();
        let (mut there, mut worst) = (PlaneCells::to_measuring(), 0.0f64);
        let mut back = PlaneCells::to_wgs84(crate::crs::system(9210).unwrap()).unwrap();
        let (mut flat, mut worst_flat) = (PlaneCells::from_mercator(), 0.0f64);
        let mut worst_back = 0.0f64;
        for i in 0..300 {
            for j in 0..300 {
                let (lon, lat) = (104.3 + f64::from(i) * 0.010_37, 8.5 + f64::from(j) * 0.016_67);
                let [east, north] = plane.from_lonlat(lon, lat);
                let [e, n] = there.position(lon, lat).unwrap();
                worst = worst.max((e - east).hypot(n - north));
                let (x, y) = lonlat_to_mercator(lon, lat);
                let ([east, north], [e, n]) = (plane.from_mercator(x, y), flat.position(x, y).unwrap());
                worst_flat = worst_flat.max((e - east).hypot(n - north));
                let ([lon, lat], [x, y]) =
                    (plane.to_lonlat(east, north), back.position(east, north).unwrap());
                worst_back = worst_back.max((x - lon).hypot(y - lat));
            }
        }
        assert!(worst < 1e-8, "{worst} m");
        assert!(worst_flat < 1e-8, "{worst_flat} m");
        assert!(worst_back < 1e-13, "{worst_back} degrees");
    }

    #[test]
    fn what_lies_elsewhere_is_left_to_others() {
        let mut cells = PlaneCells::to_measuring();
        for (lon, lat) in [(f64::NAN, 10.0), (106.0, f64::INFINITY), (550_000.0, 1_170_000.0), (-74.0, 40.7)]
        {
            assert_eq!(cells.position(lon, lat), None);
        }
        assert!(PlaneCells::to_wgs84(crate::crs::system(32648).unwrap()).is_none());
    }
}
