//! What covers the ground, in fields of about 150 m: for things that must keep off the water, and
//! for the classes of parcels.

use super::geometry::{Position, between, distance_m, holds, metres};

/// What covers a field. The later of two that meet is kept, but for `Roadside`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cover {
    /// Nothing that is drawn.
    Open,
    /// Beside a road.
    Roadside,
    /// A road.
    Road,
    /// Special-use wood.
    SpecialWood,
    /// Protection wood.
    ProtectionWood,
    /// Production wood.
    ProductionWood,
    /// A lake.
    Lake,
    /// The town of a ward.
    Ward,
    /// The middle of a commune.
    Village,
    /// A river or canal.
    River,
    /// An industrial park or cluster.
    Estate,
}

impl Cover {
    /// The cover of an area of nature.
    pub fn of_land_use(code: &str) -> Self {
        match code {
            "MNC" => Self::Lake,
            "RDD" => Self::SpecialWood,
            "RPH" => Self::ProtectionWood,
            _ => Self::ProductionWood,
        }
    }
}

/// The fields.
#[derive(Debug)]
pub struct Ground {
    origin: Position,
    columns: usize,
    rows: usize,
    fields: Vec<Cover>,
}

const FIELD: f64 = 0.0014;

impl Ground {
    /// Open ground; `extent` is west, south, east, north.
    pub fn new([west, south, east, north]: [f64; 4]) -> Self {
        let count = |low: f64, high: f64| ((high - low) / FIELD) as usize + 1;
        let (columns, rows) = (count(west, east), count(south, north));
        Self { origin: [west, south], columns, rows, fields: vec![Cover::Open; columns * rows] }
    }

    fn field(&self, p: Position) -> Option<(usize, usize)> {
        let [i, j] = [0, 1].map(|n| (p[n] - self.origin[n]) / FIELD);
        (i >= 0.0 && j >= 0.0 && (i as usize) < self.columns && (j as usize) < self.rows)
            .then_some((i as usize, j as usize))
    }

    fn middle(&self, i: usize, j: usize) -> Position {
        [self.origin[0] + (i as f64 + 0.5) * FIELD, self.origin[1] + (j as f64 + 0.5) * FIELD]
    }

    /// What covers a position; beyond the extent nothing does.
    pub fn at(&self, p: Position) -> Cover {
        self.field(p).map_or(Cover::Open, |(i, j)| self.fields[j * self.columns + i])
    }

    /// Covers a ring.
    pub fn fill(&mut self, ring: &[Position], cover: Cover) {
        self.each(ring, 0.0, |middle| holds(ring, middle), cover);
    }

    /// Covers what lies within so many metres of a line.
    pub fn sweep(&mut self, line: &[Position], reach_m: f64, cover: Cover) {
        for pair in line.windows(2) {
            let steps = (distance_m(pair[0], pair[1]) / 100.0).ceil().max(1.0);
            for step in 0..=steps as usize {
                let p = between(pair[0], pair[1], step as f64 / steps);
                let near = |middle: Position| distance_m(middle, p) <= reach_m.max(FIELD * 40_000.0);
                self.each(&[p], reach_m.max(80.0), near, cover);
            }
        }
    }

    fn each(&mut self, around: &[Position], margin_m: f64, is_in: impl Fn(Position) -> bool, cover: Cover) {
        let [low, high] = [f64::min, f64::max].map(|pick| {
            around.iter().copied().reduce(|a, b| [pick(a[0], b[0]), pick(a[1], b[1])]).unwrap_or_default()
        });
        let margin = metres(low[1]).map(|m| margin_m / m);
        let column = |x: f64| (((x - self.origin[0]) / FIELD).max(0.0) as usize).min(self.columns - 1);
        let row = |y: f64| (((y - self.origin[1]) / FIELD).max(0.0) as usize).min(self.rows - 1);
        let (west, east) = (column(low[0] - margin[0]), column(high[0] + margin[0]));
        for j in row(low[1] - margin[1])..=row(high[1] + margin[1]) {
            for i in west..=east {
                if is_in(self.middle(i, j)) {
                    let field = &mut self.fields[j * self.columns + i];
                    if !matches!(cover, Cover::Roadside | Cover::Road)
                        || matches!(*field, Cover::Open | Cover::Roadside)
                    {
                        *field = cover;
                    }
                }
            }
        }
    }

    /// Whether positions lie on open ground, away from roads.
    pub fn is_free(&self, positions: impl IntoIterator<Item = Position>) -> bool {
        positions.into_iter().all(|p| matches!(self.at(p), Cover::Open | Cover::Roadside))
    }
}
