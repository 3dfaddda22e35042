//! CQL2 by its standard (OGC 21-065r2): for each class, what text and JSON say is one filter; and
//! what is wrong is named with its place.

use crate::support::layer;
use diaban::{
    crs::NamedSystem,
    layer::{AccessClass, Caller, Catalog, LayerView},
    query::filter::{Filter, FilterError, FilterLang},
};

const BUILDING: &str = r#"
id = "building"
title = { vi = "Nhà", en = "Building" }
group = "planning"
agency = "sonnmt"
item = "1"
geometry = ["MultiPolygon"]
key = ["owner"]
access = "open"
zoom = { min = 0, max = 18 }
generalise = { rule = "coverage" }
attributes = [
  { name = "owner", type = "text", title = { vi = "Chủ", en = "Owner" } },
  { name = "material", type = "enum", title = { vi = "Vật liệu", en = "Material" } },
  { name = "taxes", type = "number", title = { vi = "Thuế", en = "Taxes" } },
  { name = "depth", type = "number", title = { vi = "Sâu", en = "Depth" } },
  { name = "floors", type = "integer", title = { vi = "Tầng", en = "Floors" } },
  { name = "swimming_pool", type = "boolean", title = { vi = "Bể bơi", en = "Pool" } },
  { name = "built", type = "date", title = { vi = "Xây", en = "Built" } },
  { name = "updated", type = "timestamp", title = { vi = "Cập nhật", en = "Updated" } },
  { name = "starts_at", type = "timestamp", title = { vi = "Từ", en = "From" } },
  { name = "ends_at", type = "timestamp", title = { vi = "Đến", en = "To" } },
  { name = "layer:ids", type = "text_list", title = { vi = "Lớp", en = "Layers" } },
  { name = "bimat", type = "text", access = "restricted", title = { vi = "Mật", en = "Secret" } },
]
"#;

fn view(class: AccessClass) -> LayerView {
    let catalog = Catalog::new(vec![layer(BUILDING)], Default::default());
    catalog.view("building", &Caller::anonymous(class)).unwrap()
}

fn read(text: &str, lang: FilterLang, system: &str) -> Result<Filter, FilterError> {
    Filter::parse(text, lang, &view(AccessClass::Open), NamedSystem::parse(system).unwrap())
}

fn of_text(text: &str) -> Result<Filter, FilterError> {
    read(text, FilterLang::Text, "OGC:CRS84")
}

fn of_json(json: &str) -> Result<Filter, FilterError> {
    read(json, FilterLang::Json, "OGC:CRS84")
}

