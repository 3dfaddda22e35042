//! What `diaban doctor` says of who is let in, and of the record of answers.

use crate::{
    audit::{answer, put},
    support::{TestDatabase, desk::Desk, desk::Typed},
};
use diaban::audit::{Appender, AuditFolder};
use serde_json::Value as Json;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use time::{Duration, OffsetDateTime};

/// State, what was found and what to do, of each check of that name.
fn checks(typed: &Typed, name: &str) -> Vec<(String, String, String)> {
    let told: Json = serde_json::from_str(&typed.out).unwrap_or_else(|e| panic!("{e}: {}", typed.out));
    let all = told["checks"].as_array().unwrap().iter().filter(|check| check["check"] == name);
    all.map(|check| {
        for language in ["vi", "en"] {
            let is_told = |key: &str| check[key][language].as_str().is_some_and(|text| !text.is_empty());
            assert!(is_told("title") && is_told("found"), "{check}");
            assert_eq!(is_told("next"), check["state"] != "ok", "{check}");
        }
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        (text(&check["state"]), text(&check["found"]["en"]), text(&check["next"]["en"]))
    })
    .collect()
}

async fn looked(desk: &Desk, url: &str) -> Typed {
    desk.typed(Some(url), &["doctor", "--json", "--grants", "grants.toml"]).await
}

fn open_to_its_owner(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
}

