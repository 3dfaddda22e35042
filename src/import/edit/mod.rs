//! A feature that somebody sends over HTTP: judged by what judges the rows of a file, and changed under the layer's
//! lock, in one short transaction that is a run of its own.
//!
//! ```text
//! hold the layer and the row ─▶ is it what was expected? ─▶ judge ─▶ write ─▶ is it still his? ─▶ on record ─▶ commit
//! ```
//!
//! What takes long to judge, and what is new, is judged before that, and again only if the row is another one by then.
//!
//! Must not know HTTP, nor how anybody is known.

/// What the layer's rules ask of the database, kept for the next feature.
mod grounds;
/// What is to become of a feature.
mod wanted;

use super::{ImportError, geometry::Shape, rule::RuleGround};
use crate::{
    feature::{Feature, FeatureId},
    layer::{AccessClass, Caller, Catalog, EditView, LayerDefinition, LayerView},
    store::{
        edit::{
            Change, EditError, EditFinding, EditWitness, Edited, Expected, FeatureEditor, SentGeometry,
            Version,
        },
        postgis::{
            Database, ImportRecord, RowEdit, RowEncoder, Staging, StagingError, StagingSession, TakenRow,
            feature_before, staging_session,
        },
    },
};
use futures_util::future::{BoxFuture, FutureExt};
use grounds::Grounds;
use std::{sync::Arc, time::Duration};
use tokio::{sync::mpsc, task::spawn_blocking, time::timeout};
use wanted::{Judged, Wanted};

/// How long a change may take from its turn on until it is put on record; with its turn, its record and its end it is done
/// before its request is answered for it.
const WITHIN: Duration = Duration::from_secs(6);

/// Bytes of a geometry from which on others are not to wait until it is judged: a thousand positions.
const LARGE: usize = 16_000;

/// Changes features of a catalogue's layers.
#[derive(Clone)]
pub struct LayerEditor {
    database: Database,
    catalog: Arc<Catalog>,
    grounds: Arc<Grounds>,
}

impl LayerEditor {
    /// Over a prepared database that agrees with the official coordinates.
    pub fn new(database: Database, catalog: Arc<Catalog>) -> Self {
        Self { database, catalog, grounds: Arc::default() }
    }

    async fn change(
        self,
        view: EditView,
        change: Change,
        by: String,
        witness: Box<dyn EditWitness>,
    ) -> Result<Edited, EditError> {
        let layer = view.seen().definition();
        let whole = Caller::anonymous(AccessClass::Restricted);
        let whole = self.catalog.view(&layer.id, &whole).ok_or(EditError::NoFeature)?;
        let mut client = None;
        let ready = async {
            // What is waited for in vain is waited for no longer by the database.
            let database = self.database.hurried(WITHIN);
            let ground = self.grounds.of(&database, &self.catalog, &layer).await.map_err(reading)?;
            let wanted = Wanted::new(&layer, &view, &change, ground.fills_communes(&layer))?;
            let client = client.insert(staging_session(&database).await.map_err(writing)?);
            self.made_ready((client, &layer), ground, wanted, whole, (view, change, by)).await
        };
        // What is on record is done: there is no limit from then on.
        let ready = timeout(WITHIN, ready).await;
        let (under_way, edited) = ready.map_err(|_| EditError::Busy("it took too long".to_owned()))??;
        if !witness.still_allows().await {
            let ended = "your right to change this ended while it was waited for; nothing was changed";
            return Err(EditError::Beyond(ended.to_owned()));
        }
        if !witness.puts_on_record(&edited).await {
            return Err(EditError::Unrecorded);
        }
        if edited.run.is_some()
            && let Err(error) = under_way.staging.keep_edit().await
        {
            match error {
                StagingError::Unsettled(_) => witness.leaves_open().await,
                _ => witness.takes_back().await,
            }
            return Err(writing(error));
        }
        Ok(edited)
    }

