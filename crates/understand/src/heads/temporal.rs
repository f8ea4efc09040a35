//! Heads over time: classifiers of what happens in a video, trained on clips.
//!
//! A clip is its [`Moments`]. Four networks mind their order (convolutions, two
//! recurrent networks, attention); the mean of all moments with a logistic
//! regression does not, and is what they have to beat. A head answers one task
//! or several, each by a network of its own; those of several tasks may have
//! learned together.

mod kind;
mod network;
mod scaling;
mod task;

pub use kind::Kind;
pub use task::{Labels, Task};

use super::sources::{by_source, held_back};
use super::{PARTS, Prediction, stratified};
use crate::moments::{Moments, PER_SECOND};
use crate::{Error, Result};
use network::{Network, Part};
use scaling::Scaling;
use serde::{Deserialize, Serialize};
use vireo_domain::Span;

/// Longest stretch that a network sees at once: half a minute. Longer clips are
/// cut into several.
const LONGEST: usize = 30 * PER_SECOND;
/// Share of the sources that a training is stopped by: one of so many.
const HELD: usize = 5;

/// A clip whose labels are known.
#[derive(Debug, Clone)]
pub struct Clip<'a> {
    /// What is seen and heard in it; not empty.
    pub moments: &'a Moments,
    /// For each task its label, or any number where clips may have several;
    /// `None` where they are not known.
    pub labels: Vec<Option<Vec<&'a str>>>,
    /// What it was filmed in one go with: a head is never measured on clips of
    /// a source that it was trained on.
    pub source: &'a str,
}

/// A stretch that a label was found in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// Place of the task in [`TemporalHead::tasks`].
    pub task: usize,
    /// Place of the label in [`Labels::names`].
    pub label: usize,
    /// When, in whole seconds.
    pub span: Span,
    /// The mean probability over it.
    pub confidence: f32,
}

/// A trained head over time. Saved and loaded by way of serde.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TemporalHead {
    tasks: Vec<Labels>,
    kind: Kind,
    scaling: Scaling,
    /// One for each task.
    networks: Vec<Network>,
    /// Most moments that are seen at once, and how many a clip usually has.
    longest: usize,
    usual: usize,
}

