//! Histories as what is learned from: pieces of a length, each item with the
//! one that came next.

use fastrand::Rng;

/// One thing of a history: an item, and a mark on a short scale, as how long it
/// was until the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Token {
    /// The item.
    pub item: u32,
    /// The mark: it carries this and all below, from 1; 0: nothing is known.
    pub mark: u32,
}

impl From<u32> for Token {
    fn from(item: u32) -> Self {
        Self { item, mark: 0 }
    }
}

/// A piece of a history. The target of each input is the item after it; the
/// input before the first item of all is the opening token.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Window {
    /// Tokens that are read.
    pub inputs: Vec<Token>,
    /// The item after each.
    pub targets: Vec<u32>,
}

/// Cuts histories into windows of `length` at most, so that each item is a
/// target once. Where a long history is cut is drawn: over the epochs, items
/// stand at every place of a window.
pub fn windows(
    histories: &[Vec<Token>],
    opening: u32,
    length: usize,
    random: &mut Rng,
) -> Vec<Window> {
    let mut out = Vec::new();
    for history in histories.iter().filter(|history| !history.is_empty()) {
        let mut from = 0;
        let mut to = if history.len() > length { random.usize(1..=length) } else { history.len() };
        while from < history.len() {
            let before = if from == 0 { [opening.into()] } else { [history[from - 1]] };
            let inputs = before.iter().chain(&history[from..to - 1]).copied().collect();
            let targets = history[from..to].iter().map(|token| token.item).collect();
            out.push(Window { inputs, targets });
            (from, to) = (to, (to + length).min(history.len()));
        }
    }
    out
}

/// The newest of a history as inputs, of `length` at most.
pub(crate) fn newest(history: &[Token], opening: u32, length: usize) -> Vec<Token> {
    let from = history.len().saturating_sub(length);
    let opened = (history.len() < length).then_some(opening.into());
    opened.into_iter().chain(history[from..].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_a_target_once() {
        let marked = |items: std::ops::Range<u32>| -> Vec<Token> {
            items.map(|item| Token { item, mark: item % 3 }).collect()
        };
        let histories = [marked(1..4), vec![], marked(10..31)];
        let items = |tokens: &[Token]| tokens.iter().map(|it| it.item).collect::<Vec<u32>>();
        for seed in 0..20 {
            let windows = windows(&histories, 99, 6, &mut Rng::with_seed(seed));
            assert_eq!(items(&windows[0].inputs), [99, 1, 2]);
            let tokens = windows.iter().flat_map(|window| &window.inputs);
            assert!(
                tokens.clone().all(|it| it.mark == if it.item == 99 { 0 } else { it.item % 3 })
            );
            let targets: Vec<u32> = windows.iter().flat_map(|w| w.targets.clone()).collect();
            assert_eq!(targets, items(&histories.concat()));
            for window in &windows {
                assert!(window.inputs.len() == window.targets.len() && window.inputs.len() <= 6);
                assert_eq!(items(&window.inputs[1..]), window.targets[..window.targets.len() - 1]);
            }
        }
    }

    #[test]
    fn the_newest_are_read() {
        let newest = |items: &[u32]| -> Vec<u32> {
            let tokens: Vec<Token> = items.iter().map(|item| Token::from(*item)).collect();
            newest(&tokens, 9, 3).iter().map(|token| token.item).collect()
        };
        assert_eq!(newest(&[]), [9]);
        assert_eq!(newest(&[1, 2]), [9, 1, 2]);
        assert_eq!(newest(&[1, 2, 3, 4]), [2, 3, 4]);
    }
}
