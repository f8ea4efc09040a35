//! Histories as what is learned from: pieces of a length, each item with the
//! one that came next.

use fastrand::Rng;

/// A piece of a history. The target of each input is the item after it; the
/// input before the first item of all is the opening token.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Window {
    /// Tokens that are read.
    pub inputs: Vec<u32>,
    /// The item after each.
    pub targets: Vec<u32>,
}

/// Cuts histories into windows of `length` at most, so that each item is a
/// target once. Where a long history is cut is drawn: over the epochs, items
/// stand at every place of a window.
pub fn windows(
    histories: &[Vec<u32>],
    opening: u32,
    length: usize,
    random: &mut Rng,
) -> Vec<Window> {
    let mut out = Vec::new();
    for history in histories.iter().filter(|history| !history.is_empty()) {
        let mut from = 0;
        let mut to = if history.len() > length { random.usize(1..=length) } else { history.len() };
        while from < history.len() {
            let before = if from == 0 { [opening] } else { [history[from - 1]] };
            let inputs = before.iter().chain(&history[from..to - 1]).copied().collect();
            out.push(Window { inputs, targets: history[from..to].to_vec() });
            (from, to) = (to, (to + length).min(history.len()));
        }
    }
    out
}

/// The newest of a history as inputs, of `length` at most.
pub(crate) fn newest(history: &[u32], opening: u32, length: usize) -> Vec<u32> {
    let from = history.len().saturating_sub(length);
    let opened = (history.len() < length).then_some(opening);
    opened.into_iter().chain(history[from..].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_a_target_once() {
        let histories = [vec![1, 2, 3], vec![], (10..31).collect::<Vec<u32>>()];
        for seed in 0..20 {
            let windows = windows(&histories, 99, 6, &mut Rng::with_seed(seed));
            assert_eq!(windows[0].inputs, [99, 1, 2]);
            let targets: Vec<u32> = windows.iter().flat_map(|w| w.targets.clone()).collect();
            assert_eq!(targets, histories.concat());
            for window in &windows {
                assert!(window.inputs.len() == window.targets.len() && window.inputs.len() <= 6);
                assert_eq!(window.inputs[1..], window.targets[..window.targets.len() - 1]);
            }
        }
    }

    #[test]
    fn the_newest_are_read() {
        assert_eq!(newest(&[], 9, 3), [9]);
        assert_eq!(newest(&[1, 2], 9, 3), [9, 1, 2]);
        assert_eq!(newest(&[1, 2, 3, 4], 9, 3), [2, 3, 4]);
    }
}
