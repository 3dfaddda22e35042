//! `diaban doctor`: it tells what is amiss and what to do, and touches nothing.

use crate::support::{
    TestDatabase,
    desk::{Desk, Typed},
    served::ROWS,
};
use diaban::store::postgis::{Database, DatabaseTarget};
use serde_json::Value as Json;
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

/// Nothing answers there.
const NOWHERE: &str = "postgres://nobody@127.0.0.1:1/none";

/// What it tells as JSON; what stands there stands in both languages.
fn told(typed: &Typed) -> Json {
    let told: Json =
        serde_json::from_str(&typed.out).unwrap_or_else(|e| panic!("{e}: {}{}", typed.out, typed.err));
    for check in told["checks"].as_array().unwrap() {
        for words in
            [&check["title"], &check["found"], &check["next"]].into_iter().filter(|words| !words.is_null())
        {
            let text = |language: &str| words[language].as_str().unwrap_or_else(|| panic!("{check}"));
            assert!(!text("vi").is_empty() && !text("en").is_empty(), "{check}");
        }
        assert_eq!(check["next"].is_null(), check["state"] == "ok", "what to do next: {check}");
    }
    let wrong = told["checks"].as_array().unwrap().iter().any(|check| check["state"] == "wrong");
    assert_eq!((typed.code, told["state"] == "wrong"), (Some(i32::from(wrong)), wrong), "{told}");
    told
}

/// How it stands with one thing, what was found and what to do.
fn check(told: &Json, name: &str) -> (String, String, String) {
    let checks = told["checks"].as_array().unwrap();
    let check = checks.iter().find(|c| c["check"] == name).unwrap_or_else(|| panic!("no {name} in {told}"));
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    (text(&check["state"]), text(&check["found"]["en"]), text(&check["next"]["en"]))
}

/// A database in use, with snapshots of its layers.
async fn in_use(desk: &Desk) -> TestDatabase {
    let database = TestDatabase::with_catalog(&desk.catalog()).await;
    database.execute(ROWS).await;
    let published = desk.typed(Some(database.url()), &["publish"]).await;
    assert_eq!(published.code, Some(0), "{}", published.err);
    fs::set_permissions(desk.path().join("data"), fs::Permissions::from_mode(0o700)).unwrap();
    database
}

#[tokio::test]
async fn where_all_is_well_it_says_so_in_one_line_each() {
    let desk = Desk::new();
    let database = in_use(&desk).await;
    let all = told(&desk.typed(Some(database.url()), &["doctor", "--json"]).await);
    let names: Vec<&str> =
        all["checks"].as_array().unwrap().iter().map(|c| c["check"].as_str().unwrap()).collect();
    let wanted = [
        "layers",
        "libraries",
        "coordinates_proj",
        "data_folder",
        "disk",
        "audit",
        "database",
        "postgresql",
        "postgis",
        "encoding",
        "time_zone",
        "migrations",
        "rights",
        "coordinates_postgis",
        "tables",
        "change_log",
        "snapshots",
    ];
    assert_eq!(names, wanted);
    let of_this_machine = ["disk", "postgresql"];
    for name in wanted.into_iter().filter(|name| !of_this_machine.contains(name)) {
        assert_eq!(check(&all, name).0, "ok", "{name}: {:?}", check(&all, name));
    }
    assert!(
        check(&all, "snapshots").1.starts_with("4 of 4 layers whole to the byte"),
        "{:?}",
        check(&all, "snapshots")
    );
    assert!(check(&all, "snapshots").1.ends_with("as the database is"), "{:?}", check(&all, "snapshots"));

    let vietnamese = desk.typed(Some(database.url()), &["doctor", "--lang", "vi"]).await;
    assert_eq!(vietnamese.code, Some(0), "{}", vietnamese.out);
    let lines: Vec<&str> = vietnamese.out.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(lines.len(), wanted.len(), "{}", vietnamese.out);
    assert!(vietnamese.out.contains("tốt   cơ sở dữ liệu: trả lời tại"), "{}", vietnamese.out);
    let english = desk.typed(Some(database.url()), &["doctor"]).await.out;
    assert!(english.contains("ok     coordinates through PostGIS: VN-2000 agrees with"), "{english}");

    database.execute("UPDATE gis.well SET depth = 3 WHERE code IN ('W01', 'W02')").await;
    let later = told(&desk.typed(Some(database.url()), &["doctor", "--json"]).await);
    assert!(
        check(&later, "snapshots").1.ends_with("rows changed since they were taken: well (2)"),
        "{later}"
    );
}

