//! The quality of layers as numbers: each measure on rows that are known to be good or bad, what is unknown,
//! and what callers of each class are told.

use crate::support::{TestDatabase, layer, served::Served, served::site};
use diaban::{
    layer::{AccessClass, Catalog, LayerDefinition},
    quality::{Checked, Checker, collection, csv, page, told},
    store::{FeatureStore, postgis::PostgisStore},
    units::Units,
};
use serde_json::Value as Json;

/// Plots that may not lie over each other.
const PLOT: &str = r#"
id = "plot"
title = { vi = "Ô đất", en = "Plots" }
group = "planning"
agency = "sonnmt"
item = "1"
geometry = ["Polygon"]
key = ["code"]
label = "name"
access = "open"
zoom = { min = 0, max = 18 }
generalise = { rule = "coverage" }
quality = { cycle_days = 30, declared = { count = 10, on = "2026-01-31" }, none_in = ["27694"] }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "name", type = "text", mandatory = true, title = { vi = "Tên", en = "Name" } },
  { name = "use", type = "enum", title = { vi = "Loại", en = "Use" }, values = [
    { code = "rice", vi = "Lúa", en = "Rice" }, { code = "house", vi = "Nhà", en = "House" } ] },
  { name = "area", type = "number", min = 0, title = { vi = "Diện tích", en = "Area" } },
  { name = "bimat_owner", type = "text", mandatory = true, access = "restricted", title = { vi = "Chủ", en = "Owner" } },
  { name = "commune_code", type = "text", title = { vi = "Mã xã", en = "Commune" } },
  { name = "legal_doc_date", type = "date", title = { vi = "Ngày", en = "Date" } },
  { name = "updated_at", type = "timestamp", title = { vi = "Lúc", en = "At" } },
  { name = "valid_from", type = "date", title = { vi = "Từ", en = "From" } },
  { name = "valid_to", type = "date", title = { vi = "Đến", en = "To" } },
  { name = "access_class", type = "text", title = { vi = "Mức", en = "Class" } },
]
rules = [
  { id = "house_small", filter = "use <> 'house' OR area < 1", message = { vi = "Nhà quá rộng", en = "Too large a house" } },
  { id = "owner", filter = "bimat_owner <> 'bimat-chu' OR code <> 'OVER'", message = { vi = "bimat-luat", en = "bimat-luat" } },
]
"#;

/// Lines that should meet.
const ROAD: &str = r#"
id = "road"
title = { vi = "Đường", en = "Roads" }
group = "transport"
agency = "soxd"
item = "1"
geometry = ["LineString"]
key = ["code"]
access = "open"
zoom = { min = 0, max = 18 }
generalise = { rule = "network" }
attributes = [{ name = "code", type = "text", title = { vi = "Mã", en = "Code" } }]
"#;

/// Somebody's table, in which a key may stand twice.
const OLD: &str = r#"
id = "old"
title = { vi = "Bảng cũ", en = "Old table" }
group = "planning"
agency = "sonnmt"
item = "1"
geometry = ["Point"]
key = ["code", "valid_from"]
label = "name"
access = "shared"
zoom = { min = 0, max = 18 }
generalise = { rule = "thin" }
table = { schema = "public", name = "old", geometry = "geom", id = "id", srid = 4326 }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "name", type = "text", title = { vi = "Tên", en = "Name" } },
  { name = "valid_from", type = "date", title = { vi = "Từ", en = "From" } },
  { name = "valid_to", type = "date", title = { vi = "Đến", en = "To" } },
]
"#;

