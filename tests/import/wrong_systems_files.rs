//! Files of the communes in a wrong system through the whole import: stopped with what settles it; right files
//! go in.

use super::{
    evidence::{Communes, real, synthetic},
    *,
};
use diaban::import::evidence::Hypothesis;

fn of(code: u32, swapped: bool) -> Hypothesis {
    Hypothesis::of(crs::system(code).unwrap(), swapped)
}

/// The communes as GeoJSON with the numbers that they have in `truth`.
fn written(communes: &Communes, truth: &Hypothesis) -> String {
    let row = |(code, shape): &(String, geo::MultiPolygon)| {
        let ring: Vec<[f64; 2]> = shape.0[0].exterior().coords().map(|c| [c.x, c.y]).collect();
        let ring = truth.from_wgs84(&ring).unwrap();
        let properties = format!(r#"{{"code":"{code}","name_vi":"Xã {code}","unit_type":"xa"}}"#);
        feature(&format!(r#"{{"type":"Polygon","coordinates":[{ring:?}]}}"#), &properties)
    };
    collection(&communes.iter().map(row).collect::<Vec<_>>())
}

struct Desk {
    ground: Ground,
    communes: Communes,
}

impl Desk {
    async fn new() -> Self {
        let ground = Ground::of(Catalog::built_in().unwrap()).await;
        // Real borders where they are at hand; their files are large, so some of them.
        let communes = real().map_or_else(synthetic, |all| all.into_iter().step_by(8).collect());
        let desk = Self { ground, communes };
        let right = desk.ground.file("xa.geojson", written(&desk.communes, &of(4326, false)));
        let report = desk.ground.run(&ImportRequest { dry_run: false, ..desk.asked(&right) }).await.unwrap();
        assert_eq!(report.loaded.new, desk.communes.len() as u64, "{:?}", report.findings);
        desk
    }

    fn asked(&self, file: &Path) -> ImportRequest {
        let constants = vec!["valid_from=2025-07-01".parse().unwrap()];
        ImportRequest { constants, dry_run: true, ..request("admin_commune", file) }
    }

    /// A file with the numbers of `truth`, which says `stated`.
    fn file(&self, truth: &Hypothesis, name: &str, stated: Option<u32>) -> PathBuf {
        let driver = match name.rsplit('.').next().unwrap() {
            "shp" => "ESRI Shapefile",
            "gpkg" => "GPKG",
            "fgb" => "FlatGeobuf",
            _ => "MapInfo File",
        };
        let json = self.ground.file("numbers.geojson", written(&self.communes, truth));
        let stated = stated.map(|code| format!("EPSG:{code}"));
        let mut more = vec!["--config", "OSR_USE_NON_DEPRECATED", "NO"];
        more.extend(if name.ends_with(".mif") { &["-dsco", "FORMAT=MIF"][..] } else { &[] });
        more.extend(if name.ends_with(".shp") { &["-lco", "ENCODING=UTF-8"][..] } else { &[] });
        more.extend(stated.iter().flat_map(|stated| ["-a_srs", stated]));
        let file = self.ground.converted(&json, name, driver, &more);
        if stated.is_none() {
            let _ = fs::remove_file(file.with_extension("prj"));
        }
        file
    }
}

#[tokio::test]
async fn files_of_each_wrong_case_are_stopped_with_what_settles_them() {
    let desk = Desk::new().await;
    let swapped_origin = |code| Hypothesis { swapped_origin: Some(code), ..of(code - 1060, false) };
    let lost = Hypothesis::all().into_iter().find(|h| {
        h.flag().is_none()
            && !h.swapped
            && h.swapped_origin.is_none()
            && h.to_string().contains("TM-3 105-45")
    });
    let cases: [(Hypothesis, &str, Option<u32>, &[&str]); 14] = [
        (of(9210, true), "xy.shp", Some(9210), &["--crs EPSG:9210 --swap-xy"]),
        (of(4326, true), "latlon.gpkg", Some(4326), &["--crs EPSG:4326 --swap-xy"]),
        (of(9209, false), "meridian.shp", Some(9210), &["repeat with --crs EPSG:9209"]),
        (of(9210, false), "meridian.gpkg", Some(9209), &["repeat with --crs EPSG:9210"]),
        (of(3405, false), "scale.gpkg", Some(5897), &["repeat with --crs EPSG:3405"]),
        (of(5897, false), "scale.shp", Some(3405), &["repeat with --crs EPSG:5897"]),
        (swapped_origin(6957), "origin.fgb", Some(5897), &["EPSG:6957", "no flag, ask for another file"]),
        (of(5897, false), "origin.gpkg", Some(6957), &["--crs EPSG:5897"]),
        (of(9210, false), "datum.tab", Some(9210), &["225 m", "one of:\n  --crs EPSG:9210"]),
        (
            lost.unwrap(),
            "lost.mif",
            Some(9210),
            &["the data lie 225 m off, which is what happens", "no flag"],
        ),
        (
            of(4326, false),
            "degrees.shp",
            Some(9210),
            &["in it with:\n  --crs EPSG:4326", "repeat with --crs EPSG:4326"],
        ),
        (
            of(4756, false),
            "datum.gpkg",
            Some(4326),
            &["repeat with --crs EPSG:4756", "corners within 5 m", "left out or done twice"],
        ),
        (of(3405, false), "zone.shp", Some(3406), &["--crs EPSG:3405"]),
        (of(9210, false), "none.shp", None, &["Which central meridian", "one of:\n  --crs EPSG:9210"]),
    ];
    let mut missed = Vec::new();
    for (truth, name, stated, expected) in &cases {
        let file = desk.file(truth, name, *stated);
        let text = desk.ground.refused(&desk.asked(&file)).await;
        if !expected.iter().all(|words| text.contains(words)) {
            missed.push(format!("{name}: not {expected:?} in: {text}"));
        }
    }
    // The shift of 225 m shows by the borders of a layer that is named, too.
    let file = desk.file(&of(32648, false), "shift.gpkg", Some(3405));
    let named = ImportRequest { reference: Some("admin_commune".to_owned()), ..desk.asked(&file) };
    let text = desk.ground.refused(&named).await;
    assert!(
        text.contains("repeat with --crs EPSG:32648") && text.contains("features of layer admin_commune"),
        "{text}"
    );
    println!("files in wrong systems: {} of {} stopped", cases.len() + 1 - missed.len(), cases.len() + 1);
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[tokio::test]
async fn right_files_in_each_system_raise_no_alarm() {
    let desk = Desk::new().await;
    let mut went_in = 0;
    let codes = [9210, 9209, 5897, 3405, 9208, 9211, 9212, 5899, 4756, 4326, 3857, 32648];
    for (code, name) in codes.into_iter().zip(["right.gpkg", "right.shp", "right.fgb"].into_iter().cycle()) {
        let file = desk.file(&of(code, false), name, Some(code));
        let report =
            desk.ground.run(&desk.asked(&file)).await.unwrap_or_else(|e| panic!("{code} {name}: {e}"));
        assert_eq!(report.files[0].system.code, code, "{name}");
        assert!(!report.is_refused(), "{code} {name}: {:?}", report.findings);
        went_in += 1;
        fs::remove_file(file).unwrap();
    }
    println!("right files: 0 of {went_in} stopped");
}