/// Each pair says the same; the first column is the conformance class.
const PAIRS: &[(&str, &str, &str)] = &[
    ("basic-cql2", "floors>5", r#"{"op":">","args":[{"property":"floors"},5]}"#),
    ("basic-cql2", "taxes <= 500", r#"{"op":"<=","args":[{"property":"taxes"},500]}"#),
    ("basic-cql2", "owner='Toronto'", r#"{"op":"=","args":[{"property":"owner"},"Toronto"]}"#),
    ("basic-cql2", "owner <> 'O''Brien'", r#"{"op":"<>","args":[{"property":"owner"},"O'Brien"]}"#),
    ("basic-cql2", "swimming_pool = true", r#"{"op":"=","args":[{"property":"swimming_pool"},true]}"#),
    (
        "basic-cql2",
        "floors>5 AND swimming_pool=TRUE",
        r#"{"op":"and","args":[{"op":">","args":[{"property":"floors"},5]},
            {"op":"=","args":[{"property":"swimming_pool"},true]}]}"#,
    ),
    (
        "basic-cql2",
        "NOT (floors<5) OR swimming_pool=true",
        r#"{"op":"or","args":[{"op":"not","args":[{"op":"<","args":[{"property":"floors"},5]}]},
            {"op":"=","args":[{"property":"swimming_pool"},true]}]}"#,
    ),
    (
        "basic-cql2",
        "swimming_pool=true AND (floors>5 OR taxes = 1 OR taxes = 2)",
        r#"{"op":"and","args":[{"op":"=","args":[{"property":"swimming_pool"},true]},{"op":"or","args":[
            {"op":">","args":[{"property":"floors"},5]},{"op":"=","args":[{"property":"taxes"},1]},
            {"op":"=","args":[{"property":"taxes"},2]}]}]}"#,
    ),
    ("basic-cql2", "\"taxes\" IS NULL", r#"{"op":"isNull","args":[{"property":"taxes"}]}"#),
    (
        "basic-cql2",
        "geometry is not null",
        r#"{"op":"not","args":[{"op":"isNull","args":[{"property":"geometry"}]}]}"#,
    ),
    (
        "basic-cql2",
        "built >= DATE('1970-01-01')",
        r#"{"op":">=","args":[{"property":"built"},{"date":"1970-01-01"}]}"#,
    ),
    (
        "basic-cql2",
        "updated < TIMESTAMP('2012-08-10T05:30:00.000000Z')",
        r#"{"op":"<","args":[{"property":"updated"},{"timestamp":"2012-08-10T12:30:00+07:00"}]}"#,
    ),
    (
        "basic-cql2",
        "built = '1970-01-01'",
        r#"{"op":"=","args":[{"property":"built"},{"date":"1970-01-01"}]}"#,
    ),
    (
        "advanced-comparison-operators",
        "owner LIKE 'Mike%'",
        r#"{"op":"like","args":[{"property":"owner"},"Mike%"]}"#,
    ),
    (
        "advanced-comparison-operators",
        "owner NOT LIKE '%Mike%'",
        r#"{"op":"not","args":[{"op":"like","args":[{"property":"owner"},"%Mike%"]}]}"#,
    ),
    (
        "advanced-comparison-operators",
        "depth BETWEEN 100.5 and 150 AND floors = 1",
        r#"{"op":"and","args":[{"op":"between","args":[{"property":"depth"},100.5,150]},
            {"op":"=","args":[{"property":"floors"},1]}]}"#,
    ),
    (
        "advanced-comparison-operators",
        "owner IN ('Toronto','Frankfurt','Tokyo','New York')",
        r#"{"op":"in","args":[{"property":"owner"},["Toronto","Frankfurt","Tokyo","New York"]]}"#,
    ),
    (
        "advanced-comparison-operators",
        "floors NOT IN (1,2,3,4)",
        r#"{"op":"not","args":[{"op":"in","args":[{"property":"floors"},[1,2,3,4]]}]}"#,
    ),
    (
        "case-insensitive-comparison",
        "CASEI(owner) IN (casei('Οδος'),CASEI('Straße'))",
        r#"{"op":"in","args":[{"op":"casei","args":[{"property":"owner"}]},
            [{"op":"casei","args":["ΟΔΟΣ"]},{"casei":"STRASSE"}]]}"#,
    ),
    (
        "case-insensitive-comparison",
        "owner LIKE CASEI('FOO%')",
        r#"{"op":"like","args":[{"property":"owner"},{"op":"casei","args":["foo%"]}]}"#,
    ),
    (
        "accent-insensitive-comparison",
        "ACCENTI(owner) = ACCENTI('débárquér')",
        r#"{"op":"=","args":[{"op":"accenti","args":[{"property":"owner"}]},"debarquer"]}"#,
    ),
    (
        "accent-insensitive-comparison",
        "ACCENTI(CASEI(owner)) = ACCENTI(CASEI('Đức Hoà'))",
        r#"{"op":"=","args":[{"accenti":{"casei":{"property":"owner"}}},"duc hoa"]}"#,
    ),
    (
        "basic-spatial-functions",
        "S_INTERSECTS(geometry,POINT(36.319836 32.288087))",
        r#"{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[36.319836,32.288087]}]}"#,
    ),
    (
        "basic-spatial-functions",
        "S_INTERSECTS(geometry, BBOX(160.6,-55.95,-170,-25.89))",
        r#"{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[160.6,-55.95,0,-170,-25.89,10]}]}"#,
    ),
    (
        "basic-spatial-functions-plus",
        "S_INTERSECTS(geometry,POLYGON((-10.0 -10.0,10.0 -10.0,10.0 10.0,-10.0 -10.0)))",
        r#"{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon","coordinates":
            [[[-10,-10],[10,-10],[10,10],[-10,-10]]]}]}"#,
    ),
    (
        "basic-spatial-functions-plus",
        "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(1.9 2.00001),LINESTRING Z(1 1 5, 2 2 6)))",
        r#"{"op":"s_intersects","args":[{"property":"geometry"},{"type":"GeometryCollection","geometries":[
            {"type":"Point","coordinates":[1.9,2.00001]},{"type":"LineString","coordinates":[[1,1],[2,2]]}]}]}"#,
    ),
    (
        "spatial-functions",
        "S_EQUALS(MULTIPOINT ((180.0 -0.5), (179.0 -47.121701), (33.470475 -0.99999)), \"geometry\")",
        r#"{"op":"s_equals","args":[{"type":"MultiPoint","coordinates":[[180,-0.5],[179,-47.121701],[33.470475,-0.99999]]},
            {"property":"geometry"}]}"#,
    ),
    (
        "spatial-functions",
        "S_TOUCHES(geometry, MULTILINESTRING((-1.9 -0.99999, 75.292574 1.5),(-1.9 -1.1, 1.5 8.547371)))",
        r#"{"op":"s_touches","args":[{"property":"geometry"},{"type":"MultiLineString","coordinates":
            [[[-1.9,-0.99999],[75.292574,1.5]],[[-1.9,-1.1],[1.5,8.547371]]]}]}"#,
    ),
    (
        "spatial-functions",
        "S_DISJOINT(geometry, MULTIPOLYGON(((144 45, -1.1 0, 180 47, 144 45))))",
        r#"{"op":"s_disjoint","args":[{"property":"geometry"},{"type":"MultiPolygon","coordinates":
            [[[[144,45],[-1.1,0],[180,47],[144,45]]]]}]}"#,
    ),
    (
        "temporal-functions",
        "T_BEFORE(built, DATE('2015-01-01'))",
        r#"{"op":"t_before","args":[{"property":"built"},{"date":"2015-01-01"}]}"#,
    ),
    (
        "temporal-functions",
        "T_DURING(INTERVAL(starts_at, ends_at), INTERVAL('2017-06-10T07:30:00Z', '2017-06-11T10:30:00Z'))",
        r#"{"op":"t_during","args":[{"interval":[{"property":"starts_at"},{"property":"ends_at"}]},
            {"interval":["2017-06-10T07:30:00Z","2017-06-11T10:30:00Z"]}]}"#,
    ),
    (
        "temporal-functions",
        "T_OVERLAPPEDBY(INTERVAL('1991-10-07', '..'), INTERVAL(starts_at, ends_at))",
        r#"{"op":"t_overlappedBy","args":[{"interval":["1991-10-07",".."]},
            {"interval":[{"property":"starts_at"},{"property":"ends_at"}]}]}"#,
    ),
    (
        "temporal-functions",
        "T_INTERSECTS(updated, INTERVAL('1969-07-16T05:32:00Z', '1969-07-24T16:50:35Z'))",
        r#"{"op":"t_intersects","args":[{"property":"updated"},{"interval":["1969-07-16T05:32:00Z","1969-07-24T16:50:35Z"]}]}"#,
    ),
    (
        "array-functions",
        "A_CONTAINS(layer:ids, ('layers-ca','layers-us'))",
        r#"{"op":"a_contains","args":[{"property":"layer:ids"},["layers-ca","layers-us"]]}"#,
    ),
    (
        "array-functions",
        "A_EQUALS(('a'), \"layer:ids\") OR A_OVERLAPS(layer:ids, ()) OR A_CONTAINEDBY(layer:ids, ('a', 'b'))",
        r#"{"op":"or","args":[{"op":"a_equals","args":[["a"],{"property":"layer:ids"}]},
            {"op":"a_overlaps","args":[{"property":"layer:ids"},[]]},
            {"op":"a_containedBy","args":[{"property":"layer:ids"},["a","b"]]}]}"#,
    ),
    (
        "property-property",
        "taxes > depth",
        r#"{"op":">","args":[{"property":"taxes"},{"property":"depth"}]}"#,
    ),
    ("property-property", "5 < floors", r#"{"op":"<","args":[5,{"property":"floors"}]}"#),
    (
        "property-property",
        "S_CROSSES(LINESTRING(43.7 -79.2, 43.8 -79.1), POLYGON((43.72 -79.3, 43.74 -79.3, 43.74 -79.0, 43.72 -79.3)))",
        r#"{"op":"s_crosses","args":[{"type":"LineString","coordinates":[[43.7,-79.2],[43.8,-79.1]]},
            {"type":"Polygon","coordinates":[[[43.72,-79.3],[43.74,-79.3],[43.74,-79.0],[43.72,-79.3]]]}]}"#,
    ),
    (
        "arithmetic",
        "taxes > (depth-1)",
        r#"{"op":">","args":[{"property":"taxes"},{"op":"-","args":[{"property":"depth"},1]}]}"#,
    ),
    (
        "arithmetic",
        "taxes = - depth * 2.0 + taxes / 6.1234 - floors ^ 2.0",
        r#"{"op":"=","args":[{"property":"taxes"},{"op":"-","args":[{"op":"+","args":[
            {"op":"*","args":[{"op":"*","args":[-1,{"property":"depth"}]},2.0]},
            {"op":"/","args":[{"property":"taxes"},6.1234]}]},{"op":"^","args":[{"property":"floors"},2.0]}]}]}"#,
    ),
    (
        "arithmetic",
        "0 = (floors % 2) AND 1 = floors div 2",
        r#"{"op":"and","args":[{"op":"=","args":[0,{"op":"%","args":[{"property":"floors"},2]}]},
            {"op":"=","args":[1,{"op":"div","args":[{"property":"floors"},2]}]}]}"#,
    ),
];