/// Two communes beside each other; plots of 0.002 degrees in them, one beyond. A degree is 110 km here.
const ROWS: &str = r"
    INSERT INTO gis.admin_commune (code, name_vi, unit_type, valid_from, geom) VALUES
      ('27943', 'Xã An Ninh', 'xa', '2025-07-01', ST_Multi(ST_MakeEnvelope(106.40, 10.90, 106.42, 10.92, 4326))),
      ('27694', 'Phường Long An', 'phuong', '2025-07-01', ST_Multi(ST_MakeEnvelope(106.42, 10.90, 106.44, 10.92, 4326)));
    INSERT INTO gis.plot (code, name, use, area, bimat_owner, commune_code, legal_doc_date, updated_at, geom)
      SELECT 'P' || n, 'Ô ' || n, 'rice', 1, 'bimat-chu', '27943', (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date - 20, now() - interval '10 days',
             ST_MakeEnvelope(106.402 + n * 0.002, 10.902, 106.404 + n * 0.002, 10.904, 4326)
      FROM generate_series(0, 5) AS n;
    -- A quarter of P0 is covered twice, and two neighbours share an edge and nothing else.
    INSERT INTO gis.plot (code, name, use, area, bimat_owner, commune_code, updated_at, geom) VALUES
      ('OVER', 'Ô trùm', 'rice', 1, 'bimat-chu', '27943', now() - interval '100 days', ST_MakeEnvelope(106.401, 10.903, 106.403, 10.905, 4326)),
      ('AWAY', E'O\u0302 xa', 'hill', -4, NULL, '27694', now(), ST_MakeEnvelope(106.50, 10.90, 106.502, 10.902, 4326)),
      ('BOW', NULL, 'house', 1, 'bimat-chu', '27694', now(), 'SRID=4326;POLYGON((106.41 10.91,106.412 10.912,106.412 10.91,106.41 10.912,106.41 10.91))');
    INSERT INTO gis.plot (code, name, use, area, bimat_owner, access_class, updated_at, geom) VALUES
      ('bimat-hang', 'bimat-ten', 'bimat-loai', 1, 'bimat-chu', 'restricted', now(), ST_MakeEnvelope(106.402, 10.902, 106.404, 10.904, 4326));
    INSERT INTO gis.road (code, geom) VALUES
      ('R1', 'SRID=4326;LINESTRING(106.40 10.91,106.44 10.91)'),
      ('MEETS', 'SRID=4326;LINESTRING(106.41 10.91,106.41 10.92)'),
      ('SHORT', 'SRID=4326;LINESTRING(106.42 10.91002,106.42 10.92)'),
      ('FAR', 'SRID=4326;LINESTRING(106.43 10.911,106.43 10.92)');
";

const OLD_ROWS: &str = r"
    CREATE TABLE public.old (id bigint PRIMARY KEY, code text, name text, valid_from date, valid_to date, geom geometry(Point, 4326));
    INSERT INTO public.old VALUES
      (1, 'A', 'Một', '2024-01-01', '2025-01-01', 'SRID=4326;POINT(106.41 10.91)'),
      (2, 'A', 'Một', '2025-01-01', NULL, 'SRID=4326;POINT(106.41 10.91)'),
      (3, 'B', 'Hai', '2024-01-01', '2025-06-01', 'SRID=4326;POINT(106.42 10.91)'),
      (4, 'B', 'Hai mới', '2025-01-01', NULL, 'SRID=4326;POINT(106.42 10.911)'),
      (5, 'C', 'Ba', NULL, NULL, 'SRID=4326;POINT(106.43 10.91)'),
      (6, 'D', 'Ba', NULL, NULL, 'SRID=4326;POINT(106.43 10.91)'),
      (7, 'E', 'Bốn', '2025-02-01', '2025-01-01', NULL);
";

struct Province {
    database: TestDatabase,
    catalog: Catalog,
}

impl Province {
    async fn new(more: &[LayerDefinition]) -> Self {
        let commune = Catalog::built_in().unwrap().definition("admin_commune").unwrap().as_ref().clone();
        let mut layers = vec![commune, layer(PLOT), layer(ROAD)];
        layers.extend(more.iter().cloned());
        let catalog = Catalog::new(layers, Default::default());
        let database = TestDatabase::new().await;
        if !more.is_empty() {
            database.execute(OLD_ROWS).await;
        }
        database.database().prepare(&catalog).await.unwrap();
        database.execute(ROWS).await;
        Self { database, catalog }
    }

    async fn check(&self, layer: &str) -> Checked {
        let checker =
            Checker::new(&self.database.database(), &self.catalog, &Units::default()).await.unwrap();
        checker.check(layer).await.unwrap().unwrap()
    }

    fn site(self, class: AccessClass) -> Served {
        let router = site(&self.database, self.catalog, class);
        Served { database: self.database, router }
    }
}

/// One measure of a result.
fn measure<'r>(result: &'r Json, name: &str) -> &'r Json {
    let measures = result["measures"].as_array().unwrap();
    measures.iter().find(|m| m["measure"] == name).unwrap_or_else(|| panic!("no {name} in {result}"))
}

