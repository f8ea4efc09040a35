//! Who may do what.
//!
//! On a loopback address with no key set, everybody on this machine may do
//! everything; what has to be kept out is other people's web pages: requests
//! across origins and, by the `Host` header, DNS rebinding. Elsewhere, and
//! behind a proxy that gives this server another name, writing and reading
//! what is personal needs the key; a person at the page may act for
//! themselves by a cookie that only this server can have signed.

use crate::error::Problem;
use crate::serve::Site;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use vireo_domain::UserId;

/// The header that holds the key.
pub(crate) const KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");
/// The cookie that says who is at the page.
pub(crate) const VIEWER_COOKIE: &str = "vireo_viewer";

/// The rules of one running server.
pub(crate) struct Access {
    /// What writers must know; `None`: nothing.
    key: Option<String>,
    /// Signs viewer cookies.
    signer: [u8; 32],
}

impl Access {
    /// By the settings and the environment variable they name.
    pub(crate) fn new(config: &crate::config::ServerConfig) -> Self {
        let given = std::env::var(&config.key_variable).ok().filter(|key| !key.is_empty());
        // Reachable from outside without a key: nobody can know the one made here.
        let key = given.or_else(|| (!config.listen.ip().is_loopback()).then(random_id));
        let signer =
            blake3::derive_key("vireo viewer cookie", key.as_deref().unwrap_or("").as_bytes());
        Self { key, signer }
    }

    /// Whether everybody who gets here may do everything.
    pub(crate) fn is_open(&self) -> bool {
        self.key.is_none()
    }

    fn signature(&self, id: &str) -> String {
        blake3::keyed_hash(&self.signer, id.as_bytes()).to_hex()[..32].to_owned()
    }

    /// The value of the viewer cookie for a person.
    pub(crate) fn cookie_of(&self, viewer: &UserId) -> String {
        let id = utf8_percent_encode(viewer.as_str(), NON_ALPHANUMERIC);
        if self.is_open() {
            id.to_string()
        } else {
            format!("{id}~{}", self.signature(viewer.as_str()))
        }
    }

    /// The person at the page, by their cookie; `None` if it is missing or not ours.
    pub(crate) fn viewer(&self, headers: &HeaderMap) -> Option<UserId> {
        let value = cookie(headers, VIEWER_COOKIE)?;
        let (id, signature) = value.split_once('~').unwrap_or((value, ""));
        let id = percent_decode_str(id).decode_utf8().ok()?;
        let trusted = self.is_open() || same(signature, &self.signature(&id));
        trusted.then(|| UserId::new(id).ok())?
    }

    /// Whether a request for `host` can be for us. Without a key only this
    /// machine is served, so it can only be a name of this machine; with one,
    /// a page that rebinds its name to us gets nothing that is not public.
    fn host_is_ours(&self, host: &str) -> bool {
        let port = |port: &str| port.bytes().all(|b| b.is_ascii_digit());
        let name =
            host.rsplit_once(':').filter(|(_, end)| port(end)).map_or(host, |(name, _)| name);
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        !self.is_open()
            || name.eq_ignore_ascii_case("localhost")
            || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

/// Equal, in a time that does not depend on where they differ.
fn same(one: &str, other: &str) -> bool {
    blake3::hash(one.as_bytes()) == blake3::hash(other.as_bytes())
}

/// 32 hex digits that nobody can guess: std seeds its hashers from the system.
pub(crate) fn random_id() -> String {
    let half = || RandomState::new().hash_one(jiff::Timestamp::now().as_nanosecond());
    blake3::hash(format!("{:x}{:x}", half(), half()).as_bytes()).to_hex()[..32].to_owned()
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Who sent a request.
pub(crate) enum Caller {
    /// Somebody who may do everything.
    Admin,
    /// Somebody at the page, if we know them.
    Viewer(Option<UserId>),
}

impl Caller {
    /// Goes on only for somebody who may do everything.
    pub(crate) fn admin(&self) -> Result<(), Problem> {
        match self {
            Self::Admin => Ok(()),
            Self::Viewer(_) => Err(needs_key()),
        }
    }

    /// Goes on only for somebody who may act for `user`.
    pub(crate) fn acts_for(&self, user: &UserId) -> Result<(), Problem> {
        match self {
            Self::Viewer(viewer) if viewer.as_ref() != Some(user) => Err(needs_key()),
            _ => Ok(()),
        }
    }
}

fn needs_key() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "this needs the key of this installation in the X-API-Key header",
    )
}

impl FromRequestParts<Site> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Problem> {
        let access = &site.access;
        let Some(key) = &access.key else { return Ok(Self::Admin) };
        match parts.headers.get(KEY_HEADER) {
            Some(given) if given.to_str().is_ok_and(|given| same(given, key)) => Ok(Self::Admin),
            Some(_) => Err(Problem::new(StatusCode::UNAUTHORIZED, "the key in X-API-Key is wrong")),
            None => Ok(Self::Viewer(access.viewer(&parts.headers))),
        }
    }
}

/// Turns away what another site's page could have sent.
pub(crate) async fn guard(
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(header::HOST).or(request.uri().authority().map(Authority::as_str));
    if host.is_some_and(|host| !access.host_is_ours(host)) {
        let detail = "without a key this server answers only to localhost; see server.key_variable";
        return Problem::new(StatusCode::FORBIDDEN, detail).into_response();
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let foreign = match (site, text(header::ORIGIN)) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let origin = origin.parse::<Uri>().ok();
            origin.as_ref().and_then(Uri::authority).map(Authority::as_str) != host
        }
        (None, None) => false,
    };
    if foreign && !reads {
        let detail = "this request was sent by a page of another site";
        return Problem::new(StatusCode::FORBIDDEN, detail).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn access(key: Option<&str>) -> Access {
        Access {
            key: key.map(str::to_owned),
            signer: blake3::derive_key("test", key.unwrap_or("").as_bytes()),
        }
    }

    fn with_cookie(value: &str) -> HeaderMap {
        let line = format!("a=b; {VIEWER_COOKIE}={value}; c=d");
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&line).expect("ascii"))])
    }

    #[test]
    fn viewer_cookies_round_trip_and_cannot_be_made_up() {
        let viewer = UserId::new("观众 1;x~y").expect("an id");
        for access in [access(None), access(Some("k"))] {
            let headers = with_cookie(&access.cookie_of(&viewer));
            assert_eq!(access.viewer(&headers), Some(viewer.clone()));
        }
        let locked = access(Some("k"));
        for forged in ["anna", "anna~", "anna~0123", &access(None).cookie_of(&viewer)] {
            assert_eq!(locked.viewer(&with_cookie(forged)), None, "{forged}");
        }
        assert_eq!(access(None).viewer(&with_cookie("%00")), None);
    }

    #[test]
    fn only_loopback_names_are_ours() {
        let open = access(None);
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "127.0.0.1"] {
            assert!(open.host_is_ours(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:80", "10.0.0.1", "", ":80"] {
            assert!(!open.host_is_ours(host), "{host}");
            assert!(access(Some("k")).host_is_ours(host), "with a key {host} can be a proxy's");
        }
    }

    #[test]
    fn random_ids_differ() {
        assert_ne!(random_id(), random_id());
        assert_eq!(random_id().len(), 32);
    }
}
