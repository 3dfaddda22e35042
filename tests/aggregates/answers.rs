//! What is told to whom, in each form.

use super::{communes, farms, site};
use crate::support::served::Served;
use diaban::layer::AccessClass;
use serde_json::{Value as Json, json};

/// Six communes with 10, 11, … farms, one with three, one without any, and six farms whose commune is no commune's.
async fn province(access: AccessClass, class: AccessClass) -> (Served, Vec<&'static str>) {
    let codes = communes();
    let many: String = (0..6).map(|i| farms(codes[i], "", 10 + i as u32, 7)).collect();
    let few = farms(codes[6], "", 3, 100);
    let elsewhere = farms("bimat", "", 6, 5);
    (site(access, &format!("{many}{few}{elsewhere}"), class).await, codes)
}

fn group<'j>(document: &'j Json, code: Option<&str>) -> &'j Json {
    let groups = document["communes"].as_array().unwrap();
    groups.iter().find(|group| group["code"].as_str() == code).unwrap_or_else(|| panic!("no {code:?}"))
}

#[tokio::test]
async fn who_may_not_know_of_a_layer_learns_its_figures_by_commune_and_nothing_else() {
    let (site, codes) = province(AccessClass::Restricted, AccessClass::Open).await;
    site.get("/collections/farm").await.problem(404);
    site.get("/collections/farm/items").await.problem(404);
    assert!(!site.get("/catalog").await.text().contains("farm"));
    let list = site.json("/aggregates?lang=en").await;
    assert_eq!(list["layers"][0]["id"], "farm");
    assert_eq!(list["layers"][0]["sums"][1], json!({ "name": "pond_ha", "title": "Ponds", "unit": "ha" }));
    let told = site.json("/aggregates/farm?lang=vi").await;
    assert_eq!((told["title"].as_str(), told["threshold"].as_u64()), (Some("Trang trại"), Some(5)));
    assert_eq!(told["total"]["count"], 10 + 11 + 12 + 13 + 14 + 15 + 3 + 6);
    assert_eq!(told["communes"].as_array().unwrap().len(), codes.len() + 1);
    let withheld = |document: &Json| {
        let groups = document["communes"].as_array().unwrap();
        groups.iter().filter(|group| group["count"].is_null()).count()
    };
    assert!(group(&told, Some(codes[6]))["count"].is_null(), "three");
    assert_eq!(withheld(&told), 2, "and a second, so that the total does not give it away: {told}");
    assert_eq!(
        group(&told, Some(codes[7])),
        &json!({ "code": codes[7], "name": group(&told, Some(codes[7]))["name"],
        "count": 0, "sums": { "heads": 0, "pond_ha": 0.0 } })
    );
    let shown: Vec<_> = (0..6).filter(|i| !group(&told, Some(codes[*i]))["count"].is_null()).collect();
    assert!(shown.len() >= 5);
    for i in shown {
        let own = group(&told, Some(codes[i]));
        assert_eq!(own["count"], 10 + i);
        assert!(own["sums"]["heads"].is_null() || own["sums"]["heads"] == 7 * (10 + i));
    }
    let everything = [
        site.get("/aggregates/farm").await,
        site.get("/aggregates/farm?f=html").await,
        site.get("/aggregates/farm?f=csv").await,
    ];
    for answer in everything {
        assert!(
            !answer.text().contains("bimat"),
            "a code that is no commune's may be anything: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn page_and_table_say_what_the_document_says() {
    let (site, codes) = province(AccessClass::Restricted, AccessClass::Open).await;
    let told = site.json("/aggregates/farm?lang=vi").await;
    let table = site.get("/aggregates/farm?f=csv&lang=vi").await;
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let text = table.text();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "commune_code,commune_name,count,sum_heads,sum_pond_ha");
    assert_eq!(lines.len(), codes.len() + 3);
    for (line, own) in lines[1..].iter().zip(told["communes"].as_array().unwrap()) {
        let count = own["count"].as_u64().map(|count| count.to_string()).unwrap_or_default();
        let start = format!(
            "{},{},{count},",
            own["code"].as_str().unwrap_or_default(),
            own["name"].as_str().unwrap()
        );
        assert!(line.starts_with(&start), "{line} is not {start}");
    }
    assert!(lines[codes.len() + 2].starts_with(",Toàn tỉnh,84,"), "{}", lines[codes.len() + 2]);
    let all = [&told["total"]].into_iter().chain(told["communes"].as_array().unwrap());
    let figures = all.flat_map(|own| [&own["count"], &own["sums"]["heads"], &own["sums"]["pond_ha"]]);
    let withheld = figures.filter(|figure| figure.is_null()).count();
    for (language, words) in [
        ("vi", ["Theo xã: Trang trại", "không công bố", "Số con", "Không thuộc xã nào"]),
        ("en", ["By commune: Farms", "withheld", "Head count", "In no commune"]),
    ] {
        let page = site.get(&format!("/aggregates/farm?f=html&lang={language}")).await;
        assert_eq!(page.status, 200);
        for word in words {
            assert!(page.text().contains(word), "{language}: no {word}");
        }
        assert_eq!(page.text().matches(&format!("<i>{}</i>", words[1])).count(), withheld, "{language}");
        assert!(
            site.get(&format!("/aggregates?f=html&lang={language}"))
                .await
                .text()
                .contains(words[0].split(": ").nth(1).unwrap())
        );
    }
}

#[tokio::test]
async fn figures_take_no_condition() {
    let (site, codes) = province(AccessClass::Restricted, AccessClass::Open).await;
    let commune = format!("commune:{}@2025-07-01", codes[0]);
    for asked in [
        "bbox=106,10,107,11",
        &format!("area={commune}"),
        "area=circle:106.4,10.6,500",
        "datetime=2026-01-01",
        "as_of=2026-01-01",
        "filter=heads%3E50",
        "heads=7",
        "group=old_commune_code",
        "limit=1",
        "properties=heads",
        &format!("commune={}", codes[0]),
    ] {
        let detail = site.get(&format!("/aggregates/farm?{asked}")).await.problem(400);
        assert!(detail.contains("allowed: f, lang"), "{detail}");
    }
    site.get("/aggregates/farm?f=xlsx").await.problem(400);
    let document = serde_json::json!({ "area": commune }).to_string();
    site.post("/aggregates/farm", "application/json", document).await.problem(405);
    site.get("/aggregates/no_such_one").await.problem(404);
}

#[tokio::test]
async fn what_anyone_sees_does_not_give_away_the_few_that_he_does_not() {
    let codes = communes();
    let mut rows: String =
        (2..8).map(|i| farms(codes[i], "restricted", 9, 7) + &farms(codes[i], "", 4, 7)).collect();
    rows += &(farms(codes[0], "", 20, 7) + &farms(codes[0], "restricted", 1, 7777));
    rows += &(farms(codes[1], "", 20, 7) + &farms(codes[1], "shared", 9, 7) + &farms(codes[1], "mật", 2, 7));
    rows += &farms(codes[9], "", 3, 7);
    for class in [AccessClass::Open, AccessClass::Shared] {
        let site = site(AccessClass::Open, &rows, class).await;
        let told = site.json("/aggregates/farm").await;
        assert!(group(&told, Some(codes[0]))["count"].is_null(), "21 less 20 is one");
        assert!(group(&told, Some(codes[0]))["sums"]["heads"].is_null());
        assert!(group(&told, Some(codes[1]))["count"].is_null(), "31 less the 29 that agencies see are two");
        assert_eq!(group(&told, Some(codes[9]))["count"], 3, "these anyone sees");
        assert_eq!(told["total"]["count"], 6 * 13 + 21 + 31 + 3);
    }
}

#[tokio::test]
async fn the_description_of_the_api_tells_of_figures_and_how_they_come() {
    let (site, _) = province(AccessClass::Restricted, AccessClass::Open).await;
    let api = site.json("/api").await;
    assert!(api["paths"]["/collections/farm"].is_null());
    let own = &api["paths"]["/aggregates/farm"]["get"];
    let mut kinds: Vec<_> = own["responses"]["200"]["content"].as_object().unwrap().keys().collect();
    kinds.sort();
    assert_eq!(kinds, ["application/json", "text/csv", "text/html"]);
    assert!(api["paths"]["/aggregates"]["get"].is_object());
}