fn value(result: &Json, name: &str) -> f64 {
    measure(result, name)["value"].as_f64().unwrap_or_else(|| panic!("{}", measure(result, name)))
}

fn near(is: f64, should: f64) {
    assert!((is - should).abs() < 1e-4 * should.abs().max(1e-3), "{is} should be {should}");
}

#[tokio::test]
async fn each_measure_counts_what_is_there() {
    let province = Province::new(&[]).await;
    let checked = province.check("plot").await;
    let result = &checked.result;
    assert_eq!(result["count"], 10);
    // AWAY lies beyond the province; its code and that of BOW are another commune's.
    near(value(result, "in_province"), 0.9);
    near(value(result, "commune_match"), 7.0 / 9.0);
    // The uses `hill` and `bimat-loai`, and an area below 0, of 20 values that have a domain; BOW and OVER, of 19
    // times that a rule could be asked.
    near(value(result, "domain_consistency"), 34.0 / 39.0);
    let broken = |words: &str| {
        let told = |finding: &&Json| finding["properties"].to_string().contains(words);
        checked.findings.iter().filter(told).count()
    };
    assert_eq!((broken("Too large a house"), broken("bimat-luat")), (1, 1), "{:?}", checked.findings);
    // The name of BOW and the owner of AWAY, of 30 cells.
    near(value(result, "attribute_fill"), 28.0 / 30.0);
    near(value(result, "omission"), 1.0);
    near(value(result, "commission"), 1.0);
    // One commune has plots, in the other, it is signed, there are none.
    near(value(result, "coverage"), 1.0);
    near(value(result, "format_consistency"), 0.9);
    // OVER and the hidden row lie over P0, and OVER over the hidden row, which is where P0 is.
    let (plot, all) = (0.002_f64 * 0.002, 9.0 * 0.002 * 0.002 + 0.002 * 0.002 / 2.0);
    let overlap = value(result, "overlap");
    assert!((overlap - 1.5 * plot / all).abs() < 1e-4, "{overlap}");
    assert_eq!(measure(result, "overlap")["findings"], 3);
    near(value(result, "uniqueness"), 1.0);
    let texts = measure(result, "text_consistency");
    assert_eq!(texts["findings"], 1, "{texts}");
    near(value(result, "currency"), 0.9);
    near(value(result, "timeliness"), 10.0);
    // Of positions in the field and of the service nobody knows, so that two words have no score; the others have.
    let words = result["words"].as_array().unwrap();
    let is_known: Vec<bool> = words.iter().map(|w| w["score"].is_f64()).collect();
    assert_eq!(is_known, [false, true, true, false], "{words:?}");
    near(words[1]["score"].as_f64().unwrap(), (28.0 / 30.0) / 0.95);
    near(words[2]["score"].as_f64().unwrap(), 0.001 / overlap);
    assert_eq!(result["passes"], false);
}

/// What a layer's file states of its quality, in the place of what that of the plots does.
fn stating(more: &str) -> LayerDefinition {
    let rule = format!("quality = {{ cycle_days = 30, {more}, ");
    layer(&PLOT.replace("quality = { cycle_days = 30, ", &rule))
}

