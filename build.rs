//! Makes sure that the folder of the built pages exists, so that the program builds before
//! `make build` has made them; a notice then stands in place of the map, and the pages of single
//! documents have neither styles nor a map.
use std::{fs, path::Path};

const NOTICE: &str = "<!doctype html><meta charset=\"utf-8\"><title>diaban</title>\
<p>Trang bản đồ chưa được dựng: chạy <code>make build</code>.</p>\
<p>The map page has not been built yet: run <code>make build</code>.</p>";

const SHELL: &str = "<!doctype html>\n<html lang=\"vi\"><head><meta charset=\"utf-8\"><title>diaban</title></head>\
<body><!--content--></body></html>\n";

fn main() -> std::io::Result<()> {
    let dist = Path::new("web/dist");
    for (name, text) in [("index.html", NOTICE), ("document.html", SHELL)] {
        if !dist.join(name).exists() {
            fs::create_dir_all(dist)?;
            fs::write(dist.join(name), text)?;
        }
    }
    println!("cargo:rerun-if-changed=web/dist");
    println!("cargo:rerun-if-changed=layers");
    println!("cargo:rerun-if-changed=styles");
    println!("cargo:rerun-if-changed=src/store/postgis/schema");
    Ok(())
}
