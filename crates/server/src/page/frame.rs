//! What surrounds every page: words, viewer, search box. Also the page that
//! shows a problem.

use super::assets::VERSION;
use super::strings::{self, Strings};
use super::viewers::AtPage;
use crate::error::Problem;
use crate::routes::access::cookie;
use crate::serve::Site;
use askama::Template;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use vireo_domain::{User, UserId};

/// The cookie that holds the chosen language.
pub(crate) const LANGUAGE_COOKIE: &str = "vireo_language";

/// Which entry of the navigation is the present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// The feed.
    Feed,
    /// The topics, or one of them.
    Topics,
    /// The interest map.
    Interests,
    /// Anything else.
    Other,
}

/// What surrounds every page.
pub(crate) struct Frame {
    /// The words.
    pub(crate) t: &'static Strings,
    /// Who is at the page.
    pub(crate) viewer: UserId,
    /// Whether they have a name yet; if not, nothing is recorded of them.
    pub(crate) is_known: bool,
    /// What to call them.
    pub(crate) name: String,
    /// Whether they are a simulated viewer.
    pub(crate) simulated: bool,
    /// The viewers to switch between.
    pub(crate) viewers: Arc<[User]>,
    /// Whether any viewer may be chosen by id.
    pub(crate) open: bool,
    /// This address, to come back to.
    pub(crate) here: String,
    /// What stands in the search box.
    pub(crate) query: String,
    /// The present entry of the navigation.
    pub(crate) section: Section,
    /// Version of the embedded files.
    pub(crate) version: &'static str,
}

impl Frame {
    async fn new(site: &Site, headers: &HeaderMap, uri: &Uri, viewer: Option<UserId>) -> Self {
        let t = words(headers);
        let viewers = site.viewers.simulated(&site.app).await;
        let user = match &viewer {
            Some(id) => site.app.user(id).await.ok().flatten(),
            None => None,
        };
        let name = match (&user, &viewer) {
            (Some(user), _) => user.name.clone().unwrap_or_else(|| user.id.to_string()),
            (None, Some(id)) if !id.as_str().starts_with("guest-") => id.to_string(),
            _ => t.guest.to_owned(),
        };
        Self {
            t,
            name,
            simulated: user.is_some_and(|user| user.simulated),
            is_known: viewer.is_some(),
            viewer: viewer.unwrap_or_else(super::viewers::nobody),
            viewers,
            open: site.access.is_open(),
            here: uri.path_and_query().map_or("/", |here| here.as_str()).to_owned(),
            query: String::new(),
            section: match uri.path() {
                "/" => Section::Feed,
                "/interests" => Section::Interests,
                path if path.starts_with("/topics") => Section::Topics,
                _ => Section::Other,
            },
            version: VERSION.as_str(),
        }
    }
}

fn words(headers: &HeaderMap) -> &'static Strings {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    strings::choose(cookie(headers, LANGUAGE_COOKIE), accepted)
}

impl FromRequestParts<Site> for Frame {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Problem> {
        let viewer = parts.extensions.get::<AtPage>().and_then(|at| at.0.clone());
        Ok(Self::new(site, &parts.headers, &parts.uri, viewer).await)
    }
}

/// A browser that asked for a page.
pub(crate) struct Reader {
    headers: HeaderMap,
    uri: Uri,
}

impl Reader {
    /// Of a request; `None`: a program that wants JSON.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let accept = request.headers().get(header::ACCEPT)?;
        let page = accept.to_str().is_ok_and(|kinds| kinds.contains("text/html"))
            && !request.uri().path().starts_with("/api/");
        page.then(|| Self { headers: request.headers().clone(), uri: request.uri().clone() })
    }

    /// The page that shows a problem.
    pub(crate) async fn show(&self, site: &Site, problem: &Problem) -> Response {
        let viewer = site.access.viewer(&self.headers);
        let frame = Frame::new(site, &self.headers, &self.uri, viewer).await;
        let (title, lead) = match problem.status.as_u16() {
            404 => (frame.t.not_found_title, frame.t.not_found_lead),
            400..500 => (frame.t.refused_title, frame.t.refused_lead),
            _ => (frame.t.broken_title, frame.t.broken_lead),
        };
        let words = frame.t.refusal(problem.status);
        match super::fill(&Trouble { frame, title, lead, words, problem }) {
            Ok(page) => (problem.status, page).into_response(),
            Err(worse) => worse.into_response(),
        }
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Trouble<'a> {
    frame: Frame,
    title: &'static str,
    lead: &'static str,
    /// What it was, in the reader's language; `None`: the detail is in it.
    words: Option<&'static str>,
    problem: &'a Problem,
}