#[test]
fn text_and_json_say_the_same_in_every_class() {
    for (class, text, json) in PAIRS {
        let of_text = of_text(text).unwrap_or_else(|e| panic!("{class}: {text}: {e}"));
        let of_json = of_json(json).unwrap_or_else(|e| panic!("{class}: {json}: {e}"));
        assert_eq!(of_text, of_json, "{class}: {text}");
    }
}

#[test]
fn operators_bind_as_they_do_in_sql() {
    let pairs = [
        ("taxes = 1 OR taxes = 2 AND floors = 3", "taxes = 1 OR (taxes = 2 AND floors = 3)"),
        ("NOT taxes = 1 AND floors = 3", "(NOT (taxes = 1)) AND floors = 3"),
        ("taxes + depth * 2 = 1", "taxes + (depth * 2) = 1"),
        ("taxes - depth - 2 = 1", "(taxes - depth) - 2 = 1"),
        ("taxes = 2 ^ 3 ^ 2", "taxes = 2 ^ (3 ^ 2)"),
        ("taxes = -2 ^ 2", "taxes = -1 * (2 ^ 2)"),
        ("taxes = - - 2", "taxes = -1 * -2"),
        ("owner = 'a' and not owner like 'b%'", "owner = 'a' AND owner NOT LIKE 'b%'"),
        ("floors = -9223372036854775808", "floors = ((-9223372036854775808))"),
    ];
    for (a, b) in pairs {
        assert_eq!(of_text(a).unwrap(), of_text(b).unwrap(), "{a} is not {b}");
    }
    assert_ne!(of_text("floors = 9007199254740993").unwrap(), of_text("floors = 9007199254740992").unwrap());
}

