//! `vireo bench tags`: do recommendations share tags (genres) with what a
//! person rated high? Against what chance would give from the same catalogue.

use crate::{Measured, Report, peak_memory_mb};
use std::collections::{BTreeMap, BTreeSet};

/// One person's case.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Case {
    /// Tags of what they rated high, one set for each video.
    pub liked: Vec<BTreeSet<String>>,
    /// Tags of each recommended video, in order.
    pub recommended: Vec<BTreeSet<String>>,
}

/// A person's taste: the share of liked videos that have each tag.
fn taste(liked: &[BTreeSet<String>]) -> BTreeMap<&str, f64> {
    let mut shares = BTreeMap::new();
    for tag in liked.iter().flatten() {
        *shares.entry(tag.as_str()).or_insert(0.0) += 1.0 / liked.len() as f64;
    }
    shares
}

/// The three tags a person likes most beyond their share in the catalogue
/// (everybody watches dramas, so drama alone says little).
fn favourites<'a>(case: &'a Case, catalogue: &BTreeMap<&str, f64>) -> BTreeSet<&'a str> {
    let mut lifts: Vec<(&str, f64)> = taste(&case.liked)
        .into_iter()
        .map(|(tag, share)| (tag, share - catalogue.get(tag).copied().unwrap_or(0.0)))
        .collect();
    lifts.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    lifts.into_iter().take(3).map(|(tag, _)| tag).collect()
}

fn share<'a>(videos: impl IntoIterator<Item = &'a BTreeSet<String>>, of: &BTreeSet<&str>) -> f64 {
    let (mut hits, mut all) = (0.0, 0.0);
    for tags in videos {
        hits += f64::from(u8::from(tags.iter().any(|tag| of.contains(tag.as_str()))));
        all += 1.0;
    }
    if all == 0.0 { 0.0 } else { hits / all }
}

/// Compares the share of recommended videos that have one of a person's three
/// favourite tags with the catalogue's (the floor `catalogue`).
pub fn run(cases: &[Case], catalogue: &[BTreeSet<String>], mut report: Report) -> Report {
    let mut shares: BTreeMap<&str, f64> = BTreeMap::new();
    for tag in catalogue.iter().flatten() {
        *shares.entry(tag).or_default() += 1.0 / catalogue.len() as f64;
    }
    let mut columns = [("vireo", Vec::new()), ("catalogue", Vec::new())];
    for case in cases.iter().filter(|case| !case.liked.is_empty() && !case.recommended.is_empty()) {
        let favourites = favourites(case, &shares);
        columns[0].1.push(share(&case.recommended, &favourites));
        columns[1].1.push(share(catalogue, &favourites));
    }
    for (name, values) in columns {
        let (mean, interval) = mean_with_interval(&values);
        report.results.push(Measured {
            name: name.to_owned(),
            count: values.len(),
            metrics: BTreeMap::from([("shared_tags@20".to_owned(), mean)]),
            interval: BTreeMap::from([("shared_tags@20".to_owned(), interval)]),
            peak_memory_mb: peak_memory_mb(),
            ..Measured::default()
        });
    }
    report
}

/// Mean and its 95 % interval by the normal approximation.
pub(crate) fn mean_with_interval(values: &[f64]) -> (f64, (f64, f64)) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    let half = 1.96 * (variance / n).sqrt();
    (mean, (mean - half, mean + half))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn good_lists_beat_the_catalogue() {
        let catalogue = vec![tags(&["war"]), tags(&["love"]), tags(&["war"]), tags(&["crime"])];
        let case = Case { liked: vec![tags(&["love"])], recommended: vec![tags(&["love"])] };
        let report = run(&[case], &catalogue, Report::new("tags", Vec::new()));
        let figure = |place: usize| report.results[place].metrics["shared_tags@20"];
        assert_eq!((figure(0), figure(1)), (1.0, 0.25));
    }
}
