//! Every change of a row is noted, whichever tool makes it, so that maps can follow, history can
//! be seen and a run can be taken back.

use crate::support::{TestDatabase, connect, layer};
use futures_util::{StreamExt, stream};
use std::time::Duration;
use tokio_postgres::{AsyncMessage, Client, NoTls};

const PARCEL: &str = r#"
    id = "parcel"
    title = { vi = "Thửa đất", en = "Parcels" }
    group = "administration"
    agency = "sonnmt"
    item = "1.1.1"
    geometry = ["Point", "Polygon"]
    key = ["code"]
    access = "open"
    zoom = { min = 8, max = 16 }
    generalise = { rule = "merge" }
    attributes = [
        { name = "code", type = "text", max_length = 20, title = { vi = "Mã", en = "Code" } },
        { name = "use", type = "text", title = { vi = "Mục đích", en = "Use" } },
        { name = "area", type = "number", precision = 12, scale = 2, title = { vi = "Diện tích", en = "Area" } },
        { name = "ratio", type = "number", title = { vi = "Tỷ lệ", en = "Ratio" } },
        { name = "tags", type = "text_list", title = { vi = "Nhãn", en = "Tags" } },
        { name = "seen_at", type = "timestamp", title = { vi = "Lúc", en = "Seen" } },
    ]
"#;

async fn parcels() -> TestDatabase {
    TestDatabase::with_layers(vec![layer(PARCEL)]).await
}

/// Adds parcels `P1` to `Pn`, in one statement.
fn insert(n: u32) -> String {
    format!(
        "INSERT INTO gis.parcel (code, use, area, ratio, tags, seen_at, geom) \
         SELECT 'P' || i, 'LUC', i + 0.50, i / 7.0, ARRAY['a', NULL, 'b' || i], \
                '2026-01-01 00:00:00.123456+07'::timestamptz + i * interval '1 hour', \
                ST_SetSRID(ST_MakePoint(106 + i * 1e-7, 11), 4326) FROM generate_series(1, {n}) i;"
    )
}

/// What the log holds, a line per statement and per old row, oldest first.
async fn log(db: &TestDatabase) -> Vec<String> {
    let client = db.client().await;
    let mut lines = Vec::new();
    let changes = "SELECT id, concat_ws(' ', layer, inserted::text, '+' || rows_inserted, '~' || rows_updated, \
                   '-' || rows_deleted) FROM diaban.change ORDER BY id";
    for change in client.query(changes, &[]).await.unwrap() {
        lines.push(change.get(1));
        let rows = "SELECT concat_ws(' ', CASE WHEN deleted THEN 'was' ELSE 'had' END, feature_id, \
                    attributes->>'code', attributes->>'use', coalesce(ST_AsText(geom), '=')) \
                    FROM diaban.old_row WHERE change_id = $1 ORDER BY feature_id";
        let old = client.query(rows, &[&change.get::<_, i64>(0)]).await.unwrap();
        lines.extend(old.iter().map(|row| row.get::<_, String>(0)));
    }
    lines
}

/// The layer as text, exact to the byte.
async fn contents(db: &TestDatabase) -> Option<String> {
    db.text("SELECT string_agg(p::text, E'\\n' ORDER BY id) FROM gis.parcel p").await
}

#[tokio::test]
async fn each_kind_of_change_is_noted() {
    let db = parcels().await;
    db.execute(&insert(3)).await;
    db.execute("UPDATE gis.parcel SET use = 'ONT' WHERE id = 1").await;
    db.execute("UPDATE gis.parcel SET geom = 'SRID=4326;POINT(1 2)' WHERE id = 2").await;
    db.execute("DELETE FROM gis.parcel WHERE id = 3").await;
    db.execute("TRUNCATE gis.parcel").await;
    assert_eq!(
        log(&db).await,
        [
            "parcel {[1,4)} +3 ~0 -0",
            "parcel +0 ~1 -0",
            "had 1 P1 LUC =",
            "parcel +0 ~1 -0",
            "had 2 P2 LUC POINT(106.0000002 11)",
            "parcel +0 ~0 -1",
            "was 3 P3 LUC POINT(106.0000003 11)",
            "parcel +0 ~0 -2",
            "was 1 P1 ONT POINT(106.0000001 11)",
            "was 2 P2 LUC POINT(1 2)",
        ]
    );
}

