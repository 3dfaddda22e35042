//! Snapshots as they are served: each layer's newest, with the changes since lying over it.

use super::{
    file::{COUNT_COLUMN, FeatureFile, Hit, Leaf},
    folder::{LayerSnapshot, SnapshotError, SnapshotFolder},
    hilbert,
    manifest::{Manifest, definition_digest},
    overlay::{Added, Overlay},
    overview,
    refused::Refused,
    row,
    scan::{Room, ViewColumns},
    stamps::Stamps,
};
use crate::{
    feature::{Bbox, FeatureId, FeatureRef},
    layer::{Catalog, LayerDefinition, LayerView},
    query::filter::Filter,
    store::{FeatureSink, changes::Changes},
    tile::{Projection, TileCoord},
};
use std::{
    collections::HashMap,
    iter::Peekable,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Instant,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A follower looks more often than this; where it could not, what is served has fallen behind.
const IN_STEP_FOR_MS: i64 = 2000;

/// The snapshots of a folder.
#[derive(Debug)]
pub struct SnapshotStore {
    folder: SnapshotFolder,
    layers: RwLock<HashMap<String, Arc<RwLock<State>>>>,
    refused: Refused,
    /// The stamp that was given out last.
    stamp: AtomicU64,
    /// Whether changes are not followed just now, though they should be.
    behind: AtomicBool,
    /// When all layers were last in step with the database, Unix milliseconds; 0 if nobody follows it.
    in_step_at: AtomicI64,
    /// Whoever wants to know what has changed.
    pub(super) changes: Changes,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) served: ServedLayer,
    pub(super) stamps: Stamps,
    /// When all changes were last laid over the snapshot, Unix milliseconds; 0 if they never were.
    complete_at: AtomicI64,
    /// Since when some are missing that the database has told of, Unix milliseconds; 0 if none is.
    missing_since: AtomicI64,
}

/// A layer as it is served at one moment; who holds it goes on reading it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ServedLayer {
    /// The snapshot.
    pub snapshot: Arc<LayerSnapshot>,
    pub(super) overlay: Arc<Overlay>,
}

impl SnapshotStore {
    /// Over a folder; serves nothing yet.
    pub fn new(folder: SnapshotFolder) -> Self {
        Self {
            folder,
            refused: Refused::default(),
            layers: RwLock::default(),
            stamp: AtomicU64::new(1),
            behind: AtomicBool::new(false),
            in_step_at: AtomicI64::new(0),
            changes: Changes::default(),
        }
    }

    /// Looks whether the snapshots that are served are all there, and at each byte of those that have not been
    /// looked at, which takes its time: they are served meanwhile. One with other bytes than were written is
    /// served no more, nor again.
    pub fn look_at_each_byte(&self, catalog: &Catalog) -> Vec<SnapshotError> {
        let looked = catalog.definitions().filter_map(|layer| {
            let snapshot = self.served(&layer.id)?.snapshot;
            let looked = snapshot.is_there().and_then(|()| snapshot.look_at_each_byte());
            let error = looked.err()?;
            self.refuse(&snapshot).then_some(error)
        });
        looked.collect()
    }

    /// Serves a snapshot no more, nor again until its files are others; whether it did until now.
    pub fn refuse(&self, snapshot: &LayerSnapshot) -> bool {
        let Manifest { layer, version, .. } = &snapshot.manifest;
        let is_new = self.refused.note_garbled(layer, *version, self.folder.files_of(layer, *version));
        // Another may have taken its place by now.
        if self.served(layer).is_some_and(|s| s.snapshot.manifest.version == *version) {
            self.forget(layer);
        }
        is_new
    }

    /// Notes whether changes can be followed.
    pub fn set_behind(&self, behind: bool) {
        self.behind.store(behind, Ordering::Relaxed);
    }

    /// The folder.
    pub const fn folder(&self) -> &SnapshotFolder {
        &self.folder
    }

    /// Serves the newest snapshot of each layer, as it is. Returns what is wrong with others.
    pub fn serve_newest(&self, catalog: &Catalog) -> Vec<SnapshotError> {
        catalog.definitions().flat_map(|layer| self.serve_newest_of(layer)).collect()
    }

    /// The same for layers of which there is a newer one than is served.
    pub fn serve_newer(&self, catalog: &Catalog) -> Vec<SnapshotError> {
        let newer = catalog.definitions().filter(|l| self.has_newer(&l.id));
        newer.flat_map(|layer| self.serve_newest_of(layer)).collect()
    }

