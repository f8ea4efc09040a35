//! Runs of cues of some seconds, cut where the speaker pauses or ends a sentence,
//! with what is written in their pictures; where nobody speaks, runs of that.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use crate::text::fold;
use crate::text::sentences::{Sentence, is_end, written};
use vireo_domain::{Cue, Embedding, Scene, Span};

/// See the module.
pub(super) struct Scenes;

impl Analyser for Scenes {
    fn name(&self) -> &'static str {
        "scenes"
    }

    fn share(&self) -> f64 {
        0.01
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let lengths = context.tools.config.scene_seconds;
        let said = draft.analysis.transcripts.first().map_or(&[][..], |it| &it.cues);
        let mut scenes = scenes(said, lengths, " ");
        let mut shown = std::mem::take(&mut draft.shown);
        shown.sort_by(|a, b| a.span.start.total_cmp(&b.span.start));
        shown.retain(|cue| !is_added(cue, &mut scenes));
        scenes.extend(self::scenes(&shown, lengths, "\n"));
        scenes.sort_by(|a, b| a.span.start.total_cmp(&b.span.start));
        draft.analysis.scenes = scenes;
        Ok(())
    }
}

/// The scenes that cues make; lines in the script they were written in: people read them.
fn scenes(cues: &[Cue], lengths: (f64, f64), between: &str) -> Vec<Scene> {
    let lines = written(cues);
    let mut start = 0;
    let scene = |length: usize| {
        let lines = &lines[start..start + length];
        start += length;
        let text = lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(between);
        let end = lines.iter().map(|line| of(line).end).fold(0.0, f64::max);
        let span = Span::new(of(&lines[0]).start, end);
        Scene { span, text, embedding: Embedding::new(Vec::new()) }
    };
    runs(&lines, lengths).into_iter().map(scene).collect()
}

