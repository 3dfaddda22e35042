//! The roads: those known by number along the communes that they pass, others between neighbours,
//! lanes into the country, streets of the towns.

use super::{
    facts,
    geometry::{Blocks, Line, Position, along, between, curve, length_m, square, walk},
    land::Land,
    province::Gate,
    random::Random,
    words,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A piece of a road.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Code of its road.
    pub code: String,
    /// Its number within the road, from 1.
    pub number: usize,
    /// Name of its road.
    pub name: String,
    /// Class, as the layer of roads has it.
    pub class: &'static str,
    /// Technical grade.
    pub grade: &'static str,
    /// Lanes.
    pub lanes: i64,
    /// Width, metres.
    pub width_m: f64,
    /// Kilometre at which it starts.
    pub km_from: f64,
    /// Its course.
    pub line: Line,
    /// Number of the commune that its middle lies in.
    pub commune: usize,
}

impl Segment {
    /// Whether it serves one commune alone.
    pub fn is_local(&self) -> bool {
        matches!(self.class, "commune" | "urban")
    }

    /// Kilometre at which it ends.
    pub fn km_to(&self) -> f64 {
        self.km_from + length_m(&self.line) / 1_000.0
    }
}

/// All roads.
#[derive(Debug, Default)]
pub struct Network {
    /// Their segments, the most important first.
    pub segments: Vec<Segment>,
    /// For each commune, the segments that pass it.
    pub of_commune: Vec<Vec<usize>>,
}

type Edges = BTreeMap<(usize, usize), Line>;

/// Draws all roads.
pub fn draw(land: &Land, gates: &[Gate], towns: &[Blocks]) -> Network {
    let edges = edges(land);
    let mut free: BTreeSet<_> = edges.keys().copied().collect();
    let mut network = Network::default();
    for [code, name, class, grade, lanes, width, via] in facts::rows(facts::ROADS) {
        let road = Road {
            code,
            name,
            class,
            grade,
            lanes: facts::number(lanes) as i64,
            width_m: facts::number(width),
        };
        network.named(land, gates, &edges, &mut free, &road, via);
    }
    for (number, edge) in free.iter().enumerate() {
        let (from, to) = (land.communes[edge.0].name, land.communes[edge.1].name);
        let road = Road {
            code: &format!("ĐH.{:03}", number + 1),
            name: &format!("Đường {from} - {to}"),
            class: "district_legacy",
            grade: "V",
            lanes: 2,
            width_m: 6.5,
        };
        network.add(land, &road, edges[edge].clone());
    }
    network.local(land, towns);
    network.of_commune = vec![Vec::new(); land.communes.len()];
    for (number, segment) in network.segments.iter().enumerate() {
        let length = length_m(&segment.line);
        let passed = [0.15, 0.5, 0.85].map(|t| land.commune_at(along(&segment.line, length * t)));
        for commune in passed.into_iter().flatten().collect::<BTreeSet<_>>() {
            network.of_commune[commune].push(number);
        }
    }
    network
}

struct Road<'a> {
    code: &'a str,
    name: &'a str,
    class: &'static str,
    grade: &'static str,
    lanes: i64,
    width_m: f64,
}

/// Lines to each neighbour that no third commune lies between (Gabriel's graph), but for those
/// that would leave the province.
fn edges(land: &Land) -> Edges {
    let sites: Line = land.communes.iter().map(|c| c.position).collect();
    let mut edges = BTreeMap::new();
    for (a, &from) in sites.iter().enumerate() {
        for (b, &to) in sites.iter().enumerate().skip(a + 1) {
            let (middle, reach) = (between(from, to, 0.5), square(from, to) / 4.0);
            let parted =
                sites.iter().enumerate().any(|(c, s)| c != a && c != b && square(*s, middle) < reach);
            let mut line = vec![from];
            curve(from, to, 0.13, &mut Random::at(a as i64, b as i64, 51), &mut line);
            line.push(to);
            if !parted && line.iter().all(|p| land.commune_at(*p).is_some()) {
                edges.insert((a, b), line);
            }
        }
    }
    edges
}

impl Network {
    fn add(&mut self, land: &Land, road: &Road<'_>, line: Line) {
        let last = self.segments.iter().rev().find(|s| s.code == road.code);
        let (number, km_from) = last.map_or((1, 0.0), |s| (s.number + 1, s.km_to()));
        let middle = along(&line, length_m(&line) / 2.0);
        let ends = [middle, line[0]];
        let Some(commune) = ends.into_iter().find_map(|p| land.commune_at(p)) else { return };
        self.segments.push(Segment {
            code: road.code.to_owned(),
            number,
            name: road.name.to_owned(),
            class: road.class,
            grade: road.grade,
            lanes: road.lanes,
            width_m: road.width_m,
            km_from,
            line,
            commune,
        });
    }

