//! Writes windows of speech down, each stretch in its own language.

use super::seconds;
use super::windows::Window;
use crate::Result;
use std::collections::VecDeque;
use std::ops::Range;
use vireo_domain::{Cue, Language};
use vireo_pretrained::speech::{Listened, SpeechRecogniser};

/// Windows that are listened to before it is settled which language to expect.
const FIRST: usize = 3;
/// Probability from which another language than the expected one is heard.
const CLEARLY: f32 = 0.9;
/// In shorter stretches no language can be told from another, in seconds.
const TELLING: f64 = 1.0;

/// Writes down windows. The first ones wait until it is settled which language
/// to expect, each later one until the next is listened to: where two windows are
/// in different languages, one of them may hold both.
pub(crate) struct Scribe<'a> {
    recogniser: &'a dyn SpeechRecogniser,
    progress: &'a dyn Fn(f64),
    expected: Option<Language>,
    /// The language of the window that was written down last.
    before: Option<Language>,
    waiting: VecDeque<Heard<'a>>,
    cues: Vec<Cue>,
}

/// A window that was listened to.
struct Heard<'a> {
    window: Window,
    sound: Box<dyn Listened + 'a>,
    language: Language,
    /// How likely it is that language.
    likely: f32,
}

impl Heard<'_> {
    /// The language to write it down in.
    fn language(&self, expected: Option<&Language>) -> Language {
        let expected = expected.filter(|_| self.likely < CLEARLY);
        expected.unwrap_or(&self.language).clone()
    }
}

impl<'a> Scribe<'a> {
    /// With nothing heard; `progress` takes the second up to which it is.
    pub(crate) fn new(recogniser: &'a dyn SpeechRecogniser, progress: &'a dyn Fn(f64)) -> Self {
        let (waiting, cues) = (VecDeque::new(), Vec::new());
        Self { recogniser, progress, expected: None, before: None, waiting, cues }
    }

    /// Takes the next windows.
    pub(crate) fn take(&mut self, windows: Vec<Window>) -> Result<()> {
        for window in windows {
            let sound = self.recogniser.listen(&window.samples)?;
            let (language, likely) = sound.language(0..window.samples.len())?;
            if language.is_unknown() {
                // Nobody is heard in it, and nobody votes.
                continue;
            }
            self.waiting.push_back(Heard { window, sound, language, likely });
            if self.expected.is_none() && self.waiting.len() == FIRST {
                self.settle();
            }
            while self.expected.is_some() && self.waiting.len() > 1 {
                self.write()?;
            }
        }
        Ok(())
    }

    /// Up to where the sound is listened to, in seconds: as nothing is written
    /// down before it is settled which language to expect, 0 until then.
    pub(crate) fn heard_until(&self, samples: u64) -> f64 {
        let is_settled = self.expected.is_some() || self.waiting.is_empty();
        if is_settled { seconds(samples) } else { 0.0 }
    }

    /// The end: the language of most of what was heard first, and the cues.
    pub(crate) fn finish(mut self) -> Result<(Option<Language>, Vec<Cue>)> {
        if self.expected.is_none() {
            self.settle();
        }
        while !self.waiting.is_empty() {
            self.write()?;
        }
        Ok((self.expected, self.cues))
    }

    /// Settles which language to expect by what is heard in most of the first
    /// windows' speech.
    fn settle(&mut self) {
        let mut votes: Vec<(Language, f64)> = Vec::new();
        for Heard { window, language, .. } in &self.waiting {
            match votes.iter_mut().find(|(voted, _)| voted == language) {
                Some((_, weight)) => *weight += window.speech_seconds(),
                None => votes.push((language.clone(), window.speech_seconds())),
            }
        }
        self.expected = votes.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(l, _)| l);
    }

    /// Writes the first window that waits down; one that is in two languages in two.
    fn write(&mut self) -> Result<()> {
        let Some(heard) = self.waiting.pop_front() else { return Ok(()) };
        let language = heard.language(self.expected.as_ref());
        let after = self.waiting.front().map(|next| next.language(self.expected.as_ref()));
        let neighbours = [after, self.before.take()];
        let other = neighbours.iter().flatten().find(|other| **other != language);
        let runs = match other {
            Some(other) => runs(&heard, [&language, other])?,
            None => Vec::new(),
        };
        if runs.len() < 2 {
            let cues = heard.sound.transcribe(&language)?;
            self.note(&heard.window, cues);
        } else {
            for (stretches, language) in runs {
                let part = heard.window.part(stretches);
                let cues = self.recogniser.listen(&part.samples)?.transcribe(&language)?;
                self.note(&part, cues);
            }
        }
        (self.progress)(heard.window.end());
        self.before = Some(language);
        Ok(())
    }

    fn note(&mut self, window: &Window, cues: Vec<Cue>) {
        let place = |cue: Cue| cue.placed(|span| window.place(span));
        self.cues.extend(cues.into_iter().map(place));
    }
}

