//! Not too much of one channel.

use super::{BARRED, Pass, Reranker};
use crate::context::Context;
use crate::rankers::Ranked;
use std::collections::{HashMap, VecDeque};

/// The cap holds in any row of so many.
const ROW: usize = 10;

pub(super) struct Channels;

impl Reranker for Channels {
    fn name(&self) -> &'static str {
        "channels"
    }

    fn start<'a>(&self, context: &'a Context<'a>, pool: &'a [Ranked]) -> Box<dyn Pass + 'a> {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let channels = pool.iter().map(|ranked| {
            let channel = context.snapshot.items[ranked.place].video.channel.as_deref()?;
            let next = numbers.len();
            Some(*numbers.entry(channel).or_insert(next))
        });
        let channels: Vec<Option<usize>> = channels.collect();
        let cap = context.config.channel_cap;
        Box::new(Row { cap, counts: vec![0; numbers.len()], channels, last: VecDeque::new() })
    }
}

struct Row {
    cap: usize,
    channels: Vec<Option<usize>>,
    /// Videos of each channel in the row.
    counts: Vec<usize>,
    last: VecDeque<Option<usize>>,
}

impl Pass for Row {
    fn cost(&self, candidate: usize) -> f64 {
        let full = |channel: usize| self.cap > 0 && self.counts[channel] >= self.cap;
        if self.channels[candidate].is_some_and(full) { BARRED } else { 0.0 }
    }

    fn placed(&mut self, candidate: usize) {
        let channel = self.channels[candidate];
        self.last.push_back(channel);
        if let Some(channel) = channel {
            self.counts[channel] += 1;
        }
        if self.last.len() >= ROW
            && let Some(Some(channel)) = self.last.pop_front()
        {
            self.counts[channel] -= 1;
        }
    }
}
