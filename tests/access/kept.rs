//! What may keep an answer between the server and who asked: nothing, where the answer holds what is not open.

use crate::support::served::Served;
use diaban::layer::AccessClass;

#[tokio::test]
async fn what_is_not_open_is_kept_by_nobody_between_also_where_anyone_may_ask() {
    for (class, is_private) in [(AccessClass::Open, false), (AccessClass::Restricted, true)] {
        let served = Served::to(class).await;
        for (path, is_guarded) in [
            ("/collections/well/items", true),
            ("/collections/well/statistics", true),
            ("/search?q=W01", true),
            ("/tiles/well/0/0/0", true),
            ("/tiles/well,road/8/203/120", true),
            ("/collections/well/tiles/WebMercatorQuad/0/0/0", true),
            ("/collections/road/items", false),
            ("/tiles/road/8/203/120", false),
            ("/health/live", false),
        ] {
            let answer = served.get(path).await;
            assert!([200, 204].contains(&answer.status), "{path}: {}", answer.text());
            let kept = answer.headers("cache-control");
            assert_eq!(kept.starts_with("private"), is_private && is_guarded, "{class:?} {path}: {kept}");
        }
    }
}
