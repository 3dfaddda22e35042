//! Agencies' files into a layer, through the library: what goes in right, and what changes nothing.

mod codes;
mod command;
mod communes;
mod corners;
mod drawings;
mod evidence;
mod files;
mod first_load;
mod flat;
mod history;
mod history_command;
mod hostile;
mod language;
mod large_rings;
mod modes;
mod overlaps;
mod refused;
mod refused_values;
mod repairs;
mod round_trip;
mod row_counts;
mod rows;
mod rules;
mod sent_again;
mod sheet_days;
mod sheet_headings;
mod sheets;
mod sources;
mod story;
mod straight;
mod systems;
mod texts;
mod wrong_systems;
mod wrong_systems_files;

use crate::support::TestDatabase;
use diaban::{
    crs::{self, oracle::PAIRS},
    import::{
        self, Agreement, ImportError, ImportReport, ImportRequest, RefusedFile, Rule, Silent, SystemFrom,
    },
    layer::{AgencyRegister, Catalog},
};
use postgis::ewkb;
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

/// Wells (points) and plots (areas): small layers with one attribute of each type.
const LAYERS: [&str; 2] = [
    r#"id = "well"
title = { vi = "Giếng", en = "Wells" }
group = "agriculture"
agency = "nnmt"
item = "0"
geometry = ["Point"]
key = ["code"]
access = "open"
zoom = { min = 8, max = 14 }
generalise = { rule = "thin" }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" }, max_length = 12, sources = ["MA_GIENG"] },
  { name = "name_vi", type = "text", title = { vi = "Tên giếng", en = "Name" }, max_length = 20 },
  { name = "purpose", type = "enum", title = { vi = "Mục đích", en = "Purpose" }, values = [
    { code = "drinking", vi = "Nước uống", en = "Drinking" },
    { code = "irrigation", vi = "Tưới tiêu", en = "Irrigation", sources = ["tuoi"] } ] },
  { name = "depth_m", type = "number", unit = "m", min = 0, above_min = true, max = 500, precision = 6, scale = 2, title = { vi = "Độ sâu", en = "Depth" } },
  { name = "pumps", type = "integer", min = 0, title = { vi = "Số bơm", en = "Pumps" } },
  { name = "active", type = "boolean", title = { vi = "Hoạt động", en = "Active" } },
  { name = "drilled", type = "date", title = { vi = "Ngày khoan", en = "Drilled" } },
  { name = "tags", type = "text_list", title = { vi = "Nhãn", en = "Tags" } },
]
"#,
    r#"id = "plot"
title = { vi = "Thửa", en = "Plots" }
group = "planning"
agency = "nnmt"
item = "0"
geometry = ["MultiPolygon"]
key = ["code"]
access = "open"
zoom = { min = 8, max = 14 }
generalise = { rule = "coverage" }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "note", type = "text", title = { vi = "Ghi chú", en = "Note" } },
]
"#,
];

fn catalog() -> Catalog {
    Catalog::new(LAYERS.map(crate::support::layer).to_vec(), AgencyRegister::default())
}

struct Ground {
    folder: tempfile::TempDir,
    catalog: Catalog,
    database: TestDatabase,
}

impl Ground {
    async fn new() -> Self {
        Self::of(catalog()).await
    }