#[test]
fn coordinates_are_read_in_the_order_of_their_system() {
    let crs84 =
        read("S_INTERSECTS(geometry,BBOX(106,10.9,106.5,11.5))", FilterLang::Text, "OGC:CRS84").unwrap();
    let lat_first =
        read("S_INTERSECTS(geometry,BBOX(10.9,106,11.5,106.5))", FilterLang::Text, "EPSG:4326").unwrap();
    assert_eq!(crs84, lat_first);
    // A place of the oracle: easting and northing as the register writes them.
    let plane = "http://www.opengis.net/def/crs/EPSG/0/9210";
    let there = read("S_INTERSECTS(geometry,POINT(560000 1240000))", FilterLang::Text, plane).unwrap();
    let bbox = there.bbox().unwrap();
    assert!((106.2..106.4).contains(&bbox.min_x) && (11.1..11.3).contains(&bbox.min_y), "{bbox:?}");
    let web = read("S_INTERSECTS(geometry,POINT(11800000 1240000))", FilterLang::Text, "EPSG:3857").unwrap();
    assert!((web.bbox().unwrap().min_x - 106.0).abs() < 0.1);
    let wrong = read("S_INTERSECTS(geometry,POINT(106 11))", FilterLang::Text, "EPSG:4326").unwrap_err();
    assert!(wrong.to_string().contains("latitude first"), "{wrong}");
}

