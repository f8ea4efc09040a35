//! How good a model is while it is trained.

use crate::{Encoder, SequenceModel, Token};
use rayon::prelude::*;

/// Histories that are answered at once.
const TOGETHER: usize = 16;

/// One held-back item with what came before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Oldest first.
    pub history: Vec<Token>,
    /// What came next.
    pub target: u32,
}

/// NDCG@10 over all items that are not in the history; an equal score counts
/// against the target, as does no number.
pub(crate) fn ndcg<E: Encoder>(
    model: &SequenceModel<E>,
    parameters: &[f32],
    questions: &[Question],
) -> f64 {
    let gains: Vec<f64> = questions
        .par_chunks(TOGETHER)
        .map(|questions| {
            let histories: Vec<&[Token]> = questions.iter().map(|q| &*q.history).collect();
            let states = model.last_states(parameters, &histories);
            let mut scores = vec![0.0; questions.len() * model.items()];
            model.logits(parameters, &states, &mut scores);
            let lines = questions.iter().zip(scores.chunks_exact_mut(model.items()));
            lines.map(|(question, scores)| gain(question, scores)).sum()
        })
        .collect();
    gains.iter().sum::<f64>() / questions.len().max(1) as f64
}

fn gain(question: &Question, scores: &mut [f32]) -> f64 {
    let own = scores[question.target as usize];
    for token in &question.history {
        scores[token.item as usize] = f32::NEG_INFINITY;
    }
    let below = scores.iter().filter(|score| **score < own).count();
    let rank = scores.len() - below;
    if rank > 10 || question.history.iter().any(|token| token.item == question.target) {
        return 0.0;
    }
    1.0 / (rank as f64 + 1.0).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_among_the_unseen_and_ties_count_against() {
        let tokens = |items: &[u32]| items.iter().map(|item| Token::from(*item)).collect();
        let question = |items: &[u32], target| Question { history: tokens(items), target };
        let scores = [0.9, 0.5, 0.8, 0.5];
        let gain = |question: &Question| gain(question, &mut scores.to_vec());
        assert_eq!(gain(&question(&[], 0)), 1.0);
        assert_eq!(gain(&question(&[0], 2)), 1.0);
        assert_eq!(gain(&question(&[0], 1)), 0.5);
        assert_eq!(gain(&question(&[0], 0)), 0.0);
        assert_eq!(super::gain(&question(&[], 0), &mut [f32::NAN; 12]), 0.0);
    }
}
