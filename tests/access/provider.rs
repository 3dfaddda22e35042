//! A provider of identity on this machine, and those who sign tokens in its name or against it.

use axum::{
    Router,
    http::{StatusCode, Uri},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use serde_json::{Value as Json, json};
use std::{
    process::Command,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

pub(super) const AUDIENCE: &str = "diaban-tinh";

/// Seconds since 1970, and so many more.
pub(super) fn in_seconds(more: i64) -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64 + more
}

pub(super) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What makes a signature of a message.
type Sign = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// Whoever signs.
pub(super) struct Signer {
    /// What a token says of the signature.
    pub(super) header: Json,
    /// The public key, as the provider shows it.
    pub(super) public: Json,
    sign: Sign,
}

impl Signer {
    fn new(
        id: &str,
        algorithm: &str,
        public: Json,
        sign: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let mut public = public;
        public["kid"] = id.into();
        public["use"] = "sig".into();
        let header = json!({ "alg": algorithm, "typ": "JWT", "kid": id });
        Self { header, public, sign: Box::new(sign) }
    }

    /// With an RSA key of 2048 bits, the same for all tests of a run.
    pub(super) fn rsa(id: &str) -> Self {
        static MADE: OnceLock<Vec<u8>> = OnceLock::new();
        let der = MADE.get_or_init(|| {
            let arguments = ["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
            let made = Command::new("openssl").args(arguments).args(["-outform", "DER"]).output().unwrap();
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            made.stdout
        });
        // PKCS #1 of OpenSSL 3, PKCS #8 of others.
        let pair = RsaKeyPair::from_der(der).or_else(|_| RsaKeyPair::from_pkcs8(der)).unwrap();
        let RsaPublicKeyComponents::<Vec<u8>> { n, e } = pair.public().into();
        let public = json!({ "kty": "RSA", "n": encoded(n), "e": encoded(e) });
        Self::new(id, "RS256", public, move |message| {
            let mut signature = vec![0; pair.public().modulus_len()];
            pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
            signature
        })
    }

    /// With a new key on P-256.
    pub(super) fn ec(id: &str) -> Self {
        let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let der = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(kind, der.as_ref(), &random).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let public = json!({ "kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y) });
        Self::new(id, "ES256", public, move |message| pair.sign(&random, message).unwrap().as_ref().to_vec())
    }

    /// With a new Ed25519 key.
    pub(super) fn ed(id: &str) -> Self {
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(der.as_ref()).unwrap();
        let public = json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key()) });
        Self::new(id, "EdDSA", public, move |message| pair.sign(message).as_ref().to_vec())
    }

    /// With a secret that two share.
    pub(super) fn secret(id: &str, secret: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let public = json!({ "kty": "oct", "k": encoded(secret) });
        Self::new(id, "HS256", public, move |message| hmac::sign(&key, message).as_ref().to_vec())
    }

    /// Says of itself what `more` says.
    pub(super) fn saying(mut self, more: &Json) -> Self {
        put(&mut self.header, more);
        self
    }

    /// A token that says this.
    pub(super) fn token(&self, claims: &Json) -> String {
        let signed = format!("{}.{}", encoded(self.header.to_string()), encoded(claims.to_string()));
        let signature = encoded((self.sign)(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

/// Puts `more` into a document; what is null there goes.
pub(super) fn put(document: &mut Json, more: &Json) {
    let document = document.as_object_mut().unwrap();
    for (name, value) in more.as_object().unwrap() {
        document.remove(name);
        if !value.is_null() {
            document.insert(name.clone(), value.clone());
        }
    }
}

/// The provider: what it says of itself and its keys.
pub(super) struct TestProvider {
    pub(super) issuer: String,
    shown: Arc<Mutex<Json>>,
    asked: Arc<AtomicUsize>,
    serving: tokio::task::JoinHandle<()>,
}

impl TestProvider {
    pub(super) async fn showing(signers: &[&Signer]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/realms/tinh", listener.local_addr().unwrap());
        let (shown, asked) = (Arc::new(Mutex::new(Json::Null)), Arc::new(AtomicUsize::new(0)));
        let (keys, times, own) = (shown.clone(), asked.clone(), issuer.clone());
        let answer = move |uri: Uri| async move {
            let said = |text: String| (StatusCode::OK, [("location", String::new())], text);
            match uri.path() {
                "/realms/tinh/.well-known/openid-configuration" => {
                    said(json!({ "issuer": own, "jwks_uri": format!("{own}/certs") }).to_string())
                }
                "/realms/tinh/certs" => {
                    times.fetch_add(1, Ordering::SeqCst);
                    said(keys.lock().unwrap().to_string())
                }
                "/realms/tinh/moved" => {
                    (StatusCode::FOUND, [("location", format!("{own}/certs"))], String::new())
                }
                "/realms/tinh/slow" => {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                    said(keys.lock().unwrap().to_string())
                }
                _ => (StatusCode::NOT_FOUND, [("location", String::new())], String::new()),
            }
        };
        let router = Router::new().fallback(answer);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let provider = Self { issuer, shown, asked, serving };
        provider.show(signers);
        provider
    }

    /// Shows the keys of these from now on.
    pub(super) fn show(&self, signers: &[&Signer]) {
        let keys: Vec<_> = signers.iter().map(|signer| signer.public.clone()).collect();
        *self.shown.lock().unwrap() = json!({ "keys": keys });
    }

    /// How often its keys were fetched.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Nobody answers any more.
    pub(super) async fn leave(&mut self) {
        self.serving.abort();
        let _ = (&mut self.serving).await;
    }

    /// What a good token says, but for what `more` says.
    pub(super) fn claims(&self, more: &Json) -> Json {
        let mut claims = json!({ "iss": self.issuer, "aud": AUDIENCE, "sub": "u-1007", "agency": "wells",
                                 "iat": in_seconds(-5), "exp": in_seconds(300) });
        put(&mut claims, more);
        claims
    }

    /// How a file of grants describes it.
    pub(super) fn described(&self) -> String {
        let issuer = &self.issuer;
        format!("[[provider]]\nissuer = \"{issuer}\"\naudience = \"{AUDIENCE}\"\nagency_claim = \"agency\"\n")
    }
}

impl Drop for TestProvider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
