//! Overviews of lines: simplified between the places where they meet.

use super::{
    encode::FlatGeometry,
    file::FeatureFile,
    overview::Level,
    overview_areas::paths,
    row::{self, kind},
    write::FeatureEncoder,
};
use crate::{
    feature::FlatKind,
    generalise::{Vertex, metres, network::simplify},
};
use std::{io, sync::PoisonError};

/// Features looked at for what is typical.
const SAMPLE: u64 = 2_000;
/// Corners that are simplified together; a layer with more goes without.
const CORNERS_MAX: usize = 8_000_000;

/// Length of an edge of lines and outlines on average, metres.
pub fn typical_edge(file: &FeatureFile) -> f64 {
    let step = (file.placed() / SAMPLE).max(1);
    let (mut sum, mut count) = (0.0, 0.0);
    for number in (0..file.placed()).step_by(step as usize) {
        let mut parts = Vec::new();
        let Some(hit) = file.feature(number) else { continue };
        if hit.row.parts(file.kind(), &mut parts).is_none() {
            continue;
        }
        for path in parts.iter().filter(|p| p.kind != FlatKind::Points).flat_map(paths) {
            let corners: Vec<[f64; 2]> = path.map(metres).collect();
            for pair in corners.windows(2) {
                sum += (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]);
                count += 1.0;
            }
        }
    }
    if count == 0.0 { f64::INFINITY } else { sum / count }
}

/// Builds one level. Connections reach across the whole layer, so it is one block.
pub fn build(level: &Level<'_>) -> io::Result<()> {
    let mut lines: Vec<Vec<Vertex>> = Vec::new();
    let mut features = Vec::new();
    let mut corners = 0;
    for number in 0..level.source.placed() {
        let Some(hit) = level.source.feature(number) else { continue };
        let mut parts = Vec::new();
        if hit.row.parts(level.source.kind(), &mut parts).is_none() {
            continue;
        }
        let start = lines.len();
        for path in parts.iter().filter(|p| p.kind == FlatKind::Lines).flat_map(paths) {
            let mut line: Vec<Vertex> = path.collect();
            line.dedup();
            corners += line.len();
            lines.push(line);
        }
        features.push((hit.row.properties, start..lines.len()));
    }
    let tolerance = if corners > CORNERS_MAX { 0.0 } else { level.tolerance_cm() };
    let simple = simplify(&lines, tolerance);
    let mut encoder = FeatureEncoder::default();
    let mut writer = level.writer.lock().unwrap_or_else(PoisonError::into_inner);
    for (properties, own) in features {
        let tie = row::first_long(properties).unwrap_or(i64::MAX);
        if let Some(encoded) = encoder.encode(tie, &geometry(&simple[own]), properties) {
            writer.push(&encoded)?;
        }
    }
    Ok(())
}

fn geometry(lines: &[Vec<Vertex>]) -> FlatGeometry {
    let mut geometry = FlatGeometry { kind: kind::LINE_STRING, ..FlatGeometry::default() };
    for line in lines.iter().filter(|line| line.len() > 1) {
        geometry.xy.extend(line.iter().flat_map(|corner| metres(*corner)));
        geometry.ends.push((geometry.xy.len() / 2) as u32);
    }
    match geometry.ends.len() {
        0 | 1 => geometry.ends.clear(),
        _ => geometry.kind = kind::MULTI_LINE_STRING,
    }
    geometry
}
