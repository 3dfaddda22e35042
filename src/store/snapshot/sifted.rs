//! Features that have to be looked at one by one: those for which a filter holds, and those of some communes. That may
//! take long, so it is done apart from drawing them: whoever looks hands on where the features stand, some at a time,
//! and leaves off when he is told to.

use super::{
    file::{COUNT_COLUMN, Hit, Leaf},
    filter::RowFilter,
    hilbert,
    overlay::Added,
    row,
    scan::{Room, ViewColumns},
    served::ServedLayer,
};
use crate::{
    feature::{Bbox, FeatureRef},
    layer::LayerView,
    query::filter::Filter,
    store::FeatureSink,
    tile::Projection,
};
use std::sync::Arc;

/// Features that are handed on together.
const TOGETHER: usize = 256;

/// Where a feature stands that is asked for.
#[derive(Debug)]
pub enum Sifted {
    /// In the file.
    Base(Leaf),
    /// Over the snapshot.
    Over(Arc<Added>),
    /// It cannot be read.
    Garbled,
}

/// Gathers what is handed on.
struct HandingOn<'h> {
    together: Vec<Sifted>,
    hand_on: &'h mut dyn FnMut(Vec<Sifted>),
}

impl HandingOn<'_> {
    fn take(&mut self, found: Sifted) {
        self.together.push(found);
        if self.together.len() == TOGETHER {
            (self.hand_on)(std::mem::take(&mut self.together));
        }
    }
}

impl ServedLayer {
    /// Whether features have to be looked at one by one: an overview's are several in one, and of which commune it is
    /// nobody knows.
    pub fn has_to_sift(view: &LayerView, filter: Option<&Filter>) -> bool {
        filter.is_some() || view.communes().is_some()
    }

    /// Hands on every feature of the view whose box meets `area` and for which the filter holds, in the order of a
    /// scan, for [`Self::draw_sifted`]. Once `is_left`, no more are looked at.
    pub fn sift(
        &self,
        view: &LayerView,
        area: Bbox,
        filter: Option<&Filter>,
        is_left: impl Fn() -> bool,
        hand_on: &mut dyn FnMut(Vec<Sifted>),
    ) {
        let (file, overlay) = (&self.snapshot.base, &*self.overlay);
        let columns = ViewColumns::new(view, file, &[]);
        let asked = filter.map(|filter| RowFilter::new(view, file, filter));
        let holds = |hit: &Hit<'_>| {
            !is_left()
                && asked.as_ref().is_none_or(|asked| asked.holds(hit))
                && (view.communes().is_none() || columns.see(hit.row.properties))
        };
        let mut out = HandingOn { together: Vec::new(), hand_on };
        let mut over = overlay.search(area).peekable();
        let lay = |added: &Arc<Added>, out: &mut HandingOn<'_>| match added.hit() {
            Some(hit) if holds(&hit) => out.take(Sifted::Over(added.clone())),
            Some(_) => {}
            None => out.take(Sifted::Garbled),
        };
        let read = |leaf: Leaf| {
            if is_left() {
                return;
            }
            let Some(hit) = file.at(leaf) else { return out.take(Sifted::Garbled) };
            let place = (hilbert::key(hit.bbox), row::first_long(hit.row.properties).unwrap_or(-1));
            while let Some(added) = over.next_if(|added| (added.key, added.id) < place) {
                lay(added, &mut out);
            }
            if !overlay.hides(place.1) && holds(&hit) {
                out.take(Sifted::Base(leaf));
            }
        };
        file.search_leaves(area, |leaf| file.fetch(leaf), read);
        over.for_each(|added| lay(added, &mut out));
        let rest = std::mem::take(&mut out.together);
        (out.hand_on)(rest);
    }

    /// Hands features that were sifted to `sink`. Returns how many could not be read.
    pub fn draw_sifted(&self, view: &LayerView, sifted: &[Sifted], sink: &mut FeatureSink<'_>) -> u64 {
        let file = &self.snapshot.base;
        let columns = ViewColumns::new(view, file, &[COUNT_COLUMN]);
        let mut take = |feature: &FeatureRef<'_>| sink(Projection::Mercator, feature);
        let mut room = Room::default();
        let mut garbled = 0;
        for found in sifted {
            let drawn = match found {
                Sifted::Base(leaf) => {
                    file.at(*leaf).and_then(|hit| columns.read(&hit, &mut room, |_| false, &mut take))
                }
                Sifted::Over(added) => {
                    added.hit().and_then(|hit| columns.read(&hit, &mut Room::default(), |_| false, &mut take))
                }
                Sifted::Garbled => None,
            };
            garbled += u64::from(drawn.is_none());
        }
        garbled
    }

    /// Notes that features could not be read.
    pub fn note_garbled(&self, view: &LayerView, garbled: u64) {
        if garbled > 0 {
            tracing::error!(layer = view.id(), garbled, "features of the snapshot cannot be read");
            self.snapshot.look_again();
        }
    }
}