#[tokio::test]
async fn a_bulk_load_is_one_range() {
    let db = parcels().await;
    db.execute(&insert(100_000)).await;
    assert_eq!(log(&db).await, ["parcel {[1,100001)} +100000 ~0 -0"]);
}

#[tokio::test]
async fn copy_is_noted_too() {
    let db = parcels().await;
    let client = db.client().await;
    let sink = client.copy_in::<_, bytes::Bytes>("COPY gis.parcel (code) FROM STDIN").await.unwrap();
    let mut sink = std::pin::pin!(sink);
    futures_util::SinkExt::send(&mut sink, bytes::Bytes::from_static(b"A\nB\n")).await.unwrap();
    sink.finish().await.unwrap();
    assert_eq!(log(&db).await, ["parcel {[1,3)} +2 ~0 -0"]);
}

#[tokio::test]
async fn an_update_that_changes_nothing_is_not_noted() {
    let db = parcels().await;
    db.execute(&insert(2)).await;
    let before = contents(&db).await;
    db.execute("UPDATE gis.parcel SET use = 'LUC', geom = geom").await;
    db.execute("UPDATE gis.parcel SET use = 'X' WHERE false; DELETE FROM gis.parcel WHERE false").await;
    assert_eq!(log(&db).await.len(), 1);
    assert_eq!(contents(&db).await, before, "updated_at stays");
    // Of two rows touched, the one that changes is noted.
    db.execute("UPDATE gis.parcel SET use = CASE id WHEN 1 THEN 'ONT' ELSE use END").await;
    assert_eq!(log(&db).await[1..], ["parcel +0 ~1 -0", "had 1 P1 LUC ="]);
}

#[tokio::test]
async fn upserts_keep_ids_and_note_what_came_and_what_changed() {
    let db = parcels().await;
    db.execute(&insert(3)).await;
    db.execute(
        "INSERT INTO gis.parcel (code, use) VALUES ('P1', 'LUC'), ('P2', 'ONT'), ('P9', 'CLN') \
         ON CONFLICT (code) DO UPDATE SET use = EXCLUDED.use WHERE parcel.use IS DISTINCT FROM EXCLUDED.use",
    )
    .await;
    let ids =
        db.text("SELECT string_agg(code || '=' || id, ' ' ORDER BY code) FROM gis.parcel").await.unwrap();
    assert!(ids.starts_with("P1=1 P2=2 P3=3 P9="), "{ids}");
    let mut lines = log(&db).await.split_off(1);
    lines.sort();
    assert_eq!(lines, ["had 2 P2 LUC =", "parcel +0 ~1 -0", "parcel {[6,7)} +1 ~0 -0"]);
}

#[tokio::test]
async fn merge_with_all_its_branches_is_noted() {
    let db = parcels().await;
    db.execute(&insert(3)).await;
    db.execute(
        "MERGE INTO gis.parcel p USING (VALUES ('P1', 'ONT'), ('P2', NULL), ('N', 'CLN')) s (code, use) ON p.code = s.code \
         WHEN MATCHED AND s.use IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET use = s.use \
         WHEN NOT MATCHED THEN INSERT (code, use) VALUES (s.code, s.use)",
    )
    .await;
    let mut lines = log(&db).await.split_off(1);
    lines.sort();
    let was = "was 2 P2 LUC POINT(106.0000002 11)";
    assert_eq!(
        lines,
        ["had 1 P1 LUC =", "parcel +0 ~0 -1", "parcel +0 ~1 -0", "parcel {[4,5)} +1 ~0 -0", was]
    );
}

#[tokio::test]
async fn a_changed_id_is_one_row_gone_and_another_come() {
    let db = parcels().await;
    db.execute(&insert(2)).await;
    db.execute("UPDATE gis.parcel SET id = 70 WHERE id = 2").await;
    assert_eq!(log(&db).await[1..], ["parcel {[70,71)} +1 ~0 -1", "was 2 P2 LUC POINT(106.0000002 11)"]);
}

