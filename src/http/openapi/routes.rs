//! All operations. A route that is added to the router is added here.

use super::{
    super::{
        aggregates::FORMATS as AGGREGATES,
        areas::{REPORT_PARAMETERS as REPORT, STATISTICS_MEMBERS, STATISTICS_PARAMETERS as STATISTICS},
        collections::attribute_schema,
        findings,
        glyphs::KIND as GLYPHS,
        items::{Form, GEOJSON},
        live::{EVENTS, SECONDS_MAX},
        parameters::LIMIT_DEFAULT,
        search::HITS_MAX,
        sprites::FILES as SPRITES,
        tiles::{MLT, MVT},
        tilesets::matrix_set,
    },
    OPENAPI,
    operation::{
        Operation, as_of, bbox, crs, cursor, datetime, filter, format, language, limit, names, path, query,
        sort_by,
    },
};
use crate::{
    layer::{AggregateView, AttributeType, LayerView, QualityMeasure},
    query::search::CHARACTERS_MAX,
};
use serde_json::{Value as Json, json};

const JSON: &str = "application/json";
const SCHEMA: &str = "application/schema+json";
const HTML: &str = "text/html";
const AREA: &str = "commune:CODE@DATE, bbox:…, circle:…, feature:…, WKT, GeoJSON, …";

/// What a caller who sees these layers can ask.
pub fn operations(views: &[LayerView], aggregates: &[AggregateView]) -> Vec<Operation> {
    let mut all = documents();
    views.iter().for_each(|view| all.extend(layer(view)));
    views.iter().for_each(|view| all.extend(quality(view)));
    all.extend(tilesets(views));
    all.extend(areas(views));
    all.extend(counted(aggregates));
    all.extend(tiles());
    all.extend(styles());
    all.extend(running());
    all
}

fn areas(views: &[LayerView]) -> Vec<Operation> {
    let day = query("date", "The day on which the unit was, such as 2025-03-01", text_schema());
    let level = query(
        "level",
        "Level of the unit",
        json!({ "type": "string", "enum": ["province", "district", "commune"] }),
    );
    let typed = json!({ "type": "string", "minLength": 1, "maxLength": CHARACTERS_MAX, "example": "Tân An" });
    let within = json!({ "type": "number", "minimum": 0, "maximum": 5000, "default": 20 });
    let mut all = vec![
        Operation::get(
            "/units",
            "units",
            "Administrative units by name or code, before and after 1 July 2025",
        )
        .with([query("q", "Code or name; tone marks optional, slips forgiven", text_schema()), day, level])
        .with(document())
        .gives(&[JSON, HTML]),
        Operation::get("/at", "at", "What each layer says at a point")
            .with([
                query("point", "Longitude,latitude in degrees", text_schema()),
                query("within", "How near lines and points must be, metres", json!(within)),
                datetime(),
                names("layers", "Layers; all if not said"),
            ])
            .with(document())
            .gives(&[JSON, HTML]),
        Operation::get(
            "/live",
            "changes",
            "What changes, as it changes: which tiles are to be asked for anew",
        )
        .with([
            names("layers", "Layers; all if not said"),
            query(
                "seconds",
                "The longest that it lasts; as long as both sides are there if not said",
                json!({ "type": "integer", "minimum": 0, "maximum": SECONDS_MAX }),
            ),
        ])
        .gives(&[EVENTS]),
        Operation::get("/search", "search", "Units and features by name or code")
            .with([
                query("q", "Name or code; tone marks optional, slips forgiven", typed),
                query(
                    "limit",
                    "Hits in the answer",
                    json!({ "type": "integer", "minimum": 1, "maximum": HITS_MAX, "default": LIMIT_DEFAULT }),
                ),
                names("layers", "Layers; all, and units, if not said"),
            ])
            .with(document())
            .gives(&[JSON, HTML]),
    ];
    all.extend(views.iter().flat_map(statistics));
    all.extend(reports());
    all.push(
        Operation::get("/quality", "quality", "How good all layers are, as numbers")
            .with([names("layers", "Layers; all if not said")])
            .with(document())
            .gives(&[JSON, HTML]),
    );
    all.push(half_year());
    all
}

