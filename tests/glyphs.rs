//! Letters and icons for clients that write and mark maps with what the server has: all of Vietnamese, in each font.

use crate::support::served::{Answer, Served};
use diaban::{
    layer::AccessClass,
    symbol::{Font, Glyph},
};
use std::{collections::BTreeMap, fs, path::Path, process::Command};
use unicode_normalization::UnicodeNormalization;

const FONTS: [&str; 3] = ["Regular", "Bold", "Italic"];

/// The 67 letters of Vietnamese that are Latin ones with marks, and their capitals.
fn letters() -> Vec<char> {
    let vowels = ["a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y"];
    let tones = ["", "\u{300}", "\u{309}", "\u{303}", "\u{301}", "\u{323}"];
    let composed = |vowel: &str| tones.map(|tone| format!("{vowel}{tone}").nfc().collect::<String>());
    let small: Vec<String> = vowels.into_iter().flat_map(composed).chain(["đ".to_owned()]).collect();
    let capital = small.iter().map(|letter| letter.to_uppercase());
    let all = small.iter().cloned().chain(capital).map(|letter| letter.parse::<char>().unwrap());
    all.filter(|letter| !letter.is_ascii()).collect()
}

/// The letter without its marks; of `í` that is the one without a dot.
fn bare(letter: char) -> char {
    match letter.nfd().next().unwrap() {
        'đ' => 'd',
        'Đ' => 'D',
        'i' => 'ı',
        other => other,
    }
}

/// Samples on its outline and within.
fn ink(glyph: &Glyph) -> usize {
    glyph.field.iter().filter(|strength| **strength >= 191).count()
}

fn each_font(check: impl Fn(&str, &Font<'_>)) {
    for name in FONTS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("styles/fonts/NotoSans-{name}.ttf"));
        let file = fs::read(path).unwrap();
        check(name, &Font::read(&file).unwrap());
    }
}

#[test]
fn every_vietnamese_letter_has_its_mark_in_every_font() {
    let letters = letters();
    assert_eq!(letters.len(), 134);
    each_font(|name, font| {
        let mut drawn = BTreeMap::new();
        for letter in letters.iter().copied().chain('a'..='z').chain('A'..='Z') {
            let glyph = font.glyph(letter).unwrap_or_else(|| panic!("{name}: no {letter}"));
            assert!(ink(&glyph) > 20 && glyph.advance > 3, "{name}: {letter} has no ink");
            let of = (glyph.field.clone(), glyph.top, glyph.width);
            if let Some(other) = drawn.insert(of, letter) {
                panic!("{name}: {letter} looks like {other}");
            }
        }
        for letter in &letters {
            let [marked, bare] = [*letter, bare(*letter)].map(|letter| font.glyph(letter).unwrap());
            assert!(ink(&marked) > ink(&bare), "{name}: {letter} has no more ink than without its mark");
            // Taller, deeper or wider; the bar of đ lies within, and the dot of ỵ beside its tail.
            let grows = marked.height > bare.height || marked.width > bare.width;
            assert!(grows || "đĐỵ".contains(*letter), "{name}: {letter} is as large as without its mark");
        }
    });
}

#[test]
fn a_letter_stands_where_clients_put_it() {
    each_font(|name, font| {
        let [a, marked, deep] = ['a', 'ẫ', 'ạ'].map(|letter| font.glyph(letter).unwrap());
        assert!(marked.height > a.height + 5, "{name}: {} {}", marked.height, a.height);
        assert!(marked.top > a.top + 5, "{name}: the marks stand above");
        assert_eq!(deep.top, a.top, "{name}: the dot stands below");
        assert!(deep.height > a.height + 2, "{name}");
        for glyph in [&a, &marked, &deep] {
            let samples = (usize::from(glyph.width) + 6) * (usize::from(glyph.height) + 6);
            assert_eq!(glyph.field.len(), samples, "{name}: 3 samples around the box");
        }
        // The box of an x stands on the line, 26 pixels below the ascender that `top` is counted from.
        let x = font.glyph('x').unwrap();
        assert!((i32::from(x.top) - i32::from(x.height) + 26).abs() <= 1, "{name}: {} {}", x.top, x.height);
        // A space is as wide as one and has nothing to draw; so is one that breaks no line.
        for space in [' ', '\u{a0}'].map(|space| font.glyph(space).unwrap()) {
            assert_eq!((space.width, space.field.len(), space.advance), (0, 0, 6), "{name}");
        }
    });
}

