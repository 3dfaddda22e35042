//! Makes sure that the folder of the built map page exists, so that the program builds before
//! `make build` has made the page; a notice then stands in its place.
use std::{fs, path::Path};

const NOTICE: &str = "<!doctype html><meta charset=\"utf-8\"><title>diaban</title>\
<p>Trang bản đồ chưa được dựng: chạy <code>make build</code>.</p>\
<p>The map page has not been built yet: run <code>make build</code>.</p>";

fn main() -> std::io::Result<()> {
    let dist = Path::new("web/dist");
    if !dist.join("index.html").exists() {
        fs::create_dir_all(dist)?;
        fs::write(dist.join("index.html"), NOTICE)?;
    }
    println!("cargo:rerun-if-changed=web/dist");
    println!("cargo:rerun-if-changed=layers");
    println!("cargo:rerun-if-changed=styles");
    println!("cargo:rerun-if-changed=src/store/postgis/schema");
    Ok(())
}
