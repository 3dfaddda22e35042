//! Size and time of MapLibre tiles beside those of the Mapbox vector tiles of the same places.

use crate::{
    Outcome,
    tiles::{Random, Tiles, percentile, tile_at},
};
use std::time::Instant;

/// Names of the loads of `bench/run tiles`, and the zooms of each.
const LOADS: [(&str, &[u8]); 4] =
    [("z13", &[13]), ("z14", &[14]), ("z15", &[15]), ("mix", &[12, 13, 14, 14, 15, 15, 15, 16, 16, 16, 16])];
/// Tiles of each load.
const TILES: usize = 400;

/// What the tiles of a load came to in one form.
#[derive(Default)]
struct Sum {
    sent: usize,
    bytes: usize,
    millis: Vec<f64>,
}

impl Sum {
    fn ask(&mut self, tiles: &Tiles, place: diaban::tile::TileCoord) -> Outcome<()> {
        let started = Instant::now();
        let answer = tiles.get(place)?;
        self.millis.push(started.elapsed().as_secs_f64() * 1e3);
        self.sent += answer.sent;
        self.bytes += answer.bytes.len();
        Ok(())
    }

    fn line(&mut self) -> String {
        self.millis.sort_unstable_by(f64::total_cmp);
        let kb = |bytes: usize| bytes as f64 / 1e3 / TILES as f64;
        let median = percentile(&self.millis, 0.5);
        format!("{:.1} | {:.1} | {median:.2}", kb(self.sent), kb(self.bytes))
    }
}

/// Asks for each tile in one form after the other, so that both see the same machine.
pub fn run(url: &str, layer: &str) -> Outcome<()> {
    let (mvt, mlt) = (Tiles::new(url, layer), Tiles::in_form(url, layer, "mlt"));
    let [west, south, east, north] = mvt.extent()?;
    println!("| tiles | MVT kB, gzip | kB | ms | MLT kB, gzip | kB | ms | MLT of MVT, gzip | time |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut random = Random(7);
    for (name, zooms) in LOADS {
        let (mut one, mut other) = (Sum::default(), Sum::default());
        for i in 0..TILES {
            let zoom = zooms[i % zooms.len()];
            let place = tile_at(random.between(west, east), random.between(south, north), zoom);
            one.ask(&mvt, place)?;
            other.ask(&mlt, place)?;
        }
        let (a, b) = (one.line(), other.line());
        let size = other.sent as f64 / one.sent as f64;
        let time = percentile(&other.millis, 0.5) / percentile(&one.millis, 0.5);
        println!("| {name} | {a} | {b} | {size:.2} | {time:.1} |");
    }
    Ok(())
}
