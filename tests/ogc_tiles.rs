//! OGC API Tiles (20-057) and the tile matrix sets that it rests on (17-083r4): a test for each
//! requirement, named after it.

use crate::support::{
    served::{Served, href},
    vector_tile::decode,
};
use diaban::layer::AccessClass;
use serde_json::{Value as Json, json};

const TILESETS: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
const SET: &str = "WebMercatorQuad";
const MVT: &str = "application/vnd.mapbox-vector-tile";

async fn open() -> Served {
    Served::to(AccessClass::Open).await
}

/// Both kinds of tilesets, by where they are.
const BASES: [&str; 2] = ["/collections/well/tiles", "/map/tiles"];

/// The template of a tileset's tiles.
fn template(tileset: &Json) -> &str {
    let links = tileset["links"].as_array().unwrap();
    let link = links.iter().find(|l| l["rel"] == "item" && l["type"] == MVT).unwrap();
    assert_eq!(link["templated"], true, "{link}");
    link["href"].as_str().unwrap()
}

fn filled(template: &str, matrix: impl ToString, row: impl ToString, col: impl ToString) -> String {
    template
        .replace("{tileMatrix}", &matrix.to_string())
        .replace("{tileRow}", &row.to_string())
        .replace("{tileCol}", &col.to_string())
}

#[tokio::test]
async fn core_tc_success_the_tile_is_that_of_the_map() {
    let site = open().await;
    for (path, same) in [
        ("/collections/well/tiles/WebMercatorQuad/0/0/0", "/tiles/well/0/0/0"),
        // Row before column.
        ("/collections/well/tiles/WebMercatorQuad/8/120/203", "/tiles/well/8/203/120"),
        ("/collections/parcel/tiles/WebMercatorQuad/8/120/203", "/tiles/parcel/8/203/120"),
        ("/map/tiles/WebMercatorQuad/8/120/203", "/tiles/parcel,road,well/8/203/120"),
    ] {
        let (tile, expected) = (site.get(path).await, site.get(same).await);
        assert_eq!((tile.status, tile.header("content-type")), (200, Some(MVT)), "{path}");
        assert_eq!(tile.body, expected.body, "{path}");
        assert_eq!(tile.header("etag"), expected.header("etag"), "{path}");
    }
}

#[tokio::test]
async fn core_tc_error_outside_the_limits_there_is_no_tile() {
    let site = open().await;
    for base in BASES {
        for (matrix, row, col) in [
            ("0", "1", "0"),
            ("0", "0", "1"),
            ("0", "2147483647", "0"),
            ("0", "0", "2147483647"),
            ("25", "0", "0"),
            ("99999999999", "0", "0"),
            // Sea of all layers, within the matrix.
            ("8", "0", "0"),
        ] {
            let path = format!("{base}/{SET}/{matrix}/{row}/{col}");
            site.get(&path).await.problem(404);
        }
        for (path, named) in [
            (format!("{base}/{SET}/a/0/0"), "tileMatrix: `a`"),
            (format!("{base}/{SET}/0/-1/0"), "tileRow: `-1`"),
            (format!("{base}/{SET}/0/0/1.5"), "tileCol: `1.5`"),
            (format!("{base}/{SET}/0/0/0?f=png"), "f: `png`"),
            (format!("{base}/{SET}/0/0/0?colour=red"), "`colour`"),
            (format!("{base}/{SET}/0/0/0?properties=colour"), "properties: `colour`"),
        ] {
            let detail = site.get(&path).await.problem(400);
            assert!(detail.contains(named), "{path}: {detail}");
        }
        let other = site.get(&format!("{base}/WorldCRS84Quad/0/0/0")).await.problem(404);
        assert!(other.contains("`WorldCRS84Quad`") && other.contains(SET), "{other}");
    }
    // A layer whose zooms have not begun.
    site.get("/collections/parcel/tiles/WebMercatorQuad/7/60/101").await.problem(404);
}

