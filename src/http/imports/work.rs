//! What is being done with a file that was sent: one thing at a time, to its end, whether or not anybody waits.
//!
//! Must not know what reads files.

use super::{
    super::{Problem, SeenSite, on_record::EditRecord},
    kept::Kept,
    shelf::{Shelf, WORKS_OF_CALLER},
    turns::{Place, Turns},
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
    future::Future,
    io::ErrorKind,
    sync::{Arc, atomic::Ordering::Relaxed},
};
use tokio::{sync::oneshot, task::spawn_blocking};

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
    /// One that waits for its turn.
    pub const fn new(step: Step) -> Self {
        Self { step, phase: "waiting", of: None }
    }

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
    let (place, run) = reserve(&site.uploads, &order.kept, order.step)?;
    let (kept, step, record) = (order.kept.clone(), order.step, order.record.clone());
    let before = record.clone();
    let on_record = async move { !step.changes() || before.append_begun().await };
    let under_way = UnderWay { shelf: site.uploads.clone(), kept, step, record, place };
    let begun = under_way.begin(on_record, Effort::Whole.of(done(importer, order, by, run)));
    match begun.await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Problem::unrecorded_change()),
        Err(error) => Err(Problem::internal(error)),
    }
}

/// A step that has its place.
struct UnderWay {
    shelf: Shelf,
    kept: Arc<Kept>,
    step: Step,
    record: EditRecord,
    place: Place,
}

impl UnderWay {
    /// Does it once it is `on_record`, to its end, though its client goes away at any moment. What is returned tells
    /// whether it was begun.
    fn begin(
        self,
        on_record: impl Future<Output = bool> + Send + 'static,
        work: impl Future<Output = Result<Outcome, Trouble>> + Send + 'static,
    ) -> oneshot::Receiver<bool> {
        let (begins, begun) = oneshot::channel();
        tokio::spawn(async move {
            let Self { shelf, kept, step, record, place } = self;
            let is_on_record = on_record.await;
            if !is_on_record {
                kept.state().work = None;
            }
            // Whoever has gone away is told nothing, and it goes on.
            let _ = begins.send(is_on_record);
            if !is_on_record {
                return;
            }
            let done = in_turn(shelf.turns(), work).await;
            let (status, features, run) = match &done {
                // An undo is a run of its own.
                Ok(Outcome { told, features, is_refused, .. }) => {
                    (if *is_refused { 422 } else { 200 }, Some(*features), told["run"].as_i64())
                }
                Err(trouble) => (status_of(trouble), (trouble.kind != "unsettled").then_some(0), None),
            };
            measure(&kept).await;
            keep(&kept, step, done);
            if step.changes() {
                record.ended(status, features, run).await;
            }
            drop(place);
        });
        begun
    }
}

/// Does it in its turn. What the end of the server breaks off, or leaves no turn, comes to nothing.
async fn in_turn(
    turns: &Turns,
    work: impl Future<Output = Result<Outcome, Trouble>> + Send + 'static,
) -> Result<Outcome, Trouble> {
    let Some(_turn) = turns.turn().await else { return Err(stopping()) };
    // A defect ends the work, and not what is known of it.
    let mut work = tokio::spawn(work);
    let done = tokio::select! {
        done = &mut work => done,
        () = turns.cut() => {
            work.abort();
            work.await
        }
    };
    match done {
        Ok(done) => done,
        Err(error) if error.is_cancelled() => Err(stopping()),
        Err(error) => Err(defect(&error)),
    }
}

/// Under which status it is on record that nothing came of a step.
fn status_of(trouble: &Trouble) -> u16 {
    match trouble.kind {
        // As far as anybody knows.
        "unavailable" | "unsettled" => 503,
        "internal" => 500,
        _ => 422,
    }
}

/// Looks how much room its refused rows take.
async fn measure(kept: &Arc<Kept>) {
    let kept = kept.clone();
    if let Err(error) = spawn_blocking(move || kept.measure()).await {
        tracing::error!(%error, "it is not known how much room refused rows take");
    }
}

/// Says of a file that something is under way, where there is a place for it: nobody else is given it meanwhile.
/// Returns that, and the run that is to be taken back.
fn reserve(shelf: &Shelf, kept: &Kept, step: Step) -> Result<(Place, Option<i64>), Problem> {
    shelf.alone(kept, |of_caller| {
        if of_caller >= WORKS_OF_CALLER {
            let detail =
                format!("{WORKS_OF_CALLER} files of yours are being worked on; go on when one is done");
            return Err(Problem::too_many(detail, 5));
        }
        let place = shelf.turns().place().ok_or_else(Problem::busy)?;
        Ok((place, reserve_file(kept, step)?))
    })
}

/// Says of a file that something is under way, if nothing is. Returns the run that is to be taken back.
fn reserve_file(kept: &Kept, step: Step) -> Result<Option<i64>, Problem> {
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
    state.work = Some(Work::new(step));
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
    let made = spawn_blocking(move || {
        let refused = kept.begin_refused()?;
        std::io::Result::Ok(SentFile { path: kept.path(), called: kept.called.clone(), refused })
    });
    made.await.map_err(|error| defect(&error))?.map_err(|error| not_begun(&error))
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

/// There is no place for what is to come of a file, so that it is not begun.
fn not_begun(error: &std::io::Error) -> Trouble {
    tracing::error!(%error, "work on a file that was sent cannot begin");
    let (kind, reason) = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => (
            "unavailable",
            [
                "máy chủ không còn chỗ trống để xử lý tệp; chưa có gì thay đổi, hãy thử lại sau",
                "the server has no room to work on the file just now; nothing has changed, try again later",
            ],
        ),
        _ => (
            "internal",
            [
                "máy chủ gặp lỗi, chưa có gì thay đổi; nhật ký của máy chủ ghi lý do",
                "the server made a mistake, and nothing has changed; its log has the reason",
            ],
        ),
    };
    Trouble { kind, reason: reason.map(str::to_owned), choices: Json::Null }
}

