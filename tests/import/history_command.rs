//! `diaban history`, `undo` and `export` as they are typed, and the past over HTTP.

use super::{
    modes::{POLE, text},
    *,
};
use crate::support::served::Served;
use diaban::layer::AccessClass;
use std::process::Output;

struct Typed {
    code: Option<i32>,
    out: String,
    err: String,
}

/// A database with the poles, and the program over it.
struct Desk {
    ground: Ground,
    layers: PathBuf,
}

impl Desk {
    async fn new() -> Self {
        let ground =
            Ground::of(Catalog::new(vec![crate::support::layer(POLE)], AgencyRegister::default())).await;
        let layers = ground.folder.path().join("layers");
        fs::create_dir_all(layers.join("shared")).unwrap();
        fs::write(layers.join("pole.toml"), POLE).unwrap();
        let agency = "[[agencies]]\ncode = \"nnmt\"\nnames = [{ vi = \"Sở\", en = \"Department\" }]\n";
        fs::write(layers.join("shared/agencies.toml"), agency).unwrap();
        fs::write(layers.join("shared/attributes.toml"), "attributes = []\n").unwrap();
        Self { ground, layers }
    }

    async fn typed(&self, arguments: &[&str]) -> Typed {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_diaban"));
        command
            .args(arguments)
            .env("DATABASE_URL", self.ground.database.url())
            .env("DIABAN_LAYERS", &self.layers)
            .env("USER", "an")
            .env("LC_ALL", "C.UTF-8")
            .current_dir(self.ground.folder.path());
        let Output { status, stdout, stderr } = command.output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Typed { code: status.code(), out: text(stdout), err: text(stderr) }
    }

    async fn load(&self, poles: &[&str], mode: &str) {
        self.ground.file("poles.geojson", text(poles));
        let loaded =
            self.typed(&["import", "poles.geojson", "--layer", "pole", "--mode", mode, "--yes"]).await;
        assert_eq!(loaded.code, Some(0), "{}", loaded.err);
    }

    async fn export(&self, name: &str, as_of: Option<&str>) -> Vec<u8> {
        let mut arguments = vec!["export", "pole", "--output", name];
        arguments.extend(as_of.iter().flat_map(|moment| ["--as-of", moment]));
        let exported = self.typed(&arguments).await;
        assert_eq!(exported.code, Some(0), "{}", exported.err);
        fs::read(self.ground.folder.path().join(name)).unwrap()
    }
}

#[tokio::test]
async fn a_run_is_told_undone_and_exported() {
    let desk = Desk::new().await;
    desk.load(&["C1 1.00 1", "C2 2.00 1", "C3 3.00 1"], "append").await;
    let before = desk.export("before.fgb", None).await;
    desk.load(&["C1 1.00 1", "C2 2.20 1", "C4 4.00 1"], "replace").await;
    desk.ground
        .database
        .execute("SET application_name = 'QGIS'; INSERT INTO gis.pole (code) VALUES ('C9')")
        .await;
    let told = desk.typed(&["history", "pole"]).await.out;
    let blocks: Vec<&str> = told.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(blocks.len(), 3, "{told}");
    assert!(blocks[0].starts_with("Ngoài / by another tool") && blocks[0].ends_with(", QGIS"), "{told}");
    assert!(blocks[1].starts_with("Lần / run 2  20") && blocks[1].ends_with("  an  replace"), "{told}");
    assert!(told.contains("1 mới / new, 1 sửa / changed, 1 xóa / deleted; 3 đọc / read"), "{told}");
    assert!(told.contains("  EPSG:4326\n  poles.geojson  sha256 "), "{told}");
    let undone = desk.typed(&["undo", "2"]).await;
    assert_eq!(undone.code, Some(0), "{}", undone.err);
    assert!(
        undone.out.contains("1 bỏ ra / removed, 1 trả lại / changed back, 1 khôi phục / brought back"),
        "{}",
        undone.out
    );
    desk.ground.database.execute("DELETE FROM gis.pole WHERE code = 'C9'").await;
    assert!(desk.export("after.fgb", None).await == before, "byte for byte");
    assert!(desk.export("run.fgb", Some("1")).await == before, "as run 1 left it");
    let json = desk.typed(&["history", "pole", "--json"]).await.out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let runs = json["runs"].as_array().unwrap();
    assert_eq!((&runs[0]["mode"], &runs[0]["undoes"]), (&"undo".into(), &2.into()));
    assert_eq!(
        (&runs[1]["undone_by"], &runs[1]["deleted"], &runs[1]["person"]),
        (&3.into(), &1.into(), &"an".into())
    );
    assert_eq!(runs[2]["sha256"][0].as_str().unwrap().len(), 64);
    let again = desk.typed(&["undo", "2"]).await;
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("was taken back by run 3 already"), "{}", again.err);
    assert_eq!(desk.typed(&["undo", "77"]).await.code, Some(2));
}

