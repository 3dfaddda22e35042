//! Gauges that are taken when somebody asks for the metrics, and what the system says of this process.
//!
//! Those of the process have the names that Prometheus' own libraries give them, without this program's prefix.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, info::Info},
    registry::{Registry, Unit},
};
use std::{
    fs,
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

/// What sessions of the database are doing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SessionState {
    state: &'static str,
}

/// Sessions of the database, those of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sessions {
    /// Answering somebody.
    pub in_use: usize,
    /// Open, and free.
    pub idle: usize,
    /// As many as there may be.
    pub most: usize,
    /// Questions that wait for one.
    pub waiting: usize,
}

/// Snapshots that are served.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Served {
    /// Of so many layers.
    pub layers: usize,
    /// Seconds since the oldest was taken.
    pub oldest_s: f64,
}

/// How it stands with a server at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Vitals {
    /// Where there is a database.
    pub sessions: Sessions,
    /// Where there are snapshots.
    pub snapshots: Served,
    /// Bytes of tiles that are kept.
    pub cache_bytes: u64,
    /// Whether the record of answers can be written.
    pub audit_writable: bool,
    /// Spans that the collector has taken, and those that were dropped.
    pub spans: (u64, u64),
}

/// The gauges.
#[derive(Debug, Default)]
pub struct Gauges {
    sessions: Family<SessionState, Gauge>,
    sessions_max: Gauge,
    waiting: Gauge,
    snapshots: Gauge,
    snapshot_age: Gauge<f64, AtomicU64>,
    cache_bytes: Gauge,
    audit_writable: Gauge,
    spans_sent: Counter,
    spans_dropped: Counter,
    process: ProcessGauges,
}

#[derive(Debug, Default)]
struct ProcessGauges {
    registry: Registry,
    memory: Gauge,
    files: Gauge,
    files_max: Gauge,
}

impl Gauges {
    /// In a registry whose prefix is the program's.
    pub fn registered(registry: &mut Registry) -> Self {
        let gauges = Self { process: ProcessGauges::registered(), ..Self::default() };
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "Version of the program", build);
        registry.register(
            "database_sessions",
            "Sessions of the database, in use or idle",
            gauges.sessions.clone(),
        );
        registry.register(
            "database_sessions_max",
            "Sessions of the database that there may be",
            gauges.sessions_max.clone(),
        );
        registry.register(
            "database_waiting",
            "Questions that wait for a session of the database",
            gauges.waiting.clone(),
        );
        registry.register("snapshots", "Layers that are served from a snapshot", gauges.snapshots.clone());
        registry.register_with_unit(
            "snapshot_oldest_age",
            "Since the oldest snapshot that is served was taken; changes since lie over it",
            Unit::Seconds,
            gauges.snapshot_age.clone(),
        );
        registry.register_with_unit(
            "cache",
            "Tiles that are kept in memory",
            Unit::Bytes,
            gauges.cache_bytes.clone(),
        );
        registry.register(
            "audit_writable",
            "1 while the record of answers can be written, 0 while what is not open is refused",
            gauges.audit_writable.clone(),
        );
        registry.register(
            "trace_spans_sent",
            "Spans that the collector has taken",
            gauges.spans_sent.clone(),
        );
        registry.register(
            "trace_spans_dropped",
            "Spans that were dropped: no room, or the collector is away or slow",
            gauges.spans_dropped.clone(),
        );
        gauges
    }

    /// Takes over how it stands, and looks at the process.
    pub fn take(&self, vitals: &Vitals) {
        let Vitals { sessions, snapshots, cache_bytes, audit_writable, spans } = vitals;
        for (state, count) in [("in_use", sessions.in_use), ("idle", sessions.idle)] {
            self.sessions.get_or_create(&SessionState { state }).set(count as i64);
        }
        self.sessions_max.set(sessions.most as i64);
        self.waiting.set(sessions.waiting as i64);
        self.snapshots.set(snapshots.layers as i64);
        self.snapshot_age.set(snapshots.oldest_s);
        self.cache_bytes.set(cache_bytes.cast_signed());
        self.audit_writable.set((*audit_writable).into());
        self.spans_sent.inner().store(spans.0, Ordering::Relaxed);
        self.spans_dropped.inner().store(spans.1, Ordering::Relaxed);
        self.process.look();
    }

    /// Those of the process.
    pub const fn of_process(&self) -> &Registry {
        &self.process.registry
    }
}

impl ProcessGauges {
    fn registered() -> Self {
        let mut gauges = Self::default();
        let started: Gauge<f64, AtomicU64> = Gauge::default();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        started.set(now.as_secs_f64());
        let registry = &mut gauges.registry;
        registry.register_with_unit(
            "process_start_time",
            "When the program began, since 1970",
            Unit::Seconds,
            started,
        );
        registry.register_with_unit(
            "process_resident_memory",
            "Memory that the program holds",
            Unit::Bytes,
            gauges.memory.clone(),
        );
        registry.register("process_open_fds", "Files and connections that are open", gauges.files.clone());
        registry.register(
            "process_max_fds",
            "Files and connections that may be open",
            gauges.files_max.clone(),
        );
        gauges
    }

    /// What cannot be told stays as it was.
    fn look(&self) {
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
        let line = |file: &str, name: &str, column: usize| {
            let text = fs::read_to_string(file).ok()?;
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            number(line.split_whitespace().nth(column))
        };
        if let Some(kilobytes) = line("/proc/self/status", "VmRSS:", 0) {
            self.memory.set(kilobytes * 1024);
        }
        if let Some(most) = line("/proc/self/limits", "Max open files", 0) {
            self.files_max.set(most);
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            // One of them is the folder that is being read.
            self.files.set((open.count() as i64 - 1).max(0));
        }
    }
}