/// The stretches of a window that follow each other in one of two languages.
fn runs(heard: &Heard<'_>, languages: [&Language; 2]) -> Result<Vec<(Range<usize>, Language)>> {
    let mut runs: Vec<(Range<usize>, Option<Language>)> = Vec::new();
    for (index, stretch) in heard.window.stretches().enumerate() {
        let language = if seconds(stretch.len() as u64) < TELLING {
            None
        } else {
            let (language, _) = heard.sound.language(stretch)?;
            Some(language).filter(|language| languages.contains(&language))
        };
        match runs.last_mut() {
            // What cannot be told is in the language of what is around it.
            Some((run, said)) if said.is_none() || language.is_none() || *said == language => {
                run.end = index + 1;
                *said = said.take().or(language);
            }
            _ => runs.push((index..index + 1, language)),
        }
    }
    Ok(runs.into_iter().filter_map(|(run, said)| Some((run, said?))).collect())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::super::stretches::Stretch;
    use super::super::windows::Packer;
    use super::*;
    use std::sync::Mutex;
    use vireo_domain::Span;

    /// Hears English in loud samples and Chinese in quiet ones, and says which
    /// and for how long; in faint ones it may be French. What holds several is in
    /// the language of most of it.
    #[derive(Default)]
    struct ByLoudness(Mutex<usize>);

    impl SpeechRecogniser for ByLoudness {
        fn name(&self) -> &'static str {
            "by loudness"
        }
        fn listen(&self, samples: &[f32]) -> vireo_pretrained::Result<Box<dyn Listened + '_>> {
            *self.0.lock().expect("not poisoned") += 1;
            Ok(Box::new(Loudness(samples.to_vec())))
        }
    }

    struct Loudness(Vec<f32>);

    impl Listened for Loudness {
        fn language(&self, samples: Range<usize>) -> vireo_pretrained::Result<(Language, f32)> {
            let samples = &self.0[samples];
            let loud = samples.iter().filter(|sample| **sample > 0.6).count();
            let quiet = samples.iter().filter(|sample| (0.1..0.6).contains(*sample)).count();
            let faint = samples.iter().filter(|sample| (0.01..0.1).contains(*sample)).count();
            Ok(match loud.max(quiet).max(faint) {
                0 => (Language::unknown(), 0.0),
                most if most == loud => (Language::english(), 1.0),
                most if most == quiet => (Language::chinese(), 1.0),
                _ => (Language::new("fr"), 0.5),
            })
        }
        fn transcribe(&self, language: &Language) -> vireo_pretrained::Result<Vec<Cue>> {
            let length = seconds(self.0.len() as u64);
            let text = format!("{language} {length:.0}");
            Ok(vec![Cue::new(Span::new(0.0, length), text)])
        }
    }

    /// What is written of stretches of 4 s, a second apart, of these loudnesses,
    /// and how often the recogniser was asked.
    fn written(loudness: &[f32]) -> (Vec<String>, usize) {
        let recogniser = ByLoudness::default();
        let mut scribe = Scribe::new(&recogniser, &|_| {});
        let mut packer = Packer::default();
        for (index, loudness) in loudness.iter().enumerate() {
            let start = samples(5.0 * index as f64) as u64;
            let stretch = Stretch { start, samples: vec![*loudness; samples(4.0)] };
            scribe.take(packer.push(stretch)).expect("hears");
        }
        scribe.take(packer.finish().into_iter().collect()).expect("hears");
        let (_, cues) = scribe.finish().expect("hears");
        let calls = *recogniser.0.lock().expect("not poisoned");
        (
            cues.into_iter().map(|cue| format!("{:.0}: {}", cue.span.start, cue.text)).collect(),
            calls,
        )
    }

    #[test]
    fn a_window_in_two_languages_is_heard_in_two() {
        let (text, _) = written(&[0.9, 0.9, 0.9, 0.9, 0.3, 0.3, 0.3, 0.3, 0.3]);
        assert_eq!(text, ["0: en 13", "15: en 4", "20: zh 9", "30: zh 13"]);
    }

    #[test]
    fn what_is_unclear_is_in_the_language_that_is_expected() {
        let (text, _) = written(&[0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.05, 0.05, 0.05]);
        assert_eq!(text[3], "45: en 13");
        // Nobody is heard in the first three windows: they don't settle it.
        let (text, _) = written(&[[0.0; 9], [0.9; 9], [0.05; 9]].concat());
        assert_eq!(text.len(), 6);
        assert!(text.iter().all(|cue| cue.contains("en")), "{text:?}");
    }

    #[test]
    fn one_language_costs_nothing_more() {
        let (text, calls) = written(&[0.9; 12]);
        assert_eq!(text.len(), 4);
        assert_eq!(calls, 4);
    }
}
