//! What a layer file may let be told to anyone.

use diaban::layer::{AccessClass, Catalog};
use std::fs;

const WELL: &str = r#"id = "well"
title = { vi = "Giếng", en = "Wells" }
group = "agriculture"
agency = "sonnmt"
item = "1.1.15"
geometry = ["Point"]
key = ["code"]
access = "restricted"
zoom = { min = 8, max = 18 }
generalise = { rule = "cluster" }
aggregates = { sum = ["yield_t"] }

[[attributes]]
name = "code"
type = "text"
title = { vi = "Mã giếng", en = "Well code" }

[[attributes]]
name = "yield_t"
type = "number"
extensive = true
min = 0
title = { vi = "Sản lượng", en = "Yield" }

[[attributes]]
name = "level_m"
type = "number"
min = 0
title = { vi = "Mực nước", en = "Level" }

[[attributes]]
name = "change_t"
type = "number"
extensive = true
title = { vi = "Thay đổi", en = "Change" }
"#;

fn mistakes(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("well.toml"), text).unwrap();
    let errors = Catalog::read(folder.path()).err().map(|errors| errors.0).unwrap_or_default();
    errors.iter().map(|error| format!("{}: {}", error.line, error.message)).collect()
}

#[test]
fn what_is_told_of_a_layer_to_anyone_is_read_strictly() {
    assert_eq!(mistakes(WELL), Vec::<String>::new());
    assert_eq!(mistakes(&WELL.replace("{ sum = [\"yield_t\"] }", "{}")), Vec::<String>::new());
    let rule = |rule: &str| mistakes(&WELL.replace("{ sum = [\"yield_t\"] }", rule));
    for (written, said) in [
        ("{ sum = [\"depth\"] }", "11: `depth` is no attribute of the layer"),
        ("{ sum = [\"code\"] }", "11: `code` is no number, and has no sum"),
        ("{ sum = [\"level_m\"] }", "11: `level_m` is not `extensive`"),
        ("{ sum = [\"change_t\"] }", "11: `change_t` may be below 0"),
        ("{ sum = [\"yield_t\", \"yield_t\"] }", "11: `yield_t` stands twice"),
        ("{ by = [\"district\"] }", "11: unknown key `by`"),
        ("true", "11: "),
    ] {
        let found = rule(written);
        assert!(found.len() == 1 && found[0].starts_with(said), "{written}: {found:#?}");
    }
    // Each mistake of several, on its line.
    let long = "{ sum = [\n  \"depth\",\n  \"level_m\",\n] }";
    let lines: Vec<String> = rule(long).iter().map(|m| m.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(lines, ["12", "13"]);
    let table = "[table]\nschema = \"public\"\nname = \"wells\"\ngeometry = \"shape\"\nid = \"gid\"\nsrid = 9210\n\n[[attributes]]\nname = \"code\"";
    let found = mistakes(&WELL.replacen("[[attributes]]\nname = \"code\"", table, 1));
    assert!(found.len() == 1 && found[0].contains("no text `commune_code`"), "{found:#?}");
}

#[test]
fn the_layers_of_which_anyone_is_told_are_those_whose_agencies_publish_figures() {
    let catalog = Catalog::built_in().unwrap();
    let told: Vec<String> = catalog
        .aggregate_views()
        .map(|view| {
            let sums: Vec<&str> = view.sums().map(|attribute| attribute.name.as_str()).collect();
            format!("{} {}", view.id(), sums.join(","))
        })
        .collect();
    assert_eq!(
        told,
        [
            "crop_zone area_ha",
            "livestock_aquaculture_farm head_count,pond_area_ha",
            "telecom_station ",
            "traffic_accident "
        ]
    );
    assert!(catalog.aggregate_views().all(|view| view.class() == AccessClass::Restricted));
    assert!(catalog.aggregate_view("border_marker").is_none());
}
