//! A layer's own file brought back: whatever the form, nothing has changed.

use super::*;
use diaban::store::postgis::Mode;

/// Things with a value of each type, points in one layer and areas in the other.
const THING: &str = r#"
id = "NAME"
title = { vi = "Vật", en = "Things" }
group = "agriculture"
agency = "nnmt"
item = "0"
geometry = GEOMETRY
key = ["code"]
access = "open"
zoom = { min = 8, max = 14 }
generalise = { rule = "RULE" }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" }, max_length = 12 },
  { name = "note", type = "text", title = { vi = "Ghi chú", en = "Note" } },
  { name = "purpose", type = "enum", title = { vi = "Mục đích", en = "Purpose" }, values = [
    { code = "drinking", vi = "Nước uống", en = "Drinking" } ] },
  { name = "depth_m", type = "number", unit = "m", precision = 6, scale = 2, title = { vi = "Độ sâu", en = "Depth" } },
  { name = "share", type = "number", title = { vi = "Tỷ lệ", en = "Share" } },
  { name = "pumps", type = "integer", title = { vi = "Số bơm", en = "Pumps" } },
  { name = "active", type = "boolean", title = { vi = "Hoạt động", en = "Active" } },
  { name = "drilled", type = "date", title = { vi = "Ngày khoan", en = "Drilled" } },
  { name = "tags", type = "text_list", title = { vi = "Nhãn", en = "Tags" } },
  { name = "updated_at", type = "timestamp", title = { vi = "Cập nhật", en = "Updated" } },
]
"#;

const ROWS: usize = 40;

/// Both layers, loaded from files in the official plane, so that no position is a short number of degrees.
async fn things() -> Ground {
    let thing = |name: &str, geometry: &str, rule: &str| {
        THING.replace("NAME", name).replace("GEOMETRY", geometry).replace("RULE", rule)
    };
    let layers = [
        thing("spring", "[\"Point\"]", "thin"),
        thing("field", "[\"Polygon\", \"MultiPolygon\"]", "coverage"),
    ];
    let catalog =
        Catalog::new(layers.iter().map(|l| crate::support::layer(l)).collect(), AgencyRegister::default());
    let ground = Ground::of(catalog).await;
    let folder = ground.folder.path().join("layers");
    fs::create_dir_all(folder.join("shared")).unwrap();
    for layer in &layers {
        fs::write(folder.join(format!("{}.toml", layer.split('"').nth(1).unwrap())), layer).unwrap();
    }
    let agency = "[[agencies]]\ncode = \"nnmt\"\nnames = [{ vi = \"Sở\", en = \"Department\" }]\n";
    fs::write(folder.join("shared/agencies.toml"), agency).unwrap();
    fs::write(folder.join("shared/attributes.toml"), "attributes = []\n").unwrap();
    for (layer, is_area) in [("spring", false), ("field", true)] {
        let thing = |i: usize| {
            let (x, y) = (550_000.123 + i as f64 * 97.777, 1_170_000.321 + i as f64 * 33.333);
            let geometry = if is_area { square(x, y, 20.017) } else { point(x, y) };
            let own = format!(
                r#"{{"code":"T{i}","note":"Giếng số {i}","depth_m":{i}.25,"share":{},"pumps":{i},"tags":["một","hai, ba"],
                "active":{},"purpose":"drinking","drilled":"2020-02-{:02}"}}"#,
                1.0 / (i as f64 + 3.0),
                i.is_multiple_of(2),
                i % 28 + 1
            );
            feature(&geometry, &own)
        };
        let file =
            ground.file(&format!("{layer}.geojson"), collection(&(0..ROWS).map(thing).collect::<Vec<_>>()));
        let system = Some(crs::system(9210).unwrap());
        let report = ground.run(&ImportRequest { system, ..request(layer, &file) }).await.unwrap();
        assert_eq!(report.loaded.new, ROWS as u64, "{:?}", report.findings);
        // Moments of all kinds: at the end of a minute, at the start of a day, before Vietnam's and UTC's midnight.
        let moments = format!(
            "UPDATE gis.{layer} SET updated_at = '2026-07-01 08:30:00+07'::timestamptz + id * interval '7123.456789 s'
               WHERE id % 4 = 0;
             UPDATE gis.{layer} SET updated_at = '2026-07-01 08:30:59.999612+07' WHERE code = 'T1';
             UPDATE gis.{layer} SET updated_at = '2026-07-01 00:00:00+07' WHERE code = 'T2';
             UPDATE gis.{layer} SET updated_at = '2026-07-01 23:59:59.999999+07' WHERE code = 'T3';
             UPDATE gis.{layer} SET updated_at = NULL, note = NULL, tags = NULL, drilled = NULL WHERE code = 'T5';
             UPDATE gis.{layer} SET updated_at = '2026-07-01 23:59:59.999999Z', note = '+84 272' WHERE code = 'T6'"
        );
        ground.database.execute(&moments).await;
    }
    ground
}

