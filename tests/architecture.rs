//! The plan of the house, held: who may import whom, how large a room may be, who may touch what.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// A module may use those before it in this list; those that may not, are named behind it.
const ORDER: &[(&str, &[&str])] = &[
    ("feature", &[]),
    ("crs", &["feature"]),
    ("tile", &["crs"]),
    ("symbol", &["feature", "crs", "tile"]),
    ("generalise", &["feature", "crs", "tile"]),
    ("layer", &["crs", "tile", "generalise"]),
    ("units", &["feature", "crs", "tile", "generalise"]),
    ("area", &["generalise", "layer"]),
    ("legacy_text", &["feature", "crs", "tile", "generalise", "layer", "units", "area"]),
    ("query", &["tile", "generalise", "units", "legacy_text"]),
    ("format", &["generalise", "query", "units", "legacy_text"]),
    ("store", &["format", "legacy_text"]),
    ("import", &["format"]),
    ("quality", &["generalise", "import"]),
    (
        "audit",
        &[
            "feature",
            "crs",
            "tile",
            "generalise",
            "layer",
            "units",
            "area",
            "legacy_text",
            "query",
            "format",
            "store",
            "import",
            "quality",
        ],
    ),
    (
        "doctor",
        &["feature", "tile", "generalise", "units", "area", "legacy_text", "query", "format", "quality"],
    ),
    ("drawing", &["generalise", "layer", "units", "query", "format", "store", "legacy_text", "audit"]),
    ("sample", &["format", "import", "store", "query", "tile", "drawing", "audit", "doctor"]),
    (
        "metrics",
        &[
            "feature", "crs", "tile", "layer", "query", "format", "store", "import", "audit", "sample",
            "doctor",
        ],
    ),
    (
        "traces",
        &[
            "feature",
            "crs",
            "tile",
            "generalise",
            "layer",
            "units",
            "area",
            "legacy_text",
            "query",
            "format",
            "store",
            "import",
            "quality",
            "audit",
            "doctor",
            "drawing",
            "sample",
            "metrics",
        ],
    ),
    (
        "cache",
        &[
            "audit",
            "traces",
            "feature",
            "crs",
            "tile",
            "generalise",
            "layer",
            "query",
            "format",
            "store",
            "import",
            "sample",
            "metrics",
            "doctor",
        ],
    ),
    ("http", &["import", "sample", "generalise", "doctor"]),
    (
        "config",
        &["format", "import", "sample", "http", "metrics", "audit", "cache", "store", "drawing", "doctor"],
    ),
    ("cli", &[]),
    ("main", &[]),
];

/// What only some rooms may touch: a word of the code, and the files that may hold it.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("gdal::", &["src/crs/transform", "src/import/read/", "src/import/refused/write", "src/sample/write"]),
    ("tokio_postgres::", &["src/store/postgis/"]),
    ("deadpool_postgres::", &["src/store/postgis/"]),
    ("flatgeobuf::", &["src/store/snapshot/", "src/format/"]),
    ("rusqlite", &["src/format/geopackage.rs"]),
    ("rustix::", &["src/doctor/machine.rs", "src/doctor/audit.rs"]),
    ("parquet::", &["src/format/"]),
    ("rust_xlsxwriter", &["src/format/xlsx"]),
    ("unsafe {", &["src/store/snapshot/lost.rs", "src/store/snapshot/mapping.rs", "src/http/tiles/gzip.rs"]),
    ("axum::", &["src/http/"]),
    ("ureq", &["src/http/tokens/fetch.rs", "src/traces/export.rs"]),
    ("hyper::", &["src/http/connections/"]),
    ("rustls::", &["src/http/connections/"]),
    ("socket2::", &["src/http/connections/"]),
    ("jsonwebtoken", &["src/http/tokens/"]),
    ("ttf_parser::", &["src/symbol/font.rs"]),
    ("ring::signature", &["src/http/tokens/signatures.rs"]),
    ("anyhow", &["src/cli", "src/main.rs"]),
    ("indicatif", &["src/cli"]),
];

