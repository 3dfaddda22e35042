//! One program for all parsers, so that it is built and linked once: `PARSER` names the one that is handed the bytes.
//!
//! `--parsers` lists them, `--seeds PARSER FOLDER` writes what to begin with.
#![no_main]

mod area;
mod audit;
mod files;
mod filter;
mod good;
mod layers;
mod request;
mod snapshot;
mod text;
mod token;
mod wkb;

use libfuzzer_sys::fuzz_target;
use std::{env, fs, panic, path::Path, sync::LazyLock};

/// A parser's name, what is done with bytes, and what to begin with.
type Parser = (&'static str, fn(&[u8]), &'static [&'static [u8]]);

const PARSERS: &[Parser] = &[
    ("wkb", wkb::read, &[]),
    ("snapshot", snapshot::read, &[]),
    ("filter", filter::read, filter::SEEDS),
    ("area", area::read, area::SEEDS),
    ("request", request::ask, request::SEEDS),
    ("token", token::judge, token::SEEDS),
    ("text", text::read, text::SEEDS),
    ("audit", audit::read, audit::SEEDS),
    ("layers", layers::read, layers::SEEDS),
    ("grants", layers::read_grants, layers::GRANTS),
    ("csv", files::csv, files::TABLES),
    ("geojson", files::geojson, files::DOCUMENTS),
    ("drawing", files::drawing, files::DRAWINGS),
    ("flatgeobuf", files::flatgeobuf, &[]),
    ("shapefile", files::shapefile, &[]),
    ("workbook", files::workbook, &[]),
];

static CHOSEN: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = env::var("PARSER").expect("PARSER names one of --parsers");
    PARSERS.iter().find(|parser| parser.0 == name).unwrap_or_else(|| panic!("there is no parser {name}")).1
});

/// What is no fuzzing.
fn other_errands() {
    let words: Vec<String> = env::args().collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[1..] {
        ["--parsers"] => PARSERS.iter().for_each(|parser| println!("{}", parser.0)),
        ["--seeds", name, folder] => {
            let seeds = PARSERS.iter().filter(|parser| parser.0 == name).flat_map(|parser| parser.2);
            for (n, seed) in seeds.enumerate() {
                fs::write(Path::new(folder).join(format!("seed-{n}")), seed).expect("a folder to write into");
            }
        }
        _ => return,
    }
    std::process::exit(0);
}

/// What falls over in a library and is caught there where it is called, is told to who asked. What is not caught ends
/// the run all the same, and so does what falls over in our own lines wherever it does.
fn end_for_our_own() {
    let ending = panic::take_hook();
    panic::set_hook(Box::new(move |fallen| {
        let at = fallen.location().map_or("", |at| at.file());
        if at.contains("/registry/") { eprintln!("caught or not: {fallen}") } else { ending(fallen) }
    }));
}

fn begin() {
    other_errands();
    end_for_our_own();
}

fuzz_target!(init: begin(), |bytes: &[u8]| (*CHOSEN)(bytes));
