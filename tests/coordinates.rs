//! VN-2000 to WGS 84 and back, against positions that are known from outside.

use crate::support::TestDatabase;
use diaban::{
    crs::{self, SYSTEMS, Transform, oracle::PAIRS},
    layer::Catalog,
    store::postgis::coordinate_self_test,
};

#[test]
fn proj_agrees_with_every_known_position() {
    crs::self_test().unwrap();
}

#[test]
fn there_are_known_positions_on_both_sides_of_the_jump() {
    let near = |pair: &&crs::oracle::OraclePair| pair.system == 9210 && pair.tolerance_m <= 0.005;
    assert!(PAIRS.iter().filter(near).any(|p| p.latitude > 11.04));
    assert!(PAIRS.iter().filter(near).any(|p| p.latitude < 11.04));
}

#[test]
fn a_wrong_sign_of_the_rotations_would_be_noticed() {
    // What copying the published signs into +towgs84 gives at "Tân An" (domain knowledge: 0.54 m).
    let pair = PAIRS.iter().find(|p| p.name == "Tân An").unwrap();
    assert!(pair.judge("test", 106.245_177_867_9, 10.534_371_196).is_err());
    // The operation that PROJ would pick for itself.
    assert!(pair.judge("test", 106.245_189_785_1, 10.534_373_455_3).is_err());
    assert!(pair.judge("test", f64::NAN, f64::INFINITY).is_err());
}

#[test]
fn crossing_11_04_north_makes_no_jump() {
    let system = crs::system(9210).unwrap();
    let transform = Transform::to_wgs84(system).unwrap();
    let back = Transform::from_wgs84(system).unwrap();
    let (_, south) = back.position(106.2, 11.039_9).unwrap();
    let (_, north) = back.position(106.2, 11.040_1).unwrap();
    let (east, _) = back.position(106.2, 11.04).unwrap();
    let a = transform.position(east, south).unwrap();
    let b = transform.position(east, north).unwrap();
    // 22 m apart in northing: longitudes may differ by millimetres (convergence), not by 0.8 m.
    let metres = (a.0 - b.0).abs() * 109_000.0;
    assert!(metres < 0.1, "{metres} m");
}

#[test]
fn every_system_goes_there_and_back_within_a_millimetre() {
    for system in &SYSTEMS {
        let (lon, lat) = (106.3, 10.9);
        let (x, y) = Transform::from_wgs84(system).unwrap().position(lon, lat).unwrap();
        let (lon2, lat2) = Transform::to_wgs84(system).unwrap().position(x, y).unwrap();
        assert!((lon - lon2).abs() < 1e-8 && (lat - lat2).abs() < 1e-8, "{system}: {lon2} {lat2}");
    }
}

#[test]
fn wgs84_utm_carries_no_shift() {
    let utm = crs::system(32648).unwrap();
    let vn = crs::system(3405).unwrap();
    let a = Transform::from_wgs84(utm).unwrap().position(106.4, 10.55).unwrap();
    let b = Transform::from_wgs84(vn).unwrap().position(106.4, 10.55).unwrap();
    let metres = (a.0 - b.0).hypot(a.1 - b.1);
    assert!((225.0..226.0).contains(&metres), "{metres}");
}

#[test]
fn positions_with_no_place_are_an_error_and_not_a_number() {
    let transform = Transform::to_wgs84(crs::system(9210).unwrap()).unwrap();
    assert!(transform.position(f64::NAN, 1_000_000.0).is_err());
    assert!(transform.position(1e30, 1e30).is_err());
    assert!(transform.apply(&mut [1.0, 2.0], &mut [1.0]).is_err());
}

#[tokio::test]
async fn postgis_agrees_with_every_known_position() {
    let database = TestDatabase::new().await;
    database.database().prepare(&Catalog::default()).await.unwrap();
    let client = database.client().await;
    coordinate_self_test(&client).await.unwrap();

    // A shift that is 0.8 m off, as PostGIS's own choice of operation would be.
    database
        .execute(
            "UPDATE spatial_ref_sys SET proj4text = replace(proj4text, '-191.9', '-191.1') WHERE srid = 9210",
        )
        .await;
    let error = coordinate_self_test(&database.client().await).await.unwrap_err().to_string();
    assert!(error.contains("PostGIS") && error.contains("EPSG:9210"), "{error}");
}