    /// Whether there may be a newer snapshot of a layer than is served. Where the one that is served was taken away,
    /// whatever stands there by now is: its numbers have begun anew.
    pub fn has_newer(&self, layer: &str) -> bool {
        let newest = self.folder.newest(layer);
        newest.is_some_and(|newest| self.is_newer(layer, newest))
    }

    /// Whether a version is newer than the one that is served.
    pub fn is_newer(&self, layer: &str, version: u64) -> bool {
        let newer = |s: ServedLayer| version > s.snapshot.manifest.version || !s.snapshot.is_in_place();
        self.served(layer).is_none_or(newer)
    }

    /// Serves the newest snapshot of a layer, if it is newer than the one that is served. Returns what is wrong
    /// with others.
    pub fn serve_newest_of(&self, layer: &LayerDefinition) -> Vec<SnapshotError> {
        let (found, refused) = self.open_newest(layer);
        if let Some(snapshot) = found.filter(|s| self.is_newer(&layer.id, s.manifest.version)) {
            self.swap(layer, Arc::new(snapshot), Vec::new(), false);
        }
        refused
    }

    /// A layer's newest snapshot, and what is wrong with those that are newer.
    pub fn open_newest(&self, layer: &LayerDefinition) -> (Option<LayerSnapshot>, Vec<SnapshotError>) {
        let Some(newest) = self.folder.newest(&layer.id) else { return (None, Vec::new()) };
        let files = |version| self.folder.files_of(&layer.id, version);
        if self.refused.is_newest(&layer.id, newest, || files(newest)) {
            return (None, Vec::new());
        }
        let started = Instant::now();
        let garbled = |version| self.refused.is_garbled(&layer.id, version, || files(version));
        let (found, mut refused) = self.folder.open_but(&layer.id, false, garbled);
        let other = found.as_ref().is_some_and(|s| s.manifest.definition != definition_digest(layer));
        if !refused.is_empty() {
            self.refused.note_newest(&layer.id, newest, None);
        } else if other || found.as_ref().is_none_or(|s| s.manifest.version != newest) {
            self.pass_over(&layer.id, newest);
        }
        let Some(snapshot) = found else { return (None, refused) };
        let (id, version, ms) = (&layer.id, snapshot.manifest.version, started.elapsed().as_secs_f64() * 1e3);
        tracing::info!(layer = id, version, ms, "a snapshot was opened");
        if !other {
            return (Some(snapshot), refused);
        }
        refused.push(SnapshotError::Refused {
            path: self.folder.path().join(&layer.id).display().to_string(),
            reason: "the layer's file has changed since it was published. Publish it anew".to_owned(),
        });
        (None, refused)
    }

    /// Notes that a layer's newest version is not served as it is: it is not looked at again for a while.
    pub fn pass_over(&self, layer: &str, version: u64) {
        self.refused.note_newest(layer, version, Some(self.folder.files_of(layer, version)));
    }

    /// Serves a layer no more.
    pub fn forget(&self, layer: &str) {
        self.layers.write().unwrap_or_else(PoisonError::into_inner).remove(layer);
    }

    pub(super) fn put(&self, id: &str, served: ServedLayer) {
        let stamp = self.next_stamp();
        let mut layers = self.layers.write().unwrap_or_else(PoisonError::into_inner);
        let (complete_at, missing_since) = Default::default();
        let state = State { served, stamps: Stamps::new(stamp), complete_at, missing_since };
        layers.insert(id.to_owned(), Arc::new(RwLock::new(state)));
    }

