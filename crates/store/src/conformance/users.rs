//! Conformance of [`Users`](crate::Users).

use super::Subject;
use vireo_domain::{Language, User, UserId};

fn user(name: &str) -> User {
    User {
        id: UserId::new(name).expect("a valid id"),
        name: Some(format!("{name} 小明 \"Ann\"")),
        language: Some(Language::chinese()),
        labels: vec!["age:25-34".to_owned(), "学生".to_owned()],
        simulated: true,
    }
}

/// New ones are counted, known ones replaced.
pub async fn adding_replacing_counting_users(store: impl Subject) {
    assert_eq!(store.put_users(&[]).await.expect("nothing to put"), 0);
    assert_eq!(store.put_users(&[user("a"), user("用户"), user("a")]).await.expect("put"), 2);
    let plain =
        User { name: None, language: None, labels: Vec::new(), simulated: false, ..user("a") };
    assert_eq!(store.put_users(&[plain.clone(), user("c")]).await.expect("put"), 1);
    assert_eq!(store.user(&plain.id).await.expect("read"), Some(plain));
    assert_eq!(store.user(&user("用户").id).await.expect("read"), Some(user("用户")));
    assert_eq!(store.user(&user("nobody").id).await.expect("read"), None);
    assert_eq!(store.user_count().await.expect("count"), 3);
}

/// Pages join without gap or overlap.
pub async fn users_in_order_of_id(store: impl Subject) {
    let names: Vec<String> = (0..4_100).map(|n| format!("u{n:04}")).collect();
    let users: Vec<User> = names.iter().rev().map(|name| user(name)).collect();
    assert_eq!(store.put_users(&users).await.expect("put"), 4_100);
    let first = store.users(None, 4_000).await.expect("page");
    let rest = store.users(first.last().map(|user| &user.id), 4_000).await.expect("page");
    assert_eq!((first.len(), rest.len()), (4_000, 100));
    assert!(first.iter().chain(&rest).map(|user| user.id.as_str()).eq(names.iter()));
}
