//! Areas that meet no other and are too small to be seen one by one: fewer, larger ones stand for
//! them, so that what a class covers in the picture stays what it covers in truth.

use super::{Vertex, double_area};

/// Squares in place of rings (exteriors, not closed), in their order: each is as large as the run
/// of rings that it stands for, lies in their middle, and is no smaller than one of the width
/// `width` centimetres, but for the last. A ring alone stays as it is.
pub fn gathered(rings: Vec<Vec<Vertex>>, width: f64) -> Vec<Vec<Vertex>> {
    if rings.len() < 2 {
        return rings;
    }
    let mut squares = Vec::new();
    let mut run = Run::default();
    for ring in &rings {
        run.add(ring);
        if run.area >= width * width {
            squares.extend(std::mem::take(&mut run).square());
        }
    }
    squares.extend(run.square());
    squares
}

/// Rings that one square will stand for.
#[derive(Default)]
struct Run {
    /// Square centimetres.
    area: f64,
    /// Middles, by area.
    sum: [f64; 2],
}

impl Run {
    fn add(&mut self, ring: &[Vertex]) {
        let area = double_area(ring) / 2.0;
        self.area += area;
        for (axis, sum) in self.sum.iter_mut().enumerate() {
            let along = ring.iter().map(|corner| f64::from(corner[axis]));
            let (low, high) =
                along.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
            *sum += area * (low + high) / 2.0;
        }
    }

    /// `None` where it would be less than a centimetre wide.
    fn square(self) -> Option<Vec<Vertex>> {
        let half = self.area.sqrt() / 2.0;
        if half < 0.5 {
            return None;
        }
        let [west, south] = self.sum.map(|sum| (sum / self.area - half).round());
        let [east, north] = [west, south].map(|low| (low + 2.0 * half).round());
        let corners = [[west, south], [east, south], [east, north], [west, north]];
        Some(corners.map(|corner| corner.map(|v| v as i32)).to_vec())
    }
}
