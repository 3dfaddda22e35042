//! The parcels of the land-use plan: a grid whose corners and edge middles are moved at random,
//! so that neighbours share every border; classes that cluster as they do on a real map.

use super::{
    land::{Land, Position, between},
    random::Random,
    values::{Place, Row, Shape, area_m2, fill},
};
use crate::{feature::Value, layer::LayerDefinition};

/// Hands about `count` parcels to `emit`, one by one.
pub fn parcels<E>(
    land: &Land,
    layer: &LayerDefinition,
    count: usize,
    mut emit: impl FnMut(Row) -> Result<(), E>,
) -> Result<(), E> {
    let [west, south, east, north] = land.extent();
    let province: f64 = land.communes.iter().map(|c| area_m2(&c.ring)).sum();
    let frame = area_m2(&[[west, south], [east, south], [east, north], [west, north], [west, south]]);
    let cells = count.max(1) as f64 * frame / province;
    // As many columns as make the cells square on the ground.
    let columns = (cells * (east - west) / (north - south)).sqrt().ceil() as i64;
    let rows = (cells / columns as f64).ceil() as i64;
    let step = [(east - west) / columns as f64, (north - south) / rows as f64];
    let grid = Grid { origin: [west, south], step };
    let mut number = 0;
    for j in 0..rows {
        for i in 0..columns {
            let middle = [west + (i as f64 + 0.5) * step[0], south + (j as f64 + 0.5) * step[1]];
            let Some(commune) = land.nearest(middle) else { continue };
            number += 1;
            let ring = grid.ring(i, j);
            let mut random = Random::at(i, j, 11);
            let class = class(land, commune, middle, &mut random);
            let facts = [
                ("lup_id", Value::Text(format!("KD-{number:07}"))),
                ("land_use_code", Value::Text(class.into())),
                ("current_code", Value::Text(if random.chance(0.8) { class } else { "LUC" }.into())),
                ("area_ha", Value::Number((area_m2(&ring) / 10_000.0 * 1e4).round() / 1e4)),
                ("project_ref", Value::Null),
            ];
            let place = Place { land, commune, number };
            let values = fill(layer, &place, &facts, &mut random);
            emit(Row { shape: Shape::Areas(vec![vec![ring]]), values })?;
        }
    }
    Ok(())
}

struct Grid {
    origin: Position,
    step: Position,
}

impl Grid {
    fn corner(&self, i: i64, j: i64) -> Position {
        let mut random = Random::at(i, j, 21);
        let x = i as f64 + random.between(-0.27, 0.27);
        let y = j as f64 + random.between(-0.27, 0.27);
        [self.origin[0] + x * self.step[0], self.origin[1] + y * self.step[1]]
    }

    /// The middle of the edge between two corners, moved by the edge's own numbers.
    fn middle(&self, a: Position, b: Position, edge: (i64, i64, u64)) -> Position {
        let mut random = Random::at(edge.0, edge.1, edge.2);
        let [x, y] = between(a, b, 0.5);
        [x + random.between(-0.05, 0.05) * self.step[0], y + random.between(-0.05, 0.05) * self.step[1]]
    }

    /// Nine points around a cell.
    fn ring(&self, i: i64, j: i64) -> Vec<Position> {
        const EASTWARD: u64 = 22;
        const NORTHWARD: u64 = 23;
        let [a, b, c, d] = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)].map(|(i, j)| self.corner(i, j));
        vec![
            a,
            self.middle(a, b, (i, j, EASTWARD)),
            b,
            self.middle(b, c, (i + 1, j, NORTHWARD)),
            c,
            self.middle(d, c, (i, j + 1, EASTWARD)),
            d,
            self.middle(a, d, (i, j, NORTHWARD)),
            a,
        ]
    }
}

/// The class of a place: houses near the commune's middle, rice and orchards further out, woods
/// in the north, each in patches.
fn class(land: &Land, commune: usize, at: Position, random: &mut Random) -> &'static str {
    let unit = &land.communes[commune];
    let urban = unit.unit_type == "phuong";
    let away = super::land::square(unit.position, at).sqrt();
    let wide = patch(at, 0.035);
    let fine = patch(at, 0.012);
    if random.chance(0.03) {
        return random.pick(&["DGT", "DTL", "DGD", "DYT", "TON", "NTD", "TSC", "DVH", "SON"]);
    }
    match (urban, away) {
        (true, d) if d < 0.035 => random.pick(&["ODT", "ODT", "ODT", "TMD", "DKV", "SKC"]),
        (false, d) if d < 0.018 => random.pick(&["ONT", "ONT", "ONT", "CLN", "TMD"]),
        _ if fine > 0.86 => random.pick(&["SKK", "SKK", "SKN"]),
        _ if fine < 0.1 => "ONT",
        _ if at[1] > 11.45 && wide > 0.55 => random.pick(&["RSX", "RDD", "RPH"]),
        _ if at[1] > 11.1 && wide > 0.3 => random.pick(&["CLN", "CLN", "HNK"]),
        _ if at[1] < 10.62 && wide > 0.6 => random.pick(&["NTS", "NTS", "LUC"]),
        _ if wide < 0.2 => random.pick(&["CLN", "HNK"]),
        _ if at[0] < 105.95 && at[1] < 10.9 && wide > 0.75 => "RSX",
        _ => "LUC",
    }
}

/// A smooth number in `[0, 1)` that changes over about `size` degrees.
fn patch([x, y]: Position, size: f64) -> f64 {
    let (u, v) = (x / size, y / size);
    let (i, j) = (u.floor() as i64, v.floor() as i64);
    let smooth = |t: f64| t * t * (3.0 - 2.0 * t);
    let (s, t) = (smooth(u - u.floor()), smooth(v - v.floor()));
    let at = |i: i64, j: i64| Random::at(i, j, (size * 1e6) as u64).unit();
    let low = at(i, j) + (at(i + 1, j) - at(i, j)) * s;
    let high = at(i, j + 1) + (at(i + 1, j + 1) - at(i, j + 1)) * s;
    low + (high - low) * t
}