    pub(super) fn next_stamp(&self) -> u64 {
        self.stamp.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn state(&self, layer: &str) -> Option<Arc<RwLock<State>>> {
        self.layers.read().unwrap_or_else(PoisonError::into_inner).get(layer).cloned()
    }

    /// All layers as they are now.
    pub(super) fn all(&self) -> Vec<ServedLayer> {
        let layers = self.layers.read().unwrap_or_else(PoisonError::into_inner);
        layers.values().map(|s| s.read().unwrap_or_else(PoisonError::into_inner).served.clone()).collect()
    }

    /// A layer as it is now.
    pub fn served(&self, layer: &str) -> Option<ServedLayer> {
        let state = self.state(layer)?;
        let state = state.read().unwrap_or_else(PoisonError::into_inner);
        Some(state.served.clone())
    }

    /// Notes that the database is followed, and of each of the layers that it tells of whether
    /// nothing is missing.
    pub fn in_step<'l>(&self, told: impl IntoIterator<Item = (&'l str, bool)>) {
        let now = millis_now();
        for (state, complete) in
            told.into_iter().filter_map(|(id, complete)| Some((self.state(id)?, complete)))
        {
            let state = state.read().unwrap_or_else(PoisonError::into_inner);
            if complete {
                state.complete_at.store(now, Ordering::Relaxed);
                state.missing_since.store(0, Ordering::Relaxed);
            } else {
                let _ = state.missing_since.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
            }
        }
        self.in_step_at.store(now, Ordering::Relaxed);
    }

    /// Whether changes of a layer have been missing for a while, though the database is followed.
    pub fn misses_changes(&self, layer: &str) -> bool {
        let Some(state) = self.state(layer) else { return false };
        let since =
            state.read().unwrap_or_else(PoisonError::into_inner).missing_since.load(Ordering::Relaxed);
        since != 0 && millis_now() - since > IN_STEP_FOR_MS
    }

    /// Whether the database may know of changes that nobody here has heard of.
    pub fn is_behind(&self) -> bool {
        let at = self.in_step_at.load(Ordering::Relaxed);
        self.behind.load(Ordering::Relaxed) || (at != 0 && millis_now() - at > IN_STEP_FOR_MS)
    }

    /// For which moment (RFC 3339) a layer stands, as it is served now.
    pub fn as_of(&self, layer: &str) -> Option<String> {
        let state = self.state(layer)?;
        let state = state.read().unwrap_or_else(PoisonError::into_inner);
        let taken_at = &state.served.snapshot.manifest.taken_at;
        let complete_at =
            OffsetDateTime::from_unix_timestamp(state.complete_at.load(Ordering::Relaxed) / 1000).ok();
        let later = complete_at.filter(|moment| {
            OffsetDateTime::parse(taken_at, &Rfc3339).is_ok_and(|taken_at| *moment > taken_at)
        });
        later.and_then(|moment| moment.format(&Rfc3339).ok()).or_else(|| Some(taken_at.clone()))
    }

    /// When a tile of a layer last changed: another number is another content.
    pub fn tile_version(&self, layer: &str, tile: TileCoord) -> Option<u64> {
        let layers = self.layers.read().unwrap_or_else(PoisonError::into_inner);
        let state = layers.get(layer)?.read().unwrap_or_else(PoisonError::into_inner);
        Some(state.stamps.of(tile))
    }
}