#[tokio::test]
async fn changes_belong_to_the_run_that_made_them() {
    let db = parcels().await;
    let run = db.text("INSERT INTO diaban.import_run (layer) VALUES ('parcel') RETURNING id").await.unwrap();
    db.execute(&format!(
        "BEGIN; SET LOCAL diaban.import_run = {run}; {} COMMIT; UPDATE gis.parcel SET use = 'x'",
        insert(1)
    ))
    .await;
    let runs = db
        .text("SELECT string_agg(coalesce(import_run::text, 'none'), ' ' ORDER BY id) FROM diaban.change")
        .await;
    assert_eq!(runs.unwrap(), format!("{run} none"));
    let nobody = "BEGIN; SET LOCAL diaban.import_run = 999; DELETE FROM gis.parcel; COMMIT";
    assert!(db.client().await.batch_execute(nobody).await.is_err(), "a run that does not exist");
}

#[tokio::test]
async fn what_is_rolled_back_was_never_noted() {
    let db = parcels().await;
    db.execute(&format!("BEGIN; {} ROLLBACK", insert(5))).await;
    assert_eq!(log(&db).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_time_of_the_last_change_is_kept() {
    let db = parcels().await;
    db.execute(&insert(2)).await;
    db.execute("UPDATE gis.parcel SET updated_at = '2020-01-01' WHERE id = 1").await;
    db.execute("UPDATE gis.parcel SET use = use WHERE id = 1").await;
    let seen = "SELECT (updated_at = '2020-01-01')::text FROM gis.parcel WHERE id = 1";
    assert_eq!(db.text(seen).await.unwrap(), "true", "what the tool set stays, and no change is no change");
    db.execute("UPDATE gis.parcel SET use = 'ONT' WHERE id = 1").await;
    let recent = "SELECT (updated_at > now() - interval '1 minute')::text FROM gis.parcel WHERE id = 1";
    assert_eq!(db.text(recent).await.unwrap(), "true");
}

/// Takes everything back, newest first, as `diaban undo` will.
const TAKE_BACK: &str = "
DO $$
DECLARE c record;
BEGIN
    FOR c IN SELECT * FROM diaban.change WHERE layer = 'parcel' AND id > (SELECT first FROM taken) ORDER BY id DESC LOOP
        DELETE FROM gis.parcel WHERE c.inserted @> id;
        INSERT INTO gis.parcel
        SELECT (jsonb_populate_record(NULL::gis.parcel, attributes || jsonb_build_object('id', feature_id))).*
        FROM diaban.old_row WHERE change_id = c.id AND deleted;
        UPDATE gis.parcel p SET geom = o.geom FROM diaban.old_row o
        WHERE o.change_id = c.id AND o.feature_id = p.id AND o.geom_changed;
        UPDATE gis.parcel p SET code = r.code, use = r.use, area = r.area, ratio = r.ratio, tags = r.tags,
               seen_at = r.seen_at, updated_at = r.updated_at
        FROM diaban.old_row o, jsonb_populate_record(NULL::gis.parcel, o.attributes) r
        WHERE o.change_id = c.id AND o.feature_id = p.id;
    END LOOP;
END $$;";

#[tokio::test]
async fn the_log_leads_back_to_every_earlier_state_exactly() {
    let db = parcels().await;
    db.execute(&insert(50)).await;
    db.execute("UPDATE gis.parcel SET geom = ST_SetSRID(ST_MakePoint(1.0/3, 2.0/3), 4326), ratio = 'NaN' WHERE id % 5 = 0").await;
    db.execute("UPDATE gis.parcel SET tags = ARRAY['quote\"', 'back\\slash', 'tiếng Việt'], seen_at = 'infinity', area = NULL WHERE id = 7").await;
    let edits = [
        "UPDATE gis.parcel SET use = 'ONT', area = area * 2 WHERE id % 3 = 0",
        "DELETE FROM gis.parcel WHERE id % 7 = 0",
        "INSERT INTO gis.parcel (id, code) VALUES (7, 'again')",
        "UPDATE gis.parcel SET id = id + 1000 WHERE id < 5",
        "UPDATE gis.parcel SET geom = NULL WHERE id % 2 = 0",
        "UPDATE gis.parcel SET geom = 'SRID=4326;POINT(0 0)', ratio = 1e-300",
        "TRUNCATE gis.parcel",
        "INSERT INTO gis.parcel (code, geom) VALUES ('last', 'SRID=4326;POLYGON((0 0,1 0,1 1,0 0))')",
    ];
    let before = contents(&db).await.unwrap();
    db.execute("CREATE TABLE taken AS SELECT max(id) AS first FROM diaban.change").await;
    for edit in edits {
        db.execute(edit).await;
    }
    assert_ne!(contents(&db).await.unwrap(), before);
    db.execute(TAKE_BACK).await;
    assert_eq!(contents(&db).await.unwrap(), before);
}

#[tokio::test]
async fn a_reader_by_snapshot_misses_nothing_that_commits_late() {
    let db = parcels().await;
    let (slow, quick, reader) = (db.client().await, db.client().await, db.client().await);
    slow.batch_execute("BEGIN; INSERT INTO gis.parcel (code) VALUES ('slow')").await.unwrap();
    quick.batch_execute("INSERT INTO gis.parcel (code) VALUES ('quick')").await.unwrap();

    let (first, seen) = changes_after(&reader, None).await;
    assert_eq!(seen, ["{[2,3)}"]);
    slow.batch_execute("COMMIT").await.unwrap();
    let (second, seen) = changes_after(&reader, Some(&first)).await;
    assert_eq!(seen, ["{[1,2)}"], "its number is smaller than one that was read before");
    assert_eq!(changes_after(&reader, Some(&second)).await.1, Vec::<String>::new());
}

/// The snapshot of now, and what it shows that `last` did not.
async fn changes_after(reader: &Client, last: Option<&str>) -> (String, Vec<String>) {
    reader.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await.unwrap();
    let now: String = reader.query_one("SELECT pg_current_snapshot()::text", &[]).await.unwrap().get(0);
    let rows = reader
        .query(
            "SELECT inserted::text FROM diaban.change WHERE $1::text IS NULL OR \
             (xact >= pg_snapshot_xmin($1::text::pg_snapshot) AND NOT pg_visible_in_snapshot(xact, $1::text::pg_snapshot)) \
             ORDER BY id",
            &[&last],
        )
        .await
        .unwrap();
    reader.batch_execute("COMMIT").await.unwrap();
    (now, rows.iter().map(|row| row.get(0)).collect())
}

#[tokio::test]
async fn a_listener_is_told_the_layer_at_commit() {
    let db = parcels().await;
    let (client, mut connection) = tokio_postgres::connect(db.url(), NoTls).await.unwrap();
    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut messages = stream::poll_fn(move |cx| connection.poll_message(cx));
        while let Some(Ok(message)) = messages.next().await {
            if let AsyncMessage::Notification(note) = message {
                sender.send(note.payload().to_owned()).unwrap();
            }
        }
    });
    client.batch_execute("LISTEN diaban_change").await.unwrap();
    let editor = db.client().await;
    editor.batch_execute(&format!("BEGIN; {}", insert(10))).await.unwrap();
    editor.batch_execute("UPDATE gis.parcel SET use = 'ONT'").await.unwrap();
    client.batch_execute("SELECT 1").await.unwrap();
    assert!(told.try_recv().is_err(), "not before the commit");
    editor.batch_execute("COMMIT").await.unwrap();
    let first = tokio::time::timeout(Duration::from_secs(10), told.recv()).await.unwrap();
    assert_eq!(first.as_deref(), Some("parcel"));
    client.batch_execute("SELECT 1").await.unwrap();
    assert!(told.try_recv().is_err(), "once for both statements");
}