#[tokio::test]
async fn rehearsals_take_no_number() {
    let desk = Desk::new().await;
    desk.ground.file("poles.geojson", text(&["C1 1.00 1"]));
    let rehearse = ["import", "poles.geojson", "--layer", "pole", "--dry-run"];
    for _ in 0..2 {
        assert_eq!(desk.typed(&rehearse).await.code, Some(0));
    }
    desk.load(&["C1 1.00 1", "C2 2.00 1"], "merge").await;
    assert_eq!(desk.typed(&["undo", "1", "--dry-run"]).await.code, Some(0));
    assert_eq!(desk.typed(&[&rehearse[..], &["--mode", "replace", "--yes"]].concat()).await.code, Some(0));
    desk.load(&["C3 3.00 1"], "merge").await;
    let runs: serde_json::Value =
        serde_json::from_str(&desk.typed(&["history", "pole", "--json"]).await.out).unwrap();
    let numbers: Vec<_> =
        runs["runs"].as_array().unwrap().iter().map(|r| r["run"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [2, 1]);
    let log = "SELECT count(*) FROM diaban.change WHERE import_run < 0";
    assert_eq!(desk.ground.database.text(log).await.as_deref(), Some("0"));
    // One run is told by its number, and of one that is not there, why it may not be.
    let told = desk.typed(&["history", "2"]).await;
    assert!(told.code == Some(0) && told.out.starts_with("Lớp / layer pole\nLần / run 2  "), "{}", told.out);
    for command in ["history", "undo"] {
        let told = desk.typed(&[command, "9"]).await;
        assert!(told.code != Some(0) && told.err.contains("there is no run 9. Rehearsals"), "{}", told.err);
    }
}

#[tokio::test]
async fn a_run_keeps_what_was_delivered_by_whom_and_how_it_was_read() {
    use diaban::legacy_text::{Encoding, encode};
    use sha2::Digest as _;
    let desk = Desk::new().await;
    let ground = &desk.ground;
    // Poles in a plane of VN-2000 with a column in TCVN3, as a Shapefile of several parts.
    let pole = |i: usize| {
        let code = format!("C{i}{}", "x".repeat(encode("Đức Hòa", Encoding::Tcvn3).unwrap().len()));
        feature(
            &point(560_000.0 + i as f64 * 100.0, 1_170_000.0),
            &format!(r#"{{"code":"{code}","height_m":4}}"#),
        )
    };
    let json = ground.file("cot.json", collection(&(0..3).map(pole).collect::<Vec<_>>()));
    let shp = ground.converted(&json, "cot_dien.shp", "ESRI Shapefile", &["-a_srs", "EPSG:9210"]);
    let (dbf, name) = (shp.with_extension("dbf"), encode("Đức Hòa", Encoding::Tcvn3).unwrap());
    let mut bytes = fs::read(&dbf).unwrap();
    for at in 0..bytes.len() - name.len() {
        if bytes[at..].starts_with("x".repeat(name.len()).as_bytes()) {
            bytes[at..at + name.len()].copy_from_slice(&name);
        }
    }
    fs::write(&dbf, bytes).unwrap();
    let _ = fs::remove_file(shp.with_extension("cpg"));
    let loaded = desk.typed(&["import", "cot_dien.shp", "--layer", "pole", "--mode", "append"]).await;
    assert_eq!(loaded.code, Some(0), "{}{}", loaded.out, loaded.err);
    assert_eq!(desk.typed(&["undo", "1"]).await.code, Some(0));

    let json: serde_json::Value =
        serde_json::from_str(&desk.typed(&["history", "pole", "--json"]).await.out).unwrap();
    let (undo, run) = (&json["runs"][0], &json["runs"][1]);
    let sum = |ending: &str| {
        let bytes = sha2::Sha256::digest(fs::read(shp.with_extension(ending)).unwrap());
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    for (at, ending) in ["shp", "dbf", "shx", "prj"].iter().enumerate() {
        assert_eq!(run["files"][at], format!("cot_dien.{ending}"), "{run}");
        assert_eq!(run["sha256"][at], sum(ending), "{run}");
    }
    assert_eq!(run["files"].as_array().unwrap().len(), 4, "{run}");
    assert_eq!((&run["crs"], &run["operation"]), (&"EPSG:9210".into(), &crs::OPERATION.into()), "{run}");
    assert_eq!(run["settings"]["encodings"]["code"], "TCVN3 (ABC)", "{run}");
    assert_eq!((&run["person"], &run["mode"]), (&"an".into(), &"append".into()), "{run}");
    assert_eq!((&run["new"], &run["read"], &run["refused"]), (&3.into(), &3.into(), &0.into()), "{run}");
    assert!(run["started_at"].is_string() && run["finished_at"].is_string(), "{run}");
    assert_eq!((&run["undone_by"], &undo["undoes"], &undo["person"]), (&2.into(), &1.into(), &"an".into()));
    assert_eq!((&undo["mode"], &undo["deleted"]), (&"undo".into(), &3.into()), "{undo}");
}

#[tokio::test]
async fn an_export_is_a_file_that_others_read() {
    let desk = Desk::new().await;
    desk.load(&["C1 1.00 1", "C2 2.00 1"], "merge").await;
    desk.load(&["C1 1.50 1"], "replace").await;
    for name in ["a.geojson", "a.csv", "a.fgb", "a.gpkg", "a.xlsx"] {
        desk.export(name, Some("1")).await;
        let told =
            Command::new("ogrinfo").args(["-ro", "-al"]).arg(desk.ground.folder.path().join(name)).output();
        let told = String::from_utf8(told.unwrap().stdout).unwrap();
        assert!(told.contains("C1") && told.contains("C2") && !told.contains("1.5\n"), "{name}: {told}");
    }
    for (arguments, why) in [
        (&["export", "pole", "--output", "a.shp"][..], "none of geojson"),
        (&["export", "pole", "--output", "a.csv", "--as-of", "9"], "has no run 9"),
        (&["export", "pole", "--output", "a.csv", "--as-of", "hôm qua"], "is no moment"),
        (&["export", "poles", "--output", "a.csv"], "There are: pole"),
        (&["history", "poles"], "There are: pole"),
    ] {
        let refused = desk.typed(arguments).await;
        assert_ne!(refused.code, Some(0));
        assert!(refused.err.contains(why), "{arguments:?}: {}", refused.err);
    }
}

#[tokio::test]
async fn items_and_downloads_are_seen_as_they_were() {
    let served = Served::over(vec![crate::support::layer(POLE)], AccessClass::Open).await;
    let db = &served.database;
    db.execute("INSERT INTO gis.pole (code, height_m, geom) VALUES ('C1', 1, 'SRID=4326;POINT(106 11)')")
        .await;
    let moment = db
        .text("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        .await;
    let moment = moment.unwrap();
    db.execute("UPDATE gis.pole SET height_m = 2, geom = 'SRID=4326;POINT(107 12)'").await;
    db.execute("INSERT INTO gis.pole (code, height_m, geom) VALUES ('C2', 5, 'SRID=4326;POINT(106 11)')")
        .await;
    let heights = async |path: &str| {
        let features = served.json(path).await["features"].as_array().unwrap().clone();
        features.iter().map(|f| f["properties"]["height_m"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(heights("/collections/pole/items").await, [2.0, 5.0]);
    assert_eq!(heights(&format!("/collections/pole/items?as_of={moment}")).await, [1.0]);
    assert_eq!(
        heights(&format!("/collections/pole/items?as_of={moment}&bbox=105,10,106.5,11.5")).await,
        [1.0]
    );
    assert_eq!(
        heights(&format!("/collections/pole/items?as_of={moment}&filter=height_m%3E1")).await,
        [0.0; 0]
    );
    assert_eq!(heights(&format!("/collections/pole/download?as_of={moment}")).await, [1.0]);
    assert_eq!(heights("/collections/pole/items?as_of=2000-01-01").await, [0.0; 0]);
    assert_eq!(heights("/collections/pole/items?as_of=2999-01-01").await, [2.0, 5.0]);
    let one = served.json(&format!("/collections/pole/items/1?as_of={moment}")).await;
    assert_eq!(one["geometry"]["coordinates"][0], 106.0);
    // `datetime` is about when features are valid, and so something else.
    assert_eq!(heights("/collections/pole/items?datetime=2000-01-01").await, [2.0, 5.0]);
    let text = served.get("/collections/pole/items?as_of=yesterday").await.problem(400);
    assert!(text.contains("is no moment"), "{text}");
}
