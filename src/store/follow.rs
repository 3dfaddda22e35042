//! Keeps what is served in step with the database: lays changes over snapshots within a moment,
//! and has snapshots taken anew where that is due.
//!
//! ```text
//! NOTIFY, or half a second ─▶ read what a layer's moment has not seen ─▶ lay it over the snapshot
//!                                   too much, or too long ago ─▶ publish ─▶ swap
//! ```
//!
//! A lost session costs nothing but time: the next reading starts from the same moments. Several
//! servers may follow one database, and share one folder of snapshots or not.

use super::{
    DatabaseError,
    postgis::{ChangeReader, Database, Followed, Moment, Noting, Origin, Reading, RowChange, TableForm},
    publish::publish_after,
    snapshot::{Change, LayerSnapshot, NoPlace, RowEncoder, ServedLayer, SnapshotStore, UnplacedRow},
};
use crate::layer::{AccessClass, Caller, Catalog, LayerView};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::task::JoinHandle;

/// How often is looked without having been told.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The same while a snapshot is taken.
const LOOK_EVERY_MEANWHILE: Duration = Duration::from_millis(50);
/// How long changes are gathered once there is one.
const GATHER: Duration = Duration::from_millis(40);
/// How long a reading may take; a database that says nothing any more is lost, too.
const READ_WITHIN: Duration = Duration::from_secs(60);
/// Pause before a lost session is opened again.
const RETRY: Duration = Duration::from_millis(300);
/// Rows that are laid over a snapshot at once; more are a reason to take it anew.
const ROWS_MAX: i64 = 20_000;
/// Features and bytes that lie over a snapshot before it is taken anew.
const OVERLAY_FEATURES: usize = 10_000;
const OVERLAY_BYTES: usize = 32 << 20;
/// How old a change may grow before the overviews, in which specks stand for it, are made anew.
const OVERVIEWS_BEHIND: Duration = Duration::from_secs(25);
/// Pause after a snapshot could not be taken, or triggers could not be put back.
const PUBLISH_AGAIN: Duration = Duration::from_secs(30);

/// Follows the layers of a catalogue.
pub struct Follower {
    database: Database,
    snapshots: Arc<SnapshotStore>,
    views: Vec<LayerView>,
    synthetic: bool,
    reader: Option<ChangeReader>,
    layers: HashMap<String, Follow>,
    /// Newer snapshots that know less than what is served.
    kept: HashMap<String, Arc<LayerSnapshot>>,
    publishing: Option<(String, JoinHandle<bool>)>,
}

/// How far a layer is followed.
#[derive(Debug, Default)]
struct Follow {
    /// The snapshot's version, and the moment up to which changes lie over it.
    version: u64,
    since: Moment,
    /// Whether its timeline is not told, so that it may be of what the database is no more.
    untold: bool,
    /// How the table stood at that moment, where that is known.
    table: Option<TableForm>,
    /// When the first change was laid over it.
    first_change: Option<Instant>,
    /// More has changed than is laid over, or otherwise than row by row: it has to be taken anew.
    overrun: bool,
    /// Others hold its table, so that its changes cannot be read just now.
    not_now: bool,
    /// Not to be published before.
    not_before: Option<Instant>,
    /// Whether the table's changes are noted, by the last reading.
    noting: Noting,
    /// When its triggers were last to be put back.
    tried: Option<Instant>,
}

impl Follower {
    /// Over a prepared database; `synthetic` says whether its data are made up.
    pub fn new(
        database: Database,
        snapshots: Arc<SnapshotStore>,
        catalog: &Catalog,
        synthetic: bool,
    ) -> Self {
        let views = catalog.views(&Caller::anonymous(AccessClass::Restricted)).collect();
        let (layers, kept) = Default::default();
        Self { database, snapshots, views, synthetic, reader: None, layers, kept, publishing: None }
    }

