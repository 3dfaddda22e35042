//! Answers straight from tables: those that other programs keep in VN-2000, those that take too long,
//! and former communes that were split.

use crate::support::{
    TestDatabase, layer,
    served::{Served, site},
};
use diaban::{
    layer::{AccessClass, Catalog},
    units::{Era, Level, Share, Units},
};
use std::fmt::Write;

const PLOTS: &str = r#"
    id = "plots"
    title = { vi = "Lô đất", en = "Plots" }
    group = "planning"
    agency = "sonnmt"
    item = "1"
    geometry = ["Polygon"]
    key = ["code"]
    access = "open"
    zoom = { min = 8, max = 16 }
    generalise = { rule = "coverage" }
    table = { schema = "agency", name = "plots", geometry = "hinh", id = "gid", srid = SRID }
    attributes = [
        { name = "code", column = "so_hieu", type = "text", title = { vi = "Mã", en = "Code" } },
        { name = "people", column = "nguoi", type = "integer", extensive = true, title = { vi = "Người", en = "People" } },
    ]
"#;

/// A table of two squares of 100 m, side by side, in a plane of VN-2000.
async fn plots(srid: u32) -> Served {
    let catalog = Catalog::new(vec![layer(&PLOTS.replace("SRID", &srid.to_string()))], Default::default());
    let database = TestDatabase::new().await;
    // Preparing adds the systems that PostGIS lacks, so the table can only be looked at afterwards.
    database
        .execute(&format!(
            "CREATE SCHEMA agency;
             CREATE TABLE agency.plots (gid int PRIMARY KEY, so_hieu text, nguoi int, hinh geometry(Polygon,{srid}));
             INSERT INTO agency.plots VALUES
               (1, 'A', 100, ST_MakeEnvelope(571000, 1205000, 571100, 1205100, {srid})),
               (2, 'B', 40, ST_MakeEnvelope(571100, 1205000, 571200, 1205100, {srid}))"
        ))
        .await;
    database.database().prepare(&catalog).await.unwrap();
    let router = site(&database, catalog, AccessClass::Open);
    Served { database, router }
}

/// As `shp2pgsql` and `ogr2ogr` make them.
#[tokio::test]
async fn a_table_whose_ids_are_short_numbers_is_paged_and_asked_by_id() {
    let site = plots(9210).await;
    assert_eq!(site.json("/collections/plots/items/2").await["properties"]["code"], "B");
    let page = site.json("/collections/plots/items?limit=1").await;
    let next = crate::support::served::href(&page, "next").unwrap().to_owned();
    let next = &next[next.find("/collections").unwrap()..];
    assert_eq!(site.json(next).await["features"][0]["id"], 2);
    let answer = site.json("/collections/plots/statistics?area=feature:plots/1").await;
    assert!((answer["total"]["area_ha"].as_f64().unwrap() - 1.0).abs() < 1e-5, "{answer}");
}

#[tokio::test]
async fn a_table_in_vn_2000_is_measured_where_it_was_drawn() {
    for srid in [9210, 9209] {
        let site = plots(srid).await;
        // All of A, a quarter of B.
        let area =
            format!("corners:{srid}:1205000%20571000;1205100%20571000;1205100%20571125;1205000%20571125");
        let answer =
            site.json(&format!("/collections/plots/statistics?area={area}&group=code&sum=people")).await;
        let groups = answer["groups"].as_array().unwrap();
        assert_eq!(groups.len(), 2, "{answer}");
        let number = |i: usize, pointer: &str| groups[i].pointer(pointer).unwrap().as_f64().unwrap();
        // In the neighbouring zone a metre is not quite the official one.
        let near = if srid == 9210 { 1e-9 } else { 1e-3 };
        assert!((number(0, "/area_ha") - 1.0).abs() < near, "{srid}: {answer}");
        assert!((number(1, "/area_ha") - 0.25).abs() < near, "{srid}: {answer}");
        assert!((number(1, "/values/people/sum") - 10.0).abs() < 1e-4, "{srid}: {answer}");
        let report = site.json(&format!("/report?area={area}")).await;
        let told = &report["layers"][0];
        assert_eq!((told["rule"].as_str(), told["total"]["count"].as_u64()), (Some("geometry"), Some(2)));
        assert!((told["total"]["values"]["people"]["sum"].as_f64().unwrap() - 110.0).abs() < 1e-3, "{told}");
    }
}

