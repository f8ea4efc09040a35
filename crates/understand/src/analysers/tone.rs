//! How the tone changes in the course of a long video: minutes that are clearly
//! positive or negative. The tone of the whole is the card's.

use super::{Analyser, Context};
use crate::Result;
use crate::card::{Claim, Grounds};
use crate::draft::Draft;
use crate::rules::tone;
use crate::text::sentences::Sentence;
use vireo_domain::{AnnotationKind, Language, Sentiment, Span};

/// Seconds of what is looked at together: fewer hold too few words with a tone.
const STRETCH: f64 = 60.0;

/// See the module.
pub(super) struct Tone;

impl Analyser for Tone {
    fn name(&self) -> &'static str {
        "tone"
    }

    fn share(&self) -> f64 {
        0.01
    }

    fn run(&self, _context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let material = draft.material();
        draft.claims.extend(toned(&material.lines, &material.language));
        Ok(())
    }
}

/// Runs of stretches of one tone; none of what is shorter than two stretches.
fn toned(lines: &[Sentence], language: &Language) -> Vec<Claim> {
    let timed: Vec<(Span, &str)> =
        lines.iter().filter_map(|line| Some((line.span?, line.text.as_str()))).collect();
    let ends = timed.iter().map(|(span, _)| span.end);
    if ends.fold(0.0, f64::max) < 2.0 * STRETCH {
        return Vec::new();
    }
    let stretch = |(span, _): &(Span, &str)| (span.start / STRETCH) as u64;
    let mut found: Vec<Claim> = Vec::new();
    let mut last = None;
    for lines in timed.chunk_by(|one, next| stretch(one) == stretch(next)) {
        let text: Vec<&str> = lines.iter().map(|(_, text)| *text).collect();
        let tone = match tone::sentiment_of(&text.join("\n"), language) {
            Some(Sentiment::Positive) => Some("positive"),
            Some(Sentiment::Negative) => Some("negative"),
            _ => None,
        };
        let end = lines[lines.len() - 1].0.end;
        match (tone, found.last_mut().and_then(|it| it.grounds.span.as_mut())) {
            (Some(_), Some(span)) if tone == last => span.end = end,
            (Some(tone), _) => {
                let span = Some(Span::new(lines[0].0.start, end));
                let grounds = Grounds::words(&text.join(" "), span, 0.5);
                found.push(Claim::of_rules(AnnotationKind::Sentiment, tone, grounds));
            }
            (None, _) => {}
        }
        last = tone;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_of_one_tone_are_one_part() {
        let good = "A wonderful, charming film. I loved it.";
        let bad = "Boring and awful. Not good, a waste of time.";
        let lines = [good, good, "The door is open.", bad, bad];
        let lines: Vec<Sentence> = (0..)
            .zip(lines)
            .map(|(minute, text)| {
                let start = f64::from(minute) * STRETCH;
                Sentence { text: text.to_owned(), span: Some(Span::new(start, start + 50.0)) }
            })
            .collect();
        let english = Language::english();
        let found = toned(&lines, &english);
        let parts: Vec<(&str, f64, f64)> = found
            .iter()
            .map(|it| {
                (
                    it.value.as_str(),
                    it.grounds.span.expect("a span").start,
                    it.grounds.span.expect("a span").end,
                )
            })
            .collect();
        assert_eq!(parts, [("positive", 0.0, 110.0), ("negative", 180.0, 290.0)]);
        assert!(toned(&lines[..1], &english).is_empty(), "the card says it of a short one");
    }
}
