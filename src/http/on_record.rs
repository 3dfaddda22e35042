//! What goes on record of an answer ([`crate::audit`]), and that nothing which is not open goes without.
//!
//! [`SeenSite`] notes each view that it hands out; around the routes that answer with features or figures stands
//! [`recorded`], which puts the question on record before the first byte of the answer goes. A route is one of those
//! unless it is named as one that describes layers. Of tiles the count is kept; where the record is known to be
//! unwritable they are refused. Keys never get here: they stand in headers, and a word of a question that looks like
//! one is left out.
//!
//! Must not know how records are kept.

/// The words of a question that are kept.
mod question;

pub(super) use question::without_secrets;

use super::{Problem, SeenSite, Site, request_id, tiles::Tileset};
use crate::{
    audit::{Answer, Entry, Ledger, OnItsWay, Sent, Tiles},
    feature::FeatureId,
    layer::{AccessClass, AggregateView, Caller, LayerView},
    store::FeatureStore,
};
use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use question::{Heard, Question};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Routes whose answers describe layers and hold nothing out of them but extents, unless they name features that no
/// map can show: then they are on record, too.
const DESCRIBING: &[&str] = &[
    "/",
    "/conformance",
    "/api",
    "/catalog",
    "/collections",
    "/collections/{layer}",
    "/collections/{layer}/queryables",
    "/collections/{layer}/sortables",
    "/collections/{layer}/schema",
    // Asked again and again while a file that was sent is worked on; what is done with it is on record.
    "/collections/{layer}/imports/{id}",
    "/collections/{layer}/tiles",
    "/collections/{layer}/tiles/{set}",
    "/map/tiles",
    "/map/tiles/{set}",
    "/units",
    "/aggregates",
    "/styles",
    "/styles/{id}",
    "/tiles/{layers}",
];
/// The route whose body is a file: of it no text is kept, whatever it holds.
const OF_FILES: &str = "/collections/{layer}/imports";

/// What one request was shown. All clones are one; the one that is nobody's notes nothing.
#[derive(Debug, Clone, Default)]
pub struct Shown(Option<Arc<Mutex<Noted>>>);

#[derive(Debug, Clone, Default)]
struct Noted {
    layers: Vec<String>,
    /// The highest class that is in a view.
    class: AccessClass,
    /// The highest class of what was counted for figures that anyone may have.
    counted: AccessClass,
    features: Option<u64>,
    changed: Changed,
    asked: Option<Arc<Asked>>,
    /// The status under which it is on record already.
    recorded: Option<u16>,
}

/// What was changed.
#[derive(Debug, Clone, Copy, Default)]
struct Changed {
    /// The one feature that was.
    feature: Option<FeatureId>,
    /// The run under which it stands in the layer's history.
    run: Option<i64>,
}

/// Who asks for what.
#[derive(Debug)]
struct Asked {
    ledger: Ledger,
    caller: Caller,
    question: Question,
    body: Option<Arc<Mutex<Heard>>>,
    request: String,
}

impl Asked {
    fn entry(&self, noted: Noted, status: u16) -> Entry {
        let heard = self.body.as_ref().map(|heard| heard.lock().unwrap_or_else(PoisonError::into_inner));
        Entry::Answer(Answer {
            agency: self.caller.agency_code().map(str::to_owned),
            who: self.caller.who().to_owned(),
            layers: noted.layers,
            class: noted.class.max(noted.counted).as_str().to_owned(),
            question: self.question.text.clone(),
            address: self.question.address.clone(),
            body: heard.and_then(|heard| heard.told()),
            features: noted.features,
            feature: noted.changed.feature,
            run: noted.changed.run,
            status,
            request: self.request.clone(),
        })
    }
}

/// A change that is put on record before it counts: what nobody can account for is not done.
#[derive(Debug, Clone)]
pub struct EditRecord {
    shown: Shown,
    status: u16,
}

impl EditRecord {
    /// That of a server that keeps none.
    #[cfg(test)]
    pub fn nobodys() -> Self {
        Self { shown: Shown::default(), status: 0 }
    }

    /// Puts the change of one feature on record as answered with its status, with the run that it is; `false` if that
    /// cannot be. A server that keeps no record holds nothing back.
    pub async fn append(&self, feature: FeatureId, run: Option<i64>) -> bool {
        self.append_of(Some(1), Changed { feature: Some(feature), run }).await
    }