fn day(ahead: i64) -> String {
    let today = OffsetDateTime::now_utc() + Duration::hours(7);
    (today.date() + Duration::days(ahead)).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_and_keys_that_end_or_lead_nowhere_are_told() {
    let desk = Desk::new();
    let database = TestDatabase::with_catalog(&desk.catalog()).await;
    let file = desk.path().join("grants.toml");
    let grant = |agency: &str, more: &str| {
        format!("[[grants]]\nagency = \"{agency}\"\nlayers = [\"well\"]\nclass = \"shared\"\n{more}\n")
    };
    let write = |text: String| {
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    };
    let mut secrets = Vec::new();
    for (agency, days) in [("sonnmt", "90"), ("soxd", "10")] {
        let added = desk.typed(Some(database.url()), &["key", "add", agency, "--days", days]).await;
        assert_eq!(added.code, Some(0), "{}", added.err);
        secrets.push(added.out.trim().trim_start_matches("diaban_").to_owned());
    }
    write(grant("sonnmt", "") + &grant("soxd", ""));
    let typed = looked(&desk, database.url()).await;
    assert_eq!(checks(&typed, "grants"), [("ok".into(), "2 grants".into(), String::new())]);
    let keys = checks(&typed, "api_keys").remove(0);
    assert!(keys.0 == "look" && keys.1.contains("expiring within 30 days: 2 soxd "), "{keys:?}");
    assert!(!keys.1.contains("without") && keys.2.contains("diaban key add"), "{keys:?}");

    let until = |ahead| format!("until = \"{}\"", day(ahead));
    write(grant("sonnmt", &until(-1)) + &grant("soxd", &until(30)) + &grant("sokhcn", &until(31)));
    let typed = looked(&desk, database.url()).await;
    let grants = checks(&typed, "grants").remove(0);
    assert_eq!(grants.0, "look");
    let (yesterday, later) = (day(-1), day(30));
    let found = format!(
        "3 grants; ended: sonnmt {yesterday} (grants.toml:1); ending within 30 days: soxd {later} (grants.toml:6)"
    );
    assert_eq!(grants.1, found);
    let keys = checks(&typed, "api_keys").remove(0);
    assert!(keys.1.contains("a key without a grant: 1 sonnmt;"), "{keys:?}");
    assert!(keys.1.ends_with("a grant without a key or a provider: sokhcn"), "{keys:?}");
    assert!(secrets.iter().all(|key| key.len() == 64 && !typed.out.contains(key)), "no key");

    write(grant("sonnmt", "").replace("well", "wel"));
    let typed = looked(&desk, database.url()).await;
    let grants = checks(&typed, "grants").remove(0);
    assert!(grants.0 == "wrong" && grants.1.contains("grants.toml:3: there is no layer `wel`"), "{grants:?}");
    assert_eq!(typed.code, Some(1));

    write(grant("sonnmt", ""));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let grants = checks(&looked(&desk, database.url()).await, "grants").remove(0);
    assert!(grants.0 == "wrong" && grants.2.contains("chmod go-w"), "{grants:?}");

    let without = desk.typed(Some(database.url()), &["doctor", "--json"]).await;
    assert!(checks(&without, "grants").is_empty());
    assert!(checks(&without, "api_keys")[0].1.contains("a key without a grant: 1 sonnmt, 2 soxd"));
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_are_asked_for_their_keys_as_a_server_does() {
    let desk = Desk::new();
    let key = r#"{"kty":"OKP","crv":"Ed25519","kid":"1","x":"AAAA"}"#;
    fs::write(desk.path().join("keys.json"), format!("{{\"keys\":[{key}]}}")).unwrap();
    let provider = |name: &str, more: &str| {
        format!(
            "[[provider]]\nissuer = \"https://{name}.example.vn\"\naudience = \"diaban\"\nagency = \"sonnmt\"\n{more}\n"
        )
    };
    let text = provider("good", "jwks = \"keys.json\"")
        + &provider("away", "jwks = \"http://127.0.0.1:1/jwks\"")
        + &provider("gone", "jwks = \"nowhere.json\"")
        + &provider("other", "jwks = \"keys.json\"\nalgorithms = [\"RS256\"]");
    fs::write(desk.path().join("grants.toml"), text).unwrap();
    let typed = looked(&desk, "postgres://nobody@127.0.0.1:1/none").await;
    let found: Vec<String> =
        checks(&typed, "provider").into_iter().map(|(state, found, _)| format!("{state} {found}")).collect();
    assert_eq!(found.len(), 4, "{}", typed.out);
    assert_eq!(found[0], "ok https://good.example.vn: has keys for EdDSA");
    assert!(
        found[1].starts_with("wrong https://away.example.vn: its keys cannot be had: http://127.0.0.1:1")
    );
    assert!(found[2].starts_with("wrong https://gone.example.vn") && found[2].contains("nowhere.json"));
    assert_eq!(found[3], "wrong https://other.example.vn: none of its keys is for RS256");
}

#[tokio::test]
async fn the_record_and_the_data_folder_are_looked_at_and_nothing_is_changed() {
    let desk = Desk::new();
    let data = desk.path().join("data");
    let folder = AuditFolder::of(&data);
    let looked = async || desk.typed(None, &["doctor", "--json", "--snapshots-only"]).await;
    let audit = |typed: &Typed| checks(typed, "audit").remove(0);
    assert_eq!(audit(&looked().await).1, "there is none yet");
    let mut appender = Appender::new(folder.clone());
    for number in 1..=5 {
        put(&mut appender, &answer("sonnmt", "well", &format!("GET /{number}")));
    }
    let typed = looked().await;
    let (state, found, _) = audit(&typed);
    assert!(state == "ok" && found.ends_with("holds, 5 records"), "{found}");
    open_to_its_owner(&data);
    assert_eq!(checks(&looked().await, "data_folder")[0].0, "ok");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    let open = checks(&looked().await, "data_folder").remove(0);
    assert!(open.0 == "look" && open.2.contains("chmod 700"), "{open:?}");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o750)).unwrap();
    let open = audit(&looked().await);
    assert!(open.0 == "look" && open.2.contains("chmod 700"), "{open:?}");
    open_to_its_owner(folder.path());

    let file = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
    let file = file.into_iter().find(|path| path.extension().is_some_and(|end| end == "jsonl")).unwrap();
    // A month before it: the newest goes on from its end.
    let lines = fs::read_to_string(&file).unwrap();
    let (before, newest) = lines.split_at(lines.match_indices('\n').nth(1).unwrap().0 + 1);
    fs::write(folder.path().join("2025-01.jsonl"), before).unwrap();
    fs::write(&file, newest).unwrap();
    assert!(audit(&looked().await).1.ends_with("holds, 3 records"));
    fs::write(folder.path().join("2025-01.jsonl"), before.lines().next().unwrap().to_owned() + "\n").unwrap();
    let torn = audit(&looked().await);
    assert!(torn.0 == "wrong" && torn.1.contains("the chain is broken"), "{torn:?}");
    assert!(torn.2.contains("diaban audit --verify"), "{torn:?}");
    fs::write(folder.path().join("2025-01.jsonl"), before).unwrap();
    fs::write(&file, newest.replace("GET /4", "GET /9")).unwrap();
    let typed = looked().await;
    assert_eq!((typed.code, audit(&typed).0.as_str()), (Some(1), "wrong"), "{}", typed.out);
    assert_eq!(fs::read_to_string(&file).unwrap(), newest.replace("GET /4", "GET /9"));
}
