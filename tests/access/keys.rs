//! `diaban key` as it is typed, and what is kept of a key.

use super::{AGENCIES, register};
use crate::support::{TestDatabase, served::WELL};
use diaban::layer::Catalog;
use serde_json::Value as Json;
use std::{fs, path::PathBuf, process::Output};

pub(super) struct Typed {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

/// A database, and the program over it.
pub(super) struct Desk {
    pub(super) database: TestDatabase,
    pub(super) layers: PathBuf,
    pub(super) folder: tempfile::TempDir,
}

impl Desk {
    pub(super) async fn new() -> Self {
        let catalog = Catalog::new(vec![crate::support::layer(WELL)], register());
        let database = TestDatabase::with_catalog(&catalog).await;
        let folder = tempfile::tempdir().unwrap();
        let layers = folder.path().join("layers");
        fs::create_dir_all(layers.join("shared")).unwrap();
        fs::write(layers.join("well.toml"), WELL.replace("sonnmt", "wells")).unwrap();
        let one = |code| {
            format!("[[agencies]]\ncode = \"{code}\"\nnames = [{{ vi = \"Sở\", en = \"Department\" }}]\n")
        };
        fs::write(layers.join("shared/agencies.toml"), AGENCIES.map(one).concat()).unwrap();
        fs::write(layers.join("shared/attributes.toml"), "attributes = []\n").unwrap();
        Self { database, layers, folder }
    }

    pub(super) async fn typed(&self, arguments: &[&str]) -> Typed {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_diaban"));
        command.args(arguments).env("DATABASE_URL", self.database.url()).env("DIABAN_LAYERS", &self.layers);
        let Output { status, stdout, stderr } = command.output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Typed { code: status.code(), out: text(stdout), err: text(stderr) }
    }

    async fn json(&self, arguments: &[&str]) -> Json {
        let typed = self.typed(arguments).await;
        assert_eq!(typed.code, Some(0), "{}", typed.err);
        serde_json::from_str(&typed.out).unwrap()
    }
}

#[tokio::test]
async fn a_key_is_shown_once_and_kept_as_its_hash() {
    let desk = Desk::new().await;
    let added = desk.typed(&["key", "add", "wells", "--name", "Trạm bơm", "--days", "30"]).await;
    assert_eq!(added.code, Some(0), "{}", added.err);
    let key = added.out.trim();
    assert!(
        key.starts_with("diaban_") && key.len() == 71 && added.out == format!("{key}\n"),
        "{}",
        added.out
    );
    assert!(added.err.contains("key 1") && added.err.contains("wells"), "{}", added.err);

    let kept = "SELECT encode(sha256, 'hex') = encode(sha256(convert_to($1, 'UTF8')), 'hex') \
                AND expires_at - created_at = interval '30 days' AND last_used_at IS NULL FROM diaban.api_key";
    let row = desk.database.client().await.query_one(kept, &[&key]).await.unwrap();
    assert!(row.get::<_, bool>(0));
    let whole = desk.database.text("SELECT string_agg(k::text, '') FROM diaban.api_key AS k").await.unwrap();
    let listed = desk.typed(&["key", "list"]).await;
    let scripted = desk.typed(&["key", "list", "--json"]).await;
    for text in [&whole, &listed.out, &listed.err, &scripted.out] {
        assert!(!text.contains(&key[7..20]), "{text}");
    }
    assert!(
        listed.out.contains("1  wells  “Trạm bơm”") && listed.out.contains("never used"),
        "{}",
        listed.out
    );
}

#[tokio::test]
async fn a_key_is_taken_back_and_stays_in_the_list() {
    let desk = Desk::new().await;
    assert_eq!(desk.json(&["key", "list", "--json"]).await, serde_json::json!([]));
    let added = desk.json(&["key", "add", "cables", "--json"]).await;
    assert_eq!((added["id"].as_i64(), added["state"].as_str()), (Some(1), Some("good")));
    assert!(added["key"].as_str().unwrap().starts_with("diaban_"));
    let first = desk.json(&["key", "revoke", "1", "--json"]).await;
    assert_eq!(first["state"], "revoked");
    let again = desk.json(&["key", "revoke", "1", "--json"]).await;
    assert_eq!(again["revoked_at"], first["revoked_at"], "it was taken back once");
    assert_eq!(desk.json(&["key", "list", "--json"]).await[0]["state"], "revoked");
    assert!(desk.typed(&["key", "list"]).await.out.contains("revoked"));
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_what_can() {
    let desk = Desk::new().await;
    for (arguments, code, said) in [
        (&["key", "add", "nobody"][..], 1, "no agency `nobody`. There are: outsider, named, wells"),
        (&["key", "add", "wells", "--name", "a\nb"], 1, "--name"),
        (&["key", "add", "wells", "--days", "0"], 2, "1..=3650"),
        (&["key", "revoke", "7"], 1, "no key 7; `diaban key list`"),
        (&["key", "revoke", "x"], 2, "<ID>"),
        (&["key"], 2, "diaban key add sonnmt"),
    ] {
        let typed = desk.typed(arguments).await;
        assert_eq!(typed.code, Some(code), "{arguments:?}: {}", typed.err);
        assert!(typed.err.contains(said), "{arguments:?}: {}", typed.err);
    }
    assert_eq!(desk.database.text("SELECT count(*) FROM diaban.api_key").await.as_deref(), Some("0"));
}
