//! Tables that stay aligned with Chinese in them.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Widest cell, in columns of a terminal.
const WIDEST: usize = 64;

/// A column that has to make room is never narrower.
const NARROWEST: usize = 8;

/// Blanks between two columns.
const GAP: usize = 2;

/// Columns with a header.
pub(crate) struct Table {
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(header: impl IntoIterator<Item = &'static str>) -> Self {
        Self { header: header.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row; line ends in it become spaces. The last cell may be as wide as it likes.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let last = self.header.len() - 1;
        let clean = |(place, cell): (usize, String)| {
            let cell: String = cell.split_whitespace().collect::<Vec<_>>().join(" ");
            if place == last { cell } else { cut(&cell, WIDEST) }
        };
        self.rows.push(cells.into_iter().enumerate().map(clean).collect());
    }

    /// The table as text, a line a row.
    pub(crate) fn render(&self) -> String {
        self.render_within(usize::MAX)
    }

    /// As [`Self::render`]; on a terminal no line is longer than it is wide:
    /// the widest columns make room.
    pub(crate) fn render_to_fit(&self) -> String {
        let terminal = terminal_size::terminal_size_of(std::io::stdout());
        self.render_within(terminal.map_or(usize::MAX, |(width, _)| usize::from(width.0)))
    }

    fn render_within(&self, room: usize) -> String {
        let header: Vec<String> = self.header.iter().map(|name| (*name).to_owned()).collect();
        let lines = || std::iter::once(&header).chain(&self.rows);
        let width = |column: usize| {
            lines().filter_map(|row| row.get(column)).map(|cell| cell.width()).max()
        };
        let mut widths: Vec<usize> =
            (0..header.len()).map(|column| width(column).unwrap_or(0)).collect();
        make_room(&mut widths, room.saturating_sub(GAP * (header.len() - 1)));
        let mut text = String::new();
        for row in lines() {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let cell = cut(cell, *width);
                line.push_str(&cell);
                line.push_str(&" ".repeat(width - cell.width() + GAP));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// Takes from the widest column, one after the other, until all fit.
fn make_room(widths: &mut [usize], room: usize) {
    while widths.iter().sum::<usize>() > room {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => return,
        }
    }
}

/// Cuts text to a width in columns, with an ellipsis.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let (mut kept, mut used) = (String::new(), 0);
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width - 1 {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_two_columns_wide() {
        let mut table = Table::new(["title", "why"]);
        table.row(["烤面包".to_owned(), "a".to_owned()]);
        table.row(["Bread".to_owned(), "b\nc".to_owned()]);
        assert_eq!(table.render(), "title   why\n烤面包  a\nBread   b c\n");
        assert_eq!(cut("烤面包烤面包", 7), "烤面包…");
    }

    #[test]
    fn the_widest_columns_make_room() {
        let mut table = Table::new(["", "title", "why"]);
        table.row(["1", "烤面包烤面包烤面包", "because you liked rye"].map(str::to_owned));
        for line in table.render_within(24).lines() {
            assert!(line.width() <= 24, "{line}");
        }
        assert_eq!(table.render_within(24), "   title       why\n1  烤面包烤…   because …\n");
        assert_eq!(table.render_within(3).lines().count(), 2, "too narrow is no panic");
    }
}