impl TemporalHead {
    /// Trains on clips of at least two labels of each task (at least one of
    /// those of which a clip may have several). Several tasks learn together
    /// and alone; each keeps what is better by what is held back.
    ///
    /// # Errors
    /// [`Error::OneLabel`] if there is nothing to tell apart.
    pub fn train(clips: &[Clip<'_>], tasks: &[Task], kind: Kind, seed: u64) -> Result<Self> {
        Self::trained(clips, tasks, kind, seed, tasks.len().max(1))
    }

    /// As [`TemporalHead::train`], each task as if nothing else were asked: to
    /// be measured beside.
    ///
    /// # Errors
    /// As there.
    pub fn train_apart(clips: &[Clip<'_>], tasks: &[Task], kind: Kind, seed: u64) -> Result<Self> {
        Self::trained(clips, tasks, kind, seed, 1)
    }

    /// With so many tasks that learn together.
    fn trained(
        clips: &[Clip<'_>],
        tasks: &[Task],
        kind: Kind,
        seed: u64,
        together: usize,
    ) -> Result<Self> {
        let mut labels = Vec::new();
        for (number, task) in tasks.iter().enumerate() {
            let known = || clips.iter().filter_map(|clip| clip.labels[number].as_deref());
            let of_task = Labels::new(task, known());
            if of_task.names().len() < task.fewest_labels() {
                let (task, examples) = (task.name.clone(), known().count());
                return Err(Error::OneLabel { task, examples, labels: of_task.names().len() });
            }
            labels.push(of_task);
        }
        let mut lengths: Vec<usize> = clips.iter().map(|clip| clip.moments.count()).collect();
        lengths.sort_unstable();
        let longest = lengths.last().copied().unwrap_or(1).clamp(1, LONGEST);
        let usual = lengths[lengths.len() / 2].clamp(1, LONGEST);
        let scaling = Scaling::new(clips);
        let mut networks = Vec::new();
        for (number, labels) in labels.chunks_mut(together).enumerate() {
            let first = number * together;
            let own = first..first + labels.len();
            let mut known: Vec<Clip<'_>> = clips
                .iter()
                .map(|clip| Clip { labels: clip.labels[own.clone()].to_vec(), ..*clip })
                .collect();
            // A clip of which nothing is known teaches nothing.
            known.retain(|clip| clip.labels.iter().any(Option::is_some));
            networks.extend(fit(&known, labels, &scaling, (kind, longest), seed)?);
        }
        Ok(Self { tasks: labels, kind, scaling, networks, longest, usual })
    }

    /// Its tasks, each with the labels that it knows, in the order in which
    /// predictions are.
    pub fn tasks(&self) -> &[Labels] {
        &self.tasks
    }

    /// What looks at the moments.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What the head says of a clip as a whole, for each task: the likeliest
    /// label first of all, and the probability of each (with several labels a
    /// clip they do not sum to 1). All alike for a clip without moments.
    pub fn predict(&self, moments: &Moments) -> Vec<Prediction> {
        let all = self.probable(&self.scaling.parts(moments, self.longest, self.longest));
        let count = all.len().max(1) as f32;
        let of_task = |(number, labels): (usize, &Labels)| {
            let mean =
                |label: usize| all.iter().map(|part| part[number][label]).sum::<f32>() / count;
            Prediction::new((0..labels.names().len()).map(mean).collect())
        };
        self.tasks.iter().enumerate().map(of_task).collect()
    }

    /// What it says of each second, for each task: of a stretch as long as
    /// clips usually are with that second in its middle.
    pub fn seconds(&self, moments: &Moments) -> Vec<Vec<Prediction>> {
        let parts = self.scaling.parts(moments, self.usual, PER_SECOND);
        let second = |all: Vec<Vec<f32>>| all.into_iter().map(Prediction::new).collect();
        self.probable(&parts).into_iter().map(second).collect()
    }

    /// The stretches in which a label holds, in order of time: runs of seconds
    /// in which it is likely enough (and, where a clip has one label, likelier
    /// than all others).
    pub fn stretches(&self, moments: &Moments) -> Vec<Stretch> {
        let seconds = self.seconds(moments);
        let end = moments.count() as f64 / PER_SECOND as f64;
        let mut found = Vec::new();
        for (task, labels) in self.tasks.iter().enumerate() {
            for label in 0..labels.names().len() {
                let holds = |second: &Vec<Prediction>| labels.holds_surely(&second[task], label);
                let mut from = 0;
                for run in seconds.chunk_by(|a, b| holds(a) == holds(b)) {
                    if holds(&run[0]) {
                        let of_second =
                            |second: &Vec<Prediction>| second[task].probabilities[label];
                        let confidence = run.iter().map(of_second).sum::<f32>() / run.len() as f32;
                        let to = ((from + run.len()) as f64).min(end);
                        let span = Span::new(from as f64, to);
                        found.push(Stretch { task, label, span, confidence });
                    }
                    from += run.len();
                }
            }
        }
        let place = |it: &Stretch| (it.task, it.label);
        found.sort_by(|a, b| a.span.start.total_cmp(&b.span.start).then(place(a).cmp(&place(b))));
        found
    }

    /// The probability of each label of each task, part by part.
    fn probable(&self, parts: &[Vec<f32>]) -> Vec<Vec<Vec<f32>>> {
        let parts: Vec<&[f32]> = parts.iter().map(Vec::as_slice).collect();
        let of_part = |logits: Vec<Vec<f32>>| {
            let pairs = self.tasks.iter().zip(&logits);
            pairs.map(|(labels, logits)| labels.probable(logits)).collect()
        };
        let mut logits = vec![Vec::new(); parts.len()];
        for (labels, network) in self.tasks.iter().zip(&self.networks) {
            let of_network = network.logits(std::slice::from_ref(labels), &parts);
            logits.iter_mut().zip(of_network).for_each(|(all, own)| all.extend(own));
        }
        logits.into_iter().map(of_part).collect()
    }
}

/// A network for each of some tasks, stopped and calibrated by sources that they
/// do not learn from.
fn fit(
    clips: &[Clip<'_>],
    labels: &mut [Labels],
    scaling: &Scaling,
    (kind, longest): (Kind, usize),
    seed: u64,
) -> Result<Vec<Network>> {
    let held = held_back(clips, HELD, seed);
    let mut folds = by_source(clips, PARTS, seed);
    if folds.iter().all(|fold| *fold == folds[0]) {
        // Of one source only: better than nothing.
        let of: Vec<_> = clips.iter().map(|clip| &clip.labels).collect();
        folds = stratified(&of, PARTS, seed);
    }
    // What it learns from, and what it stops by.
    let (mut own, mut other): (Vec<Part>, Vec<Part>) = Default::default();
    for ((clip, is_held), fold) in clips.iter().zip(held).zip(folds) {
        let known = clip.labels.iter().map(Option::as_deref);
        let targets: Vec<_> =
            labels.iter().zip(known).map(|(labels, known)| labels.target(known)).collect();
        for tokens in scaling.parts(clip.moments, longest, longest) {
            let part = Part { tokens, targets: targets.clone(), fold };
            if is_held { other.push(part) } else { own.push(part) }
        }
    }
    Network::fit(kind, longest, labels, (own, other), seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moments::FEATURES;
    use std::collections::BTreeSet;

    /// Clips of one second up and one second down, or the other way around; the
    /// first numbers say which way. Each source has one of each.
    fn waves(count: usize) -> Vec<(Moments, &'static str, String)> {
        let mut lot = fastrand::Rng::with_seed(4);
        (0..count)
            .map(|number| {
                let up = number.is_multiple_of(2);
                let mut rows = Vec::new();
                for step in 0..8 {
                    let way = if (step < 4) == up { 1.0 } else { -1.0 };
                    rows.extend((0..FEATURES).map(|place| {
                        let noise = 0.2 * (lot.f32() - 0.5);
                        if place < 20 { way + noise } else { noise }
                    }));
                }
                let label = if up { "up, down" } else { "down, up" };
                (Moments::new(rows), label, format!("film {}", number / 2))
            })
            .collect()
    }

    fn clips<'a>(all: &'a [(Moments, &'static str, String)]) -> Vec<Clip<'a>> {
        all.iter()
            .map(|(moments, label, source)| Clip {
                moments,
                labels: vec![Some(vec![*label])],
                source,
            })
            .collect()
    }

    /// Clips of which exactly their labels are said, of one of the tasks.
    fn right(head: &TemporalHead, clips: &[Clip<'_>], task: usize) -> usize {
        let labels = &head.tasks()[task];
        let told = |clip: &&Clip<'_>| {
            let said = labels.said(&head.predict(clip.moments)[task]);
            let said: BTreeSet<&str> = said.iter().map(|it| &*labels.names()[*it]).collect();
            clip.labels[task].iter().flatten().copied().collect::<BTreeSet<_>>() == said
        };
        clips.iter().filter(told).count()
    }

    /// Of one label a clip, and nothing else.
    fn one() -> [Task; 1] {
        [Task::default()]
    }

    #[test]
    fn networks_mind_the_order_and_the_mean_does_not() {
        let all = waves(60);
        let clips = clips(&all);
        let (own, unseen) = clips.split_at(40);
        for kind in Kind::ALL {
            let head = TemporalHead::train(own, &one(), kind, 1).expect("trained");
            let right = right(&head, unseen, 0);
            if kind == Kind::Mean {
                assert!(right <= 15, "chance is 10: {right}");
                continue;
            }
            assert!(right >= 19, "{kind}: {right} of 20");
            let json = serde_json::to_string(&head).expect("JSON");
            let loaded: TemporalHead = serde_json::from_str(&json).expect("a head");
            assert_eq!(head.predict(unseen[0].moments), loaded.predict(unseen[0].moments));
        }
    }

    #[test]
    fn labels_are_found_in_the_seconds_where_they_hold() {
        let all = waves(40);
        let head = TemporalHead::train(&clips(&all), &one(), Kind::Cnn, 1).expect("trained");
        // Twice up and down, then once down and up.
        let rows = [0, 0, 2, 1].map(|place: usize| all[place].0.rows().to_vec()).concat();
        let moments = Moments::new(rows);
        assert_eq!(head.seconds(&moments).len(), 8);
        let stretches = head.stretches(&moments);
        let at = |second: f64| {
            let found = stretches.iter().find(|it| it.span.start <= second && second < it.span.end);
            found.map(|it| head.tasks()[0].names()[it.label].as_str())
        };
        assert_eq!((at(0.5), at(7.5)), (Some("up, down"), Some("down, up")), "{stretches:?}");
        assert!(head.stretches(&Moments::new(Vec::new())).is_empty());
    }

    /// Every second pair of waves is bright.
    fn lit(all: &mut [(Moments, &'static str, String)]) -> Vec<bool> {
        let is_bright = |number: usize| number % 4 < 2;
        for (number, (moments, ..)) in all.iter_mut().enumerate() {
            let mut rows = moments.rows().to_vec();
            let light = if is_bright(number) { 1.0 } else { -1.0 };
            for row in rows.chunks_exact_mut(FEATURES) {
                row[60..80].iter_mut().for_each(|value| *value += light);
            }
            *moments = Moments::new(rows);
        }
        (0..all.len()).map(is_bright).collect()
    }

    #[test]
    fn several_labels_each_have_their_threshold() {
        let mut all = waves(40);
        let bright = lit(&mut all);
        let mut clips = clips(&all);
        for (clip, is_bright) in clips.iter_mut().zip(bright) {
            let mut labels = clip.labels[0].take().unwrap_or_default();
            labels.retain(|label| *label == "up, down");
            labels.extend(is_bright.then_some("bright"));
            clip.labels = vec![Some(labels)];
        }
        let task = [Task { is_multi: true, ..Task::default() }];
        for kind in [Kind::Mean, Kind::Gru] {
            let head = TemporalHead::train(&clips, &task, kind, 1).expect("trained");
            if kind == Kind::Mean {
                // Of the order it knows nothing, of the light all.
                let labels = &head.tasks()[0];
                let says = clips.iter().filter(|clip| {
                    let said = labels.said(&head.predict(clip.moments)[0]);
                    let has = clip.labels[0].iter().flatten().any(|it| *it == "bright");
                    said.contains(&0) == has
                });
                assert!(says.count() >= 38, "{:?}", labels.names());
                continue;
            }
            assert!(right(&head, &clips, 0) >= 38, "{kind}");
        }
    }

    #[test]
    fn several_tasks_do_not_disturb_each_other_and_some_answers_are_not_known() {
        let mut all = waves(60);
        let bright = lit(&mut all);
        let mut clips = clips(&all);
        for (number, (clip, is_bright)) in clips.iter_mut().zip(bright).enumerate() {
            let light = if is_bright { "bright" } else { "dark" };
            clip.labels.push((number % 5 > 0).then(|| vec![light]));
        }
        let tasks = ["way", "light"];
        let tasks = tasks.map(|name| Task { name: name.to_owned(), is_multi: false });
        let (own, unseen) = clips.split_at(40);
        let only_way: Vec<Clip<'_>> =
            own.iter().map(|clip| Clip { labels: vec![clip.labels[0].clone()], ..*clip }).collect();
        for kind in Kind::ALL {
            let head = TemporalHead::train_apart(own, &tasks, kind, 1).expect("trained");
            // With nothing in common, each answers as if it were asked alone.
            let alone = TemporalHead::train(&only_way, &tasks[..1], kind, 1).expect("trained");
            let first = unseen[0].moments;
            assert_eq!(head.predict(first)[0], alone.predict(first)[0], "{kind}");
            let known: Vec<Clip<'_>> =
                unseen.iter().filter(|clip| clip.labels[1].is_some()).cloned().collect();
            let together = TemporalHead::train(own, &tasks, kind, 1).expect("trained");
            for head in [head, together] {
                assert!(right(&head, &known, 1) + 1 >= known.len(), "{kind}: light");
                let way = right(&head, unseen, 0);
                assert!(kind == Kind::Mean || way >= 18, "{kind}: {way} of 20");
            }
        }
        let stripped: Vec<Clip<'_>> = own
            .iter()
            .map(|clip| Clip { labels: vec![clip.labels[0].clone(), None], ..clip.clone() })
            .collect();
        let error = TemporalHead::train(&stripped, &tasks, Kind::Mean, 1).expect_err("refused");
        assert!(error.to_string().contains("light"), "{error}");
    }

    #[test]
    fn long_clips_are_seen_in_parts() {
        let mut all = waves(8);
        all[0].0 = Moments::new(all[0].0.rows().repeat(40));
        let head = TemporalHead::train(&clips(&all), &one(), Kind::Gru, 1).expect("trained");
        let told = &head.predict(&all[0].0)[0];
        assert!((told.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert_eq!(head.seconds(&all[0].0).len(), 80);
    }

    #[test]
    fn one_label_is_nothing_to_tell_apart() {
        let all = waves(6);
        let mut clips = clips(&all);
        clips.retain(|clip| clip.labels == [Some(vec!["up, down"])]);
        let error = TemporalHead::train(&clips, &one(), Kind::Mean, 1).expect_err("refused");
        assert!(matches!(error, Error::OneLabel { examples: 3, labels: 1, .. }));
    }
}
