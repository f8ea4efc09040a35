//! Parts in which nothing moves.

use super::frame::Frame;

/// Mean and greatest difference in grey levels up to which a frame shows the
/// same as another: coding noise does not count, a moving mouth does.
const MEAN: f32 = 0.7;
const GREATEST: u8 = 8;

/// Follows runs of frames that look like the run's first.
#[derive(Default)]
pub(super) struct Still {
    first: Vec<u8>,
    since: usize,
    seen: usize,
    parts: Vec<(usize, usize)>,
}

impl Still {
    /// Takes the next frame.
    pub(super) fn see(&mut self, frame: &Frame) {
        if !same(&self.first, frame.pixels()) {
            self.close();
            self.since = self.seen;
            frame.pixels().clone_into(&mut self.first);
        }
        self.seen += 1;
    }

    /// The runs, as first frame and one past the last.
    pub(super) fn parts(mut self) -> Vec<(usize, usize)> {
        self.close();
        self.parts
    }

    fn close(&mut self) {
        if self.seen > self.since + 1 {
            self.parts.push((self.since, self.seen));
        }
    }
}

fn same(one: &[u8], other: &[u8]) -> bool {
    let differences = || one.iter().zip(other).map(|(a, b)| a.abs_diff(*b));
    let sum: u32 = differences().map(u32::from).sum();
    one.len() == other.len()
        && sum as f32 <= MEAN * one.len() as f32
        && differences().all(|difference| difference <= GREATEST)
}
