//! The layer files: what is built in, what a mistake in one is answered with, who sees what.

use diaban::layer::{AccessClass, Caller, Catalog, Language, LayerErrors, schema};
use std::{fs, path::Path};
use time::{Date, macros::date};

/// A small layer without a mistake.
const WELL: &str = r#"id = "well"
title = { vi = "Giếng", en = "Wells" }
group = "agriculture"
agency = "sonnmt"
item = "1.1.15"
geometry = ["Point"]
key = ["code"]
label = "code"
access = "shared"
zoom = { min = 8, max = 18 }
generalise = { rule = "thin", importance = "depth_m" }

[[attributes]]
name = "code"
type = "text"
title = { vi = "Mã giếng", en = "Well code" }
sources = ["MA_GIENG"]

[[attributes]]
name = "depth_m"
type = "number"
unit = "m"
precision = 6
scale = 2
min = 0
max = 500
title = { vi = "Độ sâu", en = "Depth" }

[[attributes]]
name = "use"
type = "enum"
title = { vi = "Mục đích", en = "Use" }
values = [
  { code = "drinking", vi = "Sinh hoạt", en = "Drinking" },
  { code = "irrigation", vi = "Tưới tiêu", en = "Irrigation", sources = ["tuoi"] },
]
"#;

/// What a folder of these files is answered with.
fn read(files: &[(&str, &str)]) -> Result<Catalog, LayerErrors> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Catalog::read(folder.path())
}

/// The mistakes of a folder of these files, each as `file:line: message`, without the folder.
fn mistakes(files: &[(&str, &str)]) -> Vec<String> {
    let errors = read(files).unwrap_err();
    let short = |file: &str| Path::new(file).file_name().unwrap().to_string_lossy().into_owned();
    errors.0.iter().map(|e| format!("{}:{}: {}", short(&e.file), e.line, e.message)).collect()
}

/// `WELL` with one text replaced by another.
fn well_with(from: &str, to: &str) -> String {
    assert!(WELL.contains(from), "{from}");
    WELL.replacen(from, to, 1)
}

#[test]
fn a_layer_without_a_mistake_is_read_and_gets_the_attributes_of_all() {
    let catalog = read(&[("well.toml", WELL)]).unwrap();
    let well = catalog.definition("well").unwrap();
    assert_eq!(well.attributes[0].name, "code");
    assert!(well.attribute("commune_code").is_some() && well.attribute("updated_at").is_some());
    // As closed as the layer, though the shared file says nothing.
    assert_eq!(well.attribute("address_text").unwrap().access, AccessClass::Shared);
    assert_eq!(well.key_attributes().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["code"]);
    assert_eq!(well.attribute("use").unwrap().value("irrigation").unwrap().en, "Irrigation");
}

#[test]
fn a_file_from_another_editor_is_read() {
    let text = format!("\u{feff}{}", WELL.replace('\n', "\r\n"));
    assert!(read(&[("well.toml", &text)]).is_ok());
}

/// The line, from 1, on which `mark` begins.
fn line_of(text: &str, mark: &str) -> usize {
    text[..text.find(mark).unwrap()].matches('\n').count() + 1
}

