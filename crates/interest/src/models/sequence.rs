//! What the sequence models share: how they are trained and how they answer.

use super::size::content_read;
use super::{Content, Epoch, Event, Interactions, Run, Vocabulary};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use vireo_learn::{
    Encoder, Error, Features, Outcome, Question, Result, SequenceModel, Token, Training,
    TrainingConfig,
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

/// Pauses between two things that a person does, in seconds: a token carries a
/// mark that says how many of these it was until the next, or until the question.
/// Whoever comes back after a week wants something else than whoever goes on.
/// None is shorter than what is watched: how soon the next thing is *done* is
/// not known yet when it is asked for.
const PAUSES: [i64; 5] = [30 * 60, 6 * 3_600, 86_400, 7 * 86_400, 30 * 86_400];

/// Marks of tokens: one for a pause that is known, and one for each length that
/// it has. Mark 0 is not known.
pub const MARKS: usize = PAUSES.len() + 1;

/// The network's shape, and how it is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Settings<Shape> {
    /// Of the network.
    pub shape: Shape,
    /// Of the training.
    pub training: TrainingConfig,
}

/// A trained network. Where it is known what items are about, it read that, too,
/// and it is worked into the items' rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) struct Sequence<E: Encoder> {
    model: SequenceModel<E>,
    parameters: Vec<f32>,
    reading: Reading,
}

/// How a network reads what items are about.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Reading {
    /// Columns of meanings.
    columns: usize,
    vocabulary: Vocabulary,
    /// A row for each column of [`Content`].
    map: Vec<f32>,
}

impl Reading {
    fn new(content: &Content, map: Vec<f32>) -> Self {
        let columns = content.modalities()[0].len();
        Self { columns, vocabulary: content.vocabulary().clone(), map }
    }

    /// The map for other content: rows so wide, 0 for what was not known.
    fn map_for(&self, content: &Content, width: usize) -> Vec<f32> {
        let [meanings, names] = content.modalities();
        let mut map = vec![0.0; content.width() * width];
        if meanings.len() == self.columns {
            map[..self.columns * width].copy_from_slice(&self.map[..self.columns * width]);
        }
        for (name, number) in content.vocabulary().iter() {
            for known in self.vocabulary.numbers([name]) {
                let [to, from] = [names.start + number as usize, self.columns + known as usize];
                let from = &self.map[from * width..][..width];
                map[to * width..][..width].copy_from_slice(from);
            }
        }
        map
    }
}

/// A network that another goes on from, and [`super::Before::since`].
pub(super) type Earlier<'a, E> = Option<(&'a Sequence<E>, Option<i64>)>;

impl<E: Encoder> Sequence<E> {
    /// Trains without everybody's last item until it is predicted no better,
    /// then goes on over everything for [`MORE`] epochs. From `earlier`, if it is
    /// of the same shape: then those are asked who turned to anything new since,
    /// and it stays `earlier` where nobody did, or where no epoch is better.
    /// Where too few can be asked there is no asking. Without anything to learn
    /// from, or where training breaks down at once, it is `earlier`, else all
    /// items are alike. `name` is for who hears of it.
    pub(super) fn fit(
        name: &'static str,
        data: &Interactions,
        encoder: E,
        config: TrainingConfig,
        earlier: Earlier<'_, E>,
        run: &Run<'_>,
    ) -> Self {
        let model = SequenceModel::new(encoder, data.items, MARKS);
        let content = &content_read(data);
        let items: Vec<u32> = (0..data.items as u32).collect();
        let features = &content.features(&items, &data.popularity());
        let trained = |parameters: Vec<f32>| {
            let map = model.split(&parameters, features).1.to_vec();
            let parameters = model.folded(&parameters, features).into_owned();
            Self { parameters, reading: Reading::new(content, map), model: model.clone() }
        };
        let histories = histories(data);
        let mut asked: Vec<usize> = (0..histories.len()).collect();
        let mut before = None;
        if let Some((earlier, since)) = earlier {
            let grown = model.grown(&earlier.model, &earlier.parameters, config.seed);
            before = grown.map(|grown| {
                let map = earlier.reading.map_for(content, model.encoder().width());
                model.unfolded(&grown, earlier.model.items(), &map, features)
            });
            if let Some(since) = since.filter(|_| before.is_some()) {
                let liked = |event: &&Event| event.weight > 0.0;
                let is_new = |event: &Event| event.first > since;
                let anything = data.events().filter(liked).any(is_new);
                if let Some(parameters) = before.take_if(|_| !anything) {
                    return trained(parameters);
                }
                // What is done again is no question: it was learned.
                asked.retain(|person| {
                    data.histories[*person].iter().rfind(liked).is_some_and(is_new)
                });
            }
        }
        let held = held_back(&histories, asked, config.seed);
        let training = Trainer { name, model: &model, features, config, run };
        let found = training.trained(&histories, held, before.as_ref());
        let parameters = found.unwrap_or_else(|error| {
            tracing::warn!(%error, "the {name} could not be trained");
            before.unwrap_or_else(|| vec![0.0; model.parameter_count(features)])
        });
        trained(parameters)
    }