/// What is said of a text, which must be refused.
fn refused(text: &str) -> String {
    match of_text(text) {
        Err(error) => error.to_string(),
        Ok(filter) => panic!("{text} is {filter:?}"),
    }
}

#[test]
fn mistakes_are_named_with_their_place_and_what_would_do() {
    let cases = [
        (
            "floor > 5",
            "at character 1 (`floor`): there is no property `floor` here; there are owner, material",
        ),
        ("floors > 5 AND Đất = 1", "at character 16 (`Đất`): there is no property"),
        ("bimat = 'x'", "at character 1 (`bimat`): there is no property `bimat` here"),
        ("floors >", "at its end (character 9): a property, a value"),
        ("floors 5", "at character 8 (`5`): AND, OR or the end"),
        ("(floors > 5", "at its end (character 12): `)` or `,`"),
        ("owner = 'a", "at character 9 (`'a`): this quote is not closed"),
        ("owner = 5", "at character 9 (`5`): text and a number cannot be compared"),
        ("floors = 'five'", "at character 10 (`'five'`): a number and text"),
        ("owner", "at character 1 (`owner`): a condition is expected here, and this is text"),
        ("floors + 1", "at character 8 (`+`): a condition is expected here"),
        ("built = 'yesterday'", "at character 9 (`'yesterday'`): this is compared with a time"),
        ("built = DATE('2025-02-30')", "at character 9 (`DATE`): this is no day of the calendar"),
        ("swimming_pool > true", "true and false have no order"),
        ("owner LIKE owner", "at character 12 (`owner`): a pattern is a text"),
        ("owner LIKE 'a\\'", "must not end with"),
        ("geometry = 5", "at character 1 (`geometry`): the geometry is asked with S_INTERSECTS"),
        ("S_INTERSECTS(owner, POINT(1 1))", "`owner` is no geometry; that is called `geometry`"),
        ("S_INTERSECTS(geometry, POINT(1))", "a number is expected here"),
        ("S_INTERSECTS(geometry, POINT(500 1))", "is not on the Earth"),
        ("S_INTERSECTS(geometry, POLYGON((0 0,1 1,1 0,0 1,0 0)))", "crosses or touches itself"),
        ("S_INTERSECTS(geometry, POLYGON((0 0,1 1,2 2,0 0)))", "crosses or touches itself"),
        ("S_INTERSECTS(geometry, LINESTRING(1 1,1 1))", "two positions that differ"),
        ("S_INTERSECTS(geometry, POINT EMPTY)", "an empty geometry"),
        ("S_INTERSECTS(geometry, BBOX(1,2,3))", "a BBOX is of 4 numbers"),
        ("S_INTERSECTS(geometry)", "takes 2 operands, not 1"),
        (
            "S_TOUCHES(geometry, GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(1 1,2 2)))",
            "S_INTERSECTS and S_DISJOINT only",
        ),
        ("T_DURING(built, INTERVAL('2020-01-01','2021-01-01'))", "T_DURING is of two intervals"),
        ("T_AFTER(built, INTERVAL('2021-01-01','2020-01-01'))", "ends before it begins"),
        ("T_LATER(built, built)", "CQL2 has no function of that name"),
        ("A_CONTAINS(owner, ('a','b'))", "`owner` is no list"),
        ("A_CONTAINS(layer:ids, (1,2))", "lists hold texts"),
        ("avg(floors) > 4", "at character 1 (`avg`): there is no function of that name"),
        ("floors IN ()", "this list is empty"),
        ("floors = 1e999", "this number is too large"),
        ("", "at its end (character 1)"),
    ];
    for (text, expected) in cases {
        let said = refused(text);
        assert!(said.contains(expected), "{text}: {said}");
    }
}