/// (what is replaced, by what, what stands on the line of the mistake, words of the message)
const MISTAKES: &[(&str, &str, &str, &[&str])] = &[
    // The form.
    ("group =", "grup =", "grup =", &["unknown key `grup`", "`group`", "`access_reason`"]),
    ("unit = \"m\"", "uint = \"m\"", "uint =", &["unknown key `uint`", "`unit`"]),
    ("item = \"1.1.15\"\n", "", "id =", &["the key `item` is missing"]),
    ("name = \"depth_m\"\n", "", "[[attributes]]\ntype = \"number\"", &["the key `name` is missing"]),
    ("title = { vi = \"Giếng\", en = \"Wells\" }", "title = \"Giếng\"", "title = ", &["both languages"]),
    ("max = 18", "max = \"x\"", "zoom =", &["allowed: a whole number"]),
    ("agency = \"sonnmt\"", "agency = \"sonnmt", "agency =", &["no TOML"]),
    ("id = \"well\"\n", "id = \"well\"\nid = \"well\"\n", "id = \"well\"\ntitle", &["duplicate key"]),
    // What is allowed.
    ("unit = \"m\"", "unit = \"metre\"", "unit =", &["`metre`", "`m`", "`m3/s`", "`million VND`"]),
    (
        "type = \"number\"",
        "type = \"numeric\"",
        "type = \"numeric\"",
        &["`numeric`", "`number`", "`text_list`"],
    ),
    ("\"agriculture\"", "\"farming\"", "group =", &["`farming`", "`agriculture`", "`telecom`"]),
    ("rule = \"thin\"", "rule = \"thinned\"", "generalise =", &["`thinned`", "`coverage`", "`cluster`"]),
    ("access = \"shared\"", "access = \"secret\"", "access =", &["`secret`", "`open`", "`restricted`"]),
    ("[\"Point\"]", "[\"point\"]", "geometry =", &["`point`", "`MultiPolygon`"]),
    ("\"sonnmt\"", "\"sonn\"", "agency =", &["no agency `sonn`", "sonnmt", "ubndxa"]),
    // Names.
    ("id = \"well\"", "id = \"wells\"", "id =", &["must be called wells.toml"]),
    ("name = \"use\"", "name = \"Use\"", "name = \"Use\"", &["`Use` is no name", "a-z", "63"]),
    ("name = \"use\"", "name = \"2use\"", "name = \"2use\"", &["`2use` is no name"]),
    ("name = \"use\"", "name = \"geom\"", "name = \"geom\"", &["`geom` is taken", "id, geom", "bbox"]),
    ("name = \"use\"", "name = \"code\"", "name = \"code\"\ntype = \"enum\"", &["`code` stands twice"]),
    (
        "sources = [\"MA_GIENG\"]",
        "sources = [\"Độ sâu\"]",
        "title = { vi = \"Độ sâu\"",
        &["is a name of `code` already"],
    ),
    // What names an attribute or a layer.
    (
        "key = [\"code\"]",
        "key = [\n  \"code\",\n  \"no\",\n]",
        "\"no\"",
        &["`no` is no attribute", "code, depth_m, use"],
    ),
    ("key = [\"code\"]", "key = []", "key =", &["names no attribute"]),
    ("label = \"code\"", "label = \"nam\"", "label =", &["`nam`", "code, depth_m, use"]),
    ("\"depth_m\" }", "\"depth\" }", "generalise =", &["`importance` names `depth`", "code, depth_m, use"]),
    (
        "rule = \"thin\", importance",
        "rule = \"merge\", class",
        "generalise =",
        &["for areas", "thin, cluster"],
    ),
    ("rule = \"thin\"", "rule = \"cluster\"", "generalise =", &["only the rule `thin` has `importance`"]),
    ("name = \"use\"", "name = \"use\"\nreferences = \"wel\"", "references =", &["no layer `wel`", "well"]),
    (
        "[\"MA_GIENG\"]",
        "[\"MA_GIENG\"]\naccess = \"restricted\"",
        "access = \"restricted\"",
        &["`code` is of the key", "up to shared"],
    ),
    // Closed rows.
    (
        "key = [\"code\"]",
        "key = [\"code\"]\nrow_class = [{ where = \"depth_m > 9\", class = \"shared\" }]",
        "row_class =",
        &["the layer itself is `shared`", "allowed: restricted"],
    ),
    (
        "key = [\"code\"]",
        "key = [\"code\"]\nrow_class = [{ where = \" \", class = \"restricted\" }]",
        "row_class =",
        &["the condition is empty", "`is_hazardous = true`"],
    ),
    (
        "key = [\"code\"]",
        "key = [\"code\"]\nrow_class = [{ filter = \"depth_m > 9\", class = \"restricted\" }]",
        "row_class =",
        &["unknown key `filter`", "`where` or `class`"],
    ),
    // Domains.
    ("min = 0\nmax = 500", "min = 9\nmax = 1", "min = 9", &["`min` (9) is above `max` (1)"]),
    ("min = 8", "min = 19", "zoom =", &["`min` (19) is above `max` (18)"]),
    ("max = 18", "max = 25", "zoom =", &["0 to 24"]),
    ("precision = 6\n", "", "scale =", &["`scale` needs `precision`"]),
    ("scale = 2", "scale = 7", "precision =", &["1 to 38"]),
    ("type = \"number\"", "type = \"text\"", "unit =", &["`unit`"]),
    ("type = \"enum\"", "type = \"text\"", "values = [", &["only an `enum` may have `values`"]),
    ("sources = [\"tuoi\"]", "sources = [\"sinh hoat\"]", "sinh hoat", &["`sinh hoat`", "`drinking`"]),
    ("code = \"irrigation\"", "code = \"drinking\"", "vi = \"Tưới tiêu\"", &["`drinking` stands twice"]),
    ("name = \"use\"", "name = \"use\"\nmax_length = 9", "max_length", &["only a `text`"]),
    ("name = \"use\"", "name = \"use\"\ncolumn = \"x\"", "column =", &["[table]"]),
    // Texts.
    ("Mã giếng", "Ma\u{303} gie\u{302}\u{301}ng", "gie", &["NFC"]),
    ("Mã giếng", "Mã\\u0000giếng", "u0000", &["control character"]),
    ("en = \"Wells\"", "en = \" \"", "title =", &["both languages"]),
];

