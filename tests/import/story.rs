//! One true story: a Shapefile of parcels in TCVN3 with a wrong `.prj`, three double keys, five crossed rings
//! and two classes that nobody knows, from its first rehearsal to the day on which all of it is taken back.

use super::*;
use crate::support::{served, vector_tile};
use axum::body::Body;
use diaban::{
    layer::AccessClass,
    legacy_text::{self, Encoding},
};
use http_body_util::BodyExt as _;
use std::{collections::BTreeSet, process::Output};
use tower::ServiceExt as _;

const PARCELS: &str = r#"
id = "thua_dat"
title = { vi = "Thửa đất", en = "Parcels" }
group = "planning"
agency = "nnmt"
item = "0"
geometry = ["MultiPolygon"]
key = ["code"]
access = "open"
zoom = { min = 8, max = 16 }
generalise = { rule = "coverage" }
attributes = [
  { name = "code", type = "text", title = { vi = "Số thửa", en = "Code" }, sources = ["SO_THUA"] },
  { name = "place", type = "text", title = { vi = "Xứ đồng", en = "Place" }, sources = ["XU_DONG"] },
  { name = "land_use", type = "enum", mandatory = true, title = { vi = "Loại đất", en = "Class" }, sources = ["LOAI_DAT"], values = [
    { code = "LUC", vi = "Đất chuyên trồng lúa", en = "Rice land" },
    { code = "CLN", vi = "Đất trồng cây lâu năm", en = "Perennial crops" } ] },
]
"#;
/// TCVN3 has no capitals with tone marks, so none begins with one.
const PLACES: [&str; 5] =
    ["Đồng Tháp Mười", "Bình Hữu Thượng", "Xứ Rạch Cần Đước", "Gò Đen Thạnh Lợi", "Vườn Mỹ Hạnh"];
const PARCELS_SENT: usize = 40;

struct Office {
    ground: Ground,
    layers: PathBuf,
}

struct Typed {
    code: Option<i32>,
    said: String,
}

impl Office {
    async fn new() -> Self {
        let ground =
            Ground::of(Catalog::new(vec![crate::support::layer(PARCELS)], AgencyRegister::default())).await;
        let layers = ground.folder.path().join("layers");
        fs::create_dir_all(layers.join("shared")).unwrap();
        fs::write(layers.join("thua_dat.toml"), PARCELS).unwrap();
        let agency = "[[agencies]]\ncode = \"nnmt\"\nnames = [{ vi = \"Sở\", en = \"Department\" }]\n";
        fs::write(layers.join("shared/agencies.toml"), agency).unwrap();
        fs::write(layers.join("shared/attributes.toml"), "attributes = []\n").unwrap();
        Self { ground, layers }
    }