fn millis_now() -> i64 {
    (OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64
}

impl ServedLayer {
    /// A snapshot as it is.
    pub fn of(snapshot: Arc<LayerSnapshot>) -> Self {
        Self { snapshot, overlay: Arc::default() }
    }

    /// Whether the other is this one, with the same changes over it.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.snapshot, &other.snapshot) && Arc::ptr_eq(&self.overlay, &other.overlay)
    }

    /// Where a feature lies, as it is served; its row is not read.
    pub(super) fn bbox_of(&self, overlay: &Overlay, id: FeatureId) -> Option<Bbox> {
        if overlay.hides(id) {
            return overlay.find(id).map(|added| added.bbox);
        }
        self.snapshot.ids.find(id).and_then(|number| self.snapshot.base.bbox(number))
    }

    /// A feature as it is served.
    pub(super) fn hit_of<'a>(&'a self, overlay: &'a Overlay, id: FeatureId) -> Option<Hit<'a>> {
        if overlay.hides(id) {
            return overlay.find(id).and_then(|added| added.hit());
        }
        self.snapshot.ids.find(id).and_then(|n| self.snapshot.base.feature(n))
    }

    /// How many features differ from the snapshot, and the bytes that they take.
    pub fn changed(&self) -> (usize, usize) {
        (self.overlay.len(), self.overlay.bytes())
    }

    /// The first zoom at which a feature of the box `bbox` stands by itself: where it did so
    /// before, and where the layer's rule lets it.
    pub fn alone_from(&self, layer: &LayerDefinition, id: FeatureId, bbox: Bbox) -> u8 {
        let before = self.stood_alone_from(id);
        let by_rule = overview::alone_from(layer, bbox, self.base_zoom());
        before.map_or(by_rule, |before| before.min(by_rule))
    }

    /// The first zoom at which the features themselves are served.
    pub(super) fn base_zoom(&self) -> u8 {
        self.snapshot.overviews.last().map_or(0, |(zoom, _)| zoom + 1)
    }

    fn stood_alone_from(&self, id: FeatureId) -> Option<u8> {
        if let Some(added) = self.overlay.find(id) {
            return Some(added.from_zoom);
        }
        let bbox = self.bbox_of(&self.overlay, id)?;
        let mut from = self.base_zoom();
        for (i, (_, file)) in self.snapshot.overviews.iter().enumerate().rev() {
            let mut found = false;
            file.search(bbox, |hit| found |= row::first_long(hit.row.properties) == Some(id));
            if !found {
                break;
            }
            from = i.checked_sub(1).map_or(0, |below| self.snapshot.overviews[below].0 + 1);
        }
        Some(from)
    }

    /// Hands every feature of the view whose box meets `area` to `sink`, as it is drawn at
    /// `zoom`: the features themselves or an overview. Always in the same order. Behind the view's
    /// values stands the number of features that one stands for.
    /// With a filter, those for which it holds, and in a view of some communes theirs, each itself: an overview's are
    /// several in one.
    pub fn scan(
        &self,
        view: &LayerView,
        area: Bbox,
        zoom: u8,
        filter: Option<&Filter>,
        sink: &mut FeatureSink<'_>,
    ) {
        if Self::has_to_sift(view, filter) {
            let mut garbled = 0;
            let mut draw = |sifted: Vec<_>| garbled += self.draw_sifted(view, &sifted, sink);
            self.sift(view, area, filter, || false, &mut draw);
            return self.note_garbled(view, garbled);
        }
        let (file, is_overview) = self.snapshot.file_for(zoom);
        let columns = ViewColumns::new(view, file, &[COUNT_COLUMN]);
        let shown = |added: &&Arc<Added>| !is_overview || added.from_zoom <= zoom;
        let mut over = self.overlay.search(area).filter(shown).peekable();
        let garbled = match over.peek() {
            None if !is_overview => self.scan_numbered(&columns, area, zoom, sink),
            _ => self.scan_both(view, file, &columns, &mut over, area, sink),
        };
        self.note_garbled(view, garbled);
    }

    /// Where nothing lies over the features themselves: with the numbers of their values, and those that are drawn
    /// as they are. Returns how many could not be read.
    fn scan_numbered(&self, columns: &ViewColumns, area: Bbox, zoom: u8, sink: &mut FeatureSink<'_>) -> u64 {
        let (overlay, base, kept) = (&*self.overlay, &self.snapshot.base, &self.snapshot.values);
        let drawn = TileCoord::of_bounds(area, zoom).and_then(|tile| self.snapshot.drawn.of(tile));
        let values = kept.values();
        let mut take = |feature: &FeatureRef<'_>| sink(Projection::Mercator, feature);
        let mut room = Room::default();
        let mut garbled = 0;
        let ahead = |leaf: &Leaf| {
            if drawn.is_none() {
                base.fetch(leaf);
            }
            kept.fetch(leaf.number);
        };
        base.search_leaves(area, ahead, |leaf| {
            let read = kept.row(leaf.number).and_then(|row| match overlay.hides(row.id) {
                true => Some(()),
                false => {
                    let row = (&row, &values);
                    columns.read_numbered((base, leaf), row, drawn.as_ref(), &mut room, &mut take)
                }
            });
            garbled += u64::from(read.is_none());
        });
        garbled
    }

    /// What lies over a file is laid between its features. Returns how many could not be read.
    fn scan_both<'o>(
        &self,
        view: &LayerView,
        file: &FeatureFile,
        columns: &ViewColumns,
        over: &mut Peekable<impl Iterator<Item = &'o Arc<Added>>>,
        area: Bbox,
        sink: &mut FeatureSink<'_>,
    ) -> u64 {
        let overlay = &*self.overlay;
        let base = ViewColumns::new(view, &self.snapshot.base, &[COUNT_COLUMN]);
        let mut take = |feature: &FeatureRef<'_>| sink(Projection::Mercator, feature);
        let lay = |added: &Added, take: &mut dyn FnMut(&FeatureRef<'_>)| {
            added.hit().and_then(|hit| base.read(&hit, &mut Room::default(), |_| false, take))
        };
        let mut room = Room::default();
        let mut garbled = 0;
        let unreadable = file.search(area, |hit: Hit<'_>| {
            if over.peek().is_some() {
                let place = (hilbert::key(hit.bbox), row::first_long(hit.row.properties).unwrap_or(-1));
                while let Some(added) = over.next_if(|added| (added.key, added.id) < place) {
                    garbled += u64::from(lay(added, &mut take).is_none());
                }
            }
            let read = columns.read(&hit, &mut room, |id| overlay.hides(id), &mut take);
            garbled += u64::from(read.is_none());
        });
        for added in over {
            garbled += u64::from(lay(added, &mut take).is_none());
        }
        garbled + unreadable
    }
}
