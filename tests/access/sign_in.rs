//! Signing in from the map page: which providers it is told of, and whom a page may ask for it.

use super::{GRANTS, Office, catalog, granted};
use serde_json::json;

/// Two issuers at which people sign in from the page, and one whose tokens only programs bring.
const PROVIDERS: &str = r#"
    [[provider]]
    issuer = "https://sso.example.vn/realms/tinh"
    audience = "diaban"
    agency = "wells"
    client_id = "diaban-map"

    [[provider]]
    issuer = "https://login.example.org:8443"
    audience = "diaban-org"
    agency = "cables"
    client_id = "map"

    [[provider]]
    issuer = "https://programs.example.vn"
    audience = "diaban"
    agency = "sharer"
"#;

#[tokio::test]
async fn a_page_may_ask_the_issuers_where_people_sign_in_and_nobody_else() {
    let office = Office::open().await;
    let policy = async |path: &str| {
        let page = office.get(None, path, &[("accept", "text/html")]).await;
        let policy = page.header("content-security-policy").unwrap().to_owned();
        policy.split("; ").find(|rule| rule.starts_with("connect-src")).unwrap().to_owned()
    };
    assert_eq!(office.get(None, "/sign-in", &[]).await.json(), json!({ "providers": [] }));
    assert_eq!(policy("/").await, "connect-src 'self'");

    let grants = granted(&format!("{GRANTS}{PROVIDERS}"), &office.site.catalog).unwrap();
    office.site.callers.grant(grants);
    let told = office.get(None, "/sign-in", &[]).await;
    assert_eq!(
        told.json(),
        json!({ "providers": [
            { "issuer": "https://sso.example.vn/realms/tinh", "client_id": "diaban-map", "audience": "diaban" },
            { "issuer": "https://login.example.org:8443", "client_id": "map", "audience": "diaban-org" },
        ] })
    );
    assert_eq!(told.header("cache-control"), Some("no-cache"));
    for path in ["/", "/collections?f=html"] {
        let may_ask = policy(path).await;
        assert_eq!(
            may_ask, "connect-src 'self' https://login.example.org:8443 https://sso.example.vn",
            "{path}"
        );
    }

    office.site.callers.grant(granted(GRANTS, &office.site.catalog).unwrap());
    assert_eq!(policy("/").await, "connect-src 'self'", "a provider that has gone is asked no more");
}

#[test]
fn people_sign_in_only_where_an_answer_can_be_believed() {
    let text = |issuer: &str, client_id: &str| {
        format!(
            "[[provider]]\nissuer = \"{issuer}\"\naudience = \"diaban\"\nagency = \"wells\"\njwks = \"keys.json\"\n\
             client_id = \"{client_id}\"\n"
        )
    };
    let catalog = catalog();
    assert!(granted(&text("https://sso.example.vn", "map"), &catalog).is_ok());
    assert!(granted(&text("http://127.0.0.1:9000/realms/tinh", "map"), &catalog).is_ok());
    let refused = granted(&text("http://sso.example.vn", "map"), &catalog).unwrap_err();
    assert!(refused.contains("client_id") || refused.contains("the map page asks the issuer"), "{refused}");
    assert!(granted(&text("https://sso.example.vn", " "), &catalog).unwrap_err().contains("empty"));
    // Nothing that a policy could be widened by stands in an issuer.
    let wide = granted(&text("https://sso.example.vn; script-src *", "map"), &catalog);
    assert!(wide.is_err());
}
