//! A served site over a real database: a few layers that together have every attribute type,
//! every geometry family, hidden layers, attributes and rows.

use super::{TestDatabase, layer};
use axum::{Router, body::Body};
use diaban::{
    http::{Site, router},
    layer::{AccessClass, Caller, Catalog, LayerDefinition},
    store::postgis::PostgisStore,
};
use http_body_util::BodyExt;
use serde_json::Value as Json;
use std::{io::Read, sync::Arc};
use tower::ServiceExt;

/// Points, with an attribute of each type; zooms 0-14.
pub const WELL: &str = r#"
    id = "well"
    title = { vi = "Giếng khoan", en = "Wells" }
    group = "agriculture"
    agency = "sonnmt"
    item = "1.1.1"
    geometry = ["Point"]
    key = ["code"]
    label = "code"
    access = "open"
    zoom = { min = 0, max = 14 }
    generalise = { rule = "thin" }
    attributes = [
        { name = "code", type = "text", max_length = 40, title = { vi = "Mã", en = "Code" } },
        { name = "use", type = "enum", title = { vi = "Mục đích", en = "Use" }, values = [
            { code = "drink", vi = "Nước uống", en = "Drinking" },
            { code = "field", vi = "Tưới", en = "Irrigation" } ] },
        { name = "depth", type = "number", unit = "m", title = { vi = "Độ sâu", en = "Depth" } },
        { name = "users", type = "integer", title = { vi = "Số hộ", en = "Users" } },
        { name = "active", type = "boolean", title = { vi = "Đang dùng", en = "Active" } },
        { name = "drilled_on", type = "date", title = { vi = "Ngày khoan", en = "Drilled on" } },
        { name = "measured_at", type = "timestamp", title = { vi = "Lúc đo", en = "Measured at" } },
        { name = "names", type = "text_list", title = { vi = "Tên khác", en = "Other names" } },
        { name = "bimat_owner", type = "text", access = "restricted", title = { vi = "Chủ", en = "Owner" } },
        { name = "access_class", type = "text", title = { vi = "Mức", en = "Class" } },
        { name = "valid_from", type = "date", title = { vi = "Từ", en = "From" } },
        { name = "valid_to", type = "date", title = { vi = "Đến", en = "To" } },
    ]
"#;

/// Areas; zooms 8-16.
pub const PARCEL: &str = r#"
    id = "parcel"
    title = { vi = "Thửa đất", en = "Parcels" }
    group = "land_price"
    agency = "sonnmt"
    item = "3.1.1"
    geometry = ["MultiPolygon"]
    key = ["code"]
    access = "open"
    zoom = { min = 8, max = 16 }
    generalise = { rule = "coverage" }
    attributes = [
        { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
        { name = "area", type = "number", title = { vi = "Diện tích", en = "Area" } },
    ]
"#;

/// Lines; zooms 6-16.
pub const ROAD: &str = r#"
    id = "road"
    title = { vi = "Đường", en = "Roads" }
    group = "transport"
    agency = "soxd"
    item = "5.1.1"
    geometry = ["MultiLineString"]
    key = ["code"]
    access = "open"
    zoom = { min = 6, max = 16 }
    generalise = { rule = "network" }
    attributes = [{ name = "code", type = "text", title = { vi = "Mã", en = "Code" } }]
"#;

/// Nobody but the restricted class knows of it.
pub const CABLE: &str = r#"
    id = "bimat_cable"
    title = { vi = "Cáp bimat-lop", en = "Cables bimat-lop" }
    group = "telecom"
    agency = "sokhcn"
    item = "7.1.1"
    geometry = ["Point"]
    key = ["code"]
    access = "restricted"
    zoom = { min = 0, max = 16 }
    generalise = { rule = "thin" }
    attributes = [{ name = "code", type = "text", title = { vi = "Mã", en = "Code" } }]
"#;

/// Twenty wells about 106.4 E 11.0 N, one on each side of the antimeridian, one without a
/// position, one hidden; four parcels, of which one has a hole; two roads; one hidden cable.
pub const ROWS: &str = r"
    INSERT INTO gis.well (code, use, depth, users, active, drilled_on, measured_at, names, bimat_owner,
                          valid_from, valid_to, geom)
    SELECT 'W' || lpad(i::text, 2, '0'), CASE WHEN i % 2 = 0 THEN 'drink' ELSE 'field' END, i + 0.5, i * 10,
           i % 3 = 0, date '2020-01-01' + i, timestamptz '2024-01-01 00:00:00+07' + i * interval '1 hour',
           CASE WHEN i = 7 THEN ARRAY['Giếng Bảy', 'a, b'] END, 'bimat-thuoctinh ' || i,
           date '2020-01-01' + i, CASE WHEN i <= 5 THEN date '2022-01-01' END,
           ST_SetSRID(ST_MakePoint(106.4 + i * 0.01, 11.0 + i * 0.01), 4326)
    FROM generate_series(1, 20) AS i;
    INSERT INTO gis.well (code, geom) VALUES
        ('FIJI WEST', 'SRID=4326;POINT(179.5 -17)'), ('FIJI EAST', 'SRID=4326;POINT(-179.5 -17)'),
        ('NOWHERE', NULL);
    INSERT INTO gis.well (code, depth, access_class, geom)
        VALUES ('bimat-hang', 9999.75, 'restricted', 'SRID=4326;POINT(106.95 11.75)');
    INSERT INTO gis.parcel (code, area, geom) VALUES
        ('P1', 12.5, 'SRID=4326;MULTIPOLYGON(((106.40 11.00,106.42 11.00,106.42 11.02,106.40 11.02,106.40 11.00)))'),
        ('P2', NULL, 'SRID=4326;MULTIPOLYGON(((106.42 11.00,106.44 11.00,106.44 11.02,106.42 11.02,106.42 11.00),
                      (106.425 11.005,106.435 11.005,106.435 11.015,106.425 11.015,106.425 11.005)))'),
        ('P3', 3, 'SRID=4326;MULTIPOLYGON(((106.45 11.00,106.46 11.00,106.46 11.01,106.45 11.00)),
                   ((106.47 11.00,106.48 11.00,106.48 11.01,106.47 11.00)))'),
        ('P4', -1, 'SRID=4326;MULTIPOLYGON(((106.1 10.7,106.9 10.7,106.9 10.9,106.1 10.9,106.1 10.7)))');
    INSERT INTO gis.road (code, geom) VALUES
        ('R1', 'SRID=4326;MULTILINESTRING((106.0 11.0,106.4 11.05,106.9 11.3))'),
        ('R2', 'SRID=4326;MULTILINESTRING((106.4 11.0,106.41 11.0),(106.42 11.0,106.43 11.01))');
    INSERT INTO gis.bimat_cable (code, geom) VALUES ('bimat-lop 1', 'SRID=4326;POINT(106.5 11.1)');
