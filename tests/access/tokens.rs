//! Persons by a token of their agency's provider: who is let in, and what everyone else is told.

use super::{
    GRANTS, Office, catalog, granted,
    provider::{AUDIENCE, Signer, TestProvider, encoded, in_seconds},
};
use crate::support::served::Answer;
use diaban::{http, layer::Caller};
use serde_json::{Value as Json, json};
use std::time::Duration;

/// An office that takes the tokens of a provider, as `more` lines say.
pub(super) async fn office(provider: &TestProvider, more: &str) -> Office {
    let office = Office::open().await;
    take(&office, &format!("{}{more}", provider.described()));
    office
}

/// Takes grants of these providers.
pub(super) fn take(office: &Office, providers: &str) {
    office.site.callers.grant(granted(&format!("{GRANTS}\n{providers}"), &office.site.catalog).unwrap());
}

pub(super) async fn asked(office: &Office, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    office.served.get_with("/collections/well/items", &[("authorization", &bearer)]).await
}

/// Whether he sees what nobody but his agency does.
fn sees_all(answer: &Answer) -> bool {
    answer.status == 200 && answer.text().contains("bimat_owner")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_what_his_agency_is_granted() {
    let signers = [Signer::rsa("rsa"), Signer::ec("ec"), Signer::ed("ed")];
    let provider = TestProvider::showing(&signers.each_ref()).await;
    let office = office(&provider, "").await;
    for signer in &signers {
        let wells = asked(&office, &signer.token(&provider.claims(&json!({})))).await;
        assert!(sees_all(&wells), "{}: {}", signer.header, wells.text());
        assert!(wells.header("cache-control").unwrap().starts_with("private"));
        assert!(wells.headers("vary").contains("authorization, x-api-key"));
        let outsider =
            asked(&office, &signer.token(&provider.claims(&json!({ "agency": "outsider" })))).await;
        assert!(outsider.status == 200 && !sees_all(&outsider), "{}", outsider.text());
    }
    for (what, more) in [
        ("for several", json!({ "aud": ["another", AUDIENCE] })),
        ("of one agency among groups", json!({ "agency": ["staff", "wells"] })),
        ("ended within the skew of clocks", json!({ "exp": in_seconds(-30) })),
        ("begins within it", json!({ "nbf": in_seconds(30), "iat": in_seconds(30) })),
        ("says more than is asked for", json!({ "email": "a@example.vn", "groups": [1, 2], "iat": null })),
    ] {
        let token = signers[1].token(&provider.claims(&more));
        for _ in 0..2 {
            let answer = asked(&office, &token).await;
            assert!(sees_all(&answer), "{what}: {}", answer.text());
        }
    }
    let unnamed = Signer::rsa("rsa").saying(&json!({ "kid": null, "typ": null }));
    let answer = asked(&office, &unnamed.token(&provider.claims(&json!({})))).await;
    assert!(sees_all(&answer), "the only key of its kind needs no name: {}", answer.text());
    assert_eq!(provider.asked(), 1, "one look at the keys is enough for all");
    let key = office.get(Some("wells"), "/collections/well/items", &[]).await;
    assert!(sees_all(&key), "keys go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_carries_the_persons_name() {
    let signer = Signer::ec("ec");
    let provider = TestProvider::showing(&[&signer]).await;
    let named = async |more: &str, claims: &Json| {
        let office = office(&provider, more).await;
        let mut headers = axum::http::HeaderMap::new();
        let bearer = format!("Bearer {}", signer.token(&provider.claims(claims)));
        headers.insert("authorization", bearer.parse().unwrap());
        let caller: Caller = office.site.callers.of(&headers).await.unwrap();
        assert_eq!(office.site.callers.at_once(&headers).as_ref(), Some(&caller), "and is remembered");
        (caller.agency_code().unwrap().to_owned(), caller.who().to_owned())
    };
    let of = |agency: &str, who: &str| (agency.to_owned(), who.to_owned());
    assert_eq!(named("", &json!({})).await, of("wells", "person u-1007"));
    let email = json!({ "email": "hoa.nt@tinh.example.vn", "sub": null });
    assert_eq!(
        named("person_claim = \"email\"\n", &email).await,
        of("wells", "person hoa.nt@tinh.example.vn")
    );
}

/// What is told of any token whose signature does not hold.
const NOT_TAKEN: &str = "is not taken here";

/// Tokens that must not be taken, and what their owner is told.
fn bad_tokens(
    provider: &TestProvider,
    rsa: &Signer,
    ec: &Signer,
) -> Vec<(&'static str, String, &'static str)> {
    let claims = |more: Json| provider.claims(&more);
    let good = rsa.token(&claims(json!({})));
    let [header, payload, signature]: [&str; 3] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let none = |alg: &str| encoded(json!({ "alg": alg, "typ": "JWT" }).to_string());
    let modulus = rsa.public["n"].as_str().unwrap();
    let stranger = |id: &str, more: Json| Signer::ec(id).saying(&more).token(&claims(json!({})));
    let secret = |id: &str, secret: &[u8]| Signer::secret(id, secret).token(&claims(json!({})));
    let own = Signer::ec("own").public;
    let saying = |more: Json| Signer::rsa("rsa").saying(&more).token(&claims(json!({})));
    let mut altered = claims(json!({ "agency": "everything" })).to_string();
    altered.push(' ');
    vec![
        ("no signature", format!("{}.{payload}.", none("none")), NOT_TAKEN),
        ("no signature, said otherwise", format!("{}.{payload}.", none("nOnE")), NOT_TAKEN),
        ("no signature, with one", format!("{}.{payload}.{signature}", none("none")), NOT_TAKEN),
        ("signature cut off", format!("{header}.{payload}."), NOT_TAKEN),
        ("public key as a secret", secret("rsa", modulus.as_bytes()), NOT_TAKEN),
        ("public point as a secret", secret("ec", &encoded_point(ec)), NOT_TAKEN),
        ("algorithm of another key", saying(json!({ "alg": "ES256" })), NOT_TAKEN),
        ("algorithm that is not listed", saying(json!({ "alg": "PS256" })), NOT_TAKEN),
        ("algorithm that is none", saying(json!({ "alg": "RS1" })), NOT_TAKEN),
        ("key of another", saying(json!({ "kid": "ec" })), NOT_TAKEN),
        ("a stranger's signature", stranger("ec", json!({})), NOT_TAKEN),
        ("a stranger's key in it", stranger("own", json!({ "jwk": own })), NOT_TAKEN),
        (
            "a stranger's address of keys",
            stranger("own", json!({ "jku": "http://127.0.0.1:9/keys" })),
            NOT_TAKEN,
        ),
        ("altered", format!("{header}.{}.{signature}", encoded(altered)), NOT_TAKEN),
        ("must be understood", saying(json!({ "crit": ["b64"], "b64": false })), NOT_TAKEN),
        ("signed to say something else", saying(json!({ "typ": "logout+jwt" })), NOT_TAKEN),
        ("wrong issuer", rsa.token(&claims(json!({ "iss": "https://sso.example.vn" }))), NOT_TAKEN),
        ("several issuers", rsa.token(&claims(json!({ "iss": [provider.issuer, "x"] }))), NOT_TAKEN),
        ("no issuer", rsa.token(&claims(json!({ "iss": null }))), NOT_TAKEN),
        ("wrong audience", rsa.token(&claims(json!({ "aud": "another" }))), "for another program"),
        ("no audience", rsa.token(&claims(json!({ "aud": null }))), "lacks"),
        ("audience that is no text", rsa.token(&claims(json!({ "aud": 7 }))), "lacks"),
        ("ended", rsa.token(&claims(json!({ "exp": in_seconds(-120) }))), "has ended"),
        ("endless", rsa.token(&claims(json!({ "exp": null }))), "lacks"),
        ("ends at a word", rsa.token(&claims(json!({ "exp": "tomorrow" }))), "lacks"),
        ("not yet", rsa.token(&claims(json!({ "nbf": in_seconds(120) }))), "of the future"),
        ("begins at a word", rsa.token(&claims(json!({ "nbf": "now" }))), "lacks"),
        ("made tomorrow", rsa.token(&claims(json!({ "iat": in_seconds(86_400) }))), "of the future"),
        ("made at a word", rsa.token(&claims(json!({ "iat": "now" }))), "lacks"),
        ("unknown agency", rsa.token(&claims(json!({ "agency": "nobody" }))), "names no agency"),
        ("no agency", rsa.token(&claims(json!({ "agency": null }))), "names no agency"),
        ("two agencies", rsa.token(&claims(json!({ "agency": ["wells", "cables"] }))), "names no agency"),
        ("nobody", rsa.token(&claims(json!({ "sub": null }))), "whose it is"),
        ("a name of two lines", rsa.token(&claims(json!({ "sub": "a\nb" }))), "whose it is"),
        ("points", "..".to_owned(), NOT_TAKEN),
        ("garbage", "a.b.c".to_owned(), NOT_TAKEN),
        ("no JSON", format!("{}.{}.{signature}", encoded("{"), encoded("[]")), NOT_TAKEN),
        ("deep JSON", format!("{header}.{}.{signature}", encoded("[".repeat(5_000))), NOT_TAKEN),
        ("100 KB", rsa.token(&claims(json!({ "groups": "x".repeat(75_000) }))), NOT_TAKEN),
        ("100 KB of nothing", format!("{}.{}.", "A".repeat(50_000), "A".repeat(50_000)), NOT_TAKEN),
    ]
}

fn encoded_point(signer: &Signer) -> Vec<u8> {
    let coordinate = |name: &str| signer.public[name].as_str().unwrap().to_owned();
    format!("{}{}", coordinate("x"), coordinate("y")).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_token_is_refused_with_a_reason_for_its_owner_alone() {
    let (rsa, ec) = (Signer::rsa("rsa"), Signer::ec("ec"));
    let provider = TestProvider::showing(&[&rsa, &ec]).await;
    let office = office(&provider, "").await;
    assert!(sees_all(&asked(&office, &rsa.token(&provider.claims(&json!({})))).await));
    for (what, token, said) in bad_tokens(&provider, &rsa, &ec) {
        for _ in 0..2 {
            let answer = asked(&office, &token).await;
            let detail = answer.problem(401);
            assert!(detail.contains(said), "{what}: {detail}");
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(
                challenge.starts_with("Bearer") && challenge.contains("error=\"invalid_token\""),
                "{what}"
            );
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
            let whole = format!("{} {:?}", answer.text(), answer.headers);
            let parts = token.split('.').filter(|part| part.len() > 8);
            for word in
                parts.chain([AUDIENCE, provider.issuer.as_str(), "127.0.0.1", "RS256", "wells", "u-1007"])
            {
                assert!(!whole.contains(word), "{what}: {word} in {whole}");
            }
        }
        let bearer = format!("Bearer {token}");
        let health = office.served.get_with("/health/live", &[("authorization", &bearer)]).await;
        assert_eq!(health.status, 200, "{what}");
    }
    assert!(provider.asked() <= 2, "strangers make it ask once: {}", provider.asked());
    let two = [("authorization", "Bearer a.b.c"), ("x-api-key", "d.e.f")];
    office.served.get_with("/collections", &two).await.problem(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_speaks_for_its_own_agencies_alone() {
    let signer = Signer::ec("ec");
    let provider = TestProvider::showing(&[&signer]).await;
    let office = office(&provider, "agencies = [\"wells\", \"outsider\"]\n").await;
    let of = |agency: &str| signer.token(&provider.claims(&json!({ "agency": agency })));
    assert!(sees_all(&asked(&office, &of("wells")).await));
    assert!(asked(&office, &of("everything")).await.problem(401).contains("names no agency"));
    take(&office, &provider.described().replace("agency_claim = \"agency\"", "agency = \"outsider\""));
    let answer = asked(&office, &of("wells")).await;
    assert!(answer.status == 200 && !sees_all(&answer), "all its persons are of one: {}", answer.text());
    take(&office, "");
    assert!(
        asked(&office, &of("wells")).await.problem(401).contains(NOT_TAKEN),
        "it is taken at its word no more"
    );
}

#[test]
fn each_mistake_in_a_provider_is_told_with_its_line() {
    let good =
        "[[provider]]\nissuer = \"https://sso.example.vn\"\naudience = \"diaban\"\nagency = \"wells\"\n";
    assert_eq!(granted(good, &catalog()).unwrap().providers().len(), 1);
    let with = |line: &str| format!("{good}{line}\n");
    for (text, said) in [
        (
            with("algorithms = [\"HS256\"]"),
            "grants.toml:5: unknown value `HS256`; allowed: `RS256`, `PS256`, `ES256`",
        ),
        (
            with("algorithms = [\"RS256\",\n  \"none\"]"),
            "grants.toml:6: unknown value `none`; allowed: `RS256`",
        ),
        (with("algorithms = []"), "grants.toml:5: the list is empty"),
        (good.replace("wells", "wels"), "grants.toml:4: there is no agency `wels`"),
        (with("agency_claim = \"agency\""), "grants.toml:5: `agency` stands there too"),
        (with("agencies = [\"wells\"]"), "grants.toml:5: it says which agencies `agency_claim` may name"),
        (
            good.replace("agency =", "agencies = [\"wels\"]\nagency_claim ="),
            "grants.toml:4: there is no agency `wels`",
        ),
        (
            good.replace("agency = \"wells\"\n", ""),
            "grants.toml:1: one of the keys `agency` and `agency_claim`",
        ),
        (good.replace("https", "http"), "grants.toml:2: where `jwks` does not say where the keys are"),
        (
            with("jwks = \"http://sso.example.vn/keys\""),
            "grants.toml:5: `http://sso.example.vn/keys` is no address",
        ),
        (good.replace("\"diaban\"", "\"\""), "grants.toml:3: the text is empty"),
        (format!("{good}{good}"), "grants.toml:6: the issuer `https://sso.example.vn` stands twice"),
        (with("secret = \"x\""), "grants.toml:5: unknown key `secret`"),
        (good.replace("audience = \"diaban\"\n", ""), "grants.toml:1: the key `audience` is missing"),
    ] {
        let error = granted(&text, &catalog()).unwrap_err();
        assert!(error.contains(said), "{text}\n{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tile_for_a_person_is_kept_by_nobody_else() {
    let signer = Signer::ec("ec");
    let provider = TestProvider::showing(&[&signer]).await;
    let office = office(&provider, "").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/tiles/well/0/0/0", listener.local_addr().unwrap());
    tokio::spawn(http::serve(listener, office.site.clone(), std::future::pending()));
    let token = signer.token(&provider.claims(&json!({ "exp": in_seconds(-52) })));
    let ask = async |person: bool| {
        let (url, token) = (url.clone(), token.clone());
        let asked = move || {
            let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
            let request = agent.get(&url);
            let request =
                if person { request.header("authorization", format!("Bearer {token}")) } else { request };
            let mut answer = request.call().unwrap();
            let kept = answer.headers()["cache-control"].to_str().unwrap().to_owned();
            let body = answer.body_mut().read_to_vec().unwrap();
            (answer.status().as_u16(), kept, body.windows(11).any(|word| word == b"bimat_owner"))
        };
        tokio::task::spawn_blocking(asked).await.unwrap()
    };
    for person in [true, false, true, false] {
        let (status, kept, hidden) = ask(person).await;
        assert_eq!((status, kept.starts_with("private"), hidden), (200, person, person), "{kept}");
    }
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert_eq!(ask(true).await.0, 401, "what is remembered ends with the token");
    assert_eq!(ask(false).await.0, 200);
}
