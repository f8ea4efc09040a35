//! Videos like one that is open.

use crate::filters::{self, Removals, Request};
use crate::reason::shared_keywords;
use crate::snapshot::labels_of;
use crate::{Config, Error, Page, Reason, Recommended, Result, Snapshot, Trace, Viewer};
use std::collections::BTreeMap;
use vireo_domain::{Feedback, Language, Timestamp, VideoId};
use vireo_interest::evidence;

/// What each kind of likeness counts.
const CONTENT: f64 = 0.6;
const ALSO_WATCHED: f64 = 0.5;
/// For each label (tag, category, channel) in common, up to three.
const LABEL: f64 = 0.05;

/// Cosine (centred) from which content counts as alike.
const FLOOR: f32 = 0.2;

/// What speaks for one video.
#[derive(Default)]
struct Likeness {
    content: f64,
    also_watched: f64,
    labels: u32,
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

    let likeness = likeness(snapshot, open);
    let mut found: Vec<(usize, Likeness)> =
        likeness.into_iter().filter(|(place, _)| !removals.has(*place)).collect();
    found.sort_by(|(a, one), (b, other)| {
        let by_value = other.value().total_cmp(&one.value());
        let by_seen = seen.has(*a).cmp(&seen.has(*b));
        by_seen.then(by_value).then_with(|| snapshot.keys[*a].cmp(&snapshot.keys[*b]))
    });
    let english = Language::english();
    let language = viewer.map_or(&english, |viewer| &viewer.language);
    let items = found.into_iter().take(limit).enumerate().map(|(place, (of, likeness))| {
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

fn likeness(snapshot: &Snapshot, open: usize) -> BTreeMap<usize, Likeness> {
    let mut found: BTreeMap<usize, Likeness> = BTreeMap::new();
    let mut cosines = vec![0.0; snapshot.items.len()];
    snapshot.centred.products(snapshot.centred.row(open), &mut cosines);
    for (place, cosine) in cosines.into_iter().enumerate().filter(|(_, cosine)| *cosine > FLOOR) {
        found.entry(place).or_default().content = f64::from(cosine);
    }
    let item = &snapshot.items[open];
    let near = snapshot.item_to_item.of(&item.video.id);
    let most = near.first().map_or(1.0, |(_, similarity)| f64::from(*similarity));
    for (video, similarity) in near {
        if let Some(place) = snapshot.places.get(video) {
            found.entry(*place).or_default().also_watched = f64::from(*similarity) / most;
        }
    }
    // Without a word to go by, the labels must do.
    let speechless = found.is_empty();
    for label in labels_of(&item.video) {
        for place in snapshot.labelled(&label) {
            if speechless {
                found.entry(*place).or_default().labels += 1;
            } else if let Some(likeness) = found.get_mut(place) {
                likeness.labels += 1;
            }
        }
    }
    found
}

fn reason(snapshot: &Snapshot, open: usize, of: usize, likeness: &Likeness) -> Reason {
    let (item, other) = (&snapshot.items[open], &snapshot.items[of]);
    let (video, title) = (item.video.id.clone(), item.video.title.clone());
    let shared = shared_keywords(&item.keywords, &other.keywords);
    let watched = ALSO_WATCHED * likeness.also_watched > CONTENT * likeness.content;
    if watched && (shared.is_empty() || likeness.content == 0.0) {
        return Reason::AlsoWatched { video, title };
    }
    Reason::Related { video, title, action: "similar".to_owned(), shared }
}
