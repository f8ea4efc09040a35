//! Clips are held back by source: clips that were cut from one film are alike
//! for reasons that no label has.

use super::temporal::{Clip, Kind, Labels, Task, TemporalHead};
use super::{Prediction, stratified};
use crate::Result;
use std::collections::{BTreeMap, BTreeSet};

/// The source of a clip by its file's name, without extension: what is before
/// `_c` and digits (as of UCF101), or all of it.
pub fn source_of(stem: &str) -> &str {
    let Some((source, number)) = stem.rsplit_once("_c") else { return stem };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && !source.is_empty() { source } else { stem }
}

/// The fold (below `folds`) of each clip: all clips of a source are in one, and
/// each label of the first task is spread over the folds as far as its sources go.
pub fn by_source(clips: &[Clip<'_>], folds: usize, seed: u64) -> Vec<usize> {
    let mut sources: BTreeMap<&str, Option<&Option<Vec<&str>>>> = BTreeMap::new();
    for clip in clips {
        sources.entry(clip.source).or_insert(clip.labels.first());
    }
    let labels: Vec<_> = sources.values().copied().collect();
    let of = stratified(&labels, folds, seed);
    let of: BTreeMap<&str, usize> = sources.keys().copied().zip(of).collect();
    clips.iter().map(|clip| of[clip.source]).collect()
}

/// Which clips a training is stopped by: one of `parts` of the sources, but for
/// clips with a label that no other clip would be left of.
pub(super) fn held_back(clips: &[Clip<'_>], parts: usize, seed: u64) -> Vec<bool> {
    let sources: BTreeSet<&str> = clips.iter().map(|clip| clip.source).collect();
    let of = by_source(clips, parts.min(sources.len()).max(1), seed);
    let mut held: Vec<bool> = of.iter().map(|fold| *fold == 0).collect();
    let left = left(clips, &held);
    for (held, clip) in held.iter_mut().zip(clips) {
        *held &= labels(clip).all(|label| left.contains(&label));
    }
    held
}

/// The tasks and labels of a clip.
fn labels<'a>(clip: &Clip<'a>) -> impl Iterator<Item = (usize, &'a str)> {
    let known = clip.labels.iter().enumerate();
    known.flat_map(|(task, labels)| labels.iter().flatten().map(move |label| (task, *label)))
}

/// The labels of the clips that are not held back.
fn left<'a>(clips: &[Clip<'a>], held: &[bool]) -> BTreeSet<(usize, &'a str)> {
    let own = clips.iter().zip(held).filter(|(_, held)| !**held);
    own.flat_map(|(clip, _)| labels(clip)).collect()
}

/// What is said of one clip by a head that was trained without its source.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The clip's place.
    pub clip: usize,
    /// Its labels.
    pub labels: Vec<String>,
    /// Those that are said of it.
    pub said: Vec<String>,
    /// The probability that each label of the clip has.
    pub of_own: Vec<f32>,
    /// How sure the head is of the likeliest label.
    pub confidence: f32,
}

/// How well a kind of head tells clips whose source it has not seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// What looked.
    pub kind: Kind,
    /// What was said of the clips that could be held back.
    pub told: Vec<Told>,
    /// Labels with clips of one source only: they cannot be held back.
    pub lone: Vec<String>,
}