    /// Brings everything up to now, once, but for layers whose tables others hold. Snapshots of another database go out
    /// of service.
    pub async fn catch_up(&mut self) -> Result<(), DatabaseError> {
        let read = async {
            if self.reader.is_none() {
                self.reader = Some(self.database.listen().await?);
            }
            self.read().await
        };
        let outcome = unless_silent(read).await;
        self.snapshots.set_behind(outcome.is_err());
        match &outcome {
            Ok(()) => {
                // Of tables that this program did not make, nothing tells of changes.
                let told = self.views.iter().filter(|view| view.layer().table.is_none()).map(LayerView::id);
                let whole = |own: &Follow| !own.overrun && !own.not_now && own.noting != Noting::No;
                let complete = |id| self.layers.get(id).is_some_and(whole);
                self.snapshots.in_step(told.map(|id| (id, complete(id))));
            }
            Err(_) => self.reader = None,
        }
        outcome
    }

    /// Follows until it is dropped.
    pub async fn run(mut self) {
        let mut lost: Option<String> = None;
        loop {
            match self.catch_up().await {
                Ok(()) => {
                    if lost.take().is_some() {
                        tracing::info!("changes are followed again");
                    }
                    self.publish_what_is_due();
                }
                Err(error) => {
                    self.snapshots.set_behind(true);
                    // Said once, not three times a second.
                    let error = error.to_string();
                    if lost.as_ref() != Some(&error) {
                        tracing::warn!(error, "changes cannot be followed just now; the map stays as it is");
                        lost = Some(error);
                    }
                    tokio::time::sleep(RETRY).await;
                    continue;
                }
            }
            let Some(reader) = &mut self.reader else { continue };
            let before = Instant::now();
            // What waits for its turn need not wait for the clock.
            let look_every = if self.publishing.is_some() { LOOK_EVERY_MEANWHILE } else { LOOK_EVERY };
            if !reader.wait(look_every).await {
                self.reader = None;
                continue;
            }
            if before.elapsed() < look_every {
                tokio::time::sleep(GATHER).await;
            }
        }
    }

    /// Reads what the layers' moments have not seen and lays it over their snapshots.
    async fn read(&mut self) -> Result<(), DatabaseError> {
        let asked = self.asked().await;
        let Some(reader) = &mut self.reader else { return Ok(()) };
        let mut changes: Vec<Vec<Change>> = asked.iter().map(|_| Vec::new()).collect();
        let as_served = |(followed, newer): &(Followed, Option<Arc<LayerSnapshot>>)| match newer {
            Some(snapshot) => Some(ServedLayer::of(snapshot.clone())),
            None => self.snapshots.served(followed.view.id()),
        };
        let served: Vec<Option<ServedLayer>> = asked.iter().map(as_served).collect();
        let (followed, newer): (Vec<Followed>, Vec<_>) = asked.into_iter().unzip();
        let mut encoder = RowEncoder::default();
        let reading = reader
            .read(&followed, |place, change| {
                changes[place].push(change_of(&change, &mut encoder, &followed[place].view, &served[place]));
            })
            .await?;
        for (place, (changes, newer)) in changes.into_iter().zip(newer).enumerate() {
            self.take_in(&followed[place], newer, changes, (&reading, place));
        }
        Ok(())
    }

