//! When to look: only when strokes that stay are new.

use super::strokes::Strokes;

/// A picture is compared in tiles of this many pixels.
const TILE: (usize, usize) = (16, 8);
/// A tile with letters has at least this share of its pixels on strokes…
const WRITTEN: f64 = 0.1;
/// …and is new if fewer of them than this were there before…
const KNOWN: f64 = 0.65;
/// …and those that are new are in this many of its rows: letters are tall, while
/// the straight upper edge of something that passes, which lies over itself from
/// picture to picture, is two or three rows thick.
const TALL: usize = 4;
/// New tiles in a row that make a word; a ticking clock has one.
const IN_A_ROW: usize = 2;
/// Tiles above and below that are looked at, too.
const MARGIN: usize = 2;
/// Pictures between two looks: looks are a second apart, and text that stays
/// for 2 s, which is in four pictures, is not missed.
const PAUSE: usize = 2;

/// Decides when to look.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    before: Option<Strokes>,
    /// Strokes that were seen in a look, as far as they are still there.
    seen: Option<Strokes>,
    since: usize,
}

/// Where to look: a band across the picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Look {
    /// Top and bottom, in shares of the height.
    pub(crate) band: (f64, f64),
    /// The strokes that stay.
    pub(crate) strokes: Strokes,
}

impl Gate {
    /// Takes the strokes of the next picture; says whether and where to look at it.
    pub(crate) fn push(&mut self, now: &Strokes) -> Option<Look> {
        self.since += 1;
        let before = self.before.replace(now.clone())?;
        if let Some(seen) = &mut self.seen {
            *seen = seen.left_in(now);
        }
        if self.since <= PAUSE && self.seen.is_some() {
            return None;
        }
        let strokes = now.stayed(&before);
        let (first, last) = self.news(&strokes)?;
        let share = |row: usize| ((row * TILE.1) as f64 / strokes.height as f64).min(1.0);
        let band = (share(first.saturating_sub(MARGIN)), share(last + 1 + MARGIN));
        self.seen = Some(strokes.clone());
        self.since = 0;
        Some(Look { band, strokes })
    }

    /// First and last row of tiles with new words.
    fn news(&self, strokes: &Strokes) -> Option<(usize, usize)> {
        let (columns, rows) = (strokes.width.div_ceil(TILE.0), strokes.height.div_ceil(TILE.1));
        let has_news = |row: &usize| {
            let mut run = 0;
            (0..columns).any(|column| {
                run = if self.is_new(strokes, column, *row) { run + 1 } else { 0 };
                run == IN_A_ROW
            })
        };
        let mut news = (0..rows).filter(has_news);
        let first = news.next()?;
        Some((first, news.next_back().unwrap_or(first)))
    }

    fn is_new(&self, strokes: &Strokes, column: usize, row: usize) -> bool {
        let (mut written, mut known, mut tall) = (0, 0, 0);
        for y in row * TILE.1..((row + 1) * TILE.1).min(strokes.height) {
            let before = written - known;
            for x in column * TILE.0..((column + 1) * TILE.0).min(strokes.width) {
                if strokes.at(x, y) {
                    written += 1;
                    known += usize::from(self.seen.as_ref().is_some_and(|seen| seen.at(x, y)));
                }
            }
            tall += usize::from(written - known > before);
        }
        written as f64 >= WRITTEN * (TILE.0 * TILE.1) as f64
            && (known as f64) < KNOWN * written as f64
            && tall >= TALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Left, top, right, bottom, and what the stripes in it look like.
    type Drawn = (usize, usize, usize, usize, usize);

    const CAPTION: Drawn = (100, 220, 380, 244, 0);
    const SIGN: Drawn = (20, 20, 120, 50, 3);

    /// Pictures by their boxes; the numbers of those that are looked at.
    fn looks(pictures: &[&[Drawn]]) -> Vec<usize> {
        let mut gate = Gate::default();
        let looks = pictures.iter().enumerate();
        looks
            .filter(|(_, boxes)| gate.push(&Strokes::drawn(boxes)).is_some())
            .map(|l| l.0)
            .collect()
    }

    #[test]
    fn what_stays_is_looked_at_once() {
        assert_eq!(looks(&[&[SIGN][..]; 100]), [1]);
        assert_eq!(looks(&[&[][..]; 100]), Vec::<usize>::new());
    }

    #[test]
    fn a_caption_is_looked_at_in_its_second_picture() {
        let sign: &[_] = &[SIGN];
        let both: &[_] = &[SIGN, CAPTION];
        assert_eq!(looks(&[sign, sign, sign, sign, both, both, both, both, sign, sign]), [1, 5]);
        // Gone and back: another look, since it may say something else.
        assert_eq!(looks(&[both, both, both, sign, sign, both, both, both]), [1, 6]);
    }

    #[test]
    fn another_caption_in_the_same_place_is_news() {
        let other: &[_] = &[(100, 220, 380, 244, 6)];
        let one: &[_] = &[CAPTION];
        assert_eq!(looks(&[one, one, one, one, other, other, other, other]), [1, 5]);
    }

    #[test]
    fn what_moves_is_not_looked_at() {
        let pictures: Vec<_> =
            (0..50).map(|i| [(20 + 5 * i, 20, 120 + 5 * i, 50, 7 * i)]).collect();
        let pictures: Vec<&[_]> = pictures.iter().map(|p| &p[..]).collect();
        assert_eq!(looks(&pictures), Vec::<usize>::new());
    }

    #[test]
    fn a_straight_edge_that_passes_is_not_looked_at() {
        let passing = |i: usize| {
            let mut pixels = vec![20; 480 * 270 * 3];
            for y in 100..250 {
                pixels[(y * 480 + 10 + 4 * i) * 3..(y * 480 + 130 + 4 * i) * 3].fill(200);
            }
            Strokes::of(480, 270, &pixels)
        };
        let mut gate = Gate::default();
        assert!((0..60).all(|i| gate.push(&passing(i)).is_none()));
    }

    #[test]
    fn the_band_is_around_what_is_new() {
        let mut gate = Gate::default();
        let sign = Strokes::drawn(&[SIGN]);
        let both = Strokes::drawn(&[SIGN, CAPTION]);
        assert!(gate.push(&sign).is_none());
        let first = gate.push(&sign).expect("a look").band;
        assert!(first.0 < 0.05 && (0.19..0.30).contains(&first.1), "{first:?}");
        assert!((0..4).all(|_| gate.push(&sign).is_none()));
        assert!(gate.push(&both).is_none());
        let second = gate.push(&both).expect("a look").band;
        assert!((0.70..0.82).contains(&second.0) && second.1 > 0.90, "{second:?}");
    }
}
