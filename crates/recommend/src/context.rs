//! A request with all that the stages read.

use crate::affinity::Affinity;
use crate::filters::Removals;
use crate::lot::{key, lot};
use crate::{Config, Snapshot, Viewer};
use std::cell::OnceCell;
use std::collections::HashMap;
use vireo_domain::{InterestOrigin, Language, Timestamp, TopicId};
use vireo_interest::Evidence;

/// The evidence at which a viewer is half known: who liked one video wants to
/// see in the next page that it was noticed.
const HALF_KNOWN: f64 = 1.5;

/// What saying one's interests is worth, in liked videos: it is clearer than
/// what anybody watches by chance.
const SAID: f64 = 4.0;

/// A request with all that the stages read. Everything is as of the opening of
/// the list.
pub(crate) struct Context<'a> {
    pub snapshot: &'a Snapshot,
    pub viewer: &'a Viewer,
    pub config: &'a Config,
    /// What the viewer's actions come to, newest first.
    pub evidence: Vec<Evidence<'a>>,
    /// How often each video was shown without any other action.
    pub ignored: HashMap<usize, u32>,
    pub affinity: Affinity,
    /// What was taken out.
    pub removals: Removals,
    pub opened_at: Timestamp,
    /// How well the viewer is known, 0 to 1: `e / (e + 1.5)` of the evidence.
    pub maturity: f64,
    /// Share of the viewer's videos in each language, the viewer's own counted twice more.
    pub languages: HashMap<&'a Language, f64>,
    /// [`Self::taste`], once it was asked for.
    taste: OnceCell<Option<Vec<f32>>>,
    seed: u64,
}

impl<'a> Context<'a> {
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        viewer: &'a Viewer,
        config: &'a Config,
        evidence: Vec<Evidence<'a>>,
        ignored: HashMap<usize, u32>,
        removals: Removals,
        seed: u64,
        opened_at: Timestamp,
    ) -> Self {
        let shown: f64 = evidence.iter().map(|evidence| evidence.strength.abs()).sum();
        let said = viewer.map.interests.iter().any(|i| i.origin == InterestOrigin::Said);
        let shown = shown + if said { SAID } else { 0.0 };
        Self {
            affinity: Affinity::new(snapshot, &viewer.map, &evidence),
            languages: languages(snapshot, viewer, &evidence),
            maturity: shown / (shown + HALF_KNOWN),
            taste: OnceCell::new(),
            seed: seed ^ key(viewer.user.as_str()),
            snapshot,
            viewer,
            config,
            evidence,
            ignored,
            removals,
            opened_at,
        }
    }

    /// What the viewer turns to next ([`vireo_interest::Taste::scores`]), where
    /// there is a model of it.
    pub(crate) fn taste(&self) -> Option<&[f32]> {
        let scores = || self.snapshot.taste.scores(&self.evidence, self.opened_at);
        self.taste.get_or_init(scores).as_deref()
    }

    /// Whether a video may be in the list.
    pub(crate) fn is_open(&self, place: usize) -> bool {
        !self.removals.has(place)
    }

    /// Chance in `[0, 1)`, the same whenever this list is made; `purpose` keeps
    /// draws apart.
    pub(crate) fn lot(&self, purpose: &str, key_of_what: u64) -> f64 {
        lot(self.seed ^ key(purpose), key_of_what)
    }

    /// Whether the viewer takes an interest in a topic already.
    pub(crate) fn knows(&self, topic: TopicId) -> bool {
        let worth_a_share = 1.0 / self.snapshot.topics.topics.len().max(1) as f64;
        let mut interests = self.viewer.map.interests.iter();
        interests.any(|i| i.topic == Some(topic) && (i.weight >= worth_a_share || i.boost == 0.0))
    }
}

fn languages<'a>(
    snapshot: &'a Snapshot,
    viewer: &'a Viewer,
    evidence: &[Evidence<'a>],
) -> HashMap<&'a Language, f64> {
    let mut counts: HashMap<&Language, f64> = HashMap::new();
    if !viewer.language.is_unknown() {
        counts.insert(&viewer.language, 2.0);
    }
    for evidence in evidence.iter().filter(|evidence| evidence.strength > 0.0) {
        let item = snapshot.item(evidence.video);
        if let Some(language) = item.and_then(|item| item.video.language.as_ref()) {
            *counts.entry(language).or_default() += 1.0;
        }
    }
    let total: f64 = counts.values().sum();
    for count in counts.values_mut() {
        *count /= total;
    }
    counts
}
