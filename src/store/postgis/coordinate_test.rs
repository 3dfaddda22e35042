//! Whether PostGIS, asked the way this program asks it, puts known positions where they lie.
//!
//! PostGIS brings its own PROJ, which may differ from the one that GDAL uses.

use crate::crs::{Disagreement, oracle::PAIRS, system};
use postgis::ewkb::Point;
use tokio_postgres::Client;

const BY: &str = "PostGIS";

/// Through the explicit text, as layers in existing tables are read; and through the SRID, where
/// `spatial_ref_sys` has it from this program. Rows that PostGIS brought itself (authority EPSG)
/// take an operation of PROJ's choice and are never used.
const SQL: &str = "SELECT ST_Transform(p, $4, 4326), \
    CASE WHEN EXISTS (SELECT FROM spatial_ref_sys WHERE srid = $3 AND auth_name IS DISTINCT FROM 'EPSG') \
    THEN ST_Transform(ST_SetSRID(p, $3), 4326) END \
    FROM (SELECT ST_MakePoint($1, $2) AS p) AS point";

/// Asks PostGIS for every pair of the oracle.
///
/// # Errors
/// On the first answer that differs by more than the pair allows, 5 mm as a rule, or is missing.
pub async fn coordinate_self_test(client: &Client) -> Result<(), Disagreement> {
    // Pairs with a height need a transformation in space, which maps do not use.
    for pair in PAIRS.iter().filter(|p| p.height.is_none()) {
        let text = system(pair.system).map_err(|e| pair.no_answer(BY, e))?.proj4_text();
        let srid = i32::try_from(pair.system).map_err(|e| pair.no_answer(BY, e))?;
        let row = client.query_one(SQL, &[&pair.easting, &pair.northing, &srid, &text]).await;
        let row = row.map_err(|e| {
            pair.no_answer(BY, e.as_db_error().map_or(e.to_string(), |d| d.message().to_owned()))
        })?;
        let explicit: Point = row.try_get(0).map_err(|e| pair.no_answer(BY, e))?;
        pair.judge(BY, explicit.x, explicit.y)?;
        let by_srid: Option<Point> = row.try_get(1).map_err(|e| pair.no_answer(BY, e))?;
        if let Some(found) = by_srid {
            pair.judge(BY, found.x, found.y)?;
        }
    }
    Ok(())
}
