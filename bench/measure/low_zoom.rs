//! Time and size of every tile of the low zooms.

use crate::{
    Outcome,
    tiles::{Tiles, percentile, tiles_of},
};
use std::time::Instant;

pub fn run(url: &str, layer: &str) -> Outcome<()> {
    let tiles = Tiles::new(url, layer);
    let extent = tiles.extent()?;
    println!("| zoom | tiles | p50 ms | p99 ms | slowest ms | largest KB | features dropped in tiles |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let (mut all, mut largest_of_all, mut cut_of_all) = (Vec::new(), 0, 0);
    for zoom in 0..=11 {
        let (mut times, mut largest, mut cut) = (Vec::new(), 0, 0);
        for tile in tiles_of(extent, zoom) {
            let started = Instant::now();
            let answer = tiles.get(tile)?;
            times.push(started.elapsed().as_secs_f64() * 1000.0);
            largest = largest.max(answer.sent);
            cut += usize::from(!answer.dropped.is_empty());
        }
        all.extend_from_slice(&times);
        (largest_of_all, cut_of_all) = (largest_of_all.max(largest), cut_of_all + cut);
        line(&zoom.to_string(), times, largest, cut);
    }
    line("all", all, largest_of_all, cut_of_all);
    Ok(())
}

fn line(name: &str, mut times: Vec<f64>, largest: usize, cut: usize) {
    times.sort_by(f64::total_cmp);
    println!(
        "| {name} | {} | {:.1} | {:.1} | {:.1} | {:.0} | {cut} |",
        times.len(),
        percentile(&times, 0.5),
        percentile(&times, 0.99),
        percentile(&times, 1.0),
        largest as f64 / 1000.0
    );
}
