//! What has changed since a snapshot was taken: ids that are gone from it, and features that lie
//! over it, in the same form as those of its file.

use super::{file::Hit, row::Row, unplaced::UnplacedRow, write::Encoded};
use crate::feature::{Bbox, FeatureId};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

/// The number of a feature that is not in a file.
pub const OVER: u64 = u64::MAX;

/// A feature that lies over the snapshot.
#[derive(Debug)]
pub struct Added {
    /// Its id.
    pub id: FeatureId,
    /// Its place on the curve.
    pub key: u64,
    /// EPSG:3857.
    pub bbox: Bbox,
    /// The first zoom at which it stands by itself.
    pub from_zoom: u8,
    /// The feature with its size before it.
    bytes: Box<[u8]>,
}

impl Added {
    /// A feature read from the database.
    pub fn new(feature: &Encoded<'_>, from_zoom: u8) -> Self {
        let Encoded { key, tie: id, bbox, bytes, .. } = *feature;
        Self { id, key, bbox, from_zoom, bytes: bytes.into() }
    }

    /// The feature, as if found in a file.
    pub fn hit(&self) -> Option<Hit<'_>> {
        Some(Hit { number: OVER, bbox: self.bbox, row: Row::read(&self.bytes)? })
    }
}

/// What has become of one feature. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its id.
    pub(super) id: FeatureId,
    /// What it is now, if anything.
    pub(super) now: Option<Arc<Added>>,
    /// Where it is there and on no map.
    unplaced: Option<UnplacedRow>,
}

impl Change {
    /// It is gone.
    pub const fn gone(id: FeatureId) -> Self {
        Self { id, now: None, unplaced: None }
    }

    /// It is now so. `from_zoom` is the first zoom at which it stands by itself.
    pub fn now(feature: &Encoded<'_>, from_zoom: u8) -> Self {
        Self { id: feature.tie, now: Some(Arc::new(Added::new(feature, from_zoom))), unplaced: None }
    }

    /// The same of a row that no map can show.
    pub fn on_no_map(self, row: UnplacedRow) -> Self {
        Self { unplaced: Some(row), ..self }
    }
}

/// All changes since a snapshot.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    gone: HashSet<FeatureId>,
    added: BTreeMap<(u64, FeatureId), Arc<Added>>,
    by_id: std::collections::HashMap<FeatureId, u64>,
    bytes: usize,
    unplaced: BTreeMap<FeatureId, UnplacedRow>,
}

impl Overlay {
    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.added.is_empty()
    }

    /// How many features have changed.
    pub fn len(&self) -> usize {
        self.gone.len().max(self.added.len())
    }

    /// Bytes of the features that lie over the snapshot.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether the snapshot's feature of that id counts no more.
    pub fn hides(&self, id: FeatureId) -> bool {
        self.gone.contains(&id)
    }

    /// Puts what a feature is now, or nothing, in the place of what it was.
    pub fn replace(&mut self, change: Change) {
        let Change { id, now, unplaced } = change;
        self.gone.insert(id);
        self.unplaced.remove(&id);
        self.unplaced.extend(unplaced.map(|row| (id, row)));
        if let Some(key) = self.by_id.remove(&id)
            && let Some(before) = self.added.remove(&(key, id))
        {
            self.bytes -= before.bytes.len();
        }
        if let Some(added) = now {
            self.bytes += added.bytes.len();
            self.by_id.insert(id, added.key);
            self.added.insert((added.key, id), added);
        }
    }

    /// The feature of that id that lies over the snapshot.
    pub fn find(&self, id: FeatureId) -> Option<&Arc<Added>> {
        self.added.get(&(*self.by_id.get(&id)?, id))
    }

    /// Those that meet `area`, in the order of the curve and then of their ids.
    pub fn search(&self, area: Bbox) -> impl Iterator<Item = &Arc<Added>> {
        self.added.values().filter(move |added| added.bbox.intersects(area))
    }

    /// The ids that count no more in the snapshot.
    pub fn gone(&self) -> impl Iterator<Item = FeatureId> {
        self.gone.iter().copied()
    }

    /// Rows that changed and are on no map now.
    pub fn unplaced(&self) -> impl Iterator<Item = &UnplacedRow> {
        self.unplaced.values()
    }

    /// All that lie over the snapshot.
    pub fn added(&self) -> impl Iterator<Item = &Arc<Added>> {
        self.added.values()
    }
}
