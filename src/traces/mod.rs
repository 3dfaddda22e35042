//! Traces of OpenTelemetry: what the answer to a request was made of, and how long each part took, for a collector.
//!
//! ```text
//! span of `tracing` under TARGET ─▶ spans (a layer of the subscriber) ─▶ queue, bounded ─▶ export (a thread) ─▶ collector
//! ```
//!
//! Whoever works for a request opens a span under [`TARGET`] and knows nothing of all this. Without a collector nobody
//! listens to that target, and such a span costs a look at a flag. With one, a span that finds no room in the queue is
//! dropped and counted: a collector that is away or slow costs the server nothing.
//!
//! What is sent is OTLP 1 in its JSON form over HTTP, written here: the crates of OpenTelemetry would be eleven packages
//! more. Names are those of its semantic conventions. A span holds no query, no key and no name of anybody; whoever adds
//! a field keeps it so.
//!
//! Must not know requests, layers, or who asks.

mod context;
mod export;
mod otlp;
mod sampling;
mod spans;

pub use context::{Context, Root};
pub use export::{ANSWER_MAX, Collector};
pub use spans::Spans;

/// The target of spans that are sent. Others write it out, so that they need not know this module.
pub const TARGET: &str = "diaban::trace";

/// A number other than 0, which stands for none. A system without random numbers gives those of the clock.
fn random() -> u64 {
    let by_clock = || {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        now.as_nanos() as u64
    };
    getrandom::u64().unwrap_or_else(|_| by_clock()).max(1)
}
