//! The province as the sample draws it: what its layers have in common, so that they agree.

use super::{
    estates::{self, Estate},
    facts,
    geometry::{Blocks, Line, Position, along, beside, between, distance_m, smooth, square},
    ground::{Cover, Ground},
    land::Land,
    network::{self, Network},
    random::Random,
};

/// A wood, a lake, a mountain.
#[derive(Debug, Clone)]
pub struct Nature {
    /// Name.
    pub name: &'static str,
    /// Land-use code.
    pub land_use: &'static str,
    /// Where it lies.
    pub ring: Line,
}

/// A river or canal.
#[derive(Debug, Clone)]
pub struct Waterway {
    /// Name.
    pub name: &'static str,
    /// `river`, `canal`, or `main_canal`, which is for irrigation alone.
    pub kind: &'static str,
    /// Grade.
    pub grade: &'static str,
    /// Width, metres.
    pub width_m: f64,
    /// `central` or `local`.
    pub manager: &'static str,
    /// Its course, downstream, in pieces between the positions that are known of it.
    pub pieces: Vec<Line>,
}

/// A border gate.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Name.
    pub name: &'static str,
    /// Type, as the layer of border markers has it.
    pub gate_type: &'static str,
    /// On the boundary.
    pub position: Position,
}

/// All that is drawn once, for all layers.
#[derive(Debug)]
pub struct Province {
    /// Communes.
    pub land: Land,
    /// Woods and waters that are areas.
    pub nature: Vec<Nature>,
    /// Rivers and canals.
    pub waterways: Vec<Waterway>,
    /// The built-up middle of each commune, by its number.
    pub towns: Vec<Blocks>,
    /// Border gates.
    pub gates: Vec<Gate>,
    /// Roads.
    pub roads: Network,
    /// Industrial parks and clusters.
    pub estates: Vec<Estate>,
    /// What covers the ground.
    pub ground: Ground,
}

/// Where something stands in a commune.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Near {
    /// Among the town's streets.
    Town,
    /// Beside a road.
    Road,
    /// Anywhere but in water and industry.
    Country,
}

impl Province {
    /// Draws it. The same each time.
    pub fn draw() -> Self {
        let land = Land::draw();
        let nature = nature();
        let waterways = waterways(&land);
        let towns = towns(&land);
        let gates = gates(&land);
        let roads = network::draw(&land, &gates, &towns);
        let mut ground = Ground::new(land.extent());
        for area in &nature {
            ground.fill(&area.ring, Cover::of_land_use(area.land_use));
        }
        for road in roads.segments.iter().filter(|s| !s.is_local()) {
            ground.sweep(&road.line, 260.0, Cover::Roadside);
        }
        for road in roads.segments.iter().filter(|s| !s.is_local()) {
            ground.sweep(&road.line, 60.0, Cover::Road);
        }
        for (commune, town) in towns.iter().enumerate() {
            let cover = if land.communes[commune].is_ward() { Cover::Ward } else { Cover::Village };
            ground.fill(&town.outline(), cover);
        }
        for waterway in &waterways {
            let width = waterway.width_m + if waterway.width_m < 30.0 { 0.0 } else { 120.0 };
            waterway.pieces.iter().for_each(|piece| ground.sweep(piece, width / 2.0, Cover::River));
        }
        let estates = estates::draw(&land, &mut ground);
        Self { land, nature, waterways, towns, gates, roads, estates, ground }
    }

    /// A commune; those of more people more often.
    pub fn any_commune(&self, random: &mut Random) -> usize {
        let count = self.land.communes.len();
        let (one, other) = (random.index(count), random.index(count));
        if self.land.communes[other].is_ward() { other } else { one }
    }

    /// A position in a commune.
    pub fn place(&self, commune: usize, near: Near, random: &mut Random) -> Position {
        for attempt in 0..12 {
            let p = match near {
                Near::Town if attempt < 6 => {
                    let town = &self.towns[commune];
                    let block = town.block(random.index(town.columns), random.index(town.rows));
                    let middle = [(block[0][0] + block[2][0]) / 2.0, (block[0][1] + block[2][1]) / 2.0];
                    between(middle, block[random.index(4)], random.between(0.1, 0.75))
                }
                Near::Road if attempt < 6 && !self.roads.of_commune[commune].is_empty() => {
                    let roads = &self.roads.of_commune[commune];
                    let line = &self.roads.segments[roads[random.index(roads.len())]].line;
                    let side = if random.chance(0.5) { 1.0 } else { -1.0 };
                    let line = beside(line, side * random.between(25.0, 110.0));
                    along(&line, random.unit() * super::geometry::length_m(&line))
                }
                _ => self.land.position_in(commune, 1.0, random),
            };
            let free = !matches!(self.ground.at(p), Cover::River | Cover::Lake | Cover::Estate);
            if free && self.land.commune_at(p) == Some(commune) {
                return p;
            }
        }
        self.land.position_in(commune, 0.1, random)
    }