    async fn typed(&self, line: &str) -> Typed {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_diaban"));
        command
            .args(line.split(' '))
            .env("DATABASE_URL", self.ground.database.url())
            .env("LC_ALL", "C.UTF-8");
        command.env("DIABAN_LAYERS", &self.layers).current_dir(self.ground.folder.path());
        let Output { status, stdout, stderr } = command.output().await.unwrap();
        let said = format!("{}{}", String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        Typed { code: status.code(), said }
    }

    /// The whole layer as a FlatGeobuf.
    async fn flatgeobuf(&self, name: &str) -> Vec<u8> {
        let done = self.typed(&format!("export thua_dat --output {name}")).await;
        assert_eq!(done.code, Some(0), "{}", done.said);
        fs::read(self.ground.folder.path().join(name)).unwrap()
    }

    /// Codes and classes that the tile over the parcels shows.
    async fn on_the_map(&self) -> Vec<String> {
        let site = served::site(&self.ground.database, self.ground.catalog.clone(), AccessClass::Open);
        let tile = TILE.map(|n| n.to_string()).join("/");
        let request =
            axum::http::Request::get(format!("/tiles/thua_dat/{tile}")).body(Body::empty()).unwrap();
        let answer = site.oneshot(request).await.unwrap();
        if answer.status() == 204 {
            return Vec::new();
        }
        assert_eq!(answer.status(), 200);
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let text = vector_tile::text_of(&vector_tile::decode(&bytes));
        (0..100).map(|n| format!("T{n:02}")).filter(|code| text.contains(&format!("\"{code}\""))).collect()
    }
}

/// z, x, y of a tile that holds all parcels (106.57 E, 10.58 N).
const TILE: [u32; 3] = [12, 3260, 1926];

/// The parcels as they were sent: codes T03, T04 and T05 twice, T10 to T14 crossed, T20 and T21 of no known class.
fn sent(ground: &Ground) -> PathBuf {
    let code = |at: usize| if at >= 37 { at - 34 } else { at };
    let features: Vec<String> = (0..PARCELS_SENT)
        .map(|at| {
            let (x, y) = (590_000.0 + (at % 8) as f64 * 120.0, 1_170_000.0 + (at / 8) as f64 * 120.0);
            let (e, n) = (x + 100.0, y + 100.0);
            let ring = match code(at) {
                10..=14 => format!("[[{x},{y}],[{e},{n}],[{e},{y}],[{x},{n}],[{x},{y}]]"),
                _ => format!("[[{x},{y}],[{x},{n}],[{e},{n}],[{e},{y}],[{x},{y}]]"),
            };
            let class = match code(at) {
                20 => "LUQ",
                21 => "XYZ",
                even if even % 2 == 0 => "LUC",
                _ => "CLN",
            };
            let place = stand_in(at % PLACES.len());
            let properties =
                format!(r#"{{"SO_THUA":"T{:02}","XU_DONG":"{place}","LOAI_DAT":"{class}"}}"#, code(at));
            feature(&format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#), &properties)
        })
        .collect();
    let json = ground.file("sent.geojson", collection(&features));
    // Its own system is that of 105°45'; the file says 106°30'.
    let shp = ground.converted(&json, "thua.shp", "ESRI Shapefile", &["-a_srs", "EPSG:9213"]);
    let mut dbf = fs::read(shp.with_extension("dbf")).unwrap();
    for (at, place) in PLACES.iter().enumerate() {
        let (from, to) = (stand_in(at).into_bytes(), legacy_text::encode(place, Encoding::Tcvn3).unwrap());
        for start in 0..dbf.len() - from.len() {
            if dbf[start..].starts_with(&from) {
                dbf[start..start + to.len()].copy_from_slice(&to);
            }
        }
    }
    fs::write(shp.with_extension("dbf"), dbf).unwrap();
    let _ = fs::remove_file(shp.with_extension("cpg"));
    shp
}

/// As long as the bytes that take its place.
fn stand_in(at: usize) -> String {
    let length = legacy_text::encode(PLACES[at], Encoding::Tcvn3).unwrap().len();
    format!("{at:A<length$}")
}

/// What the agency corrects in the table of a Shapefile.
fn correct(dbf: &Path, words: &[(&str, &str)]) {
    let mut bytes = fs::read(dbf).unwrap();
    for (wrong, right) in words {
        let at = bytes.windows(wrong.len()).position(|w| w == wrong.as_bytes());
        let at = at.unwrap_or_else(|| panic!("{wrong} is not among the refused"));
        bytes[at..at + right.len()].copy_from_slice(right.as_bytes());
    }
    fs::write(dbf, bytes).unwrap();
}

#[tokio::test]
async fn a_shapefile_in_tcvn3_with_everything_wrong_is_loaded_shown_and_taken_back() {
    let office = Office::new().await;
    let ground = &office.ground;
    // What the layer held before.
    let old = feature(&square(106.60, 10.60, 0.001), r#"{"code":"T90","place":"Gò Đen","land_use":"CLN"}"#);
    ground.file("old.geojson", collection(&[old]));
    assert_eq!(office.typed("import old.geojson --layer thua_dat").await.code, Some(0));
    let before = office.flatgeobuf("before.fgb").await;
    assert_eq!(office.on_the_map().await, ["T90"]);

    // The wrong .prj is not believed, and the one that fits is named.
    sent(ground);
    let done = office.typed("import thua.shp --layer thua_dat --dry-run").await;
    assert_eq!(done.code, Some(1), "{}", done.said);
    assert!(done.said.contains("--crs EPSG:9210"), "{}", done.said);

    // The rehearsal tells of every row, and changes nothing.
    let done =
        office.typed("import thua.shp --layer thua_dat --crs EPSG:9210 --dry-run --report loi.csv").await;
    assert_eq!(done.code, Some(1), "{}", done.said);
    for part in ["TCVN3", "T03", "LUQ", "XYZ"] {
        assert!(done.said.contains(part), "{part}: {}", done.said);
    }
    let report = fs::read_to_string(ground.folder.path().join("loi.csv")).unwrap();
    let lines = |rule: &str| report.lines().filter(|line| line.contains(rule)).count();
    assert_eq!((lines("unique_key"), lines("domain"), lines("geometry_validity")), (3, 2, 5), "{report}");
    assert_eq!(office.flatgeobuf("still.fgb").await, before);

    // The right rows are loaded, the five others come back as a file.
    let done = office
        .typed("import thua.shp --layer thua_dat --crs EPSG:9210 --max-refused 5 --refused sua.shp")
        .await;
    assert_eq!(done.code, Some(0), "{}", done.said);
    assert_eq!(ground.count("thua_dat").await, 36);
    correct(
        &ground.folder.path().join("sua.dbf"),
        &[("T03", "T53"), ("T04", "T54"), ("T05", "T55"), ("LUQ", "LUC"), ("XYZ", "CLN")],
    );
    let done = office.typed("import sua.shp --layer thua_dat --crs EPSG:9210").await;
    assert_eq!(done.code, Some(0), "{}", done.said);
    assert_eq!(ground.count("thua_dat").await, 41);
    assert_eq!(office.on_the_map().await.len(), 41);
    let places =
        "SELECT string_agg(DISTINCT place, ', ' ORDER BY place) FROM gis.thua_dat WHERE code <> 'T90'";
    let places = ground.database.text(places).await.unwrap();
    assert_eq!(places.split(", ").collect::<BTreeSet<_>>(), BTreeSet::from(PLACES));
    let wrong = "SELECT string_agg(code, ',') FROM gis.thua_dat WHERE NOT ST_IsValid(geom) OR place IS NOT NFC NORMALIZED";
    assert_eq!(ground.database.text(wrong).await, None);

    // All of it is taken back, the last run first, and the layer is what it was, to the byte.
    for run in ["3", "2"] {
        let done = office.typed(&format!("undo {run}")).await;
        assert_eq!(done.code, Some(0), "{}", done.said);
    }
    assert_eq!(office.flatgeobuf("after.fgb").await, before);
    assert_eq!(office.on_the_map().await, ["T90"]);
}