    /// The same of what is only begun: how many features it is, and which run, nobody knows yet.
    pub async fn append_begun(&self) -> bool {
        self.append_of(None, Changed::default()).await
    }

    async fn append_of(&self, features: Option<u64>, changed: Changed) -> bool {
        let noted = self.shown.noted().map(|noted| noted.clone()).unwrap_or_default();
        let Some(asked) = noted.asked.clone() else { return true };
        let entry = asked.entry(Noted { features, changed, ..noted }, self.status);
        let is_on_record = asked.ledger.append(entry).await.is_ok();
        if let Some(mut noted) = self.shown.noted().filter(|_| is_on_record) {
            (noted.recorded, noted.changed) = (Some(self.status), changed);
        }
        is_on_record
    }

    /// Puts on record that the same came to nothing.
    pub async fn take_back(&self) {
        self.broken_off(Some(0)).await;
    }

    /// Puts on record that nobody knows what came of the same: of no number of features it is said that they were
    /// changed.
    pub async fn leave_open(&self) {
        self.broken_off(None).await;
    }

    async fn broken_off(&self, features: Option<u64>) {
        const BROKEN_OFF: u16 = 503;
        let changed = self.shown.noted().map(|noted| noted.changed).unwrap_or_default();
        self.ended_of(BROKEN_OFF, features, changed).await;
        if let Some(mut noted) = self.shown.noted() {
            noted.recorded = Some(BROKEN_OFF);
        }
    }

    /// Puts on record what came in the end of what went on when it was answered, with the run, if it is one; without a
    /// number of features where nobody knows.
    pub async fn ended(&self, status: u16, features: Option<u64>, run: Option<i64>) {
        self.ended_of(status, features, Changed { feature: None, run }).await;
    }

    async fn ended_of(&self, status: u16, features: Option<u64>, changed: Changed) {
        let noted = self.shown.noted().map(|noted| noted.clone()).unwrap_or_default();
        let Some(asked) = noted.asked.clone() else { return };
        let entry = asked.entry(Noted { features, changed, ..noted }, status);
        if asked.ledger.append(entry).await.is_err() {
            tracing::error!(status, "it is not on record what came of a change");
        }
    }
}

impl Shown {
    /// That of a request: one for all who ask for it.
    pub fn of(request: &mut Request) -> Self {
        let new = || Self(Some(Arc::default()));
        request.extensions_mut().get_or_insert_with(new).clone()
    }

    /// Whether there is a view in it out of which something may come that is not open.
    pub fn is_guarded(&self) -> bool {
        self.noted().is_some_and(|noted| noted.class > AccessClass::Open)
    }

    fn noted(&self) -> Option<MutexGuard<'_, Noted>> {
        self.0.as_ref().map(|noted| noted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A view that the answer is made from.
    pub fn note(&self, view: &LayerView) {
        let Some(mut noted) = self.noted() else { return };
        if !noted.layers.iter().any(|known| known == view.id()) {
            noted.layers.push(view.id().to_owned());
        }
        if view.is_guarded() {
            noted.class = noted.class.max(view.row_class());
        }
    }

    /// All rows of a layer, counted for figures that anyone may have: who is known goes on record with what they
    /// were made from, and nothing is held back for it.
    pub fn note_aggregate(&self, view: &AggregateView) {
        let Some(mut noted) = self.noted() else { return };
        noted.layers.push(view.id().to_owned());
        noted.counted = noted.counted.max(view.class());
    }

    /// How many features are in the answer, or were counted for it.
    pub fn features(&self, count: u64) {
        if let Some(mut noted) = self.noted() {
            noted.features = Some(count);
        }
    }

    /// The same, beside those told of before.
    pub fn more_features(&self, count: u64) {
        if let Some(mut noted) = self.noted() {
            noted.features = Some(noted.features.unwrap_or_default().saturating_add(count));
        }
    }
}

impl<S: FeatureStore> SeenSite<S> {
    /// What will put a change on record that is to be answered with `status`.
    pub fn edit_record(&self, status: u16) -> EditRecord {
        EditRecord { shown: self.shown().clone(), status }
    }

