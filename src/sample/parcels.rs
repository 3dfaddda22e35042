//! The parcels of the land-use plan: a grid whose corners and edge middles are moved at random,
//! so that neighbours share every border; classes by what covers the ground, in patches.

use super::{
    geometry::{Line, Position, area_m2, between, square},
    ground::Cover,
    province::Province,
    random::Random,
    sheet::{Row, Shape, decimal, fill, text, whole},
};
use crate::{feature::Value, layer::LayerDefinition};

/// Hands about `count` parcels to `emit`, one by one. Each has nine points; the middle of its cell
/// lies in its commune.
pub fn parcels<E>(
    province: &Province,
    layer: &LayerDefinition,
    count: usize,
    mut emit: impl FnMut(Row) -> Result<(), E>,
) -> Result<(), E> {
    let land = &province.land;
    let [west, south, east, north] = land.extent();
    let inside: f64 = land.communes.iter().map(|c| area_m2(&c.ring)).sum();
    let frame = area_m2(&[[west, south], [east, south], [east, north], [west, north], [west, south]]);
    let cells = count.max(1) as f64 * frame / inside;
    // As many columns as make the cells square on the ground.
    let columns = (cells * (east - west) / (north - south)).sqrt().ceil() as i64;
    let rows = (cells / columns as f64).ceil() as i64;
    let step = [(east - west) / columns as f64, (north - south) / rows as f64];
    let grid = Grid { origin: [west, south], step };
    let mut number = 0;
    for (j, i) in (0..rows).flat_map(|j| (0..columns).map(move |i| (j, i))) {
        let middle = [west + (i as f64 + 0.5) * step[0], south + (j as f64 + 0.5) * step[1]];
        let Some(commune) = land.commune_at(middle) else { continue };
        number += 1;
        let ring = grid.ring(i, j);
        let mut random = Random::at(i, j, 11);
        let code = class(province, commune, middle, &mut random);
        let changed = random.chance(0.12);
        let now = if changed { random.pick(&["LUC", "CLN", "HNK"]) } else { code };
        let year = 2021 + random.index(6) as i64;
        let facts = vec![
            text("lup_id", format!("KD-{number:07}")),
            text("land_use_code", code),
            text("current_code", now),
            text("plan_level", "province"),
            whole("period_from", 2021),
            whole("period_to", 2030),
            whole("plan_year", year),
            decimal("area_ha", area_m2(&ring) / 1e4, 4),
            text("approval_doc", format!("MẪU-{year}/QĐ-UBND")),
            whole("source_scale", 10_000),
            if now == code {
                ("project_ref", Value::Null)
            } else {
                text("project_ref", format!("CTDA-{number}"))
            },
            ("address_text", Value::Null),
            text("status", "planned"),
        ];
        emit(Row { shape: Shape::area(ring), values: fill(province, layer, commune, facts, &mut random) })?;
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

    /// Nine points around a cell, counterclockwise.
    fn ring(&self, i: i64, j: i64) -> Line {
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

/// The class of a place: what is drawn there, or else rice, orchards, woods, ponds, as they are in
/// each part of the province.
fn class(province: &Province, commune: usize, at: Position, random: &mut Random) -> &'static str {
    match province.ground.at(at) {
        Cover::River => return "SON",
        Cover::Lake => return "MNC",
        Cover::SpecialWood => return "RDD",
        Cover::ProtectionWood => return "RPH",
        Cover::ProductionWood => return "RSX",
        Cover::Estate => return random.pick(&["SKK", "SKK", "SKK", "SKN"]),
        Cover::Ward => {
            return random.pick(&["ODT", "ODT", "ODT", "ODT", "TMD", "DKV", "DGD", "DYT", "TSC", "DVH"]);
        }
        Cover::Village => return random.pick(&["ONT", "ONT", "ONT", "TMD", "DGD", "TSC", "DVH", "DTT"]),
        Cover::Roadside if random.chance(0.5) => {
            let ward = province.land.communes[commune].is_ward();
            return random.pick(&[if ward { "ODT" } else { "ONT" }, "ONT", "CLN", "TMD", "DGT", "SKC"]);
        }
        Cover::Road if random.chance(0.4) => return "DGT",
        Cover::Road | Cover::Roadside | Cover::Open => {}
    }
    if random.chance(0.02) {
        return random.pick(&["DGT", "DTL", "TON", "TIN", "NTD", "CQP", "CAN", "BCS"]);
    }
    let unit = &province.land.communes[commune];
    let near_ward = unit.is_ward() && square(unit.position, at) < 0.03 * 0.03;
    let (wide, fine) = (patch(at, 0.035), patch(at, 0.012));
    match at {
        _ if near_ward && fine > 0.4 => random.pick(&["ODT", "ODT", "CLN"]),
        _ if fine < 0.12 => "ONT",
        [_, y] if y > 11.45 && wide > 0.72 => "RSX",
        [_, y] if y > 11.1 && wide > 0.3 => random.pick(&["CLN", "CLN", "CLN", "HNK"]),
        [x, y] if y < 10.6 && x > 106.5 && wide > 0.5 => random.pick(&["NTS", "NTS", "LUC"]),
        [x, y] if x < 106.0 && y < 10.9 && fine > 0.93 => "NTS",
        _ if wide < 0.14 => random.pick(&["CLN", "HNK", "NKH"]),
        _ if wide < 0.2 => "LUK",
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