    /// The commune that holds a position, or the nearest to it.
    pub fn commune_near(&self, p: Position) -> usize {
        let nearest = |a: &usize, b: &usize| {
            let distance = |n: &usize| square(self.land.communes[*n].position, p);
            distance(a).total_cmp(&distance(b))
        };
        self.land.commune_at(p).or_else(|| (0..self.land.communes.len()).min_by(nearest)).unwrap_or_default()
    }
}

fn nature() -> Vec<Nature> {
    let areas = facts::rows(facts::NATURE).map(|[name, land_use, ring]| {
        let mut ring = facts::course(ring);
        ring.extend(ring.first().copied());
        Nature { name, land_use, ring: smooth(&ring, 8) }
    });
    areas.collect()
}

fn waterways(land: &Land) -> Vec<Waterway> {
    let drawn = facts::rows(facts::WATERWAYS).map(|[name, kind, grade, width_m, manager, course]| {
        let course = facts::course(course);
        // A canal is straight, a river is not.
        let line =
            if kind == "river" { smooth(&meander(&smooth(&course, 6), name), 4) } else { dense(&course, 24) };
        let whole = (0..course.len() - 1).map(|i| &line[i * 24..=(i + 1) * 24]);
        let pieces = whole.flat_map(|piece| within(land, piece)).collect();
        Waterway { name, kind, grade, width_m: facts::number(width_m), manager, pieces }
    });
    drawn.collect()
}

/// So many positions on each stretch of a course.
fn dense(course: &[Position], pieces: usize) -> Line {
    let share = |i: usize| i as f64 / pieces as f64;
    let mut line: Line = course
        .windows(2)
        .flat_map(|pair| (0..pieces).map(move |i| between(pair[0], pair[1], share(i))))
        .collect();
    line.extend(course.last());
    line
}

/// The stretches of a line that lie in the province.
fn within(land: &Land, line: &[Position]) -> Vec<Line> {
    let stretches = line.split(|p| land.commune_at(*p).is_none());
    stretches.filter(|stretch| stretch.len() > 1).map(<[_]>::to_vec).collect()
}

/// A river's line, pushed aside a little, now to one side, now to the other.
fn meander(line: &[Position], name: &str) -> Line {
    let mut random = Random::of(name);
    let mut aside = 0.0;
    let ends = |i: usize| i == 0 || i + 1 == line.len();
    (0..line.len())
        .map(|i| {
            aside = aside * 0.6 + random.between(-520.0, 520.0);
            if ends(i) {
                return line[i];
            }
            let near = beside(&line[i - 1..=i + 1], aside);
            near[1]
        })
        .collect()
}

fn towns(land: &Land) -> Vec<Blocks> {
    let town = |(number, commune): (usize, &super::land::Commune)| {
        let mut random = Random::at(number as i64, 0, 41);
        let (fewest, more, size) = if commune.is_ward() { (6, 3, 210.0) } else { (2, 3, 170.0) };
        let mut side = |_| fewest + random.index(more);
        let (columns, rows) = (side(0), side(1));
        let block_m = [size * random.between(0.85, 1.2), size * random.between(0.85, 1.2)];
        let angle = random.between(-0.6, 0.6);
        Blocks { centre: commune.position, angle, columns, rows, block_m, seed: 1_000 + number as i64 }
    };
    land.communes.iter().enumerate().map(town).collect()
}

fn gates(land: &Land) -> Vec<Gate> {
    let gate = |[name, gate_type, x, y, commune]: [&'static str; 5]| {
        let from = land.communes[land.commune_of(commune)?].position;
        let out = land.way_out(from, [facts::number(x), facts::number(y)]);
        let nearer = |a: &&Position, b: &&Position| distance_m(**a, out).total_cmp(&distance_m(**b, out));
        let position = *land.outline.iter().min_by(nearer)?;
        Some(Gate { name, gate_type, position })
    };
    facts::rows(facts::BORDER_GATES).filter_map(gate).collect()
}
