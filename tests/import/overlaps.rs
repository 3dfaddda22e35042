//! Areas over others: those of one file, and those of a file over features that stay in the layer.

use super::*;
use diaban::{import::Severity, store::postgis::Mode};

/// Areas 100 m from south to north: code, west and east end in metres.
fn plots(areas: &[(&str, f64, f64)]) -> String {
    let (x, y) = (550_000.0, 1_170_000.0);
    let area = |(code, west, east): &(&str, f64, f64)| {
        let (w, e, n) = (x + west, x + east, y + 100.0);
        let ring = format!("[{w:?},{y:?}],[{e:?},{y:?}],[{e:?},{n:?}],[{w:?},{n:?}],[{w:?},{y:?}]");
        feature(
            &format!(r#"{{"type":"Polygon","coordinates":[[{ring}]]}}"#),
            &format!(r#"{{"code":"{code}"}}"#),
        )
    };
    collection(&areas.iter().map(area).collect::<Vec<_>>())
}

/// Ids are given out by rehearsals too, so that they tell nothing here.
fn without_id(reason: &str) -> String {
    let Some((before, after)) = reason.split_once("feature ") else { return reason.to_owned() };
    let key = after.split_once(' ').unwrap();
    assert!(key.0.parse::<u64>().is_ok(), "{reason}");
    format!("{before}{}", key.1)
}

struct Plots(Ground);

impl Plots {
    async fn new() -> Self {
        Self(Ground::new().await)
    }

    fn request(&self, areas: &[(&str, f64, f64)], mode: Mode) -> ImportRequest {
        let system = Some(crs::system(9210).unwrap());
        ImportRequest { system, mode, ..request("plot", &self.0.file("plots.geojson", plots(areas))) }
    }

    /// Imports, and returns what is told: the number of the row and why. All are warnings.
    async fn told(&self, areas: &[(&str, f64, f64)], mode: Mode) -> Vec<(u64, String)> {
        let rehearsal = ImportRequest { dry_run: true, ..self.request(areas, mode) };
        let said = |report: ImportReport| {
            assert_eq!(report.refused, 0, "{:?}", report.findings);
            let line = |f: &import::Finding| {
                assert_eq!((f.severity, &f.rule), (Severity::Warning, &Rule::Overlap), "{f:?}");
                assert!(f.place.is_some() && f.key.is_some(), "{f:?}");
                (f.row, without_id(&f.reason.en))
            };
            report.findings.iter().map(line).collect::<Vec<_>>()
        };
        let rehearsed = said(self.0.run(&rehearsal).await.unwrap());
        let told = said(self.0.run(&self.request(areas, mode)).await.unwrap());
        assert_eq!(rehearsed, told);
        told
    }
}

const THREE: [(&str, f64, f64); 3] = [("A", 0.0, 100.0), ("B", 100.0, 200.0), ("C", 200.0, 300.0)];

#[tokio::test]
async fn an_area_over_a_feature_that_stays_is_told_as_the_layer_will_be_after_the_merge() {
    let plots = Plots::new().await;
    assert_eq!(plots.told(&THREE, Mode::Merge).await, []);
    // The file holds one area, that grows over one that it does not hold, and leaves a gap to the other.
    let told = plots.told(&[("B", 95.0, 199.0)], Mode::Merge).await;
    assert_eq!(told, [(1, "overlaps (A) of the layer by 500.0 m2".to_owned())]);
    // It lies there already: nothing that the file changes lies over anything.
    assert_eq!(plots.told(&[("B", 95.0, 199.0)], Mode::Merge).await, []);
    // Both change, so that they meet again; and a new one lies over a sliver of the third.
    let told = plots.told(&[("N", 299.8, 400.0), ("A", 0.0, 95.0)], Mode::Merge).await;
    assert_eq!(told, [(1, "overlaps (C) of the layer in slivers of 20.0 m2".to_owned())]);
    assert_eq!(plots.told(&[("A", 0.0, 100.0), ("B", 100.0, 200.0)], Mode::Merge).await, []);
}

#[tokio::test]
async fn two_areas_of_one_file_are_told_once_whether_the_layer_holds_one_of_them_or_not() {
    let plots = Plots::new().await;
    plots.told(&THREE, Mode::Merge).await;
    let grown = [("A", 0.0, 100.0), ("B", 95.0, 200.0), ("C", 200.0, 300.0)];
    let told = plots.told(&grown, Mode::Merge).await;
    assert_eq!(told, [(2, "overlaps row 1 (A) by 500.0 m2".to_owned())]);
    // What is added is held against what is there.
    let told = plots.told(&[("D", 290.0, 400.0)], Mode::Append).await;
    assert_eq!(told, [(1, "overlaps (C) of the layer by 1000.0 m2".to_owned())]);
    // What goes is no neighbour any more.
    let other = plots.request(&[("X", 50.0, 150.0)], Mode::Replace);
    let report = plots.0.run(&ImportRequest { delete_most: true, ..other }).await.unwrap();
    assert_eq!((report.loaded.new, report.loaded.gone, report.findings.len()), (1, 4, 0));
}

#[tokio::test]
async fn a_few_changed_areas_of_many_are_held_against_the_rest() {
    let plots = Plots::new().await;
    let codes: Vec<String> = (0..20_100).map(|i| format!("P{i}")).collect();
    let mut areas: Vec<(&str, f64, f64)> = Vec::new();
    for (i, code) in codes.iter().enumerate() {
        areas.push((code, i as f64 * 0.5, i as f64 * 0.5 + 0.5));
    }
    assert_eq!(plots.0.run(&plots.request(&areas, Mode::Merge)).await.unwrap().loaded.new, 20_100);
    // All but two are in the file, the same; one has grown over one of those.
    areas.retain(|(code, ..)| !["P101", "P7000"].contains(code));
    let grown = areas.iter().position(|(code, ..)| *code == "P100").unwrap();
    areas[grown].2 += 0.25;
    let report = plots.0.run(&plots.request(&areas, Mode::Merge)).await.unwrap();
    assert_eq!((report.loaded.changed, report.loaded.unchanged), (1, 20_097));
    let told: Vec<String> = report.findings.iter().map(|f| without_id(&f.reason.en)).collect();
    assert_eq!(told, ["overlaps (P101) of the layer in slivers of 25.0 m2"]);
}
