//! Every polygon of random tiles through GEOS, and the borders that neighbours share.

use crate::{
    Outcome,
    tiles::{Random, Tiles, tile_at},
    vector_tile::{Feature, Kind, Value},
};
use diaban::tile::{TileCoord, coord::lonlat_to_mercator};
use gdal::vector::Geometry;
use geozero::{CoordDimensions, ToWkb};
use std::{collections::BTreeSet, env};

const TILES_OF_A_ZOOM: usize = 40;
const PAIRS: i64 = 1000;
/// Units by which snapping may change the length of a shared border of three points.
const ROUNDING: f64 = 3.0;

pub fn run(url: &str, layer: &str) -> Outcome<()> {
    let tiles = Tiles::new(url, layer);
    polygons(&tiles)?;
    seams(&tiles, layer)
}

/// Areas as GEOS sees them.
pub fn geos(areas: geo::MultiPolygon) -> Outcome<Geometry> {
    Ok(Geometry::from_wkb(&geo::Geometry::from(areas).to_wkb(CoordDimensions::xy())?)?)
}

fn polygons(tiles: &Tiles) -> Outcome<()> {
    let extent = tiles.extent()?;
    let mut random = Random(11);
    println!("| zoom | tiles | polygons | invalid |");
    println!("| --- | --- | --- | --- |");
    for zoom in 6..=16 {
        let mut chosen = BTreeSet::new();
        for _ in 0..TILES_OF_A_ZOOM {
            let place = (random.between(extent[0], extent[2]), random.between(extent[1], extent[3]));
            let tile = tile_at(place.0, place.1, zoom);
            chosen.insert((tile.x(), tile.y()));
        }
        let (mut all, mut invalid) = (0, 0);
        for (x, y) in &chosen {
            let tile = TileCoord::new(zoom, *x, *y).ok_or("no such tile")?;
            let Some(layer) = tiles.layer(tile)? else { continue };
            for feature in layer.features.iter().filter(|f| f.kind == Kind::Polygon) {
                all += 1;
                if !geos(feature.areas())?.is_valid() {
                    invalid += 1;
                    eprintln!("invalid: {zoom}/{x}/{y} {:?}", feature.id);
                }
            }
        }
        println!("| {zoom} | {} | {all} | {invalid} |", chosen.len());
    }
    Ok(())
}

/// Two neighbours: a place on their border, its length in metres of EPSG:3857, and their numbers.
struct Pair {
    place: (f64, f64),
    length: f64,
    parcels: (i64, i64),
}

#[tokio::main(flavor = "current_thread")]
async fn pairs(table: &str) -> Outcome<Vec<Pair>> {
    let (client, connection) =
        tokio_postgres::connect(&env::var("DATABASE_URL")?, tokio_postgres::NoTls).await?;
    let connection = tokio::spawn(connection);
    let select = format!(
        "WITH a AS (SELECT id, geom FROM {table} TABLESAMPLE SYSTEM (1) REPEATABLE (3) ORDER BY hashint8(id) LIMIT $1) \
         SELECT a.id, b.id, ST_Length(line), ST_X(middle), ST_Y(middle) FROM a \
         JOIN LATERAL (SELECT b.id, ST_Intersection(a.geom, b.geom) AS line FROM {table} b \
           WHERE b.geom && a.geom AND b.id <> a.id ORDER BY ST_Length(ST_Intersection(a.geom, b.geom)) DESC LIMIT 1) b ON true \
         CROSS JOIN LATERAL ST_Transform(ST_Centroid(line), 4326) AS middle"
    );
    let rows = client.query(&select, &[&PAIRS]).await?;
    connection.abort();
    let pair = |row: &tokio_postgres::Row| -> Outcome<Pair> {
        Ok(Pair {
            place: (row.try_get(3)?, row.try_get(4)?),
            length: row.try_get(2)?,
            parcels: (row.try_get(0)?, row.try_get(1)?),
        })
    };
    rows.iter().map(pair).collect()
}