#[tokio::test]
async fn a_word_has_a_score_when_all_its_measures_are_known() {
    let province = Province::new(&[]).await;
    let rows = "DELETE FROM gis.plot WHERE code IN ('OVER', 'AWAY', 'BOW', 'bimat-hang')";
    province.database.execute(rows).await;
    let alive = async |plot: LayerDefinition| {
        let catalog = Catalog::new(vec![plot], Default::default());
        let checker = Checker::new(&province.database.database(), &catalog, &Units::default()).await.unwrap();
        let result = checker.check("plot").await.unwrap().unwrap().result;
        result["words"][3].clone()
    };
    // All plots are new, and documents were fast; of validity and of the service nobody knows.
    let word = alive(layer(PLOT)).await;
    assert_eq!((&word["known_measures"], &word["measures"]), (&2.into(), &4.into()), "{word}");
    assert!(word["score"].is_null() && word["passes"].is_null() && word["at_most"] == 1.0, "{word}");
    let unknown = word["unknown"]["en"].as_str().unwrap();
    let says = "2 of 4 measures known; unknown: Validity without overlap; Successful delivery checks";
    assert_eq!(unknown, says);
    let all = "delivery_checks = { planned = 720, successful = 719, on = \"2026-06-30\" }, not_asked = [\"temporal_validity\"]";
    let word = alive(stating(all)).await;
    assert_eq!((&word["score"], &word["passes"]), (&1.0.into(), &true.into()), "{word}");
    assert_eq!((&word["known_measures"], &word["measures"]), (&3.into(), &3.into()), "{word}");
    // A measure that falls short settles it, whatever the others would say.
    let word =
        alive(stating("delivery_checks = { planned = 720, successful = 360, on = \"2026-06-30\" }")).await;
    assert_eq!((&word["score"], &word["passes"]), (&Json::Null, &false.into()), "{word}");
    near(word["at_most"].as_f64().unwrap(), 0.5 / 0.99);
    // What the file leaves out counts all the same where the rows tell of it.
    province.database.execute("UPDATE gis.plot SET valid_from = '2026-02-01', valid_to = '2026-01-01'").await;
    let word = alive(stating(all)).await;
    assert_eq!((&word["score"], &word["passes"]), (&0.0.into(), &false.into()), "{word}");
}

#[tokio::test]
async fn what_nobody_knows_is_unknown_and_no_figure() {
    let province = Province::new(&[]).await;
    let result = province.check("plot").await.result;
    for name in ["positional_accuracy", "crs_proof", "service", "temporal_validity"] {
        let told = measure(&result, name);
        assert!(told["value"].is_null() && told["passes"].is_null() && told["score"].is_null(), "{told}");
        assert!(!told["unknown"]["vi"].as_str().unwrap().is_empty(), "{told}");
    }
    // Without communes nothing is said of places; without a cycle nothing of age.
    province.database.execute("DELETE FROM gis.admin_commune").await;
    let result = province.check("road").await.result;
    for name in ["in_province", "commune_match", "coverage", "currency", "timeliness", "omission"] {
        assert!(measure(&result, name)["value"].is_null(), "{name}");
    }
    province.database.execute("DELETE FROM gis.road").await;
    let empty = province.check("road").await.result;
    assert!(empty["measures"].as_array().unwrap().iter().all(|m| m["value"].is_null()), "{empty}");
    assert!(empty["passes"].is_null());
    // An empty layer has words, and none has a score.
    assert!(empty["words"].as_array().unwrap().iter().all(|w| w["score"].is_null()));
}

#[tokio::test]
async fn an_end_that_stops_short_is_found_and_one_far_away_is_not() {
    let province = Province::new(&[]).await;
    let checked = province.check("road").await;
    assert_eq!(measure(&checked.result, "undershoot")["findings"], 1);
    let [finding] = &checked.findings[..] else { panic!("{:?}", checked.findings) };
    let place = finding["geometry"]["coordinates"].as_array().unwrap();
    near(place[0].as_f64().unwrap(), 106.42);
    near(place[1].as_f64().unwrap(), 10.91002);
    // Of about 4.4 + 3 * 1.1 km, one in 100 km.
    let rate = value(&checked.result, "undershoot");
    assert!((12.0..14.0).contains(&rate), "{rate}");
}

