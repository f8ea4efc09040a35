//! `vireo bench ocr`: how much of the text in pictures is read, and how fast.

use crate::{Error, Measured, Report, Result, cpu_seconds, manifest, peak_memory_mb};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::path::Path;
use std::time::Instant;
use unicode_normalization::UnicodeNormalization;
use vireo_domain::Language;
use vireo_media::frames;
use vireo_pretrained::picture::Picture;
use vireo_pretrained::text_reading::TextReader;

/// A line of the manifest.
#[derive(Debug, Deserialize)]
struct Labelled {
    file: String,
    lang: String,
    lines: Vec<String>,
}

/// What was asked and found, and what it took.
#[derive(Debug, Default)]
struct Sum {
    count: usize,
    characters: Found,
    lines: Found,
    seconds: f64,
    cpu_seconds: f64,
    decoding: f64,
}

/// How many there are, and how many of them were found.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Found {
    all: usize,
    found: usize,
}

/// Reads every picture; `progress(done, of)`. A row for each language and one
/// for all (`language` is none). `character_accuracy` is the share of the
/// reference's characters that were found, as a multiset over each picture;
/// `exact_line_rate` that of its lines. Case, width and spaces don't count,
/// nor does the order of lines. Decoding is timed apart.
pub fn run(
    reader: &dyn TextReader,
    manifest_file: &Path,
    mut report: Report,
    progress: &dyn Fn(usize, usize),
) -> Result<Report> {
    let pictures: Vec<Labelled> = manifest::read(manifest_file)?;
    let mut sums: BTreeMap<Option<String>, Sum> = BTreeMap::new();
    for (number, labelled) in pictures.iter().enumerate() {
        progress(number, pictures.len());
        let path = manifest::file(manifest_file, &labelled.file);
        let begin = Instant::now();
        let frame = frames::picture(&path)?;
        let decoding = begin.elapsed().as_secs_f64();
        let picture = Picture::new(frame.width, frame.height, &frame.pixels)
            .ok_or_else(|| Error::Nothing(format!("{} has no pixels", path.display())))?;
        let (begin, cpu) = (Instant::now(), cpu_seconds());
        let read = reader.read_all(&picture)?;
        let (seconds, cpu) = (begin.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        let read: Vec<String> = read.iter().map(|line| folded(&line.text)).collect();
        let known: Vec<String> = labelled.lines.iter().map(|line| folded(line)).collect();
        let characters = common(chars(&known), chars(&read));
        let lines = common(known.iter(), read.iter());
        let language = Language::new(&labelled.lang).to_string();
        for key in [None, Some(language)] {
            let sum = sums.entry(key).or_default();
            sum.count += 1;
            sum.characters += characters;
            sum.lines += lines;
            sum.seconds += seconds;
            sum.cpu_seconds += cpu;
            sum.decoding += decoding;
        }
    }
    progress(pictures.len(), pictures.len());
    for (language, sum) in sums {
        let count = sum.count as f64;
        report.results.push(Measured {
            name: reader.name().to_owned(),
            language,
            count: sum.count,
            metrics: BTreeMap::from([
                ("character_accuracy".to_owned(), sum.characters.share()),
                ("exact_line_rate".to_owned(), sum.lines.share()),
                ("seconds_per_image".to_owned(), sum.seconds / count),
                ("cpu_seconds_per_image".to_owned(), sum.cpu_seconds / count),
            ]),
            seconds: BTreeMap::from([("decoding".to_owned(), sum.decoding / count)]),
            peak_memory_mb: peak_memory_mb(),
            ..Measured::default()
        });
    }
    Ok(report)
}

impl Found {
    fn share(self) -> f64 {
        self.found as f64 / self.all.max(1) as f64
    }
}

impl std::ops::AddAssign for Found {
    fn add_assign(&mut self, other: Self) {
        self.all += other.all;
        self.found += other.found;
    }
}

/// NFKC in lower case without spaces.
fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).collect()
}

fn chars(lines: &[String]) -> impl Iterator<Item = char> {
    lines.iter().flat_map(|line| line.chars())
}

/// How many of `known` are in `read`, each as often as it is there.
fn common<T: Eq + Hash>(known: impl Iterator<Item = T>, read: impl Iterator<Item = T>) -> Found {
    let mut left: HashMap<T, usize> = HashMap::new();
    read.for_each(|item| *left.entry(item).or_default() += 1);
    let mut sum = Found::default();
    for item in known {
        sum.all += 1;
        if let Some(count) = left.get_mut(&item).filter(|count| **count > 0) {
            *count -= 1;
            sum.found += 1;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_count_as_often_as_they_are_there() {
        let known = [folded("Hello  World！"), folded("５.8起")];
        let read = [folded("hell0 world!"), folded("5.8")];
        let characters = common(chars(&known), chars(&read));
        // One of the two o, and 起, are not found.
        assert_eq!(characters, Found { all: 15, found: 13 });
        let lines = common(known.iter(), read.iter());
        assert_eq!(lines, Found { all: 2, found: 0 });
        assert_eq!(common([1, 1, 2].iter(), [1, 2, 2].iter()), Found { all: 3, found: 2 });
    }
}
