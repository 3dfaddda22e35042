//! What answers forbid a browser, and by which name the log tells of a request.

use crate::support::served::Served;
use diaban::layer::AccessClass;

const PAGES: [&str; 4] =
    ["/?f=html", "/collections?f=html", "/collections/well/items?f=html", "/search?q=a&f=html"];
const DATA: [&str; 5] = ["/?f=json", "/collections/well/items", "/collections/none", "/nowhere", "/metrics"];

#[tokio::test]
async fn a_page_runs_nothing_of_anybody_else_and_stands_in_nobody_elses_frame() {
    let site = Served::to(AccessClass::Open).await;
    let browser = [("accept", "text/html,*/*;q=0.8")];
    let map = site.get_with("/", &browser).await;
    assert_eq!(map.header("content-type"), Some("text/html; charset=utf-8"));
    let mut policies = vec![map.header("content-security-policy").unwrap().to_owned()];
    for path in PAGES {
        let page = site.get(path).await;
        assert!(page.header("content-type").unwrap().starts_with("text/html"), "{path}");
        assert_eq!(page.header("x-frame-options"), Some("SAMEORIGIN"), "{path}");
        assert_eq!(page.header("referrer-policy"), Some("same-origin"), "{path}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(page.header("permissions-policy").unwrap().contains("geolocation=()"), "{path}");
        policies.push(page.header("content-security-policy").unwrap().to_owned());
    }
    for policy in &policies {
        let rules: Vec<&str> = policy.split("; ").collect();
        for rule in
            ["default-src 'self'", "script-src 'self'", "worker-src 'self' blob:", "frame-ancestors 'self'"]
        {
            assert!(rules.contains(&rule), "{rule} in {policy}");
        }
        assert!(!policy.contains("unsafe-eval") && !policy.contains("http:"), "{policy}");
    }
    // The map page is tried in a browser under the policy of the server that stands in for this one.
    let stand_in = include_str!("../web/test/mock_server.mjs");
    let (_, after) = stand_in.split_once("const POLICY =").unwrap();
    let (text, _) = after.split_once(";\n\n").unwrap();
    let spoken: String = text.split('"').skip(1).step_by(2).collect();
    assert!(policies.iter().all(|policy| *policy == spoken), "{spoken}");
}

#[tokio::test]
async fn data_are_never_run_and_tiles_carry_no_more_than_they_need() {
    let site = Served::to(AccessClass::Open).await;
    for path in DATA {
        let answer = site.get(path).await;
        assert_eq!(
            answer.header("content-security-policy"),
            Some("default-src 'none'; frame-ancestors 'none'"),
            "{path}"
        );
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    let tile = site.get("/tiles/well/0/0/0").await;
    assert_eq!((tile.status, tile.header("x-content-type-options")), (200, Some("nosniff")));
    assert_eq!(tile.header("content-security-policy"), None);
}

#[tokio::test]
async fn each_request_has_a_name_that_the_log_knows() {
    let site = Served::to(AccessClass::Open).await;
    let name = async |headers: &[(&str, &str)]| {
        let answer = site.get_with("/collections/none", headers).await;
        assert_eq!(answer.status, 404);
        answer.header("diaban-request-id").unwrap().to_owned()
    };
    let (first, second) = (name(&[]).await, name(&[]).await);
    assert!(first != second && !first.is_empty(), "{first} {second}");
    assert_eq!(name(&[("x-request-id", "proxy-17.a")]).await, "proxy-17.a");
    let forged = name(&[("x-request-id", "a level=ERROR all is lost")]).await;
    assert!(!forged.contains("lost"), "{forged}");
}
