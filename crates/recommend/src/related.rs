//! Videos like one that is open.

use crate::filters::{self, Removals, Request};
use crate::reason::shared_keywords;
use crate::snapshot::labels_of;
use crate::{Config, Error, Page, Reason, Recommended, Result, Snapshot, Trace, Viewer};
use vireo_domain::{Feedback, Language, Timestamp, VideoId};
use vireo_interest::evidence;

/// What each kind of likeness counts.
const CONTENT: f64 = 0.6;
const ALSO_WATCHED: f64 = 0.5;
/// For each label (tag, category, channel) in common, up to three.
const LABEL: f64 = 0.05;

/// Cosine (centred) from which content counts as alike.
const FLOOR: f32 = 0.2;

/// Where fewer are alike, the nearest fill the row up to so many: beside a
/// video with any content there is always something to go on with.
const FEWEST: usize = 5;

/// What speaks for one video.
#[derive(Clone, Copy, Default)]
struct Likeness {
    /// Cosine (centred); 0 where one of the two has no content.
    content: f64,
    also_watched: f64,
    labels: u32,
    /// Neither alike nor watched together: only nearer than the rest.
    is_filling: bool,
}

impl Likeness {
    fn value(&self) -> f64 {
        let labels = f64::from(self.labels.min(3));
        CONTENT * self.content + ALSO_WATCHED * self.also_watched + LABEL * labels
    }
}

pub(crate) fn page(
    snapshot: &Snapshot,
    config: &Config,
    video: &VideoId,
    viewer: Option<&Viewer>,
    limit: usize,
    now: Timestamp,
) -> Result<Page> {
    let open = *snapshot.places.get(video).ok_or_else(|| Error::UnknownVideo(video.clone()))?;
    let actions: Vec<&Feedback> = viewer.iter().flat_map(|viewer| &viewer.feedback).collect();
    let known = evidence(actions.iter().copied());
    let request = Request {
        snapshot,
        config,
        viewer,
        actions: &actions,
        evidence: &known,
        exclude: std::slice::from_ref(video),
        opened_at: now,
        now,
    };
    let removals = Removals::of(&filters::beside(), &request, false);
    let seen = Removals::of(&filters::last(), &request, false);

    let is_open = |(place, _): &(usize, Likeness)| !removals.has(*place);
    let order = |(a, one): &(usize, Likeness), (b, other): &(usize, Likeness)| {
        let by_seen = seen.has(*a).cmp(&seen.has(*b));
        let by_filling = one.is_filling.cmp(&other.is_filling);
        let by_value = other.value().total_cmp(&one.value());
        by_seen
            .then(by_filling)
            .then(by_value)
            .then_with(|| snapshot.keys[*a].cmp(&snapshot.keys[*b]))
    };
    let (mut found, mut filling): (Vec<_>, Vec<_>) =
        likeness(snapshot, open).partition(|(_, likeness)| !likeness.is_filling);
    found.retain(is_open);
    found.sort_by(order);
    if found.len() < FEWEST {
        filling.retain(is_open);
        filling.sort_by(order);
        filling.truncate(FEWEST - found.len());
        found.extend(filling);
        found.sort_by(order);
    }
    // Seen ones only where there is little else.
    let unseen = found.iter().filter(|(place, _)| !seen.has(*place)).count();
    found.truncate(limit.min(unseen.max(FEWEST)));
    let english = Language::english();
    let language = viewer.map_or(&english, |viewer| &viewer.language);
    let items = found.into_iter().enumerate().map(|(place, (of, likeness))| {
        let reason = reason(snapshot, open, of, &likeness);
        let scores = [("content", likeness.content), ("also_watched", likeness.also_watched)];
        let scores = scores.into_iter().filter(|(_, score)| *score > 0.0);
        Recommended {
            video: snapshot.items[of].video.id.clone(),
            place,
            sentence: reason.sentence(language),
            reason,
            trace: Trace {
                sources: scores.map(|(source, score)| (source.to_owned(), score)).collect(),
                value: likeness.value(),
                steps: Vec::new(),
                propensity: 1.0,
            },
        }
    });
    Ok(Page { items: items.collect(), ..Page::default() })
}

/// Every video with what speaks for it; those for which nothing does are left out.
fn likeness(snapshot: &Snapshot, open: usize) -> impl Iterator<Item = (usize, Likeness)> {
    let item = &snapshot.items[open];
    let mut cosines = vec![0.0; snapshot.items.len()];
    snapshot.centred.products(snapshot.centred.row(open), &mut cosines);
    // Of a handful of videos it isn't known what all of them have in common:
    // any two seem alike, and only their words tell.
    let tells = !snapshot.space.mean.is_empty();
    let content = cosines.into_iter().enumerate().map(|(place, cosine)| Likeness {
        content: f64::from(cosine),
        is_filling: if tells {
            cosine <= FLOOR
        } else {
            shared_keywords(snapshot, open, place).is_empty()
        },
        ..Likeness::default()
    });
    let mut found: Vec<Likeness> = content.collect();
    for (video, similarity) in snapshot.crowd.co_watched(&item.video.id) {
        if let Some(place) = snapshot.places.get(video) {
            // Its absolute size, for in it is how many people it rests on.
            found[*place].also_watched = f64::from(similarity);
            found[*place].is_filling = false;
        }
    }
    for label in labels_of(&item.video) {
        for place in snapshot.labelled(&label) {
            found[*place].labels += 1;
        }
    }
    // Where there is no word to go by, the labels must do.
    for likeness in found.iter_mut().filter(|l| l.content == 0.0 && l.labels > 0) {
        likeness.is_filling = false;
    }
    found.into_iter().enumerate().filter(|(_, likeness)| likeness.value() != 0.0)
}

fn reason(snapshot: &Snapshot, open: usize, of: usize, likeness: &Likeness) -> Reason {
    let item = &snapshot.items[open];
    let (video, title) = (item.video.id.clone(), item.video.title.clone());
    // A word in common doesn't make alike what isn't.
    let shared = if likeness.is_filling { Vec::new() } else { shared_keywords(snapshot, open, of) };
    let watched = ALSO_WATCHED * likeness.also_watched > CONTENT * likeness.content.max(0.0);
    if watched && (shared.is_empty() || likeness.content == 0.0) {
        return Reason::AlsoWatched { video, title };
    }
    let action = if likeness.is_filling { "nearest" } else { "similar" };
    Reason::Related { video, title, action: action.to_owned(), shared }
}
