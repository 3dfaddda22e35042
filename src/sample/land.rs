//! The land of the sample: real names, codes and rough positions of the 96 communes; boundaries
//! drawn from nothing but those positions.
//!
//! Each commune gets what lies nearer to its position than to any other (Voronoi); positions
//! around the province, where no commune is near, bound it. Borders are then bent at random,
//! within the four-sided field that belongs to each border alone, so that none crosses another,
//! and each border is drawn once for both sides.

use super::{
    facts,
    geometry::{Line, Position, between, dissolve, distance_m, holds, square},
    random::Random,
};
use std::collections::BTreeMap;

/// Distance of the positions that bound the province, degrees.
const BOUND_STEP: f64 = 0.05;
/// No bounding position stands nearer to a commune than this, degrees.
const BOUND_DISTANCE: f64 = 0.115;
/// Corners are told apart by this, degrees.
const CORNER_GRID: f64 = 1e-6;
/// Borders are bent until their pieces are shorter than this, degrees.
const PIECE_MAX: f64 = 0.003;

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
    /// The communes before that day of which it took the whole or a part: code, name, whether the
    /// whole.
    pub former: Vec<(&'static str, &'static str, bool)>,
    /// Its drawn boundary, closed, counterclockwise.
    pub ring: Line,
}

impl Commune {
    /// Whether it is a ward.
    pub fn is_ward(&self) -> bool {
        self.unit_type == "phuong"
    }

    /// Its name with what it is: `Phường Long An`.
    pub fn title(&self) -> String {
        format!("{} {}", if self.is_ward() { "Phường" } else { "Xã" }, self.name)
    }

    /// What its administration is called: `UBND phường Long An`.
    pub fn committee(&self) -> String {
        format!("UBND {}", self.title_within())
    }

    /// Its name with what it is, within a sentence: `phường Long An`.
    pub fn title_within(&self) -> String {
        format!("{} {}", if self.is_ward() { "phường" } else { "xã" }, self.name)
    }
}

/// All communes, and the line that bounds them.
#[derive(Debug, Clone)]
pub struct Land {
    /// The communes, by code.
    pub communes: Vec<Commune>,
    /// The boundary of the province, closed, counterclockwise.
    pub outline: Line,
    index: Index,
}

impl Land {
    /// Draws the land. The same each time.
    pub fn draw() -> Self {
        let mut communes: Vec<Commune> = facts::rows(facts::COMMUNES).map(commune).collect();
        for [code, name, new, relation] in facts::rows(facts::FORMER_COMMUNES) {
            if let Some(commune) = communes.iter_mut().find(|c| c.code == new) {
                commune.former.push((code, name, relation == "full"));
            }
        }
        let sites: Line = communes.iter().map(|c| c.position).collect();
        let all: Line = sites.iter().copied().chain(bounding(&sites)).collect();
        let mut borders = BTreeMap::new();
        for (number, commune) in communes.iter_mut().enumerate() {
            let cell = cell(number, &all);
            for (i, &(corner, beyond)) in cell.iter().enumerate() {
                let next = cell[(i + 1) % cell.len()].0;
                let line = border(corner, next, number, beyond, &all, &mut borders);
                commune.ring.extend(&line[..line.len() - 1]);
            }
            commune.ring.extend(commune.ring.first().copied());
        }
        let areas = dissolve(&communes.iter().map(|c| &c.ring).collect::<Vec<_>>());
        let outline = areas.into_iter().flatten().max_by_key(Line::len).unwrap_or_default();
        let index = Index::new(&communes);
        Self { communes, outline, index }
    }

    /// The commune whose boundary holds the position.
    pub fn commune_at(&self, p: Position) -> Option<usize> {
        let candidates = self.index.candidates(p);
        match *candidates {
            [(only, true)] => Some(only),
            _ => candidates.iter().map(|c| c.0).find(|&c| holds(&self.communes[c].ring, p)),
        }
    }

    /// The number of the commune with this code.
    pub fn commune_of(&self, code: &str) -> Option<usize> {
        self.communes.iter().position(|c| c.code == code)
    }

    /// A position inside a commune; `spread` from 0, at its middle, to 1, up to its boundary.
    pub fn position_in(&self, number: usize, spread: f64, random: &mut Random) -> Position {
        let commune = &self.communes[number];
        for _ in 0..40 {
            let corner = commune.ring[random.index(commune.ring.len())];
            let p = between(commune.position, corner, random.unit().sqrt() * spread * 0.93);
            if holds(&commune.ring, p) {
                return p;
            }
        }
        commune.position
    }

