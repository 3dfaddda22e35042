//! The real communes, where they are at hand.

use super::*;

#[tokio::test]
async fn the_96_communes_of_2025_come_in_whole() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/admin/tay_ninh_80_communes_2025.geojson");
    if !file.exists() {
        eprintln!("left out: {} is not there", file.display());
        return;
    }
    let ground = Ground::new().await;
    let mut request = request("plot", &file);
    request.columns = vec!["full_name=note".parse().unwrap()];
    let report = ground.run(&request).await.unwrap();
    assert_eq!((report.read, report.loaded.new), (96, 96), "{:?}", report.findings);
    let km2 = report.area_m2.unwrap() / 1e6;
    assert!((km2 - 8520.0).abs() < 8.52, "{km2} km2");
}
