//! A layer's past: seen as it was, and runs taken back to the byte.

use super::{
    modes::{POLE, only, text},
    *,
};
use diaban::{
    feature::Feature,
    layer::{AccessClass, Caller, LayerView},
    query::{AsOf, FeatureQuery},
    store::{
        FeatureStore,
        postgis::{Mode, PostgisStore, UndoError, Undone},
    },
};
use futures_util::TryStreamExt;
use time::OffsetDateTime;

async fn poles() -> Ground {
    Ground::of(Catalog::new(vec![crate::support::layer(POLE)], AgencyRegister::default())).await
}

impl Ground {
    /// A run over these poles; returns its number.
    async fn load(&self, poles: &[&str], mode: Mode) -> i64 {
        let file = self.file("poles.geojson", text(poles));
        let request = ImportRequest { mode, delete_most: true, ..request("pole", &file) };
        self.run(&request).await.unwrap().run.unwrap()
    }

    /// The layer, exact to the byte: ids, `updated_at` and geometries too.
    async fn bytes(&self) -> Option<String> {
        self.database.text("SELECT string_agg(p::text, E'\\n' ORDER BY id) FROM gis.pole p").await
    }

    async fn undo(&self, run: i64) -> Result<Undone, UndoError> {
        self.database.database().undo(&self.catalog, run, Some("an"), true).await
    }

    fn view(&self, layer: &str) -> LayerView {
        self.catalog.view(layer, &Caller::anonymous(AccessClass::Restricted)).unwrap()
    }

    async fn seen(&self, layer: &str, as_of: Option<AsOf>) -> Vec<Feature> {
        let query = FeatureQuery { as_of, limit: u32::MAX, ..FeatureQuery::default() };
        let (store, view) = (PostgisStore::new(self.database.database()), self.view(layer));
        let all: Vec<Feature> = store.features(&view, &query).await.unwrap().try_collect().await.unwrap();
        assert_eq!(store.count(&view, &query).await.unwrap(), all.len() as u64);
        if as_of.is_some() {
            self.is_seen_page_by_page(&store, &view, query, &all).await;
        }
        all
    }

    async fn is_seen_page_by_page(
        &self,
        store: &PostgisStore,
        view: &LayerView,
        mut query: FeatureQuery,
        all: &[Feature],
    ) {
        query.limit = 3;
        for page in all.chunks(3) {
            let found: Vec<Feature> =
                store.features(view, &query).await.unwrap().try_collect().await.unwrap();
            assert_eq!(found, page, "the page behind {:?}", query.after);
            query.after = found.last().map(|feature| feature.id);
        }
    }

    async fn now(&self) -> OffsetDateTime {
        self.database.client().await.query_one("SELECT clock_timestamp()", &[]).await.unwrap().get(0)
    }
}

#[tokio::test]
async fn an_undone_run_leaves_the_layer_as_it_was_to_the_byte() {
    let ground = poles().await;
    ground.load(&["C1 1.00 1", "C2 2.50 1", "C3 3.00 1", "C4 4.00 2"], Mode::Merge).await;
    ground
        .database
        .execute("UPDATE gis.pole SET updated_at = '2001-02-03 04:05:06.789012+07' WHERE code = 'C2'")
        .await;
    let before = ground.bytes().await;
    // Added, changed, deleted, and one that only moves.
    let moved = text(&["C1 1.00 1", "C2 9.00 1", "C5 5.00 2"]).replace("106.001", "106.0015");
    let file = ground.file("moved.geojson", moved);
    let request = ImportRequest { mode: Mode::Replace, ..request("pole", &file) };
    let run = ground.run(&request).await.unwrap().run.unwrap();
    let after = ground.bytes().await;
    let tried = ground.database.database().undo(&ground.catalog, run, None, false).await.unwrap();
    assert_eq!((tried.removed, tried.changed_back, tried.brought_back, tried.run), (1, 2, 2, None));
    assert_eq!(ground.bytes().await, after, "a rehearsal leaves everything");
    let undone = ground.undo(run).await.unwrap();
    assert_eq!(undone, Undone { run: undone.run, ..tried });
    assert_eq!(ground.bytes().await, before);
    // An undo is a run, and can be undone; then the first run stands again, and can be undone.
    let back = ground.undo(undone.run.unwrap()).await.unwrap();
    assert_eq!((back.removed, back.changed_back, back.brought_back), (2, 2, 1));
    assert_eq!(ground.bytes().await, after);
    ground.undo(run).await.unwrap();
    assert_eq!(ground.bytes().await, before);
}

#[tokio::test]
async fn a_first_load_undone_leaves_an_empty_layer() {
    let ground = poles().await;
    let run = ground.load(&["C1 1.00 1", "C2 2.00 1"], Mode::Append).await;
    assert_eq!(ground.undo(run).await.unwrap().removed, 2);
    assert_eq!(ground.bytes().await, None);
}

