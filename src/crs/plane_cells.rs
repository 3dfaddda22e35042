//! The measuring plane in some ten nanoseconds a position, for whoever has millions of them that lie together.
//!
//! Within a cell of a thirty-second of a degree the way from EPSG:4326 to EPSG:9210 is a polynomial of the third
//! degree in longitude and latitude, through its values at Chebyshev's points. Tests hold it to [`Plane`] within
//! a hundredth of a micrometre. Must not know what is measured.

use super::Plane;
use std::{collections::HashMap, f64::consts::PI};

/// Cells of one degree, along each axis.
const CELLS_A_DEGREE: f64 = 32.0;
/// Cells that are kept; the province has 1 900.
const CELLS_MAX: usize = 8_192;
/// Beyond this longitude and latitude the plane is not used, degrees.
const REACH_DEG: (f64, f64, f64) = (105.75, 40.0, 85.0);
/// Coefficients along each axis.
const SIZE: usize = 4;

type Polynomial = [[f64; SIZE]; SIZE];

/// The measuring plane, cell by cell.
#[derive(Debug, Default)]
pub struct PlaneCells {
    cells: HashMap<(i32, i32), Cell>,
    last: Option<((i32, i32), Cell)>,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    easting: Polynomial,
    northing: Polynomial,
}

impl PlaneCells {
    /// Easting and northing of EPSG:9210, metres, of a longitude and latitude of WGS 84, degrees; infinite where
    /// the plane is not used.
    pub fn from_lonlat(&mut self, lon: f64, lat: f64) -> [f64; 2] {
        let (meridian, wide, high) = REACH_DEG;
        // What is no number is not within it either.
        if !((lon - meridian).abs() <= wide && lat.abs() <= high) {
            return [f64::INFINITY; 2];
        }
        let (x, y) = (lon * CELLS_A_DEGREE, lat * CELLS_A_DEGREE);
        let (column, row) = (x.floor(), y.floor());
        let cell = self.cell((column as i32, row as i32));
        // From -1 to 1 across the cell.
        let (u, v) = (2.0f64.mul_add(x - column, -1.0), 2.0f64.mul_add(y - row, -1.0));
        [value(&cell.easting, u, v), value(&cell.northing, u, v)]
    }

    fn cell(&mut self, at: (i32, i32)) -> Cell {
        if let Some((known, cell)) = self.last
            && known == at
        {
            return cell;
        }
        if self.cells.len() >= CELLS_MAX {
            self.cells.clear();
        }
        let cell = *self.cells.entry(at).or_insert_with(|| Cell::new(at));
        self.last = Some((at, cell));
        cell
    }
}

impl Cell {
    fn new((column, row): (i32, i32)) -> Self {
        let point = |k: usize| (PI * (2.0 * k as f64 + 1.0) / (2.0 * SIZE as f64)).cos();
        let degrees = |cell: i32, k: usize| (f64::from(cell) + (point(k) + 1.0) / 2.0) / CELLS_A_DEGREE;
        let at = |i: usize, j: usize| Plane::measuring().from_lonlat(degrees(column, i), degrees(row, j));
        let values: [[[f64; 2]; SIZE]; SIZE] = std::array::from_fn(|i| std::array::from_fn(|j| at(i, j)));
        let polynomial = |axis: usize| -> Polynomial {
            // Along the latitude first, then along the longitude.
            let rows: Polynomial =
                std::array::from_fn(|i| coefficients(std::array::from_fn(|j| values[i][j][axis])));
            let columns: Polynomial =
                std::array::from_fn(|j| coefficients(std::array::from_fn(|i| rows[i][j])));
            std::array::from_fn(|i| std::array::from_fn(|j| columns[j][i]))
        };
        Self { easting: polynomial(0), northing: polynomial(1) }
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
mod tests {
    use super::*;

    #[test]
    fn it_is_the_plane_within_a_hundredth_of_a_micrometre() {
        let mut cells = PlaneCells::default();
        let mut worst = 0.0f64;
        for i in 0..300 {
            for j in 0..300 {
                let (lon, lat) = (104.3 + f64::from(i) * 0.010_37, 8.5 + f64::from(j) * 0.016_67);
                let ([e, n], [east, north]) =
                    (cells.from_lonlat(lon, lat), Plane::measuring().from_lonlat(lon, lat));
                worst = worst.max((e - east).hypot(n - north));
            }
        }
        assert!(worst < 1e-8, "{worst} m");
    }

    #[test]
    fn what_lies_beyond_the_plane_has_no_place() {
        let mut cells = PlaneCells::default();
        for (lon, lat) in [(f64::NAN, 10.0), (106.0, f64::INFINITY), (550_000.0, 1_170_000.0), (-74.0, 40.7)]
        {
            assert_eq!(cells.from_lonlat(lon, lat), [f64::INFINITY; 2]);
        }
    }
}
