//! Questions about features, answered from a snapshot and the changes that lie over it.
//!
//! ```text
//! no condition   ids ─▶ from `after` on, each found by its id          nothing is looked through
//! conditions     tree, or the whole file, once ─▶ count, and the page's first places ─▶ rows
//! as stored      the whole file in its order, row by row
//! ```
//!
//! The answers are those of PostGIS; one contract test holds both to it.

use super::{
    choice::{Choice, Ordered},
    conditions::Conditions,
    degrees::Degrees,
    file::{Hit, Leaf},
    filter::RowFilter,
    overlay::{Added, OVER},
    scan::ViewColumns,
    served::ServedLayer,
};
use crate::{
    feature::{Bbox, FeatureId, FeatureRow, Shape, ValueRef},
    layer::LayerView,
    query::{FeatureQuery, Order, filter::Filter},
    store::{FeatureRows, RowSink, StoreError},
    tile::coord::mercator_to_lonlat,
};
use futures_util::future::BoxFuture;
use std::sync::{Arc, Weak};

/// Leaves that are looked through at once; more are a matter of milliseconds.
const AT_ONCE: usize = 8192;
/// Rows that are looked at before others get their turn.
const STRETCH: usize = 2048;

/// The box around all features of the view, degrees of EPSG:4326.
pub fn extent(served: &ServedLayer, view: &LayerView) -> Option<Bbox> {
    let columns = ViewColumns::whole(view, &served.snapshot.base);
    if served.overlay.is_empty() && !columns.rows().hide_rows() {
        return served.snapshot.manifest.extent.map(|[w, s, e, n]| Bbox::new(w, s, e, n));
    }
    let (mut all, mut values): (Option<Bbox>, _) = (None, Vec::new());
    let mut widen = |properties, bbox: Bbox, hidden: &dyn Fn(FeatureId) -> bool| {
        if let Some((id, true)) = columns.values(properties, &mut values)
            && !hidden(id)
        {
            all = Some(all.map_or(bbox, |a| a.union(bbox)));
        }
    };
    served.snapshot.base.search(EVERYWHERE, |hit| {
        widen(hit.row.properties, hit.bbox, &|id| served.overlay.hides(id));
    });
    for added in served.overlay.search(EVERYWHERE) {
        if let Some(hit) = added.hit() {
            widen(hit.row.properties, hit.bbox, &|_| false);
        }
    }
    all.map(|b| {
        let ((west, south), (east, north)) =
            (mercator_to_lonlat(b.min_x, b.min_y), mercator_to_lonlat(b.max_x, b.max_y));
        Bbox::new(west, south, east, north)
    })
}

const EVERYWHERE: Bbox = Bbox::new(f64::NEG_INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::INFINITY);

/// A question under way over a snapshot.
#[derive(Debug)]
pub struct SnapshotRows {
    served: ServedLayer,
    columns: ViewColumns,
    conditions: Conditions,
    /// With the view that it is asked for.
    filter: Option<(Arc<Filter>, LayerView)>,
    walk: Walk,
    matched: Option<u64>,
    after: Option<FeatureId>,
    order: Ordered,
    left: usize,
    shape: Shape,
    degrees: Degrees,
    /// Dropped by whoever waits for the rows to be chosen, when he goes away.
    waiting: Weak<()>,
}

/// How the rows are found.
#[derive(Debug)]
enum Walk {
    /// They have to be chosen first, which takes long.
    Unchosen,
    /// Chosen, in their order, from the place on.
    Chosen(Vec<(FeatureId, Place)>, usize),
    /// By their ids, from a place in their list on; and the ids that lie over the snapshot.
    Ids { at: usize, over: Vec<FeatureId>, next: usize },
    /// In the order of the file, from the number on, then what lies over the snapshot.
    Stored { number: u64, over: Vec<FeatureId>, next: usize },
}

/// Where a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// Number in the file.
    Base(u64),
    /// Over the snapshot.
    Over,
}

impl Place {
    fn of(hit: &Hit<'_>) -> Self {
        if hit.number == OVER { Self::Over } else { Self::Base(hit.number) }
    }
}

