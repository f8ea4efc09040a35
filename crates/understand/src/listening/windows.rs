//! Packs stretches of speech into windows of at most 15 s.
//!
//! The recogniser computes some seconds more than a window has, so that a short
//! sentence by itself would cost twice its time. Several stretches share a window;
//! the window knows where each came from. In longer ones more is missed, and a
//! word takes longer (docs/decisions/044-sound.md).

use super::stretches::Stretch;
use super::{samples, seconds};
use std::ops::Range;
use vireo_domain::Span;

/// Longest window, in seconds.
pub(crate) const LONGEST: f64 = 15.0;
/// Silence put between two stretches, in seconds, where there was more: enough
/// for the recogniser to end a segment.
const GAP: f64 = 0.6;
/// A cue goes on over a pause of up to this many seconds, and not further.
const BRIDGE: f64 = 2.0;
/// A stretch that is too long is cut at its quietest point in its last seconds.
const SEARCH: f64 = 5.0;

/// A stretch inside a window, in samples.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Part {
    /// Where it lies in the window.
    at: usize,
    /// Where it lies in the whole sound.
    start: u64,
    /// How long it is.
    length: usize,
}

/// Up to [`LONGEST`] seconds of speech.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Window {
    /// The sound.
    pub(crate) samples: Vec<f32>,
    parts: Vec<Part>,
}

impl Window {
    /// Seconds of speech in it.
    pub(crate) fn speech_seconds(&self) -> f64 {
        seconds(self.parts.iter().map(|part| part.length as u64).sum())
    }

    /// The last second of the whole sound that is in it.
    pub(crate) fn end(&self) -> f64 {
        self.parts.last().map_or(0.0, |part| seconds(part.start + part.length as u64))
    }

    /// Where each of its stretches lies in its samples.
    pub(crate) fn stretches(&self) -> impl Iterator<Item = Range<usize>> {
        self.parts.iter().map(|part| part.at..part.at + part.length)
    }

    /// A window of some of its stretches.
    pub(crate) fn part(&self, stretches: Range<usize>) -> Self {
        let parts = &self.parts[stretches];
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
            return Self::default();
        };
        let samples = self.samples[first.at..last.at + last.length].to_vec();
        let parts = parts.iter().map(|part| Part { at: part.at - first.at, ..*part }).collect();
        Self { samples, parts }
    }

    /// Where a cue of the window lies in the whole sound.
    ///
    /// A cue that reaches over a long pause is kept at the side where most of
    /// it is: its words were said there, not minutes later.
    pub(crate) fn place(&self, cue: Span) -> Span {
        let (start, end) = (samples(cue.start), samples(cue.end));
        let overlap =
            |part: &Part| end.min(part.at + part.length).saturating_sub(start.max(part.at));
        let distance = |part: &Part| {
            (part.at.saturating_sub(end)).max(start.saturating_sub(part.at + part.length))
        };
        let main = (0..self.parts.len()).min_by_key(|i| {
            let part = &self.parts[*i];
            (std::cmp::Reverse(overlap(part)), distance(part))
        });
        let Some(main) = main else { return cue };
        let (mut first, mut last) = (main, main);
        let near = |a: &Part, b: &Part| seconds(b.start - (a.start + a.length as u64)) <= BRIDGE;
        while first > 0
            && overlap(&self.parts[first - 1]) > 0
            && near(&self.parts[first - 1], &self.parts[first])
        {
            first -= 1;
        }
        while last + 1 < self.parts.len()
            && overlap(&self.parts[last + 1]) > 0
            && near(&self.parts[last], &self.parts[last + 1])
        {
            last += 1;
        }
        let real = |part: &Part, at: usize| {
            seconds(part.start + at.clamp(part.at, part.at + part.length) as u64 - part.at as u64)
        };
        Span::new(real(&self.parts[first], start), real(&self.parts[last], end))
    }
}

/// Fills windows.
#[derive(Debug, Default)]
pub(crate) struct Packer {
    open: Window,
}

impl Packer {
    /// Adds a stretch; gives the windows that became full.
    pub(crate) fn push(&mut self, stretch: Stretch) -> Vec<Window> {
        let mut full = Vec::new();
        let Stretch { mut start, samples: mut sound } = stretch;
        loop {
            let gap = self.gap_before(start);
            if self.open.samples.len() + gap + sound.len() <= samples(LONGEST) {
                if !sound.is_empty() {
                    self.add(gap, start, &sound);
                }
                return full;
            }
            if !self.open.parts.is_empty() {
                full.push(std::mem::take(&mut self.open));
                continue;
            }
            let rest = sound.split_off(quietest(&sound));
            self.add(0, start, &sound);
            start += sound.len() as u64;
            sound = rest;
            full.push(std::mem::take(&mut self.open));
        }
    }

    /// The last window, if it has anything.
    pub(crate) fn finish(self) -> Option<Window> {
        Some(self.open).filter(|window| !window.parts.is_empty())
    }

    fn gap_before(&self, start: u64) -> usize {
        self.open.parts.last().map_or(0, |part| {
            let pause = start.saturating_sub(part.start + part.length as u64);
            (pause as usize).min(samples(GAP))
        })
    }

