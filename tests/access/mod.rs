//! Who may see what: what is hidden leaves by no door, keys and grants open the doors that they should and no other.

mod doors;
mod grants;
mod keys;

use crate::support::{
    layer,
    served::{CABLE, PARCEL, ROAD, WELL},
};
use diaban::layer::{AgencyRegister, Catalog, Grants};
use std::fs;
use time::{Date, macros::date};

const AGENCIES: [&str; 6] = ["outsider", "named", "wells", "cables", "sharer", "everything"];

const TODAY: Date = date!(2026 - 11 - 30);

/// A register of agencies of these codes.
fn register() -> AgencyRegister {
    let one =
        |code| format!("[[agencies]]\ncode = \"{code}\"\nnames = [{{ vi = \"Sở\", en = \"Department\" }}]\n");
    toml::from_str(&AGENCIES.map(one).concat()).unwrap()
}

fn catalog() -> Catalog {
    Catalog::new([WELL, PARCEL, ROAD, CABLE].map(layer).to_vec(), register())
}

/// What a file of this text grants.
fn granted(text: &str, catalog: &Catalog) -> Result<Grants, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grants.toml");
    fs::write(&path, text).unwrap();
    let folder = format!("{}/", folder.path().display());
    Grants::read(&path, catalog, TODAY).map_err(|error| error.to_string().replace(&folder, ""))
}
