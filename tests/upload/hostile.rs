//! Files that nobody should send: each ends in words, and leaves nothing.

use super::*;
use std::io::{Read, Write};
use zip::{ZipWriter, write::SimpleFileOptions};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_or_too_large_is_refused_at_once() {
    let office = Office::open().await;
    let imports = "/collections/well/imports";
    assert!(office.ask("clerk", "POST", imports, sheet()).await.problem(400).contains("name"));
    for name in ["", "%20", "a%00.csv", "a%E2%80%AEvsc.exe", &"a".repeat(400)] {
        office.ask("clerk", "POST", &format!("{imports}?name={name}"), sheet()).await.problem(400);
    }
    let named = format!("{imports}?name=a.csv");
    assert!(office.ask("clerk", "POST", &named, "").await.problem(400).contains("empty"));
    let long = [("content-length", "2147483648")];
    let detail = office.ask_with("clerk", "POST", &named, &long, sheet()).await.problem(413);
    assert!(detail.contains("diaban import"), "{detail}");
    let (address, _) = office.send("clerk", "a.csv", sheet()).await;
    for (body, words) in [
        ("[", "no JSON"),
        (r#"{"crs": 5}"#, "invalid type"),
        (r#"{"reference": "cable"}"#, "unknown field `reference`"),
    ] {
        let detail = office.ask("clerk", "POST", &format!("{address}/load"), body).await.problem(400);
        assert!(detail.contains(words), "{body}: {detail}");
    }
    office.ask("clerk", "POST", &format!("{address}/burn"), "").await.problem(404);
    for (name, value) in [("crs", json!("EPSG:2154")), ("mode", json!("burn")), ("max_refused", json!("x"))] {
        let told = office.step("clerk", &address, "load", &with(wishes(), name, value)).await;
        assert!(told["trouble"]["reason"].is_string(), "{name}: {told:#}");
    }
    assert_eq!(office.wells().await, "");
}

/// A zip archive of blanks: names and sizes of its parts.
fn archive(parts: &[(&str, u64)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, size) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        std::io::copy(&mut std::io::repeat(b' ').take(*size), &mut zip).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// An archive of one part whose list says another size of it than it has.
fn said(mut archive: Vec<u8>, size: u32) -> Vec<u8> {
    let list = archive.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    // APPNOTE.TXT 4.3.12: uncompressed size.
    archive[list + 24..list + 28].copy_from_slice(&size.to_le_bytes());
    archive
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_plainly_no_file_that_is_read_is_turned_away_as_it_comes() {
    let office = Office::open().await;
    let (no_archive, bomb) =
        (b"PK\x03\x04 no archive".to_vec(), archive(&[("../../tmp/thua.csv", 70 << 20)]));
    let book = said(archive(&[("xl/worksheets/sheet1.xml", 9)]), 600 << 20);
    for (name, bytes, status, en, vi) in [
        ("bomb.zip", bomb, 413, "more than 64 MB", "lớn hơn 64 MB"),
        ("book.xlsx", book, 413, "more than 512 MB", "chia nhỏ"),
        ("no.zip", no_archive.clone(), 400, "no zip archive", "không phải là tệp nén zip"),
        ("no.xlsx", no_archive, 400, "no Excel workbook", "không phải là bảng tính"),
        ("letter.zip", archive(&[("thu.docx", 9)]), 400, "no file that is read", "không có tệp nào đọc được"),
        ("picture.gpkg", b"\x89PNG and more".to_vec(), 400, "a picture", "tệp ảnh"),
        ("program.exe", b"MZ".to_vec(), 400, ".shp", "đuôi tên tệp"),
        ("none", b"MZ".to_vec(), 400, ".shp", "đuôi tên tệp"),
        ("half.shp", vec![0, 0, 0x27, 0x0a], 400, ".shx", "thiếu tệp đuôi .shx"),
    ] {
        let path = format!("/collections/well/imports?name={name}");
        let answer = office.ask("clerk", "POST", &path, bytes).await;
        let detail = answer.problem(status);
        assert!(detail.starts_with(name) && detail.contains(en), "{detail}");
        let told = answer.json()["detail_vi"].as_str().unwrap_or_default().to_owned();
        assert!(told.starts_with(name) && told.contains(vi), "{told}");
        assert!(!answer.text().contains(&office.folder.path().display().to_string()), "{}", answer.text());
    }
    let told = office.ask("clerk", "GET", "/collections/well/imports", Body::empty()).await.json();
    assert_eq!(told["imports"], json!([]));
    assert_eq!(files_left(&office, 0).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_grows_beyond_bounds_ends_in_words() {
    let office = Office::open().await;
    let wide: Vec<String> = (0..100_000).map(|i| format!("c{i}")).collect();
    for (name, bytes, words) in [
        ("wide.csv", wide.join(",").into_bytes(), "columns"),
        ("deep.geojson", "[".repeat(5 << 20).into_bytes(), "deep.geojson"),
        ("liar.zip", said(archive(&[("../../tmp/thua.csv", 70 << 20)]), 9), "damaged"),
        ("two.zip", archive(&[("a.gml", 1), ("b.kml", 1)]), "several formats"),
    ] {
        let (address, look) = office.send("clerk", name, bytes).await;
        let trouble = &look["trouble"];
        assert_eq!(trouble["kind"], "file", "{name}: {look:#}");
        let reason = trouble["reason"].as_str().unwrap();
        assert!(reason.starts_with(name) && reason.contains(words), "{name}: {reason}");
        assert!(!look.to_string().contains(&office.folder.path().display().to_string()), "{look:#}");
        assert_eq!(office.ask("clerk", "DELETE", &address, Body::empty()).await.status, 204);
    }
    assert_eq!(files_left(&office, 0).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sender_has_a_few_files_here_and_the_next_is_let_in() {
    let office = Office::open().await;
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.push(office.send("clerk", "a.csv", sheet()).await.0);
    }
    let path = "/collections/well/imports?name=a.csv";
    let answer = office.ask("clerk", "POST", path, sheet()).await;
    assert!(answer.problem(429).contains("5 files"), "{}", answer.text());
    office.send("other", "a.csv", sheet()).await;
    office.ask("clerk", "DELETE", &sent[0], Body::empty()).await;
    office.send("clerk", "a.csv", sheet()).await;
    assert_eq!(files_left(&office, 6).await, 6);
}

/// Folders of files in the server's folder, once there are no more than `expected`: one goes with the last who works on it.
async fn files_left(office: &Office, expected: usize) -> usize {
    let mut servers = fs::read_dir(office.folder.path().join("uploads")).unwrap();
    let own = servers.next().unwrap().unwrap().path();
    let count =
        || fs::read_dir(&own).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir()).count();
    let started = Instant::now();
    while count() > expected && started.elapsed().as_secs() < 5 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_breaks_off_leaves_nothing() {
    let office = Office::open().await;
    let pieces = [Ok("MA_GIENG,TEN\n".to_owned()), Err(std::io::Error::other("gone"))];
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    office.ask("clerk", "POST", "/collections/well/imports?name=a.csv", body).await.problem(400);
    assert_eq!(files_left(&office, 0).await, 0);
    let mut text = Vec::new();
    text.write_all(&sheet()).unwrap();
    office.send("clerk", "a.csv", text).await;
}
