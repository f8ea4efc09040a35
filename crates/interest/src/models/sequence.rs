//! What the sequence models share: how they are trained and how they answer.

use super::{Event, Interactions};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use std::path::Path;
use vireo_learn::{
    Encoder, Error, Outcome, Question, Result, SequenceModel, Training, TrainingConfig,
};

/// Histories that decide when a training stops, at most.
const MOST_QUESTIONS: usize = 4_000;

/// With fewer, chance would decide; then all epochs are taken.
const FEWEST_QUESTIONS: usize = 50;

/// Epochs over everything, after the best one without the last items.
const MORE: usize = 2;

/// Epochs without a better validation, after which going on with a trained
/// network stops: what is new is soon learned.
const PATIENCE: usize = 2;

/// Steps after which a training is kept, beside the end of each epoch.
const STEPS_KEPT: u64 = 200;

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
    /// Trains without everybody's last item until it is predicted no better,
    /// then goes on over everything for [`MORE`] epochs. Without anything to
    /// learn from, or where training breaks down at once, all items are alike.
    /// Killed, it goes on where it was if `kept`, a folder, is the same.
    pub(super) fn fit(
        data: &Interactions,
        encoder: E,
        config: TrainingConfig,
        kept: Option<&Path>,
    ) -> Self {
        let model = SequenceModel::new(encoder, data.items);
        let histories = histories(data);
        let everybody = (0..histories.len()).collect();
        let held = held_back(&histories, everybody, config.seed);
        let found = trained(&model, &histories, held, None, config, kept);
        let parameters = found.unwrap_or_else(|error| {
            tracing::warn!(%error, "a sequence model could not be trained");
            vec![0.0; model.initial(config.seed).len()]
        });
        Self { model, parameters }
    }

    /// Goes on from this one, which was trained on `data` as it was up to
    /// `since`, a second: then it had no more people, and the first of the
    /// items. Until nothing is predicted better of what people turned to last,
    /// of those who did anything since; then over everything, as in
    /// [`Self::fit`]. Where nothing ever is, or there are too few of them, the
    /// parameters stay. `None` if the network that is wanted now is another.
    pub(super) fn updated(
        &self,
        data: &Interactions,
        since: i64,
        encoder: E,
        config: TrainingConfig,
    ) -> Option<Self> {
        let model = SequenceModel::new(encoder, data.items);
        let before = model.grown(&self.model, &self.parameters, config.seed)?;
        let histories = histories(data);
        let is_newer = |event: &Event| event.weight > 0.0 && event.at > since;
        let mut newer: Vec<usize> = (0..histories.len()).collect();
        newer.retain(|person| data.histories[*person].iter().any(is_newer));
        let held = held_back(&histories, newer, config.seed);
        let config = TrainingConfig { patience: PATIENCE, ..config };
        let found = trained(&model, &histories, held, Some(&before), config, None);
        let parameters = found.unwrap_or_else(|error| {
            tracing::warn!(%error, "a sequence model could not go on");
            before.clone()
        });
        Some(Self { model, parameters })
    }

    pub(super) fn scores(&self, history: &[Event], out: &mut [f32]) {
        self.model.scores(&self.parameters, &liked(history), out);
    }
}

fn trained<E: Encoder>(
    model: &SequenceModel<E>,
    histories: &[Vec<u32>],
    (early, questions): (Vec<Vec<u32>>, Vec<Question>),
    before: Option<&Vec<f32>>,
    config: TrainingConfig,
    kept: Option<&Path>,
) -> Result<Vec<f32>> {
    if questions.is_empty() {
        return match before {
            Some(before) => Ok(before.clone()),
            None => Ok(run(&mut Training::new(model, histories, &[], config)?, kept)?.parameters),
        };
    }
    let mut training = Training::new(model, &early, &questions, config)?;
    if let Some(before) = before {
        training = training.starting_from(before.clone());
    }
    // One that breaks down has found its best epoch before, if any.
    let broken = run(&mut training, kept).err();
    let best = training.best().clone();
    match (broken, best.epoch, before) {
        (_, 0, Some(_)) => return Ok(best.parameters),
        (Some(error), 0, None) => return Err(error),
        _ => {}
    }
    let config = TrainingConfig { epochs: MORE, ..config };
    let training = Training::new(model, histories, &[], config)?;
    let mut training = training.starting_from(best.parameters.clone());
    match run(&mut training, kept) {
        Err(Error::NotFinite { .. }) => Ok(best.parameters),
        whole => Ok(whole?.parameters),
    }
}

