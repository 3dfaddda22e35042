//! What becomes of a layer while it is served: changes are laid over it, a newer snapshot takes its place; and what is
//! told of that.

use super::{
    folder::LayerSnapshot,
    overlay::{Change, Overlay},
    served::{ServedLayer, SnapshotStore},
    touched::{Audience, Columns, LayerChange, Place, Sums},
};
use crate::{feature::Bbox, layer::LayerDefinition, store::changes::Changes};
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
        if let Some(change) = self.lay_over(layer, version, &changes) {
            self.changes.tell(change);
        }
    }

    /// All that takes long is done before anybody has to wait for the layer: what the changes make of it is worked out
    /// beside it, and put in its place if it is still what that was worked out of. Returns what is to be told.
    fn lay_over(&self, layer: &LayerDefinition, version: u64, changes: &[Change]) -> Option<LayerChange> {
        let state = self.state(&layer.id)?;
        loop {
            let served = state.read().unwrap_or_else(PoisonError::into_inner).served.clone();
            if served.snapshot.manifest.version != version || changes.is_empty() {
                return None;
            }
            let is_heard = self.changes.is_heard();
            let laid = Laid::over(&served, layer, changes, is_heard);
            let mut state = state.write().unwrap_or_else(PoisonError::into_inner);
            // Whoever listens from now on asks for tiles that have it.
            if !state.served.is(&served) || (self.changes.is_heard() && !is_heard) {
                continue;
            }
            let stamp = self.next_stamp();
            laid.boxes.iter().for_each(|bbox| state.stamps.stamp(*bbox, 0, stamp));
            state.served.overlay = Arc::new(laid.overlay);
            drop(state);
            return LayerChange::rows(&layer.id, laid.places);
        }
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
        let bare = ServedLayer::of(snapshot);
        // Nobody is to see it without them: what has gone since would be there again. Of these it was told when they
        // were laid over what was served before.
        let Laid { overlay, boxes, .. } = Laid::over(&bare, layer, &changes, false);
        let served = ServedLayer { overlay: Arc::new(overlay), ..bare };
        let (mut before, mut zooms) = (None, 0);
        match self.state(&layer.id) {
            None => self.put(&layer.id, served),
            Some(state) => {
                let stamp = self.next_stamp();
                let mut state = state.write().unwrap_or_else(PoisonError::into_inner);
                zooms = served.base_zoom().max(state.served.base_zoom());
                (0..zooms).for_each(|zoom| state.stamps.stamp_zoom(zoom, stamp));
                if !up_to_now {
                    state.stamps.stamp_all(stamp);
                }
                boxes.iter().for_each(|bbox| state.stamps.stamp(*bbox, 0, stamp));
                before = Some(std::mem::replace(&mut state.served, served));
            }
        }
        match before {
            Some(before) if up_to_now => self.tell_overviews(layer, zooms, before),
            before => self.tell_of_all(layer, before),
        }
    }

    /// The overviews are of the changes that lay over those before.
    fn tell_overviews(&self, layer: &LayerDefinition, zooms: u8, before: ServedLayer) {
        if zooms == 0 || before.overlay.is_empty() {
            return;
        }
        self.tell_beside(layer, move |layer| {
            let audience = Audience::of_changes(layer, &before);
            (!audience.is_empty()).then(|| LayerChange::overviews(&layer.id, zooms, audience))
        });
    }

    /// The layer is another one.
    fn tell_of_all(&self, layer: &LayerDefinition, before: Option<ServedLayer>) {
        let Some(now) = self.served(&layer.id) else { return };
        self.tell_beside(layer, move |layer| {
            let sums = |served: &ServedLayer| Sums::of(layer, served);
            let audience = sums(&now).differing(&before.as_ref().map(sums).unwrap_or_default());
            Some(LayerChange::all(&layer.id, audience))
        });
    }

    /// Tells what has to be found out by reading rows, beside serving them; nothing where nobody listens.
    fn tell_beside(
        &self,
        layer: &LayerDefinition,
        change: impl FnOnce(&LayerDefinition) -> Option<LayerChange> + Send + 'static,
    ) {
        if !self.changes.is_heard() {
            return;
        }
        let (changes, layer) = (self.changes.clone(), layer.clone());
        let tell = move || {
            if let Some(change) = change(&layer) {
                changes.tell(change);
            }
        };
        if let Err(error) = thread::Builder::new().name("diaban-compare".to_owned()).spawn(tell) {
            tracing::warn!(%error, "open maps are not told of a new snapshot");
        }
    }
}

