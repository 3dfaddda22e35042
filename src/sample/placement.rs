//! Where the features of each layer lie, and how many there are.

use super::{
    land::{Land, Position, between, square},
    random::Random,
    values::{METRES, Place, Row, Shape, area_m2, fill, length_m},
};
use crate::{feature::Value, layer::LayerDefinition};

/// Rough courses of the two Vàm Cỏ rivers and of canals, degrees.
const RIVERS: [(&str, &[Position]); 4] = [
    (
        "Sông Vàm Cỏ Đông",
        &[
            [105.93, 11.55],
            [105.96, 11.38],
            [106.07, 11.22],
            [106.2, 11.1],
            [106.28, 10.98],
            [106.33, 10.87],
            [106.42, 10.74],
            [106.5, 10.63],
            [106.6, 10.53],
        ],
    ),
    (
        "Sông Vàm Cỏ Tây",
        &[
            [105.75, 10.86],
            [105.93, 10.77],
            [106.08, 10.68],
            [106.22, 10.6],
            [106.4, 10.55],
            [106.5, 10.5],
            [106.6, 10.49],
        ],
    ),
    ("Kênh Dương Văn Dương", &[[105.6, 10.68], [105.85, 10.65], [106.1, 10.63]]),
    ("Sông Sài Gòn", &[[106.32, 11.48], [106.38, 11.32], [106.42, 11.18]]),
];

/// How a layer's features lie.
enum Kind {
    /// Points, so many.
    Points(usize),
    /// Points along the border to the north and west.
    BorderPoints(usize),
    /// Areas: how many, and their size in metres.
    Areas(usize, f64),
    /// Short lines: how many, and their length in metres.
    Lines(usize, f64),
    /// Lines between neighbouring communes.
    Network,
    /// The rivers.
    Rivers,
    /// The border itself.
    Border,
    /// The communes themselves.
    Communes,
    /// Points, lines and areas in turn.
    Mixed(usize),
}

fn kind(layer: &str) -> Kind {
    match layer {
        "industrial_park" => Kind::Areas(40, 1_500.0),
        "industrial_park_lot" => Kind::Areas(900, 160.0),
        "industrial_cluster" => Kind::Areas(60, 550.0),
        "trade_facility" => Kind::Points(700),
        "investment_site" => Kind::Areas(90, 500.0),
        "public_investment_project" => Kind::Mixed(120),
        "province_plan_zone" => Kind::Communes,
        "land_price_zone" => Kind::Lines(1_200, 900.0),
        "urban_zone" => Kind::Areas(420, 420.0),
        "urban_utility" => Kind::Lines(1_500, 350.0),
        "road_segment" => Kind::Network,
        "road_plan" => Kind::Lines(80, 9_000.0),
        "waterway_segment" => Kind::Rivers,
        "transport_work" => Kind::Points(450),
        "traffic_accident" => Kind::Points(600),
        "crop_zone" => Kind::Areas(500, 700.0),
        "irrigation_work" => Kind::Mixed(360),
        "livestock_aquaculture_farm" => Kind::Points(800),
        "school" => Kind::Points(900),
        "health_facility" => Kind::Points(700),
        "job_training_centre" => Kind::Points(45),
        "telecom_station" => Kind::Points(1_500),
        "telecom_cable" => Kind::Lines(700, 1_800.0),
        "post_office" => Kind::Points(280),
        "public_wifi" => Kind::Points(350),
        "heritage_site" => Kind::Areas(130, 120.0),
        "tourism_place" => Kind::Points(320),
        "science_facility" => Kind::Mixed(60),
        "border_line" => Kind::Border,
        "border_marker" => Kind::BorderPoints(110),
        _ => Kind::Communes,
    }
}

/// The features of one layer, but for the parcels.
pub fn rows(land: &Land, layer: &LayerDefinition) -> Vec<Row> {
    let mut random = Random::of(&layer.id);
    let mut placer = Placer { land, layer, random: &mut random, rows: Vec::new() };
    match kind(&layer.id) {
        Kind::Points(count) => placer.points(count),
        Kind::BorderPoints(count) => placer.border_points(count),
        Kind::Areas(count, size_m) => placer.areas(count, size_m),
        Kind::Lines(count, size_m) => placer.lines(count, size_m),
        Kind::Network => placer.network(),
        Kind::Rivers => placer.rivers(),
        Kind::Border => placer.border(),
        Kind::Communes => placer.communes(),
        Kind::Mixed(count) => placer.mixed(count),
    }
    placer.rows
}

struct Placer<'a> {
    land: &'a Land,
    layer: &'a LayerDefinition,
    random: &'a mut Random,
    rows: Vec<Row>,
}

