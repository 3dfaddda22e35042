//! The communes of the day and the province that they make up together, in the measuring plane.

use crate::{
    area::{Area, Relation},
    feature::Bbox,
};
use rstar::{PointDistance, RTree, primitives::Line};
use std::sync::Arc;

/// How far beyond the province a feature may lie, metres: borders are drawn, not surveyed.
const BEYOND_M: f64 = 200.0;

/// Boundaries of communes.
pub struct Ground {
    communes: Vec<(String, Arc<Area>)>,
    edges: RTree<Line<[f64; 2]>>,
}

impl Ground {
    /// Over communes by their codes; `None` if there are none.
    pub fn new(communes: Vec<(String, Arc<Area>)>) -> Option<Self> {
        let mut edges = Vec::new();
        for (_, area) in &communes {
            let rings = area.shape().iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
            edges.extend(rings.flat_map(|r| r.lines()).map(|l| Line::new(l.start.into(), l.end.into())));
        }
        (!communes.is_empty()).then(|| Self { communes, edges: RTree::bulk_load(edges) })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.communes.len()
    }

    /// The number of the commune that holds a position. `before` is the one that is asked first.
    pub fn commune(&self, [x, y]: [f64; 2], before: Option<usize>) -> Option<usize> {
        let holds = |number: &usize| {
            let area = &self.communes[*number].1;
            area.bounds().intersects(Bbox::new(x, y, x, y)) && area.holds(x, y)
        };
        before.filter(holds).or_else(|| (0..self.communes.len()).find(holds))
    }

    /// The code of a commune.
    pub fn code(&self, number: usize) -> &str {
        &self.communes[number].0
    }

    /// The number of the commune of a code.
    pub fn number(&self, code: &str) -> Option<usize> {
        self.communes.iter().position(|(own, _)| own == code)
    }

    /// Whether all positions lie in the province, or little beyond it. `commune` holds one of them.
    pub fn holds_all(&self, positions: &[[f64; 2]], around: Bbox, commune: Option<usize>) -> bool {
        if commune.is_some_and(|number| self.communes[number].1.relation(around) == Relation::Within) {
            return true;
        }
        let near = |at: &[f64; 2]| {
            let edge = self.edges.nearest_neighbor(at);
            edge.is_some_and(|edge| edge.distance_2(at) <= BEYOND_M * BEYOND_M)
        };
        positions.iter().all(|at| self.commune(*at, commune).is_some() || near(at))
    }
}