/// Trains to the end, or on to it. A checkpoint that cannot be read or written
/// is no reason to have no model: the training goes on without it.
fn run<E: Encoder>(training: &mut Training<'_, E>, kept: Option<&Path>) -> Result<Outcome> {
    if let Some(error) = kept.and_then(|kept| training.keep_in(kept, STEPS_KEPT).err()) {
        tracing::warn!(%error, "a training begins anew");
    }
    loop {
        match training.run(&mut report) {
            Err(error @ Error::Io { .. }) => {
                tracing::warn!(%error, "a training cannot be kept; if killed, it begins anew");
                training.forget_checkpoint();
            }
            done => return done,
        }
    }
}

fn report(epoch: &vireo_learn::Epoch) {
    let vireo_learn::Epoch { number, loss, ndcg, .. } = epoch;
    tracing::debug!(number, loss, ndcg, "epoch");
}

/// The histories without the last item, and questions for it, of a seeded
/// choice of some people; none where these are too few.
fn held_back(
    histories: &[Vec<u32>],
    mut asked: Vec<usize>,
    seed: u64,
) -> (Vec<Vec<u32>>, Vec<Question>) {
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

#[cfg(test)]
mod tests {
    use super::super::interactions::tests::{event, liked};
    use super::super::{Base, Gru4RecConfig, Model, Transformer, TransformerConfig};
    use super::*;
    use std::fs;
    use std::time::SystemTime;

    /// Everybody goes around a ring of ten; the last of twenty is never met.
    #[test]
    fn both_models_know_the_next_even_for_strangers() {
        let rows: Vec<Vec<u32>> =
            (0..80).map(|start| (0..6).map(|step| (start + step) % 10).collect()).collect();
        let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        let data = liked(&rows, 20);
        for base in [
            Base::Gru4Rec(Gru4RecConfig::seeded(1)),
            Base::Transformer(TransformerConfig::seeded(1)),
        ] {
            let fitted = base.fit(&data, None);
            for start in 0..10 {
                let stranger = [event(start, 1), event((start + 1) % 10, 2)];
                let mut out = vec![f32::NAN; 20];
                fitted.model().scores(&stranger, &mut out);
                for seen in &stranger {
                    out[seen.item as usize] = f32::NEG_INFINITY;
                }
                let best = (0..20).max_by(|a, b| out[*a as usize].total_cmp(&out[*b as usize]));
                assert_eq!(best, Some((start + 2) % 10), "{base:?}: {out:?}");
            }
        }
    }

    /// A ring of ten for each of sixty people, at one time.
    fn ring(first: u32, at: i64) -> impl Fn(u32) -> Vec<Event> {
        move |start| {
            let step = |step: u32| event(first + (start + step) % 10, at + i64::from(step));
            (0..6).map(step).collect()
        }
    }

    #[test]
    fn going_on_learns_what_is_new_and_only_what_is_better() {
        let data = |items, histories| Interactions { histories, items, ..Interactions::default() };
        let config = TransformerConfig::seeded(1);
        let mut histories: Vec<Vec<Event>> = (0..60).map(ring(0, 0)).collect();
        let before = data(10, histories.clone());
        let first = Transformer::fit(&before, &config);

        // Then others come, to items that are new.
        let since = before.newest();
        histories.extend((0..60).map(ring(10, since + 1)));
        let all = data(20, histories.clone());
        let second = first.updated(&all, since, &config);
        for world in [0, 10_u32] {
            for start in 0..10 {
                let item = |step: u32| world + (start + step) % 10;
                let stranger = [event(item(0), 1), event(item(1), 2)];
                let mut out = vec![f32::NAN; 20];
                second.scores(&stranger, &mut out);
                for seen in &stranger {
                    out[seen.item as usize] = f32::NEG_INFINITY;
                }
                let best = (0..20).max_by(|a, b| out[*a as usize].total_cmp(&out[*b as usize]));
                assert_eq!(best, Some(item(2)), "{out:?}");
            }
        }

        // What is new, the first one knows: nothing is better.
        let mut known = before.histories.clone();
        known.extend((0..60).map(ring(0, since + 1)));
        assert!(first.updated(&data(10, known), since, &config) == first, "nothing is better");
        assert!(first.updated(&before, since, &config) == first, "nothing is new");
        let other = TransformerConfig::seeded(1).settings(&before);
        let shape = vireo_learn::TransformerConfig { width: 32, ..other.shape };
        let other = TransformerConfig { seed: 1, settings: Some(Settings { shape, ..other }) };
        let anew = first.updated(&before, since, &other);
        assert!(anew == Transformer::fit(&before, &other), "another network begins anew");
    }

    #[test]
    fn a_question_is_not_learned_from() {
        let histories: Vec<Vec<u32>> = (0..60).map(|item| vec![item, item + 1]).collect();
        let (early, questions) = held_back(&histories, (0..60).collect(), 1);
        assert!(early.iter().zip(&histories).all(|(early, all)| early[..] == all[..1]));
        assert_eq!(questions.len(), 60);
        assert!(questions.iter().all(|question| question.target == question.history[0] + 1));
        let (some, few) = held_back(&histories, (5..60).collect(), 1);
        assert!(some[..5] == histories[..5] && few.len() == 55, "not asked of");
        let (all, none) = held_back(&histories[..49], (0..49).collect(), 1);
        assert!(all == histories[..49] && none.is_empty(), "too few to decide");
    }

    #[test]
    fn a_kept_training_is_not_done_again_and_a_full_disk_stops_none() {
        let rows: Vec<Vec<u32>> = (0..60).map(|start| vec![start % 9, start % 9 + 1]).collect();
        let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        let base = Base::Transformer(TransformerConfig::seeded(1));
        let data = liked(&rows, 10);
        let whole = base.fit(&data, None);
        let folder = tempfile::tempdir().expect("a folder");
        assert!(base.fit(&data, Some(folder.path())) == whole);
        let files = || fs::read_dir(folder.path()).expect("a folder").map(|f| f.expect("a file"));
        let written = || files().map(|f| f.metadata().and_then(|m| m.modified()).expect("a time"));
        let before: Vec<SystemTime> = written().collect();
        assert_eq!(before.len(), 2, "without the last items, and with them");
        assert!(base.fit(&data, Some(folder.path())) == whole);
        assert!(written().eq(before), "nothing was trained again");

        let full = tempfile::tempdir().expect("a folder");
        for file in files() {
            let name = file.file_name().into_string().expect("a name") + ".new";
            std::os::unix::fs::symlink("/dev/full", full.path().join(name)).expect("linked");
            fs::write(file.path(), "damaged").expect("written");
        }
        assert!(base.fit(&data, Some(full.path())) == whole, "it cannot be kept");
        assert!(base.fit(&data, Some(folder.path())) == whole, "what was kept is damaged");
        assert!(base.fit(&data, Some(&full.path().join("none"))) == whole, "there is no folder");
    }

    #[test]
    fn a_training_that_breaks_down_leaves_answers() {
        let data = liked(&[&[0, 1], &[1, 2]], 3);
        let mut settings = TransformerConfig::seeded(1).settings(&data);
        settings.training.adam.rate = f32::MAX;
        let config = TransformerConfig { seed: 1, settings: Some(settings) };
        let mut out = vec![f32::NAN; 3];
        Base::Transformer(config).fit(&data, None).model().scores(&[event(0, 1)], &mut out);
        assert!(out.iter().all(|score| score.is_finite()), "{out:?}");
    }
}