/// The six-monthly report.
fn half_year() -> Operation {
    let half = json!({ "type": "string", "pattern": "^20[0-9]{2}-H[12]$", "example": "2026-H1" });
    Operation::get("/quality/half-year", "halfYear", "The six-monthly report by agency, in Vietnamese")
        .with([
            query("half", "The half-year, such as 2026-H1; the one that runs if not said", half),
            format(&["json", "html", "xlsx"]),
        ])
        .gives(&[JSON, HTML, Form::Xlsx.media_type()])
}

/// How much of a layer lies in an area, by an address and by a document.
fn statistics(view: &LayerView) -> [Operation; 2] {
    let (id, title) = (view.id(), &view.layer().title.en);
    let address = format!("/collections/{id}/statistics");
    let summary = format!("How much lies in an area, by group: {title}");
    let parameters = || {
        let own = [
            query("area", AREA, text_schema()),
            names(
                "group",
                "Attributes, commune, commune@DATE, zone:LAYER. What lies in no zone is the group null; \
                 what lies in several zones counts in each",
            ),
            names("sum", "Numbers to sum up"),
            datetime(),
        ];
        own.into_iter().chain(filter()).chain(document())
    };
    let by_document = format!("{summary}; a member of the body goes before the parameter of its name");
    [
        Operation::get(address.clone(), format!("statistics.{id}"), summary),
        Operation::post_area(
            address,
            format!("postStatistics.{id}"),
            by_document,
            &STATISTICS[..STATISTICS_MEMBERS],
        ),
    ]
    .map(|operation| {
        operation
            .with(parameters())
            .gives(&[JSON, HTML])
            .or_problem("413", "The area, the filter or the body is too large")
            .or_problem("422", "The answer is more than can be given")
    })
}

/// What is told of all rows of a layer, the same to everyone.
fn counted(views: &[AggregateView]) -> Vec<Operation> {
    let what = "Layers of which counts and sums by commune are told to anyone";
    let mut all =
        vec![Operation::get("/aggregates", "aggregates", what).with(document()).gives(&[JSON, HTML])];
    all.extend(views.iter().map(|view| {
        let summary = format!("Counts and sums by commune, small groups withheld: {}", view.title().en);
        Operation::get(format!("/aggregates/{}", view.id()), format!("aggregates.{}", view.id()), summary)
            .with([format(&AGGREGATES), language()])
            .gives(&[JSON, HTML, Form::Csv.media_type()])
    }));
    all
}

fn reports() -> [Operation; 2] {
    let what = "What all layers, each by its own rule, say about an area";
    [
        Operation::get("/report", "report", what),
        Operation::post_area("/report", "postReport", what, &REPORT[..3]),
    ]
    .map(|operation| {
        operation
            .with([
                query("area", AREA, text_schema()),
                names("layers", "Layers; all if not said"),
                datetime(),
                format(&["json", "html", "xlsx"]),
                language(),
            ])
            .gives(&[JSON, HTML, Form::Xlsx.media_type()])
            .or_problem("413", "The area or the body is too large")
            .or_problem("422", "The answer is more than can be given")
    })
}

fn text_schema() -> Json {
    json!({ "type": "string" })
}

fn document() -> [Json; 2] {
    [format(&["json", "html"]), language()]
}

fn documents() -> Vec<Operation> {
    let get = |path: &str, id: &str, summary: &str| {
        Operation::get(path, id, summary).with(document()).gives(&[JSON, HTML])
    };
    vec![
        get("/", "landing", "Landing page; the map for browsers that say nothing of `f`"),
        get("/conformance", "conformance", "Conformance classes"),
        get("/collections", "collections", "All layers"),
        Operation::get("/api", "api", "This document").with(document()).gives(&[OPENAPI, HTML]),
        Operation::get("/catalog", "catalog", "Layers for the map page").gives(&[JSON]),
    ]
}