#[tokio::test]
async fn a_run_is_undone_after_later_ones_that_do_not_meet_it() {
    let ground = poles().await;
    ground.load(&["C1 1.00 1", "C2 2.00 1", "C3 3.00 1"], Mode::Merge).await;
    let before = ground.bytes().await;
    let middle = ground.load(&["C2 2.22 1", "C4 4.00 1"], Mode::Merge).await;
    let last = ground.load(&["C3 3.33 1", "C5 5.00 1"], Mode::Merge).await;
    ground.undo(middle).await.unwrap();
    let text = ground.bytes().await.unwrap();
    assert!(text.contains("C2,2.00,") && text.contains("C3,3.33,") && !text.contains("C4,"), "{text}");
    ground.undo(last).await.unwrap();
    assert_eq!(ground.bytes().await, before);
}

#[tokio::test]
async fn what_later_runs_and_tools_made_of_the_rows_stands_in_the_way() {
    let ground = poles().await;
    let first = ground.load(&["C1 1.00 1", "C2 2.00 1"], Mode::Merge).await;
    let second = ground.load(&["C2 2.22 1"], Mode::Merge).await;
    let before = ground.bytes().await;
    let why = ground.undo(first).await.unwrap_err().to_string();
    assert!(
        why.starts_with(&format!("run {first} cannot be taken back: 1 of its features were changed since")),
        "{why}"
    );
    assert!(why.contains("(C2): by run 2 ("), "{why}");
    assert_eq!(ground.bytes().await, before, "nothing was done");
    // What was changed and changed back stands in nobody's way.
    ground.undo(second).await.unwrap();
    ground.undo(first).await.unwrap();
    // Other tools count as well; a row that is gone too.
    let third = ground.load(&["C7 7.00 1", "C8 8.00 1"], Mode::Merge).await;
    ground
        .database
        .execute("SET application_name = 'QGIS'; UPDATE gis.pole SET height_m = 1 WHERE code = 'C7'")
        .await;
    ground.database.execute("SET application_name = 'QGIS'; DELETE FROM gis.pole WHERE code = 'C8'").await;
    let why = ground.undo(third).await.unwrap_err().to_string();
    assert!(
        why.contains("2 of its features") && why.contains("(C7): by ") && why.contains(" with QGIS"),
        "{why}"
    );
    assert!(why.contains("(C8): by "), "{why}");
}

#[tokio::test]
async fn a_key_that_was_given_away_stands_in_the_way() {
    let ground = poles().await;
    ground.load(&["C1 1.00 1", "C2 2.00 1"], Mode::Merge).await;
    let replaced = ground.load(&["C1 1.00 1"], Mode::Replace).await;
    let again = ground.load(&["C2 5.00 1"], Mode::Append).await;
    let why = ground.undo(replaced).await.unwrap_err().to_string();
    assert!(why.contains(&format!("(C2): by run {again} (")), "{why}");
    ground.undo(again).await.unwrap();
    assert_eq!(ground.undo(replaced).await.unwrap().brought_back, 1);
}

#[tokio::test]
async fn a_run_is_undone_once_and_only_one_that_there_is() {
    let ground = poles().await;
    let run = ground.load(&["C1 1.00 1"], Mode::Merge).await;
    let by = ground.undo(run).await.unwrap().run.unwrap();
    let why = ground.undo(run).await.unwrap_err().to_string();
    assert_eq!(
        why,
        format!("run {run} was taken back by run {by} already; `diaban undo {by}` brings it back")
    );
    assert!(matches!(ground.undo(99).await, Err(UndoError::NoRun(99))));
    // Brought back and taken back once more, it is undone as before.
    let again = ground.undo(by).await.unwrap().run.unwrap();
    ground.undo(again).await.unwrap();
    assert_eq!(ground.undo(run).await.unwrap_err().to_string(), why);
    let held = ground.database.client().await;
    held.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('diaban.import.pole', 0))")
        .await
        .unwrap();
    let why = ground.undo(by).await.unwrap_err().to_string();
    assert!(why.contains("another import or undo has layer `pole`"), "{why}");
}