    async fn of(catalog: Catalog) -> Self {
        let database = TestDatabase::with_catalog(&catalog).await;
        Self { folder: tempfile::tempdir().unwrap(), catalog, database }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// A file made by GDAL out of a GeoJSON whose numbers are taken as they are.
    fn converted(&self, json: &Path, name: &str, driver: &str, more: &[&str]) -> PathBuf {
        let path = self.folder.path().join(name);
        let done =
            Command::new("ogr2ogr").args(["-f", driver]).arg(&path).arg(json).args(more).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        path
    }

    async fn import(&self, layer: &str, file: &Path) -> Result<ImportReport, ImportError> {
        self.run(&request(layer, file)).await
    }

    async fn run(&self, request: &ImportRequest) -> Result<ImportReport, ImportError> {
        let outcome = import::run(
            &self.database.database(),
            &self.catalog,
            request,
            Agreement::known(),
            Arc::new(Silent),
        )
        .await;
        language::assert_told_in_both(&outcome);
        outcome
    }

    /// Ends a transaction of others once an import waits for it.
    async fn commits_when_waited_for(&self, others: &tokio_postgres::Client) {
        let waits = "SELECT count(*)::text FROM pg_locks WHERE NOT granted AND mode = 'ShareRowExclusiveLock' \
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let started = std::time::Instant::now();
        while self.database.text(waits).await.unwrap() == "0" {
            assert!(started.elapsed().as_secs() < 100, "no import waits");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        others.batch_execute("COMMIT").await.unwrap();
    }

    async fn count(&self, layer: &str) -> i64 {
        let client = self.database.client().await;
        client.query_one(&format!("SELECT count(*) FROM gis.{layer}"), &[]).await.unwrap().get(0)
    }

    async fn positions(&self) -> Vec<(String, ewkb::Point)> {
        let client = self.database.client().await;
        let rows = client.query("SELECT code, geom FROM gis.well ORDER BY code", &[]).await.unwrap();
        rows.iter().map(|r| (r.get(0), r.get(1))).collect()
    }

    /// The text of the refusal; the layer holds what it held.
    async fn refused(&self, request: &ImportRequest) -> String {
        let before = self.count(&request.layer).await;
        let text = match self.run(request).await {
            Err(error) => error.to_string(),
            Ok(report) => {
                assert!(report.is_refused(), "{report:?}");
                assert_eq!(report.run, None);
                let line = |f: &import::Finding| format!("row {} {:?} {}", f.row, f.key, f.reason);
                report.findings.iter().map(line).collect::<Vec<_>>().join("\n")
            }
        };
        assert_eq!(self.count(&request.layer).await, before, "something was loaded: {text}");
        text
    }
}

fn request(layer: &str, file: &Path) -> ImportRequest {
    ImportRequest { files: vec![file.to_owned()], layer: layer.to_owned(), ..ImportRequest::default() }
}

fn feature(geometry: &str, properties: &str) -> String {
    format!(r#"{{"type":"Feature","properties":{properties},"geometry":{geometry}}}"#)
}

fn collection(features: &[String]) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(",\n"))
}

fn point(x: f64, y: f64) -> String {
    format!(r#"{{"type":"Point","coordinates":[{x:?},{y:?}]}}"#)
}

fn square(x: f64, y: f64, side: f64) -> String {
    let (e, n) = (x + side, y + side);
    format!(r#"{{"type":"Polygon","coordinates":[[[{x},{y}],[{e},{y}],[{e},{n}],[{x},{n}],[{x},{y}]]]}}"#)
}

/// Wells at the oracle's points of a system, those of the province.
fn oracle_wells(system: u32) -> (String, Vec<(f64, f64)>) {
    let near = PAIRS.iter().filter(|p| p.system == system && p.latitude < 12.0 && p.height.is_none());
    let pairs: Vec<_> = near.collect();
    let wells: Vec<String> = pairs
        .iter()
        .enumerate()
        .map(|(i, p)| feature(&point(p.easting, p.northing), &format!(r#"{{"code":"G{i:02}"}}"#)))
        .collect();
    (collection(&wells), pairs.iter().map(|p| (p.longitude, p.latitude)).collect())
}

fn assert_within_5_mm(found: &[(String, ewkb::Point)], expected: &[(f64, f64)], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for ((code, p), (lon, lat)) in found.iter().zip(expected) {
        let metres = ((p.x - lon) * 109_400.0).hypot((p.y - lat) * 110_600.0);
        assert!(metres < 0.005, "{what} {code}: {metres} m from the oracle");
        assert_eq!(p.srid, Some(4326));
    }
}

/// A request that goes on with so many refused rows, which go into a file in `folder`.
fn allowing(layer: &str, file: &Path, max: &str, folder: &Path) -> ImportRequest {
    ImportRequest {
        max_refused: max.parse().unwrap(),
        refused: Some(RefusedFile::Beside(folder.to_owned())),
        ..request(layer, file)
    }
}
