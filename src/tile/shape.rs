//! One feature's coordinates in one flat buffer, used again for the next feature.

/// A coordinate pair in tile units: x to the right, y down, (0, 0) the tile's north-west corner.
pub type Position = [f64; 2];

/// What a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    /// Positions that stand by themselves.
    Points,
    /// An open line.
    Line,
    /// The first ring of a polygon; its last position repeats its first.
    Exterior,
    /// A further ring of the polygon before it.
    Interior,
}

/// One feature's geometry: paths one behind the other.
#[derive(Debug, Default)]
pub struct Shape {
    positions: Vec<Position>,
    paths: Vec<(PathKind, usize)>,
    low: Position,
    high: Position,
}

impl Shape {
    /// Empties the buffer and keeps its room.
    pub fn clear(&mut self) {
        self.positions.clear();
        self.paths.clear();
        self.low = [f64::INFINITY; 2];
        self.high = [f64::NEG_INFINITY; 2];
    }

    /// Adds a position to the path under way.
    pub fn push(&mut self, position: Position) {
        for (axis, value) in position.into_iter().enumerate() {
            self.low[axis] = self.low[axis].min(value);
            self.high[axis] = self.high[axis].max(value);
        }
        self.positions.push(position);
    }

    /// Adds positions to the path under way; one that is no number makes it unreadable.
    pub fn extend(
        &mut self,
        positions: impl Iterator<Item = Position>,
    ) -> Result<(), super::wkb::Unreadable> {
        let (mut low, mut high, mut sum) = (self.low, self.high, 0.0);
        self.positions.extend(positions.inspect(|p| {
            low = [low[0].min(p[0]), low[1].min(p[1])];
            high = [high[0].max(p[0]), high[1].max(p[1])];
            // Anything that is no number stays in the sum.
            sum += p[0] + p[1];
        }));
        (self.low, self.high) = (low, high);
        if sum.is_finite() { Ok(()) } else { Err(super::wkb::Unreadable) }
    }

    /// Ends the path under way; one without positions is forgotten.
    pub fn end_path(&mut self, kind: PathKind) {
        let start = self.paths.last().map_or(0, |p| p.1);
        if self.positions.len() > start {
            self.paths.push((kind, self.positions.len()));
        }
    }

    /// The paths with their positions.
    pub fn paths(&self) -> impl Iterator<Item = (PathKind, &[Position])> {
        let mut start = 0;
        self.paths.iter().map(move |&(kind, end)| {
            let path = &self.positions[start..end];
            start = end;
            (kind, path)
        })
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Whether no position can lie between `low` and `high` on both axes.
    pub fn lies_outside(&self, low: f64, high: f64) -> bool {
        (0..2).any(|axis| self.high[axis] < low || self.low[axis] > high)
    }

    /// Whether all positions lie between `low` and `high` on both axes.
    pub fn lies_inside(&self, low: f64, high: f64) -> bool {
        (0..2).all(|axis| self.low[axis] >= low && self.high[axis] <= high)
    }
}
