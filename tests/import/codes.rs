//! A value that is none of an attribute's codes: which was meant, and where all of them stand.

use super::{command::Typed, *};
use diaban::import::Words;

/// Trees of 14 kinds.
fn tree() -> String {
    let kinds = ["LUC", "LUK", "HNK", "RSX", "RPH", "RDD", "NTS", "ONT", "ODT", "SKK", "SKN", "DGT", "DTL"];
    let values: String = kinds
        .map(|code| format!("{{ code = \"{code}\", vi = \"Loại {code}\", en = \"Kind {code}\" }},\n"))
        .concat();
    format!(
        r#"id = "tree"
title = {{ vi = "Cây", en = "Trees" }}
group = "agriculture"
agency = "nnmt"
item = "0"
geometry = ["Point"]
key = ["code"]
access = "open"
zoom = {{ min = 8, max = 14 }}
generalise = {{ rule = "thin" }}
attributes = [
  {{ name = "code", type = "text", title = {{ vi = "Mã", en = "Code" }} }},
  {{ name = "owner_agency", type = "text", title = {{ vi = "Cơ quan", en = "Agency" }} }},
  {{ name = "kind", type = "enum", title = {{ vi = "Loại", en = "Kind" }}, values = [
    {values}
    {{ code = "CLN", vi = "Đất trồng cây lâu năm", en = "Perennial crops" }} ] }},
]
"#
    )
}

#[tokio::test]
async fn the_code_that_was_meant_is_named_and_where_all_of_them_stand() {
    let ground =
        Ground::of(Catalog::new(vec![crate::support::layer(&tree())], AgencyRegister::default())).await;
    let all = "see all 14 codes: diaban codes tree kind";
    for (written, meant) in [
        ("CNL", Some(("CLN (Perennial crops)", "CLN (Đất trồng cây lâu năm)"))),
        ("ont.1", Some(("ONT (Kind ONT)", "ONT (Loại ONT)"))),
        ("dat trong cay lau nm", Some(("CLN (Perennial crops)", "CLN (Đất trồng cây lâu năm)"))),
        // As near to LUC as to LUK.
        ("LUX", None),
        ("rừng", None),
    ] {
        let file = ground.file("t.csv", format!("code,kind,lon,lat\nA,{written},106.4,10.5\n"));
        let report = ground.import("tree", &file).await.unwrap();
        let Words { vi, en } = &report.findings[0].reason;
        assert!(
            en.starts_with(&format!("`{written}` is none of the codes of `kind`")) && en.ends_with(all),
            "{en}"
        );
        assert!(vi.ends_with("xem đủ 14 mã: diaban codes tree kind"), "{vi}");
        let asked = |said: &str, start: &str| said.contains(start);
        match meant {
            Some((in_english, in_vietnamese)) => {
                assert!(asked(en, &format!("; did you mean {in_english}?;")), "{en}");
                assert!(asked(vi, &format!("; có phải ý là {in_vietnamese}?;")), "{vi}");
            }
            None => assert!(!asked(en, "did you mean") && !asked(vi, "có phải"), "{en} {vi}"),
        }
    }
}

#[tokio::test]
async fn all_codes_are_shown_without_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let layers = super::command::layers(folder.path());
    fs::write(layers.join("tree.toml"), tree()).unwrap();
    let typed = async |arguments: &[&str]| {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_diaban"));
        command.arg("codes").args(arguments).env("DIABAN_LAYERS", &layers).env("LC_ALL", "C.UTF-8");
        Typed::of(command.env_remove("DATABASE_URL").current_dir(folder.path())).await
    };
    let told = typed(&["tree", "kind", "--lang", "vi"]).await.out;
    assert!(told.lines().count() == 14 && told.contains("\nCLN  Đất trồng cây lâu năm\n"), "{told}");
    let told = typed(&["tree", "kind"]).await.out;
    assert!(told.ends_with("CLN  Đất trồng cây lâu năm / Perennial crops\n"), "{told}");
    assert_eq!(typed(&["tree", "owner_agency", "--lang", "vi"]).await.out, "nnmt  Sở\n");
    let told = typed(&["tree"]).await.out;
    assert!(told.contains("kind  Loại / Kind: 14 mã / codes\n") && !told.contains("code  "), "{told}");
    let told = typed(&["tree", "code", "--lang", "vi"]).await;
    assert!(
        told.code == Some(1) && told.err.contains("Các thuộc tính có mã: owner_agency, kind"),
        "{}",
        told.err
    );
    assert!(!folder.path().join("data").exists());
}
