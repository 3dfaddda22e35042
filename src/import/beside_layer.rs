//! Rows of a coverage against the features of the layer that stay beside them: each place is of one area
//! once the rows are written, too.
//!
//! What two rows of the files share is found while they are read (`rule::overlaps`). Must not know files beyond
//! their names.

use super::{Finding, ImportError, ImportReport, ImportRequest, rule, words};
use crate::{
    crs::Plane,
    layer::{GeneraliseRule, LayerDefinition},
    store::postgis::{Neighbours, Staging},
};
use geo::{Coord, Geometry, MapCoords, MultiPolygon};
use geozero::{ToGeo, wkb::Wkb};
use std::{mem, path::Path, sync::Arc};

/// Tells of the rows that are new or changed and cover ground of a feature that stays.
pub async fn overlaps(
    staging: &Staging<'_>,
    report: &mut ImportReport,
    request: &ImportRequest,
    layer: &LayerDefinition,
) -> Result<(), ImportError> {
    if layer.generalise.rule != GeneraliseRule::Coverage {
        return Ok(());
    }
    // A feature that stays because its row says the same was held against the other rows of its file.
    let compared = mem::take(&mut report.areas_compared);
    let mut found = Vec::new();
    let all = staging.neighbours(request.mode, request.only.as_ref(), |pair| {
        if !compared.contains(&pair.feature_key) || !compared.contains(&pair.key) {
            found.extend(finding(&pair, request));
        }
    });
    let all = all.await?;
    found.sort_by(|a, b| (&a.file, a.row, &a.reason.en).cmp(&(&b.file, b.row, &b.reason.en)));
    found.into_iter().for_each(|finding| report.note(finding));
    if !all {
        report.notes.push(words(
            "tệp và lớp có quá nhiều vùng kề nhau nên chưa kiểm tra hết các chỗ chồng nhau; diaban check kiểm tra hết",
            "the file and the layer have too many areas beside each other to look at all of them for overlaps; \
             diaban check does",
        ));
    }
    Ok(())
}

fn finding(pair: &Neighbours, request: &ImportRequest) -> Option<Finding> {
    let (id, key) = (pair.feature, &pair.feature_key);
    let other =
        words(format!("đối tượng {id} ({key}) của lớp"), format!("feature {id} ({key}) of the layer"));
    let found = rule::overlap(&in_plane(&pair.shape)?, &in_plane(&pair.feature_shape)?, &other)?;
    let path = usize::try_from(pair.file).ok().and_then(|at| request.files.get(at));
    let file = Arc::from(path.map_or(Path::new(""), |p| p.as_path()));
    Some(found.of_row(file, pair.row.unsigned_abs(), Some(pair.key.clone())))
}

/// The areas of a geometry in degrees of EPSG:4326, in the measuring plane.
fn in_plane(wkb: &[u8]) -> Option<MultiPolygon> {
    let plane = Plane::measuring();
    let areas = match Wkb(wkb).to_geo().ok()? {
        Geometry::Polygon(area) => MultiPolygon::new(vec![area]),
        Geometry::MultiPolygon(areas) => areas,
        _ => return None,
    };
    Some(areas.map_coords(|c| {
        let [x, y] = plane.from_lonlat(c.x, c.y);
        Coord { x, y }
    }))
}
