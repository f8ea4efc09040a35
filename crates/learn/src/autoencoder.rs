//! What somebody likes, from all that they liked, in no order: a variational
//! autoencoder over items, which may also be read by what they are about.

mod part;

use crate::adam::{Adam, AdamConfig};
use crate::encoder::{Places, check, fill_normal};
use crate::features::{Features, Read, Without};
use crate::lanes::{add, add_scaled, dot, wide};
use crate::noise::mix;
use crate::product::{View, ViewMut, add_product};
use crate::{Error, Result};
use fastrand::Rng;
use part::{Forward, Part, normalized};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::ops::Range;

/// People that are taken through the network together; their sums are added up
/// in order, whatever the number of threads.
const TOGETHER: usize = 32;

/// Parts that items are cut into, for the same reason.
const PARTS: usize = 16;

/// Standard deviation of items' rows before training: as they are read, and,
/// by the width, as they answer.
const DEVIATIONS: [f32; 2] = [0.1, 0.25];

/// Settings of an [`Autoencoder`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AutoencoderConfig {
    /// Numbers of an item's row.
    pub hidden: usize,
    /// Numbers of a person in the middle.
    pub latent: usize,
    /// Share of what somebody liked that is not read in a step.
    pub dropout: f32,
    /// What a step does not read of items.
    pub without: Without,
}

/// A variational autoencoder with a multinomial likelihood: Mult-VAE (Liang et
/// al., WWW 2018) without the bias of items.
///
/// An item has two rows, one by which it is read and one by which it is found.
/// Where items have [`Features`], a learned map of them is added to either row, and
/// a share of items is left without their own rows in each step, so that an item
/// nobody has liked yet is read and found, too.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Autoencoder {
    config: AutoencoderConfig,
    items: usize,
    /// Rows of a map.
    features: usize,
}

/// Who liked how much of what: numbers of items, each once, with weights above 0.
pub type Liked = Vec<(u32, f32)>;

/// What one step weighs and draws by.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// How much a person may say, β: the weight of the divergence.
    pub divergence: f32,
    /// Of what is dropped and drawn.
    pub seed: u64,
}

/// Where parameters are.
struct Layout {
    tables: [Range<usize>; 2],
    maps: [Range<usize>; 2],
    entry: Range<usize>,
    narrowing: Range<usize>,
    middle: Range<usize>,
    widening: Range<usize>,
    exit: Range<usize>,
    count: usize,
}

impl Autoencoder {
    /// Over items that are numbered from 0, with [`Features`] so wide.
    pub fn new(config: AutoencoderConfig, items: usize, features: usize) -> Result<Self> {
        check(&[config.hidden, config.latent, items], config.dropout)?;
        if !config.without.is_sound() {
            return Err(Error::Settings(format!("{:?} are no shares", config.without)));
        }
        Ok(Self { config, items, features })
    }

    /// Items.
    pub fn items(&self) -> usize {
        self.items
    }

    fn layout(&self) -> Layout {
        let AutoencoderConfig { hidden, latent, .. } = self.config;
        let mut places = Places::default();
        Layout {
            tables: [self.items, self.items].map(|rows| places.take(rows * hidden)),
            maps: [self.features, self.features].map(|rows| places.take(rows * hidden)),
            entry: places.take(hidden),
            narrowing: places.take(hidden * 2 * latent),
            middle: places.take(2 * latent),
            widening: places.take(latent * hidden),
            exit: places.take(hidden),
            count: places.count(),
        }
    }

    /// Parameters before any training.
    pub fn initial(&self, seed: u64) -> Vec<f32> {
        let AutoencoderConfig { hidden, latent, .. } = self.config;
        let (layout, mut random) = (self.layout(), Rng::with_seed(seed));
        let mut values = vec![0.0; layout.count];
        let by = |width: usize| 1.0 / (width as f32).sqrt();
        let deviations = [DEVIATIONS[0], DEVIATIONS[1] * by(hidden)];
        let places = layout.tables.into_iter().zip(deviations);
        let places = places.chain(layout.maps.into_iter().zip(deviations));
        let inner = [(layout.narrowing, by(hidden)), (layout.widening, by(latent))];
        for (place, deviation) in places.chain(inner) {
            fill_normal(&mut values[place], deviation, &mut random);
        }
        values
    }

