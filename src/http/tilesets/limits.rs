//! Which tiles of a matrix set there are (OGC 17-083r4, clause 7: TileMatrixSetLimits).

use super::super::{Problem, Site, collections::advertised};
use crate::{
    feature::Bbox,
    layer::LayerView,
    store::FeatureStore,
    tile::{TileCoord, coord::HALF_WORLD_M, coord::lonlat_to_mercator},
};
use serde_json::{Value as Json, json};

/// Zooms, and the box that their tiles meet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Degrees of EPSG:4326, as the layers advertise it.
    pub bbox: Bbox,
    /// First zoom.
    pub min: u8,
    /// Last zoom.
    pub max: u8,
}

impl Limits {
    /// Of the tiles that hold these layers; `None` where no layer has a feature.
    pub async fn of<S: FeatureStore>(site: &Site<S>, views: &[LayerView]) -> Result<Option<Self>, Problem> {
        let mut all: Option<Self> = None;
        for view in views {
            let Some(extent) = site.extent(view).await? else { continue };
            let [west, south, east, north] = advertised(extent);
            let (bbox, zoom) = (Bbox::new(west, south, east, north), view.layer().zoom);
            all = Some(match all {
                None => Self { bbox, min: zoom.min, max: zoom.max },
                Some(all) => Self {
                    bbox: all.bbox.union(bbox),
                    min: all.min.min(zoom.min),
                    max: all.max.max(zoom.max),
                },
            });
        }
        Ok(all)
    }

    /// First and last column, then first and last row, of a zoom.
    fn range(&self, zoom: u8) -> [u32; 4] {
        let tiles = 1u32 << zoom;
        let place = |metres: f64| {
            let share = (metres + HALF_WORLD_M) / (2.0 * HALF_WORLD_M);
            ((share * f64::from(tiles)) as u32).min(tiles - 1)
        };
        let (west, south) = lonlat_to_mercator(self.bbox.min_x, self.bbox.min_y);
        let (east, north) = lonlat_to_mercator(self.bbox.max_x, self.bbox.max_y);
        [place(west), place(east), place(-north), place(-south)]
    }

    /// Whether the tile is one of them.
    pub fn hold(&self, tile: TileCoord) -> bool {
        let [min_col, max_col, min_row, max_row] = self.range(tile.z());
        (self.min..=self.max).contains(&tile.z())
            && (min_col..=max_col).contains(&tile.x())
            && (min_row..=max_row).contains(&tile.y())
    }

    /// As a tileset's description lists them.
    pub fn to_json(self) -> Vec<Json> {
        let of = |zoom: u8| {
            let [min_col, max_col, min_row, max_row] = self.range(zoom);
            json!({ "tileMatrix": zoom.to_string(), "minTileRow": min_row, "maxTileRow": max_row,
                    "minTileCol": min_col, "maxTileCol": max_col })
        };
        (self.min..=self.max).map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_has_its_rows_and_columns() {
        let limits = Limits { bbox: Bbox::new(105.9, 10.3, 106.9, 11.8), min: 0, max: 9 };
        assert_eq!(limits.range(0), [0, 0, 0, 0]);
        assert_eq!(limits.range(9), [406, 408, 239, 241]);
        let world = Limits { bbox: Bbox::new(-180.0, -90.0, 180.0, 90.0), min: 0, max: 24 };
        assert_eq!(world.range(24), [0, (1 << 24) - 1, 0, (1 << 24) - 1]);
        let held = |z, x, y| TileCoord::new(z, x, y).is_some_and(|tile| limits.hold(tile));
        assert!(held(9, 406, 241) && !held(9, 405, 241) && !held(9, 406, 242) && !held(10, 812, 480));
    }
}
