//! The log on standard error, and, where a server has a collector, the traces beside it.

use crate::traces::{Collector, Spans};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

/// Begins both. What `RUST_LOG` says is of the log alone.
pub fn begin(collector: Option<&Collector>) {
    let filter = || EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    // Set before there are flags, as RUST_LOG is.
    let is_json = std::env::var("DIABAN_LOG_FORMAT").is_ok_and(|format| format == "json");
    let Some(collector) = collector else {
        let log = tracing_subscriber::fmt().with_env_filter(filter()).with_writer(std::io::stderr);
        return if is_json { log.json().init() } else { log.init() };
    };
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let log = if is_json { log.json().boxed() } else { log.boxed() };
    let spans = Spans::to(collector.clone()).with_filter(Spans::filter());
    tracing_subscriber::registry().with(log.with_filter(filter())).with(spans).init();
}