/// What is looked through.
enum Among {
    /// Features of the file.
    Leaves(Vec<Leaf>),
    /// What meets one of the boxes, EPSG:3857.
    Boxes(Vec<Bbox>),
    /// The whole file.
    All,
}

impl SnapshotRows {
    /// Starts on a question.
    pub fn new(served: ServedLayer, view: &LayerView, query: &FeatureQuery) -> Self {
        let mut rows = Self {
            columns: ViewColumns::whole(view, &served.snapshot.base),
            conditions: Conditions::new(view, query),
            filter: query.filter.clone().map(|filter| (filter, view.clone())),
            walk: Walk::Unchosen,
            matched: None,
            after: query.after,
            order: Ordered::new(view, query),
            left: query.limit as usize,
            shape: Shape::default(),
            degrees: Degrees::default(),
            waiting: Weak::new(),
            served,
        };
        rows.begin(query);
        rows
    }

    /// Whether [`Self::choose`] has to be called before rows come: it takes long.
    pub const fn is_unchosen(&self) -> bool {
        matches!(self.walk, Walk::Unchosen)
    }

    fn begin(&mut self, query: &FeatureQuery) {
        let ServedLayer { snapshot, overlay } = self.served.clone();
        if query.order == Order::AsStored {
            self.walk = Walk::Stored { number: 0, over: self.over_ids(), next: 0 };
        } else if let Some(id) = query.id {
            let number = snapshot.ids.find(id).filter(|_| !overlay.hides(id));
            let leaf = number.and_then(|number| snapshot.base.leaf(number));
            self.choose_among(&Among::Leaves(leaf.into_iter().collect()));
        } else if self.conditions.are_none() && self.order.is_by_id() {
            self.matched = self.visible_count_if_known();
            let over = self.over_ids();
            let next = over.partition_point(|id| self.after.is_some_and(|after| *id <= after));
            self.walk = Walk::Ids { at: snapshot.ids.place_after(self.after), over, next };
        } else if let Some(boxes) = self.conditions.boxes()
            && let [area] = boxes[..]
            && let Some(leaves) = snapshot.base.leaves(area, AT_ONCE)
        {
            self.choose_among(&Among::Leaves(leaves));
        }
    }

    /// The ids that lie over the snapshot, sorted.
    fn over_ids(&self) -> Vec<FeatureId> {
        let mut ids: Vec<FeatureId> = self.served.overlay.added().map(|added| added.id).collect();
        ids.sort_unstable();
        ids
    }

    /// What whoever waits for [`Self::choose`] or [`Self::count`] holds on to: once it is dropped, no more rows are
    /// looked at, and what comes of them means nothing.
    pub fn waited_for(&mut self) -> Arc<()> {
        let waiting = Arc::new(());
        self.waiting = Arc::downgrade(&waiting);
        waiting
    }

    /// Looks through all rows for those that are asked for, counts them, and keeps the page's.
    pub fn choose(&mut self) {
        if self.is_unchosen() {
            let among = self.conditions.boxes().map_or(Among::All, Among::Boxes);
            self.choose_among(&among);
        }
    }

    fn choose_among(&mut self, among: &Among) {
        let served = self.served.clone();
        let (base, overlay) = (&served.snapshot.base, &served.overlay);
        let mut choice = Choice::new(self.order.clone(), self.left);
        let (mut values, filter) = (Vec::new(), self.filter.clone());
        let asked = filter.as_ref().map(|(filter, view)| RowFilter::new(view, base, filter));
        let (waiting, is_waited_for) = (self.waiting.clone(), !self.waiting.ptr_eq(&Weak::new()));
        let is_left = || is_waited_for && waiting.strong_count() == 0;
        let mut offer = |hit| {
            if !is_left() {
                self.offer(&served, &hit, asked.as_ref(), &mut values, &mut choice);
            }
        };
        match among {
            Among::Leaves(leaves) => drop(base.read(leaves, &mut offer)),
            Among::Boxes(boxes) => {
                for (i, area) in boxes.iter().enumerate() {
                    base.search(*area, |hit| {
                        if !boxes[..i].iter().any(|before| before.intersects(hit.bbox)) {
                            offer(hit);
                        }
                    });
                }
            }
            Among::All => {
                for from in (0..base.len()).step_by(AT_ONCE).take_while(|_| !is_left()) {
                    let numbers = from..base.len().min(from + AT_ONCE as u64);
                    let leaves: Vec<Leaf> = numbers.filter_map(|number| base.leaf(number)).collect();
                    base.read(&leaves, &mut offer);
                }
            }
        }
        overlay.added().filter_map(|added| added.hit()).for_each(offer);
        let (matched, places) = choice.finish();
        self.matched = Some(matched);
        self.walk = Walk::Chosen(places, 0);
    }

