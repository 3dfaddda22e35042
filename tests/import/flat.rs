//! FlatGeobuf files that are read in place, beside the same through GDAL; and such that say what is not so.

use super::*;
use flatbuffers::FlatBufferBuilder;
use flatgeobuf::{Feature, FeatureArgs, Geometry, GeometryArgs};

/// Plots with much that is wrong, in the order in which they are written.
fn plots() -> String {
    let ring = |positions: &str| format!(r#"{{"type":"Polygon","coordinates":[[{positions}]]}}"#);
    let row = |geometry: &str, code: &str, note: &str| {
        feature(geometry, &format!(r#"{{"code":{code},"note":{note},"more":7}}"#))
    };
    let mut rows: Vec<String> = (0..30)
        .map(|i| {
            row(&square(106.4 + f64::from(i) * 0.002, 10.53, 0.001), &format!("\"P{i}\""), "\"Thửa đất\"")
        })
        .collect();
    let here = square(106.40, 10.56, 0.001);
    let tie = ring("[106.41,10.56],[106.411,10.561],[106.411,10.56],[106.41,10.561],[106.41,10.56]");
    let twice = ring(
        "[106.42,10.56],[106.421,10.56],[106.421,10.56],[106.421,10.561],[106.42,10.561],[106.42,10.56]",
    );
    let touching = ring(
        "[106.43,10.56],[106.432,10.56],[106.431,10.56],[106.431,10.561],[106.43,10.561],[106.43,10.56]",
    );
    let nowhere = ring("[106.44,10.56],[106.441,10.5612345],[106.441,10.561],[106.44,10.561],[106.44,10.56]");
    rows.extend([
        row(&here, "\"  Đ1 \"", "\"  Ghi chú\""),
        row(&here, "\"P3\"", "null"),
        row(&here, "null", "\"\""),
        row(&here, "\"T\\u0001\"", "\"e\\u0301\""),
        row(&tie, "\"tie\"", "null"),
        row(&twice, "\"twice\"", "null"),
        row(&touching, "\"touching\"", "null"),
        row(&nowhere, "\"nowhere\"", "null"),
        row(&square(100.0, 20.0, 0.001), "\"far\"", "null"),
    ]);
    collection(&rows)
}

impl Ground {
    fn flat(&self, name: &str, kind: &str) -> PathBuf {
        let json = self.file("plots.geojson", plots());
        let more = ["-nlt", kind, "-a_srs", "EPSG:4326", "-lco", "SPATIAL_INDEX=NO"];
        let path = self.converted(&json, name, "FlatGeobuf", &more);
        // What no GeoJSON can say.
        let mut bytes = fs::read(&path).unwrap();
        let marked = 10.5612345_f64.to_le_bytes();
        let at = bytes.windows(8).position(|eight| eight == marked).unwrap();
        bytes[at..at + 8].copy_from_slice(&f64::NAN.to_le_bytes());
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// What a report says, but for the file's name.
fn told(report: &ImportReport) -> Vec<String> {
    let counts = format!("{} {} {:?}", report.read, report.refused, report.loaded);
    let findings = report.findings.iter().map(|f| {
        let said =
            (&f.rule, &f.severity, f.row, &f.key, &f.attribute, &f.place, &f.value, &f.reason, &f.repair);
        format!("{said:?}")
    });
    std::iter::once(counts).chain(findings).collect()
}

#[tokio::test]
async fn a_file_loads_as_it_does_through_gdal() {
    let mut all = Vec::new();
    // A type that each feature states for itself is left to GDAL.
    for kind in ["POLYGON", "GEOMETRY"] {
        let ground = Ground::new().await;
        let file = ground.flat("plots.fgb", kind);
        let refused = ground.folder.path().join("refused.fgb");
        let request = ImportRequest {
            max_refused: import::MaxRefused::Rows(20),
            refused: Some(import::RefusedFile::Named(refused.clone())),
            ..request("plot", &file)
        };
        let report = ground.run(&request).await.unwrap();
        let rows = "SELECT string_agg(concat_ws(' ', id, code, note, ST_AsEWKB(geom)), '|' ORDER BY id) FROM gis.plot";
        let rows = ground.database.text(rows).await.unwrap();
        let delivered = "SELECT string_agg(concat_ws(' ', file, row, key, delivered), '|' ORDER BY row) FROM diaban.delivered_value";
        let delivered = ground.database.text(delivered).await.unwrap();
        let info = Command::new("ogrinfo").args(["-al", "-ro"]).arg(&refused).output().unwrap().stdout;
        let info = String::from_utf8_lossy(&info).into_owned();
        let features = info.split_once("OGRFeature").unwrap().1.to_owned();
        assert_eq!(report.refused, 6, "{:?}", told(&report));
        all.push((told(&report), rows, delivered, features));
    }
    let (here, there) = (&all[0], &all[1]);
    assert_eq!(here.0, there.0);
    assert_eq!((&here.1, &here.2, &here.3), (&there.1, &there.2, &there.3));
}

/// The file up to its first feature, and that.
fn halves(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let first = 12 + u32::from_le_bytes(bytes[8..12].try_into().unwrap()) as usize;
    (bytes[..first].to_vec(), bytes[first..].to_vec())
}

/// An area that says of one part that it has it so often.
fn one_part_again_and_again(times: usize) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let positions: Vec<f64> = (0..20_000).flat_map(|i| [106.4 + f64::from(i) * 1e-6, 10.5]).collect();
    let xy = builder.create_vector(&positions);
    let part = Geometry::create(&mut builder, &GeometryArgs { xy: Some(xy), ..GeometryArgs::default() });
    let parts = builder.create_vector(&vec![part; times]);
    let geometry =
        Geometry::create(&mut builder, &GeometryArgs { parts: Some(parts), ..GeometryArgs::default() });
    let feature =
        Feature::create(&mut builder, &FeatureArgs { geometry: Some(geometry), ..FeatureArgs::default() });
    builder.finish_size_prefixed(feature, None);
    builder.finished_data().to_vec()
}

#[tokio::test]
async fn what_a_file_says_of_sizes_is_not_believed() {
    let ground = Ground::new().await;
    let json =
        ground.file("good.geojson", collection(&[feature(&square(106.4, 10.5, 0.001), r#"{"code":"A"}"#)]));
    let more = ["-nlt", "MULTIPOLYGON", "-a_srs", "EPSG:4326", "-lco", "SPATIAL_INDEX=NO"];
    let (head, features) =
        halves(&fs::read(ground.converted(&json, "good.fgb", "FlatGeobuf", &more)).unwrap());
    let large = [&u32::MAX.to_le_bytes(), &features[4..]].concat();
    let again = [&features[..], &one_part_again_and_again(2_000_000)].concat();
    for (name, features, said) in [
        ("large.fgb", &large[..], "it says it holds 1 rows, and 0 could be read"),
        ("short.fgb", &features[..features.len() - 1], "it says it holds 1 rows, and 0 could be read"),
        ("again.fgb", &again[features.len()..], "row 1 has a geometry that is garbled"),
    ] {
        let file = ground.file(name, [&head[..], features].concat());
        let text = ground.refused(&request("plot", &file)).await;
        assert!(text.contains("cut short or damaged") && text.contains(said), "{name}: {text}");
    }
}
