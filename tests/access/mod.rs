//! Who may see what: what is hidden leaves by no door, and keys are given out and taken back.

mod doors;
mod keys;

use diaban::layer::AgencyRegister;

const AGENCIES: [&str; 6] = ["outsider", "named", "wells", "cables", "sharer", "everything"];

/// A register of agencies of these codes.
fn register() -> AgencyRegister {
    let one =
        |code| format!("[[agencies]]\ncode = \"{code}\"\nnames = [{{ vi = \"Sở\", en = \"Department\" }}]\n");
    toml::from_str(&AGENCIES.map(one).concat()).unwrap()
}
