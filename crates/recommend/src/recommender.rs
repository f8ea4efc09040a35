//! Runs the stages.

use crate::context::Context;
use crate::filters::{self, Removals, Request};
use crate::list::{List, Placed};
use crate::rankers::blend::source_weight;
use crate::rankers::{Pool, Ranked};
use crate::sources;
use crate::telling::reason;
use crate::{
    Config, Cursor, CursorKey, Page, Recommended, Result, Snapshot, Trace, Viewer, related,
};
use std::collections::HashMap;
use vireo_domain::{Feedback, FeedbackKind, Timestamp, UserId, VideoId};
use vireo_interest::evidence;

/// A list ends here.
const LONGEST: usize = 500;

/// A feed that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedRequest {
    /// Items a page.
    pub limit: usize,
    /// Where to go on; `None`: open a new list.
    pub cursor: Option<String>,
    /// Seed of a new list (the caller's clock or a test's constant).
    pub seed: u64,
    /// Videos not wanted now.
    pub exclude: Vec<VideoId>,
    /// Whether to tell what was removed.
    pub explain: bool,
    /// Now.
    pub now: Timestamp,
}

/// Makes lists.
pub struct Recommender {
    config: Config,
    key: CursorKey,
}

impl Recommender {
    /// With this tuning and this key for cursors. Call [`Config::check`] first:
    /// what it would refuse is ignored here.
    pub fn new(config: Config, key: CursorKey) -> Self {
        Self { config, key }
    }

    /// The moment as of which [`Viewer::map`] must be built for this request:
    /// now for a new list, its opening for a list that goes on. Pages are only
    /// stable if the map is that of the first page.
    pub fn opened_at(
        &self,
        user: &UserId,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<Timestamp> {
        match cursor {
            Some(text) => Ok(Cursor::verify(text, user, &self.key, now)?.opened_at),
            None => Ok(now),
        }
    }

    /// The viewer's feed. For page two and later, actions after the opening of
    /// the list are left out of the ranking (so paging is stable) but what was
    /// hidden, disliked or seen meanwhile is taken out; the viewer's map must
    /// then be that of the opening ([`Self::opened_at`]).
    pub fn feed(
        &self,
        snapshot: &Snapshot,
        viewer: &Viewer,
        request: &FeedRequest,
    ) -> Result<Page> {
        let now = request.now;
        let cursor = match &request.cursor {
            Some(text) => Cursor::verify(text, &viewer.user, &self.key, now)?,
            None => Cursor {
                user: viewer.user.clone(),
                seed: request.seed,
                // Actions may come from a clock that is ahead of ours.
                opened_at: viewer.feedback.iter().map(|action| action.at).fold(now, Timestamp::max),
                place: 0,
            },
        };
        let all: Vec<&Feedback> = viewer.feedback.iter().collect();
        let before: Vec<&Feedback> =
            all.iter().copied().filter(|action| action.at <= cursor.opened_at).collect();
        let (known, known_before) =
            (evidence(all.iter().copied()), evidence(before.iter().copied()));
        let filter_request = |actions, evidence| Request {
            snapshot,
            config: &self.config,
            viewer: Some(viewer),
            actions,
            evidence,
            exclude: &request.exclude,
            opened_at: cursor.opened_at,
            now,
        };
        let opening = filter_request(&before, &known_before);
        let paging = filter_request(&all, &known);
        let opening = Removals::of(&filters::opening(), &opening, request.explain);
        let paging = Removals::of(&filters::paging(), &paging, request.explain);

        let ignored = ignored(snapshot, &before);
        let (seed, opened_at) = (cursor.seed, cursor.opened_at);
        let config = &self.config;
        let context =
            Context::new(snapshot, viewer, config, known_before, ignored, opening, seed, opened_at);

        let (pool, degraded) = gather(&context);
        let mut list = List::new(&context, &pool);
        let mut items = Vec::new();
        let limit = request.limit.clamp(1, LONGEST);
        let is_shown = |candidate: usize| !paging.has(pool[candidate].place);
        let mut next = None;
        for place in 0..LONGEST {
            let Some(placed) = list.next() else { break };
            if place >= cursor.place && is_shown(placed.candidate) {
                items.push(recommended(&context, &pool[placed.candidate], place, placed));
                if items.len() == limit {
                    let more = place + 1 < LONGEST && list.rest().any(is_shown);
                    next = more.then(|| Cursor { place: place + 1, ..cursor }.sign(&self.key));
                    break;
                }
            }
        }
        drop(list);
        let mut removed = context.removals.into_list();
        for also in paging.into_list() {
            if !removed.iter().any(|known| known.video == also.video) {
                removed.push(also);
            }
        }
        Ok(Page { items, next, removed, degraded })
    }

    /// Videos like `video` (content and co-watching), for `viewer` if given
    /// (hidden ones are then left out and seen ones go last).
    pub fn related(
        &self,
        snapshot: &Snapshot,
        video: &VideoId,
        viewer: Option<&Viewer>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Page> {
        related::page(snapshot, &self.config, video, viewer, limit.clamp(1, LONGEST), now)
    }
}

/// Asks the sources and ranks what they find. A source that fails is named;
/// the others answer.
fn gather(context: &Context<'_>) -> (Vec<Ranked>, Vec<String>) {
    let mut pool = Pool::default();
    let mut degraded = Vec::new();
    for source in sources::all() {
        if source_weight(context, source.name()) > 0.0 {
            match source.candidates(context) {
                Ok(candidates) => pool.add(source.name(), candidates),
                Err(error) => {
                    tracing::warn!(source = source.name(), %error, "a source failed");
                    degraded.push(format!("{}: {error}", source.name()));
                }
            }
        }
    }
    (pool.rank(context, LONGEST), degraded)
}

/// How often each video was shown to a viewer who did nothing with it.
fn ignored(snapshot: &Snapshot, actions: &[&Feedback]) -> HashMap<usize, u32> {
    let mut shown: HashMap<usize, u32> = HashMap::new();
    let place = |action: &&&Feedback| snapshot.places.get(&action.video).copied();
    let impression = |action: &&&Feedback| action.kind == FeedbackKind::Impression;
    for place in actions.iter().filter(impression).filter_map(|action| place(&action)) {
        *shown.entry(place).or_default() += 1;
    }
    for action in actions.iter().filter(|action| action.kind != FeedbackKind::Impression) {
        if let Some(place) = snapshot.places.get(&action.video) {
            shown.remove(place);
        }
    }
    shown
}

fn recommended(
    context: &Context<'_>,
    ranked: &Ranked,
    place: usize,
    placed: Placed,
) -> Recommended {
    let reason = reason(context, ranked, placed.drawn);
    Recommended {
        video: context.snapshot.items[ranked.place].video.id.clone(),
        place,
        sentence: reason.sentence(&context.viewer.language),
        reason,
        trace: Trace {
            sources: ranked
                .found
                .iter()
                .map(|found| (found.source.to_owned(), found.score))
                .collect(),
            value: ranked.value,
            steps: placed.steps,
            propensity: placed.chance,
        },
    }
}
