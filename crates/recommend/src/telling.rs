//! Which of the true reasons for an item is told.

use crate::context::Context;
use crate::rankers::{Found, Ranked};
use crate::reason::{Reason, shared_keywords};
use crate::sources::Why;
use vireo_domain::{FeedbackKind, TopicId};
use vireo_interest::Evidence;

/// Nearness from which a video is truly of an interest: a cosine of 0.2 for one
/// of the interest's own topic, more for one of another topic. Then the interest
/// is the reason, even if the video came up for being popular or new.
const TRULY_NEAR: f32 = 0.11;
const NEAR_FROM_ELSEWHERE: f32 = 0.3;

/// The same as a cosine, between two videos.
const CLOSE_FROM_ELSEWHERE: f32 = 0.37;

/// "Popular here" is true of the most watched quarter, and of ten at least: in
/// a small catalogue everything was watched by somebody.
const POPULAR_SHARE: usize = 4;
const POPULAR_FEWEST: usize = 10;

/// Of the reasons that have to do with the viewer the one that gave most to the
/// value, the more telling ones preferred; without one, those that hold for
/// anybody. All are true.
pub(crate) fn reason(context: &Context<'_>, ranked: &Ranked, drawn: bool) -> Reason {
    let place = ranked.place;
    if drawn {
        return something_else(context, place);
    }
    let found = ranked.found.iter().filter_map(|found| personal(context, place, found));
    let near = interest(context, place, TRULY_NEAR).map(|reason| (reason, 0.0));
    // A part is 0 where the value is all affinity: still found, still true.
    let weighed = found.chain(near).map(|(reason, part)| {
        let telling = telling(&reason);
        (reason, telling * (part + 1e-9))
    });
    let best = weighed.reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map_or_else(|| general(context, ranked), |(reason, _)| reason)
}

fn telling(reason: &Reason) -> f64 {
    match reason {
        Reason::Related { shared, .. } if !shared.is_empty() => 2.0,
        Reason::AlsoWatched { .. } | Reason::Related { .. } => 1.2,
        _ => 1.0,
    }
}

/// What a source found because of the viewer, and what it gave to the value.
fn personal(context: &Context<'_>, place: usize, found: &Found) -> Option<(Reason, f64)> {
    let snapshot = context.snapshot;
    // A video that the admin hid is named to nobody.
    let title = |evidence: &Evidence<'_>| {
        let item = snapshot.item(evidence.video).filter(|item| !item.video.hidden)?;
        Some(item.video.title.clone())
    };
    let reason = match found.why {
        Why::Related(of) => {
            let evidence = &context.evidence[of];
            let liked = *snapshot.places.get(evidence.video)?;
            let shared = shared_keywords(snapshot, liked, place);
            let topic = snapshot.items[liked].topic;
            if shared.is_empty()
                && is_elsewhere(context, topic, place)
                && closeness(context, of, place) < CLOSE_FROM_ELSEWHERE
            {
                return None;
            }
            Reason::Related {
                video: evidence.video.clone(),
                title: title(evidence)?,
                action: verb(evidence.kind).to_owned(),
                shared,
            }
        }
        Why::AlsoWatched(of) => {
            let evidence = &context.evidence[of];
            Reason::AlsoWatched { video: evidence.video.clone(), title: title(evidence)? }
        }
        Why::Interest => interest(context, place, TRULY_NEAR)?,
        Why::Popular | Why::Fresh | Why::Exploration { .. } => return None,
    };
    Some((reason, found.part))
}

/// The interest that a video is nearest to, if it is at least so near, or
/// clearly near where the catalogue has the video under another topic.
fn interest(context: &Context<'_>, place: usize, at_least: f32) -> Option<Reason> {
    let (of, near) = context.affinity.nearest_interest(place)?;
    let interest = &context.viewer.map.interests[of];
    let at_least = if is_elsewhere(context, interest.topic, place) {
        at_least.max(NEAR_FROM_ELSEWHERE)
    } else {
        at_least
    };
    let named = || Reason::Interest { key: interest.key.clone(), name: interest.name.clone() };
    (near >= at_least).then(named)
}

/// Whether a video is of another topic than this one.
fn is_elsewhere(context: &Context<'_>, topic: Option<TopicId>, place: usize) -> bool {
    let own = context.snapshot.items[place].topic;
    topic.is_some() && own.is_some() && topic != own
}

/// The cosine of a video to one that the viewer liked, of which the evidence is.
fn closeness(context: &Context<'_>, of: usize, place: usize) -> f32 {
    let probe = context.affinity.liked.iter().find(|probe| probe.of == of);
    probe.map_or(0.0, |probe| context.affinity.to(*probe)[place])
}

/// A reason that holds for anybody.
fn general(context: &Context<'_>, ranked: &Ranked) -> Reason {
    let snapshot = context.snapshot;
    let most = (snapshot.by_popularity.len() / POPULAR_SHARE).max(POPULAR_FEWEST);
    let is_popular = snapshot.by_popularity.iter().take(most).any(|place| *place == ranked.place);
    let told = ranked.found.iter().filter_map(|found| match found.why {
        Why::Fresh => Some((Reason::Fresh, found.part)),
        Why::Popular if is_popular => Some((Reason::Popular, found.part)),
        _ => None,
    });
    let best = told.reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map_or_else(|| something_else(context, ranked.place), |(reason, _)| reason)
}

/// Something to find out; of a subject that the viewer knows, the interest.
fn something_else(context: &Context<'_>, place: usize) -> Reason {
    let snapshot = context.snapshot;
    let topic = snapshot.items[place].topic;
    if topic.is_some_and(|topic| context.knows(topic)) {
        return interest(context, place, 0.0).unwrap_or(Reason::Exploration { topic: None });
    }
    let chinese = context.viewer.language.is_chinese();
    Reason::Exploration { topic: topic.and_then(|topic| snapshot.topic_name(topic, chinese)) }
}

fn verb(kind: FeedbackKind) -> &'static str {
    match kind {
        FeedbackKind::Finish => "finished",
        FeedbackKind::Like | FeedbackKind::Share => "liked",
        FeedbackKind::Rating => "rated",
        _ => "watched",
    }
}
