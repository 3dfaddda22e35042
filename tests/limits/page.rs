//! `docs/limits.md` is made from the numbers themselves, and no route is without a class.

use diaban::{
    http::{self, Class},
    layer::Language,
    store::postgis::PostgisStore,
};
use std::{fs, path::Path};

#[test]
fn no_route_is_without_a_class() {
    for path in http::paths::<PostgisStore>() {
        assert!(Class::of_route(path).is_some(), "{path} has no class in http/limits/class.rs");
    }
}

/// `DIABAN_WRITE_DOCS=1` writes the tables anew.
#[test]
fn the_page_of_limits_says_what_holds() {
    const MARK: &str = "<!-- made from http/limits/told.rs -->";
    for (page, language) in [("limits.md", Language::En), ("limits.vi.md", Language::Vi)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
        let text = fs::read_to_string(&path).unwrap();
        let parts: Vec<&str> = text.split(MARK).collect();
        let [before, _, behind] = parts[..] else { panic!("{page}: the table stands between two marks") };
        let made = format!("{before}{MARK}\n{}{MARK}{behind}", http::limits_table(language));
        if std::env::var_os("DIABAN_WRITE_DOCS").is_some() {
            fs::write(&path, &made).unwrap();
        } else {
            assert!(made == text, "{page} says other limits; DIABAN_WRITE_DOCS=1 writes it anew");
        }
    }
}