#[tokio::test]
async fn an_editor_needs_no_right_to_the_log_and_has_none() {
    let db = parcels().await;
    let role = format!("{}_editor", db.name());
    db.execute(&format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA gis, diaban TO {role}; \
         GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON gis.parcel TO {role}"
    ))
    .await;
    let editor = connect(&db.url_as(&role)).await;
    editor.batch_execute("SET search_path = public").await.unwrap();
    editor.batch_execute(&insert(1)).await.unwrap();
    editor.batch_execute("UPDATE gis.parcel SET use = 'x'; DELETE FROM gis.parcel").await.unwrap();
    editor.batch_execute("TRUNCATE gis.parcel").await.unwrap();
    assert!(editor.batch_execute("DELETE FROM diaban.change").await.is_err());
    let people =
        db.text("SELECT string_agg(DISTINCT person, ' ') || count(*) FROM diaban.change").await.unwrap();
    db.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    assert_eq!(people, format!("{role}3"));
}

#[tokio::test]
async fn a_column_added_later_is_in_the_log() {
    let db = parcels().await;
    let editor = db.client().await;
    editor.batch_execute(&insert(2)).await.unwrap();
    editor.batch_execute("UPDATE gis.parcel SET use = 'a'").await.unwrap();
    let mut wider = layer(PARCEL);
    wider
        .attributes
        .push(toml::from_str("name = 'note'\ntype = 'text'\ntitle = { vi = 'x', en = 'x' }").unwrap());
    db.database().prepare(&diaban::layer::Catalog::new(vec![wider], Default::default())).await.unwrap();
    editor
        .batch_execute("UPDATE gis.parcel SET note = 'here'; UPDATE gis.parcel SET note = 'gone'")
        .await
        .unwrap();
    let notes = db.text("SELECT string_agg(attributes->>'note', ' ') FROM diaban.old_row").await;
    assert_eq!(notes.unwrap(), "here here");
}