";

/// A site and the database under it.
pub struct Served {
    pub database: TestDatabase,
    pub router: Router,
}

impl Served {
    /// The layers and rows of this file, as the class sees them.
    pub async fn to(class: AccessClass) -> Self {
        let served = Self::over([WELL, PARCEL, ROAD, CABLE].map(layer).to_vec(), class).await;
        served.database.execute(ROWS).await;
        served
    }

    /// Other layers, without rows.
    pub async fn over(layers: Vec<LayerDefinition>, class: AccessClass) -> Self {
        let catalog = Catalog::new(layers, Default::default());
        let database = TestDatabase::with_catalog(&catalog).await;
        let router = site(&database, catalog, class);
        Self { database, router }
    }

    /// The answer to a GET without any header.
    pub async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    /// The answer to a GET.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers).await
    }

    /// The answer to a POST of a document.
    pub async fn post(&self, path: &str, kind: &str, document: impl Into<Vec<u8>>) -> Answer {
        self.send("POST", path, &[("content-type", kind)], document.into()).await
    }

    /// The answer to any request without a body.
    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(method, path, headers, Vec::new()).await
    }

    /// The answer to any request.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let path = path.strip_prefix("http://localhost").unwrap_or(path);
        let mut request = axum::http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer {
            asked: format!("{method} {path}"),
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    /// The JSON of a GET that must succeed.
    pub async fn json(&self, path: &str) -> Json {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }
}

/// The routes over the layers of a catalogue.
pub fn site(database: &TestDatabase, catalog: Catalog, class: AccessClass) -> Router {
    let store = PostgisStore::new(database.database());
    router(Arc::new(Site::new(store, Arc::new(catalog), Caller::anonymous(class))))
}

/// What came back.
pub struct Answer {
    pub asked: String,
    pub status: u16,
    pub headers: axum::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header, if there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// All values of a header, in one list.
    pub fn headers(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter().map(|value| value.to_str().unwrap());
        values.collect::<Vec<_>>().join(", ")
    }

    /// The body without its content coding.
    pub fn decoded(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self.header("content-encoding") {
            None => out.clone_from(&self.body),
            Some("gzip") => drop(flate2::read::GzDecoder::new(&self.body[..]).read_to_end(&mut out).unwrap()),
            Some("zstd") => out = zstd::stream::decode_all(&self.body[..]).unwrap(),
            Some("br") => {
                brotli::Decompressor::new(&self.body[..], 4096).read_to_end(&mut out).map(drop).unwrap()
            }
            Some(other) => panic!("{}: content-encoding {other}", self.asked),
        }
        out
    }

    /// The body, bytes that are no UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error} in {}", self.asked, self.text()))
    }

    /// Holds that this is an RFC 9457 problem with the status, and that nothing of the inside
    /// shows. Returns its detail.
    pub fn problem(&self, status: u16) -> String {
        let Self { asked, .. } = self;
        assert_eq!(self.status, status, "{asked}: {}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{asked}: {}", self.text());
        let problem = self.json();
        assert_eq!(problem["status"], status, "{asked}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{asked}: {problem}");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(!detail.is_empty(), "{asked}: {problem}");
        for inside in ["SELECT", "gis.", "ST_", "db error", "SQLSTATE", "panic", "tokio", "src/"] {
            assert!(!detail.replace("opengis.net", "").contains(inside), "{asked}: `{inside}` in {detail}");
        }
        detail.to_owned()
    }
}

/// The values of one property of all features of a page, in order.
pub fn property<'a>(page: &'a Json, name: &str) -> Vec<&'a str> {
    page["features"].as_array().unwrap().iter().map(|f| f["properties"][name].as_str().unwrap()).collect()
}

/// The target of the link of a kind.
pub fn href<'a>(document: &'a Json, rel: &str) -> Option<&'a str> {
    document["links"].as_array()?.iter().find(|l| l["rel"] == rel)?["href"].as_str()
}
