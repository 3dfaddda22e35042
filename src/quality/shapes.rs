//! The features' geometries in the measuring plane, all of them in few lists, and where each lies.

use crate::{
    crs::Plane,
    feature::{Bbox, Shape, ShapeKind},
    tile::Projection,
};

/// Positions that are held.
const POSITIONS_MAX: usize = 100_000_000;

/// Geometries, one behind the other.
///
/// ```text
/// xy        p p p p p p p p p p p
/// paths     ring ──▶4   ring ──▶9 …      ends, in positions
/// features  feature ▶1  feature ▶3 …     ends, in paths
/// ```
#[derive(Debug, Default)]
pub struct Shapes {
    xy: Vec<[f64; 2]>,
    paths: Vec<u32>,
    features: Vec<u32>,
    full: bool,
}

impl Shapes {
    /// Takes the next feature: positions in the plane, and the ends of its paths; nothing where it has none.
    pub fn push(&mut self, positions: &[[f64; 2]], ends: &[usize]) {
        self.full |= self.xy.len() + positions.len() > POSITIONS_MAX;
        if !self.full {
            let start = self.xy.len();
            self.xy.extend_from_slice(positions);
            self.paths.extend(ends.iter().map(|end| (start + end) as u32));
        }
        self.features.push(self.paths.len() as u32);
    }

    /// Whether there were more positions than are held.
    pub const fn is_full(&self) -> bool {
        self.full
    }

    /// How many features there are.
    pub fn len(&self) -> usize {
        self.features.len()
    }

    /// The paths of a feature.
    pub fn paths(&self, feature: usize) -> impl Iterator<Item = &[[f64; 2]]> {
        let end = self.features.get(feature).map_or(0, |end| *end as usize);
        let first = feature.checked_sub(1).and_then(|f| self.features.get(f)).map_or(0, |end| *end as usize);
        (first..end).map(|path| {
            let start = path.checked_sub(1).map_or(0, |before| self.paths[before] as usize);
            &self.xy[start..self.paths[path] as usize]
        })
    }

    /// The box around a feature; `None` where it has no position.
    pub fn bounds(&self, feature: usize) -> Option<Bbox> {
        let positions = self.paths(feature).flatten();
        positions.map(|[x, y]| Bbox::new(*x, *y, *x, *y)).reduce(Bbox::union)
    }
}

/// A geometry in the measuring plane. Its room is used again for the next one.
#[derive(Debug, Default)]
pub struct Placed {
    /// The positions.
    pub positions: Vec<[f64; 2]>,
    /// Where each path ends; a point is one by itself.
    pub ends: Vec<usize>,
    is_area: bool,
}

impl Placed {
    /// Takes a geometry; of a collection its members.
    pub fn take(&mut self, shape: &Shape, projection: Projection) {
        self.positions.clear();
        self.ends.clear();
        self.is_area = false;
        self.add(shape, projection);
    }

    fn add(&mut self, shape: &Shape, projection: Projection) {
        let (plane, start) = (Plane::measuring(), self.positions.len());
        self.positions.extend(shape.xy.iter().map(|[x, y]| match projection {
            Projection::Mercator => plane.from_mercator(*x, *y),
            Projection::LonLat => plane.from_lonlat(*x, *y),
        }));
        match shape.kind {
            ShapeKind::Point | ShapeKind::MultiPoint => self.ends.extend(start + 1..=self.positions.len()),
            _ => self.ends.extend(shape.paths.iter().map(|end| start + end)),
        }
        self.is_area |= matches!(shape.kind, ShapeKind::Polygon | ShapeKind::MultiPolygon);
        shape.members.iter().for_each(|member| self.add(member, projection));
    }

    /// The box around it; `None` where it has no position, or one that is nowhere.
    pub fn bounds(&self) -> Option<Bbox> {
        let boxes = self.positions.iter().map(|[x, y]| Bbox::new(*x, *y, *x, *y));
        let all_somewhere = self.positions.iter().all(|[x, y]| x.is_finite() && y.is_finite());
        boxes.reduce(Bbox::union).filter(|_| all_somewhere)
    }

    /// A position that lies in it: of an area the middle of its widest stretch half way up, else the middle
    /// one of its positions.
    pub fn inner(&self) -> Option<[f64; 2]> {
        let around = self.bounds()?;
        if !self.is_area {
            return self.positions.get(self.positions.len() / 2).copied();
        }
        let y = f64::midpoint(around.min_y, around.max_y);
        let mut crossings = Vec::new();
        let mut start = 0;
        for end in &self.ends {
            let ring = &self.positions[start..*end];
            start = *end;
            for (a, b) in ring.iter().zip(ring.iter().skip(1)) {
                if (a[1] <= y) != (b[1] <= y) {
                    crossings.push(a[0] + (b[0] - a[0]) * ((y - a[1]) / (b[1] - a[1])));
                }
            }
        }
        crossings.sort_unstable_by(f64::total_cmp);
        let (pairs, _) = crossings.as_chunks::<2>();
        let widest = pairs.iter().max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])));
        widest.map(|[west, east]| [f64::midpoint(*west, *east), y]).or(self.positions.first().copied())
    }
}
