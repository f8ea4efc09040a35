//! Which tokens to say: Whisper's rules of timestamps, beams, and drawing by
//! chance. Source: `whisper/decoding.py`; beams end as in CTranslate2's
//! `decoding.cc`, which every published error rate of faster-whisper used.

use crate::Result;
use std::ops::Range;

/// The latest first timestamp: 1 s (`max_initial_timestamp`).
const LATEST_FIRST: usize = 50;

/// As many tokens are a phrase: who says fewer twice may mean it.
const REPEATED: usize = 3;

/// What may be said, given what was said.
#[derive(Debug)]
pub(super) struct Rules {
    /// The token that ends a text; smaller ones are words.
    pub(super) end: usize,
    /// Token of 0.00 s; those of later times follow, to the last one there is.
    pub(super) first_timestamp: usize,
    /// Never said: signs that nobody speaks, and tasks.
    pub(super) suppressed: Vec<usize>,
    /// Not said at the beginning.
    pub(super) suppressed_first: Vec<usize>,
}

impl Rules {
    /// Takes from the log probabilities of all tokens those of what may not
    /// follow `said`, and makes the rest sum to 1 again.
    fn apply(&self, said: &[u32], next: &mut [f32]) {
        let count = next.len();
        let timestamps = self.first_timestamp..count;
        let is_timestamp = |token: &u32| *token as usize >= self.first_timestamp;
        let mut never = |tokens: Range<usize>| next[tokens].fill(f32::NEG_INFINITY);
        let words = 0..self.end;
        for token in &self.suppressed {
            never(*token..*token + 1);
        }
        // The one before the first timestamp says that none follow.
        never(self.first_timestamp - 1..self.first_timestamp);
        match said {
            [] => {
                for token in &self.suppressed_first {
                    never(*token..*token + 1);
                }
                never(0..self.first_timestamp);
                never((self.first_timestamp + LATEST_FIRST + 1).min(count)..count);
            }
            // They come in pairs, except before the end.
            [.., before, last] if is_timestamp(last) && is_timestamp(before) => never(timestamps),
            [last] if is_timestamp(last) => never(timestamps),
            [.., last] if is_timestamp(last) => {
                never(words);
                never(self.first_timestamp..*last as usize);
                self.prefer_timestamp(next);
            }
            _ => {
                if let Some(last) = said.iter().rev().find(|token| is_timestamp(token)) {
                    never(self.first_timestamp..*last as usize + 1);
                }
                self.prefer_timestamp(next);
            }
        }
        let all = sum(next).ln();
        for value in next {
            *value -= all;
        }
    }

    /// Where a timestamp, whichever, is likelier than any word, one is said.
    fn prefer_timestamp(&self, next: &mut [f32]) {
        let (others, timestamps) = next.split_at_mut(self.first_timestamp);
        let word = others.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if sum(timestamps).ln() > word {
            others.fill(f32::NEG_INFINITY);
        }
    }
}

/// The sum of probabilities of which these are the logarithms.
fn sum(values: &[f32]) -> f32 {
    values.iter().map(|value| value.exp()).sum()
}

/// A text, and the log probability of it and its end.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Said {
    pub(super) tokens: Vec<u32>,
    pub(super) score: f32,
}

/// Gives, for rows of the step before, each with the token that follows it, the
/// log probabilities of all tokens, row by row.
pub(super) type Next<'a> = dyn FnMut(&[usize], &[u32]) -> Result<Vec<f32>> + 'a;

/// The best of texts that are looked for with so many beams; `first` are the log
/// probabilities of all tokens at the beginning.
pub(super) fn beams(
    rules: &Rules,
    first: Vec<f32>,
    count: usize,
    longest: usize,
    next: &mut Next<'_>,
) -> Result<Said> {
    let vocabulary = first.len();
    let mut alive = vec![Said::default()];
    let mut finished: Vec<Said> = Vec::new();
    let mut scores = first;
    for step in 0..longest {
        for (beam, scores) in alive.iter().zip(scores.chunks_exact_mut(vocabulary)) {
            rules.apply(&beam.tokens, scores);
        }
        // Twice as many, so that others take the place of those that end.
        let candidates = likeliest(&alive, &scores, vocabulary, count * 2);
        let is_last = step + 1 == longest;
        let mut others = candidates.iter().skip(count).filter(|other| other.token != rules.end);
        let mut chosen = Vec::with_capacity(count);
        for candidate in candidates.iter().take(count) {
            if candidate.token != rules.end && !is_last {
                chosen.push(candidate);
                continue;
            }
            let mut tokens = alive[candidate.beam].tokens.clone();
            if candidate.token != rules.end {
                tokens.push(candidate.token as u32);
            }
            finished.push(Said { tokens, score: candidate.score });
            chosen.extend(others.next());
        }
        if is_last || finished.len() >= count || chosen.is_empty() {
            break;
        }
        let rows: Vec<usize> = chosen.iter().map(|candidate| candidate.beam).collect();
        let tokens: Vec<u32> = chosen.iter().map(|candidate| candidate.token as u32).collect();
        scores = next(&rows, &tokens)?;
        alive = chosen
            .into_iter()
            .map(|candidate| {
                let mut tokens = alive[candidate.beam].tokens.clone();
                tokens.push(candidate.token as u32);
                Said { tokens, score: candidate.score }
            })
            .collect();
    }
    Ok(best(&finished))
}

