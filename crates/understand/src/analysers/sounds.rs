//! What is heard where it is not silent: speech, or another sound.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use crate::listening::stretches::{Stretch, Stretches};
use crate::listening::{sound, whole_sound};
use vireo_domain::{Annotation, AnnotationKind, Source, Span};
use vireo_pretrained::Error;

/// Pauses that are no longer than this are part of what goes on around them,
/// and other sounds that are shorter are not told, in seconds.
const LEAST: f64 = 2.0;

/// See the module.
pub(super) struct Sounds;

impl Analyser for Sounds {
    fn name(&self) -> &'static str {
        "sounds"
    }

    fn share(&self) -> f64 {
        0.01
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let has_sound = draft.probe.as_ref().is_some_and(|probe| probe.sound.is_some());
        if !context.tools.config.sounds || !has_sound {
            return Ok(());
        }
        let detector = match context.tools.models.voice() {
            // What nothing hangs on is left out; `vireo doctor` says so.
            Err(Error::Missing { .. }) => return Ok(()),
            detector => detector?,
        };
        // Where the speech analyser listened it has found the speech, too.
        let known = draft.spoken.take();
        let Some(sound) = sound(context, draft)? else { return Ok(()) };
        let heard = sound.seconds();
        let from = if known.is_some() { 0.0 } else { heard };
        let mut spoken = known.unwrap_or_default();
        let mut stretches = Stretches::new(&*detector)?;
        let place = |stretch: &Stretch| {
            let span = stretch.span();
            Span::new(heard + span.start, heard + span.end)
        };
        for piece in sound {
            spoken.extend(stretches.push(&piece?)?.iter().map(place));
        }
        spoken.extend(stretches.finish()?.iter().map(place));
        let Some(sound) = whole_sound(context, draft)? else { return Ok(()) };
        let parts = parts(&spoken, &sound.silent(), Span::new(from, sound.seconds()));
        draft.analysis.annotations.extend(parts.into_iter().map(|(value, span)| Annotation {
            kind: AnnotationKind::Sound,
            value: value.to_owned(),
            span: Some(span),
            source: Source::Audio,
            evidence: None,
            confidence: 0.9,
            model: detector.name().to_owned(),
        }));
        Ok(())
    }
}

/// Speech and what else is heard within `whole`, in order of time.
fn parts(spoken: &[Span], silent: &[Span], whole: Span) -> Vec<(&'static str, Span)> {
    let mut speech: Vec<Span> = Vec::new();
    for span in spoken {
        match speech.last_mut() {
            Some(last) if span.start - last.end <= LEAST => last.end = last.end.max(span.end),
            _ => speech.push(*span),
        }
    }
    let mut taken: Vec<Span> = speech.iter().chain(silent).copied().collect();
    taken.push(Span::new(whole.end, whole.end));
    taken.sort_by(|a, b| a.start.total_cmp(&b.start));
    let mut other = Vec::new();
    let mut at = whole.start;
    for span in taken {
        if span.start - at >= LEAST {
            other.push(("other", Span::new(at, span.start)));
        }
        at = at.max(span.end);
    }
    let speech = speech.into_iter().map(|span| ("speech", span));
    let mut parts: Vec<(&'static str, Span)> = speech.chain(other).collect();
    parts.sort_by(|a, b| a.1.start.total_cmp(&b.1.start));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_neither_speech_nor_silence_is_another_sound() {
        let span = |(start, end): (f64, f64)| Span::new(start, end);
        let spoken = [(5.0, 8.0), (9.0, 12.0), (30.0, 33.0)].map(span);
        let silent = [(12.5, 20.0)].map(span);
        let found = parts(&spoken, &silent, Span::new(0.0, 34.0));
        let expected = [
            ("other", (0.0, 5.0)),
            // A pause of a second is part of the talk…
            ("speech", (5.0, 12.0)),
            // …and half a second of room tone behind it is nothing.
            ("other", (20.0, 30.0)),
            ("speech", (30.0, 33.0)),
        ];
        assert_eq!(found, expected.map(|(value, at)| (value, span(at))));
        assert_eq!(parts(&[], &[], Span::new(0.0, 0.0)), []);
        assert_eq!(parts(&[], &[Span::new(0.0, 60.0)], Span::new(0.0, 60.0)), []);
    }

    proptest! {
        #[test]
        fn parts_are_in_order_and_no_second_is_in_two(
            pauses in prop::collection::vec((0.0f64..9.0, 0.3f64..9.0, any::<bool>()), 0..20)
        ) {
            let (mut at, mut spoken, mut silent) = (0.0, Vec::new(), Vec::new());
            for (pause, length, is_speech) in pauses {
                let span = Span::new(at + pause, at + pause + length);
                at = span.end;
                if is_speech { spoken.push(span) } else if length >= LEAST { silent.push(span) }
            }
            let found = parts(&spoken, &silent, Span::new(0.0, at));
            prop_assert!(found.iter().all(|(_, span)| span.start >= 0.0 && span.end <= at));
            for pair in found.windows(2) {
                prop_assert!(pair[0].1.end <= pair[1].1.start);
            }
            for span in &spoken {
                let within = |part: &&(&str, Span)| {
                    part.0 == "speech" && part.1.start <= span.start && part.1.end >= span.end
                };
                prop_assert_eq!(found.iter().filter(within).count(), 1);
            }
        }
    }
}
