//! What looks at stretches of moments, and how it is fitted: a network for each
//! task, of tasks that may learn together.

use super::kind::Kind;
use super::task::Labels;
use crate::Result;
use crate::heads::choose;
use crate::heads::features::Row;
use crate::heads::regression::{self, Weights};
use crate::moments::FEATURES;
use serde::{Deserialize, Serialize};
use vireo_learn::{AnyEncoder, Classifier, Example, FitConfig, Target};

/// Epochs where no clip can be held back to stop by.
const EPOCHS: usize = 60;

/// A stretch of a clip, scaled, with what is known of it.
pub(super) struct Part {
    pub(super) tokens: Vec<f32>,
    /// For each task.
    pub(super) targets: Vec<Target>,
    /// In which part its source is, when a choice is made by parts held out.
    pub(super) fold: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Network {
    /// For each task one regression over all labels, or one for each label.
    Mean(Vec<Vec<Weights>>),
    Trained {
        model: Classifier<AnyEncoder>,
        parameters: Vec<f32>,
    },
}

impl Network {
    /// One for each task, which learn together from `own` and stop by `other`;
    /// calibrates their labels.
    pub(super) fn fit(
        kind: Kind,
        length: usize,
        tasks: &mut [Labels],
        (own, other): (Vec<Part>, Vec<Part>),
        seed: u64,
    ) -> Result<Vec<Self>> {
        let Some(encoder) = kind.encoder(length)? else {
            let mut parts = own;
            parts.extend(other);
            let fit = |(number, labels)| Self::Mean(vec![fit_mean(labels, number, &parts)]);
            return Ok(tasks.iter_mut().enumerate().map(fit).collect());
        };
        let asked = tasks.iter().map(Labels::asked).collect();
        let model = Classifier::new(encoder, FEATURES, asked)?;
        let mut config = FitConfig { seed, ..FitConfig::default() };
        if other.is_empty() {
            config.epochs = EPOCHS;
        }
        let each = model.fit_each(&examples(&own), &examples(&other), &config)?;
        let tokens: Vec<&[f32]> = other.iter().map(|part| &*part.tokens).collect();
        let mut networks = Vec::new();
        for (number, (labels, (model, fitted))) in tasks.iter_mut().zip(each).enumerate() {
            let network = Self::Trained { model, parameters: fitted.parameters };
            let told = network.logits(std::slice::from_ref(labels), &tokens);
            let told = told.into_iter().flatten().zip(&other);
            let told = told.map(|(logits, part)| (logits, &part.targets[number]));
            labels.calibrate(&told.collect::<Vec<_>>());
            networks.push(network);
        }
        Ok(networks)
    }

    /// What it says of each part, for each task, before that is made a probability.
    pub(super) fn logits(&self, tasks: &[Labels], parts: &[&[f32]]) -> Vec<Vec<Vec<f32>>> {
        match self {
            Self::Mean(regressions) => {
                let of_task = |(labels, weights): (&Labels, &Vec<Weights>), row: &Row| {
                    let logits: Vec<Vec<f32>> = weights.iter().map(|it| it.logits(row)).collect();
                    match &logits[..] {
                        [one] if !labels.task().is_multi => one.clone(),
                        each => each.iter().map(|pair| pair[1] - pair[0]).collect(),
                    }
                };
                let of_part = |rows: &&[f32]| {
                    let row = mean(rows);
                    tasks.iter().zip(regressions).map(|it| of_task(it, &row)).collect()
                };
                parts.iter().map(of_part).collect()
            }
            Self::Trained { model, parameters } => {
                let answers = model.answers(parameters, parts);
                let width = tasks.iter().map(|labels| labels.names().len()).sum();
                let of_part = |mut answers: &[f32]| {
                    let of_task = |labels: &Labels| {
                        let (own, rest) = answers.split_at(labels.names().len());
                        answers = rest;
                        own.to_vec()
                    };
                    tasks.iter().map(of_task).collect()
                };
                answers.chunks_exact(width).map(of_part).collect()
            }
        }
    }
}

/// The strength and the temperature come from cross-validation, as they do for
/// texts.
fn fit_mean(labels: &mut Labels, task: usize, parts: &[Part]) -> Vec<Weights> {
    let known: Vec<&Part> =
        parts.iter().filter(|part| part.targets[task] != Target::Unknown).collect();
    let rows: Vec<Row> = known.iter().map(|part| mean(&part.tokens)).collect();
    let all: Vec<&Row> = rows.iter().collect();
    let folds: Vec<usize> = known.iter().map(|part| part.fold).collect();
    let fit = |class: &dyn Fn(&Target) -> usize, count: usize| {
        let classes: Vec<usize> = known.iter().map(|part| class(&part.targets[task])).collect();
        let blank = Weights::zeros(count, FEATURES, 0);
        let choice = choose(&blank, &rows, &classes, &folds);
        (regression::fit(blank, &all, &classes, choice.strength), choice.temperature)
    };
    if labels.task().is_multi {
        let holds = |label: usize| {
            move |target: &Target| match target {
                Target::Any(any) => usize::from(any[label]),
                _ => 0,
            }
        };
        return (0..labels.names().len()).map(|label| fit(&holds(label), 2).0).collect();
    }
    let one = |target: &Target| if let Target::One(one) = target { *one } else { 0 };
    let (weights, temperature) = fit(&one, labels.names().len());
    labels.set_temperature(temperature);
    vec![weights]
}

fn examples(parts: &[Part]) -> Vec<Example<'_>> {
    parts.iter().map(|part| Example { tokens: &part.tokens, targets: &part.targets }).collect()
}

/// The mean of rows.
fn mean(rows: &[f32]) -> Row {
    let count = (rows.len() / FEATURES).max(1) as f32;
    let mut dense = vec![0.0; FEATURES];
    for row in rows.chunks_exact(FEATURES) {
        dense.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / count);
    }
    Row { dense, sparse: Vec::new() }
}