#[tokio::test]
async fn without_the_database_it_looks_at_the_rest() {
    let desk = Desk::new();
    let database = in_use(&desk).await;
    let away = told(&desk.typed(Some(NOWHERE), &["doctor", "--json"]).await);
    let (state, found, next) = check(&away, "database");
    assert!(state == "wrong" && found.contains("127.0.0.1:1/none cannot be reached"), "{found}");
    assert!(next.contains("systemctl status postgresql") && next.contains("snapshots"), "{next}");
    assert_eq!(check(&away, "snapshots").0, "ok");
    assert_eq!(check(&away, "coordinates_proj").0, "ok");
    assert!(!away.to_string().contains("\"migrations\""), "{away}");
    let none_wanted = told(&desk.typed(Some(NOWHERE), &["doctor", "--json", "--snapshots-only"]).await);
    assert_ne!(none_wanted["state"], "wrong");

    // A byte of a snapshot is another.
    let file = newest(&desk, "well").join("base.fgb");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    fs::remove_dir_all(desk.path().join("data/snapshot/road")).unwrap();
    for url in [database.url(), NOWHERE] {
        let damaged = desk.typed(Some(url), &["doctor", "--json"]).await;
        assert_eq!(damaged.code, Some(1));
        let damaged = told(&damaged);
        let of = |state: &str| {
            let all = damaged["checks"].as_array().unwrap().iter();
            let found = all.filter(|c| c["check"] == "snapshot" && c["state"] == state);
            found.map(|c| format!("{} {}", c["title"]["en"], c["next"]["en"])).collect::<Vec<_>>().join(";")
        };
        assert!(
            of("wrong").contains("snapshot of well") && of("wrong").contains("diaban publish well"),
            "{damaged}"
        );
        assert!(of("look").contains("snapshot of road"), "{damaged}");
        assert!(check(&damaged, "snapshots").1.starts_with("2 of 4"), "{damaged}");
    }
}

/// The folder of a layer's newest snapshot.
fn newest(desk: &Desk, layer: &str) -> PathBuf {
    let home = desk.path().join("data/snapshot").join(layer);
    let folders = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path());
    folders.filter(|path| path.is_dir()).max().unwrap()
}

#[tokio::test]
async fn what_is_amiss_in_the_database_is_told_with_what_mends_it() {
    let desk = Desk::new();
    let database = in_use(&desk).await;
    database
        .execute(
            "ALTER TABLE gis.well DISABLE TRIGGER diaban_update; ALTER TABLE gis.road ADD COLUMN width int; \
             ALTER TABLE gis.parcel DROP COLUMN area",
        )
        .await;
    let role = format!("only_reads_{}", database.name());
    database
        .execute(&format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA gis, diaban TO {role}; \
             GRANT SELECT ON ALL TABLES IN SCHEMA gis, diaban TO {role}; ALTER ROLE {role} SET timezone = 'America/Lima'"
        ))
        .await;
    let found = told(&desk.typed(Some(database.url()), &["doctor", "--json"]).await);
    let (state, text, next) = check(&found, "change_log");
    assert!(state == "wrong" && text.contains("well") && next.contains("diaban serve"), "{text} {next}");
    let (state, text, next) = check(&found, "tables");
    assert!(state == "wrong" && text.contains("width"), "{text}");
    assert!(next.contains("ALTER TABLE gis.\"road\" DROP COLUMN \"width\""), "{next}");

    database.execute("ALTER TABLE gis.road DROP COLUMN width").await;
    let reader = told(&desk.typed(Some(&database.url_as(&role)), &["doctor", "--json"]).await);
    let (state, text, next) = check(&reader, "rights");
    assert!(state == "look" && text.contains("enough to serve, not to import"), "{text}");
    assert!(next.contains(&format!("TO \"{role}\"")), "{next}");
    assert_eq!(check(&reader, "time_zone").0, "look");
    let (state, text, _) = check(&reader, "tables");
    assert!(state == "look" && text.contains("added the column area"), "{state} {text}");
    database.execute(&format!("REVOKE SELECT ON gis.well FROM {role}")).await;
    let blind = told(&desk.typed(Some(&database.url_as(&role)), &["doctor", "--json"]).await);
    assert!(
        check(&blind, "rights").0 == "wrong" && check(&blind, "rights").1.contains("gis.well"),
        "{blind}"
    );
    database.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;

    database.execute("INSERT INTO diaban.schema_history SELECT 999, name, applied_on, checksum FROM diaban.schema_history LIMIT 1").await;
    let newer = told(&desk.typed(Some(database.url()), &["doctor", "--json"]).await);
    assert!(check(&newer, "migrations").1.contains("version 999"), "{newer}");
}