    /// A training before its first step.
    pub fn optimiser(&self) -> Adam {
        Adam::new(self.layout().count)
    }

    /// Takes a step over some people: the mean loss of a liking.
    pub fn step(
        &self,
        parameters: &mut [f32],
        people: &[&Liked],
        features: &Features,
        step: Step,
        adam: (&mut Adam, &AdamConfig),
    ) -> Result<f64> {
        let mut gradient = vec![0.0; parameters.len()];
        let loss = self.gradient(parameters, people, features, step, &mut gradient);
        let (adam, config) = adam;
        if !loss.is_finite() || !adam.step(parameters, &gradient, config) {
            return Err(Error::NotFinite { step: adam.steps });
        }
        Ok(loss)
    }

    /// The mean loss of a liking: how unlikely it is, and its share of the
    /// divergence. Sets `gradient`, to the same numbers for any number of threads.
    pub fn gradient(
        &self,
        parameters: &[f32],
        people: &[&Liked],
        features: &Features,
        step: Step,
        gradient: &mut [f32],
    ) -> f64 {
        let hidden = self.config.hidden;
        let layout = self.layout();
        let items = features.drawn(self.items, self.config.without, Some(step.seed));
        let rows = [0, 1].map(|side| self.rows(parameters, side, features, &items));
        let likings: f32 = people.iter().flat_map(|liked| liked.iter()).map(|(_, w)| w).sum();
        let weight = 1.0 / likings.max(f32::MIN_POSITIVE);
        let parts: Vec<Part> = people
            .par_chunks(TOGETHER)
            .enumerate()
            .map(|(number, people)| {
                let seed = mix(step.seed ^ mix(number as u64));
                let step = Step { seed, ..step };
                self.part(parameters, [&rows[0], &rows[1]], people, features, step, weight)
            })
            .collect();
        let (tables, rest) = gradient.split_at_mut(layout.tables[1].end);
        let (maps, inner) = rest.split_at_mut(layout.maps[1].end - layout.tables[1].end);
        inner.fill(0.0);
        for part in &parts {
            wide(|| add(inner, &part.inner));
        }
        let share = self.items.div_ceil(PARTS) * hidden;
        let (read, found) = tables.split_at_mut(layout.tables[0].len());
        read.par_chunks_mut(share).enumerate().for_each(|(number, rows)| {
            rows.fill(0.0);
            let from = number * share / hidden;
            let range = from..from + rows.len() / hidden;
            for part in &parts {
                for (liked, of) in part.read.iter().zip(part.of_entered.chunks_exact(hidden)) {
                    for (item, value) in liked {
                        if range.contains(&(*item as usize)) {
                            let row = (*item as usize - from) * hidden;
                            add_scaled(&mut rows[row..row + hidden], *value, of);
                        }
                    }
                }
            }
        });
        found.par_chunks_mut(share).enumerate().for_each(|(number, rows)| {
            rows.fill(0.0);
            let (from, count) = (number * share / hidden, rows.len() / hidden);
            for part in &parts {
                let people = part.read.len();
                let logits = View::part(&part.of_logits[from..], people, count, self.items);
                add_product(
                    logits.turned(),
                    View::new(&part.left, hidden),
                    ViewMut::new(rows, hidden),
                );
            }
        });
        let (of_read, of_found) = maps.split_at_mut(layout.maps[0].len());
        features.gradient(read, of_read, hidden, &items);
        features.gradient(found, of_found, hidden, &items);
        parts.iter().map(|part| part.loss).sum()
    }

    /// A score for every item, for somebody who liked these. The network must
    /// be [`Self::folded`], or without features.
    pub fn scores(&self, parameters: &[f32], liked: &Liked, out: &mut [f32]) {
        let layout = self.layout();
        let [read, found] = layout.tables.clone().map(|place| &parameters[place]);
        let Forward { left, .. } = self.forward(parameters, read, &[normalized(liked)], None);
        let rows = found.chunks_exact(self.config.hidden).zip(out);
        wide(|| rows.for_each(|(row, out)| *out = dot(row, &left)));
    }

