//! The number of rows read is held against what a file says of itself: fewer, and nothing is loaded.

use super::*;

fn wells(count: usize) -> String {
    let well = |i| feature(&point(106.4 + i as f64 * 0.001, 10.5), &format!(r#"{{"code":"G{i}"}}"#));
    collection(&(0..count).map(well).collect::<Vec<_>>())
}

impl Ground {
    fn wells(&self, count: usize, name: &str, driver: &str) -> PathBuf {
        let json = self.file("wells.geojson", wells(count));
        let more: &[&str] = if name.ends_with(".mif") { &["-dsco", "FORMAT=MIF"] } else { &[] };
        self.converted(&json, name, driver, more)
    }

    async fn loads(&self, file: &Path, rows: i64) {
        let degrees = Some(crs::system(4326).unwrap());
        let report = self.run(&ImportRequest { system: degrees, ..request("well", file) }).await.unwrap();
        assert!(!report.is_refused(), "{:?}", report.findings);
        assert_eq!((report.read, self.count("well").await), (rows as u64, rows), "{}", file.display());
        self.database.client().await.execute("DELETE FROM gis.well", &[]).await.unwrap();
    }
}

/// Marks a row of a dBASE table as deleted, as GIS programs do it.
fn delete_row(dbf: &Path, row: usize) {
    let mut bytes = fs::read(dbf).unwrap();
    let length = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let at = length(8) + row * length(10);
    assert_eq!(bytes[at], b' ');
    bytes[at] = b'*';
    fs::write(dbf, bytes).unwrap();
}

#[tokio::test]
async fn rows_that_were_deleted_are_not_missing() {
    let ground = Ground::new().await;
    let shp = ground.wells(5, "g.shp", "ESRI Shapefile");
    delete_row(&shp.with_extension("dbf"), 2);
    delete_row(&shp.with_extension("dbf"), 4);
    ground.loads(&shp, 3).await;
    // MapInfo takes the place of the geometry away with the row.
    let tab = ground.wells(5, "g.tab", "MapInfo File");
    delete_row(&tab.with_extension("dat"), 2);
    let mut places = fs::read(tab.with_extension("id")).unwrap();
    places[8..12].fill(0);
    fs::write(tab.with_extension("id"), places).unwrap();
    ground.loads(&tab, 4).await;
}

#[tokio::test]
async fn parts_of_two_deliveries_are_not_read_as_one() {
    let ground = Ground::new().await;
    for (name, driver, kept, said) in [
        (
            "g.shp",
            "ESRI Shapefile",
            &["shx", "dbf"][..],
            "goes on behind the 3 geometries that the .shx lists",
        ),
        ("g.tab", "MapInfo File", &["dat"][..], "lists geometries of 5 rows and the .dat holds 3"),
    ] {
        let old = ground.wells(3, name, driver);
        let parts: Vec<_> = kept.iter().map(|e| (*e, fs::read(old.with_extension(e)).unwrap())).collect();
        for part in ["shp", "shx", "dbf", "prj", "cpg", "tab", "dat", "map", "id"] {
            let _ = fs::remove_file(old.with_extension(part));
        }
        let new = ground.wells(5, name, driver);
        ground.loads(&new, 5).await;
        parts.iter().for_each(|(ending, bytes)| fs::write(new.with_extension(ending), bytes).unwrap());
        let text = ground.refused(&request("well", &new)).await;
        assert!(text.contains(said) && text.contains("not of one delivery"), "{name}: {text}");
    }
    // The table is older than its index.
    let shp = ground.wells(3, "old.shp", "ESRI Shapefile");
    let dbf = fs::read(shp.with_extension("dbf")).unwrap();
    let shp = ground.wells(5, "new.shp", "ESRI Shapefile");
    fs::write(shp.with_extension("dbf"), dbf).unwrap();
    let text = ground.refused(&request("well", &shp)).await;
    assert!(text.contains("the .shp holds 5 geometries and the .dbf 3 rows"), "{text}");
}

#[tokio::test]
async fn a_geopackage_that_holds_fewer_rows_than_it_says_stops() {
    let ground = Ground::new().await;
    let gpkg = ground.wells(4, "g.gpkg", "GPKG");
    let told = async |sql: &str| {
        rusqlite::Connection::open(&gpkg).unwrap().execute(sql, []).unwrap();
        ground.run(&request("well", &gpkg)).await
    };
    let report = told("UPDATE gpkg_ogr_contents SET feature_count = 4").await.unwrap();
    assert_eq!(report.read, 4);
    let error = told("UPDATE gpkg_ogr_contents SET feature_count = 6").await.unwrap_err().to_string();
    assert!(error.contains("damaged after row 4: it says it holds 6 rows, and 4 could be read"), "{error}");
    assert!(error.contains("correct gpkg_ogr_contents"), "{error}");
    // Programs that do not keep the number leave it behind, or have never counted.
    for sql in [
        "UPDATE gpkg_ogr_contents SET feature_count = 0",
        "UPDATE gpkg_ogr_contents SET feature_count = NULL",
        "DROP TABLE gpkg_ogr_contents",
    ] {
        assert_eq!(told(sql).await.unwrap().read, 4, "{sql}");
    }
}

#[tokio::test]
async fn files_cut_between_two_rows_are_not_read_as_whole() {
    let ground = Ground::new().await;
    let mif = ground.wells(4, "g.mif", "MapInfo File");
    let text = fs::read_to_string(mif.with_extension("mid")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    fs::write(mif.with_extension("mid"), format!("{}\n", lines[..2].join("\n"))).unwrap();
    let degrees = ImportRequest { system: Some(crs::system(4326).unwrap()), ..request("well", &mif) };
    let said = ground.refused(&degrees).await;
    assert!(said.contains("damaged after row 2"), "{said}");
    fs::write(mif.with_extension("mid"), &text).unwrap();
    let drawn = fs::read_to_string(&mif).unwrap();
    let third = drawn.match_indices("Point").nth(2).unwrap().0;
    fs::write(&mif, &drawn[..third]).unwrap();
    let said = ground.refused(&degrees).await;
    assert!(said.contains("it says it holds 4 rows, and 2 could be read"), "{said}");
    // The number stands in the head of a FlatGeobuf.
    let json = ground.file("wells.geojson", wells(4));
    let fgb = ground.converted(&json, "g.fgb", "FlatGeobuf", &["-lco", "SPATIAL_INDEX=NO"]);
    let bytes = fs::read(&fgb).unwrap();
    let last = (0..bytes.len() - 4).rev().find(|at| {
        let size = u32::from_le_bytes(bytes[*at..at + 4].try_into().unwrap()) as usize;
        size > 40 && at + 4 + size == bytes.len()
    });
    fs::write(&fgb, &bytes[..last.unwrap()]).unwrap();
    let said = ground.refused(&request("well", &fgb)).await;
    assert!(said.contains("4") && said.contains("damaged after row 3"), "{said}");
}