    /// All but the end of it.
    async fn made_ready<'c>(
        &self,
        (client, layer): (&'c mut StagingSession, &'c Arc<LayerDefinition>),
        ground: Arc<RuleGround>,
        wanted: Wanted,
        whole: LayerView,
        (view, change, by): (EditView, Change, String),
    ) -> Result<(UnderWay<'c>, Edited), EditError> {
        let attributes = wanted.written(layer);
        let judging = Judging {
            catalog: self.catalog.clone(),
            layer: layer.clone(),
            ground,
            wanted: Arc::new(wanted),
            view: view.clone(),
            change: Arc::new(change.clone()),
        };
        let before = judging.before(client, &whole).await?;
        let staging = Staging::begin(client, layer, &attributes, Some(&by), None).await;
        let mut under_way = UnderWay { staging: staging.map_err(writing)?, view, change, by };
        under_way.staging.hurry().await.map_err(writing)?;
        let seen = under_way.held().await?;
        let mut findings = Vec::new();
        let edit = match under_way.change.held() {
            Some((id, _)) if under_way.change.sent().is_none() => RowEdit::Delete(id),
            held => {
                judging.wanted.refuse_unwritable(&under_way.view, seen.as_ref())?;
                let id = held.map(|(id, _)| id);
                let now = under_way.feature(&whole, id).await?;
                let judged = match before {
                    Some((then, judged)) if then == now => judged,
                    _ => judging.judged(now).await?,
                };
                if judged.is_refused() {
                    return Err(EditError::Refused(judged.findings));
                }
                findings.clone_from(&judged.findings);
                under_way.stage(judged, id).await?;
                id.map_or(RowEdit::Insert, RowEdit::Update)
            }
        };
        under_way.written(edit, seen, findings).await
    }
}

/// What a feature is judged by; beside the threads that answer.
struct Judging {
    catalog: Arc<Catalog>,
    layer: Arc<LayerDefinition>,
    ground: Arc<RuleGround>,
    wanted: Arc<Wanted>,
    view: EditView,
    change: Arc<Change>,
}

impl Judging {
    /// What is to become of the feature, which is `held`, if it is there.
    async fn judged(&self, held: Option<Feature>) -> Result<Judged, EditError> {
        let (catalog, layer, ground) = (self.catalog.clone(), self.layer.clone(), self.ground.clone());
        let (wanted, view, change) = (self.wanted.clone(), self.view.clone(), self.change.clone());
        let judged = spawn_blocking(move || {
            let sent = change.sent().ok_or(EditError::NoFeature)?;
            wanted.judge(&layer, (&view, catalog.agencies()), &ground, sent, held.as_ref())
        });
        judged.await.map_err(|error| EditError::Internal(error.to_string()))?
    }

    /// The same before the layer is held, with what the feature is then. One that is to be added is refused here; of one
    /// that is there it is done where it takes long, and the sender sees that one: how long it takes tells him nothing
    /// of any other.
    async fn before(
        &self,
        session: &StagingSession,
        whole: &LayerView,
    ) -> Result<Option<(Option<Feature>, Judged)>, EditError> {
        let Some(sent) = self.change.sent() else { return Ok(None) };
        let Some((id, _)) = self.change.held() else {
            self.wanted.refuse_unwritable(&self.view, None)?;
            let judged = self.judged(None).await?;
            return match judged.is_refused() {
                true => Err(EditError::Refused(judged.findings)),
                false => Ok(Some((None, judged))),
            };
        };
        let is_large = matches!(&sent.geometry, SentGeometry::Wkb(wkb) if wkb.len() > LARGE);
        if !is_large || feature_before(session, self.view.seen(), id).await.map_err(writing)?.is_none() {
            return Ok(None);
        }
        let then = feature_before(session, whole, id).await.map_err(writing)?;
        let judged = self.judged(then.clone()).await?;
        Ok(Some((then, judged)))
    }
}

impl FeatureEditor for LayerEditor {
    fn edit(
        &self,
        view: EditView,
        change: Change,
        by: String,
        witness: Box<dyn EditWitness>,
    ) -> BoxFuture<'static, Result<Edited, EditError>> {
        self.clone().change(view, change, by, witness).boxed()
    }
}

/// An edit inside its transaction; dropped before its end, it leaves everything as it was.
struct UnderWay<'a> {
    staging: Staging<'a>,
    view: EditView,
    change: Change,
    by: String,
}

