//! The tile matrix set that tiles are cut by: WebMercatorQuad (OGC 17-083r4, annex D.1).

use crate::tile::coord::{HALF_WORLD_M, MAX_ZOOM};
use serde_json::{Value as Json, json};

/// Its id.
pub const ID: &str = "WebMercatorQuad";
/// Its name in the OGC register.
pub const URI: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
/// The plane that it divides.
pub const PLANE: &str = "http://www.opengis.net/def/crs/EPSG/0/3857";

/// Cells along the edge of a tile, as the register has it.
const TILE_CELLS: u32 = 256;
/// The size of a pixel that scales are reckoned with, metres (OGC 17-083r4, 6.1.2).
const PIXEL_M: f64 = 0.000_28;

/// The definition (OGC 17-083r4, clause 8).
pub fn definition() -> Json {
    let matrices: Vec<Json> = (0..=MAX_ZOOM).map(matrix).collect();
    json!({
        "id": ID,
        "title": "Google Maps Compatible for the World",
        "uri": URI,
        "crs": PLANE,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": matrices,
    })
}

fn matrix(zoom: u8) -> Json {
    let tiles = 1u32 << zoom;
    let cell_m = 2.0 * HALF_WORLD_M / (f64::from(TILE_CELLS) * f64::from(tiles));
    json!({
        "id": zoom.to_string(),
        "scaleDenominator": cell_m / PIXEL_M,
        "cellSize": cell_m,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-HALF_WORLD_M, HALF_WORLD_M],
        "tileWidth": TILE_CELLS,
        "tileHeight": TILE_CELLS,
        "matrixWidth": tiles,
        "matrixHeight": tiles,
    })
}
