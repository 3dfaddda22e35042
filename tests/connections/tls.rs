//! TLS by certificate files: HTTP/1.1 and HTTP/2 over it, renewed while it serves, clear words where it cannot be.

use super::{Open, PATIENCE, hasty, rest, status};
use crate::support::desk::Desk;
use diaban::http::Certificate;
use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

/// Makes `NAME.pem` and `NAME.key`, a certificate for `localhost` that vouches for itself.
fn certified(folder: &Path, name: &str, more: &str) {
    let arguments = format!(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.pem \
         -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
         -addext basicConstraints=critical,CA:FALSE {more}"
    );
    openssl(folder, &arguments);
}

fn openssl(folder: &Path, arguments: &str) {
    let made =
        Command::new("openssl").args(arguments.split_whitespace()).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{arguments}: {}", String::from_utf8_lossy(&made.stderr));
}

fn read(folder: &Path, name: &str) -> Certificate {
    let path = |ending| folder.join(format!("{name}.{ending}"));
    Certificate::read(&path("pem"), &path("key")).unwrap()
}

/// What curl says to an address, believing the certificate of this name.
async fn curl(
    open: &Open,
    folder: &Path,
    believed: &str,
    more: &[&str],
    path: &str,
) -> Result<String, String> {
    let mut command = tokio::process::Command::new("curl");
    command.args(["-sS", "--max-time", "20", "--cacert"]).arg(folder.join(format!("{believed}.pem")));
    command.args(more).arg(format!("https://localhost:{}{path}", open.address.port()));
    command.args(["--resolve", &format!("localhost:{}:127.0.0.1", open.address.port())]);
    let done = command.output().await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if done.status.success() { Ok(text(&done.stdout)) } else { Err(text(&done.stderr)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_kinds_of_http_go_over_tls_and_links_say_so() {
    let folder = tempfile::tempdir().unwrap();
    certified(folder.path(), "own", "-days 2");
    let open = Open::over_tls(hasty(), Some(read(folder.path(), "own"))).await;
    let said = ["-w", "\n%{http_version}"];
    for (wish, version) in [("--http2", "2"), ("--http1.1", "1.1")] {
        let arguments = [&[wish][..], &said].concat();
        let answer = curl(&open, folder.path(), "own", &arguments, "/collections/well").await.unwrap();
        let (body, spoken) = answer.rsplit_once('\n').unwrap();
        assert_eq!(spoken, version);
        let link = format!("\"https://localhost:{}/collections/well/items", open.address.port());
        assert!(body.contains(&link), "{body}");
        let arguments = [wish, "-o", "/dev/null", "-w", "%{http_code} %{size_download}"];
        let tile = curl(&open, folder.path(), "own", &arguments, "/tiles/well/0/0/0").await.unwrap();
        assert!(tile.starts_with("200 ") && tile != "200 0", "{tile}");
    }
    let posted = ["--http2", "-H", "content-type: application/json", "-d", "{\"limit\":1}"];
    let answer = curl(&open, folder.path(), "own", &posted, "/collections/well/search").await.unwrap();
    assert!(answer.contains("\"numberReturned\":1"), "{answer}");
    open.until_open(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_clear_http2_is_spoken_to_who_knows_and_names_the_host_in_links() {
    let open = Open::with(hasty()).await;
    let (mut client, _going) = open.side_by_side().await;
    let (answer, _) = client.send_request(open.get("/tiles/well"), true).unwrap();
    let mut answer = answer.await.unwrap();
    assert_eq!(answer.status(), 200);
    let mut text = Vec::new();
    while let Some(piece) = answer.body_mut().data().await {
        text.extend_from_slice(&piece.unwrap());
    }
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains(&format!("http://{}/tiles/well/{{z}}/{{x}}/{{y}}", open.address)), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_shown_within_seconds_and_a_broken_pair_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for name in ["shown", "first", "second"] {
        certified(path, name, "-days 2");
    }
    fs::copy(path.join("shown.pem"), path.join("first.pem")).unwrap();
    let open = Open::over_tls(hasty(), Some(read(path, "shown"))).await;
    let is_believed =
        async |name| curl(&open, path, name, &["-o", "/dev/null"], "/health/live").await.is_ok();
    assert!(is_believed("first").await && !is_believed("second").await);
    // The certificate is there, its key is not yet.
    fs::copy(path.join("second.pem"), path.join("shown.pem")).unwrap();
    tokio::time::sleep(Duration::from_millis(3500)).await;
    assert!(is_believed("first").await && !is_believed("second").await);
    fs::copy(path.join("second.key"), path.join("shown.key")).unwrap();
    let started = Instant::now();
    while !is_believed("second").await {
        assert!(started.elapsed() < PATIENCE, "it is not shown");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    fs::remove_file(path.join("shown.key")).unwrap();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert!(is_believed("second").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_http_on_the_tls_port_is_told_and_who_says_nothing_or_garbage_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    certified(folder.path(), "own", "-days 2");
    let open = Open::over_tls(hasty(), Some(read(folder.path(), "own"))).await;
    let answer = open.answer("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert_eq!(status(&answer), 400);
    assert!(answer.contains("https://"), "{answer}");
    let mut silent = open.connect().await;
    let mut half = open.said(b"\x16\x03\x01\x02\x00\x01").await;
    let begun = Instant::now();
    open.answer([0xff; 64]).await;
    rest(&mut silent).await;
    rest(&mut half).await;
    assert!(begun.elapsed() < Duration::from_secs(4));
    open.until_open(0).await;
    assert_eq!((open.ended("not_tls"), open.ended("handshake")), (1, 3));
    assert!(curl(&open, folder.path(), "own", &["-o", "/dev/null"], "/health/live").await.is_ok());
}

#[tokio::test]
async fn it_does_not_start_without_a_good_pair_and_says_why_in_both_languages() {
    let desk = Desk::new();
    let path = desk.path().to_owned();
    certified(&path, "own", "-days 2");
    certified(&path, "other", "-days 2");
    openssl(&path, "ecparam -name prime256v1 -genkey -noout -out ca.key");
    openssl(&path, "req -new -key ca.key -subj /CN=localhost -out old.csr");
    fs::write(path.join("index.txt"), "").unwrap();
    fs::write(path.join("serial"), "01\n").unwrap();
    let config = "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\n\
                  policy=p\nx509_extensions=x\n[p]\ncommonName=supplied\n[x]\nbasicConstraints=CA:FALSE\n";
    fs::write(path.join("ca.conf"), config).unwrap();
    for (name, from, to) in
        [("old", "20200101000000Z", "20210101000000Z"), ("young", "20900101000000Z", "20910101000000Z")]
    {
        fs::write(path.join("index.txt"), "").unwrap();
        let dates = format!("-startdate {from} -enddate {to}");
        let own = "ca -batch -config ca.conf -selfsign -keyfile ca.key -in old.csr -notext";
        openssl(&path, &format!("{own} {dates} -out {name}.pem"));
    }
    fs::write(path.join("empty.pem"), "nothing\n").unwrap();
    let cases = [
        ("gone.pem", "own.key", "gone.pem cannot be read: No such file", "không đọc được gone.pem"),
        ("own.pem", "gone.key", "gone.key cannot be read", "không đọc được gone.key"),
        ("empty.pem", "own.key", "empty.pem holds no certificate", "empty.pem không có chứng thư nào"),
        ("own.pem", "empty.pem", "empty.pem holds no private key", "empty.pem không có khóa riêng"),
        (
            "own.pem",
            "other.key",
            "other.key is not that of the certificate in own.pem",
            "không phải của chứng thư trong own.pem",
        ),
        (
            "old.pem",
            "ca.key",
            "ended on 2021-01-01 07:00 +07:00; renew it",
            "đã hết hạn lúc 2021-01-01 07:00",
        ),
        ("young.pem", "ca.key", "begins on 2090-01-01 07:00 +07:00", "chỉ có hiệu lực từ 2090-01-01 07:00"),
    ];
    for (chain, key, en, vi) in cases {
        for (language, words) in [("en", en), ("vi", vi)] {
            // There is no database either: the files are what is told of.
            let arguments = ["--lang", language, "serve", "--tls-cert", chain, "--tls-key", key];
            let typed = desk.typed(Some("postgres://nobody@127.0.0.1:1/none"), &arguments).await;
            assert_eq!(typed.code, Some(1), "{}", typed.err);
            assert!(typed.err.contains(words), "{chain}, {key}: {}", typed.err);
            assert!(typed.err.contains("TLS"), "{}", typed.err);
        }
    }
    let typed = desk.typed(None, &["serve", "--tls-cert", "own.pem"]).await;
    assert!(typed.err.contains("--tls-key"), "{}", typed.err);
}
