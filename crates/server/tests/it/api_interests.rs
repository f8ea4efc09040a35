//! `/api/v1/users/{user}/interests` and `…/picks`.

use crate::site::Site;
use axum::http::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn a_sentence_makes_an_interest_that_can_be_tuned_and_taken_back() {
    let site = Site::new().await;
    let path = "/api/v1/users/guest-new/interests";
    assert_eq!(site.get(path).await.value()["interests"], json!([]));
    let said = site.json(Method::POST, path, &json!({"text": "国际象棋 chess endgames"})).await;
    assert_eq!(said.status, StatusCode::OK, "{}", said.text());
    let said = said.value();
    let interest = &said["interests"][0];
    assert_eq!(interest["origin"], "said");
    assert_eq!(interest["name"], "国际象棋 chess endgames");
    let key = interest["key"].as_str().expect("a key").to_owned();
    let one = format!("{path}/{key}");
    let tuned = site.json(Method::PATCH, &one, &json!({"boost": 2.0})).await.value();
    assert_eq!(tuned["interests"][0]["boost"], 2.0);
    let gone = site.json(Method::DELETE, &one, &json!(null)).await.value();
    assert_eq!(gone["interests"], json!([]));
}

#[tokio::test]
async fn picks_start_a_new_person() {
    let site = Site::new().await;
    let path = "/api/v1/users/guest-two/picks";
    let picked = site.json(Method::POST, path, &json!({"videos": ["chess-1", "chess-2"]})).await;
    assert_eq!(picked.status, StatusCode::OK, "{}", picked.text());
    assert!(!picked.value()["interests"].as_array().expect("interests").is_empty());
    site.json(Method::POST, path, &json!({"videos": []})).await.problem(400);
    site.json(Method::POST, path, &json!({"videos": ["nowhere"]})).await.problem(404);
}

#[tokio::test]
async fn bad_corrections_are_refused() {
    let site = Site::new().await;
    let path = "/api/v1/users/maria/interests";
    site.json(Method::POST, path, &json!({"text": " "})).await.problem(400);
    site.json(Method::POST, path, &json!({"text": "x".repeat(301)})).await.problem(400);
    for boost in [json!(-1), json!(5), json!(1e300)] {
        let one = format!("{path}/topic-1");
        site.json(Method::PATCH, &one, &json!({"boost": boost})).await.problem(400);
    }
    site.json(Method::PATCH, &format!("{path}/no-such"), &json!({"boost": 1})).await.problem(404);
    site.json(Method::DELETE, &format!("{path}/no-such"), &json!(null)).await.problem(404);
}
