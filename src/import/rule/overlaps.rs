//! Areas that overlap, of one file or of a file and its layer, where the layer is a coverage: there each place is of one area.

use super::{
    Checked, RowFinding,
    late::{LateFinding, Source},
};
use crate::{
    feature::Bbox,
    import::{
        Words,
        geometry::Role,
        report::{Rule, Severity},
        words,
    },
    layer::Attribute,
    store::postgis::StagedValue,
};
use geo::{Area, BooleanOps, Coord, Euclidean, InteriorPoint, Length, LineString, MultiPolygon, Polygon};
use std::collections::HashSet;
use time::Date;

/// What is shared and smaller is the noise of coordinates, square metres.
const NOISE_M2: f64 = 0.1;
/// What is shared and narrower is a sliver, metres.
const SLIVER_M: f64 = 1.0;
/// Positions that are remembered.
const POSITIONS_MAX: usize = 2_000_000;
/// Positions of pairs that are laid over each other.
const WORK_MAX: usize = 40_000_000;

/// The areas of a coverage.
pub struct Overlaps {
    areas: Vec<Ground>,
    /// Attributes with the first day and the day after the last.
    times: [Option<usize>; 2],
    positions: usize,
    full: bool,
}

struct Ground {
    bbox: Bbox,
    shape: MultiPolygon,
    /// The first day and the day after the last.
    times: [Option<Date>; 2],
    source: Source,
}

impl Ground {
    fn is_beside(&self, other: &Self) -> bool {
        let over = |to: Option<Date>, from: Option<Date>| to.zip(from).is_some_and(|(to, from)| to <= from);
        let ([a_from, a_to], [b_from, b_to]) = (self.times, other.times);
        self.bbox.intersects(other.bbox) && !over(a_to, b_from) && !over(b_to, a_from)
    }
}

impl Overlaps {
    /// For rows with these attributes.
    pub fn new(attributes: &[Attribute]) -> Self {
        let place = |name: &str| attributes.iter().position(|a| a.name == name);
        let times = [place("valid_from"), place("valid_to")];
        Self { areas: Vec::new(), times, positions: 0, full: false }
    }

    /// Remembers the area of a row.
    pub fn add(&mut self, row: &Checked<'_>, source: impl FnOnce() -> Source) {
        let Some(shape) = row.shape.filter(|s| s.is_areal()) else { return };
        self.positions += shape.len();
        if self.positions > POSITIONS_MAX {
            self.full = true;
            return;
        }
        let mut polygons: Vec<Polygon> = Vec::new();
        for (role, x, y) in shape.paths(row.plane.0, row.plane.1) {
            let ring = LineString(x.iter().zip(y).map(|(x, y)| Coord { x: *x, y: *y }).collect());
            match (role, polygons.last_mut()) {
                (Role::Hole, Some(polygon)) => polygon.interiors_push(ring),
                _ => polygons.push(Polygon::new(ring, Vec::new())),
            }
        }
        let corner = |(x, y): (&f64, &f64)| Bbox::new(*x, *y, *x, *y);
        let bbox = row.plane.0.iter().zip(row.plane.1).map(corner).reduce(Bbox::union);
        let times = self.times.map(|at| match row.values.get(at?) {
            Some(StagedValue::Date(day)) => Some(*day),
            _ => None,
        });
        if let Some(bbox) = bbox {
            self.areas.push(Ground { bbox, shape: MultiPolygon(polygons), times, source: source() });
        }
    }

    /// Hands on the areas that overlap, each pair once, told of the later one; returns what was not checked.
    pub fn found(&self, tell: &mut dyn FnMut(LateFinding)) -> Option<Words> {
        let mut order: Vec<usize> = (0..self.areas.len()).collect();
        order.sort_unstable_by(|a, b| self.areas[*a].bbox.min_x.total_cmp(&self.areas[*b].bbox.min_x));
        let (mut pairs, mut open, mut work) = (Vec::new(), Vec::<usize>::new(), 0);
        let mut full = self.full;
        for next in order {
            let ground = &self.areas[next];
            open.retain(|other| self.areas[*other].bbox.max_x >= ground.bbox.min_x);
            for other in open.iter().filter(|other| self.areas[**other].is_beside(ground)) {
                work += self.size(next) + self.size(*other);
                if work <= WORK_MAX {
                    pairs.push((next.max(*other), next.min(*other)));
                } else {
                    full = true;
                }
            }
            open.push(next);
        }
        pairs.sort_unstable();
        pairs.into_iter().filter_map(|(late, early)| self.pair(late, early)).for_each(tell);
        full.then(|| {
            words(
                "tệp có quá nhiều vùng nên chưa kiểm tra hết các chỗ chồng nhau",
                "the file has too many areas to look at all of them for overlaps",
            )
        })
    }

    fn size(&self, number: usize) -> usize {
        self.areas[number].shape.0.iter().map(|p| p.exterior().0.len()).sum()
    }

    fn pair(&self, late: usize, early: usize) -> Option<LateFinding> {
        let (Ground { shape, source, .. }, other) = (&self.areas[late], &self.areas[early].source);
        let finding = overlap(shape, &self.areas[early].shape, &other.name())?;
        Some(LateFinding { source: source.clone(), finding })
    }

    /// Keys of the areas that were held against each other.
    pub fn keys(self) -> HashSet<String> {
        self.areas.into_iter().filter_map(|area| area.source.key).collect()
    }
}

/// What is to be told of an area that covers ground of another, which is called `other`; both in the
/// measuring plane. `None` where they share no more than the noise of coordinates.
pub fn overlap(area: &MultiPolygon, ground: &MultiPolygon, other: &Words) -> Option<RowFinding> {
    let shared = area.intersection(ground);
    let area = shared.unsigned_area();
    if area <= NOISE_M2 {
        return None;
    }
    let outline: f64 = shared.0.iter().map(|p| Euclidean.length(p.exterior())).sum();
    let is_sliver = 2.0 * area < SLIVER_M * outline;
    let (as_vi, as_en) = if is_sliver { (" thành dải hẹp,", "in slivers of") } else { ("", "by") };
    let place = shared.interior_point().map(|p| {
        let [lon, lat] = crate::crs::Plane::measuring().to_lonlat(p.x(), p.y());
        (lon, lat)
    });
    let reason = words(
        format!("chồng lên {}{as_vi} {area:.1} m2", other.vi),
        format!("overlaps {} {as_en} {area:.1} m2", other.en),
    );
    let mut finding = RowFinding::error(Rule::Overlap, reason).at(place);
    finding.severity = Severity::Warning;
    Some(finding)
}
