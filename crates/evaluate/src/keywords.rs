//! `vireo bench keywords`: the keyword rules against plain TF-IDF.

use crate::{Measured, Report, Result, manifest, peak_memory_mb};
use jieba_rs::Jieba;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::time::Instant;
use unicode_normalization::UnicodeNormalization;
use vireo_understand::rules;

/// Keywords that are asked for.
const ASKED: usize = 5;

/// A line: a text and its author's keywords.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(alias = "abst", alias = "sentence")]
    text: String,
    #[serde(alias = "keywords")]
    keyword: Vec<String>,
    /// `0` where the keywords are false (as in CSL's task); such lines are passed over.
    label: Option<String>,
}

/// F1 of the first five keywords with the author's, the mean over the texts.
/// `tfidf` is the floor: words of two characters or more by their number in
/// the text and their rarity in the file. `progress(done, of)`.
pub fn run(file: &Path, mut report: Report, progress: &dyn Fn(usize, usize)) -> Result<Report> {
    let mut lines: Vec<Line> = manifest::read(file)?;
    lines.retain(|line| line.label.as_deref() != Some("0"));
    let wanted: Vec<BTreeSet<String>> =
        lines.iter().map(|line| line.keyword.iter().map(|word| plain(word)).collect()).collect();

    let started = Instant::now();
    let mut ours = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        progress(number, lines.len());
        ours.push(rules::keywords_of(&line.text, ASKED));
    }
    let seconds = started.elapsed().as_secs_f64();
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    for (name, found, seconds) in
        [("vireo", ours, Some(seconds)), ("tfidf", by_frequency(&texts), None)]
    {
        let scores: Vec<f64> = found.iter().zip(&wanted).map(|(f, w)| f1(f, w)).collect();
        let (mean, interval) = crate::tags::mean_with_interval(&scores);
        report.results.push(Measured {
            name: name.to_owned(),
            count: scores.len(),
            metrics: BTreeMap::from([(format!("f1@{ASKED}"), mean)]),
            interval: BTreeMap::from([(format!("f1@{ASKED}"), interval)]),
            seconds: seconds.map(|all| ("finding".to_owned(), all)).into_iter().collect(),
            peak_memory_mb: peak_memory_mb(),
            ..Measured::default()
        });
    }
    progress(lines.len(), lines.len());
    Ok(report)
}

/// NFKC, lower case, no blanks: what keywords are compared by.
fn plain(word: &str) -> String {
    word.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).collect()
}

fn f1(found: &[String], wanted: &BTreeSet<String>) -> f64 {
    let found: BTreeSet<String> = found.iter().map(|word| plain(word)).collect();
    let hits = found.intersection(wanted).count() as f64;
    2.0 * hits / (found.len() + wanted.len()).max(1) as f64
}

fn by_frequency(texts: &[&str]) -> Vec<Vec<String>> {
    let jieba = Jieba::new();
    let count = |text: &&str| {
        let text: String = text.nfkc().flat_map(char::to_lowercase).collect();
        let mut counts: BTreeMap<String, f64> = BTreeMap::new();
        for word in jieba.cut(&text, true) {
            let names = word.chars().nth(1).is_some() && word.chars().any(char::is_alphabetic);
            if names {
                *counts.entry(word.to_owned()).or_default() += 1.0;
            }
        }
        counts
    };
    let counts: Vec<BTreeMap<String, f64>> = texts.iter().map(count).collect();
    let mut within: HashMap<&String, f64> = HashMap::new();
    for word in counts.iter().flat_map(BTreeMap::keys) {
        *within.entry(word).or_default() += 1.0;
    }
    let best = |counts: &BTreeMap<String, f64>| {
        let weight = |(word, count): (&String, &f64)| {
            (count * (texts.len() as f64 / within[word]).ln(), word.clone())
        };
        let mut weighted: Vec<(f64, String)> = counts.iter().map(weight).collect();
        weighted.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        weighted.into_iter().take(ASKED).map(|(_, word)| word).collect()
    };
    counts.iter().map(best).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_found_is_half() {
        let wanted: BTreeSet<String> = ["机器学习", "bert"].map(str::to_owned).into();
        let found = ["机器 学习", "模型"].map(str::to_owned);
        assert!((f1(&found, &wanted) - 0.5).abs() < 1e-9);
        assert_eq!(f1(&["BERT".to_owned()], &BTreeSet::from(["bert".to_owned()])), 1.0);
        assert_eq!(f1(&[], &wanted), 0.0);
    }

    #[test]
    fn what_is_everywhere_is_no_keyword() {
        let found = by_frequency(&["我们研究面包面包", "我们研究月球月球", "我们研究海洋"]);
        assert_eq!(found[0][0], "面包");
        assert_eq!(found[1][0], "月球");
    }
}
