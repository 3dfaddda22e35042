//! Rows of a coverage against the features of the layer that stay beside them: each place is of one area
//! once the rows are written, too.
//!
//! What two rows of the files share is found while they are read (`rule::overlaps`). Must not know files beyond
//! their names.

use super::{
    Finding, ImportError, ImportReport, ImportRequest, Rule, Severity, report::MAX_FINDINGS, rule, words,
};
use crate::{
    crs::Plane,
    layer::{GeneraliseRule, LayerDefinition},
    store::postgis::{Neighbours, Staging},
};
use geo::{Coord, Geometry, MapCoords, MultiPolygon};
use geozero::{ToGeo, wkb::Wkb};
use std::{cmp::Ordering, collections::BinaryHeap, mem, path::Path, sync::Arc};

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
    let mut found = First::default();
    let all = staging.neighbours(request.mode, request.only.as_ref(), |pair| {
        if !compared.contains(&pair.feature_key) || !compared.contains(&pair.key) {
            finding(&pair, request).into_iter().for_each(|finding| found.take(finding));
        }
    });
    let all = all.await?;
    found.tell(report);
    if !all {
        report.notes.push(words(
            "tệp và lớp có quá nhiều vùng kề nhau nên chưa kiểm tra hết các chỗ chồng nhau; diaban check kiểm tra hết",
            "the file and the layer have too many areas beside each other to look at all of them for overlaps; \
             diaban check does",
        ));
    }
    Ok(())
}

/// The findings of the first rows, as many as a report keeps: the database hands pairs on in no order of the rows,
/// and there may be hundreds of thousands. The others are counted.
#[derive(Default)]
struct First {
    kept: BinaryHeap<InOrder>,
    more: u64,
}

impl First {
    fn take(&mut self, finding: Finding) {
        self.kept.push(InOrder(finding));
        if self.kept.len() > MAX_FINDINGS {
            self.kept.pop();
            self.more += 1;
        }
    }

    fn tell(self, report: &mut ImportReport) {
        self.kept.into_sorted_vec().into_iter().for_each(|InOrder(finding)| report.note(finding));
        if self.more > 0 {
            *report.counts.entry((Severity::Warning, Rule::Overlap)).or_default() += self.more;
        }
    }
}

/// A finding in the order of rows.
struct InOrder(Finding);

impl InOrder {
    fn place(&self) -> (&Path, u64, &str) {
        (&self.0.file, self.0.row, &self.0.reason.en)
    }
}

impl Ord for InOrder {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }
}

impl PartialOrd for InOrder {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for InOrder {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}

impl Eq for InOrder {}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_a_report_keeps_are_held_the_first_rows_and_all_are_counted() {
        let finding = |row: usize| Finding {
            rule: Rule::Overlap,
            severity: Severity::Warning,
            file: Arc::from(Path::new("a")),
            row: row as u64,
            key: None,
            attribute: None,
            column: None,
            place: None,
            lies: None,
            value: None,
            reason: words("", ""),
            repair: None,
            kept: None,
        };
        let all = MAX_FINDINGS + 7;
        let (mut found, mut report) = (First::default(), ImportReport::default());
        for row in (1..=all).rev() {
            found.take(finding(row));
            assert!(found.kept.len() <= MAX_FINDINGS);
        }
        found.tell(&mut report);
        let rows: Vec<u64> = report.findings.iter().map(|finding| finding.row).collect();
        assert!(rows.iter().copied().eq(1..=MAX_FINDINGS as u64), "{:?}", &rows[..10]);
        assert_eq!(report.count(Severity::Warning), all as u64);
    }
}
