//! The rules that a layer's file states, asked of rows that are kept.
//!
//! What a rule asks for has to be in the view: of others nothing is told. Must not know where rows come from.

use crate::{
    feature::{FeatureRef, Shape, ValueRef},
    layer::{LayerView, Title},
    query::{
        BoundRule,
        filter::{Evaluator, Row},
    },
    tile::{Projection, coord::mercator_to_lonlat},
};
use geo::{Geometry, MapCoords, coord};

/// Rules, with where the values that they ask for stand in a row.
pub struct StatedRules<'r>(Vec<StatedRule<'r>>);

struct StatedRule<'r> {
    message: Title,
    attributes: String,
    evaluator: Evaluator<'r>,
    /// Of each attribute that the filter asks for, its place in the view.
    places: Vec<Option<usize>>,
}

/// A rule that a row breaks.
pub struct Broken<'s> {
    /// The attributes that it asks for.
    pub attributes: &'s str,
    /// In words.
    pub message: &'s Title,
}

impl<'r> StatedRules<'r> {
    /// The rules `bound` to a view, asked of its rows.
    pub fn new(bound: &'r [BoundRule], view: &LayerView) -> Self {
        let stated = |bound: &'r BoundRule| {
            let names: Vec<&str> = bound.broken.attributes().iter().map(|a| a.name.as_str()).collect();
            let place = |name: &&str| view.attributes().position(|a| a.name == **name);
            StatedRule {
                message: bound.rule.message.clone(),
                places: names.iter().map(place).collect(),
                attributes: names.join(", "),
                evaluator: Evaluator::new(&bound.broken),
            }
        };
        Self(bound.iter().map(stated).collect())
    }

    /// Tells those that a row breaks, and returns how many could be asked: all that the row has the values for.
    /// `shape` is its geometry, in `projection`.
    pub fn broken(
        &self,
        row: &FeatureRef<'_>,
        shape: &Shape,
        projection: Projection,
        mut tell: impl FnMut(Broken<'_>),
    ) -> u64 {
        let mut asked = 0;
        for StatedRule { message, attributes, evaluator, places } in &self.0 {
            let row = Asked { values: row.values, places, shape, projection };
            if (0..places.len()).any(|at| matches!(row.value(at), ValueRef::Null)) {
                continue;
            }
            asked += 1;
            if evaluator.holds(&row) {
                tell(Broken { attributes, message });
            }
        }
        asked
    }
}

struct Asked<'a> {
    values: &'a [ValueRef<'a>],
    places: &'a [Option<usize>],
    shape: &'a Shape,
    projection: Projection,
}

impl Row for Asked<'_> {
    fn value(&self, attribute: usize) -> ValueRef<'_> {
        let place = self.places.get(attribute).copied().flatten();
        place.and_then(|at| self.values.get(at)).copied().unwrap_or(ValueRef::Null)
    }

    fn geometry(&self) -> Option<Geometry> {
        let geometry = Geometry::from(self.shape);
        Some(match self.projection {
            Projection::LonLat => geometry,
            Projection::Mercator => geometry.map_coords(|c| {
                let (x, y) = mercator_to_lonlat(c.x, c.y);
                coord! { x: x, y: y }
            }),
        })
    }
}
