//! What is being done with a file that was sent: one thing at a time, to its end, whether or not anybody waits.
//!
//! Must not know what reads files.

use super::{
    super::{Problem, SeenSite, on_record::EditRecord},
    shelf::{Kept, WORKS_IN_ALL, WORKS_OF_CALLER},
};
use crate::{
    layer::ImportView,
    store::{
        Effort, FeatureStore,
        delivery::{FileImporter, Imported, SentFile, Trouble, Watch, Wishes},
    },
};
use serde_json::{Value as Json, json};
use std::{
    fs,
    sync::{Arc, atomic::Ordering::Relaxed},
};

/// A step that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is told what the file is taken for.
    Look,
    /// Everything is done but the loading.
    Rehearsal,
    /// It is loaded.
    Load,
    /// The load is taken back.
    Undo,
}

impl Step {
    /// As addresses have it.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Look, Self::Rehearsal, Self::Load, Self::Undo].into_iter().find(|step| step.name() == name)
    }

    /// As addresses and documents have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Rehearsal => "rehearsal",
            Self::Load => "load",
            Self::Undo => "undo",
        }
    }

    /// Whether it changes the layer.
    pub const fn changes(self) -> bool {
        matches!(self, Self::Load | Self::Undo)
    }
}

/// Something that is under way.
#[derive(Debug, Clone)]
pub struct Work {
    step: Step,
    /// `waiting` for its turn, `reading`, `loading`.
    phase: &'static str,
    /// Rows of the phase, if that is known.
    of: Option<u64>,
}

impl Work {
    /// As documents have it.
    pub fn told(&self, rows: u64) -> Json {
        json!({ "step": self.step.name(), "phase": self.phase, "rows": rows, "of": self.of })
    }
}

/// Is told by what reads how far it has come.
struct Told(Arc<Kept>);

impl Watch for Told {
    fn begins(&self, phase: &'static str, rows: Option<u64>) {
        self.0.rows_done.store(0, Relaxed);
        if let Some(work) = &mut self.0.state().work {
            (work.phase, work.of) = (phase, rows);
        }
    }

    fn advances(&self, rows: u64) {
        self.0.rows_done.fetch_add(rows, Relaxed);
    }
}

/// What is to be done with a file, and for whom.
pub struct Order {
    /// The key to the layer.
    pub view: ImportView,
    /// The file.
    pub kept: Arc<Kept>,
    /// Which step.
    pub step: Step,
    /// How.
    pub wishes: Wishes,
    /// What puts it on record.
    pub record: EditRecord,
}

/// Begins it. What changes the layer is on record before it begins, and again with what came of it.
///
/// # Errors
/// Where something is under way with the file, or too much with others, or it cannot be put on record.
pub async fn begin<S: FeatureStore>(site: &SeenSite<S>, order: Order) -> Result<(), Problem> {
    let none = || Problem::not_ready("this server has no database, so that nothing can be loaded here");
    let importer = site.importer.clone().ok_or_else(none)?;
    let caller = site.caller();
    let by = format!("{}, {}", caller.agency_code().unwrap_or_default(), caller.who());
    let Order { kept, step, .. } = &order;
    let (of_caller, in_all) = site.uploads.under_way(&kept.owner);
    if of_caller >= WORKS_OF_CALLER {
        let detail = format!("{WORKS_OF_CALLER} files of yours are being worked on; go on when one is done");
        return Err(Problem::too_many(detail, 5));
    }
    if in_all >= WORKS_IN_ALL {
        return Err(Problem::busy());
    }
    let run = reserve(kept, *step)?;
    if step.changes() && !order.record.append_begun().await {
        kept.state().work = None;
        return Err(Problem::unrecorded_change());
    }
    let turns = site.uploads.works();
    tokio::spawn(Effort::Whole.of(async move {
        let (kept, step, record) = (order.kept.clone(), order.step, order.record.clone());
        let turn = turns.acquire_owned().await;
        // A defect ends the work, and not what is known of it.
        let done = tokio::spawn(Effort::Whole.of(done(importer, order, by, run))).await;
        drop(turn);
        let done = done.unwrap_or_else(|error| Err(defect(&error)));
        let (status, features, run) = match &done {
            // An undo is a run of its own.
            Ok(Outcome { told, features, is_refused, .. }) => {
                (if *is_refused { 422 } else { 200 }, *features, told["run"].as_i64())
            }
            Err(_) => (422, 0, None),
        };
        keep(&kept, step, done);
        if step.changes() {
            record.ended(status, features, run).await;
        }
    }));
    Ok(())
}