/// What the pure rooms must not know.
const NOT_IN: &[(&str, &[&str])] = &[
    ("src/tile/", &["tokio", "async ", "std::time", "std::fs", "std::net", "tracing::"]),
    ("src/symbol/", &["tokio", "async ", "std::time", "std::fs", "std::net", "tracing::"]),
    ("src/format/", &["tokio", "async ", "std::time", "std::net", "tracing::"]),
    ("src/area/", &["tokio", "async ", "std::time", "std::fs", "std::net", "tracing::"]),
    ("src/generalise/", &["tokio", "async ", "std::time", "std::fs", "std::net", "tracing::"]),
    ("src/legacy_text/", &["tokio", "async ", "std::time", "std::fs", "std::net", "tracing::"]),
    ("src/store/snapshot/", &["tokio", "async ", "postgis::"]),
    ("src/query/", &["tokio", "async ", "std::fs", "std::net"]),
    ("src/store/postgis/sql.rs", &["async ", ".await"]),
    ("src/store/postgis/source.rs", &["async ", ".await"]),
];

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
const MAIN_LINES_MAX: usize = 50;
const ARCHITECTURE_LINES_MAX: usize = 150;
const LOCKED_PACKAGES_MAX: usize = 450;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|e| e.unwrap().path()) {
        if path.is_dir() && path.file_name().is_none_or(|n| n != "node_modules" && n != "dist") {
            files_below(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

/// Path from the root, and text, of each source file.
fn sources(folder: &str, ending: &str) -> BTreeMap<String, String> {
    let mut found = Vec::new();
    files_below(&root().join(folder), ending, &mut found);
    assert!(!found.is_empty() || folder == "web/src", "no {ending} files below {folder}");
    let name = |p: &Path| p.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    found.iter().map(|p| (name(p), fs::read_to_string(p).unwrap())).collect()
}

/// Code lines without comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(i, line)| (i + 1, line.split("//").next().unwrap_or("")))
}

/// Text up to the inline tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or("")
}

/// The module that a file of `src/` belongs to.
fn module_of(path: &str) -> &str {
    path.trim_start_matches("src/").split(['/', '.']).next().unwrap_or("")
}

/// The modules that a line imports or names by `crate::`.
fn modules_used(text: &str) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let line = text[..at].lines().count();
        let line_text = text.lines().nth(line.saturating_sub(1)).unwrap_or("");
        if line_text.trim_start().starts_with("//") {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        let word = |t: &str| t.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (i, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && c.is_alphabetic() => {
                        used.push((line, word(&group[i..])));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            used.push((line, word(rest)));
        }
    }
    used
}

#[test]
fn imports_point_one_way() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src", ".rs") {
        let module = module_of(&path);
        if module == "lib" {
            continue;
        }
        let place = ORDER.iter().position(|(m, _)| *m == module);
        let place = place.unwrap_or_else(|| panic!("{path}: add the module `{module}` to ORDER"));
        for (line, used) in modules_used(without_tests(&text)) {
            let Some(used_place) = ORDER.iter().position(|(m, _)| *m == used) else { continue };
            let forbidden = ORDER[place].1.contains(&used.as_str());
            if used != module && (used_place > place || forbidden) {
                wrong.push(format!("{path}:{line}: `{module}` must not use `{used}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_groups_and_paths() {
    let text =
        "use crate::{feature::{Bbox, Value}, layer::LayerView, query};\nlet x = crate::http::serve();\n";
    let names: Vec<_> = modules_used(text).into_iter().map(|(_, m)| m).collect();
    assert_eq!(names, ["feature", "layer", "query", "http"]);
}

#[test]
fn each_library_has_its_room() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src", ".rs") {
        for (line, code) in code(without_tests(&text)) {
            for (word, rooms) in ONLY_IN {
                if code.contains(word) && !rooms.iter().any(|room| path.starts_with(room)) {
                    wrong.push(format!("{path}:{line}: `{word}` belongs in {}", rooms.join(", ")));
                }
            }
            for (room, words) in NOT_IN {
                for word in words.iter().filter(|w| path.starts_with(room) && code.contains(**w)) {
                    wrong.push(format!("{path}:{line}: `{room}` must not know `{word}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rooms_are_small_and_say_what_they_are() {
    let mut wrong = Vec::new();
    let all = [sources("src", ".rs"), sources("tests", ".rs"), sources("web/src", ".ts")];
    for (path, text) in all.iter().flatten() {
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            wrong.push(format!("{path}: {lines} lines, {FILE_LINES_MAX} is the mark"));
        }
        if path.ends_with(".rs") && !text.starts_with("//!") {
            wrong.push(format!("{path}: does not open with what it is (`//!`)"));
        }
        wrong.extend(long_functions(path, text));
    }
    let main = fs::read_to_string(root().join("src/main.rs")).unwrap().lines().count();
    assert!(main < MAIN_LINES_MAX, "src/main.rs has {main} lines");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Functions over the mark; formatted code closes a function at the indent of its first line.
fn long_functions(path: &str, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let opens = |line: &str| {
        let start = line.trim_start();
        let words = ["pub ", "pub(crate) ", "pub(super) ", "const ", "async ", "export ", "default "];
        let bare = words.iter().fold(start, |rest, word| rest.strip_prefix(word).unwrap_or(rest));
        bare.starts_with("fn ") || bare.starts_with("function ") || bare.starts_with("async fn ")
    };
    let mut long = Vec::new();
    for (i, line) in lines.iter().enumerate().filter(|(_, line)| opens(line)) {
        let end =
            lines[i..].iter().position(|l| indent(l) == indent(line) && l.trim_start().starts_with('}'));
        if end.is_some_and(|n| n + 1 > FUNCTION_LINES_MAX) {
            long.push(format!("{path}:{}: function of {} lines", i + 1, end.unwrap_or(0) + 1));
        }
    }
    long
}

#[test]
fn there_are_few_packages_and_a_short_map() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let packages = lock.matches("[[package]]").count();
    assert!(packages < LOCKED_PACKAGES_MAX, "{packages} locked packages");
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(map.lines().count() < ARCHITECTURE_LINES_MAX, "ARCHITECTURE.md is too long");
    for (module, _) in ORDER.iter().filter(|(m, _)| *m != "main") {
        assert!(map.contains(&format!("`{module}`")), "ARCHITECTURE.md does not tell of `{module}`");
    }
}

#[test]
fn every_rust_test_file_is_part_of_the_one_binary() {
    let main = fs::read_to_string(root().join("tests/main.rs")).unwrap();
    for entry in fs::read_dir(root().join("tests")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let is_module = path.extension().is_some_and(|e| e == "rs") || path.join("mod.rs").exists();
        if is_module && name != "main" {
            assert!(main.contains(&format!("mod {name};")), "tests/main.rs does not name {name}");
        }
    }
}
