//! Ends of lines that stop just short of another line.
//!
//! In a network of roads or canals such an end was meant to meet the line; routes and lengths along
//! the network break there. What is told is a warning: two ways may end near each other in truth.

use super::{
    Checked, RowFinding,
    late::{LateFinding, Source},
};
use crate::import::{
    Words,
    report::{Rule, Severity},
    words,
};
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// An end this near to another line was meant to meet it, metres.
const UNDERSHOOT_M: f64 = 2.0;
/// An end this near does meet it, metres: a tenth of what surveys of roads know.
const MEETS_M: f64 = 0.01;
/// Side of a cell in which ends are looked for, metres.
const CELL_M: f64 = 16.0;
/// Positions that are remembered, 16 bytes each.
const POSITIONS_MAX: usize = 3_000_000;

/// The lines of a network.
#[derive(Default)]
pub struct Dangles {
    /// Positions of all lines, one line behind the other, metres.
    positions: Vec<[f64; 2]>,
    /// Where each line ends among them, and whose it is.
    lines: Vec<(usize, usize)>,
    rows: Vec<Source>,
    full: bool,
}

impl Dangles {
    /// Remembers the lines of a row.
    pub fn add(&mut self, row: &Checked<'_>, source: impl FnOnce() -> Source) {
        let Some(shape) = row.shape.filter(|s| s.is_linear()) else { return };
        if self.positions.len() + shape.len() > POSITIONS_MAX {
            self.full = true;
            return;
        }
        for (_, x, y) in shape.paths(row.plane.0, row.plane.1) {
            self.positions.extend(x.iter().zip(y).map(|(x, y)| [*x, *y]));
            self.lines.push((self.positions.len(), self.rows.len()));
        }
        self.rows.push(source());
    }

    /// The ends that stop short.
    pub fn found(&self) -> Vec<LateFinding> {
        let mut ends = Vec::new();
        let mut start = 0;
        for (line, &(end, _)) in self.lines.iter().enumerate() {
            let path = &self.positions[start..end];
            start = end;
            if let (Some(first), Some(last)) = (path.first(), path.last())
                && first != last
            {
                ends.extend([*first, *last].map(|at| End { at, line, nearest: f64::INFINITY, other: line }));
            }
        }
        self.measure(&mut ends);
        let dangling = |end: &&End| end.nearest > MEETS_M && end.nearest <= UNDERSHOOT_M;
        ends.iter().filter(dangling).map(|end| self.finding(end)).collect()
    }

    /// What was not checked.
    pub fn note(&self) -> Option<Words> {
        self.full.then(|| {
            words(
                format!("chỉ kiểm tra đầu đường hở trong {POSITIONS_MAX} điểm đầu tiên"),
                format!("ends of lines were looked at for the first {POSITIONS_MAX} positions only"),
            )
        })
    }

    // How near each end comes to another line.
    fn measure(&self, ends: &mut [End]) {
        let cell = |[x, y]: [f64; 2]| ((x / CELL_M).floor() as i64, (y / CELL_M).floor() as i64);
        let mut cells: HashMap<(i64, i64), Vec<usize>, FixedState> = HashMap::default();
        for (number, end) in ends.iter().enumerate() {
            cells.entry(cell(end.at)).or_default().push(number);
        }
        let mut start = 0;
        for (line, &(stop, _)) in self.lines.iter().enumerate() {
            for pair in self.positions[start..stop].windows(2) {
                let (a, b) = (pair[0], pair[1]);
                let steps = ((b[0] - a[0]).hypot(b[1] - a[1]) / CELL_M).ceil().max(1.0) as u32;
                for step in 0..=steps {
                    let t = f64::from(step) / f64::from(steps);
                    let (x, y) = cell([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]);
                    for near in (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (x, y))) {
                        for number in cells.get(&near).into_iter().flatten() {
                            if let Some(end) = ends.get_mut(*number).filter(|end| end.line != line) {
                                end.meet(a, b, line);
                            }
                        }
                    }
                }
            }
            start = stop;
        }
    }

    fn finding(&self, end: &End) -> LateFinding {
        let source = |line: usize| self.lines.get(line).and_then(|(_, row)| self.rows.get(*row));
        let (other, short) = (source(end.other).map_or_else(|| Words::same(""), Source::name), end.nearest);
        let reason = words(
            format!("có đầu đường hở, cách đường của {} {short:.2} m", other.vi),
            format!("an end stops {short:.2} m short of the line of {}", other.en),
        );
        let [lon, lat] = crate::crs::Plane::measuring().to_lonlat(end.at[0], end.at[1]);
        let mut finding = RowFinding::error(Rule::Undershoot, reason).at(Some((lon, lat)));
        finding.severity = Severity::Warning;
        LateFinding { source: source(end.line).cloned().unwrap_or_default(), finding }
    }
}

/// An end of a line, and the other line that it comes nearest to.
struct End {
    at: [f64; 2],
    line: usize,
    nearest: f64,
    other: usize,
}

impl End {
    fn meet(&mut self, a: [f64; 2], b: [f64; 2], line: usize) {
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = dx * dx + dy * dy;
        let along = if length > 0.0 {
            (((self.at[0] - a[0]) * dx + (self.at[1] - a[1]) * dy) / length).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let distance = (a[0] + dx * along - self.at[0]).hypot(a[1] + dy * along - self.at[1]);
        if distance < self.nearest {
            self.nearest = distance;
            self.other = line;
        }
    }
}
