//! Plane geometry on degrees: distances, rings, lines that wind. Knows no places.

use super::random::Random;
use std::collections::HashMap;

/// Longitude, latitude, degrees.
pub type Position = [f64; 2];
/// Positions in order; closed where it bounds an area.
pub type Line = Vec<Position>;

/// From `a` the share `t` of the way to `b`.
pub fn between(a: Position, b: Position, t: f64) -> Position {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]
}

/// Square of the distance, degrees.
pub fn square(a: Position, b: Position) -> f64 {
    let (dx, dy) = (a[0] - b[0], a[1] - b[1]);
    dx * dx + dy * dy
}

/// Metres of a degree of longitude and of latitude on the ellipsoid, to a hundred-thousandth.
pub fn metres(latitude: f64) -> Position {
    let phi = latitude.to_radians();
    [111_412.84 * phi.cos() - 93.5 * (3.0 * phi).cos(), 111_132.92 - 559.82 * (2.0 * phi).cos()]
}

/// The position so many metres east and north.
pub fn offset_m([x, y]: Position, east_m: f64, north_m: f64) -> Position {
    let [a, b] = metres(y);
    [x + east_m / a, y + north_m / b]
}

/// Distance, metres.
pub fn distance_m(a: Position, b: Position) -> f64 {
    let scale = metres((a[1] + b[1]) / 2.0);
    ((a[0] - b[0]) * scale[0]).hypot((a[1] - b[1]) * scale[1])
}

/// Length, metres.
pub fn length_m(line: &[Position]) -> f64 {
    line.windows(2).map(|pair| distance_m(pair[0], pair[1])).sum()
}

/// Area of a closed ring, square metres; more than 0 if it runs counterclockwise.
pub fn signed_area_m2(ring: &[Position]) -> f64 {
    let Some(&[x0, y0]) = ring.first() else { return 0.0 };
    let middle = ring.iter().map(|p| p[1]).sum::<f64>() / ring.len() as f64;
    let [a, b] = metres(middle);
    // From the first corner on, so that small areas keep their digits.
    let cross = |p: Position, q: Position| (p[0] - x0) * (q[1] - y0) - (q[0] - x0) * (p[1] - y0);
    ring.windows(2).map(|pair| cross(pair[0], pair[1])).sum::<f64>() / 2.0 * a * b
}

/// Area of a closed ring, square metres.
pub fn area_m2(ring: &[Position]) -> f64 {
    signed_area_m2(ring).abs()
}

