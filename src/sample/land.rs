//! The land of the sample: real names, codes and rough positions of the 96 communes; boundaries
//! drawn from nothing but those positions.
//!
//! Each commune gets what lies nearer to its position than to any other (Voronoi); positions
//! around the province, where no commune is near, bound it. Borders are then bent at random,
//! within the four-sided field that belongs to each border alone, so that none crosses another,
//! and each border is drawn once for both sides.

use super::random::Random;
use std::collections::BTreeMap;

/// Longitude, latitude, degrees.
pub type Position = [f64; 2];

const COMMUNES: &str = include_str!("communes.csv");
/// Distance of the positions that bound the province, degrees.
const BOUND_STEP: f64 = 0.05;
/// No bounding position stands nearer to a commune than this, degrees.
const BOUND_DISTANCE: f64 = 0.115;
/// Corners are told apart by this, degrees.
const CORNER_GRID: f64 = 1e-6;
/// Borders are bent until their pieces are shorter than this, degrees.
const PIECE_MAX: f64 = 0.004;

/// One commune.
#[derive(Debug, Clone)]
pub struct Commune {
    /// Code of the list in force since 1 July 2025.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// `xa` or `phuong`.
    pub unit_type: &'static str,
    /// Rough position.
    pub position: Position,
    /// Code of the province that it belonged to: 80 (Long An) or 72 (Tây Ninh).
    pub former_province: &'static str,
    /// Its drawn boundary, closed.
    pub ring: Vec<Position>,
}

/// All communes, and the line that bounds them.
#[derive(Debug, Clone)]
pub struct Land {
    /// The communes, by code.
    pub communes: Vec<Commune>,
    /// The borders to land outside, one piece for each pair of neighbours, with the position
    /// beyond.
    pub outer: Vec<(Vec<Position>, Position)>,
    bounds: Vec<Position>,
}

impl Land {
    /// Draws the land. The same each time.
    pub fn draw() -> Self {
        let mut communes: Vec<Commune> = COMMUNES.lines().skip(1).filter_map(commune).collect();
        let sites: Vec<Position> = communes.iter().map(|c| c.position).collect();
        let bounds = bounding(&sites);
        let all: Vec<Position> = sites.iter().chain(&bounds).copied().collect();
        let mut borders = BTreeMap::new();
        let mut outer = Vec::new();
        for (number, commune) in communes.iter_mut().enumerate() {
            let cell = cell(number, &all);
            for (i, &(corner, beyond)) in cell.iter().enumerate() {
                let next = cell[(i + 1) % cell.len()].0;
                let line = border(corner, next, number, beyond, &all, &mut borders);
                commune.ring.extend(&line[..line.len() - 1]);
                if beyond >= sites.len() {
                    outer.push((line, all[beyond]));
                }
            }
            commune.ring.extend(commune.ring.first().copied());
        }
        Self { communes, outer, bounds }
    }

    /// The commune whose position is nearest, unless a bounding position is nearer. Borders are
    /// bent, so close to one this may be the neighbour.
    pub fn nearest(&self, p: Position) -> Option<usize> {
        let by_distance = |a: &(usize, f64), b: &(usize, f64)| a.1.total_cmp(&b.1);
        let distances = self.communes.iter().map(|c| square(c.position, p)).enumerate();
        let (number, distance) = distances.min_by(by_distance)?;
        self.bounds.iter().all(|b| square(*b, p) > distance).then_some(number)
    }

    /// The commune whose drawn boundary holds the position.
    pub fn commune_at(&self, p: Position) -> Option<usize> {
        let near = self.nearest(p);
        near.filter(|n| holds(&self.communes[*n].ring, p))
            .or_else(|| self.communes.iter().position(|c| square(c.position, p) < 0.1 && holds(&c.ring, p)))
    }

    /// A position inside a commune, toward its middle.
    pub fn position_in(&self, number: usize, random: &mut Random) -> Position {
        let commune = &self.communes[number];
        for _ in 0..40 {
            let corner = commune.ring[random.index(commune.ring.len())];
            let p = between(commune.position, corner, random.unit().sqrt() * 0.9);
            if holds(&commune.ring, p) {
                return p;
            }
        }
        commune.position
    }

    /// West, south, east, north.
    pub fn extent(&self) -> [f64; 4] {
        let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        self.communes
            .iter()
            .flat_map(|c| &c.ring)
            .fold(start, |[w, s, e, n], [x, y]| [w.min(*x), s.min(*y), e.max(*x), n.max(*y)])
    }
}

fn commune(line: &'static str) -> Option<Commune> {
    let mut fields = line.split(',');
    Some(Commune {
        code: fields.next()?,
        name: fields.next()?,
        unit_type: fields.next()?,
        position: [fields.next()?.parse().ok()?, fields.next()?.parse().ok()?],
        former_province: fields.next()?,
        ring: Vec::new(),
    })
}

