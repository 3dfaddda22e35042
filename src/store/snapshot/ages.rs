//! How old the snapshots are that are served.

use super::SnapshotStore;
use std::time::Duration;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

impl SnapshotStore {
    /// How many layers are served, and for how long the oldest of their snapshots has been there.
    pub fn ages(&self) -> (usize, Option<Duration>) {
        let served = self.all();
        let taken = served
            .iter()
            .filter_map(|layer| OffsetDateTime::parse(&layer.snapshot.manifest.taken_at, &Rfc3339).ok());
        let age = |taken_at: OffsetDateTime| (OffsetDateTime::now_utc() - taken_at).unsigned_abs();
        (served.len(), taken.min().map(age))
    }
}