    pub(super) fn scores(&self, history: &[Event], at: i64, out: &mut [f32]) {
        self.model.scores(&self.parameters, &tokens(history, Some(at)), out);
    }
}

/// What all trainings of one network share.
struct Trainer<'a, E: Encoder> {
    name: &'static str,
    model: &'a SequenceModel<E>,
    features: &'a Features,
    config: TrainingConfig,
    run: &'a Run<'a>,
}

impl<E: Encoder> Trainer<'_, E> {
    fn trained(
        &self,
        histories: &[Vec<Token>],
        (early, questions): (Vec<Vec<Token>>, Vec<Question>),
        before: Option<&Vec<f32>>,
    ) -> Result<Vec<f32>> {
        let Self { model, features, mut config, .. } = *self;
        if questions.is_empty() {
            return match before {
                Some(before) => self.over_everything(histories, before),
                None => Ok(self
                    .run(&mut Training::new(model, histories, &[], features, config)?)?
                    .parameters),
            };
        }
        if before.is_some() {
            config.patience = PATIENCE;
        }
        let mut training = Training::new(model, &early, &questions, features, config)?;
        if let Some(before) = before {
            training = training.starting_from(before.clone());
        }
        // One that breaks down has found its best epoch before, if any.
        let broken = self.run(&mut training).err();
        let best = training.best().clone();
        match (broken, best.epoch, before) {
            (_, 0, Some(_)) => return Ok(best.parameters),
            (Some(error), 0, None) => return Err(error),
            _ => {}
        }
        self.over_everything(histories, &best.parameters)
    }

    /// [`MORE`] epochs from some parameters; those, if it breaks down.
    fn over_everything(&self, histories: &[Vec<Token>], from: &[f32]) -> Result<Vec<f32>> {
        let config = TrainingConfig { epochs: MORE, ..self.config };
        let training = Training::new(self.model, histories, &[], self.features, config)?;
        match self.run(&mut training.starting_from(from.to_vec())) {
            Err(Error::NotFinite { .. }) => Ok(from.to_vec()),
            whole => Ok(whole?.parameters),
        }
    }

    /// Trains to the end, or on to it. A checkpoint that cannot be read or written
    /// is no reason to have no model: the training goes on without it.
    fn run(&self, training: &mut Training<'_, E>) -> Result<Outcome> {
        let Run { kept, told, .. } = *self.run;
        if let Some(error) = kept.and_then(|kept| training.keep_in(kept, STEPS_KEPT).err()) {
            tracing::warn!(%error, "a training begins anew");
        }
        let most = training.config().epochs;
        let mut tell = |epoch: &vireo_learn::Epoch| {
            let vireo_learn::Epoch { number, loss, ndcg, .. } = *epoch;
            tracing::debug!(self.name, number, loss, ndcg, "epoch");
            if let Some(told) = told {
                told(Epoch { network: self.name, number, most, loss, ndcg });
            }
        };
        loop {
            match training.run(&mut tell) {
                Err(error @ Error::Io { .. }) => {
                    tracing::warn!(%error, "a training cannot be kept; if killed, it begins anew");
                    training.forget_checkpoint();
                }
                done => return done,
            }
        }
    }
}

/// The histories without the last item, and questions for it, of a seeded
/// choice of some people; none where these are too few.
fn held_back(
    histories: &[Vec<Token>],
    mut asked: Vec<usize>,
    seed: u64,
) -> (Vec<Vec<Token>>, Vec<Question>) {
    asked.retain(|person| histories[*person].len() > 1);
    Rng::with_seed(seed).shuffle(&mut asked);
    asked.truncate(MOST_QUESTIONS);
    let mut early = histories.to_vec();
    let mut questions = Vec::new();
    if asked.len() >= FEWEST_QUESTIONS {
        for person in asked {
            if let Some(target) = early[person].pop() {
                let history = early[person].clone();
                questions.push(Question { history, target: target.item });
            }
        }
    }
    (early, questions)
}

/// The liked items of everybody, oldest first.
fn histories(data: &Interactions) -> Vec<Vec<Token>> {
    data.histories.iter().map(|history| tokens(history, None)).collect()
}