#[tokio::test]
async fn snapshots_of_what_the_database_is_no_more_are_told() {
    let desk = Desk::new();
    let database = in_use(&desk).await;
    let change = |layer: &str, key: &str, value: &str| {
        let file = newest(&desk, layer).join("manifest.json");
        let mut manifest: Json = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        manifest[key] = value.into();
        fs::write(&file, manifest.to_string()).unwrap();
    };
    // A change that is not there any more, and a timeline that was left.
    change("road", "witness", "1/700/0");
    let timeline = "SELECT system_identifier || '/' || (SELECT oid FROM pg_database WHERE datname = current_database()) \
                    || '/000000FF' FROM pg_control_system()";
    change("well", "database", &database.text(timeline).await.unwrap());
    let found = told(&desk.typed(Some(database.url()), &["doctor", "--json"]).await);
    let (state, text, _) = check(&found, "snapshots");
    let layers = text.split_once("brought back in time: ").map_or("", |(_, layers)| layers);
    assert!(state == "look" && layers.contains("road") && layers.contains("well"), "{text}");
    assert!(!layers.contains("parcel"), "{text}");
}

#[tokio::test]
async fn triggers_of_others_that_write_to_a_layer_after_each_row_are_told() {
    let desk = Desk::new();
    let database = in_use(&desk).await;
    let function = |name: &str, does: &str| {
        format!(
            "CREATE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does}; RETURN NULL; END $$; "
        )
    };
    database
        .execute(&format!(
            "{}{}{}CREATE TRIGGER deepen AFTER INSERT ON gis.well FOR EACH ROW EXECUTE FUNCTION public.deepen(); \
             CREATE TRIGGER count AFTER INSERT ON gis.road FOR EACH ROW EXECUTE FUNCTION public.count_it(); \
             CREATE TRIGGER whole AFTER INSERT ON gis.parcel FOR EACH STATEMENT EXECUTE FUNCTION public.whole()",
            function("deepen", "UPDATE gis.well SET depth = 1 WHERE id = NEW.id"),
            function("count_it", "INSERT INTO public.road_log SELECT 'update gis.roads'"),
            function("whole", "UPDATE gis.parcel SET area = 1")
        ))
        .await;
    let found = told(&desk.typed(Some(database.url()), &["doctor", "--json"]).await);
    let (state, text, next) = check(&found, "change_log");
    assert!(state == "look" && text.ends_with("after each row: deepen (well)"), "{text}");
    assert!(next.contains("BEFORE trigger"), "{next}");
}

#[tokio::test]
async fn it_makes_and_starts_nothing() {
    let desk = Desk::new();
    let none = told(&desk.typed(None, &["doctor", "--json", "--start"]).await);
    assert_eq!(check(&none, "database").0, "look");
    assert!(!desk.path().join("data").exists(), "nothing was made");

    let bare = TestDatabase::bare();
    let found = told(&desk.typed(Some(bare.url()), &["doctor", "--json"]).await);
    assert_eq!((check(&found, "postgis").0, check(&found, "migrations").0), ("look".into(), "look".into()));
    let made = "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname IN ('gis', 'diaban')) \
                + (SELECT count(*) FROM pg_extension WHERE extname = 'postgis')";
    assert_eq!(bare.text(made).await.as_deref(), Some("0"));

    // A private one that does not run is left so, or runs as long as it is looked at.
    let data = desk.path().join("data");
    Database::open(&DatabaseTarget::Private(data.clone())).await.unwrap().close().await;
    let running = || data.join("postgres/postmaster.pid").exists();
    assert!(!running());
    let stopped = told(&desk.typed(None, &["doctor", "--json"]).await);
    let (state, found, next) = check(&stopped, "database");
    assert!(state == "look" && found.contains("does not run") && next.contains("--start"), "{found} {next}");
    assert!(!running());
    let started = told(&desk.typed(None, &["doctor", "--json", "--start"]).await);
    assert_eq!(check(&started, "database").0, "ok");
    assert!(!running(), "it is stopped again");
}

#[tokio::test]
async fn a_layer_file_that_cannot_be_read_hides_nothing_else() {
    let desk = Desk::new();
    fs::write(desk.layers().join("well.toml"), "id = \"well\"\nnonsense").unwrap();
    let found = told(&desk.typed(Some(NOWHERE), &["doctor", "--json"]).await);
    assert!(
        check(&found, "layers").0 == "wrong" && check(&found, "layers").1.contains("well.toml"),
        "{found}"
    );
    assert_ne!(check(&found, "disk").0, "wrong");
}
