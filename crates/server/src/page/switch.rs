//! Who is at the page, and in which language it speaks: two small forms.

use super::frame::{Frame, LANGUAGE_COOKIE};
use super::strings::Strings;
use super::viewers::{new_viewer, remember};
use crate::error::Problem;
use crate::serve::Site;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use vireo_domain::UserId;

/// Another viewer.
#[derive(Debug, Deserialize)]
pub(crate) struct Viewer {
    /// Their id; empty: somebody new.
    viewer: String,
}

/// Becomes another viewer: somebody new, a simulated one, or, where everybody
/// may do everything, anybody.
pub(crate) async fn viewer(
    State(site): State<Site>,
    Form(asked): Form<Viewer>,
) -> Result<Response, Problem> {
    let viewer = match asked.viewer.trim() {
        "" => new_viewer(),
        id => UserId::new(id)?,
    };
    let simulated = site.viewers.simulated(&site.app).await;
    let allowed = asked.viewer.trim().is_empty()
        || site.access.is_open()
        || simulated.iter().any(|user| user.id == viewer);
    if !allowed {
        let detail = "only simulated viewers can be chosen on this server";
        return Err(Problem::new(axum::http::StatusCode::FORBIDDEN, detail));
    }
    let cookie = [(header::SET_COOKIE, remember(&site, &viewer))];
    Ok((cookie, Redirect::to("/")).into_response())
}

/// A name for somebody who does something for the first time, such as a like;
/// the cookie of the answer keeps it.
pub(crate) async fn begin(frame: Frame) -> Json<Value> {
    Json(json!({ "viewer": frame.viewer }))
}

/// Another language.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    language: String,
    /// The page to come back to.
    #[serde(default)]
    back: String,
}

/// Speaks another language from now on.
pub(crate) async fn language(Form(asked): Form<Choice>) -> Result<Response, Problem> {
    let unknown = || Problem::bad_request("language: use en or zh");
    let words = Strings::of(&asked.language).ok_or_else(unknown)?;
    let code = words.code;
    let cookie = format!("{LANGUAGE_COOKIE}={code}; Path=/; Max-Age=31536000; SameSite=Lax");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(local(&asked.back))).into_response())
}

/// An address on this server; anything else leads to the feed.
fn local(address: &str) -> &str {
    let path = address.strip_prefix('/').is_some_and(|rest| !rest.starts_with(['/', '\\']));
    if path && address.bytes().all(|byte| byte.is_ascii_graphic()) { address } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn never_leads_away() {
        assert_eq!(local("/search?q=a%20b"), "/search?q=a%20b");
        for bad in ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\r\nb: c"] {
            assert_eq!(local(bad), "/", "{bad}");
        }
    }
}
