//! The share of each class in what the tiles show, beside the share in the table.

use crate::{
    Outcome,
    tiles::{Tiles, tiles_of},
    validity::name_of,
    vector_tile::{Layer, double_area},
};
use std::{collections::BTreeMap, env};

/// Area by class.
type Areas = BTreeMap<String, f64>;

pub fn run(url: &str, layer: &str, class: &str) -> Outcome<()> {
    let tiles = Tiles::new(url, layer);
    let extent = tiles.extent()?;
    let truth = shares(from_table(layer, class)?);
    let by_zoom: Vec<Areas> =
        (8..=11).map(|zoom| Ok(shares(in_tiles(&tiles, extent, zoom, class)?))).collect::<Outcome<_>>()?;
    println!("| class | true share % | z8 | z9 | z10 | z11 | farthest, points |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let mut farthest_of_all = 0.0f64;
    for (name, share) in &truth {
        let shown: Vec<f64> = by_zoom.iter().map(|z| z.get(name).copied().unwrap_or(0.0)).collect();
        let farthest = shown.iter().map(|s| (s - share).abs()).fold(0.0, f64::max);
        farthest_of_all = farthest_of_all.max(farthest);
        let cells: Vec<String> = shown.iter().map(|s| format!("{s:.2}")).collect();
        println!("| {name} | {share:.2} | {} | {farthest:.2} |", cells.join(" | "));
    }
    let strange = by_zoom.iter().flat_map(Areas::keys).filter(|name| !truth.contains_key(*name)).count();
    println!(
        "\nFarthest from the truth: {farthest_of_all:.2} points; classes that the table has not: {strange}."
    );
    Ok(())
}

fn shares(areas: Areas) -> Areas {
    let all: f64 = areas.values().sum();
    areas.into_iter().map(|(name, area)| (name, 100.0 * area / all)).collect()
}

#[tokio::main(flavor = "current_thread")]
async fn from_table(table: &str, class: &str) -> Outcome<Areas> {
    let (client, connection) =
        tokio_postgres::connect(&env::var("DATABASE_URL")?, tokio_postgres::NoTls).await?;
    let connection = tokio::spawn(connection);
    let rows = client
        .query(&format!("SELECT {class}, sum(ST_Area(geom)) FROM {table} GROUP BY 1 ORDER BY 1"), &[])
        .await?;
    let areas = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect();
    connection.abort();
    areas
}

/// Square units of the whole zoom's grid; the buffers around tiles do not count.
fn in_tiles(tiles: &Tiles, extent: [f64; 4], zoom: u8, class: &str) -> Outcome<Areas> {
    let mut areas = Areas::new();
    for tile in tiles_of(extent, zoom) {
        let Some(layer) = tiles.layer(tile)? else { continue };
        for feature in layer.features {
            let area: i64 = feature.paths.iter().map(|ring| double_area(&within_the_tile(ring))).sum();
            *areas.entry(name_of(&feature, class)).or_default() += area as f64 / 2.0;
        }
    }
    Ok(areas)
}

/// Square units that one class takes in a tile.
pub fn area_of(layer: &Layer, class: &str, name: &str) -> f64 {
    let of_class = layer.features.iter().filter(|f| name_of(f, class) == name);
    of_class.flat_map(|f| &f.paths).map(|ring| double_area(ring) as f64 / 2.0).sum()
}

/// A ring cut at the tile's own edges (Sutherland and Hodgman): its area is right, and so is that
/// of a hole.
fn within_the_tile(ring: &[[i32; 2]]) -> Vec<[i32; 2]> {
    let mut ring: Vec<[i32; 2]> = ring.to_vec();
    for (axis, edge, sign) in [(0, 0, 1), (0, 4096, -1), (1, 0, 1), (1, 4096, -1)] {
        let depth = |p: [i32; 2]| i64::from((p[axis] - edge) * sign);
        let before = std::mem::take(&mut ring);
        for (i, &to) in before.iter().enumerate() {
            let from = before[(i + before.len() - 1) % before.len()];
            if (depth(from) < 0) != (depth(to) < 0) {
                let share = depth(from) as f64 / (depth(from) - depth(to)) as f64;
                let along = |a: i32, b: i32| (f64::from(b - a) * share + f64::from(a)).round() as i32;
                ring.push([along(from[0], to[0]), along(from[1], to[1])]);
            }
            if depth(to) >= 0 {
                ring.push(to);
            }
        }
    }
    ring
}
