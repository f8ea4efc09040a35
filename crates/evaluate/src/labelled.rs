//! Labelled texts in the layouts that public sets come in.

use crate::{Error, Result};
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;

/// A text and its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Labelled {
    pub(crate) text: String,
    pub(crate) label: String,
}

/// Columns that hold a label, the best first.
pub(crate) const SENTIMENT: &[&str] = &["sentiment", "label"];
/// The same of subjects.
pub(crate) const TOPIC: &[&str] = &["topic", "category", "cat", "label_desc", "label"];

/// Columns that hold a text; all that are there are joined.
const TEXTS: &[&str] =
    &["title", "text", "sentence", "review", "description", "abst", "content", "comment"];

/// Reads a file, by the ending of its name:
/// - `.jsonl`, `.json`: an object a line;
/// - `.csv` with a header that names a label; without one, the label is the
///   first field and the text all others;
/// - `.tsv`, `.txt`: the same with a header; without one, the label is the
///   last field.
pub(crate) fn read(path: &Path, labels: &[&str]) -> Result<Vec<Labelled>> {
    let bytes = fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}');
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let rows = match ending.as_str() {
        "jsonl" | "json" => objects(text, labels),
        "csv" => table(text, b',', labels),
        _ => table(text, b'\t', labels),
    };
    let rows =
        rows.map_err(|(line, reason)| Error::Manifest { path: path.to_owned(), line, reason })?;
    if rows.is_empty() {
        return Err(Error::Nothing(format!("{} is empty", path.display())));
    }
    Ok(rows)
}

/// Line and what is wrong with it.
type Wrong = (usize, String);

fn objects(text: &str, labels: &[&str]) -> std::result::Result<Vec<Labelled>, Wrong> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(number, line): (usize, &str)| {
        let wrong = |reason: String| (number + 1, reason);
        let object: Map<String, Value> =
            serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        let word = |name: &&str| match object.get(*name)? {
            Value::String(word) => Some(word.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let label = labels.iter().find_map(word).ok_or_else(|| wrong(missing(labels)))?;
        let texts: Vec<String> = TEXTS.iter().filter_map(word).collect();
        if texts.is_empty() {
            return Err(wrong(missing(TEXTS)));
        }
        Ok(Labelled { text: texts.join(". "), label })
    };
    lines.map(read).collect()
}

fn table(text: &str, delimiter: u8, labels: &[&str]) -> std::result::Result<Vec<Labelled>, Wrong> {
    let tabs = delimiter == b'\t';
    let mut records = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        // Quotes in lines with tabs are only quotes.
        .quoting(!tabs)
        .from_reader(text.as_bytes())
        .into_records()
        .peekable();
    let place = |record: &csv::StringRecord, name: &str| {
        record.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name))
    };
    let mut columns = None;
    if let Some(Ok(first)) = records.peek()
        && let Some(label) = labels.iter().find_map(|name| place(first, name))
    {
        let texts: Vec<usize> = TEXTS.iter().filter_map(|name| place(first, name)).collect();
        if texts.is_empty() {
            return Err((1, missing(TEXTS)));
        }
        columns = Some((label, texts));
        records.next();
    }
    let mut rows = Vec::new();
    for record in records {
        let record = record.map_err(|error| {
            (error.position().map_or(0, |place| place.line() as usize), error.to_string())
        })?;
        let line = record.position().map_or(0, |place| place.line() as usize);
        let last = record.len() - 1;
        let (label, texts) = match &columns {
            Some((label, texts)) => (*label, texts.clone()),
            None if last == 0 => {
                return Err((line, "a text and a label, separated, are expected".to_owned()));
            }
            None if tabs => (last, (0..last).collect()),
            None => (0, (1..=last).collect()),
        };
        let label = record.get(label).unwrap_or_default().trim();
        if label.is_empty() {
            return Err((line, "the row has no label".to_owned()));
        }
        let texts: Vec<&str> =
            texts.into_iter().filter_map(|i| record.get(i)).filter(|t| !t.is_empty()).collect();
        rows.push(Labelled { text: texts.join(". "), label: label.to_owned() });
    }
    Ok(rows)
}

fn missing(names: &[&str]) -> String {
    format!("none of these is there: {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(name: &str, text: &str, labels: &[&str]) -> Vec<(String, String)> {
        let dir = std::env::temp_dir().join(format!("vireo-labelled-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a folder");
        let file = dir.join(name);
        fs::write(&file, text).expect("written");
        let rows = read(&file, labels).expect("rows");
        rows.into_iter().map(|row| (row.text, row.label)).collect()
    }

    fn row(text: &str, label: &str) -> (String, String) {
        (text.to_owned(), label.to_owned())
    }

    #[test]
    fn reads_the_layouts_of_public_sets() {
        assert_eq!(
            read_as("a.tsv", "say \"no\" to it\t0\nso good\t1\n", SENTIMENT),
            [row("say \"no\" to it", "0"), row("so good", "1")]
        );
        assert_eq!(
            read_as("b.csv", "\"3\",\"Title\",\"What, where\"\n", TOPIC),
            [row("Title. What, where", "3")]
        );
        let shop = "\u{feff}cat,label,review\n书籍,0,\"一般,真的\"\n";
        assert_eq!(read_as("c.csv", shop, TOPIC), [row("一般,真的", "书籍")]);
        assert_eq!(read_as("c.csv", shop, SENTIMENT), [row("一般,真的", "0")]);
        let line = "{\"label\": 115, \"label_desc\": \"farm\", \"sentence\": \"红薯\"}\n";
        assert_eq!(read_as("d.jsonl", line, TOPIC), [row("红薯", "farm")]);
        assert_eq!(read_as("e.txt", "标题\t8\n", TOPIC), [row("标题", "8")]);
    }

    #[test]
    fn a_broken_row_is_named() {
        let file = std::env::temp_dir().join(format!("vireo-broken-{}.jsonl", std::process::id()));
        fs::write(&file, "{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \"b\"}\n")
            .expect("written");
        let message = read(&file, TOPIC).expect_err("no label").to_string();
        assert!(message.contains(":2: none of these is there: topic"), "{message}");
    }
}
