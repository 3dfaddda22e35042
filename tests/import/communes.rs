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
    let catalog = Catalog::built_in().unwrap();
    let ground = Ground::of(catalog).await;
    let mut request = request("admin_commune", &file);
    request.columns = vec!["full_name=name_vi".parse().unwrap()];
    request.constants = vec!["valid_from=2025-07-01".parse().unwrap()];
    let report = ground.run(&request).await.unwrap();
    assert_eq!((report.read, report.loaded.new), (96, 96), "{:?}", report.findings);
    let km2 = report.area_m2.unwrap() / 1e6;
    assert!((km2 - 8520.0).abs() < 8.52, "{km2} km2");
    let client = ground.database.client().await;
    let sql =
        "SELECT count(DISTINCT code), count(*) FILTER (WHERE unit_type = 'phuong') FROM gis.admin_commune";
    let row = client.query_one(sql, &[]).await.unwrap();
    // Resolution 1682/NQ-UBTVQH15: 82 communes and 14 wards.
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (96, 14));
    let again = ground.run(&request).await.unwrap();
    assert_eq!((again.loaded.new, again.loaded.changed, again.loaded.unchanged), (0, 0, 96));
}
