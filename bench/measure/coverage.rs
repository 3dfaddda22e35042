//! A coverage (communes) at its low zooms: whether neighbours meet.

use crate::{
    Outcome,
    tiles::{Tiles, tiles_of},
    validity::{geos, name_of},
    vector_tile::Kind,
};
use gdal::vector::Geometry;

/// Half a grid unit: what is narrower than one is gone when it is taken off both sides.
const HALF_A_UNIT: f64 = 0.5;

pub fn run(url: &str, layer: &str) -> Outcome<()> {
    let tiles = Tiles::new(url, layer);
    let extent = tiles.extent()?;
    println!("| zoom | tiles | areas | invalid | overlaps over 1 unit | gaps over 1 unit |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for zoom in 5..=11 {
        let all = tiles_of(extent, zoom);
        let (mut areas, mut invalid, mut overlaps, mut gaps) = (0, 0, 0, 0);
        for &tile in &all {
            let Some(layer) = tiles.layer(tile)? else { continue };
            let mut parts: Vec<(String, Geometry)> = Vec::new();
            for feature in layer.features.iter().filter(|f| f.kind == Kind::Polygon) {
                parts.push((name_of(feature, "name"), geos(feature.areas())?));
            }
            areas += parts.len();
            invalid += parts.iter().filter(|p| !p.1.is_valid()).count();
            for (i, (name, a)) in parts.iter().enumerate() {
                for (other, b) in &parts[..i] {
                    let Some(common) = a.intersection(b) else { continue };
                    if is_wide(&common)? {
                        overlaps += 1;
                        eprintln!("overlap: {zoom}/{}/{} {name} and {other}", tile.x(), tile.y());
                    }
                }
            }
            gaps += gaps_between(&parts)?;
        }
        println!("| {zoom} | {} | {areas} | {invalid} | {overlaps} | {gaps} |", all.len());
    }
    Ok(())
}

fn is_wide(area: &Geometry) -> Outcome<bool> {
    // Where two only touch, there is a line or a point.
    let is_area = area.geometry_name().contains("POLYGON") || area.geometry_name() == "GEOMETRYCOLLECTION";
    Ok(is_area && area.area() > 0.0 && area.buffer(-HALF_A_UNIT, 4)?.area() > 0.0)
}

/// Holes in all areas together.
fn gaps_between(parts: &[(String, Geometry)]) -> Outcome<usize> {
    let mut parts = parts.iter();
    let Some((_, first)) = parts.next() else { return Ok(0) };
    let mut all = first.clone();
    for (_, part) in parts {
        all = all.union(part).ok_or("GEOS makes no union")?;
    }
    let mut wide = 0;
    let polygons: Vec<Geometry> = match all.geometry_name().as_str() {
        "POLYGON" => vec![all],
        _ => (0..all.geometry_count()).map(|i| all.get_geometry(i).clone()).collect(),
    };
    for polygon in polygons {
        for ring in 1..polygon.geometry_count() {
            let mut points = Vec::new();
            polygon.get_geometry(ring).get_points(&mut points);
            let ring = geo::LineString::from_iter(points.iter().map(|p| (p.0, p.1)));
            let hole = geos(geo::MultiPolygon(vec![geo::Polygon::new(ring, Vec::new())]))?;
            wide += usize::from(is_wide(&hole)?);
        }
    }
    Ok(wide)
}