    /// Takes in what a reading found of one layer.
    fn take_in(
        &mut self,
        followed: &Followed,
        newer: Option<Arc<LayerSnapshot>>,
        mut changes: Vec<Change>,
        (reading, place): (&Reading, usize),
    ) {
        if reading.elsewhere.contains(&place) {
            return self.turn_away(&followed.view, newer.as_deref());
        }
        let id = followed.view.id();
        let (overrun, not_now) = (reading.as_a_whole.contains(&place), reading.not_now.contains(&place));
        if overrun || not_now {
            changes.clear();
        }
        match newer {
            // What is served knows more than this one.
            Some(snapshot) if (overrun || not_now) && self.layers.get(id).is_some_and(|own| !own.overrun) => {
                self.kept.insert(id.to_owned(), snapshot);
                return;
            }
            Some(snapshot) => self.replace(followed, snapshot, changes, &reading.moment),
            None => self.lay_over(&followed.view, changes),
        }
        let Some(own) = self.layers.get_mut(id) else { return };
        if overrun && !own.overrun {
            tracing::info!(layer = id, "the layer is to be read anew as a whole");
        }
        match (own.not_now, not_now) {
            (false, true) => {
                tracing::warn!(
                    layer = id,
                    "others hold the layer's table; the layer stays as it is until they let go"
                );
            }
            (true, false) => tracing::info!(layer = id, "the layer's changes are followed again"),
            _ => {}
        }
        own.overrun |= overrun;
        own.not_now = not_now;
        own.noting = reading.tables[place].as_ref().map(TableForm::noting).unwrap_or_default();
        // Once overrun, the moment stays until the snapshot is taken anew.
        if !own.overrun && !not_now {
            own.since.clone_from(&reading.moment);
            own.table.clone_from(&reading.tables[place]);
        }
    }

    /// What is of another database, or of what this one was before it was brought back, goes out of service; one that
    /// is only found beside what is followed leaves that alone.
    fn turn_away(&mut self, view: &LayerView, newer: Option<&LayerSnapshot>) {
        tracing::info!(
            layer = view.id(),
            "the snapshot is of another database, or of what this one was before it went back in time"
        );
        let known = self.layers.get(view.id()).map(|known| known.version);
        if let Some(version) = newer.map(|newer| newer.manifest.version).or(known) {
            self.snapshots.pass_over(view.id(), version);
        }
        if newer.is_some() && known.is_some() {
            return;
        }
        self.snapshots.forget(view.id());
        self.layers.remove(view.id());
        self.kept.remove(view.id());
    }

    fn lay_over(&mut self, view: &LayerView, changes: Vec<Change>) {
        if let Some(own) = self.layers.get_mut(view.id())
            && !changes.is_empty()
        {
            own.first_change.get_or_insert_with(Instant::now);
            self.snapshots.apply(&view.definition(), own.version, changes);
        }
    }

    /// Serves a newer snapshot with the changes since over it. What it replaces was just brought up
    /// to now, so that the tiles that differ are known, or else all may differ.
    fn replace(
        &mut self,
        followed: &Followed,
        snapshot: Arc<LayerSnapshot>,
        changes: Vec<Change>,
        moment: &Moment,
    ) {
        let view = &followed.view;
        // Nothing tells of changes in a table that this program did not make.
        let is_told = view.layer().table.is_none();
        let knew_all = |own: &Follow| !own.overrun && !own.not_now && own.noting == Noting::Always;
        let up_to_now = is_told && self.layers.get(view.id()).is_some_and(knew_all);
        self.kept.remove(view.id());
        let follow = Follow {
            version: snapshot.manifest.version,
            since: followed.since.clone(),
            untold: moment.origin(&followed.since.database) == Origin::Untold,
            table: followed.table.clone(),
            first_change: (!changes.is_empty()).then(Instant::now),
            ..Follow::default()
        };
        self.layers.insert(view.id().to_owned(), follow);
        self.snapshots.swap(&view.definition(), snapshot, changes, up_to_now);
    }

    /// What is to be read: of each layer the changes since its moment; where there is a newer
    /// snapshot on disk, also those since that one's.
    async fn asked(&mut self) -> Vec<(Followed, Option<Arc<LayerSnapshot>>)> {
        let mut asked = Vec::new();
        for view in &self.views {
            let served = self.snapshots.served(view.id());
            let version = served.as_ref().map(|s| s.snapshot.manifest.version);
            let known = self.layers.get(view.id());
            if let Some(known) = known.filter(|known| version == Some(known.version)) {
                let (since, table) = (known.since.clone(), known.table.clone());
                asked.push((Followed { view: view.clone(), since, table, most: ROWS_MAX }, None));
            }
            // Those found at the start are taken as newer: their moment is not known here yet.
            let newest = self.snapshots.folder().newest(view.id());
            if newest.is_some_and(|newest| self.is_newer(view, newest))
                && let Some(snapshot) = self.open_newer(view, newest).await
            {
                let since = moment_of(&snapshot);
                let table = snapshot.manifest.table.as_deref().and_then(TableForm::from_text);
                // As many may lie over it as lie over what it replaces.
                let most = ROWS_MAX + served.map_or(0, |served| served.changed().0 as i64);
                asked.push((Followed { view: view.clone(), since, table, most }, Some(snapshot)));
            }
        }
        asked
    }

