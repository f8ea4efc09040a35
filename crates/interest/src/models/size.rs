//! How large a network some data supports, and how long it may train.

use super::{Content, Interactions};
use vireo_learn::{AdamConfig, TrainingConfig, Without};

/// Operations of a training, at most: some twenty minutes of two cores.
const MOST_WORK: f64 = 1e14;

/// Epochs that are ever useful.
const MOST_EPOCHS: usize = 60;

/// Histories of a batch, where they are short.
const TOGETHER: usize = 128;

/// Items with which all of them are in the softmax and each step reads what all are
/// about; with more, neither.
const MOST_ITEMS: usize = 20_000;

/// What a step does without, where it is known what items are about.
pub(super) const WITHOUT: Without = Without { ids: 0.3, modalities: 0.0 };

/// What the settings of a network follow from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    events: usize,
    /// Likings of a person who has any.
    mean: usize,
    items: usize,
    /// Columns of meanings that are read.
    columns: usize,
}

/// What sequence models read of items.
pub(super) fn content_read(data: &Interactions) -> Content {
    if data.items > MOST_ITEMS { Content::default() } else { data.content.clone() }
}

impl Size {
    pub(super) fn of(data: &Interactions) -> Self {
        let likes = data.histories.iter().map(|h| h.iter().filter(|e| e.weight > 0.0).count());
        let likes: Vec<usize> = likes.filter(|count| *count > 0).collect();
        let events = likes.iter().sum();
        let columns = content_read(data).modalities()[0].len();
        Self { events, mean: events / likes.len().max(1), items: data.items, columns }
    }

    /// Are histories short, as in a shop?
    pub(super) fn is_sparse(self) -> bool {
        self.mean < 20
    }

    /// Are there about a million likings, enough for hardly any dropout?
    pub(super) fn is_large(self) -> bool {
        self.events > 500_000 && !self.is_sparse()
    }

    /// How far back a network looks. Longer is slower and not better where
    /// histories are of a hundred events.
    pub(super) fn length(self) -> usize {
        if self.mean > 150 { 200 } else { 50 }
    }

    /// The share that is dropped.
    pub(super) fn dropout(self) -> f32 {
        if self.is_large() {
            0.1
        } else if self.is_sparse() {
            0.2
        } else {
            0.3
        }
    }

    /// How a network is trained whose rows of items are so wide, and that has
    /// so many parameters beside them. A softmax over everything is exact, and
    /// affordable up to some ten thousand items.
    pub(super) fn training(self, width: usize, parameters: usize, seed: u64) -> TrainingConfig {
        let negatives = (self.items > MOST_ITEMS).then_some(2_048);
        let batch = (self.events / 50).min(TOGETHER * self.mean).clamp(64, 12_800);
        let epoch = self.work(width, negatives, parameters, batch);
        let rate = if self.is_large() { 1e-3 } else { 2e-3 };
        TrainingConfig {
            batch,
            negatives,
            epochs: ((MOST_WORK / epoch) as usize).clamp(8, MOST_EPOCHS),
            patience: 6,
            without: WITHOUT,
            adam: AdamConfig { rate, ..AdamConfig::default() },
            // The mean of about an epoch.
            average: (1.0 - batch as f32 / self.events as f32).max(0.0),
            seed,
        }
    }

    /// Operations of an epoch: each number of a network is used by each event,
    /// forward and twice back; what items are about is read by each batch, and back.
    fn work(self, width: usize, negatives: Option<usize>, parameters: usize, batch: usize) -> f64 {
        let candidates = negatives.unwrap_or(self.items);
        let of_events = 6.0 * self.events as f64 * (width * candidates + parameters) as f64;
        let of_batch = 4.0 * (self.items * self.columns * width) as f64;
        of_events + of_batch * self.events as f64 / batch as f64
    }
}