/// Positions around the sites: those of a grid that can be reached from its edge without coming
/// near a site.
fn bounding(sites: &[Position]) -> Vec<Position> {
    let span = |axis: usize| {
        let values = sites.iter().map(|s| s[axis]);
        (values.clone().fold(f64::INFINITY, f64::min) - 0.5, values.fold(f64::NEG_INFINITY, f64::max) + 0.5)
    };
    let ((west, east), (south, north)) = (span(0), span(1));
    let count = |low: f64, high: f64| ((high - low) / BOUND_STEP) as i64 + 1;
    let (columns, rows) = (count(west, east), count(south, north));
    let place = |i: i64, j: i64| [west + i as f64 * BOUND_STEP, south + j as f64 * BOUND_STEP];
    let mut seen = vec![false; (columns * rows) as usize];
    let mut waiting = vec![(0, 0)];
    let mut found = Vec::new();
    while let Some((i, j)) = waiting.pop() {
        if i < 0
            || j < 0
            || i >= columns
            || j >= rows
            || std::mem::replace(&mut seen[(i * rows + j) as usize], true)
        {
            continue;
        }
        let p = place(i, j);
        if sites.iter().all(|s| square(*s, p) > BOUND_DISTANCE * BOUND_DISTANCE) {
            // Off the grid a little: four at one distance would meet in one corner.
            let mut random = Random::at(i, j, 1);
            found.push([p[0] + random.between(-0.01, 0.01), p[1] + random.between(-0.01, 0.01)]);
            waiting.extend([(i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)]);
        }
    }
    found.retain(|p| sites.iter().any(|s| square(*s, *p) < 0.3 * 0.3));
    found
}

/// The corners of a site's cell in order, each with the site beyond the border that starts there.
fn cell(number: usize, sites: &[Position]) -> Vec<(Position, usize)> {
    let [x, y] = sites[number];
    let none = usize::MAX;
    let mut corners = vec![
        ([x - 1., y - 1.], none),
        ([x + 1., y - 1.], none),
        ([x + 1., y + 1.], none),
        ([x - 1., y + 1.], none),
    ];
    for (other, site) in sites.iter().enumerate().filter(|(other, _)| *other != number) {
        let nearer = |p: Position| square(p, sites[number]) - square(p, *site);
        let mut kept = Vec::with_capacity(corners.len() + 1);
        for i in 0..corners.len() {
            let ((a, beyond), (b, _)) = (corners[i], corners[(i + 1) % corners.len()]);
            let (da, db) = (nearer(a), nearer(b));
            if da <= 0.0 {
                kept.push((a, beyond));
            }
            if (da <= 0.0) != (db <= 0.0) {
                let crossing = between(a, b, da / (da - db));
                kept.push((crossing, if da <= 0.0 { other } else { beyond }));
            }
        }
        corners = kept;
    }
    let snap = |v: f64| (v / CORNER_GRID).round() * CORNER_GRID;
    let mut snapped: Vec<_> =
        corners.into_iter().map(|([x, y], beyond)| ([snap(x), snap(y)], beyond)).collect();
    snapped.dedup_by(|b, a| {
        a.0 == b.0 && {
            a.1 = b.1;
            true
        }
    });
    snapped
}

/// The bent border from `a` to `b`, drawn once for both sides.
fn border(
    a: Position,
    b: Position,
    number: usize,
    beyond: usize,
    sites: &[Position],
    drawn: &mut BTreeMap<(usize, usize), Vec<Position>>,
) -> Vec<Position> {
    let key = (number.min(beyond), number.max(beyond));
    if let Some(line) = drawn.get(&key) {
        let mut line = line.clone();
        if line[0] != a {
            line.reverse();
        }
        return line;
    }
    let mut random = Random::at(key.0 as i64, key.1 as i64, 2);
    let mut line = vec![a];
    let (one, other) = (apex(a, b, sites[key.0]), apex(a, b, sites[key.1]));
    bend(a, one, b, other, &mut random, &mut line);
    line.push(b);
    let snap = |v: f64| (v / CORNER_GRID).round() * CORNER_GRID;
    line.iter_mut().for_each(|p| *p = p.map(snap));
    line.dedup();
    drawn.insert(key, line.clone());
    line
}

/// A point beside the border from `a` to `b`, within the triangle that it makes with `site`:
/// triangles of different borders of a cell have nothing in common. It stands above the
/// border's middle part, so that the field between two of them has no dent.
fn apex(a: Position, b: Position, site: Position) -> Position {
    let middle = between(a, b, 0.5);
    let centre = between(middle, site, 1.0 / 3.0);
    let along = [b[0] - a[0], b[1] - a[1]];
    let length = square(a, b).max(f64::MIN_POSITIVE);
    let aside = ((centre[0] - middle[0]) * along[0] + (centre[1] - middle[1]) * along[1]).abs() / length;
    between(middle, centre, (0.3 / aside.max(f64::MIN_POSITIVE)).min(1.0))
}

/// Bends the stretch from `a` to `c` within the field `a b c d`.
fn bend(a: Position, b: Position, c: Position, d: Position, random: &mut Random, line: &mut Vec<Position>) {
    let short = PIECE_MAX * PIECE_MAX;
    if square(a, c) < short || square(b, d) < short {
        return;
    }
    let (p, q) = (random.between(0.3, 0.7), random.between(0.35, 0.65));
    let (e, f) = (between(a, d, p), between(b, c, p));
    let (g, i) = (between(a, b, q), between(d, c, q));
    let h = between(e, f, q);
    let (s, t) = (random.between(0.7, 1.0), random.between(0.7, 1.0));
    bend(a, between(h, g, s * 0.8), h, between(h, e, t * 0.8), random, line);
    line.push(h);
    bend(h, between(h, f, s * 0.8), c, between(h, i, t * 0.8), random, line);
}

/// Whether a closed ring holds a position.
pub fn holds(ring: &[Position], [x, y]: Position) -> bool {
    ring.windows(2).fold(false, |inside, pair| {
        let ([ax, ay], [bx, by]) = (pair[0], pair[1]);
        inside ^ ((ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax)
    })
}

/// From `a` the share `t` of the way to `b`.
pub fn between(a: Position, b: Position, t: f64) -> Position {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]
}

/// Square of the distance, degrees.
pub fn square(a: Position, b: Position) -> f64 {
    let (dx, dy) = (a[0] - b[0], a[1] - b[1]);
    dx * dx + dy * dy
}
