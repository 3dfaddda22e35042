//! The way to the collector: a bounded queue, and a thread that sends what is in it, some spans at a time.
//!
//! A batch that the collector does not take is not sent again: traces are a sample, and what waits for one that is away
//! would only be older when it came.

use super::{
    Context, Root,
    otlp::{self, Ended},
    sampling::Sampling,
    spans::Told,
};
use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};
use tokio::sync::oneshot;
use ureq::Agent;

/// Spans that wait to be sent.
const WAITING_MAX: usize = 4096;
/// Spans that are sent together, and how long the first of them waits for the others.
const TOGETHER_MAX: usize = 512;
const TOGETHER_WITHIN: Duration = Duration::from_secs(2);
/// How long a collector may take over a batch.
pub const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Bytes of its answer that are read.
const ANSWER_BYTES_MAX: u64 = 64 << 10;
/// Where traces go at a collector (OTLP/HTTP, "Endpoint URLs for OTLP/HTTP").
const PATH: &str = "/v1/traces";
/// The share of requests without a `traceparent` that are traced, 0 to 1 (SDK configuration, "General SDK").
const SHARE: &str = "OTEL_TRACES_SAMPLER_ARG";

/// Where traces are sent, and how many were. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Collector(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    address: String,
    sampling: Sampling,
    sender: SyncSender<Message>,
    /// Until somebody begins to send.
    receiver: Mutex<Option<Receiver<Message>>>,
    sent: AtomicU64,
    dropped: AtomicU64,
}

#[derive(Debug)]
enum Message {
    Span(Box<Ended>),
    /// Somebody waits until all is sent that was told before.
    Flush(oneshot::Sender<()>),
}

impl Collector {
    /// The collector at an address such as `http://127.0.0.1:4318`. Nothing is sent before [`Self::begin`]. The share
    /// of requests that are traced stands in `OTEL_TRACES_SAMPLER_ARG`; all if it does not. The error says what is wrong.
    pub fn at(address: &str) -> Result<Self, String> {
        let base = address.trim_end_matches('/');
        let host = base.strip_prefix("http://").or_else(|| base.strip_prefix("https://"));
        if host.is_none_or(|host| host.is_empty() || host.starts_with([':', '/'])) {
            return Err(
                "it is the address of a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318"
                    .into(),
            );
        }
        let share = match std::env::var(SHARE) {
            Ok(text) => text.parse().ok().filter(|share| (0.0..=1.0).contains(share)),
            Err(_) => Some(1.0),
        };
        let share = share.ok_or_else(|| format!("{SHARE} is a share of requests, from 0 to 1"))?;
        let address = if base.ends_with(PATH) { base.to_owned() } else { format!("{base}{PATH}") };
        let (sender, receiver) = sync_channel(WAITING_MAX);
        let (sampling, receiver) = (Sampling::of(share), Mutex::new(Some(receiver)));
        let (sent, dropped) = (AtomicU64::new(0), AtomicU64::new(0));
        Ok(Self(Arc::new(Shared { address, sampling, sender, receiver, sent, dropped })))
    }

    /// Its address, to which traces go.
    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// Begins to send, by `agent`, which bounds the time that an answer may take. Only the first call does anything.
    pub fn begin(&self, agent: Agent) -> io::Result<()> {
        let receiver = self.0.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(receiver) = receiver else { return Ok(()) };
        let mut export = Export { shared: self.0.clone(), receiver, agent, is_failing: false };
        thread::Builder::new().name("traces".to_owned()).spawn(move || export.run())?;
        Ok(())
    }

    /// Where the spans of a request begin that came with this `traceparent`; `None` if it is not traced.
    pub fn choose(&self, traceparent: Option<&str>) -> Option<Root> {
        self.0.sampling.choose(traceparent.and_then(Context::read))
    }

    /// Spans that the collector has taken.
    pub fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::Relaxed)
    }

    /// Spans that were dropped: for want of room, or because the collector did not take them.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// A span that is over. Never waits.
    pub(super) fn take(&self, told: Told, ended: SystemTime) {
        if self.0.sender.try_send(Message::Span(Box::new((told, ended)))).is_err() {
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sends what waits, as far as that takes no longer than `within`.
    pub async fn flush(&self, within: Duration) {
        let (done, sent) = oneshot::channel();
        match self.0.sender.try_send(Message::Flush(done)) {
            Ok(()) => drop(tokio::time::timeout(within, sent).await),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }
}

/// The thread. It holds the other end of its own queue, and ends with the process.
struct Export {
    shared: Arc<Shared>,
    receiver: Receiver<Message>,
    agent: Agent,
    is_failing: bool,
}

impl Export {
    fn run(&mut self) {
        loop {
            let (spans, flushed) = match self.gather() {
                Ok(gathered) => gathered,
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => continue,
            };
            if !spans.is_empty() {
                self.send(&spans);
            }
            if let Some(flushed) = flushed {
                let _ = flushed.send(());
            }
        }
    }

    /// Some spans, and who waits for them.
    fn gather(&self) -> Result<(Vec<Ended>, Option<oneshot::Sender<()>>), RecvTimeoutError> {
        let (mut spans, mut until) = (Vec::new(), None::<Instant>);
        while spans.len() < TOGETHER_MAX {
            let wait = until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
            match self.receiver.recv_timeout(wait) {
                Ok(Message::Span(span)) => spans.push(*span),
                Ok(Message::Flush(done)) => return Ok((spans, Some(done))),
                Err(_) if !spans.is_empty() => break,
                Err(error) => return Err(error),
            }
            until.get_or_insert_with(|| Instant::now() + TOGETHER_WITHIN);
        }
        Ok((spans, None))
    }

    fn send(&mut self, spans: &[Ended]) {
        let count = spans.len() as u64;
        match self.post(&otlp::request(spans)) {
            Ok(()) => {
                self.shared.sent.fetch_add(count, Ordering::Relaxed);
                if std::mem::take(&mut self.is_failing) {
                    tracing::warn!("the collector takes traces again");
                }
            }
            Err(reason) => {
                self.shared.dropped.fetch_add(count, Ordering::Relaxed);
                if !std::mem::replace(&mut self.is_failing, true) {
                    tracing::warn!(reason, "the collector takes no traces; they are dropped until it does");
                }
            }
        }
    }

    fn post(&self, request: &serde_json::Value) -> Result<(), String> {
        let body = serde_json::to_vec(request).map_err(|error| error.to_string())?;
        let post = self.agent.post(&self.shared.address).header("content-type", "application/json");
        let mut answer = post.send(&body[..]).map_err(|error| error.to_string())?;
        let status = answer.status();
        // Read to its end, the connection serves the next batch, too.
        let _ = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        if status.is_success() { Ok(()) } else { Err(format!("it answers {status}")) }
    }
}
