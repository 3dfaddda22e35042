//! Keys of a provider over TLS: from a server that this machine believes, and from no other.

use super::{
    keys::Desk,
    provider::{Signer, TestProvider},
};
use serde_json::json;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// A program, killed when it goes, and the line by which it says where it listens.
struct Running {
    child: Child,
    said: String,
}

impl Running {
    /// Waits until it says `word`.
    fn start(command: &mut Command, word: &str) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (tell, told) = std::sync::mpsc::channel();
        let of_errors = tell.clone();
        let pass = |lines: Box<dyn BufRead + Send>, tell: std::sync::mpsc::Sender<String>| {
            // What it says later must not fill its pipe.
            std::thread::spawn(move || {
                lines.lines().map_while(Result::ok).for_each(|line| drop(tell.send(line)))
            });
        };
        pass(Box::new(BufReader::new(out)), tell);
        pass(Box::new(BufReader::new(err)), of_errors);
        let said = told.iter().find(|line| line.contains(word)).unwrap();
        Self { child, said }
    }

    /// The word that holds `part`.
    fn word(&self, part: &str) -> &str {
        self.said.split_whitespace().find(|word| word.contains(part)).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A certificate for `localhost`, and whoever vouches for it: `cert.pem`, `key.pem`, `ca.pem`.
fn certified(folder: &Path) {
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    let new_key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    for arguments in [
        format!("req -x509 {new_key} -keyout ca.key -out ca.pem -days 2 -subj /CN=vouching"),
        format!("req -new {new_key} -keyout key.pem -out request.pem -subj /CN=localhost"),
        "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -set_serial 7 -days 1 -extfile names -out cert.pem".into(),
    ] {
        let made = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
        assert!(made.status.success(), "{arguments}: {}", String::from_utf8_lossy(&made.stderr));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_over_tls_from_a_server_that_somebody_vouches_for() {
    let signer = Signer::ec("ec");
    let provider = TestProvider::showing(&[]).await;
    let desk = Desk::new().await;
    let folder = desk.folder.path().to_owned();
    certified(&folder);
    fs::write(folder.join("keys.json"), json!({ "keys": [signer.public] }).to_string()).unwrap();
    let mut shown = Command::new("openssl");
    shown.args(["s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key", "key.pem", "-WWW"]);
    let token = signer.token(&provider.claims(&json!({})));
    let described = provider.described();
    let tried = move || {
        let server = Running::start(shown.current_dir(&folder), "ACCEPT");
        let port = server.word(":").rsplit(':').next().unwrap();
        let jwks = format!("jwks = \"https://localhost:{port}/keys.json\"\n");
        fs::write(folder.join("grants.toml"), format!("{described}{jwks}")).unwrap();
        for (believed, status) in [(None, 503), (Some("ca.pem"), 200)] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_diaban"));
            command.args(["serve", "--listen", "127.0.0.1:0", "--grants"]).arg(folder.join("grants.toml"));
            command.env("DATABASE_URL", desk.database.url()).env("DIABAN_LAYERS", &desk.layers);
            command.env("DIABAN_DATA", folder.join("data")).env_remove("SSL_CERT_FILE");
            command.envs(believed.map(|file| ("SSL_CERT_FILE", folder.join(file))));
            let serving = Running::start(&mut command, "http://");
            let url = format!("{}collections", serving.word("http://"));
            let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
            let answer = agent.get(&url).header("authorization", format!("Bearer {token}")).call().unwrap();
            assert_eq!(answer.status(), status, "{believed:?}");
        }
        desk
    };
    tokio::task::spawn_blocking(tried).await.unwrap();
}
