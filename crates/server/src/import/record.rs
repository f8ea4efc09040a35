//! From objects to records, checked.

use super::fields::{FEEDBACK, USER, VIDEO};
use super::format::Source;
use super::{Object, Rejected, What};
use anyhow::Result;
use serde_json::Value;
use std::collections::HashMap;
use vireo_domain::{Feedback, FeedbackId, FeedbackKind, Timestamp, User, UserId, Video, VideoId};

/// Actions from later than this many seconds from now are refused: a wrong
/// clock or a wrong unit would rule over popularity for ever.
const FUTURE_SECONDS: i64 = 24 * 3600;

/// Largest value of an action that is no rating and no watched fraction.
const LARGEST_VALUE: f64 = 1e9;

/// What is said of an action that does not say when it happened.
const NO_MOMENT: &str = "`at` is missing: say when it happened, such as \
    \"at\": \"2026-01-31T12:00:00Z\" or seconds since 1970; or give the action an `id` of its \
    own, and it counts as of now";

/// Longest video, in seconds (a year).
const LONGEST_VIDEO: f64 = 366.0 * 86400.0;

/// The good records of a file, and what was wrong with the others.
pub(super) struct Records {
    pub(super) source: Source,
    pub(super) read: u64,
    pub(super) rejected: u64,
    pub(super) rejections: Vec<Rejected>,
    /// Videos and people, by line; what they leave out may be known already.
    pub(super) objects: Vec<(u64, Object)>,
    /// Actions.
    pub(super) feedback: Vec<Feedback>,
}

/// Reads and checks a whole file.
pub(super) fn read(source: Source, now: Timestamp) -> Result<Records> {
    let lines = source.lines()?;
    let mut records = Records {
        source,
        read: 0,
        rejected: 0,
        rejections: Vec::new(),
        objects: Vec::new(),
        feedback: Vec::new(),
    };
    let mut first_lines = HashMap::new();
    for (line, object) in lines {
        records.read += 1;
        if let Err(reason) =
            object.and_then(|object| records.take(line, object, now, &mut first_lines))
        {
            records.rejected += 1;
            if records.rejections.len() < super::NAMED {
                let file = super::file_name(&records.source);
                records.rejections.push(Rejected { file, line, reason });
            }
        }
    }
    Ok(records)
}

impl Records {
    fn take(
        &mut self,
        line: u64,
        object: Object,
        now: Timestamp,
        first_lines: &mut HashMap<String, u64>,
    ) -> Result<(), String> {
        let object = match self.source.what {
            What::Feedback => {
                self.feedback.push(feedback(&FEEDBACK.check(object)?, now)?);
                return Ok(());
            }
            What::Users => {
                let object = USER.check(object)?;
                user(&object)?;
                object
            }
            What::Videos => {
                let object = VIDEO.check(object)?;
                VideoId::new(text(&object, "id")).map_err(|error| error.to_string())?;
                video(&object, None, now)?;
                object
            }
        };
        let id = text(&object, "id").to_owned();
        if let Some(first) = first_lines.get(&id) {
            return Err(format!("{id} was on line {first} already"));
        }
        first_lines.insert(id, line);
        self.objects.push((line, object));
        Ok(())
    }
}

fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The id of a checked video.
pub(super) fn video_id(object: &Object) -> VideoId {
    VideoId::new(text(object, "id")).expect("was checked")
}

/// A video of a checked object. What the object leaves out stays as in
/// `existing`, so that importing metadata again doesn't forget the file, the
/// admin's veto or the day of arrival.
pub(super) fn video(
    object: &Object,
    existing: Option<&Video>,
    now: Timestamp,
) -> Result<Video, String> {
    if text(object, "title").is_empty() {
        return Err("`title` is empty".to_owned());
    }
    let seconds = object.get("duration_seconds").and_then(Value::as_f64).unwrap_or(0.0);
    if !(0.0..=LONGEST_VIDEO).contains(&seconds) {
        return Err(format!("`duration_seconds` is {seconds}"));
    }
    let mut whole = match existing {
        Some(existing) => serde_json::to_value(existing).map_err(|error| error.to_string())?,
        None => serde_json::json!({ "added_at": now }),
    };
    if let Value::Object(whole) = &mut whole {
        whole.extend(object.clone());
    }
    serde_json::from_value(whole).map_err(|error| error.to_string())
}