    async fn open_newer(&self, view: &LayerView, newest: Option<u64>) -> Option<Arc<LayerSnapshot>> {
        let kept = self.kept.get(view.id());
        if let Some(kept) = kept.filter(|kept| Some(kept.manifest.version) == newest && kept.is_in_place()) {
            return Some(kept.clone());
        }
        let (snapshots, definition) = (self.snapshots.clone(), view.definition());
        let opened = tokio::task::spawn_blocking(move || snapshots.open_newest(&definition)).await;
        let (found, refused) = opened.ok()?;
        for error in refused {
            tracing::warn!(%error, "a snapshot is not used");
        }
        found.filter(|snapshot| self.is_newer(view, snapshot.manifest.version)).map(Arc::new)
    }

    /// Whether a version is newer than the one that is followed, or that one was taken away.
    fn is_newer(&self, view: &LayerView, version: u64) -> bool {
        let known = self.layers.get(view.id()).map(|known| known.version);
        let served = self.snapshots.served(view.id()).map(|served| served.snapshot);
        let taken_away = |s: &Arc<LayerSnapshot>| Some(s.manifest.version) == known && !s.is_in_place();
        Some(version) > known || served.as_ref().is_some_and(taken_away)
    }

    /// Starts to take the snapshot that is due most, if none is under way.
    fn publish_what_is_due(&mut self) {
        let mut just_taken = None;
        if let Some((layer, handle)) = &self.publishing {
            if !handle.is_finished() {
                return;
            }
            let layer = layer.clone();
            // What came of it is read first.
            just_taken = Some(layer.clone());
            let later = Instant::now() + PUBLISH_AGAIN;
            if let Some((_, handle)) = self.publishing.take()
                && !futures_util::FutureExt::now_or_never(handle).is_some_and(|done| done.unwrap_or(false))
            {
                self.layers.entry(layer).or_default().not_before = Some(later);
            }
        }
        let now = Instant::now();
        let waits = |f: &Follow| f.not_before.is_some_and(|moment| moment > now);
        let may = |view: &&LayerView| {
            just_taken.as_deref() != Some(view.id()) && !self.layers.get(view.id()).is_some_and(waits)
        };
        let due = self.views.iter().filter(may).find(|view| self.is_due(view));
        let anew = due.is_some();
        // Once the triggers are back, the table is another one, and so the snapshot is due.
        let due = due.or_else(|| self.views.iter().find(|view| self.lacks_triggers(view)));
        let Some(view) = due.cloned() else { return };
        if let Some(own) = self.layers.get_mut(view.id()) {
            own.tried = Some(now);
        }
        let (database, folder) = (self.database.clone(), self.snapshots.folder().clone());
        let (id, synthetic, newest) = (view.id().to_owned(), self.synthetic, folder.newest(view.id()));
        let handle = tokio::spawn(async move {
            put_triggers_back(&database, &view, anew).await;
            if !anew {
                return true;
            }
            match publish_after(newest, &database, &folder, &view, synthetic).await {
                Ok(Some(manifest)) => {
                    tracing::info!(layer = view.id(), manifest.count, "a snapshot was taken");
                    true
                }
                // Another server's is looked at first.
                Ok(None) => true,
                Err(error) => {
                    tracing::error!(layer = view.id(), %error, "the snapshot could not be taken; the one before stays");
                    false
                }
            }
        });
        self.publishing = Some((id, handle));
    }

