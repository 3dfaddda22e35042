//! Any text as a file of a layer, and as the file of grants.

use crate::good::{GOOD, LAYER};
use diaban::layer::{Catalog, Grants};
use std::{env, fs, path::PathBuf, sync::LazyLock};
use time::{Date, Month};

pub const SEEDS: &[&[u8]] = &[
    LAYER.as_bytes(),
    include_bytes!("../../layers/school.toml"),
    include_bytes!("../../layers/road_segment.toml"),
];

pub const GRANTS: &[&[u8]] = &[
    b"[[grants]]\nagency = \"sonnmt\"\nlayers = [\"*\"]\nclass = \"restricted\"\nuntil = \"2027-01-01\"\n",
    b"[[grants]]\nagency = \"sonnmt\"\nlayers = [\"any\"]\ncommunes = [\"25459\"]\n[[provider]]\nissuer = \"https://a.vn\"\naudience = \"b\"\nagency_claim = \"agency\"\njwks = \"keys.json\"\nalgorithms = [\"ES256\"]\n",
];

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = env::temp_dir().join(format!("diaban-fuzz-layers-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    folder
});

pub fn read(bytes: &[u8]) {
    fs::write(FOLDER.join("any.toml"), bytes).expect("a file");
    let _ = Catalog::read(&FOLDER).map_err(|error| error.to_string());
}

pub fn read_grants(bytes: &[u8]) {
    let path = FOLDER.join("grants.text");
    fs::write(&path, bytes).expect("a file");
    let Ok(day) = Date::from_calendar_date(2026, Month::November, 30) else { return };
    let _ = Grants::read(&path, &GOOD.catalog, day).map_err(|error| error.to_string());
}