#[test]
fn text_whose_marks_stand_apart_does_not_vanish() {
    each_font(|name, font| {
        for mark in ['\u{300}', '\u{301}', '\u{302}', '\u{303}', '\u{306}', '\u{309}', '\u{31b}', '\u{323}'] {
            let glyph = font.glyph(mark).unwrap_or_else(|| panic!("{name}: no U+{:04X}", u32::from(mark)));
            assert!(ink(&glyph) > 0, "{name}: U+{:04X}", u32::from(mark));
            assert!(glyph.advance == 0 && glyph.left < 0, "{name}: it stands over the letter before");
        }
        for sign in "0123456789²³₫€%‰°·–—…“”‘’«»×÷±•№ÀÉÎÕÜßñçøþÿ½".chars()
        {
            assert!(font.glyph(sign).is_some_and(|glyph| ink(&glyph) > 0), "{name}: no {sign}");
        }
    });
}

/// Code points of the glyphs of an answer, in order, and the name of their stack.
fn read(answer: &Answer) -> (String, Vec<u64>) {
    let all = fields(&answer.decoded());
    let [(1, stack)] = &all[..] else { panic!("{}: not one stack", answer.asked) };
    let stack = fields(stack);
    let name = String::from_utf8(stack[0].1.clone()).unwrap();
    let glyphs = stack.iter().filter(|(number, _)| *number == 3);
    (name, glyphs.map(|(_, glyph)| varint(&fields(glyph)[0].1).0).collect())
}

/// A message's fields: number, and bytes (of a number those that it is written in).
fn fields(mut bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (tag, used) = varint(bytes);
        bytes = &bytes[used..];
        let (value, used) = varint(bytes);
        let (from, to) = if tag & 7 == 2 { (used, used + value as usize) } else { (0, used) };
        found.push((tag >> 3, bytes[from..to].to_vec()));
        bytes = &bytes[to..];
    }
    found
}

fn varint(bytes: &[u8]) -> (u64, usize) {
    let used = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    let number = bytes[..used].iter().rev().fold(0, |number, byte| number << 7 | u64::from(byte & 0x7f));
    (number, used)
}

#[tokio::test]
async fn a_client_loads_letters_256_at_a_time_and_asks_once() {
    let site = Served::to(AccessClass::Open).await;
    let path = "/glyphs/Noto%20Sans%20Bold,Noto%20Sans,Arial/7680-7935.pbf";
    let elsewhere = [("origin", "https://a.map.elsewhere.vn")];
    let answer = site.get_with(path, &elsewhere).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-protobuf")));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=86400"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let (name, letters) = read(&answer);
    assert_eq!(name, "Noto Sans Bold");
    assert_eq!(letters, (0x1e00..=0x1eff).collect::<Vec<u64>>());
    let packed = site.get_with(path, &[("accept-encoding", "gzip")]).await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.decoded(), answer.body);
    let tag = answer.header("etag").unwrap();
    for known in [tag.to_owned(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let again = site.get_with(path, &[("if-none-match", &known)]).await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag)), "{known}");
    }
    let other = site.get("/glyphs/Noto%20Sans%20Regular/7680-7935.pbf").await;
    assert_ne!(other.header("etag"), Some(tag));
    let head = site.ask("HEAD", path, &[]).await;
    assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, Some(tag)));
}