    /// What will say how much of an answer has gone, if that goes on record.
    pub fn sending(&self) -> Option<Sending> {
        let (ledger, noted) = (self.ledger.clone()?, self.shown().noted()?.clone());
        let caller = self.caller();
        if noted.class == AccessClass::Open && caller.agency_code().is_none() {
            return None;
        }
        let sent = Sent {
            agency: caller.agency_code().map(str::to_owned),
            who: caller.who().to_owned(),
            layers: noted.layers,
            features: 0,
            whole: false,
            request: request_name(),
        };
        Some(Sending { ledger, shown: self.shown().clone(), sent, on_its_way: None })
    }
}

/// An answer on its way. Where it goes in pieces, what has gone is put on record when this goes: at its end, or
/// because the client has gone, or the server stops.
#[derive(Debug)]
pub struct Sending {
    ledger: Ledger,
    shown: Shown,
    sent: Sent,
    on_its_way: Option<OnItsWay>,
}

impl Sending {
    /// So many features are to be handed over, and whether that is all. Where it is refused they must not be.
    pub fn reached(&mut self, features: u64, whole: bool) -> Result<(), Problem> {
        (self.sent.features, self.sent.whole) = (features, whole);
        match &self.on_its_way {
            Some(answer) => answer.reached(features, whole).map_err(|_| Problem::unrecorded()),
            None if whole => {
                self.shown.features(features);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// What follows is sent after the record of the answer is made. Where it is refused nothing must be.
    pub fn begin(&mut self) -> Result<(), Problem> {
        let begun = self.ledger.begin_sending(self.sent.clone());
        self.on_its_way = Some(begun.map_err(|_| Problem::unrecorded())?);
        Ok(())
    }
}

impl<S> Site<S> {
    /// Counts a tile that is asked for, or refuses it.
    pub fn count_tile(&self, caller: &Caller, tileset: &Tileset) -> Result<(), Problem> {
        let Some(ledger) = &self.ledger else { return Ok(()) };
        let agency = caller.agency_code();
        if !tileset.guarded && agency.is_none() {
            return Ok(());
        }
        let counted = ledger.count_tile(tileset.fingerprint, (agency, caller.who()), || {
            let guarded = tileset.views.iter().filter(|view| view.is_guarded()).map(LayerView::row_class);
            Tiles {
                agency: agency.map(str::to_owned),
                who: caller.who().to_owned(),
                layers: tileset.views.iter().map(|view| view.id().to_owned()).collect(),
                class: guarded.max().unwrap_or_default().as_str().to_owned(),
                minute: String::new(),
                tiles: 0,
            }
        });
        match counted {
            Err(_) if tileset.guarded => Err(Problem::unrecorded()),
            _ => Ok(()),
        }
    }
}

/// Puts the question on record, with what has become of it, before its answer goes.
pub async fn recorded<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(ledger) = &site.ledger else { return next.run(request).await };
    let is_describing = |path: &MatchedPath| DESCRIBING.contains(&path.as_str());
    let describes = request.extensions().get::<MatchedPath>().is_some_and(is_describing);
    let caller = request.extensions().get::<Caller>().cloned();
    let caller = caller.unwrap_or_else(|| site.callers.anonymous().clone());
    let shown = Shown::of(&mut request);
    let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str());
    let question = Question::new(request.method(), asked);
    let is_file = request.extensions().get::<MatchedPath>().is_some_and(|path| path.as_str() == OF_FILES);
    let (request, body) = question::heard(request, !is_file);
    let asked = Asked { ledger: ledger.clone(), caller, question, body, request: request_name() };
    let asked = Arc::new(asked);
    if let Some(mut noted) = shown.noted() {
        noted.asked = Some(asked.clone());
    }
    let response = next.run(request).await;
    let noted = shown.noted().map(|noted| noted.clone()).unwrap_or_default();
    let status = response.status().as_u16();
    let is_guarded = noted.class > AccessClass::Open;
    let is_nobodys = !is_guarded && asked.caller.agency_code().is_none();
    if is_nobodys || (describes && noted.features.is_none()) || noted.recorded == Some(status) {
        return response;
    }
    match ledger.append(asked.entry(noted, status)).await {
        Err(_) if is_guarded => Problem::unrecorded().into_response(),
        _ => response,
    }
}

/// The request's name, which whoever asks may have given it.
fn request_name() -> String {
    without_secrets(&request_id::current()).into_owned()
}
