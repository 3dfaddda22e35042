//! Two hundred files that nobody should send: each gets words within its time and memory, and changes nothing.

use super::{command::layers, *};
use std::{collections::BTreeMap, os::unix::process::ExitStatusExt as _, time::Duration};

/// Kilobytes of memory that the command may take of its own.
const MEMORY_KB: u64 = 1_500_000;
/// How long it may take with any file.
const TIME_MAX: Duration = Duration::from_secs(60);

/// Good files in each format, all of plots.
fn good(ground: &Ground) -> Vec<PathBuf> {
    let features: Vec<String> = (0..40)
        .map(|i| {
            let properties = format!(r#"{{"code":"P{i}","note":"Thửa đất số {i}"}}"#);
            feature(&square(106.40 + f64::from(i) * 0.002, 10.53, 0.001), &properties)
        })
        .collect();
    let json = ground.file("good.geojson", collection(&features));
    let mut all = vec![json.clone()];
    for (name, driver) in [
        ("good.shp", "ESRI Shapefile"),
        ("good.gpkg", "GPKG"),
        ("good.fgb", "FlatGeobuf"),
        ("good.tab", "MapInfo File"),
        ("good.mif", "MapInfo File"),
        ("good.kml", "LIBKML"),
        ("good.gml", "GML"),
    ] {
        let more: &[&str] = if name.ends_with(".mif") { &["-dsco", "FORMAT=MIF"] } else { &[] };
        all.push(ground.converted(&json, name, driver, more));
    }
    let sheet = ground.file("good.csv", "code,note,lon,lat\nA,x,106.4,10.5\nA,,106.5,10.5\nA,,106.5,10.6\n");
    all.push(ground.converted(&sheet, "good.xlsx", "XLSX", &[]));
    all.push(sheet);
    let dxf = ground.folder.path().join("good.dxf");
    let _ = Command::new("ogr2ogr").args(["-f", "DXF"]).arg(&dxf).arg(&json).output().unwrap();
    all.push(dxf);
    all
}

/// Each good file cut at each tenth, with bytes that are other ones, and under another format's name.
fn damaged(ground: &Ground, good: &[PathBuf]) -> Vec<PathBuf> {
    // A generator of Knuth's (The Art of Computer Programming 2, 3.3.4): the same bytes on each run.
    let mut state = 7_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut all = Vec::new();
    for (number, path) in good.iter().enumerate() {
        let ending = path.extension().unwrap().to_str().unwrap();
        let bytes = fs::read(path).unwrap();
        let mut place = |what: String, bytes: &[u8]| {
            let to = ground.file(&format!("{what}.{ending}"), bytes);
            for other in ["shx", "dbf", "prj", "dat", "map", "id", "mid"] {
                let companion = path.with_extension(other);
                if companion.is_file() && companion != *path {
                    fs::copy(&companion, to.with_extension(other)).unwrap();
                }
            }
            all.push(to);
        };
        for tenth in 1..10 {
            place(format!("cut{tenth}_{number}"), &bytes[..bytes.len() * tenth / 10]);
        }
        for flip in 0..8 {
            let mut other = bytes.clone();
            for _ in 0..=flip * 3 {
                let at = random() % other.len();
                other[at] = random() as u8;
            }
            place(format!("flip{flip}_{number}"), &other);
        }
        let next = good[(number + 1) % good.len()].extension().unwrap().to_str().unwrap();
        all.push(ground.file(&format!("named_{number}.{next}"), &bytes));
    }
    all
}

/// Files that are wrong in ways of their own.
fn odd(ground: &Ground, good: &[PathBuf]) -> Vec<PathBuf> {
    let line = |names: &[String]| names.join(",");
    let columns: Vec<String> = (0..100_000).map(|i| format!("c{i}")).collect();
    let shp = good.iter().find(|p| p.extension().is_some_and(|e| e == "shp")).unwrap();
    let with = |name: &str, ending: &str, bytes: &[u8]| {
        let to = ground.folder.path().join(format!("{name}.shp"));
        for other in ["shp", "shx", "dbf", "prj"] {
            fs::copy(shp.with_extension(other), to.with_extension(other)).unwrap();
        }
        fs::write(to.with_extension(ending), bytes).unwrap();
        to
    };
    let dbf = fs::read(shp.with_extension("dbf")).unwrap();
    let mut zip = zip::ZipWriter::new(fs::File::create(ground.folder.path().join("bomb.zip")).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("../../../../tmp/thua.csv", options).unwrap();
    std::io::copy(&mut std::io::Read::take(std::io::repeat(b' '), 300 << 20), &mut zip).unwrap();
    zip.finish().unwrap();
    let link = ground.folder.path().join("link.geojson");
    std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
    let circle = ground.folder.path().join("round.geojson");
    std::os::unix::fs::symlink(&circle, &circle).unwrap();
    let folder = ground.folder.path().join("folder.shp");
    fs::create_dir(&folder).unwrap();
    vec![
        ground.folder.path().join("bomb.zip"),
        ground.file("wide.csv", format!("{},lon,lat\n{},106.4,10.5\n", line(&columns), line(&columns))),
        ground.file("nan.csv", "code,lon,lat\nA,NaN,10.5\nA,inf,10.5\nA,106.4,-inf\n"),
        ground.file("far.csv", "code,lon,lat\nA,1e308,10.5\nA,-1e308,10.5\nA,106.4,1e308\n"),
        ground.file("nul.csv", "code,lon,lat\nA\0B,106.4,10.5\n"),
        ground.file("quote.csv", format!("code,lon,lat\n\"{}", "x".repeat(10 << 20))),
        ground.file("deep.geojson", "[".repeat(5 << 20)),
        ground.file("deep.kml", "<a>".repeat(1 << 20)),
        ground.file("laughs.kml", laughs()),
        ground.file("outside.gml", OUTSIDE),
        with("short", "dbf", &dbf[..dbf.len() / 2]),
        with("strange", "prj", b"\xff\xfe\0\x01 GEOGCS[[[[ \"; DROP TABLE gis.plot; --"),
        with("no_bytes", "shx", b""),
        ring(ground, 5_000_000),
        link,
        circle,
        folder,
        PathBuf::from("/dev/zero"),
        PathBuf::from("/vsicurl/http://127.0.0.1:9/a.geojson"),
        PathBuf::from("PG:host=127.0.0.1"),
    ]
}

const OUTSIDE: &str = r#"<?xml version="1.0"?><x xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:gml="http://www.opengis.net/gml"><gml:featureMember xlink:href="file:///etc/passwd"/></x>"#;

fn laughs() -> String {
    let more: String =
        (1..12).map(|i| format!("<!ENTITY l{i} \"{}\">", format!("&l{};", i - 1).repeat(10))).collect();
    format!("<?xml version=\"1.0\"?><!DOCTYPE k [<!ENTITY l0 \"ha\">{more}]><kml>&l11;</kml>")
}

/// A Shapefile of one ring of `count` positions (ESRI Shapefile Technical Description).
pub fn ring(ground: &Ground, count: usize) -> PathBuf {
    let path = ground.folder.path().join("ring.shp");
    let mut record = Vec::with_capacity(count * 16 + 64);
    record.extend(5i32.to_le_bytes());
    let bounds = [106.3f64, 10.4, 106.5, 10.6];
    bounds.iter().for_each(|v| record.extend(v.to_le_bytes()));
    [1i32, count as i32, 0].iter().for_each(|v| record.extend(v.to_le_bytes()));
    for i in 0..count {
        // Clockwise, and where it began at its end.
        let angle = -((i % (count - 1)) as f64) / (count - 1) as f64 * std::f64::consts::TAU;
        record.extend((106.4 + angle.cos() * 0.1).to_le_bytes());
        record.extend((10.5 + angle.sin() * 0.1).to_le_bytes());
    }
    let header = |bytes: usize| {
        let mut header = vec![0; 100];
        header[..4].copy_from_slice(&9994i32.to_be_bytes());
        header[24..28].copy_from_slice(&((bytes / 2) as i32).to_be_bytes());
        header[28..32].copy_from_slice(&1000i32.to_le_bytes());
        header[32..36].copy_from_slice(&5i32.to_le_bytes());
        bounds
            .iter()
            .enumerate()
            .for_each(|(i, v)| header[36 + i * 8..44 + i * 8].copy_from_slice(&v.to_le_bytes()));
        header
    };
    let words = ((record.len() / 2) as i32).to_be_bytes();
    let shp = [header(108 + record.len()), 1i32.to_be_bytes().to_vec(), words.to_vec(), record].concat();
    fs::write(&path, shp).unwrap();
    let shx = [header(108), 50i32.to_be_bytes().to_vec(), words.to_vec()].concat();
    fs::write(path.with_extension("shx"), shx).unwrap();
    let mut dbf = vec![0; 65];
    (dbf[0], dbf[4], dbf[8], dbf[10], dbf[64]) = (3, 1, 65, 11, 0x0d);
    dbf[32..36].copy_from_slice(b"code");
    (dbf[43], dbf[48]) = (b'C', 10);
    dbf.extend(b" RING      ");
    fs::write(path.with_extension("dbf"), dbf).unwrap();
    path
}

/// What the command did with a file.
struct Outcome {
    file: PathBuf,
    code: Option<i32>,
    signal: Option<i32>,
    said: String,
}

async fn outcome(layers: PathBuf, folder: PathBuf, url: String, file: PathBuf) -> Outcome {
    let mut command = tokio::process::Command::new("sh");
    command.args(["-c", &format!("ulimit -d {MEMORY_KB}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_diaban")]);
    command.arg("import").arg(&file).args(["--layer", "plot", "--crs", "EPSG:4326"]);
    command
        .env("DATABASE_URL", url)
        .env("LC_ALL", "C.UTF-8")
        .env("DIABAN_LAYERS", layers)
        .current_dir(folder)
        .kill_on_drop(true);
    let done = tokio::time::timeout(TIME_MAX, command.output()).await;
    let done = done.unwrap_or_else(|_| panic!("{} takes longer than {TIME_MAX:?}", file.display())).unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    Outcome { file, code: done.status.code(), signal: done.status.signal(), said }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_hostile_files_get_words_and_change_nothing() {
    let ground = Ground::new().await;
    let good = good(&ground);
    let mut files = damaged(&ground, &good);
    files.extend(odd(&ground, &good));
    assert!(files.len() >= 200, "{} files", files.len());
    let (layers, folder) = (layers(ground.folder.path()), ground.folder.path().to_owned());
    // Each in its turn at one layer: an import waits a little for another, then gives up.
    let mut endings = BTreeMap::<Option<i32>, usize>::new();
    for file in files {
        let before = state(&ground).await;
        let done = outcome(layers.clone(), folder.clone(), ground.database.url().to_owned(), file).await;
        let name = done.file.display().to_string();
        *endings.entry(done.code).or_default() += 1;
        assert_eq!(done.signal, None, "{name}: {}", done.said);
        assert!(matches!(done.code, Some(0..=2)), "{name}: {:?} {}", done.code, done.said);
        assert!(!done.said.contains("panicked"), "{name}: {}", done.said);
        if done.code == Some(0) {
            // Bytes that say other things, and nothing wrong: a letter of a name.
            assert!(
                name.contains("flip") || name.contains("strange") || name.contains("ring"),
                "{name}: {}",
                done.said
            );
            ground.database.client().await.execute("DELETE FROM gis.plot", &[]).await.unwrap();
        } else {
            assert!(done.said.trim().len() > 20, "{name}: {}", done.said);
            assert_eq!(state(&ground).await, before, "{name}: {}", done.said);
        }
    }
    assert!(endings[&Some(1)] > 150, "{endings:?}");
}

/// What the layer holds, in one text.
async fn state(ground: &Ground) -> String {
    let sql = "SELECT coalesce(md5(string_agg(p::text, ',' ORDER BY id)), '') FROM gis.plot p";
    ground.database.client().await.query_one(sql, &[]).await.unwrap().get(0)
}