    /// Where the way from a position inside toward another leaves the province; that other one if
    /// it does not.
    pub fn way_out(&self, from: Position, toward: Position) -> Position {
        let at = |t: f64| between(from, toward, t);
        let steps = (distance_m(from, toward) / 200.0).ceil().max(1.0);
        let outside = (1..(steps * 1.8) as usize).find(|&i| self.commune_at(at(i as f64 / steps)).is_none());
        let Some(first) = outside else { return toward };
        let (mut inside, mut outside) = ((first - 1) as f64 / steps, first as f64 / steps);
        for _ in 0..20 {
            let middle = (inside + outside) / 2.0;
            if self.commune_at(at(middle)).is_some() { inside = middle } else { outside = middle }
        }
        at(inside)
    }

    /// West, south, east, north.
    pub fn extent(&self) -> [f64; 4] {
        let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        self.outline.iter().fold(start, |[w, s, e, n], [x, y]| [w.min(*x), s.min(*y), e.max(*x), n.max(*y)])
    }
}

fn commune([code, name, unit_type, x, y, former_province]: [&'static str; 6]) -> Commune {
    let position = [facts::number(x), facts::number(y)];
    Commune { code, name, unit_type, position, former_province, former: Vec::new(), ring: Vec::new() }
}

/// Which communes are near: for each field of a grid those whose boundary passes through it, or
/// the one that holds it whole.
#[derive(Debug, Clone)]
struct Index {
    fields: BTreeMap<(i64, i64), Vec<(usize, bool)>>,
}

impl Index {
    const FIELD: f64 = 0.01;

    fn field(p: Position) -> (i64, i64) {
        ((p[0] / Self::FIELD).floor() as i64, (p[1] / Self::FIELD).floor() as i64)
    }

    fn new(communes: &[Commune]) -> Self {
        let mut fields: BTreeMap<_, Vec<(usize, bool)>> = BTreeMap::new();
        for (number, commune) in communes.iter().enumerate() {
            for pair in commune.ring.windows(2) {
                let ((a, b), (c, d)) = (Self::field(pair[0]), Self::field(pair[1]));
                for field in (a.min(c)..=a.max(c)).flat_map(|i| (b.min(d)..=b.max(d)).map(move |j| (i, j))) {
                    let found = fields.entry(field).or_default();
                    if !found.contains(&(number, false)) {
                        found.push((number, false));
                    }
                }
            }
        }
        let passed: std::collections::BTreeSet<_> = fields.keys().copied().collect();
        for (number, commune) in communes.iter().enumerate() {
            let corners = commune.ring.iter().map(|p| Self::field(*p));
            let (west, east) = (corners.clone().map(|f| f.0).min(), corners.clone().map(|f| f.0).max());
            let (south, north) = (corners.clone().map(|f| f.1).min(), corners.map(|f| f.1).max());
            let span = |low: Option<i64>, high: Option<i64>| low.unwrap_or(0)..=high.unwrap_or(-1);
            for field in span(west, east).flat_map(|i| span(south, north).map(move |j| (i, j))) {
                let middle = [(field.0 as f64 + 0.5) * Self::FIELD, (field.1 as f64 + 0.5) * Self::FIELD];
                if !passed.contains(&field) && holds(&commune.ring, middle) {
                    fields.insert(field, vec![(number, true)]);
                }
            }
        }
        Self { fields }
    }

    fn candidates(&self, p: Position) -> &[(usize, bool)] {
        self.fields.get(&Self::field(p)).map_or(&[], Vec::as_slice)
    }
}

/// Positions around the sites: those of a grid that can be reached from its edge without coming
/// near a site.
fn bounding(sites: &[Position]) -> Line {
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
    drawn: &mut BTreeMap<(usize, usize), Line>,
) -> Line {
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
    let centre = between(middle, site, 0.48);
    let along = [b[0] - a[0], b[1] - a[1]];
    let length = square(a, b).max(f64::MIN_POSITIVE);
    let aside = ((centre[0] - middle[0]) * along[0] + (centre[1] - middle[1]) * along[1]).abs() / length;
    between(middle, centre, (0.3 / aside.max(f64::MIN_POSITIVE)).min(1.0))
}

/// Bends the stretch from `a` to `c` within the field `a b c d`.
fn bend(a: Position, b: Position, c: Position, d: Position, random: &mut Random, line: &mut Line) {
    let short = PIECE_MAX * PIECE_MAX;
    if square(a, c) < short || square(b, d) < short {
        return;
    }
    let (p, q) = (random.between(0.3, 0.7), random.between(0.2, 0.8));
    let (e, f) = (between(a, d, p), between(b, c, p));
    let (g, i) = (between(a, b, q), between(d, c, q));
    let h = between(e, f, q);
    let (s, t) = (random.between(0.7, 1.0), random.between(0.7, 1.0));
    bend(a, between(h, g, s * 0.8), h, between(h, e, t * 0.8), random, line);
    line.push(h);
    bend(h, between(h, f, s * 0.8), c, between(h, i, t * 0.8), random, line);
}
