//! One operation as the OpenAPI document tells of it, and the parameters that several share.

use super::super::parameters::{LIMIT_DEFAULT, LIMIT_MAX};
use serde_json::{Map, Value as Json, json};

/// Media types of areas that come as files: a Shapefile goes in a zip archive.
const AREA_FILES: [&str; 7] = [
    "application/geo+json",
    "application/vnd.google-earth.kml+xml",
    "application/vnd.google-earth.kmz",
    "application/zip",
    "application/geopackage+sqlite3",
    "image/vnd.dxf",
    "application/octet-stream",
];
const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// What can be asked at one address by one method.
#[derive(Debug)]
pub struct Operation {
    /// The path with its templates.
    pub path: String,
    method: &'static str,
    body: Json,
}

impl Operation {
    /// A question at `path`. `id` is unique in the document.
    pub fn get(path: impl Into<String>, id: impl Into<String>, summary: impl Into<String>) -> Self {
        Self::new("get", path, id, summary)
    }

    /// A question at `path` that is a JSON document.
    pub fn post(path: impl Into<String>, id: impl Into<String>, summary: impl Into<String>) -> Self {
        let mut operation = Self::new("post", path, id, summary);
        operation.body["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": { "type": "object" } } } });
        operation.body["responses"]["413"] = problem("The question is too long");
        operation.body["responses"]["415"] = problem("The question is no JSON");
        operation
    }

    /// The same with an area: the body may say what the parameters do not, in these members.
    pub fn post_area(
        path: impl Into<String>,
        id: impl Into<String>,
        summary: impl Into<String>,
        members: &[&str],
    ) -> Self {
        let mut operation = Self::new("post", path, id, summary);
        let any: Map<String, Json> = members.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
        let schema = json!({ "type": "object", "properties": any });
        let mut parts = schema.clone();
        parts["properties"]["file"] = json!({ "type": "string", "format": "binary" });
        parts["properties"]["area-crs"] = json!({ "type": "string" });
        let mut content =
            json!({ "application/json": { "schema": schema }, "multipart/form-data": { "schema": parts } });
        for kind in AREA_FILES {
            content[kind] = json!({ "schema": schema_of(kind) });
        }
        operation.body["requestBody"] =
            json!({ "description": "A question, or an area as a file", "content": content });
        operation
            .with([query("area-crs", "System of an area that comes as a file", json!({ "type": "string" }))])
            .or_problem("413", "The body is too long")
    }

    /// Something that is changed at `path`.
    pub fn change(
        method: &'static str,
        path: impl Into<String>,
        id: impl Into<String>,
        summary: impl Into<String>,
    ) -> Self {
        Self::new(method, path, id, summary)
    }

    /// Takes a body of one of these media types.
    pub fn takes(mut self, kinds: &[&str]) -> Self {
        let content: Map<String, Json> = kinds
            .iter()
            .map(|kind| ((*kind).to_owned(), json!({ "schema": { "type": "object" } })))
            .collect();
        self.body["requestBody"] = json!({ "required": true, "content": content });
        self
    }

    /// May be told more by a JSON document of this schema.
    pub fn with_question(mut self, schema: Json) -> Self {
        self.body["requestBody"] =
            json!({ "required": false, "content": { "application/json": { "schema": schema } } });
        self
    }

    fn new(
        method: &'static str,
        path: impl Into<String>,
        id: impl Into<String>,
        summary: impl Into<String>,
    ) -> Self {
        let mut responses = Map::new();
        for (status, text) in [
            ("400", "A parameter says something that cannot be"),
            ("401", "The API key is not taken"),
            ("403", "The caller may know of the layer, and is not let in"),
            ("404", "There is no such thing"),
            ("429", "More at once, or more often, than one caller may; Retry-After says when to go on"),
            ("500", "The server made a mistake"),
            (
                "503",
                "Busy, the database is away, or there is none and the layer has no snapshot that can be read",
            ),
        ] {
            responses.insert(status.to_owned(), problem(text));
        }
        let (id, summary) = (id.into(), summary.into());
        let body = json!({ "operationId": id, "summary": summary, "parameters": [], "responses": responses });
        Self { path: path.into(), method, body }
    }

    /// With these parameters.
    pub fn with(mut self, parameters: impl IntoIterator<Item = Json>) -> Self {
        if let Some(list) = self.body["parameters"].as_array_mut() {
            list.extend(parameters);
        }
        self
    }

    /// Answers 200 with one of these media types.
    pub fn gives(mut self, kinds: &[&str]) -> Self {
        let content: Map<String, Json> =
            kinds.iter().map(|kind| ((*kind).to_owned(), json!({ "schema": schema_of(kind) }))).collect();
        self.body["responses"]["200"] = json!({ "description": "OK", "content": content });
        self
    }

    /// Its JSON document has these members of ours beside those of the standard that it follows.
    pub fn with_members(mut self, members: Json) -> Self {
        self.body["responses"]["200"]["content"]["application/json"]["schema"]["properties"] = members;
        self
    }

    /// May also answer `status` without a body.
    pub fn or(mut self, status: &str, text: &str) -> Self {
        self.body["responses"][status] = json!({ "description": text });
        self
    }

    /// May also answer `status` with a problem.
    pub fn or_problem(mut self, status: &str, text: &str) -> Self {
        self.body["responses"][status] = problem(text);
        self
    }

    /// Puts it among the paths.
    pub fn enter(self, paths: &mut Map<String, Json>) {
        paths.entry(self.path).or_insert_with(|| json!({}))[self.method] = self.body;
    }
}

