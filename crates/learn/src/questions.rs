//! What is asked of a whole sequence, what is known of the answer, and how an
//! answer is judged.

use serde::{Deserialize, Serialize};

/// A question that is asked of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Which one of so many is it? Answered by a softmax.
    OneOf(usize),
    /// Which of so many hold? Each is answered for itself, by a sigmoid.
    AnyOf(usize),
}

impl Asked {
    /// Numbers of its answer.
    pub fn count(self) -> usize {
        match self {
            Self::OneOf(count) | Self::AnyOf(count) => count,
        }
    }
}

/// What is known of the answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// This one.
    One(usize),
    /// These: true where it holds.
    Any(Vec<bool>),
    /// Nothing: nothing is learned from it.
    Unknown,
}

/// The loss of one sequence's answers, times `share`, and its gradient:
/// cross-entropy of a softmax, and the mean of those of sigmoids. A question
/// whose answer is unknown adds nothing.
pub(crate) fn judge(
    questions: &[Asked],
    answers: &[f32],
    targets: &[Target],
    weights: &[Vec<f32>],
    share: f32,
    gradient: &mut [f32],
) -> f64 {
    gradient.fill(0.0);
    let (mut loss, mut from) = (0.0, 0);
    for ((asked, target), weights) in questions.iter().zip(targets).zip(weights) {
        let place = from..from + asked.count();
        from = place.end;
        let (answers, gradient) = (&answers[place.clone()], &mut gradient[place]);
        match target {
            Target::Unknown => {}
            Target::One(one) => {
                let most = answers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let total: f32 = answers.iter().map(|answer| (answer - most).exp()).sum();
                let weight = weights[*one] * share;
                for (slope, answer) in gradient.iter_mut().zip(answers) {
                    *slope = weight * (answer - most).exp() / total;
                }
                gradient[*one] -= weight;
                loss += f64::from(weight) * f64::from(most + total.ln() - answers[*one]);
            }
            Target::Any(any) => {
                let share = share / any.len() as f32;
                for (place, holds) in any.iter().enumerate() {
                    let (answer, weight) = if *holds {
                        (answers[place], weights[place] * share)
                    } else {
                        (-answers[place], share)
                    };
                    // Of -ln sigmoid(answer), without overflow.
                    let surprise = (-answer.abs()).exp().ln_1p() + (-answer).max(0.0);
                    let slope = -weight / (1.0 + answer.exp());
                    gradient[place] = if *holds { slope } else { -slope };
                    loss += f64::from(weight) * f64::from(surprise);
                }
            }
        }
    }
    loss
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::{self, Random};

    #[test]
    fn answers_are_judged_as_the_books_say() {
        let questions = [Asked::OneOf(3), Asked::AnyOf(2), Asked::OneOf(2)];
        let targets = [Target::One(2), Target::Any(vec![true, false]), Target::Unknown];
        let weights = [vec![1.0, 1.0, 4.0], vec![2.0, 1.0], vec![1.0, 1.0]];
        let answers = Random::new(2).numbers(7);
        let plainly = |at: &[Vec<f64>]| {
            let a = &at[0];
            let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
            let softmax = a[2].exp() / a[..3].iter().map(|x| x.exp()).sum::<f64>();
            let tags = -2.0 * sigmoid(a[3]).ln() - (1.0 - sigmoid(a[4])).ln();
            0.5 * (-4.0 * softmax.ln() + tags / 2.0)
        };
        let mut gradient = vec![f32::NAN; 7];
        let loss = judge(&questions, &answers, &targets, &weights, 0.5, &mut gradient);
        assert!((loss - plainly(&[plain::precise(&answers)])).abs() < 1e-6);
        plain::assert_gradient(&[&answers], &[&gradient], plainly);
        let far = [90.0, -90.0, 0.0, -90.0, 90.0, 0.0, 0.0];
        assert!(judge(&questions, &far, &targets, &weights, 0.5, &mut gradient).is_finite());
    }
}
