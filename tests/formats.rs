//! Features in every form: other programs read what comes out, and it is what `/items` says.

use crate::support::{
    TestDatabase, layer,
    served::{Answer, PARCEL, ROAD, Served, WELL, site},
};
use axum::{Router, body::Body, http::Request};
use diaban::{
    http::{Site, router},
    layer::{AccessClass, Caller, Catalog},
    store::{
        LiveStore, publish,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
};
use http_body_util::BodyExt;
use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::RowAccessor,
};
use serde_json::Value as Json;
use std::{process::Command, sync::Arc};
use tower::ServiceExt;

/// Each form that GDAL reads here, and the ending by which it knows it.
const FORMS: [(&str, &str); 6] = [
    ("geojson", "geojson"),
    ("geojsonseq", "geojsonl"),
    ("csv", "csv"),
    ("fgb", "fgb"),
    ("gpkg", "gpkg"),
    ("xlsx", "xlsx"),
];

/// What `ogrinfo` says of an answer.
fn ogrinfo(answer: &Answer, ending: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("answer.{ending}"));
    std::fs::write(&path, &answer.body).unwrap();
    let mut ogrinfo = Command::new("ogrinfo");
    ogrinfo.args(["-ro", "-al"]);
    if ending == "csv" {
        ogrinfo.args(["-oo", "GEOM_POSSIBLE_NAMES=geometry"]);
    }
    let output = ogrinfo.arg(&path).env("OGR_XLSX_HEADERS", "FORCE").output().unwrap();
    let said = [output.stdout, output.stderr].map(|o| String::from_utf8_lossy(&o).into_owned()).concat();
    assert!(output.status.success(), "{ending}: {said}");
    said
}

#[tokio::test]
async fn gdal_reads_every_form() {
    let site = Served::to(AccessClass::Open).await;
    for (form, ending) in FORMS {
        for (layer, count, words) in
            [("well", 23, ["W07", "Giếng Bảy"]), ("parcel", 4, ["P1", "12.5"]), ("road", 2, ["R1", "R2"])]
        {
            let answer = site.get(&format!("/collections/{layer}/download?f={form}")).await;
            assert_eq!(answer.status, 200, "{form}: {}", answer.text());
            let disposition = answer.header("content-disposition").unwrap();
            assert!(disposition.starts_with(&format!("attachment; filename=\"{layer}.")), "{disposition}");
            assert_eq!(answer.header("ogc-numbermatched"), Some(count.to_string().as_str()));
            let said = ogrinfo(&answer, ending);
            for words in words.into_iter().chain([format!("Feature Count: {count}").as_str()]) {
                assert!(said.contains(words), "{layer}, {form}: `{words}` is not in\n{said}");
            }
            assert!(!said.contains("bimat") && !said.contains("Warning"), "{form}: {said}");
            if ["geojson", "geojsonseq", "fgb", "gpkg"].contains(&form) && layer == "parcel" {
                assert!(said.contains("106.42 11"), "{form}: {said}");
                assert!(said.contains("(106.425 11.005"), "{form} lost a hole: {said}");
                assert!(said.contains("WGS 84"), "{form}: {said}");
            }
        }
    }
}

/// What a tool says of a file and does with it.
fn tool(name: &str, arguments: &[&str], path: &std::path::Path) -> String {
    let output = Command::new(name).args(arguments).arg(path).output().unwrap();
    let said = [output.stdout, output.stderr].map(|o| String::from_utf8_lossy(&o).into_owned()).concat();
    assert!(output.status.success() && !said.contains("ERROR"), "{name} {arguments:?}: {said}");
    said
}

