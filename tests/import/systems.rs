//! Which system a file is in: believed, asked for, or refused.

use super::*;

#[tokio::test]
async fn oracle_points_come_within_5_mm_out_of_every_format() {
    let (json, expected) = oracle_wells(9210);
    assert!(expected.iter().any(|p| p.1 > 11.04) && expected.iter().any(|p| p.1 < 11.04));
    let crs = ["-a_srs", "EPSG:9210"];
    let tab = ["-a_srs", "EPSG:9210", "-lco", "BOUNDS=400000,1100000,700000,1300000"];
    let cases: [(&str, &str, &[&str], bool); 6] = [
        ("g.shp", "ESRI Shapefile", &crs, true),
        ("g.gpkg", "GPKG", &crs, true),
        ("g.fgb", "FlatGeobuf", &crs, true),
        // MapInfo loses the datum, so it has to be told; and it keeps whole steps of its bounds.
        ("g.tab", "MapInfo File", &tab, false),
        ("g.mif", "MapInfo File", &["-a_srs", "EPSG:9210", "-dsco", "FORMAT=MIF"], false),
        ("g.csv", "CSV", &["-lco", "GEOMETRY=AS_XY"], false),
    ];
    for (name, driver, more, states_system) in cases {
        let ground = Ground::new().await;
        let json = ground.file("g.geojson", &json);
        let file = ground.converted(&json, name, driver, more);
        let mut request = request("well", &file);
        if !states_system {
            let text = ground.refused(&request).await;
            assert!(
                text.contains("Which central meridian") && text.contains("--crs EPSG:9210"),
                "{name}: {text}"
            );
            assert!(text.contains("--crs EPSG:9209"), "{name}: {text}");
            request.system = Some(crs::system(9210).unwrap());
        }
        let report = ground.run(&request).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!report.is_refused(), "{name}: {:?}", report.findings);
        assert_eq!(report.files[0].system.code, 9210, "{name}");
        assert_eq!(report.loaded.new, expected.len() as u64, "{name}");
        assert_within_5_mm(&ground.positions().await, &expected, name);
    }
}

#[tokio::test]
async fn a_prj_in_the_words_of_esri_is_understood() {
    let ground = Ground::new().await;
    let (json, expected) = oracle_wells(9210);
    let json = ground.file("g.geojson", json);
    let file = ground.converted(&json, "g.shp", "ESRI Shapefile", &["-a_srs", "EPSG:9210"]);
    let prj = |datum: &str, name: &str| {
        format!(
            r#"PROJCS["{name}",GEOGCS["GCS",DATUM["{datum}",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",105.75],PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#
        )
    };
    ground.file("g.prj", prj("D_Vietnam_2000", "Long_An"));
    let report = ground.import("well", &file).await.unwrap();
    assert_eq!((report.files[0].system.code, report.files[0].system_from), (9210, SystemFrom::File));
    assert_within_5_mm(&ground.positions().await, &expected, "D_Vietnam_2000");

    // WGS 84 in a plane of VN-2000: taken at its word it would move the data by 225 m.
    for datum in ["D_WGS_1984", "D_unknown"] {
        ground.file("g.prj", prj(datum, "TM_105_45"));
        let text = ground.refused(&request("well", &file)).await;
        assert!(text.contains("lie 225 m off") && text.contains("left out or done twice"), "{datum}: {text}");
        assert!(text.contains("--crs EPSG:9210"), "{datum}: {text}");
    }
    let _ = fs::remove_file(ground.folder.path().join("g.prj"));
    let text = ground.refused(&request("well", &file)).await;
    assert!(text.contains("Which central meridian"), "{text}");
    ground.file("g.prj", "PROJCS[garbage");
    let text = ground.refused(&request("well", &file)).await;
    assert!(text.contains("--crs EPSG:9210"), "{text}");
}

#[tokio::test]
async fn systems_that_are_wrong_are_refused_with_what_would_fit() {
    let ground = Ground::new().await;
    let (json, _) = oracle_wells(9210);
    // Metres called degrees, as GeoJSON has it by its standard.
    let file = ground.file("g.geojson", &json);
    let text = ground.refused(&request("well", &file)).await;
    assert!(text.contains("outside the province") || text.contains("no place on earth"), "{text}");
    assert!(text.contains("--crs EPSG:9210"), "{text}");
    // The meridian of Da Nang.
    let mut wrong = request("well", &file);
    wrong.system = Some(crs::system(5899).unwrap());
    let text = ground.refused(&wrong).await;
    assert!(text.contains("outside the province") && text.contains("EPSG:9210"), "{text}");
    assert!(text.contains("--crs says EPSG:5899 (") && text.contains("central meridian 107°45'"), "{text}");
    assert!(text.contains("\nIf the first is right, repeat with --crs EPSG:"), "{text}");
    // Latitude first.
    let swapped = collection(&[feature(&point(10.55, 106.4), r#"{"code":"A"}"#)]);
    let file = ground.file("swapped.geojson", swapped);
    let text = ground.refused(&request("well", &file)).await;
    assert!(text.contains("--crs EPSG:4326 --swap-xy"), "{text}");
    let mut as_told = request("well", &file);
    as_told.system = Some(crs::system(4326).unwrap());
    as_told.swap_xy = true;
    let report = ground.run(&as_told).await.unwrap();
    assert!(report.files[0].swapped && !report.is_refused(), "{:?}", report.findings);
    assert_eq!(
        ground.positions().await.iter().map(|(_, p)| (p.x, p.y)).collect::<Vec<_>>(),
        [(106.4, 10.55)]
    );
    ground.database.client().await.execute("DELETE FROM gis.well", &[]).await.unwrap();
    // A false origin that was registered by mistake.
    let shp = ground.converted(
        &ground.file("g.geojson", &json),
        "s.gpkg",
        "GPKG",
        &["--config", "OSR_USE_NON_DEPRECATED", "NO", "-a_srs", "EPSG:6957"],
    );
    let text = ground.refused(&request("well", &shp)).await;
    assert!(text.contains("EPSG:5897") && text.contains("swapped"), "{text}");
    // One row of many.
    let far = collection(&[
        feature(&point(106.4, 10.55), r#"{"code":"A"}"#),
        feature(&point(105.8, 21.0), r#"{"code":"B"}"#),
    ]);
    let text = ground.refused(&request("well", &ground.file("far.geojson", far))).await;
    assert!(text.starts_with("row 2 Some(\"B\") lies outside the province"), "{text}");
}

#[tokio::test]
async fn nothing_is_loaded_where_postgis_puts_known_positions_elsewhere() {
    let ground = Ground::new().await;
    let file = ground.file("wells.geojson", collection(&[feature(&point(106.4, 10.5), r#"{"code":"G1"}"#)]));
    let database = ground.database.database();
    let load = || async {
        let (request, agreement) = (request("well", &file), Agreement::ask(&database));
        import::run(&database, &ground.catalog, &request, agreement, Arc::new(Silent)).await
    };
    let shift = |from: &str, to: &str| {
        format!(
            "UPDATE spatial_ref_sys SET proj4text = replace(proj4text, '{from}', '{to}') WHERE srid = 9210"
        )
    };
    ground.database.execute(&shift("-191.9", "-191.1")).await;
    let refused = load().await;
    language::assert_told_in_both(&refused);
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("PostGIS") && refused.contains("EPSG:9210"), "{refused}");
    assert_eq!(ground.count("well").await, 0);
    ground.database.execute(&shift("-191.1", "-191.9")).await;
    assert_eq!(load().await.unwrap().loaded.new, 1);
    assert_eq!(ground.count("well").await, 1);
}