#[tokio::test]
async fn core_an_empty_tile_within_the_limits_is_204() {
    let site = open().await;
    // Between the wells of Fiji and those of the province.
    let answer = site.get("/collections/well/tiles/WebMercatorQuad/8/128/230").await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    site.database.execute("TRUNCATE gis.well").await;
    site.get("/collections/well/tiles/WebMercatorQuad/0/0/0").await.problem(404);
}

#[tokio::test]
async fn mvt_tiles_hold_the_attributes_asked_for() {
    let site = open().await;
    for base in BASES {
        let tile = site.get(&format!("{base}/{SET}/0/0/0?properties=code")).await;
        let layers = decode(&tile.body);
        let well = layers.iter().find(|layer| layer.name == "well").unwrap();
        let names: Vec<_> = well.features[0].attributes.keys().map(String::as_str).collect();
        assert_eq!(names, ["code"], "{base}");
        let mlt = site.get(&format!("{base}/{SET}/0/0/0?f=mlt")).await;
        assert_eq!(mlt.header("content-type"), Some("application/vnd.maplibre-tile"));
    }
}

#[tokio::test]
async fn dataset_tilesets_landing_page() {
    let site = open().await;
    let list = site.json(href(&site.json("/").await, TILESETS).unwrap()).await;
    assert_eq!(list["tilesets"].as_array().unwrap().len(), 1);
    for collection in site.json("/collections").await["collections"].as_array().unwrap() {
        let tilesets = href(collection, TILESETS).unwrap();
        assert!(tilesets.ends_with("/tiles"), "{tilesets}");
        assert_eq!(site.json(tilesets).await["tilesets"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn tilesets_list_ts_list_success() {
    let site = open().await;
    for base in BASES {
        let list = site.json(base).await;
        assert!(href(&list, "self").is_some_and(|own| own.ends_with(base)));
        let item = &list["tilesets"][0];
        assert_eq!(item["dataType"], "vector");
        assert_eq!(item["crs"], "http://www.opengis.net/def/crs/EPSG/0/3857");
        assert_eq!(item["tileMatrixSetId"], SET);
        assert_eq!(
            item["tileMatrixSetURI"],
            "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
        );
        let whole = site.json(href(item, "self").unwrap()).await;
        for member in ["title", "dataType", "crs", "tileMatrixSetURI", "tileMatrixSetLimits"] {
            assert_eq!(whole[member], item[member], "{base}: {member}");
        }
        assert_eq!(template(&whole), template(item));
    }
}

#[tokio::test]
async fn tileset_every_tile_of_the_limits_is_one_and_none_beyond() {
    let site = open().await;
    for (tileset, zooms) in [("/collections/parcel/tiles", 8..=16), ("/collections/road/tiles", 6..=16)] {
        let tileset = site.json(&format!("{tileset}/{SET}")).await;
        let limits = tileset["tileMatrixSetLimits"].as_array().unwrap();
        let named: Vec<String> = zooms.map(|z| z.to_string()).collect();
        assert_eq!(limits.iter().map(|l| l["tileMatrix"].as_str().unwrap()).collect::<Vec<_>>(), named);
        for limit in &limits[..4] {
            let number = |name: &str| limit[name].as_u64().unwrap();
            let matrix = limit["tileMatrix"].as_str().unwrap();
            let (rows, cols) =
                (number("minTileRow")..=number("maxTileRow"), number("minTileCol")..=number("maxTileCol"));
            let mut full = 0;
            for row in rows.clone() {
                for col in cols.clone() {
                    let status = site.get(&filled(template(&tileset), matrix, row, col)).await.status;
                    assert!([200, 204].contains(&status), "{limit} {row} {col}: {status}");
                    full += usize::from(status == 200);
                }
            }
            assert!(full > 0, "{limit}");
            for (row, col) in [
                (rows.end() + 1, *cols.end()),
                (*rows.end(), cols.end() + 1),
                (rows.start() - 1, *cols.start()),
                (*rows.start(), cols.start() - 1),
            ] {
                assert_eq!(site.get(&filled(template(&tileset), matrix, row, col)).await.status, 404);
            }
        }
    }
}

#[tokio::test]
async fn tileset_desc_says_what_is_in_it_and_where() {
    let site = open().await;
    let tileset = site.json("/map/tiles/WebMercatorQuad").await;
    let layers = tileset["layers"].as_array().unwrap();
    let of = |name: &str| layers.iter().find(|l| l["id"] == name).unwrap();
    assert_eq!(layers.len(), 3);
    assert_eq!((&of("well")["geometryDimension"], &of("road")["geometryDimension"]), (&json!(0), &json!(1)));
    assert_eq!((&of("parcel")["minTileMatrix"], &of("parcel")["maxTileMatrix"]), (&json!("8"), &json!("16")));
    assert_eq!(of("well")["propertiesSchema"]["properties"]["depth"]["type"], "number");
    let west = tileset["boundingBox"]["lowerLeft"][0].as_f64().unwrap();
    assert!((-180.0..=-179.4).contains(&west), "{west}");
    for link in tileset["links"].as_array().unwrap().iter().filter(|l| l["templated"] != true) {
        assert_eq!(site.get(link["href"].as_str().unwrap()).await.status, 200, "{link}");
    }
}

#[tokio::test]
async fn tile_matrix_set_is_that_of_the_register() {
    let site = open().await;
    let list = site.json("/tileMatrixSets").await;
    let set = site.json(href(&list["tileMatrixSets"][0], "self").unwrap()).await;
    assert_eq!((&set["id"], &set["orderedAxes"]), (&json!(SET), &json!(["X", "Y"])));
    let matrices = set["tileMatrices"].as_array().unwrap();
    assert_eq!(matrices.len(), 25);
    // OGC 17-083r4, table D.1.
    for (zoom, scale, cell, width) in [
        (0, 559_082_264.028_717_2, 156_543.033_928_041, 1),
        (1, 279_541_132.014_358_2, 78_271.516_964_020_4, 2),
        (18, 2_132.729_583_849_3, 0.597_164_283_477_9, 262_144),
        (24, 33.323_899_747_645_2, 0.009_330_691_929_342, 16_777_216),
    ] {
        let matrix = &matrices[zoom];
        assert_eq!(matrix["id"], zoom.to_string());
        for (name, expected) in [("scaleDenominator", scale), ("cellSize", cell)] {
            let found = matrix[name].as_f64().unwrap();
            assert!((found / expected - 1.0).abs() < 1e-9, "{zoom} {name}: {found}");
        }
        assert_eq!((&matrix["matrixWidth"], &matrix["matrixHeight"]), (&json!(width), &json!(width)));
        assert_eq!((&matrix["tileWidth"], &matrix["cornerOfOrigin"]), (&json!(256), &json!("topLeft")));
    }
    assert!(site.get("/tileMatrixSets/GNOSISGlobalGrid").await.problem(404).contains("GNOSISGlobalGrid"));
}

#[tokio::test]
async fn oas30_operation_ids_end_as_the_standard_has_them() {
    let site = open().await;
    let api = site.json("/api").await;
    for (path, id) in [
        ("/collections/{layer}/tiles", "collection.vector.getTileSetsList"),
        ("/collections/{layer}/tiles/{tileMatrixSetId}", "collection.vector.getTileSet"),
        (
            "/collections/{layer}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
            "collection.vector.getTile",
        ),
        ("/map/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}", "dataset.vector.getTile"),
    ] {
        assert_eq!(api["paths"][path]["get"]["operationId"], id, "{path}");
    }
    let classes = site.json("/conformance").await["conformsTo"].to_string();
    for class in ["core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "mvt", "oas30"]
    {
        let class = format!("http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{class}\"");
        assert!(classes.contains(&class), "{class}");
    }
}