#[test]
fn each_mistake_is_told_with_its_line_and_what_is_allowed() {
    for (from, to, mark, words) in MISTAKES {
        let text = well_with(from, to);
        let line = line_of(&text, mark);
        let found = mistakes(&[("well.toml", &text)]);
        let place = format!("well.toml:{line}: ");
        let fits = |m: &&String| m.starts_with(&place) && words.iter().all(|word| m.contains(word));
        assert!(found.iter().any(|m| fits(&m)), "{from:?} -> {to:?}: {place}{words:?} is not in\n{found:#?}");
    }
}

#[test]
fn an_enum_without_values_is_a_mistake() {
    let text = WELL.split("values = [").next().unwrap();
    assert_eq!(
        mistakes(&[("well.toml", text)]),
        [format!("well.toml:{}: an `enum` needs `values`", line_of(WELL, "type = \"enum\""))]
    );
}

#[test]
fn all_mistakes_of_all_files_are_told_at_once() {
    let well = well_with("unit = \"m\"", "unit = \"metre\"")
        .replace("max = 18", "max = 30")
        .replace("label = \"code\"", "label = \"name\"\ncolour = \"red\"");
    let pond = WELL
        .replace("\"well\"", "\"pond\"")
        .replace("type = \"enum\"", "type = \"list\"")
        .replace("sonnmt", "son");
    let found = mistakes(&[("pond.toml", &pond), ("well.toml", &well)]);
    let expected = [
        ("pond.toml", &pond, "agency ="),
        ("pond.toml", &pond, "type = \"list\""),
        ("well.toml", &well, "label ="),
        ("well.toml", &well, "colour ="),
        ("well.toml", &well, "zoom ="),
        ("well.toml", &well, "unit ="),
    ];
    let places: Vec<_> = found.iter().map(|m| m.split(": ").next().unwrap().to_owned()).collect();
    let expected = expected.map(|(file, text, mark)| format!("{file}:{}", line_of(text, mark)));
    assert_eq!(places, expected, "{found:#?}");
}

#[test]
fn two_layers_with_one_id_name_both_files() {
    let found = mistakes(&[("a_well.toml", WELL), ("well.toml", WELL)]);
    assert!(
        found.iter().any(|m| m.starts_with("well.toml:1: ") && m.contains("a_well.toml already")),
        "{found:#?}"
    );
}

#[test]
fn a_folder_that_cannot_be_taken_is_refused() {
    assert!(mistakes(&[("readme.txt", "")])[0].contains("holds no layer file"));
    assert!(
        Catalog::read(Path::new("no/such/folder")).unwrap_err().to_string().contains("no/such/folder:1: ")
    );
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("well.toml"), b"id = \"\xab\"").unwrap();
    assert!(Catalog::read(folder.path()).unwrap_err().to_string().contains("well.toml:1: is not in UTF-8"));
}

