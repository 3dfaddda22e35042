//! The one that writes: a thread, and what others hold of it.

use super::{
    Appender, AuditFolder, Entry, Tiles, in_vietnam,
    tiles::{Counted, TileCounts},
    under_way::UnderWay,
};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{sync::oneshot, time::timeout};

/// Records that are written together at most.
const TOGETHER_MAX: usize = 1000;
/// How often the writer looks at the clock.
const TICK: Duration = Duration::from_secs(1);
/// How long it waits between attempts while records cannot be written.
const ATTEMPTS_APART: Duration = Duration::from_millis(900);
/// How long an answer waits for its record: a disk that hangs must not hold all who ask.
const WAIT: Duration = Duration::from_secs(5);
/// Records that nobody waits for and that are kept while they cannot be written.
const KEPT_MAX: usize = 10_000;

/// The record cannot be written: the log, and `/health/ready`, say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("records cannot be written")]
pub struct Unwritable;

/// The record, as those who answer hold it. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Ledger {
    shared: Arc<Shared>,
    sender: Sender<Message>,
}

#[derive(Debug, Default)]
struct Shared {
    failed: AtomicBool,
    /// Records that nobody waits for and that the writer has not come to.
    noted: AtomicUsize,
    tiles: TileCounts,
    under_way: UnderWay,
    closed: AtomicBool,
}

type Timed = (OffsetDateTime, Entry);

#[derive(Debug)]
enum Message {
    /// Somebody waits until it is written.
    Append(Timed, oneshot::Sender<()>),
    /// Nobody does.
    Note(Timed),
    /// Somebody waits until all is written that was told before; the counts of tiles, too.
    Flush(Option<oneshot::Sender<()>>),
}

impl Ledger {
    /// Begins to write. Where that fails it is tried again each second, and [`Self::is_writable`] says so; an error is
    /// that of a system that gives no thread.
    pub fn open(folder: AuditFolder) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let shared = Arc::new(Shared::default());
        let now = OffsetDateTime::now_utc();
        let began = Entry::Began { version: env!("CARGO_PKG_VERSION").to_owned() };
        let mut writer = Writer {
            appender: Appender::new(folder),
            shared: shared.clone(),
            receiver,
            kept: vec![(now, began)],
            minute: minute_of(now),
            failed_at: None,
            reason: String::new(),
            tried: Instant::now(),
        };
        // At once, so that nothing is served before it is known.
        writer.write(Vec::new());
        thread::Builder::new().name("audit".to_owned()).spawn(move || writer.run())?;
        Ok(Self { shared, sender })
    }

    /// Whether records could be written when it was last tried.
    pub fn is_writable(&self) -> bool {
        !self.shared.failed.load(Ordering::Relaxed) && !self.shared.closed.load(Ordering::Relaxed)
    }

    pub(super) fn under_way(&self) -> &UnderWay {
        &self.shared.under_way
    }

    /// Puts something on record. When it returns, the record would outlast a crash.
    pub async fn append(&self, entry: Entry) -> Result<(), Unwritable> {
        if !self.is_writable() {
            return Err(Unwritable);
        }
        let (done, written) = oneshot::channel();
        let sent = self.sender.send(Message::Append((OffsetDateTime::now_utc(), entry), done));
        sent.map_err(|_| Unwritable)?;
        match timeout(WAIT, written).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Unwritable),
            Err(_) => {
                // The writer says otherwise as soon as the disk lets it.
                self.shared.failed.store(true, Ordering::Relaxed);
                Err(Unwritable)
            }
        }
    }

    /// Puts something on record that nobody waits for.
    pub fn note(&self, entry: Entry) {
        if self.shared.noted.fetch_add(1, Ordering::Relaxed) >= KEPT_MAX {
            self.shared.noted.fetch_sub(1, Ordering::Relaxed);
            return tracing::error!("a record that could not be written is lost");
        }
        // There is a writer as long as there is a ledger.
        let _ = self.sender.send(Message::Note((OffsetDateTime::now_utc(), entry)));
    }

    /// Counts a tile for an agency and who in it, of those that `sight` stands for; `of` says what they are. Counts are
    /// put on record each minute: what was counted in it is lost where the process is killed.
    pub fn count_tile(
        &self,
        sight: u64,
        by: (Option<&str>, &str),
        of: impl FnOnce() -> Tiles,
    ) -> Result<(), Unwritable> {
        if !self.is_writable() {
            return Err(Unwritable);
        }
        match self.shared.tiles.count(sight, by, of) {
            Counted::Yes => Ok(()),
            Counted::Many => {
                let _ = self.sender.send(Message::Flush(None));
                Ok(())
            }
            Counted::No => Err(Unwritable),
        }
    }

    /// Puts on record what has been told and counted so far.
    pub async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.sender.send(Message::Flush(Some(done))).is_ok() {
            let _ = timeout(WAIT, written).await;
        }
    }

    /// Puts on record what has been told and counted, and how much has gone of answers that are still on their way:
    /// whoever calls this ends them. From then on nothing goes on record, so that nothing goes without.
    pub async fn close(&self) {
        self.shared.closed.store(true, Ordering::Relaxed);
        for sent in self.shared.under_way.close() {
            self.note(Entry::Sent(sent));
        }
        self.flush().await;
    }
}

