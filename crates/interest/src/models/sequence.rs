//! What the sequence models share: how they are trained and how they answer.

use super::{Event, Interactions};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use vireo_learn::{Encoder, Question, Result, SequenceModel, Training, TrainingConfig};

/// Histories that decide when a training stops, at most.
const MOST_QUESTIONS: usize = 2_000;

/// With fewer, chance would decide; then all epochs are taken.
const FEWEST_QUESTIONS: usize = 50;

/// The network's shape, and how it is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Settings<Shape> {
    /// Of the network.
    pub shape: Shape,
    /// Of the training.
    pub training: TrainingConfig,
}

/// A trained network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) struct Sequence<E: Encoder> {
    model: SequenceModel<E>,
    parameters: Vec<f32>,
}

impl<E: Encoder> Sequence<E> {
    /// Trains twice: without everybody's last item, to see after how many
    /// epochs it is predicted best, and so many epochs on everything. Without
    /// anything to learn from, or where training breaks down at once, all
    /// items are alike.
    pub(super) fn fit(data: &Interactions, encoder: E, config: TrainingConfig) -> Self {
        let model = SequenceModel::new(encoder, data.items);
        let parameters = trained(&model, &histories(data), config).unwrap_or_else(|error| {
            tracing::warn!(%error, "a sequence model could not be trained");
            vec![0.0; model.initial(config.seed).len()]
        });
        Self { model, parameters }
    }

    pub(super) fn scores(&self, history: &[Event], out: &mut [f32]) {
        self.model.scores(&self.parameters, &liked(history), out);
    }
}

fn trained<E: Encoder>(
    model: &SequenceModel<E>,
    histories: &[Vec<u32>],
    config: TrainingConfig,
) -> Result<Vec<f32>> {
    let (early, questions) = held_back(histories, config.seed);
    let epochs = if questions.len() < FEWEST_QUESTIONS {
        config.epochs
    } else {
        let mut training = Training::new(model, &early, &questions, config)?;
        // A training that breaks down has found its best epoch before.
        let broken = training.run(&mut report).err();
        let best = training.best();
        if let (Some(error), 0) = (broken, best.epoch) {
            return Err(error);
        }
        best.epoch
    };
    let config = TrainingConfig { epochs, ..config };
    let mut training = Training::new(model, histories, &[], config)?;
    let broken = training.run(&mut report).err();
    let best = training.best();
    match broken {
        Some(error) if best.epoch == 0 => Err(error),
        _ => Ok(best.parameters.clone()),
    }
}

fn report(epoch: &vireo_learn::Epoch) {
    let vireo_learn::Epoch { number, loss, ndcg, .. } = epoch;
    tracing::debug!(number, loss, ndcg, "epoch");
}

/// The histories without the last item, and questions for it, of a seeded
/// choice of people.
fn held_back(histories: &[Vec<u32>], seed: u64) -> (Vec<Vec<u32>>, Vec<Question>) {
    let mut asked: Vec<usize> = (0..histories.len()).collect();
    asked.retain(|person| histories[*person].len() > 1);
    Rng::with_seed(seed).shuffle(&mut asked);
    asked.truncate(MOST_QUESTIONS);
    let mut early = histories.to_vec();
    let mut questions = Vec::new();
    if asked.len() >= FEWEST_QUESTIONS {
        for person in asked {
            if let Some(target) = early[person].pop() {
                questions.push(Question { history: early[person].clone(), target });
            }
        }
    }
    (early, questions)
}

/// The liked items of everybody, oldest first.
pub(super) fn histories(data: &Interactions) -> Vec<Vec<u32>> {
    data.histories.iter().map(|history| liked(history)).collect()
}

fn liked(history: &[Event]) -> Vec<u32> {
    history.iter().filter(|event| event.weight > 0.0).map(|event| event.item).collect()
}
