//! The one shape of every measurement, as JSON and as a table.

use crate::Machine;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// A model that took part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelUsed {
    /// Its name.
    pub name: String,
    /// sha256 of its main file; `None` for what is built in.
    pub sha256: Option<String>,
}

/// One row: a model or method (floors have a row each) on one set.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Measured {
    /// The model or method.
    pub name: String,
    /// Language, where it matters.
    pub language: Option<String>,
    /// Split, where there is one.
    pub split: Option<String>,
    /// Samples.
    pub count: usize,
    /// Seed, where chance plays.
    pub seed: Option<u64>,
    /// The figures by metric name.
    pub metrics: BTreeMap<String, f64>,
    /// 95 % intervals by metric name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub interval: BTreeMap<String, (f64, f64)>,
    /// Seconds by stage.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub seconds: BTreeMap<String, f64>,
    /// Most memory the process had held by then, in MB.
    pub peak_memory_mb: u64,
}

/// A measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Which (`speech`, `clips`…).
    pub bench: String,
    /// Where.
    pub machine: Machine,
    /// With which models.
    pub models: Vec<ModelUsed>,
    /// The rows.
    pub results: Vec<Measured>,
}

impl Report {
    /// An empty report of this machine.
    pub fn new(bench: &str, models: Vec<ModelUsed>) -> Self {
        Self { bench: bench.to_owned(), machine: Machine::here(), models, results: Vec::new() }
    }
}

/// A Markdown table with a column for each metric and stage, and for the
/// language and the split where rows differ in them.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut metrics: Vec<&String> =
            self.results.iter().flat_map(|r| r.metrics.keys()).collect();
        metrics.sort();
        metrics.dedup();
        let mut stages: Vec<&String> = self.results.iter().flat_map(|r| r.seconds.keys()).collect();
        stages.sort();
        stages.dedup();
        let has_languages = self.results.iter().any(|row| row.language.is_some());
        let has_splits = self.results.iter().any(|row| row.split.is_some());
        let labels = usize::from(has_languages) + usize::from(has_splits);
        write!(f, "| {} |", self.bench)?;
        f.write_str(if has_languages { " language |" } else { "" })?;
        f.write_str(if has_splits { " split |" } else { "" })?;
        write!(f, " count |")?;
        metrics.iter().try_for_each(|metric| write!(f, " {metric} |"))?;
        stages.iter().try_for_each(|stage| write!(f, " {stage} (s) |"))?;
        writeln!(f, " peak MB |")?;
        write!(f, "|{}", "---|".repeat(1 + labels))?;
        writeln!(f, "{}", "---:|".repeat(metrics.len() + stages.len() + 2))?;
        for row in &self.results {
            write!(f, "| {} |", row.name)?;
            if has_languages {
                write!(f, " {} |", row.language.as_deref().unwrap_or(""))?;
            }
            if has_splits {
                write!(f, " {} |", row.split.as_deref().unwrap_or(""))?;
            }
            write!(f, " {} |", row.count)?;
            for metric in &metrics {
                cell(f, row.metrics.get(*metric).copied(), row.interval.get(*metric).copied())?;
            }
            for stage in &stages {
                cell(f, row.seconds.get(*stage).copied(), None)?;
            }
            writeln!(f, " {} |", row.peak_memory_mb)?;
        }
        let Machine { cpu, threads, memory_mb } = &self.machine;
        write!(f, "\n{cpu}, {threads} threads, {memory_mb} MB")
    }
}

fn cell(
    f: &mut fmt::Formatter<'_>,
    value: Option<f64>,
    interval: Option<(f64, f64)>,
) -> fmt::Result {
    match (value, interval) {
        (Some(value), Some((low, high))) => write!(f, " {value:.4} ({low:.4}–{high:.4}) |"),
        (Some(value), None) if value.abs() >= 100.0 => write!(f, " {value:.0} |"),
        (Some(value), None) => write!(f, " {value:.3} |"),
        (None, _) => write!(f, " |"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_cell_for_every_column() {
        let mut report = Report::new("speech", Vec::new());
        let metrics = BTreeMap::from([("wer".to_owned(), 0.05)]);
        let seconds = BTreeMap::from([("speech".to_owned(), 2.0)]);
        report.results.push(Measured { name: "a".into(), metrics, ..Measured::default() });
        let split = Some("cut".to_owned());
        report.results.push(Measured { name: "b".into(), split, seconds, ..Measured::default() });
        let table = report.to_string();
        let rows: Vec<&str> = table.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 4);
        let columns: Vec<usize> = rows.iter().map(|row| row.matches('|').count()).collect();
        assert!(columns.iter().all(|count| *count == columns[0]), "{table}");
        assert!(table.contains("| cut |") && !table.contains("language"), "{table}");
    }
}
