//! Lines of text over time: one that stays is one caption, however often it is read.

use super::strokes::{Place, Strokes};
use std::collections::VecDeque;
use strsim::normalized_levenshtein;

/// How alike its place must look for a caption to be there.
const THERE: f64 = 0.7;
/// Two readings more alike than this are of one text.
const ALIKE: f64 = 0.8;
/// Places that overlap by more than this are one.
const SAME_PLACE: f64 = 0.5;
/// A caption that is back within so many pictures was never gone.
const BLINK: usize = 3;
/// Pictures that are remembered, to find where a caption began.
const MEMORY: usize = 4;
/// Readings less sure than this are not believed: pictures are full of shapes.
const BELIEVED: f32 = 0.7;

/// A line of text that stayed on the screen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Caption {
    /// What it says.
    pub(crate) text: String,
    /// How sure the reader was, 0 to 1.
    pub(crate) confidence: f32,
    /// Where it is.
    pub(crate) place: Place,
    /// The first picture that it is in.
    pub(crate) first: usize,
    /// The last one.
    pub(crate) last: usize,
}

/// A caption that is on the screen, and its strokes.
#[derive(Debug)]
struct Open {
    caption: Caption,
    strokes: Strokes,
}

/// Follows captions from picture to picture.
#[derive(Debug, Default)]
pub(crate) struct Captions {
    open: Vec<Open>,
    closed: Vec<Caption>,
    memory: VecDeque<Strokes>,
    count: usize,
}

impl Captions {
    /// Takes the strokes of the next picture: captions that are not in it any more end.
    pub(crate) fn push(&mut self, now: Strokes) {
        let gone = |open: &mut Open| open.strokes.likeness(&now, &open.caption.place) < THERE;
        let gone: Vec<Open> = self.open.extract_if(.., gone).collect();
        self.closed.extend(gone.into_iter().map(|open| open.caption));
        for open in &mut self.open {
            open.caption.last = self.count;
        }
        self.count += 1;
        self.memory.push_front(now);
        self.memory.truncate(MEMORY);
    }

    /// Whether the line at `place` was read already and has not changed since.
    pub(crate) fn knows(&self, place: &Place, strokes: &Strokes) -> bool {
        self.open.iter().any(|open| {
            let alike = open.caption.place.overlap(place) > ALIKE
                && open.caption.place.height() < 1.5 * place.height();
            alike && strokes.likeness(&open.strokes, place) >= ALIKE
        })
    }

    /// Takes a reading of the last picture, in which these strokes stayed.
    pub(crate) fn read(&mut self, text: &str, confidence: f32, place: Place, strokes: &Strokes) {
        if confidence < BELIEVED || !is_worth_it(text) || self.count == 0 {
            return;
        }
        let now = self.count - 1;
        let was_there = |before: &&Strokes| strokes.likeness(before, &place) >= THERE;
        let begun = self.memory.iter().take_while(was_there).count().max(1);
        let mut caption = Caption {
            text: text.to_owned(),
            confidence,
            place,
            first: self.count - begun,
            last: now,
        };
        // What was read in its place is the same, read better or worse, or has ended.
        let before: Vec<Open> = self
            .open
            .extract_if(.., |open| open.caption.place.overlap(&place) > SAME_PLACE)
            .collect();
        for mut open in before {
            if is_same(&open.caption, &caption) {
                caption = joined(open.caption, caption);
            } else {
                open.caption.last = open.caption.last.min(caption.first.saturating_sub(1));
                if open.caption.last >= open.caption.first {
                    self.closed.push(open.caption);
                }
            }
        }
        self.open.push(Open { caption, strokes: strokes.clone() });
    }

    /// Every caption, in order of time and then from top to bottom.
    pub(crate) fn finish(self) -> Vec<Caption> {
        let mut all = self.closed;
        all.extend(self.open.into_iter().map(|open| open.caption));
        all.sort_by_key(|caption| caption.first);
        let mut captions: Vec<Caption> = Vec::new();
        for caption in all {
            let same = captions.iter().rposition(|before| {
                is_same(before, &caption)
                    && before.place.overlap(&caption.place) > SAME_PLACE
                    && caption.first <= before.last + BLINK
            });
            match same {
                Some(at) => captions[at] = joined(captions[at].clone(), caption),
                None => captions.push(caption),
            }
        }
        let row = |caption: &Caption| caption.place.top;
        captions.sort_by(|a, b| a.first.cmp(&b.first).then(row(a).total_cmp(&row(b))));
        captions
    }
}

/// Two readings of one caption as one, with the words of the surer.
fn joined(a: Caption, b: Caption) -> Caption {
    let (first, last) = (a.first.min(b.first), a.last.max(b.last));
    let surer = if b.confidence > a.confidence { b } else { a };
    Caption { first, last, ..surer }
}

fn is_same(a: &Caption, b: &Caption) -> bool {
    let letters = |text: &str| {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    normalized_levenshtein(&letters(&a.text), &letters(&b.text)) >= ALIKE
}

/// A single letter is mostly no letter but a shape.
fn is_worth_it(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: (usize, usize, usize, usize, usize) = (100, 220, 380, 244, 0);
    const PLACE: Place = Place { left: 0.2, top: 0.8, right: 0.8, bottom: 0.92 };

    #[test]
    fn one_caption_read_twice_is_one() {
        let (with, without) = (Strokes::drawn(&[BOX]), Strokes::drawn(&[]));
        let mut captions = Captions::default();
        captions.push(without.clone());
        for _ in 0..4 {
            captions.push(with.clone());
        }
        assert!(!captions.knows(&PLACE, &with));
        captions.read("今天教大家做红烧内", 0.8, PLACE, &with);
        assert!(captions.knows(&PLACE, &with));
        captions.read("今天教大家做红烧肉", 0.9, PLACE, &with);
        captions.push(without.clone());
        captions.push(with.clone());
        captions.read("今天教大家做红烧肉", 0.7, PLACE, &with);
        captions.push(without);
        let found = captions.finish();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].first, found[0].last), (1, 6));
        assert_eq!((found[0].text.as_str(), found[0].confidence), ("今天教大家做红烧肉", 0.9));
    }

    #[test]
    fn the_next_caption_ends_the_one_before() {
        let (one, other) = (Strokes::drawn(&[BOX]), Strokes::drawn(&[(100, 220, 380, 244, 6)]));
        let mut captions = Captions::default();
        captions.push(one.clone());
        captions.push(one.clone());
        captions.read("first line", 0.9, PLACE, &one);
        captions.push(other.clone());
        captions.push(other.clone());
        assert!(!captions.knows(&PLACE, &other));
        captions.read("another thing", 0.9, PLACE, &other);
        let spans: Vec<_> =
            captions.finish().iter().map(|c| (c.text.clone(), c.first, c.last)).collect();
        let expected = [("first line".to_owned(), 0, 1), ("another thing".to_owned(), 2, 3)];
        assert_eq!(spans, expected);
    }

    #[test]
    fn shapes_are_no_letters() {
        let strokes = Strokes::drawn(&[BOX]);
        let mut captions = Captions::default();
        captions.push(strokes.clone());
        captions.read("Q", 0.99, PLACE, &strokes);
        captions.read("EXIT", 0.6, PLACE, &strokes);
        assert_eq!(captions.finish(), []);
    }
}
