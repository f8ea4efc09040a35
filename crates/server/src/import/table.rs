//! CSV: each row as an object with the header's names.

use super::{Line, Object, lines};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// A table with a header.
pub(super) struct Table {
    pub(super) header: Vec<String>,
    records: csv::ByteRecordsIntoIter<File>,
    /// The reader counts a line at its line feed and ends a record at its
    /// carriage return: with both, it is one line behind.
    lines_behind: u64,
}

/// Opens a table; `.tsv` is separated by tabs.
pub(super) fn open(path: &Path) -> Result<Table> {
    let is_tsv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tsv"));
    let lines_behind = u64::from(ends_lines_twice(path).unwrap_or(false));
    let mut records = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(if is_tsv { b'\t' } else { b',' })
        .from_path(path)
        .with_context(|| format!("cannot read {}", path.display()))?
        .into_byte_records();
    let Some(first) = records.next() else { bail!("{}: the file is empty", path.display()) };
    let first = first.with_context(|| format!("cannot read {}", path.display()))?;
    let name = |cell: &[u8]| {
        let name = String::from_utf8_lossy(cell);
        name.trim_start_matches('\u{feff}').trim().to_owned()
    };
    Ok(Table { header: first.iter().map(name).collect(), records, lines_behind })
}

/// Whether the first line ends with a carriage return and a line feed.
fn ends_lines_twice(path: &Path) -> std::io::Result<bool> {
    let mut first = Vec::new();
    BufReader::new(File::open(path)?).take(lines::LONGEST).read_until(b'\n', &mut first)?;
    Ok(first.ends_with(b"\r\n"))
}

impl Iterator for Table {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        loop {
            let behind = self.lines_behind;
            let place = |position: Option<&csv::Position>| {
                position.map_or(0, |position| position.line() + behind)
            };
            let record = match self.records.next()? {
                Ok(record) => record,
                Err(error) => return Some((place(error.position()), Err(error.to_string()))),
            };
            let line = place(record.position());
            let is_blank = record.len() <= 1 && record.as_slice().trim_ascii().is_empty();
            if !is_blank {
                return Some((line, self.object(&record)));
            }
        }
    }
}

impl Table {
    fn object(&self, record: &csv::ByteRecord) -> Result<Object, String> {
        if record.as_slice().len() as u64 > lines::LONGEST {
            return Err("the row is longer than 1 MiB; is a quote never closed?".to_owned());
        }
        if record.len() != self.header.len() {
            let hint =
                if record.as_slice().contains(&b'\n') { "; is a quote never closed?" } else { "" };
            let (expected, found) = (self.header.len(), record.len());
            return Err(format!("{found} columns where the header has {expected}{hint}"));
        }
        let mut object = Object::new();
        for (name, cell) in self.header.iter().zip(record) {
            let text = std::str::from_utf8(cell)
                .map_err(|_| format!("the column `{name}` is not UTF-8"))?;
            if !text.is_empty() {
                object.insert(name.clone(), text.into());
            }
        }
        Ok(object)
    }
}