impl Ground {
    /// Exports a layer as it is typed; returns the file, and what is said beside it.
    async fn export(&self, layer: &str, ending: &str) -> (PathBuf, String) {
        let path = self.folder.path().join(format!("{layer}_out.{ending}"));
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_diaban"));
        command.args(["export", layer, "--output"]).arg(&path).env("DATABASE_URL", self.database.url());
        let done = command.env("DIABAN_LAYERS", self.folder.path().join("layers")).output().await.unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.success(), "{said}");
        (path, said)
    }

    async fn exported(&self, layer: &str, ending: &str) -> PathBuf {
        self.export(layer, ending).await.0
    }

    /// The layer to the byte.
    async fn to_the_byte(&self, layer: &str) -> Option<String> {
        let sql =
            format!("SELECT string_agg(t::text || t.xmin::text, E'\\n' ORDER BY id) FROM gis.{layer} t");
        self.database.text(&sql).await
    }

    async fn brought_back(&self, layer: &str, file: &Path) {
        let before = self.to_the_byte(layer).await;
        // Well-known text says nothing of its system.
        let system = file.extension().filter(|e| *e == "csv").map(|_| crs::system(4326).unwrap());
        let request = ImportRequest { mode: Mode::Merge, system, ..request(layer, file) };
        let report = self.run(&request).await.unwrap();
        let (done, name) = (report.loaded, file.display());
        assert_eq!(
            (done.new, done.changed, done.unchanged),
            (0, 0, ROWS as u64),
            "{name} {:?}",
            report.findings
        );
        assert_eq!(self.to_the_byte(layer).await, before, "{name}");
    }
}

#[tokio::test]
async fn an_export_brought_back_changes_nothing() {
    let ground = things().await;
    for layer in ["spring", "field"] {
        for ending in ["geojson", "csv", "fgb", "gpkg"] {
            let file = ground.exported(layer, ending).await;
            ground.brought_back(layer, &file).await;
        }
    }
}

#[tokio::test]
async fn an_export_made_a_shapefile_by_others_changes_nothing() {
    let ground = things().await;
    for layer in ["spring", "field"] {
        // Its tables have no lists of texts.
        let columns = "code,note,purpose,depth_m,share,pumps,active,drilled,updated_at";
        let file = ground.exported(layer, "gpkg").await;
        let options = ["-lco", "ENCODING=UTF-8", "-select", columns];
        let shapes = ground.converted(&file, &format!("{layer}.shp"), "ESRI Shapefile", &options);
        ground.brought_back(layer, &shapes).await;
    }
}

#[tokio::test]
async fn what_a_file_says_otherwise_is_changed_and_the_rest_of_its_row_stays_exact() {
    let ground = things().await;
    let file = ground.exported("field", "geojson").await;
    let text = fs::read_to_string(&file).unwrap();
    let rest =
        "SELECT string_agg(concat_ws(' ', id, code, share, geom::text), E'\\n' ORDER BY id) FROM gis.field";
    let before = ground.database.text(rest).await;
    // A value of one row, the moment of another by two thousandths of a second.
    let other = text.replace("Giếng số 7\"", "Giếng số bảy\"").replace("08:30:59.999612", "08:30:59.997612");
    let other = other.replace("01:30:59.999612", "01:30:59.997612");
    assert_ne!(other.len(), text.len());
    fs::write(&file, &other).unwrap();
    let report = ground.run(&ImportRequest { mode: Mode::Merge, ..request("field", &file) }).await.unwrap();
    assert_eq!(
        (report.loaded.changed, report.loaded.unchanged),
        (2, ROWS as u64 - 2),
        "{:?}",
        report.findings
    );
    assert_eq!(ground.database.text(rest).await, before, "what the file holds less exactly is as it was");
    // The row was changed now, which its file did not know of.
    let age = "SELECT (now() - updated_at < interval '1 hour')::text FROM gis.field WHERE code = 'T7'";
    assert_eq!(ground.database.text(age).await.as_deref(), Some("true"));
    // A position that is moved by a centimetre is another.
    let ring = text.split("\"coordinates\":[[[").nth(1).unwrap();
    let second = ring.split("],[").nth(1).unwrap();
    let (lon, lat) = second.split_once(',').unwrap();
    let moved = format!("[{},{lat}]", lon.parse::<f64>().unwrap() + 1e-7);
    fs::write(&file, text.replacen(&format!("[{second}]"), &moved, 1)).unwrap();
    let rehearsal = ImportRequest { mode: Mode::Merge, dry_run: true, ..request("field", &file) };
    let report = ground.run(&rehearsal).await.unwrap();
    // With the two of before.
    assert_eq!(report.loaded.changed, 3, "{:?}", report.findings);
}

#[tokio::test]
async fn a_workbook_of_areas_says_that_it_holds_none() {
    let ground = things().await;
    let sheets = |path: &Path| {
        let told = Command::new("ogrinfo")
            .args(["-ro", "-al"])
            .arg(path)
            .env("OGR_XLSX_HEADERS", "DISABLE")
            .output();
        String::from_utf8(told.unwrap().stdout).unwrap()
    };
    let (file, said) = ground.export("field", "xlsx").await;
    assert!(said.contains("bảng tính không có hình") && said.contains(".gpkg"), "{said}");
    let told = sheets(&file);
    assert!(told.contains("Layer name: không có hình - no geometry"), "{told}");
    assert!(told.contains("Bảng tính chỉ có thuộc tính, không có hình (vùng, đường)"), "{told}");
    let (file, said) = ground.export("spring", "xlsx").await;
    assert!(!said.contains("hình") && !sheets(&file).contains("no geometry"), "{said}");
}