/// Tells every clip by heads that were trained without its source, in `folds`
/// parts: a trial for each task. Clips with a label that no other source has are
/// passed over, and those of which a task's labels are not known.
///
/// # Errors
/// If a head cannot be trained on what is left.
pub fn trial(
    clips: &[Clip<'_>],
    tasks: &[Task],
    kind: Kind,
    folds: usize,
    seed: u64,
) -> Result<Vec<Trial>> {
    let sources: BTreeSet<&str> = clips.iter().map(|clip| clip.source).collect();
    let folds = folds.clamp(2, sources.len().max(2));
    let of = by_source(clips, folds, seed);
    let mut trials = vec![Trial { kind, told: Vec::new(), lone: Vec::new() }; tasks.len()];
    for fold in 0..folds {
        let held: Vec<bool> = of.iter().map(|it| *it == fold).collect();
        let parted = clips.iter().zip(&held);
        let own: Vec<Clip<'_>> =
            parted.filter(|(_, held)| !**held).map(|(clip, _)| clip.clone()).collect();
        let known = left(clips, &held);
        let mut shown = Vec::new();
        for (place, clip) in clips.iter().enumerate().filter(|(place, _)| held[*place]) {
            let mut clip = clip.clone();
            for (task, of_clip) in clip.labels.iter_mut().enumerate() {
                let unknown = |label: &&&str| !known.contains(&(task, **label));
                let unknown = of_clip.iter().flatten().filter(unknown);
                let unknown: Vec<String> = unknown.map(|label| (*label).to_owned()).collect();
                if !unknown.is_empty() {
                    trials[task].lone.extend(unknown);
                    *of_clip = None;
                }
            }
            if clip.labels.iter().any(Option::is_some) {
                shown.push((place, clip));
            }
        }
        if shown.is_empty() {
            continue;
        }
        let head = TemporalHead::train(&own, tasks, kind, seed)?;
        for (place, clip) in shown {
            for (trial, told) in trials.iter_mut().zip(tell(&head, place, &clip)) {
                trial.told.extend(told);
            }
        }
    }
    for trial in &mut trials {
        trial.told.sort_by_key(|it| it.clip);
        trial.lone.sort();
        trial.lone.dedup();
    }
    Ok(trials)
}

/// What a head says of a clip, for each task; `None` where the clip's labels are
/// not known.
pub fn tell(head: &TemporalHead, place: usize, clip: &Clip<'_>) -> Vec<Option<Told>> {
    let predictions = head.predict(clip.moments);
    let all = head.tasks().iter().zip(&predictions).zip(&clip.labels);
    all.map(|((labels, prediction), own)| {
        own.as_deref().map(|own| told(labels, prediction, place, own))
    })
    .collect()
}

fn told(labels: &Labels, prediction: &Prediction, clip: usize, own: &[&str]) -> Told {
    let name = |label: &usize| labels.names()[*label].clone();
    let of = |label: &&str| {
        let place = labels.names().iter().position(|it| it == label);
        place.map_or(0.0, |place| prediction.probabilities[place])
    };
    Told {
        clip,
        labels: own.iter().map(|label| (*label).to_owned()).collect(),
        said: labels.said(prediction).iter().map(name).collect(),
        of_own: own.iter().map(of).collect(),
        confidence: prediction.confidence(),
    }
}

impl Trial {
    /// Share of the clips of which exactly their labels were said; 0 of none.
    pub fn accuracy(&self) -> f64 {
        let right = |it: &&Told| {
            let set = |labels: &[String]| labels.iter().cloned().collect::<BTreeSet<_>>();
            set(&it.labels) == set(&it.said)
        };
        self.told.iter().filter(right).count() as f64 / self.told.len().max(1) as f64
    }

    /// Mean over the labels of F1.
    pub fn macro_f1(&self) -> f64 {
        let labels: BTreeSet<&String> =
            self.told.iter().flat_map(|it| it.labels.iter().chain(&it.said)).collect();
        let f1 = |label: &&String| {
            let count =
                |test: &dyn Fn(&Told) -> bool| self.told.iter().filter(|it| test(it)).count();
            let both = count(&|it| it.labels.contains(label) && it.said.contains(label));
            let either =
                count(&|it| it.labels.contains(label)) + count(&|it| it.said.contains(label));
            2.0 * both as f64 / either.max(1) as f64
        };
        labels.iter().map(f1).sum::<f64>() / labels.len().max(1) as f64
    }

    /// Mean negative logarithm of the probability of the clips' own labels:
    /// honest doubt costs less than a mistake that is sure of itself.
    pub fn surprise(&self) -> f64 {
        let all: Vec<f64> = self
            .told
            .iter()
            .flat_map(|it| &it.of_own)
            .map(|it| -f64::from(it.max(1e-6)).ln())
            .collect();
        all.iter().sum::<f64>() / all.len().max(1) as f64
    }

    /// How far confidence is from the share that is right, over ten equal steps
    /// of it (expected calibration error, Guo et al., 2017).
    pub fn calibration_error(&self) -> f64 {
        let mut steps = [(0.0, 0.0); 10];
        for told in &self.told {
            let step = &mut steps[((told.confidence * 10.0) as usize).min(9)];
            let is_right = told.labels == told.said;
            *step = (step.0 + f64::from(told.confidence), step.1 + f64::from(u8::from(is_right)));
        }
        let off: f64 = steps.iter().map(|(sure, right)| (sure - right).abs()).sum();
        off / self.told.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moments::{FEATURES, Moments};

    #[test]
    fn names_tell_the_source() {
        for (stem, source) in [
            ("v_Diving_g01_c03", "v_Diving_g01"),
            ("cats_cute", "cats_cute"),
            ("talk_c", "talk_c"),
            ("_c1", "_c1"),
            ("yoga", "yoga"),
        ] {
            assert_eq!(source_of(stem), source);
        }
    }

    fn clips<'a>(moments: &'a [Moments], rows: &[(&'a str, &'a str)]) -> Vec<Clip<'a>> {
        let clip = |(moments, (label, source)): (&'a Moments, &(&'a str, &'a str))| Clip {
            moments,
            labels: vec![Some(vec![*label])],
            source,
        };
        moments.iter().zip(rows).map(clip).collect()
    }

    const ROWS: [(&str, &str); 9] = [
        ("a", "1"),
        ("a", "1"),
        ("a", "2"),
        ("b", "3"),
        ("b", "4"),
        ("b", "4"),
        ("b", "5"),
        ("c", "6"),
        ("c", "6"),
    ];

    #[test]
    fn clips_of_a_source_stay_together() {
        let moments = vec![Moments::new(vec![0.0; FEATURES]); ROWS.len()];
        let clips = clips(&moments, &ROWS);
        for seed in 0..8 {
            let of = by_source(&clips, 3, seed);
            assert!(of[0] == of[1] && of[4] == of[5] && of[7] == of[8]);
            assert!((0..3).all(|fold| of.contains(&fold)));
            let held = held_back(&clips, 2, seed);
            assert!(!held[7] && !held[8], "nothing else is of c");
            assert!(held.contains(&true));
        }
    }

    #[test]
    fn every_clip_that_can_be_held_back_is_told_once() {
        let mut lot = fastrand::Rng::with_seed(2);
        let moments: Vec<Moments> = ROWS
            .iter()
            .map(|(label, _)| {
                let bright = if *label == "a" { 1.0 } else { -1.0 };
                Moments::new((0..FEATURES).map(|_| bright + 0.1 * lot.f32()).collect())
            })
            .collect();
        let clips = clips(&moments, &ROWS);
        let [trial] = &trial(&clips, &[Task::default()], Kind::Mean, 9, 1).expect("told")[..]
        else {
            panic!("of one task there is one trial");
        };
        let places: Vec<usize> = trial.told.iter().map(|it| it.clip).collect();
        assert_eq!(places, [0, 1, 2, 3, 4, 5, 6], "those of c are of one source");
        assert_eq!(trial.lone, ["c"]);
        assert!(trial.told[..3].iter().all(|it| it.said == ["a"]));
        assert!(trial.accuracy() >= 3.0 / 7.0 && trial.surprise().is_finite());
        assert!(trial.macro_f1() > 0.0 && (0.0..=1.0).contains(&trial.calibration_error()));
    }
}