/// Says of a file that something is under way, if nothing is. Returns the run that is to be taken back.
fn reserve(kept: &Kept, step: Step) -> Result<Option<i64>, Problem> {
    let mut state = kept.state();
    if state.work.is_some() {
        return Err(Problem::conflict("something is being done with this file; ask for it until it is done"));
    }
    match (step, state.run) {
        (Step::Undo, None) => {
            return Err(Problem::conflict("this file is not loaded, so that there is nothing to take back"));
        }
        (Step::Load, Some(run)) => {
            return Err(Problem::conflict(format!(
                "this file is loaded, as run {run}; take that back first, or send the file again"
            )));
        }
        _ => {}
    }
    state.work = Some(Work { step, phase: "waiting", of: None });
    kept.rows_done.store(0, Relaxed);
    Ok(state.run)
}

/// What came of it.
struct Outcome {
    told: Json,
    run: Option<i64>,
    features: u64,
    is_refused: bool,
}

async fn done(
    importer: Arc<dyn FileImporter>,
    order: Order,
    by: String,
    run: Option<i64>,
) -> Result<Outcome, Trouble> {
    let Order { view, kept, step, wishes, .. } = order;
    if step == Step::Undo {
        let told = importer.undo(view, run.unwrap_or_default(), by).await?;
        let count = |name: &str| told[name].as_u64().unwrap_or_default();
        let features = count("removed") + count("changed_back") + count("brought_back");
        return Ok(Outcome { told, run: None, features, is_refused: false });
    }
    let file = sent_file(&kept).await?;
    if step == Step::Look {
        let told = importer.look(view, file, wishes).await?;
        return Ok(Outcome { told, run: None, features: 0, is_refused: false });
    }
    let keeps = step == Step::Load;
    let watch = Arc::new(Told(kept));
    let imported = importer.import(view, file, wishes, keeps, by, watch).await?;
    let Imported { report, run, features, .. } = imported;
    let is_refused = report["outcome"] == "refused";
    Ok(Outcome { told: report, run, features, is_refused })
}

/// The file, with an empty folder for the rows that are refused.
async fn sent_file(kept: &Arc<Kept>) -> Result<SentFile, Trouble> {
    let kept = kept.clone();
    let made = tokio::task::spawn_blocking(move || {
        let times = {
            let mut state = kept.state();
            state.times += 1;
            state.times
        };
        // What was refused before is told of no more.
        let _ = fs::remove_dir_all(kept.refused(times - 1));
        let refused = kept.refused(times);
        fs::create_dir(&refused).map(|()| SentFile {
            path: kept.path(),
            called: kept.called.clone(),
            refused,
        })
    });
    made.await.map_err(|error| defect(&error))?.map_err(|error| defect(&error))
}

/// Keeps what came of a step. What was known of steps behind it is no longer so.
fn keep(kept: &Kept, step: Step, done: Result<Outcome, Trouble>) {
    let mut state = kept.state();
    state.work = None;
    let behind: &[&str] = match step {
        Step::Look => &["look", "rehearsal"],
        Step::Rehearsal => &["rehearsal", "load", "undo"],
        Step::Load => &["load", "undo"],
        Step::Undo => &["undo"],
    };
    for name in behind {
        state.done.remove(*name);
    }
    let told = match done {
        Ok(outcome) => {
            match step {
                Step::Load => state.run = outcome.run,
                Step::Undo => state.run = None,
                Step::Look | Step::Rehearsal => {}
            }
            outcome.told
        }
        Err(Trouble { kind, reason: [vi, en], choices }) => {
            json!({ "trouble": { "kind": kind, "reason": en, "reason_vi": vi, "choices": choices } })
        }
    };
    state.done.insert(step.name().to_owned(), told);
}

fn defect(error: &dyn std::fmt::Display) -> Trouble {
    tracing::error!("work on a file that was sent ended: {error}");
    let reason =
        ["máy chủ gặp lỗi; chưa rõ kết quả", "the server made a mistake; what came of it is not known"];
    Trouble { kind: "internal", reason: reason.map(str::to_owned), choices: Json::Null }
}