#[tokio::test]
async fn a_geopackage_has_an_r_tree_that_stays_in_step_when_it_is_edited() {
    let site = Served::to(AccessClass::Open).await;
    let answer = site.get("/collections/well/download?f=gpkg").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("well.gpkg");
    std::fs::write(&path, &answer.body).unwrap();
    let count = |table: &str, which: &str| {
        let said =
            tool("ogrinfo", &["-q", "-sql", &format!("SELECT count(*) AS n FROM {table} {which}")], &path);
        said.split("n (Integer) = ").nth(1).unwrap_or_else(|| panic!("{said}")).trim().to_owned()
    };
    let index = tool("ogrinfo", &["-q", "-sql", "SELECT HasSpatialIndex('well', 'geom')"], &path);
    assert!(index.contains("HasSpatialIndex (Integer) = 1"), "{index}");
    assert_eq!(count("well", ""), "23");
    // One has no position.
    assert_eq!(count("rtree_well_geom", ""), "22");
    let boxes = "WHERE NOT EXISTS (SELECT 1 FROM rtree_well_geom r WHERE r.id = well.fid AND ST_MinX(geom) BETWEEN r.minx AND r.maxx \
                 AND ST_MinY(geom) BETWEEN r.miny AND r.maxy)";
    assert_eq!(count("well", boxes), "1");
    let few = tool("ogrinfo", &["-ro", "-al", "-spat", "106.405", "11.005", "106.415", "11.015"], &path);
    assert!(few.contains("Feature Count: 1") && few.contains("W01"), "{few}");
    for statement in ["DELETE FROM well WHERE code = 'W01'", "UPDATE well SET geom = NULL WHERE code = 'W02'"]
    {
        tool("ogrinfo", &["-q", "-sql", statement], &path);
    }
    tool(
        "ogrinfo",
        &[
            "-q",
            "-sql",
            "INSERT INTO well (fid, code, geom) SELECT 9001, 'NEW', geom FROM well WHERE code = 'W03'",
        ],
        &path,
    );
    assert_eq!(count("rtree_well_geom", ""), "21");
    assert_eq!(count("rtree_well_geom", "WHERE id = 9001"), "1");
}

