//! gorse's bulk files: JSON lines with its PascalCase names
//! (<https://gorse.io/docs/api/restful-api.html>).

use super::{Object, What};
use serde_json::{Value, json};

/// An object of gorse in Vireo's own shape.
pub(super) fn translate(what: What, mut object: Object) -> Result<Object, String> {
    let mut take = |name: &str| object.remove(name).filter(|value| !is_empty(value));
    let translated = match what {
        What::Users => json!({
            "id": take("UserId"),
            "name": take("Comment"),
            "labels": take("Labels").map(|labels| words(&labels)),
        }),
        What::Videos => {
            let id = take("ItemId");
            let categories = take("Categories").map(|names| words(&names)).unwrap_or_default();
            let mut tags = categories.clone();
            tags.extend(take("Labels").map(|labels| words(&labels)).unwrap_or_default());
            tags.dedup();
            json!({
                // gorse has no titles; the comment is where people put them.
                "title": take("Comment").or_else(|| id.clone()),
                "id": id,
                "category": categories.first(),
                "tags": tags,
                "published_at": take("Timestamp"),
                "hidden": take("IsHidden"),
            })
        }
        What::Feedback => {
            let kind = take("FeedbackType").unwrap_or_default();
            let kind = kind.as_str().unwrap_or_default();
            let value = take("Value").and_then(|value| value.as_f64());
            let (kind, value) = action(kind, value)?;
            json!({
                "user": take("UserId"),
                "video": take("ItemId"),
                "kind": kind,
                "value": value,
                "at": take("Timestamp"),
            })
        }
    };
    let Value::Object(mut translated) = translated else { return Err("not an object".to_owned()) };
    translated.retain(|_, value| !value.is_null());
    Ok(translated)
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// gorse's labels are any JSON: all the words in it.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.trim().to_owned()],
        Value::Array(values) => values.iter().flat_map(words).collect(),
        Value::Object(fields) => fields.values().flat_map(words).collect(),
        Value::Number(_) | Value::Bool(_) | Value::Null => Vec::new(),
    }
}

/// gorse's types of feedback are the app's own words; these are the ones its
/// documentation and examples use. Something that was "read" there counts as
/// seen and does not come back, which for us is half a watch.
fn action(kind: &str, value: Option<f64>) -> Result<(&'static str, Option<f64>), String> {
    let fraction = value.filter(|value| *value > 0.0 && *value <= 1.0);
    Ok(match kind.to_ascii_lowercase().as_str() {
        "impression" | "expose" | "exposure" => ("impression", None),
        "click" | "open" | "view" | "play" | "start" => ("start", None),
        "read" | "watch" => ("watch", Some(fraction.unwrap_or(0.5))),
        "finish" | "complete" | "completed" => ("finish", None),
        "like" | "star" | "favorite" | "favourite" | "love" | "upvote" | "heart" | "collect"
        | "bookmark" | "save" => ("like", None),
        "dislike" | "downvote" => ("dislike", None),
        "hide" | "block" => ("hide", None),
        "share" | "repost" | "forward" | "fork" => ("share", None),
        "comment" | "reply" => ("comment", None),
        "skip" => ("skip", None),
        "rating" | "rate" | "score" => ("rating", value),
        other => {
            let short: String = other.chars().take(40).collect();
            return Err(format!("`FeedbackType` {short} has no counterpart here"));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(what: What, object: Value) -> Result<Value, String> {
        let Value::Object(object) = object else { panic!("give an object") };
        translate(what, object).map(Value::Object)
    }

    #[test]
    fn items_users_and_feedback() {
        let item = json!({"ItemId": "i1", "IsHidden": true, "Categories": ["film"],
            "Timestamp": "2020-01-01T00:00:00Z", "Labels": {"genre": ["drama"], "year": 1999},
            "Comment": "Toy Story"});
        assert_eq!(
            of(What::Videos, item),
            Ok(json!({"title": "Toy Story", "id": "i1", "category": "film",
                "tags": ["film", "drama"], "published_at": "2020-01-01T00:00:00Z", "hidden": true}))
        );
        let user = json!({"UserId": "u1", "Labels": ["a"], "Comment": ""});
        assert_eq!(of(What::Users, user), Ok(json!({"id": "u1", "labels": ["a"]})));
        let star = json!({"FeedbackType": "star", "UserId": "u1", "ItemId": "i1", "Value": 0,
            "Timestamp": "2020-01-01T00:00:00Z", "Comment": ""});
        assert_eq!(
            of(What::Feedback, star),
            Ok(json!({"user": "u1", "video": "i1", "kind": "like", "at": "2020-01-01T00:00:00Z"}))
        );
        assert!(of(What::Feedback, json!({"FeedbackType": "zap"})).is_err());
    }
}
