//! Conformance of [`Documents`](crate::Documents).

use super::Subject;
use serde_json::json;
use tokio::task::JoinSet;

/// One value for each kind and key.
pub async fn putting_replacing_removing(store: impl Subject) {
    assert_eq!(store.document("boost", "小明").await.expect("read"), None);
    let value = json!({ "z": 1, "a": [true, null, "引号 \" 'x'"], "n": -1.5 });
    store.put_document("boost", "小明", &value).await.expect("put");
    store.put_document("other", "小明", &json!(2)).await.expect("put");
    assert_eq!(store.document("boost", "小明").await.expect("read"), Some(value));
    store.put_document("boost", "小明", &json!(null)).await.expect("replace");
    assert_eq!(store.document("boost", "小明").await.expect("read"), Some(json!(null)));
    assert!(store.remove_document("boost", "小明").await.expect("remove"));
    assert!(!store.remove_document("boost", "小明").await.expect("remove again"));
    assert_eq!(store.document("boost", "小明").await.expect("read"), None);
    assert_eq!(store.document("other", "小明").await.expect("read"), Some(json!(2)));
}

/// The first value stays.
pub async fn first_one_stays(store: impl Subject) {
    let put = store.document_or_put("secret", "key", &json!("first")).await;
    assert_eq!(put.expect("put"), json!("first"));
    let kept = store.document_or_put("secret", "key", &json!("second")).await;
    assert_eq!(kept.expect("kept"), json!("first"));
    assert_eq!(store.document("secret", "key").await.expect("read"), Some(json!("first")));
}

/// All who race to put the first value see the same one.
pub async fn one_winner(store: impl Subject) {
    let mut tasks = JoinSet::new();
    for n in 0..16 {
        let store = store.clone();
        tasks.spawn(async move {
            store.document_or_put("secret", "key", &json!(n)).await.expect("put")
        });
    }
    let mut seen = tasks.join_all().await;
    seen.dedup();
    assert_eq!(seen.len(), 1);
    assert_eq!(store.document("secret", "key").await.expect("read"), seen.pop());
}

/// All of one kind, in order of key.
pub async fn by_key(store: impl Subject) {
    assert!(store.documents("kind").await.expect("list").is_empty());
    for key in ["b", "é", "a", "中"] {
        store.put_document("kind", key, &json!(key)).await.expect("put");
    }
    store.put_document("kin", "x", &json!(0)).await.expect("put");
    let listed = store.documents("kind").await.expect("list");
    let expected = ["a", "b", "é", "中"].map(|key| (key.to_owned(), json!(key)));
    assert_eq!(listed, expected);
}