/// Whether a closed ring holds a position.
pub fn holds(ring: &[Position], [x, y]: Position) -> bool {
    ring.windows(2).fold(false, |inside, pair| {
        let ([ax, ay], [bx, by]) = (pair[0], pair[1]);
        inside ^ ((ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax)
    })
}

/// Where two stretches cross, if they do.
pub fn crossing(a: Position, b: Position, c: Position, d: Position) -> Option<Position> {
    let (u, v, w) = ([b[0] - a[0], b[1] - a[1]], [d[0] - c[0], d[1] - c[1]], [c[0] - a[0], c[1] - a[1]]);
    let cross = |p: Position, q: Position| p[0] * q[1] - p[1] * q[0];
    let det = cross(u, v);
    let (s, t) = (cross(w, v) / det, cross(w, u) / det);
    ((0.0..1.0).contains(&s) && (0.0..1.0).contains(&t)).then(|| between(a, b, s))
}

/// The position so many metres along a line; its end if the line is shorter.
pub fn along(line: &[Position], distance: f64) -> Position {
    let mut left = distance;
    for pair in line.windows(2) {
        let step = distance_m(pair[0], pair[1]);
        if left < step {
            return between(pair[0], pair[1], left / step);
        }
        left -= step;
    }
    line.last().copied().unwrap_or_default()
}

/// The line moved so many metres to its left.
pub fn beside(line: &[Position], distance: f64) -> Line {
    let last = line.len().saturating_sub(1);
    (0..line.len())
        .map(|i| {
            let (p, q) = (line[i.saturating_sub(1)], line[(i + 1).min(last)]);
            let [a, b] = metres(p[1]);
            let (east, north) = ((q[0] - p[0]) * a, (q[1] - p[1]) * b);
            let length = east.hypot(north).max(f64::MIN_POSITIVE);
            offset_m(line[i], -north / length * distance, east / length * distance)
        })
        .collect()
}

/// The positions between two ends of a curve that winds by the share `bend` of its length.
pub fn curve(a: Position, b: Position, bend: f64, random: &mut Random, line: &mut Line) {
    if square(a, b) < 0.004 * 0.004 {
        return;
    }
    let by = random.between(-bend, bend);
    let [x, y] = between(a, b, 0.5);
    let middle = [x + (b[1] - a[1]) * by, y - (b[0] - a[0]) * by];
    curve(a, middle, bend * 0.8, random, line);
    line.push(middle);
    curve(middle, b, bend * 0.8, random, line);
}

/// A smooth line through all positions (Catmull and Rom), closed if they are.
pub fn smooth(course: &[Position], pieces: usize) -> Line {
    let (count, closed) = (course.len(), course.len() > 2 && course.first() == course.last());
    let at = |i: isize| -> Position {
        let last = count as isize - 1;
        let i = if closed { i.rem_euclid(last) } else { i.clamp(0, last) };
        course[i as usize]
    };
    let mut line = Vec::with_capacity(count * pieces + 1);
    for i in 0..count.saturating_sub(1) as isize {
        let (p, q, r, s) = (at(i - 1), at(i), at(i + 1), at(i + 2));
        for k in 0..pieces {
            let t = k as f64 / pieces as f64;
            let value = |n: usize| {
                let (b, c) = (r[n] - p[n], 2.0 * p[n] - 5.0 * q[n] + 4.0 * r[n] - s[n]);
                let d = 3.0 * (q[n] - r[n]) + s[n] - p[n];
                q[n] + 0.5 * t * (b + t * (c + t * d))
            };
            line.push([value(0), value(1)]);
        }
    }
    line.extend(course.last());
    line
}

/// A line that goes on from a position without turning back, `length` metres in all.
pub fn walk(p: Position, angle: f64, length: f64, random: &mut Random) -> Line {
    let steps = 4 + (length / 400.0) as usize;
    let mut angle = angle;
    let mut line = vec![p];
    for _ in 0..steps {
        angle += random.between(-0.35, 0.35);
        let step = length / steps as f64;
        line.push(offset_m(line[line.len() - 1], angle.cos() * step, angle.sin() * step));
    }
    line
}

/// A ring of uneven corners around a position, `across` metres wide.
pub fn blob(p: Position, across: f64, random: &mut Random) -> Line {
    let corners = 7 + random.index(6);
    let start = random.unit();
    let mut ring: Line = (0..corners)
        .map(|i| {
            let angle = (i as f64 + start) / corners as f64 * std::f64::consts::TAU;
            let radius = across / 2.0 * random.between(0.75, 1.2);
            offset_m(p, angle.cos() * radius, angle.sin() * radius)
        })
        .collect();
    ring.push(ring[0]);
    ring
}

/// Four-sided blocks in columns and rows, uneven and turned; neighbours share their corners.
#[derive(Debug, Clone)]
pub struct Blocks {
    /// Middle.
    pub centre: Position,
    /// How far the columns are turned from the east, radians.
    pub angle: f64,
    /// Columns.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
    /// Width and height of a block, metres.
    pub block_m: [f64; 2],
    /// Where its unevenness comes from.
    pub seed: i64,
}

impl Blocks {
    /// A corner, counted from the south-western one.
    pub fn corner(&self, column: usize, row: usize) -> Position {
        let mut random = Random::at(self.seed, (column * 1_000 + row) as i64, 31);
        let mut place = |at: usize, of: usize, size: f64| {
            (at as f64 - of as f64 / 2.0 + random.between(-0.1, 0.1)) * size
        };
        let (x, y) = (place(column, self.columns, self.block_m[0]), place(row, self.rows, self.block_m[1]));
        let (sin, cos) = self.angle.sin_cos();
        offset_m(self.centre, x * cos - y * sin, x * sin + y * cos)
    }

    /// A block, closed, counterclockwise.
    pub fn block(&self, column: usize, row: usize) -> Line {
        [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)].map(|(i, j)| self.corner(column + i, row + j)).to_vec()
    }

    /// All around, closed, counterclockwise.
    pub fn outline(&self) -> Line {
        let (c, r) = (self.columns, self.rows);
        let mut ring: Line = (0..c).map(|i| self.corner(i, 0)).collect();
        ring.extend((0..r).map(|j| self.corner(c, j)));
        ring.extend((1..=c).rev().map(|i| self.corner(i, r)));
        ring.extend((0..=r).rev().map(|j| self.corner(0, j)));
        ring
    }

    /// The lines between the blocks, those that run northward first.
    pub fn lines(&self) -> Vec<Line> {
        let northward =
            (0..=self.columns).map(|i| (0..=self.rows).map(|j| self.corner(i, j)).collect::<Line>());
        let eastward = (0..=self.rows).map(|j| (0..=self.columns).map(|i| self.corner(i, j)).collect());
        northward.chain(eastward).collect()
    }
}

