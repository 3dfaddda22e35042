//! How a row is shown: which of its attributes, and in which coordinate reference system.

use crate::{
    crs::{NamedSystem, transform},
    feature::{FeatureRow, Shape, ValueRef},
    layer::LayerView,
};

/// Parts of a metre that are kept: a tenth of a millimetre.
const METRE_PARTS: f64 = 1e4;

/// Brings rows into the form in which they are written. One value serves row after row.
#[derive(Debug)]
pub struct Rendition {
    /// Places of the attributes that are kept; `None` keeps all.
    kept: Option<Vec<usize>>,
    /// `None` leaves degrees of WGS 84, longitude first.
    system: Option<NamedSystem>,
    shape: Shape,
}

impl Rendition {
    /// Rows of `view` as `shown` has their attributes, in `system`.
    pub fn new(view: &LayerView, shown: &LayerView, system: NamedSystem) -> Self {
        let place = |name: &str| view.attributes().position(|a| a.name == name);
        let all = view.attributes().len() == shown.attributes().len();
        let kept = (!all).then(|| shown.attributes().filter_map(|a| place(&a.name)).collect());
        Self { kept, system: Some(system).filter(|s| !s.is_crs84()), shape: Shape::default() }
    }

    /// Hands the row on as it is shown. A geometry with a position that the system has no place
    /// for is none.
    pub fn pass<T>(&mut self, row: &FeatureRow<'_>, take: impl FnOnce(&FeatureRow<'_>) -> T) -> T {
        let Self { kept, system, shape } = self;
        let shown: Vec<ValueRef<'_>>;
        let values = match kept {
            None => row.values,
            Some(kept) => {
                shown = kept
                    .iter()
                    .map(|place| row.values.get(*place).copied().unwrap_or(ValueRef::Null))
                    .collect();
                &shown
            }
        };
        let own = match (system, row.shape) {
            (Some(system), Some(own)) => {
                shape.clone_from(own);
                bring(shape, *system).then_some(&*shape)
            }
            (_, own) => own,
        };
        take(&FeatureRow { id: row.id, shape: own, values })
    }
}

/// Brings a geometry into a system, coordinates in its own order; `false` if it does not lie in
/// the system's area.
fn bring(shape: &mut Shape, system: NamedSystem) -> bool {
    if transform::to_system(system.system, &mut shape.xy).is_err() {
        return false;
    }
    let is_geographic = system.system.is_geographic();
    for position in &mut shape.xy {
        let [mut x, mut y] = *position;
        if !is_geographic {
            (x, y) = ((x * METRE_PARTS).round() / METRE_PARTS, (y * METRE_PARTS).round() / METRE_PARTS);
        }
        *position = system.swapped(x, y).into();
    }
    shape.members.iter_mut().all(|member| bring(member, system))
}
