//! The training of several questions: together and each for itself, and what of
//! that is kept.

use super::answering::columns;
use super::{Classifier, Example};
use crate::questions::Target;
use crate::{AdamConfig, Encoder, FitConfig, Fitted, Result};

/// A question that goes on alone does so at this share of the rate: what was
/// learned together is bent, not left.
const FINER: f32 = 0.3;

impl<E: Encoder> Classifier<E> {
    /// A network for each question, in two ways: all learn with one trunk, of
    /// which each keeps the epoch that was best for it (one is learned sooner
    /// than another) and goes on from there alone; and each learns alone from
    /// the beginning, since a trunk can also be in the way. What is held back
    /// decides. A question that nothing held back answers learns alone, for as
    /// many epochs as suit the others. Of one question it is [`Classifier::fit`].
    ///
    /// # Errors
    /// As there, and if no example answers a question.
    pub fn fit_each(
        &self,
        examples: &[Example<'_>],
        held_back: &[Example<'_>],
        config: &FitConfig,
    ) -> Result<Vec<(Self, Fitted)>> {
        if let [_] = self.questions[..] {
            return Ok(vec![(self.clone(), self.fit(examples, held_back, config)?)]);
        }
        let answers: Vec<Vec<Example<'_>>> =
            (0..self.questions.len()).map(|question| only(held_back, question)).collect();
        let judged = |losses: Vec<f64>| {
            let all: f64 = losses.iter().sum();
            let known = losses.iter().zip(&answers);
            known.map(|(own, answers)| if answers.is_empty() { all } else { *own }).collect()
        };
        let start = self.initial(config.seed);
        let together = self.learn(start, examples, held_back, config, &judged)?;
        let finer = AdamConfig { rate: FINER * config.adam.rate, ..config.adam };
        let finer = FitConfig { adam: finer, ..*config };
        let mut each = Vec::new();
        for (question, (fitted, held_back)) in together.into_iter().zip(&answers).enumerate() {
            let (alone, start) = self.alone(question, &fitted.parameters);
            let examples = only(examples, question);
            if held_back.is_empty() {
                let config = FitConfig { epochs: fitted.epoch, ..*config };
                each.push((alone.clone(), alone.fit(&examples, &[], &config)?));
                continue;
            }
            // The loss once more: what answers count follows from the examples.
            let weights = alone.weights(&examples, config.is_balanced);
            let loss = alone.losses(&start, held_back, &weights).iter().sum();
            let shared = Fitted { parameters: start.clone(), loss, ..fitted };
            let mut ways = alone.learn(start, &examples, held_back, &finer, &|it| it)?;
            ways.extend([shared, alone.fit(&examples, held_back, config)?]);
            let best = ways.into_iter().min_by(|a, b| a.loss.total_cmp(&b.loss));
            each.extend(best.map(|fitted| (alone, fitted)));
        }
        Ok(each)
    }

    /// The same network for one of the questions, with what it needs of the
    /// parameters.
    fn alone(&self, question: usize, parameters: &[f32]) -> (Self, Vec<f32>) {
        let (width, layout) = (self.encoder.width(), self.layout());
        let columns = columns(&self.questions).nth(question).unwrap_or_default();
        let mut own = parameters[layout.inputs.start..layout.inputs_bias.end].to_vec();
        let query = layout.queries.start + question * width;
        own.extend(&parameters[query..query + width]);
        let outputs = parameters[layout.outputs].chunks_exact(self.width_of_answers());
        outputs.for_each(|row| own.extend(&row[columns.clone()]));
        own.extend(&parameters[layout.outputs_bias][columns]);
        own.extend(&parameters[layout.encoder..]);
        (Self { questions: vec![self.questions[question]], ..self.clone() }, own)
    }
}

/// The examples of which the answer to a question is known, as of that alone.
fn only<'a>(examples: &[Example<'a>], question: usize) -> Vec<Example<'a>> {
    let of_question = |example: &Example<'a>| {
        let targets = example.targets.get(question..=question)?;
        (targets[0] != Target::Unknown).then_some(Example { targets, ..*example })
    };
    examples.iter().filter_map(of_question).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::fill_normal;
    use crate::plain::{self, Random};
    use crate::{Asked, Lstm, RecurrentConfig};
    use fastrand::Rng;

    const FEATURES: usize = 2;

    fn model() -> Classifier<Lstm> {
        let shape = RecurrentConfig { width: 8, hidden: 6, length: 5, dropout: 0.1 };
        let questions = vec![Asked::OneOf(3), Asked::AnyOf(2), Asked::OneOf(2)];
        Classifier::new(Lstm::new(shape).expect("valid"), FEATURES, questions).expect("valid")
    }

    /// The first number says the first answer, the second the others; of every
    /// fourth the second is not known.
    fn set(count: usize, seed: u64) -> Vec<(Vec<f32>, Vec<Target>)> {
        let mut random = Random::new(seed);
        let one = |number: usize| {
            let numbers = random.numbers(FEATURES);
            let class = ((numbers[0] + 1.0) * 1.5) as usize;
            let high = numbers[1] > 0.0;
            let tags = Target::Any(vec![high, !high]);
            let tags = if number.is_multiple_of(4) { Target::Unknown } else { tags };
            let targets = vec![Target::One(class.min(2)), tags, Target::One(usize::from(high))];
            (numbers.repeat(1 + number % 5), targets)
        };
        (0..count).map(one).collect()
    }

    fn examples(set: &[(Vec<f32>, Vec<Target>)]) -> Vec<Example<'_>> {
        set.iter().map(|(tokens, targets)| Example { tokens, targets }).collect()
    }

    #[test]
    fn one_question_of_several_is_answered_alone_as_among_them() {
        let (model, set) = (model(), set(11, 1));
        let tokens: Vec<&[f32]> = set.iter().map(|it| &*it.0).collect();
        let mut parameters = model.initial(1);
        fill_normal(&mut parameters, 0.5, &mut Rng::with_seed(3));
        let all = model.answers(&parameters, &tokens);
        for (question, columns) in columns(model.questions()).enumerate() {
            let (alone, own) = model.alone(question, &parameters);
            let wanted = all.chunks_exact(7).map(|row| plain::precise(&row[columns.clone()]));
            let wanted: Vec<f64> = wanted.flatten().collect();
            plain::assert_close(&alone.answers(&own, &tokens), &wanted);
        }
    }

    #[test]
    fn each_question_is_left_with_a_network_that_answers_it() {
        let (seen, held_back, unseen) = (set(80, 1), set(20, 2), set(60, 3));
        let config = FitConfig { epochs: 60, ..FitConfig::default() };
        let fit = || model().fit_each(&examples(&seen), &examples(&held_back), &config);
        let each = fit().expect("fitted");
        assert!(each == fit().expect("fitted"), "a seed repeats");
        for (question, (alone, fitted)) in each.iter().enumerate() {
            let examples = only(&examples(&unseen), question);
            let right = examples.iter().filter(|example| {
                let answer = alone.answers(&fitted.parameters, &[example.tokens]);
                match &example.targets[0] {
                    Target::One(one) => answer.iter().all(|other| answer[*one] >= *other),
                    Target::Any(any) => any.iter().zip(&answer).all(|(is, it)| *is == (*it > 0.0)),
                    Target::Unknown => false,
                }
            });
            let (right, all) = (right.count(), examples.len());
            assert!(right * 10 >= all * 9, "question {question}: {right} of {all}");
        }
    }

    #[test]
    fn what_nothing_held_back_answers_is_stopped_by_the_others() {
        let (seen, mut held_back) = (set(40, 1), set(10, 2));
        for it in &mut held_back {
            it.1[1] = Target::Unknown;
        }
        let config = FitConfig { epochs: 30, ..FitConfig::default() };
        let each = model().fit_each(&examples(&seen), &examples(&held_back), &config);
        // Not the first epoch, at which nothing surprises it, as at all others.
        assert!(each.expect("fitted")[1].1.epoch > 1);
        let unstopped = model().fit_each(&examples(&seen), &[], &config).expect("fitted");
        assert!(unstopped.iter().all(|it| it.1.epoch == 30));
        let mut seen = seen;
        for it in &mut seen {
            it.1[1] = Target::Unknown;
        }
        let error = model().fit_each(&examples(&seen), &[], &config).expect_err("refused");
        assert!(matches!(error, crate::Error::Example(_)));
    }

    #[test]
    fn no_question_is_answered_worse_than_alone_by_what_is_held_back() {
        let (seen, held_back, config) = (set(40, 1), set(20, 2), FitConfig::default());
        let each = model().fit_each(&examples(&seen), &examples(&held_back), &config);
        for (question, (alone, fitted)) in each.expect("fitted").iter().enumerate() {
            let [seen, held_back] = [&seen, &held_back].map(|set| only(&examples(set), question));
            let other = alone.fit(&seen, &held_back, &config).expect("fitted");
            assert!(fitted.loss <= other.loss, "question {question}");
        }
    }
}
