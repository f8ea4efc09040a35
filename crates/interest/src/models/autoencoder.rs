//! What the autoencoders share: how they are trained and how they answer.

use super::interactions::distinct;
use super::{Event, Interactions};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use vireo_learn::{
    AdamConfig, Autoencoder, AutoencoderConfig as Shape, Error, Features, Liked, Result, Step,
    Without,
};

/// Settings of a training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AutoencoderConfig {
    /// Of the network.
    pub shape: Shape,
    /// Weight of the divergence, β, after half of the epochs; it rises from 0.
    pub divergence: f32,
    /// Learning rate.
    pub rate: f32,
    /// Epochs, at most.
    pub epochs: usize,
    /// Epochs without a better validation, after which it stops.
    pub patience: usize,
    /// Items that are modelled, at most: the most popular, and of those that
    /// nobody liked as many as there is room for. Time is items times people.
    pub most_items: usize,
    /// People who are learned from, at most: a seeded choice.
    pub most_people: usize,
    /// Of everything that is drawn.
    pub seed: u64,
}

impl AutoencoderConfig {
    /// The default settings with a seed.
    pub const fn seeded(seed: u64) -> Self {
        Self {
            shape: Shape { hidden: 200, latent: 64, dropout: 0.5, without: Without::NOTHING },
            divergence: 0.2,
            rate: 1e-3,
            epochs: 100,
            patience: 10,
            most_items: 20_000,
            most_people: 20_000,
            seed,
        }
    }
}

/// Some twenty steps an epoch, of so many people at least and at most.
const FEWEST_TOGETHER: usize = 32;
const MOST_TOGETHER: usize = 512;

/// A tenth of the people are held back to see when a training should stop, at
/// most so many; with fewer, chance would decide, and a third of the epochs are
/// taken.
const MOST_HELD: usize = 1_000;
const FEWEST_HELD: usize = 50;

/// Depth of the lists that decide.
const DEPTH: usize = 20;

/// A trained network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Trained {
    network: Option<Autoencoder>,
    parameters: Vec<f32>,
    /// Place of each item in the network.
    places: Vec<Option<u32>>,
}

/// A person who is held back: what they liked first, and what later.
struct Held {
    first: Liked,
    later: Vec<u32>,
}

/// What a training works on.
struct Material<'a> {
    network: Autoencoder,
    features: &'a Features,
    config: &'a AutoencoderConfig,
}

impl Trained {
    /// Trains twice: without a tenth of the people, to see after how many
    /// epochs the last fifth of their likings is found best, and so many epochs
    /// on everybody. Without anything to learn from, all items are alike.
    pub(super) fn fit(data: &Interactions, config: &AutoencoderConfig) -> Self {
        let (items, places) = modelled(data, config.most_items);
        let features = data.content.features(&items, &data.popularity());
        let nothing = || Self { network: None, parameters: Vec::new(), places: Vec::new() };
        let Ok(network) = Autoencoder::new(config.shape, items.len(), features.width()) else {
            return nothing();
        };
        let material = Material { network, features: &features, config };
        let trained = material.train(data, &places).and_then(|parameters| {
            let (network, parameters) = network.folded(&parameters, &features);
            let mut scores = vec![0.0; network.items()];
            network.scores(&parameters, &Liked::new(), &mut scores);
            let is_sound = scores.iter().all(|score| score.is_finite());
            if is_sound { Ok((network, parameters)) } else { Err(Error::NotFinite { step: 0 }) }
        });
        match trained {
            Ok((network, parameters)) => {
                let places = (0..data.items).map(|item| {
                    let place = places[item]?;
                    // Of what has neither likings nor content nothing is known.
                    (features.knows(place as usize) || data.content.is_of(item as u32))
                        .then_some(place)
                });
                let places = places.collect();
                Self { network: Some(network), parameters, places }
            }
            Err(error) => {
                tracing::warn!(%error, "an autoencoder could not be trained");
                nothing()
            }
        }
    }

    pub(super) fn scores(&self, history: &[Event], out: &mut [f32]) {
        out.fill(0.0);
        let Some(network) = &self.network else { return };
        let liked = placed(&distinct(history), &self.places);
        let mut scores = vec![0.0; network.items()];
        network.scores(&self.parameters, &liked, &mut scores);
        // What is not modelled comes last.
        let least = scores.iter().copied().fold(f32::INFINITY, f32::min) - 1.0;
        for (out, place) in out.iter_mut().zip(&self.places) {
            *out = place.map_or(least, |place| scores[place as usize]);
        }
    }
}

/// The items of a network, and the place of each item among them.
fn modelled(data: &Interactions, most: usize) -> (Vec<u32>, Vec<Option<u32>>) {
    let popularity = data.popularity();
    let mut items: Vec<u32> = (0..data.items as u32).collect();
    items.sort_by(|a, b| popularity[*b as usize].total_cmp(&popularity[*a as usize]));
    items.truncate(most);
    let mut places = vec![None; data.items];
    items.iter().zip(0..).for_each(|(item, place)| places[*item as usize] = Some(place));
    (items, places)
}