impl Placer<'_> {
    fn add(&mut self, commune: usize, shape: Shape, mut facts: Vec<(&str, Value)>) {
        measures(&shape, self.random, &mut facts);
        let place = Place { land: self.land, commune, number: self.rows.len() + 1 };
        let values = fill(self.layer, &place, &facts, self.random);
        self.rows.push(Row { shape, values });
    }

    /// A commune; wards twice as often as their number alone would have it.
    fn commune(&mut self) -> usize {
        let count = self.land.communes.len();
        let first = self.random.index(count);
        let again = self.land.communes[first].unit_type == "xa" && self.random.chance(0.15);
        if again { self.random.index(count) } else { first }
    }

    fn somewhere(&mut self) -> (usize, Position) {
        let commune = self.commune();
        let p = self.land.position_in(commune, self.random);
        (commune, p)
    }

    fn points(&mut self, count: usize) {
        for _ in 0..count {
            let (commune, p) = self.somewhere();
            self.add(commune, Shape::Point(p), Vec::new());
        }
    }

    fn areas(&mut self, count: usize, size_m: f64) {
        let multi = self.layer.id == "investment_site";
        for number in 0..count {
            let (commune, p) = self.somewhere();
            let mut areas = vec![vec![blob(p, size_m, self.random)]];
            if multi && number % 9 == 0 {
                let beside = [p[0] + 3.0 * size_m / METRES[0], p[1]];
                areas.push(vec![blob(beside, size_m * 0.6, self.random)]);
            }
            self.add(commune, Shape::Areas(areas), Vec::new());
        }
    }

    fn lines(&mut self, count: usize, size_m: f64) {
        for _ in 0..count {
            let (commune, p) = self.somewhere();
            let line = walk(p, size_m, self.random);
            self.add(commune, Shape::Lines(vec![line]), Vec::new());
        }
    }

    fn mixed(&mut self, count: usize) {
        let works = ["sluice", "pump_station", "canal_1", "canal_2", "canal_3", "dyke"];
        for number in 0..count {
            let (commune, p) = self.somewhere();
            let work = works[number % works.len()];
            let line = number % 3 != 0 && self.layer.id != "science_facility";
            let shape = match (line, number % 4) {
                (true, _) => Shape::Lines(vec![walk(p, 2_500.0, self.random)]),
                (false, 0) => Shape::Areas(vec![vec![blob(p, 400.0, self.random)]]),
                (false, _) => Shape::Point(p),
            };
            self.add(commune, shape, vec![("work_type", Value::Text(work.into()))]);
        }
    }

    /// A road to each neighbour that no third commune lies between (Gabriel graph).
    fn network(&mut self) {
        let sites: Vec<Position> = self.land.communes.iter().map(|c| c.position).collect();
        let classes = ["national", "provincial", "provincial", "district_legacy", "commune", "urban"];
        for (a, &from) in sites.iter().enumerate() {
            for (b, &to) in sites.iter().enumerate().skip(a + 1) {
                let (middle, reach) = (between(from, to, 0.5), square(from, to) / 4.0);
                if sites.iter().enumerate().any(|(c, s)| c != a && c != b && square(*s, middle) < reach) {
                    continue;
                }
                // Not through land outside: the province has a deep bay.
                let inside = |share: f64| self.land.nearest(between(from, to, share)).is_some();
                if !(1..10).all(|tenth| inside(f64::from(tenth) / 10.0)) {
                    continue;
                }
                let mut line = vec![from];
                curve(from, to, 0.12, self.random, &mut line);
                line.push(to);
                let class = classes[self.random.index(classes.len())];
                let length_km = length_m(&line) / 1_000.0;
                let start = (self.random.between(0.0, 60.0) * 1e3).round() / 1e3;
                let road = format!("ĐT.{}", 780 + self.rows.len());
                let facts = vec![
                    ("road_code", Value::Text(road)),
                    ("segment_no", Value::Int(1)),
                    ("road_class", Value::Text(class.into())),
                    ("km_from", Value::Number(start)),
                    ("km_to", Value::Number(((start + length_km) * 1e3).round() / 1e3)),
                ];
                self.add(a, Shape::Lines(vec![line]), facts);
            }
        }
    }

    fn rivers(&mut self) {
        for (name, course) in RIVERS {
            for pair in course.windows(2) {
                let mut line = vec![pair[0]];
                curve(pair[0], pair[1], 0.18, self.random, &mut line);
                line.push(pair[1]);
                let commune = self.land.nearest(pair[0]).or_else(|| self.land.nearest(pair[1])).unwrap_or(0);
                let facts = vec![
                    ("name_vi", Value::Text(name.into())),
                    ("length_km", Value::Number(length_m(&line) / 1e3)),
                ];
                self.add(commune, Shape::Lines(vec![line]), facts);
            }
        }
    }

    /// The outer borders that look north or west, with the commune behind each.
    fn frontier(&self) -> Vec<(usize, Vec<Position>)> {
        let mut found = Vec::new();
        for (line, beyond) in &self.land.outer {
            let Some(middle) = line.get(line.len() / 2) else { continue };
            let away = [beyond[0] - middle[0], beyond[1] - middle[1]];
            let nearest = |a: &usize, b: &usize| {
                let distance = |n: &usize| square(self.land.communes[*n].position, *middle);
                distance(a).total_cmp(&distance(b))
            };
            let commune = (0..self.land.communes.len()).min_by(nearest).unwrap_or(0);
            if away[1] - away[0] > 0.0 && middle[1] > 10.7 && middle[0] < 106.4 {
                found.push((commune, line.clone()));
            }
        }
        found
    }

    fn border(&mut self) {
        for (commune, line) in self.frontier() {
            let facts = vec![("length_km", Value::Number((length_m(&line) / 1e3 * 1e3).round() / 1e3))];
            self.add(commune, Shape::Lines(vec![line]), facts);
        }
    }

    fn border_points(&mut self, count: usize) {
        let frontier = self.frontier();
        if frontier.is_empty() {
            return;
        }
        for number in 0..count {
            let (commune, line) = &frontier[number % frontier.len()];
            let share = number / frontier.len();
            let at = line[(line.len() - 1) * (1 + share % 5) / 6];
            self.add(*commune, Shape::Point(at), vec![("commune_border", Value::Bool(true))]);
        }
    }

    fn communes(&mut self) {
        let start = time::macros::date!(2025 - 07 - 01);
        for (number, commune) in self.land.communes.iter().enumerate() {
            let area_km2 = (area_m2(&commune.ring) / 1e6 * 100.0).round() / 100.0;
            let text = |t: &str| Value::Text(t.to_owned());
            let mut facts =
                vec![("area_km2", Value::Number(area_km2)), ("area_ha", Value::Number(area_km2 * 100.0))];
            if self.layer.id == "admin_commune" {
                facts.extend([
                    ("code", text(commune.code)),
                    ("name_vi", text(commune.name)),
                    ("name_search", Value::Null),
                    ("unit_type", text(commune.unit_type)),
                    ("parent_code", Value::Null),
                    ("province_code", text("80")),
                    ("valid_from", Value::Date(start)),
                    ("predecessors", Value::Null),
                    ("decision_no", text("1682/NQ-UBTVQH15")),
                ]);
            } else if self.layer.id == "commune_dataset" {
                facts.extend([("commune_code", text(commune.code)), ("period", text("2026-H1"))]);
            }
            self.add(number, Shape::Areas(vec![vec![commune.ring.clone()]]), facts);
        }
    }
}

