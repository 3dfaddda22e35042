//! Text of before Unicode: the letters of each encoding, columns told by evidence, right text left alone.

use diaban::legacy_text::{Basis, Cells, Column, ColumnText, Encoding, Reading, Verdict, decide, encode};
use proptest::prelude::*;
use std::{collections::BTreeSet, fs, path::Path};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Golden vectors of our own: text, TCVN3, VNI-Windows and windows-1258, in hexadecimal.
const VECTORS: [(&str, &str, &str, &str); 3] = [
    (
        "Khu công nghiệp Đức Hòa 1",
        "4b68752063ab6e67206e676869d67020a7f8632048df612031",
        "4b687520636fe26e67206e67686965e47020d1f6f96320486ff8612031",
        "4b68752063f46e67206e676869eaf27020d0fdec6320486fcc612031",
    ),
    (
        "đường tỉnh 830",
        "aeadea6e672074d86e6820383330",
        "f1f6f4f86e672074e66e6820383330",
        "f0fdf5cc6e67207469d26e6820383330",
    ),
    (
        "Huyện Cần Giuộc",
        "487579d66e2043c76e20476975e963",
        "48757965e46e204361e06e204769756fe463",
        "487579eaf26e2043e2cc6e20476975f4f263",
    ),
];

/// Places of the province, some of them with few toned letters.
const PLACES: [&str; 20] = [
    "Xã Mỹ Hạnh Bắc",
    "Phường Khánh Hậu",
    "Huyện Cần Giuộc",
    "Thị trấn Đức Hòa",
    "Xã Bình Hòa Nam",
    "Ấp Ông Hưng",
    "Sông Vàm Cỏ Đông",
    "Kênh Thầy Cai",
    "Tỉnh Long An",
    "Xã Hựu Thạnh",
    "Xã Tân Mỹ",
    "Xã Lộc Giang",
    "Cầu Đức Huệ",
    "Xã Thạnh Phước",
    "Phường Tân An",
    "Xã Nhơn Ninh",
    "Xã Vĩnh Hưng",
    "Xã Khánh Hưng",
    "Xã Tuyên Bình",
    "Xã Mộc Hóa",
];

/// Right text that says nothing Vietnamese: names from elsewhere, abbreviations, units, signs.
const ELSEWHERE: [&str; 24] = [
    "Nestlé",
    "Café Müller",
    "São Paulo",
    "Zürich GmbH",
    "Hôtel Majestic",
    "Société Générale",
    "Ørsted A/S",
    "Björk",
    "Señor Peña",
    "Citroën",
    "Škoda",
    "Łódź",
    "Gößweinstein",
    "Ĺubica",
    "KCN",
    "QL1A",
    "ĐT.830",
    "TĐC số 2",
    "TTYT",
    "500 m²",
    "Ø800",
    "Công ty TNHH “Ánh Dương” – 25°",
    "Krông Pắk",
    "Đắk Lắk",
];