    /// Takes a row among the chosen, if it is asked for.
    fn offer<'s>(
        &mut self,
        served: &'s ServedLayer,
        hit: &Hit<'s>,
        filter: Option<&RowFilter<'_>>,
        values: &mut Vec<ValueRef<'s>>,
        choice: &mut Choice<Place>,
    ) {
        // First the filter: it reads no more of a row than it asks for.
        if filter.is_some_and(|filter| !filter.holds(hit)) {
            return;
        }
        let place = Place::of(hit);
        if let Some((id, true)) = self.columns.values(hit.row.properties, values)
            && (place == Place::Over || !served.overlay.hides(id))
            && self.conditions.values_meet(id, values)
            && self.place_meets(hit)
        {
            choice.take(id, values, place);
        }
    }

    /// Whether a feature lies where it is asked for.
    fn place_meets(&mut self, hit: &Hit<'_>) -> bool {
        match self.conditions.box_meets(hit.bbox) {
            Some(decided) => decided,
            None => self.read_shape(hit) == Some(true) && self.conditions.shape_meets(&self.shape),
        }
    }

    /// Reads a geometry into the room for it; whether there is one. `None` if it is garbled.
    fn read_shape(&mut self, hit: &Hit<'_>) -> Option<bool> {
        let Some(geometry) = hit.row.geometry() else { return Some(false) };
        self.degrees.read(&geometry, self.served.snapshot.base.kind(), &mut self.shape)?;
        Some(true)
    }

    /// How many features the view may see, where that needs no look at each.
    fn visible_count_if_known(&self) -> Option<u64> {
        let rows = self.columns.rows();
        let counted = !rows.are_of_communes() && self.served.snapshot.classes.get().is_some();
        let known = !rows.hide_rows() || counted;
        known.then(|| self.visible_count())
    }

    /// How many features the view may see.
    fn visible_count(&self) -> u64 {
        let ServedLayer { snapshot, overlay } = &self.served;
        let base = &snapshot.base;
        let seen = |hit: &Hit<'_>| self.columns.see(hit.row.properties);
        let gone = overlay.gone().filter_map(|id| base.feature(snapshot.ids.find(id)?));
        let added = overlay.added().filter_map(|added| added.hit());
        if !self.columns.rows().hide_rows() {
            return base.len() - gone.count() as u64 + added.count() as u64;
        }
        let each = || (0..base.len()).filter_map(|number| base.feature(number));
        let all: u64 = if self.columns.rows().are_of_communes() {
            each().filter(seen).count() as u64
        } else {
            let classes = snapshot.classes.get_or_init(|| {
                let mut classes = [0; 4];
                each().for_each(|hit| classes[self.columns.class_of(hit.row.properties)] += 1);
                classes
            });
            let sees = |(place, _): &(usize, &u64)| self.columns.rows().see_class(*place);
            (0..).zip(classes).filter(sees).map(|(_, count)| count).sum()
        };
        all - gone.filter(seen).count() as u64 + added.filter(seen).count() as u64
    }

    /// How many features the question asks for, were it not for `limit` and `after`.
    pub fn count(&mut self) -> u64 {
        match &self.walk {
            Walk::Ids { .. } => self.visible_count(),
            _ => {
                self.choose();
                self.matched.unwrap_or(0)
            }
        }
    }

    /// Hands on the next rows; `false` if they were the last.
    fn step(&mut self, take: &mut RowSink<'_>) -> bool {
        let served = self.served.clone();
        let (mut values, filter) = (Vec::new(), self.filter.clone());
        let filter =
            filter.as_ref().map(|(filter, view)| RowFilter::new(view, &served.snapshot.base, filter));
        for _ in 0..STRETCH {
            if self.left == 0 {
                return false;
            }
            let Some((id, place)) = self.advance() else { return false };
            let added: Option<&Arc<Added>>;
            let hit = match place {
                Place::Base(number) => served.snapshot.base.feature(number),
                Place::Over => {
                    added = served.overlay.find(id);
                    added.and_then(|added| added.hit())
                }
            };
            let Some(hit) = hit else { continue };
            let Some((id, true)) = self.columns.values(hit.row.properties, &mut values) else { continue };
            let hidden = place != Place::Over && served.overlay.hides(id);
            let asked = matches!(self.walk, Walk::Chosen(..))
                || self.conditions.values_meet(id, &values)
                    && self.place_meets(&hit)
                    && filter.as_ref().is_none_or(|filter| filter.holds(&hit));
            if hidden || !asked {
                continue;
            }
            let Some(has_shape) = self.read_shape(&hit) else { continue };
            self.left -= 1;
            let row = FeatureRow { id, shape: has_shape.then_some(&self.shape), values: &values };
            if take(&row).is_break() {
                return self.left > 0;
            }
        }
        true
    }

    /// The next place to look at. The id counts only for what lies over the snapshot.
    fn advance(&mut self) -> Option<(FeatureId, Place)> {
        let snapshot = &self.served.snapshot;
        match &mut self.walk {
            Walk::Unchosen => None,
            Walk::Chosen(places, at) => {
                let found = places.get(*at).copied();
                *at += 1;
                found
            }
            Walk::Ids { at, over, next } => {
                let (base, laid) = (snapshot.ids.entry(*at), over.get(*next).copied());
                let base = base.filter(|(id, _)| laid.is_none_or(|laid| *id <= laid));
                *at += usize::from(base.is_some());
                match (base, laid) {
                    (Some((id, number)), laid) if laid != Some(id) => Some((id, Place::Base(number))),
                    // What lies over a feature of the snapshot hides it.
                    (_, laid) => {
                        *next += 1;
                        Some((laid?, Place::Over))
                    }
                }
            }
            Walk::Stored { number, over, next } => {
                if *number < snapshot.base.len() {
                    *number += 1;
                    return Some((-1, Place::Base(*number - 1)));
                }
                *next += 1;
                over.get(*next - 1).map(|id| (*id, Place::Over))
            }
        }
    }
}

