//! What nobody on the way may do with an answer.

use super::{SETTINGS, send};
use crate::support::daemon::Home;

#[tokio::test]
async fn answers_to_programs_are_kept_by_nobody_and_are_what_they_say() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let key = format!("Bearer {}", home.api_key);
    for (method, path) in [
        ("GET", "/api/v1/companies"),
        ("GET", "/api/v1/companies/company_99"),
        ("DELETE", "/api/v1/companies"),
        ("GET", "/api/v1/openapi.json"),
        ("GET", "/api/v1/nothing"),
        ("POST", "/eventTellicon"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
    ] {
        let answer = send(method, &format!("{}{path}", daemon.base), &[("authorization", &key)], "").await;
        assert_eq!(answer.header("cache-control"), "no-store", "{method} {path}: {}", answer.status);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{method} {path}: {}", answer.status);
    }
    daemon.stop().await;
}
