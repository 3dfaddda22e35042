//! Industrial parks with their lots, and clusters.

use super::{
    facts,
    geometry::{Blocks, Line, Position, area_m2, between},
    ground::{Cover, Ground},
    land::Land,
    random::Random,
};

/// A park or a cluster.
#[derive(Debug, Clone)]
pub struct Estate {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Whether it is a cluster (CCN) and no park (KCN).
    pub is_cluster: bool,
    /// Number of its commune.
    pub commune: usize,
    /// Its lots.
    pub blocks: Blocks,
    /// What each lot is used for, row by row.
    pub lots: Vec<&'static str>,
}

const PARKS: usize = 40;
const CLUSTERS: usize = 60;

impl Estate {
    /// Hectares in all.
    pub fn area_ha(&self) -> f64 {
        area_m2(&self.blocks.outline()) / 1e4
    }

    /// A lot.
    pub fn lot(&self, number: usize) -> Line {
        self.blocks.block(number % self.blocks.columns, number / self.blocks.columns)
    }

    /// Hectares of the lots with these uses.
    pub fn lots_ha(&self, uses: &[&str]) -> f64 {
        let lots = self.lots.iter().enumerate().filter(|(_, lot)| uses.contains(lot));
        lots.map(|(number, _)| area_m2(&self.lot(number)) / 1e4).sum()
    }
}

/// Those that are known by name, and more, on free ground, which they then cover.
pub fn draw(land: &Land, ground: &mut Ground) -> Vec<Estate> {
    let mut random = Random::of("estates");
    let mut estates: Vec<Estate> = Vec::new();
    for [kind, name, area, code] in facts::rows(facts::INDUSTRIAL_SITES) {
        if let Some(commune) = land.commune_of(code) {
            let area_ha = facts::number(area);
            add(land, ground, &mut estates, (kind == "CCN", name.to_owned(), commune, area_ha), &mut random);
        }
    }
    for attempt in 0..2_000 {
        let parks = estates.iter().filter(|e| !e.is_cluster).count();
        let clusters = estates.len() - parks;
        let is_cluster = parks >= PARKS;
        if is_cluster && clusters >= CLUSTERS {
            break;
        }
        let commune = random.index(land.communes.len());
        let area_ha = if is_cluster { random.between(18.0, 73.0) } else { random.between(90.0, 350.0) };
        let name = land.communes[commune].name;
        let name = match estates.iter().filter(|e| e.name.starts_with(name)).count() {
            0 => name.to_owned(),
            n => format!("{name} {}", n + 1),
        };
        let industrial = land.communes[commune].position[0] > 106.2;
        if industrial || attempt % 3 == 0 {
            add(land, ground, &mut estates, (is_cluster, name, commune, area_ha), &mut random);
        }
    }
    estates
}

fn add(
    land: &Land,
    ground: &mut Ground,
    estates: &mut Vec<Estate>,
    (is_cluster, name, commune, area_ha): (bool, String, usize, f64),
    random: &mut Random,
) {
    let number = estates.iter().filter(|e| e.is_cluster == is_cluster).count() + 1;
    let lots = ((area_ha / if is_cluster { 5.0 } else { 9.0 }) as usize).clamp(4, 60);
    let columns = ((lots as f64).sqrt() * random.between(0.9, 1.5)).round().max(2.0) as usize;
    let rows = (lots / columns).max(2);
    for attempt in 0..120 {
        // A commune that is too full gets a smaller one.
        let share = area_ha * if attempt < 60 { 1.0 } else { 0.5 };
        let side = (share * 1e4 / (columns * rows) as f64).sqrt();
        let centre = land.position_in(commune, 1.0, random);
        let angle = random.between(-0.7, 0.7);
        let seed = 2_000 + estates.len() as i64;
        let blocks = Blocks { centre, angle, columns, rows, block_m: [side * 1.15, side / 1.15], seed };
        let outline = blocks.outline();
        let within = outline.iter().all(|p| land.commune_at(*p) == Some(commune));
        let small = !is_cluster || area_m2(&outline) < 74.9e4;
        if within && small && ground.is_free(samples(&blocks)) {
            ground.fill(&outline, Cover::Estate);
            let code = format!("{}-{number:03}", if is_cluster { "CCN" } else { "KCN" });
            let lots = uses(columns * rows, random);
            estates.push(Estate { code, name, is_cluster, commune, blocks, lots });
            return;
        }
    }
}

/// Positions all over the blocks and a little beyond.
fn samples(blocks: &Blocks) -> impl Iterator<Item = Position> + '_ {
    let corners = (0..=blocks.columns).flat_map(move |i| (0..=blocks.rows).map(move |j| blocks.corner(i, j)));
    let middles = (0..blocks.columns).flat_map(move |i| {
        (0..blocks.rows).map(move |j| between(blocks.corner(i, j), blocks.corner(i + 1, j + 1), 0.5))
    });
    corners.chain(middles).flat_map(|p| [p, between(blocks.centre, p, 1.15)])
}

fn uses(count: usize, random: &mut Random) -> Vec<&'static str> {
    let leased = random.between(0.3, 1.0);
    let use_of = |number: usize| match number % 9 {
        4 => "infrastructure",
        8 => "green",
        _ if random.chance(leased) => "leased",
        _ if random.chance(0.2) => "reserved",
        _ => "vacant",
    };
    (0..count).map(use_of).collect()
}
