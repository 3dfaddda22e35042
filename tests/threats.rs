//! The page of what is defended names a test in each line, and that test is there.

use std::{collections::BTreeSet, fs, path::Path};

fn named(page: &str) -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page)).unwrap();
    let ticked = text.split('`').skip(1).step_by(2).filter_map(|words| words.split_once("::"));
    ticked.map(|(file, test)| (file.to_owned(), test.to_owned())).collect()
}

#[test]
fn each_line_of_what_is_defended_names_a_test_that_is_there() {
    let tests = named("threats.md");
    assert!(tests.len() > 20);
    for (file, test) in &tests {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{file}: {e}"));
        let (before, _) =
            text.split_once(&format!("fn {test}(")).unwrap_or_else(|| panic!("{file} has no {test}"));
        let attribute =
            before.trim_end().trim_end_matches("async").trim_end().lines().last().unwrap_or_default();
        assert!(attribute.contains("test"), "{file}: {test} is no test: {attribute}");
    }
    assert_eq!(tests, named("threats.vi.md"));
}

#[test]
fn each_line_of_the_table_names_one() {
    for page in ["threats.md", "threats.vi.md"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page)).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
        assert!(lines.len() > 15 && lines.iter().all(|line| line.contains(".rs::")), "{page}");
    }
}
