//! Burnt-in subtitles, told from titles and signs: lines in the middle of the
//! lower part of the picture, of one size, that follow each other.

use super::captions::Caption;
use std::collections::HashSet;

/// Subtitles are below this, and their middle is this near to the picture's.
const BELOW: f64 = 0.62;
const OFF_CENTRE: f64 = 0.06;
/// Lines of one row are no farther apart, and differ no more, than this share of their height.
const ROW: f64 = 0.6;
const SIZE: f64 = 0.7;
/// A row of subtitles says at least so many different things…
const FEWEST: usize = 2;
/// …for no longer than this, in seconds, in the middle case.
const LONGEST: f64 = 9.0;

/// Which of the captions are subtitles; `seconds` is the time from picture to picture.
pub(crate) fn subtitles(captions: &[Caption], seconds: f64) -> Vec<bool> {
    let is_placed = |caption: &&Caption| {
        let (x, y) = caption.place.centre();
        y > BELOW && (x - 0.5).abs() < OFF_CENTRE
    };
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for (number, caption) in captions.iter().enumerate().filter(|(_, c)| is_placed(c)) {
        let row = rows.iter_mut().find(|row| in_one_row(&captions[row[0]], caption));
        match row {
            Some(row) => row.push(number),
            None => rows.push(vec![number]),
        }
    }
    let mut are = vec![false; captions.len()];
    for row in rows {
        let texts: HashSet<&str> = row.iter().map(|i| captions[*i].text.as_str()).collect();
        let mut lengths: Vec<usize> =
            row.iter().map(|i| captions[*i].last + 1 - captions[*i].first).collect();
        lengths.sort_unstable();
        let median = lengths[lengths.len() / 2] as f64 * seconds;
        if texts.len() >= FEWEST && median <= LONGEST {
            for i in row {
                are[i] = true;
            }
        }
    }
    // The second line of a subtitle may be the only one of its kind.
    let beside: Vec<usize> = (0..captions.len())
        .filter(|i| !are[*i] && is_placed(&&captions[*i]))
        .filter(|i| (0..captions.len()).any(|j| are[j] && is_beside(&captions[*i], &captions[j])))
        .collect();
    for i in beside {
        are[i] = true;
    }
    are
}

fn in_one_row(a: &Caption, b: &Caption) -> bool {
    let (low, high) =
        (a.place.height().min(b.place.height()), a.place.height().max(b.place.height()));
    low > SIZE * high && (a.place.centre().1 - b.place.centre().1).abs() < ROW * low
}

/// Whether one is the line above or below the other, at the same time.
fn is_beside(a: &Caption, b: &Caption) -> bool {
    let together = a.last.min(b.last) + 1;
    let both = together.saturating_sub(a.first.max(b.first));
    let apart = (a.place.centre().1 - b.place.centre().1).abs();
    2 * both > a.last + 1 - a.first && apart < 1.8 * a.place.height().max(b.place.height())
}

#[cfg(test)]
mod tests {
    use super::super::strokes::Place;
    use super::*;

    fn caption(text: &str, (first, last): (usize, usize), (x, y): (f64, f64)) -> Caption {
        let place = Place { left: x - 0.2, top: y - 0.03, right: x + 0.2, bottom: y + 0.03 };
        Caption { text: text.to_owned(), confidence: 0.9, place, first, last }
    }

    #[test]
    fn lines_that_follow_each_other_are_subtitles() {
        let captions = [
            caption("他就是你", (0, 4), (0.5, 0.9)),
            caption("Channel 5", (0, 60), (0.15, 0.1)),
            caption("Part one", (2, 9), (0.5, 0.5)),
            caption("心中的我", (5, 9), (0.52, 0.9)),
            caption("两行里的第一行", (10, 14), (0.5, 0.83)),
            caption("第二行", (10, 14), (0.5, 0.9)),
            caption("next exit 5 km", (16, 20), (0.2, 0.9)),
        ];
        assert_eq!(subtitles(&captions, 0.5), [true, false, false, true, true, true, false]);
    }

    #[test]
    fn a_title_that_stands_is_none() {
        let captions = [
            caption("How to bake bread", (0, 40), (0.5, 0.8)),
            caption("How to bake a cake", (50, 90), (0.5, 0.8)),
        ];
        assert_eq!(subtitles(&captions, 0.5), [false, false]);
        assert_eq!(subtitles(&captions[..1], 0.1), [false]);
        assert_eq!(subtitles(&[], 0.5), Vec::<bool>::new());
    }
}