fn problem(text: &str) -> Json {
    json!({ "description": text,
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/problem" } } } })
}

fn schema_of(kind: &str) -> Json {
    let bare = kind.split(';').next().unwrap_or_default();
    match bare.ends_with("json") {
        true => json!({ "type": "object" }),
        false if bare.starts_with("text/") || bare.contains("text") => json!({ "type": "string" }),
        false => json!({ "type": "string", "format": "binary" }),
    }
}

/// A parameter of the query. Style and explode are written out: clients do not all know the
/// defaults.
pub fn query(name: &str, text: &str, schema: Json) -> Json {
    json!({ "name": name, "in": "query", "required": false, "style": "form", "explode": false,
            "description": text, "schema": schema })
}

/// A parameter of the path.
pub fn path(name: &str, text: &str, schema: Json) -> Json {
    json!({ "name": name, "in": "path", "required": true, "description": text, "schema": schema })
}

/// Several names in one, joined by commas.
pub fn names(name: &str, text: &str) -> Json {
    query(name, text, json!({ "type": "array", "items": { "type": "string" } }))
}

/// `f`, with the formats that there are.
pub fn format(formats: &[&str]) -> Json {
    query("f", "Format", json!({ "type": "string", "enum": formats }))
}

/// `lang`: the language of titles.
pub fn language() -> Json {
    query(
        "lang",
        "Language of titles and pages; else Accept-Language",
        json!({ "type": "string", "enum": ["vi", "en"] }),
    )
}

/// `bbox`, as OGC 17-069r4, 7.15.3 defines it.
pub fn bbox() -> Json {
    let schema = json!({ "type": "array", "minItems": 4, "maxItems": 6, "items": { "type": "number" } });
    query("bbox", "West, south, east, north in degrees, or in the order of bbox-crs", schema)
}

/// A parameter that names a coordinate reference system by its URI (OGC 18-058r1).
pub fn crs(name: &str, text: &str) -> Json {
    query(name, text, json!({ "type": "string", "format": "uri", "default": CRS84 }))
}

/// `datetime`, as OGC 17-069r4, 7.15.4 defines it.
pub fn datetime() -> Json {
    query("datetime", "A moment, a day, or an interval", json!({ "type": "string" }))
}

/// `as_of`: features as they were on record.
pub fn as_of() -> Json {
    let schema = json!({ "type": "string", "example": "2026-11-24T08:00:00+07:00" });
    query("as_of", "The layer as it was on record at a moment, or at the end of a day", schema)
}

/// `limit`, as OGC 17-069r4, 7.15.2 defines it.
pub fn limit() -> Json {
    let schema = json!({ "type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT });
    query("limit", "Features on a page", schema)
}

/// `filter` and what belongs to it, as OGC 19-079r2, 7 defines them.
pub fn filter() -> [Json; 3] {
    [
        query("filter", "CQL2: a condition on attributes and the geometry", json!({ "type": "string" })),
        query(
            "filter-lang",
            "Encoding of the filter",
            json!({ "type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text" }),
        ),
        query(
            "filter-crs",
            "System of the filter's coordinates; else CRS84",
            json!({ "type": "string", "format": "uri" }),
        ),
    ]
}

/// `sortby`: attributes with `-` before those that are turned.
pub fn sort_by() -> Json {
    names("sortby", "Attributes to sort by; - before one sorts from the greatest")
}

/// `cursor`: where the page before ended.
pub fn cursor() -> Json {
    query("cursor", "Where the page before ended; from its next link", json!({ "type": "string" }))
}
