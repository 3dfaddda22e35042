//! What a feature holds once a staged row is written over it: what the row says, or what the feature held where the
//! row says the same as far as a file can.
//!
//! A layer's own file brought back changes nothing, though few forms hold all that the layer does: GeoJSON and CSV
//! have degrees to 1e-8 (1.1 mm); GeoPackage, and GDAL where it reads a moment, have thousandths of a second; a
//! Shapefile has the day alone, in Vietnam or in UTC, 15 digits of a number, and rings that go its own way. Must not
//! know what becomes of rows.

use super::{staged_rows::StagedColumn, staging::quote};
use crate::layer::AttributeType;

/// The geometry of feature `t` under row `s`: that of the row, unless each position lies within 1e-8 degrees of that
/// of the feature. Which way a ring goes, and whether one part is written as several, says nothing. Most that are
/// near are the same on a grid; what lies between two of its lines is looked at one by one.
pub(super) fn geometry() -> String {
    let [held, row] = ["t", "s"].map(|alias| format!("ST_ForcePolygonCCW(ST_Multi({alias}.geom))"));
    format!(
        "CASE WHEN t.geom IS NOT DISTINCT FROM s.geom THEN t.geom \
         WHEN t.geom IS NULL OR s.geom IS NULL OR ST_NPoints(t.geom) <> ST_NPoints(s.geom) \
         OR NOT ST_Expand(t.geom, 2e-8) ~ s.geom OR GeometryType({held}) <> GeometryType({row}) THEN s.geom \
         WHEN ST_SnapToGrid({held}, 1e-8) = ST_SnapToGrid({row}, 1e-8) THEN t.geom \
         WHEN EXISTS (SELECT FROM ST_DumpPoints({held}) a FULL JOIN ST_DumpPoints({row}) b USING (path) WHERE \
         (abs(ST_X(a.geom) - ST_X(b.geom)) <= 1e-8 AND abs(ST_Y(a.geom) - ST_Y(b.geom)) <= 1e-8) IS NOT TRUE) \
         THEN s.geom ELSE t.geom END"
    )
}

/// The value of a column of feature `t` under row `s`: that of the row, unless it is a moment of which the feature's
/// is nearer than a thousandth of a second, a midnight of a day on which the feature's lies, or a binary number of
/// which the feature's has the same first digits.
pub(super) fn value(column: &StagedColumn) -> String {
    let (name, of_row) = (quote(&column.name), column.cast("s"));
    let same = match (column.kind, column.target.as_str()) {
        (AttributeType::Timestamp, "timestamp with time zone") => format!(
            "t.{name} BETWEEN s.{name} - interval '999 microseconds' AND s.{name} + interval '999 microseconds' \
             OR s.{name} = date_trunc('day', s.{name}, 'Asia/Ho_Chi_Minh') \
             AND t.{name} >= s.{name} AND t.{name} < s.{name} + interval '31 hours'"
        ),
        // Of the row's alone, so that neither NaN nor infinity is near to anything.
        (AttributeType::Number, "double precision") => {
            let away = format!("(1e-15 + 1e-14 * abs({of_row}))");
            format!("t.{name} BETWEEN {of_row} - {away} AND {of_row} + {away}")
        }
        _ => return of_row,
    };
    format!("CASE WHEN {same} THEN t.{name} ELSE {of_row} END")
}