/// The areas that rings cover together, where neighbours share each corner of their borders:
/// what bounds two of them falls away. Each area: its exterior, then its holes.
pub fn dissolve(rings: &[&Line]) -> Vec<Vec<Line>> {
    let key = |p: Position| p.map(f64::to_bits);
    let mut edges: HashMap<[u64; 2], Vec<Position>> = HashMap::new();
    let mut starts = Vec::new();
    let inner: std::collections::HashSet<_> =
        rings.iter().flat_map(|r| r.windows(2)).map(|pair| (key(pair[0]), key(pair[1]))).collect();
    for pair in rings.iter().flat_map(|r| r.windows(2)) {
        if !inner.contains(&(key(pair[1]), key(pair[0]))) {
            edges.entry(key(pair[0])).or_default().push(pair[1]);
            starts.push(pair[0]);
        }
    }
    let (mut exteriors, mut holes) = (Vec::new(), Vec::new());
    for start in starts {
        let mut ring = vec![start];
        while let Some(next) = edges.get_mut(&key(ring[ring.len() - 1])).and_then(Vec::pop) {
            ring.push(next);
        }
        if ring.len() > 3 {
            if signed_area_m2(&ring) > 0.0 { exteriors.push(vec![ring]) } else { holes.push(ring) }
        }
    }
    for hole in holes {
        if let Some(area) = exteriors.iter_mut().find(|area| holds(&area[0], between(hole[0], hole[1], 0.5)))
        {
            area.push(hole);
        }
    }
    exteriors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_areas_are_those_of_the_ellipsoid() {
        // Geodesic lengths of a hundredth of a degree at 11° N: 1 092.9 m and 1 106.1 m.
        assert!((length_m(&[[106.0, 11.0], [106.01, 11.0]]) - 1092.9).abs() < 0.1);
        assert!((length_m(&[[106.0, 11.0], [106.0, 11.01]]) - 1106.1).abs() < 0.1);
        let ring = [[106.0, 11.0], [106.01, 11.0], [106.01, 11.01], [106.0, 11.01], [106.0, 11.0]];
        assert!((area_m2(&ring) / 1e4 - 120.89).abs() < 0.02);
        assert!(signed_area_m2(&ring) > 0.0);
    }

    #[test]
    fn rings_that_share_borders_dissolve_into_what_they_cover() {
        let square = |x: f64, y: f64| vec![[x, y], [x + 1., y], [x + 1., y + 1.], [x, y + 1.], [x, y]];
        let ring: Vec<Line> =
            (0..9).filter(|n| *n != 4).map(|n| square((n % 3) as f64, (n / 3) as f64)).collect();
        let areas = dissolve(&ring.iter().collect::<Vec<_>>());
        assert_eq!(areas.len(), 1);
        assert_eq!(areas[0].len(), 2);
        assert_eq!((areas[0][0].len(), areas[0][1].len()), (13, 5));
    }

    #[test]
    fn blocks_lie_in_their_outline() {
        let blocks =
            Blocks { centre: [106.1, 11.2], angle: 0.4, columns: 3, rows: 2, block_m: [200., 150.], seed: 5 };
        let all: f64 =
            (0..3).flat_map(|i| (0..2).map(move |j| (i, j))).map(|(i, j)| area_m2(&blocks.block(i, j))).sum();
        assert!((all / area_m2(&blocks.outline()) - 1.0).abs() < 1e-6);
        assert_eq!(blocks.lines().len(), 7);
    }
}