fn placed(liked: &[(u32, f32)], places: &[Option<u32>]) -> Liked {
    let place = |(item, weight): &(u32, f32)| Some((places[*item as usize]?, *weight));
    liked.iter().filter_map(place).collect()
}

impl Material<'_> {
    fn train(&self, data: &Interactions, places: &[Option<u32>]) -> Result<Vec<f32>> {
        let config = self.config;
        let mut random = Rng::with_seed(config.seed);
        let row = |events: &[Event]| placed(&distinct(events), places);
        let liked = |history: &Vec<Event>| -> Vec<Event> {
            history.iter().filter(|event| event.weight > 0.0).copied().collect()
        };
        let mut histories: Vec<Vec<Event>> = data.histories.iter().map(liked).collect();
        histories.retain(|history| !history.is_empty());
        random.shuffle(&mut histories);
        histories.truncate(config.most_people);
        let everybody: Vec<Liked> = histories.iter().map(|history| row(history)).collect();
        let count = histories.iter().filter(|history| history.len() > 1).count();
        let count = (count / 10).min(MOST_HELD);
        if count < FEWEST_HELD {
            return self.run(&everybody, &[], config.epochs.div_ceil(3)).map(|(best, _)| best);
        }
        let (mut held, mut others) = (Vec::new(), Vec::new());
        for (history, row_of_all) in histories.iter().zip(&everybody) {
            if held.len() == count || history.len() < 2 {
                others.push(row_of_all.clone());
                continue;
            }
            let (first, later) = history.split_at(history.len() - history.len().div_ceil(5));
            let later = row(later).into_iter().map(|(place, _)| place).collect();
            held.push(Held { first: row(first), later });
        }
        let (best, epochs) = self.run(&others, &held, config.epochs)?;
        // One that breaks down on everybody did well on most of them.
        Ok(self.run(&everybody, &[], epochs).map_or(best, |(whole, _)| whole))
    }

    /// Trains; the best parameters with their number of epochs, or the last.
    fn run(&self, people: &[Liked], held: &[Held], epochs: usize) -> Result<(Vec<f32>, usize)> {
        let Self { network, features, config } = self;
        let mut random = Rng::with_seed(config.seed);
        let mut parameters = network.initial(random.u64(..));
        let mut adam = network.optimiser();
        let settings = AdamConfig { rate: config.rate, ..AdamConfig::default() };
        let mut order: Vec<&Liked> = people.iter().collect();
        let together = (people.len() / 20).clamp(FEWEST_TOGETHER, MOST_TOGETHER);
        let mut best = (parameters.clone(), 0, 0.0);
        for epoch in 1..=epochs {
            random.shuffle(&mut order);
            // Of all the epochs there may be, not of those that there will be:
            // the second training must go as the first.
            let rise = (2.0 * epoch as f32 / config.epochs as f32).min(1.0);
            let (mut loss, mut steps) = (0.0, 0.0);
            for people in order.chunks(together) {
                let step = Step { divergence: config.divergence * rise, seed: random.u64(..) };
                let adam = (&mut adam, &settings);
                match network.step(&mut parameters, people, features, step, adam) {
                    Ok(of_step) => (loss, steps) = (loss + of_step, steps + 1.0),
                    // Of a best one is only known where there are people to ask.
                    Err(_) if best.2 > 0.0 => return Ok((best.0, best.1)),
                    Err(error) => return Err(error),
                }
            }
            let ndcg = self.ndcg(&parameters, held);
            tracing::debug!(epoch, loss = loss / steps, ndcg, "epoch");
            if held.is_empty() || ndcg > best.2 {
                best = (parameters.clone(), epoch, ndcg);
            } else if epoch - best.1 >= config.patience {
                break;
            }
        }
        Ok((best.0, best.1))
    }

    /// NDCG of what held-back people liked later, among all that they had not
    /// liked before; their mean.
    fn ndcg(&self, parameters: &[f32], held: &[Held]) -> f64 {
        if held.is_empty() {
            return 0.0;
        }
        let (network, parameters) = self.network.folded(parameters, self.features);
        let mut scores = vec![0.0; network.items()];
        let mut gain = |person: &Held| {
            network.scores(&parameters, &person.first, &mut scores);
            person.first.iter().for_each(|(place, _)| scores[*place as usize] = f32::NEG_INFINITY);
            let discount = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
            // An equal score counts against it, as does no number.
            let found = person.later.iter().map(|place| {
                let own = scores[*place as usize];
                let is_below = |score: &&f32| score.partial_cmp(&&own) == Some(Ordering::Less);
                scores.len() - scores.iter().filter(is_below).count() - 1
            });
            let found = found.filter(|rank| *rank < DEPTH).map(discount).sum::<f64>();
            let ideal = (0..person.later.len().min(DEPTH)).map(discount).sum::<f64>();
            if ideal > 0.0 { found / ideal } else { 0.0 }
        };
        held.iter().map(&mut gain).sum::<f64>() / held.len() as f64
    }
}
