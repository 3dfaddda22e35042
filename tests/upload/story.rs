//! A clerk's file from the first look to the undoing, beside what the command makes of the same file.

use super::*;
use diaban::import::{self, Agreement, ColumnMapping, ImportRequest, RefusedFile, Silent};

const NAME: &str = "giếng khoan.csv";

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_sees_what_a_file_is_taken_for_and_what_is_to_be_chosen() {
    let office = Office::open().await;
    let (_, look) = office.send("clerk", NAME, sheet()).await;
    assert_eq!(look["format"], "CSV");
    assert_eq!(look["files"], json!([NAME]));
    let column = |name: &str| {
        look["columns"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["name"] == name)
            .unwrap_or_else(|| panic!("{look:#}"))
    };
    assert_eq!(column("MA_GIENG")["attribute"], "code");
    assert_eq!(column("X")["position"], true);
    assert_eq!(column("TEN_G")["text"]["encoding"], "tcvn3");
    assert_eq!(column("TEN_G")["samples"][0], "Giếng Đức Hòa");
    let name = look["attributes"].as_array().unwrap().iter().find(|a| a["name"] == "name_vi").unwrap();
    assert_eq!((&name["mandatory"], &name["missing"]), (&json!(true), &json!(true)));
    let troubles = look["troubles"].as_array().unwrap();
    let system = troubles.iter().find(|t| t["kind"] == "system").unwrap_or_else(|| panic!("{look:#}"));
    assert!(
        system["choices"].as_array().unwrap().iter().any(|choice| choice["crs"] == "EPSG:9210"),
        "{system:#}"
    );
    assert!(!look.to_string().contains(&office.folder.path().display().to_string()), "{look:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_system_is_told_with_the_one_that_fits() {
    let office = Office::open().await;
    let (address, _) = office.send("clerk", NAME, sheet()).await;
    let wrong = office.step("clerk", &address, "rehearsal", &with(wishes(), "crs", json!("EPSG:4326"))).await;
    let trouble = &wrong["trouble"];
    assert_eq!(trouble["kind"], "system", "{wrong:#}");
    assert!(trouble["choices"].to_string().contains("EPSG:9210"), "{wrong:#}");
    assert!(trouble["reason"].as_str().unwrap().starts_with(NAME), "{wrong:#}");
    assert_eq!(office.wells().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_tells_what_the_command_tells_and_changes_nothing() {
    let office = Office::open().await;
    let (address, _) = office.send("clerk", NAME, sheet()).await;
    let told = office.step("clerk", &address, "rehearsal", &wishes()).await;
    assert_eq!((&told["outcome"], &told["rows"]["refused"]), (&json!("refused"), &json!(1)), "{told:#}");
    let finding = &told["findings"][0];
    assert_eq!((&finding["row"], &finding["attribute"]), (&json!(4), &json!("depth_m")), "{told:#}");
    let at = finding["position"][0].as_f64().zip(finding["position"][1].as_f64());
    assert!(at.is_some_and(|(x, y)| (106.2..106.4).contains(&x) && (10.5..10.7).contains(&y)), "{finding:#}");
    assert_eq!(office.wells().await, "");

    let (command, refused) = by_the_command(&office, 0).await;
    let same = |report: &Json| {
        let mut report = report.clone();
        for member in ["refused_files", "findings_left_out"] {
            report.as_object_mut().unwrap().remove(member);
        }
        report
    };
    assert_eq!(same(&told), same(&command));
    let answer = office.ask("clerk", "GET", &format!("{address}/refused"), Body::empty()).await;
    assert_eq!((answer.status, &answer.body), (200, &refused), "{}", answer.text());
    let disposition = answer.header("content-disposition").unwrap().to_owned();
    assert!(disposition.contains("filename*=UTF-8''gi%E1%BA%BFng%20khoan.refused.csv"), "{disposition}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_leaves_what_the_command_leaves_and_is_taken_back_to_the_byte() {
    let office = Office::open().await;
    let old = "INSERT INTO gis.well (code, name_vi, depth_m, geom) VALUES ('G1', 'cũ', 1, 'SRID=4326;POINT(106.3 10.6)'), \
               ('G9', 'khác', 2, 'SRID=4326;POINT(106.3 10.6)')";
    office.database.execute(old).await;
    let bytes = "SELECT string_agg(w::text, ' ' ORDER BY id) FROM gis.well w";
    let before = office.database.text(bytes).await;
    let (address, _) = office.send("clerk", NAME, sheet()).await;
    let loaded = office.step("clerk", &address, "load", &with(wishes(), "max_refused", json!("1"))).await;
    assert_eq!(loaded["outcome"], "loaded", "{loaded:#}");
    let rows = &loaded["rows"];
    assert_eq!([&rows["new"], &rows["changed"], &rows["refused"]], [&json!(3), &json!(1), &json!(1)]);
    let over_http = office.wells().await;
    assert!(over_http.contains("G1 Giếng Đức Hòa 12.50") && over_http.contains("G9 khác 2"), "{over_http}");

    let run = loaded["run"].as_i64().unwrap();
    let history = office.database.database().history("well", 1).await.unwrap();
    let told = &history.runs[0];
    assert_eq!((told.run, told.files.as_slice()), (run, &[NAME.to_owned()][..]));
    assert!(told.person.starts_with("clerk, key ") && told.person.contains("bàn 3"), "{}", told.person);

    let again = office.ask("clerk", "POST", &format!("{address}/load"), "").await;
    assert!(again.problem(409).contains(&format!("run {run}")));
    let undone = office.step("clerk", &address, "undo", &json!({})).await;
    assert_eq!((&undone["removed"], &undone["changed_back"]), (&json!(3), &json!(1)), "{undone:#}");
    assert_eq!(office.database.text(bytes).await, before);
    office.ask("clerk", "POST", &format!("{address}/undo"), "").await.problem(409);

    let (command, _) = by_the_command(&office, 1).await;
    assert_eq!(command["outcome"], "loaded", "{command:#}");
    assert_eq!(office.wells().await, over_http);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_is_not_taken_back_over_what_came_later() {
    let office = Office::open().await;
    let (address, _) = office.send("clerk", NAME, sheet()).await;
    office.step("clerk", &address, "load", &with(wishes(), "max_refused", json!("20%"))).await;
    office.database.execute("UPDATE gis.well SET depth_m = 99 WHERE code = 'G2'").await;
    let undone = office.step("clerk", &address, "undo", &json!({})).await;
    assert_eq!(undone["trouble"]["kind"], "undo", "{undone:#}");
    assert!(undone["trouble"]["reason"].as_str().unwrap().contains("1 of its features were changed since"));
    assert!(office.wells().await.contains("G2 Giếng Mỹ Hạnh Bắc 99"));
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_a_shapefile_come_in_one_archive_and_their_refused_rows_go_in_one() {
    let office = Office::open().await;
    let json = office.folder.path().join("a.geojson");
    let point = |code: &str, name: &str, depth: i32, x: f64| {
        format!(
            r#"{{"type":"Feature","properties":{{"code":"{code}","name_vi":"{name}","depth_m":{depth}}},"geometry":{{"type":"Point","coordinates":[{x},10.6]}}}}"#
        )
    };
    let features = [point("G1", "Giếng Đức Hòa", 5, 106.3), point("G2", "Giếng Mỹ Hạnh", -5, 106.31)];
    fs::write(&json, format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(",")))
        .unwrap();
    let shp = office.folder.path().join("giếng.shp");
    let made = std::process::Command::new("ogr2ogr")
        .args(["-lco", "ENCODING=UTF-8"])
        .arg(&shp)
        .arg(&json)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for ending in ["shp", "shx", "dbf", "prj", "cpg"] {
        zip.start_file(format!("thư mục/giếng.{ending}"), zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, &fs::read(shp.with_extension(ending)).unwrap()).unwrap();
    }
    let (address, look) = office.send("clerk", "giếng.zip", zip.finish().unwrap().into_inner()).await;
    assert_eq!(
        (&look["format"], &look["system"]["crs"]),
        (&json!("Shapefile"), &json!("EPSG:4326")),
        "{look:#}"
    );
    let loaded = office.step("clerk", &address, "load", &json!({ "max_refused": "1" })).await;
    assert_eq!(loaded["rows"]["new"], 1, "{loaded:#}");
    assert_eq!(loaded["findings"][0]["file"], "giếng.zip/giếng.shp", "{loaded:#}");
    assert!(
        loaded["findings"][0]["position"][0].as_f64().is_some_and(|x| (x - 106.31).abs() < 1e-6),
        "{loaded:#}"
    );
    let answer = office.ask("clerk", "GET", &format!("{address}/refused"), Body::empty()).await;
    let mut back = zip::ZipArchive::new(std::io::Cursor::new(answer.body)).unwrap();
    let names: Vec<String> =
        (0..back.len()).map(|i| back.by_index(i).unwrap().name().unwrap().into_owned()).collect();
    assert!(
        names.contains(&"giếng.refused.shp".to_owned()) && names.contains(&"giếng.refused.dbf".to_owned()),
        "{names:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_connection_goes_while_a_load_is_kept_nobody_says_that_nothing_has_changed() {
    let office = Office::open().await;
    // The database waits within COMMIT.
    let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END'; \
                CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON diaban.import_run DEFERRABLE INITIALLY DEFERRED FOR EACH ROW \
                EXECUTE FUNCTION slow()";
    office.database.execute(slow).await;
    let (address, _) = office.send("clerk", NAME, sheet()).await;
    let load = with(wishes(), "max_refused", json!("1"));
    let loading = office.step("clerk", &address, "load", &load);
    let cutting = async {
        let end = "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity \
                   WHERE query ILIKE 'commit%' AND wait_event = 'PgSleep' AND datname = current_database()";
        let started = Instant::now();
        while office.database.text(end).await.as_deref() != Some("1") {
            assert!(started.elapsed().as_secs() < 20, "no load comes to its end");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let (told, ()) = tokio::join!(loading, cutting);
    assert_eq!(told["trouble"]["kind"], "unsettled", "{told:#}");
    assert!(told["trouble"]["reason"].as_str().unwrap().contains("history"), "{told:#}");
    // If it is loaded, the row that is not is here.
    let refused = office.ask("clerk", "GET", &format!("{address}/refused"), Body::empty()).await;
    assert_eq!(refused.status, 200, "{}", refused.text());
}

/// What `diaban import` makes of the same file: its report, and the file of refused rows.
async fn by_the_command(office: &Office, max_refused: u64) -> (Json, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(NAME);
    fs::write(&path, sheet()).unwrap();
    let mapped = [("TEN_G", "name_vi"), ("SAU", "depth_m")];
    let request = ImportRequest {
        files: vec![path.clone()],
        layer: "well".to_owned(),
        system: Some(diaban::crs::system(9210).unwrap()),
        columns: mapped
            .map(|(source, attribute)| ColumnMapping { source: source.into(), attribute: attribute.into() })
            .to_vec(),
        max_refused: import::MaxRefused::Rows(max_refused),
        refused: Some(RefusedFile::Beside(folder.path().to_owned())),
        dry_run: max_refused == 0,
        ..ImportRequest::default()
    };
    let database = office.database.database();
    let run = import::run(&database, &office.catalog, &request, Agreement::known(), Arc::new(Silent));
    let report = run.await.unwrap();
    let text = import::report_json(&report).to_string().replace(&path.display().to_string(), NAME);
    (serde_json::from_str(&text).unwrap(), fs::read(&report.refused_files[0]).unwrap())
}