#[tokio::test]
async fn a_geopackage_takes_an_attribute_that_is_called_as_gdal_calls_ids() {
    let named = ROAD.replace(r#"name = "code", type = "text""#, r#"name = "fid", type = "text""#);
    let site =
        Served::over(vec![layer(&named.replace(r#"["code"]"#, r#"["fid"]"#))], AccessClass::Open).await;
    let row =
        "INSERT INTO gis.road (fid, geom) VALUES ('R7', 'SRID=4326;MULTILINESTRING((106 11,106.1 11))')";
    site.database.execute(row).await;
    let answer = site.get("/collections/road/download?f=gpkg").await;
    let said = ogrinfo(&answer, "gpkg");
    assert!(said.contains("FID Column = feature_id") && said.contains("fid (String) = R7"), "{said}");
}

#[tokio::test]
async fn parquet_has_its_geometries_boxes_and_types() {
    let site = Served::to(AccessClass::Open).await;
    let answer = site.get("/collections/well/download?f=parquet").await;
    let file = SerializedFileReader::new(bytes::Bytes::from(answer.body)).unwrap();
    let metadata = file.metadata().file_metadata();
    assert_eq!(metadata.num_rows(), 23);
    let geo = metadata.key_value_metadata().unwrap().iter().find(|pair| pair.key == "geo").unwrap();
    let geo: Json = serde_json::from_str(geo.value.as_ref().unwrap()).unwrap();
    assert_eq!(geo["version"], "1.1.0");
    assert_eq!(geo["columns"]["geometry"]["geometry_types"], serde_json::json!(["Point"]));
    assert_eq!(geo["columns"]["geometry"]["bbox"][3], 11.2);
    let names: Vec<_> =
        file.metadata().file_metadata().schema().get_fields().iter().map(|f| f.name().to_owned()).collect();
    assert!(!names.iter().any(|name| name.contains("bimat")), "{names:?}");
    let place = |name: &str| names.iter().position(|n| n == name).unwrap();
    let rows: Vec<_> = file.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    let seventh =
        rows.iter().find(|row| row.get_string(place("code")).is_ok_and(|code| code == "W07")).unwrap();
    assert_eq!(seventh.get_double(place("depth")).unwrap(), 7.5);
    assert_eq!(seventh.get_long(place("users")).unwrap(), 70);
    assert_eq!(seventh.get_list(place("names")).unwrap().len(), 2);
    assert_eq!(seventh.get_bytes(place("geometry")).unwrap().data()[..5], [1, 1, 0, 0, 0]);
    let told = seventh.to_string();
    for words in ["2020-01-08", "2023-12-31 24:00:00", "xmin: 106.47"] {
        let words = words.replace("2023-12-31 24", "2024-01-01 00");
        assert!(told.contains(&words), "`{words}` is not in {told}");
    }
    let nowhere =
        rows.iter().find(|row| row.get_string(place("code")).is_ok_and(|c| c == "NOWHERE")).unwrap();
    assert!(nowhere.get_bytes(place("geometry")).is_err(), "it has none");
}

#[tokio::test]
async fn a_table_opens_in_excel_and_computes_nothing() {
    let site = Served::to(AccessClass::Open).await;
    site.database
        .execute("UPDATE gis.well SET code = '=HYPERLINK(\"x\")', names = NULL WHERE code = 'W03'")
        .await;
    let text = site.get("/collections/well/download?f=csv").await.text();
    assert!(
        text.starts_with("\u{feff}id,code,use,depth,users,active,drilled_on,measured_at,names,"),
        "{text}"
    );
    assert!(text.lines().next().unwrap().ends_with(",lon,lat"), "{text}");
    assert!(text.contains(",\"'=HYPERLINK(\"\"x\"\")\","), "{text}");
    assert!(text.contains("W01,field,1.5,10,false,2020-01-02,2023-12-31T18:00:00Z,,"), "{text}");
    assert!(text.contains(",106.41,11.01\r\n"), "{text}");
    // As Vietnamese documents give positions: X to the north, Y to the east, of EPSG:9210.
    let text = site.get("/collections/well/download?f=csv&geometry=vn2000&code=W01").await.text();
    let row: Vec<&str> = text.lines().nth(1).unwrap().split(',').collect();
    let [x, y] = [row[row.len() - 2], row[row.len() - 1]].map(|n| n.parse::<f64>().unwrap());
    assert!((1_217_000.0..1_219_000.0).contains(&x) && (571_000.0..573_000.0).contains(&y), "{x} {y}");
    let text = site.get("/collections/parcel/download?f=csv&code=P1").await.text();
    assert!(
        text.contains("\"MULTIPOLYGON(((106.4 11,106.42 11,106.42 11.02,106.4 11.02,106.4 11)))\""),
        "{text}"
    );
    for wrong in
        ["parcel/download?f=csv&geometry=lonlat", "well/items?f=csv&geometry=x", "well/items?geometry=wkt"]
    {
        assert!(site.get(&format!("/collections/{wrong}")).await.problem(400).contains("geometry"));
    }
}

#[tokio::test]
async fn a_text_longer_than_a_cell_is_cut_and_said_to_be() {
    let well = WELL.replacen("max_length = 40, ", "", 1);
    let site = Served::over(vec![layer(&well)], AccessClass::Open).await;
    let add = "INSERT INTO gis.well (code, geom) VALUES ('short', 'SRID=4326;POINT(106.4 11)')";
    site.database.execute(add).await;
    let told = |answer: Answer| ogrinfo(&answer, "xlsx");
    let workbook = told(site.get("/collections/well/download?f=xlsx").await);
    assert!(!workbook.contains("cut"), "{workbook}");
    // A letter outside of the first plane of Unicode has two places in a cell.
    for (letter, held) in [("ấ", 32_767), ("𠀋", 16_383)] {
        let add = format!(
            "DELETE FROM gis.well; INSERT INTO gis.well (id, code, geom) OVERRIDING SYSTEM VALUE \
             VALUES (1, repeat('{letter}', {held}), 'SRID=4326;POINT(106.4 11)'), \
             (7, repeat('{letter}', 40000), 'SRID=4326;POINT(106.4 11)')"
        );
        site.database.execute(&add).await;
        for path in ["download?f=xlsx", "items?f=xlsx"] {
            let workbook = told(site.get(&format!("/collections/well/{path}")).await);
            let cells: Vec<&str> =
                workbook.lines().filter_map(|l| l.split_once("code (String) = ")).map(|(_, v)| v).collect();
            assert_eq!(cells[0], letter.repeat(held));
            let kept = cells[1].strip_suffix("… [đã cắt / cut]").unwrap();
            assert!(kept.chars().all(|c| letter.contains(c)) && cells[1].encode_utf16().count() > 32_700);
            assert!(cells[1].encode_utf16().count() <= 32_767, "{}", cells[1].encode_utf16().count());
            assert!(workbook.contains("Layer name: đã cắt - cut"), "{path}");
            assert!(workbook.contains("1 văn bản dài hơn một ô"), "{path}");
            let row: Vec<&str> =
                workbook.lines().skip_while(|l| !l.contains("OGRFeature(đã cắt - cut):3")).collect();
            assert!(
                row[1].ends_with("= 7") && row[2].ends_with("= code") && row[3].ends_with("= 40000"),
                "{row:?}"
            );
        }
    }
}

#[tokio::test]
async fn pages_come_in_every_form_and_say_what_follows() {
    let site = Served::to(AccessClass::Open).await;
    let (mut next, mut codes) = (Some("/collections/well/items?f=csv&limit=10".to_owned()), Vec::new());
    while let Some(page) = next {
        let answer = site.get(&page).await;
        assert_eq!(answer.header("ogc-numbermatched"), Some("23"));
        let text = answer.text();
        codes.extend(text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().to_owned()));
        let links = answer.header("link").unwrap();
        let link = links.split(", ").find(|link| link.ends_with("rel=\"next\""));
        next = link.map(|link| link[1..link.find('>').unwrap()].to_owned());
    }
    assert_eq!(codes.len(), 23);
    assert_eq!(codes[0], "W01");
    let accepted = site.get_with("/collections/well/items", &[("accept", "text/csv")]).await;
    assert_eq!(accepted.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let sequence = site.get("/collections/well/items?f=geojsonseq&limit=3").await;
    let texts: Vec<Json> = sequence
        .text()
        .split('\u{1e}')
        .skip(1)
        .map(|text| serde_json::from_str(text.strip_suffix('\n').unwrap()).unwrap())
        .collect();
    assert_eq!(texts.len(), 3);
    assert_eq!(texts[2]["properties"]["code"], "W03");
    for wrong in ["/collections/well/items?f=shp", "/collections/well/download?f=shp"] {
        assert!(site.get(wrong).await.problem(400).contains("gpkg"));
    }
    assert!(site.get("/collections/well/download?limit=5").await.problem(400).contains("limit"));
}

/// The routes over a snapshot alone.
async fn published(database: &TestDatabase, catalog: Catalog, data: &std::path::Path) -> Router {
    for view in catalog.views(&Caller::anonymous(AccessClass::Restricted)) {
        publish(&database.database(), &SnapshotFolder::of(data), &view, false, Arc::default()).await.unwrap();
    }
    let snapshots = SnapshotStore::new(SnapshotFolder::of(data));
    assert!(snapshots.serve_newest(&catalog).is_empty());
    let store = LiveStore::new(None, Some(Arc::new(snapshots)));
    router(Arc::new(Site::new(store, Arc::new(catalog), Caller::anonymous(AccessClass::Open))))
}

async fn body(router: &Router, path: &str) -> Vec<u8> {
    let response = router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.into_body().collect().await.unwrap().to_bytes().to_vec()
}

#[tokio::test]
async fn a_snapshot_and_the_record_send_the_same() {
    let served = Served::to(AccessClass::Open).await;
    let catalog = || Catalog::new([WELL, PARCEL].map(layer).to_vec(), Default::default());
    let record = site(&served.database, catalog(), AccessClass::Open);
    let data = tempfile::tempdir().unwrap();
    let snapshot = published(&served.database, catalog(), data.path()).await;
    for path in ["well", "parcel", "well?code=W07", "parcel?bbox=106.4,11,106.41,11.01"] {
        let (layer, question) = path.split_once('?').unwrap_or((path, ""));
        for form in ["geojson", "csv", "geojsonseq"] {
            let path = format!("/collections/{layer}/download?f={form}&{question}");
            let text = |bytes: Vec<u8>| {
                let text = String::from_utf8(bytes).unwrap();
                // One comes in the order of the file.
                let mut lines: Vec<String> = text
                    .replace("},{\"type\":\"Feature\"", "}\n{\"type\":\"Feature\"")
                    .replace(":[{", ":[\n{")
                    .replace("}]}", "}\n]}")
                    .lines()
                    .map(str::to_owned)
                    .collect();
                lines.sort();
                lines
            };
            assert_eq!(text(body(&snapshot, &path).await), text(body(&record, &path).await), "{path}");
        }
    }
}