/// What changes make of a layer as it is served.
struct Laid {
    overlay: Overlay,
    /// Where something lay, or lies now.
    boxes: Vec<Bbox>,
    /// Of those whoever sees a difference is told.
    places: Vec<Place>,
}

impl Laid {
    /// Rows are read only where somebody is to be told of them.
    fn over(served: &ServedLayer, layer: &LayerDefinition, changes: &[Change], is_told: bool) -> Self {
        let columns = is_told.then(|| Columns::new(layer, &served.snapshot.base));
        let mut overlay = Overlay::clone(&served.overlay);
        let (mut boxes, mut places) = (Vec::new(), Vec::new());
        for change in changes {
            let before = served.bbox_of(&overlay, change.id);
            let now = change.now.as_ref().map(|added| added.bbox);
            boxes.extend([before, now].into_iter().flatten().filter(|bbox| bbox.is_place()));
            if let Some(columns) = &columns {
                let before = served.hit_of(&overlay, change.id).and_then(|hit| columns.side(&hit));
                let now = change.now.as_ref().and_then(|added| columns.side(&added.hit()?));
                places.extend(columns.places(before.as_ref(), now.as_ref()));
            }
            overlay.replace(change.clone());
        }
        Self { overlay, boxes, places }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::snapshot::{
        SnapshotFolder,
        wells::{publish, wells},
    };
    use std::{
        fs::File,
        sync::Barrier,
        time::{Duration, Instant},
    };

    const ROWS: i64 = 20_000;
    /// Of the file, the last bytes: rows of it, and nothing of its tree.
    const CUT_OFF: u64 = 256 << 10;

    /// Those whose number is odd, or even.
    fn gone(odd: i64) -> Vec<Change> {
        (1..=ROWS).filter(|id| id % 2 == odd).map(Change::gone).collect()
    }

    #[test]
    fn a_newer_snapshot_is_never_seen_without_the_changes_over_it() {
        let data = tempfile::tempdir().unwrap();
        let folder = SnapshotFolder::of(data.path());
        let layer = wells();
        publish(&folder, ROWS);
        let store = SnapshotStore::new(folder.clone());
        assert!(store.serve_newest_of(&layer).is_empty());
        publish(&folder, ROWS);
        let newer = Arc::new(store.open_newest(&layer).0.unwrap());
        let both = Barrier::new(2);
        thread::scope(|threads| {
            let looking = threads.spawn(|| {
                both.wait();
                let started = Instant::now();
                loop {
                    let served = store.served("wells").unwrap();
                    if served.snapshot.manifest.version == 2 {
                        return served.changed().0 as i64;
                    }
                    assert!(started.elapsed() < Duration::from_secs(20), "the newer one is not served");
                }
            });
            both.wait();
            store.swap(&layer, newer, gone(0), true);
            assert_eq!(looking.join().unwrap(), ROWS / 2, "rows that have gone were there again");
        });
    }

    #[test]
    fn rows_are_read_for_who_listens_alone_and_before_anybody_waits_for_the_layer() {
        let data = tempfile::tempdir().unwrap();
        let folder = SnapshotFolder::of(data.path());
        let layer = wells();
        publish(&folder, ROWS);
        let store = SnapshotStore::new(folder.clone());
        assert!(store.serve_newest_of(&layer).is_empty());
        let snapshot = store.served("wells").unwrap().snapshot;
        let file = folder.path().join("wells/v00000001/base.fgb");
        let file = File::options().write(true).open(file).unwrap();
        file.set_len(file.metadata().unwrap().len() - CUT_OFF).unwrap();

        store.apply(&layer, 1, gone(0));
        assert!(snapshot.was_there().is_ok(), "a row was read, and nobody listens");
        assert_eq!(store.served("wells").unwrap().changed().0 as i64, ROWS / 2);
        let _listener = store.changes().listen();
        let state = store.state("wells").unwrap();
        thread::scope(|threads| {
            let reader = state.read().unwrap();
            threads.spawn(|| store.apply(&layer, 1, gone(1)));
            let started = Instant::now();
            while snapshot.was_there().is_ok() {
                assert!(started.elapsed() < Duration::from_secs(20), "no row is read while tiles are");
                thread::sleep(Duration::from_millis(5));
            }
            drop(reader);
        });
        assert_eq!(store.served("wells").unwrap().changed().0 as i64, ROWS);
    }
}
