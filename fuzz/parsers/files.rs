//! Any bytes as an agency's file, read to its end as an import does, and as a drawn area.
//!
//! Of formats that are no text, bytes are written over places of a good file; fuzz/run makes those in `GOOD_FILES`.

use crate::good::{LAYER, patch};
use diaban::{
    crs, drawing,
    import::{ImportRequest, rehearse},
    layer::{Catalog, LayerDefinition},
};
use std::{env, fs, path::PathBuf, sync::LazyLock};

pub const TABLES: &[&[u8]] = &[
    "Mã;Cỡ;Ngày;X;Y\nT1;1,5;01/02/2020;600000;1200000\nT2;2.500,25;31/12/1999;600100,5;1200100\n".as_bytes(),
    b"code,size,day,lon,lat\nT1,1.5,2020-02-01,106.4,11.0\nT2,2,43831,106.5,11.1\n",
    b"code,size,wkt\nT1,1,\"POLYGON((106 11,106.1 11,106.1 11.1,106 11))\"\n",
    b"B\xd6ng k\xaa\n\nM\xb7\tC\xec\tTo\xb9 \xae\xe9 X\tTo\xb9 \xae\xe9 Y\nT1\t1\t1200000\t600000\n",
    b"code,corner,x,y\nT1,1,600000,1200000\nT1,2,600100,1200000\nT1,3,600100,1200100\nT2,1,1,1\n",
    b"code,lat,lon\nT1,\"11\xc2\xb024'30.5\"\"N\",\"106\xc2\xb01'2\"\"E\"\n",
];

pub const DOCUMENTS: &[&[u8]] = &[
    br#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::9210"}},"features":[{"type":"Feature","properties":{"code":"T1","size":1,"day":"2020-01-01"},"geometry":{"type":"Polygon","coordinates":[[[600000,1200000],[600100,1200000],[600100,1200100],[600000,1200000]]]}}]}"#,
    br#"{"type":"FeatureCollection","features":[{"type":"Feature","id":3,"properties":{"code":"T1","size":null},"geometry":{"type":"Point","coordinates":[106.4,11.0,5]}},{"type":"Feature","properties":{"code":"T2"},"geometry":null}]}"#,
];

pub const DRAWINGS: &[&[u8]] = &[
    DOCUMENTS[0],
    br#"<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>106,11 106.1,11 106.1,11.1 106,11</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>"#,
    b"0\nSECTION\n2\nENTITIES\n0\nLWPOLYLINE\n8\n0\n90\n3\n70\n1\n10\n600000\n20\n1200000\n10\n600100\n20\n1200000\n10\n600100\n20\n1200100\n0\nENDSEC\n0\nEOF\n",
    b"PK\x03\x04\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0area.shp",
];

/// Positions, and areas.
const POINTS: &str = r#"
id = "site"
title = { vi = "Chỗ", en = "Site" }
group = "agriculture"
agency = "sonnmt"
item = "1"
geometry = ["Point"]
key = ["code"]
access = "open"
zoom = { min = 0, max = 18 }
generalise = { rule = "thin" }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "size", type = "number", title = { vi = "Cỡ", en = "Size" } },
  { name = "count", type = "integer", title = { vi = "Số", en = "Count" } },
  { name = "day", type = "date", title = { vi = "Ngày", en = "Day" } },
  { name = "at", type = "timestamp", title = { vi = "Lúc", en = "At" } },
  { name = "done", type = "boolean", title = { vi = "Xong", en = "Done" } },
]
"#;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let layer = |text: &str| toml::from_str::<LayerDefinition>(text).expect("a layer");
    Catalog::new(vec![layer(LAYER), layer(POINTS)], Default::default())
});

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = env::temp_dir().join(format!("diaban-fuzz-files-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    folder
});

fn import(name: &str) {
    for layer in ["any", "site"] {
        let request = ImportRequest {
            files: vec![FOLDER.join(name)],
            layer: layer.to_owned(),
            system: crs::system(9210).ok().filter(|_| name.ends_with("csv")),
            ..ImportRequest::default()
        };
        if let Err(error) = rehearse(&CATALOG, &request) {
            let said = error.to_string();
            assert!(!said.contains("it ended early"), "{said}");
        }
    }
}

fn whole(name: &str, bytes: &[u8]) {
    fs::write(FOLDER.join(name), bytes).expect("a file");
    import(name);
}

/// Files of these names with bytes over places of theirs; the first is what is imported.
fn garbled(names: &[&str], patches: &[u8]) {
    let good = PathBuf::from(env::var_os("GOOD_FILES").expect("GOOD_FILES is the folder of good files"));
    let mut files: Vec<Vec<u8>> =
        names.iter().map(|name| fs::read(good.join(name)).expect("a good file")).collect();
    patch(&mut files, patches);
    for (name, bytes) in names.iter().zip(&files) {
        fs::write(FOLDER.join(name), bytes).expect("a file");
    }
    import(names[0]);
}

pub fn csv(bytes: &[u8]) {
    whole("any.csv", bytes);
}

pub fn geojson(bytes: &[u8]) {
    whole("any.geojson", bytes);
}

pub fn flatgeobuf(patches: &[u8]) {
    garbled(&["good.fgb"], patches);
}

pub fn shapefile(patches: &[u8]) {
    garbled(&["good.shp", "good.shx", "good.dbf"], patches);
}

pub fn workbook(patches: &[u8]) {
    garbled(&["good.xlsx"], patches);
}

pub fn drawing(bytes: &[u8]) {
    let _ = drawing::read(bytes, None).map_err(|error| error.to_string());
    let _ = drawing::read(bytes, crs::system(9210).ok());
}