const LEGACY: [Encoding; 6] = [
    Encoding::Tcvn3,
    Encoding::Vni,
    Encoding::Windows1258,
    Encoding::Utf8Twice,
    Encoding::Utf8Thrice,
    Encoding::Utf8,
];

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// Bytes as a reader hands them over that knows of no encoding.
fn as_bytes(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Bytes as a program shows them that takes them for windows-1252 or, where that has no letter, Latin-1.
fn as_windows_1252(bytes: &[u8]) -> String {
    let special = |b: u8| {
        let high = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
        high.chars().nth(usize::from(b - 0x80)).unwrap()
    };
    bytes.iter().map(|b| if (0x80..0xA0).contains(b) { special(*b) } else { char::from(*b) }).collect()
}

fn column(cells: &[String]) -> Vec<Verdict> {
    columns(Cells::Unicode, &[cells])
}

fn columns(cells: Cells, all: &[&[String]]) -> Vec<Verdict> {
    let all: Vec<Column<'_>> =
        all.iter().map(|c| Column { cells: c.iter().map(String::as_str).collect(), asked: None }).collect();
    decide(cells, &all, None)
}

fn found(verdict: &Verdict) -> &ColumnText {
    match verdict {
        Verdict::Found(found) => found,
        other => panic!("{other:?}"),
    }
}

/// How one encoding comes: as bytes, and as a program hands it on that took it for Latin-1.
fn ways(text: &str, encoding: Encoding) -> Vec<(Cells, String)> {
    let bytes = encode(text, encoding).unwrap();
    let mut ways = vec![(Cells::Bytes, as_bytes(&bytes))];
    match encoding {
        // Unicode that is right, and UTF-8 that Latin-1 was made of.
        Encoding::Utf8 | Encoding::Utf8Twice | Encoding::Utf8Thrice => {
            ways.push((Cells::Unicode, String::from_utf8(bytes).unwrap()));
        }
        _ => {
            ways.push((Cells::Unicode, as_windows_1252(&bytes)));
            ways.push((Cells::Unicode, as_bytes(&bytes)));
            ways.push((Cells::Bytes, as_bytes(as_windows_1252(&bytes).as_bytes())));
        }
    }
    ways
}

/// TCVN3 keeps no capitals with a tone.
fn expected(text: &str, encoding: Encoding) -> String {
    let capital = |c: char| {
        if c.is_uppercase() && !c.is_ascii() && !"ĂÂÊÔƠƯĐ".contains(c) {
            c.to_lowercase().next().unwrap()
        } else {
            c
        }
    };
    if encoding == Encoding::Tcvn3 { text.chars().map(capital).collect() } else { text.to_owned() }
}

fn assert_column_is_read(texts: &[&str], encoding: Encoding) {
    for way in 0..ways(texts[0], encoding).len() {
        let cells: Vec<String> = texts.iter().map(|t| ways(t, encoding)[way].1.clone()).collect();
        let kind = ways(texts[0], encoding)[way].0;
        let verdicts = columns(kind, &[&cells]);
        if cells.iter().all(|c| c.is_ascii()) {
            assert_eq!(verdicts[0], Verdict::Plain);
            continue;
        }
        let Verdict::Found(found) = &verdicts[0] else {
            panic!("{encoding:?} {kind:?} {texts:?}: {:?}", verdicts[0])
        };
        for (cell, text) in cells.iter().zip(texts) {
            let read = found
                .reading
                .decode(kind, cell)
                .unwrap_or_else(|e| panic!("{encoding:?} {kind:?} {cell}: {e}"));
            assert_eq!(read, expected(text, encoding), "{encoding:?} {kind:?} read as {:?}", found.reading);
        }
    }
}

fn shared(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    fs::read_to_string(path).ok()
}

/// All names of communes, before and after 1 July 2025, where the data are at hand.
fn unit_names() -> Vec<String> {
    let mut names: Vec<String> = PLACES.map(str::to_owned).to_vec();
    if let Some(text) = shared("admin/old_units_long_an_tay_ninh.csv") {
        names.extend(text.lines().skip(1).filter_map(|line| Some(line.split(',').nth(1)?.to_owned())));
    }
    if let Some(text) = shared("admin/tay_ninh_80_communes_2025.geojson") {
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        for feature in json["features"].as_array().unwrap() {
            let name = |key: &str| feature["properties"][key].as_str().unwrap().to_owned();
            names.extend([name("name"), name("full_name")]);
        }
    }
    let names: BTreeSet<String> = names.iter().map(|n| n.nfc().collect()).collect();
    names.into_iter().collect()
}

#[test]
fn vectors_are_read_and_written() {
    for (text, tcvn3, vni, windows) in VECTORS {
        for (encoding, hex) in
            [(Encoding::Tcvn3, tcvn3), (Encoding::Vni, vni), (Encoding::Windows1258, windows)]
        {
            assert_eq!(encode(text, encoding).unwrap(), unhex(hex), "{text} {encoding:?}");
            assert_column_is_read(&[text], encoding);
        }
    }
}

#[test]
fn vectors_of_the_research_are_read() {
    let Some(text) = shared("encodings/test_vectors.json") else { return };
    let vectors: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    for v in &vectors {
        let string = |key: &str| v[key].as_str().unwrap();
        let right = string("text");
        for (encoding, key) in [
            (Encoding::Tcvn3, "tcvn3_hex"),
            (Encoding::Vni, "vni_hex"),
            (Encoding::Windows1258, "cp1258_hex"),
        ] {
            let cell = as_bytes(&unhex(string(key)));
            let column = Column { cells: vec![&cell], asked: Some(encoding) };
            let verdict = decide(Cells::Bytes, &[column], None).remove(0);
            let read = found(&verdict).reading.decode(Cells::Bytes, &cell).unwrap();
            let right = if key == "tcvn3_hex" { string("tcvn3_decoded") } else { right };
            assert_eq!(read, right, "{encoding:?}");
        }
        for (key, right) in [("tcvn3_as_latin1", string("tcvn3_decoded")), ("vni_as_latin1", right)] {
            let verdict = column(&[string(key).to_owned()]).remove(0);
            let read = found(&verdict).reading.decode(Cells::Unicode, string(key)).unwrap().into_owned();
            assert_eq!(read, right, "{key}");
        }
        let apart = String::from_utf8(unhex(string("nfd_utf8_hex"))).unwrap();
        let verdict = column(std::slice::from_ref(&apart)).remove(0);
        assert!(found(&verdict).decomposed);
        assert_eq!(found(&verdict).reading.decode(Cells::Unicode, &apart).unwrap(), right);
    }
}

#[test]
fn columns_of_five_names_are_read_in_each_encoding() {
    let names = unit_names();
    for encoding in LEGACY {
        // Neighbours by name share their words; those far apart do not.
        let far = (0..names.len())
            .step_by(5)
            .map(|at| (0..5).map(|i| &names[(at + i * 61) % names.len()]).collect());
        for five in names.chunks(5).map(|five| five.iter().collect::<Vec<_>>()).chain(far) {
            let five: Vec<&str> = five.into_iter().map(String::as_str).collect();
            assert_column_is_read(&five, encoding);
        }
    }
}

#[test]
fn right_text_stays_as_it_is() {
    let names = unit_names();
    let elsewhere = ELSEWHERE.map(str::to_owned).to_vec();
    let mut all: Vec<Vec<String>> = names.chunks(5).map(<[String]>::to_vec).collect();
    all.extend(names.iter().map(|n| vec![n.clone()]));
    all.extend(elsewhere.chunks(1).map(<[String]>::to_vec));
    all.extend(elsewhere.chunks(6).map(<[String]>::to_vec));
    all.push(elsewhere.clone());
    all.extend(elsewhere.iter().zip(&names).map(|(a, b)| vec![a.clone(), b.clone()]));
    for cells in all {
        for verdict in column(&cells) {
            match verdict {
                Verdict::Plain => assert!(cells.iter().all(|c| c.is_ascii()), "{cells:?}"),
                Verdict::Found(found) => {
                    assert_eq!(found.reading, Reading::UNICODE, "{cells:?}");
                    assert!(
                        found.samples.is_empty() && !found.decomposed && found.capitals.is_none(),
                        "{found:?}"
                    );
                }
                ambiguous => panic!("{cells:?}: {ambiguous:?}"),
            }
        }
    }
}

#[test]
fn capitals_kept_as_small_letters_are_flagged_and_left() {
    let names = ["XÃ ĐỨC HÒA HẠ", "THỊ TRẤN HẬU NGHĨA", "XÃ BÌNH HÒA NAM"];
    for (kind, show) in [(Cells::Bytes, as_bytes as fn(&[u8]) -> String), (Cells::Unicode, as_windows_1252)] {
        let cells: Vec<String> = names.iter().map(|n| show(&encode(n, Encoding::Tcvn3).unwrap())).collect();
        let verdicts = columns(kind, &[&cells]);
        let found = found(&verdicts[0]);
        assert_eq!(found.reading.encoding(), Encoding::Tcvn3);
        assert_eq!(found.reading.decode(kind, &cells[0]).unwrap(), "Xã ĐứC HòA Hạ");
        let capitals = found.capitals.as_ref().unwrap();
        assert!(capitals.words >= 4, "{capitals:?}");
        assert_eq!(capitals.sample, ("Xã ĐứC HòA Hạ".to_owned(), "XÃ ĐỨC HÒA HẠ".to_owned()));
        // Said by whoever knows the font, they become capitals.
        let asked = Column {
            cells: cells.iter().map(String::as_str).collect(),
            asked: Some(Encoding::Tcvn3Capitals),
        };
        let verdicts = decide(kind, &[asked], None);
        let Verdict::Found(as_asked) = &verdicts[0] else { panic!("{verdicts:?}") };
        let reading = as_asked.reading;
        for (cell, name) in cells.iter().zip(names) {
            assert_eq!(reading.decode(kind, cell).unwrap(), name);
        }
    }
}

#[test]
fn a_column_that_tells_little_follows_the_others_of_its_file() {
    let tcvn3 = |text: &str| as_bytes(&encode(text, Encoding::Tcvn3).unwrap());
    let names: Vec<String> = PLACES.iter().map(|p| tcvn3(p)).collect();
    let roads = ["ĐT.830", "ĐT.825", "ĐH.12"].map(tcvn3).to_vec();
    let verdicts = columns(Cells::Bytes, &[&names, &roads]);
    assert_eq!(found(&verdicts[1]).basis, Basis::OtherColumns);
    assert_eq!(found(&verdicts[1]).reading.decode(Cells::Bytes, &roads[0]).unwrap(), "ĐT.830");
    // By themselves they could be anything.
    let verdicts = columns(Cells::Bytes, &[&roads]);
    assert!(matches!(&verdicts[0], Verdict::Ambiguous(could) if could.len() > 1), "{verdicts:?}");
    // What the file states settles it, if it can be.
    let alone = [Column { cells: vec!["Caf\u{e9}"], asked: None }];
    assert!(matches!(decide(Cells::Bytes, &alone, None)[0], Verdict::Ambiguous(_)));
    let stated = decide(Cells::Bytes, &alone, Some(Encoding::Windows1252)).remove(0);
    assert_eq!(found(&stated).basis, Basis::Stated);
}

/// Columns of codes and short words, which happen to be syllables of TCVN3 in another encoding.
const CODES: [&[&str]; 8] = [
    &["KCN Đ2", "KCN Đ3", "KCN Đ2A"],
    &["ĐT830"],
    &["ĐT830", "ĐT825", "ĐH12", "ĐC 4"],
    &["TĐC 1", "TĐC 2", "KĐT 5"],
    &["HĐ", "TĐ", "BĐ", "LĐ"],
    &["Đt 12", "Đn 14", "Đm"],
    &["đn", "đm 3"],
    &["QĐ-TĐ", "TĐ/HĐND", "THĐ"],
];

#[test]
fn short_words_and_codes_are_read_right_or_asked_for() {
    for codes in CODES {
        for encoding in [Encoding::Vni, Encoding::Windows1258, Encoding::Tcvn3] {
            for way in 0..ways(codes[0], encoding).len() {
                let (kind, _) = ways(codes[0], encoding)[way];
                let cells = |texts: &[&str]| -> Vec<String> {
                    texts.iter().map(|text| ways(text, encoding)[way].1.clone()).collect()
                };
                let (codes_as_sent, names) = (cells(codes), cells(&PLACES));
                let case = format!("{encoding:?} {kind:?} {codes:?}");
                let is_right = |found: &ColumnText| {
                    codes_as_sent.iter().zip(codes).all(|(cell, text)| {
                        found.reading.decode(kind, cell).is_ok_and(|read| read == expected(text, encoding))
                    })
                };
                match &columns(kind, &[&codes_as_sent])[0] {
                    Verdict::Ambiguous(could) => assert!(could.len() > 1, "{case}"),
                    found => assert!(is_right(self::found(found)), "{case}: {found:?}"),
                }
                // Beside a column that tells they follow it, or say themselves what they are.
                let beside = columns(kind, &[&names, &codes_as_sent]);
                assert!(is_right(found(&beside[1])), "{case}: {beside:?}");
            }
        }
    }
}

#[test]
fn a_capital_vowel_beside_a_consonant_is_no_evidence() {
    // `íT` and `ệT` of TCVN3.
    for encoding in [Encoding::Windows1258, Encoding::Vni] {
        let cells = ["ƯT1", "ƯT2"].map(|code| as_bytes(&encode(code, encoding).unwrap()));
        let verdict = columns(Cells::Bytes, &[&cells]).remove(0);
        let Verdict::Ambiguous(could) = verdict else { panic!("{encoding:?}: {verdict:?}") };
        assert!(could.contains(&(encoding, "ƯT1".to_owned())), "{could:?}");
    }
}

#[test]
fn one_word_that_tells_settles_a_column_of_codes() {
    let texts = ["ĐT830", "ĐT825", "ĐT826", "TĐC 1", "Đức Hòa"];
    for encoding in [Encoding::Tcvn3, Encoding::Vni, Encoding::Windows1258] {
        assert_column_is_read(&texts, encoding);
    }
}

#[test]
fn codes_in_unicode_are_left_alone() {
    for codes in CODES {
        let cells: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
        assert_eq!(found(&column(&cells)[0]).reading, Reading::UNICODE, "{codes:?}");
    }
    // An Icelandic letter that looks like Đ is told from it.
    let roads = ["ÐT.830", "ÐT.825"].map(str::to_owned);
    assert!(matches!(&column(&roads)[0], Verdict::Ambiguous(_)));
}

#[test]
fn a_column_of_several_encodings_is_asked_for() {
    let mojibake = |text: &str| as_windows_1252(&encode(text, Encoding::Tcvn3).unwrap());
    let cells: Vec<String> = PLACES
        .iter()
        .enumerate()
        .map(|(i, p)| if i % 2 == 0 { mojibake(p) } else { (*p).to_owned() })
        .collect();
    let verdicts = column(&cells);
    assert!(matches!(&verdicts[0], Verdict::Ambiguous(could) if could.len() > 1), "{verdicts:?}");
}

#[test]
fn utf8_with_a_cell_cut_within_a_letter_is_utf8() {
    let mut cells: Vec<String> = PLACES.iter().map(|p| as_bytes(p.as_bytes())).collect();
    cells.push("Xã Đức Hòa Th\u{1ea1}".to_owned().bytes().map(char::from).collect());
    cells.last_mut().unwrap().pop();
    let verdicts = columns(Cells::Bytes, &[&cells]);
    assert_eq!(found(&verdicts[0]).reading, Reading::UNICODE);
    assert!(Reading::UNICODE.decode(Cells::Bytes, cells.last().unwrap()).is_err());
}

#[test]
fn names_of_encodings_are_read_in_any_common_way() {
    for encoding in Encoding::ALL {
        assert_eq!(encoding.name().parse::<Encoding>(), Ok(encoding));
    }
    assert_eq!("TCVN3".parse(), Ok(Encoding::Tcvn3));
    assert_eq!("VNI-Windows".parse(), Ok(Encoding::Vni));
    assert_eq!("CP1258".parse(), Ok(Encoding::Windows1258));
    assert!("koi8-r".parse::<Encoding>().unwrap_err().contains("windows-1258"));
}

fn vietnamese() -> impl Strategy<Value = String> {
    let letters: Vec<char> = "abcxyzABCXYZ 019.,-()".chars().chain(marked()).collect();
    proptest::collection::vec(proptest::sample::select(letters), 0..24)
        .prop_map(|all| all.into_iter().collect())
}

fn marked() -> Vec<char> {
    let small = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ";
    small.chars().chain(small.to_uppercase().chars()).collect()
}

#[test]
fn all_134_letters_survive_every_encoding() {
    let letters = marked();
    assert_eq!(letters.len(), 134);
    for letter in letters {
        for encoding in LEGACY {
            let text = format!("x{letter}y");
            let cell = as_bytes(&encode(&text, encoding).unwrap());
            let column = Column { cells: vec![&cell], asked: Some(encoding) };
            let verdict = decide(Cells::Bytes, &[column], None).remove(0);
            let read = found(&verdict).reading.decode(Cells::Bytes, &cell).unwrap();
            assert_eq!(read, expected(&text, encoding), "{encoding:?}");
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(text in vietnamese()) {
        for encoding in LEGACY {
            let cell = as_bytes(&encode(&text, encoding).unwrap());
            let column = Column { cells: vec![&cell], asked: Some(encoding) };
            let verdict = decide(Cells::Bytes, &[column], None).remove(0);
            let read = found(&verdict).reading.decode(Cells::Bytes, &cell).unwrap().into_owned();
            prop_assert_eq!(read, expected(&text, encoding), "{:?}", encoding);
        }
    }

    #[test]
    fn any_bytes_are_text_in_nfc_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64), text in ".{0,32}") {
        for (kind, cell) in [(Cells::Bytes, as_bytes(&bytes)), (Cells::Unicode, as_windows_1252(&bytes)), (Cells::Unicode, text)] {
            for asked in Encoding::ALL.map(Some).into_iter().chain([None]) {
                let verdict = decide(kind, &[Column { cells: vec![&cell], asked }], None).remove(0);
                if let Verdict::Found(found) = verdict
                    && let Ok(read) = found.reading.decode(kind, &cell)
                {
                    prop_assert!(is_nfc(&read), "{:?} {:?}", asked, cell);
                }
            }
        }
    }
}
