//! A confusion matrix as a picture (SVG): a row for each true label, darker
//! where more of it was told.

use std::fmt::Write;
use vireo_server::app::Evaluated;

/// Pixels of a cell, of the room for labels, and of letters.
const CELL: usize = 44;
const ROOM: usize = 190;
const LETTERS: usize = 13;
/// Longest label that is written whole.
const LONGEST: usize = 24;

/// The picture.
pub(super) fn svg(found: &Evaluated) -> String {
    let count = found.labels.len();
    let side = ROOM + count * CELL;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"{LETTERS}\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"8\" y=\"20\">accuracy {:.3} on {} held back</text>\n\
         <text x=\"8\" y=\"38\" fill=\"#666\">rows: true, columns: told</text>\n",
        found.accuracy,
        found.count,
        width = side + 8,
        height = side + 8,
    );
    for (place, label) in found.labels.iter().enumerate() {
        let (label, at) = (written(label), ROOM + place * CELL + CELL / 2 + LETTERS / 3);
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{at}\" text-anchor=\"end\">{label}</text>\n\
             <text transform=\"translate({at} {x}) rotate(-60)\">{label}</text>",
            x = ROOM - 8,
        );
    }
    for (row, told) in found.confusion.iter().enumerate() {
        let all = told.iter().sum::<usize>().max(1);
        for (column, count) in told.iter().enumerate() {
            let share = *count as f64 / all as f64;
            let (x, y) = (ROOM + column * CELL, ROOM + row * CELL);
            // What is right is green, what is wrong is red, what is rare is pale.
            let hue = if row == column { 145 } else { 8 };
            let light = 97.0 - 52.0 * share;
            let ink = if light < 65.0 { "#fff" } else { "#222" };
            let _ = writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{CELL}\" height=\"{CELL}\" \
                 fill=\"hsl({hue} 60% {light:.0}%)\" stroke=\"#ddd\"/>",
            );
            if *count > 0 {
                let (x, y) = (x + CELL / 2, y + CELL / 2 + LETTERS / 3);
                let _ = writeln!(
                    svg,
                    "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" fill=\"{ink}\">{count}</text>"
                );
            }
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// A label as it may stand in a picture.
fn written(label: &str) -> String {
    let mut short: String = label.chars().take(LONGEST).collect();
    if short.len() < label.len() {
        short.push('…');
    }
    short.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_for_each_pair_and_labels_are_escaped() {
        let found = Evaluated {
            labels: ["烘焙", "<chess> & a name that is much too long to be written"]
                .map(str::to_owned)
                .into(),
            confusion: vec![vec![2, 1], vec![0, 3]],
            accuracy: 5.0 / 6.0,
            majority: 0.5,
            count: 6,
        };
        let svg = svg(&found);
        assert_eq!(svg.matches("<rect x=").count(), 4);
        assert_eq!(svg.matches("text-anchor=\"middle\"").count(), 3, "a 0 is not written");
        assert!(svg.contains("accuracy 0.833 on 6") && svg.contains("烘焙"));
        assert!(svg.contains("&lt;chess&gt; &amp; a name") && svg.contains('…'));
    }
}