fn stopping() -> Trouble {
    let reason = [
        "máy chủ đang dừng; chưa có gì thay đổi, hãy gửi lại tệp khi máy chủ chạy lại",
        "the server stops; nothing has changed, send the file again when it is back",
    ];
    Trouble { kind: "unavailable", reason: reason.map(str::to_owned), choices: Json::Null }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use std::{
        sync::Barrier,
        time::{Duration, Instant},
    };

    fn sent(shelf: &Shelf) -> Arc<Kept> {
        let owner = ("sonnmt".to_owned(), "an".to_owned());
        shelf.begin(owner, "plot", "a.csv".to_owned(), 1).unwrap().arrived(1)
    }

    fn under_way(shelf: &Shelf, kept: &Arc<Kept>, step: Step) -> UnderWay {
        let (place, _) = reserve(shelf, kept, step).unwrap();
        UnderWay { shelf: shelf.clone(), kept: kept.clone(), step, record: EditRecord::nobodys(), place }
    }

    async fn idle(kept: &Kept) {
        let started = Instant::now();
        while kept.state().work.is_some() {
            assert!(started.elapsed() < Duration::from_secs(10), "it is being worked on for ever");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn looked() -> Outcome {
        Outcome { told: json!("looked"), run: None, features: 0, is_refused: false }
    }

    #[tokio::test]
    async fn a_sender_who_goes_away_leaves_no_file_that_is_worked_on_for_ever() {
        let shelf = Shelf::default();
        for is_on_record in [false, true] {
            let kept = sent(&shelf);
            let (opens, open) = oneshot::channel::<()>();
            let on_record = async move { open.await.is_ok() && is_on_record };
            let begun = under_way(&shelf, &kept, Step::Look).begin(on_record, async { Ok(looked()) });
            // The handler goes with its client, while the record is waited for.
            drop(begun);
            opens.send(()).unwrap();
            idle(&kept).await;
            assert_eq!(kept.state().done.contains_key("look"), is_on_record);
        }
    }

    #[tokio::test]
    async fn what_is_under_way_ends_in_words_where_the_server_does() {
        let shelf = Shelf::default();
        let kept = [sent(&shelf), sent(&shelf), sent(&shelf)];
        let mut ends = Vec::new();
        for kept in &kept {
            let (end, ended) = oneshot::channel::<()>();
            let work = async move {
                let _ = ended.await;
                Ok(looked())
            };
            assert!(under_way(&shelf, kept, Step::Look).begin(async { true }, work).await.unwrap());
            ends.push(end);
        }
        // Two have a turn.
        let closing = tokio::spawn({
            let shelf = shelf.clone();
            async move { shelf.close().await }
        });
        idle(&kept[2]).await;
        let told = kept[2].told();
        assert_eq!(told["look"]["trouble"]["kind"], "unavailable", "{told}");
        assert!(!closing.is_finished(), "the others are waited for");
        drop(ends);
        closing.await.unwrap();
        for kept in &kept[..2] {
            assert_eq!(kept.told()["look"], "looked");
        }
    }

    #[tokio::test]
    async fn what_is_broken_off_ends_in_words() {
        let turns = Turns::default();
        let (broken_off, _) =
            tokio::join!(in_turn(&turns, std::future::pending()), async { turns.cut_now() });
        assert_eq!(broken_off.err().unwrap().kind, "unavailable");
        let defect = in_turn(&Turns::default(), async { panic!("a defect") }).await;
        assert_eq!(defect.err().unwrap().kind, "internal");
    }

    #[tokio::test]
    async fn what_has_no_place_to_begin_in_has_changed_nothing() {
        let shelf = Shelf::default();
        let kept = sent(&shelf);
        std::fs::remove_dir_all(kept.folder()).unwrap();
        let no_folder = sent_file(&kept).await.err().unwrap();
        for (trouble, kind) in [
            (no_folder, "internal"),
            (not_begun(&ErrorKind::StorageFull.into()), "unavailable"),
            (not_begun(&ErrorKind::QuotaExceeded.into()), "unavailable"),
        ] {
            assert_eq!(trouble.kind, kind);
            let [vi, en] = &trouble.reason;
            assert!(vi.contains("chưa có gì thay đổi") && en.contains("nothing has changed"), "{trouble:?}");
        }
    }

    #[tokio::test]
    async fn requests_side_by_side_begin_no_more_than_may_be() {
        let shelf = Shelf::default();
        let all = [(); 5].map(|()| sent(&shelf));
        for _ in 0..50 {
            let together = Barrier::new(all.len());
            let begun: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = all
                    .iter()
                    .map(|kept| {
                        let (shelf, together) = (&shelf, &together);
                        scope.spawn(move || {
                            together.wait();
                            reserve(shelf, kept, Step::Look)
                        })
                    })
                    .collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert_eq!(begun.iter().filter(|begun| begun.is_ok()).count(), WORKS_OF_CALLER);
            all.iter().for_each(|kept| kept.state().work = None);
        }
    }
}