#[tokio::test]
async fn a_key_may_stand_twice_if_it_is_never_valid_twice() {
    let province = Province::new(&[layer(OLD)]).await;
    let checked = province.check("old").await;
    // B is valid twice at once; C and D are one thing under two keys.
    near(value(&checked.result, "uniqueness"), 5.0 / 7.0);
    // B again, and E ends before it begins, of five rows with days.
    near(value(&checked.result, "temporal_validity"), 3.0 / 5.0);
    near(value(&checked.result, "format_consistency"), 6.0 / 7.0);
    let of = |name: &str| -> Vec<i64> {
        let own = checked.findings.iter().filter(|f| f["properties"]["measure"] == name);
        own.map(|f| f["properties"]["feature"].as_i64().unwrap()).collect()
    };
    assert_eq!((of("uniqueness"), of("format_consistency")), (vec![4, 6], vec![7]));
    // C twice more, and no days: doubles, and none of the rows with days.
    let again =
        "INSERT INTO public.old VALUES (8, 'C', 'Ba', NULL, NULL, NULL), (9, 'C', 'Ba', NULL, NULL, NULL)";
    province.database.execute(again).await;
    let checked = province.check("old").await;
    near(value(&checked.result, "uniqueness"), 5.0 / 9.0);
    near(value(&checked.result, "temporal_validity"), 3.0 / 5.0);
    assert_eq!(measure(&checked.result, "temporal_validity")["findings"], 2);
    // Beside one that says no days, whichever comes first, nothing is wrong with those that say them.
    let beside = "INSERT INTO public.old VALUES (10, 'G', 'Năm', NULL, NULL, NULL), (11, 'G', 'Năm', '2024-01-01', NULL, NULL), \
                  (12, 'H', 'Sáu', '2024-01-01', NULL, NULL), (13, 'H', 'Sáu', NULL, NULL, NULL)";
    province.database.execute(beside).await;
    let checked = province.check("old").await;
    near(value(&checked.result, "uniqueness"), 7.0 / 13.0);
    near(value(&checked.result, "temporal_validity"), 5.0 / 7.0);
    assert_eq!(measure(&checked.result, "temporal_validity")["findings"], 2);
}

#[tokio::test]
async fn callers_are_told_of_what_they_may_see_and_of_nothing_else() {
    let province = Province::new(&[layer(OLD)]).await;
    for name in ["plot", "old", "plot"] {
        province.check(name).await;
    }
    let site = province.site(AccessClass::Open);
    let answer = site.json("/collections/plot/quality").await;
    assert_eq!(answer["count"], 9);
    assert_eq!(answer["trend"].as_array().unwrap().len(), 2);
    // The hidden owner is no cell of his, the hidden row no overlap.
    near(value(&answer, "attribute_fill"), 17.0 / 18.0);
    assert_eq!(measure(&answer, "overlap")["findings"], 1);
    assert!(measure(&answer, "omission")["value"].is_null(), "the list of the agency is of all rows");
    let findings = site.json("/collections/plot/quality/findings?limit=100").await;
    assert!(findings["numberReturned"].as_u64().unwrap() > 3, "{findings}");
    assert!(!findings.to_string().contains("bimat"), "{findings}");
    let own = site.json("/collections/plot/quality/findings?measure=overlap").await;
    assert_eq!(own["features"].as_array().unwrap().len(), 1, "{own}");
    site.get("/collections/plot/quality/findings?measure=beauty").await.problem(400);
    // Page by page they are the same, each once.
    let whole = findings["features"].as_array().unwrap();
    assert_eq!(findings["numberMatched"], whole.len());
    let (mut next, mut seen) = (Some("/collections/plot/quality/findings?limit=2".to_owned()), Vec::new());
    while let Some(address) = next {
        let page = site.json(&address).await;
        assert_eq!(page["numberMatched"], whole.len(), "{page}");
        let features = page["features"].as_array().unwrap();
        assert!((1..=2).contains(&features.len()) && page["numberReturned"] == features.len(), "{page}");
        seen.extend(features.iter().cloned());
        next = crate::support::served::href(&page, "next").map(str::to_owned);
    }
    assert_eq!(&seen, whole);
    for wrong in ["limit=0", "limit=-1", "offset=-1", "offset=x"] {
        site.get(&format!("/collections/plot/quality/findings?{wrong}")).await.problem(400);
    }
    site.get("/collections/old/quality").await.problem(404);
    let all = site.json("/quality").await;
    let layers: Vec<&str> =
        all["layers"].as_array().unwrap().iter().map(|l| l["layer"].as_str().unwrap()).collect();
    assert_eq!(layers, ["admin_commune", "plot", "road"]);
    assert!(all["layers"][2]["checked_at"].is_null() && all["layers"][2]["notes"].is_array(), "{all}");
    // What was looked at openly and is closed since is told to nobody it is closed to.
    site.database.execute("UPDATE gis.plot SET access_class = 'restricted' WHERE code = 'OVER'").await;
    let own = site.json("/collections/plot/quality/findings?measure=overlap").await;
    assert_eq!(own["numberMatched"], 0, "nor by what it lies over: {own}");
    let page = site.get("/collections/plot/quality?f=html").await;
    assert!(page.status == 200 && page.text().contains("Mã xã khớp vị trí"), "{}", page.status);
    assert!(site.get("/quality?f=html&lang=en").await.text().contains("unknown"));
}