/// The liked items, each with how long it was until the next; after the last one
/// until the second of a question, if there is one.
pub fn tokens(history: &[Event], at: Option<i64>) -> Vec<Token> {
    let liked = || history.iter().filter(|event| event.weight > 0.0);
    let until = liked().skip(1).map(|event| Some(event.at)).chain([at]);
    let mark = |pause: i64| 1 + PAUSES.iter().filter(|least| pause >= **least).count() as u32;
    let token = |(event, until): (&Event, Option<i64>)| Token {
        item: event.item,
        mark: until.map_or(0, |until| mark(until - event.at)),
    };
    liked().zip(until).map(token).collect()
}

#[cfg(test)]
mod tests {
    use super::super::interactions::tests::{event, liked, worlds};
    use super::super::{
        Base, Before, Description, Fitted, Gru4RecConfig, Model, Transformer, TransformerConfig,
    };
    use super::*;
    use std::fs;
    use std::path::Path;
    use std::time::SystemTime;

    fn kept(folder: &Path) -> Run<'_> {
        Run { kept: Some(folder), ..Run::default() }
    }

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
            let fitted = base.fit(&data, &Run::default());
            for start in 0..10 {
                let stranger = [event(start, 1), event((start + 1) % 10, 2)];
                let mut out = vec![f32::NAN; 20];
                fitted.model().scores(&stranger, 9, &mut out);
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
        let on = |first: &Transformer, data: &Interactions, config: &TransformerConfig| {
            let models = [Fitted::Transformer(first.clone())];
            let run = Run::default().after(Before { models: &models, since: Some(since) });
            Transformer::fit_in(data, config, &run)
        };
        histories.extend((0..60).map(ring(10, since + 1)));
        let all = data(20, histories.clone());
        let second = on(&first, &all, &config);
        for world in [0, 10_u32] {
            for start in 0..10 {
                let item = |step: u32| world + (start + step) % 10;
                let stranger = [event(item(0), 1), event(item(1), 2)];
                let mut out = vec![f32::NAN; 20];
                second.scores(&stranger, 9, &mut out);
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
        assert!(on(&first, &data(10, known), &config) == first, "nothing is better");
        assert!(on(&first, &before, &config) == first, "nothing is new");
        // Too few have done anything new to be asked: it is learned all the same.
        let mut few = before.histories.clone();
        few.extend((0..9).map(ring(10, since + 1)));
        let second = on(&first, &data(20, few), &config);
        assert!(second != first);
        let other = TransformerConfig::seeded(1).settings(&before);
        let shape = vireo_learn::TransformerConfig { width: 32, ..other.shape };
        let other = TransformerConfig { seed: 1, settings: Some(Settings { shape, ..other }) };
        let anew = on(&first, &before, &other);
        assert!(anew == Transformer::fit(&before, &other), "another network begins anew");
    }

    /// Two worlds of ten, told apart by names; the last item of each is never liked.
    /// Of more than 20 items the others are of the second world and have another name.
    fn named(items: u32) -> Content {
        let named = |item: u32| Description {
            meaning: Some(vec![1.0, item as f32]),
            names: vec![
                ["bread", "chess"][(item as usize / 10).min(1)].to_owned(),
                if item < 20 { "film" } else { "short" }.to_owned(),
            ],
        };
        Content::centred(&(0..items).map(named).collect::<Vec<Description>>())
    }

    #[test]
    fn what_items_are_about_is_read_and_gone_on_with() {
        let data = Interactions { content: named(20), items: 20, ..worlds() };
        let config = TransformerConfig::seeded(1);
        let first = Transformer::fit(&data, &config);
        let scores = |model: &Transformer, items: usize| {
            let mut out = vec![f32::NAN; items];
            model.scores(&[event(11, 1), event(12, 2)], 9, &mut out);
            out
        };
        let out = scores(&first, 20);
        assert!(out[19] > out[9], "nobody liked either: {out:?}");

        // Names are numbered otherwise, and there is one more.
        let other = Interactions { content: named(25), items: 25, ..data.clone() };
        let number = |data: &Interactions, name| data.content.vocabulary().numbers([name]);
        assert_ne!(number(&data, "bread"), number(&other, "bread"));
        let models = [Fitted::Transformer(first.clone())];
        let since = Some(data.newest());
        let run = Run::default().after(Before { models: &models, since });
        let again = scores(&Transformer::fit_in(&other, &config, &run), 25);
        let near = |of: &[f32], item: usize| (out[item] - of[item]).abs() < 1e-3;
        assert!((0..20).all(|item| near(&again, item)), "{out:?} {again:?}");
        assert!(again[20] > out[9] && again[20] != again[19], "new, of the second: {again:?}");
        // What was liked stays where nothing is described any more, or by another embedder.
        let mut bare = data.without_content();
        for _ in 0..2 {
            let bare_scores = scores(&Transformer::fit_in(&bare, &config, &run), 20);
            assert!((0..9).chain(10..19).all(|item| near(&bare_scores, item)));
            let described = |item: u32| Description {
                meaning: Some(vec![1.0, item as f32, 7.0]),
                ..Description::default()
            };
            bare.content = Content::centred(&(0..20).map(described).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_token_carries_the_pause_after_it() {
        let minute = 60;
        let mut history: Vec<Event> = [0, 29 * minute, 59 * minute].map(|at| event(1, at)).to_vec();
        history.insert(1, Event { weight: -1.0, ..event(2, 5) });
        let marks = |at| tokens(&history, at).iter().map(|token| token.mark).collect::<Vec<u32>>();
        assert_eq!(marks(None), [1, 2, 0], "what was not liked is no token");
        for (pause, mark) in [(-9, 1), (29, 1), (30, 2), (6 * 60, 3), (24 * 60, 4), (10_080, 5)] {
            assert_eq!(marks(Some((59 + pause) * minute)), [1, 2, mark], "{pause} minutes");
        }
        assert_eq!(marks(Some(i64::from(i32::MAX))), [1, 2, MARKS as u32]);
    }

    /// Who goes on takes the next of the ring, who comes back two days later the
    /// fourth from there.
    #[test]
    fn after_a_pause_something_else_is_next() {
        let walk = |person: i64| -> Vec<Event> {
            let (mut item, mut at) = (person % 10, 0);
            let step = |step: i64| {
                let event = event(item as u32, at);
                let is_pause = (step + person / 10) % 3 == 2;
                item = (item + if is_pause { 4 } else { 1 }) % 10;
                at += if is_pause { 2 * 86_400 } else { 60 };
                event
            };
            (0..20).map(step).collect()
        };
        let histories = (0..600).map(walk).collect();
        let data = Interactions { histories, items: 10, ..Interactions::default() };
        let model = Transformer::fit(&data, &TransformerConfig::seeded(1));
        let mut out = vec![f32::NAN; 10];
        for item in 0..10 {
            for (at, next) in [(60, item + 1), (2 * 86_400, item + 4)] {
                model.scores(&[event(item, 0)], at, &mut out);
                let best = (0..10).max_by(|a, b| out[*a as usize].total_cmp(&out[*b as usize]));
                assert_eq!(best, Some(next % 10), "{item} after {at} s: {out:?}");
            }
        }
    }

    #[test]
    fn a_question_is_not_learned_from() {
        let walk = |item: u32| vec![item.into(), Token::from(item + 1)];
        let histories: Vec<Vec<Token>> = (0..60).map(walk).collect();
        let (early, questions) = held_back(&histories, (0..60).collect(), 1);
        assert!(early.iter().zip(&histories).all(|(early, all)| early[..] == all[..1]));
        assert_eq!(questions.len(), 60);
        assert!(questions.iter().all(|question| question.target == question.history[0].item + 1));
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
        let whole = base.fit(&data, &Run::default());
        let folder = tempfile::tempdir().expect("a folder");
        assert!(base.fit(&data, &kept(folder.path())) == whole);
        let files = || fs::read_dir(folder.path()).expect("a folder").map(|f| f.expect("a file"));
        let written = || files().map(|f| f.metadata().and_then(|m| m.modified()).expect("a time"));
        let before: Vec<SystemTime> = written().collect();
        assert_eq!(before.len(), 2, "without the last items, and with them");
        assert!(base.fit(&data, &kept(folder.path())) == whole);
        assert!(written().eq(before), "nothing was trained again");

        let full = tempfile::tempdir().expect("a folder");
        for file in files() {
            let name = file.file_name().into_string().expect("a name") + ".new";
            std::os::unix::fs::symlink("/dev/full", full.path().join(name)).expect("linked");
            fs::write(file.path(), "damaged").expect("written");
        }
        assert!(base.fit(&data, &kept(full.path())) == whole, "it cannot be kept");
        assert!(base.fit(&data, &kept(folder.path())) == whole, "what was kept is damaged");
        assert!(base.fit(&data, &kept(&full.path().join("none"))) == whole, "there is no folder");
    }

    #[test]
    fn a_training_that_breaks_down_leaves_answers() {
        let data = liked(&[&[0, 1], &[1, 2]], 3);
        let mut settings = TransformerConfig::seeded(1).settings(&data);
        settings.training.adam.rate = f32::MAX;
        let config = TransformerConfig { seed: 1, settings: Some(settings) };
        let mut out = vec![f32::NAN; 3];
        Base::Transformer(config).fit(&data, &Run::default()).model().scores(
            &[event(0, 1)],
            9,
            &mut out,
        );
        assert!(out.iter().all(|score| score.is_finite()), "{out:?}");
    }
}