impl UnderWay<'_> {
    /// The feature that is to be changed, as its editor sees it, held so that nobody else changes it.
    async fn held(&mut self) -> Result<Option<Feature>, EditError> {
        let Some((id, expected)) = self.change.held().map(|(id, expected)| (id, expected.clone())) else {
            return Ok(None);
        };
        if !self.staging.hold(id).await.map_err(writing)? {
            return Err(EditError::NoFeature);
        }
        let (of_seen, of_changed) = (self.view.seen().clone(), self.view.changed().clone());
        let seen = self.feature(&of_seen, Some(id)).await?.ok_or(EditError::NoFeature)?;
        if self.feature(&of_changed, Some(id)).await?.is_none() {
            return Err(EditError::Beyond(
                "your grant does not go up to the class of this feature".to_owned(),
            ));
        }
        match expected {
            Expected::Tags(tags) if !tags.contains(&Version::of(&seen).tag()) => Err(EditError::Changed),
            _ => Ok(Some(seen)),
        }
    }

    async fn feature(
        &mut self,
        view: &LayerView,
        id: Option<FeatureId>,
    ) -> Result<Option<Feature>, EditError> {
        match id {
            Some(id) => self.staging.feature(view, id).await.map_err(writing),
            None => Ok(None),
        }
    }

    /// Brings what was judged into the transaction.
    async fn stage(&mut self, judged: Judged, id: Option<FeatureId>) -> Result<(), EditError> {
        let Judged { values, shape, delivered, .. } = judged;
        let mut encoder: RowEncoder = self.staging.encoder();
        let ewkb = shape.as_ref().map(Shape::ewkb).unwrap_or_default();
        let at = shape.as_ref().and_then(|shape| shape.all_positions().next()).unwrap_or_default();
        let delivered = delivered.map(|json| (json, None));
        encoder.push(TakenRow { file: 0, row: 1, ewkb, at, values: &values, delivered });
        let unfit = || EditError::Internal("one row was to be read again".to_owned());
        let (bytes, _) = encoder.finish().ok_or_else(unfit)?;
        let (sender, chunks) = mpsc::channel(1);
        let sent = async move { sender.send(bytes).await.is_ok() };
        let (_, copied) = tokio::join!(sent, self.staging.copy(chunks));
        copied.map_err(writing)?;
        match self.staging.key_is_taken(id).await.map_err(writing)? {
            true => Err(EditError::Refused(vec![taken()])),
            false => Ok(()),
        }
    }

    /// Writes it, where there is something to write, and looks whether it is still within what its editor may change.
    async fn written(
        mut self,
        edit: RowEdit,
        seen: Option<Feature>,
        findings: Vec<EditFinding>,
    ) -> Result<(Self, Edited), EditError> {
        if let (RowEdit::Update(id), Some(seen)) = (edit, &seen)
            && !self.staging.says_otherwise(id).await.map_err(writing)?
        {
            return Ok((self, Edited { id, version: Some(Version::of(seen)), run: None, findings }));
        }
        let record = self.record();
        let (run, id) = self.staging.apply(&record, edit).await.map_err(writing)?;
        let mut version = None;
        if !matches!(edit, RowEdit::Delete(_)) {
            let beyond = "the feature would lie beyond what your grant lets you change: in a commune, or of a class, \
                          that is not in it";
            let (of_seen, of_changed) = (self.view.seen().clone(), self.view.changed().clone());
            if self.feature(&of_changed, Some(id)).await?.is_none() {
                return Err(EditError::Beyond(beyond.to_owned()));
            }
            version = self.feature(&of_seen, Some(id)).await?.as_ref().map(Version::of);
        }
        Ok((self, Edited { id, version, run: Some(run), findings }))
    }

    fn record(&self) -> ImportRecord {
        let feature = self.change.held().map(|(id, _)| id);
        let system = self.change.sent().map(|sent| sent.system.system);
        ImportRecord {
            crs: system.map(|system| format!("EPSG:{}", system.code)),
            operation: system.and_then(|system| system.operation()).map(str::to_owned),
            settings: serde_json::json!({ "over": "http", "edit": self.change.name(), "feature": feature }),
            by: Some(self.by.clone()),
            rows: i64::from(self.change.sent().is_some()),
            ..ImportRecord::default()
        }
    }
}

fn taken() -> EditFinding {
    EditFinding {
        severity: "error",
        rule: "unique_key".to_owned(),
        attribute: None,
        reason: [
            "lớp đã có đối tượng khác mang khóa này".to_owned(),
            "another feature of the layer has this key".to_owned(),
        ],
    }
}

/// What could not be read before the transaction.
fn reading(error: ImportError) -> EditError {
    match error {
        ImportError::Staging(error) => writing(error),
        error => EditError::Internal(error.to_string()),
    }
}

/// What failed in the transaction. What the database says goes to the log, not to who asked.
fn writing(error: StagingError) -> EditError {
    match error {
        StagingError::Unavailable(reason) => EditError::Unavailable(reason),
        StagingError::Unsettled(reason) => EditError::Unsettled(reason),
        StagingError::Busy { .. }
        | StagingError::Overtaken(_)
        | StagingError::Outdated(_)
        | StagingError::Contended(_) => EditError::Busy(error.to_string()),
        StagingError::Refused(reason) => {
            tracing::info!(reason, "the database refuses an edit");
            EditError::Refused(vec![match reason.starts_with("duplicate key") {
                true => taken(),
                false => EditFinding {
                    severity: "error",
                    rule: "type".to_owned(),
                    attribute: None,
                    reason: [
                        "cơ sở dữ liệu không nhận các giá trị này".to_owned(),
                        "the database does not take these values".to_owned(),
                    ],
                },
            }])
        }
        StagingError::NoColumn { .. } | StagingError::Database(_) => EditError::Internal(error.to_string()),
    }
}
