//! `/api/v1/feedback`: what people do. An answer of 200 means that it is on
//! disk. Sending the same action again changes nothing: the same by its id, by
//! `Idempotency-Key`, or, when it says when it happened, by all that it says.
//! Only an action with none of the three counts each time it is sent.

use super::access::Caller;
use crate::error::{ItemProblem, Problem};
use crate::serve::Site;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use vireo_domain::{Feedback, FeedbackId, FeedbackKind, Timestamp, UserId, VideoId};

/// Most actions of one batch.
const BATCH_LIMIT: usize = 10_000;
/// Most faults of a batch that are told.
const FAULT_LIMIT: usize = 100;
/// How far a client's clock may be ahead.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_hours(24);

/// One action of one person on one video.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Action {
    /// Name of the action, any text that no other action has. Without one it is
    /// taken from `Idempotency-Key`, else made from all the rest: so a client
    /// that sends `at` may send again what it got no answer to, and one that
    /// sends neither has the action counted each time.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    id: Option<FeedbackId>,
    /// Who.
    #[schema(value_type = String)]
    user: UserId,
    /// On what.
    #[schema(value_type = String)]
    video: VideoId,
    /// `impression`, `start`, `watch`, `finish`, `like`, `dislike`, `hide`,
    /// `share`, `comment`, `skip`, `rating`, or `unhide`, which takes a `hide` back.
    #[schema(value_type = String, example = "like")]
    kind: FeedbackKind,
    /// For `watch` the fraction watched, 0 to 1 (needed); for `rating` 0 to 5
    /// (needed); for `impression` the chance of having been shown.
    #[serde(default)]
    value: Option<f64>,
    /// When, RFC 3339; now unless said.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

impl Action {
    fn check(self, fallback: Option<FeedbackId>, now: Timestamp) -> Result<Feedback, String> {
        let Self { id, user, video, kind, value, at } = self;
        let at = at.unwrap_or(now);
        if at.duration_since(now) > CLOCK_SLACK {
            return Err(format!("at is {at}, more than a day ahead of this server's clock"));
        }
        let range = match kind {
            FeedbackKind::Watch | FeedbackKind::Impression => 0.0..=1.0,
            FeedbackKind::Rating => 0.0..=5.0,
            _ => f64::MIN..=f64::MAX,
        };
        match value {
            None if matches!(kind, FeedbackKind::Watch | FeedbackKind::Rating) => {
                return Err(format!("{} needs a value", kind.name()));
            }
            Some(value) if !range.contains(&value) => {
                let (low, high) = range.into_inner();
                return Err(format!(
                    "the value of {} is {value}; use {low} to {high}",
                    kind.name()
                ));
            }
            _ => {}
        }
        let id = id.or(fallback);
        let id = id.unwrap_or_else(|| Feedback::natural_id(&user, &video, kind, value, at));
        Ok(Feedback { id, user, video, kind, value, at })
    }
}

/// What became of the actions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Recorded {
    /// Actions that were new.
    added: u64,
    /// Actions that the log had already.
    duplicates: u64,
    /// Actions on videos that the catalogue does not have (yet). They are
    /// kept; a large number tells of ids that do not match.
    unknown_videos: usize,
}

fn key_of(headers: &HeaderMap) -> Result<Option<FeedbackId>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().and_then(|key| FeedbackId::new(key).ok());
    let invalid = || Problem::bad_request("Idempotency-Key: use 1 to 200 visible ASCII characters");
    key.map(Some).ok_or_else(invalid)
}

async fn record(
    site: &Site,
    caller: &Caller,
    batch: &[Feedback],
) -> Result<Json<Recorded>, Problem> {
    for feedback in batch {
        caller.acts_for(&feedback.user)?;
    }
    let done = site.app.record(batch).await?;
    site.metrics.count_feedback(batch);
    let catalogue = site.app.snapshot();
    let unknown = batch.iter().filter(|feedback| catalogue.item(&feedback.video).is_none()).count();
    Ok(Json(Recorded { added: done.added, duplicates: done.duplicates, unknown_videos: unknown }))
}

/// Records one action.
#[utoipa::path(post, path = "/feedback", operation_id = "post_feedback", tag = "feedback", request_body = Action,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "Id of the action when its body has none: with it, sending the same action \
                       again after a lost answer changes nothing")),
    responses((status = OK, body = Recorded), (status = BAD_REQUEST, body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem), (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn post(
    State(site): State<Site>,
    caller: Caller,
    headers: HeaderMap,
    Json(action): Json<Action>,
) -> Result<Json<Recorded>, Problem> {
    let unusable = |fault| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, fault);
    let feedback = action.check(key_of(&headers)?, site.app.now()).map_err(unusable)?;
    record(&site, &caller, &[feedback]).await
}

/// Records many actions, all or none.
#[utoipa::path(post, path = "/feedback/batch", operation_id = "post_feedback_batch", tag = "feedback", request_body = Vec<Action>,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "Items without an id get this key and their place as theirs")),
    responses((status = OK, body = Recorded), (status = BAD_REQUEST, body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem, description = "Nothing was recorded; `errors` says which items are wrong"),
        (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn batch(
    State(site): State<Site>,
    caller: Caller,
    headers: HeaderMap,
    Json(items): Json<Vec<Value>>,
) -> Result<Json<Recorded>, Problem> {
    let count = items.len();
    if count > BATCH_LIMIT {
        let detail = format!("the batch has {count} items; send at most {BATCH_LIMIT} at a time");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let key = key_of(&headers)?;
    let now = site.app.now();
    let mut good = Vec::with_capacity(count);
    let mut faults = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        let checked = serde_json::from_value::<Action>(item).map_err(|error| error.to_string());
        let fallback = match &key {
            Some(key) => Some(FeedbackId::new(format!("{key}/{index}"))?),
            None => None,
        };
        match checked.and_then(|action| action.check(fallback, now)) {
            Ok(feedback) => good.push(feedback),
            Err(detail) => faults.push(ItemProblem { index, detail }),
        }
    }
    if !faults.is_empty() {
        let wrong = faults.len();
        let detail = format!("{wrong} of {count} items are wrong; nothing was recorded");
        faults.truncate(FAULT_LIMIT);
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
        return Err(Problem { errors: faults, ..problem });
    }
    record(&site, &caller, &good).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str) -> Result<Feedback, String> {
        let action: Action = serde_json::from_str(json).map_err(|error| error.to_string())?;
        action.check(None, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn values_are_held_to_their_kind() {
        assert!(check(r#"{"user":"u","video":"v","kind":"watch","value":0.5}"#).is_ok());
        for bad in [
            r#"{"user":"u","video":"v","kind":"watch"}"#,
            r#"{"user":"u","video":"v","kind":"watch","value":1.5}"#,
            r#"{"user":"u","video":"v","kind":"rating","value":-1}"#,
            r#"{"user":"","video":"v","kind":"like"}"#,
            r#"{"user":"u","video":"v","kind":"love"}"#,
            r#"{"user":"u","video":"v","kind":"like","at":"2999-01-01T00:00:00Z"}"#,
            r#"{"user":"u","video":"v","kind":"like","vlaue":1}"#,
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