fn layer(view: &LayerView) -> Vec<Operation> {
    let id = view.id();
    let title = &view.layer().title.en;
    let get = |below: &str, name: &str, summary: &str| {
        Operation::get(
            format!("/collections/{id}{below}"),
            format!("{name}.{id}"),
            format!("{summary}: {title}"),
        )
    };
    let feature = path("id", "The feature's number", json!({ "type": "integer" }));
    let answer = || {
        [
            crs("crs", "System of the answer's coordinates"),
            names("properties", "Attributes in the answer; else all"),
        ]
    };
    let positions = query(
        "geometry",
        "With f=csv: how geometries are written",
        json!({ "type": "string", "enum": ["wkt", "lonlat", "vn2000"] }),
    );
    let attributes = view.attributes().map(|a| {
        let mut schema = attribute_schema(a);
        if a.kind == AttributeType::TextList {
            schema = json!({ "type": "string", "title": a.title.vi });
        }
        query(&a.name, &a.title.en, schema)
    });
    let which = [bbox(), crs("bbox-crs", "System of bbox"), datetime(), positions];
    // Only tables of the program's own have a past.
    let past = || view.layer().table.is_none().then(as_of);
    let which: Vec<Json> =
        which.into_iter().chain(past()).chain(filter()).chain(answer()).chain(attributes).collect();
    let forms = Form::ALL.map(Form::media_type);
    let kinds = [forms.as_slice(), &[HTML]].concat();
    let items_forms = [Form::names().as_slice(), &["html"]].concat();
    let more = "The filter is too large, or the answer more than is given at once";
    vec![
        get("", "collection", "The layer")
            .with(document())
            .gives(&[JSON, HTML])
            .with_members(json!({ "findings": findings::schema() })),
        get("/schema", "schema", "What a feature holds").with(document()).gives(&[SCHEMA, HTML]),
        get("/queryables", "queryables", "What can be asked for").with(document()).gives(&[SCHEMA, HTML]),
        get("/sortables", "sortables", "What can be sorted by").with(document()).gives(&[SCHEMA, HTML]),
        Operation::post(
            format!("/collections/{id}/search"),
            format!("search.{id}"),
            format!("Features, by a long question: {title}"),
        )
        .gives(&forms),
        get("/items", "items", "Features")
            .with(which.clone())
            .with([sort_by(), limit(), cursor(), format(&items_forms), language()])
            .gives(&kinds)
            .or_problem("413", more),
        get("/download", "download", "The layer whole")
            .with(which)
            .with([format(&Form::names())])
            .gives(&forms)
            .or_problem("413", more),
        get("/items/{id}", "item", "One feature")
            .with([feature])
            .with(past())
            .with(answer())
            .with([format(&["json", "geojson", "html"]), language()])
            .gives(&[GEOJSON, HTML]),
    ]
}

/// How good a layer is.
fn quality(view: &LayerView) -> [Operation; 2] {
    let (id, title) = (view.id(), &view.layer().title.en);
    let measures = QualityMeasure::ALL.map(QualityMeasure::as_str);
    let measure = query("measure", "Of this measure only", json!({ "type": "string", "enum": measures }));
    let offset = query(
        "offset",
        "Findings that are passed over; from the next link",
        json!({ "type": "integer", "minimum": 0, "default": 0 }),
    );
    let address = format!("/collections/{id}/quality");
    let summary = format!("What the newest check found wrong where: {title}");
    [
        Operation::get(
            &address,
            format!("quality.{id}"),
            format!("How good the layer is, as numbers: {title}"),
        )
        .with(document())
        .gives(&[JSON, HTML]),
        Operation::get(format!("{address}/findings"), format!("findings.{id}"), summary)
            .with([measure, limit(), offset, format(&["json", "geojson"])])
            .gives(&[GEOJSON]),
    ]
}