#[test]
fn a_mistake_in_the_shared_files_is_told_too() {
    let agencies = "[[agencies]]\ncode = \"sonnmt\"\nnames = [{ vi = \"Sở\", en = \"Department\" }]\nsuccessor = \"x\"\n";
    let attributes =
        "[[attributes]]\nname = \"status\"\ntype = \"enum\"\ntitle = { vi = \"A\", en = \"B\" }\n";
    let found = mistakes(&[
        ("shared/agencies.toml", agencies),
        ("shared/attributes.toml", attributes),
        ("well.toml", WELL),
    ]);
    assert_eq!(
        found,
        ["agencies.toml:4: `successor` needs `succeeded_on`", "attributes.toml:3: an `enum` needs `values`"]
    );
}

#[test]
fn a_folder_may_have_its_own_agencies() {
    let agencies =
        "[[agencies]]\ncode = \"vu_nuoc\"\nnames = [{ vi = \"Vụ Nước\", en = \"Water Office\" }]\n";
    let text = well_with("sonnmt", "vu_nuoc");
    let catalog = read(&[("shared/agencies.toml", agencies), ("well.toml", &text)]).unwrap();
    assert_eq!(catalog.agencies().agencies.len(), 1);
    assert!(catalog.definition("well").unwrap().attribute("status").is_some(), "the built-in attributes");
}

#[test]
fn an_existing_table_has_no_attributes_but_its_own() {
    let table =
        "[table]\nschema = \"public\"\nname = \"wells\"\ngeometry = \"shape\"\nid = \"gid\"\nsrid = 9210\n";
    let text = format!("{}\n{table}", well_with("name = \"code\"", "name = \"code\"\ncolumn = \"MaGieng\""));
    let catalog = read(&[("well.toml", &text)]).unwrap();
    let well = catalog.definition("well").unwrap();
    assert_eq!(well.attributes.len(), 3);
    assert_eq!(well.attributes[0].column(), "MaGieng");
    let found = mistakes(&[("well.toml", &text.replace("srid = 9210", "srid = 0"))]);
    assert!(
        found[0].contains("`srid`")
            && found[0].starts_with(&format!("well.toml:{}: ", line_of(&text, "srid"))),
        "{found:#?}"
    );
}

#[test]
fn the_schema_for_editors_is_that_of_the_type() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("layers/schema.json");
    let current = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &current).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == current,
        "layers/schema.json is not that of the type: UPDATE_SCHEMA=1 cargo test --test main schema"
    );
    for entry in fs::read_dir(path.parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "toml") {
            let text = fs::read_to_string(&path).unwrap();
            assert!(
                text.starts_with("#:schema schema.json\n"),
                "{} does not name the schema",
                path.display()
            );
        }
    }
}

#[test]
fn the_page_on_the_keys_tells_of_every_key_and_word() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("layers/README.md")).unwrap();
    let schema = schema();
    let mut words: Vec<String> = Vec::new();
    let objects = schema["definitions"].as_object().unwrap().values().chain([&schema]);
    for object in objects {
        words.extend(object["properties"].as_object().into_iter().flat_map(|p| p.keys().cloned()));
        let choices = object["oneOf"].as_array().into_iter().flatten();
        words.extend(choices.filter_map(|c| Some(c["const"].as_str()?.to_owned())));
        let choices = object["enum"].as_array().into_iter().flatten();
        words.extend(choices.filter_map(|c| Some(c.as_str()?.to_owned())));
    }
    assert!(words.len() > 80, "{words:?}");
    let missing: Vec<_> = words.iter().filter(|word| !page.contains(&format!("`{word}`"))).collect();
    assert!(missing.is_empty(), "layers/README.md does not tell of {missing:?}");
}

/// Attributes of the built-in layers that are more closed than their layer.
const CLOSED: &[(&str, &str, AccessClass)] = &[
    ("crop_zone", "farmer_group", AccessClass::Restricted),
    ("industrial_park_lot", "tenant_tax_code", AccessClass::Restricted),
    ("industrial_park_lot", "contract_end", AccessClass::Restricted),
];