    /// Whether it is time to try again to put a table's triggers back.
    fn lacks_triggers(&self, view: &LayerView) -> bool {
        let lacks = |own: &Follow| {
            own.noting != Noting::Always && own.tried.is_none_or(|tried| tried.elapsed() > PUBLISH_AGAIN)
        };
        self.layers.get(view.id()).is_some_and(lacks)
    }

    fn is_due(&self, view: &LayerView) -> bool {
        let served = self.snapshots.served(view.id());
        if let Some(table) = &view.layer().table {
            // Nothing tells of its changes: by the clock, or never.
            let Some(every) = table.refresh_s else { return false };
            let age = served.and_then(|s| age_of(&s));
            return age.is_none_or(|age| age >= Duration::from_secs(u64::from(every)));
        }
        let Some(served) = served else { return true };
        let Some(follow) = self.layers.get(view.id()) else { return true };
        let (features, bytes) = served.changed();
        let behind = !served.snapshot.overviews.is_empty()
            && follow.first_change.is_some_and(|moment| moment.elapsed() > OVERVIEWS_BEHIND);
        follow.overrun || follow.untold || behind || features > OVERLAY_FEATURES || bytes > OVERLAY_BYTES
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        if let Some((_, handle)) = &self.publishing {
            handle.abort();
        }
    }
}

/// What is asked of a database, which may say nothing any more.
async fn unless_silent<T>(asked: impl Future<Output = Result<T, DatabaseError>>) -> Result<T, DatabaseError> {
    let silent = |_| DatabaseError::Internal("the database fell silent".to_owned());
    tokio::time::timeout(READ_WITHIN, asked).await.map_err(silent).flatten()
}

/// Puts the triggers of a layer's table back where they are gone or off, before a snapshot is taken,
/// so that it holds what was not noted. Only `told` failures stand in the log.
async fn put_triggers_back(database: &Database, view: &LayerView, told: bool) {
    match unless_silent(database.put_triggers_back(view)).await {
        Ok(done) => done.iter().for_each(|line| tracing::warn!(layer = view.id(), "{line}")),
        Err(error) if told => {
            tracing::error!(layer = view.id(), %error, "edits of the layer may not show on the map");
        }
        Err(error) => tracing::debug!(layer = view.id(), %error, "its triggers cannot be put back yet"),
    }
}

/// The moment for which a snapshot stands.
fn moment_of(snapshot: &LayerSnapshot) -> Moment {
    let manifest = &snapshot.manifest;
    let (database, pg_snapshot) = (manifest.database.clone(), manifest.pg_snapshot.clone());
    Moment { database, pg_snapshot, witness: manifest.witness.clone() }
}

fn age_of(served: &ServedLayer) -> Option<Duration> {
    let taken = OffsetDateTime::parse(&served.snapshot.manifest.taken_at, &Rfc3339).ok()?;
    (OffsetDateTime::now_utc() - taken).try_into().ok()
}

/// A row's change as it is laid over the snapshot. A row that has no place on the map is gone
/// from it.
fn change_of(
    change: &RowChange<'_>,
    encoder: &mut RowEncoder,
    view: &LayerView,
    served: &Option<ServedLayer>,
) -> Change {
    match change {
        RowChange::Gone(id) => Change::gone(*id),
        RowChange::Now(projection, row) => match encoder.encode(*projection, row) {
            Ok(feature) => {
                let from =
                    served.as_ref().map_or(0, |s| s.alone_from(view.layer(), feature.tie, feature.bbox));
                let change = Change::now(&feature, from);
                if !feature.is_placeless() {
                    return change;
                }
                let reason = NoPlace::of_placeless(view.layer(), row.geometry);
                change.on_no_map(UnplacedRow::new(view.layer(), row, reason))
            }
            Err(reason) => {
                tracing::warn!(layer = view.id(), id = row.id, %reason, "a row is not on the map");
                Change::gone(row.id).on_no_map(UnplacedRow::new(view.layer(), row, reason))
            }
        },
    }
}