#[tokio::test]
async fn what_takes_too_long_is_told_with_the_way_round() {
    let quick =
        PLOTS.replace("id = \"plots\"", "id = \"quick\"").replace("name = \"plots\"", "name = \"quick\"");
    let layers = [PLOTS, &quick].map(|text| layer(&text.replace("SRID", "4326")));
    let catalog = Catalog::new(layers.to_vec(), Default::default());
    let database = TestDatabase::new().await;
    // A database that ends a statement says so with this code, whatever the reason.
    database
        .execute(
            "CREATE SCHEMA agency;
             CREATE TABLE agency.quick (gid int PRIMARY KEY, so_hieu text, nguoi int, hinh geometry(Polygon,4326));
             INSERT INTO agency.quick VALUES (1, 'A', 5, ST_MakeEnvelope(106.40, 10.90, 106.41, 10.91, 4326));
             CREATE FUNCTION agency.tired(int) RETURNS int LANGUAGE plpgsql AS
               $$ BEGIN RAISE EXCEPTION 'canceling' USING ERRCODE = '57014'; END $$;
             CREATE TABLE agency.t AS TABLE agency.quick;
             ALTER TABLE agency.t ALTER COLUMN hinh TYPE geometry(Polygon,4326)",
        )
        .await;
    database.execute("CREATE VIEW agency.plots AS TABLE agency.t").await;
    database.database().prepare(&catalog).await.unwrap();
    database
        .execute("CREATE OR REPLACE VIEW agency.plots AS SELECT gid, so_hieu, agency.tired(gid) AS nguoi, hinh FROM agency.t")
        .await;
    let router = site(&database, catalog, AccessClass::Open);
    let site = Served { database, router };
    let area = "area=circle:106.405,10.905,400";
    let detail = site.get(&format!("/collections/plots/statistics?{area}&sum=people")).await.problem(422);
    assert!(detail.contains("time limit") && detail.contains("smaller area"), "{detail}");
    // A report tells the rest, and what it leaves out.
    let report = site.json(&format!("/report?{area}")).await;
    let names = |list: &str| -> Vec<String> {
        report[list].as_array().unwrap().iter().map(|l| l["layer"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((names("layers"), names("left_out")), (vec!["quick".to_owned()], vec!["plots".to_owned()]));
    assert!(report["left_out"][0]["why"]["vi"].as_str().unwrap().contains("Quá thời gian"), "{report}");
    let page = site.get(&format!("/report?{area}&f=html&lang=en")).await.text();
    assert!(page.contains("Left out") && page.contains("longer than the time limit"), "{page}");
    let detail = site.get(&format!("/report?{area}&layers=plots")).await.problem(422);
    assert!(detail.contains("smaller area") && detail.contains("fewer layers"), "{detail}");
}

#[tokio::test]
async fn a_split_commune_is_told_by_what_took_its_ground() {
    let units = Units::default();
    let built_in = Catalog::built_in().unwrap();
    let layers = ["admin_commune", "school"].map(|id| built_in.definition(id).unwrap().as_ref().clone());
    let catalog = Catalog::new(layers.to_vec(), Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    // A square kilometre or so for each present commune, with one school in its middle.
    let present = units.all().iter().filter(|u| u.level == Level::Commune && u.era == Era::Since);
    let mut rows = String::new();
    for (i, unit) in present.enumerate() {
        let (x, y) = (106.0 + (i % 10) as f64 * 0.01, 10.5 + (i / 10) as f64 * 0.01);
        let _ = write!(
            rows,
            "INSERT INTO gis.admin_commune (code, name_vi, unit_type, valid_from, geom) VALUES ('{0}', '{1}', 'xa', \
             '2025-07-01', ST_Multi(ST_MakeEnvelope({x}, {y}, {2}, {3}, 4326))); \
             INSERT INTO gis.school (school_code, campus_no, name_vi, level, geom) VALUES ('S{0}', 1, '{1}', 'primary', \
             ST_SetSRID(ST_MakePoint({4}, {5}), 4326));",
            unit.code,
            unit.name,
            x + 0.01,
            y + 0.01,
            x + 0.005,
            y + 0.005
        );
    }
    database.execute(&rows).await;
    let router = site(&database, catalog, AccessClass::Open);
    let site = Served { database, router };
    let former = units.all().iter().filter(|u| u.level == Level::Commune && u.era == Era::Before);
    let split: Vec<_> = former.filter(|u| units.successors(u).len() > 1).collect();
    assert_eq!(split.len(), 21);
    for unit in split {
        let code = unit.code;
        let answer =
            site.json(&format!("/collections/school/statistics?area=commune:{code}@2025-03-01")).await;
        assert_eq!(answer["area"]["boundary"], "unknown", "{code}: {answer}");
        let stands = answer["area"]["stands_for_it"].as_array().unwrap();
        let mut told: Vec<&str> = stands.iter().map(|s| s["unit"]["code"].as_str().unwrap()).collect();
        let mut took: Vec<&str> = units.successors(unit).iter().map(|(u, _)| u.code).collect();
        told.sort_unstable();
        took.sort_unstable();
        assert_eq!(told, took, "{code}");
        assert_eq!(answer["total"]["count"].as_u64(), Some(took.len() as u64), "{code}");
        // Whole of it is said only of a commune that came from this one alone.
        for one in stands {
            let successor = units.successors(unit).into_iter().find(|(u, _)| u.code == one["unit"]["code"]);
            let alone = units.predecessors(successor.unwrap().0).len() == 1;
            let said = one["lies_in_the_area_asked_for"] == "whole of it";
            assert_eq!(said, alone, "{code}: {one}");
        }
        let note = answer["notes"][0]["vi"].as_str().unwrap();
        assert!(note.contains("tỷ lệ chưa rõ") && !note.contains("100"), "{note}");
        assert!(units.successors(unit).iter().all(|(_, share)| *share == Share::Part), "{code}");
    }
    // The code of a district that was: the same, for all of its communes.
    let district = site.json("/collections/school/statistics?area=district:794@2025-03-01").await;
    assert!(district["total"]["count"].as_u64().unwrap() > 1, "{district}");
}