fn seams(tiles: &Tiles, table: &str) -> Outcome<()> {
    println!("\n| zoom | pairs of neighbours | closed | gap or overlap | not both there |");
    println!("| --- | --- | --- | --- | --- |");
    let pairs = pairs(table)?;
    for zoom in [13, 14, 15, 16] {
        let (mut closed, mut open, mut missing) = (0, 0, 0);
        for pair in &pairs {
            let tile = tile_at(pair.place.0, pair.place.1, zoom);
            let Some(layer) = tiles.layer(tile)? else { continue };
            let find = |id: i64| layer.features.iter().find(|f| f.id == u64::try_from(id).ok());
            let (Some(a), Some(b)) = (find(pair.parcels.0), find(pair.parcels.1)) else {
                missing += 1;
                continue;
            };
            // Where the tile's cut takes a piece of the border, only gaps count.
            let whole = near_the_middle(pair, tile).then_some(pair.length * 4096.0 / tile.size_m());
            if is_closed(a, b, whole)? {
                closed += 1;
            } else {
                open += 1;
                eprintln!("open: {zoom}/{}/{} {:?}", tile.x(), tile.y(), pair.parcels);
            }
        }
        println!("| {zoom} | {} | {closed} | {open} | {missing} |", pairs.len());
    }
    Ok(())
}

fn near_the_middle(pair: &Pair, tile: TileCoord) -> bool {
    let (x, y) = lonlat_to_mercator(pair.place.0, pair.place.1);
    let b = tile.mercator_bounds(0);
    let inside = |v: f64, low: f64, high: f64| v - low > pair.length && high - v > pair.length;
    inside(x, b.min_x, b.max_x) && inside(y, b.min_y, b.max_y)
}

/// Neither gap nor overlap, and the border they share as long as it should be.
fn is_closed(a: &Feature, b: &Feature, length: Option<f64>) -> Outcome<bool> {
    let (first, second) = (geos(a.areas())?, geos(b.areas())?);
    let both = first.union(&second).ok_or("GEOS makes no union")?;
    let overlap = first.area() + second.area() - both.area();
    let holes = both.geometry_name() != "POLYGON" || both.geometry_count() != 1;
    let shared = shared_length(a, b);
    let short = length.is_some_and(|length| (shared - length).abs() > ROUNDING);
    Ok(overlap.abs() < 1e-6 && !holes && !short && shared > 0.0)
}

/// How long the border is that both have, exactly, on the grid.
fn shared_length(a: &Feature, b: &Feature) -> f64 {
    let all: Vec<[i32; 2]> = a.paths.iter().chain(&b.paths).flatten().copied().collect();
    let edges = |f: &Feature| -> BTreeSet<([i32; 2], [i32; 2])> {
        let rings = f.paths.iter();
        rings
            .flat_map(|ring| (0..ring.len()).flat_map(|i| cut(ring[i], ring[(i + 1) % ring.len()], &all)))
            .collect()
    };
    let (one, other) = (edges(a), edges(b));
    let shared = one.iter().filter(|(from, to)| other.contains(&(*to, *from)));
    shared.map(|(from, to)| f64::from(to[0] - from[0]).hypot(f64::from(to[1] - from[1]))).sum()
}

/// An edge in pieces, at those of the points that lie on it.
fn cut(from: [i32; 2], to: [i32; 2], points: &[[i32; 2]]) -> Vec<([i32; 2], [i32; 2])> {
    let along = |p: [i32; 2]| {
        let (dx, dy) = (i64::from(to[0] - from[0]), i64::from(to[1] - from[1]));
        let (px, py) = (i64::from(p[0] - from[0]), i64::from(p[1] - from[1]));
        let (dot, all) = (dx * px + dy * py, dx * dx + dy * dy);
        (dx * py == dy * px && dot > 0 && dot < all).then_some((dot, p))
    };
    let mut on: Vec<(i64, [i32; 2])> = points.iter().filter_map(|p| along(*p)).collect();
    on.sort_unstable();
    on.dedup();
    let mut pieces = Vec::new();
    let mut last = from;
    for (_, point) in on {
        pieces.push((last, point));
        last = point;
    }
    pieces.push((last, to));
    pieces
}

/// As text.
pub fn name_of(feature: &Feature, attribute: &str) -> String {
    match feature.attributes.get(attribute) {
        Some(Value::Text(name)) => name.clone(),
        other => other.map(ToString::to_string).unwrap_or_default(),
    }
}