#[tokio::test]
async fn an_overlap_that_was_kept_without_what_it_is_over_is_told_to_nobody() {
    let province = Province::new(&[]).await;
    province.check("plot").await;
    let site = province.site(AccessClass::Open);
    let matched = async |query: &str| {
        let told = site.json(&format!("/collections/plot/quality/findings{query}")).await;
        told["numberMatched"].as_u64().unwrap()
    };
    let before = (matched("").await, matched("?measure=overlap").await);
    assert_eq!(before.1, 1);
    let older = "UPDATE diaban.quality_run SET findings = (SELECT coalesce(jsonb_agg(f #- '{properties,other}'), '[]') \
                 FROM jsonb_array_elements(findings) AS f)";
    site.database.execute(older).await;
    assert_eq!((matched("").await, matched("?measure=overlap").await), (before.0 - 1, 0));
}

#[tokio::test]
async fn a_report_is_a_page_a_workbook_and_a_table() {
    let province = Province::new(&[]).await;
    let checked = province.check("plot").await;
    let store = PostgisStore::new(province.database.database());
    let runs = store.quality_runs(&checked.view, 10).await.unwrap();
    let layers = [told(&checked.view, &runs)];
    let table = csv(&layers, diaban::layer::Language::Vi);
    let line = table.lines().find(|line| line.contains("in_province")).unwrap();
    assert!(line.starts_with("plot,in_province,dung,0.9,1.0,0.9,false,9 trong 10"), "{line}");
    assert!(table.lines().any(|line| line.contains("service,song,,0.99,,,")), "{table}");
    let page = page(&layers, diaban::layer::Language::Vi);
    assert!(page.contains("chưa biết (3/5; ≤ 0,7856)") && page.contains("ISO 19157"), "{page}");
    assert!(page.contains("Đúng: mới biết 3 trong 5 chỉ tiêu; chưa biết: "), "{page}");
    let sheets = diaban::quality::sheets(&layers, diaban::layer::Language::Vi);
    assert_eq!(sheets[1].rows.len(), 1 + layers[0]["measures"].as_array().unwrap().len());
    assert!(diaban::format::workbook(&sheets).unwrap().starts_with(b"PK"));
}

#[tokio::test]
async fn each_finding_of_a_report_stands_with_its_longitude_and_latitude() {
    let province = Province::new(&[]).await;
    let checked = province.check("plot").await;
    let store = PostgisStore::new(province.database.database());
    let mut layer = told(&checked.view, &store.quality_runs(&checked.view, 10).await.unwrap());
    layer["findings"] = collection(checked.findings.clone());
    // The plot that lies beyond the province.
    let away = layer["findings"]["features"].as_array().unwrap().iter();
    let away = away.map(|f| &f["properties"]).find(|p| p["measure"] == "in_province").unwrap().clone();
    let [lon, lat] = ["longitude", "latitude"].map(|name| away[name].as_f64().unwrap());
    assert!((106.5..106.502).contains(&lon) && (10.9..10.902).contains(&lat), "{away}");
    let (layers, vi) = ([layer], diaban::layer::Language::Vi);
    let table = csv(&layers, vi);
    assert!(
        table.lines().next().unwrap().ends_with(",basis,feature,attribute,longitude,latitude"),
        "{table}"
    );
    let row = format!(",{},,{lon},{lat}", away["feature"]);
    assert!(
        table.lines().any(|line| line.starts_with("plot,in_province,") && line.ends_with(&row)),
        "{table}"
    );
    let page = page(&layers, vi);
    assert!(page.contains("Kinh độ") && page.contains(&format!("{lon:.7}")), "{page}");
    let sheets = diaban::quality::sheets(&layers, vi);
    let found = &sheets[2];
    assert_eq!((found.name.as_str(), found.rows.len()), ("Phát hiện", 1 + checked.findings.len()));
    let cells = format!("{:?}", found.rows);
    assert!(cells.contains(&format!("Number({lon:?}, 7)")) && cells.contains("Vĩ độ"), "{cells}");
}