#[test]
fn the_built_in_layers_are_those_of_the_catalogue() {
    let catalog = Catalog::built_in().unwrap();
    assert_eq!(catalog.definitions().count(), 33);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/layer_catalog.json");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("left out: {} is not there", path.display());
        return;
    };
    let facts: serde_json::Value = serde_json::from_str(&text).unwrap();
    let common = facts["common_attributes"].as_array().unwrap();
    for fact in facts["layers"].as_array().unwrap() {
        let id = fact["layer_id"].as_str().unwrap();
        let layer = catalog.definition(id).unwrap_or_else(|| panic!("no layer {id}"));
        assert_eq!(layer.title.vi, fact["title_vi"].as_str().unwrap());
        assert_eq!(layer.access.as_str(), fact["access_class"], "{id}");
        assert!(fact["item"].as_str().unwrap().starts_with(&layer.item), "{id}: {}", layer.item);
        let keys = fact["key"].as_str().unwrap().split(" + ");
        let keys = keys.chain(
            match id {
                "road_segment" => &["segment_no"][..],
                "commune_dataset" => &["period"],
                _ => &[],
            }
            .iter()
            .copied(),
        );
        assert_eq!(layer.key, keys.collect::<Vec<_>>(), "{id}");
        let attributes = fact["attributes"].as_array().unwrap().iter().chain(common);
        let mut names: Vec<&str> = attributes.map(|a| a["name"].as_str().unwrap()).collect();
        names.retain(|name| *name != "feature_id");
        let mut own: Vec<&str> = layer.attributes.iter().map(|a| a.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        own.sort_unstable();
        assert_eq!(own, names, "{id}");
        for attribute in fact["attributes"].as_array().unwrap() {
            let name = attribute["name"].as_str().unwrap();
            let unit = layer.attribute(name).unwrap().unit.map_or("", |u| u.symbol());
            assert!(attribute["unit"].as_str().unwrap().starts_with(unit), "{id}.{name}: {unit}");
            assert_eq!(unit.is_empty(), attribute["unit"] == "", "{id}.{name}");
        }
    }
}

#[test]
fn the_built_in_layers_speak_both_languages() {
    let catalog = Catalog::built_in().unwrap();
    let is_vietnamese = |text: &str| !text.is_ascii();
    for layer in catalog.definitions() {
        let description =
            layer.description.as_ref().unwrap_or_else(|| panic!("{}: no description", layer.id));
        let reason = layer.access_reason.as_ref().unwrap_or_else(|| panic!("{}: no reason", layer.id));
        for title in [&layer.title, description, reason] {
            assert!(is_vietnamese(title.of(Language::Vi)) && !title.of(Language::En).is_empty(), "{title:?}");
        }
        for source in layer.attributes.iter().flat_map(|a| &a.sources) {
            assert!(
                source.is_ascii() && source.len() <= 10,
                "{}: {source} does not fit a DBF table",
                layer.id
            );
        }
    }
}

#[test]
fn a_view_hides_what_is_above_the_class() {
    let catalog = Catalog::built_in().unwrap();
    let ids = |class| catalog.views(&Caller::anonymous(class)).map(|v| v.id().to_owned()).collect::<Vec<_>>();
    let (open, shared, all) =
        (ids(AccessClass::Open), ids(AccessClass::Shared), ids(AccessClass::Restricted));
    assert!(open.len() < shared.len() && shared.len() < all.len() && all.len() == 33);
    assert!(!shared.contains(&"telecom_station".to_owned()) && !open.contains(&"crop_zone".to_owned()));
    let mut closed = Vec::new();
    for layer in catalog.definitions() {
        let caller = Caller::anonymous(layer.access);
        let view = catalog.view(&layer.id, &caller).unwrap();
        for attribute in layer.attributes.iter().filter(|a| a.access > layer.access) {
            assert!(view.attribute(&attribute.name).is_none(), "{}.{}", layer.id, attribute.name);
            closed.push((layer.id.as_str(), attribute.name.as_str(), attribute.access));
        }
        assert!(layer.key_attributes().all(|a| view.attribute(&a.name).is_some()), "{}", layer.id);
        assert!(layer.attributes.iter().all(|a| a.access >= layer.access), "{} is the floor", layer.id);
    }
    closed.sort_by_key(|(layer, name, _)| CLOSED.iter().position(|(l, n, _)| l == layer && n == name));
    assert_eq!(closed, CLOSED);
}

