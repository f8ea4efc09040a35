//! What is asked of clips, and how the answer is read.

use crate::heads::regression::softmax;
use crate::heads::{Prediction, temperature};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use vireo_learn::{Asked, Target};

/// What a label's probability must reach, where nothing better is known.
const THRESHOLD: f32 = 0.5;

/// One question of a head: labels of one sort.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Task {
    /// What the labels say of a clip (`mood`); empty where nothing else is asked.
    pub name: String,
    /// Whether a clip may have several of them, or none.
    pub is_multi: bool,
}

impl Task {
    /// Fewer labels leave nothing to tell apart.
    pub(in crate::heads) fn fewest_labels(&self) -> usize {
        if self.is_multi { 1 } else { 2 }
    }
}

/// The labels of a task, and from when they are said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Labels {
    task: Task,
    names: Vec<String>,
    temperature: f32,
    thresholds: Vec<f32>,
}

impl Labels {
    /// Those that clips were given; `known` are the labels of each.
    pub(super) fn new<'a>(task: &Task, known: impl Iterator<Item = &'a [&'a str]>) -> Self {
        let names: BTreeSet<&str> = known.flatten().copied().collect();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let thresholds = vec![THRESHOLD; names.len()];
        Self { task: task.clone(), names, temperature: 1.0, thresholds }
    }

    /// Whose labels they are.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Their names, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// For each what its probability must reach to be said.
    pub fn thresholds(&self) -> &[f32] {
        &self.thresholds
    }

    /// The places of those that are said: the likeliest, or all that reach
    /// their thresholds.
    pub fn said(&self, prediction: &Prediction) -> Vec<usize> {
        let holds = |label: &usize| self.holds(prediction, *label);
        (0..self.names.len()).filter(holds).collect()
    }

    fn holds(&self, prediction: &Prediction, label: usize) -> bool {
        if self.task.is_multi {
            return prediction.probabilities[label] >= self.thresholds[label];
        }
        prediction.label == label
    }

    /// Whether one is said of a part of a video, where none need be.
    pub(super) fn holds_surely(&self, prediction: &Prediction, label: usize) -> bool {
        self.holds(prediction, label) && prediction.probabilities[label] >= self.thresholds[label]
    }

    pub(super) fn asked(&self) -> Asked {
        let asked = if self.task.is_multi { Asked::AnyOf } else { Asked::OneOf };
        asked(self.names.len())
    }

    /// What is known of a clip, by its labels.
    pub(super) fn target(&self, known: Option<&[&str]>) -> Target {
        let Some(known) = known else { return Target::Unknown };
        let has = |name: &String| known.contains(&name.as_str());
        if self.task.is_multi {
            return Target::Any(self.names.iter().map(has).collect());
        }
        self.names.iter().position(has).map_or(Target::Unknown, Target::One)
    }

    pub(super) fn probable(&self, logits: &[f32]) -> Vec<f32> {
        if self.task.is_multi {
            return logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect();
        }
        softmax(logits, self.temperature)
    }

    pub(super) fn set_temperature(&mut self, temperature: f32) {
        self.temperature = temperature;
    }

    /// Makes confidences honest and thresholds good by what was told of clips
    /// that were held back.
    pub(super) fn calibrate(&mut self, told: &[(Vec<f32>, &Target)]) {
        let mut of_one = Vec::new();
        for (logits, target) in told {
            if let Target::One(one) = target {
                of_one.push((logits.clone(), *one));
            }
        }
        if !of_one.is_empty() {
            self.temperature = temperature::fit(&of_one).0;
        }
        if !self.task.is_multi {
            return;
        }
        for label in 0..self.names.len() {
            let of_label = told.iter().filter_map(|(logits, target)| match target {
                Target::Any(any) => Some((self.probable(logits)[label], any[label])),
                _ => None,
            });
            self.thresholds[label] = best_threshold(of_label.collect());
        }
    }
}

/// The threshold at which F1 is best; where that is nowhere above 0, the usual.
fn best_threshold(mut told: Vec<(f32, bool)>) -> f32 {
    told.sort_by(|a, b| b.0.total_cmp(&a.0));
    let all = told.iter().filter(|(_, holds)| *holds).count();
    let (mut right, mut best) = (0, (0.0, THRESHOLD));
    for (place, (probability, holds)) in told.iter().enumerate() {
        right += usize::from(*holds);
        let f1 = 2.0 * right as f32 / (all + place + 1) as f32;
        if f1 > best.0 {
            // In the middle to the next, so that rounding tips nothing.
            let next = told.get(place + 1).map_or(0.0, |next| next.0);
            best = (f1, f32::midpoint(*probability, next));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_where_f1_is_best() {
        assert_eq!(best_threshold(vec![(0.9, true), (0.3, true), (0.1, false)]), 0.2);
        assert_eq!(best_threshold(vec![(0.9, false)]), THRESHOLD);
    }

    #[test]
    fn what_is_not_known_is_no_answer() {
        let task = Task::default();
        let known: [&[&str]; 2] = [&["b"], &["a"]];
        let labels = Labels::new(&task, known.into_iter());
        assert_eq!(labels.names(), ["a", "b"]);
        assert_eq!(labels.target(Some(&["b"])), Target::One(1));
        assert_eq!(labels.target(Some(&["c"])), Target::Unknown);
        assert_eq!(labels.target(None), Target::Unknown);
        let several = Labels::new(&Task { is_multi: true, ..task }, known.into_iter());
        assert_eq!(several.target(Some(&[])), Target::Any(vec![false, false]));
        assert_eq!(several.target(None), Target::Unknown);
    }
}
