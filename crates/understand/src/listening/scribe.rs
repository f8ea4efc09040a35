//! Writes windows of speech down, each stretch in its own language.

use super::seconds;
use super::windows::Window;
use crate::Result;
use std::ops::Range;
use vireo_domain::{Cue, Language};
use vireo_pretrained::speech::{Speech, SpeechRecogniser};

/// Windows that are heard before it is settled which language to expect.
const FIRST: usize = 3;
/// In shorter stretches no language can be told from another, in seconds.
const TELLING: f64 = 1.0;

/// Writes down windows. The first ones wait until it is settled which language
/// to expect, each later one until the next is heard: where two windows are in
/// different languages, one of them may hold both.
pub(crate) struct Scribe<'a> {
    recogniser: &'a dyn SpeechRecogniser,
    progress: &'a dyn Fn(f64),
    language: Option<Language>,
    waiting: Vec<Window>,
    last: Option<Written>,
    cues: Vec<Cue>,
}

/// A window, and what was heard in it.
struct Written {
    window: Window,
    speech: Speech,
    /// The language of a neighbour, if it is another one.
    other: Option<Language>,
}

impl<'a> Scribe<'a> {
    /// With nothing heard; `progress` takes the second up to which it is.
    pub(crate) fn new(recogniser: &'a dyn SpeechRecogniser, progress: &'a dyn Fn(f64)) -> Self {
        let (waiting, cues) = (Vec::new(), Vec::new());
        Self { recogniser, progress, language: None, waiting, last: None, cues }
    }

    /// Takes the next windows.
    pub(crate) fn take(&mut self, windows: Vec<Window>) -> Result<()> {
        for window in windows {
            if self.language.is_some() {
                self.hear(window)?;
            } else {
                self.waiting.push(window);
                if self.waiting.len() == FIRST {
                    self.settle()?;
                }
            }
        }
        Ok(())
    }

    /// Up to where the sound is written down, in seconds.
    pub(crate) fn heard_until(&self, samples: u64) -> f64 {
        if self.waiting.is_empty() { seconds(samples) } else { 0.0 }
    }

    /// The end: the language of most of what was heard first, and the cues.
    pub(crate) fn finish(mut self) -> Result<(Option<Language>, Vec<Cue>)> {
        self.settle()?;
        if let Some(last) = self.last.take() {
            self.write(last)?;
        }
        Ok((self.language, self.cues))
    }

    /// Settles the language by what is heard in most of the first windows'
    /// speech, and writes them down.
    fn settle(&mut self) -> Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        if self.language.is_none() && !waiting.is_empty() {
            let mut votes: Vec<(Language, f64)> = Vec::new();
            for window in &waiting {
                let language = self.recogniser.detect_language(&window.samples)?;
                match votes.iter_mut().find(|(voted, _)| *voted == language) {
                    Some((_, weight)) => *weight += window.speech_seconds(),
                    None => votes.push((language, window.speech_seconds())),
                }
            }
            self.language = votes.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(l, _)| l);
        }
        waiting.into_iter().try_for_each(|window| self.hear(window))
    }

    /// Hears a window, and writes down the one before.
    fn hear(&mut self, window: Window) -> Result<()> {
        let speech = self.recogniser.transcribe(&window.samples, self.language.as_ref())?;
        (self.progress)(window.end());
        let mut written = Written { window, speech, other: None };
        if let Some(mut before) = self.last.take() {
            let (a, b) = (&before.speech.language, &written.speech.language);
            if a != b && !a.is_unknown() && !b.is_unknown() {
                written.other = Some(a.clone());
                before.other = Some(b.clone());
            }
            self.write(before)?;
        }
        self.last = Some(written);
        Ok(())
    }

    /// Writes a window down; one that is in two languages is heard again in two.
    fn write(&mut self, Written { window, speech, other }: Written) -> Result<()> {
        let runs = match &other {
            Some(other) => self.runs(&window, [&speech.language, other])?,
            None => Vec::new(),
        };
        if runs.len() < 2 {
            self.note(&window, speech);
        } else {
            for (stretches, language) in runs {
                let part = window.part(stretches);
                let speech = self.recogniser.transcribe(&part.samples, Some(&language))?;
                self.note(&part, speech);
            }
        }
        Ok(())
    }

    /// The stretches of a window that follow each other in one of two languages.
    fn runs(
        &self,
        window: &Window,
        languages: [&Language; 2],
    ) -> Result<Vec<(Range<usize>, Language)>> {
        let mut runs: Vec<(Range<usize>, Option<Language>)> = Vec::new();
        for (index, samples) in window.stretches().enumerate() {
            let language = if seconds(samples.len() as u64) < TELLING {
                None
            } else {
                let heard = self.recogniser.detect_language(samples)?;
                Some(heard).filter(|heard| languages.contains(&heard))
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

    fn note(&mut self, window: &Window, speech: Speech) {
        let place = |cue: Cue| cue.placed(|span| window.place(span));
        self.cues.extend(speech.cues.into_iter().map(place));
    }
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
    /// and for how long. A window with both is in the language of most of it.
    #[derive(Default)]
    struct ByLoudness(Mutex<usize>);

    impl SpeechRecogniser for ByLoudness {
        fn name(&self) -> &'static str {
            "by loudness"
        }
        fn detect_language(&self, samples: &[f32]) -> vireo_pretrained::Result<Language> {
            *self.0.lock().expect("not poisoned") += 1;
            let loud = samples.iter().filter(|sample| **sample > 0.6).count();
            let quiet = samples.iter().filter(|sample| (0.1..0.6).contains(*sample)).count();
            Ok(if loud > quiet { Language::english() } else { Language::chinese() })
        }
        fn transcribe(
            &self,
            samples: &[f32],
            _: Option<&Language>,
        ) -> vireo_pretrained::Result<Speech> {
            let language = self.detect_language(samples)?;
            let length = seconds(samples.len() as u64);
            let text = format!("{language} {length:.0}");
            Ok(Speech { language, cues: vec![Cue::new(Span::new(0.0, length), text)] })
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
    fn one_language_costs_nothing_more() {
        let (text, calls) = written(&[0.9; 12]);
        assert_eq!(text.len(), 4);
        // Once a window, and three times to settle the language.
        assert_eq!(calls, 4 + FIRST);
    }
}