#[test]
fn an_agency_is_named_as_of_the_day() {
    let catalog = Catalog::built_in().unwrap();
    let name = |code: &str, day: Date| catalog.agencies().in_charge(code, day).unwrap().1.vi;
    let merged = date!(2025 - 03 - 01);
    let before = merged.previous_day().unwrap();
    for (code, old, new) in [
        ("sokhdt", "Sở Kế hoạch và Đầu tư", "Sở Tài chính"),
        ("sogtvt", "Sở Giao thông vận tải", "Sở Xây dựng"),
        ("sotnmt", "Sở Tài nguyên và Môi trường", "Sở Nông nghiệp và Môi trường"),
        ("sonnptnt", "Sở Nông nghiệp và Phát triển nông thôn", "Sở Nông nghiệp và Môi trường"),
        ("sotttt", "Sở Thông tin và Truyền thông", "Sở Khoa học và Công nghệ"),
        ("soldtbxh", "Sở Lao động - Thương binh và Xã hội", "Sở Nội vụ"),
    ] {
        assert_eq!((name(code, before).as_str(), name(code, merged).as_str()), (old, new));
    }
    assert_eq!(name("ubndhuyen", date!(2025 - 06 - 30)), "Ủy ban nhân dân huyện");
    assert_eq!(name("ubndhuyen", date!(2025 - 07 - 01)), "Ủy ban nhân dân xã, phường");
    assert_eq!(name("ubndtinh", date!(2025 - 06 - 30)), "Ủy ban nhân dân tỉnh Long An");
    assert_eq!(name("ubndtinh", date!(2025 - 07 - 01)), "Ủy ban nhân dân tỉnh Tây Ninh");
    assert!(catalog.agencies().in_charge("nobody", merged).is_none());
    for layer in catalog.definitions() {
        assert!(catalog.agencies().in_charge(&layer.agency, merged).is_some(), "{}", layer.id);
    }
}

#[test]
fn units_are_told_in_words_where_the_symbol_says_little() {
    let catalog = Catalog::built_in().unwrap();
    let unit =
        |layer: &str, name: &str| catalog.definition(layer).unwrap().attribute(name).unwrap().unit.unwrap();
    let capital = unit("public_investment_project", "total_mil_vnd");
    assert_eq!((capital.symbol(), capital.title().vi.as_str()), ("million VND", "triệu đồng"));
    assert_eq!(unit("industrial_park", "lease_price_usd_m2").title().vi, "USD/m²/chu kỳ thuê");
}

#[test]
fn marks_of_quality_are_read_strictly() {
    let with = |rule: &str| {
        let text = WELL.replace("generalise =", &format!("quality = {rule}\ngeneralise ="));
        read(&[("well.toml", &text)]).map(|c| c.definition("well").unwrap().quality.clone())
    };
    let rule = with(
        r#"{ cycle_days = 90, declared = { count = 7, on = "2026-01-31" }, pass = { attribute_fill = 0.9 } }"#,
    );
    let rule = rule.unwrap();
    assert_eq!((rule.cycle_days, rule.declared.unwrap().count, rule.pass.len()), (Some(90), 7, 1));
    for (rule, part) in [
        ("{ cycle_days = 0 }", "1 to 36500"),
        ("{ declared = { count = 7 } }", "`on`"),
        ("{ declared = { count = 7, on = \"31/01/2026\" } }", "2025-07-01"),
        ("{ none_in = [\"An Ninh\"] }", "five digits"),
        ("{ pass = { beauty = 1 } }", "beauty"),
        ("{ pass = { attribute_fill = 95 } }", "from above 0 to 1"),
        ("{ checked_positions = { points = 24, rmse_m = -1, on = \"2026-01-31\" } }", "`rmse_m`"),
        ("{ delivery_checks = { planned = 7, successful = 8, on = \"2026-01-31\" } }", "8 of 7"),
        ("{ not_asked = [\"overlap\"] }", "`overlap` is asked of each layer"),
        ("{ circle_days = 3 }", "circle_days"),
    ] {
        let errors = with(rule).unwrap_err().to_string();
        assert!(errors.contains(part), "{rule}: {errors}");
    }
}