/// The text that is likeliest by token. What is said again is likely by token,
/// however unlikely it was that the text went on: where the same text is there
/// without it, and likelier as a whole, it was not said twice.
fn best(finished: &[Said]) -> Said {
    let by_token = |said: &Said| said.score / said.tokens.len().max(1) as f32;
    let best = finished.iter().max_by(|a, b| by_token(a).total_cmp(&by_token(b)));
    let Some(best) = best else { return Said::default() };
    let is_said_once = |once: &&Said| {
        let again = best.tokens.strip_prefix(&once.tokens[..]).unwrap_or_default();
        again.len() >= REPEATED && once.tokens.ends_with(again) && once.score > best.score
    };
    finished.iter().find(is_said_once).unwrap_or(best).clone()
}

/// A token after a beam.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    beam: usize,
    token: usize,
    score: f32,
}

/// The `count` likeliest continuations of all beams, best first.
fn likeliest(alive: &[Said], scores: &[f32], vocabulary: usize, count: usize) -> Vec<Candidate> {
    let mut best: Vec<Candidate> = Vec::with_capacity(count + 1);
    let mut least = f32::NEG_INFINITY;
    for (beam, (said, scores)) in alive.iter().zip(scores.chunks_exact(vocabulary)).enumerate() {
        for (token, score) in scores.iter().enumerate() {
            let score = said.score + score;
            // Also false for what may not be said.
            if score > least {
                let at = best.partition_point(|other| other.score >= score);
                best.insert(at, Candidate { beam, token, score });
                best.truncate(count);
                if let (true, Some(last)) = (best.len() == count, best.last()) {
                    least = last.score;
                }
            }
        }
    }
    best
}

