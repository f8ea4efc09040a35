//! Cuts what Whisper says into phrases.

use vireo_domain::Span;

/// Seconds of a step between timestamp tokens.
pub(super) const TIMESTAMP_STEP: f64 = 0.02;

/// One phrase between timestamps, in seconds of its window.
#[derive(Debug, PartialEq)]
pub(super) struct Phrase {
    pub(super) span: Span,
    pub(super) tokens: Vec<usize>,
}

/// Cuts tokens at their timestamps. The second value is where the network
/// stopped, when it says that more follows.
pub(super) fn phrases(
    tokens: &[usize],
    first_timestamp: usize,
    length: f64,
) -> (Vec<Phrase>, Option<f64>) {
    let time = |token: usize| {
        (token >= first_timestamp).then(|| (token - first_timestamp) as f64 * TIMESTAMP_STEP)
    };
    let mut phrases = Vec::new();
    let mut start = 0.0;
    let mut words = Vec::new();
    for &token in tokens {
        let Some(seconds) = time(token) else {
            words.push(token);
            continue;
        };
        if !words.is_empty() {
            let span = Span::new(f64::min(start, length), seconds.clamp(start, length.max(start)));
            phrases.push(Phrase { span, tokens: std::mem::take(&mut words) });
        }
        start = seconds;
    }
    // Words without an end: up to the end of the sound.
    if !words.is_empty() {
        phrases.push(Phrase { span: Span::new(f64::min(start, length), length), tokens: words });
    }
    // Two timestamps at the end: a phrase is closed and the next one opened, but cut off.
    let stopped = match tokens {
        [.., before, last] => time(*before).and(time(*last)),
        _ => None,
    };
    (phrases, stopped.filter(|seconds| *seconds < length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Timestamps begin at 100 here.
    #[test]
    fn cuts_at_timestamps() {
        let (found, stopped) = phrases(&[100, 1, 2, 150, 150, 3, 200], 100, 30.0);
        assert_eq!(
            found,
            [
                Phrase { span: Span::new(0.0, 1.0), tokens: vec![1, 2] },
                Phrase { span: Span::new(1.0, 2.0), tokens: vec![3] },
            ]
        );
        assert_eq!(stopped, None);
    }

    #[test]
    fn goes_on_where_the_network_stopped() {
        let (found, stopped) = phrases(&[100, 1, 150, 150], 100, 30.0);
        assert_eq!(found.len(), 1);
        assert_eq!(stopped, Some(1.0));
        // At the end of the sound there is nothing to go on with.
        assert_eq!(phrases(&[100, 1, 150, 150], 100, 0.9).1, None);
    }

    #[test]
    fn times_stay_within_the_sound() {
        let (found, _) = phrases(&[300, 1, 250, 400, 2], 100, 5.0);
        assert!(found.iter().all(|p| p.span.end <= 5.0 && p.span.start <= 5.0), "{found:?}");
        assert!(phrases(&[], 100, 5.0).0.is_empty());
    }
}
