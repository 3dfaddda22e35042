//! Many rows into an empty layer: quicker, and otherwise as any.

use super::*;
use diaban::store::{
    Follower,
    snapshot::{SnapshotFolder, SnapshotStore},
};
use std::time::{Duration, Instant};

/// Rows beyond which indexes are built once the rows are in.
const MANY: u32 = 20_500;

fn wells(count: u32) -> String {
    let mut text = String::from("code,lon,lat\n");
    for i in 0..count {
        let _ = writeln!(
            text,
            "G{i},{:.6},{:.6}",
            106.0 + f64::from(i % 200) * 1e-3,
            10.6 + f64::from(i / 200) * 1e-3
        );
    }
    text
}

impl Ground {
    /// What belongs to the layer's table, and what the change log holds of it.
    async fn belongings(&self) -> Vec<String> {
        let sql = "SELECT 'index ' || pg_get_indexdef(indexrelid) FROM pg_index \
            WHERE indrelid = 'gis.well'::regclass AND indisvalid UNION ALL SELECT concat_ws(' ', 'trigger', tgname, tgenabled) \
            FROM pg_trigger WHERE tgrelid = 'gis.well'::regclass ORDER BY 1";
        let rows = self.database.client().await.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    async fn noted(&self) -> String {
        let sql = "SELECT string_agg(concat_ws(' ', layer, import_run, inserted, rows_inserted), ', ' ORDER BY id) \
                   FROM diaban.change";
        self.database.text(sql).await.unwrap_or_default()
    }
}

#[tokio::test]
async fn the_layer_has_its_indexes_and_triggers_and_the_log_one_row() {
    let ground = Ground::new().await;
    let before = ground.belongings().await;
    assert_eq!(before.len(), 8, "{before:?}");
    let file = ground.file("many.csv", wells(MANY));
    let rehearsal = ImportRequest { dry_run: true, ..request("well", &file) };
    assert_eq!(ground.run(&rehearsal).await.unwrap().loaded.new, u64::from(MANY));
    assert_eq!((ground.belongings().await, ground.noted().await), (before.clone(), String::new()));
    let report = ground.import("well", &file).await.unwrap();
    assert_eq!((report.loaded.new, ground.count("well").await), (u64::from(MANY), i64::from(MANY)));
    assert_eq!(ground.belongings().await, before);
    let ids =
        ground.database.text("SELECT int8range(min(id), max(id), '[]')::text FROM gis.well").await.unwrap();
    assert_eq!(ground.noted().await, format!("well {} {{{ids}}} {MANY}", report.run.unwrap()));
    // The log goes on as ever, and the run can be undone.
    let again = ground.import("well", &file).await.unwrap();
    assert_eq!((again.loaded.new, again.loaded.unchanged), (0, u64::from(MANY)));
    let undone = ground.database.database().undo(&ground.catalog, report.run.unwrap(), None, true).await;
    assert_eq!((undone.unwrap().removed, ground.count("well").await), (u64::from(MANY), 0));
}

#[tokio::test]
async fn one_who_reads_the_empty_layer_is_not_waited_for() {
    let ground = Ground::new().await;
    let before = ground.belongings().await;
    let reader = ground.database.client().await;
    reader.batch_execute("BEGIN; SELECT count(*) FROM gis.well").await.unwrap();
    let report = ground.import("well", &ground.file("many.csv", wells(MANY))).await.unwrap();
    assert_eq!(report.loaded.new, u64::from(MANY));
    reader.batch_execute("COMMIT").await.unwrap();
    assert_eq!(ground.belongings().await, before);
    assert!(ground.noted().await.starts_with("well 1 {["), "{}", ground.noted().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_that_is_followed_takes_one_snapshot_for_it() {
    let ground = Ground::new().await;
    let data = tempfile::tempdir().unwrap();
    let snapshots = Arc::new(SnapshotStore::new(SnapshotFolder::of(data.path())));
    let mut follower = Follower::new(ground.database.database(), snapshots.clone(), &ground.catalog, false);
    follower.catch_up().await.unwrap();
    let following = tokio::spawn(follower.run());
    let served =
        || snapshots.served("well").map(|s| (s.snapshot.manifest.version, s.snapshot.manifest.count));
    let pause = || tokio::time::sleep(Duration::from_millis(50));
    let until = async |rows: u64| {
        let started = Instant::now();
        while served().is_none_or(|(_, count)| count != rows) {
            assert!(started.elapsed() < Duration::from_secs(20), "{:?}", served());
            pause().await;
        }
    };
    until(0).await;
    let (before, _) = served().unwrap();
    ground.import("well", &ground.file("many.csv", wells(MANY))).await.unwrap();
    until(u64::from(MANY)).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(served(), Some((before + 1, u64::from(MANY))));
    following.abort();
}
