//! A folder in which the program is typed, with layer files of its own.

use super::served::{CABLE, PARCEL, ROAD, WELL};
use diaban::layer::Catalog;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

/// The layers of a desk.
const LAYERS: [(&str, &str); 4] =
    [("well", WELL), ("parcel", PARCEL), ("road", ROAD), ("bimat_cable", CABLE)];
const AGENCIES: [&str; 3] = ["sonnmt", "soxd", "sokhcn"];

/// What comes of a command.
pub struct Typed {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    pub fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        let shared = desk.layers().join("shared");
        fs::create_dir_all(&shared).unwrap();
        for (id, text) in LAYERS {
            fs::write(desk.layers().join(format!("{id}.toml")), text).unwrap();
        }
        let agency = |code: &str| {
            format!(
                "[[agencies]]\ncode = \"{code}\"\nnames = [{{ vi = \"Sở {code}\", en = \"Department {code}\" }}]\n"
            )
        };
        fs::write(shared.join("agencies.toml"), AGENCIES.map(agency).concat()).unwrap();
        fs::write(shared.join("attributes.toml"), "attributes = []\n").unwrap();
        desk
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn layers(&self) -> PathBuf {
        self.path().join("layers")
    }

    pub fn catalog(&self) -> Catalog {
        Catalog::read(&self.layers()).unwrap()
    }

    /// Ids of the layers.
    pub fn ids(&self) -> [&'static str; 4] {
        LAYERS.map(|(id, _)| id)
    }

    pub fn command(&self, url: Option<&str>, arguments: &[&str]) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_diaban"));
        command
            .args(arguments)
            .env_remove("DATABASE_URL")
            .envs(url.map(|url| ("DATABASE_URL", url)))
            .env("DIABAN_LAYERS", self.layers())
            .env("DIABAN_DATA", self.path().join("data"))
            .env("USER", "an")
            .env("LC_ALL", "C.UTF-8")
            .current_dir(self.path());
        command
    }

    /// Types a command over the database at `url`, or over the private one of the desk's folder `data`.
    pub async fn typed(&self, url: Option<&str>, arguments: &[&str]) -> Typed {
        let Output { status, stdout, stderr } = self.command(url, arguments).output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Typed { code: status.code(), out: text(stdout), err: text(stderr) }
    }

    /// A layer as FlatGeobuf, as it is or as it was.
    pub async fn exported(&self, url: Option<&str>, layer: &str, as_of: Option<&str>) -> Vec<u8> {
        let mut arguments = vec!["export", layer, "--output", "exported.fgb"];
        arguments.extend(as_of.iter().flat_map(|moment| ["--as-of", moment]));
        let typed = self.typed(url, &arguments).await;
        assert_eq!(typed.code, Some(0), "{}", typed.err);
        fs::read(self.path().join("exported.fgb")).unwrap()
    }
}
