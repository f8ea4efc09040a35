//! Who is at the page.

use crate::App;
use crate::routes::access::{VIEWER_COOKIE, random_id};
use crate::serve::Site;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use vireo_domain::{User, UserId};

/// How long the list of simulated viewers is believed.
const TTL: Duration = Duration::from_secs(10);
/// People that are looked through for simulated ones; a catalogue with more
/// has real viewers and no use for these.
const LOOKED_THROUGH: usize = 10_000;
const BATCH: u32 = 500;

/// The person at the page, as [`identify`] leaves it for the handlers; `None`:
/// somebody who has done nothing yet.
#[derive(Debug, Clone)]
pub(crate) struct AtPage(pub(crate) Option<UserId>);

/// The simulated viewers that the page can switch between.
#[derive(Default)]
pub(crate) struct Viewers(Mutex<Option<(Instant, Arc<[User]>)>>);

impl Viewers {
    /// All of them; none while the store fails.
    pub(crate) async fn simulated(&self, app: &App) -> Arc<[User]> {
        let mut kept = self.0.lock().await;
        if let Some((at, users)) = &*kept
            && at.elapsed() < TTL
        {
            return users.clone();
        }
        let mut found: Vec<User> = Vec::new();
        let mut after: Option<UserId> = None;
        for _ in 0..LOOKED_THROUGH / BATCH as usize {
            let Ok(users) = app.store.users(after.as_ref(), BATCH).await else { break };
            let last = users.len() < BATCH as usize;
            after = users.last().map(|user| user.id.clone());
            found.extend(users.into_iter().filter(|user| user.simulated));
            if last {
                break;
            }
        }
        let users: Arc<[User]> = found.into();
        *kept = Some((Instant::now(), users.clone()));
        users
    }
}

/// Nobody seen before.
pub(crate) fn new_viewer() -> UserId {
    UserId::new(format!("guest-{}", &random_id()[..20])).expect("hex digits are a valid id")
}

/// Whoever reads the page and does nothing: crawlers mostly. Nothing is recorded of them.
pub(crate) fn nobody() -> UserId {
    UserId::new("reader-without-a-name").expect("plain words are a valid id")
}

/// The header that makes a browser come back as `viewer`.
pub(crate) fn remember(site: &Site, viewer: &UserId) -> HeaderValue {
    let value = site.access.cookie_of(viewer);
    let cookie =
        format!("{VIEWER_COOKIE}={value}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
    HeaderValue::from_str(&cookie).expect("a percent-encoded id is plain ASCII")
}

/// Finds out who is at the page; somebody new gets a name of their own at the
/// first thing they do.
pub(crate) async fn identify(
    State(site): State<Site>,
    mut request: Request,
    next: Next,
) -> Response {
    let known = site.access.viewer(request.headers());
    let acts = !matches!(*request.method(), Method::GET | Method::HEAD);
    let new = (acts && known.is_none()).then(new_viewer);
    request.extensions_mut().insert(AtPage(known.or_else(|| new.clone())));
    let mut response = next.run(request).await;
    if let Some(viewer) = new
        && !response.headers().contains_key(header::SET_COOKIE)
    {
        response.headers_mut().insert(header::SET_COOKIE, remember(&site, &viewer));
    }
    response
}
