//! What becomes of a layer while it is served: changes are laid over it, a newer snapshot takes its place; and what is
//! told of that.

use super::{
    folder::LayerSnapshot,
    overlay::{Change, Overlay},
    served::{ServedLayer, SnapshotStore},
    touched::{Audience, Columns, LayerChange, Side, Sums},
};
use crate::{layer::LayerDefinition, store::changes::Changes};
use std::{
    sync::{Arc, PoisonError},
    thread,
};

impl SnapshotStore {
    /// Tells of what becomes of the layers.
    pub const fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Lays changes over the snapshot of version `version`; does nothing if another one is
    /// served by now.
    pub fn apply(&self, layer: &LayerDefinition, version: u64, changes: Vec<Change>) {
        if let Some(change) = self.lay_over(layer, version, changes) {
            self.changes.tell(change);
        }
    }

    fn lay_over(&self, layer: &LayerDefinition, version: u64, changes: Vec<Change>) -> Option<LayerChange> {
        let state = self.state(&layer.id)?;
        let stamp = self.next_stamp();
        let mut state = state.write().unwrap_or_else(PoisonError::into_inner);
        if state.served.snapshot.manifest.version != version || changes.is_empty() {
            return None;
        }
        let columns = Columns::new(layer, &state.served.snapshot.base);
        let mut overlay = Overlay::clone(&state.served.overlay);
        let mut places = Vec::new();
        for change in changes {
            let before = state.served.bbox_of(&overlay, change.id);
            let now = change.now.as_ref().map(|added| added.bbox);
            for bbox in [before, now].into_iter().flatten().filter(|bbox| bbox.is_place()) {
                state.stamps.stamp(bbox, 0, stamp);
            }
            let before: Option<Side<'_>> =
                state.served.hit_of(&overlay, change.id).and_then(|hit| columns.side(&hit));
            let now = change.now.as_ref().and_then(|added| columns.side(&added.hit()?));
            places.extend(columns.places(before.as_ref(), now.as_ref()));
            overlay.replace(change);
        }
        state.served.overlay = Arc::new(overlay);
        places.iter().for_each(|place| state.since_overviews.add(place));
        LayerChange::rows(&layer.id, places)
    }

    /// Replaces what is served by a newer snapshot, with the changes since it already over it.
    /// `up_to_now` says that what was served knew of all changes that the newer one holds: then the
    /// tiles of its features themselves are what they were, and all of the overviews differ.
    /// Otherwise every tile may differ.
    pub fn swap(
        &self,
        layer: &LayerDefinition,
        snapshot: Arc<LayerSnapshot>,
        changes: Vec<Change>,
        up_to_now: bool,
    ) {
        let served = ServedLayer::of(snapshot);
        let version = served.snapshot.manifest.version;
        let (mut before, mut overviews) = (None, None);
        match self.state(&layer.id) {
            None => self.put(&layer.id, served),
            Some(state) => {
                let stamp = self.next_stamp();
                let mut state = state.write().unwrap_or_else(PoisonError::into_inner);
                let zooms = served.base_zoom().max(state.served.base_zoom());
                (0..zooms).for_each(|zoom| state.stamps.stamp_zoom(zoom, stamp));
                if !up_to_now {
                    state.stamps.stamp_all(stamp);
                }
                before = Some(std::mem::replace(&mut state.served, served));
                overviews = Some((zooms, std::mem::take(&mut state.since_overviews)));
            }
        }
        // Of these it was told when they were laid over what was served before.
        self.lay_over(layer, version, changes);
        match overviews {
            Some((zooms, audience)) if up_to_now => self.tell_overviews(layer, zooms, audience),
            _ => self.tell_of_all(layer, before),
        }
    }

    /// The overviews are of the changes since those before.
    fn tell_overviews(&self, layer: &LayerDefinition, zooms: u8, audience: Audience) {
        if zooms > 0 && !audience.is_empty() {
            self.changes.tell(LayerChange::overviews(&layer.id, zooms, audience));
        }
    }

    /// The layer is another one, and who sees that has to be found out, beside serving it.
    fn tell_of_all(&self, layer: &LayerDefinition, before: Option<ServedLayer>) {
        if !self.changes.is_heard() {
            return;
        }
        let Some(now) = self.served(&layer.id) else { return };
        let (changes, layer) = (self.changes.clone(), layer.clone());
        let compare = move || {
            let sums = |served: &ServedLayer| Sums::of(&layer, served);
            let audience = sums(&now).differing(&before.as_ref().map(sums).unwrap_or_default());
            changes.tell(LayerChange::all(&layer.id, audience));
        };
        if let Err(error) = thread::Builder::new().name("diaban-compare".to_owned()).spawn(compare) {
            tracing::warn!(%error, "open maps are not told of a new snapshot");
        }
    }
}