    /// A road along its stops; stretches that an earlier road has are left to that one.
    fn named(
        &mut self,
        land: &Land,
        gates: &[Gate],
        edges: &Edges,
        free: &mut BTreeSet<(usize, usize)>,
        road: &Road<'_>,
        via: &str,
    ) {
        let stop = |text: &str| match land.commune_of(text) {
            Some(commune) => Ok(commune),
            None => {
                let gate = gates.iter().find(|g| g.name == text).map(|g| g.position);
                Err(gate.or_else(|| facts::position(text)).unwrap_or_default())
            }
        };
        let stops: Vec<Result<usize, Position>> = via.split('>').map(stop).collect();
        for pair in stops.windows(2) {
            match (pair[0], pair[1]) {
                (Ok(from), Ok(to)) => {
                    for (a, b) in way(land, edges, from, to) {
                        if free.remove(&(a.min(b), a.max(b))) {
                            let mut line = edges[&(a.min(b), a.max(b))].clone();
                            if a > b {
                                line.reverse();
                            }
                            self.add(land, road, line);
                        }
                    }
                }
                (Ok(from), Err(beyond)) | (Err(beyond), Ok(from)) => {
                    let from = land.communes[from].position;
                    let out = land.way_out(from, beyond);
                    let mut line = vec![from];
                    curve(from, out, 0.02, &mut Random::of(road.code), &mut line);
                    line.push(out);
                    if pair[0].is_err() {
                        line.reverse();
                    }
                    self.add(land, road, line);
                }
                (Err(_), Err(_)) => {}
            }
        }
    }

    /// Lanes and streets.
    fn local(&mut self, land: &Land, towns: &[Blocks]) {
        for (number, commune) in land.communes.iter().enumerate() {
            let mut random = Random::at(number as i64, 0, 52);
            let lanes = 6 + random.index(5);
            for lane in 0..lanes {
                let angle = (lane as f64 + random.between(0.1, 0.9)) / lanes as f64 * std::f64::consts::TAU;
                let length = random.between(1_200.0, 4_200.0);
                let mut line = walk(commune.position, angle, length, &mut random);
                line.truncate(line.iter().take_while(|p| land.commune_at(**p) == Some(number)).count());
                if line.len() < 3 {
                    continue;
                }
                let road = Road {
                    code: &format!("ĐX.{}.{:02}", commune.code, lane + 1),
                    name: &format!("Đường xã {} {:02}", commune.name, lane + 1),
                    class: "commune",
                    grade: ["A", "B", "C", "D"][lane % 4],
                    lanes: 1,
                    width_m: 3.5 + (lane % 3) as f64 / 2.0,
                };
                self.add(land, &road, line);
            }
            let start = random.index(words::STREETS.len());
            for (street, line) in towns[number].lines().into_iter().enumerate() {
                let road = Road {
                    code: &format!("ĐĐT.{}.{:02}", commune.code, street + 1),
                    name: &format!("Đường {}", words::STREETS[(start + street) % words::STREETS.len()]),
                    class: "urban",
                    grade: "IV",
                    lanes: if street % 4 == 1 { 4 } else { 2 },
                    width_m: if street % 4 == 1 { 15.0 } else { 7.5 },
                };
                self.add(land, &road, line);
            }
        }
    }
}

/// The shortest way along the edges (Dijkstra), as pairs of communes.
fn way(land: &Land, edges: &Edges, from: usize, to: usize) -> Vec<(usize, usize)> {
    let count = land.communes.len();
    let lengths: HashMap<_, _> = edges.iter().map(|(k, line)| (*k, length_m(line))).collect();
    let mut best = vec![(f64::INFINITY, usize::MAX); count];
    best[from].0 = 0.0;
    let mut done = vec![false; count];
    while let Some(here) = (0..count)
        .filter(|&n| !done[n] && best[n].0.is_finite())
        .min_by(|a, b| best[*a].0.total_cmp(&best[*b].0))
    {
        done[here] = true;
        for there in 0..count {
            let Some(length) = lengths.get(&(here.min(there), here.max(there))) else { continue };
            if best[here].0 + length < best[there].0 {
                best[there] = (best[here].0 + length, here);
            }
        }
    }
    let mut way = Vec::new();
    let mut here = to;
    while best[here].1 != usize::MAX {
        way.push((best[here].1, here));
        here = best[here].1;
    }
    way.reverse();
    way
}