#[test]
fn mistakes_in_json_are_named_with_their_member() {
    let cases = [
        (r#"{"op":"=","args":[{"property":"floor"},5]}"#, "at args[0]: there is no property `floor`"),
        (
            r#"{"op":"and","args":[{"op":"=","args":[{"property":"owner"},5]}]}"#,
            "at args[0].args[1]: text and a number",
        ),
        (r#"{"op":"=","args":[{"property":"owner"},null]}"#, "at args[1]: null is no value"),
        (r#"{"op":"="}"#, "has no array `args`"),
        (r#"{"property":1}"#, "this is none of op, property"),
        (
            r#"{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[[[1,2],[3]]]}]}"#,
            "at args[1].coordinates[0][1]: a position",
        ),
        ("{\"op\"", "at line 1, column 5"),
        ("[]", "a condition is expected"),
    ];
    for (json, expected) in cases {
        let said = of_json(json).unwrap_err().to_string();
        assert!(said.contains(expected), "{json}: {said}");
    }
}

#[test]
fn what_is_too_deep_or_too_large_is_refused_at_once() {
    let deep = [
        format!("{}floors = 1", "(".repeat(10_000)),
        format!("{}floors = 1{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("{}floors = 1", "NOT ".repeat(10_000)),
        format!("floors = {}1", "-".repeat(10_000)),
        format!("floors = {}1", "2 ^ ".repeat(10_000)),
        format!("floors = {}1", "1 + ".repeat(10_000)),
        format!("{}owner{} = 'a'", "CASEI(".repeat(10_000), ")".repeat(10_000)),
        format!("A_CONTAINS(layer:ids, {}1{})", "('a', ".repeat(10_000), ")".repeat(10_000)),
        format!("S_INTERSECTS(geometry, {}POINT(1 1)", "GEOMETRYCOLLECTION(".repeat(10_000)),
        format!("floors = 1{}", " OR floors = 1".repeat(10_000)),
        format!("S_INTERSECTS(geometry, LINESTRING(1 1{}))", ",2 2,3 3".repeat(30_000)),
        "x".repeat(2_000_000),
        format!("owner = '{}'", "x".repeat(2_000_000)),
        format!("owner LIKE '{}'", "x%".repeat(1_000)),
    ];
    for text in deep {
        assert!(of_text(&text).is_err(), "{}", &text[..60]);
    }
    let not = "{\"op\":\"not\",\"args\":[".repeat(10_000);
    assert!(of_json(&not).is_err());
    let json = format!("{}true{}", "{\"op\":\"not\",\"args\":[".repeat(70), "]}".repeat(70));
    assert!(of_json(&json).is_err());
    // Few numbers, and many edges once it is divided.
    let wide = "S_INTERSECTS(geometry, BBOX(214.3,10.8,11055561.5,16))";
    let error = read(wide, FilterLang::Text, "EPSG:9210").unwrap_err().to_string();
    assert!(error.contains("too large for its system"), "{error}");
    // What is long and flat, and within the bounds, is taken.
    let long = format!("owner IN ('{}')", vec!["x".repeat(100); 4_000].join("','"));
    assert!(of_text(&long).is_ok());
    assert!(of_text(&format!("{}floors = 1{}", "(".repeat(50), ")".repeat(50))).is_ok());
}

#[test]
fn a_hidden_attribute_is_one_that_does_not_exist() {
    let named = |name: &str| of_text(&format!("{name} = 'x'")).unwrap_err().to_string().replace(name, "");
    assert_eq!(named("bimat"), named("bomat"));
    let crs84 = NamedSystem::crs84();
    assert!(Filter::parse("bimat = 'x'", FilterLang::Text, &view(AccessClass::Restricted), crs84).is_ok());
}
