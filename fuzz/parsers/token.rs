//! Any text as what a person brings: a token as it comes, and the claims of one that is signed as it should be.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use diaban::{
    http::Callers,
    layer::{AccessClass, AgencyRegister, Caller, Catalog, Grants},
};
use ring::signature::{Ed25519KeyPair, KeyPair};
use std::{env, fs, sync::LazyLock};
use time::{Date, Month};

pub const SEEDS: &[&[u8]] = &[
    br#"C{"iss":"https://a.vn","aud":"diaban","sub":"an","agency":"sonnmt","iat":1700000000,"exp":4000000000}"#,
    br#"C{"iss":"https://a.vn","aud":["diaban","x"],"sub":"an","agency":["sonnmt","x"],"nbf":1,"exp":4e9}"#,
    br#"H{"alg":"none"}.{"iss":"https://a.vn"}"#,
    b"Bearer eyJhbGciOiJFZERTQSIsImtpZCI6ImsifQ.eyJpc3MiOiJodHRwczovL2Eudm4ifQ.AAAA",
    b"diaban_0123456789abcdefghijklmnopqrstuvwxyz",
];

const HEAD: &str = r#"{"alg":"EdDSA","typ":"JWT","kid":"k"}"#;

struct Desk {
    callers: Callers,
    signs: Ed25519KeyPair,
}

static DESK: LazyLock<Desk> = LazyLock::new(|| {
    let signs = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key");
    let folder = env::temp_dir().join(format!("diaban-fuzz-token-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let x = BASE64.encode(signs.public_key());
    let keys = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{x}","kid":"k","use":"sig"}}]}}"#);
    fs::write(folder.join("keys.json"), keys).expect("a file");
    let provider = "[[provider]]\nissuer = \"https://a.vn\"\naudience = \"diaban\"\nagency_claim = \"agency\"\njwks = \"keys.json\"\n";
    fs::write(folder.join("grants.toml"), provider).expect("a file");
    let agencies: AgencyRegister =
        toml::from_str("[[agencies]]\ncode = \"sonnmt\"\nnames = [{ vi = \"Sở\", en = \"Department\" }]\n")
            .expect("agencies");
    let catalog = Catalog::new(Vec::new(), agencies);
    let day = Date::from_calendar_date(2026, Month::November, 30).expect("a day");
    let grants = Grants::read(&folder.join("grants.toml"), &catalog, day);
    let callers = Callers::new(Caller::anonymous(AccessClass::Open));
    callers.grant(grants.unwrap_or_else(|error| panic!("{error}")));
    Desk { callers, signs }
});

pub fn judge(bytes: &[u8]) {
    let written = match bytes.split_first() {
        // Claims, signed by the provider.
        Some((b'C', claims)) => {
            let said = format!("{}.{}", BASE64.encode(HEAD), BASE64.encode(claims));
            format!("Bearer {said}.{}", BASE64.encode(DESK.signs.sign(said.as_bytes())))
        }
        // Head and claims, signed by nobody.
        Some((b'H', parts)) => {
            let parts: Vec<String> = parts.split(|b| *b == b'.').map(|part| BASE64.encode(part)).collect();
            format!("Bearer {}.AAAA", parts.join("."))
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    for name in [header::AUTHORIZATION, header::HeaderName::from_static("x-api-key")] {
        let Ok(value) = HeaderValue::from_str(&written) else { return };
        let mut headers = HeaderMap::new();
        headers.insert(name, value);
        let _ = crate::good::RUNTIME.block_on(DESK.callers.of(&headers));
        let _ = DESK.callers.at_once(&headers);
    }
}
