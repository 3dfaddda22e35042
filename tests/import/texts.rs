//! Text in the encodings of before Unicode, through the import: read right, asked for, or refused by row.

use super::*;
use diaban::legacy_text::{self, Encoding};

/// Code, name and note of wells; the names hold nearly all tones.
const NAMES: [(&str, &str, &str); 5] = [
    ("G1", "Giếng Đức Hòa", "nước uống"),
    ("G2", "Giếng Mỹ Hạnh Bắc", "tưới tiêu"),
    ("G3", "Giếng Hựu Thạnh", "nước uống"),
    ("G4", "Giếng Cần Giuộc", "tưới tiêu"),
    ("G5", "Giếng Vĩnh Hưng", "nước uống"),
];

/// What stands for a name until its bytes are put in its place, as long as they are.
fn stand_in(at: usize, encoding: Encoding, text: &str) -> String {
    let length = legacy_text::encode(text, encoding).unwrap().len();
    format!("{at:A<length$}")
}

fn wells_with_stand_ins(encoding: Encoding) -> String {
    let rows = NAMES.iter().enumerate().map(|(at, (code, name, purpose))| {
        let (name, purpose) = (stand_in(at, encoding, name), stand_in(at + 5, encoding, purpose));
        let point = point(560_000.0 + at as f64 * 100.0, 1_170_000.0);
        feature(&point, &format!(r#"{{"code":"{code}","name_vi":"{name}","purpose":"{purpose}"}}"#))
    });
    collection(&rows.collect::<Vec<_>>())
}

/// Puts the bytes of the names into a file that holds stand-ins.
fn put_bytes(file: &Path, encoding: Encoding) {
    let mut bytes = fs::read(file).unwrap();
    let texts = NAMES.iter().map(|(_, name, _)| *name).chain(NAMES.iter().map(|(_, _, purpose)| *purpose));
    for (at, text) in texts.enumerate() {
        let stand_in = stand_in(at, encoding, text).into_bytes();
        let from = bytes.windows(stand_in.len()).position(|w| w == stand_in).unwrap();
        bytes[from..from + stand_in.len()].copy_from_slice(&legacy_text::encode(text, encoding).unwrap());
    }
    fs::write(file, bytes).unwrap();
}

impl Ground {
    async fn names(&self) -> Vec<(String, String, String)> {
        let client = self.database.client().await;
        let sql = "SELECT code, name_vi, purpose FROM gis.well ORDER BY code";
        client.query(sql, &[]).await.unwrap().iter().map(|r| (r.get(0), r.get(1), r.get(2))).collect()
    }

    /// Wells whose texts are in `encoding`, in a file that says `charset` or nothing of it.
    fn legacy(&self, name: &str, encoding: Encoding) -> PathBuf {
        let json = self.file("stand_ins.geojson", wells_with_stand_ins(encoding));
        let crs = ["-a_srs", "EPSG:9210"];
        let bounds = ["-a_srs", "EPSG:9210", "-lco", "BOUNDS=400000,1100000,700000,1300000"];
        let mif = ["-a_srs", "EPSG:9210", "-dsco", "FORMAT=MIF"];
        let (driver, more, texts): (_, &[&str], _) = match name.rsplit('.').next().unwrap() {
            "shp" => ("ESRI Shapefile", &crs, "dbf"),
            "tab" => ("MapInfo File", &bounds, "dat"),
            "mif" => ("MapInfo File", &mif, "mid"),
            _ => ("CSV", &["-lco", "GEOMETRY=AS_XY"], "csv"),
        };
        let file = self.converted(&json, name, driver, more);
        put_bytes(&file.with_extension(texts), encoding);
        let _ = fs::remove_file(file.with_extension("cpg"));
        file
    }
}

fn of_9210(file: &Path) -> ImportRequest {
    ImportRequest { system: Some(crs::system(9210).unwrap()), ..request("well", file) }
}

#[tokio::test]
async fn texts_of_every_encoding_come_right_out_of_every_format() {
    let right: Vec<(String, String, String)> = NAMES
        .iter()
        .map(|(code, name, purpose)| {
            let code_of = if *purpose == "nước uống" { "drinking" } else { "irrigation" };
            ((*code).to_owned(), (*name).to_owned(), code_of.to_owned())
        })
        .collect();
    let ground = Ground::new().await;
    let encodings =
        [Encoding::Tcvn3, Encoding::Vni, Encoding::Windows1258, Encoding::Utf8, Encoding::Utf8Twice];
    for encoding in encodings {
        for name in ["g.shp", "g.tab", "g.mif", "g.csv"] {
            let file = ground.legacy(name, encoding);
            let report =
                ground.run(&of_9210(&file)).await.unwrap_or_else(|e| panic!("{name} {encoding:?}: {e}"));
            assert!(!report.is_refused(), "{name} {encoding:?}: {:?}", report.findings);
            assert_eq!(ground.names().await, right, "{name} {encoding:?}");
            let texts = &report.files[0].texts;
            assert_eq!(texts.len(), 2, "{name}: {texts:?}");
            assert!(texts.iter().all(|(_, t)| t.reading.encoding() == encoding), "{name}: {texts:?}");
            assert_eq!(texts[0].1.samples.is_empty(), encoding == Encoding::Utf8, "{name}: {texts:?}");
            fs::remove_dir_all(ground.folder.path()).unwrap();
            fs::create_dir(ground.folder.path()).unwrap();
        }
    }
}

#[tokio::test]
async fn mojibake_in_a_file_of_unicode_is_undone_and_kept_in_the_record() {
    let ground = Ground::new().await;
    let wells = [("A", "Khu c«ng nghiÖp"), ("B", "§øc Hßa"), ("C", "Mü H¹nh B¾c")];
    let rows = wells.map(|(code, name)| {
        feature(&point(106.4, 10.55), &format!(r#"{{"code":"{code}","name_vi":"{name}"}}"#))
    });
    let file = ground.file("g.geojson", collection(&rows));
    let report = ground.import("well", &file).await.unwrap();
    let client = ground.database.client().await;
    let names = client.query("SELECT name_vi FROM gis.well ORDER BY code", &[]).await.unwrap();
    let names: Vec<String> = names.iter().map(|r| r.get(0)).collect();
    assert_eq!(names, ["Khu công nghiệp", "Đức Hòa", "Mỹ Hạnh Bắc"]);
    let (column, text) = &report.files[0].texts[0];
    assert_eq!((column.as_str(), text.score), ("name_vi", 1.0));
    assert_eq!(text.samples[0], ("Khu c«ng nghiÖp".to_owned(), "Khu công nghiệp".to_owned()));
    let sql = "SELECT settings->'encodings'->>'name_vi' FROM diaban.import_run ORDER BY id DESC LIMIT 1";
    let kept: String = client.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(kept, "TCVN3 (ABC), read as Latin-1 on the way");
    // Said to be right as it is, it stays.
    let as_it_is = legacy_text_flag(&file, "utf-8");
    ground.run(&as_it_is).await.unwrap();
    let name: String =
        client.query_one("SELECT name_vi FROM gis.well WHERE code = 'B'", &[]).await.unwrap().get(0);
    assert_eq!(name, "§øc Hßa");
}

fn legacy_text_flag(file: &Path, flag: &str) -> ImportRequest {
    ImportRequest { encodings: vec![flag.parse().unwrap()], ..request("well", file) }
}

#[tokio::test]
async fn a_column_that_does_not_tell_is_asked_for_and_a_flag_settles_it() {
    let ground = Ground::new().await;
    // `Tân` in windows-1258, `Tõn` in TCVN3: one word, right in both.
    let file = ground.file("g.csv", b"code,name_vi,lon,lat\nA,T\xe2n An,106.4,10.5\n");
    let text = ground.refused(&request("well", &file)).await;
    assert!(text.contains("--encoding name_vi=tcvn3  if `Tõn An` is right"), "{text}");
    assert!(text.contains("--encoding name_vi=windows-1258  if `Tân An` is right"), "{text}");
    for flag in ["windows-1258", "name_vi=windows-1258", "NAME_VI=cp1258"] {
        ground.run(&legacy_text_flag(&file, flag)).await.unwrap();
        let client = ground.database.client().await;
        let name: String = client.query_one("SELECT name_vi FROM gis.well", &[]).await.unwrap().get(0);
        assert_eq!(name, "Tân An");
    }
    let text = ground.refused(&legacy_text_flag(&file, "ten=tcvn3")).await;
    assert!(text.contains("--encoding ten=tcvn3") && text.contains("no file has a column `ten`"), "{text}");
    assert!("name_vi=koi8-r".parse::<import::ColumnEncoding>().unwrap_err().contains("tcvn3"));
}

#[tokio::test]
async fn a_row_that_does_not_fit_its_column_is_refused_by_number() {
    let ground = Ground::new().await;
    let rows = ["§øc Hßa", "Mü H¹nh B¾c", "H\u{b2}i"].map(|text| {
        let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap()).collect();
        [b"A,".as_slice(), &bytes, b",106.4,10.5\n"].concat()
    });
    let file = ground.file("g.csv", [b"code,name_vi,lon,lat\n".to_vec(), rows.concat()].concat());
    let text = ground.refused(&request("well", &file)).await;
    assert!(text.contains("row 4") && text.contains("byte B2 at place 2 is no letter of TCVN3"), "{text}");
    assert!(text.contains("--encoding name_vi="), "{text}");
}

#[tokio::test]
async fn names_of_columns_are_read_too() {
    let ground = Ground::new().await;
    let name = legacy_text::encode("Tên giếng", Encoding::Tcvn3).unwrap();
    let well = legacy_text::encode("Giếng Đức Hòa", Encoding::Tcvn3).unwrap();
    let csv = [b"code,".as_slice(), &name, b",lon,lat\nA,", &well, b",106.4,10.5\n"].concat();
    let report = ground.import("well", &ground.file("g.csv", csv)).await.unwrap();
    assert!(report.files[0].matched.contains(&("Tên giếng".to_owned(), "name_vi".to_owned())), "{report:?}");
}

#[tokio::test]
async fn refused_rows_keep_the_bytes_of_their_texts() {
    let ground = Ground::new().await;
    for (name, texts) in [("g.shp", "dbf"), ("g.mif", "mid"), ("g.csv", "csv")] {
        let file = ground.legacy(name, Encoding::Tcvn3);
        let mut wells = of_9210(&file);
        // Names are no codes of purposes.
        wells.columns = vec!["name_vi=purpose".parse().unwrap()];
        wells.refused = Some(import::RefusedFile::Beside(ground.folder.path().to_owned()));
        let report = ground.run(&wells).await.unwrap();
        assert_eq!(report.refused, 5, "{name}: {:?}", report.findings);
        let written = ground.folder.path().join(format!("g.refused.{texts}"));
        let bytes = fs::read(&written).unwrap_or_else(|e| panic!("{}: {e}", written.display()));
        let name_of = legacy_text::encode(NAMES[0].1, Encoding::Tcvn3).unwrap();
        assert!(
            bytes.windows(name_of.len()).any(|w| w == name_of),
            "{name}: {}",
            String::from_utf8_lossy(&bytes)
        );
        let head =
            |path: PathBuf| fs::read_to_string(path).ok().and_then(|t| t.lines().nth(1).map(str::to_owned));
        if name == "g.mif" {
            assert_eq!(head(ground.folder.path().join("g.refused.mif")), head(file.clone()));
        }
        fs::remove_dir_all(ground.folder.path()).unwrap();
        fs::create_dir(ground.folder.path()).unwrap();
    }
}