#[tokio::test]
async fn a_commune_replaced_and_undone_leaves_its_neighbour_alone() {
    let ground = poles().await;
    ground.load(&["C1 1.00 27943", "C2 2.00 27943", "C7 7.00 27944"], Mode::Merge).await;
    let before = ground.bytes().await;
    let file = ground.file("one.geojson", text(&["C2 2.00 27943", "C3 3.00 27943"]));
    let request = ImportRequest { mode: Mode::Replace, only: only("27943"), ..request("pole", &file) };
    let run = ground.run(&request).await.unwrap().run.unwrap();
    ground.database.execute("UPDATE gis.pole SET height_m = 7.77 WHERE code = 'C7'").await;
    ground.undo(run).await.unwrap();
    ground
        .database
        .execute("UPDATE gis.pole SET height_m = 7, updated_at = (SELECT min(updated_at) FROM gis.pole)")
        .await;
    let now = ground.bytes().await.unwrap();
    let codes =
        |text: &str| text.lines().map(|l| l.split(',').nth(2).unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(codes(&now), codes(&before.unwrap()));
}

/// Random edits by one statement each, on a layer with a value of each type.
fn edit(random: &mut impl FnMut(u64) -> u64) -> String {
    let code = format!("G{}", random(12));
    let place = format!("ST_SetSRID(ST_MakePoint({}, {}), 4326)", 106 + random(3), 10 + random(3));
    match random(7) {
        0 | 1 => format!(
            "INSERT INTO gis.well (code, depth_m, drilled, tags, active, geom) VALUES ('{code}', {}.{:02}, '2026-01-{:02}', \
             ARRAY['a', NULL, '{}'], {}, {place}) ON CONFLICT (code) DO NOTHING",
            1 + random(400),
            random(100),
            1 + random(28),
            random(5),
            random(2) == 0
        ),
        2 => format!("UPDATE gis.well SET depth_m = depth_m + 1, tags = NULL WHERE code = '{code}'"),
        3 => format!("UPDATE gis.well SET geom = {place} WHERE code <= '{code}'"),
        4 => format!("UPDATE gis.well SET pumps = {}, geom = NULL WHERE code = '{code}'", random(9)),
        5 => format!("DELETE FROM gis.well WHERE code = '{code}'"),
        _ => format!(
            "WITH gone AS (DELETE FROM gis.well WHERE code > '{code}' RETURNING *) SELECT count(*) FROM gone; \
             UPDATE gis.well SET active = NOT active"
        ),
    }
}

#[tokio::test]
async fn each_moment_of_a_random_past_is_seen_as_it_was() {
    let ground = Ground::new().await;
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |n: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) % n
    };
    let client = ground.database.client().await;
    let mut past = vec![(ground.now().await, ground.seen("well", None).await)];
    for step in 0..60 {
        // Two statements of one transaction, one seen by nobody without the other.
        let both = format!("BEGIN; {}; {}; COMMIT", edit(&mut random), edit(&mut random));
        client.batch_execute(&both).await.unwrap();
        if step == 30 {
            // The same number again: a row that was deleted comes back as an undo brings it.
            let back = "INSERT INTO gis.well (id, code) SELECT o.feature_id, 'BACK' FROM diaban.old_row o \
                        WHERE o.deleted AND NOT EXISTS (SELECT FROM gis.well w WHERE w.id = o.feature_id) LIMIT 1";
            assert_eq!(client.execute(back, &[]).await.unwrap(), 1);
        }
        past.push((ground.now().await, ground.seen("well", None).await));
    }
    assert!(past.iter().any(|(_, rows)| rows.len() > 4), "something happens");
    for (moment, rows) in &past {
        assert_eq!(&ground.seen("well", Some(AsOf::Time(*moment))).await, rows, "as of {moment}");
    }
}

#[tokio::test]
async fn a_layer_is_seen_as_each_run_left_it() {
    let ground = poles().await;
    let mut left = Vec::new();
    for poles in [&["C1 1.00 1", "C2 2.00 1"][..], &["C2 2.20 1", "C3 3.00 1"], &["C3 3.00 1"]] {
        let run = ground.load(poles, Mode::Replace).await;
        left.push((run, ground.seen("pole", None).await));
    }
    let undone = ground.undo(left[1].0).await;
    assert!(undone.is_err(), "the third run deleted what the second changed");
    let undo = ground.undo(left[2].0).await.unwrap().run.unwrap();
    left.push((undo, left[1].1.clone()));
    for (run, rows) in left {
        let moment = ground.database.database().after_run("pole", run).await.unwrap().unwrap();
        assert_eq!(ground.seen("pole", Some(moment)).await, rows, "after run {run}");
    }
    assert_eq!(ground.database.database().after_run("pole", 99).await.unwrap(), None);
    assert_eq!(ground.database.database().after_run("well", 1).await.unwrap(), None);
}

#[tokio::test]
async fn a_row_that_was_open_and_is_no_more_is_hidden_in_the_past_too() {
    let layer = POLE.replace("owner_agency", "access_class");
    let ground =
        Ground::of(Catalog::new(vec![crate::support::layer(&layer)], AgencyRegister::default())).await;
    ground.load(&["C1 1.00 1", "C2 2.00 1"], Mode::Merge).await;
    let moment = AsOf::Time(ground.now().await);
    ground.database.execute("UPDATE gis.pole SET access_class = 'restricted' WHERE code = 'C1'").await;
    ground.database.execute("DELETE FROM gis.pole WHERE code = 'C2'").await;
    let store = PostgisStore::new(ground.database.database());
    let query = FeatureQuery { as_of: Some(moment), limit: 10, ..FeatureQuery::default() };
    let count = async |class| {
        let view = ground.catalog.view("pole", &Caller::anonymous(class)).unwrap();
        store.count(&view, &query).await.unwrap()
    };
    assert_eq!((count(AccessClass::Restricted).await, count(AccessClass::Open).await), (2, 1));
}