/// Adds what is written in the pictures to the first scene during which it
/// is, unless it is said there, too. False if there is no such scene.
fn is_added(cue: &Cue, scenes: &mut [Scene]) -> bool {
    let during =
        |scene: &&mut Scene| scene.span.start <= cue.span.end && cue.span.start <= scene.span.end;
    let Some(scene) = scenes.iter_mut().find(during) else { return false };
    let letters = |text: &str| {
        fold(text)
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    if !letters(&scene.text).contains(&letters(&cue.text)) {
        scene.text.push('\n');
        scene.text.push_str(&cue.text.replace('\n', " "));
    }
    true
}

fn of(line: &Sentence) -> Span {
    line.span.unwrap_or(Span::new(0.0, 0.0))
}

/// How many lines each scene takes, in order.
fn runs(lines: &[Sentence], (shortest, longest): (f64, f64)) -> Vec<usize> {
    // Settings that make no sense are put right rather than obeyed.
    let shortest = if shortest.is_finite() { shortest.max(1.0) } else { 20.0 };
    let longest = if longest.is_finite() { longest.max(shortest) } else { 2.0 * shortest };
    let mut runs = Vec::new();
    let mut start = 0;
    while start < lines.len() {
        let end = end_of(lines, start, shortest, longest);
        runs.push(end - start);
        start = end;
    }
    // A short remainder belongs to the scene before it, unless they are far apart.
    if let [.., before, last] = runs.as_slice() {
        let (before, last) = (*before, *last);
        let (first, border) = (lines.len() - last - before, lines.len() - last);
        let rest = of(&lines[lines.len() - 1]).end - of(&lines[border]).start;
        let whole = of(&lines[lines.len() - 1]).end - of(&lines[first]).start;
        if rest < shortest && whole <= longest + shortest {
            runs.truncate(runs.len() - 2);
            runs.push(before + last);
        }
    }
    runs
}

/// The line after the scene that begins at `start`.
fn end_of(lines: &[Sentence], start: usize, shortest: f64, longest: f64) -> usize {
    let beginning = of(&lines[start]).start;
    let mut best: Option<(f64, usize)> = None;
    for next in start + 1..lines.len() {
        let (line, following) = (&lines[next - 1], &lines[next]);
        let pause = of(following).start - of(line).end;
        let length = of(line).end - beginning;
        // Nothing is said for as long as a scene: what comes is another one.
        if pause >= shortest {
            return next;
        }
        if length >= shortest {
            let sentence = if line.text.ends_with(is_end) { 1.0 } else { 0.0 };
            let worth = sentence + pause.clamp(0.0, 3.0);
            if best.is_none_or(|(most, _)| worth > most) {
                best = Some((worth, next));
            }
        }
        if of(following).end - beginning > longest {
            return best.map_or(next, |(_, end)| end);
        }
    }
    lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(start: f64, end: f64, text: &str) -> Sentence {
        Sentence { text: text.to_owned(), span: Some(Span::new(start, end)) }
    }

    #[test]
    fn what_is_written_joins_what_is_said_or_makes_a_scene() {
        let cue = |start: f64, end: f64, text: &str| Cue::new(Span::new(start, end), text);
        let mut scenes =
            scenes(&[cue(0.0, 5.0, "Bake it"), cue(5.0, 9.0, "for an hour.")], (20.0, 40.0), " ");
        assert!(is_added(&cue(1.0, 3.0, "200 °C"), &mut scenes));
        assert!(is_added(&cue(4.0, 30.0, "for an HOUR"), &mut scenes));
        assert!(!is_added(&cue(12.0, 15.0, "The end"), &mut scenes));
        assert_eq!(scenes[0].text, "Bake it for an hour.\n200 °C");
        let shown = [cue(12.0, 15.0, "The end"), cue(15.0, 16.0, "Thanks")];
        let written = self::scenes(&shown, (20.0, 40.0), "\n");
        assert_eq!(written[0].text, "The end\nThanks");
        assert_eq!(written[0].span, Span::new(12.0, 16.0));
    }

    #[test]
    fn a_short_transcript_is_one_scene() {
        let lines = [line(0.0, 1.0, "Hildy!"), line(1.0, 6.0, "How are you?")];
        assert_eq!(runs(&lines, (20.0, 40.0)), [2]);
        assert_eq!(runs(&[], (20.0, 40.0)), Vec::<usize>::new());
    }

    #[test]
    fn scenes_end_with_sentences_and_pauses() {
        let lines: Vec<Sentence> = (0..30)
            .map(|i| {
                let start = f64::from(i) * 4.0;
                line(
                    start,
                    start + 3.5,
                    if i % 7 == 6 { "and so it ends." } else { "and it goes on" },
                )
            })
            .collect();
        let runs = runs(&lines, (20.0, 40.0));
        assert_eq!(runs.iter().sum::<usize>(), 30);
        assert_eq!(runs[0], 7, "the sentence ends with the seventh line");
    }

    #[test]
    fn a_long_silence_ends_a_scene() {
        let lines = [line(0.0, 2.0, "First"), line(300.0, 302.0, "second")];
        assert_eq!(runs(&lines, (20.0, 40.0)), [1, 1]);
    }

    proptest! {
        #[test]
        fn every_line_is_in_one_scene(
            plan in prop::collection::vec((0.0f64..30.0, 0.1f64..60.0), 0..60),
            shortest in -5.0f64..40.0,
            longest in -5.0f64..80.0,
        ) {
            let mut at = 0.0;
            let lines: Vec<Sentence> = plan.iter().map(|(pause, length)| {
                let start = at + pause;
                at = start + length;
                line(start, at, "words")
            }).collect();
            let runs = runs(&lines, (shortest, longest));
            prop_assert_eq!(runs.iter().sum::<usize>(), lines.len());
            prop_assert!(runs.iter().all(|n| *n > 0));
            let (shortest, longest) = (shortest.max(1.0), longest.max(shortest.max(1.0)));
            let mut start = 0;
            for n in runs {
                let length = of(&lines[start + n - 1]).end - of(&lines[start]).start;
                prop_assert!(n == 1 || length <= longest + shortest + 1e-6);
                start += n;
            }
        }
    }
}