#[tokio::test]
async fn any_name_of_a_font_gets_letters_of_ours_and_a_range_without_any_is_empty() {
    let site = Served::to(AccessClass::Open).await;
    let long = "a".repeat(1000);
    for stack in [
        "Open%20Sans%20Regular,Arial%20Unicode%20MS%20Regular",
        "%2E%2E%2F%2E%2E%2Fetc%2Fpasswd",
        "%00",
        "%E2%80%AE%F0%9F%92%A9",
        "%3Cscript%3E",
        "'%3B--",
        ",",
        &long,
    ] {
        let answer = site.get(&format!("/glyphs/{stack}/0-255.pbf")).await;
        assert_eq!(answer.status, 200, "{stack}");
        assert_eq!(read(&answer).0, "Noto Sans Regular", "{stack}");
    }
    let detail = site.get(&format!("/glyphs/{long}a/0-255.pbf")).await.problem(400);
    assert!(detail.contains("fontstack"), "{detail}");
    // Chinese, the surrogates, the last of all.
    for range in ["19968-20223", "55296-55551", "1113856-1114111"] {
        let answer = site.get(&format!("/glyphs/Noto%20Sans%20Regular/{range}.pbf")).await;
        assert_eq!(answer.status, 200, "{range}");
        assert_eq!(read(&answer), ("Noto Sans Regular".to_owned(), vec![]), "{range}");
        assert!(answer.body.len() < 100, "{range}");
    }
}

#[tokio::test]
async fn a_client_loads_the_icons_as_a_picture_and_its_index() {
    let site = Served::to(AccessClass::Open).await;
    for (file, kind) in [
        ("diaban.json", "application/json"),
        ("diaban.png", "image/png"),
        ("diaban@2x.json", "application/json"),
        ("diaban%402x.png", "image/png"),
    ] {
        let path = format!("/sprites/{file}");
        let answer = site.get_with(&path, &[("origin", "https://a.map.elsewhere.vn")]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)), "{file}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{file}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{file}");
        let tag = answer.header("etag").unwrap();
        assert_eq!(site.get_with(&path, &[("if-none-match", tag)]).await.status, 304, "{file}");
    }
    // Both indexes name the same icons, one of them twice as large.
    let [once, twice] = ["diaban.json", "diaban@2x.json"].map(|file| format!("/sprites/{file}"));
    let [once, twice] = [site.json(&once).await, site.json(&twice).await];
    for (name, icon) in once.as_object().unwrap() {
        for key in ["x", "y", "width", "height", "pixelRatio"] {
            assert_eq!(twice[name][key].as_u64(), icon[key].as_u64().map(|px| px * 2), "{name} {key}");
        }
    }
    assert_eq!(once.as_object().unwrap().len(), twice.as_object().unwrap().len());
}

#[tokio::test]
async fn the_style_says_where_letters_and_icons_are() {
    let site = Served::to(AccessClass::Open).await;
    let style = site.get_with("/styles/map", &[("host", "gis.example.vn")]).await.json();
    assert_eq!(style["glyphs"], "http://gis.example.vn/glyphs/{fontstack}/{range}.pbf");
    assert_eq!(style["sprite"], "http://gis.example.vn/sprites/diaban");
}

/// Each letter over the same one as the browser draws it; `make test` brings what this needs.
#[tokio::test]
async fn the_label_sheet_looks_as_the_browser_writes_it() {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
    assert!(web.join("node_modules/playwright-core").exists(), "`make page` brings what draws it");
    let site = Served::to(AccessClass::Open).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(axum::serve(listener, site.router.clone()).into_future());
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/label_sheet");
    let drawn = tokio::task::spawn_blocking(move || {
        let mut browser = Command::new("node");
        browser.current_dir(&web).args(["test/glyphs.browser.mjs", &url]).arg(pictures).output().unwrap()
    });
    let drawn = drawn.await.unwrap();
    server.abort();
    let said = [&drawn.stdout[..], &drawn.stderr[..]].map(String::from_utf8_lossy).concat();
    assert!(drawn.status.success(), "{said}");
    assert!(said.contains("134 letters in 3 fonts, none missing"), "{said}");
    println!("{said}");
}