    /// The same network with features worked into the rows, to answer by.
    pub fn folded(&self, parameters: &[f32], features: &Features) -> (Self, Vec<f32>) {
        let items = features.drawn(self.items, self.config.without, None);
        let mut values = Vec::new();
        for side in [0, 1] {
            values.extend_from_slice(&self.rows(parameters, side, features, &items));
        }
        values.extend_from_slice(&parameters[self.layout().maps[1].end..]);
        (Self { features: 0, ..*self }, values)
    }

    /// Rows of all items, to be read by (0) or found by (1).
    fn rows<'a>(
        &self,
        parameters: &'a [f32],
        side: usize,
        features: &Features,
        items: &[Read],
    ) -> Cow<'a, [f32]> {
        let layout = self.layout();
        let [own, map] = [&layout.tables, &layout.maps].map(|of| &parameters[of[side].clone()]);
        features.rows(own, map, self.config.hidden, items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::Random;

    const ITEMS: usize = 23;
    const CONTENT: usize = 5;
    const CONFIG: AutoencoderConfig =
        AutoencoderConfig { hidden: 7, latent: 4, dropout: 0.0, without: Without::NOTHING };
    const NOISY: Without = Without { ids: 0.3, modalities: 0.2 };

    /// More people than go together.
    fn people() -> Vec<Liked> {
        let mut random = Rng::with_seed(2);
        let mut liked = |count: usize| {
            let mut liked: Liked =
                (0..count).map(|_| (random.u32(..ITEMS as u32 - 1), random.f32() + 0.1)).collect();
            liked.sort_by_key(|(item, _)| *item);
            liked.dedup_by_key(|(item, _)| *item);
            liked
        };
        (0..70).map(|number| liked(number % 9)).collect()
    }

    struct Setting {
        network: Autoencoder,
        features: Features,
        people: Vec<Liked>,
    }

    impl Setting {
        fn new(config: AutoencoderConfig, columns: usize) -> Self {
            let known = (0..ITEMS).map(|item| columns == 0 || item != ITEMS - 1).collect();
            let meanings = Random::new(4).numbers(ITEMS * columns);
            let name_count = columns / 2;
            let named = |item| (0..name_count as u32).map(|name| (name, item)).collect();
            let names = (0..ITEMS).map(|item| named(item as f32 / 20.0)).collect();
            let features = Features { columns, meanings, name_count, names, known };
            let network = Autoencoder::new(config, ITEMS, features.width()).expect("valid");
            Self { network, features, people: people() }
        }

        fn run(&self, parameters: &[f32]) -> (f64, Vec<f32>) {
            let mut gradient = vec![f32::NAN; parameters.len()];
            let people: Vec<&Liked> = self.people.iter().collect();
            let step = Step { divergence: 0.3, seed: 9 };
            let loss =
                self.network.gradient(parameters, &people, &self.features, step, &mut gradient);
            (loss, gradient)
        }
    }

    /// Every number of every list against differences of the loss itself, with
    /// what is dropped and drawn held still.
    #[test]
    fn the_gradient_is_where_the_loss_goes() {
        let noisy = AutoencoderConfig { dropout: 0.4, without: NOISY, ..CONFIG };
        for (config, content) in [(CONFIG, 0), (noisy, 0), (CONFIG, CONTENT), (noisy, CONTENT)] {
            let setting = Setting::new(config, content);
            let parameters: Vec<f32> = setting.network.initial(1).iter().map(|v| 3.0 * v).collect();
            let (loss, gradient) = setting.run(&parameters);
            assert!(loss > 1.0 && loss.is_finite());
            let layout = setting.network.layout();
            let [read, found] = layout.tables;
            let inner = [layout.entry, layout.narrowing, layout.middle, layout.widening];
            for place in
                [read, found].into_iter().chain(layout.maps).chain(inner).chain([layout.exit])
            {
                let slope: f64 = gradient[place.clone()].iter().map(|v| f64::from(v.abs())).sum();
                let moved = |step: f32| {
                    let mut at = parameters.clone();
                    for number in place.clone() {
                        at[number] += step * gradient[number].signum();
                    }
                    setting.run(&at).0
                };
                let step = 1e-3;
                let found = (moved(step) - moved(-step)) / (2.0 * f64::from(step));
                assert!(
                    (found - slope).abs() <= 1e-2 * slope + 1e-6,
                    "{place:?}: {found}, {slope}"
                );
                assert!(place.is_empty() || slope > 1e-4, "{place:?} moves nothing");
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let config = AutoencoderConfig { dropout: 0.4, without: NOISY, ..CONFIG };
        let setting = Setting::new(config, CONTENT);
        let parameters = setting.network.initial(1);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("threads");
        assert!(pool.install(|| setting.run(&parameters)) == setting.run(&parameters));
    }

    /// Two worlds of ten items; the last three are of the second by content,
    /// and nobody has liked the very last.
    #[test]
    fn a_world_is_learned_and_what_is_new_is_found_by_its_content() {
        let config = AutoencoderConfig { hidden: 16, dropout: 0.3, without: NOISY, ..CONFIG };
        let world = |item: usize| usize::from(item >= 10);
        let mut meanings = vec![0.0; ITEMS * 2];
        (0..ITEMS).for_each(|item| meanings[2 * item + world(item)] = 1.0);
        let known: Vec<bool> = (0..ITEMS).map(|item| item != ITEMS - 1).collect();
        let mut random = Rng::with_seed(3);
        let mut person = |number: usize| -> Liked {
            let mut items: Vec<u32> = match number % 2 {
                0 => (0..10).collect(),
                _ => (10..22).collect(),
            };
            random.shuffle(&mut items);
            items.into_iter().take(5).map(|item| (item, 1.0)).collect()
        };
        let people: Vec<Liked> = (0..60).map(&mut person).collect();
        let people: Vec<&Liked> = people.iter().collect();
        let network = Autoencoder::new(config, ITEMS, 2).expect("valid");
        let features = Features { columns: 2, meanings, known, ..Features::default() };
        let (mut parameters, mut adam) = (network.initial(1), network.optimiser());
        let settings = AdamConfig { rate: 1e-2, warm_up: 5, ..AdamConfig::default() };
        let mut losses = Vec::new();
        for seed in 0..200 {
            let step = Step { divergence: 0.1, seed };
            let adam = (&mut adam, &settings);
            losses.push(
                network.step(&mut parameters, &people, &features, step, adam).expect("a step"),
            );
        }
        assert!(losses[199] < losses[0] - 0.4, "{} {}", losses[0], losses[199]);
        let (folded, parameters) = network.folded(&parameters, &features);
        let mut out = vec![0.0; ITEMS];
        let of = |range: std::ops::Range<usize>, out: &[f32]| {
            out[range.clone()].iter().sum::<f32>() / range.len() as f32
        };
        folded.scores(&parameters, &vec![(11, 1.0), (12, 1.0)], &mut out);
        assert!(of(10..22, &out) > of(0..10, &out) + 1.0, "{out:?}");
        assert!(out[22] > of(0..10, &out) + 1.0, "new, of this world: {out:?}");
        folded.scores(&parameters, &vec![(22, 1.0)], &mut out);
        assert!(of(10..22, &out) > of(0..10, &out) + 0.5, "read by content: {out:?}");
        folded.scores(&parameters, &vec![], &mut out);
        assert!(out.iter().all(|score| score.is_finite()), "{out:?}");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let refused = |config, items| Autoencoder::new(config, items, 0).is_err();
        assert!(refused(CONFIG, 0));
        assert!(refused(AutoencoderConfig { latent: 0, ..CONFIG }, 3));
        assert!(refused(AutoencoderConfig { dropout: 1.0, ..CONFIG }, 3));
        assert!(refused(AutoencoderConfig { without: Without { ids: 1.5, ..NOISY }, ..CONFIG }, 3));
        let network = Autoencoder::new(CONFIG, 3, 0).expect("valid");
        let mut parameters = network.initial(1);
        parameters[0] = f32::NAN;
        let before = parameters.clone();
        let liked = vec![(0, 1.0), (1, 1.0)];
        let (mut adam, config) = (network.optimiser(), AdamConfig::default());
        let step = Step { divergence: 0.1, seed: 1 };
        let adam = (&mut adam, &config);
        let outcome = network.step(&mut parameters, &[&liked], &Features::default(), step, adam);
        assert!(matches!(outcome, Err(Error::NotFinite { .. })));
        assert_eq!(parameters[1..], before[1..], "nothing changed");
    }
}