impl FeatureRows for SnapshotRows {
    fn matched(&self) -> Option<u64> {
        self.matched
    }

    fn next<'a>(&'a mut self, take: &'a mut RowSink<'_>) -> BoxFuture<'a, Result<bool, StoreError>> {
        let more = self.step(take);
        let was_there = self.served.snapshot.was_there();
        let step = was_there.map(|()| more).map_err(|error| StoreError::Lost(error.to_string()));
        Box::pin(std::future::ready(step))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{
        layer::{AccessClass, Caller, Catalog},
        store::snapshot::{
            SnapshotFolder,
            wells::{publish, wells},
        },
    };

    #[test]
    fn nothing_is_looked_through_for_who_has_gone_away() {
        let data = tempfile::tempdir().unwrap();
        let folder = SnapshotFolder::of(data.path());
        let layer = wells();
        publish(&folder, 20_000);
        let served = ServedLayer::of(Arc::new(folder.open("wells", true).0.unwrap()));
        let catalog = Catalog::new(vec![layer.clone()], Default::default());
        let view = catalog.view("wells", &Caller::anonymous(AccessClass::Open)).unwrap();
        let everywhere = Some(Bbox::new(100.0, 0.0, 110.0, 20.0));
        let asked = || {
            let filter = Filter::of_layer("code = 'G'", &layer).unwrap();
            let query =
                FeatureQuery { bbox: everywhere, filter: Some(Arc::new(filter)), ..FeatureQuery::default() };
            SnapshotRows::new(served.clone(), &view, &query)
        };
        let (mut stays, mut goes, mut nobody) = (asked(), asked(), asked());
        let waiting = stays.waited_for();
        drop(goes.waited_for());
        assert_eq!((stays.count(), goes.count(), nobody.count()), (20_000, 0, 20_000));
        drop(waiting);
    }
}
