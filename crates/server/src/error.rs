//! Errors as a client sees them: problem details (RFC 9457). The one map from
//! errors to HTTP.

use crate::app::Refusal;
use axum::Json;
use axum::body::to_bytes;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::error::Error;
use utoipa::ToSchema;

/// The media type of [`Problem`].
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// Longest text of a plain error answer that is taken over as a detail.
const DETAIL_LIMIT: usize = 8 << 10;

/// What went wrong with a request (RFC 9457).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Kind of problem; `about:blank`: the status says it all.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// The status in words.
    pub(crate) title: &'static str,
    /// The HTTP status.
    #[schema(value_type = u16)]
    #[serde(serialize_with = "as_number")]
    pub(crate) status: StatusCode,
    /// What was wrong and what to do.
    pub(crate) detail: String,
    /// What was wrong with which item of a batch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<ItemProblem>,
}

/// What was wrong with one item of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct ItemProblem {
    /// Place in the batch, from 0.
    pub(crate) index: usize,
    /// What was wrong and what to do.
    pub(crate) detail: String,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde gives a reference
fn as_number<S: serde::Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}

impl Problem {
    /// Of any status.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status,
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    /// The request cannot be used.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// There is no such thing.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// There is no such video.
    pub(crate) fn no_video(id: &vireo_domain::VideoId) -> Self {
        Self::not_found(format!("there is no video {id}"))
    }

    /// Our own fault: the log has the cause, the client learns nothing of it.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "something failed inside the server; its log says what",
        )
    }

    /// Makes a problem of an error answer that is none yet: what axum's
    /// extractors, the file service and the limits answer in plain text.
    pub(crate) async fn of_plain(response: Response) -> Self {
        let status = response.status();
        let plain = response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
        let text = if plain {
            to_bytes(response.into_body(), DETAIL_LIMIT).await.unwrap_or_default()
        } else {
            axum::body::Bytes::new()
        };
        let text = String::from_utf8_lossy(&text);
        let detail = match (text.trim(), status) {
            ("", StatusCode::NOT_FOUND) => "there is nothing at this address",
            ("", StatusCode::METHOD_NOT_ALLOWED) => {
                "this address does not take this method; the Allow header lists those it takes"
            }
            ("", StatusCode::RANGE_NOT_SATISFIABLE) => "the file is shorter than the range begins",
            ("", StatusCode::SERVICE_UNAVAILABLE) => "the answer took too long; try again later",
            ("", _) => status.canonical_reason().unwrap_or("the request failed"),
            (text, _) => text,
        };
        Self::new(status, detail)
    }

    /// What an error of one of our rooms means to a client; `None`: our fault.
    fn of_cause(cause: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(error) = cause.downcast_ref::<vireo_recommend::Error>() {
            let status = match error {
                vireo_recommend::Error::Cursor(_) => StatusCode::BAD_REQUEST,
                vireo_recommend::Error::UnknownVideo(_) => StatusCode::NOT_FOUND,
                vireo_recommend::Error::Dimensions { .. }
                | vireo_recommend::Error::UnknownSource { .. } => return None,
            };
            return Some(Self::new(status, error.to_string()));
        }
        if let Some(error) = cause.downcast_ref::<Refusal>() {
            let status = match error {
                Refusal::NoInterest(_) | Refusal::NoVideo(_) | Refusal::NoTopic(_) => {
                    StatusCode::NOT_FOUND
                }
                Refusal::Partial => StatusCode::CONFLICT,
                Refusal::Sentence(_) | Refusal::Boost(_) | Refusal::Name => StatusCode::BAD_REQUEST,
            };
            return Some(Self::new(status, error.to_string()));
        }
        if let Some(error) = cause.downcast_ref::<vireo_domain::InvalidId>() {
            return Some(Self::bad_request(error.to_string()));
        }
        match cause.downcast_ref::<vireo_store::Error>()? {
            error @ vireo_store::Error::DiskFull => {
                Some(Self::new(StatusCode::INSUFFICIENT_STORAGE, error.to_string()))
            }
            _ => None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(&self)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("ApiKey header=\"X-API-Key\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        // For the page, which shows the same problem in its own dress.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        error.chain().find_map(Self::of_cause).unwrap_or_else(|| {
            tracing::error!("request failed: {error:#}");
            Self::internal()
        })
    }
}

impl From<vireo_store::Error> for Problem {
    fn from(error: vireo_store::Error) -> Self {
        anyhow::Error::from(error).into()
    }
}

impl From<vireo_domain::InvalidId> for Problem {
    fn from(error: vireo_domain::InvalidId) -> Self {
        Self::bad_request(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn causes_are_found_under_context() {
        let error = anyhow::Error::from(vireo_recommend::Error::Cursor("too old"));
        let problem = Problem::from(Err::<(), _>(error).context("feed").expect_err("an error"));
        assert_eq!(problem.status, StatusCode::BAD_REQUEST);
        assert!(problem.detail.contains("too old"), "{}", problem.detail);
    }

    #[test]
    fn our_own_faults_tell_nothing() {
        let problem = Problem::from(anyhow::anyhow!("secret at line 3"));
        assert_eq!(problem.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!problem.detail.contains("secret"));
    }
}
