//! The keys by which tokens are judged: fetched, rotated, kept while their provider is away, changed while it serves.

use super::{
    keys::Desk,
    provider::{Signer, TestProvider, put},
    serve::Serving,
    tokens::{asked, office, take},
};
use serde_json::json;
use std::{
    fs,
    time::{Duration, Instant},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_taken_at_once_and_an_old_one_no_more() {
    let (old, new) = (Signer::ec("2026-10"), Signer::ec("2026-11"));
    let provider = TestProvider::showing(&[&old]).await;
    let office = office(&provider, "").await;
    let token = |signer: &Signer| signer.token(&provider.claims(&json!({})));
    let (before, after) = (token(&old), token(&new));
    assert_eq!(asked(&office, &before).await.status, 200);
    provider.show(&[&new]);
    // Many come at once with the new key.
    let many = (0..8).map(|_| asked(&office, &after));
    let statuses: Vec<_> = futures_util::future::join_all(many).await.iter().map(|a| a.status).collect();
    assert_eq!(statuses, [200; 8]);
    assert_eq!(provider.asked(), 2, "they wait for one fetch");
    assert_eq!(asked(&office, &before).await.status, 401, "even one that was taken before");
    // Strangers cannot make it ask again and again.
    for id in 0..50 {
        let stranger = Signer::ec("x").saying(&json!({ "kid": format!("unknown-{id}") }));
        assert_eq!(asked(&office, &token(&stranger)).await.status, 401);
    }
    assert_eq!(provider.asked(), 2);
    assert_eq!(asked(&office, &after).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_go_on_while_their_provider_is_away() {
    let signer = Signer::ec("ec");
    let mut provider = TestProvider::showing(&[&signer]).await;
    let office = office(&provider, "").await;
    let token = |agency: &str| signer.token(&provider.claims(&json!({ "agency": agency })));
    let (first, second) = (token("wells"), token("cables"));
    let stranger = Signer::ec("other").token(&provider.claims(&json!({})));
    assert_eq!(asked(&office, &first).await.status, 200);
    provider.leave().await;
    assert_eq!(asked(&office, &first).await.status, 200);
    assert_eq!(asked(&office, &second).await.status, 200, "one that was never seen");
    asked(&office, &stranger).await.problem(401);
    assert_eq!(asked(&office, &first).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_cannot_be_judged_is_not_called_bad() {
    let signer = Signer::ec("ec");
    let mut provider = TestProvider::showing(&[&signer]).await;
    let office = office(&provider, "").await;
    let token = signer.token(&provider.claims(&json!({})));
    provider.leave().await;
    let started = Instant::now();
    for _ in 0..20 {
        let answer = asked(&office, &token).await;
        let detail = answer.problem(503);
        assert!(detail.contains("keys of their provider") && !detail.contains(&provider.issuer), "{detail}");
        assert_eq!((answer.header("retry-after"), answer.header("www-authenticate")), (Some("5"), None));
    }
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    assert_eq!(asked(&office, "a.b.c").await.status, 401, "what is no token is none whoever is away");
    let key = office.get(Some("wells"), "/collections/well/items", &[]).await;
    assert_eq!(key.status, 200, "keys go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_the_keys_of_the_issuer_is_not_believed() {
    let signer = Signer::ec("ec");
    let provider = TestProvider::showing(&[&signer]).await;
    let folder = tempfile::tempdir().unwrap();
    let keys = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        format!("jwks = \"{}\"\n", path.display())
    };
    let secret = Signer::secret("ec", b"secret");
    let mut for_encryption = signer.public.clone();
    put(&mut for_encryption, &json!({ "use": "enc" }));
    let set = |key: &serde_json::Value| json!({ "keys": [key] }).to_string();
    let token = signer.token(&provider.claims(&json!({})));
    let office = office(&provider, "").await;
    for (jwks, status, by) in [
        (keys("good.json", set(&signer.public)), 200, &token),
        (keys("secret.json", set(&secret.public)), 401, &token),
        (keys("encryption.json", set(&for_encryption)), 401, &token),
        (keys("empty.json", json!({ "keys": [] }).to_string()), 503, &token),
        (keys("page.json", "<html>".to_owned()), 503, &token),
        (keys("large.json", format!("{}{}", set(&signer.public), " ".repeat(1 << 20))), 503, &token),
        ("jwks = \"/nowhere/keys.json\"\n".to_owned(), 503, &token),
        (format!("jwks = \"{}/nothing\"\n", provider.issuer), 503, &token),
        (format!("jwks = \"{}/moved\"\n", provider.issuer), 503, &token),
        (format!("jwks = \"{}/slow\"\n", provider.issuer), 503, &token),
    ] {
        take(&office, &format!("{}{jwks}", provider.described()));
        let started = Instant::now();
        let answer = asked(&office, by).await;
        assert_eq!(answer.status, status, "{jwks}: {}", answer.text());
        assert!(started.elapsed() < Duration::from_secs(15), "{jwks}: {:?}", started.elapsed());
    }
    assert_eq!(provider.asked(), 0, "neither a file nor a redirect leads there");
    // Another issuer than the one that is asked.
    let other = provider.issuer.replace("/realms/tinh", "/realms/tinh/");
    let described = provider.described().replace(&provider.issuer, &other);
    take(&office, &described);
    let token = signer.token(&provider.claims(&json!({ "iss": other })));
    assert_eq!(asked(&office, &token).await.status, 503);
}

/// The status of an answer to whoever has the token.
fn status(serving: &Serving, token: &str) -> u16 {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let url = format!("{}collections/well/queryables", serving.address);
    agent.get(&url).header("authorization", format!("Bearer {token}")).call().unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_change_while_it_serves_and_a_mistake_changes_nothing() {
    let (signer, next) = (Signer::ec("1"), Signer::ec("2"));
    let provider = TestProvider::showing(&[&signer]).await;
    let desk = Desk::new().await;
    let grants = desk.folder.path().join("grants.toml");
    let file = desk.folder.path().join("keys.json");
    let set = |signer: &Signer| json!({ "keys": [signer.public] }).to_string();
    fs::write(&file, set(&signer)).unwrap();
    fs::write(&grants, "").unwrap();
    let described = provider.described();
    let token = |signer: &Signer| signer.token(&provider.claims(&json!({})));
    let (first, second) = (token(&signer), token(&next));
    let changed = move || {
        let serving = Serving::start(&desk);
        let until = |token: &str, wanted: u16| {
            let started = Instant::now();
            while status(&serving, token) != wanted {
                assert!(started.elapsed() < Duration::from_secs(10), "it does not become {wanted}");
                std::thread::sleep(Duration::from_millis(100));
            }
        };
        assert_eq!(status(&serving, &first), 401);
        fs::write(&grants, &described).unwrap();
        until(&first, 200);
        fs::write(&grants, format!("{described}algorithms = [\"HS256\"]\n")).unwrap();
        std::thread::sleep(Duration::from_secs(4));
        assert_eq!(status(&serving, &first), 200, "the providers before stay");
        fs::write(&grants, described.replace("diaban-tinh", "another")).unwrap();
        until(&first, 401);
        // Keys out of a file beside the grants, which changes too.
        fs::write(&grants, format!("{described}jwks = \"keys.json\"\n")).unwrap();
        until(&first, 200);
        fs::write(&file, set(&next)).unwrap();
        until(&first, 401);
        until(&second, 200);
        fs::write(&grants, "").unwrap();
        until(&second, 401);
        desk
    };
    tokio::task::spawn_blocking(changed).await.unwrap();
}
