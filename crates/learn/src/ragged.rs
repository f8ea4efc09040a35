//! Sequences of any lengths, one after the other.

use std::ops::Range;

/// Where each of several sequences lies, when they are written one after the
/// other. There is no padding, so nothing is computed for it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ragged {
    /// Where each ends.
    ends: Vec<usize>,
}

impl Ragged {
    /// Of these lengths.
    pub fn new(lengths: impl IntoIterator<Item = usize>) -> Self {
        let mut end = 0;
        let ends = lengths.into_iter().map(|length| {
            end += length;
            end
        });
        Self { ends: ends.collect() }
    }

    /// Numbers in all.
    pub fn tokens(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The places of each sequence.
    pub fn ranges(&self) -> impl DoubleEndedIterator<Item = Range<usize>> {
        let start = |number: usize| if number == 0 { 0 } else { self.ends[number - 1] };
        (0..self.ends.len()).map(move |number| start(number)..self.ends[number])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_lie_side_by_side() {
        let ragged = Ragged::new([2, 0, 3]);
        assert_eq!(ragged.tokens(), 5);
        assert_eq!(ragged.ranges().collect::<Vec<_>>(), [0..2, 2..2, 2..5]);
        assert_eq!(Ragged::new([]).tokens(), 0);
    }
}
