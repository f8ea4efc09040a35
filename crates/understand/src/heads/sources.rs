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
/// parts: a trial for each task, as if nothing else were asked. Clips of which
/// the task's labels are not known are passed over, and those with a label that
/// no other source has.
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
    let of_task = |(number, task): (usize, &Task)| {
        let (places, clips): (Vec<usize>, Vec<Clip<'_>>) = clips
            .iter()
            .enumerate()
            .filter(|(_, clip)| clip.labels[number].is_some())
            .map(|(place, clip)| {
                (place, Clip { labels: vec![clip.labels[number].clone()], ..*clip })
            })
            .unzip();
        let mut trial = trial_of(&clips, task, kind, folds, seed)?;
        trial.told.iter_mut().for_each(|it| it.clip = places[it.clip]);
        Ok(trial)
    };
    tasks.iter().enumerate().map(of_task).collect()
}

/// The trial of clips that answer one task.
fn trial_of(clips: &[Clip<'_>], task: &Task, kind: Kind, folds: usize, seed: u64) -> Result<Trial> {
    let sources: BTreeSet<&str> = clips.iter().map(|clip| clip.source).collect();
    let folds = folds.clamp(2, sources.len().max(2));
    let of = by_source(clips, folds, seed);
    let mut trial = Trial { kind, told: Vec::new(), lone: Vec::new() };
    for fold in 0..folds {
        let held: Vec<bool> = of.iter().map(|it| *it == fold).collect();
        let known = left(clips, &held);
        let (mut own, mut shown) = (Vec::new(), Vec::new());
        for (place, clip) in clips.iter().enumerate() {
            if !held[place] {
                own.push(clip.clone());
                continue;
            }
            let unknown = labels(clip).filter(|label| !known.contains(label));
            let unknown: Vec<String> = unknown.map(|(_, label)| label.to_owned()).collect();
            if unknown.is_empty() {
                shown.push(place);
            }
            trial.lone.extend(unknown);
        }
        // One label that is left alone is told from nothing.
        if shown.is_empty() || known.len() < task.fewest_labels() {
            continue;
        }
        let head = TemporalHead::train(&own, std::slice::from_ref(task), kind, seed)?;
        for place in shown {
            trial.told.extend(tell(&head, place, &clips[place]).into_iter().flatten());
        }
    }
    trial.told.sort_by_key(|it| it.clip);
    trial.lone.sort();
    trial.lone.dedup();
    Ok(trial)
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

    #[test]
    fn a_task_that_few_clips_answer_does_not_end_the_trial_of_others() {
        let moments = vec![Moments::new(vec![0.0; FEATURES]); ROWS.len()];
        let mut clips = clips(&moments, &ROWS);
        for (clip, mood) in clips.iter_mut().zip([Some("calm"), None, Some("calm"), Some("wild")]) {
            clip.labels.push(mood.map(|mood| vec![mood]));
        }
        clips[4..].iter_mut().for_each(|clip| clip.labels.push(None));
        let mood = Task { name: "mood".to_owned(), is_multi: false };
        let trials = trial(&clips, &[Task::default(), mood], Kind::Mean, 3, 1).expect("told");
        assert_eq!(trials[0].told.len(), 7);
        assert!(trials[1].told.iter().all(|it| [0, 2].contains(&it.clip)), "wild is of one source");
        assert_eq!(trials[1].lone, ["wild"]);
    }
}