#[tokio::test]
async fn no_attributes_name_is_in_the_way() {
    let mut odd = layer(PARCEL);
    for name in ["o", "n", "a", "before", "after", "old", "new", "noted", "change", "run", "order", "first"] {
        let text = format!("name = '{name}'\ntype = 'text'\ntitle = {{ vi = 'x', en = 'x' }}");
        odd.attributes.push(toml::from_str(&text).unwrap());
    }
    let db = TestDatabase::with_layers(vec![odd]).await;
    db.execute(&insert(3)).await;
    db.execute("UPDATE gis.parcel SET o = 'x', old = 'y', \"order\" = 'z'").await;
    db.execute(
        "UPDATE gis.parcel SET id = id + 10; DELETE FROM gis.parcel WHERE id = 11; TRUNCATE gis.parcel",
    )
    .await;
    let noted = "SELECT string_agg(attributes->>'order', '') || count(*) FROM diaban.old_row";
    assert_eq!(db.text(noted).await.unwrap(), "zzzzzz9");
}

#[tokio::test]
async fn a_trigger_that_was_switched_off_is_switched_on() {
    let db = parcels().await;
    db.execute("ALTER TABLE gis.parcel DISABLE TRIGGER ALL").await;
    let layers = diaban::layer::Catalog::new(vec![layer(PARCEL)], Default::default());
    let done = db.database().prepare(&layers).await.unwrap().join("\n");
    assert!(done.contains("diaban_insert on: changes were not noted"), "{done}");
    db.execute(&insert(1)).await;
    assert_eq!(log(&db).await.len(), 1);
}

#[tokio::test]
async fn sessions_that_replay_changes_are_noted_also_where_the_triggers_are_older() {
    let db = parcels().await;
    for name in ["insert", "update", "delete", "truncate"] {
        db.execute(&format!("ALTER TABLE gis.parcel ENABLE TRIGGER diaban_{name}")).await;
    }
    let layers = diaban::layer::Catalog::new(vec![layer(PARCEL)], Default::default());
    let done = db.database().prepare(&layers).await.unwrap();
    assert_eq!(done.len(), 4, "{done:?}");
    assert!(db.database().prepare(&layers).await.unwrap().is_empty(), "once");
    let edits = "UPDATE gis.parcel SET use = 'ONT'; DELETE FROM gis.parcel WHERE id = 1; TRUNCATE gis.parcel";
    db.execute(&format!("SET session_replication_role = replica; {} {edits}", insert(2))).await;
    let noted = log(&db).await.into_iter().filter(|line| line.starts_with("parcel")).collect::<Vec<_>>();
    assert_eq!(noted, ["parcel {[1,3)} +2 ~0 -0", "parcel +0 ~2 -0", "parcel +0 ~0 -1", "parcel +0 ~0 -1"]);
}