    fn add(&mut self, gap: usize, start: u64, sound: &[f32]) {
        let window = &mut self.open;
        window.samples.resize(window.samples.len() + gap, 0.0);
        window.parts.push(Part { at: window.samples.len(), start, length: sound.len() });
        window.samples.extend_from_slice(sound);
    }
}

/// Where to cut a stretch that is longer than a window: the quietest tenth of
/// a second in the last seconds of what fits.
fn quietest(sound: &[f32]) -> usize {
    let (first, last) = (samples(LONGEST - SEARCH), samples(LONGEST));
    let frame = samples(0.1);
    let energy = |at: usize| sound[at..at + frame].iter().map(|s| s * s).sum::<f32>();
    (first..last.min(sound.len()) - frame)
        .step_by(frame / 2)
        .min_by(|a, b| energy(*a).total_cmp(&energy(*b)))
        .map_or(last, |at| at + frame / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Stretches from pairs of (pause, length) in hundredths of a second.
    fn stretches(plan: &[(u16, u16)]) -> Vec<Stretch> {
        let mut at = 0_u64;
        plan.iter()
            .map(|(pause, length)| {
                let start = at + samples(f64::from(*pause) / 100.0) as u64;
                let length = samples(f64::from(*length) / 100.0);
                at = start + length as u64;
                Stretch { start, samples: vec![0.5; length] }
            })
            .collect()
    }

    fn pack(stretches: Vec<Stretch>) -> Vec<Window> {
        let mut packer = Packer::default();
        let mut windows: Vec<Window> = stretches.into_iter().flat_map(|s| packer.push(s)).collect();
        windows.extend(packer.finish());
        windows
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn windows_cover_all_speech_once_in_order(plan in prop::collection::vec((0u16..900, 1u16..7_000), 0..12)) {
            let all = stretches(&plan);
            let windows = pack(all.clone());
            let mut covered: Vec<(u64, u64)> = Vec::new();
            for window in &windows {
                prop_assert!(window.samples.len() <= samples(LONGEST));
                for part in &window.parts {
                    prop_assert!(part.at + part.length <= window.samples.len());
                    covered.push((part.start, part.start + part.length as u64));
                }
            }
            // In order without overlap, and joined cuts give the stretches back.
            prop_assert!(covered.windows(2).all(|pair| pair[0].1 <= pair[1].0));
            let expected: u64 = all.iter().map(|s| s.samples.len() as u64).sum();
            prop_assert_eq!(covered.iter().map(|(a, b)| b - a).sum::<u64>(), expected);
            for stretch in &all {
                let end = stretch.start + stretch.samples.len() as u64;
                let inside: u64 = covered.iter().filter(|(a, b)| *a >= stretch.start && *b <= end).map(|(a, b)| b - a).sum();
                prop_assert_eq!(inside, stretch.samples.len() as u64);
                // A stretch that fits is never cut.
                if stretch.samples.len() <= samples(LONGEST) {
                    prop_assert!(covered.contains(&(stretch.start, end)) || stretch.samples.is_empty());
                }
            }
        }

        #[test]
        fn times_come_back_in_order(plan in prop::collection::vec((0u16..900, 10u16..1_200), 1..10), cuts in prop::collection::vec(0.0f64..31.0, 2..12)) {
            let mut cuts = cuts;
            cuts.sort_by(f64::total_cmp);
            for window in pack(stretches(&plan)) {
                let (first, last) = (window.parts[0], window.parts[window.parts.len() - 1]);
                let whole = (seconds(first.start), seconds(last.start + last.length as u64));
                let mut before = 0.0;
                for pair in cuts.windows(2) {
                    let placed = window.place(Span::new(pair[0], pair[1]));
                    prop_assert!(placed.start >= whole.0 - 1e-9 && placed.end <= whole.1 + 1e-9);
                    prop_assert!(placed.end - placed.start <= (pair[1] - pair[0]) + BRIDGE * window.parts.len() as f64 + 1e-3);
                    prop_assert!(placed.end + 1e-9 >= before, "{} after {before}", placed.end);
                    before = placed.start;
                }
            }
        }
    }

    #[test]
    fn a_cue_over_a_long_pause_stays_where_most_of_it_is() {
        let windows = pack(vec![
            Stretch { start: 0, samples: vec![0.5; samples(4.0)] },
            Stretch { start: samples(100.0) as u64, samples: vec![0.5; samples(4.0)] },
        ]);
        assert_eq!(windows.len(), 1);
        let placed = windows[0].place(Span::new(3.5, 8.0));
        assert!(placed.start >= 100.0 && placed.end <= 104.0, "{placed:?}");
        let placed = windows[0].place(Span::new(0.0, 4.8));
        assert!(placed.start < 0.01 && placed.end <= 4.0, "{placed:?}");
    }

    #[test]
    fn long_speech_is_cut_where_it_is_quiet() {
        let mut sound = vec![0.5; samples(25.0)];
        sound[samples(12.0)..samples(12.3)].fill(0.0);
        let windows = pack(vec![Stretch { start: 0, samples: sound }]);
        assert_eq!(windows.len(), 2);
        assert!((seconds(windows[0].samples.len() as u64) - 12.15).abs() < 0.2);
    }
}
