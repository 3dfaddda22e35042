//! The metrics, and the page that says what they mean.

use super::Server;
use crate::support::{TestDatabase, desk::Desk, served::ROWS};
use diaban::metrics::{Answer, Ended, Metrics, Refusal, Vitals, Work};
use std::{collections::BTreeMap, fs, path::Path};

/// Type and meaning of each metric, by its name as Prometheus knows it.
fn told(text: &str) -> BTreeMap<String, (String, String)> {
    let mut kinds = BTreeMap::new();
    let mut told = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.splitn(4, ' ');
        let (mark, what, name, rest) = (words.next(), words.next(), words.next(), words.next());
        let (Some("#"), Some(what), Some(name), Some(rest)) = (mark, what, name, rest) else { continue };
        match what {
            "TYPE" => drop(kinds.insert(name.to_owned(), rest.to_owned())),
            "HELP" => drop(told.insert(name.to_owned(), rest.trim_end_matches('.').to_owned())),
            _ => {}
        }
    }
    told.into_iter()
        .map(|(name, meaning)| {
            let kind = kinds[&name].clone();
            let ending = match kind.as_str() {
                "counter" => "_total",
                "info" => "_info",
                _ => "",
            };
            (format!("{name}{ending}"), (kind, meaning))
        })
        .collect()
}

/// The rows of the page's table.
fn listed(page: &str) -> BTreeMap<String, (String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let text = fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    let cells = rows.map(|row| row.split(" | ").collect::<Vec<_>>());
    let row = |cells: Vec<&str>| {
        (cells[0].trim_end_matches('`').to_owned(), (cells[1].to_owned(), cells[2].to_owned()))
    };
    cells.map(row).collect()
}

#[test]
fn the_page_of_metrics_lists_each_with_its_type_and_meaning() {
    let metrics = Metrics::default();
    metrics.requests.get_or_create(&Answer { route: "/".to_owned(), status: 200 }).inc();
    let work = "tile";
    metrics.under_way.get_or_create(&Work { work }).inc();
    metrics.waiting.get_or_create(&Work { work }).inc();
    metrics.refused.get_or_create(&Refusal { work, reason: "rate" }).inc();
    metrics.connections.ended.get_or_create(&Ended::of("idle")).inc();
    metrics.gauges.take(&Vitals::default());
    let told = told(&metrics.text());
    assert!(told.len() > 15, "{told:?}");
    assert_eq!(listed("metrics.md"), told);
    let vietnamese = listed("metrics.vi.md");
    let kinds = |all: &BTreeMap<String, (String, String)>| {
        all.iter().map(|(name, (kind, _))| (name.clone(), kind.clone())).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&vietnamese), kinds(&told));
    for (name, (_, meaning)) in vietnamese {
        assert_ne!(meaning, told[&name].1, "{name} is not told in Vietnamese");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_tells_what_it_holds_and_uses() {
    let desk = Desk::new();
    let database = TestDatabase::with_catalog(&desk.catalog()).await;
    database.execute(ROWS).await;
    let published = desk.typed(Some(database.url()), &["publish"]).await;
    assert_eq!(published.code, Some(0), "{}", published.err);
    let server = Server::start(&desk, database.url(), &[]).await;
    assert_eq!(server.get("/tiles/well/0/0/0", &[]).await.status, 200);
    assert_eq!(server.get("/health/ready", &[]).await.status, 200);
    for (name, least, most) in [
        ("diaban_database_sessions_max", 24.0, 24.0),
        ("diaban_database_waiting", 0.0, 0.0),
        ("diaban_database_sessions{state=\"idle\"}", 1.0, 16.0),
        ("diaban_database_sessions{state=\"in_use\"}", 0.0, 0.0),
        ("diaban_snapshots", 4.0, 4.0),
        ("diaban_snapshot_oldest_age_seconds", 0.0, 120.0),
        ("diaban_cache_bytes", 300.0, 1e6),
        ("diaban_audit_writable", 1.0, 1.0),
        ("diaban_trace_spans_dropped_total", 0.0, 0.0),
        ("process_resident_memory_bytes", 1e6, 1e10),
        ("process_open_fds", 5.0, 1e4),
        ("process_max_fds", 64.0, 1e10),
        ("process_start_time_seconds", 1.7e9, 1e10),
    ] {
        let value = server.metric(name).await.unwrap_or_else(|| panic!("no {name}"));
        assert!((least..=most).contains(&value), "{name} is {value}");
    }
    let text = server.get("/metrics", &[]).await.body;
    assert!(text.contains(&format!("diaban_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"))));
    assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1);
    assert!(!text.contains("bimat"), "no layer is named");
}
