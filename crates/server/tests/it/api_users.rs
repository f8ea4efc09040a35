//! `/api/v1/users`.

use crate::site::Site;
use axum::http::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn people_can_be_put_and_listed() {
    let site = Site::new().await;
    let body = json!({"name": "王芳", "language": "zh-CN", "labels": ["teacher"]});
    let created = site.json(Method::PUT, "/api/v1/users/%E7%8E%8B", &body).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    let again = site.json(Method::PUT, "/api/v1/users/%E7%8E%8B", &body).await;
    assert_eq!(again.status, StatusCode::OK);
    let read = site.get("/api/v1/users/%E7%8E%8B").await.value();
    assert_eq!(read["id"], "王");
    assert_eq!(read["language"], "zh");
    assert_eq!(read["simulated"], false);
    let all = site.get("/api/v1/users").await.value();
    assert_eq!(all["total"], 4);
    assert_eq!(all["users"][0]["simulated"], true);
    site.get("/api/v1/users/nobody").await.problem(404);
}