/// A person of a checked object.
pub(super) fn user(object: &Object) -> Result<User, String> {
    serde_json::from_value(Value::Object(object.clone())).map_err(|error| error.to_string())
}

fn feedback(object: &Object, now: Timestamp) -> Result<Feedback, String> {
    let user = UserId::new(text(object, "user")).map_err(|error| error.to_string())?;
    let video = VideoId::new(text(object, "video")).map_err(|error| error.to_string())?;
    let name = text(object, "kind").to_ascii_lowercase();
    let kind = FeedbackKind::from_name(&name).ok_or_else(|| {
        let names = FeedbackKind::ALL.map(FeedbackKind::name).join(", ");
        let short: String = name.chars().take(40).collect();
        format!("there is no kind `{short}`; there are {names}")
    })?;
    let value = object.get("value").and_then(Value::as_f64);
    check_value(kind, value)?;
    // Without a time nor a name of its own, an action would count once more each
    // time the file is imported.
    let at: Timestamp = match text(object, "at") {
        "" if object.contains_key("id") => now,
        "" => return Err(NO_MOMENT.to_owned()),
        at => at.parse().map_err(|error| format!("`at`: {error}"))?,
    };
    if at.as_second() > now.as_second() + FUTURE_SECONDS {
        return Err(format!("`at` is in the future ({at})"));
    }
    let id = match object.get("id").and_then(Value::as_str) {
        Some(id) => FeedbackId::new(id).map_err(|error| error.to_string())?,
        None => Feedback::natural_id(&user, &video, kind, value, at),
    };
    Ok(Feedback { id, user, video, kind, value, at })
}

fn check_value(kind: FeedbackKind, value: Option<f64>) -> Result<(), String> {
    let (range, words) = match kind {
        FeedbackKind::Rating => (0.0..=5.0, "a rating is 0 to 5"),
        FeedbackKind::Watch => (0.0..=1.0, "what was watched is a fraction, 0 to 1"),
        _ => (-LARGEST_VALUE..=LARGEST_VALUE, "it is too large"),
    };
    match value {
        Some(value) if !range.contains(&value) => Err(format!("`value` is {value}: {words}")),
        None if matches!(kind, FeedbackKind::Rating | FeedbackKind::Watch) => {
            Err(format!("`value` is missing: {words}"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn action(object: Value) -> Result<Feedback, String> {
        let Value::Object(object) = object else { panic!("give an object") };
        feedback(&FEEDBACK.check(object)?, "2026-01-01T00:00:00Z".parse().expect("a time"))
    }

    #[test]
    fn actions_are_checked() {
        let good =
            json!({"user": 1, "video": "v", "kind": "Rating", "value": 4, "at": 874_724_710});
        assert_eq!(action(good.clone()).expect("good").value, Some(4.0));
        for (field, value) in [
            ("value", json!(7)),
            ("value", json!(null)),
            ("at", json!("2026-01-03T00:00:00Z")),
            ("at", json!("")),
            ("kind", json!("loved")),
            ("user", json!("")),
            ("video", json!("a\u{0}b")),
            ("id", json!("x".repeat(300))),
        ] {
            let mut bad = good.clone();
            bad[field] = value;
            assert!(action(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn who_says_not_when_says_which() {
        let undated = json!({"user": "u", "video": "v", "kind": "like"});
        let refused = action(undated.clone()).expect_err("would count twice");
        assert!(refused.starts_with("`at` is missing"), "{refused}");
        let mut named = undated;
        named["id"] = json!("like-1");
        assert_eq!(action(named).expect("good").at.to_string(), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_left_out_stays() {
        let now = Timestamp::UNIX_EPOCH;
        let mut existing = Video::new(VideoId::new("v").expect("id"), "old", now);
        existing.hidden = true;
        let object = json!({"id": "v", "title": "new"}).as_object().cloned().expect("object");
        let video = video(&object, Some(&existing), Timestamp::now()).expect("good");
        assert_eq!((video.title.as_str(), video.hidden, video.added_at), ("new", true, now));
    }
}