/// The tilesets of OGC API Tiles; ids end as OGC 20-057, 15 asks (oas30).
fn tilesets(views: &[LayerView]) -> Vec<Operation> {
    let ids: Vec<&str> = views.iter().map(LayerView::id).collect();
    let layer = || path("layer", "Layer id", json!({ "type": "string", "enum": ids }));
    let set =
        || path("tileMatrixSetId", "Tile matrix set", json!({ "type": "string", "enum": [matrix_set::ID] }));
    let place = || {
        [("tileMatrix", "Zoom"), ("tileRow", "Row, from the north"), ("tileCol", "Column, from the west")]
            .map(|(name, text)| path(name, text, json!({ "type": "integer", "minimum": 0 })))
    };
    let all = |id: &str, first: Option<&dyn Fn() -> Json>, base: &str, what: &str| {
        let first = || first.map(|parameter| parameter());
        let list = Operation::get(base, format!("{id}.getTileSetsList"), format!("Tilesets of {what}"));
        let one = format!("{base}/{{tileMatrixSetId}}");
        let tile = format!("{one}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}");
        [
            list.with(first()).with(document()).gives(&[JSON, HTML]),
            Operation::get(one, format!("{id}.getTileSet"), format!("Tileset of {what}"))
                .with(first())
                .with([set()])
                .with(document())
                .gives(&[JSON, HTML]),
            tile_of(Operation::get(tile, format!("{id}.getTile"), format!("Vector tile of {what}")))
                .with(first())
                .with([set()])
                .with(place()),
        ]
    };
    let mut operations = Vec::new();
    if !ids.is_empty() {
        operations.extend(all("collection.vector", Some(&layer), "/collections/{layer}/tiles", "a layer"));
    }
    operations.extend(all("dataset.vector", None, "/map/tiles", "all layers"));
    operations.push(
        Operation::get("/tileMatrixSets", "getTileMatrixSetsList", "Tile matrix sets")
            .with(document())
            .gives(&[JSON, HTML]),
    );
    operations.push(
        Operation::get("/tileMatrixSets/{tileMatrixSetId}", "getTileMatrixSet", "A tile matrix set")
            .with([set()])
            .with(document())
            .gives(&[JSON, HTML]),
    );
    operations
}

fn tile_of(operation: Operation) -> Operation {
    operation
        .with([format(&["mvt", "pbf", "mlt"]), names("properties", "Attributes in the tile; else all")])
        .with(filter())
        .gives(&[MVT, MLT])
        .or("204", "The tile is empty")
        .or("304", "The client has the tile")
        .or_problem("413", "The filter is too large")
}

fn tiles() -> Vec<Operation> {
    let layers = || path("layers", "Layer id, or several joined by commas", json!({ "type": "string" }));
    let number = || json!({ "type": "integer", "minimum": 0 });
    let place = ["z", "x", "y"].map(|n| path(n, "Zoom, column, row of the tile", number()));
    vec![
        Operation::get("/tiles/{layers}", "tilejson", "TileJSON 3.0")
            .with([layers(), format(&["json", "html", "mvt", "pbf", "mlt"]), language()])
            .gives(&[JSON, HTML])
            .with_members(json!({ "diaban:findings": { "type": "array", "items": findings::schema() } })),
        tile_of(Operation::get("/tiles/{layers}/{z}/{x}/{y}", "tile", "Vector tile of the layers"))
            .with([layers()])
            .with(place),
    ]
}

fn styles() -> Vec<Operation> {
    let style: Json = path("id", "Style", json!({ "type": "string" }));
    vec![
        Operation::get("/styles", "styles", "Map styles").gives(&[JSON]),
        Operation::get("/styles/{id}", "style", "One MapLibre style").with([style]).gives(&[JSON]),
        Operation::get(
            "/glyphs/{fontstack}/{range}",
            "glyphs",
            "Letters of a font as signed distance fields",
        )
        .with([
            path("fontstack", "Fonts, the first that is known, else the one most like it", text_schema()),
            path("range", "256 code points: 0-255.pbf, 256-511.pbf, …", text_schema()),
        ])
        .gives(&[GLYPHS])
        .or("304", "The client has them"),
        Operation::get("/sprites/{file}", "sprite", "Icons in one picture, and where each of them is")
            .with([path("file", "Picture or index", json!({ "type": "string", "enum": SPRITES }))])
            .gives(&[JSON, "image/png"])
            .or("304", "The client has it"),
    ]
}

fn running() -> Vec<Operation> {
    vec![
        Operation::get("/sign-in", "signIn", "Providers at which people sign in from the map page")
            .gives(&[JSON]),
        Operation::get("/health/live", "live", "Whether the server lives").gives(&[JSON]),
        Operation::get("/health/ready", "ready", "Whether the server can serve").gives(&[JSON]),
        Operation::get("/metrics", "metrics", "Metrics").gives(&["application/openmetrics-text"]),
    ]
}