/// A text that is drawn token by token; the higher the temperature, the wilder.
/// The arguments are those of [`beams`], with one row.
pub(super) fn drawn(
    rules: &Rules,
    first: Vec<f32>,
    temperature: f32,
    longest: usize,
    random: &mut fastrand::Rng,
    next: &mut Next<'_>,
) -> Result<Said> {
    let mut said = Said::default();
    let mut scores = first;
    loop {
        rules.apply(&said.tokens, &mut scores);
        let weight = |score: &f32| (score / temperature).exp();
        let mut left = random.f32() * scores.iter().map(weight).sum::<f32>();
        let token = scores.iter().position(|score| {
            left -= weight(score);
            left <= 0.0 && *score > f32::NEG_INFINITY
        });
        // Rounding may leave a little: it is the last one's that may be said.
        let last = || scores.iter().rposition(|score| *score > f32::NEG_INFINITY);
        let token = token.or_else(last).unwrap_or(rules.end);
        said.score += scores[token];
        if token == rules.end {
            return Ok(said);
        }
        said.tokens.push(token as u32);
        if said.tokens.len() == longest {
            return Ok(said);
        }
        scores = next(&[0], &[token as u32])?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words 0 to 3, the end 4, a task 5, no timestamps 6, times 7 to 9.
    fn rules() -> Rules {
        Rules { end: 4, first_timestamp: 7, suppressed: vec![5], suppressed_first: vec![0] }
    }

    fn log(probabilities: [f32; 10]) -> Vec<f32> {
        probabilities.iter().map(|p| p.ln()).collect()
    }

    /// What may follow.
    fn allowed(said: &[u32], probabilities: [f32; 10]) -> Vec<usize> {
        let mut next = log(probabilities);
        rules().apply(said, &mut next);
        assert!((sum(&next) - 1.0).abs() < 1e-5);
        (0..next.len()).filter(|token| next[*token] > f32::NEG_INFINITY).collect()
    }

    #[test]
    fn timestamps_come_in_pairs_and_grow() {
        let even = [0.1; 10];
        assert_eq!(allowed(&[], even), [7, 8, 9]);
        assert_eq!(allowed(&[7], even), [0, 1, 2, 3, 4]);
        // All times together are likelier than a word.
        assert_eq!(allowed(&[7, 1], even), [8, 9]);
        assert_eq!(allowed(&[7, 1, 8, 8], even), [0, 1, 2, 3, 4]);
        let words = [0.2, 0.2, 0.2, 0.2, 0.1, 0.02, 0.02, 0.02, 0.02, 0.02];
        assert_eq!(allowed(&[7, 1], words), [0, 1, 2, 3, 4, 8, 9]);
        assert_eq!(
            allowed(&[7, 1, 8], [0.0, 0.0, 0.0, 0.0, 0.6, 0.0, 0.0, 0.1, 0.2, 0.1]),
            [4, 8, 9]
        );
    }

    /// A network that says 1 after the first time, then either of two ways:
    /// the likelier first word leads to an unlikely second one.
    fn garden_path(before: &[u32]) -> Vec<f32> {
        let small = 0.001;
        let mut next = [small; 10];
        match before {
            [] => next[7] = 0.9,
            [7] => (next[1], next[2]) = (0.6, 0.39),
            [7, 1] => (next[0], next[2], next[3]) = (0.3, 0.3, 0.3),
            [7, 2] => next[3] = 0.98,
            [_, .., last] if *last < 7 => next[9] = 0.98,
            _ => next[4] = 0.98,
        }
        let all: f32 = next.iter().sum();
        log(next.map(|p| p / all))
    }

    fn found(count: usize) -> Vec<u32> {
        let mut rows: Vec<Vec<u32>> = vec![Vec::new()];
        let mut next = |order: &[usize], tokens: &[u32]| {
            let longer = |(row, token): (&usize, &u32)| [&rows[*row][..], &[*token]].concat();
            rows = order.iter().zip(tokens).map(longer).collect();
            Ok(rows.iter().flat_map(|row| garden_path(row)).collect())
        };
        beams(&rules(), garden_path(&[]), count, 20, &mut next).expect("searches").tokens
    }

    #[test]
    fn beams_see_further_than_one_step() {
        assert_eq!(found(1)[..2], [7, 1]);
        assert_eq!(found(3), [7, 2, 3, 9]);
    }

    #[test]
    fn nothing_is_said_twice_for_being_easy_to_say() {
        let said = |tokens: &[u32], score: f32| Said { tokens: tokens.to_vec(), score };
        let (once, twice) = (said(&[7, 1, 2, 3], -3.6), said(&[7, 1, 2, 3, 1, 2, 3], -5.5));
        assert_eq!(best(&[once.clone(), twice.clone()]), once);
        let meant = said(&twice.tokens, -3.5);
        assert_eq!(best(&[once.clone(), meant.clone()]), meant);
        let other = said(&[7, 1, 2, 3, 1, 1, 3], -5.5);
        assert_eq!(best(&[once, other.clone()]), other);
        assert_eq!(best(&[]), Said::default());
    }

    #[test]
    fn a_text_has_an_end() {
        let for_ever = |_: &[u32]| log([0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let first = log([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        let mut next =
            |order: &[usize], _: &[u32]| Ok(order.iter().flat_map(|_| for_ever(&[])).collect());
        let said = beams(&rules(), first.clone(), 2, 12, &mut next).expect("searches");
        assert_eq!(said.tokens.len(), 12);
        let mut random = fastrand::Rng::with_seed(0);
        let said = drawn(&rules(), first, 0.4, 12, &mut random, &mut next).expect("draws");
        assert_eq!(said.tokens.len(), 12);
    }

    #[test]
    fn what_is_drawn_is_as_likely_as_it_is_said_to_be() {
        let mut random = fastrand::Rng::with_seed(0);
        let mut counts = [0_i32; 10];
        for _ in 0..4_000 {
            let mut step = 0;
            let mut next = |_: &[usize], _: &[u32]| {
                step += 1;
                Ok(match step {
                    1 => log([0.1, 0.2, 0.3, 0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
                    _ => log([0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
                })
            };
            let first = log([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
            let said = drawn(&rules(), first, 1.0, 9, &mut random, &mut next).expect("draws");
            counts[said.tokens[1] as usize] += 1;
        }
        for (count, expected) in counts.iter().zip([400, 800, 1_200, 1_600]) {
            assert!((*count - expected).abs() < 120, "{counts:?}");
        }
    }
}
