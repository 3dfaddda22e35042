//! Names and meanings of all metrics, in one list. Knows nothing of ours.

/// Those that are taken when somebody asks.
mod vitals;

pub use vitals::{Gauges, Served, Sessions, Vitals};

use prometheus_client::{
    encoding::{
        EncodeLabelSet,
        text::{encode_eof, encode_registry},
    },
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

/// Which route answered, and with which status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Answer {
    /// The route's pattern, never the path itself.
    pub route: String,
    /// HTTP status.
    pub status: u16,
}

/// A kind of work: `tile`, `filtered_tile`, `question`, `dear` or `download`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Work {
    /// Which.
    pub work: &'static str,
}

/// Why a request was not let in, or not answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Refusal {
    /// The kind of work.
    pub work: &'static str,
    /// `rate`, `share`: the caller's own excess (429); `queue_full`, `waited`, `time`: everybody's (503).
    pub reason: &'static str,
}

/// Why a connection was ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Ended {
    /// `handshake`, `not_tls`, `slow_head`, `slow_body`, `slow_reader`, `idle`, `refused` or `stopped`.
    pub reason: &'static str,
}

impl Ended {
    /// For a reason.
    pub const fn of(reason: &'static str) -> Self {
        Self { reason }
    }
}

/// Connections of clients.
#[derive(Debug, Clone, Default)]
pub struct Connections {
    /// Those that are open.
    pub open: Gauge,
    /// Those that the server ended (of HTTP/2 also answers that were not taken), by reason.
    pub ended: Family<Ended, Counter>,
}

impl Connections {
    fn registered(registry: &mut Registry) -> Self {
        let connections = Self::default();
        registry.register("connections", "Connections of clients that are open", connections.open.clone());
        let ended = "Connections that the server refused or ended, and answers that nobody took, by reason";
        registry.register("connections_ended", ended, connections.ended.clone());
        connections
    }
}

/// All metrics of a server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Requests by route and status.
    pub requests: Family<Answer, Counter>,
    /// Seconds from a tile's question to its bytes, database included.
    pub tile_seconds: Histogram,
    /// Bytes of tiles as sent.
    pub tile_bytes: Counter,
    /// Features written into tiles.
    pub tile_features: Counter,
    /// Features that a tile left out because their geometry could not be read.
    pub tile_unreadable: Counter,
    /// Questions that the store could not answer.
    pub store_errors: Counter,
    /// How it stands now.
    pub gauges: Gauges,
    /// Requests at work.
    pub under_way: Family<Work, Gauge>,
    /// Requests that wait for their turn.
    pub waiting: Family<Work, Gauge>,
    /// Requests over a limit.
    pub refused: Family<Refusal, Counter>,
    /// Connections of clients.
    pub connections: Connections,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("diaban");
        let requests = Family::default();
        let tile_seconds = Histogram::new(exponential_buckets(0.000_5, 2.0, 16));
        let [tile_bytes, tile_features, tile_unreadable, store_errors] = [(); 4].map(|()| Counter::default());
        registry.register("requests", "Requests by route and status", requests.clone());
        registry.register_with_unit(
            "tile_render",
            "From a tile's question to its bytes, database included",
            Unit::Seconds,
            tile_seconds.clone(),
        );
        registry.register("tile_bytes", "Bytes of tiles as sent", tile_bytes.clone());
        registry.register("tile_features", "Features written into tiles", tile_features.clone());
        let unreadable = "Features left out of tiles because their geometry could not be read";
        registry.register("tile_unreadable_features", unreadable, tile_unreadable.clone());
        registry.register("store_errors", "Questions that the store could not answer", store_errors.clone());
        let gauges = Gauges::registered(&mut registry);
        let (under_way, waiting, refused) = (Family::default(), Family::default(), Family::default());
        registry.register("under_way", "Requests at work, by kind of work", under_way.clone());
        registry.register("waiting", "Requests that wait for their turn, by kind of work", waiting.clone());
        let over = "Requests over a limit: the caller's own rate or share, the queue, the wait, the time";
        registry.register("refused", over, refused.clone());
        let connections = Connections::registered(&mut registry);
        Self {
            registry,
            requests,
            tile_seconds,
            tile_bytes,
            tile_features,
            tile_unreadable,
            store_errors,
            gauges,
            under_way,
            waiting,
            refused,
            connections,
        }
    }
}

impl Metrics {
    /// The metrics as OpenMetrics text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode_registry(&mut text, &self.registry);
        let _ = encode_registry(&mut text, self.gauges.of_process());
        let _ = encode_eof(&mut text);
        text
    }
}