/// The thread.
struct Writer {
    appender: Appender,
    shared: Arc<Shared>,
    receiver: Receiver<Message>,
    /// What nobody waits for and is not yet written.
    kept: Vec<Timed>,
    /// The minute in which counting began anew.
    minute: String,
    failed_at: Option<OffsetDateTime>,
    reason: String,
    tried: Instant,
}

/// What has come in.
#[derive(Default)]
struct Incoming {
    waiting: Vec<(Timed, oneshot::Sender<()>)>,
    flushes: Vec<Option<oneshot::Sender<()>>>,
    /// Nobody is left who could send anything.
    is_last: bool,
}

impl Writer {
    fn run(mut self) {
        loop {
            let Incoming { waiting, flushes, is_last } = self.gather();
            let now = OffsetDateTime::now_utc();
            let minute = minute_of(now);
            let is_due = is_last || !flushes.is_empty() || minute != self.minute;
            // While nothing can be written they go on counting.
            if is_due && self.failed_at.is_none() {
                let tiles = self.shared.tiles.take(&self.minute);
                self.kept.extend(tiles.into_iter().map(|tiles| (now, Entry::Tiles(tiles))));
                self.minute = minute;
            }
            let is_too_early = self.failed_at.is_some() && self.tried.elapsed() < ATTEMPTS_APART;
            // Whoever has all written now may be the last to ask.
            if !is_too_early || is_last || !flushes.is_empty() {
                self.write(waiting);
            }
            for done in flushes.into_iter().flatten() {
                let _ = done.send(());
            }
            if is_last {
                return;
            }
        }
    }

    fn gather(&mut self) -> Incoming {
        let mut incoming = Incoming::default();
        let first = match self.receiver.recv_timeout(TICK) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                incoming.is_last = true;
                None
            }
        };
        let more = self.receiver.try_iter().take(TOGETHER_MAX);
        for message in first.into_iter().chain(more) {
            match message {
                Message::Append(entry, done) => incoming.waiting.push((entry, done)),
                Message::Note(entry) => {
                    self.shared.noted.fetch_sub(1, Ordering::Relaxed);
                    match self.kept.len() < KEPT_MAX {
                        true => self.kept.push(entry),
                        false => tracing::error!("a record that could not be written is lost"),
                    }
                }
                Message::Flush(done) => incoming.flushes.push(done),
            }
        }
        incoming
    }

    /// Writes what is there. Whoever waits is told by what becomes of his end: dropped, it was not written.
    fn write(&mut self, mut waiting: Vec<(Timed, oneshot::Sender<()>)>) {
        // Whoever waits no more has refused.
        waiting.retain(|(_, done)| !done.is_closed());
        let now = OffsetDateTime::now_utc();
        let resumed = self.failed_at.map(|at| Entry::Resumed {
            failed_at: in_vietnam(at).format(&Rfc3339).unwrap_or_default(),
            reason: self.reason.clone(),
        });
        let all = self.kept.iter().chain(waiting.iter().map(|(entry, _)| entry));
        let all = all.map(|(at, entry)| (*at, entry)).chain(resumed.iter().map(|entry| (now, entry)));
        let all: Vec<_> = all.collect();
        if all.is_empty() {
            self.shared.failed.store(false, Ordering::Relaxed);
            return;
        }
        self.tried = Instant::now();
        match self.appender.append(&all) {
            Ok(()) => {
                self.kept.clear();
                if self.failed_at.take().is_some() {
                    tracing::warn!("the audit record can be written again");
                }
                self.shared.failed.store(false, Ordering::Relaxed);
                for (_, done) in waiting {
                    let _ = done.send(());
                }
            }
            Err(error) => {
                self.shared.failed.store(true, Ordering::Relaxed);
                if self.failed_at.is_none() {
                    tracing::error!(
                        %error,
                        "the audit record cannot be written: shared and restricted data are not served until it can"
                    );
                    self.failed_at = Some(now);
                }
                self.reason = error.to_string();
            }
        }
    }
}

/// The minute of a moment, by the clock of Vietnam.
fn minute_of(moment: OffsetDateTime) -> String {
    let moment = in_vietnam(moment);
    let minute = moment.replace_second(0).and_then(|m| m.replace_nanosecond(0)).unwrap_or(moment);
    minute.format(&Rfc3339).unwrap_or_default()
}
