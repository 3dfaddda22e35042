//! `diaban import` as it is typed: what it prints, how it ends, and that a refusal changes nothing.

use super::*;
use std::process::{Output, Stdio};

/// A layer folder of the wells and plots, for a program that knows nothing else.
pub fn layers(folder: &Path) -> PathBuf {
    let layers = folder.join("layers");
    fs::create_dir_all(layers.join("shared")).unwrap();
    for layer in LAYERS {
        let id = layer.split('"').nth(1).unwrap();
        fs::write(layers.join(format!("{id}.toml")), layer).unwrap();
    }
    let agency = "[[agencies]]\ncode = \"nnmt\"\nnames = [{ vi = \"Sở\", en = \"Department\" }]\n";
    fs::write(layers.join("shared/agencies.toml"), agency).unwrap();
    fs::write(layers.join("shared/attributes.toml"), "attributes = []\n").unwrap();
    layers
}

pub struct Typed {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Typed {
    /// What comes of a command.
    pub async fn of(command: &mut tokio::process::Command) -> Self {
        let Output { status, stdout, stderr } = command.output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: status.code(), out: text(stdout), err: text(stderr) }
    }
}

impl Ground {
    pub async fn typed(&self, arguments: &[&str]) -> Typed {
        Typed::of(&mut self.command(arguments)).await
    }

    pub fn command(&self, arguments: &[&str]) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_diaban"));
        command
            .arg("import")
            .args(arguments)
            .env("DATABASE_URL", self.database.url())
            .env("DIABAN_LAYERS", layers(self.folder.path()))
            .env("LC_ALL", "C.UTF-8")
            .current_dir(self.folder.path());
        command
    }
}

