//! What was asked is on record wherever it stands in a request, and nothing that says nothing hides it.

use super::on_record::Keeping;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_get_asks_in_its_body_is_on_record() {
    let keeping = Keeping::open().await;
    let key = keeping.office.keys["wells"].clone();
    let headers = [("x-api-key", key.as_str()), ("content-type", "application/json")];
    let body = r#"{"area": "circle:106.41,11.01,500"}"#;
    for path in ["/collections/well/statistics", "/report"] {
        let answer = keeping.office.served.send("GET", path, &headers, body.into()).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let told = keeping.answers().pop().unwrap();
        assert_eq!(told.question, format!("GET {path}"));
        assert_eq!(told.body.and_then(|heard| heard.text).as_deref(), Some(body), "{path}");
    }
    keeping.get(Some("wells"), "/collections/well/items?limit=1").await;
    assert_eq!(keeping.answers().pop().unwrap().body, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn white_space_pushes_no_question_out_of_the_record() {
    let keeping = Keeping::open().await;
    let path = format!("/collections/well/items?filter=depth{}%3E18", "%20+".repeat(1000));
    assert_eq!(keeping.get(Some("wells"), &path).await.status, 200);
    let told = keeping.answers().pop().unwrap();
    assert_eq!(
        (told.question.as_str(), told.features),
        ("GET /collections/well/items?filter=depth%20%3E18", Some(4))
    );
    assert_eq!(told.address.map(|whole| (whole.bytes, whole.sha256.len())), Some((path.len() as u64, 64)));
    let key = keeping.office.keys["wells"].clone();
    let headers = [("x-api-key", key.as_str()), ("content-type", "application/json")];
    let body = format!("{{{}\"filter\": \"depth > 18\"}}", " \n".repeat(4000));
    keeping.office.served.send("POST", "/collections/well/search", &headers, body.clone().into()).await;
    let heard = keeping.answers().pop().unwrap().body.unwrap();
    assert_eq!(
        (heard.bytes, heard.text.as_deref()),
        (body.len() as u64, Some("{ \"filter\": \"depth > 18\"}"))
    );
}