/// Areas and lengths as they are on the ground, and what has to agree with them.
fn measures(shape: &Shape, random: &mut Random, facts: &mut Vec<(&str, Value)>) {
    let two = |v: f64| Value::Number((v * 100.0).round() / 100.0);
    let mut add = |name: &'static str, value: Value| {
        if facts.iter().all(|(n, _)| *n != name) {
            facts.push((name, value));
        }
    };
    match shape {
        Shape::Point(_) => {}
        Shape::Lines(lines) => {
            let length: f64 = lines.iter().map(|l| length_m(l)).sum();
            add("length_m", two(length));
            add("length_km", two(length / 1_000.0));
        }
        Shape::Areas(areas) => {
            let area: f64 = areas.iter().flatten().map(|r| area_m2(r)).sum();
            let hectares = (area / 10_000.0).max(0.01);
            let occupancy = random.between(35.0, 100.0);
            add("area_m2", two(area));
            add("area_ha", two(hectares));
            add("area_total_ha", two(hectares));
            add("area_leasable_ha", two(hectares * 0.7));
            add("area_leased_ha", two(hectares * 0.7 * occupancy / 100.0));
            add("occupancy_pct", two(occupancy));
        }
    }
}

/// A ring of uneven corners around a position, about `size_m` across.
fn blob(p: Position, size_m: f64, random: &mut Random) -> Vec<Position> {
    let corners = 6 + random.index(5);
    let start = random.between(0.0, 1.0);
    let mut ring: Vec<Position> = (0..corners)
        .map(|i| {
            let angle = (i as f64 + start) / corners as f64 * std::f64::consts::TAU;
            let radius = size_m / 2.0 * random.between(0.7, 1.2);
            [p[0] + angle.cos() * radius / METRES[0], p[1] + angle.sin() * radius / METRES[1]]
        })
        .collect();
    ring.push(ring[0]);
    ring
}

/// A line that goes on from a position without turning back.
fn walk(p: Position, size_m: f64, random: &mut Random) -> Vec<Position> {
    let mut angle = random.between(0.0, std::f64::consts::TAU);
    let steps = 4 + random.index(5);
    let mut line = vec![p];
    for _ in 0..steps {
        angle += random.between(-0.4, 0.4);
        let step = size_m / steps as f64 * random.between(0.7, 1.3);
        let [x, y] = line[line.len() - 1];
        line.push([x + angle.cos() * step / METRES[0], y + angle.sin() * step / METRES[1]]);
    }
    line
}

/// The positions between two ends of a curve that winds by the share `bend` of its length.
fn curve(a: Position, b: Position, bend: f64, random: &mut Random, line: &mut Vec<Position>) {
    if square(a, b) < 0.004 * 0.004 {
        return;
    }
    let by = random.between(-bend, bend);
    let [x, y] = between(a, b, 0.5);
    let middle = [x + (b[1] - a[1]) * by, y - (b[0] - a[0]) * by];
    curve(a, middle, bend, random, line);
    line.push(middle);
    curve(middle, b, bend, random, line);
}