#[tokio::test]
async fn a_good_file_is_loaded_and_summed_up() {
    let ground = Ground::new().await;
    let plots: Vec<String> = (0..4)
        .map(|i| {
            feature(
                &square(550_000.0 + f64::from(i) * 2e3, 1.17e6, 1000.0),
                &format!(r#"{{"code":"P{i}","màu":"x"}}"#),
            )
        })
        .collect();
    ground.file("plots.geojson", collection(&plots));
    let rehearsal =
        ground.typed(&["plots.geojson", "--layer", "plot", "--crs", "EPSG:9210", "--dry-run"]).await;
    assert_eq!(rehearsal.code, Some(0), "{}", rehearsal.err);
    assert!(
        rehearsal.out.contains("4 of 4 (4 new") && rehearsal.out.contains("nothing was kept"),
        "{}",
        rehearsal.out
    );
    assert_eq!(ground.count("plot").await, 0);
    let done = ground.typed(&["plots.geojson", "--layer", "plot", "--crs", "9210"]).await;
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    for part in [
        "4 rows",
        "4 of 4 (4 new, 0 changed, 0 unchanged)",
        "0 rows",
        "400.0000 ha in EPSG:9210",
        "màu",
        "EPSG:6960",
    ] {
        assert!(done.out.contains(part), "{part}: {}", done.out);
    }
    assert_eq!(ground.count("plot").await, 4);
}

#[tokio::test]
async fn each_bad_file_is_told_with_row_and_reason_and_changes_nothing() {
    let ground = Ground::new().await;
    let plot = |geometry: &str, properties: &str| {
        collection(&[feature(&square(106.4, 10.5, 0.01), r#"{"code":"A"}"#), feature(geometry, properties)])
    };
    let good = plot(&square(106.5, 10.5, 0.01), r#"{"code":"B"}"#);
    // Its middle is gone round twice.
    let twice = r#"{"type":"Polygon","coordinates":[[[106.4,10.5],[106.46,10.5],[106.46,10.54],[106.42,10.54],[106.42,10.48],[106.44,10.48],[106.44,10.56],[106.4,10.56],[106.4,10.5]]]}"#;
    ground.file("name.shp", &good);
    ground.file("empty.geojson", "");
    ground.file("cut.geojson", &good[..good.len() - 40]);
    ground.file("no_geometry.csv", "code,note\nA,b\n");
    ground.file("no_rows.geojson", collection(&[]));
    ground.file("no_key.geojson", good.replace("\"code\"", "\"so\""));
    ground.file("crossed.geojson", plot(twice, r#"{"code":"B"}"#));
    ground.file("nul.geojson", plot(&square(106.5, 10.5, 0.01), r#"{"code":"B","note":"a\u0000b"}"#));
    ground.file("twice.geojson", plot(&square(106.5, 10.5, 0.01), r#"{"code":"A"}"#));
    let cases: [(&str, &[&str]); 10] = [
        ("none.geojson", &["no such file"]),
        ("name.shp", &["is named as a Shapefile and is not one", "JSON"]),
        ("empty.geojson", &["is empty"]),
        ("cut.geojson", &["cut short", "after row 1"]),
        ("no_geometry.csv", &["has no geometry", "code, note"]),
        ("no_rows.geojson", &["holds no rows"]),
        ("no_key.geojson", &["code (Mã)", "The file's columns are: so", "--map"]),
        ("crossed.geojson", &["row 2, B", "crosses itself", " E, 10.5"]),
        ("nul.geojson", &["row 2, B", "note", "NUL"]),
        ("twice.geojson", &["row 2, A", "rows 1, 2"]),
    ];
    for (name, parts) in cases {
        let told = ground.typed(&[name, "--layer", "plot"]).await;
        assert_eq!(told.code, Some(1), "{name}: {} {}", told.out, told.err);
        assert!(told.err.contains(name), "{name}: {}", told.err);
        for part in parts {
            assert!(told.err.contains(part), "{name}: {part}: {}", told.err);
        }
        assert_eq!(ground.count("plot").await, 0, "{name}");
    }
}

#[tokio::test]
async fn wrong_usage_ends_with_2() {
    let ground = Ground::new().await;
    ground.file("a.csv", "code,lon,lat\nA,106.4,10.5\n");
    for arguments in [
        &["--layer", "well"][..],
        &["a.csv"],
        &["a.csv", "--layer", "nope"],
        &["a.csv", "--layer", "well", "--crs", "EPSG:6957"],
        &["a.csv", "--layer", "well", "--crs", "VN2000"],
        &["a.csv", "--layer", "well", "--set", "depth_m=deep"],
        &["a.csv", "--layer", "well", "--set", "nope=1"],
        &["a.csv", "--layer", "well", "--map", "code"],
        &["a.csv", "--layer", "well", "--map", "nope=code"],
        &["a.csv", "--layer", "well", "--report", "loi.txt"],
        &["a.csv", "--layer", "well", "--report", "nowhere/loi.csv"],
        &["a.csv", "--layer", "well", "--max-refused", "few"],
    ] {
        let told = ground.typed(arguments).await;
        assert_eq!(told.code, Some(2), "{arguments:?}: {}", told.err);
        assert!(!told.err.is_empty(), "{arguments:?}");
    }
    assert_eq!(ground.count("well").await, 0);
}

#[tokio::test]
async fn all_findings_are_written_where_only_20_are_shown() {
    let ground = Ground::new().await;
    let mut text = String::from("code,depth_m,lon,lat\n");
    for i in 0..50 {
        let _ = writeln!(text, "G{i},-1,106.4,10.5");
    }
    ground.file("deep.csv", text);
    let told = ground.typed(&["deep.csv", "--layer", "well", "--report", "found.csv"]).await;
    assert_eq!(told.code, Some(1));
    assert_eq!(told.err.lines().filter(|l| l.contains("above 0 m")).count(), 20, "{}", told.err);
    assert!(told.err.contains("and 30 more"), "{}", told.err);
    assert!(
        told.out.contains("Từ chối / refused: 50 rows") && told.out.contains("Nothing was loaded"),
        "{}",
        told.out
    );
    let report = fs::read_to_string(ground.folder.path().join("found.csv")).unwrap();
    assert_eq!(report.lines().count(), 51);
    assert!(
        report.lines().nth(50).unwrap().contains(",51,\"G49\",\"depth_m\",\"depth_m\",error,domain,\"-1\","),
        "{report}"
    );
}

#[tokio::test]
async fn what_was_done_to_read_a_sheet_is_told() {
    let ground = Ground::new().await;
    ground.file("g.csv", "SỞ NÔNG NGHIỆP,,\nBảng 1,,\ncode,cột 2,cột 3\nA,106.4,10.5\n");
    let asked = ["g.csv", "--layer", "well", "--header-row", "3", "--map", "cột 2=lon", "--map", "cột 3=lat"];
    let told = ground.typed(&asked).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.out.contains("note: rows 1-2 stand above the heading, taken for titles"), "{}", told.out);
    let told = ground.typed(&["--help"]).await;
    assert!(told.out.contains("--header-row") && told.out.contains("lon, lat, easting"), "{}", told.out);
}

#[tokio::test]
async fn scripts_read_the_whole_report_as_json() {
    let ground = Ground::new().await;
    ground.file("g.csv", "code,depth_m,lon,lat\nA,12,106.4,10.5\nB,-1,106.4,10.5\n");
    let told = ground
        .typed(&["g.csv", "--layer", "well", "--json", "--report", "loi.json", "--max-refused", "50%"])
        .await;
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{}", told.out);
    let report: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!((&report["outcome"], &report["rows"]["new"]), (&"loaded".into(), &1.into()), "{report}");
    let finding = &report["findings"][0];
    assert_eq!(
        (&finding["row"], &finding["rule"], &finding["value"]),
        (&3.into(), &"domain".into(), &"-1".into())
    );
    assert_eq!(report["refused_files"][0], "g.refused.csv");
    assert!(ground.folder.path().join("g.refused.csv").is_file());
    let written = fs::read_to_string(ground.folder.path().join("loi.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap()[0], *finding);
    let told = ground.typed(&["none.csv", "--layer", "well", "--json"]).await;
    assert_eq!((told.code, told.err.as_str()), (Some(1), ""));
    assert!(told.out.contains("no such file"), "{}", told.out);
}

#[tokio::test]
async fn an_interrupted_import_leaves_nothing_behind() {
    let ground = Ground::new().await;
    ground.file("a.csv", "code,lon,lat\nA,106.4,10.5\n");
    // The import waits for the table, which somebody is writing to.
    let mut other = ground.database.client().await;
    let transaction = other.transaction().await.unwrap();
    transaction.batch_execute("LOCK TABLE gis.well IN EXCLUSIVE MODE").await.unwrap();
    let mut command = ground.command(&["a.csv", "--layer", "well"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let watch = ground.database.client().await;
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'gis.well'::regclass";
    while watch.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let sent = Command::new("kill").args(["-INT", &child.id().unwrap().to_string()]).status().unwrap();
    assert!(sent.success());
    let ended = child.wait_with_output().await.unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("nothing has changed"));
    transaction.rollback().await.unwrap();
    assert_eq!(ground.count("well").await, 0);
    let runs = watch.query_one("SELECT count(*) FROM diaban.import_run", &[]).await.unwrap();
    assert_eq!(runs.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_replacement_without_a_terminal_is_refused_with_the_flag_named() {
    let ground = Ground::new().await;
    let wells = |n: u32| {
        let well = |i| feature(&point(106.0 + f64::from(i) / 1e3, 11.0), &format!(r#"{{"code":"G{i}"}}"#));
        collection(&(0..n).map(well).collect::<Vec<_>>())
    };
    ground.file("all.geojson", wells(5));
    ground.file("few.geojson", wells(2));
    let first = ground.typed(&["all.geojson", "--layer", "well", "--mode", "append"]).await;
    assert!(first.out.contains("(5 new, 0 changed, 0 unchanged)"), "{}", first.out);
    let merged = ground.typed(&["few.geojson", "--layer", "well"]).await;
    assert!(
        merged.out.contains("2 unchanged; 3 in the layer are not in the file, and stay"),
        "{}",
        merged.out
    );
    let refused = ground.typed(&["few.geojson", "--layer", "well", "--mode", "replace"]).await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.err.contains("delete 3 of the 5 features") && refused.err.contains("--yes"),
        "{}",
        refused.err
    );
    assert_eq!(ground.count("well").await, 5);
    let meant = ground.typed(&["few.geojson", "--layer", "well", "--mode", "replace", "--yes"]).await;
    assert!(meant.out.contains("2 unchanged, 3 deleted)"), "{}", meant.out);
    let wrong = ground.typed(&["few.geojson", "--layer", "well", "--only", "code=G1"]).await;
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("commune_code=27943"), "{}", wrong.err);
}

#[tokio::test]
async fn it_ends_as_ever_where_its_words_cannot_be_written() {
    let ground = Ground::new().await;
    for (n, into) in ["full", "closed"].iter().enumerate() {
        let plot = feature(&square(106.4 + n as f64 / 10.0, 10.5, 0.01), &format!(r#"{{"code":"{into}"}}"#));
        ground.file("plots.geojson", collection(&[plot]));
        let mut command = ground.command(&["plots.geojson", "--layer", "plot", "--json"]);
        let place = match *into {
            "full" => Stdio::from(fs::File::options().write(true).open("/dev/full").unwrap()),
            // A pipe whose other end is gone.
            _ => Stdio::from(std::io::pipe().unwrap().1),
        };
        // `output` would take both for itself.
        let child = command.stdout(place).stderr(Stdio::piped()).spawn().unwrap();
        let done = child.wait_with_output().await.unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success() && !said.contains("panicked"), "{into}: {said}");
        assert_eq!(said.contains("what was done stands"), *into == "full", "{said}");
        assert_eq!(ground.count("plot").await, n as i64 + 1);
    }
}
