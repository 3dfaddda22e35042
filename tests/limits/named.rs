//! Layers that are named again and again are asked once, and no more are named than anybody needs.

use super::{ANNA, asked, get};
use crate::support::served::Served;
use diaban::layer::AccessClass;
use serde_json::Value as Json;

/// An answer without what differs from one to the next.
fn told(mut answer: Json) -> Json {
    for member in ["links", "made_at", "data_as_of"] {
        answer.as_object_mut().unwrap().remove(member);
    }
    answer
}

#[tokio::test]
async fn a_layer_that_is_named_thousands_of_times_is_asked_once_or_not_at_all() {
    let served = Served::to(AccessClass::Open).await;
    let names = |times: usize| vec!["well"; times].join(",");
    for path in ["/search?q=W01&layers=", "/at?point=106.41,11.01&layers=", "/quality?layers="] {
        let of = async |times| get(&served.router, &format!("{path}{}", names(times)), ANNA).await;
        let (once, often) = (of(1).await, of(400).await);
        assert_eq!((once.status, often.status), (200, 200), "{path}: {}", often.text());
        assert_eq!(told(often.json()), told(once.json()), "{path}");
        assert!(of(5000).await.problem(400).contains("at most 500"), "{path}");
    }
    let body = |times: usize| {
        let list = serde_json::json!({ "area": "bbox:106,10.9,107,11.9", "layers": vec!["well"; times] });
        &*list.to_string().leak()
    };
    let report = async |times| asked(served.router.clone(), "POST", "/report", ANNA, body(times)).await;
    let (once, often) = (report(1).await, report(400).await);
    assert_eq!(told(often.json()), told(once.json()));
    assert!(report(200_000).await.problem(400).contains("at most 500"));
}
